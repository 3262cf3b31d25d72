//! The fields of an account, wherever one is entered.

use engine::papers::check::{Bic, Iban, IdentifierError};
use engine::papers::party::{
    Account, AccountType, Digits, DigitsError, IbanAccount, JapaneseAccount, OtherAccount,
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::i18n::Words;
use crate::ui::form::Field;

/// What was typed. All of it, whatever the kind.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub kind: String,
    pub holder: String,
    pub iban: String,
    pub bic: String,
    pub number: String,
    pub bank: String,
    pub bank_name: String,
    pub branch: String,
    pub branch_name: String,
    pub account_type: String,
}

/// Why what was typed is no account, and in which field.
#[derive(Debug, Clone)]
pub enum Wrong {
    Identifier(IdentifierError),
    Digits(&'static [&'static str], DigitsError),
}

impl From<IdentifierError> for Wrong {
    fn from(error: IdentifierError) -> Wrong {
        Wrong::Identifier(error)
    }
}

impl Draft {
    /// The account, or what is wrong with it.
    pub fn account(&self) -> Result<Account, Wrong> {
        let said = |text: &str| text.trim().to_owned();
        match self.kind.as_str() {
            "japan" => Ok(Account::Japan(JapaneseAccount {
                bank: Digits::parse(&self.bank).map_err(|e| Wrong::Digits(&["bank"], e))?,
                bank_name: said(&self.bank_name),
                branch: Digits::parse(&self.branch).map_err(|e| Wrong::Digits(&["branch"], e))?,
                branch_name: said(&self.branch_name),
                kind: AccountType::from_word(&self.account_type).unwrap_or(AccountType::Ordinary),
                number: Digits::parse(&self.number).map_err(|e| Wrong::Digits(&["number"], e))?,
                holder: said(&self.holder),
            })),
            "other" => Ok(Account::Other(OtherAccount {
                number: self.number.split_whitespace().collect(),
                bic: Bic::parse(&self.bic)?,
                holder: said(&self.holder),
            })),
            _ => {
                let bic = Some(self.bic.trim()).filter(|bic| !bic.is_empty());
                let bic = bic.map(Bic::parse).transpose()?;
                Ok(Account::Iban(IbanAccount {
                    iban: Iban::parse(&self.iban)?,
                    bic,
                    holder: said(&self.holder),
                }))
            }
        }
    }

    pub fn fields(&self, words: &Words) -> Markup {
        let p = &words.papers;
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(key, label)| ((*key).into(), (*label).into())).collect()
        };
        let kinds = own(&[("japan", p.kind_japan), ("iban", p.kind_iban), ("other", p.kind_other)]);
        let types = own(&[
            ("ordinary", p.kind_ordinary),
            ("current", p.kind_current),
            ("savings", p.kind_savings),
            ("other", p.kind_other_type),
        ]);
        let kind = if self.kind.is_empty() { "japan" } else { &self.kind };
        let of = if self.account_type.is_empty() { "ordinary" } else { &self.account_type };
        html! {
            (Field::new("kind", p.account_kind, kind).hint(p.optional).select(&kinds))
            (Field::new("holder", p.account_holder, &self.holder)
                .hint(p.account_holder_hint).text())
            (Field::new("iban", p.iban, &self.iban).optional().text())
            (Field::new("bic", p.bic, &self.bic).optional().text())
            (Field::new("bank", p.bank_code, &self.bank).optional().text())
            (Field::new("bank_name", p.bank_name, &self.bank_name).optional().text())
            (Field::new("branch", p.branch_code, &self.branch).optional().text())
            (Field::new("branch_name", p.branch_name, &self.branch_name).optional().text())
            (Field::new("account_type", p.account_type, of).select(&types))
            (Field::new("number", p.account_number, &self.number).optional().text())
        }
    }
}
