//! Trying a promotion before it acts: who may take part today, and what it would have given over a
//! past span, with its limits.
//!
//! # Promises
//!
//! * Nothing is written, and neither text need be saved.
//! * What terms would have earned is measured and evaluated as in any trial; what a promotion gives
//!   of it is decided by the book of wallets, award by award, in the order in which facts were
//!   recorded. Nothing is estimated.
//! * The span is told. A promotion and its program are looked at as if they had been there on its
//!   days, and as if everybody who may had enrolled before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::amount::Currency;
use domain::code::{FactKey, PartnerCode};
use domain::program::Program;
use domain::standing::is_enrolled;
use domain::wallet::{
    Book, Ends, Enrol, HeldAward, Members, People, Promotion, Refusal, Taken, TakenWhat, Wallet,
    by_partner,
};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::{Against, Ask, Key, Side, TrialError, earned, measure, moved, recorded, side};
use crate::catalog::MasterData;
use crate::db::Reader;
use crate::journal;
use crate::rules::Rules;

/// A promotion as it is drafted.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The wallet with the promotion.
    pub wallet: Wallet,
    pub money: Option<Currency>,
    pub promotion: String,
    /// The program whose terms pay under it.
    pub program: Program,
}

/// Who may take part on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayTakePart {
    pub all: usize,
    /// By code.
    pub partners: Vec<PartnerCode>,
}

/// What it would have given.
#[derive(Debug, Clone)]
pub struct WouldHave {
    pub from: Date,
    pub to: Date,
    pub taken: Taken,
    /// Who would have been given anything, by code.
    pub partners: Vec<(PartnerCode, Taken)>,
    /// What awards would not have been given for limits, by reason: how often.
    pub refused: BTreeMap<Refusal, u64>,
    /// Facts that wait for a rate, a factor or a price, and earn nothing here.
    pub waiting: usize,
}

impl Draft {
    fn declared(&self) -> Option<&Promotion> {
        self.wallet.promotions.get(self.promotion.as_str())
    }

    /// Who may take part on a day, and earn in the program.
    pub fn may_take_part(&self, master: &MasterData, today: Date) -> MayTakePart {
        let people = People { master: Arc::clone(&master.master), ..People::default() };
        let mut book = Book::new(Arc::new(self.wallet.clone()), self.money, people);
        book.stands_at(today.at(0, 0, 0, 0));
        let mut partners: Vec<PartnerCode> = Vec::new();
        if let Some(of) = self.declared() {
            let may = |code: &&PartnerCode| {
                let earns = is_enrolled(
                    &self.program,
                    code,
                    today.clamp(self.program.starts, self.program.ends.unwrap_or(Date::MAX)),
                    &master.master,
                );
                earns && book.may_join_in(of, code)
            };
            partners.extend(master.partner_ids.keys().filter(may).cloned());
        }
        partners.sort();
        MayTakePart { all: master.partner_ids.len(), partners }
    }
}

/// What a draft would have given on these days.
pub async fn promotion(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (draft, from, to): (&Draft, Date, Date),
) -> Result<WouldHave, TrialError> {
    let mut program = moved(&draft.program, from, to);
    draft.wallet.fit(&mut program);
    let trial: Side = side(rules, vec![program], domain::plan::Closes::default())?;
    let up_to = journal::highest_seq(reader).await?;
    let (mut cells, waiting) = measure(reader, rules, master, &[Some(&trial)], up_to).await?;
    let known = recorded(reader, &trial, None).await?;
    let ask = Ask { text: String::new(), from, to, against: Against::Nothing };
    let cells = cells.pop().unwrap_or_default();
    let awards = earned(&trial, cells, master, to, &known, &ask);
    let facts: BTreeSet<FactKey> = awards.keys().filter_map(fact_of).collect();
    let facts: Vec<FactKey> = facts.into_iter().collect();
    let times = journal::times_of(reader, &facts).await?;
    let mut order: Vec<(Option<Timestamp>, String, HeldAward, Decimal)> = Vec::new();
    let end = draft.wallet.time_zone.to_datetime(now).max(to.at(23, 59, 59, 0));
    for (key, earned) in &awards {
        let fact = fact_of(key);
        let time = fact.as_ref().and_then(|key| times.get(key).copied());
        let (at, recorded) = time.unzip();
        let name = fact.map_or_else(|| format!("{}/{}", key.1, key.2.name), |key| key.to_string());
        let at: Result<DateTime, Date> = at.ok_or(key.2.end);
        let award = HeldAward::of(&earned.term, &key.0, (Arc::from(name.as_str()), end), at);
        let values: Vec<String> = key.3.values().map(|(n, v)| format!("{n}={v}")).collect();
        let id = format!("{}/{}/{}/{}", key.1, key.2.name, key.0, values.join(","));
        order.push((recorded, id, award, earned.amount));
    }
    // What belongs to no single fact is known last.
    order.sort_by(|(a, one, ..), (b, other, ..)| {
        (a.is_none(), a, one).cmp(&(b.is_none(), b, other))
    });
    let given = Giving::new(draft, master, (from, to)).give(&order);
    Ok(WouldHave { from, to, waiting, ..given })
}

fn fact_of(key: &Key) -> Option<FactKey> {
    key.3.get("fact").map(FactKey::new)
}

/// What is given award by award, each by a book of its own that is told what was given before: the
/// time it takes grows with the number of awards, not with its square.
struct Giving<'d> {
    wallet: Arc<Wallet>,
    draft: &'d Draft,
    people: People,
    days: (Date, Date),
    sums: BTreeMap<String, Decimal>,
}

impl Giving<'_> {
    fn new<'d>(draft: &'d Draft, master: &MasterData, days: (Date, Date)) -> Giving<'d> {
        let (from, to) = days;
        let mut wallet = draft.wallet.clone();
        // Who was a member then is not asked: what is tried is the promotion.
        wallet.members = Members::default();
        for promotion in wallet.promotions.values_mut() {
            if *promotion.code == *draft.promotion {
                promotion.starts = Some(from.at(0, 0, 0, 0));
                promotion.ends = Ends::After(to);
                promotion.enrol = Enrol::Automatic;
            }
        }
        let people = People { master: Arc::clone(&master.master), ..People::default() };
        Giving { wallet: Arc::new(wallet), draft, people, days, sums: BTreeMap::new() }
    }

    fn give(mut self, order: &[(Option<Timestamp>, String, HeldAward, Decimal)]) -> WouldHave {
        let (from, to) = self.days;
        let (mut taken, mut refused) = (Taken::default(), BTreeMap::new());
        let mut partners: BTreeMap<PartnerCode, Taken> = BTreeMap::new();
        for (_, id, award, amount) in order {
            let mut book =
                Book::new(Arc::clone(&self.wallet), self.draft.money, self.people.clone());
            let names = book.tally_names(std::iter::once(&award.partner));
            let before = names.into_iter().filter_map(|name| {
                let amount = *self.sums.get(&name)?;
                Some((name, amount))
            });
            book.put_elsewhere(before.collect());
            book.stands_at(to.at(23, 59, 59, 0));
            book.award(&Arc::from(id.as_str()), award, *amount);
            for (_, refusal) in book.refused_awards() {
                *refused.entry(refusal).or_insert(0) += 1;
            }
            for (name, amount) in book.tallies() {
                for what in TakenWhat::ALL {
                    let of_one = by_partner(&self.draft.promotion, what);
                    if name.strip_prefix(&of_one) == Some(award.partner.as_str()) {
                        taken.put(what, amount);
                        partners.entry(award.partner.clone()).or_default().put(what, amount);
                    }
                }
                *self.sums.entry(name).or_default() += amount;
            }
        }
        partners.retain(|_, taken| !taken.is_nothing());
        let partners = partners.into_iter().collect();
        WouldHave { from, to, taken, partners, refused, waiting: 0 }
    }
}

#[cfg(test)]
mod tests;
