use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::super::{Book, ByHand, Command, HeldUntil, Hold, Line, People, SetTier, Wallet};
use crate::case;
use crate::code::PartnerCode;

const WALLET: &str = "
case: tiers
points:
  MILES: { kind: qualifying, reset: { every: 6 months, from: 2026-01-01 } }
  STAR: { expiry: 40 days, escrow: 3 days }
tier_groups:
  level:
    by: { points: MILES }
    grace: 20 days
    tiers: [ { tier: a, from: 0, benefits: [x] }, { tier: b, from: 30, benefits: [x, y] }, { tier: c, above: 60, benefits: [y, z] } ]
  soft:
    by: { points: MILES }
    downgrade: one_down
    tiers: [ { tier: a, from: 10 }, { tier: b, from: 30, benefits: [bye] }, { tier: c, from: 60 } ]
  rise:
    by: { points: STAR }
    period: { every: 3 months, from: upgrade }
    tiers: [ { tier: a, from: 0 }, { tier: b, from: 50 }, { tier: c, from: 90 } ]
  joined:
    by: { points: MILES }
    period: { every: 1 year, from: enrolment }
    downgrade: none
    tiers: [ { tier: a, from: 0 }, { tier: b, from: 50 } ]
  free: { by: { points: STAR }, tiers: [ { tier: b, from: 20, benefits: [x] }, { tier: c, above: 70 } ] }
benefits:
  x: { gives: { access: x } }
  y: { on: [assign, renew], gives: { points: STAR, amount: 5 } }
  z: { gives: { entitlement: z } }
  bye: { on: lapse, gives: { points: MILES, amount: 2 } }
programs:
  - { program: p, currency: EUR, starts: 2026-01-01, terms: [ { term: t, measure: sum(amount), rate: 1% } ] }
";

fn wallet() -> Arc<Wallet> {
    let case = case::parse(WALLET).into_result().expect("a case");
    case.wallet.expect("a wallet")
}

fn book(wallet: &Arc<Wallet>) -> Book {
    let code = |code: &str| PartnerCode::new(code);
    let known = Some(BTreeSet::from([code("P1"), code("P2"), code("P3")]));
    let joined =
        BTreeMap::from([(code("P1"), date(2025, 11, 30)), (code("P2"), date(2026, 3, 31))]);
    let since = Some(date(2026, 1, 1));
    let people = People { known, joined, since, ..People::default() };
    Book::new(wallet.clone(), None, people)
}

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one<'o>(&mut self, of: &[&'o str]) -> &'o str {
        let at = self.below(of.len().try_into().expect("few"));
        of[usize::try_from(at).expect("few")]
    }
}

/// What somebody asks on a day, some of it for days that are over.
fn command(dice: &mut Dice, nth: u32, today: Date) -> (Arc<str>, Date, Command) {
    let partner = dice.one(&["P1", "P2", "P3", "P4"]);
    let late = i64::try_from(dice.below(3) * dice.below(40)).expect("few");
    let on = today.checked_sub(late.days()).expect("a day");
    let unit = Arc::from(dice.one(&["MILES", "MILES", "STAR"]));
    let key = Arc::from(format!("K{nth}"));
    match dice.below(6) {
        0..=2 => {
            let credit = ByHand {
                partner: PartnerCode::new(partner),
                unit,
                amount: (1 + dice.below(40)).into(),
                subtype: None,
                expires: None,
                usable: None,
                promotion: None,
                sponsors: Vec::new(),
                reason: None,
            };
            (key, on, Command::Credit(credit))
        }
        3 => {
            let amount = (1 + dice.below(20)).into();
            let partner = PartnerCode::new(partner);
            (key, today, Command::Debit { partner, unit, amount, reason: None })
        }
        4 => {
            let of = Arc::from(format!("K{}", dice.below(nth.max(1).into())));
            (key, today, Command::Clawback { of, amount: None })
        }
        _ => {
            let group = dice.one(&["level", "soft", "rise", "joined", "free", "none"]).to_owned();
            let tier = Some(dice.one(&["a", "b", "c", "none"]).to_owned());
            let days = i64::try_from(dice.below(90)).expect("few");
            let until = match dice.below(4) {
                0 => Some(HeldUntil::NextCheck),
                _ => today.checked_add(days.days()).map(HeldUntil::After).ok(),
            };
            let hold = Hold::ALL[usize::try_from(dice.below(3)).expect("few")];
            let tier = tier.filter(|tier| tier != "none");
            let set = SetTier { group, tier, hold, until, reason: None };
            (Arc::from(partner), today, Command::Assign(set))
        }
    }
}

/// Everybody stands where figures and what was set by hand say.
fn stands(book: &Book, wallet: &Wallet) {
    for ((partner, code), standing) in book.tiers.iter() {
        let group = &wallet.tier_groups[code];
        let says = group.reached(book.figure(partner, group));
        assert_eq!(standing.tier, standing.held_up(), "{partner} in {code}");
        assert!(says <= standing.earned, "{partner} has risen in {code}");
        if group.period.is_none() {
            assert_eq!(standing.earned, says, "{partner} has fallen in {code}");
        }
        if let Some(ends) = standing.ends {
            assert!(book.now.date() < group.checked_on(ends), "{partner} is assessed in {code}");
        }
        let of = |tier: Option<usize>| tier.map_or(&[][..], |at| &group.rows[at].benefits);
        for benefit in of(standing.tier) {
            let held = book.benefits.get(&(partner.clone(), code.clone(), benefit.clone()));
            assert!(held.is_some_and(|held| held.is_active), "{partner} has {benefit} of {code}");
        }
        let own = book.benefits.iter().filter(|((who, of, _), _)| (who, of) == (partner, code));
        for ((.., benefit), held) in own {
            assert_eq!(held.is_active, of(standing.tier).contains(benefit), "{benefit} of {code}");
        }
    }
}

#[test]
fn whoever_looks_in_between_changes_nothing() {
    let wallet = wallet();
    for seed in 0..30 {
        let mut dice = Dice(seed);
        let (mut daily, mut once) = (book(&wallet), book(&wallet));
        let mut today = date(2026, 1, 1);
        for nth in 0..40 {
            let days = 1 + dice.below(30);
            for _ in 0..days {
                today = today.tomorrow().expect("a day");
                daily.until(today.at(0, 0, 0, 0));
            }
            once.until(today.at(0, 0, 0, 0));
            let before = once.report();
            assert_eq!(daily.report(), before, "seed {seed} before {nth}");
            let (key, on, command) = command(&mut dice, nth, today);
            let said = once.act(&key, on.at(0, 0, 0, 0), &command);
            assert_eq!(daily.act(&key, on.at(0, 0, 0, 0), &command), said);
            if said.is_err() {
                let quiet =
                    |lines: Vec<Line>| lines.into_iter().filter(is_something).collect::<Vec<_>>();
                assert_eq!(quiet(once.report()), quiet(before), "seed {seed}: {command:?}");
            }
            stands(&once, &wallet);
        }
    }
}

/// A purse that nobody ever put anything into may be there or not.
fn is_something(line: &Line) -> bool {
    line.list != super::super::List::Balances
}

#[test]
fn a_threshold_belongs_to_its_tier_and_what_is_above_does_not() {
    let wallet = wallet();
    let group = &wallet.tier_groups["level"];
    for (figure, tier) in [
        ("-1", None),
        ("0", Some(0)),
        ("29.99", Some(0)),
        ("30", Some(1)),
        ("60", Some(1)),
        ("60.01", Some(2)),
    ] {
        assert_eq!(group.reached(figure.parse().expect("a number")), tier, "{figure}");
    }
}

#[test]
fn a_correction_knows_no_later_tier() {
    let snapshot = case::telling::told(
        "
case: corrected
points: { MILES: { kind: qualifying }, STAR: {} }
tier_groups: { level: { by: { points: MILES }, sets: partner.level, tiers: [ { tier: a, from: 0 }, { tier: b, from: 10 }, { tier: c, from: 20 } ] } }
programs:
  - program: p
    currency: EUR
    starts: 2026-01-01
    terms:
      - { term: miles, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: MILES } }
      - { term: a, group_by: fact, when: partner.level == 'a', measure: sum(amount), per_unit: 1, reward: { points: STAR } }
      - { term: b, group_by: fact, when: partner.level == 'b', measure: sum(amount), per_unit: 2, reward: { points: STAR } }
      - { term: c, group_by: fact, when: partner.level == 'c', measure: sum(amount), per_unit: 3, reward: { points: STAR } }
timeline:
  - { on: 2026-05-04, sale: S1, partner: P1, amount: 10 }
  - { on: 2026-05-04, sale: S2, partner: P1, amount: 11 }
  - { on: 2026-05-04, sale: S3, partner: P1, amount: 1 }
  - { on: 2026-05-05, correct: S1, amount: 12 }
",
    );
    let stars = snapshot.awards.iter().filter(|line| line.unit() == "STAR");
    let mut stars: Vec<String> =
        stars.map(|line| format!("{} {}", line.term.code, line.award.amount.normalize())).collect();
    stars.sort();
    assert_eq!(stars, ["a 12", "b 22", "c 3"]);
}
