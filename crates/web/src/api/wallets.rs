//! Wallets: their texts, what partners have in them, and lines that act on them.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use domain::code::PartnerCode;
use domain::wallet::{AskedLine, Command, Line, List, Refusal, Said, read_line};
use domain::yaml::Tree;
use engine::by_hand::{self, ByHandError};
use engine::catalog::MasterData;
use engine::db::Tx;
use engine::rules::Rules;
use engine::wallets::{self, Active, Answer, Ask, WalletError, WalletVersion};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::programs::ProgramText;
use super::{Api, Routes, programs};
use crate::i18n::Lang;

/// No batch has more lines.
const LINES_PER_BATCH_MAX: usize = 1_000;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/wallets", get(list).post(save));
    routes.add(Verb::Post, "/api/v1/wallets/check", post(check));
    routes.add(Verb::Get, "/api/v1/wallets/{code}", get(one));
    routes.add(Verb::Post, "/api/v1/wallets/{code}/activate", post(activate));
    routes.add(Verb::Post, "/api/v1/wallet-lines", post(act));
    routes.add(Verb::Get, "/api/v1/partners/{code}/wallets", get(of_partner));
}

/// A version of a wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalletShown {
    pub wallet: String,
    pub version: i64,
    /// `draft` or `active`; the newest active one acts.
    pub status: &'static str,
    pub created_by: String,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<String>,
    pub text: String,
}

fn shown(version: WalletVersion) -> WalletShown {
    WalletShown {
        wallet: version.code,
        version: version.version,
        status: version.status.word(),
        created_by: version.created_by,
        created_at: version.created_at.to_string(),
        activated_by: version.activated_by,
        activated_at: version.activated_at.map(|at| at.to_string()),
        text: version.text,
    }
}

/// What was found about the text of a wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalletChecked {
    /// Its code, if it reads at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    pub problems: Vec<Fault>,
}

/// Wallets with all their versions, the newest first.
#[utoipa::path(get, path = "/api/v1/wallets", tag = "wallets",
    responses((status = 200, body = Vec<WalletShown>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<WalletShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    Ok(Json(wallets::versions(&mut reader).await?.into_iter().map(shown).collect()))
}

/// The versions of a wallet, the newest first.
#[utoipa::path(get, path = "/api/v1/wallets/{code}", tag = "wallets",
    params(("code" = String, Path, description = "The wallet's code.")),
    responses((status = 200, body = Vec<WalletShown>), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<WalletShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let all = wallets::versions(&mut reader).await?;
    let own: Vec<WalletShown> =
        all.into_iter().filter(|version| version.code == code).map(shown).collect();
    if own.is_empty() { Err(ApiError::NotFound) } else { Ok(Json(own)) }
}

/// Says everything that is wrong with a text, and keeps nothing.
#[utoipa::path(post, path = "/api/v1/wallets/check", tag = "wallets",
    request_body(content((String = "application/yaml"), (ProgramText = "application/json"))),
    responses((status = 200, body = WalletChecked), ApiError))]
pub async fn check(
    State(api): State<Api>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<WalletChecked>, ApiError> {
    params.end()?;
    let text = programs::text(&headers, body).await?;
    let mut reader = api.office().db().read().await?;
    let (file, problems) = wallets::check(&mut reader, &text).await?;
    let problems = problems.iter().map(Fault::of_text).collect();
    Ok(Json(WalletChecked { wallet: file.map(|file| file.code), version: None, problems }))
}

/// Keeps a text as the draft of its wallet's next version, in place of a draft that is there. A
/// text with errors is refused with all that is wrong with it (422).
#[utoipa::path(post, path = "/api/v1/wallets", tag = "wallets",
    request_body(content((String = "application/yaml"), (ProgramText = "application/json"))),
    responses((status = 201, body = WalletChecked), ApiError))]
pub async fn save(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<WalletChecked>), ApiError> {
    params.end()?;
    let text = programs::text(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let (code, version) = wallets::draft(&mut tx, caller.actor(), now, &text).await?;
    tx.commit().await?;
    let saved = WalletChecked { wallet: Some(code), version: Some(version), problems: Vec::new() };
    Ok((StatusCode::CREATED, Json(saved)))
}

/// Makes the draft of a wallet act. What somebody holds has to stay declared (409).
#[utoipa::path(post, path = "/api/v1/wallets/{code}/activate", tag = "wallets",
    params(("code" = String, Path, description = "The wallet's code.")),
    responses((status = 200, body = WalletChecked), ApiError))]
pub async fn activate(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<WalletChecked>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let version = wallets::activate(&mut tx, caller.actor(), now, &code).await?;
    tx.commit().await?;
    api.office().wake();
    Ok(Json(WalletChecked { wallet: Some(code), version: Some(version), problems: Vec::new() }))
}

/// Lines as they are sent.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewLines {
    /// Each in the words of the timeline, named by its first word, whose value is its key:
    /// `{"redeem": "X1", "partner": "P1", "points": "STAR", "amount": "200"}`. `on` is the day or
    /// instant it is for; now if left out.
    lines: Vec<BTreeMap<String, String>>,
    /// Says what would happen, and keeps nothing.
    simulate: Option<bool>,
}

/// What lines did.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinesTaken {
    pub taken: usize,
    /// There before, just so.
    pub known: usize,
    pub refused: usize,
    /// They wait for a second person.
    pub proposed: usize,
    pub simulated: bool,
    /// One for each line, in order.
    pub lines: Vec<LineTaken>,
    /// What the partners that the lines name have after them, in the words of `tokuten try`.
    pub partners: Vec<PartnerHas>,
}

/// What became of a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineTaken {
    pub key: String,
    /// `taken`, `known` or `refused`; `proposed` where a second person has to look, and `rejected`
    /// once that one said no.
    pub result: &'static str,
    /// Why it was refused, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "insufficient")]
    pub code: Option<&'static str>,
    /// Why it was refused and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
    /// What waits for a second person, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<String>,
    /// Everything that was posted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub posted: Vec<Posted>,
}

/// An amount from one account to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct Posted {
    pub cause: String,
    pub unit: String,
    #[schema(example = "open/STAR/P1")]
    pub debit: String,
    pub credit: String,
    #[schema(example = "200")]
    pub amount: String,
}

/// What a partner has, in the lists of `tokuten try`: `balances`, `lots`, `tiers` and the others,
/// numbers as texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerHas {
    pub partner: String,
    pub wallet: String,
    #[schema(value_type = Object)]
    pub has: Value,
}

/// Acts on wallets.
///
/// A line that is refused never stops the others; it leaves nothing behind but its record. A key
/// names what its line makes: the same line again is known, with other content it is refused. Points
/// by hand as large as what several people approve wait for a second person (`proposed`). A token of
/// a partner spends that partner's own points and vouchers, passes points on where the wallet's text
/// says so, enrols it for promotions, and does nothing else.
#[utoipa::path(post, path = "/api/v1/wallet-lines", tag = "wallets",
    request_body = NewLines,
    responses((status = 200, body = LinesTaken), ApiError))]
pub async fn act(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LinesTaken>, ApiError> {
    params.end()?;
    let (sent, simulate) = lines(&json(&headers, body).await?)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let mut asked = Vec::with_capacity(sent.len());
    let mut faults = Vec::new();
    for (at, line) in sent.iter().enumerate() {
        asked.extend(read(&rules, line, at, &mut faults));
    }
    done(faults)?;
    let mut partners: BTreeSet<PartnerCode> = BTreeSet::new();
    let master = api.office().master(&mut tx).await?;
    let mut asks = Vec::with_capacity(asked.len());
    for line in asked {
        own(&caller, (&rules, &master), &line)?;
        partners.extend(domain::wallet::asks_for(&line.key, &line.command).0);
        let AskedLine { key, on, command } = line;
        asks.push(Ask { key, on, command });
    }
    let taken = all_of(&mut tx, (&rules, &master), &caller, now, &asks).await?;
    let master = api.office().master(&mut tx).await?;
    let partners = has(&mut tx, &rules, &master, (now, None), &partners).await?;
    if simulate {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
        api.office().wake();
    }
    let count = |result: &str| taken.iter().filter(|line| line.result == result).count();
    Ok(Json(LinesTaken {
        taken: count("taken"),
        known: count("known"),
        refused: count("refused") + count("rejected"),
        proposed: count("proposed"),
        simulated: simulate,
        lines: taken,
        partners,
    }))
}

/// Does what lines ask, in order; what needs a second person waits for one.
async fn all_of(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    caller: &Caller,
    now: Timestamp,
    asks: &[Ask],
) -> Result<Vec<LineTaken>, ApiError> {
    let mut taken: Vec<LineTaken> = Vec::with_capacity(asks.len());
    let mut rest = asks;
    while !rest.is_empty() {
        let mut at_once = 0;
        while let Some(ask) = rest.get(at_once)
            && !by_hand::needs_second(tx, rules, &ask.command).await?
        {
            at_once += 1;
        }
        let (now_on, later) = rest.split_at(at_once);
        let answers = wallets::act_many(tx, rules, master, (caller.actor(), now), now_on).await?;
        taken.extend(now_on.iter().zip(answers).map(|(ask, it)| told(ask, it, caller.lang())));
        let Some((ask, others)) = later.split_first() else { break };
        taken.push(proposed(tx, rules, caller, now, ask).await?);
        rest = others;
    }
    Ok(taken)
}

/// A line that waits for a second person, or what became of it.
async fn proposed(
    tx: &mut Tx,
    rules: &Rules,
    caller: &Caller,
    now: Timestamp,
    ask: &Ask,
) -> Result<LineTaken, ApiError> {
    let key = ask.key.to_string();
    let refused = |refusal: Refusal| LineTaken {
        key: key.clone(),
        result: "refused",
        code: Some(refusal.word()),
        detail: Some(detail(refusal, caller.lang())),
        proposal: None,
        posted: Vec::new(),
    };
    Ok(match by_hand::propose(tx, rules, caller.actor(), now, ask).await {
        Ok(proposal) => {
            let result = match proposal.status {
                by_hand::Status::Proposed => "proposed",
                by_hand::Status::Approved => "known",
                by_hand::Status::Rejected => "rejected",
            };
            let id = Some(proposal.id);
            LineTaken { key, result, code: None, detail: None, proposal: id, posted: Vec::new() }
        }
        Err(ByHandError::OtherContent) => refused(Refusal::OtherContent),
        Err(ByHandError::Refused(refusal)) => refused(refusal),
        Err(other) => return Err(other.into()),
    })
}

fn lines(body: &Value) -> Result<(Vec<Value>, bool), ApiError> {
    let mut faults = Vec::new();
    let (mut found, mut simulate) = (Vec::new(), false);
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        simulate = fields.flag("simulate", &mut faults);
        match fields.value("lines") {
            Some(Value::Array(list)) if list.len() <= LINES_PER_BATCH_MAX => found.clone_from(list),
            Some(Value::Array(list)) => {
                let most = LINES_PER_BATCH_MAX;
                let detail = format!("{} lines are more than the {most} of a batch", list.len());
                faults.push(Fault::in_body("/lines", "too_many", detail));
            }
            Some(_) => {
                let detail = "a list of lines is needed";
                faults.push(Fault::in_body("/lines", "wrong_type", detail));
            }
            None => {
                let detail = "`lines` is missing";
                faults.push(Fault::in_body("/lines", "missing", detail));
            }
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    Ok((found, simulate))
}

/// Reads one line.
pub fn read_one(rules: &Rules, line: &Value) -> Result<AskedLine, ApiError> {
    let mut faults = Vec::new();
    let read = read(rules, line, 0, &mut faults);
    done(faults)?;
    read.ok_or_else(|| ApiError::Malformed { what: "the line says not what to do".into() })
}

/// Whether a token of a partner may ask this of its own.
pub fn own_line(
    caller: &Caller,
    master: &MasterData,
    rules: &Rules,
    line: &Value,
) -> Result<(), ApiError> {
    own(caller, (rules, master), &read_one(rules, line)?)
}

/// Reads a line by the clocks of the wallet that it names.
fn read(rules: &Rules, line: &Value, at: usize, faults: &mut Vec<Fault>) -> Option<AskedLine> {
    let pointer = format!("/lines/{at}");
    let tree = match tree(line) {
        Ok(tree) => tree,
        Err(detail) => {
            faults.push(Fault::in_body(pointer, "wrong_type", detail));
            return None;
        }
    };
    let zone =
        |of: Option<&Active>| of.map_or(jiff::tz::TimeZone::UTC, |of| of.wallet.time_zone.clone());
    let first = read_line(&tree, &zone(rules.wallets.first()));
    let named = first.value.as_ref().and_then(|line| line.command.names_code());
    let of = named.and_then(|code| rules.wallets.iter().find(|of| of.wallet.declares(code)));
    let parsed = if of.is_some() { read_line(&tree, &zone(of)) } else { first };
    for problem in &parsed.problems {
        let fault = Fault::of_text(problem);
        let (line, column, code) = (None, None, "bad_line".to_owned());
        faults.push(Fault { pointer: Some(pointer.clone()), line, column, code, ..fault });
    }
    parsed.value
}

/// A line as the reader of texts takes it. Numbers of JSON are not exact, unless they are whole.
fn tree(value: &Value) -> Result<Tree, String> {
    Ok(match value {
        Value::String(text) => Tree::Text(text.clone()),
        Value::Bool(flag) => Tree::Text(flag.to_string()),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            Tree::Text(number.to_string())
        }
        Value::Number(number) => {
            return Err(format!(
                "the number {number} is not exact in JSON; write decimals as texts, such as \
                 \"12.50\""
            ));
        }
        Value::Null => return Err("null stands where a text is needed; leave it out".to_owned()),
        Value::Array(list) => Tree::List(list.iter().map(tree).collect::<Result<_, _>>()?),
        Value::Object(object) => {
            let entry = |(key, value): (&String, &Value)| Ok((key.clone(), tree(value)?));
            Tree::Map(object.iter().map(entry).collect::<Result<_, String>>()?)
        }
    })
}

/// A token of a partner spends what is that partner's; the rest does not exist for it.
fn own(
    caller: &Caller,
    (rules, master): (&Rules, &MasterData),
    line: &AskedLine,
) -> Result<(), ApiError> {
    let Some(partner_id) = caller.partner() else { return Ok(()) };
    let own = |partner: &PartnerCode| master.partner_id(partner.as_str()) == Some(partner_id);
    let is_own = match &line.command {
        Command::Redeem(spend) | Command::Reserve(spend, _) => own(&spend.partner),
        Command::OrderReward(order) | Command::ReserveReward(order, _) => own(&order.partner),
        Command::UseVoucher(of) | Command::ReserveVoucher(of, _) => {
            of.partner.as_ref().is_some_and(own)
        }
        Command::Transfer { from, to, unit, .. } => {
            let partner = master.partner_code(partner_id);
            let may =
                |of: &Active| partner.is_some_and(|it| of.wallet.may_pass_on(it, unit, (from, to)));
            rules.wallets.iter().any(may)
        }
        Command::Enrol { .. } | Command::Leave { .. } => own(&PartnerCode::new(&*line.key)),
        _ => false,
    };
    if is_own { Ok(()) } else { Err(ApiError::NotFound) }
}

fn told(ask: &Ask, answer: Answer, lang: Lang) -> LineTaken {
    told_of(ask.key.to_string(), answer, lang)
}

/// The same of a line by its key.
pub(super) fn told_of(key: String, answer: Answer, lang: Lang) -> LineTaken {
    match answer {
        Answer::Taken(entries) => {
            let posted = entries.into_iter().map(|entry| Posted {
                cause: entry.cause.to_string(),
                unit: entry.posting.unit.to_string(),
                debit: entry.posting.debit.to_string(),
                credit: entry.posting.credit.to_string(),
                amount: entry.posting.amount.normalize().to_string(),
            });
            let posted = posted.collect();
            LineTaken { key, result: "taken", code: None, detail: None, proposal: None, posted }
        }
        Answer::Known => LineTaken {
            key,
            result: "known",
            code: None,
            detail: None,
            proposal: None,
            posted: Vec::new(),
        },
        Answer::Refused(refusal) => LineTaken {
            key,
            result: "refused",
            code: Some(refusal.word()),
            detail: Some(detail(refusal, lang)),
            proposal: None,
            posted: Vec::new(),
        },
    }
}

/// What a reason says, and what to do, in the caller's language.
pub fn detail(refusal: Refusal, lang: Lang) -> &'static str {
    lang.words().refusals.of(refusal)
}

/// What these partners have, now or at the end of a day to come.
pub(super) async fn has(
    reader: &mut engine::db::Reader,
    rules: &Rules,
    master: &MasterData,
    (now, on): (Timestamp, Option<jiff::civil::Date>),
    partners: &BTreeSet<PartnerCode>,
) -> Result<Vec<PartnerHas>, ApiError> {
    let mut all = Vec::new();
    for partner in partners.iter().filter(|it| master.partner_ids.contains_key(*it)) {
        for of in &rules.wallets {
            let at = on.map(|day| day.at(23, 59, 59, 999_999_999));
            let book = wallets::book_of(reader, of, master, (now, at), partner).await?;
            let lines = book.report();
            let own = lines.iter().filter(|line| is_of(line, &book, partner));
            all.push(PartnerHas {
                partner: partner.to_string(),
                wallet: of.code.clone(),
                has: written(own),
            });
        }
    }
    Ok(all)
}

/// Whether a line is about what a partner has.
fn is_of(line: &Line, book: &domain::wallet::Book, partner: &PartnerCode) -> bool {
    let names_it = |(word, said): &(&str, Said)| {
        *word == "partner" && *said == Said::Text(partner.to_string())
    };
    match line.list {
        List::Postings | List::Sponsors => false,
        List::Redemptions | List::Claims => book.owner_of(&line.of) == Some(partner),
        List::Takings
        | List::Vouchers
        | List::Promotions
        | List::Sponsored
        | List::Plays
        | List::Funds => line.says.iter().any(names_it),
        List::Balances
        | List::Lots
        | List::Tiers
        | List::TierHistory
        | List::Benefits
        | List::Badges
        | List::Members
        | List::Stock => line.of == partner.as_str(),
    }
}

/// Lines as `tokuten try` writes them: lists by name, numbers as texts.
pub(super) fn written<'l>(lines: impl Iterator<Item = &'l Line>) -> Value {
    let mut lists: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    for line in lines {
        let mut object = serde_json::Map::new();
        object.insert(line.list.named().to_owned(), Value::String(line.of.clone()));
        for (word, said) in &line.says {
            object.insert((*word).to_owned(), value(said));
        }
        lists.entry(line.list.word()).or_default().push(Value::Object(object));
    }
    serde_json::to_value(lists).unwrap_or_default()
}

fn value(said: &Said) -> Value {
    match said {
        Said::Number(number) => Value::String(number.normalize().to_string()),
        Said::Text(text) => Value::String(text.clone()),
        Said::List(rows) => {
            let row = |row: &Vec<(&'static str, Said)>| {
                Value::Object(row.iter().map(|(w, s)| ((*w).to_owned(), value(s))).collect())
            };
            Value::Array(rows.iter().map(row).collect())
        }
    }
}

/// What a partner has in wallets: balances, lots, tiers with what is missing to the next one,
/// benefits, vouchers, badges, redemptions; now, or at the end of a day to come. Of a day that is
/// over balances and tiers are told, as they were recorded by then.
#[utoipa::path(get, path = "/api/v1/partners/{code}/wallets", tag = "wallets",
    params(
        ("code" = String, Path, description = "The partner's code."),
        ("on" = Option<String>, Query, description = "A day, as 2026-04-01. Of a day to come what expires or is assessed until then is gone; of a day that is over, what was recorded later does not count."),
    ),
    responses((status = 200, body = Vec<PartnerHas>), ApiError))]
pub async fn of_partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    mut params: Params,
) -> Result<Json<Vec<PartnerHas>>, ApiError> {
    let on = params.day("on");
    params.end()?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).ok_or(ApiError::NotFound)?;
    if !caller.actor().sees(id) {
        return Err(ApiError::NotFound);
    }
    let is_over = |of: &Active, day| day < of.wallet.time_zone.to_datetime(now).date();
    if let Some(day) = on.filter(|day| rules.wallets.iter().any(|of| is_over(of, *day))) {
        let of = (&*rules, &*master);
        let partner = PartnerCode::new(&code);
        let past = engine::views::wallet::past(&mut reader, of, now, &partner, day).await?;
        return Ok(Json(past.into_iter().map(|it| had(&code, it)).collect()));
    }
    let partners = BTreeSet::from([PartnerCode::new(&code)]);
    Ok(Json(has(&mut reader, &rules, &master, (now, on), &partners).await?))
}

/// What a partner had at the end of a day that is over.
fn had(partner: &str, of: engine::views::wallet::PastWallet) -> PartnerHas {
    let number = |amount: rust_decimal::Decimal| amount.normalize().to_string();
    let balances: Vec<Value> = of
        .balances
        .into_iter()
        .map(|it| {
            serde_json::json!({
                "partner": partner, "unit": it.unit, "amount": number(it.amount),
                "escrow": number(it.escrow), "reserved": number(it.reserved),
                "arrears": number(it.arrears),
            })
        })
        .collect();
    let tiers: Vec<Value> = of
        .tiers
        .into_iter()
        .map(|it| {
            let mut said = serde_json::Map::new();
            said.insert("partner".to_owned(), Value::String(partner.to_owned()));
            said.insert("tier_group".to_owned(), Value::String(it.group));
            said.extend(it.tier.map(|tier| ("tier".to_owned(), Value::String(tier))));
            said.extend(it.since.map(|since| ("since".to_owned(), Value::String(since))));
            Value::Object(said)
        })
        .collect();
    PartnerHas {
        partner: partner.to_owned(),
        wallet: of.code,
        has: serde_json::json!({ "balances": balances, "tiers": tiers }),
    }
}

impl From<WalletError> for ApiError {
    fn from(error: WalletError) -> ApiError {
        match error {
            WalletError::Db(error) => error.into(),
            WalletError::Rules(error) => error.into(),
            WalletError::Problems(problems) => ApiError::Program(problems),
            WalletError::NoDraft { .. } => ApiError::NotFound,
            told @ (WalletError::Declared { .. }
            | WalletError::Held { .. }
            | WalletError::FourEyes) => ApiError::Conflict { what: told.to_string() },
            broken @ (WalletError::Piece { .. }
            | WalletError::Access(_)
            | WalletError::Random(_)
            | WalletError::Stopped) => {
                ApiError::Broken { doing: "reading a wallet", source: Box::new(broken) }
            }
        }
    }
}
