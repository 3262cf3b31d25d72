//! The demo: a vendor called Hibari Cycles, its partners, products, programs and two years of
//! lines up to yesterday, all invented and all made from one seed.
//!
//! # Invariants
//!
//! * Pure functions: the same seed and the same day give the same data on every machine.
//! * The story ends on the day before `today`, so the running periods are in progress and nothing
//!   was recorded in the future.
//! * A partner is sold to in one currency, the one of its country.

mod club;
mod files;
mod lines;
mod load;
mod names;
mod partners;
mod paying;
mod products;
mod programs;
mod random;
mod shown;
#[cfg(test)]
mod tests;

use domain::code::{PartnerCode, ProductCode};
use domain::fact::Fact;
use domain::master::Fields;
use jiff::Span;
use jiff::civil::Date;

use random::Random;

pub use load::{SIGN_INS, Standing, fill, story};
pub use programs::programs;

/// The seed of the demo that `tokuten demo` shows.
pub const SEED: u64 = 20_260_401;

/// How much history there is: enough for a fiscal year and the whole one before it.
const MONTHS: i64 = 24;

/// The vendor, in Japanese and English.
pub const VENDOR: (&str, &str) = ("ひばりサイクル", "Hibari Cycles");

/// Everything the demo starts from, but its programs.
#[derive(Debug, Clone)]
pub struct Company {
    /// By code. Names stand under `name` (as the partner writes it), `name.ja` and `name.en`.
    pub partners: Vec<(PartnerCode, Fields)>,
    /// In the order of the category tree.
    pub products: Vec<(ProductCode, Fields)>,
    /// In order of business date, then key; recorded up to the beginning of `today`.
    pub facts: Vec<Fact>,
}

/// The company as it stands on the morning of `today`.
pub fn company(seed: u64, today: Date) -> Company {
    let random = Random::new(seed);
    let partners = partners::all(&random, today);
    let products = products::all();
    let facts = lines::all(&random, &months(today), today, &partners, &products);
    Company {
        partners: partners.into_iter().map(|partner| (partner.code, partner.fields)).collect(),
        products: products.into_iter().map(|product| (product.code, product.fields)).collect(),
        facts,
    }
}

/// The first days of the months of the story, the one of yesterday last.
fn months(today: Date) -> Vec<Date> {
    let last = today.yesterday().unwrap_or(today).first_of_month();
    let back = |months: i64| last.checked_sub(Span::new().months(months)).unwrap_or(last);
    (0..=MONTHS).rev().map(back).collect()
}
