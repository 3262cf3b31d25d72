//! The output of `tokuten try --format json`.
//!
//! Amounts are strings in plain decimal notation with at most 12 decimals; lists may be empty, and
//! keys without value are left out.

use std::fmt::Write;

use rust_decimal::{Decimal, RoundingStrategy};

use super::Moment;
use super::story::{AccrualLine, AwardLine, PartnerPayout, Rejection, Snapshot, Story, WhatIfLine};
use crate::award::Part;
use crate::explain::Lang;
use crate::program::RowValue;
use crate::totals::Group;
use crate::wallet;

/// Decimals of a number that does not end.
const DECIMALS_MAX: u32 = 12;

/// A value of JSON, as far as a story needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Json {
    Text(String),
    Count(u32),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Story {
    /// One object, indented, with a line end.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        let snapshots = self.snapshots.iter().map(snapshot).collect();
        Object::new()
            .text("case", &self.case)
            .list("snapshots", snapshots)
            .done()
            .write(&mut text, 0);
        text.push('\n');
        text
    }
}

impl Moment {
    /// As it is written: a day, or an instant of UTC.
    pub fn text(self) -> String {
        match self {
            Moment::Day(day) => day.to_string(),
            Moment::Instant(instant) => instant.to_string(),
        }
    }
}

/// Plain decimal notation: no exponent, no trailing zeros, no minus before zero.
pub fn plain(number: Decimal) -> String {
    let number = if DECIMALS_MAX < number.scale() {
        number.round_dp_with_strategy(DECIMALS_MAX, RoundingStrategy::MidpointAwayFromZero)
    } else {
        number
    };
    let number = number.normalize();
    if number.is_zero() { "0".to_owned() } else { number.to_string() }
}

fn snapshot(snapshot: &Snapshot) -> Json {
    Object::new()
        .text("as_of", &snapshot.as_of.text())
        .list("awards", snapshot.awards.iter().map(award).collect())
        .list("accruals", snapshot.accruals.iter().map(accrual).collect())
        .list("payouts", snapshot.payouts.iter().map(payout).collect())
        .wallet(&snapshot.wallet)
        .list(
            "waiting",
            snapshot
                .waiting
                .iter()
                .map(|line| reason(line.key.as_str(), line.reason.word()))
                .collect(),
        )
        .list("rejections", snapshot.rejections.iter().map(rejection).collect())
        .list("what_if", snapshot.what_if.iter().map(what_if).collect())
        .done()
}

fn rejection(of: &Rejection) -> Json {
    let line = Object::new().text("key", &of.key);
    let line = match of.line {
        Some(at) => line.text("line", &at.to_string()),
        None => line,
    };
    line.text("reason", of.reason.word()).done()
}

fn reason(key: &str, reason: &str) -> Json {
    Object::new().text("key", key).text("reason", reason).done()
}

fn award(line: &AwardLine) -> Json {
    let award = &line.award;
    let context = line.context();
    let reasons = award.reasons.iter().map(|reason| {
        let text = reason.text(Lang::En, &context);
        Object::new().text("code", reason.code()).text("text", &text).done()
    });
    let lines = line.lines.iter().map(|line| {
        Object::new()
            .text("fact", line.fact.as_str())
            .maybe_number("measure", line.measure)
            .number("amount", line.amount)
            .done()
    });
    Object::new()
        .text("program", line.program.as_str())
        .count("version", Some(award.version))
        .text("term", line.term.code.as_str())
        .text("partner", line.partner.as_str())
        .text("earner", line.earner.as_str())
        .text("period", &line.period.name)
        .group(&award.group)
        .text("reward", line.term.reward.word())
        .text("unit", line.unit())
        .number("amount", award.amount)
        .count("tier", award.tier)
        .maybe_text("tier_name", line.tier_name())
        .maybe_number("qualifier", award.qualifier)
        .maybe_number("measure", award.measure)
        .maybe_number("baseline", award.baseline)
        .list("parts", award.parts.iter().map(part).collect())
        .list("lines", lines.collect())
        .list("reasons", reasons.collect())
        .done()
}

fn part(part: &Part) -> Json {
    let object = Object::new().count("version", Some(part.version));
    let object = object.count("tier", Some(part.tier).filter(|tier| *tier != 0));
    let object = match part.value {
        Some(RowValue::Rate(rate)) => object.number("rate", rate),
        Some(RowValue::PerUnit(each)) => object.number("per_unit", each),
        Some(RowValue::Factor(factor)) => object.number("factor", factor),
        None => object,
    };
    object
        .maybe_number("guarantee", part.guarantee)
        .maybe_number("fixed", part.fixed)
        .maybe_number("measure", part.measure)
        .number("amount", part.amount)
        .done()
}

fn accrual(line: &AccrualLine) -> Json {
    Object::new()
        .text("program", line.program.as_str())
        .text("term", line.term.as_str())
        .text("partner", line.partner.as_str())
        .group(&line.group)
        .text("period", &line.period.name)
        .text("earned_in", &line.earned_in.name)
        .text("kind", line.kind.word())
        .text("unit", line.unit.as_str())
        .number("amount", line.amount)
        .done()
}

fn payout(payout: &PartnerPayout) -> Json {
    let line = &payout.line;
    Object::new()
        .text("program", payout.program.as_str())
        .text("partner", payout.partner.as_str())
        .text("period", &line.period.name)
        .text("status", payout.status())
        .number("calculated", line.calculated)
        .number("prior_period", line.prior_period)
        .number("adjustments", line.adjustments)
        .number("pending", line.pending)
        .number("carried_in", line.carried_in)
        .number("carried_out", line.carried_out)
        .text("unit", payout.unit.as_str())
        .number("amount", line.amount)
        .done()
}

fn what_if(line: &WhatIfLine) -> Json {
    let object = Object::new()
        .text("what_if", &line.what_if)
        .text("program", line.program.as_str())
        .text("term", line.term.as_str())
        .text("partner", line.partner.as_str())
        .text("period", &line.period.name);
    let object = if line.group == Group::one() { object } else { object.group(&line.group) };
    object
        .number("now", line.now)
        .number("projected", line.projected)
        .number("brings", line.brings())
        .count("tier", line.tier)
        .done()
}

/// An object in the making.
struct Object(Vec<(String, Json)>);

/// What a line of a wallet says.
fn said(what: &wallet::Said) -> Json {
    match what {
        wallet::Said::Number(number) => Json::Text(plain(*number)),
        wallet::Said::Text(text) => Json::Text(text.clone()),
        wallet::Said::List(items) => Json::List(
            items
                .iter()
                .map(|item| {
                    Json::Object(item.iter().map(|(k, v)| ((*k).to_owned(), said(v))).collect())
                })
                .collect(),
        ),
    }
}

impl Object {
    /// A list for each of the wallet's, empty ones too.
    fn wallet(self, lines: &[wallet::Line]) -> Object {
        wallet::List::ALL.into_iter().fold(self, |object, list| {
            let own = lines.iter().filter(|line| line.list == list).map(|line| {
                let first = (list.named().to_owned(), Json::Text(line.of.clone()));
                let words = line.says.iter().map(|(word, value)| ((*word).to_owned(), said(value)));
                Json::Object(std::iter::once(first).chain(words).collect())
            });
            object.list(list.word(), own.collect())
        })
    }

    fn new() -> Object {
        Object(Vec::new())
    }

    fn done(self) -> Json {
        Json::Object(self.0)
    }

    fn with(mut self, key: &str, value: Json) -> Object {
        self.0.push((key.to_owned(), value));
        self
    }

    fn text(self, key: &str, text: &str) -> Object {
        self.with(key, Json::Text(text.to_owned()))
    }

    fn maybe_text(self, key: &str, text: Option<&str>) -> Object {
        match text {
            Some(text) => self.text(key, text),
            None => self,
        }
    }

    fn number(self, key: &str, number: Decimal) -> Object {
        self.text(key, &plain(number))
    }

    fn maybe_number(self, key: &str, number: Option<Decimal>) -> Object {
        match number {
            Some(number) => self.number(key, number),
            None => self,
        }
    }

    fn count(self, key: &str, count: Option<u32>) -> Object {
        match count {
            Some(count) => self.with(key, Json::Count(count)),
            None => self,
        }
    }

    fn list(self, key: &str, items: Vec<Json>) -> Object {
        self.with(key, Json::List(items))
    }

    fn group(self, group: &Group) -> Object {
        let values = group.values().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let values = values.map(|(name, value)| (name, Json::Text(value))).collect();
        self.with("group", Json::Object(values))
    }
}

impl Json {
    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Json::Text(text) => write_text(text, out),
            Json::Count(count) => out.push_str(&count.to_string()),
            Json::List(items) => {
                let write = |item: &Json, out: &mut String| item.write(out, depth + 1);
                write_block(items, ['[', ']'], depth, out, write);
            }
            Json::Object(entries) => {
                write_block(entries, ['{', '}'], depth, out, |(key, value), out| {
                    write_text(key, out);
                    out.push_str(": ");
                    value.write(out, depth + 1);
                });
            }
        }
    }
}

fn write_block<T>(
    items: &[T],
    [open, close]: [char; 2],
    depth: usize,
    out: &mut String,
    write: impl Fn(&T, &mut String),
) {
    out.push(open);
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        write(item, out);
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
