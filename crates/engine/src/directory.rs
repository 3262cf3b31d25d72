//! The directory: all master data in memory, with the numbers the database joins by.
//!
//! Loaded at one `master_version`; whoever holds it compares the version before a write and loads
//! again when it has grown.

use std::collections::{BTreeMap, HashMap};

use domain::amount::Currency;
use domain::code::{PartnerCode, ProductCode, Unit};
use domain::master::{ExchangeRate, Fields, Master, Partner, PartnerState, UnitFactor};
use jiff::civil::Date;

use crate::args;
use crate::db::{DbError, Reader, Row, date_of};

/// Master data with numbers.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    pub version: i64,
    pub master: Master,
    partner_ids: HashMap<PartnerCode, i64>,
    partner_codes: HashMap<i64, PartnerCode>,
    product_ids: HashMap<ProductCode, i64>,
    product_codes: HashMap<i64, ProductCode>,
}

impl Directory {
    pub fn partner_id(&self, code: &str) -> Option<i64> {
        self.partner_ids.get(code).copied()
    }

    pub fn partner_code(&self, id: i64) -> Option<&PartnerCode> {
        self.partner_codes.get(&id)
    }

    pub fn product_id(&self, code: &str) -> Option<i64> {
        self.product_ids.get(code).copied()
    }

    pub fn product_code(&self, id: i64) -> Option<&ProductCode> {
        self.product_codes.get(&id)
    }

    /// The number that grows whenever master data change.
    pub async fn newest_version(reader: &mut Reader) -> Result<i64, DbError> {
        let row = reader
            .row("SELECT version FROM master_version WHERE tenant_id = $1", args![reader.tenant()])
            .await?;
        Ok(row.map_or(0, |row| row.int(0)))
    }

    /// Reads all of it.
    pub async fn load(reader: &mut Reader) -> Result<Directory, DbError> {
        let mut directory =
            Directory { version: Directory::newest_version(reader).await?, ..Directory::default() };
        directory.load_partners(reader).await?;
        directory.load_products(reader).await?;
        directory.load_tables(reader).await?;
        Ok(directory)
    }

    async fn load_partners(&mut self, reader: &mut Reader) -> Result<(), DbError> {
        let tenant = reader.tenant();
        let partners = reader
            .rows("SELECT partner_id, code FROM partner WHERE tenant_id = $1", args![tenant])
            .await?;
        for row in partners {
            let code = PartnerCode::new(row.text(1));
            self.partner_ids.insert(code.clone(), row.int(0));
            self.partner_codes.insert(row.int(0), code);
        }
        let rows = reader
            .rows(
                "SELECT partner_id, from_day, fields FROM partner_state WHERE tenant_id = $1 \
                 ORDER BY partner_id, from_day",
                args![tenant],
            )
            .await?;
        let mut states: BTreeMap<i64, Vec<PartnerState>> = BTreeMap::new();
        for row in &rows {
            let from = from_day(row, 1);
            let fields: Fields = serde_json::from_str(row.text(2)).unwrap_or_default();
            states.entry(row.int(0)).or_default().push(PartnerState { from, fields });
        }
        for (id, states) in states {
            if let (Some(code), Some(partner)) =
                (self.partner_codes.get(&id), Partner::from_states(states))
            {
                self.master.partners.insert(code.clone(), partner);
            }
        }
        Ok(())
    }

    async fn load_products(&mut self, reader: &mut Reader) -> Result<(), DbError> {
        let rows = reader
            .rows(
                "SELECT product_id, code, fields FROM product WHERE tenant_id = $1",
                args![reader.tenant()],
            )
            .await?;
        for row in rows {
            let code = ProductCode::new(row.text(1));
            let fields: Fields = serde_json::from_str(row.text(2)).unwrap_or_default();
            self.product_ids.insert(code.clone(), row.int(0));
            self.product_codes.insert(row.int(0), code.clone());
            self.master.products.insert(code, fields);
        }
        Ok(())
    }

    async fn load_tables(&mut self, reader: &mut Reader) -> Result<(), DbError> {
        let tenant = reader.tenant();
        let rows = reader
            .rows(
                "SELECT product_code, unit, of_unit, from_day, holds FROM unit_factor \
                 WHERE tenant_id = $1",
                args![tenant],
            )
            .await?;
        for row in &rows {
            let product = Some(row.text(0)).filter(|code| !code.is_empty()).map(ProductCode::from);
            let Ok(holds) = row.text(4).parse() else { continue };
            self.master.units.push(UnitFactor {
                product,
                unit: Unit::new(row.text(1)),
                holds,
                of: Unit::new(row.text(2)),
                from: from_day(row, 3),
            });
        }
        let rows = reader
            .rows(
                "SELECT of_currency, to_currency, from_day, rate FROM exchange_rate \
                 WHERE tenant_id = $1",
                args![tenant],
            )
            .await?;
        for row in &rows {
            let currencies = Currency::parse(row.text(0)).zip(Currency::parse(row.text(1)));
            let (Some((of, to)), Ok(rate)) = (currencies, row.text(3).parse()) else { continue };
            self.master.rates.push(ExchangeRate { of, to, rate, from: from_day(row, 2) });
        }
        let rows = reader
            .rows("SELECT name, codes FROM code_list WHERE tenant_id = $1", args![tenant])
            .await?;
        for row in &rows {
            let codes: Vec<String> = serde_json::from_str(row.text(1)).unwrap_or_default();
            self.master.lists.insert(row.string(0), codes);
        }
        Ok(())
    }
}

/// Days of the first state: from the beginning.
const BEGINNING: i64 = -4_371_587;

fn from_day(row: &Row, column: usize) -> Option<Date> {
    Some(row.int(column)).filter(|days| *days > BEGINNING).and_then(date_of)
}
