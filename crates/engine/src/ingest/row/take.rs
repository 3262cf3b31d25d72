//! Taking typed values out of a record.

use std::sync::Arc;

use domain::amount::Currency;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::cell::{Cell, Fault};
use super::{CODE_CHARS_MAX, TEXT_CHARS_MAX};
use crate::ingest::date::{self, DateOrder};
use crate::ingest::number::{self, DecimalSign};
use crate::ingest::rejection::{Reason, Rejection};
use crate::ingest::source::{CellKind, Record};
use crate::ingest::width;

/// Takes values out of a record and keeps the fault that comes first in precedence.
pub(super) struct Take<'a> {
    record: &'a Record,
    zone: Option<&'a TimeZone>,
    scratch: String,
    pub(super) fault: Option<Rejection>,
}

impl<'a> Take<'a> {
    pub(super) fn new(
        record: &'a Record,
        zone: Option<&'a TimeZone>,
    ) -> Result<Take<'a>, Rejection> {
        match record.fault() {
            Some(fault) => Err(Rejection::of_fault(record.row_number(), fault)),
            None => Ok(Take { record, zone, scratch: String::new(), fault: None }),
        }
    }

    /// Reads the text of a cell, if it has any.
    pub(super) fn read<T>(
        &mut self,
        cell: Option<&Cell>,
        parse: impl FnOnce(&str, CellKind) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        let cell = cell?;
        let mut scratch = std::mem::take(&mut self.scratch);
        let read = match cell.text(self.record, &mut scratch) {
            Ok(("", _)) => Ok(None),
            Ok((text, kind)) => parse(text, kind).map_err(|fault| fault.with(text)),
            Err(fault) => Err(fault),
        };
        self.scratch = scratch;
        read.unwrap_or_else(|fault| {
            self.refuse(Rejection::new(
                self.record.row_number(),
                fault.reason,
                Some(cell.label()),
                &fault.value,
            ));
            None
        })
    }

    fn refuse(&mut self, rejection: Rejection) {
        if self.fault.as_ref().is_none_or(|known| rejection.reason < known.reason) {
            self.fault = Some(rejection);
        }
    }

    /// What has to be there is not; a fault of the cell itself comes first.
    pub(super) fn missing(&mut self, cell: Option<&Cell>, field: &str, reason: Reason) {
        let label = cell.map_or_else(|| field.to_owned(), |cell| cell.label().to_owned());
        let same = |known: &Rejection| known.column.as_deref() == Some(label.as_str());
        if !self.fault.as_ref().is_some_and(same) {
            let value = cell.map_or("", |cell| cell.first_text(self.record));
            self.refuse(Rejection::new(self.record.row_number(), reason, Some(&label), value));
        }
    }

    /// Whether a field says nothing at all; a fault of its cell is told by whoever reads it.
    pub(super) fn is_empty(&self, cell: Option<&Cell>) -> bool {
        let mut scratch = String::new();
        cell.is_none_or(|cell| matches!(cell.text(self.record, &mut scratch), Ok(("", _))))
    }

    /// A short text without line breaks.
    pub(super) fn code(&mut self, cell: Option<&Cell>) -> Option<String> {
        self.code_as(cell)
    }

    /// The same as what it stands for.
    pub(super) fn code_as<T: for<'t> From<&'t str>>(&mut self, cell: Option<&Cell>) -> Option<T> {
        self.read(cell, |text, _| {
            if has_control(text) {
                return Err(Fault::of(Reason::BadText));
            }
            within(text, CODE_CHARS_MAX).map(|text| Some(T::from(text)))
        })
    }

    pub(super) fn text(&mut self, cell: Option<&Cell>) -> Option<String> {
        self.read(cell, |text, _| within(text, TEXT_CHARS_MAX).map(|text| Some(text.to_owned())))
    }

    pub(super) fn number(&mut self, cell: Option<&Cell>) -> Option<Decimal> {
        let decimal = cell.map_or(DecimalSign::Point, |cell| cell.decimal);
        self.read(cell, |text, kind| {
            // What a spreadsheet stores as a number is written by us, with a point.
            let sign = if kind == CellKind::Number { DecimalSign::Point } else { decimal };
            let number = number::parse(text, sign).map_err(|error| Fault::of(error.into()))?;
            match number {
                Some(number) if !is_addable(number) => Err(Fault::of(Reason::OutOfRange)),
                number => Ok(number),
            }
        })
    }

    pub(super) fn date(&mut self, cell: Option<&Cell>) -> Option<DateTime> {
        self.date_within(cell, None)
    }

    /// A date that lies between two days, or any.
    pub(super) fn date_within(
        &mut self,
        cell: Option<&Cell>,
        days: Option<(Date, Date)>,
    ) -> Option<DateTime> {
        let order = cell.map_or(DateOrder::YearFirst, |cell| cell.dates);
        let epoch = self.record.epoch();
        let zone = self.zone;
        self.read(cell, |text, kind| {
            let read = match kind {
                // `20260401` typed as a number is a date as well, and no serial one.
                CellKind::Number if text.len() != 8 || text.contains('.') => {
                    date::from_serial(text, epoch).map(Some).ok_or(date::DateError::NotADate)
                }
                CellKind::Number | CellKind::Date => date::parse(text, DateOrder::YearFirst, zone),
                _ => date::parse(text, order, zone),
            };
            let read = read.map_err(|error| Fault::of(error.into()))?;
            let is_near =
                |at: DateTime| days.is_none_or(|(first, last)| (first..=last).contains(&at.date()));
            match read {
                Some(at) if !is_near(at) => Err(Fault::of(Reason::FarDate)),
                read => Ok(read),
            }
        })
    }

    pub(super) fn currency(&mut self, cell: Option<&Cell>) -> Option<Currency> {
        self.read(cell, |text, _| {
            // Nearly all are written as they are named.
            let known = Currency::parse(text)
                .or_else(|| Currency::parse(&width::fold(text).to_ascii_uppercase()));
            known.map(Some).ok_or(Fault::of(Reason::BadCurrency))
        })
    }

    pub(super) fn attributes(&mut self, cells: &[(Arc<str>, Cell)]) -> Vec<(Arc<str>, String)> {
        let mut attributes = Vec::with_capacity(cells.len());
        for (name, cell) in cells {
            if let Some(text) = self.text(Some(cell)) {
                attributes.push((Arc::clone(name), text));
            }
        }
        attributes
    }
}

fn has_control(text: &str) -> bool {
    // Bytes are quicker to look at, and nearly all codes are of one byte a character.
    if text.is_ascii() {
        text.bytes().any(|byte| byte.is_ascii_control())
    } else {
        text.chars().any(char::is_control)
    }
}

fn within(text: &str, chars_max: usize) -> Result<&str, Fault> {
    // Bytes are quicker to count and never fewer than characters.
    if text.len() > chars_max && text.chars().count() > chars_max {
        return Err(Fault::of(Reason::TextTooLong));
    }
    Ok(text)
}

/// Whether a thousand such numbers add up exactly, in the 28 digits that a sum has.
fn is_addable(number: Decimal) -> bool {
    number.abs() < Decimal::new(1_000_000_000_000_000, 0)
        && (number.scale() <= 10 || number.normalize().scale() <= 10)
}
