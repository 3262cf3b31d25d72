//! What went wrong, as RFC 9457 tells programs: one `match` from error to document.
//!
//! Callers see a sentence and a request id, the log sees the chain of causes, once.

use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem as TextProblem;
use engine::access::Scope;
use engine::catalog::CatalogError;
use engine::db::DbError;
use engine::programs::ProgramError;
use engine::rules::RulesError;
use engine::settle::SettleError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::i18n::Lang;

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("there is no such thing, or this token may not see it")]
    NotFound,

    #[error("this address does not know that method")]
    Method,

    #[error("the request has no token; send `Authorization: Bearer tkt_…`")]
    NoToken,

    #[error("the token is unknown, revoked or expired; ask an administrator for a new one")]
    BadToken,

    #[error("the token lacks the scope `{}`; ask an administrator for one that has it", needed.word())]
    Scope { needed: Scope },

    /// The route is theirs, and this one thing is not.
    #[error("{what}")]
    NotAllowed { what: String },

    #[error("{what}")]
    Malformed { what: String },

    #[error("cannot read `{found}` here; send {expected}")]
    MediaType { found: String, expected: &'static str },

    #[error("{what} is larger than the limit `{limit}` of {max}; send it in parts")]
    TooLarge { what: &'static str, limit: &'static str, max: usize },

    #[error("the request has {} problem(s)", .0.len())]
    Invalid(Vec<Fault>),

    #[error("the program's text has {} problem(s)", .0.len())]
    Program(Vec<TextProblem>),

    #[error(
        "this idempotency key was used for another request; send a new key with a new request, and \
         the same key only with the same"
    )]
    KeyReused,

    #[error("{what}")]
    Conflict { what: String },

    #[error(transparent)]
    Db(#[from] DbError),

    #[error(transparent)]
    Rules(RulesError),

    /// What only a fault of ours brings about.
    #[error("{doing} failed")]
    Broken {
        doing: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Where in the body, as a JSON Pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/facts/0/amuont")]
    pub pointer: Option<String>,
    /// Which parameter of the address, or which header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Line of a program's text, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column of a program's text, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// A word that programs can rely on.
    #[schema(example = "unknown_field")]
    pub code: String,
    /// What is wrong and what to do.
    #[schema(example = "unknown field `amuont`; did you mean `amount`?")]
    pub detail: String,
}

impl Fault {
    pub fn in_body(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Fault {
        Fault { pointer: Some(pointer.into()), ..Fault::plain(code, detail) }
    }

    pub fn in_parameter(name: &str, code: &str, detail: impl Into<String>) -> Fault {
        Fault { parameter: Some(name.to_owned()), ..Fault::plain(code, detail) }
    }

    fn plain(code: &str, detail: impl Into<String>) -> Fault {
        Fault {
            pointer: None,
            parameter: None,
            line: None,
            column: None,
            code: code.to_owned(),
            detail: detail.into(),
        }
    }

    /// What is wrong with a program's text.
    pub fn of_text(problem: &TextProblem) -> Fault {
        let detail = match problem.help.as_str() {
            "" => problem.message.clone(),
            help => format!("{}; {help}", problem.message),
        };
        Fault {
            line: Some(problem.at.line),
            column: Some(problem.at.column),
            ..Fault::plain(problem.severity.word(), detail)
        }
    }
}

/// What a problem is, for programs: its type, its status and its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Malformed,
    NoToken,
    Scope,
    NotAllowed,
    NotFound,
    Method,
    Conflict,
    KeyReused,
    TooLarge,
    MediaType,
    Invalid,
    Broken,
    Busy,
    Full,
}

impl Kind {
    pub const ALL: [Kind; 14] = [
        Kind::Malformed,
        Kind::NoToken,
        Kind::Scope,
        Kind::NotAllowed,
        Kind::NotFound,
        Kind::Method,
        Kind::Conflict,
        Kind::KeyReused,
        Kind::TooLarge,
        Kind::MediaType,
        Kind::Invalid,
        Kind::Broken,
        Kind::Busy,
        Kind::Full,
    ];

    /// The word that ends the type.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Malformed => "malformed",
            Kind::NoToken => "no-token",
            Kind::Scope => "scope-missing",
            Kind::NotAllowed => "not-allowed",
            Kind::NotFound => "not-found",
            Kind::Method => "method-unknown",
            Kind::Conflict => "conflict",
            Kind::KeyReused => "key-reused",
            Kind::TooLarge => "too-large",
            Kind::MediaType => "media-type",
            Kind::Invalid => "invalid",
            Kind::Broken => "broken",
            Kind::Busy => "busy",
            Kind::Full => "storage-full",
        }
    }

    /// The address under which the type is explained.
    pub fn uri(self) -> String {
        format!("/api#problem-{}", self.word())
    }

    pub fn status(self) -> StatusCode {
        match self {
            Kind::Malformed => StatusCode::BAD_REQUEST,
            Kind::NoToken => StatusCode::UNAUTHORIZED,
            Kind::Scope | Kind::NotAllowed => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Method => StatusCode::METHOD_NOT_ALLOWED,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::KeyReused | Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Full => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Kind::Malformed => lang.say("リクエストを読み取れません", "The request cannot be read"),
            Kind::NoToken => lang.say("有効なトークンが必要です", "A valid token is needed"),
            Kind::Scope => lang.say("トークンの権限が足りません", "The token lacks a scope"),
            Kind::NotAllowed => lang.say("権限を超えています", "Not yours to decide"),
            Kind::NotFound => lang.say("見つかりません", "Not found"),
            Kind::Method => lang.say("このメソッドは使えません", "Method not known here"),
            Kind::Conflict => lang.say("今の状態では行えません", "Not possible as things stand"),
            Kind::KeyReused => {
                lang.say("冪等キーが再利用されました", "The idempotency key was used before")
            }
            Kind::TooLarge => lang.say("大きすぎます", "Too large"),
            Kind::MediaType => lang.say("この形式は読めません", "This format is not read here"),
            Kind::Invalid => lang.say("内容に誤りがあります", "What was sent is not valid"),
            Kind::Broken => lang.say("内部エラー", "Something broke on our side"),
            Kind::Busy => lang.say("混み合っています", "Busy, try again"),
            Kind::Full => lang.say("保存領域がいっぱいです", "The storage is full"),
        }
    }

    /// What it means and what to do, for the page that explains the types.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::Malformed => {
                "The body is not JSON, CSV or text as its Content-Type says, or a path is no text. \
                 Nothing was done."
            }
            Kind::NoToken => {
                "The Authorization header is missing, or its token is unknown, revoked or expired. \
                 Send `Authorization: Bearer tkt_…`."
            }
            Kind::Scope => {
                "The token is good, but does not have the scope that the route needs. The detail \
                 names it."
            }
            Kind::NotAllowed => {
                "The token has the scope of the route, but may not decide about this one: the amount \
                 is for somebody who may approve more. The detail names it."
            }
            Kind::NotFound => {
                "There is no such thing, or this token may not see it. The two are never told apart."
            }
            Kind::Method => "The address exists, but not with this method.",
            Kind::Conflict => {
                "The thing is in a state that does not allow the step: a payout that is paid already, \
                 a period that is closed. Read it again before deciding what to do."
            }
            Kind::KeyReused => {
                "The Idempotency-Key was sent before with another body. Use a new key for a new \
                 request."
            }
            Kind::TooLarge => {
                "The body or the batch is over a limit, which the detail names. Send it in parts, or \
                 a file to /imports."
            }
            Kind::MediaType => "The Content-Type is not one that this route reads.",
            Kind::Invalid => {
                "The body or a parameter has problems. All of them are listed in `errors`. Nothing \
                 was done."
            }
            Kind::Broken => {
                "A fault on our side. The request id finds it in the log. Sending the same request \
                 again with the same Idempotency-Key is safe."
            }
            Kind::Busy => {
                "The database is locked or not reachable for the moment. Nothing was done. Try again \
                 after the seconds that Retry-After says."
            }
            Kind::Full => {
                "The disk of the database is full. Nothing was done, and trying again does not help \
                 until whoever runs this installation has made room. Then the same request with the \
                 same Idempotency-Key is safe."
            }
        }
    }
}

/// A problem document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem; the address explains it.
    #[serde(rename = "type")]
    #[schema(example = "/api#problem-invalid")]
    pub kind: String,
    /// The kind in words, in the language of the request.
    #[schema(example = "What was sent is not valid")]
    pub title: &'static str,
    /// The status of the answer.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// What to give us when asking about it.
    pub request_id: String,
    /// Each thing that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// An error on its way to the guard, which knows language and request id.
#[derive(Debug, Clone)]
pub struct Told(pub Arc<ApiError>);

impl ApiError {
    pub fn invalid(fault: Fault) -> ApiError {
        ApiError::Invalid(vec![fault])
    }

    /// The one place where errors become statuses.
    pub fn kind(&self) -> Kind {
        match self {
            ApiError::NotFound => Kind::NotFound,
            ApiError::Method => Kind::Method,
            ApiError::NoToken | ApiError::BadToken => Kind::NoToken,
            ApiError::Scope { .. } => Kind::Scope,
            ApiError::NotAllowed { .. } => Kind::NotAllowed,
            ApiError::Malformed { .. } => Kind::Malformed,
            ApiError::MediaType { .. } => Kind::MediaType,
            ApiError::TooLarge { .. } => Kind::TooLarge,
            ApiError::Invalid(_) | ApiError::Program(_) => Kind::Invalid,
            ApiError::KeyReused => Kind::KeyReused,
            ApiError::Conflict { .. } => Kind::Conflict,
            ApiError::Db(DbError::Full(_)) => Kind::Full,
            ApiError::Db(error) if error.is_temporary() => Kind::Busy,
            ApiError::Db(_) | ApiError::Rules(_) | ApiError::Broken { .. } => Kind::Broken,
        }
    }

    /// The document for a caller.
    pub fn document(&self, lang: Lang, request_id: &str) -> Problem {
        let kind = self.kind();
        let detail = match kind {
            Kind::Broken => lang
                .say("原因はログにあります", "the cause is in the log, under the request id")
                .to_owned(),
            Kind::Busy => lang
                .say(
                    "しばらくしてからもう一度お試しください",
                    "nothing was done; try again shortly",
                )
                .to_owned(),
            Kind::Full => lang
                .say(
                    "何も保存されていません。運用担当者が空きを確保した後に、もう一度送信してください",
                    "nothing was done; ask whoever runs this installation to make room, then send \
                     it again",
                )
                .to_owned(),
            _ => self.to_string(),
        };
        let errors = match self {
            ApiError::Invalid(faults) => faults.clone(),
            ApiError::Program(problems) => problems.iter().map(Fault::of_text).collect(),
            _ => Vec::new(),
        };
        let (title, status) = (kind.title(lang), kind.status().as_u16());
        Problem {
            kind: kind.uri(),
            title,
            status,
            detail,
            request_id: request_id.to_owned(),
            errors,
        }
    }

    /// The error and its causes, in a line.
    pub fn chain(&self) -> String {
        let mut chain = self.to_string();
        let mut source = Error::source(self);
        while let Some(error) = source {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            source = error.source();
        }
        chain
    }
}

impl Problem {
    pub fn response(&self, of: &ApiError) -> Response {
        let kind = of.kind();
        let body = serde_json::to_string(self).unwrap_or_default();
        let mut response = (kind.status(), body).into_response();
        let headers = response.headers_mut();
        let media_type = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, media_type);
        match kind {
            Kind::NoToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Kind::Busy => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.kind().status().into_response();
        response.extensions_mut().insert(Told(Arc::new(self)));
        response
    }
}

impl From<RulesError> for ApiError {
    fn from(error: RulesError) -> ApiError {
        match error {
            RulesError::Db(error) => ApiError::Db(error),
            other => ApiError::Rules(other),
        }
    }
}

impl From<CatalogError> for ApiError {
    fn from(error: CatalogError) -> ApiError {
        match error {
            CatalogError::Db(error) => ApiError::Db(error),
            CatalogError::NotFound { .. } => ApiError::NotFound,
            other => ApiError::invalid(Fault::plain("bad_value", other.to_string())),
        }
    }
}

impl From<ProgramError> for ApiError {
    fn from(error: ProgramError) -> ApiError {
        match error {
            ProgramError::Db(error) => ApiError::Db(error),
            ProgramError::Rules(error) => error.into(),
            ProgramError::Problems(problems) => ApiError::Program(problems),
            ProgramError::ActiveAlready { .. }
            | ProgramError::DraftAlready { .. }
            | ProgramError::FourEyes
            | ProgramError::SubmittedAlready { .. }
            | ProgramError::NotSubmitted { .. }
            | ProgramError::CodeTaken { .. } => ApiError::Conflict { what: error.to_string() },
            ProgramError::NoDraft { .. } | ProgramError::NoVersion { .. } => ApiError::NotFound,
            ProgramError::NoComment
            | ProgramError::BadComment
            | ProgramError::NeedsReason { .. } => {
                ApiError::invalid(Fault::in_body("/comment", "bad_comment", error.to_string()))
            }
            ProgramError::BadCode { .. } => {
                ApiError::invalid(Fault::in_body("/code", "bad_code", error.to_string()))
            }
            ProgramError::UnknownMember { .. }
            | ProgramError::BadMember { .. }
            | ProgramError::TooManyMembers => {
                ApiError::invalid(Fault::in_body("/members", "bad_value", error.to_string()))
            }
            ProgramError::ByCondition { .. } | ProgramError::NobodyNew { .. } => {
                ApiError::Conflict { what: error.to_string() }
            }
            ProgramError::OutsideDays { .. } => {
                ApiError::invalid(Fault::in_body("/from", "bad_day", error.to_string()))
            }
            ProgramError::TooLong => ApiError::TooLarge {
                what: "the text",
                limit: "TEXT_BYTES_MAX",
                max: engine::programs::TEXT_BYTES_MAX,
            },
        }
    }
}

impl From<SettleError> for ApiError {
    fn from(error: SettleError) -> ApiError {
        match error {
            SettleError::Db(error) => ApiError::Db(error),
            SettleError::Rules(error) => error.into(),
            SettleError::NoProgram(_) | SettleError::NoPeriod { .. } | SettleError::NotFound => {
                ApiError::NotFound
            }
            SettleError::ClosedAlready { .. }
            | SettleError::TooEarly { .. }
            | SettleError::EarlierOpen { .. }
            | SettleError::NeedsDay { .. }
            | SettleError::NotOnDemand { .. }
            | SettleError::NoDayOver { .. }
            | SettleError::InFile { .. }
            | SettleError::Refused(_)
            | SettleError::Over(_)
            | SettleError::Unacknowledged { .. }
            | SettleError::Held { .. }
            | SettleError::TooLate { .. }
            | SettleError::DisputedAlready
            | SettleError::NotOfAProgram
            | SettleError::NotNow { .. } => ApiError::Conflict { what: error.to_string() },
            SettleError::NoReasonCode(_) => {
                let detail = error.to_string();
                ApiError::invalid(Fault::in_body("/reason_code", "unknown_reason", detail))
            }
            SettleError::BadName { .. } => {
                ApiError::invalid(Fault::in_body("/period", "bad_value", error.to_string()))
            }
            SettleError::NoTerm { .. } => {
                ApiError::invalid(Fault::in_body("/term", "bad_value", error.to_string()))
            }
            SettleError::NotPaidIn { .. } => {
                ApiError::invalid(Fault::in_body("/unit", "bad_value", error.to_string()))
            }
            SettleError::BadDays | SettleError::BadDay { .. } => {
                ApiError::invalid(Fault::in_body("/until", "bad_value", error.to_string()))
            }
            // Policies and deputies are the business of people.
            SettleError::Policy(_) | SettleError::OwnDeputy => {
                ApiError::Conflict { what: error.to_string() }
            }
            SettleError::BadAmount { .. } => {
                ApiError::invalid(Fault::in_body("/amount", "bad_amount", error.to_string()))
            }
            SettleError::LongComment => {
                ApiError::invalid(Fault::in_body("/comment", "too_long", error.to_string()))
            }
            SettleError::NoReason => {
                ApiError::invalid(Fault::in_body("/comment", "missing", error.to_string()))
            }
        }
    }
}
