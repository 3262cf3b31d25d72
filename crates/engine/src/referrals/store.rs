//! The SQL of referrals.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Referral, ReferralError, Stage};
use crate::access::{self, Actor};
use crate::args;
use crate::db::{Column, DbError, Reader, Row, Tx, days_of};

/// Digits and letters that nobody takes for another one.
const LETTERS: &[u8; 20] = b"ACDEFHJKMNPRTWXY3479";
const LETTERS_OF_CODE: usize = 8;

/// The code of a member, made when it is asked for first.
pub async fn code_of(
    tx: &mut Tx,
    now: Timestamp,
    partner_id: i64,
) -> Result<String, ReferralError> {
    if let Some(code) = find_code(tx, partner_id).await? {
        return Ok(code);
    }
    loop {
        let secret = access::random_secret()?;
        let letter = |byte: u8| char::from(LETTERS[usize::from(byte) % LETTERS.len()]);
        // Two hex digits are a byte; few enough that all letters are as likely as good.
        let pairs = secret.as_bytes().chunks(2).filter_map(|pair| {
            let text = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(text, 16).ok().filter(|byte| *byte < 240)
        });
        let code: String = pairs.take(LETTERS_OF_CODE).map(letter).collect();
        if code.len() < LETTERS_OF_CODE || partner_of(tx, &code).await?.is_some() {
            continue;
        }
        let tenant = tx.tenant();
        tx.execute(
            "INSERT INTO referral_code (tenant_id, partner_id, code, at) VALUES ($1, $2, $3, $4)",
            args![tenant, partner_id, &code, now],
        )
        .await?;
        return Ok(code);
    }
}

/// The code of a member, if it ever asked for one.
pub async fn find_code(reader: &mut Reader, partner_id: i64) -> Result<Option<String>, DbError> {
    let row = reader
        .row(
            "SELECT code FROM referral_code WHERE tenant_id = $1 AND partner_id = $2",
            args![reader.tenant(), partner_id],
        )
        .await?;
    Ok(row.map(|row| row.string(0)))
}

/// Whether a member has that code.
pub async fn is_code(reader: &mut Reader, code: &str) -> Result<bool, DbError> {
    Ok(partner_of(reader, code).await?.is_some())
}

/// Whose code it is, however it was typed.
pub(super) async fn partner_of(reader: &mut Reader, code: &str) -> Result<Option<i64>, DbError> {
    let code: String =
        code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let row = reader
        .row(
            "SELECT partner_id FROM referral_code WHERE tenant_id = $1 AND code = $2",
            args![reader.tenant(), &code],
        )
        .await?;
    Ok(row.map(|row| row.int(0)))
}

const COLUMNS: &str = "r.referral_id, r.public_id, r.advocate_id, r.name, r.contact, r.at, \
    f.friend_id FROM referral r LEFT JOIN referral_friend f ON f.tenant_id = r.tenant_id \
    AND f.referral_id = r.referral_id";

fn referral_row(row: &Row) -> Referral {
    Referral {
        referral_id: row.int(0),
        id: row.string(1),
        advocate_id: row.int(2),
        name: row.string(3),
        contact: row.string(4),
        at: row.instant(5),
        friend_id: row.opt_int(6),
        stages: Vec::new(),
    }
}

async fn with_stages(
    reader: &mut Reader,
    mut all: Vec<Referral>,
) -> Result<Vec<Referral>, DbError> {
    let ids = all.iter().map(|it| it.referral_id).collect();
    let rows = reader
        .lookup(
            "SELECT s.referral_id, s.stage, s.happened FROM {keys} CROSS JOIN referral_step s \
             WHERE s.tenant_id = k.tenant AND s.referral_id = k.k1",
            args![],
            vec![Column::Int(ids)],
        )
        .await?;
    let mut stages: BTreeMap<i64, Vec<(Stage, Date)>> = BTreeMap::new();
    for row in &rows {
        if let Some(stage) = Stage::from_word(row.text(1)) {
            stages.entry(row.int(0)).or_default().push((stage, row.date(2)));
        }
    }
    for referral in &mut all {
        referral.stages = stages.remove(&referral.referral_id).unwrap_or_default();
        referral.stages.sort();
    }
    Ok(all)
}

/// Whom a member brought or means to bring, the newest first.
pub async fn of_advocate(reader: &mut Reader, advocate_id: i64) -> Result<Vec<Referral>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE r.tenant_id = $1 AND r.advocate_id = $2 \
         ORDER BY r.referral_id DESC"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, advocate_id]).await?;
    with_stages(reader, rows.iter().map(referral_row).collect()).await
}

/// Who brought a partner.
pub async fn of_friend(reader: &mut Reader, friend_id: i64) -> Result<Option<Referral>, DbError> {
    let sql = format!("SELECT {COLUMNS} WHERE r.tenant_id = $1 AND f.friend_id = $2");
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, friend_id]).await?;
    let all = with_stages(reader, rows.iter().map(referral_row).collect()).await?;
    Ok(all.into_iter().next())
}

/// Those who registered and did not sell yet, and since which day.
pub(super) async fn waiting(reader: &mut Reader) -> Result<Vec<(Referral, Date)>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE r.tenant_id = $1 AND f.friend_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM referral_step s WHERE s.tenant_id = r.tenant_id \
         AND s.referral_id = r.referral_id AND s.stage = 'qualified') ORDER BY r.referral_id"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant]).await?;
    let all = with_stages(reader, rows.iter().map(referral_row).collect()).await?;
    let since = |it: Referral| it.reached(Stage::Registered).map(|day| (it, day));
    Ok(all.into_iter().filter_map(since).collect())
}

/// The first sale of a partner from a day on, or its first one before a day: what counts now.
pub(super) async fn first_sale(
    reader: &mut Reader,
    partner_id: i64,
    days: (Date, Date),
) -> Result<Option<(String, Date)>, DbError> {
    let moment = |day: Date| days_of(day) * MICROS_OF_DAY;
    let row = reader
        .row(
            "SELECT f.key, f.happened FROM fact f WHERE f.tenant_id = $1 AND f.partner_id = $2 \
             AND f.happened >= $3 AND f.happened < $4 AND f.kind = 0 AND f.change = 0 \
             AND NOT EXISTS (SELECT 1 FROM fact n WHERE n.tenant_id = f.tenant_id \
             AND n.key = f.key AND n.fact_seq > f.fact_seq) \
             ORDER BY f.happened, f.fact_seq LIMIT 1",
            args![reader.tenant(), partner_id, moment(days.0), moment(days.1)],
        )
        .await?;
    let day = |micros: i64| crate::db::date_of(micros.div_euclid(MICROS_OF_DAY));
    Ok(row.and_then(|row| Some((row.string(0), day(row.int(1))?))))
}

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// A new referral of a member.
pub(super) async fn add(
    tx: &mut Tx,
    now: Timestamp,
    id: &str,
    (advocate_id, name, contact): (i64, &str, &str),
) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let next = tx
        .row(
            "SELECT COALESCE(MAX(referral_id), 0) + 1 FROM referral WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let referral_id = next.map_or(1, |row| row.int(0));
    tx.execute(
        "INSERT INTO referral (tenant_id, referral_id, public_id, advocate_id, name, contact, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![tenant, referral_id, id, advocate_id, name, contact, now],
    )
    .await?;
    Ok(referral_id)
}

pub(super) async fn put_friend(
    tx: &mut Tx,
    referral_id: i64,
    (friend_id, day): (i64, Date),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO referral_friend (tenant_id, friend_id, referral_id, day) \
         VALUES ($1, $2, $3, $4)",
        args![tenant, friend_id, referral_id, day],
    )
    .await?;
    Ok(())
}

/// A stage is reached. `fact` is what reached it.
pub(super) async fn put_step(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    referral_id: i64,
    (stage, happened): (Stage, Date),
    fact: Option<&str>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO referral_step (tenant_id, referral_id, stage, happened, fact, at, actor_kind, \
         actor_id, actor_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tenant,
            referral_id,
            stage.word(),
            happened,
            fact,
            now,
            actor.kind(),
            actor.public_id(),
            actor.name()
        ],
    )
    .await?;
    Ok(())
}
