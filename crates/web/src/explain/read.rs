//! From the engine's explanation to the page.

use domain::award::{Award as DomainAward, Part as Earned, Reason};
use domain::program::Opens;
use domain::program::RowValue;
use engine::db::Reader as Db;
use engine::explain::{Explanation, Line as Counted, TierRow};
use engine::imports::{self, ImportRow};
use engine::ingest::mapping::Mapping;
use rust_decimal::Decimal;

use super::{Award, Limit, LimitHit, Line, Month, Slice, Source, Tipping, why};
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::Lang;
use crate::reading;
use crate::standings::{counted_in, pays, qualified, threshold};
use crate::ui::List;
use crate::view::{Measured, ProgramRef, Standing, Tier, Unit};
use crate::visit::Visit;

/// An award without its lines.
pub fn award(visit: &Visit, told: &Explanation) -> Award {
    let (lang, currency) = (visit.lang, told.currency);
    let months: Vec<Month> = told
        .months
        .iter()
        .map(|month| Month {
            first_day: month.first_day,
            lines: month.facts as u64,
            quantity: month.quantity,
            amount: net(told, |line| line.fact.date().first_of_month() == month.first_day),
        })
        .collect();
    Award {
        standing: standing(visit, told),
        slices: told.award.parts.iter().flat_map(|part| slices(told, part)).collect(),
        unrounded: told.exact,
        limits: told.award.reasons.iter().filter_map(|reason| limit(told, reason)).collect(),
        said: said(lang, told),
        award: Money::new(told.award.amount, currency),
        href: None,
        tipping: tipping(told),
        counted: Month {
            first_day: told.period.start,
            lines: told.lines.len() as u64,
            quantity: told.months.iter().map(|month| month.quantity).sum(),
            amount: net(told, |_| true),
        },
        months,
        lines: vec![],
    }
}

fn is_ratio(told: &Explanation) -> bool {
    told.term.qualifier.as_ref().is_some_and(|qualifier| qualifier.view.is_ratio())
}

fn unit(told: &Explanation) -> Unit {
    qualified(is_ratio(told), &told.qualified_in, told.currency)
}

fn reached(told: &Explanation) -> Measured {
    let award = &told.award;
    let value =
        if is_ratio(told) { award.qualifier.unwrap_or_default() } else { award.qualifier_total };
    Measured { value, unit: unit(told) }
}

fn standing(visit: &Visit, told: &Explanation) -> Standing {
    let (lang, award) = (visit.lang, &told.award);
    let measured = told.measured_in.as_ref().map(|counted| counted_in(counted, told.currency));
    let left = (told.period.end - visit.today()).get_days() - 1;
    // A single row without threshold is no table: what it pays always applies.
    let always = told.tiers.len() == 1 && told.tiers[0].opens == Opens::Always;
    let rows = told.tiers.iter().filter(|_| !always);
    let tiers: Vec<Tier> = rows.map(|row| tier(lang, told, row)).collect();
    Standing {
        program: program_ref(lang, told),
        term: group_name(told),
        period: reading::period(&told.period),
        days_left: left,
        now: reached(told),
        forecast: None,
        reached: if tiers.is_empty() { 0 } else { award.tier.unwrap_or_default() as usize },
        tiers,
        missing: None,
        earned: Money::new(award.amount, told.currency),
        measure: measured.zip(award.measure).map(|(unit, value)| Measured { value, unit }),
        worth: None,
    }
}

pub fn program_ref(lang: Lang, told: &Explanation) -> ProgramRef {
    let code = told.of.program.clone();
    ProgramRef { name: reading::name(lang, &told.program_names, &code), code }
}

/// What tells this award from others of its term.
fn group_name(told: &Explanation) -> Option<String> {
    let values: Vec<&str> = told.of.group.values().map(|(_, value)| value).collect();
    (!values.is_empty()).then(|| values.join(" · "))
}

fn tier(lang: Lang, told: &Explanation, row: &TierRow) -> Tier {
    Tier {
        name: row.name.as_ref().map(|names| reading::name(lang, names, "")),
        rank: row.tier as usize,
        from: Measured { value: threshold(row.opens), unit: unit(told) },
        pays: pays(row.value, row.fixed, told.currency),
    }
}

/// A part of the award at its rate, and what is paid once beside it.
fn slices(told: &Explanation, part: &Earned) -> Vec<Slice> {
    let currency = told.currency;
    let measured = told.measured_in.as_ref().map(|counted| counted_in(counted, currency));
    let fixed = part.fixed.unwrap_or_default();
    let rated = part.value.map(|value| Slice {
        measure: measured.zip(part.measure).map(|(unit, value)| Measured { value, unit }),
        pays: pays(Some(value), None, currency),
        amount: part.amount - fixed,
    });
    let once = part.fixed.map(|fixed| Slice {
        measure: None,
        pays: pays(None::<RowValue>, Some(fixed), currency),
        amount: fixed,
    });
    rated.into_iter().chain(once).collect()
}

/// What a bound did to the amount.
fn limit(told: &Explanation, reason: &Reason) -> Option<LimitHit> {
    let (limit, was, bound) = match reason {
        Reason::AtMost { was, bound } => (Limit::Cap, was, bound),
        Reason::AtMostInPeriod { was, bound } => (Limit::PartnerCap, was, bound),
        Reason::AtLeast { was, bound } | Reason::AtLeastInPeriod { was, bound } => {
            (Limit::Floor, was, bound)
        }
        _ => return None,
    };
    let money = |amount: &Decimal| Money::new(*amount, told.currency);
    Some(LimitHit { limit, before: money(was), after: money(bound) })
}

/// Reasons that neither the tier nor a limit shows.
fn said(lang: Lang, told: &Explanation) -> Vec<String> {
    let DomainAward { reasons, .. } = &told.award;
    reasons
        .iter()
        .zip(&told.reasons)
        .filter(|(reason, _)| !matches!(reason, Reason::Tier { .. }))
        .filter(|(reason, _)| limit(told, reason).is_none())
        .map(|(_, text)| lang.say(&text.ja, &text.en).to_string())
        .collect()
}

/// The line that lifted the partner into its tier.
fn tipping(told: &Explanation) -> Option<Tipping> {
    let row = told.tiers.iter().find(|row| row.is_current)?;
    let crossed = row.crossed.as_ref()?;
    let line = told.lines.iter().find(|line| line.fact.key == crossed.fact)?;
    // The crossing is counted in totals, which a ratio's thresholds are not.
    let unit = qualified(false, &told.qualified_in, told.currency);
    Some(Tipping {
        date: crossed.at.date(),
        document: document(line),
        at: Measured { value: crossed.after, unit },
        added: None,
    })
}

/// The document as the partner knows it.
fn document(line: &Counted) -> String {
    match (&line.fact.order, &line.fact.line) {
        (Some(order), Some(number)) => format!("{order}-{number}"),
        (Some(order), None) => order.clone(),
        (None, _) => line.fact.key.to_string(),
    }
}

/// The net amount of lines in one currency.
fn net(told: &Explanation, which: impl Fn(&Counted) -> bool) -> Option<Money> {
    let mut sum: Option<Money> = None;
    for line in told.lines.iter().filter(|line| which(line)) {
        let amount = line_amount(told, line)?;
        sum = match sum {
            Some(sum) if sum.currency != amount.currency => return None,
            Some(sum) => Some(Money::new(sum.amount + amount.amount, sum.currency)),
            None => Some(amount),
        };
    }
    sum
}

/// The amount of a line in its own currency, below zero for a return.
fn line_amount(told: &Explanation, line: &Counted) -> Option<Money> {
    let amount = line.fact.amount?;
    let signed = if line.fact.kind.counts_against() { -amount } else { amount };
    Some(Money::new(signed, line.fact.currency.unwrap_or(told.currency)))
}

/// The lines on a page of the list.
pub fn lines(visit: &Visit, told: &Explanation, list: &mut List) -> Vec<Line> {
    let lines = told.lines.iter().map(|line| Line {
        fact: line.seq.unsigned_abs(),
        date: line.fact.date(),
        document: document(line),
        product: product(visit.lang, line),
        quantity: {
            let quantity = line.fact.quantity.unwrap_or_default();
            if line.fact.kind.counts_against() { -quantity } else { quantity }
        },
        amount: line_amount(told, line),
        award: Some(Money::new(line.amount, told.currency)),
    });
    reading::page_of(list, lines.collect())
}

fn product(lang: Lang, line: &Counted) -> String {
    let code = line.fact.product.as_ref().map_or("", |code| code.as_str());
    reading::name(lang, &line.product_names, code)
}

pub fn left_out(lang: Lang, told: &Explanation) -> Vec<super::LeftOut> {
    let reasons = why::left_out(lang, told).into_iter();
    reasons.map(|(reason, lines)| super::LeftOut { reason, lines }).collect()
}

/// The text of the term, and the lines of it that acted, from 1.
pub fn terms(told: &Explanation) -> (String, Vec<usize>) {
    let (first, last) = (told.text.term.0.max(1) as usize, told.text.term.1 as usize);
    let count = (last + 1).saturating_sub(first);
    let lines: Vec<&str> = told.text.text.lines().skip(first - 1).take(count).collect();
    let acted = told.text.acted.iter().map(|line| (*line as usize + 1).saturating_sub(first));
    (lines.join("\n"), acted.filter(|line| *line > 0).collect())
}

/// The row of a file that a counted line came from.
pub async fn source(
    visit: &Visit,
    db: &mut Db,
    told: &Explanation,
    fact: u64,
) -> Result<Option<Source>, Failure> {
    let line = told.lines.iter().find(|line| line.seq.unsigned_abs() == fact);
    let Some(from) = line.and_then(|line| line.source.as_ref()) else { return Ok(None) };
    let Some(row) = imports::source_row(db, from.import_id, from.row).await? else {
        return Ok(None);
    };
    let cells = if row.cells.is_empty() {
        vec![(String::new(), row.raw, None)]
    } else {
        let headings = row.headers.iter().map(String::as_str).chain(std::iter::repeat(""));
        let mapping = Mapping::parse(&row.import.mapping).ok();
        headings
            .zip(row.cells)
            .map(|(heading, cell)| {
                let field = mapping.as_ref().and_then(|mapping| field_of(mapping, heading));
                (heading.to_string(), cell, field)
            })
            .collect()
    };
    let row_number = u64::try_from(from.row).unwrap_or_default();
    let file = file_name(&row.import);
    let received = visit.local(from.received);
    Ok(Some(Source { fact, file, row: row_number, received, cells }))
}

/// Files that were read from a disk are known by their name, not by where they lay.
fn file_name(import: &ImportRow) -> String {
    import.name.rsplit(['/', '\\']).next().unwrap_or_default().to_string()
}

/// The fields a column was read as.
fn field_of(mapping: &Mapping, heading: &str) -> Option<String> {
    let reads = |columns: &[String]| columns.iter().any(|column| column == heading);
    let fields = mapping.fields.iter().filter(|(_, source)| reads(source.columns()));
    let attributes = mapping.attributes.iter().filter(|(_, source)| reads(source.columns()));
    let names: Vec<String> = fields
        .map(|(field, _)| field.to_string())
        .chain(attributes.map(|(name, _)| name.clone()))
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}
