//! Programs: the agreement between vendor and partners as one text.
//!
//! [`Program`] is one version of a program exactly as its text says it, with the defaults filled
//! in. The whole grammar is here; which words do not go together is said by `unsupported`.

mod check;
mod compare;
pub(crate) mod keys;
mod model;
mod named;
mod parse;
mod places;
mod revise;
pub(crate) mod schema;
mod show;
mod unsupported;

pub use check::{Known, check, check_versions};
pub use compare::{Changed, Difference, Place, RowName, differences};
pub use model::*;
pub use named::{Named, named};
pub use parse::parse;
pub(crate) use parse::{fields_block, lists_block, parse_node, time_zone};
pub use revise::{Revision, revise, with_members};
pub use schema::json_schema;
pub use show::show;
pub use unsupported::unsupported;
