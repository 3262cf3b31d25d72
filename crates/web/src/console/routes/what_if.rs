//! What one more order would bring, asked in the console for a partner, in the portal for oneself.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::what_if::{Candidate, WhatIf, WhatIfError, what_if};
use rust_decimal::Decimal;

use crate::app::Routes;
use crate::console::studio::what_if::{LINES_MAX, Page, Typed};
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
    let lines = typed(query);
    let answer = if lines.is_empty() || partner.is_empty() {
        None
    } else {
        Some(answer(visit, &partner, &lines, own).await?)
    };
    Ok(visit.page(&Page { own, partner, lines, answer }).into_response())
}

fn typed(query: &Query) -> Vec<Typed> {
    let get = |key: &str, at: usize| {
        query.get(&format!("{key}{at}")).map(|text| text.trim().to_owned()).unwrap_or_default()
    };
    let line = |at| Typed {
        product: get("product", at),
        quantity: get("quantity", at),
        amount: get("amount", at),
        date: get("date", at),
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
    Ok(Candidate {
        product: Some(line.product.clone()).filter(|code| !code.is_empty()),
        quantity: number(&line.quantity)?,
        amount: number(&line.amount)?,
        date,
        ..Candidate::default()
    })
}
