//! The one integration binary: what needs the whole product, or data that is not in the repository.

mod adventureworks;
mod browser;
mod commands;
mod guide;
mod kill;
