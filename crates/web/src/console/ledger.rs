//! Console, the ledger: balances per account, and the postings behind them.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::format::{self, Money};
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, List, PageHead, Table, card, door, empty, empty_state, encode, icon,
    nothing, page_head, section, table, two_ends,
};
use crate::view::PartnerRef;

/// An account's balance.
#[derive(Debug, Clone)]
pub struct Balance {
    /// The account by its code.
    pub account: String,
    /// What it is called in the reader's language.
    pub name: String,
    pub debit: Money,
    pub credit: Money,
    pub balance: Money,
}

/// An entry: an amount from one account to another.
#[derive(Debug, Clone)]
pub struct Posting {
    pub entry: u64,
    pub at: DateTime,
    /// What made it, in the reader's language.
    pub cause: String,
    /// Why an accrual was booked, in the reader's language.
    pub kind: Option<&'static str>,
    /// The term of the award, with its group.
    pub term: Option<String>,
    pub debit: String,
    pub credit: String,
    pub partner: Option<PartnerRef>,
    pub amount: Money,
    /// Whether it opens an explanation.
    pub is_explained: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub balances: Vec<Balance>,
    /// Debits equal credits in every unit.
    pub is_balanced: bool,
    pub list: List,
    pub postings: Vec<Posting>,
    /// Where the next page begins, if there is one.
    pub older: Option<u64>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.ledger.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let m = &words.money;
        let page = html! {
            (page_head(&PageHead {
                title: words.common.ledger,
                badge: empty(),
                meta: html! { span { (m.ledger_help) } },
                actions: empty(),
            }))
            @if self.balances.is_empty() {
                (card("", empty_state(Icon::Ledger, m.no_postings, m.no_postings_help, &empty())))
            } @else {
                (self.balances(lang))
                (self.postings(lang))
            }
        };
        frame::console(shell, Place::Ledger, &[], &page)
    }
}

impl Page {
    fn balances(&self, lang: Lang) -> Markup {
        let m = &lang.words().money;
        let columns = [
            Column::new(m.account, Kind::Name),
            Column::new(m.debit, Kind::Figure),
            Column::new(m.credit, Kind::Figure),
            Column::new(m.balance, Kind::Figure),
        ];
        let rows = self
            .balances
            .iter()
            .map(|row| {
                vec![
                    html! { (row.name) },
                    html! { (row.debit.digits()) },
                    html! { (row.credit.digits()) },
                    two_ends(row.balance, &html! { (row.balance.digits()) }),
                ]
            })
            .collect();
        let proof = html! {
            @if self.is_balanced {
                span.tk-gain { (icon(Icon::Check)) " " (m.balanced) }
            } @else { span.tk-loss { (icon(Icon::Alert)) " " (m.not_balanced) } }
        };
        section(m.balances, &proof, &table(&Table::new(m.balances, &columns, rows)))
    }

    fn postings(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, k, m) = (&words.common, &words.console, &words.money);
        let columns = [
            Column::new(m.entry, Kind::Figure),
            Column::new(m.date, Kind::Text),
            Column::new(m.text, Kind::Text).roomy(),
            Column::new(c.partner, Kind::Name),
            Column::new(m.debit, Kind::Text),
            Column::new(m.credit, Kind::Text),
            Column::new(m.amount, Kind::Figure),
        ];
        let rows = self.postings.iter().map(|posting| posting.cells(lang)).collect();
        card(
            "tk-dense",
            html! {
                div.tk-toolbar {
                    h2 { (m.postings) }
                    (self.list.search_box(words.money.partner_code))
                }
                @if self.postings.is_empty() { (self.list.nothing_found(lang)) }
                @else { (table(&Table::new(m.postings, &columns, rows).cards())) }
                @if let Some(older) = self.older {
                    nav.tk-pages aria-label=(c.pages) {
                        span {}
                        a href={ "?older=" (older) "&q=" (encode(&self.list.q)) } rel="next" {
                            (k.older)
                        }
                    }
                }
            },
        )
    }
}

impl Posting {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let entry = html! { "#" (format::count(self.entry)) };
        let figure = html! { (self.amount.digits()) };
        let href = format!("/console/explain/posting-{}", self.entry);
        vec![
            if self.is_explained {
                html! { a href=(href) { (entry) } }
            } else {
                entry
            },
            html! { (format::moment_column(self.at, lang)) },
            html! {
                span.tk-muted {
                    (self.cause)
                    @if let Some(kind) = self.kind { " · " (kind) }
                    @if let Some(term) = &self.term { small.tk-below { (term) } }
                }
            },
            match &self.partner {
                Some(partner) => html! {
                    a href={ "/console/partners/" (encode(&partner.code)) } { (partner.name) }
                },
                None => nothing(),
            },
            html! { (self.debit) },
            html! { (self.credit) },
            two_ends(self.amount, &if self.is_explained { door(&href, &figure) } else { figure }),
        ]
    }
}
