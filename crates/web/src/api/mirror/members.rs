//! Members: partners as they stand in a program, what they have of it, and how one becomes one.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::code::PartnerCode;
use domain::wallet::{Channel, List, MemberState, MemberStep, PointKind, Said};
use engine::catalog::{self, Fields, Item, Names};
use engine::members::{self as store, Every, people};
use engine::papers::points;
use engine::referrals;
use engine::views::wallet::{self as view, PartnerWallet};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Sent, currency, member, name_of, number, program, wrong};
use crate::api::Api;
use crate::api::guard::Caller;
use crate::api::input::{self, Params};
use crate::api::problem::{ApiError, Fault};

/// A member's profile: `memberId` or `membershipNumber`, and `programCurrencyName` for one currency.
pub async fn profile(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named)): Path<(String, String)>,
    mut params: Params,
) -> Result<Json<Value>, ApiError> {
    let (number_of, id) = (params.text("membershipNumber"), params.text("memberId"));
    let only = params.text("programCurrencyName");
    params.end()?;
    let asked = number_of.or(id).ok_or_else(|| {
        let detail = "`membershipNumber` or `memberId` is missing";
        ApiError::invalid(Fault::in_parameter("membershipNumber", "REQUIRED_FIELD_MISSING", detail))
    })?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let of = program(&rules, &named)?;
    let partner = member(&caller, &master, &asked)?;
    let only = only.map(|named| currency(of, Some(&named)).map(|it| it.unit.to_string()));
    let only = only.transpose()?;
    let row = catalog::partner_by_code(&mut reader, partner.as_str()).await?;
    let row = row.ok_or(ApiError::NotFound)?;
    let all = view::of_partner(&mut reader, &rules, &master, (now, None), &partner).await?;
    let own = all.into_iter().find(|it| it.code == of.code).ok_or(ApiError::NotFound)?;
    let book = engine::wallets::book_of(&mut reader, of, &master, (now, None), &partner).await?;
    let report = book.report();
    let sums = |unit: &str| {
        let line = report.iter().find(|line| {
            line.list == List::Balances
                && line.of == partner.as_str()
                && line.says.contains(&("unit", Said::Text(unit.to_owned())))
        });
        line.map(|line| line.says.iter().cloned().collect::<BTreeMap<_, _>>()).unwrap_or_default()
    };
    let currencies: Vec<Value> = own
        .holdings
        .iter()
        .filter(|it| only.as_ref().is_none_or(|only| *only == it.unit))
        .map(|it| member_currency(it, of.wallet.points.get(it.unit.as_str()), &sums(&it.unit)))
        .collect();
    let name = name_of(&row.names, &row.code);
    let is = book.membership(&partner, book.now());
    let choice = store::choice(&mut reader, of.wallet_id, row.partner_id).await?;
    let choice = choice.map(|row| row.choice).unwrap_or_default();
    let issued = points::issued(&mut reader, row.partner_id).await?;
    let issued = issued.iter().find(|it| it.wallet_id == of.wallet_id);
    let brought = referrals::of_friend(&mut reader, row.partner_id).await?;
    let brought = brought.and_then(|it| master.partner_code(it.advocate_id));
    let steps = engine::wallets::lifecycle(&mut reader, &row.code, Some(of.wallet_id), STEPS);
    let steps = steps.await?;
    let renewed = steps.iter().find(|it| it.verb == "renew" && it.refusal.is_none());
    let is_person = row.fields.get("kind").is_some_and(|kind| kind == people::KIND);
    let joined = row.fields.get("joined").cloned();
    Ok(Json(json!({
        "loyaltyProgramMemberId": row.code,
        "membershipNumber": row.code,
        "loyaltyProgramName": name_of(&of.name, &of.code),
        "memberStatus": match is.state {
            MemberState::Active => "Active",
            MemberState::Merged => "Merged",
            MemberState::Suspended | MemberState::Ended | MemberState::Outside => "Inactive",
        },
        "memberType": if is_person { "Individual" } else { "Corporate" },
        "associatedAccount": (!is_person).then(|| json!({ "accountId": row.id, "name": name })),
        "associatedContact": is_person.then(|| json!({ "contactId": row.id, "name": name })),
        "enrollmentDate": is.since.map(|day| day.to_string()).or(joined),
        "enrollmentChannel": is.channel.map(Channel::word),
        "canReceivePromotions": choice.promotions,
        "canReceivePartnerPromotions": true,
        "groupName": null,
        "groupCreatedByMember": null,
        "lastActivityDate": null,
        "membershipEndDate": is.until.map(|day| day.to_string()),
        "membershipLastRenewalDate": renewed.map(|it| it.on.date().to_string()),
        "referredBy": brought.map(ToString::to_string),
        "relatedCorporateMembershipNumber": row.parent,
        "transactionJournalStatementFrequency": match choice.every {
            Every::Never => Value::Null,
            Every::Month => json!("Monthly"),
            Every::Quarter => json!("Quarterly"),
        },
        "transactionJournalStatementLastGeneratedDate": issued.map(|it| it.at.to_string()),
        "transactionJournalStatementMethod": null,
        "memberCurrencies": currencies,
        "memberTiers": tiers(&own),
        "additionalLoyaltyProgramMemberFields": row.fields,
    })))
}

fn member_currency(
    it: &view::Holding,
    declared: Option<&domain::wallet::PointCurrency>,
    sums: &BTreeMap<&'static str, Said>,
) -> Value {
    let sum = |word: &str| match sums.get(word) {
        Some(Said::Number(amount)) => *amount,
        _ => Decimal::ZERO,
    };
    let name = name_of(&it.name, &it.unit);
    let expirable = it.expiring.as_ref().map_or(Decimal::ZERO, |(_, amount)| *amount);
    json!({
        "memberCurrencyId": it.unit,
        "loyaltyProgramCurrencyId": it.unit,
        "loyaltyProgramCurrencyName": name,
        "loyaltyMemberCurrencyName": name,
        "pointsBalance": number(it.amount),
        "escrowPointsBalance": number(it.escrow),
        "expirablePoints": number(expirable),
        "totalPointsAccrued": number(sum("credited")),
        "totalPointsRedeemed": number(sum("redeemed")),
        "totalPointsExpired": number(sum("expired")),
        "totalEscrowPointsAccrued": number(it.escrow),
        "totalEscrowRolloverPoints": 0,
        "qualifyingPointsBalanceBeforeReset": number(sum("before_reset")),
        "currencyType": declared.map_or("NonQualifying", |it| match it.kind {
            PointKind::Spendable => "NonQualifying",
            PointKind::Qualifying => "Qualifying",
        }),
        "lastAccrualProcessedDate": null,
        "lastEscrowProcessedDate": null,
        "lastExpirationProcessRunDate": null,
        "lastPointsAggregationDate": null,
        "lastPointsResetDate": null,
        "nextQualifyingPointsResetDate": null,
        "additionalLoyaltyMemberCurrencyFields": {},
    })
}

fn tiers(own: &PartnerWallet) -> Vec<Value> {
    let mut all = Vec::new();
    for of in &own.tiers {
        let Some((at, row)) = of.tier.and_then(|at| Some((at, of.rows.get(at)?))) else { continue };
        let name = name_of(&row.name, &row.tier);
        all.push(json!({
            "loyaltyMemberTierId": format!("{}/{}", of.group, row.tier),
            "loyaltyMemberTierName": name,
            "tierId": row.tier,
            "tierGroupId": of.group,
            "tierGroupName": name_of(&of.name, &of.group),
            "tierSequenceNumber": at + 1,
            "tierEffectiveDate": of.since,
            "tierExpirationDate": of.next_check,
            "tierChangeReason": null,
            "tierChangeReasonType": null,
            "areTierBenefitsAssigned": !row.benefits.is_empty(),
            "additionalLoyaltyMemberTierFields": {},
        }));
    }
    all
}

/// A member's benefits, in all programs: the address names none.
pub async fn benefits(
    State(api): State<Api>,
    caller: Caller,
    Path((_, id)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let partner = member(&caller, &master, &id)?;
    let all = view::of_partner(&mut reader, &rules, &master, (now, None), &partner).await?;
    let shown = all.iter().flat_map(|own| &own.benefits).map(|it| {
        json!({
            "benefitId": it.code,
            "benefitName": name_of(&it.name, &it.code),
            "benefitTypeId": it.code,
            "benefitTypeName": name_of(&it.name, &it.code),
            "description": it.description.get("en").or(it.description.values().next()),
            "createdRecordId": null,
            "createdRecordName": null,
            "startDate": it.since,
            "endDate": null,
            "isActive": it.is_active,
            "memberBenefitStatus": if it.is_active { "Active" } else { "Inactive" },
        })
    });
    Ok(Json(json!({ "memberBenefits": shown.collect::<Vec<Value>>() })))
}

/// How many steps of a membership are looked through for the last renewal.
const STEPS: i64 = 1000;

/// Who is enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Enrolled {
    Company,
    Person,
}

/// Enrols a company: it becomes a partner, or is the partner it was, and a member.
pub async fn enrol(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let sent = input::json(&headers, body).await?;
    enrolled(&api, &caller, &named, (&sent, Enrolled::Company)).await
}

/// Enrols a person: a partner of kind `person`, whose parent is the company it belongs to.
pub async fn enrol_person(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let sent = input::json(&headers, body).await?;
    enrolled(&api, &caller, &named, (&sent, Enrolled::Person)).await
}

async fn enrolled(
    api: &Api,
    caller: &Caller,
    named: &str,
    (sent, who): (&Value, Enrolled),
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let mut fields = Sent::of(sent, "")?;
    let code = fields.needed("membershipNumber")?;
    let since = fields.needed("enrollmentDate")?;
    let since: Date = since.get(..10).and_then(|day| day.parse().ok()).ok_or_else(|| {
        wrong("/enrollmentDate", "INVALID_INPUT", "a date as 2021-01-01T00:00:00 is needed")
    })?;
    let (details, further) = match who {
        Enrolled::Company => ("associatedAccountDetails", "additionalAccountFieldValues"),
        Enrolled::Person => ("associatedContactDetails", "additionalContactFieldValues"),
    };
    let account = fields.value(details).ok_or_else(|| {
        let detail = format!("`{details}` is missing");
        wrong(format!("/{details}"), "REQUIRED_FIELD_MISSING", detail)
    })?;
    let mut account = Sent::of(account, &format!("/{details}"))?;
    let name = match who {
        Enrolled::Company => account.needed("name")?,
        Enrolled::Person => {
            let first = account.text("firstName")?.unwrap_or_default();
            let last = account.needed("lastName")?;
            format!("{first} {last}").trim().to_owned()
        }
    };
    // A number is one partner here, so there are no duplicates to allow.
    account.flag("allowDuplicateRecords")?;
    let mut own: Fields = attributes(&mut account, further)?;
    account.end()?;
    if who == Enrolled::Person {
        own.insert("kind".to_owned(), people::KIND.to_owned());
        let company = fields.text("relatedCorporateMembershipNumber")?;
        own.extend(company.map(|company| ("parent".to_owned(), company)));
    }
    own.extend(attributes(&mut fields, "additionalMemberFieldValues")?);
    own.insert("joined".to_owned(), since.to_string());
    fields.one_of("memberStatus", &["Active"])?;
    fields.one_of("canReceivePromotions", &["true"])?;
    fields.one_of("canReceivePartnerPromotions", &["true"])?;
    if fields.flag("createTransactionJournals")? {
        let detail = "points for enrolling come by a program over partners, or by a credit";
        return Err(wrong("/createTransactionJournals", "UNSUPPORTED_FIELD", detail));
    }
    if let Some(channel) = fields.text("enrollmentChannel")? {
        own.insert("enrollment_channel".to_owned(), channel);
    }
    fields.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let of = program(&rules, named)?;
    let found = catalog::partner_by_code(&mut tx, &code).await?;
    if found.is_none() {
        let names = Names::from([("en".to_owned(), name)]);
        let item = Item::new(&code, names, own)
            .map_err(|error| wrong("/membershipNumber", "INVALID_INPUT", error.to_string()))?;
        let done =
            catalog::upsert_partners(&mut tx, now, caller.actor(), Date::MIN, vec![item]).await?;
        if !done.rejected.is_empty() {
            return Err(wrong("/membershipNumber", "INVALID_INPUT", "the partner was refused"));
        }
    }
    let master = api.office().master(&mut tx).await?;
    let partner = PartnerCode::new(&code);
    let member = engine::wallets::membership(&mut tx, of, &master, now, &partner).await?;
    // Who is a member already stays one, since when it was.
    if member.is.since.is_none() || member.is.state == MemberState::Ended {
        let step = MemberStep::Enrol { channel: Some(Channel::Api), until: None };
        let on = Some(since.at(0, 0, 0, 0));
        let said = engine::wallets::Said { partner, step, on, reason: None };
        engine::wallets::say(&mut tx, (&rules, &master), (caller.actor(), now), of, said).await?;
    }
    tx.commit().await?;
    api.office().wake();
    let status = if found.is_none() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((
        status,
        Json(json!({
            "loyaltyProgramMemberId": code,
            "loyaltyProgramName": name_of(&of.name, &of.code),
            "membershipNumber": code,
            "accountId": found.map(|row| row.id),
            "transactionJournals": [],
        })),
    ))
}

/// Further fields, under `attributes`.
fn attributes(fields: &mut Sent<'_>, name: &'static str) -> Result<Fields, ApiError> {
    let Some(value) = fields.value(name) else { return Ok(Fields::new()) };
    let at = fields.at(name);
    let mut outer = Sent::of(value, &at)?;
    let inner = outer.value("attributes");
    outer.end()?;
    let Some(inner) = inner else { return Ok(Fields::new()) };
    let inner = Sent::of(inner, &format!("{at}/attributes"))?;
    let mut all = Fields::new();
    for (name, value) in inner.rest() {
        let text =
            super::plain(value).map_err(|detail| wrong(inner.at(name), "INVALID_INPUT", detail))?;
        all.insert(name.to_ascii_lowercase(), text);
    }
    Ok(all)
}

/// The games of a participant: what can be played, and what it won.
pub async fn games(
    State(api): State<Api>,
    caller: Caller,
    Path((_, id)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let partner = member(&caller, &master, &id)?;
    let mut all: Vec<Value> = Vec::new();
    for of in &rules.wallets {
        let book =
            engine::wallets::book_of(&mut reader, of, &master, (now, None), &partner).await?;
        let report = book.report();
        for (code, game) in &of.wallet.games {
            let own = report.iter().filter(|line| {
                line.list == List::Plays
                    && line.says.contains(&("game", Said::Text(code.to_string())))
                    && line.says.contains(&("partner", Said::Text(partner.to_string())))
            });
            let rewards: Vec<Value> = own
                .map(|line| {
                    let said = |word: &str| {
                        line.says.iter().find_map(|(own, said)| match said {
                            Said::Text(text) if *own == word => Some(text.clone()),
                            _ => None,
                        })
                    };
                    let cancelled = said("status").as_deref() == Some("cancelled");
                    json!({
                        "gameParticipantRewardId": line.of,
                        "name": said("prize"),
                        "status": if cancelled { "Cancelled" } else { "Rewarded" },
                    })
                })
                .collect();
            all.push(json!({
                "definitionId": **code,
                "name": name_of(&game.name, code),
                "description": game.description.get("en").or(game.description.values().next()),
                "type": "SpintheWheel",
                "status": "Active",
                "startDate": null,
                "endDate": null,
                "timeoutDuration": null,
                "participantGameRewards": rewards,
            }));
        }
    }
    Ok(Json(json!({ "errorMessage": null, "status": true, "gameDefinitions": all })))
}
