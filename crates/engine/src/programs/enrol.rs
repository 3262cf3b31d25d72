//! Enrolling partners: an amendment of the program's text, and nothing beside it.
//!
//! # Invariants
//!
//! * The text stays the only truth about who is enrolled: what is done here is a draft like any
//!   other, looked at and activated as any other.
//! * Who is enrolled already, with the same place and on the same days, is not enrolled twice.
//! * A condition is replaced by a list only if that was said.

use domain::code::PartnerCode;
use domain::program::{Member, Members, Program, Revision, Thresholds, with_members};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{ProgramError, begin, save_draft};
use crate::access::Actor;
use crate::catalog::MasterData;
use crate::db::{Reader, Tx};
use crate::rules::{self, VersionStatus, read_program};

/// No enrolment has more partners.
pub const ENROLLED_MAX: usize = 20_000;

/// What became of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The draft that says so.
    pub version: u32,
    pub added: usize,
    /// Enrolled before, just so.
    pub known: usize,
}

/// From when partners are enrolled, and whether a list may take the place of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolment {
    /// Adds to the list the program has.
    Adds { from: Date },
    /// The list takes the place of a condition, or of everybody.
    Replaces { from: Date },
}

impl Enrolment {
    fn from(self) -> Date {
        match self {
            Enrolment::Adds { from } | Enrolment::Replaces { from } => from,
        }
    }
}

/// The program as its newest text says it, and the number of the draft if it is one.
pub async fn newest(
    reader: &mut Reader,
    code: &str,
) -> Result<Option<(Program, Option<u32>)>, ProgramError> {
    let Some(row) = rules::program_by_code(reader, code).await? else { return Ok(None) };
    let versions = rules::versions(reader, row.program_id).await?;
    let newest = versions.iter().max_by_key(|row| row.version);
    Ok(newest.and_then(|row| {
        let program = read_program(&row.text).ok()?;
        let draft = row.status == VersionStatus::Draft;
        let version = program.version;
        Some((program, draft.then_some(version)))
    }))
}

/// Writes partners into the members of a program: into its draft, or into a new amendment.
pub async fn enrol(
    tx: &mut Tx,
    master: &MasterData,
    (actor, now): (&Actor, Timestamp),
    code: &str,
    how: Enrolment,
    more: &[Member],
) -> Result<Enrolled, ProgramError> {
    check(master, more)?;
    let none = || ProgramError::NoVersion { code: code.to_owned(), version: 1 };
    let (program, draft) = newest(tx, code).await?.ok_or_else(none)?;
    let base = if draft.is_some() {
        program
    } else {
        let revision = Revision::Amend { from: how.from(), thresholds: Thresholds::Whole };
        let begun = begin(tx, code, Some(program.version), &revision).await?;
        read_program(&begun.text).map_err(|_| none())?
    };
    let mut members = match (&base.partners, how) {
        (Members::List(members), _) => members.clone(),
        (_, Enrolment::Replaces { .. }) => Vec::new(),
        (_, Enrolment::Adds { .. }) => {
            return Err(ProgramError::ByCondition { code: code.to_owned() });
        }
    };
    let before = members.len();
    for member in more {
        if !members.contains(member) {
            members.push(member.clone());
        }
    }
    let added = members.len() - before;
    let known = more.len() - added;
    if added == 0 {
        return Err(ProgramError::NobodyNew { code: code.to_owned() });
    }
    let text = with_members(&base, &members);
    let (saved, _) = save_draft(tx, actor, now, &text).await?;
    Ok(Enrolled { version: saved.version, added, known })
}

fn check(master: &MasterData, more: &[Member]) -> Result<(), ProgramError> {
    if more.len() > ENROLLED_MAX {
        return Err(ProgramError::TooManyMembers);
    }
    let is_known = |code: &PartnerCode| master.partner_id(code.as_str()).is_some();
    let named = more.iter().flat_map(|one| std::iter::once(&one.partner).chain(&one.ship_to));
    match named.into_iter().find(|code| !is_known(code)) {
        Some(code) => Err(ProgramError::UnknownMember { partner: code.to_string() }),
        None => Ok(()),
    }
}

/// Partners as they are pasted, a line each: the code, and behind it the first day, the last day, a
/// ship-to and `skip`, with tabs, commas or semicolons between them.
pub fn pasted(text: &str) -> Result<Vec<Member>, ProgramError> {
    let mut members: Vec<Member> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split(['\t', ',', ';', '、']).map(str::trim).collect();
        let cell = |at: usize| cells.get(at).copied().filter(|cell| !cell.is_empty());
        let Some(code) = cell(0).filter(|code| *code != "partner") else { continue };
        let bad = || ProgramError::BadMember { line: line.to_owned() };
        let day = |at: usize| cell(at).map(|cell| cell.parse::<Date>().map_err(|_| bad()));
        let member = Member {
            partner: PartnerCode::new(code),
            from: day(1).transpose()?,
            to: day(2).transpose()?,
            ship_to: cell(3).map(PartnerCode::new),
            skip: match cell(4) {
                None => false,
                Some("skip" | "true" | "yes") => true,
                Some(_) => return Err(bad()),
            },
        };
        if cells.len() > 5 {
            return Err(bad());
        }
        if !members.contains(&member) {
            members.push(member);
        }
    }
    Ok(members)
}
