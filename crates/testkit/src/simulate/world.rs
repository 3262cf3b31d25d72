//! A history out of a seed.

use domain::amount::Currency;
use domain::code::{FactKey, PartnerCode, ProductCode};
use domain::fact::{Fact, FactKind};
use engine::take::Intent;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use crate::random::Random;

/// Programs to choose from. Nothing of them lapses, so that what comes back costs nothing.
const PROGRAMS: [&str; 9] = [
    "program: bands
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: quarter, grace: 5 days }
accrue: { every: month }
terms:
  - { term: whole, measure: sum(amount), method: all_units,
      tiers: [ { from: 0, rate: 1% }, { from: 4000, rate: 2% }, { from: 9000, rate: 3.5% } ] }
",
    "program: slices
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: month }
terms:
  - { term: sliced, group_by: product.category, measure: sum(amount), method: marginal,
      tiers: [ { from: 0, rate: 1% }, { from: 1000, rate: 2% } ] }
",
    "program: each
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: month, grace: 3 days }
terms:
  - { term: each, group_by: fact, measure: sum(amount), rate: 3% }
  - { term: monthly, measure: sum(quantity), per_unit: 0.05 }
",
    "program: lumps
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: quarter }
payout: { minimum: 100 }
terms:
  - { term: best, qualifier: sum(quantity), method: highest,
      tiers: [ { from: 40, fixed: 60 }, { from: 100, fixed: 150 } ] }
",
    "program: growth
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: quarter }
terms:
  - { term: growth, qualifier: { total: sum(amount), as: growth }, measure: sum(amount),
      baseline: { of: prior_period, minimum: 500 }, method: all_units,
      tiers: [ { from: 0%, rate: 1% }, { from: 20%, rate: 2% } ] }
",
    "program: flat
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: quarter }
accrue: { every: month, rate: 2.5% }
terms:
  - { term: whole, measure: sum(amount), method: all_units,
      tiers: [ { from: 0, rate: 2% }, { from: 6000, rate: 3% } ] }
",
    "program: members
currency: USD
time_zone: Asia/Tokyo
starts: 2026-01-01
ends: 2026-12-31
periods: { every: month, grace: 2 days }
rounding: { mode: down }
partners: [ P1, { partner: P2, from: 2026-02-10, to: 2026-08-20 }, { partner: P3, skip: true } ]
terms:
  - { term: base, group_by: product.category, measure: sum(amount), rate: 4%,
      limits: { per_partner_period: 90 } }
",
    "program: capped
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: half, grace: 10 days }
accrue: { every: quarter }
terms:
  - { term: capped, measure: { total: sum(amount), up_to: 6000 }, rate: 2% }
",
    "program: counts
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: month }
payout: { negative: claim_back }
terms:
  - { term: counts, when: product.category == \"Bikes\", qualifier: count(), measure: sum(quantity),
      method: all_units, tiers: [ { from: 1, per_unit: 0.5 }, { from: 3, per_unit: 0.75 } ] }
",
];

/// Acts on all of `bands`, from a day on which it becomes known.
const CORRECTION: &str = "program: bands
version: 2
corrects: 1
recorded: 2026-08-03
currency: USD
starts: 2026-01-01
ends: 2026-12-31
periods: { every: quarter, grace: 5 days }
accrue: { every: month }
terms:
  - { term: whole, measure: sum(amount), method: all_units,
      tiers: [ { from: 0, rate: 1.5% }, { from: 4000, rate: 2% }, { from: 9000, rate: 3% } ] }
";

pub const PARTNERS: [&str; 4] = ["P1", "P2", "P3", "P4"];
/// Products with their categories.
pub const PRODUCTS: [(&str, &str); 3] = [("B1", "Bikes"), ("B2", "Bikes"), ("H1", "Helmets")];
/// One EUR in USD, from a day on; before it, euros wait.
pub const RATE: (i64, Date) = (11, date(2026, 1, 20));

/// What is told at an instant.
#[derive(Debug, Clone)]
pub enum Told {
    Facts(Vec<(Fact, Intent)>),
    /// The text of a program's version.
    Version(String),
    /// Everything that may be closed is closed.
    CloseAll,
}

/// Programs and a history.
#[derive(Debug, Clone)]
pub struct World {
    pub programs: Vec<String>,
    pub steps: Vec<(Timestamp, Told)>,
}

/// A sale with what became of it.
struct Sale {
    /// As it came first.
    first: Fact,
    fact: Fact,
    there: bool,
}

struct Teller {
    random: Random,
    sales: Vec<Sale>,
    returns: Vec<Fact>,
    told: usize,
}

impl World {
    pub fn new(seed: u64, steps: usize) -> World {
        let mut random = Random::new(seed);
        let mut chosen: Vec<usize> = (0..PROGRAMS.len()).collect();
        random.shuffle(&mut chosen);
        chosen.truncate(3);
        let programs: Vec<String> = chosen.iter().map(|at| PROGRAMS[*at].to_owned()).collect();
        let mut teller = Teller { random, sales: Vec::new(), returns: Vec::new(), told: 0 };
        let mut day = date(2026, 1, 5);
        let mut steps_told = Vec::new();
        let mut corrected = !chosen.contains(&0);
        for _ in 0..steps {
            let at = noon(day);
            if !corrected && date(2026, 8, 3) <= day {
                corrected = true;
                let known = at - 12.hours();
                steps_told.push((known, Told::Version(CORRECTION.to_owned())));
            }
            let count = teller.random.between(1, 4);
            let facts = (0..count).map(|_| teller.fact(day)).collect();
            steps_told.push((at, Told::Facts(facts)));
            if teller.random.chance(25, 100) {
                steps_told.push((at + 1.hour(), Told::CloseAll));
            }
            day = day.saturating_add(teller.random.between(1, 14).days());
        }
        steps_told.push((noon(day) + 1.hour(), Told::CloseAll));
        World { programs, steps: steps_told }
    }

    /// The day after the last step.
    pub fn last(&self) -> Timestamp {
        self.steps.iter().map(|(at, _)| *at).max().expect("a world has steps")
    }
}

fn noon(day: Date) -> Timestamp {
    let zoned = day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    zoned.expect("a day of this century").timestamp()
}

impl Teller {
    fn fact(&mut self, today: Date) -> (Fact, Intent) {
        self.told += 1;
        let there: Vec<usize> = (0..self.sales.len()).filter(|at| self.sales[*at].there).collect();
        match self.random.below(100) {
            0..15 if !there.is_empty() => {
                let at = *self.random.pick(&there);
                (self.return_of(at, today), Intent::New)
            }
            15..27 if !there.is_empty() => {
                let at = *self.random.pick(&there);
                self.correct(at, today)
            }
            27..33 if !self.returns.is_empty() => {
                let at = self.random.index(self.returns.len());
                (self.returns.swap_remove(at), Intent::Cancellation)
            }
            33..40 if !there.is_empty() => {
                let at = *self.random.pick(&there);
                self.sales[at].there = false;
                (self.sales[at].fact.clone(), Intent::Cancellation)
            }
            40..48 if !self.sales.is_empty() => {
                let at = self.random.index(self.sales.len());
                let mut again = self.sales[at].first.clone();
                if self.random.chance(25, 100) {
                    again.order = Some("other".to_owned());
                }
                (again, Intent::New)
            }
            _ => (self.sale(today), Intent::New),
        }
    }

    fn day(&mut self, today: Date) -> Date {
        let back = match self.random.below(10) {
            0..6 => self.random.between(0, 3),
            6..9 => self.random.between(0, 45),
            _ => self.random.between(0, 110),
        };
        today.saturating_sub(back.days())
    }

    fn sale(&mut self, today: Date) -> Fact {
        let day = self.day(today);
        let quantity = self.random.between(1, 40);
        let cents = quantity * self.random.between(500, 9_999);
        let (product, _) = *self.random.pick(&PRODUCTS);
        let euros = self.random.chance(10, 100);
        let fact = Fact {
            key: FactKey::new(format!("S{}", self.told)),
            kind: FactKind::Sale,
            at: day.at(0, 0, 0, 0),
            recorded: Timestamp::UNIX_EPOCH,
            of: None,
            partner: Some(PartnerCode::new(*self.random.pick(&PARTNERS))),
            product: Some(ProductCode::new(product)),
            quantity: Some(Decimal::from(quantity)),
            unit: None,
            amount: Some(Decimal::new(cents, 2)),
            currency: Currency::parse(if euros { "EUR" } else { "USD" }),
            order: None,
            line: None,
            channel: None,
            activity_type: None,
            parties: std::collections::BTreeMap::new(),
            attributes: std::collections::BTreeMap::new(),
        };
        self.sales.push(Sale { first: fact.clone(), fact: fact.clone(), there: true });
        fact
    }

    fn return_of(&mut self, at: usize, today: Date) -> Fact {
        let sale = &self.sales[at].fact;
        let part = |number: Option<Decimal>| number.map(|n| (n / Decimal::TWO).round_dp(2));
        let half = self.random.chance(50, 100);
        let fact = Fact {
            key: FactKey::new(format!("R{}", self.told)),
            kind: if self.random.chance(80, 100) { FactKind::Return } else { FactKind::CreditNote },
            at: today.at(0, 0, 0, 0),
            of: Some(sale.key.clone()),
            partner: None,
            product: None,
            quantity: if half { part(sale.quantity) } else { None },
            amount: if half { part(sale.amount) } else { None },
            currency: None,
            ..sale.clone()
        };
        self.returns.push(fact.clone());
        fact
    }

    fn correct(&mut self, at: usize, today: Date) -> (Fact, Intent) {
        let day = self.day(today);
        let mut fact = self.sales[at].fact.clone();
        match self.random.below(3) {
            0 => fact.amount = fact.amount.map(|a| (a * Decimal::new(125, 2)).round_dp(2)),
            1 => fact.at = day.at(0, 0, 0, 0),
            _ => fact.partner = Some(PartnerCode::new(*self.random.pick(&PARTNERS))),
        }
        self.sales[at].fact = fact.clone();
        (fact, Intent::Correction)
    }
}
