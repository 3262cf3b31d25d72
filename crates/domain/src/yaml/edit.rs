//! Entries of a mapping changed in its text.
//!
//! # Promises
//!
//! * What nobody asked to change stays as it was written, letter by letter: comments, order,
//!   quotes, and how it is laid out.
//! * What comes out was read again: it says what was asked, and of everything else what it said
//!   before. A text for which that fails is not changed at all.

use super::{Node, Tree, parse};

/// A step on the way to a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'s> {
    Key(&'s str),
    Item(usize),
}

/// A key, and what it says from now on, as YAML on one line; `None` takes the key out.
pub type Entry = (String, Option<String>);

/// The text with these entries of the mapping at the end of `path` changed; new ones come last.
/// `None` if there is no such mapping, or it is written in a way that cannot be changed in place.
pub fn edit(text: &str, path: &[Step<'_>], entries: &[Entry]) -> Option<String> {
    if entries.is_empty() {
        return Some(text.to_owned());
    }
    let root = parse(text).ok()?.root;
    let node = at(&root, path)?;
    let own = node.map()?;
    let starts = offset(text, node)?;
    let edited = if text.get(starts..)?.starts_with('{') {
        in_braces(text, starts, own, entries)?
    } else {
        on_lines(text, own, entries)?
    };
    let expected = replaced(Tree::from(&root), path, entries)?;
    let read = parse(&edited).ok()?;
    (read.duplicates.is_empty() && Tree::from(&read.root) == expected).then_some(edited)
}

/// The node at the end of a path.
pub fn at<'n>(root: &'n Node, path: &[Step<'_>]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Item(item) => node.list()?.get(*item),
    })
}

/// What the whole is to say afterwards.
fn replaced(tree: Tree, path: &[Step<'_>], entries: &[Entry]) -> Option<Tree> {
    let Some((step, rest)) = path.split_first() else {
        let Tree::Map(mut own) = tree else { return None };
        for (key, value) in entries {
            let said = match value {
                Some(value) => Some(Tree::from(&parse(value).ok()?.root)),
                None => None,
            };
            match (own.iter_mut().find(|(other, _)| other == key), said) {
                (Some(entry), Some(said)) => entry.1 = said,
                (None, Some(said)) => own.push((key.clone(), said)),
                (_, None) => own.retain(|(other, _)| other != key),
            }
        }
        return Some(Tree::Map(own));
    };
    match (tree, step) {
        (Tree::Map(own), Step::Key(key)) => {
            let one = |(other, value): (String, Tree)| {
                let value = if other == *key { replaced(value, rest, entries)? } else { value };
                Some((other, value))
            };
            own.into_iter().map(one).collect::<Option<_>>().map(Tree::Map)
        }
        (Tree::List(own), Step::Item(item)) => {
            let one = |(at, value)| {
                if at == *item { replaced(value, rest, entries) } else { Some(value) }
            };
            own.into_iter().enumerate().map(one).collect::<Option<_>>().map(Tree::List)
        }
        _ => None,
    }
}

/// The byte at which a node begins.
fn offset(text: &str, node: &Node) -> Option<usize> {
    let line = usize::try_from(node.at.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(node.at.column).ok()?.checked_sub(1)?;
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let own = text.get(before..)?;
    let into = own.char_indices().nth(column).map_or(own.len(), |(at, _)| at);
    Some(before + into)
}

fn find<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Option<String>> {
    entries.iter().find(|(own, _)| own == key).map(|(_, value)| value)
}

/// Entries that are not in the mapping yet.
fn new<'e>(
    own: &'e [(Node, Node)],
    entries: &'e [Entry],
) -> impl Iterator<Item = (&'e str, &'e str)> {
    let is_new = move |key: &str| own.iter().all(|(other, _)| other.text() != Some(key));
    entries.iter().filter_map(move |(key, value)| {
        is_new(key).then(|| value.as_ref().map(|value| (key.as_str(), value.as_str()))).flatten()
    })
}

/// A mapping in braces.
fn in_braces(text: &str, starts: usize, own: &[(Node, Node)], entries: &[Entry]) -> Option<String> {
    let ends = starts + closing(text.get(starts..)?)?;
    let mut said = Vec::new();
    for (at, (key, _)) in own.iter().enumerate() {
        let from = offset(text, key)?;
        let to = own.get(at + 1).map_or(Some(ends), |(next, _)| offset(text, next))?;
        let raw = text.get(from..to)?.trim_end().trim_end_matches(',').trim_end();
        match find(entries, key.text()?) {
            // A comment would take in what comes behind it.
            None if raw.contains(" #") => return None,
            None => said.push(raw.to_owned()),
            Some(Some(value)) => said.push(format!("{}: {value}", key.text()?)),
            Some(None) => {}
        }
    }
    said.extend(new(own, entries).map(|(key, value)| format!("{key}: {value}")));
    let braces =
        if said.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", said.join(", ")) };
    Some(format!("{}{braces}{}", text.get(..starts)?, text.get(ends + 1..)?))
}

/// Where the brace that opens a text is closed.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, sign) in text.char_indices() {
        match (quote, sign) {
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), _) if open == sign && !escaped => quote = None,
            // Within a word it is an apostrophe.
            (None, '"' | '\'') => {
                let before = text.get(..at)?.trim_end().chars().next_back();
                if before.is_some_and(|sign| ['{', '[', ',', ':'].contains(&sign)) {
                    quote = Some(sign);
                }
            }
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        escaped = false;
    }
    None
}

/// A mapping whose keys stand on lines of their own.
fn on_lines(text: &str, own: &[(Node, Node)], entries: &[Entry]) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let column = usize::try_from(own.first()?.0.at.column).ok()?.checked_sub(1)?;
    let mut begins = Vec::new();
    for (key, _) in own {
        let line = usize::try_from(key.at.line).ok()?.checked_sub(1)?;
        let is_alone = usize::try_from(key.at.column).ok()? == column + 1
            && begins.last().is_none_or(|last| *last < line);
        begins.push(is_alone.then_some(line)?);
    }
    let last = *begins.last()?;
    let behind = lines.iter().skip(last + 1).position(|line| !belongs(line, column));
    let end = behind.map_or(lines.len(), |behind| last + 1 + behind);
    let mut out: Vec<String> = lines.get(..*begins.first()?)?.iter().map(|&l| l.into()).collect();
    for (at, (key, _)) in own.iter().enumerate() {
        let from = *begins.get(at)?;
        let to = begins.get(at + 1).copied().unwrap_or(end);
        let is_loose = |line: &&&str| line.trim().is_empty() || line.trim().starts_with('#');
        let loose = lines.get(from + 1..to)?.iter().rev().take_while(is_loose).count();
        let first: String = lines.get(from)?.chars().take(column).collect();
        match find(entries, key.text()?) {
            None => out.extend(lines.get(from..to - loose)?.iter().map(|&line| line.to_owned())),
            Some(Some(value)) => out.push(format!("{first}{}: {value}", key.text()?)),
            // The dash of an item would go with it.
            Some(None) if !first.trim().is_empty() => return None,
            Some(None) => {}
        }
        if at + 1 == own.len() {
            let indent = " ".repeat(column);
            out.extend(new(own, entries).map(|(key, value)| format!("{indent}{key}: {value}")));
        }
        out.extend(lines.get(to - loose..to)?.iter().map(|&line| line.to_owned()));
    }
    out.extend(lines.get(end..)?.iter().map(|&line| line.to_owned()));
    Some(out.join("\n") + "\n")
}

/// Whether a line is still of a mapping whose keys stand in this column.
fn belongs(line: &str, column: usize) -> bool {
    let rest = line.trim_start();
    let indent = line.len() - rest.len();
    rest.is_empty()
        || rest.starts_with('#')
        || indent > column
        || (indent == column && (rest.starts_with("- ") || rest == "-"))
}
