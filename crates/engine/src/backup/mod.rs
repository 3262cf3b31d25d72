//! Backup and restore: one state of the whole database as lines of JSON, and back into an empty
//! one, of either kind. A backup of SQLite can be restored into PostgreSQL.
//!
//! # Promises
//!
//! * A backup is one state of the database, taken while others go on writing.
//! * A backup that was cut off is noticed, and a restore is one transaction: all or nothing.
//! * A restore never touches a database that somebody has used.
//!
//! The first line names format and schema, then each table has a line with its columns and a line
//! for each row, and the last line counts the rows.

use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::db::{
    Arg, AssertSqlSafe, ColumnKind, Db, DbError, Reader, Row, Table, Tx, args, latest_schema,
};
use crate::hex::hex;

/// The format that is written and read.
const FORMAT: u32 = 1;
/// Rows read at once.
const ROWS_PER_PAGE: usize = 2_000;
/// Values in one statement that inserts.
const VALUES_MAX: usize = 2_000;
/// Tables whose rows say that somebody has used the database.
const USED: [&str; 5] = ["partner", "product", "user_account", "fact", "program"];

/// How much was written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    pub tables: usize,
    pub rows: usize,
}

/// Why there is no backup, or no restored database.
#[derive(Debug, Error)]
pub enum BackupError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("could not write the backup")]
    Write(#[source] std::io::Error),
    #[error("could not read the backup")]
    Read(#[source] std::io::Error),
    #[error("line {line} is no line of a backup: {message}")]
    Line { line: u64, message: String },
    #[error("this is no backup of Tokuten")]
    NoBackup,
    #[error("the backup has format {found}; this release reads format {FORMAT}")]
    Format { found: u32 },
    #[error(
        "the backup has schema {found} and this release schema {known}; restore it with the \
         release it was made with, then run `tokuten migrate` of this one"
    )]
    Schema { found: i64, known: i64 },
    #[error("the backup ends too early; it was cut off")]
    CutOff,
    #[error("the database has rows in `{table}` already; restore into a new one")]
    NotEmpty { table: String },
}

/// A line that is no row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Mark {
    Tokuten { format: u32, schema: i64 },
    Table { name: String, columns: Vec<String> },
    End { rows: usize },
}

/// Writes one state of the database.
pub async fn save(db: &Db, out: &mut (dyn Write + Send)) -> Result<Amount, BackupError> {
    db.check_schema().await?;
    let mut reader = db.read().await?;
    mark(out, &Mark::Tokuten { format: FORMAT, schema: latest_schema() })?;
    let mut amount = Amount::default();
    for table in reader.tables().await? {
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        mark(out, &Mark::Table { name: table.name.clone(), columns })?;
        amount.tables += 1;
        amount.rows += save_rows(&mut reader, &table, out).await?;
    }
    mark(out, &Mark::End { rows: amount.rows })?;
    out.flush().map_err(BackupError::Write)?;
    Ok(amount)
}

fn mark(out: &mut (dyn Write + Send), mark: &Mark) -> Result<(), BackupError> {
    let text = serde_json::to_string(mark).expect("texts and numbers can be written");
    writeln!(out, "{text}").map_err(BackupError::Write)
}

/// The rows of a table in the order of its key, page after page.
async fn save_rows(
    reader: &mut Reader,
    table: &Table,
    out: &mut (dyn Write + Send),
) -> Result<usize, BackupError> {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let key: Vec<&str> = table.key.iter().map(|at| columns[*at]).collect();
    let marks: Vec<String> = (1..=key.len()).map(|number| format!("${number}")).collect();
    let head = format!("SELECT {} FROM {}", columns.join(", "), table.name);
    let (key, marks) = (key.join(", "), marks.join(", "));
    let tail = format!("ORDER BY {key} LIMIT {ROWS_PER_PAGE}");
    let first = format!("{head} {tail}");
    let next = format!("{head} WHERE ({key}) > ({marks}) {tail}");

    let mut saved = 0;
    let mut page = reader.rows(AssertSqlSafe(first), args![]).await?;
    while let Some(last) = page.last() {
        for row in &page {
            let values: Vec<Value> = table
                .columns
                .iter()
                .enumerate()
                .map(|(at, column)| written(row, at, column.kind))
                .collect();
            let text = serde_json::to_string(&values).expect("a list of texts can be written");
            writeln!(out, "{text}").map_err(BackupError::Write)?;
            saved += 1;
        }
        if page.len() < ROWS_PER_PAGE {
            break;
        }
        let after: Vec<Arg<'static>> = table
            .key
            .iter()
            .map(|at| match table.columns[*at].kind {
                ColumnKind::Int => Arg::from(last.opt_int(*at)),
                ColumnKind::Text => Arg::from(last.opt_string(*at)),
                ColumnKind::Bytes => Arg::from(last.opt_bytes(*at).map(<[u8]>::to_vec)),
            })
            .collect();
        page = reader.rows(AssertSqlSafe(next.clone()), &after).await?;
    }
    Ok(saved)
}

fn written(row: &Row, at: usize, kind: ColumnKind) -> Value {
    match kind {
        ColumnKind::Int => row.opt_int(at).map_or(Value::Null, Value::from),
        ColumnKind::Text => row.opt_text(at).map_or(Value::Null, Value::from),
        ColumnKind::Bytes => row.opt_bytes(at).map_or(Value::Null, |bytes| hex(bytes).into()),
    }
}

/// Fills a new database with a backup. What is not there yet is made: the tables are.
pub async fn restore(db: &Db, input: &mut (dyn BufRead + Send)) -> Result<Amount, BackupError> {
    let mut lines = Lines { input, number: 0 };
    lines.head()?;
    db.migrate().await?;
    let mut tx = db.write().await?;
    let tables = tx.tables().await?;
    empty(&mut tx, &tables).await?;

    let mut amount = Amount::default();
    let mut into: Option<Insert<'_>> = None;
    loop {
        match lines.next()?.ok_or(BackupError::CutOff)? {
            Line::Row(values) => {
                let insert = into.as_mut().ok_or_else(|| lines.wrong("a row without a table"))?;
                insert.add(&mut tx, values, &lines).await?;
                amount.rows += 1;
            }
            Line::Mark(Mark::Table { name, columns }) => {
                if let Some(insert) = into.take() {
                    insert.finish(&mut tx).await?;
                }
                let table = tables.iter().find(|table| table.name == name);
                let table = table.ok_or_else(|| lines.wrong("a table this release lacks"))?;
                into = Some(Insert::new(table, &columns).ok_or_else(|| {
                    lines.wrong("the columns are not those of the table in this release")
                })?);
                amount.tables += 1;
            }
            Line::Mark(Mark::End { rows }) if rows == amount.rows => break,
            Line::Mark(Mark::End { .. }) => return Err(BackupError::CutOff),
            Line::Mark(Mark::Tokuten { .. }) => return Err(lines.wrong("a second beginning")),
        }
    }
    if let Some(insert) = into.take() {
        insert.finish(&mut tx).await?;
    }
    tx.forget();
    tx.commit().await?;
    Ok(amount)
}

/// Takes out the rows that migrations put in. Refuses a database that somebody has used.
async fn empty(tx: &mut Tx, tables: &[Table]) -> Result<(), BackupError> {
    for table in tables.iter().filter(|table| USED.contains(&table.name.as_str())) {
        let any = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        if tx.row(AssertSqlSafe(any), args![]).await?.is_some() {
            return Err(BackupError::NotEmpty { table: table.name.clone() });
        }
    }
    for table in tables.iter().rev() {
        tx.execute(AssertSqlSafe(format!("DELETE FROM {}", table.name)), args![]).await?;
    }
    Ok(())
}

/// Rows on their way into a table, some at a time.
struct Insert<'t> {
    table: &'t Table,
    /// For each column of the backup, its position in the table.
    order: Vec<usize>,
    values: Vec<Arg<'static>>,
    rows: usize,
    rows_max: usize,
}

impl<'t> Insert<'t> {
    fn new(table: &'t Table, columns: &[String]) -> Option<Insert<'t>> {
        let position = |name: &String| table.columns.iter().position(|own| own.name == *name);
        let order: Vec<usize> = columns.iter().map(position).collect::<Option<_>>()?;
        let complete = order.len() == table.columns.len();
        let rows_max = (VALUES_MAX / order.len().max(1)).max(1);
        complete.then_some(Insert { table, order, values: Vec::new(), rows: 0, rows_max })
    }

    async fn add(
        &mut self,
        tx: &mut Tx,
        values: Vec<Value>,
        lines: &Lines<'_>,
    ) -> Result<(), BackupError> {
        if values.len() != self.order.len() {
            return Err(lines.wrong("another number of values than of columns"));
        }
        for (value, at) in values.into_iter().zip(&self.order) {
            let arg = read(value, self.table.columns[*at].kind);
            self.values.push(arg.ok_or_else(|| lines.wrong("a value of another type"))?);
        }
        self.rows += 1;
        if self.rows == self.rows_max { self.flush(tx).await } else { Ok(()) }
    }

    async fn finish(mut self, tx: &mut Tx) -> Result<(), BackupError> {
        self.flush(tx).await
    }

    async fn flush(&mut self, tx: &mut Tx) -> Result<(), BackupError> {
        if self.rows == 0 {
            return Ok(());
        }
        let names: Vec<&str> =
            self.order.iter().map(|at| self.table.columns[*at].name.as_str()).collect();
        let width = names.len();
        let row = |row: usize| {
            let marks: Vec<String> =
                (1..=width).map(|at| format!("${}", row * width + at)).collect();
            format!("({})", marks.join(", "))
        };
        let rows: Vec<String> = (0..self.rows).map(row).collect();
        let (table, names) = (&self.table.name, names.join(", "));
        let sql = format!("INSERT INTO {table} ({names}) VALUES {}", rows.join(", "));
        tx.execute(AssertSqlSafe(sql), &self.values).await?;
        self.values.clear();
        self.rows = 0;
        Ok(())
    }
}

fn read(value: Value, kind: ColumnKind) -> Option<Arg<'static>> {
    Some(match (kind, value) {
        (ColumnKind::Int, Value::Null) => Arg::Int(None),
        (ColumnKind::Int, Value::Number(number)) => Arg::Int(Some(number.as_i64()?)),
        (ColumnKind::Text, Value::Null) => Arg::Text(None),
        (ColumnKind::Text, Value::String(text)) => Arg::from(text),
        (ColumnKind::Bytes, Value::Null) => Arg::Bytes(None),
        (ColumnKind::Bytes, Value::String(text)) => Arg::from(unhex(&text)?),
        _ => return None,
    })
}

enum Line {
    Mark(Mark),
    Row(Vec<Value>),
}

/// The lines of a backup, counted.
struct Lines<'i> {
    input: &'i mut (dyn BufRead + Send),
    number: u64,
}

impl Lines<'_> {
    fn head(&mut self) -> Result<(), BackupError> {
        let known = latest_schema();
        match self.next() {
            Ok(Some(Line::Mark(Mark::Tokuten { format, .. }))) if format != FORMAT => {
                Err(BackupError::Format { found: format })
            }
            Ok(Some(Line::Mark(Mark::Tokuten { schema, .. }))) if schema != known => {
                Err(BackupError::Schema { found: schema, known })
            }
            Ok(Some(Line::Mark(Mark::Tokuten { .. }))) => Ok(()),
            Err(BackupError::Read(error)) if error.kind() != std::io::ErrorKind::InvalidData => {
                Err(BackupError::Read(error))
            }
            _ => Err(BackupError::NoBackup),
        }
    }

    fn next(&mut self) -> Result<Option<Line>, BackupError> {
        let mut text = String::new();
        self.number += 1;
        if self.input.read_line(&mut text).map_err(BackupError::Read)? == 0 {
            return Ok(None);
        }
        let line = if text.starts_with('[') {
            serde_json::from_str(&text).map(Line::Row)
        } else {
            serde_json::from_str(&text).map(Line::Mark)
        };
        match line {
            Ok(line) => Ok(Some(line)),
            // The last line of a file that was cut off is half a line.
            Err(_) if !text.ends_with('\n') => Err(BackupError::CutOff),
            Err(error) => Err(self.wrong(&error.to_string())),
        }
    }

    fn wrong(&self, message: &str) -> BackupError {
        BackupError::Line { line: self.number, message: message.to_owned() }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests;
