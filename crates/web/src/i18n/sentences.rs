//! What the engine says in English, in the reader's language.
//!
//! The engine, the checker of programs and the reader of files say what is wrong in English
//! sentences, which the command line and the API give as they are. A page says them in the
//! reader's language: `ja/sentences.txt` has a translation beside each sentence, with places for
//! what the engine fills in. What a place holds is a name or a number, or again a sentence that is
//! translated. A test reads the engine's source and fails for each sentence that has none.

use std::sync::LazyLock;

use super::Lang;

/// What the engine says, as a page in this language says it. A sentence nobody translated stays.
pub fn sentence(lang: Lang, english: &str) -> String {
    match lang {
        Lang::En => english.to_owned(),
        Lang::Ja => japanese(english).unwrap_or_else(|| english.to_owned()),
    }
}

/// The Japanese of a sentence, if there is one.
pub fn japanese(english: &str) -> Option<String> {
    translated(english, 0)
}

/// Sentences stand in sentences at most this deep.
const DEPTH_MAX: usize = 4;

fn translated(english: &str, depth: usize) -> Option<String> {
    if depth == DEPTH_MAX {
        return None;
    }
    SENTENCES.iter().find_map(|sentence| sentence.fill(english, depth))
}

/// A sentence with its translation.
struct Sentence {
    english: Vec<Piece>,
    japanese: Vec<Piece>,
}

/// `unknown key `, then a place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(&'static str),
    Place(usize),
}

impl Sentence {
    /// The more a sentence says itself, the earlier it is tried.
    fn said(&self) -> usize {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Place(_) => 0,
        };
        self.english.iter().map(text).sum()
    }

    fn fill(&self, english: &str, depth: usize) -> Option<String> {
        let mut found = Found::default();
        if !matches(&self.english, english, "", &mut found) {
            return None;
        }
        let mut known = false;
        let mut out = String::new();
        for piece in &self.japanese {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Place(place) => {
                    let value = found.get(*place);
                    let named = out.ends_with(['`', '"']);
                    let translated = if named { None } else { translated(value, depth + 1) };
                    known |= translated.is_some();
                    out.push_str(translated.as_deref().unwrap_or(value));
                }
            }
        }
        // A sentence of signs alone says nothing unless what it joins is known.
        let says = self.english.iter().any(|piece| match piece {
            Piece::Text(text) => text.contains(|c: char| c.is_alphabetic()),
            Piece::Place(_) => false,
        });
        (says || known).then_some(out)
    }
}

/// What stands in the places of a sentence.
#[derive(Default)]
struct Found<'t>(Vec<(usize, &'t str)>);

impl<'t> Found<'t> {
    fn get(&self, place: usize) -> &'t str {
        self.0.iter().find(|(number, _)| *number == place).map_or("", |(_, text)| text)
    }
}

/// Whether a text is a sentence, whatever stands in its places; a place named twice holds the same.
/// `before` is what the sentence says before the text.
fn matches<'t>(pieces: &[Piece], text: &'t str, before: &str, found: &mut Found<'t>) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return text.is_empty() };
    let place = match first {
        Piece::Text(said) => {
            let after = text.strip_prefix(said);
            return after.is_some_and(|after| matches(rest, after, said, found));
        }
        Piece::Place(place) => *place,
    };
    // What is said behind a semicolon is a sentence of its own, and no part of a name in this one.
    let leads = before.is_empty()
        && matches!(rest.first(), Some(Piece::Text(said)) if said.starts_with([';', '.', ',']));
    let quoted = before.ends_with('`');
    let whole = leads || before.ends_with(['"', '(']) || before.ends_with(": ");
    let known = found.0.len();
    let ends: Vec<usize> = match rest.first() {
        Some(Piece::Text(said)) => text.match_indices(said).map(|(at, _)| at).collect(),
        _ => vec![text.len()],
    };
    for end in ends {
        let value = &text[..end];
        if value.contains("; ") && !whole && (!quoted || value.contains('`')) {
            break;
        }
        let same = found.0.iter().all(|(number, other)| *number != place || *other == value);
        if same {
            found.0.push((place, value));
            if matches(rest, &text[end..], "", found) {
                return true;
            }
            found.0.truncate(known);
        }
    }
    false
}

static SENTENCES: LazyLock<Vec<Sentence>> = LazyLock::new(|| {
    let mut sentences: Vec<Sentence> = pairs()
        .map(|(english, japanese)| Sentence {
            english: pieces(english),
            japanese: pieces(japanese),
        })
        .collect();
    sentences.sort_by_key(|sentence| {
        let general = matches!(sentence.english.first(), Some(Piece::Place(_)));
        (general, std::cmp::Reverse(sentence.said()))
    });
    sentences
});

/// The pairs of the file: a line, and under it an indented one.
fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("ja/sentences.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut english = None;
    lines.filter_map(move |line| {
        let Some(japanese) = line.strip_prefix("  ") else {
            english = Some(line);
            return None;
        };
        english.take().map(|english| (english, japanese))
    })
}

fn pieces(text: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let digits = rest[at + 1..].chars().take_while(char::is_ascii_digit).count();
        let (before, after) = (&rest[..at], &rest[at + 1 + digits..]);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Place(rest[at + 1..at + 1 + digits].parse().unwrap_or_default()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

#[cfg(test)]
mod tests;
