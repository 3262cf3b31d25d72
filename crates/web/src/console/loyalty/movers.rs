//! Console, who would move: what the next assessment makes of a tier group.

use jiff::civil::Date;
use maud::{Markup, html};

use super::members::select;
use super::{TierName, tier_or_none};
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button, button_link, card, empty,
    empty_state, encode, nothing, notice, page_head, section, status, table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub member: PartnerRef,
    pub from: Option<TierName>,
    pub to: Option<TierName>,
    pub is_rise: bool,
    pub figure: String,
    pub missing: Option<String>,
}

/// How many stand on a row.
#[derive(Debug, Clone)]
pub struct Count {
    pub tier: Option<TierName>,
    pub now: u64,
    pub rises: u64,
    pub falls: u64,
    pub after: u64,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    /// Groups as `wallet/group`, with their names.
    pub groups: Vec<(String, String)>,
    pub group: String,
    pub day: Option<Date>,
    pub next_check: Option<Date>,
    pub counts: Vec<Count>,
    pub rises: u64,
    pub falls: u64,
    pub rows: Vec<Row>,
    /// So many were looked at, and there are more.
    pub cut: Option<u64>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.loyalty.movers.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let l = &words.loyalty;
        let page = html! {
            (page_head(&PageHead {
                title: l.movers,
                badge: empty(),
                meta: html! { span { (l.movers_help) } },
                actions: html! {
                    @if !self.rows.is_empty() {
                        (button_link(
                            words.common.export,
                            &self.list.export("/console/loyalty/movers.csv"),
                            Look::Outline,
                            Some(Icon::Download),
                        ))
                    }
                },
            }))
            @if self.groups.is_empty() {
                (card("", empty_state(Icon::Target, l.no_groups, l.no_groups_help, &empty())))
            } @else {
                @if let Some(n) = self.cut {
                    (notice(Tone::Wait, &html! { (fill(l.cut, &[("n", &format::count(n))])) }, &empty()))
                }
                (self.filter(lang))
                (self.counts(lang))
                (card("tk-dense", self.list_of(lang)))
            }
        };
        frame::console(shell, Place::Movers, &[], &page)
    }
}

impl Page {
    fn filter(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let check = match self.next_check {
            Some(day) => fill(l.next_check, &[("day", &format::day_long(day, lang))]),
            None => l.no_check.into(),
        };
        let day = self.day.map(|day| day.to_string()).unwrap_or_default();
        html! {
            form.tk-inline-form.tk-narrow action="/console/loyalty/movers" {
                (select("group", l.tier_group, &self.groups, &self.group))
                label.tk-small for="day" { (l.by_day) }
                input.mui-input #day type="date" name="day" value=(day);
                (button(l.show, Look::Outline, None))
                span.tk-small.tk-muted { (check) }
            }
        }
    }

    fn counts(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let columns = [
            Column::new(l.tier, Kind::Name),
            Column::new(l.now, Kind::Figure),
            Column::new(l.rises, Kind::Figure),
            Column::new(l.falls, Kind::Figure),
            Column::new(l.afterwards, Kind::Figure),
        ];
        let figure = |n: u64| {
            if n == 0 {
                nothing()
            } else {
                html! { (format::count(n)) }
            }
        };
        let rows = self.counts.iter().rev().map(|count| {
            vec![
                tier_or_none(lang, count.tier.as_ref()),
                html! { (format::count(count.now)) },
                figure(count.rises),
                figure(count.falls),
                html! { (format::count(count.after)) },
            ]
        });
        section(l.tiers, &empty(), &table(&Table::new(l.tiers, &columns, rows.collect())))
    }

    fn list_of(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let l = &words.loyalty;
        let chips = [
            Chip::all(words.common.all, Some(self.rises + self.falls)),
            Chip::new("falls", l.falls_mark, Some(self.falls), Tone::Bad),
            Chip::new("rises", l.rises_mark, Some(self.rises), Tone::Good),
        ];
        let columns = [
            Column::new(words.common.partner, Kind::Name),
            Column::new(l.moves, Kind::Text).roomy(),
            Column::new(l.figure, Kind::Figure),
            Column::new(l.missing_to_keep, Kind::Figure),
        ];
        let rows = self.rows.iter().map(|row| row.cells(lang)).collect();
        html! {
            (self.list.chips(words.common.filter, &chips))
            @if self.rows.is_empty() {
                (empty_state(Icon::Check, l.nobody_moves, l.nobody_moves_help, &empty()))
            } @else { (table(&Table::new(l.moves, &columns, rows).cards())) }
            (self.list.pages(lang))
        }
    }
}

impl Row {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let l = &lang.words().loyalty;
        let href = format!("/console/partners/{}/loyalty", encode(&self.member.code));
        let mark = if self.is_rise {
            status(l.rises_mark, Tone::Good)
        } else {
            status(l.falls_mark, Tone::Bad)
        };
        vec![
            two_lines(
                &html! { a href=(href) { (self.member.name) } },
                &html! { span.tk-mono { (self.member.code) } },
            ),
            html! {
                (mark) " " (tier_or_none(lang, self.from.as_ref())) " → "
                (tier_or_none(lang, self.to.as_ref()))
            },
            html! { (self.figure) },
            super::or_nothing(self.missing.as_ref()),
        ]
    }
}
