//! Writing a batch: all it brings, and how far the import is, in one transaction.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use domain::code::{FactKey, PartnerCode, ProductCode};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::read::{Batch, RawRows, label, rejection_of_item};
use super::{Counts, ImportError, chunk, external, known, payees, store};
use crate::access::Actor;
use crate::catalog::{self, Became, MasterData, Said};
use crate::db::{DbError, Reader, Tx};
use crate::ingest::mapping::{Feeds, Field, Mapping};
use crate::ingest::rejection::{Reason, Rejection};
use crate::journal;
use crate::members;
use crate::office::Office;
use crate::reference;
use crate::rules::Rules;
use crate::take::{self, Answer, Incoming, Refusal};

/// What stays the same for all batches of an import.
#[derive(Debug)]
pub(super) struct Job {
    pub import_id: i64,
    /// For whoever watches.
    pub id: Arc<str>,
    pub name: String,
    pub mapping: Mapping,
    pub actor: Actor,
    /// The only partner whose facts are taken.
    pub own: Option<i64>,
    pub changes_hold_from: Date,
}

/// What a batch did.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub added: Counts,
    pub created: usize,
    pub changed: usize,
    /// Programs were measured anew in the same transaction.
    pub remeasured: bool,
}

/// Writes a batch of an import that has read `before` rows.
pub(super) async fn batch(
    office: &Office,
    job: &Job,
    before: i64,
    batch: Batch,
) -> Result<Written, ImportError> {
    let now = office.now();
    let mut tx = office.db().write().await?;
    let read = count(batch.rows.len());
    let mut written = match job.mapping.feeds {
        Feeds::Facts => facts(office, &mut tx, job, now, batch).await?,
        Feeds::Partners | Feeds::Products => items(&mut tx, job, now, batch).await?,
        Feeds::Payees => payees::put(office, &mut tx, job, now, batch).await?,
        Feeds::External => external::put(office, &mut tx, job, now, batch).await?,
        Feeds::Reference(_) => entries(office, &mut tx, job, now, batch).await?,
    };
    written.added.read = read;
    if !store::advance(&mut tx, now, job.import_id, before, written.added).await? {
        return Err(ImportError::TakenOver { name: job.name.clone() });
    }
    tx.commit().await?;
    Ok(written)
}

pub(super) fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

async fn facts(
    office: &Office,
    tx: &mut Tx,
    job: &Job,
    now: Timestamp,
    batch: Batch,
) -> Result<Written, ImportError> {
    let rules = office.rules(tx).await?;
    let directory = office.master(tx).await?;
    let Batch { rows, facts, places, rejected, packed, .. } = batch;
    let number = |place: usize| u64::try_from(rows.get(place).0).unwrap_or(0);
    let answers = take_facts(tx, &rules, &directory, now, (facts, job.own)).await?;
    let mut added = Counts { rejected: count(rejected.len()), ..Counts::default() };
    let mut kept: Vec<usize> = Vec::with_capacity(places.len());
    let mut skipped: Vec<usize> = Vec::new();
    let mut refused: Vec<(usize, Rejection)> = rejected;
    for (place, answer) in places.into_iter().zip(answers) {
        match answer {
            Taken::Accepted => {
                added.accepted += 1;
                kept.push(place);
            }
            Taken::Known => {
                added.known += 1;
                skipped.push(place);
            }
            Taken::Refused(refusal, told) => {
                added.rejected += 1;
                refused.push((place, told.rejection(refusal, &job.mapping, number(place))));
            }
        }
    }
    let chunks = if kept.len() == rows.len() && !packed.is_empty() {
        packed
    } else {
        chunk::pack(kept.iter().map(|place| rows.get(*place)))
    };
    let chunks = chunks.into_iter().map(|chunk| (job.import_id, chunk)).collect();
    store::add_chunks(tx, chunks).await?;
    let skipped = skipped.iter().map(|place| rows.get(*place)).collect();
    known::keep(tx, job.import_id, skipped).await?;
    add_rejections(tx, job.import_id, &rows, refused).await?;
    Ok(Written { added, ..Written::default() })
}

async fn items(
    tx: &mut Tx,
    job: &Job,
    now: Timestamp,
    batch: Batch,
) -> Result<Written, ImportError> {
    let Batch { rows, items, places, rejected, .. } = batch;
    let codes: Vec<String> = items.iter().map(|item| item.code().to_owned()).collect();
    let done = if job.mapping.feeds == Feeds::Partners {
        catalog::upsert_partners(tx, now, &job.actor, job.changes_hold_from, items).await?
    } else {
        catalog::upsert_products(tx, now, &job.actor, items).await?
    };
    let mut refused = rejected;
    for (place, code) in places.iter().zip(&codes) {
        let refusal = done.rejected.iter().find(|(rejected, _)| rejected == code);
        if let Some((_, refusal)) = refusal {
            let row = u64::try_from(rows.get(*place).0).unwrap_or(0);
            refused.push((*place, rejection_of_item(refusal, &job.mapping, row)));
        }
    }
    let rejected = count(refused.len());
    let accepted = count(done.created + done.changed);
    let known = (count(rows.len()) - rejected - accepted).max(0);
    add_rejections(tx, job.import_id, &rows, refused).await?;
    let added = Counts { accepted, known, rejected, ..Counts::default() };
    Ok(Written { added, created: done.created, changed: done.changed, remeasured: false })
}

/// Entries of reference data, and all that follows from them.
async fn entries(
    office: &Office,
    tx: &mut Tx,
    job: &Job,
    now: Timestamp,
    batch: Batch,
) -> Result<Written, ImportError> {
    let rules = office.rules(tx).await?;
    let directory = office.master(tx).await?;
    let Batch { rows, entries, places, rejected, .. } = batch;
    let mut refused = rejected;
    let mut kept = Vec::with_capacity(entries.len());
    for (place, entry) in places.into_iter().zip(entries) {
        match unknown_code(&directory, entry.said()) {
            None => kept.push(entry),
            Some((reason, field, code)) => {
                let row = u64::try_from(rows.get(place).0).unwrap_or(0);
                let column = label(&job.mapping, &field);
                refused.push((place, Rejection::new(row, reason, Some(&column), &code)));
            }
        }
    }
    let done = reference::put(tx, &rules, now, &job.actor, kept).await?;
    let (created, changed) = (done.count(Became::Created), done.count(Became::Changed));
    let added = Counts {
        accepted: count(created + changed),
        known: count(done.count(Became::Unchanged)),
        rejected: count(refused.len()),
        ..Counts::default()
    };
    add_rejections(tx, job.import_id, &rows, refused).await?;
    Ok(Written { added, created, changed, remeasured: !done.measured.is_empty() })
}

/// The partner or product of an entry that nobody knows: most likely it is misspelled, and the
/// entry would never count. Codes on lists may be of anything.
pub fn unknown_code(directory: &MasterData, said: &Said) -> Option<(Reason, Field, String)> {
    let partner = |code: &PartnerCode| {
        let is_known = directory.partner_id(code.as_str()).is_some();
        (!is_known).then(|| (Reason::UnknownPartner, Field::Partner, code.to_string()))
    };
    let product = |code: &ProductCode| {
        let is_known = directory.product_id(code.as_str()).is_some();
        (!is_known).then(|| (Reason::UnknownProduct, Field::Product, code.to_string()))
    };
    match said {
        Said::Rate(_) | Said::Listed { .. } | Said::Holiday(_) => None,
        Said::Unit(unit) => unit.product.as_ref().and_then(product),
        Said::Price(price) => product(&price.product),
        Said::Figure { entry, .. } => entry.partner.as_ref().and_then(partner),
    }
}

pub(super) async fn add_rejections(
    tx: &mut Tx,
    import_id: i64,
    rows: &RawRows,
    refused: Vec<(usize, Rejection)>,
) -> Result<(), DbError> {
    let with_raw = refused
        .into_iter()
        .map(|(place, rejection)| (rejection, rows.get(place).1.to_owned()))
        .collect();
    store::add_rejections(tx, import_id, with_raw).await
}

/// What became of a fact, with what a message needs if it was refused.
#[derive(Debug)]
pub(super) enum Taken {
    Accepted,
    Known,
    Refused(Refused, Box<Told>),
}

/// Why a fact was refused once it had been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    ByTheFlow(Refusal),
    /// The sale it names is not a sale of the partner it is sent for.
    SaleOfAnother,
}

/// What a fact said about itself.
#[derive(Debug)]
pub(super) struct Told {
    key: FactKey,
    of: Option<FactKey>,
    partner: Option<PartnerCode>,
    product: Option<ProductCode>,
    quantity: Option<Decimal>,
    amount: Option<Decimal>,
}

impl Told {
    fn of(one: &Incoming) -> Told {
        let fact = &one.fact;
        Told {
            key: fact.key.clone(),
            of: fact.of.clone(),
            partner: fact.partner.clone(),
            product: fact.product.clone(),
            quantity: fact.quantity,
            amount: fact.amount,
        }
    }

    pub(super) fn rejection(&self, refused: Refused, mapping: &Mapping, row: u64) -> Rejection {
        let code = |code: Option<&str>| code.unwrap_or_default().to_owned();
        let key_field = || {
            let of_kind = |field: &&Field| matches!(field, Field::KeyOf(_));
            mapping.fields.keys().find(of_kind).cloned().unwrap_or(Field::Key)
        };
        let (reason, field, value) = match refused {
            Refused::SaleOfAnother => {
                (Reason::UnknownSale, Field::Of, code(self.of.as_ref().map(FactKey::as_str)))
            }
            Refused::ByTheFlow(Refusal::UnknownPartner) => {
                let partner = self.partner.as_ref().map(PartnerCode::as_str);
                (Reason::UnknownPartner, Field::Partner, code(partner))
            }
            Refused::ByTheFlow(Refusal::UnknownProduct) => {
                let product = self.product.as_ref().map(ProductCode::as_str);
                (Reason::UnknownProduct, Field::Product, code(product))
            }
            Refused::ByTheFlow(Refusal::UnknownFact) => {
                (Reason::UnknownFact, key_field(), self.key.to_string())
            }
            Refused::ByTheFlow(Refusal::NegativeReturn) => {
                let negative = self.quantity.filter(Decimal::is_sign_negative);
                let (field, value) = match negative {
                    Some(quantity) => (Field::Quantity, quantity),
                    None => (Field::Amount, self.amount.unwrap_or_default()),
                };
                (Reason::NegativeReturn, field, value.to_string())
            }
            Refused::ByTheFlow(Refusal::OtherContent) => {
                (Reason::OtherContent, key_field(), self.key.to_string())
            }
        };
        Rejection::new(row, reason, Some(&label(mapping, &field)), &value)
    }
}

/// Takes facts in, those of one partner only if one is given.
pub(super) async fn take_facts(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    now: Timestamp,
    (mut facts, own): (Vec<Incoming>, Option<i64>),
) -> Result<Vec<Taken>, DbError> {
    if own.is_none() {
        by_links(tx, directory, &mut facts).await?;
    }
    let told: Vec<Told> = facts.iter().map(Told::of).collect();
    let foreign = match own {
        Some(own) => foreign(tx, own, &facts).await?,
        None => HashSet::new(),
    };
    let mut refusals = Vec::with_capacity(foreign.len());
    let mut allowed = Vec::with_capacity(facts.len());
    for (at, one) in facts.into_iter().enumerate() {
        match foreign.contains(&at) {
            true if one.intent == take::Intent::New => {
                refusals.push((at, Refused::SaleOfAnother));
            }
            true => refusals.push((at, Refused::ByTheFlow(Refusal::UnknownFact))),
            false => allowed.push(one),
        }
    }
    let answers = take::facts(tx, rules, directory, now, allowed).await?.answers;
    let (mut answers, mut refusals) = (answers.into_iter(), refusals.into_iter().peekable());
    let mut taken = Vec::with_capacity(told.len());
    for (at, told) in told.into_iter().enumerate() {
        if let Some((_, refused)) = refusals.next_if(|(refused_at, _)| *refused_at == at) {
            taken.push(Taken::Refused(refused, Box::new(told)));
            continue;
        }
        taken.push(match answers.next() {
            Some(Answer::Accepted) => Taken::Accepted,
            Some(Answer::Known) | None => Taken::Known,
            Some(Answer::Refused(refusal)) => {
                Taken::Refused(Refused::ByTheFlow(refusal), Box::new(told))
            }
        });
    }
    Ok(taken)
}

/// Facts that name a member by its number at a sponsor are the member's; what nobody is called stays
/// as it was written, and is refused as any unknown partner.
async fn by_links(
    reader: &mut Reader,
    directory: &MasterData,
    facts: &mut [Incoming],
) -> Result<(), DbError> {
    let named = |one: &Incoming| {
        let code = one.fact.partner.clone()?;
        let is_link = code.as_str().contains(members::BETWEEN);
        (is_link && directory.partner_id(code.as_str()).is_none())
            .then(|| (code, one.fact.at.date()))
    };
    let all: BTreeSet<_> = facts.iter().filter_map(named).collect();
    if all.is_empty() {
        return Ok(());
    }
    let meant = members::meant_by(reader, &all).await?;
    for one in facts {
        let member = named(one).and_then(|named| directory.partner_code(*meant.get(&named)?));
        if let Some(member) = member {
            one.fact.partner = Some(member.clone());
        }
    }
    Ok(())
}

/// Facts that name a sale, correct or cancel a fact that is not this partner's, or not there.
/// To a partner, facts of others do not exist.
async fn foreign(
    reader: &mut Reader,
    own: i64,
    facts: &[Incoming],
) -> Result<HashSet<usize>, DbError> {
    let named = |one: &Incoming| match one.intent {
        take::Intent::New => one.fact.of.clone(),
        take::Intent::Correction | take::Intent::Cancellation => Some(one.fact.key.clone()),
    };
    let keys: Vec<FactKey> = facts.iter().filter_map(named).collect();
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let mut partners = journal::partners_of(reader, &keys).await?;
    let mut foreign = HashSet::new();
    for (at, one) in facts.iter().enumerate() {
        let theirs = |key: &FactKey| partners.get(key).is_none_or(|of| *of != Some(own));
        if named(one).is_some_and(|key| theirs(&key)) {
            foreign.insert(at);
        } else if one.intent == take::Intent::New {
            // A return may stand behind its sale in the same batch.
            partners.entry(one.fact.key.clone()).or_insert(Some(own));
        }
    }
    Ok(foreign)
}
