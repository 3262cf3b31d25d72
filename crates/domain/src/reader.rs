//! Typed values out of a YAML tree. Everything wrong is collected; nothing stops at the first.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amount::Currency;
use crate::code::TermCode;
use crate::condition::{ConditionError, Declared, Expr, Path, Wanted};
use crate::nearest::nearest;
use crate::problem::Problem;
use crate::program::keys::Key;
use crate::program::{Names, Position, Span};
use crate::yaml::{Document, Kind, Node};

/// Collects problems while values are read.
pub(crate) struct Reader<'d> {
    pub problems: Vec<Problem>,
    pub declared: &'d Declared,
    /// The term that is being read.
    pub term: Option<TermCode>,
}

/// The entries of a mapping whose keys were checked.
pub(crate) struct Fields<'n> {
    pub at: Position,
    pub entries: Vec<(&'n str, &'n Node, &'n Node)>,
}

impl<'n> Fields<'n> {
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(k, _, _)| *k == key).map(|(_, _, value)| *value)
    }

    /// Where the key stands, or the mapping.
    pub fn at(&self, key: &str) -> Position {
        self.entries.iter().find(|(k, _, _)| *k == key).map_or(self.at, |(_, node, _)| node.at)
    }

    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Those of the keys that are there.
    pub fn among(&self, keys: &[&'static str]) -> Vec<&'static str> {
        keys.iter().copied().filter(|key| self.has(key)).collect()
    }
}

impl<'d> Reader<'d> {
    pub fn new(declared: &'d Declared) -> Reader<'d> {
        Reader { problems: Vec::new(), declared, term: None }
    }

    #[track_caller]
    pub fn error(&mut self, at: Position, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::error(at, message, help);
        self.push(problem);
    }

    #[track_caller]
    pub fn warn(&mut self, at: Position, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::warning(at, message, help);
        self.push(problem);
    }

    fn push(&mut self, problem: Problem) {
        self.problems.push(Problem { term: self.term.clone(), ..problem });
    }

    pub fn duplicates(&mut self, document: &Document) {
        for duplicate in &document.duplicates {
            self.error(
                duplicate.at,
                format!("duplicate key `{}`", duplicate.key),
                format!("it stands in line {} already: remove one", duplicate.first.line),
            );
        }
    }

    /// The entries of a mapping of known keys. `what` is a noun for messages: `a term`.
    pub fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[Key]) -> Option<Fields<'n>> {
        let fields = self.any_fields(node, what)?;
        let known: Vec<&str> = known.iter().map(|key| key.word).collect();
        for (key, at, _) in &fields.entries {
            if !known.contains(key) {
                self.unknown_key(at.at, key, what, &known);
            }
        }
        Some(fields)
    }

    pub fn unknown_key(&mut self, at: Position, key: &str, what: &str, known: &[&str]) {
        match nearest(key, known.iter().copied()) {
            Some(near) => self.error(
                at,
                format!("unknown key `{key}` in {what}, did you mean `{near}`?"),
                "correct the word, or remove it",
            ),
            None => self.error(
                at,
                format!("unknown key `{key}` in {what}"),
                format!("the keys here are {}", listed(known)),
            ),
        }
    }

    /// The entries of a mapping whose keys are names of people's choosing.
    pub fn any_fields<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        let Kind::Map(entries) = &node.kind else {
            self.error(
                node.at,
                format!("{what} is a mapping, not {}", node.described()),
                "write `key: value` lines, or `{ key: value }`",
            );
            return None;
        };
        let mut read: Vec<(&str, &Node, &Node)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let word = key.text().unwrap_or_default();
            // A duplicate is reported once, by the document; the first counts.
            read.push((word, key, value));
        }
        Some(Fields { at: node.at, entries: read })
    }

    /// A value that may be missing.
    pub fn maybe<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        read: impl FnOnce(&mut Self, &str, &Node) -> Option<T>,
    ) -> Option<T> {
        fields.get(key).and_then(|node| read(self, key, node))
    }

    /// A value that must be there.
    pub fn needed<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        read: impl FnOnce(&mut Self, &str, &Node) -> Option<T>,
    ) -> Option<T> {
        if let Some(node) = fields.get(key) {
            return read(self, key, node);
        }
        let message = format!("`{key}` is required");
        self.error(fields.at, message, format!("add `{key}: …`"));
        None
    }

    /// A list, or nothing but a problem.
    pub fn items<'n>(&mut self, key: &str, node: &'n Node) -> Option<&'n [Node]> {
        if let Some(items) = node.list() {
            return Some(items);
        }
        self.error(
            node.at,
            format!("`{key}` is a list, not {}", node.described()),
            "write `- …` lines, or `[ … ]`",
        );
        None
    }

    /// A list of which each item is read; those that fail are left out.
    pub fn list<T>(
        &mut self,
        key: &str,
        node: &Node,
        mut read: impl FnMut(&mut Self, &str, &Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items(key, node)?;
        Some(items.iter().filter_map(|item| read(self, key, item)).collect())
    }

    /// Some text, taken as written.
    pub fn text(&mut self, key: &str, node: &Node) -> Option<String> {
        match node.text() {
            Some(text) if !node.is_nothing() && !text.trim().is_empty() => Some(text.to_owned()),
            _ => {
                self.error(
                    node.at,
                    format!("`{key}` is a text, not {}", node.described()),
                    format!("write `{key}: …`"),
                );
                None
            }
        }
    }

    /// The stable name of something.
    pub fn code(&mut self, key: &str, node: &Node) -> Option<String> {
        const CHARS_MAX: usize = 200;
        let text = self.text(key, node)?;
        let plain = text.trim() == text && !text.chars().any(char::is_control);
        if plain && text.chars().count() <= CHARS_MAX {
            return Some(text);
        }
        self.error(
            node.at,
            format!("{} is not a code", node.described()),
            format!("a code has at most {CHARS_MAX} characters on one line, without outer spaces"),
        );
        None
    }

    /// The code of a program or a term, which stand as `program/term` where both are named.
    pub fn own_code(&mut self, key: &str, node: &Node) -> Option<String> {
        let code = self.code(key, node)?;
        if code.contains('/') {
            self.error(
                node.at,
                format!("`{code}` has a stroke, which divides a program from its term"),
                format!("write `{key}` without `/`"),
            );
        }
        Some(code)
    }

    /// A text, or one for each language.
    pub fn names(&mut self, key: &str, node: &Node) -> Option<Names> {
        if node.map().is_none() {
            return self.text(key, node).map(|text| Names::from([(String::new(), text)]));
        }
        let fields = self.any_fields(node, &format!("`{key}`"))?;
        let mut names = Names::new();
        for (language, at, text) in &fields.entries {
            let tag = (2..=35).contains(&language.len())
                && language.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if !tag {
                self.error(
                    at.at,
                    format!("`{language}` is not a language"),
                    "write tags such as `en`, `ja`, `pt-BR`",
                );
            } else if let Some(text) = self.text(language, text) {
                names.insert((*language).to_owned(), text);
            }
        }
        Some(names)
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, key: &str, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let found = node.text().and_then(|text| words.iter().find(|(word, _)| *word == text));
        if let Some((_, value)) = found {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let near = node.text().and_then(|text| nearest(text, known.iter().copied()));
        let text = match near {
            Some(near) => {
                format!("{} is no word of `{key}`, did you mean `{near}`?", node.described())
            }
            None => format!("{} is no word of `{key}`", node.described()),
        };
        let message = text;
        self.error(node.at, message, format!("`{key}` is one of {}", listed(&known)));
        None
    }

    pub fn yes_no(&mut self, key: &str, node: &Node) -> Option<bool> {
        self.word(key, node, &[("true", true), ("false", false)])
    }

    pub fn date(&mut self, key: &str, node: &Node) -> Option<Date> {
        let date = node.text().and_then(date_of);
        if date.is_none() {
            self.error(
                node.at,
                format!("{} is not a date", node.described()),
                format!("write `{key}` as year-month-day: 2026-04-01"),
            );
        }
        date
    }

    /// An exact decimal.
    pub fn number(&mut self, key: &str, node: &Node) -> Option<Decimal> {
        let number = node.text().and_then(decimal_of);
        if number.is_none() {
            self.error(
                node.at,
                format!("{} is not a number", node.described()),
                format!("write `{key}` in digits, at most 28, with a point: 1234.5"),
            );
        }
        number
    }

    pub fn whole(&mut self, key: &str, node: &Node) -> Option<u32> {
        let number = node.text().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let number = number.and_then(|text| text.parse().ok());
        if number.is_none() {
            self.error(
                node.at,
                format!("{} is not a whole number", node.described()),
                format!("write `{key}` in digits: 2"),
            );
        }
        number
    }

    /// `2.5%` or `0.025`, as 0.025.
    pub fn share(&mut self, key: &str, node: &Node) -> Option<Decimal> {
        let share = node.text().and_then(|text| percent_of(text).or_else(|| decimal_of(text)));
        if share.is_none() {
            self.error(
                node.at,
                format!("{} is not a share", node.described()),
                format!("write `{key}` as `2.5%` or `0.025`"),
            );
        }
        share
    }

    /// `5 days`, in days.
    pub fn days(&mut self, key: &str, node: &Node) -> Option<u32> {
        if let Some(Span { months: 0, days }) = node.text().and_then(span_of) {
            return Some(days);
        }
        self.error(
            node.at,
            format!("{} is not a span of days", node.described()),
            format!("write `{key}: 5 days`"),
        );
        None
    }

    pub fn currency(&mut self, key: &str, node: &Node) -> Option<Currency> {
        let currency = node.text().and_then(Currency::parse);
        if currency.is_none() {
            self.error(
                node.at,
                format!("{} is not a currency", node.described()),
                format!("write `{key}` as three capital letters: EUR"),
            );
        }
        currency
    }

    /// A condition; `None` also for plain `true`, which asks nothing.
    pub fn condition(&mut self, key: &str, node: &Node) -> Option<Expr> {
        if node.text().is_some_and(|text| text.trim() == "true") {
            return None;
        }
        self.expression(key, node, Wanted::Truth)
    }

    pub fn expression(&mut self, key: &str, node: &Node, wanted: Wanted) -> Option<Expr> {
        let text = self.text(key, node)?;
        self.expression_in(node, &text, 0, wanted)
    }

    /// An expression that starts at a byte of a node's text.
    pub fn expression_in(
        &mut self,
        node: &Node,
        text: &str,
        offset: usize,
        wanted: Wanted,
    ) -> Option<Expr> {
        let read = Expr::parse(text, self.declared, wanted);
        read.map_err(|errors| self.condition_errors(node, offset, errors)).ok()
    }

    pub fn path_in(&mut self, node: &Node, text: &str, offset: usize) -> Option<Path> {
        let read = Path::parse(text, self.declared);
        read.map_err(|errors| self.condition_errors(node, offset, errors)).ok()
    }

    /// What a condition says is wrong, behind its semicolon what to do.
    fn condition_errors(&mut self, node: &Node, offset: usize, errors: Vec<ConditionError>) {
        for error in errors {
            let at = node.position_of(offset + error.offset);
            let (message, help) = error.message.split_once("; ").unwrap_or((&error.message, ""));
            let problem = Problem::error(at, message, help);
            self.push(Problem { origin: error.origin, ..problem });
        }
    }

    pub fn path(&mut self, key: &str, node: &Node) -> Option<Path> {
        let text = self.text(key, node)?;
        self.path_in(node, &text, 0)
    }
}

/// `a`, `b` and `c`, for messages.
pub(crate) fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [head @ .., last] => {
            let head: Vec<String> = head.iter().map(|word| format!("`{word}`")).collect();
            format!("{} and `{last}`", head.join(", "))
        }
    }
}

/// An exact decimal in plain notation: no exponent, no separators of thousands.
pub(crate) fn decimal_of(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

/// `2.5%` as 0.025.
pub(crate) fn percent_of(text: &str) -> Option<Decimal> {
    let number = decimal_of(text.strip_suffix('%')?.trim_end())?;
    let mut share = number;
    share.set_scale(number.scale() + 2).ok()?;
    Some(share)
}

pub(crate) fn date_of(text: &str) -> Option<Date> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    if shaped { text.parse().ok() } else { None }
}

/// `5 days`, `1 day`, `12 months`, `2 years`.
pub(crate) fn span_of(text: &str) -> Option<Span> {
    // A century is more than any program looks at, and keeps dates within range.
    const DAYS_MAX: u32 = 36_525;
    const MONTHS_MAX: u32 = 1200;
    let (number, unit) = text.split_once(' ')?;
    let number: u32 = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())??;
    match unit.trim_start() {
        "day" | "days" if number <= DAYS_MAX => Some(Span { months: 0, days: number }),
        "month" | "months" if number <= MONTHS_MAX => Some(Span { months: number, days: 0 }),
        "year" | "years" if number <= MONTHS_MAX / 12 => {
            Some(Span { months: number * 12, days: 0 })
        }
        _ => None,
    }
}

/// Feeds texts that are nearly `text` to `read`, always the same ones.
#[cfg(test)]
pub(crate) fn mutations(text: &str, runs: u32, mut read: impl FnMut(&str)) {
    let words = [
        ":",
        "\n",
        "\"",
        "[",
        "}",
        "&a ",
        "*a",
        "|",
        "日",
        "-",
        "%",
        "null",
        "0",
        "1e9",
        "none",
        "99999999999999999999999999999",
        "-1",
        "sum(",
        ")",
        "fact",
        "5 days",
        "2026-02-29",
        "{",
    ];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % u64::try_from(below.max(1)).expect("small")).expect("small")
    };
    for _ in 0..runs {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=next(3) {
            let at = next(chars.len()).min(chars.len());
            let end = (at + next(12)).min(chars.len());
            let new = if next(2) == 0 { words[next(words.len())] } else { "" };
            chars.splice(at..end, new.chars());
        }
        read(&chars.into_iter().collect::<String>());
    }
}
