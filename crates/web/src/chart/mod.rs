//! Pictures, drawn as SVG by the server.
//!
//! # Why not a chart library
//!
//! These pictures take their colours from the page's CSS variables, so one SVG serves light and
//! dark; they keep their text at reading size on any width; and they put words where they are
//! needed. A library that writes finished colours and pixels does neither. Use `charts-rs` where
//! a picture leaves the page: in a PDF statement, an e-mail, a slide.
//!
//! # How they stretch
//!
//! Positions along the width are percentages and heights are pixels, in an SVG without a
//! `viewBox`: text never scales. Curves cannot use percentages, so they sit in a nested SVG that
//! is stretched, with strokes that are not. No element carries a `style` attribute, which lets
//! the content security policy stay strict.
//!
//! Places are computed in decimals too, so nothing here rounds but the writing of a position.

pub mod attain;
pub mod lines;
pub mod waterfall;

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::format;
use crate::i18n::Lang;

/// A share of the width, as SVG writes it.
pub fn percent(value: Decimal, of: Decimal) -> String {
    let share = value.checked_div(of).unwrap_or_default() * Decimal::ONE_HUNDRED;
    format!("{:.2}%", share.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED))
}

/// A bar that fills from the left: progress of a file, of a check list.
pub fn meter(done: u64, of: u64, label: &str) -> Markup {
    html! {
        svg.tk-progress role="progressbar" aria-valuemin="0" aria-valuemax=(of)
            aria-valuenow=(done) aria-label=(label) {
            rect.tk-attain__track width="100%" height="10" rx="5" {}
            rect.tk-progress__good width=(percent(done.into(), of.max(1).into())) height="10"
                rx="5" {}
        }
    }
}

/// One entry of a legend.
pub fn key(class: &str, label: &str) -> Markup {
    html! { span class={ "tk-key tk-key--" (class) } { i {} (label) } }
}

/// A picture with a name, a sentence that says what it shows, and its table.
pub struct Picture<'a> {
    pub label: &'a str,
    pub legend: Markup,
    pub drawing: Markup,
    /// The same figures as a table, for those who cannot see or do not trust pictures.
    pub table: Markup,
    pub table_label: &'a str,
}

pub fn picture(picture: &Picture) -> Markup {
    html! {
        figure.tk-picture aria-label=(picture.label) {
            @if !picture.legend.0.is_empty() { figcaption.tk-legend { (picture.legend) } }
            (picture.drawing)
            @if !picture.table.0.is_empty() {
                details.tk-picture__table {
                    summary { (picture.table_label) }
                    (picture.table)
                }
            }
        }
    }
}

/// A day on the axis of a period, in thousandths of its width.
pub fn on_axis(starts: Date, ends: Date, day: Date) -> i64 {
    let days = |from: Date, to: Date| i64::from((to - from).get_days());
    let all = days(starts, ends).max(1);
    (days(starts, day) * 1000 / all).clamp(0, 1000)
}

/// The first days of the months of a period, named; every third where there are many.
pub fn month_marks(starts: Date, ends: Date, lang: Lang) -> Vec<(i64, String)> {
    let mut firsts = vec![];
    let mut day = starts.first_of_month();
    while day <= ends {
        if day >= starts {
            firsts.push(day);
        }
        match day.checked_add(1.month()) {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    let step = if firsts.len() > 7 { 3 } else { 1 };
    firsts
        .into_iter()
        .step_by(step)
        .map(|day| (on_axis(starts, ends, day), format::month(day, lang)))
        .collect()
}
