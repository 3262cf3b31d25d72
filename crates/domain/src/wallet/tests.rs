//! Random stories of a wallet, and what holds after every step of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::credit::Part;
use super::lot::midnight;
use super::*;
use crate::code::PartnerCode;
use crate::program::{Names, Span};

mod time;

const STORIES: u64 = 2_000;
const STEPS: u64 = 20;
const PARTNERS: [&str; 4] = ["P1", "P2", "P3", "P4"];

/// A small generator (splitmix64): the same seed, the same story.
struct Random(u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, below: u64) -> u64 {
        self.draw() % below
    }

    fn chance(&mut self, of: u64, out_of: u64) -> bool {
        self.below(out_of) < of
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let length = u64::try_from(of.len()).expect("a short list");
        of[usize::try_from(self.below(length)).expect("a position")].clone()
    }

    fn partner(&mut self) -> PartnerCode {
        PartnerCode::new(self.pick(&PARTNERS))
    }

    fn amount(&mut self) -> Decimal {
        Decimal::from(1 + self.below(100))
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Random) -> T) -> Option<T> {
        if self.chance(1, 2) { Some(make(self)) } else { None }
    }
}

fn days(days: u32) -> Span {
    Span { months: 0, days }
}

fn currency(random: &mut Random, code: &str, kind: PointKind) -> PointCurrency {
    let subtype =
        |code: &str, priority: u32| Subtype { code: Arc::from(code), cost: None, priority };
    let since = random.pick(&[Since::Credit, Since::Usable, Since::Activity]);
    let to = random.pick(&[None, None, Some(MovedOut::MonthEnd), Some(MovedOut::Anniversary)]);
    PointCurrency {
        unit: Arc::from(code),
        name: Names::default(),
        description: Names::default(),
        kind,
        decimals: 0,
        cost: Decimal::ZERO,
        worth: random.maybe(|_| Decimal::new(5, 2)),
        expiry: random.maybe(|_| Expiry { after: days(12), since, to }),
        escrow: days(random.pick(&[0, 0, 4])),
        hold: days(5),
        negative: random.pick(&[
            Negative::UpTo(Decimal::ZERO),
            Negative::UpTo(Decimal::from(40)),
            Negative::Unlimited,
        ]),
        overdraw: random.chance(1, 3),
        clawback: random.pick(&[Clawback::Arrears, Clawback::Negative, Clawback::Clamp]),
        restore: random.pick(&[Restore::Original, Restore::For(days(6))]),
        subtypes: vec![subtype("base", 2), subtype("bonus", 1)],
        spending: super::Spending::default(),
        reset: match kind {
            PointKind::Spendable => None,
            PointKind::Qualifying => {
                let from = random.pick(&[Starts::On(date(2026, 1, 10)), Starts::Enrolment]);
                Some(Recurring { every: days(17), from })
            }
        },
    }
}

fn wallet(random: &mut Random) -> Wallet {
    let star = currency(random, "STAR", PointKind::Spendable);
    let miles = currency(random, "MILES", PointKind::Qualifying);
    let pool = |share: i64| Pool {
        members: vec![PartnerCode::new("P1"), PartnerCode::new("P2")],
        share: Decimal::new(share, 2),
        points: Arc::from("STAR"),
    };
    let pools = [("G1", pool(25)), ("G2", pool(33))].map(|(code, of)| (PartnerCode::new(code), of));
    let pools = pools.into_iter().filter(|_| random.chance(1, 2)).collect();
    Wallet {
        points: [star, miles].map(|it| (it.unit.clone(), it)).into(),
        pools,
        ..Wallet::default()
    }
}

/// A book, what happened to it, and the accounts that its postings come to.
struct Tale {
    random: Random,
    book: Book,
    day: Date,
    keys: Vec<Arc<str>>,
    debited: BTreeMap<Unit, Decimal>,
    posted: usize,
    accounts: BTreeMap<(Account, Unit), Decimal>,
    told: Vec<String>,
}

impl Tale {
    fn new(seed: u64) -> Tale {
        let mut random = Random(seed);
        let wallet = wallet(&mut random);
        let joined = PARTNERS.map(|code| (PartnerCode::new(code), date(2025, 1, 20)));
        let people = People {
            known: Some(PARTNERS.map(PartnerCode::new).into()),
            joined: joined.clone().into(),
            active: joined.into(),
            ..People::default()
        };
        let day = date(2026, 1, 1);
        let mut book = Book::new(Arc::new(wallet), None, people);
        book.until(midnight(day));
        let (keys, debited, accounts) = Default::default();
        Tale { random, book, day, keys, debited, posted: 0, accounts, told: Vec::new() }
    }

    fn command(&mut self) -> (Arc<str>, Command) {
        let number = self.told.len();
        let random = &mut self.random;
        let unit: Unit = Arc::from(random.pick(&["STAR", "STAR", "STAR", "MILES", "NONE"]));
        let spent: Vec<Arc<str>> = self.book.spendings().map(|(key, _)| key.clone()).collect();
        let old = |random: &mut Random| {
            let is_lost = random.chance(1, 12) || spent.is_empty();
            if is_lost { Arc::from("nobody") } else { random.pick(&spent) }
        };
        let any = |random: &mut Random, keys: &[Arc<str>]| match keys {
            [] => Arc::from("nobody"),
            keys => random.pick(keys),
        };
        let (kind, mut key): (&str, Arc<str>) = ("K", Arc::from(format!("K{number}")));
        let day = self.day;
        let command = match random.below(26) {
            0..8 => Command::Credit(ByHand {
                partner: random.partner(),
                unit,
                amount: random.amount(),
                subtype: random.maybe(|random| random.pick(&["base", "bonus"]).to_owned()),
                expires: random.chance(1, 5).then(|| Ends::After(soon(day, random.below(9)))),
                usable: random.chance(1, 5).then(|| midnight(soon(day, random.below(6)))),
                reason: None,
            }),
            8 => {
                let (partner, amount) = (random.partner(), random.amount());
                Command::Debit { partner, unit, amount, reason: None }
            }
            9..12 => Command::Redeem(spend(random, unit)),
            12..15 => {
                let until = random.maybe(|random| Ends::After(soon(day, random.below(9))));
                Command::Reserve(spend(random, unit), until)
            }
            15 | 16 => {
                key = old(random);
                let amount = random.chance(1, 3).then(|| random.amount());
                Command::Commit { amount }
            }
            17 => {
                key = old(random);
                Command::Release
            }
            18 | 19 => {
                let of = any(random, &self.keys);
                Command::Clawback { of, amount: random.maybe(Random::amount) }
            }
            20 => {
                let (from, to) = (random.partner(), random.partner());
                Command::Transfer { from, to, unit, amount: random.amount() }
            }
            21 | 22 => {
                key = if random.chance(1, 4) { any(random, &self.keys) } else { old(random) };
                Command::Cancel {
                    amount: random.maybe(Random::amount),
                    expires: None,
                    reason: None,
                }
            }
            23 => {
                key = Arc::from(random.pick(&PARTNERS));
                Command::Merge { into: random.partner() }
            }
            24 => {
                key = Arc::from(random.pick(&PARTNERS));
                Command::Unmerge
            }
            _ => {
                key = Arc::from(format!("{kind}{}", random.below(30)));
                let (partner, amount) = (random.partner(), random.amount());
                Command::Debit { partner, unit, amount, reason: None }
            }
        };
        (key, command)
    }

    fn step(&mut self) {
        if self.random.chance(1, 3) {
            let days = self.random.below(6);
            self.pass(days);
        }
        if self.random.chance(1, 10) {
            let partner = self.random.partner();
            self.told.push(format!("{} {partner} is active", self.day));
            self.book.is_active(&partner, self.day);
        }
        if self.random.chance(1, 8) {
            self.earn();
        }
        let (key, command) = self.command();
        let before = self.book.clone();
        let answer = self.book.act(&key, midnight(self.day), &command);
        self.told.push(format!("{} {key} {command:?} -> {answer:?}", self.day));
        if answer.is_err() {
            assert!(self.book == before, "what is refused leaves nothing behind");
        } else {
            for (key, credit) in &before.credits {
                let parts = credit.parts.iter().zip(&self.book.credits[key].parts);
                let grows = |(was, is): (&Part, &Part)| was.undone <= is.undone;
                assert!(parts.into_iter().all(grows), "nobody gets back what it gave");
            }
            self.keys.push(key);
            self.is_covered(&before, &command);
            self.holds();
        }
        match self.random.below(8) {
            0 => self.undone_at_once(),
            1 => self.parted_at_once(),
            _ => {}
        }
    }

    /// What a term awards, more or less of it than before.
    fn earn(&mut self) {
        let random = &mut self.random;
        let number = random.below(3);
        let partner = PARTNERS[usize::try_from(number).expect("below 3")];
        let grant = Grant {
            name: Arc::from("S1"),
            partner: PartnerCode::new(partner),
            unit: Arc::from("STAR"),
            subtype: 0,
            on: midnight(self.day),
            expires: None,
            usable: None,
            lifetime: None,
            escrow: None,
        };
        let total = random.amount() - Decimal::from(20);
        self.told.push(format!("{} {partner} earned {total}", self.day));
        self.book.earned(&Arc::from(format!("award-{partner}")), &grant, total);
        self.holds();
    }

    /// Asked day by day or at once, time does the same.
    fn pass(&mut self, days: u64) {
        let mut at_once = self.book.clone();
        self.told.push(format!("{days} days"));
        for _ in 0..days {
            self.day = soon(self.day, 1);
            self.book.until(midnight(self.day));
            if self.posted < self.book.entries().len() {
                self.holds();
            }
        }
        at_once.until(midnight(self.day));
        assert!(self.book == at_once, "asking day by day equals asking once");
    }

    /// Nobody spends what is not there.
    fn is_covered(&mut self, before: &Book, command: &Command) {
        let (partner, unit) = match command {
            Command::Redeem(spend) | Command::Reserve(spend, _) => (&spend.partner, &spend.unit),
            Command::Debit { partner, unit, .. } => (partner, unit),
            Command::Transfer { from, unit, .. } => (from, unit),
            _ => return,
        };
        let currency = &self.book.wallet().points[unit];
        let may_go_below = currency.overdraw && !matches!(command, Command::Transfer { .. });
        let room = if may_go_below { currency.below_zero() } else { Decimal::ZERO };
        let (was, is) = (before.balance_of(partner, unit), self.book.balance_of(partner, unit));
        assert!(-room <= is || was <= is, "nobody spends what is not there");
        if let Command::Debit { amount, .. } = command
            && is != was
        {
            *self.debited.entry(unit.clone()).or_default() += amount;
        }
    }

    /// Redeemed and cancelled at once is as if nothing had been redeemed.
    fn undone_at_once(&mut self) {
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
    fn parted_at_once(&mut self) {
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
        if !paid {
            assert_eq!(what_is_held(&book), what_is_held(&self.book), "parted at once");
            assert!(book.spendings().eq(self.book.spendings()), "spendings");
            assert_eq!(book.credits, self.book.credits);
        }
    }

    fn holds(&mut self) {
        add_up(&mut self.accounts, &self.book.entries()[self.posted..]);
        self.posted = self.book.entries().len();
        check(&self.book, &self.accounts);
        for unit in self.book.wallet().points.keys() {
            let adjusted = self.account(&Account::Adjusted(unit.clone()), unit);
            let debited = self.debited.get(unit).copied().unwrap_or_default();
            assert_eq!(adjusted, debited, "adjusted");
        }
    }

    fn account(&self, account: &Account, unit: &Unit) -> Decimal {
        self.accounts.get(&(account.clone(), unit.clone())).copied().unwrap_or_default()
    }
}

impl Drop for Tale {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let wallet = self.book.wallet();
            eprintln!("{wallet:#?}\n{}", self.told.join("\n"));
        }
    }
}

fn soon(day: Date, days: u64) -> Date {
    day.checked_add(i64::try_from(days).expect("few days").days()).expect("a day")
}

fn spend(random: &mut Random, unit: Unit) -> Spend {
    let amount = random.amount();
    Spend {
        partner: random.partner(),
        unit,
        amount: if random.chance(1, 4) {
            SpendAmount::UpTo(amount)
        } else {
            SpendAmount::Exactly(amount)
        },
        order: random.maybe(|_| "O1".to_owned()),
        order_amount: None,
    }
}

/// Lots and debts of everybody, those aside who have nothing.
fn what_is_held(book: &Book) -> Vec<(PartnerCode, Unit, Vec<Lot>, Decimal, Decimal)> {
    let held = |purse: &Purse| {
        let owed = [DebtKind::BelowZero, DebtKind::Arrears].map(|kind| purse.owed(kind));
        let (owner, unit) = (purse.owner.clone(), purse.unit.clone());
        (owner, unit, purse.lots.clone(), owed[0], owed[1])
    };
    let all = book.purses().map(held);
    all.filter(|(.., lots, below, owed)| !lots.is_empty() || below != owed).collect()
}

/// Credits less debits of every account.
fn add_up(accounts: &mut BTreeMap<(Account, Unit), Decimal>, entries: &[Entry]) {
    for Entry { posting, .. } in entries {
        assert!(Decimal::ZERO < posting.amount, "a posting is above zero");
        assert_ne!(posting.debit, posting.credit, "a posting moves something");
        let unit = &posting.unit;
        *accounts.entry((posting.debit.clone(), unit.clone())).or_default() -= posting.amount;
        *accounts.entry((posting.credit.clone(), unit.clone())).or_default() += posting.amount;
    }
}

/// What always holds.
fn check(book: &Book, accounts: &BTreeMap<(Account, Unit), Decimal>) {
    let mut left = accounts.clone();
    let mut come_to = |account: Account, unit: &Unit, amount: Decimal| {
        let posted = left.remove(&(account.clone(), unit.clone())).unwrap_or_default();
        assert_eq!(posted, amount, "{account}");
    };
    let mut expired: BTreeMap<Unit, Decimal> = BTreeMap::new();
    for purse in book.purses() {
        let (unit, owner) = (&purse.unit, &purse.owner);
        for lot in &purse.lots {
            let places: Decimal = Place::ALL.iter().map(|place| lot.holds(*place)).sum();
            assert_eq!(places, lot.credited, "the places of a lot come to what was credited");
            assert!(Place::ALL.iter().all(|place| Decimal::ZERO <= lot.holds(*place)));
        }
        let (open, below) = (purse.held(Place::Open), purse.owed(DebtKind::BelowZero));
        let owed = purse.owed(DebtKind::Arrears);
        assert!(open.is_zero() || (below + owed).is_zero(), "who owes has nothing open");
        come_to(Account::Open(unit.clone(), owner.clone()), unit, open - below);
        come_to(Account::Escrow(unit.clone(), owner.clone()), unit, purse.held(Place::Escrow));
        come_to(Account::Arrears(unit.clone(), owner.clone()), unit, -owed);
        *expired.entry(unit.clone()).or_default() += purse.held(Place::Expired);
    }
    for (key, spending) in book.spendings() {
        let is_promised = spending.lapses().is_some();
        let promised = if is_promised { spending.amount } else { Decimal::ZERO };
        let unit = &spending.unit;
        come_to(Account::Reserved(unit.clone(), key.clone()), unit, promised);
    }
    for unit in book.wallet().points.keys() {
        let spent = book.spendings().filter(|(_, it)| it.unit == *unit && it.is_spent());
        let spent: Decimal = spent.map(|(_, spending)| spending.left()).sum();
        come_to(Account::Redeemed(unit.clone()), unit, spent);
        let ended = expired.get(unit).copied().unwrap_or_default();
        come_to(Account::Expired(unit.clone()), unit, ended);
    }
    for (unit, currency) in &book.wallet().points {
        let purses = || book.purses().filter(|purse| purse.unit == *unit);
        let credits = || book.credits.values().filter(|credit| credit.unit == *unit);
        let owed = |purse: &Purse| -> Decimal {
            let for_credits = purse.debts.iter().filter(|debt| debt.place == Place::ClawedBack);
            for_credits.map(|debt| debt.left).sum()
        };
        let clawed: Decimal = purses().map(|it| it.held(Place::ClawedBack) + owed(it)).sum();
        let credited: Decimal = credits().map(|credit| credit.amount).sum();
        come_to(Account::Granted(unit.clone()), unit, clawed - credited);
        if currency.is_spendable() && currency.clawback != Clawback::Clamp {
            let gone = credits().flat_map(|it| &it.parts).map(|part| part.counted);
            let undone: Decimal = credits().map(|credit| credit.undone).sum();
            assert_eq!(undone, clawed + gone.sum::<Decimal>(), "everything undone is somewhere");
        }
    }
    let alive = |(account, _): &(Account, Unit)| {
        matches!(
            account,
            Account::Open(..) | Account::Escrow(..) | Account::Arrears(..) | Account::Reserved(..)
        )
    };
    let nobodys = left.iter().find(|(account, amount)| alive(account) && !amount.is_zero());
    assert!(nobodys.is_none(), "{nobodys:?} is nobody's");
    for (key, credit) in &book.credits {
        let given = |part: &Part| part.undone <= part.amount;
        assert!(credit.parts.iter().skip(1).all(given), "no pool gives what it never had");
        let own = credit.parts.first().is_none_or(given);
        // An award may have been below zero before it was a credit.
        assert!(own || key.starts_with("award"), "nobody gives what another one has");
        let amount: Decimal = credit.parts.iter().map(|part| part.amount).sum();
        let undone: Decimal = credit.parts.iter().map(|part| part.undone).sum();
        assert_eq!((credit.amount, credit.undone), (amount, undone), "parts come to the credit");
    }
}

#[test]
fn whatever_is_asked_of_a_wallet_its_books_are_right() {
    let mut refused: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..STORIES {
        let mut tale = Tale::new(seed);
        tale.told.push(format!("seed {seed}"));
        for _ in 0..STEPS {
            tale.step();
        }
        tale.pass(20);
        tale.holds();
        for refusal in Refusal::ALL {
            let says = format!("Err({refusal:?})");
            let times = tale.told.iter().filter(|line| line.ends_with(&says)).count();
            *refused.entry(refusal.word()).or_default() += u32::try_from(times).expect("few");
        }
    }
    for word in ["other_content", "unknown_code", "unknown_key", "merged", "wrong_unit"] {
        assert!(10 < refused[word], "stories go wrong in every way: {refused:?}");
    }
    assert!(100 < refused["wrong_state"] && 100 < refused["insufficient"], "{refused:?}");
}
