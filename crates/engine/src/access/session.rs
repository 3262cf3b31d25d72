//! Sessions of browsers.
//!
//! The cookie holds a random secret; the database holds its hash, so a copy of the database opens
//! no session. Each session has a secret of its own for its forms (CSRF).

use jiff::{SignedDuration, Timestamp};

use super::user::{USER_COLUMNS, user_columns, user_of};
use super::{AccessError, User, secret};
use crate::db::{DbError, Reader, Tx, args};

/// A session ends at the latest after this.
pub const SESSION_LENGTH_MAX: SignedDuration = SignedDuration::from_hours(24 * 7);
/// A session that nobody used for this long has ended.
pub const SESSION_IDLE_MAX: SignedDuration = SignedDuration::from_hours(12);
/// Being seen is written down no more often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// A session that is open, with whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub user: User,
    /// What each form of the session has to bring along.
    pub csrf: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
    token_hash: String,
}

impl Session {
    /// Whether its last use is so long ago that [`touch_session`] should write down this one.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) >= SEEN_EVERY
    }

    /// Compares in constant time what a form brought along.
    pub fn is_csrf(&self, brought: &str) -> bool {
        let (ours, theirs) = (self.csrf.as_bytes(), brought.as_bytes());
        let differences = ours.iter().zip(theirs).fold(0u8, |all, (a, b)| all | (a ^ b));
        ours.len() == theirs.len() && differences == 0
    }
}

/// Opens a session and returns the secret for the cookie, shown only now.
pub(super) async fn create_session(
    tx: &mut Tx,
    now: Timestamp,
    user: &User,
) -> Result<(String, Session), AccessError> {
    let token = secret::random()?;
    let session = Session {
        user: user.clone(),
        csrf: secret::random()?,
        created_at: now,
        seen_at: now,
        expires_at: now + SESSION_LENGTH_MAX,
        token_hash: secret::hash(&token),
    };
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO session (tenant_id, token_hash, user_id, csrf, created_at, seen_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $5, $6)",
        args![tenant, &session.token_hash, user.user_id, &session.csrf, now, session.expires_at],
    )
    .await?;
    Ok((token, session))
}

/// The open session of a cookie, if its user may still sign in.
pub async fn find_session(
    reader: &mut Reader,
    now: Timestamp,
    cookie: &str,
) -> Result<Option<Session>, DbError> {
    let (tenant, token_hash) = (reader.tenant(), secret::hash(cookie));
    let sql = concat!(
        "SELECT ",
        user_columns!(),
        ", s.csrf, s.created_at, s.seen_at, s.expires_at FROM session s \
         JOIN user_account u ON u.tenant_id = s.tenant_id AND u.user_id = s.user_id \
         WHERE s.tenant_id = $1 AND s.token_hash = $2 AND s.expires_at > $3 AND s.seen_at > $4 \
         AND u.disabled = 0"
    );
    let idle_since = now - SESSION_IDLE_MAX;
    let row = reader.row(sql, args![tenant, &token_hash, now, idle_since]).await?;
    Ok(row.map(|row| Session {
        user: user_of(&row),
        csrf: row.string(USER_COLUMNS),
        created_at: row.instant(USER_COLUMNS + 1),
        seen_at: row.instant(USER_COLUMNS + 2),
        expires_at: row.instant(USER_COLUMNS + 3),
        token_hash,
    }))
}

/// Writes down that the session is in use.
pub async fn touch_session(tx: &mut Tx, now: Timestamp, session: &Session) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE session SET seen_at = $3 WHERE tenant_id = $1 AND token_hash = $2",
        args![tenant, &session.token_hash, now],
    )
    .await
    .map(|_| ())
}

/// Ends the session of a cookie.
pub async fn end_session(tx: &mut Tx, session: &Session) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "DELETE FROM session WHERE tenant_id = $1 AND token_hash = $2",
        args![tenant, &session.token_hash],
    )
    .await
    .map(|_| ())
}

/// Ends all sessions of a user, everywhere.
pub async fn end_sessions_of(tx: &mut Tx, user_id: i64) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    tx.execute("DELETE FROM session WHERE tenant_id = $1 AND user_id = $2", args![tenant, user_id])
        .await
}

/// Removes sessions that have ended by themselves.
pub async fn purge_sessions(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "DELETE FROM session WHERE tenant_id = $1 AND (expires_at <= $2 OR seen_at <= $3)",
        args![tenant, now, now - SESSION_IDLE_MAX],
    )
    .await
}
