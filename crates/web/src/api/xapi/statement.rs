//! A statement of xAPI: read, and made a fact.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::code::{FactKey, PartnerCode};
use domain::fact::FactKind;
use engine::access::{Role, find_user, user_by_login};
use engine::catalog::MasterData;
use engine::db::Reader;
use engine::ingest::row::{FactRow, TEXT_CHARS_MAX};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::problem::{ApiError, Fault};

/// How the keys of statements begin.
pub const PREFIX: &str = "xapi/";
const VOIDED: &str = "http://adlnet.gov/expapi/verbs/voided";

/// A statement that reads well.
pub struct Statement {
    pub id: String,
    /// As it was sent, with its id and time.
    pub value: Value,
    at: Timestamp,
    has_time: bool,
    kind: String,
    says: BTreeMap<&'static str, String>,
    pub voids: Option<String>,
}

/// The key of a statement's fact.
pub fn key_of(id: &str) -> FactKey {
    FactKey::new(format!("{PREFIX}{}", id.to_ascii_lowercase()))
}

/// Reads a statement, and says everything that is wrong with it.
pub fn read(
    mut value: Value,
    (pointer, now): (&str, Timestamp),
    faults: &mut Vec<Fault>,
) -> Option<Statement> {
    let before = faults.len();
    let mut wrong = |at: &str, code: &str, detail: &str| {
        faults.push(Fault::in_body(format!("{pointer}{at}"), code, detail));
    };
    if !value.is_object() {
        wrong("", "wrong_type", "a statement is an object");
        return None;
    }
    let id = match &value["id"] {
        Value::Null => Uuid::now_v7().to_string(),
        Value::String(id) if Uuid::parse_str(id).is_ok() => id.to_ascii_lowercase(),
        _ => {
            wrong("/id", "bad_value", "an id is a UUID");
            String::new()
        }
    };
    let verb = value["verb"]["id"].as_str().unwrap_or_default().to_owned();
    if !verb.contains(':') {
        wrong("/verb/id", "missing", "the verb has the id of an IRI");
    }
    let object = &value["object"];
    let is_activity = object.get("objectType").is_none_or(|it| it == "Activity");
    let voids = (verb == VOIDED).then(|| object["id"].as_str().unwrap_or_default().to_owned());
    match &voids {
        Some(of) if Uuid::parse_str(of).is_err() || object["objectType"] != "StatementRef" => {
            wrong("/object", "bad_value", "what is voided is a StatementRef with the id of a UUID");
        }
        None if !is_activity => {
            wrong("/object/objectType", "unsupported", "only activities are understood here");
        }
        None if !object["id"].as_str().is_some_and(|id| id.contains(':')) => {
            wrong("/object/id", "missing", "the object has the id of an IRI");
        }
        _ => {}
    }
    if value.get("attachments").is_some_and(|it| it.as_array().is_none_or(|it| !it.is_empty())) {
        wrong("/attachments", "unsupported", "attachments are not understood here");
    }
    let at = match &value["timestamp"] {
        Value::Null => Some(now),
        Value::String(text) => text.parse::<Timestamp>().ok(),
        _ => None,
    };
    if at.is_none() {
        wrong("/timestamp", "bad_value", "write the instant as 2026-04-01T09:00:00Z");
    }
    let says = said(&value, &verb, &mut wrong);
    if faults.len() > before {
        return None;
    }
    let (at, has_time) = (at?, !value["timestamp"].is_null());
    value["id"] = json!(id);
    if !has_time {
        value["timestamp"] = json!(at.to_string());
    }
    Some(Statement { id, value, at, has_time, kind: kind_of(&verb), says, voids })
}

/// `http://adlnet.gov/expapi/verbs/passed` as `xapi_passed`.
fn kind_of(verb: &str) -> String {
    let last = verb.trim_end_matches('/').rsplit(['/', '#', ':']).next().unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let word: String = last.chars().take(60).map(plain).collect();
    format!("xapi_{word}")
}

/// What conditions may ask for.
fn said(
    value: &Value,
    verb: &str,
    wrong: &mut impl FnMut(&str, &str, &str),
) -> BTreeMap<&'static str, String> {
    let mut says = BTreeMap::from([("verb", verb.to_owned())]);
    let texts = [
        ("object", &value["object"]["id"]),
        ("registration", &value["context"]["registration"]),
        ("platform", &value["context"]["platform"]),
        ("duration", &value["result"]["duration"]),
    ];
    for (name, found) in texts {
        if let Some(text) = found.as_str() {
            says.insert(name, text.chars().take(TEXT_CHARS_MAX).collect());
        }
    }
    let flags =
        [("success", &value["result"]["success"]), ("completion", &value["result"]["completion"])];
    for (name, found) in flags {
        match found {
            Value::Null => {}
            Value::Bool(flag) => {
                says.insert(name, flag.to_string());
            }
            _ => wrong(&format!("/result/{name}"), "wrong_type", "it is true or false"),
        }
    }
    let score = &value["result"]["score"];
    for (name, word) in [("score", "scaled"), ("score_raw", "raw"), ("score_max", "max")] {
        match decimal(&score[word]) {
            Ok(None) => {}
            Ok(Some(number)) if word == "scaled" && number.abs() > Decimal::ONE => {
                wrong("/result/score/scaled", "bad_value", "a scaled score is from -1 to 1");
            }
            Ok(Some(number)) => {
                says.insert(name, number.normalize().to_string());
            }
            Err(()) => {
                let detail = "a score is a number of at most 15 digits, or a decimal text";
                wrong(&format!("/result/score/{word}"), "bad_value", detail);
            }
        }
    }
    says
}

/// Digits that a number of JSON keeps on its way through a reader.
const DIGITS_MAX: usize = 15;

/// A decimal as it was written. A number of JSON is one up to so many digits; longer ones come as
/// texts.
fn decimal(value: &Value) -> Result<Option<Decimal>, ()> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return Err(()),
    };
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    let digits = digits.bytes().filter(u8::is_ascii_digit).count();
    if value.is_number() && DIGITS_MAX + 1 < digits {
        return Err(());
    }
    let read = if text.contains(['e', 'E']) {
        Decimal::from_scientific(&text)
    } else {
        Decimal::from_str_exact(&text)
    };
    read.map(Some).map_err(|_| ())
}

/// Whose statement it is.
pub enum Who {
    Known {
        partner: PartnerCode,
        /// The public id, if it is of a person.
        user: Option<String>,
    },
    /// Why nobody was found.
    Nobody(String),
}

/// Finds the actor among users and partners.
pub async fn who(
    reader: &mut Reader,
    master: &MasterData,
    of: &Statement,
) -> Result<Who, ApiError> {
    let actor = &of.value["actor"];
    if actor["objectType"] == "Group" {
        return Ok(Who::Nobody("groups are not understood here; send one statement each".into()));
    }
    let mbox = actor["mbox"].as_str().and_then(|mbox| mbox.strip_prefix("mailto:"));
    let name = mbox.or_else(|| actor["account"]["name"].as_str()).unwrap_or_default().trim();
    if name.is_empty() {
        let detail = "the actor has `mbox` (`mailto:…`) or `account` with a `name`";
        return Ok(Who::Nobody(detail.into()));
    }
    let user = match user_by_login(reader, name).await? {
        Some(user) => Some(user),
        None => find_user(reader, name).await?,
    };
    if let Some(user) = user
        && let Role::Partner { partner_id } = user.role
        && let Some(partner) = master.partner_code(partner_id)
    {
        return Ok(Who::Known { partner: partner.clone(), user: Some(user.id) });
    }
    if mbox.is_none() && master.partner_id(name).is_some() {
        return Ok(Who::Known { partner: PartnerCode::new(name), user: None });
    }
    Ok(Who::Nobody(format!("`{name}` is neither a partner's user nor a partner")))
}

impl Statement {
    pub fn key(&self) -> FactKey {
        key_of(&self.id)
    }

    /// Whether one that is there says the same. When it was stored is ours, and its time, too, where
    /// it was sent without.
    pub fn is_same(&self, before: &Value) -> bool {
        let strip = |value: &Value| {
            let mut value = value.clone();
            if let Value::Object(object) = &mut value {
                object.remove("stored");
                if !self.has_time {
                    object.remove("timestamp");
                }
            }
            value
        };
        strip(before) == strip(&self.value)
    }

    /// The fact, on the vendor's clocks.
    pub fn row(&self, zone: &TimeZone, partner: PartnerCode, user: Option<String>) -> FactRow {
        let mut says = self.says.clone();
        says.extend(user.map(|user| ("user", user)));
        FactRow {
            key: self.key(),
            kind: FactKind::Activity,
            at: self.at.to_zoned(zone.clone()).datetime(),
            of: None,
            partner: Some(partner),
            product: None,
            quantity: None,
            unit: None,
            amount: None,
            currency: None,
            order: None,
            line: None,
            channel: None,
            activity_type: Some(self.kind.clone()),
            parties: Vec::new(),
            attributes: says.into_iter().map(|(name, text)| (Arc::from(name), text)).collect(),
        }
    }
}
