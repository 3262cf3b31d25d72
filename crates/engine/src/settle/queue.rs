//! What waits for somebody's word.

use domain::approval::{Approval, Person, Step, Subject};
use domain::settlement::AdjustmentStatus;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::approval::{of_adjustment, person, steps_of};
use super::{AdjustmentRow, store};
use crate::access::Actor;
use crate::args;
use crate::db::{DbError, Reader};

/// Payouts of a program and period, or of orders of rewards, at one step of a chain, that wait for
/// somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Program and name of the period; `None` for what orders of rewards owe.
    pub period: Option<(String, String)>,
    pub unit: String,
    pub payouts: i64,
    pub amount: Decimal,
    /// The step, counted from 1, and of how many.
    pub step: usize,
    pub steps: usize,
    /// The day by which the first of them should be decided.
    pub due: Option<Date>,
}

/// Payouts that wait for this person, by period and step, the most urgent first.
pub async fn waiting_for(reader: &mut Reader, person: &Person) -> Result<Vec<Waiting>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT p.program_id, g.code, p.period_name, p.unit, p.chain, p.step, COUNT(*), \
             string_agg(p.amount, ' '), MIN(p.due_day) FROM payout p LEFT JOIN program g \
             ON g.tenant_id = p.tenant_id AND g.program_id = p.program_id \
             WHERE p.tenant_id = $1 AND p.status = 'pending' AND p.created_by_id <> $2 \
             AND (p.step = 0 OR NOT EXISTS (SELECT 1 FROM decision d \
             WHERE d.tenant_id = p.tenant_id AND d.subject = p.public_id AND d.round = p.round \
             AND d.verdict = 'approved' AND (d.by_id = $2 OR d.for_id = $2))) \
             GROUP BY p.program_id, g.code, p.period_name, p.unit, p.chain, p.step \
             ORDER BY MIN(p.due_day), MIN(p.period_day), g.code, p.step",
            args![tenant, &person.own.id],
        )
        .await?;
    let found = rows.iter().filter_map(|row| {
        let steps = steps_of(row.opt_text(4));
        let step = usize::try_from(row.int(5)).ok()?;
        takes(&steps, step, person).then(|| Waiting {
            period: row.opt_string(1).map(|program| (program, row.string(2))),
            unit: row.string(3),
            payouts: row.int(6),
            amount: row.text(7).split(' ').filter_map(|one| one.parse::<Decimal>().ok()).sum(),
            step: step + 1,
            steps: steps.len(),
            due: row.opt_int(8).and_then(crate::db::date_of),
        })
    });
    Ok(found.collect())
}

/// Whether that step of a chain is this person's, as far as the chain says.
fn takes(steps: &[Step], step: usize, person: &Person) -> bool {
    let rest = steps.get(step..).unwrap_or_default().to_vec();
    Approval::new(rest, Vec::new(), Vec::new()).authority(person).is_ok()
}

/// How many payouts and adjustments wait for this actor.
pub async fn waiting_counts(
    reader: &mut Reader,
    actor: &Actor,
    now: Timestamp,
) -> Result<(i64, i64), DbError> {
    let payouts = person(reader, actor, Subject::Payout, now).await?;
    let adjustments = person(reader, actor, Subject::Adjustment, now).await?;
    let counts = [
        (
            "SELECT chain, step, COUNT(*) FROM payout WHERE tenant_id = $1 \
             AND status = 'pending' AND created_by_id <> $2 GROUP BY chain, step",
            payouts,
        ),
        (
            "SELECT chain, step, COUNT(*) FROM adjustment WHERE tenant_id = $1 \
             AND status = 'pending' AND asked_by_id <> $2 GROUP BY chain, step",
            adjustments,
        ),
    ];
    let mut sums = [0, 0];
    for ((sql, person), sum) in counts.into_iter().zip(&mut sums) {
        for row in reader.rows(sql, args![reader.tenant(), &person.own.id]).await? {
            let step = usize::try_from(row.int(1)).unwrap_or(usize::MAX);
            if takes(&steps_of(row.opt_text(0)), step, &person) {
                *sum += row.int(2);
            }
        }
    }
    Ok((sums[0], sums[1]))
}

/// Adjustments that wait for this person, oldest first.
pub async fn adjustments_for(
    reader: &mut Reader,
    person: &Person,
) -> Result<Vec<AdjustmentRow>, DbError> {
    let mut found = Vec::new();
    for row in store::adjustments(reader, 0, Some(AdjustmentStatus::Pending)).await? {
        if of_adjustment(reader, &row).await?.authority(person).is_ok() {
            found.push(row);
        }
    }
    found.reverse();
    Ok(found)
}
