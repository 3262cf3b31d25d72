//! Mappings: how the columns of a source become fields, saved under a name and used again.
//!
//! The body is kept as the JSON that `ingest` reads; here it is only a text that has versions.

use jiff::Timestamp;
use serde_json::Value;

use super::{CODE_CHARS_MAX, CatalogError, ReferenceTable};
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx, args};
use crate::id::{Id, Kind};

/// A saved mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    pub mapping_id: i64,
    pub id: String,
    pub name: String,
    pub target: MappingTarget,
    pub body: Value,
    /// Counts the changes, from 1.
    pub version: i64,
    pub updated_at: Timestamp,
}

/// What the rows of a source become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappingTarget {
    Facts,
    Partners,
    Products,
    Payees,
    External,
    Reference(ReferenceTable),
}

impl MappingTarget {
    pub const ALL: [MappingTarget; 11] = [
        MappingTarget::Facts,
        MappingTarget::Partners,
        MappingTarget::Products,
        MappingTarget::Payees,
        MappingTarget::External,
        MappingTarget::Reference(ReferenceTable::ExchangeRates),
        MappingTarget::Reference(ReferenceTable::UnitFactors),
        MappingTarget::Reference(ReferenceTable::Lists),
        MappingTarget::Reference(ReferenceTable::Figures),
        MappingTarget::Reference(ReferenceTable::Prices),
        MappingTarget::Reference(ReferenceTable::BankHolidays),
    ];

    pub fn word(self) -> &'static str {
        match self {
            MappingTarget::Facts => "facts",
            MappingTarget::Partners => "partners",
            MappingTarget::Products => "products",
            MappingTarget::Payees => "payees",
            MappingTarget::External => "external",
            MappingTarget::Reference(table) => table.word(),
        }
    }

    pub fn from_word(word: &str) -> Option<MappingTarget> {
        MappingTarget::ALL.into_iter().find(|target| target.word() == word)
    }
}

/// Saves a mapping under its name, making it or replacing what was there.
pub async fn save_mapping(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    name: &str,
    target: MappingTarget,
    body: Value,
) -> Result<Mapping, CatalogError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > CODE_CHARS_MAX || name.contains(char::is_control) {
        return Err(CatalogError::BadName { name: name.to_owned() });
    }
    let before = find_mapping(tx, name).await?;
    if let Some(same) = before.as_ref().filter(|old| old.target == target && old.body == body) {
        return Ok(same.clone());
    }
    let tenant = tx.tenant();
    let (mapping_id, id, version) = if let Some(old) = &before {
        (old.mapping_id, old.id.clone(), old.version + 1)
    } else {
        let next = tx
            .row(
                "SELECT coalesce(max(mapping_id), 0) + 1 FROM mapping WHERE tenant_id = $1",
                args![tenant],
            )
            .await?;
        (next.map_or(1, |row| row.int(0)), Id::new(Kind::Mapping, now).into(), 1)
    };
    let name = name.to_owned();
    let mapping = Mapping { mapping_id, id, name, target, body, version, updated_at: now };
    tx.execute(
        "INSERT INTO mapping (tenant_id, mapping_id, public_id, name, target, body, version, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
         ON CONFLICT (tenant_id, mapping_id) DO UPDATE SET target = excluded.target, \
         body = excluded.body, version = excluded.version, updated_at = excluded.updated_at",
        args![
            tenant,
            mapping.mapping_id,
            &mapping.id,
            &mapping.name,
            target.word(),
            mapping.body.to_string(),
            mapping.version,
            now,
        ],
    )
    .await?;
    let action = if before.is_some() { "change" } else { "create" };
    let (before, after) = (before.map(|old| old.body), Some(mapping.body.clone()));
    audit::append(tx, now, actor, Entry::of(action, "mapping", &mapping.name, before, after))
        .await?;
    Ok(mapping)
}

/// The mapping of that name or public id.
pub async fn find_mapping(reader: &mut Reader, name: &str) -> Result<Option<Mapping>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT mapping_id, public_id, name, target, body, version, updated_at FROM mapping \
             WHERE tenant_id = $1 AND (name = $2 OR public_id = $2)",
            args![tenant, name],
        )
        .await?;
    Ok(row.as_ref().map(mapping_of))
}

/// All mappings by name.
pub async fn mappings(reader: &mut Reader) -> Result<Vec<Mapping>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT mapping_id, public_id, name, target, body, version, updated_at FROM mapping \
             WHERE tenant_id = $1 ORDER BY name",
            args![tenant],
        )
        .await?;
    Ok(rows.iter().map(mapping_of).collect())
}

/// Removes a mapping. Imports that used it keep what they read.
pub async fn delete_mapping(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    name: &str,
) -> Result<(), CatalogError> {
    let found = find_mapping(tx, name).await?;
    let mapping = found.ok_or(CatalogError::NotFound { what: "mapping", name: name.to_owned() })?;
    let tenant = tx.tenant();
    tx.execute(
        "DELETE FROM mapping WHERE tenant_id = $1 AND mapping_id = $2",
        args![tenant, mapping.mapping_id],
    )
    .await?;
    let entry = Entry::of("delete", "mapping", &mapping.name, Some(mapping.body), None);
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

fn mapping_of(row: &Row) -> Mapping {
    Mapping {
        mapping_id: row.int(0),
        id: row.string(1),
        name: row.string(2),
        target: MappingTarget::from_word(row.text(3)).expect("the column holds these words"),
        body: serde_json::from_str(row.text(4)).expect("the column holds JSON"),
        version: row.int(5),
        updated_at: row.instant(6),
    }
}
