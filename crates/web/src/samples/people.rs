//! People of a company, and the card of a membership, in the portal.

use super::Gallery;
use crate::i18n::Lang;
use crate::portal::points::{card, people};

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.partner("points-people", &page(lang));
    let made = Some(("eva@hibari.example".to_owned(), "kd72-mmpq-9xw4".to_owned()));
    let new = people::Page { people: vec![], made, is_cut: true, ..page(lang) };
    gallery.partner("points-people-new", &new);
    let held = card::Card {
        wallet: lang.say("トクテンクラブ", "Tokuten Club").into(),
        number: "club-000028".into(),
        tiers: vec![lang.say("ゴールド", "Gold").into()],
        until: Some(lang.say("2027年3月31日", "31 March 2027").into()),
    };
    let cards = card::Page {
        title: lang.say("ポイント", "Points").into(),
        holder: lang.say("ひばり商会", "Hibari Trading").into(),
        cards: vec![held],
    };
    gallery.partner("points-card", &cards);
    gallery.partner("points-card-none", &card::Page { cards: vec![], ..cards });
}

fn page(lang: Lang) -> people::Page {
    let one = |code: &str, ja: &str, en: &str, has_left: bool| people::Person {
        code: code.into(),
        name: lang.say(ja, en).into(),
        login: Some(format!("{}@hibari.example", code.to_lowercase())),
        holds: vec![lang.say("1,240\u{a0}スター", "1,240\u{a0}Stars").into()],
        tiers: vec![lang.say("ランク: シルバー", "Level: Silver").into()],
        last: Some(lang.say("2026年6月11日", "11 June 2026").into()),
        has_left,
        may_end: code != "HIBARI-P1",
    };
    people::Page {
        title: lang.say("ポイント", "Points").into(),
        company: lang.say("ひばり商会", "Hibari Trading").into(),
        people: vec![
            one("HIBARI-P1", "青木 結衣", "Yui Aoki", false),
            one("HIBARI-P2", "伊藤 蓮", "Ren Ito", false),
            one("HIBARI-P3", "上田 葵", "Aoi Ueda", true),
        ],
        is_cut: false,
        made: None,
    }
}
