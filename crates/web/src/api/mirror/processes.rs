//! Program processes: points by hand, vouchers and promotions, called by the name of the template.
//!
//! All parameters of a call are done, or none.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::code::PartnerCode;
use domain::wallet::{Enrol, PromotionState, Refusal, VoucherPays};
use engine::catalog::MasterData;
use engine::db::Tx;
use engine::rules::Rules;
use engine::wallets::{self, Active, Answer, Ask};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Sent, currency, is_called, member, member_of, name_of, number, program, wrong};
use crate::api::Api;
use crate::api::guard::Caller;
use crate::api::input;
use crate::api::problem::ApiError;
use crate::api::wallets as lines;

/// No call has more parameters.
const PARAMETERS_MAX: usize = 200;

/// What we do of the templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Process {
    Credit,
    Debit,
    IssueVoucher,
    CancelVoucher,
    Enrol,
    OptOut,
    Promotions,
    Unenrol,
}

/// The names that calls are known by, without blanks and in small letters.
fn named(process: &str) -> Option<Process> {
    let plain: String =
        process.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    Some(match plain.as_str() {
        "creditpointstomembers" | "creditpoints" => Process::Credit,
        "debitpointsfrommembers" | "debitpoints" => Process::Debit,
        "issuevoucher" => Process::IssueVoucher,
        "cancelvoucher" | "cancelavoucher" => Process::CancelVoucher,
        "enrollinpromotion" | "enrollpromotion" | "enrollforpromotions" => Process::Enrol,
        "optoutofpromotion" | "optoutpromotion" | "optoutfromapromotion" | "leavepromotion" => {
            Process::OptOut
        }
        "getmemberpromotions" | "viewpromotions" => Process::Promotions,
        "unenrollmember" | "unenrolmember" => Process::Unenrol,
        _ => return None,
    })
}

/// Templates that there are over there, and why there is nothing to call here.
fn not_here(process: &str) -> Option<&'static str> {
    let plain: String =
        process.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    Some(match plain.as_str() {
        "updatememberdetails" => "partners are changed by PUT /api/v1/partners/{code}",
        "tierprocessing" => "tiers follow by themselves; a tier by hand is a line `assign`",
        _ => return None,
    })
}

/// Calls a process.
pub async fn run(
    State(api): State<Api>,
    caller: Caller,
    Path((_, of, process)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let Some(called) = named(&process) else {
        return match not_here(&process) {
            Some(why) => Ok(super::not_implemented(why)),
            None => Err(ApiError::NotFound),
        };
    };
    let sent = input::json(&headers, body).await?;
    let mut fields = Sent::of(&sent, "")?;
    let list = fields.value("processParameters").and_then(Value::as_array);
    fields.end()?;
    let list = list.ok_or_else(|| {
        let detail = "`processParameters` is a list of objects";
        wrong("/processParameters", "REQUIRED_FIELD_MISSING", detail)
    })?;
    if PARAMETERS_MAX < list.len() {
        let detail = format!("a call has at most {PARAMETERS_MAX} parameters");
        return Err(wrong("/processParameters", "REQUEST_LIMIT_EXCEEDED", detail));
    }
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let on = On { caller: &caller, rules: &rules, master: &master, of: program(&rules, &of)?, now };
    let mut results = Vec::new();
    for (at, value) in list.iter().enumerate() {
        let sent = Sent::of(value, &format!("/processParameters/{at}"))?;
        let key = match list.len() {
            1 => super::key_of(&headers),
            _ => format!("{}/{at}", super::key_of(&headers)),
        };
        results.extend(on.one(&mut tx, called, sent, key).await?);
    }
    tx.commit().await?;
    api.office().wake();
    Ok(Json(json!({
        "message": null,
        "outputParameters": { "outputParameters": { "results": results } },
        "simulationDetails": {},
        "status": true,
    }))
    .into_response())
}

/// On what a call acts.
struct On<'a> {
    caller: &'a Caller,
    rules: &'a Rules,
    master: &'a MasterData,
    of: &'a Active,
    now: Timestamp,
}

impl On<'_> {
    async fn one(
        &self,
        tx: &mut Tx,
        process: Process,
        sent: Sent<'_>,
        key: String,
    ) -> Result<Vec<Value>, ApiError> {
        match process {
            Process::Credit | Process::Debit => self.points(tx, process, sent, key).await,
            Process::IssueVoucher => self.issue(tx, sent, key).await,
            Process::CancelVoucher => self.cancel(tx, sent).await,
            Process::Enrol | Process::OptOut => self.promotion(tx, process, sent).await,
            Process::Promotions => self.promotions(tx, sent).await,
            Process::Unenrol => self.unenrol(tx, sent).await,
        }
    }

    /// Points of a transaction that were worked out elsewhere.
    async fn points(
        &self,
        tx: &mut Tx,
        process: Process,
        mut sent: Sent<'_>,
        key: String,
    ) -> Result<Vec<Value>, ApiError> {
        let (word, said, answered) = match process {
            Process::Debit => ("redeem", "PointsToDebit", "PointsDebited"),
            _ => ("credit", "PointsToCredit", "PointsCredited"),
        };
        let points = sent.amount(said)?.ok_or_else(|| {
            wrong(sent.at(said), "REQUIRED_FIELD_MISSING", format!("`{said}` is missing"))
        })?;
        let named = sent.text("ProgramCurrencyName")?;
        let journal = sent.value("TransactionJournal").ok_or_else(|| {
            let detail = "`TransactionJournal` is missing";
            wrong(sent.at("TransactionJournal"), "REQUIRED_FIELD_MISSING", detail)
        })?;
        let mut journal = Sent::of(journal, &sent.at("TransactionJournal"))?;
        sent.end()?;
        let type_name = if word == "credit" { "Accrual" } else { "Redemption" };
        journal.one_of("JournalTypeName", &[type_name])?;
        journal.one_of("Status", &["Pending", "Processed"])?;
        let partner = member(self.caller, self.master, &member_of(&mut journal)?)?;
        let number_of = journal.text("ExternalTransactionNumber")?;
        let transaction = journal.amount("TransactionAmount")?;
        if let Some(money) = journal.text("CurrencyIsoCode")?
            && self.of.money.is_some_and(|own| own.as_str() != money)
        {
            let detail = "the program is kept in another currency";
            return Err(wrong(journal.at("CurrencyIsoCode"), "INVALID_INPUT", detail));
        }
        let mut line = Map::new();
        let mut put = |word: &str, text: String| line.insert(word.to_owned(), Value::String(text));
        put(word, number_of.clone().unwrap_or(key));
        put("partner", partner.to_string());
        put("points", currency(self.of, named.as_deref())?.unit.to_string());
        put("amount", points.normalize().to_string());
        if let Some(on) = journal.text("ActivityDate")? {
            put("on", on);
        }
        // The names and ids of what is one program here say nothing more.
        let mut notes: Vec<String> = Vec::new();
        for name in ["LoyaltyProgramId", "LoyaltyProgramName", "JournalTypeId", "JournalSubTypeId"]
        {
            journal.text(name)?;
        }
        for name in [
            "JournalSubTypeName",
            "InvoiceDate",
            "JournalDate",
            "BookingDate",
            "EndDate",
            "Comment",
        ] {
            notes.extend(journal.text(name)?.map(|text| format!("{name} {text}")));
        }
        journal.end()?;
        if word == "credit" {
            notes.extend(transaction.map(|amount| format!("TransactionAmount {amount}")));
            if !notes.is_empty() {
                put("reason", notes.join("; "));
            }
        } else if let Some(amount) = transaction {
            // What points may pay of an order is a rule of the currency.
            put("order_amount", amount.normalize().to_string());
            if let Some(order) = number_of {
                put("order", order);
            }
        }
        self.act(tx, &Value::Object(line)).await?;
        Ok(vec![json!({ answered: number(points) })])
    }

    /// A membership ends today.
    async fn unenrol(&self, tx: &mut Tx, mut sent: Sent<'_>) -> Result<Vec<Value>, ApiError> {
        let partner = member(self.caller, self.master, &member_of(&mut sent)?)?;
        sent.end()?;
        let line = json!({ "leave": partner.to_string(), "wallet": self.of.code });
        self.act(tx, &line).await?;
        Ok(vec![json!({ "MemberStatus": "Inactive" })])
    }

    async fn issue(
        &self,
        tx: &mut Tx,
        mut sent: Sent<'_>,
        key: String,
    ) -> Result<Vec<Value>, ApiError> {
        let partner = member(self.caller, self.master, &member_of(&mut sent)?)?;
        let named = match sent.text("VoucherDefinitionName")? {
            Some(named) => Some(named),
            None => sent.text("VoucherDefinition")?,
        };
        let kind = self.voucher(named.as_deref())?;
        let mut line = Map::new();
        let mut put = |word: &str, text: String| line.insert(word.to_owned(), Value::String(text));
        put("issue", key);
        put("voucher", kind.clone());
        put("partner", partner.to_string());
        if let Some(value) = sent.amount("VoucherFaceValue")? {
            // What the definition says itself need not be said again.
            let declared = self.of.wallet.vouchers.get(kind.as_str()).map(|it| &it.pays);
            if declared != Some(&VoucherPays::Value(value)) {
                put("value", value.normalize().to_string());
            }
        }
        for (theirs, ours) in [("VoucherCode", "code"), ("VoucherExpirationDate", "expires")] {
            if let Some(text) = sent.text(theirs)? {
                put(ours, text);
            }
        }
        sent.end()?;
        let before = self.codes(tx, &partner).await?;
        self.act(tx, &Value::Object(line)).await?;
        let after = self.codes(tx, &partner).await?;
        let new = after.into_iter().find(|code| !before.contains(code));
        Ok(vec![json!({ "VoucherCode": new })])
    }

    /// A kind of voucher by its code or name; the only one if none is named.
    fn voucher(&self, named: Option<&str>) -> Result<String, ApiError> {
        let mut all = self.of.wallet.vouchers.iter();
        let found = match named {
            Some(named) => all.find(|(code, kind)| is_called(&kind.name, code, named)),
            None => all.next().filter(|_| self.of.wallet.vouchers.len() == 1),
        };
        found.map(|(code, _)| code.to_string()).ok_or_else(|| {
            let detail = "`VoucherDefinitionName` names one of the program's kinds of vouchers";
            wrong("", "REQUIRED_FIELD_MISSING", detail)
        })
    }

    async fn codes(&self, tx: &mut Tx, partner: &PartnerCode) -> Result<Vec<String>, ApiError> {
        let master = engine::catalog::load_master(tx).await?;
        let all =
            engine::views::wallet::of_partner(tx, self.rules, &master, (self.now, None), partner)
                .await?;
        let own = all.into_iter().filter(|wallet| wallet.code == self.of.code);
        Ok(own.flat_map(|wallet| wallet.vouchers).map(|voucher| voucher.code).collect())
    }

    async fn cancel(&self, tx: &mut Tx, mut sent: Sent<'_>) -> Result<Vec<Value>, ApiError> {
        let partner = match (sent.value("MembershipNumber"), sent.value("MemberId")) {
            (None, None) => None,
            _ => Some(member(self.caller, self.master, &member_of(&mut sent)?)?),
        };
        let code = match sent.text("VoucherCode")? {
            Some(code) => code,
            None => sent.needed("VoucherNumber")?,
        };
        sent.end()?;
        if let Some(partner) = &partner
            && !self.codes(tx, partner).await?.contains(&code)
        {
            return Err(ApiError::NotFound);
        }
        self.act(tx, &json!({ "cancel": code })).await?;
        Ok(vec![json!({ "VoucherCode": code })])
    }

    async fn promotion(
        &self,
        tx: &mut Tx,
        process: Process,
        mut sent: Sent<'_>,
    ) -> Result<Vec<Value>, ApiError> {
        let partner = member(self.caller, self.master, &member_of(&mut sent)?)?;
        let named = match sent.text("PromotionName")? {
            Some(named) => named,
            None => sent.needed("PromotionId")?,
        };
        sent.end()?;
        let mut all = self.of.wallet.promotions.iter();
        let found = all.find(|(code, of)| is_called(&of.name, code, &named));
        let code = found.map(|(code, _)| code.to_string()).ok_or(ApiError::NotFound)?;
        let word = if process == Process::Enrol { "enrol" } else { "leave" };
        self.act(tx, &json!({ word: partner.to_string(), "promotion": code })).await?;
        Ok(vec![json!({
            "MemberId": partner.to_string(),
            "LoyaltyProgramMbrPromotionId": format!("{code}/{partner}"),
        })])
    }

    /// The promotions of a member, as far as they run.
    async fn promotions(&self, tx: &mut Tx, mut sent: Sent<'_>) -> Result<Vec<Value>, ApiError> {
        let partner = member(self.caller, self.master, &member_of(&mut sent)?)?;
        sent.end()?;
        let book = wallets::book_of(tx, self.of, self.master, (self.now, None), &partner).await?;
        let running = self.of.wallet.promotions.values();
        let running = running.filter(|of| book.state_of(of) == PromotionState::Running);
        let shown = running.map(|of| {
            let category = match book.takes_part(of, &partner) {
                Ok(()) => "Eligible",
                Err(Refusal::NotEnrolled) => "EligibleButNotEnrolled",
                Err(_) => "Ineligible",
            };
            let last = of.ends.text().map(|text| text.chars().take(10).collect::<String>());
            json!({
                "promotionId": *of.code,
                "promotionName": name_of(&of.name, &of.code),
                "description": of.description.get("en").or(of.description.values().next()),
                "loyaltyPromotionType": "STANDARD",
                "promotionEnrollmentRqr": of.enrol == Enrol::Required,
                "memberEligibilityCategory": category,
                "startDate": of.starts.map(|at| at.date().to_string()),
                "endDate": last,
            })
        });
        Ok(shown.collect())
    }

    /// Does what a line says, or refuses all of the call.
    async fn act(&self, tx: &mut Tx, line: &Value) -> Result<(), ApiError> {
        act(tx, self.caller, (self.rules, self.master), self.now, line).await
    }
}

/// Does what a line says.
pub(super) async fn act(
    tx: &mut Tx,
    caller: &Caller,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    line: &Value,
) -> Result<(), ApiError> {
    let asked = lines::read_one(rules, line)?;
    let ask = Ask { key: asked.key, on: asked.on, command: asked.command };
    if engine::by_hand::needs_second(tx, rules, &ask.command).await? {
        let detail = "so many points need a second person: send them as a line to \
                      /api/v1/wallet-lines, where they wait for one";
        return Err(wrong("", "APPROVAL_NEEDED", detail));
    }
    let newer;
    // What the line before made of partners is known.
    let master = if engine::catalog::master_version(tx).await? == master.version {
        master
    } else {
        newer = engine::catalog::load_master(tx).await?;
        &newer
    };
    match wallets::act(tx, rules, master, (caller.actor(), now), &ask).await? {
        Answer::Taken(_) | Answer::Known => Ok(()),
        Answer::Refused(refusal) => {
            Err(wrong("", refusal.word(), lines::detail(refusal, caller.lang())))
        }
    }
}
