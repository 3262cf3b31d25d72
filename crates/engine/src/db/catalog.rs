//! What tables there are, in the order in which they were made: a table stands after those it
//! refers to.

use super::{DbError, Dialect, Reader, args};

/// A table of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<TableColumn>,
    /// Positions in `columns` of the primary key, in its order.
    pub key: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    pub name: String,
    pub kind: ColumnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Int,
    Text,
    Bytes,
}

impl Reader {
    /// All tables but the record of migrations.
    pub async fn tables(&mut self) -> Result<Vec<Table>, DbError> {
        let names = match self.dialect() {
            Dialect::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type = 'table' \
                 AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY rowid"
            }
            Dialect::Postgres => {
                "SELECT relname::text FROM pg_class WHERE relkind = 'r' \
                 AND relnamespace = current_schema()::regnamespace ORDER BY oid"
            }
        };
        let names = self.rows(names, args![]).await?;
        let mut tables = Vec::new();
        for name in names.iter().map(|row| row.string(0)) {
            if name != "schema_migration" {
                tables.push(self.table(name).await?);
            }
        }
        Ok(tables)
    }

    async fn table(&mut self, name: String) -> Result<Table, DbError> {
        // Name, type, and the place in the primary key, counted from 1.
        let columns = match self.dialect() {
            Dialect::Sqlite => {
                "SELECT name, lower(type), pk FROM pragma_table_info($1) ORDER BY cid"
            }
            Dialect::Postgres => {
                "SELECT a.attname::text, format_type(a.atttypid, NULL), \
                 coalesce(array_position(i.indkey::int2[], a.attnum), -1)::bigint + 1 \
                 FROM pg_attribute a LEFT JOIN pg_index i \
                 ON i.indrelid = a.attrelid AND i.indisprimary \
                 WHERE a.attrelid = ($1)::regclass AND a.attnum > 0 AND NOT a.attisdropped \
                 ORDER BY a.attnum"
            }
        };
        let rows = self.rows(columns, args![&name]).await?;
        let columns = rows.iter().map(|row| TableColumn {
            name: row.string(0),
            kind: match row.text(1) {
                "integer" | "bigint" => ColumnKind::Int,
                "blob" | "bytea" => ColumnKind::Bytes,
                _ => ColumnKind::Text,
            },
        });
        let columns = columns.collect();
        let mut key: Vec<(i64, usize)> = rows.iter().map(|row| row.int(2)).zip(0..).collect();
        key.retain(|(place, _)| *place > 0);
        key.sort_unstable();
        Ok(Table { name, columns, key: key.into_iter().map(|(_, at)| at).collect() })
    }
}
