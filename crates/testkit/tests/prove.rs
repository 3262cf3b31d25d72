//! Proof on random stories out of the whole vocabulary.
//!
//! `TOKUTEN_PROVE_CASES` says how many stories are asked without a database, `TOKUTEN_PROVE_ENGINE`
//! how many are told to one, `TOKUTEN_PROVE_SEED` with which seed to begin; `cargo xtask prove` sets
//! them. A story that fails is shrunk and printed as a case, and kept where
//! `TOKUTEN_PROVE_KEEP` says.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use domain::case::Case;
use engine::db::Dialect;
use engine::db::testing::TestDatabase;
use testkit::prove::{QUESTIONS, ask, returned};
use testkit::random::Random;
use testkit::shrink::shrink;
use testkit::tales::{Spice, Tale, is_carried, read};
use testkit::{procedure, story};

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints a case that fails, and keeps it if asked to.
fn keep(name: &str, text: &str, why: &str) {
    say(&format!("--- {name}: {why}\n{text}"));
    if let Ok(folder) = std::env::var("TOKUTEN_PROVE_KEEP") {
        let path = PathBuf::from(folder).join(format!("{name}.yaml"));
        let kept = format!("# {}\n{text}", why.replace('\n', "\n# "));
        std::fs::write(path, kept).expect("the folder may be written");
    }
}

/// The kind of a failure: what stays the same while it is shrunk.
fn kind(why: &str) -> &str {
    why.split([' ', ':']).next().unwrap_or_default()
}

#[test]
fn random_stories_hold_without_a_database() {
    let (seed, cases) = (setting("TOKUTEN_PROVE_SEED", 0), setting("TOKUTEN_PROVE_CASES", 2_000));
    let most = setting("TOKUTEN_PROVE_FAILURES", 3);
    let began = Instant::now();
    let (mut refused, mut known, mut failures) = (0, 0, 0);
    let mut beyond: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in seed..seed + cases {
        let mut random = Random::new(seed);
        let spice = Spice { late: seed % 2 == 1, carried: false };
        let accepted = Tale::accepted(&mut random, spice);
        refused += accepted.refused;
        let unknown = procedure::unknown(&accepted.programs);
        known += u64::from(unknown.is_empty());
        for word in unknown {
            *beyond.entry(word).or_default() += 1;
        }
        let text = accepted.tale.text();
        let mut wrong = Vec::new();
        for (name, question) in QUESTIONS {
            if let Some(why) = ask(question, &text, seed) {
                let same = kind(&why).to_owned();
                let small = shrink(&text, &mut |smaller| {
                    ask(question, smaller, seed).is_some_and(|why| kind(&why) == same)
                });
                let why = ask(question, &small, seed).unwrap_or(why);
                wrong.push((format!("{name}-{seed}"), small, why));
            }
        }
        if let Some(why) = returned(&accepted.tale, &mut random) {
            wrong.push((format!("returned-{seed}"), text.clone(), why));
        }
        for (name, small, why) in wrong {
            failures += 1;
            keep(&name, &small, &why);
        }
        if most <= failures {
            break;
        }
    }
    say(&format!(
        "{cases} stories from seed {seed}: {known} by the reference, beyond it {beyond:?}; the \
         checker refused {refused} drafts; {:.0} s",
        began.elapsed().as_secs_f64()
    ));
    assert_eq!(failures, 0, "stories fail; they are printed above");
}

/// A database that is migrated already, for one story after another.
async fn differences(text: &str, case: &Case, dialect: Dialect) -> Option<String> {
    let database = match dialect {
        Dialect::Sqlite => TestDatabase::sqlite(),
        Dialect::Postgres => TestDatabase::postgres().await?,
    };
    let db = database.open().await;
    db.migrate().await.expect("a new database can be migrated");
    let told = {
        let (db, case) = (db.clone(), case.clone());
        tokio::spawn(async move { story::differences(&db, &case).await }).await
    };
    db.close().await;
    database.remove().await;
    match told {
        Ok(wrong) if wrong.is_empty() => None,
        Ok(wrong) => Some(wrong.join("\n")),
        Err(panic) => {
            let _ = text;
            Some(format!("panics: {panic}"))
        }
    }
}

#[tokio::test]
async fn random_stories_hold_on_databases() {
    let (seed, cases) = (setting("TOKUTEN_PROVE_SEED", 0), setting("TOKUTEN_PROVE_ENGINE", 40));
    let most = setting("TOKUTEN_PROVE_FAILURES", 3);
    let began = Instant::now();
    let mut failures = 0;
    let every = setting("TOKUTEN_PROVE_POSTGRES_EVERY", 20).max(1);
    let mut on: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in seed..seed + cases {
        let mut random = Random::new(seed ^ 0x5eed_0000_0000);
        let accepted = Tale::accepted(&mut random, Spice { late: true, carried: true });
        let text = accepted.tale.text();
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            if dialect == Dialect::Postgres && seed % every != 0 {
                continue;
            }
            *on.entry(dialect.name()).or_default() += 1;
            let Some(why) = differences(&text, &accepted.case, dialect).await else { continue };
            failures += 1;
            let small = shrunk_on(&text, &why).await;
            keep(&format!("engine-{seed}"), &small.0, &small.1);
        }
        if most <= failures {
            break;
        }
    }
    say(&format!("told {on:?} stories from seed {seed}; {:.0} s", began.elapsed().as_secs_f64()));
    assert_eq!(failures, 0, "stories fail; they are printed above");
}

/// The same on SQLite, made smaller.
async fn shrunk_on(text: &str, why: &str) -> (String, String) {
    let handle = tokio::runtime::Handle::current();
    let (text, mut why) = (text.to_owned(), why.to_owned());
    tokio::task::spawn_blocking(move || {
        let mut last = why.clone();
        let small = shrink(&text, &mut |smaller| {
            let Ok((case, programs)) = read(smaller) else { return false };
            if !is_carried(&programs) {
                return false;
            }
            match handle.block_on(differences(smaller, &case, Dialect::Sqlite)) {
                Some(now) if !now.contains("cannot be activated") || last.contains("activated") => {
                    last.clone_from(&now);
                    true
                }
                _ => false,
            }
        });
        why.clone_from(&last);
        (small, why)
    })
    .await
    .expect("shrinking does not fail")
}
