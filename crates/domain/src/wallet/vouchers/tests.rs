use std::collections::BTreeMap;

use jiff::civil::date;

use super::*;
use crate::amount::Currency;
use crate::case::parse;
use crate::wallet::{Command, OrderReward, People, Refusal, Spend, SpendAmount, Wallet};

const CASE: &str = r#"
case: vouchers
programs: [ { program: club, currency: EUR, starts: 2026-01-01, terms: [ { term: t, measure: sum(amount), rate: 1% } ] } ]
points: { STAR: { worth: 0.05 }, MILES: { kind: qualifying } }
vouchers:
  GIFT: { value: 100, expiry: 20 days }
  ONCE: { value: 50, partial: false }
  TENTH: { percent: 12%, at_most: 30 }
  CAP: { goods: cap }
  OPEN: { value: open }
rewards:
  card: { points: STAR, price: 500, when: partner.level == "gold", gives: { voucher: GIFT } }
badges: { expert: { expiry: 2 years }, plain: }
timeline:
  - { on: 2026-05-04, issue: V1, voucher: GIFT }
  - { on: 2026-05-05, redeem: X1, voucher: V1, amount: 10 }
  - { on: 2026-05-05, redeem: X2, partner: P1, reward: card }
"#;

/// One case a line: `from => to => what is said of it`.
#[track_caller]
fn check(cases: &str) {
    assert!(parse(CASE).problems.is_empty(), "{:?}", parse(CASE).problems);
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let parts: Vec<&str> = case.split(" => ").collect();
        let [from, to, says] = parts.as_slice() else { panic!("`{case}` is not a case") };
        assert!(CASE.contains(from), "`{from}` is not there");
        let said: Vec<String> = parse(&CASE.replacen(from, to, 1))
            .problems
            .iter()
            .map(|problem| problem.message.clone())
            .collect();
        assert!(said.iter().any(|said| said.contains(says)), "`{to}` says {said:?}");
    }
}

#[test]
fn what_is_wrong_with_vouchers_and_rewards_is_said() {
    check(
        "
        value: 50, => value: 50, percent: 5%, => a voucher pays in one way
        { goods: cap } => { cost: 5 } => the voucher says not what it pays
        goods: cap => goods: cap, partial: false => `partial` without `value`
        goods: cap => goods: cap, at_most: 5 => `at_most` without `percent`
        goods: cap => goods: cap, colour: red => unknown key `colour` in a voucher
        value: 50 => value: 0 => `value` is not above zero
        percent: 12% => percent: 120% => `percent` is not from 0 to 100 %
        goods: cap => goods: cap, starts: 2026-06-01, ends: 2026-05-01 => `ends` is before `starts`
        goods: cap => goods: cap, expiry: { after: 1 year, since: activity } => `since: activity` of a voucher
        goods: cap => goods: cap, code: { length: 3 } => `length` is not from 4 to 32
        goods: cap => goods: cap, minimum: { with_tax: true } => `order` is required
        { voucher: GIFT } => { voucher: GITF } => unknown voucher `GITF` of reward `card`
        { voucher: GIFT } => { voucher: OPEN } => voucher `OPEN` of reward `card` has an open value
        { voucher: GIFT } => { badge: master } => unknown badge `master` of reward `card`
        { voucher: GIFT } => { cash: 5, badge: expert } => a reward gives one thing
        { voucher: GIFT } => nothing => `nothing` is no word of `gives`
        points: STAR, price => points: STARS, price => unknown point currency `STARS` of reward `card`
        points: STAR, price => points: MILES, price => points `MILES` of reward `card` cannot be spent
        price: 500, => price: 0, => `price` is not above zero
        partner.level == => fact.channel == => reads more than the partner
        rate: 1% => rate: 1%, reward: { voucher: GITF } => unknown voucher `GITF` of term `t`
        rate: 1% => rate: 1%, reward: { voucher: OPEN } => voucher `OPEN` of term `t` has an open value
        rate: 1% => rate: 1%, reward: { badge: master } => unknown badge `master` of term `t`
        issue: V1, voucher: GIFT => issue: V1 => `voucher` is required
        issue: V1, voucher: GIFT => issue: V1, voucher: GIFT, code: A, count: 2 => `code` stands beside `count`
        issue: V1, voucher: GIFT => issue: V1, voucher: GIFT, count: 1000000 => `count` is above 100000
        voucher: V1, amount: 10 => voucher: V1, points: STAR => `points` in a line about `voucher`
        reward: card => reward: card, order: O1 => `order` in a line about `reward`
        voucher: V1, amount: 10 => points: STAR, partner: P1, tax: 4, amount: 10 => `tax` in a line about `points`
        ",
    );
}

/// A small generator of numbers: the same seed makes the same story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[usize::try_from(self.roll(of.len() as u64)).expect("few")]
    }

    fn maybe(&mut self, amount: u64) -> Option<Decimal> {
        (self.roll(2) == 0).then(|| Decimal::from(self.roll(amount)))
    }
}

fn wallet() -> Arc<Wallet> {
    parse(CASE).value.expect("a case").wallet.expect("a wallet")
}

/// Something that can be asked, sensible or not.
fn command(dice: &mut Dice, nth: u64) -> (Arc<str>, Command) {
    let own: Arc<str> = Arc::from(format!("K{nth}"));
    let other: Arc<str> = Arc::from(format!("K{}", dice.roll(nth + 1)));
    let partner = PartnerCode::new(dice.one(&["P1", "P2"]));
    let used = |dice: &mut Dice| UseVoucher {
        voucher: Arc::from(format!("K{}{}", dice.roll(nth + 1), dice.one(&["", "-1"]))),
        partner: (dice.roll(4) == 0).then(|| partner.clone()),
        amount: dice.maybe(60),
        order: (dice.roll(2) == 0).then(|| dice.one(&["O1", "O2"]).to_owned()),
        order_amount: dice.maybe(300),
        due: dice.maybe(300),
        tax: dice.maybe(30),
    };
    let order = || OrderReward { partner: partner.clone(), reward: Arc::from("card"), quantity: 2 };
    let until = |dice: &mut Dice| {
        (dice.roll(2) == 0).then(|| crate::wallet::Ends::After(date(2026, 5, 20)))
    };
    match dice.roll(12) {
        0 | 1 => {
            let issue = Issue {
                voucher: Arc::from(dice.one(&["GIFT", "ONCE", "TENTH", "CAP", "OPEN"])),
                partner: (dice.roll(2) == 0).then_some(partner),
                value: dice.maybe(90),
                code: None,
                expires: None,
                count: (dice.roll(3) == 0).then_some(2),
                promotion: None,
            };
            (own, Command::Issue(issue))
        }
        2..=4 => (own, Command::UseVoucher(used(dice))),
        5 | 6 => {
            let line = used(dice);
            (own, Command::ReserveVoucher(line, until(dice)))
        }
        7 => (other, Command::Commit { amount: dice.maybe(40) }),
        8 => (other, Command::Release),
        9 => {
            let amount = dice.maybe(40);
            (other, Command::Cancel { amount, expires: until(dice), reason: None })
        }
        10 => (own, Command::OrderReward(order())),
        _ => (own, Command::ReserveReward(order(), until(dice))),
    }
}

/// What is open and reserved by the ledger is what vouchers hold, and nothing is below zero.
fn balances(book: &Book, seed: u64) {
    let mut accounts: BTreeMap<String, Decimal> = BTreeMap::new();
    for entry in book.entries() {
        let posting = &entry.posting;
        *accounts.entry(posting.debit.to_string()).or_default() -= posting.amount;
        *accounts.entry(posting.credit.to_string()).or_default() += posting.amount;
    }
    let of = |account: &str| accounts.get(account).copied().unwrap_or_default();
    for voucher in book.vouchers.by_code.values() {
        let open = of(&voucher.open().to_string());
        assert_eq!(open, voucher.lot.holds(Place::Open), "seed {seed}, open of {}", voucher.code);
        let uses = book.vouchers.uses.iter().filter(|(_, of)| of.voucher == voucher.code);
        let (mut reserved, mut spent) = (Decimal::ZERO, Decimal::ZERO);
        for (key, used) in uses {
            reserved += of(&format!("reserved/{}/{key}", voucher.kind));
            let is_spent = used.state.is_live() && used.state.lapses().is_none();
            spent += if is_spent { used.left() } else { Decimal::ZERO };
        }
        assert_eq!(reserved, voucher.lot.holds(Place::Reserved), "seed {seed}");
        assert_eq!(spent, voucher.lot.holds(Place::Redeemed), "seed {seed}");
        assert!(voucher.lapsed <= voucher.lot.holds(Place::Expired), "seed {seed}");
        let all: Decimal = Place::ALL.iter().map(|place| voucher.lot.holds(*place)).sum();
        assert_eq!(all, voucher.lot.credited, "seed {seed}");
    }
    for line in book.report().iter().filter(|line| line.list == List::Redemptions) {
        for (word, said) in &line.says {
            if let Said::Number(number) = said {
                assert!(Decimal::ZERO <= *number, "seed {seed}: {word} of {} {number}", line.of);
            }
        }
    }
}

/// What was used and is given back at once leaves vouchers as they were.
fn undoing_equals_never_having_done(before: &Book, after: &Book, key: &Arc<str>, done: &Command) {
    let undo = match done {
        Command::UseVoucher(_) | Command::OrderReward(_) => {
            Command::Cancel { amount: None, expires: None, reason: None }
        }
        Command::ReserveVoucher(..)
            if after.vouchers.uses.get(key).is_some_and(|of| of.state.lapses().is_some()) =>
        {
            Command::Release
        }
        _ => return,
    };
    let mut undone = after.clone();
    undone.act(key, after.now, &undo).expect("it can be undone");
    let issued_before = |line: &Line| before.vouchers.by_code.contains_key(&*line.of);
    let mut lines = undone.report_vouchers();
    lines.retain(issued_before);
    assert_eq!(lines, before.report_vouchers(), "{done:?}");
    let open = |book: &Book| book.purses().map(crate::wallet::Purse::balance).sum::<Decimal>();
    assert_eq!(open(&undone), open(before), "{done:?}");
}

#[test]
fn whatever_is_asked_the_ledger_holds_what_vouchers_hold_and_refusals_leave_nothing() {
    let wallet = wallet();
    let mut done = 0;
    for seed in 0..150 {
        let mut dice = Dice(seed);
        let mut people = People::default();
        let master = Arc::make_mut(&mut people.master);
        let gold = BTreeMap::from([("level".to_owned(), "gold".to_owned())]);
        master.partners.insert(PartnerCode::new("P1"), crate::master::Partner::new(gold));
        let mut book = Book::new(wallet.clone(), Currency::parse("EUR"), people);
        let credit = crate::wallet::ByHand {
            partner: PartnerCode::new("P1"),
            unit: Arc::from("STAR"),
            amount: Decimal::from(4000),
            subtype: None,
            expires: None,
            usable: None,
            promotion: None,
            sponsors: Vec::new(),
            reason: None,
        };
        let mut now = date(2026, 5, 1).at(0, 0, 0, 0);
        book.until(now);
        book.act(&Arc::from("C"), now, &Command::Credit(credit)).expect("a credit");
        for nth in 0..60 {
            now = now.checked_add(jiff::ToSpan::hours(12)).expect("a moment");
            book.until(now);
            let (key, asked) = command(&mut dice, nth);
            let before = book.clone();
            match book.act(&key, now, &asked) {
                Ok(()) => {
                    done += 1;
                    undoing_equals_never_having_done(&before, &book, &key, &asked);
                }
                Err(_) => assert_eq!(before.report(), book.report(), "seed {seed}: {asked:?}"),
            }
            balances(&book, seed);
        }
    }
    assert!(1200 < done, "too much of it is refused: {done} done");
}

#[test]
fn an_order_without_room_for_its_points_is_refused_before_anything_is_taken() {
    let mut book = Book::new(wallet(), Currency::parse("EUR"), People::default());
    let partner = PartnerCode::new("P1");
    let now = date(2026, 5, 1).at(0, 0, 0, 0);
    book.until(now);
    let order = OrderReward { partner: partner.clone(), reward: Arc::from("card"), quantity: 1 };
    let refused = book.act(&Arc::from("X"), now, &Command::OrderReward(order));
    assert_eq!(refused, Err(Refusal::NotEligible));
    let spend = Spend {
        partner,
        unit: Arc::from("STAR"),
        amount: SpendAmount::Exactly(Decimal::ONE),
        order: None,
        order_amount: None,
    };
    let refused = book.act(&Arc::from("Y"), now, &Command::Redeem(spend));
    assert_eq!(refused, Err(Refusal::Insufficient));
    assert!(book.entries().is_empty());
}
