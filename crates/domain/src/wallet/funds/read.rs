//! Funds as they are written.
//!
//! What is wrong is collected; nothing is ignored.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::activity;
use super::declared::{AllocationRow, Budget, Coop, Fund, FundKind, Size, Unused, Whose};
use super::keys::{ALLOCATION, CARRY_OVER, FUND};
use crate::case::ProgramSource;
use crate::code::PartnerCode;
use crate::condition::{Claims, Declared, Depends, Expr};
use crate::program::{Remainder, Reward, Span};
use crate::reader::{Fields, Reader};
use crate::wallet::dates::Lifetime;
use crate::wallet::ledger::Unit;
use crate::wallet::model::{
    Clawback, Negative, PassOn, PointCurrency, PointKind, Restore, Spending, Wallet,
};
use crate::wallet::read::{above_zero, base, by_name, lifetime, restore, share, span};
use crate::yaml::Node;

/// Reads the funds of a wallet, and what is wrong between them.
pub(in crate::wallet) fn declare(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    declared: &Declared,
    wallet: &mut Wallet,
) {
    let of_claims = Declared { claims: Claims::OfFunds, ..declared.clone() };
    wallet.funds = by_name(reader, fields, "funds", |r, code, node| {
        fund(r, code, node, (declared, &of_claims))
    });
    let block = fields.get("funds");
    for (code, fund) in &wallet.funds {
        let at = block.and_then(|all| all.get(code)).map_or(fields.at, |node| node.at);
        if wallet.points.contains_key(code) {
            let help = "give one of them another code";
            reader.error(at, format!("`{code}` is a fund and a point currency"), help);
        }
        if let Some(Budget { unused: Unused::CarryOver { to, .. }, .. }) = fund.budget() {
            let into = wallet.funds.get(to);
            if to == code || into.is_none_or(|into| into.budget().is_none()) {
                let message = format!("`{to}` is no fund to which `{code}` can carry over");
                reader.error(at, message, "name another fund of kind `mdf`");
            } else if goes_round(wallet, code) {
                let message = format!("what `{code}` carries over comes back to it");
                reader.error(at, message, "let one of the funds recapture what is left");
            }
        }
        for (activity, sources) in
            fund.activities.values().filter_map(|it| Some((it, it.from.as_ref()?)))
        {
            for source in sources.all() {
                let name = &activity.code;
                let of = source.fund.as_ref().map_or(Some(fund), |code| wallet.funds.get(code));
                let message = match (of, &source.allocation) {
                    (None, _) => {
                        let other = source.fund.as_deref().unwrap_or_default();
                        format!("unknown fund `{other}` in `from` of activity `{name}`")
                    }
                    (Some(of), Some(allocation)) if of.row(allocation).is_none() => {
                        format!("unknown allocation `{allocation}` in `from` of activity `{name}`")
                    }
                    _ => continue,
                };
                reader.error(at, message, "declare it, or correct its name");
            }
        }
    }
}

/// Whether what a fund carries over comes back to it.
fn goes_round(wallet: &Wallet, code: &Unit) -> bool {
    let next = |code: &Unit| match &wallet.funds.get(code)?.budget()?.unused {
        Unused::CarryOver { to, .. } => Some(to.clone()),
        Unused::Recapture => None,
    };
    let mut on = next(code);
    for _ in 0..wallet.funds.len() {
        match on {
            Some(reached) if reached == *code => return true,
            Some(reached) => on = next(&reached),
            None => return false,
        }
    }
    false
}

/// The fund that a term credits is declared, is earned, and counts in the money of the program.
pub(in crate::wallet) fn known_of_terms(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    wallet: &Wallet,
    programs: &[ProgramSource],
) {
    if wallet.funds.is_empty() {
        return;
    }
    let written = fields.get("programs").and_then(Node::list).unwrap_or_default();
    if wallet.currency.is_none() && programs.is_empty() && written.is_empty() {
        let help = "write `currency: EUR`";
        reader.error(fields.at("funds"), "funds count money, and the case names none", help);
    }
    for source in programs {
        let ProgramSource::Inline(program) = source else { continue };
        for term in &program.terms {
            let Reward::Fund(code) = &term.reward else { continue };
            let term = &term.code;
            let message = match wallet.funds.get(code.as_str()) {
                None => format!("unknown fund `{code}` of term `{term}`"),
                Some(fund) if fund.coop().is_none() => {
                    format!("fund `{code}` of term `{term}` is a budget: nobody earns it")
                }
                Some(_) if wallet.currency.is_some_and(|money| money != program.currency) => {
                    format!("fund `{code}` counts another money than term `{term}`")
                }
                Some(_) => continue,
            };
            let help = "name a fund of kind `coop` in the money of the program";
            reader.error(fields.at("funds"), message, help);
        }
    }
}

/// One declaration. Conditions of activities read claims.
fn fund(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
    (declared, of_claims): (&Declared, &Declared),
) -> Option<Fund> {
    let fields = reader.fields(node, "a fund", FUND)?;
    let name = reader.maybe(&fields, "name", Reader::names).unwrap_or_default();
    let description = reader.maybe(&fields, "description", Reader::names).unwrap_or_default();
    let is_mdf = reader
        .needed(&fields, "kind", |r, k, n| r.word(k, n, &[("mdf", true), ("coop", false)]))?;
    let (other, words): (&str, &[&'static str]) = if is_mdf {
        ("mdf", &["expiry", "escrow", "clawback", "restore"])
    } else {
        ("coop", &["allocations", "remainder", "unused", "top_up"])
    };
    for word in fields.among(words) {
        let message = format!("`{word}` of a fund of kind `{other}`");
        reader.error(fields.at(word), message, "leave it out, or correct `kind`");
    }
    let kind = if is_mdf {
        let amount = reader.needed(&fields, "amount", above_zero);
        if !fields.has("starts") {
            reader.error(fields.at, "`starts` is required of an `mdf`", "add `starts: 2026-04-01`");
        }
        FundKind::Mdf(budget(reader, &fields, amount?, declared))
    } else {
        FundKind::Coop(Box::new(coop(reader, &fields, code, &name)))
    };
    let starts = reader.maybe(&fields, "starts", Reader::date);
    let ends = reader.maybe(&fields, "ends", Reader::date);
    let claims_until = reader.maybe(&fields, "claims_until", Reader::date);
    in_order(reader, &fields, (starts, ends, claims_until));
    let activities = if fields.has("activities") {
        by_name(reader, &fields, "activities", |r, code, node| {
            activity::read(r, code, node, of_claims)
        })
    } else {
        let any: Unit = "any".into();
        BTreeMap::from([(any.clone(), activity::any(&any))])
    };
    let fund = Fund {
        code: code.clone(),
        name,
        description,
        kind,
        partner: reader.maybe(&fields, "partner", Reader::code).map(PartnerCode::new),
        starts,
        ends,
        claims_until,
        top_up: reader.maybe(&fields, "top_up", Reader::yes_no).unwrap_or(false),
        activities,
    };
    rows_fit(reader, &fields, &fund);
    Some(fund)
}

/// Days that follow one another.
fn in_order(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    (starts, ends, claims): (Option<Date>, Option<Date>, Option<Date>),
) {
    if starts.zip(ends).is_some_and(|(starts, ends)| ends < starts) {
        reader.error(fields.at("ends"), "`ends` is before `starts`", "correct one of them");
    }
    if ends.zip(claims).is_some_and(|(ends, claims)| claims < ends) {
        let at = fields.at("claims_until");
        reader.error(at, "`claims_until` is before `ends`", "correct one of them");
    }
}

fn budget(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    amount: Decimal,
    declared: &Declared,
) -> Budget {
    let rows = reader
        .maybe(fields, "allocations", |r, k, n| r.list(k, n, |r, _, n| allocation(r, n, declared)));
    let remainders = [("largest", Remainder::Largest), ("first", Remainder::First)];
    let remainder = reader.maybe(fields, "remainder", |r, k, n| r.word(k, n, &remainders));
    Budget {
        amount,
        allocations: rows.unwrap_or_default(),
        remainder: remainder.unwrap_or(Remainder::Largest),
        unused: reader.maybe(fields, "unused", unused).unwrap_or(Unused::Recapture),
    }
}

fn unused(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Unused> {
    if node.map().is_none() {
        return reader.word(key, node, &[("recapture", ())]).map(|()| Unused::Recapture);
    }
    let fields = reader.fields(node, "`unused`", CARRY_OVER)?;
    let at_most = reader.maybe(&fields, "at_most", share);
    let once = reader.maybe(&fields, "once", Reader::yes_no).unwrap_or(false);
    let to = reader.needed(&fields, "carry_over", Reader::code)?;
    Some(Unused::CarryOver { to: to.into(), at_most, once })
}

fn allocation(reader: &mut Reader<'_>, node: &Node, declared: &Declared) -> Option<AllocationRow> {
    let fields = reader.fields(node, "an allocation", ALLOCATION)?;
    let code = reader.needed(&fields, "allocation", Reader::code);
    let partner = reader.maybe(&fields, "partner", Reader::code).map(PartnerCode::new);
    let when = reader.maybe(&fields, "when", |r, k, n| Some(of_partner(r, (k, n), declared)));
    let amount = reader.maybe(&fields, "amount", above_zero).map(Size::Amount);
    let each = reader.maybe(&fields, "each", above_zero).map(Size::Amount);
    let of_budget = reader.maybe(&fields, "share", share).map(Size::Share);
    let said = fields.among(&["amount", "each", "share"]);
    if said.len() != 1 {
        let help = "write `amount`, `share`, or `each` for each partner who meets `when`";
        reader.error(fields.at, "an allocation says once how much it is", help);
    }
    if fields.has("each") != fields.has("when") {
        let help = "write `when: …, each: 5000`, or `partner` and `amount`";
        reader.error(fields.at, "`when` and `each` of an allocation go together", help);
    }
    if fields.has("partner") && fields.has("when") {
        let help = "name the partner, or say who has one";
        reader.error(fields.at("when"), "`when` stands beside `partner`", help);
    }
    let starts = reader.maybe(&fields, "starts", Reader::date);
    let ends = reader.maybe(&fields, "ends", Reader::date);
    let claims_until = reader.maybe(&fields, "claims_until", Reader::date);
    in_order(reader, &fields, (starts, ends, claims_until));
    let activities = reader.maybe(&fields, "activities", |r, k, n| r.list(k, n, Reader::code));
    let whose = match (partner, when) {
        (Some(partner), _) => Whose::Partner(partner),
        (None, Some(when)) => Whose::Each(when),
        (None, None) => Whose::Pool,
    };
    Some(AllocationRow {
        code: code?.into(),
        whose,
        size: amount.or(each).or(of_budget)?,
        starts,
        ends,
        claims_until,
        activities: activities.map(|all| all.into_iter().map(Unit::from).collect()),
    })
}

/// A condition over the partner alone; `None` where it asks nothing.
fn of_partner(
    reader: &mut Reader<'_>,
    (key, node): (&str, &Node),
    declared: &Declared,
) -> Option<Expr> {
    let mut own = Reader::new(declared);
    let read = own.condition(key, node);
    reader.problems.append(&mut own.problems);
    if read.as_ref().is_some_and(|it| !it.depends().only(Depends::PARTNER.with(Depends::PARTY))) {
        let help = "ask about `partner.…`";
        reader.error(node.at, "the condition of an allocation reads more than the partner", help);
    }
    read
}

/// Rows fit the budget and the days of their fund, and name its activities.
fn rows_fit(reader: &mut Reader<'_>, fields: &Fields<'_>, fund: &Fund) {
    let Some(budget) = fund.budget() else { return };
    let at = fields.at("allocations");
    let (mut planned, mut seen) = (Decimal::ZERO, BTreeSet::new());
    for row in &budget.allocations {
        if !seen.insert(&row.code) {
            let message = format!("allocation `{}` stands twice", row.code);
            reader.error(at, message, "give one of them another code");
        }
        for activity in row.activities.iter().flatten() {
            if !fund.activities.contains_key(activity) {
                let message = format!("unknown activity `{activity}` of allocation `{}`", row.code);
                reader.error(at, message, "declare it under `activities`, or correct its name");
            }
        }
        let before = row.starts.zip(fund.starts).is_some_and(|(own, fund)| own < fund);
        let after = |own: Option<Date>, fund: Option<Date>| {
            own.zip(fund).is_some_and(|(own, fund)| fund < own)
        };
        if before || after(row.ends, fund.ends) || after(row.claims_until, fund.last_claims()) {
            let message = format!("allocation `{}` lasts longer than its fund", row.code);
            reader.error(at, message, "correct its days, or those of the fund");
        }
        planned += match (&row.whose, row.size) {
            // How many there are is known on its first day.
            (Whose::Each(_), _) => Decimal::ZERO,
            (_, Size::Amount(amount)) => amount,
            (_, Size::Share(share)) => budget.amount * share,
        };
    }
    if budget.amount < planned {
        let message = format!(
            "the allocations come to {}, the budget to {}",
            planned.normalize(),
            budget.amount
        );
        reader.error(at, message, "allocate less, or raise `amount`");
    }
}

fn coop(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    code: &Unit,
    name: &crate::program::Names,
) -> Coop {
    let clawbacks = [
        ("arrears", Clawback::Arrears),
        ("negative", Clawback::Negative),
        ("clamp", Clawback::Clamp),
    ];
    let clawback = reader.maybe(fields, "clawback", |r, k, n| r.word(k, n, &clawbacks));
    let lots = PointCurrency {
        unit: code.clone(),
        name: name.clone(),
        description: crate::program::Names::default(),
        kind: PointKind::Spendable,
        // Those of the money are known when the book is opened.
        decimals: 2,
        cost: Decimal::ONE,
        worth: None,
        expiry: reader.maybe(fields, "expiry", lifetime).and_then(Lifetime::expiry),
        escrow: reader.maybe(fields, "escrow", span).unwrap_or(Span { months: 0, days: 0 }),
        hold: Span { months: 0, days: 0 },
        negative: Negative::UpTo(Decimal::ZERO),
        overdraw: false,
        clawback: clawback.unwrap_or(Clawback::Arrears),
        restore: reader.maybe(fields, "restore", restore).unwrap_or(Restore::Original),
        subtypes: base(),
        spending: Spending::default(),
        reset: None,
        pass_on: PassOn::Nobody,
    };
    Coop { lots, limit: reader.maybe(fields, "amount", above_zero) }
}
