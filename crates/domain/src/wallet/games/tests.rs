//! Random plays, and what holds after every one of them.

use jiff::civil::date;

use super::*;
use crate::amount::Currency;
use crate::case::parse;
use crate::wallet::{ByHand, Command, People, UseVoucher};

const CASE: &str = r"
case: games
programs: [ { program: club, currency: EUR, starts: 2026-01-01, terms: [ { term: t, measure: sum(amount), rate: 1% } ] } ]
points: { STAR: { clawback: clamp } }
vouchers: { GIFT: { value: 25, limit: { total: 6, per_partner: 4 } } }
badges: { lucky: }
games:
  wheel:
    prizes:
      - { prize: jackpot, odds: 20%, limit: 3, gives: { points: STAR, amount: 40 } }
      - { prize: card, odds: 20%, gives: { voucher: GIFT } }
      - { prize: title, odds: 20%, gives: { badge: lucky } }
      - { prize: cap, odds: 20%, limit: 2 }
    play: { points: STAR, price: 10 }
";

fn game() -> Book {
    let wallet = parse(CASE).value.expect("a case").wallet.expect("a wallet");
    Book::new(wallet, Currency::parse("EUR"), People::default())
}

/// A draw as a share of a hundred, and the prize it falls on.
#[test]
fn a_draw_falls_on_what_the_odds_added_up_say() {
    let book = game();
    let wheel = &book.wallet.games["wheel"];
    for (draw, prize) in [
        ("0", Some("jackpot")),
        ("0.199999999", Some("jackpot")),
        ("0.2", Some("card")),
        ("0.4", Some("title")),
        ("0.7999", Some("cap")),
        ("0.8", None),
        ("0.9999", None),
    ] {
        let drawn = wheel.drawn(draw.parse().expect("a number"));
        assert_eq!(drawn.map(|prize| &*prize.code), prize, "{draw}");
    }
}

#[test]
fn limits_hold_and_what_is_refused_leaves_nothing() {
    let (mut cancelled, mut refused) = (0, 0);
    for seed in 0..300_u64 {
        let mut state = seed;
        let mut roll = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_041);
            (state >> 33) % sides
        };
        let mut book = game();
        let on = date(2026, 5, 1).at(0, 0, 0, 0);
        for nth in 0..40 {
            let key: Arc<str> = Arc::from(format!("K{nth}"));
            let other: Arc<str> = Arc::from(format!("K{}", roll(nth + 1)));
            let partner = PartnerCode::new(["P1", "P2"][usize::from(roll(2) == 0)]);
            let cancels = Command::Cancel { amount: None, expires: None, reason: None };
            let (key, command) = match roll(6) {
                0 => {
                    let (unit, amount) = (Arc::from("STAR"), Decimal::from(1 + roll(60)));
                    let (subtype, promotion, sponsors) = (None, None, Vec::new());
                    let (expires, usable, reason) = (None, None, None);
                    let credit = ByHand {
                        partner,
                        unit,
                        amount,
                        subtype,
                        expires,
                        usable,
                        promotion,
                        sponsors,
                        reason,
                    };
                    (key, Command::Credit(credit))
                }
                1 => (other, cancels),
                2 => {
                    let voucher = Arc::from(format!("{other}-1"));
                    let (amount, order, order_amount) = (Some(Decimal::from(5)), None, None);
                    let (due, tax) = (None, None);
                    let partner = None;
                    let of = UseVoucher { voucher, partner, amount, order, order_amount, due, tax };
                    (key, Command::UseVoucher(of))
                }
                _ => {
                    let draw = Decimal::new(i64::try_from(roll(110)).expect("few"), 2);
                    (key, Command::Play(Play { game: Arc::from("wheel"), partner, draw }))
                }
            };
            let before = book.clone();
            let done = book.act(&key, on, &command);
            if done.is_err() {
                refused += 1;
                assert!(book == before, "seed {seed}: {command:?} leaves something");
            }
            cancelled += u32::from(done.is_ok() && matches!(command, Command::Cancel { .. }));
            let won = |prize: &str| {
                let plays = book.plays.by_key.values().filter(|it| !it.is_cancelled);
                plays.filter(|it| it.prize.as_deref() == Some(prize)).count()
            };
            assert!(won("jackpot") <= 3 && won("cap") <= 2 && won("card") <= 6, "seed {seed}");
        }
    }
    assert!(200 < cancelled && 500 < refused, "stories are of use: {cancelled}, {refused}");
}
