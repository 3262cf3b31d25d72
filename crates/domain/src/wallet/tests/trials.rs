//! What is tried on a copy of a book and shown to be undone, or to follow the policy.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::holds::{add_up, assert_had, check, what_is_held};
use super::{Tale, soon, spend};
use crate::wallet::lot::midnight;
use crate::wallet::*;

impl Tale {
    /// Whatever day is asked, what lots hold is what was posted.
    pub(super) fn looked_at_later(&mut self) {
        let mut book = self.book.clone();
        book.until(midnight(soon(self.day, self.random.below(60))));
        let mut accounts = self.accounts.clone();
        add_up(&mut accounts, &book.entries()[self.posted..]);
        check(&book, &accounts);
    }

    /// What is taken back after it was spent is owed, below zero or forgiven, as the currency says.
    pub(super) fn reversed_after_spending(&mut self) {
        let (unit, on): (Unit, _) = (Arc::from("STAR"), midnight(self.day));
        let partner = self.random.partner();
        let mut book = self.book.clone();
        let currency = book.wallet().points[&unit].clone();
        let key = (partner.clone(), unit.clone());
        let owes = |book: &Book| {
            let owed = |kind| book.purses.get(&key).map_or(Decimal::ZERO, |it| it.owed(kind));
            [owed(DebtKind::BelowZero), owed(DebtKind::Arrears)]
        };
        let forgiven = |book: &Book| -> Decimal {
            let lots = book.purses.get(&key).into_iter().flat_map(|it| &it.lots);
            lots.map(|lot| lot.forgiven).sum()
        };
        if owes(&book) != [Decimal::ZERO; 2] || !book.wallet().benefits.is_empty() {
            return;
        }
        let (credit, spent): (Arc<str>, Arc<str>) = (Arc::from("again"), Arc::from("all"));
        let by_hand = ByHand {
            partner: partner.clone(),
            unit: unit.clone(),
            amount: self.random.amount(),
            subtype: None,
            expires: None,
            usable: Some(on),
            promotion: None,
            sponsors: Vec::new(),
            reason: None,
        };
        if book.act(&credit, on, &Command::Credit(by_hand)).is_err() {
            return;
        }
        let before = forgiven(&book);
        if book.balance_of(&partner, &unit) <= Decimal::ZERO {
            return;
        }
        let own = book.credits[&credit].parts[0].amount;
        let everything = Spend {
            partner: partner.clone(),
            unit: unit.clone(),
            amount: SpendAmount::Exactly(book.balance_of(&partner, &unit)),
            order: None,
            order_amount: None,
        };
        assert_eq!(book.act(&spent, on, &Command::Redeem(everything)), Ok(()));
        let back = Command::Clawback { of: credit, amount: None };
        assert_eq!(book.act(&Arc::from("back"), on, &back), Ok(()));
        let nothing = Decimal::ZERO;
        let (owed, let_go) = match currency.clawback {
            Clawback::Clamp => ([nothing, nothing], own),
            Clawback::Negative if own <= currency.below_zero() => ([own, nothing], nothing),
            Clawback::Negative | Clawback::Arrears => ([nothing, own], nothing),
        };
        assert_eq!(owes(&book), owed, "{:?} of {own}", currency.clawback);
        assert_eq!(forgiven(&book) - before, let_go);
    }

    /// Redeemed and cancelled at once is as if nothing had been redeemed.
    pub(super) fn undone_at_once(&mut self) {
        let spend = spend(&mut self.random, Arc::from("STAR"));
        let mut book = self.book.clone();
        book.is_active(&spend.partner, self.day);
        let before = book.clone();
        let (key, on) = (Arc::from("once"), midnight(self.day));
        if book.act(&key, on, &Command::Redeem(spend)).is_ok() {
            let cancel = Command::Cancel { amount: None, expires: None, reason: None };
            assert_eq!(book.act(&key, on, &cancel), Ok(()));
            assert_eq!(what_is_held(&book), what_is_held(&before), "cancelled at once");
        }
    }

    /// Two memberships that become one and two again at once are as they were.
    pub(super) fn parted_at_once(&mut self) {
        let (partner, into) = (self.random.partner(), self.random.partner());
        let key = Arc::from(partner.as_str());
        let mut book = self.book.clone();
        let on = midnight(self.day);
        if book.act(&key, on, &Command::Merge { into }).is_err() {
            return;
        }
        self.told.push(format!("{partner} merged on trial"));
        let mut accounts = self.accounts.clone();
        add_up(&mut accounts, &book.entries()[self.posted..]);
        check(&book, &accounts);
        let paid = book.purses().any(|purse| {
            let was =
                self.book.purses().find(|it| (&it.owner, &it.unit) == (&purse.owner, &purse.unit));
            let filled = |purse: &Purse| -> Decimal {
                purse.debts.iter().flat_map(|it| &it.filled).map(|it| it.amount).sum()
            };
            let own: Decimal =
                self.book.purses().filter(|it| it.unit == purse.unit).map(filled).sum();
            let now: Decimal = book.purses().filter(|it| it.unit == purse.unit).map(filled).sum();
            was.is_none() || own != now
        });
        let seen = book.entries().len();
        assert_eq!(book.act(&key, on, &Command::Unmerge), Ok(()));
        add_up(&mut accounts, &book.entries()[seen..]);
        check(&book, &accounts);
        let gave = self.book.credits.len() != book.credits.len();
        if !paid && !gave {
            assert_had("parted at once", &book, &self.book);
            assert_eq!(what_is_held(&book), what_is_held(&self.book), "parted at once");
            assert!(book.spendings().eq(self.book.spendings()), "spendings");
            assert_eq!(book.credits, self.book.credits);
        }
    }
}
