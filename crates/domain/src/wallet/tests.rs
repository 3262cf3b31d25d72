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
use holds::{add_up, assert_same, check};
use slices::{Award, Deed, Shelf};
use world::{Random, wallet};

mod agreements;
mod funds;
mod holds;
mod slices;
mod time;
mod trials;
mod world;

const STORIES: u64 = 2_000;
const STEPS: u64 = 20;
const STORIES_IN_PIECES: u64 = 80;
const PARTNERS: [&str; 4] = ["P1", "P2", "P3", "P4"];

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
    /// Everything is done in a slice, too.
    is_sliced: bool,
    /// What slices have kept of everything.
    kept: Option<Shelf>,
}

impl Tale {
    fn new(seed: u64) -> Tale {
        let mut random = Random(seed);
        let has_everything = random.chance(1, 2);
        Tale::of(random, has_everything)
    }

    fn of(mut random: Random, has_everything: bool) -> Tale {
        let wallet = wallet(&mut random, has_everything);
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
        let (posted, told, is_sliced, kept) = (0, Vec::new(), false, None);
        Tale { random, book, day, keys, debited, history, posted, accounts, told, is_sliced, kept }
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
        let (kind, mut key): (&str, Arc<str>) = ("K", Arc::from(format!("K{number}")));
        let day = self.day;
        let command = match random.below(37) {
            0..8 => Command::Credit(ByHand {
                partner: random.partner(),
                unit,
                amount: random.amount(),
                subtype: random.maybe(|random| random.pick(&["base", "bonus"]).to_owned()),
                expires: random.chance(1, 5).then(|| Ends::After(soon(day, random.below(9)))),
                usable: random.chance(1, 5).then(|| midnight(soon(day, random.below(6)))),
                promotion: promotion(random),
                sponsors: sponsors(random),
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
                let of = any_of(random, &self.keys);
                Command::Clawback { of, amount: random.maybe(Random::amount) }
            }
            20 => {
                let (from, to) = (random.partner(), random.partner());
                Command::Transfer { from, to, unit, amount: random.amount() }
            }
            21 | 22 => {
                key = if random.chance(1, 4) { any_of(random, &self.keys) } else { old(random) };
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
                let parts: Vec<&PartnerCode> = self.book.merges.keys().collect();
                let part = if parts.is_empty() { "P1" } else { random.pick(&parts).as_str() };
                key = Arc::from(if random.chance(1, 4) { random.pick(&PARTNERS) } else { part });
                Command::Unmerge
            }
            25..30 => return self.other_command(key),
            30..36 => return self.third_command(key),
            _ => {
                key = Arc::from(format!("{kind}{}", random.below(30)));
                let (partner, amount) = (random.partner(), random.amount());
                Command::Debit { partner, unit, amount, reason: None }
            }
        };
        (key, command)
    }

    /// Of vouchers, rewards and tiers.
    fn other_command(&mut self, made: Arc<str>) -> (Arc<str>, Command) {
        let (mut key, day, random) = (made, self.day, &mut self.random);
        let command = match random.below(5) {
            0 => {
                let (partner, voucher) = (random.maybe(Random::partner), Arc::from("V"));
                let count = random.chance(1, 4).then_some(2);
                let (value, code, expires, promotion) = (None, None, None, promotion(random));
                let of = Issue { voucher, partner, value, code, expires, count, promotion };
                Command::Issue(of)
            }
            1 => {
                let (voucher, partner) =
                    (any_of(random, &self.keys), random.maybe(Random::partner));
                let amount = random.maybe(|random| Decimal::from(1 + random.below(9)));
                let (order, order_amount, due, tax) = (None, None, None, None);
                let line = UseVoucher { voucher, partner, amount, order, order_amount, due, tax };
                if random.chance(1, 3) {
                    Command::ReserveVoucher(line, None)
                } else {
                    Command::UseVoucher(line)
                }
            }
            2 | 3 => {
                let reward = Arc::from(random.pick(&["R", "C", "B"]));
                let (partner, quantity) = (random.partner(), 1);
                let line = OrderReward { partner, reward, quantity };
                if random.chance(1, 3) {
                    Command::ReserveReward(line, None)
                } else {
                    Command::OrderReward(line)
                }
            }
            _ => {
                key = Arc::from(random.pick(&PARTNERS));
                let tier = random.maybe(|random| random.pick(&["a", "b", "c"]).to_owned());
                let until = random.maybe(|random| match random.below(4) {
                    0 => HeldUntil::NextCheck,
                    _ => HeldUntil::After(soon(day, random.below(9))),
                });
                let group = random.pick(&["level", "level", "size"]).to_owned();
                let hold = random.pick(&Hold::ALL);
                Command::Assign(SetTier { group, tier, hold, until, reason: None })
            }
        };
        (key, command)
    }

    /// Of promotions, sponsors and games.
    fn third_command(&mut self, made: Arc<str>) -> (Arc<str>, Command) {
        let (mut key, random) = (made, &mut self.random);
        let vouchers: Vec<Arc<str>> = self.book.vouchers.all().map(|it| it.code.clone()).collect();
        let command = match random.below(10) {
            0 => {
                let sponsor = Arc::from(random.pick(&["HOTEL", "AIR"]));
                Command::TopUp { sponsor, amount: random.amount() }
            }
            1..4 => {
                let draw = Decimal::new(i64::try_from(random.below(100)).expect("few"), 2);
                Command::Play(Play { game: Arc::from("WHEEL"), partner: random.partner(), draw })
            }
            4 | 5 => {
                key = Arc::from(random.pick(&PARTNERS));
                Command::Enrol { promotion: Arc::from("points") }
            }
            6 => {
                key = any_of(random, &vouchers);
                Command::Cancel { amount: None, expires: None, reason: None }
            }
            7 => {
                let (voucher, partner) = (Arc::from("V"), random.maybe(Random::partner));
                let count = random.chance(1, 2).then_some(2);
                let (value, code, expires) = (None, None, None);
                let promotion = Some(Arc::from(random.pick(&["uses", "pieces", "cost"])));
                let of = Issue { voucher, partner, value, code, expires, count, promotion };
                Command::Issue(of)
            }
            8 => {
                key = Arc::from(random.pick(&PARTNERS));
                Command::Leave { promotion: Arc::from(random.pick(&["points", "uses"])) }
            }
            _ => {
                let is_rare = random.chance(1, 4);
                let code = if is_rare { random.pick(&["uses", "points"]) } else { "WHEEL" };
                key = if is_rare { Arc::from(code) } else { any_of(random, &self.keys) };
                Command::Cancel { amount: None, expires: None, reason: None }
            }
        };
        (key, command)
    }

    /// Does something, in a slice as well if that is asked.
    fn act(&mut self, deed: &Deed) -> Result<(), Refusal> {
        let before = self.is_sliced.then(|| self.book.clone());
        let answer = deed.on(&mut self.book);
        if let Some(before) = before {
            self.done_in_a_slice(&before, deed, answer);
            self.comes_apart();
        }
        if let Some(mut shelf) = self.kept.take() {
            self.kept_by_slices(&mut shelf, deed, answer);
            self.kept = Some(shelf);
        }
        answer
    }

    fn step(&mut self) {
        if self.random.chance(1, 3) {
            let days = self.random.below(6);
            self.pass(days);
        }
        if self.random.chance(1, 10) {
            let partner = self.random.partner();
            self.told.push(format!("{} {partner} is active", self.day));
            let _ = self.act(&Deed::Active(partner, self.day));
        }
        if self.random.chance(1, 8) {
            self.earn();
        }
        let (key, command) = self.command();
        let before = self.book.clone();
        self.told.push(format!("{} {key} {command:?}", self.day));
        let answer = self.act(&Deed::Line(key.clone(), midnight(self.day), command.clone()));
        if let Some(told) = self.told.last_mut() {
            told.push_str(&format!(" -> {answer:?}"));
        }
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

    /// What a term awards, more or less of it than before.
    fn earn(&mut self) {
        let random = &mut self.random;
        let number = random.below(3);
        let partner = PARTNERS[usize::try_from(number).expect("below 3")];
        let given_as =
            random.pick(&[GivenAs::Points, GivenAs::Points, GivenAs::Vouchers, GivenAs::Badge]);
        let (unit, promotion) = match given_as {
            GivenAs::Points => ("STAR", promotion(random)),
            GivenAs::Vouchers => ("V", promotion(random)),
            GivenAs::Badge => ("D", None),
        };
        let sponsors = sponsors(random);
        let grant = Grant {
            name: Arc::from("S1"),
            partner: PartnerCode::new(partner),
            unit: Arc::from(unit),
            subtype: 0,
            on: midnight(self.day),
            expires: None,
            usable: None,
            lifetime: None,
            escrow: None,
        };
        let total = match given_as {
            GivenAs::Points => random.amount() - Decimal::from(20),
            _ => Decimal::from(random.below(4)),
        };
        let of = promotion.as_deref().unwrap_or("none");
        let key = Arc::from(format!("award-{partner}-{unit}-{of}"));
        let award = Award { key, grant, given_as, promotion, sponsors, total };
        self.told.push(format!("{} {award:?}", self.day));
        let _ = self.act(&Deed::Award(award));
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
        if self.is_sliced {
            let before = at_once.clone();
            for partner in PARTNERS {
                let deed = Deed::Until(PartnerCode::new(partner), midnight(self.day));
                self.done_in_a_slice(&before, &deed, Ok(()));
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

/// The promotion of what is given, if it has one.
fn promotion(random: &mut Random) -> Option<Unit> {
    let is_in = random.chance(1, 3);
    let code = random.pick(&["uses", "points", "pieces", "cost"]);
    is_in.then(|| Arc::from(code))
}

/// Who bears what is given.
fn sponsors(random: &mut Random) -> Vec<Bearer> {
    let shares: &[(&str, i64)] = random.pick(&[
        &[][..],
        &[],
        &[("HOTEL", 60)],
        &[("AIR", 100)],
        &[("HOTEL", 30), ("AIR", 70)],
    ]);
    let bearer = |(code, share): &(&str, i64)| Bearer {
        sponsor: Arc::from(*code),
        share: Decimal::new(*share, 2),
    };
    shares.iter().map(bearer).collect()
}

/// A key that was used, if any was.
fn any_of(random: &mut Random, keys: &[Arc<str>]) -> Arc<str> {
    if keys.is_empty() { Arc::from("nobody") } else { random.pick(keys) }
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
