//! What if a partner bought this: what each program would bring more, and nothing is written.
//!
//! The totals that matter are read into memory, the lines are measured as if they had just been
//! sent, and both go through the same evaluation as what is accrued: awards that depend on each
//! other (lanes, links, guarantees, budgets, readings over others) with their whole family.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::award::NextTier;
use domain::booking::family::{Extent, Family, TermAt};
use domain::booking::world::{Asked, Ground, Only, Recorded};
use domain::code::{FactKey, PartnerCode, ProductCode};
use domain::fact::Fact;
use domain::measure::{Event, EventChange, Measurer, WaitReason, Waiting};
use domain::period::{Period, day_of};
use domain::plan::{Plan, Rule};
use domain::program::{Names, Opens, Reward, RowValue, Scope, Term};
use domain::totals::{Cell, Group, Sums, Totals};
use domain::what_if::{Tried, tried};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use thiserror::Error;

use crate::accrue;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, days_of};
use crate::ingest::mapping::Mapping;
use crate::ingest::rejection::Language;
use crate::ingest::row::{FactRow, Mapper};
use crate::ingest::source::{self as ingest, Record};
use crate::rules::Rules;
use crate::totals::{self, Stale};

/// A line that has not happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidate {
    pub product: Option<String>,
    pub quantity: Option<Decimal>,
    pub unit: Option<String>,
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    /// Today, if nothing is said.
    pub date: Option<Date>,
    pub channel: Option<String>,
    pub order: Option<String>,
    /// Makes it an activity of this type.
    pub activity_type: Option<String>,
    /// Role to a partner's code: `ship_to`, `distributor`.
    pub parties: BTreeMap<String, String>,
    /// Everything else that a source would say.
    pub attributes: BTreeMap<String, String>,
}

/// No question has more lines.
pub const LINES_MAX: usize = 1_000;
/// Where an award depends on everybody's, so many totals are looked at; of more, the others stand as
/// they are, and the answer says so.
const CELLS_MAX: i64 = 100_000;

/// Why the question could not be asked.
#[derive(Debug, Error)]
pub enum WhatIfError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("there is no partner `{0}`")]
    NoPartner(String),
    #[error("there is nothing to try; give at least one line")]
    NoLines,
    #[error("there are more than {LINES_MAX} lines; try fewer at a time")]
    TooManyLines,
    #[error("line {line}: there is no product `{product}`")]
    NoProduct { line: usize, product: String },
    #[error("line {line}: `{currency}` is no currency; write three letters, such as EUR")]
    NoCurrency { line: usize, currency: String },
    #[error("line {line}: there is no partner `{code}` for `{role}`")]
    NoParty { line: usize, role: String, code: String },
    #[error("line {line}: give a quantity or an amount")]
    NoNumber { line: usize },
    #[error("line {line}: the number is more than any amount")]
    TooLarge { line: usize },
    #[error("the mapping does not fit the lines: {0}")]
    Mapping(String),
    #[error("row {row}: {sentence}")]
    Row { row: u64, sentence: String },
    #[error("the lines are of several partners, `{one}` and `{other}`; ask for one at a time")]
    SeveralPartners { one: String, other: String },
    #[error("the lines name no partner; say for whom")]
    NoPartnerNamed,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct WhatIf {
    pub partner: PartnerCode,
    /// What the lines bring where, the most first.
    pub rewards: Vec<Brought>,
    /// Lines that would count for nothing until something arrives: number of the line, counted
    /// from 1, and what is missing in which program.
    pub waiting: Vec<(usize, String, WaitReason)>,
    /// Numbers of lines that no program counts.
    pub uncounted: Vec<usize>,
    /// Which terms count each line, whatever they award for it: number of the line, program, term.
    pub eligible: Vec<(usize, String, String)>,
}

/// What becomes of one award.
#[derive(Debug, Clone)]
pub struct Brought {
    pub program: String,
    pub program_names: Names,
    pub term: String,
    pub term_names: Names,
    /// Who is paid: the partner, or whoever earns on its facts.
    pub earner: PartnerCode,
    pub period: Period,
    pub group: Group,
    /// A currency, or the code of what is given.
    pub unit: String,
    pub now: Decimal,
    pub then: Decimal,
    /// What of the difference comes from another tier on what was there already.
    pub lift: Decimal,
    pub tier_now: Option<Reached>,
    pub tier_then: Option<Reached>,
    /// The qualifier's total, before and with the lines.
    pub qualifier_now: Decimal,
    pub qualifier_then: Decimal,
    /// What is rated, before and with the lines; `None` for a term that rates nothing.
    pub measure_now: Option<Decimal>,
    pub measure_then: Option<Decimal>,
    /// What is missing for the next tier, with the lines.
    pub next: Option<NextTier>,
    /// The term as it acts then.
    pub rule: std::sync::Arc<Term>,
    /// Whether others share in it (a group's total, a budget), who are too many to be evaluated anew
    /// for a question.
    pub depends_on_others: bool,
}

impl Brought {
    pub fn brings(&self) -> Decimal {
        self.then - self.now
    }
}

/// A tier somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    pub tier: u32,
    pub name: Option<Names>,
    pub opens: Opens,
    /// What its row pays on what is rated.
    pub value: Option<RowValue>,
    /// What its row pays once.
    pub fixed: Option<Decimal>,
}

/// The lines of a quote as a saved mapping of facts reads them, and the partner they name. A quote
/// has to be right as a whole: a line that cannot be read is an error and no rejection.
pub fn quote(
    body: &[u8],
    mapping: &Mapping,
    language: Language,
) -> Result<(Option<String>, Vec<Candidate>), WhatIfError> {
    let unfit = |error: &dyn std::error::Error| WhatIfError::Mapping(error.to_string());
    let input = Box::new(std::io::Cursor::new(body.to_vec()));
    let mut reader = ingest::Reader::open(input, &mapping.source).map_err(|error| unfit(&error))?;
    let mapper = Mapper::new(mapping, reader.headers()).map_err(|error| unfit(&error))?;
    let mut record = Record::new();
    let (mut partner, mut lines): (Option<String>, Vec<Candidate>) = (None, Vec::new());
    while reader.next(&mut record).map_err(|error| unfit(&error))? {
        if lines.len() == LINES_MAX {
            return Err(WhatIfError::TooManyLines);
        }
        let row = mapper.fact(&record).map_err(|refused| WhatIfError::Row {
            row: refused.row,
            sentence: refused.sentence(language),
        })?;
        if let Some(other) = row.partner.as_ref().map(ToString::to_string) {
            match &partner {
                Some(one) if *one != other => {
                    return Err(WhatIfError::SeveralPartners { one: one.clone(), other });
                }
                _ => partner = Some(other),
            }
        }
        lines.push(candidate(row));
    }
    Ok((partner, lines))
}

fn candidate(row: FactRow) -> Candidate {
    let texts = |pairs: Vec<(std::sync::Arc<str>, String)>| -> BTreeMap<String, String> {
        pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
    };
    Candidate {
        product: row.product.map(|code| code.to_string()),
        quantity: row.quantity,
        unit: row.unit.map(|unit| unit.to_string()),
        amount: row.amount,
        currency: row.currency.map(|currency| currency.to_string()),
        date: Some(row.at.date()),
        channel: row.channel,
        order: row.order,
        activity_type: row.activity_type,
        parties: row
            .parties
            .into_iter()
            .map(|(role, code)| (role.to_string(), code.to_string()))
            .collect(),
        attributes: texts(row.attributes),
    }
}

/// Asks.
pub async fn what_if(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (partner, lines): (&str, &[Candidate]),
) -> Result<WhatIf, WhatIfError> {
    if master.partner_id(partner).is_none() {
        return Err(WhatIfError::NoPartner(partner.to_owned()));
    }
    let partner = PartnerCode::new(partner);
    let facts = facts(rules, master, now, &partner, lines)?;
    let (more, waits, counted) = measured(rules, master, &facts);
    let last = facts.iter().map(Fact::date).max().unwrap_or(Date::MIN);
    let today = rules.plans.first().map_or(last, |plan| last.max(day_of(now, &plan.zone)));
    let question = Ask { rules, master, now, today, partner: &partner, facts: &facts };
    let mut rewards = Vec::new();
    for (family, more) in question.by_family(more) {
        let found = match family {
            None => question.alone(reader, more, None).await?,
            Some(family) => question.together(reader, family, more).await?,
        };
        rewards.extend(found);
    }
    rewards.sort_by(|a: &Brought, b| {
        b.brings()
            .cmp(&a.brings())
            .then_with(|| (&a.program, &a.term, &a.period).cmp(&(&b.program, &b.term, &b.period)))
    });
    let number = |key: &FactKey| facts.iter().position(|fact| &fact.key == key).unwrap_or(0) + 1;
    let waiting: BTreeSet<(usize, String, WaitReason)> = waits
        .iter()
        .map(|waits| (number(&waits.key), waits.program.to_string(), waits.reason))
        .collect();
    let uncounted = (1..=facts.len()).filter(|at| {
        !counted.iter().any(|(line, ..)| line == at) && waiting.iter().all(|(line, ..)| line != at)
    });
    Ok(WhatIf {
        partner,
        rewards,
        uncounted: uncounted.collect(),
        eligible: counted.into_iter().collect(),
        waiting: waiting.into_iter().collect(),
    })
}

/// The lines as facts that were just sent.
fn facts(
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    partner: &PartnerCode,
    lines: &[Candidate],
) -> Result<Vec<Fact>, WhatIfError> {
    if lines.is_empty() {
        return Err(WhatIfError::NoLines);
    }
    if lines.len() > LINES_MAX {
        return Err(WhatIfError::TooManyLines);
    }
    let zone = rules.plans.first().map_or(jiff::tz::TimeZone::UTC, |plan| plan.zone.clone());
    let today = day_of(now, &zone);
    let mut facts = Vec::with_capacity(lines.len());
    for (line, candidate) in (1..).zip(lines) {
        let product = candidate.product.as_deref().map(str::trim).filter(|code| !code.is_empty());
        if let Some(product) = product
            && master.product_id(product).is_none()
        {
            return Err(WhatIfError::NoProduct { line, product: product.to_owned() });
        }
        let currency = match candidate.currency.as_deref().filter(|code| !code.is_empty()) {
            None => None,
            Some(code) => {
                let found = domain::amount::Currency::parse(code);
                let unknown = || WhatIfError::NoCurrency { line, currency: code.to_owned() };
                Some(found.ok_or_else(unknown)?)
            }
        };
        let numbers = [candidate.quantity, candidate.amount];
        let some = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let activity_type = some(&candidate.activity_type);
        if numbers == [None, None] && activity_type.is_none() {
            return Err(WhatIfError::NoNumber { line });
        }
        if numbers.into_iter().flatten().any(|number| !domain::evaluate::is_amount(number)) {
            return Err(WhatIfError::TooLarge { line });
        }
        let said = |of: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            let pairs = of.iter().map(|(name, value)| (name.clone(), value.trim().to_owned()));
            pairs.filter(|(_, value)| !value.is_empty()).collect()
        };
        let parties = said(&candidate.parties);
        if let Some((role, code)) =
            parties.iter().find(|(_, code)| master.partner_id(code).is_none())
        {
            let (role, code) = (role.clone(), code.clone());
            return Err(WhatIfError::NoParty { line, role, code });
        }
        let kind = match activity_type {
            Some(_) => domain::fact::FactKind::Activity,
            None => domain::fact::FactKind::Sale,
        };
        facts.push(Fact {
            // No source has such keys: a blank begins none.
            key: FactKey::new(format!(" {line}")),
            kind,
            at: candidate.date.unwrap_or(today).at(0, 0, 0, 0),
            recorded: now,
            of: None,
            partner: Some(partner.clone()),
            product: product.map(ProductCode::new),
            quantity: candidate.quantity,
            unit: candidate.unit.as_deref().filter(|u| !u.is_empty()).map(domain::code::Unit::new),
            amount: candidate.amount,
            currency,
            order: some(&candidate.order),
            line: None,
            channel: some(&candidate.channel),
            activity_type,
            parties: parties
                .into_iter()
                .map(|(role, code)| (role, PartnerCode::new(code)))
                .collect(),
            attributes: said(&candidate.attributes),
        });
    }
    Ok(facts)
}

/// What the lines add, what waits, and which lines count for which terms of which programs.
fn measured(
    rules: &Rules,
    master: &MasterData,
    facts: &[Fact],
) -> (Totals, Vec<Waiting>, BTreeSet<(usize, String, String)>) {
    let mut measurer = Measurer::new(&rules.plans, &rules.closes, &master.master);
    let (mut totals, mut waits, mut counted) = (Totals::default(), Vec::new(), BTreeSet::new());
    for (number, fact) in (1..).zip(facts) {
        let event = Event { recorded: fact.recorded, fact, change: EventChange::Came };
        let mut own = Totals::default();
        measurer.unit(&[event], 0, &mut own, &mut waits);
        for (cell, sums) in own.into_cells() {
            if cell.slot == domain::totals::Slot::Measure {
                let plan = usize::try_from(cell.plan).ok().and_then(|at| rules.plans.get(at));
                let term = plan.and_then(|plan| plan.terms.get(usize::from(cell.term)));
                if let (Some(plan), Some(term)) = (plan, term) {
                    counted.insert((number, plan.code.to_string(), term.code.to_string()));
                }
            }
            totals.add(cell, sums);
        }
    }
    (totals, waits, counted)
}

/// A term, earner and period.
type Of = (usize, u16, PartnerCode, Period);

/// Terms, earners, periods and groups for which lines count.
type Counts = HashSet<(usize, u16, PartnerCode, Date, String)>;

/// Where lines add to what is measured.
fn counts(more: &[(Cell, Sums)]) -> Counts {
    let own = more.iter().filter(|(cell, _)| cell.slot == domain::totals::Slot::Measure);
    own.filter_map(|(cell, _)| {
        let plan = usize::try_from(cell.plan).ok()?;
        Some((plan, cell.term, cell.earner.clone(), cell.period, cell.group.name().to_owned()))
    })
    .collect()
}

/// What is asked, and on what ground.
struct Ask<'a> {
    rules: &'a Rules,
    master: &'a MasterData,
    now: Timestamp,
    today: Date,
    partner: &'a PartnerCode,
    facts: &'a [Fact],
}

impl Ask<'_> {
    /// What the lines add, by the family of terms that it is evaluated with; by none where awards
    /// depend on nothing but their own totals.
    fn by_family(&self, more: Totals) -> BTreeMap<Option<usize>, Vec<(Cell, Sums)>> {
        let mut by: BTreeMap<Option<usize>, Vec<(Cell, Sums)>> = BTreeMap::new();
        for (cell, sums) in more.into_cells() {
            let plan = usize::try_from(cell.plan).unwrap_or(usize::MAX);
            by.entry(self.rules.family_of((plan, cell.term))).or_default().push((cell, sums));
        }
        by
    }

    /// Whose awards are asked about: the partner's, and those of whoever earns on its facts.
    fn earners(&self, more: &[(Cell, Sums)]) -> BTreeSet<PartnerCode> {
        // Sums of many partners stand under names that are no codes.
        let codes = more.iter().filter(|(cell, _)| !cell.earner.as_str().starts_with('\u{1d}'));
        let mut earners: BTreeSet<PartnerCode> =
            codes.map(|(cell, _)| cell.earner.clone()).collect();
        earners.insert(self.partner.clone());
        earners
    }

    /// Awards that are evaluated each by itself: of a family, or of all terms of the programs the
    /// lines touch that are in none; in the periods of the lines.
    async fn alone(
        &self,
        reader: &mut Reader,
        more: Vec<(Cell, Sums)>,
        family: Option<&Family>,
    ) -> Result<Vec<Brought>, DbError> {
        let earners = self.earners(&more);
        let plans: BTreeSet<usize> =
            more.iter().filter_map(|(cell, _)| usize::try_from(cell.plan).ok()).collect();
        let days: BTreeSet<Date> = self.facts.iter().map(Fact::date).collect();
        let mut terms: Vec<TermAt> = Vec::new();
        for at in plans {
            let Some(plan) = self.rules.plans.get(at) else { continue };
            let all = (0u16..).zip(&plan.terms).map(|(term, _)| (at, term));
            terms.extend(all.filter(|at| match family {
                Some(family) => family.terms.contains(at),
                None => self.rules.family_of(*at).is_none(),
            }));
        }
        let mut asked: BTreeSet<Of> = BTreeSet::new();
        for (plan, term) in &terms {
            let calendar = &self.rules.plans[*plan].terms[usize::from(*term)].calendar;
            for period in days.iter().filter_map(|day| calendar.containing(*day)) {
                asked.extend(
                    earners.iter().map(|earner| (*plan, *term, earner.clone(), period.clone())),
                );
            }
        }
        let had = held(reader, self.rules, self.master, &asked).await?;
        let order = family.map(|family| family.order.clone()).unwrap_or_default();
        let own = Family {
            terms,
            order,
            extent: Extent::Earner,
            timed: false,
            for_members: family.is_some_and(|family| family.for_members),
        };
        let ground = self.ground(&own, Some(&earners), &|_| None);
        let counts = counts(&more);
        let found = tried(ground, had.into_iter(), more.into_iter());
        let wanted: HashSet<(usize, u16, &PartnerCode, Date)> =
            asked.iter().map(|(plan, term, earner, p)| (*plan, *term, earner, p.start)).collect();
        let is_asked = |of: &Asked| wanted.contains(&(of.plan, of.term, &of.earner, of.period));
        Ok(self.brought(found, &is_asked, (&counts, true)))
    }

    /// Awards that depend on each other, out of all cells that they depend on: those of the
    /// earners, or everybody's as long as these are not too many to look at.
    async fn together(
        &self,
        reader: &mut Reader,
        family: usize,
        more: Vec<(Cell, Sums)>,
    ) -> Result<Vec<Brought>, DbError> {
        let family = &self.rules.families()[family];
        let programs: Vec<i64> =
            family.plans().into_iter().map(|plan| self.rules.program_ids[plan]).collect();
        let everyone = family.extent == Extent::Everyone;
        if everyone && !totals::are_few(reader, &programs, CELLS_MAX).await? {
            return self.alone(reader, more, Some(family)).await;
        }
        let earners = self.earners(&more);
        let codes = earners.iter().filter_map(|code| self.master.partner_id(code.as_str()));
        let ids: Vec<i64> = codes.collect();
        let of = (programs.as_slice(), (!everyone).then_some(ids.as_slice()));
        let mut had = totals::cells_of_earners(reader, self.rules, self.master, of).await?;
        had.retain(|(cell, _)| {
            let plan = usize::try_from(cell.plan).unwrap_or(usize::MAX);
            family.terms.binary_search(&(plan, cell.term)).is_ok()
        });
        let known = accrue::recorded(reader, self.rules, family, &had).await?;
        // The lines come last of all.
        let recorded = |key: &str| known.get(key).copied().or(Some((self.now, i64::MAX)));
        let ground = self.ground(family, (!everyone).then_some(&earners), &recorded);
        let counts = counts(&more);
        let found = tried(ground, had.into_iter(), more.into_iter());
        Ok(self.brought(found, &|of: &Asked| earners.contains(&of.earner), (&counts, false)))
    }

    fn ground<'g>(
        &'g self,
        family: &'g Family,
        earners: Option<&'g BTreeSet<PartnerCode>>,
        recorded: &'g dyn Fn(&str) -> Option<Recorded>,
    ) -> Ground<'g> {
        Ground {
            plans: &self.rules.plans,
            closes: &self.rules.closes,
            master: &self.master.master,
            today: self.today,
            recorded,
            only: Some(Only { family, earners }),
        }
    }

    /// What changes of that which was asked about, and where the lines count and change nothing.
    fn brought(
        &self,
        found: Vec<Tried>,
        is_asked: &dyn Fn(&Asked) -> bool,
        (counts, alone): (&Counts, bool),
    ) -> Vec<Brought> {
        let there = |one: &Tried| {
            let of = &one.asked;
            let key = (of.plan, of.term, of.earner.clone(), of.period, one.group.name().to_owned());
            one.now != one.then || counts.contains(&key)
        };
        let told = found.into_iter().filter(|one| is_asked(&one.asked) && there(one));
        told.filter_map(|one| self.shown(&one, alone)).collect()
    }

    fn shown(&self, one: &Tried, alone: bool) -> Option<Brought> {
        let plan = &self.rules.plans[one.asked.plan];
        let award = one.then.as_ref().or(one.now.as_ref())?;
        let rule = plan.version(award.version)?.rules[usize::from(one.asked.term)].as_ref()?;
        let newest = plan.newest();
        let reached = |award: &Option<domain::award::Award>| reached(award.as_ref()?);
        Some(Brought {
            program: newest.code.to_string(),
            program_names: newest.name.clone(),
            term: rule.term.code.to_string(),
            term_names: rule.term.name.clone(),
            earner: one.asked.earner.clone(),
            period: one.period.clone(),
            group: one.group.clone(),
            unit: match &rule.term.reward {
                Reward::Money => rule.currency.to_string(),
                other => other.code().to_owned(),
            },
            now: one.amount_now(),
            then: one.amount_then(),
            lift: one.lift,
            tier_now: reached(&one.now),
            tier_then: reached(&one.then),
            qualifier_now: one.now.as_ref().map_or(Decimal::ZERO, |now| now.qualifier_total),
            qualifier_then: one.then.as_ref().map_or(Decimal::ZERO, |then| then.qualifier_total),
            measure_now: one.now.as_ref().and_then(|now| now.measure),
            measure_then: one.then.as_ref().and_then(|then| then.measure),
            next: one.then.as_ref().and_then(|award| award.next.clone()),
            depends_on_others: alone && depends(plan, rule),
            rule: std::sync::Arc::clone(&rule.term),
        })
    }
}

async fn held(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    asked: &BTreeSet<Of>,
) -> Result<Vec<(Cell, Sums)>, DbError> {
    let stale: Vec<Stale> = asked
        .iter()
        .filter_map(|(plan, term, earner, period)| {
            Some(Stale {
                program_id: rules.program_ids[*plan],
                partner_id: master.partner_id(earner.as_str())?,
                term: i64::from(*term),
                period_day: days_of(period.start),
            })
        })
        .collect();
    if stale.is_empty() {
        return Ok(Vec::new());
    }
    let cells = totals::cells_of(reader, rules, master, &stale).await?;
    Ok(cells.into_values().flatten().collect())
}

fn reached(award: &domain::award::Award) -> Option<Reached> {
    let tier = award.tier?;
    let opens = award.reasons.iter().find_map(|reason| match reason {
        domain::award::Reason::Tier { opens, .. } => Some(*opens),
        _ => None,
    });
    let row = award.parts.iter().rev().find(|part| part.tier == tier);
    Some(Reached {
        tier,
        name: award.tier_name.clone(),
        opens: opens.unwrap_or(Opens::Always),
        value: row.and_then(|row| row.value),
        fixed: row.and_then(|row| row.fixed),
    })
}

/// Whether an award is more than its earner's own facts.
fn depends(plan: &Plan, rule: &Rule) -> bool {
    let limits = &plan.newest().limits;
    rule.term.limits.budget.is_some()
        || limits.budget.is_some()
        || rule.reads.iter().any(|read| read.scope != Scope::Partner)
}

#[cfg(test)]
mod tests;
