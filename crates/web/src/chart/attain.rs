//! The attainment bar: where a partner stands between the tiers.
//!
//! Solid is sold, striped is where the present rate leads, ticks are tiers.

use maud::{Markup, html};

use rust_decimal::Decimal;

use super::percent;

/// A tier on the scale.
pub struct Mark {
    pub at: Decimal,
    /// The threshold, as it is written.
    pub label: String,
    pub name: String,
    /// What the tier pays, left out where there is no room.
    pub pays: String,
    pub reached: bool,
}

pub struct Bar<'a> {
    /// The value at the right end.
    pub end: Decimal,
    pub now: Decimal,
    pub forecast: Decimal,
    pub marks: &'a [Mark],
    /// What stands under the present position.
    pub here: &'a str,
    /// What stands under the position at the end, left out where it is empty.
    pub ahead: &'a str,
    /// The finding in a sentence.
    pub label: &'a str,
}

/// Beyond this share of the width a label is written to the left of its mark.
const EDGE: i64 = 95;
const FAR: i64 = 66;
/// Up to this share a label is written to the right of its mark.
const NEAR_START: i64 = 30;

/// Less of the width between two labels and they would touch: on a phone, and on any screen.
const APART: i64 = 40;
const TOUCH_PHONE: i64 = 19;
const TOUCH: i64 = 9;

/// Whether the name of a tier has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Always,
    WideOnly,
    Never,
}

impl Named {
    fn class(self) -> &'static str {
        match self {
            Named::Always => "",
            Named::WideOnly => " tk-attain__mark--near",
            Named::Never => " tk-attain__mark--unnamed",
        }
    }
}

/// Which tiers are named. What comes next matters most, then what is reached, then the rest from
/// the top.
fn named(bar: &Bar) -> Vec<Named> {
    let next = bar.marks.iter().position(|mark| !mark.reached);
    let current = bar.marks.iter().rposition(|mark| mark.reached);
    let mut order: Vec<usize> = next.into_iter().chain(current).collect();
    order.extend((0..bar.marks.len()).rev().filter(|at| Some(*at) != next && Some(*at) != current));
    let mut found = vec![Named::Never; bar.marks.len()];
    for at in order {
        let apart = |hundredths: i64, least: fn(Named) -> bool| {
            bar.marks.iter().enumerate().all(|(other, mark)| {
                let distance = (mark.at - bar.marks[at].at).abs();
                !least(found[other]) || other == at || beyond(distance, bar.end, hundredths)
            })
        };
        let clear = bar.marks.iter().enumerate().all(|(other, mark)| {
            found[other] != Named::Always
                || other == at
                || clear_on_phone(bar, &bar.marks[at], mark)
        });
        let named = if clear && apart(TOUCH_PHONE, |named| named == Named::Always) {
            Named::Always
        } else if apart(TOUCH, |named| named != Named::Never) {
            Named::WideOnly
        } else {
            Named::Never
        };
        // On a wide screen both kinds stand.
        let room = apart(TOUCH, |named| named != Named::Never);
        found[at] = if room { named } else { Named::Never };
    }
    found
}

/// The width of the bar on a phone, in pixels, and of a sign of a name at its size.
const PHONE: i64 = 270;
const WIDE_SIGN: i64 = 12;
const NARROW_SIGN: i64 = 7;

/// Whether the names of two tiers stand side by side on a phone without touching.
fn clear_on_phone(bar: &Bar, one: &Mark, other: &Mark) -> bool {
    let (left, right) = if one.at <= other.at { (one, other) } else { (other, one) };
    let breadth = |mark: &Mark| -> i64 {
        mark.name.chars().map(|sign| if sign.is_ascii() { NARROW_SIGN } else { WIDE_SIGN }).sum()
    };
    let before = if beyond(right.at, bar.end, EDGE) { breadth(right) } else { breadth(right) / 2 };
    let taken = breadth(left) / 2 + before + NARROW_SIGN;
    beyond(right.at - left.at, bar.end, taken * 100 / PHONE)
}

fn beyond(value: Decimal, end: Decimal, hundredths: i64) -> bool {
    value * Decimal::ONE_HUNDRED > end * Decimal::from(hundredths)
}

const TRACK_Y: u32 = 44;
const TRACK_HEIGHT: u32 = 14;

/// The large bar, with the tiers named above and the two positions below.
pub fn large(bar: &Bar) -> Markup {
    let now = percent(bar.now, bar.end);
    let forecast = percent(bar.forecast, bar.end);
    let y = TRACK_Y;
    let low = y + TRACK_HEIGHT;
    let start = !beyond(bar.now, bar.end, NEAR_START);
    let far = beyond(bar.forecast, bar.end, FAR);
    // Two labels that begin near each other go on two lines.
    let second_line = far || (start && !beyond(bar.forecast - bar.now, bar.end, APART));
    let named = named(bar);
    html! {
        svg.tk-attain.tk-attain--two[second_line && !bar.ahead.is_empty()] role="img" aria-label=(bar.label) {
            rect.tk-attain__track x="0" y=(y) width="100%" height=(TRACK_HEIGHT) rx="4" {}
            line.tk-attain__forecast x1=(now) x2=(forecast) y1=(y + 7) y2=(y + 7) {}
            rect.tk-attain__now x="0" y=(y) width=(now) height=(TRACK_HEIGHT) rx="4" {}
            @for (mark, named) in bar.marks.iter().zip(named) {
                @let x = percent(mark.at, bar.end);
                @let edge = beyond(mark.at, bar.end, EDGE);
                @let reached = if mark.reached { " tk-attain__mark--reached" } else { "" };
                line.tk-attain__gap x1=(x) x2=(x) y1=(y) y2=(low) {}
                line class={ "tk-attain__tick" (reached) } x1=(x) x2=(x) y1=(y - 6) y2=(low) {}
                g class={ "tk-attain__mark" (reached) @if edge { " tk-attain__mark--edge" } (named.class()) } {
                    text.tk-attain__name x=(x) y="14" { (mark.name) }
                    text x=(x) y="31" {
                        (mark.label) tspan.tk-attain__rate { " · " (mark.pays) }
                    }
                }
            }
            line.tk-attain__pin x1=(now) x2=(now) y1=(y - 3) y2=(low + 8) {}
            text.tk-attain__here.tk-attain__here--start[start] x=(now) y=(low + 22) {
                (bar.here)
            }
            @if !bar.ahead.is_empty() && bar.forecast > bar.now {
                line.tk-attain__aim x1=(forecast) x2=(forecast) y1=(low) y2=(low + 8) {}
                text.tk-attain__ahead.tk-attain__ahead--end[far] x=(forecast)
                    y=(low + if second_line { 38 } else { 22 }) { (bar.ahead) }
            }
        }
    }
}

/// The small bar for cards and table rows. Its words stand beside it.
pub fn small(bar: &Bar) -> Markup {
    let now = percent(bar.now, bar.end);
    html! {
        svg.tk-attain-small role="img" aria-label=(bar.label) {
            rect.tk-attain__track x="0" y="5" width="100%" height="6" rx="3" {}
            line.tk-attain__forecast x1=(now) x2=(percent(bar.forecast, bar.end)) y1="8" y2="8" {}
            rect.tk-attain__now x="0" y="5" width=(now) height="6" rx="3" {}
            @for mark in bar.marks {
                @let x = percent(mark.at, bar.end);
                @let reached = if mark.reached { " tk-attain__mark--reached" } else { "" };
                line.tk-attain__gap x1=(x) x2=(x) y1="4" y2="12" {}
                line class={ "tk-attain__tick" (reached) } x1=(x) x2=(x) y1="2" y2="14" {}
            }
        }
    }
}
