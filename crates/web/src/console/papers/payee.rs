//! Console, one partner as a payee: what stands on papers, and where it is paid.

use jiff::civil::DateTime;
use maud::{Markup, html};

use super::account;
use crate::access;
use crate::format;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Look, PageHead, button, danger, empty, encode, facts, nothing, page_head, section,
};
use crate::view::PartnerRef;

/// What stands on papers, as it is typed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Details {
    pub name: String,
    pub street: String,
    pub postal_code: String,
    pub town: String,
    pub country: String,
    pub tax_number: String,
    pub treatment: String,
    pub vat_rate: String,
    /// Currencies with blanks between them.
    pub credited_in: String,
}

/// An account as it is shown: its end and whose it is.
#[derive(Debug, Clone)]
pub struct Shown {
    pub number: String,
    pub holder: String,
    pub by: String,
    pub at: DateTime,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub partner: PartnerRef,
    pub details: Details,
    pub account: Option<Shown>,
    pub asked: Option<Shown>,
    /// The reader entered it, and so may not confirm it.
    pub is_own: bool,
    pub draft: account::Draft,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        fill(words.papers.payee_of, &[("partner", &self.partner.name)])
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let p = &words.papers;
        let may = access::may_post(shell.role(), "/console/partners/{code}/payee");
        let base = format!("/console/partners/{}/payee", encode(&self.partner.code));
        let title = fill(p.payee_of, &[("partner", &self.partner.name)]);
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: empty(),
                meta: html! { span.tk-mono { (self.partner.code) } },
                actions: empty(),
            }))
            div.tk-main-side {
                div.tk-column { (self.details(shell, &base, may)) }
                div.tk-column {
                    (self.known(shell, &base, may))
                    @if may {
                        (section(p.add_account, &empty(), &shell.form(
                            &format!("{base}/account"), "tk-form tk-form--tight", &html! {
                                (self.draft.fields(words))
                                (button(p.enter_account, Look::Primary, None))
                            })))
                    }
                }
            }
        };
        let crumbs = [
            (
                self.partner.name.clone(),
                format!("/console/partners/{}", encode(&self.partner.code)),
            ),
            (p.payee.to_owned(), String::new()),
        ];
        frame::console(shell, Place::Partners, &crumbs, &page)
    }
}

impl Page {
    fn details(&self, shell: &Shell, base: &str, may: bool) -> Markup {
        let words = shell.words();
        let p = &words.papers;
        let d = &self.details;
        let treatments = [
            ("none", p.treatment_none),
            ("japan", p.treatment_japan),
            ("vat", p.treatment_vat),
            ("vat_unchanged", p.treatment_vat_unchanged),
        ]
        .map(|(key, label)| (key.to_owned(), label.to_owned()));
        if !may {
            return section(p.details, &empty(), &self.shown(words));
        }
        let fields = html! {
            (Field::new("name", p.legal_name, &d.name).hint(p.partner_name_hint).optional().text())
            (Field::new("postal_code", p.postal_code, &d.postal_code).optional().text())
            (Field::new("town", p.town, &d.town).optional().text())
            (Field::new("street", p.street, &d.street).optional().text())
            (Field::new("country", p.country, &d.country).hint(p.country_hint).text())
            (Field::new("tax_number", p.tax_number, &d.tax_number)
                .hint(p.tax_number_hint).optional().text())
            (Field::new("treatment", p.treatment, &d.treatment).select(&treatments))
            (Field::new("vat_rate", p.vat_rate, &d.vat_rate).optional().text())
            (Field::new("credited_in", p.credited_in, &d.credited_in)
                .hint(p.credited_in_hint).optional().text())
            (button(words.common.save, Look::Primary, None))
        };
        section(p.details, &empty(), &shell.form(base, "tk-form tk-form--tight", &fields))
    }

    /// What stands on papers, for who may not change it.
    fn shown(&self, words: &Words) -> Markup {
        let (p, d) = (&words.papers, &self.details);
        let treatment = match d.treatment.as_str() {
            "japan" => p.treatment_japan,
            "vat" => p.treatment_vat,
            "vat_unchanged" => p.treatment_vat_unchanged,
            _ => p.treatment_none,
        };
        let rows = [
            (p.legal_name, d.name.as_str()),
            (p.postal_code, &d.postal_code),
            (p.town, &d.town),
            (p.street, &d.street),
            (p.country, &d.country),
            (p.tax_number, &d.tax_number),
            (p.treatment, treatment),
            (p.vat_rate, &d.vat_rate),
        ];
        let value = |text: &str| {
            if text.is_empty() {
                nothing()
            } else {
                html! { (text) }
            }
        };
        facts(&rows.map(|(label, text)| (label, value(text))))
    }

    fn known(&self, shell: &Shell, base: &str, may: bool) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let p = &words.papers;
        let shown = |of: &Shown, template: &str| {
            let when = format::moment(of.at, lang);
            html! {
                (facts(&[
                    (p.account, html! { span.tk-mono { (of.number) } }),
                    (p.account_holder, html! { (of.holder) }),
                ]))
                p.tk-small.tk-muted { (fill(template, &[("who", &of.by), ("when", &when)])) }
            }
        };
        let none = facts(&[(p.account, nothing())]);
        html! {
            (section(p.account, &empty(), &html! {
                (self.account.as_ref().map_or(none, |of| shown(of, p.account_confirmed)))
                @if let Some(asked) = &self.asked {
                    (shown(asked, p.account_asked))
                    @if may {
                        @if self.is_own { p.tk-small.tk-muted { (words.money.second_person) } }
                        @else {
                            (shell.form(&format!("{base}/confirm"), "tk-form tk-form--tight",
                                &button(p.confirm, Look::Primary, None)))
                        }
                        (shell.form(&format!("{base}/discard"), "tk-form tk-form--tight",
                            &danger(p.discard)))
                    }
                }
            }))
        }
    }
}
