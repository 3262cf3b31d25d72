//! Accruing: evaluates what became stale and tells the ledger the difference.
//!
//! Reads totals, writes awards, what each payout period owes, and postings. A reconciler: it takes
//! no input but the marks, may stop anywhere and run twice; the second run posts nothing.
//!
//! # Invariants
//!
//! * What is posted for an award, accounting period and kind is what booking says, to the unit; in
//!   closed periods, what it said when they were closed.
//! * Terms that are owed at once post straight to what is payable; the others accrue first.
//!
//! Owns `award`, `accrued` and `due`, all derived, the sums over awards ([`sums`]), and `award_turn`,
//! which counts how often the awards of a program have changed.

mod award_ref;
mod closed;
mod days;
mod kinds;
mod moved;
mod store;
pub mod sums;
mod together;

use std::collections::{BTreeMap, BTreeSet};

use domain::booking::{BookingKind, More, Outcome, Question};
use domain::period::day_of;
use domain::plan::Rule;
use domain::program::Settle;
use domain::totals::Group;
use domain::wallet::is_hidden;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::catalog::MasterData;
use crate::db::{Db, DbError, Tx, date_of, days_of};
use crate::exact;
use crate::ledger::{self, About, Account, Cause, NewPosting};
use crate::rules::Rules;
use crate::totals::{self, Groups, GroupsOf, Stale};
use crate::wallets::{self, Credits, WalletError};

pub use award_ref::{AwardRef, AwardRefError};
pub use days::{begin_anew, days_passed, evaluated_on};
pub use kinds::{AccruedFilter, AccruedRow, Rated, accruals, rated};
pub use moved::mark_moved;
pub use store::{
    AwardFilter, AwardRow, DueRow, awards, awards_of_partner, due_of_period, due_of_program, turn,
};
pub use together::outcomes_on;
pub(crate) use together::recorded;

/// What is added up here, for an error.
const ACCRUALS: &str = "accruals";
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
    days_passed(tx, rules, directory, now).await?;
    let stale = totals::next_stale(tx, None, limit).await?;
    Ok(marks(tx, rules, directory, now, &stale).await?.0)
}

/// Whose awards in which programs were looked at: program and partner.
pub type Moved = BTreeSet<(i64, i64)>;

/// Evaluates these marks in a transaction that is already open, with all that depends on them, and
/// takes them away.
pub async fn marks(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
    stale: &[Stale],
) -> Result<(Accrued, Moved), DbError> {
    let mut families: BTreeMap<Option<usize>, BTreeSet<Stale>> = BTreeMap::new();
    for mark in stale {
        families.entry(family_of(rules, mark)).or_default().insert(*mark);
    }
    let alone: Vec<Stale> = families.remove(&None).into_iter().flatten().collect();
    let mut done = Accrued { evaluated: stale.len(), postings: 0 };
    let mut moved: Moved = stale.iter().map(|mark| (mark.program_id, mark.partner_id)).collect();
    if !alone.is_empty() {
        let mut groups = totals::touched(tx, &alone).await?;
        groups.retain(|of, groups| stands_by_fact(rules, of, groups));
        let cells = totals::cells_of_groups_of(tx, rules, directory, &alone, &groups);
        let mut cells = cells.await?;
        let mut outcomes: Vec<(Stale, Option<Outcome>)> = Vec::with_capacity(alone.len());
        for of in &alone {
            let cells = cells.remove(of).unwrap_or_default();
            outcomes.push((*of, outcome(of, &cells, rules, directory, now)));
        }
        done.postings += settle_on(tx, rules, directory, now, &outcomes, (&alone, &groups)).await?;
    }
    for (family, marks) in families {
        let Some(family) = family else { continue };
        let step = together::evaluate(tx, rules, directory, now, (family, &marks)).await?;
        done.postings += step.0;
        moved.extend(step.1);
    }
    Ok((done, moved))
}

/// Whether the awards of these groups of a mark are what they are whatever the others are: each of
/// a fact by itself.
fn stands_by_fact(rules: &Rules, of: &Stale, groups: &GroupsOf) -> bool {
    let of_fact = |group: &String| {
        let group = Group::from_stored(group);
        group.get("fact").is_some() && group.detail().is_none()
    };
    let at = rules.position(of.program_id).zip(u16::try_from(of.term).ok());
    let stands = at.is_some_and(|(at, term)| {
        let versions = rules.plans[at].versions.iter();
        let mut rules = versions.filter_map(|version| version.rules[usize::from(term)].as_ref());
        rules.all(Rule::stands_by_fact)
    });
    stands && groups.keys().all(of_fact)
}

/// The family of a mark, where its awards depend on others.
fn family_of(rules: &Rules, mark: &Stale) -> Option<usize> {
    rules.family_of((rules.position(mark.program_id)?, u16::try_from(mark.term).ok()?))
}

/// Whether it counts in which period an award is booked and due. Of what is credited to wallets as
/// soon as it is earned, wallets keep all that there is to say.
fn is_booked(rules: &Rules, of: &Stale) -> bool {
    wallets::credits(rules, of.program_id, of.term) != Some(Credits::AtOnce)
}

/// Tells the ledger the difference of what was evaluated to what was posted, keeps the awards of
/// those that changed, and takes the marks away. Of some marks only `groups` were evaluated. Says how many postings that took.
async fn settle_on(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
    outcomes: &[(Stale, Option<Outcome>)],
    (changed, groups): (&[Stale], &Groups),
) -> Result<usize, DbError> {
    let all: Vec<Stale> = outcomes.iter().map(|(of, _)| *of).collect();
    let booked: Vec<Stale> = all.iter().filter(|of| is_booked(rules, of)).copied().collect();
    let posted = store::accrued(tx, rules, &booked, groups).await?;
    let outcomes = &*closed::kept(outcomes, rules, directory, &posted)?;
    let mut changes = Vec::new();
    for (of, outcome) in outcomes.iter().filter(|(of, _)| is_booked(rules, of)) {
        changes.extend(differences(of, outcome.as_ref(), &posted, directory)?);
    }
    // What is not money is in wallets, which have postings of their own.
    let in_money = |change: &&AccrualChange| {
        let of = &change.key.of;
        !wallets::pays_into(rules, of.program_id, of.term)
    };
    let in_money = changes.iter().filter(in_money);
    let postings = in_money.filter_map(|change| posting(change, rules, directory)).collect();
    let mut postings = ledger::post(tx, postings, now).await?;
    let followed = Box::pin(wallets::follow(tx, rules, directory, now, (outcomes, groups)));
    postings += followed.await.map_err(WalletError::into_db)?;
    store::set_accrued(tx, rules, changes).await?;
    let of_changed: Vec<&(Stale, Option<Outcome>)> =
        outcomes.iter().filter(|(of, _)| changed.binary_search(of).is_ok()).collect();
    // What counts for tiers alone is shown nowhere.
    let is_shown = |of: &Stale| {
        let at = rules.position(of.program_id);
        at.is_none_or(|at| !is_hidden(rules.plans[at].code.as_str()))
    };
    let shown: Vec<Stale> = changed.iter().filter(|of| is_shown(of)).copied().collect();
    let of_shown: Vec<&(Stale, Option<Outcome>)> =
        of_changed.into_iter().filter(|(of, _)| is_shown(of)).collect();
    store::replace(tx, (&shown, groups), &of_shown, rules, directory).await?;
    totals::clear_stale(tx, &all).await?;
    Ok(postings)
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
    begin_anew(tx, &rules.program_ids).await?;
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
    now: Timestamp,
) -> Option<Outcome> {
    let at = rules.position(of.program_id)?;
    let plan = &rules.plans[at];
    let term = u16::try_from(of.term).ok()?;
    let calendar = &plan.terms.get(usize::from(term))?.calendar;
    let period = calendar.containing(date_of(of.period_day)?)?;
    let earner = directory.partner_code(of.partner_id)?;
    let closes = &rules.closes[at];
    let figures = Some(&directory.master.figures);
    let more = More { figures, today: Some(day_of(now, &plan.zone)), ..More::default() };
    Some(Question { plan, term, earner, period: &period, closes, cells, more }.outcome())
}

/// What was posted, or should be, for one award, accounting period and kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AccrualKey {
    pub of: Stale,
    pub group_key: String,
    pub accounting_day: i64,
    pub kind: BookingKind,
    /// Who is paid: the earner, unless the award is split.
    pub payee_id: i64,
}

impl AccrualKey {
    /// The least of all that are about one award.
    fn first_of(of: Stale) -> AccrualKey {
        AccrualKey {
            of,
            group_key: String::new(),
            accounting_day: i64::MIN,
            kind: BookingKind::Base,
            payee_id: i64::MIN,
        }
    }
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
    directory: &MasterData,
) -> Result<Vec<AccrualChange>, DbError> {
    let mut wanted: BTreeMap<AccrualKey, Decimal> = BTreeMap::new();
    for accrual in outcome.iter().flat_map(|outcome| &outcome.accruals) {
        let Some(payee_id) = directory.partner_id(accrual.partner.as_str()) else { continue };
        let key = AccrualKey {
            of: *of,
            group_key: accrual.group.as_str().to_owned(),
            accounting_day: days_of(accrual.accounting.start),
            kind: accrual.kind,
            payee_id,
        };
        exact::add(wanted.entry(key).or_default(), accrual.amount, ACCRUALS)?;
    }
    let first = AccrualKey::first_of(*of);
    for (key, _) in posted.range(first..).take_while(|(key, _)| key.of == *of) {
        wanted.entry(key.clone()).or_default();
    }
    let mut changes = Vec::new();
    for (key, wanted) in wanted {
        let there = posted.get(&key).copied().unwrap_or_default();
        let difference = exact::less(wanted, there, ACCRUALS)?;
        if !difference.is_zero() {
            changes.push(AccrualChange { key, difference, posted: wanted });
        }
    }
    Ok(changes)
}

fn posting(change: &AccrualChange, rules: &Rules, directory: &MasterData) -> Option<NewPosting> {
    let key = &change.key;
    let program = rules.plans[rules.position(key.of.program_id)?].code.to_string();
    let partner = directory.partner_code(key.payee_id)?.to_string();
    let credit = if is_at_once(rules, key.of.program_id, key.of.term) {
        Account::Payable { partner }
    } else {
        Account::Accrued { program: program.clone(), partner }
    };
    Some(NewPosting {
        cause: Cause::Accrual,
        debit: Account::Expense { program },
        credit,
        unit: unit_of(rules, key.of.program_id, key.of.term),
        amount: change.difference,
        about: About {
            program_id: Some(key.of.program_id),
            partner_id: Some(key.payee_id),
            earner_id: (key.payee_id != key.of.partner_id).then_some(key.of.partner_id),
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

/// What awards of a term are in.
fn unit_of(rules: &Rules, program_id: i64, term: i64) -> String {
    let unit = || {
        let plan = &rules.plans[rules.position(program_id)?];
        let term = usize::try_from(term).ok()?;
        let mut versions = plan.versions.iter().rev();
        let rule = versions.find_map(|version| version.rules.get(term)?.as_ref())?;
        let unit = rule.term.reward.held_unit().map(str::to_owned);
        Some(unit.unwrap_or_else(|| rule.currency.to_string()))
    };
    unit().unwrap_or_default()
}
