//! Writing a batch of payees: details at once, accounts for somebody else to confirm.
//!
//! # Invariants
//!
//! * A row is kept as a whole or refused as a whole.
//! * Nobody is paid to an account because a file named it: what was paid to before stays until a
//!   second person confirms, as on the page of the payee.

use std::collections::HashMap;

use domain::code::PartnerCode;
use jiff::Timestamp;

use super::read::{Batch, label};
use super::write::{Job, Written, add_rejections, count};
use super::{Counts, ImportError};
use crate::catalog::MasterData;
use crate::db::Tx;
use crate::ingest::mapping::Field;
use crate::ingest::rejection::{Reason, Rejection};
use crate::ingest::row::PayeeRow as Told;
use crate::office::Office;
use crate::parties::kana;
use crate::parties::party::Account;
use crate::parties::payee::{self, Payee, PayeeError, PayeeRow};

pub(super) async fn put(
    office: &Office,
    tx: &mut Tx,
    job: &Job,
    now: Timestamp,
    batch: Batch,
) -> Result<Written, ImportError> {
    let directory = office.master(tx).await?;
    let known = payee::payees(tx).await?;
    let Batch { rows, payees, places, rejected, .. } = batch;
    let mut refused = rejected;
    let (mut created, mut changed, mut unchanged) = (0, 0, 0);
    // What earlier rows of the same batch said.
    let mut details: HashMap<i64, Payee> = HashMap::new();
    for (place, told) in places.into_iter().zip(payees) {
        let row = u64::try_from(rows.get(place).0).unwrap_or(0);
        let mut refuse = |reason: Reason, field: &Field, value: &str| {
            let column = label(&job.mapping, field);
            refused.push((place, Rejection::new(row, reason, Some(&column), value)));
        };
        let Some(partner_id) = partner_of(&directory, &told.partner) else {
            refuse(Reason::UnknownPartner, &Field::Partner, told.partner.as_str());
            continue;
        };
        let before = known.get(&partner_id);
        let was = details.get(&partner_id).or_else(|| before.map(|row| &row.details));
        let new = told.over(was.unwrap_or(&Payee::default()));
        let account = told.account.as_ref();
        let is_same = |row: &PayeeRow| row.has(&new, account);
        if !details.contains_key(&partner_id) && before.is_some_and(is_same) {
            unchanged += 1;
            continue;
        }
        if let Err(error) = payee::check(&new, account) {
            let (reason, field, value) = why(error, &told)?;
            refuse(reason, &field, &value);
            continue;
        }
        let of = (partner_id, told.partner.as_str());
        let saved = payee::save_details(tx, &job.actor, now, of, &new).await;
        saved.or_else(broken)?;
        if let Some(account) = account {
            payee::ask_account(tx, &job.actor, now, of, account).await.or_else(broken)?;
        }
        *(if before.is_some() { &mut changed } else { &mut created }) += 1;
        details.insert(partner_id, new);
    }
    let added = Counts {
        accepted: count(created + changed),
        known: count(unchanged),
        rejected: count(refused.len()),
        ..Counts::default()
    };
    add_rejections(tx, job.import_id, &rows, refused).await?;
    Ok(Written { added, created, changed, remeasured: false })
}

fn partner_of(directory: &MasterData, code: &PartnerCode) -> Option<i64> {
    directory.partner_id(code.as_str())
}

/// What a row is refused for, by the column that is wrong; an error if it is not the row.
fn why(error: PayeeError, told: &Told) -> Result<(Reason, Field, String), ImportError> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Ok(match error {
        PayeeError::Db(error) => return Err(error.into()),
        PayeeError::Identifier(_) => {
            (Reason::BadTaxNumber, Field::TaxNumber, text(told.tax_number.as_deref()))
        }
        PayeeError::Rate => (Reason::BadTaxRate, Field::VatRate, String::new()),
        PayeeError::NoHolder => (Reason::MissingValue, Field::Holder, String::new()),
        // No file says how a payee is settled; what is known passed already.
        PayeeError::Account(_)
        | PayeeError::Currency(_)
        | PayeeError::FourEyes
        | PayeeError::NothingAsked => {
            let (field, value) = wrong_text(told);
            (Reason::BadAccountText, field, value)
        }
    })
}

/// The text of an account that no bank file can hold.
fn wrong_text(told: &Told) -> (Field, String) {
    if let Some(Account::Japan(account)) = &told.account {
        let names =
            [(Field::BankName, &account.bank_name), (Field::BranchName, &account.branch_name)];
        for (field, text) in names {
            if kana::fold(text).is_err() {
                return (field, text.clone());
            }
        }
    }
    let holder = told.account.as_ref().map(Account::holder);
    (Field::Holder, holder.unwrap_or_default().to_owned())
}

/// What was checked is saved; only the database can still say no.
fn broken(error: PayeeError) -> Result<(), ImportError> {
    match error {
        PayeeError::Db(error) => Err(error.into()),
        other => unreachable!("checked before anything of the row was saved: {other}"),
    }
}
