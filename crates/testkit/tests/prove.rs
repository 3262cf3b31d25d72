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
use engine::db::testing::TestDatabase;
use engine::db::{Db, Dialect};
use testkit::prove::{Asked, CHEAP, DEAR, Question, ask, ask_text, returned, said};
use testkit::random::Random;
use testkit::shrink::shrink;
use testkit::simulate::{self, Manner, World};
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
    let (seed, cases) = (setting("TOKUTEN_PROVE_SEED", 0), setting("TOKUTEN_PROVE_CASES", 800));
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
        let dear = seed.is_multiple_of(4);
        let questions = CHEAP.into_iter().chain(DEAR.into_iter().filter(|_| dear));
        let mut wrong = Vec::new();
        match Asked::new(accepted.case, accepted.programs) {
            Err(why) => wrong.push((format!("run-{seed}"), accepted.tale.text(), why)),
            Ok(asked) => {
                for (name, question) in questions {
                    if let Some(why) = ask(question, &asked, seed) {
                        let (small, why) = shrunk(question, &accepted.tale.text(), why, seed);
                        wrong.push((format!("{name}-{seed}"), small, why));
                    }
                }
            }
        }
        if dear
            && let Some(why) = said(|| returned(&accepted.tale, &mut random)).unwrap_or_else(Some)
        {
            wrong.push((format!("returned-{seed}"), accepted.tale.text(), why));
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

/// The same failure, made smaller.
fn shrunk(question: Question, text: &str, why: String, seed: u64) -> (String, String) {
    let mut last = why;
    let small = shrink(text, &mut |smaller| match ask_text(question, smaller, seed) {
        Some(now) if kind(&now) == kind(&last) => {
            last = now;
            true
        }
        _ => false,
    });
    (small, last)
}

/// Does something with a new database, in a thread and on a runtime of its own, so that a panic is
/// an answer. `None` where there is no PostgreSQL.
fn with_database<T: Send + 'static>(
    dialect: Dialect,
    work: impl AsyncFnOnce(Db) -> T + Send + 'static,
) -> Option<Result<T, String>> {
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let database = match dialect {
                Dialect::Sqlite => TestDatabase::sqlite(),
                Dialect::Postgres => TestDatabase::postgres().await?,
            };
            let db = database.open().await;
            db.migrate().await.expect("a new database can be migrated");
            let done = work(db.clone()).await;
            db.close().await;
            database.remove().await;
            Some(done)
        })
    });
    match done.join() {
        Ok(done) => done.map(Ok),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Some(Err(format!("panics: {}", said.unwrap_or_default())))
        }
    }
}

/// In what a database differs from what the same story is without one.
fn differences(case: &Case, dialect: Dialect) -> Option<String> {
    let case = case.clone();
    let told = with_database(dialect, async move |db: Db| story::differences(&db, &case).await);
    match told? {
        Ok(wrong) if wrong.is_empty() => None,
        Ok(wrong) => Some(wrong.join("\n")),
        Err(panic) => Some(panic),
    }
}

#[test]
fn random_stories_hold_on_databases() {
    let (seed, cases) = (setting("TOKUTEN_PROVE_SEED", 0), setting("TOKUTEN_PROVE_ENGINE", 30));
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
            let Some(why) = differences(&accepted.case, dialect) else { continue };
            failures += 1;
            let (small, why) = shrunk_on(&text, why);
            keep(&format!("engine-{seed}"), &small, &why);
        }
        if most <= failures {
            break;
        }
    }
    say(&format!("told {on:?} stories from seed {seed}; {:.0} s", began.elapsed().as_secs_f64()));
    assert_eq!(failures, 0, "stories fail; they are printed above");
}

/// The same on SQLite, made smaller.
fn shrunk_on(text: &str, why: String) -> (String, String) {
    let mut last = why;
    let small = shrink(text, &mut |smaller| {
        let Ok((case, programs)) = read(smaller) else { return false };
        if !is_carried(&programs) {
            return false;
        }
        match differences(&case, Dialect::Sqlite) {
            Some(now) if kind(&now) == kind(&last) && !now.contains("cannot be activated") => {
                last = now;
                true
            }
            _ => false,
        }
    });
    (small, last)
}

/// How a world is told, by its seed: one by one, in batches, in another order, dying on the way.
fn manner(seed: u64) -> Manner {
    let plain = Manner { look_every: 5, ..Manner::default() };
    match seed % 4 {
        0 => plain,
        1 => Manner { batched: true, lazy: true, ..plain },
        2 => Manner { batched: true, crashes: Some(seed), ..plain },
        _ => Manner { shuffled: Some(seed), crashes: Some(seed), ..plain },
    }
}

/// What is wrong with a world in the end; the simulator panics where an invariant does not hold.
fn simulated(seed: u64, steps: usize) -> Option<String> {
    let told = with_database(Dialect::Sqlite, async move |db: Db| {
        let world =
            if seed.is_multiple_of(5) { World::new(seed, steps) } else { World::wild(seed, steps) };
        let (_, ending) = simulate::run(&db, &world, manner(seed)).await;
        let (case, programs) = simulate::case_of(&world, &ending.closes);
        let story = case.run(programs).expect("the case can be run");
        let last = story.snapshots.last().expect("a story has an end");
        let expected = story::of_snapshot(last);
        let lists = ["awards", "accruals", "payouts", "waiting"];
        let wrong =
            lists.map(|list| ending.lines.of(list).differences_from(&expected.of(list)).join("\n"));
        let wrong = wrong.join("\n").trim().to_owned();
        (!wrong.is_empty()).then_some(wrong)
    });
    match told? {
        Ok(wrong) => wrong,
        Err(panic) => Some(panic),
    }
}

#[test]
fn random_worlds_hold() {
    let (seed, worlds) = (setting("TOKUTEN_PROVE_SEED", 0), setting("TOKUTEN_PROVE_WORLDS", 30));
    let most = setting("TOKUTEN_PROVE_FAILURES", 3);
    let steps = usize::try_from(setting("TOKUTEN_PROVE_STEPS", 10)).expect("few");
    let began = Instant::now();
    let mut failures = 0;
    for seed in seed..seed + worlds {
        if let Some(why) = simulated(seed, steps) {
            failures += 1;
            // Fewer steps make a smaller world.
            let mut least = (steps, why);
            for fewer in 1..steps {
                if let Some(why) = simulated(seed, fewer) {
                    least = (fewer, why);
                    break;
                }
            }
            let (steps, why) = least;
            let world = if seed.is_multiple_of(5) {
                World::new(seed, steps)
            } else {
                World::wild(seed, steps)
            };
            let told = format!("{}\n{:#?}", world.programs.join("---\n"), world.steps);
            keep(&format!("world-{seed}"), &told, &format!("in {steps} steps: {why}"));
        }
        if most <= failures {
            break;
        }
    }
    say(&format!("{worlds} worlds from seed {seed}; {:.0} s", began.elapsed().as_secs_f64()));
    assert_eq!(failures, 0, "worlds fail; their seeds are printed above");
}
