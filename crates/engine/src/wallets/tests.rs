use std::sync::Arc;

use domain::code::PartnerCode;
use domain::wallet::{AskedLine, Refusal, read_line};
use domain::yaml::Tree;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::task::JoinSet;

use super::*;
use crate::access::Actor;
use crate::catalog::{self, Item, Names};
use crate::clock::FixedClock;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::office::Office;

const WALLET: &str = "\
wallet: club
currency: EUR
points:
  STAR: { expiry: 12 months, worth: 0.05 }
vouchers:
  CUP: { value: 10, limit: { total: 1 } }
rewards:
  mug: { points: STAR, price: 100, stock: 1 }
";

/// An office with partners P0 to P9 and a wallet.
async fn office(db: &Db) -> (Office, Arc<FixedClock>) {
    let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
    let clock = Arc::new(FixedClock::at(now));
    let office = Office::new(db.clone(), clock.clone());
    let mut tx = db.write().await.expect("a turn to write");
    let item = |at: i32| Item::new(&format!("P{at}"), Names::new(), catalog::Fields::new());
    let items = (0..10).map(item).collect::<Result<Vec<_>, _>>().expect("items");
    let by = Actor::System;
    catalog::upsert_partners(&mut tx, now, &by, Date::MIN, items).await.expect("partners");
    draft(&mut tx, &by, now, WALLET).await.expect("a draft");
    activate(&mut tx, &by, now, "club").await.expect("a wallet that acts");
    tx.commit().await.expect("a commit");
    (office, clock)
}

fn line(text: &str) -> Ask {
    let root = domain::yaml::parse(text).expect("YAML").root;
    let parsed = read_line(&Tree::from(&root), &jiff::tz::TimeZone::UTC);
    let AskedLine { key, on, command } = parsed.value.expect("a line");
    Ask { key, on, command }
}

async fn tell(office: &Office, text: &str) -> Answer {
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let of = (&Actor::System, office.now());
    let answer = act(&mut tx, &rules, &master, of, &line(text)).await.expect("an answer");
    tx.commit().await.expect("a commit");
    answer
}

async fn balance(office: &Office, partner: &str) -> String {
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let master = office.master(&mut reader).await.expect("master data");
    let owner = PartnerCode::new(partner);
    let rows = balances(&mut reader, &rules, &master, office.now(), &owner).await;
    let rows = rows.expect("balances");
    rows.iter().map(|row| format!("{} {}", row.amount, row.unit)).collect::<Vec<_>>().join(", ")
}

/// Of a thousand at once one gets the last voucher, and one the last mug.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_one_goes_to_one_of_a_thousand() {
    for_each_database(async |db| {
        let (office, _) = office(&db).await;
        for at in 0..10 {
            tell(
                &office,
                &format!("{{ credit: C{at}, partner: P{at}, points: STAR, amount: 500 }}"),
            )
            .await;
        }
        let mut under_way = JoinSet::new();
        for at in 0..1_000 {
            let office = office.clone();
            let partner = at % 10;
            let text = if at < 500 {
                format!("{{ issue: V{at}, voucher: CUP, partner: P{partner} }}")
            } else {
                format!("{{ redeem: X{at}, reward: mug, partner: P{partner} }}")
            };
            under_way.spawn(async move { (at < 500, tell(&office, &text).await) });
        }
        let (mut vouchers, mut mugs) = (0, 0);
        while let Some(done) = under_way.join_next().await {
            match done.expect("no panic") {
                (true, Answer::Taken(_)) => vouchers += 1,
                (true, answer) => assert_eq!(answer, Answer::Refused(Refusal::LimitTotal)),
                (false, Answer::Taken(_)) => mugs += 1,
                (false, answer) => assert_eq!(answer, Answer::Refused(Refusal::OutOfStock)),
            }
        }
        assert_eq!((vouchers, mugs), (1, 1));
        let mut left = 0;
        for at in 0..10 {
            left += i32::from(balance(&office, &format!("P{at}")).await == "500 STAR");
        }
        assert_eq!(left, 9, "who got the mug paid for it, nobody else did");
    })
    .await;
}

/// Points are spent once, however many ask at once, and the same line counts once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_spends_what_somebody_spends_at_the_same_time() {
    for_each_database(async |db| {
        let (office, _) = office(&db).await;
        tell(&office, "{ credit: C, partner: P0, points: STAR, amount: 500 }").await;
        let mut under_way = JoinSet::new();
        for at in 0..60 {
            let office = office.clone();
            // Each line comes three times.
            let key = at % 20;
            let text = format!("{{ redeem: X{key}, partner: P0, points: STAR, amount: 60 }}");
            under_way.spawn(async move { tell(&office, &text).await });
        }
        let mut taken = 0;
        while let Some(done) = under_way.join_next().await {
            match done.expect("no panic") {
                Answer::Taken(_) => taken += 1,
                Answer::Known | Answer::Refused(Refusal::Insufficient) => {}
                other @ Answer::Refused(_) => panic!("{other:?}"),
            }
        }
        assert_eq!(taken, 8, "480 of 500");
        assert_eq!(balance(&office, "P0").await, "20 STAR");
    })
    .await;
}

/// A balance is right on every day, whether or not a job ran; the job writes it down and changes
/// nothing that anybody sees.
#[tokio::test]
async fn time_passes_with_and_without_the_job() {
    for_each_database(async |db| {
        let (office, clock) = office(&db).await;
        tell(&office, "{ credit: C, partner: P0, points: STAR, amount: 500 }").await;
        tell(&office, "{ reserve: H, partner: P0, points: STAR, amount: 100, until: 2026-06-01 }")
            .await;
        assert_eq!(balance(&office, "P0").await, "400 STAR");
        clock.advance(jiff::SignedDuration::from_hours(24 * 29));
        assert_eq!(balance(&office, "P0").await, "500 STAR", "the reservation ran out");
        let stored = async || {
            let mut reader = office.db().read().await.expect("a reader");
            let rows = store::balances_of(&mut reader, "P0").await.expect("rows");
            rows[0].amount.to_string()
        };
        assert_eq!(stored().await, "400", "nobody wrote it down yet");
        office.accrue().await.expect("time passes");
        assert_eq!(stored().await, "500");
        clock.advance(jiff::SignedDuration::from_hours(24 * 340));
        assert_eq!(balance(&office, "P0").await, "0 STAR", "expired");
        office.accrue().await.expect("time passes");
        assert_eq!(stored().await, "0");
        let again = tell(&office, "{ release: H }").await;
        assert_eq!(again, Answer::Refused(Refusal::WrongState));
    })
    .await;
}

/// A membership is one in every wallet, or in none.
#[tokio::test]
async fn memberships_merge_in_every_wallet() {
    for_each_database(async |db| {
        let (office, _) = office(&db).await;
        let now = office.now();
        let mut tx = db.write().await.expect("a turn to write");
        let second = "wallet: second\ncurrency: EUR\npoints: { GEM: {} }\npools: { crew: { members: [P5], share: 10%, points: GEM } }\n";
        draft(&mut tx, &Actor::System, now, second).await.expect("a draft");
        activate(&mut tx, &Actor::System, now, "second").await.expect("a wallet that acts");
        tx.commit().await.expect("a commit");
        for (key, partner, unit) in
            [("C1", "P1", "STAR"), ("C2", "P2", "STAR"), ("C3", "P1", "GEM"), ("C4", "P2", "GEM")]
        {
            let text =
                format!("{{ credit: {key}, partner: {partner}, points: {unit}, amount: 100 }}");
            assert!(matches!(tell(&office, &text).await, Answer::Taken(_)), "{text}");
        }
        // The second wallet knows `crew` as a pool, which nobody becomes a part of.
        let refused = tell(&office, "{ merge: P2, into: crew }").await;
        assert!(matches!(refused, Answer::Refused(_)), "{refused:?}");
        assert_eq!(balance(&office, "P2").await, "100 STAR, 100 GEM", "nothing was half done");
        let merged = tell(&office, "{ merge: P2, into: P1 }").await;
        assert!(matches!(merged, Answer::Taken(_)), "{merged:?}");
        assert_eq!(balance(&office, "P1").await, "200 STAR, 200 GEM");
        let again = tell(&office, "{ merge: P2, into: P1 }").await;
        assert_eq!(again, Answer::Refused(Refusal::Merged));
        let parted = tell(&office, "{ unmerge: P2 }").await;
        assert!(matches!(parted, Answer::Taken(_)), "{parted:?}");
        assert_eq!(balance(&office, "P1").await, "100 STAR, 100 GEM");
        assert_eq!(balance(&office, "P2").await, "100 STAR, 100 GEM");
    })
    .await;
}

/// Promotions keep what they have left when a thousand ask at once: of points, uses and cost, in all
/// and for each, and where the last use is cut.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn promotions_keep_their_limits_when_a_thousand_ask_at_once() {
    let limits = "\
promotions:
  points: { limits: { points: 1000, points_per_partner: 150 } }
  uses: { limits: { uses: 7, uses_per_partner: 2 } }
  cost: { limits: { liability: 55 } }
  rest: { cut: true, limits: { points: 130 } }
";
    for_each_database(async |db| {
        let (office, _) = office(&db).await;
        let mut tx = db.write().await.expect("a turn to write");
        let (by, now) = (Actor::System, office.now());
        let text = WALLET.replace("STAR: { ", "STAR: { cost: 0.1, ") + limits;
        draft(&mut tx, &by, now, &text).await.expect("a draft");
        activate(&mut tx, &by, now, "club").await.expect("a wallet that acts");
        tx.commit().await.expect("a commit");
        let mut under_way = JoinSet::new();
        for at in 0..1_000 {
            let office = office.clone();
            let promotion = ["points", "uses", "cost", "rest"][at % 4];
            let partner = at / 4 % 10;
            let text = format!(
                "{{ credit: C{at}, partner: P{partner}, points: STAR, amount: 50, promotion: {promotion} }}"
            );
            under_way.spawn(async move { (promotion, tell(&office, &text).await) });
        }
        let mut taken = std::collections::BTreeMap::new();
        while let Some(done) = under_way.join_next().await {
            match done.expect("no panic") {
                (promotion, Answer::Taken(_)) => *taken.entry(promotion).or_insert(0) += 1,
                (_, Answer::Refused(Refusal::LimitTotal | Refusal::LimitPartner)) => {}
                other => panic!("{other:?}"),
            }
        }
        let taken: Vec<_> = taken.into_iter().collect();
        assert_eq!(taken, [("cost", 11), ("points", 20), ("rest", 3), ("uses", 7)]);
        let mut reader = db.read().await.expect("a reader");
        let rules = office.rules(&mut reader).await.expect("rules");
        let master = office.master(&mut reader).await.expect("master data");
        let of = &rules.wallets[0];
        let book = book_of_all_alike(&mut reader, of, &master, office.now()).await.expect("a book");
        let points = &of.wallet.promotions["points"];
        assert_eq!(points.left(&book.given_by(points)).points, Some(0.into()));
    })
    .await;
}

/// What a membership is follows from what was said of it and the day; each step is a line of the
/// journal, and the first one gives it a number.
#[tokio::test]
async fn memberships_are_told_by_the_day() {
    for_each_database(async |db| {
        let (office, clock) = office(&db).await;
        let answers = [
            "{ enrol: P3, wallet: club, channel: console, until: 2026-05-31, reason: fair }",
            "{ enrol: P1, channel: import }",
            "{ suspend: P1, reason: an open invoice }",
            "{ enrol: P2 }",
            "{ merge: P2, into: P4 }",
        ];
        for text in answers {
            assert!(matches!(tell(&office, text).await, Answer::Taken(_)), "{text}");
        }
        let other = tell(&office, "{ enrol: P5, wallet: other }").await;
        assert_eq!(other, Answer::Refused(Refusal::UnknownCode));
        let again = tell(&office, "{ suspend: P1 }").await;
        assert_eq!(again, Answer::Refused(Refusal::WrongState));
        let credit = tell(&office, "{ credit: C1, partner: P1, points: STAR, amount: 5 }").await;
        assert_eq!(credit, Answer::Refused(Refusal::WrongState));

        let told = async |query: &MembersQuery| {
            let mut reader = office.db().read().await.expect("a reader");
            let all = active(&mut reader).await.expect("wallets");
            let found = super::members(&mut reader, &all[0], office.now(), query).await;
            let found = found.expect("members");
            let row = |it: &Member| {
                let number = it.number.expect("a number");
                format!("{} {number} {}", it.owner, it.is.state.word())
            };
            (found.total, found.rows.iter().map(row).collect::<Vec<_>>())
        };
        let all = MembersQuery { limit: 10, ..MembersQuery::default() };
        let (total, rows) = told(&all).await;
        assert_eq!(total, 3);
        assert_eq!(rows, ["P1 2 suspended", "P2 3 merged", "P3 1 active"]);
        let by_number = MembersQuery { search: "2".into(), ..all.clone() };
        assert_eq!(told(&by_number).await.1, ["P1 2 suspended", "P2 3 merged"], "code or number");
        clock.advance(jiff::SignedDuration::from_hours(24 * 30));
        let ended = MembersQuery { state: Some(domain::wallet::MemberState::Ended), ..all };
        assert_eq!(told(&ended).await.1, ["P3 1 ended"], "nobody had to end it");

        let mut reader = db.read().await.expect("a reader");
        let steps = lifecycle(&mut reader, "P1", None, 10).await.expect("lines");
        let words: Vec<(&str, bool)> =
            steps.iter().map(|row| (row.verb.as_str(), row.refusal.is_some())).collect();
        assert_eq!(words, [("suspend", true), ("suspend", false), ("enrol", false)]);
    })
    .await;
}

const POOLED: &str = "\
wallet: club
currency: EUR
points:
  STAR: { expiry: 12 months, worth: 0.05, pass_on: partners }
pools: { crew: { members: [P1], share: 10%, points: STAR, draw: true } }
badges: { expert: {} }
vouchers: { CUP: { value: 10 } }
tier_groups:
  level: { by: { points: STAR }, tiers: [ { tier: base, from: 0 }, { tier: gold, from: 100, benefits: [school] } ] }
benefits: { school: { gives: { access: academy } } }
promotions: { launch: { starts: 2026-01-01, ends: 2026-12-31 } }
";

/// The same office, whose wallet has a pool, badges and a benefit.
async fn pooled(db: &Db) -> (Office, Arc<FixedClock>) {
    let (office, clock) = office(db).await;
    let mut tx = db.write().await.expect("a turn to write");
    draft(&mut tx, &Actor::System, office.now(), POOLED).await.expect("a draft");
    activate(&mut tx, &Actor::System, office.now(), "club").await.expect("active");
    tx.commit().await.expect("a commit");
    (office, clock)
}

/// Movements are found by accounts: what others passed on, what a pool and a voucher moved. A day
/// that is over is what was posted by then, and every key says where its points came from.
#[tokio::test]
async fn what_moved_is_found_whoever_it_was_posted_for() {
    use crate::views::loyalty::promotions::uses_of;
    use crate::views::loyalty::{badge_holders, member_gave, pools};
    use crate::views::wallet::{movements, movements_of_pool, past, trace};
    for_each_database(async |db| {
        let (office, clock) = pooled(&db).await;
        for text in [
            "{ credit: C1, partner: P1, points: STAR, amount: 200, promotion: launch }",
            "{ reserve: H1, partner: P1, points: STAR, amount: 30, until: 2026-06-30 }",
            "{ transfer: T1, from: P1, to: P2, points: STAR, amount: 50 }",
            "{ issue: V1, voucher: CUP, partner: P1 }",
            "{ redeem: X1, voucher: V1, partner: P1, amount: 4 }",
            "{ give: B1, badge: expert, partner: P2, reason: fair }",
        ] {
            assert!(matches!(tell(&office, text).await, Answer::Taken(_)), "{text}");
        }
        clock.advance(jiff::SignedDuration::from_hours(48));
        let taken = tell(&office, "{ transfer: T2, from: crew, to: P1, points: STAR, amount: 5 }");
        assert!(matches!(taken.await, Answer::Taken(_)));
        assert!(matches!(tell(&office, "{ commit: H1 }").await, Answer::Taken(_)));
        let mut reader = office.db().read().await.expect("a reader");
        let rules = office.rules(&mut reader).await.expect("rules");
        let master = office.master(&mut reader).await.expect("master data");
        let (of, now) = ((&*rules, &*master), office.now());
        let [one, two] = ["P1", "P2"].map(PartnerCode::new);
        let id = |code: &PartnerCode| master.partner_id(code.as_str()).expect("a partner");
        let told = |rows: Vec<crate::views::wallet::Movement>| {
            let one = |it: &crate::views::wallet::Movement| {
                let about = it.voucher.clone().or(it.whose.clone()).unwrap_or_default();
                format!("{} {} {}/{} {about}", it.cause, it.amount.normalize(), it.own, it.other)
            };
            rows.iter().map(|it| one(it).trim().to_owned()).collect::<Vec<_>>()
        };
        let own = movements(&mut reader, &rules, id(&one), None, 100).await.expect("movements");
        assert_eq!(
            told(own),
            [
                "T2 5 open/open crew",
                "X1 -4 open/orders V1",
                "V1 10 open/granted V1",
                "T1 -50 open/open P2",
                "H1 -30 open/reserved",
                "C1 180 open/granted",
            ]
        );
        let other = movements(&mut reader, &rules, id(&two), None, 100).await.expect("movements");
        assert_eq!(told(other), ["T1 50 open/open P1"], "what was received");
        let crew = PartnerCode::new("crew");
        let of_crew = movements_of_pool(&mut reader, &rules, &crew, (None, 1)).await;
        assert_eq!(told(of_crew.expect("movements")), ["T2 -5 open/open P1"]);
        let all = pools(&mut reader, of, now, Some(&one)).await.expect("pools");
        assert_eq!((all.len(), all[0].amount), (1, 15.into()));
        assert!(pools(&mut reader, of, now, Some(&two)).await.expect("pools").is_empty());
        let gave = member_gave(&mut reader, of, now, (&crew, &one)).await.expect("what it gave");
        assert_eq!((gave.shared, gave.taken_out), (20.into(), 5.into()));

        let day: Date = "2026-05-05".parse().expect("a day");
        let then = past(&mut reader, of, now, &one, day).await.expect("the past");
        let held = &then[0].balances[0];
        assert_eq!((held.amount, held.reserved), (100.into(), 30.into()), "before both");
        assert_eq!(then[0].tiers[0].tier.as_deref(), Some("gold"));
        let before = past(&mut reader, of, now, &one, "2026-05-03".parse().expect("a day"));
        assert!(before.await.expect("the past")[0].balances.is_empty());

        let found = trace(&mut reader, of, now, &one, "T1").await.expect("a trace");
        let took = &found.expect("a key").takings[0];
        assert_eq!((took.word.as_str(), took.lots[0].0.name.as_str()), ("transferred", "C1"));
        assert!(trace(&mut reader, of, now, &two, "H1").await.expect("a trace").is_none());
        assert_eq!(
            took.lots[0].0.promotion.as_ref().map(|(code, _)| code.as_str()),
            Some("launch")
        );
        let uses = uses_of(&mut reader, &rules, ("launch", &one)).await.expect("uses");
        let uses = uses.expect("a promotion");
        assert_eq!((uses.len(), &*uses[0].award, uses[0].given), (1, "C1", 200.into()));
        let holders = badge_holders(&mut reader, &rules.wallets[0], now).await.expect("holders");
        assert_eq!(holders["expert"][0].held.reason.as_deref(), Some("fair"));
        let opened = opened_for(&mut reader, &rules, &master, now, &one).await.expect("access");
        assert_eq!(opened.into_iter().collect::<Vec<_>>(), ["academy"]);
        let opened = opened_for(&mut reader, &rules, &master, now, &two).await.expect("access");
        assert!(opened.is_empty(), "the tier is not reached");
    })
    .await;
}

/// What leaves a list of reasons is retired, and texts name it still.
#[tokio::test]
async fn reasons_are_kept_in_order_and_never_deleted() {
    for_each_database(async |db| {
        let (office, _) = office(&db).await;
        let reason = |code: &str| Reason {
            kind: ReasonKind::Badge,
            code: code.to_owned(),
            name_en: Some(format!("Because of {code}")),
            name_ja: None,
            is_retired: false,
        };
        let mut tx = office.db().write().await.expect("a turn to write");
        let by = (&Actor::System, office.now());
        let kind = ReasonKind::Badge;
        for list in [vec![reason("fair"), reason("talk")], vec![reason("talk")]] {
            put_reasons(&mut tx, by, kind, &list).await.expect("reasons");
        }
        let twice = put_reasons(&mut tx, by, kind, &[reason("a"), reason("a")]).await;
        assert!(matches!(twice, Err(ReasonError::Twice { .. })));
        let spaced = put_reasons(&mut tx, by, kind, &[reason("a b")]).await;
        assert!(matches!(spaced, Err(ReasonError::Code { .. })));
        let all = reasons(&mut tx).await.expect("reasons");
        let told: Vec<_> = all.iter().map(|it| (it.code.as_str(), it.is_retired)).collect();
        assert_eq!(told, [("talk", false), ("fair", true)]);
        let text = reason_text(Some("fair"), " in Berlin ").expect("a text");
        let (found, note) = reason_of(&all, kind, &text).expect("a reason");
        assert_eq!((found.code.as_str(), note), ("fair", "in Berlin"));
        assert_eq!(reason_of(&all, ReasonKind::Floor, &text), None);
        assert_eq!(reason_of(&all, kind, "A text of one's own: yes"), None);
        assert_eq!(reason_text(Some(""), " "), None);
    })
    .await;
}
