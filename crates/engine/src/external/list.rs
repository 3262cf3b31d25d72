//! Amounts from outside, as people read them: who sent them, when, why, and which of them counts.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::args;
use crate::db::{DbError, Reader, Row, days_of};

/// An amount that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalRow {
    pub key: String,
    pub program_id: i64,
    /// The term's code.
    pub term: String,
    pub partner_id: i64,
    /// First day of the period it is for.
    pub period: Date,
    pub group_key: String,
    pub amount: Decimal,
    pub reason: Option<String>,
    pub recorded: Timestamp,
    /// Who sent it.
    pub by: String,
    /// It is the newest of its partner, period and group; another one took the place of the rest.
    pub counts: bool,
}

/// Which amounts are wanted; `None` stands for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExternalFilter {
    pub program_id: Option<i64>,
    pub partner_id: Option<i64>,
}

const COLUMNS: &str = "SELECT e.key, e.program_id, e.term, e.partner_id, e.period_day, \
    e.group_key, e.amount, e.reason, e.recorded, e.actor_name, \
    (SELECT MAX(n.external_seq) FROM external_award n WHERE n.tenant_id = e.tenant_id \
    AND n.program_id = e.program_id AND n.term = e.term AND n.partner_id = e.partner_id \
    AND n.period_day = e.period_day AND n.group_key = e.group_key) - e.external_seq \
    FROM external_award e WHERE e.tenant_id = $1";

fn external_row(row: &Row) -> ExternalRow {
    ExternalRow {
        key: row.string(0),
        program_id: row.int(1),
        term: row.string(2),
        partner_id: row.int(3),
        period: row.date(4),
        group_key: row.string(5),
        amount: row.text(6).parse().unwrap_or_default(),
        reason: row.opt_string(7),
        recorded: row.instant(8),
        by: row.string(9),
        counts: row.int(10) == 0,
    }
}

/// Amounts that came, newest first, and how many there are.
pub async fn list(
    reader: &mut Reader,
    filter: &ExternalFilter,
    (offset, limit): (i64, i64),
) -> Result<(Vec<ExternalRow>, i64), DbError> {
    let tenant = reader.tenant();
    let (program, partner) = (filter.program_id.unwrap_or(0), filter.partner_id.unwrap_or(0));
    let count = "SELECT COUNT(*) FROM external_award WHERE tenant_id = $1 \
        AND ($2 = 0 OR program_id = $2) AND ($3 = 0 OR partner_id = $3)";
    let total = reader.row(count, args![tenant, program, partner]).await?;
    let sql = format!(
        "{COLUMNS} AND ($2 = 0 OR e.program_id = $2) AND ($3 = 0 OR e.partner_id = $3) \
         ORDER BY e.external_seq DESC LIMIT $4 OFFSET $5"
    );
    let of = args![tenant, program, partner, limit, offset];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    Ok((rows.iter().map(external_row).collect(), total.map_or(0, |row| row.int(0))))
}

/// All that came for an award, the one that counts first.
pub async fn of_award(
    reader: &mut Reader,
    (program_id, term, partner_id): (i64, &str, i64),
    (period, group_key): (Date, &str),
) -> Result<Vec<ExternalRow>, DbError> {
    let sql = format!(
        "{COLUMNS} AND e.program_id = $2 AND e.term = $3 AND e.partner_id = $4 \
         AND e.period_day = $5 AND e.group_key = $6 ORDER BY e.external_seq DESC"
    );
    let tenant = reader.tenant();
    let of = args![tenant, program_id, term, partner_id, days_of(period), group_key];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    Ok(rows.iter().map(external_row).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{ExternalAnswer, NewExternal, take};
    use super::*;
    use crate::access::{Actor, Viewer};
    use crate::db::testing::for_each_database;
    use crate::explain;
    use crate::rules;
    use crate::views::story::{self, noon};

    const SENT: &str = "
program: sent
currency: EUR
starts: 2026-01-01
periods: { every: quarter }
terms:
  - { term: bonus, external: true }
";

    #[tokio::test]
    async fn amounts_are_listed_and_explained_with_who_sent_them_and_what_they_replace() {
        for_each_database(async |db| {
            story::tell_master_data(&db).await;
            story::activate(&db, SENT).await;
            for (key, partner, amount) in [("A1", "P1", 100), ("A2", "P1", 250), ("B1", "P2", 7)] {
                let new = NewExternal {
                    key: key.into(),
                    program: "sent".into(),
                    term: "bonus".into(),
                    partner: partner.into(),
                    period: Some("2026Q2".into()),
                    on: None,
                    group: std::collections::BTreeMap::new(),
                    amount: amount.into(),
                    reason: Some(format!("because of {key}")),
                };
                let mut tx = db.write().await.expect("writes");
                let rules = rules::load(&mut tx).await.expect("rules load");
                let master = crate::catalog::load_master(&mut tx).await.expect("master data");
                let (who, now) = (Actor::System, noon(date(2026, 5, 1)));
                let answers = take(&mut tx, &rules, &master, &who, now, &[new]).await;
                assert_eq!(answers.expect("takes"), [ExternalAnswer::Accepted]);
                tx.commit().await.expect("commits");
            }
            let story = story::know(&db).await;
            let mut reader = db.read().await.expect("reads");
            let told = |rows: &[ExternalRow]| -> Vec<String> {
                let row = |row: &ExternalRow| {
                    let reason = row.reason.as_deref().unwrap_or_default();
                    format!("{} {} {} {reason} {}", row.key, row.amount, row.by, row.counts)
                };
                rows.iter().map(row).collect()
            };
            let all = ExternalFilter::default();
            let (rows, total) = list(&mut reader, &all, (0, 2)).await.expect("reads");
            let newest = "A2 250 system because of A2 true";
            assert_eq!(
                (told(&rows), total),
                (vec!["B1 7 system because of B1 true".into(), newest.into()], 3)
            );
            let of = "sent~bonus~P1~2026Q2~".parse().expect("a reference");
            let (rules, master) = (&story.rules, &story.master);
            let found = explain::award(&mut reader, rules, master, Viewer::Vendor, &of);
            let found = found.await.expect("explains").expect("an award");
            assert_eq!(found.award.amount, 250.into());
            assert_eq!(told(&found.sent), [newest, "A1 100 system because of A1 false"]);
        })
        .await;
    }
}
