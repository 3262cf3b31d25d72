//! Decoding as a stream: bytes in, UTF-8 out, with the places where something did not decode.

use std::collections::VecDeque;
use std::io::Read;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use super::{SAMPLE_BYTES, SourceError, detect};

/// A decoded stream of text.
pub(super) struct TextStream {
    input: Box<dyn Read + Send>,
    /// Bytes read and not yet decoded: `bytes[at..end]`.
    bytes: Vec<u8>,
    at: usize,
    end: usize,
    /// `None` as long as all was ASCII and nothing told the encoding.
    decoder: Option<Decoder>,
    /// The encoding is only said, and nothing beyond ASCII has spoken for it yet.
    is_unproven: bool,
    bytes_read: u64,
    /// How much was decoded so far, in bytes of UTF-8.
    decoded: u64,
    /// Where in what was decoded a replacement stands for what was not.
    bad: VecDeque<u64>,
    finished: bool,
}

impl std::fmt::Debug for TextStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextStream").field("bytes_read", &self.bytes_read).finish_non_exhaustive()
    }
}

impl TextStream {
    /// Goes on with `sample`, the first bytes of `input`, which were already read.
    pub(super) fn new(
        sample: Vec<u8>,
        input: Box<dyn Read + Send>,
        declared: Option<&str>,
    ) -> Result<TextStream, SourceError> {
        let (encoding, mark) = detect::encoding(&sample, declared)?;
        let mut stream = TextStream {
            input,
            bytes_read: sample.len() as u64,
            end: sample.len(),
            bytes: sample,
            at: mark,
            decoder: encoding.map(Encoding::new_decoder_without_bom_handling),
            is_unproven: declared.is_some() && mark == 0,
            decoded: 0,
            bad: VecDeque::new(),
            finished: false,
        };
        stream.prove()?;
        Ok(stream)
    }

    /// Checks what is said of the encoding on the first bytes that can tell.
    fn prove(&mut self) -> Result<(), SourceError> {
        let bytes = &self.bytes[self.at..self.end];
        let Some(decoder) = self.decoder.as_ref().filter(|_| self.is_unproven) else {
            return Ok(());
        };
        if bytes.is_ascii() {
            return Ok(());
        }
        self.is_unproven = false;
        let declared = decoder.encoding();
        if detect::is_utf8_after_all(bytes, declared) {
            return Err(SourceError::OtherEncoding { declared: declared.name() });
        }
        Ok(())
    }

    /// The encoding; UTF-8 as long as all was ASCII.
    pub(super) fn encoding(&self) -> &'static str {
        self.decoder.as_ref().map_or(UTF_8, Decoder::encoding).name()
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Appends more text to `text`; `false` at the end of the stream.
    pub(super) fn fill(&mut self, text: &mut Vec<u8>) -> Result<bool, SourceError> {
        let before = text.len();
        while text.len() == before && !self.finished {
            if self.at == self.end {
                self.read()?;
            }
            self.decode(text);
        }
        self.decoded += (text.len() - before) as u64;
        Ok(text.len() > before)
    }

    fn read(&mut self) -> Result<(), SourceError> {
        self.bytes.resize(SAMPLE_BYTES, 0);
        self.at = 0;
        let read = loop {
            match self.input.read(&mut self.bytes) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other.map_err(SourceError::Read)?,
            }
        };
        self.end = read;
        self.bytes_read += read as u64;
        let bytes = &self.bytes[..read];
        if self.decoder.is_none() && !bytes.is_ascii() {
            self.decoder = Some(detect::guess(bytes).new_decoder_without_bom_handling());
        }
        self.prove()
    }

    /// Decodes what is there, all of it; without bytes it is told that there are no more.
    fn decode(&mut self, text: &mut Vec<u8>) {
        let bytes = &self.bytes[self.at..self.end];
        let last = bytes.is_empty();
        let Some(decoder) = &mut self.decoder else {
            text.extend_from_slice(bytes);
            self.at = self.end;
            self.finished = last;
            return;
        };
        let before = text.len();
        let mut rest = bytes;
        loop {
            let filled = text.len();
            let room = decoder
                .max_utf8_buffer_length_without_replacement(rest.len())
                .unwrap_or(SAMPLE_BYTES * 4);
            text.resize(filled + room, 0);
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(rest, &mut text[filled..], last);
            text.truncate(filled + written);
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.bad.push_back(self.decoded + (text.len() - before) as u64);
                    text.extend_from_slice("\u{FFFD}".as_bytes());
                }
            }
        }
        self.at = self.end;
        self.finished = last;
    }

    /// Whether something before `position` (in what was decoded) did not decode; asked in
    /// ascending order, each place is told once.
    pub(super) fn had_bad_before(&mut self, position: u64) -> bool {
        let mut any = false;
        while self.bad.front().is_some_and(|&bad| bad < position) {
            self.bad.pop_front();
            any = true;
        }
        any
    }
}
