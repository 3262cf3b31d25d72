//! What moved a member's points: the history, and the summary of its ledger. 200 a page.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::code::PartnerCode;
use engine::views::wallet::{self as view, Movement};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{PER_PAGE, Sent, member, name_of, number, program, wrong};
use crate::api::Api;
use crate::api::guard::Caller;
use crate::api::input::{self, Params};
use crate::api::problem::{ApiError, Fault};

/// Movements that are read at once.
const MOVEMENTS_PER_READ: i64 = 1_000;

/// What is asked for.
struct Wanted {
    kind: Option<String>,
    from: Option<Date>,
    until: Option<Date>,
    page: usize,
}

/// Accruals or redemptions of a member.
pub async fn history(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named)): Path<(String, String)>,
    mut params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let page = params.number("page", (1, 1_000_000)).unwrap_or(1);
    params.end()?;
    let sent = input::json(&headers, body).await?;
    let mut fields = Sent::of(&sent, "")?;
    let number_of = fields.needed("membershipNumber")?;
    let kind = fields.one_of("journalType", &["Accrual", "Redemption"])?;
    let kind = kind.ok_or_else(|| {
        wrong("/journalType", "REQUIRED_FIELD_MISSING", "`journalType` is missing")
    })?;
    let mut day = |name: &'static str| -> Result<Option<Date>, ApiError> {
        let Some(text) = fields.text(name)? else { return Ok(None) };
        let day = text.get(..10).and_then(|text| text.parse().ok());
        let detail = "a moment as 2022-01-27T00:00:00Z is needed";
        day.map(Some).ok_or_else(|| wrong(format!("/{name}"), "INVALID_INPUT", detail))
    };
    let (from, until) = (day("periodStartDate")?, day("periodEndDate")?);
    fields.end()?;
    let page = usize::try_from(page).unwrap_or(1);
    let wanted = Wanted { kind: Some(kind), from, until, page };
    answer(&api, &caller, (&named, &number_of), wanted).await
}

/// What moved, of every kind.
pub async fn summary(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named, number_of)): Path<(String, String, String)>,
    mut params: Params,
) -> Result<Json<Value>, ApiError> {
    let page = params.number("pageNumber", (1, 1_000_000)).unwrap_or(1);
    let kind = params.text("journalTypeName");
    let mut day = |name: &'static str| {
        let text = params.text(name)?;
        let day: Option<Date> = text.get(..10).and_then(|text| text.parse().ok());
        if day.is_none() {
            let detail = format!("`{text}` is no day; write it as 2022-01-27");
            params.faults.push(Fault::in_parameter(name, "INVALID_INPUT", detail));
        }
        day
    };
    let (from, until) = (day("periodStartDate"), day("periodEndDate"));
    params.end()?;
    let page = usize::try_from(page).unwrap_or(1);
    answer(&api, &caller, (&named, &number_of), Wanted { kind, from, until, page }).await
}

/// What one cause did on a day, in one direction.
#[derive(Debug, Default)]
struct Journal {
    seq: i64,
    day: Option<Date>,
    recorded: String,
    cause: String,
    kind: &'static str,
    /// By unit.
    changes: BTreeMap<String, Decimal>,
}

async fn answer(
    api: &Api,
    caller: &Caller,
    (named, number_of): (&str, &str),
    wanted: Wanted,
) -> Result<Json<Value>, ApiError> {
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let of = program(&rules, named)?;
    let partner: PartnerCode = member(caller, &master, number_of)?;
    let id = master.partner_id(partner.as_str()).ok_or(ApiError::NotFound)?;
    let mut journals: Vec<Journal> = Vec::new();
    let mut before = None;
    loop {
        let rows = view::movements(&mut reader, &rules, id, before, MOVEMENTS_PER_READ).await?;
        before = rows.last().map(|row| row.seq);
        let is_last = i64::try_from(rows.len()) != Ok(MOVEMENTS_PER_READ);
        for row in rows.iter().filter(|row| of.wallet.points.contains_key(row.unit.as_str())) {
            add(&mut journals, row);
        }
        if is_last {
            break;
        }
    }
    journals.retain(|it| {
        let is_kind = wanted.kind.as_ref().is_none_or(|kind| kind.eq_ignore_ascii_case(it.kind));
        let is_late = wanted.from.is_none_or(|from| it.day.is_some_and(|day| from <= day));
        let is_early = wanted.until.is_none_or(|until| it.day.is_some_and(|day| day <= until));
        is_kind && is_late && is_early
    });
    let count = journals.len();
    let from = wanted.page.saturating_sub(1).saturating_mul(PER_PAGE);
    let shown: Vec<Value> = journals
        .iter()
        .skip(from)
        .take(PER_PAGE)
        .map(|it| {
            let changes: Vec<Value> = it
                .changes
                .iter()
                .map(|(unit, amount)| {
                    let currency = of.wallet.points.get(unit.as_str());
                    let name = currency.map_or(unit.as_str(), |own| name_of(&own.name, unit));
                    json!({ "changeInPoints": number(*amount), "loyaltyMemberCurrency": name })
                })
                .collect();
            json!({
                "transactionJournalId": it.cause,
                "transactionJournalNumber": it.seq.to_string(),
                "activityDate": it.day.map_or(it.recorded.clone(), |day| format!("{day}T00:00:00Z")),
                "journalTypeName": it.kind,
                "journalSubTypeName": null,
                "pointsChange": changes,
                "productName": null,
                "productCategoryName": null,
                "transactionAmount": null,
                "additionalTransactionJournalAttributes": [],
            })
        })
        .collect();
    Ok(Json(json!({
        "message": null,
        "status": true,
        "externalTransactionNumber": null,
        "transactionJournalCount": count,
        "transactionJournals": shown,
    })))
}

/// Adds a movement to the journal it belongs to. They come newest first.
fn add(journals: &mut Vec<Journal>, row: &Movement) {
    let kind = match row.other.as_str() {
        "granted" if Decimal::ZERO < row.amount => "Accrual",
        "granted" => "Accrual Cancellation",
        "redeemed" if row.amount < Decimal::ZERO => "Redemption",
        "redeemed" => "Redemption Cancellation",
        "reserved" => "Reservation",
        "expired" => "Expiry",
        "adjusted" => "Manual Points Adjustment",
        "reset" => "Reset",
        "escrow" => "Escrow",
        "arrears" => "Arrears",
        _ => "Transfer",
    };
    let is_same = |it: &Journal| it.cause == row.cause && it.kind == kind && it.day == row.day;
    let known = journals.iter().rev().take(50).position(is_same);
    let at = if let Some(back) = known {
        journals.len() - 1 - back
    } else {
        journals.push(Journal {
            seq: row.seq,
            day: row.day,
            recorded: row.recorded.to_string(),
            cause: row.cause.clone(),
            kind,
            changes: BTreeMap::new(),
        });
        journals.len() - 1
    };
    *journals[at].changes.entry(row.unit.clone()).or_default() += row.amount;
}
