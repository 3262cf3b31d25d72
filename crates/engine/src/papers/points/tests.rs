use std::sync::Arc;

use domain::code::PartnerCode;
use domain::explain::Lang;
use jiff::Timestamp;

use super::*;
use crate::access::Actor;
use crate::catalog::{self, Item, Names as Called};
use crate::clock::FixedClock;
use crate::db::testing::for_each_database;
use crate::members::{self, Choice};
use crate::office::Office;
use crate::wallets;

const WALLET: &str = "\
wallet: club
currency: EUR
points:
  STAR: { expiry: { after: 1 months, to: month_end } }
  MILES: { escrow: 60 days }
";

#[test]
fn a_period_reads_as_it_is_written() {
    for (word, from, to) in [
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
    ] {
        let covered = Covered::from_word(word).expect(word);
        assert_eq!(
            (covered.from.to_string().as_str(), covered.to.to_string().as_str()),
            (from, to)
        );
        assert_eq!(covered.word(), word);
    }
    for word in ["2026", "2026-13", "2026-Q5", "2026-Q0", "1-1", "2026-1x", ""] {
        assert_eq!(Covered::from_word(word), None, "{word}");
    }
    let last = |every, today: &str| {
        let covered = Covered::last_before(every, today.parse().expect("a day"));
        covered.map(Covered::word)
    };
    assert_eq!(last(Every::Month, "2026-01-01").as_deref(), Some("2025-12"));
    assert_eq!(last(Every::Quarter, "2026-06-30").as_deref(), Some("2026-Q1"));
    assert_eq!(last(Every::Never, "2026-06-30"), None);
}

async fn tell(office: &Office, clock: &FixedClock, at: &str, line: &str) {
    clock.advance(at.parse::<Timestamp>().expect("an instant").duration_since(office.now()));
    let mut tx = office.db().write().await.expect("a turn to write");
    let (rules, master) = (
        office.rules(&mut tx).await.expect("rules"),
        office.master(&mut tx).await.expect("master data"),
    );
    let root = domain::yaml::parse(line).expect("YAML").root;
    let tree = domain::yaml::Tree::from(&root);
    let asked = domain::wallet::read_line(&tree, &jiff::tz::TimeZone::UTC).value.expect("a line");
    let ask = wallets::Ask { key: asked.key, on: asked.on, command: asked.command };
    let by = (&Actor::System, office.now());
    let answer = wallets::act(&mut tx, &rules, &master, by, &ask).await.expect("an answer");
    assert!(matches!(answer, wallets::Answer::Taken(_)), "{line}: {answer:?}");
    tx.commit().await.expect("committed");
}

/// What one statement closes with the next one opens with, and the last one closes with what is
/// there.
#[tokio::test]
async fn statements_add_up_to_the_ledger_and_are_issued_once() {
    for_each_database(async |db| {
        let start: Timestamp = "2026-03-05T09:00:00Z".parse().expect("an instant");
        let clock = Arc::new(FixedClock::at(start));
        let office = Office::new(db.clone(), clock.clone());
        let (by, mut tx) = (Actor::System, db.write().await.expect("a turn to write"));
        let item = |code| Item::new(code, Called::new(), catalog::Fields::new()).expect("an item");
        let items = vec![item("P1"), item("P2")];
        catalog::upsert_partners(&mut tx, start, &by, Date::MIN, items).await.expect("partners");
        wallets::draft(&mut tx, &by, start, WALLET).await.expect("a draft");
        wallets::activate(&mut tx, &by, start, "club").await.expect("a wallet");
        let monthly = Choice { every: Every::Month, ..Choice::default() };
        members::choose(&mut tx, (&by, start), (1, 1), monthly).await.expect("chosen");
        tx.commit().await.expect("committed");
        for (at, line) in [
            ("2026-03-06T09:00:00Z", "{ credit: C1, partner: P1, points: STAR, amount: 100 }"),
            ("2026-03-07T09:00:00Z", "{ redeem: X1, partner: P1, points: STAR, amount: 30 }"),
            ("2026-03-08T09:00:00Z", "{ reserve: H1, partner: P1, points: STAR, amount: 5 }"),
            ("2026-04-02T09:00:00Z", "{ release: H1 }"),
            ("2026-04-03T09:00:00Z", "{ credit: C2, partner: P2, points: STAR, amount: 9 }"),
            ("2026-04-04T09:00:00Z", "{ transfer: T1, from: P2, to: P1, points: STAR, amount: 4 }"),
            ("2026-04-05T09:00:00Z", "{ credit: C3, partner: P1, points: MILES, amount: 7 }"),
        ] {
            tell(&office, &clock, at, line).await;
        }
        // On 30 April the last day of what was credited in March is over, and nobody looked.
        let may: Timestamp = "2026-05-02T09:00:00Z".parse().expect("an instant");
        clock.advance(may.duration_since(office.now()));
        assert_eq!(issue_due(&office).await.expect("issued"), 1);
        assert_eq!(issue_due(&office).await.expect("issued"), 0, "once");

        let mut reader = db.read().await.expect("a reader");
        let all = issued(&mut reader, 1).await.expect("read");
        let [one] = all.as_slice() else { panic!("one statement, {all:?}") };
        let (_, april) = find(&mut reader, &one.id).await.expect("read").expect("a statement");
        let rules = office.rules(&mut reader).await.expect("rules");
        let master = office.master(&mut reader).await.expect("master data");
        let partner = catalog::partner_by_id(&mut reader, 1).await.expect("read").expect("P1");
        let of = &rules.wallets[0];
        let mut closing = None;
        for word in ["2026-03", "2026-04", "2026-05"] {
            let covered = Covered::from_word(word).expect("a period");
            let when = (office.now(), covered);
            let it = gather(&mut reader, (&rules, &master), of, &partner, when).await;
            let it = it.expect("a statement");
            let star = it.parts.iter().find(|part| part.unit == "STAR").expect("STAR");
            assert_eq!(closing.unwrap_or_default(), star.opening, "{word}");
            closing = Some(star.closing);
            if word == "2026-04" {
                assert_eq!(it.parts, april.parts);
                let words: Vec<String> = star
                    .moves
                    .iter()
                    .map(|it| format!("{} {} {}", it.day, it.other, it.amount))
                    .collect();
                assert_eq!(words, ["2026-04-02 reserved 5", "2026-04-04 open 4"]);
            }
        }
        let owner = PartnerCode::new("P1");
        let rows = wallets::balances(&mut reader, &rules, &master, office.now(), &owner).await;
        let rows = rows.expect("balances");
        let star = rows.iter().find(|row| row.unit == "STAR").expect("STAR");
        assert_eq!(closing, Some(star.amount + star.escrow - star.arrears));
        assert_eq!(star.amount.to_string(), "4", "what was passed on in April is left");
        let miles = april.parts.iter().find(|part| part.unit == "MILES").expect("MILES");
        assert_eq!((miles.closing, miles.waiting), (7.into(), 7.into()));

        for lang in [Lang::En, Lang::Ja] {
            let bytes = pdf(&april, lang).expect("a PDF");
            assert!(bytes.starts_with(b"%PDF-"));
            assert_eq!(bytes, pdf(&april, lang).expect("a PDF"), "the same bytes");
        }
    })
    .await;
}
