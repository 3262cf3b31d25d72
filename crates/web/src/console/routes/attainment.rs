//! The attainment of a program: as a tab, and as a file.

use engine::access::Viewer;
use engine::db::Reader;
use engine::settle;
use engine::views::attainment::{
    self as figures, AttainmentRow, Filter, Query, Sort as EngineSort,
};

use crate::console::program::{Attainment, Liability, Row, Totals};
use crate::failure::Failure;
use crate::format::Money;
use crate::reading;
use crate::reading::standing;
use crate::ui::encode;
use crate::ui::list::Sort;
use crate::view::{PartnerRef, Unit};
use crate::visit::{self, Visit};

/// What an address asks for.
fn query_of(visit: &Visit, code: &str, list: &crate::ui::List) -> Query {
    let asked = visit::query(&visit.here);
    let some = |key: &str| asked.get(key).filter(|value| !value.is_empty()).cloned();
    let (offset, limit) = reading::window(list);
    let (sort, descending) = match &list.sort {
        Some(sort) => (sort_of(&sort.key), sort.descending),
        None => (EngineSort::Earned, true),
    };
    Query {
        program: code.into(),
        term: some("term"),
        period: some("period"),
        filter: match list.filter.as_deref() {
            Some("near") => Filter::Near,
            Some("below") => Filter::BelowLastYear,
            Some("none") => Filter::NoTier,
            _ => Filter::All,
        },
        search: list.q.clone(),
        region: String::new(),
        sort,
        descending,
        lang: match visit.lang {
            crate::i18n::Lang::Ja => domain::explain::Lang::Ja,
            crate::i18n::Lang::En => domain::explain::Lang::En,
        },
        offset,
        limit,
    }
}

fn sort_of(key: &str) -> EngineSort {
    match key {
        "region" => EngineSort::Region,
        "tier" => EngineSort::Tier,
        "qualifier" => EngineSort::Qualifier,
        "gap" => EngineSort::Gap,
        "worth" => EngineSort::Worth,
        "sales" => EngineSort::Measure,
        "earned" => EngineSort::Earned,
        _ => EngineSort::Partner,
    }
}

fn list_of(visit: &Visit, code: &str) -> crate::ui::List {
    let asked = visit::query(&visit.here);
    let mut list = reading::list(format!("/console/programs/{}", encode(code)), &asked);
    for key in ["tab", "term", "period"] {
        if let Some(value) = asked.get(key).filter(|value| !value.is_empty()) {
            list.keep.push((key.into(), value.clone()));
        }
    }
    list
}

/// The tab. `None` for a program that no active version knows.
pub async fn attainment(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
) -> Result<Option<Attainment>, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let mut list = list_of(visit, code);
    let query = query_of(visit, code, &list);
    let of = (Viewer::Vendor, visit.now);
    let Some(found) = figures::attainment(reader, &rules, &master, of, &query).await? else {
        return Ok(None);
    };
    let Some(at) = rules.by_code(code) else { return Ok(None) };
    let currency = rules.plans[at].newest().currency;
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    list.rows = count(found.totals.rows);
    if list.sort.is_none() {
        list.sort = Some(Sort { key: "earned".into(), descending: true });
    }
    let rows: Vec<Row> = found.rows.iter().map(|row| row_of(visit, row)).collect();
    let in_money = rows.iter().find_map(|row| row.sales).is_some();
    let sales = in_money.then(|| Money::new(found.totals.measure, currency));
    let tier_unit = found.rows.first().map_or(Unit::Plain, |row| {
        if row.standing.is_ratio {
            Unit::Share
        } else {
            standing::unit(&row.standing.qualified_in, currency)
        }
    });
    let tiers = standing::tiers(visit.lang, &found.tiers, tier_unit, currency);
    let mut by_tier = vec![];
    if !tiers.is_empty() {
        by_tier.push((None, count(found.counts.no_tier)));
        for tier in tiers {
            let n = found.counts.tiers.iter().find(|(rank, _)| *rank as usize == tier.rank);
            by_tier.push((Some(tier), n.map_or(0, |(_, n)| count(*n))));
        }
    }
    let names = |names: &domain::program::Names, code: &str| reading::name(visit.lang, names, code);
    Ok(Some(Attainment {
        period: reading::period(&found.period),
        period_key: found.period.name.to_string(),
        periods: found
            .periods
            .iter()
            .map(|period| (period.name.to_string(), reading::period(period)))
            .collect(),
        terms: found.terms.iter().map(|(code, own)| (code.clone(), names(own, code))).collect(),
        term: found.term.clone(),
        today: visit.today(),
        partners: count(found.counts.all),
        near: count(found.counts.near),
        below_last_year: Some(count(found.counts.below_last_year)),
        earned: Money::new(found.earned, currency),
        forecast: found.forecast.map(|amount| Money::new(amount, currency)),
        sales,
        accrued: vec![],
        accrued_before: vec![],
        liability: liability(reader, &rules, at, currency).await?,
        by_tier,
        list,
        rows,
        totals: Totals {
            partners: count(found.totals.partners),
            sales,
            earned: Money::new(found.totals.earned, currency),
        },
    }))
}

/// What a list says of a program: who is in, who is close, what its running period has accrued.
pub async fn summary(
    visit: &Visit,
    reader: &mut Reader,
    row: &mut crate::console::programs::Row,
) -> Result<(), Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let Some(at) = rules.by_code(&row.code) else { return Ok(()) };
    let currency = rules.plans[at].newest().currency;
    let mut accrued = rust_decimal::Decimal::ZERO;
    for term in &rules.plans[at].terms {
        let query = Query {
            program: row.code.clone(),
            term: Some(term.code.to_string()),
            limit: 1,
            ..Default::default()
        };
        let of = (Viewer::Vendor, visit.now);
        let found = figures::attainment(reader, &rules, &master, of, &query).await?;
        let Some(found) = found.filter(|found| found.pace.is_some()) else { continue };
        let count = |n: i64| u64::try_from(n).unwrap_or_default();
        row.partners = row.partners.max(count(found.totals.partners));
        row.near += count(found.counts.near);
        accrued += found.earned;
    }
    row.accrued = (row.partners > 0).then(|| Money::new(accrued, currency));
    Ok(())
}

fn row_of(visit: &Visit, row: &AttainmentRow) -> Row {
    let own = standing::standing(visit.lang, &row.standing);
    let sales = own.measure.and_then(|measure| match measure.unit {
        Unit::Money(currency) => Some(Money::new(measure.value, currency)),
        _ => None,
    });
    let group = row.standing.of.group.as_str();
    let name = reading::name(visit.lang, &row.names, &row.code);
    Row {
        partner: PartnerRef {
            name: if group.is_empty() { name } else { format!("{name} · {group}") },
            code: row.code.clone(),
        },
        region: row.region.clone().unwrap_or_default(),
        sales,
        standing: own,
        explain: Some(row.standing.of.to_string()),
    }
}

/// What a program owes: not settled yet, and settled but not paid.
async fn liability(
    reader: &mut Reader,
    rules: &engine::rules::Rules,
    at: usize,
    currency: domain::amount::Currency,
) -> Result<Liability, Failure> {
    use domain::settlement::PayoutStatus;
    let program_id = rules.program_ids[at];
    let previews = settle::preview(reader, rules, program_id, None).await?;
    let open = previews.iter().filter(|one| !one.line.closed);
    let accrued = open.map(|one| one.line.calculated + one.line.prior_period).sum();
    let payouts = settle::payouts(reader, program_id, "", i64::MAX).await?;
    let owed = payouts
        .iter()
        .filter(|row| matches!(row.status, PayoutStatus::Pending | PayoutStatus::Approved));
    Ok(Liability {
        accrued: Money::new(accrued, currency),
        payable: Money::new(owed.map(|row| row.amount).sum(), currency),
    })
}

/// All rows that match, for a file.
pub async fn export(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
) -> Result<Vec<Vec<String>>, Failure> {
    const ROWS_AT_ONCE: i64 = 1_000;
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let list = list_of(visit, code);
    let mut query = query_of(visit, code, &list);
    (query.offset, query.limit) = (0, ROWS_AT_ONCE);
    let mut rows = vec![
        [
            "program",
            "term",
            "period",
            "partner",
            "name",
            "region",
            "group",
            "tier",
            "qualifier",
            "gap",
            "worth_estimate",
            "measure",
            "earned",
            "accrued",
            "currency",
        ]
        .map(String::from)
        .to_vec(),
    ];
    loop {
        let of = (Viewer::Vendor, visit.now);
        let found = figures::attainment(reader, &rules, &master, of, &query).await?;
        let found = found.ok_or(Failure::NotFound)?;
        let more = i64::try_from(found.rows.len()) == Ok(ROWS_AT_ONCE);
        rows.extend(found.rows.iter().map(|row| file_row(visit, row)));
        if !more {
            return Ok(rows);
        }
        query.offset += ROWS_AT_ONCE;
    }
}

fn file_row(visit: &Visit, row: &AttainmentRow) -> Vec<String> {
    let own = &row.standing;
    let text = |number: Option<rust_decimal::Decimal>| {
        number.map(|number| number.normalize().to_string()).unwrap_or_default()
    };
    let next = own.next.as_ref();
    vec![
        own.of.program.clone(),
        own.of.term.clone(),
        own.of.period.clone(),
        row.code.clone(),
        reading::name(visit.lang, &row.names, &row.code),
        row.region.clone().unwrap_or_default(),
        own.of.group.as_str().into(),
        own.tier.map(|tier| tier.to_string()).unwrap_or_default(),
        text(own.qualifier.or(Some(own.qualifier_total))),
        text(next.and_then(|next| next.gap)),
        text(next.and_then(|next| next.worth)),
        text(own.measure),
        own.earned.to_string(),
        row.accrued.to_string(),
        own.currency.to_string(),
    ]
}
