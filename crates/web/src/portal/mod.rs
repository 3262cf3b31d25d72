//! The portal: what a partner earns, what to do next, why this amount.

pub mod dispute_new;
pub mod dispute_routes;
pub mod home;
pub mod payout;
pub mod points;
pub mod profile;
pub mod program;
pub mod programs;
pub mod records;
pub mod report;
pub mod routes;
pub mod training;
pub mod upload;
pub mod waiting;
