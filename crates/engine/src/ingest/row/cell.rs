//! A field's place in a record, found once for a file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::ingest::date::DateOrder;
use crate::ingest::mapping::OTHERWISE;
use crate::ingest::number::DecimalSign;
use crate::ingest::rejection::Reason;
use crate::ingest::source::{CellKind, Record};
use crate::ingest::width;

/// Where a field's text stands.
#[derive(Debug, Clone)]
pub(super) enum Place {
    One(usize),
    Many(Vec<usize>, Arc<str>),
    Constant(Arc<str>),
}

/// How to read a field from a record.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    place: Place,
    /// The heading or headings, for rejections.
    label: Arc<str>,
    /// What is written, as it is and in the form in which headings are compared, to what it means.
    values: Option<Arc<HashMap<String, String>>>,
    pub(super) decimal: DecimalSign,
    pub(super) dates: DateOrder,
}

/// Why a cell cannot be taken, and what it held.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    pub(super) value: String,
}

impl Fault {
    pub(super) fn of(reason: Reason) -> Fault {
        Fault { reason, value: String::new() }
    }

    pub(super) fn with(self, value: &str) -> Fault {
        let value = if self.value.is_empty() { value.to_owned() } else { self.value };
        Fault { value, ..self }
    }
}

impl Cell {
    pub(super) fn new(
        place: Place,
        label: String,
        values: &BTreeMap<String, String>,
        decimal: DecimalSign,
        dates: DateOrder,
    ) -> Cell {
        let mut known = HashMap::new();
        for (written, meant) in values {
            known.entry(width::heading(written)).or_insert_with(|| meant.clone());
        }
        for (written, meant) in values {
            known.insert(written.clone(), meant.clone());
        }
        let values = (!known.is_empty()).then(|| Arc::new(known));
        Cell { place, label: Arc::from(label), values, decimal, dates }
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// The text of the cell as it stands, for messages.
    pub(super) fn first_text<'r>(&self, record: &'r Record) -> &'r str {
        match &self.place {
            Place::One(index) => record.cell(*index).trim(),
            Place::Many(columns, _) => {
                columns.first().map_or("", |index| record.cell(*index).trim())
            }
            Place::Constant(_) => "",
        }
    }

    /// What the field says in this record, and what kind of cell it stood in.
    pub(super) fn text<'r>(
        &'r self,
        record: &'r Record,
        scratch: &'r mut String,
    ) -> Result<(&'r str, CellKind), Fault> {
        let (text, kind): (&str, CellKind) = match &self.place {
            Place::Constant(text) => return Ok((text, CellKind::Text)),
            Place::One(index) => {
                let text = record.cell(*index).trim();
                let kind = record.kind(*index);
                if kind == CellKind::Error {
                    return Err(Fault::of(Reason::CellError).with(text));
                }
                (text, kind)
            }
            Place::Many(columns, join) => {
                scratch.clear();
                for (position, &index) in columns.iter().enumerate() {
                    let part = record.cell(index).trim();
                    if record.kind(index) == CellKind::Error {
                        return Err(Fault::of(Reason::CellError).with(part));
                    }
                    if part.is_empty() {
                        return Ok(("", CellKind::Text));
                    }
                    if position > 0 {
                        scratch.push_str(join);
                    }
                    scratch.push_str(part);
                }
                (scratch.as_str(), CellKind::Text)
            }
        };
        let Some(values) = &self.values else { return Ok((text, kind)) };
        let meant = values
            .get(text)
            .or_else(|| values.get(width::heading(text).as_str()))
            .or_else(|| values.get(OTHERWISE).filter(|_| !text.is_empty()));
        match meant {
            Some(meant) => Ok((meant, CellKind::Text)),
            None if text.is_empty() => Ok(("", kind)),
            None => Err(Fault::of(Reason::UnknownValue).with(text)),
        }
    }
}
