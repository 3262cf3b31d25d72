//! Who takes a course, and how far everybody is.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::args;
use crate::db::{Column, DbError, Reader, Row};

/// Which people are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    #[default]
    All,
    /// Begun, and finished in no round.
    Open,
    Finished,
    /// Whose newest certificate is about to lapse or has lapsed by that day.
    Lapsing(Date),
}

/// Somebody who began a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub user_id: i64,
    pub name: String,
    pub partner: String,
    pub began: Timestamp,
    pub last: Timestamp,
    /// Pages read in the newest round.
    pub pages: i64,
    /// Attempts of all rounds.
    pub attempts: i64,
    /// Right answers and questions of the attempt with the most that are right.
    pub best: Option<(u32, u32)>,
    /// The day on which it was finished last.
    pub finished: Option<Date>,
    /// The newest certificate, with its last day if it has one.
    pub certificate: Option<(String, Option<Date>)>,
}

/// A page of people.
#[derive(Debug, Clone, Default)]
pub struct People {
    pub total: i64,
    pub rows: Vec<Person>,
}

/// How many take a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub begun: i64,
    pub finished: i64,
}

/// How many take each course, by its number.
pub async fn counts(reader: &mut Reader) -> Result<HashMap<i64, Counts>, DbError> {
    let begun = "SELECT course_id, COUNT(DISTINCT user_id) FROM course_visit \
        WHERE tenant_id = $1 GROUP BY course_id";
    let finished = "SELECT course_id, COUNT(DISTINCT user_id) FROM course_finish \
        WHERE tenant_id = $1 GROUP BY course_id";
    let tenant = reader.tenant();
    let mut all: HashMap<i64, Counts> = HashMap::new();
    for row in reader.rows(begun, args![tenant]).await? {
        all.entry(row.int(0)).or_default().begun = row.int(1);
    }
    for row in reader.rows(finished, args![tenant]).await? {
        all.entry(row.int(0)).or_default().finished = row.int(1);
    }
    Ok(all)
}

/// Whom a list is about, as a condition on visits `v`.
fn condition(show: Show) -> &'static str {
    match show {
        Show::All => "$3 = $3",
        Show::Open => {
            "$3 = $3 AND NOT EXISTS (SELECT 1 FROM course_finish f WHERE f.tenant_id = v.tenant_id \
             AND f.course_id = v.course_id AND f.user_id = v.user_id)"
        }
        Show::Finished => {
            "$3 = $3 AND EXISTS (SELECT 1 FROM course_finish f WHERE f.tenant_id = v.tenant_id \
             AND f.course_id = v.course_id AND f.user_id = v.user_id)"
        }
        Show::Lapsing(_) => {
            "EXISTS (SELECT 1 FROM certificate t WHERE t.tenant_id = v.tenant_id \
             AND t.course_id = v.course_id AND t.user_id = v.user_id AND t.remind_day <= $3 \
             AND NOT EXISTS (SELECT 1 FROM certificate n WHERE n.tenant_id = t.tenant_id \
             AND n.course_id = t.course_id AND n.user_id = t.user_id AND n.round > t.round))"
        }
    }
}

/// Who began a course, who did something last first.
pub async fn people(
    reader: &mut Reader,
    course_id: i64,
    show: Show,
    (offset, limit): (i64, i64),
) -> Result<People, DbError> {
    let tenant = reader.tenant();
    let condition = condition(show);
    let day = match show {
        Show::Lapsing(day) => crate::db::days_of(day),
        _ => 0,
    };
    let sql = format!(
        "SELECT COUNT(DISTINCT v.user_id) FROM course_visit v \
         WHERE v.tenant_id = $1 AND v.course_id = $2 AND {condition}"
    );
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, course_id, day]).await?;
    let total = row.map_or(0, |row| row.int(0));
    let sql = format!(
        "SELECT v.user_id, u.name, p.code, MIN(v.at), MAX(v.at) FROM course_visit v \
         JOIN user_account u ON u.tenant_id = v.tenant_id AND u.user_id = v.user_id \
         JOIN partner p ON p.tenant_id = v.tenant_id AND p.partner_id = v.partner_id \
         WHERE v.tenant_id = $1 AND v.course_id = $2 AND {condition} \
         GROUP BY v.user_id, u.name, p.code ORDER BY MAX(v.at) DESC, v.user_id \
         LIMIT $4 OFFSET $5"
    );
    let of = args![tenant, course_id, day, limit, offset];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    let person = |row: &Row| Person {
        user_id: row.int(0),
        name: row.string(1),
        partner: row.string(2),
        began: row.instant(3),
        last: row.instant(4),
        pages: 0,
        attempts: 0,
        best: None,
        finished: None,
        certificate: None,
    };
    let mut rows: Vec<Person> = rows.iter().map(person).collect();
    add_more(reader, course_id, &mut rows).await?;
    Ok(People { total, rows })
}

/// What they read, answered and gained.
async fn add_more(reader: &mut Reader, course_id: i64, rows: &mut [Person]) -> Result<(), DbError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.user_id).collect();
    let mut by_id: HashMap<i64, &mut Person> =
        rows.iter_mut().map(|row| (row.user_id, row)).collect();
    let pages = "SELECT v.user_id, v.round, COUNT(*) FROM {keys} CROSS JOIN course_visit v \
        WHERE v.tenant_id = k.tenant AND v.user_id = k.k1 AND v.course_id = $1 \
        GROUP BY v.user_id, v.round ORDER BY v.user_id, v.round";
    for row in reader.lookup(pages, args![course_id], vec![Column::Int(ids.clone())]).await? {
        // The newest round comes last.
        by_id.entry(row.int(0)).and_modify(|person| person.pages = row.int(2));
    }
    let attempts = "SELECT a.user_id, a.right_count, a.of_count, a.at FROM {keys} \
        CROSS JOIN quiz_attempt a WHERE a.tenant_id = k.tenant AND a.user_id = k.k1 \
        AND a.course_id = $1";
    for row in reader.lookup(attempts, args![course_id], vec![Column::Int(ids.clone())]).await? {
        let count = |column| u32::try_from(row.int(column)).unwrap_or(0);
        let (right, of) = (count(1), count(2));
        by_id.entry(row.int(0)).and_modify(|person| {
            person.attempts += 1;
            person.last = person.last.max(row.instant(3));
            // Multiplied out: a text of before may have had another number of questions.
            let is_better = |(best, best_of): (u32, u32)| {
                u64::from(best) * u64::from(of) < u64::from(right) * u64::from(best_of)
            };
            if person.best.is_none_or(is_better) {
                person.best = Some((right, of));
            }
        });
    }
    let finishes = "SELECT f.user_id, MAX(f.day) FROM {keys} CROSS JOIN course_finish f \
        WHERE f.tenant_id = k.tenant AND f.user_id = k.k1 AND f.course_id = $1 GROUP BY f.user_id";
    for row in reader.lookup(finishes, args![course_id], vec![Column::Int(ids.clone())]).await? {
        by_id.entry(row.int(0)).and_modify(|person| person.finished = Some(row.date(1)));
    }
    let certificates = "SELECT t.user_id, t.code, t.last_day, t.round FROM {keys} \
        CROSS JOIN certificate t WHERE t.tenant_id = k.tenant AND t.user_id = k.k1 \
        AND t.course_id = $1 ORDER BY t.round";
    for row in reader.lookup(certificates, args![course_id], vec![Column::Int(ids)]).await? {
        let last = row.opt_int(2).map(|_| row.date(2));
        by_id
            .entry(row.int(0))
            .and_modify(|person| person.certificate = Some((row.string(1), last)));
    }
    Ok(())
}
