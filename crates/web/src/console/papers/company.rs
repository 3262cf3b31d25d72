//! Console, the vendor as a company: what stands on papers, and the accounts it pays from.

use maud::{Markup, html};

use super::account;
use crate::i18n::Words;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, button, card, danger, empty, empty_state, encode,
    page_head, section, table,
};

/// What is typed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Draft {
    pub name_en: String,
    pub name_ja: String,
    pub street: String,
    pub postal_code: String,
    pub town: String,
    pub street_ja: String,
    pub town_ja: String,
    pub country: String,
    pub registration: String,
    pub vat_number: String,
    pub contact: String,
    pub client_code: String,
    pub client_name: String,
    pub tax_basis: String,
    pub tax_rounding: String,
    pub reduced_programs: String,
    pub due_days: String,
}

#[derive(Debug, Clone)]
pub struct Own {
    pub code: String,
    pub currency: String,
    pub number: String,
    pub holder: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub draft: Draft,
    pub accounts: Vec<Own>,
    /// Code and currency of the account that is being entered.
    pub new: (String, String),
    pub account: account::Draft,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.papers.company.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let p = &words.papers;
        let page = html! {
            (page_head(&PageHead {
                title: p.company,
                badge: empty(),
                meta: html! { span { (p.company_help) } },
                actions: empty(),
            }))
            div.tk-main-side {
                div.tk-column { (self.details(shell)) }
                div.tk-column { (self.accounts(shell)) }
            }
        };
        let crumbs = [(p.company.to_owned(), String::new())];
        frame::console(shell, Place::Payments, &crumbs, &page)
    }
}

impl Page {
    fn details(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let p = &words.papers;
        let d = &self.draft;
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(key, label)| ((*key).into(), (*label).into())).collect()
        };
        let bases = pairs(&[("added", p.tax_basis_added), ("included", p.tax_basis_included)]);
        let modes = pairs(&[
            ("down", p.tax_rounding_down),
            ("half_up", p.tax_rounding_half_up),
            ("up", p.tax_rounding_up),
        ]);
        let english = format!("{} (English)", p.town);
        let street_en = format!("{} (English)", p.street);
        let fields = html! {
            (Field::new("name_ja", p.legal_name_ja, &d.name_ja).optional().text())
            (Field::new("name_en", p.legal_name_en, &d.name_en).optional().text())
            (Field::new("postal_code", p.postal_code, &d.postal_code).optional().text())
            (Field::new("town_ja", p.town, &d.town_ja).optional().text())
            (Field::new("street_ja", p.street, &d.street_ja).optional().text())
            (Field::new("street", &street_en, &d.street).optional().text())
            (Field::new("town", &english, &d.town).optional().text())
            (Field::new("country", p.country, &d.country).hint(p.country_hint).text())
            (Field::new("registration", p.registration, &d.registration)
                .hint(p.registration_hint).optional().text())
            (Field::new("vat_number", p.vat_number, &d.vat_number).optional().text())
            (Field::new("contact", p.contact, &d.contact).optional().text())
            (Field::new("client_code", p.client_code, &d.client_code)
                .hint(p.client_code_hint).optional().text())
            (Field::new("client_name", p.client_name, &d.client_name).optional().text())
            (Field::new("tax_basis", p.tax_basis, &d.tax_basis).select(&bases))
            (Field::new("tax_rounding", p.tax_rounding, &d.tax_rounding).select(&modes))
            (Field::new("reduced_programs", p.reduced_programs, &d.reduced_programs)
                .hint(p.reduced_programs_hint).optional().text())
            (Field::new("due_days", p.due_days, &d.due_days).text())
            (button(words.common.save, Look::Primary, None))
        };
        let form = shell.form("/console/company", "tk-form tk-form--tight", &fields);
        section(p.details, &empty(), &form)
    }

    fn accounts(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let p = &words.papers;
        let columns = [
            Column::new(p.code, Kind::Name),
            Column::new(p.currency, Kind::Text),
            Column::new(p.account, Kind::Text),
        ];
        let rows = self
            .accounts
            .iter()
            .map(|own| {
                let remove = format!("/console/company/accounts/{}/remove", encode(&own.code));
                vec![
                    html! { (own.code) },
                    html! { (own.currency) },
                    html! {
                        span.tk-mono { (own.number) } small.tk-below { (own.holder) }
                        (shell.form(&remove, "tk-inline-form", &danger(words.data.ref_remove)))
                    },
                ]
            })
            .collect();
        html! {
            (card("tk-dense", if self.accounts.is_empty() {
                empty_state(Icon::Wallet, p.no_accounts, p.no_accounts_help, &empty())
            } else { table(&Table::new(p.own_accounts, &columns, rows).cards()) }))
            (section(p.add_account, &empty(), &shell.form(
                "/console/company/accounts", "tk-form tk-form--tight", &html! {
                    (Field::new("code", p.code, &self.new.0).text())
                    (Field::new("currency", p.currency, &self.new.1).text())
                    (self.account.fields(words))
                    (button(words.common.save, Look::Primary, None))
                })))
        }
    }
}
