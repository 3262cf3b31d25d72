//! Where a total stands: beside a baseline, a target, or a whole of which it is a share.

use domain::figure;
use domain::program::{BaselineOf, Compare, Figure, Term, View, Window};
use domain::totals::Group;
use rust_decimal::Decimal;

use super::super::count::{Look, look_of, look_of_measure};
use super::super::share::{is_whole, scaled};
use super::super::{Asked, Procedure};
use super::rows::against;
use super::{ONE, Stand, ZERO, same_total};

impl Procedure<'_> {
    /// Where a total stands that is looked at like this and compared with that.
    pub(super) fn stand(
        &self,
        asked: &Asked<'_>,
        term: &Term,
        group: &[(String, String)],
        (view, compare): (&View, &Compare),
        (total, share_of): (Decimal, Decimal),
        bases: &dyn Fn(&BaselineOf) -> (Decimal, Decimal),
    ) -> Option<Stand> {
        let plain = Stand { over: total, under: ONE, zero: ZERO, scale: ONE, measure_base: None };
        if let View::Share(_) = view {
            let whole = share_of;
            return Some(if whole > ZERO {
                Stand { under: whole, scale: whole, ..plain }
            } else {
                Stand { over: ZERO, ..plain }
            });
        }
        match compare {
            Compare::Nothing => Some(plain),
            Compare::Target(figure) => {
                let target = self.figure(asked, term, group, figure)?;
                let plain = Stand { measure_base: Some(target), ..plain };
                match view {
                    View::Attainment if target <= ZERO => None,
                    View::Attainment => Some(Stand { under: target, scale: target, ..plain }),
                    View::Increase => Some(Stand { over: total - target, zero: target, ..plain }),
                    _ => Some(plain),
                }
            }
            Compare::Baseline(baseline) => against(baseline, view, total, plain, bases),
        }
    }

    pub(super) fn figure(
        &self,
        asked: &Asked<'_>,
        term: &Term,
        group: &[(String, String)],
        figure: &Figure,
    ) -> Option<Decimal> {
        match figure {
            Figure::Number(number) => Some(*number),
            Figure::Table(table) => {
                let named = group.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let group = Group::new(named);
                let found = self.story.master.figures.find(
                    table,
                    &figure::Asked {
                        partner: asked.earner,
                        period: asked.period,
                        calendar: asked.calendar,
                        group: &group,
                        known: asked.period.last(),
                    },
                )?;
                let whole = term.qualifier.as_ref().is_some_and(is_whole);
                Some(scaled(found, asked.share.filter(|_| !whole)))
            }
        }
    }

    /// What a reading came to in a window before.
    pub(super) fn before(
        &self,
        asked: &Asked<'_>,
        nth: usize,
        group: &[(String, String)],
        window: Window,
        mut look: Look<'_>,
    ) -> Decimal {
        look.names.retain(|name| name != "fact");
        let look = Look { window, measure: false, ..look };
        self.read(asked, nth, &look, group, None, None)
    }

    /// The baseline of the qualifier's total and of the measure's.
    pub(super) fn base(
        &self,
        asked: &Asked<'_>,
        nth: usize,
        group: &[(String, String)],
        of: &BaselineOf,
    ) -> (Decimal, Decimal) {
        let part = &asked.parts[nth];
        let (program, term) = (part.program, part.term);
        let window = match prior_of(of) {
            Ok(window) => window,
            Err(figure) => {
                let found = self.figure(asked, term, group, figure).unwrap_or_default();
                return (found, found);
            }
        };
        let before = |look: Look<'_>| self.before(asked, nth, group, window, look);
        let measure = look_of_measure(program, term);
        let qualifier = match &term.qualifier {
            Some(reading) => before(look_of(program, term, reading)),
            None => measure.clone().map_or(ZERO, before),
        };
        if same_total(program, term) || measure.is_none() {
            return (qualifier, qualifier);
        }
        (qualifier, measure.map_or(ZERO, before))
    }
}

/// The window of a baseline, or its figure.
pub(super) fn prior_of(of: &BaselineOf) -> Result<Window, &Figure> {
    match of {
        BaselineOf::PriorPeriod => Ok(Window::PriorPeriod),
        BaselineOf::PriorYear => Ok(Window::PriorYear),
        BaselineOf::Figure(figure) => Err(figure),
    }
}
