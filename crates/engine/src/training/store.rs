//! What is kept of who read, answered and finished what.

use std::collections::BTreeSet;

use domain::training::Answers;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Arrived, Attempt, Finish};
use crate::args;
use crate::db::{DbError, Reader, Row, Tx};

/// Who in which round of which course.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub course_id: i64,
    pub user_id: i64,
    pub round: i64,
}

/// Under which text, for whom, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Under {
    pub version: i64,
    pub partner_id: i64,
    pub now: Timestamp,
}

/// Pages that were read in a round.
pub(super) async fn visited(
    reader: &mut Reader,
    Place { course_id, user_id, round }: Place,
) -> Result<BTreeSet<String>, DbError> {
    let rows = reader
        .rows(
            "SELECT page FROM course_visit WHERE tenant_id = $1 AND course_id = $2 \
             AND user_id = $3 AND round = $4",
            args![reader.tenant(), course_id, user_id, round],
        )
        .await?;
    Ok(rows.iter().map(|row| row.string(0)).collect())
}

pub(super) async fn visit(
    tx: &mut Tx,
    Place { course_id, user_id, round }: Place,
    Under { version, partner_id, now }: Under,
    page: &str,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO course_visit (tenant_id, course_id, user_id, round, page, version, \
         partner_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (tenant_id, course_id, user_id, round, page) DO NOTHING",
        args![tenant, course_id, user_id, round, page, version, partner_id, now],
    )
    .await?;
    Ok(())
}

const ATTEMPT: &str = "round, number, version, at, answers, right_count, of_count, passed";

fn attempt_row(row: &Row) -> Attempt {
    let count = |column| u32::try_from(row.int(column)).unwrap_or(0);
    Attempt {
        round: row.int(0),
        number: row.int(1),
        version: row.int(2),
        at: row.instant(3),
        answers: serde_json::from_str(row.text(4)).unwrap_or_default(),
        right: count(5),
        of: count(6),
        passed: row.bool(7),
    }
}

/// All attempts of somebody at a course, the oldest first.
pub(super) async fn attempts(
    reader: &mut Reader,
    course_id: i64,
    user_id: i64,
) -> Result<Vec<Attempt>, DbError> {
    let sql = format!(
        "SELECT {ATTEMPT} FROM quiz_attempt WHERE tenant_id = $1 AND course_id = $2 \
         AND user_id = $3 ORDER BY round, number"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, course_id, user_id]).await?;
    Ok(rows.iter().map(attempt_row).collect())
}

pub(super) async fn attempted(
    tx: &mut Tx,
    Place { course_id, user_id, round }: Place,
    Under { version, partner_id, now }: Under,
    of: &Attempt,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO quiz_attempt (tenant_id, course_id, user_id, round, number, version, \
         partner_id, at, answers, right_count, of_count, passed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            tenant,
            course_id,
            user_id,
            round,
            of.number,
            version,
            partner_id,
            now,
            written(&of.answers),
            of.right,
            of.of,
            of.passed
        ],
    )
    .await?;
    Ok(())
}

fn written(answers: &Answers) -> String {
    serde_json::to_string(answers).expect("numbers by their codes are always JSON")
}

/// Every time that somebody finished a course, the oldest first.
pub(super) async fn finishes(
    reader: &mut Reader,
    course_id: i64,
    user_id: i64,
) -> Result<Vec<Finish>, DbError> {
    let rows = reader
        .rows(
            "SELECT round, version, at, day, arrived FROM course_finish WHERE tenant_id = $1 \
             AND course_id = $2 AND user_id = $3 ORDER BY round",
            args![reader.tenant(), course_id, user_id],
        )
        .await?;
    let finish = |row: &Row| Finish {
        round: row.int(0),
        version: row.int(1),
        at: row.instant(2),
        day: row.date(3),
        arrived: serde_json::from_str(row.text(4)).unwrap_or_default(),
    };
    Ok(rows.iter().map(finish).collect())
}

pub(super) async fn finished(
    tx: &mut Tx,
    Place { course_id, user_id, round }: Place,
    Under { version, partner_id, now }: Under,
    (day, arrived): (Date, &Arrived),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let arrived = serde_json::to_string(arrived).expect("texts are always JSON");
    tx.execute(
        "INSERT INTO course_finish (tenant_id, course_id, user_id, round, version, partner_id, \
         at, day, arrived) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![tenant, course_id, user_id, round, version, partner_id, now, day, arrived],
    )
    .await?;
    Ok(())
}
