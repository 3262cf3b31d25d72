//! What differs between two versions of a program: every word of both normal forms, so nothing
//! that counts is left unsaid, and nothing is said that only reads differently.

use std::collections::{BTreeMap, BTreeSet};

use super::{Program, show};
use crate::code::TermCode;
use crate::yaml::Tree;

/// One thing that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub of: Place,
    pub what: Changed,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Program,
    Term(TermCode),
    /// A row of a term's table, by what the row said before, or says where it is new.
    Row {
        term: TermCode,
        row: RowName,
    },
}

/// How people tell the rows of a table apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowName {
    /// Values of the names of `group_by`.
    pub group: Vec<(String, String)>,
    /// `from` or `above`, and the threshold; none for a row that is always reached.
    pub opens: Option<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// A word: `periods.grace`. What is not said on one side is missing there.
    Word {
        key: String,
        was: Option<String>,
        is: Option<String>,
    },
    /// The term or the row was not there; of a row, its words.
    Added(Vec<(String, String)>),
    Removed(Vec<(String, String)>),
    /// The tests the text carries are others.
    Tests {
        was: usize,
        is: usize,
    },
}

/// What a later version says otherwise, in the order of the text. Number, `amends`, `corrects` and
/// `recorded` are what makes it a version, and not named.
pub fn differences(old: &Program, new: &Program) -> Vec<Difference> {
    let (before, after) = (show::tree(old), show::tree(new));
    let mut found = Vec::new();
    let header = |tree: &Tree| {
        words(tree, &["version", "corrects", "amends", "recorded", "terms", "tests", "partners"])
    };
    compare_words(&Place::Program, &header(&before), &header(&after), &mut found);
    members(&before, &after, &mut found);
    let (was, is) = (terms(&before), terms(&after));
    for (code, term) in &was {
        let of = Place::Term(TermCode::new(code));
        match is.iter().find(|(other, _)| other == code) {
            None => found.push(Difference { of, what: Changed::Removed(Vec::new()) }),
            Some((_, now)) => {
                compare_words(&of, &words(term, &["tiers"]), &words(now, &["tiers"]), &mut found);
                let code = TermCode::new(code);
                let dimensions = dimensions(old, new, &code);
                rows(&code, &dimensions, (term, now), &mut found);
            }
        }
    }
    for (code, _) in is.iter().filter(|(code, _)| was.iter().all(|(other, _)| other != code)) {
        let of = Place::Term(TermCode::new(code));
        found.push(Difference { of, what: Changed::Added(Vec::new()) });
    }
    if get(&before, "tests") != get(&after, "tests") {
        let (was, is) = (old.tests().len(), new.tests().len());
        found.push(Difference { of: Place::Program, what: Changed::Tests { was, is } });
    }
    found
}

fn get<'t>(tree: &'t Tree, key: &str) -> Option<&'t Tree> {
    let Tree::Map(entries) = tree else { return None };
    entries.iter().find(|(other, _)| other == key).map(|(_, value)| value)
}

fn text(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) => text.clone(),
        Tree::List(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Tree::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| format!("{key} {}", text(value)));
            pairs.collect::<Vec<_>>().join(" ")
        }
    }
}

/// The words of a mapping by their paths, but some, in order.
fn words(tree: &Tree, but: &[&str]) -> Vec<(String, Tree)> {
    let mut found = Vec::new();
    if let Tree::Map(entries) = tree {
        for (key, value) in entries.iter().filter(|(key, _)| !but.contains(&key.as_str())) {
            flat(key.clone(), value, &mut found);
        }
    }
    found
}

fn flat(path: String, value: &Tree, found: &mut Vec<(String, Tree)>) {
    match value {
        Tree::Map(entries) => {
            for (key, value) in entries {
                flat(format!("{path}.{key}"), value, found);
            }
        }
        other => found.push((path, other.clone())),
    }
}

fn compare_words(
    of: &Place,
    was: &[(String, Tree)],
    is: &[(String, Tree)],
    found: &mut Vec<Difference>,
) {
    let mut keys: Vec<&String> = was.iter().map(|(key, _)| key).collect();
    keys.extend(is.iter().map(|(key, _)| key).filter(|key| was.iter().all(|(k, _)| k != *key)));
    let find = |words: &[(String, Tree)], key: &str| {
        words.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone())
    };
    for key in keys {
        let (old, new) = (find(was, key), find(is, key));
        if old == new {
            continue;
        }
        match (&old, &new) {
            // Of a list of codes, those that came and went.
            (Some(Tree::List(a)), Some(Tree::List(b))) if key.starts_with("lists.") => {
                each(of, key, a, b, found);
            }
            _ => {
                let (was, is) = (old.as_ref().map(text), new.as_ref().map(text));
                let what = Changed::Word { key: key.clone(), was, is };
                found.push(Difference { of: of.clone(), what });
            }
        }
    }
}

fn each(of: &Place, key: &str, was: &[Tree], is: &[Tree], found: &mut Vec<Difference>) {
    let left: BTreeSet<String> = was.iter().map(text).collect();
    let right: BTreeSet<String> = is.iter().map(text).collect();
    let mut put = |was: Option<&String>, is: Option<&String>| {
        let what = Changed::Word { key: key.to_owned(), was: was.cloned(), is: is.cloned() };
        found.push(Difference { of: of.clone(), what });
    };
    left.difference(&right).for_each(|gone| put(Some(gone), None));
    right.difference(&left).for_each(|new| put(None, Some(new)));
}

fn members(before: &Tree, after: &Tree, found: &mut Vec<Difference>) {
    let (was, is) = (get(before, "partners"), get(after, "partners"));
    let (Some(Tree::List(a)), Some(Tree::List(b))) = (was, is) else {
        if was != is {
            let (was, is) = (was.map(listed), is.map(listed));
            let what = Changed::Word { key: "partners".to_owned(), was, is };
            found.push(Difference { of: Place::Program, what });
        }
        return;
    };
    let said = |list: &[Tree]| -> Vec<Tree> {
        list.iter().map(|member| Tree::text(said_member(member))).collect()
    };
    each(&Place::Program, "partners", &said(a), &said(b), found);
}

/// Who can earn: the condition, or everybody on the list.
fn listed(tree: &Tree) -> String {
    match tree {
        Tree::List(list) => list.iter().map(said_member).collect::<Vec<_>>().join(", "),
        other => text(other),
    }
}

/// `P1`, and what else is said of the member.
fn said_member(member: &Tree) -> String {
    let Tree::Map(entries) = member else { return text(member) };
    let mut said: Vec<String> = Vec::new();
    for (key, value) in entries {
        match (key.as_str(), text(value)) {
            ("partner", code) => said.insert(0, code),
            ("skip", no) if no == "false" => {}
            (key, value) => said.push(format!("{key} {value}")),
        }
    }
    said.join(" ")
}

fn terms(tree: &Tree) -> Vec<(String, &Tree)> {
    let Some(Tree::List(terms)) = get(tree, "terms") else { return Vec::new() };
    terms.iter().filter_map(|term| Some((text(get(term, "term")?), term))).collect()
}

/// The names of `group_by` a term's rows may give values for.
fn dimensions(old: &Program, new: &Program, code: &TermCode) -> BTreeSet<String> {
    let of = |program: &Program| -> Vec<String> {
        let term = program.terms.iter().find(|term| &term.code == code);
        let names = term.map(|term| term.group_by.names.iter().map(|(name, _)| name.clone()));
        names.into_iter().flatten().collect()
    };
    of(old).into_iter().chain(of(new)).collect()
}

type Row = BTreeMap<String, String>;

fn table(term: &Tree) -> Vec<Row> {
    let Some(Tree::List(rows)) = get(term, "tiers") else { return Vec::new() };
    let row =
        |row: &Tree| words(row, &[]).into_iter().map(|(key, value)| (key, text(&value))).collect();
    rows.iter().map(row).collect()
}

fn row_name(row: &Row, dimensions: &BTreeSet<String>) -> RowName {
    let group = dimensions.iter().filter_map(|name| Some((name.clone(), row.get(name)?.clone())));
    let opens =
        ["from", "above"].into_iter().find_map(|key| Some((key.to_owned(), row.get(key)?.clone())));
    RowName { group: group.collect(), opens }
}

/// Rows with the same threshold, group and days are the same row; of the others, those at the same
/// place among them are one whose threshold moved.
fn rows(
    term: &TermCode,
    dimensions: &BTreeSet<String>,
    (was, is): (&Tree, &Tree),
    found: &mut Vec<Difference>,
) {
    let (was, mut is) = (table(was), table(is));
    let of = |row: &Row| Place::Row { term: term.clone(), row: row_name(row, dimensions) };
    let days = |row: &Row| (row.get("starts").cloned(), row.get("ends").cloned());
    let mut left: Vec<Row> = Vec::new();
    let mut moved: Vec<(Row, Row)> = Vec::new();
    for row in was {
        let same = is.iter().position(|other| {
            row_name(other, dimensions) == row_name(&row, dimensions) && days(other) == days(&row)
        });
        match same {
            Some(at) => moved.push((row, is.remove(at))),
            None => left.push(row),
        }
    }
    let mut removed: Vec<Row> = Vec::new();
    for row in left {
        let group = row_name(&row, dimensions).group;
        match is.iter().position(|other| row_name(other, dimensions).group == group) {
            Some(at) => moved.push((row, is.remove(at))),
            None => removed.push(row),
        }
    }
    for (old, new) in moved {
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys.into_iter().filter(|key| old.get(*key) != new.get(*key)) {
            let (was, is) = (old.get(key).cloned(), new.get(key).cloned());
            let what = Changed::Word { key: key.clone(), was, is };
            found.push(Difference { of: of(&old), what });
        }
    }
    let said = |row: &Row| -> Vec<(String, String)> {
        let name = row_name(row, dimensions);
        let named = |key: &str| {
            dimensions.contains(key) || name.opens.as_ref().is_some_and(|(opens, _)| opens == key)
        };
        row.iter().filter(|(key, _)| !named(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    for row in &removed {
        found.push(Difference { of: of(row), what: Changed::Removed(said(row)) });
    }
    for row in &is {
        found.push(Difference { of: of(row), what: Changed::Added(said(row)) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
program: p
currency: JPY
starts: 2026-04-01
partners: [P1, P2]
periods: { every: quarter, grace: 5 days }
lists: { spring: [B1, B2] }
terms:
  - term: volume
    when: product.code in list("spring")
    group_by: [product.brand]
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 0, rate: 1% }
      - { from: 1000, rate: 2% }
      - { brand: Kita, from: 500, rate: 3% }
tests: [ { test: x, expect: [ { awards: p, amount: 0 } ] } ]
"#;

    fn said(difference: &Difference) -> String {
        let of = match &difference.of {
            Place::Program => String::new(),
            Place::Term(term) => format!("{term} "),
            Place::Row { term, row } => {
                let group: Vec<&str> = row.group.iter().map(|(_, value)| value.as_str()).collect();
                let opens = row.opens.as_ref().map_or("always", |(_, at)| at);
                format!("{term} [{}{opens}] ", group.join(" ") + " ")
            }
        };
        let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let what = match &difference.what {
            Changed::Word { key, was, is } => format!("{key}: {} > {}", or(was), or(is)),
            Changed::Added(words) => format!("added {words:?}"),
            Changed::Removed(words) => format!("removed {words:?}"),
            Changed::Tests { was, is } => format!("tests {was} > {is}"),
        };
        format!("{of}{what}")
    }

    /// Replacements, and what they make different.
    #[track_caller]
    fn check(replaced: &[(&str, &str)], expected: &[&str]) {
        let mut text = TEXT.to_owned();
        for (old, new) in replaced {
            assert!(text.contains(old), "`{old}`");
            text = text.replace(old, new);
        }
        let old = crate::program::parse(TEXT).into_result().expect("a program");
        let new = crate::program::parse(&text).into_result().unwrap_or_else(|p| panic!("{p:?}"));
        let got: Vec<String> = differences(&old, &new).iter().map(said).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn nothing_is_different_where_only_the_writing_is() {
        check(&[("rate: 2%", "rate: 0.02"), ("currency: JPY", "currency: \"JPY\" # yen")], &[]);
        check(&[("program: p\n", "program: p\nversion: 2\namends: { from: 2026-05-01 }\n")], &[]);
    }

    #[test]
    fn words_rows_members_and_lists_are_told_apart() {
        check(&[("1000, rate: 2%", "1000, rate: 2.5%")], &["volume [ 1000] rate: 2% > 2.5%"]);
        check(&[("from: 1000", "from: 1200")], &["volume [ 1000] from: 1000 > 1200"]);
        check(&[("grace: 5 days", "grace: 7 days")], &["volume periods.grace: 5 days > 7 days"]);
        check(
            &[("starts: 2026-04-01", "starts: 2026-04-01\nends: 2027-03-31")],
            &["ends: - > 2027-03-31"],
        );
        check(
            &[("[P1, P2]", "[P2, { partner: P3, to: 2026-06-30 }]")],
            &["partners: P1 > -", "partners: - > P3 to 2026-06-30"],
        );
        check(&[("[P1, P2]", "all")], &["partners: P1, P2 > all"]);
        check(&[("[B1, B2]", "[B2, B3]")], &["lists.spring: B1 > -", "lists.spring: - > B3"]);
        check(
            &[("      - { brand: Kita, from: 500, rate: 3% }\n", "")],
            &["volume [Kita 500] removed [(\"rate\", \"3%\")]"],
        );
        check(&[("amount: 0 }", "amount: 5 }")], &["tests 1 > 1"]);
    }

    #[test]
    fn a_row_more_is_one_row_more() {
        check(
            &[("      - { from: 1000", "      - { from: 600, rate: 1.5% }\n      - { from: 1000")],
            &["volume [ 600] added [(\"rate\", \"1.5%\")]"],
        );
        check(&[("term: volume", "term: other")], &["volume removed []", "other added []"]);
    }
}
