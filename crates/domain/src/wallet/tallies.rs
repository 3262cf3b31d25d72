//! What limits count over all partners, by names that can be foretold.
//!
//! # Promises
//!
//! * What a book counts is the sum of what its pieces count: two parts of it count together what
//!   the whole one does.
//! * A book that is told what all others come to refuses and cuts as the book of all would.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::book::Book;
use super::funds;
use super::games::Game;
use super::ledger::Unit;
use super::promotions;
use crate::code::PartnerCode;

/// What limits count of vouchers, of all partners or of one.
pub(super) fn issued(voucher: &str, partner: Option<&PartnerCode>) -> String {
    of_partner(format!("issued/{voucher}"), partner)
}

/// What limits count of rewards.
pub(super) fn ordered(reward: &str, partner: Option<&PartnerCode>) -> String {
    of_partner(format!("ordered/{reward}"), partner)
}

pub(super) fn of_partner(name: String, partner: Option<&PartnerCode>) -> String {
    match partner {
        Some(partner) => format!("{name}/{partner}"),
        None => name,
    }
}

impl Book {
    /// What limits count of everything in this book, by name.
    pub fn tallies(&self) -> BTreeMap<String, Decimal> {
        let mut tallies: BTreeMap<String, Decimal> = BTreeMap::new();
        let mut add = |name: String, more: Decimal| *tallies.entry(name).or_default() += more;
        for voucher in self.vouchers.all().filter(|voucher| voucher.counts()) {
            add(issued(&voucher.kind, None), Decimal::ONE);
            if let Some(partner) = &voucher.partner {
                add(issued(&voucher.kind, Some(partner)), Decimal::ONE);
            }
        }
        for (key, order) in &self.orders {
            let pieces = self.pieces_of(key, order);
            add(ordered(&order.reward, None), pieces);
            add(ordered(&order.reward, Some(&order.partner)), pieces);
        }
        let promotions = self.tallies_of_promotions().into_iter().chain(self.promotions.enrolled());
        for (name, amount) in promotions.chain(self.tallies_of_plays()) {
            add(name, amount);
        }
        for credit in self.credits.values().filter(|it| self.wallet.funds.contains_key(&it.unit)) {
            add(funds::credited_name(&credit.unit), credit.left());
        }
        tallies.retain(|_, amount| !amount.is_zero());
        tallies
    }

    /// The names under which limits may count what these partners do.
    pub fn tally_names<'p>(&self, partners: impl Iterator<Item = &'p PartnerCode>) -> Vec<String> {
        let limited_vouchers = self
            .wallet
            .vouchers
            .values()
            .filter(|kind| kind.limit.total.is_some() || kind.limit.per_partner.is_some());
        let limited_rewards = self
            .wallet
            .rewards
            .values()
            .filter(|reward| reward.stock.is_some() || reward.per_partner.is_some());
        let vouchers: Vec<&Unit> = limited_vouchers.map(|kind| &kind.code).collect();
        let rewards: Vec<&Unit> = limited_rewards.map(|reward| &reward.code).collect();
        let mut names = Vec::new();
        let owners: Vec<&PartnerCode> = partners.collect();
        for partner in std::iter::once(None).chain(owners.iter().copied().map(Some)) {
            names.extend(vouchers.iter().map(|code| issued(code, partner)));
            names.extend(rewards.iter().map(|code| ordered(code, partner)));
            let promotions = self.wallet.promotions.keys();
            names.extend(promotions.flat_map(|code| promotions::tally_names(code, partner)));
        }
        names.extend(self.wallet.games.values().flat_map(Game::tally_names));
        let coops = self.wallet.funds.values().filter(|fund| fund.coop().is_some());
        names.extend(coops.map(|fund| funds::credited_name(&fund.code)));
        let today = self.now().date();
        let days = |partner| {
            let games = self.wallet.games.values();
            games.filter_map(move |game| game.tally_of_day(partner, today))
        };
        names.extend(owners.iter().flat_map(|partner| days(partner)));
        names
    }

    /// What limits count beside what is in this book.
    pub fn put_elsewhere(&mut self, tallies: BTreeMap<String, Decimal>) {
        self.elsewhere = tallies;
    }

    pub(super) fn counted_elsewhere(&self, name: &str) -> Decimal {
        self.elsewhere.get(name).copied().unwrap_or_default()
    }
}
