//! Lines over time, with a forecast, a probable range, and the levels that matter.

use std::fmt::Write;

use maud::{Markup, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::percent;

/// A point: position along the time axis in thousandths, and a value.
pub type Point = (i64, Decimal);

/// Round steps of a scale up to a value, three or four of them.
pub fn ticks(highest: Decimal) -> Vec<Decimal> {
    let mut step = Decimal::ONE;
    let room = Decimal::from(4);
    while step * room < highest {
        let factors = [Decimal::TWO, Decimal::from(5), Decimal::TEN];
        let fits = factors.into_iter().find(|factor| step * factor * room >= highest);
        match fits {
            Some(factor) => {
                step *= factor;
                break;
            }
            None => step *= Decimal::TEN,
        }
    }
    (0..=4).map(|n| step * Decimal::from(n)).filter(|tick| *tick <= highest).collect()
}

/// How a series is drawn.
pub enum Shape {
    Line(Vec<Point>),
    /// A line that only changes where something happened.
    Steps(Vec<Point>),
    /// From the first series of points to the second.
    Range(Vec<Point>, Vec<Point>),
}

pub struct Series {
    /// Ends the class `tk-line--…`, which holds the colour.
    pub class: &'static str,
    pub shape: Shape,
}

/// A level that matters: a tier, a budget.
pub struct Level {
    pub at: Decimal,
    pub label: String,
    pub class: &'static str,
}

/// So near to an end of the axis, in thousandths, a label stands inside it.
const EDGE: i64 = 30;
/// From here on the label of today stands before its line.
const LATE: i64 = 850;

pub struct Lines<'a> {
    pub label: &'a str,
    pub height: i64,
    pub top: Decimal,
    pub ticks: &'a [(Decimal, String)],
    pub times: &'a [(i64, String)],
    pub levels: &'a [Level],
    pub series: &'a [Series],
    /// Where today stands, in thousandths.
    pub today: i64,
    pub today_label: &'a str,
}

pub fn lines(chart: &Lines) -> Markup {
    let height = chart.height;
    html! {
        div.tk-plot role="img" aria-label=(chart.label) {
            svg.tk-plot__scale height=(height + 26) {
                @for (value, label) in chart.ticks {
                    text x="100%" y=(chart.y(*value) + 4) { (label) }
                }
            }
            svg.tk-plot__field height=(height + 26) {
                @for (value, _) in chart.ticks {
                    line.tk-grid x1="0" x2="100%" y1=(chart.y(*value)) y2=(chart.y(*value)) {}
                }
                (chart.curves())
                @for (level, is_named) in chart.named() {
                    @let y = chart.y(level.at);
                    line class={ "tk-level tk-level--" (level.class) } x1="0" x2="100%" y1=(y)
                        y2=(y) {}
                    @if is_named { text.tk-level__label x="0" y=(y - 5) { (level.label) } }
                }
                @let today = percent(chart.today.into(), 1000.into());
                line.tk-today x1=(today) x2=(today) y1="0" y2=(height) {}
                // Near the right edge the label stands before the line, so that it is not cut.
                @let is_late = LATE < chart.today;
                text.tk-today__label x=(today) y="9" dx=(if is_late { "-5" } else { "5" })
                    text-anchor=(if is_late { "end" } else { "start" }) { (chart.today_label) }
                @for (at, label) in chart.times {
                    text.tk-time.tk-time--first[*at <= EDGE].tk-time--last[*at >= 1000 - EDGE]
                        x=(percent((*at).into(), 1000.into())) y=(height + 18) { (label) }
                }
            }
        }
    }
}

/// So many pixels the names of two levels are apart, to be read.
const NAME_HEIGHT: i64 = 14;

impl Lines<'_> {
    /// The levels, and whether there is room for the name of each beside those before it.
    fn named(&self) -> Vec<(&Level, bool)> {
        let mut last: Option<i64> = None;
        let mut levels = Vec::new();
        for level in self.levels {
            let y = self.y(level.at);
            let is_named = last.is_none_or(|last| (y - last).abs() >= NAME_HEIGHT);
            if is_named {
                last = Some(y);
            }
            levels.push((level, is_named));
        }
        levels
    }

    fn y(&self, value: Decimal) -> i64 {
        let share = value.checked_div(self.top).unwrap_or_default();
        self.height - (share * Decimal::from(self.height)).round().to_i64().unwrap_or(0)
    }

    /// The curves, in a drawing that is stretched to the width while its strokes are not.
    fn curves(&self) -> Markup {
        let view = format!("0 0 1000 {}", self.height);
        html! {
            svg viewBox=(view) preserveAspectRatio="none" width="100%" height=(self.height) {
                @for series in self.series {
                    path class={ "tk-line tk-line--" (series.class) } d=(self.path(&series.shape)) {}
                }
            }
        }
    }

    fn path(&self, shape: &Shape) -> String {
        match shape {
            Shape::Line(points) => self.polyline(points, "M"),
            Shape::Steps(points) => self.steps(points),
            Shape::Range(low, high) => {
                let back: Vec<Point> = high.iter().rev().copied().collect();
                format!("{}{}Z", self.polyline(low, "M"), self.polyline(&back, "L"))
            }
        }
    }

    fn polyline(&self, points: &[Point], first: &str) -> String {
        let mut path = String::new();
        for (i, (x, value)) in points.iter().enumerate() {
            let command = if i == 0 { first } else { "L" };
            let _ = write!(path, "{command}{x} {}", self.y(*value));
        }
        path
    }

    fn steps(&self, points: &[Point]) -> String {
        let mut path = String::new();
        for (i, (x, value)) in points.iter().enumerate() {
            let y = self.y(*value);
            let _ = if i == 0 { write!(path, "M{x} {y}") } else { write!(path, "H{x}V{y}") };
        }
        path
    }
}
