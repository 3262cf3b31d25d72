//! What limits took away: awards that a cap or a budget has cut.
//!
//! Awards are kept without their reasons, so those of terms that have a limit are evaluated again.
//! Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use domain::amount::Currency;
use domain::award::{Award, Reason};
use domain::booking::family::Extent;
use domain::booking::{More, Question};
use domain::period::Period;
use domain::program::Limits;
use domain::totals::Totals;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::SettleError;
use crate::accrue::{self, due_of_period};
use crate::catalog::MasterData;
use crate::db::{Reader, date_of, days_of};
use crate::rules::Rules;
use crate::totals::{self, Stale};

/// Keys evaluated at once.
const KEYS_PER_STEP: usize = 2_000;

/// What a limit took from each partner in a payout period, by currency.
pub(super) async fn cut(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (program_id, period): (i64, &Period),
) -> Result<BTreeMap<(i64, Currency), Decimal>, SettleError> {
    let Some(at) = rules.position(program_id) else { return Ok(BTreeMap::new()) };
    let plan = &rules.plans[at];
    let unit = |term: i64| {
        let found = u16::try_from(term).ok().and_then(|term| plan.currency_of(term));
        found.unwrap_or(plan.newest().currency)
    };
    let limited = |term: i64| {
        let term = usize::try_from(term).unwrap_or(usize::MAX);
        let all = plan.newest().limits.per_partner_period.at_most.is_some()
            || plan.newest().limits.per_partner.at_most.is_some()
            || plan.newest().limits.budget.is_some();
        let mut of = plan.versions.iter().filter_map(|version| version.rules.get(term)?.as_ref());
        all || of.any(|rule| is_bounded(&rule.term.limits))
    };
    let keys: BTreeSet<Stale> = due_of_period(reader, program_id, period.start)
        .await?
        .into_iter()
        .filter(|row| limited(row.term))
        .map(|row| Stale {
            program_id,
            partner_id: row.partner_id,
            term: row.term,
            period_day: days_of(row.period),
        })
        .collect();
    let family = |key: &Stale| rules.family_of((at, u16::try_from(key.term).ok()?));
    let (together, alone): (Vec<Stale>, Vec<Stale>) =
        keys.into_iter().partition(|key| family(key).is_some());
    let mut cut = BTreeMap::new();
    for keys in alone.chunks(KEYS_PER_STEP) {
        let today = accrue::evaluated_on(reader, program_id).await?;
        for (key, cells) in totals::cells_of(reader, rules, master, keys).await? {
            let figures = Some(&master.master.figures);
            let more = More { figures, today, ..More::default() };
            let of = (key.partner_id, unit(key.term));
            add(&mut cut, of, &earned(rules, master, at, &key, &cells, more));
        }
    }
    let families: BTreeSet<usize> = together.iter().filter_map(family).collect();
    for family in families.into_iter().map(|family| &rules.families()[family]) {
        let ids: BTreeSet<i64> = together.iter().map(|key| key.partner_id).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let earners = (family.extent == Extent::Earner).then_some(ids.as_slice());
        let today = accrue::evaluated_on(reader, program_id).await?.unwrap_or(Date::MIN);
        let of = (family, earners);
        let found =
            accrue::outcomes_on(reader, rules, master, today, of, Totals::default()).await?;
        for (asked, outcome) in found.into_iter().filter(|(asked, _)| asked.plan == at) {
            let Some(partner_id) = master.partner_id(asked.earner.as_str()) else { continue };
            let key = Stale {
                program_id,
                partner_id,
                term: i64::from(asked.term),
                period_day: days_of(asked.period),
            };
            if together.binary_search(&key).is_ok() {
                add(&mut cut, (partner_id, unit(key.term)), &outcome.awards);
            }
        }
    }
    Ok(cut)
}

/// The awards of a key that depends on nothing but its own totals.
fn earned(
    rules: &Rules,
    master: &MasterData,
    at: usize,
    key: &Stale,
    cells: &[(domain::totals::Cell, domain::totals::Sums)],
    more: More<'_>,
) -> Vec<Award> {
    let found = || {
        let plan = &rules.plans[at];
        let term = u16::try_from(key.term).ok()?;
        let calendar = &plan.terms.get(usize::from(term))?.calendar;
        let period = calendar.containing(date_of(key.period_day)?)?;
        let earner = master.partner_code(key.partner_id)?;
        let closes = &rules.closes[at];
        Some(Question { plan, term, earner, period: &period, closes, cells, more }.earned())
    };
    found().unwrap_or_default()
}

fn is_bounded(limits: &Limits) -> bool {
    let bounds = [&limits.per_award, &limits.per_partner_period, &limits.per_partner];
    bounds.iter().any(|bounds| bounds.at_most.is_some()) || limits.budget.is_some()
}

fn add(cut: &mut BTreeMap<(i64, Currency), Decimal>, of: (i64, Currency), awards: &[Award]) {
    for reason in awards.iter().flat_map(|award| &award.reasons) {
        let lost = match reason {
            Reason::AtMost { was, bound } | Reason::AtMostInPeriod { was, bound } => was - bound,
            Reason::Budget { was, left, .. } => was - left,
            _ => continue,
        };
        *cut.entry(of).or_default() += lost;
    }
}
