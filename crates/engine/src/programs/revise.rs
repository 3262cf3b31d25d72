//! Beginning a version: the text of one that is there, with the header of what is to be done.

use domain::code::ProgramCode;
use domain::program::{Program, Revision, revise};

use super::ProgramError;
use crate::db::Reader;
use crate::rules::{self, VersionRow, VersionStatus, read_program};

/// A text to go on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub code: String,
    pub version: u32,
    pub text: String,
}

/// The text a new version begins with. It comes from a version by its number, else from the newest
/// that acts, else from the newest draft. Nothing is saved.
pub async fn begin(
    reader: &mut Reader,
    code: &str,
    of: Option<u32>,
    revision: &Revision,
) -> Result<Begun, ProgramError> {
    let none = || ProgramError::NoVersion { code: code.to_owned(), version: of.unwrap_or(1) };
    let row = rules::program_by_code(reader, code).await?.ok_or_else(none)?;
    let versions = rules::versions(reader, row.program_id).await?;
    let from = base(&versions, of).ok_or_else(none)?;
    let program = read_program(&from.text).map_err(|_| none())?;
    let newest = versions.iter().map(|row| row.version).max().unwrap_or_default();
    let version = u32::try_from(newest + 1).unwrap_or(u32::MAX);
    match revision {
        Revision::Copy { code } => {
            if rules::program_by_code(reader, code.as_str()).await?.is_some() {
                return Err(ProgramError::CodeTaken { code: code.to_string() });
            }
            if !is_code(code) {
                return Err(ProgramError::BadCode { code: code.to_string() });
            }
            Ok(Begun { code: code.to_string(), version: 1, text: revise(&program, 1, revision) })
        }
        Revision::Amend { from, .. } | Revision::End { last: from } => {
            let first = begins(&program, &versions);
            let ended = program.ends.is_some_and(|ends| ends < *from);
            if *from <= first || ended {
                let (from, ends) = (*from, program.ends);
                return Err(ProgramError::OutsideDays { from, first, ends });
            }
            Ok(begun(code, version, &program, revision))
        }
        Revision::Correct => Ok(begun(code, version, &program, revision)),
    }
}

fn begun(code: &str, version: u32, program: &Program, revision: &Revision) -> Begun {
    Begun { code: code.to_owned(), version, text: revise(program, version, revision) }
}

fn base(versions: &[VersionRow], of: Option<u32>) -> Option<&VersionRow> {
    let active = || versions.iter().filter(|row| row.status == VersionStatus::Active);
    match of {
        Some(version) => versions.iter().find(|row| row.version == i64::from(version)),
        None => active()
            .max_by_key(|row| row.version)
            .or_else(|| versions.iter().max_by_key(|row| row.version)),
    }
}

/// The first day on which a version acts.
fn begins(program: &Program, versions: &[VersionRow]) -> jiff::civil::Date {
    use domain::program::Change;
    match program.change {
        Change::First => program.starts,
        Change::Amends { from, .. } => from,
        Change::Corrects { version } => versions
            .iter()
            .filter(|row| row.version == i64::from(version) && version < program.version)
            .find_map(|row| read_program(&row.text).ok())
            .map_or(program.starts, |corrected| begins(&corrected, versions)),
    }
}

/// Whether a code needs no quotes anywhere: it stands in addresses and files.
fn is_code(code: &ProgramCode) -> bool {
    let code = code.as_str();
    let plain = |c: char| c.is_alphanumeric() || ['-', '_', '.'].contains(&c);
    (1..=100).contains(&code.chars().count())
        && code.chars().all(plain)
        && code.chars().next().is_some_and(char::is_alphanumeric)
}
