//! Facts of a body: JSON, NDJSON or CSV, each row a fact or a reason why not.
//!
//! All three go through the mapper that files go through, so that a number, a date or a code means
//! the same wherever it comes from. Of JSON only the shape is checked here: an unknown field makes
//! the whole request invalid, since it is a fault of the sender's program and not of a row.
//! `today` is the day from which the dates of facts may lie only so far.

use std::io::Cursor;

use axum::body::Bytes;
use domain::code::FactKey;
use engine::imports::{Posted, PostedRow};
use engine::ingest::mapping::{Feeds, Field, FieldSource, Mapping};
use engine::ingest::rejection::{Reason, Rejection};
use engine::ingest::row::Mapper;
use engine::ingest::source::{Reader, Record};
use jiff::civil::Date;
use serde_json::Value;

use super::facts::ROWS_PER_BATCH_MAX;
use super::input::{self, Fields, done, token};
use super::problem::{ApiError, Fault};

/// A row and its key, where it has one that can be read.
pub struct Row {
    pub key: String,
    pub posted: PostedRow,
}

/// The fields of a fact that are texts, in the order of the mapper's columns.
const WORDS: [&str; 14] = [
    "key", "kind", "date", "of", "partner", "product", "quantity", "unit", "amount", "currency",
    "order", "line", "channel", "type",
];

/// A fact of JSON, read but not yet mapped.
struct Told {
    cells: Vec<Option<String>>,
    parties: Vec<(String, String)>,
    attributes: Vec<(String, String)>,
    intent: Intent,
    raw: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Intent {
    New,
    Correct,
    Cancel,
}

/// Facts as JSON: one object, a list, or an object with the list `facts`.
pub fn of_json(bytes: &Bytes, today: Date) -> Result<Vec<Row>, ApiError> {
    let body = input::parse(bytes)?;
    let mut faults = Vec::new();
    let (list, pointer) = match &body {
        Value::Array(list) => (list.as_slice(), ""),
        Value::Object(object) if object.contains_key("facts") => {
            let mut fields = Fields::of(&body, String::new(), &mut faults);
            let list = fields.as_mut().and_then(|fields| fields.value("facts"));
            if let Some(fields) = fields {
                fields.end(&mut faults);
            }
            let Some(Value::Array(list)) = list else {
                let detail = "`facts` is a list of facts";
                return Err(ApiError::invalid(Fault::in_body("/facts", "wrong_type", detail)));
            };
            (list.as_slice(), "/facts")
        }
        Value::Object(_) => (std::slice::from_ref(&body), ""),
        _ => {
            let detail = "a fact, a list of facts or an object with the list `facts` is needed";
            return Err(ApiError::invalid(Fault::in_body("", "wrong_type", detail)));
        }
    };
    count(list.len())?;
    let alone = list.len() == 1 && !matches!(body, Value::Array(_)) && pointer.is_empty();
    let mut told = Vec::with_capacity(list.len());
    for (place, value) in list.iter().enumerate() {
        let at = if alone { String::new() } else { format!("{pointer}/{place}") };
        told.extend(fact(value, at, value.to_string(), &mut faults));
    }
    done(faults)?;
    Ok(mapped(told, today))
}

/// Facts as lines of JSON. Empty lines are passed over.
pub fn of_ndjson(bytes: &Bytes, today: Date) -> Result<Vec<Row>, ApiError> {
    let text = text(bytes)?;
    let lines: Vec<(usize, &str)> =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    count(lines.len())?;
    let mut faults = Vec::new();
    let mut told = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        let value: Value = serde_json::from_str(line).map_err(|error| ApiError::Malformed {
            what: format!("line {} is not JSON: {error}", number + 1),
        })?;
        told.extend(fact(&value, format!("/{number}"), line.trim().to_owned(), &mut faults));
    }
    done(faults)?;
    Ok(mapped(told, today))
}

/// Facts as a table, by a mapping or by its headings.
pub fn of_csv(bytes: &Bytes, mapping: Option<Mapping>, today: Date) -> Result<Vec<Row>, ApiError> {
    let unreadable =
        |error: &dyn std::error::Error| ApiError::Malformed { what: error.to_string() };
    let options = mapping.as_ref().map(|mapping| mapping.source.clone()).unwrap_or_default();
    let mut reader =
        Reader::open(Box::new(Cursor::new(bytes.clone())), &options).map_err(|e| unreadable(&e))?;
    let mapping = mapping.unwrap_or_else(|| Mapping::by_headings(Feeds::Facts, reader.headers()));
    let mut faults: Vec<Fault> = Vec::new();
    for problem in mapping.problems() {
        faults.push(Fault::in_body("", "mapping", problem));
    }
    done(faults)?;
    let mapper = Mapper::new(&mapping, reader.headers()).map_err(|error| {
        let fault = |problem: String| Fault::in_body("", "mapping", problem);
        ApiError::Invalid(error.problems.into_iter().map(fault).collect())
    })?;
    let mapper = mapper.on(today);
    let mut record = Record::new();
    let mut rows = Vec::new();
    while reader.next(&mut record).map_err(|e| unreadable(&e))? {
        count(rows.len() + 1)?;
        let raw = record.raw().to_owned();
        rows.push(match mapper.fact(&record) {
            Ok(fact) => {
                let key = fact.key.to_string();
                Row { key, posted: PostedRow { content: Posted::New(fact), raw } }
            }
            Err(rejection) => {
                let content = Posted::Unreadable(rejection);
                Row { key: String::new(), posted: PostedRow { content, raw } }
            }
        });
    }
    Ok(rows)
}

fn count(rows: usize) -> Result<(), ApiError> {
    if rows > ROWS_PER_BATCH_MAX {
        let (what, limit) = ("the batch", "ROWS_PER_BATCH_MAX");
        return Err(ApiError::TooLarge { what, limit, max: ROWS_PER_BATCH_MAX });
    }
    Ok(())
}

fn text(bytes: &Bytes) -> Result<&str, ApiError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| ApiError::Malformed { what: "the body is not UTF-8".into() })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads the shape of one fact.
fn fact(value: &Value, pointer: String, raw: String, faults: &mut Vec<Fault>) -> Option<Told> {
    let mut fields = Fields::of(value, pointer, faults)?;
    let cells = WORDS.iter().map(|word| fields.text(word, faults)).collect();
    let owned = |texts: Vec<(&str, String)>| -> Vec<(String, String)> {
        texts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
    };
    let parties = fields.texts("parties", faults).map(owned).unwrap_or_default();
    for (role, _) in &parties {
        if Field::parse(Feeds::Facts, &format!("party.{role}")).is_none() {
            let detail = format!("`{role}` is no role; use letters, digits and underscores");
            let at = format!("{}/{}", fields.pointer("parties"), token(role));
            faults.push(Fault::in_body(at, "bad_value", detail));
        }
    }
    let attributes = fields.texts("attributes", faults).map(owned).unwrap_or_default();
    let correct = fields.flag("correct", faults);
    let cancel = fields.flag("cancel", faults);
    if correct && cancel {
        let detail = "a fact is corrected or cancelled, not both";
        faults.push(Fault::in_body(fields.pointer("cancel"), "bad_value", detail));
    }
    fields.end(faults);
    let intent = match (correct, cancel) {
        (_, true) => Intent::Cancel,
        (true, _) => Intent::Correct,
        _ => Intent::New,
    };
    Some(Told { cells, parties, attributes, intent, raw })
}

/// Sends what was told through the mapper. Facts of one batch share their columns.
fn mapped(told: Vec<Told>, today: Date) -> Vec<Row> {
    let mut headings: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    let mut mapping = Mapping::new("api", Feeds::Facts);
    for word in WORDS.iter().filter(|word| told.iter().any(|one| one.has(word))) {
        if let Some(field) = Field::parse(Feeds::Facts, word) {
            mapping.fields.insert(field, FieldSource::column(*word));
        }
    }
    // Without any key there is still a column, so that each row is refused for its own.
    for field in [Field::Key, Field::Date, Field::Partner] {
        let source = FieldSource::column(field.to_string());
        mapping.fields.entry(field).or_insert(source);
    }
    for (role, _) in told.iter().flat_map(|one| &one.parties) {
        let heading = format!("parties.{role}");
        if !headings.contains(&heading) {
            mapping.fields.insert(Field::Party(role.clone()), FieldSource::column(&heading));
            headings.push(heading);
        }
    }
    for (name, _) in told.iter().flat_map(|one| &one.attributes) {
        let heading = format!("attributes.{name}");
        if !headings.contains(&heading) {
            mapping.attributes.insert(name.clone(), FieldSource::column(&heading));
            headings.push(heading);
        }
    }
    let mapper = Mapper::new(&mapping, &headings).expect("the mapping is made of these headings");
    let mapper = mapper.on(today);
    told.into_iter()
        .zip(1_u64..)
        .map(|(one, number)| {
            let key = one.cells.first().cloned().flatten().unwrap_or_default();
            let content = one.content(&key, number, &mapper, &headings);
            Row { key, posted: PostedRow { content, raw: one.raw } }
        })
        .collect()
}

impl Told {
    fn has(&self, word: &str) -> bool {
        let place = WORDS.iter().position(|known| *known == word);
        place.is_some_and(|place| self.cells[place].is_some())
    }

    fn content(&self, key: &str, number: u64, mapper: &Mapper, headings: &[String]) -> Posted {
        if self.intent == Intent::Cancel {
            return match key.trim() {
                "" => {
                    Posted::Unreadable(Rejection::new(number, Reason::MissingKey, Some("key"), ""))
                }
                key => Posted::Cancellation(FactKey::new(key)),
            };
        }
        let cells =
            headings.iter().enumerate().map(|(place, heading)| match self.cells.get(place) {
                Some(cell) => cell.as_deref().unwrap_or_default(),
                None => self.further(heading),
            });
        match mapper.fact(&Record::of_cells(number, cells)) {
            Ok(fact) if self.intent == Intent::Correct => Posted::Correction(fact),
            Ok(fact) => Posted::New(fact),
            Err(rejection) => Posted::Unreadable(rejection),
        }
    }

    /// The cell of a party or an attribute.
    fn further(&self, heading: &str) -> &str {
        let (texts, name) = match heading.split_once('.') {
            Some(("parties", name)) => (&self.parties, name),
            Some((_, name)) => (&self.attributes, name),
            None => return "",
        };
        texts.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str())
    }
}
