//! Deputies: who decides in whose name while they are away.
//!
//! A deputy may what the absent may, and no more; what a deputy does is kept with both names.
//!
//! Owns `delegation`.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{SettleError, actor_id, record};
use crate::access::{self, Action, Actor};
use crate::args;
use crate::catalog::today;
use crate::db::{DbError, Reader, Tx, days_of};
use crate::id::{Id, Kind};

/// Somebody decides for somebody else while they are away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    pub public_id: String,
    /// Public id of who is away, and of who stands in.
    pub from_user: String,
    pub to_user: String,
    pub from: Date,
    /// The last day.
    pub until: Date,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Says that somebody stands in for somebody else from one day to another.
pub async fn delegate(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (from_user, to_user): (&str, &str),
    (from, until): (Date, Date),
) -> Result<String, SettleError> {
    let day = today(tx, now).await?;
    if until < from || until < day {
        return Err(SettleError::BadDays);
    }
    // Only one's own word is given away, or by who looks after users.
    if from_user != actor_id(actor) && !looks_after(actor) {
        return Err(SettleError::NotFound);
    }
    for user in [from_user, to_user] {
        let found = access::find_user(tx, user).await?.ok_or(SettleError::NotFound)?;
        if found.role.partner().is_some() || found.disabled {
            return Err(SettleError::NotFound);
        }
    }
    if from_user == to_user {
        return Err(SettleError::OwnDeputy);
    }
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(delegation_id), 0) + 1 FROM delegation WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let id = Id::new(Kind::Delegation, now);
    tx.execute(
        "INSERT INTO delegation (tenant_id, delegation_id, public_id, from_user, to_user, \
         from_day, until_day, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tenant,
            row.map_or(1, |row| row.int(0)),
            &id,
            from_user,
            to_user,
            from,
            until,
            actor.name(),
            now
        ],
    )
    .await?;
    let (first, last) = (from.to_string(), until.to_string());
    let change = [
        ("from_user", "", from_user),
        ("to_user", "", to_user),
        ("from", "", first.as_str()),
        ("until", "", last.as_str()),
    ];
    record(tx, actor, now, ("delegation", id.as_str()), "create", &change).await?;
    Ok(id.into())
}

/// Who looks after the people, or after the rules that they decide by.
fn looks_after(actor: &Actor) -> bool {
    actor.may(Action::EditUsers) || actor.may(Action::EditSettings)
}

/// Ends a delegation before its last day.
pub async fn end_delegation(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
) -> Result<(), SettleError> {
    let all = delegations(tx, None).await?;
    let found = all.into_iter().find(|one| one.public_id == public_id);
    let found = found.ok_or(SettleError::NotFound)?;
    if found.from_user != actor_id(actor) && !looks_after(actor) {
        return Err(SettleError::NotFound);
    }
    if found.ended_at.is_some() {
        return Err(SettleError::NotNow { status: "ended" });
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE delegation SET ended_at = $3 WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, public_id, now],
    )
    .await?;
    let change = [("status", "acting", "ended")];
    record(tx, actor, now, ("delegation", public_id), "end", &change).await?;
    Ok(())
}

/// Delegations that are not over on that day; all that ever were without a day.
pub async fn delegations(
    reader: &mut Reader,
    day: Option<Date>,
) -> Result<Vec<Delegation>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT public_id, from_user, to_user, from_day, until_day, created_at, ended_at \
             FROM delegation WHERE tenant_id = $1 \
             AND ($2 IS NULL OR (until_day >= $2 AND ended_at IS NULL)) \
             ORDER BY from_day, delegation_id",
            args![tenant, day.map(days_of)],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Delegation {
            public_id: row.string(0),
            from_user: row.string(1),
            to_user: row.string(2),
            from: row.date(3),
            until: row.date(4),
            created_at: row.instant(5),
            ended_at: row.opt_instant(6),
        })
        .collect())
}
