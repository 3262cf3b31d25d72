//! My programs, and how I stand in one of them.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use domain::program::{Method, Program};
use engine::catalog::{MasterData, name_in};
use engine::db::Reader;
use engine::explain::{self, Explanation};
use engine::rules::Rules;
use engine::settle::PayoutRow;
use engine::views;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::home::entries;
use super::own;
use crate::explain::why;
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::Lang;
use crate::portal::{program, programs};
use crate::reading;
use crate::standings;
use crate::view::Period;
use crate::visit::{self, Visit};

pub async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let (partner_id, viewer) = own(&visit)?;
    let office = visit.app.office();
    let mut reader = visit.reader().await?;
    let rules = office.rules(&mut reader).await?;
    let master = office.master(&mut reader).await?;
    let at = (viewer, visit.now);
    let found = views::portal::home(&mut reader, &rules, &master, at, partner_id).await?;
    let found = found.ok_or(Failure::NotFound)?;
    Ok(visit.page(&programs::Page { entries: entries(&visit, &found.standings) }).into_response())
}

pub async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let (partner_id, viewer) = own(&visit)?;
    let office = visit.app.office();
    let mut reader = visit.reader().await?;
    let rules = office.rules(&mut reader).await?;
    let master = office.master(&mut reader).await?;
    let asked = asked(&rules, &code, visit::query(&visit.here).get("period"));
    let which = (code.as_str(), asked.as_deref());
    let at = (viewer, visit.now);
    let found = views::portal::program(&mut reader, &rules, &master, at, partner_id, which).await?;
    let found = found.ok_or(Failure::NotFound)?;
    let plan = &rules.plans[rules.by_code(&code).ok_or(Failure::NotFound)?];
    let mut terms = vec![];
    let mut left_out: BTreeMap<String, u64> = BTreeMap::new();
    for of in &found.standings {
        let told = explanation(&mut reader, (&rules, &master), viewer, of).await?;
        for (reason, lines) in told.iter().flat_map(|told| why::left_out(visit.lang, told)) {
            // A line that two terms leave out for the same reason is one line to its reader.
            let known = left_out.entry(reason).or_default();
            *known = lines.max(*known);
        }
        terms.push(program::Term {
            standing: standings::standing(visit.lang, of),
            explain: standings::explained_by(of),
            counted_lines: u64::try_from(of.facts).unwrap_or_default(),
            pace: told.map(|told| pace(&told)).unwrap_or_default(),
        });
    }
    let page = program::Page {
        name: reading::name(visit.lang, &found.names, &found.code),
        description: name_in(&found.description, visit.lang.tag()).map(Into::into),
        state: reading::program_state(plan.newest(), visit.today()),
        version: found.version,
        version_from: found.version_from,
        today: visit.today(),
        as_of: visit.local(visit.now),
        period: reading::period(&found.period),
        periods: found.periods.iter().map(reading::period).collect(),
        terms,
        rules: rules_of(visit.lang, plan.newest()),
        left_out: left_out.into_iter().collect(),
        past: found.past.iter().map(|of| past(&visit, of, &found.payouts)).collect(),
        code: found.code,
    };
    Ok(visit.page(&page).into_response())
}

/// The name of the period that an address names by its first day.
fn asked(rules: &Rules, code: &str, period: Option<&String>) -> Option<String> {
    let day: Date = period?.parse().ok()?;
    let plan = &rules.plans[rules.by_code(code)?];
    let period = plan.terms.first()?.calendar.containing(day)?;
    Some(period.name.to_string())
}

async fn explanation(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    viewer: engine::access::Viewer,
    of: &views::Standing,
) -> Result<Option<Explanation>, Failure> {
    Ok(explain::award(reader, rules, master, viewer, &of.of).await?)
}

/// How the total grew, where the rate applies to what the tier looks at.
fn pace(told: &Explanation) -> program::Pace {
    let measured: Decimal = told.lines.iter().filter_map(|line| line.measure).sum();
    if told.term.qualifier.is_some() && measured != told.award.qualifier_total {
        return program::Pace::default();
    }
    let mut total = Decimal::ZERO;
    let mut now: Vec<(Date, Decimal)> = vec![(told.period.start, Decimal::ZERO)];
    for line in &told.lines {
        total += line.measure.unwrap_or_default();
        let day = line.fact.date();
        match now.last_mut().filter(|(last, _)| *last == day) {
            Some((_, value)) => *value = total,
            None => now.push((day, total)),
        }
    }
    program::Pace { now, year_before: vec![] }
}

/// What the terms say beside their tiers, each once.
fn rules_of(lang: Lang, program: &Program) -> Vec<String> {
    let mut said: Vec<String> = vec![];
    for term in &program.terms {
        let sentence = method_say(lang, term.method);
        if !said.iter().any(|known| known == sentence) {
            said.push(sentence.into());
        }
    }
    said
}

fn method_say(lang: Lang, method: Method) -> &'static str {
    let t = &lang.words().terms;
    match method {
        Method::AllUnits => t.method_all_units,
        Method::Marginal => t.method_marginal,
        Method::Stacked => t.method_stacked,
        Method::Excess => t.method_excess,
        Method::Interpolated => t.method_interpolated,
        Method::Highest => t.method_highest,
        Method::SumOfReached => t.method_sum_of_reached,
    }
}

fn past(visit: &Visit, of: &views::Standing, payouts: &[PayoutRow]) -> program::Past {
    let standing = standings::standing(visit.lang, of);
    let payout = payouts.iter().find(|payout| *payout.period_name == *of.period.name);
    program::Past {
        period: Period { ..standing.period },
        now: standing.now,
        tier: standing.tier().cloned(),
        award: standing.earned,
        explain: standings::explained_by(of),
        payout: payout
            .map(|payout| (payout.public_id.clone(), Money::new(payout.amount, of.currency))),
        paid_on: payout.and_then(|payout| payout.paid_at).map(|at| visit.local(at).date()),
    }
}
