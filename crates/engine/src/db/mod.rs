//! The database: one set of statements, two databases.
//!
//! SQLite is the default and needs no server; PostgreSQL serves many processes. Every statement
//! is written once, in the subset both accept, with `$1` parameters; what differs (opening,
//! locking, bulk loading, passing many keys) is hidden here, and nothing above names a dialect.
//!
//! # Invariants
//!
//! * There is one writer per tenant at a time: a [`Tx`] holds the lock of its tenant from its
//!   first moment to its end, in this process and in all others. What it read stays true until
//!   it commits, so totals may be read, changed and written back.
//! * A [`Reader`] sees one state of the database from its first statement to its end.
//! * A commit is on disk when [`Tx::commit`] returns. A [`Tx`] that is dropped changes nothing.
//! * Migrations only go forward; a database newer than the executable is refused.
//!
//! # The subset
//!
//! * Integers are `bigint`, truth is 0 or 1, texts hold no NUL. `sum` of integers is
//!   `CAST(sum(x) AS bigint)`, since PostgreSQL widens it.
//! * `INSERT … ON CONFLICT (…) DO UPDATE/NOTHING`, `RETURNING`, `UPDATE … FROM`, window functions,
//!   common table expressions and row values work in both.
//! * A statement that writes over conflicts may meet each key once: add up before writing.
//! * `LIKE` differs in case: compare with a column that is already in lower case.
//! * Text that is sorted or compared by range is declared `COLLATE "C"` in PostgreSQL.
//!
//! # Many rows at once
//!
//! [`Tx::insert_many`] is the fastest way in, also for changing many rows of more than a few
//! columns, with `ON CONFLICT … DO UPDATE`. [`Reader::lookup`] and [`Tx::execute_many`] put
//! columns of keys into a statement as the table `{keys}`, called `k`, with the columns `k1`,
//! `k2`, …, `i`, the position counted from 0, and `tenant`. Write `FROM {keys} CROSS JOIN t WHERE
//! t.tenant_id = k.tenant AND t.a = k.k1`: SQLite takes a cross join as the order of its loops, and
//! PostgreSQL can then do nothing but look up key by key.

mod after;
mod bulk;
mod catalog;
mod error;
pub mod measure;
mod migrate;
mod open;
mod row;
mod session;
mod statistics;
pub mod testing;
mod value;

pub use catalog::{ColumnKind, Table, TableColumn};
pub use error::DbError;
pub use migrate::{Migration, latest_schema};
pub use open::{Db, Dialect, TENANT};
pub use row::Row;
pub use session::{Put, Reader, Tx};
pub use sqlx::{AssertSqlSafe, SqlSafeStr};
pub use value::{Arg, Column, date_of, days_of};

pub(crate) use crate::args;

#[cfg(test)]
mod tests;
