//! Wallets at random, with whatever may be declared in them.

use std::sync::Arc;

use jiff::civil::date;
use rust_decimal::Decimal;

use crate::code::PartnerCode;
use crate::program::{Names, Span};
use crate::wallet::*;

/// A small generator (splitmix64): the same seed, the same story.
pub(super) struct Random(pub u64);

impl Random {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, below: u64) -> u64 {
        self.draw() % below
    }

    pub fn chance(&mut self, of: u64, out_of: u64) -> bool {
        self.below(out_of) < of
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let length = u64::try_from(of.len()).expect("a short list");
        of[usize::try_from(self.below(length)).expect("a position")].clone()
    }

    pub fn partner(&mut self) -> PartnerCode {
        PartnerCode::new(self.pick(&super::PARTNERS))
    }

    pub fn amount(&mut self) -> Decimal {
        Decimal::from(1 + self.below(100))
    }

    pub fn maybe<T>(&mut self, make: impl FnOnce(&mut Random) -> T) -> Option<T> {
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
        pass_on: PassOn::Nobody,
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
        spending: crate::wallet::Spending::default(),
        reset: match kind {
            PointKind::Spendable => None,
            PointKind::Qualifying => {
                let from = random.pick(&[Starts::On(date(2026, 1, 10)), Starts::Enrolment]);
                Some(Recurring { every: days(17), from })
            }
        },
    }
}

pub(super) fn wallet(random: &mut Random, has_everything: bool) -> Wallet {
    let star = currency(random, "STAR", PointKind::Spendable);
    let miles = currency(random, "MILES", PointKind::Qualifying);
    let pool = |share: i64| Pool {
        name: Names::new(),
        draw: false,
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
    if has_everything {
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
promotions:
  uses: {{ limits: {{ uses: 5, uses_per_partner: 3 }} }}
  points: {{ enrol: required, limits: {{ points: 200, points_per_partner: 120 }}, cut: true }}
  pieces: {{ limits: {{ vouchers: 3 }}, cut: true }}
  cost: {{ ends: 2026-01-20, limits: {{ liability: 60 }}, cut: true }}
sponsors:
  HOTEL: {{ points: STAR, factor: 1.5 }}
  AIR: {{ billing: postpaid, points: STAR, cost: 0.05 }}
games:
  WHEEL:
    play: {{ points: STAR, price: 5 }}
    prizes:
      - {{ prize: p, odds: 30%, limit: 3, gives: {{ points: STAR, amount: 20 }} }}
      - {{ prize: v, odds: 20%, limit: 2, gives: {{ voucher: V }} }}
      - {{ prize: b, odds: 20%, gives: {{ badge: D }} }}
      - {{ prize: g, odds: 10%, limit: 1, gives: goods }}
"
    );
    let case = crate::case::parse(&text).into_result().unwrap_or_else(|it| panic!("{text}{it:?}"));
    let declared = case.wallet.expect("a wallet");
    wallet.tier_groups = declared.tier_groups.clone();
    wallet.benefits = declared.benefits.clone();
    wallet.vouchers = declared.vouchers.clone();
    wallet.rewards = declared.rewards.clone();
    wallet.badges = declared.badges.clone();
    wallet.promotions = declared.promotions.clone();
    wallet.sponsors = declared.sponsors.clone();
    wallet.games = declared.games.clone();
}
