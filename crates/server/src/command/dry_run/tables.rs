//! A program tried on tables: facts, and if there are any, partners and products, become a case.
//!
//! Tables are read as an import reads them: by a mapping, or by headings that are the keys of a
//! fact line, of a partner, of a product (and `code`). A column `recorded` says when a fact was
//! learned of. A row that cannot be read stands among the rejections.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use domain::case::{
    Case, Event, FactFields, Moment, ProgramSource, Rejection, RejectionReason, Story, What,
    standing_alone,
};
use domain::master::Fields;
use domain::period::begins;
use domain::problem::Problem;
use domain::program::{Position, Program};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::rejection::{self, Language};
use engine::ingest::row::{FactRow, Mapper};
use engine::ingest::source::{Reader, Record, SourceOptions};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::command::program::read;

/// The column that says when a fact was learned of, where it is not its own day.
const RECORDED: &str = "recorded";

#[derive(Debug, Args)]
pub struct Tables {
    /// Facts to try a program on: CSV, TSV or XLSX
    facts: Option<PathBuf>,
    /// Partners, with a column `code`; without them nobody is unknown
    #[arg(long, requires = "facts")]
    partners: Option<PathBuf>,
    /// Products, with a column `code`
    #[arg(long, requires = "facts")]
    products: Option<PathBuf>,
    /// How columns become fields, where headings are not the names of fields already; one mapping
    /// for each table at most
    #[arg(long, requires = "facts")]
    mapping: Vec<PathBuf>,
    /// The day whose end is looked at, by default the last one of the facts
    #[arg(long, requires = "facts")]
    as_of: Option<Date>,
}

/// A table that was read, and what of it could not be.
struct Read<T> {
    rows: Vec<T>,
    rejected: Vec<rejection::Rejection>,
}

impl Tables {
    pub fn facts(&self) -> Option<&Path> {
        self.facts.as_deref()
    }

    /// Runs the program on the tables; rows that could not be read are told on standard error and
    /// stand among the rejections.
    pub fn run(&self, facts: &Path, program: &Program) -> anyhow::Result<Story> {
        let mut mappings = self.mappings()?;
        let zone = TimeZone::get(&program.time_zone).unwrap_or(TimeZone::UTC);
        let facts =
            read_table(facts, Feeds::Facts, &mut mappings, |mapper, record| mapper.fact(record))?;
        let mut rejected = facts.rejected;
        let mut timeline = Vec::with_capacity(facts.rows.len());
        for row in facts.rows {
            timeline.push(event(row, &zone)?);
        }
        let mut partners = None;
        if let Some(table) = &self.partners {
            let read = read_table(table, Feeds::Partners, &mut mappings, |mapper, record| {
                let row = mapper.partner(record)?;
                Ok((row.code, named(row.fields, &row.names)))
            })?;
            rejected.extend(read.rejected);
            partners = Some(read.rows.into_iter().collect());
        }
        let mut products = BTreeMap::new();
        if let Some(table) = &self.products {
            let read = read_table(table, Feeds::Products, &mut mappings, |mapper, record| {
                let row = mapper.product(record)?;
                Ok((row.code, named(row.fields, &row.names)))
            })?;
            rejected.extend(read.rejected);
            products = read.rows.into_iter().collect();
        }
        if let Some(mapping) = mappings.values().next() {
            bail!(
                "the mapping `{}` feeds {}, which no table does",
                mapping.name,
                mapping.feeds.word()
            );
        }
        let program = standing_alone(program);
        let case = Case {
            code: program.code.to_string(),
            at: Position::default(),
            note: None,
            programs: vec![ProgramSource::Inline(Box::new(program.clone()))],
            partners,
            products,
            units: Vec::new(),
            rates: Vec::new(),
            prices: Vec::new(),
            figures: Vec::new(),
            lists: BTreeMap::new(),
            fields: BTreeMap::new(),
            timeline,
            what_if: Vec::new(),
            until: self.as_of,
            expect: Vec::new(),
        };
        let mut story = case.run(vec![program]).map_err(|problems| told(&problems))?;
        if let Some(last) = story.snapshots.last_mut() {
            last.rejections.extend(rejected.iter().map(|row| Rejection {
                key: format!("row {}", row.row),
                reason: RejectionReason::Unreadable(row.reason.code()),
            }));
        }
        Ok(story)
    }

    fn mappings(&self) -> anyhow::Result<BTreeMap<Feeds, Mapping>> {
        let mut mappings = BTreeMap::new();
        for file in &self.mapping {
            let mapping = Mapping::parse(&read(file)?)
                .with_context(|| format!("`{}` is no mapping", file.display()))?;
            let feeds = mapping.feeds;
            if mappings.insert(feeds, mapping).is_some() {
                bail!("two mappings feed {}: keep one", feeds.word());
            }
        }
        Ok(mappings)
    }
}

fn read_table<T>(
    file: &Path,
    feeds: Feeds,
    mappings: &mut BTreeMap<Feeds, Mapping>,
    row: impl Fn(&Mapper, &Record) -> Result<T, rejection::Rejection>,
) -> anyhow::Result<Read<T>> {
    let path = file.display();
    let input = File::open(file).with_context(|| format!("could not read `{path}`"))?;
    let mapping = mappings.remove(&feeds);
    let options = mapping.as_ref().map_or_else(SourceOptions::default, |m| m.source.clone());
    let mut reader = Reader::open_seekable(Box::new(input), &options)
        .with_context(|| format!("could not read `{path}`"))?;
    let mapping = mapping.unwrap_or_else(|| Mapping::by_headings(feeds, reader.headers()));
    let mapper = Mapper::new(&mapping, reader.headers()).with_context(|| format!("`{path}`"))?;
    let mut read = Read { rows: Vec::new(), rejected: Vec::new() };
    let mut record = Record::new();
    while reader.next(&mut record).with_context(|| format!("could not read `{path}`"))? {
        match row(&mapper, &record) {
            Ok(row) => read.rows.push(row),
            Err(rejection) => {
                eprintln!("{path}:{}: {}", rejection.row, rejection.sentence(Language::English));
                read.rejected.push(rejection);
            }
        }
    }
    Ok(read)
}

/// The fields of a partner or product, with its name as the language of programs reads it.
fn named(mut fields: Fields, names: &BTreeMap<String, String>) -> Fields {
    let name = names.get("").or_else(|| names.get("en")).or_else(|| names.values().next());
    if let Some(name) = name {
        fields.entry("name".to_owned()).or_insert_with(|| name.clone());
    }
    fields
}

fn event(row: FactRow, zone: &TimeZone) -> anyhow::Result<Event> {
    let mut attributes: BTreeMap<String, String> =
        row.attributes.into_iter().map(|(name, text)| (name.to_string(), text)).collect();
    let recorded = match attributes.remove(RECORDED) {
        None => None,
        Some(text) => Some(moment_of(&text, zone).with_context(|| {
            format!("`{RECORDED}` of `{}` is `{text}`; write 2026-06-30", row.key)
        })?),
    };
    let parties = row.parties.into_iter().map(|(role, code)| (role.to_string(), code));
    Ok(Event {
        at: Position::default(),
        on: moment(row.at, zone),
        recorded,
        what: What::Fact {
            kind: row.kind,
            key: row.key,
            fields: FactFields {
                of: row.of,
                partner: row.partner,
                product: row.product,
                quantity: row.quantity,
                unit: row.unit,
                amount: row.amount,
                currency: row.currency,
                order: row.order,
                line: row.line,
                channel: row.channel,
                activity_type: row.activity_type,
                parties: parties.collect(),
                attributes,
            },
        },
    })
}

/// A local date and time as a moment: the start of a day is the day.
fn moment(at: DateTime, zone: &TimeZone) -> Moment {
    if at == at.date().at(0, 0, 0, 0) {
        return Moment::Day(at.date());
    }
    let instant = zone.to_ambiguous_zoned(at).compatible().map(|zoned| zoned.timestamp());
    instant.map_or_else(|_| Moment::Instant(begins(at.date(), zone)), Moment::Instant)
}

fn moment_of(text: &str, zone: &TimeZone) -> Option<Moment> {
    if let Ok(instant) = text.parse() {
        return Some(Moment::Instant(instant));
    }
    text.parse::<DateTime>().ok().map(|at| moment(at, zone))
}

fn told(problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("{}", lines.join("\n"))
}
