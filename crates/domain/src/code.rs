//! Codes: the stable names people choose for partners, products, programs, terms, facts.
//!
//! A code is taken as written: `0012` is not `12`. Codes are cheap to clone and to compare.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! code {
    ($(#[$doc:meta] $name:ident),* $(,)?) => { $(
        #[$doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: impl AsRef<str>) -> $name {
                $name(Arc::from(text.as_ref()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                $name::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )* };
}

code! {
    /// A company that sells the vendor's products and can earn.
    PartnerCode,
    /// An article, as partners and vendor name it.
    ProductCode,
    /// A program of incentives; all its versions share the code.
    ProgramCode,
    /// A term of a program, unique within it.
    TermCode,
    /// The key a source gives a fact: an invoice line, a return, an activity.
    FactKey,
    /// A unit of quantity, such as `piece` or `case`.
    Unit,
}
