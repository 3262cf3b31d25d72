use jiff::civil::date;

use super::*;
use crate::programs::{Enrolled, Enrolment, enrol, newest, pasted};

/// Enrols pasted partners from July: what became of it, or why not.
async fn send(db: &Db, lines: &str, replaces: bool) -> Result<Enrolled, String> {
    let more = pasted(lines).map_err(|error| error.to_string())?;
    let from = date(2026, 7, 1);
    let how = if replaces { Enrolment::Replaces { from } } else { Enrolment::Adds { from } };
    let mut tx = db.write().await.unwrap();
    let master = load_master(&mut tx).await.unwrap();
    let by = (&Actor::System, now());
    let done = enrol(&mut tx, &master, by, "p", how, &more).await;
    let done = done.map_err(|error| error.to_string())?;
    tx.commit().await.unwrap();
    Ok(done)
}

async fn draft(db: &Db) -> (String, bool) {
    let mut reader = db.read().await.unwrap();
    let (program, draft) = newest(&mut reader, "p").await.unwrap().unwrap();
    (program.text.clone(), draft.is_some())
}

#[tokio::test]
async fn partners_are_enrolled_by_a_draft_of_the_text_alone() {
    for_each_database(async |db| {
        known_world(&db).await;
        act(&db, &text("partners: [ P1 ]", "")).await.unwrap();
        let (before, is_draft) = draft(&db).await;
        assert!(!is_draft);
        let enrolled = send(&db, "partner,from\nP1\nP2,2026-08-01\n\nP2,2026-08-01", false).await;
        assert_eq!(enrolled, Ok(Enrolled { version: 2, added: 1, known: 1 }));
        let (after, is_draft) = draft(&db).await;
        assert!(is_draft && after.contains("amends: { from: 2026-07-01 }"), "{after}");
        assert!(after.contains("  - P1\n  - { partner: P2, from: 2026-08-01 }"), "{after}");
        let mut reader = db.read().await.unwrap();
        let rules = rules::load(&mut reader).await.unwrap();
        assert_eq!(rules.plans[0].newest().text, before, "nothing acts before it is activated");
        drop(reader);
        // What comes next goes into the same draft.
        let more = send(&db, "P2\t\t2026-07-31\t\tskip", false).await;
        assert_eq!(more, Ok(Enrolled { version: 2, added: 1, known: 0 }));
        for (lines, why) in [
            ("P1", "nobody of these is new to `p`"),
            ("P9", "there is no partner `P9`"),
            ("P2,soon", "`P2,soon` is no partner"),
            ("P2,,,,gone", "`P2,,,,gone` is no partner"),
        ] {
            let refused = send(&db, lines, false).await.unwrap_err();
            assert!(refused.starts_with(why), "{lines}: {refused}");
        }
        act(&db, &after).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_condition_gives_way_to_a_list_only_if_that_was_said() {
    for_each_database(async |db| {
        known_world(&db).await;
        act(&db, &text("partners: partner.country == \"JP\"", "")).await.unwrap();
        let refused = send(&db, "P1", false).await.unwrap_err();
        assert!(refused.starts_with("`p` does not list its partners"), "{refused}");
        let replaced = send(&db, "P1", true).await;
        assert_eq!(replaced, Ok(Enrolled { version: 2, added: 1, known: 0 }));
        let (after, _) = draft(&db).await;
        assert!(after.contains("partners:\n  - P1\n") && !after.contains("country"), "{after}");
    })
    .await;
}
