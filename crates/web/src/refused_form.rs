//! A form that is refused is shown again where it was filled in: as it was typed, and with what is
//! wrong at its field.
//!
//! A handler says [`Failure::Field`](crate::failure::Failure) or a conflict, and nothing of the
//! page. [`shown_again`] asks for the page that the form stood on, with a [`Refused`] for its form.
//! Without such a page (a program that posts, a browser that hides where it comes from) the answer
//! is a page of its own that says the same.
//!
//! # Invariants
//!
//! * What was typed is shown to whoever typed it, in the answer to that very request, and is kept
//!   nowhere. Passwords are not shown again.
//! * The page is asked for as the reader would: what they may not see is not shown.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use maud::{Markup, PreEscaped, html};
use tower::ServiceExt as _;

/// A form that was refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Where it was sent to.
    pub action: String,
    /// The first of these that the form has is wrong; of none the form as a whole.
    pub fields: &'static [&'static str],
    /// What is wrong, in the reader's language.
    pub what: String,
    pub typed: Arc<Typed>,
}

/// The fields of a form as they were sent.
pub type Typed = Vec<(String, String)>;

/// The page of ours that a refused form stood on.
#[derive(Debug, Clone)]
pub struct Again {
    pub page: String,
    pub refused: Refused,
}

/// Shows the page of a refused form once more, in place of the answer that says only what is wrong.
pub async fn shown_again(State(pages): State<Router>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (headers, from) = (request.headers().clone(), request.extensions().get().copied());
    let mut response = next.run(request).await;
    let Some(again) = response.extensions_mut().remove::<Again>() else { return response };
    let mut page = Request::new(Body::empty());
    let Ok(uri) = again.page.parse() else { return response };
    *page.uri_mut() = uri;
    *page.headers_mut() = headers;
    for of_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        page.headers_mut().remove(of_body);
    }
    if let Some(from) = from {
        let from: ConnectInfo<std::net::SocketAddr> = from;
        page.extensions_mut().insert(from);
    }
    page.extensions_mut().insert(again.refused);
    match pages.oneshot(page).await {
        Ok(mut shown) if shown.status() == StatusCode::OK => {
            *shown.status_mut() = response.status();
            shown
        }
        _ => response,
    }
}

impl Refused {
    /// The fields of the form as they were typed, with what is wrong.
    pub fn fill(&self, fields: &Markup) -> Markup {
        let wrong = self.fields.iter().find(|name| has_field(&fields.0, name));
        let filled = filled(&fields.0, &self.typed, wrong.map(|name| (*name, self.what.as_str())));
        html! {
            @if wrong.is_none() { (self.notice()) }
            (PreEscaped(filled))
        }
    }

    /// What is wrong with the form as a whole.
    pub fn notice(&self) -> Markup {
        use crate::ui::{Tone, notice};
        html! {
            div.tk-wrong { (notice(Tone::Bad, &html! { (self.what) }, &html! {})) }
        }
    }
}

fn has_field(fields: &str, name: &str) -> bool {
    tags(fields).any(|tag| is_control(tag) && attribute(tag, "name") == Some(name))
}

fn is_control(tag: &str) -> bool {
    let is_input = tag.starts_with("<input") && attribute(tag, "type") != Some("hidden");
    is_input || tag.starts_with("<textarea") || tag.starts_with("<select")
}

/// The tags of a piece of our own markup, from `<` to `>`.
fn tags(markup: &str) -> impl Iterator<Item = &str> {
    markup.match_indices('<').filter_map(|(at, _)| Some(&markup[at..=at + markup[at..].find('>')?]))
}

/// The value of an attribute as it is written. Ours are all in double quotes.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// The same markup with what was typed. Markup that escapes texts has no `<` or `>` but of tags.
fn filled(markup: &str, typed: &Typed, wrong: Option<(&str, &str)>) -> String {
    let mut out = String::with_capacity(markup.len() + 200);
    let mut rest = markup;
    // The field that is open, for its options or its text.
    let mut select: Option<&str> = None;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[..=end];
        rest = &rest[end + 1..];
        let name = attribute(tag, "name").filter(|_| is_control(tag));
        let value = |name: &str| typed.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
        let is_wrong = |name: &str| wrong.is_some_and(|(wrong, _)| wrong == name);
        match name {
            Some(name) if tag.starts_with("<input") => {
                out.push_str(&marked(&input(tag, name, typed), name, is_wrong(name)));
                out.push_str(&said(name, wrong));
            }
            Some(name) if tag.starts_with("<textarea") => {
                out.push_str(&marked(tag, name, is_wrong(name)));
                let (text, after) = rest.split_once("</textarea>").unwrap_or((rest, ""));
                match value(name) {
                    Some(value) => out.push_str(&escaped(value)),
                    None => out.push_str(text),
                }
                out.push_str("</textarea>");
                out.push_str(&said(name, wrong));
                rest = after;
            }
            Some(name) => {
                out.push_str(&marked(tag, name, is_wrong(name)));
                select = Some(name);
            }
            None if tag.starts_with("<option") => {
                let own = attribute(tag, "value").unwrap_or_default();
                match select.and_then(value) {
                    Some(chosen) => out.push_str(&option(tag, own == escaped(chosen))),
                    None => out.push_str(tag),
                }
            }
            None if tag == "</select>" => {
                out.push_str(tag);
                out.push_str(&select.take().map(|name| said(name, wrong)).unwrap_or_default());
            }
            None => out.push_str(tag),
        }
    }
    out.push_str(rest);
    out
}

/// An input with what was typed into it.
fn input(tag: &str, name: &str, typed: &Typed) -> String {
    let kind = attribute(tag, "type").unwrap_or("text");
    if matches!(kind, "password" | "file" | "submit") {
        return tag.to_owned();
    }
    if matches!(kind, "checkbox" | "radio") {
        let own = attribute(tag, "value").unwrap_or("on");
        let is_on = typed.iter().any(|(key, value)| key == name && escaped(value) == own);
        let bare = tag.replace(" checked", "");
        return if is_on { with(&bare, " checked") } else { bare };
    }
    let Some((_, value)) = typed.iter().find(|(key, _)| key == name) else {
        return tag.to_owned();
    };
    let bare = match attribute(tag, "value") {
        Some(old) => tag.replacen(&format!(" value=\"{old}\""), "", 1),
        None => tag.to_owned(),
    };
    with(&bare, &format!(" value=\"{}\"", escaped(value)))
}

fn option(tag: &str, is_chosen: bool) -> String {
    let bare = tag.replace(" selected", "");
    if is_chosen { with(&bare, " selected") } else { bare }
}

/// A tag with something more in it.
fn with(tag: &str, more: &str) -> String {
    let body = tag.strip_suffix('>').unwrap_or(tag);
    format!("{body}{more}>")
}

/// The control that is wrong says so to who cannot see it.
fn marked(tag: &str, name: &str, is_wrong: bool) -> String {
    if !is_wrong {
        return tag.to_owned();
    }
    with(tag, &format!(" aria-invalid=\"true\" aria-errormessage=\"{name}-err\""))
}

fn said(name: &str, wrong: Option<(&str, &str)>) -> String {
    let Some((_, what)) = wrong.filter(|(wrong, _)| *wrong == name) else { return String::new() };
    let id = format!("{name}-err");
    html! { p.mui-field__error.tk-wrong #(id) role="alert" { (what) } }.into_string()
}

fn escaped(text: &str) -> String {
    html! { (text) }.into_string()
}

#[cfg(test)]
mod tests;
