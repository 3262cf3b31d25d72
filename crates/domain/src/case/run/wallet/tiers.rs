//! Tiers as conditions see them: what a tier makes of its partner's attribute is a line of the
//! story that nobody wrote. And totals of facts that tiers go by: programs that nobody wrote.
//!
//! # Promises
//!
//! * A tier that a fact lifted to counts for what is recorded after that fact.
//! * The story told once more with these lines is the same story.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::Teller;
use crate::case::story::Snapshot;
use crate::case::{Case, Event, Moment, What};
use crate::code::PartnerCode;
use crate::master::Fields;
use crate::period::begins;
use crate::problem::Problem;
use crate::program::{Position, Program};
use crate::wallet::{Book, TierGroup, is_hidden};

/// Where such a line stands: no line of a text does.
const NOWHERE: Position = Position { line: u32::MAX, column: u32::MAX };

/// Whether a tier did it, and not somebody.
pub(in crate::case::run) fn is_of_tiers(event: &Event) -> bool {
    event.at == NOWHERE
}

/// The programs behind totals of facts, in the money and zone of the story.
pub(in crate::case::run) fn behind_tiers(case: &Case, programs: &[Program]) -> Vec<Program> {
    let Some(wallet) = &case.wallet else { return Vec::new() };
    let Some(first) = programs.first() else { return Vec::new() };
    let totals = wallet.tier_groups.values().filter_map(|group| group.total.as_deref());
    let money = wallet.currency.unwrap_or(first.currency);
    totals.map(|total| wallet.in_own_terms(total, money)).collect()
}

/// Takes out of a snapshot what nobody wrote.
pub(in crate::case::run) fn hide(snapshot: &mut Snapshot) {
    snapshot.awards.retain(|line| !is_hidden(line.program.as_str()));
    snapshot.what_if.retain(|line| !is_hidden(line.program.as_str()));
}

/// What tiers made of partners.
pub(super) struct Sets {
    /// In order, each with the number of events before it.
    lines: Vec<(usize, Timestamp, Event)>,
    /// The story has them already.
    are_told: bool,
}

impl Sets {
    /// Before anything happened everybody has what nothing reaches.
    pub(super) fn at_first(teller: &Teller<'_>, events: &[(Timestamp, &Event)]) -> Sets {
        let case = teller.case;
        let mut sets = Sets { lines: Vec::new(), are_told: case.timeline.iter().any(is_of_tiers) };
        let (Some(wallet), Some((first, _))) = (&case.wallet, events.first()) else { return sets };
        let Some(day) = first_day(teller) else { return sets };
        for group in wallet.tier_groups.values() {
            if let Some(row) = group.reached(Decimal::ZERO) {
                for partner in everybody(case) {
                    sets.add(0, *first, day, &partner, group, &group.rows[row].tier);
                }
            }
        }
        sets
    }

    fn add(
        &mut self,
        place: usize,
        recorded: Timestamp,
        day: Date,
        partner: &PartnerCode,
        group: &TierGroup,
        tier: &str,
    ) {
        let Some(attribute) = group.sets.as_ref().filter(|_| !self.are_told) else { return };
        let what = What::Set {
            partner: partner.clone(),
            fields: Fields::from([(attribute.clone(), tier.to_owned())]),
        };
        let recorded_at = Some(Moment::Instant(recorded));
        let event = Event { at: NOWHERE, on: Moment::Day(day), recorded: recorded_at, what };
        self.lines.push((place, recorded, event));
    }

    /// Takes what changed in a book after so many events.
    pub(super) fn take(&mut self, book: &mut Book, events: &[(Timestamp, &Event)], place: usize) {
        let changes = book.take_tier_changes();
        let before = self.lines.len();
        let instant = |at: Option<usize>| events.get(at?).map(|(instant, _)| *instant);
        let earliest = instant(place.checked_sub(1)).unwrap_or(Timestamp::MIN);
        let latest = instant(Some(place)).unwrap_or(Timestamp::MAX).max(earliest);
        for change in changes {
            let wallet = book.wallet();
            let Some(group) = wallet.tier_groups.get(&change.group) else { continue };
            let day = change.at.date();
            let recorded = begins(day, &wallet.time_zone).clamp(earliest, latest);
            let tier = change.tier.as_deref().unwrap_or_default();
            self.add(place, recorded, day, &change.partner, group, tier);
        }
        self.tell(before, book);
    }

    /// Tells a book these lines from one on: its conditions ask what partners are, too.
    pub(super) fn tell(&self, from: usize, book: &mut Book) {
        for (_, _, line) in self.lines.iter().skip(from) {
            if let (What::Set { partner, fields }, Moment::Day(day)) = (&line.what, line.on) {
                book.partner_is(partner, day, fields);
            }
        }
    }

    /// Events with these lines between them.
    pub(super) fn among<'e>(
        &'e self,
        events: &[(Timestamp, &'e Event)],
    ) -> Vec<(Timestamp, &'e Event)> {
        let mut lines = self.lines.iter().peekable();
        let mut all = Vec::with_capacity(events.len() + self.lines.len());
        for (at, event) in events.iter().enumerate() {
            while let Some((_, recorded, line)) = lines.next_if(|(place, ..)| *place <= at) {
                all.push((*recorded, line));
            }
            all.push(*event);
        }
        let behind = lines.filter(|(place, ..)| *place <= events.len());
        all.extend(behind.map(|(_, recorded, line)| (*recorded, line)));
        all
    }
}

/// The first day on which anything of a story can have happened.
pub(super) fn first_day(teller: &Teller<'_>) -> Option<Date> {
    let days = teller.case.timeline.iter().map(|event| teller.local(event.on).date());
    let written = teller.programs.iter().flatten().filter(|it| !is_hidden(it.code.as_str()));
    days.chain(written.map(|program| program.starts)).min()
}

/// The partners that there are, or those that a story names if it does not say who there is.
fn everybody(case: &Case) -> BTreeSet<PartnerCode> {
    if let Some(partners) = &case.partners {
        return partners.keys().cloned().collect();
    }
    let named = case.timeline.iter().filter_map(|event| match &event.what {
        What::Fact { fields, .. } | What::Correct { fields, .. } => fields.partner.clone(),
        _ => None,
    });
    named.collect()
}

impl Teller<'_> {
    /// The case with what tiers make of partners among its lines; `None` if no tier does.
    pub(in crate::case::run) fn with_tiers(
        &self,
        asked: &[Moment],
    ) -> Result<Option<Case>, Vec<Problem>> {
        let Some(wallet) = &self.case.wallet else { return Ok(None) };
        if wallet.tier_groups.values().all(|group| group.sets.is_none()) {
            return Ok(None);
        }
        let last = self.last_moment();
        let moments = asked.iter().copied().chain([last]);
        let horizon = moments.max_by_key(|moment| self.beyond(*moment)).unwrap_or(last);
        let Some(told) = self.wallet(horizon)? else { return Ok(None) };
        let events = self.events(horizon);
        let mut timeline: Vec<Event> =
            told.sets.among(&events).into_iter().map(|(_, event)| event.clone()).collect();
        let beyond = self.beyond(horizon);
        let later = self.case.timeline.iter();
        let later = later.filter(|event| beyond <= self.instant(event.known()));
        timeline.extend(later.cloned());
        let until = match last {
            Moment::Day(day) => Some(day),
            Moment::Instant(_) => self.case.until,
        };
        Ok(Some(Case { timeline, until, ..self.case.clone() }))
    }
}
