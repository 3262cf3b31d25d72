use std::sync::Arc;

use domain::wallet::Refusal;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::catalog::{self, Item, Names};
use crate::clock::FixedClock;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::office::Office;
use crate::wallets::{activate, draft};

const WALLET: &str = "\
wallet: club
currency: EUR
points: { STAR: { expiry: 12 months }, CARD: { expiry: 30 days } }
games:
  card:
    prizes:
      - { prize: ten, odds: 40%, limit: 3, gives: { points: STAR, amount: 10 } }
      - { prize: cap, odds: 20% }
    play: { points: CARD, price: 1 }
  wheel: { looks: wheel, prizes: [ { prize: one, odds: 50%, gives: { points: STAR, amount: 1 } } ], play: { per_day: 2 } }
";

async fn office(db: &Db) -> (Office, Arc<FixedClock>) {
    let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
    let clock = Arc::new(FixedClock::at(now));
    let office = Office::new(db.clone(), clock.clone());
    let mut tx = db.write().await.expect("a turn to write");
    let item = |at: i32| Item::new(&format!("P{at}"), Names::new(), catalog::Fields::new());
    let items = (0..3).map(item).collect::<Result<Vec<_>, _>>().expect("items");
    let by = Actor::System;
    catalog::upsert_partners(&mut tx, now, &by, Date::MIN, items).await.expect("partners");
    draft(&mut tx, &by, now, WALLET).await.expect("a draft");
    activate(&mut tx, &by, now, "club").await.expect("a wallet that acts");
    tx.commit().await.expect("a commit");
    (office, clock)
}

async fn credit(office: &Office, cards: i64) {
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let command = Command::Credit(domain::wallet::ByHand {
        partner: PartnerCode::new("P1"),
        unit: Arc::from("CARD"),
        amount: cards.into(),
        subtype: None,
        expires: None,
        usable: None,
        promotion: None,
        sponsors: Vec::new(),
        reason: None,
    });
    let ask = Ask { key: Arc::from("C1"), on: None, command };
    let by = (&Actor::System, office.now());
    act(&mut tx, &rules, &master, by, &ask).await.expect("an answer");
    tx.commit().await.expect("a commit");
}

async fn tell(office: &Office, (key, game, partner): (&str, &str, &str)) -> PlayAnswer {
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let ask =
        PlayAsk { key: Arc::from(key), game: Arc::from(game), partner: PartnerCode::new(partner) };
    let by = (&Actor::System, office.now());
    let answer = play(&mut tx, &rules, &master, by, &ask).await.expect("an answer");
    tx.commit().await.expect("a commit");
    answer
}

async fn look(office: &Office, game: &str, day: Date) -> Option<Checked> {
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let (of, _) = game_of(&rules, game).expect("the game");
    let today = of.wallet.time_zone.to_datetime(office.now()).date();
    check(&mut reader, of, game, (day, today)).await.expect("a check")
}

#[tokio::test]
async fn a_day_is_drawn_once_and_can_be_drawn_again_by_anybody() {
    for_each_database(async |db| {
        let (office, clock) = office(&db).await;
        credit(&office, 40).await;
        let mut first = None;
        for at in 0..40 {
            let answer = tell(&office, (&format!("G{at}"), "card", "P1")).await;
            assert!(matches!(answer.answer, Answer::Taken(_)), "{answer:?}");
            first = first.or(answer.drawn);
        }
        let refused = tell(&office, ("G40", "card", "P1")).await;
        assert_eq!(refused.answer, Answer::Refused(Refusal::Insufficient));
        let day = date(2026, 5, 4);
        assert_eq!(look(&office, "card", day).await, None, "the day is not over");
        clock.advance(SignedDuration::from_hours(24));
        // Sent again on the next day it is the same play.
        let again = tell(&office, ("G0", "card", "P1")).await;
        assert_eq!((again.answer, again.drawn), (Answer::Known, first.clone()));
        let other = tell(&office, ("G0", "card", "P2")).await;
        assert_eq!(other.answer, Answer::Refused(Refusal::OtherContent));

        let checked = look(&office, "card", day).await.expect("a day that is over");
        assert!(checked.holds(), "{checked:?}");
        assert_eq!(checked.draws, 40);
        assert_eq!(Some(&checked.commitment), first.as_ref().map(|first| &first.commitment));
        let said: Vec<_> = checked
            .counts
            .iter()
            .map(|it| (it.prize.as_deref(), it.expected.to_string()))
            .collect();
        assert_eq!(
            said,
            [
                (Some("ten"), "16.00".to_owned()),
                (Some("cap"), "8.00".to_owned()),
                (None, "16.00".to_owned())
            ]
        );
        assert_eq!(checked.counts.iter().map(|it| it.drawn).sum::<i64>(), 40);
        assert!(checked.chi_square().is_some());

        let mut reader = office.db().read().await.expect("a reader");
        let rows = draws_of(&mut reader, (1, "card"), day, (0, 100)).await.expect("draws");
        let won = rows.iter().filter_map(|row| row.played.as_ref()?.prize.as_deref());
        assert!(won.filter(|prize| *prize == "ten").count() <= 3, "no more than the limit");
        let seals = seals(&mut reader, (1, "card"), day.tomorrow().expect("a day"), 10).await;
        let told: Vec<_> =
            seals.expect("seals").iter().map(|it| (it.day, it.seed.is_some(), it.draws)).collect();
        assert_eq!(told, [(date(2026, 5, 5), false, 0), (day, true, 40)]);
    })
    .await;
}

#[tokio::test]
async fn a_free_game_is_played_as_often_as_its_day_allows() {
    for_each_database(async |db| {
        let (office, clock) = office(&db).await;
        for (key, partner, is_taken) in
            [("A", "P1", true), ("B", "P1", true), ("C", "P1", false), ("D", "P2", true)]
        {
            let answer = tell(&office, (key, "wheel", partner)).await.answer;
            match answer {
                Answer::Taken(_) => assert!(is_taken, "{key}"),
                other => assert!(!is_taken && other == Answer::Refused(Refusal::LimitPartner)),
            }
        }
        clock.advance(SignedDuration::from_hours(24));
        assert!(matches!(tell(&office, ("E", "wheel", "P1")).await.answer, Answer::Taken(_)));
        assert_eq!(
            tell(&office, ("F", "lotto", "P1")).await.answer,
            Answer::Refused(Refusal::UnknownCode)
        );
        let checked = look(&office, "wheel", date(2026, 5, 4)).await.expect("a day that is over");
        assert!(checked.holds() && checked.draws == 3, "what was refused has no number");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_changed_is_found() {
    for_each_database(async |db| {
        let (office, clock) = office(&db).await;
        credit(&office, 5).await;
        for at in 0..5 {
            tell(&office, (&format!("G{at}"), "card", "P1")).await;
        }
        clock.advance(SignedDuration::from_hours(24));
        // A database that keeps its word refuses this; somebody with the file in hand may not ask.
        let mut tx = db.write().await.expect("a turn to write");
        let sql = "UPDATE game_draw SET draw = '0.1' WHERE tenant_id = $1 AND number = 2";
        let tenant = tx.tenant();
        assert!(tx.execute(sql, crate::args![tenant]).await.is_err());
        drop(tx);
        let sealed = look(&office, "card", date(2026, 5, 4)).await.expect("a day that is over");
        assert!(sealed.holds());
        let mut counts = Vec::new();
        let mut reader = office.db().read().await.expect("a reader");
        let rules = office.rules(&mut reader).await.expect("rules");
        let (_, game) = game_of(&rules, "card").expect("the game");
        check::count(&mut counts, game, "0.999".parse().expect("a number"));
        check::count(&mut counts, game, "0.1".parse().expect("a number"));
        let drawn: Vec<_> = counts.iter().map(|it| (it.prize.as_deref(), it.drawn)).collect();
        assert_eq!(drawn, [(Some("ten"), 1), (Some("cap"), 0), (None, 1)]);
    })
    .await;
}
