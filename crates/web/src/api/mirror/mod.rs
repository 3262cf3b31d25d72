//! The loyalty API of the leading suite, as far as Tokuten does the same: a client written for it
//! goes on after its base address and its names were changed.
//!
//! # Invariants
//!
//! * It is a door and no second house: what comes in becomes the same facts and lines as through
//!   `/api/v1`, with the same tokens, scopes and rights, and is answered in the other words.
//! * What a request asks and we do not do is an error with its name, never passed over. What is only
//!   taken note of stands in `docs/reference/mirrored-api.md`.
//! * Amounts are exact. Numbers are read as they are written and refused where JSON does not carry
//!   them; they are written as numbers, since that is what these clients read.
//!
//! These addresses are not in our `OpenAPI` document: their shapes belong to somebody else, and what
//! we promise of them stands in that page.

mod history;
mod journals;
mod links;
mod members;
mod processes;
mod sign_in;
mod trail;
mod vouchers;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use domain::code::PartnerCode;
use domain::program::Names;
use domain::wallet::{PointCurrency, PointKind};
use engine::access::Scope;
use engine::catalog::MasterData;
use engine::rules::Rules;
use engine::wallets::Active;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value, json};
use uuid::Uuid;

use super::Api;
use super::guard::{self, Caller};
use super::matrix::{Needs, Row, Verb};
use super::problem::{ApiError, Fault, Told};

/// What a client may send with a request that it may send again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// In numbers of JSON more digits than these are not exact.
const DIGITS_MAX: usize = 15;
/// A page of a list.
const PER_PAGE: usize = 200;

const OWN: Needs = Needs::Own(Scope::Read);
const ACT: Needs = Needs::All(Scope::WalletsWrite);
const SPEND: Needs = Needs::Own(Scope::WalletsWrite);

const fn row(verb: Verb, path: &'static str, needs: Needs) -> Row {
    Row { verb, path, needs }
}

/// Who may use what, as in the matrix of our own API.
pub const ROUTES: &[Row] = &[
    row(Verb::Post, "/services/oauth2/token", Needs::Nothing),
    row(
        Verb::Post,
        "/services/data/{version}/connect/realtime/loyalty/programs/{program}",
        Needs::Own(Scope::FactsWrite),
    ),
    row(
        Verb::Post,
        "/services/data/{version}/connect/loyalty/programs/{program}/program-processes/{process}",
        ACT,
    ),
    row(
        Verb::Post,
        "/services/data/{version}/loyalty-programs/{program}/corporate-member-enrollments",
        Needs::All(Scope::PartnersWrite),
    ),
    row(
        Verb::Post,
        "/services/data/{version}/loyalty-programs/{program}/individual-member-enrollments",
        Needs::All(Scope::PartnersWrite),
    ),
    row(Verb::Get, "/services/data/{version}/loyalty-programs/{program}/members", OWN),
    row(Verb::Get, "/services/data/{version}/connect/loyalty/member/{id}/memberbenefits", OWN),
    row(
        Verb::Get,
        "/services/data/{version}/loyalty/programs/{program}/members/{member}/vouchers",
        OWN,
    ),
    row(
        Verb::Post,
        "/services/data/{version}/loyalty/programs/{program}/members/{member}/vouchers/{code}/redeem",
        SPEND,
    ),
    row(
        Verb::Post,
        "/services/data/{version}/connect/loyalty/programs/{program}/transaction-history",
        OWN,
    ),
    row(
        Verb::Get,
        "/services/data/{version}/loyalty/programs/{program}/members/{member}/transaction-ledger-summary",
        OWN,
    ),
    row(
        Verb::Get,
        "/services/data/{version}/loyalty/programs/{program}/members/{member}/engagement-trail",
        OWN,
    ),
    row(
        Verb::Post,
        "/services/data/{version}/loyalty/programs/{program}/members/{member}/partners/{name}/link",
        ACT,
    ),
    row(
        Verb::Post,
        "/services/data/{version}/loyalty/programs/{program}/members/{member}/partners/{name}/unlink",
        ACT,
    ),
    row(Verb::Get, "/services/data/{version}/game/participant/{id}/games", OWN),
];

/// All that answers below `/services`.
pub(super) fn router(api: Api) -> Router {
    let mut router = Router::new();
    for row in ROUTES {
        router = router.route(row.path, handler(row.path));
    }
    router
        .method_not_allowed_fallback(async || ApiError::Method)
        .route("/services/{*rest}", any(async || ApiError::NotFound))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(api.clone(), guard))
        .with_state(api)
}

fn handler(path: &str) -> MethodRouter<Api> {
    match path.rsplit('/').next().unwrap_or_default() {
        "token" => post(sign_in::token),
        "{program}" => post(journals::run),
        "{process}" => post(processes::run),
        "corporate-member-enrollments" => post(members::enrol),
        "individual-member-enrollments" => post(members::enrol_person),
        "members" => get(members::profile),
        "memberbenefits" => get(members::benefits),
        "vouchers" => get(vouchers::list),
        "redeem" => post(vouchers::redeem),
        "transaction-history" => post(history::history),
        "transaction-ledger-summary" => get(history::summary),
        "engagement-trail" => get(trail::trail),
        "link" => post(links::link),
        "unlink" => post(links::unlink),
        _ => get(members::games),
    }
}

/// Lets a request in if its row allows it, and draws what went wrong as these clients read it.
async fn guard(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    let lang = guard::language(request.headers());
    let path = request.uri().path().to_owned();
    let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let verb = Verb::parse(request.method());
    let found = matched
        .zip(verb)
        .and_then(|(path, verb)| ROUTES.iter().find(|row| row.verb == verb && row.path == path));
    let secret = guard::bearer(request.headers()).map(str::to_owned);
    let is_version = path
        .strip_prefix("/services/data/")
        .is_none_or(|rest| is_version(rest.split('/').next().unwrap_or_default()));
    let admitted = if is_version {
        guard::admit(&api, (found, secret), lang).await
    } else {
        Err(ApiError::NotFound)
    };
    let mut response = match admitted {
        Ok(caller) => {
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            next.run(request).await
        }
        Err(error) => error.into_response(),
    };
    if let Some(told) = response.extensions_mut().remove::<Told>() {
        if response.status().is_server_error() {
            tracing::error!(request = id, path, error = told.0.chain(), "a request failed");
        }
        response = drawn(&told.0);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// `v58.0`: whichever, since what is here did not change between them.
fn is_version(text: &str) -> bool {
    let number = text.strip_prefix('v').and_then(|text| text.split_once('.'));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    number.is_some_and(|(whole, rest)| is_digits(whole) && is_digits(rest))
}

/// What went wrong: a list of codes and messages.
fn drawn(error: &ApiError) -> Response {
    let one = |code: &str, message: String| vec![json!({"errorCode": code, "message": message})];
    let told = match error {
        ApiError::NotFound => one("NOT_FOUND", "The requested resource does not exist".into()),
        ApiError::Method => one("METHOD_NOT_ALLOWED", error.to_string()),
        ApiError::NoToken | ApiError::BadToken => one("INVALID_SESSION_ID", error.to_string()),
        ApiError::Scope { .. } => one("INSUFFICIENT_ACCESS", error.to_string()),
        ApiError::Malformed { .. } => one("JSON_PARSER_ERROR", error.to_string()),
        ApiError::MediaType { .. } => one("UNSUPPORTED_MEDIA_TYPE", error.to_string()),
        ApiError::TooLarge { .. } => one("REQUEST_LIMIT_EXCEEDED", error.to_string()),
        ApiError::Invalid(faults) => faults
            .iter()
            .map(|fault| {
                let at = fault.pointer.as_deref().or(fault.parameter.as_deref());
                let message = match at.filter(|at| !at.is_empty()) {
                    Some(at) => format!("{at}: {}", fault.detail),
                    None => fault.detail.clone(),
                };
                json!({"errorCode": fault.code.to_ascii_uppercase(), "message": message})
            })
            .collect(),
        ApiError::Conflict { .. } | ApiError::KeyReused => {
            one("INVALID_OPERATION", error.to_string())
        }
        _ => one("UNKNOWN_EXCEPTION", "An unexpected error occurred".into()),
    };
    let status = match error.kind().status() {
        // These clients know one status for all that is wrong with a request.
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => StatusCode::BAD_REQUEST,
        status => status,
    };
    (status, axum::Json(Value::Array(told))).into_response()
}

/// Something the other suite does and Tokuten does not.
fn not_implemented(what: &str) -> Response {
    let told = json!([{"errorCode": "NOT_IMPLEMENTED", "message": what}]);
    (StatusCode::NOT_IMPLEMENTED, axum::Json(told)).into_response()
}

/// One thing that is wrong with what was sent.
fn wrong(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> ApiError {
    ApiError::invalid(Fault::in_body(pointer, code, detail))
}

/// The wallet that a program is here: by its code, or by its name in any language.
fn program<'r>(rules: &'r Rules, named: &str) -> Result<&'r Active, ApiError> {
    let by_code = rules.wallets.iter().find(|of| of.code == named);
    let by_name = || rules.wallets.iter().find(|of| of.name.values().any(|name| name == named));
    by_code.or_else(by_name).ok_or(ApiError::NotFound)
}

/// The partner that a member is, if the caller may see it. Members are known by their number, which
/// is the partner's code; an id of a member is that number, too.
fn member(caller: &Caller, master: &MasterData, named: &str) -> Result<PartnerCode, ApiError> {
    let id = master.partner_id(named).filter(|id| caller.actor().sees(*id));
    id.and_then(|id| master.partner_code(id).cloned()).ok_or(ApiError::NotFound)
}

/// The number or id of a member in an object: both, if they are the same.
fn member_of(fields: &mut Sent<'_>) -> Result<String, ApiError> {
    let number = fields.text("MembershipNumber")?;
    let id = fields.text("MemberId")?;
    match (number, id) {
        (Some(number), Some(id)) if number != id => {
            let detail = "`MemberId` and `MembershipNumber` name two members";
            Err(wrong(fields.at("MemberId"), "INVALID_INPUT", detail))
        }
        (Some(one), _) | (None, Some(one)) => Ok(one),
        (None, None) => {
            let detail = "`MembershipNumber` or `MemberId` is missing";
            Err(wrong(fields.at("MembershipNumber"), "REQUIRED_FIELD_MISSING", detail))
        }
    }
}

/// A name as people of that company would write it: the first there is, or the code.
fn name_of<'n>(names: &'n Names, code: &'n str) -> &'n str {
    names.get("en").or_else(|| names.values().next()).map_or(code, String::as_str)
}

/// Whether somebody means this: by its code, or by one of its names.
fn is_called(names: &Names, code: &str, named: &str) -> bool {
    code == named || names.values().any(|name| name == named)
}

/// The point currency that is named; the only spendable one if none is.
fn currency<'a>(of: &'a Active, named: Option<&str>) -> Result<&'a PointCurrency, ApiError> {
    let all = of.wallet.points.values();
    if let Some(named) = named {
        let found = all.into_iter().find(|it| is_called(&it.name, &it.unit, named));
        return found.ok_or_else(|| {
            let detail = format!("`{named}` is no point currency of this program");
            wrong("", "INVALID_INPUT", detail)
        });
    }
    let mut spendable = all.filter(|it| it.kind == PointKind::Spendable);
    if let (Some(only), None) = (spendable.next(), spendable.next()) {
        return Ok(only);
    }
    let detail = "name the currency in `ProgramCurrencyName`: there is not just one";
    Err(wrong("", "REQUIRED_FIELD_MISSING", detail))
}

/// As these clients call the kinds of currencies.
fn currency_type(kind: PointKind) -> &'static str {
    match kind {
        PointKind::Spendable => "NonQualifying",
        PointKind::Qualifying => "Qualifying",
    }
}

/// An amount as a number; as a text where a number of JSON would not carry all of its digits.
fn number(amount: Decimal) -> Value {
    let text = amount.normalize().to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = serde_json::from_str::<Number>(&text).ok().filter(|_| digits <= DIGITS_MAX);
    number.map_or(Value::String(text), Value::Number)
}

/// The key of what a request makes: what the client calls it, or a new one.
fn key_of(headers: &HeaderMap) -> String {
    let sent = headers.get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok());
    match sent.map(str::trim).filter(|key| !key.is_empty()) {
        Some(key) => key.to_owned(),
        None => format!("API-{}", Uuid::now_v7().simple()),
    }
}

/// An object that was sent, read strictly: what is not asked for is refused in the end.
struct Sent<'a> {
    object: &'a Map<String, Value>,
    pointer: String,
    asked: Vec<&'static str>,
}

impl<'a> Sent<'a> {
    fn of(value: &'a Value, pointer: &str) -> Result<Sent<'a>, ApiError> {
        let object = value.as_object();
        let object =
            object.ok_or_else(|| wrong(pointer, "INVALID_INPUT", "an object is needed"))?;
        Ok(Sent { object, pointer: pointer.to_owned(), asked: Vec::new() })
    }

    fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    /// Anything but null and the empty text, which these clients send for nothing.
    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        let value = self.object.get(name)?;
        (!value.is_null() && value.as_str() != Some("")).then_some(value)
    }

    fn text(&mut self, name: &'static str) -> Result<Option<String>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        plain(value).map(Some).map_err(|detail| wrong(self.at(name), "INVALID_INPUT", detail))
    }

    fn needed(&mut self, name: &'static str) -> Result<String, ApiError> {
        let missing = || format!("`{name}` is missing");
        let text = self.text(name)?;
        text.ok_or_else(|| wrong(self.at(name), "REQUIRED_FIELD_MISSING", missing()))
    }

    fn amount(&mut self, name: &'static str) -> Result<Option<Decimal>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let amount: Option<Decimal> = text.parse().ok();
        let detail = || format!("`{text}` is no amount");
        amount.map(Some).ok_or_else(|| wrong(self.at(name), "INVALID_INPUT", detail()))
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, ApiError> {
        match self.text(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(wrong(self.at(name), "INVALID_INPUT", "true or false is needed")),
        }
    }

    /// Has to be one of these, if it is there.
    fn one_of(&mut self, name: &'static str, known: &[&str]) -> Result<Option<String>, ApiError> {
        let text = self.text(name)?;
        match &text {
            Some(text) if !known.iter().any(|it| it.eq_ignore_ascii_case(text)) => {
                let detail = format!("`{text}` is not one of {}", known.join(", "));
                Err(wrong(self.at(name), "INVALID_INPUT", detail))
            }
            _ => Ok(text),
        }
    }

    /// What was not asked for.
    fn rest(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let asked = self.asked.clone();
        self.object.iter().filter(move |(name, value)| {
            !asked.contains(&name.as_str()) && !value.is_null() && value.as_str() != Some("")
        })
    }

    /// Everything has to be asked for.
    fn end(self) -> Result<(), ApiError> {
        match self.rest().next() {
            None => Ok(()),
            Some((name, _)) => {
                let detail = format!("`{name}` is not done here; leave it out");
                Err(wrong(self.at(name), "UNSUPPORTED_FIELD", detail))
            }
        }
    }
}

/// A text, or a number as it was written.
fn plain(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            if text.contains(['e', 'E']) || DIGITS_MAX < digits {
                return Err(format!("the number {text} is not exact in JSON; write it as a text"));
            }
            Ok(text)
        }
        _ => Err("a text or a number is needed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_a_form() {
        for (text, expected) in
            [("v58.0", true), ("v67.0", true), ("v58", false), ("58.0", false), ("v.0", false)]
        {
            assert_eq!(is_version(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        let read = |text: &str| plain(&serde_json::from_str(text).expect("JSON"));
        assert_eq!(read("45.0"), Ok("45.0".into()));
        assert_eq!(read("\"45.10\""), Ok("45.10".into()));
        assert_eq!(read("0.1"), Ok("0.1".into()));
        assert!(read("1234567890.1234567").is_err(), "more digits than a number carries");
        assert!(read("1e30").is_err());
        assert!(read("[]").is_err());
        for text in ["0.1", "100", "-2.5", "999999999999999"] {
            let amount: Decimal = text.parse().expect("a decimal");
            assert_eq!(number(amount).to_string(), text);
        }
        let long: Decimal = "1234567890.1234567".parse().expect("a decimal");
        assert_eq!(number(long), Value::String("1234567890.1234567".into()));
    }

    #[test]
    fn the_page_tells_every_address() {
        let page = include_str!("../../../../../docs/reference/mirrored-api.md");
        for row in ROUTES {
            let path = row.path.replace("/services/data/{version}/", "");
            assert!(page.contains(&format!("`{path}`")), "no word about `{path}`");
        }
    }
}
