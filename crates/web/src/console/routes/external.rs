//! Amounts from outside: the list.

use std::collections::HashMap;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::totals::Group;
use engine::catalog;
use engine::explain::AwardRef;
use engine::external::{self, ExternalFilter, ExternalRow};
use engine::rules::Rules;

use crate::app::Routes;
use crate::console::external::{Page, Row};
use crate::failure::Failure;
use crate::format::Money;
use crate::reading;
use crate::view::PartnerRef;
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/external", get(show));
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut list = reading::list("/console/external", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let all = ExternalFilter::default();
    let (found, total) = external::list(&mut reader, &all, reading::window(&list)).await?;
    list.rows = u64::try_from(total).unwrap_or_default();
    let mut partners: HashMap<i64, PartnerRef> = HashMap::new();
    for id in found.iter().map(|row| row.partner_id) {
        if !partners.contains_key(&id)
            && let Some(row) = catalog::partner_by_id(&mut reader, id).await?
        {
            partners.insert(id, reading::partner_ref(visit.lang, &row));
        }
    }
    let row = |row| row_of(&visit, &rules, &partners, row);
    let rows = found.into_iter().filter_map(row).collect();
    Ok(visit.page(&Page { list, rows }).into_response())
}

/// `None` if its program is not in force any more.
fn row_of(
    visit: &Visit,
    rules: &Rules,
    partners: &HashMap<i64, PartnerRef>,
    row: ExternalRow,
) -> Option<Row> {
    let plan = &rules.plans[rules.position(row.program_id)?];
    let term = plan.term(&row.term)?;
    let period = plan.terms[usize::from(term)].calendar.containing(row.period)?;
    let partner = partners.get(&row.partner_id)?.clone();
    let group = Group::from_stored(&row.group_key);
    let shown = [row.term.clone(), reading::period(&period).long(visit.lang)];
    let values = group.values().map(|(name, value)| format!("{name}: {value}"));
    let about = shown.into_iter().chain(values).collect::<Vec<_>>().join(" · ");
    let award = AwardRef {
        program: plan.code.to_string(),
        term: row.term,
        partner: partner.code.clone(),
        period: period.name.to_string(),
        group,
    };
    let currency = plan.currency_of(term).unwrap_or(plan.newest().currency);
    Some(Row {
        key: row.key,
        program: reading::program_ref(visit.lang, plan.newest()),
        partner,
        about,
        amount: Money::new(row.amount, currency),
        by: row.by,
        at: visit.local(row.recorded),
        reason: row.reason,
        counts: row.counts,
        award: award.to_string(),
    })
}
