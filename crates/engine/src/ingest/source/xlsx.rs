//! Reading a worksheet, cell by cell, on a thread of its own.
//!
//! The thread has two reasons. The cell reader borrows the workbook, so the two live on one stack
//! and rows come out through a channel, a few batches ahead at most. And should the library fail
//! on a file made to break it, the thread ends, and with it the file, not the process.

use std::io::{BufReader, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::record::{CellKind, Fault, Record};
use super::{COLUMNS_MAX, RECORD_BYTES_MAX, ReadSeek, SourceError, SourceOptions, guard};
use crate::ingest::date::{Epoch, from_serial};

const BATCH_ROWS: usize = 256;
const BATCHES_AHEAD: usize = 4;

/// What the thread sends; the last message is `End` or `Failed`.
enum Message {
    Opened { sheet: String },
    Rows(Vec<Record>),
    End,
    Failed(SourceError),
}

/// The rows of a sheet.
#[derive(Debug)]
pub(super) struct SheetReader {
    messages: Receiver<Message>,
    batch: std::vec::IntoIter<Record>,
    columns: usize,
    ended: bool,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Message::Opened { .. } => "Opened",
            Message::Rows(_) => "Rows",
            Message::End => "End",
            Message::Failed(_) => "Failed",
        })
    }
}

impl SheetReader {
    pub(super) fn open(
        mut input: Box<dyn ReadSeek>,
        options: &SourceOptions,
    ) -> Result<(SheetReader, String), SourceError> {
        input.seek(SeekFrom::Start(0)).map_err(SourceError::Read)?;
        guard::check(input.as_mut())?;
        input.seek(SeekFrom::Start(0)).map_err(SourceError::Read)?;

        let (sender, messages) = sync_channel(BATCHES_AHEAD);
        let wanted = options.sheet.clone();
        std::thread::Builder::new()
            .name("worksheet".to_owned())
            .spawn(move || {
                let last = match read_sheet(input, wanted.as_deref(), &sender) {
                    Ok(()) => Message::End,
                    Err(error) => Message::Failed(error),
                };
                // Nobody listens any more when the reader was dropped.
                let _ = sender.send(last);
            })
            .map_err(SourceError::Read)?;
        let mut reader =
            SheetReader { messages, batch: Vec::new().into_iter(), columns: 0, ended: false };
        match reader.receive()? {
            Message::Opened { sheet } => Ok((reader, sheet)),
            Message::Rows(_) | Message::End | Message::Failed(_) => Err(SourceError::Empty),
        }
    }

    /// Reads the header: the first row at or below the header row that has any text.
    pub(super) fn read_header(
        &mut self,
        header_row: u32,
    ) -> Result<(Record, Vec<String>), SourceError> {
        let mut header = Record::new();
        loop {
            if !self.next(&mut header)? {
                return Err(SourceError::NoHeader { row: u64::from(header_row) });
            }
            if header.row_number() >= u64::from(header_row) {
                break;
            }
        }
        match header.fault() {
            Some(Fault::WrongColumnCount { .. }) => return Err(SourceError::TooManyColumns),
            Some(_) => return Err(SourceError::HeaderTooLong { row: header.row_number() }),
            None => {}
        }
        let headings = super::headings(&header)?;
        self.columns = headings.len();
        Ok((header, headings))
    }

    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, SourceError> {
        loop {
            if let Some(row) = self.batch.next() {
                *record = row;
                self.fit(record);
                if record.is_blank() {
                    continue;
                }
                return Ok(true);
            }
            if self.ended {
                return Ok(false);
            }
            match self.receive()? {
                Message::Rows(rows) => self.batch = rows.into_iter(),
                Message::Opened { .. } => {}
                Message::End | Message::Failed(_) => self.ended = true,
            }
        }
    }

    /// A sheet has no end of row: what lies beyond the header is beside the table.
    fn fit(&self, record: &mut Record) {
        if self.columns == 0 {
            return;
        }
        if matches!(record.fault, Some(Fault::WrongColumnCount { .. })) {
            record.fault = None;
        }
        record.ends.truncate(self.columns);
        record.kinds.truncate(self.columns);
        record.text.truncate(record.ends.last().copied().unwrap_or(0));
        while record.ends.len() < self.columns {
            record.push("", CellKind::Text);
        }
        record.raw_from_cells(',');
    }

    fn receive(&mut self) -> Result<Message, SourceError> {
        match self.messages.recv() {
            Ok(Message::Failed(error)) => {
                self.ended = true;
                Err(error)
            }
            Ok(message) => Ok(message),
            Err(_) => {
                self.ended = true;
                Err(SourceError::Damaged { what: "its cells cannot be read".to_owned() })
            }
        }
    }
}

fn failed(error: XlsxError) -> SourceError {
    match error {
        XlsxError::Password => SourceError::Protected,
        other => SourceError::Damaged { what: other.to_string() },
    }
}

fn read_sheet(
    input: Box<dyn ReadSeek>,
    wanted: Option<&str>,
    sender: &SyncSender<Message>,
) -> Result<(), SourceError> {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(input)).map_err(failed)?;
    let sheet = choose_sheet(&workbook, wanted)?;
    let epoch = if workbook.has_1904_epoch() { Epoch::Y1904 } else { Epoch::Y1900 };
    let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(failed)?;
    if sender.send(Message::Opened { sheet }).is_err() {
        return Ok(());
    }
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    let mut row = SheetRow::new(0, epoch);
    while let Some(cell) = cells.next_cell().map_err(failed)? {
        let (line, column) = cell.get_position();
        let number = u64::from(line) + 1;
        if number != row.number {
            batch.extend(row.into_record());
            row = SheetRow::new(number, epoch);
            if batch.len() == BATCH_ROWS {
                let rows = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ROWS));
                if sender.send(Message::Rows(rows)).is_err() {
                    return Ok(());
                }
            }
        }
        row.set(column as usize, cell.get_value());
    }
    batch.extend(row.into_record());
    // An error here only says that nobody listens any more.
    let _ = sender.send(Message::Rows(batch));
    Ok(())
}

fn choose_sheet<R: std::io::Read + Seek>(
    workbook: &Xlsx<R>,
    wanted: Option<&str>,
) -> Result<String, SourceError> {
    let mut sheets = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .filter(|sheet| wanted.is_some() || sheet.visible == SheetVisible::Visible);
    let Some(wanted) = wanted else {
        return sheets.next().map(|sheet| sheet.name.clone()).ok_or(SourceError::NoVisibleSheet);
    };
    if let Some(sheet) = sheets.clone().find(|sheet| sheet.name == wanted) {
        return Ok(sheet.name.clone());
    }
    let names: Vec<String> = sheets.by_ref().map(|sheet| format!("`{}`", sheet.name)).collect();
    Err(SourceError::NoSheet { name: wanted.to_owned(), sheets: names.join(", ") })
}

/// The cells of the row that is being read.
struct SheetRow {
    number: u64,
    epoch: Epoch,
    cells: Vec<(String, CellKind)>,
    bytes: usize,
    too_wide: bool,
}

impl SheetRow {
    fn new(number: u64, epoch: Epoch) -> SheetRow {
        SheetRow { number, epoch, cells: Vec::new(), bytes: 0, too_wide: false }
    }

    fn set(&mut self, column: usize, value: &DataRef<'_>) {
        let Some(cell) = self.cell(value) else { return };
        if column >= COLUMNS_MAX {
            self.too_wide = true;
            return;
        }
        if self.bytes > RECORD_BYTES_MAX {
            return;
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, (String::new(), CellKind::Text));
        }
        self.bytes += cell.0.len();
        self.cells[column] = cell;
    }

    fn cell(&self, value: &DataRef<'_>) -> Option<(String, CellKind)> {
        Some(match value {
            DataRef::Empty => return None,
            DataRef::Int(number) => (number.to_string(), CellKind::Number),
            // The shortest decimal that reads back as this float: 1.1 and not
            // 1.100000000000000088817841970012523, which nobody typed.
            DataRef::Float(number) => (number.to_string(), CellKind::Number),
            DataRef::String(text) | DataRef::DurationIso(text) => (text.clone(), CellKind::Text),
            DataRef::SharedString(text) => ((*text).to_owned(), CellKind::Text),
            DataRef::Bool(true) => ("TRUE".to_owned(), CellKind::Boolean),
            DataRef::Bool(false) => ("FALSE".to_owned(), CellKind::Boolean),
            DataRef::DateTime(serial) => {
                let number = serial.as_f64().to_string();
                let at = serial.is_datetime().then(|| from_serial(&number, self.epoch)).flatten();
                match at {
                    Some(at) if at.time() == jiff::civil::Time::midnight() => {
                        (at.date().to_string(), CellKind::Date)
                    }
                    Some(at) => (at.to_string(), CellKind::Date),
                    None => (number, CellKind::Number),
                }
            }
            DataRef::DateTimeIso(text) => (text.clone(), CellKind::Date),
            DataRef::Error(error) => (error.to_string(), CellKind::Error),
        })
    }

    fn into_record(self) -> Option<Record> {
        if self.cells.is_empty() && !self.too_wide {
            return None;
        }
        let mut record = Record { row_number: self.number, epoch: self.epoch, ..Record::new() };
        for (text, kind) in &self.cells {
            record.push(text, *kind);
        }
        if self.bytes > RECORD_BYTES_MAX {
            record.fault = Some(Fault::RowTooLong { lines: 1 });
        } else if self.too_wide {
            record.fault =
                Some(Fault::WrongColumnCount { found: COLUMNS_MAX + 1, expected: COLUMNS_MAX });
        } else if record.text.contains('\0') {
            record.fault = Some(Fault::BadEncoding);
        }
        Some(record)
    }
}
