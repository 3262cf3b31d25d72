//! Opening a database by its URL.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, PgConnection, PgPool, SqliteConnection, SqlitePool};

use super::after::{After, Carrier};
use super::session::{Home, Reader, Shelf, Tx};
use super::statistics::Growth;
use super::{DbError, migrate};

/// The tenant of an installation that serves one vendor.
pub const TENANT: i64 = 1;

/// How long a statement waits for a lock of another process.
const LOCK_WAIT: Duration = Duration::from_secs(30);
/// How long a caller waits for its turn to write or for a free connection to read.
const TURN_WAIT: Duration = Duration::from_mins(1);
/// How long a server may take to answer when it is first asked.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
const READERS_MAX: u32 = 8;
/// Writers take turns in the database itself; a few connections keep it busy between them.
const POSTGRES_WRITERS_MAX: u32 = 4;
const STATEMENTS_CACHED_MAX: usize = 400;
/// Writers look rows up by their keys. Statistics lag behind a load, and a planner that takes a
/// table for small reads all of it instead, or sorts all that lies behind a key to take the next
/// thousand: so it is told what to prefer.
const WRITER_PLANS: [(&str, &str); 5] = [
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    // All rows of a tenant, laid out to be held against each key, look cheap to it as well.
    ("enable_material", "off"),
];
/// The key space of our advisory locks, so that they meet nobody else's: `toku` in ASCII.
const LOCK_SPACE: i32 = 0x746f_6b75;

/// Which database it is. For messages and for the few statements about the database itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The name people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SQLite",
            Dialect::Postgres => "PostgreSQL",
        }
    }
}

/// A database that is open. Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct Db {
    pools: Pools,
    /// The database as a message may name it, without a password.
    label: String,
    tenant: i64,
    /// Callers that wait for the turn to write.
    waiting: Arc<AtomicUsize>,
    home: Home,
    shelf: Shelf,
}

/// Counted among those who wait, as long as it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(all: &'a AtomicUsize) -> Waiting<'a> {
        all.fetch_add(1, Ordering::Relaxed);
        Waiting(all)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool, carrier: Carrier },
    Postgres { read: PgPool, write: PgPool, growth: Growth },
}

impl Db {
    fn new(pools: Pools, label: String) -> Db {
        let (waiting, home, shelf) = (Arc::default(), Home::new(), Shelf::default());
        Db { pools, label, tenant: TENANT, waiting, home, shelf }
    }

    /// Opens `sqlite:PATH`, creating the file, or `postgres://…`.
    pub async fn open(url: &str) -> Result<Db, DbError> {
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(DbError::Url { url: url.to_owned() });
        };
        match scheme {
            "sqlite" => open_sqlite(rest).await,
            "postgres" | "postgresql" => open_postgres(url).await,
            // A drive letter is no scheme.
            _ if scheme.len() < 2 || rest.is_empty() => Err(DbError::Url { url: url.to_owned() }),
            _ => Err(DbError::Scheme { scheme: scheme.to_owned() }),
        }
    }

    /// The same database, seen as another tenant.
    #[must_use]
    pub fn for_tenant(&self, tenant: i64) -> Db {
        Db { tenant, home: Home::new(), shelf: Shelf::default(), ..self.clone() }
    }

    pub fn tenant(&self) -> i64 {
        self.tenant
    }

    pub fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// The database as a message may name it, without a password.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// A view of one state of the database, for as long as it is held.
    pub async fn read(&self) -> Result<Reader, DbError> {
        let reader = match &self.pools {
            Pools::Sqlite { read, .. } => {
                read.begin().await.map(|tx| Reader::sqlite(tx, self.tenant))
            }
            Pools::Postgres { read, .. } => read
                .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await
                .map(|tx| Reader::postgres(tx, self.tenant)),
        };
        let reader = reader.map_err(|error| DbError::of_statement("BEGIN", error))?;
        Ok(reader.with_shelf(self.shelf.clone()))
    }

    /// The turn to write, waiting for it. There is one writer of a tenant at a time.
    pub async fn write(&self) -> Result<Tx, DbError> {
        let _waiting = Waiting::new(&self.waiting);
        let failed = |error| DbError::of_statement("BEGIN", error);
        let turn = tokio::time::timeout(TURN_WAIT, self.home.turn()).await;
        let turn = turn.map_err(|_| failed(sqlx::Error::PoolTimedOut))?;
        match &self.pools {
            Pools::Sqlite { write, carrier, .. } => {
                let tx = write.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
                let after = After::Carry(carrier.clone());
                Ok(Tx::new(Reader::sqlite(tx, self.tenant), turn, after))
            }
            Pools::Postgres { write, growth, .. } => {
                let mut tx = write.begin().await.map_err(failed)?;
                // The lock comes before the first snapshot, so what is read later is current.
                sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
                    .bind(LOCK_SPACE)
                    .bind(i32::try_from(self.tenant).unwrap_or(i32::MAX))
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?;
                let after = After::Look(growth.clone());
                Ok(Tx::new(Reader::postgres(tx, self.tenant), turn, after))
            }
        }
    }

    /// Whether somebody in this process waits for the turn to write.
    pub fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Brings the schema up to what this executable knows. Running it again changes nothing.
    pub async fn migrate(&self) -> Result<(), DbError> {
        migrate::run(self).await
    }

    /// The number of the newest migration the database has had; 0 for an empty one.
    pub async fn schema_version(&self) -> Result<i64, DbError> {
        migrate::version(&mut self.read().await?).await
    }

    /// Refuses a database whose schema is not the one this executable was built for.
    pub async fn check_schema(&self) -> Result<(), DbError> {
        let (found, known) = (self.schema_version().await?, migrate::latest_schema());
        match found.cmp(&known) {
            std::cmp::Ordering::Less => Err(DbError::OlderSchema { found, known }),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(DbError::NewerSchema { found, known }),
        }
    }

    /// Gives all connections back. What is still under way finishes first.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write, carrier } => {
                read.close().await;
                carrier.close().await;
                write.close().await;
            }
            Pools::Postgres { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

async fn open_sqlite(path: &str) -> Result<Db, DbError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path == ":memory:" || path.contains("mode=memory") {
        return Err(DbError::InMemory);
    }
    if path.is_empty() {
        return Err(DbError::Url { url: "sqlite:".to_owned() });
    }
    let label = format!("`{path}`");
    let file = PathBuf::from(path);
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .foreign_keys(true)
        .busy_timeout(LOCK_WAIT)
        .synchronous(SqliteSynchronous::Full)
        .statement_cache_capacity(STATEMENTS_CACHED_MAX)
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let writing = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // 64 MiB of pages. The log is carried into the file behind commits; a commit does it where
        // that does not keep up, at 64 MiB of log.
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "16000");
    let opened = |error| DbError::of_opening(&label, error);
    let write = PoolOptions::new()
        .max_connections(1)
        // SQLite ends a transaction by itself when the disk is full; the driver would take the
        // connection for one in the middle of it for ever after.
        .after_release(|connection: &mut SqliteConnection, _| {
            Box::pin(async move {
                if !connection.is_in_transaction() {
                    return Ok(true);
                }
                // An undoing may be under way; it is done when this is answered.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .acquire_timeout(TURN_WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(writing)
        .await
        .map_err(opened)?;
    let read = PoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(TURN_WAIT)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone().pragma("query_only", "on"));
    let carrying = PoolOptions::new().max_connections(1).acquire_timeout(TURN_WAIT);
    let carrier = Carrier::of(carrying.connect_lazy_with(options));
    Ok(Db::new(Pools::Sqlite { read, write, carrier }, label))
}

async fn open_postgres(url: &str) -> Result<Db, DbError> {
    let failed = |database: &str, error| DbError::of_opening(database, error);
    let options =
        PgConnectOptions::from_str(url).map_err(|error| failed("at this address", error))?;
    let label = format!(
        "`{}` at `{}`",
        options.get_database().unwrap_or(options.get_username()),
        options.get_host()
    );
    let options = options
        .application_name("tokuten")
        .statement_cache_capacity(STATEMENTS_CACHED_MAX)
        .options([
            ("synchronous_commit", "on".to_owned()),
            ("lock_timeout", format!("{}s", TURN_WAIT.as_secs())),
            ("timezone", "UTC".to_owned()),
            // Statements over a handful of rows would be compiled for longer than they run.
            ("jit", "off".to_owned()),
            // A plan is made for the table as it is now. Kept plans go on after a load has grown
            // the table a thousandfold, and read all of it for each key.
            ("plan_cache_mode", "force_custom_plan".to_owned()),
        ])
        .disable_statement_logging();
    // The pool would keep trying and say in the end only that time is up: ask once, directly.
    let asked = tokio::time::timeout(CONNECT_WAIT, PgConnection::connect_with(&options)).await;
    let first = asked
        .unwrap_or_else(|elapsed| Err(sqlx::Error::Io(elapsed.into())))
        .map_err(|error| failed(&label, error))?;
    first.close().await.map_err(|error| failed(&label, error))?;
    let pool = |connections_max, options: PgConnectOptions| {
        PoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(TURN_WAIT)
            .connect_lazy_with(options)
    };
    let writing = options.clone().options(WRITER_PLANS);
    let write = pool(POSTGRES_WRITERS_MAX, writing);
    let growth = Growth::of(write.clone());
    let pools = Pools::Postgres { read: pool(READERS_MAX, options), write, growth };
    Ok(Db::new(pools, label))
}
