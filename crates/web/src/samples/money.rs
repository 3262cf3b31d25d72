//! Closing, payouts, adjustments, the ledger.

use jiff::civil::date;

use super::build::*;
use super::{As, Gallery};
use crate::console::*;
use crate::explain::PartKind;
use crate::i18n::Lang;
use crate::ui::{List, Tone};
use crate::view::{AdjustmentState, PayoutState, PeriodState};
use engine::access::Role;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.manager("console-periods", &periods_page(lang));
    let list = List::new("/console/periods");
    gallery.manager("console-periods-empty", &periods::Page { due: 0, list, rows: vec![] });
    gallery.manager("console-period", &period_page(lang, PeriodState::Due));
    gallery.manager("console-period-closed", &period_page(lang, PeriodState::Closed));
    let open = period::Page { exceptions: vec![], ..period_page(lang, PeriodState::Grace) };
    gallery.add("console-period-open", As::Role(Role::IncentiveManager), &open);
    gallery.manager("console-payouts", &payouts_page(lang));
    let empty = payouts::Page {
        of: None,
        of_rewards: false,
        counts: payouts::Counts::default(),
        totals: vec![],
        list: List::new("/console/payouts"),
        rows: vec![],
        decided: None,
    };
    gallery.manager("console-payouts-empty", &empty);
    gallery.manager("console-outlook", &outlook_page(lang));
    let none = outlook::Page { rows: vec![], ..outlook_page(lang) };
    gallery.manager("console-outlook-empty", &none);
    gallery.manager("console-adjustments", &adjustments_page(lang));
    let empty = adjustments::Page { rows: vec![], ..adjustments_page(lang) };
    gallery.manager("console-adjustments-empty", &empty);
    gallery.manager("console-ledger", &ledger_page(lang));
    let empty = ledger::Page {
        balances: vec![],
        is_balanced: true,
        list: List::new("/console/ledger"),
        postings: vec![],
        older: None,
    };
    gallery.manager("console-ledger-empty", &empty);
}

fn periods_page(lang: Lang) -> periods::Page {
    let row = |state| periods::Row {
        id: "per_1".into(),
        program: bikes(lang),
        period: q4(),
        state,
        may_close_from: date(2026, 4, 10),
        partners: 412,
        amounts: vec![yen(31_204_800)],
    };
    let mut list = List::new("/console/periods");
    list.rows = 4;
    periods::Page {
        due: 1,
        list,
        rows: [PeriodState::Due, PeriodState::Grace, PeriodState::Open, PeriodState::Closed]
            .map(row)
            .to_vec(),
    }
}

fn period_page(lang: Lang, state: PeriodState) -> period::Page {
    let part = |kind, partners, amount| period::Part { kind, partners, amount: yen(amount) };
    let say = |ja: &str, en: &str| lang.say(ja, en).to_string();
    period::Page {
        stands: if state == PeriodState::Closed {
            vec![period::Stands {
                count: 412,
                pending: yen(1_204_000),
                approved: yen(28_310_400),
                rejected: yen(98_000),
                paid: yen(1_690_400),
            }]
        } else {
            vec![]
        },
        id: "per_1".into(),
        program: bikes(lang),
        period: q4(),
        state,
        lines_due: date(2026, 4, 5),
        may_close_from: date(2026, 4, 10),
        closed: (state == PeriodState::Closed).then(|| period::Close {
            at: now(),
            by: say("木村", "Kimura"),
            comment: Some(say("監査人と確認済み", "Agreed with the auditor")),
            acknowledged: vec![say("マイナスになる支払 1社", "1 partner owes us")],
        }),
        today: today(),
        partners: 412,
        exceptions: vec![
            period::Exception {
                acknowledge: Some("waiting".into()),
                partners: vec![],
                more: 0,
                tone: Tone::Bad,
                title: say("商品コード未登録の 1,041行", "1,041 lines with an unknown product"),
                detail: say("今は計算に入っていません", "not counted now"),
                effect: Some(money("8420.00", "USD")),
                act: Some((say("商品を見る", "Look at them"), "/console/products".into())),
            },
            period::Exception {
                acknowledge: Some("jump".into()),
                partners: vec![(partners(lang)[0].clone(), yen(1_166_400))],
                more: 1,
                tone: Tone::Wait,
                title: say("前期の3倍を超える支払 2社", "2 payouts of more than 3 times"),
                detail: say("P-10390 は未確認", "P-10390 is not explained"),
                effect: None,
                act: None,
            },
        ],
        sums: vec![period::Sum {
            partners: 412,
            parts: vec![
                part(PartKind::Base, 409, 28_940_500),
                part(PartKind::TierMoved, 41, 2_418_900),
                part(PartKind::PriorPeriod, 63, 195_400),
                part(PartKind::Manual, 1, -350_000),
            ],
            total: yen(31_204_800),
            carried: Some((1, yen(820))),
        }],
        shown: "31204800".into(),
        end: None,
        largest: partners(lang)
            .into_iter()
            .map(|partner| period::Payout {
                partner,
                amount: yen(1_166_400),
                change: Some(yen(-92_600)),
                explain: Some("awd_1".into()),
            })
            .collect(),
        checks: vec![
            period::Checked {
                tone: Tone::Good,
                what: say("再計算して同じ結果", "Calculated again, same result"),
                detail: "412 / 412".into(),
            },
            period::Checked {
                tone: Tone::Wait,
                what: say("未登録の商品がある", "Unknown products"),
                detail: say("1,041行", "1,041 lines"),
            },
        ],
    }
}

fn outlook_page(lang: Lang) -> outlook::Page {
    let row = |basis, days| outlook::Row {
        program: bikes(lang),
        period: q4(),
        days,
        basis,
        accrued: yen(38_412_600),
        forecast: yen(47_600_000),
        difference: yen(9_187_400),
        settled: yen(31_204_800),
        paid: yen(28_000_000),
    };
    let mut list = List::new("/console/outlook");
    list.rows = 3;
    outlook::Page {
        list,
        rows: vec![
            row(outlook::Basis::Pace, Some((73, 91))),
            row(outlook::Basis::Declared, Some((73, 91))),
            row(outlook::Basis::Final, None),
        ],
    }
}

fn payouts_page(lang: Lang) -> payouts::Page {
    let states = [
        PayoutState::Waiting,
        PayoutState::Waiting,
        PayoutState::Waiting,
        PayoutState::Approved,
        PayoutState::Rejected,
        PayoutState::Paid,
        PayoutState::Withdrawn,
    ];
    let row =
        |(i, (partner, state)): (usize, (crate::view::PartnerRef, PayoutState))| payouts::Row {
            id: "pay_1".into(),
            partner,
            owing: if i == 0 { of_order(lang, false) } else { of_q4(lang) },
            amount: if i == 2 { money("6842.50", "USD") } else { yen(1_166_400) },
            state,
            decided: (i > 1).then(|| lang.say("木村が承認", "approved by Kimura").into()),
            paid_on: (state == PayoutState::Paid).then(|| date(2026, 4, 30)),
            step: (i == 0).then(|| {
                lang.say("2段階中の1、6月30日(火)まで", "Step 1 of 2, by Tue 30 Jun").into()
            }),
            is_held: i == 2,
            is_disputed: i == 1,
            is_agreed: state == PayoutState::Paid,
            may: if i == 1 {
                Err(lang.say("ほかの担当者が判断します", "Somebody else decides").into())
            } else {
                Ok(())
            },
        };
    let mut list = List::new("/console/payouts");
    list.rows = 412;
    payouts::Page {
        of: Some((bikes(lang), q4())),
        of_rewards: false,
        counts: payouts::Counts { waiting: 2, approved: 1, rejected: 1, paid: 408, withdrawn: 1 },
        totals: vec![yen(31_204_800), money("6842.50", "USD")],
        list,
        rows: partners(lang).into_iter().zip(states).enumerate().map(row).collect(),
        decided: Some(payouts::Decided {
            rejected: false,
            done: 12,
            left: vec![(lang.words().money.left_prepared.into(), 2)],
        }),
    }
}

fn adjustments_page(lang: Lang) -> adjustments::Page {
    let row = |state, is_own: bool| adjustments::Row {
        term: (!is_own).then(|| "base".into()),
        id: "adj_1".into(),
        partner: partners(lang)[0].clone(),
        program: bikes(lang),
        period: q1(),
        amount: yen(-350_000),
        reason: lang.say("展示車の返却分", "Display bikes returned").into(),
        requested_by: lang.say("小野", "Ono").into(),
        requested_at: now(),
        decided: None,
        reason_name: lang.say("データの誤り・不足", "Wrong or missing data").into(),
        dispute: is_own.then(|| "dsp_1".into()),
        step: None,
        may: if is_own {
            Err(lang.say("ほかの担当者が判断します", "Somebody else decides").into())
        } else {
            Ok(())
        },
        state,
    };
    let mut list = List::new("/console/adjustments");
    list.rows = 3;
    adjustments::Page {
        list,
        rows: vec![
            row(AdjustmentState::Requested, false),
            row(AdjustmentState::Requested, true),
            row(AdjustmentState::Approved, false),
            row(AdjustmentState::Rejected, false),
        ],
        requested: 2,
        programs: vec![("fy26-bikes-volume".into(), bikes(lang).name)],
        reasons: vec![("other".into(), lang.say("その他", "Other").into())],
        draft: adjustments::Draft { term: "base".into(), ..Default::default() },
    }
}

fn ledger_page(lang: Lang) -> ledger::Page {
    let balance = |ja: &str, en: &str, amount| ledger::Balance {
        account: en.to_lowercase(),
        name: lang.say(ja, en).into(),
        debit: yen(0),
        credit: yen(amount),
        balance: yen(amount),
    };
    let posting = |entry| ledger::Posting {
        entry,
        at: now(),
        cause: lang.say("引当", "accrual").into(),
        kind: Some(lang.words().trace.kind_rate),
        term: Some("bikes · region: North".into()),
        debit: lang.say("費用", "Expense").into(),
        credit: lang.say("引当", "Accrued").into(),
        partner: Some(partners(lang)[0].clone()),
        amount: yen(89_171),
        is_explained: true,
    };
    let mut list = List::new("/console/ledger");
    list.rows = 2;
    ledger::Page {
        balances: vec![
            balance("引当", "Accrual", 38_412_600),
            balance("未払金", "Payable", 31_204_800),
        ],
        is_balanced: true,
        list,
        postings: vec![posting(2_841_906), posting(2_841_905)],
        older: Some(2_841_905),
    }
}
