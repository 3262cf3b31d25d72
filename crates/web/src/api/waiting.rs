//! Lines that wait: facts that count for nothing in a term until something arrives.

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use domain::fact::Fact;
use domain::measure::{Lack, WaitReason};
use engine::access::Viewer;
use engine::rules::Rules;
use engine::views::waiting::{self as views, WaitingLine, WaitingQuery};
use serde::Serialize;
use utoipa::ToSchema;

use super::awards::visible_partner;
use super::guard::Caller;
use super::input::Params;
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::ApiError;
use super::{Api, Routes};
use crate::reading;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/waiting", get(waiting));
}

/// A line that counts for nothing until something arrives.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingShown {
    /// The fact's key.
    pub fact: String,
    /// `no_rate`, `no_factor`, `no_price` or `no_value`.
    pub reason: String,
    /// What is missing, in a sentence.
    pub missing: String,
    /// The same in parts; absent if it is there by now, and for a token of a partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<Lacks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// `sale`, `return`, `credit_note` or `activity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The terms in which it waits; empty for a token of a partner.
    pub terms: Vec<WaitingTerm>,
}

/// A term in which a line waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingTerm {
    pub program: String,
    pub term: String,
}

/// What has to arrive.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lacks {
    /// `rate`, `factor`, `price`, `list`, `field` or `answer`.
    pub what: &'static str,
    /// The currency or unit that is converted; a list's name, a field's path, a program's words.
    pub of: String,
    /// The currency or unit that it is converted to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// On which day it has to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
}

impl Lacks {
    fn of(lack: &Lack) -> Lacks {
        let plain =
            |what, of: &str| Lacks { what, of: of.to_owned(), to: None, product: None, day: None };
        match lack {
            Lack::Rate { of, to, day } => Lacks {
                to: Some(to.to_string()),
                day: Some(day.to_string()),
                ..plain("rate", of.as_str())
            },
            Lack::Factor { product, unit, to, day } => Lacks {
                to: Some(to.to_string()),
                product: product.as_ref().map(ToString::to_string),
                day: Some(day.to_string()),
                ..plain("factor", unit.as_str())
            },
            Lack::Price { list, product, day } => Lacks {
                product: product.as_ref().map(ToString::to_string),
                day: Some(day.to_string()),
                ..plain("price", list)
            },
            Lack::List(name) => plain("list", name),
            Lack::Field(path) => plain("field", path),
            Lack::Answer(text) => plain("answer", text),
        }
    }
}

/// Lines that wait, the newest business date first.
#[utoipa::path(get, path = "/api/v1/waiting", tag = "facts",
    params(
        ("program" = Option<String>, Query, description = "A program's code."),
        ("partner" = Option<String>, Query, description = "A partner's code."),
        ("reason" = Option<String>, Query,
            description = "`no_rate`, `no_factor`, `no_price` or `no_value`."),
        ("search" = Option<String>, Query,
            description = "Part of a fact's key, or of a partner's code or name."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<WaitingShown>), ApiError))]
pub async fn waiting(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<WaitingShown>>, ApiError> {
    let (program, partner) = (params.text("program"), params.text("partner"));
    let words = WaitReason::ALL.map(WaitReason::word);
    let known = |word: &str| words.iter().find(|known| **known == word).copied();
    let reason = params.word("reason", known, &words).unwrap_or_default().to_owned();
    let search = params.text("search").unwrap_or_default();
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let partner_id = visible_partner(&caller, &master, partner.as_deref())?;
    let program_id = match program {
        // In which programs its lines wait is not for a partner to know.
        Some(_) if caller.partner().is_some() => return Err(ApiError::NotFound),
        Some(code) => Some(rules.program_ids[rules.by_code(&code).ok_or(ApiError::NotFound)?]),
        None => None,
    };
    let (offset, limit) = (part.offset, part.limit);
    let query = WaitingQuery { program_id, partner_id, reason, search, offset, limit };
    let viewer = Viewer::of(caller.partner());
    let found = views::waiting(&mut reader, (&rules, &master), viewer, &query).await?;
    let items = found.rows.iter().map(|line| shown(&caller, &rules, line)).collect();
    Ok(Json(part.page(items, found.total)))
}

fn shown(caller: &Caller, rules: &Rules, line: &WaitingLine) -> WaitingShown {
    let (lang, lack, fact) = (caller.lang(), line.lack.as_ref(), line.fact.as_ref());
    let is_partner = caller.partner().is_some();
    let number = |number: rust_decimal::Decimal| number.normalize().to_string();
    let term = |(at, term): &(usize, u16)| {
        let plan = &rules.plans[*at];
        let term = plan.terms.get(usize::from(*term))?;
        Some(WaitingTerm { program: plan.code.to_string(), term: term.code.to_string() })
    };
    WaitingShown {
        fact: line.key.clone(),
        reason: line.reason.clone(),
        missing: if is_partner {
            reading::waiting::missing_to_partner(lang, lack)
        } else {
            reading::waiting::missing(lang, lack)
        },
        lacks: lack.filter(|_| !is_partner).map(Lacks::of),
        partner: line.partner.as_ref().map(|(code, _)| code.clone()),
        date: fact.map(|fact| fact.date().to_string()),
        kind: fact.map(|fact| fact.kind.word().to_owned()),
        product: fact.and_then(|fact: &Fact| fact.product.as_ref()).map(ToString::to_string),
        quantity: fact.and_then(|fact| fact.quantity).map(number),
        unit: fact.and_then(|fact| fact.unit.as_ref()).map(ToString::to_string),
        amount: fact.and_then(|fact| fact.amount).map(number),
        currency: fact.and_then(|fact| fact.currency).map(|currency| currency.to_string()),
        terms: line.terms.iter().filter(|_| !is_partner).filter_map(term).collect(),
    }
}
