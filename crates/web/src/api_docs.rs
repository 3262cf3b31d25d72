//! The API, readable: drawn from the `OpenAPI` document, without an external script.

use maud::{Markup, html};
use serde_json::Value;

use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::{Look, Tone, button_link, card, status, with_code};

/// A page over the document that `/api/v1/openapi.json` serves.
#[derive(Debug, Clone)]
pub struct Page {
    pub document: Value,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.gate.api_title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let g = &shell.words().gate;
        let version = self.document["info"]["version"].as_str().unwrap_or_default();
        html! {
            main #main.tk-api {
                header.tk-head {
                    div.tk-head__text {
                        h1 { (g.api_title) " " span.tk-muted { (version) } }
                        p.tk-head__meta { span { (g.api_help) } }
                    }
                    div.tk-head__actions {
                        (button_link(
                            "openapi.json",
                            "/api/v1/openapi.json",
                            Look::Outline,
                            None,
                        ))
                        (crate::ui::frame::language_link(shell, "tk-tool tk-tool--text"))
                    }
                }
                @if let Some(text) = self.document["info"]["description"].as_str() {
                    (card("tk-api__text", html! {
                        (paragraphs(text))
                        h2 { (g.api_first) }
                        pre.tk-api__example lang="en" tabindex="0" { (FIRST_CALL) }
                    }))
                }
                (card("tk-api__index", self.index(shell.lang)))
                @for (path, verb, operation) in operations(&self.document) {
                    (card("tk-api__operation", draw(shell.lang, path, verb, operation)))
                }
                @if let Some(problems) = self.document["x-problems"].as_array() {
                    (card("tk-api__problems", html! {
                        h2 #problems { (g.api_problems) }
                        @for problem in problems { (draw_problem(shell.lang, problem)) }
                    }))
                }
            }
        }
    }
}

/// A call that works as it stands, but for the address and the token.
const FIRST_CALL: &str = "curl https://HOST/api/v1/facts \\\n  \
    -H \"Authorization: Bearer $TOKEN\" -H \"Idempotency-Key: 2026-04-10-1\" \\\n  \
    -H \"Content-Type: text/csv\" --data-binary @lines.csv";

impl Page {
    /// What can be called, each a way to where it is described.
    fn index(&self, lang: Lang) -> Markup {
        html! {
            h2 { (lang.words().gate.api_index) }
            ul lang="en" {
                @for (path, verb, operation) in operations(&self.document) {
                    li {
                        a.tk-mono href={ "#" (anchor(verb, path)) } {
                            (verb.to_uppercase()) " " (path)
                        }
                        @if let Some(summary) = operation["summary"].as_str() {
                            span.tk-muted { (with_code(summary)) }
                        }
                    }
                }
            }
        }
    }
}

/// Where an operation is described, within the page: names of operations repeat, these do not.
fn anchor(verb: &str, path: &str) -> String {
    let path = path.trim_start_matches("/api/v1/").replace(['{', '}'], "").replace('/', "-");
    format!("{verb}-{path}")
}

const VERBS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// All operations, in the order of the document.
fn operations(document: &Value) -> Vec<(&str, &'static str, &Value)> {
    let Some(paths) = document["paths"].as_object() else { return vec![] };
    let mut found = vec![];
    for (path, item) in paths {
        for verb in VERBS {
            if let Some(operation) = item.get(verb) {
                found.push((path.as_str(), verb, operation));
            }
        }
    }
    found
}

fn draw(lang: Lang, path: &str, verb: &str, operation: &Value) -> Markup {
    let g = &lang.words().gate;
    let tone = if verb == "get" { Tone::Info } else { Tone::Good };
    html! {
        h2 #(anchor(verb, path)) {
            (status(&verb.to_uppercase(), tone)) " " span.tk-mono lang="en" { (path) }
        }
        @if let Some(scope) = operation["x-scope"].as_str() {
            p.tk-small { span.tk-mono lang="en" { "scope " (scope) } }
        }
        @if let Some(summary) = operation["summary"].as_str() { p { b { (with_code(summary)) } } }
        @if let Some(text) = operation["description"].as_str() { (paragraphs(text)) }
        @if let Some(parameters) = operation["parameters"].as_array() {
            h3 { (g.api_parameters) }
            (fields(parameters.iter().map(parameter)))
        }
        @if let Some(content) = operation["requestBody"]["content"].as_object() {
            h3 { (g.api_body) }
            (fields(content.iter().map(|(kind, body)| (kind.clone(), schema(&body["schema"])))))
        }
        @if let Some(responses) = operation["responses"].as_object() {
            h3 { (g.api_answers) }
            (fields(responses.iter().map(|(code, answer)| (code.clone(), said(answer)))))
        }
    }
}

/// A kind of problem, under the address that its documents name.
fn draw_problem(lang: Lang, problem: &Value) -> Markup {
    let kind = problem["type"].as_str().unwrap_or_default();
    let id = kind.rsplit('#').next().unwrap_or(kind);
    let status = problem["status"].as_u64().unwrap_or_default();
    let title = problem["title"][lang.tag()].as_str().unwrap_or_default();
    html! {
        h3 #(id) { span.tk-mono lang="en" { (status) " " (kind) } " " (title) }
        (paragraphs(problem["meaning"].as_str().unwrap_or_default()))
    }
}

fn fields(rows: impl Iterator<Item = (String, String)>) -> Markup {
    html! {
        dl.tk-api__fields lang="en" {
            @for (name, text) in rows { div { dt.tk-mono { (name) } dd { (with_code(&text)) } } }
        }
    }
}

fn parameter(parameter: &Value) -> (String, String) {
    let name = parameter["name"].as_str().unwrap_or_default();
    let place = parameter["in"].as_str().unwrap_or_default();
    let required = if parameter["required"].as_bool() == Some(true) { ", required" } else { "" };
    let text = parameter["description"].as_str().unwrap_or_default();
    (name.into(), format!("{place}{required}. {text}"))
}

fn said(answer: &Value) -> String {
    let text = answer["description"].as_str().unwrap_or_default();
    let kinds: Vec<String> = answer["content"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(kind, body)| format!("{kind} {}", schema(&body["schema"])))
        .collect();
    format!("{text} {}", kinds.join(", ")).trim().into()
}

/// A schema by name, or by kind.
fn schema(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or(name).into();
    }
    match schema["type"].as_str() {
        Some("array") => format!("[{}]", self::schema(&schema["items"])),
        Some(kind) => kind.into(),
        None => String::new(),
    }
}

fn paragraphs(text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n") { p.tk-small lang="en" { (with_code(paragraph)) } }
    }
}
