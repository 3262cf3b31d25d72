//! Answers for the rows of an import, a page at a time.
//!
//! Pages are counted in rows as a person counts them in the file. Rows that were there before are
//! not kept a second time, so they are not among the answers; their number is in the counts.

use std::collections::BTreeMap;

use super::store;
use super::{ImportRow, RejectedRow, chunk};
use crate::args;
use crate::db::{DbError, Reader};
use crate::ingest::mapping::Mapping;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowAnswer {
    /// By its row in the file.
    Accepted(u64),
    Refused(RejectedRow),
}

/// The answers of a page of the file, by row, and how many rows of the file there are to page
/// through.
pub async fn answers(
    reader: &mut Reader,
    import: &ImportRow,
    (offset, limit): (i64, i64),
) -> Result<(Vec<RowAnswer>, i64), DbError> {
    let header = Mapping::parse(&import.mapping).map_or(1, |mapping| mapping.source.header_row);
    let header = i64::from(header);
    let first = header + 1 + offset.max(0);
    let last = first + limit.clamp(0, crate::catalog::ROWS_PER_PAGE_MAX) - 1;
    let mut answers: BTreeMap<i64, RowAnswer> = BTreeMap::new();
    for body in chunks_between(reader, import.import_id, (first, last)).await? {
        for (row, _) in chunk::unpack(&body).unwrap_or_default() {
            if (first..=last).contains(&row) {
                answers.insert(row, RowAnswer::Accepted(row.unsigned_abs()));
            }
        }
    }
    for refused in store::rejections(reader, import.import_id, first - 1, limit).await? {
        let row = i64::try_from(refused.rejection.row).unwrap_or(i64::MAX);
        if row <= last {
            answers.insert(row, RowAnswer::Refused(refused));
        }
    }
    let rows = last_row(reader, import.import_id).await? - header;
    Ok((answers.into_values().collect(), rows.max(import.counts.read)))
}

/// A page of the refused rows, by row.
pub async fn rejections_page(
    reader: &mut Reader,
    import_id: i64,
    (offset, limit): (i64, i64),
) -> Result<Vec<RejectedRow>, DbError> {
    let tenant = reader.tenant();
    let before = reader
        .row(
            "SELECT row_number FROM import_rejection WHERE tenant_id = $1 AND import_id = $2 \
             ORDER BY row_number LIMIT 1 OFFSET $3",
            args![tenant, import_id, offset.max(0)],
        )
        .await?;
    match before {
        Some(first) => store::rejections(reader, import_id, first.int(0) - 1, limit).await,
        None => Ok(Vec::new()),
    }
}

async fn chunks_between(
    reader: &mut Reader,
    import_id: i64,
    (first, last): (i64, i64),
) -> Result<Vec<Vec<u8>>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT body FROM import_chunk WHERE tenant_id = $1 AND import_id = $2 \
             AND first_row <= $3 AND last_row >= $4 AND first_row > $5 ORDER BY first_row",
            args![tenant, import_id, last, first, store::HEAD],
        )
        .await?;
    Ok(rows.iter().map(|row| row.bytes(0).to_vec()).collect())
}

async fn last_row(reader: &mut Reader, import_id: i64) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT (SELECT MAX(last_row) FROM import_chunk WHERE tenant_id = $1 \
             AND import_id = $2), (SELECT MAX(row_number) FROM import_rejection \
             WHERE tenant_id = $1 AND import_id = $2)",
            args![tenant, import_id],
        )
        .await?;
    let last = |column| row.as_ref().and_then(|row| row.opt_int(column)).unwrap_or(0);
    Ok(last(0).max(last(1)))
}
