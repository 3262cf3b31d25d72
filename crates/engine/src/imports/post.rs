//! Small batches: facts that come through the API, answered row by row.
//!
//! A batch is an import as well, so that an explanation ends at what was sent.

use std::collections::{BTreeMap, BTreeSet};

use domain::code::{FactKey, PartnerCode};
use domain::fact::{Fact, FactKind};
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::read::{incoming, only_own};
use super::write::{self, Taken};
use super::{Counts, Origin, Status, chunk, store};
use crate::access::Actor;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Tx};
use crate::idempotency;
use crate::ingest::mapping::{Feeds, Mapping};
use crate::ingest::rejection::{Reason, Rejection};
use crate::ingest::row::FactRow;
use crate::journal::{self, Source};
use crate::members;
use crate::rules::Rules;
use crate::take::{Incoming, Intent};

/// A batch and who sends it.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// What people know it by: the name of the source that sends it.
    pub name: &'a str,
    pub actor: &'a Actor,
    pub rows: &'a [PostedRow],
}

/// A row of a batch.
#[derive(Debug, Clone)]
pub struct PostedRow {
    pub content: Posted,
    /// As it was sent, for explanations.
    pub raw: String,
}

/// What a row says.
#[derive(Debug, Clone)]
pub enum Posted {
    New(FactRow),
    /// The fact as it should have been.
    Correction(FactRow),
    /// The fact of this key, as if it had never been.
    Cancellation(FactKey),
    /// What could not be read as a fact; it is counted and answered with the others.
    Unreadable(Rejection),
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostAnswer {
    Accepted,
    Known,
    /// `row` is the place in the batch, the first being 1.
    Refused(Rejection),
}

/// What a batch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostReport {
    /// The import that keeps what was sent; `None` if no row was accepted.
    pub import_id: Option<i64>,
    pub counts: Counts,
    /// One for each row, in order.
    pub answers: Vec<PostAnswer>,
}

/// A batch on its way: what is known of each row so far, and the facts with their rows.
struct Open<'a> {
    post: Post<'a>,
    import_id: i64,
    answers: Vec<Option<PostAnswer>>,
    facts: Vec<Incoming>,
    places: Vec<usize>,
}

/// Takes batches in, within a transaction of the caller, who keeps the answers to their
/// idempotency keys in the same one. Each sees those before it. What becomes stale is evaluated by
/// the next run of accruing.
pub async fn post_facts(
    tx: &mut Tx,
    (rules, directory): (&Rules, &MasterData),
    now: Timestamp,
    posts: &[Post<'_>],
) -> Result<Vec<PostReport>, DbError> {
    let mapping = Mapping::new("api", Feeds::Facts);
    let first = store::next_number(tx).await?;
    let mut opened: Vec<Open<'_>> = (first..)
        .zip(posts.iter().copied())
        .map(|(import_id, post)| open(post, import_id, directory, &mapping))
        .collect();
    // Batches of the vendor go in as one; a partner's, which may touch its own facts only, alone.
    for run in opened.chunk_by_mut(|a, b| a.own().is_none() && b.own().is_none()) {
        let own = run.first().and_then(Open::own);
        let facts = run.iter_mut().flat_map(|open| std::mem::take(&mut open.facts)).collect();
        let taken = write::take_facts(tx, rules, directory, now, (facts, own)).await?;
        let mut taken = taken.into_iter();
        for open in run {
            for place in std::mem::take(&mut open.places) {
                open.answers[place] = taken.next().map(|taken| match taken {
                    Taken::Accepted => PostAnswer::Accepted,
                    Taken::Known => PostAnswer::Known,
                    Taken::Refused(refused, told) => {
                        PostAnswer::Refused(told.rejection(refused, &mapping, number(place)))
                    }
                });
            }
        }
    }
    let reports: Vec<PostReport> = opened.iter_mut().map(Open::report).collect();
    keep(tx, now, posts, &reports).await?;
    Ok(reports)
}

impl Open<'_> {
    fn own(&self) -> Option<i64> {
        self.post.actor.partner()
    }

    fn report(&mut self) -> PostReport {
        let answers: Vec<PostAnswer> = self.answers.drain(..).flatten().collect();
        let counts = counts(&answers);
        let import_id = (counts.accepted > 0).then_some(self.import_id);
        PostReport { import_id, counts, answers }
    }
}

/// Reads the rows of a batch.
fn open<'a>(post: Post<'a>, import_id: i64, directory: &MasterData, mapping: &Mapping) -> Open<'a> {
    let own = post.actor.partner();
    let rows = post.rows.len();
    let (mut answers, mut places) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut facts = Vec::with_capacity(rows);
    for (place, row) in post.rows.iter().enumerate() {
        match read(row, place, import_id, own, directory, mapping) {
            Ok(fact) => {
                facts.push(fact);
                places.push(place);
                answers.push(None);
            }
            Err(rejection) => answers.push(Some(PostAnswer::Refused(rejection))),
        }
    }
    Open { post, import_id, answers, facts, places }
}

fn number(place: usize) -> u64 {
    place as u64 + 1
}

fn read(
    row: &PostedRow,
    place: usize,
    import_id: i64,
    own: Option<i64>,
    directory: &MasterData,
    mapping: &Mapping,
) -> Result<Incoming, Rejection> {
    let source = Some(Source { import_id, row: i64::try_from(number(place)).unwrap_or(i64::MAX) });
    let (fact, intent) = match &row.content {
        Posted::New(fact) => (fact.clone(), Intent::New),
        Posted::Correction(fact) => (fact.clone(), Intent::Correction),
        Posted::Cancellation(key) => return Ok(cancellation(key, source)),
        Posted::Unreadable(rejection) => {
            return Err(Rejection { row: number(place), ..rejection.clone() });
        }
    };
    let Some(own) = own else { return Ok(incoming(fact, source, intent)) };
    let Some(code) = directory.partner_code(own) else {
        return Err(Rejection::new(number(place), Reason::UnknownPartner, Some("partner"), ""));
    };
    Ok(incoming(only_own(fact, code, mapping, number(place))?, source, intent))
}

/// Of a cancellation only the key counts.
fn cancellation(key: &FactKey, source: Option<Source>) -> Incoming {
    let fact = Fact {
        key: key.clone(),
        kind: FactKind::Sale,
        at: DateTime::default(),
        recorded: Timestamp::UNIX_EPOCH,
        of: None,
        partner: None,
        product: None,
        quantity: None,
        unit: None,
        amount: None,
        currency: None,
        order: None,
        line: None,
        channel: None,
        activity_type: None,
        parties: BTreeMap::new(),
        attributes: BTreeMap::new(),
    };
    Incoming { fact, hash: Vec::new(), source, intent: Intent::Cancellation }
}

fn counts(answers: &[PostAnswer]) -> Counts {
    let mut counts = Counts::default();
    for answer in answers {
        counts.read += 1;
        match answer {
            PostAnswer::Accepted => counts.accepted += 1,
            PostAnswer::Known => counts.known += 1,
            PostAnswer::Refused(_) => counts.rejected += 1,
        }
    }
    counts
}

/// Keeps what was accepted as it was sent.
async fn keep(
    tx: &mut Tx,
    now: Timestamp,
    posts: &[Post<'_>],
    reports: &[PostReport],
) -> Result<(), DbError> {
    let (mut done, mut chunks) = (Vec::new(), Vec::new());
    for (post, report) in posts.iter().zip(reports) {
        let Some(import_id) = report.import_id else { continue };
        let sent: Vec<&str> = post.rows.iter().map(|row| row.raw.as_str()).collect();
        let new = store::NewImport {
            status: Status::Done,
            feeds: Feeds::Facts,
            origin: Origin::Api,
            name: post.name,
            content_hash: idempotency::request_hash(sent.join("\n").as_bytes()),
            mapping: "",
            mapping_name: "",
            bytes_total: sent.iter().map(|raw| i64::try_from(raw.len()).unwrap_or(0)).sum(),
            actor_name: post.actor.name(),
            partner_id: post.actor.partner(),
        };
        done.push((import_id, new, report.counts));
        let accepted = sent.iter().zip(1_i64..).zip(&report.answers);
        let accepted = accepted.filter(|(_, answer)| **answer == PostAnswer::Accepted);
        let packed = chunk::pack(accepted.map(|((raw, row), _)| (row, *raw)));
        chunks.extend(packed.into_iter().map(|chunk| (import_id, chunk)));
    }
    store::create_done(tx, now, &done).await?;
    store::add_chunks(tx, chunks).await
}

/// The partners that the rows of a batch are about.
pub async fn partners_of(
    reader: &mut Reader,
    master: &MasterData,
    rows: &[PostedRow],
) -> Result<BTreeSet<PartnerCode>, DbError> {
    let mut partners = BTreeSet::new();
    let mut keys = Vec::new();
    let mut linked = BTreeSet::new();
    for row in rows {
        if let Posted::New(fact) | Posted::Correction(fact) = &row.content {
            let code = fact.partner.iter().filter(|code| code.as_str().contains(members::BETWEEN));
            linked.extend(code.map(|code| (code.clone(), fact.at.date())));
        }
        match &row.content {
            Posted::New(fact) => {
                partners.extend(fact.partner.clone());
                keys.extend(fact.of.clone());
            }
            Posted::Correction(fact) => {
                partners.extend(fact.partner.clone());
                keys.push(fact.key.clone());
            }
            Posted::Cancellation(key) => keys.push(key.clone()),
            Posted::Unreadable(_) => {}
        }
    }
    let meant = members::meant_by(reader, &linked).await?;
    partners.extend(meant.into_values().filter_map(|id| master.partner_code(id).cloned()));
    let before = journal::partners_of(reader, &keys).await?;
    let before = before.into_values().flatten();
    partners.extend(before.filter_map(|id| master.partner_code(id).cloned()));
    Ok(partners)
}
