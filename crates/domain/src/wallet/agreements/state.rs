//! What is known of agreements at a moment: claims, what they counted, goods and prices.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::lines::AskedLine;
use super::stock::Sales;
use crate::code::{FactKey, PartnerCode, ProductCode};
use crate::wallet::command::Refusal;
use crate::wallet::funds::Stage;
use crate::wallet::ledger::Unit;

/// The channel side of a book.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::wallet) struct Channel {
    /// What facts say; it is told, and no part of what the book keeps.
    pub sales: Arc<Sales>,
    pub claims: BTreeMap<Arc<str>, ChannelClaim>,
    pub accounts: BTreeMap<Unit, AgreementAccount>,
    /// Sales that were claimed, and by which claim.
    pub claimed: BTreeMap<FactKey, Arc<str>>,
    /// By agreement, partner and product.
    pub taken: BTreeMap<(Unit, PartnerCode, ProductCode), Taken>,
    deliveries: BTreeMap<Arc<str>, Delivery>,
    reports: BTreeMap<Arc<str>, Report>,
    prices: BTreeMap<Arc<str>, Listed>,
    // INVARIANT: an index of the three, without what was cancelled.
    shelves: BTreeMap<(PartnerCode, ProductCode), Shelf>,
    listed: BTreeMap<(String, ProductCode), Days>,
}

/// Prices by the day from which they hold, each with the line that said it.
type Days = BTreeMap<Date, (Arc<str>, Decimal)>;

/// What moved to and from a partner's stock of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shelf {
    pub deliveries: BTreeSet<Arc<str>>,
    /// By the moment that they speak of.
    pub reports: BTreeMap<DateTime, Arc<str>>,
}

/// A claim on an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelClaim {
    pub partner: PartnerCode,
    pub agreement: Unit,
    /// The day of lines that say none.
    pub date: Date,
    pub lines: Vec<ClaimLine>,
    pub stage: Stage,
    /// The day on which it was submitted first.
    pub submitted: Option<Date>,
    pub approved: Decimal,
    pub paid: Decimal,
}

/// A line of a claim, and what was decided of it when it was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimLine {
    pub said: AskedLine,
    pub decided: Option<Decided>,
}

/// What is payable of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub product: Option<ProductCode>,
    pub date: Date,
    pub quantity: Decimal,
    pub payable: Decimal,
    /// What is not paid.
    pub rejected: Decimal,
    /// What was paid for one.
    pub cost: Option<Decimal>,
    /// Below zero if the partner owes it.
    pub amount: Decimal,
    /// Why it is not paid, or not all of it.
    pub reason: Option<Refusal>,
    pub why: Why,
}

/// What led to the amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    Nothing,
    /// The row that fitted, and what was paid for how many.
    Special {
        row: Arc<str>,
        parts: Vec<Part>,
    },
    /// The change of the price, and what lay in stock and was under way.
    Protection {
        changed: Date,
        old: Decimal,
        new: Decimal,
        in_stock: Decimal,
        in_transit: Decimal,
    },
    /// What was received in the window, and what of it was rotated before.
    Rotation {
        received: Decimal,
        rotated: Decimal,
    },
}

/// So many at so much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub quantity: Decimal,
    pub each: Decimal,
}

/// What was claimed of the rows of an agreement, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementAccount {
    pub rows: BTreeMap<Arc<str>, Tally>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub quantity: Decimal,
    pub amount: Decimal,
}

/// What a partner claimed of a product by an agreement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// From stock, or rotated.
    pub by_day: BTreeMap<Date, Decimal>,
    /// Changes of its price, and the claims that were made for them.
    pub changes: BTreeMap<Date, Arc<str>>,
}

/// Goods to a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub partner: PartnerCode,
    pub product: ProductCode,
    pub quantity: Decimal,
    pub price: Option<Decimal>,
    pub sent: DateTime,
    pub arrives: DateTime,
    pub is_cancelled: bool,
}

/// What a partner said lay in its stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub partner: PartnerCode,
    pub product: ProductCode,
    pub at: DateTime,
    pub quantity: Decimal,
    pub in_transit: Option<Decimal>,
    pub is_cancelled: bool,
}

/// A price of a list, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub list: String,
    pub product: ProductCode,
    pub from: Date,
    pub amount: Decimal,
    pub is_cancelled: bool,
}

impl ChannelClaim {
    /// What it comes to.
    pub fn calculated(&self) -> Decimal {
        self.decided().map(|decided| decided.amount).sum()
    }

    /// What was decided of its lines.
    pub fn decided(&self) -> impl Iterator<Item = &Decided> {
        self.lines.iter().filter_map(|line| line.decided.as_ref())
    }

    /// Whether what it claims counts.
    pub(super) fn counts(&self) -> bool {
        !matches!(self.stage, Stage::Draft | Stage::Rejected | Stage::Cancelled)
    }
}

impl Channel {
    pub fn has(&self, key: &str) -> bool {
        self.claims.contains_key(key)
            || self.deliveries.contains_key(key)
            || self.reports.contains_key(key)
            || self.prices.contains_key(key)
    }

    pub fn deliveries(&self) -> impl Iterator<Item = (&Arc<str>, &Delivery)> {
        self.deliveries.iter()
    }

    pub fn reports(&self) -> impl Iterator<Item = (&Arc<str>, &Report)> {
        self.reports.iter()
    }

    pub fn prices(&self) -> impl Iterator<Item = (&Arc<str>, &Listed)> {
        self.prices.iter()
    }

    pub fn delivery(&self, key: &str) -> Option<&Delivery> {
        self.deliveries.get(key)
    }

    pub fn report(&self, key: &str) -> Option<&Report> {
        self.reports.get(key)
    }

    pub fn price(&self, key: &str) -> Option<&Listed> {
        self.prices.get(key)
    }

    pub(super) fn shelf(&self, partner: &PartnerCode, product: &ProductCode) -> Option<&Shelf> {
        self.shelves.get(&(partner.clone(), product.clone()))
    }

    pub(super) fn shelves(&self) -> impl Iterator<Item = &(PartnerCode, ProductCode)> {
        self.shelves.keys()
    }

    /// What lines said of a product's price in a list, by day.
    pub(super) fn listed(&self, list: &str, product: &ProductCode) -> Option<&Days> {
        self.listed.get(&(list.to_owned(), product.clone()))
    }

    pub fn put_delivery(&mut self, key: Arc<str>, delivery: Delivery) {
        let place = (delivery.partner.clone(), delivery.product.clone());
        if delivery.is_cancelled {
            self.tidy(&place, |shelf| {
                shelf.deliveries.remove(&key);
            });
        } else {
            self.shelves.entry(place).or_default().deliveries.insert(key.clone());
        }
        self.deliveries.insert(key, delivery);
    }

    pub fn put_report(&mut self, key: Arc<str>, report: Report) {
        let place = (report.partner.clone(), report.product.clone());
        if report.is_cancelled {
            self.tidy(&place, |shelf| shelf.reports.retain(|_, of| *of != key));
        } else {
            self.shelves.entry(place).or_default().reports.insert(report.at, key.clone());
        }
        self.reports.insert(key, report);
    }

    /// Changes a shelf, which is not there if nothing is on it.
    fn tidy(&mut self, place: &(PartnerCode, ProductCode), change: impl FnOnce(&mut Shelf)) {
        let Some(shelf) = self.shelves.get_mut(place) else { return };
        change(shelf);
        if shelf.deliveries.is_empty() && shelf.reports.is_empty() {
            self.shelves.remove(place);
        }
    }

    pub fn put_price(&mut self, key: Arc<str>, price: Listed) {
        let place = (price.list.clone(), price.product.clone());
        if price.is_cancelled {
            if let Some(days) = self.listed.get_mut(&place) {
                days.retain(|_, (of, _)| *of != key);
                if days.is_empty() {
                    self.listed.remove(&place);
                }
            }
        } else {
            self.listed.entry(place).or_default().insert(price.from, (key.clone(), price.amount));
        }
        self.prices.insert(key, price);
    }

    /// Counts what was decided of a line of a claim.
    pub(super) fn count(&mut self, key: &Arc<str>, claim: &ChannelClaim, line: &ClaimLine) {
        let Some((product, decided)) = payable(line) else { return };
        if let Some(sale) = &line.said.sale {
            self.claimed.insert(sale.clone(), key.clone());
        }
        if let Why::Special { row, .. } = &decided.why {
            let account = self.accounts.entry(claim.agreement.clone()).or_default();
            let tally = account.rows.entry(row.clone()).or_default();
            tally.quantity += decided.payable;
            tally.amount += decided.amount;
        }
        let place = (claim.agreement.clone(), claim.partner.clone(), product.clone());
        let taken = self.taken.entry(place).or_default();
        match &decided.why {
            Why::Protection { changed, .. } => {
                taken.changes.insert(*changed, key.clone());
            }
            _ => *taken.by_day.entry(decided.date).or_default() += decided.payable,
        }
    }

    /// Gives back what a line of a claim counted.
    pub(super) fn uncount(&mut self, claim: &ChannelClaim, line: &ClaimLine) {
        let Some((product, decided)) = payable(line) else { return };
        if let Some(sale) = &line.said.sale {
            self.claimed.remove(sale);
        }
        if let Why::Special { row, .. } = &decided.why
            && let Some(account) = self.accounts.get_mut(&claim.agreement)
        {
            if let Some(tally) = account.rows.get_mut(row) {
                tally.quantity -= decided.payable;
                tally.amount -= decided.amount;
            }
            account.rows.retain(|_, tally| !tally.quantity.is_zero());
            if account.rows.is_empty() {
                self.accounts.remove(&claim.agreement);
            }
        }
        let place = (claim.agreement.clone(), claim.partner.clone(), product.clone());
        let Some(taken) = self.taken.get_mut(&place) else { return };
        if let Why::Protection { changed, .. } = &decided.why {
            taken.changes.remove(changed);
        } else {
            if let Some(own) = taken.by_day.get_mut(&decided.date) {
                *own -= decided.payable;
            }
            taken.by_day.retain(|_, own| !own.is_zero());
        }
        if taken.changes.is_empty() && taken.by_day.is_empty() {
            self.taken.remove(&place);
        }
    }
}

/// The product of a line of which something is payable.
fn payable(line: &ClaimLine) -> Option<(&ProductCode, &Decided)> {
    let decided = line.decided.as_ref()?;
    Some((decided.product.as_ref()?, decided)).filter(|_| !decided.payable.is_zero())
}
