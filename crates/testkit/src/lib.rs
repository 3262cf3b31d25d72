//! What the tests of this workspace share: stories told to a real engine, invariants that must
//! hold at any moment, scenarios in Markdown, and a simulator.
//!
//! For tests only: a wrong answer panics with words for whoever broke it.

pub mod invariants;
pub mod random;
pub mod scenario;
pub mod simulate;
pub mod story;

#[cfg(test)]
mod tests;
