//! Vouchers of a member: the list, and their use in one step or two.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use engine::views::wallet::{self as view, HeldVoucher};
use engine::wallets::Active;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{PER_PAGE, Sent, member, name_of, number, processes, program, wrong};
use crate::api::guard::Caller;
use crate::api::input::{self, Params};
use crate::api::problem::{ApiError, Fault};
use crate::api::{Api, wallets as lines};

const STATES: [&str; 4] = ["Issued", "Redeemed", "Expired", "Cancelled"];

/// A member's vouchers, 200 a page, by their last day.
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named, number_of)): Path<(String, String, String)>,
    mut params: Params,
) -> Result<Json<Value>, ApiError> {
    let page = params.number("pageNumber", (1, 1_000_000)).unwrap_or(1);
    let states = params.text("voucherStatus");
    let sort =
        params.word("sortBy", |word| (word == "ExpirationDate").then_some(()), &["ExpirationDate"]);
    let order = params.word(
        "sortOrder",
        |word| match word {
            "Ascending" => Some(true),
            "Descending" => Some(false),
            _ => None,
        },
        &["Ascending", "Descending"],
    );
    let _: Option<()> = sort;
    params.end()?;
    let states: Option<Vec<String>> =
        states.map(|all| all.split(',').map(|it| it.trim().to_owned()).collect());
    let unknown = states.iter().flatten().find(|it| !STATES.contains(&it.as_str()));
    if let Some(unknown) = unknown {
        let detail = format!("`{unknown}` is not one of {}", STATES.join(", "));
        return Err(ApiError::invalid(Fault::in_parameter("voucherStatus", "INVALID", detail)));
    }
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let of = program(&rules, &named)?;
    let partner = member(&caller, &master, &number_of)?;
    let all = view::of_partner(&mut reader, &rules, &master, (now, None), &partner).await?;
    let own = all.into_iter().find(|it| it.code == of.code).ok_or(ApiError::NotFound)?;
    let mut vouchers: Vec<&HeldVoucher> = own
        .vouchers
        .iter()
        .filter(|it| {
            let state = capital(&it.status);
            states.as_ref().is_none_or(|states| states.contains(&state))
        })
        .collect();
    // What never ends comes last.
    vouchers.sort_by_key(|it| (it.expires.is_none(), it.expires.clone(), it.code.clone()));
    if order == Some(false) {
        vouchers.reverse();
    }
    let count = vouchers.len();
    let from = usize::try_from(page - 1).unwrap_or(usize::MAX).saturating_mul(PER_PAGE);
    let shown: Vec<Value> =
        vouchers.into_iter().skip(from).take(PER_PAGE).map(|it| shown(of, it)).collect();
    Ok(Json(json!({ "voucherCount": count, "vouchers": shown })))
}

fn shown(of: &Active, it: &HeldVoucher) -> Value {
    let declared = of.wallet.vouchers.get(it.kind.as_str());
    let money = of.money.map(|money| money.to_string());
    let left = it.amount + it.reserved;
    let value = |amount: Decimal| if it.is_money { number(amount) } else { Value::Null };
    json!({
        "voucherId": it.code,
        "voucherCode": it.code,
        "voucherNumber": it.code,
        "voucherDefinition": name_of(&it.name, &it.kind),
        "description": it.description.get("en").or(it.description.values().next()),
        "type": if it.is_money { "FixedValue" } else { "ProductOrService" },
        "status": capital(&it.status),
        "faceValue": value(left + it.redeemed),
        "redeemedValue": value(it.redeemed),
        "remainingValue": value(left),
        "reservedValue": value(it.reserved),
        "currencyIsoCode": if it.is_money { json!(money) } else { Value::Null },
        "effectiveDate": null,
        "expirationDate": it.expires.as_ref().map(|text| text.chars().take(10).collect::<String>()),
        "useDate": null,
        "isVoucherDefinitionActive": true,
        "isVoucherPartiallyRedeemable": declared.is_some_and(|kind| it.is_money && kind.partial),
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Uses a voucher, or a part of it; `action` reserves, and uses or lets go what was reserved.
pub async fn redeem(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named, number_of, code)): Path<(String, String, String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    params.end()?;
    let bytes = input::bytes(body, "JSON_BYTES_MAX", input::JSON_BYTES_MAX).await?;
    let sent = if bytes.is_empty() { json!({}) } else { input::parse(&bytes)? };
    let mut fields = Sent::of(&sent, "")?;
    let action = fields.one_of("action", &["Reserve", "Redeem", "Unreserve"])?;
    let reservation = fields.text("reservationKey")?;
    let reserved = fields.amount("reservedValue")?;
    let amount = match fields.amount("redeemAmount")? {
        Some(amount) => Some(amount),
        None => fields.amount("redemptionAmount")?,
    };
    let money = fields.text("currencyIsoCode")?;
    fields.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let of = program(&rules, &named)?;
    let partner = member(&caller, &master, &number_of)?;
    if money.is_some_and(|money| of.money.is_some_and(|own| own.as_str() != money)) {
        return Err(wrong("/currencyIsoCode", "INVALID_INPUT", "the program has another currency"));
    }
    let before = held(&mut tx, &rules, &master, (of, now), (&partner, &code)).await?;
    let action = action.map(|it| it.to_ascii_lowercase()).unwrap_or_default();
    let line = line(&action, (reservation, reserved, amount), &before, &partner, &headers)?;
    lines::own_line(&caller, &master, &rules, &line)?;
    processes::act(&mut tx, &caller, (&rules, &master), now, &line).await?;
    let after = held(&mut tx, &rules, &master, (of, now), (&partner, &code)).await?;
    tx.commit().await?;
    api.office().wake();
    let mut told = shown(of, &after);
    if let Value::Object(object) = &mut told {
        object.insert("message".to_owned(), Value::Null);
        object.insert("isSuccess".to_owned(), Value::Bool(true));
    }
    Ok(Json(told))
}

/// The line that does it.
fn line(
    action: &str,
    (reservation, reserved, amount): (Option<String>, Option<Decimal>, Option<Decimal>),
    held: &HeldVoucher,
    partner: &domain::code::PartnerCode,
    headers: &HeaderMap,
) -> Result<Value, ApiError> {
    let needed = |key: Option<String>| {
        let detail = "`reservationKey` is missing";
        key.ok_or_else(|| wrong("/reservationKey", "REQUIRED_FIELD_MISSING", detail))
    };
    let mut line = Map::new();
    let mut put = |word: &str, text: String| line.insert(word.to_owned(), Value::String(text));
    let (word, key, amount) = match (action, reservation) {
        ("reserve", key) => ("reserve", needed(key)?, reserved.or(amount)),
        ("unreserve", key) => {
            put("release", needed(key)?);
            return Ok(Value::Object(line));
        }
        (_, Some(key)) => {
            put("commit", key);
            if let Some(amount) = amount {
                put("amount", amount.normalize().to_string());
            }
            return Ok(Value::Object(line));
        }
        _ => ("redeem", super::key_of(headers), amount),
    };
    put(word, key);
    put("voucher", held.code.clone());
    put("partner", partner.to_string());
    if let Some(amount) = amount.or(held.is_money.then_some(held.amount)) {
        put("amount", amount.normalize().to_string());
    }
    Ok(Value::Object(line))
}

/// A voucher of a member.
async fn held(
    reader: &mut engine::db::Reader,
    rules: &engine::rules::Rules,
    master: &engine::catalog::MasterData,
    (of, now): (&Active, jiff::Timestamp),
    (partner, code): (&domain::code::PartnerCode, &str),
) -> Result<HeldVoucher, ApiError> {
    let all = view::of_partner(reader, rules, master, (now, None), partner).await?;
    let own = all.into_iter().filter(|it| it.code == of.code).flat_map(|it| it.vouchers);
    let mut own = own.filter(|it| it.code == code);
    own.next().ok_or(ApiError::NotFound)
}
