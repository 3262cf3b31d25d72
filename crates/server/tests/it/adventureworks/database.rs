//! The same five programs the whole way through the database: imported, accrued, closed, paid out.
//!
//! Everything comes in after the years it is about, so nothing of it is late: a period without
//! days of grace takes its facts until it is closed.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::access::Actor;
use engine::clock::FixedClock;
use engine::db::Db;
use engine::db::testing::TestDatabase;
use engine::imports::{self, Counts, Input, Origin, Request};
use engine::ingest::mapping::Mapping;
use engine::office::Office;
use engine::settle::{self, CloseNote, PeriodState};
use engine::{accrue, journal, ledger, programs};
use rust_decimal::Decimal;

use super::{PROGRAMS, Payouts, differences, folder, load, payouts};

/// More rows than any list of this test has.
const ROWS_MAX: i64 = 1_000_000;

/// A morning after the last day of every program.
const MORNING: &str = "2014-01-15T09:00:00Z";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(repository(path)).expect(path)
}

/// An installation in which nothing happened yet.
async fn open(db: &Db) -> Office {
    db.migrate().await.expect("a new database can be migrated");
    let morning = MORNING.parse().expect("an instant");
    Office::new(db.clone(), Arc::new(FixedClock::at(morning)))
}

/// Imports a file of the source as `tokuten import` does.
async fn import(office: &Office, folder: &Path, file: &str, mapping: &str) -> Counts {
    let mapping = Mapping::parse(&text(mapping)).expect("a sample mapping can be read");
    let input = Input::File(folder.join(file));
    let request = Request::new(file, Origin::File, input, mapping, Actor::System);
    let report = imports::run(office, request, &mut |_| ControlFlow::Continue(())).await;
    report.expect(file).import.counts
}

async fn import_all(office: &Office, folder: &Path) -> [Counts; 3] {
    [
        import(office, folder, "partners.csv", "mappings/aw-partners.yaml").await,
        import(office, folder, "products.csv", "mappings/aw-products.yaml").await,
        import(office, folder, "reseller_sales.csv", "mappings/aw-sales.yaml").await,
    ]
}

/// Saves and activates the five programs.
async fn activate(office: &Office) {
    for (program, ..) in PROGRAMS {
        let mut tx = office.db().write().await.expect("a turn");
        let (master, now) = (office.master(&mut tx).await.expect("master data"), office.now());
        let text = text(&format!("programs/{program}.yaml"));
        let saved = programs::save_draft(&mut tx, &Actor::System, now, &text).await;
        let (saved, _) = saved.expect(program);
        let of = (saved.code.as_str(), saved.version);
        programs::activate(&mut tx, &master, &Actor::System, now, of).await.expect(program);
        tx.commit().await.expect("committed");
    }
}

/// Closes all periods of a program, oldest first; how many.
async fn close_all(office: &Office, program: &str) -> usize {
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    drop(reader);
    let at = rules.by_code(program).expect("an active program");
    let periods = settle::periods(&rules.plans[at], &rules.closes[at], office.now());
    for view in &periods {
        assert_eq!(view.state, PeriodState::Ready, "{program} {}", view.period.name);
        let mut tx = office.db().write().await.expect("a turn");
        let (master, now) = (office.master(&mut tx).await.expect("master data"), office.now());
        let which = (program, &*view.period.name);
        let note = CloseNote::everything("as told");
        settle::close(&mut tx, &master, &Actor::System, now, which, &note).await.expect("closed");
        tx.commit().await.expect("committed");
    }
    periods.len()
}

fn cents(amount: Decimal) -> i64 {
    let cents = amount * Decimal::ONE_HUNDRED;
    assert!(cents.is_integer(), "{amount} is finer than a cent");
    i64::try_from(cents.normalize().mantissa()).expect("whole cents without an exponent")
}

/// What the payouts of a program say, and what its awards say.
async fn found(office: &Office, program: &str) -> (Payouts, Payouts) {
    let mut reader = office.db().read().await.expect("a reader");
    let (rules, master) = (
        office.rules(&mut reader).await.expect("rules"),
        office.master(&mut reader).await.expect("master data"),
    );
    let program_id = rules.program_ids[rules.by_code(program).expect("an active program")];
    let rows = settle::payouts(&mut reader, program_id, "", ROWS_MAX).await.expect("payouts");
    let mut paid = Payouts::new();
    for row in rows {
        assert_eq!(row.prior_period, Decimal::ZERO, "nothing was late: {row:?}");
        let of = (row.partner_code.clone(), row.period_name().to_owned());
        let before = paid.insert(of, cents(row.amount));
        assert_eq!(before, None, "one payout a partner and period");
    }
    let mut awarded = Payouts::new();
    for (code, id) in &master.partner_ids {
        let rows = accrue::awards_of_partner(&mut reader, *id, ROWS_MAX).await.expect("awards");
        for row in rows.into_iter().filter(|row| row.program_id == program_id) {
            *awarded.entry((code.to_string(), row.period_name)).or_default() += cents(row.amount);
        }
    }
    (paid, awarded)
}

/// The facts are those of the file, to the last digit.
async fn look_at_facts(office: &Office) {
    let mut reader = office.db().read().await.expect("a reader");
    let master = office.master(&mut reader).await.expect("master data");
    let entries = journal::scan(&mut reader, &master, 0, ROWS_MAX).await.expect("scanned");
    let quantity: Decimal = entries.iter().filter_map(|entry| entry.fact.quantity).sum();
    let amount: Decimal = entries.iter().filter_map(|entry| entry.fact.amount).sum();
    assert_eq!(
        (entries.len(), quantity, amount),
        (60_855, Decimal::from(214_378), Decimal::new(804_505_969_823, 4))
    );
}

/// What is payable to each partner is what its payouts sum up to, and nothing stays accrued.
async fn look_at_ledger(office: &Office, paid: &BTreeMap<String, i64>) {
    let mut reader = office.db().read().await.expect("a reader");
    let (should, is) = ledger::check(&mut reader).await.expect("checked");
    assert_eq!(should, is, "balances are the sums of the postings");
    let mut payable = BTreeMap::new();
    for balance in is {
        let owed = balance.credit - balance.debit;
        let account = ledger::Account::Payable { partner: String::new() }.to_string();
        if let Some(partner) = balance.account.strip_prefix(&account) {
            payable.insert(partner.to_owned(), cents(owed));
        } else if balance.account.starts_with("accrued") {
            assert_eq!(owed, Decimal::ZERO, "{} has nothing left", balance.account);
        }
    }
    payable.retain(|_, cents| *cents != 0);
    assert_eq!(&payable, paid);
}

/// The whole way on one database.
async fn goes_the_whole_way(folder: &Path, database: TestDatabase) {
    let raw = load(folder).await;
    let db = database.open().await;
    let office = open(&db).await;
    let count = |accepted, known| Counts { read: accepted + known, accepted, known, rejected: 0 };
    let counts = import_all(&office, folder).await;
    assert_eq!(counts, [count(701, 0), count(606, 0), count(60_855, 0)]);
    look_at_facts(&office).await;
    activate(&office).await;
    office.accrue().await.expect("accrued");
    let counts = import_all(&office, folder).await;
    assert_eq!(counts, [count(0, 701), count(0, 606), count(0, 60_855)], "again");
    look_at_facts(&office).await;

    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (program, sql, ..) in PROGRAMS {
        let periods = close_all(&office, program).await;
        assert!(periods > 2, "{program} has {periods} periods");
        let expected = payouts(&raw, sql).await;
        let (paid, awarded) = found(&office, program).await;
        let wrong = differences(&expected, &paid);
        assert!(wrong.is_empty(), "payouts of {program}: {wrong:#?}");
        let wrong = differences(&expected, &awarded);
        assert!(wrong.is_empty(), "awards of {program}: {wrong:#?}");
        for ((partner, _), cents) in paid {
            *sums.entry(partner).or_default() += cents;
        }
    }
    sums.retain(|_, cents| *cents != 0);
    look_at_ledger(&office, &sums).await;
    db.close().await;
    database.remove().await;
}

#[tokio::test]
async fn sqlite_pays_every_partner_what_the_independent_computation_says() {
    let test = "sqlite_pays_every_partner_what_the_independent_computation_says";
    let Some(folder) = folder(test) else { return };
    goes_the_whole_way(&folder, TestDatabase::sqlite()).await;
}

#[tokio::test]
async fn postgresql_pays_every_partner_what_the_independent_computation_says() {
    let test = "postgresql_pays_every_partner_what_the_independent_computation_says";
    let Some(folder) = folder(test) else { return };
    let Some(database) = TestDatabase::postgres().await else { return };
    goes_the_whole_way(&folder, database).await;
}
