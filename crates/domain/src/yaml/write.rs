//! From tree to text: a simple, deterministic form that reads back to the same texts.

use std::fmt::Write;

use super::{Kind, Node};

/// A value to write. Words are quoted where YAML would read them as something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    pub fn text(text: impl Into<String>) -> Tree {
        Tree::Text(text.into())
    }

    fn is_short(&self) -> bool {
        match self {
            Tree::Text(_) => true,
            Tree::List(items) => items.iter().all(|item| matches!(item, Tree::Text(_))),
            Tree::Map(entries) => entries.iter().all(|(_, value)| {
                matches!(value, Tree::Text(_)) || matches!(value, Tree::List(l) if l.is_empty())
            }),
        }
    }
}

impl From<&Node> for Tree {
    fn from(node: &Node) -> Tree {
        match &node.kind {
            Kind::Scalar(scalar) => Tree::Text(scalar.text.clone()),
            Kind::List(items) => Tree::List(items.iter().map(Tree::from).collect()),
            Kind::Map(entries) => Tree::Map(
                entries
                    .iter()
                    .map(|(key, value)| (key.text().unwrap_or_default().to_owned(), value.into()))
                    .collect(),
            ),
        }
    }
}

/// Writes a value as a document. Short lists and mappings stand on one line.
pub fn write(value: &Tree) -> String {
    let mut text = String::new();
    match value {
        Tree::Map(entries) if !entries.is_empty() => write_entries(entries, 0, &mut text),
        Tree::List(items) if !items.is_empty() => write_items(items, 0, &mut text),
        other => {
            write_flow(other, &mut text);
            text.push('\n');
        }
    }
    text
}

const LINE_MAX: usize = 96;

fn write_entries(entries: &[(String, Tree)], indent: usize, text: &mut String) {
    for (i, (key, value)) in entries.iter().enumerate() {
        if i > 0 {
            push_indent(indent, text);
        }
        write_scalar(key, text);
        text.push(':');
        write_value(value, indent, text);
    }
}

fn write_value(value: &Tree, indent: usize, text: &mut String) {
    let mut flow = String::new();
    if value.is_short() {
        write_flow(value, &mut flow);
    }
    let fits = value.is_short() && indent + flow.chars().count() <= LINE_MAX;
    match value {
        Tree::Map(entries) if !entries.is_empty() && !fits => {
            text.push('\n');
            push_indent(indent + 2, text);
            write_entries(entries, indent + 2, text);
        }
        Tree::List(items) if !items.is_empty() && !fits => {
            text.push('\n');
            push_indent(indent + 2, text);
            write_items(items, indent + 2, text);
        }
        _ => {
            text.push(' ');
            if flow.is_empty() {
                write_flow(value, &mut flow);
            }
            text.push_str(&flow);
            text.push('\n');
        }
    }
}

fn write_items(items: &[Tree], indent: usize, text: &mut String) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            push_indent(indent, text);
        }
        text.push_str("- ");
        let mut flow = String::new();
        write_flow(item, &mut flow);
        let fits = item.is_short() && indent + flow.chars().count() <= LINE_MAX;
        match item {
            Tree::Map(entries) if !entries.is_empty() && !fits => {
                write_entries(entries, indent + 2, text);
            }
            Tree::List(inner) if !inner.is_empty() && !fits => {
                write_items(inner, indent + 2, text);
            }
            _ => {
                text.push_str(&flow);
                text.push('\n');
            }
        }
    }
}

fn write_flow(value: &Tree, text: &mut String) {
    match value {
        Tree::Text(word) => write_scalar(word, text),
        Tree::List(items) if items.is_empty() => text.push_str("[]"),
        Tree::List(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                write_flow(item, text);
            }
            text.push(']');
        }
        Tree::Map(entries) if entries.is_empty() => text.push_str("{}"),
        Tree::Map(entries) => {
            text.push_str("{ ");
            for (i, (key, item)) in entries.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                write_scalar(key, text);
                text.push_str(": ");
                write_flow(item, text);
            }
            text.push_str(" }");
        }
    }
}

fn push_indent(indent: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', indent));
}

/// A word stays plain if nothing in it can mean anything to YAML.
fn write_scalar(word: &str, text: &mut String) {
    let safe =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '%' | '(' | ')');
    let plain = word.starts_with(|c: char| c.is_alphanumeric() || c == '-')
        && word.chars().any(char::is_alphanumeric)
        && word.chars().all(|c| safe(c) || c == ' ')
        && !word.starts_with("- ")
        && !word.starts_with("--")
        && !word.ends_with(' ')
        && word != "null";
    if plain {
        text.push_str(word);
        return;
    }
    text.push('"');
    for c in word.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{85}') => {
                let _ = write!(text, "\\U{:08x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}
