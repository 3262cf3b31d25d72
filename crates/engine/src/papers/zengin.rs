//! The transfer file of the Japanese banks' association (全銀協規定形式, 総合振込).
//!
//! # Invariants
//!
//! * Every record is 120 bytes of CP932 and ends with CR LF: one header (1), a data record (2) for
//!   each transfer, one trailer (8), one end (9).
//! * Count and sum of the trailer are those of the data records.
//! * A [`Transfer`] that was built holds only what fits its field: there is no broken file, only a
//!   [`ZenginError`] before it.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use thiserror::Error;

use super::kana;
use super::party::{AccountType, JapaneseAccount};

/// Why a transfer fits no record.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ZenginError {
    #[error(transparent)]
    Kana(#[from] kana::KanaError),
    #[error("`{text}` has {chars} half-width characters and the field takes {max}; shorten it")]
    Long { text: String, chars: usize, max: usize },
    #[error("an amount of {0} cannot be transferred; it must be whole yen from 1 to 9,999,999,999")]
    Amount(Decimal),
    #[error("the file would hold no transfer")]
    Empty,
    #[error("a file takes at most 999,999 transfers and 999,999,999,999 yen")]
    TooMuch,
    #[error("the client code must have 10 digits, as the bank gave it")]
    ClientCode,
}

/// Who orders the transfers, and on which day the bank makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orderer {
    /// The code of the bank's customer (委託者コード).
    pub client_code: String,
    /// In kana.
    pub name: String,
    pub account: JapaneseAccount,
    pub day: Date,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The holder's name is in kana.
    pub account: JapaneseAccount,
    pub amount: Decimal,
    /// Stands in the customer codes, at most 20 digits; it comes back with a returned transfer.
    pub reference: u64,
}

const RECORD_BYTES: usize = 120;
const NAME_CHARS_MAX: usize = 30;
const ORDERER_CHARS_MAX: usize = 40;
const BANK_CHARS_MAX: usize = 15;

/// Checks one transfer by itself, so that a bad payee is an exception and not a broken file.
pub fn check(transfer: &Transfer) -> Result<(), ZenginError> {
    data(transfer).map(|_| ())
}

/// The bytes of the file.
pub fn file(orderer: &Orderer, transfers: &[Transfer]) -> Result<Vec<u8>, ZenginError> {
    if transfers.is_empty() {
        return Err(ZenginError::Empty);
    }
    let mut bytes = header(orderer)?.end();
    let mut total: u64 = 0;
    for transfer in transfers {
        bytes.extend(data(transfer)?.end());
        total += yen(transfer.amount)?;
    }
    if transfers.len() > 999_999 || total > 999_999_999_999 {
        return Err(ZenginError::TooMuch);
    }
    let count = u64::try_from(transfers.len()).unwrap_or(u64::MAX);
    bytes.extend(Record::new(b'8').number(count, 6).number(total, 12).end());
    bytes.extend(Record::new(b'9').end());
    Ok(bytes)
}

fn header(orderer: &Orderer) -> Result<Record, ZenginError> {
    let code = orderer.client_code.trim();
    if code.len() != 10 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ZenginError::ClientCode);
    }
    let account = &orderer.account;
    let (month, day) = (orderer.day.month(), orderer.day.day());
    Ok(Record::new(b'1')
        // 21: transfers of all kinds; 0: one byte a character by JIS.
        .digits("210")
        .digits(code)
        .text(&orderer.name, ORDERER_CHARS_MAX)?
        .digits(&format!("{month:02}{day:02}"))
        .digits(account.bank.as_str())
        .text(&account.bank_name, BANK_CHARS_MAX)?
        .digits(account.branch.as_str())
        .text(&account.branch_name, BANK_CHARS_MAX)?
        .digits(kind(account.kind))
        .digits(account.number.as_str()))
}

fn data(transfer: &Transfer) -> Result<Record, ZenginError> {
    let account = &transfer.account;
    Ok(Record::new(b'2')
        .digits(account.bank.as_str())
        .text(&account.bank_name, BANK_CHARS_MAX)?
        .digits(account.branch.as_str())
        .text(&account.branch_name, BANK_CHARS_MAX)?
        // The clearing house is not used any more.
        .digits("0000")
        .digits(kind(account.kind))
        .digits(account.number.as_str())
        .text(&account.holder, NAME_CHARS_MAX)?
        .number(yen(transfer.amount)?, 10)
        // Not a first transfer; two customer codes of ten digits; 7: by wire.
        .digits("0")
        .number(transfer.reference, 20)
        .digits("7"))
}

fn kind(kind: AccountType) -> &'static str {
    match kind {
        AccountType::Ordinary => "1",
        AccountType::Current => "2",
        AccountType::Savings => "4",
        AccountType::Other => "9",
    }
}

fn yen(amount: Decimal) -> Result<u64, ZenginError> {
    let whole = amount.fract().is_zero().then(|| amount.to_u64()).flatten();
    whole.filter(|yen| (1..=9_999_999_999).contains(yen)).ok_or(ZenginError::Amount(amount))
}

/// A record as it grows from the left.
struct Record(Vec<u8>);

impl Record {
    fn new(kind: u8) -> Record {
        let mut bytes = Vec::with_capacity(RECORD_BYTES + 2);
        bytes.push(kind);
        Record(bytes)
    }

    fn digits(mut self, digits: &str) -> Record {
        self.0.extend(digits.bytes());
        self
    }

    /// Right-aligned, zeros before it.
    fn number(self, number: u64, width: usize) -> Record {
        self.digits(&format!("{number:0width$}"))
    }

    /// Left-aligned, blanks behind it.
    fn text(mut self, text: &str, width: usize) -> Result<Record, ZenginError> {
        let folded = kana::fold(text)?;
        let bytes = kana::bytes(&folded);
        if bytes.len() > width {
            let chars = bytes.len();
            return Err(ZenginError::Long { text: text.to_owned(), chars, max: width });
        }
        let blanks = width - bytes.len();
        self.0.extend(bytes);
        self.0.extend(std::iter::repeat_n(b' ', blanks));
        Ok(self)
    }

    fn end(mut self) -> Vec<u8> {
        self.0.resize(RECORD_BYTES, b' ');
        self.0.extend(b"\r\n");
        self.0
    }
}

#[cfg(test)]
mod tests;
