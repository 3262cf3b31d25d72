//! How fast rows go in and come out, each way that was considered.
//!
//! Everything runs on a table of its own in the database that is given, in transactions of
//! [`ROWS_PER_COMMIT`] rows whose commit is waited for. The table has no index but its key: this is
//! the bare rate that the flow is compared with. The figures are in
//! `docs/adr/0001-storage-access.md`.

use std::time::{Duration, Instant};

use super::{Column, Db, DbError, Dialect, Tx, args, bulk};

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    pub what: String,
    pub rows: u64,
    pub took: Duration,
}

impl Rate {
    pub fn rows_per_second(&self) -> u64 {
        let rate = u128::from(self.rows) * 1_000_000 / self.took.as_micros().max(1);
        u64::try_from(rate).unwrap_or(u64::MAX)
    }
}

/// Rows in one transaction.
pub const ROWS_PER_COMMIT: i64 = 10_000;

/// Twenty columns, as a line of sales has them.
const COLUMNS: [&str; 20] = [
    "tenant_id",
    "line_id",
    "partner_id",
    "product_id",
    "ship_to_id",
    "import_id",
    "row_number",
    "kind",
    "day",
    "recorded_at",
    "source_key",
    "quantity",
    "unit",
    "amount",
    "currency",
    "order_code",
    "line_code",
    "channel",
    "activity",
    "attributes",
];

const CREATE_SQLITE: &str = "CREATE TABLE measure_line (tenant_id INTEGER NOT NULL, \
    line_id INTEGER NOT NULL, partner_id INTEGER NOT NULL, product_id INTEGER NOT NULL, \
    ship_to_id INTEGER, import_id INTEGER NOT NULL, row_number INTEGER NOT NULL, \
    kind INTEGER NOT NULL, day INTEGER NOT NULL, recorded_at INTEGER NOT NULL, \
    source_key TEXT NOT NULL, quantity TEXT NOT NULL, unit TEXT, amount TEXT NOT NULL, \
    currency TEXT NOT NULL, order_code TEXT, line_code TEXT, channel TEXT, activity TEXT, \
    attributes TEXT NOT NULL, PRIMARY KEY (tenant_id, line_id)) STRICT, WITHOUT ROWID";

const CREATE_POSTGRES: &str = "CREATE TABLE measure_line (tenant_id bigint NOT NULL, \
    line_id bigint NOT NULL, partner_id bigint NOT NULL, product_id bigint NOT NULL, \
    ship_to_id bigint, import_id bigint NOT NULL, row_number bigint NOT NULL, \
    kind bigint NOT NULL, day bigint NOT NULL, recorded_at bigint NOT NULL, \
    source_key text NOT NULL, quantity text NOT NULL, unit text, amount text NOT NULL, \
    currency text NOT NULL, order_code text, line_code text, channel text, activity text, \
    attributes text NOT NULL, PRIMARY KEY (tenant_id, line_id))";

/// A way to write rows.
#[derive(Debug, Clone, Copy)]
enum Way {
    OneByOne,
    /// What [`Tx::insert_many`] does.
    Many,
    /// `VALUES` with that many rows in a statement.
    Values(usize),
    /// `INSERT … SELECT` from a JSON array or from arrays: [`Tx::execute_many`].
    Keys,
    /// What [`Tx::insert_many`] does if a conflict is to be handled: arrays and `unnest` on
    /// PostgreSQL.
    Conflict,
}

/// Measures every way to write `rows` rows, then reading them and looking them up.
pub async fn measure(db: &Db, rows: i64) -> Result<Vec<Rate>, DbError> {
    let ways = match db.dialect() {
        Dialect::Sqlite => vec![
            Way::OneByOne,
            Way::Values(10),
            Way::Values(25),
            Way::Values(50),
            Way::Values(100),
            Way::Values(250),
            Way::Values(500),
            Way::Values(1_000),
            Way::Values(1_600),
            Way::Keys,
            Way::Many,
        ],
        Dialect::Postgres => vec![Way::OneByOne, Way::Conflict, Way::Many],
    };
    let mut rates = Vec::new();
    for way in ways {
        fresh_table(db).await?;
        rates.push(write(db, way, rows).await?);
    }
    rates.push(read(db).await?);
    rates.push(look_up(db, rows).await?);
    drop_table(db).await?;
    Ok(rates)
}

/// Measures what [`Tx::insert_many`] does: the bare rate of the database.
pub async fn measure_insert(db: &Db, rows: i64) -> Result<Rate, DbError> {
    fresh_table(db).await?;
    let rate = write(db, Way::Many, rows).await?;
    drop_table(db).await?;
    Ok(rate)
}

async fn fresh_table(db: &Db) -> Result<(), DbError> {
    drop_table(db).await?;
    let mut tx = db.write().await?;
    match tx.dialect() {
        Dialect::Sqlite => tx.execute(CREATE_SQLITE, args![]).await?,
        Dialect::Postgres => tx.execute(CREATE_POSTGRES, args![]).await?,
    };
    tx.commit().await
}

async fn drop_table(db: &Db) -> Result<(), DbError> {
    let mut tx = db.write().await?;
    tx.execute("DROP TABLE IF EXISTS measure_line", args![]).await?;
    tx.commit().await
}

async fn write(db: &Db, way: Way, rows: i64) -> Result<Rate, DbError> {
    let mut took = Duration::ZERO;
    let mut first = 0;
    while first < rows {
        let end = rows.min(first + ROWS_PER_COMMIT);
        let data = lines(first, end);
        let begin = Instant::now();
        let mut tx = db.write().await?;
        write_batch(&mut tx, way, data).await?;
        tx.commit().await?;
        took += begin.elapsed();
        first = end;
    }
    let rows = u64::try_from(rows).unwrap_or(0);
    Ok(Rate { what: format!("write {way:?}"), rows, took })
}

async fn write_batch(tx: &mut Tx, way: Way, data: Vec<Column>) -> Result<(), DbError> {
    match way {
        Way::OneByOne => one_by_one(tx, data).await,
        Way::Many => tx.insert_many("measure_line", &COLUMNS, data, "").await.map(|_| ()),
        Way::Values(rows) => {
            for insert in bulk::sqlite_inserts_of(rows, "measure_line", &COLUMNS, data) {
                tx.run(insert.sql, insert.bound).await?;
            }
            Ok(())
        }
        Way::Keys => {
            let sql = "INSERT INTO measure_line SELECT k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, \
                       k11, k12, k13, k14, k15, k16, k17, k18, k19, k20 FROM {keys}";
            tx.execute_many(sql, args![], data).await.map(|_| ())
        }
        Way::Conflict => {
            let conflict = "ON CONFLICT (tenant_id, line_id) DO NOTHING";
            tx.insert_many("measure_line", &COLUMNS, data, conflict).await.map(|_| ())
        }
    }
}

async fn one_by_one(tx: &mut Tx, data: Vec<Column>) -> Result<(), DbError> {
    // Cutting the columns into rows is not what is measured, but costs little beside a statement.
    let mut rows = data.into_iter().map(Column::into_args).collect::<Vec<_>>();
    loop {
        let row: Vec<_> = rows.iter_mut().map_while(Iterator::next).collect();
        if row.len() < rows.len() {
            return Ok(());
        }
        tx.execute(
            "INSERT INTO measure_line VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
             $13, $14, $15, $16, $17, $18, $19, $20)",
            &row,
        )
        .await?;
    }
}

async fn read(db: &Db) -> Result<Rate, DbError> {
    let begin = Instant::now();
    let mut reader = db.read().await?;
    let rows = reader
        .rows("SELECT line_id, partner_id, product_id, day, amount FROM measure_line", args![])
        .await?;
    let mut length = 0;
    for row in &rows {
        length += row.text(4).len() + usize::from(row.int(0) < row.int(1) + row.int(2));
    }
    let what = format!("read five columns of each row ({length} read)");
    let rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(Rate { what, rows, took: begin.elapsed() })
}

async fn look_up(db: &Db, rows: i64) -> Result<Rate, DbError> {
    let begin = Instant::now();
    let mut reader = db.read().await?;
    let (mut found, mut first) = (0, 0);
    while first < rows {
        let end = rows.min(first + ROWS_PER_COMMIT);
        let keys = vec![Column::Int((first..end).rev().collect())];
        let rows = reader
            .lookup(
                "SELECT l.line_id, l.amount FROM {keys} CROSS JOIN measure_line l \
                 WHERE l.tenant_id = k.tenant AND l.line_id = k.k1",
                args![],
                keys,
            )
            .await?;
        found += rows.len();
        first = end;
    }
    let rows = u64::try_from(found).unwrap_or(u64::MAX);
    Ok(Rate { what: "look up by key".to_owned(), rows, took: begin.elapsed() })
}

/// Lines `first` to `end`, made up but of the usual lengths.
fn lines(first: i64, end: i64) -> Vec<Column> {
    let ints = |of: fn(i64) -> i64| Column::Int((first..end).map(of).collect());
    let texts = |of: fn(i64) -> String| Column::Text((first..end).map(of).collect());
    let absent = || Column::Same(super::Arg::Text(None));
    vec![
        Column::same(1),
        ints(|n| n),
        ints(|n| n * 7_919 % 700),
        ints(|n| n * 104_729 % 600),
        Column::Same(super::Arg::Int(None)),
        Column::same(1),
        ints(|n| n),
        Column::same(0),
        ints(|n| 20_000 + n / 200 % 700),
        Column::same(1_790_000_000_000_000_i64),
        texts(|n| format!("SO{:06}-{:02}", n / 4, n % 4)),
        texts(|n| (n % 40 + 1).to_string()),
        Column::Text((first..end).map(|_| "piece".to_owned()).collect()),
        texts(|n| format!("{}.{:04}", n * 31 % 5_000, n % 10_000)),
        Column::Text((first..end).map(|_| "USD".to_owned()).collect()),
        texts(|n| format!("SO{:06}", n / 4)),
        texts(|n| (n % 4 + 1).to_string()),
        texts(|n| if n % 3 == 0 { "online".to_owned() } else { "store".to_owned() }),
        absent(),
        texts(|n| format!("{{\"territory\":\"{}\",\"promotion\":\"{}\"}}", n % 10, n % 16)),
    ]
}
