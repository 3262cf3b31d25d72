//! Rows of a source shown again: in an explanation, and as the file of what was refused.

use std::io::{Cursor, Write};

use super::store;
use super::{ImportError, ImportRow, Origin, chunk};
use crate::db::{DbError, Reader};
use crate::ingest::mapping::Mapping;
use crate::ingest::rejection::{Language, Reason};
use crate::ingest::rejects::{RejectsWriter, Shape};
use crate::ingest::source::{self, Delimiter, Record, SourceOptions};

/// A row as it stood in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    pub import: ImportRow,
    pub row: i64,
    /// The headings of its file; none for a row that came through the API.
    pub headers: Vec<String>,
    /// As it stood, without its line end. A row of a sheet is written as CSV.
    pub raw: String,
    /// Its cells; none for a row that came through the API.
    pub cells: Vec<String>,
}

/// A row of an import, accepted or refused.
pub async fn source_row(
    reader: &mut Reader,
    import_id: i64,
    row: i64,
) -> Result<Option<SourceRow>, DbError> {
    let Some(import) = store::by_number(reader, import_id).await? else { return Ok(None) };
    let chunk = store::chunk_of(reader, import_id, row).await?;
    let rows = chunk.and_then(|body| chunk::unpack(&body)).unwrap_or_default();
    let raw = match rows.into_iter().find(|(number, _)| *number == row) {
        Some((_, raw)) => Some(raw),
        None => store::rejection(reader, import_id, row).await?.map(|rejected| rejected.raw),
    };
    Ok(raw.map(|raw| {
        let cells = match import.origin {
            Origin::Api => Vec::new(),
            _ => cells(&raw, &options(&import)),
        };
        SourceRow { row, headers: import.headers.clone(), raw, cells, import }
    }))
}

/// The refused rows in the shape they came in, with a column that says why. Ready to be corrected
/// and imported with the same mapping.
pub async fn write_rejects<W: Write>(
    reader: &mut Reader,
    import: &ImportRow,
    out: W,
    language: Language,
) -> Result<W, ImportError> {
    const ROWS_AT_ONCE: i64 = 1_000;
    let failed = |source| ImportError::Write { name: import.name.clone(), source };
    let options = options(import);
    let shape = shape(reader, import, &options).await?;
    let columns = shape.columns;
    let mut writer = RejectsWriter::new(out, shape, language).map_err(failed)?;
    let mut after = 0;
    loop {
        let rejected = store::rejections(reader, import.import_id, after, ROWS_AT_ONCE).await?;
        for row in &rejected {
            // Only a row with too few cells is filled up; to count them is dear.
            let found = match row.rejection.reason {
                Reason::WrongColumnCount
                | Reason::RowTooLong
                | Reason::UnclosedQuote
                | Reason::BadEncoding => cells(&row.raw, &options).len(),
                _ => columns,
            };
            writer.write_raw(&row.raw, found, &row.rejection).map_err(failed)?;
        }
        match rejected.last() {
            Some(last) => after = i64::try_from(last.rejection.row).unwrap_or(i64::MAX),
            None => return writer.finish().map_err(failed),
        }
    }
}

async fn shape(
    reader: &mut Reader,
    import: &ImportRow,
    options: &SourceOptions,
) -> Result<Shape, DbError> {
    let mut preamble = head(reader, import).await?;
    let header = preamble.pop().unwrap_or_default();
    Ok(Shape {
        delimiter: options.delimiter.unwrap_or(Delimiter::Comma),
        columns: cells(&header, options).len(),
        header,
        preamble,
    })
}

/// The lines above the header, and last the header.
pub(super) async fn head(reader: &mut Reader, import: &ImportRow) -> Result<Vec<String>, DbError> {
    let head = store::chunk_of(reader, import.import_id, store::HEAD).await?;
    let head = head.and_then(|body| chunk::unpack(&body)).unwrap_or_default();
    Ok(head.into_iter().map(|(_, line)| line).collect())
}

/// How the raw rows of an import are split.
fn options(import: &ImportRow) -> SourceOptions {
    let mapping = Mapping::parse(&import.mapping).ok();
    SourceOptions {
        encoding: Some("utf-8".to_owned()),
        delimiter: import
            .delimiter
            .as_deref()
            .and_then(Delimiter::parse)
            .or(Some(Delimiter::Comma)),
        quotes: mapping.is_none_or(|mapping| mapping.source.quotes),
        sheet: None,
        header_row: 1,
    }
}

/// The cells of one row, split as its file was.
fn cells(raw: &str, options: &SourceOptions) -> Vec<String> {
    let text = format!("row\n{raw}");
    let input = Box::new(Cursor::new(text.into_bytes()));
    let Ok(mut rows) = source::Reader::open(input, options) else { return Vec::new() };
    let mut record = Record::new();
    match rows.next(&mut record) {
        Ok(true) => record.cells().map(str::to_owned).collect(),
        Ok(false) | Err(_) => Vec::new(),
    }
}
