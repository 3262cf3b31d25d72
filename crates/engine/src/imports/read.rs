//! Reading a source on a thread of its own: records become batches of facts or items.
//!
//! The channel to the writing side holds one batch, so at most three are in memory: one being
//! filled, one waiting, one being written.

use std::ops::Range;

use domain::code::PartnerCode;
use domain::fact::FactKind;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::mpsc::Sender;

use super::Input;
use super::chunk::{self, Chunk};
use super::content::{self, Witness};
use crate::catalog::{Item, ItemRejection, ReferenceEntry};
use crate::ingest::mapping::{Feeds, Field, FieldSource, Mapping};
use crate::ingest::rejection::{Reason, Rejection};
use crate::ingest::row::{ExternalAmount, FactRow, Mapper, PartnerRow, PayeeRow, ProductRow};
use crate::ingest::source::{Format, Reader, Record, SourceError};
use crate::journal::Source;
use crate::take::{Incoming, Intent};

/// What the reading side is told.
#[derive(Debug)]
pub(super) struct Plan {
    pub input: Input,
    /// What the source held when the import started.
    pub bytes_hash: content::Hash,
    pub mapping: Mapping,
    pub import_id: i64,
    /// Records that are durable already.
    pub skip: i64,
    pub rows_max: usize,
    /// Only facts of this partner are taken.
    pub own: Option<PartnerCode>,
    /// The day of the import in the vendor's zone, from which dates may lie only so far.
    pub today: Date,
    /// Names without a language are in this one.
    pub language: String,
}

/// What the reading side says; the last message is `End`, `Changed` or `Failed`.
#[derive(Debug)]
pub(super) enum Message {
    Opened(Opened),
    Batch(Box<Batch>),
    End,
    /// What was read is not what the source held when the import started.
    Changed,
    /// The source as a whole cannot be read (on).
    Failed(String),
}

/// What the source turned out to be.
#[derive(Debug)]
pub(super) struct Opened {
    pub headings: Vec<String>,
    pub encoding: Option<&'static str>,
    pub delimiter: Option<&'static str>,
    /// The lines above the header, and last the header.
    pub head: Vec<String>,
}

/// Some rows, parsed and mapped.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// All records of the batch, in order.
    pub rows: RawRows,
    /// What reads well, each with its place in `rows`.
    pub facts: Vec<Incoming>,
    pub items: Vec<Item>,
    pub entries: Vec<ReferenceEntry>,
    pub payees: Vec<PayeeRow>,
    pub amounts: Vec<ExternalAmount>,
    pub places: Vec<usize>,
    pub rejected: Vec<(usize, Rejection)>,
    /// All rows, packed to be kept: nearly always all of them are.
    pub packed: Vec<Chunk>,
    pub bytes_done: Option<u64>,
}

/// Records as they stood in the source.
#[derive(Debug, Default)]
pub(super) struct RawRows {
    text: String,
    /// Row number and where its text ends.
    rows: Vec<(i64, usize)>,
}

/// No batch holds more raw text, whatever the rows; a single row may have one MiB.
const BATCH_BYTES_MAX: usize = 6 << 20;

impl RawRows {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn push(&mut self, row: i64, text: &str) {
        self.text.push_str(text);
        self.rows.push((row, self.text.len()));
    }

    /// Number and text of the row at a place.
    pub(super) fn get(&self, place: usize) -> (i64, &str) {
        let (row, end) = self.rows[place];
        let start = place.checked_sub(1).map_or(0, |before| self.rows[before].1);
        (row, &self.text[Range { start, end }])
    }
}

/// Reads the source to its end, or until nobody listens any more.
pub(super) fn run(plan: &Plan, to: &Sender<Message>) {
    let last = match read(plan, to) {
        Ok(witness) if witness.read_all_of(&plan.input, &plan.bytes_hash) => Message::End,
        Ok(_) => Message::Changed,
        // Half a workbook cannot be read: what there is to say is that somebody still writes it.
        Err(_) if Witness::is_changed(&plan.input, &plan.bytes_hash) => Message::Changed,
        Err(failure) => Message::Failed(failure),
    };
    // Nobody listens any more when the import was dropped.
    let _ = to.blocking_send(last);
}

/// Reads all there is. Where nobody listens any more, what is returned does not matter.
fn read(plan: &Plan, to: &Sender<Message>) -> Result<Witness, String> {
    let failed = |error: SourceError| super::chain(&error);
    let opened_now = content::open(&plan.input);
    let (input, witness) = opened_now.map_err(|error| failed(SourceError::Read(error)))?;
    let mut reader = Reader::open_seekable(input, &plan.mapping.source).map_err(failed)?;
    let mapper =
        Mapper::new(&plan.mapping, reader.headers()).map_err(|error| super::chain(&error))?;
    let mapper = mapper.on(plan.today);
    if to.blocking_send(Message::Opened(opened(&reader))).is_err() {
        return Ok(witness);
    }
    let mut record = Record::new();
    for _ in 0..plan.skip {
        if !reader.next(&mut record).map_err(failed)? {
            return Ok(witness);
        }
    }
    loop {
        let (batch, ended) = fill(plan, &mapper, &mut reader, &mut record);
        // Rows before a fault of the file are kept.
        if batch.rows.len() > 0 && to.blocking_send(Message::Batch(Box::new(batch))).is_err() {
            return Ok(witness);
        }
        match ended {
            Some(Ok(())) => return Ok(witness),
            Some(Err(error)) => return Err(failed(error)),
            None => {}
        }
    }
}

fn opened(reader: &Reader) -> Opened {
    let (encoding, delimiter) = match reader.format() {
        Format::Text { encoding, delimiter, .. } => (Some(*encoding), Some(delimiter.word())),
        Format::Workbook { .. } => (None, None),
    };
    let mut head = reader.preamble().to_vec();
    head.push(reader.header().raw().to_owned());
    Opened { headings: reader.headers().to_vec(), encoding, delimiter, head }
}

/// Reads a batch; and how the source ended, if it did.
fn fill(
    plan: &Plan,
    mapper: &Mapper,
    reader: &mut Reader,
    record: &mut Record,
) -> (Batch, Option<Result<(), SourceError>>) {
    let mut batch = Batch::default();
    let mut ended = None;
    while batch.rows.len() < plan.rows_max && batch.rows.text.len() < BATCH_BYTES_MAX {
        match reader.next(record) {
            Ok(true) => batch.add(plan, mapper, record),
            Ok(false) => ended = Some(Ok(())),
            Err(error) => ended = Some(Err(error)),
        }
        if ended.is_some() {
            break;
        }
    }
    batch.bytes_done = reader.bytes_read();
    if mapper.feeds() == Feeds::Facts && batch.rejected.is_empty() {
        batch.packed = chunk::pack((0..batch.rows.len()).map(|place| batch.rows.get(place)));
    }
    (batch, ended)
}

impl Batch {
    fn add(&mut self, plan: &Plan, mapper: &Mapper, record: &Record) {
        let place = self.rows.len();
        let row = i64::try_from(record.row_number()).unwrap_or(i64::MAX);
        self.rows.push(row, record.raw());
        let added = match mapper.feeds() {
            Feeds::Facts => mapper.fact(record).and_then(|fact| {
                let fact = match &plan.own {
                    Some(own) => only_own(fact, own, &plan.mapping, record.row_number())?,
                    None => fact,
                };
                let source = Some(Source { import_id: plan.import_id, row });
                self.facts.push(incoming(fact, source, Intent::New));
                Ok(())
            }),
            Feeds::Partners => mapper
                .partner(record)
                .and_then(|partner| item_of_partner(partner, plan, record.row_number()))
                .map(|item| self.items.push(item)),
            Feeds::Products => mapper
                .product(record)
                .and_then(|product| item_of_product(product, plan, record.row_number()))
                .map(|item| self.items.push(item)),
            Feeds::Payees => mapper.payee(record).map(|payee| self.payees.push(payee)),
            Feeds::External => mapper.external(record).map(|amount| self.amounts.push(amount)),
            Feeds::Reference(_) => mapper.entry(record).map(|entry| self.entries.push(entry)),
        };
        match added {
            Ok(()) => self.places.push(place),
            Err(rejection) => self.rejected.push((place, rejection)),
        }
    }
}

/// A fact on its way in. When it is recorded is said when it is taken.
pub(super) fn incoming(fact: FactRow, source: Option<Source>, intent: Intent) -> Incoming {
    let hash = fact.content_hash().0.to_vec();
    Incoming { fact: fact.into_fact(Timestamp::UNIX_EPOCH), hash, source, intent }
}

/// What a partner may bring: its own sales and returns. To it nobody else exists.
pub(super) fn only_own(
    mut fact: FactRow,
    own: &PartnerCode,
    mapping: &Mapping,
    row: u64,
) -> Result<FactRow, Rejection> {
    if !matches!(fact.kind, FactKind::Sale | FactKind::Return) {
        let label = label(mapping, &Field::Kind);
        return Err(Rejection::new(row, Reason::UnknownKind, Some(&label), fact.kind.word()));
    }
    // A return that names its sale may leave its partner out.
    let partner = fact.partner.get_or_insert_with(|| own.clone());
    if partner != own {
        let label = label(mapping, &Field::Partner);
        return Err(Rejection::new(row, Reason::UnknownPartner, Some(&label), partner.as_str()));
    }
    Ok(fact)
}

/// How a person knows the field: by the headings of its columns, or else by its own name.
pub(super) fn label(mapping: &Mapping, field: &Field) -> String {
    match mapping.fields.get(field).map(FieldSource::columns) {
        None | Some([]) => field.to_string(),
        Some(columns) => columns.join(" + "),
    }
}

fn item_of_partner(partner: PartnerRow, plan: &Plan, row: u64) -> Result<Item, Rejection> {
    let PartnerRow { code, names, fields, .. } = partner;
    item(code.as_str(), names, fields, plan, row)
}

fn item_of_product(product: ProductRow, plan: &Plan, row: u64) -> Result<Item, Rejection> {
    let ProductRow { code, names, fields, .. } = product;
    item(code.as_str(), names, fields, plan, row)
}

fn item(
    code: &str,
    mut names: crate::catalog::Names,
    fields: crate::catalog::Fields,
    plan: &Plan,
    row: u64,
) -> Result<Item, Rejection> {
    if let Some(name) = names.remove("") {
        names.entry(plan.language.clone()).or_insert(name);
    }
    Item::new(code, names, fields)
        .map_err(|refusal| rejection_of_item(&refusal, &plan.mapping, row))
}

/// The rejection of a row whose partner or product the catalog refuses.
pub(super) fn rejection_of_item(refusal: &ItemRejection, mapping: &Mapping, row: u64) -> Rejection {
    let code = label(mapping, &Field::Code);
    match refusal {
        ItemRejection::NoCode => Rejection::new(row, Reason::MissingCode, Some(&code), ""),
        ItemRejection::BadCode { code: value } => {
            Rejection::new(row, Reason::BadText, Some(&code), value)
        }
        ItemRejection::BadValue { field } => {
            Rejection::new(row, Reason::TextTooLong, Some(field), "")
        }
        ItemRejection::TooManyFields { .. } => Rejection::new(row, Reason::TooManyFields, None, ""),
        ItemRejection::OwnAncestor { parent, .. } => {
            let column = label(mapping, &Field::Parent);
            Rejection::new(row, Reason::OwnAncestor, Some(&column), parent)
        }
    }
}
