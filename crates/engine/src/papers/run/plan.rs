//! What a payment file would hold, and what it cannot and why.

use std::collections::{BTreeMap, HashMap};

use domain::amount::Currency;
use domain::banking::Closed;
use domain::settlement::PayoutStatus;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::RunError;
use crate::catalog::{self, MasterData};
use crate::db::{DbError, Reader};
use crate::papers::party::{Account, Address};
use crate::papers::payee::{self, PayeeRow};
use crate::papers::settings::{self, OwnAccount};
use crate::papers::statement::{self, OnStatement, StatementRow};
use crate::papers::{pain001, zengin};
use crate::rules::Rules;
use crate::settle::{self, HoldRow};

/// A transfer that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    pub partner_id: i64,
    pub partner: String,
    pub account: Account,
    pub address: Address,
    pub statements: Vec<StatementRow>,
    pub amount: Decimal,
}

/// Why a partner cannot be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No account is known.
    NoAccount,
    /// An account was entered and waits for a second person.
    Unconfirmed,
    /// The account is of a kind that this file has no place for.
    OtherKind,
    /// A text does not fit the file: what is wrong with it.
    Text(String),
    /// What is owed and what is claimed back come to nothing, or to less.
    NothingToPay,
    /// The partner or a payout of the statement is held: why.
    Held(String),
    /// A payout of the statement is not approved any more, or has another amount.
    Changed { statement: String },
}

impl Fault {
    /// The word in the API.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::NoAccount => "no_account",
            Fault::Unconfirmed => "unconfirmed_account",
            Fault::OtherKind => "other_kind_of_account",
            Fault::Text(_) => "text",
            Fault::NothingToPay => "nothing_to_pay",
            Fault::Held(_) => "held",
            Fault::Changed { .. } => "changed",
        }
    }

    /// The detail in English: what and where.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Fault::Text(text) | Fault::Held(text) | Fault::Changed { statement: text } => {
                Some(text)
            }
            _ => None,
        }
    }
}

/// Somebody who is not paid with this file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    pub partner_id: i64,
    pub partner: String,
    pub amount: Decimal,
    pub fault: Fault,
}

/// What is known of the days on which the vendor's bank pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub country: String,
    /// Why the bank does not pay on the day that was asked for.
    pub closed: Option<Closed>,
    /// Whether any holiday of the year is known; otherwise only weekends are left out.
    pub is_known: bool,
}

/// What would be in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub unit: String,
    /// When the bank pays: the day that was asked for, or the next on which it is open.
    pub day: Date,
    pub calendar: Calendar,
    pub ready: Vec<Ready>,
    pub exceptions: Vec<Exception>,
    /// Approved and due payouts without a statement: what [`super::state_all`] would issue.
    pub unstated: usize,
    /// Statements of payees who are settled by credit note, and so are not in it.
    pub noted: usize,
}

impl Plan {
    pub fn total(&self) -> Decimal {
        self.ready.iter().map(|ready| ready.amount).sum()
    }
}

/// Looks at everything that is due and stated, in the currency of an account.
pub async fn plan(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    account: &str,
    until: Date,
    day: Date,
) -> Result<Plan, RunError> {
    let company = settings::company(reader).await?;
    let own =
        company.own_account(account).ok_or_else(|| RunError::NoAccount(account.to_owned()))?;
    let open = statement::open(reader, rules, Some(until)).await?;
    let unstated = open.iter().filter(|open| open.unit == own.currency).map(|o| o.payouts.len());
    let unstated = unstated.sum();
    let statements = statement::payable_in(reader, Some(&own.currency), until).await?;
    let ids: Vec<i64> = statements.iter().map(|row| row.statement_id).collect();
    let on = statement::payouts_of(reader, &ids).await?;
    let changed = changed(reader, &on).await?;
    let bank = catalog::bank_days(reader, own.account.country()).await?;
    let calendar = Calendar {
        country: bank.country().to_owned(),
        closed: bank.closed(day),
        is_known: bank.knows(day.year()),
    };
    let day = bank.from(day);
    // A hold stops what the bank would pay on that day, whatever day it was due.
    let holds = settle::holds_acting(reader, day).await?;
    let payees = payee::payees(reader).await?;
    let mut noted = 0;
    let mut by_partner: BTreeMap<i64, Vec<StatementRow>> = BTreeMap::new();
    for row in statements {
        // Settled by a credit note: not the bank's business.
        let details = payees.get(&row.partner_id).map(|payee| &payee.details);
        if details.is_some_and(|details| details.is_credited_in(&row.unit)) {
            noted += 1;
            continue;
        }
        by_partner.entry(row.partner_id).or_default().push(row);
    }
    let (mut ready, mut exceptions) = (Vec::new(), Vec::new());
    for (partner_id, statements) in by_partner {
        let partner = master.partner_code(partner_id).map(ToString::to_string).unwrap_or_default();
        let amount = statements.iter().map(|row| row.total).sum();
        if let Some(hold) = held(&holds, partner_id, &statements, &on) {
            let fault = Fault::Held(hold.reason.clone());
            exceptions.push(Exception { partner_id, partner, amount, fault });
            continue;
        }
        match judge(own, payees.get(&partner_id), &statements, &changed, amount) {
            Ok((account, address)) => {
                ready.push(Ready { partner_id, partner, account, address, statements, amount });
            }
            Err(fault) => exceptions.push(Exception { partner_id, partner, amount, fault }),
        }
    }
    Ok(Plan { unit: own.currency.clone(), day, calendar, ready, exceptions, unstated, noted })
}

/// Statements with a payout that is not what it was when they were issued.
pub(in crate::papers) async fn changed(
    reader: &mut Reader,
    on: &[OnStatement],
) -> Result<HashMap<i64, bool>, DbError> {
    let approved: HashMap<String, Decimal> = settle::filed::fileable(reader)
        .await?
        .into_iter()
        .filter(|row| row.status == PayoutStatus::Approved)
        .map(|row| (row.public_id, row.amount))
        .collect();
    let mut changed = HashMap::new();
    for payout in on {
        let is_same = approved.get(&payout.payout) == Some(&payout.amount);
        *changed.entry(payout.statement_id).or_default() |= !is_same;
    }
    Ok(changed)
}

/// The hold that stops these statements, if one does.
pub(in crate::papers) fn held<'h>(
    holds: &'h [HoldRow],
    partner_id: i64,
    statements: &[StatementRow],
    on: &[OnStatement],
) -> Option<&'h HoldRow> {
    let stated = |payout: &str| {
        let mut own = on.iter().filter(|on| on.payout == payout);
        own.any(|on| statements.iter().any(|row| row.statement_id == on.statement_id))
    };
    holds
        .iter()
        .filter(|hold| hold.partner_id == partner_id)
        .find(|hold| hold.payout.as_deref().is_none_or(stated))
}

fn judge(
    own: &OwnAccount,
    payee: Option<&PayeeRow>,
    statements: &[StatementRow],
    changed: &HashMap<i64, bool>,
    amount: Decimal,
) -> Result<(Account, Address), Fault> {
    let is_changed = |row: &&StatementRow| changed.get(&row.statement_id).copied().unwrap_or(true);
    if let Some(row) = statements.iter().find(is_changed) {
        return Err(Fault::Changed { statement: row.number.clone() });
    }
    if amount <= Decimal::ZERO {
        return Err(Fault::NothingToPay);
    }
    let payee = payee.ok_or(Fault::NoAccount)?;
    let account = payee.account.clone().ok_or(if payee.asked.is_some() {
        Fault::Unconfirmed
    } else {
        Fault::NoAccount
    })?;
    let address = payee.details.address.clone();
    let ready = Ready {
        partner_id: 0,
        partner: String::new(),
        account: account.clone(),
        address: address.clone(),
        statements: statements.to_vec(),
        amount,
    };
    match (&own.account, &account) {
        (Account::Japan(_), Account::Japan(_)) => {
            let transfer = zengin_transfer(&ready, 1).ok_or(Fault::OtherKind)?;
            zengin::check(&transfer).map_err(|error| Fault::Text(error.to_string()))?;
        }
        (Account::Iban(_) | Account::Other(_), Account::Iban(_) | Account::Other(_)) => {
            let currency = Currency::parse(&own.currency).ok_or(Fault::OtherKind)?;
            let transfer = pain_transfer(&ready, "PR-0000-0000-00000");
            pain001::check(&transfer, currency).map_err(|e| Fault::Text(e.to_string()))?;
        }
        _ => return Err(Fault::OtherKind),
    }
    Ok((account, address))
}

/// Six digits of position behind the number of the run, as a returned transfer names it.
pub(super) fn reference_of(run_id: i64, position: u64) -> u64 {
    u64::try_from(run_id).unwrap_or_default() * 1_000_000 + position
}

pub(super) fn zengin_transfer(ready: &Ready, reference: u64) -> Option<zengin::Transfer> {
    match &ready.account {
        Account::Japan(account) => {
            Some(zengin::Transfer { account: account.clone(), amount: ready.amount, reference })
        }
        Account::Iban(_) | Account::Other(_) => None,
    }
}

pub(super) fn pain_transfer(ready: &Ready, id: &str) -> pain001::Transfer {
    let numbers: Vec<&str> = ready.statements.iter().map(|row| row.number.as_str()).collect();
    let text = match numbers.len() {
        0..=8 => format!("Rebate {}", numbers.join(" ")),
        count => format!("Rebate, {count} statements, {id}"),
    };
    pain001::Transfer {
        end_to_end_id: id.to_owned(),
        account: ready.account.clone(),
        address: ready.address.clone(),
        amount: ready.amount,
        text,
    }
}
