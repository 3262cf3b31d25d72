//! Loyalty: wallets, members, what points cost, who moves, what is done by hand.

use jiff::civil::date;

use super::Gallery;
use super::build::*;
use crate::console::loyalty::hand::Act;
use crate::console::loyalty::{
    TierName, counter, hand, liability, members, movers, partner, proposals, text, wallet, wallets,
};
use crate::console::program::DiffLine;
use crate::i18n::{Lang, fill};
use crate::ui::{List, Tone};

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.manager("console-wallets", &wallets_page(lang));
    gallery.manager("console-wallets-empty", &wallets::Page { rows: vec![] });
    gallery.manager("console-wallet", &wallet_page(lang));
    let new = text::Page {
        about: text::About::Wallet,
        of: None,
        text: TEXT.into(),
        checks: None,
        refused: None,
    };
    gallery.manager("console-wallet-new", &new);
    let checked = text::Page {
        about: text::About::Wallet,
        of: Some(("club".into(), club(lang))),
        checks: Some(vec![]),
        refused: Some("x".into()),
        ..new
    };
    gallery.manager("console-wallet-text", &checked);
    gallery.manager("console-proposals", &proposals_page(lang));
    gallery.manager("console-proposals-none", &proposals::Page { rows: vec![] });
    gallery.manager("console-members", &members_page(lang));
    let none = members::Page { rows: vec![], wallets: vec![], ..members_page(lang) };
    gallery.manager("console-members-empty", &none);
    gallery.manager("console-liability", &liability_page(lang));
    gallery.manager("console-movers", &movers_page(lang));
    let none = movers::Page { groups: vec![], rows: vec![], ..movers_page(lang) };
    gallery.manager("console-movers-empty", &none);
    gallery.manager("console-partner-loyalty", &partner_page(lang));
    for act in Act::ALL {
        let page = hand::Page {
            partner: partners(lang)[0].clone(),
            act,
            choices: vec![("STAR".into(), star(lang))],
            held: vec![format!("12,400 {}", star(lang))],
            of: "R0A1B2C3D4E".into(),
            reasons: vec![("goodwill".into(), lang.say("お詫び", "Goodwill").into())],
        };
        gallery.manager(&format!("console-hand-{}", act.word()), &page);
    }
    let pays = counter::Pays {
        pays: yen(5_000).text(lang),
        left: Some(yen(3_200).text(lang)),
        left_with_tax: Some(yen(4_020).text(lang)),
    };
    let draft = counter::Draft { voucher: "TH8K2M4P".into(), ..Default::default() };
    let checked = Some(Ok(pays.clone()));
    let page = counter::Page { draft: draft.clone(), checked, used: None };
    gallery.manager("console-counter", &page);
    let used = counter::Used {
        key: "X0A1B2C3D4E".into(),
        state: lang.words().loyalty.status_reserved.into(),
        pays,
        is_reserved: true,
        is_done: false,
    };
    let page = counter::Page { draft, checked: None, used: Some(used) };
    gallery.manager("console-counter-reserved", &page);
}

const TEXT: &str = "wallet: club\npoints:\n  STAR: { worth: 1 }\n";

fn club(lang: Lang) -> String {
    lang.say("ひばりクラブ", "Hibari club").into()
}

fn star(lang: Lang) -> String {
    lang.say("スター", "Star").into()
}

fn gold(lang: Lang) -> TierName {
    TierName { name: lang.say("ゴールド", "Gold").into(), rank: 3 }
}

fn silver(lang: Lang) -> TierName {
    TierName { name: lang.say("シルバー", "Silver").into(), rank: 2 }
}

fn wallets_page(lang: Lang) -> wallets::Page {
    wallets::Page {
        rows: vec![wallets::Row {
            code: "club".into(),
            name: club(lang),
            active: Some(lang.say("第2版が有効", "Version 2 acts").into()),
            draft: Some(lang.say("第3版の下書き", "Draft of version 3").into()),
            holds: vec![lang.say("ポイント1種", "1 point currency").into()],
            by: (lang.say("中村", "Nakamura").into(), "2026-06-11 16:20".into()),
        }],
    }
}

fn wallet_page(lang: Lang) -> wallet::Page {
    let l = &lang.words().loyalty;
    let said = |name: String, code: &str, label, value: &str| wallet::Said {
        name,
        code: code.into(),
        description: None,
        rows: vec![(label, value.into())],
    };
    let entry = |name: &str, code: &str| wallet::Entry {
        name: name.into(),
        code: code.into(),
        cells: ["4,000", "A", "50", "48"].map(String::from).to_vec(),
    };
    wallet::Page {
        code: "club".into(),
        name: club(lang),
        description: Some(lang.say("全パートナー向け", "For all partners").into()),
        is_active: true,
        shown: 2,
        points: vec![said(star(lang), "STAR", l.expires, l.never)],
        groups: vec![wallet::Group {
            name: lang.say("パートナーランク", "Partner level").into(),
            code: "level".into(),
            rule: l.by_total.into(),
            rows: vec![(gold(lang), "gold".into(), "10,000,000".into(), String::new())],
        }],
        benefits: vec![said(l.benefit.into(), "hotline", l.gives, "hotline")],
        vouchers: vec![entry(l.voucher, "THANKS")],
        rewards: vec![entry(l.reward, "jersey")],
        badges: vec![said(l.badge.into(), "expert", l.expires, l.never)],
        pools: vec![],
        text: TEXT.into(),
        versions: vec![
            wallet::Version { number: 3, is_draft: true, by: "A".into() },
            wallet::Version { number: 2, is_draft: false, by: "B".into() },
        ],
        draft: Some(wallet::Draft {
            number: 3,
            by: "A".into(),
            against: Some(2),
            changes: vec![DiffLine::Added("  cap: { points: STAR, price: 40 }".into())],
            needs_other: None,
        }),
    }
}

fn members_page(lang: Lang) -> members::Page {
    let mut list = List::new("/console/loyalty/members");
    list.rows = 2;
    let row = |nth: usize, tier| members::Row {
        member: partners(lang)[nth].clone(),
        is_pool: nth == 1,
        amount: "12,400".into(),
        escrow: Some("300".into()),
        reserved: None,
        arrears: None,
        tiers: vec![tier],
    };
    members::Page {
        list,
        rows: vec![row(0, Some(gold(lang))), row(1, None)],
        wallets: vec![("club".into(), club(lang)), ("other".into(), "B2".into())],
        wallet: "club".into(),
        units: vec![("STAR".into(), star(lang))],
        unit: "STAR".into(),
        tiers: vec![("level/2".into(), gold(lang).name)],
        tier: "level/2".into(),
        groups: vec![lang.say("パートナーランク", "Partner level").into()],
    }
}

fn liability_page(lang: Lang) -> liability::Page {
    let cost = yen(62_400).text(lang);
    liability::Page {
        wallets: vec![("club".into(), club(lang))],
        wallet: "club".into(),
        currencies: vec![liability::Currency {
            name: star(lang),
            partners: lang.say("12社", "12 partners").into(),
            open: "70,000".into(),
            escrow: "8,000".into(),
            reserved: "0".into(),
            owed: "120".into(),
            cost: cost.clone(),
            expected: (
                yen(58_100).text(lang),
                fill(
                    lang.words().loyalty.lapsed_so_far,
                    &[("share", "6.9%"), ("expired", "1,240"), ("points", "18,000")],
                ),
            ),
            ageing: vec![("2027-03".into(), "78,000".into(), cost.clone())],
            total: ("78,000".into(), cost.clone()),
        }],
        vouchers: vec![liability::Voucher {
            name: lang.say("お礼", "Thanks").into(),
            code: "THANKS".into(),
            issued: "337".into(),
            open: "320".into(),
            left: cost.clone(),
            cost,
        }],
    }
}

fn movers_page(lang: Lang) -> movers::Page {
    let mut list = List::new("/console/loyalty/movers");
    list.rows = 1;
    let count = |tier, now, falls, after| movers::Count { tier, now, rises: 0, falls, after };
    movers::Page {
        list,
        groups: vec![("club/level".into(), lang.say("ランク", "Level").into())],
        group: "club/level".into(),
        day: Some(date(2027, 4, 21)),
        next_check: Some(date(2027, 4, 21)),
        counts: vec![count(Some(silver(lang)), 12, 1, 13), count(Some(gold(lang)), 8, 0, 7)],
        rises: 0,
        falls: 1,
        rows: vec![movers::Row {
            member: partners(lang)[0].clone(),
            from: Some(gold(lang)),
            to: Some(silver(lang)),
            is_rise: false,
            figure: "8,412,000".into(),
            missing: Some("1,588,000".into()),
        }],
        cut: Some(20_000),
    }
}

fn partner_page(lang: Lang) -> partner::Page {
    let l = &lang.words().loyalty;
    let held = |name: &str, code: &str, undo| partner::Held {
        name: name.into(),
        code: code.into(),
        state: l.status_issued.into(),
        tone: Tone::Good,
        cells: vec![Some("5,000".into()), Some("2027-01-31".into())],
        undo,
        go_on: None,
    };
    let line = partner::Line {
        when: "2026-06-11 16:20".into(),
        what: l.do_floor.into(),
        detail: gold(lang).name,
        key: "P-10001".into(),
        who: lang.say("中村", "Nakamura").into(),
        refused: Some(l.refused_insufficient.into()),
    };
    partner::Page {
        partner: partners(lang)[0].clone(),
        wallets: vec![partner::Wallet {
            name: club(lang),
            holdings: vec![partner::Holding {
                name: star(lang),
                amount: "12,400".into(),
                details: vec![yen(12_400).text(lang)],
                others: vec![(l.waiting, "300".into())],
                lots: vec![partner::Lot {
                    name: "INV-8841".into(),
                    trace: "/console/partners/P-10001/loyalty-trace?key=INV-8841".into(),
                    about: Some(fill(lang.words().keeping.from_partner, &[("partner", "P-10002")])),
                    on: "2026-05-14".into(),
                    usable: "2026-05-24".into(),
                    expires: None,
                    left: "12,400".into(),
                }],
            }],
            tiers: vec![partner::Tier {
                group: lang.say("パートナーランク", "Partner level").into(),
                tier: Some(gold(lang)),
                rows: vec![(l.figure, "8,412,000".into())],
                history: vec![line.clone()],
                before: vec![
                    (Some(gold(lang)), "2026-05-14".into(), lang.words().keeping.by_rise),
                    (Some(silver(lang)), "2026-01-01".into(), lang.words().keeping.by_start),
                ],
            }],
            benefits: vec![held(l.benefit, "hotline", None)],
            vouchers: vec![held(l.voucher, "TH8K2M4P", Some("TH8K2M4P".into()))],
            badges: vec![held(l.badge, "expert", None)],
            redemptions: vec![held(l.reward, "R0A1B2C3D4E", None)],
        }],
        movements: vec![partner::Movement {
            day: "2026-05-14".into(),
            what: l.moved_earned.into(),
            cause: "INV-8841".into(),
            trace: Some("/console/partners/P-10001/loyalty-trace?key=INV-8841".into()),
            amount: "+12,400".into(),
            is_less: false,
        }],
        past: partner::Past {
            asked: "2026-05-01".into(),
            wrong: None,
            found: Some(("2026-05-01".into(), vec![(star(lang), "9,100".into())])),
        },
        older: Some("/console/partners/P-10001/loyalty?older=7".into()),
        lines: vec![line],
        acts: Act::ALL.map(|act| (act.word(), act.label(lang.words()))).to_vec(),
    }
}

fn proposals_page(lang: Lang) -> proposals::Page {
    let at = date(2026, 6, 12).at(9, 30, 0, 0);
    let row = |is_credit, state| proposals::Row {
        id: "ppr_1".into(),
        partner: partners(lang)[0].clone(),
        amount: lang.say("20,000 スター", "20,000 stars").into(),
        is_credit,
        reason: Some(lang.say("イベントのお礼", "Thanks for the event").into()),
        asked_by: lang.say("中村 健一", "Kenichi Nakamura").into(),
        asked_at: at,
        state,
    };
    let waiting = |may_approve| proposals::State::Waiting { may_approve, may_reject: may_approve };
    let decided = |approved| proposals::State::Decided {
        approved,
        by: lang.say("木村", "Kimura").into(),
        at,
        comment: Some(lang.say("確認しました", "Looked at").into()),
    };
    proposals::Page {
        rows: vec![
            row(true, waiting(true)),
            row(false, waiting(false)),
            row(true, decided(true)),
            row(true, decided(false)),
        ],
    }
}
