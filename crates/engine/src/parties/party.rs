//! Who pays and who is paid: names, addresses, accounts, and how a rebate is taxed.
//!
//! These are the stored forms, too: fields that are added later have defaults, so that what was
//! stored stays readable.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::check::{Bic, Country, Iban};
use super::{kana, latin};

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    pub street: String,
    pub postal_code: String,
    pub town: String,
    pub country: Option<Country>,
}

impl Address {
    /// As it stands in a letter, line by line. In Japan the widest comes first.
    pub fn lines(&self, is_japanese: bool) -> Vec<String> {
        let lines = if is_japanese && self.is_in("JP") {
            let post = self.postal_code.trim();
            let mark = if post.is_empty() { String::new() } else { format!("〒{post}") };
            vec![mark, format!("{}{}", self.town, self.street)]
        } else {
            let town = format!("{} {}", self.postal_code, self.town);
            let country = self.country.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![self.street.clone(), town, country]
        };
        lines.into_iter().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect()
    }

    pub fn is_in(&self, country: &str) -> bool {
        self.country.as_ref().is_some_and(|own| own.as_str() == country)
    }
}

/// A code of digits, zeros before it kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digits<const N: usize>(String);

/// A text is no code of so many digits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is no code of {digits} digits")]
pub struct DigitsError {
    text: String,
    digits: usize,
}

impl<const N: usize> Digits<N> {
    /// Shorter ones get the zeros that spreadsheets take away.
    pub fn parse(text: &str) -> Result<Digits<N>, DigitsError> {
        let digits = text.trim();
        let fits = !digits.is_empty()
            && digits.len() <= N
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits {
            Ok(Digits(format!("{digits:0>N$}")))
        } else {
            Err(DigitsError { text: digits.to_owned(), digits: N })
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> TryFrom<String> for Digits<N> {
    type Error = DigitsError;

    fn try_from(text: String) -> Result<Digits<N>, DigitsError> {
        Digits::parse(&text)
    }
}

impl<const N: usize> From<Digits<N>> for String {
    fn from(digits: Digits<N>) -> String {
        digits.0
    }
}

/// The kind of a Japanese account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountType {
    /// 普通
    Ordinary,
    /// 当座
    Current,
    /// 貯蓄
    Savings,
    Other,
}

impl AccountType {
    pub const ALL: [AccountType; 4] =
        [AccountType::Ordinary, AccountType::Current, AccountType::Savings, AccountType::Other];

    pub fn word(self) -> &'static str {
        match self {
            AccountType::Ordinary => "ordinary",
            AccountType::Current => "current",
            AccountType::Savings => "savings",
            AccountType::Other => "other",
        }
    }

    pub fn from_word(word: &str) -> Option<AccountType> {
        AccountType::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// An account as banks in Japan number them. Names are in kana, as transfer files want them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JapaneseAccount {
    pub bank: Digits<4>,
    #[serde(default)]
    pub bank_name: String,
    pub branch: Digits<3>,
    #[serde(default)]
    pub branch_name: String,
    #[serde(rename = "account_type")]
    pub kind: AccountType,
    pub number: Digits<7>,
    #[serde(default)]
    pub holder: String,
}

/// An account by IBAN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IbanAccount {
    pub iban: Iban,
    #[serde(default)]
    pub bic: Option<Bic>,
    /// In Latin letters.
    pub holder: String,
}

/// An account of a country without IBAN, at a bank with a BIC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherAccount {
    /// At most 34 letters and digits.
    pub number: String,
    pub bic: Bic,
    /// In Latin letters.
    pub holder: String,
}

/// An account of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Account {
    Iban(IbanAccount),
    Japan(JapaneseAccount),
    Other(OtherAccount),
}

impl Account {
    /// Who it belongs to, as the bank knows them.
    pub fn holder(&self) -> &str {
        match self {
            Account::Iban(account) => &account.holder,
            Account::Japan(account) => &account.holder,
            Account::Other(account) => &account.holder,
        }
    }

    /// The country of the bank that keeps it.
    pub fn country(&self) -> &str {
        match self {
            Account::Iban(account) => account.iban.country(),
            Account::Japan(_) => "JP",
            Account::Other(account) => account.bic.country(),
        }
    }

    /// The account as people who need not know it all are shown it.
    pub fn masked(&self) -> String {
        match self {
            Account::Iban(account) => super::check::masked(account.iban.as_str()),
            Account::Japan(account) => {
                let number = super::check::masked(account.number.as_str());
                format!("{}-{} {number}", account.bank.as_str(), account.branch.as_str())
            }
            Account::Other(account) => super::check::masked(&account.number),
        }
    }
}

/// Whether the texts of an account can stand in the files it is for.
pub fn check_account(account: &Account) -> Result<(), String> {
    match account {
        Account::Japan(account) => {
            let texts = [&account.holder, &account.bank_name, &account.branch_name];
            texts
                .into_iter()
                .try_for_each(|text| kana::fold(text).map(|_| ()))
                .map_err(|error| error.to_string())
        }
        Account::Iban(account) => {
            latin::fold(&account.holder).map(|_| ()).map_err(|error| error.to_string())
        }
        Account::Other(account) => {
            let number = &account.number;
            let fits = (1..=34).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !fits {
                return Err("the account number must be 1 to 34 letters and digits".into());
            }
            latin::fold(&account.holder).map(|_| ()).map_err(|error| error.to_string())
        }
    }
}

/// How rebates to a partner are taxed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Treatment {
    /// Outside of any consumption or value added tax.
    #[default]
    None,
    /// Japanese consumption tax: the vendor hands out a qualified return invoice.
    Japan,
    /// A credit note that takes value added tax back, at this share of 1.
    Vat {
        #[serde(with = "rust_decimal_text")]
        rate: Decimal,
    },
    /// A credit note without value added tax: reverse charge, or a bonus both sides leave the tax
    /// of the invoices as it is for.
    VatUnchanged,
}

impl Treatment {
    pub fn word(self) -> &'static str {
        match self {
            Treatment::None => "none",
            Treatment::Japan => "japan",
            Treatment::Vat { .. } => "vat",
            Treatment::VatUnchanged => "vat_unchanged",
        }
    }
}

/// Decimals are texts in what is stored, so that no reader makes floats of them.
pub(crate) mod rust_decimal_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
