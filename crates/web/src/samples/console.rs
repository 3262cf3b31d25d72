//! The console: today, programs, the editor, settings, search.

use jiff::civil::date;
use rust_decimal::Decimal;

use super::Gallery;
use super::build::*;
use super::portal::climb;
use crate::console::*;
use crate::i18n::Lang;
use crate::ui::list::Sort;
use crate::ui::{List, Tone};
use crate::view::{Every, PeriodState, ProgramState, Standing};
use engine::access::Role;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.manager("console-today", &today_page(lang));
    let new = today::Page { stock: today::Stock { partners: 701, ..Default::default() }, ..bare() };
    gallery.manager("console-today-new", &new);
    let quiet = today::Page { stock: today::Stock { programs: 1, ..Default::default() }, ..bare() };
    gallery.manager("console-today-quiet", &quiet);
    gallery.manager("console-programs", &programs_page(lang));
    let list = List::new("/console/programs");
    gallery
        .manager("console-programs-empty", &programs::Page { waiting: vec![], list, rows: vec![] });
    for (name, tab) in tabs(lang) {
        let page = program::Page { head: head(lang), tab };
        gallery.manager(&format!("console-program-{name}"), &page);
    }
    gallery.manager("console-editor", &editor_page(lang));
    gallery.manager("console-editor-new", &editor_new());
    gallery.manager("console-users", &users_page(lang));
    gallery.manager("console-tokens", &tokens_page(lang));
    gallery.manager("console-audit", &audit_page(lang));
    gallery.manager("console-search", &search_page(lang));
    let nothing = search::Page { q: "<x>".into(), groups: vec![] };
    gallery.manager("console-search-empty", &nothing);
}

fn bare() -> today::Page {
    today::Page {
        today: today(),
        as_of: now(),
        stock: today::Stock::default(),
        near_all: 0,
        near: vec![],
        closes: vec![],
        approvals: vec![],
        approvals_all: 0,
        exceptions: vec![],
        accrued: vec![],
    }
}

fn standings(lang: Lang) -> Vec<Standing> {
    vec![
        in_bikes(lang, 480, 598, 13_987_400, 209_811),
        in_bikes(lang, 1284, 1600, 41_930_500, 1_048_263),
        in_bikes(lang, 968, 1206, 30_415_800, 608_316),
        in_bikes(lang, 296, 369, 10_882_400, 108_824),
        in_bikes(lang, 452, 563, 15_310_000, 229_650),
        in_bikes(lang, 94, 117, 2_561_900, 0),
        in_bikes(lang, 0, 0, 0, 0),
    ]
}

fn today_page(lang: Lang) -> today::Page {
    let near = partners(lang).into_iter().zip(regions(lang)).zip(standings(lang)).map(
        |((partner, region), standing)| today::NearMiss {
            partner,
            region: region.into(),
            standing,
            brings: Some(yen(3_496_850)),
            explain: Some("awd_1".into()),
        },
    );
    today::Page {
        stock: today::Stock { partners: 701, products: 606, lines: 60_855, programs: 6 },
        near_all: 38,
        near: near.collect(),
        closes: vec![
            today::Close {
                id: "per_1".into(),
                program: bikes(lang).name,
                period: q4(),
                may_close_from: date(2026, 4, 10),
                amounts: vec![yen(31_204_800)],
                partners: 412,
                exceptions: 3,
            },
            today::Close {
                id: "per_2".into(),
                program: growth(lang).name,
                period: may(),
                may_close_from: date(2026, 6, 20),
                amounts: vec![money("8412.55", "EUR")],
                partners: 33,
                exceptions: 0,
            },
        ],
        approvals: vec![
            super::settle::waiting_payouts(lang),
            super::settle::waiting_adjustment(lang),
        ],
        approvals_all: 5,
        exceptions: vec![today::Exception {
            tone: Tone::Bad,
            title: lang.say("商品コードが未登録", "Unknown product").into(),
            detail: lang.say("北米の取込", "Import of North America").into(),
            lines: 1_041,
            href: "/console/imports/imp_1".into(),
        }],
        accrued: vec![yen(38_412_600), money("120400.10", "USD")],
        ..bare()
    }
}

fn programs_page(lang: Lang) -> programs::Page {
    let row = |reference: crate::view::ProgramRef, state| programs::Row {
        code: reference.code,
        name: reference.name,
        state,
        version: 3,
        starts: date(2026, 4, 1),
        ends: Some(date(2027, 4, 1)),
        every: Every::Quarter,
        partners: 412,
        near: 38,
        accrued: Some(vec![yen(38_412_600)]),
    };
    let mut list = List::new("/console/programs");
    list.rows = 2;
    programs::Page {
        waiting: vec![],
        list,
        rows: vec![
            row(bikes(lang), ProgramState::Running),
            programs::Row { accrued: None, ends: None, ..row(growth(lang), ProgramState::Planned) },
        ],
    }
}

fn head(lang: Lang) -> program::Head {
    program::Head {
        code: "fy26-bikes-volume".into(),
        name: bikes(lang).name,
        state: ProgramState::Running,
        version: 3,
        version_from: date(2026, 4, 1),
        every: Every::Quarter,
        figures: vec!["fy26-plan".into()],
        about: program::About {
            reference: Some("RB-2026-014".into()),
            url: Some("https://partners.example/rb-2026".into()),
        },
    }
}

fn tabs(lang: Lang) -> Vec<(&'static str, program::Tab)> {
    let narrowed =
        program::Attainment { rows: vec![], accrued: vec![], by_tier: vec![], ..attainment(lang) };
    let unused = program::Attainment { partners: 0, ..narrowed.clone() };
    vec![
        ("attainment", program::Tab::Attainment(Box::new(attainment(lang)))),
        ("narrowed", program::Tab::Attainment(Box::new(narrowed))),
        ("unused", program::Tab::Attainment(Box::new(unused))),
        ("terms", program::Tab::Terms(terms(lang, None))),
        ("diff", program::Tab::Terms(terms(lang, Some((2, diff()))))),
        ("members", program::Tab::Members(Box::new(members(lang)))),
        ("periods", program::Tab::Periods(periods())),
        ("periods-empty", program::Tab::Periods(vec![])),
        ("history", program::Tab::History(events(lang))),
    ]
}

fn attainment(lang: Lang) -> program::Attainment {
    let rows = partners(lang).into_iter().zip(regions(lang)).zip(standings(lang)).map(
        |((partner, region), standing)| program::Row {
            partner,
            region: region.into(),
            sales: standing
                .measure
                .map(|measure| crate::format::Money { amount: measure.value, ..yen(0) }),
            standing,
            explain: Some("awd_1".into()),
        },
    );
    let tier = |i: usize| Some(metals(lang)[i].clone());
    let accrued =
        climb(38_412_600).into_iter().map(|(day, value): (_, Decimal)| (day, value)).collect();
    let mut list = List::new("/console/programs/fy26-bikes-volume");
    list.q = "cycle".into();
    list.sort = Some(Sort { key: "earned".into(), descending: true });
    list.rows = 412;
    program::Attainment {
        period: q1(),
        period_key: "2026Q1".into(),
        periods: vec![("2025Q4".into(), q4()), ("2026Q1".into(), q1())],
        terms: vec![
            ("volume".into(), lang.say("数量", "Volume").into()),
            ("mix".into(), lang.say("構成比", "Mix").into()),
        ],
        term: "volume".into(),
        has_target: true,
        today: today(),
        partners: 412,
        listed: 412,
        near: 38,
        below_last_year: Some(57),
        earned: yen(38_412_600),
        forecast: Some(yen(47_600_000)),
        sales: Some(yen(2_246_351_900)),
        accrued,
        accrued_before: climb(31_000_000),
        liability: program::Liability { accrued: yen(38_412_600), payable: yen(31_204_800) },
        by_tier: vec![(None, 121), (tier(0), 148), (tier(1), 96), (tier(2), 35), (tier(3), 12)],
        list,
        rows: rows.collect(),
        totals: program::Totals {
            partners: 412,
            sales: Some(yen(2_246_351_900)),
            earned: yen(38_412_600),
        },
    }
}

fn diff() -> Vec<program::DiffLine> {
    vec![
        program::DiffLine::Same("    tiers:".into()),
        program::DiffLine::Removed("      - { from: 550, rate: 2%, name: gold }".into()),
        program::DiffLine::Added("      - { from: 600, rate: 2%, name: gold }".into()),
    ]
}

fn terms(lang: Lang, diff: Option<(u32, Vec<program::DiffLine>)>) -> program::Terms {
    let version = |number, activated| program::Version {
        number,
        from: date(2026, 4, 1),
        activated,
        by: lang.say("中村", "Nakamura").into(),
    };
    program::Terms {
        rules: vec![lang.say("到達した率を全台数に適用", "The rate applies to all units").into()],
        shown: 3,
        text: YAML.into(),
        changes: vec![],
        begin: None,
        diff,
        versions: vec![version(3, None), version(2, Some(now())), version(1, Some(now()))],
    }
}

fn periods() -> Vec<program::PeriodRow> {
    let row = |period, state, payouts| program::PeriodRow {
        id: "per_1".into(),
        period,
        state,
        partners: 412,
        to_pay: vec![yen(38_412_600)],
        payouts,
        payable: Some(vec![yen(31_204_800)]),
        paid: None,
    };
    vec![row(q1(), PeriodState::Open, 0), row(q4(), PeriodState::Closed, 412)]
}

pub fn events(lang: Lang) -> Vec<program::Event> {
    vec![program::Event {
        at: now(),
        who: lang.say("中村", "Nakamura").into(),
        what: lang.say("第3版を有効にしました", "Version 3 activated").into(),
    }]
}

fn editor_page(lang: Lang) -> editor::Page {
    let check = |severity, line, ja: &str, en: &str| editor::Check {
        severity,
        line,
        column: 7,
        told: crate::reading::problem::Told {
            message: lang.say(ja, en).into(),
            help: Some(lang.say("昇順に並べてください", "put them in ascending order").into()),
            original: None,
        },
    };
    let test = |ja: &str, en: &str, passed: bool| editor::TestRun {
        name: lang.say(ja, en).into(),
        passed,
        detail: (!passed).then(|| "450 ≠ 400".into()),
    };
    editor::Page {
        subject: editor::Subject::Version {
            code: "fy26-bikes-volume".into(),
            name: bikes(lang).name,
            number: 4,
            acts: true,
        },
        text: YAML.into(),
        checks: Some(vec![
            check(editor::Severity::Error, 18, "しきい値の順が違います", "tiers are out of order"),
            check(editor::Severity::Warning, 8, "対象は97社減ります", "97 partners are left out"),
            check(editor::Severity::Note, 13, "half_up を使います", "half_up is used"),
        ]),
        tests: vec![
            test("しきい値は上のランク", "the threshold belongs to the tier it opens", true),
            test("返品は売上の取り消し", "a return equals never having sold", false),
        ],
        changes: diff(),
        refused: Some(lang.say("エラーが1件あります", "there is an error to correct first").into()),
    }
}

fn editor_new() -> editor::Page {
    editor::Page {
        subject: editor::Subject::New,
        text: YAML.into(),
        checks: None,
        tests: vec![],
        changes: vec![],
        refused: None,
    }
}

fn users_page(lang: Lang) -> users::Page {
    let row = |role, partner| users::Row {
        id: "usr_1".into(),
        is_self: role == Role::Administrator,
        name: lang.say("佐藤 美咲", "Misaki Sato").into(),
        login: "misaki.sato@cycleworld.example".into(),
        role,
        partner,
        is_active: true,
    };
    users::Page {
        invited: None,
        may_invite: true,
        rows: vec![
            row(Role::Administrator, None),
            row(Role::Partner { partner_id: 1 }, Some(partners(lang)[0].clone())),
            users::Row { is_active: false, ..row(Role::Finance, None) },
        ],
        draft: users::Draft { role: "finance".into(), ..Default::default() },
        created: Some(("a@b.example".into(), "correct-horse".into())),
    }
}

fn tokens_page(lang: Lang) -> tokens::Page {
    let row = |revoked| tokens::Row {
        id: "tok_1".into(),
        name: "ERP".into(),
        starts_with: "tkn_0197".into(),
        scopes: vec!["facts:write".into(), "awards:read".into()],
        created: now(),
        last_used: None,
        revoked,
    };
    tokens::Page {
        rows: vec![row(None), row(Some(now()))],
        scopes: vec![("facts:write".into(), lang.say("売上を送る", "send sales").into())],
        created: Some("tkn_0197_secret".into()),
        problem: None,
    }
}

fn audit_page(lang: Lang) -> audit::Page {
    let mut list = List::new("/console/audit");
    list.rows = 1;
    audit::Page {
        list,
        older: Some(41),
        rows: vec![audit::Row {
            number: 41,
            at: now(),
            who: lang.say("木村", "Kimura").into(),
            what: lang.say("締めました", "closed").into(),
            to: bikes(lang).name,
            href: Some("/console/periods/per_1".into()),
            detail: lang.say("412件", "412 payouts").into(),
            diff: vec![
                crate::diff::Line::Same(12),
                crate::diff::Line::Gone("rate: 1%".into()),
                crate::diff::Line::New("rate: 2%".into()),
            ],
        }],
        narrow: audit::Narrow { kind: "program".into(), ..audit::Narrow::default() },
        kinds: vec![("program".into(), lang.say("プログラム", "a program").into())],
        people: vec![("usr_1".into(), lang.say("木村", "Kimura").into())],
    }
}

fn search_page(lang: Lang) -> search::Page {
    let kinds = [
        search::Found::Programs,
        search::Found::Partners,
        search::Found::Products,
        search::Found::Documents,
        search::Found::Imports,
        search::Found::Payouts,
        search::Found::Disputes,
        search::Found::Adjustments,
    ];
    search::Page {
        q: "cycle".into(),
        groups: kinds
            .into_iter()
            .map(|kind| search::Group {
                kind,
                all: 1,
                hits: vec![search::Hit {
                    title: bikes(lang).name,
                    detail: "fy26".into(),
                    href: "/console/programs/fy26-bikes-volume".into(),
                }],
            })
            .collect(),
    }
}

fn members(lang: Lang) -> program::Members {
    let row = |code: &str, name: Option<&str>, skip| program::member::Row {
        code: code.into(),
        name: name.map(Into::into),
        from: Some(date(2026, 7, 1)),
        to: None,
        ship_to: None,
        skip,
    };
    let mut list = List::new("/console/programs/bikes");
    list.rows = 2;
    program::Members {
        says: program::Says::List,
        list,
        rows: vec![
            row("P-001", Some(lang.say("宇都宮サイクル", "Utsunomiya Cycles")), false),
            row("P-999", None, true),
        ],
        draft: None,
        from: date(2026, 7, 1),
        found: Some((lang.say("北関東", "North").into(), 1)),
        typed: "P-003".into(),
        problem: None,
    }
}
