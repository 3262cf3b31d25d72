//! The flow and its storage: ingest, journal, totals, ledger, settlement.

pub mod clock;
pub mod db;
pub mod id;
