//! Totals in the database: what facts add up to, kept in the commit that brings the facts.
//!
//! # Invariants
//!
//! * After every commit the cells are what measuring the whole journal anew would give.
//! * A cell that changed leaves a mark in `stale` until its awards were evaluated again.
//!
//! Owns `total`, `stale` and `waiting`; all of them can be dropped and rebuilt from the journal.
//! Owns `scope`, too, whose names stay.

mod marks;
mod scope;
mod store;

pub use marks::{Groups, GroupsOf, Stale};
pub(crate) use marks::{award_keys, is_new};
pub(crate) use store::{TOTALS, add_new};
pub use store::{
    add, all_cells, are_few, cells_of, cells_of_earners, cells_of_groups_of, clear_all,
    clear_partners, clear_program, clear_stale, clear_waiting, mark, mark_accrued_stale,
    mark_all_stale, marks_of, next_stale, set_waiting, stale_count, touched, waiting_count,
    waiting_list,
};
