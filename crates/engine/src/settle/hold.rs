//! Holds: what is not paid for now, with the reason, until a day or until somebody releases it.
//!
//! A hold stops paying, nothing else: what is owed stays owed, and may be approved meanwhile.
//!
//! Owns `hold`.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{COMMENT_CHARS_MAX, SettleError, record, said};
use crate::access::Actor;
use crate::args;
use crate::catalog::{self, MasterData};
use crate::db::{DbError, Reader, Row, Tx, date_of, days_of};
use crate::id::{Id, Kind};
use crate::payouts;

/// A hold, past or acting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    pub public_id: String,
    pub partner_id: i64,
    pub partner_code: String,
    /// The only payout it is on; `None` for everything of the partner.
    pub payout: Option<String>,
    pub reason: String,
    /// The last day on which it acts.
    pub until: Option<Date>,
    pub placed_by: String,
    pub placed_at: Timestamp,
    pub released: Option<Release>,
}

/// How a hold ended by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub by: String,
    pub at: Timestamp,
    pub comment: Option<String>,
}

/// What is put on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A payout, by its id.
    Payout(&'a str),
    /// Everything of a partner, by its code.
    Partner(&'a str),
}

impl HoldRow {
    pub fn acts_on(&self, day: Date) -> bool {
        self.released.is_none() && self.until.is_none_or(|until| day <= until)
    }
}

const COLUMNS: &str = "SELECT h.public_id, h.partner_id, r.code, h.payout, h.reason, h.until_day, \
    h.placed_by, h.placed_at, h.released_by, h.released_at, h.comment FROM hold h \
    JOIN partner r ON r.tenant_id = h.tenant_id AND r.partner_id = h.partner_id";

fn hold_row(row: &Row) -> HoldRow {
    let released = row.opt_string(8).zip(row.opt_instant(9));
    HoldRow {
        public_id: row.string(0),
        partner_id: row.int(1),
        partner_code: row.string(2),
        payout: row.opt_string(3),
        reason: row.string(4),
        until: row.opt_int(5).and_then(date_of),
        placed_by: row.string(6),
        placed_at: row.instant(7),
        released: released.map(|(by, at)| Release { by, at, comment: row.opt_string(10) }),
    }
}

/// Puts something on hold.
pub async fn place(
    tx: &mut Tx,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    target: Target<'_>,
    (reason, until): (&str, Option<Date>),
) -> Result<String, SettleError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > COMMENT_CHARS_MAX {
        return Err(SettleError::NoReason);
    }
    let today = catalog::today(tx, now).await?;
    if until.is_some_and(|until| until < today) {
        return Err(SettleError::BadDays);
    }
    let (partner_id, payout) = match target {
        Target::Partner(code) => (master.partner_id(code).ok_or(SettleError::NotFound)?, None),
        Target::Payout(id) => {
            let payout = payouts::payout(tx, id).await?.ok_or(SettleError::NotFound)?;
            if payout.paid_at.is_some() {
                return Err(SettleError::NotNow { status: payout.status.word() });
            }
            (payout.partner_id, Some(payout.public_id))
        }
    };
    let tenant = tx.tenant();
    let row = tx
        .row("SELECT COALESCE(MAX(hold_id), 0) + 1 FROM hold WHERE tenant_id = $1", args![tenant])
        .await?;
    let id = Id::new(Kind::Hold, now);
    tx.execute(
        "INSERT INTO hold (tenant_id, hold_id, public_id, partner_id, payout, reason, until_day, \
         placed_by, placed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tenant,
            row.map_or(1, |row| row.int(0)),
            &id,
            partner_id,
            payout.as_deref(),
            reason,
            until.map(days_of),
            actor.name(),
            now
        ],
    )
    .await?;
    let last = until.map(|until| until.to_string()).unwrap_or_default();
    let (Target::Payout(on) | Target::Partner(on)) = target;
    let change = [("on", "", on), ("reason", "", reason), ("until", "", last.as_str())];
    record(tx, actor, now, ("hold", id.as_str()), "place", &change).await?;
    Ok(id.into())
}

/// Releases a hold by hand.
pub async fn release(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    comment: Option<&str>,
) -> Result<HoldRow, SettleError> {
    let comment = said(comment)?;
    let found = hold(tx, public_id).await?.ok_or(SettleError::NotFound)?;
    if found.released.is_some() {
        return Err(SettleError::NotNow { status: "released" });
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE hold SET released_by = $3, released_at = $4, comment = $5 \
         WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, public_id, actor.name(), now, comment],
    )
    .await?;
    let mut change = vec![("status", "held", "released")];
    change.extend(comment.map(|comment| ("comment", "", comment)));
    record(tx, actor, now, ("hold", public_id), "release", &change).await?;
    let by = actor.name().to_owned();
    let released = Some(Release { by, at: now, comment: comment.map(str::to_owned) });
    Ok(HoldRow { released, ..found })
}

/// A hold by its id.
pub async fn hold(reader: &mut Reader, public_id: &str) -> Result<Option<HoldRow>, DbError> {
    let sql = format!("{COLUMNS} WHERE h.tenant_id = $1 AND h.public_id = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, public_id]).await?;
    Ok(row.as_ref().map(hold_row))
}

/// All holds, the newest first; of a partner, or of all.
pub async fn holds(reader: &mut Reader, partner_id: Option<i64>) -> Result<Vec<HoldRow>, DbError> {
    let sql = format!(
        "{COLUMNS} WHERE h.tenant_id = $1 AND ($2 = 0 OR h.partner_id = $2) \
         ORDER BY h.hold_id DESC"
    );
    let tenant = reader.tenant();
    let args = args![tenant, partner_id.unwrap_or(0)];
    Ok(reader.rows(sqlx::AssertSqlSafe(sql), args).await?.iter().map(hold_row).collect())
}

/// The holds that act on a day. What is paid by a file leaves out what they are on.
pub async fn holds_acting(reader: &mut Reader, day: Date) -> Result<Vec<HoldRow>, DbError> {
    let mut all = holds(reader, None).await?;
    all.retain(|hold| hold.acts_on(day));
    Ok(all)
}

/// The hold that stops a payout on a day.
pub(super) async fn acting(
    reader: &mut Reader,
    partner_id: i64,
    payout: &str,
    day: Date,
) -> Result<Option<HoldRow>, DbError> {
    let of_partner = holds(reader, Some(partner_id)).await?;
    let concerns = |hold: &HoldRow| hold.payout.as_deref().is_none_or(|only| only == payout);
    Ok(of_partner.into_iter().find(|hold| hold.acts_on(day) && concerns(hold)))
}
