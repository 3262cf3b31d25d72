//! Games, ordered rewards and sponsors in the console.

use jiff::civil::date;

use super::Gallery;
use super::build::*;
use crate::console::loyalty::{games, orders, sponsors};
use crate::i18n::Lang;
use crate::ui::{List, Tone};
use engine::orders::OrderState;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery
        .manager("console-games", &games::Page { rows: vec![game(lang, false), game(lang, true)] });
    gallery.manager("console-games-empty", &games::Page { rows: vec![] });
    gallery.manager("console-game", &one_game(lang));
    gallery.manager("console-game-day", &day(lang, true));
    gallery.manager("console-game-day-broken", &day(lang, false));
    gallery.manager("console-orders", &inbox(lang));
    let none = orders::Page { rows: vec![], all: 0, left: None, ..inbox(lang) };
    gallery.manager("console-orders-empty", &none);
    let one = orders::OnePage {
        row: inbox(lang).rows.remove(0),
        steps: order_steps(lang),
        may_approve: true,
        may_send: true,
        may_deliver: true,
        may_cancel: true,
    };
    gallery.manager("console-order", &one);
    let rows = vec![sponsor(lang, true), sponsor(lang, false)];
    gallery.manager("console-sponsors", &sponsors::Page { rows });
    gallery.manager("console-sponsors-empty", &sponsors::Page { rows: vec![] });
    gallery.manager("console-sponsor", &one_sponsor(lang));
    let later = sponsors::OnePage {
        row: sponsor(lang, false),
        queue: vec![],
        months: vec![],
        ..one_sponsor(lang)
    };
    gallery.manager("console-sponsor-postpaid", &later);
}

fn sponsor(lang: Lang, is_prepaid: bool) -> sponsors::Row {
    sponsors::Row {
        code: "SUN".into(),
        name: lang.say("サンライズ損保", "Sunrise Insurance").into(),
        is_prepaid,
        used: "17,200".into(),
        pack: is_prepaid.then(|| "2,800".into()),
        waiting: is_prepaid.then(|| "500".into()),
        owed: (!is_prepaid).then(|| yen(13_760).text(lang)),
        alerts: is_prepaid,
    }
}

fn one_sponsor(lang: Lang) -> sponsors::OnePage {
    sponsors::OnePage {
        row: sponsor(lang, true),
        description: lang.say("自転車保険", "Insures bikes").into(),
        bought: "20,000".into(),
        paid: yen(16_000).text(lang),
        factor: "1.5".into(),
        alert: Some("3,000".into()),
        queue: vec![sponsors::Waiting {
            credit: "S-1024".into(),
            partner: "K-1001".into(),
            amount: "333".into(),
        }],
        months: vec![sponsors::Month {
            month: date(2026, 6, 1),
            bought: "20,000".into(),
            used: "17,200".into(),
            owed: yen(0).text(lang),
        }],
    }
}

fn game(lang: Lang, is_unlimited: bool) -> games::Row {
    games::Row {
        code: "card".into(),
        name: lang.say("夏のスクラッチ", "Summer card").into(),
        looks: lang.words().games.looks_scratch,
        price: lang.say("1回 1 カード", "1 card a play").into(),
        won: "42".into(),
        expected: yen(115).text(lang),
        is_unlimited,
    }
}

fn one_game(lang: Lang) -> games::OnePage {
    let prize = |name: &str, limit: Option<&str>| games::Prize {
        code: "points".into(),
        name: name.into(),
        odds: "9.5%".into(),
        cost: limit.map(|_| yen(500).text(lang)),
        won: "12".into(),
        limit: limit.map(Into::into),
        left: limit.map(|_| "3".into()),
    };
    let day = |day, seed: Option<&str>| games::Day {
        day,
        commitment: "5c1b".repeat(16),
        seed: seed.map(Into::into),
        draws: 12,
    };
    games::OnePage {
        row: game(lang, true),
        description: lang.say("50万円以上のご注文ごとに1枚", "One for each large order").into(),
        per_day: Some(1),
        open: Some(lang.say("2026年7月1日から", "From 1 Jul 2026").into()),
        prizes: vec![
            prize(lang.say("5,000 ライドポイント", "5,000 Ride points"), Some("15")),
            prize(lang.say("キャップ", "Cap"), None),
        ],
        nothing: "81.0%".into(),
        days: vec![day(date(2026, 6, 12), None), day(date(2026, 6, 11), Some(&"9f04".repeat(16)))],
    }
}

fn day(lang: Lang, holds: bool) -> games::DayPage {
    let cap = lang.say("キャップ", "Cap");
    let count = |prize: &str, expected: &str, drawn| games::Count {
        prize: prize.into(),
        expected: expected.into(),
        drawn,
    };
    games::DayPage {
        code: "card".into(),
        game: lang.say("夏のスクラッチ", "Summer card").into(),
        day: date(2026, 6, 11),
        commitment: "5c1b".repeat(16),
        seed: "9f04".repeat(16),
        seed_fits: holds,
        wrong: if holds { vec![] } else { vec![3] },
        missing: if holds { vec![] } else { vec![5, 6] },
        counts: vec![count(cap, "2.4", 3), count(lang.words().games.nothing, "9.6", 9)],
        chi: Some(("0.19".into(), 1)),
        draws: vec![games::Drawn {
            number: 1,
            who: "K-1001".into(),
            prize: cap.into(),
            draw: "0.123456789012345678".into(),
            key: "G-7K3M9PA".into(),
            at: now(),
        }],
        after: Some(1),
    }
}

fn inbox(lang: Lang) -> orders::Page {
    let words = lang.words();
    let row = |state, cancel_asked, is_open| orders::Row {
        key: "R-7K3M90".into(),
        partner: partners(lang)[0].clone(),
        reward: lang.say("展示スタンド", "Display stand").into(),
        pieces: lang.say("2点", "2 pieces").into(),
        points: lang.say("16,000 ライドポイント", "16,000 Ride points").into(),
        day: date(2026, 6, 2),
        state: crate::reading::orders::state(words, state),
        cancel_asked,
        is_open,
    };
    let states = OrderState::ALL.into_iter().map(|state| {
        let (label, tone) = crate::reading::orders::state(words, state);
        (state.word(), label, 1, tone)
    });
    orders::Page {
        list: List { rows: 5, ..List::new("/console/loyalty/orders") },
        rows: vec![
            row(OrderState::Ordered, true, true),
            row(OrderState::Approved, false, false),
            row(OrderState::Sent, false, true),
            row(OrderState::Delivered, false, false),
            row(OrderState::Cancelled, false, false),
        ],
        states: states.chain([("cancel_asked", words.orders.cancel_asked, 1, Tone::Bad)]).collect(),
        all: 5,
        left: Some(1),
    }
}

pub fn order_steps(lang: Lang) -> Vec<orders::Step> {
    let w = &lang.words().orders;
    let step = |what, notes: &[&str]| orders::Step {
        what,
        at: now(),
        by: lang.say("中村 健一", "Kenichi Nakamura").into(),
        notes: notes.iter().map(|note| (*note).into()).collect(),
    };
    vec![step(w.ordered, &[]), step(w.approved, &[]), step(w.sent, &["Yamato", "4412-3390-1187"])]
}
