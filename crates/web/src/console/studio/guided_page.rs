//! Console, a program by a form: fields at the left, the text they make at the right.

use maud::{Markup, html};

use super::guided::{EVERY, Guided, MONTHS, TIERS_MAX, Tier};
use crate::console::editor::{self, Check};
use crate::console::program::code_line;
use crate::i18n::{Lang, Words};
use crate::reading::changes;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Icon, Look, PageHead, Tone, button_link, card, empty, encode, notice, page_head, section,
};

#[derive(Debug, Clone)]
pub struct Page {
    /// The program whose draft it is; none for a new one.
    pub code: Option<String>,
    /// None if the text says more than the form can show.
    pub form: Option<Guided>,
    pub text: String,
    /// Nothing before the first look.
    pub checks: Option<Vec<Check>>,
    pub refused: Option<String>,
}

impl Page {
    fn action(&self) -> String {
        match &self.code {
            None => "/console/programs/form".into(),
            Some(code) => format!("/console/programs/{}/form", encode(code)),
        }
    }

    fn may_act(&self) -> bool {
        self.checks.as_ref().is_some_and(|checks| {
            checks.iter().all(|check| check.severity != editor::Severity::Error)
        })
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.studio.form_title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let s = &words.studio;
        let as_text = match &self.code {
            None => "/console/programs/new".to_owned(),
            Some(code) => format!("/console/programs/{}/edit", encode(code)),
        };
        let page = html! {
            (page_head(&PageHead {
                title: s.form_title,
                badge: empty(),
                meta: html! { span.tk-phrase { (s.form_help) } },
                actions: button_link(s.as_text, &as_text, Look::Outline, Some(Icon::Rule)),
            }))
            @if let Some(refused) = &self.refused {
                (notice(Tone::Bad, &html! { (refused) }, &empty()))
            }
            @match &self.form {
                None => {
                    (notice(Tone::Wait, &html! { (s.form_more) },
                        &button_link(s.as_text, &as_text, Look::Outline, None)))
                    (self.text())
                }
                Some(form) => {
                    div.tk-editor {
                        div data-follow=".tk-preview" {
                            (card("", shell.form(&self.action(), "tk-form",
                                &self.fields(shell.lang, form))))
                        }
                        div.tk-column.tk-preview {
                            (section(s.preview_text, &empty(), &self.text()))
                            (self.checks(shell.lang))
                        }
                    }
                }
            }
        };
        frame::console(shell, Place::Programs, &[(s.form_title.into(), String::new())], &page)
    }
}

impl Page {
    fn text(&self) -> Markup {
        html! {
            ol.tk-code lang="en" tabindex="0" {
                @for line in self.text.lines() { (code_line(line, "")) }
            }
        }
    }

    fn checks(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let Some(checks) = &self.checks else { return empty() };
        section(
            words.console.checks,
            &empty(),
            &html! {
                div.tk-checker {
                    @if checks.is_empty() {
                        p.tk-proof { (crate::ui::icon(Icon::Check)) (words.console.no_problem) }
                    }
                    ul { @for check in checks { (editor::check_row(lang, check)) } }
                }
            },
        )
    }

    fn fields(&self, lang: Lang, form: &Guided) -> Markup {
        let words = lang.words();
        let s = &words.studio;
        let text = |name: &'static str, label: &str, value: &str, hint: &str| {
            Field::new(name, label, value).hint(hint).optional().text()
        };
        let label = |key: &str| begun(&changes::label(lang, key));
        let day = |name: &'static str, value: &str| {
            html! {
                div.mui-field {
                    label.mui-field__label for=(name) { (label(name)) }
                    input.mui-input type="date" #(name) name=(name) value=(value);
                }
            }
        };
        let choose = |name: &'static str, title: &str, value: &str, all: Vec<(String, String)>| {
            Field::new(name, title, value).select(&all)
        };
        let said = |key: &str| (key.to_owned(), begun(&changes::value(lang, key)));
        let month = |at: usize| match lang {
            Lang::Ja => format!("{}月", at + 1),
            Lang::En => crate::format::month_name(i8::try_from(at + 1).unwrap_or(1)).to_owned(),
        };
        let months =
            MONTHS.iter().enumerate().map(|(at, key)| ((*key).to_owned(), month(at))).collect();
        let methods = domain::program::Method::ALL.map(|method| said(method.word())).to_vec();
        let pair = |key: &str, word: &str| (key.to_owned(), word.to_owned());
        html! {
            input type="hidden" name="header" value=(form.header.replace('\n', "|"));
            @if self.code.is_some() {
                input type="hidden" name="code" value=(form.code);
            } @else {
                (Field::new("code", s.form_code, &form.code).hint(s.form_code_hint).text())
            }
            (text("name_en", s.form_name_en, &form.name_en, ""))
            (text("name_ja", s.form_name_ja, &form.name_ja, ""))
            div.tk-pair {
                (Field::new("currency", &label("currency"), &form.currency).text())
                (text("time_zone", &label("time_zone"), &form.time_zone, ""))
            }
            div.tk-pair { (day("starts", &form.starts)) (day("ends", &form.ends)) }
            div.tk-pair {
                (choose("every", s.form_every, &form.every, EVERY.map(said).to_vec()))
                (choose("fiscal_year_from", &label("fiscal_year_from"), &form.fiscal_year_from,
                    months))
            }
            (text("grace", s.form_grace, &form.grace, ""))
            fieldset {
                legend { (label("partners")) }
                (text("country", s.form_country, &form.country, s.form_list_hint))
                (text("regions", s.form_region, &form.regions, ""))
                (text("levels", s.form_level, &form.levels, ""))
                (text("partners", s.form_partners, &form.partners, ""))
            }
            fieldset {
                legend { (label("when")) }
                (text("categories", s.form_categories, &form.categories, s.form_list_hint))
                (text("products", s.form_products, &form.products, ""))
            }
            fieldset {
                legend { (s.form_tiers) }
                (choose("qualifier", s.form_qualifier, &form.qualifier, vec![
                    pair("amount", s.form_qualifier_amount),
                    pair("quantity", s.form_qualifier_quantity),
                    pair("growth", s.form_qualifier_growth),
                ]))
                (choose("basis", s.form_basis, &form.basis, vec![
                    pair("amount", s.form_basis_amount),
                    pair("quantity", s.form_basis_quantity),
                    pair("fixed", s.form_basis_fixed),
                ]))
                (choose("method", s.form_method, &form.method, methods))
                (tiers(s, &form.tiers))
            }
            fieldset {
                legend { (words.terms.payout) }
                (text("cap_award", s.form_cap_award, &form.cap_award, ""))
                (text("cap_partner", s.form_cap_partner, &form.cap_partner, ""))
                (text("minimum", s.form_minimum, &form.minimum, ""))
            }
            div.tk-buttons {
                (act("look", s.form_update, !self.may_act()))
                @if self.may_act() {
                    (act("try", s.trial, false))
                    (act("review", s.review_it, true))
                }
            }
        }
    }
}

/// With a large letter, as labels begin.
fn begun(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn act(value: &str, label: &str, primary: bool) -> Markup {
    html! {
        button.mui-btn.mui-btn--md type="submit" name="do" value=(value)
            .mui-btn--primary[primary] .mui-btn--outline[!primary] { (label) }
    }
}

fn tiers(s: &crate::i18n::en::studio::Studio, tiers: &[Tier]) -> Markup {
    let shown = (tiers.len() + 2).clamp(4, TIERS_MAX);
    let blank = Tier::default();
    html! {
        div.tk-grid-tiers {
            @for heading in [s.form_tier_from, s.form_tier_value, s.form_tier_name] {
                span.tk-small.tk-muted { (heading) }
            }
            @for at in 0..shown {
                @let tier = tiers.get(at).unwrap_or(&blank);
                input.mui-input inputmode="decimal" name={ "from" (at) } value=(tier.from)
                    aria-label={ (s.form_tier_from) " " (at + 1) };
                input.mui-input inputmode="decimal" name={ "value" (at) } value=(tier.value)
                    aria-label={ (s.form_tier_value) " " (at + 1) };
                input.mui-input name={ "name" (at) } value=(tier.name)
                    aria-label={ (s.form_tier_name) " " (at + 1) };
            }
        }
    }
}
