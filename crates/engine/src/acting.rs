//! Letting a version act over what was found about it: only with a reason, which is kept.
//!
//! # Invariants
//!
//! * People and tokens activate a version with warnings, of the checker or found beside the data,
//!   only with a reason. Without warnings a reason may be given and is kept, too.
//! * The reason stands beside the version and, with what was known, in the audit log.
//! * Commands and demos of the executable itself use [`programs::activate`]: nobody could be asked.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::access::Actor;
use crate::audit;
use crate::catalog::MasterData;
use crate::db::Tx;
use crate::findings::findings;
use crate::programs::{self, COMMENT_CHARS_MAX, ProgramError};
use crate::rules;

/// Activates a draft, with the reason that whoever activates gives for doing so.
pub async fn activate(
    tx: &mut Tx,
    master: &MasterData,
    actor: &Actor,
    (now, today): (Timestamp, Date),
    (code, version): (&str, u32),
    reason: Option<&str>,
) -> Result<(), ProgramError> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    if reason.is_some_and(|reason| reason.chars().count() > COMMENT_CHARS_MAX) {
        return Err(ProgramError::BadComment);
    }
    // Whoever may not activate at all is not asked why.
    let draft = programs::activatable(tx, actor, (code, version)).await?;
    let warnings = warnings(tx, master, today, &draft).await?;
    if reason.is_none() && !warnings.is_empty() {
        return Err(ProgramError::NeedsReason { warnings: warnings.len() });
    }
    programs::activate(tx, master, actor, now, (code, version)).await?;
    let Some(reason) = reason else { return Ok(()) };
    rules::set_activation_reason(tx, (draft.program_id, draft.version), reason).await?;
    let said = json!({ "reason": reason, "warnings": warnings });
    let of = format!("{code}/{version}");
    let entry = audit::Entry::of("acknowledge", "program", of, None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

/// What is known against a draft, as the audit log keeps it.
async fn warnings(
    tx: &mut Tx,
    master: &MasterData,
    today: Date,
    draft: &rules::VersionRow,
) -> Result<Vec<String>, ProgramError> {
    let check = programs::check(tx, &draft.text).await?;
    if !check.may_act() {
        return Err(ProgramError::Problems(check.problems));
    }
    let mut said: Vec<String> = check
        .problems
        .iter()
        .filter(|problem| !problem.is_error())
        .map(|problem| problem.message.clone())
        .collect();
    let Some(program) = &check.program else { return Ok(said) };
    let versions = rules::versions(tx, draft.program_id).await?;
    let rules = rules::load(tx).await?;
    let found = findings(tx, &rules, master, today, (program, &versions)).await?;
    // Beside no data at all there is nothing to be found: the first program of an installation.
    let found = found.found.iter().filter(|_| found.facts > 0);
    said.extend(found.map(|finding| match finding.term() {
        Some(term) => format!("{} ({term})", finding.word()),
        None => finding.word().to_owned(),
    }));
    Ok(said)
}

#[cfg(test)]
mod tests;
