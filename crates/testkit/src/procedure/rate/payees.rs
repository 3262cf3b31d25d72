//! Who is paid what part of an award.

use std::collections::{BTreeMap, HashMap};

use domain::program::{Scope, Split, Window};
use rust_decimal::Decimal;

use super::{ONE, ZERO, among, is_sum, own_names};
use crate::procedure::count::{Hit, Seen, look_of};
use crate::procedure::share::spans;
use crate::procedure::{Asked, Part, Procedure, TermAt};

impl Procedure<'_> {
    pub(super) fn payees(
        &self,
        at: TermAt,
        asked: &Asked<'_>,
        group: &[(String, String)],
        seen: &Seen,
    ) -> BTreeMap<String, (Decimal, Decimal)> {
        let mut payees: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
        // What is first is first in a span that stands by itself.
        for span in &spans(asked) {
            let own = Asked { parts: &span.parts, share: span.share, ..*asked };
            for (nth, part) in span.parts.iter().enumerate() {
                self.add_payees((at, &own, nth, part), group, seen, &mut payees);
            }
        }
        payees
    }

    fn add_payees(
        &self,
        (at, asked, nth, part): (TermAt, &Asked<'_>, usize, &Part<'_>),
        group: &[(String, String)],
        seen: &Seen,
        payees: &mut BTreeMap<String, (Decimal, Decimal)>,
    ) {
        let Some(split) = &part.term.split else { return };
        let first = part.term.frequency.is_some().then(|| self.first_ones(at, asked, nth, seen));
        let numbers = self.weights(part);
        for hit in &seen.measures[&part.program.version] {
            let here = hit.counts && &hit.earner == asked.earner && part.holds(hit.day);
            let left = first
                .as_ref()
                .is_none_or(|first| among(first, &hit.place.1, &hit.unit, hit.takes_back));
            if !here || hit.group != group || !left {
                continue;
            }
            let number = numbers(hit);
            for (nth, payee) in hit.payees.iter().enumerate() {
                let share = match split {
                    Split::Contributors => ONE,
                    Split::Shares(shares) => shares[nth].1,
                };
                let there = payees.entry(payee.to_string()).or_default();
                there.0 += number * share;
                there.1 += share;
            }
        }
    }

    /// By what number of each fact an award goes to who is paid: the measure if that is a sum,
    /// else the qualifier if that is a sum of the same facts.
    fn weights(&self, part: &Part<'_>) -> Box<dyn Fn(&Hit) -> Decimal> {
        let (program, term) = (part.program, part.term);
        if term.measure.as_ref().is_some_and(|measure| is_sum(Some(&measure.total))) {
            return Box::new(|hit| hit.number);
        }
        let own = own_names(term);
        let same = term.qualifier.as_ref().filter(|reading| {
            let look = look_of(program, term, reading);
            look.when == term.when.as_ref()
                && *look.scope == Scope::Partner
                && look.window == Window::Period
                && look.names == own
                && is_sum(Some(look.total))
        });
        let Some(reading) = same else { return Box::new(|_| ZERO) };
        let hits = self.story.hits(program, term, &look_of(program, term, reading));
        let numbers: HashMap<String, Decimal> =
            hits.into_iter().map(|hit| (hit.fact.key.to_string(), hit.number)).collect();
        Box::new(move |hit| numbers.get(hit.fact.key.as_str()).copied().unwrap_or_default())
    }
}
