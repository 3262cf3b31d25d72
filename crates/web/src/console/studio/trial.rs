//! Console, a trial: what a text would have brought whom on past days, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::explain::{Context, Lang as DomainLang};
use engine::papers::sheet::Cell;
use engine::trial::{Against, Ask, Earned, Trial, TrialAward, TrialLine, TrialSum};
use jiff::civil::Date;
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::access;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::reading;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, card, empty, encode,
    notice, page_head, section, strip, table,
};
use crate::view::PartnerRef;

/// What there is to show.
#[derive(Debug, Clone)]
pub enum State {
    /// Seconds since it began.
    Running(i64),
    Done(Arc<Trial>),
    /// Why not, in a sentence.
    Failed(String),
}

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub ask: Ask,
    /// The program it is, if there is one of that code already.
    pub code: Option<String>,
    pub state: State,
    /// Programs to compare with: code and name.
    pub programs: Vec<(String, String)>,
    /// The names of those shown.
    pub names: Vec<PartnerRef>,
}

/// No more partners are drawn; all are in the export.
pub const SHOWN_MAX: usize = 200;

impl View for Page {
    fn title(&self, words: &Words) -> String {
        match &self.state {
            State::Done(trial) => trial.code.clone(),
            _ => words.studio.trial.into(),
        }
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let s = &words.studio;
        let title = match &self.state {
            State::Done(trial) => {
                let name = reading::name(lang, &trial.names, &trial.code);
                fill(s.trial_of, &[("name", &name)])
            }
            _ => s.trial.to_owned(),
        };
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: empty(),
                meta: html! {
                    span { (format::day_long(self.ask.from, lang)) " – "
                        (format::day_long(self.ask.to, lang)) }
                    span { (s.nothing_saved) }
                },
                actions: html! {
                    @if let State::Done(_) = &self.state {
                        (button_link(s.export, &format!("/console/trial/{}/lines.csv", self.id),
                            Look::Outline, Some(Icon::Download)))
                        (button_link(s.export_xlsx,
                            &format!("/console/trial/{}/lines.xlsx", self.id),
                            Look::Outline, Some(Icon::Download)))
                    }
                },
            }))
            @match &self.state {
                State::Running(seconds) => {
                    // Without scripts the page asks again by itself.
                    meta http-equiv="refresh" content="2";
                    (notice(Tone::Info, &html! {
                        (s.running) " " (fill(s.running_for, &[("n", &seconds.to_string())]))
                    }, &empty()))
                }
                State::Failed(why) => {
                    (notice(Tone::Bad, &html! { (fill(s.trial_failed, &[("why", why)])) },
                        &empty()))
                }
                State::Done(trial) => { (self.answer(lang, trial)) }
            }
            (self.go_on(shell))
            (self.again(shell))
        };
        frame::console(shell, Place::Programs, &[(s.trial.into(), String::new())], &page)
    }
}

impl Page {
    fn answer(&self, lang: Lang, trial: &Trial) -> Markup {
        let words = lang.words();
        let s = &words.studio;
        let each = |read: &dyn Fn(&TrialSum) -> Decimal| -> String {
            let sums = trial.sums.iter();
            let amounts: Vec<Money> = sums.map(|sum| Money::new(read(sum), sum.currency)).collect();
            format::each(&amounts, lang)
        };
        let differences: Vec<String> = trial
            .sums
            .iter()
            .map(|sum| Money::new(sum.difference(), sum.currency).signed(lang))
            .collect();
        let (gain, lose, same) = trial.counts();
        let cell = |label, figure: Markup| crate::ui::parts::Cell {
            label,
            figure,
            detail: empty(),
            href: "",
            live: "",
        };
        let partners: BTreeSet<&str> =
            trial.lines.iter().map(|line| line.partner.as_str()).collect();
        let mut cells = [
            cell(s.was, html! { (each(&|sum| sum.was)) }),
            cell(s.is, html! { (each(&|sum| sum.is)) }),
            cell(s.difference, html! { (differences.join(lang.say("、", ", "))) }),
            cell(words.common.partners, html! { (format::count(partners.len() as u64)) }),
        ];
        cells[3].detail = html! {
            (format::count(gain as u64)) " " (s.gain) " · " (format::count(lose as u64)) " "
            (s.lose) " · " (format::count(same as u64)) " " (s.same)
        };
        html! {
            @if trial.is_moved {
                (notice(Tone::Info, &html! { (fill(s.moved_help, &[
                    ("from", &format::day_long(trial.from, lang)),
                    ("to", &format::day_long(trial.to, lang)),
                ])) }, &empty()))
            }
            (strip(&cells))
            (section(s.trial, &html! {
                (fill(s.ran_on, &[("n", &trial.rows.to_string())]))
            }, &html! {
                @if trial.lines.is_empty() { p.tk-muted.tk-phrase { (s.trial_no_lines) } }
                @else { (self.table(lang, trial)) }
                @if trial.lines.len() > SHOWN_MAX {
                    p.tk-small.tk-muted { (fill(s.trial_shown,
                        &[("n", &SHOWN_MAX.to_string())])) }
                }
            }))
        }
    }

    fn table(&self, lang: Lang, trial: &Trial) -> Markup {
        let words = lang.words();
        let s = &words.studio;
        let columns = [
            Column::new(words.common.partner, Kind::Name),
            Column::new(s.was, Kind::Figure),
            Column::new(s.is, Kind::Figure),
            Column::new(s.difference, Kind::Figure),
            Column::new(s.paid, Kind::Figure),
            Column::new(s.details, Kind::Text),
        ];
        let several = trial.sums.len() > 1;
        let rows = trial
            .lines
            .iter()
            .take(SHOWN_MAX)
            .map(|line| {
                let money = |amount| Money::new(amount, line.currency);
                let figure = |amount| {
                    let money = money(amount);
                    if several { money.text(lang) } else { money.digits() }
                };
                let change = money(line.difference());
                let change = if several { change.signed(lang) } else { change.signed_digits() };
                let code = line.partner.as_str();
                let name = self.names.iter().find(|name| name.code == code);
                vec![
                    html! {
                        a href={ "/console/partners/" (encode(code)) } {
                            (name.map_or(code, |name| &name.name))
                        }
                    },
                    html! { (figure(line.was)) },
                    html! { (figure(line.is)) },
                    html! { (change) },
                    html! { @if line.paid != Decimal::ZERO { (figure(line.paid)) } },
                    reasons(lang, line),
                ]
            })
            .collect();
        table(&Table::new(s.trial, &columns, rows))
    }

    /// What was tried may be nowhere but here: from here it goes on to be changed, or decided.
    fn go_on(&self, shell: &Shell) -> Markup {
        let s = &shell.words().studio;
        let edit = match &self.code {
            None => "/console/programs/new".to_owned(),
            Some(code) => format!("/console/programs/{}/edit", encode(code)),
        };
        if !access::may_post(shell.role(), "/console/programs/new") {
            return empty();
        }
        let form = match &self.code {
            None => "/console/programs/form".to_owned(),
            Some(code) => format!("/console/programs/{}/form", encode(code)),
        };
        section(
            s.trial_next,
            &empty(),
            &shell.form(
                &edit,
                "tk-buttons",
                &html! {
                    textarea name="text" hidden { "\n" (self.ask.text) }
                    button.mui-btn.mui-btn--md.mui-btn--primary type="submit" name="do"
                        value="review" { (s.review_it) }
                    button.mui-btn.mui-btn--md.mui-btn--outline type="submit" name="do"
                        value="text" formaction=(form) { (s.form) }
                    button.mui-btn.mui-btn--md.mui-btn--outline type="submit" name="do"
                        value="check" { (s.as_text) }
                },
            ),
        )
    }

    /// The same text on other days, or beside another program.
    fn again(&self, shell: &Shell) -> Markup {
        let s = &shell.words().studio;
        let mut options = vec![
            (String::new(), s.against_acting.to_owned()),
            ("-".to_owned(), s.against_nothing.to_owned()),
        ];
        options.extend(self.programs.iter().cloned());
        let against = match &self.ask.against {
            Against::Acting => String::new(),
            Against::Nothing => "-".to_owned(),
            Against::Program(code) => code.clone(),
        };
        let day = |name: &'static str, label: &str, day: Date| {
            html! {
                div.mui-field {
                    label.mui-field__label for=(name) { (label) }
                    input.mui-input type="date" #(name) name=(name) value=(day) required;
                }
            }
        };
        card(
            "",
            shell.form(
                "/console/trial",
                "tk-form tk-form--row",
                &html! {
                    textarea name="text" hidden { "\n" (self.ask.text) }
                    (day("from", s.day_from, self.ask.from))
                    (day("to", s.day_to, self.ask.to))
                    (crate::ui::form::Field::new("against", s.against, &against).optional()
                        .select(&options))
                    (button(s.work_it_out, Look::Primary, Some(Icon::Play)))
                },
            ),
        )
    }
}

/// What a partner earned in both, award by award, with every reason of the new one.
fn reasons(lang: Lang, line: &TrialLine) -> Markup {
    html! {
        details.tk-details {
            summary { (lang.words().studio.details) }
            ul.tk-plain {
                @for award in &line.awards {
                    li {
                        (said(lang, award))
                        @if let Some(is) = &award.is {
                            ul.tk-plain.tk-small.tk-muted {
                                @for reason in &is.award.reasons {
                                    li { (reason.text(domain_lang(lang), &context(is))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn domain_lang(lang: Lang) -> DomainLang {
    match lang {
        Lang::En => DomainLang::En,
        Lang::Ja => DomainLang::Ja,
    }
}

fn context(earned: &Earned) -> Context<'_> {
    Context { award: &earned.award, term: &earned.term, currency: earned.currency }
}

/// "Volume, FY2026 Q1, Kita: 500 → 800 EUR".
fn said(lang: Lang, award: &TrialAward) -> String {
    let any = award.is.as_ref().or(award.was.as_ref());
    let term = any.map_or_else(
        || award.term.to_string(),
        |earned| reading::name(lang, &earned.term.name, award.term.as_str()),
    );
    let mut place = vec![term, reading::period(&award.period).long(lang)];
    place.extend(award.group.values().map(|(_, value)| value.to_owned()));
    let amount = |side: &Option<Earned>| {
        side.as_ref().map_or_else(|| "0".to_owned(), |e| format::quantity(e.amount))
    };
    let unit = any.map_or("", Earned::unit);
    let place = place.join(lang.say("、", ", "));
    format!("{place}: {} → {} {unit}", amount(&award.was), amount(&award.is))
}

/// The rows of the export, headings first.
pub fn export(
    lang: Lang,
    trial: &Trial,
    name: &dyn Fn(&str) -> String,
) -> ([&'static str; 7], Vec<Vec<Cell>>) {
    let words = lang.words();
    let s = &words.studio;
    let headings =
        [words.common.partner, words.common.partners, s.was, s.is, s.difference, s.paid, s.cost];
    let row = |line: &TrialLine| {
        vec![
            Cell::Text(line.partner.to_string()),
            Cell::Text(name(line.partner.as_str())),
            Cell::Number(line.was),
            Cell::Number(line.is),
            Cell::Number(line.difference()),
            Cell::Number(line.paid),
            Cell::Text(line.currency.to_string()),
        ]
    };
    (headings, trial.lines.iter().map(row).collect())
}
