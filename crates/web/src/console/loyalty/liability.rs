//! Console, points liability: what everybody holds, at what it costs, and when it ends.

use maud::{Markup, html};

use super::members::select;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::parts::Cell;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, button, button_link, card, empty, empty_state,
    encode, page_head, section, strip, table,
};

/// One point currency.
#[derive(Debug, Clone)]
pub struct Currency {
    pub name: String,
    pub partners: String,
    pub open: String,
    pub escrow: String,
    pub reserved: String,
    pub owed: String,
    pub cost: String,
    /// What is expected to be redeemed, at what it costs, and how that is known.
    pub expected: (String, String),
    /// Months that something ends in: the month, points, what they cost, and the share of the most.
    pub ageing: Vec<(String, String, String)>,
    pub total: (String, String),
}

#[derive(Debug, Clone)]
pub struct Voucher {
    pub name: String,
    pub code: String,
    pub issued: String,
    pub open: String,
    pub left: String,
    pub cost: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub wallets: Vec<(String, String)>,
    pub wallet: String,
    pub currencies: Vec<Currency>,
    pub vouchers: Vec<Voucher>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.loyalty.liability.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let l = &words.loyalty;
        let file = |kind: &str| {
            format!("/console/loyalty/liability.{kind}?wallet={}", encode(&self.wallet))
        };
        let page = html! {
            (page_head(&PageHead {
                title: l.liability,
                badge: empty(),
                meta: html! { span { (l.liability_help) } },
                actions: html! {
                    @if !self.wallets.is_empty() {
                        (button_link(
                            words.common.export,
                            &file("csv"),
                            Look::Outline,
                            Some(Icon::Download),
                        ))
                        (button_link(
                            l.provision_journal,
                            &format!(
                                "/console/loyalty/liability/journal.csv?wallet={}",
                                encode(&self.wallet)
                            ),
                            Look::Outline,
                            Some(Icon::Download),
                        ))
                        (button_link(
                            words.studio.export_xlsx,
                            &file("xlsx"),
                            Look::Outline,
                            Some(Icon::Download),
                        ))
                    }
                },
            }))
            @if self.wallets.is_empty() {
                (card("", empty_state(Icon::Receipt, l.no_wallets, l.no_wallets_help, &empty())))
            }
            @if self.wallets.len() > 1 {
                form.tk-inline-form.tk-narrow action="/console/loyalty/liability" {
                    (select("wallet", l.wallet, &self.wallets, &self.wallet))
                    (button(l.show, Look::Outline, None))
                }
            }
            div.tk-column {
                @for currency in &self.currencies { (currency.draw(lang)) }
                @if !self.vouchers.is_empty() { (self.vouchers(lang)) }
            }
        };
        frame::console(shell, Place::Liability, &[], &page)
    }
}

impl Currency {
    fn draw(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let cell = |label, figure: &str, detail: &str| Cell {
            label,
            figure: html! { (figure) },
            detail: html! { (detail) },
            href: "",
            live: "",
        };
        let columns = [
            Column::new(l.ends_in, Kind::Name),
            Column::new(l.amount_ends, Kind::Figure),
            Column::new(l.cost_ends, Kind::Figure),
        ];
        let row = |(month, points, cost): &(String, String, String)| {
            vec![html! { (month) }, html! { (points) }, html! { (cost) }]
        };
        let rows = self.ageing.iter().map(row).collect();
        let total = vec![html! { (l.total) }, html! { (self.total.0) }, html! { (self.total.1) }];
        html! {
            h2 { (self.name) }
            (strip(&[
                cell(l.at_cost, &self.cost, &self.partners),
                cell(l.expected_cost, &self.expected.0, &self.expected.1),
                cell(l.can_be_used, &self.open, ""),
                cell(l.waiting, &self.escrow, ""),
                cell(l.reserved, &self.reserved, ""),
                cell(l.owed, &self.owed, ""),
            ]))
            @if !self.ageing.is_empty() {
                (section(l.ageing, &html! { (self.name) }, &table(
                    &Table::new(l.ageing, &columns, rows).total(total),
                )))
            }
        }
    }
}

impl Page {
    fn vouchers(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let columns = [
            Column::new(l.voucher, Kind::Name),
            Column::new(l.issued, Kind::Figure),
            Column::new(l.voucher_open, Kind::Figure),
            Column::new(l.voucher_left, Kind::Figure),
            Column::new(l.at_cost, Kind::Figure),
        ];
        let rows = self
            .vouchers
            .iter()
            .map(|of| {
                vec![
                    crate::ui::table::two_lines(
                        &html! { (of.name) },
                        &html! { span.tk-mono { (of.code) } },
                    ),
                    html! { (of.issued) },
                    html! { (of.open) },
                    html! { (of.left) },
                    html! { (of.cost) },
                ]
            })
            .collect();
        section(l.vouchers, &empty(), &table(&Table::new(l.vouchers, &columns, rows).cards()))
    }
}
