//! The application: what all requests share, and its routes.
//!
//! Routes are added through [`Routes`], which refuses one that the access matrix does not know.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use engine::access::Passwords;
use engine::office::Office;
use maud::Markup;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::access::{self, Verb};
use crate::assets::Assets;
use crate::failure::Failure;
use crate::mail::Post;
use crate::trials::Trials;
use crate::visit::Visit;
use crate::webhooks::Reach;
use crate::{api, api_docs, console, forms, gate, live, portal, refused_form, visit};

/// No form is larger; files have limits of their own.
const FORM_BYTES_MAX: usize = 2_000_000;

/// What all requests share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    office: Office,
    passwords: Passwords,
    assets: Arc<Assets>,
    options: Options,
    trials: Trials,
}

/// How the application is reached.
#[derive(Debug, Clone)]
pub struct Options {
    /// Reached by https, so cookies are sent by https only.
    pub is_secure: bool,
    /// What the first visitor of an empty installation has to know: the server prints it.
    pub setup_code: Option<String>,
    /// Where uploads are kept until they are imported.
    pub uploads: PathBuf,
    /// Where webhooks may go.
    pub reach: Arc<Reach>,
    /// How mail is sent; `None`: not at all.
    pub mail: Option<Arc<Post>>,
}

impl Default for Options {
    fn default() -> Options {
        let uploads = std::env::temp_dir().join("tokuten-uploads");
        Options { is_secure: false, setup_code: None, uploads, reach: Arc::default(), mail: None }
    }
}

impl App {
    pub fn new(office: Office, passwords: Passwords, options: Options) -> App {
        let assets = Arc::new(Assets::load());
        App(Arc::new(Shared { office, passwords, assets, options, trials: Trials::default() }))
    }

    pub fn office(&self) -> &Office {
        &self.0.office
    }

    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub fn assets(&self) -> &Arc<Assets> {
        &self.0.assets
    }

    /// What was tried lately.
    pub fn trials(&self) -> &Trials {
        &self.0.trials
    }

    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// Pages, files and events. `api` is what answers below `/api/v1`.
    pub fn router(&self, api: Router) -> Router {
        let pages: Router = Routes::all()
            .router
            .fallback(nowhere)
            .layer(middleware::from_fn_with_state(self.clone(), forms::once))
            .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
            .layer(middleware::from_fn_with_state(self.clone(), visit::guard))
            .with_state(self.clone());
        let again = middleware::from_fn_with_state(pages.clone(), refused_form::shown_again);
        pages.layer(again).merge(api).layer(CompressionLayer::new()).layer(CatchPanicLayer::new())
    }
}

/// The routes added so far.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    pub added: Vec<(Verb, &'static str)>,
}

impl Routes {
    /// Of all pages, files and events.
    fn all() -> Routes {
        let mut routes = Routes::default();
        routes.get("/assets/{name}", get(asset));
        routes.get("/api", get(api_page));
        gate::routes::add(&mut routes);
        gate::letters::add(&mut routes);
        live::add(&mut routes);
        console::routes::add(&mut routes);
        crate::proofs::add(&mut routes);
        crate::pictures::add(&mut routes);
        portal::routes::add(&mut routes);
        routes
    }

    pub fn get(&mut self, path: &'static str, handler: MethodRouter<App>) {
        self.add(Verb::Get, path, handler);
    }

    pub fn post(&mut self, path: &'static str, handler: MethodRouter<App>) {
        self.add(Verb::Post, path, handler);
    }

    fn add(&mut self, verb: Verb, path: &'static str, handler: MethodRouter<App>) {
        let known = access::ROUTES.iter().any(|route| route.verb == verb && route.path == path);
        assert!(known, "`{path}` is not in the access matrix");
        self.added.push((verb, path));
        self.router = std::mem::take(&mut self.router).route(path, handler);
    }
}

async fn asset(State(app): State<App>, Path(name): Path<String>) -> Response {
    match app.assets().find(&name) {
        Some(asset) => asset.response(),
        None => Failure::NotFound.into_response(),
    }
}

async fn nowhere() -> Failure {
    Failure::NotFound
}

/// Answers that nobody may keep: they are somebody's own.
pub fn no_store(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    response
}

/// A handler that posts, as the routes name it.
pub fn posts<H, T>(handler: H) -> MethodRouter<App>
where
    H: axum::handler::Handler<T, App>,
    T: 'static,
{
    post(handler)
}

/// What the API offers, for people.
async fn api_page(visit: Visit) -> Markup {
    visit.page(&api_docs::Page { document: api::document().clone() })
}

#[cfg(test)]
mod tests;
