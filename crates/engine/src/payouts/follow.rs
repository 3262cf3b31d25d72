//! Payouts follow what is owed: what an order owes by now, less what was made of it, is made,
//! withdrawn, or asked back.

use std::sync::Arc;

use domain::amount::Currency;
use domain::approval::Subject;
use domain::code::PartnerCode;
use domain::period::Period;
use domain::settlement::{PayoutLine, PayoutStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;

use super::store::{self, Of};
use super::{OfReward, PartnerPayout, PayoutRow, Source};
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::catalog;
use crate::db::{DbError, Tx, days_of};
use crate::exact;
use crate::ledger::{self, About, Account, Cause, NewPosting};
use crate::outbox::{self, News};
use crate::policy::policy;

/// What an order of a reward owes in money by now. The ledger has it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// With the points that the order holds by now.
    pub of: OfReward,
    pub partner_id: i64,
    pub partner: PartnerCode,
    pub unit: Currency,
    pub amount: Decimal,
    /// Who had the order before this commit, if that is another one.
    pub from: Option<PartnerCode>,
}

/// What is added up here, for an error.
const PAYOUTS: &str = "payouts of an order";

/// Makes the payouts of orders say what these owe.
pub async fn follow(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    owed: &[Owed],
) -> Result<(), DbError> {
    for owed in owed {
        let made = store::of_source(tx, &Source::Reward(owed.of.clone())).await?;
        let (fixed, free): (Vec<_>, Vec<_>) = made.into_iter().partition(|(_, fixed)| *fixed);
        let free: Vec<PayoutRow> = free.into_iter().map(|(row, _)| row).collect();
        let (mut amount, mut points) = (owed.amount, owed.of.points);
        let mut settled = Decimal::ZERO;
        for (row, _) in &fixed {
            exact::add(&mut settled, row.amount, PAYOUTS)?;
            exact::add(&mut amount, -row.amount, PAYOUTS)?;
            exact::add(&mut points, -points_of(row), PAYOUTS)?;
        }
        if let Some(from) = &owed.from {
            stays_with(tx, now, (owed, from), settled).await?;
        }
        let says_it = |row: &PayoutRow| (row.partner_id, row.amount) == (owed.partner_id, amount);
        let is_said = match free.as_slice() {
            [] => amount.is_zero(),
            [only] => says_it(only),
            _ => false,
        };
        if is_said {
            continue;
        }
        for row in &free {
            withdraw(tx, actor, now, row).await?;
        }
        if !amount.is_zero() {
            let of = OfReward { points, ..owed.of.clone() };
            make(tx, actor, now, (owed, &of), amount).await?;
        }
    }
    Ok(())
}

fn points_of(row: &PayoutRow) -> Decimal {
    match &row.source {
        Source::Reward(of) => of.points,
        Source::Period(_) => Decimal::ZERO,
    }
}

/// What was settled with whoever had the order stays with it: the book moved all of the order's
/// money on, since it does not know of payments.
async fn stays_with(
    tx: &mut Tx,
    now: Timestamp,
    (owed, from): (&Owed, &PartnerCode),
    settled: Decimal,
) -> Result<(), DbError> {
    let payable = |code: &PartnerCode| Account::Payable { partner: code.to_string() };
    let posting = NewPosting {
        cause: Cause::Wallet,
        debit: payable(&owed.partner),
        credit: payable(from),
        unit: owed.unit.to_string(),
        amount: settled,
        about: About {
            partner_id: Some(owed.partner_id),
            booked_day: Some(days_of(owed.of.on)),
            subject: Some(owed.of.order.clone()),
            ..About::default()
        },
    };
    ledger::post(tx, vec![posting], now).await?;
    Ok(())
}

async fn make(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (owed, of): (&Owed, &OfReward),
    amount: Decimal,
) -> Result<(), DbError> {
    let end = of.on.tomorrow().unwrap_or(of.on);
    let line = PayoutLine {
        // Of one day, and of no period that anybody closes.
        period: Period { start: of.on, end, name: Arc::from("") },
        closed: true,
        calculated: amount,
        prior_period: Decimal::ZERO,
        adjustments: Decimal::ZERO,
        pending: Decimal::ZERO,
        carried_in: Decimal::ZERO,
        carried_out: Decimal::ZERO,
        lapsed: Decimal::ZERO,
        amount,
    };
    let one = PartnerPayout { partner_id: owed.partner_id, unit: owed.unit, line };
    let ids = store::ids(1, now);
    let today: Date = catalog::today(tx, now).await?;
    let begun = policy(tx).await?.begun(Subject::Payout, one.unit.as_str(), amount, today);
    let begins = |_: &PartnerPayout| begun.clone();
    store::add(tx, Of::Reward(of), (&[one], &ids), &begins, actor, now).await?;
    let said = json!({
        "reward": of.reward,
        "order": of.order,
        "points": format!("{} {}", of.points.normalize(), of.unit),
        "amount": format!("{} {}", amount.normalize(), owed.unit),
    });
    for id in &ids {
        let entry = Entry::of("owe", "payout", id.as_str(), None, Some(said.clone()));
        audit::append(tx, now, actor, entry).await?;
    }
    Ok(())
}

/// What was not paid, and is not owed so any more.
async fn withdraw(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    row: &PayoutRow,
) -> Result<(), DbError> {
    let after = PayoutRow { status: PayoutStatus::Withdrawn, due: None, ..row.clone() };
    store::set(tx, &after, actor.name(), now).await?;
    let side = |row: &PayoutRow| Some(json!({ "status": row.status.word() }));
    let entry = Entry::of("withdraw", "payout", &*row.public_id, side(row), side(&after));
    audit::append(tx, now, actor, entry).await?;
    let news = told(News::new("payout.withdrawn", Some(&row.partner_code)), &after);
    outbox::tell(tx, now, vec![news.says("by", actor.name())]).await
}

/// What every piece of news about a payout says.
pub(crate) fn told(news: News, row: &PayoutRow) -> News {
    let news = news.says("payout", &row.public_id).says("source", row.source.word());
    let news = match &row.source {
        Source::Period(of) => news.says("program", &of.program).says("period", &of.name),
        Source::Reward(of) => news.says("reward", &of.reward).says("order", &of.order),
    };
    news.says("amount", row.amount.to_string())
        .says("unit", &row.unit)
        .says("status", row.status.word())
}
