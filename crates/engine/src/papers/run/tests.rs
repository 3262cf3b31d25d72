mod rewards;
mod units;

use std::collections::BTreeMap;

use domain::banking::{BankHoliday, Closed};
use domain::settlement::{PayoutStatus, PayoutStep};
use jiff::civil::date;

use super::*;
use crate::access::{Role, Viewer};
use crate::args;
use crate::catalog::{ReferenceEntry, Said, put_reference};
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::id::{Id, Kind};
use crate::ledger;
use crate::papers::beancount::tests::bean_check;
use crate::papers::check::{Country, Iban};
use crate::papers::party::{Address, IbanAccount, Treatment};
use crate::papers::payee::{self, Decision, Payee, PayeeError};
use crate::papers::settings::OwnAccount;
use crate::papers::{beancount, export};
use crate::views::story::{self, Story, noon};

/// The day on which the quarter is closed and paid.
pub(in crate::papers) const CLOSING: Date = date(2026, 7, 10);

pub(in crate::papers) fn who(name: &str) -> Actor {
    let at = noon(date(2026, 1, 1));
    Actor::User { id: Id::new(Kind::User, at), name: name.into(), role: Role::Administrator }
}

fn iban(text: &str, holder: &str) -> Account {
    Account::Iban(IbanAccount {
        iban: Iban::parse(text).expect("an IBAN"),
        bic: None,
        holder: holder.into(),
    })
}

fn address() -> Address {
    Address {
        street: "Hauptstr. 5".into(),
        postal_code: "10115".into(),
        town: "Berlin".into(),
        country: Some(Country::parse("DE").expect("a country")),
    }
}

fn company() -> Company {
    Company {
        names: [("en".to_owned(), "Hibari Cycles Europe GmbH".to_owned())].into(),
        address: address(),
        vat_number: "DE123456789".into(),
        accounts: vec![OwnAccount {
            code: "main".into(),
            currency: "EUR".into(),
            account: iban("DE89370400440532013000", "Hibari Cycles Europe GmbH"),
        }],
        due_days: Some(30),
        ..Company::default()
    }
}

/// Closes the second quarter, and approves what it pays: P1 40 and P3 60 of `volume`, 54 each of
/// `growth` or so.
pub(in crate::papers) async fn settled(db: &Db) -> Story {
    story::tell(db).await;
    let now = noon(CLOSING);
    let mut tx = db.write().await.expect("writes");
    let master = crate::catalog::load_master(&mut tx).await.expect("master data load");
    settings::save_company(&mut tx, &who("Ann"), now, &company()).await.expect("a company");
    let years = ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2"];
    let volume = years.map(|period| ("volume", period));
    for of in volume.into_iter().chain([("growth", "2026Q1"), ("growth", "2026Q2")]) {
        let note = settle::CloseNote::everything("checked");
        let done = settle::close(&mut tx, &master, &who("Ann"), now, of, &note).await;
        if let Err(error) = done {
            panic!("{of:?}: {error}");
        }
    }
    for payout in settle::payouts(&mut tx, 0, "", 100).await.expect("payouts") {
        if payout.status == PayoutStatus::Pending {
            let step = PayoutStep::Approve;
            let done = settle::step(&mut tx, &who("Bob"), now, &payout.public_id, step, None).await;
            done.expect("approves");
        }
    }
    tx.commit().await.expect("commits");
    story::know(db).await
}

pub(in crate::papers) async fn pay_to(
    db: &Db,
    story: &Story,
    code: &str,
    text: &str,
    holder: &str,
    treatment: Treatment,
) {
    let now = noon(CLOSING);
    let id = story.master.partner_id(code).expect("a partner");
    let mut tx = db.write().await.expect("writes");
    let details = Payee { address: address(), treatment, ..Payee::default() };
    let asker = who("Ann");
    payee::save_details(&mut tx, &asker, now, (id, code), &details).await.expect("details");
    payee::ask_account(&mut tx, &asker, now, (id, code), &iban(text, holder)).await.expect("asks");
    let of = (id, code);
    let own = payee::decide_account(&mut tx, &asker, now, of, Decision::Confirm).await;
    assert!(matches!(own, Err(PayeeError::FourEyes)), "{own:?}");
    let done = payee::decide_account(&mut tx, &who("Bob"), now, of, Decision::Confirm).await;
    done.expect("a second person confirms");
    tx.commit().await.expect("commits");
}

pub(in crate::papers) async fn state(db: &Db, story: &Story) -> Vec<statement::StatementRow> {
    let mut tx = db.write().await.expect("writes");
    let open = statement::open(&mut tx, &story.rules, None).await.expect("reads");
    let mut issued = Vec::new();
    for open in open {
        let now = noon(CLOSING);
        let (rules, master) = (&story.rules, &story.master);
        let row = statement::issue(&mut tx, rules, master, &who("Ann"), now, &open).await;
        issued.push(row.expect("a statement"));
    }
    tx.commit().await.expect("commits");
    issued
}

pub(in crate::papers) fn asked(total: Option<Decimal>) -> Asked {
    Asked { account: "main".into(), until: date(2026, 7, 30), day: date(2026, 7, 31), total }
}

pub(in crate::papers) async fn planned(db: &Db, story: &Story) -> Plan {
    let mut reader = db.read().await.expect("reads");
    let Asked { until, day, .. } = asked(None);
    plan(&mut reader, &story.rules, &story.master, "main", until, day).await.expect("a plan")
}

pub(in crate::papers) fn said(plan: &Plan) -> (String, String) {
    let ready = plan.ready.iter().map(|ready| format!("{} {}", ready.partner, ready.amount));
    let faults = plan.exceptions.iter().map(|e| format!("{} {}", e.partner, e.fault.code()));
    (ready.collect::<Vec<_>>().join(", "), faults.collect::<Vec<_>>().join(", "))
}

/// What is payable to a partner.
pub(in crate::papers) async fn payable(db: &Db, code: &str) -> Decimal {
    let mut reader = db.read().await.expect("reads");
    let balances = ledger::balances(&mut reader, None).await.expect("balances");
    let account = format!("payable/{code}");
    let own = balances.iter().filter(|balance| balance.account == account);
    own.map(|balance| balance.credit - balance.debit).sum()
}

#[tokio::test]
async fn from_approved_payouts_to_the_ledger_by_a_file() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        let vat = Treatment::Vat { rate: Decimal::new(19, 2) };
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", vat).await;
        pay_to(&db, &story, "P3", "GB29NWBK60161331926819", "Cedar", Treatment::None).await;
        let before = planned(&db, &story).await;
        assert!(before.ready.is_empty() && before.unstated > 0, "{before:?}");
        let issued = state(&db, &story).await;
        // Who has no account is an exception, and holds back nobody else.
        let plan = planned(&db, &story).await;
        let (ready, faults) = said(&plan);
        assert!(ready.starts_with("P1 ") && ready.contains(", P3 "), "{ready}");
        assert!(faults.contains("no_account"), "{faults}");
        assert_eq!(plan.unstated, 0);
        assert!(state(&db, &story).await.is_empty(), "a payout is on one statement");
        let p1 = issued.iter().find(|row| row.partner_code == "P1").expect("a statement");
        assert_eq!(p1.net + p1.tax, p1.total);
        assert_eq!(p1.tax, (p1.net * Decimal::new(19, 2)).trunc_with_scale(2));

        let mut tx = db.write().await.expect("writes");
        let (rules, master, now) = (&story.rules, &story.master, noon(CLOSING));
        let moved = create(&mut tx, rules, master, &who("Ann"), now, &asked(Some(1.into()))).await;
        assert!(matches!(moved, Err(RunError::Moved)), "{moved:?}");
        let total = Some(plan.total());
        let run = create(&mut tx, rules, master, &who("Ann"), now, &asked(total)).await;
        let run = run.expect("a file");
        tx.commit().await.expect("commits");
        let owed = (payable(&db, "P1").await, payable(&db, "P3").await);
        assert_eq!(owed, (p1.net, plan.ready[1].amount));

        // The file is kept, holds what the plan said, and nothing is in two files.
        let mut tx = db.write().await.expect("writes");
        let bytes = file_of(&mut tx, &run).await.expect("a file");
        assert_eq!(crate::hex::hex(&Sha256::digest(&bytes)), run.content_hash);
        let text = String::from_utf8(bytes).expect("UTF-8");
        let sum = format!("<CtrlSum>{:.2}</CtrlSum>", plan.total());
        assert_eq!(text.matches(&sum).count(), 2, "{text}");
        assert!(text.contains("<NbOfTxs>2</NbOfTxs>") && text.contains(&p1.number));
        let again = create(&mut tx, rules, master, &who("Ann"), now, &asked(None)).await;
        assert!(matches!(again, Err(RunError::Nothing)), "{again:?}");
        // Nobody takes a step with a payout beside the bank.
        let filed = &payments(&mut tx, run.run_id).await.expect("payments")[0];
        assert_eq!(filed.reference, p1.number);
        let on = statement::payouts_of(&mut tx, &[p1.statement_id]).await.expect("payouts");
        let beside =
            settle::step(&mut tx, &who("Bob"), now, &on[0].payout, PayoutStep::Pay, None).await;
        assert!(matches!(beside, Err(SettleError::InFile { .. })), "{beside:?}");
        let void = statement::void(&mut tx, &who("Ann"), now, &p1.number).await;
        assert!(matches!(void, Err(StatementError::NotNow { .. })), "{void:?}");

        let done = paid(&mut tx, &who("Bob"), now, &run.public_id).await.expect("is paid");
        assert_eq!(done.status, RunStatus::Paid);
        let twice = paid(&mut tx, &who("Bob"), now, &run.public_id).await;
        assert!(matches!(twice, Err(RunError::NotNow { .. })), "{twice:?}");
        tx.commit().await.expect("commits");
        let owed = (payable(&db, "P1").await, payable(&db, "P3").await);
        assert_eq!(owed, (Decimal::ZERO, Decimal::ZERO));

        // Cash is what the file says, tax what the statements say.
        let mut reader = db.read().await.expect("reads");
        let balances = ledger::balances(&mut reader, None).await.expect("balances");
        let of = |name: &str| {
            let found = balances.iter().find(|balance| balance.account == name);
            found.map(|balance| balance.credit - balance.debit).unwrap_or_default()
        };
        assert_eq!((of("cash"), of("tax")), (run.total, -p1.tax));
    })
    .await;
}

#[tokio::test]
async fn a_hold_stops_what_the_bank_would_pay_on_its_days() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", Treatment::None).await;
        state(&db, &story).await;
        let (rules, master, now) = (&story.rules, &story.master, noon(CLOSING));
        let mut tx = db.write().await.expect("writes");
        let last = date(2026, 8, 14);
        let (of, why) = (settle::Target::Partner("P1"), ("account is checked", Some(last)));
        settle::place(&mut tx, master, &who("Ann"), now, of, why).await.expect("a hold");
        for (until, day, is_held) in [
            (date(2026, 7, 30), date(2026, 7, 31), true),
            (date(2026, 8, 30), date(2026, 7, 31), true),
            (date(2026, 7, 30), last, true),
            // A Saturday: the bank pays on Monday, when the hold is over.
            (date(2026, 7, 30), date(2026, 8, 15), false),
        ] {
            let found = plan(&mut tx, rules, master, "main", until, day).await.expect("a plan");
            let (ready, faults) = said(&found);
            assert_eq!(faults.contains("P1 held"), is_held, "{until} {day}: {faults}");
            assert_eq!(ready.contains("P1 "), !is_held, "{until} {day}: {ready}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_bank_is_asked_to_pay_on_a_day_it_is_open() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", Treatment::None).await;
        state(&db, &story).await;
        let (rules, master, now) = (&story.rules, &story.master, noon(CLOSING));
        let mut tx = db.write().await.expect("writes");
        let until = date(2026, 7, 30);
        let found = plan(&mut tx, rules, master, "main", until, date(2026, 8, 1)).await;
        let found = found.expect("a plan");
        assert_eq!((found.day, found.calendar.is_known), (date(2026, 8, 3), false));
        assert_eq!(found.calendar.closed, Some(Closed::Weekend));

        let holiday = |country: &str, day: Date| BankHoliday {
            country: country.into(),
            day,
            names: [("en".to_owned(), "a holiday".to_owned())].into(),
        };
        let entries = [holiday("DE", date(2026, 7, 31)), holiday("FR", date(2026, 8, 3))]
            .map(|day| ReferenceEntry::new(Said::Holiday(day)).expect("an entry"));
        let put = put_reference(&mut tx, now, &who("Ann"), entries.to_vec()).await;
        put.expect("keeps them");
        // The calendar is that of the vendor's own bank; a hold acts on the day it pays.
        let last = Some(date(2026, 8, 2));
        let (of, why) = (settle::Target::Partner("P1"), ("account is checked", last));
        settle::place(&mut tx, master, &who("Ann"), now, of, why).await.expect("a hold");
        let run = create(&mut tx, rules, master, &who("Ann"), now, &asked(None)).await;
        let run = run.expect("a file");
        assert_eq!(run.day, date(2026, 8, 3), "Friday is a holiday, and a weekend follows");
        let file = file_of(&mut tx, &run).await.expect("reads");
        let file = String::from_utf8(file).expect("text");
        assert!(file.contains("<Dt>2026-08-03</Dt>"), "{file}");
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_file_leaves_everything_as_it_was() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", Treatment::None).await;
        let issued = state(&db, &story).await;
        let mut tx = db.write().await.expect("writes");
        let (rules, master, now) = (&story.rules, &story.master, noon(CLOSING));
        let past = Asked { day: date(2026, 7, 9), ..asked(None) };
        let refused = create(&mut tx, rules, master, &who("Ann"), now, &past).await;
        assert!(matches!(refused, Err(RunError::Past { .. })), "{refused:?}");
        let first = create(&mut tx, rules, master, &who("Ann"), now, &asked(None)).await;
        let first = first.expect("a file");
        withdraw(&mut tx, &who("Ann"), now, &first.number).await.expect("withdraws");
        let second = create(&mut tx, rules, master, &who("Ann"), now, &asked(None)).await;
        let second = second.expect("a second file");
        assert_eq!((second.total, second.payments), (first.total, first.payments));
        assert_ne!(second.number, first.number);
        withdraw(&mut tx, &who("Ann"), now, &second.number).await.expect("withdraws");
        // A payout that is rejected now is an exception of its statement, which can be made void.
        let p1 = issued.iter().find(|row| row.partner_code == "P1").expect("a statement");
        let on = statement::payouts_of(&mut tx, &[p1.statement_id]).await.expect("payouts");
        let (step, why) = (PayoutStep::Reject, Some("checked again"));
        settle::step(&mut tx, &who("Bob"), now, &on[0].payout, step, why).await.expect("rejects");
        let Asked { until, day, .. } = asked(None);
        let found = plan(&mut tx, rules, master, "main", until, day).await.expect("a plan");
        let fault = found.exceptions.iter().find(|e| e.partner == "P1").map(|e| e.fault.code());
        assert_eq!(fault, Some("changed"));
        statement::void(&mut tx, &who("Ann"), now, &p1.public_id).await.expect("is void");
        let own = Viewer::Partner(p1.partner_id);
        let seen = statement::list(&mut tx, own, None, 10).await.expect("a list");
        assert!(seen.is_empty(), "a partner does not see what is void: {seen:?}");
        tx.commit().await.expect("commits");
    })
    .await;
}

#[tokio::test]
async fn a_statement_says_what_was_earned_and_is_its_partners_own() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        let issued = state(&db, &story).await;
        let p1 = issued.iter().find(|row| row.partner_code == "P1").expect("a statement");
        let mut reader = db.read().await.expect("reads");
        let content = statement::load(&mut reader, p1).await.expect("reads");
        assert!(content.ties());
        let volume = content.programs.iter().find(|part| part.code == "volume").expect("volume");
        let term = &volume.terms[0];
        assert_eq!(volume.amount.0, Decimal::from(40));
        assert_eq!(
            (term.basis.map(|b| b.0.to_string()), term.tier),
            (Some("2000.10".into()), Some(2))
        );
        let shares: Decimal = term.lines.iter().map(|line| line.share.0).sum();
        assert_eq!(shares.round_dp(2), Decimal::from(40));
        let other = Viewer::Partner(p1.partner_id + 1);
        let hidden = statement::row(&mut reader, other, &p1.public_id).await.expect("reads");
        assert_eq!(hidden, None);
        let own = Viewer::Partner(p1.partner_id);
        let seen = statement::list(&mut reader, own, None, 10).await.expect("a list");
        assert_eq!(seen.len(), 1);
        drop(reader);
        // Its partner agrees to it, once; nobody else can.
        let partner = |partner_id| {
            let id = Id::new(Kind::User, noon(date(2026, 1, 1)));
            Actor::User { id, name: "Adler".into(), role: Role::Partner { partner_id } }
        };
        let mut tx = db.write().await.expect("writes");
        let now = noon(CLOSING);
        for stranger in [partner(p1.partner_id + 1), who("Ann")] {
            let hidden = statement::agree(&mut tx, &stranger, now, &p1.number, None).await;
            assert!(matches!(hidden, Err(StatementError::NotFound)), "{hidden:?}");
        }
        let own = partner(p1.partner_id);
        statement::agree(&mut tx, &own, now, &p1.number, Some(" all right "))
            .await
            .expect("agrees");
        let twice = statement::agree(&mut tx, &own, now, &p1.number, None).await;
        assert!(matches!(twice, Err(StatementError::Over { status: "agreed", .. })), "{twice:?}");
        let kept = statement::agreements(&mut tx, None).await.expect("reads");
        let kept = &kept[&p1.statement_id];
        assert_eq!((kept.total, kept.comment.as_deref()), (p1.total, Some("all right")));
    })
    .await;
}

#[tokio::test]
async fn exports_hold_every_posting_once_and_tie_out() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        let now = noon(CLOSING);
        let mut tx = db.write().await.expect("writes");
        let (first, bytes) =
            export::create(&mut tx, &story.master, &who("Ann"), now).await.expect("an export");
        let nothing = export::create(&mut tx, &story.master, &who("Ann"), now).await;
        assert!(matches!(nothing, Err(export::ExportError::Nothing)), "{nothing:?}");
        tx.commit().await.expect("commits");
        // More is posted, and a second export holds that alone.
        pay_to(
            &db,
            &story,
            "P1",
            "FR1420041010050500013M02606",
            "Adler",
            Treatment::Vat { rate: Decimal::new(19, 2) },
        )
        .await;
        state(&db, &story).await;
        let mut tx = db.write().await.expect("writes");
        let (rules, master) = (&story.rules, &story.master);
        let run = create(&mut tx, rules, master, &who("Ann"), now, &asked(None)).await;
        paid(&mut tx, &who("Bob"), now, &run.expect("a file").number).await.expect("is paid");
        let (second, more) =
            export::create(&mut tx, master, &who("Ann"), now).await.expect("an export");
        tx.commit().await.expect("commits");
        assert_eq!(second.first_seq, first.last_seq + 1);
        // Sums by ledger account of both files are the ledger's.
        let mut sums: BTreeMap<(String, String), Decimal> = BTreeMap::new();
        for bytes in [&bytes, &more] {
            let text = String::from_utf8(bytes.clone()).expect("UTF-8");
            for line in text.lines().skip(1) {
                let cells: Vec<&str> = line.split(',').collect();
                let amount = |at: usize| cells[at].parse::<Decimal>().unwrap_or_default();
                *sums.entry((cells[12].to_owned(), cells[8].to_owned())).or_default() +=
                    amount(6) - amount(7);
            }
        }
        let mut reader = db.read().await.expect("reads");
        let balances = ledger::balances(&mut reader, None).await.expect("balances");
        let books: BTreeMap<_, _> = balances
            .into_iter()
            .map(|sum| ((sum.account, sum.unit), sum.debit - sum.credit))
            .collect();
        assert_eq!(sums, books);
        assert!(books.len() > 4, "{books:?}");
        let entries = first.entries + second.entries;
        let row = reader.row("SELECT COUNT(*) FROM posting", args![]).await.expect("counts");
        assert_eq!(row.map(|row| row.int(0)), Some(entries));
        // Fetched again, an export is the same file, whatever the chart says by then.
        for (export, bytes) in [(first, bytes), (second, more)] {
            let again = export::file(&mut reader, &story.master, &export).await.expect("a file");
            assert_eq!(again, bytes);
        }
        let text = export::beancount(&mut reader, &story.master).await.expect("a ledger");
        assert_eq!(i64::try_from(text.matches("  posting: ").count()), Ok(entries));
        if let Some(accepted) = bean_check(&text) {
            assert_eq!(accepted, Ok(()), "{text}");
        }
        let zone = TimeZone::UTC;
        let all = export::entries(&mut reader, &story.master, &zone, (1, i64::MAX)).await;
        assert_eq!(beancount::sums(&all.expect("entries")), books);
    })
    .await;
}
