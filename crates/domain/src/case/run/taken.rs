//! Telling a case that nobody needs any more: its facts are taken rather than copied.

use jiff::Timestamp;

use super::super::snapshot::snapshot;
use super::super::story::Story;
use super::super::{Case, Event, Moment, What};
use super::{Detail, Known, Teller, next};
use crate::problem::Problem;
use crate::program::{Program, unsupported};

impl Case {
    /// The same of a case that nobody needs any more: its facts are taken rather than copied.
    pub fn into_story(
        mut self,
        programs: Vec<Program>,
        detail: Detail,
    ) -> Result<(Story, Remains), Vec<Problem>> {
        let mut refused: Vec<Problem> = programs.iter().flat_map(unsupported).collect();
        refused.extend(self.circles(&|_| self.at));
        if !refused.is_empty() {
            return Err(refused);
        }
        let is_told_once =
            self.expect.iter().all(|line| line.as_of.is_none()) && self.what_if.is_empty();
        let is_fact = |event: &Event| matches!(event.what, What::Fact { .. });
        let is_plain = is_told_once && self.wallet.is_none() && self.timeline.iter().all(is_fact);
        let (last, goes_on) = {
            let teller = Teller::new(&self, programs.clone());
            let last = teller.last_moment();
            (last, !is_plain || teller.goes_on_after(last))
        };
        if goes_on {
            let story = self.run_as(programs, detail)?;
            return Ok((story, Remains { _case: self, _known: None }));
        }
        let timeline = std::mem::take(&mut self.timeline);
        let known = Teller::new(&self, programs).known_of_facts(last, timeline)?;
        let snapshots = vec![snapshot(last, &known, &[], detail)];
        let story = Story { case: self.code.clone(), snapshots };
        Ok((story, Remains { _case: self, _known: Some(known) }))
    }
}

/// What is left of a case that was told. It may take long to give back.
pub struct Remains {
    _case: Case,
    _known: Option<Known>,
}

impl Teller<'_> {
    /// What is known once all of a timeline has happened, which is of facts and needed no more.
    fn known_of_facts(&self, moment: Moment, timeline: Vec<Event>) -> Result<Known, Vec<Problem>> {
        let mut known = self.nothing_yet(moment, timeline.len())?;
        let mut order: Vec<(Timestamp, usize)> =
            timeline.iter().enumerate().map(|(at, e)| (self.instant(e.known()), at)).collect();
        order.sort_unstable();
        let mut timeline: Vec<Option<Event>> = timeline.into_iter().map(Some).collect();
        let mut clock = Timestamp::MIN;
        for (instant, at) in order {
            clock = next(clock, instant);
            let Some(event) = timeline[at].take() else { continue };
            if let What::Fact { kind, key, fields } = event.what {
                let fact = fields.into_fact(key, kind, self.local(event.on), clock);
                known.come(fact, self.case);
            }
        }
        Ok(known)
    }
}
