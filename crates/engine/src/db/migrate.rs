//! Migrations: numbered scripts, one folder for each database, forward only.
//!
//! A migration that has run anywhere outside a developer's machine is never changed; the hash of
//! each is recorded and compared.

use sha2::{Digest, Sha256};

use super::{Db, DbError, Dialect, Reader, args, statistics};
use crate::hex::hex;

/// A step of the schema, in both dialects.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

/// All of them, ascending. A new one is a line here and a file in each folder.
const MIGRATIONS: &[Migration] = migrations! {
    1 "0001_ground",
    2 "0002_flow",
    3 "0003_views",
    4 "0004_comments",
    5 "0005_turns",
    6 "0006_families",
    7 "0007_papers",
    8 "0008_settlement",
    9 "0009_reference",
    10 "0010_reviews",
    11 "0011_units",
    12 "0012_turns",
    13 "0013_order_numbers",
    14 "0014_sums",
    15 "0015_close",
    16 "0016_bank_holidays",
    20 "0020_notes",
    21 "0021_proofs",
    22 "0022_orders",
    25 "0025_reviews",
    30 "0030_waiting_reasons",
    31 "0031_wallets",
    32 "0032_training",
    34 "0034_games_and_orders",
    35 "0035_outbox",
    36 "0036_codes",
    39 "0039_payouts_of_rewards",
    41 "0041_members",
    42 "0042_point_statements",
    43 "0043_loyalty_pages",
    44 "0044_mail",
    45 "0045_pictures",
    46 "0046_links",
    48 "0048_lighter_facts",
};

/// The schema this executable knows.
pub fn latest_schema() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

impl Migration {
    fn script(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }

    /// Line ends do not count: a checkout may have changed them.
    fn hash(&self, dialect: Dialect) -> Vec<u8> {
        Sha256::digest(self.script(dialect).replace('\r', "")).to_vec()
    }
}

/// Runs what is missing, each migration in a transaction of its own.
pub(super) async fn run(db: &Db) -> Result<(), DbError> {
    run_these(db, MIGRATIONS).await
}

pub(super) async fn run_these(db: &Db, migrations: &[Migration]) -> Result<(), DbError> {
    let known = migrations.last().map_or(0, |migration| migration.number);
    loop {
        // The turn to write is taken for each step, so that processes starting at the same time
        // find the work of the other done.
        let mut tx = db.write().await?;
        let found = version(&mut tx).await?;
        if found > known {
            return Err(DbError::NewerSchema { found, known });
        }
        check_history(&mut tx, migrations, found).await?;
        let Some(next) = migrations.iter().find(|migration| found < migration.number) else {
            return tx.rollback().await;
        };
        if found == 0 {
            tx.execute(
                "CREATE TABLE IF NOT EXISTS schema_migration (number bigint PRIMARY KEY, \
                 name text NOT NULL, hash text NOT NULL)",
                args![],
            )
            .await?;
        }
        let dialect = tx.dialect();
        tx.script(next.script(dialect)).await?;
        tx.execute(
            "INSERT INTO schema_migration (number, name, hash) VALUES ($1, $2, $3)",
            args![next.number, next.name, hex(&next.hash(dialect))],
        )
        .await?;
        statistics::write(&mut tx).await?;
        tx.commit().await?;
        tracing::info!(migration = next.name, "migrated the database");
    }
}

/// The newest migration the database has had; 0 if none.
pub(super) async fn version(reader: &mut Reader) -> Result<i64, DbError> {
    let exists = match reader.dialect() {
        Dialect::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name = 'schema_migration'",
        Dialect::Postgres => {
            "SELECT count(*) FROM pg_tables WHERE tablename = 'schema_migration' \
             AND schemaname = current_schema()"
        }
    };
    if reader.row(exists, args![]).await?.is_none_or(|row| row.int(0) == 0) {
        return Ok(0);
    }
    let newest =
        reader.row("SELECT coalesce(max(number), 0) FROM schema_migration", args![]).await?;
    Ok(newest.map_or(0, |row| row.int(0)))
}

async fn check_history(
    reader: &mut Reader,
    migrations: &[Migration],
    found: i64,
) -> Result<(), DbError> {
    if found == 0 {
        return Ok(());
    }
    let dialect = reader.dialect();
    let had =
        reader.rows("SELECT number, hash FROM schema_migration ORDER BY number", args![]).await?;
    for row in had {
        let number = row.int(0);
        let ours = migrations.iter().find(|migration| migration.number == number);
        if ours.is_none_or(|migration| hex(&migration.hash(dialect)) != row.text(1)) {
            return Err(DbError::ChangedMigration { number });
        }
    }
    Ok(())
}
