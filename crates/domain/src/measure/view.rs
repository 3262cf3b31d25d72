//! The facts of a unit as terms see them: returns merged with the sale they name.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::{Event, EventChange};
use crate::code::FactKey;
use crate::fact::{Fact, FactKind};

/// A fact merged with its sale.
pub(super) struct View<'f> {
    pub(super) fact: Cow<'f, Fact>,
    /// The key under which a term that takes facts one by one groups it.
    pub(super) unit: &'f str,
    /// Of a return whose sale is known: when that happened.
    pub(super) sale_at: Option<DateTime>,
    /// When that was recorded first, or the fact itself.
    pub(super) recorded: Timestamp,
    pub(super) came_back: CameBack,
}

/// Whether all of a sale is taken back, by the kinds of facts that a term counts against it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CameBack {
    by_returns: bool,
    by_credit_notes: bool,
    by_both: bool,
}

impl CameBack {
    pub(super) fn whole_for(self, kinds: &[FactKind]) -> bool {
        match (kinds.contains(&FactKind::Return), kinds.contains(&FactKind::CreditNote)) {
            (true, true) => self.by_both,
            (true, false) => self.by_returns,
            (false, true) => self.by_credit_notes,
            (false, false) => false,
        }
    }
}

/// The facts of a unit after these events, returns merged with their sale.
pub(super) fn views<'f>(events: &[Event<'f>]) -> Vec<View<'f>> {
    if let [Event { fact, change: EventChange::Came, .. }] = events {
        let unit = fact.of.as_ref().map_or(fact.key.as_str(), FactKey::as_str);
        let (fact, came_back) = (Cow::Borrowed(*fact), CameBack::default());
        let recorded = fact.recorded;
        return vec![View { fact, unit, sale_at: None, recorded, came_back }];
    }
    let mut there: Vec<&'f Fact> = Vec::new();
    for event in events {
        match event.change {
            EventChange::Came => there.push(event.fact),
            EventChange::TakenBack => {
                if let Some(at) = there.iter().rposition(|fact| fact.key == event.fact.key) {
                    there.remove(at);
                }
            }
        }
    }
    let sale = there.iter().find(|fact| fact.of.is_none()).copied();
    let came_back = CameBack::default();
    // A correction is recorded later than what it corrects.
    let first = |fact: &Fact| {
        let versions = events.iter().filter(|event| event.fact.key == fact.key);
        versions.map(|event| event.fact.recorded).min().unwrap_or(fact.recorded)
    };
    let mut merged: Vec<View<'f>> = there
        .iter()
        .map(|fact| match (sale, &fact.of) {
            (Some(sale), Some(of)) if &sale.key == of => View {
                fact: Cow::Owned(merge(fact, sale)),
                unit: sale.key.as_str(),
                sale_at: Some(sale.at),
                recorded: first(sale),
                came_back,
            },
            _ => View {
                fact: Cow::Borrowed(*fact),
                unit: fact.of.as_ref().map_or(fact.key.as_str(), FactKey::as_str),
                sale_at: None,
                recorded: first(fact),
                came_back,
            },
        })
        .collect();
    let came_back = CameBack {
        by_returns: came_back_whole(&merged, &[FactKind::Return]),
        by_credit_notes: came_back_whole(&merged, &[FactKind::CreditNote]),
        by_both: came_back_whole(&merged, &[FactKind::Return, FactKind::CreditNote]),
    };
    for view in &mut merged {
        view.came_back = came_back;
    }
    merged
}

/// Whether all of the sale is taken back by these kinds of facts, in quantity and amount.
fn came_back_whole(views: &[View<'_>], against: &[FactKind]) -> bool {
    let taken = || views.iter().filter(|view| against.contains(&view.fact.kind));
    let sale_is_there = taken().all(|view| view.sale_at.is_some());
    if taken().next().is_none() || !sale_is_there {
        return false;
    }
    let rest = |read: fn(&Fact) -> Option<Decimal>| {
        let mut rest = Decimal::ZERO;
        for view in views {
            let number = read(&view.fact).unwrap_or_default();
            let number = match view.fact.kind.counts_against() {
                false => number,
                true if against.contains(&view.fact.kind) => -number,
                true => Decimal::ZERO,
            };
            rest = rest.checked_add(number)?;
        }
        Some(rest)
    };
    rest(|fact| fact.quantity) == Some(Decimal::ZERO)
        && rest(|fact| fact.amount) == Some(Decimal::ZERO)
}

/// A return takes from its sale all it does not say itself.
fn merge(fact: &Fact, sale: &Fact) -> Fact {
    let mut parties = sale.parties.clone();
    parties.extend(fact.parties.clone());
    let mut attributes = sale.attributes.clone();
    attributes.extend(fact.attributes.clone());
    Fact {
        key: fact.key.clone(),
        kind: fact.kind,
        at: fact.at,
        recorded: fact.recorded,
        of: fact.of.clone(),
        partner: fact.partner.clone().or_else(|| sale.partner.clone()),
        product: fact.product.clone().or_else(|| sale.product.clone()),
        quantity: fact.quantity.or(sale.quantity),
        unit: fact.unit.clone().or_else(|| sale.unit.clone()),
        amount: fact.amount.or(sale.amount),
        currency: fact.currency.or(sale.currency),
        order: fact.order.clone().or_else(|| sale.order.clone()),
        line: fact.line.clone().or_else(|| sale.line.clone()),
        channel: fact.channel.clone().or_else(|| sale.channel.clone()),
        activity_type: fact.activity_type.clone().or_else(|| sale.activity_type.clone()),
        parties,
        attributes,
    }
}
