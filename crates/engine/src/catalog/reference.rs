//! Units, exchange rates and lists of codes.

use std::collections::BTreeMap;

use domain::amount::Currency;
use domain::code::{ProductCode, Unit};
use domain::master::{ExchangeRate, UnitFactor};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use super::load::raise_version;
use super::partner::beginning;
use super::{CODE_CHARS_MAX, CatalogError};
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::db::{Column, DbError, Reader, Tx, args, date_of, days_of};

/// Adds units, or replaces what was said for the same product, units and day.
pub async fn set_unit_factors(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    factors: &[UnitFactor],
) -> Result<(), DbError> {
    let of = |text: fn(&UnitFactor) -> String| Column::Text(factors.iter().map(text).collect());
    let days = factors.iter().map(|factor| stored_day(factor.from)).collect();
    let data = vec![
        Column::same(tx.tenant()),
        of(|factor| factor.product.as_ref().map_or(String::new(), ToString::to_string)),
        of(|factor| factor.unit.to_string()),
        of(|factor| factor.of.to_string()),
        Column::Int(days),
        of(|factor| factor.holds.to_string()),
    ];
    tx.insert_many(
        "unit_factor",
        &["tenant_id", "product_code", "unit", "of_unit", "from_day", "holds"],
        data,
        "ON CONFLICT (tenant_id, product_code, unit, of_unit, from_day) \
         DO UPDATE SET holds = excluded.holds",
    )
    .await?;
    let after = json!({"count": factors.len()});
    audit::append(tx, now, actor, Entry::of("set", "unit_factor", "all", None, Some(after)))
        .await?;
    raise_version(tx).await
}

/// Adds rates, or replaces what was said for the same currencies and day.
pub async fn set_exchange_rates(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    rates: &[ExchangeRate],
) -> Result<(), DbError> {
    let of = |text: fn(&ExchangeRate) -> String| Column::Text(rates.iter().map(text).collect());
    let data = vec![
        Column::same(tx.tenant()),
        of(|rate| rate.of.to_string()),
        of(|rate| rate.to.to_string()),
        Column::Int(rates.iter().map(|rate| stored_day(rate.from)).collect()),
        of(|rate| rate.rate.to_string()),
    ];
    tx.insert_many(
        "exchange_rate",
        &["tenant_id", "of_currency", "to_currency", "from_day", "rate"],
        data,
        "ON CONFLICT (tenant_id, of_currency, to_currency, from_day) \
         DO UPDATE SET rate = excluded.rate",
    )
    .await?;
    let after = json!({"count": rates.len()});
    let entry = Entry::of("set", "exchange_rate", "all", None, Some(after));
    audit::append(tx, now, actor, entry).await?;
    raise_version(tx).await
}

/// Makes or replaces a list of codes.
pub async fn set_code_list(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    name: &str,
    codes: &[String],
) -> Result<(), CatalogError> {
    if name.trim().is_empty() || name.chars().count() > CODE_CHARS_MAX || name.contains('\0') {
        return Err(CatalogError::BadName { name: name.to_owned() });
    }
    let (tenant, codes) = (tx.tenant(), json!(codes));
    let before = code_lists(tx).await?.remove(name).map(|codes| json!(codes));
    if before.as_ref() == Some(&codes) {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO code_list (tenant_id, name, codes, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant_id, name) DO UPDATE SET codes = excluded.codes, \
         updated_at = excluded.updated_at",
        args![tenant, name, codes.to_string(), now],
    )
    .await?;
    audit::append(tx, now, actor, Entry::of("set", "code_list", name, before, Some(codes))).await?;
    raise_version(tx).await?;
    Ok(())
}

/// Removes a list.
pub async fn delete_code_list(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    name: &str,
) -> Result<(), CatalogError> {
    let tenant = tx.tenant();
    let before = code_lists(tx).await?.remove(name);
    let before = before.ok_or(CatalogError::NotFound { what: "list", name: name.to_owned() })?;
    tx.execute("DELETE FROM code_list WHERE tenant_id = $1 AND name = $2", args![tenant, name])
        .await?;
    let entry = Entry::of("delete", "code_list", name, Some(json!(before)), None);
    audit::append(tx, now, actor, entry).await?;
    raise_version(tx).await?;
    Ok(())
}

/// All units.
pub async fn unit_factors(reader: &mut Reader) -> Result<Vec<UnitFactor>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT product_code, unit, of_unit, from_day, holds FROM unit_factor \
             WHERE tenant_id = $1 ORDER BY product_code, unit, of_unit, from_day",
            args![tenant],
        )
        .await?;
    let factor = |row: &crate::db::Row| UnitFactor {
        product: Some(row.text(0)).filter(|code| !code.is_empty()).map(ProductCode::new),
        unit: Unit::new(row.text(1)),
        of: Unit::new(row.text(2)),
        from: read_day(row.int(3)),
        holds: row.text(4).parse().expect("the column holds decimals"),
    };
    Ok(rows.iter().map(factor).collect())
}

/// All exchange rates.
pub async fn exchange_rates(reader: &mut Reader) -> Result<Vec<ExchangeRate>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT of_currency, to_currency, from_day, rate FROM exchange_rate \
             WHERE tenant_id = $1 ORDER BY of_currency, to_currency, from_day",
            args![tenant],
        )
        .await?;
    let currency =
        |text: &str| Currency::parse(text).expect("the column holds codes of currencies");
    let rate = |row: &crate::db::Row| ExchangeRate {
        of: currency(row.text(0)),
        to: currency(row.text(1)),
        from: read_day(row.int(2)),
        rate: row.text(3).parse().expect("the column holds decimals"),
    };
    Ok(rows.iter().map(rate).collect())
}

/// All lists of codes.
pub async fn code_lists(reader: &mut Reader) -> Result<BTreeMap<String, Vec<String>>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows("SELECT name, codes FROM code_list WHERE tenant_id = $1", args![tenant])
        .await?;
    let codes = |text| serde_json::from_str(text).expect("the column holds lists of texts");
    Ok(rows.iter().map(|row| (row.string(0), codes(row.text(1)))).collect())
}

fn stored_day(from: Option<Date>) -> i64 {
    from.map_or_else(beginning, days_of)
}

fn read_day(day: i64) -> Option<Date> {
    if day == beginning() { None } else { date_of(day) }
}
