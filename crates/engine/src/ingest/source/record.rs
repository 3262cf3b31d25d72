//! A record: the cells of one row, its raw text, its number, and what is wrong with it.

use crate::ingest::date::Epoch;

/// What a cell held in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Text as written; every cell of a CSV.
    Text,
    /// A number of a spreadsheet. Spreadsheets store binary floats: the text is the shortest one
    /// that reads back as the same float, which is what a person typed and sees.
    Number,
    /// A date of a spreadsheet, written out as `2026-04-01` or `2026-04-01T09:30:00`.
    Date,
    /// `TRUE` or `FALSE`.
    Boolean,
    /// An error value such as `#N/A`.
    Error,
}

/// What makes a record as a whole unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Bytes that mean nothing in the file's encoding, or a NUL. They stand as U+FFFD in the text.
    BadEncoding,
    /// Longer than the limit, over so many lines; only its head was kept.
    RowTooLong { lines: u64 },
    /// A quotation mark opens and the file ends, so many lines on, before it closes.
    UnclosedQuote { lines: u64 },
    /// More or fewer cells than the header.
    WrongColumnCount { found: usize, expected: usize },
}

/// One row, reused from row to row.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub(super) row_number: u64,
    /// All cells, one after the other.
    pub(super) text: String,
    /// INVARIANT: ascending, at boundaries of characters of `text`.
    pub(super) ends: Vec<usize>,
    /// One for each cell, or empty if all are text.
    pub(super) kinds: Vec<CellKind>,
    pub(super) raw: String,
    pub(super) fault: Option<Fault>,
    pub(super) epoch: Epoch,
}

impl Record {
    pub fn new() -> Record {
        Record::default()
    }

    /// A record of these cells, as a request to the API or a form gives them.
    pub fn of_cells<'a>(row_number: u64, cells: impl IntoIterator<Item = &'a str>) -> Record {
        let mut record = Record { row_number, ..Record::default() };
        for cell in cells {
            record.push(cell, CellKind::Text);
        }
        record.raw_from_cells(',');
        record
    }

    /// The row in the file, the first being 1; of a record over several lines the first of them.
    pub fn row_number(&self) -> u64 {
        self.row_number
    }

    /// The row as it stood in the file, decoded, without its line end. A row of a sheet is written
    /// as CSV.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How the source counts the days of serial dates.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The text of a cell; of a cell beyond the last, nothing.
    pub fn cell(&self, index: usize) -> &str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    pub fn kind(&self, index: usize) -> CellKind {
        self.kinds.get(index).copied().unwrap_or(CellKind::Text)
    }

    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.cell(index))
    }

    pub(super) fn clear(&mut self, row_number: u64) {
        self.row_number = row_number;
        self.text.clear();
        self.ends.clear();
        self.kinds.clear();
        self.raw.clear();
        self.fault = None;
    }

    pub(super) fn push(&mut self, cell: &str, kind: CellKind) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
        self.kinds.push(kind);
    }

    /// Whether no cell says anything.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.fault, None | Some(Fault::WrongColumnCount { .. }))
            && !self.ends.is_empty()
            && self.text.trim().is_empty()
    }

    /// Writes the raw text that the cells would have in a CSV.
    pub(super) fn raw_from_cells(&mut self, delimiter: char) {
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        for (index, cell) in self.cells().enumerate() {
            if index > 0 {
                raw.push(delimiter);
            }
            push_quoted(&mut raw, cell, delimiter);
        }
        self.raw = raw;
    }
}

/// Writes a cell of a CSV, in quotation marks where it needs them.
pub(in crate::ingest) fn push_quoted(line: &mut String, cell: &str, delimiter: char) {
    let plain = |c: char| c != delimiter && c != '"' && c != '\n' && c != '\r';
    if cell.chars().all(plain) {
        line.push_str(cell);
        return;
    }
    line.push('"');
    for c in cell.chars() {
        if c == '"' {
            line.push('"');
        }
        line.push(c);
    }
    line.push('"');
}
