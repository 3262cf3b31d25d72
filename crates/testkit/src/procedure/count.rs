//! Which facts count, and what totals they come to.

#![expect(clippy::struct_excessive_bools, reason = "a fact with all that was found out about it")]

use std::collections::{BTreeMap, HashMap};

use domain::amount::Currency;
use domain::code::{PartnerCode, Unit};
use domain::condition::{Awarded, Expr, Subject};
use domain::fact::{Fact, FactKind};
use domain::program::{
    Each, EachReach, Earner, FactsOf, Members, Program, Reading, ReadingGroup, Returns, Scope,
    Split, Term, Total, Window,
};
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::story::Story;
use super::{Procedure, awarded_names, has_days};

/// What a reading takes.
#[derive(Debug, Clone)]
pub(super) struct Look<'t> {
    pub total: &'t Total,
    /// In place of the term's own condition.
    pub when: Option<&'t Expr>,
    pub scope: &'t Scope,
    pub window: Window,
    /// Names of the award's group it is taken by.
    pub names: Vec<String>,
    pub unit: Option<&'t Unit>,
    pub currency: Currency,
    pub each: Option<&'t Each>,
    /// Whether it is the measure of the term.
    pub measure: bool,
}

/// A fact that counts.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub fact: Fact,
    pub day: Date,
    /// Its place in the order of facts: when it happened, then its key. A return that is netted
    /// stands where its sale does.
    pub place: (DateTime, String),
    pub unit: String,
    /// A return in a place of its own.
    pub takes_back: bool,
    /// A return in the place of its sale.
    pub again: bool,
    pub earner: PartnerCode,
    /// Whether the earner is enrolled.
    pub enrolled: bool,
    /// Whether it counts in the term's own periods: enrolled, and on the term's days.
    pub counts: bool,
    /// What stands at the scope's path.
    pub scope: Option<String>,
    pub group: Vec<(String, String)>,
    /// Its number with its sign.
    pub number: Decimal,
    /// For distinct values: which, and what it brings to `each`.
    pub value: Option<(String, Decimal)>,
    /// Quantities by part of a set.
    pub sets: Vec<(usize, Decimal)>,
    pub payees: Vec<PartnerCode>,
}

/// Facts that count in the measure, by version.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub measures: HashMap<u32, Vec<Hit>>,
}

pub(super) fn look_of_measure<'t>(program: &Program, term: &'t Term) -> Option<Look<'t>> {
    let measure = term.measure.as_ref()?;
    let mut names: Vec<String> = term.group_by.names.iter().map(|(n, _)| n.clone()).collect();
    if term.group_by.fact {
        names.push("fact".to_owned());
    }
    Some(Look {
        total: &measure.total,
        when: term.when.as_ref(),
        scope: &Scope::Partner,
        window: Window::Period,
        names,
        unit: measure.unit.as_ref().or(term.unit.as_ref()),
        currency: measure.currency.or(term.currency).unwrap_or(program.currency),
        each: None,
        measure: true,
    })
}

pub(super) fn look_of<'t>(program: &Program, term: &'t Term, reading: &'t Reading) -> Look<'t> {
    let mut names: Vec<String> = term.group_by.names.iter().map(|(n, _)| n.clone()).collect();
    match &reading.group_by {
        Some(ReadingGroup::None) => names.clear(),
        Some(ReadingGroup::Names(some)) => names.clone_from(some),
        None => {
            let own = reading.scope == Scope::Partner && reading.window == Window::Period;
            if own && term.group_by.fact {
                names.push("fact".to_owned());
            }
        }
    }
    Look {
        total: &reading.total,
        when: reading.when.as_ref().or(term.when.as_ref()),
        scope: &reading.scope,
        window: reading.window,
        names,
        unit: reading.unit.as_ref().or(term.unit.as_ref()),
        currency: reading.currency.or(term.currency).unwrap_or(program.currency),
        each: reading.each.as_ref(),
        measure: false,
    }
}

/// A sale and what takes from it.
struct Unit_<'f> {
    sale: Option<&'f Fact>,
    returns: Vec<&'f Fact>,
}

impl Story {
    /// The facts of a term's measure; of a term without one, those that would count.
    pub fn measured(&self, program: &Program, term: &Term) -> Vec<Hit> {
        if let Some(look) = look_of_measure(program, term) {
            self.hits(program, term, &look)
        } else {
            let nothing = Total::Sum(zero());
            let mut names: Vec<String> =
                term.group_by.names.iter().map(|(name, _)| name.clone()).collect();
            if term.group_by.fact {
                names.push("fact".to_owned());
            }
            let look = Look {
                total: &nothing,
                when: term.when.as_ref(),
                scope: &Scope::Partner,
                window: Window::Period,
                names,
                unit: term.unit.as_ref(),
                currency: term.currency.unwrap_or(program.currency),
                each: None,
                measure: true,
            };
            self.hits(program, term, &look)
        }
    }

    /// All facts that a reading takes, on whatever day.
    pub fn hits(&self, program: &Program, term: &Term, look: &Look<'_>) -> Vec<Hit> {
        let FactsOf::Kinds(kinds) = &term.facts else { return Vec::new() };
        if term.external {
            return Vec::new();
        }
        let own = self.facts.iter().filter(|fact| kinds.contains(&fact.kind));
        own.filter_map(|fact| self.hit(fact, kinds, program, term, look)).collect()
    }

    fn unit_of<'f>(&'f self, fact: &'f Fact) -> Unit_<'f> {
        let key = fact.of.as_ref().unwrap_or(&fact.key);
        let sale = self.facts.iter().find(|other| &other.key == key && other.of.is_none());
        let returns = self.facts.iter().filter(|other| other.of.as_ref() == Some(key));
        Unit_ { sale, returns: returns.collect() }
    }

    fn hit(
        &self,
        fact: &Fact,
        kinds: &[FactKind],
        program: &Program,
        term: &Term,
        look: &Look<'_>,
    ) -> Option<Hit> {
        let against = fact.kind.counts_against();
        if against && term.returns == Returns::Ignored {
            return None;
        }
        let nets = match term.returns {
            Returns::WithSale => true,
            Returns::OwnDate => term.group_by.fact,
            Returns::Ignored => false,
        };
        let unit = self.unit_of(fact);
        if nets && came_back(&unit, kinds) {
            return None;
        }
        let sale = unit.sale.filter(|_| fact.of.is_some());
        let merged = sale.map_or_else(|| fact.clone(), |sale| merge(fact, sale));
        let day = match sale {
            Some(sale) if nets => sale.date(),
            _ => fact.date(),
        };
        let partner = merged.partner.clone()?;
        let own = self.fields(&partner, day);
        let product = merged.product.as_ref().and_then(|code| self.master.products.get(code));
        let mut subject = Subject {
            fact: &merged,
            date: day,
            quantity: self.quantity(&merged, look, product),
            amount: self.amount(&merged, look, program),
            partner: own,
            product,
            earner: own.map(|own| (&partner, own)),
            master: &self.master,
            lists: &program.lists,
            currency: Some(look.currency),
            awarded: Awarded::Nothing,
        };
        let earner = follow(&term.earner, &subject)?;
        subject.earner = self.fields(&earner, day).map(|fields| (&earner, fields));
        for condition in program.when.iter().chain(look.when) {
            if !condition.truth(&subject).unwrap_or(false) {
                return None;
            }
        }
        let payees = match (&term.split, look.measure) {
            (None, _) | (_, false) => Vec::new(),
            (Some(Split::Contributors), true) => vec![partner.clone()],
            (Some(Split::Shares(shares)), true) => {
                shares.iter().map(|(to, _)| follow(to, &subject)).collect::<Option<_>>()?
            }
        };
        let scope = match look.scope {
            Scope::Partner | Scope::All => None,
            Scope::Path(path) => Some(path.value(&subject)?.to_string()),
        };
        let enrolled = is_enrolled(program, term, &earner, &subject);
        let (place, takes_back, again) = match sale {
            Some(sale) if nets => ((sale.at, sale.key.to_string()), false, true),
            _ => ((fact.at, fact.key.to_string()), against, false),
        };
        let unit = fact.of.as_ref().unwrap_or(&fact.key).to_string();
        let group = group_of(look, term, &unit, &subject);
        let mut hit = Hit {
            day,
            place,
            takes_back,
            again,
            enrolled,
            counts: enrolled && has_days(term, day),
            scope,
            group,
            number: Decimal::ZERO,
            value: None,
            sets: Vec::new(),
            payees,
            unit,
            earner: earner.clone(),
            fact: merged.clone(),
        };
        numbers(&mut hit, look, &subject)?;
        Some(hit)
    }

    /// Converted at the rate of the business date.
    fn amount(&self, fact: &Fact, look: &Look<'_>, program: &Program) -> Option<Decimal> {
        let amount = fact.amount?;
        let from = fact.currency.unwrap_or(program.currency);
        if from == look.currency {
            return Some(amount);
        }
        self.master.rate(from, look.currency, fact.date())?.apply(amount)
    }

    fn quantity(
        &self,
        fact: &Fact,
        look: &Look<'_>,
        product: Option<&domain::master::Fields>,
    ) -> Option<Decimal> {
        let quantity = fact.quantity?;
        let own = product.and_then(|product| product.get("unit")).map(String::as_str);
        let to = look.unit.map(Unit::as_str).or(own);
        let from = fact.unit.as_ref().map(Unit::as_str).or(own);
        match (from, to) {
            (Some(from), Some(to)) if from != to => {
                let product = fact.product.as_ref();
                self.master.factor(product, from, to, fact.date())?.apply(quantity)
            }
            _ => Some(quantity),
        }
    }
}

fn zero() -> Expr {
    let declared = domain::condition::Declared::default();
    Expr::parse("0", &declared, domain::condition::Wanted::Number).expect("a number")
}

fn numbers(hit: &mut Hit, look: &Look<'_>, subject: &Subject<'_>) -> Option<()> {
    let against = subject.fact.kind.counts_against();
    let signed = |number: Decimal| if against { -number } else { number };
    let one = if against { Decimal::ZERO } else { Decimal::ONE };
    match look.total {
        Total::Sum(expr) | Total::Max(expr) | Total::Min(expr) => {
            hit.number = signed(expr.number(subject).ok()?);
        }
        Total::Count => hit.number = one,
        Total::CountDistinct(path) => {
            if let Some(value) = path.value(subject) {
                let brings = match look.each.map(|each| &each.total) {
                    Some(Total::Sum(expr)) => signed(expr.number(subject).ok()?),
                    _ => one,
                };
                hit.value = Some((value.to_string(), brings));
                hit.number = one;
            }
        }
        Total::Sets(parts) => {
            for (nth, (when, _)) in parts.iter().enumerate() {
                if when.truth(subject).ok()? {
                    hit.sets.push((nth, signed(subject.quantity?)));
                }
            }
        }
    }
    Some(())
}

/// Whether all of a sale was taken back, by kinds that count.
fn came_back(unit: &Unit_<'_>, kinds: &[FactKind]) -> bool {
    let Some(sale) = unit.sale else { return false };
    let taken: Vec<&&Fact> =
        unit.returns.iter().filter(|fact| kinds.contains(&fact.kind)).collect();
    let rest = |read: fn(&Fact) -> Option<Decimal>| -> Decimal {
        let back: Decimal =
            taken.iter().map(|fact| read(fact).or(read(sale)).unwrap_or_default()).sum();
        read(sale).unwrap_or_default() - back
    };
    !taken.is_empty() && rest(|fact| fact.quantity).is_zero() && rest(|fact| fact.amount).is_zero()
}

/// A return takes from its sale all it does not say itself.
fn merge(fact: &Fact, sale: &Fact) -> Fact {
    let mut merged = sale.clone();
    merged.key = fact.key.clone();
    merged.kind = fact.kind;
    merged.at = fact.at;
    merged.of.clone_from(&fact.of);
    merged.quantity = fact.quantity.or(sale.quantity);
    merged.amount = fact.amount.or(sale.amount);
    merged.partner = fact.partner.clone().or(merged.partner);
    merged.product = fact.product.clone().or(merged.product);
    merged.channel = fact.channel.clone().or(merged.channel);
    merged.parties.extend(fact.parties.clone());
    merged.attributes.extend(fact.attributes.clone());
    merged
}

fn follow(to: &Earner, subject: &Subject<'_>) -> Option<PartnerCode> {
    match to {
        Earner::Partner => subject.fact.partner.clone(),
        Earner::Path(path) => path.partner(subject),
        Earner::Code(code) => Some(code.clone()),
    }
}

fn is_enrolled(
    program: &Program,
    term: &Term,
    earner: &PartnerCode,
    subject: &Subject<'_>,
) -> bool {
    match &program.partners {
        Members::All => true,
        Members::Where(condition) if term.earner == Earner::Partner => {
            condition.truth(subject).unwrap_or(false)
        }
        Members::Where(condition) => condition.about_earner().truth(subject).unwrap_or(false),
        Members::List(list) => list.iter().any(|member| {
            &member.partner == earner
                && member.from.is_none_or(|from| from <= subject.date)
                && member.to.is_none_or(|to| subject.date <= to)
                && (member.ship_to.is_none()
                    || member.ship_to.as_ref() == subject.fact.parties.get("ship_to"))
        }),
    }
}

fn group_of(
    look: &Look<'_>,
    term: &Term,
    unit: &str,
    subject: &Subject<'_>,
) -> Vec<(String, String)> {
    let mut group = Vec::new();
    for (name, path) in &term.group_by.names {
        if look.names.contains(name) {
            let value = path.value(subject).map_or(String::new(), |value| value.to_string());
            group.push((name.clone(), value));
        }
    }
    if look.names.iter().any(|name| name == "fact") {
        group.push(("fact".to_owned(), unit.to_owned()));
    }
    group
}

/// What a total comes to.
pub(super) fn fold<'h>(look: &Look<'_>, hits: impl Iterator<Item = &'h Hit>) -> Decimal {
    let hits: Vec<&Hit> = hits.collect();
    match look.total {
        Total::Sum(_) | Total::Count => hits.iter().map(|hit| hit.number).sum(),
        Total::CountDistinct(_) => distinct(look, &hits),
        Total::Max(_) => extremes(&hits).into_iter().max().unwrap_or_default(),
        Total::Min(_) => extremes(&hits).into_iter().min().unwrap_or_default(),
        Total::Sets(parts) => {
            let made = parts.iter().enumerate().map(|(nth, (_, size))| {
                let quantities = hits.iter().flat_map(|hit| &hit.sets);
                let own = quantities.filter(|(part, _)| *part == nth).map(|(_, quantity)| quantity);
                (own.sum::<Decimal>() / size).trunc().max(Decimal::ZERO)
            });
            made.min().unwrap_or_default()
        }
    }
}

fn distinct(look: &Look<'_>, hits: &[&Hit]) -> Decimal {
    let mut values: BTreeMap<&str, (Decimal, Decimal)> = BTreeMap::new();
    for hit in hits {
        let Some((value, brings)) = &hit.value else { continue };
        let there = values.entry(value).or_default();
        there.0 += hit.number;
        there.1 += brings;
    }
    let all: Decimal = values.values().map(|(_, brings)| *brings).sum();
    let reaches = |brings: Decimal| match look.each.map(|each| each.reach) {
        None => true,
        Some(EachReach::From(from)) => from <= brings,
        Some(EachReach::Share(share)) => share * all <= brings,
    };
    let counted = values.values().filter(|(there, brings)| !there.is_zero() && reaches(*brings));
    Decimal::from(counted.count())
}

/// The number of each fact, what was taken back in its place deducted.
fn extremes(hits: &[&Hit]) -> Vec<Decimal> {
    let mut by: BTreeMap<&(DateTime, String), Decimal> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| !hit.takes_back) {
        *by.entry(&hit.place).or_default() += hit.number;
    }
    by.into_values().collect()
}

impl Procedure<'_> {
    /// What of a fact's number is left once other terms' awards are taken into account, and
    /// whether it is another one then.
    pub(super) fn linked(
        &self,
        program: &Program,
        term: &Term,
        look: &Look<'_>,
        hit: &Hit,
        awarded: &dyn Fn(&str, &Hit) -> Decimal,
    ) -> (Decimal, Decimal) {
        let Total::Sum(expr) = look.total else { return (hit.number, hit.number) };
        let names = awarded_names(term);
        if hit.again || (names.is_empty() && term.net_of.is_empty()) {
            return (hit.number, hit.number);
        }
        let partner = hit.fact.partner.clone().expect("a fact that counts has a partner");
        let own = self.story.fields(&partner, hit.day);
        let product = hit.fact.product.as_ref();
        let product = product.and_then(|code| self.story.master.products.get(code));
        let subject = Subject {
            fact: &hit.fact,
            date: hit.day,
            quantity: self.story.quantity(&hit.fact, look, product),
            amount: self.story.amount(&hit.fact, look, program),
            partner: own,
            product,
            earner: self.story.fields(&hit.earner, hit.day).map(|fields| (&hit.earner, fields)),
            master: &self.story.master,
            lists: &program.lists,
            currency: Some(look.currency),
            awarded: Awarded::Nothing,
        };
        let number = |subject: &Subject<'_>| expr.number(subject).expect("it counted");
        let plain = number(&subject);
        let mut total = hit.number;
        for name in &names {
            let one = number(&Subject { awarded: Awarded::One(name), ..subject });
            total += (one - plain) * awarded(name, hit);
        }
        let mut less = Decimal::ZERO;
        for of in &term.net_of {
            let name = match &of.program {
                Some(program) => format!("{program}/{}", of.term),
                None => of.term.to_string(),
            };
            less += awarded(&name, hit);
        }
        let against = hit.fact.kind.counts_against();
        // What was awarded for a return is below zero: its amount is less by the size of it.
        let reduced =
            subject.amount.map(|amount| if against { amount + less } else { amount - less });
        let with = number(&Subject { amount: reduced, ..subject });
        let change = if against { plain - with } else { with - plain };
        (total, total + change)
    }
}
