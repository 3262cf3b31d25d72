//! The reference: awards and what payout periods book, in plain loops straight from the procedure
//! "How an award comes about".
//!
//! It keeps no totals, no cells, no cache: for every award it walks over all facts again. It shares
//! with the core how texts are read, conditions and calendars, and nothing that counts, rates or
//! books. It knows one term in several versions, in one currency and unit, for all partners.
//!
//! It panics where it does not understand: it is for tests.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::award::Award;
use domain::case::{Case, Moment, What};
use domain::condition::{Awarded, Expr, Subject};
use domain::fact::Fact;
use domain::master::{Fields, Master};
use domain::period::{Calendar, Period, Prior};
use domain::program::{
    Baseline, BaselineOf, Bounds, Change, Compare, Figure, Method, Opens, Program, Returns, Row,
    RowValue, Term, Total, View, WhenZero,
};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

const ZERO: Decimal = Decimal::ZERO;
const ONE: Decimal = Decimal::ONE;

/// When something was recorded: the day, and its place among all lines.
type Recorded = (Date, usize);

/// Partner, first day of the period, and group as text.
pub type Key = (String, Date, String);

/// A story as the reference sees it.
#[derive(Debug)]
pub struct Reference<'c> {
    versions: &'c [Program],
    facts: Vec<(Recorded, Fact)>,
    closes: BTreeMap<String, Recorded>,
    calendar: Calendar,
}

/// A fact that counts in a period, with the day it counts on.
struct Counts<'f> {
    fact: &'f Fact,
    day: Date,
    /// The sale it is netted with, or itself.
    unit: &'f str,
}

impl<'c> Reference<'c> {
    /// # Panics
    ///
    /// If the case has more than the reference knows.
    pub fn new(case: &Case, versions: &'c [Program]) -> Reference<'c> {
        let mut facts = Vec::new();
        let mut closes = BTreeMap::new();
        for (place, event) in case.in_order().into_iter().enumerate() {
            let (Moment::Day(on), Moment::Day(recorded)) = (event.on, event.known()) else {
                panic!("the reference knows days alone");
            };
            match &event.what {
                What::Fact { kind, key, fields } => {
                    let fact = fields.fact(key, *kind, on.at(0, 0, 0, 0), Timestamp::MIN);
                    facts.push(((recorded, place), fact));
                }
                What::Close { period, .. } => {
                    closes.insert(period.clone(), (recorded, place));
                }
                other => panic!("the reference does not know {other:?}"),
            }
        }
        let newest = versions.last().expect("a version");
        let calendar = Calendar::qualifying(newest, &newest.terms[0]);
        Reference { versions, facts, closes, calendar }
    }

    /// The awards with everything known.
    pub fn awards(&self) -> BTreeMap<Key, Decimal> {
        let mut awards = BTreeMap::new();
        for period in self.periods() {
            self.awards_of(&period, &|_| true, &mut awards);
        }
        awards
    }

    /// What each payout period books for each award: the award with everything belonging up to it
    /// less the award with everything belonging before it.
    pub fn due(&self) -> BTreeMap<(Key, Date), Decimal> {
        let mut due = BTreeMap::new();
        for period in self.periods() {
            let mut before: BTreeMap<Key, Decimal> = BTreeMap::new();
            let mut payout = Some(period.clone());
            while let Some(booking) = payout {
                let mut now = BTreeMap::new();
                let belongs = |recorded: Recorded| self.booked(&period, recorded) <= booking.start;
                self.awards_of(&period, &belongs, &mut now);
                for key in before.keys().chain(now.keys()).collect::<BTreeSet<_>>() {
                    let of = |amounts: &BTreeMap<Key, Decimal>| {
                        amounts.get(key).copied().unwrap_or_default()
                    };
                    let difference = of(&now) - of(&before);
                    if !difference.is_zero() {
                        due.insert((key.clone(), booking.start), difference);
                    }
                }
                before = now;
                payout = self.calendar.next(&booking).filter(|next| next.start < far());
            }
        }
        due
    }

    fn periods(&self) -> Vec<Period> {
        self.calendar.up_to(far())
    }

    /// The first day of the payout period in which something about a period is booked.
    fn booked(&self, period: &Period, recorded: Recorded) -> Date {
        let grace = self.versions[self.versions.len() - 1].terms[0].periods.grace_days;
        let mut booked = period.clone();
        loop {
            let in_grace = match grace {
                None => true,
                Some(days) => {
                    let last = jiff::Span::new().days(i64::from(days));
                    recorded.0 < booked.end.checked_add(last).expect("within range")
                }
            };
            let closed = self.closes.get(&*booked.name).is_some_and(|close| *close <= recorded);
            if in_grace && !closed {
                return booked.start;
            }
            match self.calendar.next(&booked) {
                Some(next) => booked = next,
                None => return booked.start,
            }
        }
    }

    fn awards_of(
        &self,
        period: &Period,
        belongs: &dyn Fn(Recorded) -> bool,
        into: &mut BTreeMap<Key, Decimal>,
    ) {
        let facts: Vec<&Fact> =
            self.facts.iter().filter(|(at, _)| belongs(*at)).map(|(_, fact)| fact).collect();
        let partners: BTreeSet<String> = facts
            .iter()
            .filter_map(|fact| fact.partner.as_ref())
            .map(|partner| partner.as_str().to_owned())
            .collect();
        for partner in partners {
            // Each day's version is the newest that has begun by then, or by the period's start.
            let acting: Vec<(Date, &Program)> = self.parts(period);
            let mut groups: BTreeSet<String> = BTreeSet::new();
            for (at, (from, version)) in acting.iter().enumerate() {
                let to = acting.get(at + 1).map_or(period.end, |(next, _)| *next);
                for counts in counted(&facts, &partner, version, (*from, to)) {
                    groups.insert(group_of(&counts, version));
                }
            }
            let mut awards: Vec<(String, Decimal)> = Vec::new();
            for group in groups {
                let amount = award(&facts, &partner, &group, period, &acting, &self.calendar);
                awards.push((group, amount));
            }
            let last = acting[acting.len() - 1].1;
            bound_all(&mut awards, last.terms[0].limits.per_partner_period, last);
            for (group, amount) in awards {
                into.insert((partner.clone(), period.start, group), amount);
            }
        }
    }

    fn parts(&self, period: &Period) -> Vec<(Date, &'c Program)> {
        let mut parts: Vec<(Date, &Program)> = Vec::new();
        for version in self.versions {
            match version.change {
                Change::First => parts.push((period.start, version)),
                Change::Amends { from, .. } if from <= period.start => {
                    parts.clear();
                    parts.push((period.start, version));
                }
                Change::Amends { from, .. } if from < period.end => parts.push((from, version)),
                Change::Amends { .. } => {}
                Change::Corrects { .. } => panic!("the reference knows no corrections"),
            }
        }
        parts
    }
}

/// After everything that random stories do.
fn far() -> Date {
    Date::new(2028, 6, 1).expect("a date")
}

fn subject<'s>(counts: &'s Counts<'_>, master: &'s Master, program: &'s Program) -> Subject<'s> {
    Subject {
        fact: counts.fact,
        date: counts.day,
        quantity: counts.fact.quantity,
        amount: counts.fact.amount,
        partner: None,
        product: None::<&Fields>,
        earner: None,
        master,
        lists: &program.lists,
        currency: None,
        awarded: Awarded::Unknown,
    }
}

/// The facts of a partner that meet the term's condition on days `[from, to)`. Returns come as
/// facts of their own, with what they take from their sale.
fn counted<'f>(
    facts: &[&'f Fact],
    partner: &str,
    program: &Program,
    (from, to): (Date, Date),
) -> Vec<Counts<'f>> {
    let term = &program.terms[0];
    let nets = match term.returns {
        Returns::WithSale => true,
        Returns::OwnDate => term.group_by.fact,
        Returns::Ignored => false,
    };
    let mut counted = Vec::new();
    for fact in facts {
        let against = fact.kind.counts_against();
        if against && term.returns == Returns::Ignored {
            continue;
        }
        let sale = fact.of.as_ref().and_then(|of| facts.iter().find(|sale| &sale.key == of));
        let day = match sale {
            Some(sale) if nets => sale.date(),
            _ => fact.date(),
        };
        let unit = sale.unwrap_or(fact);
        if nets && came_back(facts, unit) {
            continue;
        }
        // What a return does not say itself is its sale's.
        let merged = match sale {
            Some(sale) => Fact {
                partner: sale.partner.clone(),
                channel: sale.channel.clone(),
                quantity: fact.quantity.or(sale.quantity),
                amount: fact.amount.or(sale.amount),
                ..(*fact).clone()
            },
            None => (*fact).clone(),
        };
        if merged.partner.as_ref().is_none_or(|of| of.as_str() != partner) {
            continue;
        }
        if day < from || to <= day {
            continue;
        }
        // Tests run once and are short: what is merged may stay.
        let fact: &'f Fact = Box::leak(Box::new(merged));
        let counts = Counts { fact, day, unit: unit.key.as_str() };
        let master = Master::default();
        let subject = subject(&counts, &master, program);
        let meets = |when: &Expr| when.truth(&subject).unwrap_or(false);
        if program.when.as_ref().is_none_or(meets) && term.when.as_ref().is_none_or(meets) {
            counted.push(counts);
        }
    }
    counted
}

/// Whether the returns of a sale took all of it back.
fn came_back(facts: &[&Fact], sale: &Fact) -> bool {
    let (mut quantity, mut amount) = (sale.quantity.unwrap_or(ZERO), sale.amount.unwrap_or(ZERO));
    let mut returned = false;
    for fact in facts.iter().filter(|fact| fact.of.as_ref() == Some(&sale.key)) {
        quantity -= fact.quantity.or(sale.quantity).unwrap_or(ZERO);
        amount -= fact.amount.or(sale.amount).unwrap_or(ZERO);
        returned = true;
    }
    returned && quantity.is_zero() && amount.is_zero()
}

fn group_of(counts: &Counts<'_>, program: &Program) -> String {
    let by = &program.terms[0].group_by;
    if by.fact {
        counts.unit.to_owned()
    } else if by.names.is_empty() {
        String::new()
    } else {
        counts.fact.channel.clone().unwrap_or_default()
    }
}

/// The values of a group as one text, as the reference writes them.
pub fn group_text(award: &Award) -> String {
    award.group.values().map(|(_, value)| value).collect::<Vec<_>>().join(" ")
}

fn add_up(total: &Total, facts: &[Counts<'_>], program: &Program) -> Decimal {
    let master = Master::default();
    let mut sum = ZERO;
    for counts in facts {
        let against = counts.fact.kind.counts_against();
        match total {
            Total::Count if against => {}
            Total::Count => sum += ONE,
            Total::Sum(expr) => {
                let number = expr.number(&subject(counts, &master, program)).expect("a number");
                if against {
                    sum -= number;
                } else {
                    sum += number;
                }
            }
            other => panic!("the reference does not know {other:?}"),
        }
    }
    sum
}

/// Where a qualifier stands: in the unit of thresholds, and how thresholds lie on its axis.
struct Stands {
    /// Reached is `threshold * under <= over`.
    over: Decimal,
    under: Decimal,
    base: Option<Decimal>,
    zero: Decimal,
    scale: Decimal,
}

fn award(
    facts: &[&Fact],
    partner: &str,
    group: &str,
    period: &Period,
    acting: &[(Date, &Program)],
    calendar: &Calendar,
) -> Decimal {
    let of_days = |program: &Program, from: Date, to: Date| -> Vec<Counts<'_>> {
        let mut counted = counted(facts, partner, program, (from, to));
        counted.retain(|counts| group_of(counts, program) == group);
        counted
    };
    // The version on the day of the last fact says what is fixed, and the limits.
    let mut last = 0;
    for (at, (from, program)) in acting.iter().enumerate() {
        let to = acting.get(at + 1).map_or(period.end, |(next, _)| *next);
        if !of_days(program, *from, to).is_empty() {
            last = at;
        }
    }
    let mut amount = ZERO;
    let mut running = ZERO;
    for (at, (from, program)) in acting.iter().enumerate() {
        let term = &program.terms[0];
        let to = acting.get(at + 1).map_or(period.end, |(next, _)| *next);
        let measure = term.measure.as_ref().expect("the reference rates a measure");
        let begin = running;
        running += add_up(&measure.total, &of_days(program, *from, to), program);
        let whole = of_days(program, period.start, period.end);
        let total = term.qualifier.as_ref().map_or(&measure.total, |q| &q.total);
        let qualifier = add_up(total, &whole, program);
        let baseline = |prior: Prior| match calendar.prior(period, prior) {
            Some((from, to)) => add_up(total, &of_days(program, from, to), program),
            None => ZERO,
        };
        let Some(stands) = stand(term, qualifier, &baseline) else { continue };
        let after = measure.after.and_then(|after| after.total);
        let piece = |position: Decimal| {
            let position = measure.up_to.map_or(position, |up_to| position.min(up_to));
            after.map_or(position, |after| position.max(after))
        };
        let (begin, end) = (piece(begin), piece(running));
        if after.is_some() && begin == end {
            continue;
        }
        let same = *total == measure.total;
        let spread = (!same).then_some(qualifier);
        amount += rate(term, &stands, (begin, end), spread, at == last);
    }
    let program = acting[last].1;
    let term = &program.terms[0];
    let bounded = bound(amount, term.limits.per_award);
    term.rounding.mode.round(bounded, program.currency.decimals())
}

fn stand(term: &Term, total: Decimal, baseline: &dyn Fn(Prior) -> Decimal) -> Option<Stands> {
    let plain = Stands { over: total, under: ONE, base: None, zero: ZERO, scale: ONE };
    let view = term.qualifier.as_ref().map_or(&View::Total, |q| &q.view);
    match (view, &term.compare) {
        (View::Total, Compare::Nothing) => Some(plain),
        (View::Attainment, Compare::Target(Figure::Number(target))) => {
            Some(Stands { under: *target, base: Some(*target), scale: *target, ..plain })
        }
        (View::Growth, Compare::Baseline(Baseline { of, when_zero, .. })) => {
            let base = baseline(match of {
                BaselineOf::PriorPeriod => Prior::Period,
                BaselineOf::PriorYear => Prior::Year,
                BaselineOf::Figure(_) => panic!("the reference knows no figures"),
            });
            if ZERO < base {
                let over = total - base;
                return Some(Stands {
                    over,
                    under: base,
                    base: Some(base),
                    zero: base,
                    scale: base,
                });
            }
            match when_zero {
                WhenZero::NoAward => None,
                // As if the baseline were what was reached: nothing lies above it.
                WhenZero::NoGrowth => {
                    Some(Stands { over: ZERO, base: Some(Decimal::MAX), zero: total, ..plain })
                }
                // Everything lies above the baseline, and it is 100 % of it.
                WhenZero::FullGrowth => {
                    Some(Stands { over: ONE, base: Some(ZERO), scale: total, ..plain })
                }
                WhenZero::Other(_) => panic!("the reference knows no other baseline"),
            }
        }
        other => panic!("the reference does not know {other:?}"),
    }
}

/// What the rows pay on the piece `begin..end` of the running total.
fn rate(
    term: &Term,
    stands: &Stands,
    (begin, end): (Decimal, Decimal),
    spread: Option<Decimal>,
    pays_fixed: bool,
) -> Decimal {
    let reached: Vec<(usize, &Row)> = term
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| match row.opens {
            Opens::Always => true,
            Opens::From(threshold) => threshold * stands.under <= stands.over,
            Opens::Above(threshold) => threshold * stands.under < stands.over,
        })
        .collect();
    let Some(highest) = reached.last().copied() else { return ZERO };
    let fixed = |row: &Row| if pays_fixed { row.fixed.unwrap_or_default() } else { ZERO };
    let value = |row: &Row| match row.value {
        Some(RowValue::Rate(value) | RowValue::PerUnit(value)) => value,
        other => panic!("the reference does not know {other:?}"),
    };
    let lies = |row: &Row| match row.opens {
        Opens::Always => None,
        Opens::From(t) | Opens::Above(t) => Some(stands.zero + t * stands.scale),
    };
    match term.method {
        Method::AllUnits => value(highest.1) * (end - begin) + fixed(highest.1),
        Method::Stacked => {
            reached.iter().map(|(_, row)| value(row) * (end - begin) + fixed(row)).sum()
        }
        Method::Excess => {
            let base = stands.base.or(lies(highest.1)).unwrap_or_default();
            value(highest.1) * (end.max(base) - begin.max(base)) + fixed(highest.1)
        }
        Method::Marginal => {
            let mut amount = ZERO;
            for (at, row) in &reached {
                let ends = term.rows.get(at + 1).and_then(lies);
                let within = |x: Decimal| {
                    let x = lies(row).map_or(x, |opens| x.max(opens));
                    ends.map_or(x, |ends| x.min(ends))
                };
                let slice = match spread {
                    None => within(end) - within(begin),
                    Some(axis) if axis <= ZERO => {
                        if row.opens == Opens::Always {
                            end - begin
                        } else {
                            ZERO
                        }
                    }
                    Some(axis) => (end - begin) * (within(axis) - within(ZERO)) / axis,
                };
                amount += value(row) * slice + fixed(row);
            }
            amount
        }
        other => panic!("the reference does not know {other:?}"),
    }
}

fn bound(amount: Decimal, bounds: Bounds) -> Decimal {
    let mut size = amount.abs();
    if amount.is_zero() {
        return amount;
    }
    if let Some(most) = bounds.at_most {
        size = size.min(most);
    }
    if let Some(least) = bounds.at_least {
        size = size.max(least);
    }
    if amount.is_sign_negative() { -size } else { size }
}

/// A limit over all groups: cut in proportion, what is left goes to the largest remainders, then
/// by order.
fn bound_all(awards: &mut [(String, Decimal)], bounds: Bounds, program: &Program) {
    let total: Decimal = awards.iter().map(|(_, amount)| *amount).sum();
    let bounded = bound(total, bounds);
    if bounded == total {
        return;
    }
    let mode = domain::amount::RoundingMode::Down;
    let decimals = program.currency.decimals();
    let mut left = bounded;
    let mut rests: HashMap<usize, Decimal> = HashMap::new();
    for (at, (_, amount)) in awards.iter_mut().enumerate() {
        let exact = bounded * *amount / total;
        *amount = mode.round(exact, decimals);
        left -= *amount;
        rests.insert(at, (exact - *amount).abs());
    }
    let cent = Decimal::new(if left.is_sign_negative() { -1 } else { 1 }, decimals);
    while !left.is_zero() {
        let mut next = 0;
        for at in 0..awards.len() {
            if rests[&next] < rests[&at] {
                next = at;
            }
        }
        rests.insert(next, Decimal::NEGATIVE_ONE);
        awards[next].1 += cent;
        left -= cent;
    }
}
