//! The API: `/api/v1`, for programs.
//!
//! # Invariants
//!
//! * Every route is in [`matrix::ROUTES`]; the router refuses to be built with one that is not, and
//!   the `OpenAPI` document has exactly these routes. A test holds all three equal.
//! * What a token may not see is 404, exactly as what is not there. A token bound to a partner sees
//!   that partner and nothing else.
//! * Every answer that is not the thing asked for is a problem document, made in one `match`.
//! * Amounts and quantities are texts, so that no reader makes floats of them.
//!
//! What it deliberately does not have: users, sessions and tokens, which only people change. Who
//! approves is set with a scope of its own, so that no token that pays can choose who looks.

mod adjustments;
mod audit;
mod awards;
mod consents;
mod courses;
mod disputes;
mod external;
mod facts;
mod findings;
mod games;
mod guard;
mod imports;
mod input;
mod keeping;
mod ledger;
mod links;
mod mail;
mod master;
pub mod matrix;
mod members;
pub mod mirror;
mod movements;
mod openapi;
mod orders;
mod outlook;
mod paging;
mod papers;
mod payouts;
mod periods;
mod pictures;
mod problem;
mod programs;
mod promotions;
mod proofs;
mod proposals;
mod realtime_facts;
mod reference;
mod referrals;
mod rows;
mod settings;
mod sponsors;
mod trial;
mod waiting;
mod wallet_lines;
mod wallets;
mod webhooks;
mod xapi;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get};
use engine::intake::Intake;
use engine::office::Office;
use engine::realtime::Realtime;

use crate::webhooks::Reach;
use matrix::Verb;

pub use facts::{BODY_BYTES_MAX, ROWS_PER_BATCH_MAX};
pub use ledger::{group, term_code};
pub use openapi::document;
pub use outlook::accrued;
pub use problem::{ApiError, Kind};
pub use reference::{read_entry, written_entry};

/// What all requests share. Cheap to clone.
#[derive(Clone)]
struct Api(Arc<Shared>);

struct Shared {
    office: Office,
    intake: Intake,
    realtime: Realtime,
    reach: Arc<Reach>,
}

impl Api {
    fn office(&self) -> &Office {
        &self.0.office
    }

    fn intake(&self) -> &Intake {
        &self.0.intake
    }

    fn realtime(&self) -> &Realtime {
        &self.0.realtime
    }

    /// Where webhooks may go.
    fn reach(&self) -> &Reach {
        &self.0.reach
    }
}

/// All that answers below `/api/v1`. It starts a task that takes facts in, so it has to be called
/// within the runtime; the task ends with the last clone of the router.
pub fn router(office: Office) -> Router {
    router_reaching(office, Arc::default())
}

/// The same, where the configuration says where webhooks may go.
pub fn router_reaching(office: Office, reach: Arc<Reach>) -> Router {
    let (intake, realtime) = (Intake::start(office.clone()), Realtime::start(office.clone()));
    let api = Api(Arc::new(Shared { office, intake, realtime, reach }));
    let mut routes = Routes::default();
    routes.add(Verb::Get, "/api/v1/openapi.json", get(openapi::serve));
    routes.add(Verb::Get, "/api/v1/docs", get(async || Redirect::permanent("/api")));
    audit::add(&mut routes);
    facts::add(&mut routes);
    waiting::add(&mut routes);
    master::add(&mut routes);
    programs::add(&mut routes);
    findings::add(&mut routes);
    settings::add(&mut routes);
    trial::add(&mut routes);
    awards::add(&mut routes);
    external::add(&mut routes);
    wallets::add(&mut routes);
    realtime_facts::add(&mut routes);
    wallet_lines::add(&mut routes);
    members::add(&mut routes);
    links::add(&mut routes);
    consents::add(&mut routes);
    referrals::add(&mut routes);
    proposals::add(&mut routes);
    mail::add(&mut routes);
    webhooks::add(&mut routes);
    courses::add(&mut routes);
    xapi::add(&mut routes);
    promotions::add(&mut routes);
    games::add(&mut routes);
    orders::add(&mut routes);
    keeping::add(&mut routes);
    movements::add(&mut routes);
    sponsors::add(&mut routes);
    payouts::add(&mut routes);
    periods::add(&mut routes);
    adjustments::add(&mut routes);
    disputes::add(&mut routes);
    imports::add(&mut routes);
    proofs::add(&mut routes);
    pictures::add(&mut routes);
    reference::add(&mut routes);
    outlook::add(&mut routes);
    ledger::add(&mut routes);
    papers::add(&mut routes);
    routes
        .router
        .method_not_allowed_fallback(async || ApiError::Method)
        .route("/api/v1/{*rest}", axum::routing::any(async || ApiError::NotFound))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(api.clone(), guard::guard))
        .with_state(api.clone())
        .merge(mirror::router(api))
}

/// The routes added so far.
#[derive(Default)]
struct Routes {
    router: Router<Api>,
    added: Vec<(Verb, &'static str)>,
}

impl Routes {
    fn add(&mut self, verb: Verb, path: &'static str, handler: MethodRouter<Api>) {
        assert!(matrix::row(verb, path).is_some(), "`{path}` is not in the access matrix");
        self.added.push((verb, path));
        self.router = std::mem::take(&mut self.router).route(path, handler);
    }
}

#[cfg(test)]
mod tests;
