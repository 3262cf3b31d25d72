//! The simulator: from a seed, programs and a history of facts, and the same history told in many
//! manners: one by one or in batches, in another order, with the process dying at any step.

mod run;
mod world;

pub use run::{Ending, Manner, case_of, derived, return_everything, run};
pub use world::{Told, World};
