//! The wallet of a story: its lines, and what terms credit, in the order in which they became
//! known.
//!
//! # Promises
//!
//! * What terms credit is asked of the same evaluation as everything else, before each line of the
//!   wallet and before time passes, so that whoever spends has what was earned by then.
//! * A day is looked at after all that happens on it.

mod tiers;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{DateTime, time};
use rust_decimal::Decimal;

use super::Teller;
use crate::case::snapshot::{Credited, credited};
use crate::case::story::{Rejection, RejectionReason};
use crate::case::{Case, Event, Moment, What};
use crate::code::{FactKey, PartnerCode};
use crate::fact::FactKind;
use crate::problem::Problem;
use crate::program::Term;
use crate::wallet::{Book, Command, HeldAward, People, Refusal, Wallet};
use tiers::Sets;
pub(super) use tiers::{behind_tiers, hide, is_of_tiers};

/// The wallet at a moment, and the lines that it refused.
pub(super) struct Told {
    pub book: Book,
    pub rejections: Vec<Rejection>,
    /// What tiers made of partners.
    sets: Sets,
}

impl Case {
    /// The keys of what is asked of the wallet.
    pub fn keys_of_wallet(&self) -> BTreeSet<String> {
        names(self).into_iter().collect()
    }
}

/// The keys of what is asked of the wallet.
pub(super) fn names(case: &Case) -> HashSet<String> {
    let lines = case.timeline.iter().filter_map(|event| match &event.what {
        What::Wallet { key, command } if command.makes_its_key() => Some(key.to_string()),
        _ => None,
    });
    let vouchers = case.timeline.iter().flat_map(|event| match &event.what {
        What::Wallet { key, command: Command::Issue(issue) } => issue.names(key),
        _ => Vec::new(),
    });
    let is_fact = |code: &str| {
        let mut events = case.timeline.iter();
        events.any(|event| matches!(&event.what, What::Fact { key, .. } if key.as_str() == code))
    };
    // A promotion is cancelled by its code, unless that is the key of something that happened.
    let promotions = case.wallet.iter().flat_map(|wallet| wallet.promotions.keys());
    let promotions = promotions.filter(|code| !is_fact(code)).map(ToString::to_string);
    lines.chain(vouchers).chain(promotions).collect()
}

/// The book in the making.
struct Writing<'t, 'c> {
    teller: &'t Teller<'c>,
    wallet: &'t Arc<Wallet>,
    book: Book,
    rejections: Vec<Rejection>,
    /// What terms have credited so far.
    credits: BTreeMap<Arc<str>, HeldAward>,
    /// Facts came that it does not know of yet.
    is_behind: bool,
    /// What tiers made of partners so far, for what is evaluated after.
    sets: Sets,
}

impl Teller<'_> {
    /// The wallet at a moment; `None` if the case has none.
    pub(super) fn wallet(&self, moment: Moment) -> Result<Option<Told>, Vec<Problem>> {
        let Some(wallet) = &self.case.wallet else { return Ok(None) };
        let events = self.events(moment);
        let money = self.programs.first().and_then(|versions| versions.first());
        let money = money.map(|program| program.currency);
        let mut writing = Writing {
            teller: self,
            wallet,
            book: Book::new(wallet.clone(), money, people(self)),
            rejections: Vec::new(),
            credits: BTreeMap::new(),
            is_behind: false,
            sets: Sets::at_first(self, &events),
        };
        writing.sets.tell(0, &mut writing.book);
        for at in 0..events.len() {
            writing.happen(&events, at)?;
        }
        writing.catch_up(&events)?;
        let last = match moment {
            Moment::Day(day) => day.to_datetime(time(23, 59, 59, 999_999_999)),
            Moment::Instant(_) => local(wallet, moment),
        };
        writing.pass(&events, events.len(), last);
        let Writing { book, mut rejections, sets, .. } = writing;
        rejections.extend(
            book.refused_awards().into_iter().map(|(key, refusal)| refused(key, None, refusal)),
        );
        rejections.extend(
            book.refused_by_funds().into_iter().map(|(key, refusal)| refused(key, None, refusal)),
        );
        // What waits for a sponsor is not there for now.
        rejections.extend(
            book.short_of_packs()
                .iter()
                .map(|key| refused(key.to_string(), None, Refusal::PackShort)),
        );
        let lines = book.refused_lines().into_iter();
        rejections.extend(lines.map(|(key, line, why)| refused(key, Some(line), why)));
        Ok(Some(Told { book, rejections, sets }))
    }
}

impl Writing<'_, '_> {
    fn happen(&mut self, events: &[(Timestamp, &Event)], at: usize) -> Result<(), Vec<Problem>> {
        let event = events[at].1;
        let now = local(self.wallet, event.known());
        let passes = at.checked_sub(1).is_some_and(|last| events[last].0 < events[at].0);
        let asked = match &event.what {
            What::Wallet { key, command } => Some((key.clone(), command.clone())),
            What::Cancel { key } if self.teller.names_of_wallet.contains(key.as_str()) => {
                let command = Command::Cancel { amount: None, expires: None, reason: None };
                Some((Arc::from(key.as_str()), command))
            }
            _ => None,
        };
        let before = at.checked_sub(1).map(|last| events[last].1);
        if passes || asked.is_some() || self.is_seen_apart(before, event) {
            self.catch_up(&events[..at])?;
        }
        self.pass(events, at, now);
        let Some((key, command)) = asked else {
            if let What::Fact { fields, .. } = &event.what
                && let Some(partner) = &fields.partner
            {
                self.book.is_active(partner, local(self.wallet, event.on).date());
            }
            if let What::Set { partner, fields } = &event.what {
                self.book.partner_is(partner, local(self.wallet, event.on).date(), fields);
            }
            self.is_behind = true;
            return Ok(());
        };
        if let Err(refusal) = self.book.act(&key, local(self.wallet, event.on), &command) {
            self.rejections.push(refused(key.to_string(), None, refusal));
        }
        self.sets.take(&mut self.book, events, at + 1);
        Ok(())
    }

    /// Whether tiers make a difference between what was before an event of the same moment and the
    /// event: it may count in the tier that the other lifted to, or one of them takes away, and a
    /// tier that was reached in between holds.
    fn is_seen_apart(&self, before: Option<&Event>, event: &Event) -> bool {
        let adds = |event: &Event| match &event.what {
            What::Fact { kind: FactKind::Sale | FactKind::Activity, fields, .. } => {
                let numbers = fields.amount.iter().chain(&fields.quantity);
                numbers.into_iter().all(|number| !number.is_sign_negative())
            }
            _ => false,
        };
        let mut groups = self.wallet.tier_groups.values();
        let only_adds = adds(event) && before.is_none_or(adds);
        groups.any(|group| group.sets.is_some() || !only_adds)
    }

    /// Lets time pass before an event.
    fn pass(&mut self, events: &[(Timestamp, &Event)], at: usize, until: DateTime) {
        self.book.until(until);
        self.sets.take(&mut self.book, events, at);
    }

    /// Credits what terms award by now, and takes back what they do not award any more.
    fn catch_up(&mut self, events: &[(Timestamp, &Event)]) -> Result<(), Vec<Problem>> {
        if !std::mem::take(&mut self.is_behind) {
            return Ok(());
        }
        let Some((instant, last)) = events.last() else { return Ok(()) };
        let moment = Moment::Instant(*instant);
        let with_sets = self.sets.among(events);
        let known = self.teller.known_of(moment, &with_sets)?;
        let frozen = self.teller.frozen(&known, &with_sets)?;
        let known = super::Known { frozen, ..known };
        if !self.wallet.agreements.is_empty() {
            self.book.sales_are(Arc::new(known.sales()));
        }
        let today = local(self.wallet, last.on);
        let mut now: BTreeMap<Arc<str>, (Option<Timestamp>, HeldAward, Decimal)> = BTreeMap::new();
        for credited in credited(&known) {
            let Some(term) = self.term_of(&credited) else { continue };
            let fact = credited.group.get("fact").map(FactKey::new);
            let of_fact = fact.as_ref().and_then(|key| Some((key, known.fact(key)?)));
            let period = &credited.period;
            let name = match &of_fact {
                Some((key, _)) => Arc::from(key.as_str()),
                None => {
                    Arc::from(format!("{}/{}/{}", credited.program, credited.term, period.name))
                }
            };
            let at = of_fact.map(|(_, fact)| fact.at).ok_or(period.end);
            let recorded = fact.as_ref().and_then(|key| known.recorded(key.as_str()));
            let award = HeldAward::of(term, &credited.partner, (name, today), at);
            let there = now.entry(id(&credited)).or_insert((recorded, award, 0.into()));
            there.2 += credited.amount;
        }
        let mut all: Vec<_> = now.into_iter().collect();
        all.sort_by(|(a, (one, ..)), (b, (other, ..))| (one, a).cmp(&(other, b)));
        let there: HashSet<Arc<str>> = all.iter().map(|(id, _)| id.clone()).collect();
        let gone: Vec<Arc<str>> =
            self.credits.keys().filter(|id| !there.contains(*id)).cloned().collect();
        for id in gone {
            if let Some(award) = self.credits.remove(&id) {
                self.book.award(&id, &award, 0.into());
            }
        }
        for (id, (_, award, amount)) in all {
            self.book.award(&id, &award, amount);
            self.credits.insert(id, award);
        }
        self.book.rank();
        self.sets.take(&mut self.book, events, events.len());
        Ok(())
    }

    /// The newest version of a term that gives what the wallet declares.
    fn term_of(&self, credited: &Credited) -> Option<&Term> {
        let versions = self.teller.programs.iter().flatten();
        let mut own = versions.filter(|program| program.code == credited.program).rev();
        let term = own.find_map(|program| program.terms.iter().find(|it| it.code == credited.term));
        term.filter(|term| self.wallet.pays(&term.reward))
    }
}

/// What the wallet refused.
fn refused(key: String, line: Option<usize>, refusal: Refusal) -> Rejection {
    Rejection { key, line, reason: RejectionReason::Wallet(refusal) }
}

/// What an award is known by: everything that tells it from others, and who is credited.
fn id(of: &Credited) -> Arc<str> {
    let Credited { program, term, earner, period, group, partner, .. } = of;
    let values: Vec<String> = group.values().map(|(n, v)| format!("{n}={v}")).collect();
    Arc::from(format!("{program}/{term}/{}/{earner}/{partner}/{}", period.name, values.join(",")))
}

/// A moment by the clocks of the wallet.
fn local(wallet: &Wallet, moment: Moment) -> DateTime {
    match moment {
        Moment::Day(day) => day.at(0, 0, 0, 0),
        Moment::Instant(instant) => wallet.time_zone.to_datetime(instant),
    }
}

fn people(teller: &Teller<'_>) -> People {
    let case = teller.case;
    let partners = case.partners.as_ref();
    let joined = partners
        .into_iter()
        .flatten()
        .filter_map(|(code, fields)| Some((code.clone(), fields.get("joined")?.parse().ok()?)));
    let joined: BTreeMap<PartnerCode, jiff::civil::Date> = joined.collect();
    let active = joined.clone();
    People {
        known: partners.map(|partners| partners.keys().cloned().collect()),
        joined,
        since: tiers::first_day(teller),
        active,
        master: Arc::new(teller.master()),
    }
}
