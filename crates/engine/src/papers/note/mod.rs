//! Settling by paper: credit notes instead of transfers, and demands for what was paid too much.
//!
//! # Invariants
//!
//! * A note is about one statement and says what that says: programs, terms, tax. A statement is
//!   settled by one note or one payment file at most.
//! * A credit note settles as it is issued: what was payable is credit now, and never cash. A
//!   demand makes what the partner owes receivable; the money that comes in settles it, and is
//!   posted as money that came in.
//! * A note that is void has moved everything back; its number is not used again.
//!
//! Owns `settlement_note`.

mod store;

use domain::period::day_of;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;
use thiserror::Error;

use super::party::Account;
use super::payee::{self, PayeeRow};
use super::run::{self, Fault};
use super::settings;
use super::statement::{self, NoteHead, NoteKind, OnStatement, Statement, StatementRow};
use crate::access::{Actor, Viewer};
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Tx};
use crate::settle::filed::{self, Way};
use crate::settle::{self, HoldRow, SettleError};

pub use super::statement::StatementError;
pub use store::{NoteRow, NoteStatus, list, row};

/// Why there is no note. Nothing was changed.
#[derive(Debug, Error)]
pub enum NoteError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Settle(#[from] SettleError),
    #[error(transparent)]
    Statement(#[from] StatementError),
    #[error(
        "`{partner}` is paid in {unit} by transfer; say on its payee page that {unit} is settled \
         by credit note, or make a payment file"
    )]
    ByTransfer { partner: String, unit: String },
    #[error("statement `{number}` is {status}; only one that waits to be settled gets a note")]
    NotOpen { number: String, status: &'static str },
    #[error("nothing is left of statement `{number}` to settle")]
    Nothing { number: String },
    #[error("a payout of statement `{number}` has changed; make it void and issue it anew")]
    Changed { number: String },
    #[error("it is on hold: {0}; release the hold first")]
    Held(String),
    #[error("`{number}` is no demand that is open: it is {status}")]
    NotNow { number: String, status: &'static str },
    #[error("the day must be from {from} to {to}")]
    BadDay { from: Date, to: Date },
    #[error("it is not there")]
    NotFound,
}

/// A statement that a note can settle, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub statement: StatementRow,
    pub kind: NoteKind,
    pub fault: Option<Fault>,
}

impl NoteKind {
    /// The word in the API.
    pub fn word(self) -> &'static str {
        match self {
            NoteKind::Credit => "credit",
            NoteKind::Debit => "debit",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            NoteKind::Credit => "CN",
            NoteKind::Debit => "DN",
        }
    }

    fn way(self) -> Way {
        match self {
            NoteKind::Credit => Way::CreditNote,
            NoteKind::Debit => Way::Demand,
        }
    }
}

/// What a note about a statement would be: a demand below zero, a credit note where the payee
/// takes that; otherwise the bank pays it.
fn kind_of(row: &StatementRow, payee: Option<&PayeeRow>) -> Option<NoteKind> {
    let is_credited = payee.is_some_and(|payee| payee.details.is_credited_in(&row.unit));
    if row.total < Decimal::ZERO {
        Some(NoteKind::Debit)
    } else {
        (is_credited && row.total > Decimal::ZERO).then_some(NoteKind::Credit)
    }
}

/// Everything stated and due that a note can settle.
pub async fn due(reader: &mut Reader, now: Timestamp, until: Date) -> Result<Vec<Due>, NoteError> {
    let today = day_of(now, &statement::zone(reader).await?);
    let payees = payee::payees(reader).await?;
    let mut found = Vec::new();
    for row in statement::payable_in(reader, None, until).await? {
        if let Some(kind) = kind_of(&row, payees.get(&row.partner_id)) {
            found.push((row, kind));
        }
    }
    let ids: Vec<i64> = found.iter().map(|(row, _)| row.statement_id).collect();
    let on = statement::payouts_of(reader, &ids).await?;
    let changed = run::changed(reader, &on).await?;
    let holds = settle::holds_acting(reader, today).await?;
    let judged = found.into_iter().map(|(row, kind)| {
        let is_changed = changed.get(&row.statement_id).copied().unwrap_or(true);
        let fault = fault(&row, kind, is_changed, (&holds, &on));
        Due { statement: row, kind, fault }
    });
    Ok(judged.collect())
}

fn fault(
    row: &StatementRow,
    kind: NoteKind,
    is_changed: bool,
    (holds, on): (&[HoldRow], &[OnStatement]),
) -> Option<Fault> {
    if is_changed {
        return Some(Fault::Changed { statement: row.number.clone() });
    }
    // A hold keeps what is ours to give; it does not stop us from asking for what is owed.
    let hold = run::held(holds, row.partner_id, std::slice::from_ref(row), on);
    hold.filter(|_| kind == NoteKind::Credit).map(|hold| Fault::Held(hold.reason.clone()))
}

/// Issues the note that settles a statement. A demand is due on `due_day`, or as many days from
/// now as payouts are.
pub async fn issue(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
    due_day: Option<Date>,
) -> Result<NoteRow, NoteError> {
    let found = statement::row(tx, Viewer::Vendor, id).await?.ok_or(NoteError::NotFound)?;
    if found.status != "issued" {
        return Err(NoteError::NotOpen { number: found.number, status: found.status });
    }
    let payee = payee::payee(tx, found.partner_id).await?;
    let Some(kind) = kind_of(&found, Some(&payee)) else {
        return Err(if found.total.is_zero() {
            NoteError::Nothing { number: found.number }
        } else {
            NoteError::ByTransfer { partner: found.partner_code, unit: found.unit }
        });
    };
    let today = day_of(now, &statement::zone(tx).await?);
    let on = statement::payouts_of(tx, &[found.statement_id]).await?;
    let changed = run::changed(tx, &on).await?;
    let is_changed = changed.get(&found.statement_id).copied().unwrap_or(true);
    let holds = settle::holds_acting(tx, today).await?;
    match fault(&found, kind, is_changed, (&holds, &on)) {
        Some(Fault::Held(why)) => return Err(NoteError::Held(why)),
        Some(_) => return Err(NoteError::Changed { number: found.number }),
        None => {}
    }
    let company = settings::company(tx).await?;
    let usual = jiff::Span::new().days(i64::from(company.due_days()));
    let due_day = match (kind, due_day) {
        (NoteKind::Credit, _) => today,
        (NoteKind::Debit, None) => today.checked_add(usual).unwrap_or(today),
        (NoteKind::Debit, Some(day)) if day < today => {
            return Err(NoteError::BadDay { from: today, to: Date::MAX });
        }
        (NoteKind::Debit, Some(day)) => day,
    };
    let own = company.accounts.iter().find(|own| own.currency == found.unit);
    let head = NoteHead {
        kind,
        statement: found.number.clone(),
        pay_to: own
            .filter(|_| kind == NoteKind::Debit)
            .map(|own| (own.account.in_full(), own.account.holder().to_owned())),
    };
    let note = store::add(tx, actor, now, (&found, &head), (today, due_day)).await?;
    let ids: Vec<String> = on.iter().map(|on| on.payout.clone()).collect();
    match kind {
        NoteKind::Credit => {
            filed::pay(tx, actor, now, (&note.number, Way::CreditNote), &ids).await?;
        }
        NoteKind::Debit => filed::demand(tx, now, &note.number, &ids).await?,
    }
    for on in &on {
        filed::post_tax(tx, now, (&on.payout, on.tax), kind.way()).await?;
    }
    let said = json!({
        "kind": kind.word(),
        "statement": found.number,
        "partner": found.partner_code,
        "total": found.total.normalize().to_string(),
        "unit": found.unit,
    });
    let entry = Entry::of("issue", "settlement_note", note.number.clone(), None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(note)
}

/// Issues every credit note that can be issued, each in a commit of its own.
pub async fn credit_all(
    office: &crate::office::Office,
    actor: &Actor,
    until: Date,
) -> Result<Vec<NoteRow>, NoteError> {
    let mut reader = office.db().read().await?;
    let found = due(&mut reader, office.now(), until).await?;
    drop(reader);
    let ready = found.into_iter().filter(|due| due.fault.is_none() && due.kind == NoteKind::Credit);
    let mut issued = Vec::new();
    for due in ready {
        let mut tx = office.db().write().await?;
        match issue(&mut tx, actor, office.now(), &due.statement.public_id, None).await {
            Ok(note) => {
                tx.commit().await?;
                issued.push(note);
            }
            // Somebody else was faster.
            Err(NoteError::NotOpen { .. }) => tx.rollback().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(issued)
}

/// Says that the money of a demand came in, and posts it as that.
pub async fn received(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
    day: Option<Date>,
) -> Result<NoteRow, NoteError> {
    let note = open_note(tx, id).await?;
    if note.kind != NoteKind::Debit {
        return Err(NoteError::NotNow { number: note.number, status: "a credit note" });
    }
    let today = day_of(now, &statement::zone(tx).await?);
    let day = day.unwrap_or(today);
    if day < note.issued || day > today {
        return Err(NoteError::BadDay { from: note.issued, to: today });
    }
    let on = statement::payouts_of(tx, &[note.statement_id]).await?;
    let ids: Vec<String> = on.iter().map(|on| on.payout.clone()).collect();
    filed::pay(tx, actor, now, (&note.number, Way::Receipt), &ids).await?;
    for on in &on {
        filed::post_tax(tx, now, (&on.payout, on.tax), Way::Receipt).await?;
    }
    let said = json!({ "day": day.to_string(), "total": (-note.total).to_string() });
    end(tx, actor, now, note, (NoteStatus::Received, Some(day), None), said).await
}

/// Makes a note void and moves everything back: the statement waits to be settled again.
pub async fn void(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
    reason: &str,
) -> Result<NoteRow, NoteError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > settle::COMMENT_CHARS_MAX {
        return Err(SettleError::NoReason.into());
    }
    let note = open_note(tx, id).await?;
    let on = statement::payouts_of(tx, &[note.statement_id]).await?;
    let ids: Vec<String> = on.iter().map(|on| on.payout.clone()).collect();
    let why = format!("{}: {reason}", note.number);
    match note.kind {
        NoteKind::Credit => {
            filed::unpay(tx, actor, now, (Way::CreditNote, &why), &ids).await?;
        }
        NoteKind::Debit => filed::undemand(tx, now, &ids).await?,
    }
    for on in &on {
        filed::post_tax(tx, now, (&on.payout, -on.tax), note.kind.way()).await?;
    }
    let said = json!({ "reason": reason });
    end(tx, actor, now, note, (NoteStatus::Void, None, Some(reason)), said).await
}

async fn open_note(reader: &mut Reader, id: &str) -> Result<NoteRow, NoteError> {
    let note = row(reader, Viewer::Vendor, id).await?.ok_or(NoteError::NotFound)?;
    match note.status {
        NoteStatus::Issued => Ok(note),
        status => Err(NoteError::NotNow { number: note.number, status: status.word() }),
    }
}

async fn end(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    note: NoteRow,
    (status, day, comment): (NoteStatus, Option<Date>, Option<&str>),
    said: serde_json::Value,
) -> Result<NoteRow, NoteError> {
    store::end(tx, actor, now, note.note_id, (status, day, comment)).await?;
    let action = if status == NoteStatus::Void { "void" } else { "receive" };
    let before = json!({ "status": note.status.word() });
    let number = note.number.clone();
    let entry = Entry::of(action, "settlement_note", number, Some(before), Some(said));
    audit::append(tx, now, actor, entry).await?;
    row(tx, Viewer::Vendor, &note.public_id).await?.ok_or(NoteError::NotFound)
}

/// What a note says: its statement, drawn as the note.
pub async fn load(reader: &mut Reader, note: &NoteRow) -> Result<Statement, StatementError> {
    let of = statement::row(reader, Viewer::Vendor, &note.statement).await?;
    let of = of.ok_or(StatementError::NotFound)?;
    let content = statement::load(reader, &of).await?;
    Ok(Statement {
        number: note.number.clone(),
        issued: note.issued,
        due: note.due,
        note: Some(note.head.clone()),
        ..content
    })
}

impl Account {
    /// The account as somebody needs it who pays to it.
    fn in_full(&self) -> String {
        match self {
            Account::Iban(account) => account.iban.as_str().to_owned(),
            Account::Japan(account) => format!(
                "{}-{} {}",
                account.bank.as_str(),
                account.branch.as_str(),
                account.number.as_str()
            ),
            Account::Other(account) => format!("{} {}", account.bic.as_str(), account.number),
        }
    }
}

#[cfg(test)]
mod tests;
