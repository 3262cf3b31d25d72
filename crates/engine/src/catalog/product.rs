//! Products.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::load::raise_version;
use super::partner::{by_code, rows};
use super::shelf::Shelf;
use super::text::{from_json, merge, search_text, to_json};
use super::{Fields, Item, Listing, Names, Page, Upserted};
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::db::{Column, DbError, Reader, Row, Tx, args};
use crate::id::{Id, Kind};

/// A product as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    pub product_id: i64,
    pub id: String,
    pub code: String,
    pub names: Names,
    pub category: Option<String>,
    pub fields: Fields,
    pub updated_at: Timestamp,
}

/// The name of the field that holds the category.
const CATEGORY: &str = "category";

/// Creates and changes products. They have no history: facts are measured with what a product is.
pub async fn upsert_products(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    items: Vec<Item>,
) -> Result<Upserted, DbError> {
    let mut done = Upserted::default();
    let items = by_code(items);
    let known = known_products(tx, items.keys().cloned().collect()).await?;
    let next_id = next_id(tx).await?;
    let (mut written, mut entries) = (Vec::new(), Vec::new());
    for item in items.into_values() {
        let before = known.get(&item.code);
        let product = merged(before, next_id + rows(done.created), now, item);
        match before {
            None => {
                done.created += 1;
                entries.push(Entry::create("product", &product.code, audited(&product)));
                written.push(product);
            }
            Some(before) if before.names == product.names && before.fields == product.fields => {
                done.unchanged += 1;
            }
            Some(before) => {
                done.changed += 1;
                let (before, after) = (audited(before), audited(&product));
                entries.push(Entry::change("product", &product.code, before, after));
                written.push(product);
            }
        }
    }
    if !written.is_empty() {
        audit::append_many(tx, now, actor, entries).await?;
        write_rows(tx, now, &written).await?;
        raise_version(tx).await?;
    }
    Ok(done)
}

async fn known_products(
    tx: &mut Tx,
    codes: Vec<String>,
) -> Result<HashMap<String, ProductRow>, DbError> {
    let found = tx
        .lookup(
            "SELECT p.product_id, p.public_id, p.code, p.names, p.category, p.fields, \
             p.updated_at FROM {keys} CROSS JOIN product p \
             WHERE p.tenant_id = k.tenant AND p.code = k.k1",
            args![],
            vec![Column::Text(codes)],
        )
        .await?;
    Ok(found.iter().map(product_of).map(|row| (row.code.clone(), row)).collect())
}

async fn next_id(tx: &mut Tx) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let next = tx
        .row(
            "SELECT coalesce(max(product_id), 0) + 1 FROM product WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    Ok(next.map_or(1, |row| row.int(0)))
}

fn merged(before: Option<&ProductRow>, new_id: i64, now: Timestamp, item: Item) -> ProductRow {
    let mut product = before.cloned().unwrap_or_else(|| ProductRow {
        product_id: new_id,
        id: Id::new(Kind::Product, now).into(),
        code: item.code,
        names: Names::new(),
        category: None,
        fields: Fields::new(),
        updated_at: now,
    });
    merge(&mut product.names, &item.names);
    merge(&mut product.fields, &item.fields);
    product.category = product.fields.get(CATEGORY).cloned();
    product
}

async fn write_rows(tx: &mut Tx, now: Timestamp, rows: &[ProductRow]) -> Result<(), DbError> {
    let of = |text: fn(&ProductRow) -> String| Column::Text(rows.iter().map(text).collect());
    let columns = [
        ("tenant_id", Column::same(tx.tenant())),
        ("product_id", Column::Int(rows.iter().map(|row| row.product_id).collect())),
        ("public_id", of(|row| row.id.clone())),
        ("code", of(|row| row.code.clone())),
        ("names", of(|row| to_json(&row.names))),
        ("category", Column::OptText(rows.iter().map(|row| row.category.clone()).collect())),
        ("fields", of(|row| to_json(&row.fields))),
        ("search", of(|row| search_text(&row.code, &row.names))),
        ("created_at", Column::same(now)),
        ("updated_at", Column::same(now)),
    ];
    let (names, data): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let replace = "ON CONFLICT (tenant_id, product_id) DO UPDATE SET names = excluded.names, \
                   category = excluded.category, fields = excluded.fields, \
                   search = excluded.search, updated_at = excluded.updated_at";
    tx.insert_many("product", &names, data, replace).await.map(|_| ())
}

fn audited(product: &ProductRow) -> Value {
    json!({"names": product.names, "fields": product.fields})
}

const SHELF: Shelf<ProductRow> = Shelf {
    table: "product",
    columns: "product_id, public_id, code, names, category, fields, updated_at",
    read: product_of,
};

/// A page of products by code.
pub async fn products(reader: &mut Reader, listing: &Listing) -> Result<Page<ProductRow>, DbError> {
    SHELF.page(reader, listing).await
}

/// The product with that code.
pub async fn product_by_code(
    reader: &mut Reader,
    code: &str,
) -> Result<Option<ProductRow>, DbError> {
    SHELF.one(reader, "code = $2", code).await
}

/// The product with that id of the database.
pub async fn product_by_id(
    reader: &mut Reader,
    product_id: i64,
) -> Result<Option<ProductRow>, DbError> {
    SHELF.one(reader, "product_id = $2", product_id).await
}

/// The categories there are and how many products each has, by name.
pub async fn categories(reader: &mut Reader) -> Result<Vec<(String, i64)>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT category, count(*) FROM product \
             WHERE tenant_id = $1 AND category IS NOT NULL GROUP BY category ORDER BY category",
            args![tenant],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), row.int(1))).collect())
}

fn product_of(row: &Row) -> ProductRow {
    ProductRow {
        product_id: row.int(0),
        id: row.string(1),
        code: row.string(2),
        names: from_json(row.text(3)),
        category: row.opt_string(4),
        fields: from_json(row.text(5)),
        updated_at: row.instant(6),
    }
}
