//! The attainment of a program: as a tab, and as a file.

use domain::explain::CountedIn;
use domain::program::Term;
use engine::access::Viewer;
use engine::db::Reader;
use engine::rules::Rules;
use engine::views::accrual;
use engine::views::attainment::{
    self as figures, After, AttainmentRow, Filter, Query, Sort as EngineSort,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

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
        after: some("after").as_deref().and_then(After::parse),
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
    let plan = &rules.plans[at];
    let of_term = plan.term(&found.term).and_then(|term| plan.currency_of(term));
    let currency = of_term.unwrap_or(plan.newest().currency);
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    list.rows = count(found.totals.rows);
    list.after = found.next.as_ref().map(ToString::to_string);
    if list.sort.is_none() {
        list.sort = Some(Sort { key: "earned".into(), descending: true });
    }
    let rows: Vec<Row> = found.rows.iter().map(|row| row_of(visit, row)).collect();
    let term = term_of(&rules, at, &found.term);
    let in_money = term.is_some_and(|term| {
        CountedIn::of_measure(term).is_some_and(|counted| counted == CountedIn::Money)
    });
    let sales = |totals: &figures::Totals| in_money.then(|| Money::new(totals.measure, currency));
    let tier_unit = term.map_or(Unit::Plain, |term| {
        let view = term.qualifier.as_ref().map(|reading| reading.view.is_ratio());
        if view == Some(true) {
            Unit::Share
        } else {
            let currency = term.qualifier_currency_in(plan.newest());
            standing::unit(&CountedIn::of_qualifier(term), currency)
        }
    });
    let (accrued, accrued_before) = accrued(visit, reader, &rules, &found).await?;
    let tiers = standing::tiers(visit.lang, &found.tiers, tier_unit, currency);
    let mut by_tier = vec![];
    if !tiers.is_empty() {
        by_tier.push((None, count(found.counts.no_tier)));
        for tier in tiers {
            let n = found.counts.tiers.iter().find(|(rank, _)| *rank as usize == tier.rank);
            by_tier.push((Some(tier), n.map_or(0, |(_, n)| count(*n))));
        }
    }
    let owed = accrual::liability(reader, &rules, (found.program_id, currency)).await?;
    let names = |names: &domain::program::Names, code: &str| reading::name(visit.lang, names, code);
    Ok(Some(Attainment {
        period: reading::period(&found.period),
        period_key: found.period.name.to_string(),
        periods: found
            .periods
            .iter()
            .map(|period| (period.name.to_string(), reading::period(period)))
            .collect(),
        has_target: found.has_target,
        terms: found.terms.iter().map(|(code, own)| (code.clone(), names(own, code))).collect(),
        term: found.term.clone(),
        today: visit.today(),
        partners: count(found.everything.partners),
        listed: count(found.counts.all),
        near: count(found.counts.near),
        below_last_year: Some(count(found.counts.below_last_year)),
        earned: Money::new(found.everything.earned, currency),
        forecast: found.forecast.map(|amount| Money::new(amount, currency)),
        sales: sales(&found.everything),
        accrued,
        accrued_before,
        liability: Liability {
            accrued: Money::new(owed.accrued, currency),
            payable: Money::new(owed.payable, currency),
        },
        by_tier,
        list,
        rows,
        totals: Totals {
            partners: count(found.totals.partners),
            sales: sales(&found.totals),
            earned: Money::new(found.totals.earned, currency),
        },
    }))
}

/// A term of the version in force.
fn term_of<'r>(rules: &'r Rules, at: usize, code: &str) -> Option<&'r Term> {
    let program = rules.plans.get(at)?.newest();
    program.terms.iter().find(|term| term.code.as_str() == code)
}

type Days = Vec<(Date, Decimal)>;

/// What the period accrued by day up to today, and the same a year before on this year's days.
async fn accrued(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
    found: &figures::Attainment,
) -> Result<(Days, Days), Failure> {
    let Some(plan) = rules.by_code(&found.code).map(|at| &rules.plans[at]) else {
        return Ok((vec![], vec![]));
    };
    let Some(term) = plan.term(&found.term) else { return Ok((vec![], vec![])) };
    let of = (found.program_id, term);
    let period = &found.period;
    let mut now = accrual::by_day(reader, rules, of, period).await?;
    if let Some((_, total)) = now.last().copied() {
        // It began with nothing, and since the last posting it stands.
        now.insert(0, (period.start, Decimal::ZERO));
        let last = period.end.yesterday().unwrap_or(period.end);
        now.push((visit.today().min(last), total));
        // Lines of the last days arrive after them.
        for (day, _) in &mut now {
            *day = (*day).clamp(period.start, last);
        }
    }
    let calendar = plan.terms.get(usize::from(term)).map(|term| &term.calendar);
    let year = jiff::Span::new().years(1);
    let prior = period.start.checked_sub(year).ok().zip(calendar);
    let Some(prior) = prior.and_then(|(day, calendar)| calendar.containing(day)) else {
        return Ok((now, vec![]));
    };
    let before = accrual::by_day(reader, rules, of, &prior).await?;
    let shifted = |(day, total): (Date, Decimal)| {
        let day = period.start.checked_add(prior.start.duration_until(day)).ok()?;
        Some((day, total)).filter(|_| day < period.end)
    };
    Ok((now, before.into_iter().filter_map(shifted).collect()))
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
    (query.offset, query.limit, query.after) = (0, ROWS_AT_ONCE, None);
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
            "target",
            "attained",
            "attained_at_pace_estimate",
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
        query.after = found.next;
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
        text(own.target.map(|target| target.target)),
        text(own.target.map(|target| target.share)),
        text(own.target.and_then(|target| target.ahead)),
    ]
}
