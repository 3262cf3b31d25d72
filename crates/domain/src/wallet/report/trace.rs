//! Where points went, and what was taken: lots name who took of them, and whatever took of lots names
//! them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Line, List, Said, Spent, Use, text};
use crate::code::PartnerCode;
use crate::wallet::purse::Purse;

/// What the list of takings says: debits by hand, transfers, claw-backs that took of other credits,
/// and debts that lots paid. Redemptions are a list of their own.
pub(super) const WORDS: &[(&str, Use)] = &[
    ("partner", Use::Selects),
    ("unit", Use::Selects),
    ("as", Use::Selects),
    ("to", Use::Same),
    ("amount", Use::Adds),
    ("trace", Use::Lists),
];

/// What paid a debt.
const REPAID: &str = "repaid";

type Row = Vec<(&'static str, Said)>;

/// Who took what of a lot.
pub(super) fn of_lot(purse: &Purse, spent: &[Spent<'_>], at: usize) -> Vec<Row> {
    let row = |key: &str, amount: Decimal, word: &str| {
        vec![("key", text(key)), ("amount", Said::Number(amount)), ("as", text(word))]
    };
    let mut rows = Vec::new();
    for (key, spending) in spent {
        let word = if spending.lapses().is_some() { "reserved" } else { "redeemed" };
        let own = spending.takings.iter().filter(|taking| taking.lot == at);
        rows.extend(own.map(|taking| row(key, taking.amount, word)));
    }
    if let Some(lot) = purse.lots.get(at) {
        rows.extend(lot.went.iter().map(|went| {
            let mut said = row(&went.by, went.amount, went.to.word());
            said.extend(went.owner.as_ref().map(|owner| ("to", text(owner.as_str()))));
            said
        }));
    }
    for debt in &purse.debts {
        let own = debt.filled.iter().filter(|taking| taking.lot == at);
        rows.extend(own.map(|taking| row(&debt.cause, taking.amount, REPAID)));
    }
    rows
}

/// Everything but redemptions that took of the lots of a purse, each with what it took.
pub(super) fn takings(purse: &Purse) -> Vec<Line> {
    type Of<'p> = (&'p Arc<str>, &'static str, Option<&'p PartnerCode>);
    let mut all: BTreeMap<Of<'_>, Vec<(&Arc<str>, Decimal)>> = BTreeMap::new();
    for lot in &purse.lots {
        for went in &lot.went {
            let of = (&went.by, went.to.word(), went.owner.as_ref());
            all.entry(of).or_default().push((&lot.name, went.amount));
        }
    }
    for debt in &purse.debts {
        for taking in &debt.filled {
            let Some(lot) = purse.lots.get(taking.lot) else { continue };
            all.entry((&debt.cause, REPAID, None)).or_default().push((&lot.name, taking.amount));
        }
    }
    let line = |((key, word, to), took): (Of<'_>, Vec<(&Arc<str>, Decimal)>)| {
        let amount = took.iter().map(|(_, amount)| *amount).sum();
        let row = |(lot, amount): &(&Arc<str>, Decimal)| {
            vec![("lot", text(lot)), ("amount", Said::Number(*amount))]
        };
        let mut says = vec![
            ("partner", text(purse.owner.as_str())),
            ("unit", text(&purse.unit)),
            ("as", text(word)),
        ];
        says.extend(to.map(|to| ("to", text(to.as_str()))));
        says.push(("amount", Said::Number(amount)));
        says.push(("trace", Said::List(took.iter().map(row).collect())));
        Line { list: List::Takings, of: key.to_string(), says }
    };
    all.into_iter().map(line).collect()
}
