//! Promotions: what runs and what it gave, whom, and what one partner may take part in.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use domain::code::PartnerCode;
use domain::wallet::{Ends, Enrol, GivenAs, Left, PromotionLimits, Taken};
use engine::views::loyalty::promotions::{
    self as views, EnrolledPartner, PartnerPromotion, PartnerTaken, Paying, PromotionRow,
};
use engine::wallets::{self, Answer};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{self, PageOf};
use super::problem::{ApiError, Fault};
use super::{Api, Routes, wallets as lines};
use crate::i18n::Lang;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/promotions", get(list));
    routes.add(Verb::Get, "/api/v1/promotions/{code}", get(one));
    routes.add(Verb::Get, "/api/v1/promotions/{code}/partners", get(partners));
    routes.add(Verb::Get, "/api/v1/promotions/{code}/partners/{partner}", get(uses));
    routes.add(Verb::Get, "/api/v1/promotions/{code}/enrolments", get(enrolments).post(enrol));
    routes.add(Verb::Post, "/api/v1/promotions/{code}/enrolments/end", post(leave));
    routes.add(Verb::Get, "/api/v1/partners/{code}/promotions", get(of_partner));
}

/// A promotion, with what it gave so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionShown {
    pub promotion: String,
    pub wallet: String,
    pub names: BTreeMap<String, String>,
    pub descriptions: BTreeMap<String, String>,
    /// `draft`, `running`, `over` or `cancelled`.
    pub status: &'static str,
    /// By the clocks of the wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<String>,
    /// The last day, or from when on it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// `automatic` or `required`.
    pub enrol: &'static str,
    /// Who may take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    pub pays: Vec<PaysShown>,
    pub limits: LimitsShown,
    /// The last use is cut to what a limit leaves; if not, it is refused.
    pub cut: bool,
    pub given: GivenShown,
    pub left: LeftShown,
    /// Partners who said last that they take part.
    pub enrolled: u64,
    /// Partners who left.
    pub left_it: u64,
    /// Awards that were given less than they are, by reason.
    pub refused: BTreeMap<&'static str, u64>,
}

/// A term that pays under a promotion.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaysShown {
    pub program: String,
    pub term: String,
    /// `points`, `voucher` or `badge`.
    pub gives: &'static str,
    pub unit: String,
    /// It pays for what was done over a period, not for each fact.
    pub is_goal: bool,
}

/// What a promotion gives at most.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitsShown {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses_per_partner: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points_per_partner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouchers: Option<u32>,
    /// Money, at what it costs the vendor. Not for partners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liability: Option<String>,
}

/// What was given, less what was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenShown {
    pub uses: u32,
    pub points: String,
    pub vouchers: String,
    /// At what it costs the vendor. Not for partners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liability: Option<String>,
}

/// What limits leave; what has no limit is left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftShown {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouchers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liability: Option<String>,
}

/// Whether what something costs the vendor is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Costs {
    Told,
    Kept,
}

impl Costs {
    fn of(self, amount: Option<Decimal>) -> Option<String> {
        amount.filter(|_| self == Costs::Told).map(text)
    }
}

fn text(amount: Decimal) -> String {
    amount.normalize().to_string()
}

fn given(of: &Taken, costs: Costs) -> GivenShown {
    GivenShown {
        uses: of.uses,
        points: text(of.points),
        vouchers: text(of.vouchers),
        liability: costs.of(Some(of.liability)),
    }
}

fn left(of: &Left, costs: Costs) -> LeftShown {
    LeftShown {
        uses: of.uses.map(text),
        points: of.points.map(text),
        vouchers: of.vouchers.map(text),
        liability: costs.of(of.liability),
    }
}

fn limits(of: &PromotionLimits, costs: Costs) -> LimitsShown {
    LimitsShown {
        uses: of.uses,
        uses_per_partner: of.uses_per_partner,
        points: of.points.map(text),
        points_per_partner: of.points_per_partner.map(text),
        vouchers: of.vouchers,
        liability: costs.of(of.liability),
    }
}

fn pays(of: &Paying) -> PaysShown {
    let reward = &of.term.reward;
    PaysShown {
        program: of.program.code.to_string(),
        term: of.term.code.to_string(),
        gives: match reward {
            domain::program::Reward::Voucher(_) => "voucher",
            domain::program::Reward::Badge(_) => "badge",
            _ => "points",
        },
        unit: reward.code().to_owned(),
        is_goal: of.is_goal(),
    }
}

fn ends(of: Ends) -> Option<String> {
    match of {
        Ends::After(day) => Some(day.to_string()),
        Ends::At(moment) => Some(moment.to_string()),
        Ends::Never => None,
    }
}

fn shown(row: &PromotionRow, costs: Costs) -> PromotionShown {
    let of = &row.of;
    PromotionShown {
        promotion: of.code.to_string(),
        wallet: row.wallet.clone(),
        names: of.name.clone(),
        descriptions: of.description.clone(),
        status: row.state.word(),
        starts: of.starts.map(|at| at.to_string()),
        ends: ends(of.ends),
        enrol: match of.enrol {
            Enrol::Automatic => "automatic",
            Enrol::Required => "required",
        },
        when: of.when.as_ref().map(|when| when.text().to_owned()),
        pays: row.pays.iter().map(pays).collect(),
        limits: limits(&of.limits, costs),
        cut: of.cut,
        given: given(&row.taken, costs),
        left: left(&row.left, costs),
        enrolled: row.enrolled,
        left_it: row.gone,
        refused: row.refused.iter().map(|(why, times)| (why.word(), *times)).collect(),
    }
}

/// The promotions of the wallets that act: those that run first, then what comes, then what is over.
#[utoipa::path(get, path = "/api/v1/promotions", tag = "promotions",
    params(("status" = Option<String>, Query, description = "`draft`, `running`, `over` or `cancelled`.")),
    responses((status = 200, body = Vec<PromotionShown>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<Vec<PromotionShown>>, ApiError> {
    let words = ["draft", "running", "over", "cancelled"];
    let known = |word: &str| words.contains(&word).then(|| word.to_owned());
    let status = params.word("status", known, &words);
    params.end()?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let rows = views::list(&mut reader, &rules, &master, now).await?;
    let is_asked =
        |row: &&PromotionRow| status.as_ref().is_none_or(|status| status == row.state.word());
    Ok(Json(rows.iter().filter(is_asked).map(|row| shown(row, Costs::Told)).collect()))
}

/// Everything about a promotion.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionWhole {
    #[serde(flatten)]
    pub promotion: PromotionShown,
    /// By the day that awards count for, days without any left out.
    pub days: Vec<DayShown>,
    /// How many partners were given anything.
    pub partners: u64,
    /// Those who were given most.
    pub top: Vec<PartnerGiven>,
    /// The newest awards that were refused or cut.
    pub newest_refused: Vec<RefusedShown>,
}

/// What was given for a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayShown {
    pub day: String,
    #[serde(flatten)]
    pub given: GivenShown,
}

/// What a partner was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerGiven {
    pub partner: String,
    #[serde(flatten)]
    pub given: GivenShown,
}

/// An award that a promotion refused or cut.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedShown {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// The fact, or `program/term/period`.
    pub award: String,
    pub on: String,
    pub asked: String,
    pub given: String,
    #[schema(example = "limit_total")]
    pub code: &'static str,
    pub detail: &'static str,
}

fn given_to(of: PartnerTaken) -> PartnerGiven {
    PartnerGiven { partner: of.partner, given: given(&of.taken, Costs::Told) }
}

/// A promotion with what it gave by day, to whom most, and what it refused.
#[utoipa::path(get, path = "/api/v1/promotions/{code}", tag = "promotions",
    params(("code" = String, Path, description = "The promotion's code.")),
    responses((status = 200, body = PromotionWhole), ApiError))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<PromotionWhole>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let page = views::page(&mut reader, &rules, &master, now, &code).await?;
    let page = page.ok_or(ApiError::NotFound)?;
    let days = page
        .days
        .iter()
        .map(|(day, taken)| DayShown { day: day.to_string(), given: given(taken, Costs::Told) });
    let refused = page.refused.iter().map(|of| RefusedShown {
        partner: of.partner.as_ref().map(ToString::to_string),
        award: of.award.to_string(),
        on: of.on.to_string(),
        asked: text(of.asked),
        given: text(of.given),
        code: of.refusal.word(),
        detail: lines::detail(of.refusal, caller.lang()),
    });
    Ok(Json(PromotionWhole {
        promotion: shown(&page.row, Costs::Told),
        days: days.collect(),
        partners: page.partners,
        newest_refused: refused.collect(),
        top: page.top.into_iter().map(given_to).collect(),
    }))
}

/// The partners that a promotion gave something, in the order of their codes. What became a part of
/// another membership stands under its own code.
#[utoipa::path(get, path = "/api/v1/promotions/{code}/partners", tag = "promotions",
    params(
        ("code" = String, Path, description = "The promotion's code."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = PageOf<PartnerGiven>), ApiError))]
pub async fn partners(
    State(api): State<Api>,
    Path(code): Path<String>,
    mut params: Params,
) -> Result<Json<PageOf<PartnerGiven>>, ApiError> {
    let (after, limit) = paging::after(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let found = views::partners(&mut reader, &rules, &code, (&after, limit)).await?;
    let found = found.ok_or(ApiError::NotFound)?;
    let last = found.last().map(|last| last.partner.clone());
    let items = found.into_iter().map(given_to).collect();
    Ok(Json(paging::page_after(items, last, limit)))
}

/// One use of a promotion: an award, or a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct UseShown {
    /// The fact, `program/term/period`, or the key of the line.
    pub award: String,
    /// When it happened, by the clocks of the wallet.
    pub on: String,
    /// `points`, `vouchers`, `badge`.
    pub given_as: &'static str,
    pub asked: String,
    pub given: String,
    /// Why the promotion did not give more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "limit_partner")]
    pub code: Option<&'static str>,
}

/// The newest 500 uses of a promotion by one partner, one by one.
#[utoipa::path(get, path = "/api/v1/promotions/{code}/partners/{partner}", tag = "promotions",
    params(
        ("code" = String, Path, description = "The promotion's code."),
        ("partner" = String, Path, description = "The partner's code."),
    ),
    responses((status = 200, body = Vec<UseShown>), ApiError))]
pub async fn uses(
    State(api): State<Api>,
    Path((code, partner)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Vec<UseShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    master.partner_id(&partner).ok_or(ApiError::NotFound)?;
    let partner = PartnerCode::new(&partner);
    let found = views::uses_of(&mut reader, &rules, (&code, &partner)).await?;
    let shown = found.ok_or(ApiError::NotFound)?.into_iter().map(|it| UseShown {
        award: it.award.to_string(),
        on: it.on.to_string(),
        given_as: match it.given_as {
            GivenAs::Points => "points",
            GivenAs::Vouchers => "vouchers",
            GivenAs::Badge => "badge",
        },
        asked: it.asked.normalize().to_string(),
        given: it.given.normalize().to_string(),
        code: it.refused.map(domain::wallet::Refusal::word),
    });
    Ok(Json(shown.collect()))
}

/// What a partner said last.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentShown {
    pub partner: String,
    /// By the clocks of the wallet.
    pub since: String,
    pub takes_part: bool,
}

/// Who enrolled for a promotion or left it, in the order of codes.
#[utoipa::path(get, path = "/api/v1/promotions/{code}/enrolments", tag = "promotions",
    params(
        ("code" = String, Path, description = "The promotion's code."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = PageOf<EnrolmentShown>), ApiError))]
pub async fn enrolments(
    State(api): State<Api>,
    Path(code): Path<String>,
    mut params: Params,
) -> Result<Json<PageOf<EnrolmentShown>>, ApiError> {
    let (after, limit) = paging::after(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let found = views::enrolled(&mut reader, &rules, &code, (&after, limit)).await?;
    let found = found.ok_or(ApiError::NotFound)?;
    let last = found.last().map(|last| last.partner.clone());
    let shown = |of: EnrolledPartner| EnrolmentShown {
        partner: of.partner,
        since: of.since.to_string(),
        takes_part: of.takes_part,
    };
    let items = found.into_iter().map(shown).collect();
    Ok(Json(paging::page_after(items, last, limit)))
}

/// Who enrols or leaves.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewEnrolment {
    /// A partner's code; may be left out by a token of a partner.
    partner: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentTaken {
    pub promotion: String,
    pub partner: String,
    pub takes_part: bool,
    /// `taken`, `known` if it was so before, or `refused`.
    pub result: &'static str,
    /// Why it was refused, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Why it was refused and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
}

/// A partner takes part from now on. Said again it changes nothing. A token of a partner enrols that
/// partner.
#[utoipa::path(post, path = "/api/v1/promotions/{code}/enrolments", tag = "promotions",
    params(("code" = String, Path, description = "The promotion's code.")),
    request_body = NewEnrolment,
    responses((status = 200, body = EnrolmentTaken), ApiError))]
pub async fn enrol(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EnrolmentTaken>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    say(&api, &caller, (&code, true), &sent).await
}

/// A partner does not take part any more; what it was given stays. Said again it changes nothing.
#[utoipa::path(post, path = "/api/v1/promotions/{code}/enrolments/end", tag = "promotions",
    params(("code" = String, Path, description = "The promotion's code.")),
    request_body = NewEnrolment,
    responses((status = 200, body = EnrolmentTaken), ApiError))]
pub async fn leave(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EnrolmentTaken>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    say(&api, &caller, (&code, false), &sent).await
}

async fn say(
    api: &Api,
    caller: &Caller,
    (code, takes_part): (&str, bool),
    sent: &serde_json::Value,
) -> Result<Json<EnrolmentTaken>, ApiError> {
    let mut faults = Vec::new();
    let mut named = None;
    if let Some(mut fields) = Fields::of(sent, String::new(), &mut faults) {
        named = fields.text("partner", &mut faults);
        if named.is_none() && caller.partner().is_none() {
            faults.push(Fault::in_body("/partner", "missing", "`partner` is missing"));
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    let office = api.office();
    let now = office.now();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let master = office.master(&mut tx).await?;
    views::wallet_of(&rules, code).ok_or(ApiError::NotFound)?;
    let id = match &named {
        Some(named) => master.partner_id(named),
        None => caller.partner(),
    };
    let id = id.filter(|id| caller.actor().sees(*id)).ok_or(ApiError::NotFound)?;
    let partner = master.partner_code(id).ok_or(ApiError::NotFound)?.clone();
    let (line, refused) = match wallets::take_part(
        &mut tx,
        (&rules, &master),
        (caller.actor(), now),
        (code, &partner, takes_part),
    )
    .await?
    {
        None => ("known", None),
        Some(Answer::Refused(why)) => ("refused", Some(why)),
        Some(Answer::Taken(_) | Answer::Known) => ("taken", None),
    };
    tx.commit().await?;
    office.tell(engine::office::Live::Wallet(id));
    Ok(Json(EnrolmentTaken {
        promotion: code.to_owned(),
        partner: partner.to_string(),
        takes_part: takes_part && refused.is_none(),
        result: line,
        code: refused.map(domain::wallet::Refusal::word),
        detail: refused.map(|why| lines::detail(why, caller.lang())),
    }))
}

/// A promotion as one partner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerPromotionShown {
    pub promotion: String,
    pub names: BTreeMap<String, String>,
    pub descriptions: BTreeMap<String, String>,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    pub enrol: &'static str,
    /// `enrolled`, `open` to it if it says so, or `not_eligible`.
    pub eligibility: &'static str,
    /// Conditions that do not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<String>,
    /// Why an award of now would be given nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
    pub pays: Vec<PaysShown>,
    /// What the partner was given.
    pub given: GivenShown,
    /// What is left for all.
    pub left: LeftShown,
    /// What is left for this partner by its own limits.
    pub left_for_partner: LeftShown,
    /// How far it is on the way to goals.
    pub progress: Vec<ProgressShown>,
}

/// How far a partner is in a term with a goal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressShown {
    pub program: String,
    pub term: String,
    pub period: String,
    /// What counted so far.
    pub done: String,
    /// The next goal, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// What is missing to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What was earned so far.
    pub earned: String,
}

fn shown_to_partner(of: &PartnerPromotion, costs: Costs, lang: Lang) -> PartnerPromotionShown {
    let PromotionShown {
        promotion, names, descriptions, status, starts, ends, enrol, pays, ..
    } = shown(&of.row, costs);
    let progress = of.standings.iter().map(|at| ProgressShown {
        program: at.of.program.clone(),
        term: at.of.term.clone(),
        period: at.of.period.clone(),
        done: text(at.qualifier_total),
        goal: at.next.as_ref().and_then(|next| next.opens).map(text),
        missing: at.next.as_ref().and_then(|next| next.gap).map(text),
        earned: text(at.earned),
    });
    PartnerPromotionShown {
        promotion,
        names,
        descriptions,
        status,
        starts,
        ends,
        enrol,
        eligibility: of.eligibility().word(),
        lacks: of.stance.lacks.iter().map(|part| part.text().to_owned()).collect(),
        code: of.stance.refusal.map(domain::wallet::Refusal::word),
        detail: of.stance.refusal.map(|why| lines::detail(why, lang)),
        pays,
        given: given(&of.stance.taken, costs),
        left: left(&of.row.left, costs),
        left_for_partner: left(&of.stance.left, costs),
        progress: progress.collect(),
    }
}

/// The promotions that run or come, and those that gave a partner something: whether it may take
/// part and does, why not, what it was given, and how far it is on the way to goals.
#[utoipa::path(get, path = "/api/v1/partners/{code}/promotions", tag = "promotions",
    params(("code" = String, Path, description = "The partner's code.")),
    responses((status = 200, body = Vec<PartnerPromotionShown>), ApiError))]
pub async fn of_partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<PartnerPromotionShown>>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).ok_or(ApiError::NotFound)?;
    if !caller.actor().sees(id) {
        return Err(ApiError::NotFound);
    }
    let costs = if caller.partner().is_none() { Costs::Told } else { Costs::Kept };
    let lang = caller.lang();
    let partner = PartnerCode::new(&code);
    let all = views::of_partner(&mut reader, &rules, &master, now, &partner).await?;
    Ok(Json(all.iter().map(|of| shown_to_partner(of, costs, lang)).collect()))
}
