//! Tier tables, single values, limits and budgets.

use std::collections::BTreeMap;

use crate::program::keys::{BOUND_KEYS, BUDGET, GUARANTEE, LIMITS, ROW, VALUES};
use crate::program::{
    Bounds, Budget, BudgetPer, BudgetShare, GroupBy, Guarantee, Limits, Opens, Row, RowValue,
};
use crate::reader::{Fields, Reader};
use crate::yaml::Node;

use super::reading::{Thresholds, opens};

/// The rows of `tiers`, or the one row of a single value. Empty if there is neither.
pub(super) fn rows(
    reader: &mut Reader<'_>,
    term: &Fields<'_>,
    group_by: &GroupBy,
    written: Thresholds,
) -> Vec<Row> {
    let values = term.among(&VALUES);
    if let Some(tiers) = term.get("tiers") {
        if let Some(value) = values.first() {
            reader.error(
                term.at(value),
                format!("`{value}` stands beside `tiers`"),
                "write it into the rows, or remove `tiers`",
            );
        }
        return table(reader, tiers, group_by, written);
    }
    match values.as_slice() {
        [] => Vec::new(),
        [_] => {
            let fixed = reader.maybe(term, "fixed", Reader::number);
            let value = value(reader, term);
            vec![Row {
                at: term.at(values[0]),
                opens: Opens::Always,
                value,
                fixed,
                up_to: None,
                name: None,
                dimensions: BTreeMap::new(),
                starts: None,
                ends: None,
            }]
        }
        [first, second, ..] => {
            reader.error(
                term.at(second),
                format!("the term has both `{first}` and `{second}`"),
                "a term has one value of its own: write both into one row of `tiers`",
            );
            Vec::new()
        }
    }
}

fn table(
    reader: &mut Reader<'_>,
    tiers: &Node,
    group_by: &GroupBy,
    written: Thresholds,
) -> Vec<Row> {
    let Some(items) = reader.items("tiers", tiers) else {
        return Vec::new();
    };
    if items.is_empty() {
        reader.error(tiers.at, "`tiers` is empty", "add rows: `- { from: 0, rate: 1% }`");
    }
    items.iter().filter_map(|item| row(reader, item, group_by, written)).collect()
}

fn row(
    reader: &mut Reader<'_>,
    node: &Node,
    group_by: &GroupBy,
    written: Thresholds,
) -> Option<Row> {
    let fields = reader.any_fields(node, "a row of `tiers`")?;
    let mut dimensions = BTreeMap::new();
    for (key, at, value) in &fields.entries {
        if ROW.iter().any(|known| known.word == *key) {
            continue;
        }
        if group_by.names.iter().any(|(name, _)| name == key) {
            if let Some(value) = reader.text(key, value) {
                dimensions.insert((*key).to_owned(), value);
            }
            continue;
        }
        let known: Vec<&str> = ROW
            .iter()
            .map(|known| known.word)
            .chain(group_by.names.iter().map(|(name, _)| name.as_str()))
            .collect();
        if crate::nearest::nearest(key, known.iter().copied()).is_some() {
            reader.unknown_key(at.at, key, "a row of `tiers`", &known);
        } else {
            reader.error(
                at.at,
                format!("the row names the dimension `{key}`, which `group_by` lacks"),
                format!("add it to the term's `group_by`, or remove `{key}`"),
            );
        }
    }
    let opens = opens(reader, &fields, written);
    let value = value(reader, &fields);
    let fixed = reader.maybe(&fields, "fixed", Reader::number);
    if fields.among(&VALUES).is_empty() {
        reader.error(
            node.at,
            "the row pays nothing",
            "add `rate`, `per_unit`, `fixed` or `factor`; `rate: 0%` for a tier without reward",
        );
    }
    Some(Row {
        at: node.at,
        opens: opens?,
        value,
        fixed,
        up_to: reader.maybe(&fields, "up_to", Reader::number),
        name: reader.maybe(&fields, "name", Reader::names),
        dimensions,
        starts: reader.maybe(&fields, "starts", Reader::date),
        ends: reader.maybe(&fields, "ends", Reader::date),
    })
}

/// `rate`, `per_unit` or `factor`, of a row or of a term.
fn value(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<RowValue> {
    if let [first, second, ..] = fields.among(&["rate", "per_unit", "factor"]).as_slice() {
        reader.error(
            fields.at(second),
            format!("the row has both `{first}` and `{second}`"),
            "keep one of the two; `fixed` may stand beside it",
        );
    }
    let rate = reader.maybe(fields, "rate", |reader, key, node| {
        let share = reader.share(key, node)?;
        if share.abs() > rust_decimal::Decimal::ONE
            && node.text().is_some_and(|t| !t.ends_with('%'))
        {
            let text = node.text().unwrap_or_default();
            reader.warn(
                node.at,
                format!("`{key}: {text}` is {text} times the measure"),
                format!("write `{key}: {text}%` if that is meant"),
            );
        }
        Some(RowValue::Rate(share))
    });
    let per_unit = reader.maybe(fields, "per_unit", Reader::number).map(RowValue::PerUnit);
    let factor = reader.maybe(fields, "factor", Reader::number).map(RowValue::Factor);
    rate.or(per_unit).or(factor)
}

/// A number alone is `at_most`.
pub(super) fn bounds(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Bounds> {
    if node.map().is_none() {
        let at_most = not_negative(reader, key, node)?;
        return Some(Bounds { at_least: None, at_most: Some(at_most) });
    }
    let fields = reader.fields(node, &format!("`{key}`"), BOUND_KEYS)?;
    if fields.entries.is_empty() {
        reader.error(node.at, format!("`{key}` is empty"), format!("write `{key}: 5000`"));
    }
    Some(Bounds {
        at_least: reader.maybe(&fields, "at_least", not_negative),
        at_most: reader.maybe(&fields, "at_most", not_negative),
    })
}

/// Limits act on the size of an award, which has no sign.
pub(super) fn not_negative(
    reader: &mut Reader<'_>,
    key: &str,
    node: &Node,
) -> Option<rust_decimal::Decimal> {
    let number = reader.number(key, node)?;
    if number < rust_decimal::Decimal::ZERO {
        reader.error(
            node.at,
            format!("`{key}` is below zero"),
            "limits act on the size of an award: write it without the minus",
        );
        return None;
    }
    Some(number)
}

pub(super) fn budget(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Budget> {
    let fields = reader.fields(node, "`budget`", BUDGET)?;
    let share = [
        ("first_come", BudgetShare::FirstCome),
        ("in_proportion", BudgetShare::InProportion),
        ("all", BudgetShare::All),
    ];
    let per = [("program", BudgetPer::Program), ("period", BudgetPer::Period)];
    let amount = reader.needed(&fields, "amount", not_negative);
    let share = reader.maybe(&fields, "share", |r, k, n| r.word(k, n, &share));
    let per = reader.maybe(&fields, "per", |r, k, n| r.word(k, n, &per));
    Some(Budget { amount: amount?, share: share.unwrap_or_default(), per: per.unwrap_or_default() })
}

pub(super) fn limits(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Limits> {
    let fields = reader.fields(node, "`limits`", LIMITS)?;
    let guarantee = reader.maybe(&fields, "guarantee", |reader, _, node| {
        let fields = reader.fields(node, "`guarantee`", GUARANTEE)?;
        let amount = reader.needed(&fields, "amount", not_negative);
        let carry_over = reader.maybe(&fields, "carry_over", Reader::yes_no).unwrap_or(false);
        Some(Guarantee { amount: amount?, carry_over })
    });
    Some(Limits {
        per_award: reader.maybe(&fields, "per_award", bounds).unwrap_or_default(),
        per_partner_period: reader.maybe(&fields, "per_partner_period", bounds).unwrap_or_default(),
        per_partner: reader.maybe(&fields, "per_partner", bounds).unwrap_or_default(),
        guarantee,
        budget: reader.maybe(&fields, "budget", budget),
    })
}
