//! What the tests of this workspace share: stories told to a real engine, invariants that must
//! hold at any moment, scenarios in Markdown, random programs and stories, and an evaluator that
//! is slow and obviously right.
//!
//! For tests only: a wrong answer panics with words for whoever broke it.

pub mod coverage;
pub mod expecting;
pub mod invariants;
pub mod procedure;
pub mod prove;
pub mod random;
pub mod reference;
pub mod scenario;
pub mod settlement;
pub mod shrink;
pub mod simulate;
pub mod stories;
pub mod story;
pub mod tales;

#[cfg(test)]
mod tests;
