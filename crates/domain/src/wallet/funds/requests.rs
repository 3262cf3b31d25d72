//! Requests: money is asked for before it is spent, approved in whole or in part, and reserved.
//!
//! # Invariants
//!
//! * What is reserved for a request is what was approved, less what its claims took and what went
//!   back.
//! * A request with a claim that is not decided is not over.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::asking::{self, Said};
use super::declared::{Activity, Fund};
use super::lines::{AskedRequest, Mended};
use super::sources::{Plan, Pot};
use super::state::{Draw, Request, Stage, add, sum};
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::dates::later;
use crate::wallet::ledger::{Account, Unit};
use crate::wallet::lot::Place;

impl Book {
    pub(super) fn request(
        &mut self,
        key: &Arc<str>,
        on: Date,
        asked: &AskedRequest,
    ) -> Result<(), Refusal> {
        let (_, activity) = self.may_ask(&asked.of)?;
        self.are_money(&[asked.amount, asked.cost])?;
        if asked.amount.or(asked.cost).is_none() {
            return Err(Refusal::InvalidAmount);
        }
        asking::may_be_requested(&activity)?;
        let mut request = Request {
            partner: asked.of.partner.clone(),
            fund: asked.of.fund.clone(),
            activity: activity.code.clone(),
            date: asked.date.unwrap_or(on),
            amount: asked.amount,
            cost: asked.cost,
            from: asked.of.from.clone(),
            stage: Stage::Draft,
            asked: asked.amount.unwrap_or_default(),
            approved: Decimal::ZERO,
            held: Vec::new(),
            claimed: Decimal::ZERO,
            submitted: None,
            until: None,
        };
        if !asked.draft {
            self.ask(&mut request, on)?;
        }
        self.funds.requests.insert(key.clone(), request);
        self.approve_small_request(key);
        Ok(())
    }

    pub(super) fn submit_request(
        &mut self,
        key: &Arc<str>,
        on: Date,
        mended: &Mended,
    ) -> Result<(), Refusal> {
        let mut request = self.funds.requests.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        self.are_money(&[mended.amount, mended.cost])?;
        // What only a claim says is no part of a request.
        let of_claims = mended.own_cash.is_some() || mended.invoice.is_some();
        if of_claims || mended.evidence.is_some() || mended.lines.is_some() {
            return Err(Refusal::WrongUnit);
        }
        if !matches!(request.stage, Stage::Draft | Stage::SentBack) {
            return Err(Refusal::WrongState);
        }
        request.date = mended.date.unwrap_or(request.date);
        request.amount = mended.amount.or(request.amount);
        request.cost = mended.cost.or(request.cost);
        self.ask(&mut request, on)?;
        self.funds.requests.insert(key.clone(), request);
        self.approve_small_request(key);
        Ok(())
    }

    /// The fund of a request or claim, and its activity: they were known when it was made.
    pub(super) fn activity_asked(
        &self,
        fund: &Unit,
        activity: &Unit,
    ) -> Result<(Fund, Activity), Refusal> {
        let fund = self.wallet.funds.get(fund).ok_or(Refusal::UnknownCode)?;
        let activity = fund.activities.get(activity).ok_or(Refusal::UnknownCode)?;
        Ok((fund.clone(), activity.clone()))
    }

    /// Submits it on a day, if nothing forbids it. What was in time stays so when it is sent back.
    fn ask(&self, request: &mut Request, on: Date) -> Result<(), Refusal> {
        let (fund, activity) = self.activity_asked(&request.fund, &request.activity)?;
        let said = said_of(request, &fund, &activity);
        let is_first = request.submitted.is_none();
        let days: &[Date] = if is_first { &[on, request.date] } else { &[request.date] };
        self.is_in_time(&said, days)?;
        let lead = activity.lead_time.filter(|_| is_first);
        if lead.is_some_and(|lead| request.date < later(on, lead)) {
            return Err(Refusal::TooEarly);
        }
        let calculated = self.reimbursed(&said)?;
        let asked = request.amount.unwrap_or(calculated);
        if activity.minimum.is_some_and(|minimum| asked < minimum) {
            return Err(Refusal::BelowMinimum);
        }
        request.asked = asked;
        request.stage = Stage::Submitted;
        request.submitted = Some(request.submitted.unwrap_or(on));
        Ok(())
    }

    /// What is small enough is approved as it is submitted, if there is as much.
    fn approve_small_request(&mut self, key: &Arc<str>) {
        let Some(request) = self.funds.requests.get(key) else { return };
        let of = self.activity_asked(&request.fund, &request.activity);
        let limit = of.ok().and_then(|(_, activity)| activity.auto_approve);
        let asked = request.asked;
        if request.stage == Stage::Submitted && limit.is_some_and(|limit| asked <= limit) {
            // Where it cannot be paid, somebody decides.
            let _ = self.approve_request(key, Some(asked));
        }
    }

    pub(super) fn approve_request(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        let request = self.funds.requests.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        self.are_money(&[amount])?;
        if request.stage != Stage::Submitted {
            return Err(Refusal::WrongState);
        }
        let (fund, activity) = self.activity_asked(&request.fund, &request.activity)?;
        if fund.gone().is_some_and(|gone| gone <= self.now) {
            return Err(Refusal::Expired);
        }
        if amount.is_some_and(|amount| request.asked < amount) {
            return Err(Refusal::ExceedsRequest);
        }
        let said = said_of(&request, &fund, &activity);
        let plan = match amount {
            Some(amount) => self.plan(&said.asker(), amount)?,
            None => self.plan_most(&said.asker(), request.asked)?,
        };
        let mut request = request;
        request.approved = sum(&plan.draws);
        request.stage = Stage::Approved;
        request.held = self.hold(key, &request.partner.clone(), &plan);
        request.until = self.next_end(&request);
        self.funds.requests.insert(key.clone(), request);
        Ok(())
    }

    /// Reserves what a plan says for a request or a claim.
    pub(super) fn hold(
        &mut self,
        key: &Arc<str>,
        partner: &crate::code::PartnerCode,
        plan: &Plan,
    ) -> Vec<Draw> {
        for topped in &plan.topped {
            if let Some(code) = &topped.pot.allocation {
                self.top_allocation_up(key, &topped.pot.fund, code, topped.amount);
            }
        }
        for Draw { pot, amount } in &plan.draws {
            let reserved = Account::Reserved(pot.fund.clone(), key.clone());
            let open = self.open_of(pot, partner);
            self.draw_open(pot, key, partner, *amount, Place::Reserved);
            self.post_in_money(key, open, reserved, *amount);
        }
        plan.draws.clone()
    }

    /// The account of what is open of a pot.
    pub(super) fn open_of(&self, pot: &Pot, partner: &crate::code::PartnerCode) -> Account {
        match &pot.allocation {
            Some(code) => Account::OpenAllocation(pot.fund.clone(), code.clone()),
            None => Account::Open(pot.fund.clone(), self.survivor(partner).clone()),
        }
    }

    /// Takes what is open of a pot. Nothing is posted.
    pub(super) fn draw_open(
        &mut self,
        pot: &Pot,
        key: &Arc<str>,
        partner: &crate::code::PartnerCode,
        amount: Decimal,
        to: Place,
    ) {
        match &pot.allocation {
            Some(code) => {
                let own = (pot.fund.clone(), code.clone());
                if let Some(own) = self.funds.allocations.get_mut(&own) {
                    own.open -= amount;
                }
            }
            None => self.take_lots((&pot.fund, key), partner, amount, to),
        }
    }

    /// Lets what is reserved of a pot go: it is open again, or ends with the pot.
    pub(super) fn let_draw_go(&mut self, cause: &Arc<str>, key: &Arc<str>, draw: &Draw) {
        let Draw { pot, amount } = draw;
        let reserved = Account::Reserved(pot.fund.clone(), key.clone());
        match &pot.allocation {
            Some(code) => self.come_back(cause, (&pot.fund, code), *amount, reserved),
            None => {
                self.give_lots_back((&pot.fund, key), *amount, Place::Reserved, (reserved, cause));
            }
        }
    }

    /// Gives money back to an allocation; if that is over, it goes on.
    pub(super) fn come_back(
        &mut self,
        cause: &Arc<str>,
        (fund, code): (&Unit, &Unit),
        amount: Decimal,
        from: Account,
    ) {
        let key = (fund.clone(), code.clone());
        let open = Account::OpenAllocation(fund.clone(), code.clone());
        self.post_in_money(cause, from, open, amount);
        let Some(own) = self.funds.allocations.get_mut(&key) else { return };
        own.open += amount;
        if own.is_ended {
            self.recapture(cause, &key);
        }
    }

    /// The first moment at which something is over that a request has a part of, or its fund.
    pub(super) fn next_end(&self, request: &Request) -> Option<DateTime> {
        let pots = request.held.iter().filter_map(|draw| self.end_of(&draw.pot));
        let fund = self.wallet.funds.get(&request.fund).and_then(Fund::gone);
        pots.chain(fund).filter(|end| self.now < *end).min()
    }

    /// What claims of a request ask that nobody decided; `None` if there are none.
    fn asked_under(&self, key: &str) -> Option<Decimal> {
        let own = self.funds.claims.values();
        let own = own.filter(|it| it.request.as_deref() == Some(key) && it.stage.is_undecided());
        own.map(|claim| self.most_of(claim)).reduce(|one, other| one + other)
    }

    /// Lets go what is reserved for a request of what is over by now, but for what its claims ask
    /// that nobody decided. When nothing can come of it any more, it lapses.
    pub(super) fn settle_request(&mut self, key: &Arc<str>) {
        let Some(mut request) = self.funds.requests.get(key).cloned() else { return };
        if request.stage != Stage::Approved {
            return;
        }
        let asked = self.asked_under(key);
        let mut kept = Vec::new();
        let mut is_over = false;
        let mut still = asked.unwrap_or_default();
        // With its fund all of it is over, also what others pay.
        let fund = self.wallet.funds.get(&request.fund).and_then(Fund::gone);
        let is_gone = fund.is_some_and(|gone| gone <= self.now);
        for draw in std::mem::take(&mut request.held) {
            let end = self.end_of(&draw.pot);
            let ended = is_gone || end.is_some_and(|end| end <= self.now);
            is_over |= ended;
            let stays = if ended { still.min(draw.amount) } else { draw.amount };
            still -= stays.min(still);
            add(&mut kept, &draw.pot, stays);
            let goes = Draw { pot: draw.pot.clone(), amount: draw.amount - stays };
            if !goes.amount.is_zero() {
                self.let_draw_go(key, key, &goes);
            }
        }
        request.held = kept;
        if asked.is_none() && (is_gone || (is_over && request.held.is_empty())) {
            request.stage = Stage::Lapsed;
        }
        request.until = self.next_end(&request).filter(|_| request.stage == Stage::Approved);
        self.funds.requests.insert(key.clone(), request);
    }

    /// Ends a request: what is reserved for it goes back.
    fn end_request(&mut self, cause: &Arc<str>, key: &Arc<str>, stage: Stage) {
        let Some(mut request) = self.funds.requests.get(key).cloned() else { return };
        for draw in std::mem::take(&mut request.held) {
            self.let_draw_go(cause, key, &draw);
        }
        request.stage = stage;
        request.until = None;
        self.funds.requests.insert(key.clone(), request);
    }

    pub(super) fn close_request(&mut self, key: &Arc<str>) -> Result<(), Refusal> {
        let Some(request) = self.funds.requests.get(key) else {
            let is_claim = self.funds.claims.contains_key(key);
            return Err(if is_claim { Refusal::WrongState } else { Refusal::UnknownKey });
        };
        if request.stage != Stage::Approved || self.asked_under(key).is_some() {
            return Err(Refusal::WrongState);
        }
        self.end_request(key, key, Stage::Closed);
        Ok(())
    }

    /// Sends back what was submitted, so that it is mended.
    pub(super) fn send_back(&mut self, key: &Arc<str>) -> Result<(), Refusal> {
        let request = self.funds.requests.get_mut(key).map(|it| &mut it.stage);
        let stage = match request {
            Some(stage) => stage,
            None => &mut self.funds.claims.get_mut(key).ok_or(Refusal::UnknownKey)?.stage,
        };
        if *stage != Stage::Submitted {
            return Err(Refusal::WrongState);
        }
        *stage = Stage::SentBack;
        Ok(())
    }

    pub(super) fn reject(&mut self, key: &Arc<str>) -> Result<(), Refusal> {
        let Some(request) = self.funds.requests.get(key) else { return self.reject_claim(key) };
        if request.stage != Stage::Submitted {
            return Err(Refusal::WrongState);
        }
        self.end_request(key, key, Stage::Rejected);
        Ok(())
    }

    /// Undoes a request, or a claim that is not paid. All of it: it has no parts.
    pub(in crate::wallet) fn cancel_of_fund(
        &mut self,
        key: &Arc<str>,
        is_whole: bool,
    ) -> Result<(), Refusal> {
        let Some(request) = self.funds.requests.get(key) else {
            return self.cancel_claim(key, is_whole);
        };
        let has_claims = !request.claimed.is_zero() || self.asked_under(key).is_some();
        if !is_whole || !request.stage.is_live() || has_claims {
            return Err(Refusal::WrongState);
        }
        self.end_request(&Arc::from(format!("{key}-c")), key, Stage::Cancelled);
        Ok(())
    }
}

fn said_of<'a>(request: &'a Request, fund: &'a Fund, activity: &'a Activity) -> Said<'a> {
    Said {
        partner: &request.partner,
        fund,
        activity,
        from: request.from.as_ref(),
        date: request.date,
        cost: request.cost,
        amount: request.amount,
        own_cash: None,
        invoice: None,
    }
}
