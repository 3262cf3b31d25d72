//! Promotions that compete: terms of one program in one lane, and the order in which they stand.

use domain::yaml::{self, Node, Step, Tree};

use super::Form;
use super::said::Says;
use crate::console::studio::guided::scalar;

/// The position of a term, said as `program/term`, in the text of its program.
pub fn position(program: &str, with: &str) -> Option<usize> {
    let root = yaml::parse(program).ok()?.root;
    let (_, term) = with.split_once('/')?;
    let is_it = |own: &Node| own.get("term").and_then(Node::text) == Some(term);
    root.get("terms")?.list()?.iter().position(is_it)
}

/// The text of a program with one more term that competes with one that is there. `item` is the
/// term as an item of a list, without its lane. `None` if the text cannot take it in, or the other
/// one competes in another way already.
pub fn joined(program: &str, form: &Form, item: &str) -> Option<String> {
    let root = yaml::parse(program).ok()?.root;
    let with = position(program, &form.lane_with)?;
    let at = [Step::Key("terms"), Step::Item(with)];
    let other = yaml::at(&root, &at)?;
    let named = other.get("lane").and_then(Node::text);
    let name = named.map_or_else(|| format!("with-{}", form.code), str::to_owned);
    let entry = |key: &str, value: String| [(key.to_owned(), Some(value))];
    let mut text = program.to_owned();
    if let Some(lanes) = root.get("lanes") {
        match lanes.get(&name).and_then(Node::text) {
            Some(kind) if kind == form.lane => {}
            Some(_) => return None,
            None => {
                let own = entry(&name, form.lane.clone());
                text = yaml::edit(&text, &[Step::Key("lanes")], &own)?;
            }
        }
    } else {
        let lanes = Says::Named(name.clone(), form.lane.clone()).raw();
        text = yaml::edit(&text, &[], &entry("lanes", lanes))?;
    }
    if named.is_none() {
        text = yaml::edit(&text, &at, &entry("lane", scalar(&name)))?;
    }
    if !form.coupon.is_empty() {
        let is_known = |fields: &Node| fields.get("fact.coupon").is_some();
        match root.get("fields") {
            Some(fields) if is_known(fields) => {}
            Some(_) => {
                let own = entry("fact.coupon", "text".into());
                text = yaml::edit(&text, &[Step::Key("fields")], &own)?;
            }
            None => {
                text = yaml::edit(&text, &[], &entry("fields", "{ fact.coupon: text }".into()))?;
            }
        }
    }
    if let Some(ends) = root.get("ends").and_then(Node::text)
        && (form.ends.is_empty() || ends < form.ends.as_str())
    {
        let last = (!form.ends.is_empty()).then(|| form.ends.clone());
        text = yaml::edit(&text, &[], &[("ends".to_owned(), last)])?;
    }
    let item = format!("{}  lane: {}\n", item, scalar(&name));
    let lines: Vec<String> = item.lines().map(str::to_owned).collect();
    let to = if form.lane_order == "before" { with } else { with + 1 };
    inserted(&text, to, &lines)
}

/// The text with one of its terms before or after another one.
pub fn placed(program: &str, own: usize, with: usize, is_before: bool) -> Option<String> {
    let expected = {
        let root = yaml::parse(program).ok()?.root;
        let mut terms: Vec<Tree> = root.get("terms")?.list()?.iter().map(Tree::from).collect();
        let term = terms.remove(own);
        let with = if own < with { with - 1 } else { with };
        terms.insert(if is_before { with } else { with + 1 }, term);
        terms
    };
    let (items, column) = items(program)?;
    let lines: Vec<&str> = program.lines().collect();
    let (from, to) = *items.get(own)?;
    let dedented = |line: &&str| line.get(column..).unwrap_or_default().to_owned();
    let term: Vec<String> = lines.get(from..to)?.iter().map(dedented).collect();
    let rest: Vec<&str> = lines.get(..from)?.iter().chain(lines.get(to..)?).copied().collect();
    let with = if own < with { with - 1 } else { with };
    let text = inserted(&(rest.join("\n") + "\n"), if is_before { with } else { with + 1 }, &term)?;
    let root = yaml::parse(&text).ok()?.root;
    let terms: Vec<Tree> = root.get("terms")?.list()?.iter().map(Tree::from).collect();
    (terms == expected).then_some(text)
}

/// The text with lines of a new term at a position.
fn inserted(program: &str, at: usize, item: &[String]) -> Option<String> {
    let (items, column) = items(program)?;
    let lines: Vec<&str> = program.lines().collect();
    // Behind the one before, so that what is said above a term stays above it.
    let line = match at.checked_sub(1).and_then(|before| items.get(before)) {
        Some((_, end)) => *end,
        None => items.first()?.0,
    };
    let indent = " ".repeat(column);
    let own = item.iter().map(|line| format!("{indent}{line}"));
    let head = lines.get(..line)?.iter().map(|&line| line.to_owned());
    let tail = lines.get(line..)?.iter().map(|&line| line.to_owned());
    let all: Vec<String> = head.chain(own).chain(tail).collect();
    Some(all.join("\n") + "\n")
}

/// The lines of each term, counted from 0, and the column of their dashes. `None` if they do not
/// stand on lines of their own.
fn items(program: &str) -> Option<(Vec<(usize, usize)>, usize)> {
    let root = yaml::parse(program).ok()?.root;
    let lines: Vec<&str> = program.lines().collect();
    let mut begins: Vec<usize> = vec![];
    for term in root.get("terms")?.list()? {
        let line = usize::try_from(term.at.line).ok()?.checked_sub(1)?;
        let before = usize::try_from(term.at.column).ok()?.checked_sub(1)?;
        let head: String = lines.get(line)?.chars().take(before).collect();
        begins.push((head.trim() == "-").then_some(line)?);
    }
    let first = lines.get(*begins.first()?)?;
    let column = first.len() - first.trim_start().len();
    let is_in = |line: &&str| {
        let rest = line.trim_start();
        let indent = line.len() - rest.len();
        rest.is_empty() || rest.starts_with('#') || column < indent
    };
    let last = *begins.last()?;
    let end = last + 1 + lines.iter().skip(last + 1).take_while(|line| is_in(line)).count();
    let mut found = vec![];
    for (at, from) in begins.iter().enumerate() {
        let to = begins.get(at + 1).copied().unwrap_or(end);
        let is_loose = |line: &&&str| line.trim().is_empty() || line.trim().starts_with('#');
        let loose = lines.get(from + 1..to)?.iter().rev().take_while(is_loose).count();
        found.push((*from, to - loose));
    }
    Some((found, column))
}
