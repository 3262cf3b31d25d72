use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::date;
use rust_decimal::Decimal;

use super::*;
use crate::amount::Currency;
use crate::case::parse;
use crate::wallet::{ByHand, Command, Grant, Issue, People, Said, Wallet};

const CASE: &str = r#"
case: promotions
programs: []
currency: EUR
points:
  STAR: { cost: 0.04 }
vouchers:
  GIFT: { value: 20, cost: 15, limit: { per_partner: 9 } }
badges: { expert: {} }
promotions:
  uses: { limits: { uses: 9, uses_per_partner: 4 } }
  points: { enrol: required, limits: { points: 300, points_per_partner: 180 }, cut: true }
  whole: { starts: 2026-05-06, ends: 2026-05-20T12:00:00, limits: { points: 300 } }
  pieces: { limits: { vouchers: 7 }, cut: true }
  cost: { when: partner.level == "gold", limits: { liability: 60 } }
  costly: { limits: { liability: 61 }, cut: true }
"#;

fn wallet() -> Arc<Wallet> {
    let parsed = parse(CASE);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    parsed.value.and_then(|case| case.wallet).expect("a wallet")
}

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.roll(of.len() as u64)).unwrap_or_default();
        of[at]
    }
}

const PROMOTIONS: [&str; 6] = ["uses", "points", "whole", "pieces", "cost", "costly"];
const PARTNERS: [&str; 3] = ["P1", "P2", "P3"];

/// What a book says of a promotion, by partner.
fn said(book: &Book, promotion: &str) -> Vec<(Option<String>, BTreeMap<&'static str, Decimal>)> {
    let own = book.promotion_lines().into_iter().filter(|line| line.of == promotion);
    own.map(|line| {
        let partner = line.says.iter().find_map(|(word, said)| match said {
            Said::Text(text) if *word == "partner" => Some(text.clone()),
            _ => None,
        });
        let numbers = line.says.into_iter().filter_map(|(word, said)| match said {
            Said::Number(number) => Some((word, number)),
            _ => None,
        });
        (partner, numbers.collect())
    })
    .collect()
}

fn keeps_its_limits(book: &Book, told: &str) {
    for promotion in PROMOTIONS {
        let limits = &book.wallet().promotions[promotion].limits;
        let lines = said(book, promotion);
        let all = |word: &str| lines.iter().map(|(_, numbers)| numbers[word]).sum::<Decimal>();
        let within = |word: &str, limit: Option<Decimal>| {
            assert!(limit.is_none_or(|limit| all(word) <= limit), "{promotion} {word}: {told}");
        };
        within("uses", limits.uses.map(Decimal::from));
        within("points", limits.points);
        within("vouchers", limits.vouchers.map(Decimal::from));
        within("liability", limits.liability);
        for (_, numbers) in lines.iter().filter(|(partner, _)| partner.is_some()) {
            let per = limits.uses_per_partner.map(Decimal::from);
            assert!(per.is_none_or(|limit| numbers["uses"] <= limit), "{promotion}: {told}");
            let per = limits.points_per_partner;
            assert!(per.is_none_or(|limit| numbers["points"] <= limit), "{promotion}: {told}");
        }
    }
}

/// One thing that happens: a line, or an award that is another one now.
fn happen(dice: &mut Dice, book: &mut Book, keys: &mut Vec<Arc<str>>, nth: u64) -> Option<Refusal> {
    let now = book.now;
    let promotion: Unit = Arc::from(dice.one(&PROMOTIONS));
    let partner = PartnerCode::new(dice.one(&PARTNERS));
    let own: Arc<str> = Arc::from(format!("K{nth}"));
    let amount = Decimal::from(dice.roll(130));
    let (key, command) = match dice.roll(12) {
        0 | 1 => {
            let credit = ByHand {
                partner,
                unit: Arc::from("STAR"),
                amount,
                subtype: None,
                expires: None,
                usable: None,
                promotion: Some(promotion),
                sponsors: Vec::new(),
                reason: None,
            };
            keys.push(own.clone());
            (own, Command::Credit(credit))
        }
        2 => {
            let issue = Issue {
                voucher: Arc::from("GIFT"),
                partner: (dice.roll(2) == 0).then_some(partner),
                value: None,
                code: None,
                expires: None,
                count: (dice.roll(2) == 0).then_some(3),
                promotion: Some(promotion),
            };
            keys.push(own.clone());
            (own, Command::Issue(issue))
        }
        3 => (Arc::from(partner.as_str()), Command::Enrol { promotion }),
        4 if dice.roll(3) == 0 => (Arc::from(partner.as_str()), Command::Leave { promotion }),
        5 => {
            let of = keys.get(usize::try_from(dice.roll(9)).unwrap_or_default()).cloned();
            let command = Command::Cancel { amount: None, expires: None, reason: None };
            (of.unwrap_or(own), command)
        }
        6 => {
            let of = keys.last().cloned().unwrap_or_else(|| own.clone());
            (own, Command::Clawback { of, amount: Some(amount) })
        }
        _ => {
            let (given_as, unit, total) = match dice.roll(5) {
                0 => (GivenAs::Badge, "expert", Decimal::from(dice.roll(2))),
                1 => (GivenAs::Vouchers, "GIFT", Decimal::from(dice.roll(5))),
                _ => (GivenAs::Points, "STAR", amount - Decimal::from(20)),
            };
            let day = now.date().checked_sub(dice.roll(4).cast_signed().days()).expect("a day");
            // An award by itself has its fact's day, and may be said again.
            let award: Arc<str> =
                Arc::from(format!("{promotion}/{unit}/{partner}/{}", dice.roll(6)));
            let grant = Grant {
                name: award.clone(),
                partner,
                unit: Arc::from(unit),
                subtype: 0,
                on: day.at(0, 0, 0, 0),
                expires: None,
                usable: None,
                lifetime: None,
                escrow: None,
            };
            let period = (dice.roll(3) == 0).then_some(now);
            book.earned_under(&promotion, &award, (given_as, &grant), period, total);
            return None;
        }
    };
    book.act(&key, now, &command).err()
}

#[test]
fn limits_hold_whatever_happens_and_refusals_leave_nothing() {
    let wallet = wallet();
    let (mut refused, mut done) = (0, 0);
    for seed in 0..50 {
        let mut dice = Dice(seed);
        let mut people = People::default();
        let gold = BTreeMap::from([("level".to_owned(), "gold".to_owned())]);
        let master = Arc::make_mut(&mut people.master);
        for partner in ["P1", "P3"] {
            let gold = crate::master::Partner::new(gold.clone());
            master.partners.insert(PartnerCode::new(partner), gold);
        }
        let mut book = Book::new(wallet.clone(), Currency::parse("EUR"), people);
        let (mut now, mut keys) = (date(2026, 5, 4).at(0, 0, 0, 0), Vec::new());
        for nth in 0..90 {
            now = now.checked_add(5.hours()).expect("a moment");
            book.until(now);
            let before = book.clone();
            match happen(&mut dice, &mut book, &mut keys, nth) {
                Some(_) => {
                    assert_eq!(before, book, "seed {seed}, {nth}");
                    refused += 1;
                }
                None => done += 1,
            }
            keeps_its_limits(&book, &format!("seed {seed}, {nth}"));
            let uses = |book: &Book| PROMOTIONS.map(|it| total_uses(book, it));
            let (was, is) = (uses(&before), uses(&book));
            assert!(was.iter().zip(is).all(|(was, is)| *was <= is), "a use stays: {seed}, {nth}");
        }
    }
    assert!(500 < refused && 500 < done, "{refused} refused, {done} done");
}

fn total_uses(book: &Book, promotion: &str) -> Decimal {
    said(book, promotion).iter().map(|(_, numbers)| numbers["uses"]).sum()
}

#[test]
fn a_promotion_without_end_and_limit_is_warned_of() {
    let text = "wallet: club\ncurrency: EUR\npoints: { STAR: {} }\npromotions: { open: {}, \
                ended: { ends: 2026-12-31 }, limited: { limits: { uses: 3 } } }\n";
    let parsed = crate::wallet::parse(text, &[]);
    let said: Vec<&str> = parsed.problems.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(said, ["promotion `open` has neither an end nor a limit"]);
    assert!(parsed.value.is_some(), "it may be meant so");
}
