//! `thresholds: split`: parts of a period that stand by themselves, with numbers in proportion to
//! their days.

use domain::program::{
    BaselineOf, Bounds, Compare, Figure, Opens, Reading, Requirement, Term, WhenZero, Window,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Asked, Part};

/// Parts that are rated together, and where the first of them stands among all.
#[derive(Debug)]
pub(super) struct Span<'p> {
    pub first: usize,
    pub parts: Vec<Part<'p>>,
    pub share: Option<(Decimal, Decimal)>,
}

/// The spans of a period that stand by themselves.
pub(super) fn spans<'p>(asked: &Asked<'p>) -> Vec<Span<'p>> {
    let parts = asked.parts;
    let cuts: Vec<Date> = parts.iter().filter(|part| part.splits).map(|part| part.from).collect();
    if cuts.is_empty() {
        return vec![Span { first: 0, parts: parts.to_vec(), share: None }];
    }
    let starts = std::iter::once(asked.period.start).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain(std::iter::once(asked.period.end));
    let mut spans = Vec::new();
    for (start, end) in starts.zip(ends) {
        let days = |from: Date, to: Date| Decimal::from((to - from).get_days());
        let share = (days(start, end), days(asked.period.start, asked.period.end));
        let inside = |part: &Part<'_>| start <= part.from && part.from < end;
        let first = parts.iter().position(inside).unwrap_or(0);
        let own = parts.iter().filter(|part| inside(part)).map(|part| {
            // Tests run once and are short: what is made of a term may stay.
            let term: &'p Term = Box::leak(Box::new(in_proportion(part.term, share)));
            Part { term, ..*part }
        });
        spans.push(Span { first, parts: own.collect(), share: Some(share) });
    }
    spans
}

/// A number in proportion.
pub(super) fn scaled(number: Decimal, share: Option<(Decimal, Decimal)>) -> Decimal {
    share.map_or(number, |(days, all)| number * days / all)
}

/// Whether a reading looks at all it says, whichever part asks.
pub(super) fn is_whole(reading: &Reading) -> bool {
    matches!(reading.window, Window::Program | Window::Span(_))
}

fn in_proportion(term: &Term, share: (Decimal, Decimal)) -> Term {
    let part = |number: Decimal| scaled(number, Some(share));
    let opens = |opens: Opens| match opens {
        Opens::Always => Opens::Always,
        Opens::From(threshold) => Opens::From(part(threshold)),
        Opens::Above(threshold) => Opens::Above(part(threshold)),
    };
    let compared = |reading: &Reading| !reading.view.is_ratio() && !is_whole(reading);
    let mut term = term.clone();
    let of_period = term.qualifier.as_ref().is_none_or(|reading| !is_whole(reading));
    let thresholds = term.qualifier.as_ref().is_none_or(compared);
    for row in &mut term.rows {
        if thresholds {
            row.opens = opens(row.opens);
        }
        row.fixed = row.fixed.map(part);
        row.up_to = row.up_to.map(part);
    }
    for requirement in &mut term.requires {
        match requirement {
            Requirement::Reading { reading, opens: least } if compared(reading) => {
                *least = opens(*least);
            }
            _ => {}
        }
    }
    if let Some(measure) = &mut term.measure {
        measure.up_to = measure.up_to.map(part);
        if let Some(after) = &mut measure.after {
            after.total = after.total.map(part);
        }
    }
    if of_period {
        term.compare = match term.compare {
            Compare::Target(Figure::Number(target)) => {
                Compare::Target(Figure::Number(part(target)))
            }
            Compare::Baseline(mut baseline) => {
                baseline.minimum = baseline.minimum.map(part);
                baseline.of = figure(baseline.of, &part);
                if let WhenZero::Other(other) = baseline.when_zero {
                    baseline.when_zero = WhenZero::Other(Box::new(figure(*other, &part)));
                }
                Compare::Baseline(baseline)
            }
            same => same,
        };
    }
    let Bounds { at_least, at_most } = term.limits.per_award;
    term.limits.per_award = Bounds { at_least: at_least.map(part), at_most: at_most.map(part) };
    term
}

fn figure(of: BaselineOf, part: &dyn Fn(Decimal) -> Decimal) -> BaselineOf {
    match of {
        BaselineOf::Figure(Figure::Number(number)) => {
            BaselineOf::Figure(Figure::Number(part(number)))
        }
        other => other,
    }
}
