//! A history out of a seed.

use domain::amount::Currency;
use domain::case::FigureValue;
use domain::code::{FactKey, PartnerCode, ProductCode, Unit};
use domain::fact::{Fact, FactKind};
use domain::master::{ExchangeRate, Fields, Price, UnitFactor};
use engine::take::Intent;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use crate::random::Random;
use crate::tales;

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
const RATE: (i64, Date) = (11, date(2026, 1, 20));

/// What is told at an instant.
#[derive(Debug, Clone)]
pub enum Told {
    /// A partner is something else from that day on.
    Partner(PartnerCode, Date, Fields),
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
    pub partners: Vec<(String, Fields)>,
    pub products: Vec<(String, Fields)>,
    pub units: Vec<UnitFactor>,
    pub rates: Vec<ExchangeRate>,
    pub prices: Vec<Price>,
    pub figures: Vec<FigureValue>,
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
    /// Facts say all that they can.
    wild: bool,
}

impl World {
    pub fn new(seed: u64, steps: usize) -> World {
        let mut random = Random::new(seed);
        let mut chosen: Vec<usize> = (0..PROGRAMS.len()).collect();
        random.shuffle(&mut chosen);
        chosen.truncate(3);
        let programs: Vec<String> = chosen.iter().map(|at| PROGRAMS[*at].to_owned()).collect();
        let mut teller =
            Teller { random, sales: Vec::new(), returns: Vec::new(), told: 0, wild: false };
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
        let fields = |category: &str| [("category".to_owned(), category.to_owned())].into();
        World {
            programs,
            partners: PARTNERS.map(|code| (code.to_owned(), Fields::new())).to_vec(),
            products: PRODUCTS.map(|(code, of)| (code.to_owned(), fields(of))).to_vec(),
            units: Vec::new(),
            rates: vec![rate("EUR", "USD", RATE.0, RATE.1)],
            prices: Vec::new(),
            figures: Vec::new(),
            steps: steps_told,
        }
    }

    /// Programs out of the whole vocabulary, later versions of which become known on the way,
    /// partners who change, and days on which the clock jumps.
    pub fn wild(seed: u64, steps: usize) -> World {
        let mut random = Random::new(seed);
        let versions = tales::carried_versions(&mut random);
        let (programs, later): (Vec<_>, Vec<_>) =
            versions.into_iter().partition(|(recorded, _)| recorded.is_none());
        let programs = programs.into_iter().map(|(_, text)| text).collect();
        let mut teller =
            Teller { random, sales: Vec::new(), returns: Vec::new(), told: 0, wild: true };
        let mut told: Vec<(Timestamp, Told)> = later
            .into_iter()
            .filter_map(|(day, text)| Some((noon(day?) - 12.hours(), Told::Version(text))))
            .collect();
        let mut day = date(2026, 1, 5);
        for _ in 0..steps {
            let count = teller.random.between(1, 3);
            let facts = (0..count).map(|_| teller.fact(day)).collect();
            told.push((noon(day), Told::Facts(facts)));
            if teller.random.chance(1, 9) {
                let change = teller.change();
                told.push((noon(day) + 1.minute(), Told::Partner(change.0, day, change.1)));
            }
            if teller.random.chance(1, 4) {
                told.push((noon(day) + 1.hour(), Told::CloseAll));
            }
            let jumps = teller.random.chance(1, 12);
            let span =
                if jumps { teller.random.between(60, 200) } else { teller.random.between(1, 25) };
            day = day.saturating_add(span.days());
        }
        told.push((noon(day) + 1.hour(), Told::CloseAll));
        told.sort_by_key(|(at, _)| *at);
        let named = |fields: &[(&str, &str)]| -> Fields {
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let kita = named(&[("category", "Bikes"), ("brand", "Kita"), ("unit", "piece")]);
        let mori = named(&[("category", "Bikes"), ("brand", "Mori"), ("unit", "piece")]);
        let helmet = named(&[("category", "Helmets"), ("brand", "Kita"), ("unit", "piece")]);
        let p1 = [
            ("country", "JP"),
            ("level", "gold"),
            ("parent", "P3"),
            ("buying_group", "G1"),
            ("agent", "P4"),
        ];
        let p2 = [("country", "US"), ("level", "silver"), ("parent", "P3"), ("buying_group", "G1")];
        let p4 = [("country", "JP"), ("level", "silver"), ("buying_group", "G2")];
        World {
            programs,
            partners: vec![
                ("P1".to_owned(), named(&p1)),
                ("P2".to_owned(), named(&p2)),
                ("P3".to_owned(), named(&[("country", "JP"), ("level", "gold")])),
                ("P4".to_owned(), named(&p4)),
                ("D1".to_owned(), Fields::new()),
                ("S1".to_owned(), Fields::new()),
            ],
            products: vec![
                ("B1".to_owned(), kita),
                ("B2".to_owned(), mori),
                ("H1".to_owned(), helmet),
            ],
            units: vec![UnitFactor {
                product: None,
                unit: Unit::new("case"),
                holds: Decimal::from(12),
                of: Unit::new("piece"),
                from: None,
            }],
            rates: vec![
                rate("EUR", "USD", RATE.0, RATE.1),
                rate("USD", "JPY", 1500, date(2025, 1, 1)),
                rate("EUR", "JPY", 1605, date(2025, 1, 1)),
            ],
            prices: vec![Price {
                list: "net".to_owned(),
                product: ProductCode::new("B1"),
                price: Decimal::new(125, 1),
                currency: Currency::parse("USD").expect("a currency"),
                from: None,
            }],
            figures: vec![plan(None, 300), plan(Some("P1"), 700)],
            steps: told,
        }
    }

    /// The day after the last step.
    pub fn last(&self) -> Timestamp {
        self.steps.iter().map(|(at, _)| *at).max().expect("a world has steps")
    }
}

fn rate(of: &str, to: &str, tenths: i64, from: Date) -> ExchangeRate {
    ExchangeRate {
        of: Currency::parse(of).expect("a currency"),
        to: Currency::parse(to).expect("a currency"),
        rate: Decimal::new(tenths, 1),
        from: Some(from),
    }
}

fn plan(partner: Option<&str>, value: i64) -> FigureValue {
    FigureValue {
        table: "plan".to_owned(),
        partner: partner.map(PartnerCode::new),
        period: None,
        groups: std::collections::BTreeMap::new(),
        value: Decimal::from(value),
        from: None,
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
        let mut fact = Fact {
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
        if self.wild {
            self.adorn(&mut fact);
        }
        self.sales.push(Sale { first: fact.clone(), fact: fact.clone(), there: true });
        fact
    }

    /// All that a fact may say beside what every sale says.
    fn adorn(&mut self, fact: &mut Fact) {
        let random = &mut self.random;
        fact.channel = Some((*random.pick(&["shop", "web", "b-stock"])).to_owned());
        if random.chance(1, 2) {
            fact.order = Some(format!("O{}", random.below(4)));
        }
        if random.chance(1, 10) {
            fact.unit = Some(Unit::new("case"));
        }
        if random.chance(1, 2) {
            fact.parties.insert("distributor".to_owned(), PartnerCode::new("D1"));
        }
        if random.chance(1, 2) {
            fact.parties.insert("ship_to".to_owned(), PartnerCode::new("S1"));
        }
        if random.chance(1, 3) {
            fact.attributes.insert("fresh".to_owned(), random.chance(1, 2).to_string());
        }
        for name in ["points", "paid"] {
            if random.chance(3, 4) {
                fact.attributes.insert(name.to_owned(), random.below(50).to_string());
            }
        }
    }

    /// What becomes of a partner.
    fn change(&mut self) -> (PartnerCode, Fields) {
        let changes =
            [("level", "gold"), ("level", "silver"), ("parent", "P4"), ("buying_group", "G2")];
        let (name, value) = *self.random.pick(&changes);
        let partner = PartnerCode::new(*self.random.pick(&["P1", "P2"]));
        (partner, [(name.to_owned(), value.to_owned())].into())
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
