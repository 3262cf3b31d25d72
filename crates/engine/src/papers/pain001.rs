//! Transfers by ISO 20022: `pain.001.001.09`, customer credit transfer initiation.
//!
//! # Invariants
//!
//! * The document holds to the schema: order of elements, lengths, patterns, decimals; and to the
//!   usage rules of banks that are stricter than it: Latin letters of the SWIFT set only, no text
//!   that begins or ends with `/`, a service level and shared charges as the currency asks for.
//! * `NbOfTxs` and `CtrlSum` of group and payment are those of the transfers.
//! * A bad payee is a [`PainError`] of that payee before there is a file.

use std::fmt::Write as _;

use domain::amount::Currency;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use thiserror::Error;

use super::latin;
use super::party::{Account, Address};

/// Why a transfer cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PainError {
    #[error("{field} is missing")]
    Missing { field: &'static str },
    #[error(transparent)]
    Latin(#[from] latin::LatinError),
    #[error("`{text}` has {chars} characters and {field} takes {max}; shorten it")]
    Long { field: &'static str, text: String, chars: usize, max: usize },
    #[error("an amount of {amount} {currency} cannot be transferred")]
    Amount { amount: Decimal, currency: Currency },
    #[error("an account in the Japanese numbering has no place here; enter it with a BIC instead")]
    JapaneseAccount,
    #[error("the account number must be 1 to 34 letters and digits")]
    Number,
    #[error("the file would hold no transfer")]
    Empty,
}

/// Who orders the transfers: one payment, from one account, on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orderer {
    pub message_id: String,
    pub created: DateTime,
    pub name: String,
    pub address: Address,
    pub account: Account,
    pub currency: Currency,
    pub day: Date,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    pub end_to_end_id: String,
    pub account: Account,
    pub address: Address,
    pub amount: Decimal,
    /// What the payee reads on its account.
    pub text: String,
}

/// The schema this is written for.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
const ID_CHARS_MAX: usize = 35;
/// The schema takes 140; banks in the Single Euro Payments Area pass on 70.
const NAME_CHARS_MAX: usize = 70;
const TEXT_CHARS_MAX: usize = 140;

/// Checks one transfer by itself, so that a bad payee is an exception and not a broken file.
pub fn check(transfer: &Transfer, currency: Currency) -> Result<(), PainError> {
    write_transfer(&mut Xml::default(), transfer, currency)
}

/// The bytes of the document.
pub fn file(orderer: &Orderer, transfers: &[Transfer]) -> Result<Vec<u8>, PainError> {
    if transfers.is_empty() {
        return Err(PainError::Empty);
    }
    let count = transfers.len().to_string();
    let sum: Decimal = transfers.iter().map(|transfer| transfer.amount).sum();
    let sum = money(sum, orderer.currency);
    let id = text(&orderer.message_id, "the message id", ID_CHARS_MAX)?;
    let name = text(&orderer.name, "the name of the orderer", NAME_CHARS_MAX)?;
    let mut xml = Xml::default();
    xml.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.open_as("Document", &format!("Document xmlns=\"{NAMESPACE}\""));
    xml.open("CstmrCdtTrfInitn");
    xml.open("GrpHdr");
    xml.leaf("MsgId", &id);
    xml.leaf("CreDtTm", &orderer.created.strftime("%Y-%m-%dT%H:%M:%S").to_string());
    xml.leaf("NbOfTxs", &count);
    xml.leaf("CtrlSum", &sum);
    xml.within("InitgPty", |xml| xml.leaf("Nm", &name));
    xml.close();
    xml.open("PmtInf");
    xml.leaf("PmtInfId", &id);
    xml.leaf("PmtMtd", "TRF");
    xml.leaf("BtchBookg", "true");
    xml.leaf("NbOfTxs", &count);
    xml.leaf("CtrlSum", &sum);
    let is_euro = orderer.currency.as_str() == "EUR";
    if is_euro {
        xml.open("PmtTpInf");
        xml.within("SvcLvl", |xml| xml.leaf("Cd", "SEPA"));
        xml.close();
    }
    xml.within("ReqdExctnDt", |xml| xml.leaf("Dt", &orderer.day.to_string()));
    party(&mut xml, "Dbtr", &name, &orderer.address)?;
    account(&mut xml, "DbtrAcct", &orderer.account)?;
    agent(&mut xml, "DbtrAgt", &orderer.account, true);
    xml.leaf("ChrgBr", if is_euro { "SLEV" } else { "SHAR" });
    for transfer in transfers {
        write_transfer(&mut xml, transfer, orderer.currency)?;
    }
    xml.close();
    xml.close();
    xml.close();
    Ok(xml.text.into_bytes())
}

fn write_transfer(xml: &mut Xml, transfer: &Transfer, currency: Currency) -> Result<(), PainError> {
    let amount = transfer.amount;
    let decimals = currency.decimals();
    let is_payable = amount > Decimal::ZERO
        && amount.normalize().scale() <= decimals
        && amount < Decimal::from(1_000_000_000_000_i64);
    if !is_payable {
        return Err(PainError::Amount { amount, currency });
    }
    let id = text(&transfer.end_to_end_id, "the reference", ID_CHARS_MAX)?;
    let name = text(transfer.account.holder(), "the account holder", NAME_CHARS_MAX)?;
    let said = text(&transfer.text, "the remittance text", TEXT_CHARS_MAX)?;
    xml.open("CdtTrfTxInf");
    xml.within("PmtId", |xml| {
        xml.leaf("InstrId", &id);
        xml.leaf("EndToEndId", &id);
    });
    xml.open("Amt");
    xml.leaf_as("InstdAmt", &format!("InstdAmt Ccy=\"{currency}\""), &money(amount, currency));
    xml.close();
    agent(xml, "CdtrAgt", &transfer.account, false);
    party(xml, "Cdtr", &name, &transfer.address)?;
    account(xml, "CdtrAcct", &transfer.account)?;
    xml.within("RmtInf", |xml| xml.leaf("Ustrd", &said));
    xml.close();
    Ok(())
}

fn party(xml: &mut Xml, tag: &str, name: &str, address: &Address) -> Result<(), PainError> {
    let country = address.country.as_ref().ok_or(PainError::Missing { field: "the country" })?;
    let part = |value: &str, field, max| {
        if value.trim().is_empty() { Ok(None) } else { text(value, field, max).map(Some) }
    };
    let street = part(&address.street, "the street", 70)?;
    let code = part(&address.postal_code, "the postal code", 16)?;
    let town = part(&address.town, "the town", 35)?;
    xml.open(tag);
    xml.leaf("Nm", name);
    xml.within("PstlAdr", |xml| {
        for (tag, value) in [("StrtNm", street), ("PstCd", code), ("TwnNm", town)] {
            if let Some(value) = value {
                xml.leaf(tag, &value);
            }
        }
        xml.leaf("Ctry", country.as_str());
    });
    xml.close();
    Ok(())
}

fn account(xml: &mut Xml, tag: &str, account: &Account) -> Result<(), PainError> {
    match account {
        Account::Iban(account) => xml.within(tag, |xml| {
            xml.within("Id", |xml| xml.leaf("IBAN", account.iban.as_str()));
        }),
        Account::Other(account) => {
            let number = account.number.trim();
            let fits = (1..=34).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !fits {
                return Err(PainError::Number);
            }
            xml.within(tag, |xml| {
                xml.within("Id", |xml| xml.within("Othr", |xml| xml.leaf("Id", number)));
            });
        }
        Account::Japan(_) => return Err(PainError::JapaneseAccount),
    }
    Ok(())
}

/// The bank. The orderer's must be there, if only as not provided; the payee's may be left out
/// where an IBAN names it.
fn agent(xml: &mut Xml, tag: &str, account: &Account, is_needed: bool) {
    let bic = match account {
        Account::Iban(account) => account.bic.as_ref(),
        Account::Other(account) => Some(&account.bic),
        Account::Japan(_) => None,
    };
    match bic {
        Some(bic) => xml.within(tag, |xml| {
            xml.within("FinInstnId", |xml| xml.leaf("BICFI", bic.as_str()));
        }),
        None if is_needed => xml.within(tag, |xml| {
            xml.within("FinInstnId", |xml| {
                xml.within("Othr", |xml| xml.leaf("Id", "NOTPROVIDED"));
            });
        }),
        None => {}
    }
}

/// An amount with all decimals of its currency, and no more.
fn money(amount: Decimal, currency: Currency) -> String {
    let mut amount = amount.normalize();
    amount.rescale(currency.decimals());
    amount.to_string()
}

fn text(value: &str, field: &'static str, max: usize) -> Result<String, PainError> {
    let latin = latin::fold(value)?;
    if latin.is_empty() {
        return Err(PainError::Missing { field });
    }
    let chars = latin.chars().count();
    if chars > max {
        return Err(PainError::Long { field, text: latin, chars, max });
    }
    Ok(latin)
}

/// An XML document as it grows. Texts are of the SWIFT set, which has nothing to escape but `&`,
/// which it has not.
#[derive(Default)]
struct Xml {
    text: String,
    open: Vec<String>,
}

impl Xml {
    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.open.len()));
    }

    fn open(&mut self, tag: &str) {
        self.open_as(tag, tag);
    }

    fn open_as(&mut self, tag: &str, with_attributes: &str) {
        self.indent();
        let _ = writeln!(self.text, "<{with_attributes}>");
        self.open.push(tag.to_owned());
    }

    fn close(&mut self) {
        let Some(tag) = self.open.pop() else { return };
        self.indent();
        let _ = writeln!(self.text, "</{tag}>");
    }

    fn within(&mut self, tag: &str, inner: impl FnOnce(&mut Xml)) {
        self.open(tag);
        inner(self);
        self.close();
    }

    fn leaf(&mut self, tag: &str, value: &str) {
        self.leaf_as(tag, tag, value);
    }

    fn leaf_as(&mut self, tag: &str, with_attributes: &str, value: &str) {
        self.indent();
        let _ = writeln!(self.text, "<{with_attributes}>{value}</{tag}>");
    }
}

#[cfg(test)]
mod tests;
