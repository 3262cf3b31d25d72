//! Families: terms whose awards depend on each other, and how far a change of one reaches.
//!
//! # Invariants
//!
//! * Every term is in one family. What a fact changes in a total changes no award outside the
//!   family of the term, and none beyond the family's [`Extent`].
//! * A family is evaluated in an order in which each term comes after those it looks at and after
//!   their lanes.

use std::collections::BTreeSet;

use crate::code::ProgramCode;
use crate::plan::{Plan, Rule};
use crate::program::{Bounds, CatchUp, Earner, FactsOf, Release, Requirement, Reward, Scope};

/// The position of a term among those of all plans: of the plan, and of the term in it.
pub type TermAt = (usize, u16);

/// How far a change of one total reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// The awards of one earner in one term and period.
    Award,
    /// All awards of the earner in the family.
    Earner,
    /// Everybody's awards in the family.
    Everyone,
}

/// Terms whose awards depend on each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Ascending.
    pub terms: Vec<TermAt>,
    /// Those that are evaluated together, each after those it looks at and their lanes.
    pub order: Vec<TermAt>,
    pub extent: Extent,
    /// Whether days that pass change awards, or when they are due.
    pub timed: bool,
    /// Whether partners have awards here for whom nothing was counted.
    pub for_members: bool,
}

impl Family {
    /// The plans of its terms, ascending.
    pub fn plans(&self) -> Vec<usize> {
        let mut plans: Vec<usize> = self.terms.iter().map(|(plan, _)| *plan).collect();
        plans.dedup();
        plans
    }
}

/// The families of some plans.
pub fn families(plans: &[Plan]) -> Vec<Family> {
    let all = all_terms(plans);
    let mut of: Vec<usize> = (0..all.len()).collect();
    let at = |term: &TermAt| all.binary_search(term).unwrap_or(0);
    for (here, term) in all.iter().enumerate() {
        let mut mates = looks_at(plans, *term);
        mates.extend(lane_of(plans, *term));
        if is_bound_by_program(plans, *term) {
            let first =
                all.iter().find(|other| other.0 == term.0 && is_bound_by_program(plans, **other));
            mates.extend(first);
        }
        for mate in mates {
            join(&mut of, here, at(&mate));
        }
    }
    let order = order(plans);
    let mut families: Vec<(usize, Family)> = Vec::new();
    for (here, term) in all.iter().enumerate() {
        let root = root(&of, here);
        let known = families.iter().position(|(other, _)| *other == root);
        let known = known.unwrap_or_else(|| {
            families.push((
                root,
                Family {
                    terms: Vec::new(),
                    order: Vec::new(),
                    extent: Extent::Award,
                    timed: false,
                    for_members: false,
                },
            ));
            families.len() - 1
        });
        let family = &mut families[known].1;
        family.terms.push(*term);
        family.extent = family.extent.max(extent(plans, *term));
        family.timed |= rules(&plans[term.0], term.1).any(is_timed);
        family.for_members |= rules(&plans[term.0], term.1).any(is_for_members);
    }
    for term in order {
        let family = families.iter_mut().find(|(_, family)| family.terms.contains(&term));
        if let Some((_, family)) = family {
            family.order.push(term);
        }
    }
    families.into_iter().map(|(_, family)| family).collect()
}

fn all_terms(plans: &[Plan]) -> Vec<TermAt> {
    let terms = |(plan, of): (usize, &Plan)| {
        (0u16..).zip(&of.terms).map(move |(term, _)| (plan, term)).collect::<Vec<_>>()
    };
    plans.iter().enumerate().flat_map(terms).collect()
}

fn root(of: &[usize], mut at: usize) -> usize {
    while of[at] != at {
        at = of[at];
    }
    at
}

fn join(of: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(of, a), root(of, b));
    of[a.max(b)] = a.min(b);
}

/// How far a change of a total of a term reaches by what the term itself says.
fn extent(plans: &[Plan], at: TermAt) -> Extent {
    let plan = &plans[at.0];
    let looked_at = looks_at(plans, at);
    let linked = rules(plan, at.1).any(|rule| !rule.links.is_empty());
    let crosses = linked && looked_at.iter().any(|other| crosses(plans, at, *other));
    let by_program = plan.versions.iter().any(|it| it.program.limits.budget.is_some());
    let everyone = |rule: &Rule| {
        rule.term.limits.budget.is_some()
            || rule.reads.iter().any(|read| read.scope != Scope::Partner)
            || (by_program && rule.term.reward == Reward::Money)
    };
    if crosses || rules(plan, at.1).any(everyone) {
        return Extent::Everyone;
    }
    let earner = |rule: &Rule| rule.looks_around() || is_for_members(rule);
    if !looked_at.is_empty() || is_bound(plan, at.1) || rules(plan, at.1).any(earner) {
        return Extent::Earner;
    }
    Extent::Award
}

/// Whether what one term awards for a fact goes with the fact, to whoever earns with it in the other
/// one. Where partners earn for themselves in both, it is their own: a fact that was corrected to
/// another partner may still be the first one's where it came late.
pub(super) fn crosses(plans: &[Plan], one: TermAt, other: TermAt) -> bool {
    let for_themselves = |(plan, term): TermAt| {
        rules(&plans[plan], term).all(|rule| rule.term.earner == Earner::Partner)
    };
    !(for_themselves(one) && for_themselves(other))
}

fn is_timed(rule: &Rule) -> bool {
    is_for_members(rule)
        || rule.term.payout.release == Release::Evenly
        || rule.term.payout.catch_up == CatchUp::End
}

/// Whether a term pays without facts.
pub(super) fn is_for_members(rule: &Rule) -> bool {
    rule.term.facts == FactsOf::None || rule.term.limits.guarantee.is_some()
}

/// The rules of a term, of all versions.
pub(super) fn rules(plan: &Plan, term: u16) -> impl Iterator<Item = &Rule> {
    plan.versions.iter().filter_map(move |version| version.rules[usize::from(term)].as_ref())
}

/// The terms that a term looks at.
fn looks_at(plans: &[Plan], (plan, term): TermAt) -> BTreeSet<TermAt> {
    let mut seen = BTreeSet::new();
    for rule in rules(&plans[plan], term) {
        let required = rule.term.requires.iter().filter_map(|requirement| match requirement {
            Requirement::Term { term, .. } => Some((term.program.as_ref(), &term.term)),
            Requirement::Reading { .. } => None,
        });
        let linked = rule.links.iter().map(|link| (link.program.as_ref(), &link.term));
        for (program, code) in required.chain(linked) {
            seen.extend(find(plans, plan, program.map(ProgramCode::as_str), code.as_str()));
        }
    }
    seen
}

/// Where a term is that a term of a plan names.
pub(super) fn find(
    plans: &[Plan],
    from: usize,
    program: Option<&str>,
    term: &str,
) -> Option<TermAt> {
    let plan = match program {
        None => from,
        Some(program) => plans.iter().position(|plan| plan.code.as_str() == program)?,
    };
    Some((plan, plans[plan].term(term)?))
}

/// The terms of the same lane, the term among them.
pub(super) fn lane_of(plans: &[Plan], (plan, term): TermAt) -> Vec<TermAt> {
    let lane = |term: u16| rules(&plans[plan], term).find_map(|rule| rule.term.lane.clone());
    let Some(own) = lane(term) else { return vec![(plan, term)] };
    let all = (0u16..).zip(&plans[plan].terms).map(|(at, _)| at);
    all.filter(|at| lane(*at).as_ref() == Some(&own)).map(|at| (plan, at)).collect()
}

fn is_bounded(bounds: Bounds) -> bool {
    bounds.at_least.or(bounds.at_most).is_some()
}

/// Whether limits or the budget of the program act on a term's awards.
fn is_bound_by_program(plans: &[Plan], (plan, term): TermAt) -> bool {
    let plan = &plans[plan];
    let general = plan.versions.iter().any(|version| {
        let limits = &version.program.limits;
        limits.budget.is_some()
            || is_bounded(limits.per_partner_period)
            || is_bounded(limits.per_partner)
    });
    general && rules(plan, term).any(|rule| rule.term.reward == Reward::Money)
}

/// Whether a term's awards depend on others beyond what it looks at.
fn is_bound(plan: &Plan, term: u16) -> bool {
    is_bound_by_program(std::slice::from_ref(plan), (0, term))
        || rules(plan, term).any(|rule| {
            let limits = &rule.term.limits;
            rule.term.lane.is_some()
                || limits.guarantee.is_some()
                || limits.budget.is_some()
                || is_bounded(limits.per_partner)
        })
}

/// All terms that are evaluated together, each after those it looks at and their lanes.
pub(super) fn order(plans: &[Plan]) -> Vec<TermAt> {
    let all = all_terms(plans);
    let mut wanted: BTreeSet<TermAt> = BTreeSet::new();
    for at in &all {
        let looked_at = looks_at(plans, *at);
        if !looked_at.is_empty() || is_bound(&plans[at.0], at.1) {
            wanted.insert(*at);
            wanted.extend(looked_at.iter().flat_map(|other| lane_of(plans, *other)));
        }
    }
    let (mut order, mut visited) = (Vec::new(), BTreeSet::new());
    for at in all.iter().filter(|at| wanted.contains(at)) {
        visit(plans, *at, &mut visited, &mut order);
    }
    order
}

fn visit(plans: &[Plan], at: TermAt, visited: &mut BTreeSet<TermAt>, order: &mut Vec<TermAt>) {
    // A circle is refused when programs are checked; here it only must not go on for ever.
    if !visited.insert(at) {
        return;
    }
    for other in looks_at(plans, at) {
        for mate in lane_of(plans, other) {
            visit(plans, mate, visited, order);
        }
    }
    order.push(at);
}
