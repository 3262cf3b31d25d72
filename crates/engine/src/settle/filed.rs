//! Payouts in payment files: what may go into one, what is in one, and what was paid by it.
//!
//! # Invariants
//!
//! * Only an approved payout goes into a file, and into one at most.
//! * While it is in a file it takes no other step: nobody pays, rejects or changes it beside the
//!   bank. A credit note or a demand holds its payouts in the same way, under its own number.
//! * What came back is posted the way it went, and the payout is as it was before: approved.

use domain::settlement::PayoutStatus;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::news;
use super::{PayoutRow, SettleError, approval, record};
use crate::access::Actor;
use crate::db::{DbError, Tx, days_of};
use crate::ledger::{self, About, Account, Cause, NewPosting};
use crate::payouts;

pub use crate::payouts::{file_of, fileable};

/// How what is owed is settled, which says the accounts it moves between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By the bank.
    Transfer,
    /// Against what the partner owes for its invoices.
    CreditNote,
    /// Demanded from the partner: owed to us from now on.
    Demand,
    /// What was demanded came in.
    Receipt,
}

impl Way {
    fn accounts(self, partner: &str) -> (Account, Account) {
        let payable = Account::Payable { partner: partner.to_owned() };
        let receivable = Account::Receivable { partner: partner.to_owned() };
        match self {
            Way::Transfer => (payable, Account::Cash),
            Way::CreditNote => (payable, Account::CreditNote),
            Way::Demand => (payable, receivable),
            Way::Receipt => (receivable, Account::Cash),
        }
    }

    /// What the audit trail calls it.
    pub(super) fn action(self) -> &'static str {
        match self {
            Way::Transfer => "pay",
            Way::CreditNote => "credit",
            Way::Demand => "demand",
            Way::Receipt => "receive",
        }
    }
}

/// Moves an amount of a payout the way it is settled; below zero it moves back.
pub(super) fn moved(payout: &PayoutRow, way: Way, amount: Decimal) -> NewPosting {
    let (debit, credit) = way.accounts(&payout.partner_code);
    NewPosting {
        cause: Cause::Payment,
        debit,
        credit,
        unit: payout.unit.clone(),
        amount,
        about: about(payout),
    }
}

fn about(payout: &PayoutRow) -> About {
    About {
        program_id: payout.period().map(|of| of.program_id),
        partner_id: Some(payout.partner_id),
        booked_day: Some(days_of(payout.day())),
        subject: Some(payout.public_id.clone()),
        ..About::default()
    }
}

/// The tax on top of a payout, onto what is payable and on with it. What it turned out to be is
/// taken back by the same with the sign changed.
pub async fn post_tax(
    tx: &mut Tx,
    now: Timestamp,
    (payout, tax): (&str, Decimal),
    way: Way,
) -> Result<(), SettleError> {
    if tax.is_zero() {
        return Ok(());
    }
    let payout = payouts::payout(tx, payout).await?.ok_or(SettleError::NotFound)?;
    let mut postings = vec![moved(&payout, way, tax)];
    if way != Way::Receipt {
        let onto = Account::Payable { partner: payout.partner_code.clone() };
        let first = NewPosting { debit: Account::Tax, credit: onto, ..postings[0].clone() };
        postings.insert(0, first);
    }
    ledger::post(tx, postings, now).await?;
    Ok(())
}

/// Says that these payouts stand in a file. Fails if one of them may not.
pub async fn file(tx: &mut Tx, run: &str, ids: &[String]) -> Result<(), SettleError> {
    if !payouts::are_free(tx, ids).await? {
        return Err(SettleError::NotNow { status: "in another payment file, or not approved" });
    }
    for id in ids {
        payouts::put_in_file(tx, id, run).await?;
    }
    Ok(())
}

/// Takes payouts out of their file, as if they had never been in it.
pub async fn unfile(tx: &mut Tx, ids: &[String]) -> Result<(), DbError> {
    for id in ids {
        payouts::take_out_of_file(tx, id).await?;
    }
    Ok(())
}

/// Says that these payouts are settled, and posts it. They keep the name of their file or note.
pub async fn pay(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (run, way): (&str, Way),
    ids: &[String],
) -> Result<(), SettleError> {
    unfile(tx, ids).await?;
    for id in ids {
        approval::settle(tx, actor, now, id, way).await?;
        payouts::put_in_file(tx, id, run).await?;
    }
    Ok(())
}

/// Posts that payouts are demanded from the partner now; they wait under the number of the demand.
pub async fn demand(
    tx: &mut Tx,
    now: Timestamp,
    note: &str,
    ids: &[String],
) -> Result<(), SettleError> {
    file(tx, note, ids).await?;
    for id in ids {
        let payout = payouts::payout(tx, id).await?.ok_or(SettleError::NotFound)?;
        ledger::post(tx, vec![moved(&payout, Way::Demand, payout.amount)], now).await?;
    }
    Ok(())
}

/// Takes a demand back: the payouts are approved and free, as before.
pub async fn undemand(tx: &mut Tx, now: Timestamp, ids: &[String]) -> Result<(), SettleError> {
    unfile(tx, ids).await?;
    for id in ids {
        let payout = payouts::payout(tx, id).await?.ok_or(SettleError::NotFound)?;
        ledger::post(tx, vec![moved(&payout, Way::Demand, -payout.amount)], now).await?;
    }
    Ok(())
}

/// Takes back that payouts were settled, and posts it: they are approved again, in no file, and
/// `why` stands beside them.
pub async fn unpay(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (way, why): (Way, &str),
    ids: &[String],
) -> Result<(), SettleError> {
    for id in ids {
        let payout = payouts::payout(tx, id).await?.ok_or(SettleError::NotFound)?;
        if payout.status != PayoutStatus::Paid {
            return Err(SettleError::NotNow { status: payout.status.word() });
        }
        ledger::post(tx, vec![moved(&payout, way, -payout.amount)], now).await?;
        payouts::unpaid(tx, id, why).await?;
        let approved = PayoutStatus::Approved.word();
        let changes = [("status", payout.status.word(), approved), ("comment", "", why)];
        record(tx, actor, now, ("payout", id), "return", &changes).await?;
        let after = PayoutRow { status: PayoutStatus::Approved, ..payout.clone() };
        news::of_payout(tx, actor, now, (payout.status, &after)).await?;
    }
    Ok(())
}
