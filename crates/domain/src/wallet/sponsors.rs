//! Sponsors: other companies that pay for points, in advance or afterwards.
//!
//! # Promises
//!
//! * What a sponsor bears is a function of what is left of a credit: taken back, the points are in
//!   the pack again, or are owed no more.
//! * A pack never gives more than was bought. A credit it cannot pay waits, whole, and nobody
//!   overtakes it at the same pack; what waits is on no balance and counts for no tier.
//! * A credit that waited has the days it would have had at once.

mod declared;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub(crate) use declared::{SPONSOR, SPONSOR_OF_REWARD, bearers};
pub(super) use declared::{known_of_term, read};

use super::book::Book;
use super::command::Refusal;
use super::credit::{Credit, Grant};
use super::ledger::{Account, Unit};
use super::report::{Line, List, Said, Use};
use crate::amount::RoundingMode;
use crate::code::PartnerCode;
use crate::evaluate::AMOUNT_MAX;
use crate::program::Names;

/// A company that pays for points.
#[derive(Debug, Clone, PartialEq)]
pub struct Sponsor {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    pub billing: Billing,
    /// The point currency.
    pub points: Unit,
    /// How many of its points one that is credited takes.
    pub factor: Decimal,
    /// What it owes for each of them; `None`: what a point costs the vendor.
    pub cost: Option<Decimal>,
    /// Below so many points in its pack somebody should know.
    pub alert: Option<Decimal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Billing {
    /// It buys a pack of points, and credits take from it.
    Prepaid,
    /// It owes what was credited.
    Postpaid,
}

impl Sponsor {
    /// The names of what says how it stands, and who waits for it.
    pub fn asks_for(&self) -> [String; 2] {
        [account_of(&self.code), QUEUE.to_owned()]
    }
}

/// Who bears a credit, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    pub sponsor: Unit,
    pub share: Decimal,
}

/// What sponsors bought, and what they bear.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sponsored {
    accounts: BTreeMap<Unit, SponsorAccount>,
    /// By the key of the credit.
    credits: BTreeMap<Arc<str>, Borne>,
    /// Credits, or more of one, that wait for a pack, in order.
    queue: Vec<Waits>,
}

/// What a sponsor bought, used and owes over all credits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SponsorAccount {
    bought: Decimal,
    /// Of its own points.
    used: Decimal,
    /// In money, if it pays afterwards.
    owed: Decimal,
}

/// A credit that sponsors bear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Borne {
    /// What people know the credit by.
    name: Arc<str>,
    partner: PartnerCode,
    unit: Unit,
    parts: Vec<BornePart>,
    /// What of it waits in the queue.
    waiting: Decimal,
}

/// What one sponsor bears of a credit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct BornePart {
    of: Bearer,
    used: Decimal,
    owed: Decimal,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Waits {
    key: Arc<str>,
    grant: Grant,
    amount: Decimal,
}

/// What the list of sponsors says.
pub(super) const WORDS: &[(&str, Use)] = &[
    ("unit", Use::Same),
    ("bought", Use::Adds),
    ("paid", Use::Adds),
    ("pack", Use::Adds),
    ("used", Use::Adds),
    ("owed", Use::Adds),
    ("waiting", Use::Adds),
    ("alert", Use::Same),
];

/// What the list of credits says that sponsors bear.
pub(super) const WORDS_OF_CREDIT: &[(&str, Use)] = &[
    ("sponsor", Use::Selects),
    ("partner", Use::Same),
    ("unit", Use::Same),
    ("amount", Use::Adds),
    ("waiting", Use::Adds),
    ("used", Use::Adds),
    ("owed", Use::Adds),
    ("status", Use::Same),
];

/// What the queue of all packs is kept under.
pub(super) const QUEUE: &str = "sponsors/queue";

/// What the account of a sponsor is kept under.
pub(super) fn account_of(sponsor: &str) -> String {
    format!("sponsor/{sponsor}")
}

/// What must be at hand before something is borne by these.
pub(super) fn names_of(bearers: &[Bearer]) -> Vec<String> {
    let accounts = bearers.iter().map(|bearer| account_of(&bearer.sponsor));
    let queue = (!bearers.is_empty()).then(|| QUEUE.to_owned());
    accounts.chain(queue).collect()
}

impl Sponsored {
    pub(super) fn put_account(&mut self, sponsor: Unit, account: SponsorAccount) {
        self.accounts.insert(sponsor, account);
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = (&Unit, &SponsorAccount)> {
        self.accounts.iter()
    }

    pub(super) fn put_credit(&mut self, key: Arc<str>, borne: Borne) {
        self.credits.insert(key, borne);
    }

    pub(super) fn credits(&self) -> impl Iterator<Item = (&Arc<str>, &Borne)> {
        self.credits.iter()
    }

    pub(super) fn put_queue(&mut self, queue: Vec<Waits>) {
        self.queue = queue;
    }

    pub(super) fn queue(&self) -> &[Waits] {
        &self.queue
    }
}

impl Borne {
    pub(super) fn partner(&self) -> &PartnerCode {
        &self.partner
    }

    /// What must be at hand before it changes.
    pub(super) fn needs(&self) -> Vec<String> {
        let bearers: Vec<Bearer> = self.parts.iter().map(|part| part.of.clone()).collect();
        names_of(&bearers)
    }
}

impl Waits {
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl Book {
    /// `top_up`: a sponsor buys points in advance.
    pub(super) fn top_up(
        &mut self,
        key: &Arc<str>,
        sponsor: &Unit,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        let wallet = self.wallet.clone();
        let of = wallet.sponsors.get(sponsor).ok_or(Refusal::UnknownCode)?;
        if of.billing == Billing::Postpaid {
            return Err(Refusal::WrongUnit);
        }
        self.counted(&of.points, amount)?;
        self.sponsored.accounts.entry(sponsor.clone()).or_default().bought += amount;
        self.post(key, &of.points, Account::Cash, Account::Pack(sponsor.clone()), amount);
        self.follow();
        Ok(())
    }

    /// Whether these sponsors may bear a credit in a currency.
    pub(super) fn may_bear(&self, bearers: &[Bearer], unit: &Unit) -> Result<(), Refusal> {
        let of = |bearer: &Bearer| self.wallet.sponsors.get(&bearer.sponsor);
        if bearers.iter().any(|bearer| of(bearer).is_none()) {
            return Err(Refusal::UnknownCode);
        }
        let fits = |bearer| of(bearer).is_some_and(|sponsor| sponsor.points == *unit);
        if bearers.iter().all(fits) { Ok(()) } else { Err(Refusal::WrongUnit) }
    }

    /// From its first piece on a credit is borne by who was to bear it then.
    pub fn borne_by(&mut self, key: &Arc<str>, grant: &Grant, bearers: &[Bearer]) {
        let is_there = self.credits.contains_key(key) || self.sponsored.credits.contains_key(key);
        if bearers.is_empty() || is_there {
            return;
        }
        let part =
            |of: &Bearer| BornePart { of: of.clone(), used: Decimal::ZERO, owed: Decimal::ZERO };
        let borne = Borne {
            name: grant.name.clone(),
            partner: grant.partner.clone(),
            unit: grant.unit.clone(),
            parts: bearers.iter().map(part).collect(),
            waiting: Decimal::ZERO,
        };
        self.sponsored.credits.insert(key.clone(), borne);
    }

    /// Puts a credit, or more of one, behind those that wait, if a pack cannot pay it.
    pub(super) fn has_to_wait(&mut self, key: &Arc<str>, grant: &Grant, amount: Decimal) -> bool {
        let Some(borne) = self.sponsored.credits.get(key) else { return false };
        let packs: Vec<&Unit> = self.packs_of(key).collect();
        let is_before = |waits: &Waits| self.packs_of(&waits.key).any(|it| packs.contains(&it));
        let is_behind = !packs.is_empty() && self.sponsored.queue.iter().any(is_before);
        if !is_behind && self.can_pay(borne, self.left_of(key) + amount) {
            return false;
        }
        if let Some(borne) = self.sponsored.credits.get_mut(key) {
            borne.waiting += amount;
        }
        let waits = Waits { key: key.clone(), grant: grant.clone(), amount };
        self.sponsored.queue.push(waits);
        self.credits.entry(key.clone()).or_insert_with(|| Credit::nothing(grant.unit.clone()));
        true
    }

    /// The prepaid sponsors of a credit.
    fn packs_of(&self, key: &str) -> impl Iterator<Item = &Unit> {
        let parts = self.sponsored.credits.get(key).into_iter().flat_map(|borne| &borne.parts);
        parts.map(|part| &part.of.sponsor).filter(|sponsor| {
            let of = self.wallet.sponsors.get(*sponsor);
            of.is_some_and(|of| of.billing == Billing::Prepaid)
        })
    }

    /// Whether the packs hold what a credit takes once it is so much.
    fn can_pay(&self, borne: &Borne, left: Decimal) -> bool {
        borne.parts.iter().all(|part| {
            let more = self.taken_of(borne, &part.of, left) - part.used;
            let of = self.wallet.sponsors.get(&part.of.sponsor);
            let is_prepaid = of.is_some_and(|of| of.billing == Billing::Prepaid);
            !is_prepaid || more <= self.pack(&part.of.sponsor)
        })
    }

    /// What is left in the pack of a sponsor.
    fn pack(&self, sponsor: &Unit) -> Decimal {
        let account = self.account(sponsor);
        account.bought - account.used
    }

    fn account(&self, sponsor: &Unit) -> SponsorAccount {
        self.sponsored.accounts.get(sponsor).copied().unwrap_or_default()
    }

    /// How many of its points a sponsor gives for a credit of which so much is left, rounded to the
    /// currency.
    fn taken_of(&self, borne: &Borne, of: &Bearer, left: Decimal) -> Decimal {
        let Some(sponsor) = self.wallet.sponsors.get(&of.sponsor) else { return Decimal::ZERO };
        let decimals = self.wallet.points.get(&borne.unit).map_or(0, |currency| currency.decimals);
        RoundingMode::HalfUp.round(times(left * of.share, sponsor.factor), decimals)
    }

    /// What is credited under a key and was not taken back.
    fn left_of(&self, key: &str) -> Decimal {
        self.credits.get(key).map_or(Decimal::ZERO, Credit::left)
    }

    /// What of a credit waits.
    pub(super) fn waiting_of(&self, key: &str) -> Decimal {
        self.sponsored.credits.get(key).map_or(Decimal::ZERO, |borne| borne.waiting)
    }

    /// Brings what sponsors bear of a credit to what is left of it.
    pub(super) fn bear(&mut self, key: &Arc<str>, cause: &Arc<str>) {
        let Some(mut borne) = self.sponsored.credits.remove(key) else { return };
        let wallet = self.wallet.clone();
        let left = self.left_of(key);
        for at in 0..borne.parts.len() {
            let used = self.taken_of(&borne, &borne.parts[at].of, left);
            let part = &mut borne.parts[at];
            let Some(sponsor) = wallet.sponsors.get(&part.of.sponsor) else { continue };
            let more = used - std::mem::replace(&mut part.used, used);
            self.sponsored.accounts.entry(sponsor.code.clone()).or_default().used += more;
            let bears = Account::Sponsored(sponsor.code.clone());
            if sponsor.billing == Billing::Prepaid {
                let pack = Account::Pack(sponsor.code.clone());
                let (debit, credit) = in_order((pack, bears), more);
                self.post(cause, &sponsor.points, debit, credit, more.abs());
                continue;
            }
            let owed = self.cost_of(sponsor, used);
            let more = owed - std::mem::replace(&mut part.owed, owed);
            self.sponsored.accounts.entry(sponsor.code.clone()).or_default().owed += more;
            let receivable = Account::Receivable(sponsor.code.clone());
            let (debit, credit) = in_order((receivable, bears), more);
            self.post_in_money(cause, debit, credit, more.abs());
        }
        self.sponsored.credits.insert(key.clone(), borne);
    }

    /// What so many points of a sponsor cost it, in money.
    fn cost_of(&self, sponsor: &Sponsor, used: Decimal) -> Decimal {
        let of_currency = || self.wallet.points.get(&sponsor.points).map(|points| points.cost);
        let cost = sponsor.cost.or_else(of_currency).unwrap_or_default();
        RoundingMode::HalfUp.round(times(used, cost), self.decimals_of_money())
    }

    /// Withdraws up to so much of a credit that waits, the last piece first, and says how much.
    pub(super) fn withdraw(&mut self, key: &str, amount: Decimal) -> Decimal {
        let of = self.sponsored.credits.get_mut(key).filter(|borne| !borne.waiting.is_zero());
        let Some(borne) = of else { return Decimal::ZERO };
        let withdrawn = amount.min(borne.waiting);
        borne.waiting -= withdrawn;
        let mut left = withdrawn;
        for waits in self.sponsored.queue.iter_mut().rev().filter(|waits| &*waits.key == key) {
            let part = left.min(waits.amount);
            waits.amount -= part;
            left -= part;
        }
        self.sponsored.queue.retain(|waits| !waits.amount.is_zero());
        withdrawn
    }

    /// Credits what waits, as far as packs go now, in the order in which it came.
    pub(super) fn follow(&mut self) {
        let mut blocked: BTreeSet<Unit> = BTreeSet::new();
        let mut stays = Vec::new();
        for waits in std::mem::take(&mut self.sponsored.queue) {
            let packs: Vec<Unit> = self.packs_of(&waits.key).cloned().collect();
            let left = self.left_of(&waits.key) + waits.amount;
            let borne = self.sponsored.credits.get(&waits.key);
            let is_paid = borne.is_some_and(|borne| self.can_pay(borne, left));
            if is_paid && !packs.iter().any(|pack| blocked.contains(pack)) {
                if let Some(borne) = self.sponsored.credits.get_mut(&waits.key) {
                    borne.waiting -= waits.amount;
                }
                self.credit_now(&waits.key, &waits.grant, waits.amount);
            } else {
                blocked.extend(packs);
                stays.push(waits);
            }
        }
        self.sponsored.queue = stays;
    }

    /// The names of credits that wait for a pack, in order, each once.
    pub fn short_of_packs(&self) -> Vec<Arc<str>> {
        let mut seen = BTreeSet::new();
        let names = self.sponsored.queue.iter().map(|waits| &waits.grant.name);
        names.filter(|name| seen.insert(*name)).cloned().collect()
    }

    /// What is left in the pack of a sponsor, if that is below the level at which somebody should
    /// know.
    pub(super) fn low_pack(
        &self,
        code: &Unit,
        account: Option<&SponsorAccount>,
    ) -> Option<Decimal> {
        let sponsor = self.wallet.sponsors.get(code)?;
        let account = account.copied().unwrap_or_default();
        let pack = account.bought - account.used;
        let is_low = sponsor.alert.is_some_and(|alert| pack < alert);
        (sponsor.billing == Billing::Prepaid && is_low).then_some(pack)
    }

    /// What each sponsor bought, used and owes.
    pub(super) fn report_sponsors(&self) -> Vec<Line> {
        let line = |sponsor: &Sponsor| {
            let code = &sponsor.code;
            let SponsorAccount { bought, used, owed } = self.account(code);
            let is_prepaid = sponsor.billing == Billing::Prepaid;
            let pack = if is_prepaid { bought - used } else { Decimal::ZERO };
            let alerts = is_prepaid && sponsor.alert.is_some_and(|alert| pack < alert);
            let says = vec![
                ("unit", text(&sponsor.points)),
                ("bought", Said::Number(bought)),
                ("paid", Said::Number(self.cost_of(sponsor, bought))),
                ("pack", Said::Number(pack)),
                ("used", Said::Number(used)),
                ("owed", Said::Number(owed)),
                ("waiting", Said::Number(self.waiting_at(code))),
                ("alert", text(if alerts { "true" } else { "false" })),
            ];
            Line { list: List::Sponsors, of: code.to_string(), says }
        };
        self.wallet.sponsors.values().map(line).collect()
    }

    /// How many points of a sponsor are asked by what waits.
    fn waiting_at(&self, sponsor: &Unit) -> Decimal {
        let keys: BTreeSet<&Arc<str>> =
            self.sponsored.queue.iter().map(|waits| &waits.key).collect();
        let more = |key: &Arc<str>| {
            let Some(borne) = self.sponsored.credits.get(key) else { return Decimal::ZERO };
            let left = self.left_of(key) + self.waiting_of(key);
            let own = borne.parts.iter().filter(|part| part.of.sponsor == *sponsor);
            own.map(|part| self.taken_of(borne, &part.of, left) - part.used).sum()
        };
        keys.into_iter().map(more).sum()
    }

    /// What each sponsor bears of each credit.
    pub(super) fn report_sponsored(&self) -> Vec<Line> {
        let own = self.sponsored.credits.iter().filter(|(key, _)| self.credits.contains_key(*key));
        own.flat_map(|(key, borne)| {
            let (left, waiting) = (self.left_of(key), self.waiting_of(key));
            let decimals = self.wallet.points.get(&borne.unit).map_or(0, |it| it.decimals);
            let status = match (waiting.is_zero(), left.is_zero()) {
                (false, _) => "waiting",
                (true, false) => "done",
                (true, true) => "cancelled",
            };
            borne.parts.iter().map(move |part| {
                let of_it =
                    |all: Decimal| RoundingMode::HalfUp.round(all * part.of.share, decimals);
                let says = vec![
                    ("sponsor", text(&part.of.sponsor)),
                    ("partner", text(self.survivor(&borne.partner).as_str())),
                    ("unit", text(&borne.unit)),
                    ("amount", Said::Number(of_it(left))),
                    ("waiting", Said::Number(of_it(waiting))),
                    ("used", Said::Number(part.used)),
                    ("owed", Said::Number(part.owed)),
                    ("status", text(status)),
                ];
                Line { list: List::Sponsored, of: borne.name.to_string(), says }
            })
        })
        .collect()
    }
}

/// What goes the other way is posted the other way.
fn in_order((debit, credit): (Account, Account), amount: Decimal) -> (Account, Account) {
    if amount < Decimal::ZERO { (credit, debit) } else { (debit, credit) }
}

/// A product that stays an amount.
fn times(amount: Decimal, each: Decimal) -> Decimal {
    let most = Decimal::from(AMOUNT_MAX);
    amount.checked_mul(each).unwrap_or(most).clamp(-most, most)
}

fn text(text: impl AsRef<str>) -> Said {
    Said::Text(text.as_ref().to_owned())
}

#[cfg(test)]
mod tests;
