//! Looks through a workbook before it is opened.
//!
//! A workbook is a ZIP of XML. Whoever reads one holds its shared texts and styles in memory and
//! reads each XML element into a buffer, so a small file can be made to fill any memory. Here each
//! part is unpacked once, without keeping it, and what would take too much is refused. The same
//! pass finds a file that is cut off or damaged anywhere, before a single row was taken from it.

use std::io::{BufReader, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{RECORD_BYTES_MAX, ReadSeek, SourceError};

/// All parts unpacked.
const UNPACKED_BYTES_MAX: u64 = 2 << 30;
/// A part larger than this must not be packed tighter than [`RATIO_MAX`].
const RATIO_FREE_BYTES: u64 = 16 << 20;
/// Real sheets are packed 10 to 50 times; what a bomb is made of, 300 to 1,000 times.
const RATIO_MAX: u64 = 200;
/// Parts that are held in memory while the workbook is open: styles, relations.
const HELD_BYTES_MAX: u64 = 16 << 20;
/// Pictures and the like, which nobody reads and in which nothing is looked for.
const OTHER_BYTES_MAX: u64 = 64 << 20;
const PARTS_MAX: usize = 10_000;
/// What the shared texts take in memory, with the overhead of each.
const SHARED_TEXT_BYTES_MAX: u64 = 192 << 20;
const SHARED_TEXT_OVERHEAD_BYTES: u64 = 56;
const STYLES_MAX: u64 = 100_000;
/// What is kept of an element to look at its attributes.
const TAG_BYTES_MAX: usize = 4 << 10;

/// Refuses a workbook that cannot be read in bounded memory, or not to its end.
pub(super) fn check(input: &mut dyn ReadSeek) -> Result<(), SourceError> {
    let mut archive = ZipArchive::new(BufReader::new(input)).map_err(damaged)?;
    check_kind(&archive)?;
    check_directory(&mut archive)?;
    let mut unpacked = 0;
    let mut not_calculated = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(damaged)?;
        let kind = Kind::of(&part.name().map_err(damaged)?);
        let packed = part.compressed_size();
        let mut check = PartCheck::new(kind, packed, UNPACKED_BYTES_MAX - unpacked);
        check.read(part)?;
        unpacked += check.bytes;
        not_calculated += check.not_calculated;
    }
    if not_calculated > 0 {
        return Err(SourceError::NotCalculated { cells: not_calculated });
    }
    Ok(())
}

fn damaged(error: ZipError) -> SourceError {
    match error {
        ZipError::Io(error) if error.kind() != std::io::ErrorKind::InvalidData => {
            SourceError::Damaged { what: error.to_string() }
        }
        other => SourceError::Damaged { what: other.to_string() },
    }
}

fn oversized(what: &str) -> SourceError {
    SourceError::Oversized { what: what.to_owned() }
}

fn check_kind<R: Read + std::io::Seek>(archive: &ZipArchive<R>) -> Result<(), SourceError> {
    let has =
        |name: &str| archive.file_names().flatten().any(|part| part.eq_ignore_ascii_case(name));
    let other = if has("xl/workbook.bin") {
        "a binary workbook (.xlsb)"
    } else if has("content.xml") && has("mimetype") {
        "an OpenDocument file"
    } else if has("word/document.xml") {
        "a Word document"
    } else if has("[Content_Types].xml") {
        return Ok(());
    } else {
        "a ZIP file, not a workbook"
    };
    Err(SourceError::OtherFormat { what: other })
}

/// What the directory says, before anything is unpacked.
fn check_directory<R: Read + std::io::Seek>(
    archive: &mut ZipArchive<R>,
) -> Result<(), SourceError> {
    if archive.len() > PARTS_MAX {
        return Err(oversized("it has too many parts"));
    }
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(damaged)?;
        if part.encrypted() {
            return Err(SourceError::Protected);
        }
        total = total.saturating_add(part.size());
        check_ratio(part.size(), part.compressed_size())?;
    }
    if total > UNPACKED_BYTES_MAX {
        return Err(oversized("unpacked it has more than 2 GiB"));
    }
    Ok(())
}

fn check_ratio(unpacked: u64, packed: u64) -> Result<(), SourceError> {
    if unpacked > RATIO_FREE_BYTES && unpacked / packed.max(1) > RATIO_MAX {
        return Err(oversized("a part of it is packed tighter than any real data"));
    }
    Ok(())
}

/// What a part of a workbook is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    SharedTexts,
    Styles,
    Sheet,
    /// Read into memory as a whole.
    Held,
    Other,
}

impl Kind {
    fn of(name: &str) -> Kind {
        let name = name.to_ascii_lowercase().replace('\\', "/");
        let file = name.rsplit('/').next().unwrap_or_default();
        let extension = file.rsplit('.').next().unwrap_or_default();
        if file == "sharedstrings.xml" {
            Kind::SharedTexts
        } else if file == "styles.xml" {
            Kind::Styles
        } else if name.contains("worksheets/") && extension == "xml" {
            Kind::Sheet
        } else if file == "workbook.xml" || extension == "rels" || name.contains("theme/") {
            Kind::Held
        } else {
            Kind::Other
        }
    }
}

/// Where in XML a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but a byte order mark so far.
    Start,
    Text,
    Tag,
    /// Within an attribute's value; the byte is the quotation mark.
    Value(u8),
    /// No XML.
    Binary,
}

/// Reads one part and keeps only counts.
struct PartCheck {
    kind: Kind,
    packed: u64,
    bytes_max: u64,
    bytes: u64,
    state: State,
    /// Bytes since the last element began or ended.
    run: usize,
    /// The start of the element that is being read.
    tag: Vec<u8>,
    shared_texts: u64,
    styles: u64,
    cell: Cell,
    not_calculated: u64,
}

/// The cell that is being read.
#[derive(Debug, Default)]
struct Cell {
    is_text: bool,
    has_formula: bool,
    in_value: bool,
    value_bytes: usize,
}

impl PartCheck {
    fn new(kind: Kind, packed: u64, bytes_max: u64) -> PartCheck {
        PartCheck {
            kind,
            packed,
            bytes_max,
            bytes: 0,
            state: State::Start,
            run: 0,
            tag: Vec::new(),
            shared_texts: 0,
            styles: 0,
            cell: Cell::default(),
            not_calculated: 0,
        }
    }

    fn read(&mut self, mut part: impl Read) -> Result<(), SourceError> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = part
                .read(&mut buffer)
                .map_err(|error| SourceError::Damaged { what: error.to_string() })?;
            if read == 0 {
                return Ok(());
            }
            self.bytes += read as u64;
            self.check_size()?;
            for &byte in &buffer[..read] {
                if self.state == State::Binary {
                    break;
                }
                self.byte(byte)?;
            }
        }
    }

    /// The sizes as they are: those of the directory may lie.
    fn check_size(&self) -> Result<(), SourceError> {
        if self.bytes > self.bytes_max {
            return Err(oversized("unpacked it has more than 2 GiB"));
        }
        check_ratio(self.bytes, self.packed)?;
        let held = matches!(self.kind, Kind::Held | Kind::Styles);
        if held && self.bytes > HELD_BYTES_MAX {
            return Err(oversized("its styles or its list of sheets are too large"));
        }
        let other = self.kind == Kind::Other || self.state == State::Binary;
        if other && self.bytes > OTHER_BYTES_MAX {
            return Err(oversized("it holds a part that is too large and no sheet"));
        }
        let texts = self.bytes + self.shared_texts * SHARED_TEXT_OVERHEAD_BYTES;
        if self.kind == Kind::SharedTexts && texts > SHARED_TEXT_BYTES_MAX {
            return Err(oversized("it has too many different texts"));
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Result<(), SourceError> {
        self.run += 1;
        if self.run > RECORD_BYTES_MAX {
            return Err(oversized("a cell of it is longer than 1 MiB"));
        }
        match (self.state, byte) {
            (State::Start, 0xEF | 0xBB | 0xBF | b' ' | b'\r' | b'\n' | b'\t')
            | (State::Binary, _) => {}
            (State::Start | State::Text, b'<') => {
                self.state = State::Tag;
                self.run = 0;
                self.tag.clear();
            }
            (State::Start, 0xFE | 0xFF | 0) if self.kind != Kind::Other => {
                return Err(oversized("it is not written in UTF-8"));
            }
            (State::Start, _) => self.state = State::Binary,
            (State::Text, _) => self.cell.value_bytes += usize::from(self.cell.in_value),
            (State::Tag, b'>') => {
                self.state = State::Text;
                self.run = 0;
                self.element()?;
            }
            (State::Tag, b'"' | b'\'') => {
                self.state = State::Value(byte);
                self.keep(byte);
            }
            (State::Value(quote), _) if byte == quote => {
                self.state = State::Tag;
                self.keep(byte);
            }
            (State::Tag | State::Value(_), _) => self.keep(byte),
        }
        Ok(())
    }

    fn keep(&mut self, byte: u8) {
        if self.tag.len() < TAG_BYTES_MAX {
            self.tag.push(byte);
        }
    }

    /// An element's tag has ended.
    fn element(&mut self) -> Result<(), SourceError> {
        match self.tag.first() {
            // Comments, CDATA and document types may hide any amount of text from this check.
            Some(b'!') if self.kind != Kind::Other => {
                return Err(oversized("it has comments or declarations in its XML"));
            }
            Some(b'?') if self.kind != Kind::Other => return self.declaration(),
            _ => {}
        }
        let ends = self.tag.first() == Some(&b'/');
        let alone = self.tag.last() == Some(&b'/');
        let name_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
        let body = &self.tag[usize::from(ends)..];
        let name = body.split(name_end).next().unwrap_or_default();
        let name = name.rsplit(|&byte| byte == b':').next().unwrap_or_default();
        match (self.kind, name) {
            (Kind::SharedTexts, b"si") => self.shared_texts += u64::from(!ends),
            (Kind::SharedTexts, b"sst") => check_unique_count(&self.tag)?,
            (Kind::Styles, b"xf") => {
                self.styles += u64::from(!ends);
                if self.styles > STYLES_MAX {
                    return Err(oversized("it has too many styles"));
                }
            }
            (Kind::Sheet, b"c") if ends => {
                let cell = std::mem::take(&mut self.cell);
                let empty = cell.has_formula && cell.value_bytes == 0 && !cell.is_text;
                self.not_calculated += u64::from(empty);
            }
            (Kind::Sheet, b"c") => {
                let is_text = body.windows(7).any(|part| part == b"t=\"str\"");
                self.cell = Cell { is_text, ..Cell::default() };
            }
            (Kind::Sheet, b"f") => self.cell.has_formula = true,
            (Kind::Sheet, b"v") => self.cell.in_value = !ends && !alone,
            _ => {}
        }
        Ok(())
    }

    fn declaration(&self) -> Result<(), SourceError> {
        let text = String::from_utf8_lossy(&self.tag).to_ascii_lowercase();
        let other_encoding = text.contains("encoding") && !text.contains("utf-8");
        if other_encoding || !text.ends_with('?') {
            return Err(oversized("it is not written in UTF-8"));
        }
        Ok(())
    }
}

/// The reader makes room for as many texts as this attribute promises.
fn check_unique_count(tag: &[u8]) -> Result<(), SourceError> {
    const DIGITS_MAX: usize = 7;
    let attribute = b"uniqueCount";
    let found = tag.windows(attribute.len()).position(|part| part == attribute);
    let Some(start) = found else { return Ok(()) };
    let rest = &tag[start + attribute.len()..];
    let digits = rest
        .iter()
        .skip_while(|byte| !byte.is_ascii_digit())
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if digits > DIGITS_MAX || tag.len() >= TAG_BYTES_MAX {
        return Err(oversized("it promises too many different texts"));
    }
    Ok(())
}
