//! Which words of the language random stories say, and how often.

use std::collections::BTreeMap;

use domain::case::{count_words, words};
use domain::yaml;

/// What tables of keys do not say: lines of a story, names, and what stands inside of conditions.
/// Each is found if a text holds it.
const PHRASES: &[&str] = &[
    " && ",
    " || ",
    "!(",
    " == ",
    " != ",
    " < ",
    " <= ",
    " > ",
    " >= ",
    " in [",
    " in list(",
    " ? ",
    " / ",
    " * ",
    " - ",
    "has(",
    ".startsWith(",
    ".endsWith(",
    ".contains(",
    ".matches(",
    "date(\"",
    ".weekday",
    ".month",
    ".year",
    ".day",
    "price(\"",
    "awarded(\"",
    "earner.",
    "party.",
    "fact.kind",
    "fact.type",
    "fact.line",
    "fact.unit",
    "fact.currency",
    "fact.order",
    "product.name",
    "product.unit",
    "partner.region",
    "partner.segment",
    "partner.joined",
    "partner.parent",
    "partner.parent.parent",
    "partner.parent_or_self",
    "partner.top",
    "sum(",
    "count()",
    "count_distinct(",
    "max(",
    "min(",
    "scope: all",
    "scope: partner.",
    "window: period",
    "window: to_date",
    "window: prior_period",
    "window: prior_year",
    "window: program",
    " months",
    " days,",
    "group_by: none",
    "earner: P",
    "earner: partner",
    "earner: party",
    "to: party.",
    "when_zero: no_award",
    "when_zero: no_growth",
    "when_zero: full_growth",
    "when_zero: prior_year",
    "of: prior_period",
    "of: plan",
    "target: plan",
    "sale: ",
    "return: ",
    "credit_note: ",
    "activity: ",
    "correct: ",
    "cancel: ",
    "set: ",
    "award: ",
    "adjust: ",
    "close: ",
    "status: approved",
    "status: pending",
    "status: rejected",
    "amount: -",
    "goods: same",
];

/// How often what was said.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    said: BTreeMap<String, u64>,
}

impl Coverage {
    /// Adds a story.
    pub fn add(&mut self, text: &str) {
        if let Ok(document) = yaml::parse(text) {
            count_words(&document.root, &mut self.said);
        }
        for phrase in PHRASES.iter().filter(|phrase| text.contains(**phrase)) {
            *self.said.entry(format!("`{phrase}`")).or_default() += 1;
        }
    }

    /// Every word with how often it was said, one a line.
    pub fn counted(&self) -> String {
        let lines = self.said.iter().map(|(word, count)| format!("{count:>9} {word}\n"));
        lines.collect()
    }

    /// What no story says.
    pub fn never(&self) -> Vec<String> {
        let phrases = PHRASES.iter().map(|phrase| format!("`{phrase}`"));
        let all = words().into_iter().chain(phrases);
        all.filter(|word| !self.said.contains_key(word)).collect()
    }
}
