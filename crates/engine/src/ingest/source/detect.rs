//! Detection on the first bytes: what kind of file, which encoding, which delimiter.

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::{COLUMNS_MAX, SourceError};

/// What stands between two cells of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    Comma,
    Tab,
    Semicolon,
    Pipe,
}

impl Delimiter {
    pub const ALL: [Delimiter; 4] =
        [Delimiter::Comma, Delimiter::Tab, Delimiter::Semicolon, Delimiter::Pipe];

    pub fn char(self) -> char {
        char::from(self.byte())
    }

    pub(super) fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Tab => b'\t',
            Delimiter::Semicolon => b';',
            Delimiter::Pipe => b'|',
        }
    }

    /// Reads the character itself or the word `tab`.
    pub fn parse(text: &str) -> Option<Delimiter> {
        match text {
            "tab" => Some(Delimiter::Tab),
            _ => Delimiter::ALL.into_iter().find(|known| text.chars().eq([known.char()])),
        }
    }

    /// How a mapping writes it.
    pub fn word(self) -> &'static str {
        match self {
            Delimiter::Comma => ",",
            Delimiter::Tab => "tab",
            Delimiter::Semicolon => ";",
            Delimiter::Pipe => "|",
        }
    }
}

/// Whether a file is text or a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Text,
    Zip,
}

pub(super) fn container(sample: &[u8]) -> Result<Container, SourceError> {
    const OTHER: [(&[u8], &str); 7] = [
        (b"\xD0\xCF\x11\xE0", "an old or protected Office file (.xls)"),
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"\xFF\xD8\xFF", "a picture"),
        (b"\x1F\x8B", "a gzip file"),
        (b"PK\x05\x06", "an empty ZIP file"),
        (b"7z\xBC\xAF\x27\x1C", "a 7-Zip file"),
    ];
    if sample.starts_with(b"PK\x03\x04") {
        return Ok(Container::Zip);
    }
    match OTHER.into_iter().find(|(magic, _)| sample.starts_with(magic)) {
        Some((_, what)) => Err(SourceError::OtherFormat { what }),
        None => Ok(Container::Text),
    }
}

/// The encoding of a text and the length of its byte order mark, or `None` as long as all is
/// ASCII: then the first bytes that are not will tell.
pub(super) fn encoding(
    sample: &[u8],
    declared: Option<&str>,
) -> Result<(Option<&'static Encoding>, usize), SourceError> {
    if sample.starts_with(b"\xFF\xFE\0\0") || sample.starts_with(b"\0\0\xFE\xFF") {
        return Err(SourceError::Utf32);
    }
    if let Some((encoding, length)) = Encoding::for_bom(sample) {
        return Ok((Some(encoding), length));
    }
    if let Some(label) = declared {
        let unknown = || SourceError::UnknownEncoding { label: label.to_owned() };
        return Ok((Some(by_label(label).ok_or_else(unknown)?), 0));
    }
    if let Some(encoding) = utf16_without_mark(sample) {
        return Ok((Some(encoding), 0));
    }
    Ok((if sample.is_ascii() { None } else { Some(guess(sample)) }, 0))
}

/// Finds an encoding by its label; `cp932` and its kin beside those of the web.
pub fn by_label(label: &str) -> Option<&'static Encoding> {
    let plain = label.trim().to_ascii_lowercase().replace('_', "-");
    match plain.as_str() {
        "cp932" | "ms932" | "windows-932" | "sjis" | "shift-jis" => Some(SHIFT_JIS),
        "utf8-bom" | "utf-8-bom" | "utf-8-sig" => Some(UTF_8),
        _ => Encoding::for_label_no_replacement(plain.as_bytes()),
    }
}

/// UTF-16 shows by its zero bytes: digits, commas and line ends have them all on one side.
fn utf16_without_mark(sample: &[u8]) -> Option<&'static Encoding> {
    let zeros =
        |offset: usize| sample.iter().skip(offset).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if sample.len() % 2 == 1 {
        return None;
    }
    // At least one of twenty characters is ASCII, and hardly a zero is on the other side.
    let enough = (sample.len() / 40).max(2);
    if odd >= enough && even * 20 <= odd {
        Some(UTF_16LE)
    } else if even >= enough && odd * 20 <= even {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// UTF-8 or CP932. A stray bad byte in a text of many good UTF-8 sequences does not make it CP932,
/// and neither do bytes that only happen to mean something in it: what is neither stays UTF-8, so
/// that its rows are refused for their encoding.
pub(super) fn guess(sample: &[u8]) -> &'static Encoding {
    let (good, bad) = utf8_sequences(sample);
    if bad == 0 || good > bad {
        return UTF_8;
    }
    let read = read_as_shift_jis(sample);
    let is_shift_jis = read.malformed <= bad && read.doubtful <= read.good;
    if is_shift_jis { SHIFT_JIS } else { UTF_8 }
}

/// Whether a text that is said to be in another encoding is UTF-8: all beyond ASCII is right
/// UTF-8, which hardly happens by chance. Half-width katakana may do it, two by two; they stay
/// what they are said to be unless they stand within a word of Latin letters.
pub(super) fn is_utf8_after_all(sample: &[u8], declared: &'static Encoding) -> bool {
    if declared == UTF_8 || declared == UTF_16LE || declared == UTF_16BE || sample.is_ascii() {
        return false;
    }
    let (good, bad) = utf8_sequences(sample);
    if good == 0 || bad > 0 {
        return false;
    }
    let are_pairs = || {
        let text = String::from_utf8_lossy(sample);
        text.chars().all(|c| c.len_utf8() <= 2 || c == '\u{FFFD}')
    };
    declared != SHIFT_JIS || !are_pairs() || read_as_shift_jis(sample).doubtful > 0
}

/// How many characters beyond ASCII are right UTF-8, and how many are not. A sequence that the
/// end of the sample cuts is neither.
fn utf8_sequences(mut bytes: &[u8]) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    loop {
        match std::str::from_utf8(bytes) {
            Ok(text) => return (good + beyond_ascii(text), bad),
            Err(error) => {
                let valid = &bytes[..error.valid_up_to()];
                good += std::str::from_utf8(valid).map_or(0, beyond_ascii);
                let Some(length) = error.error_len() else { return (good, bad) };
                bad += 1;
                bytes = &bytes[error.valid_up_to() + length..];
            }
        }
    }
}

fn beyond_ascii(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii()).count()
}

/// What a text is when it is read as CP932.
#[derive(Debug, Default)]
struct ReadAsShiftJis {
    /// Bytes that mean nothing.
    malformed: usize,
    /// Characters beyond ASCII as Japanese texts have them.
    good: usize,
    /// What letters with accents look like: code points for private use, control characters, rare
    /// characters that end in an ASCII letter, half-width katakana within a Latin word.
    doubtful: usize,
}

fn read_as_shift_jis(sample: &[u8]) -> ReadAsShiftJis {
    let mut read = ReadAsShiftJis::default();
    let mut at = 0;
    while let Some(&byte) = sample.get(at) {
        let next = sample.get(at + 1).copied();
        let (length, wide) = match (byte, next) {
            (0x81..=0x9F | 0xE0..=0xFC, Some(0x40..=0x7E | 0x80..=0xFC)) => (2, true),
            // The end of the sample cuts it.
            (0x81..=0x9F | 0xE0..=0xFC, None) => return read,
            _ => (1, false),
        };
        let bytes = &sample[at..at + length];
        match bytes {
            [0..=0x7F] => {}
            [0xA1..=0xDF] => {
                let before = at.checked_sub(1).and_then(|before| sample.get(before));
                let touches =
                    [before, sample.get(at + 1)].into_iter().flatten().any(u8::is_ascii_alphabetic);
                if touches { read.doubtful += 1 } else { read.good += 1 }
            }
            _ if !wide => read.malformed += 1,
            [0xF0..=0xF9, _] => read.doubtful += 1,
            [0xE0..=0xFC, trail] if trail.is_ascii_alphabetic() => read.doubtful += 1,
            _ if SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes).is_none() => {
                read.malformed += 1;
            }
            _ => read.good += 1,
        }
        // After a lead byte without its trail, the next byte speaks for itself.
        at += length;
    }
    read.doubtful += read.malformed;
    read
}

/// The delimiter that splits the header into columns and most rows into as many.
pub(super) fn delimiter(sample: &[u8], quotes: bool) -> Delimiter {
    let score = |delimiter: Delimiter| {
        let counts = cell_counts(sample, delimiter, quotes);
        let columns = counts.first().copied().unwrap_or(0);
        let alike = counts.iter().filter(|&&count| count == columns).count();
        // A header of one column splits nothing, however alike the rows are.
        (columns > 1, alike * 10 / counts.len().max(1), columns)
    };
    // Of equals the first counts, so a text that nothing splits has commas.
    let mut best = Delimiter::Comma;
    for candidate in Delimiter::ALL {
        if score(candidate) > score(best) {
            best = candidate;
        }
    }
    best
}

/// The number of cells in each of the first records that are complete in the sample.
fn cell_counts(sample: &[u8], delimiter: Delimiter, quotes: bool) -> Vec<usize> {
    const RECORDS: usize = 50;
    let mut core = splitter(delimiter, quotes);
    let mut output = vec![0; 4 << 10];
    let mut ends = vec![0; COLUMNS_MAX];
    let (mut counts, mut cells, mut rest) = (Vec::new(), 0, sample);
    while counts.len() < RECORDS && !rest.is_empty() {
        let (result, read, _, found) = core.read_record(rest, &mut output, &mut ends);
        rest = &rest[read..];
        cells += found;
        if result == csv_core::ReadRecordResult::Record {
            counts.push(cells);
            cells = 0;
        }
    }
    if counts.is_empty() {
        // One line without its end: the cell that is still open counts.
        counts.push(cells + 1);
    }
    counts
}

pub(super) fn splitter(delimiter: Delimiter, quotes: bool) -> csv_core::Reader {
    csv_core::ReaderBuilder::new().delimiter(delimiter.byte()).quoting(quotes).build()
}
