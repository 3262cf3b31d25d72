//! Taking facts in: from rows that read well to journal and totals, in one commit.
//!
//! # Invariants
//!
//! * Each fact is accepted, known already, or refused with one reason; a refused one never stops
//!   the others.
//! * The same key with the same content is the same fact. With other content it is refused unless
//!   it comes as a correction, which takes back the first and adds the second. What came first is
//!   known for good: a file read again undoes no correction and no cancellation.
//! * Journal, totals and marks change in the same transaction: a kill at any point leaves all or
//!   nothing of a batch.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::code::{FactKey, PartnerCode};
use domain::fact::Fact;
use domain::measure::{Event, EventChange, Measurer, Waiting};
use domain::totals::Totals;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, Tx};
use crate::journal::{self, Entry, Source};
use crate::rules::Rules;
use crate::totals::{self, Stale};
use crate::wallets;

/// A fact on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    pub fact: Fact,
    /// Of its content, so that the same is known to be the same.
    pub hash: Vec<u8>,
    pub source: Option<Source>,
    pub intent: Intent,
}

/// What the sender means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    New,
    /// The fact as it should have been.
    Correction,
    /// As if it had never been; only the key counts.
    Cancellation,
}

/// What became of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    /// It was there before, just so.
    Known,
    Refused(Refusal),
}

/// Why a fact is refused once it has been read. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    UnknownPartner,
    UnknownProduct,
    /// A correction or cancellation of a fact never seen.
    UnknownFact,
    NegativeReturn,
    OtherContent,
}

impl Refusal {
    pub const ALL: [Refusal; 5] = [
        Refusal::UnknownPartner,
        Refusal::UnknownProduct,
        Refusal::UnknownFact,
        Refusal::NegativeReturn,
        Refusal::OtherContent,
    ];

    /// The stable word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::UnknownPartner => "unknown_partner",
            Refusal::UnknownProduct => "unknown_product",
            Refusal::UnknownFact => "unknown_fact",
            Refusal::NegativeReturn => "negative_return",
            Refusal::OtherContent => "other_content",
        }
    }
}

/// What a batch did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// One for each fact, in the order given.
    pub answers: Vec<Answer>,
    /// What its awards must be evaluated for.
    pub stale: BTreeSet<Stale>,
}

impl Taken {
    pub fn accepted(&self) -> usize {
        self.answers.iter().filter(|answer| **answer == Answer::Accepted).count()
    }
}

/// How a key stands while a batch is looked at.
struct Standing {
    hash: Vec<u8>,
    /// The hash it first came with.
    first: Vec<u8>,
    there: bool,
}

/// Takes a batch in. `now` is when it is recorded.
pub async fn facts(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
    incoming: Vec<Incoming>,
) -> Result<Taken, DbError> {
    let now = journal::moment(tx, now).await?;
    let keys: Vec<FactKey> = incoming.iter().map(|one| one.fact.key.clone()).collect();
    let existing = journal::existing(tx, &keys).await?;
    let seen: HashSet<FactKey> = existing.keys().cloned().collect();
    let mut standing: HashMap<FactKey, Standing> = existing
        .into_iter()
        .map(|(key, row)| {
            let there = row.change == EventChange::Came;
            (key, Standing { hash: row.hash, first: row.first.1, there })
        })
        .collect();
    let corrected: HashSet<FactKey> = incoming
        .iter()
        .filter(|one| one.intent != Intent::New)
        .map(|one| one.fact.key.clone())
        .collect();
    let mut current: HashMap<FactKey, Entry> = current_entries(tx, directory, &corrected).await?;

    let mut seq = journal::highest_seq(tx).await?;
    let mut entries: Vec<Entry> = Vec::with_capacity(incoming.len());
    let mut answers = Vec::with_capacity(incoming.len());
    for mut one in incoming {
        one.fact.recorded = now;
        let answer = decide(&one, &mut standing, directory);
        if answer == Answer::Accepted {
            if one.intent != Intent::New
                && let Some(before) = current.remove(&one.fact.key)
            {
                seq += 1;
                let fact = Fact { recorded: now, ..before.fact };
                let (change, source) = (EventChange::TakenBack, one.source);
                entries.push(Entry { seq, change, fact, hash: one.hash.clone(), source });
            }
            if one.intent != Intent::Cancellation {
                seq += 1;
                let Incoming { fact, hash, source, .. } = one;
                let entry = Entry { seq, change: EventChange::Came, fact, hash, source };
                // A correction may come in the same batch as what it corrects.
                if corrected.contains(&entry.fact.key) {
                    current.insert(entry.fact.key.clone(), entry.clone());
                }
                entries.push(entry);
            }
        }
        answers.push(answer);
    }
    let stale = count(tx, rules, directory, &entries, seen).await?;
    were_active(tx, rules, directory, now, &entries).await?;
    Ok(Taken { answers, stale })
}

/// Tells wallets who did something.
async fn were_active(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
    entries: &[Entry],
) -> Result<(), DbError> {
    if rules.wallets.is_empty() {
        return Ok(());
    }
    let mut days: BTreeMap<PartnerCode, Date> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.change == EventChange::Came) {
        let Some(partner) = &entry.fact.partner else { continue };
        let day = entry.fact.at.date();
        days.entry(partner.clone()).and_modify(|last| *last = day.max(*last)).or_insert(day);
    }
    let told = Box::pin(wallets::were_active(tx, rules, directory, now, &days)).await;
    told.map_err(wallets::WalletError::into_db)
}

/// The facts that corrections and cancellations take back.
async fn current_entries(
    reader: &mut Reader,
    directory: &MasterData,
    keys: &HashSet<FactKey>,
) -> Result<HashMap<FactKey, Entry>, DbError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<FactKey> = keys.iter().cloned().collect();
    let mut current = HashMap::new();
    for entry in journal::units_of(reader, directory, &keys).await? {
        match entry.change {
            EventChange::Came => current.insert(entry.fact.key.clone(), entry),
            EventChange::TakenBack => current.remove(&entry.fact.key),
        };
    }
    Ok(current)
}

fn decide(
    one: &Incoming,
    standing: &mut HashMap<FactKey, Standing>,
    directory: &MasterData,
) -> Answer {
    let fact = &one.fact;
    let known = standing.get(&fact.key).filter(|known| known.there);
    let refused = |refusal| Answer::Refused(refusal);
    if one.intent == Intent::Cancellation {
        return match known {
            Some(known) => {
                let first = known.first.clone();
                let gone = Standing { hash: Vec::new(), first, there: false };
                standing.insert(fact.key.clone(), gone);
                Answer::Accepted
            }
            None if standing.contains_key(&fact.key) => Answer::Known,
            None => refused(Refusal::UnknownFact),
        };
    }
    // What is not there cannot be corrected, whatever else is wrong with the correction.
    if one.intent == Intent::Correction && known.is_none() {
        return refused(Refusal::UnknownFact);
    }
    if let Some(partner) = &fact.partner
        && directory.partner_id(partner.as_str()).is_none()
    {
        return refused(Refusal::UnknownPartner);
    }
    if fact.partner.is_none() && fact.of.is_none() {
        return refused(Refusal::UnknownPartner);
    }
    if let Some(product) = &fact.product
        && directory.product_id(product.as_str()).is_none()
    {
        return refused(Refusal::UnknownProduct);
    }
    let negative = |number: Option<Decimal>| number.is_some_and(|n| n < Decimal::ZERO);
    if fact.kind.counts_against() && (negative(fact.quantity) || negative(fact.amount)) {
        return refused(Refusal::NegativeReturn);
    }
    let seen = standing.get(&fact.key);
    match (known, one.intent) {
        (Some(known), _) if known.hash == one.hash => return Answer::Known,
        (_, Intent::New) => match seen {
            Some(seen) if seen.first == one.hash => return Answer::Known,
            Some(_) => return refused(Refusal::OtherContent),
            None => {}
        },
        _ => {}
    }
    let first = seen.map_or_else(|| one.hash.clone(), |seen| seen.first.clone());
    let hash = one.hash.clone();
    standing.insert(fact.key.clone(), Standing { hash, first, there: true });
    Answer::Accepted
}

/// Adds new rows to the journal and what they count to the totals.
async fn count(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    entries: &[Entry],
    seen: HashSet<FactKey>,
) -> Result<BTreeSet<Stale>, DbError> {
    if entries.is_empty() {
        return Ok(BTreeSet::new());
    }
    let joined = joined_units(tx, entries, seen).await?;
    let keys: Vec<FactKey> = joined.iter().cloned().collect();
    let before = journal::units_of(tx, directory, &keys).await?;
    // The database writes while this process counts.
    let counting = measure(rules, directory, (entries, &before), &joined);
    let ((totals, waiting), appended) =
        tokio::join!(counting, journal::append(tx, directory, entries));
    appended?;
    if !joined.is_empty() {
        // Returns wait under their own keys, not under that of the sale they belong with.
        let facts = before.iter().map(|entry| &entry.fact.key);
        let waited: BTreeSet<&FactKey> = keys.iter().chain(facts).collect();
        let waited: Vec<FactKey> = waited.into_iter().cloned().collect();
        totals::clear_waiting(tx, &waited).await?;
    }
    totals::set_waiting(tx, rules, &waiting).await?;
    let alone = entries.iter().map(|entry| &entry.fact.key).filter(|key| !joined.contains(*key));
    Box::pin(totals::add_new(tx, rules, directory, totals, &alone.collect())).await
}

/// What new rows count. `before` are the rows that the journal has of the `joined` units.
async fn measure(
    rules: &Rules,
    directory: &MasterData,
    (entries, before): (&[Entry], &[Entry]),
    joined: &HashSet<FactKey>,
) -> (Totals, Vec<Waiting>) {
    let mut units: HashMap<&FactKey, Vec<&Entry>> = HashMap::new();
    for entry in before {
        units.entry(journal::unit_key(&entry.fact)).or_default().push(entry);
    }
    let olds: HashMap<&FactKey, usize> =
        units.iter().map(|(key, entries)| (*key, entries.len())).collect();
    let mut order: Vec<&FactKey> = Vec::new();
    let mut totals = Totals::default();
    let mut waiting = Vec::new();
    let measuring = async |measurer: &mut Measurer<'_>| {
        for (at, entry) in entries.iter().enumerate() {
            if at % ROWS_AT_A_TIME == ROWS_AT_A_TIME - 1 {
                tokio::task::yield_now().await;
            }
            let key = journal::unit_key(&entry.fact);
            if joined.contains(key) {
                let unit = units.entry(key).or_default();
                if unit.len() == olds.get(key).copied().unwrap_or(0) {
                    order.push(key);
                }
                unit.push(entry);
            } else {
                measurer.unit(&[event(entry)], 0, &mut totals, &mut waiting);
            }
        }
        for key in order {
            let events: Vec<Event<'_>> = units[key].iter().copied().map(event).collect();
            let new_from = olds.get(key).copied().unwrap_or(0);
            measurer.unit(&events, new_from, &mut totals, &mut waiting);
        }
    };
    rules.measuring(directory, measuring).await;
    (totals, waiting)
}

/// Rows counted between two looks at whether the database wants the next ones.
const ROWS_AT_A_TIME: usize = 64;

fn event(entry: &Entry) -> Event<'_> {
    Event { recorded: entry.fact.recorded, fact: &entry.fact, change: entry.change }
}

/// Keys of units that are more than one new fact by itself. `seen` are keys with rows in the
/// journal.
async fn joined_units(
    reader: &mut Reader,
    entries: &[Entry],
    mut seen: HashSet<FactKey>,
) -> Result<HashSet<FactKey>, DbError> {
    let mut joined: HashSet<FactKey> = HashSet::new();
    let mut alone: Vec<String> = Vec::with_capacity(entries.len());
    for entry in entries {
        let fact = &entry.fact;
        let again = !seen.insert(fact.key.clone());
        if fact.of.is_some() || entry.change == EventChange::TakenBack || again {
            joined.insert(journal::unit_key(fact).clone());
        } else {
            alone.push(fact.key.to_string());
        }
    }
    // Returns may have come before their sale.
    let rows = reader
        .lookup(
            "SELECT DISTINCT k.k1 FROM {keys} CROSS JOIN fact f \
             WHERE f.tenant_id = k.tenant AND f.of_key = k.k1",
            args![],
            vec![Column::Text(alone)],
        )
        .await?;
    joined.extend(rows.iter().map(|row| FactKey::new(row.text(0))));
    Ok(joined)
}
