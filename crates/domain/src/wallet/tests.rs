//! Random stories of a wallet, and what holds after every step of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use rust_decimal::Decimal;

use super::credit::Part;
use super::lot::midnight;
use super::*;
use crate::code::PartnerCode;
use crate::program::{Names, Span};
use holds::{add_up, assert_had, assert_same, check, what_is_held};

mod holds;
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
    let mut wallet = Wallet {
        points: [star, miles].map(|it| (it.unit.clone(), it)).into(),
        pools,
        ..Wallet::default()
    };
    if random.chance(1, 2) {
        what_comes_with_points(random, &mut wallet);
    }
    wallet
}

/// Tiers with benefits, vouchers, rewards and badges.
fn what_comes_with_points(random: &mut Random, wallet: &mut Wallet) {
    let from = random.pick(&["", "2026-01-10", "enrolment", "upgrade"]);
    let period = match from {
        "" => String::new(),
        _ => format!("    period: {{ every: 17 days, from: {from} }}\n    grace: 3 days\n"),
    };
    let downgrade = random.pick(&["by_balance", "one_down", "none"]);
    let text = format!(
        "case: c
points: {{ STAR: {{}}, MILES: {{ kind: qualifying, reset: {{ every: 17 days, from: 2026-01-10 }} }} }}
programs: []
tier_groups:
  level:
    by: {{ points: MILES }}
{period}    downgrade: {downgrade}
    tiers:
      - {{ tier: a, from: 0 }}
      - {{ tier: b, from: 60, benefits: [news, gift] }}
      - {{ tier: c, from: 150, benefits: [news, line, gift] }}
  size:
    by: {{ points: STAR }}
    tiers: [ {{ tier: s, above: 20, benefits: [line] }}, {{ tier: m, from: 90, benefits: [news] }} ]
benefits:
  news: {{ gives: {{ access: n }} }}
  line: {{ gives: {{ entitlement: e }} }}
  gift: {{ on: [assign, renew, lapse], gives: {{ points: STAR, amount: 5 }} }}
vouchers:
  V: {{ value: 10, expiry: 9 days, limit: {{ per_partner: 3 }} }}
rewards:
  R: {{ points: STAR, price: 10, per_partner: 4, gives: {{ voucher: V }} }}
  C: {{ points: STAR, price: 5, stock: 9, gives: {{ cash: 2 }} }}
  B: {{ points: STAR, price: 5, gives: {{ badge: D }} }}
badges: {{ D: {{ expiry: 9 days }} }}
"
    );
    let case = crate::case::parse(&text).into_result().unwrap_or_else(|it| panic!("{text}{it:?}"));
    let declared = case.wallet.expect("a wallet");
    wallet.tier_groups = declared.tier_groups.clone();
    wallet.benefits = declared.benefits.clone();
    wallet.vouchers = declared.vouchers.clone();
    wallet.rewards = declared.rewards.clone();
    wallet.badges = declared.badges.clone();
}

/// A book, what happened to it, and the accounts that its postings come to.
struct Tale {
    random: Random,
    book: Book,
    day: Date,
    keys: Vec<Arc<str>>,
    debited: BTreeMap<Unit, Decimal>,
    /// What everybody had at the end of each day.
    history: Vec<(DateTime, Vec<(Account, Unit, Decimal)>)>,
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
        let mut book = Book::new(Arc::new(wallet), crate::amount::Currency::parse("EUR"), people);
        book.until(midnight(day));
        let (keys, debited, accounts, history) = Default::default();
        Tale { random, book, day, keys, debited, history, posted: 0, accounts, told: Vec::new() }
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
        let command = match random.below(31) {
            0..8 => Command::Credit(ByHand {
                partner: random.partner(),
                unit,
                amount: random.amount(),
                subtype: random.maybe(|random| random.pick(&["base", "bonus"]).to_owned()),
                expires: random.chance(1, 5).then(|| Ends::After(soon(day, random.below(9)))),
                usable: random.chance(1, 5).then(|| midnight(soon(day, random.below(6)))),
                promotion: None,
                sponsors: Vec::new(),
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
            25 => {
                let (partner, voucher) = (random.maybe(Random::partner), Arc::from("V"));
                let count = random.chance(1, 4).then_some(2);
                let (value, code, expires, promotion) = (None, None, None, None);
                let of = Issue { voucher, partner, value, code, expires, count, promotion };
                Command::Issue(of)
            }
            26 => {
                let (voucher, partner) = (any(random, &self.keys), random.maybe(Random::partner));
                let amount = random.maybe(|random| Decimal::from(1 + random.below(9)));
                let (order, order_amount, due, tax) = (None, None, None, None);
                let line = UseVoucher { voucher, partner, amount, order, order_amount, due, tax };
                if random.chance(1, 3) {
                    Command::ReserveVoucher(line, None)
                } else {
                    Command::UseVoucher(line)
                }
            }
            27 | 28 => {
                let reward = Arc::from(random.pick(&["R", "C", "B"]));
                let (partner, quantity) = (random.partner(), 1);
                let line = OrderReward { partner, reward, quantity };
                if random.chance(1, 3) {
                    Command::ReserveReward(line, None)
                } else {
                    Command::OrderReward(line)
                }
            }
            29 => {
                key = Arc::from(random.pick(&PARTNERS));
                let tier = random.maybe(|random| random.pick(&["a", "b", "c"]).to_owned());
                let until = random.maybe(|random| Ends::After(soon(day, random.below(9))));
                let group = random.pick(&["level", "level", "size"]).to_owned();
                Command::Assign { group, tier, until, reason: None }
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
            2 => self.reversed_after_spending(),
            3 => self.looked_at_later(),
            _ => {}
        }
    }

    /// Whatever day is asked, what lots hold is what was posted.
    fn looked_at_later(&mut self) {
        let mut book = self.book.clone();
        book.until(midnight(soon(self.day, self.random.below(60))));
        let mut accounts = self.accounts.clone();
        add_up(&mut accounts, &book.entries()[self.posted..]);
        check(&book, &accounts);
    }

    /// What was posted by each day in the past comes to what everybody had on that day.
    fn is_right_in_the_past(&self) {
        let mut accounts = BTreeMap::new();
        let mut entries = self.book.entries();
        for (day, had) in &self.history {
            let by_then = entries.iter().take_while(|entry| entry.at <= *day).count();
            add_up(&mut accounts, &entries[..by_then]);
            entries = &entries[by_then..];
            for (account, unit, amount) in had {
                let posted = accounts.get(&(account.clone(), unit.clone())).copied();
                assert_eq!(posted.unwrap_or_default(), *amount, "{account} on {day}");
            }
        }
    }

    /// What is taken back after it was spent is owed, below zero or forgiven, as the currency says.
    fn reversed_after_spending(&mut self) {
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
        self.book.rank();
        self.holds();
    }

    /// Asked day by day or at once, time does the same.
    fn pass(&mut self, days: u64) {
        let mut at_once = self.book.clone();
        self.told.push(format!("{days} days"));
        for _ in 0..days {
            self.history.push((midnight(self.day), balances(&self.book)));
            self.day = soon(self.day, 1);
            self.book.until(midnight(self.day));
            if self.posted < self.book.entries().len() {
                self.holds();
            }
        }
        at_once.until(midnight(self.day));
        if self.book != at_once {
            let [days, once] = [&self.book, &at_once].map(|book| format!("{book:#?}"));
            assert_same("asking day by day equals asking once", &days, &once);
        }
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
        let gave = self.book.credits.len() != book.credits.len();
        if !paid && !gave {
            assert_had("parted at once", &book, &self.book);
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

/// What everybody can use.
fn balances(book: &Book) -> Vec<(Account, Unit, Decimal)> {
    let has = |purse: &Purse| {
        let (unit, owner) = (purse.unit.clone(), purse.owner.clone());
        (Account::Open(unit.clone(), owner), unit, purse.balance())
    };
    book.purses().map(has).collect()
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
        tale.is_right_in_the_past();
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
