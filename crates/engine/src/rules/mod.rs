//! The rules: programs with their versions, and which payout periods were closed.
//!
//! # Invariants
//!
//! * The text of a version that was activated never changes.
//! * A closed period stays closed: `closing` is only ever added to.
//! * `rules_version` grows with every activation and close, in the same commit.

mod cache;
pub mod courses;
mod store;
pub mod wallets;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::booking::family::{Extent, Family, TermAt, families};
use domain::measure::{Learned, Measurer};
use domain::plan::{Closes, Plan, PlanError};
use domain::program::Program;
use domain::wallet::is_hidden;

use crate::catalog::MasterData;
use crate::db::DbError;

pub use cache::RulesCache;
pub use store::{
    Closing, ProgramRow, VersionRow, VersionStatus, activate, add_closing, closings, draft, list,
    load, newest_version, program_by_code, programs, set_activation_reason, version_text, versions,
};
pub(crate) use store::{add_program, changed};
pub use wallets::Active;

/// Everything active, compiled, at one `rules_version`.
#[derive(Debug, Default)]
pub struct Rules {
    pub version: i64,
    pub plans: Vec<Plan>,
    /// For each plan, in the same order.
    pub closes: Vec<Closes>,
    pub program_ids: Vec<i64>,
    /// The wallets that act, by code.
    pub wallets: Vec<Active>,
    /// The courses that act, by code.
    pub courses: Vec<courses::ActiveCourse>,
    /// The program and payout period whose close books right now: it is among the closes, and what
    /// the close finds still belongs to it.
    pub(crate) under_way: Option<(i64, Arc<str>)>,
    families: Vec<Family>,
    family_of: HashMap<TermAt, usize>,
    /// What measuring found out at a version of the master data.
    learned: Mutex<(i64, Learned)>,
}

impl Rules {
    /// No programs yet.
    pub(crate) fn empty(version: i64) -> Rules {
        Rules { version, ..Rules::default() }
    }

    /// Finds out which of its terms belong together. Called once all plans are there.
    pub(crate) fn linked(mut self) -> Rules {
        Plan::link(&mut self.plans);
        self.families = families(&self.plans);
        for (at, family) in self.families.iter().enumerate() {
            self.family_of.extend(family.terms.iter().map(|term| (*term, at)));
        }
        self
    }

    /// Terms whose awards depend on each other.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The position of a term's family, where its awards depend on more than their own totals.
    pub fn family_of(&self, at: TermAt) -> Option<usize> {
        let family = *self.family_of.get(&at)?;
        (self.families[family].extent != Extent::Award).then_some(family)
    }

    /// Programs with awards that depend on those of these, with themselves.
    pub fn related(&self, program_ids: &[i64]) -> Vec<i64> {
        let mut related: BTreeSet<i64> = program_ids.iter().copied().collect();
        for family in &self.families {
            let own: Vec<i64> =
                family.plans().into_iter().map(|plan| self.program_ids[plan]).collect();
            if own.iter().any(|id| program_ids.contains(id)) {
                related.extend(own);
            }
        }
        related.into_iter().collect()
    }

    /// Measures with what was learned before, and keeps what is learned now. Two at a time each
    /// learn for themselves.
    pub async fn measuring<T>(
        &self,
        master: &MasterData,
        measure: impl AsyncFnOnce(&mut Measurer<'_>) -> T,
    ) -> T {
        let (version, learned) = std::mem::take(&mut *self.learned());
        let learned = if version == master.version { learned } else { Learned::default() };
        let mut measurer = Measurer::with(learned, &self.plans, &self.closes, &master.master);
        let measured = measure(&mut measurer).await;
        *self.learned() = (master.version, measurer.into_learned());
        measured
    }

    fn learned(&self) -> MutexGuard<'_, (i64, Learned)> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plans that somebody wrote, with their positions: others are behind tiers.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Plan)> {
        self.plans.iter().enumerate().filter(|(_, plan)| !is_hidden(plan.code.as_str()))
    }

    /// Position of a program's plan.
    pub fn position(&self, program_id: i64) -> Option<usize> {
        self.program_ids.iter().position(|id| *id == program_id)
    }

    pub fn by_code(&self, code: &str) -> Option<usize> {
        self.plans.iter().position(|plan| plan.code.as_str() == code)
    }
}

/// Why programs in the database could not be loaded. The checker lets none of these in.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("program `{code}` version {version} does not read any more: {problem}")]
    Text { code: String, version: i64, problem: String },
    #[error("wallet `{code}` version {version} does not read any more: {problem}")]
    Wallet { code: String, version: i64, problem: String },
    #[error("course `{code}` version {version} does not read any more: {problem}")]
    Course { code: String, version: i64, problem: String },
    #[error("the versions of program `{code}` do not fit together")]
    Plan {
        code: String,
        #[source]
        source: PlanError,
    },
}

impl RulesError {
    /// As an error of whoever knows of the database alone.
    pub(crate) fn into_db(self) -> DbError {
        match self {
            RulesError::Db(error) => error,
            other => DbError::Derived { what: other.to_string() },
        }
    }
}

/// A shared snapshot of the rules.
pub type SharedRules = Arc<Rules>;

/// The program of an activated text.
pub(crate) fn read_program(text: &str) -> Result<Program, String> {
    let parsed = domain::program::parse(text);
    match parsed.value {
        Some(program) => Ok(program),
        None => Err(parsed
            .problems
            .first()
            .map_or_else(|| "unknown problem".to_owned(), |problem| problem.message.clone())),
    }
}
