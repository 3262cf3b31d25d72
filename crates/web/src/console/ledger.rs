//! Console, the ledger: balances per account, and the postings behind them.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use crate::format::{self, Money};
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, List, PageHead, Table, card, empty, empty_state, encode, icon, nothing,
    page_head, section, table, two_ends,
};

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

/// One side of an entry.
#[derive(Debug, Clone)]
pub struct Posting {
    pub entry: u64,
    pub at: DateTime,
    /// The business date it counts for.
    pub date: Date,
    pub account: String,
    pub name: String,
    pub partner: Option<(String, String)>,
    pub text: String,
    pub debit: Option<Money>,
    pub credit: Option<Money>,
    pub explain: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub balances: Vec<Balance>,
    /// Debits equal credits in every unit.
    pub is_balanced: bool,
    pub list: List,
    pub postings: Vec<Posting>,
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
                let href = format!("?filter={}#postings", encode(&row.account));
                vec![
                    html! { a href=(href) { (row.name) } },
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
        let (c, m) = (&words.common, &words.money);
        let columns = [
            Column::new(m.entry, Kind::Figure),
            Column::new(m.date, Kind::Text),
            Column::new(m.account, Kind::Text),
            Column::new(c.partner, Kind::Name),
            Column::new(m.text, Kind::Text).wide_only(),
            Column::new(m.debit, Kind::Figure),
            Column::new(m.credit, Kind::Figure),
        ];
        let rows = self.postings.iter().map(|posting| posting.cells(lang)).collect();
        html! {
            div #postings {
                (card("tk-dense", html! {
                    div.tk-toolbar {
                        h2 { (m.postings) }
                        (self.list.search_box(m.find_posting))
                    }
                    @if self.postings.is_empty() { (self.list.nothing_found(lang)) }
                    @else { (table(&Table::new(m.postings, &columns, rows).cards())) }
                    (self.list.pages(lang))
                }))
            }
        }
    }
}

impl Posting {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let entry = html! { "#" (format::count(self.entry)) };
        let money = |money: Option<Money>| money.map_or_else(nothing, |m| html! { (m.text(lang)) });
        vec![
            match &self.explain {
                Some(id) => html! { a href={ "/console/explain/" (id) } { (entry) } },
                None => entry,
            },
            html! { (format::day_column(self.date, lang)) },
            html! { (self.name) },
            match &self.partner {
                Some((code, name)) => {
                    html! { a href={ "/console/partners/" (encode(code)) } { (name) } }
                }
                None => nothing(),
            },
            html! { span.tk-muted { (self.text) } },
            money(self.debit),
            money(self.credit),
        ]
    }
}
