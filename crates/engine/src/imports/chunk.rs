//! Rows as they stood in a source, packed: what an explanation ends at.
//!
//! # Format 1
//!
//! The byte 1, then an LZ4 block behind its unpacked length (4 bytes, little endian). Unpacked it
//! is a sequence of rows: the row's number and the length of its text, both LEB128, and the text
//! in UTF-8. Files of a later format start with another byte.

const FORMAT: u8 = 1;

/// How much raw text a chunk holds. To show one row, one chunk is unpacked.
const CHUNK_BYTES: usize = 256 << 10;

/// Some rows of a source, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    pub first_row: i64,
    pub last_row: i64,
    pub body: Vec<u8>,
}

/// Packs rows, which come in ascending order, into as many chunks as it takes.
pub(super) fn pack<'a>(rows: impl IntoIterator<Item = (i64, &'a str)>) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut plain = Vec::with_capacity(CHUNK_BYTES);
    let mut span: Option<(i64, i64)> = None;
    for (row, text) in rows {
        span = Some((span.map_or(row, |(first, _)| first), row));
        push_number(&mut plain, row.unsigned_abs());
        push_number(&mut plain, text.len() as u64);
        plain.extend_from_slice(text.as_bytes());
        if plain.len() >= CHUNK_BYTES {
            chunks.extend(close(&mut plain, span.take()));
        }
    }
    chunks.extend(close(&mut plain, span));
    chunks
}

fn close(plain: &mut Vec<u8>, span: Option<(i64, i64)>) -> Option<Chunk> {
    let (first_row, last_row) = span?;
    let mut body = vec![FORMAT];
    body.extend(lz4_flex::block::compress_prepend_size(plain));
    plain.clear();
    Some(Chunk { first_row, last_row, body })
}

/// The rows of a chunk, or `None` if it is damaged or of a later format.
pub(super) fn unpack(body: &[u8]) -> Option<Vec<(i64, String)>> {
    let (format, packed) = body.split_first()?;
    if *format != FORMAT {
        return None;
    }
    let plain = lz4_flex::block::decompress_size_prepended(packed).ok()?;
    let mut rest = plain.as_slice();
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let row = i64::try_from(take_number(&mut rest)?).ok()?;
        let length = usize::try_from(take_number(&mut rest)?).ok()?;
        let (text, after) = rest.split_at_checked(length)?;
        rows.push((row, String::from_utf8(text.to_vec()).ok()?));
        rest = after;
    }
    Some(rows)
}

fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked() {
        let long = "長い行,".repeat(50_000);
        let rows = vec![(2, "a,b"), (3, ""), (7, long.as_str()), (1 << 40, "\"x\ny\",1")];
        let chunks = pack(rows.iter().copied());
        assert_eq!(chunks.len(), 2, "the long row closes its chunk");
        assert_eq!((chunks[0].first_row, chunks[0].last_row), (2, 7));
        let back: Vec<(i64, String)> =
            chunks.iter().flat_map(|chunk| unpack(&chunk.body).unwrap()).collect();
        let rows: Vec<(i64, String)> =
            rows.into_iter().map(|(row, text)| (row, text.to_owned())).collect();
        assert_eq!(back, rows);
        assert!(pack([]).is_empty());
    }

    #[test]
    fn format_1_stays_readable() {
        // Written by the first release: rows 2 and 300.
        let sample = b"\x01\x11\0\0\0\xf0\x02\x02\x05a,b,c\xac\x02\x07d,e,\xe8\xa1\x8c".to_vec();
        let rows = vec![(2, "a,b,c".to_owned()), (300, "d,e,行".to_owned())];
        let written = pack(rows.iter().map(|(row, text)| (*row, text.as_str())));
        assert_eq!(unpack(&written[0].body), Some(rows.clone()));
        assert_eq!(unpack(&sample), Some(rows));
    }

    #[test]
    fn a_damaged_chunk_gives_nothing() {
        let body = pack([(2, "a,b"), (3, "c,d")]).remove(0).body;
        assert_eq!(unpack(&body[..body.len() - 1]), None);
        assert_eq!(unpack(&[2, 0, 0, 0, 0]), None);
        assert_eq!(unpack(&[]), None);
    }
}
