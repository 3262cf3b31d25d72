//! Statements.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use domain::explain::Lang;
use engine::access::Viewer;
use engine::papers::run;
use engine::papers::statement::{self, SignedOff, StatementRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::awards::{money, visible_partner};
use crate::api::guard::Caller;
use crate::api::input::Params;
use crate::api::matrix::Verb;
use crate::api::paging::{PageOf, Part};
use crate::api::payouts::{Comment, comment};
use crate::api::problem::ApiError;
use crate::api::{Api, Routes};
use crate::console::routes::statements::{drawn, file};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/statements", get(statements));
    routes.add(Verb::Post, "/api/v1/statements", post(issue));
    routes.add(Verb::Get, "/api/v1/statements/{id}", get(one));
    routes.add(Verb::Get, "/api/v1/statements/{id}/{paper}", get(paper));
    routes.add(Verb::Post, "/api/v1/statements/{id}/void", post(void));
    routes.add(Verb::Post, "/api/v1/statements/{id}/agree", post(agree));
}

/// What a partner is paid, as a paper that was handed out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement {
    #[schema(example = "stm_0198c5d2a4b87c7e9f00a1b2c3d4e5f6")]
    pub id: String,
    #[schema(example = "ST-2026-000042")]
    pub number: String,
    pub partner: String,
    pub from: String,
    /// The last day.
    pub to: String,
    pub due: String,
    /// Currency of the amounts.
    pub unit: String,
    pub net: String,
    pub tax: String,
    /// net + tax.
    pub total: String,
    /// `issued`, `filed` in a payment file, `paid`, `void`; `credited` by a credit note, `claimed`
    /// by a demand, `received`.
    pub status: &'static str,
    pub issued_at: String,
    /// When its partner agreed to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_at: Option<String>,
}

/// A partner is told what it gets, not which file it is in.
fn shown(row: &StatementRow, viewer: Viewer, agreed: &Agreed) -> Statement {
    let is_partner = viewer != Viewer::Vendor;
    Statement {
        id: row.public_id.clone(),
        number: row.number.clone(),
        partner: row.partner_code.clone(),
        from: row.from.to_string(),
        to: row.to.to_string(),
        due: row.due.to_string(),
        unit: row.unit.clone(),
        net: money(row.net, &row.unit),
        tax: money(row.tax, &row.unit),
        total: money(row.total, &row.unit),
        status: if is_partner && row.status == "filed" { "issued" } else { row.status },
        issued_at: row.issued_at.to_string(),
        agreed_at: agreed.get(&row.statement_id).map(|one| one.at.to_string()),
    }
}

/// What was agreed to, by statement.
type Agreed = std::collections::HashMap<i64, SignedOff>;

/// Of more statements than this a filter has to be given.
const ROWS_READ_MAX: i64 = 100_000;

/// Statements, newest first.
#[utoipa::path(get, path = "/api/v1/statements", tag = "papers",
    params(
        ("partner" = Option<String>, Query, description = "A partner's code."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Statement>), ApiError))]
pub async fn statements(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<Statement>>, ApiError> {
    let partner = params.text("partner");
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let partner = visible_partner(&caller, &master, partner.as_deref())?;
    let viewer = Viewer::of(caller.partner());
    let rows = statement::list(&mut reader, viewer, partner, ROWS_READ_MAX).await?;
    let agreed = statement::agreements(&mut reader, partner).await?;
    Ok(Json(part.cut(rows, |row| shown(&row, viewer, &agreed))))
}

/// Issues statements over all approved payouts that are on none, one for each partner and currency.
#[utoipa::path(post, path = "/api/v1/statements", tag = "papers",
    responses((status = 200, body = [Statement]), ApiError))]
pub async fn issue(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
) -> Result<Json<Vec<Statement>>, ApiError> {
    params.end()?;
    let issued = run::state_all(api.office(), caller.actor(), (None, None)).await?;
    Ok(Json(issued.iter().map(|row| shown(row, Viewer::Vendor, &Agreed::new())).collect()))
}

/// A statement, by id or number.
#[utoipa::path(get, path = "/api/v1/statements/{id}", tag = "papers",
    params(("id" = String, Path, description = "The statement's id or number.")),
    responses((status = 200, body = Statement), ApiError))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Statement>, ApiError> {
    params.end()?;
    let viewer = Viewer::of(caller.partner());
    let mut reader = api.office().db().read().await?;
    let row = statement::row(&mut reader, viewer, &id).await?.ok_or(ApiError::NotFound)?;
    let agreed = statement::agreements(&mut reader, Some(row.partner_id)).await?;
    Ok(Json(shown(&row, viewer, &agreed)))
}

/// A statement as PDF or XLSX, in Japanese or English.
#[utoipa::path(get, path = "/api/v1/statements/{id}/{paper}", tag = "papers",
    params(
        ("id" = String, Path, description = "The statement's id or number."),
        ("paper" = String, Path, description = "`ja.pdf`, `en.pdf`, `ja.xlsx` or `en.xlsx`."),
    ),
    responses((status = 200, description = "The file.", body = Vec<u8>,
        content_type = "application/octet-stream"), ApiError))]
pub async fn paper(
    State(api): State<Api>,
    caller: Caller,
    Path((id, paper)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    params.end()?;
    let viewer = Viewer::of(caller.partner());
    let mut reader = api.office().db().read().await?;
    let row = statement::row(&mut reader, viewer, &id).await?.ok_or(ApiError::NotFound)?;
    let content = statement::load(&mut reader, &row).await?;
    drop(reader);
    let (lang, kind) = paper.split_once('.').ok_or(ApiError::NotFound)?;
    let lang = match lang {
        "ja" => Lang::Ja,
        "en" => Lang::En,
        _ => return Err(ApiError::NotFound),
    };
    let bytes = drawn(&content, lang, kind).ok_or(ApiError::NotFound)?;
    let bytes = bytes.map_err(|what| ApiError::Conflict { what })?;
    Ok(file(&format!("{}-{}.{kind}", row.number, lang.tag()), bytes))
}

/// Makes a statement void that is in no payment file; its payouts can be stated anew.
#[utoipa::path(post, path = "/api/v1/statements/{id}/void", tag = "papers",
    params(("id" = String, Path, description = "The statement's id or number.")),
    responses((status = 200, body = Statement), ApiError))]
pub async fn void(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Statement>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = statement::void(&mut tx, caller.actor(), now, &id).await?;
    tx.commit().await?;
    Ok(Json(shown(&row, Viewer::Vendor, &Agreed::new())))
}

/// Agrees to a statement in the name of the partner that the token is bound to. Refused while one of
/// its payouts is disputed.
#[utoipa::path(post, path = "/api/v1/statements/{id}/agree", tag = "papers",
    params(("id" = String, Path, description = "The statement's id or number.")),
    request_body = Option<Comment>,
    responses((status = 200, body = Statement), ApiError))]
pub async fn agree(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Statement>, ApiError> {
    params.end()?;
    let said = comment(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = statement::agree(&mut tx, caller.actor(), now, &id, said.as_deref()).await?;
    let agreed = statement::agreements(&mut tx, Some(row.partner_id)).await?;
    tx.commit().await?;
    Ok(Json(shown(&row, Viewer::of(caller.partner()), &agreed)))
}
