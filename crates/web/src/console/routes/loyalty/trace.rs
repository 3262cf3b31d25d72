//! Where points of a partner came from and went.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::code::PartnerCode;
use engine::catalog;
use engine::views::wallet as view;

use crate::app::Routes;
use crate::console::loyalty::trace::Page;
use crate::failure::Failure;
use crate::lots::Shown;
use crate::reading;
use crate::ui::encode;
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/partners/{code}/loyalty-trace", get(show));
}

/// The page of a key.
pub fn href(code: &str, key: &str) -> String {
    format!("{}?key={}", path(code), encode(key))
}

fn path(code: &str) -> String {
    format!("/console/partners/{}/loyalty-trace", encode(code))
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = catalog::partner_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let key = visit::query(&visit.here).remove("key").unwrap_or_default();
    let owner = PartnerCode::new(&code);
    let found = view::trace(&mut reader, (&rules, &master), visit.now, &owner, &key).await?;
    let page = Page {
        partner: reading::partner_ref(visit.lang, &row),
        shown: Shown { key, trace: found.ok_or(Failure::NotFound)?, path: path(&code) },
    };
    Ok(visit.page(&page).into_response())
}
