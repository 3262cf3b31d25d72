//! A mapping of a settlement block, read with words for whoever wrote it.

use domain::yaml::Node;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// A mapping and where it stands.
pub struct Line<'n> {
    node: &'n Node,
    entries: Vec<(&'n str, &'n Node)>,
}

impl<'n> Line<'n> {
    pub fn of(node: &'n Node) -> Result<Line<'n>, String> {
        let map = node.map().ok_or_else(|| {
            format!("line {}: {} is no mapping of words", node.at.line, node.described())
        })?;
        let entries = map.iter().filter_map(|(key, value)| Some((key.text()?, value))).collect();
        Ok(Line { node, entries })
    }

    pub fn number_in_file(&self) -> u32 {
        self.node.at.line
    }

    pub fn wrong(&self, why: &str) -> String {
        format!("line {}: {why}", self.number_in_file())
    }

    /// The word that names the line: the first beside these.
    pub fn word(&self, beside: &[&str]) -> Result<&'n str, String> {
        let found = self.entries.iter().map(|(key, _)| *key).find(|key| !beside.contains(key));
        found.ok_or_else(|| self.wrong("the line says nothing"))
    }

    /// Refuses what is not known.
    pub fn only(&self, known: &[&str]) -> Result<(), String> {
        match self.entries.iter().find(|(key, _)| !known.contains(key)) {
            Some((key, at)) => {
                Err(format!("line {}: `{key}` is not one of {}", at.at.line, known.join(", ")))
            }
            None => Ok(()),
        }
    }

    fn node(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, node)| *node)
    }

    pub fn maybe(&self, key: &str) -> Option<&'n str> {
        self.node(key)?.text()
    }

    pub fn text(&self, key: &str) -> Result<String, String> {
        let found = self.maybe(key).filter(|text| !text.is_empty());
        found.map(ToOwned::to_owned).ok_or_else(|| self.wrong(&format!("`{key}` is missing")))
    }

    fn parsed<T: std::str::FromStr>(&self, key: &str, what: &str) -> Result<T, String> {
        let text = self.text(key)?;
        text.parse().map_err(|_| self.wrong(&format!("`{key}` is `{text}`, which is no {what}")))
    }

    pub fn date(&self, key: &str) -> Result<Date, String> {
        self.parsed(key, "day like 2026-04-01")
    }

    pub fn number(&self, key: &str) -> Result<Decimal, String> {
        self.parsed(key, "number")
    }

    pub fn count(&self, key: &str) -> Result<u32, String> {
        self.parsed(key, "whole number")
    }

    /// What stands under a key by names; nothing if it is not there.
    pub fn entries_of(&self, key: &str) -> Result<Vec<(&'n str, &'n Node)>, String> {
        match self.node(key) {
            None => Ok(Vec::new()),
            Some(node) => Ok(Line::of(node)?.entries),
        }
    }

    /// The list under a key; nothing if it is not there.
    pub fn items_of(&self, key: &str) -> Result<&'n [Node], String> {
        match self.node(key) {
            None => Ok(&[]),
            Some(node) => {
                node.list().ok_or_else(|| self.wrong(&format!("`{key}` is a list of lines")))
            }
        }
    }
}
