//! Parents of partners: who would become its own ancestor.

use std::collections::{HashMap, HashSet};

use crate::db::{Column, DbError, Tx, args};

/// The parents that these partners would get but must not: each closes a circle.
///
/// `wanted` is child to new parent, or to none, in the order they are taken: an earlier one stands
/// when a later one would close the circle.
pub(super) async fn circles(
    tx: &mut Tx,
    wanted: &[(String, Option<String>)],
) -> Result<HashSet<String>, DbError> {
    let mut parents = ancestors(tx, wanted).await?;
    for (child, _) in wanted {
        parents.remove(child);
    }
    let mut closing = HashSet::new();
    for (child, parent) in wanted {
        let Some(parent) = parent else { continue };
        if leads_to(&parents, parent, child) {
            closing.insert(child.clone());
        } else {
            parents.insert(child.clone(), parent.clone());
        }
    }
    Ok(closing)
}

fn leads_to(parents: &HashMap<String, String>, from: &str, to: &str) -> bool {
    let mut at = from;
    // There is no circle among `parents`, so the walk ends.
    loop {
        if at == to {
            return true;
        }
        let Some(next) = parents.get(at) else { return false };
        at = next;
    }
}

/// Parents as they are stored, of all that can be reached: one look-up for each level.
async fn ancestors(
    tx: &mut Tx,
    wanted: &[(String, Option<String>)],
) -> Result<HashMap<String, String>, DbError> {
    let mut known: HashMap<String, String> = HashMap::new();
    let mut asked: HashSet<String> = HashSet::new();
    let mut level: Vec<String> = wanted
        .iter()
        .flat_map(|(child, parent)| [Some(child), parent.as_ref()])
        .flatten()
        .cloned()
        .collect();
    loop {
        level.retain(|code| asked.insert(code.clone()));
        if level.is_empty() {
            return Ok(known);
        }
        let rows = tx
            .lookup(
                "SELECT p.code, p.parent_code FROM {keys} CROSS JOIN partner p \
                 WHERE p.tenant_id = k.tenant AND p.code = k.k1 AND p.parent_code IS NOT NULL",
                args![],
                vec![Column::Text(level)],
            )
            .await?;
        level = rows.iter().map(|row| row.string(1)).collect();
        known.extend(rows.iter().map(|row| (row.string(0), row.string(1))));
    }
}
