//! A line that acts on wallets by itself, outside of a story: as a program sends it.

use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::command::Command;
use super::line;
use super::lot::midnight;
use crate::condition::Declared;
use crate::problem::{Parsed, Problem};
use crate::reader::{Reader, date_of};
use crate::yaml::{self, Node, Tree};

/// A line as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedLine {
    pub key: Arc<str>,
    /// The day or instant it is for, by the clocks of the wallet; `None`: now.
    pub on: Option<DateTime>,
    pub command: Command,
}

/// Reads a line in the words of the timeline: `{ redeem: X1, partner: P1, … }`. `zone` is where a
/// day of the wallet begins.
pub fn read_line(line: &Tree, zone: &TimeZone) -> Parsed<AskedLine> {
    let document = match yaml::parse(&yaml::write(line)) {
        Ok(document) => document,
        Err(error) => return Parsed::of(None, vec![Problem::error(error.at, error.message, "")]),
    };
    let declared = Declared::default();
    let mut reader = Reader::new(&declared);
    reader.duplicates(&document);
    let asked = asked(&mut reader, &document.root, zone);
    Parsed::of(asked, reader.problems)
}

fn asked(reader: &mut Reader<'_>, node: &Node, zone: &TimeZone) -> Option<AskedLine> {
    let fields = reader.any_fields(node, "a line")?;
    let is_word = |key: &str| line::words_of(key).is_some();
    // Words of one line may be keys of another: `credit: C1, points: STAR`.
    let found = fields.entries.iter().find(|(key, ..)| is_word(key));
    let Some((word, _, value)) = found else {
        let words: Vec<&str> = line::words().chain(["cancel"]).collect();
        let help = format!("begin it with one of {}", words.join(", "));
        reader.error(node.at, "the line says not what to do", help);
        return None;
    };
    let known = line::words_of(word).unwrap_or_default();
    for (key, at, _) in &fields.entries {
        if key != word && *key != "on" && !known.contains(key) {
            let all: Vec<&str> = ["on"].iter().chain(known).copied().collect();
            reader.unknown_key(at.at, key, &format!("a line of `{word}`"), &all);
        }
    }
    let key = reader.code(word, value);
    let on = match fields.get("on") {
        None => None,
        Some(node) => Some(moment(reader, node, zone)?),
    };
    let command = line::command(reader, word, &fields, zone)?;
    if let Command::Channel(_) = command {
        // Facts about sales are told to the book by a story, and not yet by an installation.
        let message = format!("a line of `{word}` about agreements acts in cases alone");
        reader.error(node.at, message, "try it with `tokuten try`");
        return None;
    }
    Some(AskedLine { key: Arc::from(key?), on, command })
}

/// A day, an instant, or a time by the clocks of the wallet.
fn moment(reader: &mut Reader<'_>, node: &Node, zone: &TimeZone) -> Option<DateTime> {
    let text = node.text().unwrap_or_default();
    if let Some(day) = date_of(text) {
        return Some(midnight(day));
    }
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(zone.to_datetime(instant));
    }
    if text.contains(['T', 't'])
        && let Ok(moment) = text.parse()
    {
        return Some(moment);
    }
    let message = format!("{} is not a day or a time", node.described());
    reader.error(node.at, message, "write `on` as 2026-06-30 or 2026-06-30T10:00:00Z");
    None
}
