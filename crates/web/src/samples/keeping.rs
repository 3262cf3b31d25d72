//! Pools, traces of points, badges and reasons.

use domain::code::PartnerCode;
use domain::program::Names;
use domain::wallet::Pool;
use engine::views::loyalty::{MemberGave, PoolShown};
use engine::views::wallet::{Taking, Trace, TracedLot, Went};
use engine::wallets::ReasonKind;
use jiff::civil::date;
use rust_decimal::Decimal;

use super::Gallery;
use super::build::*;
use crate::console::loyalty::{badges, pools, reasons, trace};
use crate::i18n::Lang;
use crate::lots::Shown;
use crate::portal::points::{history, pools as own, trace as own_trace};
use crate::ui::Tone;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.manager("console-pools", &pools::Page { rows: vec![pool_row(lang)] });
    gallery.manager("console-pools-empty", &pools::Page { rows: vec![] });
    gallery.manager("console-pool", &pool_page(lang));
    let shown = |path: &str| Shown { key: "X-7K3M".into(), trace: traced(), path: path.into() };
    let page = trace::Page { partner: partners(lang)[0].clone(), shown: shown("/console") };
    gallery.manager("console-trace", &page);
    gallery.partner("points-trace", &own_trace::Page { shown: shown(own_trace::TRACE) });
    gallery.manager("console-badges", &badges_page(lang));
    gallery.manager("console-badges-empty", &badges::Page { badges: vec![] });
    gallery.manager("console-reasons", &reasons_page());
    gallery.partner("points-pool", &own_pool(lang, None));
    gallery.partner("points-pool-check", &own_pool(lang, Some(check(None))));
    let pass = pass_on(lang);
    gallery.partner("points-pass-on", &pass);
    let refused = check(Some(lang.words().keeping.not_allowed.into()));
    for (name, check) in [("check", check(None)), ("refused", refused)] {
        let page = own::PassOn { check: Some(check), ..pass.clone() };
        gallery.partner(&format!("points-pass-on-{name}"), &page);
    }
}

fn names(ja: &str, en: &str) -> Names {
    Names::from([("ja".to_owned(), ja.to_owned()), ("en".to_owned(), en.to_owned())])
}

fn points() -> Names {
    names("ひばりポイント", "Hibari points")
}

pub fn pool() -> PoolShown {
    PoolShown {
        code: PartnerCode::new("kita"),
        wallet: "club".into(),
        pool: Pool {
            name: names("北関東チーム", "North team"),
            members: vec![PartnerCode::new("P-10001"), PartnerCode::new("P-10002")],
            draw: true,
            share: Decimal::new(2, 1),
            points: "RIDE".into(),
        },
        unit_name: points(),
        decimals: 0,
        amount: 4_820.into(),
        escrow: 120.into(),
        reserved: Decimal::ZERO,
        arrears: Decimal::ZERO,
    }
}

fn pool_row(lang: Lang) -> pools::Row {
    pools::Row {
        code: "kita".into(),
        name: lang.say("北関東チーム", "North team").into(),
        members: 2,
        share: "20%".into(),
        holds: "4,820".into(),
    }
}

fn pool_page(lang: Lang) -> pools::OnePage {
    pools::OnePage {
        code: "kita".into(),
        name: lang.say("北関東チーム", "North team").into(),
        share: "20%".into(),
        holds: "4,820".into(),
        others: vec![(lang.words().keeping.waiting, "120".into())],
        draw: true,
        members: partners(lang),
        movements: vec![pools::Movement {
            day: "2026-05-14".into(),
            what: lang.words().loyalty.moved_earned.into(),
            cause: "INV-8841".into(),
            amount: "+240".into(),
            is_less: false,
        }],
        older: Some("/console/loyalty/pools/kita?older=7".into()),
    }
}

fn traced() -> Trace {
    let lot = |name: &str, promotion: Option<(String, Names)>, came| TracedLot {
        name: name.into(),
        unit: "RIDE".into(),
        unit_name: points(),
        on: "2026-05-14".into(),
        expires: Some("2027-05-31".into()),
        credited: 500.into(),
        left: 200.into(),
        expired: 40.into(),
        promotion,
        came,
        went: vec![
            Went { key: "X-7K3M".into(), word: "redeemed".into(), amount: 260.into(), to: None },
            Went {
                key: "T-1".into(),
                word: "transferred".into(),
                amount: 40.into(),
                to: Some("P-10002".into()),
            },
        ],
    };
    let promotion = Some(("spring".to_owned(), names("春の2倍", "Spring double")));
    let lots = vec![
        (lot("INV-8841", promotion, None), Decimal::from(260)),
        (lot("INV-8850", None, Some(("T-0".into(), "P-10003".into()))), Decimal::from(40)),
    ];
    Trace {
        lots: vec![lots[0].0.clone()],
        takings: vec![Taking {
            key: "X-7K3M".into(),
            unit: "RIDE".into(),
            unit_name: points(),
            word: "redeemed".into(),
            amount: 300.into(),
            to: None,
            lots,
        }],
    }
}

fn badges_page(lang: Lang) -> badges::Page {
    let holder = badges::Holder {
        partner: partners(lang)[0].clone(),
        state: (lang.words().loyalty.status_active.into(), Tone::Good),
        since: Some("2026-05-14".into()),
        until: None,
        reason: Some(lang.say("展示会で登壇", "Spoke at the fair").into()),
    };
    let badge = |code: &str, holders: Vec<badges::Holder>| badges::Badge {
        code: code.into(),
        name: lang.say("eバイク認定店", "E-bike specialist").into(),
        description: lang.say("整備講習を修了", "Finished the course").into(),
        active: holders.len(),
        holders,
    };
    badges::Page { badges: vec![badge("ebike", vec![holder]), badge("ally", vec![])] }
}

fn reasons_page() -> reasons::Page {
    let row = |is_retired| reasons::Row {
        code: "goodwill".into(),
        name_en: "Goodwill".into(),
        name_ja: "お詫び".into(),
        is_retired,
    };
    let of = |kind| (kind, vec![row(false), row(true)]);
    reasons::Page { kinds: ReasonKind::ALL.into_iter().map(of).collect() }
}

fn check(refusal: Option<String>) -> own::Check {
    own::Check {
        fields: vec![("amount", "100".into())],
        to: "P-10002".into(),
        takes: "100".into(),
        now: "4,820".into(),
        left: "4,720".into(),
        refusal,
    }
}

fn own_pool(lang: Lang, check: Option<own::Check>) -> own::Page {
    own::Page {
        pool: pool(),
        members: partners(lang).into_iter().map(|it| it.name).collect(),
        gave: MemberGave { shared: 2_400.into(), passed: 100.into(), taken_out: 500.into() },
        movements: vec![history::Movement {
            day: Some(date(2026, 5, 20)),
            what: lang.words().points.did_earned,
            amount: "+240".into(),
            is_loss: false,
            cause: ("INV-8841".into(), None),
        }],
        typed: String::new(),
        wrong: Some(lang.words().keeping.bad_amount.into()),
        check,
    }
}

fn pass_on(lang: Lang) -> own::PassOn {
    own::PassOn {
        units: vec![("RIDE".into(), lang.say("ひばりポイント", "Hibari points").into())],
        pools: vec![("kita".into(), lang.say("北関東チーム", "North team").into())],
        to_partners: true,
        unit: "RIDE".into(),
        to: String::new(),
        partner: "P-99999".into(),
        amount: "100".into(),
        wrong: Some(("partner", lang.words().keeping.no_such_partner.into())),
        check: None,
    }
}
