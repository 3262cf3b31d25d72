//! Console, members: who holds how much, and who stands where.

use maud::{Markup, html};

use super::{TierName, tier_or_none};
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, button, button_link, card, empty, empty_state,
    encode, nothing, page_head, table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub member: PartnerRef,
    /// A pool has no page of its own.
    pub is_pool: bool,
    pub amount: String,
    pub escrow: Option<String>,
    pub reserved: Option<String>,
    pub arrears: Option<String>,
    /// Where it stands, group by group of the page.
    pub tiers: Vec<Option<TierName>>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
    /// Wallets, by code and name.
    pub wallets: Vec<(String, String)>,
    pub wallet: String,
    pub units: Vec<(String, String)>,
    pub unit: String,
    /// Rows of tier groups, as `group/row` and name.
    pub tiers: Vec<(String, String)>,
    pub tier: String,
    /// The groups that are shown, by name.
    pub groups: Vec<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.loyalty.members.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, l) = (shell.lang, &shell.words().loyalty);
        let is_narrowed = self.list.is_narrowed() || !self.tier.is_empty();
        let page = html! {
            (page_head(&PageHead {
                title: l.members,
                badge: empty(),
                meta: html! { span { (l.members_help) } },
                actions: html! {
                    (button_link(
                        shell.words().members.open_memberships,
                        "/console/loyalty/memberships",
                        Look::Outline,
                        None,
                    ))
                },
            }))
            (card("tk-dense", html! {
                @if !self.wallets.is_empty() { (self.filter(lang)) }
                @if !self.rows.is_empty() { div data-live="members" { (self.table(lang)) } }
                @else if is_narrowed { (self.list.nothing_found(lang)) }
                @else {
                    (empty_state(Icon::Users, l.no_members, l.no_members_help, &empty()))
                }
                (self.list.pages(lang))
            }))
        };
        frame::console(shell, Place::Members, &[], &page)
    }
}

impl Page {
    fn filter(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        html! {
            form.tk-inline-form.tk-narrow action=(self.list.path) {
                input.mui-input type="search" name="q" value=(self.list.q)
                    placeholder=(l.find_member) aria-label=(l.find_member);
                @if self.wallets.len() > 1 { (select("wallet", l.wallet, &self.wallets, &self.wallet)) }
                @if self.units.len() > 1 { (select("unit", l.points, &self.units, &self.unit)) }
                @if !self.tiers.is_empty() {
                    select.mui-input name="tier" aria-label=(l.tier) {
                        option value="" { (l.all_tiers) }
                        @for (value, label) in &self.tiers {
                            option value=(value) selected[*value == self.tier] { (label) }
                        }
                    }
                }
                (button(l.show, Look::Outline, None))
            }
        }
    }

    fn table(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let l = &words.loyalty;
        let mut columns = vec![Column::new(words.common.partner, Kind::Name).by("code")];
        if !self.unit.is_empty() {
            columns.extend([
                Column::new(l.balance, Kind::Figure).by("amount"),
                Column::new(l.waiting, Kind::Figure),
                Column::new(l.reserved, Kind::Figure).wide_only(),
                Column::new(l.owed, Kind::Figure),
            ]);
        }
        columns.extend(self.groups.iter().map(|group| Column::new(group, Kind::Text)));
        let rows = self.rows.iter().map(|row| self.cells(lang, row)).collect();
        table(&Table::new(l.members, &columns, rows).cards().sorted(&self.list))
    }

    fn cells(&self, lang: Lang, row: &Row) -> Vec<Markup> {
        let code = &row.member.code;
        let href = format!("/console/partners/{}/loyalty", encode(code));
        let name = html! {
            @if row.is_pool { (row.member.name) } @else { a href=(href) { (row.member.name) } }
        };
        let below = html! {
            span.tk-mono { (code) }
            @if row.is_pool { " · " (lang.words().loyalty.pool_mark) }
        };
        let figure =
            |text: &Option<String>| text.as_ref().map_or_else(nothing, |text| html! { (text) });
        let mut cells = vec![two_lines(&name, &below)];
        if !self.unit.is_empty() {
            cells.push(html! { (row.amount) });
            cells.extend([&row.escrow, &row.reserved, &row.arrears].map(figure));
        }
        cells.extend(row.tiers.iter().map(|tier| tier_or_none(lang, tier.as_ref())));
        cells
    }
}

/// A choice without a label above it.
pub fn select(name: &str, label: &str, options: &[(String, String)], chosen: &str) -> Markup {
    html! {
        select.mui-input name=(name) aria-label=(label) {
            @for (value, label) in options {
                option value=(value) selected[*value == chosen] { (label) }
            }
        }
    }
}
