//! Lists of codes: which codes are on a list, without days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::json;

use super::{Became, KeptEntry, Page, ReferenceListing, Said, Touched};
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::catalog::load::raise_version;
use crate::catalog::{CODE_CHARS_MAX, CatalogError, ROWS_PER_PAGE_MAX};
use crate::db::{DbError, Reader, Tx, args};

/// Makes or replaces a list of codes.
pub async fn set_code_list(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    name: &str,
    codes: &[String],
) -> Result<Touched, CatalogError> {
    if name.trim().is_empty() || name.chars().count() > CODE_CHARS_MAX || name.contains('\0') {
        return Err(CatalogError::BadName { name: name.to_owned() });
    }
    let before = code_lists(tx).await?.remove(name);
    let mut touched = Touched::default();
    if before.as_deref() == Some(codes) {
        return Ok(touched);
    }
    save(tx, now, actor, (name, before, codes)).await?;
    touched.lists.insert(name.to_owned());
    raise_version(tx).await?;
    Ok(touched)
}

async fn save(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    (name, before, codes): (&str, Option<Vec<String>>, &[String]),
) -> Result<(), DbError> {
    let (tenant, codes) = (tx.tenant(), json!(codes));
    tx.execute(
        "INSERT INTO code_list (tenant_id, name, codes, updated_at, updated_by) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant_id, name) DO UPDATE SET codes = excluded.codes, \
         updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        args![tenant, name, codes.to_string(), now, actor.name()],
    )
    .await?;
    let before = before.map(|codes| json!(codes));
    audit::append(tx, now, actor, Entry::of("set", "code_list", name, before, Some(codes))).await
}

/// Removes a list.
pub async fn delete_code_list(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    name: &str,
) -> Result<Touched, CatalogError> {
    let tenant = tx.tenant();
    let before = code_lists(tx).await?.remove(name);
    let before = before.ok_or(CatalogError::NotFound { what: "list", name: name.to_owned() })?;
    tx.execute("DELETE FROM code_list WHERE tenant_id = $1 AND name = $2", args![tenant, name])
        .await?;
    let entry = Entry::of("delete", "code_list", name, Some(json!(before)), None);
    audit::append(tx, now, actor, entry).await?;
    raise_version(tx).await?;
    Ok(Touched { lists: BTreeSet::from([name.to_owned()]), ..Touched::default() })
}

/// All lists of codes.
pub async fn code_lists(reader: &mut Reader) -> Result<BTreeMap<String, Vec<String>>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows("SELECT name, codes FROM code_list WHERE tenant_id = $1", args![tenant])
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), codes_of(row.text(1)))).collect())
}

fn codes_of(text: &str) -> Vec<String> {
    serde_json::from_str(text).expect("the column holds lists of texts")
}

/// Adds codes behind those that are there.
pub(super) async fn put(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    said: Vec<(usize, Said)>,
    touched: &mut Touched,
) -> Result<Vec<(usize, Became)>, DbError> {
    let mut kept = code_lists(tx).await?;
    let mut became = Vec::with_capacity(said.len());
    let mut wanted: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (place, said) in said {
        if let Said::Listed { list, code } = said {
            wanted.entry(list).or_default().push((place, code));
        }
    }
    for (list, more) in wanted {
        let before = kept.remove(&list);
        let mut codes = before.clone().unwrap_or_default();
        let mut known: BTreeSet<String> = codes.iter().cloned().collect();
        for (place, code) in more {
            let is_new = known.insert(code.clone());
            became.push((place, if is_new { Became::Created } else { Became::Unchanged }));
            codes.extend(is_new.then_some(code));
        }
        if before.as_ref().map_or(0, Vec::len) < codes.len() {
            save(tx, now, actor, (&list, before, &codes)).await?;
            touched.lists.insert(list);
        }
    }
    Ok(became)
}

/// Takes codes off lists. A list that has none left stays, empty.
pub(super) async fn remove(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    said: Vec<Said>,
    touched: &mut Touched,
) -> Result<usize, DbError> {
    let mut kept = code_lists(tx).await?;
    let mut unwanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for said in said {
        if let Said::Listed { list, code } = said {
            unwanted.entry(list).or_default().insert(code);
        }
    }
    let mut removed = 0;
    for (list, gone) in unwanted {
        let Some(before) = kept.remove(&list) else { continue };
        let mut codes = before.clone();
        codes.retain(|code| !gone.contains(code));
        if codes.len() < before.len() {
            removed += before.len() - codes.len();
            save(tx, now, actor, (&list, Some(before), &codes)).await?;
            touched.lists.insert(list);
        }
    }
    Ok(removed)
}

pub(super) async fn page(
    reader: &mut Reader,
    listing: &ReferenceListing,
) -> Result<Page<KeptEntry>, DbError> {
    let rows = reader
        .rows(
            "SELECT name, codes, updated_at, updated_by FROM code_list \
             WHERE tenant_id = $1 AND ($2 = '' OR name = $2) ORDER BY name",
            args![reader.tenant(), listing.name.as_deref().unwrap_or_default()],
        )
        .await?;
    let search = listing.search.trim().to_lowercase();
    let found = |text: &str| text.to_lowercase().contains(&search);
    let mut all = Vec::new();
    for row in &rows {
        let list = row.string(0);
        let of_list = found(&list);
        for code in codes_of(row.text(1)).into_iter().filter(|code| of_list || found(code)) {
            all.push(KeptEntry {
                said: Said::Listed { list: list.clone(), code },
                updated_at: Some(row.instant(2)),
                updated_by: row.string(3),
            });
        }
    }
    let count = |n: i64| usize::try_from(n.max(0)).unwrap_or(usize::MAX);
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let limit = count(listing.limit.clamp(0, ROWS_PER_PAGE_MAX));
    let rows = all.into_iter().skip(count(listing.offset)).take(limit).collect();
    Ok(Page { rows, total })
}

pub(super) async fn names(reader: &mut Reader) -> Result<Vec<(String, i64)>, DbError> {
    let lists = code_lists(reader).await?.into_iter();
    Ok(lists.map(|(name, codes)| (name, i64::try_from(codes.len()).unwrap_or(i64::MAX))).collect())
}
