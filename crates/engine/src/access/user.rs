//! User accounts.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{AccessError, Actor, LOGIN_CHARS_MAX, PasswordHash, Role, end_sessions_of};
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx, args};
use crate::id::{Id, Kind};

/// Someone who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub user_id: i64,
    pub id: String,
    /// Lower case; often an e-mail address.
    pub login: String,
    pub name: String,
    pub role: Role,
    /// `en`, `ja`.
    pub language: String,
    pub theme: Theme,
    pub disabled: bool,
    pub created_at: Timestamp,
}

/// Light, dark, or as the device is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    #[default]
    Device,
    Light,
    Dark,
}

/// What a new user is made of.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub login: String,
    pub name: String,
    pub password: PasswordHash,
    pub role: Role,
    pub language: String,
}

/// What can be changed of a user; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    pub name: Option<String>,
    pub role: Option<Role>,
    pub language: Option<String>,
    pub theme: Option<Theme>,
}

impl Theme {
    pub fn word(self) -> &'static str {
        match self {
            Theme::Device => "device",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn from_word(word: &str) -> Option<Theme> {
        [Theme::Device, Theme::Light, Theme::Dark].into_iter().find(|theme| theme.word() == word)
    }
}

impl User {
    /// The user as someone who does things.
    pub fn actor(&self) -> Actor {
        let id = Id::parse(Kind::User, &self.id).expect("the database holds ids of our making");
        Actor::User { id, name: self.name.clone(), role: self.role }
    }

    fn audited(&self) -> Value {
        json!({
            "login": self.login, "name": self.name, "role": self.role.word(),
            "partner_id": self.role.partner(), "language": self.language,
            "theme": self.theme.word(), "disabled": self.disabled,
        })
    }
}

/// What every statement about users selects, in the order [`user_of`] reads.
macro_rules! user_columns {
    () => {
        "u.user_id, u.public_id, u.login, u.name, u.role, u.partner_id, u.language, u.theme, \
         u.disabled, u.created_at"
    };
}
pub(super) use user_columns;

macro_rules! select_user {
    ($rest:literal) => {
        concat!("SELECT ", user_columns!(), " FROM user_account u ", $rest)
    };
}

/// How many columns that are.
pub(super) const USER_COLUMNS: usize = 10;

pub(super) fn user_of(row: &Row) -> User {
    let role = Role::from_word(row.text(4), row.opt_int(5));
    User {
        user_id: row.int(0),
        id: row.string(1),
        login: row.string(2),
        name: row.string(3),
        role: role.expect("the table allows no other role"),
        language: row.string(6),
        theme: Theme::from_word(row.text(7)).unwrap_or_default(),
        disabled: row.bool(8),
        created_at: row.instant(9),
    }
}

/// How a login is compared: without the spaces around it, in lower case.
pub(super) fn normal_login(login: &str) -> String {
    login.trim().to_lowercase()
}

/// Makes a user.
pub async fn create_user(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    new: NewUser,
) -> Result<User, AccessError> {
    let login = normal_login(&new.login);
    let long_enough = (3..=LOGIN_CHARS_MAX).contains(&login.chars().count());
    if !long_enough || login.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(AccessError::BadLogin { login: new.login });
    }
    if user_by_login(tx, &login).await?.is_some() {
        return Err(AccessError::LoginTaken { login });
    }
    check_partner(tx, new.role).await?;
    let tenant = tx.tenant();
    let next = tx
        .row(
            "SELECT coalesce(max(user_id), 0) + 1 FROM user_account WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let user = User {
        user_id: next.map_or(1, |row| row.int(0)),
        id: Id::new(Kind::User, now).into(),
        login,
        name: new.name,
        role: new.role,
        language: new.language,
        theme: Theme::default(),
        disabled: false,
        created_at: now,
    };
    tx.execute(
        "INSERT INTO user_account (tenant_id, user_id, public_id, login, name, password_hash, \
         role, partner_id, language, theme, disabled, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $11)",
        args![
            tenant,
            user.user_id,
            &user.id,
            &user.login,
            &user.name,
            new.password.as_str(),
            user.role.word(),
            user.role.partner(),
            &user.language,
            user.theme.word(),
            now,
        ],
    )
    .await?;
    audit::append(tx, now, actor, Entry::create("user", &user.id, user.audited())).await?;
    Ok(user)
}

/// The user with that public id.
pub async fn find_user(reader: &mut Reader, id: &str) -> Result<Option<User>, DbError> {
    let tenant = reader.tenant();
    let sql = select_user!("WHERE u.tenant_id = $1 AND u.public_id = $2");
    Ok(reader.row(sql, args![tenant, id]).await?.as_ref().map(user_of))
}

/// The user with that login.
pub async fn user_by_login(reader: &mut Reader, login: &str) -> Result<Option<User>, DbError> {
    let tenant = reader.tenant();
    let sql = select_user!("WHERE u.tenant_id = $1 AND u.login = $2");
    Ok(reader.row(sql, args![tenant, normal_login(login)]).await?.as_ref().map(user_of))
}

/// All users by login, or those of one partner.
pub async fn users(reader: &mut Reader, partner_id: Option<i64>) -> Result<Vec<User>, DbError> {
    let tenant = reader.tenant();
    let sql = select_user!(
        "WHERE u.tenant_id = $1 AND ($2 IS NULL OR u.partner_id = $2) ORDER BY u.login"
    );
    Ok(reader.rows(sql, args![tenant, partner_id]).await?.iter().map(user_of).collect())
}

/// Changes what a user may decide or an administrator decides for them.
pub async fn change_user(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    id: &str,
    change: UserChange,
) -> Result<User, AccessError> {
    let before = existing(tx, id).await?;
    let mut after = before.clone();
    after.name = change.name.unwrap_or(after.name);
    after.role = change.role.unwrap_or(after.role);
    after.language = change.language.unwrap_or(after.language);
    after.theme = change.theme.unwrap_or(after.theme);
    if before.role != after.role {
        check_partner(tx, after.role).await?;
    }
    save(tx, now, actor, &before, &after).await?;
    Ok(after)
}

/// Shuts a user out, ending their sessions, or lets them in again.
pub async fn set_user_disabled(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    id: &str,
    disabled: bool,
) -> Result<User, AccessError> {
    let before = existing(tx, id).await?;
    let after = User { disabled, ..before.clone() };
    save(tx, now, actor, &before, &after).await?;
    if disabled {
        end_sessions_of(tx, after.user_id).await?;
    }
    Ok(after)
}

/// Gives a user another password and ends their sessions.
pub async fn set_password(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    id: &str,
    password: &PasswordHash,
) -> Result<(), AccessError> {
    let user = existing(tx, id).await?;
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE user_account SET password_hash = $3, updated_at = $4 \
         WHERE tenant_id = $1 AND user_id = $2",
        args![tenant, user.user_id, password.as_str(), now],
    )
    .await?;
    end_sessions_of(tx, user.user_id).await?;
    audit::append(tx, now, actor, Entry::of("set_password", "user", id, None, None)).await?;
    Ok(())
}

async fn existing(tx: &mut Tx, id: &str) -> Result<User, AccessError> {
    find_user(tx, id).await?.ok_or(AccessError::NotFound { what: "user" })
}

async fn save(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    before: &User,
    after: &User,
) -> Result<(), AccessError> {
    if before == after {
        return Ok(());
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE user_account SET name = $3, role = $4, partner_id = $5, language = $6, \
         theme = $7, disabled = $8, updated_at = $9 WHERE tenant_id = $1 AND user_id = $2",
        args![
            tenant,
            after.user_id,
            &after.name,
            after.role.word(),
            after.role.partner(),
            &after.language,
            after.theme.word(),
            after.disabled,
            now,
        ],
    )
    .await?;
    let left = tx
        .row(
            "SELECT count(*) FROM user_account \
             WHERE tenant_id = $1 AND role = 'administrator' AND disabled = 0",
            args![tenant],
        )
        .await?;
    if before.role == Role::Administrator && left.is_none_or(|row| row.int(0) == 0) {
        return Err(AccessError::LastAdministrator);
    }
    let entry = Entry::change("user", &after.id, before.audited(), after.audited());
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

async fn check_partner(tx: &mut Tx, role: Role) -> Result<(), AccessError> {
    let Role::Partner { partner_id } = role else {
        return Ok(());
    };
    let tenant = tx.tenant();
    let known = tx
        .row(
            "SELECT 1 FROM partner WHERE tenant_id = $1 AND partner_id = $2",
            args![tenant, partner_id],
        )
        .await?;
    known.map(|_| ()).ok_or(AccessError::NoPartner { partner_id })
}
