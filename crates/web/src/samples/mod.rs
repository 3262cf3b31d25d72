//! Every page with invented data, in both languages: what the tests draw.
//!
//! `TOKUTEN_PAGES=FOLDER cargo test -p web samples` writes them to a folder, to be looked at.

mod build;
mod console;
mod data;
mod games;
mod gate;
pub mod keeping;
mod loyalty;
mod mail;
mod money;
mod papers;
mod people;
mod points;
mod portal;
mod promotions;
mod settle;
mod trace;
mod training;
mod webhooks;

use std::sync::Arc;

use maud::Markup;

use crate::assets::Assets;
use crate::i18n::Lang;
use crate::shell::{Shell, Theme, View, Viewer, Waiting};
use engine::access::Role;

/// A page drawn with a sample: the name of its file, its title, its markup.
pub struct Drawn {
    pub name: String,
    pub title: String,
    pub markup: Markup,
}

/// A partner's user.
const PARTNER: Role = Role::Partner { partner_id: 1 };

/// Who looks at the sample.
#[derive(Debug, Clone, Copy)]
pub enum As {
    Nobody,
    Role(Role),
}

pub fn shell(lang: Lang, viewer: As, assets: &Arc<Assets>) -> Shell {
    let name = match viewer {
        As::Role(Role::Partner { .. }) => lang.say("佐藤 美咲", "Misaki Sato"),
        _ => lang.say("中村 健一", "Kenichi Nakamura"),
    };
    Shell {
        lang,
        theme: Theme::Light,
        vendor: lang.say("ひばりサイクル", "Hibari Cycles").into(),
        here: "/console?tab=terms&q=a b".into(),
        csrf: "csrf-token".into(),
        form_key: "form-key".into(),
        viewer: match viewer {
            As::Nobody => None,
            As::Role(role) => Some(Viewer {
                name: name.into(),
                role,
                waiting: Waiting {
                    programs: 1,
                    periods: 2,
                    payouts: 5,
                    adjustments: 1,
                    disputes: 1,
                },
                points: matches!(role, Role::Partner { .. })
                    .then(|| lang.say("ひばりクラブ", "Hibari Club").into()),
                trains: matches!(role, Role::Partner { .. }),
                whose: None,
            }),
        },
        done: None,
        refused: None,
        assets: Arc::clone(assets),
    }
}

/// All samples of all pages in a language.
pub fn all(lang: Lang) -> Vec<Drawn> {
    let mut gallery = Gallery { lang, assets: Arc::new(Assets::load()), drawn: vec![] };
    gate::add(&mut gallery);
    portal::add(&mut gallery);
    people::add(&mut gallery);
    points::add(&mut gallery);
    promotions::add(&mut gallery);
    console::add(&mut gallery);
    data::add(&mut gallery);
    money::add(&mut gallery);
    papers::add(&mut gallery);
    settle::add(&mut gallery);
    trace::add(&mut gallery);
    keeping::add(&mut gallery);
    loyalty::add(&mut gallery);
    webhooks::add(&mut gallery);
    mail::add(&mut gallery);
    training::add(&mut gallery);
    games::add(&mut gallery);
    gallery.drawn
}

pub struct Gallery {
    pub lang: Lang,
    assets: Arc<Assets>,
    drawn: Vec<Drawn>,
}

impl Gallery {
    pub fn add(&mut self, name: &str, viewer: As, page: &impl View) {
        let shell = shell(self.lang, viewer, &self.assets);
        self.drawn.push(Drawn {
            name: name.into(),
            title: page.title(shell.words()),
            markup: shell.page(page),
        });
    }

    pub fn manager(&mut self, name: &str, page: &impl View) {
        self.add(name, As::Role(Role::Administrator), page);
    }

    pub fn partner(&mut self, name: &str, page: &impl View) {
        self.add(name, As::Role(PARTNER), page);
    }
}

mod tests;
