use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;

fn source(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(of).join("src")
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// The texts in quotes of Rust source, each with what stands before it; comments hold none.
fn literals(source: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(skipped) = source[at..].find(['"', '/', '\'']) {
        let start = at + skipped;
        let rest = &source[start..];
        if rest.starts_with("//") {
            at = start + rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\'") || rest.starts_with("'/'") {
            at = start + 3;
        } else if !rest.starts_with('"') {
            at = start + 1;
        } else {
            let raw = source[..start].chars().rev().take_while(|c| *c == '#').count();
            let raw = source[..start - raw].ends_with('r').then_some(raw);
            let body = &rest[1..];
            let end = match raw {
                Some(signs) => body.find(&format!("\"{}", "#".repeat(signs))).expect("an end"),
                None => end_of(body),
            };
            let before = source[..start].trim_end_matches('#').trim_end_matches('r').trim_end();
            let text = if raw.is_some() { body[..end].to_owned() } else { unescaped(&body[..end]) };
            found.push((before, text));
            at = start + 1 + end + 1;
        }
    }
    found
}

fn end_of(body: &str) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    panic!("a text in quotes ends")
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\n')) => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some('n')) => {
                chars.next();
                out.push('\n');
            }
            ('\\', Some(_)) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// `unknown key `{key}`` as `unknown key `$``: a format with its places, which are one where
/// nothing stands between them.
fn places(format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            out.push(c);
            rest = after;
            continue;
        }
        let end = rest.strip_prefix('{').and_then(|body| {
            let end = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            body[end..].starts_with('}').then_some(end + 2)
        });
        if let Some(end) = end {
            if !out.ends_with('$') {
                out.push('$');
            }
            rest = &rest[end..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// A line of the file with its places unnumbered.
fn unnumbered(english: &str) -> String {
    pieces_of(english, |_| "$".to_owned())
}

fn pieces_of(text: &str, place: impl Fn(usize) -> String) -> String {
    let leaked: &'static str = Box::leak(text.to_owned().into_boxed_str());
    let say = |piece: Piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Place(number) => place(number),
    };
    pieces(leaked).into_iter().map(say).collect()
}

/// Source whose sentences never reach a page: they go to the terminal, the log or a case's report.
const NOT_ON_A_PAGE: [&str; 8] = [
    "/db/",
    "/backup/",
    "/testing/",
    "tests",
    "/case/json",
    "/case/telling",
    "program/schema",
    "/rebuild/",
];

fn on_a_page(path: &Path) -> bool {
    let path = path.to_string_lossy().replace('\\', "/");
    !NOT_ON_A_PAGE.iter().any(|part| path.contains(part))
}

/// Texts with spaces that are no sentences for people.
fn is_no_sentence(text: &str) -> bool {
    let sql = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|word| text.contains(word));
    let yaml = text.contains('\n') || text.starts_with("version: ");
    sql || yaml || !text.trim().contains(' ') || !text.contains(|c: char| c.is_ascii_lowercase())
}

/// Every text of the checker and of the reader of programs, and every message of an error.
fn said() -> BTreeMap<String, PathBuf> {
    let mut all = BTreeMap::new();
    for (of, whole) in [
        (
            "domain",
            &[
                "/program/check/",
                "/program/parse/",
                "/program/unsupported",
                "/reader.rs",
                "/yaml/read",
                "/condition/",
                "/case/check",
                "/case/parse",
                "/case/run",
                "/case/timeline",
                "/case/expect",
            ][..],
        ),
        (
            "engine",
            &[
                "/programs/carried",
                "/programs/mod",
                "/ingest/mapping/read",
                "/ingest/mapping/mod",
                "/ingest/row/bind",
            ][..],
        ),
    ] {
        let mut paths = Vec::new();
        files(&source(of), &mut paths);
        for path in paths.into_iter().filter(|path| on_a_page(path)) {
            let text = std::fs::read_to_string(&path).expect("a text");
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let slashes = path.to_string_lossy().replace('\\', "/");
            let all_of_it = whole.iter().any(|part| slashes.contains(part));
            for (before, literal) in literals(text) {
                let of_error = before.ends_with("#[error(");
                let of_code =
                    ["expect(", "reason =", "assert!("].iter().any(|b| before.ends_with(b));
                let source_of_error = before.ends_with("#[source]");
                if (of_error || all_of_it && !of_code && !source_of_error)
                    && !is_no_sentence(&literal)
                {
                    all.insert(places(&literal), path.clone());
                }
            }
        }
    }
    all
}

#[test]
fn every_sentence_of_the_engine_has_a_translation() {
    let known: BTreeSet<String> = pairs().map(|(english, _)| unnumbered(english)).collect();
    let said = said();
    assert!(said.len() > 300, "the source is read: {} sentences", said.len());
    let missing: Vec<String> = said
        .iter()
        .filter(|(sentence, _)| {
            let plain = !sentence.contains('$') && japanese(sentence).is_some();
            !plain && !known.contains(*sentence) && !FRAGMENTS.contains(&sentence.as_str())
        })
        .map(|(sentence, path)| {
            let file = path.to_string_lossy();
            format!("{sentence}   ({})", file.rsplit("crates/").next().unwrap_or(&file))
        })
        .collect();
    assert!(missing.is_empty(), "ja/sentences.txt lacks:\n{}", missing.join("\n"));
}

/// Parts of sentences that stand as they are: signs, and words of the language in quotes.
const FRAGMENTS: [&str; 14] = [
    " in [",
    " in list(",
    "$ $",
    "5 days",
    "` or `",
    "`above: $`",
    "`from: $`",
    "after beside group_by",
    "after: { facts: … }",
    "every: on_demand",
    "rounding: { at: fact }",
    "up_to beside group_by",
    // Said to the log.
    "the machine gave no random bytes",
    "the password could not be hashed",
];

#[test]
fn a_translation_has_the_places_of_its_sentence_and_stands_once() {
    let mut seen = BTreeSet::new();
    for (english, japanese) in pairs() {
        let numbers = |text: &'static str| -> BTreeSet<usize> {
            let place = |piece| match piece {
                Piece::Place(place) => Some(place),
                Piece::Text(_) => None,
            };
            pieces(text).into_iter().filter_map(place).collect()
        };
        let (en, ja) = (numbers(english), numbers(japanese));
        assert!(ja.is_subset(&en), "`{japanese}` fills what `{english}` has not");
        assert!(seen.insert(english), "`{english}` stands twice");
        let own = |text: &str| text.contains(|c: char| !c.is_ascii());
        assert!(own(japanese) || japanese == english || japanese.len() < 12, "{japanese}");
    }
    let lines = include_str!("../ja/sentences.txt").lines();
    let texts = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    assert_eq!(texts, pairs().count() * 2, "lines come in pairs");
}

/// What is left of a Japanese sentence without what is quoted.
fn unquoted(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Words of English that stand between the quotes of a Japanese sentence.
fn left_in_english(japanese: &str) -> Vec<String> {
    // A group is named by its own words.
    let named = japanese.split_once("{ ").and_then(|(_, rest)| rest.split_once(" }"));
    let words =
        unquoted(&named.map_or(japanese.to_owned(), |(group, _)| japanese.replace(group, "")));
    let words = words.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 3);
    let mark = ["YAML", "IBAN", "IANA", "Tokuten", "cp932", "xlsx", "best"];
    words.filter(|word| !mark.contains(word)).map(str::to_owned).collect()
}

/// What a line of a test expects to be said: behind `error:`, behind `=>` in the tests of the
/// checker, behind a column in those of conditions.
fn expected_in(file: &str, line: &str) -> Vec<String> {
    let line = line.trim().trim_end_matches("\",");
    let mut said: Vec<&str> = Vec::new();
    let is_code = ["///", "expect(", "format!(", "to_owned", "=> Some", "\"));"];
    if is_code.iter().any(|sign| line.contains(sign)) {
        return Vec::new();
    }
    if file.ends_with("program/check/tests.rs") {
        let behind = line.rsplit_once(" => ").map(|(_, said)| said);
        said.extend(behind.into_iter().flat_map(|said| said.split(" &&& ")));
        said.retain(|said| *said != "ok");
    } else if file.ends_with("condition/tests/wrong.rs") {
        let behind = line.rsplit_once(" -> ").map(|(_, said)| said);
        let parts = behind.into_iter().flat_map(|said| said.split(" | "));
        said.extend(parts.filter_map(|part| {
            let (column, said) = part.split_once(": ")?;
            column.bytes().all(|byte| byte.is_ascii_digit()).then_some(said)
        }));
    }
    let words = said.into_iter().map(|said| said.strip_prefix("warning: ").unwrap_or(said));
    words.map(str::to_owned).collect()
}

/// What the tests of the checker expect it to say is what people meet: all of it is Japanese.
#[test]
fn what_the_checker_says_in_its_own_tests_is_japanese_to_the_last_word() {
    let mut paths = Vec::new();
    files(&source("domain"), &mut paths);
    let (mut checked, mut wrong) = (0, Vec::new());
    let mut cases = Vec::new();
    let refused = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/refused");
    for entry in std::fs::read_dir(refused).expect("a folder").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a text");
        let refused = domain::case::refusals(&text).expect("`refused`").expect("it reads");
        cases.extend(refused.texts.into_iter().flat_map(|text| text.says));
    }
    let told = cases.iter().map(|said| said.strip_prefix("warning: ").unwrap_or(said).to_owned());
    let mut all: Vec<String> = told.collect();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a text");
        let file = path.to_string_lossy().replace('\\', "/");
        all.extend(text.lines().flat_map(|line| expected_in(&file, line)));
    }
    for said in all {
        // The second half is a library's, that of a test, or left out in the case.
        let halves = ["is not a regular expression", "` fails: ", "` alone has no value"];
        if halves.iter().any(|half| said.contains(half)) {
            continue;
        }
        checked += 1;
        match japanese(&said) {
            None => wrong.push(format!("{said}   (none)")),
            Some(ja) if !left_in_english(&ja).is_empty() => wrong.push(format!("{said}   ({ja})")),
            Some(_) => {}
        }
    }
    assert!(checked > 200, "the tests of the checker are read: {checked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An English sentence and its Japanese.
#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (english, expected) in cases {
        assert_eq!(sentence(Lang::Ja, english), *expected, "for `{english}`");
        assert_eq!(sentence(Lang::En, english), *english);
    }
}

#[test]
fn sentences_are_filled_and_stand_in_one_another() {
    check(&[
        ("unknown partner `P3`", "パートナー `P3` は登録されていません"),
        ("unknown term `text`", "条件 `text` がありません"),
        (
            "`fact.kind` is text and is compared with a number; compare like with like",
            "`fact.kind` は文字ですが、数値と比べています。同じ型で比べてください",
        ),
        ("period `2026Q1` of `RB-1` is closed already", "`RB-1` の期間 `2026Q1` は締め済みです"),
        ("nobody wrote this down: ever", "nobody wrote this down: ever"),
    ]);
}
