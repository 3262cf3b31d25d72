//! People of companies: which user is which partner of kind `person`, a member of its own.
//!
//! # Promises
//!
//! * A user is one person, and a person is one user.
//! * Master data knows whose person it is: its `parent` is the company.

use std::collections::BTreeMap;

use domain::code::PartnerCode;
use jiff::Timestamp;

use crate::args;
use crate::db::{Column, DbError, Reader, Tx};

/// What the field `kind` of such a partner says.
pub const KIND: &str = "person";
/// The role in which facts of the product name the person who did something.
pub const ROLE: &str = "person";

/// The partner that a user is by itself.
pub async fn person_of(reader: &mut Reader, user_id: i64) -> Result<Option<i64>, DbError> {
    let row = reader
        .row(
            "SELECT partner_id FROM person_user WHERE tenant_id = $1 AND user_id = $2",
            args![reader.tenant(), user_id],
        )
        .await?;
    Ok(row.map(|row| row.int(0)))
}

/// The user that a partner is, by its public id, if the partner is a person with one.
pub async fn user_of(reader: &mut Reader, partner_id: i64) -> Result<Option<String>, DbError> {
    let row = reader
        .row(
            "SELECT u.public_id FROM person_user m JOIN user_account u \
             ON u.tenant_id = m.tenant_id AND u.user_id = m.user_id \
             WHERE m.tenant_id = $1 AND m.partner_id = $2",
            args![reader.tenant(), partner_id],
        )
        .await?;
    Ok(row.map(|row| row.string(0)))
}

/// The partners that users are by themselves, by their public ids.
pub async fn people_of(
    reader: &mut Reader,
    users: Vec<String>,
) -> Result<BTreeMap<String, PartnerCode>, DbError> {
    let rows = reader
        .lookup(
            "SELECT u.public_id, p.code FROM {keys} CROSS JOIN user_account u \
             JOIN person_user m ON m.tenant_id = u.tenant_id AND m.user_id = u.user_id \
             JOIN partner p ON p.tenant_id = m.tenant_id AND p.partner_id = m.partner_id \
             WHERE u.tenant_id = k.tenant AND u.public_id = k.k1",
            args![],
            vec![Column::Text(users)],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), PartnerCode::new(row.text(1)))).collect())
}

/// From now on a user is a partner by itself. Nothing happens if it is one already, or the partner is
/// somebody else; it says whether it was done.
pub async fn link(
    tx: &mut Tx,
    now: Timestamp,
    (user_id, partner_id): (i64, i64),
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let taken = tx
        .row(
            "SELECT 1 FROM person_user WHERE tenant_id = $1 AND (user_id = $2 OR partner_id = $3)",
            args![tenant, user_id, partner_id],
        )
        .await?;
    if taken.is_some() {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO person_user (tenant_id, user_id, partner_id, at) VALUES ($1, $2, $3, $4)",
        args![tenant, user_id, partner_id, now],
    )
    .await?;
    Ok(true)
}
