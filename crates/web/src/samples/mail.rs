//! Mail: letters in each state, one of them, none, telling a promotion, and what letters lead to.

use jiff::civil::{DateTime, date};

use super::{As, Gallery};
use crate::console::loyalty::tell;
use crate::console::mail::{Attempt, One, Page, Row, Server};
use crate::gate::letters::{Act, Page as Open};
use crate::i18n::Lang;
use crate::mail::{Content, Frame, Links, Promoted, write};
use crate::ui::Tone;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    let m = &lang.words().mail;
    let page = Page {
        server: Some(Server {
            name: "mail.hibari.example:587".into(),
            from: "points@hibari.example".into(),
        }),
        may_test: true,
        rows: vec![
            row(lang, (m.sent, Tone::Good), None),
            row(lang, (m.held, Tone::Plain), Some(m.why_no_consent.into())),
            row(lang, (m.failed, Tone::Bad), None),
            Row { to: None, ..row(lang, (m.sent, Tone::Good), None) },
        ],
        states: vec![("sent", m.sent), ("failed", m.failed)],
        kinds: vec![("statement", m.kind_statement), ("test", m.kind_test)],
        state: "sent".into(),
        kind: String::new(),
        older: Some(41),
        told: Some((Tone::Good, m.again_done.into())),
    };
    gallery.manager("console-mail", &page);
    let none = Page { server: None, rows: vec![], older: None, told: None, ..page };
    gallery.manager("console-mail-none", &none);
    let letter = promotion(lang);
    let one = One {
        row: row(lang, (m.failed, Tone::Bad), None),
        text: Some(letter.text.clone()),
        is_cleared: false,
        attached: Some("club-000001-ja.pdf".into()),
        attempts: vec![
            attempt(1, None, Some("connect: Connection refused (os error 111)")),
            attempt(2, None, Some("timeout")),
            attempt(3, Some(550), None),
        ],
        may_again: true,
        told: None,
    };
    gallery.manager("console-mail-one", &one);
    gallery.manager("console-mail-cleared", &One { text: None, is_cleared: true, ..one });
    let tell = tell::Page {
        code: "spring".into(),
        name: lang.say("春の電動アシスト", "Spring e-bikes").into(),
        is_on: true,
        is_open: true,
        gets: 1204,
        left_out: vec![(m.left_may_not, 31), (m.left_no_consent, 208), (m.left_known, 0)],
        says_en: "Sell one, get two.".into(),
        says_ja: "この春は電動アシスト。".into(),
        previews: vec![(lang, letter.clone()), (lang.other(), promotion(lang.other()))],
        first_day: Some(lang.say("2026年7月1日", "1 July 2026").into()),
        mailings: vec![tell::Mailing {
            id: "mlg_1".into(),
            said: crate::i18n::fill(m.planned, &[("day", lang.say("2026年7月1日", "1 July 2026"))]),
            tone: Tone::Wait,
            by: lang.say("中村", "Nakamura").into(),
            counts: vec![],
            may_withdraw: true,
        }],
        told: None,
    };
    gallery.manager("console-promotion-tell", &tell);
    let open = |title: &str, text: &str, tone, act| Open {
        title: title.into(),
        text: text.into(),
        tone,
        act,
    };
    let pages = [
        (
            "gate-unsubscribe",
            open(
                m.unsubscribe,
                m.unsubscribed_help,
                None,
                Act::Button { label: m.unsubscribe_do, to: "/unsubscribe/1".into() },
            ),
        ),
        ("gate-link-used", open(m.link_used, m.link_used_help, Some(Tone::Bad), Act::Nothing)),
        ("gate-forgot", open(m.forgot, m.forgot_help, None, Act::Forgot)),
        (
            "gate-choose",
            open(
                m.choose,
                m.password_lasts,
                None,
                Act::Choose { to: "/password/1".into(), problem: Some(m.differ.into()) },
            ),
        ),
        (
            "gate-invited",
            open(m.friends, m.friend_mail_help, None, Act::Code { code: "ACDE3479".into() }),
        ),
    ];
    for (name, page) in &pages {
        gallery.add(name, As::Nobody, page);
    }
}

pub fn promotion(lang: Lang) -> crate::mail::Written {
    let frame = Frame {
        lang,
        vendor: lang.say("ひばりサイクル", "Hibari Cycles").into(),
        address: "https://rebates.hibari.example".into(),
        name: lang.say("佐藤 美咲", "Misaki Sato").into(),
    };
    let content = Content::Promotion(Promoted {
        name: lang.say("春の電動アシスト", "Spring e-bikes").into(),
        description: lang.say("電動アシスト自転車の応援企画", "More stars for e-bikes").into(),
        days: lang.say("2026年7月1日から", "From 1 July 2026").into(),
        gives: vec![lang.say("1台ごとに50スター", "50 Stars for each bike").into()],
        says: lang.say("この春は電動アシスト。", "Sell one, get two.").into(),
        needs_word: true,
    });
    write(&frame, &content, &Links { act: None, unsubscribe: Some("…".into()) })
}

fn at(minute: i8) -> DateTime {
    date(2026, 6, 12).at(9, minute, 0, 0)
}

fn row(lang: Lang, state: (&'static str, Tone), detail: Option<String>) -> Row {
    let m = &lang.words().mail;
    Row {
        id: "mal_1".into(),
        kind: m.kind_promotion,
        subject: promotion(lang).subject,
        to: Some((
            lang.say("佐藤 美咲", "Misaki Sato").into(),
            "misaki.sato.of.the.second.branch@cycleworld-tsubame.example".into(),
        )),
        state,
        detail,
        made: at(3),
    }
}

fn attempt(number: i64, code: Option<i64>, failure: Option<&str>) -> Attempt {
    Attempt {
        number,
        at: at(7),
        took_millis: 1201,
        code,
        answer: code.map(|_| "5.1.1 no such user here".to_owned()),
        failure: failure.map(str::to_owned),
    }
}
