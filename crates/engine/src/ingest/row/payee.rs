//! Payees out of records: what stands on papers about a partner, and the account it is paid to.
//!
//! # Invariants
//!
//! * A row is read as a whole: a payee with half an account is a rejection.
//! * Rejections show the end of an account number only, as everything does that people look at.

use domain::code::PartnerCode;
use rust_decimal::Decimal;

use super::cell::{Cell, Fault};
use super::mapper::Mapper;
use super::take::Take;
use crate::ingest::mapping::Field;
use crate::ingest::rejection::{Reason, Rejection};
use crate::ingest::source::Record;
use crate::parties::check::{Bic, Country, Iban, masked};
use crate::parties::party::{
    Account, AccountType, Digits, IbanAccount, JapaneseAccount, OtherAccount, Treatment,
};
use crate::parties::payee::Payee;

/// A payee as a source told it. What it leaves empty stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeeRow {
    pub partner: PartnerCode,
    pub name: Option<String>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub town: Option<String>,
    pub country: Option<Country>,
    pub tax_number: Option<String>,
    pub treatment: Option<Treatment>,
    pub account: Option<Account>,
}

impl PayeeRow {
    /// What is told over what is known.
    pub fn over(&self, known: &Payee) -> Payee {
        let mut details = known.clone();
        let texts = [
            (&mut details.name, &self.name),
            (&mut details.address.street, &self.street),
            (&mut details.address.postal_code, &self.postal_code),
            (&mut details.address.town, &self.town),
            (&mut details.tax_number, &self.tax_number),
        ];
        for (kept, told) in texts {
            if let Some(told) = told {
                kept.clone_from(told);
            }
        }
        if self.country.is_some() {
            details.address.country.clone_from(&self.country);
        }
        details.treatment = self.treatment.unwrap_or(details.treatment);
        details
    }
}

impl Mapper {
    /// The payee a record tells.
    pub fn payee(&self, record: &Record) -> Result<PayeeRow, Rejection> {
        let mut take = self.take(record)?;
        let partner = take.code_as::<PartnerCode>(self.cell(&Field::Partner));
        if partner.is_none() {
            take.missing(self.cell(&Field::Partner), "partner", Reason::MissingPartner);
        }
        let name = take.text(self.cell(&Field::Name(String::new())));
        let street = take.text(self.cell(&Field::Street));
        let postal_code = take.text(self.cell(&Field::PostalCode));
        let town = take.text(self.cell(&Field::Town));
        let country = self.country(&mut take);
        let tax_number = take.code(self.cell(&Field::TaxNumber));
        let treatment = self.treatment(&mut take);
        let account = self.account(&mut take);
        match (take.fault, partner) {
            (None, Some(partner)) => Ok(PayeeRow {
                partner,
                name,
                street,
                postal_code,
                town,
                country,
                tax_number,
                treatment,
                account,
            }),
            (fault, _) => Err(fault.unwrap_or_else(|| {
                Rejection::new(record.row_number(), Reason::MissingPartner, None, "")
            })),
        }
    }

    /// Two letters of ISO 3166.
    pub(super) fn country(&self, take: &mut Take<'_>) -> Option<Country> {
        take.read(self.cell(&Field::Country), |text, _| {
            Country::parse(text).map(Some).map_err(|_| Fault::of(Reason::BadCountry))
        })
    }

    /// A rate alone says value added tax.
    fn treatment(&self, take: &mut Take<'_>) -> Option<Treatment> {
        let (words, rates) = (self.cell(&Field::Treatment), self.cell(&Field::VatRate));
        let word = take.read(words, |text, _| {
            let is_known = ["none", "japan", "vat", "vat_unchanged"].contains(&text);
            if is_known { Ok(Some(text.to_owned())) } else { Err(Fault::of(Reason::UnknownValue)) }
        });
        let percent = take.number(rates);
        let rate = percent.map(|percent| percent / Decimal::ONE_HUNDRED);
        let is_rate = |rate: &Decimal| !rate.is_sign_negative() && *rate < Decimal::ONE;
        if !rate.as_ref().is_none_or(is_rate) {
            take.missing(rates, "vat_rate", Reason::BadTaxRate);
        }
        match (word.as_deref(), rate) {
            (Some("none"), _) => Some(Treatment::None),
            (Some("japan"), _) => Some(Treatment::Japan),
            (Some("vat_unchanged"), _) => Some(Treatment::VatUnchanged),
            (_, Some(rate)) => Some(Treatment::Vat { rate }),
            (Some(_), None) => {
                take.missing(rates, "vat_rate", Reason::MissingValue);
                None
            }
            (None, None) => None,
        }
    }

    /// An IBAN, or bank, branch and number of Japan, or a number at a bank with a BIC; by which of
    /// them the row fills.
    fn account(&self, take: &mut Take<'_>) -> Option<Account> {
        let cell = |field: &Field| self.cell(field);
        let holder = take.code(cell(&Field::Holder));
        let iban = take.read(cell(&Field::Iban), |text, _| {
            let wrong = || Fault { reason: Reason::BadIban, value: masked(text) };
            Iban::parse(text).map(Some).map_err(|_| wrong())
        });
        let bic = take.read(cell(&Field::Bic), |text, _| {
            Bic::parse(text).map(Some).map_err(|_| Fault::of(Reason::BadBic))
        });
        let is_filled = |take: &Take<'_>, field: &Field| !take.is_empty(cell(field));
        let is_iban = is_filled(take, &Field::Iban);
        let is_japan = is_filled(take, &Field::Bank) || is_filled(take, &Field::Branch);
        let is_other = is_filled(take, &Field::AccountNumber);
        if !is_iban && !is_japan && !is_other {
            if holder.is_some() || bic.is_some() {
                take.missing(cell(&Field::Iban), "iban", Reason::MissingValue);
            }
            return None;
        }
        if holder.is_none() {
            take.missing(cell(&Field::Holder), "holder", Reason::MissingValue);
        }
        if is_iban {
            return Some(Account::Iban(IbanAccount { iban: iban?, bic, holder: holder? }));
        }
        if is_japan {
            return self.japanese(take, holder);
        }
        let number = take.read(cell(&Field::AccountNumber), |text, _| {
            let number: String = text.split_whitespace().collect();
            let fits = number.len() <= 34 && number.bytes().all(|b| b.is_ascii_alphanumeric());
            let wrong = || Fault { reason: Reason::BadBankDigits, value: masked(text) };
            if fits { Ok(Some(number)) } else { Err(wrong()) }
        });
        if bic.is_none() {
            take.missing(cell(&Field::Bic), "bic", Reason::MissingValue);
        }
        Some(Account::Other(OtherAccount { number: number?, bic: bic?, holder: holder? }))
    }

    fn japanese(&self, take: &mut Take<'_>, holder: Option<String>) -> Option<Account> {
        let bank = digits::<4>(take, self.cell(&Field::Bank), "bank");
        let branch = digits::<3>(take, self.cell(&Field::Branch), "branch");
        let number = digits::<7>(take, self.cell(&Field::AccountNumber), "account_number");
        let kind = take.read(self.cell(&Field::AccountType), |text, _| {
            let known = AccountType::from_word(text);
            known.map(Some).ok_or(Fault::of(Reason::UnknownValue))
        });
        let bank_name = take.code(self.cell(&Field::BankName)).unwrap_or_default();
        let branch_name = take.code(self.cell(&Field::BranchName)).unwrap_or_default();
        Some(Account::Japan(JapaneseAccount {
            bank: bank?,
            bank_name,
            branch: branch?,
            branch_name,
            kind: kind.unwrap_or(AccountType::Ordinary),
            number: number?,
            holder: holder?,
        }))
    }
}

fn digits<const N: usize>(
    take: &mut Take<'_>,
    cell: Option<&Cell>,
    field: &str,
) -> Option<Digits<N>> {
    let read = take.read(cell, |text, _| {
        let wrong = || Fault { reason: Reason::BadBankDigits, value: masked(text) };
        Digits::parse(text).map(Some).map_err(|_| wrong())
    });
    if read.is_none() {
        take.missing(cell, field, Reason::MissingValue);
    }
    read
}
