//! Reading a mapping's text, with everything that is wrong with it and where.

use std::collections::BTreeMap;
use std::fmt;

use domain::nearest::nearest;
use domain::program::Position;
use domain::yaml::{self, Node};

use super::{Feeds, Field, FieldSource, Mapping, Origin, Rest, YEARS_AWAY, YEARS_AWAY_MAX};
use crate::ingest::date::{DateOrder, Epoch};
use crate::ingest::number::DecimalSign;
use crate::ingest::source::{Delimiter, HEADER_ROW_MAX, encoding_is_known};

/// Something that is wrong with a mapping's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingProblem {
    pub at: Position,
    pub message: String,
}

/// All that is wrong, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingProblems(pub Vec<MappingProblem>);

impl fmt::Display for MappingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.at.line, self.at.column, self.message)
    }
}

impl fmt::Display for MappingProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(MappingProblem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for MappingProblems {}

const KEYS: [&str; 15] = [
    "mapping",
    "feeds",
    "encoding",
    "delimiter",
    "quotes",
    "sheet",
    "header",
    "decimal",
    "dates",
    "time_zone",
    "years_away",
    "review",
    "fields",
    "attributes",
    "rest",
];
const SOURCE_KEYS: [&str; 7] =
    ["column", "columns", "join", "constant", "values", "decimal", "dates"];
const DATES: [(&str, DateOrder); 5] = [
    ("year_first", DateOrder::YearFirst),
    ("day_first", DateOrder::DayFirst),
    ("month_first", DateOrder::MonthFirst),
    ("serial", DateOrder::Serial(Epoch::Y1900)),
    ("serial_1904", DateOrder::Serial(Epoch::Y1904)),
];

pub(super) fn dates_word(order: DateOrder) -> &'static str {
    DATES.into_iter().find(|(_, known)| *known == order).map_or("year_first", |(word, _)| word)
}

impl Mapping {
    /// Reads a mapping from YAML or JSON.
    pub fn parse(text: &str) -> Result<Mapping, MappingProblems> {
        let mapping = Mapping::parse_unfinished(text)?;
        let at = Position { line: 1, column: 1 };
        let missing = mapping.problems().into_iter();
        let missing: Vec<_> = missing.map(|message| MappingProblem { at, message }).collect();
        if missing.is_empty() { Ok(mapping) } else { Err(MappingProblems(missing)) }
    }

    /// The same of a mapping that is being written: required fields may yet be missing.
    pub fn parse_unfinished(text: &str) -> Result<Mapping, MappingProblems> {
        let document = yaml::parse(text).map_err(|error| {
            MappingProblems(vec![MappingProblem { at: error.at, message: error.message }])
        })?;
        let mut read = Read { problems: Vec::new() };
        for duplicate in &document.duplicates {
            read.say(duplicate.at, format!("`{}` stands twice: keep one", duplicate.key));
        }
        let mapping = read.mapping(&document.root);
        if read.problems.is_empty() {
            Ok(mapping)
        } else {
            read.problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
            Err(MappingProblems(read.problems))
        }
    }
}

struct Read {
    problems: Vec<MappingProblem>,
}

impl Read {
    fn say(&mut self, at: Position, message: impl Into<String>) {
        self.problems.push(MappingProblem { at, message: message.into() });
    }

    fn mapping(&mut self, root: &Node) -> Mapping {
        let Some(entries) = root.map() else {
            self.say(root.at, "a mapping starts with `mapping:` and its name");
            return Mapping::new("", Feeds::Facts);
        };
        let Some(feeds) = self.feeds(root) else {
            // Which fields there are depends on it, so all else would be told wrong.
            return Mapping::new("", Feeds::Facts);
        };
        let mut mapping = Mapping::new("", feeds);
        if root.get("mapping").is_none() {
            self.say(root.at, "`mapping` is missing: give the mapping a name");
        }
        for (key, value) in entries {
            match key.text().unwrap_or_default() {
                "mapping" => mapping.name = self.text(value),
                "feeds" => {}
                "encoding" => mapping.source.encoding = Some(self.encoding(value)),
                "delimiter" => mapping.source.delimiter = self.delimiter(value),
                "quotes" => mapping.source.quotes = self.yes_no(value),
                "sheet" => mapping.source.sheet = Some(self.text(value)),
                "header" => mapping.source.header_row = self.header(value),
                "decimal" => mapping.decimal = self.decimal(value),
                "dates" => mapping.dates = self.dates(value),
                "time_zone" => mapping.time_zone = Some(self.text(value)),
                "years_away" => mapping.years_away = self.years_away(value),
                "review" => mapping.review = self.yes_no(value),
                "fields" => mapping.fields = self.fields(feeds, value),
                "attributes" => mapping.attributes = self.attributes(feeds, value),
                "rest" => mapping.rest = self.rest(value),
                other => self.unknown(key.at, other, &KEYS),
            }
        }
        mapping
    }

    fn unknown(&mut self, at: Position, word: &str, known: &[&str]) {
        let hint = match nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", quoted(known)),
        };
        self.say(at, format!("unknown key `{word}`: {hint}"));
    }

    fn feeds(&mut self, root: &Node) -> Option<Feeds> {
        let Some(node) = root.get("feeds") else {
            self.say(root.at, "`feeds` is missing: write `facts`, `partners`, `products`, `payees`, `external` or a table of reference data");
            return None;
        };
        let feeds = node.text().and_then(Feeds::from_word);
        if feeds.is_none() {
            self.expected(node, "`facts`, `partners` or `products`");
        }
        feeds
    }

    fn expected(&mut self, node: &Node, what: &str) {
        self.say(node.at, format!("expected {what}, got {}", node.described()));
    }

    fn text(&mut self, node: &Node) -> String {
        match node.text() {
            Some(text) if !text.is_empty() && !node.is_nothing() => text.to_owned(),
            _ => {
                self.expected(node, "a text");
                String::new()
            }
        }
    }

    fn texts(&mut self, node: &Node) -> Vec<String> {
        match node.list() {
            Some(items) if !items.is_empty() => items.iter().map(|item| self.text(item)).collect(),
            _ => {
                self.expected(node, "a list of headings");
                Vec::new()
            }
        }
    }

    fn encoding(&mut self, node: &Node) -> String {
        let label = self.text(node);
        if !label.is_empty() && !encoding_is_known(&label) {
            self.expected(node, "`utf-8`, `utf-16le`, `utf-16be` or `cp932`");
        }
        label
    }

    fn delimiter(&mut self, node: &Node) -> Option<Delimiter> {
        let delimiter = node.text().and_then(Delimiter::parse);
        if delimiter.is_none() {
            self.expected(node, "`,`, `;`, `|` or `tab`");
        }
        delimiter
    }

    fn yes_no(&mut self, node: &Node) -> bool {
        match node.text() {
            Some("yes" | "true") => true,
            Some("no" | "false") => false,
            _ => {
                self.expected(node, "`yes` or `no`");
                true
            }
        }
    }

    fn header(&mut self, node: &Node) -> u32 {
        let row = node.text().and_then(|text| text.parse().ok());
        row.filter(|row| (1..=HEADER_ROW_MAX).contains(row)).unwrap_or_else(|| {
            self.expected(node, &format!("a row from 1 to {HEADER_ROW_MAX}"));
            1
        })
    }

    fn years_away(&mut self, node: &Node) -> u16 {
        let years = node.text().and_then(|text| text.parse().ok());
        years.filter(|years| (1..=YEARS_AWAY_MAX).contains(years)).unwrap_or_else(|| {
            self.expected(node, &format!("years from 1 to {YEARS_AWAY_MAX}"));
            YEARS_AWAY
        })
    }

    fn decimal(&mut self, node: &Node) -> DecimalSign {
        match node.text() {
            Some(".") => DecimalSign::Point,
            Some(",") => DecimalSign::Comma,
            _ => {
                self.expected(node, "`.` or `,`");
                DecimalSign::Point
            }
        }
    }

    fn dates(&mut self, node: &Node) -> DateOrder {
        let word = node.text().unwrap_or_default();
        let known = DATES.into_iter().find(|(known, _)| *known == word);
        known.map_or_else(
            || {
                self.expected(node, &quoted(&DATES.map(|(word, _)| word)));
                DateOrder::YearFirst
            },
            |(_, order)| order,
        )
    }

    fn fields(&mut self, feeds: Feeds, node: &Node) -> BTreeMap<Field, FieldSource> {
        let mut fields = BTreeMap::new();
        let Some(entries) = node.map() else {
            self.expected(node, "fields with their columns");
            return fields;
        };
        for (key, value) in entries {
            let word = key.text().unwrap_or_default();
            let source = self.source(value);
            match Field::parse(feeds, word) {
                Some(field) if fields.contains_key(&field) => {
                    self.say(key.at, format!("`{field}` stands twice: keep one"));
                }
                Some(field) => {
                    self.check_constant(&field, &source, value);
                    fields.insert(field, source);
                }
                None if word == "recorded" => self.say(
                    key.at,
                    "`recorded` is set when a row comes in and cannot be mapped: leave it out",
                ),
                None => self.unknown_field(feeds, key, word),
            }
        }
        fields
    }

    fn unknown_field(&mut self, feeds: Feeds, key: &Node, word: &str) {
        let words = Field::words(feeds);
        let hint = match nearest(word, words.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "columns of your own stand under `attributes` or `rest`".to_owned(),
        };
        self.say(key.at, format!("unknown field `{word}`: {hint}"));
    }

    /// A constant that no row could ever take is wrong in the mapping, not in each row.
    fn check_constant(&mut self, field: &Field, source: &FieldSource, node: &Node) {
        let words: Vec<&str> = match &source.origin {
            Origin::Constant(text) => vec![text.as_str()],
            _ => source.values.values().map(String::as_str).collect(),
        };
        for word in words {
            let (right, what) = match field {
                Field::Kind => (
                    domain::fact::FactKind::from_word(word).is_some(),
                    "`sale`, `return`, `credit_note` or `activity`",
                ),
                Field::Currency | Field::In => (
                    domain::amount::Currency::parse(word).is_some(),
                    "a currency of three capital letters, such as `USD`",
                ),
                _ => continue,
            };
            if !right {
                self.say(node.at, format!("`{field}` is {what}, not `{word}`"));
            }
        }
    }

    fn attributes(&mut self, feeds: Feeds, node: &Node) -> BTreeMap<String, FieldSource> {
        let mut attributes = BTreeMap::new();
        let Some(entries) = node.map() else {
            self.expected(node, "names with their columns");
            return attributes;
        };
        for (key, value) in entries {
            let name = self.text(key);
            if Field::parse(feeds, &name).is_some() {
                self.say(key.at, format!("`{name}` is a field: put it under `fields`"));
            }
            let source = self.source(value);
            attributes.insert(name, source);
        }
        attributes
    }

    /// A heading, or a map that says more.
    fn source(&mut self, node: &Node) -> FieldSource {
        let Some(entries) = node.map() else {
            if node.list().is_some() {
                self.expected(node, "a column, or `{ columns: [ … ], join: \"-\" }`");
                return FieldSource::column("");
            }
            return FieldSource::column(self.text(node));
        };
        let mut source = FieldSource::column("");
        for (key, value) in entries {
            match key.text().unwrap_or_default() {
                "values" => source.values = self.values(value),
                "decimal" => source.decimal = Some(self.decimal(value)),
                "dates" => source.dates = Some(self.dates(value)),
                "column" | "columns" | "join" | "constant" => {}
                other => self.unknown(key.at, other, &SOURCE_KEYS),
            }
        }
        source.origin = self.origin(node);
        source
    }

    fn origin(&mut self, node: &Node) -> Origin {
        let (column, columns) = (node.get("column"), node.get("columns"));
        let constant = node.get("constant");
        if let (Some(join), None) = (node.get("join"), columns) {
            self.say(join.at, "`join` goes with `columns`");
        }
        match (column, columns, constant) {
            (Some(column), None, None) => Origin::Column(self.text(column)),
            (None, Some(columns), None) => {
                let join = node.get("join").map_or("-", |join| join.text().unwrap_or_default());
                Origin::Columns { columns: self.texts(columns), join: join.to_owned() }
            }
            (None, None, Some(constant)) => Origin::Constant(self.text(constant)),
            _ => {
                self.say(node.at, "say one of `column`, `columns` and `constant`");
                Origin::Constant(String::new())
            }
        }
    }

    fn values(&mut self, node: &Node) -> BTreeMap<String, String> {
        let Some(entries) = node.map() else {
            self.expected(node, "what is written in the file, and what it means");
            return BTreeMap::new();
        };
        let pairs = entries.iter().map(|(written, meant)| {
            (written.text().unwrap_or_default().trim().to_owned(), self.text(meant))
        });
        pairs.collect()
    }

    fn rest(&mut self, node: &Node) -> Rest {
        match node.text() {
            Some("all") => Rest::All,
            Some("none") => Rest::None,
            _ if node.list().is_some() => Rest::Columns(self.texts(node)),
            _ => {
                self.expected(node, "`all`, `none` or a list of headings");
                Rest::None
            }
        }
    }
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
