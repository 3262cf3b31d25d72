//! Binding a mapping to the columns of a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::nearest::nearest;

use super::cell::{Cell, Place};
use crate::ingest::date::DateOrder;
use crate::ingest::mapping::{FieldSource, Mapping, Origin, REASON_HEADING, Rest};
use crate::ingest::number::DecimalSign;
use crate::ingest::width;

/// Finds columns by their headings and notes those that are not there.
pub(super) struct Bind<'a> {
    mapping: &'a Mapping,
    headings: &'a [String],
    plain: Vec<String>,
    used: Vec<bool>,
    pub(super) problems: Vec<String>,
}

impl<'a> Bind<'a> {
    pub(super) fn new(mapping: &'a Mapping, headings: &'a [String]) -> Bind<'a> {
        let plain = headings.iter().map(|heading| width::heading(heading)).collect();
        let used = vec![false; headings.len()];
        Bind { mapping, headings, plain, used, problems: Vec::new() }
    }

    pub(super) fn cell(&mut self, name: &str, source: &FieldSource) -> Cell {
        let decimal = source.decimal.unwrap_or(self.mapping.decimal);
        let dates = source.dates.unwrap_or(self.mapping.dates);
        let columns: Vec<usize> =
            source.columns().iter().filter_map(|column| self.column(name, column)).collect();
        let label = match source.columns() {
            [] => name.to_owned(),
            headings => headings.join(" + "),
        };
        let place = match &source.origin {
            Origin::Constant(text) => Place::Constant(Arc::from(text.trim())),
            Origin::Column(_) => Place::One(columns.first().copied().unwrap_or(usize::MAX)),
            Origin::Columns { join, .. } => Place::Many(columns, Arc::from(join.as_str())),
        };
        Cell::new(place, label, &source.values, decimal, dates)
    }

    /// The place of a heading, as written or else in the form in which headings are compared.
    fn column(&mut self, name: &str, heading: &str) -> Option<usize> {
        let wanted = width::heading(heading);
        let exact = self.headings.iter().enumerate().filter(|(_, known)| *known == heading.trim());
        let mut found: Vec<usize> = exact.map(|(index, _)| index).collect();
        if found.is_empty() {
            let alike = self.plain.iter().enumerate().filter(|(_, known)| **known == wanted);
            found = alike.map(|(index, _)| index).collect();
        }
        match found.as_slice() {
            [index] => {
                self.used[*index] = true;
                Some(*index)
            }
            [] => {
                let known = self.headings.iter().map(String::as_str);
                let hint = match nearest(heading, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the file has {}", listed(self.headings)),
                };
                self.problems.push(format!("`{name}`: there is no column `{heading}`; {hint}"));
                None
            }
            [..] => {
                let times = found.len();
                self.problems.push(format!(
                    "`{name}`: {times} columns are called `{heading}`; give each a name of its own"
                ));
                None
            }
        }
    }

    /// The columns that are kept under their headings.
    pub(super) fn rest(&mut self, rest: &Rest, attributes: &mut Vec<(Arc<str>, Cell)>) {
        let wanted: Vec<usize> = match rest {
            Rest::None => Vec::new(),
            Rest::All => (0..self.headings.len())
                .filter(|index| !self.used[*index])
                .filter(|index| {
                    let heading = self.plain[*index].as_str();
                    !heading.is_empty() && heading != REASON_HEADING && heading != "recorded"
                })
                .collect(),
            Rest::Columns(columns) => {
                columns.iter().filter_map(|column| self.column("rest", column)).collect()
            }
        };
        for index in wanted {
            let name = self.name_of_its_own(index, attributes);
            let (decimal, dates) = (DecimalSign::default(), DateOrder::default());
            let heading = self.headings[index].clone();
            let place = Place::One(index);
            let cell = Cell::new(place, heading, &BTreeMap::new(), decimal, dates);
            attributes.push((name, cell));
        }
    }

    /// A heading that stands twice is told apart by a number.
    fn name_of_its_own(&self, index: usize, attributes: &[(Arc<str>, Cell)]) -> Arc<str> {
        let heading = &self.headings[index];
        let taken = |name: &str| attributes.iter().any(|(known, _)| **known == *name);
        if !taken(heading) {
            return Arc::from(heading.as_str());
        }
        let mut number = 2;
        while taken(&format!("{heading} {number}")) {
            number += 1;
        }
        Arc::from(format!("{heading} {number}"))
    }
}

fn listed(headings: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = headings.iter().filter(|heading| !heading.is_empty()).take(SHOWN);
    let mut names: Vec<String> = shown.map(|heading| format!("`{heading}`")).collect();
    if headings.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}
