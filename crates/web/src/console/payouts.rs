//! Console, payouts: approved or rejected by somebody else than who closed, then paid.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::access;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::owing::Owing;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button_link, card, door, empty,
    empty_state, encode, notice, page_head, states, status, table, two_ends,
};
use crate::view::{PartnerRef, PayoutState, Period, ProgramRef};

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub partner: PartnerRef,
    pub owing: Owing,
    pub amount: Money,
    pub state: PayoutState,
    /// Who decided last, in a sentence: "approved by Kimura".
    pub decided: Option<String>,
    pub paid_on: Option<Date>,
    /// Which step of its approval is next, if there are several, and by when.
    pub step: Option<String>,
    pub is_held: bool,
    pub is_disputed: bool,
    /// The partner has signed it off.
    pub is_agreed: bool,
    /// Whether the next step is the reader's; if not, why.
    pub may: Result<(), String>,
}

/// How many payouts there are in each state.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub waiting: u64,
    pub approved: u64,
    pub rejected: u64,
    pub paid: u64,
    pub withdrawn: u64,
}

#[derive(Debug, Clone)]
pub struct Page {
    /// The settlement period they belong to, if the list is of one.
    pub of: Option<(ProgramRef, Period)>,
    /// The list is of what orders of rewards owe.
    pub of_rewards: bool,
    pub counts: Counts,
    /// What the rows that match add up to, by currency.
    pub totals: Vec<Money>,
    pub list: List,
    pub rows: Vec<Row>,
    /// What became of payouts that were chosen together.
    pub decided: Option<Decided>,
}

/// What became of payouts that were chosen together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub rejected: bool,
    pub done: u64,
    /// Why the others were not, and how many.
    pub left: Vec<(String, u64)>,
}

impl Decided {
    fn draw(&self, lang: Lang) -> Markup {
        let m = &lang.words().money;
        let done = if self.rejected { m.chosen_rejected } else { m.chosen_approved };
        let others: u64 = self.left.iter().map(|(_, n)| n).sum();
        let tone = if others == 0 { Tone::Good } else { Tone::Wait };
        notice(
            tone,
            &html! {
                (fill(done, &[("n", &format::count(self.done))]))
                @if others > 0 {
                    (lang.say("", " ")) (fill(m.chosen_left, &[("n", &format::count(others))]))
                    ul.tk-plain {
                        @for (why, n) in &self.left {
                            li { (fill(m.chosen_why, &[("why", why), ("n", &format::count(*n))])) }
                        }
                    }
                }
            },
            &empty(),
        )
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.payouts.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let m = &words.money;
        let of = self
            .of
            .as_ref()
            .map(|(program, period)| format!("{} · {}", program.name, period.long(lang)))
            .or_else(|| self.of_rewards.then(|| words.owing.rewards.into()));
        let totals: Vec<String> = self.totals.iter().map(|money| money.text(lang)).collect();
        let content = if self.rows.is_empty() && !self.list.is_narrowed() && of.is_none() {
            empty_state(Icon::Wallet, m.no_payouts, m.no_payouts_help, &empty())
        } else {
            self.rows(shell)
        };
        let page = html! {
            (page_head(&PageHead {
                title: of.as_deref().unwrap_or(words.common.payouts),
                badge: empty(),
                meta: html! {
                    @if !totals.is_empty() {
                        span { (words.terms.total) " " b { (totals.join(", ")) } }
                    }
                    @if of.is_some() { a href="/console/payouts" { (m.all_payouts) } }
                },
                actions: html! {
                    @if !self.rows.is_empty() {
                        (button_link(
                            words.common.export,
                            &self.list.export("/console/payouts.csv"),
                            Look::Outline,
                            Some(Icon::Download),
                        ))
                    }
                },
            }))
            @if let Some(decided) = &self.decided { (decided.draw(lang)) }
            (card("tk-dense", content))
        };
        let crumbs: Vec<_> = of.iter().map(|name| (name.clone(), String::new())).collect();
        frame::console(shell, Place::Payouts, &crumbs, &page)
    }
}

impl Page {
    fn rows(&self, shell: &Shell) -> Markup {
        let lang = shell.lang;
        let (c, t) = (&lang.words().common, &lang.words().terms);
        let n = &self.counts;
        let all = n.waiting + n.approved + n.rejected + n.paid + n.withdrawn;
        let mut chips = vec![
            Chip::all(c.all, Some(all)),
            Chip::new("mine", lang.words().settle.filter_mine, None, Tone::Wait),
            Chip::new("waiting", c.state_waiting, Some(n.waiting), Tone::Wait),
            Chip::new("approved", c.state_approved, Some(n.approved), Tone::Plain),
            Chip::new("rejected", c.state_rejected, Some(n.rejected), Tone::Bad),
            Chip::new("paid", c.state_paid, Some(n.paid), Tone::Plain),
            Chip::new("held", lang.words().settle.hold_on, None, Tone::Plain),
            Chip::new("disputed", lang.words().settle.disputed, None, Tone::Plain),
        ];
        if n.withdrawn > 0 {
            let said = lang.words().owing.withdrawn;
            chips.push(Chip::new("withdrawn", said, Some(n.withdrawn), Tone::Plain));
        }
        let columns = [
            Column::new(c.partner, Kind::Name).by("partner"),
            Column::new(t.payout, Kind::Figure).by("amount"),
            Column::new(c.state, Kind::Text).by("state"),
            Column::new(t.paid_on, Kind::Figure).wide_only(),
            Column::new(c.actions, Kind::Text),
        ];
        let rows = self.rows.iter().map(|row| row.cells(shell)).collect();
        html! {
            div.tk-toolbar {
                (self.list.chips(c.filter, &chips))
                (self.list.search_box(t.find_partner))
            }
            (self.choosing(shell))
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else { (table(&Table::new(c.payouts, &columns, rows).cards().sorted(&self.list))) }
            (self.list.pages(lang))
        }
    }
}

impl Page {
    /// What can be done with several at once; the boxes stand in the rows.
    fn choosing(&self, shell: &Shell) -> Markup {
        let mine: Vec<&str> =
            self.rows.iter().filter(|row| row.is_mine(shell)).map(|row| row.id.as_str()).collect();
        if mine.len() < 2 {
            return empty();
        }
        let m = &shell.words().money;
        let all = fill(m.choose_all, &[("n", &format::count(mine.len() as u64))]);
        let fields = html! {
            input type="hidden" name="back" value=(shell.here);
            input type="hidden" name="shown" value=(mine.join(" "));
            label.tk-pick {
                input type="checkbox" name="whole_page" value="1";
                span { (all) }
            }
            input.mui-input name="comment" maxlength="2000" placeholder=(m.reason_for_rejecting)
                aria-label=(m.reason_for_rejecting);
            button.mui-btn.mui-btn--primary.mui-btn--row type="submit" name="act" value="approve" {
                (m.approve_chosen)
            }
            button.mui-btn.mui-btn--outline.mui-btn--row type="submit" name="act" value="reject" {
                (m.reject_chosen)
            }
        };
        shell.form_named(CHOSEN, "/console/payouts/decide", "tk-choosing", &fields)
    }
}

/// The form that the boxes of the rows belong to.
const CHOSEN: &str = "chosen-payouts";

impl Row {
    /// Whether the reader decides about it now.
    fn is_mine(&self, shell: &Shell) -> bool {
        self.state == PayoutState::Waiting
            && self.may.is_ok()
            && access::may_post(shell.role(), "/console/payouts/decide")
    }

    /// The box that chooses it.
    fn choice(&self, shell: &Shell, content: Markup) -> Markup {
        if !self.is_mine(shell) {
            return content;
        }
        let label = fill(shell.words().money.choose, &[("partner", &self.partner.name)]);
        html! {
            div.tk-pick {
                input type="checkbox" name="chosen" value=(self.id) form=(CHOSEN)
                    aria-label=(label);
                (content)
            }
        }
    }

    fn cells(&self, shell: &Shell) -> Vec<Markup> {
        let lang = shell.lang;
        let partner = format!("/console/partners/{}", encode(&self.partner.code));
        let digits = html! { (self.amount.digits()) };
        vec![
            self.choice(
                shell,
                two_lines(
                    &html! { a href=(partner) { (self.partner.name) } },
                    &html! { (self.owing.name(lang)) " · " (self.owing.when(lang)) },
                ),
            ),
            two_ends(self.amount, &door(&format!("/console/payouts/{}", self.id), &digits)),
            html! {
                (states::payout(lang.words(), self.state))
                (self.marks(lang))
                @if let Some(step) = &self.step { small.tk-below { (step) } }
                @if let Some(decided) = &self.decided { small.tk-below { (decided) } }
            },
            self.paid_on
                .map_or_else(crate::ui::nothing, |day| html! { (format::day_column(day, lang)) }),
            self.actions(shell),
        ]
    }

    /// What else there is to know about it.
    fn marks(&self, lang: Lang) -> Markup {
        let s = &lang.words().settle;
        html! {
            @if self.is_held { " " (status(s.hold_on, Tone::Wait)) }
            @if self.is_disputed { " " (status(s.disputed, Tone::Bad)) }
            @if self.is_agreed { " " (status(s.agreed_short, Tone::Good)) }
        }
    }

    fn actions(&self, shell: &Shell) -> Markup {
        let m = &shell.words().money;
        if !access::may_post(shell.role(), "/console/payouts/{id}/approve") {
            return empty();
        }
        let label = |act: &str| fill(m.act_on, &[("act", act), ("partner", &self.partner.name)]);
        let act = |path: &str, word: &str| {
            shell.form(
                &format!("/console/payouts/{}/{path}", self.id),
                "tk-act",
                &html! {
                    input type="hidden" name="back" value=(shell.here);
                    @if path == "reject" {
                        input.mui-input name="comment" required maxlength="2000"
                            placeholder=(m.reason) aria-label=(m.reason);
                    }
                    button.mui-btn.mui-btn--outline.mui-btn--row type="submit"
                        aria-label=(label(word)) { (word) }
                },
            )
        };
        html! {
            div.tk-acts {
                @match self.state {
                    PayoutState::Waiting => {
                        @match &self.may {
                            Ok(()) => { (act("approve", m.approve)) (act("reject", m.reject)) }
                            Err(why) => { span.tk-small.tk-muted { (why) } }
                        }
                    }
                    PayoutState::Approved if !self.is_held
                        && access::may_post(shell.role(), "/console/payouts/{id}/paid") =>
                    {
                        (act("paid", m.mark_paid))
                    }
                    PayoutState::Approved => {}
                    PayoutState::Rejected | PayoutState::Paid | PayoutState::Withdrawn => {}
                }
            }
        }
    }
}
