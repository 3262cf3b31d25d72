//! Settings of the vendor.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::CatalogError;
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::db::{Column, DbError, Reader, Tx, args};

/// What the vendor decides once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub vendor_name: String,
    /// `#rrggbb`.
    pub brand_colour: String,
    /// Who has chosen no language sees this one: `en`, `ja`.
    pub default_language: String,
    /// The month in which the fiscal year begins, 1 to 12.
    pub fiscal_year_month: i8,
    /// IANA name of the zone business dates are in.
    pub time_zone: String,
    /// ISO 4217, for amounts of sources that name none.
    pub currency: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            vendor_name: "Tokuten".to_owned(),
            brand_colour: "#0f6b5c".to_owned(),
            default_language: "en".to_owned(),
            fiscal_year_month: 1,
            time_zone: "UTC".to_owned(),
            currency: "USD".to_owned(),
        }
    }
}

impl Settings {
    fn check(&self) -> Result<(), CatalogError> {
        let refuse = |key, value: &str, expected| {
            Err(CatalogError::BadSetting { key, value: value.to_owned(), expected })
        };
        let is_colour = self
            .brand_colour
            .strip_prefix('#')
            .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if self.vendor_name.trim().is_empty() || self.vendor_name.contains('\0') {
            return refuse("vendor_name", &self.vendor_name, "give it a name");
        }
        if !is_colour {
            return refuse("brand_colour", &self.brand_colour, "write it as `#0f6b5c`");
        }
        if !["en", "ja"].contains(&self.default_language.as_str()) {
            return refuse("default_language", &self.default_language, "choose `en` or `ja`");
        }
        if !(1..=12).contains(&self.fiscal_year_month) {
            let month = self.fiscal_year_month.to_string();
            return refuse("fiscal_year_month", &month, "choose a month from 1 to 12");
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            return refuse("time_zone", &self.time_zone, "name a zone as in `Asia/Tokyo`");
        }
        if domain::amount::Currency::parse(&self.currency).is_none() {
            return refuse("currency", &self.currency, "write three capital letters as in `JPY`");
        }
        Ok(())
    }

    fn pairs(&self) -> [(&'static str, String); 6] {
        [
            ("vendor_name", self.vendor_name.clone()),
            ("brand_colour", self.brand_colour.clone()),
            ("default_language", self.default_language.clone()),
            ("fiscal_year_month", self.fiscal_year_month.to_string()),
            ("time_zone", self.time_zone.clone()),
            ("currency", self.currency.clone()),
        ]
    }

    fn audited(&self) -> Value {
        let pairs = self.pairs().into_iter().map(|(key, value)| (key.to_owned(), json!(value)));
        Value::Object(pairs.collect())
    }
}

/// Today, where the vendor is.
pub async fn today(reader: &mut Reader, now: Timestamp) -> Result<Date, DbError> {
    let settings = load_settings(reader).await?;
    let zone = jiff::tz::TimeZone::get(&settings.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    Ok(domain::period::day_of(now, &zone))
}

/// The settings; what was never set is as by default.
pub async fn load_settings(reader: &mut Reader) -> Result<Settings, DbError> {
    let tenant = reader.tenant();
    let rows =
        reader.rows("SELECT key, value FROM setting WHERE tenant_id = $1", args![tenant]).await?;
    let mut settings = Settings::default();
    for row in rows {
        let value = row.string(1);
        match row.text(0) {
            "vendor_name" => settings.vendor_name = value,
            "brand_colour" => settings.brand_colour = value,
            "default_language" => settings.default_language = value,
            "fiscal_year_month" => {
                settings.fiscal_year_month = value.parse().unwrap_or(settings.fiscal_year_month);
            }
            "time_zone" => settings.time_zone = value,
            "currency" => settings.currency = value,
            _ => {}
        }
    }
    Ok(settings)
}

/// Saves the settings, all or none.
pub async fn save_settings(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    settings: &Settings,
) -> Result<(), CatalogError> {
    settings.check()?;
    let before = load_settings(tx).await?;
    if before == *settings {
        return Ok(());
    }
    let (keys, values): (Vec<_>, Vec<_>) = settings.pairs().into_iter().unzip();
    let data = vec![
        Column::same(tx.tenant()),
        Column::Text(keys.into_iter().map(str::to_owned).collect()),
        Column::Text(values),
        Column::same(now),
    ];
    tx.insert_many("setting", &["tenant_id", "key", "value", "updated_at"], data, REPLACE).await?;
    let entry = Entry::change("setting", "vendor", before.audited(), settings.audited());
    audit::append(tx, now, actor, entry).await?;
    // Names in the master data follow the default language.
    super::load::raise_version(tx).await?;
    Ok(())
}

const REPLACE: &str = "ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, \
                       updated_at = excluded.updated_at";

/// A setting that another part of the engine keeps under a name of its own.
pub async fn setting(reader: &mut Reader, key: &str) -> Result<Option<String>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row("SELECT value FROM setting WHERE tenant_id = $1 AND key = $2", args![tenant, key])
        .await?;
    Ok(row.map(|row| row.string(0)))
}

/// Keeps a value under a name. Not audited: for what the engine notes for itself.
pub async fn set_setting(
    tx: &mut Tx,
    now: Timestamp,
    key: &str,
    value: &str,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO setting (tenant_id, key, value, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, \
         updated_at = excluded.updated_at",
        args![tenant, key, value, now],
    )
    .await
    .map(|_| ())
}
