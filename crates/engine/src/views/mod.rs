//! Everything that is read: queries for console, portal and API, as typed data without formatting.
//!
//! # Promises
//!
//! * Access is part of every query: a [`Viewer`](crate::access::Viewer) sees what it may, and what
//!   it may not see is not there: `None`, no row, not counted.
//! * Nothing here writes.
//! * Sums are exact decimals, whatever columns they are sorted by.
//! * Whatever is estimated has `forecast` or `worth` for a name.
//!
//! One module for each page or kind of pages; names are those of the glossary.

pub mod accrual;
pub mod attainment;
pub mod checks;
pub mod export;
pub mod games;
pub mod ledger;
pub mod loyalty;
pub mod outlook;
pub mod partner;
pub mod portal;
pub mod programs;
mod remembered;
pub mod search;
mod standing;
pub mod today;
pub mod waiting;
pub mod wallet;
pub mod watch;

use domain::explain::Lang;
use domain::program::Row as TierRow;

use crate::db::Reader;

pub use domain::standing::Attained;
pub use standing::{Forecast, Next, Standing, Tier, attained_by};

/// The pattern that finds a part of a code or name, for `LIKE … ESCAPE '!'`.
fn like(search: &str) -> String {
    let mut pattern = String::from("%");
    for c in search.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// What names are sorted by: the one in the reader's language, else the one in English, else the
/// code, without regard to case.
fn name_order(reader: &Reader, table: &str, lang: Lang) -> String {
    let column = format!("{table}.names");
    let own = reader.json_text(&column, lang.tag());
    let english = reader.json_text(&column, Lang::En.tag());
    format!("LOWER(COALESCE({own}, {english}, {table}.code))")
}

fn tier_of(row: &TierRow, tier: u32) -> Tier {
    Tier { tier, name: row.name.clone(), opens: row.opens, value: row.value, fixed: row.fixed }
}

#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod tests;
