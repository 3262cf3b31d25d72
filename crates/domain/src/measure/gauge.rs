//! A gauge: one total that a rule takes of facts, with what it last found.

use std::collections::HashMap;

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::view::View;
use super::{Booked, Finding, LeftOut, Placed, WaitReason, payee};
use crate::amount::Currency;
use crate::code::{PartnerCode, Unit};
use crate::condition::{Awarded, Depends, Expr, Path, Subject};
use crate::detail::{self, Spot};
use crate::fact::Fact;
use crate::master::{Fields, Master};
use crate::period::Period;
use crate::plan::{Grain, LinkBy, PlanTerm, Read, ReadNames, ReadWindow, Rule, Weight};
use crate::program::{
    Each, Earner, FactsOf, Member, Members, Program, Returns, Scope, Split, Total,
};
use crate::totals::{Group, Slot};

/// One read of one rule, with what it last found.
#[derive(Debug)]
pub(super) struct Gauge<'a> {
    pub(super) plan: usize,
    pub(super) version: usize,
    pub(super) term: u16,
    pub(super) rule: &'a Rule,
    pub(super) read: &'a Read,
    pub(super) program: &'a Program,
    pub(super) by_product: Vec<&'a Expr>,
    pub(super) by_partner: Vec<&'a Expr>,
    pub(super) by_line: Vec<&'a Expr>,
    /// The condition on who earns, where that is not the fact's partner.
    members_where: Option<Expr>,
    /// Empty unless members are listed by name.
    members: HashMap<&'a str, Vec<&'a Member>>,
    /// Names of the award's groups that the total is taken by.
    names: Vec<(&'a str, &'a Path)>,
    by_fact: bool,
    /// By date; no two overlap.
    pub(super) placed: Vec<Placed>,
    pub(super) booked: Vec<Booked>,
}

/// From what to what the numbers of a fact are converted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Needs<'f> {
    pub(super) rate: Option<(Currency, Currency)>,
    pub(super) factor: Option<(&'f str, &'f str)>,
}

/// What a fact adds.
pub(super) struct Taken {
    pub(super) total: Decimal,
    pub(super) group: Group,
    pub(super) more: Vec<(Slot, Group, Decimal)>,
}

impl<'a> Gauge<'a> {
    pub(super) fn new(
        (plan, version, term): (usize, usize, u16),
        rule: &'a Rule,
        read: &'a Read,
        program: &'a Program,
    ) -> Gauge<'a> {
        let (mut by_product, mut by_partner, mut by_line) = (Vec::new(), Vec::new(), Vec::new());
        for expr in &read.filter {
            match expr.depends() {
                depends if depends.only(Depends::PRODUCT) => by_product.push(expr),
                depends if depends.only(Depends::PARTNER) => by_partner.push(expr),
                _ => by_line.push(expr),
            }
        }
        let mut members: HashMap<&str, Vec<&Member>> = HashMap::new();
        if let Members::List(list) = &program.partners {
            for member in list {
                members.entry(member.partner.as_str()).or_default().push(member);
            }
        }
        let members_where = match &program.partners {
            Members::Where(condition) if rule.term.earner != Earner::Partner => {
                Some(condition.about_earner())
            }
            _ => None,
        };
        let by = &rule.term.group_by;
        let names = by.names.iter().map(|(name, path)| (name.as_str(), path));
        let names = match &read.names {
            ReadNames::Award | ReadNames::Names => names.collect(),
            ReadNames::Some(some) => {
                names.filter(|(name, _)| some.iter().any(|other| other == name)).collect()
            }
        };
        Gauge {
            plan,
            version,
            term,
            rule,
            read,
            program,
            by_product,
            by_partner,
            by_line,
            members_where,
            members,
            names,
            by_fact: by.fact && read.names == ReadNames::Award,
            placed: Vec::new(),
            booked: Vec::new(),
        }
    }

    pub(super) fn find(conditions: &[&Expr], subject: &Subject<'_>) -> Finding {
        for (at, condition) in conditions.iter().enumerate() {
            match condition.truth(subject) {
                Ok(true) => {}
                Ok(false) => return Finding::Fails(u8::try_from(at).unwrap_or(u8::MAX)),
                Err(_) => return Finding::Waits,
            }
        }
        Finding::Met
    }

    /// Whether only enrolled partners count here.
    fn asks_enrolment(&self) -> bool {
        matches!(self.read.window, ReadWindow::Period | ReadWindow::Program)
            && self.read.scope == Scope::Partner
    }

    pub(super) fn find_partner(&self, partner: &PartnerCode, subject: &Subject<'_>) -> Finding {
        let enrolled = match &self.program.partners {
            // Others earn than the fact's partner.
            _ if !self.asks_enrolment() || self.rule.term.earner != Earner::Partner => Ok(true),
            Members::Where(condition) if !looks_above(condition) => condition.truth(subject),
            Members::All | Members::Where(_) => Ok(true),
            Members::List(_) => Ok(self.members.contains_key(partner.as_str())),
        };
        match enrolled {
            Ok(true) => Gauge::find(&self.by_partner, subject),
            Ok(false) => Finding::NotEnrolled,
            Err(_) => Finding::Waits,
        }
    }

    /// What of enrolment depends on the day or the fact.
    pub(super) fn enrolled(
        &self,
        earner: &PartnerCode,
        subject: &Subject<'_>,
    ) -> Result<(), LeftOut<'a>> {
        if !self.asks_enrolment() {
            return Ok(());
        }
        let (fact, day) = (subject.fact, subject.date);
        let waits = |_| LeftOut::Waits(WaitReason::NoValue);
        let enrolled = match (&self.program.partners, &self.members_where) {
            (_, Some(condition)) => condition.truth(subject).map_err(waits)?,
            (Members::Where(condition), None) if looks_above(condition) => {
                condition.truth(subject).map_err(waits)?
            }
            (Members::All | Members::Where(_), None) => true,
            (Members::List(_), None) => {
                let listed = self.members.get(earner.as_str()).map_or(&[][..], Vec::as_slice);
                let site = fact.parties.get("ship_to");
                listed.iter().any(|member| {
                    member.from.is_none_or(|from| from <= day)
                        && member.to.is_none_or(|to| day <= to)
                        && (member.ship_to.is_none() || member.ship_to.as_ref() == site)
                })
            }
        };
        if enrolled { Ok(()) } else { Err(LeftOut::NotEnrolled) }
    }

    fn failed(conditions: &[&'a Expr], which: u8) -> LeftOut<'a> {
        LeftOut::Condition(conditions.get(usize::from(which)).map_or("", |expr| expr.text()))
    }

    pub(super) fn failed_by(conditions: &[&'a Expr], found: Finding) -> LeftOut<'a> {
        match found {
            Finding::Fails(which) => Gauge::failed(conditions, which),
            Finding::NotEnrolled => LeftOut::NotEnrolled,
            _ => LeftOut::Waits(WaitReason::NoValue),
        }
    }

    /// The day on which a fact counts, and whether it is netted with its sale.
    pub(super) fn day_of(&self, view: &View<'_>) -> Result<(Date, bool), LeftOut<'a>> {
        let fact: &Fact = &view.fact;
        let term = &self.rule.term;
        let kinds = match &term.facts {
            FactsOf::Kinds(kinds) if kinds.contains(&fact.kind) && !term.external => kinds,
            _ => return Err(LeftOut::Kind),
        };
        if fact.kind.counts_against() && term.returns == Returns::Ignored {
            return Err(LeftOut::ReturnsIgnored);
        }
        // A term that takes facts one by one nets a return with its sale.
        let nets = match term.returns {
            Returns::WithSale => true,
            Returns::OwnDate => term.group_by.fact,
            Returns::Ignored => false,
        };
        if nets && view.came_back.whole_for(kinds) {
            return Err(LeftOut::CameBackWhole);
        }
        match view.sale_at {
            Some(sale) if nets => Ok((sale.date(), nets)),
            _ => Ok((fact.date(), nets)),
        }
    }

    /// The `nth` period a day counts for, and the days `[from, to)` that count for the same.
    pub(super) fn period(
        &self,
        of: &PlanTerm,
        day: Date,
        nth: usize,
    ) -> Option<(Period, Date, Date)> {
        let term = &self.rule.term;
        match self.read.window {
            ReadWindow::Period | ReadWindow::Program => {
                let starts = term.starts.unwrap_or(Date::MIN);
                let ends = term.ends.and_then(|ends| ends.tomorrow().ok()).unwrap_or(Date::MAX);
                if day < starts || ends <= day {
                    return None;
                }
                let mut period = of.calendar.containing(day)?;
                let (from, to) = (period.start.max(starts), period.end.min(ends));
                if self.read.window == ReadWindow::Program {
                    period = of.calendar.first()?;
                }
                Some((period, from, to))
            }
            ReadWindow::Prior(prior) => {
                let period = of.calendar.following(day, prior)?;
                let (from, to) = of.calendar.prior(&period, prior)?;
                Some((period, from, to))
            }
            ReadWindow::Span(span, grain) => {
                let length = Span::new()
                    .try_months(span.months)
                    .and_then(|length| length.try_days(span.days))
                    .ok()?;
                let reaches = |period: &Period| match grain {
                    // Looking back from the period's end.
                    Grain::Group => period.end.checked_sub(length).is_ok_and(|from| from <= day),
                    // Looking back from a fact in it.
                    Grain::Fact => period.start.checked_sub(length).is_ok_and(|from| from <= day),
                };
                let first = of.calendar.containing(day).or_else(|| of.calendar.first())?;
                let mut period = (day < first.end).then_some(first)?;
                for _ in 0..nth {
                    period = of.calendar.next(&period)?;
                }
                // As the program's last day cuts it.
                let period = of.calendar.containing(period.start)?;
                reaches(&period).then_some((period, day, day))
            }
        }
    }

    /// What a fact adds, and where.
    pub(super) fn take(
        &self,
        subject: &Subject<'_>,
        view: &View<'_>,
        nets: bool,
    ) -> Result<Taken, LeftOut<'a>> {
        let against = subject.fact.kind.counts_against();
        let signed = |number: Decimal| if against { -number } else { number };
        let base = self.group(view.unit, subject);
        let mut more = Vec::new();
        let total = match &self.read.total {
            None => Decimal::ZERO,
            Some(Total::Sum(expr) | Total::Max(expr) | Total::Min(expr)) => {
                signed(self.number(expr, subject)?)
            }
            // Of facts, returns aside.
            Some(Total::Count) => Decimal::from(u8::from(!against)),
            Some(Total::CountDistinct(path)) => {
                if let Some(value) = path.value(subject) {
                    let value = value.to_string();
                    let one = Decimal::from(u8::from(!against));
                    more.push((self.read.slot, base.with_detail(&detail::value(&value)), one));
                    if let Some(Each { total, .. }) = &self.read.each {
                        let reached = match total {
                            Total::Sum(expr) => signed(self.number(expr, subject)?),
                            _ => one,
                        };
                        let group = base.with_detail(&detail::each(&value));
                        more.push((self.read.slot, group, reached));
                    }
                }
                Decimal::ZERO
            }
            Some(Total::Sets(parts)) => {
                for (nth, (when, _)) in parts.iter().enumerate() {
                    let is = when.truth(subject);
                    if is.map_err(|_| LeftOut::Waits(WaitReason::NoValue))? {
                        let quantity =
                            subject.quantity.ok_or_else(|| Gauge::no_quantity(subject))?;
                        let group = base.with_detail(&detail::part(nth));
                        more.push((self.read.slot, group, signed(quantity)));
                    }
                }
                Decimal::ZERO
            }
        };
        let Some(detail) = self.detail(subject, view, nets)? else {
            return Ok(Taken { total, group: base, more });
        };
        let group = base.with_detail(&detail);
        // A return in the place of its sale has its share of what was awarded there.
        let again = nets && view.sale_at.is_some();
        if self.read.slot == Slot::Measure && !again {
            self.links(subject, &group, &mut more)?;
        }
        Ok(Taken { total, group, more })
    }

    /// How much of what other terms awarded for the fact goes into the measure.
    fn links(
        &self,
        subject: &Subject<'_>,
        group: &Group,
        more: &mut Vec<(Slot, Group, Decimal)>,
    ) -> Result<(), LeftOut<'a>> {
        let Some(Total::Sum(expr)) = &self.read.total else { return Ok(()) };
        for (nth, link) in self.rule.links.iter().enumerate() {
            let Ok(nth) = u8::try_from(nth) else { break };
            let without = self.number(expr, subject)?;
            let name = link.written();
            let other = match link.by {
                LinkBy::NetOf => {
                    let less = subject.amount.map(|it| it.saturating_sub(Decimal::ONE));
                    Subject { amount: less, ..*subject }
                }
                LinkBy::Awarded => Subject { awarded: Awarded::One(&name), ..*subject },
            };
            let with = self.number(expr, &other)?;
            more.push((Slot::Link(nth), group.clone(), with.saturating_sub(without)));
        }
        Ok(())
    }

    fn number(&self, expr: &Expr, subject: &Subject<'_>) -> Result<Decimal, LeftOut<'a>> {
        expr.number(subject).map_err(|_| LeftOut::Waits(self.why_waits(expr, subject)))
    }

    /// Why the conditions on the fact itself have no answer.
    pub(super) fn unanswered(&self, subject: &Subject<'_>) -> LeftOut<'a> {
        let expr = self.by_line.iter().find(|expr| expr.truth(subject).is_err());
        LeftOut::Waits(expr.map_or(WaitReason::NoValue, |expr| self.why_waits(expr, subject)))
    }

    fn why_waits(&self, expr: &Expr, subject: &Subject<'_>) -> WaitReason {
        let fact = subject.fact;
        let no_rate = fact.amount.is_some() && subject.amount.is_none();
        let no_factor = fact.quantity.is_some() && subject.quantity.is_none();
        let names = |what: &str| expr.walk_fields().iter().any(|path| path.ends_with(what));
        let no_price = || {
            let lists = expr.price_lists();
            let (product, to) = (fact.product.as_ref(), self.read.currency);
            !lists.is_empty()
                && !lists.iter().all(|list| {
                    product.is_some_and(|product| {
                        subject.master.price(list, product, to, subject.date).is_some()
                    })
                })
        };
        match (no_rate, no_factor) {
            (true, _) if names("amount") => WaitReason::NoRate,
            (_, true) if names("quantity") => WaitReason::NoFactor,
            _ if no_price() => WaitReason::NoPrice,
            _ => WaitReason::NoValue,
        }
    }

    fn no_quantity(subject: &Subject<'_>) -> LeftOut<'a> {
        let no_factor = subject.fact.quantity.is_some();
        LeftOut::Waits(if no_factor { WaitReason::NoFactor } else { WaitReason::NoValue })
    }

    /// What is finer than the group: the fact in its place, and who is paid for it.
    fn detail(
        &self,
        subject: &Subject<'_>,
        view: &View<'_>,
        nets: bool,
    ) -> Result<Option<String>, LeftOut<'a>> {
        let split = self.rule.term.split.as_ref().filter(|_| match self.read.slot {
            Slot::Measure => true,
            Slot::Qualifier => self.rule.weight() == Weight::Qualifier,
            _ => false,
        });
        if self.read.grain == Grain::Group && split.is_none() {
            return Ok(None);
        }
        let paid = |to: &Earner| payee(to, subject).map(|code| code.as_str().to_owned());
        let payees: Option<Vec<String>> = match split {
            None => Some(Vec::new()),
            Some(Split::Contributors) => paid(&Earner::Partner).map(|code| vec![code]),
            Some(Split::Shares(shares)) => shares.iter().map(|(to, _)| paid(to)).collect(),
        };
        let payees = match payees {
            None if self.read.slot == Slot::Measure => return Err(LeftOut::NotEnrolled),
            payees => payees.unwrap_or_default(),
        };
        if self.read.grain == Grain::Group {
            return Ok(Some(Spot::write(None, &payees)));
        }
        let fact: &Fact = &view.fact;
        let (at, key, against) = match view.sale_at {
            Some(sale) if nets => (sale.to_string(), view.unit, false),
            _ => (fact.at.to_string(), fact.key.as_str(), fact.kind.counts_against()),
        };
        Ok(Some(Spot::write(Some((&at, key, view.unit, against)), &payees)))
    }

    fn group(&self, unit: &str, subject: &Subject<'_>) -> Group {
        if !self.by_fact && self.names.is_empty() {
            return Group::one();
        }
        let mut values: Vec<(&str, String)> = Vec::new();
        for (name, path) in &self.names {
            values.push((name, path.value(subject).map_or(String::new(), |v| v.to_string())));
        }
        if self.by_fact {
            values.push(("fact", unit.to_owned()));
        }
        Group::new(values.iter().map(|(name, value)| (*name, value.as_str())))
    }

    /// Converts amount and quantity to what the total is taken in, by the rate and factor of the
    /// business date. Without a rate or factor the number is missing.
    pub(super) fn convert(&self, subject: &mut Subject<'_>, master: &Master) {
        let fact = subject.fact;
        let needs = self.needs(fact, subject.product);
        if let (Some(amount), Some((of, to))) = (fact.amount, needs.rate) {
            subject.amount = master.rate(of, to, fact.date()).and_then(|rate| rate.apply(amount));
        }
        if let (Some(quantity), Some((of, to))) = (fact.quantity, needs.factor) {
            subject.quantity = master
                .factor(fact.product.as_ref(), of, to, fact.date())
                .and_then(|rate| rate.apply(quantity));
        }
    }

    /// What its numbers are converted by, where they are in something else than the total.
    pub(super) fn needs<'f>(&'f self, fact: &'f Fact, product: Option<&'f Fields>) -> Needs<'f> {
        let of = fact.currency.unwrap_or(self.program.currency);
        let to = self.read.currency;
        let rate = (fact.amount.is_some() && of != to).then_some((of, to));
        let own = product.and_then(|product| product.get("unit")).map(String::as_str);
        let to = self.read.unit.as_ref().map(Unit::as_str).or(own);
        let from = fact.unit.as_ref().map(Unit::as_str).or(own);
        let units = from.zip(to).filter(|(from, to)| from != to);
        Needs { rate, factor: units.filter(|_| fact.quantity.is_some()) }
    }
}

/// Whether it reads those above a partner, who may change on days of their own.
fn looks_above(condition: &Expr) -> bool {
    !condition.depends().only(Depends::PARTNER)
}
