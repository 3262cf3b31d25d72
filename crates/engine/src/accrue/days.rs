//! Days that pass: some awards change, or become due, because a day has come and nothing else.
//!
//! # Invariants
//!
//! * Awards that depend on the day are marked once for each day on which anything is evaluated, in
//!   the calendar of their program, and when the program or who is in it changed.

use std::collections::BTreeSet;

use domain::booking::world::{Ground, Membership, Only, members};
use domain::period::day_of;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, Tx, days_of};
use crate::rules::Rules;
use crate::totals::{self, Stale};

/// Marks what the day changes, if that was not done for it yet. Says whether there was a new day.
pub async fn days_passed(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<bool, DbError> {
    if rules.families().iter().all(|family| !family.timed) {
        return Ok(false);
    }
    let tenant = tx.tenant();
    let rows = tx
        .rows("SELECT program_id, day FROM day_passed WHERE tenant_id = $1", args![tenant])
        .await?;
    let seen: BTreeSet<(i64, i64)> = rows.iter().map(|row| (row.int(0), row.int(1))).collect();
    let mut passed: BTreeSet<(i64, i64)> = BTreeSet::new();
    let mut marks = BTreeSet::new();
    for family in rules.families().iter().filter(|family| family.timed) {
        for plan in family.plans() {
            let (program_id, today) = (rules.program_ids[plan], today(rules, plan, now));
            if seen.contains(&(program_id, days_of(today))) {
                continue;
            }
            if passed.insert((program_id, days_of(today))) {
                totals::mark_all_stale(tx, program_id).await?;
            }
            if family.for_members {
                let ground = Ground {
                    plans: &rules.plans,
                    closes: &rules.closes,
                    master: &master.master,
                    today,
                    recorded: &|_| None,
                    only: Some(Only { family, earners: None }),
                };
                marks.extend(members(&ground).into_iter().filter_map(
                    |Membership { asked, .. }| {
                        Some(Stale {
                            program_id: rules.program_ids[asked.plan],
                            partner_id: master.partner_id(asked.earner.as_str())?,
                            term: i64::from(asked.term),
                            period_day: days_of(asked.period),
                        })
                    },
                ));
            }
        }
    }
    if passed.is_empty() {
        return Ok(false);
    }
    totals::mark(tx, &marks).await?;
    let data = vec![
        Column::same(tenant),
        Column::Int(passed.iter().map(|(program_id, _)| *program_id).collect()),
        Column::Int(passed.iter().map(|(_, day)| *day).collect()),
    ];
    tx.insert_many(
        "day_passed",
        &["tenant_id", "program_id", "day"],
        data,
        "ON CONFLICT (tenant_id, program_id) DO UPDATE SET day = excluded.day",
    )
    .await?;
    Ok(true)
}

/// The day on which awards of a program that depend on the day were evaluated last.
pub async fn evaluated_on(reader: &mut Reader, program_id: i64) -> Result<Option<Date>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT day FROM day_passed WHERE tenant_id = $1 AND program_id = $2",
            args![tenant, program_id],
        )
        .await?;
    Ok(row.map(|row| row.date(0)))
}

/// The day in the calendar of a plan.
pub(super) fn today(rules: &Rules, plan: usize, now: Timestamp) -> Date {
    day_of(now, &rules.plans[plan].zone)
}

/// Forgets on which day these programs were looked at: they or who is in them changed.
pub async fn begin_anew(tx: &mut Tx, program_ids: &[i64]) -> Result<(), DbError> {
    tx.execute_many(
        "DELETE FROM day_passed WHERE (tenant_id, program_id) IN (SELECT k.tenant, k.k1 \
         FROM {keys})",
        args![],
        vec![Column::Int(program_ids.to_vec())],
    )
    .await?;
    Ok(())
}
