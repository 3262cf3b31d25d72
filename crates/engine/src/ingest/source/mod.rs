//! Sources: a stream of bytes becomes a header and records.
//!
//! CSV and XLSX are told apart by their content, never by a name. CSV is read as a stream through
//! a decoder and a splitter with fixed buffers; a worksheet is read cell by cell on a thread of its
//! own. [`Reader::next`] fills one reused [`Record`].
//!
//! # Invariants
//!
//! * Memory is bounded whatever the input: see the limits below.
//! * What cannot be decoded or split is a [`Fault`] of its record, which still stands in the file's
//!   order and with its row number; only what makes the whole file unreadable is a [`SourceError`].
//! * Rows count as a person sees them: lines of a text, rows of a sheet, the first being 1.

use std::io::{self, Cursor, Read, Seek};

use thiserror::Error;

mod csv;
mod detect;
mod guard;
mod record;
mod text;
mod xlsx;

pub use detect::Delimiter;
pub use record::{CellKind, Fault, Record};

pub(super) use record::push_quoted;

/// A longer record is skipped to its end and rejected.
pub const RECORD_BYTES_MAX: usize = 1 << 20;
/// More columns in the header are an error of the file.
pub const COLUMNS_MAX: usize = 1_000;
/// A longer heading is an error of the file.
pub const HEADING_BYTES_MAX: usize = 1_000;
/// The header stands in one of the first rows.
pub const HEADER_ROW_MAX: u32 = 100;
/// What is looked at to detect encoding and delimiter.
pub const SAMPLE_BYTES: usize = 64 << 10;
/// A workbook that comes as a stream is held in memory up to this size.
pub const STREAMED_WORKBOOK_BYTES_MAX: usize = 64 << 20;

/// What a mapping says about the file itself; what it leaves open is detected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOptions {
    /// A label such as `utf-8`, `cp932`, `utf-16le`. A byte order mark in the file beats it.
    pub encoding: Option<String>,
    pub delimiter: Option<Delimiter>,
    /// `false`: a quotation mark is an ordinary character.
    pub quotes: bool,
    /// The name of a sheet; by default the first visible one.
    pub sheet: Option<String>,
    /// The row with the headings; rows above it are skipped. From 1 to [`HEADER_ROW_MAX`].
    pub header_row: u32,
}

impl Default for SourceOptions {
    fn default() -> SourceOptions {
        SourceOptions { encoding: None, delimiter: None, quotes: true, sheet: None, header_row: 1 }
    }
}

/// What a source turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Text { encoding: &'static str, delimiter: Delimiter, quotes: bool },
    Workbook { sheet: String },
}

/// Why a file as a whole cannot be read.
#[derive(Debug, Error)]
pub enum SourceError {
    #[error("cannot read the file")]
    Read(#[source] io::Error),
    #[error("the file is empty")]
    Empty,
    #[error("there are no headings in row {row}; say in the mapping which `header` row has them")]
    NoHeader { row: u64 },
    #[error("the header has more than {COLUMNS_MAX} columns; keep only those you need")]
    TooManyColumns,
    #[error(
        "the header row is longer than {HEADING_BYTES_MAX} bytes a heading; is row {row} really \
         the header? the mapping's `header` says which one it is"
    )]
    HeaderTooLong { row: u64 },
    #[error(
        "the header in row {row} cannot be decoded as {encoding}; set `encoding` in the mapping"
    )]
    HeaderEncoding { row: u64, encoding: &'static str },
    #[error("the quotation mark opened in the header never closes")]
    HeaderQuote,
    #[error("`header` is {row}, but must be a row from 1 to {HEADER_ROW_MAX}")]
    HeaderRow { row: u32 },
    #[error("unknown encoding `{label}`; write `utf-8`, `utf-16le`, `utf-16be` or `cp932`")]
    UnknownEncoding { label: String },
    #[error(
        "the mapping says that the file is in {declared}, but it is in UTF-8; take `encoding` out \
         of the mapping, or save the file in {declared}"
    )]
    OtherEncoding { declared: &'static str },
    #[error("the file is in UTF-32, which is not read; save it as UTF-8")]
    Utf32,
    #[error("this is {what}; save it as .xlsx or as CSV")]
    OtherFormat { what: &'static str },
    #[error("the workbook has a password; save it without one")]
    Protected,
    #[error("the workbook is damaged or cut off ({what}); export it again")]
    Damaged { what: String },
    #[error("the workbook is refused: {what}; save the sheet as CSV")]
    Oversized { what: String },
    #[error("there is no sheet `{name}`; the workbook has {sheets}")]
    NoSheet { name: String, sheets: String },
    #[error("the workbook has no visible sheet")]
    NoVisibleSheet,
    #[error(
        "{cells} cells hold a formula without its result; open the workbook in a spreadsheet \
         program and save it, so that the results are stored"
    )]
    NotCalculated { cells: u64 },
}

/// What a file offers beyond a stream; a workbook's directory stands at its end.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// Reads records from a file or stream.
#[derive(Debug)]
pub struct Reader {
    rows: Rows,
    headers: Vec<String>,
    format: Format,
    header: Record,
    preamble: Vec<String>,
}

#[derive(Debug)]
enum Rows {
    Csv(Box<csv::CsvReader>),
    Xlsx(xlsx::SheetReader),
}

impl Reader {
    /// Opens a stream. A workbook is held in memory, up to [`STREAMED_WORKBOOK_BYTES_MAX`]; give a
    /// file to [`Reader::open_seekable`] instead where there is one.
    pub fn open(
        mut input: Box<dyn Read + Send>,
        options: &SourceOptions,
    ) -> Result<Reader, SourceError> {
        check_options(options)?;
        let sample = read_sample(input.as_mut())?;
        match detect::container(&sample)? {
            detect::Container::Text => Reader::open_text(sample, input, options),
            detect::Container::Zip => {
                let mut bytes = sample;
                let rest = STREAMED_WORKBOOK_BYTES_MAX.saturating_sub(bytes.len()) as u64;
                input.take(rest + 1).read_to_end(&mut bytes).map_err(SourceError::Read)?;
                if bytes.len() > STREAMED_WORKBOOK_BYTES_MAX {
                    let what = format!("it has more than {STREAMED_WORKBOOK_BYTES_MAX} bytes");
                    return Err(SourceError::Oversized { what });
                }
                Reader::open_workbook(Box::new(Cursor::new(bytes)), options)
            }
        }
    }

    /// Opens a file, which is never held in memory.
    pub fn open_seekable(
        mut input: Box<dyn ReadSeek>,
        options: &SourceOptions,
    ) -> Result<Reader, SourceError> {
        check_options(options)?;
        let sample = read_sample(&mut input)?;
        match detect::container(&sample)? {
            detect::Container::Text => Reader::open_text(sample, Box::new(input), options),
            detect::Container::Zip => Reader::open_workbook(input, options),
        }
    }

    fn open_text(
        sample: Vec<u8>,
        input: Box<dyn Read + Send>,
        options: &SourceOptions,
    ) -> Result<Reader, SourceError> {
        let (mut rows, preamble) = csv::CsvReader::open(sample, input, options)?;
        let (header, headers) = rows.read_header()?;
        let format = Format::Text {
            encoding: rows.encoding(),
            delimiter: rows.delimiter(),
            quotes: options.quotes,
        };
        Ok(Reader { rows: Rows::Csv(Box::new(rows)), headers, format, header, preamble })
    }

    fn open_workbook(
        input: Box<dyn ReadSeek>,
        options: &SourceOptions,
    ) -> Result<Reader, SourceError> {
        let (mut rows, sheet) = xlsx::SheetReader::open(input, options)?;
        let (header, headers) = rows.read_header(options.header_row)?;
        let format = Format::Workbook { sheet };
        Ok(Reader { rows: Rows::Xlsx(rows), headers, format, header, preamble: Vec::new() })
    }

    /// The headings, trimmed, as written.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The header as a record, with its raw text and row number.
    pub fn header(&self) -> &Record {
        &self.header
    }

    /// The lines above the header, as they came.
    pub fn preamble(&self) -> &[String] {
        &self.preamble
    }

    pub fn format(&self) -> &Format {
        &self.format
    }

    /// How far reading has come in a text, for a progress bar; `None` for a workbook.
    pub fn bytes_read(&self) -> Option<u64> {
        match &self.rows {
            Rows::Csv(rows) => Some(rows.bytes_read()),
            Rows::Xlsx(_) => None,
        }
    }

    /// Reads the next record into `record`; `false` at the end. Rows without any text are passed
    /// over: they are no rows.
    pub fn next(&mut self, record: &mut Record) -> Result<bool, SourceError> {
        match &mut self.rows {
            Rows::Csv(rows) => rows.next(record),
            Rows::Xlsx(rows) => rows.next(record),
        }
    }
}

/// Whether an encoding has this label.
pub fn encoding_is_known(label: &str) -> bool {
    detect::by_label(label).is_some()
}

fn check_options(options: &SourceOptions) -> Result<(), SourceError> {
    if (1..=HEADER_ROW_MAX).contains(&options.header_row) {
        Ok(())
    } else {
        Err(SourceError::HeaderRow { row: options.header_row })
    }
}

fn read_sample(input: &mut dyn Read) -> Result<Vec<u8>, SourceError> {
    let mut sample = Vec::with_capacity(SAMPLE_BYTES);
    input.take(SAMPLE_BYTES as u64).read_to_end(&mut sample).map_err(SourceError::Read)?;
    if sample.is_empty() {
        return Err(SourceError::Empty);
    }
    Ok(sample)
}

/// Trims headings and checks their number and size.
fn headings(header: &Record) -> Result<Vec<String>, SourceError> {
    let row = header.row_number();
    let mut headings: Vec<String> = header.cells().map(|cell| cell.trim().to_owned()).collect();
    while headings.last().is_some_and(String::is_empty) {
        headings.pop();
    }
    if headings.is_empty() {
        return Err(SourceError::NoHeader { row });
    }
    if headings.len() > COLUMNS_MAX {
        return Err(SourceError::TooManyColumns);
    }
    if headings.iter().any(|heading| heading.len() > HEADING_BYTES_MAX) {
        return Err(SourceError::HeaderTooLong { row });
    }
    Ok(headings)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod xlsx_tests;
