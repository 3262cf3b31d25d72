//! Names of scopes in the database: totals over a group of partners, or over everybody, stand
//! beside those of partners, under ids below zero.

use std::collections::{BTreeSet, HashMap};

use domain::code::PartnerCode;
use domain::measure::is_scope;

use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, Tx};

/// Ids of earners: of partners, and of the scopes that were asked for.
pub(super) struct Earners<'m> {
    master: &'m MasterData,
    scopes: HashMap<PartnerCode, i64>,
}

impl<'m> Earners<'m> {
    /// With the ids of all these, new ones where there are none yet.
    pub(super) async fn of<'c>(
        tx: &mut Tx,
        master: &'m MasterData,
        codes: impl Iterator<Item = &'c PartnerCode>,
    ) -> Result<Earners<'m>, DbError> {
        let wanted: BTreeSet<&PartnerCode> = codes.filter(|code| is_scope(code)).collect();
        let mut scopes = HashMap::new();
        if wanted.is_empty() {
            return Ok(Earners { master, scopes });
        }
        let names = |codes: &BTreeSet<&PartnerCode>| {
            Column::Text(codes.iter().map(|code| code.as_str().to_owned()).collect())
        };
        let rows = tx
            .lookup(
                "SELECT s.name, s.scope_id FROM {keys} CROSS JOIN scope s \
                 WHERE s.tenant_id = k.tenant AND s.name = k.k1",
                args![],
                vec![names(&wanted)],
            )
            .await?;
        for row in &rows {
            scopes.insert(PartnerCode::new(row.text(0)), row.int(1));
        }
        let missing: BTreeSet<&PartnerCode> =
            wanted.into_iter().filter(|code| !scopes.contains_key(*code)).collect();
        if !missing.is_empty() {
            let tenant = tx.tenant();
            let row = tx
                .row(
                    "SELECT COALESCE(MIN(scope_id), 0) FROM scope WHERE tenant_id = $1",
                    args![tenant],
                )
                .await?;
            let lowest = row.map_or(0, |row| row.int(0));
            let ids: Vec<i64> = missing.iter().zip(1..).map(|(_, nth)| lowest - nth).collect();
            scopes.extend(missing.iter().map(|code| (*code).clone()).zip(ids.iter().copied()));
            let data = vec![Column::same(tenant), Column::Int(ids), names(&missing)];
            tx.insert_many("scope", &["tenant_id", "scope_id", "name"], data, "").await?;
        }
        Ok(Earners { master, scopes })
    }

    pub(super) fn id(&self, code: &PartnerCode) -> Option<i64> {
        self.scopes.get(code).copied().or_else(|| self.master.partner_id(code.as_str()))
    }
}

/// Codes of earners by their ids.
pub(super) struct Codes<'m> {
    master: &'m MasterData,
    scopes: HashMap<i64, PartnerCode>,
}

impl<'m> Codes<'m> {
    /// Of all partners, and of the scopes among these ids.
    pub(super) async fn of(
        reader: &mut Reader,
        master: &'m MasterData,
        ids: impl Iterator<Item = i64>,
    ) -> Result<Codes<'m>, DbError> {
        let wanted: BTreeSet<i64> = ids.filter(|id| *id < 0).collect();
        let mut scopes = HashMap::new();
        if !wanted.is_empty() {
            let rows = reader
                .lookup(
                    "SELECT s.scope_id, s.name FROM {keys} CROSS JOIN scope s \
                     WHERE s.tenant_id = k.tenant AND s.scope_id = k.k1",
                    args![],
                    vec![Column::Int(wanted.into_iter().collect())],
                )
                .await?;
            scopes.extend(rows.iter().map(|row| (row.int(0), PartnerCode::new(row.text(1)))));
        }
        Ok(Codes { master, scopes })
    }

    pub(super) fn code(&self, id: i64) -> Option<&PartnerCode> {
        self.scopes.get(&id).or_else(|| self.master.partner_code(id))
    }
}
