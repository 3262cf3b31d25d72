//! Who may use which route.
//!
//! # Invariants
//!
//! * Every route of the application is in [`ROUTES`]; the router refuses to be built with one
//!   that is not, and a test lists rows without a route.
//! * Whoever may not use a route gets the same answer as for a route that does not exist.
//! * Rights on a single record (a partner's own payout) are checked by the query that reads it.

use axum::http::Method;
use engine::access::{Action, Role};
use engine::ingest::mapping::Feeds;

use crate::i18n::Words;

/// A role by its name in the reader's language.
pub fn role_label(role: Role, words: &Words) -> &'static str {
    match role {
        Role::Administrator => words.common.role_administrator,
        Role::IncentiveManager => words.common.role_manager,
        Role::Finance => words.common.role_finance,
        Role::Partner { .. } => words.common.role_partner,
    }
}

/// Where a role begins.
pub fn home(role: Role) -> &'static str {
    match role {
        Role::Partner { .. } => "/portal",
        _ => "/console",
    }
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Signed in or not.
    Anyone,
    SignedIn,
    /// Whose role allows this. The engine decides it for console, portal and API alike.
    May(Action),
    /// Whose role allows one of the two.
    MayEither(Action, Action),
}

impl Who {
    pub fn includes(self, role: Option<Role>) -> bool {
        match self {
            Who::Anyone => true,
            Who::SignedIn => role.is_some(),
            Who::May(action) => role.is_some_and(|role| role.may(action)),
            Who::MayEither(one, other) => role.is_some_and(|role| role.may(one) || role.may(other)),
        }
    }
}

/// Whether a role may bring in what a file feeds, and see what became of each of its rows. Who pays
/// says where to.
pub fn may_import(role: Role, feeds: Feeds) -> bool {
    role.may(if feeds == Feeds::Payees { Action::MarkPaid } else { Action::ImportFacts })
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

const VIEW: Who = Who::May(Action::ViewConsole);
const OWN: Who = Who::May(Action::ViewOwn);
const PAYOUTS: Who = Who::May(Action::ViewPayouts);
/// Who pays also says where to, and hands the ledger to the books.
const PAY: Who = Who::May(Action::MarkPaid);
/// Points, vouchers and tiers by hand are adjustments.
const BY_HAND: Who = Who::May(Action::RequestAdjustment);
/// What a file may hold for whom is [`may_import`].
const IMPORT: Who = Who::MayEither(Action::ImportFacts, Action::MarkPaid);

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
    // Whoever holds a link of a letter.
    get("/unsubscribe/{token}", Who::Anyone),
    post("/unsubscribe/{token}", Who::Anyone),
    get("/forgot", Who::Anyone),
    post("/forgot", Who::Anyone),
    get("/password/{token}", Who::Anyone),
    post("/password/{token}", Who::Anyone),
    get("/friends/{code}", Who::Anyone),
    get("/events", Who::SignedIn),
    get("/pictures/{hash}", Who::SignedIn),
    get("/console", VIEW),
    get("/console/search", VIEW),
    get("/console/watchlist", VIEW),
    get("/console/watchlist.csv", VIEW),
    get("/console/programs", VIEW),
    get("/console/programs/new", Who::May(Action::EditPrograms)),
    post("/console/programs/new", Who::May(Action::EditPrograms)),
    get("/console/programs/{code}", VIEW),
    get("/console/programs/{code}/attainment.csv", VIEW),
    get("/console/programs/{code}/edit", Who::May(Action::EditPrograms)),
    post("/console/programs/{code}/edit", Who::May(Action::EditPrograms)),
    get("/console/programs/form", Who::May(Action::EditPrograms)),
    post("/console/programs/form", Who::May(Action::EditPrograms)),
    get("/console/programs/{code}/form", Who::May(Action::EditPrograms)),
    post("/console/programs/{code}/form", Who::May(Action::EditPrograms)),
    get("/console/programs/{code}/begin", Who::May(Action::EditPrograms)),
    get("/console/programs/{code}/versions/{version}", VIEW),
    post("/console/programs/{code}/versions/{version}", Who::May(Action::EditPrograms)),
    post("/console/settings/four-eyes", Who::May(Action::EditSettings)),
    post("/console/trial", Who::May(Action::EditPrograms)),
    get("/console/trial/{id}", VIEW),
    get("/console/trial/{id}/{file}", VIEW),
    get("/console/what-if", VIEW),
    post("/console/what-if", VIEW),
    get("/console/explain/{id}", VIEW),
    get("/console/periods", VIEW),
    get("/console/periods/{id}", VIEW),
    post("/console/periods/{id}/close", Who::May(Action::ClosePeriod)),
    get("/console/payouts", Who::May(Action::ViewPayouts)),
    get("/console/payouts.csv", Who::May(Action::ViewPayouts)),
    get("/console/payouts/{id}", Who::May(Action::ViewPayouts)),
    // Whose step it is, the chain of approval says.
    post("/console/payouts/approve", Who::May(Action::ViewPayouts)),
    post("/console/payouts/decide", Who::May(Action::ViewPayouts)),
    post("/console/payouts/{id}/approve", Who::May(Action::ViewPayouts)),
    post("/console/payouts/{id}/reject", Who::May(Action::ViewPayouts)),
    post("/console/payouts/{id}/hold", Who::May(Action::ApprovePayout)),
    post("/console/payouts/{id}/paid", Who::May(Action::MarkPaid)),
    get("/console/adjustments", VIEW),
    post("/console/adjustments", Who::May(Action::RequestAdjustment)),
    post("/console/adjustments/{id}/approve", Who::May(Action::RequestAdjustment)),
    post("/console/adjustments/{id}/reject", Who::May(Action::RequestAdjustment)),
    get("/console/statements", PAYOUTS),
    post("/console/statements", PAY),
    get("/console/statements/{id}/{paper}", PAYOUTS),
    post("/console/statements/{id}/void", PAY),
    get("/console/payments", PAYOUTS),
    post("/console/payments", PAY),
    get("/console/payments/{id}", PAYOUTS),
    get("/console/payments/{id}/file", PAY),
    post("/console/payments/{id}/paid", PAY),
    post("/console/payments/{id}/withdraw", PAY),
    post("/console/payments/{id}/returned", PAY),
    get("/console/notes", PAYOUTS),
    post("/console/notes", PAY),
    get("/console/notes/{id}", PAYOUTS),
    get("/console/notes/{id}/{paper}", PAYOUTS),
    post("/console/notes/{id}/received", PAY),
    post("/console/notes/{id}/void", PAY),
    get("/console/accounting", PAYOUTS),
    post("/console/accounting", PAY),
    get("/console/accounting/ledger.beancount", PAYOUTS),
    get("/console/accounting/{id}/file", PAYOUTS),
    post("/console/accounting/chart", PAY),
    get("/console/company", PAY),
    post("/console/company", PAY),
    post("/console/company/accounts", PAY),
    post("/console/company/accounts/{code}/remove", PAY),
    get("/console/payees", PAYOUTS),
    post("/console/payees/confirm", PAY),
    get("/console/partners/{code}/payee", PAYOUTS),
    post("/console/partners/{code}/payee", PAY),
    post("/console/partners/{code}/payee/account", PAY),
    post("/console/partners/{code}/payee/confirm", PAY),
    post("/console/partners/{code}/payee/discard", PAY),
    get("/console/approvals", VIEW),
    post("/console/delegations", VIEW),
    post("/console/delegations/{id}/end", VIEW),
    get("/console/holds", Who::May(Action::ViewPayouts)),
    post("/console/holds", Who::May(Action::ApprovePayout)),
    post("/console/holds/{id}/release", Who::May(Action::ApprovePayout)),
    get("/console/disputes", VIEW),
    get("/console/disputes/{id}", VIEW),
    post("/console/disputes/{id}/messages", Who::May(Action::RequestAdjustment)),
    post("/console/disputes/{id}/proofs", Who::May(Action::RequestAdjustment)),
    get("/console/proofs/{id}", VIEW),
    post("/console/disputes/{id}/accept", Who::May(Action::RequestAdjustment)),
    post("/console/disputes/{id}/reject", Who::May(Action::RequestAdjustment)),
    get("/console/settlement", Who::May(Action::EditSettings)),
    post("/console/settlement", Who::May(Action::EditSettings)),
    get("/console/external", PAYOUTS),
    get("/console/waiting", VIEW),
    get("/console/waiting.csv", VIEW),
    get("/console/waiting.xlsx", VIEW),
    get("/console/outlook", PAYOUTS),
    get("/console/outlook.csv", PAYOUTS),
    get("/console/accruals.csv", PAYOUTS),
    get("/console/ledger", Who::May(Action::ViewPayouts)),
    get("/console/partners", VIEW),
    get("/console/partners/{code}", VIEW),
    get("/console/loyalty/members", VIEW),
    get("/console/loyalty/memberships", VIEW),
    get("/console/loyalty/consent", Who::May(Action::EditSettings)),
    post("/console/loyalty/consent", Who::May(Action::EditSettings)),
    get("/console/loyalty/wallets", VIEW),
    get("/console/loyalty/wallets/new", Who::May(Action::EditPrograms)),
    post("/console/loyalty/wallets/new", Who::May(Action::EditPrograms)),
    get("/console/loyalty/wallets/{code}", VIEW),
    get("/console/loyalty/wallets/{code}/edit", Who::May(Action::EditPrograms)),
    post("/console/loyalty/wallets/{code}/edit", Who::May(Action::EditPrograms)),
    post("/console/loyalty/wallets/{code}/activate", Who::May(Action::EditPrograms)),
    get("/console/loyalty/pictures", VIEW),
    get("/console/loyalty/pictures/{kind}/{code}", VIEW),
    post("/console/loyalty/pictures/{kind}/{code}", Who::May(Action::EditPrograms)),
    post("/console/loyalty/pictures/{kind}/{code}/remove", Who::May(Action::EditPrograms)),
    get("/console/loyalty/promotions", VIEW),
    get("/console/loyalty/promotions/new", Who::May(Action::EditPrograms)),
    post("/console/loyalty/promotions/new", Who::May(Action::EditPrograms)),
    get("/console/loyalty/promotions/{code}", VIEW),
    get("/console/loyalty/promotions/{code}/change", Who::May(Action::EditPrograms)),
    post("/console/loyalty/promotions/{code}/change", Who::May(Action::EditPrograms)),
    get("/console/loyalty/promotions/{code}/tell", Who::May(Action::EditPrograms)),
    post("/console/loyalty/promotions/{code}/tell", Who::May(Action::EditPrograms)),
    post("/console/loyalty/promotions/{code}/tell/{id}/withdraw", Who::May(Action::EditPrograms)),
    post("/console/loyalty/promotions/{code}/stop", Who::May(Action::EditPrograms)),
    post("/console/loyalty/promotions/{code}/enrol", BY_HAND),
    get("/console/loyalty/movers", VIEW),
    get("/console/loyalty/movers.csv", VIEW),
    get("/console/loyalty/liability", PAYOUTS),
    get("/console/loyalty/liability.csv", PAYOUTS),
    get("/console/loyalty/liability.xlsx", PAYOUTS),
    get("/console/loyalty/liability/journal.csv", PAYOUTS),
    get("/console/loyalty/orders", VIEW),
    get("/console/loyalty/orders.csv", VIEW),
    post("/console/loyalty/orders", BY_HAND),
    get("/console/loyalty/orders/{key}", VIEW),
    post("/console/loyalty/orders/{key}/{step}", BY_HAND),
    get("/console/loyalty/sponsors", PAYOUTS),
    get("/console/loyalty/sponsors/{code}", PAYOUTS),
    post("/console/loyalty/sponsors/{code}", BY_HAND),
    get("/console/loyalty/sponsors/{code}/statement.csv", PAYOUTS),
    get("/console/loyalty/sponsors/{code}/statement.pdf", PAYOUTS),
    get("/console/loyalty/pools", VIEW),
    get("/console/loyalty/pools/{code}", VIEW),
    get("/console/loyalty/badges", VIEW),
    get("/console/loyalty/reasons", VIEW),
    post("/console/loyalty/reasons/{kind}", BY_HAND),
    get("/console/partners/{code}/loyalty-trace", VIEW),
    get("/console/loyalty/games", VIEW),
    get("/console/loyalty/games/{code}", VIEW),
    get("/console/loyalty/games/{code}/{day}", VIEW),
    get("/console/loyalty/counter", BY_HAND),
    post("/console/loyalty/counter", BY_HAND),
    post("/console/loyalty/counter/{key}/{act}", BY_HAND),
    get("/console/loyalty/proposals", VIEW),
    // Who may approve is looked at with what is approved; who asked may take it back.
    post("/console/loyalty/proposals/{id}/{act}", BY_HAND),
    get("/console/partners/{code}/loyalty", VIEW),
    get("/console/partners/{code}/membership", VIEW),
    get("/console/partners/{code}/membership/statement", VIEW),
    get("/console/partners/{code}/membership/statements/{id}", VIEW),
    post("/console/partners/{code}/membership/step", BY_HAND),
    post("/console/partners/{code}/membership/choice", BY_HAND),
    post("/console/partners/{code}/membership/consent", BY_HAND),
    post("/console/partners/{code}/membership/referral", BY_HAND),
    post("/console/partners/{code}/membership/link", BY_HAND),
    post("/console/partners/{code}/membership/unlink", BY_HAND),
    post("/console/partners/{code}/membership/person", Who::May(Action::EditMasterData)),
    post("/console/partners/{code}/membership/lead", Who::May(Action::EditMasterData)),
    get("/console/partners/{code}/loyalty/{act}", BY_HAND),
    post("/console/partners/{code}/loyalty/{act}", BY_HAND),
    get("/console/training", VIEW),
    get("/console/training/new", Who::May(Action::EditPrograms)),
    post("/console/training/new", Who::May(Action::EditPrograms)),
    get("/console/training/{code}", VIEW),
    get("/console/training/{code}/edit", Who::May(Action::EditPrograms)),
    post("/console/training/{code}/edit", Who::May(Action::EditPrograms)),
    post("/console/training/{code}/activate", Who::May(Action::EditPrograms)),
    get("/console/training/{code}/people", VIEW),
    get("/console/training/{code}/people.csv", VIEW),
    get("/console/products", VIEW),
    post("/console/products/list", Who::May(Action::EditMasterData)),
    post("/console/reference/lists/empty", Who::May(Action::EditMasterData)),
    post("/console/programs/{code}/members", Who::May(Action::EditPrograms)),
    get("/console/reference", VIEW),
    get("/console/reference/{table}", VIEW),
    get("/console/reference/{table}/export.csv", VIEW),
    post("/console/reference/{table}/paste", Who::May(Action::EditMasterData)),
    post("/console/reference/{table}/remove", Who::May(Action::EditMasterData)),
    get("/console/imports", VIEW),
    get("/console/imports/new", IMPORT),
    post("/console/imports/new", IMPORT),
    get("/console/imports/{id}", VIEW),
    get("/console/imports/{id}/map", IMPORT),
    post("/console/imports/{id}/map", IMPORT),
    get("/console/imports/{id}/rejected", VIEW),
    get("/console/imports/{id}/known", VIEW),
    get("/console/imports/{id}/file", VIEW),
    post("/console/imports/{id}/take", Who::May(Action::ImportFacts)),
    post("/console/imports/{id}/return", Who::May(Action::ImportFacts)),
    post("/console/imports/{id}/cancel", Who::May(Action::ImportFacts)),
    get("/console/mappings", Who::May(Action::EditMappings)),
    get("/console/mappings/{name}", Who::May(Action::EditMappings)),
    post("/console/mappings/{name}", Who::May(Action::EditMappings)),
    get("/console/users", Who::May(Action::EditUsers)),
    post("/console/users", Who::May(Action::EditUsers)),
    post("/console/users/{id}/disable", Who::May(Action::EditUsers)),
    post("/console/users/{id}/enable", Who::May(Action::EditUsers)),
    get("/console/tokens", Who::May(Action::EditTokens)),
    post("/console/tokens", Who::May(Action::EditTokens)),
    post("/console/tokens/{id}/revoke", Who::May(Action::EditTokens)),
    get("/console/webhooks", Who::May(Action::EditTokens)),
    post("/console/webhooks", Who::May(Action::EditTokens)),
    get("/console/webhooks/{id}", Who::May(Action::EditTokens)),
    post("/console/webhooks/{id}", Who::May(Action::EditTokens)),
    post("/console/webhooks/{id}/{act}", Who::May(Action::EditTokens)),
    get("/console/mail", VIEW),
    post("/console/mail/test", Who::May(Action::EditSettings)),
    get("/console/mail/{id}", VIEW),
    post("/console/mail/{id}/again", BY_HAND),
    get("/console/audit", Who::May(Action::ViewAudit)),
    get("/console/audit.csv", Who::May(Action::ViewAudit)),
    get("/portal", OWN),
    get("/portal/programs", OWN),
    get("/portal/programs/{code}", OWN),
    get("/portal/what-if", OWN),
    post("/portal/what-if", OWN),
    get("/portal/explain/{id}", OWN),
    get("/portal/records", OWN),
    get("/portal/waiting", OWN),
    get("/portal/statements", OWN),
    get("/portal/statements/{id}/{paper}", OWN),
    get("/portal/notes/{id}/{paper}", OWN),
    post("/portal/statements/{id}/agree", Who::May(Action::DisputeOwn)),
    get("/portal/points", OWN),
    get("/portal/points/rewards", OWN),
    get("/portal/points/rewards/{code}", OWN),
    // Who may speak for the partner about what it is paid also spends what it earned.
    post("/portal/points/rewards/{code}", Who::May(Action::DisputeOwn)),
    post("/portal/points/orders/{key}/ask-cancel", Who::May(Action::DisputeOwn)),
    get("/portal/points/vouchers", OWN),
    get("/portal/points/vouchers/{code}", OWN),
    get("/portal/points/pools/{code}", OWN),
    post("/portal/points/pools/{code}", Who::May(Action::DisputeOwn)),
    get("/portal/points/pass-on", OWN),
    post("/portal/points/pass-on", Who::May(Action::DisputeOwn)),
    get("/portal/points/trace", OWN),
    get("/portal/points/promotions", OWN),
    post("/portal/points/promotions/{code}/{act}", Who::May(Action::DisputeOwn)),
    get("/portal/points/games", OWN),
    get("/portal/points/games/{code}", OWN),
    post("/portal/points/games/{code}", Who::May(Action::DisputeOwn)),
    get("/portal/points/history", OWN),
    get("/portal/points/membership", OWN),
    post("/portal/points/membership/{wallet}/choice", Who::May(Action::DisputeOwn)),
    post("/portal/points/membership/{wallet}/{act}", Who::May(Action::DisputeOwn)),
    post("/portal/points/whose/{whose}", OWN),
    // Only who looks after the people of its company finds something there.
    get("/portal/points/people", OWN),
    get("/portal/points/card", OWN),
    post("/portal/points/people/invite", Who::May(Action::DisputeOwn)),
    post("/portal/points/people/{code}/end", Who::May(Action::DisputeOwn)),
    get("/portal/points/statements", OWN),
    get("/portal/points/statements/{id}", OWN),
    get("/portal/points/friends", OWN),
    post("/portal/points/friends/code", Who::May(Action::DisputeOwn)),
    post("/portal/points/friends/invite", Who::May(Action::DisputeOwn)),
    post("/portal/points/friends/register", Who::May(Action::DisputeOwn)),
    get("/portal/profile", OWN),
    post("/portal/profile", OWN),
    post("/portal/profile/consent", OWN),
    get("/portal/training", OWN),
    get("/portal/training/{course}", OWN),
    get("/portal/training/{course}/pages/{page}", OWN),
    post("/portal/training/{course}/pages/{page}", OWN),
    get("/portal/training/{course}/quiz", OWN),
    post("/portal/training/{course}/quiz", OWN),
    get("/portal/training/{course}/result", OWN),
    get("/portal/certificates/{code}", OWN),
    // Whoever was shown a certificate may look whether it is one.
    get("/certificates/{code}", Who::Anyone),
    get("/portal/payouts/{id}", OWN),
    post("/portal/payouts/{id}/agree", Who::May(Action::DisputeOwn)),
    get("/portal/disputes/new", Who::May(Action::DisputeOwn)),
    post("/portal/disputes", Who::May(Action::DisputeOwn)),
    get("/portal/disputes/{id}", OWN),
    post("/portal/disputes/{id}/messages", Who::May(Action::DisputeOwn)),
    post("/portal/disputes/{id}/withdraw", Who::May(Action::DisputeOwn)),
    get("/portal/uploads/new", Who::May(Action::UploadOwn)),
    post("/portal/uploads/new", Who::May(Action::UploadOwn)),
    get("/portal/uploads/{id}", OWN),
    get("/portal/uploads/{id}/rejected", OWN),
    get("/portal/uploads/{id}/known", OWN),
    post("/portal/uploads/{id}/proofs", Who::May(Action::UploadOwn)),
    post("/portal/disputes/{id}/proofs", Who::May(Action::DisputeOwn)),
    get("/portal/proofs/{id}", OWN),
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
