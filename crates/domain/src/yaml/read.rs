//! From text to tree, over the events of `saphyr-parser`.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::{Document, Duplicate, Kind, Node, Scalar, YamlError};
use crate::program::Position;

/// Bytes of a text.
pub const SIZE_MAX: usize = 16 << 20;
/// Mappings and lists in one another.
pub const DEPTH_MAX: usize = 64;
/// Values that the aliases of a document may add to those written.
pub const NODES_MAX: usize = 1_000_000;

/// Reads one document.
pub fn parse(text: &str) -> Result<Document, YamlError> {
    if text.len() > SIZE_MAX {
        return Err(YamlError {
            at: Position { line: 1, column: 1 },
            message: format!(
                "the text has {} bytes, but at most {SIZE_MAX} are read: split it",
                text.len()
            ),
        });
    }
    let mut reader = Reader::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.run()?;
    let root = reader.root.take().unwrap_or_else(|| nothing(Position { line: 1, column: 1 }));
    Ok(Document { root, duplicates: reader.duplicates })
}

fn nothing(at: Position) -> Node {
    let scalar = Scalar { text: String::new(), quoted: false, turns: Vec::new() };
    Node { at, kind: Kind::Scalar(scalar) }
}

/// A list or mapping whose end has not come yet.
struct Open {
    at: Position,
    anchor: usize,
    /// Values in it, itself included.
    nodes: usize,
    /// Levels below and with it.
    depth: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map { entries: Vec<(Node, Node)>, key: Option<Node>, seen: HashMap<String, Position> },
}

/// A value an alias may repeat.
struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

struct Reader<'t> {
    text: &'t str,
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
    added: usize,
    documents: usize,
    duplicates: Vec<Duplicate>,
    /// Byte offset and character index of the last place asked for; events come in order.
    cursor: (usize, usize),
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        Reader {
            text,
            parser: Parser::new_from_str(text),
            open: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            added: 0,
            documents: 0,
            duplicates: Vec::new(),
            cursor: (0, 0),
        }
    }

    fn run(&mut self) -> Result<(), YamlError> {
        while let Some(next) = self.parser.next_event() {
            let (event, span) = next.map_err(|error| from_scan(&error))?;
            let at = position(span.start);
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) => {
                    self.documents += 1;
                    if self.documents > 1 {
                        return Err(error(
                            at,
                            "a file holds one document, but a second one starts here",
                        ));
                    }
                }
                Event::Alias(id) => self.alias(id, at)?,
                Event::Scalar(text, style, anchor, tag) => {
                    no_tag(tag.is_some(), at)?;
                    let scalar = self.scalar(text.into_owned(), style, span);
                    self.value(Node { at, kind: Kind::Scalar(scalar) }, anchor, 1, 1)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    no_tag(tag.is_some(), at)?;
                    self.start(at, anchor, OpenKind::List(Vec::new()))?;
                }
                Event::MappingStart(anchor, tag) => {
                    no_tag(tag.is_some(), at)?;
                    let seen = HashMap::new();
                    self.start(at, anchor, OpenKind::Map { entries: Vec::new(), key: None, seen })?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end()?,
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
            }
        }
        Ok(())
    }

    fn start(&mut self, at: Position, anchor: usize, kind: OpenKind) -> Result<(), YamlError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(too_deep(at));
        }
        self.open.push(Open { at, anchor, nodes: 1, depth: 1, kind });
        Ok(())
    }

    fn end(&mut self) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let kind = match open.kind {
            OpenKind::List(items) => Kind::List(items),
            OpenKind::Map { entries, .. } => Kind::Map(entries),
        };
        self.value(Node { at: open.at, kind }, open.anchor, open.nodes, open.depth)
    }

    fn alias(&mut self, id: usize, at: Position) -> Result<(), YamlError> {
        let Some(anchored) = self.anchors.get(&id) else {
            return Err(error(at, "an alias stands inside the value it repeats"));
        };
        self.added += anchored.nodes;
        if self.added > NODES_MAX {
            return Err(too_many(at));
        }
        // What is repeated keeps its own positions: that is where its text stands.
        let (node, nodes, depth) = (anchored.node.clone(), anchored.nodes, anchored.depth);
        self.value(node, 0, nodes, depth)
    }

    /// Puts a finished value where it belongs.
    fn value(
        &mut self,
        node: Node,
        anchor: usize,
        nodes: usize,
        depth: usize,
    ) -> Result<(), YamlError> {
        let at = node.at;
        if self.open.len() + depth > DEPTH_MAX + 1 {
            return Err(too_deep(at));
        }
        if anchor != 0 {
            // The copy counts as well: anchors alone must not multiply memory.
            self.added += nodes;
            if self.added > NODES_MAX {
                return Err(too_many(at));
            }
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, depth });
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.nodes += nodes;
        parent.depth = parent.depth.max(depth + 1);
        match &mut parent.kind {
            OpenKind::List(items) => items.push(node),
            OpenKind::Map { entries, key, seen } => {
                if let Some(key) = key.take() {
                    entries.push((key, node));
                } else {
                    self.duplicates.extend(new_key(&node, seen)?);
                    *key = Some(node);
                }
            }
        }
        Ok(())
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, span: Span) -> Scalar {
        let start = self.byte_of(span.start.index());
        let quoted = style != ScalarStyle::Plain;
        if !quoted && self.text[start..].starts_with(&text) && !text.contains('\n') {
            return Scalar { text, quoted, turns: Vec::new() };
        }
        let end = self.byte_of(span.end.index());
        let turns = turns(&text, &self.text[start..end], position(span.start), style);
        Scalar { text, quoted, turns }
    }

    fn byte_of(&mut self, index: usize) -> usize {
        let (mut byte, mut chars) = self.cursor;
        if index < chars {
            (byte, chars) = (0, 0);
        }
        byte += self.text[byte..].chars().take(index - chars).map(char::len_utf8).sum::<usize>();
        chars = index;
        self.cursor = (byte, chars);
        byte
    }
}

/// Walks a scalar's value along its source, and notes where the two part: quotes, escapes, folded
/// lines and indentation stand only in the source.
fn turns(value: &str, source: &str, start: Position, style: ScalarStyle) -> Vec<(usize, Position)> {
    let mut turns = Vec::new();
    let mut at = start;
    let mut rest = source.chars().peekable();
    let step = |at: &mut Position, c: char| {
        if c == '\n' {
            at.line += 1;
            at.column = 1;
        } else {
            at.column += 1;
        }
    };
    // A block starts at its first character, a quoted text at its quote.
    let quote = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    for c in rest.by_ref().take(usize::from(quote)) {
        step(&mut at, c);
    }
    let mut expected = start;
    for (offset, wanted) in value.char_indices() {
        while let Some(&c) = rest.peek() {
            let matches = c == wanted || (wanted.is_whitespace() && c.is_whitespace());
            if matches {
                break;
            }
            rest.next();
            step(&mut at, c);
        }
        if at != expected {
            turns.push((offset, at));
        }
        if let Some(c) = rest.next() {
            step(&mut at, c);
        }
        expected = turns.last().map_or(start, |(from, turn)| {
            let chars = value[*from..offset + wanted.len_utf8()].chars().count();
            Position {
                line: turn.line,
                column: turn.column + u32::try_from(chars).unwrap_or(u32::MAX),
            }
        });
    }
    turns
}

/// Whether a key may stand in a mapping with these; it may twice, but that is told.
fn new_key(
    key: &Node,
    seen: &mut HashMap<String, Position>,
) -> Result<Option<Duplicate>, YamlError> {
    let at = key.at;
    let Some(text) = key.text() else {
        return Err(error(at, "a key is one word, not a list or a mapping"));
    };
    if text == "<<" {
        return Err(error(at, "`<<` is not part of the language: write the keys out"));
    }
    if let Some(first) = seen.get(text) {
        return Ok(Some(Duplicate { key: text.to_owned(), at, first: *first }));
    }
    seen.insert(text.to_owned(), at);
    Ok(None)
}

fn no_tag(tagged: bool, at: Position) -> Result<(), YamlError> {
    if tagged {
        Err(error(at, "tags such as `!!str` are not part of the language"))
    } else {
        Ok(())
    }
}

fn error(at: Position, message: &str) -> YamlError {
    YamlError { at, message: message.to_owned() }
}

fn too_many(at: Position) -> YamlError {
    YamlError { at, message: format!("aliases add more than {NODES_MAX} values: use fewer") }
}

fn too_deep(at: Position) -> YamlError {
    YamlError { at, message: format!("values lie more than {DEPTH_MAX} levels in one another") }
}

fn from_scan(error: &ScanError) -> YamlError {
    YamlError { at: position(*error.marker()), message: format!("not YAML: {}", error.info()) }
}

fn position(mark: Marker) -> Position {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: number(mark.line()), column: number(mark.col()).saturating_add(1) }
}
