//! What the vendor says of itself: on papers, to its bank, and in its books.

use std::collections::BTreeMap;

use domain::amount::Currency;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;

use super::accounting::Chart;
use super::check::Registration;
use super::kana;
use super::party::{Account, Address, Digits, check_account};
use super::tax::{Basis, TaxRounding};
use crate::access::Actor;
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Tx};

/// Why settings are refused. Nothing was changed.
#[derive(Debug, Error)]
pub enum SettingsError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("{field}: {problem}")]
    Bad { field: String, problem: String },
}

/// An account the vendor pays from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnAccount {
    /// By which payment runs name it.
    pub code: String,
    /// ISO 4217.
    pub currency: String,
    pub account: Account,
}

/// The vendor as a company. Fields that are added later have defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Company {
    /// Legal names by language: `en`, `ja`.
    pub names: BTreeMap<String, String>,
    pub address: Address,
    /// The address as Japanese papers write it, if it is another text.
    pub address_ja: Option<Address>,
    /// Of a Japanese issuer of qualified invoices.
    pub registration: Option<Registration>,
    /// For value added tax elsewhere.
    pub vat_number: String,
    /// Who answers questions about a statement.
    pub contact: String,
    /// The code the bank gave for transfer files (委託者コード).
    pub client_code: Option<Digits<10>>,
    /// The name of the orderer in kana.
    pub client_name: String,
    pub accounts: Vec<OwnAccount>,
    pub tax_basis: Basis,
    pub tax_rounding: TaxRounding,
    /// Programs on goods of the reduced rate.
    pub reduced_programs: Vec<String>,
    /// Days after the end of a payout period when it is due; none said means 30.
    pub due_days: Option<u16>,
}

/// Where nothing is said, a payout is due so many days after its period.
const DUE_DAYS: u16 = 30;

impl Company {
    pub fn due_days(&self) -> u16 {
        self.due_days.unwrap_or(DUE_DAYS)
    }

    pub fn own_account(&self, code: &str) -> Option<&OwnAccount> {
        self.accounts.iter().find(|own| own.code == code)
    }

    /// The name on papers of a language, or any.
    pub fn name(&self, language: &str) -> Option<&str> {
        let named = self.names.get(language).or_else(|| self.names.get("en"));
        let any = || self.names.values().find(|name| !name.trim().is_empty());
        named.filter(|name| !name.trim().is_empty()).or_else(any).map(String::as_str)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let bad =
            |field: &str, problem: String| SettingsError::Bad { field: field.into(), problem };
        if let Some(registration) = &self.registration {
            Registration::parse_corporate(registration.as_str())
                .map_err(|error| bad("registration", error.to_string()))?;
        }
        kana::fold(&self.client_name).map_err(|error| bad("client_name", error.to_string()))?;
        for (at, own) in self.accounts.iter().enumerate() {
            let field = format!("accounts.{}", own.code);
            if own.code.trim().is_empty() {
                return Err(bad(&field, "give the account a short code".into()));
            }
            if self.accounts[..at].iter().any(|other| other.code == own.code) {
                return Err(bad(&field, "two accounts have this code".into()));
            }
            if Currency::parse(&own.currency).is_none() {
                let problem = format!("`{}` is no currency; write ISO 4217", own.currency);
                return Err(bad(&field, problem));
            }
            check_account(&own.account).map_err(|problem| bad(&field, problem))?;
        }
        Ok(())
    }

    /// What the audit trail keeps: account numbers only by their ends.
    fn audited(&self) -> serde_json::Value {
        let accounts: Vec<_> = self
            .accounts
            .iter()
            .map(|own| json!([own.code, own.currency, own.account.masked()]))
            .collect();
        let mut value = serde_json::to_value(self).unwrap_or_default();
        value["accounts"] = json!(accounts);
        value
    }
}

const COMPANY: &str = "company";
const ACCOUNTING: &str = "accounting";

/// The vendor as a company; empty until somebody has said it.
pub async fn company(reader: &mut Reader) -> Result<Company, DbError> {
    load(reader, COMPANY).await
}

pub async fn save_company(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    company: &Company,
) -> Result<(), SettingsError> {
    company.check()?;
    let before = self::company(tx).await?;
    if before == *company {
        return Ok(());
    }
    store(tx, now, COMPANY, company).await?;
    let entry = Entry::change("company", COMPANY, before.audited(), company.audited());
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

/// The vendor's chart of accounts; empty until somebody has said it.
pub async fn chart(reader: &mut Reader) -> Result<Chart, DbError> {
    load(reader, ACCOUNTING).await
}

pub async fn save_chart(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    chart: &Chart,
) -> Result<(), SettingsError> {
    for row in &chart.accounts {
        if row.role.trim().is_empty() || row.code.trim().is_empty() {
            let problem = "an account needs a role and a code".to_owned();
            return Err(SettingsError::Bad { field: "accounts".into(), problem });
        }
    }
    let before = self::chart(tx).await?;
    if before == *chart {
        return Ok(());
    }
    store(tx, now, ACCOUNTING, chart).await?;
    let value = |chart: &Chart| serde_json::to_value(chart).unwrap_or_default();
    let entry = Entry::change("chart", ACCOUNTING, value(&before), value(chart));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

async fn load<T: DeserializeOwned + Default>(
    reader: &mut Reader,
    name: &str,
) -> Result<T, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT body FROM paper_setting WHERE tenant_id = $1 AND name = $2",
            args![tenant, name],
        )
        .await?;
    Ok(row.and_then(|row| serde_json::from_str(row.text(0)).ok()).unwrap_or_default())
}

async fn store<T: Serialize>(
    tx: &mut Tx,
    now: Timestamp,
    name: &str,
    value: &T,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let body = serde_json::to_string(value).unwrap_or_default();
    tx.execute(
        "INSERT INTO paper_setting (tenant_id, name, body, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant_id, name) DO UPDATE SET body = excluded.body, \
         updated_at = excluded.updated_at",
        args![tenant, name, body, now],
    )
    .await?;
    Ok(())
}
