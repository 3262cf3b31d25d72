//! What is done behind a commit, so that no writer waits for it.
//!
//! PostgreSQL is told to look at tables that have doubled ([`Growth`]). What SQLite wrote to its log
//! is carried into the file by a connection of its own: done by the writer, every so many pages a
//! commit takes many times as long as the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sqlx::{Executor, SqlitePool};

use super::statistics::Growth;

/// What follows a commit.
#[derive(Debug, Clone)]
pub(super) enum After {
    Look(Growth),
    Carry(Carrier),
}

impl After {
    /// So many rows came into these tables, and were committed.
    pub(super) fn note(self, grown: &[(&'static str, u64)]) {
        match self {
            After::Look(growth) => growth.note(grown),
            After::Carry(carrier) => carrier.note(grown),
        }
    }
}

/// Carries the log of SQLite into its file.
#[derive(Debug, Clone)]
pub(super) struct Carrier {
    pool: SqlitePool,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Rows since it was carried last.
    rows: AtomicU64,
    is_under_way: AtomicBool,
}

/// Some 4 MiB of log, or far more where each row lies on a page of its own.
const ROWS_MIN: u64 = 2_000;

impl Carrier {
    pub(super) fn of(pool: SqlitePool) -> Carrier {
        Carrier { pool, state: Arc::default() }
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    fn note(self, grown: &[(&'static str, u64)]) {
        let more: u64 = grown.iter().map(|(_, rows)| rows).sum();
        let rows = self.state.rows.fetch_add(more, Ordering::Relaxed) + more;
        if rows < ROWS_MIN || self.state.is_under_way.swap(true, Ordering::Relaxed) {
            return;
        }
        self.state.rows.store(0, Ordering::Relaxed);
        tokio::spawn(async move {
            // Readers and the writer go on. Where it cannot be done now, a commit does it later.
            let _ = self.pool.execute("PRAGMA wal_checkpoint(PASSIVE)").await;
            self.state.is_under_way.store(false, Ordering::Relaxed);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::db::testing::TestDatabase;
    use crate::db::{Column, args};

    /// Long before the writer would do it by itself.
    #[tokio::test]
    async fn the_log_is_carried_into_the_file_behind_commits() {
        let database = TestDatabase::sqlite();
        let db = database.open().await;
        db.migrate().await.unwrap();
        let file = db.label().trim_matches('`').to_owned();
        let size = || std::fs::metadata(&file).unwrap().len();
        let before = size();
        let rows = i64::try_from(2 * ROWS_MIN).unwrap();
        let mut tx = db.write().await.unwrap();
        let data = vec![
            Column::same(tx.tenant()),
            Column::Int((0..rows).collect()),
            Column::same(1),
            Column::same(1),
            Column::same(1),
        ];
        let columns = ["tenant_id", "program_id", "partner_id", "term", "period_day"];
        tx.insert_many("stale", &columns, data, "").await.unwrap();
        tx.commit().await.unwrap();
        for _ in 0..200 {
            if size() > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(size() > before, "the file has {before} bytes still");
        let mut reader = db.read().await.unwrap();
        let row = reader.row("SELECT COUNT(*) FROM stale", args![]).await.unwrap().unwrap();
        assert_eq!(row.int(0), rows);
        // Closing waits for whoever reads.
        drop(reader);
        db.close().await;
    }
}
