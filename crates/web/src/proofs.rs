//! Files that prove something: attached to a dispute or a report, seen by both sides.
//!
//! # Invariants
//!
//! * The token of the form is read before the first byte of a file.
//! * What is served is a download of the type its content says, and nobody's page.

use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::Viewer;
use engine::db::Reader;
use engine::proof::{self, BYTES_MAX, FILES_MAX, Of, ProofError, ProofRow};
use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::format;
use crate::i18n::fill;
use crate::shell::Shell;
use crate::ui::{Icon, Look, button, empty, encode, section};
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    // Several files, and room for the fields around them.
    let large = DefaultBodyLimit::max(4 * BYTES_MAX);
    routes.post("/console/disputes/{id}/proofs", post(of_dispute).layer(large));
    routes.post("/portal/disputes/{id}/proofs", post(of_own_dispute).layer(large));
    routes.post("/portal/uploads/{id}/proofs", post(of_report).layer(large));
    routes.get("/console/proofs/{id}", get(show));
    routes.get("/portal/proofs/{id}", get(show_own));
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Failure {
        match error {
            ProofError::Db(error) => error.into(),
            ProofError::NotFound => Failure::NotFound,
            other => Failure::Conflict(other.to_string()),
        }
    }
}

/// A file as pages show it.
#[derive(Debug, Clone)]
pub struct Proof {
    pub name: String,
    pub bytes: u64,
    pub by: String,
    pub at: DateTime,
    pub href: String,
}

/// The files of something, as its page shows them.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    pub files: Vec<Proof>,
    /// Where more are sent to, if the reader may.
    pub action: Option<String>,
}

impl Proofs {
    pub fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let s = &words.settle;
        if self.files.is_empty() && self.action.is_none() {
            return empty();
        }
        let megabytes = (BYTES_MAX / 1_000_000).to_string();
        let limits = [("mb", megabytes.as_str()), ("n", &FILES_MAX.to_string())];
        section(
            s.proofs,
            &empty(),
            &html! {
                ul.tk-rows {
                    @for file in &self.files {
                        li {
                            div.tk-rows__text {
                                a href=(file.href) { (file.name) }
                                small {
                                    (format::bytes(file.bytes)) " · " (file.by) " · "
                                    (format::moment(file.at, lang))
                                }
                            }
                        }
                    }
                }
                @if let Some(action) = &self.action {
                    (shell.upload(action, "tk-form tk-form--tight", &html! {
                        p.tk-small.tk-muted.tk-phrase { (fill(s.proof_hint, &limits)) }
                        input.mui-input type="file" name="file" multiple required
                            accept="application/pdf,image/png,image/jpeg,image/webp"
                            aria-label=(s.proof_add);
                        div { (button(s.proof_add, Look::Outline, Some(Icon::Upload))) }
                    }))
                }
            },
        )
    }
}

/// The files of a dispute or report that the reader sees; `place` is `/console` or `/portal`.
pub async fn of(
    visit: &Visit,
    reader: &mut Reader,
    (viewer, place): (Viewer, &str),
    of: Of<'_>,
    action: Option<String>,
) -> Result<Proofs, Failure> {
    let found = proof::list(reader, viewer, of).await?;
    let vendor = visit.lang.words().settle.vendor;
    let shown = |row: ProofRow| Proof {
        href: format!("{place}/proofs/{}", row.public_id),
        bytes: u64::try_from(row.bytes).unwrap_or_default(),
        // Partners are answered by the vendor, not by one of its people.
        by: if viewer == Viewer::Vendor || row.of_partner { row.added_by } else { vendor.into() },
        at: visit.local(row.added_at),
        name: row.name,
    };
    Ok(Proofs { files: found.into_iter().map(shown).collect(), action })
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn unreadable(error: axum::extract::multipart::MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
        _ => Failure::Unreadable(error.body_text()),
    }
}

/// The files of a form of ours.
async fn sent(visit: &Visit, mut form: Multipart) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut is_ours = false;
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default() {
            "csrf" => is_ours = visit.is_csrf(&field.text().await.map_err(unreadable)?),
            "file" if is_ours && files.len() < FILES_MAX => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let bytes = field.bytes().await.map_err(unreadable)?;
                if !name.is_empty() {
                    files.push((name, bytes.to_vec()));
                }
            }
            _ => {}
        }
    }
    if is_ours { Ok(files) } else { Err(Failure::Stale) }
}

/// Keeps the files of a form, all or none; once more they are the same files.
async fn attach(app: &App, visit: &Visit, of: Of<'_>, form: Multipart) -> Result<(), Failure> {
    let files = sent(visit, form).await?;
    let actor = visit.actor()?;
    let mut tx = app.office().db().write().await?;
    for (name, bytes) in &files {
        proof::attach(&mut tx, &actor, visit.now, of, (name, bytes)).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn of_dispute(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<Redirect, Failure> {
    attach(&app, &visit, Of::Dispute(&id), form).await?;
    Ok(Redirect::to(&format!("/console/disputes/{id}?done=saved")))
}

async fn of_own_dispute(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<Redirect, Failure> {
    visit.partner_id()?;
    attach(&app, &visit, Of::Dispute(&id), form).await?;
    Ok(Redirect::to(&format!("/portal/disputes/{id}?done=saved")))
}

async fn of_report(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<Redirect, Failure> {
    visit.partner_id()?;
    attach(&app, &visit, Of::Report(&id), form).await?;
    Ok(Redirect::to(&format!("/portal/uploads/{id}?done=saved")))
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    serve(&visit, Viewer::Vendor, &id).await
}

async fn show_own(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let own = Viewer::Partner(visit.partner_id()?);
    serve(&visit, own, &id).await
}

async fn serve(visit: &Visit, viewer: Viewer, id: &str) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let (row, bytes) = proof::load(&mut reader, viewer, id).await?.ok_or(Failure::NotFound)?;
    Ok(download(&row, bytes))
}

/// A download under its own name, whatever letters that has.
pub fn download(row: &ProofRow, bytes: Vec<u8>) -> Response {
    let name = encode(&row.name);
    let headers = [
        (header::CONTENT_TYPE, row.media_type.clone()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
    ];
    (headers, bytes).into_response()
}
