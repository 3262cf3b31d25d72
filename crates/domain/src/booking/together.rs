//! One evaluation of all terms that depend on each other: the awards by themselves, then what
//! bounds them together, in the order of the language: the term's limits for a partner, the
//! guarantee, the lane, the term's budget, and at last the program's limits and budget.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::family::{TermAt, lane_of, rules};
use super::limits::{bound_worth, bounded, is_skipped, split};
use super::world::{Asked, LinksOf, Recorded, World};
use super::{Question, Reach, Upto};
use crate::award::{Award, BudgetOf, Part, Reason};
use crate::code::PartnerCode;
use crate::evaluate::rounding;
use crate::period::{Period, begins};
use crate::plan::{Plan, PlanVersion, Rule};
use crate::program::{
    Bounds, Budget, BudgetPer, BudgetShare, Guarantee, Lane, Remainder, Reward, Settle,
};
use crate::totals::Group;

/// The awards of terms evaluated together.
#[derive(Debug, Default)]
pub(super) struct Awards {
    by: BTreeMap<Asked, (Period, Vec<Award>)>,
    /// What each term awarded for each fact, exactly.
    facts: HashMap<TermAt, ByFact>,
}

#[derive(Debug, Default)]
struct ByFact {
    by_key: Shares,
    by_unit: Shares,
}

/// What each earner has of a fact: one of them as a rule.
type Shares = HashMap<String, Vec<(PartnerCode, Decimal)>>;

/// An award among all: of which question, and the how-manieth of its groups.
type At = (Asked, usize);

impl Awards {
    pub(super) fn of(&self, asked: &Asked) -> &[Award] {
        self.by.get(asked).map_or(&[], |(_, awards)| awards.as_slice())
    }

    /// What a term awarded for a fact: to one earner, or to all.
    pub(super) fn for_fact(
        &self,
        at: TermAt,
        earner: Option<&PartnerCode>,
        key: &str,
        with_returns: bool,
    ) -> Decimal {
        let Some(facts) = self.facts.get(&at) else { return Decimal::ZERO };
        let by = if with_returns { &facts.by_unit } else { &facts.by_key };
        let shares = by.get(key).into_iter().flatten();
        let own = shares.filter(|(of, _)| earner.is_none_or(|earner| earner == of));
        own.map(|(_, share)| *share).sum()
    }

    /// The awards of a term in a period or the one around it.
    pub(super) fn around(
        &self,
        (plan, term): TermAt,
        earner: &PartnerCode,
        period: &Period,
    ) -> Option<&[Award]> {
        let from = Asked { plan, term, earner: earner.clone(), period: Date::MIN };
        let to = Asked { period: Date::MAX, ..from.clone() };
        let mut there = self.by.range(from..=to);
        let around =
            there.find(|(_, (other, _))| other.start <= period.start && period.end <= other.end)?;
        Some(&around.1.1)
    }

    fn award(&mut self, at: &At) -> Option<&mut Award> {
        self.by.get_mut(&at.0)?.1.get_mut(at.1)
    }

    fn amount(&self, at: &At) -> Decimal {
        let award = self.by.get(&at.0).and_then(|(_, awards)| awards.get(at.1));
        award.map_or(Decimal::ZERO, |award| award.amount)
    }

    /// All awards of a term, by earner, then period, then group.
    fn all(&self, (plan, term): TermAt) -> Vec<At> {
        let own = self.by.iter().filter(|(asked, _)| (asked.plan, asked.term) == (plan, term));
        own.flat_map(|(asked, (_, awards))| (0..awards.len()).map(|at| (asked.clone(), at)))
            .collect()
    }

    /// Gives an amount out over awards, in proportion to what they are.
    fn give(
        &mut self,
        to: &[At],
        amount: Decimal,
        (decimals, remainder): (u32, Remainder),
        reason: &dyn Fn(Decimal, Decimal) -> Reason,
    ) {
        let weights: Vec<Decimal> = to.iter().map(|at| self.amount(at)).collect();
        for (at, share) in to.iter().zip(split(amount, &weights, decimals, remainder)) {
            self.set(at, share, reason);
        }
    }

    fn bound_worth(&mut self, of: &[At], total: Decimal, bounds: Bounds) {
        for at in of {
            if let Some(award) = self.award(at) {
                bound_worth(award, total, bounds);
            }
        }
    }

    fn set(&mut self, at: &At, amount: Decimal, reason: &dyn Fn(Decimal, Decimal) -> Reason) {
        let Some(award) = self.award(at) else { return };
        if award.amount != amount {
            award.reasons.push(reason(award.amount, amount));
            award.fixed = match award.fixed.checked_mul(amount) {
                Some(product) if !award.amount.is_zero() => {
                    product.checked_div(award.amount).unwrap_or_default()
                }
                _ => Decimal::ZERO,
            };
            award.amount = amount;
        }
    }
}

/// One evaluation.
pub(super) struct Together<'w, 'a> {
    world: &'w World<'a>,
    target: TermAt,
    upto: Upto,
    forecast: Option<(&'w str, Date)>,
    awards: Awards,
}

impl<'w, 'a> Together<'w, 'a> {
    pub(super) fn new(
        world: &'w World<'a>,
        target: TermAt,
        upto: Upto,
        forecast: Option<(&'w str, Date)>,
    ) -> Together<'w, 'a> {
        Together { world, target, upto, forecast, awards: Awards::default() }
    }

    pub(super) fn awards(mut self) -> Awards {
        let world = self.world;
        let mut computed: Vec<TermAt> = Vec::new();
        for at in &world.order {
            self.compute(*at);
            self.per_partner(*at);
            self.guarantee(*at);
            computed.push(*at);
            let lane = lane_of(world.ground.plans, *at);
            if lane.iter().any(|mate| !computed.contains(mate)) {
                continue;
            }
            self.lane(&lane);
            for mate in &lane {
                self.budget(*mate);
                self.share_out(*mate);
            }
        }
        for plan in 0..world.ground.plans.len() {
            self.program(plan);
        }
        self.awards
    }

    fn plan(&self, at: usize) -> &'w Plan {
        &self.world.ground.plans[at]
    }

    fn compute(&mut self, at: TermAt) {
        let of = |(plan, term): TermAt| &self.plan(plan).terms[usize::from(term)];
        let (own, target) = (of(at), of(self.target));
        let elsewhere = own.payout != target.payout || own.accounting != target.accounting;
        let upto = Upto { elsewhere, ..self.upto };
        for (asked, held) in self.world.of_term(at) {
            let mut question: Question<'_> = self.world.question(asked, held, false);
            if at == self.target {
                question.more.forecast = self.forecast;
            }
            let links = LinksOf {
                plans: self.world.ground.plans,
                asked,
                period: &held.period,
                awards: &self.awards,
            };
            let awards = question.own_awards(upto, &links);
            self.awards.by.insert(asked.clone(), (held.period.clone(), awards));
        }
    }

    /// The version that acts on the last day of a question's period, by what is known.
    fn version(&self, asked: &Asked) -> Option<&'w PlanVersion> {
        let (asked, held) = self.world.held.get_key_value(asked)?;
        self.world.question(asked, held, false).last_version(self.upto)
    }

    fn rule(&self, asked: &Asked) -> Option<&'w Rule> {
        self.version(asked)?.rules[usize::from(asked.term)].as_ref()
    }

    /// The versions of a program that are known, as these questions about it see it.
    fn known(&self, plan: usize, is_asked: impl Fn(&Asked) -> bool) -> Vec<&'w PlanVersion> {
        let asked = self.world.held.iter().filter(|(asked, _)| asked.plan == plan);
        let asked = asked.filter(|(asked, _)| is_asked(asked));
        let first = asked.min_by_key(|(asked, _)| asked.period);
        let first = first.map(|(asked, held)| self.world.question(asked, held, false));
        let known = |version: &&PlanVersion| first.is_some_and(|it| it.knows(version, self.upto));
        self.plan(plan).versions.iter().filter(known).collect()
    }

    /// The limit of a term for a partner over the whole program: what is left of it.
    fn per_partner(&mut self, at: TermAt) {
        let bounds = |rule: &Rule| rule.term.limits.per_partner;
        if rules(self.plan(at.0), at.1).all(|rule| bounds(rule) == Bounds::default()) {
            return;
        }
        let mut by: BTreeMap<PartnerCode, Vec<(Date, Vec<At>)>> = BTreeMap::new();
        for award in self.awards.all(at) {
            let periods = by.entry(award.0.earner.clone()).or_default();
            match periods.last_mut().filter(|(period, _)| *period == award.0.period) {
                Some((_, there)) => there.push(award),
                None => periods.push((award.0.period, vec![award])),
            }
        }
        for periods in by.into_values() {
            let last = periods.last().and_then(|(_, there)| there.first());
            let Some(rule) = last.and_then(|(asked, _)| self.rule(asked)) else { continue };
            let rounded = (rounding(rule).1, rule.term.rounding.remainder);
            self.bound_over_time(periods.into_iter().map(|(_, at)| at), bounds(rule), rounded);
        }
    }

    /// A limit over periods: each has what those before left.
    fn bound_over_time(
        &mut self,
        periods: impl Iterator<Item = Vec<At>>,
        bounds: Bounds,
        rounded: (u32, Remainder),
    ) {
        let (mut earned, mut allowed) = (Decimal::ZERO, Decimal::ZERO);
        for there in periods {
            let own: Decimal = there.iter().map(|at| self.awards.amount(at)).sum();
            earned += own;
            self.awards.bound_worth(&there, earned, bounds);
            let found = bounded(earned, bounds);
            let now = found.as_ref().map_or(earned, |(bound, _)| *bound);
            let (share, reason) = (now.saturating_sub(allowed), found.map(|(_, reason)| reason));
            allowed = now;
            if share != own {
                let bound = bounds.at_most.or(bounds.at_least).unwrap_or_default();
                let reason = reason.unwrap_or(Reason::AtMostInPeriod { was: own, bound });
                self.awards.give(&there, share, rounded, &|_, _| reason.clone());
            }
        }
    }

    /// What is owed to every enrolled partner for a period that is over.
    fn guarantee(&mut self, at: TermAt) {
        if rules(self.plan(at.0), at.1).all(|rule| rule.term.limits.guarantee.is_none()) {
            return;
        }
        let mut beyond: HashMap<PartnerCode, Decimal> = HashMap::new();
        let questions: Vec<(Asked, Period)> = self
            .world
            .of_term(at)
            .filter(|(asked, held)| {
                self.world.question(asked, held, false).is_member(self.upto)
                    || (held.by_facts && !self.awards.of(asked).is_empty())
            })
            .map(|(asked, held)| (asked.clone(), held.period.clone()))
            .collect();
        for (asked, period) in questions {
            let Some(version) = self.version(&asked) else { continue };
            let Some(rule) = &version.rules[usize::from(at.1)] else { continue };
            let Some(guarantee) = rule.term.limits.guarantee else { continue };
            let skipped = is_skipped(version, &asked.earner, &period);
            if self.is_over(&period) && !skipped {
                let surplus = beyond.entry(asked.earner.clone()).or_default();
                *surplus = self.lift(&asked, rule, guarantee, *surplus);
            }
        }
    }

    fn is_over(&self, period: &Period) -> bool {
        let by_now = period.end <= self.world.ground.today;
        by_now
            && match self.upto.rest {
                Reach::All => true,
                Reach::Payout(end) | Reach::Accounting(end) => period.end <= end,
            }
    }

    /// Lifts what was earned to the guarantee, less what was earned beyond it before. Gives what
    /// goes on to the next period.
    fn lift(
        &mut self,
        asked: &Asked,
        rule: &Rule,
        guarantee: Guarantee,
        surplus: Decimal,
    ) -> Decimal {
        let at: Vec<At> = (0..self.awards.of(asked).len()).map(|n| (asked.clone(), n)).collect();
        let earned: Decimal = at.iter().map(|at| self.awards.amount(at)).sum();
        let (mode, decimals) = rounding(rule);
        let owed = mode.round(guarantee.amount.saturating_sub(surplus), decimals);
        let missing = owed.saturating_sub(earned);
        if missing <= Decimal::ZERO {
            let goes_on = earned.saturating_add(surplus).saturating_sub(guarantee.amount);
            return if guarantee.carry_over { goes_on.max(Decimal::ZERO) } else { Decimal::ZERO };
        }
        let weights: Vec<Decimal> = at.iter().map(|at| self.awards.amount(at)).collect();
        let shares = split(missing, &weights, decimals, rule.term.rounding.remainder);
        for (at, share) in at.iter().zip(shares) {
            let Some(award) = self.awards.award(at) else { continue };
            let amount = award.amount + share;
            award.reasons.push(Reason::Guarantee { was: award.amount, amount });
            award.parts.push(Part {
                version: award.version,
                tier: 0,
                value: None,
                fixed: None,
                measure: None,
                guarantee: Some(guarantee.amount),
                amount: share,
            });
            award.amount = amount;
        }
        Decimal::ZERO
    }

    /// The terms of a lane compete for each earner, period and group.
    fn lane(&mut self, lane: &[TermAt]) {
        let [first, _, ..] = lane else { return };
        let name = rules(self.plan(first.0), first.1).find_map(|rule| rule.term.lane.clone());
        let known = self.known(first.0, |asked| lane.contains(&(asked.plan, asked.term)));
        let Some(PlanVersion { program, .. }) = known.last() else { return };
        let how = name.and_then(|name| program.lanes.get(&name).copied()).unwrap_or(Lane::Best);
        let mut by: BTreeMap<(PartnerCode, Date, Group), Vec<At>> = BTreeMap::new();
        for mate in lane {
            for at in self.awards.all(*mate) {
                let group = self.awards.of(&at.0)[at.1].group.clone();
                by.entry((at.0.earner.clone(), at.0.period, group)).or_default().push(at);
            }
        }
        for there in by.into_values() {
            let pays = |at: &&At| !self.awards.amount(at).is_zero();
            let winner = match how {
                Lane::First => there.iter().find(pays),
                // Of equals the first in the file.
                Lane::Best => there.iter().rev().max_by_key(|at| self.awards.amount(at)),
            };
            let Some(winner) = winner.cloned() else { continue };
            let code = self.plan(winner.0.plan).terms[usize::from(winner.0.term)].code.clone();
            for at in there.iter().filter(|at| **at != winner) {
                let Some(award) = self.awards.award(at) else { continue };
                award.reasons.push(Reason::Lane { winner: code.clone() });
                (award.amount, award.fixed) = (Decimal::ZERO, Decimal::ZERO);
            }
        }
    }

    fn budget(&mut self, at: TermAt) {
        let known = self.known(at.0, |asked| asked.term == at.1);
        let rule = known.iter().rev().find_map(|it| it.rules[usize::from(at.1)].as_ref());
        let Some(rule) = rule else { return };
        let Some(budget) = rule.term.limits.budget else { return };
        let rounded = (rounding(rule).1, rule.term.rounding.remainder);
        let all = self.awards.all(at);
        self.share_budget(all, (budget, BudgetOf::Term), rounded);
    }

    fn share_budget(
        &mut self,
        all: Vec<At>,
        (budget, of): (Budget, BudgetOf),
        rounded: (u32, Remainder),
    ) {
        let amount = budget.amount;
        let mut pots: BTreeMap<(Date, Date), Vec<At>> = BTreeMap::new();
        for at in all {
            let pot = match (budget.per, self.awards.by.get(&at.0)) {
                (BudgetPer::Period, Some((period, _))) => (period.start, period.end),
                _ => (Date::MIN, Date::MAX),
            };
            pots.entry(pot).or_default().push(at);
        }
        for pot in pots.into_values() {
            let total: Decimal = pot.iter().map(|at| self.awards.amount(at)).sum();
            let reason = |was, left| Reason::Budget { was, left, of, amount };
            match budget.share {
                BudgetShare::FirstCome => self.first_come(pot, (amount, of)),
                BudgetShare::InProportion if budget.amount < total => {
                    self.awards.give(&pot, budget.amount, rounded, &reason);
                }
                BudgetShare::InProportion => {}
                BudgetShare::All if Decimal::ZERO < total => {
                    self.awards.give(&pot, budget.amount, rounded, &reason);
                }
                BudgetShare::All => {
                    for at in &pot {
                        self.awards.set(at, Decimal::ZERO, &reason);
                    }
                }
            }
        }
    }

    /// In the order in which awards are owed, then by partner.
    fn first_come(&mut self, pot: Vec<At>, (budget, of): (Decimal, BudgetOf)) {
        let mut pot: Vec<(Recorded, At)> =
            pot.into_iter().map(|at| (self.owed_since(&at), at)).collect();
        pot.sort_by(|(a, (one, nth)), (b, (other, mth))| {
            (a, &one.earner, one.term, one.period, nth).cmp(&(
                b,
                &other.earner,
                other.term,
                other.period,
                mth,
            ))
        });
        let mut left = budget;
        for (_, at) in &pot {
            let amount = self.awards.amount(at);
            let paid = amount.min(left);
            left -= paid;
            self.awards.set(at, paid, &|was, left| Reason::Budget {
                was,
                left,
                of,
                amount: budget,
            });
        }
    }

    fn owed_since(&self, at: &At) -> Recorded {
        let Some((period, awards)) = self.awards.by.get(&at.0) else {
            return (Timestamp::MAX, 0);
        };
        let (award, plan) = (&awards[at.1], self.plan(at.0.plan));
        let at_once = self.rule(&at.0).is_some_and(|rule| rule.term.settle == Settle::AtOnce);
        let fact = award.group.get("fact").filter(|_| at_once);
        let recorded = fact.and_then(|fact| (self.world.ground.recorded)(fact));
        recorded.unwrap_or_else(|| (begins(period.end, &plan.zone), 0))
    }

    /// What of the awards of a term is each fact's, exactly.
    fn share_out(&mut self, at: TermAt) {
        let mut facts = ByFact::default();
        let own = self.awards.by.iter().filter(|(asked, _)| (asked.plan, asked.term) == at);
        let add = |shares: &mut Shares, key: &str, earner: &PartnerCode, share: Decimal| {
            let shares = shares.entry(key.to_owned()).or_default();
            match shares.iter_mut().find(|(of, _)| of == earner) {
                Some((_, sum)) => *sum += share,
                None => shares.push((earner.clone(), share)),
            }
        };
        let own = own.flat_map(|(asked, (_, awards))| awards.iter().map(|it| (&asked.earner, it)));
        for (earner, award) in own {
            let weights = award.by_fact.iter().map(|fact| fact.weight);
            let all = weights.fold(Decimal::ZERO, Decimal::saturating_add);
            let count = Decimal::from(award.by_fact.len());
            for fact in &award.by_fact {
                let (over, under) =
                    if all.is_zero() { (Decimal::ONE, count) } else { (fact.weight, all) };
                let share = award.amount.checked_mul(over).and_then(|it| it.checked_div(under));
                let share = share.unwrap_or_default();
                add(&mut facts.by_key, &fact.key, earner, share);
                add(&mut facts.by_unit, &fact.unit, earner, share);
            }
        }
        self.awards.facts.insert(at, facts);
    }

    /// The limits and the budget of a whole program, over its terms in money.
    fn program(&mut self, plan: usize) {
        let known = self.known(plan, |_| true);
        let Some(PlanVersion { program, .. }) = known.last() else { return };
        let limits = program.limits.clone();
        let bounds = [limits.per_partner_period, limits.per_partner];
        if limits.budget.is_none() && bounds.iter().all(|bounds| *bounds == Bounds::default()) {
            return;
        }
        let decimals = program.currency.decimals();
        let rounded = (decimals, Remainder::Largest);
        let all: Vec<At> = self
            .awards
            .by
            .iter()
            .filter(|(asked, _)| asked.plan == plan)
            .filter(|(asked, _)| {
                let rule = self.rule(asked);
                rule.is_some_and(|rule| {
                    rule.term.reward == Reward::Money && rule.currency == program.currency
                })
            })
            .flat_map(|(asked, (_, awards))| (0..awards.len()).map(|n| (asked.clone(), n)))
            .collect();
        let mut by: BTreeMap<PartnerCode, BTreeMap<(Date, Date), Vec<At>>> = BTreeMap::new();
        for at in &all {
            let Some((period, _)) = self.awards.by.get(&at.0) else { continue };
            // In the order in which periods end.
            let there = by.entry(at.0.earner.clone()).or_default();
            there.entry((period.end, period.start)).or_default().push(at.clone());
        }
        for periods in by.into_values() {
            for there in periods.values() {
                let total: Decimal = there.iter().map(|at| self.awards.amount(at)).sum();
                self.awards.bound_worth(there, total, limits.per_partner_period);
                if let Some((bound, reason)) = bounded(total, limits.per_partner_period) {
                    self.awards.give(there, bound, rounded, &|_, _| reason.clone());
                }
            }
            if limits.per_partner != Bounds::default() {
                self.bound_over_time(periods.into_values(), limits.per_partner, rounded);
            }
        }
        if let Some(budget) = limits.budget {
            self.share_budget(all, (budget, BudgetOf::Program), rounded);
        }
    }
}
