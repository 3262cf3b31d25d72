//! The rejected rows as a file: the shape they came in, plus a column that says why.
//!
//! Rows, delimiter, header and the lines above it are written as they came, so that the corrected
//! file is read by the same mapping; the column of reasons comes last and is ignored when it comes
//! back. The text is UTF-8 with a byte order mark, which spreadsheet programs need to see and which
//! beats the encoding a mapping declares. The rows of a workbook come back as CSV.

use std::io::{self, Write};

use super::mapping::REASON_HEADING;
use super::rejection::{Language, Reason, Rejection};
use super::source::{Delimiter, Format, Reader, Record, push_quoted};

/// What of a source is needed to write its rejected rows back, here or much later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub delimiter: Delimiter,
    /// Columns of the header, so that the reason stands under its heading.
    pub columns: usize,
    /// The header as it came.
    pub header: String,
    /// The lines above it.
    pub preamble: Vec<String>,
}

impl Shape {
    pub fn of(reader: &Reader) -> Shape {
        let delimiter = match reader.format() {
            Format::Text { delimiter, .. } => *delimiter,
            Format::Workbook { .. } => Delimiter::Comma,
        };
        Shape {
            delimiter,
            columns: reader.header().len(),
            header: reader.header().raw().to_owned(),
            preamble: reader.preamble().to_vec(),
        }
    }
}

/// Writes rejected rows.
#[derive(Debug)]
pub struct RejectsWriter<W: Write> {
    out: W,
    shape: Shape,
    language: Language,
}

impl<W: Write> RejectsWriter<W> {
    /// Starts the file.
    pub fn new(mut out: W, shape: Shape, language: Language) -> io::Result<RejectsWriter<W>> {
        out.write_all("\u{FEFF}".as_bytes())?;
        for line in &shape.preamble {
            out.write_all(line.as_bytes())?;
            out.write_all(b"\r\n")?;
        }
        let mut line = shape.header.clone();
        line.push(shape.delimiter.char());
        line.push_str(REASON_HEADING);
        line.push_str("\r\n");
        out.write_all(line.as_bytes())?;
        Ok(RejectsWriter { out, shape, language })
    }

    /// Writes a row that was just read.
    pub fn write(&mut self, record: &Record, rejection: &Rejection) -> io::Result<()> {
        self.write_raw(record.raw(), record.len(), rejection)
    }

    /// Writes a row from its raw text and the number of its cells.
    pub fn write_raw(&mut self, raw: &str, cells: usize, rejection: &Rejection) -> io::Result<()> {
        let delimiter = self.shape.delimiter.char();
        let mut line = String::with_capacity(raw.len() + 200);
        line.push_str(raw);
        if closes_nowhere(raw, rejection.reason) {
            // Otherwise the reason, and all rows after it, would belong to the open cell.
            line.push('"');
        }
        for _ in cells..self.shape.columns {
            line.push(delimiter);
        }
        line.push(delimiter);
        let sentence = rejection.sentence(self.language);
        let reason = format!("{}: {sentence}", rejection.reason.code());
        push_quoted(&mut line, &reason, delimiter);
        line.push_str("\r\n");
        self.out.write_all(line.as_bytes())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Whether a row ends within quotation marks. The head of a row that is too long may too.
fn closes_nowhere(raw: &str, reason: Reason) -> bool {
    match reason {
        Reason::UnclosedQuote => true,
        Reason::RowTooLong => raw.matches('"').count() % 2 == 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
