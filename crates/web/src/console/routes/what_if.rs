//! What one more order would bring, asked in the console for a partner, in the portal for oneself.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::rules::Rules;
use engine::what_if::{Candidate, WhatIf, WhatIfError, what_if};
use rust_decimal::Decimal;

use crate::app::Routes;
use crate::console::studio::what_if::{Extra, LINES_MAX, Page, Typed};
use crate::failure::Failure;
use crate::visit::{self, Query, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/what-if", get(show));
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
    Ok(visit.page(&Page { own, partner, lines, fields, answer }).into_response())
}

/// What the programs in force read of a line: their declared fields, and the parties they name.
fn extra(rules: &Rules) -> Vec<Extra> {
    let (mut roles, mut declared) = (BTreeSet::new(), BTreeSet::new());
    for program in rules.plans.iter().map(|plan| plan.newest()) {
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
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let asked = (partner, candidates.as_slice());
    match what_if(&mut reader, &rules, &master, visit.now, asked).await {
        Ok(mut answer) => {
            if own {
                // What others earn on one's orders is theirs.
                answer.rewards.retain(|one| one.earner.as_str() == partner);
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
