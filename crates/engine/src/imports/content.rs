//! What a source holds, as a hash: known before it is taken in, and compared with what was read.
//!
//! A source is read twice, and may change in between: another program still writes the file, or
//! puts a new one in its place. A text is hashed as it is read. A workbook is read from many
//! places, so it is hashed once more after it was read.

use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::Input;
use crate::ingest::source::ReadSeek;

pub(super) type Hash = [u8; 32];

const BUFFER_BYTES: usize = 1 << 18;

/// The hash of all of a source's bytes, and how many there are.
pub(super) fn hash_of(input: &Input) -> std::io::Result<(Hash, u64)> {
    let mut input = input.open()?;
    let mut hash = Sha256::new();
    let total = drain(&mut input, &mut hash)?;
    Ok((hash.finalize().into(), total))
}

fn drain(input: &mut dyn Read, hash: &mut Sha256) -> std::io::Result<u64> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut total = 0;
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(read) => {
                total += read as u64;
                hash.update(&buffer[..read]);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Opens a source so that afterwards the [`Witness`] knows what was read.
pub(super) fn open(input: &Input) -> std::io::Result<(Box<dyn ReadSeek>, Witness)> {
    let seen = Arc::new(Mutex::new(Seen { hash: Sha256::new(), order: Order::Stream }));
    let watched = Watched { input: input.open()?, seen: Arc::clone(&seen) };
    Ok((Box::new(watched), Witness { seen }))
}

/// What went by so far.
#[derive(Debug)]
struct Seen {
    hash: Sha256,
    order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// From the beginning, each byte once.
    Stream,
    /// To its last byte.
    Whole,
    /// Here and there.
    Jumps,
}

/// Knows what was read of a source.
#[derive(Debug)]
pub(super) struct Witness {
    seen: Arc<Mutex<Seen>>,
}

impl Witness {
    /// Whether the source that was read held just these bytes. One that was read in jumps, or not
    /// to its end, is hashed again; where that fails, nothing speaks for it.
    pub(super) fn read_all_of(&self, input: &Input, expected: &Hash) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.order {
            Order::Whole => <Hash>::from(seen.hash.clone().finalize()) == *expected,
            Order::Stream | Order::Jumps => {
                hash_of(input).is_ok_and(|(found, _)| found == *expected)
            }
        }
    }

    /// Whether the source holds other bytes than these by now.
    pub(super) fn is_changed(input: &Input, expected: &Hash) -> bool {
        hash_of(input).is_ok_and(|(found, _)| found != *expected)
    }
}

struct Watched {
    input: Box<dyn ReadSeek>,
    seen: Arc<Mutex<Seen>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.order {
            Order::Stream if read > 0 => seen.hash.update(&buffer[..read]),
            Order::Stream if !buffer.is_empty() => seen.order = Order::Whole,
            // It had ended before.
            Order::Whole if read > 0 => seen.order = Order::Jumps,
            Order::Stream | Order::Whole | Order::Jumps => {}
        }
        Ok(read)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.order = Order::Jumps;
        drop(seen);
        self.input.seek(to)
    }
}
