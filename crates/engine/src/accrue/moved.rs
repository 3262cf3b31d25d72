//! Which awards a close moves.
//!
//! To an award by itself a close does one thing: it books what the award owes up to the end of the
//! period beyond what it accrued up to there. Where the two are the same already, evaluating it
//! again would write what is written.
//!
//! # Invariants
//!
//! * An award that a close may move is marked, whatever it is: where terms pay at the end or little
//!   by little, look at others, or have periods that end on demand, all awards of the program are.
//! * Nothing may be stale: what is compared is what the awards are.

use std::collections::{BTreeSet, HashMap};

use domain::period::Period;
use domain::plan::Plan;
use domain::program::{CatchUp, Every, Release};
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::args;
use crate::db::{DbError, Tx, days_of};
use crate::exact;
use crate::rules::Rules;
use crate::totals::{self, Stale};

/// What is added up here, for an error.
const OPEN: &str = "what is owed beyond what was accrued";

/// Marks the awards of a program that closing this period moves. `rules` know of the close.
pub async fn mark_moved(
    tx: &mut Tx,
    rules: &Rules,
    (program_id, period): (i64, &Period),
    closed_at: Timestamp,
) -> Result<(), DbError> {
    let Some(at) = rules.position(program_id) else { return Ok(()) };
    let terms = 0..rules.plans[at].terms.len();
    if !terms.into_iter().all(|term| stands_alone(rules, (at, term), closed_at)) {
        return totals::mark_all_stale(tx, program_id).await;
    }
    let stale = moved(tx, program_id, days_of(period.end)).await?;
    totals::mark(tx, &stale).await
}

/// Whether a close does nothing to awards of a term but book what they owe.
fn stands_alone(rules: &Rules, (at, term): (usize, usize), closed_at: Timestamp) -> bool {
    let plan: &Plan = &rules.plans[at];
    let Ok(number) = u16::try_from(term) else { return false };
    let mut versions = plan.versions.iter();
    rules.family_of((at, number)).is_none()
        && versions.all(|version| {
            let Some(rule) = &version.rules[term] else { return true };
            let (payout, every) = (&rule.term.payout, &rule.term.periods.every);
            // A version that becomes known later would be booked in another period.
            plan.known_since(version) < closed_at
                && payout.catch_up == CatchUp::Each
                && payout.release == Release::AsEarned
                && *every != Every::OnDemand
                && payout.every != Some(Every::OnDemand)
                && rule.term.accrue.every != Some(Every::OnDemand)
        })
}

/// Awards that owe anything else up to a day than they accrued.
async fn moved(tx: &mut Tx, program_id: i64, end: i64) -> Result<BTreeSet<Stale>, DbError> {
    let mut open: HashMap<(Stale, i64, String), Decimal> = HashMap::new();
    for (sql, sign) in [
        (
            "SELECT partner_id, term, period_day, payee_id, group_key, amount FROM due \
             WHERE tenant_id = $1 AND program_id = $2 AND payout_day < $3",
            Decimal::ONE,
        ),
        (
            "SELECT partner_id, term, period_day, payee_id, group_key, amount FROM accrued \
             WHERE tenant_id = $1 AND program_id = $2 AND accounting_day < $3",
            Decimal::NEGATIVE_ONE,
        ),
    ] {
        let tenant = tx.tenant();
        for row in tx.rows(sql, args![tenant, program_id, end]).await? {
            let (partner_id, term, period_day) = (row.int(0), row.int(1), row.int(2));
            let of = Stale { program_id, partner_id, term, period_day };
            let amount: Decimal = row.text(5).parse().unwrap_or_default();
            let sum = open.entry((of, row.int(3), row.string(4))).or_default();
            exact::add(sum, sign * amount, OPEN)?;
        }
    }
    Ok(open.into_iter().filter(|(_, sum)| !sum.is_zero()).map(|((of, ..), _)| of).collect())
}
