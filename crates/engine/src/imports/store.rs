//! The SQL of imports.

use jiff::Timestamp;

use super::chunk::Chunk;
use super::{Counts, ImportRow, Origin, RejectedRow, Reviewed, Status};
use crate::args;
use crate::db::{AssertSqlSafe, Column, DbError, Reader, Row, Tx};
use crate::id::{Id, Kind};
use crate::ingest::mapping::Feeds;
use crate::ingest::rejection::{Reason, Rejection};

const COLUMNS: &str = "SELECT i.import_id, i.public_id, i.target, i.source, i.name, \
    i.mapping, i.mapping_name, i.status, i.bytes_total, i.rows_read, i.accepted, i.known, \
    i.rejected, i.encoding, i.delimiter, i.headers, i.failure, i.actor_name, i.partner_id, \
    i.started_at, i.updated_at, i.finished_at, i.reviewed_by, i.reviewed_at, \
    i.review_comment FROM import i";

/// The chunk that holds the lines above the header and the header.
pub(super) const HEAD: i64 = 0;

fn import_row(row: &Row) -> ImportRow {
    ImportRow {
        import_id: row.int(0),
        id: row.string(1),
        feeds: Feeds::from_word(row.text(2)).unwrap_or(Feeds::Facts),
        origin: Origin::from_word(row.text(3)),
        name: row.string(4),
        mapping: row.string(5),
        mapping_name: row.string(6),
        status: Status::from_word(row.text(7)),
        bytes_total: row.int(8),
        counts: Counts {
            read: row.int(9),
            accepted: row.int(10),
            known: row.int(11),
            rejected: row.int(12),
        },
        encoding: row.opt_string(13),
        delimiter: row.opt_string(14),
        headers: row
            .opt_text(15)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default(),
        failure: row.opt_string(16),
        actor_name: row.string(17),
        partner_id: row.opt_int(18),
        started_at: row.instant(19),
        updated_at: row.instant(20),
        finished_at: row.opt_instant(21),
        reviewed: row.opt_string(22).zip(row.opt_instant(23)).map(|(by, at)| Reviewed {
            by,
            at,
            comment: row.opt_string(24),
        }),
    }
}

/// The newest import of this content that did not come to its end; one that was given back did.
pub(super) async fn unfinished(
    reader: &mut Reader,
    content_hash: &str,
) -> Result<Option<ImportRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!(
        "{COLUMNS} WHERE i.tenant_id = $1 AND i.content_hash = $2 AND i.status NOT IN ('done', 'returned') \
         ORDER BY i.import_id DESC LIMIT 1"
    );
    let row = reader.row(AssertSqlSafe(sql), args![tenant, content_hash]).await?;
    Ok(row.as_ref().map(import_row))
}

/// What is known about an import when it starts.
pub(super) struct NewImport<'a> {
    pub feeds: Feeds,
    pub origin: Origin,
    pub name: &'a str,
    pub content_hash: String,
    pub mapping: &'a str,
    pub mapping_name: &'a str,
    pub bytes_total: i64,
    pub actor_name: &'a str,
    pub partner_id: Option<i64>,
    pub status: Status,
}

/// The number of the next import.
pub(super) async fn next_number(tx: &mut Tx) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let highest = if let Some(highest) = tx.memory::<Highest>().await?.0 {
        highest
    } else {
        let sql = "SELECT COALESCE(MAX(import_id), 0) FROM import WHERE tenant_id = $1";
        tx.row(sql, args![tenant]).await?.map_or(0, |row| row.int(0))
    };
    Ok(highest + 1)
}

/// The highest number, as the only writer knows it.
#[derive(Debug, Default)]
struct Highest(Option<i64>);

/// Notes that an import starts.
pub(super) async fn create(
    tx: &mut Tx,
    now: Timestamp,
    import_id: i64,
    new: &NewImport<'_>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.memory::<Highest>().await?.0 = Some(import_id);
    tx.execute(
        "INSERT INTO import (tenant_id, import_id, public_id, target, source, name, \
         content_hash, mapping, mapping_name, status, bytes_total, rows_read, accepted, known, \
         rejected, actor_name, partner_id, started_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $14, $10, 0, 0, 0, 0, $11, $12, $13, \
         $13)",
        args![
            tenant,
            import_id,
            &Id::new(Kind::Import, now),
            new.feeds.word(),
            new.origin.word(),
            new.name,
            &new.content_hash,
            new.mapping,
            new.mapping_name,
            new.bytes_total,
            new.actor_name,
            new.partner_id,
            now,
            new.status.word()
        ],
    )
    .await?;
    Ok(())
}

/// An import that came and ended in one moment.
pub(super) type Done<'d> = (i64, NewImport<'d>, Counts);

/// Notes imports that came and ended in this moment.
pub(super) async fn create_done(
    tx: &mut Tx,
    now: Timestamp,
    done: &[Done<'_>],
) -> Result<(), DbError> {
    let Some(highest) = done.iter().map(|done| done.0).max() else { return Ok(()) };
    tx.memory::<Highest>().await?.0 = Some(highest);
    let int = |read: fn(&Done<'_>) -> i64| Column::Int(done.iter().map(read).collect());
    let text = |read: fn(&Done<'_>) -> String| Column::Text(done.iter().map(read).collect());
    let data = vec![
        Column::same(tx.tenant()),
        int(|done| done.0),
        Column::Text(done.iter().map(|_| Id::new(Kind::Import, now).to_string()).collect()),
        text(|done| done.1.feeds.word().to_owned()),
        text(|done| done.1.origin.word().to_owned()),
        text(|done| done.1.name.to_owned()),
        text(|done| done.1.content_hash.clone()),
        text(|done| done.1.mapping.to_owned()),
        text(|done| done.1.mapping_name.to_owned()),
        Column::same(Status::Done.word().to_owned()),
        int(|done| done.1.bytes_total),
        int(|done| done.2.read),
        int(|done| done.2.accepted),
        int(|done| done.2.known),
        int(|done| done.2.rejected),
        text(|done| done.1.actor_name.to_owned()),
        Column::OptInt(done.iter().map(|done| done.1.partner_id).collect()),
        Column::same(now),
        Column::same(now),
        Column::same(now),
    ];
    let columns = [
        "tenant_id",
        "import_id",
        "public_id",
        "target",
        "source",
        "name",
        "content_hash",
        "mapping",
        "mapping_name",
        "status",
        "bytes_total",
        "rows_read",
        "accepted",
        "known",
        "rejected",
        "actor_name",
        "partner_id",
        "started_at",
        "updated_at",
        "finished_at",
    ];
    tx.insert_many("import", &columns, data, "").await?;
    Ok(())
}

/// An import that failed or was stopped goes on.
pub(super) async fn resume(tx: &mut Tx, now: Timestamp, import_id: i64) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE import SET status = 'running', failure = NULL, finished_at = NULL, \
         stopped_by = NULL, stopped_at = NULL, updated_at = $3 WHERE tenant_id = $1 AND import_id = $2",
        args![tenant, import_id, now],
    )
    .await?;
    Ok(())
}

/// No content is that of this import any more: nothing goes on with it.
pub(super) async fn forget_content(tx: &mut Tx, import_id: i64) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE import SET content_hash = '' WHERE tenant_id = $1 AND import_id = $2",
        args![tenant, import_id],
    )
    .await?;
    Ok(())
}

/// What the source turned out to be.
pub(super) async fn set_shape(
    tx: &mut Tx,
    import_id: i64,
    (encoding, delimiter): (Option<&str>, Option<&str>),
    headers: &[String],
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let headers = serde_json::to_string(headers).expect("texts are always JSON");
    tx.execute(
        "UPDATE import SET encoding = $3, delimiter = $4, headers = $5 \
         WHERE tenant_id = $1 AND import_id = $2",
        args![tenant, import_id, encoding, delimiter, headers],
    )
    .await?;
    Ok(())
}

/// Adds to the counts of an import that has read `before` rows; `false` if it has not, because
/// somebody else went on with it or it ended.
pub(super) async fn advance(
    tx: &mut Tx,
    now: Timestamp,
    import_id: i64,
    before: i64,
    added: Counts,
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let changed = tx
        .execute(
            "UPDATE import SET rows_read = rows_read + $4, accepted = accepted + $5, \
             known = known + $6, rejected = rejected + $7, updated_at = $8 \
             WHERE tenant_id = $1 AND import_id = $2 AND rows_read = $3 AND status = 'running'",
            args![
                tenant,
                import_id,
                before,
                added.read,
                added.accepted,
                added.known,
                added.rejected,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Notes how an import ended.
pub(super) async fn end(
    tx: &mut Tx,
    now: Timestamp,
    import_id: i64,
    failure: Option<&str>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let status = if failure.is_some() { Status::Failed } else { Status::Done };
    tx.execute(
        "UPDATE import SET status = $3, failure = $4, updated_at = $5, finished_at = $5 \
         WHERE tenant_id = $1 AND import_id = $2",
        args![tenant, import_id, status.word(), failure, now],
    )
    .await?;
    Ok(())
}

/// Ends a running import for somebody who does not want the rest of it; `false` if it does not run.
/// Whoever writes its next batch finds that it ended, and keeps nothing of that batch.
pub(super) async fn stop(
    tx: &mut Tx,
    now: Timestamp,
    import_id: i64,
    (by, failure): (&str, &str),
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let changed = tx
        .execute(
            "UPDATE import SET status = 'failed', failure = $4, stopped_by = $5, \
             stopped_at = $3, updated_at = $3, finished_at = $3 \
             WHERE tenant_id = $1 AND import_id = $2 AND status = 'running'",
            args![tenant, import_id, now, failure, by],
        )
        .await?;
    Ok(changed == 1)
}

/// Keeps rows as they stood in the sources of these imports.
pub(super) async fn add_chunks(tx: &mut Tx, chunks: Vec<(i64, Chunk)>) -> Result<(), DbError> {
    if chunks.is_empty() {
        return Ok(());
    }
    let int = |read: fn(&(i64, Chunk)) -> i64| Column::Int(chunks.iter().map(read).collect());
    let data = vec![
        Column::same(tx.tenant()),
        int(|(import_id, _)| *import_id),
        int(|(_, chunk)| chunk.first_row),
        int(|(_, chunk)| chunk.last_row),
        Column::Bytes(chunks.into_iter().map(|(_, chunk)| chunk.body).collect()),
    ];
    tx.insert_many(
        "import_chunk",
        &["tenant_id", "import_id", "first_row", "last_row", "body"],
        data,
        "ON CONFLICT (tenant_id, import_id, first_row) DO NOTHING",
    )
    .await?;
    Ok(())
}

/// Keeps refused rows with what is wrong with them.
pub(super) async fn add_rejections(
    tx: &mut Tx,
    import_id: i64,
    rejections: Vec<(Rejection, String)>,
) -> Result<(), DbError> {
    if rejections.is_empty() {
        return Ok(());
    }
    // What no database keeps as text.
    let clean = |text: &str| text.replace('\0', "\u{FFFD}");
    let data = vec![
        Column::same(tx.tenant()),
        Column::same(import_id),
        Column::Int(
            rejections
                .iter()
                .map(|(rejection, _)| i64::try_from(rejection.row).unwrap_or(i64::MAX))
                .collect(),
        ),
        Column::Text(
            rejections.iter().map(|(rejection, _)| rejection.reason.code().to_owned()).collect(),
        ),
        Column::OptText(
            rejections
                .iter()
                .map(|(rejection, _)| rejection.column.as_deref().map(clean))
                .collect(),
        ),
        Column::OptText(
            rejections
                .iter()
                .map(|(rejection, _)| {
                    (!rejection.value.is_empty()).then(|| clean(&rejection.value))
                })
                .collect(),
        ),
        Column::Text(rejections.iter().map(|(_, raw)| clean(raw)).collect()),
    ];
    tx.insert_many(
        "import_rejection",
        &["tenant_id", "import_id", "row_number", "reason", "column_name", "value", "raw"],
        data,
        "ON CONFLICT (tenant_id, import_id, row_number) DO NOTHING",
    )
    .await?;
    Ok(())
}

/// Which imports to show.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this partner.
    pub partner_id: Option<i64>,
    /// Batches of the API too; without this only files and uploads.
    pub with_api: bool,
}

/// Imports, newest first, and how many there are.
pub async fn list(
    reader: &mut Reader,
    filter: &Filter,
    (offset, limit): (i64, i64),
) -> Result<(Vec<ImportRow>, i64), DbError> {
    let tenant = reader.tenant();
    let condition = "WHERE i.tenant_id = $1 AND ($2 = 0 OR i.partner_id = $2) \
                     AND ($3 = 1 OR i.source <> 'api')";
    let partner = filter.partner_id.unwrap_or(0);
    let sql = format!("{COLUMNS} {condition} ORDER BY i.import_id DESC LIMIT $4 OFFSET $5");
    let limit = limit.clamp(0, crate::catalog::ROWS_PER_PAGE_MAX);
    let rows = reader
        .rows(AssertSqlSafe(sql), args![tenant, partner, filter.with_api, limit, offset.max(0)])
        .await?;
    let sql = format!("SELECT COUNT(*) FROM import i {condition}");
    let total = reader.row(AssertSqlSafe(sql), args![tenant, partner, filter.with_api]).await?;
    Ok((rows.iter().map(import_row).collect(), total.map_or(0, |row| row.int(0))))
}

/// Imports that are under way, or were stopped and wait for somebody to go on; newest first.
pub async fn unfinished_imports(reader: &mut Reader) -> Result<Vec<ImportRow>, DbError> {
    const ROWS_MAX: usize = 100;
    let tenant = reader.tenant();
    let sql = format!(
        "{COLUMNS} WHERE i.tenant_id = $1 AND i.status = 'running' \
         ORDER BY i.import_id DESC LIMIT {ROWS_MAX}"
    );
    let rows = reader.rows(AssertSqlSafe(sql), args![tenant]).await?;
    Ok(rows.iter().map(import_row).collect())
}

/// Reports that wait to be taken, the oldest first.
pub async fn in_review(reader: &mut Reader, limit: usize) -> Result<Vec<ImportRow>, DbError> {
    let (tenant, limit) = (reader.tenant(), i64::try_from(limit).unwrap_or(i64::MAX));
    let sql = format!(
        "{COLUMNS} WHERE i.tenant_id = $1 AND i.status = 'review' ORDER BY i.import_id LIMIT $2"
    );
    let rows = reader.rows(AssertSqlSafe(sql), args![tenant, limit]).await?;
    Ok(rows.iter().map(import_row).collect())
}

/// An import by its public id.
pub async fn get(reader: &mut Reader, id: &str) -> Result<Option<ImportRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} WHERE i.tenant_id = $1 AND i.public_id = $2");
    let row = reader.row(AssertSqlSafe(sql), args![tenant, id]).await?;
    Ok(row.as_ref().map(import_row))
}

/// An import by its number, as facts name it.
pub async fn by_number(reader: &mut Reader, import_id: i64) -> Result<Option<ImportRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} WHERE i.tenant_id = $1 AND i.import_id = $2");
    let row = reader.row(AssertSqlSafe(sql), args![tenant, import_id]).await?;
    Ok(row.as_ref().map(import_row))
}

/// Refused rows after a row of the file, in its order, each with its raw text.
pub async fn rejections(
    reader: &mut Reader,
    import_id: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<RejectedRow>, DbError> {
    let rows = reader
        .rows(
            "SELECT row_number, reason, column_name, value, raw FROM import_rejection \
             WHERE tenant_id = $1 AND import_id = $2 AND row_number > $3 \
             ORDER BY row_number LIMIT $4",
            args![reader.tenant(), import_id, after, limit],
        )
        .await?;
    Ok(rows.iter().filter_map(rejected_row).collect())
}

fn rejected_row(row: &Row) -> Option<RejectedRow> {
    let rejection = Rejection {
        row: u64::try_from(row.int(0)).ok()?,
        reason: Reason::from_code(row.text(1))?,
        column: row.opt_string(2),
        value: row.opt_string(3).unwrap_or_default(),
    };
    Some(RejectedRow { rejection, raw: row.string(4) })
}

/// How many rows were refused for each reason, the most frequent first.
pub async fn rejection_counts(
    reader: &mut Reader,
    import_id: i64,
) -> Result<Vec<(Reason, i64)>, DbError> {
    let rows = reader
        .rows(
            "SELECT reason, COUNT(*) AS rows_refused FROM import_rejection \
             WHERE tenant_id = $1 AND import_id = $2 GROUP BY reason \
             ORDER BY rows_refused DESC, reason",
            args![reader.tenant(), import_id],
        )
        .await?;
    let counts = rows.iter().filter_map(|row| Some((Reason::from_code(row.text(0))?, row.int(1))));
    Ok(counts.collect())
}

/// One refused row.
pub(super) async fn rejection(
    reader: &mut Reader,
    import_id: i64,
    row: i64,
) -> Result<Option<RejectedRow>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT row_number, reason, column_name, value, raw FROM import_rejection \
             WHERE tenant_id = $1 AND import_id = $2 AND row_number = $3",
            args![tenant, import_id, row],
        )
        .await?;
    Ok(row.as_ref().and_then(rejected_row))
}

/// The chunk that a row may be in.
pub(super) async fn chunk_of(
    reader: &mut Reader,
    import_id: i64,
    row: i64,
) -> Result<Option<Vec<u8>>, DbError> {
    let tenant = reader.tenant();
    let found = reader
        .row(
            "SELECT last_row, body FROM import_chunk \
             WHERE tenant_id = $1 AND import_id = $2 AND first_row <= $3 \
             ORDER BY first_row DESC LIMIT 1",
            args![tenant, import_id, row],
        )
        .await?;
    Ok(found.filter(|found| row <= found.int(0)).map(|found| found.bytes(1).to_vec()))
}
