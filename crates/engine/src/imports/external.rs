//! Writing a batch of amounts from outside: each is accepted, known or refused by itself.
//!
//! # Invariants
//!
//! * A row in a file and the same amount sent to the API have the same outcome.

use jiff::Timestamp;

use super::read::{Batch, label};
use super::write::{Job, Written, add_rejections, count};
use super::{Counts, ImportError, chunk, known, store};
use crate::db::Tx;
use crate::external::{self, ExternalAnswer, ExternalRefusal, NewExternal};
use crate::ingest::mapping::Field;
use crate::ingest::rejection::{Reason, Rejection};
use crate::ingest::row::ExternalAmount;
use crate::office::Office;

pub(super) async fn put(
    office: &Office,
    tx: &mut Tx,
    job: &Job,
    now: Timestamp,
    batch: Batch,
) -> Result<Written, ImportError> {
    let rules = office.rules(tx).await?;
    let master = office.master(tx).await?;
    let Batch { rows, amounts, places, rejected, .. } = batch;
    let new: Vec<NewExternal> = amounts.into_iter().map(new_of).collect();
    let answers = external::take(tx, &rules, &master, &job.actor, now, &new).await?;
    let mut refused = rejected;
    let (mut kept, mut skipped) = (Vec::with_capacity(places.len()), Vec::new());
    for ((place, amount), answer) in places.into_iter().zip(&new).zip(answers) {
        match answer {
            ExternalAnswer::Accepted => kept.push(place),
            ExternalAnswer::Known => skipped.push(place),
            ExternalAnswer::Refused(refusal) => {
                let row = u64::try_from(rows.get(place).0).unwrap_or(0);
                let (reason, field, value) = why(refusal, amount);
                let column = label(&job.mapping, &field);
                refused.push((place, Rejection::new(row, reason, Some(&column), &value)));
            }
        }
    }
    let added = Counts {
        accepted: count(kept.len()),
        known: count(skipped.len()),
        rejected: count(refused.len()),
        ..Counts::default()
    };
    let chunks = chunk::pack(kept.iter().map(|place| rows.get(*place)));
    let chunks = chunks.into_iter().map(|chunk| (job.import_id, chunk)).collect();
    store::add_chunks(tx, chunks).await?;
    let skipped = skipped.iter().map(|place| rows.get(*place)).collect();
    known::keep(tx, job.import_id, skipped).await?;
    add_rejections(tx, job.import_id, &rows, refused).await?;
    Ok(Written { added, ..Written::default() })
}

fn new_of(amount: ExternalAmount) -> NewExternal {
    NewExternal {
        key: amount.key,
        program: amount.program,
        term: amount.term,
        partner: amount.partner.to_string(),
        period: amount.period,
        on: amount.on,
        group: amount.group.into_iter().collect(),
        amount: amount.amount,
        reason: amount.reason,
    }
}

/// What a row is refused for, by the column that is wrong.
fn why(refusal: ExternalRefusal, amount: &NewExternal) -> (Reason, Field, String) {
    match refusal {
        ExternalRefusal::BadKey => (Reason::TextTooLong, Field::Key, amount.key.clone()),
        ExternalRefusal::UnknownProgram => {
            (Reason::UnknownProgram, Field::Program, amount.program.clone())
        }
        ExternalRefusal::NotExternal => (Reason::NotExternal, Field::Term, amount.term.clone()),
        ExternalRefusal::UnknownPeriod => match (&amount.period, amount.on) {
            (None, Some(day)) => (Reason::UnknownPeriod, Field::Date, day.to_string()),
            (period, _) => {
                (Reason::UnknownPeriod, Field::Period, period.clone().unwrap_or_default())
            }
        },
        ExternalRefusal::UnknownPartner => {
            (Reason::UnknownPartner, Field::Partner, amount.partner.clone())
        }
        ExternalRefusal::BadAmount => {
            (Reason::OutOfRange, Field::Amount, amount.amount.to_string())
        }
        ExternalRefusal::OtherContent => (Reason::OtherContent, Field::Key, amount.key.clone()),
    }
}
