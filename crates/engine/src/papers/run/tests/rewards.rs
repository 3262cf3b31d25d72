//! Money for points, from the order to the books, and back.

use domain::approval::Refusal;
use domain::wallet::{AskedLine, read_line};
use domain::yaml::Tree;

use super::*;
use crate::papers::note;
use crate::settle::{OfReward, PayoutRow, Source};
use crate::wallets::{self, Answer, Ask};

const WALLET: &str = "
wallet: club
currency: EUR
points:
  STAR: { worth: 0.05, cost: 0.04 }
rewards:
  cash20: { name: 20 euros, points: STAR, price: 400, gives: { cash: 20 } }
  mug: { points: STAR, price: 100 }
";

/// A club of partners with 1,000 points each, and a vendor with an account.
async fn club(db: &Db) -> Story {
    story::tell_master_data(db).await;
    let now = noon(CLOSING);
    let mut tx = db.write().await.expect("writes");
    settings::save_company(&mut tx, &who("Ann"), now, &company()).await.expect("a company");
    wallets::draft(&mut tx, &who("Ann"), now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &who("Bob"), now, "club").await.expect("a wallet that acts");
    tx.commit().await.expect("commits");
    let story = story::know(db).await;
    for partner in ["P1", "P3"] {
        let text =
            format!("{{ credit: C-{partner}, partner: {partner}, points: STAR, amount: 1000 }}");
        say(db, &story, &who("Ann"), &text).await;
    }
    story
}

async fn say(db: &Db, story: &Story, by: &Actor, text: &str) {
    let root = domain::yaml::parse(text).expect("YAML").root;
    let parsed = read_line(&Tree::from(&root), &jiff::tz::TimeZone::UTC);
    let AskedLine { key, on, command } = parsed.value.expect("a line");
    let ask = Ask { key, on, command };
    let mut tx = db.write().await.expect("writes");
    let (rules, master, now) = (&story.rules, &story.master, noon(CLOSING));
    let answer = Box::pin(wallets::act(&mut tx, rules, master, (by, now), &ask)).await;
    let answer = answer.expect("an answer");
    assert!(matches!(answer, Answer::Taken(_)), "{text}: {answer:?}");
    tx.commit().await.expect("commits");
}

async fn all(db: &Db) -> Vec<PayoutRow> {
    let mut reader = db.read().await.expect("reads");
    settle::payouts(&mut reader, 0, "", 100).await.expect("payouts")
}

/// `P1 20 pending 400 STAR`, in the order of these words.
async fn told(db: &Db) -> Vec<String> {
    let one = |row: &PayoutRow| {
        let Source::Reward(OfReward { points, unit, .. }) = &row.source else { panic!("{row:?}") };
        format!("{} {} {} {points} {unit}", row.partner_code, row.amount, row.status.word())
    };
    let mut told: Vec<String> = all(db).await.iter().map(one).collect();
    told.sort();
    told
}

async fn step(db: &Db, by: &Actor, row: &PayoutRow) -> Result<PayoutRow, SettleError> {
    let mut tx = db.write().await.expect("writes");
    let approve = PayoutStep::Approve;
    let done = settle::step(&mut tx, by, noon(CLOSING), &row.public_id, approve, None).await?;
    tx.commit().await.expect("commits");
    Ok(done)
}

async fn approve_all(db: &Db) {
    for row in all(db).await.iter().filter(|row| row.status == PayoutStatus::Pending) {
        step(db, &who("Bob"), row).await.expect("approves");
    }
}

/// Puts what is stated and due into a file.
async fn file(db: &Db, story: &Story) -> Result<RunRow, RunError> {
    let mut tx = db.write().await.expect("writes");
    let (rules, master, now) = (&story.rules, &story.master, noon(CLOSING));
    let asked = Asked { until: date(2026, 8, 30), ..asked(None) };
    let run = create(&mut tx, rules, master, &who("Ann"), now, &asked).await?;
    tx.commit().await.expect("commits");
    Ok(run)
}

async fn pay(db: &Db, run: &RunRow) {
    let mut tx = db.write().await.expect("writes");
    paid(&mut tx, &who("Bob"), noon(CLOSING), &run.public_id).await.expect("is paid");
    tx.commit().await.expect("commits");
}

/// What an account has, credits above zero; and the ledger balances.
async fn has(db: &Db, name: &str) -> Decimal {
    let mut reader = db.read().await.expect("reads");
    let (should, is) = ledger::check(&mut reader).await.expect("checks");
    assert_eq!(should, is, "balances are the sums of postings");
    let all: Decimal = is.iter().map(|sum| sum.debit - sum.credit).sum();
    assert_eq!(all, Decimal::ZERO, "the ledger balances");
    let own = is.iter().filter(|sum| sum.account == name && sum.unit == "EUR");
    own.map(|sum| sum.credit - sum.debit).sum()
}

#[tokio::test]
async fn money_for_points_takes_the_way_of_every_payout() {
    Box::pin(for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let mut tx = db.write().await.expect("writes");
        let chains = vec![
            settle::read_chain("payout EUR 15: role:administrator 3 > anyone 2").expect("a chain"),
        ];
        let policy = settle::Policy { chains, ..settle::Policy::default() };
        settle::set_policy(&mut tx, &who("Ann"), noon(CLOSING), &policy).await.expect("a policy");
        tx.commit().await.expect("commits");
        let cleo = who("Cleo");
        say(&db, &story, &cleo, "{ redeem: R-1, partner: P1, reward: cash20 }").await;
        say(&db, &story, &cleo, "{ redeem: R-2, partner: P1, reward: mug }").await;
        assert_eq!(told(&db).await, ["P1 20 pending 400 STAR"], "in the commit of the order");
        assert_eq!(payable(&db, "P1").await, 20.into());
        let row = all(&db).await.remove(0);
        let Source::Reward(of) = &row.source else { panic!("{row:?}") };
        assert_eq!((of.order.as_str(), of.reward.as_str(), of.on), ("R-1", "cash20", CLOSING));
        // Limits and the second pair of eyes are those of every payout.
        let own = step(&db, &cleo, &row).await;
        assert!(matches!(own, Err(SettleError::Refused(Refusal::Prepared))), "{own:?}");
        let first = step(&db, &who("Bob"), &row).await.expect("a first step");
        assert_eq!(first.status, PayoutStatus::Pending);
        step(&db, &who("Dora"), &row).await.expect("a second step");

        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", Treatment::None).await;
        let stated = state(&db, &story).await;
        let mut reader = db.read().await.expect("reads");
        let paper = statement::load(&mut reader, &stated[0]).await.expect("a statement");
        drop(reader);
        assert!(paper.ties());
        let part = &paper.programs[0];
        let said = [&part.names["en"], &part.names["ja"], &part.terms[0].names["en"]];
        assert_eq!(said, ["Reward: 20 euros", "交換品：20 euros", "Order R-1"]);
        let basis = statement::words::basis(domain::explain::Lang::En, &part.terms[0], "EUR");
        assert_eq!(basis, "400 STAR");
        let run = file(&db, &story).await.expect("a file");
        let mut reader = db.read().await.expect("reads");
        let bytes = file_of(&mut reader, &run).await.expect("a file");
        drop(reader);
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.contains("<CtrlSum>20.00</CtrlSum>"), "{text}");
        pay(&db, &run).await;
        assert_eq!(told(&db).await, ["P1 20 paid 400 STAR"]);
        let books = [
            has(&db, "payable/P1").await,
            has(&db, "cash").await,
            has(&db, "redeemed.expense/STAR").await,
        ];
        assert_eq!(books, [Decimal::ZERO, 20.into(), Decimal::from(-20)]);
        let mut tx = db.write().await.expect("writes");
        let made = export::create(&mut tx, &story.master, &who("Ann"), noon(CLOSING)).await;
        let text = String::from_utf8(made.expect("an export").1).expect("UTF-8");
        assert!(text.contains("redemption_value") && text.contains("payable/P1"), "{text}");
    }))
    .await;
}

#[tokio::test]
async fn what_is_cancelled_before_it_is_paid_is_withdrawn() {
    for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let ann = who("Ann");
        say(&db, &story, &ann, "{ redeem: R-1, partner: P1, reward: cash20, quantity: 2 }").await;
        approve_all(&db).await;
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", Treatment::None).await;
        let stated = state(&db, &story).await;
        // One of two: what is left is another payout, and somebody decides about it.
        say(&db, &story, &ann, "{ cancel: R-1, amount: 400 }").await;
        let both = ["P1 20 pending 400 STAR", "P1 40 withdrawn 800 STAR"];
        assert_eq!(told(&db).await, both);
        assert_eq!(payable(&db, "P1").await, 20.into());
        let gone = all(&db).await;
        let gone = gone.iter().find(|row| row.status == PayoutStatus::Withdrawn).expect("one");
        let late = step(&db, &who("Bob"), gone).await;
        assert!(matches!(late, Err(SettleError::NotNow { status: "withdrawn" })), "{late:?}");
        // Its statement is not paid, and may be made void.
        let none = file(&db, &story).await;
        assert!(matches!(none, Err(RunError::Nothing)), "{none:?}");
        let mut tx = db.write().await.expect("writes");
        let void = statement::void(&mut tx, &ann, noon(CLOSING), &stated[0].number).await;
        void.expect("is void");
        tx.commit().await.expect("commits");
        say(&db, &story, &ann, "{ cancel: R-1 }").await;
        assert_eq!(told(&db).await, ["P1 20 withdrawn 400 STAR", "P1 40 withdrawn 800 STAR"]);
        assert_eq!(has(&db, "payable/P1").await, Decimal::ZERO);
        assert!(state(&db, &story).await.is_empty(), "nothing is left to state");
    })
    .await;
}

#[tokio::test]
async fn what_is_cancelled_after_it_was_paid_is_asked_back() {
    for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let ann = who("Ann");
        say(&db, &story, &ann, "{ redeem: R-1, partner: P1, reward: cash20 }").await;
        approve_all(&db).await;
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", Treatment::None).await;
        state(&db, &story).await;
        let run = file(&db, &story).await.expect("a file");
        // What stands in a file stays in it.
        say(&db, &story, &ann, "{ cancel: R-1 }").await;
        let both = ["P1 -20 pending -400 STAR", "P1 20 approved 400 STAR"];
        assert_eq!(told(&db).await, both);
        pay(&db, &run).await;
        assert_eq!(payable(&db, "P1").await, Decimal::from(-20));
        approve_all(&db).await;
        let stated = state(&db, &story).await;
        assert_eq!(stated.iter().map(|row| row.total).collect::<Vec<_>>(), [Decimal::from(-20)]);
        let mut tx = db.write().await.expect("writes");
        let demand = note::issue(&mut tx, &ann, noon(CLOSING), &stated[0].number, None).await;
        let demand = demand.expect("a demand");
        assert_eq!((&*demand.number, demand.total), ("DN-2026-000001", Decimal::from(-20)));
        let later = noon(date(2026, 7, 20));
        note::received(&mut tx, &ann, later, &demand.number, None).await.expect("comes in");
        tx.commit().await.expect("commits");
        for account in ["payable/P1", "receivable/P1", "cash", "redeemed.expense/STAR"] {
            assert_eq!(has(&db, account).await, Decimal::ZERO, "{account}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_merged_membership_is_owed_goes_along_and_what_it_was_paid_stays() {
    for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let ann = who("Ann");
        say(&db, &story, &ann, "{ redeem: R-1, partner: P1, reward: cash20 }").await;
        approve_all(&db).await;
        pay_to(&db, &story, "P1", "FR1420041010050500013M02606", "Adler", Treatment::None).await;
        state(&db, &story).await;
        let run = file(&db, &story).await.expect("a file");
        pay(&db, &run).await;
        say(&db, &story, &ann, "{ redeem: R-2, partner: P1, reward: cash20 }").await;
        say(&db, &story, &ann, "{ merge: P1, into: P3 }").await;
        let merged = ["P1 20 paid 400 STAR", "P1 20 withdrawn 400 STAR", "P3 20 pending 400 STAR"];
        assert_eq!(told(&db).await, merged);
        assert_eq!(has(&db, "payable/P1").await, Decimal::ZERO);
        assert_eq!(has(&db, "payable/P3").await, 20.into());
        say(&db, &story, &ann, "{ unmerge: P1 }").await;
        assert_eq!(has(&db, "payable/P1").await, 20.into());
        assert_eq!(has(&db, "payable/P3").await, Decimal::ZERO);
        let open: Vec<String> = all(&db)
            .await
            .iter()
            .filter(|row| row.status == PayoutStatus::Pending)
            .map(|row| format!("{} {}", row.partner_code, row.amount))
            .collect();
        assert_eq!(open, ["P1 20"]);
    })
    .await;
}
