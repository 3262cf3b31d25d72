//! Points of a partner in the portal.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::amount::Currency;
use domain::explain::CountedIn;
use domain::program::Names;
use domain::wallet::{CatalogueReward, Refusal, RewardGives};
use engine::views::wallet::{
    Badge, Benefit, Counted, HeldLot, Holding, Offer, PartnerWallet, Row, Tier, TierBefore,
};
use jiff::civil::date;
use rust_decimal::Decimal;

use super::Gallery;
use super::build::*;
use crate::i18n::Lang;
use crate::portal::points::*;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    let overview = overview::Page {
        as_of: now(),
        promotions: 2,
        pools: vec![super::keeping::pool()],
        may_pass_on: true,
        wallets: vec![wallet(lang)],
    };
    gallery.partner("points-overview", &overview);
    let bare = PartnerWallet { code: "other".into(), ..nothing(lang) };
    let two = overview::Page {
        as_of: now(),
        promotions: 0,
        pools: vec![],
        may_pass_on: false,
        wallets: vec![nothing(lang), bare],
    };
    gallery.partner("points-overview-empty", &two);
    gallery.partner("points-rewards", &catalogue(lang));
    let bare = rewards::Page { rewards: vec![], orders: vec![], ..catalogue(lang) };
    gallery.partner("points-rewards-empty", &bare);
    gallery.partner("points-reward", &one(lang, "two", Some("1–999")));
    let looked =
        |refusal| rewards::OnePage { check: Some(check(lang, refusal)), ..one(lang, "2", None) };
    gallery.partner("points-reward-check", &looked(None));
    gallery.partner("points-reward-refused", &looked(Some(lang.words().points.why_stock)));
    gallery.partner("points-vouchers", &own_vouchers(lang));
    let bare = vouchers::Page { vouchers: vec![], ..own_vouchers(lang) };
    gallery.partner("points-vouchers-empty", &bare);
    let voucher = own_vouchers(lang).vouchers.remove(0);
    gallery.partner("points-voucher", &vouchers::OnePage { voucher });
    gallery.partner("points-games", &own_games(lang));
    let bare = games::Page { games: vec![], plays: vec![], ..own_games(lang) };
    gallery.partner("points-games-empty", &bare);
    for (name, is_wheel, at) in [("card", false, 0), ("wheel", true, 1), ("lost", false, 3)] {
        let game = games::Game { is_wheel, ..own_games(lang).games.remove(0) };
        let result = Some(played(lang, &game, at));
        gallery.partner(&format!("points-game-{name}"), &games::OnePage { game, result });
    }
    let game = own_games(lang).games.remove(1);
    gallery.partner("points-game-over", &games::OnePage { game, result: None });
    gallery.partner("points-history", &statement(lang));
    let bare = history::Page {
        movements: vec![],
        lots: vec![],
        wrong: Some(lang.words().points.bad_day),
        ..statement(lang)
    };
    gallery.partner("points-history-empty", &bare);
}

fn names(ja: &str, en: &str) -> Names {
    Names::from([("ja".to_owned(), ja.to_owned()), ("en".to_owned(), en.to_owned())])
}

fn nothing(_: Lang) -> PartnerWallet {
    PartnerWallet {
        code: "club".into(),
        name: names("ひばりクラブ", "Hibari Club"),
        money: Currency::parse("JPY"),
        at: now(),
        holdings: vec![],
        tiers: vec![],
        benefits: vec![],
        vouchers: vec![],
        badges: vec![],
        rewards: vec![],
        redemptions: vec![],
    }
}

pub fn wallet(lang: Lang) -> PartnerWallet {
    let lot = |on: &str, expires: &str, amount: i64| HeldLot {
        name: "S-1".into(),
        on: on.into(),
        usable: on.into(),
        expires: Some(expires.into()),
        amount: amount.into(),
        escrow: Decimal::ZERO,
        reserved: Decimal::ZERO,
        credited: amount.into(),
        status: "open".into(),
        promotion: None,
        from: None,
    };
    let held = Holding {
        unit: "RIDE".into(),
        name: names("ひばりポイント", "Hibari points"),
        is_spendable: true,
        decimals: 0,
        amount: 12_480.into(),
        escrow: 640.into(),
        reserved: 300.into(),
        arrears: 120.into(),
        worth: Some(12_480.into()),
        expiring: Some(("2026-11-30".into(), 1_250.into())),
        lots: vec![lot("2025-05-12", "2026-11-30", 1_250), lot("2026-02-03", "2027-08-31", 11_230)],
    };
    let miles = Holding {
        unit: "MILES".into(),
        name: names("マイル", "Miles"),
        is_spendable: false,
        amount: (-20).into(),
        escrow: Decimal::ZERO,
        reserved: Decimal::ZERO,
        arrears: Decimal::ZERO,
        worth: None,
        expiring: None,
        lots: vec![],
        ..held.clone()
    };
    PartnerWallet {
        holdings: vec![held, miles],
        tiers: vec![group(Some(1), Some(3_420_000)), group(None, Some(10))],
        benefits: vec![Benefit {
            code: "hotline".into(),
            name: names("専用ホットライン", "Hotline"),
            description: names("平日はその日のうちに回答", "Answers the same day"),
            is_active: true,
            since: Some("2026-05-14".into()),
            tier: "silver".into(),
        }],
        badges: vec![Badge {
            code: "ebike".into(),
            name: names("eバイク認定店", "E-bike specialist"),
            description: names("整備講習を修了", "Finished the course"),
            status: "active".into(),
            since: Some("2026-05-14".into()),
            expires: Some("2028-05-14".into()),
            reason: None,
        }],
        ..nothing(lang)
    }
}

fn group(tier: Option<usize>, gap: Option<i64>) -> Tier {
    let row = |tier: &str, ja: &str, en: &str, from: i64, benefits: &[(&str, &str, &str)]| Row {
        tier: tier.into(),
        name: names(ja, en),
        colour: None,
        from: from.into(),
        benefits: benefits.iter().map(|(of, ja, en)| ((*of).into(), names(ja, en))).collect(),
    };
    let hotline = ("hotline", "専用ホットライン", "Hotline");
    let spring = ("spring", "春のバウチャー", "Spring voucher");
    Tier {
        group: if tier.is_some() { "level".into() } else { "miles".into() },
        name: names("年間ランク", "Yearly level"),
        tier,
        rows: vec![
            row("member", "会員", "Member", 0, &[]),
            row("silver", "シルバー", "Silver", 5_000_000, &[hotline]),
            row("gold", "ゴールド", "Gold", 15_000_000, &[hotline, spring]),
        ],
        figure: 11_580_000.into(),
        counted: match tier {
            Some(_) => Counted::Facts(CountedIn::Money),
            None => Counted::Points(names("マイル", "Miles")),
        },
        since: Some("2026-05-14".into()),
        next_check: tier.map(|_| "2027-04-01".into()),
        gap: gap.map(Into::into),
        floor: tier,
        ceiling: None,
        held_until: None,
        is_in_grace: tier.is_some(),
        before: vec![
            TierBefore {
                tier: Some(0),
                since: None,
                until: Some("2026-05-14".into()),
                by: "start".into(),
            },
            TierBefore { tier, since: Some("2026-05-14".into()), until: None, by: "rise".into() },
        ],
    }
}

fn catalogue(lang: Lang) -> rewards::Page {
    let w = &lang.words().points;
    let reward = |code: &str, ja: &str, en: &str, refusal: Option<&str>| rewards::Reward {
        code: code.into(),
        name: lang.say(ja, en).into(),
        description: lang.say("店頭で使えます", "For the counter").into(),
        price: lang.say("3,000 ひばりポイント", "3,000 Hibari points").into(),
        money: Some(yen(500)),
        gives: w.gives_goods.into(),
        limits: vec![crate::i18n::fill(w.at_most, &[("n", "2")])],
        refusal: refusal.map(Into::into),
        picture: None,
    };
    rewards::Page {
        title: lang.say("ひばりクラブ", "Hibari Club").into(),
        balances: vec![lang.say("12,480 ひばりポイント", "12,480 Hibari points").into()],
        rewards: vec![
            reward("stand", "展示スタンド", "Display stand", None),
            reward("jersey", "スタッフジャージ", "Staff jersey", Some(w.why_stock)),
        ],
        orders: ["done", "reserved", "partly_cancelled"]
            .into_iter()
            .enumerate()
            .map(|(i, state)| rewards::Order {
                key: format!("R-7K3M9{i}"),
                reward: lang.say("展示スタンド", "Display stand").into(),
                quantity: u32::try_from(i + 1).ok(),
                day: Some(date(2026, 5, 20)),
                points: lang.say("3,000 ひばりポイント", "3,000 Hibari points").into(),
                state: said::order_state(lang.words(), state),
                steps: super::games::order_steps(lang),
                may_ask_cancel: i == 0,
                cancel_asked: i == 1,
            })
            .collect(),
    }
}

fn one(lang: Lang, quantity: &str, wrong: Option<&str>) -> rewards::OnePage {
    rewards::OnePage {
        reward: catalogue(lang).rewards.remove(0),
        quantity: quantity.into(),
        wrong: wrong.map(Into::into),
        check: None,
    }
}

fn check(lang: Lang, refusal: Option<&str>) -> rewards::Check {
    let points = |n: &str| format!("{n} {}", lang.say("ひばりポイント", "Hibari points"));
    rewards::Check {
        quantity: 2,
        takes: points("6,000"),
        money: Some(yen(1_000)),
        now: points("12,480"),
        left: points("6,480"),
        refusal: refusal.map(Into::into),
    }
}

fn own_vouchers(lang: Lang) -> vouchers::Page {
    let voucher = |code: &str, status: &str| vouchers::Voucher {
        code: code.into(),
        name: lang.say("パーツ購入バウチャー", "Parts voucher").into(),
        description: lang.say("パーツのご注文に", "For an order of parts").into(),
        left: yen(5_000).text(lang),
        reserved: (status == "issued").then(|| yen(1_200).text(lang)),
        last_day: lang.say("2026年9月30日", "30 Sep 2026").into(),
        state: said::voucher_state(lang.words(), status),
        is_usable: status == "issued",
    };
    vouchers::Page {
        title: lang.say("ひばりクラブ", "Hibari Club").into(),
        vouchers: vec![
            voucher("R-7K3M9Q2ACD-1", "issued"),
            voucher("PTAC7FHJ", "redeemed"),
            voucher("PTAC7FHK", "expired"),
        ],
    }
}

fn statement(lang: Lang) -> history::Page {
    let w = &lang.words().points;
    let line = |what, amount: &str, is_loss| history::Movement {
        day: Some(date(2026, 5, 20)),
        what,
        amount: amount.into(),
        is_loss,
        cause: ("S-1".into(), is_loss.then(|| "/portal/points/rewards#order-1".into())),
    };
    history::Page {
        title: lang.say("ひばりクラブ", "Hibari Club").into(),
        today: today(),
        movements: vec![line(w.did_redeemed, "−3,000", true), line(w.did_earned, "+640", false)],
        is_first: true,
        before: Some(17),
        lots: vec![history::Lot {
            earned: lang.say("2025年5月12日の獲得", "Earned on 12 May 2025").into(),
            left: "1,250".into(),
            also: vec![crate::i18n::fill(w.lot_waits, &[("n", "640")])],
            last_day: Some(lang.say("2026年11月30日", "30 Nov 2026").into()),
        }],
        on_day: Some(history::OnDay { day: date(2026, 12, 1), balances: vec!["11,230".into()] }),
        asked: "2026-12-01".into(),
        wrong: None,
    }
}

/// Every reason has a sentence, and offers name what is missing.
#[cfg(test)]
#[test]
fn a_reward_that_cannot_be_had_says_why() {
    let lang = Lang::En;
    let reward = CatalogueReward {
        code: Arc::from("stand"),
        name: BTreeMap::new(),
        description: BTreeMap::new(),
        points: Arc::from("RIDE"),
        price: 15_000.into(),
        money: None,
        stock: None,
        per_partner: None,
        when: None,
        starts: Some(date(2026, 7, 1)),
        ends: None,
        gives: RewardGives::Goods,
    };
    let offer = Offer { reward, unit_name: BTreeMap::new(), refusal: None };
    let said = |why| said::offer_refusal(lang, &wallet(lang), &offer, why);
    assert_eq!(said(Refusal::Insufficient), "2,520 points are missing");
    assert_eq!(said(Refusal::NotStarted), "It can be ordered from 1 Jul 2026");
    let own = |why: &Refusal| said::refusal(lang, *why) != lang.words().points.why_else;
    let named = Refusal::ALL.iter().filter(|why| own(why)).count();
    assert_eq!(named, 9, "reasons that an order meets have words of their own");
}

fn own_games(lang: Lang) -> games::Page {
    let prize = |ja: &str, en: &str, odds: &str, left: Option<u64>| games::Prize {
        name: lang.say(ja, en).into(),
        odds: odds.into(),
        left,
    };
    let game = games::Game {
        code: "card".into(),
        name: lang.say("夏のスクラッチ", "Summer card").into(),
        description: lang.say("50万円以上のご注文ごとに1枚", "One for each large order").into(),
        is_wheel: false,
        price: lang.say("1回 1 カード", "1 card a play").into(),
        open: Some(lang.say("2026年8月31日まで", "Until 31 Aug 2026").into()),
        balance: Some(lang.say("残高 3 カード", "You have 3 cards").into()),
        plays_left: None,
        prizes: vec![
            prize("5,000 ライドポイント", "5,000 Ride points", "1.0%", Some(3)),
            prize("部品優待券5,000円", "Parts voucher 5,000 yen", "9.5%", None),
            prize("キャップ", "Cap", "20.0%", Some(0)),
        ],
        nothing: "69.5%".into(),
        commitment: Some("5c1b".repeat(16)),
        refusal: None,
    };
    let over = games::Game {
        code: "wheel".into(),
        name: lang.say("毎日ルーレット", "Daily wheel").into(),
        is_wheel: true,
        price: lang.words().games.free.into(),
        balance: None,
        plays_left: Some(0),
        refusal: Some(lang.words().games.why_day),
        ..game.clone()
    };
    let play = |prize: Option<&str>, is_cancelled| games::Play {
        key: "G-7K3M9PA".into(),
        game: game.name.clone(),
        code: "card".into(),
        at: now(),
        prize: prize.map(Into::into),
        is_cancelled,
    };
    let cap = lang.say("キャップ", "Cap");
    games::Page {
        title: lang.say("ひばりクラブ", "Hibari Club").into(),
        plays: vec![play(Some(cap), false), play(None, false), play(Some(cap), true)],
        games: vec![game, over],
    }
}

fn played(_: Lang, game: &games::Game, at: usize) -> games::Result {
    use games::Outcome;
    let outcomes = [Outcome::Points, Outcome::Voucher, Outcome::Goods, Outcome::Nothing];
    games::Result {
        key: "G-7K3M9PA".into(),
        outcome: outcomes[at],
        prize: game.prizes.get(at).map(|prize| prize.name.clone()),
        at,
        number: 12,
        draw: "0.123456789012345678".into(),
        is_cancelled: false,
        is_open: false,
    }
}
