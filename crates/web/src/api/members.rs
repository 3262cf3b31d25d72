//! Memberships of wallets: who is a member, what became of it, and what members chose.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, put};
use domain::code::PartnerCode;
use domain::wallet::{Channel, Command, MemberState, MemberStep, Refusal};
use engine::members::{self as store, Choice, Every};
use engine::rules::Rules;
use engine::wallets::{self, Active, Answer, Member, MembersQuery, Said};
use jiff::civil::{Date, DateTime};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes, wallets as lines};

const STEPS: &str = "`enrol`, `renew`, `suspend`, `resume`, `end`";
/// How many steps of one membership are told.
const STEPS_TOLD: i64 = 1000;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/wallets/{code}/members", get(list));
    routes.add(Verb::Get, "/api/v1/partners/{code}/memberships", get(of_partner).post(say));
    routes.add(Verb::Get, "/api/v1/partners/{code}/memberships/{wallet}/lifecycle", get(lifecycle));
    routes.add(Verb::Put, "/api/v1/partners/{code}/memberships/{wallet}/choice", put(choose));
}

/// A membership of a wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipShown {
    pub wallet: String,
    pub partner: String,
    /// `active`, `suspended`, `ended`, `merged`, or `outside`: it never enrolled where one has to.
    #[schema(example = "active")]
    pub state: &'static str,
    /// Its number within the wallet; absent while nothing was said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// The day on which it was begun; absent where everybody is a member without a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Its last day, or the one on which it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// `console`, `portal`, `api` or `import`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'static str>,
}

/// A membership of a partner, with what it chose.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnMembershipShown {
    #[serde(flatten)]
    pub membership: MembershipShown,
    /// Whether partners may enrol, renew and leave by themselves.
    pub by_oneself: bool,
    pub choice: ChoiceShown,
}

/// What a member chose.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoiceShown {
    /// How often a statement of points is issued: `none`, `month` or `quarter`.
    pub statements: &'static str,
    /// Whether it may be told of promotions.
    pub promotions: bool,
}

fn shown(of: &Active, member: &Member) -> MembershipShown {
    MembershipShown {
        wallet: of.code.clone(),
        partner: member.owner.to_string(),
        state: member.is.state.word(),
        number: member.number,
        since: member.is.since.map(|day| day.to_string()),
        until: member.is.until.map(|day| day.to_string()),
        channel: member.is.channel.map(Channel::word),
    }
}

fn choice_shown(choice: Choice) -> ChoiceShown {
    ChoiceShown { statements: choice.every.word(), promotions: choice.promotions }
}

pub(super) fn wallet_of<'r>(rules: &'r Rules, code: &str) -> Result<&'r Active, ApiError> {
    rules.wallets.iter().find(|of| of.code == code).ok_or(ApiError::NotFound)
}

/// The memberships of a wallet of which something was said, in the order of partners' codes. Where
/// nobody has to enrol, everybody else is a member, too.
#[utoipa::path(get, path = "/api/v1/wallets/{code}/members", tag = "members",
    params(
        ("code" = String, Path, description = "The wallet's code."),
        ("state" = Option<String>, Query, description = "`active`, `suspended`, `ended`, `merged`."),
        ("q" = Option<String>, Query, description = "A part of a partner's code, or a number."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the part before."),
    ),
    responses((status = 200, body = PageOf<MembershipShown>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    _: Caller,
    Path(code): Path<String>,
    mut params: Params,
) -> Result<Json<PageOf<MembershipShown>>, ApiError> {
    let part = Part::of(&mut params);
    let words = MemberState::ALL.map(MemberState::word);
    let read = |word: &str| MemberState::ALL.into_iter().find(|state| state.word() == word);
    let state = params.word("state", read, &words);
    let search = params.text("q").unwrap_or_default();
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let of = wallet_of(&rules, &code)?;
    let offset = usize::try_from(part.offset).unwrap_or_default();
    let limit = usize::try_from(part.limit).unwrap_or_default();
    let query = MembersQuery { state, search, offset, limit, ..MembersQuery::default() };
    let found = wallets::members(&mut reader, of, api.office().now(), &query).await?;
    let rows = found.rows.iter().map(|row| shown(of, row)).collect();
    Ok(Json(part.page(rows, i64::try_from(found.total).unwrap_or(i64::MAX))))
}

/// The memberships of a partner, one for each wallet, with what it chose.
#[utoipa::path(get, path = "/api/v1/partners/{code}/memberships", tag = "members",
    params(("code" = String, Path, description = "The partner's code.")),
    responses((status = 200, body = Vec<OwnMembershipShown>), ApiError))]
pub async fn of_partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<OwnMembershipShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    let id = id.ok_or(ApiError::NotFound)?;
    let owner = PartnerCode::new(&code);
    let mut all = Vec::new();
    for of in &rules.wallets {
        let now = api.office().now();
        let member = wallets::membership(&mut reader, of, &master, now, &owner).await?;
        let choice = store::choice(&mut reader, of.wallet_id, id).await?;
        all.push(OwnMembershipShown {
            membership: shown(of, &member),
            by_oneself: of.wallet.members.by_oneself,
            choice: choice_shown(choice.map(|row| row.choice).unwrap_or_default()),
        });
    }
    Ok(Json(all))
}

/// What is to become of a membership.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document describes it, and it is read field by field")]
pub struct NewStep {
    pub wallet: String,
    /// `enrol`, `renew`, `suspend`, `resume` or `end`.
    pub step: String,
    /// From which day on; without it from now. A partner's own token says none.
    pub on: Option<String>,
    /// The last day, of `enrol` and `renew`; without it as the wallet's text says.
    pub until: Option<String>,
    pub reason: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepTaken {
    /// `taken`, or `refused`.
    pub result: &'static str,
    /// Why it was refused, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "wrong_state")]
    pub code: Option<&'static str>,
    /// Why it was refused and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
    /// What the membership is now.
    pub membership: MembershipShown,
}

struct Asked {
    wallet: String,
    step: MemberStep,
    on: Option<DateTime>,
    reason: Option<String>,
}

/// A day of a body, or a fault.
pub(super) fn day(
    fields: &mut Fields<'_>,
    name: &'static str,
    faults: &mut Vec<Fault>,
) -> Option<Date> {
    let text = fields.text(name, faults).filter(|text| !text.is_empty())?;
    let day = text.parse().ok();
    if day.is_none() {
        let detail = format!("`{text}` is no day; write it as 2026-04-01");
        faults.push(Fault::in_body(fields.pointer(name), "bad_value", detail));
    }
    day
}

fn asked(sent: &serde_json::Value) -> Result<Asked, ApiError> {
    let mut faults = Vec::new();
    let mut read = None;
    if let Some(mut fields) = Fields::of(sent, String::new(), &mut faults) {
        let wallet = fields.needed("wallet", &mut faults).unwrap_or_default();
        let word = fields.needed("step", &mut faults).unwrap_or_default();
        let until = day(&mut fields, "until", &mut faults);
        let on = day(&mut fields, "on", &mut faults).map(|day| day.at(0, 0, 0, 0));
        let reason = fields.text("reason", &mut faults).filter(|text| !text.is_empty());
        let step = match word.as_str() {
            "enrol" => Some(MemberStep::Enrol { channel: Some(Channel::Api), until }),
            "renew" => Some(MemberStep::Renew { until }),
            "suspend" => Some(MemberStep::Suspend),
            "resume" => Some(MemberStep::Resume),
            "end" => Some(MemberStep::End),
            _ => None,
        };
        if step.is_none() && !word.is_empty() {
            let detail = format!("`{word}` is not one of {STEPS}");
            faults.push(Fault::in_body(fields.pointer("step"), "bad_value", detail));
        }
        let has_end = matches!(step, Some(MemberStep::Enrol { .. } | MemberStep::Renew { .. }));
        if until.is_some() && !has_end {
            let detail = "only `enrol` and `renew` have a last day";
            faults.push(Fault::in_body(fields.pointer("until"), "bad_value", detail));
        }
        fields.end(&mut faults);
        read = step.map(|step| Asked { wallet, step, on, reason });
    }
    done(faults)?;
    read.ok_or_else(|| ApiError::Malformed { what: "the step is not said".into() })
}

/// A membership begins, is renewed, rests, goes on or ends. A token of a partner does what the
/// wallet lets partners do by themselves, now, for as long as its text says.
#[utoipa::path(post, path = "/api/v1/partners/{code}/memberships", tag = "members",
    params(("code" = String, Path, description = "The partner's code.")),
    request_body = NewStep,
    responses((status = 200, body = StepTaken), ApiError))]
pub async fn say(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<StepTaken>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    let Asked { wallet, step, on, reason } = asked(&sent)?;
    let office = api.office();
    let now = office.now();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let master = office.master(&mut tx).await?;
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    let id = id.ok_or(ApiError::NotFound)?;
    let of = wallet_of(&rules, &wallet)?;
    if caller.partner().is_some() {
        let is_own = match step {
            MemberStep::Enrol { until, .. } | MemberStep::Renew { until } => until.is_none(),
            MemberStep::End => true,
            MemberStep::Suspend | MemberStep::Resume => false,
        };
        if !is_own || on.is_some() || !of.wallet.members.by_oneself {
            return Err(ApiError::NotFound);
        }
    }
    let partner = PartnerCode::new(&code);
    let said = Said { partner: partner.clone(), step, on, reason };
    let answer = wallets::say(&mut tx, (&rules, &master), (caller.actor(), now), of, said).await?;
    let refused = match answer {
        Answer::Refused(why) => Some(why),
        Answer::Taken(_) | Answer::Known => None,
    };
    let member = wallets::membership(&mut tx, of, &master, now, &partner).await?;
    // Also what was refused is kept among the lines.
    tx.commit().await?;
    office.tell(engine::office::Live::Wallet(id));
    Ok(Json(StepTaken {
        result: if refused.is_none() { "taken" } else { "refused" },
        code: refused.map(Refusal::word),
        detail: refused.map(|why| lines::detail(why, caller.lang())),
        membership: shown(of, &member),
    }))
}

/// A step of a membership.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepShown {
    pub seq: i64,
    /// `enrol`, `renew`, `suspend`, `resume`, `end`, `merge` or `unmerge`.
    pub step: String,
    /// From when on, by the clocks of the wallet.
    pub on: String,
    /// The last day that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Into whom it was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    pub recorded: String,
    pub by: String,
    /// Why it was refused, for programs; absent if it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// What became of a membership, taken or refused, the newest first.
#[utoipa::path(get, path = "/api/v1/partners/{code}/memberships/{wallet}/lifecycle", tag = "members",
    params(
        ("code" = String, Path, description = "The partner's code."),
        ("wallet" = String, Path, description = "The wallet's code."),
    ),
    responses((status = 200, body = Vec<StepShown>), ApiError))]
pub async fn lifecycle(
    State(api): State<Api>,
    caller: Caller,
    Path((code, wallet)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Vec<StepShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    id.ok_or(ApiError::NotFound)?;
    let of = wallet_of(&rules, &wallet)?;
    let rows = wallets::lifecycle(&mut reader, &code, Some(of.wallet_id), STEPS_TOLD).await?;
    let step = |row: wallets::LineRow| {
        let (mut until, mut reason, mut into) = (None, None, None);
        match serde_json::from_str(&row.body) {
            Ok(Command::Member(line)) => {
                reason = line.reason;
                until = match line.step {
                    MemberStep::Enrol { until, .. } | MemberStep::Renew { until } => until,
                    _ => None,
                };
            }
            Ok(Command::Merge { into: other }) => into = Some(other.to_string()),
            _ => {}
        }
        StepShown {
            seq: row.seq,
            step: if row.verb == "leave" { "end".to_owned() } else { row.verb },
            on: row.on.to_string(),
            until: until.map(|day| day.to_string()),
            reason,
            into,
            recorded: row.recorded.to_string(),
            by: row.actor,
            code: row.refusal,
        }
    };
    Ok(Json(rows.into_iter().map(step).collect()))
}

/// What a member chooses; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document describes it, and it is read field by field")]
pub struct NewChoice {
    /// `none`, `month` or `quarter`.
    pub statements: Option<String>,
    pub promotions: Option<bool>,
}

/// A partner chooses how often statements of points are issued to it, and whether it is told of promotions.
#[utoipa::path(put, path = "/api/v1/partners/{code}/memberships/{wallet}/choice", tag = "members",
    params(
        ("code" = String, Path, description = "The partner's code."),
        ("wallet" = String, Path, description = "The wallet's code."),
    ),
    request_body = NewChoice,
    responses((status = 200, body = ChoiceShown), ApiError))]
pub async fn choose(
    State(api): State<Api>,
    caller: Caller,
    Path((code, wallet)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ChoiceShown>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    let office = api.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let master = office.master(&mut tx).await?;
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    let id = id.ok_or(ApiError::NotFound)?;
    let of = wallet_of(&rules, &wallet)?;
    let before = store::choice(&mut tx, of.wallet_id, id).await?;
    let mut new = before.map(|row| row.choice).unwrap_or_default();
    let mut faults = Vec::new();
    if let Some(mut fields) = Fields::of(&sent, String::new(), &mut faults) {
        if let Some(word) = fields.text("statements", &mut faults) {
            if let Some(every) = Every::from_word(&word) {
                new.every = every;
            } else {
                let known = "`none`, `month`, `quarter`";
                let detail = format!("`{word}` is not one of {known}");
                faults.push(Fault::in_body("/statements", "bad_value", detail));
            }
        }
        if fields.value("promotions").is_some() {
            new.promotions = fields.flag("promotions", &mut faults);
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    let by = (caller.actor(), office.now());
    store::choose(&mut tx, by, (of.wallet_id, id), new).await?;
    tx.commit().await?;
    Ok(Json(choice_shown(new)))
}
