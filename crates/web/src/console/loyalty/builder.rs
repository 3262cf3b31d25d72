//! Console, a promotion by a form in steps: what is rewarded, what it gives, when, who, how much at
//! most; beside it the two texts it makes, and a preview. And what waits once they are kept.

use maud::{Markup, html};

use super::building::{Form, Template, Wrong};
use crate::console::editor::{Check, check_row};
use crate::console::program::code_line;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::parts::{Cell, receipt};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button_link, card, empty, empty_state, encode,
    notice, page_head, section, status, strip, table,
};

pub const NEW: &str = "/console/loyalty/promotions/new";

/// A value and what it is called.
pub type Choice = (String, String);

/// What there is to choose from.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    pub wallets: Vec<Choice>,
    pub units: Vec<Choice>,
    pub vouchers: Vec<Choice>,
    pub badges: Vec<Choice>,
    /// Terms whose points may be multiplied.
    pub bases: Vec<Choice>,
}

/// The two texts, with all that is found in them.
#[derive(Debug, Clone)]
pub struct Texts {
    pub wallet: String,
    /// What is added to the wallet.
    pub block: String,
    pub program: String,
    pub checks: Vec<Check>,
}

/// Who gets it.
#[derive(Debug, Clone)]
pub struct Preview {
    /// `1,200 of 5,000 partners meet the condition today`.
    pub who: String,
    /// Code, name and whether it may.
    pub sample: Vec<(String, String, bool)>,
    pub more: Option<String>,
    pub span: String,
    pub enrolled: bool,
    pub waiting: Option<String>,
    /// Label and figure.
    pub sums: Vec<(&'static str, String)>,
    /// Code, name, uses, points, vouchers.
    pub top: Vec<(String, String, String, String, String)>,
    /// Why awards would not have been given, and how often.
    pub refused: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct Page {
    /// Nothing before a template is chosen.
    pub form: Option<Form>,
    pub choices: Choices,
    pub wrong: Vec<Wrong>,
    pub texts: Option<Texts>,
    pub preview: Option<Preview>,
    pub refused: Option<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.promotions.build.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let p = &shell.words().promotions;
        let page = html! {
            (page_head(&PageHead {
                title: p.build,
                badge: empty(),
                meta: html! { span.tk-phrase { (p.builder_help) } },
                actions: empty(),
            }))
            @if let Some(refused) = &self.refused {
                (notice(Tone::Bad, &html! { (refused) }, &empty()))
            }
            @if self.choices.wallets.is_empty() {
                (card("", empty_state(Icon::Star, p.no_wallet, p.no_wallet_help, &empty())))
            } @else {
                @match &self.form {
                    None => { (templates(shell.lang)) }
                    Some(form) => { (self.built(shell, form)) }
                }
            }
        };
        let crumbs = [(p.build.to_owned(), String::new())];
        frame::console(shell, Place::Promotions, &crumbs, &page)
    }
}

fn templates(lang: Lang) -> Markup {
    let p = &lang.words().promotions;
    html! {
        h2 { (p.templates) }
        div.tk-points {
            @for template in Template::ALL {
                @let (name, help) = template.said(lang);
                (card("tk-reward", html! {
                    h3 { (name) }
                    p.tk-phrase { (help) }
                    div.tk-reward__foot {
                        (button_link(name, &format!("{NEW}?template={}", template.word()),
                            Look::Outline, None))
                    }
                }))
            }
        }
    }
}

impl Page {
    fn built(&self, shell: &Shell, form: &Form) -> Markup {
        let p = &shell.words().promotions;
        let is_good = self.wrong.is_empty() && self.texts.as_ref().is_some_and(Texts::may_be_kept);
        html! {
            @if !self.wrong.is_empty() {
                (notice(Tone::Bad, &html! { (p.problems) }, &empty()))
            }
            div.tk-editor {
                div {
                    (card("", shell.form(NEW, "tk-form", &html! {
                        (self.fields(shell.lang, form))
                        div.tk-buttons {
                            (act("preview", p.preview, !is_good))
                            @if is_good { (act("save", p.save, true)) }
                        }
                    })))
                }
                div.tk-column.tk-preview #preview {
                    @if let Some(preview) = &self.preview { (preview.draw(shell.lang)) }
                    @if let Some(texts) = &self.texts { (texts.draw(shell.lang)) }
                }
            }
        }
    }

    fn error(&self, field: &str) -> Option<&'static str> {
        self.wrong.iter().find(|(own, _)| *own == field).map(|(_, what)| *what)
    }

    fn text(&self, name: &'static str, label: &str, value: &str, hint: &str) -> Markup {
        Field::new(name, label, value).hint(hint).optional().error(self.error(name)).text()
    }

    fn day(&self, name: &'static str, label: &str, value: &str) -> Markup {
        Field::new(name, label, value).optional().error(self.error(name)).date()
    }

    fn choose(&self, name: &'static str, label: &str, value: &str, all: &[Choice]) -> Markup {
        Field::new(name, label, value).optional().error(self.error(name)).select(all)
    }

    fn fields(&self, lang: Lang, form: &Form) -> Markup {
        let p = &lang.words().promotions;
        html! {
            (Field::new("code", p.code, &form.code).hint(p.bad_code).error(self.error("code"))
                .text())
            (self.text("name_en", p.name_en, &form.name_en, ""))
            (self.text("name_ja", p.name_ja, &form.name_ja, ""))
            (self.text("describe_en", p.describe_en, &form.describe_en, ""))
            (self.text("describe_ja", p.describe_ja, &form.describe_ja, ""))
            @if self.choices.wallets.len() > 1 {
                (self.choose("wallet", p.file, &form.wallet, &self.choices.wallets))
            } @else {
                input type="hidden" name="wallet" value=(form.wallet);
            }
            fieldset { legend { (p.step_what) } (self.what(lang, form)) }
            fieldset { legend { (p.step_gives) } (self.gives(lang, form)) }
            fieldset { legend { (p.step_when) }
                div.tk-pair {
                    (self.day("starts", p.starts, &form.starts))
                    (self.text("starts_time", p.time, &form.starts_time, p.time_hint))
                }
                div.tk-pair {
                    (self.day("ends", p.ends, &form.ends))
                    (self.text("ends_time", p.time, &form.ends_time, p.time_hint))
                }
            }
            fieldset { legend { (p.step_who) }
                (self.text("country", p.country, &form.country, p.list_hint))
                (self.text("levels", p.levels, &form.levels, ""))
                (self.text("list", p.list, &form.list, ""))
                (self.choose("enrolment", p.enrolment, &form.enrolment, &pairs(&[
                    ("automatic", p.enrol_automatic), ("required", p.enrol_required),
                ])))
            }
            fieldset { legend { (p.step_limits) } (self.limits(lang, form)) }
            fieldset { legend { (p.preview) }
                div.tk-pair {
                    (self.text("days", p.look_back, &form.days, ""))
                    (self.text("search", p.search, &form.search, ""))
                }
            }
        }
    }

    fn what(&self, lang: Lang, form: &Form) -> Markup {
        let p = &lang.words().promotions;
        html! {
            (self.choose("rewarded", p.rewarded, &form.rewarded, &pairs(&[
                ("sale", p.rewarded_sale), ("activity", p.rewarded_activity),
                ("goal", p.rewarded_goal), ("whole", p.rewarded_whole),
            ])))
            (self.text("categories", p.categories, &form.categories, ""))
            div.tk-pair {
                (self.text("brands", p.brands, &form.brands, ""))
                (self.text("products", p.products, &form.products, ""))
            }
            div.tk-pair {
                (self.text("least_amount", p.least_amount, &form.least_amount, ""))
                (self.text("least_quantity", p.least_quantity, &form.least_quantity, ""))
            }
            div.tk-pair {
                (self.text("coupon", p.coupon, &form.coupon, ""))
                (self.text("activity", p.activity, &form.activity, ""))
            }
            div.tk-pair {
                (self.text("goal", p.goal, &form.goal, ""))
                (self.choose("goal_in", p.goal_in, &form.goal_in, &pairs(&[
                    ("amount", p.in_amount), ("quantity", p.in_quantity),
                ])))
            }
            label.tk-small {
                input type="checkbox" name="first_only" value="yes"
                    checked[form.first_only == "yes"];
                " " (p.first_only)
            }
        }
    }

    fn gives(&self, lang: Lang, form: &Form) -> Markup {
        let p = &lang.words().promotions;
        let mut kinds = vec![("fixed", p.gives_fixed)];
        if !self.choices.bases.is_empty() {
            kinds.push(("factor", p.gives_factor));
        }
        if !self.choices.vouchers.is_empty() {
            kinds.push(("voucher", p.gives_voucher));
        }
        if !self.choices.badges.is_empty() {
            kinds.push(("badge", p.gives_badge));
        }
        html! {
            (self.choose("gives", p.gives_what, &form.gives, &pairs(&kinds)))
            div.tk-pair {
                (self.text("number", p.number, &form.number, ""))
                (self.choose("unit", p.unit, &form.unit, &self.choices.units))
            }
            @if !self.choices.bases.is_empty() {
                div.tk-pair {
                    (self.text("factor", p.factor, &form.factor, ""))
                    (self.choose("base", p.base, &form.base, &self.choices.bases))
                }
            }
            @if !self.choices.vouchers.is_empty() {
                (self.choose("voucher", p.voucher, &form.voucher, &self.choices.vouchers))
            }
            @if !self.choices.badges.is_empty() {
                (self.choose("badge", p.badge, &form.badge, &self.choices.badges))
            }
        }
    }

    fn limits(&self, lang: Lang, form: &Form) -> Markup {
        let p = &lang.words().promotions;
        html! {
            div.tk-pair {
                (self.text("limit_uses", p.limit_uses, &form.limit_uses, ""))
                (self.text("limit_uses_each", p.limit_uses_each, &form.limit_uses_each, ""))
            }
            div.tk-pair {
                (self.text("limit_points", p.limit_points, &form.limit_points, ""))
                (self.text("limit_points_each", p.limit_points_each, &form.limit_points_each, ""))
            }
            div.tk-pair {
                (self.text("limit_vouchers", p.limit_vouchers, &form.limit_vouchers, ""))
                (self.text("limit_liability", p.limit_liability, &form.limit_liability, ""))
            }
            (self.choose("cut", p.cut_last, &form.cut, &pairs(&[
                ("refuse", p.goes_refused), ("cut", p.goes_over),
            ])))
        }
    }
}

fn pairs(all: &[(&str, &str)]) -> Vec<Choice> {
    all.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

fn act(value: &str, label: &str, primary: bool) -> Markup {
    html! {
        button.mui-btn.mui-btn--md type="submit" name="do" value=(value)
            .mui-btn--primary[primary] .mui-btn--outline[!primary] { (label) }
    }
}

impl Texts {
    pub fn may_be_kept(&self) -> bool {
        self.checks.iter().all(|check| check.severity != crate::console::editor::Severity::Error)
    }

    fn draw(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        let code = |text: &str| {
            html! {
                ol.tk-code lang="en" tabindex="0" {
                    @for line in text.lines() { (code_line(line, "")) }
                }
            }
        };
        let in_wallet = fill(p.wallet_text, &[("code", &self.wallet)]);
        let first = self.program.lines().next().unwrap_or_default();
        let named = first.strip_prefix("program: ").unwrap_or_default();
        section(
            p.texts,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (p.texts_help) }
                @if !self.checks.is_empty() {
                    div.tk-checker { ul { @for check in &self.checks { (check_row(lang, check)) } } }
                }
                h3.tk-small { (in_wallet) }
                (code(&self.block))
                h3.tk-small { (fill(p.program_text, &[("code", named)])) }
                (code(&self.program))
            },
        )
    }
}

impl Preview {
    fn draw(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        let cells: Vec<Cell> = self
            .sums
            .iter()
            .map(|(label, figure)| Cell {
                label,
                figure: html! { (figure) },
                detail: empty(),
                href: "",
                live: "",
            })
            .collect();
        html! {
            (section(p.who_may, &empty(), &html! {
                p.tk-phrase { b { (self.who) } }
                ul.tk-rows {
                    @for (code, name, may) in &self.sample {
                        li {
                            div.tk-rows__text { b { (name) } small.tk-mono { (code) } }
                            @if *may { (status(p.may, Tone::Good)) }
                            @else { (status(p.may_not, Tone::Plain)) }
                        }
                    }
                }
                @if let Some(more) = &self.more { p.tk-small.tk-muted { (more) } }
            }))
            (section(p.would_have, &empty(), &html! {
                p.tk-phrase { (self.span) @if self.enrolled { " " (p.would_have_enrolled) } }
                (strip(&cells))
                @if let Some(waiting) = &self.waiting { p.tk-small.tk-muted { (waiting) } }
                @if !self.refused.is_empty() {
                    h3.tk-small { (p.not_given) }
                    ul.tk-plain {
                        @for (why, times) in &self.refused { li { (why) " · " (times) } }
                    }
                }
                @if !self.top.is_empty() { (self.table(lang)) }
            }))
        }
    }

    fn table(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        let columns = [
            Column::new(p.partner, Kind::Name),
            Column::new(p.uses, Kind::Figure),
            Column::new(p.points, Kind::Figure),
            Column::new(p.vouchers, Kind::Figure),
        ];
        let row =
            |(code, name, uses, points, vouchers): &(String, String, String, String, String)| {
                vec![
                    html! { (name) small.tk-below.tk-mono { (code) } },
                    html! { (uses) },
                    html! { (points) },
                    html! { (vouchers) },
                ]
            };
        let rows = self.top.iter().map(row).collect();
        table(&Table::new(p.top, &columns, rows).cards())
    }
}

/// A promotion whose drafts wait for somebody.
#[derive(Debug, Clone)]
pub struct WaitsPage {
    pub code: String,
    pub name: String,
    pub days: String,
    pub wallet: (String, i64),
    pub wallet_is_active: bool,
    /// The version of the program and whether it acts, if there is one.
    pub program: Option<(i64, bool)>,
}

impl View for WaitsPage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.name, words.promotions.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let p = &shell.words().promotions;
        let (wallet, version) = &self.wallet;
        let to_wallet = format!("/console/loyalty/wallets/{}?version={version}", encode(wallet));
        let state = |acts: bool| {
            if acts { status(p.is_active, Tone::Good) } else { status(p.is_draft, Tone::Wait) }
        };
        let mut rows = vec![(
            p.file,
            html! {
                (state(self.wallet_is_active)) " "
                @if !self.wallet_is_active { a href=(to_wallet) { (p.open_wallet) } }
            },
        )];
        let program = self.program.map(|(version, acts)| {
            let href = format!("/console/programs/{}/versions/{version}", encode(&self.code));
            (
                shell.words().common.programs,
                html! { (state(acts)) " " @if !acts { a href=(href) { (p.open_program) } } },
            )
        });
        rows.extend(program);
        let page = html! {
            (page_head(&PageHead {
                title: &self.name,
                badge: status(p.is_draft, Tone::Wait),
                meta: html! { span { (self.days) } span.tk-mono { (self.code) } },
                actions: empty(),
            }))
            (section(p.waits, &empty(), &html! {
                p.tk-phrase { (p.waits_help) }
                (receipt(&rows))
            }))
        };
        let crumbs = [(self.name.clone(), String::new())];
        frame::console(shell, Place::Promotions, &crumbs, &page)
    }
}
