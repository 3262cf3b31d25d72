//! How a total came about: columns that start where the one before ended.

use maud::{Markup, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::format::Money;
use crate::i18n::Lang;

/// A step. The first is the base, the sum is added by the drawing.
pub struct Step<'a> {
    pub label: &'a str,
    pub amount: Money,
}

/// What a waterfall shows: steps of one currency, and the name of their sum.
pub struct Waterfall<'a> {
    pub label: &'a str,
    pub total_label: &'a str,
    pub steps: &'a [Step<'a>],
}

const TOP: i64 = 22;
const HEIGHT: i64 = 190;

/// Where the columns end, and the scale they are drawn at.
struct Scale {
    ends: Vec<Decimal>,
    floor: Decimal,
    highest: Decimal,
}

impl Scale {
    /// The scale does not begin at zero, or corrections of one percent could not be seen; the
    /// base and the total are cut to say so.
    fn of(steps: &[Step]) -> Scale {
        let mut sum = Decimal::ZERO;
        let ends: Vec<Decimal> = steps
            .iter()
            .map(|step| {
                sum += step.amount.amount;
                sum
            })
            .collect();
        let highest = ends.iter().copied().max().unwrap_or(Decimal::ONE);
        let lowest = ends.iter().copied().min().unwrap_or(Decimal::ZERO);
        let cut = lowest - (highest - lowest) * Decimal::new(15, 1);
        let flat = highest == lowest || lowest <= Decimal::ZERO;
        let floor = if flat { lowest.min(Decimal::ZERO) } else { cut.max(Decimal::ZERO) };
        Scale { ends, floor, highest }
    }

    fn y(&self, value: Decimal) -> i64 {
        let room = Decimal::from(HEIGHT - TOP);
        let share = (self.highest - value).checked_div(self.highest - self.floor);
        TOP + (share.unwrap_or_default() * room).round().to_i64().unwrap_or(0)
    }

    fn is_cut(&self) -> bool {
        self.floor > Decimal::ZERO
    }
}

/// The place of a column, in percent of the width.
fn place(slots: usize, slot: usize, hundredths: usize) -> String {
    let at = Decimal::from(slot * 100 + hundredths) / Decimal::from(slots.max(1));
    format!("{at:.2}%")
}

pub fn waterfall(lang: Lang, chart: &Waterfall) -> Markup {
    let Some(first) = chart.steps.first() else { return html! {} };
    let currency = first.amount.currency;
    let scale = Scale::of(chart.steps);
    let slots = chart.steps.len() + 1;
    let last = chart.steps.len();
    let total = scale.ends.last().copied().unwrap_or_default();
    let width = format!("{:.2}%", Decimal::from(56) / Decimal::from(slots));
    html! {
        svg.tk-waterfall role="img" aria-label=(chart.label) height=(HEIGHT + 24) {
            line.tk-base x1="0" x2="100%" y1=(HEIGHT) y2=(HEIGHT) {}
            @for (i, step) in chart.steps.iter().enumerate() { (column(&scale, slots, i, step)) }
            rect.tk-fall.tk-fall--whole x=(place(slots, last, 22)) y=(scale.y(total)) width=(width)
                height=((HEIGHT - scale.y(total)).max(2)) rx="2" {}
            text.tk-fall__value.tk-fall__value--total x=(place(slots, last, 50))
                y=(scale.y(total) - 6) { (Money::new(total, currency).digits()) }
            text.tk-fall__total x=(place(slots, last, 50)) y=(HEIGHT + 18) { (chart.total_label) }
            @if scale.is_cut() {
                @for slot in [0, last] {
                    line.tk-fall__cut x1=(place(slots, slot, 18)) x2=(place(slots, slot, 82))
                        y1=(HEIGHT - 14) y2=(HEIGHT - 20) {}
                }
            }
            text.tk-fall__unit x="0" y="10" {
                (if first.amount.is_yen() { lang.say("円", "JPY") } else { currency.as_str() })
            }
        }
    }
}

fn column(scale: &Scale, slots: usize, i: usize, step: &Step) -> Markup {
    let end = scale.ends[i];
    let from = if i == 0 { scale.floor } else { scale.ends[i - 1] };
    let (top, low) = (scale.y(from.max(end)), scale.y(from.min(end)));
    let class = match (i, step.amount.amount.is_sign_negative()) {
        (0, _) => "whole",
        (_, true) => "down",
        (_, false) => "up",
    };
    let width = format!("{:.2}%", Decimal::from(56) / Decimal::from(slots));
    let digits = step.amount.digits();
    let plus = if i > 0 && step.amount.amount > Decimal::ZERO { "+" } else { "" };
    html! {
        rect class={ "tk-fall tk-fall--" (class) } x=(place(slots, i, 22)) y=(top) width=(width)
            height=((low - top).max(2)) rx="2" {}
        line.tk-fall__link x1=(place(slots, i, 78)) x2=(place(slots, i + 1, 22)) y1=(scale.y(end))
            y2=(scale.y(end)) {}
        text class={ "tk-fall__value tk-fall__value--" (class) } x=(place(slots, i, 50)) y=(top - 6) {
            (plus) (digits)
        }
        text x=(place(slots, i, 50)) y=(HEIGHT + 18) { (step.label) }
    }
}
