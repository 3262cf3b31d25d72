//! Accruing: evaluates what became stale and tells the ledger the difference.
//!
//! Reads totals, writes awards, what each payout period owes, and postings. A reconciler: it takes
//! no input but the marks, may stop anywhere and run twice; the second run posts nothing.
//!
//! # Invariants
//!
//! * What is posted for an award, accounting period and kind is what booking says, to the unit.
//! * Terms that are owed at once post straight to what is payable; the others accrue first.
//!
//! Owns `award`, `accrued` and `due`, all derived.

mod store;

use std::collections::BTreeMap;

use domain::booking::{BookingKind, More, Outcome, Question};
use domain::program::Settle;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::catalog::MasterData;
use crate::db::{Db, DbError, Tx, date_of, days_of};
use crate::ledger::{self, About, Account, Cause, NewPosting};
use crate::rules::Rules;
use crate::totals::{self, Stale};

pub use store::{
    AwardFilter, AwardRow, DueRow, awards, awards_of_partner, due_of_period, due_of_program,
};

/// How many awards one transaction evaluates.
const STALE_PER_BATCH: i64 = 2_000;

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accrued {
    pub evaluated: usize,
    pub postings: usize,
}

/// Evaluates all that is stale.
pub async fn run(
    db: &Db,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
) -> Result<Accrued, DbError> {
    let mut done = Accrued::default();
    loop {
        let mut tx = db.write().await?;
        let batch = batch(&mut tx, rules, directory, now, STALE_PER_BATCH).await?;
        tx.commit().await?;
        done.evaluated += batch.evaluated;
        done.postings += batch.postings;
        if batch.evaluated < usize::try_from(STALE_PER_BATCH).unwrap_or(usize::MAX) {
            return Ok(done);
        }
    }
}

/// Evaluates the next marks in a transaction that is already open.
pub async fn batch(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
    limit: i64,
) -> Result<Accrued, DbError> {
    let stale = totals::next_stale(tx, None, limit).await?;
    marks(tx, rules, directory, now, &stale).await
}

/// Evaluates these marks in a transaction that is already open, and takes them away.
pub async fn marks(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
    stale: &[Stale],
) -> Result<Accrued, DbError> {
    if stale.is_empty() {
        return Ok(Accrued::default());
    }
    let mut cells = totals::cells_of(tx, rules, directory, stale).await?;
    let mut outcomes: Vec<(Stale, Option<Outcome>)> = Vec::with_capacity(stale.len());
    for of in stale {
        let cells = cells.remove(of).unwrap_or_default();
        outcomes.push((*of, outcome(of, &cells, rules, directory)));
    }
    let posted = store::accrued(tx, stale).await?;
    let mut changes = Vec::new();
    for (of, outcome) in &outcomes {
        changes.extend(differences(of, outcome.as_ref(), &posted));
    }
    let postings = changes.iter().filter_map(|c| posting(c, rules, directory)).collect();
    let postings = ledger::post(tx, postings, now).await?;
    store::set_accrued(tx, &changes).await?;
    store::replace(tx, stale, &outcomes, rules).await?;
    totals::clear_stale(tx, stale).await?;
    Ok(Accrued { evaluated: stale.len(), postings })
}

/// Writes everything of this stage anew, out of totals and postings. Only what really was missing
/// is posted: nothing, if nothing was stale.
pub async fn rebuild(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
) -> Result<Accrued, DbError> {
    store::rebuild_accrued(tx).await?;
    totals::mark_accrued_stale(tx).await?;
    let mut done = Accrued::default();
    loop {
        let batch = batch(tx, rules, directory, now, STALE_PER_BATCH).await?;
        if batch.evaluated == 0 {
            return Ok(done);
        }
        done.evaluated += batch.evaluated;
        done.postings += batch.postings;
    }
}

/// Everything about one mark, from its cells. `None` if its program does not act any more.
fn outcome(
    of: &Stale,
    cells: &[(domain::totals::Cell, domain::totals::Sums)],
    rules: &Rules,
    directory: &MasterData,
) -> Option<Outcome> {
    let at = rules.position(of.program_id)?;
    let plan = &rules.plans[at];
    let term = u16::try_from(of.term).ok()?;
    let calendar = &plan.terms.get(usize::from(term))?.calendar;
    let period = calendar.containing(date_of(of.period_day)?)?;
    let earner = directory.partner_code(of.partner_id)?;
    let closes = &rules.closes[at];
    let more = More { figures: Some(&directory.master.figures), ..More::default() };
    Some(Question { plan, term, earner, period: &period, closes, cells, more }.outcome())
}

/// What was posted, or should be, for one award, accounting period and kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AccrualKey {
    pub of: Stale,
    pub group_key: String,
    pub accounting_day: i64,
    pub kind: BookingKind,
}

/// A difference to post, and what will then be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccrualChange {
    pub key: AccrualKey,
    pub difference: Decimal,
    pub posted: Decimal,
}

fn differences(
    of: &Stale,
    outcome: Option<&Outcome>,
    posted: &BTreeMap<AccrualKey, Decimal>,
) -> Vec<AccrualChange> {
    let mut wanted: BTreeMap<AccrualKey, Decimal> = BTreeMap::new();
    for accrual in outcome.iter().flat_map(|outcome| &outcome.accruals) {
        let key = AccrualKey {
            of: *of,
            group_key: accrual.group.as_str().to_owned(),
            accounting_day: days_of(accrual.accounting.start),
            kind: accrual.kind,
        };
        *wanted.entry(key).or_default() += accrual.amount;
    }
    let first = AccrualKey {
        of: *of,
        group_key: String::new(),
        accounting_day: i64::MIN,
        kind: BookingKind::Base,
    };
    for (key, _) in posted.range(first..).take_while(|(key, _)| key.of == *of) {
        wanted.entry(key.clone()).or_default();
    }
    wanted
        .into_iter()
        .map(|(key, wanted)| {
            let there = posted.get(&key).copied().unwrap_or_default();
            AccrualChange { key, difference: wanted - there, posted: wanted }
        })
        .filter(|change| !change.difference.is_zero())
        .collect()
}

fn posting(change: &AccrualChange, rules: &Rules, directory: &MasterData) -> Option<NewPosting> {
    let key = &change.key;
    let plan = &rules.plans[rules.position(key.of.program_id)?];
    let program = plan.code.to_string();
    let partner = directory.partner_code(key.of.partner_id)?.to_string();
    let credit = if is_at_once(rules, key.of.program_id, key.of.term) {
        Account::Payable { partner }
    } else {
        Account::Accrued { program: program.clone(), partner }
    };
    Some(NewPosting {
        cause: Cause::Accrual,
        debit: Account::Expense { program },
        credit,
        unit: plan.newest().currency.to_string(),
        amount: change.difference,
        about: About {
            program_id: Some(key.of.program_id),
            partner_id: Some(key.of.partner_id),
            term: Some(key.of.term),
            period_day: Some(key.of.period_day),
            group_key: Some(key.group_key.clone()),
            booked_day: Some(key.accounting_day),
            kind: Some(key.kind),
            subject: None,
        },
    })
}

/// Whether a term is owed at once.
pub fn is_at_once(rules: &Rules, program_id: i64, term: i64) -> bool {
    let Some(at) = rules.position(program_id) else { return false };
    let mut versions = rules.plans[at].versions.iter().rev();
    versions
        .find_map(|version| version.rules.get(usize::try_from(term).ok()?)?.as_ref())
        .is_some_and(|rule| rule.term.settle == Settle::AtOnce)
}

/// A decimal in hundredths, cut to 64 bits: to sort by, never to count with.
pub(crate) fn sort_key(number: Decimal) -> i64 {
    use rust_decimal::prelude::ToPrimitive;
    let hundredths = number.checked_mul(Decimal::ONE_HUNDRED).map(|n| n.trunc());
    hundredths.and_then(|n| n.to_i64()).unwrap_or(if number.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    })
}
