//! What must hold: each line names a list of the output, chooses lines of it, and compares words.

use super::keys::SELECTORS;
use super::timeline::moment;
use super::{Expectation, OutputList};
use crate::reader::Reader;
use crate::wallet::Use;
use crate::yaml::{Node, Tree};

impl OutputList {
    /// The words of its lines that are compared.
    fn compared(self) -> Vec<&'static str> {
        let words: &[&str] = match self {
            OutputList::Awards => &[
                "amount",
                "tier",
                "tier_name",
                "qualifier",
                "measure",
                "baseline",
                "version",
                "parts",
                "lines",
                "reasons",
            ],
            OutputList::Accruals => &["amount"],
            OutputList::Payouts => &[
                "status",
                "calculated",
                "prior_period",
                "adjustments",
                "pending",
                "carried_in",
                "carried_out",
                "amount",
            ],
            OutputList::Rejections | OutputList::Waiting => &["reason"],
            OutputList::WhatIf => &["now", "projected", "brings", "tier"],
            OutputList::Wallet(list) => {
                let compared = list.words().iter().filter(|(_, of)| *of != Use::Selects);
                return compared.map(|(word, _)| *word).collect();
            }
        };
        words.to_vec()
    }

    /// The words that choose lines of it.
    fn selectors(self) -> Vec<&'static str> {
        match self {
            OutputList::Wallet(list) => {
                let choosing = list.words().iter().filter(|(_, of)| *of == Use::Selects);
                choosing.map(|(word, _)| *word).collect()
            }
            _ => SELECTORS.to_vec(),
        }
    }
}

pub(super) fn expectation(reader: &mut Reader<'_>, node: &Node) -> Option<Expectation> {
    let fields = reader.any_fields(node, "a line of `expect`")?;
    let as_of = reader.maybe(&fields, "as_of", moment);
    let first = fields.entries.iter().find(|(key, _, _)| *key != "as_of");
    let Some((word, at, of)) = first else {
        reader.error(node.at, "the line names no list", "add `awards: PROGRAM` or another list");
        return None;
    };
    let Some(list) = OutputList::all().find(|list| list.word() == *word) else {
        let known: Vec<&str> = OutputList::all().map(OutputList::word).collect();
        reader.unknown_key(at.at, word, "a line of `expect`, named by its first word", &known);
        return None;
    };
    let of = reader.code(word, of);
    let (mut selectors, mut compared) = (Vec::new(), Vec::new());
    for (key, at, value) in &fields.entries {
        if matches!(*key, "as_of") || key == word {
            continue;
        }
        let tree = ((*key).to_owned(), Tree::from(*value));
        if list.selectors().contains(key) {
            if selector_fits(reader, key, value) {
                selectors.push(tree);
            }
        } else if list.compared().contains(key) {
            compared.push(tree);
        } else {
            let known: Vec<&str> =
                ["as_of"].into_iter().chain(list.compared()).chain(list.selectors()).collect();
            reader.unknown_key(at.at, key, &format!("a line of `{word}`"), &known);
        }
    }
    Some(Expectation { at: node.at, as_of, list, of: of?, selectors, compared })
}

/// A group is a mapping of names to values, all other selectors are words.
fn selector_fits(reader: &mut Reader<'_>, key: &str, value: &Node) -> bool {
    if key != "group" {
        return reader.text(key, value).is_some();
    }
    let Some(group) = reader.any_fields(value, "`group`") else {
        return false;
    };
    group.entries.iter().all(|(name, _, value)| reader.text(name, value).is_some())
}
