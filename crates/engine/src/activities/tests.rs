use domain::code::PartnerCode;
use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::Date;

use super::*;
use crate::access::{NewUser, Passwords, Role, create_user};
use crate::catalog::{self, Item, Names};
use crate::clock::FixedClock;
use crate::db::testing::for_each_database;
use crate::wallets;

const WALLET: &str = "wallet: club\ncurrency: EUR\npoints:\n  STAR: {}\n";

/// Five points for each of the first two days of a month on which somebody signs in.
const PROGRAM: &str = "\
program: visits
currency: EUR
starts: 2026-01-01
terms:
  - term: sign-in
    facts: [ activity ]
    when: fact.type == \"sign_in\"
    group_by: fact
    measure: count()
    per_unit: 5
    frequency: { first: 2, per: month }
    reward: { points: STAR }
";

async fn balance(office: &Office) -> String {
    office.accrue().await.expect("evaluated");
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let master = office.master(&mut reader).await.expect("master data");
    let owner = PartnerCode::new("P1");
    let rows = wallets::balances(&mut reader, &rules, &master, office.now(), &owner).await;
    let rows = rows.expect("balances");
    rows.iter().map(|row| format!("{} {}", row.amount, row.unit)).collect::<Vec<_>>().join(", ")
}

/// Signing in counts once on a day by the vendor's clocks, and earns what a term gives for it.
#[tokio::test]
async fn a_sign_in_counts_once_on_a_day() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let clock = std::sync::Arc::new(FixedClock::at(now));
        let office = Office::new(db.clone(), clock.clone());
        let (by, mut tx) = (Actor::System, db.write().await.expect("a turn to write"));
        let item = Item::new("P1", Names::new(), catalog::Fields::new()).expect("an item");
        let items = vec![item];
        catalog::upsert_partners(&mut tx, now, &by, Date::MIN, items).await.expect("partners");
        wallets::draft(&mut tx, &by, now, WALLET).await.expect("a draft");
        wallets::activate(&mut tx, &by, now, "club").await.expect("a wallet");
        crate::programs::save_draft(&mut tx, &by, now, PROGRAM).await.expect("a draft");
        let master = office.master(&mut tx).await.expect("master data");
        let of = ("visits", 1);
        crate::programs::activate(&mut tx, &master, &by, now, of).await.expect("a program");
        let partner_id = master.partner_id("P1").expect("a partner");
        let password = Passwords::for_tests().hash("correct horse battery").await;
        let password = password.expect("hashed");
        let (login, name, language) = ("adler".into(), "Adler".into(), "en".into());
        let role = Role::Partner { partner_id };
        let new = NewUser { login, name, password, role, language };
        let user = create_user(&mut tx, now, &by, new).await.expect("a user");
        tx.commit().await.expect("a commit");

        assert!(signed_in(&office, &user).await.expect("told"));
        assert!(!signed_in(&office, &user).await.expect("told"), "once on a day");
        assert_eq!(balance(&office).await, "5 STAR");
        clock.advance(SignedDuration::from_hours(14));
        assert!(!signed_in(&office, &user).await.expect("told"), "still the same day");
        for (day, expected) in [(5, "10 STAR"), (6, "10 STAR")] {
            clock.advance(SignedDuration::from_hours(24));
            assert!(signed_in(&office, &user).await.expect("told"), "day {day}");
            assert_eq!(balance(&office).await, expected, "the first two of a month, day {day}");
        }
        let mut reader = db.read().await.expect("a reader");
        let key = FactKey::new(format!("tokuten/sign_in/2026-05-04/{}", user.id));
        let found = journal::existing(&mut reader, std::slice::from_ref(&key)).await.expect("read");
        assert!(found.contains_key(&key), "its key follows from who and when");
        assert_eq!(journal::count(&mut reader).await.expect("a number"), 3);
    })
    .await;
}

#[test]
fn deeds_have_words_of_their_own() {
    let words: HashSet<&str> = Deed::ALL.into_iter().map(Deed::word).collect();
    assert_eq!(words.len(), Deed::ALL.len());
}

#[test]
fn the_page_of_kinds_tells_every_deed() {
    let page = include_str!("../../../../docs/reference/kinds-of-facts.md");
    for word in Deed::ALL.map(Deed::word) {
        assert!(page.contains(&format!("| `{word}` |")), "no row for `{word}`");
    }
    for kind in FactKind::ALL {
        assert!(page.contains(&format!("| `{}` |", kind.word())), "no row for {kind:?}");
    }
}
