//! Memberships: who is a member of a wallet, since when and until when.
//!
//! # Promises
//!
//! * Whether somebody is a member is a function of the moment: nothing has to end a membership.
//! * Who is none earns nothing and spends nothing, from its day on. What it holds stays, and ends
//!   as it would have.
//! * Whether an award is given is decided when it is recorded, by the moment of its fact, and not
//!   again: who enrols later changes nothing of what was withheld. Only a fact that is corrected to
//!   another moment is decided anew. What was given is taken back as ever.
//! * Without a word in the text everybody is a member, until somebody says something else.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::book::Book;
use super::command::Refusal;
use super::credit::{Credit, Grant};
use super::dates::later;
use super::ledger::Unit;
use super::promotions::{Enrol, GivenAs};
use super::read::span;
use super::report::{Line, List, Said, Use};
use super::tiers::is_hidden;
use crate::code::PartnerCode;
use crate::program::Span;
use crate::program::keys::{Key, Shape};
use crate::reader::{Fields, Reader};
use crate::yaml::Node;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

pub(crate) const MEMBERS: &[Key] = &[
    key("enrol", Shape::Words(&["automatic", "required"]), "Whether one enrols to be a member."),
    key("by_oneself", Shape::YesNo, "Whether partners may enrol in the portal."),
    key("lasts", Shape::Word, "How long a membership lasts until it is renewed: 1 year."),
];

/// Who is a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Members {
    pub enrol: Enrol,
    /// Whether partners may enrol, renew and leave by themselves.
    pub by_oneself: bool,
    /// `None`: until somebody ends it.
    pub lasts: Option<Span>,
}

impl Default for Members {
    fn default() -> Members {
        Members { enrol: Enrol::Automatic, by_oneself: false, lasts: None }
    }
}

/// Through what somebody became a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Console,
    Portal,
    Api,
    Import,
}

impl Channel {
    pub const ALL: [Channel; 4] =
        [Channel::Console, Channel::Portal, Channel::Api, Channel::Import];

    pub fn word(self) -> &'static str {
        match self {
            Channel::Console => "console",
            Channel::Portal => "portal",
            Channel::Api => "api",
            Channel::Import => "import",
        }
    }
}

/// A line about the membership of the partner that its key names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLine {
    /// The code of the wallet; `None`: the only one.
    pub wallet: Option<Unit>,
    pub step: MemberStep,
    pub reason: Option<String>,
}

/// What becomes of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStep {
    /// It begins; `until` is its last day, else as the text says.
    Enrol {
        channel: Option<Channel>,
        until: Option<Date>,
    },
    Renew {
        until: Option<Date>,
    },
    /// It rests.
    Suspend,
    Resume,
    End,
}

impl MemberStep {
    /// The word of its line.
    pub fn word(self) -> &'static str {
        match self {
            MemberStep::Enrol { .. } => "enrol",
            MemberStep::Renew { .. } => "renew",
            MemberStep::Suspend => "suspend",
            MemberStep::Resume => "resume",
            MemberStep::End => "leave",
        }
    }
}

/// Where a membership stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// Nobody enrolled it, and the text asks for it.
    Outside,
    Active,
    Suspended,
    /// Somebody ended it, or its last day is over.
    Ended,
    /// It is part of another one.
    Merged,
}

impl MemberState {
    pub const ALL: [MemberState; 5] = [
        MemberState::Outside,
        MemberState::Active,
        MemberState::Suspended,
        MemberState::Ended,
        MemberState::Merged,
    ];

    pub fn word(self) -> &'static str {
        match self {
            MemberState::Outside => "outside",
            MemberState::Active => "active",
            MemberState::Suspended => "suspended",
            MemberState::Ended => "ended",
            MemberState::Merged => "merged",
        }
    }
}

/// A membership at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    pub state: MemberState,
    /// The day on which it was begun; `None`: without a word.
    pub since: Option<Date>,
    pub channel: Option<Channel>,
    /// Its last day, or the one on which somebody ended it.
    pub until: Option<Date>,
}

/// What was said of a membership, from when on.
pub(super) type SaidOf = Vec<(DateTime, MemberStep)>;

/// Memberships of a book, and what was withheld.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MemberRoll {
    /// In the order in which it was recorded; spans are days by then.
    said: BTreeMap<PartnerCode, SaidOf>,
    /// By the key of the award.
    withheld: BTreeMap<Arc<str>, Withheld>,
}

/// An award of which something is withheld, since who would be given it was no member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// What people know it by.
    pub name: Arc<str>,
    pub partner: PartnerCode,
    pub unit: Unit,
    pub on: DateTime,
    /// What the award is.
    pub asked: Decimal,
    /// How much of it was given.
    pub given: Decimal,
    pub refusal: Refusal,
    is_of_fact: bool,
}

impl Withheld {
    /// What is told of it: `membership/partner/award`, and why.
    pub fn told(&self) -> (String, Refusal) {
        (format!("membership/{}/{}", self.partner, self.name), self.refusal)
    }

    /// Whether anything of it is withheld now.
    pub fn is_told(&self) -> bool {
        Decimal::ZERO < self.asked && self.given < self.asked && !is_hidden(&self.unit)
    }
}

/// What the list of members says.
pub(super) const WORDS: &[(&str, Use)] =
    &[("status", Use::Same), ("since", Use::Same), ("until", Use::Same), ("channel", Use::Same)];

pub(super) fn read(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Members> {
    let fields = reader.fields(node, "`members`", MEMBERS)?;
    let enrols = [("automatic", Enrol::Automatic), ("required", Enrol::Required)];
    let members = Members {
        enrol: reader
            .maybe(&fields, "enrol", |r, k, n| r.word(k, n, &enrols))
            .unwrap_or(Enrol::Automatic),
        by_oneself: reader.maybe(&fields, "by_oneself", Reader::yes_no).unwrap_or(false),
        lasts: reader.maybe(&fields, "lasts", span),
    };
    if members.lasts.is_some_and(Span::is_nothing) {
        reader.error(fields.at("lasts"), "`lasts` is no time at all", "write `lasts: 1 year`");
        return None;
    }
    Some(members)
}

/// A line about a membership.
pub(super) fn read_line(reader: &mut Reader<'_>, word: &str, fields: &Fields<'_>) -> MemberLine {
    let channels = Channel::ALL.map(|channel| (channel.word(), channel));
    let until = reader.maybe(fields, "until", Reader::date);
    let step = match word {
        "enrol" => {
            let channel = reader.maybe(fields, "channel", |r, k, n| r.word(k, n, &channels));
            MemberStep::Enrol { channel, until }
        }
        "renew" => MemberStep::Renew { until },
        "suspend" => MemberStep::Suspend,
        "resume" => MemberStep::Resume,
        _ => MemberStep::End,
    };
    MemberLine {
        wallet: reader.maybe(fields, "wallet", Reader::code).map(Arc::from),
        step,
        reason: reader.maybe(fields, "reason", Reader::text),
    }
}

impl MemberRoll {
    pub(super) fn put(&mut self, partner: PartnerCode, said: SaidOf) {
        self.said.insert(partner, said);
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&PartnerCode, &SaidOf)> {
        self.said.iter()
    }

    pub(super) fn put_withheld(&mut self, key: Arc<str>, withheld: Withheld) {
        self.withheld.insert(key, withheld);
    }

    pub(super) fn all_withheld(&self) -> impl Iterator<Item = (&Arc<str>, &Withheld)> {
        self.withheld.iter()
    }
}

/// What was said by a moment comes to; `None` if nothing was.
fn by_then(said: &SaidOf, at: DateTime) -> Option<Membership> {
    let mut by_then: Vec<&(DateTime, MemberStep)> =
        said.iter().filter(|(from, _)| *from <= at).collect();
    // Of two of the same moment the one recorded later holds.
    by_then.sort_by_key(|(from, _)| *from);
    let mut is = None;
    for (from, step) in by_then {
        let was = is.unwrap_or(Membership {
            state: MemberState::Active,
            since: None,
            channel: None,
            until: None,
        });
        let day = Some(from.date());
        is = Some(match *step {
            MemberStep::Enrol { channel, until } => {
                Membership { state: MemberState::Active, since: day, channel, until }
            }
            MemberStep::Renew { until } => Membership { state: MemberState::Active, until, ..was },
            MemberStep::Suspend => Membership { state: MemberState::Suspended, ..was },
            MemberStep::Resume => Membership { state: MemberState::Active, ..was },
            MemberStep::End => Membership { state: MemberState::Ended, until: day, ..was },
        });
    }
    let is_over = |it: &Membership| it.until.is_some_and(|last| last < at.date());
    is.map(|it| if is_over(&it) { Membership { state: MemberState::Ended, ..it } } else { it })
}

impl Book {
    /// The membership of a partner at a moment; of one that is part of another its own, and that it
    /// is merged.
    pub fn membership(&self, partner: &PartnerCode, at: DateTime) -> Membership {
        let is_merged = self.merges.contains_key(partner);
        let own = self.roll.said.get(partner).and_then(|said| by_then(said, at));
        let without = match self.wallet.members.enrol {
            Enrol::Automatic => MemberState::Active,
            Enrol::Required => MemberState::Outside,
        };
        let none = Membership { state: without, since: None, channel: None, until: None };
        if is_merged {
            return Membership { state: MemberState::Merged, ..own.unwrap_or(none) };
        }
        // A membership that became part of this one holds if this one was never begun.
        let merged = || {
            let parts = self.roll.said.iter();
            let parts = parts.filter(|(who, _)| *who != partner && self.survivor(who) == partner);
            let parts = parts.filter_map(|(_, said)| by_then(said, at));
            parts.max_by_key(|it| it.state == MemberState::Active)
        };
        own.or_else(merged).unwrap_or(none)
    }

    /// Whether a partner is a member at a moment, so that it earns and spends. Pools are none, and
    /// act for their members.
    pub(super) fn is_member(&self, partner: &PartnerCode, at: DateTime) -> Result<(), Refusal> {
        let members = &self.wallet.members;
        if (members.enrol == Enrol::Automatic && self.roll.said.is_empty())
            || self.wallet.pools.contains_key(partner)
        {
            return Ok(());
        }
        match self.membership(self.survivor(partner), at).state {
            MemberState::Active | MemberState::Merged => Ok(()),
            MemberState::Outside => Err(Refusal::NotEnrolled),
            MemberState::Suspended | MemberState::Ended => Err(Refusal::WrongState),
        }
    }

    /// Whether all of these are members; of two reasons the first of the list.
    pub(super) fn are_members(
        &self,
        partners: &[&PartnerCode],
        at: DateTime,
    ) -> Result<(), Refusal> {
        let verdicts = partners.iter().filter_map(|partner| self.is_member(partner, at).err());
        verdicts.min().map_or(Ok(()), Err)
    }

    /// Whether a partner could be given anything now.
    pub fn may_earn(&self, partner: &PartnerCode) -> Result<(), Refusal> {
        self.is_member(partner, self.now)
    }

    /// Does what a line says of a membership.
    pub(super) fn member(
        &mut self,
        partner: &PartnerCode,
        line: &MemberLine,
        on: DateTime,
    ) -> Result<(), Refusal> {
        if self.is_unknown(partner) || self.wallet.pools.contains_key(partner) {
            return Err(Refusal::UnknownPartner);
        }
        self.stands_alone(partner)?;
        let is = self.membership(partner, on);
        let day = on.date();
        let lasts = self.wallet.members.lasts;
        let ends = |from: Date| lasts.map(|span| later(from, span));
        let step = match line.step {
            MemberStep::Enrol { channel, until } => {
                let again = is.state == MemberState::Active && is.since.is_none();
                let may = matches!(is.state, MemberState::Outside | MemberState::Ended) || again;
                may.then(|| MemberStep::Enrol { channel, until: until.or_else(|| ends(day)) })
            }
            MemberStep::Renew { until } => {
                let may = matches!(is.state, MemberState::Active | MemberState::Ended);
                let from = is.until.filter(|last| day <= *last).unwrap_or(day);
                may.then(|| MemberStep::Renew { until: until.or_else(|| ends(from)) })
            }
            MemberStep::Suspend => (is.state == MemberState::Active).then_some(line.step),
            MemberStep::Resume => (is.state == MemberState::Suspended).then_some(line.step),
            MemberStep::End => {
                let may = matches!(is.state, MemberState::Active | MemberState::Suspended);
                may.then_some(line.step)
            }
        };
        let step = step.ok_or(Refusal::WrongState)?;
        if let MemberStep::Enrol { until: Some(last), .. } | MemberStep::Renew { until: Some(last) } =
            step
            && last < day
        {
            return Err(Refusal::Expired);
        }
        self.roll.said.entry(partner.clone()).or_default().push((on, step));
        Ok(())
    }

    /// How much of an award is given: nothing more of it while its partner is no member. `at` is
    /// its moment.
    pub(super) fn as_member(
        &mut self,
        key: &Arc<str>,
        (given_as, grant): (GivenAs, &Grant),
        (promotion, period): (Option<&Unit>, Option<DateTime>),
        total: Decimal,
    ) -> Decimal {
        let is_open = self.wallet.members.enrol == Enrol::Automatic && self.roll.said.is_empty();
        if is_open && self.roll.withheld.is_empty() {
            return total;
        }
        let is_of_fact = period.is_none();
        let before = self.roll.withheld.get(key);
        let before = before.filter(|it| !is_of_fact || it.on == grant.on).cloned();
        let verdict = self.is_member(&grant.partner, period.unwrap_or(grant.on));
        let (asked, was) = if let Some(before) = &before {
            (before.asked, before.given)
        } else {
            let given = self.given_so_far(key, given_as, promotion);
            (given, given)
        };
        let stays = before.is_some() && is_of_fact && was.is_zero() && !asked.is_zero();
        let (given, refusal) = match verdict {
            _ if total <= asked => (was.min(total), None),
            _ if stays => (was, None),
            Ok(()) => (was + total - asked, None),
            Err(refusal) => (was, Some(refusal)),
        };
        let refusal = refusal.or(before.as_ref().map(|before| before.refusal));
        match refusal {
            Some(refusal) => {
                let withheld = Withheld {
                    name: grant.name.clone(),
                    partner: grant.partner.clone(),
                    unit: grant.unit.clone(),
                    on: grant.on,
                    asked: total,
                    given,
                    refusal,
                    is_of_fact,
                };
                self.roll.withheld.insert(key.clone(), withheld);
            }
            None => {
                self.roll.withheld.remove(key);
            }
        }
        given
    }

    /// What an award gave of which nothing was withheld.
    fn given_so_far(&self, key: &str, given_as: GivenAs, promotion: Option<&Unit>) -> Decimal {
        if let Some(asked) = promotion.and_then(|promotion| self.asked_of(promotion, key)) {
            return asked;
        }
        match given_as {
            GivenAs::Points => {
                self.credits.get(key).map_or(Decimal::ZERO, Credit::left) + self.waiting_of(key)
            }
            GivenAs::Vouchers => Decimal::from(self.standing_of(key)),
            GivenAs::Badge => Decimal::from(u32::from(self.badges.has(key))),
        }
    }

    /// What was withheld of awards, each under `membership/partner/award`, where the award is
    /// called as its lot would be.
    fn withheld(&self) -> impl Iterator<Item = (String, Refusal)> {
        self.roll.withheld.values().filter(|it| it.is_told()).map(Withheld::told)
    }

    /// What was refused to awards, by promotions or since nobody was a member.
    pub fn refused_awards(&self) -> Vec<(String, Refusal)> {
        let mut refused = self.refused_by_promotions();
        refused.extend(self.withheld());
        refused.sort();
        refused.dedup();
        refused
    }

    /// The lines of whom something was said of.
    pub(super) fn member_lines(&self) -> Vec<Line> {
        let line = |partner: &PartnerCode| {
            let is = self.membership(partner, self.now);
            let mut says = vec![("status", Said::Text(is.state.word().to_owned()))];
            says.extend(is.since.map(|day| ("since", Said::Text(day.to_string()))));
            says.extend(is.until.map(|day| ("until", Said::Text(day.to_string()))));
            says.extend(is.channel.map(|it| ("channel", Said::Text(it.word().to_owned()))));
            Line { list: List::Members, of: partner.to_string(), says }
        };
        self.roll.said.keys().map(line).collect()
    }
}
