//! Vouchers as they are written: the keys of a definition, and the words of their lines.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::codes::{CodeForm, LENGTH_MAX, LENGTH_MIN};
use super::issuing::{COUNT_MAX, Issue};
use super::using::UseVoucher;
use super::{IssueLimit, SmallestOrder, VoucherKind, VoucherPays};
use crate::program::keys::{Key, Shape};
use crate::reader::{Fields, Reader};
use crate::wallet::Lifetime;
use crate::wallet::dates::Since;
use crate::wallet::keys::EXPIRY;
use crate::wallet::ledger::Unit;
use crate::wallet::line;
use crate::wallet::read::{above_zero, lifetime, not_negative, share};
use crate::yaml::Node;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const MINIMUM: &[Key] = &[
    Key {
        word: "order",
        shape: Shape::Number,
        says: "What the order comes to at least.",
        required: true,
    },
    key("with_tax", Shape::YesNo, "Whether it counts with its tax."),
];

const LIMIT: &[Key] = &[
    key("total", Shape::Whole, "How many are issued at most."),
    key("per_partner", Shape::Whole, "How many of them to one partner."),
];

const CODE: &[Key] = &[
    key("length", Shape::Whole, "How many letters and digits: 8."),
    key("prefix", Shape::Word, "What stands before them."),
    key("suffix", Shape::Word, "What stands behind them."),
];

pub(crate) const VOUCHER: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is for."),
    key("value", Shape::OneOf(&[Shape::Number, Shape::Words(&["open"])]), "So much money."),
    key("percent", Shape::Share, "A share of an order."),
    key("goods", Shape::Word, "A product."),
    key("partial", Shape::YesNo, "Whether it may be used bit by bit."),
    key("at_most", Shape::Number, "The most that a share pays."),
    key("minimum", Shape::Map(MINIMUM), "The smallest order."),
    key("starts", Shape::Date, "The first day on which it is issued."),
    key("ends", Shape::Date, "The last one; without `expiry` it cannot be used later either."),
    key("expiry", Shape::OneOf(&[Shape::Word, Shape::Map(EXPIRY)]), "Its last day."),
    key("limit", Shape::Map(LIMIT), "How many may be issued."),
    key("cost", Shape::Number, "What one costs the vendor."),
    key("code", Shape::Map(CODE), "What codes look like that are not given."),
];

/// What a line says that issues vouchers, beside its key.
pub(crate) const WORDS_OF_ISSUE: &[&str] =
    &["voucher", "partner", "value", "code", "expires", "count", "promotion"];

/// One definition.
pub(in crate::wallet) fn read(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
) -> Option<VoucherKind> {
    let fields = reader.fields(node, "a voucher", VOUCHER)?;
    let pays = pays(reader, &fields);
    let kind = VoucherKind {
        code: code.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        partial: reader.maybe(&fields, "partial", Reader::yes_no).unwrap_or(true),
        minimum: reader.maybe(&fields, "minimum", minimum),
        starts: reader.maybe(&fields, "starts", Reader::date),
        ends: reader.maybe(&fields, "ends", Reader::date),
        expiry: reader.maybe(&fields, "expiry", lifetime).and_then(Lifetime::expiry),
        limit: reader.maybe(&fields, "limit", limit).unwrap_or_default(),
        cost: reader.maybe(&fields, "cost", not_negative),
        codes: reader.maybe(&fields, "code", code_form),
        pays: pays?,
    };
    if kind.expiry.is_some_and(|expiry| expiry.since == Since::Activity) {
        let help = "leave `since` out: a voucher ends so long after it was issued";
        reader.error(fields.at("expiry"), "`since: activity` of a voucher", help);
    }
    days_in_order(reader, &fields);
    Some(kind)
}

/// `starts` is not after `ends`.
pub(in crate::wallet) fn days_in_order(reader: &mut Reader<'_>, fields: &Fields<'_>) {
    let day = |word: &str| fields.get(word)?.text().and_then(crate::reader::date_of);
    if let (Some(starts), Some(ends)) = (day("starts"), day("ends"))
        && ends < starts
    {
        reader.error(fields.at("ends"), "`ends` is before `starts`", "correct one of them");
    }
}

fn pays(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<VoucherPays> {
    let kinds = fields.among(&["value", "percent", "goods"]);
    if let [_, second, ..] = kinds.as_slice() {
        let message = "a voucher pays in one way";
        reader.error(fields.at(second), message, "keep `value`, `percent` or `goods`");
        return None;
    }
    let of_share = fields.has("at_most") && !fields.has("percent");
    let of_value = fields.has("partial") && !fields.has("value");
    for (word, is_wrong, of) in [("at_most", of_share, "percent"), ("partial", of_value, "value")] {
        if is_wrong {
            let message = format!("`{word}` without `{of}`");
            reader.error(fields.at(word), message, "leave it out");
        }
    }
    match kinds.as_slice() {
        ["value"] => reader.maybe(fields, "value", |reader, key, node| {
            if node.text() == Some("open") {
                return Some(VoucherPays::OpenValue);
            }
            above_zero(reader, key, node).map(VoucherPays::Value)
        }),
        ["percent"] => {
            let percent = reader.maybe(fields, "percent", share)?;
            let at_most = reader.maybe(fields, "at_most", above_zero);
            Some(VoucherPays::Share { percent, at_most })
        }
        ["goods"] => reader.maybe(fields, "goods", Reader::code).map(VoucherPays::Goods),
        _ => {
            let help = "write `value: 80`, `percent: 12%` or `goods: PRODUCT`";
            reader.error(fields.at, "the voucher says not what it pays", help);
            None
        }
    }
}

fn minimum(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<SmallestOrder> {
    let fields = reader.fields(node, "`minimum`", MINIMUM)?;
    let order = reader.needed(&fields, "order", above_zero);
    let with_tax = reader.maybe(&fields, "with_tax", Reader::yes_no).unwrap_or(false);
    Some(SmallestOrder { order: order?, with_tax })
}

fn limit(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<IssueLimit> {
    let fields = reader.fields(node, "`limit`", LIMIT)?;
    Some(IssueLimit {
        total: reader.maybe(&fields, "total", Reader::whole),
        per_partner: reader.maybe(&fields, "per_partner", Reader::whole),
    })
}

fn code_form(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<CodeForm> {
    let fields = reader.fields(node, "`code`", CODE)?;
    let plain = CodeForm::default();
    let length = reader.maybe(&fields, "length", Reader::whole).unwrap_or(plain.length);
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
        reader.error(
            fields.at("length"),
            format!("`length` is not from {LENGTH_MIN} to {LENGTH_MAX}"),
            "write `length: 8`",
        );
    }
    Some(CodeForm {
        length,
        prefix: reader.maybe(&fields, "prefix", Reader::code).unwrap_or_default(),
        suffix: reader.maybe(&fields, "suffix", Reader::code).unwrap_or_default(),
    })
}

/// `issue: V1, voucher: SPRING, partner: P1`.
pub(in crate::wallet) fn read_issue(
    reader: &mut Reader<'_>,
    read: &line::Line<'_, '_>,
) -> Option<Issue> {
    let fields = read.fields;
    let voucher = reader.needed(fields, "voucher", Reader::code);
    let count = reader.maybe(fields, "count", Reader::whole);
    if count.is_some_and(|count| COUNT_MAX < count) {
        let message = format!("`count` is above {COUNT_MAX}");
        reader.error(fields.at("count"), message, "issue them in several lines");
        return None;
    }
    if fields.has("count") && fields.has("code") {
        let help = "give one voucher a code, or issue several";
        reader.error(fields.at("code"), "`code` stands beside `count`", help);
        return None;
    }
    Some(Issue {
        partner: read.maybe_partner(reader),
        value: reader.maybe(fields, "value", Reader::number),
        code: reader.maybe(fields, "code", Reader::code).map(Arc::from),
        expires: reader.maybe(fields, "expires", |r, k, n| read.ends(r, k, n)),
        promotion: read.promotion(reader),
        voucher: Arc::from(voucher?),
        count,
    })
}

/// `redeem: X1, voucher: CODE, order: O1, order_amount: 120`.
pub(in crate::wallet) fn read_use(
    reader: &mut Reader<'_>,
    read: &line::Line<'_, '_>,
) -> Option<UseVoucher> {
    let fields = read.fields;
    let voucher = reader.needed(fields, "voucher", Reader::code);
    let mut number = |word: &str| -> Option<Decimal> { reader.maybe(fields, word, Reader::number) };
    let (amount, order_amount) = (number("amount"), number("order_amount"));
    let (due, tax) = (number("due"), number("tax"));
    Some(UseVoucher {
        partner: read.maybe_partner(reader),
        order: reader.maybe(fields, "order", Reader::text),
        voucher: Arc::from(voucher?),
        amount,
        order_amount,
        due,
        tax,
    })
}
