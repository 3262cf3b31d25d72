//! Statements: what a partner is paid and why, as a paper between two companies.
//!
//! # Invariants
//!
//! * What was issued is kept as content, not as a picture: the same statement can be drawn as PDF
//!   and XLSX, in Japanese and English, and says the same next year.
//! * Amounts tie: terms add up to what was calculated, a payout's parts to its amount, payouts to
//!   the statement, net and tax to the total.
//! * A payout is on one statement that is not void.

mod fold;
mod gather;
pub mod pdf;
mod sign_off;
mod store;
pub mod words;
pub mod xlsx;

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::tax::{Basis, TaxLine};
use crate::db::DbError;
use crate::settle::SettleError;

pub(super) use gather::zone;
pub use gather::{Open, issue, open};
pub use sign_off::{SignedOff, agree, agreements};
pub(super) use store::{OnStatement, payable_in, payouts_of, set_run};
pub use store::{StatementRow, list, load, of_payout, row, void};

/// Why there is no statement.
#[derive(Debug, Error)]
pub enum StatementError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Settle(#[from] SettleError),
    #[error("there is nothing to state: no approved payout that is on no statement yet")]
    Nothing,
    #[error("it is not there")]
    NotFound,
    #[error("statement `{number}` is {status} already")]
    Over { number: String, status: &'static str },
    #[error("statement `{number}` is {status}; only one that is not in a payment can be made void")]
    NotNow { number: String, status: &'static str },
    #[error("the amounts of payout `{payout}` do not add up; rebuild, and look at its explanation")]
    DoesNotTie { payout: String },
    #[error("the stored statement `{number}` cannot be read")]
    Unreadable { number: String },
}

/// An exact number, stored as a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Num(pub Decimal);

impl Serialize for Num {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0.to_string())
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Num, D::Error> {
        String::deserialize(from)?.parse().map(Num).map_err(serde::de::Error::custom)
    }
}

/// Days are stored as `2026-07-31`.
mod day_text {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(day)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Names by language.
pub type Names = BTreeMap<String, String>;

/// Somebody on a paper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// A partner's code; empty for the vendor.
    pub code: String,
    pub names: Names,
    pub address: Vec<String>,
    pub address_ja: Vec<String>,
    /// `T…` of the vendor where its papers are qualified invoices; a tax number otherwise.
    pub tax_number: String,
    pub contact: String,
}

/// What a paper is for tax.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// No tax is touched.
    #[default]
    Statement,
    /// 適格返還請求書
    QualifiedReturn,
    /// A credit note that takes value added tax back.
    CreditNote,
    /// A credit note that leaves value added tax as it was invoiced.
    CreditNoteUnchanged,
}

/// What a total is counted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    Money,
    Quantity(Option<String>),
    Facts,
    Plain,
}

/// What a row of a tier table pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pays {
    /// A share of 1.
    Rate(Num),
    PerUnit(Num),
    Factor(Num),
    Fixed(Num),
}

/// A line behind an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    #[serde(with = "day_text")]
    pub day: Date,
    /// The partner's own document, or the key of the fact.
    pub document: String,
    pub kind: String,
    pub product: String,
    pub product_names: Names,
    pub quantity: Option<Num>,
    pub amount: Option<Num>,
    pub counted: Option<Num>,
    /// Of the amount and the quantity, and by what they were converted; papers from before these
    /// were kept say nothing.
    #[serde(default)]
    pub currency: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub converted: String,
    /// Its share of the award.
    pub share: Num,
}

/// What one term of a program brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermPart {
    pub code: String,
    pub names: Names,
    /// The period it was earned in.
    pub period: String,
    /// Of a term that is counted by groups: `region: North`.
    pub group: String,
    pub basis: Option<Num>,
    pub counted: Counted,
    pub tier: Option<u32>,
    pub tier_names: Names,
    pub pays: Vec<Pays>,
    /// What of it is due with this payout.
    pub amount: Num,
    /// Of an earlier period, and known late.
    pub is_prior: bool,
    pub lines: Vec<Line>,
}

/// An adjustment by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentPart {
    pub amount: Num,
    pub reason: String,
    /// The code of the term it is about, and what that is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<(String, Names)>,
}

/// One payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramPart {
    pub payout: String,
    pub code: String,
    pub names: Names,
    /// The number of the contract it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    pub period: String,
    #[serde(with = "day_text")]
    pub from: Date,
    /// The last day.
    #[serde(with = "day_text")]
    pub to: Date,
    pub is_reduced: bool,
    pub terms: Vec<TermPart>,
    pub calculated: Num,
    /// What of it is there because a tier moved; of papers before it was told, nothing.
    #[serde(default)]
    pub rated: Num,
    pub prior_period: Num,
    pub adjustments: Vec<AdjustmentPart>,
    pub carried_in: Num,
    /// What is carried on and what lapsed, as one amount taken off.
    pub carried_out: Num,
    pub amount: Num,
    /// Tax on top of it.
    pub tax: Num,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub number: String,
    #[serde(with = "day_text")]
    pub issued: Date,
    pub kind: PaperKind,
    pub vendor: Party,
    pub partner: Party,
    /// ISO 4217.
    pub unit: String,
    #[serde(with = "day_text")]
    pub from: Date,
    /// The last day.
    #[serde(with = "day_text")]
    pub to: Date,
    #[serde(with = "day_text")]
    pub due: Date,
    pub programs: Vec<ProgramPart>,
    pub basis: Basis,
    pub tax_lines: Vec<TaxLine>,
    pub net: Num,
    pub tax: Num,
    pub total: Num,
    /// Where it is paid to, masked.
    pub account: Option<String>,
    pub account_holder: Option<String>,
    /// That this is drawn as the credit note or demand that settles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteHead>,
}

/// Which way a note about a statement settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// A credit note instead of a transfer.
    Credit,
    /// A demand for what was paid too much.
    Debit,
}

/// What a note says beside its statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteHead {
    pub kind: NoteKind,
    /// The number of the statement it is about.
    pub statement: String,
    /// The vendor's account that a demand is paid to, in full, and who it belongs to.
    pub pay_to: Option<(String, String)>,
}

impl Statement {
    /// Whether every sum is the sum of its parts.
    pub fn ties(&self) -> bool {
        let sum =
            |amounts: &mut dyn Iterator<Item = Num>| amounts.map(|num| num.0).sum::<Decimal>();
        let programs = self.programs.iter().all(|program| {
            let of = |is_prior| {
                let terms = program.terms.iter().filter(|term| term.is_prior == is_prior);
                sum(&mut terms.map(|term| term.amount))
            };
            let adjusted = sum(&mut program.adjustments.iter().map(|one| one.amount));
            of(false) == program.calculated.0
                && of(true) == program.prior_period.0
                && program.calculated.0 + program.prior_period.0 + adjusted + program.carried_in.0
                    - program.carried_out.0
                    == program.amount.0
        });
        let amounts = sum(&mut self.programs.iter().map(|program| program.amount));
        let on_top = sum(&mut self.programs.iter().map(|program| program.tax));
        let tax: Decimal = self.tax_lines.iter().map(|line| line.tax).sum();
        let paid = match self.basis {
            Basis::Added => self.net.0 == amounts && on_top == tax,
            Basis::Included => self.total.0 == amounts && on_top.is_zero(),
        };
        programs && paid && tax == self.tax.0 && self.net.0 + self.tax.0 == self.total.0
    }
}

#[cfg(test)]
pub(in crate::papers) mod tests;
