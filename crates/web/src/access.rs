//! Who may use which route.
//!
//! # Invariants
//!
//! * Every route of the application is in [`ROUTES`]; the router refuses to be built with one
//!   that is not, and a test lists rows without a route.
//! * Whoever may not use a route gets the same answer as for a route that does not exist.
//! * Rights on a single record (a partner's own payout) are checked by the query that reads it.

use axum::http::Method;

use crate::i18n::Words;

/// What a user does here. One each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Administrator,
    IncentiveManager,
    Finance,
    Partner,
}

impl Role {
    pub const ALL: [Role; 4] =
        [Role::Administrator, Role::IncentiveManager, Role::Finance, Role::Partner];

    pub fn label(self, words: &Words) -> &'static str {
        match self {
            Role::Administrator => words.common.role_administrator,
            Role::IncentiveManager => words.common.role_manager,
            Role::Finance => words.common.role_finance,
            Role::Partner => words.common.role_partner,
        }
    }

    /// How forms and addresses write it.
    pub fn key(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::IncentiveManager => "incentive_manager",
            Role::Finance => "finance",
            Role::Partner => "partner",
        }
    }

    pub fn parse(key: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.key() == key)
    }

    /// Where this role begins.
    pub fn home(self) -> &'static str {
        match self {
            Role::Partner => "/portal",
            _ => "/console",
        }
    }
}

/// A set of roles, as the matrix names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Signed in or not.
    Anyone,
    SignedIn,
    /// The vendor's people.
    Vendor,
    /// Who designs programs and keeps master data.
    Manager,
    /// Who closes, approves and pays.
    Finance,
    Administrator,
    Partner,
    /// A token of the API with the scope that the handler names.
    Token,
}

impl Who {
    pub fn includes(self, role: Option<Role>) -> bool {
        use Role::{Administrator, Finance, IncentiveManager, Partner};
        match (self, role) {
            (Who::Anyone | Who::Token, _) => true,
            (_, None) => false,
            (Who::SignedIn, Some(_)) => true,
            (Who::Vendor, Some(role)) => role != Partner,
            (Who::Manager, Some(role)) => matches!(role, Administrator | IncentiveManager),
            (Who::Finance, Some(role)) => matches!(role, Administrator | Finance),
            (Who::Administrator, Some(role)) => role == Administrator,
            (Who::Partner, Some(role)) => role == Partner,
        }
    }
}

/// How a route is used: `GET` reads, `POST` changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Get,
    Post,
}

/// One row of the matrix.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub verb: Verb,
    pub path: &'static str,
    pub who: Who,
}

const fn get(path: &'static str, who: Who) -> Route {
    Route { verb: Verb::Get, path, who }
}

const fn post(path: &'static str, who: Who) -> Route {
    Route { verb: Verb::Post, path, who }
}

/// The access matrix.
pub const ROUTES: &[Route] = &[
    get("/", Who::Anyone),
    get("/assets/{name}", Who::Anyone),
    get("/sign-in", Who::Anyone),
    post("/sign-in", Who::Anyone),
    post("/sign-out", Who::SignedIn),
    get("/first-run", Who::Anyone),
    post("/first-run", Who::Anyone),
    get("/language/{tag}", Who::Anyone),
    post("/theme", Who::Anyone),
    get("/events", Who::SignedIn),
    get("/console", Who::Vendor),
    get("/console/search", Who::Vendor),
    get("/console/programs", Who::Vendor),
    get("/console/programs/new", Who::Manager),
    post("/console/programs/new", Who::Manager),
    get("/console/programs/{code}", Who::Vendor),
    get("/console/programs/{code}/attainment.csv", Who::Vendor),
    get("/console/programs/{code}/edit", Who::Manager),
    post("/console/programs/{code}/edit", Who::Manager),
    get("/console/explain/{id}", Who::Vendor),
    get("/console/periods", Who::Vendor),
    get("/console/periods/{id}", Who::Vendor),
    post("/console/periods/{id}/close", Who::Finance),
    get("/console/payouts", Who::Vendor),
    get("/console/payouts.csv", Who::Vendor),
    post("/console/payouts/{id}/approve", Who::Finance),
    post("/console/payouts/{id}/reject", Who::Finance),
    post("/console/payouts/{id}/paid", Who::Finance),
    get("/console/adjustments", Who::Vendor),
    post("/console/adjustments", Who::Vendor),
    post("/console/adjustments/{id}/approve", Who::Finance),
    post("/console/adjustments/{id}/reject", Who::Finance),
    get("/console/ledger", Who::Finance),
    get("/console/partners", Who::Vendor),
    get("/console/partners/{code}", Who::Vendor),
    get("/console/products", Who::Vendor),
    get("/console/imports", Who::Vendor),
    get("/console/imports/new", Who::Manager),
    post("/console/imports/new", Who::Manager),
    get("/console/imports/{id}", Who::Vendor),
    get("/console/imports/{id}/map", Who::Manager),
    post("/console/imports/{id}/map", Who::Manager),
    get("/console/imports/{id}/rejected", Who::Vendor),
    get("/console/mappings", Who::Manager),
    get("/console/mappings/{name}", Who::Manager),
    post("/console/mappings/{name}", Who::Manager),
    get("/console/users", Who::Administrator),
    post("/console/users", Who::Administrator),
    get("/console/tokens", Who::Administrator),
    post("/console/tokens", Who::Administrator),
    post("/console/tokens/{id}/revoke", Who::Administrator),
    get("/console/audit", Who::Administrator),
    get("/portal", Who::Partner),
    get("/portal/programs", Who::Partner),
    get("/portal/programs/{code}", Who::Partner),
    get("/portal/explain/{id}", Who::Partner),
    get("/portal/records", Who::Partner),
    get("/portal/uploads/new", Who::Partner),
    post("/portal/uploads/new", Who::Partner),
    get("/portal/uploads/{id}", Who::Partner),
    get("/portal/uploads/{id}/rejected", Who::Partner),
    get("/api", Who::Anyone),
];

/// The row of a route, by the pattern the router knows it by.
pub fn route(method: &Method, path: &str) -> Option<&'static Route> {
    let verb = match *method {
        Method::GET | Method::HEAD => Verb::Get,
        Method::POST => Verb::Post,
        _ => return None,
    };
    ROUTES.iter().find(|route| route.verb == verb && route.path == path)
}

/// Whether a page without parameters may be opened, so that links to others are not drawn.
pub fn may_open(role: Role, path: &str) -> bool {
    route(&Method::GET, path).is_some_and(|route| route.who.includes(Some(role)))
}

/// The same for a reader who may not be signed in.
pub fn may_open_as(role: Option<Role>, path: &str) -> bool {
    role.is_some_and(|role| may_open(role, path))
}

/// Whether a role may post there, by the pattern of the route.
pub fn may_post(role: Option<Role>, path: &str) -> bool {
    route(&Method::POST, path).is_some_and(|route| route.who.includes(role))
}

#[cfg(test)]
mod tests;
