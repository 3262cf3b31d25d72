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
use super::{PayoutRow, SettleError, approval, record, store};
use crate::access::Actor;
use crate::args;
use crate::db::{Column, DbError, Reader, Tx, days_of};
use crate::ledger::{self, About, Account, Cause, NewPosting};

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
        program_id: Some(payout.program_id),
        partner_id: Some(payout.partner_id),
        booked_day: Some(days_of(payout.period)),
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
    let payout = store::payout(tx, payout).await?.ok_or(SettleError::NotFound)?;
    let mut postings = vec![moved(&payout, way, tax)];
    if way != Way::Receipt {
        let onto = Account::Payable { partner: payout.partner_code.clone() };
        let first = NewPosting { debit: Account::Tax, credit: onto, ..postings[0].clone() };
        postings.insert(0, first);
    }
    ledger::post(tx, postings, now).await?;
    Ok(())
}

/// Approved payouts that are in no file, in the order they were made.
pub async fn fileable(reader: &mut Reader) -> Result<Vec<PayoutRow>, DbError> {
    let sql = store::payouts_where(
        "p.status = $2 AND p.payment_run IS NULL AND p.amount_sort <> 0 ORDER BY p.payout_id",
    );
    let tenant = reader.tenant();
    let approved = PayoutStatus::Approved.word();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, approved]).await?;
    Ok(rows.iter().map(store::payout_row).collect())
}

/// The payment file or note a payout stands in, or was settled by.
pub async fn file_of(reader: &mut Reader, id: &str) -> Result<Option<String>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT payment_run FROM payout WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id],
        )
        .await?;
    Ok(row.and_then(|row| row.opt_string(0)))
}

/// Says that these payouts stand in a file. Fails if one of them may not.
pub async fn file(tx: &mut Tx, run: &str, payouts: &[String]) -> Result<(), SettleError> {
    let tenant = tx.tenant();
    let approved = PayoutStatus::Approved.word();
    let may = tx
        .lookup(
            "SELECT p.public_id, p.status, p.payment_run FROM {keys} CROSS JOIN payout p \
             WHERE p.tenant_id = k.tenant AND p.public_id = k.k1",
            args![],
            vec![Column::Text(payouts.to_vec())],
        )
        .await?;
    let free = may.iter().filter(|row| row.text(1) == approved && row.opt_text(2).is_none());
    if free.count() != payouts.len() {
        return Err(SettleError::NotNow { status: "in another payment file, or not approved" });
    }
    for payout in payouts {
        tx.execute(
            "UPDATE payout SET payment_run = $3 WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, payout, run],
        )
        .await?;
    }
    Ok(())
}

/// Takes payouts out of their file, as if they had never been in it.
pub async fn unfile(tx: &mut Tx, payouts: &[String]) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for payout in payouts {
        tx.execute(
            "UPDATE payout SET payment_run = NULL WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, payout],
        )
        .await?;
    }
    Ok(())
}

/// Says that these payouts are settled, and posts it. They keep the name of their file or note.
pub async fn pay(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (run, way): (&str, Way),
    payouts: &[String],
) -> Result<(), SettleError> {
    unfile(tx, payouts).await?;
    let tenant = tx.tenant();
    for payout in payouts {
        approval::settle(tx, actor, now, payout, way).await?;
        tx.execute(
            "UPDATE payout SET payment_run = $3 WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, payout, run],
        )
        .await?;
    }
    Ok(())
}

/// Posts that payouts are demanded from the partner now; they wait under the number of the demand.
pub async fn demand(
    tx: &mut Tx,
    now: Timestamp,
    note: &str,
    payouts: &[String],
) -> Result<(), SettleError> {
    file(tx, note, payouts).await?;
    for id in payouts {
        let payout = store::payout(tx, id).await?.ok_or(SettleError::NotFound)?;
        ledger::post(tx, vec![moved(&payout, Way::Demand, payout.amount)], now).await?;
    }
    Ok(())
}

/// Takes a demand back: the payouts are approved and free, as before.
pub async fn undemand(tx: &mut Tx, now: Timestamp, payouts: &[String]) -> Result<(), SettleError> {
    unfile(tx, payouts).await?;
    for id in payouts {
        let payout = store::payout(tx, id).await?.ok_or(SettleError::NotFound)?;
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
    payouts: &[String],
) -> Result<(), SettleError> {
    let tenant = tx.tenant();
    for id in payouts {
        let payout = store::payout(tx, id).await?.ok_or(SettleError::NotFound)?;
        if payout.status != PayoutStatus::Paid {
            return Err(SettleError::NotNow { status: payout.status.word() });
        }
        ledger::post(tx, vec![moved(&payout, way, -payout.amount)], now).await?;
        let approved = PayoutStatus::Approved.word();
        tx.execute(
            "UPDATE payout SET status = $3, payment_run = NULL, paid_by = NULL, paid_at = NULL, \
             comment = $4 WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id, approved, why],
        )
        .await?;
        let changes = [("status", payout.status.word(), approved), ("comment", "", why)];
        record(tx, actor, now, ("payout", id), "return", &changes).await?;
        let after = PayoutRow { status: PayoutStatus::Approved, ..payout.clone() };
        news::of_payout(tx, actor, now, (payout.status, &after)).await?;
    }
    Ok(())
}
