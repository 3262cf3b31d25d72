//! Reading and writing: a [`Reader`] and a [`Tx`].

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Postgres, SqlSafeStr, SqlStr, Sqlite, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::after::After;
use super::bulk::{self, Keys};
use super::{Arg, Column, DbError, Dialect, Row, args};

/// One state of the database, to be read.
///
/// A [`Tx`] is one too: what only reads takes `&mut Reader`, and `&mut tx` fits.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    tenant: i64,
    /// None within a turn to write: what is not committed must not be remembered.
    shelf: Option<Shelf>,
    /// None outside of a turn to write.
    turn: Option<Turn>,
}

/// A turn to write that has begun.
#[derive(Debug)]
struct Turn {
    memory: Memory,
    holder: Arc<str>,
    /// Whether it was found out who had the turn before.
    is_taken: bool,
}

/// What readers of a handle and its clones remember, one thing of a type.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf(Arc<std::sync::Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Where rows are put by [`Tx::put_many`].
#[derive(Debug)]
pub struct Put {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    /// How many columns at the end are values; those before them are the key.
    pub values: usize,
    /// The same as a clause.
    pub conflict: &'static str,
}

/// The turn to write. Dropped without [`Tx::commit`], it has changed nothing.
#[derive(Debug)]
pub struct Tx {
    reader: Reader,
    after: After,
    /// Rows that came into tables.
    grown: Vec<(&'static str, u64)>,
    // Held to the end, so that what is remembered is at home before the next turn begins.
    home: OwnedMutexGuard<Memory>,
}

/// What is remembered from turn to turn, one thing of a type.
type Memory = HashMap<TypeId, Box<dyn Any + Send>>;

/// Where the writers of a handle take turns, and where what they remember lies in between.
#[derive(Debug, Clone)]
pub(super) struct Home {
    /// Tells it from all others, here and in other processes.
    holder: Arc<str>,
    turn: Arc<Mutex<Memory>>,
}

impl Home {
    pub(super) fn new() -> Home {
        Home { holder: Arc::from(uuid::Uuid::now_v7().to_string()), turn: Arc::default() }
    }

    /// Waits for the turn.
    pub(super) async fn turn(&self) -> AtHome {
        AtHome { holder: Arc::clone(&self.holder), home: Arc::clone(&self.turn).lock_owned().await }
    }
}

/// The turn among the writers of this handle, before the database has given its own.
#[derive(Debug)]
pub(super) struct AtHome {
    holder: Arc<str>,
    home: OwnedMutexGuard<Memory>,
}

impl Reader {
    pub(super) fn sqlite(tx: Transaction<'static, Sqlite>, tenant: i64) -> Reader {
        Reader { connection: Connection::Sqlite(tx), tenant, shelf: None, turn: None }
    }

    pub(super) fn postgres(tx: Transaction<'static, Postgres>, tenant: i64) -> Reader {
        Reader { connection: Connection::Postgres(tx), tenant, shelf: None, turn: None }
    }

    pub(super) fn with_shelf(self, shelf: Shelf) -> Reader {
        Reader { shelf: Some(shelf), ..self }
    }

    /// Looks at, or changes, what readers of this handle remember of a type. Whether it still holds
    /// is for its owner to find out in this state of the database. Nothing, where nothing may be
    /// remembered.
    pub fn remembered<T: Any + Send + Default, R>(
        &self,
        look: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let mut shelf = self.shelf.as_ref()?.0.lock().ok()?;
        let there = shelf.entry(TypeId::of::<T>()).or_insert_with(|| Box::<T>::default());
        there.downcast_mut().map(look)
    }

    /// What earlier turns of this handle left behind, or a new one; `None` outside of a turn to
    /// write. It is what the database holds, as long as everybody who changes what is remembered
    /// comes by here first: it is forgotten if somebody else wrote in between, and lost with a
    /// transaction that is not committed.
    pub async fn memory<T: Any + Send + Default>(&mut self) -> Result<Option<&mut T>, DbError> {
        if self.turn.is_none() {
            return Ok(None);
        }
        self.take_turn().await?;
        let there = self.turn.as_mut().and_then(|turn| {
            let there = turn.memory.entry(TypeId::of::<T>()).or_insert_with(|| Box::<T>::default());
            there.downcast_mut()
        });
        Ok(there)
    }

    /// Notes who writes now; what is remembered is forgotten if it was another before.
    async fn take_turn(&mut self) -> Result<(), DbError> {
        let holder = match &self.turn {
            Some(turn) if !turn.is_taken => Arc::clone(&turn.holder),
            _ => return Ok(()),
        };
        let tenant = self.tenant;
        let row =
            self.row("SELECT holder FROM totals_turn WHERE tenant_id = $1", args![tenant]).await?;
        let was_ours = row.is_some_and(|row| row.text(0) == &*holder);
        if !was_ours {
            let bound = Bound::new(self.dialect(), args![tenant, &*holder]);
            let sql = "INSERT INTO totals_turn (tenant_id, holder) VALUES ($1, $2) \
                       ON CONFLICT (tenant_id) DO UPDATE SET holder = excluded.holder";
            self.run(sql.into_sql_str(), bound).await?;
        }
        if let Some(turn) = &mut self.turn {
            if !was_ours {
                turn.memory.clear();
            }
            turn.is_taken = true;
        }
        Ok(())
    }

    /// The expression for the exact sum of decimals kept as text: decimals with blanks between
    /// them, which add up to it. PostgreSQL adds up itself, exactly; SQLite only in binary floats.
    pub fn exact_sum(&self, decimal: &str) -> String {
        match self.dialect() {
            Dialect::Sqlite => format!("string_agg({decimal}, ' ')"),
            Dialect::Postgres => format!("CAST(SUM(CAST({decimal} AS numeric)) AS text)"),
        }
    }

    /// Whose rows are read and written.
    pub fn tenant(&self) -> i64 {
        self.tenant
    }

    pub fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The expression for a text in a column that holds a JSON object, null if it is not there.
    /// `key` is a word of ours, never what a user typed.
    pub fn json_text(&self, column: &str, key: &str) -> String {
        match self.dialect() {
            Dialect::Sqlite => format!("({column} ->> '$.{key}')"),
            Dialect::Postgres => format!("(CAST({column} AS jsonb) ->> '{key}')"),
        }
    }

    /// All rows of a result.
    pub async fn rows(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, DbError> {
        self.fetch(sql.into_sql_str(), Bound::new(self.dialect(), args)).await
    }

    /// The first row of a result, if there is one.
    pub async fn row(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<Option<Row>, DbError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// The rows for many keys at once; `{keys}` in the statement stands for their table `k`, with
    /// the columns `k1`, `k2`, …, `i` and `tenant`.
    ///
    /// `args` are `$1`, `$2`, … as ever; the keys come after them.
    pub async fn lookup(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
        keys: Vec<Column>,
    ) -> Result<Vec<Row>, DbError> {
        let Some(keys) = Keys::new((self.dialect(), self.tenant()), sql, args, keys) else {
            return Ok(Vec::new());
        };
        self.fetch(keys.sql, keys.bound).await
    }

    pub(super) async fn fetch(&mut self, sql: SqlStr, bound: Bound) -> Result<Vec<Row>, DbError> {
        let text = sql.clone();
        let rows = match (&mut self.connection, bound) {
            (Connection::Sqlite(tx), Bound::Sqlite(args)) => sqlx::query_with(sql, args)
                .fetch_all(&mut **tx)
                .await
                .map(|rows| rows.into_iter().map(Row::from).collect()),
            (Connection::Postgres(tx), Bound::Postgres(args)) => sqlx::query_with(sql, args)
                .fetch_all(&mut **tx)
                .await
                .map(|rows| rows.into_iter().map(Row::from).collect()),
            _ => unreachable!("arguments are bound for the connection they are used with"),
        };
        rows.map_err(|error| DbError::of_statement(text.as_str(), error))
    }

    pub(super) async fn run(&mut self, sql: SqlStr, bound: Bound) -> Result<u64, DbError> {
        let text = sql.clone();
        let changed = match (&mut self.connection, bound) {
            (Connection::Sqlite(tx), Bound::Sqlite(args)) => sqlx::query_with(sql, args)
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
            (Connection::Postgres(tx), Bound::Postgres(args)) => sqlx::query_with(sql, args)
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
            _ => unreachable!("arguments are bound for the connection they are used with"),
        };
        changed.map_err(|error| DbError::of_statement(text.as_str(), error))
    }
}

impl Tx {
    /// A turn that has begun.
    pub(super) fn new(reader: Reader, turn: AtHome, after: After) -> Tx {
        let AtHome { holder, mut home } = turn;
        let memory = std::mem::take(&mut *home);
        let turn = Some(Turn { memory, holder, is_taken: false });
        Tx { reader: Reader { turn, ..reader }, after, grown: Vec::new(), home }
    }

    /// As [`Reader::memory`]: there is one within every turn.
    pub async fn memory<T: Any + Send + Default>(&mut self) -> Result<&mut T, DbError> {
        let there = self.reader.memory().await?;
        Ok(there.expect("a turn to write has a memory"))
    }

    /// Runs a statement and says how many rows it changed.
    pub async fn execute(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<u64, DbError> {
        let bound = Bound::new(self.dialect(), args);
        self.run(sql.into_sql_str(), bound).await
    }

    /// Runs a statement over many keys at once, as [`Reader::lookup`] does, and says how many rows
    /// it changed: `UPDATE t SET a = k.k2 FROM {keys} WHERE t.id = k.k1`.
    pub async fn execute_many(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
        keys: Vec<Column>,
    ) -> Result<u64, DbError> {
        let Some(keys) = Keys::new((self.dialect(), self.tenant()), sql, args, keys) else {
            return Ok(0);
        };
        self.run(keys.sql, keys.bound).await
    }

    /// Inserts many rows in the fastest way, and says how many.
    ///
    /// `conflict` is empty or a clause such as `ON CONFLICT (tenant_id, code) DO NOTHING`. Empty is
    /// twice as fast on PostgreSQL: leave out what is already there beforehand where that is easy.
    pub async fn insert_many(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        data: Vec<Column>,
        conflict: &'static str,
    ) -> Result<u64, DbError> {
        let inserted = self.insert_rows(table, columns, data, conflict).await?;
        self.grown.push((table, inserted));
        Ok(inserted)
    }

    async fn insert_rows(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        data: Vec<Column>,
        conflict: &'static str,
    ) -> Result<u64, DbError> {
        let mut data = data;
        if let Connection::Postgres(connection) = &mut self.connection {
            match bulk::copy(table, columns, data, conflict) {
                Ok(copy) => return send_copy(connection, copy).await,
                Err(given_back) => data = given_back,
            }
        }
        let mut inserts = bulk::inserts(self.dialect(), table, columns, data, conflict);
        let mut next = inserts.next();
        let mut inserted = 0;
        while let Some(insert) = next {
            let mut running = pin!(self.run(insert.sql, insert.bound));
            // Hands the statement over; while the database runs it, the next one is made.
            let early = poll_fn(|context| Poll::Ready(running.as_mut().poll(context))).await;
            next = inserts.next();
            inserted += match early {
                Poll::Ready(done) => done?,
                Poll::Pending => running.await?,
            };
        }
        Ok(inserted)
    }

    /// Puts many rows where rows with their key may be: `there` says of each whether one is, and
    /// must be right. The first columns are the key, the last `values` of them are what changes.
    ///
    /// PostgreSQL inserts and changes at half the cost of handling conflicts; SQLite does not care.
    pub async fn put_many(
        &mut self,
        put: &Put,
        data: Vec<Column>,
        there: &[bool],
    ) -> Result<(), DbError> {
        match self.dialect() {
            Dialect::Sqlite => {
                self.insert_many(put.table, put.columns, data, put.conflict).await?;
            }
            Dialect::Postgres => {
                let (old, new) = bulk::divide(data, there);
                self.insert_many(put.table, put.columns, new, "").await?;
                for update in bulk::updates(put, old) {
                    self.run(update.sql, update.bound).await?;
                }
            }
        }
        Ok(())
    }

    /// As [`Tx::insert_many`], with the rows of a `RETURNING` clause at the end of `conflict`.
    ///
    /// Rows come in no promised order, and none for rows that a conflict left out.
    pub async fn insert_many_returning(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        data: Vec<Column>,
        conflict: &'static str,
    ) -> Result<Vec<Row>, DbError> {
        let mut rows = Vec::new();
        for insert in bulk::inserts(self.dialect(), table, columns, data, conflict) {
            rows.extend(self.fetch(insert.sql, insert.bound).await?);
        }
        Ok(rows)
    }

    /// Whatever is remembered does not hold any more.
    pub fn forget(&mut self) {
        if let Some(turn) = &mut self.reader.turn {
            turn.memory.clear();
        }
    }

    /// Makes it all last. When this returns, it is on disk.
    pub async fn commit(self) -> Result<(), DbError> {
        let Tx { reader, after, grown, mut home } = self;
        let memory = reader.turn.map(|turn| turn.memory).unwrap_or_default();
        let done = match reader.connection {
            Connection::Sqlite(tx) => tx.commit().await,
            Connection::Postgres(tx) => tx.commit().await,
        };
        done.map_err(|error| DbError::of_statement("COMMIT", error))?;
        *home = memory;
        after.note(&grown);
        Ok(())
    }

    /// Undoes it all. Dropping does the same, a little later.
    pub async fn rollback(self) -> Result<(), DbError> {
        let done = match self.reader.connection {
            Connection::Sqlite(tx) => tx.rollback().await,
            Connection::Postgres(tx) => tx.rollback().await,
        };
        done.map_err(|error| DbError::of_statement("ROLLBACK", error))
    }

    /// Runs a script of several statements without arguments: a migration.
    pub(super) async fn script(&mut self, sql: &'static str) -> Result<(), DbError> {
        let done = match &mut self.connection {
            Connection::Sqlite(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(|_| ()),
            Connection::Postgres(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(|_| ()),
        };
        done.map_err(|error| DbError::of_statement(sql, error))
    }
}

async fn send_copy(
    connection: &mut Transaction<'static, Postgres>,
    copy: bulk::Copy,
) -> Result<u64, DbError> {
    let sql = copy.sql.clone();
    let failed = |error| DbError::of_statement(sql.as_str(), error);
    let mut copying = connection.copy_in_raw(sql.as_str()).await.map_err(failed)?;
    for message in copy {
        copying.send(message).await.map_err(failed)?;
    }
    copying.finish().await.map_err(failed)
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

/// Arguments in the form a driver takes.
pub(super) enum Bound {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

impl Bound {
    pub(super) fn new(dialect: Dialect, args: &[Arg<'_>]) -> Bound {
        let mut bound = match dialect {
            Dialect::Sqlite => Bound::Sqlite(SqliteArguments::default()),
            Dialect::Postgres => Bound::Postgres(PgArguments::default()),
        };
        for arg in args {
            bound.push(arg);
        }
        bound
    }

    pub(super) fn push(&mut self, arg: &Arg<'_>) {
        let done = match (self, arg) {
            (Bound::Sqlite(to), Arg::Int(value)) => to.add(*value),
            (Bound::Sqlite(to), Arg::Text(value)) => to.add(value.as_deref()),
            (Bound::Sqlite(to), Arg::Bytes(value)) => to.add(value.as_deref()),
            (Bound::Postgres(to), Arg::Int(value)) => to.add(*value),
            (Bound::Postgres(to), Arg::Text(value)) => to.add(value.as_deref()),
            (Bound::Postgres(to), Arg::Bytes(value)) => to.add(value.as_deref()),
        };
        done.expect("integers, texts and bytes can always be encoded");
    }
}
