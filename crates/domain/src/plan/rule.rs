//! Rules: what a term of a version reads of facts, and how finely it has to be kept.

use std::sync::Arc;

use crate::amount::Currency;
use crate::code::{ProgramCode, TermCode, Unit};
use crate::condition::Expr;
use crate::period::Prior;
use crate::program::{
    Baseline, BaselineOf, Bounds, Compare, Each, FrequencyPer, Measure, Method, Program, Reading,
    ReadingGroup, Requirement, RoundAt, Scope, Span, Term, Total, View, WhenZero, Window,
};
use crate::totals::{Look, Slot};

/// A term of a version, compiled.
#[derive(Debug, Clone)]
pub struct Rule {
    pub term: Arc<Term>,
    /// Of thresholds and rewards.
    pub currency: Currency,
    pub reads: Vec<Read>,
    /// Whether the qualifier is the measure's total.
    pub same_total: bool,
    /// The same, or would be but for its window up to each fact.
    pub same_axis: bool,
    /// Terms whose awards go into the measure, fact by fact.
    pub links: Vec<Link>,
    /// Whether the measure is kept fact by fact.
    pub by_fact: bool,
}

/// A term whose awards go into another one's measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub program: Option<ProgramCode>,
    pub term: TermCode,
    pub by: LinkBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkBy {
    /// What it awarded reduces the amount.
    NetOf,
    /// `awarded(…)` in the measure's total, by the name written.
    Awarded,
}

/// By what an award is shared over the facts that earned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Measure,
    Qualifier,
    Equal,
}

/// One total that a rule takes of facts.
#[derive(Debug, Clone)]
pub struct Read {
    pub slot: Slot,
    /// `None`: only the facts are counted.
    pub total: Option<Total>,
    pub filter: Vec<Expr>,
    pub window: ReadWindow,
    pub scope: Scope,
    pub names: ReadNames,
    pub unit: Option<Unit>,
    pub currency: Currency,
    pub grain: Grain,
    pub each: Option<Each>,
    /// Whether it is taken anew for each fact, of those up to it.
    pub in_order: bool,
}

/// Which names of the term's groups a total is taken by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadNames {
    /// The award's own group.
    Award,
    /// All names of the term, but not the fact itself.
    Names,
    Some(Vec<String>),
}

/// How finely a total is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    Group,
    /// Each fact by itself, with its date and time.
    Fact,
}

/// Which periods a fact counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadWindow {
    /// The one its date lies in; only enrolled partners.
    Period,
    /// The one whose baseline its date lies in; enrolled then or not.
    Prior(Prior),
    /// Every period of the program; kept in the first.
    Program,
    /// Those whose end it lies so shortly before, or for facts by themselves those in which a fact
    /// may look back to it; enrolled then or not.
    Span(Span, Grain),
}

impl Rule {
    /// The rule of a version's term, `None` if the version does not have it.
    pub(super) fn new(program: &Program, code: &TermCode) -> Option<Rule> {
        let term = program.terms.iter().find(|term| &term.code == code)?;
        let reader = RuleReader::new(program, term);
        let links = links(term);
        // Amounts from outside are of no facts.
        let by_fact = !term.external && needs_facts(term, &links);
        let measured = term.measure.as_ref().map(|measure| measure.total.clone());
        // Amounts from outside add up like any others.
        let measured = if term.external { Some(Total::Count) } else { measured };
        let measure_unit = term.measure.as_ref().and_then(|measure| measure.unit.clone());
        let measure = Read {
            slot: Slot::Measure,
            total: measured.clone(),
            filter: reader.own.clone(),
            window: ReadWindow::Period,
            scope: Scope::Partner,
            names: ReadNames::Award,
            unit: measure_unit.or_else(|| term.unit.clone()),
            currency: term.currency_in(program),
            grain: if by_fact { Grain::Fact } else { Grain::Group },
            each: None,
            in_order: false,
        };
        let (same_total, same_axis) = sameness(term, &measure, &reader);
        let mut rule = Rule {
            term: Arc::new(term.clone()),
            currency: measure.currency,
            reads: vec![measure],
            same_total,
            same_axis,
            links,
            by_fact,
        };
        rule.read_qualifier(&reader);
        for (nth, requirement) in term.requires.iter().enumerate() {
            if let (Requirement::Reading { reading, .. }, Ok(nth)) =
                (requirement, u8::try_from(nth))
            {
                rule.read_requirement(reading, nth, &reader);
            }
        }
        for read in &mut rule.reads {
            if matches!(read.total, Some(Total::Max(_) | Total::Min(_))) {
                read.grain = Grain::Fact;
            }
        }
        Some(rule)
    }

    /// From now on the measure is kept fact by fact, where it is one of facts.
    pub(super) fn keep_facts(&mut self) {
        if self.term.external {
            return;
        }
        self.by_fact = true;
        self.reads[0].grain = Grain::Fact;
    }

    /// By what an award is shared over its facts: by measure if that is a sum, else by the
    /// qualifier if that is a sum of the same facts, else equally.
    pub fn weight(&self) -> Weight {
        let term = &self.term;
        if is_sum(term.measure.as_ref().map(|measure| &measure.total)) {
            return Weight::Measure;
        }
        let grouped = |qualifier: &Reading| match &qualifier.group_by {
            None => true,
            Some(ReadingGroup::None) => term.group_by.names.is_empty() && !term.group_by.fact,
            Some(ReadingGroup::Names(_)) => false,
        };
        let same_facts = term.qualifier.as_ref().is_some_and(|qualifier| {
            qualifier.when.is_none()
                && qualifier.scope == Scope::Partner
                && qualifier.window == Window::Period
                && is_sum(Some(&qualifier.total))
                && grouped(qualifier)
        });
        if same_facts { Weight::Qualifier } else { Weight::Equal }
    }

    /// The read of a slot.
    pub fn read(&self, slot: Slot) -> Option<&Read> {
        self.reads.iter().find(|read| read.slot == slot)
    }

    /// Whether the award looks at other periods of its term.
    pub fn looks_around(&self) -> bool {
        let frequency = self.term.frequency.as_ref();
        frequency.is_some_and(|f| matches!(f.per, FrequencyPer::Year | FrequencyPer::Program))
            || self.reads.iter().any(|read| read.window == ReadWindow::Program)
    }

    /// Whether what it awards for a fact goes by nothing but the cells of that fact's own group.
    pub fn stands_by_fact(&self) -> bool {
        let term = &self.term;
        let own = |read: &Read| matches!(read.slot, Slot::Measure | Slot::Qualifier);
        term.group_by.fact
            && !self.by_fact
            && self.same_total
            && self.links.is_empty()
            && term.frequency.is_none()
            && term.requires.is_empty()
            && term.limits.per_partner_period == Bounds::default()
            && self.reads.iter().all(own)
    }

    fn read_qualifier(&mut self, reader: &RuleReader<'_>) {
        let term = self.term.clone();
        let measure = self.reads[0].clone();
        let mut qualified = Read { slot: Slot::Qualifier, grain: Grain::Group, ..measure.clone() };
        if let Some(qualifier) = &term.qualifier {
            qualified = reader.read(qualifier, Slot::Qualifier, self.by_fact);
            let weighs = term.rounding.at == RoundAt::Fact && !is_sum(measure.total.as_ref());
            if weighs && qualified.scope == Scope::Partner {
                qualified.grain = Grain::Fact;
            }
            if !self.same_total {
                self.reads.push(qualified.clone());
            }
            if let View::Share(of) = &qualifier.view {
                let filter = reader.under(Some(of));
                self.reads.push(Read { slot: Slot::ShareOf, filter, ..qualified.clone() });
            }
        }
        if let Compare::Baseline(baseline) = &term.compare {
            let slots = [Slot::Baseline, Slot::BaselineElse];
            self.read_baseline(baseline, slots, &qualified);
            if term.method == Method::Excess && !self.same_total {
                let slots = [Slot::MeasureBaseline, Slot::MeasureBaselineElse];
                self.read_baseline(baseline, slots, &measure);
            }
        }
    }

    fn read_baseline(&mut self, baseline: &Baseline, slots: [Slot; 2], compared: &Read) {
        let otherwise = match &baseline.when_zero {
            WhenZero::Other(other) => Some(&**other),
            _ => None,
        };
        for (of, slot) in std::iter::once(&baseline.of).chain(otherwise).zip(slots) {
            let prior = match of {
                BaselineOf::PriorPeriod => Prior::Period,
                BaselineOf::PriorYear => Prior::Year,
                BaselineOf::Figure(_) => continue,
            };
            let names = match &compared.names {
                ReadNames::Award => ReadNames::Names,
                names => names.clone(),
            };
            let window = ReadWindow::Prior(prior);
            let grain = Grain::Group;
            let in_order = false;
            self.reads.push(Read { slot, window, names, grain, in_order, ..compared.clone() });
        }
    }

    fn read_requirement(&mut self, reading: &Reading, nth: u8, reader: &RuleReader<'_>) {
        let read = reader.read(reading, Slot::Required(nth, Look::Total), self.by_fact);
        if let View::Share(of) = &reading.view {
            let (slot, filter) = (Slot::Required(nth, Look::ShareOf), reader.under(Some(of)));
            self.reads.push(Read { slot, filter, ..read.clone() });
        }
        let term = self.term.clone();
        if let (Compare::Baseline(baseline), View::Growth | View::Increase) =
            (&term.compare, &reading.view)
        {
            let slots =
                [Slot::Required(nth, Look::Baseline), Slot::Required(nth, Look::BaselineElse)];
            self.read_baseline(baseline, slots, &read);
        }
        self.reads.push(read);
    }
}

/// What the readings of a term have in common.
struct RuleReader<'p> {
    program: &'p Program,
    term: &'p Term,
    currency: Currency,
    /// Conditions of the program.
    general: Vec<Expr>,
    /// And of the term.
    own: Vec<Expr>,
}

impl<'p> RuleReader<'p> {
    fn new(program: &'p Program, term: &'p Term) -> RuleReader<'p> {
        let bind = |expr: &Expr| expr.bind(&program.lists).conjuncts();
        let general: Vec<Expr> = program.when.iter().flat_map(bind).collect();
        let own = general.iter().cloned().chain(term.when.iter().flat_map(bind)).collect();
        let currency = term.currency.unwrap_or(program.currency);
        RuleReader { program, term, currency, general, own }
    }

    /// The conditions of a reading with a condition of its own.
    fn under(&self, when: Option<&Expr>) -> Vec<Expr> {
        match when {
            None => self.own.clone(),
            Some(when) => {
                let own = when.bind(&self.program.lists).conjuncts();
                self.general.iter().cloned().chain(own).collect()
            }
        }
    }

    fn read(&self, reading: &Reading, slot: Slot, by_fact: bool) -> Read {
        let alone = self.term.group_by.fact;
        let window = match reading.window {
            Window::Period | Window::ToDate => ReadWindow::Period,
            Window::PriorPeriod => ReadWindow::Prior(Prior::Period),
            Window::PriorYear => ReadWindow::Prior(Prior::Year),
            Window::Program => ReadWindow::Program,
            Window::Span(span) => {
                ReadWindow::Span(span, if alone { Grain::Fact } else { Grain::Group })
            }
        };
        let names = match &reading.group_by {
            Some(ReadingGroup::None) => ReadNames::Some(Vec::new()),
            Some(ReadingGroup::Names(names)) => ReadNames::Some(names.clone()),
            None if reading.scope == Scope::Partner && reading.window == Window::Period => {
                ReadNames::Award
            }
            None => ReadNames::Names,
        };
        let in_order =
            reading.window == Window::ToDate || matches!(window, ReadWindow::Span(_, Grain::Fact));
        let own_facts = reading.when.is_none() && reading.scope == Scope::Partner;
        let limited = by_fact && own_facts && self.term.frequency.is_some();
        let limited = limited && matches!(window, ReadWindow::Period);
        Read {
            slot,
            total: Some(reading.total.clone()),
            filter: self.under(reading.when.as_ref()),
            window,
            scope: reading.scope.clone(),
            names,
            unit: reading.unit.clone().or_else(|| self.term.unit.clone()),
            currency: reading.currency.unwrap_or(self.currency),
            grain: if in_order || limited { Grain::Fact } else { Grain::Group },
            each: reading.each.clone(),
            in_order,
        }
    }
}

/// Whether the qualifier is the measure's total, and whether it is but for `to_date`.
fn sameness(term: &Term, measure: &Read, reader: &RuleReader<'_>) -> (bool, bool) {
    let Some(qualifier) = &term.qualifier else { return (true, true) };
    let read = reader.read(qualifier, Slot::Qualifier, false);
    let same = read.total == measure.total
        && qualifier.when.is_none()
        && read.unit == measure.unit
        && read.currency == measure.currency
        && qualifier.each.is_none()
        && read.scope == Scope::Partner
        && read.window == ReadWindow::Period;
    let grouped = match &qualifier.group_by {
        None => true,
        Some(ReadingGroup::None) => term.group_by.names.is_empty() && !term.group_by.fact,
        Some(ReadingGroup::Names(_)) => false,
    };
    let same = same && grouped;
    (same && qualifier.window == Window::Period, same)
}

fn links(term: &Term) -> Vec<Link> {
    let mut links: Vec<Link> = term
        .net_of
        .iter()
        .map(|of| Link { program: of.program.clone(), term: of.term.clone(), by: LinkBy::NetOf })
        .collect();
    if let Some(Measure { total: Total::Sum(expr), .. }) = &term.measure {
        links.extend(expr.uses_awarded().into_iter().map(|name| {
            let (program, term) = match name.split_once('/') {
                Some((program, term)) => (Some(ProgramCode::new(program)), term.to_owned()),
                None => (None, name),
            };
            Link { program, term: TermCode::new(term), by: LinkBy::Awarded }
        }));
    }
    links
}

impl Link {
    /// The name that `awarded(…)` says.
    pub fn written(&self) -> String {
        match &self.program {
            Some(program) => format!("{program}/{}", self.term),
            None => self.term.to_string(),
        }
    }
}

/// Whether a total is one of facts that add up.
pub fn is_sum(total: Option<&Total>) -> bool {
    matches!(total, Some(Total::Sum(_) | Total::Count))
}

/// Whether some word of a term asks for the order of its facts, or for each by itself.
fn needs_facts(term: &Term, links: &[Link]) -> bool {
    let grouped = term.group_by.fact || !term.group_by.names.is_empty();
    let positions = term.measure.as_ref().is_some_and(|measure| {
        measure.after.is_some_and(|after| after.facts.is_some())
            || (grouped && (measure.after.is_some() || measure.up_to.is_some()))
    });
    let looks_back = |reading: &Reading| match reading.window {
        Window::ToDate => true,
        Window::Span(_) => term.group_by.fact,
        _ => false,
    };
    let required = term.requires.iter().any(|requirement| match requirement {
        Requirement::Reading { reading, .. } => looks_back(reading),
        Requirement::Term { .. } => false,
    });
    positions
        || required
        || term.qualifier.as_ref().is_some_and(looks_back)
        || term.frequency.is_some()
        || term.rounding.at == RoundAt::Fact
        || !links.is_empty()
}
