//! Console, one program: how its partners stand, what it costs, its text, periods and history.

mod attainment;
mod members;
mod terms;

pub use attainment::{Attainment, Liability, Row, Totals};
pub use members::{Members, Says};
pub mod member {
    //! The rows of the tab.
    pub use super::members::Row;
}
pub use terms::{DiffLine, Event, PeriodRow, Terms, Version, code_line, timeline};

use jiff::civil::Date;
use maud::{Markup, html};

use crate::access;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{Icon, Look, PageHead, button_link, encode, page_head, states, tabs};
use crate::view::{Every, ProgramState};

/// What stands above all tabs.
#[derive(Debug, Clone)]
pub struct Head {
    pub code: String,
    pub name: String,
    pub state: ProgramState,
    pub version: u32,
    pub version_from: Date,
    pub every: Every,
    /// The figure tables its terms compare with: targets, baselines.
    pub figures: Vec<String>,
    pub about: About,
}

/// The number of the contract, and a page about the program.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub reference: Option<String>,
    pub url: Option<String>,
}

impl About {
    pub fn of(program: &domain::program::Program) -> About {
        About { reference: program.reference.clone(), url: program.url.clone() }
    }

    /// What stands below a title. An address that is none of the web is shown and not a link.
    pub fn draw(&self, words: &Words) -> Markup {
        let p = &words.papers;
        html! {
            @if let Some(reference) = &self.reference {
                span { (fill(p.contract, &[("of", reference)])) }
            }
            @if let Some(url) = &self.url {
                @if url.starts_with("https://") || url.starts_with("http://") {
                    a href=(url) rel="noopener noreferrer" { (p.program_page) }
                } @else { span { (url) } }
            }
        }
    }
}

/// What is shown below the head.
#[derive(Debug, Clone)]
pub enum Tab {
    Attainment(Box<Attainment>),
    Terms(Terms),
    Members(Box<Members>),
    Periods(Vec<PeriodRow>),
    History(Vec<Event>),
}

impl Tab {
    const KEYS: [&'static str; 5] = ["attainment", "terms", "members", "periods", "history"];

    fn index(&self) -> usize {
        match self {
            Tab::Attainment(_) => 0,
            Tab::Terms(_) => 1,
            Tab::Members(_) => 2,
            Tab::Periods(_) => 3,
            Tab::History(_) => 4,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub head: Head,
    pub tab: Tab,
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        self.head.name.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let lang = shell.lang;
        let head = &self.head;
        let content = match &self.tab {
            Tab::Attainment(attainment) => attainment.draw(shell, &head.code),
            Tab::Terms(terms) => terms.draw(lang, &head.code),
            Tab::Members(members) => members.draw(shell, &head.code),
            Tab::Periods(periods) => terms::periods(lang, periods),
            Tab::History(events) => terms::history(lang, events),
        };
        let page = html! { (self.page_head(shell)) (self.tabs(lang)) (content) };
        frame::console(shell, Place::Programs, &[(head.name.clone(), String::new())], &page)
    }
}

impl Page {
    fn page_head(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let (t, head) = (&words.terms, &self.head);
        let version = fill(
            t.version_from,
            &[
                ("n", &head.version.to_string()),
                ("day", &format::day_long(head.version_from, lang)),
            ],
        );
        let edit = format!("/console/programs/{}/edit", encode(&head.code));
        let may_edit = access::may_post(shell.role(), "/console/programs/{code}/edit");
        page_head(&PageHead {
            title: &head.name,
            badge: states::program(words, head.state),
            meta: html! {
                span.tk-mono { (head.code) }
                span { (version) }
                span { (every(words, head.every)) }
                (head.about.draw(words))
                @for table in &head.figures {
                    span {
                        (words.data.ref_targets) " "
                        a.tk-mono href={ "/console/reference/figures?filter=" (encode(table)) } {
                            (table)
                        }
                    }
                }
            },
            actions: html! {
                @if may_edit {
                    (button_link(t.edit_terms, &edit, Look::Outline, Some(Icon::Rule)))
                }
            },
        })
    }

    fn tabs(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let path = format!("/console/programs/{}", encode(&self.head.code));
        let names = [t.attainment, t.terms, t.members, t.periods_and_payouts, t.history];
        let links: Vec<(&str, String)> = names
            .into_iter()
            .zip(Tab::KEYS)
            .map(|(name, key)| (name, format!("{path}?tab={key}")))
            .collect();
        tabs(t.in_this_program, &links, self.tab.index())
    }
}

/// How long a program's periods are.
pub fn every(words: &Words, every: Every) -> &'static str {
    let t = &words.terms;
    match every {
        Every::Month => t.every_month,
        Every::Quarter => t.every_quarter,
        Every::Half => t.every_half,
        Every::Year => t.every_year,
        Every::Dates => t.every_dates,
        Every::Open => t.every_open,
    }
}
