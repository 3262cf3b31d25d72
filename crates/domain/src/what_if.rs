//! What if: what facts that have not happened would bring, told apart by what makes it.
//!
//! # Invariants
//!
//! * The answer is the award with the facts less the award without them, by the same evaluation as
//!   any other award; nothing is estimated.
//! * What a lifted tier brings is what the new total does to the measure that was there before: the
//!   same line that is drawn between `rate` and `base` where an accrual is booked.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::award::Award;
use crate::booking::world::{Asked, Ground, World};
use crate::booking::{Reach, Upto};
use crate::period::Period;
use crate::totals::{Cell, Group, Sums, Totals};

/// What becomes of an award.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    pub asked: Asked,
    pub period: Period,
    pub group: Group,
    /// Without the facts; none if there is nothing yet.
    pub now: Option<Award>,
    /// With them; none if they take everything back.
    pub then: Option<Award>,
    /// What of the difference comes from another tier on what was there already.
    pub lift: Decimal,
}

impl Tried {
    pub fn amount_now(&self) -> Decimal {
        self.now.as_ref().map_or(Decimal::ZERO, |award| award.amount)
    }

    pub fn amount_then(&self) -> Decimal {
        self.then.as_ref().map_or(Decimal::ZERO, |award| award.amount)
    }

    /// What the facts bring.
    pub fn brings(&self) -> Decimal {
        self.amount_then() - self.amount_now()
    }
}

/// What these cells would add to those that are there. All awards of the questions that the new
/// cells belong to, whether they change or not.
pub fn tried(
    ground: Ground<'_>,
    had: impl Iterator<Item = (Cell, Sums)> + Clone,
    more: impl Iterator<Item = (Cell, Sums)>,
) -> Vec<Tried> {
    // Nothing real is booked on the last of all days, so the new cells can be told apart there.
    let marked = |(cell, sums): (Cell, Sums)| (Cell { accounting: Date::MAX, ..cell }, sums);
    let before = World::new(ground, had.clone()).earned(Upto::ALL);
    let mut all = Totals::default();
    for (cell, sums) in had.chain(more.map(marked)) {
        all.add(cell, sums);
    }
    let world = World::new(ground, all.into_cells());
    let after = world.earned(Upto::ALL);
    let held = Reach::Accounting(Date::MAX);
    let rerated = world.earned(Upto { measure: held, late: held, ..Upto::ALL });
    let mut found = Vec::new();
    let asked: std::collections::BTreeSet<&Asked> = before.keys().chain(after.keys()).collect();
    for asked in asked {
        let of = |awards: &std::collections::BTreeMap<Asked, (Period, Vec<Award>)>| {
            awards.get(asked).map(|(_, awards)| awards.clone()).unwrap_or_default()
        };
        let period = after.get(asked).or_else(|| before.get(asked)).map(|(period, _)| period);
        let Some(period) = period else { continue };
        let (now, then, rerated) = (of(&before), of(&after), of(&rerated));
        let groups: std::collections::BTreeSet<&Group> =
            now.iter().chain(&then).map(|award| &award.group).collect();
        for group in groups {
            let same = |awards: &[Award]| awards.iter().find(|a| &a.group == group).cloned();
            let (now, then) = (same(&now), same(&then));
            let had = now.as_ref().map_or(Decimal::ZERO, |award| award.amount);
            let brings = then.as_ref().map_or(Decimal::ZERO, |award| award.amount) - had;
            let lift = match (&then, same(&rerated)) {
                // A fixed amount has no measure: all of it comes with the tier.
                (Some(then), _) if then.measure.is_none() => brings,
                (_, Some(rerated)) if now.is_some() => rerated.amount - had,
                _ => Decimal::ZERO,
            };
            let (asked, period, group) = (asked.clone(), period.clone(), group.clone());
            found.push(Tried { asked, period, group, now, then, lift });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{FactKey, PartnerCode, ProductCode};
    use crate::fact::{Fact, FactKind};
    use crate::master::Master;
    use crate::measure::{Event, EventChange, Measurer};
    use crate::plan::{Closes, Plan};

    fn fact(key: &str, day: &str, quantity: i64, amount: i64) -> Fact {
        let at: Date = day.parse().unwrap();
        Fact {
            key: FactKey::new(key),
            kind: FactKind::Sale,
            at: at.at(0, 0, 0, 0),
            recorded: at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp(),
            of: None,
            partner: Some(PartnerCode::new("P1")),
            product: Some(ProductCode::new("B1")),
            quantity: Some(quantity.into()),
            unit: None,
            amount: Some(amount.into()),
            currency: None,
            order: None,
            line: None,
            channel: None,
            activity_type: None,
            parties: std::collections::BTreeMap::new(),
            attributes: std::collections::BTreeMap::new(),
        }
    }

    /// A term, what was sold (`quantity amount`), what would be, and `now then lift`.
    #[track_caller]
    fn check(term: &str, sold: (i64, i64), order: (i64, i64), expected: &str) {
        let text = format!(
            "program: p\ncurrency: EUR\nstarts: 2026-01-01\nends: 2026-12-31\nperiods: {{ every: \
             quarter }}\nterms:\n  - {{ term: t, {term} }}\n"
        );
        let program = crate::program::parse(&text).into_result().expect(term);
        let mut plans = vec![Plan::new(vec![program]).unwrap()];
        Plan::link(&mut plans);
        let closes = vec![Closes::default()];
        let master = Master::default();
        let mut measurer = Measurer::new(&plans, &closes, &master);
        let mut cells = |fact: &Fact| {
            let event = Event { recorded: fact.recorded, fact, change: EventChange::Came };
            let (mut totals, mut waiting) = (Totals::default(), Vec::new());
            measurer.unit(&[event], 0, &mut totals, &mut waiting);
            totals.into_cells().collect::<Vec<_>>()
        };
        let had = if sold == (0, 0) {
            Vec::new()
        } else {
            cells(&fact("S1", "2026-04-10", sold.0, sold.1))
        };
        let more = cells(&fact("try", "2026-05-10", order.0, order.1));
        let ground = Ground {
            only: None,
            plans: &plans,
            closes: &closes,
            master: &master,
            today: jiff::civil::date(2026, 5, 10),
            recorded: &|_| None,
        };
        let found = tried(ground, had.into_iter(), more.into_iter());
        let told: Vec<String> = found
            .iter()
            .map(|one| format!("{} {} {}", one.amount_now(), one.amount_then(), one.lift))
            .map(|line| line.replace(".00", ""))
            .collect();
        assert_eq!(told.join(" | "), expected, "{term}");
    }

    const BANDS: &str = "tiers: [ { from: 0, rate: 1% }, { from: 50000, rate: 2% }, \
                         { from: 100000, rate: 3% } ]";

    #[test]
    fn an_order_brings_what_the_award_grows_by() {
        // The golden example: 95,000 at 2 %, an order of 10,000 lifts it to 3 %.
        let all = format!("measure: sum(amount), method: all_units, {BANDS}");
        check(&all, (1, 95_000), (1, 10_000), "1900 3150 950");
        check(&all, (1, 95_000), (1, 4_000), "1900 1980 0");
        check(&all, (0, 0), (1, 60_000), "0 1200 0");
        let bands = format!("measure: sum(amount), method: marginal, {BANDS}");
        check(&bands, (1, 95_000), (1, 10_000), "1400 1650 0");
        // Another total picks the tier.
        let units = "qualifier: sum(quantity), measure: sum(amount), method: all_units, \
                     tiers: [ { from: 0, rate: 1% }, { from: 10, rate: 2% } ]";
        check(units, (9, 9_000), (1, 500), "90 190 90");
        // A fixed amount comes with its tier.
        let fixed = "qualifier: sum(quantity), method: highest, \
                     tiers: [ { from: 10, fixed: 500 }, { from: 20, fixed: 800 } ]";
        check(fixed, (9, 1), (1, 1), "0 500 500");
        check(fixed, (10, 1), (1, 1), "500 500 0");
        // A cap takes back what the lift would bring.
        let capped = format!("{all}, limits: {{ per_award: 2000 }}");
        check(&capped, (1, 95_000), (1, 10_000), "1900 2000 100");
    }
}
