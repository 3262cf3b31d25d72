//! A program and tables become a case: facts, partners and products out of files, through
//! mappings or by headings that are the words of the language.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use anyhow::{Context, bail};
use domain::case::{Case, Event, FactFields, Moment, ProgramSource, What};
use domain::program::{Position, Program};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::rejection::{Language, Reason, Rejection};
use engine::ingest::row::{FactRow, Mapper};
use engine::ingest::source::{Reader, Record, SourceError, SourceOptions};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::super::program::read;

/// The column that says when a fact was learned of, where that is not its own day.
const RECORDED: &str = "recorded";

/// What a program is tried on.
pub struct Tables<'t> {
    pub facts: &'t Path,
    pub partners: Option<&'t Path>,
    pub products: Option<&'t Path>,
    pub mappings: &'t [PathBuf],
    pub as_of: Option<Date>,
}

/// Rows that were refused, with the file they stood in.
pub type Refused = Vec<(PathBuf, Rejection)>;

/// The case of this program on these tables, and the rows that are not in it.
pub fn case(program: Program, tables: &Tables<'_>) -> anyhow::Result<(Case, Refused)> {
    let mappings = mappings(tables.mappings)?;
    let mut refused = Vec::new();

    let mut partners = BTreeMap::new();
    if let Some(file) = tables.partners {
        each(file, Feeds::Partners, &mappings, &mut refused, |mapper, record| {
            let row = mapper.partner(record)?;
            let mut fields = row.fields;
            named(&mut fields, &row.names);
            partners.insert(row.code, fields);
            Ok(())
        })?;
    }
    let mut products = BTreeMap::new();
    if let Some(file) = tables.products {
        each(file, Feeds::Products, &mappings, &mut refused, |mapper, record| {
            let row = mapper.product(record)?;
            let mut fields = row.fields;
            named(&mut fields, &row.names);
            products.insert(row.code, fields);
            Ok(())
        })?;
    }
    let zone = TimeZone::get(&program.time_zone)
        .with_context(|| format!("`{}` is no time zone", program.time_zone))?;
    let mut timeline = Vec::new();
    each(tables.facts, Feeds::Facts, &mappings, &mut refused, |mapper, record| {
        let row = u32::try_from(record.row_number()).unwrap_or(u32::MAX);
        let event = event(mapper.fact(record)?, row, &zone);
        timeline.push(event.map_err(|text| {
            Rejection::new(record.row_number(), Reason::BadDate, Some(RECORDED), &text)
        })?);
        Ok(())
    })?;

    let code = format!("{} on {}", program.code, tables.facts.display());
    let case = Case {
        code,
        at: Position::default(),
        note: None,
        programs: vec![ProgramSource::Inline(Box::new(program))],
        partners: tables.partners.map(|_| partners),
        products,
        units: Vec::new(),
        rates: Vec::new(),
        prices: Vec::new(),
        figures: Vec::new(),
        lists: BTreeMap::new(),
        fields: BTreeMap::new(),
        timeline,
        wallet: None,
        what_if: Vec::new(),
        until: tables.as_of,
        expect: Vec::new(),
    };
    Ok((case, refused))
}

/// Mappings by what they feed; there is one of a kind.
fn mappings(files: &[PathBuf]) -> anyhow::Result<BTreeMap<Feeds, Mapping>> {
    let mut mappings = BTreeMap::new();
    for file in files {
        let path = file.display();
        let mapping = Mapping::parse(&read(file)?).with_context(|| format!("mapping `{path}`"))?;
        let feeds = mapping.feeds;
        if mappings.insert(feeds, mapping).is_some() {
            bail!("`{path}` is a second mapping that feeds {}; name one", feeds.word());
        }
    }
    Ok(mappings)
}

/// Reads a table to its end, on a thread of its own; rows that are refused are kept aside.
fn each(
    file: &Path,
    feeds: Feeds,
    mappings: &BTreeMap<Feeds, Mapping>,
    refused: &mut Refused,
    mut take: impl FnMut(&Mapper, &Record) -> Result<(), Rejection>,
) -> anyhow::Result<()> {
    let path = file.display();
    let input = File::open(file).with_context(|| format!("could not open `{path}`"))?;
    let options = mappings.get(&feeds).map_or_else(SourceOptions::default, |m| m.source.clone());
    let reader =
        Reader::open_seekable(Box::new(input), &options).with_context(|| format!("`{path}`"))?;
    let mapping = match mappings.get(&feeds) {
        Some(mapping) => mapping.clone(),
        None => Mapping::by_headings(feeds, reader.headers()),
    };
    let mapper = Mapper::new(&mapping, reader.headers()).with_context(|| format!("`{path}`"))?;
    let read = std::thread::scope(|scope| {
        let (to, batches) = mpsc::sync_channel(BATCHES_AHEAD);
        let (back, used) = mpsc::channel();
        let reading = scope.spawn(move || read_ahead(reader, &to, &used));
        for batch in batches {
            let Batch { records, filled } = &batch;
            for record in &records[..*filled] {
                if let Err(rejection) = take(&mapper, record) {
                    refused.push((file.to_owned(), rejection));
                }
            }
            // Once all is read, nobody fills it again.
            let _ = back.send(batch);
        }
        reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    read.with_context(|| format!("`{path}`"))
}

/// Records that are read while those before them are understood.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    /// How many of them say something.
    filled: usize,
}

const RECORDS_PER_BATCH: usize = 4_000;
const BATCHES_AHEAD: usize = 2;

/// Reads a table to its end, or until nobody listens, into batches that were used before.
fn read_ahead(
    mut reader: Reader,
    to: &mpsc::SyncSender<Batch>,
    used: &mpsc::Receiver<Batch>,
) -> Result<(), SourceError> {
    loop {
        let mut batch = used.try_recv().unwrap_or_default();
        batch.filled = 0;
        let mut more = Ok(true);
        while batch.filled < RECORDS_PER_BATCH && matches!(more, Ok(true)) {
            if batch.records.len() == batch.filled {
                batch.records.push(Record::new());
            }
            more = reader.next(&mut batch.records[batch.filled]);
            batch.filled += usize::from(matches!(more, Ok(true)));
        }
        let is_wanted = to.send(batch).is_ok();
        if !(more? && is_wanted) {
            return Ok(());
        }
    }
}

/// What refuses a row, in words.
pub fn told(refused: &(PathBuf, Rejection)) -> String {
    let (file, rejection) = refused;
    let sentence = rejection.sentence(Language::English);
    format!("{}: row {} is left out: {sentence}", file.display(), rejection.row)
}

/// The name as conditions read it: the one without a language, or any.
fn named(fields: &mut BTreeMap<String, String>, names: &BTreeMap<String, String>) {
    let name = names.get("").or_else(|| names.get("en")).or_else(|| names.values().next());
    if let Some(name) = name {
        fields.entry("name".to_owned()).or_insert_with(|| name.clone());
    }
}

/// A local date and time: the start of a day stands for the day.
fn moment(at: DateTime, zone: &TimeZone) -> Moment {
    if at.time() == Time::midnight() {
        return Moment::Day(at.date());
    }
    match zone.to_ambiguous_timestamp(at).compatible() {
        Ok(instant) => Moment::Instant(instant),
        Err(_) => Moment::Day(at.date()),
    }
}

/// The fact of a row, or what is written as `recorded` and is no moment.
fn event(row: FactRow, line: u32, zone: &TimeZone) -> Result<Event, String> {
    let on = moment(row.at, zone);
    let mut attributes: BTreeMap<String, String> =
        row.attributes.into_iter().map(|(name, text)| (name.to_string(), text)).collect();
    let recorded = match attributes.remove(RECORDED) {
        None => None,
        Some(text) => match (text.parse::<Timestamp>(), text.parse::<DateTime>()) {
            (Ok(instant), _) => Some(Moment::Instant(instant)),
            (_, Ok(at)) => Some(moment(at, zone)),
            _ => return Err(text),
        },
    };
    let parties = row.parties.into_iter().map(|(role, partner)| (role.to_string(), partner));
    let fields = FactFields {
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
    };
    Ok(Event {
        at: Position { line, column: 1 },
        on,
        recorded,
        what: What::Fact { kind: row.kind, key: row.key, fields },
    })
}
