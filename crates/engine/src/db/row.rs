//! What comes out of a statement.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Row as _};

/// A row of a result. Columns are counted from 0.
///
/// Reading a column as what it is not is a mistake in the statement, not in the data: tables are
/// strictly typed. So these functions panic and name the column.
pub struct Row(Inner);

pub(super) enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Row {
        Row(Inner::Sqlite(row))
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Row {
        Row(Inner::Postgres(row))
    }
}

impl Row {
    #[track_caller]
    pub fn int(&self, column: usize) -> i64 {
        self.opt_int(column).unwrap_or_else(|| self.absent(column))
    }

    #[track_caller]
    pub fn opt_int(&self, column: usize) -> Option<i64> {
        match &self.0 {
            Inner::Sqlite(row) => self.read(column, row.try_get(column)),
            Inner::Postgres(row) => match row.try_get(column) {
                Err(sqlx::Error::ColumnDecode { .. }) => self.read(column, narrow_int(row, column)),
                value => self.read(column, value),
            },
        }
    }

    #[track_caller]
    pub fn bool(&self, column: usize) -> bool {
        self.int(column) != 0
    }

    #[track_caller]
    pub fn text(&self, column: usize) -> &str {
        self.opt_text(column).unwrap_or_else(|| self.absent(column))
    }

    #[track_caller]
    pub fn opt_text(&self, column: usize) -> Option<&str> {
        match &self.0 {
            Inner::Sqlite(row) => self.read(column, row.try_get(column)),
            Inner::Postgres(row) => self.read(column, row.try_get(column)),
        }
    }

    /// The text as an owned one.
    #[track_caller]
    pub fn string(&self, column: usize) -> String {
        self.text(column).to_owned()
    }

    #[track_caller]
    pub fn opt_string(&self, column: usize) -> Option<String> {
        self.opt_text(column).map(str::to_owned)
    }

    #[track_caller]
    pub fn bytes(&self, column: usize) -> &[u8] {
        self.opt_bytes(column).unwrap_or_else(|| self.absent(column))
    }

    #[track_caller]
    pub fn opt_bytes(&self, column: usize) -> Option<&[u8]> {
        match &self.0 {
            Inner::Sqlite(row) => self.read(column, row.try_get(column)),
            Inner::Postgres(row) => self.read(column, row.try_get(column)),
        }
    }

    /// An instant, stored as microseconds.
    #[track_caller]
    pub fn instant(&self, column: usize) -> jiff::Timestamp {
        self.opt_instant(column).unwrap_or_else(|| self.absent(column))
    }

    #[track_caller]
    pub fn opt_instant(&self, column: usize) -> Option<jiff::Timestamp> {
        self.opt_int(column).map(|micros| {
            jiff::Timestamp::from_microsecond(micros)
                .unwrap_or_else(|_| panic!("column {} holds no instant", self.name(column)))
        })
    }

    /// A business date, stored as days.
    #[track_caller]
    pub fn date(&self, column: usize) -> jiff::civil::Date {
        super::date_of(self.int(column))
            .unwrap_or_else(|| panic!("column {} holds no date", self.name(column)))
    }

    #[track_caller]
    fn read<T>(&self, column: usize, value: Result<T, sqlx::Error>) -> T {
        value.unwrap_or_else(|error| panic!("column {} of a row: {error}", self.name(column)))
    }

    #[track_caller]
    fn absent(&self, column: usize) -> ! {
        panic!("column {} of a row is null, and the statement promised a value", self.name(column))
    }

    fn name(&self, column: usize) -> String {
        let name = match &self.0 {
            Inner::Sqlite(row) => row.columns().get(column).map(|c| c.name().to_owned()),
            Inner::Postgres(row) => row.columns().get(column).map(|c| c.name().to_owned()),
        };
        format!("{column} (`{}`)", name.unwrap_or_default())
    }
}

/// Integers that PostgreSQL computes in another width, and truth values.
fn narrow_int(row: &PgRow, column: usize) -> Result<Option<i64>, sqlx::Error> {
    if let Ok(value) = row.try_get::<Option<bool>, _>(column) {
        return Ok(value.map(i64::from));
    }
    if let Ok(value) = row.try_get::<Option<i16>, _>(column) {
        return Ok(value.map(i64::from));
    }
    row.try_get::<Option<i32>, _>(column).map(|value| value.map(i64::from))
}
