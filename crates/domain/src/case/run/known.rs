//! What a line of the timeline does to what is known: facts come, are corrected and taken back,
//! partners change, periods end and close.
//!
//! # Invariants
//!
//! * A line that is refused leaves nothing behind but its reason.
//! * A fact keeps its place; what is corrected or cancelled is said again, after it.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::{Entry, Happening, Known, is_unknown};
use crate::case::story::{Rejection, RejectionReason};
use crate::case::{Case, FactFields};
use crate::code::{FactKey, PartnerCode, ProgramCode};
use crate::fact::Fact;
use crate::master::{Fields, Partner};
use crate::measure::EventChange;
use crate::settlement;

impl Known {
    pub(super) fn reject(&mut self, key: &str, reason: RejectionReason) {
        self.rejections.push(Rejection { key: key.to_owned(), line: None, reason });
    }

    /// Why a fact cannot be taken, whatever came before.
    fn refuses(fact: &Fact, case: &Case) -> Option<RejectionReason> {
        if fact.partner.as_ref().is_some_and(|partner| is_unknown(partner, case)) {
            return Some(RejectionReason::UnknownPartner);
        }
        let negative = |number: Option<rust_decimal::Decimal>| {
            number.is_some_and(|number| number < rust_decimal::Decimal::ZERO)
        };
        (fact.kind.counts_against() && (negative(fact.quantity) || negative(fact.amount)))
            .then_some(RejectionReason::NegativeReturn)
    }

    pub(super) fn come(&mut self, fact: Fact, case: &Case) {
        let at = self.facts.len();
        let key = self.keys.entry(fact.key.clone()).or_default();
        if let Some(entry) = &key.fact {
            let same = |at: usize| is_same_content(&self.facts[at], &fact);
            if !same(entry.first) && !entry.current.is_some_and(same) {
                self.reject(fact.key.as_str(), RejectionReason::OtherContent);
            }
            return;
        }
        if let Some(reason) = Known::refuses(&fact, case) {
            self.reject(fact.key.as_str(), reason);
            return;
        }
        key.fact = Some(Entry { first: at, current: Some(at) });
        let came = Happening { recorded: fact.recorded, fact: at, change: EventChange::Came };
        if let Some(unit) = &fact.of {
            self.happened(unit, came);
        } else {
            // The unit is its own, which is found already.
            let next = self.units.len();
            let unit = *key.unit.get_or_insert(next);
            if unit == next {
                self.units.push(fact.key.clone());
            }
            self.happenings.push((unit, came));
        }
        self.facts.push(fact);
    }

    fn happened(&mut self, unit: &FactKey, happening: Happening) {
        let next = self.units.len();
        let at = *self.keys.entry(unit.clone()).or_default().unit.get_or_insert(next);
        if at == next {
            self.units.push(unit.clone());
        }
        self.happenings.push((at, happening));
    }

    pub(super) fn correct(
        &mut self,
        key: &FactKey,
        at: Option<DateTime>,
        fields: &FactFields,
        clock: Timestamp,
        case: &Case,
    ) {
        let Some(old) = self.entry(key.as_str()).and_then(|entry| entry.current) else {
            self.reject(key.as_str(), RejectionReason::UnknownFact);
            return;
        };
        let before = self.facts[old].clone();
        let mut fact = corrected(&before, fields);
        fact.at = at.unwrap_or(fact.at);
        fact.recorded = clock;
        if let Some(reason) = Known::refuses(&fact, case) {
            self.reject(key.as_str(), reason);
            return;
        }
        if is_same_content(&before, &fact) {
            return;
        }
        let new = self.facts.len();
        let (taken_back, came) = (EventChange::TakenBack, EventChange::Came);
        let of = |fact: usize, change| Happening { recorded: clock, fact, change };
        self.happened(unit_of(&before), of(old, taken_back));
        self.happened(unit_of(&fact), of(new, came));
        self.facts.push(fact);
        if let Some(entry) = self.keys.get_mut(key).and_then(|key| key.fact.as_mut()) {
            entry.current = Some(new);
        }
    }

    pub(super) fn cancel(&mut self, key: &FactKey, clock: Timestamp) {
        let Some(entry) = self.keys.get_mut(key).and_then(|key| key.fact.as_mut()) else {
            self.reject(key.as_str(), RejectionReason::UnknownFact);
            return;
        };
        // Cancelled twice is cancelled.
        let Some(old) = entry.current.take() else { return };
        let unit = unit_of(&self.facts[old]).clone();
        let change = EventChange::TakenBack;
        self.happened(&unit, Happening { recorded: clock, fact: old, change });
    }

    pub(super) fn set(&mut self, partner: &PartnerCode, day: Date, fields: &Fields, case: &Case) {
        if is_unknown(partner, case) {
            self.reject(partner.as_str(), RejectionReason::UnknownPartner);
            return;
        }
        let known = self.master.partners.entry(partner.clone());
        known.or_insert_with(|| Partner::new(Fields::new())).set(day, fields);
    }

    /// The same because of what was recorded by then, of somebody who is known.
    pub(super) fn set_after(
        &mut self,
        partner: &PartnerCode,
        day: Date,
        clock: Timestamp,
        fields: &Fields,
    ) {
        let known = self.master.partners.entry(partner.clone());
        known.or_insert_with(|| Partner::new(Fields::new())).set_after(day, clock, fields);
    }

    /// Ends the open period of a plan. What was said of it stays with the part that begins where it
    /// began. False if there is none, or the day lies outside it.
    pub(super) fn end_on_demand(&mut self, plan: usize, name: &str, last: Date) -> bool {
        let Some(open) = self.plans[plan].open_on_demand() else { return false };
        if !self.plans[plan].end_on_demand(name, last) {
            return false;
        }
        let plan_of = &self.plans[plan];
        for adjust in self.adjustments.values_mut() {
            if adjust.program == plan_of.code && *adjust.period == *open.name {
                name.clone_into(&mut adjust.period);
            }
        }
        for (_, sent) in self.sent.iter_mut().filter(|(_, sent)| sent.plan == plan) {
            let calendar = &plan_of.terms[usize::from(sent.term)].calendar;
            if let Some(period) = calendar.containing(sent.period.start) {
                sent.period = period;
            }
        }
        true
    }

    /// Whether what a partner is from a day on may change what a close booked: the period in which
    /// it was earned goes on beyond that day.
    pub(super) fn reaches(&self, (program, period): (&ProgramCode, &String), day: Date) -> bool {
        let Some(plan) = self.plans.iter().find(|plan| &plan.code == program) else { return true };
        let Some(paid) = settlement::named(plan, period) else { return true };
        plan.terms.iter().any(|term| {
            let earned = term.calendar.containing(paid.start);
            day < earned.map_or(paid.end, |earned| earned.end.max(paid.end))
        })
    }

    pub(super) fn close(&mut self, plan: usize, period: &str, clock: Timestamp) {
        let closes = &mut self.closes[plan].0;
        if closes.contains_key(period) {
            self.reject(period, RejectionReason::ClosedTwice);
        } else {
            closes.insert(std::sync::Arc::from(period), clock);
        }
    }
}

/// The name of the unit of a fact: its sale's.
fn unit_of(fact: &Fact) -> &FactKey {
    fact.of.as_ref().unwrap_or(&fact.key)
}

/// Whether two facts say the same, whenever they were recorded.
fn is_same_content(a: &Fact, b: &Fact) -> bool {
    let of = |fact: &Fact| Fact { recorded: Timestamp::MIN, ..fact.clone() };
    of(a) == of(b)
}

/// The fact as it should have been; what is not said stays.
fn corrected(before: &Fact, fields: &FactFields) -> Fact {
    let new = fields.clone();
    let mut fact = before.clone();
    fact.of = new.of.or(fact.of);
    fact.partner = new.partner.or(fact.partner);
    fact.product = new.product.or(fact.product);
    fact.quantity = new.quantity.or(fact.quantity);
    fact.unit = new.unit.or(fact.unit);
    fact.amount = new.amount.or(fact.amount);
    fact.currency = new.currency.or(fact.currency);
    fact.order = new.order.or(fact.order);
    fact.line = new.line.or(fact.line);
    fact.channel = new.channel.or(fact.channel);
    fact.activity_type = new.activity_type.or(fact.activity_type);
    fact.parties.extend(new.parties);
    fact.attributes.extend(new.attributes);
    fact
}
