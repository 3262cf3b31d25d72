//! Databases for tests: every test runs on SQLite and on PostgreSQL.
//!
//! For tests only. Each test gets a database of its own, migrated and empty, and leaves nothing
//! behind. PostgreSQL is started once per test process from the programs found on this machine, in
//! a temporary folder; where there are none, tests say so and run on SQLite alone, unless
//! `TOKUTEN_REQUIRE_ALL=1`.
//!
//! ```text
//! #[tokio::test]
//! async fn a_partner_is_found_by_code() {
//!     for_each_database(async |db| { … }).await;
//! }
//! ```

mod postgres;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{Db, DbError, Dialect};

/// Runs the test on a new database of each kind.
pub async fn for_each_database(test: impl AsyncFn(Db)) {
    for database in databases().await {
        let named = Named(database.dialect);
        let db = database.open().await;
        db.migrate().await.expect("a new database can be migrated");
        test(db.clone()).await;
        db.close().await;
        std::mem::forget(named);
        database.remove().await;
    }
}

/// A new, empty database of each kind that this machine can run, not migrated.
pub async fn databases() -> Vec<TestDatabase> {
    let mut databases = vec![TestDatabase::sqlite()];
    if let Some(database) = TestDatabase::postgres().await {
        databases.push(database);
    }
    databases
}

/// A database that goes away with this value.
pub struct TestDatabase {
    pub dialect: Dialect,
    pub url: String,
    /// The folder of an SQLite database.
    _folder: Option<TempFolder>,
}

impl TestDatabase {
    /// A new SQLite database in a folder of its own.
    pub fn sqlite() -> TestDatabase {
        let folder = TempFolder::new("sqlite");
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        TestDatabase { dialect: Dialect::Sqlite, url, _folder: Some(folder) }
    }

    /// A new PostgreSQL database, or `None` with a message where PostgreSQL is missing.
    pub async fn postgres() -> Option<TestDatabase> {
        let server = postgres::server()?;
        let url = server.create_database().await;
        Some(TestDatabase { dialect: Dialect::Postgres, url, _folder: None })
    }

    pub async fn open(&self) -> Db {
        Db::open(&self.url).await.expect("a test's database can be opened")
    }

    /// Drops a PostgreSQL database now. Without this it goes with the test process.
    pub async fn remove(self) {
        if self.dialect == Dialect::Postgres
            && let Some(server) = postgres::server()
        {
            server.drop_database(&self.url).await;
        }
    }
}

/// Says on which database a test failed.
struct Named(Dialect);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&format!("the test failed on {}", self.0.name()));
        }
    }
}

/// A folder that is removed with this value.
pub struct TempFolder(PathBuf);

impl TempFolder {
    pub fn new(purpose: &str) -> TempFolder {
        let name = format!("tokuten-{purpose}-{}", Uuid::now_v7().simple());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("the temporary folder may be written");
        TempFolder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // A folder that cannot be removed is only untidy.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether a test that cannot run has to fail instead of being skipped.
pub fn everything_is_required() -> bool {
    std::env::var("TOKUTEN_REQUIRE_ALL").is_ok_and(|value| value == "1")
}

/// Says that something is skipped and how to get it; fails where everything is required.
pub fn skip(what: &str, how: &str) {
    assert!(!everything_is_required(), "{what} is missing and TOKUTEN_REQUIRE_ALL=1; {how}");
    say(&format!("skipped: {what} is missing; {how}"));
}

/// To whoever runs the tests, also of a test that passes: what is printed with a macro is not shown.
fn say(message: &str) {
    // A message that nobody can read is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// What a statement fails with when the disk is full.
pub fn full_disk() -> DbError {
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    DbError::of_statement("INSERT", sqlx::Error::Io(full))
}
