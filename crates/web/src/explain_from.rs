//! From the engine's explanation to the page that console and portal share.

use std::collections::BTreeMap;
use std::str::FromStr;

use domain::award::Reason;
use domain::program::View as QualifierView;
use engine::access::Viewer;
use engine::db::Reader;
use engine::explain::{self as engine_explain, AwardRef, Explanation, PayoutDoor, Why};
use engine::external::ExternalRow;
use engine::imports;
use engine::ingest::mapping::Mapping;
use engine::{catalog, settle};
use rust_decimal::Decimal;

use crate::console::routes::money::payout_state;
use crate::explain::Reader as Face;
use crate::explain::{
    Award, LeftOut, Limit, LimitHit, Line, Month, Page, Part, PartKind, Proof, Slice, Source,
    Subject, Tipping,
};
use crate::failure::Failure;
use crate::format::{self, Money};
use crate::i18n::{Lang, fill};
use crate::reading::{self, standing};
use crate::ui::List;
use crate::view::{Measured, PartnerRef, ProgramRef, Standing, Tier, Unit};
use crate::visit::{self, Visit};

/// No payout opens more awards than this on one page; the largest come first.
const AWARDS_MAX: usize = 6;

/// The page of an award or a payout, as far as the viewer may see it.
pub async fn page(visit: &Visit, reader_of: Face, id: &str) -> Result<Page, Failure> {
    let mut reader = visit.reader().await?;
    let viewer = match reader_of {
        Face::Console => Viewer::Vendor,
        Face::Portal => Viewer::Partner(visit.partner_id()?),
    };
    if id.starts_with("pay_") {
        return payout(visit, &mut reader, viewer, reader_of, id).await;
    }
    let of = AwardRef::from_str(id).map_err(|_| Failure::NotFound)?;
    let mut awards: Vec<_> =
        explained(visit, &mut reader, viewer, &of).await?.into_iter().collect();
    let mut total: Decimal = awards.iter().map(|one| one.award.amount).sum();
    if awards.is_empty() {
        // A term with groups has an award for each of them, and this address names them all.
        let office = visit.app.office();
        let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
        let mut groups = engine_explain::groups(&mut reader, &rules, &master, viewer, &of).await?;
        total = groups.iter().map(|(_, amount)| *amount).sum();
        groups.sort_by_key(|(_, amount)| std::cmp::Reverse(amount.abs()));
        for (group, _) in groups.iter().take(AWARDS_MAX) {
            awards.extend(explained(visit, &mut reader, viewer, group).await?);
        }
    }
    let total = Money::new(total, awards.first().ok_or(Failure::NotFound)?.currency);
    let found = Found { id, subject: Subject::Accrual, parts: vec![], stored: None };
    assemble(visit, &mut reader, reader_of, found, total, awards).await
}

/// What is known before the awards are opened.
struct Found<'a> {
    id: &'a str,
    subject: Subject,
    parts: Vec<Part>,
    /// What was settled, and what the same adds up to now.
    stored: Option<(Decimal, Decimal)>,
}

async fn explained(
    visit: &Visit,
    reader: &mut Reader,
    viewer: Viewer,
    of: &AwardRef,
) -> Result<Option<Explanation>, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    Ok(engine_explain::award(reader, &rules, &master, viewer, of).await?)
}

async fn payout(
    visit: &Visit,
    reader: &mut Reader,
    viewer: Viewer,
    reader_of: Face,
    id: &str,
) -> Result<Page, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let door = engine_explain::payout(reader, &rules, &master, viewer, id).await?;
    let door = door.ok_or(Failure::NotFound)?;
    let row = settle::payout(reader, id).await?.ok_or(Failure::NotFound)?;
    let currency = domain::amount::Currency::parse(&door.unit).ok_or(Failure::NotFound)?;
    let mut dues: Vec<_> = door.awards.iter().collect();
    dues.sort_by_key(|due| (due.is_prior, std::cmp::Reverse(due.amount.abs())));
    let mut awards = vec![];
    for due in dues.into_iter().take(AWARDS_MAX) {
        awards.extend(explained(visit, reader, viewer, &due.award).await?);
    }
    let found = Found {
        id,
        subject: Subject::Payout {
            state: payout_state(row.status),
            paid_on: row.paid_at.map(|at| visit.local(at).date()),
        },
        parts: parts(&door, currency),
        stored: Some((
            door.calculated + door.prior_period,
            door.awards.iter().map(|due| due.amount).sum(),
        )),
    };
    let total = Money::new(door.amount, currency);
    if awards.is_empty() {
        return bare(visit, reader, reader_of, found, total, &door).await;
    }
    assemble(visit, reader, reader_of, found, total, awards).await
}

fn parts(door: &PayoutDoor, currency: domain::amount::Currency) -> Vec<Part> {
    let rows = [
        (PartKind::Base, door.calculated - door.rated),
        (PartKind::TierMoved, door.rated),
        (PartKind::PriorPeriod, door.prior_period),
        (PartKind::Manual, door.adjustments),
        (PartKind::CarriedIn, door.carried_in),
        (PartKind::CarriedOut, -door.carried_out - door.lapsed),
    ];
    rows.into_iter()
        .filter(|(kind, amount)| *kind == PartKind::Base || !amount.is_zero())
        .map(|(kind, amount)| Part { kind, reason: None, amount: Money::new(amount, currency) })
        .collect()
}

/// A payout of which no award is left to open: of adjustments and carried amounts alone.
async fn bare(
    visit: &Visit,
    reader: &mut Reader,
    reader_of: Face,
    found: Found<'_>,
    total: Money,
    door: &PayoutDoor,
) -> Result<Page, Failure> {
    let rules = visit.app.office().rules(reader).await?;
    let partner = catalog::partner_by_code(reader, &door.partner).await?;
    let at = rules.by_code(&door.program).ok_or(Failure::NotFound)?;
    let newest = rules.plans[at].newest();
    let period = reading::period_named(&rules, &door.program, &door.period_name);
    Ok(Page {
        reader: reader_of,
        id: found.id.into(),
        subject: found.subject,
        partner: match partner {
            Some(row) => reading::partner_ref(visit.lang, &row),
            None => PartnerRef { code: door.partner.clone(), name: door.partner.clone() },
        },
        program: reading::program_ref(visit.lang, newest),
        period: period.ok_or(Failure::NotFound)?,
        total,
        parts: found.parts,
        awards: vec![],
        list: List::new(""),
        source: None,
        proof: Proof {
            stored: total,
            recalculated: total,
            entry: None,
            version: newest.version,
            facts_up_to: 0,
        },
        left_out: vec![],
        terms: String::new(),
        acted: vec![],
    })
}

async fn assemble(
    visit: &Visit,
    reader: &mut Reader,
    reader_of: Face,
    found: Found<'_>,
    total: Money,
    explained: Vec<Explanation>,
) -> Result<Page, Failure> {
    let lang = visit.lang;
    let first = explained.first().ok_or(Failure::NotFound)?;
    let query = visit::query(&visit.here);
    let mut list = reading::list(visit.here.split('?').next().unwrap_or_default(), &query);
    list.rows = explained.iter().map(|one| one.lines.len()).max().unwrap_or_default() as u64;
    let asked = query.get("fact").and_then(|text| text.parse().ok());
    let source = source(visit, reader, &explained, asked).await?;
    let currency = first.currency;
    let recomputed: Decimal = explained.iter().map(|one| one.proof.recomputed).sum();
    let as_stored = |one: &Explanation| one.proof.stored.unwrap_or(one.proof.recomputed);
    let (stored, recalculated) =
        found.stored.unwrap_or_else(|| (explained.iter().map(as_stored).sum(), recomputed));
    let (terms, acted) = excerpt(first);
    Ok(Page {
        reader: reader_of,
        id: found.id.into(),
        subject: found.subject,
        partner: PartnerRef {
            code: first.of.partner.clone(),
            name: reading::name(lang, &first.partner_names, &first.of.partner),
        },
        program: ProgramRef {
            code: first.of.program.clone(),
            name: reading::name(lang, &first.program_names, &first.of.program),
        },
        period: reading::period(&first.period),
        total,
        parts: found.parts,
        left_out: left_out(lang, &explained),
        awards: explained.iter().map(|one| award(visit, reader_of, one, &list)).collect(),
        list,
        source,
        proof: Proof {
            stored: Money::new(stored, currency),
            recalculated: Money::new(recalculated, currency),
            entry: first.postings.last().and_then(|posting| u64::try_from(posting.seq).ok()),
            version: first.proof.version,
            facts_up_to: u64::try_from(first.proof.journal_seq).unwrap_or_default(),
        },
        terms,
        acted,
    })
}

/// The lines of the text that say the term, and which of them acted, counted from 1.
fn excerpt(explained: &Explanation) -> (String, Vec<usize>) {
    let (from, to) = explained.text.term;
    let skip = from.saturating_sub(1) as usize;
    let take = (to.saturating_sub(from) + 1) as usize;
    // What follows the last term, such as the tests, is none of it.
    let is_inside = |line: &&str| line.trim().is_empty() || line.starts_with([' ', '#', '-']);
    let text = explained.text.text.lines();
    let lines: Vec<&str> = text.skip(skip).take(take).take_while(is_inside).collect();
    let acted =
        explained.text.acted.iter().filter_map(|line| (*line as usize).checked_sub(skip)).collect();
    (lines.join("\n"), acted)
}

fn award(visit: &Visit, reader_of: Face, of: &Explanation, list: &List) -> Award {
    let lang = visit.lang;
    let currency = of.currency;
    let total = standing::unit(&of.qualified_in, of.qualified_currency);
    let view = of.term.qualifier.as_ref().map_or(&QualifierView::Total, |one| &one.view);
    let compared = if view.is_ratio() { Unit::Share } else { total };
    let now = if view.is_ratio() {
        of.award.qualifier.unwrap_or_default()
    } else {
        of.award.qualifier_total
    };
    let measured = of.measured_in.as_ref().map(|counted| standing::unit(counted, currency));
    let in_money = |value: Decimal| match measured {
        Some(Unit::Money(currency)) => Some(Money::new(value, currency)),
        _ => None,
    };
    let own = own_standing(lang, of, (now, compared), measured);
    let months: Vec<Month> = of
        .months
        .iter()
        .map(|month| Month {
            first_day: month.first_day,
            lines: month.facts as u64,
            quantity: month.quantity,
            amount: in_money(month.measure),
        })
        .collect();
    let skip = (list.page as usize - 1) * list.rows_per_page as usize;
    let shown = of.lines.iter().skip(skip).take(list.rows_per_page as usize);
    Award {
        slices: slices(of, measured),
        unrounded: of.exact,
        limits: of.award.reasons.iter().filter_map(|reason| limit(reason, currency)).collect(),
        notes: notes(lang, of).into_iter().chain(sent(visit, reader_of, of)).collect(),
        award: Money::new(of.award.amount, currency),
        tipping: tipping(of, total),
        counted: Month {
            first_day: of.period.start,
            lines: of.lines.len() as u64,
            quantity: months.iter().map(|month| month.quantity).sum(),
            amount: in_money(of.months.iter().map(|month| month.measure).sum()),
        },
        months,
        lines: shown.map(|line| line_of(lang, of, line)).collect(),
        standing: own,
    }
}

fn own_standing(
    lang: Lang,
    of: &Explanation,
    (now, compared): (Decimal, Unit),
    measured: Option<Unit>,
) -> Standing {
    let currency = of.currency;
    let always = of.tiers.len() == 1 && of.tiers[0].opens == domain::program::Opens::Always;
    let tiers: Vec<Tier> = of
        .tiers
        .iter()
        .filter(|_| !always)
        .map(|row| Tier {
            name: row.name.as_ref().map(|names| reading::name(lang, names, "")),
            rank: row.tier as usize,
            from: Measured { value: standing::opens(row.opens), unit: compared },
            pays: standing::pays(row.value, row.fixed, currency),
        })
        .collect();
    Standing {
        program: ProgramRef {
            code: of.of.program.clone(),
            name: reading::name(lang, &of.program_names, &of.of.program),
        },
        term: Some(reading::name(lang, &of.term.name, &of.of.term)),
        period: reading::period(&of.period),
        days_left: -1,
        now: Measured { value: now, unit: compared },
        forecast: None,
        reached: if tiers.is_empty() { 0 } else { of.award.tier.unwrap_or_default() as usize },
        tiers,
        missing: None,
        earned: Money::new(of.award.amount, currency),
        measure: of.award.measure.zip(measured).map(|(value, unit)| Measured { value, unit }),
        worth: None,
        target: None,
    }
}

fn slices(of: &Explanation, measured: Option<Unit>) -> Vec<Slice> {
    of.award
        .parts
        .iter()
        .map(|part| Slice {
            measure: part.measure.zip(measured).map(|(value, unit)| Measured { value, unit }),
            pays: standing::pays(part.value, part.fixed, of.currency),
            amount: part.amount,
        })
        .collect()
}

fn limit(reason: &Reason, currency: domain::amount::Currency) -> Option<LimitHit> {
    let (limit, was, bound) = match reason {
        Reason::AtLeast { was, bound } | Reason::AtLeastInPeriod { was, bound } => {
            (Limit::Floor, was, bound)
        }
        Reason::AtMost { was, bound } => (Limit::Cap, was, bound),
        Reason::AtMostInPeriod { was, bound } => (Limit::PartnerCap, was, bound),
        _ => return None,
    };
    let (before, after) = (Money::new(*was, currency), Money::new(*bound, currency));
    Some(LimitHit { limit, before, after })
}

/// The engine's own sentences, but for what the page draws itself.
fn notes(lang: Lang, of: &Explanation) -> Vec<String> {
    let drawn = ["tier", "at_least", "at_most"];
    of.reasons
        .iter()
        .filter(|reason| !drawn.contains(&reason.code))
        .map(|reason| match lang {
            Lang::Ja => reason.ja.clone(),
            Lang::En => reason.en.clone(),
        })
        .collect()
}

/// Amounts that somebody else computed, a sentence each. Who of the vendor's sent them, and what
/// they wrote about it, is not a partner's.
fn sent(visit: &Visit, reader_of: Face, of: &Explanation) -> Vec<String> {
    let w = &visit.lang.words().trace;
    let say = |row: &ExternalRow| {
        let amount = Money::new(row.amount, of.currency).text(visit.lang);
        let when = format::moment(visit.local(row.recorded), visit.lang);
        let places = [("key", &*row.key), ("amount", &amount), ("when", &when), ("who", &row.by)];
        let template = match (reader_of, row.counts) {
            (Face::Console, true) => w.sent_counts,
            (Face::Console, false) => w.sent_before,
            (Face::Portal, true) => w.sent_counts_own,
            (Face::Portal, false) => w.sent_before_own,
        };
        let said = fill(template, &places);
        match row.reason.as_ref().filter(|_| reader_of == Face::Console) {
            Some(reason) => format!("{said} – {reason}"),
            None => said,
        }
    };
    of.sent.iter().map(say).collect()
}

fn tipping(of: &Explanation, total: Unit) -> Option<Tipping> {
    let crossed = of.tiers.iter().find(|row| row.is_current)?.crossed.as_ref()?;
    let line = of.lines.iter().find(|line| line.fact.key == crossed.fact);
    Some(Tipping {
        date: crossed.at.date(),
        document: line.map_or_else(|| crossed.fact.to_string(), document),
        at: Measured { value: crossed.after, unit: total },
        added: None,
    })
}

/// A document as people know it: its order and line, or else the key.
fn document(line: &engine_explain::Line) -> String {
    match (&line.fact.order, &line.fact.line) {
        (Some(order), Some(row)) => format!("{order}-{row}"),
        (Some(order), None) => order.clone(),
        (None, _) => line.fact.key.to_string(),
    }
}

fn line_of(lang: Lang, of: &Explanation, line: &engine_explain::Line) -> Line {
    let code = line.fact.product.as_ref().map(ToString::to_string).unwrap_or_default();
    let currency = line.fact.currency.unwrap_or(of.currency);
    // Returns are written with positive numbers and count against.
    let signed = |n: Decimal| if line.fact.kind.counts_against() { -n } else { n };
    Line {
        fact: u64::try_from(line.seq).unwrap_or_default(),
        date: line.fact.at.date(),
        document: document(line),
        product: reading::name(lang, &line.product_names, &code),
        quantity: line.fact.quantity.map(signed),
        unit: line.fact.unit.as_ref().map(ToString::to_string),
        converted: line.converted.iter().map(|one| (one.rate(), one.by.since)).collect(),
        amount: line.fact.amount.map(|amount| Money::new(signed(amount), currency)),
        award: Some(Money::new(line.amount, of.currency)),
    }
}

/// The row of the file that a line came from: of the one asked for, or of the one that tipped.
async fn source(
    visit: &Visit,
    reader: &mut Reader,
    explained: &[Explanation],
    asked: Option<i64>,
) -> Result<Option<Source>, Failure> {
    let tipped = || {
        let of = explained.first()?;
        let row = of.tiers.iter().find(|row| row.is_current)?;
        let fact = &row.crossed.as_ref()?.fact;
        of.lines.iter().find(|line| line.fact.key == *fact)
    };
    let mut lines = explained.iter().flat_map(|one| &one.lines);
    let line = asked
        .and_then(|seq| lines.clone().find(|line| line.seq == seq))
        .or_else(tipped)
        .or_else(|| lines.next());
    let Some((line, from)) = line.and_then(|line| Some((line, line.source.as_ref()?))) else {
        return Ok(None);
    };
    let row = imports::source_row(reader, from.import_id, from.row).await?;
    let words = visit.lang.words();
    let cells = row.map(|row| {
        let mapping = Mapping::parse(&row.import.mapping).ok();
        let field = |heading: &str| {
            let mapping = mapping.as_ref()?;
            let found = mapping
                .fields
                .iter()
                .find(|(_, source)| source.columns().iter().any(|column| column == heading))?;
            Some(crate::console::routes::mappings::field_label(words, &found.0.to_string()))
        };
        let headings = row.headers.iter().cloned().chain(std::iter::repeat(String::new()));
        row.cells
            .iter()
            .zip(headings)
            .map(|(cell, heading)| (heading.clone(), cell.clone(), field(&heading)))
            .collect()
    });
    Ok(Some(Source {
        fact: u64::try_from(line.seq).unwrap_or_default(),
        file: from.name.clone(),
        row: u64::try_from(from.row).unwrap_or_default(),
        received: visit.local(from.received),
        cells: cells.unwrap_or_default(),
    }))
}

/// Lines that do not count, by reason.
pub fn left_out(lang: Lang, explained: &[Explanation]) -> Vec<LeftOut> {
    let t = &lang.words().terms;
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for line in explained.iter().flat_map(|one| &one.left_out) {
        let reason = match &line.why {
            Why::Kind => t.why_kind.into(),
            Why::Days => t.why_days.into(),
            Why::NotEnrolled => t.why_not_enrolled.into(),
            Why::Condition(text) => {
                let text = reading::clause::say(lang, text);
                fill(t.why_condition, &[("text", &text)])
            }
            Why::ReturnsIgnored => t.why_returns.into(),
            Why::Waits(_) => t.why_waits.into(),
            Why::CameBack => t.why_came_back.into(),
            Why::TakenBack => t.why_taken_back.into(),
        };
        *reasons.entry(reason).or_default() += 1;
    }
    let mut rows: Vec<LeftOut> =
        reasons.into_iter().map(|(reason, lines)| LeftOut { reason, lines }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.lines));
    rows
}
