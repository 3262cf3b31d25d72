use std::collections::BTreeSet;

use super::*;

fn entries(words: &Words) -> Vec<(&'static str, &'static str)> {
    [
        words.common.entries(),
        words.sponsors.entries(),
        words.studio.entries(),
        words.terms.entries(),
        words.console.entries(),
        words.data.entries(),
        words.money.entries(),
        words.orders.entries(),
        words.owing.entries(),
        words.papers.entries(),
        words.picturing.entries(),
        words.points.entries(),
        words.portal.entries(),
        words.promoting.entries(),
        words.promotions.entries(),
        words.profile.entries(),
        words.settle.entries(),
        words.games.entries(),
        words.gate.entries(),
        words.keeping.entries(),
        words.loyalty.entries(),
        words.mail.entries(),
        words.trace.entries(),
        words.proposals.entries(),
        words.refusals.entries(),
        words.webhooks.entries(),
        words.training.entries(),
    ]
    .concat()
}

fn places(template: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    fill_into(template, &mut |piece| match piece {
        Piece::Literal(_) => {}
        Piece::Value(name) | Piece::Plural(name, _, _) => {
            names.insert(name.to_string());
        }
    });
    names
}

#[test]
fn both_languages_have_the_same_places() {
    for ((key, ja), (_, en)) in entries(Lang::Ja.words()).iter().zip(entries(Lang::En.words())) {
        assert_eq!(places(ja), places(en), "in `{key}`");
    }
}

#[test]
fn no_word_is_empty_or_left_in_english() {
    let same: BTreeSet<&str> = SAME_IN_BOTH.into_iter().collect();
    for ((key, ja), (_, en)) in entries(Lang::Ja.words()).iter().zip(entries(Lang::En.words())) {
        assert!(!en.is_empty() && !ja.is_empty(), "`{key}` is empty");
        assert!(ja != &en || same.contains(key), "`{key}` reads `{en}` in both languages");
    }
}

/// Names and signs that are written the same way in both languages.
const SAME_IN_BOTH: [&str; 8] = [
    "tokuten",
    "api_title",
    "act_on",
    "iban",
    "export",
    "export_xlsx",
    "arrived_points",
    "cert_title",
];

#[test]
fn templates_are_filled() {
    let cases = [
        (fill("{n} {n?line|lines}", &[("n", "1")]), "1 line"),
        (fill("{n} {n?line|lines}", &[("n", "12")]), "12 lines"),
        (
            fill("あと{gap}で{tier}", &[("gap", "120台"), ("tier", "ゴールド")]),
            "あと120台でゴールド",
        ),
        (fill_text("<b>{name}</b>", &[("name", "<A&B>")]).0, "<b>&lt;A&amp;B&gt;</b>"),
    ];
    for (written, expected) in cases {
        assert_eq!(written, expected);
    }
}

#[test]
fn the_language_follows_the_weights_of_the_browser() {
    let cases = [
        ("ja,en;q=0.8", Some(Lang::Ja)),
        ("en-GB,en;q=0.9,ja;q=0.95", Some(Lang::En)),
        ("de,ja;q=0.3,en;q=0.5", Some(Lang::En)),
        ("fr, *;q=0.1", None),
        ("ja;q=0", None),
        ("", None),
    ];
    for (header, expected) in cases {
        assert_eq!(Lang::accepted(header), expected, "`{header}`");
    }
}
