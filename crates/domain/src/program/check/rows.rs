//! The tier table: thresholds, values, dimensions, days.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Found;
use crate::program::keys::ROW;
use crate::program::{Method, Opens, Row, Term, View};

pub(super) fn check(found: &mut Found<'_>, term: &Term, header_reads: bool) {
    check_presence(found, term);
    check_values(found, term);
    check_order(found, term);
    check_dimensions(found, term);
    if header_reads {
        check_days(found, term);
    }
    check_reach(found, term);
}

fn check_presence(found: &mut Found<'_>, term: &Term) {
    match (term.external, term.rows.is_empty()) {
        (true, false) => found.term_error(
            term,
            &["external"],
            "`external` with rows",
            "the amounts come from outside: remove the rows, or `external`",
        ),
        (false, true) => found.term_error(
            term,
            &[],
            "`tiers` is required",
            "add `tiers`, or one of `rate`, `per_unit`, `fixed`, `factor`, or `external: true`",
        ),
        _ => {}
    }
}

fn check_values(found: &mut Found<'_>, term: &Term) {
    let only_fixed = |row: &Row| row.value.is_none();
    let lump = matches!(term.method, Method::Highest | Method::SumOfReached);
    if lump {
        if let Some(row) = term.rows.iter().find(|row| !only_fixed(row)) {
            found.term_error_at(
                term,
                row.at,
                format!("`{}` with a rate", term.method.word()),
                "its rows have only `fixed`; write `all_units` or another method for rates",
            );
        }
    } else if term.method != Method::Interpolated
        && !term.rows.is_empty()
        && term.rows.iter().all(only_fixed)
    {
        found.term_error(
            term,
            &["method"],
            "rows with only `fixed` need `highest`, `sum_of_reached` or `interpolated`",
            "write `method: highest`: only the highest amount reached is paid",
        );
    }
    if matches!(term.method, Method::Marginal | Method::Interpolated) {
        for (number, _) in term.rows.iter().enumerate().filter(|(_, row)| row.up_to.is_some()) {
            found.term_error(
                term,
                &["tiers", &number.to_string(), "up_to"],
                format!("`up_to` in a row with `{}`", term.method.word()),
                "a further row ends the band: write it in place of `up_to`",
            );
        }
    }
}

/// A threshold and whether it must be exceeded: from 60 lies before above 60.
fn threshold(opens: Opens) -> Option<(Decimal, bool)> {
    match opens {
        Opens::Always => None,
        Opens::From(threshold) => Some((threshold, false)),
        Opens::Above(threshold) => Some((threshold, true)),
    }
}

fn written(term: &Term, opens: Opens) -> String {
    let ratio = term.qualifier.as_ref().is_some_and(|qualifier| qualifier.view.is_ratio());
    let number = |threshold: Decimal| {
        let shown = threshold.checked_mul(Decimal::ONE_HUNDRED).filter(|_| ratio);
        shown.map_or(threshold.to_string(), |percent| format!("{}%", percent.normalize()))
    };
    match opens {
        Opens::Always => "no threshold".to_owned(),
        Opens::From(threshold) => format!("`from: {}`", number(threshold)),
        Opens::Above(threshold) => format!("`above: {}`", number(threshold)),
    }
}

/// Whether some day is in both.
fn same_days(one: &Row, other: &Row) -> bool {
    let before = |end: Option<Date>, start: Option<Date>| {
        end.zip(start).is_some_and(|(end, start)| end < start)
    };
    !before(one.ends, other.starts) && !before(other.ends, one.starts)
}

fn check_order(found: &mut Found<'_>, term: &Term) {
    for (number, row) in term.rows.iter().enumerate() {
        let before = term.rows[..number]
            .iter()
            .rev()
            .find(|other| other.dimensions == row.dimensions && same_days(other, row));
        let Some(before) = before else { continue };
        let (earlier, later) = (written(term, before.opens), written(term, row.opens));
        if before.opens == row.opens {
            found.term_error_at(
                term,
                row.at,
                format!("two rows open at the same threshold, {later}"),
                "remove one, or give them different thresholds",
            );
        } else if threshold(row.opens) < threshold(before.opens) {
            found.term_error_at(
                term,
                row.at,
                format!("thresholds do not ascend: {later} after {earlier}"),
                "write the rows in the order of their thresholds",
            );
        }
    }
}

fn check_dimensions(found: &mut Found<'_>, term: &Term) {
    for (name, _) in &term.group_by.names {
        if ROW.iter().any(|key| key.word == name) {
            found.term_error(
                term,
                &["group_by"],
                format!("a dimension is named like a key of a row: `{name}`"),
                format!("give it a name of its own: `group_by: {{ my_{name}: … }}`"),
            );
        }
    }
    let mut tables: Vec<&Row> = Vec::new();
    for row in &term.rows {
        if !tables.iter().any(|table| table.dimensions == row.dimensions) {
            tables.push(row);
        }
    }
    for (number, one) in tables.iter().enumerate() {
        for other in &tables[..number] {
            if let Some(both) = union(&one.dimensions, &other.dimensions)
                && one.dimensions.len() == other.dimensions.len()
                && !tables.iter().any(|table| {
                    table.dimensions.len() > one.dimensions.len()
                        && table
                            .dimensions
                            .iter()
                            .all(|(name, value)| both.get(name.as_str()) == Some(&value))
                })
            {
                let group: Vec<String> =
                    both.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                found.term_error_at(
                    term,
                    one.at,
                    format!("two tables fit the group {{ {} }} equally well", group.join(", ")),
                    "add rows that name all of these values, or take a value out",
                );
            }
        }
    }
}

/// The values of a group that both tables fit, if there can be one.
fn union<'r>(
    one: &'r BTreeMap<String, String>,
    other: &'r BTreeMap<String, String>,
) -> Option<BTreeMap<&'r str, &'r String>> {
    let mut both: BTreeMap<&str, &String> =
        one.iter().map(|(name, value)| (name.as_str(), value)).collect();
    for (name, value) in other {
        if both.insert(name, value).is_some_and(|known| known != value) {
            return None;
        }
    }
    // The same values are the same table.
    (one != other).then(|| both.into_iter().collect())
}

fn check_days(found: &mut Found<'_>, term: &Term) {
    let program = found.program;
    let first = term.starts.unwrap_or(program.starts);
    let last = term.ends.or(program.ends);
    for row in &term.rows {
        if let (Some(starts), Some(ends)) = (row.starts, row.ends)
            && ends < starts
        {
            let message = "`ends` of the row is before `starts`";
            found.term_error_at(term, row.at, message, "swap the two days");
            return;
        }
        let late = row.starts.is_some_and(|starts| last.is_some_and(|last| last < starts));
        if late || row.ends.is_some_and(|ends| ends < first) {
            unreachable(found, term, row, "its days lie outside the term's");
        }
    }
    let mut tables: Vec<&BTreeMap<String, String>> =
        term.rows.iter().map(|row| &row.dimensions).collect();
    tables.dedup();
    for dimensions in tables {
        let rows: Vec<&Row> =
            term.rows.iter().filter(|row| row.dimensions == *dimensions).collect();
        if let Some(day) = uncovered(&rows, first, last) {
            let message = format!("rows leave days of the period uncovered, from {day}");
            let at = rows[0].at;
            found.problems.push(
                crate::problem::Problem::warning(
                    at,
                    message,
                    "add a row for these days, or say why nothing is earned on them",
                )
                .of_term(&term.code),
            );
            return;
        }
    }
}

/// The first day from `first` to `last` on which no row holds.
fn uncovered(rows: &[&Row], first: Date, last: Option<Date>) -> Option<Date> {
    let mut day = first;
    loop {
        if last.is_some_and(|last| last < day) {
            return None;
        }
        let holding = rows.iter().filter(|row| {
            row.starts.is_none_or(|starts| starts <= day) && row.ends.is_none_or(|ends| day <= ends)
        });
        let ends: Vec<Option<Date>> = holding.map(|row| row.ends).collect();
        if ends.is_empty() {
            return Some(day);
        }
        let furthest = ends.into_iter().try_fold(day, |far, end| end.map(|end| far.max(end)))?;
        day = furthest.tomorrow().ok()?;
    }
}

fn check_reach(found: &mut Found<'_>, term: &Term) {
    let share = term.qualifier.as_ref().is_some_and(|q| matches!(q.view, View::Share(_)));
    for row in &term.rows {
        let beyond = match row.opens {
            Opens::Always => false,
            Opens::From(threshold) => threshold > Decimal::ONE,
            Opens::Above(threshold) => threshold >= Decimal::ONE,
        };
        if share && beyond {
            unreachable(found, term, row, "a share of more than 100 % does not exist");
        }
    }
}

fn unreachable(found: &mut Found<'_>, term: &Term, row: &Row, why: &str) {
    let problem = crate::problem::Problem::warning(
        row.at,
        format!("a row that nothing can reach: {why}"),
        "correct it, or remove it",
    );
    found.problems.push(problem.of_term(&term.code));
}
