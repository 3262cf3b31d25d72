//! Certificates: what was gained, by the code that stands on it, and saying that it ends soon.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domain::program::Names;
use domain::training::Certified;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::TrainingError;
use super::store::{Place, Under};
use crate::activities::{self, Activity, Deed};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Row, Tx};
use crate::id::{Id, Kind};
use crate::office::Office;
use crate::rules::courses;

/// A certificate as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Stands on it, and finds it again.
    pub code: String,
    pub course: String,
    pub course_id: i64,
    pub version: i64,
    pub round: i64,
    /// Whose it is, by the name of today.
    pub holder: String,
    pub user: String,
    pub user_id: i64,
    pub partner_id: i64,
    pub from: Date,
    /// The last day on which it is valid; `None`: for good.
    pub last: Option<Date>,
    /// What stands on it, by the text that was read for it.
    pub name: Names,
}

impl Certificate {
    pub fn is_valid(&self, day: Date) -> bool {
        self.from <= day && self.last.is_none_or(|last| day <= last)
    }
}

const COLUMNS: &str = "SELECT t.code, c.code, t.course_id, t.version, t.round, u.name, \
    u.public_id, t.user_id, t.partner_id, t.from_day, t.last_day, t.certificate_id FROM certificate t \
    JOIN course c ON c.tenant_id = t.tenant_id AND c.course_id = t.course_id \
    JOIN user_account u ON u.tenant_id = t.tenant_id AND u.user_id = t.user_id \
    WHERE t.tenant_id = $1";

fn certificate_row(row: &Row) -> Certificate {
    let last = row.opt_int(10).map(|_| row.date(10));
    Certificate {
        code: row.string(0),
        course: row.string(1),
        course_id: row.int(2),
        version: row.int(3),
        round: row.int(4),
        holder: row.string(5),
        user: row.string(6),
        user_id: row.int(7),
        partner_id: row.int(8),
        from: row.date(9),
        last,
        name: Names::new(),
    }
}

/// The same with what stands on them.
async fn named(
    reader: &mut Reader,
    mut all: Vec<Certificate>,
) -> Result<Vec<Certificate>, DbError> {
    let mut names: BTreeMap<(i64, i64), Names> = BTreeMap::new();
    for of in &mut all {
        let key = (of.course_id, of.version);
        if let Entry::Vacant(free) = names.entry(key) {
            let text = courses::version(reader, of.course_id, of.version).await?;
            let course = text.and_then(|row| super::check(&row.text).0);
            let name = course.and_then(|course| Some(course.certificate?.name));
            free.insert(name.unwrap_or_default());
        }
        of.name.clone_from(&names[&key]);
    }
    Ok(all)
}

/// The certificate of that code.
pub async fn by_code(reader: &mut Reader, code: &str) -> Result<Option<Certificate>, DbError> {
    let sql = format!("{COLUMNS} AND t.code = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, code]).await?;
    let found = named(reader, row.iter().map(certificate_row).collect()).await?;
    Ok(found.into_iter().next())
}

/// All certificates of a user, the newest first.
pub async fn of_user(reader: &mut Reader, user_id: i64) -> Result<Vec<Certificate>, DbError> {
    let sql = format!("{COLUMNS} AND t.user_id = $2 ORDER BY t.certificate_id DESC");
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, user_id]).await?;
    named(reader, rows.iter().map(certificate_row).collect()).await
}

/// The newest certificate of somebody for a course.
pub(super) async fn newest(
    reader: &mut Reader,
    course_id: i64,
    user_id: i64,
) -> Result<Option<(Certificate, Option<Date>)>, DbError> {
    let sql = "SELECT t.code, c.code, t.course_id, t.version, t.round, u.name, u.public_id, \
        t.user_id, t.partner_id, t.from_day, t.last_day, t.certificate_id, t.remind_day \
        FROM certificate t \
        JOIN course c ON c.tenant_id = t.tenant_id AND c.course_id = t.course_id \
        JOIN user_account u ON u.tenant_id = t.tenant_id AND u.user_id = t.user_id \
        WHERE t.tenant_id = $1 AND t.course_id = $2 AND t.user_id = $3 \
        ORDER BY t.round DESC LIMIT 1";
    let row = reader.row(sql, args![reader.tenant(), course_id, user_id]).await?;
    let Some(row) = row else { return Ok(None) };
    let remind = row.opt_int(12).map(|_| row.date(12));
    let found = named(reader, vec![certificate_row(&row)]).await?;
    Ok(found.into_iter().next().map(|of| (of, remind)))
}

/// Digits and letters that nobody takes for another one.
const LETTERS: &[u8; 20] = b"ACDEFHJKMNPRTWXY3479";
const LETTERS_OF_CODE: usize = 12;

/// A code that nobody guesses, and that can be read out.
fn new_code(id: &Id) -> String {
    let digest = Sha256::digest(format!("certificate\n{id}"));
    let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
    let letters: Vec<char> = digest.iter().take(LETTERS_OF_CODE).map(letter).collect();
    let parts: Vec<String> = letters.chunks(4).map(|part| part.iter().collect()).collect();
    parts.join("-")
}

/// Gives somebody a certificate, and says its code.
pub(super) async fn give(
    tx: &mut Tx,
    Place { course_id, user_id, round }: Place,
    Under { version, partner_id, now }: Under,
    (certified, day): (&Certified, Date),
) -> Result<(String, Option<Date>), DbError> {
    let code = new_code(&Id::new(Kind::Course, now));
    let last = certified.last_day(day);
    let remind = last.map(|last| {
        let before = jiff::Span::new().days(i64::from(certified.remind_days));
        last.checked_sub(before).unwrap_or(day).max(day)
    });
    let tenant = tx.tenant();
    let days = |day: Option<Date>| day.map(crate::db::days_of);
    tx.execute(
        "INSERT INTO certificate (tenant_id, certificate_id, code, course_id, user_id, round, \
         version, partner_id, from_day, last_day, remind_day) \
         SELECT $1, COALESCE(MAX(certificate_id), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
         FROM certificate WHERE tenant_id = $1",
        args![
            tenant,
            &code,
            course_id,
            user_id,
            round,
            version,
            partner_id,
            day,
            days(last),
            days(remind)
        ],
    )
    .await?;
    Ok((code, last))
}

/// Certificates of one turn of telling.
const TOLD_AT_ONCE: i64 = 500;

/// A job without input: tells of every certificate whose end is near, once, unless a newer one is
/// there or nobody can sign in as its holder any more. Says of how many.
pub async fn tell_lapsing(office: &Office) -> Result<usize, TrainingError> {
    let mut told = 0;
    loop {
        let mut tx = office.db().write().await?;
        let now = office.now();
        let at = activities::local(&mut tx, now).await?;
        let due = due(&mut tx, at.date()).await?;
        if due.is_empty() {
            return Ok(told);
        }
        let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
        let lapsing: Vec<Activity> = due
            .iter()
            .filter(|(_, of)| of.last.is_some_and(|last| at.date() <= last))
            .filter_map(|(_, of)| lapsing(of, at, &master))
            .collect();
        told += activities::post(&mut tx, (&rules, &master), now, &lapsing).await?;
        let tenant = tx.tenant();
        for (certificate_id, _) in &due {
            tx.execute(
                "INSERT INTO certificate_told (tenant_id, certificate_id, at) VALUES ($1, $2, $3)",
                args![tenant, *certificate_id, now],
            )
            .await?;
        }
        tx.commit().await?;
        office.wake();
    }
}

/// Certificates that are about to lapse and of which nobody was told. One that was renewed is told
/// of no more.
async fn due(reader: &mut Reader, today: Date) -> Result<Vec<(i64, Certificate)>, DbError> {
    let sql = format!(
        "{COLUMNS} AND t.remind_day IS NOT NULL AND t.remind_day <= $2 AND u.disabled = 0 \
         AND NOT EXISTS (SELECT 1 FROM certificate_told d WHERE d.tenant_id = t.tenant_id \
         AND d.certificate_id = t.certificate_id) \
         AND NOT EXISTS (SELECT 1 FROM certificate n WHERE n.tenant_id = t.tenant_id \
         AND n.course_id = t.course_id AND n.user_id = t.user_id AND n.round > t.round) \
         ORDER BY t.certificate_id LIMIT $3"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, today, TOLD_AT_ONCE]).await?;
    Ok(rows.iter().map(|row| (row.int(11), certificate_row(row))).collect())
}

fn lapsing(of: &Certificate, at: jiff::civil::DateTime, master: &MasterData) -> Option<Activity> {
    let partner = master.partner_code(of.partner_id)?.clone();
    let mut says = BTreeMap::from([
        ("certificate", of.code.clone()),
        ("course", of.course.clone()),
        ("user", of.user.clone()),
    ]);
    says.extend(of.last.map(|last| ("until", last.to_string())));
    let key = vec![of.course.clone(), of.user.clone(), of.round.to_string()];
    Some(Activity { deed: Deed::CertificateLapsing, of: key, partner, at, says })
}
