//! Texts of new versions out of the text of one. What nobody asked to change stays as it was
//! written: words, comments, order and tests.

use jiff::civil::Date;

use super::{Member, Program, Thresholds, show};
use crate::code::ProgramCode;
use crate::yaml::{self, Kind, Node};

/// What a new version is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revision {
    /// Acts on all of the version it comes from.
    Correct,
    /// Acts on facts from a day on.
    Amend { from: Date, thresholds: Thresholds },
    /// The program ends with this day, earlier than it said.
    End { last: Date },
    /// A program of its own, under another code.
    Copy { code: ProgramCode },
}

/// The text of a version that revises this one. `version` is its number; a copy begins with 1.
pub fn revise(program: &Program, version: u32, revision: &Revision) -> String {
    let text = if Lines::of(&program.text).is_some() {
        program.text.clone()
    } else {
        // Nothing can be put between the keys of a program that stands on one line.
        show(program)
    };
    let Some(mut lines) = Lines::of(&text) else { return text };
    for key in ["version", "corrects", "amends", "recorded"] {
        lines.remove(key);
    }
    let header = match revision {
        Revision::Correct => {
            vec![format!("version: {version}"), format!("corrects: {}", program.version)]
        }
        Revision::Amend { from, thresholds } => {
            let split = match thresholds {
                Thresholds::Whole => "",
                Thresholds::Split => ", thresholds: split",
            };
            vec![format!("version: {version}"), format!("amends: {{ from: {from}{split} }}")]
        }
        Revision::End { last } => {
            lines.set("ends", "starts", &format!("ends: {last}"));
            vec![format!("version: {version}"), format!("amends: {{ from: {last} }}")]
        }
        Revision::Copy { code } => {
            lines.rename(program.code.as_str(), code.as_str());
            Vec::new()
        }
    };
    lines.insert_after("program", header);
    lines.text()
}

/// The text of a program with these as its members, whoever they were before.
pub fn with_members(program: &Program, members: &[Member]) -> String {
    let text =
        if Lines::of(&program.text).is_some() { program.text.clone() } else { show(program) };
    let Some(mut lines) = Lines::of(&text) else { return text };
    let mut said = vec!["partners:".to_owned()];
    said.extend(members.iter().map(|member| format!("  - {}", written(member))));
    match lines.span("partners") {
        Some((from, to)) => drop(lines.lines.splice(from..to, said)),
        None => lines.insert_after("starts", said),
    }
    lines.text()
}

/// A member on one line, as short as it can be said.
fn written(member: &Member) -> String {
    let code = quoted(member.partner.as_str());
    let mut words = Vec::new();
    words.extend(member.from.map(|day| format!("from: {day}")));
    words.extend(member.to.map(|day| format!("to: {day}")));
    words.extend(member.ship_to.as_ref().map(|of| format!("ship_to: {}", quoted(of.as_str()))));
    if member.skip {
        words.push("skip: true".to_owned());
    }
    if words.is_empty() { code } else { format!("{{ partner: {code}, {} }}", words.join(", ")) }
}

/// A code as YAML reads it back as a text.
fn quoted(code: &str) -> String {
    let plain = code.chars().next().is_some_and(|first| first.is_ascii_alphabetic())
        && code.chars().all(|c| c.is_ascii_alphanumeric() || ['-', '_'].contains(&c))
        && !["y", "n", "yes", "no", "true", "false", "null", "on", "off", "all"]
            .contains(&code.to_ascii_lowercase().as_str());
    if plain {
        return code.to_owned();
    }
    format!("\"{}\"", code.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text by its top-level keys, each on lines of its own.
struct Lines {
    lines: Vec<String>,
    /// Key, and the line it begins on, counted from 0.
    keys: Vec<(String, usize)>,
    root: Node,
}

impl Lines {
    /// `None` if keys share lines, or there is nothing to read.
    fn of(text: &str) -> Option<Lines> {
        let root = yaml::parse(text).ok()?.root;
        let mut keys: Vec<(String, usize)> = Vec::new();
        for (key, _) in root.map()? {
            let line = usize::try_from(key.at.line).ok()?.checked_sub(1)?;
            let alone = key.at.column == 1 && keys.last().is_none_or(|(_, last)| *last < line);
            keys.push((alone.then(|| key.text().map(str::to_owned)).flatten()?, line));
        }
        Some(Lines { lines: text.lines().map(str::to_owned).collect(), keys, root })
    }

    /// The lines of a key: what stands before the next one belongs to that one.
    fn span(&self, key: &str) -> Option<(usize, usize)> {
        let at = self.keys.iter().position(|(other, _)| other == key)?;
        let from = self.keys[at].1;
        let mut to = self.keys.get(at + 1).map_or(self.lines.len(), |(_, line)| *line);
        let is_loose = |line: &String| line.trim().is_empty() || line.starts_with('#');
        while from + 1 < to && self.lines.get(to - 1).is_some_and(is_loose) {
            to -= 1;
        }
        Some((from, to))
    }

    fn moved(&mut self, from: usize, by: impl Fn(usize) -> usize) {
        for (_, line) in self.keys.iter_mut().filter(|(_, line)| from <= *line) {
            *line = by(*line);
        }
    }

    fn remove(&mut self, key: &str) {
        let Some((from, to)) = self.span(key) else { return };
        self.lines.drain(from..to);
        self.keys.retain(|(other, _)| other != key);
        self.moved(from, |line| line - (to - from));
    }

    fn insert_after(&mut self, key: &str, more: Vec<String>) {
        let Some((_, to)) = self.span(key) else { return };
        let count = more.len();
        self.moved(to, |line| line + count);
        self.lines.splice(to..to, more);
    }

    /// Puts a line in place of a key's, or behind another key's.
    fn set(&mut self, key: &str, behind: &str, line: &str) {
        if let Some((from, to)) = self.span(key) {
            self.lines.splice(from..to, [line.to_owned()]);
            self.moved(from + 1, |line| line + 1 - (to - from));
        } else {
            self.insert_after(behind, vec![line.to_owned()]);
        }
    }

    /// Gives the program another code, also where its tests name it.
    fn rename(&mut self, old: &str, new: &str) {
        let offset = |lines: &Lines, key: &str| -> Option<(i64, usize, usize)> {
            // How far lines have moved since the text was read.
            let read = lines.root.map()?.iter().find(|(k, _)| k.text() == Some(key))?.0.at.line;
            let (from, to) = lines.span(key)?;
            let moved = i64::try_from(from).ok()? - (i64::from(read) - 1);
            Some((moved, from, to))
        };
        let mut places: Vec<(usize, usize)> = Vec::new();
        for key in ["program", "tests"] {
            let Some((moved, from, to)) = offset(self, key) else { continue };
            let Some(value) = self.root.get(key) else { continue };
            let mut found = Vec::new();
            if key == "program" {
                found.push(value.at);
            } else {
                named(value, old, &mut found);
            }
            for at in found {
                let line = usize::try_from(i64::from(at.line) - 1 + moved).unwrap_or(usize::MAX);
                let column = usize::try_from(at.column).unwrap_or(1) - 1;
                if from <= line && line < to {
                    places.push((line, column));
                }
            }
        }
        // From the last on, so that columns before stay where they are.
        places.sort_unstable();
        for (line, column) in places.into_iter().rev() {
            let before: String = self.lines[line].chars().take(column).collect();
            let rest: String = self.lines[line].chars().skip(column).collect();
            let quote = rest.chars().next().filter(|first| ['"', '\''].contains(first));
            let inside = quote.map_or(rest.as_str(), |quote| &rest[quote.len_utf8()..]);
            if let Some(behind) = inside.strip_prefix(old) {
                let quote = quote.map(String::from).unwrap_or_default();
                self.lines[line] = format!("{before}{quote}{new}{behind}");
            }
        }
    }

    fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

/// Where tests name a program: codes of partners and products may read the same.
fn named(node: &Node, code: &str, found: &mut Vec<super::Position>) {
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::List(items) => items.iter().for_each(|item| named(item, code, found)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                let names = key.text().is_some_and(|key| NAME_PROGRAMS.contains(&key));
                if names && value.text() == Some(code) {
                    found.push(value.at);
                } else {
                    named(value, code, found);
                }
            }
        }
    }
}

/// Keys of cases whose values are programs.
const NAME_PROGRAMS: [&str; 6] =
    ["program", "awards", "accruals", "payouts", "balances", "statement"];

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# What we agreed in spring.
program: bikes
version: 2
amends:
  from: 2026-05-01   # after the fair
# The customer's words.
name: Bikes
currency: JPY
starts: 2026-04-01
ends: 2027-03-31     # a year

terms:
  - { term: volume, measure: sum(amount), rate: 1% }   # first step
tests:
  - test: one per cent
    partners: { bikes: {} }
    timeline:
      - { on: 2026-04-10, sale: S1, partner: bikes, quantity: 1, amount: 1000 }
    expect:
      - { awards: bikes, term: volume, partner: bikes, amount: 10 }
      - { awards: \"bikes\", term: volume, partner: bikes, tier: 1 }
";

    #[track_caller]
    fn check(text: &str, revision: &Revision, expected: &[(&str, &str)]) -> Program {
        let program = crate::program::parse(text).into_result().expect("a program");
        let revised = revise(&program, 3, revision);
        let mut wanted = text.to_owned();
        for (old, new) in expected {
            assert!(wanted.contains(old), "`{old}` is not in\n{wanted}");
            wanted = wanted.replace(old, new);
        }
        assert_eq!(revised, wanted);
        let read = crate::program::parse(&revised);
        read.into_result().unwrap_or_else(|problems| panic!("{problems:#?}\n{revised}"))
    }

    const OLD: &str = "version: 2\namends:\n  from: 2026-05-01   # after the fair\n";

    #[test]
    fn only_what_was_asked_for_changes() {
        let program = check(TEXT, &Revision::Correct, &[(OLD, "version: 3\ncorrects: 2\n")]);
        assert_eq!(program.change, crate::program::Change::Corrects { version: 2 });
        let from = jiff::civil::date(2026, 8, 1);
        let thresholds = Thresholds::Whole;
        let amend = Revision::Amend { from, thresholds };
        check(TEXT, &amend, &[(OLD, "version: 3\namends: { from: 2026-08-01 }\n")]);
        let amend = Revision::Amend { from, thresholds: Thresholds::Split };
        let split = "version: 3\namends: { from: 2026-08-01, thresholds: split }\n";
        check(TEXT, &amend, &[(OLD, split)]);
    }

    #[test]
    fn ending_early_is_an_amendment_of_the_last_day() {
        let last = jiff::civil::date(2026, 9, 30);
        let amended = "version: 3\namends: { from: 2026-09-30 }\n";
        let ends = ("ends: 2027-03-31     # a year", "ends: 2026-09-30");
        let program = check(TEXT, &Revision::End { last }, &[(OLD, amended), ends]);
        assert_eq!(program.ends, Some(last));
        let open = TEXT.replace("ends: 2027-03-31     # a year\n", "");
        let starts = ("starts: 2026-04-01\n", "starts: 2026-04-01\nends: 2026-09-30\n");
        check(&open, &Revision::End { last }, &[(OLD, amended), starts]);
    }

    #[test]
    fn a_copy_is_called_by_its_own_code_everywhere() {
        let code = ProgramCode::new("gear-2027");
        let renamed = [
            (OLD, ""),
            ("program: bikes", "program: gear-2027"),
            ("awards: bikes", "awards: gear-2027"),
            ("awards: \"bikes\"", "awards: \"gear-2027\""),
        ];
        let program = check(TEXT, &Revision::Copy { code }, &renamed);
        assert_eq!(program.version, 1);
        assert!(crate::case::test_problems(&program).is_empty());
    }

    /// `what the text says || the members -> the lines that say so`.
    #[test]
    fn members_are_written_into_the_text_and_nothing_else_changes() {
        let program = crate::program::parse(TEXT).into_result().expect("a program");
        let member = |code: &str| Member {
            partner: crate::code::PartnerCode::new(code),
            from: None,
            to: None,
            ship_to: None,
            skip: false,
        };
        let from = Some(jiff::civil::date(2026, 7, 1));
        let members = vec![
            member("P1"),
            Member { from, skip: true, ..member("0012") },
            Member { ship_to: Some(crate::code::PartnerCode::new("S-1")), ..member("say \"x\"") },
        ];
        let text = with_members(&program, &members);
        let says = "partners:\n  - P1\n  - { partner: \"0012\", from: 2026-07-01, skip: true }\n  \
                    - { partner: \"say \\\"x\\\"\", ship_to: S-1 }\n";
        assert!(text.contains(says), "{text}");
        assert_eq!(text.matches("partners:").count(), 1 + TEXT.matches("  partners:").count());
        let read = crate::program::parse(&text).into_result().expect("a program");
        assert_eq!(read.partners, crate::program::Members::List(members.clone()));
        assert_eq!(read.terms.len(), program.terms.len());
        // Written twice is written once.
        assert_eq!(with_members(&read, &members), text);
    }

    #[test]
    fn a_program_on_one_line_is_written_out_first() {
        let text = "{ program: p, currency: JPY, starts: 2026-04-01, \
                    terms: [ { term: a, measure: sum(amount), rate: 1% } ] }";
        let program = crate::program::parse(text).into_result().expect("a program");
        let revised = revise(&program, 2, &Revision::Correct);
        let read = crate::program::parse(&revised).into_result().expect("a program");
        assert_eq!(read.version, 2);
        assert_eq!(read.terms.len(), 1);
    }
}
