//! Portal, points: where points came from and went, by a key of the reader's own.

use axum::response::{IntoResponse, Response};
use engine::views::wallet as views;
use maud::{Markup, html};

use super::routes::own;
use super::{HISTORY, Tab, tabs};
use crate::failure::Failure;
use crate::i18n::Words;
use crate::lots::Shown;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, button_link, empty, page_head};
use crate::visit::{self, Visit};

pub const TRACE: &str = "/portal/points/trace";

#[derive(Debug, Clone)]
pub struct Page {
    pub shown: Shown,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.shown.key, words.keeping.trace)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let page = html! {
            (page_head(&PageHead {
                title: words.keeping.trace,
                badge: empty(),
                meta: html! { span.tk-mono { (self.shown.key) } },
                actions: button_link(words.points.history, HISTORY, Look::Outline, None),
            }))
            (tabs(lang, Tab::History))
            (self.shown.draw(lang))
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let key = visit::query(&visit.here).remove("key").unwrap_or_default();
    let of = (&*own.rules, &*own.master);
    let found = views::trace(&mut reader, of, visit.now, &own.partner, &key).await?;
    let trace = found.ok_or(Failure::NotFound)?;
    let page = Page { shown: Shown { key, trace, path: TRACE.into() } };
    Ok(visit.page(&page).into_response())
}
