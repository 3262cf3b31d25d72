//! Figures: targets, fixed baselines and forecasts, kept in tables by name.
//!
//! A figure without partner or period is for all; the most specific counts. One for a longer period
//! is spread evenly over the periods in it, unless the shorter one has its own; over periods on
//! demand it is not. An entry holds from its `from` until the next.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::code::PartnerCode;
use crate::period::{Calendar, Period};
use crate::program::Every;
use crate::totals::Group;

/// An entry of a figure table. What it does not name it is for all of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureEntry {
    pub partner: Option<PartnerCode>,
    /// A period by its name.
    pub period: Option<String>,
    /// Group name to value.
    pub groups: BTreeMap<String, String>,
    pub value: Decimal,
    /// Since when it is known.
    pub from: Option<Date>,
}

/// Figure tables by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures(BTreeMap<String, Table>);

/// The entries of a table: those of a partner are looked at for that partner alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Table {
    for_all: Vec<FigureEntry>,
    by_partner: HashMap<PartnerCode, Vec<FigureEntry>>,
}

/// What a figure is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub partner: &'a PartnerCode,
    pub period: &'a Period,
    pub calendar: &'a Calendar,
    pub group: &'a Group,
    /// Entries known later do not count.
    pub known: Date,
}

impl Figures {
    pub fn add(&mut self, table: &str, entry: FigureEntry) {
        let table = self.0.entry(table.to_owned()).or_default();
        match &entry.partner {
            Some(partner) => table.by_partner.entry(partner.clone()).or_default().push(entry),
            None => table.for_all.push(entry),
        }
    }

    /// The figure of a table, `None` if there is none for this partner, period and group.
    pub fn find(&self, table: &str, asked: &Asked<'_>) -> Option<Decimal> {
        let table = self.0.get(table)?;
        let own = table.by_partner.get(asked.partner).into_iter().flatten();
        own.chain(&table.for_all)
            .filter(|entry| entry.from.is_none_or(|from| from <= asked.known))
            .filter(|entry| {
                entry.groups.iter().all(|(name, value)| asked.group.get(name) == Some(value))
            })
            .filter_map(|entry| Some((entry, shares(entry, asked)?)))
            .max_by_key(|(entry, periods)| {
                let named = entry.groups.len()
                    + usize::from(entry.partner.is_some())
                    + usize::from(entry.period.is_some());
                // A shorter period is nearer to the one asked for.
                (named, std::cmp::Reverse(*periods), entry.partner.is_some(), entry.from)
            })
            .and_then(|(entry, periods)| entry.value.checked_div(Decimal::from(periods)))
    }
}

/// Over how many periods like the one asked for the entry is spread; `None` if it is not for it.
fn shares(entry: &FigureEntry, asked: &Asked<'_>) -> Option<u32> {
    let Some(name) = &entry.period else { return Some(1) };
    if **name == *asked.period.name {
        return Some(1);
    }
    // Nobody knows how many periods there will be that end when somebody ends them.
    if asked.calendar.is_on_demand() {
        return None;
    }
    let longer = [Every::Quarter, Every::Half, Every::Year, Every::Program]
        .into_iter()
        .find_map(|every| asked.calendar.like(every).by_name(name))?;
    if !longer.contains(asked.period.start) || longer.end < asked.period.end {
        return None;
    }
    let inside = asked.calendar.up_to(longer.last());
    let inside = inside.iter().filter(|period| longer.contains(period.start)).count();
    u32::try_from(inside.max(1)).ok()
}
