//! The flow and its storage: ingest, journal, totals, ledger, settlement.

pub mod access;
pub mod audit;
pub mod clock;
pub mod db;
pub mod id;
pub mod ingest;
