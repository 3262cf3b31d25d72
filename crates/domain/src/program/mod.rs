//! Programs: the agreement between vendor and partners as one text.
//!
//! [`Program`] is one version of a program exactly as its text says it, with the defaults filled
//! in. The whole grammar is here; which words this engine evaluates is said by `unsupported`.

mod model;

pub use model::*;
