//! Console, manual adjustments: one person asks with a reason, another approves.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::access;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button, card, empty, empty_state,
    encode, page_head, section, states, table,
};
use crate::view::{AdjustmentState, PartnerRef, Period, ProgramRef};

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub partner: PartnerRef,
    pub program: ProgramRef,
    /// The period it is settled with.
    pub period: Period,
    pub amount: Money,
    pub reason: String,
    pub requested_by: String,
    pub requested_at: DateTime,
    pub decided: Option<String>,
    pub state: AdjustmentState,
    /// The reason's code in the reader's language.
    pub reason_name: String,
    /// The dispute it answers.
    pub dispute: Option<String>,
    /// The term it is about.
    pub term: Option<String>,
    /// Which step of its approval is next, if there are several, and by when.
    pub step: Option<String>,
    /// Whether the next step is the reader's; if not, why.
    pub may: Result<(), String>,
}

/// What was typed, given back when something is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub partner: String,
    pub program: String,
    pub amount: String,
    pub reason_code: String,
    pub reason: String,
    pub term: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
    pub requested: u64,
    /// Programs with an open period, by code and name with currency.
    pub programs: Vec<(String, String)>,
    /// Reason codes, by code and name.
    pub reasons: Vec<(String, String)>,
    pub draft: Draft,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.adjustments.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let m = &words.money;
        let page = html! {
            (page_head(&PageHead {
                title: words.common.adjustments,
                badge: empty(),
                meta: html! { span { (m.adjustments_help) } },
                actions: empty(),
            }))
            div.tk-chart-side.tk-close {
                (card("tk-dense", if self.rows.is_empty() && !self.list.is_narrowed() {
                    empty_state(Icon::Wrench, m.no_adjustments, m.no_adjustments_help, &empty())
                } else { self.rows(shell, lang) }))
                (self.form(shell))
            }
        };
        frame::console(shell, Place::Adjustments, &[], &page)
    }
}

impl Page {
    fn rows(&self, shell: &Shell, lang: Lang) -> Markup {
        let (c, m) = (&lang.words().common, &lang.words().money);
        let chips = [
            Chip::all(c.all, None),
            Chip::new("requested", c.state_waiting, Some(self.requested), Tone::Wait),
            Chip::new("approved", c.state_approved, None, Tone::Plain),
            Chip::new("rejected", c.state_rejected, None, Tone::Plain),
        ];
        let columns = [
            Column::new(c.partner, Kind::Name),
            Column::new(m.amount, Kind::Figure),
            Column::new(m.reason, Kind::Name),
            Column::new(c.state, Kind::Text),
            Column::new(c.actions, Kind::Text),
        ];
        let rows = self.rows.iter().map(|row| row.cells(shell)).collect();
        html! {
            (self.list.chips(c.filter, &chips))
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else { (table(&Table::new(c.adjustments, &columns, rows).cards())) }
            (self.list.pages(lang))
        }
    }

    fn form(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let (m, t) = (&words.money, &words.terms);
        let draft = &self.draft;
        section(
            m.request_adjustment,
            &empty(),
            &shell.form(
                "/console/adjustments",
                "tk-form tk-form--tight",
                &html! {
                    (Field::new("partner", m.partner_code, &draft.partner).text())
                    (Field::new("program", t.program, &draft.program).select(&self.programs))
                    (Field::new("term", t.term, &draft.term)
                        .hint(words.papers.adjusted_term).optional().text())
                    (Field::new("amount", m.amount, &draft.amount).hint(m.amount_hint).text())
                    (Field::new("reason_code", words.settle.reason_code, &draft.reason_code)
                        .select(&self.reasons))
                    (Field::new("reason", m.reason, &draft.reason).hint(m.reason_hint).lines(3))
                    (button(m.request, Look::Primary, None))
                },
            ),
        )
    }
}

impl Row {
    fn cells(&self, shell: &Shell) -> Vec<Markup> {
        let lang = shell.lang;
        let m = &lang.words().money;
        let by = fill(
            m.asked_by,
            &[("who", &self.requested_by), ("when", &format::moment(self.requested_at, lang))],
        );
        vec![
            two_lines(
                &html! {
                    a href={ "/console/partners/" (encode(&self.partner.code)) } {
                        (self.partner.name)
                    }
                },
                &html! {
                    (self.program.name) " · " (self.period.short(lang))
                    @if let Some(term) = &self.term { " · " (term) }
                },
            ),
            crate::ui::change(lang, self.amount),
            two_lines(
                &html! { (self.reason) },
                &html! {
                    (self.reason_name) " · " (by)
                    @if let Some(id) = &self.dispute {
                        " · " a href={ "/console/disputes/" (id) } { (lang.words().settle.dispute) }
                    }
                },
            ),
            html! {
                (states::adjustment(lang.words(), self.state))
                @if let Some(step) = &self.step { small.tk-below { (step) } }
                @if let Some(decided) = &self.decided { small.tk-below { (decided) } }
            },
            self.actions(shell),
        ]
    }

    fn actions(&self, shell: &Shell) -> Markup {
        let m = &shell.words().money;
        if self.state != AdjustmentState::Requested
            || !access::may_post(shell.role(), "/console/adjustments/{id}/approve")
        {
            return empty();
        }
        if let Err(why) = &self.may {
            return html! { span.tk-small.tk-muted { (why) } };
        }
        let act = |path: &str, word: &str| {
            let label = fill(m.act_on, &[("act", word), ("partner", &self.partner.name)]);
            shell.form(
                &format!("/console/adjustments/{}/{path}", self.id),
                "",
                &html! {
                    @if path == "reject" {
                        input.mui-input name="comment" maxlength="2000" placeholder=(m.comment)
                            aria-label=(m.comment);
                    }
                    button.mui-btn.mui-btn--outline.mui-btn--row type="submit" aria-label=(label) {
                        (word)
                    }
                },
            )
        };
        html! { div.tk-acts { (act("approve", m.approve)) (act("reject", m.reject)) } }
    }
}
