//! How much is taken into account: everything, or what belongs up to some booking period.

use jiff::civil::Date;

use super::Question;
use crate::plan::PlanVersion;
use crate::totals::Cell;

/// Booking periods that begin before a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    All,
    Payout(Date),
    Accounting(Date),
}

/// Which cells are taken into account: the measure's, and those that pick the tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Upto {
    pub measure: Reach,
    /// The measure's cells that were booked late, where more of them count.
    pub late: Reach,
    pub rest: Reach,
    /// Which versions of the terms are known.
    pub known: Reach,
    /// Whether the days are those of another term, whose periods may be shorter: then only periods
    /// that are over count.
    pub elsewhere: bool,
}

impl Upto {
    pub const ALL: Upto = Upto::to(Reach::All);

    pub const fn to(reach: Reach) -> Upto {
        Upto { measure: reach, late: reach, rest: reach, known: reach, elsewhere: false }
    }
}

impl Question<'_> {
    pub(super) fn is_measured(&self, cell: &Cell, upto: Upto) -> bool {
        self.holds(upto.measure, cell, upto) || (cell.late && self.holds(upto.late, cell, upto))
    }

    pub(super) fn is_looked_at(&self, cell: &Cell, upto: Upto) -> bool {
        // What counts late counts for the tier too, where nothing else picks it.
        let late = cell.late && upto.rest == upto.measure;
        self.holds(upto.rest, cell, upto) || (late && self.holds(upto.late, cell, upto))
    }

    fn holds(&self, reach: Reach, cell: &Cell, upto: Upto) -> bool {
        let of = &self.plan.terms[usize::from(self.term)];
        match reach {
            Reach::All => true,
            Reach::Payout(end) if upto.elsewhere => of.payout.end_of(cell.payout) <= end,
            Reach::Accounting(end) if upto.elsewhere => {
                of.accounting.end_of(cell.accounting) <= end
            }
            Reach::Payout(end) => cell.payout < end,
            Reach::Accounting(end) => cell.accounting < end,
        }
    }

    /// Whether a version is known to what is taken into account.
    pub(super) fn knows(&self, version: &PlanVersion, upto: Upto) -> bool {
        match upto.known {
            Reach::All => true,
            Reach::Payout(end) => self.version_payout(version) < end,
            Reach::Accounting(end) => self.version_accounting(version) < end,
        }
    }

    /// The payout period from which on a version is known.
    pub(super) fn version_payout(&self, version: &PlanVersion) -> Date {
        let of = &self.plan.terms[usize::from(self.term)];
        let from = version.from.max(self.period.start);
        let natural = of.payout.containing(from).unwrap_or_else(|| self.period.clone());
        let since = self.plan.known_since(version);
        self.plan.booked(self.term, &natural, since, self.closes).start
    }

    /// The same for accounting periods.
    pub(super) fn version_accounting(&self, version: &PlanVersion) -> Date {
        let of = &self.plan.terms[usize::from(self.term)];
        let from = version.from.max(self.period.start);
        let own =
            |found: Option<crate::period::Period>| found.unwrap_or_else(|| self.period.clone());
        let natural = own(of.accounting.containing(from));
        let payout = own(of.payout.containing(from));
        let since = self.plan.known_since(version);
        self.plan.booked_accounting(self.term, (&natural, &payout), since, self.closes).start
    }
}
