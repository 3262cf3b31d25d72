//! What people are told of a single fact: what it lacks while it waits, and by which rate and
//! factor its numbers were converted where it counts.
//!
//! # Promises
//!
//! * What is told is found on the same path on which the fact is measured: a reading that counts it
//!   lacks nothing.

use jiff::civil::Date;

use super::gauge::Gauge;
use super::view::{View, views};
use super::{Event, LeftOut, Measurer, WaitReason};
use crate::amount::Currency;
use crate::code::{FactKey, ProductCode, Unit};
use crate::condition::{Awarded, Expr, Missing, MissingOf, Subject};
use crate::master::{Conversion, DatedConversion};
use crate::program::{Each, Total};
use crate::totals::Slot;

/// What a waiting fact lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// An exchange rate on that day, in either direction.
    Rate { of: Currency, to: Currency, day: Date },
    /// A factor of two units on that day.
    Factor { product: Option<ProductCode>, unit: Unit, to: Unit, day: Date },
    /// A price of the product in a price list on that day.
    Price { list: String, product: Option<ProductCode>, day: Date },
    /// A list of codes.
    List(String),
    /// A field of the fact, its product or a partner, by its path.
    Field(String),
    /// What cannot be computed from what is there, by the words of the program.
    Answer(String),
}

/// How a number of a fact became one that its term counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// A currency or a unit.
    pub of: String,
    pub to: String,
    pub by: DatedConversion,
    /// Whose rate or factor was looked for.
    pub day: Date,
}

impl Converted {
    /// The rate or factor as it was entered: `1 USD = 0.92 EUR`, whichever way it was applied.
    pub fn rate(&self) -> String {
        let (of, to) = (&self.of, &self.to);
        match self.by.by {
            Conversion::Times(rate) => format!("1 {of} = {} {to}", rate.normalize()),
            Conversion::Over(rate) => format!("1 {to} = {} {of}", rate.normalize()),
        }
    }
}

impl Measurer<'_> {
    /// What a fact lacks in a term, if it waits there. `events` are those of its unit.
    pub fn lacks(
        &mut self,
        events: &[Event<'_>],
        key: &FactKey,
        (plan, term): (usize, u16),
    ) -> Option<Lack> {
        let views = views(events);
        let view = views.iter().find(|view| &view.fact.key == key)?;
        for at in 0..self.gauges.len() {
            let gauge = &self.gauges[at];
            if (gauge.plan, gauge.term) != (plan, term) {
                continue;
            }
            let seen = self.see(view);
            if let Err(LeftOut::Waits(reason)) = self.try_gauge(at, &seen, 0) {
                let lack = self.lack(at, view, reason);
                return Some(lack);
            }
        }
        None
    }

    fn lack(&mut self, at: usize, view: &View<'_>, reason: WaitReason) -> Lack {
        let fact = &*view.fact;
        let product = fact.product.as_ref().and_then(|code| self.master.products.get(code));
        let needs = self.gauges[at].needs(fact, product);
        let day = fact.date();
        match (reason, needs.rate, needs.factor) {
            (WaitReason::NoRate, Some((of, to)), _) => return Lack::Rate { of, to, day },
            (WaitReason::NoFactor, _, Some((unit, to))) => {
                let (unit, to) = (Unit::new(unit), Unit::new(to));
                return Lack::Factor { product: fact.product.clone(), unit, to, day };
            }
            _ => {}
        }
        let partner = fact.partner.as_ref();
        let stood = partner.map(|partner| (partner, self.stood(partner, day, fact.recorded)));
        let gauge = &self.gauges[at];
        let fields = stood.as_ref().and_then(|(_, stood)| stood.fields);
        let mut subject = Subject {
            fact,
            date: gauge.day_of(view).map_or(day, |(day, _)| day),
            quantity: fact.quantity,
            amount: fact.amount,
            partner: fields,
            product,
            earner: stood.as_ref().and_then(|(partner, _)| Some((*partner, fields?))),
            master: self.master,
            lists: &gauge.program.lists,
            currency: Some(gauge.read.currency),
            awarded: Awarded::Nothing,
        };
        gauge.convert(&mut subject, self.master);
        gauge.lacking(&subject)
    }

    /// How amount and quantity of a fact were converted for what a version's term measures.
    /// `events` are those of its unit.
    pub fn converted(
        &self,
        events: &[Event<'_>],
        key: &FactKey,
        (plan, version, term): (usize, u32, u16),
    ) -> [Option<Converted>; 2] {
        let views = views(events);
        let Some(view) = views.iter().find(|view| &view.fact.key == key) else {
            return [None, None];
        };
        let gauge = self.gauges.iter().find(|gauge| {
            (gauge.plan, gauge.program.version, gauge.term) == (plan, version, term)
                && gauge.read.slot == Slot::Measure
        });
        let Some(gauge) = gauge else { return [None, None] };
        let (fact, master) = (&*view.fact, self.master);
        let product = fact.product.as_ref().and_then(|code| master.products.get(code));
        let (needs, day) = (gauge.needs(fact, product), fact.date());
        let told = |of: &str, to: &str, by| {
            Some(Converted { of: of.to_owned(), to: to.to_owned(), by, day })
        };
        let rate = needs
            .rate
            .and_then(|(of, to)| told(of.as_str(), to.as_str(), master.rate_since(of, to, day)?));
        let factor = needs.factor.and_then(|(of, to)| {
            told(of, to, master.factor_since(fact.product.as_ref(), of, to, day)?)
        });
        // Only what the measure reads was converted.
        [rate.filter(|_| gauge.reads("amount")), factor.filter(|_| gauge.reads("quantity"))]
    }
}

impl Gauge<'_> {
    /// Whether what it takes of a fact looks at its amount or quantity.
    fn reads(&self, number: &str) -> bool {
        let Some(total) = &self.read.total else { return false };
        let ends = |expr: &Expr| expr.walk_fields().iter().any(|path| path.ends_with(number));
        match total {
            Total::Sum(expr) | Total::Max(expr) | Total::Min(expr) => ends(expr),
            Total::Sets(_) => number == "quantity",
            Total::Count | Total::CountDistinct(_) => false,
        }
    }

    /// What the first of its expressions without an answer lacks.
    fn lacking(&self, subject: &Subject<'_>) -> Lack {
        let conditions =
            self.read.filter.iter().filter_map(|expr| Some((expr, expr.truth(subject).err()?)));
        let each = match &self.read.each {
            Some(Each { total: Total::Sum(expr), .. }) => Some(expr),
            _ => None,
        };
        let total = match &self.read.total {
            Some(Total::Sum(expr) | Total::Max(expr) | Total::Min(expr)) => Some(expr),
            _ => None,
        };
        let numbers = total
            .into_iter()
            .chain(each)
            .filter_map(|expr| Some((expr, expr.number(subject).err()?)));
        let mut missing = conditions.chain(numbers);
        let found = missing.next();
        match found {
            Some((expr, missing)) => self.named(expr, missing, subject),
            None => Lack::Answer(String::new()),
        }
    }

    fn named(&self, expr: &Expr, missing: Missing, subject: &Subject<'_>) -> Lack {
        let product = subject.fact.product.clone();
        match missing.of {
            MissingOf::Field(path) => Lack::Field(path),
            MissingOf::List(name) => Lack::List(name),
            MissingOf::Price(list) => {
                let (to, day) = (self.read.currency, subject.date);
                let prices = &subject.master.prices;
                let there = product.as_ref().and_then(|product| prices.on(&list, product, day));
                match there {
                    // The price is there, in another currency.
                    Some((_, of)) if of != to => Lack::Rate { of, to, day },
                    _ => Lack::Price { list, product, day },
                }
            }
            MissingOf::Nothing => Lack::Answer(expr.text().to_owned()),
        }
    }
}
