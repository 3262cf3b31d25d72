//! Games: what can be won, plays that the server draws, and the draws of a day that is over.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use domain::code::PartnerCode;
use domain::wallet::{Prize, PrizeGives};
use engine::views::games::{self, GameShown, PrizeShown};
use engine::wallets::draws::{self, Checked, DrawRow, PlayAsk, Seal};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::problem::ApiError;
use super::wallets::{LineTaken, PartnerHas, has, told_of};
use super::{Api, Routes};

/// Draws of a page.
const DRAWS_MAX: i64 = 1_000;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/games", get(list));
    routes.add(Verb::Get, "/api/v1/games/{code}", get(one));
    routes.add(Verb::Post, "/api/v1/games/{code}/plays", post(play));
    routes.add(Verb::Get, "/api/v1/games/{code}/draws/{day}", get(draws_of_day));
}

/// A game, with the odds that hold and what is left.
#[derive(Debug, Serialize, ToSchema)]
pub struct Game {
    pub game: String,
    pub wallet: String,
    /// `scratch` or `wheel`.
    pub looks: &'static str,
    /// The point currency that a play is paid in, and how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// How often a partner may play on a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    pub prizes: Vec<GamePrize>,
    /// How often nothing is won, of all plays.
    #[schema(example = "0.35")]
    pub nothing: String,
    /// The newest days, with what is told of their seeds.
    pub days: Vec<GameDay>,
}

/// What can be won.
#[derive(Debug, Serialize, ToSchema)]
pub struct GamePrize {
    pub prize: String,
    /// Of all plays.
    #[schema(example = "0.05")]
    pub odds: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    pub won: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// `points`, `voucher`, `badge` or `goods`.
    pub gives: &'static str,
    /// The point currency, voucher, badge or product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
}

/// A day of a game.
#[derive(Debug, Serialize, ToSchema)]
pub struct GameDay {
    pub day: String,
    /// The SHA-256 hash of the seed, kept before the first play.
    pub commitment: String,
    /// The seed, once the day is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    pub draws: i64,
}

fn day(seal: &Seal) -> GameDay {
    GameDay {
        day: seal.day.to_string(),
        commitment: seal.commitment.clone(),
        seed: seal.seed.clone(),
        draws: seal.draws,
    }
}

fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

fn prize(of: &PrizeShown) -> GamePrize {
    let (gives, code, amount) = gives(&of.prize);
    GamePrize {
        prize: of.prize.code.to_string(),
        odds: number(of.prize.odds),
        limit: of.prize.limit,
        won: number(of.won),
        left: of.left.map(number),
        gives,
        code,
        amount,
    }
}

fn gives(prize: &Prize) -> (&'static str, Option<String>, Option<String>) {
    match &prize.gives {
        PrizeGives::Goods(product) => ("goods", product.clone(), None),
        PrizeGives::Points(unit, amount) => {
            ("points", Some(unit.to_string()), Some(number(*amount)))
        }
        PrizeGives::Voucher(code) => ("voucher", Some(code.to_string()), None),
        PrizeGives::Badge(code) => ("badge", Some(code.to_string()), None),
    }
}

fn game(of: &GameShown) -> Game {
    let price = of.game.price.as_ref();
    Game {
        game: of.game.code.to_string(),
        wallet: of.wallet.clone(),
        looks: of.game.looks.word(),
        points: price.map(|price| price.points.to_string()),
        price: price.map(|price| number(price.price)),
        per_day: of.game.per_day,
        prizes: of.prizes.iter().map(prize).collect(),
        nothing: number(of.nothing),
        days: of.seals.iter().map(day).collect(),
    }
}

/// The games that can be played, with their odds and what is left of each prize.
#[utoipa::path(get, path = "/api/v1/games", tag = "wallets",
    responses((status = 200, body = Vec<Game>), ApiError))]
pub async fn list(State(api): State<Api>, params: Params) -> Result<Json<Vec<Game>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let all = games::all(&mut reader, &rules, api.office().now()).await?;
    Ok(Json(all.iter().map(game).collect()))
}

/// One game.
#[utoipa::path(get, path = "/api/v1/games/{code}", tag = "wallets",
    params(("code" = String, Path, description = "The game's code.")),
    responses((status = 200, body = Game), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Game>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let found = games::one(&mut reader, &rules, api.office().now(), &code).await?;
    Ok(Json(game(&found.ok_or(ApiError::NotFound)?)))
}

/// A play as it is sent.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewPlay {
    /// Names the play: the same key again is the same play.
    key: String,
    /// Who plays. A token of a partner plays for that partner and may leave it out.
    partner: Option<String>,
}

/// What came of a play.
#[derive(Debug, Serialize, ToSchema)]
pub struct Played {
    /// `taken`, `known` or `refused`, with everything that was posted.
    #[serde(flatten)]
    pub line: LineTaken,
    pub game: String,
    pub partner: String,
    /// What was won; left out where it was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prize: Option<String>,
    /// From 0 up to but not 1; left out where the play was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<String>,
    /// The day of its seed, and its number on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    /// What the partner has after it, in the words of `tokuten try`.
    pub partners: Vec<PartnerHas>,
}

/// Plays a game: the server draws.
///
/// The draw follows from the seed of the day, to which the server has committed, and from the number
/// and the key of the play. The same key again is answered with the same play.
#[utoipa::path(post, path = "/api/v1/games/{code}/plays", tag = "wallets",
    params(("code" = String, Path, description = "The game's code.")),
    request_body = NewPlay,
    responses((status = 200, body = Played), ApiError))]
pub async fn play(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Played>, ApiError> {
    params.end()?;
    let mut faults = Vec::new();
    let sent = json(&headers, body).await?;
    let (mut key, mut named) = (None, None);
    if let Some(mut fields) = Fields::of(&sent, String::new(), &mut faults) {
        key = fields.needed("key", &mut faults);
        named = fields.text("partner", &mut faults);
        if caller.partner().is_none() {
            named = fields.needed("partner", &mut faults);
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    draws::game_of(&rules, &code).ok_or(ApiError::NotFound)?;
    let own = caller.partner().and_then(|id| master.partner_code(id)).cloned();
    let partner = match (own, named) {
        (Some(own), Some(named)) if *own.as_str() != *named => return Err(ApiError::NotFound),
        (Some(own), _) => own,
        (None, named) => PartnerCode::new(named.unwrap_or_default()),
    };
    let ask = PlayAsk {
        key: Arc::from(key.unwrap_or_default()),
        game: Arc::from(code.as_str()),
        partner: partner.clone(),
    };
    let by = (caller.actor(), now);
    let answer = draws::play(&mut tx, &rules, &master, by, &ask).await?;
    let only = BTreeSet::from([partner.clone()]);
    let partners = has(&mut tx, &rules, &master, (now, None), &only).await?;
    tx.commit().await?;
    api.office().wake();
    let drawn = answer.drawn;
    Ok(Json(Played {
        line: told_of(ask.key.to_string(), answer.answer, caller.lang()),
        game: code,
        partner: partner.to_string(),
        prize: drawn.as_ref().and_then(|it| Some(it.prize.as_ref()?.code.to_string())),
        draw: drawn.as_ref().map(|it| it.draw.to_string()),
        day: drawn.as_ref().map(|it| it.day.to_string()),
        number: drawn.as_ref().map(|it| it.number),
        commitment: drawn.map(|it| it.commitment),
        partners,
    }))
}

/// A day of a game, drawn again.
#[derive(Debug, Serialize, ToSchema)]
pub struct DrawsChecked {
    pub day: String,
    pub commitment: String,
    pub seed: String,
    /// Whether the seed fits its commitment, every draw follows from it, and no number is missing.
    pub holds: bool,
    pub draws: i64,
    pub wrong: Vec<i64>,
    pub missing: Vec<i64>,
    pub counts: Vec<DrawCount>,
    /// The sum of squared differences to the expected counts, each over the expected one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chi_square: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degrees_of_freedom: Option<usize>,
    pub rows: Vec<DrawShown>,
}

/// How often a prize was drawn, and how often its odds say.
#[derive(Debug, Serialize, ToSchema)]
pub struct DrawCount {
    /// Left out: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prize: Option<String>,
    pub expected: String,
    pub drawn: i64,
}

/// A draw.
#[derive(Debug, Serialize, ToSchema)]
pub struct DrawShown {
    pub number: i64,
    pub key: String,
    pub draw: String,
    /// The version of the wallet whose odds held.
    pub version: i64,
    pub recorded: String,
    /// What was won; left out where it was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prize: Option<String>,
    pub cancelled: bool,
}

fn drawn(row: DrawRow) -> DrawShown {
    let played = row.played.as_ref();
    DrawShown {
        number: row.number,
        key: row.key,
        draw: row.draw.to_string(),
        version: row.version,
        recorded: row.recorded.to_string(),
        prize: played.and_then(|played| played.prize.as_ref()).map(ToString::to_string),
        cancelled: played.is_some_and(|played| played.is_cancelled),
    }
}

fn checked(of: Checked, rows: Vec<DrawRow>) -> DrawsChecked {
    let chi = of.chi_square();
    let holds = of.holds();
    let count = |count: draws::Count| DrawCount {
        prize: count.prize,
        expected: number(count.expected),
        drawn: count.drawn,
    };
    DrawsChecked {
        day: of.day.to_string(),
        commitment: of.commitment,
        seed: of.seed,
        holds,
        draws: of.draws,
        wrong: of.wrong,
        missing: of.missing,
        counts: of.counts.into_iter().map(count).collect(),
        chi_square: chi.map(|(sum, _)| sum.to_string()),
        degrees_of_freedom: chi.map(|(_, free)| free),
        rows: rows.into_iter().map(drawn).collect(),
    }
}

/// All draws of a day that is over, done again and held against the odds. A day that is not over is
/// not there.
#[utoipa::path(get, path = "/api/v1/games/{code}/draws/{day}", tag = "wallets",
    params(
        ("code" = String, Path, description = "The game's code."),
        ("day" = String, Path, description = "The day, as 2026-04-01."),
        ("after" = Option<i64>, Query, description = "The `number` of the last row of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = DrawsChecked), ApiError))]
pub async fn draws_of_day(
    State(api): State<Api>,
    Path((code, day)): Path<(String, String)>,
    mut params: Params,
) -> Result<Json<DrawsChecked>, ApiError> {
    let after = params.number("after", (0, i64::MAX)).unwrap_or(0);
    let limit = params.number("limit", (1, DRAWS_MAX)).unwrap_or(100);
    params.end()?;
    let day = day.parse().map_err(|_| ApiError::NotFound)?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let (of, _) = draws::game_of(&rules, &code).ok_or(ApiError::NotFound)?;
    let today = of.wallet.time_zone.to_datetime(api.office().now()).date();
    let found = draws::check(&mut reader, of, &code, (day, today)).await?;
    let found = found.ok_or(ApiError::NotFound)?;
    let of_game = (of.wallet_id, code.as_str());
    let rows = draws::draws_of(&mut reader, of_game, day, (after, limit)).await?;
    Ok(Json(checked(found, rows)))
}
