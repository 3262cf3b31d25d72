//! What tests share: random programs and stories, and an evaluator that is slow and obviously
//! right.

pub mod random;
pub mod reference;
pub mod stories;
