//! Many rows in one statement.
//!
//! * Inserting: SQLite takes `VALUES` of a fixed number of rows, so that a statement is prepared
//!   once and used again; PostgreSQL takes `COPY`, or, where a conflict is to be handled, one
//!   array per column and `unnest`.
//! * Keys: SQLite takes one JSON array, PostgreSQL again arrays.
//!
//! The measured rates are in `docs/adr/0001-storage-access.md`.

use std::fmt::Write as _;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqlSafeStr, SqlStr};

use super::session::{Bound, Put};
use super::{Arg, Column, Dialect};

/// A statement with what it is about to be run with.
pub(super) struct Statement {
    pub sql: SqlStr,
    pub bound: Bound,
}

/// Values in one SQLite statement. More rows a statement gain nothing, see the measurement.
const SQLITE_VALUES_MAX: usize = 2_000;
/// Rows of one PostgreSQL statement: bounds its memory.
const POSTGRES_ROWS_MAX: usize = 10_000;
/// Rows of one message of a `COPY`: the server works on one while the next is made.
const COPY_ROWS_MAX: usize = 500;
/// Fewer rows go in faster with one statement than with the messages of a `COPY`, the last of which
/// waits 40 ms over TCP for the one before it to be acknowledged: the driver leaves Nagle on.
const COPY_ROWS_MIN: usize = 2_000;

/// The statements that insert these columns.
pub(super) fn inserts(
    dialect: Dialect,
    table: &'static str,
    columns: &[&'static str],
    data: Vec<Column>,
    conflict: &'static str,
) -> Box<dyn Iterator<Item = Statement> + Send> {
    assert_eq!(columns.len(), data.len(), "inserting into {table}: one column of data for each");
    let rows = row_count(&data);
    match dialect {
        Dialect::Sqlite => {
            let values_max = SQLITE_VALUES_MAX;
            Box::new(SqliteInserts::new(table, columns, data, conflict, rows, values_max))
        }
        Dialect::Postgres => Box::new(PostgresInserts::new(table, columns, data, conflict, rows)),
    }
}

/// Rows to be sent as `COPY … FROM STDIN`.
pub(super) struct Copy {
    pub sql: SqlStr,
    data: Vec<Cells>,
    rows_left: usize,
}

/// The fastest way into PostgreSQL, if there are enough rows and no conflict to handle; gives the
/// data back otherwise.
pub(super) fn copy(
    table: &'static str,
    columns: &[&'static str],
    data: Vec<Column>,
    conflict: &'static str,
) -> Result<Copy, Vec<Column>> {
    let rows = row_count(&data);
    if !conflict.is_empty() || rows < COPY_ROWS_MIN {
        return Err(data);
    }
    assert_eq!(columns.len(), data.len(), "inserting into {table}: one column of data for each");
    let sql = format!("COPY {table} ({}) FROM STDIN", columns.join(", "));
    let sql = AssertSqlSafe(sql).into_sql_str();
    Ok(Copy { sql, data: data.into_iter().map(Cells::new).collect(), rows_left: rows })
}

impl Iterator for Copy {
    type Item = Vec<u8>;

    /// The next message, in the text format: a line for each row, cells between tabs.
    fn next(&mut self) -> Option<Vec<u8>> {
        let rows = self.rows_left.min(COPY_ROWS_MAX);
        if rows == 0 {
            return None;
        }
        self.rows_left -= rows;
        let mut text = String::with_capacity(rows * self.data.len() * 8);
        for _ in 0..rows {
            for (at, cells) in self.data.iter_mut().enumerate() {
                if at > 0 {
                    text.push('\t');
                }
                cells.push_copy(&mut text);
            }
            text.push('\n');
        }
        Some(text.into_bytes())
    }
}

/// As [`inserts`] into SQLite, with another number of rows in a statement: to be measured.
pub(super) fn sqlite_inserts_of(
    rows_per_statement: usize,
    table: &'static str,
    columns: &[&'static str],
    data: Vec<Column>,
) -> impl Iterator<Item = Statement> + Send {
    let rows = row_count(&data);
    let values_max = rows_per_statement * columns.len();
    SqliteInserts::new(table, columns, data, "", rows, values_max)
}

/// How many rows the columns make. They must agree; a bug otherwise.
fn row_count(data: &[Column]) -> usize {
    let mut counts = data.iter().filter_map(Column::len);
    let rows = counts.next().expect("at least one column that is not the same in every row");
    assert!(counts.all(|count| count == rows), "columns of one insert must be equally long");
    rows
}

/// Cells by column, handed out row by row.
enum Cells {
    Int(std::vec::IntoIter<i64>),
    OptInt(std::vec::IntoIter<Option<i64>>),
    Text(std::vec::IntoIter<String>),
    OptText(std::vec::IntoIter<Option<String>>),
    Bytes(std::vec::IntoIter<Vec<u8>>),
    Same(Arg<'static>),
}

impl Cells {
    fn new(column: Column) -> Cells {
        match column {
            Column::Int(values) => Cells::Int(values.into_iter()),
            Column::OptInt(values) => Cells::OptInt(values.into_iter()),
            Column::Text(values) => Cells::Text(values.into_iter()),
            Column::OptText(values) => Cells::OptText(values.into_iter()),
            Column::Bytes(values) => Cells::Bytes(values.into_iter()),
            Column::Same(value) => Cells::Same(value),
        }
    }

    fn add_next(&mut self, to: &mut SqliteArguments) {
        let done = match self {
            Cells::Int(values) => to.add(values.next()),
            Cells::OptInt(values) => to.add(values.next().flatten()),
            Cells::Text(values) => to.add(values.next()),
            Cells::OptText(values) => to.add(values.next().flatten()),
            Cells::Bytes(values) => to.add(values.next()),
            Cells::Same(Arg::Int(value)) => to.add(*value),
            Cells::Same(Arg::Text(value)) => to.add(value.as_deref()),
            Cells::Same(Arg::Bytes(value)) => to.add(value.as_deref()),
        };
        done.expect("integers, texts and bytes can always be encoded");
    }

    fn add_array(&mut self, rows: usize, to: &mut PgArguments) {
        let done = match self {
            Cells::Int(values) => to.add(values.take(rows).collect::<Vec<_>>()),
            Cells::OptInt(values) => to.add(values.take(rows).collect::<Vec<_>>()),
            Cells::Text(values) => to.add(values.take(rows).collect::<Vec<_>>()),
            Cells::OptText(values) => to.add(values.take(rows).collect::<Vec<_>>()),
            Cells::Bytes(values) => to.add(values.take(rows).collect::<Vec<_>>()),
            Cells::Same(Arg::Int(value)) => to.add(*value),
            Cells::Same(Arg::Text(value)) => to.add(value.as_deref()),
            Cells::Same(Arg::Bytes(value)) => to.add(value.as_deref()),
        };
        done.expect("integers, texts and bytes can always be encoded");
    }

    /// The array type of the column; `None` if it is one value.
    fn array_type(&self) -> Option<&'static str> {
        match self {
            Cells::Int(_) | Cells::OptInt(_) => Some("bigint[]"),
            Cells::Text(_) | Cells::OptText(_) => Some("text[]"),
            Cells::Bytes(_) => Some("bytea[]"),
            Cells::Same(_) => None,
        }
    }
}

struct SqliteInserts {
    head: String,
    conflict: &'static str,
    data: Vec<Cells>,
    rows_left: usize,
    rows_large: usize,
    /// The text for the number of rows it was made for.
    text: Option<(usize, SqlStr)>,
}

impl SqliteInserts {
    fn new(
        table: &'static str,
        columns: &[&'static str],
        data: Vec<Column>,
        conflict: &'static str,
        rows: usize,
        values_max: usize,
    ) -> SqliteInserts {
        SqliteInserts {
            head: format!("INSERT INTO {table} ({}) VALUES ", columns.join(", ")),
            conflict,
            rows_large: (values_max / columns.len()).max(1),
            data: data.into_iter().map(Cells::new).collect(),
            rows_left: rows,
            text: None,
        }
    }

    fn sql(&mut self, rows: usize) -> SqlStr {
        if let Some((made_for, text)) = &self.text
            && *made_for == rows
        {
            return text.clone();
        }
        let row = format!("({})", vec!["?"; self.data.len()].join(","));
        let text = format!("{}{} {}", self.head, vec![row; rows].join(","), self.conflict);
        let text = AssertSqlSafe(text).into_sql_str();
        self.text = Some((rows, text.clone()));
        text
    }
}

impl Iterator for SqliteInserts {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        // What is left over goes by powers of two: few statements, and few texts to keep prepared.
        let rows = match self.rows_left {
            0 => return None,
            left if left >= self.rows_large => self.rows_large,
            left => 1 << left.ilog2(),
        };
        self.rows_left -= rows;
        let sql = self.sql(rows);
        let mut bound = SqliteArguments::default();
        bound.reserve(rows * self.data.len(), 0);
        for _ in 0..rows {
            for cells in &mut self.data {
                cells.add_next(&mut bound);
            }
        }
        Some(Statement { sql, bound: Bound::Sqlite(bound) })
    }
}

struct PostgresInserts {
    sql: SqlStr,
    data: Vec<Cells>,
    rows_left: usize,
}

impl PostgresInserts {
    fn new(
        table: &'static str,
        columns: &[&'static str],
        data: Vec<Column>,
        conflict: &'static str,
        rows: usize,
    ) -> PostgresInserts {
        let data: Vec<Cells> = data.into_iter().map(Cells::new).collect();
        let (mut selected, mut arrays, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for (number, cells) in (1..).zip(&data) {
            if let Some(array_type) = cells.array_type() {
                arrays.push(format!("${number}::{array_type}"));
                names.push(format!("c{number}"));
                selected.push(format!("u.c{number}"));
            } else {
                selected.push(format!("${number}"));
            }
        }
        let sql = format!(
            "INSERT INTO {table} ({}) SELECT {} FROM unnest({}) AS u({}) {conflict}",
            columns.join(", "),
            selected.join(", "),
            arrays.join(", "),
            names.join(", "),
        );
        PostgresInserts { sql: AssertSqlSafe(sql).into_sql_str(), data, rows_left: rows }
    }
}

impl Iterator for PostgresInserts {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        if self.rows_left == 0 {
            return None;
        }
        let rows = self.rows_left.min(POSTGRES_ROWS_MAX);
        self.rows_left -= rows;
        let mut bound = PgArguments::default();
        for cells in &mut self.data {
            cells.add_array(rows, &mut bound);
        }
        Some(Statement { sql: self.sql.clone(), bound: Bound::Postgres(bound) })
    }
}

/// The rows for which `there` is so, and the others.
pub(super) fn divide(data: Vec<Column>, there: &[bool]) -> (Vec<Column>, Vec<Column>) {
    data.into_iter().map(|column| column.divide(there)).unzip()
}

/// The statements that change rows of PostgreSQL by their keys.
///
/// The first column is the same in all rows and no array, so the planner would take it for a
/// choice: it is compared as in [`postgres_keys`].
pub(super) fn updates(put: &Put, data: Vec<Column>) -> impl Iterator<Item = Statement> + Send {
    let rows = row_count(&data);
    let data: Vec<Cells> = data.into_iter().map(Cells::new).collect();
    let (mut arrays, mut names) = (Vec::new(), Vec::new());
    let (mut keys, mut sets) = (Vec::new(), Vec::new());
    let keys_count = put.columns.len() - put.values;
    for (at, (name, cells)) in put.columns.iter().zip(&data).enumerate() {
        let number = at + 1;
        let value = match cells.array_type() {
            Some(array_type) => {
                arrays.push(format!("${number}::{array_type}"));
                names.push(format!("c{number}"));
                format!("u.c{number}")
            }
            None => format!("u.i * 0 + ${number}"),
        };
        if at < keys_count {
            keys.push(format!("t.{name} = {value}"));
        } else {
            sets.push(format!("{name} = {value}"));
        }
    }
    let sql = format!(
        "UPDATE {} AS t SET {} FROM unnest({}) WITH ORDINALITY AS u({}, i) WHERE {}",
        put.table,
        sets.join(", "),
        arrays.join(", "),
        names.join(", "),
        keys.join(" AND "),
    );
    PostgresInserts { sql: AssertSqlSafe(sql).into_sql_str(), data, rows_left: rows }
}

/// A statement over a table of keys.
pub(super) struct Keys;

impl Keys {
    /// `None` if there are no keys, so there is nothing to ask.
    #[expect(clippy::new_ret_no_self, reason = "keys become part of the statement")]
    pub(super) fn new(
        (dialect, tenant): (Dialect, i64),
        sql: &'static str,
        args: &[Arg<'_>],
        keys: Vec<Column>,
    ) -> Option<Statement> {
        let rows = row_count(&keys);
        if rows == 0 {
            return None;
        }
        assert!(sql.contains("{keys}"), "`{sql}` does not say where the keys go");
        let mut bound = Bound::new(dialect, args);
        let table = match &mut bound {
            Bound::Sqlite(bound) => sqlite_keys((tenant, keys), rows, args.len(), bound),
            Bound::Postgres(bound) => postgres_keys((tenant, keys), rows, args.len(), bound),
        };
        let sql = AssertSqlSafe(sql.replace("{keys}", &table)).into_sql_str();
        Some(Statement { sql, bound })
    }
}

/// One array for each column of keys.
///
/// The tenant is told as something computed for each key. Told as a constant, the planner, which
/// takes it for a choice of one row in 200, reads the tenant's rows once and compares each with
/// each key; so it can only look up key by key.
fn postgres_keys(
    (tenant, keys): (i64, Vec<Column>),
    rows: usize,
    before: usize,
    to: &mut PgArguments,
) -> String {
    let (mut arrays, mut names) = (Vec::new(), Vec::new());
    let (mut selected, mut number) = (String::new(), before);
    for (name, column) in (1..).zip(keys) {
        number += 1;
        let mut cells = Cells::new(column);
        let array_type = cells.array_type();
        cells.add_array(rows, to);
        if let Some(array_type) = array_type {
            arrays.push(format!("${number}::{array_type}"));
            names.push(format!("k{name}"));
            push(&mut selected, format_args!("u.k{name}, "));
        } else {
            push(&mut selected, format_args!("${number} AS k{name}, "));
        }
    }
    format!(
        "(SELECT {selected}u.i - 1 AS i, u.i * 0 + {tenant} AS tenant \
         FROM unnest({}) WITH ORDINALITY AS u({}, i)) AS k",
        arrays.join(", "),
        names.join(", "),
    )
}

/// All keys as one JSON array: of values if there is one column, of arrays otherwise.
fn sqlite_keys(
    (tenant, keys): (i64, Vec<Column>),
    rows: usize,
    before: usize,
    to: &mut SqliteArguments,
) -> String {
    let single = keys.len() == 1;
    let mut selected = String::new();
    for (name, column) in keys.iter().enumerate() {
        let cell = if single { "value".to_owned() } else { format!("value ->> {name}") };
        let cell = if is_bytes(column) { format!("unhex({cell})") } else { cell };
        push(&mut selected, format_args!("{cell} AS k{}, ", name + 1));
    }
    let mut cells: Vec<Cells> = keys.into_iter().map(Cells::new).collect();
    let mut json = String::with_capacity(rows * cells.len() * 12);
    for row in 0..rows {
        json.push(if row == 0 { '[' } else { ',' });
        for (at, cells) in cells.iter_mut().enumerate() {
            json.push_str(match (single, at) {
                (true, _) => "",
                (false, 0) => "[",
                (false, _) => ",",
            });
            cells.push_json(&mut json);
        }
        if !single {
            json.push(']');
        }
    }
    json.push(']');
    to.add(json).expect("a text can always be encoded");
    let keys = before + 1;
    format!("(SELECT {selected}key AS i, {tenant} AS tenant FROM json_each(${keys})) AS k")
}

fn is_bytes(column: &Column) -> bool {
    matches!(column, Column::Bytes(_) | Column::Same(Arg::Bytes(_)))
}

impl Cells {
    fn push_json(&mut self, json: &mut String) {
        let text = |json: &mut String, text: Option<&str>| match text {
            None => json.push_str("null"),
            Some(text) => push(json, format_args!("{}", serde_json::Value::from(text))),
        };
        let int = |json: &mut String, value: Option<i64>| match value {
            None => json.push_str("null"),
            Some(value) => push(json, format_args!("{value}")),
        };
        let bytes = |json: &mut String, value: Option<&[u8]>| {
            json.push('"');
            for byte in value.unwrap_or_default() {
                push(json, format_args!("{byte:02x}"));
            }
            json.push('"');
        };
        match self {
            Cells::Int(values) => int(json, values.next()),
            Cells::OptInt(values) => int(json, values.next().flatten()),
            Cells::Text(values) => text(json, values.next().as_deref()),
            Cells::OptText(values) => text(json, values.next().flatten().as_deref()),
            Cells::Bytes(values) => bytes(json, values.next().as_deref()),
            Cells::Same(Arg::Int(value)) => int(json, *value),
            Cells::Same(Arg::Text(value)) => text(json, value.as_deref()),
            Cells::Same(Arg::Bytes(value)) => bytes(json, value.as_deref()),
        }
    }
}

impl Cells {
    /// The next cell in the text format of `COPY`.
    fn push_copy(&mut self, to: &mut String) {
        match self {
            Cells::Int(values) => copy_int(to, values.next()),
            Cells::OptInt(values) => copy_int(to, values.next().flatten()),
            Cells::Text(values) => copy_text(to, values.next().as_deref()),
            Cells::OptText(values) => copy_text(to, values.next().flatten().as_deref()),
            Cells::Bytes(values) => copy_bytes(to, values.next().as_deref()),
            Cells::Same(Arg::Int(value)) => copy_int(to, *value),
            Cells::Same(Arg::Text(value)) => copy_text(to, value.as_deref()),
            Cells::Same(Arg::Bytes(value)) => copy_bytes(to, value.as_deref()),
        }
    }
}

const COPY_NULL: &str = "\\N";

fn copy_int(to: &mut String, value: Option<i64>) {
    match value {
        None => to.push_str(COPY_NULL),
        Some(value) => push(to, format_args!("{value}")),
    }
}

fn copy_text(to: &mut String, value: Option<&str>) {
    let Some(mut rest) = value else {
        to.push_str(COPY_NULL);
        return;
    };
    while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
        to.push_str(&rest[..at]);
        to.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'\t' => "\\t",
            b'\n' => "\\n",
            _ => "\\r",
        });
        rest = &rest[at + 1..];
    }
    to.push_str(rest);
}

fn copy_bytes(to: &mut String, value: Option<&[u8]>) {
    let Some(bytes) = value else {
        to.push_str(COPY_NULL);
        return;
    };
    to.push_str("\\\\x");
    for byte in bytes {
        push(to, format_args!("{byte:02x}"));
    }
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a text cannot fail");
}
