//! What can go wrong with a database, in words that say what to do.

use sqlx::error::DatabaseError;
use thiserror::Error;

/// A database could not be opened or did not do what it was told.
#[derive(Debug, Error)]
pub enum DbError {
    #[error("`{url}` names no database; write `sqlite:PATH` or `postgres://USER@HOST/NAME`")]
    Url { url: String },

    #[error(
        "a `{scheme}` database is not supported; write `sqlite:PATH` or \
         `postgres://USER@HOST/NAME`"
    )]
    Scheme { scheme: String },

    #[error("an SQLite database in memory would be lost; name a file, as in `sqlite:tokuten.db`")]
    InMemory,

    #[error("cannot open the database {database}: {advice}")]
    Open {
        database: String,
        advice: String,
        #[source]
        source: Option<Box<sqlx::Error>>,
    },

    #[error(
        "the database is locked by a change that takes long; wait until it has finished, or stop \
         the process that makes it, and try again"
    )]
    Locked(#[source] Box<sqlx::Error>),

    #[error("the disk of the database is full; make room and try again")]
    Full(#[source] Box<sqlx::Error>),

    #[error("the database may only be read; check who owns its files and folder")]
    ReadOnly(#[source] Box<sqlx::Error>),

    #[error("the database file is damaged; restore it from a backup")]
    Damaged(#[source] Box<sqlx::Error>),

    #[error("the connection to the database was lost; nothing was changed unless it had committed")]
    Lost(#[source] Box<sqlx::Error>),

    #[error("what is kept cannot be read: {what}")]
    Derived { what: String },

    #[error("there is already a row with this key in {key}")]
    Duplicate {
        key: String,
        #[source]
        source: Box<sqlx::Error>,
    },

    #[error("the database refused a change: {message}")]
    Refused {
        message: String,
        #[source]
        source: Box<sqlx::Error>,
    },

    #[error("the statement `{statement}` failed")]
    Statement {
        statement: String,
        #[source]
        source: Box<sqlx::Error>,
    },

    #[error(
        "the sum of {what} has more than 28 digits, so that it could not be kept exactly; correct \
         the largest numbers, or cancel their facts"
    )]
    OutOfRange { what: &'static str },

    #[error(
        "the database has schema {found}, this executable knows up to {known}; use the newer \
         executable"
    )]
    NewerSchema { found: i64, known: i64 },

    #[error(
        "the database has schema {found}, this executable needs {known}; run `tokuten migrate`"
    )]
    OlderSchema { found: i64, known: i64 },

    #[error(
        "migration {number} is not the one this database was made with; use the executable that \
         made it"
    )]
    ChangedMigration { number: i64 },
}

impl DbError {
    /// Sorts what a statement failed with.
    pub(super) fn of_statement(statement: &str, error: sqlx::Error) -> DbError {
        let source = Box::new(error);
        match trouble(&source) {
            Trouble::Locked => DbError::Locked(source),
            Trouble::Full => DbError::Full(source),
            Trouble::ReadOnly => DbError::ReadOnly(source),
            Trouble::Damaged => DbError::Damaged(source),
            Trouble::Lost => DbError::Lost(source),
            Trouble::Duplicate(key) => DbError::Duplicate { key, source },
            Trouble::Refused(message) => DbError::Refused { message, source },
            Trouble::Other => {
                const SHOWN_MAX: usize = 200;
                let mut shown = statement.split_whitespace().collect::<Vec<_>>().join(" ");
                if let Some((end, _)) = shown.char_indices().nth(SHOWN_MAX) {
                    shown.truncate(end);
                    shown.push('…');
                }
                DbError::Statement { statement: shown, source }
            }
        }
    }

    /// Sorts why a database could not be opened. `database` never holds a password.
    pub(super) fn of_opening(database: &str, error: sqlx::Error) -> DbError {
        let known = match trouble(&error) {
            Trouble::Locked => Some("another process holds it; stop that process and try again"),
            Trouble::Full => Some("its disk is full; make room and try again"),
            Trouble::ReadOnly => Some("it may only be read; check who owns its files and folder"),
            Trouble::Damaged => Some("the file is not an SQLite database, or is damaged"),
            Trouble::Lost => Some("the server does not answer; check host, port and that it runs"),
            Trouble::Duplicate(_) | Trouble::Refused(_) | Trouble::Other => advice(&error),
        };
        let database = database.to_owned();
        match known {
            Some(advice) => {
                let (advice, source) = (advice.to_owned(), Some(Box::new(error)));
                DbError::Open { database, advice, source }
            }
            // Its own words say all there is; as a source they would be said twice.
            None => DbError::Open { database, advice: own_words(&error), source: None },
        }
    }

    /// Whether it is worth trying the same again a little later. A full disk does not empty itself.
    pub fn is_temporary(&self) -> bool {
        matches!(self, DbError::Locked(_) | DbError::Lost(_))
    }
}

enum Trouble {
    Locked,
    Full,
    ReadOnly,
    Damaged,
    Lost,
    Duplicate(String),
    Refused(String),
    Other,
}

fn trouble(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::Database(error) => match error.try_downcast_ref::<sqlx::sqlite::SqliteError>()
        {
            Some(_) => sqlite_trouble(error.as_ref()),
            None => postgres_trouble(error.as_ref()),
        },
        sqlx::Error::PoolTimedOut => Trouble::Locked,
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => Trouble::Full,
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Trouble::Lost,
        _ => Trouble::Other,
    }
}

/// By SQLite's result code; the low byte is the kind, the rest says more.
fn sqlite_trouble(error: &dyn DatabaseError) -> Trouble {
    const READONLY_DIRECTORY_OR_OTHER: i32 = 8;
    let code: i32 = error.code().and_then(|code| code.parse().ok()).unwrap_or(0);
    match (code & 0xff, code) {
        (5 | 6, _) => Trouble::Locked,
        (READONLY_DIRECTORY_OR_OTHER, _) => Trouble::ReadOnly,
        (13, _) => Trouble::Full,
        (11 | 26, _) => Trouble::Damaged,
        (_, 1555 | 2067 | 2579) => {
            let message = error.message();
            Trouble::Duplicate(message.rsplit(": ").next().unwrap_or(message).to_owned())
        }
        (_, 1811) => Trouble::Refused(error.message().to_owned()),
        _ => Trouble::Other,
    }
}

/// By the SQLSTATE.
fn postgres_trouble(error: &dyn DatabaseError) -> Trouble {
    let code = error.code().unwrap_or_default();
    match code.as_ref() {
        "55P03" => Trouble::Locked,
        "53100" => Trouble::Full,
        "25006" | "42501" => Trouble::ReadOnly,
        "XX001" | "XX002" => Trouble::Damaged,
        "57P01" | "57P02" | "57P03" => Trouble::Lost,
        "23505" => Trouble::Duplicate(error.constraint().unwrap_or("a table").to_owned()),
        "P0001" => Trouble::Refused(error.message().to_owned()),
        other if other.starts_with("08") => Trouble::Lost,
        _ => Trouble::Other,
    }
}

fn advice(error: &sqlx::Error) -> Option<&'static str> {
    let sqlx::Error::Database(error) = error else { return None };
    match error.code().unwrap_or_default().as_ref() {
        "28P01" | "28000" => Some("the user or password is wrong, or the user may not connect"),
        "3D000" => Some("there is no database of that name; create it with `createdb`"),
        "53300" => Some("the server has too many connections; raise its `max_connections`"),
        "14" => Some("the file cannot be opened; check that its folder exists and may be written"),
        _ => None,
    }
}

fn own_words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        error => error.to_string(),
    }
}
