//! Identifiers of accounts, banks and taxpayers, checked as far as they check themselves.
//!
//! # Invariants
//!
//! * What one of these types holds has the form its standard asks for, and its check digits are
//!   right. Whether the account exists, only its bank can say.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is no such identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentifierError {
    #[error("`{0}` is no IBAN: two letters, two check digits, then 11 to 30 letters and digits")]
    IbanForm(String),
    #[error("the check digits of IBAN `{0}` are wrong; look for a mistyped character")]
    IbanCheck(String),
    #[error("`{0}` is no BIC: 8 or 11 characters such as `DEUTDEFF500`")]
    Bic(String),
    #[error("`{0}` is no registration number: write `T` and 13 digits")]
    Registration(String),
    #[error("the check digit of registration number `{0}` is wrong; look for a mistyped digit")]
    RegistrationCheck(String),
    #[error("`{0}` is no country: write two letters of ISO 3166 such as `JP`")]
    Country(String),
}

macro_rules! text_type {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;

            fn try_from(text: String) -> Result<$name, IdentifierError> {
                $name::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    )* };
}

text_type! {
    /// An account number by ISO 13616, without blanks.
    Iban;
    /// A bank by ISO 9362, in capitals.
    Bic;
    /// A Japanese issuer of qualified invoices: `T` and 13 digits.
    Registration;
    /// A country by ISO 3166, two capitals.
    Country;
}

/// Without blanks and hyphens, in capitals.
fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

impl Iban {
    pub fn parse(text: &str) -> Result<Iban, IdentifierError> {
        let iban = squeezed(text);
        let bytes = iban.as_bytes();
        let well_formed = (15..=34).contains(&bytes.len())
            && bytes[..2].iter().all(u8::is_ascii_uppercase)
            && bytes[2..4].iter().all(u8::is_ascii_digit)
            && bytes[4..].iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if !well_formed {
            return Err(IdentifierError::IbanForm(text.trim().to_owned()));
        }
        // Country and check digits go to the end, letters count from 10, and the whole leaves 1.
        let rest = bytes[4..].iter().chain(&bytes[..4]).fold(0_u32, |rest, byte| {
            let value = char::from(*byte).to_digit(36).unwrap_or_default();
            let shift = if value > 9 { 100 } else { 10 };
            (rest * shift + value) % 97
        });
        if rest == 1 { Ok(Iban(iban)) } else { Err(IdentifierError::IbanCheck(iban)) }
    }

    /// The country whose bank keeps the account.
    pub fn country(&self) -> &str {
        &self.0[..2]
    }
}

impl Bic {
    pub fn parse(text: &str) -> Result<Bic, IdentifierError> {
        let bic = squeezed(text);
        let bytes = bic.as_bytes();
        let capital_or_digit = |b: &u8| b.is_ascii_digit() || b.is_ascii_uppercase();
        let well_formed = matches!(bytes.len(), 8 | 11)
            && bytes.iter().all(capital_or_digit)
            && bytes[4..6].iter().all(u8::is_ascii_uppercase);
        if well_formed { Ok(Bic(bic)) } else { Err(IdentifierError::Bic(text.trim().to_owned())) }
    }

    /// The country of the bank.
    pub fn country(&self) -> &str {
        &self.0[4..6]
    }
}

impl Registration {
    pub fn parse(text: &str) -> Result<Registration, IdentifierError> {
        let number = squeezed(text);
        let digits = number.strip_prefix('T').unwrap_or_default();
        let well_formed = digits.len() == 13
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if well_formed {
            Ok(Registration(number))
        } else {
            Err(IdentifierError::Registration(text.trim().to_owned()))
        }
    }

    /// Of a corporation, whose number carries a check digit. Sole proprietors have numbers for
    /// which no check is published, so only corporations are held to it.
    pub fn parse_corporate(text: &str) -> Result<Registration, IdentifierError> {
        let found = Registration::parse(text)?;
        if found.has_corporate_check() {
            Ok(found)
        } else {
            Err(IdentifierError::RegistrationCheck(found.0))
        }
    }

    /// Whether the first digit is the check digit of the twelve behind it, as the ordinance on
    /// corporate numbers computes it: odd places from the right count once, even ones twice, and
    /// the digit is 9 less the rest modulo 9.
    pub fn has_corporate_check(&self) -> bool {
        let digits: Vec<u32> = self.0.chars().filter_map(|c| c.to_digit(10)).collect();
        let Some((check, base)) = digits.split_first() else { return false };
        let weighed = base.iter().rev().zip([1, 2].into_iter().cycle());
        let sum: u32 = weighed.map(|(digit, weight)| digit * weight).sum();
        9 - sum % 9 == *check
    }
}

impl Country {
    pub fn parse(text: &str) -> Result<Country, IdentifierError> {
        let country = squeezed(text);
        if country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(Country(country))
        } else {
            Err(IdentifierError::Country(text.trim().to_owned()))
        }
    }
}

/// An account number of which only the last digits are shown.
pub fn masked(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let shown = if chars.len() > 8 { 4 } else { 3.min(chars.len() / 2) };
    let (hidden, end) = chars.split_at(chars.len() - shown);
    let hidden: String = hidden.iter().map(|_| '•').collect();
    format!("{hidden}{}", end.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One text a line: `kind text -> what it becomes`, `form` or `check` for what is refused.
    #[track_caller]
    fn check(cases: &str) {
        for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
            let (given, expected) = case.split_once(" -> ").expect("`kind text -> expected`");
            let (kind, text) = given.split_once(' ').expect("a kind and a text");
            let found = match kind {
                "iban" => Iban::parse(text).map(String::from),
                "bic" => Bic::parse(text).map(String::from),
                "t" => Registration::parse(text).map(String::from),
                "corporate" => Registration::parse_corporate(text).map(String::from),
                "country" => Country::parse(text).map(String::from),
                other => panic!("`{other}` is no kind"),
            };
            let found = match found {
                Ok(text) => text,
                Err(IdentifierError::IbanCheck(_) | IdentifierError::RegistrationCheck(_)) => {
                    "check".into()
                }
                Err(_) => "form".into(),
            };
            assert_eq!(found, expected, "in `{case}`");
        }
    }

    #[test]
    fn identifiers_check_themselves() {
        check(
            "
            iban DE89 3704 0044 0532 0130 00 -> DE89370400440532013000
            iban gb29nwbk60161331926819 -> GB29NWBK60161331926819
            iban FR1420041010050500013M02606 -> FR1420041010050500013M02606
            iban DE89370400440532013001 -> check
            iban DE8937040044 -> form
            iban 89DE370400440532013000 -> form
            iban DE89370400440532013000DE89370400440 -> form
            bic deutdeff -> DEUTDEFF
            bic DEUTDEFF500 -> DEUTDEFF500
            bic DEUTDEF -> form
            bic DEUT1EFF -> form
            t T7123456789012 -> T7123456789012
            t 7123456789012 -> form
            t T712345678901 -> form
            t T0123456789012 -> form
            corporate T7123456789012 -> T7123456789012
            corporate T4011001098993 -> T4011001098993
            corporate T4011001098994 -> check
            t T4011001098994 -> T4011001098994
            country jp -> JP
            country JPN -> form
            ",
        );
    }

    #[test]
    fn masks_leave_the_end() {
        let cases = [
            ("DE89370400440532013000", "••••••••••••••••••3000"),
            ("1234567", "••••567"),
            ("", ""),
        ];
        for (number, expected) in cases {
            assert_eq!(masked(number), expected);
        }
    }
}
