//! Signing in, and slowing down who guesses.
//!
//! An attempt is written down before the password is looked at, so attempts at the same time count
//! too. A sign-in that succeeds forgets the attempts for its login.

use jiff::{SignedDuration, Timestamp};

use super::session::create_session;
use super::user::normal_login;
use super::{
    AccessError, Actor, LOGIN_CHARS_MAX, PasswordHash, Passwords, Session, end_session,
    purge_sessions, user_by_login,
};
use crate::audit::{self, Entry};
use crate::clock::Clock;
use crate::db::{Arg, Db, DbError, Reader, Tx, args};

/// Attempts are counted over this time.
pub const ATTEMPTS_WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// For one login in the window.
pub const ATTEMPTS_PER_LOGIN_MAX: i64 = 10;
/// From one address in the window: more, since an office shares one.
pub const ATTEMPTS_PER_ADDRESS_MAX: i64 = 60;

/// An open session and the secret for its cookie.
#[derive(Debug)]
pub struct SignedIn {
    pub cookie: String,
    pub session: Session,
}

/// Signs a user in, or says only that it did not work.
pub async fn sign_in(
    db: &Db,
    clock: &dyn Clock,
    passwords: &Passwords,
    login: &str,
    password: &str,
    address: &str,
) -> Result<SignedIn, AccessError> {
    let login: String = normal_login(login).chars().take(LOGIN_CHARS_MAX).collect();
    let now = clock.now();
    let mut tx = db.write().await?;
    admit(&mut tx, now, &login, address).await?;
    tx.commit().await?;

    let hash = stored_hash(&mut db.read().await?, &login).await?;
    if !passwords.verify(hash, password).await {
        return Err(AccessError::WrongLogin);
    }

    let mut tx = db.write().await?;
    // The user may have been disabled meanwhile.
    let user = user_by_login(&mut tx, &login).await?.filter(|user| !user.disabled);
    let user = user.ok_or(AccessError::WrongLogin)?;
    let tenant = tx.tenant();
    tx.execute(
        "DELETE FROM sign_in_attempt WHERE tenant_id = $1 AND login = $2",
        args![tenant, &login],
    )
    .await?;
    purge_sessions(&mut tx, now).await?;
    let (cookie, session) = create_session(&mut tx, now, &user).await?;
    let entry = Entry::of("sign_in", "user", &user.id, None, None);
    audit::append(&mut tx, now, &user.actor(), entry).await?;
    tx.commit().await?;
    Ok(SignedIn { cookie, session })
}

/// Ends a session because its user says so.
pub async fn sign_out(tx: &mut Tx, now: Timestamp, session: &Session) -> Result<(), DbError> {
    end_session(tx, session).await?;
    let actor: Actor = session.user.actor();
    let entry = Entry::of("sign_out", "user", &session.user.id, None, None);
    audit::append(tx, now, &actor, entry).await
}

/// Writes an attempt down, or refuses it if there were too many.
async fn admit(tx: &mut Tx, now: Timestamp, login: &str, address: &str) -> Result<(), AccessError> {
    let tenant = tx.tenant();
    let since = now - ATTEMPTS_WINDOW;
    tx.execute(
        "DELETE FROM sign_in_attempt WHERE tenant_id = $1 AND at <= $2",
        args![tenant, since],
    )
    .await?;
    let by_login = "SELECT count(*), min(at) FROM sign_in_attempt \
                    WHERE tenant_id = $1 AND login = $2 AND at > $3";
    let by_address = "SELECT count(*), min(at) FROM sign_in_attempt \
                      WHERE tenant_id = $1 AND address = $2 AND at > $3";
    for (sql, value, attempts_max) in
        [(by_login, login, ATTEMPTS_PER_LOGIN_MAX), (by_address, address, ATTEMPTS_PER_ADDRESS_MAX)]
    {
        let counted = tx.row(sql, args![tenant, value, since]).await?;
        if let Some(row) = counted
            && row.int(0) >= attempts_max
        {
            let retry_at = row.opt_instant(1).unwrap_or(now) + ATTEMPTS_WINDOW;
            return Err(AccessError::TooManyAttempts { retry_at });
        }
    }
    tx.execute(
        "INSERT INTO sign_in_attempt (tenant_id, attempt_id, login, address, at) \
         SELECT $1, coalesce(max(attempt_id), 0) + 1, $2, $3, $4 FROM sign_in_attempt \
         WHERE tenant_id = $1",
        args![tenant, login, address, now],
    )
    .await?;
    Ok(())
}

async fn stored_hash(reader: &mut Reader, login: &str) -> Result<Option<PasswordHash>, DbError> {
    let args: [Arg<'_>; 2] = [reader.tenant().into(), login.into()];
    let row = reader
        .row(
            "SELECT password_hash FROM user_account \
             WHERE tenant_id = $1 AND login = $2 AND disabled = 0",
            &args,
        )
        .await?;
    Ok(row.map(|row| PasswordHash::from_stored(row.text(0))))
}
