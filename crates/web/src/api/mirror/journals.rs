//! Transaction journals in real time: facts, with everything they did, or would do.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::code::PartnerCode;
use domain::wallet::{Line, List, Said};
use engine::catalog::MasterData;
use engine::db::Reader;
use engine::members;
use engine::realtime::{self, Happened};
use engine::wallets::Active;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{Sent, currency_type, member, member_of, name_of, number, plain, program, wrong};
use crate::api::facts::{self, FactAnswer};
use crate::api::guard::Caller;
use crate::api::problem::ApiError;
use crate::api::rows::{self, Row};
use crate::api::{Api, input};

/// No request has more journals.
const JOURNALS_MAX: usize = 200;

/// Takes journals in and answers what they brought; with `runSetting.isSimulation` says what they
/// would bring. One that is refused refuses all of them, as the other suite does.
pub async fn run(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    facts::counts_at_once(&api, &caller, None).await?;
    let sent = input::json(&headers, body).await?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let of = program(&rules, &named)?;
    let linked = linked(&mut reader, of, &sent).await?;
    let (journals, simulate) = read(&sent, of, (&caller, &master, &linked))?;
    drop(reader);
    let facts = Value::Array(journals.iter().map(|journal| journal.fact.clone()).collect());
    let now = api.office().now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let rows = rows::of_json(&Bytes::from(facts.to_string()), today)?;
    let (keys, rows): (Vec<String>, Vec<_>) =
        rows.into_iter().map(|Row { key, posted }| (key, posted)).unzip();
    let take = |simulate| realtime::Request {
        name: caller.token().name.clone(),
        actor: caller.actor().clone(),
        rows: rows.clone(),
        simulate,
    };
    // Tried before anything is kept: all of them go, or none.
    let tried = api.realtime().take(take(true)).await?;
    let answers = facts::answers(&tried.report, &keys, caller.language());
    refused(&answers)?;
    let happened = if simulate { tried } else { api.realtime().take(take(false)).await? };
    let by_partner: BTreeMap<&str, &Happened> =
        happened.partners.iter().map(|it| (it.partner.as_str(), it)).collect();
    Ok(Json(answer(of, &journals, &by_partner, simulate)))
}

/// The day of a journal by the clocks of the program, if it has one.
fn day_of(of: &Active, sent: &str) -> Option<Date> {
    local(of, sent.to_owned()).get(..10)?.parse().ok()
}

/// Whom journals mean that name a member by its number at a program partner, as `AIR:U10001`.
async fn linked(reader: &mut Reader, of: &Active, sent: &Value) -> Result<Linked, ApiError> {
    let journals = sent.get("transactionJournals").and_then(Value::as_array);
    let named = |journal: &Value| {
        let text = |name: &str| journal.get(name).and_then(Value::as_str);
        let code = text("MembershipNumber").or_else(|| text("MemberId"));
        let code = code.filter(|code| code.contains(members::BETWEEN))?;
        Some((PartnerCode::new(code), day_of(of, text("ActivityDate")?)?))
    };
    let all = journals.into_iter().flatten().filter_map(named).collect();
    Ok(members::meant_by(reader, &all).await?)
}

/// Members by what journals call them, and the day.
type Linked = HashMap<(PartnerCode, Date), i64>;

/// A journal, and the fact it is.
struct Journal {
    key: String,
    partner: String,
    fact: Value,
}

fn read(
    sent: &Value,
    of: &Active,
    who: (&Caller, &MasterData, &Linked),
) -> Result<(Vec<Journal>, bool), ApiError> {
    let mut fields = Sent::of(sent, "")?;
    let setting = fields.value("runSetting");
    let simulate = match setting {
        None => false,
        Some(setting) => {
            let mut fields = Sent::of(setting, "/runSetting")?;
            let simulate = fields.flag("isSimulation")?;
            fields.end()?;
            simulate
        }
    };
    let list = fields.value("transactionJournals").and_then(Value::as_array);
    fields.end()?;
    let list = list.ok_or_else(|| {
        let detail = "`transactionJournals` is a list of journals";
        wrong("/transactionJournals", "REQUIRED_FIELD_MISSING", detail)
    })?;
    if JOURNALS_MAX < list.len() {
        let detail = format!("a request has at most {JOURNALS_MAX} journals");
        return Err(wrong("/transactionJournals", "REQUEST_LIMIT_EXCEEDED", detail));
    }
    let journals: Result<Vec<Journal>, ApiError> =
        list.iter().enumerate().map(|(at, value)| journal(value, at, of, who)).collect();
    Ok((journals?, simulate))
}

fn journal(
    value: &Value,
    at: usize,
    of: &Active,
    (caller, master, linked): (&Caller, &MasterData, &Linked),
) -> Result<Journal, ApiError> {
    let pointer = format!("/transactionJournals/{at}");
    let mut fields = Sent::of(value, &pointer)?;
    if fields.value("Id").is_some() {
        let detail = "journals are sent with what they say, not by the id of a stored one";
        return Err(wrong(fields.at("Id"), "UNSUPPORTED_FIELD", detail));
    }
    for name in ["LoyaltyProgramName", "LoyaltyProgramId"] {
        let named = fields.text(name)?;
        if named.is_some_and(|named| !super::is_called(&of.name, &of.code, &named)) {
            let detail = "this journal is of another program than the address";
            return Err(wrong(fields.at(name), "INVALID_INPUT", detail));
        }
    }
    for name in ["JournalTypeName", "JournalTypeId", "JournalType"] {
        if fields.text(name)?.is_some_and(|it| !it.eq_ignore_ascii_case("Accrual")) {
            let detail = "journals in real time are accruals; points are spent by the process \
                          DebitPointsFromMembers";
            return Err(wrong(fields.at(name), "INVALID_INPUT", detail));
        }
    }
    fields.one_of("Status", &["Pending", "Processed"])?;
    if fields.value("appliedPromotions").is_some() {
        let detail = "promotions are applied by the rules; they are not chosen in a journal";
        return Err(wrong(fields.at("appliedPromotions"), "UNSUPPORTED_FIELD", detail));
    }
    if fields.value("ProductName").is_some() {
        let detail = "name the product by its code, in `ProductCode`";
        return Err(wrong(fields.at("ProductName"), "UNSUPPORTED_FIELD", detail));
    }
    let named = member_of(&mut fields)?;
    let key = fields.needed("ExternalTransactionNumber")?;
    let sent = fields.needed("ActivityDate")?;
    let meant = day_of(of, &sent).and_then(|day| linked.get(&(PartnerCode::new(&named), day)));
    let meant = meant.and_then(|id| master.partner_code(*id)).map(ToString::to_string);
    let partner = member(caller, master, &meant.unwrap_or(named))?.to_string();
    let date = local(of, sent);
    let mut fact = Map::new();
    let mut put = |name: &str, text: String| fact.insert(name.to_owned(), Value::String(text));
    put("key", key.clone());
    put("date", date);
    put("partner", partner.clone());
    for (theirs, ours) in [
        ("ProductCode", "product"),
        ("ProductId", "product"),
        ("Quantity", "quantity"),
        ("QuantityUnitOfMeasure", "unit"),
        ("TransactionAmount", "amount"),
        ("CurrencyIsoCode", "currency"),
        ("OrderNumber", "order"),
        ("Channel", "channel"),
    ] {
        if let Some(text) = fields.text(theirs)? {
            put(ours, text);
        }
    }
    if fact.contains_key("amount") && !fact.contains_key("currency") {
        fact.extend(of.money.map(|money| ("currency".to_owned(), json!(money.as_str()))));
    }
    // Whatever else it says is there for conditions.
    let mut attributes = Map::new();
    for (name, value) in fields.rest() {
        let text =
            plain(value).map_err(|detail| wrong(fields.at(name), "INVALID_INPUT", detail))?;
        attributes.insert(name.clone(), Value::String(text));
    }
    if !attributes.is_empty() {
        fact.insert("attributes".to_owned(), Value::Object(attributes));
    }
    Ok(Journal { key, partner, fact: Value::Object(fact) })
}

/// An instant by the clocks of the program: facts have days, and their source says whose.
fn local(of: &Active, text: String) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => of.wallet.time_zone.to_datetime(at).to_string(),
        Err(_) => text,
    }
}

fn refused(answers: &[FactAnswer]) -> Result<(), ApiError> {
    let wrong: Vec<crate::api::problem::Fault> = answers
        .iter()
        .filter(|answer| answer.result == "rejected")
        .map(|answer| {
            let at = format!("/transactionJournals/{}", answer.row - 1);
            let detail = answer.detail.clone().unwrap_or_default();
            crate::api::problem::Fault::in_body(at, answer.code.unwrap_or("rejected"), detail)
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(ApiError::Invalid(wrong)) }
}

/// What each journal brought: postings that name it, and what is new since the first of a member.
fn answer(
    of: &Active,
    journals: &[Journal],
    happened: &BTreeMap<&str, &Happened>,
    simulate: bool,
) -> Value {
    let mut results = Vec::with_capacity(journals.len());
    let mut told: Vec<&str> = Vec::new();
    for journal in journals {
        let Some(own) = happened.get(journal.partner.as_str()) else { continue };
        // Vouchers and badges have no fact behind them by name: they stand with the first journal.
        let is_first = !told.contains(&journal.partner.as_str());
        told.push(&journal.partner);
        let changes = changes(of, own, &journal.key, is_first, journals);
        let (vouchers, badges) = if is_first { issued(of, own) } else { (vec![], vec![]) };
        results.push(if simulate {
            let summary: Vec<Value> = changes
                .iter()
                .map(|change| {
                    json!({
                        "changeInPointsBalance": number(change.points),
                        "changeInEscrowPointsBalance": number(change.escrow),
                        "loyaltyProgramCurrencyName": change.name,
                        "loyaltyProgramCurrencyType": change.kind,
                    })
                })
                .collect();
            json!({
                "transactionJournal": journal.fact,
                "executionSummary": {
                    "pointsSummary": summary,
                    "vouchersSummary": vouchers,
                    "badgesSummary": badges,
                },
            })
        } else {
            let change: Vec<Value> = changes
                .iter()
                .map(|change| {
                    json!({
                        "changeInEscrowPointsBalance": number(change.escrow),
                        "changeInPointsBalance": number(change.points),
                        "currencyName": change.name,
                        "currencyType": change.kind,
                        "promotionId": "NA",
                    })
                })
                .collect();
            let voucher = (!vouchers.is_empty()).then(|| json!({"vouchersIssued": vouchers}));
            json!({
                "id": journal.key,
                "changeInMemberPoints": [{
                    "changeInMemberCurrencies": change,
                    "memberShipNumber": journal.partner,
                }],
                "voucherResult": voucher,
                "badgesAssigned": badges,
                "gamesAssigned": [],
            })
        });
    }
    let name = name_of(&of.name, &of.code);
    if simulate {
        return json!({
            "message": null,
            "processResult": null,
            "programName": name,
            "simulationResults": { "transactionJournals": results },
            "status": true,
        });
    }
    let balances: Vec<Value> = happened.values().map(|own| balance(of, own)).collect();
    json!({
        "message": null,
        "processResult": {
            "memberPointsBalance": balances,
            "transactionJournalResult": results,
        },
        "programName": name,
        "simulationResults": null,
        "status": true,
    })
}

/// What moved in a currency.
struct Change {
    name: String,
    kind: &'static str,
    points: Decimal,
    escrow: Decimal,
}

fn changes(
    of: &Active,
    own: &Happened,
    key: &str,
    is_first: bool,
    journals: &[Journal],
) -> Vec<Change> {
    // What no journal names (a total that was reached, say) stands with the first one.
    let is_named = |cause: &str| journals.iter().any(|journal| journal.key == cause);
    let mut all: Vec<Change> = Vec::new();
    for (unit, currency) in &of.wallet.points {
        let (mut points, mut escrow) = (Decimal::ZERO, Decimal::ZERO);
        for moved in own.moved.iter().filter(|moved| *moved.unit == **unit) {
            if moved.cause != key && (!is_first || is_named(&moved.cause)) {
                continue;
            }
            let mut add = |account: &str, amount: Decimal| {
                let mut parts = account.split('/');
                let (role, owner) = (parts.next(), parts.nth(1));
                match (role, owner == Some(&*own.partner)) {
                    (Some("open"), true) => points += amount,
                    (Some("escrow"), true) => escrow += amount,
                    _ => {}
                }
            };
            add(&moved.credit, moved.amount);
            add(&moved.debit, -moved.amount);
        }
        if !points.is_zero() || !escrow.is_zero() {
            let name = name_of(&currency.name, unit).to_owned();
            all.push(Change { name, kind: currency_type(currency.kind), points, escrow });
        }
    }
    all
}

fn text<'l>(line: &'l Line, word: &str) -> Option<&'l str> {
    line.says.iter().find_map(|(own, said)| match said {
        Said::Text(text) if *own == word => Some(text.as_str()),
        _ => None,
    })
}

fn amount(line: &Line, word: &str) -> Decimal {
    let found = line.says.iter().find_map(|(own, said)| match said {
        Said::Number(number) if *own == word => Some(*number),
        _ => None,
    });
    found.unwrap_or_default()
}

/// Vouchers and badges that are new.
fn issued(of: &Active, own: &Happened) -> (Vec<Value>, Vec<Value>) {
    let (mut vouchers, mut badges) = (Vec::new(), Vec::new());
    for line in &own.changed {
        match line.list {
            List::Vouchers if text(line, "status") == Some("issued") => {
                let kind = text(line, "voucher").unwrap_or_default();
                let Some(declared) = of.wallet.vouchers.get(kind) else { continue };
                vouchers.push(json!({
                    "voucherCode": line.of,
                    "voucherDefinitionName": name_of(&declared.name, kind),
                    "expirationDate": text(line, "expires"),
                    "faceValue": number(amount(line, "amount")),
                }));
            }
            List::Badges => {
                let code = text(line, "badge").unwrap_or_default();
                let Some(declared) = of.wallet.badges.get(code) else { continue };
                badges.push(json!({
                    "loyaltyProgramBadgeName": name_of(&declared.name, code),
                    "badgeValidityEndDate": text(line, "expires"),
                    "memberBadgeStatus": text(line, "status"),
                }));
            }
            _ => {}
        }
    }
    (vouchers, badges)
}

fn balance(of: &Active, own: &Happened) -> Value {
    let lines = own.now.iter().filter(|line| line.list == List::Balances);
    let currencies: Vec<Value> = lines
        .filter_map(|line| {
            let unit = text(line, "unit")?;
            let currency = of.wallet.points.get(unit)?;
            Some(json!({
                "currencyName": name_of(&currency.name, unit),
                "currencyType": currency_type(currency.kind),
                "escrowPointsBalance": number(amount(line, "escrow")),
                "pointsBalance": number(amount(line, "amount")),
            }))
        })
        .collect();
    json!({ "memberCurrencies": currencies, "memberShipNumber": own.partner })
}
