//! Counts and sums over all awards of a program, remembered as long as its awards stand.
//!
//! # Invariants
//!
//! * What is remembered was read in a state with the same turn of the program's awards, and every
//!   change of awards takes a new turn in its own commit: what is shown is what is there now.
//! * Nothing that a search narrows is remembered: partners change without their awards.

use std::collections::HashMap;

use super::attainment::{Counts, Totals};
use crate::accrue;
use crate::db::{DbError, Reader};

/// A program, and the turn of its awards.
pub(super) type Turn = (i64, i64);

/// Statements remembered of a program; beyond, all of it are forgotten.
const STATEMENTS_MAX: usize = 200;

/// By program: the turn of all there is, and what each statement gave.
#[derive(Default)]
struct Remembered(HashMap<i64, (i64, HashMap<String, (Counts, Totals)>)>);

/// The turn of a program's awards in this state.
pub(super) async fn turn(reader: &mut Reader, program_id: i64) -> Result<i64, DbError> {
    accrue::turn(reader, program_id).await
}

/// What a statement gave in this turn.
pub(super) fn find(
    reader: &Reader,
    (program_id, turn): Turn,
    statement: &str,
) -> Option<(Counts, Totals)> {
    let find = |all: &mut Remembered| {
        let (of, found) = all.0.get(&program_id)?;
        (*of == turn).then(|| found.get(statement).cloned())?
    };
    reader.remembered(find).flatten()
}

/// Remembers what a statement gave in this turn, unless a later one is known.
pub(super) fn keep(
    reader: &Reader,
    (program_id, turn): Turn,
    statement: String,
    gave: (Counts, Totals),
) {
    reader.remembered(|all: &mut Remembered| {
        let (of, found) = all.0.entry(program_id).or_default();
        if *of < turn || found.len() >= STATEMENTS_MAX {
            found.clear();
            *of = turn.max(*of);
        }
        if *of == turn {
            found.insert(statement, gave);
        }
    });
}
