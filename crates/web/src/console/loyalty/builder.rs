//! Console, a promotion by a form in steps: what is rewarded, what it gives, when, who, how much at
//! most; beside it the two texts it makes, and a preview. And what waits once they are kept.

use maud::{Markup, html};

use super::building::{AS_IT_STANDS, Form, Template, Wrong};
use super::promotions::LIST;
use crate::console::editor::{Check, check_row};
use crate::console::program::code_line;
use crate::diff::Line;
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
    /// Games whose plays cost points that nothing else takes.
    pub games: Vec<Choice>,
    /// Terms of other promotions that one may compete with.
    pub lanes: Vec<Choice>,
}

/// What is built: a promotion of its own, or out of one that there is.
#[derive(Debug, Clone, Default)]
pub enum Of {
    #[default]
    New,
    /// Code and name of the one it is like.
    Like(String, String),
    Change(Box<Changing>),
}

/// A promotion that is changed.
#[derive(Debug, Clone, Default)]
pub struct Changing {
    pub code: String,
    pub name: String,
    /// The texts it was read from, so that nobody's change is lost meanwhile.
    pub stamp: String,
    /// From which day on it gives something else; nothing to ask before it acts.
    pub from: Option<String>,
    pub bad_from: Option<&'static str>,
}

/// The two texts, with all that is found in them.
#[derive(Debug, Clone)]
pub struct Texts {
    pub wallet: String,
    /// What is added to the wallet.
    pub block: String,
    pub program: String,
    pub checks: Vec<Check>,
    /// Of a change: what differs in the wallet and in the program.
    pub differs: Option<(Vec<Line>, Vec<Line>)>,
    /// What else there is to know of it.
    pub told: Vec<String>,
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

#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Nothing before a template is chosen.
    pub form: Option<Form>,
    pub choices: Choices,
    pub wrong: Vec<Wrong>,
    pub texts: Option<Texts>,
    pub preview: Option<Preview>,
    pub refused: Option<String>,
    pub of: Of,
    /// Lines of the wallet and of the program that the form has no words for.
    pub kept: (Vec<String>, Vec<String>),
}

impl Of {
    fn title(&self, words: &Words) -> String {
        match self {
            Of::New => words.promotions.build.into(),
            Of::Like(_, name) => fill(words.promoting.copy_title, &[("name", name)]),
            Of::Change(of) => fill(words.promoting.change_title, &[("name", &of.name)]),
        }
    }

    fn help(&self, words: &Words) -> &'static str {
        match self {
            Of::New | Of::Like(..) => words.promotions.builder_help,
            Of::Change(_) => words.promoting.change_help,
        }
    }

    /// Where the form goes.
    fn action(&self) -> String {
        match self {
            Of::New | Of::Like(..) => NEW.into(),
            Of::Change(of) => format!("{LIST}/{}/change", encode(&of.code)),
        }
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        self.of.title(words)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let p = &shell.words().promotions;
        let page = html! {
            (page_head(&PageHead {
                title: &self.of.title(shell.words()),
                badge: empty(),
                meta: html! { span.tk-phrase { (self.of.help(shell.words())) } },
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
        let own = |code: &str, name: &str| (name.to_owned(), format!("{LIST}/{}", encode(code)));
        let mut crumbs = match &self.of {
            Of::New => vec![],
            Of::Like(code, name) => vec![own(code, name)],
            Of::Change(of) => vec![own(&of.code, &of.name)],
        };
        let last = match &self.of {
            Of::New => p.build,
            Of::Like(..) => shell.words().promoting.copy,
            Of::Change(_) => shell.words().promoting.change,
        };
        crumbs.push((last.to_owned(), String::new()));
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
                div.tk-column {
                    (self.stays(shell.lang))
                    (card("", shell.form(&self.of.action(), "tk-form tk-build", &html! {
                        (self.hidden())
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

    /// The lines that the form has no words for.
    fn stays(&self, lang: Lang) -> Markup {
        let w = &lang.words().promoting;
        let (wallet, program) = &self.kept;
        if wallet.is_empty() && program.is_empty() {
            return empty();
        }
        let listed = |title: &str, lines: &[String]| {
            html! {
                @if !lines.is_empty() {
                    h3.tk-small { (title) }
                    @for line in lines { pre.tk-kept lang="en" tabindex="0" { (line) } }
                }
            }
        };
        section(
            w.kept,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (w.kept_help) }
                (listed(w.kept_wallet, wallet))
                (listed(w.kept_program, program))
            },
        )
    }

    fn hidden(&self) -> Markup {
        html! {
            @match &self.of {
                Of::New => {}
                Of::Like(code, _) => { input type="hidden" name="like" value=(code); }
                Of::Change(of) => { input type="hidden" name="stamp" value=(of.stamp); }
            }
        }
    }

    fn fields(&self, lang: Lang, form: &Form) -> Markup {
        let p = &lang.words().promotions;
        let w = &lang.words().promoting;
        html! {
            @if let Of::Change(of) = &self.of {
                p.tk-small { (p.code) ": " span.tk-mono { (of.code) } }
                @if let Some(from) = &of.from {
                    (Field::new("from", w.holds_from, from).hint(w.holds_from_hint).optional()
                        .error(of.bad_from).date())
                }
            } @else {
                (Field::new("code", p.code, &form.code).hint(p.bad_code)
                    .error(self.error("code")).text())
            }
            (self.text("name_en", p.name_en, &form.name_en, ""))
            (self.text("name_ja", p.name_ja, &form.name_ja, ""))
            (self.text("describe_en", p.describe_en, &form.describe_en, ""))
            (self.text("describe_ja", p.describe_ja, &form.describe_ja, ""))
            @if self.choices.wallets.len() > 1 && matches!(self.of, Of::New) {
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
                (self.text("who_more", w.who_more, &form.who_more,
                    &fill(w.more_hint, &[("example", "partner.segment == \"dealer\"")])))
                (self.choose("enrolment", p.enrolment, &form.enrolment, &pairs(&[
                    ("automatic", p.enrol_automatic), ("required", p.enrol_required),
                ])))
            }
            fieldset { legend { (w.step_lane) } (self.lanes(lang, form)) }
            fieldset { legend { (w.step_limits) } (self.limits(lang, form)) }
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
        let w = &lang.words().promoting;
        html! {
            (self.choose("rewarded", p.rewarded, &form.rewarded, &pairs(&[
                ("sale", p.rewarded_sale), ("activity", p.rewarded_activity),
                ("goal", p.rewarded_goal), ("whole", p.rewarded_whole),
            ])))
            (only("goal whole", &html! {
                div.tk-pair {
                    (self.text("goal", p.goal, &form.goal, ""))
                    (self.choose("goal_in", p.goal_in, &form.goal_in, &pairs(&[
                        ("amount", p.in_amount), ("quantity", p.in_quantity),
                    ])))
                }
            }))
            (only("activity", &self.text("activity", p.activity, &form.activity, "")))
            (self.text("categories", p.categories, &form.categories, ""))
            div.tk-pair {
                (self.text("brands", p.brands, &form.brands, ""))
                (self.text("products", p.products, &form.products, ""))
            }
            div.tk-pair {
                (self.text("least_amount", p.least_amount, &form.least_amount, ""))
                (self.text("least_quantity", p.least_quantity, &form.least_quantity, ""))
            }
            (self.text("coupon", p.coupon, &form.coupon, ""))
            (self.text("counts_more", w.counts_more, &form.counts_more,
                &fill(w.more_hint, &[("example", "fact.channel == \"web\"")])))
            (only("sale activity", &html! {
                label.tk-small {
                    input type="checkbox" name="first_only" value="yes"
                        checked[form.first_only == "yes"];
                    " " (p.first_only)
                }
            }))
        }
    }

    fn gives(&self, lang: Lang, form: &Form) -> Markup {
        let p = &lang.words().promotions;
        let w = &lang.words().promoting;
        if form.gives == AS_IT_STANDS {
            return self.choose(
                "gives",
                p.gives_what,
                AS_IT_STANDS,
                &pairs(&[(AS_IT_STANDS, w.gives_text)]),
            );
        }
        let of = &self.choices;
        let kinds = [
            ("fixed", p.gives_fixed, true),
            ("factor", p.gives_factor, !of.bases.is_empty()),
            ("voucher", p.gives_voucher, !of.vouchers.is_empty()),
            ("badge", p.gives_badge, !of.badges.is_empty()),
            ("play", w.gives_play, !of.games.is_empty()),
        ];
        let kinds = kinds.iter().filter(|(.., is_there)| *is_there);
        let kinds: Vec<(&str, &str)> = kinds.map(|(kind, label, _)| (*kind, *label)).collect();
        let choice = |name, label, value: &str, all: &[Choice]| {
            html! { @if !all.is_empty() { (self.choose(name, label, value, all)) } }
        };
        html! {
            (self.choose("gives", p.gives_what, &form.gives, &pairs(&kinds)))
            (only("fixed play", &self.text("number", w.number_of, &form.number, "")))
            (only("fixed", &self.choose("unit", p.unit, &form.unit, &of.units)))
            @if !of.bases.is_empty() {
                (only("factor", &html! {
                    div.tk-pair {
                        (self.text("factor", p.factor, &form.factor, ""))
                        (self.choose("base", p.base, &form.base, &of.bases))
                    }
                }))
            }
            (only("voucher", &choice("voucher", p.voucher, &form.voucher, &of.vouchers)))
            (only("badge", &choice("badge", p.badge, &form.badge, &of.badges)))
            @if !of.games.is_empty() {
                (only("play", &html! {
                    (self.choose("game", w.game, &form.game, &of.games))
                    p.tk-small.tk-muted { (w.plays_of) }
                }))
            }
        }
    }

    /// Whether it gives beside other promotions, or competes with one.
    fn lanes(&self, lang: Lang, form: &Form) -> Markup {
        let w = &lang.words().promoting;
        let mut kinds = vec![("alone", w.lane_alone)];
        if !self.choices.lanes.is_empty() {
            kinds.extend([("best", w.lane_best), ("first", w.lane_first)]);
        }
        let kind = if form.is_in_lane() { form.lane.as_str() } else { "alone" };
        html! {
            (self.choose("lane", w.lane, kind, &pairs(&kinds)))
            input type="hidden" name="lane_name" value=(form.lane_name);
            @if !self.choices.lanes.is_empty() {
                (only("best first", &Field::new("lane_with", w.lane_with, &form.lane_with)
                    .hint(w.lane_with_hint).optional().error(self.error("lane_with"))
                    .select(&self.choices.lanes)))
                (only("first", &self.choose("lane_order", w.lane_order, &form.lane_order, &pairs(&[
                    ("before", w.lane_before), ("after", w.lane_after),
                ]))))
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

/// Fields that a choice asks for: the style sheet hides them while another one is chosen, and a
/// browser that cannot shows all of them.
fn only(chosen: &str, fields: &Markup) -> Markup {
    html! { div.tk-only data-for=(chosen) { (fields) } }
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
        let mut lines = self.program.lines();
        let named = lines.find_map(|line| line.strip_prefix("program: ")).unwrap_or_default();
        let title = if self.differs.is_some() { lang.words().promoting.differs } else { p.texts };
        section(
            title,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (p.texts_help) }
                @if !self.checks.is_empty() {
                    div.tk-checker { ul { @for check in &self.checks { (check_row(lang, check)) } } }
                }
                @for said in &self.told { p.tk-phrase { (said) } }
                @if let Some((wallet, program)) = &self.differs {
                    h3.tk-small { (lang.words().promoting.kept_wallet) " " (self.wallet) }
                    (differing(lang, wallet, lang.words().promoting.same_wallet))
                    h3.tk-small { (lang.words().promoting.kept_program) " " (named) }
                    (differing(lang, program, lang.words().promoting.same_program))
                } @else {
                    h3.tk-small { (in_wallet) }
                    (code(&self.block))
                    h3.tk-small { (fill(p.program_text, &[("code", named)])) }
                    (code(&self.program))
                }
            },
        )
    }
}

/// What differs between two texts, or that nothing does.
fn differing(lang: Lang, lines: &[Line], same: &str) -> Markup {
    let is_same = lines.iter().all(|line| matches!(line, Line::Same(_)));
    html! {
        @if is_same { p.tk-small.tk-muted { (same) } }
        @else { (crate::console::audit::diff_lines(lang, lines)) }
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
    pub may_change: bool,
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
                actions: html! {
                    @if self.may_change { (super::promotions::edits(shell.lang, &self.code)) }
                },
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
