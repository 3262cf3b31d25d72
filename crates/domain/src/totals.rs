//! Totals: sums of what counts, at the grain from which awards are computed.
//!
//! A [`Cell`] names one sum: which term of which version measured it, for whom, for which period
//! and group, for which reading, and in which periods it is booked. Cells add up: the total of
//! facts taken together is the sum of their totals taken one by one, in any order.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amount::exact_sum;
use crate::code::PartnerCode;

/// Which reading of a term a sum belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The term's own facts, and the measure's total over them.
    Measure,
    /// The qualifier's total, where it is not the measure's.
    Qualifier,
    /// What a share is a share of.
    ShareOf,
    /// The qualifier's total in the days the baseline names.
    Baseline,
    /// The same under the baseline taken when the first is zero.
    BaselineElse,
    /// The measure's total in the baseline's days, where it is not the qualifier's.
    MeasureBaseline,
    MeasureBaselineElse,
    /// How much of what another term awarded for a fact goes into the measure.
    Link(u8),
    /// A reading that the term requires.
    Required(u8, Look),
}

/// Which total of a requirement's reading a sum belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Look {
    Total,
    ShareOf,
    Baseline,
    BaselineElse,
}

const LINKS_FROM: i64 = 1_000;
const REQUIRED_FROM: i64 = 2_000;
const LOOKS: [Look; 4] = [Look::Total, Look::ShareOf, Look::Baseline, Look::BaselineElse];

impl Slot {
    /// A number for storage. Never reuse one.
    pub fn number(self) -> i64 {
        match self {
            Slot::Measure => 0,
            Slot::Qualifier => 1,
            Slot::ShareOf => 2,
            Slot::Baseline => 3,
            Slot::BaselineElse => 4,
            Slot::MeasureBaseline => 5,
            Slot::MeasureBaselineElse => 6,
            Slot::Link(nth) => LINKS_FROM + i64::from(nth),
            Slot::Required(nth, look) => {
                let look = LOOKS.iter().position(|other| *other == look).unwrap_or(0);
                REQUIRED_FROM + i64::from(nth) * 4 + i64::try_from(look).unwrap_or(0)
            }
        }
    }

    pub fn from_number(number: i64) -> Option<Slot> {
        Some(match number {
            0 => Slot::Measure,
            1 => Slot::Qualifier,
            2 => Slot::ShareOf,
            3 => Slot::Baseline,
            4 => Slot::BaselineElse,
            5 => Slot::MeasureBaseline,
            6 => Slot::MeasureBaselineElse,
            LINKS_FROM..REQUIRED_FROM => Slot::Link(u8::try_from(number - LINKS_FROM).ok()?),
            _ => {
                let (nth, look) = (
                    (number - REQUIRED_FROM).div_euclid(4),
                    (number - REQUIRED_FROM).rem_euclid(4),
                );
                Slot::Required(u8::try_from(nth).ok()?, LOOKS[usize::try_from(look).ok()?])
            }
        })
    }
}

/// The values of a group's names, in the order of the term: `brand=Kita`, `channel=online`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group(Arc<str>);

/// Before what is finer than an award: a fact, a value, a part of a set.
const BEFORE_DETAIL: char = '\u{1d}';
const BETWEEN_NAMES: char = '\u{1e}';
const BETWEEN_NAME_AND_VALUE: char = '\u{1f}';

impl Group {
    /// Without `group_by` there is one group.
    pub fn one() -> Group {
        Group(Arc::from(""))
    }

    pub fn new<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Group {
        let mut text = String::new();
        for (name, value) in values {
            if !text.is_empty() {
                text.push(BETWEEN_NAMES);
            }
            text.push_str(name);
            text.push(BETWEEN_NAME_AND_VALUE);
            text.push_str(value);
        }
        Group(Arc::from(text))
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn from_stored(text: &str) -> Group {
        Group(Arc::from(text))
    }

    /// The same with something finer than an award.
    #[must_use]
    pub fn with_detail(&self, detail: &str) -> Group {
        let mut text = String::with_capacity(self.0.len() + detail.len() + 1);
        text.push_str(self.name());
        text.push(BEFORE_DETAIL);
        text.push_str(detail);
        Group(Arc::from(text))
    }

    /// What is finer than an award, if anything.
    pub fn detail(&self) -> Option<&str> {
        self.0.split_once(BEFORE_DETAIL).map(|(_, detail)| detail)
    }

    /// The group of the award.
    #[must_use]
    pub fn of_award(&self) -> Group {
        if self.detail().is_none() { self.clone() } else { Group(Arc::from(self.name())) }
    }

    /// The stored form of the group of the award.
    pub fn name(&self) -> &str {
        self.0.split_once(BEFORE_DETAIL).map_or(&*self.0, |(name, _)| name)
    }

    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.name().split(BETWEEN_NAMES).filter_map(|pair| pair.split_once(BETWEEN_NAME_AND_VALUE))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.values().find(|(of, _)| *of == name).map(|(_, value)| value)
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.values()).finish()
    }
}

/// The name of one sum.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// Position of the plan among those measured together.
    pub plan: u32,
    /// Version of the program whose term measured it.
    pub version: u32,
    /// Position of the term among the plan's terms.
    pub term: u16,
    pub earner: PartnerCode,
    /// First day of the period whose award it serves.
    pub period: Date,
    pub group: Group,
    pub slot: Slot,
    /// First day of the span of versions that the fact's date lies in.
    pub part: Date,
    /// First day of the payout period it is booked in.
    pub payout: Date,
    /// First day of the accounting period it is booked in.
    pub accounting: Date,
    /// Whether it was booked later than in the accounting period of its date.
    pub late: bool,
}

/// What was added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    pub total: Decimal,
    /// Facts that went in, for people to see.
    pub facts: i64,
}

impl Sums {
    pub fn is_nothing(&self) -> bool {
        self.total.is_zero() && self.facts == 0
    }

    /// `None` beyond 96-bit decimals.
    pub fn plus(self, other: Sums) -> Option<Sums> {
        Some(Sums {
            total: exact_sum(self.total, other.total)?,
            facts: self.facts.checked_add(other.facts)?,
        })
    }

    #[must_use]
    pub fn negated(self) -> Sums {
        Sums { total: -self.total, facts: -self.facts }
    }
}

/// Cells with their sums; what cancels out is not kept.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    cells: HashMap<Cell, Sums>,
    beyond: Option<Cell>,
}

impl Totals {
    /// Adds to a cell. Returns false, and changes nothing but [`Totals::beyond`], if the sum leaves
    /// the range of decimals.
    pub fn add(&mut self, cell: Cell, sums: Sums) -> bool {
        let beyond = match self.cells.entry(cell) {
            Entry::Occupied(mut there) => {
                if let Some(sum) = there.get().plus(sums) {
                    there.insert(sum);
                    return true;
                }
                there.key().clone()
            }
            Entry::Vacant(place) => {
                if let Some(sum) = Sums::default().plus(sums) {
                    place.insert(sum);
                    return true;
                }
                place.into_key()
            }
        };
        self.beyond = Some(beyond);
        false
    }

    /// Takes in what was added up elsewhere; [`Totals::beyond`] tells if anything is too much.
    pub fn add_all(&mut self, others: Totals) {
        self.beyond = others.beyond.or_else(|| self.beyond.take());
        for (cell, sums) in others.cells {
            self.add(cell, sums);
        }
    }

    /// A cell whose sum left the range of decimals: what is here is then not what was counted, and
    /// must not be kept.
    pub fn beyond(&self) -> Option<&Cell> {
        self.beyond.as_ref()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Cell, &Sums)> {
        self.cells.iter().filter(|(_, sums)| !sums.is_nothing())
    }

    pub fn into_cells(self) -> impl Iterator<Item = (Cell, Sums)> {
        self.cells.into_iter().filter(|(_, sums)| !sums.is_nothing())
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}
