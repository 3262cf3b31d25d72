//! The door, and what stands in for a page.

use super::{As, Gallery};
use crate::api_docs;
use crate::gate::{first_run, refused, sign_in};
use engine::access::Role;

pub fn add(gallery: &mut Gallery) {
    gallery.add("sign-in", As::Nobody, &sign_in::Page::default());
    let refused_in = |refusal| sign_in::Page {
        login: "misaki.sato@cycleworld.example".into(),
        refusal: Some(refusal),
        next: "/portal".into(),
    };
    gallery.add("sign-in-wrong", As::Nobody, &refused_in(sign_in::Refusal::Wrong));
    gallery.add("sign-in-many", As::Nobody, &refused_in(sign_in::Refusal::TooMany { minutes: 1 }));
    gallery.add("sign-in-stale", As::Nobody, &refused_in(sign_in::Refusal::Stale));
    gallery.add(
        "first-run",
        As::Nobody,
        &first_run::Page { needs_code: true, ..Default::default() },
    );
    let problem = first_run::Page {
        vendor: "Hibari".into(),
        problem: Some(first_run::Problem::Password),
        ..Default::default()
    };
    gallery.add("first-run-problem", As::Nobody, &problem);
    let what = gallery.lang.say("期間は締め済みです", "the period is closed").to_string();
    let reasons = [
        refused::Reason::NotFound,
        refused::Reason::Stale,
        refused::Reason::Unreadable { what: what.clone() },
        refused::Reason::Conflict { what },
        refused::Reason::OtherForm,
        refused::Reason::NoAnswer,
        refused::Reason::TooLarge,
        refused::Reason::Unavailable,
        refused::Reason::Broken,
    ];
    for (i, reason) in reasons.into_iter().enumerate() {
        let page = refused::Page { reason, request_id: "0197-6a1e-7c31".into(), back: None };
        gallery.add(&format!("refused-{i}"), As::Role(Role::Finance), &page);
    }
    gallery.add("api", As::Nobody, &api_docs::Page { document: document() });
}

fn document() -> serde_json::Value {
    serde_json::json!({
        "openapi": "3.1.0",
        "info": { "version": "1", "description": "Facts in, awards out.\n\nErrors are RFC 9457." },
        "paths": { "/api/v1/facts": { "post": {
            "operationId": "post_facts",
            "summary": "Record a batch of facts",
            "parameters": [{ "name": "Idempotency-Key", "in": "header", "required": true,
                "description": "The same key returns the first answer." }],
            "requestBody": { "content": { "application/x-ndjson": {
                "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Fact" } } } } },
            "responses": { "200": { "description": "An answer for each row",
                "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Receipt" } } } } }
        } } }
    })
}
