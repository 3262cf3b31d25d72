//! What went wrong, and the status it becomes: one `match`.
//!
//! Visitors see a sentence and a request id, the log sees the chain of causes, once. What one may
//! not see is 404, exactly as what is not there.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::access::AccessError;
use engine::catalog::CatalogError;
use engine::db::DbError;
use engine::rules::RulesError;
use engine::training::TrainingError;
use engine::wallets::WalletError;

use crate::gate::refused::Reason;

/// Why a request has no page.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("not found")]
    NotFound,

    #[error("the form is stale")]
    Stale,

    #[error("cannot read what was sent: {0}")]
    Unreadable(String),

    #[error("refused: {0}")]
    Conflict(String),

    /// A field of a form is wrong: the first of these that the form has.
    #[error("refused: {what}")]
    Field { fields: &'static [&'static str], what: String },

    #[error("the form was sent before with other content")]
    OtherForm,

    #[error("the form was sent before and has no answer")]
    NoAnswer,

    #[error("the body is too large")]
    TooLarge,

    #[error(transparent)]
    Db(#[from] DbError),

    #[error(transparent)]
    Access(AccessError),

    #[error(transparent)]
    Rules(RulesError),

    #[error(transparent)]
    Wallet(WalletError),

    #[error(transparent)]
    Mailing(Box<engine::mailings::MailingError>),

    #[error(transparent)]
    Referral(Box<engine::referrals::ReferralError>),

    #[error(transparent)]
    Catalog(#[from] CatalogError),

    #[error("the work on a form was stopped")]
    Stopped(#[source] tokio::task::JoinError),

    #[error("a file could not be kept")]
    Disk(#[source] std::io::Error),
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Failure {
        match error {
            AccessError::Db(error) => Failure::Db(error),
            other => Failure::Access(other),
        }
    }
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Failure {
        match error {
            WalletError::Db(error) => Failure::Db(error),
            WalletError::Rules(error) => error.into(),
            other => Failure::Wallet(other),
        }
    }
}

impl From<TrainingError> for Failure {
    fn from(error: TrainingError) -> Failure {
        match error {
            TrainingError::Db(error) => Failure::Db(error),
            TrainingError::Rules(error) => error.into(),
            TrainingError::Wallet(error) => error.into(),
            TrainingError::NoPage => Failure::NotFound,
            told => Failure::Conflict(told.to_string()),
        }
    }
}

impl From<RulesError> for Failure {
    fn from(error: RulesError) -> Failure {
        match error {
            RulesError::Db(error) => Failure::Db(error),
            other => Failure::Rules(other),
        }
    }
}

/// What the guard draws a page of, once it knows the reader.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub reason: Reason,
    /// Goes to the log if it is a fault of ours.
    pub chain: Option<String>,
    /// The field of the form that is wrong, by the names it may have.
    pub fields: &'static [&'static str],
}

impl Failure {
    /// A field of a form is wrong, and how.
    pub fn field(fields: &'static [&'static str], what: impl Into<String>) -> Failure {
        Failure::Field { fields, what: what.into() }
    }

    /// The one place where errors become statuses.
    fn sort(&self) -> (StatusCode, Reason) {
        match self {
            Failure::NotFound | Failure::Access(AccessError::NotFound { .. }) => {
                (StatusCode::NOT_FOUND, Reason::NotFound)
            }
            Failure::Stale => (StatusCode::FORBIDDEN, Reason::Stale),
            Failure::Unreadable(what) => {
                (StatusCode::BAD_REQUEST, Reason::Unreadable { what: what.clone() })
            }
            Failure::Conflict(what) => {
                (StatusCode::CONFLICT, Reason::Conflict { what: what.clone() })
            }
            Failure::Field { what, .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, Reason::Conflict { what: what.clone() })
            }
            Failure::OtherForm => (StatusCode::CONFLICT, Reason::OtherForm),
            Failure::NoAnswer => (StatusCode::CONFLICT, Reason::NoAnswer),
            Failure::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Reason::TooLarge),
            Failure::Db(DbError::Full(_)) => {
                (StatusCode::INSUFFICIENT_STORAGE, Reason::Unavailable)
            }
            Failure::Db(error) if error.is_temporary() => {
                (StatusCode::SERVICE_UNAVAILABLE, Reason::Unavailable)
            }
            Failure::Access(
                error @ (AccessError::LoginTaken { .. }
                | AccessError::BadLogin { .. }
                | AccessError::ShortPassword
                | AccessError::LongPassword
                | AccessError::LastAdministrator
                | AccessError::NoPartner { .. }),
            ) => (StatusCode::CONFLICT, Reason::Conflict { what: error.to_string() }),
            Failure::Access(AccessError::TooManyAttempts { .. }) => {
                (StatusCode::TOO_MANY_REQUESTS, Reason::Unavailable)
            }
            Failure::Disk(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                (StatusCode::INSUFFICIENT_STORAGE, Reason::Unavailable)
            }
            Failure::Db(_)
            | Failure::Access(_)
            | Failure::Rules(_)
            | Failure::Wallet(_)
            | Failure::Catalog(_)
            | Failure::Referral(_)
            | Failure::Mailing(_)
            | Failure::Stopped(_)
            | Failure::Disk(_) => (StatusCode::INTERNAL_SERVER_ERROR, Reason::Broken),
        }
    }

    /// The error and its causes, in a line.
    fn chain(&self) -> String {
        let mut chain = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            source = error.source();
        }
        chain
    }
}

/// The field that a refusal of the door is about.
fn field_of(error: &AccessError) -> &'static [&'static str] {
    match error {
        AccessError::LoginTaken { .. } | AccessError::BadLogin { .. } => &["login"],
        AccessError::ShortPassword | AccessError::LongPassword => &["password"],
        AccessError::NoPartner { .. } => &["partner"],
        AccessError::LastAdministrator => &["role"],
        _ => &[],
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, reason) = self.sort();
        let ours = status.is_server_error();
        let fields = match &self {
            Failure::Field { fields, .. } => fields,
            Failure::Access(error) => field_of(error),
            _ => &[][..],
        };
        let refusal = Refusal { reason, chain: ours.then(|| self.chain()), fields };
        let mut response = status.into_response();
        response.extensions_mut().insert(refusal);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_the_status_that_says_what_to_do() {
        let cases = [
            (Failure::NotFound, 404),
            (Failure::Stale, 403),
            (Failure::Unreadable("x".into()), 400),
            (Failure::Conflict("closed".into()), 409),
            (Failure::field(&["reason"], "say why"), 422),
            (Failure::OtherForm, 409),
            (Failure::NoAnswer, 409),
            (Failure::TooLarge, 413),
            (AccessError::NotFound { what: "user" }.into(), 404),
            (AccessError::ShortPassword.into(), 409),
            (AccessError::WrongLogin.into(), 500),
            (DbError::InMemory.into(), 500),
            (engine::db::testing::full_disk().into(), 507),
        ];
        for (failure, status) in cases {
            assert_eq!(failure.sort().0.as_u16(), status, "{failure}");
        }
    }
}
