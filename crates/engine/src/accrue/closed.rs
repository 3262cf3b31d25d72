//! What was closed stays as it was reported, also where what is known of the past changes.
//!
//! Master data have no instant at which they became known. What they change in closed periods is
//! posted to the first open one, as [`domain::booking::closed`] says.
//!
//! # Invariants
//!
//! * After a close nothing is posted to its periods any more, and its dues stay, also where an award
//!   is not there any more.
//! * Where nothing changed behind a close, nothing is moved. A second run posts nothing: what was
//!   moved is among what was posted once its period is closed, too.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::booking::Outcome;
use domain::booking::closed::{self, Booked, Closed};
use domain::totals::Group;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::AccrualKey;
use crate::catalog::MasterData;
use crate::db::{DbError, date_of};
use crate::exact;
use crate::rules::Rules;
use crate::totals::Stale;
use crate::wallets::{self, Credits};

/// What is added up here, for an error.
const BOOKED: &str = "what was booked in closed periods";

/// The outcomes with what they change in closed periods moved to the first open one.
pub(super) fn kept<'o>(
    outcomes: &'o [(Stale, Option<Outcome>)],
    rules: &Rules,
    directory: &MasterData,
    posted: &BTreeMap<AccrualKey, Decimal>,
) -> Result<Cow<'o, [(Stale, Option<Outcome>)]>, DbError> {
    let mut kept = Cow::Borrowed(outcomes);
    for (at, (of, outcome)) in outcomes.iter().enumerate() {
        if !super::is_booked(rules, of) {
            continue;
        }
        let Some(closed) = closed_of(of, rules) else { continue };
        let gone;
        let outcome = if let Some(outcome) = outcome {
            outcome
        } else {
            // Who is not looked at any more keeps what was closed.
            let period = date_of(of.period_day).and_then(|day| closed.earned(day));
            let Some(period) = period else { continue };
            gone = Outcome { period, awards: Vec::new(), due: Vec::new(), accruals: Vec::new() };
            &gone
        };
        let posted = posted_of(of, directory, posted)?;
        let credits = wallets::credits(rules, of.program_id, of.term);
        if posted.is_empty() && credits == Some(Credits::Both) {
            // Earned under a version that kept no books of it.
            continue;
        }
        let moved = closed::kept(outcome, &closed, &posted);
        if let Some(moved) = moved.map_err(|_| DbError::OutOfRange { what: BOOKED })? {
            kept.to_mut()[at].1 = Some(moved);
        }
    }
    Ok(kept)
}

/// The program and term of an award, and what of them is closed. The period that is being closed is
/// open: its close books in it.
fn closed_of<'r>(of: &Stale, rules: &'r Rules) -> Option<Closed<'r>> {
    let at = rules.position(of.program_id)?;
    let term = usize::try_from(of.term).ok()?;
    let under_way = rules.under_way.as_ref();
    let under_way = under_way.filter(|(program, _)| *program == of.program_id);
    Some(Closed {
        term: rules.plans[at].terms.get(term)?,
        closes: &rules.closes[at],
        under_way: under_way.map(|(_, name)| &**name),
    })
}

/// What was posted for an award, to whatever period.
fn posted_of(
    of: &Stale,
    directory: &MasterData,
    posted: &BTreeMap<AccrualKey, Decimal>,
) -> Result<Booked, DbError> {
    let mut booked = Booked::new();
    let first = AccrualKey::first_of(*of);
    for (key, amount) in posted.range(first..).take_while(|(key, _)| key.of == *of) {
        let Some(partner) = directory.partner_code(key.payee_id) else { continue };
        let day = date_of(key.accounting_day).unwrap_or(Date::MAX);
        let group = Group::from_stored(&key.group_key);
        let sum = booked.entry((group, day, key.kind, partner.clone())).or_default();
        exact::add(sum, *amount, BOOKED)?;
    }
    Ok(booked)
}
