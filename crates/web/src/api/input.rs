//! What a request says, read strictly: every name that is not known is refused with the nearest
//! one that is, and all that is wrong is told at once.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::nearest::nearest;
use engine::catalog::MasterData;
use engine::rules::Rules;
use serde_json::{Map, Value};

use super::guard::Caller;
use super::problem::{ApiError, Fault};

/// No body of JSON is larger, unless the route says otherwise.
pub const JSON_BYTES_MAX: usize = 8 << 20;

/// Reads a body of at most that many bytes.
pub async fn bytes(body: Body, limit: &'static str, max: usize) -> Result<Bytes, ApiError> {
    to_bytes(body, max).await.map_err(|error| {
        // Told apart by the cause, since the error itself has no kinds.
        let mut cause: &dyn std::error::Error = &error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        if cause.to_string().contains("length limit") {
            ApiError::TooLarge { what: "the body", limit, max }
        } else {
            ApiError::Malformed { what: "the body broke off".into() }
        }
    })
}

/// The media type of the body, without its parameters.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Reads a body of JSON.
pub async fn json(headers: &HeaderMap, body: Body) -> Result<Value, ApiError> {
    let found = media_type(headers);
    if found != "application/json" {
        return Err(ApiError::MediaType { found, expected: "`application/json`" });
    }
    let bytes = bytes(body, "JSON_BYTES_MAX", JSON_BYTES_MAX).await?;
    parse(&bytes)
}

/// JSON of bytes; where it breaks off is told.
pub fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ApiError::Malformed { what: format!("the body is not JSON: {error}") })
}

/// A text as a token of a JSON Pointer.
pub fn token(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

/// An object of a body, while it is read.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    pointer: String,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The value as an object, or a fault.
    pub fn of(value: &'a Value, pointer: String, faults: &mut Vec<Fault>) -> Option<Fields<'a>> {
        let Value::Object(object) = value else {
            let detail = format!("{} stands where an object is needed", kind(value));
            faults.push(Fault::in_body(pointer, "wrong_type", detail));
            return None;
        };
        Some(Fields { object, pointer, asked: Vec::new() })
    }

    pub fn pointer(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, token(name))
    }

    /// Any value but null, which is the same as being left out.
    pub fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A text; an integer is one as well, since codes are often numbers.
    pub fn text(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<String> {
        let value = self.value(name)?;
        let text = plain_text(value);
        if let Err(detail) = &text {
            faults.push(Fault::in_body(self.pointer(name), "wrong_type", detail));
        }
        text.ok()
    }

    /// A text that has to be there.
    pub fn needed(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<String> {
        let text = self.text(name, faults);
        if self.object.get(name).is_none_or(Value::is_null) {
            let detail = format!("`{name}` is missing");
            faults.push(Fault::in_body(self.pointer(name), "missing", detail));
        }
        text
    }

    pub fn flag(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> bool {
        match self.value(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                let detail = format!("{} stands where true or false is needed", kind(other));
                faults.push(Fault::in_body(self.pointer(name), "wrong_type", detail));
                false
            }
        }
    }

    /// An object of texts. A null clears a field and reads as the empty text.
    pub fn texts(
        &mut self,
        name: &'static str,
        faults: &mut Vec<Fault>,
    ) -> Option<Vec<(&'a str, String)>> {
        let value = self.value(name)?;
        let pointer = self.pointer(name);
        let Value::Object(object) = value else {
            let detail = format!("{} stands where an object of texts is needed", kind(value));
            faults.push(Fault::in_body(pointer, "wrong_type", detail));
            return None;
        };
        let mut texts = Vec::with_capacity(object.len());
        for (key, value) in object {
            match plain_text(value) {
                Ok(text) => texts.push((key.as_str(), text)),
                Err(detail) => {
                    let pointer = format!("{pointer}/{}", token(key));
                    faults.push(Fault::in_body(pointer, "wrong_type", detail));
                }
            }
        }
        Some(texts)
    }

    /// Every name that was not asked for is a fault.
    pub fn end(self, faults: &mut Vec<Fault>) {
        for name in self.object.keys().filter(|name| !self.asked.contains(&name.as_str())) {
            let detail = unknown("field", name, &self.asked);
            faults.push(Fault::in_body(self.pointer(name), "unknown_field", detail));
        }
    }
}

fn plain_text(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        Value::Number(number) => Err(format!(
            "the number {number} is not exact in JSON; write decimals as texts, such as \"12.50\""
        )),
        Value::Array(_) | Value::Object(_) => {
            Err(format!("{} stands where a text is needed", kind(value)))
        }
    }
}

fn unknown(what: &str, name: &str, known: &[&'static str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{name}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{name}`; known are {}", listed(known)),
    }
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => "none".to_owned(),
        words => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What is wrong, if anything.
pub fn done(faults: Vec<Fault>) -> Result<(), ApiError> {
    if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
}

/// The parameters of an address, while they are read.
pub struct Params {
    pairs: Vec<(String, String)>,
    asked: Vec<&'static str>,
    pub faults: Vec<Fault>,
}

impl Params {
    /// The last of that name; an empty one is none.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.asked.push(name);
        let found = self.pairs.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }

    pub fn needed(&mut self, name: &'static str) -> String {
        let found = self.text(name);
        if found.is_none() {
            let detail = format!("`{name}` is missing");
            self.faults.push(Fault::in_parameter(name, "missing", detail));
        }
        found.unwrap_or_default()
    }

    /// A number within bounds.
    pub fn number(&mut self, name: &'static str, (min, max): (i64, i64)) -> Option<i64> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| (min..=max).contains(number));
        if number.is_none() {
            let detail = format!("`{text}` is no whole number from {min} to {max}");
            self.faults.push(Fault::in_parameter(name, "bad_value", detail));
        }
        number
    }

    /// A day as ISO writes it.
    pub fn day(&mut self, name: &'static str) -> Option<jiff::civil::Date> {
        let text = self.text(name)?;
        let day = text.parse().ok();
        if day.is_none() {
            let detail = format!("`{text}` is no day; write it as 2026-04-01");
            self.faults.push(Fault::in_parameter(name, "bad_value", detail));
        }
        day
    }

    /// One of some words.
    pub fn word<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
        words: &[&str],
    ) -> Option<T> {
        let text = self.text(name)?;
        let found = read(&text);
        if found.is_none() {
            let detail = format!("`{text}` is not one of {}", listed(words));
            self.faults.push(Fault::in_parameter(name, "bad_value", detail));
        }
        found
    }

    /// Every parameter that was not asked for is a fault, and so is what was found before.
    pub fn end(mut self) -> Result<(), ApiError> {
        for (name, _) in &self.pairs {
            if !self.asked.contains(&name.as_str()) {
                let detail = unknown("parameter", name, &self.asked);
                self.faults.push(Fault::in_parameter(name, "unknown_parameter", detail));
            }
        }
        done(self.faults)
    }
}

/// The program that a filter names, if it does. One that is not there is not found.
pub fn program_id(rules: &Rules, code: Option<String>) -> Result<Option<i64>, ApiError> {
    let found = |code: String| rules.by_code(&code).map(|at| rules.program_ids[at]);
    code.map(|code| found(code).ok_or(ApiError::NotFound)).transpose()
}

/// The partner that a filter names, if it does. One that is not there is not found.
pub fn partner_id(master: &MasterData, code: Option<String>) -> Result<Option<i64>, ApiError> {
    code.map(|code| master.partner_id(&code).ok_or(ApiError::NotFound)).transpose()
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Params, ApiError> {
        let pairs: Query<Vec<(String, String)>> = Query::try_from_uri(&parts.uri)
            .map_err(|error| ApiError::Malformed { what: error.body_text() })?;
        Ok(Params { pairs: pairs.0, asked: Vec::new(), faults: Vec::new() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, ApiError> {
        // The guard puts it there for every route that needs a token.
        parts.extensions.get::<Caller>().cloned().ok_or(ApiError::NoToken)
    }
}
