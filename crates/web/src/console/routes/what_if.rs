//! What one more order would bring, asked in the console for a partner, in the portal for oneself.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::catalog::{self, MappingTarget};
use engine::rules::Rules;
use engine::what_if::{Candidate, WhatIf, WhatIfError, quote, what_if};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::imports::{language, saved};
use crate::app::Routes;
use crate::console::studio::what_if::{Extra, LINES_MAX, Page, Quote, Typed};
use crate::failure::Failure;
use crate::visit::{self, Query, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/what-if", get(show));
    routes.post("/console/what-if", post(show_quote));
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let partner = query.get("partner").map(|code| code.trim().to_owned()).unwrap_or_default();
    page(&visit, &query, partner, false).await
}

/// The same in the portal: of the partner whose portal it is, whatever the address says.
pub async fn show_own(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let own = visit.partner_id()?;
    let mut reader = visit.reader().await?;
    let master = visit.app.office().master(&mut reader).await?;
    drop(reader);
    let partner = master.partner_code(own).ok_or(Failure::NotFound)?.to_string();
    page(&visit, &query, partner, true).await
}

async fn page(
    visit: &Visit,
    query: &Query,
    partner: String,
    own: bool,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    drop(reader);
    let fields = if own { Extra::of_anybody() } else { extra(&rules) };
    let lines = typed(query, &fields);
    let answer = if lines.is_empty() || partner.is_empty() {
        None
    } else {
        Some(answer(visit, &partner, &lines, own).await?)
    };
    let quote = quotes(visit).await?;
    Ok(visit.page(&Page { own, partner, lines, fields, answer, quote }).into_response())
}

/// The saved mappings of facts that a quote may be read by.
async fn quotes(visit: &Visit) -> Result<Quote, Failure> {
    let mut reader = visit.reader().await?;
    let saved = catalog::mappings(&mut reader).await?;
    let facts = saved.into_iter().filter(|saved| saved.target == MappingTarget::Facts);
    Ok(Quote { mappings: facts.map(|saved| saved.name).collect(), ..Quote::default() })
}

/// A quote as it was pasted.
#[derive(Deserialize)]
pub struct QuoteForm {
    #[serde(default)]
    of: String,
    #[serde(default)]
    mapping: String,
    #[serde(default)]
    rows: String,
}

async fn show_quote(visit: Visit, sent: Sent<QuoteForm>) -> Result<Response, Failure> {
    let partner = sent.form.of.trim().to_owned();
    quote_page(&visit, partner, sent.form, false).await
}

/// The same in the portal.
pub async fn show_own_quote(visit: Visit, sent: Sent<QuoteForm>) -> Result<Response, Failure> {
    let own = visit.partner_id()?;
    let mut reader = visit.reader().await?;
    let master = visit.app.office().master(&mut reader).await?;
    drop(reader);
    let partner = master.partner_code(own).ok_or(Failure::NotFound)?.to_string();
    quote_page(&visit, partner, sent.form, true).await
}

async fn quote_page(
    visit: &Visit,
    partner: String,
    form: QuoteForm,
    own: bool,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let mapping = saved(&mut reader, &form.mapping).await?;
    drop(reader);
    let fields = if own { Extra::of_anybody() } else { extra(&rules) };
    let read = match &mapping {
        Some(mapping) => quote(form.rows.as_bytes(), mapping, language(visit.lang)),
        None => Err(WhatIfError::Mapping(form.mapping.clone())),
    };
    let asked = read.and_then(|(named, lines)| match (named, partner.as_str()) {
        // To a partner nobody else exists, and in the console what was said must be meant.
        (Some(named), said) if !said.is_empty() && named != said => {
            Err(WhatIfError::SeveralPartners { one: said.to_owned(), other: named })
        }
        (None, "") => Err(WhatIfError::NoPartnerNamed),
        (Some(named), _) => Ok((named, lines)),
        (None, said) => Ok((said.to_owned(), lines)),
    });
    let answer = match asked {
        Ok((partner, lines)) => answered(visit, &partner, &lines, own).await?,
        Err(error) => Err(visit.said(&error)),
    };
    let mut quote = quotes(visit).await?;
    (quote.mapping, quote.rows) = (form.mapping, form.rows);
    let answer = Some(answer);
    let page = Page { own, partner, lines: vec![], fields, answer, quote };
    Ok(visit.page(&page).into_response())
}

/// What the programs in force read of a line: their declared fields, and the parties they name.
fn extra(rules: &Rules) -> Vec<Extra> {
    let (mut roles, mut declared) = (BTreeSet::new(), BTreeSet::new());
    for program in rules.shown().map(|(_, plan)| plan.newest()) {
        let names = program.fields.keys().filter_map(|path| path.strip_prefix("fact."));
        declared.extend(names.map(str::to_owned));
        for rest in program.text.split("party.").skip(1) {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            roles.insert(rest[..end.unwrap_or(rest.len())].to_owned());
        }
        if program.text.contains("ship_to") {
            roles.insert("ship_to".to_owned());
        }
    }
    let roles = roles.into_iter().filter(|role| !role.is_empty()).map(Extra::Party);
    Extra::of_anybody()
        .into_iter()
        .chain(roles)
        .chain(declared.into_iter().map(Extra::Attribute))
        .collect()
}

fn typed(query: &Query, fields: &[Extra]) -> Vec<Typed> {
    let get = |key: &str, at: usize| {
        query.get(&format!("{key}{at}")).map(|text| text.trim().to_owned()).unwrap_or_default()
    };
    let line = |at| Typed {
        product: get("product", at),
        quantity: get("quantity", at),
        amount: get("amount", at),
        date: get("date", at),
        more: fields
            .iter()
            .map(|field| (field.clone(), get(&field.key(), at)))
            .filter(|(_, value)| !value.is_empty())
            .collect(),
    };
    (0..LINES_MAX).map(line).filter(|line| !line.is_blank()).collect()
}

async fn answer(
    visit: &Visit,
    partner: &str,
    lines: &[Typed],
    own: bool,
) -> Result<Result<WhatIf, String>, Failure> {
    let mut candidates = vec![];
    for line in lines {
        match candidate(line) {
            Ok(candidate) => candidates.push(candidate),
            Err(text) => return Ok(Err(visit.said(&text))),
        }
    }
    answered(visit, partner, &candidates, own).await
}

async fn answered(
    visit: &Visit,
    partner: &str,
    candidates: &[Candidate],
    own: bool,
) -> Result<Result<WhatIf, String>, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let asked = (partner, candidates);
    match what_if(&mut reader, &rules, &master, visit.now, asked).await {
        Ok(mut answer) => {
            if own {
                // What others earn on one's orders is theirs.
                answer.rewards.retain(|one| one.earner.as_str() == partner);
                let earns = |program: &str, term: &str| {
                    answer.rewards.iter().any(|one| one.program == program && one.term == term)
                };
                let kept: Vec<_> = answer
                    .eligible
                    .iter()
                    .filter(|(_, program, term)| earns(program, term))
                    .cloned()
                    .collect();
                answer.eligible = kept;
            }
            Ok(Ok(answer))
        }
        Err(WhatIfError::Db(error)) => Err(error.into()),
        Err(error) => Ok(Err(visit.said(&error))),
    }
}

/// Numbers as people type them: thousands apart.
fn candidate(line: &Typed) -> Result<Candidate, String> {
    let number = |text: &str| -> Result<Option<Decimal>, String> {
        let bare: String = text.chars().filter(|c| ![',', ' ', '，'].contains(c)).collect();
        if bare.is_empty() {
            return Ok(None);
        }
        bare.parse().map(Some).map_err(|_| format!("`{text}` is no number"))
    };
    let date = match line.date.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| format!("`{text}` is no day"))?),
    };
    let more = |field: Extra| line.more.get(&field).cloned();
    let (mut parties, mut attributes) = (BTreeMap::new(), BTreeMap::new());
    for (field, value) in &line.more {
        match field {
            Extra::Party(role) => drop(parties.insert(role.clone(), value.clone())),
            Extra::Attribute(name) => drop(attributes.insert(name.clone(), value.clone())),
            Extra::Unit | Extra::Currency | Extra::Channel | Extra::Order | Extra::Type => {}
        }
    }
    Ok(Candidate {
        product: Some(line.product.clone()).filter(|code| !code.is_empty()),
        quantity: number(&line.quantity)?,
        amount: number(&line.amount)?,
        date,
        unit: more(Extra::Unit),
        currency: more(Extra::Currency),
        channel: more(Extra::Channel),
        order: more(Extra::Order),
        activity_type: more(Extra::Type),
        parties,
        attributes,
    })
}
