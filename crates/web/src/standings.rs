//! How a partner stands, from the engine's figures to what the pages show.

use domain::amount::Currency;
use domain::explain::CountedIn;
use domain::program::{Opens, RowValue};
use engine::views;
use rust_decimal::Decimal;

use crate::format::Money;
use crate::i18n::Lang;
use crate::reading;
use crate::view::{Measured, Pays, ProgramRef, Standing, Tier, Unit};

/// The standing, its names in the reader's language.
pub fn standing(lang: Lang, of: &views::Standing) -> Standing {
    let unit = qualified(of.is_ratio, &of.qualified_in, of.currency);
    let measured = of.measured_in.as_ref().map(|counted| counted_in(counted, of.currency));
    let at = |qualifier: Option<Decimal>, total: Decimal| {
        let value = if of.is_ratio { qualifier.unwrap_or_default() } else { total };
        Measured { value, unit }
    };
    let next = of.next.as_ref();
    let tiers = table(lang, &of.tiers, unit, of.currency);
    Standing {
        program: ProgramRef {
            code: of.of.program.clone(),
            name: reading::name(lang, &of.program_names, &of.of.program),
        },
        term: term_name(lang, of),
        period: reading::period(&of.period),
        days_left: of.days_left.unwrap_or(PERIOD_OVER),
        now: at(of.qualifier, of.qualifier_total),
        forecast: of.forecast.as_ref().map(|ahead| at(ahead.qualifier, ahead.qualifier_total)),
        reached: if tiers.is_empty() { 0 } else { of.tier.unwrap_or_default() as usize },
        tiers,
        missing: next
            .and_then(|next| next.gap)
            .map(|value| Measured { value, unit: counted_in(&of.qualified_in, of.currency) }),
        earned: Money::new(of.earned, of.currency),
        measure: measured.zip(of.measure).map(|(unit, value)| Measured { value, unit }),
        worth: next
            .and_then(|next| next.worth)
            .filter(|worth| Decimal::ZERO < *worth)
            .map(|worth| Money::new(worth, of.currency)),
    }
}

/// Days left of a period that is over.
const PERIOD_OVER: i32 = -1;

/// What tells the standings of a program apart: the term, the group, or both.
fn term_name(lang: Lang, of: &views::Standing) -> Option<String> {
    let term = (of.terms > 1).then(|| reading::name(lang, &of.term_names, &of.of.term));
    let group: Vec<&str> = of.of.group.values().map(|(_, value)| value).collect();
    match (term, group.is_empty()) {
        (term, true) => term,
        (None, false) => Some(group.join(" · ")),
        (Some(term), false) => Some(format!("{term} · {}", group.join(" · "))),
    }
}

/// The id of its explanation, once there is something to explain.
pub fn explained_by(of: &views::Standing) -> Option<String> {
    (of.facts > 0).then(|| of.of.to_string())
}

/// What the qualifier and its thresholds are counted in.
pub fn qualified(is_ratio: bool, counted: &CountedIn, currency: Currency) -> Unit {
    if is_ratio { Unit::Share } else { counted_in(counted, currency) }
}

pub fn counted_in(counted: &CountedIn, currency: Currency) -> Unit {
    match counted {
        CountedIn::Money => Unit::Money(currency),
        CountedIn::Quantity(_) => Unit::Units,
        CountedIn::Facts => Unit::Lines,
        CountedIn::Plain => Unit::Plain,
    }
}

/// A tier table. A single row without threshold is no table: what it pays always applies.
pub fn table(lang: Lang, rows: &[views::Tier], unit: Unit, currency: Currency) -> Vec<Tier> {
    let always = rows.len() == 1 && rows[0].opens == Opens::Always;
    let rows = rows.iter().filter(|_| !always);
    rows.map(|row| tier(lang, row, unit, currency)).collect()
}

fn tier(lang: Lang, row: &views::Tier, unit: Unit, currency: Currency) -> Tier {
    Tier {
        name: row.name.as_ref().map(|names| reading::name(lang, names, "")),
        rank: row.tier as usize,
        from: Measured { value: threshold(row.opens), unit },
        pays: pays(row.value, row.fixed, currency),
    }
}

/// Where a tier opens, in what its qualifier is counted in.
pub fn threshold(opens: Opens) -> Decimal {
    match opens {
        Opens::Always => Decimal::ZERO,
        Opens::From(value) | Opens::Above(value) => value,
    }
}

/// What a row of the table pays; a rate comes before a sum that is paid beside it.
pub fn pays(value: Option<RowValue>, fixed: Option<Decimal>, currency: Currency) -> Pays {
    match (value, fixed) {
        (Some(RowValue::Rate(share)), _) => Pays::Rate(share),
        (Some(RowValue::PerUnit(amount)), _) => Pays::PerUnit(Money::new(amount, currency)),
        (Some(RowValue::Factor(factor)), _) => Pays::Factor(factor),
        (None, fixed) => Pays::Fixed(Money::new(fixed.unwrap_or_default(), currency)),
    }
}
