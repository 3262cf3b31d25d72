//! How a partner stands, from the engine's figures to what pages show.

use domain::amount::{Currency, RoundingMode};
use domain::explain::CountedIn;
use domain::program::{Every as EngineEvery, Names, Opens, RowValue};
use engine::views;
use rust_decimal::Decimal;

use super::{name, period};
use crate::format::Money;
use crate::i18n::Lang;
use crate::view::{Measured, Pays, ProgramRef, Standing, Target, Tier, Unit};

/// What a total is counted in.
pub fn unit(counted: &CountedIn, currency: Currency) -> Unit {
    match counted {
        CountedIn::Money => Unit::Money(currency),
        CountedIn::Quantity(_) => Unit::Units,
        CountedIn::Facts => Unit::Lines,
        CountedIn::Plain => Unit::Plain,
    }
}

/// What a row of a tier table pays.
pub fn pays(value: Option<RowValue>, fixed: Option<Decimal>, currency: Currency) -> Pays {
    match (value, fixed) {
        (Some(RowValue::Rate(share)), _) => Pays::Rate(share),
        (Some(RowValue::PerUnit(amount)), _) => Pays::PerUnit(Money::new(amount, currency)),
        (Some(RowValue::Factor(factor)), _) => Pays::Factor(factor),
        (None, amount) => Pays::Fixed(Money::new(amount.unwrap_or_default(), currency)),
    }
}

/// Where a tier opens.
pub fn opens(opens: Opens) -> Decimal {
    match opens {
        Opens::Always => Decimal::ZERO,
        Opens::From(threshold) | Opens::Above(threshold) => threshold,
    }
}

fn tier_name(lang: Lang, names: Option<&Names>) -> Option<String> {
    names.map(|names| name(lang, names, "")).filter(|name| !name.is_empty())
}

/// A tier table. A single row without threshold is no table: its rate always applies.
pub fn tiers(lang: Lang, rows: &[views::Tier], unit: Unit, currency: Currency) -> Vec<Tier> {
    if rows.len() == 1 && rows[0].opens == Opens::Always {
        return vec![];
    }
    rows.iter()
        .map(|row| Tier {
            name: tier_name(lang, row.name.as_ref()),
            rank: row.tier as usize,
            from: Measured { value: opens(row.opens), unit },
            pays: pays(row.value, row.fixed, currency),
        })
        .collect()
}

/// What has to be sold at least: nobody sells a third of a yen.
fn rounded_up(gap: Decimal, unit: Unit) -> Decimal {
    let decimals = match unit {
        Unit::Money(currency) => currency.decimals(),
        _ => 2,
    };
    RoundingMode::Up.round(gap, decimals)
}

/// A standing as pages show it.
pub fn standing(lang: Lang, of: &views::Standing) -> Standing {
    let total = unit(&of.qualified_in, of.qualified_currency);
    let compared = if of.is_ratio { Unit::Share } else { total };
    let value = |qualifier: Option<Decimal>, total: Decimal| {
        if of.is_ratio { qualifier.unwrap_or_default() } else { total }
    };
    let tiers = tiers(lang, &of.tiers, compared, of.currency);
    let several = of.terms > 1;
    let group = of.of.group.as_str();
    let term = several.then(|| name(lang, &of.term_names, &of.of.term));
    let term = match (term, group) {
        (term, "") => term,
        (Some(term), group) => Some(format!("{term} · {group}")),
        (None, group) => Some(group.to_string()),
    };
    Standing {
        program: ProgramRef {
            code: of.of.program.clone(),
            name: name(lang, &of.program_names, &of.of.program),
        },
        term,
        period: period(&of.period),
        days_left: of.days_left.unwrap_or(-1),
        now: Measured { value: value(of.qualifier, of.qualifier_total), unit: compared },
        forecast: of.forecast.as_ref().map(|ahead| Measured {
            value: value(ahead.qualifier, ahead.qualifier_total),
            unit: compared,
        }),
        reached: if tiers.is_empty() { 0 } else { of.tier.unwrap_or_default() as usize },
        tiers,
        missing: of
            .next
            .as_ref()
            .and_then(|next| next.gap)
            .map(|gap| Measured { value: rounded_up(gap, total), unit: total }),
        earned: Money::new(of.earned, of.currency),
        measure: of
            .measure
            .zip(of.measured_in.as_ref())
            .map(|(value, counted)| Measured { value, unit: unit(counted, of.currency) }),
        worth: of
            .next
            .as_ref()
            .and_then(|next| next.worth)
            .filter(|worth| *worth > Decimal::ZERO)
            .map(|worth| Money::new(worth, of.currency)),
        target: of.target.map(|target| Target {
            amount: Measured { value: target.target, unit: total },
            reached: Measured { value: target.reached, unit: total },
            share: target.share,
            ahead: target.ahead,
        }),
    }
}

/// The length of a period as programs name it.
pub fn every(every: &EngineEvery) -> crate::view::Every {
    use crate::view::Every;
    match every {
        EngineEvery::Month => Every::Month,
        EngineEvery::Quarter => Every::Quarter,
        EngineEvery::Half => Every::Half,
        EngineEvery::Year => Every::Year,
        EngineEvery::OnDemand => Every::Open,
        EngineEvery::Program | EngineEvery::Custom(_) => Every::Dates,
    }
}
