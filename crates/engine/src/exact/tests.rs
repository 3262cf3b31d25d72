use domain::totals::{Cell, Group, Slot, Sums, Totals};
use jiff::Timestamp;
use jiff::civil::date;
use rust_decimal::Decimal;

use super::*;
use crate::access::Actor;
use crate::catalog;
use crate::db::testing::for_each_database;
use crate::ledger::{self, About, Account, Cause, NewPosting};
use crate::{programs, rules, totals};

/// `numbers -> their sum`.
#[test]
fn sums_are_exact_or_an_error() {
    for case in [
        "1 2 3 -> 6",
        "0.1 0.2 -0.3 -> 0.0",
        "79228162514264337593543950335 -1 -> 79228162514264337593543950334",
        "79228162514264337593543950335 1 -> error",
        "-79228162514264337593543950335 -1 -> error",
        // The sum has 30 digits; rounded it would be whole.
        "7922816251426433759354395033 0.5 -> 7922816251426433759354395033.5",
        "79228162514264337593543950333 0.4 -> error",
        "79228162514264337593543950333 0.0 -> 79228162514264337593543950333",
    ] {
        let (numbers, expected) = case.split_once(" -> ").unwrap();
        let numbers = numbers.split(' ').map(|number| number.parse::<Decimal>().unwrap());
        let found = sum(numbers, "tests").map_or("error".to_owned(), |sum| sum.to_string());
        assert_eq!(found, expected, "in case `{case}`");
    }
}

fn posting(amount: Decimal) -> NewPosting {
    NewPosting {
        cause: Cause::Accrual,
        debit: Account::Expense { program: "p".to_owned() },
        credit: Account::Payable { partner: "P1".to_owned() },
        unit: "JPY".to_owned(),
        amount,
        about: About::default(),
    }
}

#[tokio::test]
async fn balances_beyond_all_decimals_are_refused() {
    for_each_database(async |db| {
        let now = Timestamp::UNIX_EPOCH;
        let mut tx = db.write().await.unwrap();
        ledger::post(&mut tx, vec![posting(Decimal::MAX)], now).await.unwrap();
        tx.commit().await.unwrap();
        for more in [vec![posting(Decimal::ONE)], vec![posting(Decimal::MAX); 2]] {
            let mut tx = db.write().await.unwrap();
            let refused = ledger::post(&mut tx, more, now).await;
            assert!(matches!(refused, Err(DbError::OutOfRange { .. })), "{refused:?}");
        }
        let (kept, posted) = ledger::check(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!(kept, posted);
    })
    .await;
}

const PROGRAM: &str = "
program: volume
name: Volume
currency: JPY
time_zone: Asia/Tokyo
starts: 2026-04-01
ends: 2027-03-31
periods: { every: quarter, fiscal_year_from: april }
terms:
  - term: all
    measure: sum(amount)
    method: all_units
    tiers: [{ from: 1, rate: 1% }]
";

#[tokio::test]
async fn totals_beyond_all_decimals_are_refused_and_the_old_ones_stay() {
    for_each_database(async |db| {
        let now = Timestamp::UNIX_EPOCH;
        let mut tx = db.write().await.unwrap();
        let partner = catalog::Item::new("P1", catalog::Names::new(), catalog::Fields::new());
        let items = vec![partner.unwrap()];
        let from = jiff::civil::Date::MIN;
        catalog::upsert_partners(&mut tx, now, &Actor::System, from, items).await.unwrap();
        programs::save_draft(&mut tx, &Actor::System, now, PROGRAM).await.unwrap();
        let master = catalog::load_master(&mut tx).await.unwrap();
        let of = ("volume", 1);
        programs::activate(&mut tx, &master, &Actor::System, now, of).await.unwrap();
        let rules = rules::load(&mut tx).await.unwrap();
        let day = date(2026, 4, 1);
        let cell = Cell {
            plan: 0,
            version: 1,
            term: 0,
            earner: domain::code::PartnerCode::new("P1"),
            period: day,
            group: Group::one(),
            slot: Slot::Measure,
            part: day,
            payout: day,
            accounting: day,
            late: false,
        };
        let of = |numbers: &[Decimal]| {
            let mut totals = Totals::default();
            for total in numbers {
                totals.add(cell.clone(), Sums { total: *total, facts: 1 });
            }
            totals
        };
        totals::add(&mut tx, &rules, &master, of(&[Decimal::MAX])).await.unwrap();
        tx.commit().await.unwrap();
        for more in [of(&[Decimal::ONE]), of(&[Decimal::MAX, Decimal::MAX])] {
            let mut tx = db.write().await.unwrap();
            let refused = totals::add(&mut tx, &rules, &master, more).await;
            assert!(matches!(refused, Err(DbError::OutOfRange { .. })), "{refused:?}");
        }
        let mut reader = db.read().await.unwrap();
        let kept = totals::all_cells(&mut reader, &rules, &master).await.unwrap();
        assert_eq!(kept, [(cell, Sums { total: Decimal::MAX, facts: 1 })]);
    })
    .await;
}
