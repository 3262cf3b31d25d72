//! Small pieces that samples share.

use domain::amount::Currency;
use jiff::civil::{Date, DateTime, date};
use rust_decimal::Decimal;

use crate::format::Money;
use crate::i18n::Lang;
use crate::owing::{Owing, Reward};
use crate::view::{
    Every, Measured, PartnerRef, Pays, Period, ProgramRef, Standing, Target, Tier, Unit,
};

pub fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

pub fn money(amount: &str, code: &str) -> Money {
    Money::new(decimal(amount), Currency::parse(code).expect("a code"))
}

pub fn yen(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("JPY").expect("a code"))
}

pub fn today() -> Date {
    date(2026, 6, 12)
}

pub fn now() -> DateTime {
    today().at(9, 42, 0, 0)
}

pub fn units(n: i64) -> Measured {
    Measured { value: n.into(), unit: Unit::Units }
}

pub fn q1() -> Period {
    Period {
        every: Every::Quarter,
        year: 2026,
        number: 1,
        starts: date(2026, 4, 1),
        ends: date(2026, 7, 1),
    }
}

/// Owed by the fourth quarter.
pub fn of_q4(lang: Lang) -> Owing {
    Owing::Period { program: bikes(lang), period: q4() }
}

/// Owed by an order of money, or what of it is to be paid back.
pub fn of_order(lang: Lang, is_back: bool) -> Owing {
    Owing::Reward(Reward {
        name: lang.say("現金 20,000円", "20,000 yen in cash").into(),
        order: "R-1".into(),
        points: lang.say("40,000\u{a0}スター", "40,000\u{a0}Star").into(),
        is_back,
        on: date(2026, 6, 4),
    })
}

pub fn q4() -> Period {
    Period {
        every: Every::Quarter,
        year: 2025,
        number: 4,
        starts: date(2026, 1, 1),
        ends: date(2026, 4, 1),
    }
}

pub fn may() -> Period {
    Period {
        every: Every::Month,
        year: 2026,
        number: 5,
        starts: date(2026, 5, 1),
        ends: date(2026, 6, 1),
    }
}

pub fn bikes(lang: Lang) -> ProgramRef {
    ProgramRef {
        code: "fy26-bikes-volume".into(),
        name: lang.say("自転車数量リベート", "Bikes volume rebate").into(),
    }
}

pub fn growth(lang: Lang) -> ProgramRef {
    ProgramRef {
        code: "fy26-ebike-growth".into(),
        name: lang.say("eバイク成長ボーナス", "E-bike growth bonus").into(),
    }
}

/// Partners with names as long as they are in reality.
pub fn partners(lang: Lang) -> Vec<PartnerRef> {
    let names = [
        (
            "株式会社サイクルワールド北関東 宇都宮インターパーク店",
            "Cycle World Kita-Kanto, Utsunomiya Interpark",
        ),
        (
            "株式会社アクティブライフ・パートナーズ 東京ベイサイド旗艦店",
            "Active Life Partners Inc., Tokyo Bayside",
        ),
        ("北海道スポーツサイクル株式会社 札幌発寒店", "Hokkaido Sports Cycle, Sapporo Hassamu"),
        ("合同会社自転車工房かざぐるま", "Kazaguruma Bicycle Works"),
        ("一般社団法人しまなみ海道レンタサイクル協議会", "Shimanami Kaido Rental Cycle Council"),
        (
            "Zweirad-Center Niederrhein Vertriebsgesellschaft mbH",
            "Zweirad-Center Niederrhein Vertriebsgesellschaft mbH",
        ),
        ("Blue Ridge Cycle & Outfitters, LLC", "Blue Ridge Cycle & Outfitters, LLC"),
    ];
    names
        .into_iter()
        .zip(10_000..)
        .map(|((ja, en), n)| PartnerRef { code: format!("P-{n}"), name: lang.say(ja, en).into() })
        .collect()
}

pub fn regions(lang: Lang) -> [&'static str; 7] {
    match lang {
        Lang::Ja => ["栃木", "東京", "北海道", "石川", "愛媛", "ドイツ", "米国"],
        Lang::En => {
            ["Tochigi", "Tokyo", "Hokkaido", "Ishikawa", "Ehime", "Germany", "United States"]
        }
    }
}

pub fn metals(lang: Lang) -> Vec<Tier> {
    let rows = [
        ("ブロンズ", "Bronze", 100, "0.01"),
        ("シルバー", "Silver", 300, "0.015"),
        ("ゴールド", "Gold", 600, "0.02"),
        ("プラチナ", "Platinum", 1000, "0.025"),
    ];
    rows.into_iter()
        .zip(1..)
        .map(|((ja, en, from, rate), rank)| Tier {
            name: Some(lang.say(ja, en).into()),
            rank,
            from: units(from),
            pays: Pays::Rate(decimal(rate)),
        })
        .collect()
}

/// In the bikes program, with so many units.
pub fn in_bikes(lang: Lang, now: i64, forecast: i64, sales: i64, earned: i64) -> Standing {
    let mut standing = Standing {
        program: bikes(lang),
        term: None,
        period: q1(),
        days_left: 18,
        now: units(now),
        forecast: Some(units(forecast)),
        tiers: metals(lang),
        reached: metals(lang).iter().filter(|tier| tier.from.value <= now.into()).count(),
        missing: None,
        earned: yen(earned),
        measure: Some(Measured { value: sales.into(), unit: Unit::Money(yen(0).currency) }),
        worth: None,
        target: Some(Target {
            amount: units(800),
            reached: units(now),
            share: (Decimal::from(now) / Decimal::from(800)).trunc_with_scale(4),
            ahead: Some((Decimal::from(forecast) / Decimal::from(800)).trunc_with_scale(4)),
        }),
    };
    standing.worth = standing.next().is_some().then(|| yen(139_874));
    standing
}

/// Growth over the year before, in unnamed tiers.
pub fn in_growth(lang: Lang) -> Standing {
    let share = |text: &str| Measured { value: decimal(text), unit: Unit::Share };
    let euros = Unit::Money(money("0", "EUR").currency);
    let tiers = [("0.05", "0.01"), ("0.1", "0.02"), ("0.2", "0.03")];
    Standing {
        program: growth(lang),
        term: Some(lang.say("本体", "Bikes").into()),
        period: q1(),
        days_left: 18,
        now: share("0.084"),
        forecast: Some(share("0.112")),
        tiers: tiers
            .into_iter()
            .zip(1..)
            .map(|((from, rate), rank)| Tier {
                name: None,
                rank,
                from: share(from),
                pays: Pays::Rate(decimal(rate)),
            })
            .collect(),
        reached: 1,
        missing: Some(Measured {
            value: decimal("18600"),
            unit: Unit::Money(money("0", "EUR").currency),
        }),
        earned: money("984.20", "EUR"),
        measure: Some(Measured {
            value: decimal("98420.5"),
            unit: Unit::Money(money("0", "EUR").currency),
        }),
        worth: Some(money("1013", "EUR")),
        target: Some(Target {
            amount: Measured { value: decimal("240000"), unit: euros },
            reached: Measured { value: decimal("198420.5"), unit: euros },
            share: decimal("0.8267"),
            ahead: Some(decimal("1.0131")),
        }),
    }
}

/// An amount per unit, without tiers.
pub fn per_unit(lang: Lang) -> Standing {
    Standing {
        program: ProgramRef {
            code: "fy26-launch".into(),
            name: lang.say("新車発売ボーナス Lark S", "Launch bonus Lark S").into(),
        },
        term: None,
        period: may(),
        days_left: 0,
        now: units(14),
        forecast: None,
        tiers: vec![],
        reached: 0,
        missing: None,
        earned: yen(42_000),
        measure: None,
        worth: None,
        target: None,
    }
}

pub const YAML: &str = "program: fy26-bikes-volume
version: 3
name: { en: Bikes volume rebate, ja: 自転車数量リベート }
currency: JPY
time_zone: Asia/Tokyo
starts: 2026-04-01
periods: { every: quarter, fiscal_year_from: april, grace: 5 days }
partners: partner.level in [\"silver\", \"gold\"]

terms:
  - term: volume
    when: product.category == \"Bikes\"
    qualifier: sum(quantity)
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 100, rate: 1%, name: bronze }
      - { from: 300, rate: 1.5%, name: silver }
      - { from: 600, rate: 2%, name: gold } # was 550
";
