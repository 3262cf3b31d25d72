//! Referrals: the code of a member, whom it invited, and what came of it.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use engine::catalog;
use engine::referrals::{self, Referral, ReferralError, Stage};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::problem::ApiError;
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/partners/{code}/referrals", get(of_partner).post(invite));
    routes.add(Verb::Post, "/api/v1/partners/{code}/referrals/register", post(register));
}

/// What a member brought.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReferralsShown {
    /// The member's own code; absent until it is asked for in the portal, or somebody is invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Who brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brought_by: Option<String>,
    pub referrals: Vec<ReferralShown>,
}

/// Somebody whom a member brings.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReferralShown {
    #[schema(example = "rfl_0198c5")]
    pub id: String,
    pub name: String,
    pub contact: String,
    /// `invited`, `registered` or `qualified`.
    pub stage: &'static str,
    /// The partner that came of it. Not for tokens of partners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualified: Option<String>,
}

fn shown(of: &Referral, partner: Option<String>) -> ReferralShown {
    let day = |stage: Stage| of.reached(stage).map(|day| day.to_string());
    ReferralShown {
        id: of.id.clone(),
        name: of.name.clone(),
        contact: of.contact.clone(),
        stage: of.stage().word(),
        partner,
        invited: day(Stage::Invited),
        registered: day(Stage::Registered),
        qualified: day(Stage::Qualified),
    }
}

/// The code of a member, who brought it, and whom it brings, the newest first.
#[utoipa::path(get, path = "/api/v1/partners/{code}/referrals", tag = "members",
    params(("code" = String, Path, description = "The partner's code.")),
    responses((status = 200, body = ReferralsShown), ApiError))]
pub async fn of_partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<ReferralsShown>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    let id = id.ok_or(ApiError::NotFound)?;
    let all = referrals::of_advocate(&mut reader, id).await?;
    // What a partner is called by the vendor is not for those who brought it.
    let named = |id: Option<i64>| {
        let code = id.filter(|_| caller.partner().is_none()).and_then(|id| master.partner_code(id));
        code.map(ToString::to_string)
    };
    let brought = referrals::of_friend(&mut reader, id).await?;
    Ok(Json(ReferralsShown {
        code: referrals::find_code(&mut reader, id).await?,
        brought_by: named(brought.map(|it| it.advocate_id)),
        referrals: all.iter().map(|it| shown(it, named(it.friend_id))).collect(),
    }))
}

/// Whom a member invites.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document describes it, and it is read field by field")]
pub struct NewInvitation {
    /// What the company or person is called.
    pub name: String,
    /// An address or number, for the member itself: the product writes to nobody.
    pub contact: Option<String>,
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReferralMade {
    pub id: String,
    /// The member's own code, to hand on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A member invites somebody.
#[utoipa::path(post, path = "/api/v1/partners/{code}/referrals", tag = "members",
    params(("code" = String, Path, description = "The partner's code.")),
    request_body = NewInvitation,
    responses((status = 200, body = ReferralMade), ApiError))]
pub async fn invite(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferralMade>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    let mut faults = Vec::new();
    let (mut name, mut contact) = (String::new(), String::new());
    if let Some(mut fields) = Fields::of(&sent, String::new(), &mut faults) {
        name = fields.needed("name", &mut faults).unwrap_or_default();
        contact = fields.text("contact", &mut faults).unwrap_or_default();
        fields.end(&mut faults);
    }
    done(faults)?;
    let office = api.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    let id = id.ok_or(ApiError::NotFound)?;
    let by = (caller.actor(), office.now());
    let made = referrals::invite(&mut tx, (&rules, &master), by, id, (&name, &contact)).await?;
    let code = referrals::find_code(&mut tx, id).await?;
    tx.commit().await?;
    office.wake();
    Ok(Json(ReferralMade { id: made, code }))
}

/// Whose code brought a partner.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document describes it, and it is read field by field")]
pub struct NewRegistration {
    /// The code of the member that brought it.
    pub code: String,
}

/// A partner says whose code brought it: once, and before it sells.
#[utoipa::path(post, path = "/api/v1/partners/{code}/referrals/register", tag = "members",
    params(("code" = String, Path, description = "The code of the partner that came.")),
    request_body = NewRegistration,
    responses((status = 200, body = ReferralMade), ApiError))]
pub async fn register(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferralMade>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    let mut faults = Vec::new();
    let mut by_code = String::new();
    if let Some(mut fields) = Fields::of(&sent, String::new(), &mut faults) {
        by_code = fields.needed("code", &mut faults).unwrap_or_default();
        fields.end(&mut faults);
    }
    done(faults)?;
    let office = api.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let friend = catalog::partner_by_code(&mut tx, &code).await?;
    let friend = friend.filter(|it| caller.actor().sees(it.partner_id));
    let friend = friend.ok_or(ApiError::NotFound)?;
    let by = (caller.actor(), office.now());
    let id = referrals::register(&mut tx, (&rules, &master), by, &by_code, &friend).await?;
    tx.commit().await?;
    office.wake();
    Ok(Json(ReferralMade { id, code: None }))
}

impl From<ReferralError> for ApiError {
    fn from(error: ReferralError) -> ApiError {
        match error {
            ReferralError::Db(error) => ApiError::Db(error),
            ReferralError::Rules(error) => error.into(),
            ReferralError::Access(source) => {
                ApiError::Broken { doing: "making a code", source: Box::new(source) }
            }
            ReferralError::UnknownCode { .. }
            | ReferralError::Oneself { .. }
            | ReferralError::Already { .. }
            | ReferralError::SoldBefore { .. }
            | ReferralError::TooMany => ApiError::Conflict { what: error.to_string() },
        }
    }
}
