//! The flow and its storage: ingest, journal, totals, ledger, settlement.

pub mod access;
pub mod accrue;
pub mod audit;
pub mod catalog;
pub mod clock;
pub mod db;
pub mod explain;
pub mod id;
pub mod ingest;
pub mod journal;
pub mod ledger;
pub mod rules;
pub mod take;
pub mod totals;
pub mod views;
