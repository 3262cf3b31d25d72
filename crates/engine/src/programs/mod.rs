//! Programs: drafts, checking them against everything known, activating them.
//!
//! # Invariants
//!
//! * Only a text without errors, whose own tests pass, which fits to its other versions and names
//!   nothing that this installation does not have, is activated.
//! * Activation and the measuring of history are one commit: a program that acts has its totals.
//! * What was activated never changes; a change is a new version.
//! * Where more than one person may activate, it is another one than who wrote it.

mod carried;
mod enrol;
mod review;
mod revise;

use std::collections::BTreeSet;

pub use carried::{not_carried, not_carried_by};
use domain::plan::Plan;
use domain::problem::Problem;
use domain::program::{Earner, Known, Members, Position, Program, Split, Term, named};
pub use enrol::{ENROLLED_MAX, Enrolled, Enrolment, enrol, newest, pasted};
use jiff::Timestamp;
pub use review::{
    COMMENT_CHARS_MAX, FourEyes, Review, ReviewStatus, four_eyes, is_own, needs_second, open,
    reviews, send_back, set_four_eyes, submit, waiting,
};
pub use revise::{Begun, begin};
use thiserror::Error;

use crate::access::Actor;
use crate::audit;
use crate::catalog::{self, MasterData, ReferenceTable};
use crate::db::{DbError, Reader, Tx};
use crate::journal;
use crate::rebuild;
use crate::rules::{self, RulesError, VersionRow, VersionStatus, read_program};
use crate::wallets;

/// What was found about a text.
#[derive(Debug, Clone)]
pub struct Check {
    /// If it reads at all.
    pub program: Option<Program>,
    pub problems: Vec<Problem>,
}

impl Check {
    pub fn may_act(&self) -> bool {
        self.program.is_some() && !self.problems.iter().any(Problem::is_error)
    }
}

/// Why a program was not saved or activated. Nothing was changed.
#[derive(Debug, Error)]
pub enum ProgramError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error("the text has errors")]
    Problems(Vec<Problem>),
    #[error(
        "version {version} of `{code}` is active, and an active version never changes; give the \
         text `version: {next}` with `corrects` or `amends`"
    )]
    ActiveAlready { code: String, version: u32, next: u32 },
    #[error(
        "version {version} of `{code}` is a draft already; change that draft, or give the text \
         another `program` or `version`"
    )]
    DraftAlready { code: String, version: u32 },
    #[error("there is no draft of version {version} of `{code}`")]
    NoDraft { code: String, version: u32 },
    #[error("the text is longer than {TEXT_BYTES_MAX} bytes")]
    TooLong,
    #[error("a second person activates: this draft was written or handed in by yourself")]
    FourEyes,
    #[error("version {version} of `{code}` was handed in already and waits for a decision")]
    SubmittedAlready { code: String, version: u32 },
    #[error("version {version} of `{code}` was not handed in; there is nothing to give back")]
    NotSubmitted { code: String, version: u32 },
    #[error(
        "there are {warnings} warnings about it; look at them, and say in a comment why it is \
         activated all the same"
    )]
    NeedsReason { warnings: usize },
    #[error("say what to change")]
    NoComment,
    #[error("the comment is longer than {COMMENT_CHARS_MAX} characters; shorten it")]
    BadComment,
    #[error("there is no version {version} of `{code}` that reads")]
    NoVersion { code: String, version: u32 },
    #[error("there is a program `{code}` already; give the copy another code")]
    CodeTaken { code: String },
    #[error("`{code}` cannot be a code; use letters, digits, `-`, `_` and `.`")]
    BadCode { code: String },
    #[error(
        "`{code}` does not list its partners, so that a list takes the place of its condition; say \
         that it shall"
    )]
    ByCondition { code: String },
    #[error("nobody of these is new to `{code}`")]
    NobodyNew { code: String },
    #[error("there is no partner `{partner}`; import the partner first, or correct the code")]
    UnknownMember { partner: String },
    #[error(
        "`{line}` is no partner; write the code, the first day, the last day, a ship-to, `skip`"
    )]
    BadMember { line: String },
    #[error("there are more than {max} partners; enrol fewer at a time", max = enrol::ENROLLED_MAX)]
    TooManyMembers,
    #[error("{from} is no day of this version; choose one after {first} and within the program")]
    OutsideDays {
        from: jiff::civil::Date,
        first: jiff::civil::Date,
        ends: Option<jiff::civil::Date>,
    },
}

/// No text of a program is longer.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Checks a text by itself: words, what this release evaluates, its own tests.
pub fn check_text(text: &str) -> Check {
    let parsed = domain::program::parse(text);
    let mut problems = parsed.problems;
    let program = parsed.value;
    if let Some(program) = &program {
        problems.extend(domain::program::unsupported(program));
        if !problems.iter().any(Problem::is_error) {
            problems.extend(domain::case::test_problems(program));
        }
    }
    problems.sort_by_key(|problem| (problem.at, problem.severity));
    Check { program, problems }
}

/// Checks a text against all that is known: its other versions, partners, lists.
pub async fn check(reader: &mut Reader, text: &str) -> Result<Check, DbError> {
    let mut check = check_text(text);
    let Some(program) = check.program.clone() else { return Ok(check) };
    let versions = match rules::program_by_code(reader, program.code.as_str()).await? {
        Some(row) => rules::versions(reader, row.program_id).await?,
        None => Vec::new(),
    };
    let wallets = wallets::active(reader).await?;
    check.problems.extend(carried::not_carried(&program, &wallets));
    check.problems.extend(fit(&program, &versions));
    let known = known(reader, &program).await?;
    check.problems.extend(domain::program::check(&program, &known));
    check.problems.sort_by_key(|problem| (problem.at, problem.severity));
    Ok(check)
}

/// What is wrong with a version beside those of its program that act.
pub async fn beside_versions(
    reader: &mut Reader,
    program: &Program,
) -> Result<Vec<Problem>, DbError> {
    let row = rules::program_by_code(reader, program.code.as_str()).await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    Ok(fit(program, &rules::versions(reader, row.program_id).await?))
}

/// What this installation has of what a program may name. Points, funds and other programs' terms
/// are not asked for: a program that names one is refused for using a word that is not evaluated
/// yet.
async fn known(reader: &mut Reader, program: &Program) -> Result<Known, DbError> {
    let lists = catalog::code_lists(reader).await?.into_keys().collect();
    let partners =
        if names_partners(program) { Some(catalog::partner_codes(reader).await?) } else { None };
    let named = named(program);
    let mut known = Known { partners, lists: Some(lists), ..Known::default() };
    let names = async |reader: &mut Reader, table| -> Result<BTreeSet<String>, DbError> {
        let names = catalog::reference_names(reader, table).await?;
        Ok(names.into_iter().map(|(name, _)| name).collect())
    };
    if !named.figures.is_empty() {
        known.figures = Some(names(reader, ReferenceTable::Figures).await?);
    }
    if !named.price_lists.is_empty() {
        known.price_lists = Some(names(reader, ReferenceTable::Prices).await?);
    }
    if !named.units.is_empty() {
        let units = catalog::units(reader).await?;
        // Where nobody keeps units, facts alone know them.
        known.units = Some(units).filter(|units| !units.is_empty());
    }
    Ok(known)
}

/// Whether there are partners to look for, of whom there may be very many.
fn names_partners(program: &Program) -> bool {
    let is_code = |earner: &Earner| matches!(earner, Earner::Code(_));
    let shared = |term: &Term| match &term.split {
        Some(Split::Shares(shares)) => shares.iter().any(|(earner, _)| is_code(earner)),
        Some(Split::Contributors) | None => false,
    };
    matches!(program.partners, Members::List(_))
        || program.terms.iter().any(|term| is_code(&term.earner) || shared(term))
}

/// What is wrong with a version beside the active ones of its program.
fn fit(program: &Program, versions: &[VersionRow]) -> Vec<Problem> {
    let at = Position { line: 1, column: 1 };
    let active = || versions.iter().filter(|row| row.status == VersionStatus::Active);
    if let Some(row) = active().find(|row| row.version == i64::from(program.version)) {
        let problem = || {
            Problem::error(
                at,
                format!("program `{}` version {} is active already", program.code, row.version),
                format!(
                    "give a new program a code of its own, or write `version: {}` with \
                     `corrects` or `amends`",
                    row.version + 1
                ),
            )
        };
        return (row.text != program.text).then(problem).into_iter().collect();
    }
    let mut all: Vec<Program> = active().filter_map(|row| read_program(&row.text).ok()).collect();
    let mut before: Vec<&Program> =
        all.iter().filter(|other| other.version < program.version).collect();
    if program.version > 1 && before.is_empty() {
        return vec![Problem::error(
            at,
            format!("version {} has no version before it", program.version),
            "activate version 1 first",
        )];
    }
    before.push(program);
    let problems = domain::program::check_versions(&before);
    if problems.iter().any(Problem::is_error) {
        return problems;
    }
    all.push(program.clone());
    let plan = Plan::new(all).err();
    let plan = plan.map(|error| {
        Problem::error(at, error.to_string(), "mend the version, or give it another number")
    });
    problems.into_iter().chain(plan).collect()
}

/// What becomes of an earlier draft of the same version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier {
    Replaced,
    Kept,
}

/// Keeps a text that can be read as a program as a draft, whatever is still wrong with it, in place
/// of an earlier draft of the same version. The same text once more changes nothing.
pub async fn save_draft(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    text: &str,
) -> Result<(Program, Check), ProgramError> {
    keep_draft(tx, actor, now, text, Earlier::Replaced).await
}

/// The same for a draft that must be new: what somebody else wrote is not lost by a code or version
/// that happens to be the same.
pub async fn create_draft(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    text: &str,
) -> Result<(Program, Check), ProgramError> {
    keep_draft(tx, actor, now, text, Earlier::Kept).await
}

async fn keep_draft(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    text: &str,
    earlier: Earlier,
) -> Result<(Program, Check), ProgramError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(ProgramError::TooLong);
    }
    let check = check(tx, text).await?;
    let Some(program) = check.program.clone() else {
        return Err(ProgramError::Problems(check.problems));
    };
    let of = (program.code.as_str(), i64::from(program.version));
    let before = match rules::program_by_code(tx, of.0).await? {
        Some(row) => rules::version_text(tx, row.program_id, of.1).await?,
        None => None,
    };
    if let Some(draft) = before.as_ref().filter(|row| row.status == VersionStatus::Draft) {
        match earlier {
            Earlier::Kept => {
                let code = program.code.to_string();
                return Err(ProgramError::DraftAlready { code, version: program.version });
            }
            // Saved again as it was: its author stays, and what was handed in still is.
            Earlier::Replaced if draft.text == text => return Ok((program, check)),
            Earlier::Replaced => {}
        }
    }
    let by = (actor.name(), review::id(actor));
    let Some(program_id) = rules::draft(tx, of, text, by, now).await? else {
        return Err(ProgramError::ActiveAlready {
            code: program.code.to_string(),
            version: program.version,
            next: program.version + 1,
        });
    };
    review::withdraw(tx, actor, now, (program_id, of.1)).await?;
    let entry = audit::Entry::of(
        "save_draft",
        "program",
        format!("{}/{}", program.code, program.version),
        before.map(|row| serde_json::Value::String(row.text)),
        Some(serde_json::Value::String(text.to_owned())),
    );
    audit::append(tx, now, actor, entry).await?;
    Ok((program, check))
}

/// The draft of a version, if this actor may let it act.
pub async fn activatable(
    reader: &mut Reader,
    actor: &Actor,
    (code, version): (&str, u32),
) -> Result<VersionRow, ProgramError> {
    let draft = review::draft(reader, code, version).await?;
    review::allow(reader, actor, &draft).await?;
    Ok(draft)
}

/// Makes a draft act: measures all of history for it. The awards follow with the next accruing.
pub async fn activate(
    tx: &mut Tx,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    (code, version): (&str, u32),
) -> Result<(), ProgramError> {
    let draft = activatable(tx, actor, (code, version)).await?;
    let check = check(tx, &draft.text).await?;
    if !check.may_act() {
        return Err(ProgramError::Problems(check.problems));
    }
    // After every close so far, so that it is known what of it was closed already.
    let moment = journal::moment(tx, now).await?;
    let versions = rules::versions(tx, draft.program_id).await?;
    let replaced = check.program.as_ref().and_then(|new| review::replaced(new, &versions));
    let before = review::text(replaced);
    let related = rules::load(tx).await?.related(&[draft.program_id]);
    rules::activate(tx, draft.program_id, draft.version, actor.name(), moment).await?;
    review::activated(tx, actor, now, (draft.program_id, draft.version)).await?;
    let rules = rules::load(tx).await?;
    // Those it looked at before, too: nobody may look at them any more.
    rebuild::programs(tx, &rules, master, Some(&related)).await?;
    let entry = audit::Entry::of(
        "activate",
        "program",
        format!("{code}/{version}"),
        before,
        Some(serde_json::Value::String(draft.text)),
    );
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
