//! The console: where the vendor's people design, decide, pay and look after.

pub mod adjustments;
pub mod audit;
pub mod editor;
pub mod import;
pub mod import_map;
pub mod import_new;
pub mod imports;
pub mod ledger;
pub mod mapping;
pub mod mappings;
pub mod papers;
pub mod partner;
pub mod partners;
pub mod payouts;
pub mod period;
pub mod periods;
pub mod products;
pub mod program;
pub mod programs;
pub mod routes;
pub mod search;
pub mod studio;
pub mod today;
pub mod tokens;
pub mod users;
