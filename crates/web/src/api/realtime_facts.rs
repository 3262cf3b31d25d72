//! Facts that are answered with everything they did: what was earned, points, tiers, vouchers,
//! badges.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use domain::wallet::{Line, List};
use engine::realtime::{self, Moved};
use engine::rules::Rules;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::facts::FactAnswer;
use super::guard::Caller;
use super::input::{self, Params};
use super::matrix::Verb;
use super::problem::ApiError;
use super::rows::{self, Row};
use super::wallets::{Posted, detail, written};
use super::{Api, Routes, facts};
use crate::i18n::Lang;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Post, "/api/v1/realtime/facts", post(realtime_facts));
}

/// Facts with everything they did.
#[derive(Debug, Serialize, ToSchema)]
pub struct RealtimeTaken {
    pub accepted: i64,
    /// There before, just so.
    pub known: i64,
    pub rejected: i64,
    pub simulated: bool,
    /// One for each fact, in order.
    pub rows: Vec<FactAnswer>,
    /// What happened to each partner that they name.
    pub partners: Vec<PartnerMoved>,
    /// What each fact moved by itself, in order; what several of them brought together stands with
    /// the partner alone.
    pub facts: Vec<FactMoved>,
}

/// What one fact moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactMoved {
    pub key: String,
    pub partner: String,
    /// Of what the partner's `moved` says, what names this fact.
    pub moved: Vec<MovedShown>,
    /// Games that it paid plays of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub games: Vec<PlaysGiven>,
}

/// Plays of a game that a fact paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaysGiven {
    pub wallet: String,
    pub game: String,
    /// Whole plays that the credit pays for.
    pub plays: String,
}

/// What happened to a partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerMoved {
    pub partner: String,
    /// Money accrued and points credited, taken back, expired.
    pub moved: Vec<MovedShown>,
    /// Tiers, benefits, vouchers and badges that are new or other than before.
    #[schema(value_type = Object)]
    pub changed: Value,
    /// What a promotion did not give.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<NotGiven>,
    /// Balances and tiers with what is missing to the next one, in the words of `tokuten try`.
    #[schema(value_type = Object)]
    pub now: Value,
}

/// What a promotion did not give, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotGiven {
    pub promotion: String,
    /// The fact, or `program/term/period`.
    pub award: String,
    #[schema(example = "limit_total")]
    pub code: &'static str,
    pub detail: &'static str,
}

/// A posting for a partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedShown {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    #[serde(flatten)]
    pub posted: Posted,
}

/// Takes facts in and says everything that happened: what was earned, points, tiers, vouchers,
/// badges.
///
/// The answer is given when all of it is on disk. With `simulate=true` nothing is kept.
#[utoipa::path(post, path = "/api/v1/realtime/facts", tag = "wallets",
    params(
        ("simulate" = Option<String>, Query, description = "`true` says what would happen, and keeps nothing."),
        ("source" = Option<String>, Query, description = "What people know the sender by; the token's name if left out."),
    ),
    request_body = Vec<facts::NewFact>,
    responses((status = 200, body = RealtimeTaken), ApiError))]
pub async fn realtime_facts(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RealtimeTaken>, ApiError> {
    let simulate = params.word("simulate", |word| word.parse::<bool>().ok(), &["true", "false"]);
    let name = params.text("source").unwrap_or_else(|| caller.token().name.clone());
    params.end()?;
    let simulate = simulate.unwrap_or(false);
    facts::counts_at_once(&api, &caller, None).await?;
    let kind = input::media_type(&headers);
    if kind != "application/json" {
        return Err(ApiError::MediaType { found: kind, expected: "`application/json`" });
    }
    let bytes = input::bytes(body, "BODY_BYTES_MAX", facts::BODY_BYTES_MAX).await?;
    let now = api.office().now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let rows = rows::of_json(&bytes, today)?;
    let (keys, rows): (Vec<String>, Vec<_>) =
        rows.into_iter().map(|Row { key, posted }| (key, posted)).unzip();
    let request = realtime::Request { name, actor: caller.actor().clone(), rows, simulate };
    let of = api.realtime().take(request).await?;
    let lang = caller.lang();
    let report = &of.report;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let rules = api.office().rules(&mut reader).await?;
    let sees = |partner: &str| master.partner_id(partner).is_some_and(|id| caller.actor().sees(id));
    let seen: Vec<realtime::Happened> =
        of.partners.into_iter().filter(|it| sees(&it.partner)).collect();
    Ok(Json(RealtimeTaken {
        accepted: report.counts.accepted,
        known: report.counts.known,
        rejected: report.counts.rejected,
        simulated: simulate,
        rows: facts::answers(report, &keys, caller.language()),
        facts: by_fact(&rules, &keys, &seen),
        partners: seen.into_iter().map(|it| moved(it, lang)).collect(),
    }))
}

/// What names each fact, for whom it moved something.
fn by_fact(rules: &Rules, keys: &[String], seen: &[realtime::Happened]) -> Vec<FactMoved> {
    let mut all = Vec::new();
    for key in keys {
        for of in seen {
            let own: Vec<&Moved> = of.moved.iter().filter(|it| it.cause == *key).collect();
            if own.is_empty() {
                continue;
            }
            all.push(FactMoved {
                key: key.clone(),
                partner: of.partner.clone(),
                games: plays(rules, &of.partner, &own),
                moved: own.into_iter().map(|it| posting(it.clone())).collect(),
            });
        }
    }
    all
}

/// Games whose price is in what a fact credited to somebody.
fn plays(rules: &Rules, partner: &str, moved: &[&Moved]) -> Vec<PlaysGiven> {
    let mut all = Vec::new();
    for of in &rules.wallets {
        for game in of.wallet.games.values() {
            let Some(price) = game.price.as_ref().filter(|it| Decimal::ZERO < it.price) else {
                continue;
            };
            let account = format!("open/{}/{partner}", price.points);
            let credited = moved.iter().filter(|it| it.credit == account).map(|it| it.amount);
            let taken = moved.iter().filter(|it| it.debit == account).map(|it| it.amount);
            let more = credited.sum::<Decimal>() - taken.sum::<Decimal>();
            let plays = more.checked_div(price.price).unwrap_or_default().floor();
            if Decimal::ZERO < plays {
                all.push(PlaysGiven {
                    wallet: of.code.clone(),
                    game: game.code.to_string(),
                    plays: plays.normalize().to_string(),
                });
            }
        }
    }
    all
}

fn posting(it: Moved) -> MovedShown {
    MovedShown {
        program: it.program,
        term: it.term,
        posted: Posted {
            cause: it.cause,
            unit: it.unit,
            debit: it.debit,
            credit: it.credit,
            amount: it.amount.normalize().to_string(),
        },
    }
}

fn moved(of: realtime::Happened, lang: Lang) -> PartnerMoved {
    let posted = of.moved.into_iter().map(posting);
    let refused = of.refused.into_iter().map(|(promotion, award, refusal)| NotGiven {
        promotion,
        award,
        code: refusal.word(),
        detail: detail(refusal, lang),
    });
    let refused = refused.collect();
    let is_standing = |line: &&Line| matches!(line.list, List::Balances | List::Tiers);
    PartnerMoved {
        partner: of.partner,
        moved: posted.collect(),
        changed: written(of.changed.iter()),
        refused,
        now: written(of.now.iter().filter(is_standing)),
    }
}
