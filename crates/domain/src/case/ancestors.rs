//! Who stands above whom: no partner is its own ancestor, neither in the master data of a case nor
//! by a line that sets a parent.

use std::collections::HashMap;

use super::{Case, Event, What};
use crate::code::PartnerCode;
use crate::master::Fields;
use crate::problem::Problem;
use crate::program::Position;

/// Parents by their children.
#[derive(Default)]
struct Above<'c> {
    parents: HashMap<&'c str, &'c str>,
}

impl<'c> Above<'c> {
    /// Takes the parent that is said of a partner, unless it closes a circle: then an earlier one
    /// stands, and this is the problem.
    fn take(&mut self, code: &'c PartnerCode, fields: &'c Fields, at: Position) -> Option<Problem> {
        let parent = fields.get("parent")?;
        let code = code.as_str();
        let before = self.parents.remove(code);
        if !self.leads_to(parent, code) {
            if !parent.is_empty() {
                self.parents.insert(code, parent);
            }
            return None;
        }
        self.parents.extend(before.map(|before| (code, before)));
        Some(Problem::error(
            at,
            format!("`{code}` would be its own ancestor through its parent `{parent}`"),
            "cut the circle: whoever stands at the top has no parent",
        ))
    }

    fn leads_to(&self, from: &str, to: &str) -> bool {
        let mut at = from;
        // There is no circle among the parents taken, so the walk ends.
        while at != to {
            let Some(next) = self.parents.get(at) else { return false };
            at = next;
        }
        true
    }
}

impl Case {
    /// What is wrong with the parents of partners, in the order in which they become known. `place`
    /// says where the case has a partner.
    pub(super) fn circles(&self, place: &dyn Fn(&PartnerCode) -> Position) -> Vec<Problem> {
        let mut above = Above::default();
        let mut problems = Vec::new();
        for (code, fields) in self.partners.iter().flatten() {
            problems.extend(above.take(code, fields, place(code)));
        }
        let is_known = |code| self.partners.as_ref().is_none_or(|all| all.contains_key(code));
        let set = |event: &&Event| matches!(event.what, What::Set { .. });
        let mut events: Vec<&Event> = self.timeline.iter().filter(set).collect();
        events.sort_by_key(|event| event.known().start());
        for event in events {
            if let What::Set { partner, fields } = &event.what
                && is_known(partner)
            {
                problems.extend(above.take(partner, fields, event.at));
            }
        }
        problems
    }
}
