//! Random stories of packs, and what holds after every step of them.

use std::collections::BTreeMap;

use jiff::civil::{DateTime, date};

use super::*;
use crate::amount::Currency;
use crate::case::parse;
use crate::wallet::{ByHand, Command, People};

const STORIES: u64 = 600;
const STEPS: u64 = 40;

const CASE: &str = r"
case: sponsors
programs: [ { program: club, currency: EUR, starts: 2026-01-01, terms: [ { term: t, measure: sum(amount), rate: 1% } ] } ]
points: { STAR: { decimals: 1, cost: 0.03 } }
pools: { TEAM: { members: [P1], share: 20%, points: STAR } }
sponsors:
  HOTEL: { points: STAR, factor: 1.5, alert: 50 }
  SHOP: { points: STAR, factor: 0.3 }
  AIR: { billing: postpaid, points: STAR, factor: 2, cost: 0.055 }
";

/// A small generator of numbers: the same seed makes the same story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn amount(&mut self, most: u64) -> Decimal {
        Decimal::from(1 + self.roll(most)) / Decimal::TEN
    }

    fn bearers(&mut self) -> Vec<Bearer> {
        let some: &[(&str, i64)] = match self.roll(6) {
            0 => &[],
            1 => &[("HOTEL", 100)],
            2 => &[("SHOP", 55)],
            3 => &[("AIR", 100)],
            4 => &[("AIR", 30), ("HOTEL", 33)],
            _ => &[("HOTEL", 50), ("SHOP", 50)],
        };
        let bearer = |(sponsor, percent): &(&str, i64)| Bearer {
            sponsor: Arc::from(*sponsor),
            share: Decimal::new(*percent, 2),
        };
        some.iter().map(bearer).collect()
    }
}

fn book() -> Book {
    let wallet = parse(CASE).value.expect("a case").wallet.expect("a wallet");
    Book::new(wallet, Currency::parse("EUR"), People::default())
}

fn step(book: &mut Book, dice: &mut Dice, nth: u64, on: DateTime) {
    let key: Arc<str> = Arc::from(format!("K{nth}"));
    let other: Arc<str> = Arc::from(format!("K{}", dice.roll(nth + 1)));
    let partner = PartnerCode::new(["P1", "P2"][usize::from(dice.roll(2) == 0)]);
    let unit: Unit = Arc::from("STAR");
    let amount = (dice.roll(2) == 0).then(|| dice.amount(400));
    let command = match dice.roll(10) {
        0..4 => Command::Credit(ByHand {
            partner,
            unit,
            amount: dice.amount(900),
            subtype: None,
            expires: None,
            usable: None,
            promotion: None,
            sponsors: dice.bearers(),
            reason: None,
        }),
        4 => {
            let sponsor = Arc::from(["HOTEL", "SHOP", "AIR"][usize::from(dice.roll(3) == 0)]);
            Command::TopUp { sponsor, amount: dice.amount(1500) }
        }
        5 => Command::Clawback { of: other, amount },
        6 => {
            let _ = book.act(&other, on, &Command::Cancel { amount, expires: None, reason: None });
            return;
        }
        _ => {
            // What an award is by now: more, less, or below zero.
            let id: Arc<str> = Arc::from(format!("club/t/{}", dice.roll(4)));
            let grant = Grant {
                name: id.clone(),
                partner,
                unit,
                subtype: 0,
                on,
                expires: None,
                usable: None,
                lifetime: None,
                escrow: None,
            };
            book.borne_by(&id, &grant, &dice.bearers());
            book.earned(&id, &grant, dice.amount(900) - Decimal::from(20));
            return;
        }
    };
    let _ = book.act(&key, on, &command);
}

/// What postings bring an account.
fn balance(book: &Book, account: &Account) -> Decimal {
    let mut sum = Decimal::ZERO;
    for entry in book.entries() {
        let posting = &entry.posting;
        sum += if posting.credit == *account { posting.amount } else { Decimal::ZERO };
        sum -= if posting.debit == *account { posting.amount } else { Decimal::ZERO };
    }
    sum
}

fn holds(book: &Book, said: &str) {
    let mut per_sponsor: BTreeMap<Unit, SponsorAccount> = BTreeMap::new();
    for (key, borne) in &book.sponsored.credits {
        let queue = book.sponsored.queue.iter().filter(|waits| waits.key == *key);
        let waiting: Decimal = queue.map(|waits| waits.amount).sum();
        assert_eq!(borne.waiting, waiting, "{said}: {key} waits");
        for part in &borne.parts {
            let used = book.taken_of(borne, &part.of, book.left_of(key));
            assert_eq!(part.used, used, "{said}: {key} of {}", part.of.sponsor);
            let account = per_sponsor.entry(part.of.sponsor.clone()).or_default();
            account.used += part.used;
            account.owed += part.owed;
        }
    }
    for (code, account) in &book.sponsored.accounts {
        let of = per_sponsor.get(code).copied().unwrap_or_default();
        assert_eq!((account.used, account.owed), (of.used, of.owed), "{said}: {code}");
        if book.wallet.sponsors[code].billing == Billing::Prepaid {
            assert!(Decimal::ZERO <= book.pack(code), "{said}: {code} gave what it had not");
            let posted = balance(book, &Account::Pack(code.clone()));
            assert_eq!(posted, book.pack(code), "{said}: the pack of {code}");
        } else {
            let posted = -balance(book, &Account::Receivable(code.clone()));
            assert_eq!(posted, account.owed, "{said}: {code} owes");
        }
    }
    // The first that waits is short of a pack, and everybody else stands behind another one or is.
    let mut before: BTreeSet<&Unit> = BTreeSet::new();
    for waits in &book.sponsored.queue {
        assert!(Decimal::ZERO < waits.amount, "{said}: {} waits for nothing", waits.key);
        let borne = &book.sponsored.credits[&waits.key];
        let is_short = !book.can_pay(borne, book.left_of(&waits.key) + waits.amount);
        let is_behind = book.packs_of(&waits.key).any(|pack| before.contains(pack));
        assert!(is_short || is_behind, "{said}: {} waits for no reason", waits.key);
        before.extend(book.packs_of(&waits.key));
    }
}

#[test]
fn packs_hold_what_was_bought_less_what_is_borne() {
    let (mut waited, mut followed) = (0, 0);
    for seed in 0..STORIES {
        let mut dice = Dice(seed);
        let mut book = book();
        for nth in 0..STEPS {
            let on = date(2026, 1, 1)
                .at(0, 0, 0, 0)
                .saturating_add(jiff::Span::new().days(i64::try_from(nth).expect("few")));
            book.until(on);
            let before = (book.sponsored.queue.len(), book.clone());
            step(&mut book, &mut dice, nth, on);
            let after = book.sponsored.queue.len();
            waited += u64::from(before.0 < after);
            followed += u64::from(after < before.0);
            holds(&book, &format!("seed {seed}, step {nth}"));
        }
    }
    assert!(1_000 < waited && 500 < followed, "stories are of use: {waited}, {followed}");
}

/// Told by the key of the line that was refused.
#[test]
fn what_is_refused_leaves_nothing_behind() {
    let mut book = book();
    let before = book.clone();
    let on = date(2026, 1, 1).at(0, 0, 0, 0);
    for (sponsor, amount, refusal) in [
        ("TRAIN", "1", Refusal::UnknownCode),
        ("AIR", "1", Refusal::WrongUnit),
        ("HOTEL", "0.05", Refusal::WrongUnit),
        ("HOTEL", "-1", Refusal::InvalidAmount),
    ] {
        let amount = amount.parse().expect("a number");
        let command = Command::TopUp { sponsor: Arc::from(sponsor), amount };
        assert_eq!(book.act(&Arc::from("B1"), on, &command), Err(refusal), "{sponsor} {amount}");
        assert!(book == before, "{sponsor} {amount} leaves something");
    }
}
