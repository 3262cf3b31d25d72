//! Who is paid: a partner's name and address on papers, its tax, and its account.
//!
//! # Invariants
//!
//! * An account is paid to only after somebody else confirmed it than who entered it.
//! * The audit trail and whoever only reads are shown the end of an account number.

use std::collections::{BTreeSet, HashMap};

use domain::amount::Currency;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;

use super::check::{IdentifierError, Registration};
use super::party::{Account, Address, Treatment, check_account};
use crate::access::Actor;
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx};

/// Why a payee is not changed.
#[derive(Debug, Error)]
pub enum PayeeError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
    #[error("the account: {0}")]
    Account(String),
    #[error("name who the account belongs to, as the bank knows them")]
    NoHolder,
    #[error("a rate of value added tax is a share of 1 below 1, such as 0.19")]
    Rate,
    #[error("the one who entered the account cannot confirm it; ask a second person")]
    FourEyes,
    #[error("`{0}` is no currency to settle by credit note in; write ISO 4217, such as JPY")]
    Currency(String),
    #[error("there is no account to confirm")]
    NothingAsked,
}

/// What stands on papers about a partner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payee {
    /// The legal name; empty means the partner's own.
    pub name: String,
    pub address: Address,
    /// `T` and 13 digits in Japan, a VAT number elsewhere; may be empty.
    pub tax_number: String,
    pub treatment: Treatment,
    /// Currencies (ISO 4217) that are settled by credit note; all others go by the bank.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub credited_in: BTreeSet<String>,
}

impl Payee {
    /// Whether what is owed in a currency is settled by credit note.
    pub fn is_credited_in(&self, unit: &str) -> bool {
        self.credited_in.contains(unit)
    }
}

/// An account somebody entered that nobody has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub account: Account,
    pub by: String,
    pub by_id: String,
    pub at: Timestamp,
}

/// A payee as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayeeRow {
    pub details: Payee,
    /// What is paid to.
    pub account: Option<Account>,
    pub confirmed: Option<(String, Timestamp)>,
    pub asked: Option<Asked>,
}

const COLUMNS: &str = "SELECT partner_id, details, account, asked, asked_by, asked_by_id, \
    asked_at, confirmed_by, confirmed_at FROM payee WHERE tenant_id = $1";

fn payee_row(row: &Row) -> PayeeRow {
    let account = |column| serde_json::from_str(row.opt_text(column)?).ok();
    let asked = || {
        Some(Asked {
            account: account(3)?,
            by: row.opt_string(4)?,
            by_id: row.opt_string(5)?,
            at: row.opt_instant(6)?,
        })
    };
    PayeeRow {
        details: serde_json::from_str(row.text(1)).unwrap_or_default(),
        account: account(2),
        confirmed: row.opt_string(7).zip(row.opt_instant(8)),
        asked: asked(),
    }
}

/// What is known of a partner; nothing yet is an empty payee.
pub async fn payee(reader: &mut Reader, partner_id: i64) -> Result<PayeeRow, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND partner_id = $2");
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, partner_id]).await?;
    Ok(row.as_ref().map(payee_row).unwrap_or_default())
}

/// All that are known, by partner.
pub async fn payees(reader: &mut Reader) -> Result<HashMap<i64, PayeeRow>, DbError> {
    let tenant = reader.tenant();
    let rows = reader.rows(COLUMNS, args![tenant]).await?;
    Ok(rows.iter().map(|row| (row.int(0), payee_row(row))).collect())
}

/// Changes what stands on papers.
pub async fn save_details(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (partner_id, code): (i64, &str),
    details: &Payee,
) -> Result<(), PayeeError> {
    let details = checked(details)?;
    let before = payee(tx, partner_id).await?;
    if before.details == details {
        return Ok(());
    }
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO payee (tenant_id, partner_id, details, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant_id, partner_id) DO UPDATE SET details = excluded.details, \
         updated_at = excluded.updated_at",
        args![tenant, partner_id, json_of(&details), now],
    )
    .await?;
    let value = |details: &Payee| serde_json::to_value(details).unwrap_or_default();
    let entry = Entry::change("payee", code, value(&before.details), value(&details));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

/// Whether this could be saved, before anything is: the details first.
pub fn check(details: &Payee, account: Option<&Account>) -> Result<(), PayeeError> {
    checked(details)?;
    account.map_or(Ok(()), checked_account)
}

fn checked_account(account: &Account) -> Result<(), PayeeError> {
    if account.holder().trim().is_empty() {
        return Err(PayeeError::NoHolder);
    }
    check_account(account).map_err(PayeeError::Account)
}

impl PayeeRow {
    /// Whether saving this would change anything.
    pub fn has(&self, details: &Payee, account: Option<&Account>) -> bool {
        let known = |account: &Account| match &self.asked {
            Some(asked) => asked.account == *account,
            None => self.account.as_ref() == Some(account),
        };
        self.details == *details && account.is_none_or(known)
    }
}

fn checked(details: &Payee) -> Result<Payee, PayeeError> {
    let mut details = details.clone();
    details.tax_number = details.tax_number.trim().to_owned();
    if details.address.is_in("JP") && !details.tax_number.is_empty() {
        details.tax_number = Registration::parse(&details.tax_number)?.to_string();
    }
    if let Some(bad) = details.credited_in.iter().find(|unit| Currency::parse(unit).is_none()) {
        return Err(PayeeError::Currency(bad.clone()));
    }
    if let Treatment::Vat { rate } = details.treatment
        && (rate.is_sign_negative() || rate >= rust_decimal::Decimal::ONE)
    {
        return Err(PayeeError::Rate);
    }
    Ok(details)
}

/// Enters an account, for somebody else to confirm. What is paid to stays as it was until then.
pub async fn ask_account(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (partner_id, code): (i64, &str),
    account: &Account,
) -> Result<(), PayeeError> {
    checked_account(account)?;
    let before = payee(tx, partner_id).await?;
    if before.has(&before.details, Some(account)) {
        return Ok(());
    }
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO payee (tenant_id, partner_id, details, asked, asked_by, asked_by_id, \
         asked_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
         ON CONFLICT (tenant_id, partner_id) DO UPDATE SET asked = excluded.asked, \
         asked_by = excluded.asked_by, asked_by_id = excluded.asked_by_id, \
         asked_at = excluded.asked_at, updated_at = excluded.updated_at",
        args![
            tenant,
            partner_id,
            json_of(&before.details),
            json_of(account),
            actor.name(),
            actor.public_id().unwrap_or("system"),
            now
        ],
    )
    .await?;
    let was = before.account.as_ref().map(Account::masked);
    let (was, is) = (json!({ "account": was }), json!({ "account": account.masked() }));
    let entry = Entry::of("ask", "payee", code, Some(was), Some(is));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

/// What is done about an account that was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Confirm,
    Discard,
}

/// Confirms an account, so that it is paid to, or discards it.
pub async fn decide_account(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (partner_id, code): (i64, &str),
    decision: Decision,
) -> Result<(), PayeeError> {
    let before = payee(tx, partner_id).await?;
    let asked = before.asked.ok_or(PayeeError::NothingAsked)?;
    let tenant = tx.tenant();
    let action = match decision {
        Decision::Confirm => {
            if asked.by_id == actor.public_id().unwrap_or("system") {
                return Err(PayeeError::FourEyes);
            }
            tx.execute(
                "UPDATE payee SET account = asked, confirmed_by = $3, confirmed_at = $4 \
                 WHERE tenant_id = $1 AND partner_id = $2",
                args![tenant, partner_id, actor.name(), now],
            )
            .await?;
            "confirm"
        }
        Decision::Discard => "discard",
    };
    tx.execute(
        "UPDATE payee SET asked = NULL, asked_by = NULL, asked_by_id = NULL, asked_at = NULL, \
         updated_at = $3 WHERE tenant_id = $1 AND partner_id = $2",
        args![tenant, partner_id, now],
    )
    .await?;
    let was = json!({ "account": before.account.as_ref().map(Account::masked) });
    let is = json!({ "account": asked.account.masked() });
    let entry = Entry::of(action, "payee", code, Some(was), Some(is));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

fn json_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
