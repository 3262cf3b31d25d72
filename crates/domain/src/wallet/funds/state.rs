//! What is known of funds at a moment: budgets and their allocations, requests and claims.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::declared::Sources;
use super::sources::Pot;
use crate::code::PartnerCode;
use crate::wallet::agenda::Agenda;
use crate::wallet::ledger::Unit;
use crate::wallet::lot::{Ends, midnight};
use crate::wallet::model::Wallet;

/// The funds of a book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::wallet) struct Funds {
    pub accounts: Agenda<Unit, FundAccount>,
    /// By fund and code.
    pub allocations: Agenda<(Unit, Unit), Allocation>,
    pub requests: Agenda<Arc<str>, Request>,
    pub claims: Agenda<Arc<str>, Claim>,
    /// What awards were not given, by their keys.
    pub cuts: BTreeMap<Arc<str>, Cut>,
}

/// What is known of a fund as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundAccount {
    pub is_open: bool,
    pub is_ended: bool,
    /// All that was put into it.
    pub budget: Decimal,
    /// What is not allocated.
    pub free: Decimal,
    /// What `top_up` added to the limit of a `coop`.
    pub raised: Decimal,
    pub recaptured: Decimal,
    /// What went to another fund, and what came from others.
    pub carried: Decimal,
    pub carried_in: Decimal,
    /// The rows that have begun.
    pub(in crate::wallet) begun: BTreeSet<Unit>,
    /// Allocations for whoever asks.
    pub(in crate::wallet) pools: BTreeSet<Unit>,
    /// Allocations that the budget did not suffice for, and how much they lack.
    pub(in crate::wallet) lacks: BTreeMap<Unit, Decimal>,
}

/// A part of a budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    pub fund: Unit,
    /// `gold/P1` of a row `gold` with one for each.
    pub code: Unit,
    /// The name people know it by.
    pub row: Unit,
    /// `None`: a pool.
    pub partner: Option<PartnerCode>,
    /// All that was allocated, less what was taken back by hand.
    pub amount: Decimal,
    /// What is neither reserved nor used.
    pub open: Decimal,
    pub recaptured: Decimal,
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    pub claims_until: Option<Date>,
    /// `None`: all of the fund.
    pub activities: Option<Vec<Unit>>,
    pub is_ended: bool,
}

/// Where a request or a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Draft,
    Submitted,
    SentBack,
    Approved,
    Closed,
    Lapsed,
    Rejected,
    Cancelled,
    Paid,
}

/// So much of what something holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    pub pot: Pot,
    pub amount: Decimal,
}

/// Money that a partner asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub partner: PartnerCode,
    pub fund: Unit,
    pub activity: Unit,
    pub date: Date,
    pub amount: Option<Decimal>,
    pub cost: Option<Decimal>,
    pub(in crate::wallet) from: Option<Sources>,
    pub stage: Stage,
    /// What it comes to.
    pub asked: Decimal,
    pub approved: Decimal,
    /// What is reserved for it.
    pub held: Vec<Draw>,
    /// What was approved of its claims.
    pub claimed: Decimal,
    /// The day on which it was submitted first.
    pub submitted: Option<Date>,
    /// From when on it is over by itself.
    pub(in crate::wallet) until: Option<DateTime>,
}

/// What a partner spent and wants to be paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub partner: PartnerCode,
    pub fund: Unit,
    pub activity: Unit,
    pub request: Option<Arc<str>>,
    pub date: Date,
    pub cost: Decimal,
    pub amount: Option<Decimal>,
    pub own_cash: Option<Decimal>,
    pub evidence: Vec<String>,
    pub invoice: Option<String>,
    pub(in crate::wallet) from: Option<Sources>,
    pub stage: Stage,
    /// Of the cost, what the fund reimburses.
    pub calculated: Decimal,
    pub approved: Decimal,
    pub paid: Decimal,
    /// What is reserved for it by itself: it is undecided, and what it asks of is over.
    pub held: Vec<Draw>,
    pub used: Vec<Draw>,
    /// What of it its request had reserved.
    pub(in crate::wallet) of_request: Vec<Draw>,
    pub submitted: Option<Date>,
    /// When something is over of which it may be paid.
    pub(in crate::wallet) until: Option<DateTime>,
}

/// What an award was not given, since its fund gives no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::wallet) struct Cut {
    pub fund: Unit,
    pub partner: PartnerCode,
    pub name: Arc<str>,
    pub amount: Decimal,
}

impl Stage {
    pub fn word(self) -> &'static str {
        match self {
            Stage::Draft => "draft",
            Stage::Submitted => "submitted",
            Stage::SentBack => "sent_back",
            Stage::Approved => "approved",
            Stage::Closed => "closed",
            Stage::Lapsed => "lapsed",
            Stage::Rejected => "rejected",
            Stage::Cancelled => "cancelled",
            Stage::Paid => "paid",
        }
    }

    /// It was asked, and is neither granted nor denied.
    pub fn is_undecided(self) -> bool {
        matches!(self, Stage::Submitted | Stage::SentBack)
    }

    /// Something may still become of it.
    pub fn is_live(self) -> bool {
        self == Stage::Draft || self == Stage::Approved || self.is_undecided()
    }
}

impl Request {
    /// What is reserved for it.
    pub fn reserved(&self) -> Decimal {
        sum(&self.held)
    }
}

impl Claim {
    /// What the partner asks.
    pub fn asked(&self) -> Decimal {
        self.amount.unwrap_or(self.calculated)
    }
}

impl Allocation {
    /// From when on nothing can be claimed of it.
    pub fn gone(&self) -> Option<DateTime> {
        self.claims_until.and_then(|last| Ends::After(last).gone())
    }

    /// Whether it pays for something of that day.
    pub(super) fn is_for(&self, activity: Option<&Unit>, date: Date) -> bool {
        !self.is_ended
            && self.starts.is_none_or(|starts| starts <= date)
            && self.ends.is_none_or(|ends| date <= ends)
            && activity.is_none_or(|of| self.activities.as_ref().is_none_or(|all| all.contains(of)))
    }

    pub fn status(&self, today: Date) -> &'static str {
        if self.is_ended {
            "ended"
        } else if self.ends.is_some_and(|ends| ends < today) {
            "claims_only"
        } else {
            "open"
        }
    }
}

/// What draws come to.
pub(super) fn sum(draws: &[Draw]) -> Decimal {
    draws.iter().map(|draw| draw.amount).sum()
}

/// Adds to what is drawn of a pot.
pub(super) fn add(draws: &mut Vec<Draw>, pot: &Pot, amount: Decimal) {
    if amount.is_zero() {
        return;
    }
    match draws.iter_mut().find(|draw| draw.pot == *pot) {
        Some(draw) => draw.amount += amount,
        None => draws.push(Draw { pot: pot.clone(), amount }),
    }
}

impl Funds {
    /// Nothing has begun.
    pub fn of(wallet: &Wallet) -> Funds {
        let mut funds = Funds::default();
        for code in wallet.funds.keys() {
            funds.accounts.insert(code.clone(), FundAccount::default());
        }
        funds
    }

    pub fn has(&self, key: &str) -> bool {
        self.requests.contains_key(key) || self.claims.contains_key(key)
    }

    /// Whose request or claim goes by a key.
    pub fn owner_of(&self, key: &str) -> Option<&PartnerCode> {
        let request = self.requests.get(key).map(|it| &it.partner);
        request.or_else(|| self.claims.get(key).map(|it| &it.partner))
    }

    /// When something of them begins or ends next after a moment.
    pub fn next_turn(&self, now: DateTime) -> Option<DateTime> {
        let own = [
            self.accounts.next(now),
            self.allocations.next(now),
            self.requests.next(now),
            self.claims.next(now),
        ];
        own.into_iter().flatten().min()
    }

    /// Puts whatever changed where it is due now.
    pub fn file(&mut self, now: DateTime, wallet: &Wallet) {
        let later = |due: Option<DateTime>| due.filter(|due| now < *due);
        self.accounts.file(|code, account| {
            wallet.funds.get(code).and_then(|fund| later(account.due(fund, now)))
        });
        self.allocations.file(|_, allocation| later(allocation.due()));
        self.requests.file(|_, request| later(request.until));
        self.claims.file(|_, claim| later(claim.until));
    }
}

impl Allocation {
    pub(in crate::wallet) fn due(&self) -> Option<DateTime> {
        self.gone().filter(|_| !self.is_ended)
    }
}

impl FundAccount {
    /// When it opens, a row of it begins, or it ends; the first after a moment.
    pub(in crate::wallet) fn due(&self, fund: &super::Fund, after: DateTime) -> Option<DateTime> {
        let budget = fund.budget()?;
        if self.is_ended {
            return None;
        }
        let opens = fund.starts.map(midnight).filter(|_| !self.is_open);
        let rows = budget.allocations.iter().filter(|row| !self.begun.contains(&row.code));
        let begin = rows.filter_map(|row| row.starts.or(fund.starts).map(midnight));
        begin.chain(opens).chain(fund.gone()).filter(|due| after < *due).min()
    }
}
