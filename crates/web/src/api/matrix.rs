//! Which token may use which route of the API.

use engine::access::Scope;

/// How a route is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Get,
    Post,
    Put,
}

impl Verb {
    pub fn parse(method: &axum::http::Method) -> Option<Verb> {
        match method.as_str() {
            "GET" | "HEAD" => Some(Verb::Get),
            "POST" => Some(Verb::Post),
            "PUT" => Some(Verb::Put),
            _ => None,
        }
    }

    /// As `OpenAPI` writes it.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
            Verb::Put => "put",
        }
    }
}

/// What a request has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: the documents that describe the API.
    Nothing,
    /// A token with this scope. For one that is bound to a partner, the route shows and takes only
    /// what is that partner's.
    Own(Scope),
    /// A token with this scope that is bound to no partner; for others the route does not exist.
    All(Scope),
}

/// One row of the matrix.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub verb: Verb,
    pub path: &'static str,
    pub needs: Needs,
}

const fn get(path: &'static str, needs: Needs) -> Row {
    Row { verb: Verb::Get, path, needs }
}

const fn post(path: &'static str, needs: Needs) -> Row {
    Row { verb: Verb::Post, path, needs }
}

const fn put(path: &'static str, needs: Needs) -> Row {
    Row { verb: Verb::Put, path, needs }
}

const OWN: Needs = Needs::Own(Scope::Read);
const READ: Needs = Needs::All(Scope::Read);
const FACTS: Needs = Needs::Own(Scope::FactsWrite);
const EXTERNAL: Needs = Needs::All(Scope::FactsWrite);
const PARTNERS: Needs = Needs::All(Scope::PartnersWrite);
const PRODUCTS: Needs = Needs::All(Scope::ProductsWrite);
const PROGRAMS: Needs = Needs::All(Scope::ProgramsWrite);
const REFERENCE: Needs = Needs::All(Scope::ReferenceWrite);
const PAYOUTS: Needs = Needs::All(Scope::PayoutsWrite);
const WALLETS: Needs = Needs::Own(Scope::WalletsWrite);
const WALLETS_ALL: Needs = Needs::All(Scope::WalletsWrite);
const SETTINGS: Needs = Needs::All(Scope::SettingsWrite);
const OWN_PAYOUTS: Needs = Needs::Own(Scope::PayoutsWrite);

/// The access matrix of the API.
pub const ROUTES: &[Row] = &[
    get("/api/v1/openapi.json", Needs::Nothing),
    get("/api/v1/docs", Needs::Nothing),
    post("/api/v1/facts", FACTS),
    get("/api/v1/waiting", OWN),
    get("/api/v1/partners", OWN),
    post("/api/v1/partners", PARTNERS),
    get("/api/v1/partners/{code}", OWN),
    put("/api/v1/partners/{code}", PARTNERS),
    get("/api/v1/products", READ),
    post("/api/v1/products", PRODUCTS),
    get("/api/v1/products/{code}", READ),
    put("/api/v1/products/{code}", PRODUCTS),
    get("/api/v1/exchange-rates", READ),
    put("/api/v1/exchange-rates", REFERENCE),
    get("/api/v1/unit-factors", READ),
    put("/api/v1/unit-factors", REFERENCE),
    get("/api/v1/lists", READ),
    get("/api/v1/lists/{name}", READ),
    put("/api/v1/lists/{name}", REFERENCE),
    post("/api/v1/lists/{name}/products", REFERENCE),
    get("/api/v1/figures", READ),
    get("/api/v1/figures/{table}", READ),
    put("/api/v1/figures/{table}", REFERENCE),
    get("/api/v1/prices", READ),
    get("/api/v1/prices/{list}", READ),
    put("/api/v1/prices/{list}", REFERENCE),
    get("/api/v1/bank-holidays", READ),
    put("/api/v1/bank-holidays", REFERENCE),
    get("/api/v1/audit", SETTINGS),
    get("/api/v1/audit.csv", SETTINGS),
    get("/api/v1/programs", READ),
    post("/api/v1/programs", PROGRAMS),
    post("/api/v1/programs/check", PROGRAMS),
    get("/api/v1/settings/four-eyes", READ),
    put("/api/v1/settings/four-eyes", SETTINGS),
    get("/api/v1/programs/{code}", READ),
    get("/api/v1/programs/{code}/members", READ),
    post("/api/v1/programs/{code}/members", PROGRAMS),
    get("/api/v1/programs/{code}/versions/{version}", READ),
    put("/api/v1/programs/{code}/versions/{version}", PROGRAMS),
    post("/api/v1/programs/{code}/versions/{version}/activate", PROGRAMS),
    post("/api/v1/programs/{code}/versions/{version}/submit", PROGRAMS),
    post("/api/v1/programs/{code}/versions/{version}/return", PROGRAMS),
    get("/api/v1/programs/{code}/versions/{version}/findings", READ),
    post("/api/v1/programs/try", PROGRAMS),
    post("/api/v1/what-if", OWN),
    get("/api/v1/attainment", OWN),
    get("/api/v1/awards", OWN),
    get("/api/v1/awards/explain", OWN),
    get("/api/v1/external-awards", READ),
    get("/api/v1/wallets", READ),
    post("/api/v1/wallets", PROGRAMS),
    post("/api/v1/wallets/check", PROGRAMS),
    get("/api/v1/wallets/{code}", READ),
    post("/api/v1/wallets/{code}/activate", PROGRAMS),
    get("/api/v1/courses", READ),
    post("/api/v1/courses", PROGRAMS),
    post("/api/v1/courses/check", PROGRAMS),
    get("/api/v1/courses/{code}", READ),
    post("/api/v1/courses/{code}/activate", PROGRAMS),
    get("/api/v1/courses/{code}/people", READ),
    get("/api/v1/xapi/about", Needs::Nothing),
    get("/api/v1/xapi/statements", READ),
    post("/api/v1/xapi/statements", EXTERNAL),
    put("/api/v1/xapi/statements", EXTERNAL),
    post("/api/v1/wallet-lines", WALLETS),
    get("/api/v1/wallet-proposals", READ),
    post("/api/v1/wallet-proposals/{id}/approve", PAYOUTS),
    post("/api/v1/wallet-proposals/{id}/reject", WALLETS_ALL),
    get("/api/v1/partners/{code}/wallets", OWN),
    get("/api/v1/partners/{code}/wallet-movements", OWN),
    get("/api/v1/promotions", READ),
    get("/api/v1/promotions/{code}", READ),
    get("/api/v1/promotions/{code}/partners", READ),
    get("/api/v1/promotions/{code}/partners/{partner}", READ),
    get("/api/v1/promotions/{code}/enrolments", READ),
    post("/api/v1/promotions/{code}/enrolments", WALLETS),
    post("/api/v1/promotions/{code}/enrolments/end", WALLETS),
    get("/api/v1/partners/{code}/promotions", OWN),
    get("/api/v1/partners/{code}/wallet-lines", OWN),
    get("/api/v1/wallets/{code}/members", READ),
    get("/api/v1/partners/{code}/memberships", OWN),
    post("/api/v1/partners/{code}/memberships", WALLETS),
    get("/api/v1/partners/{code}/memberships/{wallet}/lifecycle", OWN),
    put("/api/v1/partners/{code}/memberships/{wallet}/choice", WALLETS),
    get("/api/v1/partners/{code}/links", OWN),
    post("/api/v1/partners/{code}/links", WALLETS_ALL),
    post("/api/v1/partners/{code}/links/{number}/end", WALLETS_ALL),
    get("/api/v1/partners/{code}/consents", OWN),
    post("/api/v1/partners/{code}/consents", PARTNERS),
    get("/api/v1/consent-wordings", READ),
    post("/api/v1/consent-wordings", SETTINGS),
    get("/api/v1/partners/{code}/referrals", OWN),
    post("/api/v1/partners/{code}/referrals", WALLETS),
    post("/api/v1/partners/{code}/referrals/register", WALLETS),
    get("/api/v1/reward-orders", OWN),
    get("/api/v1/reward-orders/{key}", OWN),
    post("/api/v1/reward-orders/{key}/{step}", WALLETS),
    get("/api/v1/sponsors", READ),
    get("/api/v1/sponsors/{code}", READ),
    get("/api/v1/sponsors/{code}/entries", READ),
    get("/api/v1/pools", OWN),
    get("/api/v1/pools/{code}", OWN),
    get("/api/v1/pools/{code}/movements", OWN),
    get("/api/v1/badges/{code}/partners", READ),
    get("/api/v1/reasons", READ),
    put("/api/v1/reasons/{kind}", WALLETS_ALL),
    get("/api/v1/games", OWN),
    get("/api/v1/games/{code}", OWN),
    post("/api/v1/games/{code}/plays", WALLETS),
    get("/api/v1/games/{code}/draws/{day}", READ),
    post("/api/v1/realtime/facts", FACTS),
    post("/api/v1/external-awards", EXTERNAL),
    get("/api/v1/events", SETTINGS),
    get("/api/v1/events/kinds", SETTINGS),
    get("/api/v1/mail", READ),
    get("/api/v1/mail/{id}", READ),
    get("/api/v1/webhooks", SETTINGS),
    post("/api/v1/webhooks", SETTINGS),
    get("/api/v1/webhooks/{id}", SETTINGS),
    put("/api/v1/webhooks/{id}", SETTINGS),
    post("/api/v1/webhooks/{id}/rotate", SETTINGS),
    post("/api/v1/webhooks/{id}/test", SETTINGS),
    post("/api/v1/webhooks/{id}/replay", SETTINGS),
    get("/api/v1/webhooks/{id}/deliveries", SETTINGS),
    get("/api/v1/payouts", OWN),
    post("/api/v1/payouts/decide", PAYOUTS),
    get("/api/v1/payouts/sums", OWN),
    get("/api/v1/payouts/{id}", OWN),
    post("/api/v1/payouts/{id}/approve", PAYOUTS),
    post("/api/v1/payouts/{id}/reject", PAYOUTS),
    post("/api/v1/payouts/{id}/pay", PAYOUTS),
    get("/api/v1/payouts/{id}/awards", OWN),
    get("/api/v1/payouts/{id}/decisions", READ),
    post("/api/v1/payouts/{id}/agree", OWN_PAYOUTS),
    get("/api/v1/adjustments", READ),
    post("/api/v1/adjustments", PAYOUTS),
    post("/api/v1/adjustments/{id}/approve", PAYOUTS),
    post("/api/v1/adjustments/{id}/reject", PAYOUTS),
    get("/api/v1/holds", READ),
    post("/api/v1/holds", PAYOUTS),
    post("/api/v1/holds/{id}/release", PAYOUTS),
    get("/api/v1/disputes", OWN),
    post("/api/v1/disputes", OWN_PAYOUTS),
    get("/api/v1/disputes/{id}", OWN),
    post("/api/v1/disputes/{id}/messages", OWN_PAYOUTS),
    post("/api/v1/disputes/{id}/accept", PAYOUTS),
    post("/api/v1/disputes/{id}/reject", PAYOUTS),
    post("/api/v1/disputes/{id}/withdraw", OWN_PAYOUTS),
    get("/api/v1/settlement/chains", READ),
    put("/api/v1/settlement/chains", SETTINGS),
    get("/api/v1/delegations", READ),
    post("/api/v1/delegations", SETTINGS),
    post("/api/v1/delegations/{id}/end", SETTINGS),
    get("/api/v1/periods", READ),
    get("/api/v1/periods/exceptions", READ),
    post("/api/v1/periods/close", PAYOUTS),
    get("/api/v1/imports", OWN),
    post("/api/v1/imports", FACTS),
    get("/api/v1/imports/{id}", OWN),
    get("/api/v1/imports/{id}/rejected", OWN),
    get("/api/v1/imports/{id}/known", OWN),
    post("/api/v1/imports/{id}/take", EXTERNAL),
    post("/api/v1/imports/{id}/return", EXTERNAL),
    get("/api/v1/accruals", READ),
    post("/api/v1/imports/{id}/cancel", FACTS),
    get("/api/v1/imports/{id}/proofs", OWN),
    post("/api/v1/imports/{id}/proofs", FACTS),
    get("/api/v1/disputes/{id}/proofs", OWN),
    post("/api/v1/disputes/{id}/proofs", OWN_PAYOUTS),
    get("/api/v1/proofs/{id}", OWN),
    get("/api/v1/pictures", READ),
    get("/api/v1/pictures/{kind}/{code}", READ),
    put("/api/v1/pictures/{kind}/{code}", WALLETS_ALL),
    get("/api/v1/pictures/{kind}/{code}/content", READ),
    post("/api/v1/pictures/{kind}/{code}/remove", WALLETS_ALL),
    get("/api/v1/accruals/outlook", READ),
    get("/api/v1/ledger/balances", READ),
    get("/api/v1/ledger/postings", READ),
    get("/api/v1/ledger/beancount", READ),
    get("/api/v1/statements", OWN),
    post("/api/v1/statements", PAYOUTS),
    get("/api/v1/statements/{id}", OWN),
    get("/api/v1/statements/{id}/{paper}", OWN),
    post("/api/v1/statements/{id}/void", PAYOUTS),
    post("/api/v1/statements/{id}/agree", OWN_PAYOUTS),
    get("/api/v1/payments", READ),
    post("/api/v1/payments", PAYOUTS),
    post("/api/v1/payments/plan", READ),
    get("/api/v1/payments/{id}", READ),
    get("/api/v1/payments/{id}/file", PAYOUTS),
    post("/api/v1/payments/{id}/paid", PAYOUTS),
    post("/api/v1/payments/{id}/withdraw", PAYOUTS),
    get("/api/v1/payments/{id}/transfers", READ),
    post("/api/v1/payments/{id}/returned", PAYOUTS),
    get("/api/v1/notes", OWN),
    post("/api/v1/notes", PAYOUTS),
    get("/api/v1/notes/{id}", OWN),
    get("/api/v1/notes/{id}/{paper}", OWN),
    post("/api/v1/notes/{id}/received", PAYOUTS),
    post("/api/v1/notes/{id}/void", PAYOUTS),
    get("/api/v1/accounting/exports", READ),
    post("/api/v1/accounting/exports", PAYOUTS),
    get("/api/v1/accounting/exports/{id}/file", READ),
    get("/api/v1/accounting/chart", READ),
    put("/api/v1/accounting/chart", PAYOUTS),
    get("/api/v1/partners/{code}/payee", READ),
    put("/api/v1/partners/{code}/payee", PAYOUTS),
];

/// The row of a route, by the pattern the router knows it by.
pub fn row(verb: Verb, path: &str) -> Option<&'static Row> {
    ROUTES.iter().find(|row| row.verb == verb && row.path == path)
}
