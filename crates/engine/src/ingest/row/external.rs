//! Amounts from outside out of records: what another calculator computed for a partner and period.

use domain::code::PartnerCode;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::mapper::Mapper;
use crate::ingest::mapping::{EXTERNAL_NEEDED, Field};
use crate::ingest::rejection::{Reason, Rejection};
use crate::ingest::source::Record;

/// An amount from outside as a source told it, before anyone looked up what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalAmount {
    pub key: String,
    pub program: String,
    pub term: String,
    pub partner: PartnerCode,
    pub period: Option<String>,
    pub on: Option<Date>,
    /// Values of the term's `group_by`, by name.
    pub group: Vec<(String, String)>,
    pub amount: Decimal,
    pub reason: Option<String>,
}

impl Mapper {
    /// The amount a record tells.
    pub fn external(&self, record: &Record) -> Result<ExternalAmount, Rejection> {
        let mut take = self.take(record)?;
        let key = take.code(self.cell(&Field::Key));
        let program = take.code(self.cell(&Field::Program));
        let term = take.code(self.cell(&Field::Term));
        let partner = take.code_as::<PartnerCode>(self.cell(&Field::Partner));
        let period = take.code(self.cell(&Field::Period));
        let on = take.date_within(self.cell(&Field::Date), self.days()).map(DateTime::date);
        let mut group = Vec::new();
        for (field, cell) in self.cells() {
            if let Field::Group(name) = field
                && let Some(value) = take.code(Some(cell))
            {
                group.push((name.clone(), value));
            }
        }
        let amount = take.number(self.cell(&Field::Amount));
        let reason = take.text(self.cell(&Field::Reason));
        for field in EXTERNAL_NEEDED {
            let cell = self.cell(&field);
            if take.is_empty(cell) {
                let reason = match field {
                    Field::Key => Reason::MissingKey,
                    Field::Partner => Reason::MissingPartner,
                    _ => Reason::MissingValue,
                };
                take.missing(cell, &field.to_string(), reason);
            }
        }
        match (take.fault, key, program, term, partner, amount) {
            (None, Some(key), Some(program), Some(term), Some(partner), Some(amount)) => {
                Ok(ExternalAmount {
                    key,
                    program,
                    term,
                    partner,
                    period,
                    on,
                    group,
                    amount,
                    reason,
                })
            }
            // What is needed and was not found was missed above.
            (fault, ..) => Err(fault.unwrap_or_else(|| {
                Rejection::new(record.row_number(), Reason::MissingValue, None, "")
            })),
        }
    }
}
