//! Master data as evaluation reads it, and when to load it again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::code::{PartnerCode, ProductCode};
use domain::master::{Master, Partner, PartnerState, Within};

use super::partner::{state_of, within_of};
use super::text::{from_json, name_in};
use super::{code_lists, exchange_rates, figures, load_settings, prices, unit_factors};
use crate::db::{Db, DbError, Reader, Tx, args};

/// All master data at one version, with the ids of the database.
#[derive(Debug)]
pub struct MasterData {
    pub version: i64,
    pub master: Arc<Master>,
    pub partner_ids: HashMap<PartnerCode, i64>,
    pub product_ids: HashMap<ProductCode, i64>,
    // INVARIANT: the code of id n stands at n - 1; ids are dense from 1.
    partner_codes: Vec<PartnerCode>,
    product_codes: Vec<ProductCode>,
}

impl MasterData {
    pub fn partner_id(&self, code: &str) -> Option<i64> {
        self.partner_ids.get(code).copied()
    }

    pub fn product_id(&self, code: &str) -> Option<i64> {
        self.product_ids.get(code).copied()
    }

    pub fn partner_code(&self, partner_id: i64) -> Option<&PartnerCode> {
        self.partner_codes.get(usize::try_from(partner_id - 1).ok()?)
    }

    pub fn product_code(&self, product_id: i64) -> Option<&ProductCode> {
        self.product_codes.get(usize::try_from(product_id - 1).ok()?)
    }
}

/// The version of the master data; grows with every change.
pub async fn master_version(reader: &mut Reader) -> Result<i64, DbError> {
    if let Some(Newest(Some(version))) = reader.memory().await? {
        return Ok(*version);
    }
    let tenant = reader.tenant();
    let row = reader
        .row("SELECT version FROM master_version WHERE tenant_id = $1", args![tenant])
        .await?;
    let version = row.map_or(0, |row| row.int(0));
    if let Some(newest) = reader.memory::<Newest>().await? {
        newest.0 = Some(version);
    }
    Ok(version)
}

/// The newest version, as the only writer knows it.
#[derive(Debug, Default)]
struct Newest(Option<i64>);

pub(super) async fn raise_version(tx: &mut Tx) -> Result<(), DbError> {
    tx.memory::<Newest>().await?.0 = None;
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO master_version (tenant_id, version) VALUES ($1, 1) \
         ON CONFLICT (tenant_id) DO UPDATE SET version = master_version.version + 1",
        args![tenant],
    )
    .await
    .map(|_| ())
}

/// Loads everything.
pub async fn load_master(reader: &mut Reader) -> Result<MasterData, DbError> {
    let version = master_version(reader).await?;
    let language = load_settings(reader).await?.default_language;
    let mut data = MasterData {
        version,
        master: Arc::new(Master {
            units: unit_factors(reader).await?.into_iter().collect(),
            rates: exchange_rates(reader).await?.into_iter().collect(),
            lists: code_lists(reader).await?,
            prices: prices(reader).await?.into_iter().collect(),
            figures: figures(reader).await?,
            ..Master::default()
        }),
        partner_ids: HashMap::new(),
        product_ids: HashMap::new(),
        partner_codes: Vec::new(),
        product_codes: Vec::new(),
    };
    load_partners(reader, &language, &mut data).await?;
    load_products(reader, &language, &mut data).await?;
    Ok(data)
}

async fn load_partners(
    reader: &mut Reader,
    language: &str,
    data: &mut MasterData,
) -> Result<(), DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT p.partner_id, p.code, p.names, s.from_day, s.fields FROM partner p \
             JOIN partner_state s ON s.tenant_id = p.tenant_id AND s.partner_id = p.partner_id \
             WHERE p.tenant_id = $1 ORDER BY p.partner_id, s.from_day",
            args![tenant],
        )
        .await?;
    let mut within: HashMap<i64, Vec<Within>> = HashMap::new();
    let moved = reader
        .rows(
            "SELECT partner_id, day, after, fields FROM partner_within WHERE tenant_id = $1 \
             ORDER BY partner_id, day, after",
            args![tenant],
        )
        .await?;
    for row in &moved {
        within.entry(row.int(0)).or_default().extend(within_of(row, 1));
    }
    let master = Arc::make_mut(&mut data.master);
    let mut states: Vec<PartnerState> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let mut state = state_of(row.int(3), row.text(4));
        with_name(&mut state.fields, row.text(2), language);
        states.push(state);
        // The last row of this partner.
        if rows.get(at + 1).is_none_or(|next| next.int(0) != row.int(0)) {
            let code = PartnerCode::new(row.text(1));
            if let Some(partner) = Partner::from_states(std::mem::take(&mut states)) {
                let partner = partner.with_within(within.remove(&row.int(0)).unwrap_or_default());
                master.partners.insert(code.clone(), partner);
            }
            data.partner_ids.insert(code.clone(), row.int(0));
            data.partner_codes.push(code);
        }
    }
    Ok(())
}

async fn load_products(
    reader: &mut Reader,
    language: &str,
    data: &mut MasterData,
) -> Result<(), DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT product_id, code, names, fields FROM product \
             WHERE tenant_id = $1 ORDER BY product_id",
            args![tenant],
        )
        .await?;
    let master = Arc::make_mut(&mut data.master);
    for row in rows {
        let code = ProductCode::new(row.text(1));
        let mut fields = from_json(row.text(3));
        with_name(&mut fields, row.text(2), language);
        master.products.insert(code.clone(), fields);
        data.product_ids.insert(code.clone(), row.int(0));
        data.product_codes.push(code);
    }
    Ok(())
}

/// Conditions may ask for `name`: the one in the default language.
fn with_name(fields: &mut super::Fields, names: &str, language: &str) {
    if let Some(name) = name_in(&from_json(names), language) {
        fields.entry("name".to_owned()).or_insert_with(|| name.to_owned());
    }
}

/// Keeps the master data of one tenant in memory as long as its version stands.
#[derive(Debug, Default)]
pub struct MasterCache(Mutex<Option<Arc<MasterData>>>);

impl MasterCache {
    /// The master data as this reader sees it.
    pub async fn get(&self, reader: &mut Reader) -> Result<Arc<MasterData>, DbError> {
        let version = master_version(reader).await?;
        if let Some(data) = self.kept()
            && data.version == version
        {
            return Ok(data);
        }
        let loaded = Arc::new(load_master(reader).await?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader of an older state must not push out what is newer.
        if kept.as_ref().is_none_or(|data| data.version < loaded.version) {
            *kept = Some(Arc::clone(&loaded));
        }
        Ok(loaded)
    }

    /// The same with a reader of its own.
    pub async fn current(&self, db: &Db) -> Result<Arc<MasterData>, DbError> {
        self.get(&mut db.read().await?).await
    }

    fn kept(&self) -> Option<Arc<MasterData>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
