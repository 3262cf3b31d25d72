//! The book of a wallet: what was asked of it, what every owner holds, what was posted.
//!
//! # Invariants
//!
//! * Time is a function: whatever ends or begins by itself does so on its day, before any line of
//!   that day, whether or not somebody looked.
//! * What is refused is refused whole, with one reason, and leaves nothing behind.
//! * A key is used once; the same line again counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::agenda::Agenda;
use super::agreements::Channel;
use super::badges::Badges;
use super::benefits::HeldBenefit;
use super::command::{ByHand, Command, Refusal};
use super::credit::Credit;
use super::dates::{Anchors, Expiry};
use super::funds::Funds;
use super::games::Plays;
use super::ledger::{Entry, Postings, Unit};
use super::lot::{Ends, midnight};
use super::members::MemberRoll;
use super::merge::Memberships;
use super::model::{PointCurrency, Wallet};
use super::promotions::{GivenAs, Promotions};
use super::purse::Purse;
use super::rewards::Order;
use super::spending::{Spending, SpendingState};
use super::sponsors::Sponsored;
use super::tiers::{TierChange, TierStanding, Unranked, is_hidden};
use super::vouchers::{CodeSecret, Vouchers};
use crate::amount::Currency;
use crate::code::PartnerCode;
use crate::master::{Fields, Master, Partner};

/// Everything that a wallet holds at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    pub(super) wallet: Arc<Wallet>,
    /// The money of worths.
    pub(super) money: Option<Currency>,
    pub(super) people: People,
    pub(super) now: DateTime,
    pub(super) purses: Agenda<(PartnerCode, Unit), Purse>,
    pub(super) spendings: Agenda<Arc<str>, Spending>,
    pub(super) credits: BTreeMap<Arc<str>, Credit>,
    pub(super) vouchers: Vouchers,
    /// Rewards that were ordered, by key.
    pub(super) orders: BTreeMap<Arc<str>, Order>,
    pub(super) badges: Badges,
    pub(super) promotions: Promotions,
    pub(super) sponsored: Sponsored,
    pub(super) plays: Plays,
    pub(super) funds: Funds,
    pub(super) channel: Channel,
    /// What was asked under a key.
    pub(super) asked: BTreeMap<Arc<str>, (DateTime, Command)>,
    /// Memberships that are part of another one now, and of which.
    pub(super) merges: BTreeMap<PartnerCode, PartnerCode>,
    pub(super) memberships: Memberships,
    pub(super) roll: MemberRoll,
    pub(super) entries: Vec<Entry>,
    /// By partner and tier group.
    pub(super) tiers: Agenda<(PartnerCode, Unit), TierStanding>,
    /// What may have moved somebody to another tier.
    pub(super) unranked: Unranked,
    /// By partner, tier group and benefit.
    pub(super) benefits: BTreeMap<(PartnerCode, Unit, Unit), HeldBenefit>,
    /// What nobody asked for yet.
    pub(super) tier_changes: Vec<TierChange>,
    /// What limits count that is not in this book, by name.
    pub(super) elsewhere: BTreeMap<String, Decimal>,
    /// What codes of vouchers are made with; `None`: everybody may know them.
    pub(super) code_secret: Option<CodeSecret>,
}

/// Who there is, as far as wallets need to know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct People {
    /// `None`: nobody is unknown.
    pub known: Option<BTreeSet<PartnerCode>>,
    pub joined: BTreeMap<PartnerCode, Date>,
    /// Since when those are there who never joined; `None`: from the beginning.
    pub since: Option<Date>,
    /// The last day on which somebody did something.
    pub active: BTreeMap<PartnerCode, Date>,
    /// What is known of them: what conditions ask.
    pub master: Arc<Master>,
}

impl Book {
    /// An empty book. `money` is that of the programs, where the wallet names none.
    pub fn new(mut wallet: Arc<Wallet>, money: Option<Currency>, people: People) -> Book {
        let money = wallet.currency.or(money);
        // What funds hold is money, of whichever currency there is.
        let decimals = money.map(Currency::decimals);
        let of_funds = || wallet.funds.values().filter_map(|fund| fund.lots());
        if let Some(money) = money
            && of_funds().any(|lots| Some(lots.decimals) != decimals)
        {
            Arc::make_mut(&mut wallet).count_in(money);
        }
        let funds = Funds::of(&wallet);
        let unranked = Unranked::before_anybody(&people);
        Book {
            wallet,
            money,
            people,
            now: DateTime::MIN,
            purses: Agenda::default(),
            spendings: Agenda::default(),
            credits: BTreeMap::new(),
            vouchers: Vouchers::default(),
            orders: BTreeMap::new(),
            badges: Badges::default(),
            promotions: Promotions::default(),
            sponsored: Sponsored::default(),
            plays: Plays::default(),
            funds,
            channel: Channel::default(),
            asked: BTreeMap::new(),
            merges: BTreeMap::new(),
            memberships: Memberships::default(),
            roll: MemberRoll::default(),
            entries: Vec::new(),
            tiers: Agenda::default(),
            unranked,
            benefits: BTreeMap::new(),
            tier_changes: Vec::new(),
            elsewhere: BTreeMap::new(),
            code_secret: None,
        }
    }

    /// From here on codes of vouchers are made with a secret.
    #[must_use]
    pub fn with_code_secret(mut self, secret: Option<CodeSecret>) -> Book {
        self.code_secret = secret;
        self
    }

    /// Whether a key names something that was asked of the wallet.
    pub fn knows(&self, key: &str) -> bool {
        self.asked.contains_key(key)
    }

    /// What every owner holds, by owner and unit.
    pub fn purses(&self) -> impl Iterator<Item = &Purse> {
        self.purses.values()
    }

    /// What was reserved or redeemed, by key.
    pub fn spendings(&self) -> impl Iterator<Item = (&Arc<str>, &Spending)> {
        self.spendings.iter()
    }

    /// Whose redemption or reservation goes by a key.
    pub fn owner_of(&self, key: &str) -> Option<&PartnerCode> {
        let spending = self.spendings.get(key).map(|spending| &spending.owner);
        let of_funds = || self.funds.owner_of(key);
        let of_agreements = || self.channel.claims.get(key).map(|claim| &claim.partner);
        spending.or_else(|| self.vouchers.user_of(key)).or_else(of_funds).or_else(of_agreements)
    }

    /// The reward that was ordered under a key.
    pub fn reward_of(&self, key: &str) -> Option<&Unit> {
        self.orders.get(key).map(|order| &order.reward)
    }

    /// What was posted, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Does what a line asks. `on` is its day or instant; the book stands at the moment at which
    /// it was recorded.
    pub fn act(&mut self, key: &Arc<str>, on: DateTime, command: &Command) -> Result<(), Refusal> {
        if command.makes_its_key()
            && let Some((before_on, before)) = self.asked.get(key)
        {
            let same = *before_on == on && before == command;
            return if same { Ok(()) } else { Err(Refusal::OtherContent) };
        }
        match command {
            Command::Credit(credit) => self.credit_by_hand(key, on, credit),
            Command::Debit { partner, unit, amount, .. } => self.debit(key, partner, unit, *amount),
            Command::Redeem(spend) => self.redeem(key, on, spend),
            Command::Reserve(spend, until) => self.reserve(key, on, spend, *until),
            Command::Commit { amount } if self.vouchers.has_use(key) => {
                self.commit_voucher(key, *amount)
            }
            Command::Commit { amount } if self.orders.contains_key(key) => {
                self.commit_reward(key, on, *amount)
            }
            Command::Commit { amount } => self.commit(key, *amount),
            Command::Release if self.vouchers.has_use(key) => {
                self.free_voucher(key, SpendingState::Released)
            }
            Command::Release => self.release(key),
            Command::Clawback { of, amount } => self.claw_back(of, key, *amount),
            Command::Transfer { from, to, unit, amount } => {
                self.transfer(key, on, (from, to), unit, *amount)
            }
            Command::Merge { into } => self.merge(key, into),
            Command::Unmerge => self.unmerge(key),
            Command::Assign(set) => self.assign(&PartnerCode::new(&**key), set),
            Command::Enrol { promotion } => self.enrol(&PartnerCode::new(&**key), promotion, on),
            Command::Leave { promotion } => self.leave(&PartnerCode::new(&**key), promotion, on),
            Command::Issue(issue) => self.issue(key, on, issue),
            Command::UseVoucher(line) => self.redeem_voucher(key, on, line),
            Command::ReserveVoucher(line, until) => self.reserve_voucher(key, on, line, *until),
            Command::OrderReward(line) => self.redeem_reward(key, on, line),
            Command::ReserveReward(line, until) => self.reserve_reward(key, on, line, *until),
            Command::TopUp { sponsor, amount } => self.top_up(key, sponsor, *amount),
            Command::Play(play) => self.play(key, on, play),
            Command::Member(line) => self.member(&PartnerCode::new(&**key), line, on),
            Command::GiveBadge(give) => self.badge_by_hand(key, on, give),
            Command::TakeBadge { partner, badge, .. } => self.take_by_hand(partner, badge),
            Command::Fund(line) => self.act_on_funds(key, on, line),
            Command::Channel(line) => self.act_on_channel(key, on, line),
            Command::Cancel { amount, expires, .. } => self.undo_what(key, *amount, *expires),
        }?;
        self.rank();
        if command.makes_its_key() {
            self.asked.insert(key.clone(), (on, command.clone()));
        }
        Ok(())
    }

    /// Undoes what a key names: the use of a voucher, an order, a play, points, vouchers
    /// themselves, or a promotion.
    fn undo_what(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
        expires: Option<Ends>,
    ) -> Result<(), Refusal> {
        if self.vouchers.has_use(key) {
            return self.cancel_use(key, amount, expires);
        }
        if self.funds.has(key) {
            return self.cancel_of_fund(key, amount.is_none() && expires.is_none());
        }
        if self.channel.has(key) {
            return self.cancel_of_channel(key, amount.is_none() && expires.is_none());
        }
        if self.orders.contains_key(key) {
            return self.cancel_reward(key, amount, expires);
        }
        if self.plays.has(key) {
            return self.cancel_play(key, amount, expires);
        }
        if let Some((_, Command::GiveBadge(give))) = self.asked.get(key) {
            let (partner, badge) = (give.partner.clone(), give.badge.clone());
            return self.cancel_badge(key, (&partner, &badge), amount);
        }
        let meant = self.vouchers.meant(key);
        if meant.is_empty() && !self.knows(key) && self.wallet.promotions.contains_key(key) {
            return self.cancel_promotion(key, amount);
        }
        if meant.is_empty() {
            return self.cancel(key, amount, expires);
        }
        self.cancel_vouchers(key, &meant, amount)
    }

    /// A partner has these values from a day on.
    pub fn partner_is(&mut self, partner: &PartnerCode, from: Date, fields: &Fields) {
        let master = Arc::make_mut(&mut self.people.master);
        let known = master.partners.entry(partner.clone());
        known.or_insert_with(|| Partner::new(Fields::new())).set(from, fields);
    }

    fn credit_by_hand(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        credit: &ByHand,
    ) -> Result<(), Refusal> {
        if self.is_unknown(&credit.partner) {
            return Err(Refusal::UnknownPartner);
        }
        let currency = self.wallet.points.get(&credit.unit).ok_or(Refusal::UnknownCode)?;
        let subtype = currency.subtype(credit.subtype.as_deref()).ok_or(Refusal::UnknownCode)?;
        self.known_promotion(credit.promotion.as_ref())?;
        let borne = self.may_bear(&credit.sponsors, &credit.unit);
        if borne == Err(Refusal::UnknownCode) {
            return borne;
        }
        self.stands_alone(&credit.partner)?;
        borne?;
        self.counted(&credit.unit, credit.amount)?;
        self.is_member(&credit.partner, on)?;
        let grant = super::Grant {
            name: key.clone(),
            partner: credit.partner.clone(),
            unit: credit.unit.clone(),
            subtype,
            on,
            expires: credit.expires,
            usable: credit.usable,
            lifetime: None,
            escrow: None,
        };
        let Some(promotion) = &credit.promotion else {
            self.borne_by(key, &grant, &credit.sponsors);
            self.grant(key, &grant, credit.amount);
            return Ok(());
        };
        let own = self.use_of(&grant, GivenAs::Points);
        let own = self.allot(promotion, key, own, credit.amount)?;
        self.borne_by(key, &grant, &credit.sponsors);
        self.grant(key, &grant, own.given());
        self.record_use(promotion, key, own);
        Ok(())
    }

    /// Tells who there is, and the day each of them joined.
    pub fn people_are(
        &mut self,
        known: BTreeSet<PartnerCode>,
        joined: BTreeMap<PartnerCode, Date>,
    ) {
        self.people.known = Some(known);
        self.people.joined = joined;
        self.unranked.people_are(&self.people);
    }

    /// The book of a moment at which all of its pieces were brought up. Nothing happens.
    pub fn stands_at(&mut self, moment: DateTime) {
        self.now = moment;
    }

    /// At which moment it stands.
    pub fn now(&self) -> DateTime {
        self.now
    }

    /// Lets time pass: everything that is due until then happens on its day.
    pub fn until(&mut self, moment: DateTime) {
        self.file();
        while let Some(turn) = self.next_turn().filter(|turn| *turn <= moment) {
            self.now = turn;
            self.turn(turn);
            self.file();
        }
        self.now = self.now.max(moment);
        self.rank();
    }

    fn next_turn(&self) -> Option<DateTime> {
        let own = [
            self.purses.next(self.now),
            self.spendings.next(self.now),
            self.next_turn_of_tiers(),
            self.vouchers.next_turn(self.now),
            self.funds.next_turn(self.now),
        ];
        own.into_iter().flatten().min()
    }

    /// Puts whatever changed where it is due now.
    pub(super) fn file(&mut self) {
        let (now, wallet, joined) = (self.now, &self.wallet, &self.people.joined);
        let purses = self.purses.file(|_, purse| {
            let reset = next_reset(wallet, joined, purse).filter(|reset| now < *reset);
            purse.next_turn(now).into_iter().chain(reset).min()
        });
        self.unranked.purses.extend(purses);
        let later = |due: Option<DateTime>| due.filter(|due| now < *due);
        let never = |due: &DateTime| *due != DateTime::MAX;
        self.spendings.file(|_, spending| later(spending.lapses().filter(never)));
        self.vouchers.file(now);
        self.funds.file(now, &self.wallet);
        self.file_tiers();
    }

    /// What happens by itself at a moment, in the order of a day: reservations and lots end,
    /// waiting times are over, balances start again.
    fn turn(&mut self, turn: DateTime) {
        let owners = self.purses.due(turn);
        for key in self.spendings.due(turn) {
            self.lapse(&key);
        }
        self.lapse_vouchers(turn);
        let funds = self.funds_due(turn);
        self.open_funds(&funds.accounts, turn);
        self.spare_lots(&owners, turn);
        for owner in &owners {
            self.on_purse(owner, |purse, postings| purse.end(turn, postings));
        }
        self.end_vouchers(turn);
        let standings = self.tiers.due(turn);
        self.end_floors(&standings, turn);
        let wallet = self.wallet.clone();
        for owner in &owners {
            let Some(currency) = wallet.lots_of(&owner.1) else { continue };
            self.on_purse(owner, |purse, postings| purse.ripen(currency, turn, postings));
        }
        let assessed = self.assess(standings, turn);
        for owner in &owners {
            let due = self.purses.get(owner).and_then(|purse| {
                let reset = next_reset(&self.wallet, &self.people.joined, purse);
                reset.filter(|reset| *reset <= turn)
            });
            if let Some(reset) = due {
                self.on_purse(owner, |purse, postings| purse.reset(reset.date(), postings));
            }
        }
        self.after_assessment(assessed);
        self.rank();
        self.end_funds(&funds, turn);
        self.begin_allocations(&funds.accounts, turn);
    }

    /// Changes a purse and enters what it posts, each under what caused it.
    pub(super) fn on_purse(
        &mut self,
        owner: &(PartnerCode, Unit),
        change: impl FnOnce(&mut Purse, &mut Postings),
    ) {
        let mut postings = Postings::new(&owner.1);
        if let Some(purse) = self.purses.get_mut(owner) {
            change(purse, &mut postings);
        }
        self.enter(postings);
    }

    pub(super) fn enter(&mut self, postings: Postings) {
        let at = self.now;
        for (cause, mut posting) in postings.made {
            // What funds hold is money.
            if let Some(money) =
                self.money.filter(|_| self.wallet.funds.contains_key(&posting.unit))
            {
                posting.unit = Arc::from(money.as_str());
            }
            self.entries.push(Entry { cause, at, posting });
        }
    }

    pub(super) fn is_unknown(&self, partner: &PartnerCode) -> bool {
        let known = self.people.known.as_ref();
        known.is_some_and(|known| !known.contains(partner))
            && !self.wallet.pools.contains_key(partner)
    }

    /// Whether these may hold a unit: partners that are known, and that stand alone.
    pub(super) fn may_hold(
        &self,
        partners: &[&PartnerCode],
        unit: &Unit,
    ) -> Result<&PointCurrency, Refusal> {
        if partners.iter().any(|partner| self.is_unknown(partner)) {
            return Err(Refusal::UnknownPartner);
        }
        let currency = self.wallet.points.get(unit).ok_or(Refusal::UnknownCode)?;
        partners.iter().try_for_each(|partner| self.stands_alone(partner))?;
        Ok(currency)
    }

    /// What an owner can use of a unit.
    pub fn balance_of(&self, owner: &PartnerCode, unit: &Unit) -> Decimal {
        let purse = self.purses.get(&(owner.clone(), unit.clone()));
        purse.map_or(Decimal::ZERO, Purse::balance)
    }

    /// What an owner holds of a unit, from now on if it held nothing before.
    pub(super) fn purse(&mut self, owner: &PartnerCode, unit: &Unit) -> &mut Purse {
        let reset = self.wallet.points.get(unit).and_then(|currency| currency.reset);
        let joined = self.people.joined.get(owner).copied();
        let today = self.now.date();
        self.purses.get_or_insert_with((owner.clone(), unit.clone()), || {
            let mut purse = Purse::new(owner.clone(), unit.clone());
            // Before the first period the balance starts again with that one.
            let begins = reset.and_then(|reset| reset.begins(today, joined));
            purse.reset_on = begins.map(|begins| begins.min(today));
            purse
        })
    }

    /// An amount of a currency: above zero, and with no more places than it has.
    pub(super) fn counted(&self, unit: &Unit, amount: Decimal) -> Result<Arc<Wallet>, Refusal> {
        let Some(currency) = self.wallet.lots_of(unit).filter(|_| !is_hidden(unit)) else {
            return Err(Refusal::UnknownCode);
        };
        if currency.decimals < amount.normalize().scale() {
            return Err(Refusal::WrongUnit);
        }
        if amount <= Decimal::ZERO || !crate::evaluate::is_amount(amount) {
            return Err(Refusal::InvalidAmount);
        }
        Ok(self.wallet.clone())
    }

    pub(super) fn anchors(&self, owner: &PartnerCode, currency: &PointCurrency) -> Anchors {
        Anchors { joined: self.people.joined.get(owner).copied(), reset: currency.reset }
    }

    /// The owner did something on a day: what ends by activity ends later.
    pub fn is_active(&mut self, owner: &PartnerCode, day: Date) {
        let owner = &self.survivor(owner).clone();
        let last = self.people.active.entry(owner.clone()).or_insert(day);
        *last = day.max(*last);
        let active = *last;
        let wallet = self.wallet.clone();
        let by_activity = |currency: &PointCurrency| currency.expiry.filter(Expiry::is_by_activity);
        for (unit, currency) in wallet.all_lots() {
            let Some(expiry) = by_activity(currency) else { continue };
            let anchors = self.anchors(owner, currency);
            if let Some(purse) = self.purses.get_mut(&(owner.clone(), unit.clone())) {
                purse.moved(expiry.last_day(active, anchors));
            }
        }
    }
}

/// When the balance of a purse starts again next.
pub(super) fn next_reset(
    wallet: &Wallet,
    joined: &BTreeMap<PartnerCode, Date>,
    purse: &Purse,
) -> Option<DateTime> {
    let reset = wallet.points.get(&purse.unit)?.reset?;
    reset.next_after(purse.reset_on?, joined.get(&purse.owner).copied()).map(midnight)
}
