//! The words of the pages, one file per language and area.
//!
//! # Invariants
//!
//! * A word missing in one language does not compile: `en/AREA.rs` declares the keys, and
//!   `ja/AREA.rs` must give each of them.
//! * A sentence with figures in it is a template with named places (`{n}`). Both languages have
//!   the same places, which a test holds.
//! * Templates are ours and may hold `<b>` and `<em>`; whatever is put into a place is escaped.

pub(crate) mod en;
mod ja;
mod sentences;

pub use sentences::{japanese, sentence};

use maud::{Markup, PreEscaped, html};

/// A language a page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    Ja,
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Ja, Lang::En];

    /// Picks the wording of this language. For single signs in `format`; words have keys.
    pub(crate) fn say<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Ja => ja,
            Lang::En => en,
        }
    }

    /// The tag for `lang="…"`, for cookies and for the user's record.
    pub fn tag(self) -> &'static str {
        self.say("ja", "en")
    }

    /// Its name in itself, as a link to it is written.
    pub fn own_name(self) -> &'static str {
        self.say("日本語", "English")
    }

    #[must_use]
    pub fn other(self) -> Lang {
        match self {
            Lang::Ja => Lang::En,
            Lang::En => Lang::Ja,
        }
    }

    /// A tag of ours, or one with a region behind it: `ja`, `en-GB`.
    pub fn parse(tag: &str) -> Option<Lang> {
        match tag.split('-').next()?.trim().to_ascii_lowercase().as_str() {
            "ja" => Some(Lang::Ja),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The first language of an `Accept-Language` header that we have, by its weights.
    pub fn accepted(header: &str) -> Option<Lang> {
        let mut best: Option<(u32, Lang)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let Some(lang) = parts.next().and_then(Lang::parse) else { continue };
            let weight = parts
                .filter_map(|part| part.trim().strip_prefix("q="))
                .map(thousandths)
                .next()
                .unwrap_or(1000);
            if weight > 0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }

    pub fn words(self) -> &'static Words {
        match self {
            Lang::Ja => &ja::WORDS,
            Lang::En => &en::WORDS,
        }
    }
}

/// A quality value of HTTP: `0.8` is 800.
fn thousandths(text: &str) -> u32 {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    whole.parse::<u32>().unwrap_or(0) * 1000 + digits.parse::<u32>().unwrap_or(0)
}

/// All words of one language.
pub struct Words {
    pub common: en::common::Common,
    pub sponsors: en::sponsors::Sponsors,
    pub studio: en::studio::Studio,
    pub terms: en::terms::Terms,
    pub console: en::console::Console,
    pub data: en::data::Data,
    pub money: en::money::Money,
    pub orders: en::orders::Orders,
    pub owing: en::owing::Owing,
    pub papers: en::papers::Papers,
    pub picturing: en::picturing::Picturing,
    pub points: en::points::Points,
    pub portal: en::portal::Portal,
    pub promoting: en::promoting::Promoting,
    pub promotions: en::promotions::Promotions,
    pub profile: en::profile::Profile,
    pub settle: en::settle::Settle,
    pub games: en::games::Games,
    pub gate: en::gate::Gate,
    pub keeping: en::keeping::Keeping,
    pub loyalty: en::loyalty::Loyalty,
    pub mail: en::mail::Mail,
    pub members: en::members::Members,
    pub people: en::people::People,
    pub tiers: en::tiers::Tiers,
    pub trace: en::trace::Trace,
    pub proposals: en::proposals::Proposals,
    pub refusals: en::refusals::Refusals,
    pub webhooks: en::webhooks::Webhooks,
    pub training: en::training::Training,
}

/// Declares the keys of an area by giving their English words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $text:literal,)* }) => {
        $(#[$doc])*
        #[allow(clippy::struct_field_names, reason = "keys are words, whatever the area is called")]
        pub struct $name { $(pub $key: &'static str,)* }

        pub const EN: $name = $name { $($key: $text,)* };

        #[cfg(test)]
        impl $name {
            pub fn entries(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($key), self.$key),)*]
            }
        }
    };
}
use words;

/// A value for a place of a template.
pub type Place<'a> = (&'a str, &'a str);

/// Fills the places of a template: `{n}` by its value, `{n?line|lines}` by the first word where
/// the value is 1 and by the second otherwise.
pub fn fill(template: &str, places: &[Place]) -> String {
    let mut out = String::new();
    fill_into(template, &mut |piece| match piece {
        Piece::Literal(text) => out.push_str(text),
        Piece::Value(name) => out.push_str(value(name, places)),
        Piece::Plural(name, one, many) => {
            out.push_str(if value(name, places) == "1" { one } else { many });
        }
    });
    out
}

/// Fills the places of a template with markup. The template itself is trusted.
pub fn fill_markup(template: &str, places: &[(&str, Markup)]) -> Markup {
    let find = |name: &str| places.iter().find(|(place, _)| *place == name).map(|(_, m)| &m.0);
    let mut out = String::new();
    fill_into(template, &mut |piece| match piece {
        Piece::Literal(text) => out.push_str(text),
        Piece::Value(name) => out.push_str(find(name).map_or("", String::as_str)),
        Piece::Plural(name, one, many) => {
            out.push_str(if find(name).is_some_and(|v| v == "1") { one } else { many });
        }
    });
    PreEscaped(out)
}

/// A template whose values are plain text, as markup.
pub fn fill_text(template: &str, places: &[Place]) -> Markup {
    let places: Vec<(&str, Markup)> =
        places.iter().map(|(name, text)| (*name, html! { (text) })).collect();
    fill_markup(template, &places)
}

fn value<'a>(name: &str, places: &[Place<'a>]) -> &'a str {
    places.iter().find(|(place, _)| *place == name).map_or("", |(_, value)| value)
}

enum Piece<'a> {
    Literal(&'a str),
    Value(&'a str),
    Plural(&'a str, &'a str, &'a str),
}

fn fill_into<'a>(template: &'a str, put: &mut dyn FnMut(Piece<'a>)) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        put(Piece::Literal(before));
        let Some((place, after)) = after.split_once('}') else { return };
        match place.split_once('?').and_then(|(name, w)| Some((name, w.split_once('|')?))) {
            Some((name, (one, many))) => put(Piece::Plural(name, one, many)),
            None => put(Piece::Value(place)),
        }
        rest = after;
    }
    put(Piece::Literal(rest));
}

#[cfg(test)]
mod tests;
