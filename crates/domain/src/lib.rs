//! The field: amounts, periods, partners, products, facts, programs, conditions, awards, postings.
//!
//! # Invariants
//!
//! * Nothing in this crate reads a clock, a file, a network, a database or a random source.
//! * No binary floating point touches an amount, a quantity or a rate.
//! * One evaluator: the dry run, the incremental totals, the explanation and the tests all go
//!   through [`measure`] (which terms a fact counts for) and [`evaluate`] (what totals earn).

pub mod amount;
pub mod approval;
pub mod award;
pub mod banking;
pub mod booking;
pub mod case;
pub mod code;
pub mod condition;
pub mod dated;
mod detail;
pub mod dispute;
pub mod evaluate;
pub mod explain;
pub mod fact;
pub mod figure;
pub mod master;
pub mod measure;
pub mod nearest;
pub mod period;
pub mod plan;
pub mod problem;
pub mod program;
mod reader;
pub mod settlement;
pub mod share;
pub mod standing;
pub mod totals;
pub mod training;
pub mod wallet;
pub mod what_if;
pub mod yaml;
