//! Properties of the whole engine, on worlds out of seeds. A failure names the seed.

use engine::db::testing::TestDatabase;
use engine::db::{Db, Dialect};
use engine::{ledger, rebuild};

use crate::simulate::{Ending, Manner, World, case_of, derived, return_everything, run as tell};
use crate::story::of_snapshot;
use crate::{invariants, simulate};

/// Steps of a world: about two facts each.
const STEPS: usize = 45;

/// New databases of one kind, as many as are asked for.
struct Databases(Dialect, Vec<TestDatabase>);

impl Databases {
    /// `None` where there is no PostgreSQL; the kit says so.
    async fn fresh(&mut self) -> Option<Db> {
        let database = match self.0 {
            Dialect::Sqlite => TestDatabase::sqlite(),
            Dialect::Postgres => TestDatabase::postgres().await?,
        };
        let db = database.open().await;
        db.migrate().await.expect("a new database can be migrated");
        self.1.push(database);
        Some(db)
    }

    async fn remove(self) {
        for database in self.1 {
            database.remove().await;
        }
    }
}

/// Says which seed a test failed with.
struct Seed(u64, Dialect);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "seed {} on {}", self.0, self.1.name());
        }
    }
}

/// Runs a property for some seeds, fewer of them on PostgreSQL.
async fn for_seeds(seeds: &[u64], property: impl AsyncFn(&mut Databases, u64)) {
    for (dialect, seeds) in [(Dialect::Sqlite, seeds), (Dialect::Postgres, &seeds[..1])] {
        if dialect == Dialect::Postgres && TestDatabase::postgres().await.is_none() {
            continue;
        }
        for seed in seeds {
            let named = Seed(*seed, dialect);
            let mut databases = Databases(dialect, Vec::new());
            property(&mut databases, *seed).await;
            databases.remove().await;
            std::mem::forget(named);
        }
    }
}

async fn ending(databases: &mut Databases, world: &World, manner: Manner) -> Ending {
    let db = databases.fresh().await.expect("a database");
    let (_, ending) = tell(&db, world, manner).await;
    db.close().await;
    ending
}

#[track_caller]
fn assert_same(one: &Ending, other: &Ending) {
    let different = one.lines.differences_from(&other.lines);
    assert!(different.is_empty(), "\n{}", different.join("\n"));
    assert_eq!(one, other);
}

#[tokio::test]
async fn the_engine_says_what_the_domain_says_and_can_be_rebuilt_from_ground_state() {
    for_seeds(&[1, 2, 3, 4, 5, 6], async |databases, seed| {
        let world = World::new(seed, STEPS);
        let db = databases.fresh().await.expect("a database");
        let (office, ending) =
            tell(&db, &world, Manner { look_every: 9, ..Manner::default() }).await;

        let (case, programs) = case_of(&world, &ending.closes);
        let story = case.run(programs).expect("the case can be run");
        let last = story.snapshots.last().expect("a story has an end");
        let different = ending.lines.differences_from(&of_snapshot(last));
        assert!(different.is_empty(), "\n{}", different.join("\n"));
        assert!(ending.lines.iter().count() > 20, "a world in which something happens");

        let before = derived(&db).await;
        let mut tx = db.write().await.expect("a turn to write");
        let rules = office.rules(&mut tx).await.expect("rules");
        let master = office.master(&mut tx).await.expect("master data");
        let done = rebuild::all(&mut tx, &rules, &master, office.now()).await.expect("a rebuild");
        tx.commit().await.expect("a commit");
        assert_eq!(done.postings, 0, "a rebuild posts nothing");
        assert_eq!(before, derived(&db).await);
        assert_eq!(invariants::broken(&office).await, Vec::<String>::new());
        db.close().await;
    })
    .await;
}

#[tokio::test]
async fn order_and_batches_do_not_matter() {
    for_seeds(&[11, 12, 13], async |databases, seed| {
        let world = World::new(seed, STEPS);
        let singly = ending(databases, &world, Manner::default()).await;
        let batched = Manner { batched: true, lazy: true, ..Manner::default() };
        assert_same(&singly, &ending(databases, &world, batched).await);
        let shuffled = Manner { shuffled: Some(seed), batched: seed % 2 == 0, ..Manner::default() };
        assert_same(&singly, &ending(databases, &world, shuffled).await);
    })
    .await;
}

#[tokio::test]
async fn a_process_that_dies_anywhere_loses_nothing_and_does_nothing_twice() {
    for_seeds(&[21, 22, 23], async |databases, seed| {
        let world = World::new(seed, STEPS);
        let undisturbed = ending(databases, &world, Manner { batched: true, ..Manner::default() });
        let undisturbed = undisturbed.await;
        let dying = Manner { batched: true, crashes: Some(seed), ..Manner::default() };
        let died = ending(databases, &world, dying).await;
        // Who sends again what had been committed may be told so; all else is the same.
        for list in ["awards", "accruals", "payouts", "waiting"] {
            let different = died.lines.of(list).differences_from(&undisturbed.lines.of(list));
            assert!(different.is_empty(), "\n{}", different.join("\n"));
        }
        assert_eq!(undisturbed.accounts, died.accounts);
        assert_eq!(undisturbed.closes, died.closes);
    })
    .await;
}

#[tokio::test]
async fn late_equals_early_in_total() {
    for_seeds(&[31, 32, 33], async |databases, seed| {
        let world = World::new(seed, STEPS);
        let as_it_came = ending(databases, &world, Manner::default()).await;
        let manner = Manner { at_the_end: true, batched: true, ..Manner::default() };
        let at_the_end = ending(databases, &world, manner).await;
        let awards = |ending: &Ending| ending.lines.of("awards");
        let different = awards(&as_it_came).differences_from(&awards(&at_the_end));
        assert!(different.is_empty(), "\n{}", different.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn a_return_of_everything_equals_never_having_sold() {
    for_seeds(&[41, 42, 43], async |databases, seed| {
        let world = World::new(seed, STEPS);
        let db = databases.fresh().await.expect("a database");
        let (office, _) = tell(&db, &world, Manner::default()).await;
        return_everything(&office, &world).await;
        assert_eq!(invariants::broken(&office).await, Vec::<String>::new());
        let lines = simulate::derived(&db).await;
        let awards: Vec<&String> = lines.iter().filter(|line| line.starts_with("award ")).collect();
        assert_eq!(awards, Vec::<&String>::new(), "no award is left");
        let mut reader = db.read().await.expect("a reader");
        for balance in ledger::balances(&mut reader, None).await.expect("balances") {
            // What a flat rate accrued is trued up with the next close alone.
            if balance.account.starts_with("expense/") && balance.account != "expense/flat" {
                assert_eq!(balance.debit, balance.credit, "{} costs nothing", balance.account);
            }
        }
        drop(reader);
        db.close().await;
    })
    .await;
}
