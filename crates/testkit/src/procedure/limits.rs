//! What bounds awards together, and who is paid of them.

#![expect(clippy::unused_self, reason = "steps of the procedure, called alike")]

use std::collections::BTreeMap;

use domain::amount::RoundingMode;
use domain::code::PartnerCode;
use domain::period::Period;
use domain::program::{
    Bounds, Budget, BudgetPer, BudgetShare, Lane, Member, Members, Program, Remainder, Reward,
    Settle, Term,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::rate::{Rated, Whose, is_free};
use super::{Found, Part, Procedure, TermAt, written};

/// An award among all: its term, earner, period, and the how-manieth of its groups.
type At = (TermAt, Whose, Date, usize);

pub(super) fn rounding(part: &Part<'_>) -> (RoundingMode, u32) {
    let rounding = part.term.rounding;
    let measured = part.term.measure.as_ref().and_then(|measure| measure.currency);
    let currency = measured.or(part.term.currency).unwrap_or(part.program.currency);
    match part.term.reward {
        Reward::Money | Reward::Fund(_) => {
            (rounding.mode, rounding.scale.unwrap_or(currency.decimals()))
        }
        Reward::Points(_) => (rounding.mode, rounding.scale.unwrap_or(0)),
        Reward::Voucher(_) | Reward::Badge(_) | Reward::Benefit(_) | Reward::Goods(_) => {
            (RoundingMode::Down, 0)
        }
    }
}

pub(super) fn bound(amount: Decimal, bounds: Bounds) -> Decimal {
    let size = amount.abs();
    let sign = if amount < Decimal::ZERO { -Decimal::ONE } else { Decimal::ONE };
    if amount.is_zero() {
        return amount;
    }
    match bounds {
        Bounds { at_most: Some(most), .. } if size > most => sign * most,
        Bounds { at_least: Some(least), .. } if size < least => sign * least,
        _ => amount,
    }
}

/// Gives an amount out by weights, so that the parts add up to it.
pub(super) fn split(
    amount: Decimal,
    weights: &[Decimal],
    decimals: u32,
    remainder: Remainder,
) -> Vec<Decimal> {
    let total: Decimal = weights.iter().sum();
    let count = Decimal::from(weights.len());
    let exact: Vec<Decimal> = weights
        .iter()
        .map(|weight| if total.is_zero() { amount / count } else { amount * *weight / total })
        .collect();
    let scale = Decimal::from(10_u64.pow(decimals));
    let sign = if amount < Decimal::ZERO { -Decimal::ONE } else { Decimal::ONE };
    // Counted in the amount's direction, so that minus an amount splits into minus its parts.
    let mut parts: Vec<Decimal> =
        exact.iter().map(|part| (part * sign * scale).floor() / scale * sign).collect();
    let unit = sign / scale;
    let mut left = amount - parts.iter().sum::<Decimal>();
    let mut given = vec![false; parts.len()];
    while left.abs() >= unit.abs() && given.iter().any(|given| !given) {
        let mut next: Option<usize> = None;
        for at in (0..parts.len()).filter(|at| !given[*at]) {
            let rest = |at: usize| (exact[at] - parts[at]).abs();
            let better = match remainder {
                Remainder::First => next.is_none(),
                Remainder::Largest => next.is_none_or(|next| rest(next) < rest(at)),
            };
            if better {
                next = Some(at);
            }
        }
        let next = next.expect("somebody has not been given a unit");
        given[next] = true;
        parts[next] += unit;
        left -= unit;
    }
    if !left.is_zero() && !parts.is_empty() {
        // Less than the last decimal stays with the first in order.
        let first = match remainder {
            Remainder::First => 0,
            Remainder::Largest => {
                let floors: Vec<Decimal> =
                    exact.iter().map(|p| (p * sign * scale).floor() / scale * sign).collect();
                let rest = |at: usize| (exact[at] - floors[at]).abs();
                (0..parts.len()).fold(0, |best, at| if rest(best) < rest(at) { at } else { best })
            }
        };
        parts[first] += left;
    }
    parts
}

/// A limit over all groups of an earner and period.
pub(super) fn bound_period(rated: &mut [Rated], last: &Part<'_>) {
    let total: Decimal = rated.iter().map(|award| award.amount).sum();
    let bounded = bound(total, last.term.limits.per_partner_period);
    if bounded != total {
        let weights: Vec<Decimal> = rated.iter().map(|award| award.amount).collect();
        let remainder = last.term.rounding.remainder;
        let shares = split(bounded, &weights, rounding(last).1, remainder);
        for (award, share) in rated.iter_mut().zip(shares) {
            award.amount = share;
        }
    }
}

/// Counted for others but not paid.
pub(super) fn is_skipped(program: &Program, earner: &PartnerCode, period: &Period) -> bool {
    let Members::List(list) = &program.partners else { return false };
    let own: Vec<&Member> = list
        .iter()
        .filter(|member| &member.partner == earner)
        .filter(|member| member.from.is_none_or(|from| from < period.end))
        .filter(|member| member.to.is_none_or(|to| period.start <= to))
        .collect();
    !own.is_empty() && own.iter().all(|member| member.skip)
}

/// Whether a term owes something to partners without facts.
pub(super) fn is_for_members(term: &Term) -> bool {
    term.facts == domain::program::FactsOf::None || term.limits.guarantee.is_some()
}

impl<'c> Procedure<'c> {
    fn all(&self, at: TermAt, found: &Found) -> Vec<At> {
        let awards = found.by.get(&at).into_iter().flatten();
        awards
            .flat_map(|((earner, period), (_, rated))| {
                (0..rated.len()).map(move |nth| (at, earner.clone(), *period, nth))
            })
            .collect()
    }

    fn award<'f>(&self, found: &'f Found, at: &At) -> &'f Rated {
        &found.by[&at.0][&(at.1.clone(), at.2)].1[at.3]
    }

    fn set(&self, found: &mut Found, at: &At, amount: Decimal) {
        let awards = found.by.get_mut(&at.0).expect("computed");
        let there = awards.get_mut(&(at.1.clone(), at.2)).expect("computed");
        there.1[at.3].amount = amount;
    }

    fn give(
        &self,
        found: &mut Found,
        to: &[At],
        amount: Decimal,
        (decimals, remainder): (u32, Remainder),
    ) {
        let weights: Vec<Decimal> = to.iter().map(|at| self.award(found, at).amount).collect();
        for (at, share) in to.iter().zip(split(amount, &weights, decimals, remainder)) {
            self.set(found, at, share);
        }
    }

    /// The part that speaks for a whole period.
    fn speaks(&self, at: TermAt, period: &Period) -> Option<Part<'c>> {
        self.parts(at, period).last().copied()
    }

    pub(super) fn per_partner(&self, at: TermAt, found: &mut Found) {
        let mut earners: Vec<Whose> =
            found.by[&at].keys().map(|(earner, _)| earner.clone()).collect();
        earners.dedup();
        for earner in earners {
            let own = found.by[&at].iter().filter(|((of, _), _)| *of == earner);
            let periods: Vec<Period> = own.map(|(_, (period, _))| period.clone()).collect();
            let Some(part) = self.speaks(at, &periods[periods.len() - 1]) else { continue };
            let rounded = (rounding(&part).1, part.term.rounding.remainder);
            let bounds = part.term.limits.per_partner;
            let groups = periods.iter().map(|period| {
                let all = self.all(at, found).into_iter();
                all.filter(|(_, of, day, _)| *of == earner && *day == period.start).collect()
            });
            let groups: Vec<Vec<At>> = groups.collect();
            self.bound_over_time(found, &groups, bounds, rounded);
        }
    }

    fn bound_over_time(
        &self,
        found: &mut Found,
        periods: &[Vec<At>],
        bounds: Bounds,
        rounded: (u32, Remainder),
    ) {
        if is_free(bounds) {
            return;
        }
        let (mut earned, mut allowed) = (Decimal::ZERO, Decimal::ZERO);
        for there in periods {
            let own: Decimal = there.iter().map(|at| self.award(found, at).amount).sum();
            earned += own;
            let now = bound(earned, bounds);
            if now - allowed != own {
                self.give(found, there, now - allowed, rounded);
            }
            allowed = now;
        }
    }

    pub(super) fn guarantee(&self, at: TermAt, found: &mut Found) {
        let mut surplus: BTreeMap<Whose, Decimal> = BTreeMap::new();
        let asked: Vec<(Whose, Period)> = found.by[&at]
            .iter()
            .map(|((earner, _), (period, _))| (earner.clone(), period.clone()))
            .collect();
        for (earner, period) in asked {
            let Some(part) = self.speaks(at, &period) else { continue };
            let Some(guarantee) = part.term.limits.guarantee else { continue };
            let members = self.story.members(part.program, part.term, &period);
            let skipped = is_skipped(part.program, &earner, &period);
            let listed = matches!(part.program.partners, Members::List(_));
            if (listed && !members.contains(&earner)) || skipped || self.today < period.end {
                continue;
            }
            let beyond = surplus.entry(earner.clone()).or_default();
            let all = self.all(at, found).into_iter();
            let own: Vec<At> =
                all.filter(|(_, of, day, _)| *of == earner && *day == period.start).collect();
            let earned: Decimal = own.iter().map(|at| self.award(found, at).amount).sum();
            let (mode, decimals) = rounding(&part);
            let owed = mode.round(guarantee.amount - *beyond, decimals);
            if owed <= earned {
                let goes_on = (earned + *beyond - guarantee.amount).max(Decimal::ZERO);
                *beyond = if guarantee.carry_over { goes_on } else { Decimal::ZERO };
                continue;
            }
            *beyond = Decimal::ZERO;
            let weights: Vec<Decimal> = own.iter().map(|at| self.award(found, at).amount).collect();
            let remainder = part.term.rounding.remainder;
            let shares = split(owed - earned, &weights, decimals, remainder);
            for ((at, share), before) in own.iter().zip(shares).zip(weights) {
                self.set(found, at, before + share);
            }
        }
    }

    pub(super) fn compete(&self, lane: &[TermAt], found: &mut Found) {
        let [first, _, ..] = lane else { return };
        let name = self.versions_of(*first).iter().find_map(|(_, term)| term.lane.clone());
        let newest = self.programs[first.0].last().expect("a version").program;
        let how = name.and_then(|name| newest.lanes.get(&name).copied());
        let mut by: BTreeMap<(Whose, Date, String), Vec<At>> = BTreeMap::new();
        for mate in lane {
            for at in self.all(*mate, found) {
                let group = written(&self.award(found, &at).group);
                by.entry((at.1.clone(), at.2, group)).or_default().push(at);
            }
        }
        for there in by.into_values() {
            let amount = |at: &At| self.award(found, at).amount;
            let winner = match how.unwrap_or(Lane::Best) {
                Lane::First => there.iter().position(|at| !amount(at).is_zero()),
                Lane::Best => {
                    let best = there.iter().map(amount).max();
                    there.iter().position(|at| Some(amount(at)) == best)
                }
            };
            let Some(winner) = winner else { continue };
            for (nth, at) in there.iter().enumerate() {
                if nth != winner {
                    self.set(found, at, Decimal::ZERO);
                }
            }
        }
    }

    pub(super) fn term_budget(&self, at: TermAt, found: &mut Found) {
        let (program, term) = *self.versions_of(at).last().expect("a version");
        let Some(budget) = term.limits.budget else { return };
        let part = Part { from: Date::MIN, to: Date::MAX, program, term, splits: false };
        let rounded = (rounding(&part).1, term.rounding.remainder);
        let all = self.all(at, found);
        self.share_budget(all, budget, rounded, found);
    }

    fn share_budget(
        &self,
        all: Vec<At>,
        budget: Budget,
        rounded: (u32, Remainder),
        found: &mut Found,
    ) {
        let mut pots: BTreeMap<(Date, Date), Vec<At>> = BTreeMap::new();
        for at in all {
            let period = &found.by[&at.0][&(at.1.clone(), at.2)].0;
            let pot = match budget.per {
                BudgetPer::Program => (Date::MIN, Date::MAX),
                BudgetPer::Period => (period.start, period.end),
            };
            pots.entry(pot).or_default().push(at);
        }
        for pot in pots.into_values() {
            let total: Decimal = pot.iter().map(|at| self.award(found, at).amount).sum();
            match budget.share {
                BudgetShare::FirstCome => self.first_come(pot, budget.amount, found),
                BudgetShare::InProportion if total <= budget.amount => {}
                BudgetShare::All if total <= Decimal::ZERO => {
                    for at in &pot {
                        self.set(found, at, Decimal::ZERO);
                    }
                }
                _ => self.give(found, &pot, budget.amount, rounded),
            }
        }
    }

    fn first_come(&self, mut pot: Vec<At>, budget: Decimal, found: &mut Found) {
        let since = |at: &At| -> (Date, usize) {
            let (period, rated) = &found.by[&at.0][&(at.1.clone(), at.2)];
            let at_once =
                self.speaks(at.0, period).is_some_and(|p| p.term.settle == Settle::AtOnce);
            let fact = rated[at.3].group.iter().find(|(name, _)| name == "fact");
            let recorded =
                fact.filter(|_| at_once).and_then(|(_, key)| self.story.recorded.get(key));
            recorded.map_or((period.end, 0), |(day, place)| (*day, place + 1))
        };
        pot.sort_by_key(|at| (since(at), at.1.clone(), at.0.1, at.2, at.3));
        let mut left = budget;
        for at in &pot {
            let paid = self.award(found, at).amount.min(left);
            left -= paid;
            self.set(found, at, paid);
        }
    }

    /// What of the awards of a term is each fact's.
    pub(super) fn share_out(&self, at: TermAt, found: &mut Found) {
        let mut shares = std::collections::HashMap::new();
        for (_, rated) in found.by[&at].values() {
            for award in rated {
                let all: Decimal = award.facts.iter().map(|fact| fact.weight).sum();
                let count = Decimal::from(award.facts.len());
                for fact in &award.facts {
                    let share = if all.is_zero() {
                        award.amount / count
                    } else {
                        award.amount * fact.weight / all
                    };
                    *shares.entry((false, fact.key.clone())).or_default() += share;
                    *shares.entry((true, fact.unit.clone())).or_default() += share;
                }
            }
        }
        found.shares.insert(at, shares);
    }

    /// The limits and the budget of a whole program, over its terms in money.
    pub(super) fn bound_program(&self, program: usize, found: &mut Found) {
        let newest = self.programs[program].last().expect("a version").program;
        let limits = &newest.limits;
        let rounded = (newest.currency.decimals(), Remainder::Largest);
        let mut all: Vec<At> = Vec::new();
        for term in 0..self.terms[program].len() {
            let own = self.all((program, term), found).into_iter();
            all.extend(own.filter(|at| {
                let period = &found.by[&at.0][&(at.1.clone(), at.2)].0;
                self.speaks(at.0, period).is_some_and(|part| {
                    let measured = part.term.measure.as_ref().and_then(|m| m.currency);
                    let currency = measured.or(part.term.currency);
                    part.term.reward == Reward::Money
                        && currency.is_none_or(|it| it == newest.currency)
                })
            }));
        }
        let mut by: BTreeMap<Whose, BTreeMap<(Date, Date), Vec<At>>> = BTreeMap::new();
        for at in &all {
            let period = &found.by[&at.0][&(at.1.clone(), at.2)].0;
            let ends = (period.end, period.start);
            by.entry(at.1.clone()).or_default().entry(ends).or_default().push(at.clone());
        }
        for periods in by.into_values() {
            for there in periods.values() {
                let total: Decimal = there.iter().map(|at| self.award(found, at).amount).sum();
                let bounded = bound(total, limits.per_partner_period);
                if bounded != total {
                    self.give(found, there, bounded, rounded);
                }
            }
            let periods: Vec<Vec<At>> = periods.into_values().collect();
            self.bound_over_time(found, &periods, limits.per_partner, rounded);
        }
        if let Some(budget) = limits.budget {
            self.share_budget(all, budget, rounded, found);
        }
    }

    /// Who is paid of an award.
    pub(super) fn paid(
        &self,
        award: &Rated,
        earner: &PartnerCode,
        part: &Part<'_>,
    ) -> BTreeMap<String, Decimal> {
        if award.payees.is_empty() {
            return BTreeMap::from([(earner.to_string(), award.amount)]);
        }
        let measured = award.payees.values().any(|(measure, _)| !measure.is_zero());
        let weights: Vec<Decimal> = award
            .payees
            .values()
            .map(|(measure, facts)| if measured { *measure } else { *facts })
            .collect();
        let remainder = part.term.rounding.remainder;
        let shares = split(award.amount, &weights, rounding(part).1, remainder);
        award.payees.keys().cloned().zip(shares).collect()
    }
}
