//! What is known in the end: facts as they stand, partners over time, amounts from outside.

use std::collections::HashMap;

use domain::case::{Case, FactFields, Moment, What};
use domain::code::{FactKey, PartnerCode};
use domain::condition::{Awarded, Subject};
use domain::fact::{Fact, FactKind};
use domain::master::{Fields, Master, Partner};
use domain::period::{Calendar, Period};
use domain::program::{Member, Members, Program, Term};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

/// Of whom, for which group, how much.
pub(super) type Sent<'s> = (&'s PartnerCode, Vec<(String, String)>, Decimal);

#[derive(Debug)]
pub(super) struct Story {
    pub facts: Vec<Fact>,
    pub master: Master,
    /// When each key came first: the day, and its place among all lines.
    pub recorded: HashMap<String, (Date, usize)>,
    sent: Vec<SentAmount>,
    /// The on-demand periods that were ended: of which program, name, last day.
    ended: Vec<(String, String, Date)>,
    /// Whether only partners of the case are known.
    closed: bool,
}

#[derive(Debug)]
struct SentAmount {
    program: String,
    term: String,
    partner: PartnerCode,
    period: Date,
    group: Vec<(String, String)>,
    amount: Decimal,
}

impl Story {
    pub fn new(case: &Case, programs: &[Program]) -> Story {
        let mut story = Story {
            facts: Vec::new(),
            master: master(case),
            recorded: HashMap::new(),
            sent: Vec::new(),
            ended: Vec::new(),
            closed: case.partners.is_some(),
        };
        let zone = TimeZone::get(&programs[0].time_zone).expect("the program was checked");
        for (place, event) in case.in_order().into_iter().enumerate() {
            let Moment::Day(recorded) = event.known() else {
                panic!("the procedure knows of things on days alone");
            };
            // As the clocks of the first program show it.
            let at = match event.on {
                Moment::Day(day) => day.at(0, 0, 0, 0),
                Moment::Instant(instant) => zone.to_datetime(instant),
            };
            let on = at.date();
            match &event.what {
                What::Fact { kind, key, fields } => {
                    let fact = fields.fact(key, *kind, at, Timestamp::MIN);
                    if fact.partner.as_ref().is_some_and(|partner| story.is_unknown(partner)) {
                        continue;
                    }
                    if !story.recorded.contains_key(key.as_str()) {
                        story.recorded.insert(key.to_string(), (recorded, place));
                        story.facts.push(fact);
                    }
                }
                What::Correct { key, date, fields } => story.correct(key, *date, fields),
                What::Cancel { key } => story.facts.retain(|fact| &fact.key != key),
                What::Set { partner, fields } => {
                    if let Some(partner) = story.master.partners.get_mut(partner) {
                        partner.set(on, fields);
                    }
                }
                What::Award(award) if story.is_unknown(&award.partner) => {}
                What::Award(award) => {
                    // Nobody can send to a term that nobody knows.
                    let takes = |program: &&Program| {
                        program.code == award.program
                            && program.recorded.is_none_or(|day| day <= recorded)
                            && program.terms.iter().any(|term| term.code == award.term)
                    };
                    if programs.iter().any(|program| takes(&program)) {
                        story.send(award, on, programs);
                    }
                }
                What::Close { program, period, until: Some(last) } => {
                    story.ended.push((program.to_string(), period.clone(), *last));
                }
                What::Adjust(_) | What::Close { .. } | What::Wallet { .. } => {}
            }
        }
        story
    }

    /// The qualifying periods of a term, with those that were ended on demand.
    pub fn calendar(&self, program: &Program, term: &Term) -> Calendar {
        let mut calendar = Calendar::qualifying(program, term);
        for (of, name, last) in &self.ended {
            if of == program.code.as_str() {
                calendar.end_on_demand(name, *last);
            }
        }
        calendar
    }

    fn is_unknown(&self, partner: &PartnerCode) -> bool {
        self.closed && !self.master.partners.contains_key(partner)
    }

    fn correct(&mut self, key: &FactKey, date: Option<Moment>, said: &FactFields) {
        if said.partner.as_ref().is_some_and(|partner| self.is_unknown(partner)) {
            return;
        }
        let Some(fact) = self.facts.iter_mut().find(|fact| &fact.key == key) else { return };
        if let Some(Moment::Day(day)) = date {
            fact.at = day.at(0, 0, 0, 0);
        }
        let new = said.fact(key, fact.kind, fact.at, Timestamp::MIN);
        fact.partner = new.partner.or(fact.partner.take());
        fact.product = new.product.or(fact.product.take());
        fact.quantity = new.quantity.or(fact.quantity);
        fact.amount = new.amount.or(fact.amount);
        fact.currency = new.currency.or(fact.currency);
        fact.channel = new.channel.or(fact.channel.take());
    }

    fn send(&mut self, award: &domain::case::ExternalAward, on: Date, programs: &[Program]) {
        let own = programs.iter().filter(|program| program.code == award.program);
        let term_of =
            |program: &Program| program.terms.iter().find(|term| term.code == award.term).cloned();
        let Some((program, term)) =
            own.rev().find_map(|program| Some((program, term_of(program)?)))
        else {
            return;
        };
        let calendar = self.calendar(program, &term);
        let Some(period) = calendar.containing(on) else { return };
        let group: Vec<(String, String)> = term
            .group_by
            .names
            .iter()
            .map(|(name, _)| (name.clone(), award.group.get(name).cloned().unwrap_or_default()))
            .collect();
        self.sent.retain(|other| {
            (&other.program[..], &other.term[..], &other.partner, other.period, &other.group)
                != (
                    award.program.as_str(),
                    award.term.as_str(),
                    &award.partner,
                    period.start,
                    &group,
                )
        });
        self.sent.push(SentAmount {
            program: award.program.to_string(),
            term: award.term.to_string(),
            partner: award.partner.clone(),
            period: period.start,
            group,
            amount: award.amount,
        });
    }

    /// The amounts that were sent for a term and period.
    pub fn sent(&self, program: &str, term: &str, period: &Period) -> Vec<Sent<'_>> {
        let own = self.sent.iter().filter(|sent| {
            (&sent.program[..], &sent.term[..], sent.period) == (program, term, period.start)
        });
        own.map(|sent| (&sent.partner, sent.group.clone(), sent.amount)).collect()
    }

    pub fn fields(&self, partner: &PartnerCode, day: Date) -> Option<&Fields> {
        self.master.partners.get(partner).map(|partner| partner.on(day))
    }

    /// Partners who are owed something without facts: those enrolled on any day of the period where
    /// members are listed, else on its last one.
    pub fn members(&self, program: &Program, term: &Term, period: &Period) -> Vec<PartnerCode> {
        let runs = term.starts.is_none_or(|starts| starts < period.end)
            && term.ends.is_none_or(|ends| period.start <= ends);
        if !runs {
            return Vec::new();
        }
        match &program.partners {
            Members::List(list) => {
                let during = |member: &&Member| {
                    member.from.is_none_or(|from| from < period.end)
                        && member.to.is_none_or(|to| period.start <= to)
                };
                list.iter().filter(during).map(|member| member.partner.clone()).collect()
            }
            Members::All => self.master.partners.keys().cloned().collect(),
            Members::Where(condition) => {
                let day = program.ends.map_or(period.last(), |ends| ends.min(period.last()));
                let is = |partner: &&PartnerCode| {
                    self.of_partner(partner, day, program, |subject| {
                        condition.truth(subject).unwrap_or(false)
                    })
                };
                self.master.partners.keys().filter(is).cloned().collect()
            }
        }
    }

    /// Asks something about a partner on a day, apart from any fact.
    pub fn of_partner<T>(
        &self,
        partner: &PartnerCode,
        day: Date,
        program: &Program,
        ask: impl FnOnce(&Subject<'_>) -> T,
    ) -> T {
        let fields = FactFields { partner: Some(partner.clone()), ..FactFields::default() };
        let key = FactKey::new("nothing");
        let fact = fields.fact(&key, FactKind::Activity, day.at(0, 0, 0, 0), Timestamp::MIN);
        let own = self.fields(partner, day);
        ask(&Subject {
            fact: &fact,
            date: day,
            quantity: None,
            amount: None,
            partner: own,
            product: None,
            earner: own.map(|own| (partner, own)),
            master: &self.master,
            lists: &program.lists,
            currency: None,
            awarded: Awarded::Unknown,
        })
    }
}

fn master(case: &Case) -> Master {
    let partners = case.partners.iter().flatten();
    let mut master = Master {
        partners: partners.map(|(code, f)| (code.clone(), Partner::new(f.clone()))).collect(),
        products: case.products.clone().into_iter().collect(),
        units: case.units.iter().cloned().collect(),
        rates: case.rates.iter().cloned().collect(),
        prices: case.prices.iter().cloned().collect(),
        lists: case.lists.clone(),
        ..Master::default()
    };
    for figure in &case.figures {
        let entry = domain::figure::FigureEntry {
            partner: figure.partner.clone(),
            period: figure.period.clone(),
            groups: figure.groups.clone(),
            value: figure.value,
            from: figure.from,
        };
        master.figures.add(&figure.table, entry);
    }
    master
}
