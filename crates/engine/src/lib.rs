//! The flow and its storage: ingest, journal, totals, ledger, settlement.

pub mod access;
pub mod accrue;
pub mod audit;
pub mod backup;
pub mod catalog;
pub mod clock;
pub mod db;
mod exact;
pub mod explain;
pub mod external;
pub mod id;
pub mod idempotency;
pub mod imports;
pub mod ingest;
pub mod intake;
pub mod journal;
pub mod ledger;
pub mod office;
pub mod privacy;
pub mod programs;
pub mod rebuild;
pub mod reference;
pub mod rules;
pub mod settle;
pub mod take;
pub mod totals;
pub mod views;
