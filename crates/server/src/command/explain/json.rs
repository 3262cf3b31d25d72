//! An explanation for tools: the award as the format of programs and cases writes it, and more.

use domain::award::Part;
use domain::case::plain;
use domain::program::{Opens, RowValue};
use engine::explain::{Explanation, TierRow, Why};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// Without keys that have no value.
fn object(pairs: &[(&str, Value)]) -> Value {
    let there = pairs.iter().filter(|(_, value)| !value.is_null());
    Value::Object(there.map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

fn number(number: Decimal) -> Value {
    Value::String(plain(number))
}

fn some(value: Option<Decimal>) -> Value {
    value.map_or(Value::Null, number)
}

fn list<T>(items: &[T], write: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(write).collect())
}

pub(super) fn explanation(of: &Explanation) -> Value {
    let award = &of.award;
    let group: Map<String, Value> =
        of.of.group.values().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    object(&[
        ("ref", json!(of.of.to_string())),
        ("program", json!(of.of.program)),
        ("version", json!(award.version)),
        ("term", json!(of.of.term)),
        ("partner", json!(of.of.partner)),
        ("earner", json!(of.of.partner)),
        ("period", json!(of.of.period)),
        ("group", Value::Object(group)),
        ("reward", json!("money")),
        ("unit", json!(of.currency.as_str())),
        ("amount", number(award.amount)),
        ("tier", json!(award.tier)),
        ("qualifier", some(award.qualifier)),
        ("qualifier_total", number(award.qualifier_total)),
        ("measure", some(award.measure)),
        ("baseline", some(award.baseline)),
        ("parts", list(&award.parts, part)),
        (
            "reasons",
            list(
                &of.reasons,
                |reason| json!({ "code": reason.code, "text": reason.en, "text_ja": reason.ja }),
            ),
        ),
        ("tiers", list(&of.tiers, tier)),
        (
            "baseline_days",
            of.baseline.as_ref().map_or(
                Value::Null,
                |days| json!({ "from": days.from.to_string(), "to": days.to.to_string() }),
            ),
        ),
        ("months", months(of)),
        ("lines", lines(of)),
        ("left_out", left_out(of)),
        (
            "accruals",
            list(&of.accruals, |accrual| {
                json!({
                    "period": &*accrual.accounting.name,
                    "kind": accrual.kind.word(),
                    "amount": plain(accrual.amount),
                })
            }),
        ),
        (
            "due",
            list(&of.dues, |due| {
                json!({
                    "period": &*due.payout.name,
                    "amount": plain(due.amount),
                })
            }),
        ),
        (
            "postings",
            list(&of.postings, |posting| {
                json!({
                    "posting": posting.seq,
                    "recorded": posting.recorded.to_string(),
                    "cause": posting.cause,
                    "debit": posting.debit,
                    "credit": posting.credit,
                    "amount": plain(posting.amount),
                })
            }),
        ),
        (
            "payouts",
            list(&of.payouts, |payout| {
                json!({
                    "payout": payout.id,
                    "period": payout.period_name,
                    "amount": plain(payout.amount),
                    "status": payout.status,
                })
            }),
        ),
        ("proof", proof(of)),
    ])
}

fn part(part: &Part) -> Value {
    let (key, value) = match part.value {
        Some(RowValue::Rate(rate)) => ("rate", number(rate)),
        Some(RowValue::PerUnit(each)) => ("per_unit", number(each)),
        Some(RowValue::Factor(factor)) => ("factor", number(factor)),
        None => ("rate", Value::Null),
    };
    object(&[
        ("version", json!(part.version)),
        ("tier", json!(part.tier)),
        (key, value),
        ("fixed", some(part.fixed)),
        ("measure", some(part.measure)),
        ("amount", number(part.amount)),
    ])
}

fn tier(row: &TierRow) -> Value {
    let (key, value) = match row.opens {
        Opens::Always => ("from", Value::Null),
        Opens::From(threshold) => ("from", number(threshold)),
        Opens::Above(threshold) => ("above", number(threshold)),
    };
    object(&[
        ("tier", json!(row.tier)),
        ("name", row.name.as_ref().map_or(Value::Null, |names| json!(names))),
        (key, value),
        ("opens_at", some(row.opens_at)),
        ("reached", json!(row.is_reached)),
        (
            "crossed",
            row.crossed.as_ref().map_or(Value::Null, |crossed| {
                json!({
                    "fact": crossed.fact.as_str(),
                    "at": crossed.at.to_string(),
                    "before": plain(crossed.before),
                    "after": plain(crossed.after),
                })
            }),
        ),
    ])
}

fn months(of: &Explanation) -> Value {
    list(&of.months, |month| {
        json!({
            "month": month.first_day.strftime("%Y-%m").to_string(),
            "facts": month.facts,
            "quantity": plain(month.quantity),
            "measure": plain(month.measure),
            "amount": plain(month.amount),
        })
    })
}

fn lines(of: &Explanation) -> Value {
    list(&of.lines, |line| {
        let fact = &line.fact;
        object(&[
            ("fact", json!(fact.key.as_str())),
            ("number", json!(line.seq)),
            ("date", json!(fact.date().to_string())),
            ("kind", json!(fact.kind.word())),
            ("product", fact.product.as_ref().map_or(Value::Null, |code| json!(code.as_str()))),
            ("order", json!(fact.order)),
            ("line", json!(fact.line)),
            ("quantity", some(fact.quantity)),
            ("value", some(fact.amount)),
            ("unit", json!(fact.unit.as_ref().map(ToString::to_string))),
            ("currency", json!(fact.currency.map(|currency| currency.to_string()))),
            (
                "converted",
                list(&line.converted, |converted| {
                    json!({
                        "by": converted.rate(),
                        "day": converted.day.to_string(),
                        "since": converted.by.since.map(|day| day.to_string()),
                    })
                }),
            ),
            ("measure", some(line.measure)),
            ("amount", number(line.amount)),
            (
                "source",
                line.source.as_ref().map_or(Value::Null, |source| {
                    json!({
                        "import": source.import,
                        "file": source.name,
                        "row": source.row,
                    })
                }),
            ),
        ])
    })
}

fn left_out(of: &Explanation) -> Value {
    list(&of.left_out, |line| {
        let condition = match &line.why {
            Why::Condition(text) => json!(text),
            _ => Value::Null,
        };
        object(&[
            ("fact", json!(line.fact.key.as_str())),
            ("date", json!(line.fact.date().to_string())),
            ("reason", json!(line.why.word())),
            ("condition", condition),
        ])
    })
}

fn proof(of: &Explanation) -> Value {
    let proof = &of.proof;
    object(&[
        ("agrees", json!(proof.agrees())),
        ("pending", json!(proof.is_pending)),
        ("recomputed", number(proof.recomputed)),
        ("stored", some(proof.stored)),
        ("posted", number(proof.posted)),
        ("accrued", number(proof.accrued)),
        ("journal", json!(proof.journal_seq)),
        ("version", json!(proof.version)),
        ("term_lines", json!([of.text.term.0, of.text.term.1])),
        ("acted_lines", json!(of.text.acted)),
    ])
}
