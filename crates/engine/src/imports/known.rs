//! Rows that were there before, as they stood in the file: what a sender sees as skipped.
//!
//! # Invariants
//!
//! * They are kept beside what was accepted and never counted.
//! * No import keeps more than [`KNOWN_ROWS_KEPT_MAX`] of them, the first ones: whoever sends a
//!   growing file every day would keep all of it every day.

use std::io::Write;

use super::chunk::{self, Chunk};
use super::{ImportError, ImportRow, show};
use crate::args;
use crate::db::{Column, DbError, Reader, Tx};

/// The most that an import keeps.
pub const KNOWN_ROWS_KEPT_MAX: i64 = 100_000;

/// Keeps rows of a batch that were there before, in ascending order.
pub(super) async fn keep(
    tx: &mut Tx,
    import_id: i64,
    mut rows: Vec<(i64, &str)>,
) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let there = known_kept(tx, import_id).await?;
    let room = usize::try_from(KNOWN_ROWS_KEPT_MAX - there).unwrap_or(0);
    rows.truncate(room);
    let chunks: Vec<(Chunk, i64)> = chunk::pack(rows.iter().copied())
        .into_iter()
        .map(|chunk| {
            let span = chunk.first_row..=chunk.last_row;
            let count = rows.iter().filter(|(row, _)| span.contains(row)).count();
            (chunk, i64::try_from(count).unwrap_or(i64::MAX))
        })
        .collect();
    if chunks.is_empty() {
        return Ok(());
    }
    let data = vec![
        Column::same(tenant),
        Column::Int(vec![import_id; chunks.len()]),
        Column::Int(chunks.iter().map(|(chunk, _)| chunk.first_row).collect()),
        Column::Int(chunks.iter().map(|(chunk, _)| chunk.last_row).collect()),
        Column::Int(chunks.iter().map(|(_, count)| *count).collect()),
        Column::Bytes(chunks.into_iter().map(|(chunk, _)| chunk.body).collect()),
    ];
    let columns = ["tenant_id", "import_id", "first_row", "last_row", "row_count", "body"];
    tx.insert_many("import_known", &columns, data, "").await?;
    Ok(())
}

/// How many such rows an import keeps.
pub async fn known_kept(reader: &mut Reader, import_id: i64) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT CAST(COALESCE(SUM(row_count), 0) AS bigint) FROM import_known \
             WHERE tenant_id = $1 AND import_id = $2",
            args![tenant, import_id],
        )
        .await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// The rows that were there before, in the shape they came in.
pub async fn write_known<W: Write>(
    reader: &mut Reader,
    import: &ImportRow,
    mut out: W,
) -> Result<W, ImportError> {
    let failed = |source| ImportError::Write { name: import.name.clone(), source };
    let mut line = |text: &str| {
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\r\n")).map_err(failed)
    };
    let head = show::head(reader, import).await?;
    for (at, text) in head.iter().enumerate() {
        // Spreadsheet programs need to see it.
        let mark = if at == 0 { "\u{FEFF}" } else { "" };
        line(&format!("{mark}{text}"))?;
    }
    let mut after = i64::MIN;
    let tenant = reader.tenant();
    loop {
        let next = reader
            .row(
                "SELECT first_row, body FROM import_known WHERE tenant_id = $1 \
                 AND import_id = $2 AND first_row > $3 ORDER BY first_row LIMIT 1",
                args![tenant, import.import_id, after],
            )
            .await?;
        let Some(next) = next else { break };
        for (_, raw) in chunk::unpack(next.bytes(1)).unwrap_or_default() {
            line(&raw)?;
        }
        after = next.int(0);
    }
    out.flush().map_err(failed)?;
    Ok(out)
}
