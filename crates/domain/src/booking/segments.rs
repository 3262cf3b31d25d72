//! Parts of a period: spans of versions and dated rows, and spans that stand by themselves.

use std::borrow::Cow;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Question;
use crate::plan::{PlanVersion, Rule};
use crate::program::{
    BaselineOf, Bounds, Compare, Figure, Opens, Reading, Requirement, Term, WhenZero, Window,
};

/// A part of the period and the rule that acts on it.
#[derive(Clone, Copy)]
pub(super) struct ActingPart<'p> {
    pub part: Date,
    pub version: &'p PlanVersion,
    pub rule: &'p Rule,
}

/// A span that stands by itself: of the whole period, or between cuts that split it.
pub(super) struct Segment<'p> {
    pub parts: Vec<ActingPart<'p>>,
    pub days: Vec<Date>,
    /// Its share of the period's days.
    pub share: Option<(Decimal, Decimal)>,
    /// Terms in proportion, one for each part.
    pub terms: Vec<Cow<'p, Term>>,
}

impl Question<'_> {
    /// The spans of a period that stand by themselves, with the versions that act on their parts.
    pub(super) fn segments<'p>(
        &self,
        acting: &[(Date, Option<&'p PlanVersion>)],
    ) -> Vec<Segment<'p>> {
        let splits = |part: Date, version: Option<&PlanVersion>| {
            self.period.start < part
                && version.is_some_and(|version| version.splits && version.from == part)
        };
        // An amount from outside is all of the period's.
        let mut rules = acting
            .iter()
            .rev()
            .filter_map(|(_, version)| (*version)?.rules[usize::from(self.term)].as_ref());
        let external = rules.next().is_some_and(|rule| rule.term.external);
        let mut starts: Vec<Date> = vec![self.period.start];
        let acting_cuts = if external { &[][..] } else { acting };
        let cuts = acting_cuts.iter().filter(|(part, version)| splits(*part, *version));
        starts.extend(cuts.map(|(part, _)| *part));
        let whole = starts.len() == 1;
        let mut segments = Vec::new();
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).copied().unwrap_or(self.period.end);
            let parts: Vec<ActingPart<'p>> = acting
                .iter()
                .filter(|(part, _)| *part < end && (*start <= *part || at == 0))
                .filter_map(|(part, version)| {
                    let version = (*version)?;
                    let rule = version.rules[usize::from(self.term)].as_ref()?;
                    Some(ActingPart { part: *part, version, rule })
                })
                .collect();
            let share = (!whole).then(|| {
                let days = Decimal::from((end - *start).get_days());
                (days, Decimal::from(self.period.days()))
            });
            let terms = parts.iter().map(|part| in_proportion(&part.rule.term, share)).collect();
            let days = parts.iter().map(|part| part.part).collect();
            segments.push(Segment { parts, days, share, terms });
        }
        segments
    }
}

/// Whether a reading looks as far as it says, whatever part of the period asks: what it is compared
/// with is not in proportion then, either.
pub(super) fn is_whole(reading: &Reading) -> bool {
    matches!(reading.window, Window::Program | Window::Span(_))
}

/// A term whose numbers are those of a share of the period.
fn in_proportion(term: &Term, share: Option<(Decimal, Decimal)>) -> Cow<'_, Term> {
    let Some((days, all)) = share else { return Cow::Borrowed(term) };
    let scale = |number: Decimal| {
        let product = number.checked_mul(days);
        product.and_then(|product| product.checked_div(all)).unwrap_or(number)
    };
    let bounds = |bounds: Bounds| Bounds {
        at_least: bounds.at_least.map(scale),
        at_most: bounds.at_most.map(scale),
    };
    let opens = |opens: Opens| match opens {
        Opens::From(threshold) => Opens::From(scale(threshold)),
        Opens::Above(threshold) => Opens::Above(scale(threshold)),
        Opens::Always => Opens::Always,
    };
    let mut scaled = term.clone();
    let qualifier = term.qualifier.as_ref();
    let plain = qualifier.is_none_or(|qualifier| !qualifier.view.is_ratio());
    let whole = qualifier.is_some_and(is_whole);
    for row in &mut scaled.rows {
        if plain && !whole {
            row.opens = opens(row.opens);
        }
        row.fixed = row.fixed.map(scale);
        row.up_to = row.up_to.map(scale);
    }
    if let Some(measure) = &mut scaled.measure {
        measure.up_to = measure.up_to.map(scale);
        if let Some(after) = &mut measure.after {
            after.total = after.total.map(scale);
        }
    }
    for requirement in &mut scaled.requires {
        if let Requirement::Reading { reading, opens: least } = requirement
            && !reading.view.is_ratio()
            && !is_whole(reading)
        {
            *least = opens(*least);
        }
    }
    let figure = |figure: &mut Figure| {
        if whole {
            return;
        }
        if let Figure::Number(number) = figure {
            *number = scale(*number);
        }
    };
    match &mut scaled.compare {
        Compare::Nothing => {}
        Compare::Target(target) => figure(target),
        Compare::Baseline(baseline) => {
            baseline.minimum = baseline.minimum.map(|it| if whole { it } else { scale(it) });
            if let BaselineOf::Figure(of) = &mut baseline.of {
                figure(of);
            }
            if let WhenZero::Other(other) = &mut baseline.when_zero
                && let BaselineOf::Figure(of) = &mut **other
            {
                figure(of);
            }
        }
    }
    scaled.limits.per_award = bounds(scaled.limits.per_award);
    Cow::Owned(scaled)
}
