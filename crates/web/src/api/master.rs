//! Partners and products.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post, put};
use engine::catalog::{
    self, Item, Listing, PartnerRow, ProductRow, Upserted, load_settings, partner_by_code,
    partner_by_id, product_by_code, upsert_partners, upsert_products,
};
use engine::rebuild;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

/// No batch of partners or products has more.
pub const ITEMS_PER_BATCH_MAX: usize = 5_000;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/partners", get(partners));
    routes.add(Verb::Post, "/api/v1/partners", post(post_partners));
    routes.add(Verb::Get, "/api/v1/partners/{code}", get(partner));
    routes.add(Verb::Put, "/api/v1/partners/{code}", put(put_partner));
    routes.add(Verb::Get, "/api/v1/products", get(products));
    routes.add(Verb::Post, "/api/v1/products", post(post_products));
    routes.add(Verb::Get, "/api/v1/products/{code}", get(product));
    routes.add(Verb::Put, "/api/v1/products/{code}", put(put_product));
}

/// A partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct Partner {
    pub id: String,
    #[schema(example = "TOK-0012")]
    pub code: String,
    /// By language; the empty language is a name without one.
    pub names: BTreeMap<String, String>,
    /// The partner it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Country, region, level and all else, as programs name it.
    pub fields: BTreeMap<String, String>,
    pub updated_at: String,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Product {
    pub id: String,
    pub code: String,
    /// By language; the empty language is a name without one.
    pub names: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    pub fields: BTreeMap<String, String>,
    pub updated_at: String,
}

/// A partner or product to create or change. What it does not name stays as it is; what it names
/// as null or empty is cleared.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewItem {
    /// Left out where the address has it.
    code: Option<String>,
    /// By language.
    names: Option<BTreeMap<String, String>>,
    /// Under the names that programs use: `country`, `region`, `level`, `parent`, `category`, …
    fields: Option<BTreeMap<String, String>>,
}

/// A batch of partners or products.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewItems {
    /// The day from which changes of partners hold; today in the vendor's time zone if left out.
    from: Option<String>,
    items: Vec<NewItem>,
}

/// What a batch of partners or products did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    pub created: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub rejected: Vec<RejectedItem>,
}

/// An item that was left as it was, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectedItem {
    pub code: String,
    pub detail: String,
}

fn shown_partner(row: PartnerRow) -> Partner {
    let PartnerRow { id, code, names, parent, fields, updated_at, .. } = row;
    Partner { id, code, names, parent, fields, updated_at: updated_at.to_string() }
}

fn shown_product(row: ProductRow) -> Product {
    let ProductRow { id, code, names, category, fields, updated_at, .. } = row;
    Product { id, code, names, category, fields, updated_at: updated_at.to_string() }
}

fn changed(done: Upserted) -> Json<Changed> {
    let rejected = done
        .rejected
        .into_iter()
        .map(|(code, why)| RejectedItem { code, detail: why.to_string() })
        .collect();
    let Upserted { created, changed, unchanged, .. } = done;
    Json(Changed { created, changed, unchanged, rejected })
}

/// Partners, by code.
#[utoipa::path(get, path = "/api/v1/partners", tag = "partners",
    params(
        ("search" = Option<String>, Query, description = "Part of a code or of a name."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Partner>), ApiError))]
pub async fn partners(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<Partner>>, ApiError> {
    let search = params.text("search").unwrap_or_default();
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    if let Some(own) = caller.partner() {
        let row = partner_by_id(&mut reader, own).await?;
        return Ok(Json(part.cut(row.into_iter().collect(), shown_partner)));
    }
    let listing = Listing { search, offset: part.offset, limit: part.limit };
    let page = catalog::partners(&mut reader, &listing).await?;
    let items = page.rows.into_iter().map(shown_partner).collect();
    Ok(Json(part.page(items, page.total)))
}

/// A partner.
#[utoipa::path(get, path = "/api/v1/partners/{code}", tag = "partners",
    params(("code" = String, Path, description = "The partner's code.")),
    responses((status = 200, body = Partner), ApiError))]
pub async fn partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Partner>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = partner_by_code(&mut reader, &code).await?.ok_or(ApiError::NotFound)?;
    if !caller.actor().sees(row.partner_id) {
        return Err(ApiError::NotFound);
    }
    Ok(Json(shown_partner(row)))
}

/// Creates or changes a partner.
#[utoipa::path(put, path = "/api/v1/partners/{code}", tag = "partners",
    params(("code" = String, Path, description = "The partner's code.")),
    request_body = NewItem,
    responses((status = 200, body = Changed), ApiError))]
pub async fn put_partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Changed>, ApiError> {
    params.end()?;
    let value = json(&headers, body).await?;
    let mut faults = Vec::new();
    let item = item(&value, String::new(), Some(&code), &mut faults);
    done(faults)?;
    save_partners(&api, &caller, None, item.into_iter().collect()).await
}

/// Creates and changes partners. What is known of them otherwise is measured anew in the same
/// commit; awards follow within seconds.
#[utoipa::path(post, path = "/api/v1/partners", tag = "partners", request_body = NewItems,
    responses((status = 200, body = Changed), ApiError))]
pub async fn post_partners(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Changed>, ApiError> {
    params.end()?;
    let (from, items) = items(&json(&headers, body).await?)?;
    save_partners(&api, &caller, from, items).await
}

async fn save_partners(
    api: &Api,
    caller: &Caller,
    from: Option<Date>,
    items: Vec<Item>,
) -> Result<Json<Changed>, ApiError> {
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let from = if let Some(from) = from {
        from
    } else {
        let settings = load_settings(&mut tx).await?;
        let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
        now.to_zoned(zone).date()
    };
    let codes: Vec<String> = items.iter().map(|item| item.code().to_owned()).collect();
    let done = upsert_partners(&mut tx, now, caller.actor(), from, items).await?;
    if done.created + done.changed > 0 {
        let (rules, master) =
            (api.office().rules(&mut tx).await?, api.office().master(&mut tx).await?);
        let ids: Vec<i64> = codes.iter().filter_map(|code| master.partner_id(code)).collect();
        rebuild::partners(&mut tx, &rules, &master, &ids).await?;
    }
    tx.commit().await?;
    api.office().wake();
    Ok(changed(done))
}

/// Products, by code.
#[utoipa::path(get, path = "/api/v1/products", tag = "products",
    params(
        ("search" = Option<String>, Query, description = "Part of a code or of a name."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Product>), ApiError))]
pub async fn products(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Product>>, ApiError> {
    let search = params.text("search").unwrap_or_default();
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let listing = Listing { search, offset: part.offset, limit: part.limit };
    let page = catalog::products(&mut reader, &listing).await?;
    let items = page.rows.into_iter().map(shown_product).collect();
    Ok(Json(part.page(items, page.total)))
}

/// A product.
#[utoipa::path(get, path = "/api/v1/products/{code}", tag = "products",
    params(("code" = String, Path, description = "The product's code.")),
    responses((status = 200, body = Product), ApiError))]
pub async fn product(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Product>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = product_by_code(&mut reader, &code).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(shown_product(row)))
}

/// Creates or changes a product.
#[utoipa::path(put, path = "/api/v1/products/{code}", tag = "products",
    params(("code" = String, Path, description = "The product's code.")),
    request_body = NewItem,
    responses((status = 200, body = Changed), ApiError))]
pub async fn put_product(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Changed>, ApiError> {
    params.end()?;
    let value = json(&headers, body).await?;
    let mut faults = Vec::new();
    let item = item(&value, String::new(), Some(&code), &mut faults);
    done(faults)?;
    save_products(&api, &caller, item.into_iter().collect()).await
}

/// Creates and changes products. Where one changed, all facts are measured anew in the same
/// commit; send many at once.
#[utoipa::path(post, path = "/api/v1/products", tag = "products", request_body = NewItems,
    responses((status = 200, body = Changed), ApiError))]
pub async fn post_products(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Changed>, ApiError> {
    params.end()?;
    let (from, items) = items(&json(&headers, body).await?)?;
    if from.is_some() {
        let detail = "products have no history; leave `from` out";
        return Err(ApiError::invalid(Fault::in_body("/from", "unknown_field", detail)));
    }
    save_products(&api, &caller, items).await
}

async fn save_products(
    api: &Api,
    caller: &Caller,
    items: Vec<Item>,
) -> Result<Json<Changed>, ApiError> {
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let done = upsert_products(&mut tx, now, caller.actor(), items).await?;
    // No fact names a product that is only now created.
    if done.changed > 0 {
        let (rules, master) =
            (api.office().rules(&mut tx).await?, api.office().master(&mut tx).await?);
        rebuild::programs(&mut tx, &rules, &master, None).await?;
    }
    tx.commit().await?;
    api.office().wake();
    Ok(changed(done))
}

/// Reads a batch.
fn items(body: &Value) -> Result<(Option<Date>, Vec<Item>), ApiError> {
    let mut faults = Vec::new();
    let (mut from, mut items) = (None, Vec::new());
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        if let Some(text) = fields.text("from", &mut faults) {
            from = text.parse().ok();
            if from.is_none() {
                let detail = format!("`{text}` is no day; write it as 2026-04-01");
                faults.push(Fault::in_body("/from", "bad_value", detail));
            }
        }
        match fields.value("items") {
            Some(Value::Array(found)) if found.len() > ITEMS_PER_BATCH_MAX => {
                let (what, limit) = ("the batch", "ITEMS_PER_BATCH_MAX");
                return Err(ApiError::TooLarge { what, limit, max: ITEMS_PER_BATCH_MAX });
            }
            Some(Value::Array(found)) => {
                for (place, value) in found.iter().enumerate() {
                    items.extend(item(value, format!("/items/{place}"), None, &mut faults));
                }
            }
            _ => {
                let detail = "a list of `items` is needed";
                faults.push(Fault::in_body("/items", "missing", detail));
            }
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    Ok((from, items))
}

/// Reads one of a batch, or the one that the address names.
fn item(
    value: &Value,
    pointer: String,
    address: Option<&str>,
    faults: &mut Vec<Fault>,
) -> Option<Item> {
    let mut fields = Fields::of(value, pointer.clone(), faults)?;
    let code = match address {
        None => fields.needed("code", faults),
        Some(address) => {
            if let Some(code) = fields.text("code", faults)
                && code != address
            {
                let detail = format!("`{code}` is not the code of the address, `{address}`");
                faults.push(Fault::in_body(fields.pointer("code"), "other_code", detail));
            }
            Some(address.to_owned())
        }
    };
    let owned = |texts: Vec<(&str, String)>| -> BTreeMap<String, String> {
        texts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
    };
    let names = fields.texts("names", faults).map(owned).unwrap_or_default();
    let others = fields.texts("fields", faults).map(owned).unwrap_or_default();
    fields.end(faults);
    match Item::new(&code?, names, others) {
        Ok(item) => Some(item),
        Err(why) => {
            faults.push(Fault::in_body(pointer, "bad_value", why.to_string()));
            None
        }
    }
}
