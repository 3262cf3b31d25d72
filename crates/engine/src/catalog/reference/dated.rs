//! Entries that have a day: rates, units, figures and prices, which hold from it on, and holidays of
//! banks, which are on it; each in a table of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::amount::Currency;
use domain::banking::{BankDays, BankHoliday};
use domain::code::{PartnerCode, ProductCode, Unit};
use domain::figure::{FigureEntry, Figures};
use domain::master::{ExchangeRate, Price, UnitFactor};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Became, KeptEntry, Page, ReferenceListing, ReferenceTable, Said, Touched};
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::catalog::ROWS_PER_PAGE_MAX;
use crate::catalog::partner::beginning;
use crate::catalog::text::{from_json, pattern, to_json};
use crate::db::{Arg, AssertSqlSafe, Column, DbError, Reader, Row, Tx, args, date_of, days_of};

/// How a table lies in the database: columns of texts that are the key, then the day, then values.
struct Shape {
    table: &'static str,
    keys: &'static [&'static str],
    day: &'static str,
    values: &'static [&'static str],
    conflict: &'static str,
    /// Values of many keys, with the number of the key.
    lookup: &'static str,
    delete: &'static str,
}

const RATES: Shape = Shape {
    table: "exchange_rate",
    keys: &["of_currency", "to_currency"],
    day: "from_day",
    values: &["rate"],
    conflict: "ON CONFLICT (tenant_id, of_currency, to_currency, from_day) DO UPDATE SET \
               rate = excluded.rate, updated_at = excluded.updated_at, \
               updated_by = excluded.updated_by",
    lookup: "SELECT k.i, t.rate FROM {keys} CROSS JOIN exchange_rate t \
             WHERE t.tenant_id = k.tenant AND t.of_currency = k.k1 AND t.to_currency = k.k2 \
             AND t.from_day = k.k3",
    delete: "DELETE FROM exchange_rate WHERE (tenant_id, of_currency, to_currency, from_day) IN \
             (SELECT k.tenant, k.k1, k.k2, k.k3 FROM {keys})",
};

const UNITS: Shape = Shape {
    table: "unit_factor",
    keys: &["product_code", "unit", "of_unit"],
    day: "from_day",
    values: &["holds"],
    conflict: "ON CONFLICT (tenant_id, product_code, unit, of_unit, from_day) DO UPDATE SET \
               holds = excluded.holds, updated_at = excluded.updated_at, \
               updated_by = excluded.updated_by",
    lookup: "SELECT k.i, t.holds FROM {keys} CROSS JOIN unit_factor t \
             WHERE t.tenant_id = k.tenant AND t.product_code = k.k1 AND t.unit = k.k2 \
             AND t.of_unit = k.k3 AND t.from_day = k.k4",
    delete: "DELETE FROM unit_factor WHERE (tenant_id, product_code, unit, of_unit, from_day) IN \
             (SELECT k.tenant, k.k1, k.k2, k.k3, k.k4 FROM {keys})",
};

const FIGURES: Shape = Shape {
    table: "figure",
    keys: &["table_name", "partner_code", "period_name", "group_key"],
    day: "from_day",
    values: &["value"],
    conflict: "ON CONFLICT (tenant_id, table_name, partner_code, period_name, group_key, \
               from_day) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, \
               updated_by = excluded.updated_by",
    lookup: "SELECT k.i, t.value FROM {keys} CROSS JOIN figure t \
             WHERE t.tenant_id = k.tenant AND t.table_name = k.k1 AND t.partner_code = k.k2 \
             AND t.period_name = k.k3 AND t.group_key = k.k4 AND t.from_day = k.k5",
    delete: "DELETE FROM figure WHERE (tenant_id, table_name, partner_code, period_name, \
             group_key, from_day) IN (SELECT k.tenant, k.k1, k.k2, k.k3, k.k4, k.k5 FROM {keys})",
};

const PRICES: Shape = Shape {
    table: "price",
    keys: &["list_name", "product_code"],
    day: "from_day",
    values: &["currency", "price"],
    conflict: "ON CONFLICT (tenant_id, list_name, product_code, from_day) DO UPDATE SET \
               currency = excluded.currency, price = excluded.price, \
               updated_at = excluded.updated_at, updated_by = excluded.updated_by",
    lookup: "SELECT k.i, t.currency, t.price FROM {keys} CROSS JOIN price t \
             WHERE t.tenant_id = k.tenant AND t.list_name = k.k1 AND t.product_code = k.k2 \
             AND t.from_day = k.k3",
    delete: "DELETE FROM price WHERE (tenant_id, list_name, product_code, from_day) IN \
             (SELECT k.tenant, k.k1, k.k2, k.k3 FROM {keys})",
};

const HOLIDAYS: Shape = Shape {
    table: "bank_holiday",
    keys: &["country"],
    day: "day",
    values: &["names"],
    conflict: "ON CONFLICT (tenant_id, country, day) DO UPDATE SET names = excluded.names, \
               updated_at = excluded.updated_at, updated_by = excluded.updated_by",
    lookup: "SELECT k.i, t.names FROM {keys} CROSS JOIN bank_holiday t \
             WHERE t.tenant_id = k.tenant AND t.country = k.k1 AND t.day = k.k2",
    delete: "DELETE FROM bank_holiday WHERE (tenant_id, country, day) IN \
             (SELECT k.tenant, k.k1, k.k2 FROM {keys})",
};

impl Shape {
    fn of(table: ReferenceTable) -> &'static Shape {
        match table {
            ReferenceTable::ExchangeRates => &RATES,
            ReferenceTable::UnitFactors => &UNITS,
            ReferenceTable::Figures => &FIGURES,
            ReferenceTable::Prices => &PRICES,
            ReferenceTable::BankHolidays => &HOLIDAYS,
            ReferenceTable::Lists => unreachable!("lists have no days"),
        }
    }

    /// Keys, day, values, who and when.
    fn columns(&self) -> Vec<&'static str> {
        let mut columns = self.keys.to_vec();
        columns.push(self.day);
        columns.extend(self.values);
        columns.extend(["updated_at", "updated_by"]);
        columns
    }
}

/// An entry as its row has it.
#[derive(Debug, Clone)]
struct Stored {
    keys: Vec<String>,
    day: i64,
    values: Vec<String>,
}

impl Stored {
    fn of(said: &Said) -> Stored {
        let code = |code: Option<&str>| code.unwrap_or_default().to_owned();
        let (keys, from, values) = match said {
            Said::Rate(rate) => (
                vec![rate.of.to_string(), rate.to.to_string()],
                rate.from,
                vec![rate.rate.to_string()],
            ),
            Said::Unit(unit) => (
                vec![
                    code(unit.product.as_ref().map(ProductCode::as_str)),
                    unit.unit.to_string(),
                    unit.of.to_string(),
                ],
                unit.from,
                vec![unit.holds.to_string()],
            ),
            Said::Figure { table, entry } => (
                vec![
                    table.clone(),
                    code(entry.partner.as_ref().map(PartnerCode::as_str)),
                    code(entry.period.as_deref()),
                    to_json(&entry.groups),
                ],
                entry.from,
                vec![entry.value.to_string()],
            ),
            Said::Price(price) => (
                vec![price.list.clone(), price.product.to_string()],
                price.from,
                vec![price.currency.to_string(), price.price.to_string()],
            ),
            Said::Holiday(holiday) => {
                (vec![holiday.country.clone()], Some(holiday.day), vec![to_json(&holiday.names)])
            }
            Said::Listed { .. } => unreachable!("lists have no days"),
        };
        Stored { keys, day: from.map_or_else(beginning, days_of), values }
    }

    fn key(&self) -> (&[String], i64) {
        (&self.keys, self.day)
    }

    /// What people know it by in the audit trail.
    fn name(&self) -> String {
        let texts = self.keys.iter().map(String::as_str).filter(|text| !matches!(*text, "" | "{}"));
        let name = texts.collect::<Vec<_>>().join(" / ");
        match read_day(self.day) {
            Some(from) => format!("{name} / {from}"),
            None => name,
        }
    }

    /// The values as the audit trail keeps them.
    fn audited(shape: &Shape, values: &[String]) -> Value {
        let pairs = shape.values.iter().zip(values);
        Value::Object(pairs.map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
    }
}

/// `160.50` is the number `160.5`.
fn same(a: &[String], b: &[String]) -> bool {
    let number = |text: &String| text.parse::<rust_decimal::Decimal>().ok();
    a.iter().zip(b).all(|(a, b)| a == b || (number(a).is_some() && number(a) == number(b)))
}

fn read_day(day: i64) -> Option<Date> {
    if day == beginning() { None } else { date_of(day) }
}

/// Columns of the keys of these rows, the day last.
fn key_columns(shape: &Shape, rows: &[Stored]) -> Vec<Column> {
    let key =
        |at: usize| Column::Text(rows.iter().map(|row| row.keys[at].clone()).collect::<Vec<_>>());
    let mut columns: Vec<Column> = (0..shape.keys.len()).map(key).collect();
    columns.push(Column::Int(rows.iter().map(|row| row.day).collect()));
    columns
}

/// The values that are kept for these rows now.
async fn known(
    reader: &mut Reader,
    shape: &Shape,
    rows: &[Stored],
) -> Result<Vec<Option<Vec<String>>>, DbError> {
    let found = reader.lookup(shape.lookup, args![], key_columns(shape, rows)).await?;
    let mut known = vec![None; rows.len()];
    for row in found {
        let place = usize::try_from(row.int(0)).expect("the number of a key");
        let values = (1..=shape.values.len()).map(|at| row.string(at)).collect();
        if let Some(slot) = known.get_mut(place) {
            *slot = Some(values);
        }
    }
    Ok(known)
}

pub(super) async fn put(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    (table, said): (ReferenceTable, Vec<(usize, Said)>),
    touched: &mut Touched,
) -> Result<Vec<(usize, Became)>, DbError> {
    let shape = Shape::of(table);
    let rows: Vec<Stored> = said.iter().map(|(_, said)| Stored::of(said)).collect();
    let mut current = known(tx, shape, &rows).await?;
    let (mut became, mut entries) = (Vec::with_capacity(said.len()), Vec::new());
    // What an earlier row of the same entries said of a key, by the place of that row.
    let mut earlier: HashMap<(&[String], i64), usize> = HashMap::new();
    let mut written: BTreeMap<(&[String], i64), usize> = BTreeMap::new();
    for (at, ((place, said), row)) in said.iter().zip(&rows).enumerate() {
        if let Some(before) = earlier.insert(row.key(), at) {
            current[at] = Some(rows[before].values.clone());
        }
        let is = match &current[at] {
            Some(values) if same(values, &row.values) => Became::Unchanged,
            Some(_) => Became::Changed,
            None => Became::Created,
        };
        became.push((*place, is));
        if is == Became::Unchanged {
            continue;
        }
        let before = current[at].as_deref().map(|values| Stored::audited(shape, values));
        let after = Some(Stored::audited(shape, &row.values));
        let action = if before.is_some() { "change" } else { "create" };
        entries.push(Entry::of(action, shape.table, row.name(), before, after));
        touched.add(said);
        written.insert(row.key(), at);
    }
    let written: Vec<Stored> = written.into_values().map(|at| rows[at].clone()).collect();
    write(tx, now, actor, shape, &written).await?;
    audit::append_many(tx, now, actor, entries).await?;
    Ok(became)
}

async fn write(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    shape: &Shape,
    rows: &[Stored],
) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut data = vec![Column::same(tx.tenant())];
    data.extend(key_columns(shape, rows));
    for at in 0..shape.values.len() {
        data.push(Column::Text(rows.iter().map(|row| row.values[at].clone()).collect()));
    }
    data.push(Column::same(now));
    data.push(Column::same(actor.name().to_owned()));
    let mut columns = vec!["tenant_id"];
    columns.extend(shape.columns());
    tx.insert_many(shape.table, &columns, data, shape.conflict).await?;
    Ok(())
}

pub(super) async fn remove(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    (table, said): (ReferenceTable, Vec<Said>),
    touched: &mut Touched,
) -> Result<usize, DbError> {
    let shape = Shape::of(table);
    let mut there: BTreeMap<(Vec<String>, i64), (Stored, Vec<String>)> = BTreeMap::new();
    let rows: Vec<Stored> = said.iter().map(Stored::of).collect();
    let current = known(tx, shape, &rows).await?;
    for ((said, row), values) in said.iter().zip(rows).zip(current) {
        let Some(values) = values else { continue };
        touched.add(said);
        there.insert((row.keys.clone(), row.day), (row, values));
    }
    let entries = there.values().map(|(row, values)| {
        let before = Some(Stored::audited(shape, values));
        Entry::of("delete", shape.table, row.name(), before, None)
    });
    let entries = entries.collect();
    let rows: Vec<Stored> = there.into_values().map(|(row, _)| row).collect();
    if !rows.is_empty() {
        tx.execute_many(shape.delete, args![], key_columns(shape, &rows)).await?;
    }
    audit::append_many(tx, now, actor, entries).await?;
    Ok(rows.len())
}

fn currency(text: &str) -> Currency {
    Currency::parse(text).expect("the column holds codes of currencies")
}

fn decimal(text: &str) -> rust_decimal::Decimal {
    text.parse().expect("the column holds decimals")
}

/// Reads what [`Stored::of`] wrote, in the order of [`Shape::columns`].
fn said_of(table: ReferenceTable, row: &Row) -> Said {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    match table {
        ReferenceTable::ExchangeRates => Said::Rate(ExchangeRate {
            of: currency(row.text(0)),
            to: currency(row.text(1)),
            from: read_day(row.int(2)),
            rate: decimal(row.text(3)),
        }),
        ReferenceTable::UnitFactors => Said::Unit(UnitFactor {
            product: some(row.text(0)).map(ProductCode::new),
            unit: Unit::new(row.text(1)),
            of: Unit::new(row.text(2)),
            from: read_day(row.int(3)),
            holds: decimal(row.text(4)),
        }),
        ReferenceTable::Figures => Said::Figure {
            table: row.string(0),
            entry: FigureEntry {
                partner: some(row.text(1)).map(PartnerCode::new),
                period: some(row.text(2)),
                groups: from_json(row.text(3)),
                from: read_day(row.int(4)),
                value: decimal(row.text(5)),
            },
        },
        ReferenceTable::Prices => Said::Price(Price {
            list: row.string(0),
            product: ProductCode::new(row.text(1)),
            from: read_day(row.int(2)),
            currency: currency(row.text(3)),
            price: decimal(row.text(4)),
        }),
        ReferenceTable::BankHolidays => Said::Holiday(BankHoliday {
            country: row.string(0),
            day: row.date(1),
            names: from_json(row.text(2)),
        }),
        ReferenceTable::Lists => unreachable!("lists have no days"),
    }
}

async fn all(reader: &mut Reader, table: ReferenceTable) -> Result<Vec<Said>, DbError> {
    let shape = Shape::of(table);
    let sql = format!(
        "SELECT {} FROM {} WHERE tenant_id = $1 ORDER BY {}, {}",
        shape.columns().join(", "),
        shape.table,
        shape.keys.join(", "),
        shape.day
    );
    let rows = reader.rows(AssertSqlSafe(sql), args![reader.tenant()]).await?;
    Ok(rows.iter().map(|row| said_of(table, row)).collect())
}

/// All exchange rates.
pub async fn exchange_rates(reader: &mut Reader) -> Result<Vec<ExchangeRate>, DbError> {
    let all = all(reader, ReferenceTable::ExchangeRates).await?.into_iter();
    Ok(all.filter_map(|said| if let Said::Rate(rate) = said { Some(rate) } else { None }).collect())
}

/// All units.
pub async fn unit_factors(reader: &mut Reader) -> Result<Vec<UnitFactor>, DbError> {
    let all = all(reader, ReferenceTable::UnitFactors).await?.into_iter();
    Ok(all.filter_map(|said| if let Said::Unit(unit) = said { Some(unit) } else { None }).collect())
}

/// Every unit that a product is counted in or that is converted.
pub async fn units(reader: &mut Reader) -> Result<BTreeSet<String>, DbError> {
    let tenant = reader.tenant();
    let mut units = BTreeSet::new();
    for factor in unit_factors(reader).await? {
        units.insert(factor.unit.to_string());
        units.insert(factor.of.to_string());
    }
    let rows =
        reader.rows("SELECT fields FROM product WHERE tenant_id = $1", args![tenant]).await?;
    units.extend(rows.iter().filter_map(|row| from_json(row.text(0)).remove("unit")));
    Ok(units)
}

/// All price lists.
pub async fn prices(reader: &mut Reader) -> Result<Vec<Price>, DbError> {
    let all = all(reader, ReferenceTable::Prices).await?.into_iter();
    let price = |said| if let Said::Price(price) = said { Some(price) } else { None };
    Ok(all.filter_map(price).collect())
}

/// On which days the banks of a country pay.
pub async fn bank_days(reader: &mut Reader, country: &str) -> Result<BankDays, DbError> {
    let all = all(reader, ReferenceTable::BankHolidays).await?.into_iter();
    let holiday = |said| if let Said::Holiday(day) = said { Some(day) } else { None };
    Ok(BankDays::new(country, all.filter_map(holiday)))
}

/// All figure tables.
pub async fn figures(reader: &mut Reader) -> Result<Figures, DbError> {
    let mut figures = Figures::default();
    for said in all(reader, ReferenceTable::Figures).await? {
        if let Said::Figure { table, entry } = said {
            figures.add(&table, entry);
        }
    }
    Ok(figures)
}

pub(super) async fn page(
    reader: &mut Reader,
    table: ReferenceTable,
    listing: &ReferenceListing,
) -> Result<Page<KeptEntry>, DbError> {
    let shape = Shape::of(table);
    let (condition, asked) = asked(reader, shape, listing);
    let total = format!("SELECT COUNT(*) FROM {} {condition}", shape.table);
    let total = reader.row(AssertSqlSafe(total), &asked).await?;
    let sql = format!(
        "SELECT {} FROM {} {condition} ORDER BY {}, {} LIMIT {} OFFSET {}",
        shape.columns().join(", "),
        shape.table,
        shape.keys.join(", "),
        shape.day,
        listing.limit.clamp(0, ROWS_PER_PAGE_MAX),
        listing.offset.max(0)
    );
    let rows = reader.rows(AssertSqlSafe(sql), &asked).await?;
    let after = shape.keys.len() + 1 + shape.values.len();
    let kept = |row: &Row| KeptEntry {
        said: said_of(table, row),
        updated_at: Some(row.instant(after)).filter(|at| *at != Timestamp::UNIX_EPOCH),
        updated_by: row.string(after + 1),
    };
    Ok(Page { rows: rows.iter().map(kept).collect(), total: total.map_or(0, |row| row.int(0)) })
}

/// The condition of a listing with its values: only what is asked for, so that indexes are used.
fn asked(
    reader: &Reader,
    shape: &Shape,
    listing: &ReferenceListing,
) -> (String, Vec<Arg<'static>>) {
    let mut condition = String::from("WHERE tenant_id = $1");
    let mut values: Vec<Arg<'static>> = vec![reader.tenant().into()];
    if let Some(name) = &listing.name {
        values.push(name.clone().into());
        condition = format!("{condition} AND {} = ${}", shape.keys[0], values.len());
    }
    if let Some(partner) = listing.partner.as_ref().filter(|_| shape.keys.contains(&PARTNER)) {
        values.push(partner.clone().into());
        condition = format!("{condition} AND {PARTNER} = ${}", values.len());
    }
    if !listing.search.trim().is_empty() {
        values.push(pattern(&listing.search).into());
        let like = |key: &&str| format!("lower({key}) LIKE ${} ESCAPE '!'", values.len());
        // Holidays are looked for by what they are called.
        let names = shape.values.iter().filter(|value| **value == "names");
        let any: Vec<String> = shape.keys.iter().chain(names).map(like).collect();
        condition = format!("{condition} AND ({})", any.join(" OR "));
    }
    (condition, values)
}

const PARTNER: &str = "partner_code";

pub(super) async fn names(
    reader: &mut Reader,
    table: ReferenceTable,
) -> Result<Vec<(String, i64)>, DbError> {
    let shape = Shape::of(table);
    let name = shape.keys[0];
    let sql = format!(
        "SELECT {name}, COUNT(*) FROM {} WHERE tenant_id = $1 GROUP BY {name} ORDER BY {name}",
        shape.table
    );
    let rows = reader.rows(AssertSqlSafe(sql), args![reader.tenant()]).await?;
    Ok(rows.iter().map(|row| (row.string(0), row.int(1))).collect())
}
