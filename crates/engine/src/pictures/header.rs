//! What the first bytes of a picture say: its format and how large it is.
//!
//! Nothing is decoded, so that no picture, however it was made, can take time or memory.

/// What a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub media_type: &'static str,
    /// In pixels.
    pub width: u32,
    pub height: u32,
}

/// What the bytes say. `None` if they are no PNG, JPEG or WebP, or end before they say how large.
pub fn header(bytes: &[u8]) -> Option<Header> {
    let (media_type, (width, height)) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", png(bytes)?)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", jpeg(bytes)?)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()) {
        ("image/webp", webp(bytes)?)
    } else {
        return None;
    };
    (0 < width && 0 < height).then_some(Header { media_type, width, height })
}

/// A whole number of so many bytes, the largest first.
fn big(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(digits.iter().fold(0, |sum, digit| (sum << 8) | u32::from(*digit)))
}

/// The same, the smallest first.
fn little(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(digits.iter().rev().fold(0, |sum, digit| (sum << 8) | u32::from(*digit)))
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let is_first = bytes.get(12..16) == Some(b"IHDR".as_slice());
    is_first.then_some((big(bytes, 16, 4)?, big(bytes, 20, 4)?))
}

/// The size stands in the first frame, behind whatever cameras have to say.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Filling.
            0xff => at += 1,
            // Frames, but for tables that stand among them.
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                return Some((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?));
            }
            0x01 | 0xd0..=0xd7 => at += 2,
            // The picture begins, or ends, and nothing was said.
            0xd8..=0xda => return None,
            _ => {
                let length = usize::try_from(big(bytes, at + 2, 2)?).ok()?;
                at = at.checked_add(2 + length.max(2))?;
            }
        }
    }
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        b"VP8L" if bytes.get(20) == Some(&0x2f) => {
            let both = little(bytes, 21, 4)?;
            Some(((both & 0x3fff) + 1, ((both >> 14) & 0x3fff) + 1))
        }
        b"VP8 " if bytes.get(23..26) == Some([0x9d, 0x01, 0x2a].as_slice()) => {
            Some((little(bytes, 26, 2)? & 0x3fff, little(bytes, 28, 2)? & 0x3fff))
        }
        _ => None,
    }
}
