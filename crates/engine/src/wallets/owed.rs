//! What orders of rewards owe in money, told to payouts in the commit that posts it.
//!
//! Only lines move such orders: time gives nobody money. What else comes to owe money to partners
//! (a claim that was approved) is told from here, too.

use domain::amount::Currency;
use domain::wallet::{Account, Entry, Piece, PieceKey};
use rust_decimal::Decimal;

use super::slice::Slice;
use crate::catalog::MasterData;
use crate::payouts::{OfReward, Owed};

/// The orders that moved in a slice and give money, with what they owe by now.
pub(super) fn moved(slice: &Slice, master: &MasterData, money: Option<Currency>) -> Vec<Owed> {
    let owes = |entry: &&Entry| {
        let of = &entry.posting;
        [&of.debit, &of.credit].into_iter().any(|side| matches!(side, Account::Payable(_)))
    };
    let entries: Vec<&Entry> = slice.book.entries().iter().filter(owes).collect();
    let Some(money) = money.filter(|_| !entries.is_empty()) else { return Vec::new() };
    let pieces = slice.book.pieces();
    let orders = pieces.iter().filter(|(key, piece)| key.kind == "order" && piece.cash().is_some());
    orders
        .filter_map(|(key, order)| {
            let spent = PieceKey { kind: "spending", name: key.name.clone() };
            let before = slice.loaded.get(key);
            if before == Some(order) && slice.loaded.get(&spent) == pieces.get(&spent) {
                return None;
            }
            let (partner, reward, _) = order.order()?;
            let spending = pieces.get(&spent)?.spending()?;
            // `None` of what is only reserved.
            let amount = slice.book.money_of_order(&key.name).0;
            let points = amount.map_or(Decimal::ZERO, |_| spending.left());
            let undoing = format!("{}-c", key.name);
            let own = |entry: &&&Entry| *entry.cause == *key.name || *entry.cause == *undoing;
            let last = entries.iter().rev().find(own).or(entries.last())?;
            let from = before.and_then(Piece::order).map(|(partner, ..)| partner.clone());
            Some(Owed {
                of: OfReward {
                    order: key.name.clone(),
                    reward: reward.to_string(),
                    points: points.normalize(),
                    unit: spending.unit.to_string(),
                    on: last.at.date(),
                },
                partner_id: master.partner_id(partner.as_str())?,
                partner: partner.clone(),
                unit: money,
                amount: amount.unwrap_or_default().normalize(),
                from: from.filter(|from| from != partner),
            })
        })
        .collect()
}
