use super::*;
use crate::access::Actor;
use crate::accrue;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::programs;
use crate::views::story::{self, TODAY, VOLUME, know, noon};
use jiff::civil::date;

async fn tried(db: &Db, text: &str, days: (Date, Date), against: Against) -> Trial {
    let mut reader = db.read().await.expect("reads");
    let rules = rules::load(&mut reader).await.expect("rules load");
    let master = crate::catalog::load_master(&mut reader).await.expect("master data load");
    let ask = Ask { text: text.to_owned(), from: days.0, to: days.1, against };
    trial(&mut reader, &rules, &master, noon(TODAY), &ask).await.expect("tries")
}

/// Partner by partner: what was, what is.
fn told(trial: &Trial) -> String {
    let line = |line: &TrialLine| format!("{} {} > {}", line.partner, line.was, line.is);
    let lines: Vec<String> = trial.lines.iter().map(line).collect();
    lines.join(", ")
}

/// What awards of the database come to, of periods that touch the days.
async fn acting(db: &Db, code: &str, (from, to): (Date, Date)) -> BTreeMap<PartnerCode, Decimal> {
    let story = know(db).await;
    let mut reader = db.read().await.expect("reads");
    let at = story.rules.by_code(code).expect("a program");
    let filter = accrue::AwardFilter {
        program_id: Some(story.rules.program_ids[at]),
        ..accrue::AwardFilter::default()
    };
    let (rows, _) = accrue::awards(&mut reader, &filter, (0, 1_000)).await.expect("reads");
    let mut sums = BTreeMap::new();
    for row in rows.iter().filter(|row| row.period <= to && from < row.period_end) {
        let partner = story.master.partner_code(row.partner_id).expect("a partner").clone();
        *sums.entry(partner).or_default() += row.amount;
    }
    sums
}

const SPRING: (Date, Date) = (date(2026, 4, 1), date(2026, 6, 30));

fn second(words: &str, replaced: &[(&str, &str)]) -> String {
    let mut text = VOLUME.replace("currency: EUR", &format!("currency: EUR\n{words}"));
    for (old, new) in replaced {
        assert!(text.contains(old), "`{old}`");
        text = text.replace(old, new);
    }
    text
}

#[tokio::test]
async fn a_draft_earns_in_a_trial_what_it_earns_once_it_acts() {
    let texts = [
        second("version: 2\ncorrects: 1", &[("rate: 2%", "rate: 2.5%")]),
        second("version: 2\namends: { from: 2026-05-01 }", &[("rate: 2%", "rate: 3%")]),
        second(
            "version: 2\namends: { from: 2026-05-01, thresholds: split }",
            &[("rate: 2%", "rate: 1.7%")],
        ),
        second(
            "version: 2\ncorrects: 1",
            &[("partner.country == \"DE\"", "all"), ("all_units", "marginal")],
        ),
    ];
    for text in &texts {
        for_each_database(async |db| {
            story::tell(&db).await;
            let before = acting(&db, "volume", SPRING).await;
            let trial = tried(&db, text, SPRING, Against::Acting).await;
            let was: BTreeMap<PartnerCode, Decimal> =
                trial.lines.iter().map(|line| (line.partner.clone(), line.was)).collect();
            for (partner, amount) in &before {
                assert_eq!(was.get(partner), Some(amount), "{partner} before\n{text}");
            }
            let mut tx = db.write().await.expect("writes");
            let master = crate::catalog::load_master(&mut tx).await.expect("loads");
            let (actor, now) = (Actor::System, noon(TODAY));
            programs::save_draft(&mut tx, &actor, now, text).await.expect("a draft");
            programs::activate(&mut tx, &master, &actor, now, ("volume", 2)).await.expect("active");
            tx.commit().await.expect("commits");
            let after = acting(&db, "volume", SPRING).await;
            let is: BTreeMap<PartnerCode, Decimal> =
                trial.lines.iter().map(|line| (line.partner.clone(), line.is)).collect();
            assert_ne!(before, after, "the text changes something\n{text}");
            for (partner, amount) in &after {
                assert_eq!(is.get(partner), Some(amount), "{partner} after\n{text}");
            }
            assert_eq!(is.values().sum::<Decimal>(), after.values().sum::<Decimal>());
        })
        .await;
    }
}

#[tokio::test]
async fn a_text_is_tried_without_being_saved_and_on_days_before_its_own() {
    for_each_database(async |db| {
        story::tell(&db).await;
        let next = VOLUME
            .replace("program: volume", "program: next")
            .replace("2025-01-01", "2027-01-01\nends: 2027-12-31")
            .replace("rate: 1%", "rate: 4%");
        let year = (date(2026, 1, 1), date(2026, 12, 31));
        let alone = tried(&db, &next, year, Against::Nothing).await;
        assert!(alone.is_moved);
        // P3 has 3,000 at 2 %, P1 1,000 at 4 %, P2 is below 1,000 and P4 elsewhere.
        assert_eq!(told(&alone), "P3 0 > 60.00, P1 0 > 40.00, P2 0 > 0");
        let beside = tried(&db, &next, year, Against::Program("volume".into())).await;
        assert_eq!(beside.sums[0].is, alone.sums[0].is);
        assert_eq!(beside.sums[0].was, acting(&db, "volume", year).await.values().sum::<Decimal>());
        let mut reader = db.read().await.expect("reads");
        assert!(rules::program_by_code(&mut reader, "next").await.expect("reads").is_none());
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_tried_says_why() {
    for_each_database(async |db| {
        story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let rules = rules::load(&mut reader).await.expect("rules load");
        let master = crate::catalog::load_master(&mut reader).await.expect("loads");
        let cases = [
            ("program: x", SPRING, Against::Nothing, "the text has errors"),
            (
                VOLUME,
                (SPRING.1, SPRING.0),
                Against::Nothing,
                "the last day is before the first; swap the two",
            ),
            (
                VOLUME,
                SPRING,
                Against::Program("no".into()),
                "there is no active program `no` to compare with",
            ),
        ];
        for (text, (from, to), against, expected) in cases {
            let ask = Ask { text: text.to_owned(), from, to, against };
            let error = trial(&mut reader, &rules, &master, noon(TODAY), &ask).await.unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    })
    .await;
}
