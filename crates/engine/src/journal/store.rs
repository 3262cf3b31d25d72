//! The SQL of the journal.

use std::collections::{BTreeMap, HashMap};

use domain::amount::Currency;
use domain::booking::world::Recorded;
use domain::code::{FactKey, PartnerCode, Unit};
use domain::fact::{Fact, FactKind};
use domain::measure::EventChange;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::{Entry, Source};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, Row, Tx};

const COLUMNS: &str = "f.fact_seq, f.change, f.key, f.kind, f.happened, f.recorded, f.of_key, \
    f.partner_id, f.product_id, f.quantity, f.unit, f.amount, f.currency, f.order_no, f.line_no, \
    f.channel, f.activity_type, f.parties, f.attributes, f.hash, f.import_id, f.row_number";

/// How a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    pub seq: i64,
    pub hash: Vec<u8>,
    pub change: EventChange,
    /// The number and hash of its first row.
    pub first: (i64, Vec<u8>),
}

impl Existing {
    /// Whether the fact counts: it came, and nobody took it back.
    pub fn is_there(&self) -> bool {
        self.change == EventChange::Came
    }
}

/// The first and the last row of each of these keys that is in the journal.
pub async fn existing(
    reader: &mut Reader,
    keys: &[FactKey],
) -> Result<HashMap<FactKey, Existing>, DbError> {
    let rows = reader
        .lookup(
            "SELECT f.key, f.fact_seq, f.hash, f.change FROM {keys} \
             CROSS JOIN fact f WHERE f.tenant_id = k.tenant AND f.key = k.k1",
            args![],
            vec![Column::Text(keys.iter().map(ToString::to_string).collect())],
        )
        .await?;
    let mut found: HashMap<FactKey, Existing> = HashMap::new();
    for row in rows {
        let (key, seq) = (FactKey::new(row.text(0)), row.int(1));
        let (hash, change) = (row.bytes(2).to_vec(), change_of(row.int(3)));
        match found.get_mut(&key) {
            None => {
                let first = (seq, hash.clone());
                found.insert(key, Existing { seq, hash, change, first });
            }
            Some(known) => {
                if seq < known.first.0 {
                    known.first = (seq, hash.clone());
                }
                if known.seq < seq {
                    (known.seq, known.hash, known.change) = (seq, hash, change);
                }
            }
        }
    }
    Ok(found)
}

/// Whose facts these are, by the rows that came with these keys; `None` where a row names nobody.
pub async fn partners_of(
    reader: &mut Reader,
    keys: &[FactKey],
) -> Result<HashMap<FactKey, Option<i64>>, DbError> {
    let rows = reader
        .lookup(
            "SELECT f.key, f.fact_seq, f.partner_id FROM {keys} \
             CROSS JOIN fact f WHERE f.tenant_id = k.tenant AND f.key = k.k1",
            args![],
            vec![Column::Text(keys.iter().map(ToString::to_string).collect())],
        )
        .await?;
    let mut newest: HashMap<FactKey, (i64, Option<i64>)> = HashMap::new();
    for row in rows {
        let (key, seq, partner) = (FactKey::new(row.text(0)), row.int(1), row.opt_int(2));
        if newest.get(&key).is_none_or(|known| known.0 < seq) {
            newest.insert(key, (seq, partner));
        }
    }
    Ok(newest.into_iter().map(|(key, (_, partner))| (key, partner)).collect())
}

/// When these facts happened, by the clocks of their source, and when their newest rows came.
pub async fn times_of(
    reader: &mut Reader,
    keys: &[FactKey],
) -> Result<HashMap<FactKey, (DateTime, Timestamp)>, DbError> {
    let rows = reader
        .lookup(
            "SELECT f.key, f.fact_seq, f.happened, f.recorded FROM {keys} \
             CROSS JOIN fact f WHERE f.tenant_id = k.tenant AND f.key = k.k1 AND f.change = 0",
            args![],
            vec![Column::Text(keys.iter().map(ToString::to_string).collect())],
        )
        .await?;
    let mut newest: HashMap<FactKey, (i64, DateTime, Timestamp)> = HashMap::new();
    for row in rows {
        let (key, seq) = (FactKey::new(row.text(0)), row.int(1));
        if newest.get(&key).is_none_or(|known| known.0 < seq) {
            newest.insert(key, (seq, local_of(row.int(2)), row.instant(3)));
        }
    }
    Ok(newest.into_iter().map(|(key, (_, at, recorded))| (key, (at, recorded))).collect())
}

/// All rows of the units of these sales: the sales themselves and the returns that name them, in
/// the order in which they were recorded.
pub async fn units_of(
    reader: &mut Reader,
    directory: &MasterData,
    sales: &[FactKey],
) -> Result<Vec<Entry>, DbError> {
    let keys = || vec![Column::Text(sales.iter().map(ToString::to_string).collect())];
    let own = "SELECT f.fact_seq, f.change, f.key, f.kind, f.happened, f.recorded, f.of_key, \
         f.partner_id, f.product_id, f.quantity, f.unit, f.amount, f.currency, f.order_no, \
         f.line_no, f.channel, f.activity_type, f.parties, f.attributes, f.hash, f.import_id, \
         f.row_number FROM {keys} CROSS JOIN fact f WHERE f.tenant_id = k.tenant AND f.key = k.k1";
    let mut rows = reader.lookup(own, args![], keys()).await?;
    rows.extend(
        reader
            .lookup(
                "SELECT f.fact_seq, f.change, f.key, f.kind, f.happened, f.recorded, f.of_key, \
                 f.partner_id, f.product_id, f.quantity, f.unit, f.amount, f.currency, \
                 f.order_no, f.line_no, f.channel, f.activity_type, f.parties, f.attributes, \
                 f.hash, f.import_id, f.row_number FROM {keys} \
                 CROSS JOIN fact f WHERE f.tenant_id = k.tenant AND f.of_key = k.k1",
                args![],
                keys(),
            )
            .await?,
    );
    let mut entries: Vec<Entry> = rows.iter().map(|row| entry(row, directory)).collect();
    entries.sort_by_key(|entry| entry.seq);
    entries.dedup_by_key(|entry| entry.seq);
    Ok(entries)
}

/// The number of the newest row, 0 if there is none.
pub async fn highest_seq(reader: &mut Reader) -> Result<i64, DbError> {
    if let Some(Latest { seq: Some(seq), .. }) = reader.memory().await? {
        return Ok(*seq);
    }
    let row = reader
        .row(
            "SELECT COALESCE(MAX(fact_seq), 0) FROM fact WHERE tenant_id = $1",
            args![reader.tenant()],
        )
        .await?;
    let seq = row.map_or(0, |row| row.int(0));
    if let Some(latest) = reader.memory::<Latest>().await? {
        latest.seq = Some(seq);
    }
    Ok(seq)
}

/// What came last, as the only writer knows it.
#[derive(Debug, Default)]
struct Latest {
    seq: Option<i64>,
    /// When something was recorded last: a fact, a close, an amount from outside.
    recorded: Option<Timestamp>,
}

/// The instant at which something is recorded now: the clock's, but never before what was recorded
/// last, so that the order of the journal is the order of time even if the clock is set back.
pub async fn moment(reader: &mut Reader, now: Timestamp) -> Result<Timestamp, DbError> {
    let known = reader.memory::<Latest>().await?.and_then(|latest| latest.recorded);
    let recorded = match known {
        Some(known) => known,
        None => recorded_last(reader).await?,
    };
    if let Some(latest) = reader.memory::<Latest>().await? {
        latest.recorded = Some(recorded);
    }
    Ok(now.max(recorded))
}

/// Something that is no fact is recorded at this instant.
pub(crate) async fn is_recorded(tx: &mut Tx, at: Timestamp) -> Result<(), DbError> {
    let latest = tx.memory::<Latest>().await?;
    latest.recorded = latest.recorded.map(|last| last.max(at));
    Ok(())
}

async fn recorded_last(reader: &mut Reader) -> Result<Timestamp, DbError> {
    let row = reader
        .row(
            "SELECT MAX(at) FROM (SELECT (SELECT recorded FROM fact WHERE tenant_id = $1 \
             ORDER BY fact_seq DESC LIMIT 1) AS at \
             UNION ALL SELECT MAX(closed_at) FROM closing WHERE tenant_id = $1 \
             UNION ALL SELECT MAX(recorded) FROM external_award WHERE tenant_id = $1) AS latest",
            args![reader.tenant()],
        )
        .await?;
    Ok(row.and_then(|row| row.opt_instant(0)).unwrap_or(Timestamp::MIN))
}

/// When facts were recorded first, and as which of all.
pub async fn first_recorded(
    reader: &mut Reader,
    keys: Vec<String>,
) -> Result<HashMap<String, Recorded>, DbError> {
    let rows = reader
        .lookup(
            "SELECT f.key, MIN(f.recorded), MIN(f.fact_seq) FROM {keys} CROSS JOIN fact f \
             WHERE f.tenant_id = k.tenant AND f.key = k.k1 GROUP BY f.key",
            args![],
            vec![Column::Text(keys)],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), (row.instant(1), row.int(2)))).collect())
}

/// How many rows there are.
pub async fn count(reader: &mut Reader) -> Result<i64, DbError> {
    let row = reader
        .row("SELECT COUNT(*) FROM fact WHERE tenant_id = $1", args![reader.tenant()])
        .await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// The next rows after a number.
pub async fn scan(
    reader: &mut Reader,
    directory: &MasterData,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM fact f WHERE f.tenant_id = $1 AND f.fact_seq > $2 \
         ORDER BY f.fact_seq LIMIT $3"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, after, limit]).await?;
    Ok(rows.iter().map(|row| entry(row, directory)).collect())
}

/// Facts that are there and whose keys begin so, the newest first, before a number.
pub async fn with_prefix(
    reader: &mut Reader,
    directory: &MasterData,
    prefix: &str,
    (before, limit): (Option<i64>, i64),
) -> Result<Vec<Entry>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM fact f WHERE f.tenant_id = $1 AND f.key >= $2 AND f.key < $3 \
         AND f.fact_seq < $4 AND f.change = 0 AND NOT EXISTS (SELECT 1 FROM fact g \
         WHERE g.tenant_id = f.tenant_id AND g.key = f.key AND g.fact_seq > f.fact_seq) \
         ORDER BY f.fact_seq DESC LIMIT $5"
    );
    // Keys sort by their bytes, and no text that begins so sorts behind this one.
    let end = format!("{prefix}\u{10ffff}");
    let tenant = reader.tenant();
    let before = before.unwrap_or(i64::MAX);
    let rows =
        reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, prefix, &end, before, limit]).await?;
    Ok(rows.iter().map(|row| entry(row, directory)).collect())
}

/// The rows of a partner that happened in `[from, to)`, newest first, and no more than `limit`.
pub async fn of_partner(
    reader: &mut Reader,
    directory: &MasterData,
    partner_id: i64,
    (from, to): (jiff::civil::Date, jiff::civil::Date),
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM fact f WHERE f.tenant_id = $1 AND f.partner_id = $2 \
         AND f.happened >= $3 AND f.happened < $4 ORDER BY f.happened DESC, f.fact_seq DESC \
         LIMIT $5"
    );
    let tenant = reader.tenant();
    let (from, to) = (local_micros(from.at(0, 0, 0, 0)), local_micros(to.at(0, 0, 0, 0)));
    let rows =
        reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, partner_id, from, to, limit]).await?;
    Ok(rows.iter().map(|row| entry(row, directory)).collect())
}

/// The newest rows that happened in `[from, to)`, in the order of the journal, and no more than
/// `limit`.
pub async fn recent(
    reader: &mut Reader,
    directory: &MasterData,
    (from, to): (jiff::civil::Date, jiff::civil::Date),
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM fact f WHERE f.tenant_id = $1 AND f.happened >= $2 \
         AND f.happened < $3 ORDER BY f.fact_seq DESC LIMIT $4"
    );
    let tenant = reader.tenant();
    let (from, to) = (local_micros(from.at(0, 0, 0, 0)), local_micros(to.at(0, 0, 0, 0)));
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, from, to, limit]).await?;
    Ok(rows.iter().rev().map(|row| entry(row, directory)).collect())
}

/// The rows with these numbers.
pub async fn with_seqs(
    reader: &mut Reader,
    directory: &MasterData,
    keys: &[FactKey],
) -> Result<Vec<Entry>, DbError> {
    units_of(reader, directory, keys).await
}

/// Adds rows; their numbers are given.
pub async fn append(tx: &mut Tx, directory: &MasterData, entries: &[Entry]) -> Result<(), DbError> {
    if entries.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let text = |read: &dyn Fn(&Fact) -> Option<String>| {
        Column::OptText(entries.iter().map(|entry| read(&entry.fact)).collect())
    };
    let number = |read: &dyn Fn(&Entry) -> i64| Column::Int(entries.iter().map(read).collect());
    let optional =
        |read: &dyn Fn(&Entry) -> Option<i64>| Column::OptInt(entries.iter().map(read).collect());
    let data = vec![
        Column::same(tenant),
        number(&|entry| entry.seq),
        number(&|entry| change_number(entry.change)),
        Column::Text(entries.iter().map(|entry| entry.fact.key.to_string()).collect()),
        number(&|entry| kind_number(entry.fact.kind)),
        number(&|entry| local_micros(entry.fact.at)),
        number(&|entry| entry.fact.recorded.as_microsecond()),
        text(&|fact| fact.of.as_ref().map(ToString::to_string)),
        optional(&|entry| {
            entry.fact.partner.as_ref().and_then(|code| directory.partner_id(code.as_str()))
        }),
        optional(&|entry| {
            entry.fact.product.as_ref().and_then(|code| directory.product_id(code.as_str()))
        }),
        text(&|fact| fact.quantity.map(|number| number.to_string())),
        text(&|fact| fact.unit.as_ref().map(ToString::to_string)),
        text(&|fact| fact.amount.map(|number| number.to_string())),
        text(&|fact| fact.currency.map(|currency| currency.to_string())),
        text(&|fact| fact.order.clone()),
        text(&|fact| fact.line.clone()),
        text(&|fact| fact.channel.clone()),
        text(&|fact| fact.activity_type.clone()),
        text(&|fact| {
            let parties: BTreeMap<&str, &str> =
                fact.parties.iter().map(|(role, code)| (role.as_str(), code.as_str())).collect();
            json(&parties, parties.is_empty())
        }),
        text(&|fact| json(&fact.attributes, fact.attributes.is_empty())),
        Column::Bytes(entries.iter().map(|entry| entry.hash.clone()).collect()),
        optional(&|entry| entry.source.map(|source| source.import_id)),
        optional(&|entry| entry.source.map(|source| source.row)),
    ];
    let columns = [
        "tenant_id",
        "fact_seq",
        "change",
        "key",
        "kind",
        "happened",
        "recorded",
        "of_key",
        "partner_id",
        "product_id",
        "quantity",
        "unit",
        "amount",
        "currency",
        "order_no",
        "line_no",
        "channel",
        "activity_type",
        "parties",
        "attributes",
        "hash",
        "import_id",
        "row_number",
    ];
    let latest = tx.memory::<Latest>().await?;
    latest.seq = entries.iter().map(|entry| entry.seq).max();
    let recorded = entries.iter().map(|entry| entry.fact.recorded).max();
    latest.recorded = latest.recorded.max(recorded).filter(|_| latest.recorded.is_some());
    tx.insert_many("fact", &columns, data, "").await?;
    Ok(())
}

fn json<T: serde::Serialize>(value: &T, empty: bool) -> Option<String> {
    if empty { None } else { Some(serde_json::to_string(value).expect("texts are always JSON")) }
}

fn entry(row: &Row, directory: &MasterData) -> Entry {
    let decimal = |column| row.opt_text(column).and_then(|text| text.parse::<Decimal>().ok());
    let parties: BTreeMap<String, String> =
        row.opt_text(17).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let fact = Fact {
        key: FactKey::new(row.text(2)),
        kind: kind_of(row.int(3)),
        at: local_of(row.int(4)),
        recorded: row.instant(5),
        of: row.opt_text(6).map(FactKey::from),
        partner: row.opt_int(7).and_then(|id| directory.partner_code(id)).cloned(),
        product: row.opt_int(8).and_then(|id| directory.product_code(id)).cloned(),
        quantity: decimal(9),
        unit: row.opt_text(10).map(Unit::from),
        amount: decimal(11),
        currency: row.opt_text(12).and_then(Currency::parse),
        order: row.opt_string(13),
        line: row.opt_string(14),
        channel: row.opt_string(15),
        activity_type: row.opt_string(16),
        parties: parties.into_iter().map(|(role, code)| (role, PartnerCode::new(code))).collect(),
        attributes: row
            .opt_text(18)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default(),
    };
    let source = row.opt_int(20).zip(row.opt_int(21));
    Entry {
        seq: row.int(0),
        change: change_of(row.int(1)),
        fact,
        hash: row.bytes(19).to_vec(),
        source: source.map(|(import_id, row)| Source { import_id, row }),
    }
}

/// A local date and time in microseconds, as if it were UTC: sorts as the times do.
fn local_micros(at: DateTime) -> i64 {
    at.to_zoned(TimeZone::UTC).map_or(i64::MAX, |zoned| zoned.timestamp().as_microsecond())
}

fn local_of(micros: i64) -> DateTime {
    let instant = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    TimeZone::UTC.to_datetime(instant)
}

fn change_number(change: EventChange) -> i64 {
    match change {
        EventChange::Came => 0,
        EventChange::TakenBack => 1,
    }
}

fn change_of(number: i64) -> EventChange {
    if number == 0 { EventChange::Came } else { EventChange::TakenBack }
}

fn kind_number(kind: FactKind) -> i64 {
    match kind {
        FactKind::Sale => 0,
        FactKind::Return => 1,
        FactKind::CreditNote => 2,
        FactKind::Activity => 3,
    }
}

fn kind_of(number: i64) -> FactKind {
    match number {
        1 => FactKind::Return,
        2 => FactKind::CreditNote,
        3 => FactKind::Activity,
        _ => FactKind::Sale,
    }
}
