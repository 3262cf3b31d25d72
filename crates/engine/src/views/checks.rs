//! What is checked before a period is closed.

use std::collections::BTreeMap;

use domain::program::AccrueBy;
use rust_decimal::Decimal;

use super::programs::held;
use super::standing::sum_of;
use crate::args;
use crate::db::{DbError, Reader};
use crate::rules::Rules;

/// How the checks of a program came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks {
    /// Partners whose facts are not evaluated yet.
    pub pending: i64,
    /// Facts that wait for a rate, a factor or a price.
    pub waiting: i64,
    /// What the ledger holds as accrued, by currency; `None` where terms accrue otherwise than what
    /// is earned, so that it need not be what will be paid.
    pub accrued: Option<BTreeMap<String, Decimal>>,
    /// Whether debits equal credits, in every unit.
    pub is_balanced: bool,
}

/// Checks a program.
pub async fn checks(
    reader: &mut Reader,
    rules: &Rules,
    program_id: i64,
) -> Result<Checks, DbError> {
    let tenant = reader.tenant();
    let count = |row: Option<crate::db::Row>| row.map_or(0, |row| row.int(0));
    let pending = reader
        .row(
            "SELECT COUNT(DISTINCT partner_id) FROM stale WHERE tenant_id = $1 \
             AND program_id = $2",
            args![tenant, program_id],
        )
        .await?;
    let waiting = reader
        .row(
            "SELECT COUNT(DISTINCT key) FROM waiting WHERE tenant_id = $1 AND program_id = $2",
            args![tenant, program_id],
        )
        .await?;
    let sums = reader
        .rows(
            "SELECT unit, string_agg(debit, ' '), string_agg(credit, ' ') FROM balance \
             WHERE tenant_id = $1 GROUP BY unit",
            args![tenant],
        )
        .await?;
    let mut is_balanced = true;
    for row in &sums {
        is_balanced &= sum_of(row.text(1))? == sum_of(row.text(2))?;
    }
    Ok(Checks {
        pending: count(pending),
        waiting: count(waiting),
        accrued: accrued(reader, rules, program_id).await?,
        is_balanced,
    })
}

async fn accrued(
    reader: &mut Reader,
    rules: &Rules,
    program_id: i64,
) -> Result<Option<BTreeMap<String, Decimal>>, DbError> {
    let Some(at) = rules.position(program_id) else { return Ok(None) };
    let program = rules.plans[at].newest();
    if program.terms.iter().any(|term| term.accrue.by != AccrueBy::Earned) {
        return Ok(None);
    }
    Ok(Some(held(reader, &format!("accrued/{}/", program.code)).await?))
}
