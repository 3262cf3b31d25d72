//! The portal, and the explanation that both faces share.

use jiff::civil::date;
use rust_decimal::Decimal;

use super::Gallery;
use super::build::*;
use crate::explain::{self, *};
use crate::format::Money;
use crate::i18n::Lang;
use crate::portal::*;
use crate::progress::{ImportState, Outcome, Progress, Row};
use crate::ui::List;
use crate::view::{PayoutState, Pays, ProgramState, Unit};

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.partner("portal-home", &home(lang));
    let bare =
        home::Page { entries: vec![], tasks: vec![], news: vec![], wallets: vec![], ..home(lang) };
    gallery.partner("portal-home-empty", &bare);
    gallery.partner("portal-programs", &programs::Page { entries: entries(lang) });
    gallery.partner("portal-programs-empty", &programs::Page { entries: vec![] });
    gallery.partner("portal-program", &program(lang));
    gallery.partner("portal-explain", &explain(lang, Reader::Portal));
    gallery.manager("console-explain", &explain(lang, Reader::Console));
    gallery.manager("console-explain-bands", &bands(lang));
    gallery.partner("portal-waiting", &waiting(lang));
    let list = List::new("/portal/waiting");
    let none = crate::portal::waiting::Page { rows: vec![], list };
    gallery.partner("portal-waiting-empty", &none);
    gallery.partner("portal-records", &records(lang));
    let bare = records::Page {
        payouts: vec![],
        disputes: vec![],
        uploads: vec![],
        list: List::new(""),
        waiting: 0,
    };
    gallery.partner("portal-records-empty", &bare);
    gallery.partner("portal-report", &report(lang));
    gallery.partner("portal-upload", &upload(lang));
}

fn entries(lang: Lang) -> Vec<home::Entry> {
    let entry = |standing| home::Entry { standing, explain: Some("awd_1".into()) };
    vec![
        entry(in_bikes(lang, 480, 598, 13_987_400, 209_811)),
        entry(in_growth(lang)),
        home::Entry { standing: in_bikes(lang, 1284, 1400, 41_930_500, 1_048_263), explain: None },
        entry(per_unit(lang)),
    ]
}

fn home(lang: Lang) -> home::Page {
    home::Page {
        partner: partners(lang)[0].clone(),
        today: today(),
        as_of: now(),
        earned: vec![yen(1_300_074), money("984.20", "EUR")],
        payable: vec![],
        entries: entries(lang),
        tasks: vec![
            home::Task::CorrectRows {
                upload: "imp_1".into(),
                file: "utsunomiya_202605.xlsx".into(),
                rows: 35,
            },
            home::Task::NearMiss {
                href: "/portal/programs/bikes".into(),
                program: bikes(lang).name,
                tier: lang.say("ゴールド", "Gold").into(),
                gap: lang.say("120台", "120 units").into(),
                worth: yen(139_874),
                days: 18,
            },
            home::Task::DisputeAnswered { id: "dsp_1".into(), about: bikes(lang).name },
            home::Task::NewPayout {
                id: "pay_1".into(),
                program: bikes(lang).name,
                period: q4(),
                amount: yen(355_443),
            },
        ],
        news: vec![
            home::News::DisputeDecided {
                day: date(2026, 6, 10),
                id: "dsp_1".into(),
                about: format!("{} FY2025 Q4", bikes(lang).name),
                is_accepted: true,
            },
            home::News::TierReached {
                day: date(2026, 5, 14),
                program: bikes(lang).name,
                code: "fy26-bikes-volume".into(),
                tier: metals(lang)[1].label(lang),
            },
            home::News::Paid { day: date(2026, 4, 30), id: "pay_1".into(), amount: yen(355_443) },
            home::News::ProgramStarted {
                day: date(2026, 4, 1),
                program: growth(lang).name,
                code: "fy26-ebike-growth".into(),
            },
        ],
        wallets: vec![super::points::wallet(lang)],
    }
}

/// Units by day, which climb to a total.
pub fn climb(to: i64) -> Vec<(jiff::civil::Date, Decimal)> {
    let days =
        [(4, 1, 0), (4, 10, 12), (4, 24, 27), (5, 8, 43), (5, 20, 64), (6, 1, 86), (6, 12, 100)];
    days.into_iter()
        .map(|(month, day, share)| (date(2026, month, day), Decimal::from(to * share / 100)))
        .collect()
}

fn program(lang: Lang) -> program::Page {
    let rules = match lang {
        Lang::Ja => ["到達した率を、その四半期の全台数に適用", "しきい値ちょうどは上のランク"],
        Lang::En => [
            "The rate reached applies to all units of the quarter",
            "The threshold belongs to the tier it opens",
        ],
    };
    program::Page {
        code: "fy26-bikes-volume".into(),
        name: bikes(lang).name,
        description: None,
        about: crate::console::program::About {
            reference: Some("RB-2026-014".into()),
            url: Some("https://partners.example/rb-2026".into()),
        },
        state: ProgramState::Running,
        version: 3,
        version_from: date(2026, 4, 1),
        today: today(),
        as_of: now(),
        period: q1(),
        periods: vec![q4(), q1()],
        terms: vec![program::Term {
            standing: in_bikes(lang, 480, 598, 13_987_400, 209_811),
            explain: Some("awd_1".into()),
            reasons: vec![
                lang.say(
                    "480個はランク2、シルバー（300以上）に達しています：13,987,400の1.5%",
                    "480 pieces reach tier 2, Silver (from 300): 1.5 % of 13,987,400",
                )
                .into(),
            ],
            counted_lines: 152,
            pace: program::Pace {
                unit: Unit::Units,
                total: Decimal::from(480),
                ahead: Some(Decimal::from(598)),
                levels: vec![
                    (1, Decimal::from(150)),
                    (2, Decimal::from(300)),
                    (3, Decimal::from(600)),
                    (4, Decimal::from(1200)),
                ],
                now: climb(480),
                year_before: climb(438),
            },
        }],
        rules: rules.map(Into::into).to_vec(),
        left_out: vec![(lang.say("自転車ではない", "Not a bike").into(), 5)],
        pays_points: true,
        past: vec![program::Past {
            period: q4(),
            now: units(612),
            tier: Some(metals(lang)[2].clone()),
            award: yen(356_683),
            explain: Some("awd_1".into()),
            payout: Some(("pay_1".into(), yen(355_443))),
            paid_on: Some(date(2026, 4, 30)),
        }],
    }
}

fn explain(lang: Lang, reader: Reader) -> explain::Page {
    let mut list = List::new("/portal/explain/pay_1");
    list.rows = 148;
    explain::Page {
        reader,
        id: "pay_0197a".into(),
        subject: Subject::Payout { state: PayoutState::Paid, paid_on: Some(date(2026, 4, 30)) },
        partner: partners(lang)[0].clone(),
        program: bikes(lang),
        period: q4(),
        total: yen(355_443),
        parts: vec![
            Part { kind: PartKind::Base, reason: None, amount: yen(356_683) },
            Part {
                kind: PartKind::PriorPeriod,
                reason: Some(lang.say("伝票 R-311 の返品", "return R-311").into()),
                amount: yen(-1_240),
            },
        ],
        awards: vec![award(lang)],
        list,
        source: Some(source(lang)),
        proof: Proof {
            stored: yen(356_683),
            recalculated: yen(356_683),
            entry: Some(2_841_906),
            version: 2,
            facts_up_to: 5_482_117,
        },
        left_out: vec![
            LeftOut { reason: lang.say("自転車ではない", "Not a bike").into(), lines: 5 },
            LeftOut { reason: lang.say("他店舗への出荷", "Another store").into(), lines: 3 },
        ],
        terms: YAML.into(),
        acted: vec![18],
    }
}

fn month(month: i8, lines: u64, quantity: i64, amount: i64) -> Month {
    Month {
        first_day: date(2026, month, 1),
        lines,
        quantity: quantity.into(),
        amount: Some(yen(amount)),
    }
}

fn award(lang: Lang) -> Award {
    let product = lang.say("クロスバイク Lark 300", "Cross bike Lark 300");
    let line = |fact, units: i64, amount, award| Line {
        fact,
        date: date(2026, 3, 24),
        document: format!("9127-{fact}"),
        product: product.into(),
        quantity: Some(units.into()),
        unit: Some(lang.say("台", "bikes").into()),
        converted: vec![("1 USD = 148.25 JPY".into(), Some(date(2026, 3, 1)))],
        amount: Some(yen(amount)),
        award: Some(yen(award)),
    };
    Award {
        standing: in_bikes(lang, 612, 612, 17_834_150, 356_683),
        slices: vec![Slice {
            measure: Some(crate::view::Measured {
                value: 17_834_150.into(),
                unit: Unit::Money(yen(0).currency),
            }),
            pays: Pays::Rate(decimal("0.02")),
            amount: decimal("356683.00"),
        }],
        unrounded: decimal("356683"),
        limits: vec![],
        notes: vec![lang.say("上限まであと少しです", "the limit is near").into()],
        award: yen(356_683),
        tipping: Some(Tipping {
            date: date(2026, 3, 24),
            document: "9127".into(),
            at: units(605),
            added: Some(yen(89_171)),
        }),
        months: vec![
            month(1, 41, 170, 4_903_200),
            month(2, 46, 188, 5_480_900),
            month(3, 61, 254, 7_450_050),
        ],
        counted: month(1, 148, 612, 17_834_150),
        lines: vec![line(1, 3, 87_600, 1_752), line(2, 2, 58_400, 1_168), line(3, 1, 29_200, 584)],
    }
}

fn source(lang: Lang) -> Source {
    let field = |ja: &str, en: &str| Some(lang.say(ja, en).to_string());
    Source {
        fact: 2,
        file: "hibari_sales_202603.csv".into(),
        row: 1_204,
        received: date(2026, 4, 2).at(8, 12, 0, 0),
        cells: vec![
            ("伝票番号".into(), "9127".into(), field("伝票", "document")),
            ("出荷日".into(), "2026/3/24".into(), field("日付", "date")),
            ("得意先CD".into(), "010482".into(), field("パートナー", "partner")),
            ("商品CD".into(), "LARK-300".into(), field("商品", "product")),
            ("数量".into(), "2".into(), field("数量", "quantity")),
            ("金額".into(), "58,400".into(), field("金額", "amount")),
            ("倉庫".into(), "宇都宮".into(), None),
        ],
    }
}

/// Marginal bands, a limit, and no tipping line.
fn bands(lang: Lang) -> explain::Page {
    let slice = |base: &str, rate: &str, amount: &str| Slice {
        measure: Some(crate::view::Measured {
            value: decimal(base),
            unit: Unit::Money(money("0", "USD").currency),
        }),
        pays: Pays::Rate(decimal(rate)),
        amount: decimal(amount),
    };
    let usd = |text| money(text, "USD");
    let base = explain(lang, Reader::Console);
    let award = Award {
        slices: vec![
            slice("50000", "0.01", "500"),
            slice("50000", "0.02", "1000"),
            slice("20000.123", "0.03", "600.00369"),
        ],
        unrounded: decimal("2100.00369"),
        limits: vec![LimitHit {
            limit: Limit::PartnerCap,
            before: usd("2100.00"),
            after: usd("2000.00"),
        }],
        award: usd("2000.00"),
        tipping: None,
        ..base.awards[0].clone()
    };
    explain::Page {
        subject: Subject::Accrual,
        total: usd("2000"),
        parts: vec![],
        awards: vec![award],
        source: None,
        proof: Proof {
            stored: usd("2000.00"),
            recalculated: usd("2012.40"),
            entry: None,
            ..base.proof
        },
        ..base
    }
}

pub fn reading() -> Progress {
    Progress {
        state: ImportState::Reading,
        read: 2_806,
        rows: Some(3_412),
        accepted: 2_744,
        known: 12,
        rejected: 35,
        waiting: 15,
        rows_per_second: Some(48_000),
        seconds_left: Some(8),
        failure: None,
    }
}

pub fn answers(lang: Lang) -> Vec<Row> {
    let row = |number, outcome, ja: &str, en: &str, found: &str| Row {
        number,
        outcome,
        say: lang.say(ja, en).into(),
        column: Some("商品CD".into()),
        found: (!found.is_empty()).then(|| found.into()),
    };
    vec![
        row(118, Outcome::Rejected, "商品コードがありません", "no such product", "LARK-30O"),
        row(377, Outcome::Rejected, "日付が読めません", "not a date", "2026/13/05"),
        row(611, Outcome::Waiting, "換算レートを待っています", "waits for a rate", ""),
        row(612, Outcome::Accepted, "", "", ""),
    ]
}

fn records(lang: Lang) -> records::Page {
    let payout = |state, paid_on| records::Payout {
        id: "pay_1".into(),
        owing: of_q4(lang),
        amount: yen(355_443),
        is_agreed: state == PayoutState::Paid,
        state,
        paid_on,
    };
    let mut list = List::new("/portal/records");
    list.rows = 2;
    records::Page {
        payouts: vec![
            records::Payout {
                owing: of_order(lang, false),
                amount: yen(20_000),
                ..payout(PayoutState::Waiting, None)
            },
            payout(PayoutState::Waiting, None),
            payout(PayoutState::Paid, Some(date(2026, 4, 30))),
        ],
        list,
        disputes: vec![super::settle::own_dispute(lang)],
        uploads: vec![crate::progress::Upload {
            id: "imp_1".into(),
            file: "utsunomiya_202605.xlsx".into(),
            sent: now(),
            state: ImportState::Done,
            rows: 3_412,
            rejected: 35,
        }],
        waiting: 2,
    }
}

fn report(lang: Lang) -> report::Page {
    let mut list = List::new("/portal/uploads/imp_1");
    list.filter = Some("rejected".into());
    list.rows = 35;
    report::Page {
        known: Some(("/portal/uploads/imp_1/known".into(), 12)),
        reviewed: None,
        proofs: super::settle::proofs(lang, true),
        id: "imp_1".into(),
        file: "utsunomiya_202605.xlsx".into(),
        sent: now(),
        sent_by: lang.say("佐藤", "Sato").into(),
        mapping: lang.say("宇都宮店レジ出力", "Utsunomiya cash register").into(),
        progress: reading(),
        list,
        rows: answers(lang),
        effects: vec![report::Effect {
            program: bikes(lang).name,
            explain: Some("awd_1".into()),
            reached: None,
            gap: Some((units(120), Some(units(82)))),
            earned: Money { amount: 16_610.into(), ..yen(0) },
        }],
    }
}

fn upload(lang: Lang) -> upload::Page {
    upload::Page {
        mappings: vec![("a".into(), "A".into()), ("b".into(), "B".into())],
        problem: Some(lang.say("空のファイルです", "The file is empty").into()),
        columns: vec![lang.say("伝票番号", "Number of the document").into()],
        megabytes_max: 100,
    }
}

fn waiting(lang: Lang) -> crate::portal::waiting::Page {
    let mut list = List::new("/portal/waiting");
    list.rows = 4;
    let row = |key: &str, lack: domain::measure::Lack| crate::portal::waiting::Row {
        key: key.into(),
        on: Some(date(2026, 5, 14)),
        product: Some("KB-70".into()),
        amount: Some("1,240 USD".into()),
        quantity: Some(lang.say("2 台", "2 bikes").into()),
        missing: crate::reading::waiting::missing_to_partner(lang, Some(&lack)),
    };
    let rows = super::trace::lacks().into_iter().take(4);
    crate::portal::waiting::Page { rows: rows.map(|lack| row("INV-4471/1", lack)).collect(), list }
}
