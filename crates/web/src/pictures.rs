//! Pictures of rewards, vouchers and promotions: drawn on pages, and served by their hash.
//!
//! # Promises
//!
//! * A picture never changes at its address, so that browsers keep it; who is not signed in gets
//!   none.
//! * The room for a picture is there before it is loaded, and where there is none a quiet drawing
//!   stands in its place.

use std::collections::HashMap;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::db::{DbError, Reader};
use engine::pictures::{self, Alt, Picture, PictureError, Subject};
use maud::{Markup, html};

use crate::app::Routes;
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    routes.get("/pictures/{hash}", get(serve));
}

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Failure {
        match error {
            PictureError::Db(error) => error.into(),
            PictureError::NotFound => Failure::NotFound,
            other => Failure::Conflict(other.to_string()),
        }
    }
}

/// A picture as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub href: String,
    /// Nothing of one that is there for its looks.
    pub alt: String,
    pub width: u32,
    pub height: u32,
}

impl Shown {
    pub fn of(lang: Lang, of: &Picture) -> Shown {
        let alt = match &of.alt {
            Alt::Decorative => String::new(),
            Alt::Said { en, ja } => lang.say(ja, en).to_owned(),
        };
        let href = format!("/pictures/{}", of.hash);
        Shown { href, alt, width: of.width, height: of.height }
    }
}

/// All pictures, by what they are of.
#[derive(Debug)]
pub struct Pictures {
    lang: Lang,
    all: HashMap<(Subject, String), Picture>,
}

impl Pictures {
    pub async fn load(lang: Lang, reader: &mut Reader) -> Result<Pictures, DbError> {
        let all = pictures::list(reader).await?.into_iter();
        let all = all.map(|of| ((of.subject, of.code.clone()), of)).collect();
        Ok(Pictures { lang, all })
    }

    pub fn get(&self, subject: Subject, code: &str) -> Option<Shown> {
        self.all.get(&(subject, code.to_owned())).map(|of| Shown::of(self.lang, of))
    }
}

/// A picture in its room, or the drawing in place of one.
pub fn draw(shown: Option<&Shown>) -> Markup {
    html! {
        div.tk-picture {
            @match shown {
                Some(of) => {
                    img src=(of.href) alt=(of.alt) width=(of.width) height=(of.height)
                        loading="lazy" decoding="async";
                }
                None => {
                    svg viewBox="0 0 96 64" aria-hidden="true" fill="none" stroke="currentColor"
                        stroke-width="2" stroke-linejoin="round" stroke-linecap="round" {
                        rect x="30" y="28" width="36" height="22" rx="2" {}
                        path d="M27 21h42v7H27zM48 21v29M48 21c-4-9-13-8-12-3 1 3 7 3 12 3Zm0 0c4-9 13-8 12-3-1 3-7 3-12 3Z" {}
                    }
                }
            }
        }
    }
}

async fn serve(visit: Visit, Path(hash): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let (media_type, bytes) = pictures::body(&mut reader, &hash).await?.ok_or(Failure::NotFound)?;
    Ok(response(&media_type, bytes))
}

/// A picture that never changes at its address, for the one who asked alone.
pub fn response(media_type: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, bytes).into_response()
}
