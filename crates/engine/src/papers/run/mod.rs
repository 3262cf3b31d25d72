//! Payment runs: from approved payouts to a file for the bank, and from the bank's word to the
//! ledger.
//!
//! # Invariants
//!
//! * The file holds exactly the transfers that the run lists, and its bytes are kept: who fetches
//!   it again gets the same.
//! * What cannot be paid is an [`Exception`] with its reason before there is a file; it holds back
//!   nobody else.
//! * The bank is asked to pay on a day on which it does: weekends and the bank holidays of its
//!   country, as far as the vendor has entered them, lead to the next one.
//! * A payout is in one file at most. Said to be paid, its amount and the tax on top of it leave
//!   what is payable in the ledger; withdrawn, everything is as before.
//! * A transfer that the bank sends back is owed again, and goes into the next file.

mod plan;
mod store;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::json;
use sha2::{Digest, Sha256};
use thiserror::Error;

use domain::amount::Currency;
use domain::period::day_of;

use super::party::Account;
use super::settings::{self, Company, OwnAccount};
use super::statement::{self, StatementError};
use super::{pain001, zengin};
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Tx};
use crate::rules::Rules;
use crate::settle::filed::{self, Way};
use crate::settle::{self, SettleError};

pub use plan::{Calendar, Exception, Fault, Plan, Ready, plan};
pub(super) use plan::{changed, held};
pub use store::{PaymentRow, RunRow, RunStatus, file_of, payments, run, runs};

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// ISO 20022 `pain.001.001.09`.
    Pain001,
    /// 全銀フォーマット
    Zengin,
}

impl Format {
    pub const ALL: [Format; 2] = [Format::Pain001, Format::Zengin];

    pub fn word(self) -> &'static str {
        match self {
            Format::Pain001 => "pain001",
            Format::Zengin => "zengin",
        }
    }

    pub fn from_word(word: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.word() == word)
    }

    /// What an account of the vendor can order.
    pub fn of(own: &OwnAccount) -> Format {
        match own.account {
            Account::Japan(_) => Format::Zengin,
            Account::Iban(_) | Account::Other(_) => Format::Pain001,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Format::Pain001 => "xml",
            Format::Zengin => "txt",
        }
    }
}

/// Why there is no payment file. Nothing was changed.
#[derive(Debug, Error)]
pub enum RunError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Settle(#[from] SettleError),
    #[error(transparent)]
    Statement(#[from] StatementError),
    #[error("the vendor has no account `{0}`; add it to the company's settings")]
    NoAccount(String),
    #[error("nothing can be paid: no approved payout is due, or all are exceptions")]
    Nothing,
    #[error("the bank cannot pay on {day}, which is past; choose a day from {today} on")]
    Past { day: Date, today: Date },
    #[error("the vendor's own data do not fit the file: {0}")]
    Pain(#[from] pain001::PainError),
    #[error("the vendor's own data do not fit the file: {0}")]
    Zengin(#[from] zengin::ZenginError),
    #[error("what would be paid has changed since it was shown; look at it again")]
    Moved,
    #[error("payment file `{number}` is {status}; only what the bank paid can come back")]
    NotPaid { number: String, status: &'static str },
    #[error("transfer {position} of payment file `{number}` came back already")]
    ReturnedAlready { number: String, position: i64 },
    #[error("a transfer comes back on a day from {from}, when it was paid, to {to}")]
    BadDay { from: Date, to: Date },
    #[error("payment file `{number}` is {status} already")]
    NotNow { number: String, status: &'static str },
    #[error("it is not there")]
    NotFound,
}

/// What is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Code of the vendor's account, which says currency and format.
    pub account: String,
    /// What is due by this day.
    pub until: Date,
    /// When the bank is to pay; if it does not on that day, on the next on which it does.
    pub day: Date,
    /// What the asker saw would be paid; something else is refused.
    pub total: Option<Decimal>,
}

/// Issues the statements that are missing for what is due: a payment needs one for each payout.
/// Each is a commit of its own, so that many do not hold up others.
pub async fn state_all(
    office: &crate::office::Office,
    actor: &Actor,
    (until, unit): (Option<Date>, Option<&str>),
) -> Result<Vec<statement::StatementRow>, RunError> {
    let mut reader = office.db().read().await?;
    let rules = office.rules(&mut reader).await.map_err(SettleError::from)?;
    let master = office.master(&mut reader).await?;
    let open = statement::open(&mut reader, &rules, until).await?;
    drop(reader);
    let mut issued = Vec::new();
    for open in open.into_iter().filter(|open| unit.is_none_or(|unit| open.unit == unit)) {
        let mut tx = office.db().write().await?;
        let now = office.now();
        match statement::issue(&mut tx, &rules, &master, actor, now, &open).await {
            Ok(row) => {
                tx.commit().await?;
                issued.push(row);
            }
            // Somebody else was faster.
            Err(StatementError::Nothing) => tx.rollback().await?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(issued)
}

/// Makes a payment file of all that can be paid, and keeps it.
pub async fn create(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    asked: &Asked,
) -> Result<RunRow, RunError> {
    let company = settings::company(tx).await?;
    let own = company
        .own_account(&asked.account)
        .ok_or_else(|| RunError::NoAccount(asked.account.clone()))?;
    let zone = statement::zone(tx).await?;
    let today = day_of(now, &zone);
    if asked.day < today {
        return Err(RunError::Past { day: asked.day, today });
    }
    let found = plan(tx, rules, master, &asked.account, asked.until, asked.day).await?;
    if found.ready.is_empty() {
        return Err(RunError::Nothing);
    }
    if asked.total.is_some_and(|total| total != found.total()) {
        return Err(RunError::Moved);
    }
    let run_id = store::next_id(tx).await?;
    let number = format!("PR-{}-{run_id:04}", today.year());
    let format = Format::of(own);
    let day = found.day;
    let made = Made { company: &company, own, number: &number, run_id, now, zone, day };
    let bytes = made.bytes(&found)?;
    let file_name = format!("{number}.{}", format.extension());
    let new = store::NewRun {
        run_id,
        number: &number,
        format,
        asked,
        day,
        unit: &own.currency,
        total: found.total(),
        file_name: &file_name,
        content_hash: crate::hex::hex(&Sha256::digest(&bytes)),
        body: bytes,
    };
    let row = store::add(tx, actor, now, new, &found.ready).await?;
    let statements: Vec<i64> = found
        .ready
        .iter()
        .flat_map(|ready| ready.statements.iter().map(|statement| statement.statement_id))
        .collect();
    statement::set_run(tx, &statements, Some(run_id)).await?;
    let payouts = statement::payouts_of(tx, &statements).await?;
    let ids: Vec<String> = payouts.into_iter().map(|payout| payout.payout).collect();
    filed::file(tx, &row.number, &ids).await?;
    let said = json!({
        "payments": row.payments,
        "total": row.total.to_string(),
        "unit": row.unit,
        "sha256": row.content_hash,
    });
    let entry = Entry::of("file", "payment_run", number, None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(row)
}

/// What a file is made of, beside its transfers.
struct Made<'a> {
    company: &'a Company,
    own: &'a OwnAccount,
    number: &'a str,
    run_id: i64,
    now: Timestamp,
    zone: TimeZone,
    day: Date,
}

impl Made<'_> {
    fn bytes(&self, plan: &Plan) -> Result<Vec<u8>, RunError> {
        match &self.own.account {
            Account::Japan(account) => {
                let code = self.company.client_code.as_ref();
                let orderer = zengin::Orderer {
                    client_code: code.map(|c| c.as_str().to_owned()).unwrap_or_default(),
                    name: self.company.client_name.clone(),
                    account: account.clone(),
                    day: self.day,
                };
                let transfers = plan.ready.iter().zip(1..).filter_map(|(ready, position)| {
                    plan::zengin_transfer(ready, plan::reference_of(self.run_id, position))
                });
                Ok(zengin::file(&orderer, &transfers.collect::<Vec<_>>())?)
            }
            Account::Iban(_) | Account::Other(_) => {
                let currency = Currency::parse(&self.own.currency);
                let currency =
                    currency.ok_or_else(|| RunError::NoAccount(self.own.code.clone()))?;
                let orderer = pain001::Orderer {
                    message_id: self.number.to_owned(),
                    created: self.zone.to_datetime(self.now),
                    name: self.company.name("en").unwrap_or_default().to_owned(),
                    address: self.company.address.clone(),
                    account: self.own.account.clone(),
                    currency,
                    day: self.day,
                };
                let transfers: Vec<_> = plan
                    .ready
                    .iter()
                    .zip(1_i64..)
                    .map(|(ready, position)| {
                        plan::pain_transfer(ready, &format!("{}-{position:05}", self.number))
                    })
                    .collect();
                Ok(pain001::file(&orderer, &transfers)?)
            }
        }
    }
}

/// Says that the bank paid the file, and posts it.
pub async fn paid(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
) -> Result<RunRow, RunError> {
    let found = filed_run(tx, id).await?;
    let statements = store::statements_of(tx, found.run_id).await?;
    let payouts = statement::payouts_of(tx, &statements).await?;
    let ids: Vec<String> = payouts.iter().map(|payout| payout.payout.clone()).collect();
    filed::pay(tx, actor, now, (&found.number, Way::Transfer), &ids).await?;
    for on in &payouts {
        filed::post_tax(tx, now, (&on.payout, on.tax), Way::Transfer).await?;
    }
    end(tx, actor, now, found, RunStatus::Paid).await
}

/// Takes a file back that the bank did not get or refused. Its statements can be paid again.
pub async fn withdraw(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
) -> Result<RunRow, RunError> {
    let found = filed_run(tx, id).await?;
    let statements = store::statements_of(tx, found.run_id).await?;
    let payouts = statement::payouts_of(tx, &statements).await?;
    let ids: Vec<String> = payouts.into_iter().map(|payout| payout.payout).collect();
    filed::unfile(tx, &ids).await?;
    statement::set_run(tx, &statements, None).await?;
    end(tx, actor, now, found, RunStatus::Withdrawn).await
}

/// What the bank said about a transfer it sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    pub day: Date,
    /// In the words of the bank, or of whoever read them.
    pub reason: String,
}

/// Takes one transfer of a paid file back that the bank returned. Its money is here and owed
/// again, and its statements are for the next file.
pub async fn send_back(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (id, position): (&str, i64),
    returned: &Returned,
) -> Result<RunRow, RunError> {
    let reason = returned.reason.trim();
    if reason.is_empty() || reason.chars().count() > settle::COMMENT_CHARS_MAX {
        return Err(SettleError::NoReason.into());
    }
    let found = run(tx, id).await?.ok_or(RunError::NotFound)?;
    let (number, status) = (found.number.clone(), found.status.word());
    if found.status != RunStatus::Paid {
        return Err(RunError::NotPaid { number, status });
    }
    let today = day_of(now, &statement::zone(tx).await?);
    if returned.day < found.day || returned.day > today {
        return Err(RunError::BadDay { from: found.day, to: today });
    }
    let transfers = payments(tx, found.run_id).await?;
    let transfer = transfers.into_iter().find(|transfer| transfer.position == position);
    let transfer = transfer.ok_or(RunError::NotFound)?;
    if transfer.returned.is_some() {
        return Err(RunError::ReturnedAlready { number, position });
    }
    let statements = store::statements_to(tx, found.run_id, transfer.partner_id).await?;
    let payouts = statement::payouts_of(tx, &statements).await?;
    let ids: Vec<String> = payouts.iter().map(|payout| payout.payout.clone()).collect();
    let why = format!("{number}, {}: {reason}", returned.day);
    filed::unpay(tx, actor, now, (Way::Transfer, &why), &ids).await?;
    for on in &payouts {
        filed::post_tax(tx, now, (&on.payout, -on.tax), Way::Transfer).await?;
    }
    statement::set_run(tx, &statements, None).await?;
    store::set_returned(tx, actor, now, (found.run_id, position), (returned.day, reason)).await?;
    let said = json!({
        "position": position,
        "amount": transfer.amount.to_string(),
        "unit": found.unit,
        "day": returned.day.to_string(),
        "reason": reason,
    });
    let entry = Entry::of("return", "payment_run", number, None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(found)
}

async fn filed_run(reader: &mut Reader, id: &str) -> Result<RunRow, RunError> {
    let found = run(reader, id).await?.ok_or(RunError::NotFound)?;
    match found.status {
        RunStatus::Filed => Ok(found),
        status => Err(RunError::NotNow { number: found.number, status: status.word() }),
    }
}

async fn end(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    found: RunRow,
    status: RunStatus,
) -> Result<RunRow, RunError> {
    store::set_status(tx, actor, now, found.run_id, status).await?;
    let entry = Entry::of(
        if status == RunStatus::Paid { "pay" } else { "withdraw" },
        "payment_run",
        found.number.clone(),
        Some(json!({ "status": found.status.word() })),
        Some(json!({ "status": status.word() })),
    );
    audit::append(tx, now, actor, entry).await?;
    Ok(RunRow { status, ended_by: Some(actor.name().to_owned()), ended_at: Some(now), ..found })
}

#[cfg(test)]
pub(in crate::papers) mod tests;
