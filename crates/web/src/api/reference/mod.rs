//! Reference data: exchange rates, units, lists of codes, figures, prices and holidays of banks.
//!
//! What is put is added to what is there; an entry of the same key and day is changed, and one with
//! `remove` goes. What counts with it is measured anew in the same commit.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post, put};
use engine::catalog::{
    self, Became, KeptEntry, ReferenceEntry, ReferenceListing, ReferenceTable, Said,
    reference_entries, reference_names,
};
use engine::imports::unknown_code;
use engine::reference::{self, Changed};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

mod entry;

use entry::{codes, entries};
pub use entry::{read_entry, written_entry};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/exchange-rates", get(exchange_rates));
    routes.add(Verb::Put, "/api/v1/exchange-rates", put(put_exchange_rates));
    routes.add(Verb::Get, "/api/v1/unit-factors", get(unit_factors));
    routes.add(Verb::Put, "/api/v1/unit-factors", put(put_unit_factors));
    routes.add(Verb::Get, "/api/v1/lists", get(lists));
    routes.add(Verb::Get, "/api/v1/lists/{name}", get(list));
    routes.add(Verb::Put, "/api/v1/lists/{name}", put(put_list));
    routes.add(Verb::Post, "/api/v1/lists/{name}/products", post(list_products));
    routes.add(Verb::Get, "/api/v1/figures", get(figure_tables));
    routes.add(Verb::Get, "/api/v1/figures/{table}", get(figures));
    routes.add(Verb::Put, "/api/v1/figures/{table}", put(put_figures));
    routes.add(Verb::Get, "/api/v1/prices", get(price_lists));
    routes.add(Verb::Get, "/api/v1/prices/{list}", get(prices));
    routes.add(Verb::Put, "/api/v1/prices/{list}", put(put_prices));
    routes.add(Verb::Get, "/api/v1/bank-holidays", get(bank_holidays));
    routes.add(Verb::Put, "/api/v1/bank-holidays", put(put_bank_holidays));
}

/// An entry as it is kept: what it says depends on the table.
#[derive(Debug, Serialize, ToSchema)]
pub struct Kept<T: ToSchema> {
    #[serde(flatten)]
    pub says: T,
    /// From this day on, until the next entry of the same key; absent: from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-04-01")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// Who said so last.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub updated_by: String,
}

/// One `of` is `rate` `in`: one EUR is 160.5 JPY.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rate {
    #[schema(example = "EUR")]
    pub of: String,
    #[serde(rename = "in")]
    #[schema(example = "JPY")]
    pub to: String,
    #[schema(example = "160.5")]
    pub rate: String,
}

/// One `unit` holds so many `of`: one case holds 24 pieces.
#[derive(Debug, Serialize, ToSchema)]
pub struct Factor {
    /// Absent: of all products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[schema(example = "case")]
    pub unit: String,
    #[schema(example = "24")]
    pub holds: String,
    #[schema(example = "piece")]
    pub of: String,
}

/// A target, a fixed baseline, a forecast.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figure {
    /// Absent: for all partners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// The name of a period; absent: for all periods. A longer one is spread over those in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026Q1")]
    pub period: Option<String>,
    /// Group name to value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, String>,
    #[schema(example = "900000")]
    pub value: String,
}

/// What a product costs by the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Priced {
    pub product: String,
    #[schema(example = "480")]
    pub price: String,
    #[schema(example = "JPY")]
    pub currency: String,
}

/// A day on which the banks of a country do not pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct Holiday {
    #[schema(example = "JP")]
    pub country: String,
    #[schema(example = "2026-12-31")]
    pub date: String,
    /// By language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
}

/// A table or list, and how many entries it has.
#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    pub name: String,
    pub entries: i64,
}

/// The codes on a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Codes {
    pub codes: Vec<String>,
}

/// Entries to add, change or remove, in the shape in which they are read. A number is a text.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewEntries {
    entries: Vec<NewEntry>,
}

/// The fields of the table, `from`, and `remove` to let the entry of this key and day go.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewEntry {
    of: Option<String>,
    r#in: Option<String>,
    rate: Option<String>,
    product: Option<String>,
    unit: Option<String>,
    holds: Option<String>,
    partner: Option<String>,
    period: Option<String>,
    groups: Option<BTreeMap<String, String>>,
    value: Option<String>,
    price: Option<String>,
    currency: Option<String>,
    country: Option<String>,
    date: Option<String>,
    names: Option<BTreeMap<String, String>>,
    from: Option<String>,
    remove: Option<bool>,
}

/// The codes a list shall have, in place of those it has.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewCodes {
    codes: Vec<String>,
}

/// What a batch of entries did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReferenceChanged {
    pub created: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub removed: usize,
    pub rejected: Vec<RejectedEntry>,
    /// Programs whose facts were counted anew.
    pub measured: Vec<String>,
    /// Programs whose awards are evaluated anew.
    pub evaluated: Vec<String>,
}

/// An entry that was left as it was, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectedEntry {
    /// The place in the batch, the first being 1.
    pub row: usize,
    pub reason: &'static str,
    pub detail: String,
}

fn kept<T: ToSchema>(entry: KeptEntry, from: Option<Date>, says: T) -> Kept<T> {
    Kept {
        says,
        from: from.map(|day| day.to_string()),
        updated_at: entry.updated_at.map(|at| at.to_string()),
        updated_by: entry.updated_by,
    }
}

fn shown_rate(entry: KeptEntry) -> Option<Kept<Rate>> {
    let Said::Rate(rate) = &entry.said else { return None };
    let says =
        Rate { of: rate.of.to_string(), to: rate.to.to_string(), rate: rate.rate.to_string() };
    let from = rate.from;
    Some(kept(entry, from, says))
}

fn shown_factor(entry: KeptEntry) -> Option<Kept<Factor>> {
    let Said::Unit(unit) = &entry.said else { return None };
    let says = Factor {
        product: unit.product.as_ref().map(ToString::to_string),
        unit: unit.unit.to_string(),
        holds: unit.holds.to_string(),
        of: unit.of.to_string(),
    };
    let from = unit.from;
    Some(kept(entry, from, says))
}

fn shown_figure(entry: KeptEntry) -> Option<Kept<Figure>> {
    let Said::Figure { entry: figure, .. } = &entry.said else { return None };
    let says = Figure {
        partner: figure.partner.as_ref().map(ToString::to_string),
        period: figure.period.clone(),
        groups: figure.groups.clone(),
        value: figure.value.to_string(),
    };
    let from = figure.from;
    Some(kept(entry, from, says))
}

fn shown_price(entry: KeptEntry) -> Option<Kept<Priced>> {
    let Said::Price(price) = &entry.said else { return None };
    let says = Priced {
        product: price.product.to_string(),
        price: price.price.to_string(),
        currency: price.currency.to_string(),
    };
    let from = price.from;
    Some(kept(entry, from, says))
}

fn shown_holiday(entry: KeptEntry) -> Option<Kept<Holiday>> {
    let Said::Holiday(holiday) = &entry.said else { return None };
    let says = Holiday {
        country: holiday.country.clone(),
        date: holiday.day.to_string(),
        names: holiday.names.clone(),
    };
    Some(kept(entry, None, says))
}

/// A page of a table; one that has no entry at all does not exist.
async fn page<T: ToSchema>(
    api: &Api,
    (table, name): (ReferenceTable, Option<String>),
    mut params: Params,
    show: fn(KeptEntry) -> Option<Kept<T>>,
) -> Result<Json<PageOf<Kept<T>>>, ApiError> {
    let search = params.text("search").unwrap_or_default();
    let of_figures = table == ReferenceTable::Figures;
    let partner = if of_figures { params.text("partner") } else { None };
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    if let Some(name) = &name {
        let known = reference_names(&mut reader, table).await?;
        if !known.iter().any(|(known, _)| known == name) {
            return Err(ApiError::NotFound);
        }
    }
    let listing =
        ReferenceListing { name, partner, search, offset: part.offset, limit: part.limit };
    let found = reference_entries(&mut reader, table, &listing).await?;
    Ok(Json(part.page(found.rows.into_iter().filter_map(show).collect(), found.total)))
}

async fn names(
    api: &Api,
    table: ReferenceTable,
    params: Params,
) -> Result<Json<Vec<Named>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let names = reference_names(&mut reader, table).await?;
    Ok(Json(names.into_iter().map(|(name, entries)| Named { name, entries }).collect()))
}

/// Exchange rates, by currencies and day.
#[utoipa::path(get, path = "/api/v1/exchange-rates", tag = "reference data",
    params(
        ("search" = Option<String>, Query, description = "Part of a currency."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Kept<Rate>>), ApiError))]
pub async fn exchange_rates(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<PageOf<Kept<Rate>>>, ApiError> {
    page(&api, (ReferenceTable::ExchangeRates, None), params, shown_rate).await
}

/// Adds or changes exchange rates. Facts that waited for one count from then on.
#[utoipa::path(put, path = "/api/v1/exchange-rates", tag = "reference data",
    request_body = NewEntries,
    responses((status = 200, body = ReferenceChanged), ApiError))]
pub async fn put_exchange_rates(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferenceChanged>, ApiError> {
    params.end()?;
    let body = json(&headers, body).await?;
    save(&api, &caller, (ReferenceTable::ExchangeRates, ""), &body).await
}

/// Unit factors, by product, units and day.
#[utoipa::path(get, path = "/api/v1/unit-factors", tag = "reference data",
    params(
        ("search" = Option<String>, Query, description = "Part of a product's code or of a unit."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Kept<Factor>>), ApiError))]
pub async fn unit_factors(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<PageOf<Kept<Factor>>>, ApiError> {
    page(&api, (ReferenceTable::UnitFactors, None), params, shown_factor).await
}

/// Adds or changes unit factors. Facts that waited for one count from then on.
#[utoipa::path(put, path = "/api/v1/unit-factors", tag = "reference data",
    request_body = NewEntries,
    responses((status = 200, body = ReferenceChanged), ApiError))]
pub async fn put_unit_factors(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferenceChanged>, ApiError> {
    params.end()?;
    let body = json(&headers, body).await?;
    save(&api, &caller, (ReferenceTable::UnitFactors, ""), &body).await
}

/// The lists of codes.
#[utoipa::path(get, path = "/api/v1/lists", tag = "reference data",
    responses((status = 200, body = Vec<Named>), ApiError))]
pub async fn lists(State(api): State<Api>, params: Params) -> Result<Json<Vec<Named>>, ApiError> {
    names(&api, ReferenceTable::Lists, params).await
}

/// The codes of a list.
#[utoipa::path(get, path = "/api/v1/lists/{name}", tag = "reference data",
    params(("name" = String, Path, description = "The list's name.")),
    responses((status = 200, body = Codes), ApiError))]
pub async fn list(
    State(api): State<Api>,
    Path(name): Path<String>,
    params: Params,
) -> Result<Json<Codes>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let codes = catalog::code_lists(&mut reader).await?.remove(&name);
    Ok(Json(Codes { codes: codes.ok_or(ApiError::NotFound)? }))
}

/// Makes a list, or replaces the codes on it.
#[utoipa::path(put, path = "/api/v1/lists/{name}", tag = "reference data",
    params(("name" = String, Path, description = "The list's name.")),
    request_body = NewCodes,
    responses((status = 200, body = ReferenceChanged), ApiError))]
pub async fn put_list(
    State(api): State<Api>,
    caller: Caller,
    Path(name): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferenceChanged>, ApiError> {
    params.end()?;
    let codes = codes(&json(&headers, body).await?)?;
    for code in &codes {
        let said = Said::Listed { list: name.clone(), code: code.clone() };
        ReferenceEntry::new(said).map_err(|why| {
            ApiError::invalid(Fault::in_body("/codes", "bad_value", why.to_string()))
        })?;
    }
    let office = api.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let before = catalog::code_lists(&mut tx).await?.remove(&name).unwrap_or_default();
    let of = (name.as_str(), codes.as_slice());
    let changed = reference::set_list(&mut tx, &rules, office.now(), caller.actor(), of).await?;
    tx.commit().await?;
    office.wake();
    let (had, has): (BTreeSet<&String>, BTreeSet<&String>) =
        (before.iter().collect(), codes.iter().collect());
    let (created, removed) = (has.difference(&had).count(), had.difference(&has).count());
    let told = Changed { removed, ..changed };
    let unchanged = codes.len() - created;
    Ok(Json(ReferenceChanged { created, unchanged, ..shown(&rules, &told, Vec::new()) }))
}

/// Which products go onto a list.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct FoundProducts {
    /// Part of a code, name or category, as `GET /products` takes it; empty for all.
    search: String,
}

/// Adds the products that a search finds to a list; what is on it stays.
#[utoipa::path(post, path = "/api/v1/lists/{name}/products", tag = "reference data",
    params(("name" = String, Path, description = "The list's name.")),
    request_body = FoundProducts,
    responses((status = 200, body = ReferenceChanged), ApiError))]
pub async fn list_products(
    State(api): State<Api>,
    caller: Caller,
    Path(name): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferenceChanged>, ApiError> {
    params.end()?;
    let body = json(&headers, body).await?;
    let mut faults = Vec::new();
    let mut search = None;
    if let Some(mut fields) = Fields::of(&body, String::new(), &mut faults) {
        search = fields.needed("search", &mut faults);
        fields.end(&mut faults);
    }
    done(faults)?;
    let search = search.unwrap_or_default();
    let office = api.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let (of, now) = ((name.as_str(), search.as_str()), office.now());
    let (_, changed) = reference::list_products(&mut tx, &rules, now, caller.actor(), of).await?;
    tx.commit().await?;
    office.wake();
    Ok(Json(shown(&rules, &changed, Vec::new())))
}

/// The figure tables: targets, fixed baselines, forecasts.
#[utoipa::path(get, path = "/api/v1/figures", tag = "reference data",
    responses((status = 200, body = Vec<Named>), ApiError))]
pub async fn figure_tables(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<Named>>, ApiError> {
    names(&api, ReferenceTable::Figures, params).await
}

/// The figures of a table, by partner, period, group and day.
#[utoipa::path(get, path = "/api/v1/figures/{table}", tag = "reference data",
    params(
        ("table" = String, Path, description = "The table's name, as programs write it."),
        ("partner" = Option<String>, Query, description = "Only those of this partner."),
        ("search" = Option<String>, Query, description = "Part of a partner, period or group."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Kept<Figure>>), ApiError))]
pub async fn figures(
    State(api): State<Api>,
    Path(table): Path<String>,
    params: Params,
) -> Result<Json<PageOf<Kept<Figure>>>, ApiError> {
    page(&api, (ReferenceTable::Figures, Some(table)), params, shown_figure).await
}

/// Adds or changes figures. Awards that compare with the table are evaluated anew.
#[utoipa::path(put, path = "/api/v1/figures/{table}", tag = "reference data",
    params(("table" = String, Path, description = "The table's name, as programs write it.")),
    request_body = NewEntries,
    responses((status = 200, body = ReferenceChanged), ApiError))]
pub async fn put_figures(
    State(api): State<Api>,
    caller: Caller,
    Path(table): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferenceChanged>, ApiError> {
    params.end()?;
    let body = json(&headers, body).await?;
    save(&api, &caller, (ReferenceTable::Figures, &table), &body).await
}

/// The price lists.
#[utoipa::path(get, path = "/api/v1/prices", tag = "reference data",
    responses((status = 200, body = Vec<Named>), ApiError))]
pub async fn price_lists(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<Named>>, ApiError> {
    names(&api, ReferenceTable::Prices, params).await
}

/// The prices of a list, by product and day.
#[utoipa::path(get, path = "/api/v1/prices/{list}", tag = "reference data",
    params(
        ("list" = String, Path, description = "The list's name, as programs write it."),
        ("search" = Option<String>, Query, description = "Part of a product's code."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Kept<Priced>>), ApiError))]
pub async fn prices(
    State(api): State<Api>,
    Path(list): Path<String>,
    params: Params,
) -> Result<Json<PageOf<Kept<Priced>>>, ApiError> {
    page(&api, (ReferenceTable::Prices, Some(list)), params, shown_price).await
}

/// Adds or changes prices. Facts that waited for one count from then on.
#[utoipa::path(put, path = "/api/v1/prices/{list}", tag = "reference data",
    params(("list" = String, Path, description = "The list's name, as programs write it.")),
    request_body = NewEntries,
    responses((status = 200, body = ReferenceChanged), ApiError))]
pub async fn put_prices(
    State(api): State<Api>,
    caller: Caller,
    Path(list): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferenceChanged>, ApiError> {
    params.end()?;
    let body = json(&headers, body).await?;
    save(&api, &caller, (ReferenceTable::Prices, &list), &body).await
}

/// The holidays of banks, by country and day.
#[utoipa::path(get, path = "/api/v1/bank-holidays", tag = "reference data",
    params(
        ("search" = Option<String>, Query, description = "Part of a country or a name."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Kept<Holiday>>), ApiError))]
pub async fn bank_holidays(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<PageOf<Kept<Holiday>>>, ApiError> {
    page(&api, (ReferenceTable::BankHolidays, None), params, shown_holiday).await
}

/// Adds, renames or removes holidays of banks. Payment files made from then on leave them out.
#[utoipa::path(put, path = "/api/v1/bank-holidays", tag = "reference data",
    request_body = NewEntries,
    responses((status = 200, body = ReferenceChanged), ApiError))]
pub async fn put_bank_holidays(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferenceChanged>, ApiError> {
    params.end()?;
    let body = json(&headers, body).await?;
    save(&api, &caller, (ReferenceTable::BankHolidays, ""), &body).await
}

/// Adds, changes and removes the entries of a body.
async fn save(
    api: &Api,
    caller: &Caller,
    of: (ReferenceTable, &str),
    body: &Value,
) -> Result<Json<ReferenceChanged>, ApiError> {
    let entries = entries(body, of)?;
    let office = api.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let directory = office.master(&mut tx).await?;
    let (mut added, mut gone, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
    for (row, (entry, remove)) in (1..).zip(entries) {
        match unknown_code(&directory, entry.said()) {
            // What nobody knows any more may still go.
            _ if remove => gone.push(entry.said().clone()),
            Some((reason, field, code)) => {
                let field = field.to_string();
                let said = reason.sentence(Some(&field), &code, caller.language());
                rejected.push(RejectedEntry { row, reason: reason.code(), detail: said });
            }
            None => added.push(entry),
        }
    }
    let (now, actor) = (office.now(), caller.actor());
    let mut changed = reference::put(&mut tx, &rules, now, actor, added).await?;
    if !gone.is_empty() {
        let without = reference::remove(&mut tx, &rules, now, actor, gone).await?;
        changed.removed = without.removed;
        changed.measured.extend(without.measured);
        changed.marked.extend(without.marked);
    }
    tx.commit().await?;
    office.wake();
    Ok(Json(shown(&rules, &changed, rejected)))
}

fn shown(
    rules: &engine::rules::Rules,
    changed: &Changed,
    rejected: Vec<RejectedEntry>,
) -> ReferenceChanged {
    let codes = |ids: &[i64]| {
        let places = ids.iter().filter_map(|id| rules.position(*id));
        let mut codes: Vec<String> = places.map(|at| rules.plans[at].code.to_string()).collect();
        codes.sort();
        codes.dedup();
        codes
    };
    ReferenceChanged {
        created: changed.count(Became::Created),
        changed: changed.count(Became::Changed),
        unchanged: changed.count(Became::Unchanged),
        removed: changed.removed,
        rejected,
        measured: codes(&changed.measured),
        evaluated: codes(&changed.marked),
    }
}
