//! Promotions, in the portal and in the console.

use engine::pictures::Subject;
use jiff::civil::date;
use rust_decimal::Decimal;

use super::Gallery;
use super::build::*;
use crate::console::loyalty::builder::{self, Choices, Preview, Texts, WaitsPage};
use crate::console::loyalty::building::{Form, Template};
use crate::console::loyalty::pictures as pictured;
use crate::console::loyalty::promotions as console;
use crate::i18n::Lang;
use crate::portal::points::promotions as portal;
use crate::ui::Tone;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.partner("points-promotions", &own(lang));
    let none = portal::Page { promotions: vec![], over: vec![], ..own(lang) };
    gallery.partner("points-promotions-empty", &none);
    let list = console::Page {
        rows: vec![row(lang), console::Row { is_boundless: true, ..row(lang) }],
        drafted: vec![("summer".into(), named(lang))],
        has_wallet: true,
        may_build: true,
    };
    gallery.manager("console-promotions", &list);
    let none = console::Page { rows: vec![], drafted: vec![], ..list };
    gallery.manager("console-promotions-empty", &none);
    gallery.manager("console-promotion", &one(lang));
    let new = builder::Page { choices: choices(lang), ..builder::Page::default() };
    gallery.manager("console-promotion-new", &new);
    let begun = Form::begun(Template::Hundred, date(2026, 6, 1), ("RIDE", "club/sales"));
    let form = Form { code: "summer".into(), wallet: "club".into(), ..begun };
    let texts = Texts {
        wallet: "club".into(),
        block: form.block(),
        program: form.program("JPY", "Asia/Tokyo"),
        checks: vec![],
        differs: None,
        told: vec![],
    };
    let wrong = form.wrong(lang);
    let built = builder::Page {
        texts: Some(texts),
        preview: Some(preview(lang)),
        form: Some(form),
        wrong,
        ..new.clone()
    };
    gallery.manager("console-promotion-built", &built);
    gallery.manager("console-promotion-change", &changed(lang, new));
    let waits = WaitsPage {
        code: "summer".into(),
        name: named(lang),
        days: until(lang),
        wallet: ("club".into(), 2),
        wallet_is_active: false,
        program: Some((1, false)),
        may_change: true,
    };
    gallery.manager("console-promotion-waits", &waits);
    pictures(gallery);
}

fn pictures(gallery: &mut Gallery) {
    let lang = gallery.lang;
    let shown = crate::pictures::Shown {
        href: "/pictures/0011".into(),
        alt: lang.say("青いジャージ", "A blue jersey").into(),
        width: 480,
        height: 320,
    };
    let thing = |subject, picture| pictured::Thing {
        subject,
        code: "jersey".into(),
        name: lang.say("スタッフジャージ", "Staff jersey").into(),
        picture,
    };
    let with = thing(Subject::Reward, Some(shown));
    let without = thing(Subject::Promotion, None);
    let list = pictured::Page { things: vec![with.clone(), without.clone()] };
    gallery.manager("console-pictures", &list);
    gallery.manager("console-pictures-empty", &pictured::Page { things: vec![] });
    let one = pictured::OnePage {
        thing: with,
        about: Some(lang.say("480 × 320", "480 × 320").into()),
        alt_en: "A blue jersey".into(),
        alt_ja: "青いジャージ".into(),
        is_decorative: false,
        refused: None,
    };
    gallery.manager("console-picture", &one);
    let refused = Some(lang.words().promotions.needed.into());
    gallery.manager(
        "console-picture-none",
        &pictured::OnePage { thing: without, about: None, refused, ..one },
    );
}

/// A promotion that acts and is changed, with a line that the form has no words for.
fn changed(lang: Lang, new: builder::Page) -> builder::Page {
    let begun = Form::begun(Template::Hundred, date(2026, 6, 1), ("RIDE", "club/sales"));
    let form = Form {
        code: "summer".into(),
        wallet: "club".into(),
        lane: "first".into(),
        lane_name: "with-summer".into(),
        lane_with: "club/spring".into(),
        ..begun
    };
    let w = &lang.words().promoting;
    let names = [("first", lang.say("春の特典", "Spring bonus")), ("second", &named(lang))];
    let lines = vec![
        crate::diff::Line::Same(12),
        crate::diff::Line::Gone("    limits: { uses: 100 }".into()),
        crate::diff::Line::New("    limits: { uses: 200 }".into()),
    ];
    builder::Page {
        texts: Some(Texts {
            wallet: "club".into(),
            block: form.block(),
            program: form.program("JPY", "Asia/Tokyo"),
            checks: vec![],
            differs: Some((lines, vec![crate::diff::Line::Same(30)])),
            told: vec![crate::i18n::fill(w.lane_says_first, &names)],
        }),
        form: Some(form),
        of: builder::Of::Change(Box::new(builder::Changing {
            code: "summer".into(),
            name: named(lang),
            stamp: "0011".into(),
            from: Some("2026-06-10".into()),
            bad_from: Some(w.bad_day),
        })),
        kept: (vec![], vec!["limits: { cap_partner: 500 }".into()]),
        refused: Some(w.nothing_changed.into()),
        ..new
    }
}

fn named(lang: Lang) -> String {
    lang.say("夏の特典", "Summer bonus").into()
}

fn until(lang: Lang) -> String {
    lang.say("2026年6月30日まで", "Until 30 Jun 2026").into()
}

fn own(lang: Lang) -> portal::Page {
    let p = &lang.words().promotions;
    let stars = lang.say("100 ライドポイント", "100 Ride points");
    let one = |stance| portal::Promotion {
        code: format!("summer-{stance:?}"),
        name: named(lang),
        description: lang.say("自転車のご注文ごとに。", "For every order of bikes.").into(),
        state: (p.running, Tone::Good),
        days: until(lang),
        left: Some(p.last_day.into()),
        gives: vec![crate::i18n::fill(p.each_sale, &[("what", stars)])],
        counts: vec![],
        goals: vec![portal::Goal {
            now: Decimal::from(320_000),
            end: Decimal::from(1_200_000),
            here: crate::i18n::fill(p.done_so_far, &[("n", &yen(320_000).text(lang))]),
            marks: vec![portal::GoalMark {
                at: Decimal::from(1_000_000),
                label: yen(1_000_000).short(lang),
                gives: stars.into(),
                reached: false,
            }],
            missing: Some((yen(680_000).text(lang), stars.into())),
        }],
        limits: vec![crate::i18n::fill(p.left_uses_own, &[("n", "2")])],
        brought: Some(crate::i18n::fill(p.brought, &[("what", stars)])),
        why: None,
        stance,
        picture: None,
    };
    let all = [
        portal::Stance::Open,
        portal::Stance::Enrolled,
        portal::Stance::Automatic,
        portal::Stance::Closed,
    ];
    portal::Page {
        title: lang.say("ひばりクラブ", "Hibari Club").into(),
        promotions: all.map(one).to_vec(),
        over: vec![one(portal::Stance::Closed)],
    }
}

fn row(lang: Lang) -> console::Row {
    let p = &lang.words().promotions;
    let of =
        |n: &str, limit: &str| Some(crate::i18n::fill(p.of_limit, &[("n", n), ("limit", limit)]));
    let used = |figure: &str, limit: Option<String>, share| console::Used {
        figure: figure.into(),
        limit,
        share,
    };
    console::Row {
        code: "summer".into(),
        name: named(lang),
        state: (p.running, Tone::Good),
        days: until(lang),
        uses: used("64", of("64", "100"), Some(640)),
        points: used("6,400", None, None),
        vouchers: used("0", None, None),
        cost: used(&yen(5_120).text(lang), None, None),
        is_boundless: false,
    }
}

fn one(lang: Lang) -> console::OnePage {
    let p = &lang.words().promotions;
    let point = |at: i64, value: i64| console::Point {
        at,
        day: crate::format::day_column(date(2026, 6, 3), lang),
        value: value.into(),
        figure: crate::format::count(value),
    };
    console::OnePage {
        row: row(lang),
        description: lang.say("自転車のご注文ごとに。", "For every order of bikes.").into(),
        who: p.everybody.into(),
        enrolment: p.enrol_required.into(),
        gives: vec![lang.say("100 ライドポイント", "100 Ride points").into()],
        each: vec![crate::i18n::fill(p.at_most_uses, &[("n", "3")])],
        cut: p.whole,
        wallet: "club".into(),
        programs: vec![("summer".into(), named(lang))],
        enrolled: Some("48".into()),
        partners: crate::i18n::fill(p.partners_n, &[("n", "40")]),
        counted: p.points,
        over_time: vec![point(100, 1_200), point(400, 3_800), point(800, 6_400)],
        months: vec![(0, crate::format::month(date(2026, 6, 1), lang))],
        today: 900,
        top: vec![console::Top {
            code: "P-1001".into(),
            name: lang.say("サイクル青山", "Cycle Aoyama").into(),
            uses: "3".into(),
            points: "300".into(),
            vouchers: "0".into(),
            cost: yen(240).text(lang),
        }],
        reasons: vec![(lang.words().promotions.why_limit_partner.into(), "7".into())],
        one_by_one: Some(("P-10001".into(), vec![])),
        not_given: vec![console::NotGiven {
            partner: Some(("P-1001".into(), lang.say("サイクル青山", "Cycle Aoyama").into())),
            award: "S-118".into(),
            day: crate::format::day_column(date(2026, 6, 9), lang),
            asked: "100".into(),
            given: "0".into(),
            why: lang.words().promotions.why_limit_partner.into(),
        }],
        waits: Some(1),
        may_stop: true,
        may_enrol: true,
        may_change: true,
        by_hand: Some(console::ByHand {
            said: crate::i18n::fill(p.by_hand_done, &[("n", "2"), ("known", "0")]),
            refused: vec![("P-9".into(), lang.words().loyalty.refused_unknown_partner.into())],
        }),
    }
}

fn choices(lang: Lang) -> Choices {
    let one = |code: &str, ja: &str, en: &str| (code.to_owned(), lang.say(ja, en).to_owned());
    Choices {
        wallets: vec![one("club", "ひばりクラブ", "Hibari Club")],
        units: vec![one("RIDE", "ライドポイント", "Ride points")],
        vouchers: vec![one("PARTS", "部品バウチャー", "Parts voucher")],
        badges: vec![one("pro", "認定店", "Certified shop")],
        bases: vec![one("club/sales", "クラブ: 自転車", "Club: bikes")],
        games: vec![one("wheel", "ルーレット", "Wheel of fortune")],
        lanes: vec![one("club/spring", "春の特典", "Spring bonus")],
    }
}

fn preview(lang: Lang) -> Preview {
    let p = &lang.words().promotions;
    let shop = lang.say("サイクル青山", "Cycle Aoyama");
    Preview {
        who: crate::i18n::fill(p.who_may_n, &[("n", "412"), ("all", "1,038")]),
        sample: vec![("P-1001".into(), shop.into(), true), ("P-1002".into(), shop.into(), false)],
        more: Some(crate::i18n::fill(p.n_more, &[("n", "410")])),
        span: crate::i18n::fill(
            p.would_have_span,
            &[("n", "90"), ("from", "2026-03-03"), ("to", "2026-05-31")],
        ),
        enrolled: true,
        waiting: Some(crate::i18n::fill(p.would_have_waiting, &[("n", "2")])),
        sums: vec![(p.partners_given, "88".into()), (p.uses, "100".into())],
        top: vec![("P-1001".into(), shop.into(), "1".into(), "100".into(), "0".into())],
        refused: vec![(lang.words().promotions.why_limit_total.into(), "31".into())],
    }
}
