//! The whole ledger as a Beancount file, for whoever wants to look at it with other tools.
//!
//! # Invariants
//!
//! * Every posting is a transaction with its number; every account is opened on the day of its
//!   first posting.
//! * The file ends with the balances our ledger has, asserted: a reader that adds up otherwise says
//!   so.
//! * Two accounts of the ledger are two accounts of the file, also where their names differ only in
//!   signs that Beancount does not take.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::accounting::{Entry, role};
use crate::ledger::Balance;

/// The text of the file.
pub fn file(title: &str, entries: &[Entry], balances: &[Balance]) -> String {
    let names = names(entries, balances);
    let units = units(entries, balances);
    let mut text = format!("option \"title\" {}\n", quoted(title));
    for unit in units.values() {
        let _ = writeln!(text, "option \"operating_currency\" \"{unit}\"");
    }
    text.push('\n');
    if let Some(day) = entries.iter().map(|entry| entry.day).min() {
        for (of, unit) in &units {
            let _ = writeln!(text, "{day} commodity {unit}\n  ledger: {}", quoted(of));
        }
    }
    opened(&mut text, entries, &names);
    for entry in entries {
        transaction(&mut text, entry, (&names, &units));
    }
    if let Some(last) = entries.iter().map(|entry| entry.day).max() {
        // A balance holds from the morning of its day.
        let day = last.tomorrow().unwrap_or(last);
        text.push('\n');
        for balance in balances {
            let Some(name) = names.get(balance.account.as_str()) else { continue };
            let amount = (balance.debit - balance.credit).normalize();
            let unit = &units[balance.unit.as_str()];
            let _ = writeln!(text, "{day} balance {name}  {amount} {unit}");
        }
    }
    text
}

fn opened(text: &mut String, entries: &[Entry], names: &BTreeMap<&str, String>) {
    let mut first: BTreeMap<&str, Date> = BTreeMap::new();
    for entry in entries {
        for account in [&entry.debit, &entry.credit] {
            let day = first.entry(account).or_insert(entry.day);
            *day = entry.day.min(*day);
        }
    }
    for (account, day) in first {
        let _ = writeln!(text, "{day} open {}", names[account]);
        let _ = writeln!(text, "  ledger: {}", quoted(account));
    }
}

fn transaction(
    text: &mut String,
    entry: &Entry,
    (names, units): (&BTreeMap<&str, String>, &BTreeMap<&str, String>),
) {
    let about: Vec<&str> =
        [&entry.program, &entry.partner].iter().filter_map(|part| part.as_deref()).collect();
    let (day, amount, unit) = (entry.day, entry.amount.normalize(), &units[entry.unit.as_str()]);
    let _ = writeln!(text, "\n{day} * {} {}", quoted(entry.word()), quoted(&about.join(" ")));
    let _ = writeln!(text, "  posting: \"{}\"", entry.seq);
    if let Some(booked) = entry.booked {
        let _ = writeln!(text, "  booked: {booked}");
    }
    if let Some(kind) = &entry.kind {
        let _ = writeln!(text, "  kind: {}", quoted(kind));
    }
    if let Some(subject) = &entry.subject {
        let _ = writeln!(text, "  subject: {}", quoted(subject));
    }
    let _ = writeln!(text, "  {}  {amount} {unit}", names[entry.debit.as_str()]);
    let _ = writeln!(text, "  {}  -{amount} {unit}", names[entry.credit.as_str()]);
}

/// A name for each account, no two alike.
fn names<'a>(entries: &'a [Entry], balances: &'a [Balance]) -> BTreeMap<&'a str, String> {
    let mut accounts: BTreeSet<&str> = BTreeSet::new();
    accounts.extend(entries.iter().flat_map(|e| [e.debit.as_str(), e.credit.as_str()]));
    accounts.extend(balances.iter().map(|balance| balance.account.as_str()));
    told_apart(accounts, name)
}

/// A name for each unit, no two alike.
fn units<'a>(entries: &'a [Entry], balances: &'a [Balance]) -> BTreeMap<&'a str, String> {
    let of_balances = balances.iter().map(|balance| balance.unit.as_str());
    told_apart(entries.iter().map(|entry| entry.unit.as_str()).chain(of_balances).collect(), unit)
}

/// What each is called, with a number behind a name that another one has already.
fn told_apart(all: BTreeSet<&str>, name: fn(&str) -> String) -> BTreeMap<&str, String> {
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for of in all {
        let plain = name(of);
        let mut name = plain.clone();
        let mut number = 2_u32;
        while taken.contains(&name) {
            name = format!("{plain}-{number}");
            number += 1;
        }
        taken.insert(name.clone());
        names.insert(of, name);
    }
    names
}

fn name(account: &str) -> String {
    let root = match role(account) {
        "expense" | "granted" | "redeemed.expense" => "Expenses",
        "redeemed" | "expired" | "adjusted" | "reset" | "sponsored" => "Income",
        "cash" | "tax" | "receivable" | "arrears" | "orders" => "Assets",
        _ => "Liabilities",
    };
    account.split('/').fold(root.to_owned(), |name, part| format!("{name}:{}", component(part)))
}

/// Letters, digits and hyphens, the first no small letter and no hyphen.
fn component(part: &str) -> String {
    let mut text: String =
        part.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    match text.chars().next() {
        Some(first) if first.is_ascii_lowercase() => {
            text.replace_range(..1, &first.to_ascii_uppercase().to_string());
        }
        Some(first) if first != '-' => {}
        _ => text.insert(0, 'X'),
    }
    text
}

/// Beancount takes no longer ones; a number may come behind.
const UNIT_CHARS_MAX: usize = 20;

/// Capitals and digits, at least two, the first a letter.
fn unit(unit: &str) -> String {
    let text: String = unit
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '-' })
        .take(UNIT_CHARS_MAX)
        .collect();
    let text = text.trim_matches('-').to_owned();
    let is_fit = text.len() > 1 && text.starts_with(|c: char| c.is_ascii_uppercase());
    if is_fit { text } else { format!("U-{text}0") }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\r', '\n'], " "))
}

/// Debit less credit of each ledger account and unit, of entries alone.
pub fn sums(entries: &[Entry]) -> BTreeMap<(String, String), Decimal> {
    let mut sums: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    for entry in entries {
        *sums.entry((entry.debit.clone(), entry.unit.clone())).or_default() += entry.amount;
        *sums.entry((entry.credit.clone(), entry.unit.clone())).or_default() -= entry.amount;
    }
    sums
}

#[cfg(test)]
pub(in crate::papers) mod tests;
