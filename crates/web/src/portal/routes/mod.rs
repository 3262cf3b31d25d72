//! The portal's handlers: a partner's own, and nothing else.
//!
//! # Invariants
//!
//! * Every query is asked with the partner of the session, never with one of the address.
//! * What belongs to somebody else is answered as what does not exist.

mod home;
mod programs;
mod records;
mod uploads;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use engine::access::Viewer;

use crate::app::Routes;
use crate::failure::Failure;
use crate::uploads::BYTES_MAX;
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    routes.get("/portal", get(home::show));
    routes.get("/portal/programs", get(programs::show_all));
    routes.get("/portal/programs/{code}", get(programs::show));
    routes.get("/portal/records", get(records::show));
    routes.get("/portal/uploads/new", get(uploads::ask));
    let limit = DefaultBodyLimit::max(BYTES_MAX);
    routes.post("/portal/uploads/new", post(uploads::send).layer(limit));
    routes.get("/portal/uploads/{id}", get(uploads::show));
    routes.get("/portal/uploads/{id}/rejected", get(uploads::rejected));
}

/// The partner of the session, and the eyes it reads with.
fn own(visit: &Visit) -> Result<(i64, Viewer), Failure> {
    let partner_id = visit.partner_id()?;
    Ok((partner_id, Viewer::Partner(partner_id)))
}
