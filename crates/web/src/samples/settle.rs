//! Approvals, holds, disputes, the rules of settling.

use jiff::civil::date;

use super::build::*;
use super::{As, Gallery};
use crate::console::{approvals, disputes, holds, payout, settlement, today, watchlist};
use crate::dispute::{Face, Message, Page as DisputePage, State};
use crate::explain::PartKind;
use crate::i18n::Lang;
use crate::portal::{dispute_new, payout as own, records};
use crate::proofs::{Proof, Proofs};
use crate::ui::List;
use crate::view::PayoutState;
use engine::access::Role;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.manager("console-payout", &payout_page(lang, PayoutState::Waiting));
    let held = payout_page(lang, PayoutState::Approved);
    gallery.manager("console-payout-held", &held);
    let reward = |state, is_back| payout::Page {
        owing: of_order(lang, is_back),
        amount: yen(if is_back { -20_000 } else { 20_000 }),
        parts: vec![(PartKind::Base, yen(if is_back { -20_000 } else { 20_000 }))],
        disputes: vec![],
        ..payout_page(lang, state)
    };
    gallery.manager("console-payout-reward", &reward(PayoutState::Waiting, false));
    gallery.manager("console-payout-reward-back", &reward(PayoutState::Waiting, true));
    gallery.manager("console-payout-withdrawn", &reward(PayoutState::Withdrawn, false));
    let seen = payout::Page { may: Err("…".into()), ..payout_page(lang, PayoutState::Waiting) };
    gallery.add("console-payout-seen", As::Role(Role::IncentiveManager), &seen);
    gallery.manager("console-approvals", &approvals_page(lang));
    let none = approvals::Page { queue: vec![], absences: vec![], ..approvals_page(lang) };
    gallery.manager("console-approvals-empty", &none);
    gallery.manager("console-holds", &holds_page(lang));
    let none = holds::Page { rows: vec![], ..holds_page(lang) };
    gallery.manager("console-holds-empty", &none);
    gallery.manager("console-disputes", &disputes_page(lang));
    let none = disputes::Page { rows: vec![], ..disputes_page(lang) };
    gallery.manager("console-disputes-empty", &none);
    gallery.manager("console-dispute", &dispute_page(lang, Face::Console, State::Open));
    gallery.manager("console-dispute-over", &dispute_page(lang, Face::Console, State::Accepted));
    gallery.partner("portal-dispute", &dispute_page(lang, Face::Portal, State::Answered));
    gallery.partner("portal-dispute-over", &dispute_page(lang, Face::Portal, State::Rejected));
    gallery.manager("console-settlement", &settlement_page(lang));
    gallery.manager("console-watchlist", &watchlist_page(lang));
    let none = watchlist::Page { rows: vec![], ..watchlist_page(lang) };
    gallery.manager("console-watchlist-empty", &none);
    gallery.partner("portal-payout", &own_payout(lang, false));
    gallery.partner("portal-payout-agreed", &own_payout(lang, true));
    let reward = own::Page {
        owing: of_order(lang, false),
        amount: yen(20_000),
        parts: vec![(PartKind::Base, yen(20_000))],
        ..own_payout(lang, false)
    };
    gallery.partner("portal-payout-reward", &reward);
    gallery.partner("portal-dispute-new", &new_dispute(lang));
}

pub fn waiting_payouts(lang: Lang) -> approvals::Queue {
    approvals::Queue {
        href: "/console/payouts?period=per_1&filter=mine".into(),
        title: format!("{} {}", bikes(lang).name, q4().long(lang)),
        detail: Some(lang.say("2段階中の1", "Step 1 of 2").into()),
        payouts: 412,
        amount: yen(31_204_800),
        due: Some(date(2026, 6, 10)),
        period: Some("per_1".into()),
    }
}

pub fn waiting_adjustment(lang: Lang) -> approvals::Queue {
    approvals::Queue {
        href: "/console/adjustments?filter=requested".into(),
        title: lang.say("宇都宮サイクルの調整", "Adjustment of Utsunomiya Cycle").into(),
        detail: Some(lang.say("展示車の返却分 · 小野", "Display bikes returned · Ono").into()),
        payouts: 0,
        amount: yen(-350_000),
        due: Some(date(2026, 6, 30)),
        period: None,
    }
}

fn who(lang: Lang) -> String {
    lang.say("木村", "Kimura").into()
}

fn payout_page(lang: Lang, state: PayoutState) -> payout::Page {
    payout::Page {
        id: "pay_1".into(),
        partner: partners(lang)[0].clone(),
        owing: of_q4(lang),
        amount: yen(1_166_400),
        state,
        parts: vec![(PartKind::Base, yen(1_200_000)), (PartKind::Manual, yen(-33_600))],
        steps: vec![
            payout::Step {
                who: lang.say("チャネル経理", "Channel finance").into(),
                is_done: state != PayoutState::Waiting,
                due: Some(date(2026, 6, 30)).filter(|_| state == PayoutState::Waiting),
            },
            payout::Step { who: who(lang), is_done: state != PayoutState::Waiting, due: None },
        ],
        history: vec![payout::Event {
            what: lang.say("却下", "rejected").into(),
            who: who(lang),
            at: now(),
            comment: Some(lang.say("料率が違います", "The rate is off").into()),
        }],
        holds: if state == PayoutState::Approved {
            vec![payout::Hold {
                id: "hld_1".into(),
                reason: lang.say("口座を確認中", "Bank details are checked").into(),
                until: Some(date(2026, 7, 10)),
            }]
        } else {
            vec![]
        },
        disputes: vec![payout::Dispute {
            id: "dsp_1".into(),
            reason: lang.say("売上が足りない", "Sales are missing").into(),
            state: State::Open,
        }],
        agreed: (state == PayoutState::Approved)
            .then(|| lang.say("6月12日に佐藤が同意", "Agreed 12 June by Sato").into()),
        paper: (state == PayoutState::Paid)
            .then(|| ("CN-2026-000001".into(), "/console/notes/CN-2026-000001".into())),
        remark: (state == PayoutState::Approved).then(|| {
            lang.say(
                "PR-2026-0001、2026-08-04：口座解約済み",
                "PR-2026-0001, 2026-08-04: account closed",
            )
            .into()
        }),
        may: Ok(()),
    }
}

fn approvals_page(lang: Lang) -> approvals::Page {
    let people = vec![("usr_1".to_string(), who(lang))];
    approvals::Page {
        today: today(),
        queue: vec![waiting_payouts(lang), waiting_adjustment(lang)],
        absences: vec![approvals::Absence {
            id: "dlg_1".into(),
            who: who(lang),
            deputy: lang.say("小野", "Ono").into(),
            from: date(2026, 6, 15),
            until: date(2026, 6, 26),
            may_end: true,
        }],
        away: people.clone(),
        deputies: people,
        own: "usr_1".into(),
    }
}

fn holds_page(lang: Lang) -> holds::Page {
    let row = |is_acting: bool| holds::Row {
        id: "hld_1".into(),
        partner: partners(lang)[0].clone(),
        payout: is_acting.then(|| "pay_1".into()),
        reason: lang.say("口座を確認中", "Bank details are checked").into(),
        until: Some(date(2026, 7, 10)),
        placed_by: who(lang),
        placed_at: now(),
        released: (!is_acting).then(|| lang.say("木村が解除", "Released by Kimura").into()),
        is_acting,
    };
    let mut list = List::new("/console/holds");
    list.rows = 2;
    holds::Page { list, rows: vec![row(true), row(false)], draft: holds::Draft::default() }
}

fn disputes_page(lang: Lang) -> disputes::Page {
    let row = |state| disputes::Row {
        id: "dsp_1".into(),
        partner: partners(lang)[0].clone(),
        about: format!("{} {}", bikes(lang).name, q4().short(lang)),
        reason: lang.say("売上が足りない", "Sales are missing").into(),
        stated: yen(355_443),
        expected: Some(yen(372_000)),
        state,
        due: date(2026, 6, 10),
    };
    let mut list = List::new("/console/disputes");
    list.rows = 3;
    let states = [State::Open, State::Answered, State::Withdrawn];
    disputes::Page { today: today(), open: 1, list, rows: states.map(row).to_vec() }
}

fn dispute_page(lang: Lang, face: Face, state: State) -> DisputePage {
    let message = |of_partner, author: &str, text: &str| Message {
        of_partner,
        author: author.into(),
        at: now(),
        text: text.into(),
    };
    DisputePage {
        face,
        id: "dsp_1".into(),
        partner: partners(lang)[0].clone(),
        program: bikes(lang).name,
        period: Some(q4()),
        subject: (lang.say("支払", "Payout").into(), Some("/portal/payouts/pay_1".into())),
        reason: lang.say("売上が足りない", "Sales are missing").into(),
        stated: yen(355_443),
        expected: Some(yen(372_000)),
        state,
        due: date(2026, 6, 22),
        decided: (!state.is_open()).then(|| who(lang)),
        accepted: (state == State::Accepted).then(|| yen(16_557)),
        messages: vec![
            message(
                true,
                lang.say("佐藤 美咲", "Misaki Sato"),
                lang.say("8841番の請求書が入っていません。", "Invoice 8841 is not in it."),
            ),
            message(
                false,
                lang.say("木村", "Kimura"),
                lang.say("確認します。", "We are looking at it."),
            ),
        ],
        may_act: true,
        proofs: proofs(lang, state.is_open()),
    }
}

/// Files of a dispute or a report.
pub fn proofs(lang: Lang, may_add: bool) -> Proofs {
    let file = |name: &str, bytes| Proof {
        name: name.into(),
        bytes,
        by: who(lang),
        at: now(),
        href: "/portal/proofs/prf_1".into(),
    };
    Proofs {
        files: vec![
            file(lang.say("請求書_8841_髙﨑支店.pdf", "invoice 8841, Takasaki.pdf"), 182_004),
            file("IMG_20260612_101502.jpg", 2_904_117),
        ],
        action: may_add.then(|| "/portal/disputes/dsp_1/proofs".into()),
    }
}

fn settlement_page(lang: Lang) -> settlement::Page {
    let chain = "payout JPY 1000000: role:finance 3 > role:administrator 5";
    settlement::Page {
        four_eyes: engine::programs::FourEyes::Auto,
        draft: settlement::Draft {
            jump_factor: "3".into(),
            payee_fields: "country".into(),
            chains: chain.into(),
            approval_days: "5".into(),
            reasons: "other | Other | その他\ndispute | Dispute accepted | 異議の認容".into(),
            dispute_days: "60".into(),
            answer_days: "10".into(),
            near_percent: "10".into(),
            near_gap: String::new(),
            near_days: "30".into(),
            problem: Some(lang.say("読み取れません", "It cannot be read").into()),
        },
    }
}

pub fn own_dispute(lang: Lang) -> records::Dispute {
    records::Dispute {
        id: "dsp_1".into(),
        about: format!("{} {}", bikes(lang).name, q4().short(lang)),
        reason: lang.say("売上が足りない", "Sales are missing").into(),
        state: State::Open,
        due: date(2026, 6, 22),
        decided_on: None,
    }
}

fn own_payout(lang: Lang, is_agreed: bool) -> own::Page {
    own::Page {
        id: "pay_1".into(),
        owing: of_q4(lang),
        amount: yen(355_443),
        state: PayoutState::Approved,
        parts: vec![(PartKind::Base, yen(355_443))],
        agreed: is_agreed.then(|| lang.say("6月12日に佐藤が同意", "Agreed 12 June by Sato").into()),
        statement: is_agreed.then(|| ("st_1".into(), "ST-2026-000012".into())),
        disputes: vec![],
    }
}

fn new_dispute(lang: Lang) -> dispute_new::Page {
    dispute_new::Page {
        of: "pay_1".into(),
        program: bikes(lang).name,
        period: q4(),
        stated: yen(355_443),
        reasons: vec![("other".into(), lang.say("その他", "Something else").into())],
        draft: dispute_new::Draft::default(),
    }
}

fn watchlist_page(lang: Lang) -> watchlist::Page {
    let mut list = List::new("/console/watchlist");
    list.rows = 1;
    let near = today::NearMiss {
        partner: partners(lang)[0].clone(),
        region: lang.say("関東", "Kanto").into(),
        standing: in_bikes(lang, 480, 598, 9_000_000, 180_000),
        brings: Some(yen(2_400_000)),
        explain: Some("awd_1".into()),
    };
    watchlist::Page {
        list,
        rows: vec![near],
        programs: vec![("bikes".into(), bikes(lang).name)],
        program: "bikes".into(),
        regions: vec![lang.say("関東", "Kanto").into()],
        region: String::new(),
        percent: "10".into(),
    }
}
