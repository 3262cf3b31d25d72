//! Where points came from and where they went, as console and portal draw it.

use engine::views::wallet::{Trace, TracedLot, Went};
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading::loyalty as say;
use crate::reading::name;
use crate::ui::table::two_lines;
use crate::ui::{Column, Kind, Table, empty, encode, section, table};

/// What is behind a key.
#[derive(Debug, Clone)]
pub struct Shown {
    pub key: String,
    pub trace: Trace,
    /// The page of traces that keys lead to.
    pub path: String,
}

impl Shown {
    pub fn draw(&self, lang: Lang) -> Markup {
        html! {
            @for took in &self.trace.takings {
                @let unit = (&took.unit_name, took.unit.as_str());
                (self.taking(lang, &word(lang, &took.word, took.to.as_deref()), unit, &took.lots))
            }
            @for lot in &self.trace.lots { (self.lot(lang, lot)) }
        }
    }

    fn link(&self, key: &str) -> Markup {
        html! { a.tk-mono href={ (self.path) "?key=" (encode(key)) } { (key) } }
    }

    fn taking(
        &self,
        lang: Lang,
        title: &str,
        (names, unit): (&domain::program::Names, &str),
        lots: &[(TracedLot, Decimal)],
    ) -> Markup {
        let w = &lang.words().keeping;
        let columns = [
            Column::new(w.lot, Kind::Name),
            Column::new(w.earned_on, Kind::Text),
            Column::new(w.last_day, Kind::Text),
            Column::new(w.taken, Kind::Figure),
        ];
        let row = |(lot, amount): &(TracedLot, Decimal)| {
            vec![
                two_lines(&self.link(&lot.name), &about(lang, lot)),
                html! { (say::last_day(lang, &lot.on)) },
                html! { (last_day(lang, lot)) },
                html! { (format::quantity(*amount)) },
            ]
        };
        section(
            w.came_from,
            &html! { (title) " · " (name(lang, names, unit)) },
            &table(&Table::new(w.came_from, &columns, lots.iter().map(row).collect()).cards()),
        )
    }

    fn lot(&self, lang: Lang, lot: &TracedLot) -> Markup {
        let w = &lang.words().keeping;
        let points = |amount| say::points(lang, amount, &lot.unit_name, &lot.unit);
        let columns = [Column::new(w.went_to, Kind::Name), Column::new(w.taken, Kind::Figure)];
        let row = |went: &Went| {
            let said = word(lang, &went.word, went.to.as_deref());
            vec![
                two_lines(&html! { (said) }, &self.link(&went.key)),
                html! { (points(went.amount)) },
            ]
        };
        let mut told = vec![
            (w.credited, html! { (points(lot.credited)) }),
            (w.earned_on, html! { (say::last_day(lang, &lot.on)) }),
            (w.last_day, html! { (last_day(lang, lot)) }),
            (w.left, html! { b { (points(lot.left)) } }),
        ];
        if !lot.expired.is_zero() {
            told.push((w.expired, html! { (points(lot.expired)) }));
        }
        section(
            &lot.name,
            &about(lang, lot),
            &html! {
                (crate::ui::receipt(&told))
                @if lot.went.is_empty() { p.tk-small.tk-muted { (w.nothing_went) } }
                @else {
                    (table(&Table::new(w.went_to, &columns, lot.went.iter().map(row).collect()).cards()))
                }
            },
        )
    }
}

fn last_day(lang: Lang, lot: &TracedLot) -> String {
    let l = &lang.words().loyalty;
    lot.expires.as_ref().map_or_else(|| l.never_ends.into(), |day| say::last_day(lang, day))
}

/// The promotion it counts for, or who passed it on.
fn about(lang: Lang, lot: &TracedLot) -> Markup {
    let w = &lang.words().keeping;
    let promotion = lot.promotion.as_ref();
    let promotion =
        promotion.map(|(code, names)| fill(w.for_promotion, &[("name", &name(lang, names, code))]));
    let from = lot.came.as_ref().map(|(_, from)| fill(w.from_partner, &[("partner", from)]));
    match promotion.or(from) {
        Some(said) => html! { (said) },
        None => empty(),
    }
}

/// As what a part was taken.
pub fn word(lang: Lang, word: &str, to: Option<&str>) -> String {
    let w = &lang.words().keeping;
    match word {
        "reserved" => w.as_reserved.into(),
        "debited" => w.as_debited.into(),
        "transferred" => fill(w.as_transferred, &[("partner", to.unwrap_or_default())]),
        "clawed_back" => w.as_clawed_back.into(),
        "repaid" => w.as_repaid.into(),
        _ => w.as_redeemed.into(),
    }
}
