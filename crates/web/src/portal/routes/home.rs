//! The home page: what I earn, what to do next.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use domain::amount::Currency;
use domain::settlement::PayoutStatus;
use engine::db::Reader;
use engine::imports;
use engine::rules::Rules;
use engine::settle::PayoutRow;
use engine::views::portal::{self as views, Home};
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use rust_decimal::Decimal;

use super::own;
use crate::failure::Failure;
use crate::format::Money;
use crate::portal::home::{self, Entry, News, Task};
use crate::reading;
use crate::standings;
use crate::view::PartnerRef;
use crate::visit::Visit;

/// Reports looked at for rows to correct.
const UPLOADS_LOOKED_AT: i64 = 10;
/// Tasks of one kind on the page.
const TASKS_MAX: usize = 3;

/// How long a statement is new.
fn new_for() -> Span {
    14.days()
}

/// How long something that happened stays on the page.
fn news_for() -> Span {
    45.days()
}

pub async fn show(visit: Visit) -> Result<Response, Failure> {
    let (partner_id, viewer) = own(&visit)?;
    let office = visit.app.office();
    let mut reader = visit.reader().await?;
    let rules = office.rules(&mut reader).await?;
    let master = office.master(&mut reader).await?;
    let at = (viewer, visit.now);
    let found = views::home(&mut reader, &rules, &master, at, partner_id).await?;
    let found = found.ok_or(Failure::NotFound)?;
    let page = home::Page {
        partner: PartnerRef {
            code: found.code.clone(),
            name: reading::name(visit.lang, &found.names, &found.code),
        },
        today: visit.today(),
        as_of: visit.local(visit.now),
        earned: sums(&found.earned_running),
        payable: sums(&found.payable),
        entries: entries(&visit, &found.standings),
        tasks: tasks(&visit, &mut reader, &rules, &found, partner_id).await?,
        news: news(&visit, &rules, &found),
    };
    Ok(visit.page(&page).into_response())
}

pub(super) fn entries(visit: &Visit, standings: &[engine::views::Standing]) -> Vec<Entry> {
    let entry = |of: &engine::views::Standing| Entry {
        standing: standings::standing(visit.lang, of),
        explain: standings::explained_by(of),
    };
    standings.iter().map(entry).collect()
}

fn sums(by_currency: &BTreeMap<String, Decimal>) -> Vec<Money> {
    let money =
        |(unit, amount): (&String, &Decimal)| Some(Money::new(*amount, Currency::parse(unit)?));
    by_currency.iter().filter_map(money).collect()
}

async fn tasks(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
    found: &Home,
    partner_id: i64,
) -> Result<Vec<Task>, Failure> {
    let filter = imports::Filter { partner_id: Some(partner_id), with_api: false };
    let (uploads, _) = imports::list(reader, &filter, (0, UPLOADS_LOOKED_AT)).await?;
    let since = visit.today().saturating_sub(new_for());
    let to_correct = uploads
        .into_iter()
        .filter(|upload| upload.counts.rejected > 0)
        .filter(|upload| since <= visit.local(upload.started_at).date())
        .map(|upload| Task::CorrectRows {
            rows: u64::try_from(upload.counts.rejected).unwrap_or_default(),
            upload: upload.id,
            file: upload.name,
        });
    let statements = found
        .payouts
        .iter()
        .filter(|payout| since <= visit.local(payout.created_at).date())
        .filter(|payout| payout.status != PayoutStatus::Rejected && !payout.amount.is_zero())
        .filter_map(|payout| statement(visit, rules, payout));
    Ok(to_correct.take(TASKS_MAX).chain(statements.take(TASKS_MAX)).collect())
}

fn statement(visit: &Visit, rules: &Rules, payout: &PayoutRow) -> Option<Task> {
    Some(Task::NewPayout {
        id: payout.public_id.clone(),
        program: reading::program_named(visit.lang, rules, &payout.program_code).name,
        period: reading::period_named(rules, &payout.program_code, &payout.period_name)?,
        amount: Money::new(payout.amount, Currency::parse(&payout.unit)?),
    })
}

fn news(visit: &Visit, rules: &Rules, found: &Home) -> Vec<News> {
    let since = visit.today().saturating_sub(news_for());
    let mut news: Vec<(Date, News)> = vec![];
    for payout in &found.payouts {
        let day = payout.paid_at.map(|at| visit.local(at).date()).filter(|day| since <= *day);
        if let (Some(day), Some(currency)) = (day, Currency::parse(&payout.unit)) {
            let amount = Money::new(payout.amount, currency);
            news.push((day, News::Paid { day, id: payout.public_id.clone(), amount }));
        }
    }
    let mut seen: Vec<&str> = vec![];
    for standing in &found.standings {
        let code = standing.of.program.as_str();
        let starts = rules.by_code(code).map(|at| rules.plans[at].newest().starts);
        let Some(day) = starts.filter(|day| since <= *day) else { continue };
        if !seen.contains(&code) {
            seen.push(code);
            let program = reading::name(visit.lang, &standing.program_names, code);
            news.push((day, News::ProgramStarted { day, program, code: code.into() }));
        }
    }
    news.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    news.into_iter().map(|(_, item)| item).collect()
}
