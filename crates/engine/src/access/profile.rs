//! What somebody says of themselves: for the vendor's people who call.

use jiff::Timestamp;
use serde_json::json;

use super::{AccessError, Actor, User, UserChange, change_user};
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Tx, args};

/// No part of a profile is longer.
pub const PROFILE_CHARS_MAX: usize = 200;

/// A profile, as its owner wrote it. What was left out is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    pub name: String,
    pub job: String,
    pub phone: String,
}

impl Profile {
    /// Whether nothing is left out.
    pub fn is_complete(&self) -> bool {
        [&self.name, &self.job, &self.phone].iter().all(|part| !part.is_empty())
    }

    /// The same without outer spaces, and no longer than may be.
    fn trimmed(&self) -> Profile {
        let part = |text: &String| text.trim().chars().take(PROFILE_CHARS_MAX).collect();
        Profile { name: part(&self.name), job: part(&self.job), phone: part(&self.phone) }
    }
}

pub async fn profile(reader: &mut Reader, user: &User) -> Result<Profile, DbError> {
    let row = reader
        .row(
            "SELECT job, phone FROM user_profile WHERE tenant_id = $1 AND user_id = $2",
            args![reader.tenant(), user.user_id],
        )
        .await?;
    let (job, phone) = row.map(|row| (row.string(0), row.string(1))).unwrap_or_default();
    Ok(Profile { name: user.name.clone(), job, phone })
}

/// Keeps what somebody says of themselves, and gives it back as it is kept. A name cannot be empty.
pub async fn set_profile(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    user: &User,
    new: &Profile,
) -> Result<Profile, AccessError> {
    let (before, new) = (profile(tx, user).await?, new.trimmed());
    let new = if new.name.is_empty() { Profile { name: user.name.clone(), ..new } } else { new };
    if new.name != before.name {
        let change = UserChange { name: Some(new.name.clone()), ..UserChange::default() };
        change_user(tx, now, actor, &user.id, change).await?;
    }
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO user_profile (tenant_id, user_id, job, phone, updated_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, user_id) DO UPDATE \
         SET job = excluded.job, phone = excluded.phone, updated_at = excluded.updated_at",
        args![tenant, user.user_id, &new.job, &new.phone, now],
    )
    .await?;
    let told = |of: &Profile| Some(json!({ "job": of.job, "phone": of.phone }));
    let entry = Entry::of("change", "user_profile", &user.id, told(&before), told(&new));
    audit::append(tx, now, actor, entry).await?;
    Ok(new)
}
