//! YAML as a tree of texts with positions, and back.
//!
//! # Invariants
//!
//! * A scalar stays the text that was written: `0012` is `0012`, numbers never pass a float.
//! * Every node knows the line and column it starts at, counted from 1.
//! * Input is bounded: in size, in depth, and in what aliases may expand to.
//!
//! Tags are not part of the language and are refused; a file holds one document.

mod edit;
mod read;
mod write;

use crate::program::Position;

pub use edit::{Entry, Step, at, edit};
pub use read::{DEPTH_MAX, NODES_MAX, SIZE_MAX, parse};
pub use write::{Tree, write};

/// A value of a YAML document and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub at: Position,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order written. Keys are not unique by themselves: see `Document::duplicates`.
    Map(Vec<(Node, Node)>),
}

/// A text as written, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    pub text: String,
    /// Quoted or a block; a plain `null`, `~` or nothing at all is no value.
    pub quoted: bool,
    /// Byte offsets of `text` from which on positions no longer follow from the one before, for
    /// texts over several lines or with escapes. Empty: all on one line, as written.
    turns: Vec<(usize, Position)>,
}

/// What was read: the tree, and what is wrong with it that did not stop the reading.
#[derive(Debug, Clone)]
pub struct Document {
    pub root: Node,
    pub duplicates: Vec<Duplicate>,
}

/// A key that stands twice in one mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    pub key: String,
    pub at: Position,
    pub first: Position,
}

/// Why a text is no YAML document we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    pub at: Position,
    pub message: String,
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    pub fn list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            Kind::Scalar(_) | Kind::Map(_) => None,
        }
    }

    pub fn map(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Scalar(_) | Kind::List(_) => None,
        }
    }

    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.iter().find(|(k, _)| k.text() == Some(key)).map(|(_, value)| value)
    }

    /// No value: nothing written, `~` or `null`.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(s) if !s.quoted && matches!(s.text.as_str(), "" | "~" | "null"))
    }

    /// Where the byte `offset` of a scalar's text stands in the file.
    pub fn position_of(&self, offset: usize) -> Position {
        let Kind::Scalar(scalar) = &self.kind else {
            return self.at;
        };
        let turn = scalar.turns.iter().rev().find(|(from, _)| *from <= offset);
        let (from, at) = turn.map_or((0, self.at), |(from, at)| (*from, *at));
        let end = offset.min(scalar.text.len());
        let chars = scalar.text.get(from..end).map_or(0, |text| text.chars().count());
        Position { line: at.line, column: at.column + u32::try_from(chars).unwrap_or(u32::MAX) }
    }

    /// What it is, for messages.
    pub fn described(&self) -> String {
        match &self.kind {
            Kind::Scalar(_) if self.is_nothing() => "nothing".to_owned(),
            Kind::Scalar(scalar) => format!("`{}`", shortened(&scalar.text)),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// A text cut to what a message can bear.
pub fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= CHARS_MAX && line.len() == text.len() {
        return text.to_owned();
    }
    let mut short: String = line.chars().take(CHARS_MAX).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests;
