//! What would be: a text tried on past sales, and what one more order would bring. Nothing is
//! written.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use engine::trial::{Against, Ask, Earned, Trial, TrialAward, TrialError, trial};
use engine::what_if::{Brought, Candidate, Reached, WhatIf, WhatIfError, quote, what_if};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::awards::{TierPays, money, visible_partner};
use super::facts::{BODY_BYTES_MAX, saved_mapping};
use super::guard::Caller;
use super::input::{self, Fields, Params, done};
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Post, "/api/v1/programs/try", post(try_text));
    routes.add(Verb::Post, "/api/v1/what-if", post(ask));
}

/// A text and the days it is tried on.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct TryText {
    /// The program's text. It need not be saved.
    text: String,
    /// First day.
    #[schema(example = "2025-04-01")]
    from: String,
    /// Last day.
    #[schema(example = "2026-03-31")]
    to: String,
    /// A program's code, or `-` for nothing; left out, the versions that act.
    against: Option<String>,
}

/// What a text would have earned.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tried {
    pub program: String,
    pub version: u32,
    pub currency: String,
    pub from: String,
    pub to: String,
    /// The program begins later, and was tried as if it had begun with these days.
    pub moved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    pub was: String,
    pub is: String,
    pub difference: String,
    /// What is in other currencies than the program's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<TriedSum>,
    /// Facts that wait for a rate, a factor, a price or a number.
    pub waiting: usize,
    /// By partner, the largest difference first.
    pub partners: Vec<TriedPartner>,
}

/// Everybody in both, in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedSum {
    pub currency: String,
    pub was: String,
    pub is: String,
    pub difference: String,
}

/// A partner in both, in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedPartner {
    pub partner: String,
    pub unit: String,
    pub was: String,
    pub is: String,
    pub difference: String,
    /// What closed periods brought.
    pub paid: String,
    pub awards: Vec<TriedAward>,
}

/// One term, period and group in both.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedAward {
    pub term: String,
    pub period: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    pub unit: String,
    pub was: String,
    pub is: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier_was: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier_is: Option<u32>,
    /// The words of the reasons, of the text that was tried.
    pub reasons: Vec<&'static str>,
}

/// A partner and lines that have not happened.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct WhatIfBody {
    /// The partner's code; a token that is bound to one may leave it out.
    partner: Option<String>,
    lines: Vec<WhatIfLine>,
}

/// A line of a quote or an order.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct WhatIfLine {
    product: Option<String>,
    #[schema(example = "10")]
    quantity: Option<String>,
    unit: Option<String>,
    #[schema(example = "10000.00")]
    amount: Option<String>,
    currency: Option<String>,
    /// Today, if nothing is said.
    date: Option<String>,
    channel: Option<String>,
    order: Option<String>,
    /// Makes it an activity of this type.
    r#type: Option<String>,
    /// Role to a partner's code: `ship_to`, `distributor`.
    parties: Option<BTreeMap<String, String>>,
    /// Custom fields of the line, as a source would say them.
    attributes: Option<BTreeMap<String, String>>,
}

/// What the lines would bring.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfAnswer {
    pub partner: String,
    /// What changes, the most first, and where the lines count and bring nothing.
    pub rewards: Vec<WhatIfReward>,
    /// Lines that would wait: the number of the line, the program, the reason.
    pub waiting: Vec<WhatIfWaiting>,
    /// Numbers of lines that no program counts, from 1.
    pub uncounted: Vec<usize>,
    /// Which terms count each line, whatever they award for it.
    pub eligible: Vec<WhatIfEligible>,
}

/// A term that counts a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfEligible {
    /// The number of the line, from 1.
    pub line: usize,
    pub program: String,
    pub term: String,
}

/// What becomes of one award.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfReward {
    pub program: String,
    pub term: String,
    /// Who earns it.
    pub partner: String,
    pub period: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    pub unit: String,
    pub now: String,
    pub projected: String,
    pub brings: String,
    /// What of it comes from another tier on what was there already.
    pub lift: String,
    /// The qualifier's total, before and with the lines.
    pub qualifier_now: String,
    pub qualifier: String,
    /// What is rated, before and with the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure_now: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier_now: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<u32>,
    /// What the row of that tier pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier_pays: Option<TierPays>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_tier: Option<u32>,
    /// What is missing for the next tier, with the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
    /// Whether others share in it, whose figures are as of now.
    pub depends_on_others: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfWaiting {
    pub line: usize,
    pub program: String,
    /// `no_rate`, `no_factor`, `no_price` or `no_value`.
    pub reason: &'static str,
}

/// Tries a text on past sales: by partner, what would have been earned beside what was.
#[utoipa::path(post, path = "/api/v1/programs/try", tag = "programs",
    request_body = TryText, responses((status = 200, body = Tried), ApiError))]
pub async fn try_text(
    State(api): State<Api>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Tried>, ApiError> {
    params.end()?;
    let ask = read_ask(&input::json(&headers, body).await?)?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let found = trial(&mut reader, &rules, &master, api.office().now(), &ask).await?;
    Ok(Json(shown(found)))
}

fn read_ask(value: &serde_json::Value) -> Result<Ask, ApiError> {
    let mut faults = Vec::new();
    let Some(mut fields) = Fields::of(value, String::new(), &mut faults) else {
        return Err(ApiError::Invalid(faults));
    };
    let text = fields.needed("text", &mut faults).unwrap_or_default();
    let mut day = |name: &'static str| {
        let said = fields.needed(name, &mut faults)?;
        let found: Option<Date> = said.parse().ok();
        if found.is_none() {
            let detail = format!("`{said}` is no day; write it as 2026-04-01");
            faults.push(Fault::in_body(fields.pointer(name), "bad_date", detail));
        }
        found
    };
    let (from, to) = (day("from"), day("to"));
    let against = match fields.text("against", &mut faults).as_deref() {
        None => Against::Acting,
        Some("-") => Against::Nothing,
        Some(code) => Against::Program(code.to_owned()),
    };
    fields.end(&mut faults);
    done(faults)?;
    let (from, to) = (from.unwrap_or(Date::MIN), to.unwrap_or(Date::MAX));
    Ok(Ask { text, from, to, against })
}

fn shown(found: Trial) -> Tried {
    let unit = found.currency.to_string();
    let partners = found.lines.iter().map(|line| {
        let unit = line.currency.to_string();
        TriedPartner {
            partner: line.partner.to_string(),
            was: money(line.was, &unit),
            is: money(line.is, &unit),
            difference: money(line.difference(), &unit),
            paid: money(line.paid, &unit),
            awards: line.awards.iter().map(award).collect(),
            unit,
        }
    });
    let sum = |sum: &engine::trial::TrialSum| {
        let unit = sum.currency.to_string();
        TriedSum {
            was: money(sum.was, &unit),
            is: money(sum.is, &unit),
            difference: money(sum.difference(), &unit),
            currency: unit,
        }
    };
    let own = |one: &&engine::trial::TrialSum| one.currency == found.currency;
    let sums = found.sums.iter();
    let others = sums.filter(|one| !own(one)).map(sum).collect();
    let own = found.sums.iter().find(own).copied();
    let read = |read: fn(&engine::trial::TrialSum) -> Decimal| {
        money(own.as_ref().map_or(Decimal::ZERO, read), &unit)
    };
    Tried {
        program: found.code.clone(),
        version: found.version,
        from: found.from.to_string(),
        to: found.to.to_string(),
        moved: found.is_moved,
        against: found.against.as_ref().map(|(code, _)| code.clone()),
        was: read(|sum| sum.was),
        is: read(|sum| sum.is),
        difference: read(engine::trial::TrialSum::difference),
        others,
        waiting: found.waiting,
        partners: partners.collect(),
        currency: unit.clone(),
    }
}

fn award(award: &TrialAward) -> TriedAward {
    let any = award.is.as_ref().or(award.was.as_ref());
    let unit = any.map_or("", Earned::unit).to_owned();
    let amount = |side: &Option<Earned>| {
        money(side.as_ref().map_or(Decimal::ZERO, |earned| earned.amount), &unit)
    };
    let tier = |side: &Option<Earned>| side.as_ref().and_then(|earned| earned.award.tier);
    TriedAward {
        term: award.term.to_string(),
        period: award.period.name.to_string(),
        group: groups(&award.group),
        was: amount(&award.was),
        is: amount(&award.is),
        tier_was: tier(&award.was),
        tier_is: tier(&award.is),
        reasons: award
            .is
            .iter()
            .flat_map(|earned| earned.award.reasons.iter().map(domain::award::Reason::code))
            .collect(),
        unit,
    }
}

fn groups(group: &domain::totals::Group) -> BTreeMap<String, String> {
    group.values().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What one more order would bring a partner in each program. Nothing is written.
///
/// The lines of a quote come as CSV under a saved mapping of facts, named by `mapping`; the partner
/// stands in the lines or in `partner`. The answer lists every term that counts a line, also where
/// it awards nothing for it.
#[utoipa::path(post, path = "/api/v1/what-if", tag = "awards",
    params(
        ("mapping" = Option<String>, Query, description = "A saved mapping that reads the columns of the CSV."),
        ("partner" = Option<String>, Query, description = "Of CSV: whose quote it is, where its lines do not say."),
    ),
    request_body(content((WhatIfBody = "application/json"), (String = "text/csv"))), responses((status = 200, body = WhatIfAnswer), ApiError))]
pub async fn ask(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<WhatIfAnswer>, ApiError> {
    let (mapping, of) = (params.text("mapping"), params.text("partner"));
    params.end()?;
    let (partner, lines) = if input::media_type(&headers) == "text/csv" {
        let bytes = input::bytes(body, "BODY_BYTES_MAX", BODY_BYTES_MAX).await?;
        let mapping = saved_mapping(&api, mapping).await?;
        let missing = || ApiError::invalid(Fault::in_parameter("mapping", "missing", NO_MAPPING));
        let mapping = mapping.ok_or_else(missing)?;
        let (named, lines) = quote(&bytes, &mapping, caller.language())?;
        if let (Some(of), Some(named)) = (&of, &named)
            && of != named
        {
            let (one, other) = (of.clone(), named.clone());
            return Err(WhatIfError::SeveralPartners { one, other }.into());
        }
        (named.or(of), lines)
    } else {
        read_lines(&input::json(&headers, body).await?)?
    };
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let visible = visible_partner(&caller, &master, partner.as_deref())?;
    let missing =
        || ApiError::invalid(Fault::in_body("/partner", "missing", "`partner` is missing"));
    let code = visible.and_then(|id| master.partner_code(id)).ok_or_else(missing)?.to_string();
    let asked = (code.as_str(), lines.as_slice());
    let mut answer = what_if(&mut reader, &rules, &master, api.office().now(), asked).await?;
    if caller.partner().is_some() {
        // What others earn on one's orders is theirs.
        answer.rewards.retain(|one| one.earner.as_str() == code);
        let earns = |program: &str, term: &str| {
            answer.rewards.iter().any(|one| one.program == program && one.term == term)
        };
        let own = answer.eligible.iter().filter(|(_, program, term)| earns(program, term));
        answer.eligible = own.cloned().collect();
    }
    Ok(Json(answered(&answer)))
}

/// What is missing of a quote.
const NO_MAPPING: &str = "name the saved mapping that reads the columns of the CSV";

fn read_lines(value: &serde_json::Value) -> Result<(Option<String>, Vec<Candidate>), ApiError> {
    let mut faults = Vec::new();
    let Some(mut fields) = Fields::of(value, String::new(), &mut faults) else {
        return Err(ApiError::Invalid(faults));
    };
    let partner = fields.text("partner", &mut faults);
    let mut lines = Vec::new();
    match fields.value("lines") {
        Some(serde_json::Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                lines.extend(read_line(item, format!("/lines/{at}"), &mut faults));
            }
        }
        Some(_) => {
            let detail = "`lines` has to be a list";
            faults.push(Fault::in_body("/lines", "wrong_type", detail));
        }
        None => faults.push(Fault::in_body("/lines", "missing", "`lines` is missing")),
    }
    fields.end(&mut faults);
    done(faults)?;
    Ok((partner, lines))
}

fn read_line(
    value: &serde_json::Value,
    pointer: String,
    faults: &mut Vec<Fault>,
) -> Option<Candidate> {
    let mut fields = Fields::of(value, pointer, faults)?;
    let mut number = |name: &'static str, fields: &mut Fields<'_>| -> Option<Decimal> {
        let said = fields.text(name, faults)?;
        let found = said.parse().ok();
        if found.is_none() {
            let detail = format!("`{said}` is no number");
            faults.push(Fault::in_body(fields.pointer(name), "bad_number", detail));
        }
        found
    };
    let quantity = number("quantity", &mut fields);
    let amount = number("amount", &mut fields);
    let date = fields.text("date", faults).and_then(|said| {
        let found = said.parse().ok();
        if found.is_none() {
            let detail = format!("`{said}` is no day; write it as 2026-04-01");
            faults.push(Fault::in_body(fields.pointer("date"), "bad_date", detail));
        }
        found
    });
    let candidate = Candidate {
        product: fields.text("product", faults),
        quantity,
        unit: fields.text("unit", faults),
        amount,
        currency: fields.text("currency", faults),
        date,
        channel: fields.text("channel", faults),
        order: fields.text("order", faults),
        activity_type: fields.text("type", faults),
        parties: owned(fields.texts("parties", faults)),
        attributes: owned(fields.texts("attributes", faults)),
    };
    fields.end(faults);
    Some(candidate)
}

fn owned(texts: Option<Vec<(&str, String)>>) -> BTreeMap<String, String> {
    let texts = texts.unwrap_or_default().into_iter();
    texts.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn answered(answer: &WhatIf) -> WhatIfAnswer {
    WhatIfAnswer {
        partner: answer.partner.to_string(),
        rewards: answer.rewards.iter().map(reward).collect(),
        waiting: answer
            .waiting
            .iter()
            .map(|(line, program, reason)| WhatIfWaiting {
                line: *line,
                program: program.clone(),
                reason: reason.word(),
            })
            .collect(),
        uncounted: answer.uncounted.clone(),
        eligible: answer
            .eligible
            .iter()
            .map(|(line, program, term)| WhatIfEligible {
                line: *line,
                program: program.clone(),
                term: term.clone(),
            })
            .collect(),
    }
}

fn reward(one: &Brought) -> WhatIfReward {
    let amount = |value: Decimal| money(value, &one.unit);
    let tier = |reached: &Option<Reached>| reached.as_ref().map(|reached| reached.tier);
    let gap = one.next.as_ref().and_then(|next| next.gap);
    WhatIfReward {
        program: one.program.clone(),
        term: one.term.clone(),
        partner: one.earner.to_string(),
        period: one.period.name.to_string(),
        group: groups(&one.group),
        unit: one.unit.clone(),
        now: amount(one.now),
        projected: amount(one.then),
        brings: amount(one.brings()),
        lift: amount(one.lift),
        qualifier_now: one.qualifier_now.normalize().to_string(),
        qualifier: one.qualifier_then.normalize().to_string(),
        measure_now: one.measure_now.map(|measure| measure.normalize().to_string()),
        measure: one.measure_then.map(|measure| measure.normalize().to_string()),
        tier_now: tier(&one.tier_now),
        tier: tier(&one.tier_then),
        tier_pays: one.tier_then.as_ref().map(|tier| TierPays::of(tier.value, tier.fixed)),
        next_tier: one.next.as_ref().map(|next| next.tier),
        gap: gap.map(|gap| gap.normalize().to_string()),
        depends_on_others: one.depends_on_others,
    }
}

impl From<TrialError> for ApiError {
    fn from(error: TrialError) -> ApiError {
        match error {
            TrialError::Db(error) => ApiError::Db(error),
            TrialError::Rules(error) => error.into(),
            TrialError::Problems(problems) => ApiError::Program(problems),
            TrialError::Days => {
                ApiError::invalid(Fault::in_body("/to", "bad_date", error.to_string()))
            }
            TrialError::NoProgram(_) => {
                ApiError::invalid(Fault::in_body("/against", "unknown_program", error.to_string()))
            }
        }
    }
}

impl From<WhatIfError> for ApiError {
    fn from(error: WhatIfError) -> ApiError {
        let detail = error.to_string();
        let at = |line: usize, field: &str, code: &str| {
            let pointer = format!("/lines/{}{field}", line - 1);
            ApiError::invalid(Fault::in_body(pointer, code, detail.clone()))
        };
        match error {
            WhatIfError::Db(error) => ApiError::Db(error),
            WhatIfError::NoPartner(_) => ApiError::NotFound,
            WhatIfError::NoLines | WhatIfError::TooManyLines => {
                ApiError::invalid(Fault::in_body("/lines", "bad_lines", detail))
            }
            WhatIfError::NoProduct { line, .. } => at(line, "/product", "unknown_product"),
            WhatIfError::NoParty { line, .. } => at(line, "/parties", "unknown_partner"),
            WhatIfError::NoCurrency { line, .. } => at(line, "/currency", "bad_currency"),
            WhatIfError::NoNumber { line } => at(line, "", "missing"),
            WhatIfError::TooLarge { line } => at(line, "", "too_large"),
            WhatIfError::Mapping(_) => {
                ApiError::invalid(Fault::in_parameter("mapping", "mapping", detail))
            }
            WhatIfError::Row { .. } => ApiError::invalid(Fault::in_body("", "bad_row", detail)),
            WhatIfError::SeveralPartners { .. } | WhatIfError::NoPartnerNamed => {
                ApiError::invalid(Fault::in_parameter("partner", "bad_value", detail))
            }
        }
    }
}
