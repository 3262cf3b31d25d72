//! The papers of settlement: statements, payment files, the books, and who is paid.

pub mod books;
pub mod notes;
pub mod payees;
pub mod payments;
pub mod statements;

use engine::papers::export::ExportError;
use engine::papers::note::NoteError;
use engine::papers::payee::PayeeError;
use engine::papers::run::RunError;
use engine::papers::settings::SettingsError;
use engine::papers::statement::StatementError;

use super::Routes;
use super::problem::{ApiError, Fault};

pub fn add(routes: &mut Routes) {
    statements::add(routes);
    payments::add(routes);
    notes::add(routes);
    books::add(routes);
    payees::add(routes);
}

fn conflict(error: &dyn std::error::Error) -> ApiError {
    ApiError::Conflict { what: error.to_string() }
}

impl From<StatementError> for ApiError {
    fn from(error: StatementError) -> ApiError {
        match error {
            StatementError::Db(error) => ApiError::Db(error),
            StatementError::Settle(error) => error.into(),
            StatementError::NotFound => ApiError::NotFound,
            other => conflict(&other),
        }
    }
}

impl From<RunError> for ApiError {
    fn from(error: RunError) -> ApiError {
        match error {
            RunError::Db(error) => ApiError::Db(error),
            RunError::Settle(error) => error.into(),
            RunError::Statement(error) => error.into(),
            RunError::NotFound => ApiError::NotFound,
            other => conflict(&other),
        }
    }
}

impl From<NoteError> for ApiError {
    fn from(error: NoteError) -> ApiError {
        match error {
            NoteError::Db(error) => ApiError::Db(error),
            NoteError::Settle(error) => error.into(),
            NoteError::Statement(error) => error.into(),
            NoteError::NotFound => ApiError::NotFound,
            other => conflict(&other),
        }
    }
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> ApiError {
        match error {
            ExportError::Db(error) => ApiError::Db(error),
            ExportError::NotFound(_) => ApiError::NotFound,
            other => conflict(&other),
        }
    }
}

impl From<PayeeError> for ApiError {
    fn from(error: PayeeError) -> ApiError {
        match error {
            PayeeError::Db(error) => ApiError::Db(error),
            PayeeError::FourEyes | PayeeError::NothingAsked => conflict(&error),
            other => ApiError::invalid(Fault::in_body("", "bad_value", other.to_string())),
        }
    }
}

impl From<SettingsError> for ApiError {
    fn from(error: SettingsError) -> ApiError {
        match error {
            SettingsError::Db(error) => ApiError::Db(error),
            other @ SettingsError::Bad { .. } => {
                ApiError::invalid(Fault::in_body("", "bad_value", other.to_string()))
            }
        }
    }
}
