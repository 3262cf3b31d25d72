//! Agreements as they are written.
//!
//! What is wrong is collected; nothing is ignored.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::declared::{
    Agreement, AgreementKind, Method, PriceProtection, Proof, Row, SpecialPrice, Step,
    StockRotation, Support, Who,
};
use super::keys::{AGREEMENT, ROW, STEP};
use crate::code::{PartnerCode, ProductCode};
use crate::condition::{Claims, Declared, Depends, Expr};
use crate::program::Span;
use crate::reader::{Fields, Reader};
use crate::wallet::ledger::Unit;
use crate::wallet::read::{above_zero, by_name, not_negative, share, span};
use crate::yaml::Node;

/// The words of each kind.
const OF_SPECIAL_PRICE: &[&str] = &["lines", "list", "proof"];
const OF_PROTECTION: &[&str] =
    &["list", "price", "quantity", "in_transit", "bought_within", "reverse"];
const OF_ROTATION: &[&str] = &["share", "window", "method"];

/// Reads the agreements of a wallet.
pub(in crate::wallet) fn declare(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    declared: &Declared,
) -> BTreeMap<Unit, Agreement> {
    let of_claims = Declared { claims: Claims::OfAgreements, ..declared.clone() };
    by_name(reader, fields, "agreements", |r, code, node| {
        agreement(r, code, node, (declared, &of_claims))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    SpecialPrice,
    Protection,
    Rotation,
}

fn agreement(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
    (declared, of_claims): (&Declared, &Declared),
) -> Option<Agreement> {
    let fields = reader.fields(node, "an agreement", AGREEMENT)?;
    let kinds = [
        ("special_price", Kind::SpecialPrice),
        ("price_protection", Kind::Protection),
        ("stock_rotation", Kind::Rotation),
    ];
    let name = reader.maybe(&fields, "name", Reader::names).unwrap_or_default();
    let description = reader.maybe(&fields, "description", Reader::names).unwrap_or_default();
    let kind = reader.needed(&fields, "kind", |r, k, n| r.word(k, n, &kinds))?;
    let (is, own) = match kind {
        Kind::SpecialPrice => ("special_price", OF_SPECIAL_PRICE),
        Kind::Protection => ("price_protection", OF_PROTECTION),
        Kind::Rotation => ("stock_rotation", OF_ROTATION),
    };
    let all = [OF_SPECIAL_PRICE, OF_PROTECTION, OF_ROTATION].concat();
    for word in fields.among(&all).into_iter().filter(|word| !own.contains(word)) {
        let message = format!("`{word}` of an agreement of kind `{is}`");
        reader.error(fields.at(word), message, "leave it out, or correct `kind`");
    }
    let kind = match kind {
        Kind::SpecialPrice => special(reader, &fields, of_claims).map(AgreementKind::SpecialPrice),
        Kind::Protection => protection(reader, &fields).map(AgreementKind::PriceProtection),
        Kind::Rotation => rotation(reader, &fields).map(AgreementKind::StockRotation),
    };
    let starts = reader.maybe(&fields, "starts", Reader::date);
    let ends = reader.maybe(&fields, "ends", Reader::date);
    if starts.zip(ends).is_some_and(|(starts, ends)| ends < starts) {
        reader.error(fields.at("ends"), "`ends` is before `starts`", "correct one of them");
    }
    let who = who(reader, &fields, declared);
    Some(Agreement {
        code: code.clone(),
        name,
        description,
        who,
        starts,
        ends,
        claim_within: reader.maybe(&fields, "claim_within", span),
        when: reader.maybe(&fields, "when", |r, k, n| condition(r, (k, n), of_claims)),
        auto_approve: reader.maybe(&fields, "auto_approve", above_zero),
        kind: kind?,
    })
}

/// Who claims: a partner, those who meet a condition, or all.
fn who(reader: &mut Reader<'_>, fields: &Fields<'_>, declared: &Declared) -> Who {
    if fields.has("partner") && fields.has("partners") {
        let help = "name the partner, or say which ones";
        reader.error(fields.at("partners"), "`partners` stands beside `partner`", help);
    }
    let those = reader.maybe(fields, "partners", |r, k, n| {
        let read = condition(r, (k, n), declared)?;
        if !read.depends().only(Depends::PARTNER.with(Depends::PARTY)) {
            let help = "ask about `partner.…`, and the rest under `when`";
            r.error(n.at, "the condition of `partners` reads more than the partner", help);
        }
        Some(read)
    });
    let partner = reader.maybe(fields, "partner", Reader::code).map(PartnerCode::new);
    partner.map(Who::Partner).or(those.map(Who::Those)).unwrap_or(Who::All)
}

fn condition(
    reader: &mut Reader<'_>,
    (key, node): (&str, &Node),
    declared: &Declared,
) -> Option<Expr> {
    let mut own = Reader::new(declared);
    let read = own.condition(key, node);
    reader.problems.append(&mut own.problems);
    read
}

fn special(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    of_claims: &Declared,
) -> Option<SpecialPrice> {
    let read =
        reader.needed(fields, "lines", |r, k, n| r.list(k, n, |r, _, n| row(r, n, of_claims)))?;
    let proofs = [("sale", Proof::Sale), ("stock", Proof::Stock), ("none", Proof::None)];
    let proof = reader.maybe(fields, "proof", |r, k, n| r.word(k, n, &proofs));
    let (mut rows, mut by_product, mut by_condition) = (Vec::new(), BTreeMap::new(), Vec::new());
    for (at, (product, row)) in read.into_iter().enumerate() {
        if rows.iter().any(|before: &Row| before.name == row.name) {
            let message = format!("two `lines` are for `{}`", row.name);
            reader.error(fields.at("lines"), message, "keep one of them, or write `steps`");
        }
        match product {
            Some(product) => {
                by_product.entry(product).or_insert(at);
            }
            None => by_condition.push(at),
        }
        rows.push(row);
    }
    Some(SpecialPrice {
        rows,
        by_product,
        by_condition,
        list: reader.maybe(fields, "list", Reader::code),
        proof: proof.unwrap_or(Proof::None),
    })
}

fn row(
    reader: &mut Reader<'_>,
    node: &Node,
    of_claims: &Declared,
) -> Option<(Option<ProductCode>, Row)> {
    let fields = reader.fields(node, "a line of an agreement", ROW)?;
    let product = reader.maybe(&fields, "product", Reader::code);
    let when = reader.maybe(&fields, "when", |r, k, n| condition(r, (k, n), of_claims));
    if fields.among(&["product", "when"]).len() != 1 {
        let help = "write `product: X1`, or `when` for several; `when: 'true'` for all";
        reader.error(fields.at, "a line of an agreement says once which products it is for", help);
    }
    // A condition that asks nothing has a name, too.
    let condition = fields.get("when").and_then(Node::text).map(str::to_owned);
    let name = product.clone().or(condition);
    let steps = match fields.among(&["down_to", "down_by", "steps"]).as_slice() {
        ["steps"] => reader.maybe(&fields, "steps", steps),
        [_] => support(reader, &fields).map(|support| vec![Step { from: Decimal::ZERO, support }]),
        _ => {
            let help = "write `down_to: 31`, `down_by: 2.40`, or `steps`";
            reader.error(fields.at, "a line of an agreement says once what is agreed", help);
            None
        }
    };
    let row = Row {
        name: Arc::from(name?),
        when,
        steps: steps?,
        quantity: reader.maybe(&fields, "quantity", above_zero),
        amount: reader.maybe(&fields, "amount", above_zero),
        minimum: reader.maybe(&fields, "minimum", above_zero),
    };
    Some((product.map(ProductCode::new), row))
}

/// `down_to: 31`, `down_by: 2.40` or `down_by: 7%`.
fn support(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Support> {
    let down_to = reader.maybe(fields, "down_to", not_negative).map(Support::DownTo);
    let down_by = reader.maybe(fields, "down_by", |reader, key, node| {
        if node.text().is_some_and(|text| text.trim_end().ends_with('%')) {
            return share(reader, key, node).map(Support::DownByShare);
        }
        not_negative(reader, key, node).map(Support::DownBy)
    });
    down_to.or(down_by)
}

fn steps(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Vec<Step>> {
    let steps = reader.list(key, node, |reader, _, node| {
        let fields = reader.fields(node, "a step", STEP)?;
        let from = reader.needed(&fields, "from", not_negative);
        if fields.among(&["down_to", "down_by"]).len() != 1 {
            let help = "write `down_to: 31`, or `down_by: 2.40`";
            reader.error(fields.at, "a step says once what is agreed", help);
        }
        let support = support(reader, &fields);
        Some(Step { from: from?, support: support? })
    })?;
    let ascending = steps.windows(2).all(|pair| pair[0].from < pair[1].from);
    if node.list().is_none_or(<[Node]>::is_empty) || !ascending {
        reader.error(node.at, "the `steps` do not ascend", "begin with `from: 0`, the smallest");
        return None;
    }
    // What is wrong with a step was said.
    Some(steps).filter(|steps| !steps.is_empty())
}

fn protection(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<PriceProtection> {
    let list = reader.needed(fields, "list", Reader::code);
    Some(PriceProtection {
        price: reader.maybe(fields, "price", share).unwrap_or(Decimal::ONE),
        quantity: reader.maybe(fields, "quantity", share).unwrap_or(Decimal::ONE),
        in_transit: reader.maybe(fields, "in_transit", Reader::yes_no).unwrap_or(false),
        bought_within: reader.maybe(fields, "bought_within", span),
        reverse: reader.maybe(fields, "reverse", Reader::yes_no).unwrap_or(false),
        list: list?,
    })
}

fn rotation(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<StockRotation> {
    let methods =
        [("return", Some(Method::Return)), ("scrap", Some(Method::Scrap)), ("either", None)];
    let share = reader.needed(fields, "share", share);
    let method = reader.maybe(fields, "method", |r, k, n| r.word(k, n, &methods));
    Some(StockRotation {
        window: reader.maybe(fields, "window", span).unwrap_or(Span { months: 12, days: 0 }),
        method: method.unwrap_or(Some(Method::Return)),
        share: share?,
    })
}
