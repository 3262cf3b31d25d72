//! Splitting text into records, in buffers whose size does not depend on the input.

use std::io::Read;

use csv_core::ReadRecordResult;

use super::detect::{self, Delimiter};
use super::record::{Fault, Record};
use super::text::TextStream;
use super::{COLUMNS_MAX, HEADING_BYTES_MAX, RECORD_BYTES_MAX, SourceError, SourceOptions};

/// What is kept of a record that is too long.
const HEAD_BYTES: usize = 1_000;
/// Lines above the header may have so much in all.
const PREAMBLE_BYTES_MAX: usize = 256 << 10;

pub(super) struct CsvReader {
    text: TextStream,
    splitter: csv_core::Reader,
    delimiter: Delimiter,
    /// Decoded text; `window[at..]` is not yet split.
    window: Vec<u8>,
    at: usize,
    /// Where `window` starts in all that was decoded.
    offset: u64,
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// The line that `window[at]` belongs to.
    line: u64,
    /// The byte before `window[at]` was a CR, so an LF there belongs to the same line end.
    after_cr: bool,
    /// Columns of the header that have a heading; 0 before it was read.
    columns: usize,
    /// Columns of the header, with those at its end that have none.
    width: usize,
}

impl std::fmt::Debug for CsvReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvReader").field("line", &self.line).finish_non_exhaustive()
    }
}

/// Where the splitter is in the record it is reading.
struct Progress {
    /// The record starts at `window[start]` and was split up to `window[at]`.
    start: usize,
    at: usize,
    filled: usize,
    found: usize,
    /// Cells that no longer fit into `ends`.
    surplus: usize,
    /// The head of a record that is too long; what follows is dropped.
    head: Option<String>,
    lines: u64,
    /// The last byte of what was dropped.
    last: Option<u8>,
    after_cr: bool,
    unclosed: bool,
}

impl CsvReader {
    /// Opens a text whose first bytes were already read; gives the lines above the header too.
    pub(super) fn open(
        sample: Vec<u8>,
        input: Box<dyn Read + Send>,
        options: &SourceOptions,
    ) -> Result<(CsvReader, Vec<String>), SourceError> {
        let text = TextStream::new(sample, input, options.encoding.as_deref())?;
        let mut reader = CsvReader {
            text,
            splitter: detect::splitter(Delimiter::Comma, options.quotes),
            delimiter: Delimiter::Comma,
            window: Vec::new(),
            at: 0,
            offset: 0,
            cells: vec![0; 16 << 10],
            ends: vec![0; COLUMNS_MAX + 1],
            line: 1,
            after_cr: false,
            columns: 0,
            width: 0,
        };
        let mut preamble = Vec::new();
        let named = reader.separator_line()?;
        if let Some((line, _)) = &named {
            preamble.push(line.clone());
        }
        reader.skip_lines(u64::from(options.header_row), &mut preamble)?;
        let named = named.map(|(_, delimiter)| delimiter);
        reader.delimiter = options
            .delimiter
            .or(named)
            .unwrap_or_else(|| detect::delimiter(&reader.window[reader.at..], options.quotes));
        reader.splitter = detect::splitter(reader.delimiter, options.quotes);
        Ok((reader, preamble))
    }

    pub(super) fn encoding(&self) -> &'static str {
        self.text.encoding()
    }

    pub(super) fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.text.bytes_read()
    }

    /// What the buffers hold, whatever the input.
    #[cfg(test)]
    pub(super) fn buffered_bytes(&self) -> usize {
        self.window.capacity() + self.cells.capacity() + self.ends.capacity() * 8
    }

    /// Reads the header: the first record at or after the header row.
    pub(super) fn read_header(&mut self) -> Result<(Record, Vec<String>), SourceError> {
        let mut header = Record::new();
        if !self.next(&mut header)? {
            return Err(SourceError::NoHeader { row: self.line });
        }
        let row = header.row_number();
        match header.fault() {
            Some(Fault::RowTooLong { .. }) => return Err(SourceError::HeaderTooLong { row }),
            Some(Fault::BadEncoding) => {
                return Err(SourceError::HeaderEncoding { row, encoding: self.encoding() });
            }
            Some(Fault::UnclosedQuote { .. }) => return Err(SourceError::HeaderQuote),
            Some(Fault::WrongColumnCount { .. }) => return Err(SourceError::TooManyColumns),
            None => {}
        }
        if header.raw().len() > COLUMNS_MAX * HEADING_BYTES_MAX {
            return Err(SourceError::HeaderTooLong { row });
        }
        let headings = super::headings(&header)?;
        self.columns = headings.len();
        self.width = header.len();
        Ok((header, headings))
    }

    /// Reads the next record that says anything.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, SourceError> {
        loop {
            if !self.pass_line_ends()? {
                return Ok(false);
            }
            self.read_record(record)?;
            if !record.is_blank() {
                return Ok(true);
            }
        }
    }

    /// Moves to the first byte that is no line end; `false` at the end of the text.
    fn pass_line_ends(&mut self) -> Result<bool, SourceError> {
        loop {
            while let Some(&byte) = self.window.get(self.at) {
                match byte {
                    b'\n' if self.after_cr => self.after_cr = false,
                    b'\n' => self.line += 1,
                    b'\r' => {
                        self.line += 1;
                        self.after_cr = true;
                    }
                    _ => {
                        self.after_cr = false;
                        return Ok(true);
                    }
                }
                self.at += 1;
            }
            if !self.fill(self.at)? {
                return Ok(false);
            }
            self.at = 0;
        }
    }

    /// Drops what lies before `keep` and reads more; `window[keep]` becomes `window[0]`.
    fn fill(&mut self, keep: usize) -> Result<bool, SourceError> {
        self.window.drain(..keep);
        self.offset += keep as u64;
        self.text.fill(&mut self.window)
    }

    fn read_record(&mut self, record: &mut Record) -> Result<(), SourceError> {
        record.clear(self.line);
        let mut progress = Progress {
            start: self.at,
            at: self.at,
            filled: 0,
            found: 0,
            surplus: 0,
            head: None,
            lines: 0,
            last: None,
            after_cr: false,
            unclosed: false,
        };
        while !self.split(&mut progress)? {}
        self.at = progress.at;
        self.finish(record, progress);
        Ok(())
    }

    /// Splits on until the record or the window ends; `true` when it is the record.
    fn split(&mut self, progress: &mut Progress) -> Result<bool, SourceError> {
        if progress.at == self.window.len() {
            self.drop_what_is_too_long(progress);
            let scanned = progress.at - progress.start;
            let more = self.fill(progress.start)?;
            progress.start = 0;
            progress.at = scanned;
            if !more {
                self.split_end(progress);
                return Ok(true);
            }
        }
        let (result, read, filled, found) = self.splitter.read_record(
            &self.window[progress.at..],
            &mut self.cells[progress.filled..],
            &mut self.ends[progress.found..],
        );
        progress.at += read;
        progress.filled += filled;
        progress.found += found;
        match result {
            ReadRecordResult::Record => {
                if progress.at - progress.start > RECORD_BYTES_MAX {
                    self.drop_what_is_too_long(progress);
                }
                return Ok(true);
            }
            ReadRecordResult::OutputFull if progress.head.is_some() => progress.filled = 0,
            ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => {
                progress.surplus += progress.found;
                progress.found = 0;
            }
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
        }
        Ok(false)
    }

    /// The text ends without a line end, or within quotation marks.
    fn split_end(&mut self, progress: &mut Progress) {
        let room = progress.filled + 2;
        if self.cells.len() < room {
            self.cells.resize(room, 0);
        }
        // An LF ends a record, but not within quotation marks.
        for input in [&b"\n"[..], &b""[..], &b""[..]] {
            let (result, _, filled, found) = self.splitter.read_record(
                input,
                &mut self.cells[progress.filled..],
                &mut self.ends[progress.found..],
            );
            progress.filled += filled;
            progress.found += found;
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::OutputEndsFull => {
                    progress.surplus += progress.found;
                    progress.found = 0;
                }
                _ => progress.unclosed = true,
            }
        }
        // The LF above became text.
        if progress.unclosed && progress.filled > 0 && progress.found > 0 {
            progress.filled -= 1;
            self.ends[progress.found - 1] = self.ends[progress.found - 1].saturating_sub(1);
        }
    }

    /// Keeps the head of a record beyond the limit and lets go of the rest.
    fn drop_what_is_too_long(&mut self, progress: &mut Progress) {
        let seen = &self.window[progress.start..progress.at];
        if progress.head.is_none() {
            if seen.len() <= RECORD_BYTES_MAX {
                return;
            }
            let head = String::from_utf8_lossy(&seen[..HEAD_BYTES.min(seen.len())]);
            progress.head = Some(head.trim_end_matches('\u{FFFD}').to_owned());
        }
        progress.last = seen.last().copied().or(progress.last);
        progress.lines += line_ends(seen, &mut progress.after_cr);
        self.text.had_bad_before(self.offset + progress.at as u64);
        progress.start = progress.at;
        progress.filled = 0;
    }

    /// Fills the record from what was split.
    fn finish(&mut self, record: &mut Record, mut progress: Progress) {
        let seen = &self.window[progress.start..progress.at];
        let end_byte = matches!(seen.last(), Some(b'\n' | b'\r')) && !progress.unclosed;
        let body = &seen[..seen.len() - usize::from(end_byte)];
        let ended = progress.lines + line_ends(seen, &mut progress.after_cr);
        let last = seen.last().copied().or(progress.last);
        let lines = ended + u64::from(!matches!(last, Some(b'\n' | b'\r')));
        self.line += ended;
        self.after_cr = progress.after_cr;
        let bad = self.text.had_bad_before(self.offset + progress.at as u64);

        if let Some(head) = progress.head {
            record.raw = head;
            record.fault = Some(Fault::RowTooLong { lines });
            return;
        }
        record.raw.push_str(utf8(body));
        record.text.push_str(utf8(&self.cells[..progress.filled]));
        if progress.surplus == 0 {
            record.ends.extend_from_slice(&self.ends[..progress.found]);
        }
        let found = progress.surplus + progress.found;
        record.fault = if progress.unclosed {
            Some(Fault::UnclosedQuote { lines })
        } else if bad || record.text.as_bytes().contains(&0) {
            Some(Fault::BadEncoding)
        } else if found > COLUMNS_MAX {
            Some(Fault::WrongColumnCount { found, expected: self.columns })
        } else {
            column_fault(record, self.columns, self.width)
        };
    }

    /// Spreadsheet programs read `sep=;` in a first line; the delimiter is what it names.
    fn separator_line(&mut self) -> Result<Option<(String, Delimiter)>, SourceError> {
        while self.window.len() < 8 && self.fill(0)? {}
        let Some(rest) = self.window.strip_prefix(b"sep=") else { return Ok(None) };
        let [byte, b'\r' | b'\n', ..] = rest else { return Ok(None) };
        let Some(delimiter) = Delimiter::ALL.into_iter().find(|known| known.byte() == *byte) else {
            return Ok(None);
        };
        self.at = 5;
        Ok(self.pass_line_ends()?.then(|| (format!("sep={}", delimiter.char()), delimiter)))
    }

    /// Passes the lines before `row` and keeps them. Reads ahead enough to detect a delimiter.
    fn skip_lines(&mut self, row: u64, kept: &mut Vec<String>) -> Result<(), SourceError> {
        let mut kept_bytes = 0;
        while self.line < row {
            let line_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let Some(length) = self.window[self.at..].iter().position(line_end) else {
                if self.window.len() - self.at > PREAMBLE_BYTES_MAX {
                    return Err(SourceError::HeaderTooLong { row: self.line });
                }
                if !self.fill(self.at)? {
                    return Err(SourceError::NoHeader { row });
                }
                self.at = 0;
                continue;
            };
            let line = utf8(&self.window[self.at..self.at + length]).to_owned();
            kept_bytes += line.len();
            if kept_bytes > PREAMBLE_BYTES_MAX {
                return Err(SourceError::HeaderTooLong { row: self.line });
            }
            kept.push(line);
            self.at += length;
            self.pass_one_line_end()?;
        }
        let position = self.offset + self.at as u64;
        self.text.had_bad_before(position);
        if self.window.len() == self.at {
            self.fill(self.at)?;
            self.at = 0;
        }
        Ok(())
    }

    /// Passes one line end, of two bytes if it has two.
    fn pass_one_line_end(&mut self) -> Result<(), SourceError> {
        let cr = self.window[self.at] == b'\r';
        self.at += 1;
        self.line += 1;
        if self.at == self.window.len() {
            self.fill(self.at)?;
            self.at = 0;
        }
        if cr && self.window.get(self.at) == Some(&b'\n') {
            self.at += 1;
        }
        Ok(())
    }
}

/// A row has as many cells as the header; empty ones more do no harm.
fn column_fault(record: &Record, columns: usize, width: usize) -> Option<Fault> {
    let found = record.len();
    let surplus = |index: usize| !record.cell(index).is_empty();
    if columns == 0 || (columns <= found && !(width..found).any(surplus)) {
        return None;
    }
    Some(Fault::WrongColumnCount { found, expected: columns })
}

/// Counts line ends, a CR LF being one; `after_cr` is carried from piece to piece.
fn line_ends(bytes: &[u8], after_cr: &mut bool) -> u64 {
    if bytes.is_empty() {
        return 0;
    }
    let mut count = 0;
    if bytes.contains(&b'\r') || *after_cr {
        for &byte in bytes {
            count += u64::from(byte == b'\r' || (byte == b'\n' && !*after_cr));
            *after_cr = byte == b'\r';
        }
    } else {
        count = bytes.iter().map(|&byte| u64::from(byte == b'\n')).sum();
        *after_cr = false;
    }
    count
}

/// The decoder writes UTF-8 only, and it is cut only at ASCII characters.
fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("decoded text cut at ASCII characters is UTF-8")
}
