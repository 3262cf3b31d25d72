//! Who looks after the people of a company: sees what they have, brings new ones, and ends who left.
//!
//! # Promises
//!
//! * Nobody does unless the vendor said so; the newest word holds, and all of them are kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::access::Actor;
use crate::args;
use crate::db::{DbError, Reader, Tx};

/// What the vendor says of a user of a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// It looks after the company's people.
    Looks,
    /// It does not, or not any more.
    Not,
}

/// The users who look after the people of a company.
pub async fn leads(reader: &mut Reader, partner_id: i64) -> Result<BTreeSet<i64>, DbError> {
    let rows = reader
        .rows(
            "SELECT user_id, looks FROM people_lead WHERE tenant_id = $1 AND partner_id = $2 \
             ORDER BY lead_seq",
            args![reader.tenant(), partner_id],
        )
        .await?;
    let last: BTreeMap<i64, bool> = rows.iter().map(|row| (row.int(0), row.bool(1))).collect();
    Ok(last.into_iter().filter(|(_, looks)| *looks).map(|(user, _)| user).collect())
}

/// Keeps what the vendor says of a user. What was said just so before is not said again.
pub async fn say_lead(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    (partner_id, user_id): (i64, i64),
    says: Lead,
) -> Result<(), DbError> {
    let looks = says == Lead::Looks;
    if leads(tx, partner_id).await?.contains(&user_id) == looks {
        return Ok(());
    }
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO people_lead (tenant_id, lead_seq, partner_id, user_id, looks, at, actor_kind, \
         actor_id, actor_name) \
         SELECT $1, COALESCE(MAX(lead_seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8 \
         FROM people_lead WHERE tenant_id = $1",
        args![
            tenant,
            partner_id,
            user_id,
            i64::from(looks),
            now,
            actor.kind(),
            actor.public_id(),
            actor.name()
        ],
    )
    .await?;
    Ok(())
}
