use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::access::{NewUser, Passwords, Role, User, create_user, users};
use crate::catalog::{self, Item, Names as Called};
use crate::clock::FixedClock;
use crate::db::testing::for_each_database;
use crate::members::{self, Choice, ContactChannel, Every, Subject};
use crate::wallets;

const WALLET: &str = "\
wallet: club
currency: EUR
points:
  STAR: {}
promotions:
  spring: { starts: 2026-05-10, ends: 2026-06-30, when: partner.region == 'east' }
";

async fn reader(tx: &mut Tx, partner_id: i64, login: &str, consents: bool) -> User {
    let now = "2026-05-04T09:00:00Z".parse().expect("an instant");
    let password = Passwords::for_tests().hash("correct horse").await.expect("hashed");
    let new = NewUser {
        login: login.into(),
        name: login.into(),
        password,
        role: Role::Partner { partner_id },
        language: "ja".into(),
    };
    let user = create_user(tx, now, &Actor::System, new).await.expect("a user");
    let of = Subject::User(user.user_id);
    let says = [(ContactChannel::Mail, consents)];
    members::agree(tx, (&Actor::System, now), of, &says, None).await.expect("kept");
    user
}

/// Everybody who may take part, wants it and agreed is told once; everybody else is counted with
/// why not.
#[tokio::test]
async fn a_promotion_is_told_to_whom_it_is_for_and_once() {
    for_each_database(async |db| {
        let start: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let clock = Arc::new(FixedClock::at(start));
        let office = Office::new(db.clone(), clock.clone());
        let (by, mut tx) = (Actor::System, db.write().await.expect("a turn to write"));
        let item = |code: &str, region: &str| {
            let fields = catalog::Fields::from([("region".to_owned(), region.into())]);
            Item::new(code, Called::new(), fields).expect("an item")
        };
        let items = vec![item("P1", "east"), item("P2", "west"), item("P3", "east")];
        catalog::upsert_partners(&mut tx, start, &by, Date::MIN, items).await.expect("partners");
        wallets::draft(&mut tx, &by, start, WALLET).await.expect("a draft");
        wallets::activate(&mut tx, &by, start, "club").await.expect("active");
        let (p1, p2, p3) = (1, 2, 3);
        let told = reader(&mut tx, p1, "one@p.example", true).await;
        reader(&mut tx, p1, "two@p.example", false).await;
        reader(&mut tx, p1, "three", true).await;
        reader(&mut tx, p2, "four@p.example", true).await;
        reader(&mut tx, p3, "five@p.example", true).await;
        let none = Choice { every: Every::Never, promotions: false };
        members::choose(&mut tx, (&by, start), (1, p3), none).await.expect("chosen");
        tx.commit().await.expect("a commit");

        let asked = Plan { promotion: "spring", says_en: "Hello", says_ja: "春です", on: None };
        let off = plan(&office, &by, &asked).await;
        assert!(matches!(off, Err(MailingError::Off)), "{off:?}");
        let mut tx = db.write().await.expect("a turn to write");
        mail::switch(&mut tx, start, true).await.expect("switched");
        tx.commit().await.expect("a commit");
        let unknown = plan(&office, &by, &Plan { promotion: "autumn", ..asked }).await;
        assert!(matches!(unknown, Err(MailingError::NoPromotion { .. })), "{unknown:?}");

        // On its first day, and not before.
        let first = Plan { on: Some("2026-05-10".parse().expect("a day")), ..asked };
        plan(&office, &by, &first).await.expect("planned");
        let taken_back = plan(&office, &by, &first).await.expect("planned");
        withdraw(&office, &by, &taken_back).await.expect("withdrawn");
        let twice = withdraw(&office, &by, &taken_back).await;
        assert!(matches!(twice, Err(MailingError::Decided)), "{twice:?}");
        assert_eq!(tell_due(&office).await.expect("looked"), 0);
        clock.advance(jiff::SignedDuration::from_hours(24 * 6));
        assert_eq!(tell_due(&office).await.expect("looked"), 1);
        assert_eq!(tell_due(&office).await.expect("looked"), 0);
        plan(&office, &by, &asked).await.expect("told again, to nobody new");

        let mut tx = db.read().await.expect("a reader");
        let letters = mail::page(&mut tx, &mail::Filter::default(), 9).await.expect("read");
        let to: Vec<&str> = letters.iter().map(|it| it.address.as_str()).collect();
        assert_eq!(to, ["one@p.example"], "once");
        let all = of_promotion(&mut tx, 1, "spring").await.expect("read");
        let left_out: Vec<(Status, Option<LeftOut>)> =
            all.iter().map(|it| (it.status, it.left_out)).collect();
        let first =
            LeftOut { may_not: 1, no_address: 1, no_promotions: 1, no_consent: 1, known: 0 };
        assert_eq!(
            left_out,
            [
                (Status::Told, Some(LeftOut { known: 1, ..first })),
                (Status::Withdrawn, None),
                (Status::Told, Some(first)),
            ]
        );
        let counts = mail::counts_of(&mut tx, all[2].mailing_id).await.expect("read");
        assert_eq!(counts.get("waiting"), Some(&1));
        assert_eq!(users(&mut tx, Some(p1)).await.expect("users")[0].id, told.id);
    })
    .await;
}
