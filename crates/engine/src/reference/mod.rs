//! Reference data that change, and what follows: which programs count other facts from now on, and
//! which only award other amounts.
//!
//! # Promises
//!
//! * Rates, units, prices and lists decide what facts count: programs whose text uses what changed
//!   are measured anew, so that facts that waited for a rate count from then on.
//! * Figures decide awards and no totals: what compares with a table that changed is marked to be
//!   evaluated again.
//! * All of it is one commit with the change itself; the awards follow with the next accruing.

use domain::program::{Named, named};
use jiff::Timestamp;

use crate::access::Actor;
use crate::catalog::{
    self, Became, CatalogError, Listing, ROWS_PER_PAGE_MAX, ReferenceEntry, Said, Touched,
    put_reference, remove_reference,
};
use crate::db::{DbError, Tx};
use crate::rebuild;
use crate::rules::Rules;
use crate::totals;

/// What a change of reference data did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Of each entry that was put, in order.
    pub became: Vec<Became>,
    /// Entries that went.
    pub removed: usize,
    /// Programs that were measured anew, and such whose awards were marked only.
    pub measured: Vec<i64>,
    pub marked: Vec<i64>,
}

impl Changed {
    /// Entries of which this became.
    pub fn count(&self, became: Became) -> usize {
        self.became.iter().filter(|is| **is == became).count()
    }
}

/// Adds or changes entries.
pub async fn put(
    tx: &mut Tx,
    rules: &Rules,
    now: Timestamp,
    actor: &Actor,
    entries: Vec<ReferenceEntry>,
) -> Result<Changed, DbError> {
    let (became, touched) = put_reference(tx, now, actor, entries).await?;
    let changed = Changed { became, ..Changed::default() };
    follow(tx, rules, &touched, changed).await
}

/// Removes entries.
pub async fn remove(
    tx: &mut Tx,
    rules: &Rules,
    now: Timestamp,
    actor: &Actor,
    entries: Vec<Said>,
) -> Result<Changed, DbError> {
    let (removed, touched) = remove_reference(tx, now, actor, entries).await?;
    let changed = Changed { removed, ..Changed::default() };
    follow(tx, rules, &touched, changed).await
}

/// Makes or replaces a whole list of codes.
pub async fn set_list(
    tx: &mut Tx,
    rules: &Rules,
    now: Timestamp,
    actor: &Actor,
    (name, codes): (&str, &[String]),
) -> Result<Changed, CatalogError> {
    let touched = catalog::set_code_list(tx, now, actor, name, codes).await?;
    Ok(follow(tx, rules, &touched, Changed::default()).await?)
}

/// Adds the products that a search finds to a list of codes; what is on it stays. How many were
/// found, and what changed.
pub async fn list_products(
    tx: &mut Tx,
    rules: &Rules,
    now: Timestamp,
    actor: &Actor,
    (list, search): (&str, &str),
) -> Result<(usize, Changed), CatalogError> {
    let mut codes: Vec<String> = Vec::new();
    loop {
        let listing = Listing {
            search: search.to_owned(),
            offset: i64::try_from(codes.len()).unwrap_or(i64::MAX),
            limit: ROWS_PER_PAGE_MAX,
        };
        let page = catalog::products(tx, &listing).await?;
        let found = page.rows.len();
        codes.extend(page.rows.into_iter().map(|row| row.code));
        if found == 0 || usize::try_from(page.total).is_ok_and(|total| total <= codes.len()) {
            break;
        }
    }
    let listed = |code: String| Said::Listed { list: list.to_owned(), code };
    let entries: Result<Vec<ReferenceEntry>, _> =
        codes.into_iter().map(|code| ReferenceEntry::new(listed(code))).collect();
    let entries = entries.map_err(|_| CatalogError::BadName { name: list.to_owned() })?;
    let found = entries.len();
    Ok((found, put(tx, rules, now, actor, entries).await?))
}

/// Takes all codes off a list. The list stays, empty, so that programs that name it still read.
pub async fn empty_list(
    tx: &mut Tx,
    rules: &Rules,
    now: Timestamp,
    actor: &Actor,
    list: &str,
) -> Result<Changed, CatalogError> {
    if !catalog::code_lists(tx).await?.contains_key(list) {
        return Err(CatalogError::NotFound { what: "list", name: list.to_owned() });
    }
    set_list(tx, rules, now, actor, (list, &[])).await
}

/// Counts and marks what is other now.
async fn follow(
    tx: &mut Tx,
    rules: &Rules,
    touched: &Touched,
    mut changed: Changed,
) -> Result<Changed, DbError> {
    if touched.is_empty() {
        return Ok(changed);
    }
    for (at, plan) in rules.plans.iter().enumerate() {
        let names: Vec<Named> = plan.versions.iter().map(|it| named(&it.program)).collect();
        if names.iter().any(|names| counts_with(names, touched)) {
            changed.measured.push(rules.program_ids[at]);
        } else if names.iter().any(|names| !names.figures.is_disjoint(&touched.figures)) {
            changed.marked.push(rules.program_ids[at]);
        }
    }
    if !changed.measured.is_empty() {
        // Not from the cache: it must not keep what may yet be rolled back.
        let master = catalog::load_master(tx).await?;
        rebuild::programs(tx, rules, &master, Some(&changed.measured)).await?;
    }
    // With those whose awards depend on theirs; what is measured has its marks already.
    for program_id in rules.related(&changed.marked) {
        totals::mark_all_stale(tx, program_id).await?;
    }
    Ok(changed)
}

/// Whether facts may count differently for a program that names these.
fn counts_with(names: &Named, touched: &Touched) -> bool {
    let converts = |(unit, of): &(domain::code::Unit, domain::code::Unit)| {
        names.product_units || names.units.contains(unit) || names.units.contains(of)
    };
    !names.lists.is_disjoint(&touched.lists)
        || !names.price_lists.is_disjoint(&touched.price_lists)
        || touched
            .currencies
            .iter()
            .any(|(of, to)| names.currencies.contains(of) || names.currencies.contains(to))
        || (names.reads_quantity && touched.units.iter().any(converts))
}

#[cfg(test)]
mod tests;
