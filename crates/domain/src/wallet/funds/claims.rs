//! Claims: what was spent is to be paid. They are checked, approved as far as the fund pays, and
//! paid.
//!
//! # Promises
//!
//! * What is approved is no more than what is calculated, what is asked, what one claim may be paid,
//!   and what its request or its sources have.
//! * A claim under a request takes from it alone, unless the fund tops up.
//! * Cancelled before it is paid, a claim gives back what it took to where it came from.

use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::asking::Said;
use super::declared::{Activity, Asking, Fund};
use super::lines::{AskedClaim, ClaimOf, Mended};
use super::sources::{Plan, Pot};
use super::state::{Claim, Draw, Request, Stage, add, sum};
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::ledger::Account;
use crate::wallet::lot::Place;

/// What a claim is paid of.
struct Payment {
    /// Of what is reserved, for its request or for itself.
    held: Vec<Draw>,
    /// Of what is open besides.
    open: Plan,
}

impl Book {
    pub(super) fn claim(
        &mut self,
        key: &Arc<str>,
        on: Date,
        asked: &AskedClaim,
    ) -> Result<(), Refusal> {
        let mut claim = self.claim_of(asked, on)?;
        self.says_money(&claim)?;
        if asked.cost.is_none() {
            return Err(Refusal::InvalidAmount);
        }
        self.request_is_open(&claim)?;
        if !asked.draft {
            self.ask_claim(key, &mut claim, on)?;
        }
        self.funds.claims.insert(key.clone(), claim);
        self.approve_small_claim(key);
        Ok(())
    }

    /// A claim as it is asked: a draft of one.
    fn claim_of(&self, asked: &AskedClaim, on: Date) -> Result<Claim, Refusal> {
        let (request, (partner, fund, activity), from, date) = match &asked.of {
            ClaimOf::Request(key) => {
                let request = self.funds.requests.get(key).ok_or(Refusal::UnknownKey)?;
                let Request { partner, fund, activity, from, date, .. } = request;
                self.activity_asked(fund, activity)?;
                let of = (partner.clone(), fund.clone(), activity.clone());
                (Some(key.clone()), of, from.clone(), *date)
            }
            ClaimOf::Fund(of) => {
                let (fund, activity) = self.may_ask(of)?;
                let own = (of.partner.clone(), fund.code, activity.code);
                (None, own, of.from.clone(), on)
            }
        };
        Ok(Claim {
            partner,
            fund,
            activity,
            request,
            date: asked.date.unwrap_or(date),
            cost: asked.cost.unwrap_or_default(),
            amount: asked.amount,
            own_cash: asked.own_cash,
            evidence: asked.evidence.clone(),
            invoice: asked.invoice.clone(),
            from,
            stage: Stage::Draft,
            calculated: Decimal::ZERO,
            approved: Decimal::ZERO,
            paid: Decimal::ZERO,
            held: Vec::new(),
            used: Vec::new(),
            of_request: Vec::new(),
            submitted: None,
            until: None,
        })
    }

    fn says_money(&self, claim: &Claim) -> Result<(), Refusal> {
        // In cash a partner may have paid nothing.
        let own_cash = claim.own_cash.filter(|cash| !cash.is_zero());
        let cost = Some(claim.cost).filter(|cost| !cost.is_zero());
        self.are_money(&[cost, claim.amount, own_cash])
    }

    /// The request of a claim, if it names one, was granted and is not over.
    fn request_is_open(&self, claim: &Claim) -> Result<(), Refusal> {
        let request = claim.request.as_ref().and_then(|key| self.funds.requests.get(key));
        if request.is_some_and(|request| request.stage != Stage::Approved) {
            return Err(Refusal::WrongState);
        }
        Ok(())
    }

    pub(super) fn submit_claim(
        &mut self,
        key: &Arc<str>,
        on: Date,
        mended: &Mended,
    ) -> Result<(), Refusal> {
        let mut claim = self.funds.claims.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        if mended.lines.is_some() {
            return Err(Refusal::WrongUnit);
        }
        let is_open = matches!(claim.stage, Stage::Draft | Stage::SentBack);
        claim.date = mended.date.unwrap_or(claim.date);
        claim.cost = mended.cost.unwrap_or(claim.cost);
        claim.amount = mended.amount.or(claim.amount);
        claim.own_cash = mended.own_cash.or(claim.own_cash);
        if let Some(evidence) = &mended.evidence {
            claim.evidence.clone_from(evidence);
        }
        claim.invoice = mended.invoice.clone().or(claim.invoice);
        self.says_money(&claim)?;
        if !is_open {
            return Err(Refusal::WrongState);
        }
        self.request_is_open(&claim)?;
        self.ask_claim(key, &mut claim, on)?;
        self.funds.claims.insert(key.clone(), claim);
        self.approve_small_claim(key);
        Ok(())
    }

    /// Submits it on a day, if nothing forbids it. What came in time stays so when it is sent back.
    fn ask_claim(&self, key: &Arc<str>, claim: &mut Claim, on: Date) -> Result<(), Refusal> {
        let (fund, activity) = self.activity_asked(&claim.fund, &claim.activity)?;
        let said = said_of(claim, &fund, &activity);
        self.is_in_time(&said, &[claim.date])?;
        if claim.submitted.is_none() {
            self.is_claimed_in_time(&said, on)?;
        }
        if claim.request.is_none() && activity.request == Asking::Required {
            return Err(Refusal::RequestRequired);
        }
        let calculated = self.reimbursed(&said)?;
        let until = self.first_end(&said.asker()).filter(|_| claim.request.is_none());
        if activity.evidence.iter().any(|kind| !claim.evidence.contains(kind)) {
            return Err(Refusal::Evidence);
        }
        if self.is_claimed_before(key, claim) {
            return Err(Refusal::Duplicate);
        }
        let asked = claim.amount.unwrap_or(calculated);
        let pays = least(calculated, claim.amount, activity.at_most);
        if let Some(share) = activity.own_cash {
            let own = (claim.cost - pays).max(Decimal::ZERO);
            if claim.own_cash.unwrap_or_default() < own * share {
                return Err(Refusal::OwnShare);
            }
        }
        if activity.minimum.is_some_and(|minimum| asked < minimum) {
            return Err(Refusal::BelowMinimum);
        }
        claim.calculated = calculated;
        claim.stage = Stage::Submitted;
        claim.submitted = Some(claim.submitted.unwrap_or(on));
        claim.until = until.filter(|end| self.now < *end && claim.held.is_empty());
        Ok(())
    }

    /// Whether another claim of the partner has its invoice.
    fn is_claimed_before(&self, key: &Arc<str>, claim: &Claim) -> bool {
        let Some(invoice) = &claim.invoice else { return false };
        let partner = self.survivor(&claim.partner);
        self.funds.claims.iter().any(|(other, it)| {
            other != key
                && it.invoice.as_ref() == Some(invoice)
                && self.survivor(&it.partner) == partner
                && !matches!(it.stage, Stage::Draft | Stage::Rejected | Stage::Cancelled)
        })
    }

    fn approve_small_claim(&mut self, key: &Arc<str>) {
        let Some(claim) = self.funds.claims.get(key) else { return };
        let of = self.activity_asked(&claim.fund, &claim.activity);
        let limit = of.ok().and_then(|(_, activity)| activity.auto_approve);
        let (asked, most) = (claim.asked(), self.most_of(claim));
        if claim.stage == Stage::Submitted && limit.is_some_and(|limit| asked <= limit) {
            // Where it cannot be paid, somebody decides.
            let _ = self.approve_claim(key, Some(most));
        }
    }

    /// The most that a claim may be paid, whatever there is.
    pub(super) fn most_of(&self, claim: &Claim) -> Decimal {
        let of = self.activity_asked(&claim.fund, &claim.activity);
        let at_most = of.ok().and_then(|(_, activity)| activity.at_most);
        least(claim.calculated, claim.amount, at_most)
    }

    pub(super) fn approve_claim(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        let mut claim = self.funds.claims.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        self.are_money(&[amount])?;
        if claim.stage != Stage::Submitted {
            return Err(Refusal::WrongState);
        }
        let most = self.most_of(&claim);
        if amount.is_some_and(|amount| most < amount) {
            return Err(Refusal::ExceedsClaim);
        }
        let payment = self.payment_of_claim(&claim, amount, most)?;
        let holder = claim.request.clone().unwrap_or_else(|| key.clone());
        if claim.request.is_none() {
            // What is reserved for itself beyond what it is paid goes back first.
            let mut rest = std::mem::take(&mut claim.held);
            subtract(&mut rest, &payment.held);
            for draw in &rest {
                self.let_draw_go(key, key, draw);
            }
        }
        for draw in &payment.held {
            self.use_held(key, &holder, draw, &claim);
            add(&mut claim.used, &draw.pot, draw.amount);
        }
        for draw in &payment.open.topped {
            if let Some(code) = &draw.pot.allocation {
                self.top_allocation_up(key, &draw.pot.fund, code, draw.amount);
            }
        }
        for Draw { pot, amount } in &payment.open.draws {
            let open = self.open_of(pot, &claim.partner);
            self.draw_open(pot, key, &claim.partner, *amount, Place::Redeemed);
            self.owe(key, (pot.allocation.is_some(), &pot.fund), open, &claim, *amount);
            add(&mut claim.used, pot, *amount);
        }
        claim.approved = sum(&claim.used);
        claim.stage = Stage::Approved;
        claim.until = None;
        if let Some(request) = &claim.request
            && let Some(of) = self.funds.requests.get_mut(request)
        {
            subtract(&mut of.held, &payment.held);
            of.claimed += claim.approved;
            claim.of_request.clone_from(&payment.held);
        }
        let request = claim.request.clone();
        self.funds.claims.insert(key.clone(), claim);
        if let Some(request) = request {
            self.settle_request(&request);
        }
        Ok(())
    }

    /// What a claim is paid of: so much, or the most there is.
    fn payment_of_claim(
        &self,
        claim: &Claim,
        amount: Option<Decimal>,
        most: Decimal,
    ) -> Result<Payment, Refusal> {
        let (fund, activity) = self.activity_asked(&claim.fund, &claim.activity)?;
        let said = said_of(claim, &fund, &activity);
        let request = claim.request.as_ref().and_then(|key| self.funds.requests.get(key));
        let held = request.map_or(&claim.held, |request| &request.held);
        let there = sum(held);
        let wanted = amount.unwrap_or(most);
        let beyond = (wanted - there).max(Decimal::ZERO);
        let held = first(held, wanted);
        if beyond.is_zero() {
            if wanted.is_zero() {
                return Err(Refusal::ExceedsClaim);
            }
            return Ok(Payment { held, open: Plan::default() });
        }
        let open = if claim.request.is_some() && !fund.top_up {
            Err(Refusal::ExceedsRequest)
        } else if amount.is_some() {
            self.plan(&said.asker(), beyond)
        } else {
            self.plan_most(&said.asker(), beyond)
        };
        match open {
            Ok(open) => Ok(Payment { held, open }),
            Err(_) if amount.is_none() && !there.is_zero() => {
                Ok(Payment { held, open: Plan::default() })
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Pays a claim of what is reserved.
    fn use_held(&mut self, key: &Arc<str>, holder: &Arc<str>, draw: &Draw, claim: &Claim) {
        let Draw { pot, amount } = draw;
        if pot.allocation.is_none() {
            let places = (Place::Reserved, Place::Redeemed);
            self.move_lots(&pot.fund, (holder, key), *amount, places);
        }
        let reserved = Account::Reserved(pot.fund.clone(), holder.clone());
        self.owe(key, (pot.allocation.is_some(), &pot.fund), reserved, claim, *amount);
    }

    /// Posts what is owed for a claim: of a budget it is used and an expense, lots are owed anyway.
    fn owe(
        &mut self,
        cause: &Arc<str>,
        (is_budget, fund): (bool, &crate::wallet::ledger::Unit),
        from: Account,
        claim: &Claim,
        amount: Decimal,
    ) {
        let payable = Account::Payable(self.survivor(&claim.partner).clone());
        if is_budget {
            self.post_in_money(cause, from, Account::Used(fund.clone()), amount);
            self.post_in_money(cause, Account::Expense(fund.clone()), payable, amount);
        } else {
            self.post_in_money(cause, from, payable, amount);
        }
    }

    pub(super) fn pay_claim(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        if self.funds.requests.contains_key(key) {
            return Err(Refusal::WrongState);
        }
        let mut claim = self.funds.claims.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        self.are_money(&[amount])?;
        if claim.stage != Stage::Approved {
            return Err(Refusal::WrongState);
        }
        let owed = claim.approved - claim.paid;
        let amount = amount.unwrap_or(owed);
        if owed < amount {
            return Err(Refusal::ExceedsClaim);
        }
        claim.paid += amount;
        if claim.paid == claim.approved {
            claim.stage = Stage::Paid;
        }
        let payable = Account::Payable(self.survivor(&claim.partner).clone());
        self.post_in_money(key, payable, Account::Cash, amount);
        self.funds.claims.insert(key.clone(), claim);
        Ok(())
    }

    pub(super) fn reject_claim(&mut self, key: &Arc<str>) -> Result<(), Refusal> {
        let claim = self.funds.claims.get(key).ok_or(Refusal::UnknownKey)?;
        if claim.stage != Stage::Submitted {
            return Err(Refusal::WrongState);
        }
        self.end_claim(key, key, Stage::Rejected);
        Ok(())
    }

    /// Ends a claim of which nothing is used: what is reserved for it goes back.
    fn end_claim(&mut self, cause: &Arc<str>, key: &Arc<str>, stage: Stage) {
        let Some(mut claim) = self.funds.claims.get(key).cloned() else { return };
        for draw in std::mem::take(&mut claim.held) {
            self.let_draw_go(cause, key, &draw);
        }
        claim.stage = stage;
        claim.until = None;
        let request = claim.request.clone();
        self.funds.claims.insert(key.clone(), claim);
        if let Some(request) = request {
            self.settle_request(&request);
        }
    }

    pub(super) fn cancel_claim(&mut self, key: &Arc<str>, is_whole: bool) -> Result<(), Refusal> {
        let claim = self.funds.claims.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        if !is_whole || !claim.stage.is_live() || !claim.paid.is_zero() {
            return Err(Refusal::WrongState);
        }
        let cause: Arc<str> = Arc::from(format!("{key}-c"));
        if claim.stage == Stage::Approved {
            self.undo_claim(&cause, key, claim);
        }
        self.end_claim(&cause, key, Stage::Cancelled);
        Ok(())
    }

    /// Gives what a claim used back: to its request while that is open, else to where it came from.
    fn undo_claim(&mut self, cause: &Arc<str>, key: &Arc<str>, mut claim: Claim) {
        let open = |request: &Arc<str>| {
            self.funds.requests.get(request).is_some_and(|it| it.stage == Stage::Approved)
        };
        let request = claim.request.clone().filter(open);
        let payable = Account::Payable(self.survivor(&claim.partner).clone());
        let reserved = std::mem::take(&mut claim.of_request);
        let mut rest = std::mem::take(&mut claim.used);
        if let Some(request) = &request {
            subtract(&mut rest, &reserved);
            for Draw { pot, amount } in &reserved {
                let used = self.unpay(cause, &payable, pot, *amount);
                if pot.allocation.is_none() {
                    let places = (Place::Redeemed, Place::Reserved);
                    self.move_lots(&pot.fund, (key, request), *amount, places);
                }
                let account = Account::Reserved(pot.fund.clone(), request.clone());
                self.post_in_money(cause, used, account, *amount);
            }
            if let Some(of) = self.funds.requests.get_mut(request) {
                give_first(&mut of.held, &reserved);
            }
        }
        for Draw { pot, amount } in &rest {
            let used = self.unpay(cause, &payable, pot, *amount);
            match &pot.allocation {
                Some(code) => self.come_back(cause, (&pot.fund, code), *amount, used),
                None => {
                    self.give_lots_back((&pot.fund, key), *amount, Place::Redeemed, (used, cause));
                }
            }
        }
        if let Some(of) = claim.request.as_ref().and_then(|key| self.funds.requests.get_mut(key)) {
            of.claimed -= claim.approved;
        }
        claim.approved = Decimal::ZERO;
        self.funds.claims.insert(key.clone(), claim);
        if let Some(request) = request
            && let Some(mut of) = self.funds.requests.get(&request).cloned()
        {
            of.until = self.next_end(&of);
            self.funds.requests.insert(request, of);
        }
    }
}

impl Book {
    /// It is owed no more: says from which account what was used comes back.
    fn unpay(
        &mut self,
        cause: &Arc<str>,
        payable: &Account,
        pot: &Pot,
        amount: Decimal,
    ) -> Account {
        if pot.allocation.is_none() {
            return payable.clone();
        }
        let expense = Account::Expense(pot.fund.clone());
        self.post_in_money(cause, payable.clone(), expense, amount);
        Account::Used(pot.fund.clone())
    }
}

/// The most that one claim is paid, by what it says and by its activity.
fn least(calculated: Decimal, amount: Option<Decimal>, at_most: Option<Decimal>) -> Decimal {
    [amount, at_most].into_iter().flatten().fold(calculated, Decimal::min)
}

/// Gives back what was drawn first: it is drawn first again.
fn give_first(held: &mut Vec<Draw>, drawn: &[Draw]) {
    for Draw { pot, amount } in drawn.iter().rev() {
        match held.iter_mut().find(|it| it.pot == *pot) {
            Some(there) => there.amount += *amount,
            None => held.insert(0, Draw { pot: pot.clone(), amount: *amount }),
        }
    }
}

/// The first of the draws that come to so much.
fn first(draws: &[Draw], amount: Decimal) -> Vec<Draw> {
    let mut left = amount;
    let mut taken = Vec::new();
    for draw in draws {
        let part = draw.amount.min(left);
        left -= part;
        add(&mut taken, &draw.pot, part);
    }
    taken
}

/// Takes draws from others of the same pots.
fn subtract(from: &mut Vec<Draw>, draws: &[Draw]) {
    for draw in draws {
        if let Some(own) = from.iter_mut().find(|own| own.pot == draw.pot) {
            own.amount -= draw.amount;
        }
    }
    from.retain(|own| !own.amount.is_zero());
}

pub(super) fn said_of<'a>(claim: &'a Claim, fund: &'a Fund, activity: &'a Activity) -> Said<'a> {
    Said {
        partner: &claim.partner,
        fund,
        activity,
        from: claim.from.as_ref(),
        date: claim.date,
        cost: Some(claim.cost).filter(|cost| !cost.is_zero()),
        amount: claim.amount,
        own_cash: claim.own_cash,
        invoice: claim.invoice.as_deref(),
    }
}
