use jiff::civil::date;

use super::*;
use crate::access::Role;
use crate::catalog::load_master;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::id::{Id, Kind};
use crate::views::story::{self, noon};

const TODAY: Date = date(2026, 7, 10);

fn ann() -> Actor {
    let id = Id::new(Kind::User, noon(date(2026, 1, 1)));
    Actor::User { id, name: "Ann".into(), role: Role::Administrator }
}

/// A program whose one term counts products of a category.
fn text(code: &str, category: &str) -> String {
    format!(
        "program: {code}\ncurrency: EUR\nstarts: 2026-01-01\nends: 2026-12-31\n\
         periods: {{ every: quarter }}\nterms:\n\
         \x20 - {{ term: base, when: 'product.category == \"{category}\"', measure: sum(amount), \
         rate: 2% }}\n"
    )
}

/// Activates version 1 with what is said; what came of it.
async fn activated(db: &Db, code: &str, category: &str, said: Option<&str>) -> String {
    let now = noon(TODAY);
    let mut tx = db.write().await.expect("writes");
    let master = load_master(&mut tx).await.expect("master data load");
    let draft = text(code, category);
    programs::save_draft(&mut tx, &Actor::System, now, &draft).await.expect("a draft");
    let done = activate(&mut tx, &master, &ann(), (now, TODAY), (code, 1), said).await;
    match done {
        Ok(()) => {
            tx.commit().await.expect("commits");
            let mut reader = db.read().await.expect("reads");
            let row = rules::program_by_code(&mut reader, code).await.expect("reads");
            let id = row.expect("a program").program_id;
            let row = rules::version_text(&mut reader, id, 1).await.expect("reads");
            format!("because {:?}", row.expect("a version").activation_reason)
        }
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_version_with_warnings_acts_with_a_reason_alone() {
    for_each_database(async |db| {
        story::tell(&db).await;
        let long = "x".repeat(COMMENT_CHARS_MAX + 1);
        for (said, expected) in [
            (None, "say in a comment why"),
            (Some(" \n"), "say in a comment why"),
            (Some(long.as_str()), "longer than"),
            (Some(" agreed with sales "), "because Some(\"agreed with sales\")"),
        ] {
            let found = activated(&db, "boats", "Boats", said).await;
            assert!(found.contains(expected), "{said:?}: {found}");
        }
        let mut reader = db.read().await.expect("reads");
        let page = audit::page(&mut reader, &audit::Filter::default(), 10).await.expect("entries");
        let known = page.iter().find(|entry| entry.action == "acknowledge").expect("it is kept");
        let after = known.after.as_ref().expect("what was known").to_string();
        assert!(
            after.contains("agreed with sales") && after.contains("never_met (base)"),
            "{after}"
        );
        assert_eq!((known.actor_name.as_str(), known.subject_id.as_str()), ("Ann", "boats/1"));
    })
    .await;
}
