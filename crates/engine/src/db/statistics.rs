//! What planners believe about our tables.
//!
//! Every key begins with the tenant, and most installations have one. A planner that knows nothing
//! takes `tenant_id = 1` for a choice of ten rows, and so prefers the primary key by its first
//! column, which is the whole table, to the index by tenant and key, which is one row. The truth is
//! written down when a table is made: one tenant has all rows, the last column of a key tells.
//!
//! PostgreSQL keeps its own statistics, and looks once a minute whether they are too old. A load
//! fills a table in seconds, and until then it takes each column for a choice of one in 200: so it is
//! told to look again whenever a table has doubled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{AssertSqlSafe, Executor, PgPool};

use super::{DbError, Dialect, Tx, args};

/// How tables of PostgreSQL grow through one handle.
#[derive(Debug, Clone)]
pub(super) struct Growth {
    pool: PgPool,
    tables: Arc<Mutex<HashMap<&'static str, Rows>>>,
}

/// Rows that came into a table.
#[derive(Debug, Clone, Copy, Default)]
struct Rows {
    came: u64,
    /// As many as there were when it was looked at last.
    looked_at: u64,
}

/// A table with fewer rows is read as fast as its index.
const ROWS_MIN: u64 = 500;

impl Growth {
    pub(super) fn of(pool: PgPool) -> Growth {
        Growth { pool, tables: Arc::default() }
    }

    /// Rows were committed. Tables that have doubled are looked at, behind whoever writes next.
    pub(super) fn note(self, grown: &[(&'static str, u64)]) {
        let due = self.due(grown);
        if due.is_empty() {
            return;
        }
        let Growth { pool, .. } = self;
        let names = due.join(", ");
        tokio::spawn(async move {
            // Where it cannot be done plans are slower, and PostgreSQL looks by itself in a while.
            let _ = pool.execute(AssertSqlSafe(format!("ANALYZE {names}"))).await;
        });
    }

    fn due(&self, grown: &[(&'static str, u64)]) -> Vec<&'static str> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        for (table, count) in grown {
            let rows = tables.entry(table).or_default();
            rows.came += count;
            if rows.came >= ROWS_MIN.max(2 * rows.looked_at) {
                rows.looked_at = rows.came;
                due.push(*table);
            }
        }
        due
    }
}

/// Rows a table is taken to have. Only proportions matter.
const ROWS: u64 = 1_000_000;
/// Rows that an index with a condition is taken to hold: it was made for the few.
const ROWS_OF_FEW: u64 = 100_000;
/// Rows of all that share all columns of an index that is not unique.
const ROWS_ALIKE: u64 = 10;

/// Writes down for every index how much each of its columns tells.
pub(super) async fn write(tx: &mut Tx) -> Result<(), DbError> {
    if tx.dialect() == Dialect::Postgres {
        return Ok(());
    }
    // Makes the table of statistics if there is none.
    tx.execute("ANALYZE sqlite_schema", args![]).await?;
    let indexes = tx
        .rows(
            "SELECT t.name, CASE WHEN t.wr AND l.origin = 'pk' THEN t.name ELSE l.name END, \
             l.\"unique\", (SELECT count(*) FROM pragma_index_info(l.name)), \
             (SELECT name FROM pragma_index_info(l.name) WHERE seqno = 0), l.partial \
             FROM pragma_table_list t JOIN pragma_index_list(t.name) l \
             WHERE t.schema = 'main' AND t.type = 'table' \
             AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
            args![],
        )
        .await?;
    tx.execute("DELETE FROM sqlite_stat1", args![]).await?;
    for index in indexes {
        let columns = u32::try_from(index.int(3)).unwrap_or(1);
        let rows = if index.bool(5) { ROWS_OF_FEW } else { ROWS };
        let stat = stat(rows, columns, index.bool(2), index.text(4) == "tenant_id");
        tx.execute(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)",
            args![index.text(0), index.text(1), stat],
        )
        .await?;
    }
    // Reads them again in this connection; others do when they see that the schema has changed.
    tx.execute("ANALYZE sqlite_schema", args![]).await?;
    Ok(())
}

/// The rows of the table, then the rows that share the first column, the first two, and so on.
fn stat(rows: u64, columns: u32, is_unique: bool, by_tenant: bool) -> String {
    let last = if is_unique { 1 } else { ROWS_ALIKE * rows / ROWS };
    let alike = |column: u32| match column {
        _ if column == columns => last,
        1 if by_tenant => rows,
        _ => (rows / 1_000_u64.saturating_pow(column - u32::from(by_tenant))).max(2 * last),
    };
    let counts: Vec<String> = (1..=columns).map(|column| alike(column).to_string()).collect();
    format!("{rows} {}", counts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::TestDatabase;

    #[test]
    fn the_tenant_tells_nothing_and_the_last_column_all() {
        assert_eq!(stat(ROWS, 1, true, false), "1000000 1");
        assert_eq!(stat(ROWS, 2, true, true), "1000000 1000000 1");
        assert_eq!(stat(ROWS, 2, false, true), "1000000 1000000 10");
        assert_eq!(stat(ROWS, 4, true, true), "1000000 1000000 1000 2 1");
        assert_eq!(stat(ROWS, 2, false, false), "1000000 1000 10");
        assert_eq!(stat(ROWS_OF_FEW, 3, false, true), "100000 100000 100 1");
    }

    /// The index that looking up facts by key must use, in a database that holds none yet.
    #[tokio::test]
    async fn facts_are_found_by_key_and_not_by_reading_all() {
        let database = TestDatabase::sqlite();
        let db = database.open().await;
        db.migrate().await.unwrap();
        for (condition, index) in [
            ("f.key = k.value", "USING INDEX fact_by_key (tenant_id=? AND key=?)"),
            ("f.of_key = k.value", "USING INDEX fact_by_sale (tenant_id=? AND of_key=?)"),
            ("f.fact_seq = k.value", "USING PRIMARY KEY (tenant_id=? AND fact_seq=?)"),
            (
                "f.partner_id = k.value",
                "USING INDEX fact_by_partner (tenant_id=? AND partner_id=?)",
            ),
        ] {
            let sql = format!(
                "EXPLAIN QUERY PLAN SELECT f.hash FROM json_each('[]') k CROSS JOIN fact f \
                 WHERE f.tenant_id = 1 AND {condition}"
            );
            let mut reader = db.read().await.unwrap();
            let plan = reader.rows(sqlx::AssertSqlSafe(sql), args![]).await.unwrap();
            let plan: Vec<&str> = plan.iter().map(|row| row.text(3)).collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{condition}: {plan:?}");
        }
        db.close().await;
    }
}
