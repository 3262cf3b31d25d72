//! Amounts that somebody else computed: a calculator of the vendor's own sends what a partner gets
//! for a period, and a term with `external: true` awards it.
//!
//! # Invariants
//!
//! * What came is never changed. The newest amount of a partner, period and group counts, and the
//!   difference to the one before is booked by when it came, like a late fact.
//! * The same key with the same content is known already; with other content it is refused.
//! * Totals and what came change in the same transaction.

mod list;
mod store;

use std::collections::{BTreeMap, HashMap};

use domain::code::PartnerCode;
use domain::evaluate::is_amount;
use domain::measure::Measurer;
use domain::period::{Period, day_of};
use domain::plan::Plan;
use domain::totals::{Group, Totals};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::access::Actor;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Tx, date_of};
use crate::journal;
use crate::rules::Rules;
use crate::totals;
pub use list::{ExternalFilter, ExternalRow, list, of_award};
use store::Row;

/// An amount on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExternal {
    /// Names it for good, across all programs.
    pub key: String,
    pub program: String,
    pub term: String,
    pub partner: String,
    /// A qualifying period by its name; without one that of the day.
    pub period: Option<String>,
    /// The day it is for; today, if it is not said.
    pub on: Option<Date>,
    /// Values of the term's `group_by`; what is not named is empty.
    pub group: BTreeMap<String, String>,
    /// All of it, not what it adds to an earlier one.
    pub amount: Decimal,
    pub reason: Option<String>,
}

/// What became of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExternalAnswer {
    Accepted,
    /// It was there before, just so.
    Known,
    Refused(ExternalRefusal),
}

/// Why an amount is refused. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExternalRefusal {
    BadKey,
    UnknownProgram,
    /// There is no such term, or it takes no amounts from outside.
    NotExternal,
    UnknownPeriod,
    UnknownPartner,
    BadAmount,
    OtherContent,
}

impl ExternalRefusal {
    pub const ALL: [ExternalRefusal; 7] = [
        ExternalRefusal::BadKey,
        ExternalRefusal::UnknownProgram,
        ExternalRefusal::NotExternal,
        ExternalRefusal::UnknownPeriod,
        ExternalRefusal::UnknownPartner,
        ExternalRefusal::BadAmount,
        ExternalRefusal::OtherContent,
    ];

    /// The stable word for programs.
    pub fn word(self) -> &'static str {
        match self {
            ExternalRefusal::BadKey => "bad_key",
            ExternalRefusal::UnknownProgram => "unknown_program",
            ExternalRefusal::NotExternal => "not_external",
            ExternalRefusal::UnknownPeriod => "unknown_period",
            ExternalRefusal::UnknownPartner => "unknown_partner",
            ExternalRefusal::BadAmount => "bad_amount",
            ExternalRefusal::OtherContent => "other_content",
        }
    }
}

/// No key is longer.
pub const KEY_CHARS_MAX: usize = 200;
/// No reason is longer.
pub const REASON_CHARS_MAX: usize = 2_000;

/// Takes amounts in, each by itself, and counts those that are accepted.
pub async fn take(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    incoming: &[NewExternal],
) -> Result<Vec<ExternalAnswer>, DbError> {
    let recorded = journal::moment(tx, now).await?;
    let keys = incoming.iter().map(|new| new.key.clone()).collect();
    let mut known: HashMap<String, Row> = store::with_keys(tx, keys).await?;
    let mut accepted: Vec<Row> = Vec::new();
    let mut answers = Vec::with_capacity(incoming.len());
    for new in incoming {
        let answer = match row_of(rules, master, now, recorded, new) {
            Err(refusal) => ExternalAnswer::Refused(refusal),
            Ok(row) => match known.get(&row.key) {
                Some(there) if there.is_same(&row) => ExternalAnswer::Known,
                Some(_) => ExternalAnswer::Refused(ExternalRefusal::OtherContent),
                None => {
                    known.insert(row.key.clone(), row.clone());
                    accepted.push(row);
                    ExternalAnswer::Accepted
                }
            },
        };
        answers.push(answer);
    }
    let mut last = store::newest(tx, &accepted).await?;
    let mut totals = Totals::default();
    let measurer = Measurer::new(&rules.plans, &rules.closes, &master.master);
    for row in &accepted {
        count(&measurer, rules, master, row, &mut last, &mut totals)?;
    }
    drop(measurer);
    store::append(tx, &accepted, actor.name()).await?;
    totals::add(tx, rules, master, totals).await?;
    Ok(answers)
}

/// What all amounts that came add to the totals of these rules, of some partners or of all.
pub(crate) async fn measure(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    partner_ids: Option<&[i64]>,
    totals: &mut Totals,
) -> Result<(), DbError> {
    let takes = |plan: &Plan| plan.terms.iter().any(|term| is_external(plan, term.code.as_str()));
    let programs: Vec<i64> = rules
        .program_ids
        .iter()
        .zip(&rules.plans)
        .filter(|(_, plan)| takes(plan))
        .map(|(id, _)| *id)
        .collect();
    let mut last = HashMap::new();
    for program_id in programs {
        let rows = store::of_program(reader, program_id).await?;
        let measurer = Measurer::new(&rules.plans, &rules.closes, &master.master);
        for row in &rows {
            if partner_ids.is_none_or(|ids| ids.contains(&row.partner_id)) {
                count(&measurer, rules, master, row, &mut last, totals)?;
            }
        }
    }
    Ok(())
}

/// What an amount is for: program, term, partner, first day of the period, group.
type For = (i64, String, i64, i64, String);

fn count(
    measurer: &Measurer<'_>,
    rules: &Rules,
    master: &MasterData,
    row: &Row,
    last: &mut HashMap<For, Decimal>,
    totals: &mut Totals,
) -> Result<(), DbError> {
    let before = last.insert(row.is_for(), row.amount);
    let found = || {
        let at = rules.position(row.program_id)?;
        let term = rules.plans[at].term(&row.term)?;
        let calendar = &rules.plans[at].terms[usize::from(term)].calendar;
        let period = calendar.containing(date_of(row.period_day)?)?;
        Some(((at, term), master.partner_code(row.partner_id)?, period))
    };
    let Some((at, partner, period)) = found() else { return Ok(()) };
    let group = Group::from_stored(&row.group_key);
    let whose = (partner, &period, &group);
    let is_in_range = measurer.external(at, whose, (before, row.amount), row.recorded, totals);
    if is_in_range { Ok(()) } else { Err(DbError::OutOfRange { what: totals::TOTALS }) }
}

fn row_of(
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    recorded: Timestamp,
    new: &NewExternal,
) -> Result<Row, ExternalRefusal> {
    let too_long = |text: &str, max: usize| text.chars().count() > max;
    if new.key.trim().is_empty() || too_long(&new.key, KEY_CHARS_MAX) {
        return Err(ExternalRefusal::BadKey);
    }
    let at = rules.by_code(&new.program).ok_or(ExternalRefusal::UnknownProgram)?;
    let plan = &rules.plans[at];
    let term = plan.term(&new.term).filter(|_| is_external(plan, &new.term));
    let term = term.ok_or(ExternalRefusal::NotExternal)?;
    let day = new.on.unwrap_or_else(|| day_of(now, &plan.zone));
    let period = period_of(plan, term, new.period.as_deref(), day);
    let period = period.ok_or(ExternalRefusal::UnknownPeriod)?;
    let code = PartnerCode::new(&*new.partner);
    let partner_id = master.partner_id(code.as_str()).ok_or(ExternalRefusal::UnknownPartner)?;
    if !is_amount(new.amount) {
        return Err(ExternalRefusal::BadAmount);
    }
    let mut versions = plan.versions.iter().rev();
    let rule = versions.find_map(|version| version.rules[usize::from(term)].as_ref());
    let names = rule.map_or(&[][..], |rule| rule.term.group_by.names.as_slice());
    let value = |name: &str| new.group.get(name).map_or("", String::as_str);
    let group = Group::new(names.iter().map(|(name, _)| (name.as_str(), value(name))));
    let reason = new.reason.as_ref().filter(|reason| !reason.trim().is_empty());
    Ok(Row {
        key: new.key.clone(),
        program_id: rules.program_ids[at],
        term: new.term.clone(),
        partner_id,
        period_day: crate::db::days_of(period.start),
        group_key: group.as_str().to_owned(),
        amount: new.amount.normalize(),
        reason: reason.map(|reason| reason.chars().take(REASON_CHARS_MAX).collect()),
        recorded,
    })
}

fn period_of(plan: &Plan, term: u16, name: Option<&str>, day: Date) -> Option<Period> {
    let calendar = &plan.terms[usize::from(term)].calendar;
    match name {
        Some(name) => calendar.by_name(name),
        None => calendar.containing(day),
    }
}

/// Whether a term takes amounts from outside, in any version.
fn is_external(plan: &Plan, term: &str) -> bool {
    let Some(term) = plan.term(term) else { return false };
    let mut rules = plan.versions.iter().filter_map(|v| v.rules[usize::from(term)].as_ref());
    rules.any(|rule| rule.term.external)
}
