//! The words of the language, and which of them a text says.
//!
//! Made of the tables of keys that the parser reads by, so a new word is asked for from the day it
//! is there: by the conformance cases, and by the random stories.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::CASE;
use crate::program::keys::{Key, Shape};
use crate::yaml::{Kind, Node};

/// All places of a case: `periods.every`, `periods.every=quarter`.
pub fn words() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    places(&Shape::Map(CASE), "", &mut all);
    all
}

/// Adds how often a case says what.
pub fn count_words(case: &Node, into: &mut BTreeMap<String, u64>) {
    used(case, &Shape::Map(CASE), "", into);
}

fn places(shape: &Shape, place: &str, into: &mut BTreeSet<String>) {
    match shape {
        Shape::Words(words) => {
            for word in *words {
                into.insert(format!("{place}={word}"));
            }
        }
        Shape::Map(keys) | Shape::OpenMap(keys, _) => {
            for key in *keys {
                let own = within(place, key);
                if into.insert(own.clone()) || !place.is_empty() {
                    places(&key.shape, &own, into);
                }
            }
        }
        Shape::ByName(of) | Shape::List(of) => places(of, place, into),
        Shape::OneOf(shapes) => shapes.iter().for_each(|shape| places(shape, place, into)),
        _ => {}
    }
}

/// A key of a mapping that stands under another key.
fn within(place: &str, key: &Key) -> String {
    let parent = place.rsplit('.').next().unwrap_or_default();
    if parent.is_empty() { key.word.to_owned() } else { format!("{parent}.{}", key.word) }
}

fn used(node: &Node, shape: &Shape, place: &str, into: &mut BTreeMap<String, u64>) {
    match (shape, &node.kind) {
        (Shape::Words(words), Kind::Scalar(scalar)) if words.contains(&scalar.text.as_str()) => {
            *into.entry(format!("{place}={}", scalar.text)).or_default() += 1;
        }
        (Shape::Map(keys) | Shape::OpenMap(keys, _), Kind::Map(entries)) => {
            for (name, value) in entries {
                let name = name.text().unwrap_or_default();
                if let Some(key) = keys.iter().find(|key| key.word == name) {
                    let own = within(place, key);
                    *into.entry(own.clone()).or_default() += 1;
                    used(value, &key.shape, &own, into);
                }
            }
        }
        (Shape::ByName(of), Kind::Map(entries)) => {
            for (_, value) in entries {
                used(value, of, place, into);
            }
        }
        (Shape::List(of), Kind::List(items)) => {
            for item in items {
                used(item, of, place, into);
            }
        }
        (Shape::OneOf(shapes), _) => {
            shapes.iter().for_each(|shape| used(node, shape, place, into));
        }
        _ => {}
    }
}
