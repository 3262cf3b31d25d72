//! The text of letters: one draft of parts, written as plain text and as simple HTML.
//!
//! # Promises
//!
//! * Both bodies say the same, in the reader's language.
//! * The HTML has no pictures, no scripts and nothing that is fetched: opening a letter tells nobody.
//! * It reads well at 320 pixels and in dark mode; links are whole addresses in the plain text.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::content::{Content, Promoted};
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::ui::encode;

/// Whom it is from and whom it is for.
#[derive(Debug, Clone)]
pub struct Frame {
    pub lang: Lang,
    pub vendor: String,
    /// How browsers reach the pages, without a slash at the end.
    pub address: String,
    /// The reader.
    pub name: String,
}

/// What lets the reader of a letter do something.
#[derive(Debug, Clone, Default)]
pub struct Links {
    pub act: Option<String>,
    pub unsubscribe: Option<String>,
}

impl Links {
    /// The same, with something else in the place of what lets in.
    pub(super) fn map_token(&self, token: &str) -> Links {
        let masked = |of: &Option<String>| of.as_ref().map(|_| token.to_owned());
        Links { act: masked(&self.act), unsubscribe: masked(&self.unsubscribe) }
    }

    pub(super) fn as_ref(&self) -> &Links {
        self
    }
}

/// A letter as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Frame {
    /// Where a token ends letters.
    pub fn unsubscribe(&self, token: &str) -> String {
        format!("{}/unsubscribe/{token}", self.address)
    }

    fn page(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

/// A piece of a letter.
enum Part {
    Text(String),
    /// Somebody's own words.
    Quote(String),
    List(Vec<String>),
    Facts(Vec<(String, String)>),
    Button(&'static str, String),
    Small(String),
}

struct Draft {
    subject: String,
    parts: Vec<Part>,
}

/// Writes a letter.
pub fn write(frame: &Frame, content: &Content, links: &Links) -> Written {
    let Draft { subject, mut parts } = draft(frame, content, links);
    let m = &frame.lang.words().mail;
    parts.push(Part::Small(fill(m.from, &[("vendor", &frame.vendor)])));
    if let Some(token) = &links.unsubscribe {
        let said = match content {
            Content::Friend { .. } => m.stop_help,
            _ => m.unsubscribe_help,
        };
        parts.push(Part::Small(format!("{said} {}", frame.unsubscribe(token))));
    }
    let greeting = match frame.name.trim() {
        "" => m.greeting_nobody.to_owned(),
        name => fill(m.greeting, &[("name", name)]),
    };
    Written {
        text: plain(&greeting, &parts),
        html: dressed(frame, &subject, &greeting, &parts).into_string(),
        subject,
    }
}

fn draft(frame: &Frame, content: &Content, links: &Links) -> Draft {
    let m = &frame.lang.words().mail;
    let vendor = ("vendor", frame.vendor.as_str());
    let choose = |label| {
        let token = links.act.as_deref().unwrap_or_default();
        Part::Button(label, frame.page(&format!("/password/{token}")))
    };
    match content {
        Content::Statement(statement) => of_statement(frame, statement),
        Content::Promotion(promoted) => of_promotion(frame, promoted),
        Content::SponsorLow { sponsor, code, pack } => Draft {
            subject: fill(m.sponsor_subject, &[("sponsor", sponsor)]),
            parts: vec![
                Part::Text(fill(m.sponsor_text, &[("sponsor", sponsor), ("pack", pack)])),
                Part::Button(
                    m.sponsor_button,
                    frame.page(&format!("/console/loyalty/sponsors/{}", encode(code))),
                ),
            ],
        },
        Content::Friend { advocate, code } => Draft {
            subject: fill(m.friend_subject, &[("who", advocate), vendor]),
            parts: vec![
                Part::Text(fill(m.friend_text, &[("who", advocate), vendor])),
                Part::Facts(vec![(m.friend_code.to_owned(), code.clone())]),
                Part::Button(m.friend_button, frame.page(&format!("/friends/{}", encode(code)))),
                Part::Small(fill(m.friend_why, &[("who", advocate)])),
            ],
        },
        Content::Invitation { by, login } => Draft {
            subject: fill(m.invitation_subject, &[vendor]),
            parts: vec![
                Part::Text(fill(m.invitation_text, &[("by", by), vendor])),
                Part::Facts(vec![(m.login.to_owned(), login.clone())]),
                choose(m.invitation_button),
                Part::Small(m.invitation_lasts.to_owned()),
            ],
        },
        Content::Password { login } => Draft {
            subject: m.password_subject.to_owned(),
            parts: vec![
                Part::Text(fill(m.password_text, &[vendor])),
                Part::Facts(vec![(m.login.to_owned(), login.clone())]),
                choose(m.password_button),
                Part::Small(m.password_lasts.to_owned()),
            ],
        },
        Content::Test { by } => Draft {
            subject: fill(m.test_subject, &[vendor]),
            parts: vec![Part::Text(fill(m.test_text, &[("by", by)]))],
        },
    }
}

fn of_statement(frame: &Frame, of: &engine::papers::points::PointStatement) -> Draft {
    let (m, lang) = (&frame.lang.words().mail, frame.lang);
    let wallet = reading::name(lang, &of.wallet_names, &of.wallet);
    let (from, to) = (format::day_long(of.from, lang), format::day_long(of.to, lang));
    let mut parts = vec![Part::Text(fill(
        m.statement_text,
        &[("wallet", &wallet), ("from", &from), ("to", &to)],
    ))];
    for part in &of.parts {
        let unit = reading::name(lang, &part.names, &part.unit);
        let row = |label: &str, amount| (fill(label, &[("unit", &unit)]), format::quantity(amount));
        let mut rows = vec![row(m.opening, part.opening), row(m.closing, part.closing)];
        if let Some((day, amount)) = part.ending.first() {
            let day = format::day_long(*day, lang);
            rows.push((
                fill(m.ending, &[("unit", &unit), ("day", &day)]),
                format::quantity(*amount),
            ));
        }
        parts.push(Part::Facts(rows));
    }
    parts.push(Part::Text(m.statement_attached.to_owned()));
    parts.push(Part::Button(m.statement_button, frame.page("/portal/points/membership")));
    Draft { subject: fill(m.statement_subject, &[("wallet", &wallet), ("to", &to)]), parts }
}

fn of_promotion(frame: &Frame, of: &Promoted) -> Draft {
    let m = &frame.lang.words().mail;
    let mut parts = Vec::new();
    if !of.says.trim().is_empty() {
        parts.push(Part::Quote(of.says.trim().to_owned()));
    }
    parts.push(Part::Text(fill(m.promotion_text, &[("name", &of.name), ("days", &of.days)])));
    if !of.description.is_empty() {
        parts.push(Part::Text(of.description.clone()));
    }
    if !of.gives.is_empty() {
        parts.push(Part::List(of.gives.clone()));
    }
    if of.needs_word {
        parts.push(Part::Text(m.promotion_enrol.to_owned()));
    }
    parts.push(Part::Button(m.promotion_button, frame.page("/portal/points/promotions")));
    Draft { subject: fill(m.promotion_subject, &[("name", &of.name)]), parts }
}

fn plain(greeting: &str, parts: &[Part]) -> String {
    let mut blocks = vec![greeting.to_owned()];
    let mut is_below = false;
    for part in parts {
        blocks.push(match part {
            Part::Text(text) => text.clone(),
            Part::Quote(text) => {
                text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
            }
            Part::List(items) => {
                items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n")
            }
            Part::Facts(rows) => rows
                .iter()
                .map(|(label, value)| format!("{label}: {value}"))
                .collect::<Vec<_>>()
                .join("\n"),
            Part::Button(label, address) => format!("{label}:\n{address}"),
            Part::Small(text) if is_below => text.clone(),
            Part::Small(text) => {
                is_below = true;
                format!("--\n{text}")
            }
        });
    }
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

/// What mail programs keep of a style: attributes, and the rule for dark mode where they know it.
const STYLE: &str = "\
:root{color-scheme:light dark}\
@media (prefers-color-scheme:dark){\
.page{background:#161a19!important}\
.card{background:#212725!important;color:#edf1ef!important}\
.muted,.fact{color:#a9b5b0!important}\
.line{border-color:#3a4441!important}\
.button{background:#7fd1bf!important;color:#10201c!important}\
.link{color:#7fd1bf!important}}";

fn dressed(frame: &Frame, subject: &str, greeting: &str, parts: &[Part]) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(frame.lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (subject) }
                style { (PreEscaped(STYLE)) }
            }
            body.page style="margin:0;padding:16px;background:#f1f3f0;\
                font-family:-apple-system,'Hiragino Sans','Noto Sans JP','Segoe UI',sans-serif;\
                line-height:1.6" {
                div.card style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;\
                    color:#1c2422;border-radius:12px;font-size:16px" {
                    p style="margin:0 0 16px;font-weight:700" { (frame.vendor) }
                    h1 style="margin:0 0 16px;font-size:21px;line-height:1.35" { (subject) }
                    p style="margin:0 0 16px" { (greeting) }
                    @for part in parts { (piece(part)) }
                }
            }
        }
    }
}

fn piece(part: &Part) -> Markup {
    match part {
        Part::Text(text) => html! { p style="margin:0 0 16px;white-space:pre-line" { (text) } },
        Part::Quote(text) => html! {
            p.line style="margin:0 0 16px;padding-left:12px;border-left:3px solid #0f5c50;\
                white-space:pre-line" { (text) }
        },
        Part::List(items) => html! {
            ul style="margin:0 0 16px;padding-left:22px" {
                @for item in items { li style="margin:0 0 4px" { (item) } }
            }
        },
        Part::Facts(rows) => html! {
            table role="presentation" style="width:100%;margin:0 0 16px;border-collapse:collapse" {
                @for (label, value) in rows {
                    tr {
                        td.line.fact style="padding:8px 8px 8px 0;border-top:1px solid #dde3e0;\
                            color:#5b6662" { (label) }
                        td.line style="padding:8px 0;border-top:1px solid #dde3e0;\
                            text-align:right;font-weight:700" { (value) }
                    }
                }
            }
        },
        Part::Button(label, address) => html! {
            p style="margin:0 0 20px" {
                a.button href=(address) style="display:inline-block;padding:13px 22px;\
                    background:#0f5c50;color:#ffffff;border-radius:8px;font-weight:700;\
                    text-decoration:none" { (label) }
            }
        },
        Part::Small(text) => {
            // An address in a sentence is a link.
            let (said, address) = match text.split_once("http") {
                Some((said, rest)) => (said, Some(format!("http{rest}"))),
                None => (text.as_str(), None),
            };
            html! {
                p.muted style="margin:0 0 8px;font-size:13px;color:#5b6662;word-break:break-word" {
                    (said)
                    @if let Some(address) = address {
                        a.link href=(address) style="color:#0f5c50" { (address) }
                    }
                }
            }
        }
    }
}
