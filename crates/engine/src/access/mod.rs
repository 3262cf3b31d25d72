//! Who may do what: users, passwords, sessions, API tokens, roles.
//!
//! # Promises
//!
//! * What a browser or a program holds (session, token) is in the database only as a hash.
//! * Signing in takes as long for an unknown user as for a wrong password, and both get the same
//!   answer.
//! * What a role may do stands in one function, [`Role::may`].
//! * A user or a token of a partner sees that partner only: [`Actor::partner`].

mod password;
mod profile;
mod secret;
mod session;
mod sign_in;
mod token;
mod user;
mod viewer;

use thiserror::Error;

use crate::db::DbError;
use crate::id::Id;

pub use password::{PASSWORD_CHARS_MIN, PasswordHash, Passwords};
pub use profile::{PROFILE_CHARS_MAX, Profile, profile, set_profile};
pub(crate) use secret::{hash as hash_secret, random as random_secret};
pub use session::{
    SESSION_IDLE_MAX, SESSION_LENGTH_MAX, Session, end_session, end_sessions_of, find_session,
    purge_sessions, touch_session,
};
pub use sign_in::{
    ATTEMPTS_PER_ADDRESS_MAX, ATTEMPTS_PER_LOGIN_MAX, ATTEMPTS_WINDOW, SignedIn, sign_in, sign_out,
};
pub use token::{
    ApiToken, NewToken, Scope, create_token, find_token, revoke_token, tokens, touch_token,
};
pub use user::{
    NewUser, Theme, User, UserChange, change_user, create_user, find_user, set_password,
    set_user_disabled, user_by_login, users,
};
pub use viewer::{NotVisible, Viewer};

/// A role and, for a partner's user, whose data it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Administrator,
    IncentiveManager,
    Finance,
    Partner { partner_id: i64 },
}

/// What can be done. Everything that is done by anyone is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the console: programs, attainment, partners, imports, all partners' figures.
    ViewConsole,
    EditPrograms,
    ImportFacts,
    EditMasterData,
    EditMappings,
    /// Close a settlement period.
    ClosePeriod,
    /// Ask for an adjustment; another person approves it.
    RequestAdjustment,
    ApproveAdjustment,
    ViewPayouts,
    /// Approve or reject a payout.
    ApprovePayout,
    MarkPaid,
    EditUsers,
    EditTokens,
    EditSettings,
    ViewAudit,
    /// See the portal: one's own earnings and why.
    ViewOwn,
    /// Upload one's own lines.
    UploadOwn,
    /// Dispute one's own amounts, and agree to them.
    DisputeOwn,
}

impl Action {
    pub const ALL: [Action; 18] = [
        Action::ViewConsole,
        Action::EditPrograms,
        Action::ImportFacts,
        Action::EditMasterData,
        Action::EditMappings,
        Action::ClosePeriod,
        Action::RequestAdjustment,
        Action::ApproveAdjustment,
        Action::ViewPayouts,
        Action::ApprovePayout,
        Action::MarkPaid,
        Action::EditUsers,
        Action::EditTokens,
        Action::EditSettings,
        Action::ViewAudit,
        Action::ViewOwn,
        Action::UploadOwn,
        Action::DisputeOwn,
    ];
}

impl Role {
    /// The word for it in the database and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::IncentiveManager => "incentive_manager",
            Role::Finance => "finance",
            Role::Partner { .. } => "partner",
        }
    }

    /// The role of that word; `None` for no role, or if the partner is missing or too much.
    pub fn from_word(word: &str, partner_id: Option<i64>) -> Option<Role> {
        match (word, partner_id) {
            ("administrator", None) => Some(Role::Administrator),
            ("incentive_manager", None) => Some(Role::IncentiveManager),
            ("finance", None) => Some(Role::Finance),
            ("partner", Some(partner_id)) => Some(Role::Partner { partner_id }),
            _ => None,
        }
    }

    pub fn partner(self) -> Option<i64> {
        match self {
            Role::Partner { partner_id } => Some(partner_id),
            Role::Administrator | Role::IncentiveManager | Role::Finance => None,
        }
    }

    /// The matrix of roles and actions.
    pub fn may(self, action: Action) -> bool {
        use Action::{
            ApproveAdjustment, ApprovePayout, ClosePeriod, DisputeOwn, EditMappings,
            EditMasterData, EditPrograms, EditSettings, EditTokens, EditUsers, ImportFacts,
            MarkPaid, RequestAdjustment, UploadOwn, ViewAudit, ViewConsole, ViewOwn, ViewPayouts,
        };
        match action {
            ViewConsole | ViewPayouts => !matches!(self, Role::Partner { .. }),
            EditPrograms | ImportFacts | EditMasterData | EditMappings => {
                matches!(self, Role::Administrator | Role::IncentiveManager)
            }
            ClosePeriod | RequestAdjustment => !matches!(self, Role::Partner { .. }),
            ApproveAdjustment | ApprovePayout | MarkPaid => {
                matches!(self, Role::Administrator | Role::Finance)
            }
            EditUsers | EditTokens | EditSettings => matches!(self, Role::Administrator),
            ViewAudit => matches!(self, Role::Administrator | Role::Finance),
            ViewOwn | UploadOwn | DisputeOwn => matches!(self, Role::Partner { .. }),
        }
    }
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    User {
        id: Id,
        name: String,
        role: Role,
    },
    Token {
        id: Id,
        name: String,
        scopes: Vec<Scope>,
        partner: Option<i64>,
    },
    /// The executable itself: the console, a job, a demo.
    System,
}

impl Actor {
    pub fn kind(&self) -> &'static str {
        match self {
            Actor::User { .. } => "user",
            Actor::Token { .. } => "token",
            Actor::System => "system",
        }
    }

    pub fn public_id(&self) -> Option<&str> {
        match self {
            Actor::User { id, .. } | Actor::Token { id, .. } => Some(id.as_str()),
            Actor::System => None,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Actor::User { name, .. } | Actor::Token { name, .. } => name,
            Actor::System => "system",
        }
    }

    /// The only partner whose data this actor may see; `None` if it may see all.
    pub fn partner(&self) -> Option<i64> {
        match self {
            Actor::User { role, .. } => role.partner(),
            Actor::Token { partner, .. } => *partner,
            Actor::System => None,
        }
    }

    /// Whether data of that partner may be shown to this actor. What may not be seen is not there.
    pub fn sees(&self, partner_id: i64) -> bool {
        self.partner().is_none_or(|own| own == partner_id)
    }

    pub fn may(&self, action: Action) -> bool {
        match self {
            Actor::User { role, .. } => role.may(action),
            Actor::Token { scopes, partner, .. } => {
                scopes.iter().any(|scope| scope.allows(action, partner.is_some()))
            }
            Actor::System => true,
        }
    }
}

/// Something about users, sessions or tokens could not be done.
#[derive(Debug, Error)]
pub enum AccessError {
    #[error(transparent)]
    Db(#[from] DbError),

    #[error("login or password is wrong")]
    WrongLogin,

    #[error("there were too many attempts to sign in; try again after {retry_at}")]
    TooManyAttempts { retry_at: jiff::Timestamp },

    #[error("there is already a user `{login}`")]
    LoginTaken { login: String },

    #[error("`{login}` cannot be a login; use 3 to {LOGIN_CHARS_MAX} characters without spaces")]
    BadLogin { login: String },

    #[error("the password is too short; use at least {PASSWORD_CHARS_MIN} characters")]
    ShortPassword,

    #[error("the password is too long")]
    LongPassword,

    #[error("this is the last administrator; make another user an administrator first")]
    LastAdministrator,

    #[error("there is no partner with id {partner_id}")]
    NoPartner { partner_id: i64 },

    #[error("there is no such {what}")]
    NotFound { what: &'static str },

    #[error("the password could not be hashed")]
    Hash(#[source] argon2::password_hash::Error),

    #[error("the machine gave no random bytes")]
    Random(#[source] getrandom::Error),
}

/// No login is longer.
pub const LOGIN_CHARS_MAX: usize = 200;

#[cfg(test)]
mod tests;
