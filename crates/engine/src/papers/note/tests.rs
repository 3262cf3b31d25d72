use jiff::civil::date;

use super::*;
use crate::access::Viewer;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::ledger;
use crate::papers::party::Treatment;
use crate::papers::payee::{Payee, PayeeError};
use crate::papers::run::tests::{CLOSING, asked, pay_to, payable, planned, settled, state, who};
use crate::papers::run::{self, Returned, RunError};
use crate::papers::statement::pdf;
use crate::papers::statement::xlsx;
use crate::views::story::{Story, noon};

/// Settles a partner's euros by credit note.
async fn take_credit(db: &Db, story: &Story, code: &str) {
    let id = story.master.partner_id(code).expect("a partner");
    let mut tx = db.write().await.expect("writes");
    let known = payee::payee(&mut tx, id).await.expect("a payee");
    let of = (id, code);
    let bad = Payee { credited_in: ["Euro".to_owned()].into(), ..known.details.clone() };
    let refused = payee::save_details(&mut tx, &who("Ann"), noon(CLOSING), of, &bad).await;
    assert!(matches!(refused, Err(PayeeError::Currency(_))), "{refused:?}");
    let good = Payee { credited_in: ["EUR".to_owned()].into(), ..known.details };
    payee::save_details(&mut tx, &who("Ann"), noon(CLOSING), of, &good).await.expect("details");
    tx.commit().await.expect("commits");
}

/// Credit less debit of an account.
async fn owed(db: &Db, account: &str) -> Decimal {
    let mut reader = db.read().await.expect("reads");
    let balances = ledger::balances(&mut reader, None).await.expect("balances");
    let own = balances.iter().filter(|balance| balance.account == account);
    own.map(|balance| balance.credit - balance.debit).sum()
}

#[tokio::test]
async fn a_credit_note_settles_instead_of_a_transfer_and_is_taken_back_whole() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        let vat = Treatment::Vat { rate: Decimal::new(19, 2) };
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", vat).await;
        pay_to(&db, &story, "P3", "GB29NWBK60161331926819", "Cedar", Treatment::None).await;
        let issued = state(&db, &story).await;
        let of = |code: &str| issued.iter().find(|row| row.partner_code == code).expect("stated");
        let (p1, p3, now) = (of("P1"), of("P3"), noon(CLOSING));
        let mut tx = db.write().await.expect("writes");
        let by_bank = issue(&mut tx, &who("Ann"), now, &p3.number, None).await;
        assert!(matches!(by_bank, Err(NoteError::ByTransfer { .. })), "{by_bank:?}");
        tx.commit().await.expect("commits");

        take_credit(&db, &story, "P1").await;
        let plan = planned(&db, &story).await;
        assert!(plan.ready.iter().all(|ready| ready.partner != "P1") && plan.noted == 1);
        assert!(plan.exceptions.iter().all(|one| one.partner != "P1"), "{plan:?}");
        let before = payable(&db, "P1").await;
        let mut tx = db.write().await.expect("writes");
        let found = due(&mut tx, now, date(2026, 7, 31)).await.expect("reads");
        assert_eq!(found.iter().map(|due| &due.statement.number).collect::<Vec<_>>(), [&p1.number]);
        let note = issue(&mut tx, &who("Ann"), now, &p1.number, None).await.expect("a note");
        assert_eq!((note.number.as_str(), note.total), ("CN-2026-000001", p1.total));
        let twice = issue(&mut tx, &who("Ann"), now, &p1.number, None).await;
        assert!(matches!(twice, Err(NoteError::NotOpen { status: "credited", .. })), "{twice:?}");
        let money = received(&mut tx, &who("Ann"), now, &note.number, None).await;
        assert!(matches!(money, Err(NoteError::NotNow { .. })), "{money:?}");
        let other = Viewer::Partner(p1.partner_id + 1);
        assert_eq!(row(&mut tx, other, &note.number).await.expect("reads"), None);
        tx.commit().await.expect("commits");
        assert_eq!(payable(&db, "P1").await, Decimal::ZERO);
        let books = [owed(&db, "credit_note").await, owed(&db, "cash").await];
        assert_eq!(books, [p1.total, Decimal::ZERO]);

        let mut tx = db.write().await.expect("writes");
        let silent = void(&mut tx, &who("Bob"), now, &note.number, " ").await;
        assert!(matches!(silent, Err(NoteError::Settle(SettleError::NoReason))), "{silent:?}");
        void(&mut tx, &who("Bob"), now, &note.number, "wrong letter").await.expect("is void");
        let again = issue(&mut tx, &who("Ann"), now, &p1.number, None).await.expect("a note");
        assert_eq!(again.number, "CN-2026-000002");
        void(&mut tx, &who("Bob"), now, &again.number, "again").await.expect("is void");
        tx.commit().await.expect("commits");
        assert_eq!(payable(&db, "P1").await, before);
        let books = [owed(&db, "credit_note").await, owed(&db, "tax").await];
        assert_eq!(books, [Decimal::ZERO; 2]);
        let mut reader = db.read().await.expect("reads");
        let own = Viewer::Partner(p1.partner_id);
        assert!(list(&mut reader, own, None, 10).await.expect("a list").is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_a_payee_is_credited_is_no_money_though_it_is_marked_by_hand() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        take_credit(&db, &story, "P1").await;
        let mut reader = db.read().await.expect("reads");
        let payouts = crate::settle::payouts(&mut reader, 0, "2026Q2", 10).await.expect("payouts");
        drop(reader);
        let before = payable(&db, "P1").await;
        let mut paid = [Decimal::ZERO; 2];
        for (nth, code) in ["P1", "P3"].into_iter().enumerate() {
            let own = payouts.iter().find(|row| row.partner_code == code).expect("a payout");
            paid[nth] = own.amount;
            let (id, step) = (&own.public_id, domain::settlement::PayoutStep::Pay);
            let mut tx = db.write().await.expect("writes");
            let by = who("Bob");
            let done = crate::settle::step(&mut tx, &by, noon(CLOSING), id, step, None).await;
            done.expect("is settled");
            tx.commit().await.expect("commits");
        }
        assert!(paid.iter().all(|amount| !amount.is_zero()), "{paid:?}");
        assert_eq!([owed(&db, "credit_note").await, owed(&db, "cash").await], paid);
        assert_eq!(payable(&db, "P1").await, before - paid[0]);
    })
    .await;
}

#[tokio::test]
async fn a_transfer_that_comes_back_is_owed_again() {
    for_each_database(async |db| {
        let story = settled(&db).await;
        let vat = Treatment::Vat { rate: Decimal::new(19, 2) };
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", vat).await;
        pay_to(&db, &story, "P3", "GB29NWBK60161331926819", "Cedar", Treatment::None).await;
        state(&db, &story).await;
        let before = payable(&db, "P1").await;
        let now = noon(CLOSING);
        let mut tx = db.write().await.expect("writes");
        let (rules, master) = (&story.rules, &story.master);
        let made = run::create(&mut tx, rules, master, &who("Ann"), now, &asked(None)).await;
        let made = made.expect("a file");
        let back = |day, reason: &str| Returned { day, reason: reason.into() };
        let (later, returned) = (noon(date(2026, 8, 5)), back(date(2026, 8, 4), "account closed"));
        let of = (made.number.as_str(), 1);
        let early = run::send_back(&mut tx, &who("Bob"), later, of, &returned).await;
        assert!(matches!(early, Err(RunError::NotPaid { .. })), "{early:?}");
        run::paid(&mut tx, &who("Bob"), now, &made.number).await.expect("is paid");
        for (of, returned) in [
            (of, back(date(2026, 7, 30), "before it was paid")),
            (of, back(date(2026, 8, 6), "tomorrow")),
            (of, back(date(2026, 8, 4), "")),
            ((of.0, 9), back(date(2026, 8, 4), "no such transfer")),
        ] {
            let refused = run::send_back(&mut tx, &who("Bob"), later, of, &returned).await;
            assert!(refused.is_err(), "{of:?} {returned:?}");
        }
        run::send_back(&mut tx, &who("Bob"), later, of, &returned).await.expect("comes back");
        let twice = run::send_back(&mut tx, &who("Bob"), later, of, &returned).await;
        assert!(matches!(twice, Err(RunError::ReturnedAlready { .. })), "{twice:?}");
        tx.commit().await.expect("commits");
        let (p1, p3) = (payable(&db, "P1").await, payable(&db, "P3").await);
        assert_eq!((p1, p3), (before, Decimal::ZERO));
        let plan = planned(&db, &story).await;
        let ready: Vec<_> = plan.ready.iter().map(|ready| ready.partner.as_str()).collect();
        assert_eq!(ready, ["P1"], "it goes out with the next file");
        assert_eq!(owed(&db, "cash").await, made.total - plan.ready[0].amount);
    })
    .await;
}

/// Both notes are drawn in both languages, and say what they are.
#[test]
fn notes_are_drawn_as_what_they_are() {
    use domain::explain::Lang;
    let plain = statement::tests::sample(2);
    for (kind, is_claim, en, ja) in [
        (NoteKind::Credit, false, "Credit note", "クレジットノート(売掛金充当)"),
        (NoteKind::Debit, true, "Debit note", "リベート返還請求書"),
    ] {
        let pay_to = is_claim.then(|| ("0001-110 1234567".to_owned(), "ﾋﾊﾞﾘ".to_owned()));
        let head = NoteHead { kind, statement: plain.number.clone(), pay_to };
        let mut paper = Statement { number: "XN-1".into(), note: Some(head), ..plain.clone() };
        if is_claim {
            paper.total.0 = -paper.total.0;
        }
        for (lang, title) in [(Lang::En, en), (Lang::Ja, ja)] {
            let words = statement::words::words(lang);
            assert_eq!(words.title_of(&paper), title);
            let notes = words.notes_of(&paper);
            assert!(notes.iter().any(|note| note.contains(&plain.number)), "{notes:?}");
            assert_ne!(words.settled(&paper), words.settled(&plain));
            assert!(!pdf::pdf(&paper, lang).expect("a PDF").is_empty());
            assert!(!xlsx::xlsx(&paper, lang).expect("a workbook").is_empty());
        }
    }
}
