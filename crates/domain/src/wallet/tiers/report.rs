//! Tiers and benefits in the words of the output.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{MovedBy, TierGroup, TierMove, TierStanding};
use crate::code::PartnerCode;
use crate::wallet::{Book, Ends, HeldBenefit, Line, List, Said, Unit};

impl Book {
    /// Where everybody stands in a group, and what counts for it.
    pub fn tiers_in(&self, group: &str) -> BTreeMap<PartnerCode, (Option<usize>, Decimal)> {
        let Some(group) = self.wallet.tier_groups.get(group) else { return BTreeMap::new() };
        let own = self.tiers.iter().filter(|((_, of), _)| *of == group.code);
        own.map(|((partner, _), at)| (partner.clone(), (at.tier, self.figure(partner, group))))
            .collect()
    }

    pub(in crate::wallet) fn tier_lines(&self) -> Vec<Line> {
        let of = |((partner, group), standing): (&(PartnerCode, _), &TierStanding)| {
            let group = self.wallet.tier_groups.get(group)?;
            Some(self.tier_line(partner, group, standing))
        };
        self.tiers.iter().filter_map(of).collect()
    }

    fn tier_line(&self, partner: &PartnerCode, group: &TierGroup, standing: &TierStanding) -> Line {
        let text = |text: &dyn ToString| Said::Text(text.to_string());
        let tier = |at: usize| text(&group.rows[at].tier);
        let figure = self.figure(partner, group);
        let mut says = vec![("tier_group", text(&group.code))];
        says.extend(standing.tier.map(|at| ("tier", tier(at))));
        says.push(("figure", Said::Number(figure)));
        says.extend(standing.since.map(|day| ("since", text(&day))));
        says.extend(standing.ends.map(|ends| ("next_check", text(&group.checked_on(ends)))));
        let next = standing.tier.map_or(0, |at| at + 1);
        // Nothing is missing to a tier that is out of reach.
        let is_in_reach = standing.lowest_ceiling().is_none_or(|ceiling| next <= ceiling);
        if let Some(row) = group.rows.get(next).filter(|_| is_in_reach) {
            says.push(("next_tier", tier(next)));
            says.push(("gap", Said::Number((row.from - figure).max(Decimal::ZERO))));
        }
        says.extend(standing.highest_floor().map(|floor| ("floor", tier(floor))));
        says.extend(standing.lowest_ceiling().map(|ceiling| ("ceiling", tier(ceiling))));
        let held_until = standing.held_until().and_then(Ends::text);
        says.extend(held_until.map(|day| ("held_until", Said::Text(day))));
        let resets = self.wallet.points.get(&group.by).is_some_and(|it| it.reset.is_some());
        if resets {
            let purse = self.purses.get(&(partner.clone(), group.by.clone()));
            let before = purse.map_or(Decimal::ZERO, |purse| purse.before_reset);
            says.push(("before_reset", Said::Number(before)));
        }
        if standing.tier.is_some() {
            let waits = standing.ends.is_some_and(|ends| ends <= self.now.date());
            says.push(("status", text(&if waits { "grace" } else { "active" })));
        }
        Line { list: List::Tiers, of: partner.to_string(), says }
    }

    /// The tiers that everybody had, the present one last.
    pub(in crate::wallet) fn tier_history_lines(&self) -> Vec<Line> {
        let of = |((partner, group), standing): (&(PartnerCode, _), &TierStanding)| {
            let group = self.wallet.tier_groups.get(group)?;
            Some(history_of(partner, group, standing))
        };
        self.tiers.iter().filter_map(of).flatten().collect()
    }

    pub(in crate::wallet) fn benefit_lines(&self) -> Vec<Line> {
        let text = |text: &dyn ToString| Said::Text(text.to_string());
        // Several groups may bring the same: it holds as long as one of them does.
        let mut all: BTreeMap<(&PartnerCode, &Unit), &HeldBenefit> = BTreeMap::new();
        for ((partner, _, benefit), held) in &self.benefits {
            let shown = all.entry((partner, benefit)).or_insert(held);
            let is_better = match (held.is_active, shown.is_active) {
                (true, true) => held.since < shown.since,
                (false, false) => shown.since < held.since,
                (is_active, _) => is_active,
            };
            if is_better {
                *shown = held;
            }
        }
        let lines = all.into_iter().map(|((partner, benefit), held)| {
            let status = if held.is_active { "active" } else { "lapsed" };
            let mut says = vec![("benefit", text(benefit)), ("status", text(&status))];
            says.extend(held.since.map(|day| ("since", text(&day))));
            says.push(("tier", text(&held.tier)));
            Line { list: List::Benefits, of: partner.to_string(), says }
        });
        lines.collect()
    }
}

/// What a partner's tiers were. Whoever never moved has stood where it stands.
fn history_of(partner: &PartnerCode, group: &TierGroup, standing: &TierStanding) -> Vec<Line> {
    let row = |at: usize| Some(group.rows.get(at)?.tier.clone());
    let first = || {
        let tier = standing.tier.and_then(row);
        vec![TierMove { tier, since: standing.since, by: MovedBy::Start }]
    };
    let moves = if standing.moves.is_empty() { first() } else { standing.moves.clone() };
    let mut lines = Vec::with_capacity(moves.len());
    for (nth, moved) in moves.iter().enumerate() {
        let text = |text: &dyn ToString| Said::Text(text.to_string());
        let mut says = vec![("tier_group", text(&group.code))];
        says.push(("tier", text(&moved.tier.as_deref().unwrap_or("none"))));
        says.extend(moved.since.map(|day| ("since", text(&day))));
        let until = moves.get(nth + 1).and_then(|next| next.since);
        says.extend(until.map(|day| ("until", text(&day))));
        says.push(("by", text(&moved.by.word())));
        lines.push(Line { list: List::TierHistory, of: partner.to_string(), says });
    }
    lines
}
