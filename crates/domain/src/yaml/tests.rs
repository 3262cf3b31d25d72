use std::fmt::Write;

use super::*;

/// What was read, a line each: `line:column path = text`.
fn flat(node: &Node, path: &str, out: &mut String) {
    match &node.kind {
        Kind::Scalar(scalar) => {
            let quote = if scalar.quoted { "'" } else { "" };
            let Position { line, column } = node.at;
            let _ = writeln!(out, "{line}:{column} {path} = {quote}{}{quote}", scalar.text);
        }
        Kind::List(items) => {
            for (i, item) in items.iter().enumerate() {
                flat(item, &format!("{path}/{i}"), out);
            }
        }
        Kind::Map(entries) => {
            for (key, value) in entries {
                flat(value, &format!("{path}/{}", key.text().unwrap_or("?")), out);
            }
        }
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let mut got = String::new();
    match parse(text) {
        Ok(document) => {
            flat(&document.root, "", &mut got);
            for Duplicate { key, at, first } in &document.duplicates {
                let _ = writeln!(
                    got,
                    "{}:{} duplicate {key} of {}:{}",
                    at.line, at.column, first.line, first.column
                );
            }
        }
        Err(error) => {
            got = format!("{}:{} error {}\n", error.at.line, error.at.column, error.message);
        }
    }
    assert_eq!(got.trim(), expected.trim(), "of:\n{text}");
}

#[test]
fn scalars_stay_the_text_that_was_written() {
    check(
        "a: 0012\nb: '0012'\nc: 1.50\nd: 日本\ne: [1e3, ~]\nf:\n",
        "1:4 /a = 0012\n2:4 /b = '0012'\n3:4 /c = 1.50\n4:4 /d = 日本\n5:5 /e/0 = 1e3\n5:10 /e/1 = ~\n6:2 /f =",
    );
}

#[test]
fn keys_that_stand_twice_are_found() {
    check("a: 1\nb: 2\na: 3\n", "1:4 /a = 1\n2:4 /b = 2\n3:4 /a = 3\n3:1 duplicate a of 1:1");
    check("x: { a: 1, a: 2 }", "1:9 /x/a = 1\n1:15 /x/a = 2\n1:12 duplicate a of 1:6");
}

#[test]
fn aliases_repeat_what_they_name() {
    check("a: &a { x: 1 }\nb: *a\n", "1:12 /a/x = 1\n1:12 /b/x = 1");
    check("a: &a [*a]\n", "1:8 error an alias stands inside the value it repeats");
}

#[test]
fn what_is_no_document_says_where() {
    check("a: [1\n", "2:1 error not YAML: while parsing a flow sequence, expected ',' or ']'");
    check("a: 1\n---\nb: 2\n", "2:1 error a file holds one document, but a second one starts here");
    check("a: !!str 1\n", "1:4 error tags such as `!!str` are not part of the language");
    check("[1]: 2\n", "1:1 error a key is one word, not a list or a mapping");
    check("<<: 2\n", "1:1 error `<<` is not part of the language: write the keys out");
    check("", "1:1  =");
}

#[test]
fn a_billion_laughs_end_early() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let last = i - 1;
        let refs = vec![format!("*a{last}"); 10].join(", ");
        let _ = writeln!(text, "a{i}: &a{i} [{refs}]");
    }
    let error = parse(&text).expect_err("too much");
    assert_eq!(error.message, "aliases add more than 1000000 values: use fewer");
    let mut deep = "a0: &a0 x\n".to_owned();
    for i in 1..100 {
        let _ = writeln!(deep, "a{i}: &a{i} [*a{}]", i - 1);
    }
    assert!(parse(&deep).expect_err("too deep").message.contains("64 levels"));
    assert!(parse(&"[".repeat(100)).expect_err("too deep").message.contains("64 levels"));
}

/// The position of a byte of the text under `key`.
#[track_caller]
fn check_offset(text: &str, part: &str, expected: (u32, u32)) {
    let document = parse(text).expect("a document");
    let node = document.root.get("when").expect("a `when`");
    let offset = node.text().expect("a text").find(part).expect("the part");
    let at = node.position_of(offset);
    assert_eq!((at.line, at.column), expected, "of `{part}` in:\n{text}");
}

#[test]
fn a_byte_of_a_text_is_found_in_the_file() {
    check_offset("when: a == 日本 && b\n", "b", (1, 18));
    check_offset("when: 'a == ''x'' && b'\n", "b", (1, 22));
    check_offset("when: \"a == \\\"x\\\" && b\"\n", "b", (1, 22));
    check_offset("when: a ==\n   1 && b\n", "b", (2, 9));
    check_offset("when: |\n   a ==\n   1 && b\n", "b", (3, 9));
    check_offset("when: >-\n   a ==\n   1\n   && b\n", "b", (4, 7));
}

#[test]
fn what_is_written_reads_back() {
    for text in [
        "a",
        "0012",
        "",
        "~",
        "null",
        "a: b",
        "- a",
        "x #y",
        "日本",
        "a\"b\\\n\tc",
        "-5",
        "--- a",
        "1%",
        "'",
        "a ",
        "*a",
    ] {
        let out = Tree::Map(vec![
            (text.to_owned() + "k", Tree::text(text)),
            (
                "l".to_owned(),
                Tree::List(vec![Tree::text(text), Tree::List(vec![Tree::text(text)])]),
            ),
            (
                "m".to_owned(),
                Tree::Map(vec![("n".into(), Tree::Map(vec![("o".into(), Tree::text(text))]))]),
            ),
            (
                "e".to_owned(),
                Tree::List(vec![
                    Tree::Map(vec![]),
                    Tree::List(vec![]),
                    Tree::Map(vec![("x".into(), Tree::List(vec![Tree::Map(vec![])]))]),
                ]),
            ),
        ]);
        let written = write(&out);
        let read = parse(&written).unwrap_or_else(|error| panic!("{error}:\n{written}"));
        assert_eq!(Tree::from(&read.root), out, "{written}");
    }
}

#[test]
fn no_text_makes_it_panic() {
    let seed = "program: x\nterms:\n  - term: a\n    when: \"a == \\\"b\\\"\"\n    tiers: [ { from: 0, rate: 1% }, *a ]\n    x: |\n      y\n    z: &a >-\n      q\n";
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).expect("small")
    };
    for _ in 0..3000 {
        let mut chars: Vec<char> = seed.chars().collect();
        for _ in 0..=next(4) {
            let at = next(chars.len().max(1)).min(chars.len());
            if chars.is_empty() {
                break;
            }
            match next(3) {
                0 => drop(chars.remove(at)),
                1 => chars.insert(
                    at,
                    [
                        ':', '\n', '"', '[', '}', '&', '*', '|', '日', '\t', '-', '?', '%',
                        '\u{0}', '\r',
                    ][next(15)],
                ),
                _ => chars.truncate(at.max(1)),
            }
        }
        let text: String = chars.into_iter().collect();
        if let Ok(document) = parse(&text) {
            let out = Tree::from(&document.root);
            let again =
                parse(&write(&out)).unwrap_or_else(|e| panic!("{e} {text}\n{}", write(&out)));
            assert_eq!(Tree::from(&again.root), out);
        }
    }
}

/// One change a line: `text => path => key: value; key = what comes out`; `/` ends a line, a key
/// without a value goes.
#[track_caller]
fn edits(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let parts: Vec<&str> = case.split(" => ").collect();
        let [text, path, changes, expected] = parts.as_slice() else { panic!("`{case}`") };
        let lines = |text: &str| text.replace('/', "\n");
        let steps: Vec<Step<'_>> = path
            .split('.')
            .filter(|step| !step.is_empty())
            .map(|step| step.parse().map_or(Step::Key(step), Step::Item))
            .collect();
        let changes: Vec<Entry> = changes
            .split("; ")
            .map(|change| match change.split_once(": ") {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (change.to_owned(), None),
            })
            .collect();
        let said = edit(&lines(text), &steps, &changes);
        let said = said.map_or("-".to_owned(), |said| said.trim_end().replace('\n', "/"));
        assert_eq!(said, *expected, "in `{case}`");
    }
}

#[test]
fn an_entry_changes_and_nothing_else_does() {
    edits(
        "
        # c/a: 1 # one/# two/b: 'x' =>  => a: 2 => # c/a: 2/# two/b: 'x'
        a: 1/b: x =>  => a; c: 3 => b: x/c: 3
        w: 1/p:/  x:/    n: \"X\" # n/    m: 2/# next/  y: {}/z: 1 => p.x => m: 3; o: [1] => w: 1/p:/  x:/    n: \"X\" # n/    m: 3/    o: [1]/# next/  y: {}/z: 1
        p:/  x:/    l:/    - 1/    - 2/q: 1 => p.x => l: 3 => p:/  x:/    l: 3/q: 1
        p: { x: { n: \"a, }b\", m: it's }, y: {} } => p.x => m: 2 => p: { x: { n: \"a, }b\", m: 2 }, y: {} }
        p: { x: {}, y: 1 } => p.x => m: 2 => p: { x: { m: 2 }, y: 1 }
        p: { x: { m: 2 } } => p.x => m => p: { x: {} }
        t:/  - n: 1/    # why/    m: 2/  - n: 2 => t.0 => n: 5; m => t:/  - n: 5/    # why/  - n: 2
        t:/- { n: 1, m: [a, b] }/- n: 2/u: 1 => t.0 => n: 3 => t:/- { n: 3, m: [a, b] }/- n: 2/u: 1
        t:/- n: 1/- n: 2/u: 1 => t.1 => k: 3 => t:/- n: 1/- n: 2/  k: 3/u: 1
        t:/- n: 1 => t.0 => n => -
        a: 1 => b => n: 1 => -
        a: 1 =>  => a: [ => -
        ",
    );
}
