//! Programs: the list, one program's text, periods and history, and the editor.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::amount::Currency;
use domain::problem::Severity;
use domain::program::Program;
use engine::access::Action;
use engine::acting;
use engine::audit;
use engine::db::Reader;
use engine::programs::{self as texts, ProgramError};
use engine::rules::{self, VersionRow, VersionStatus};
use engine::settle;
use engine::views::programs as figures;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::attainment;
use crate::app::{App, Routes};
use crate::console::editor::{self, Check, TestRun};
use crate::console::program::{self, DiffLine, Event, Tab};
use crate::console::programs;
use crate::console::studio::begin::Begin;
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::Lang;
use crate::reading;
use crate::ui::encode;
use crate::view::ProgramState;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/programs", get(show_all));
    routes.get("/console/programs/new", get(new_text));
    routes.post("/console/programs/new", axum::routing::post(send_new));
    routes.get("/console/programs/{code}", get(show));
    routes.get("/console/programs/{code}/attainment.csv", get(export));
    routes.get("/console/programs/{code}/edit", get(edit_text));
    routes.post("/console/programs/{code}/edit", axum::routing::post(send_text));
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut list = reading::list("/console/programs", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let today = visit.today();
    let rules = visit.app.office().rules(&mut reader).await?;
    let lines = figures::programs(&mut reader, &rules, visit.now).await?;
    let mut rows = vec![];
    for version in newest_programs(&mut reader).await? {
        // A draft may not read yet: it is found again under its code.
        let Some(program) = domain::program::parse(&version.text).value else { continue };
        let mut row = program_row(&visit, &program, &version, today);
        let line = lines.iter().find(|line| line.code == row.code);
        // Figures are those of the periods that run.
        if let Some(line) = line.filter(|line| line.period.is_some()) {
            let count = |n: i64| u64::try_from(n).unwrap_or_default();
            row.partners = count(line.running.partners);
            row.near = count(line.running.near);
            let earned = line.running.earned.iter();
            let mut amounts: Vec<Money> =
                earned.map(|(unit, amount)| Money::new(*amount, *unit)).collect();
            if amounts.is_empty() {
                amounts.push(Money::new(Decimal::ZERO, line.currency));
            }
            row.accrued = Some(amounts);
        }
        rows.push(row);
    }
    rows.retain(|row| matches(&list, row));
    sort(&list, &mut rows);
    let rows = reading::page_of(&mut list, rows);
    let mut waiting = vec![];
    if visit.role().is_some_and(|role| role.may(Action::EditPrograms)) {
        for review in texts::waiting(&mut reader).await? {
            let Some(program) = domain::program::parse(&review.text).value else { continue };
            let named = reading::program_ref(visit.lang, &program);
            let places = [("name", named.name.as_str()), ("n", &review.version.to_string())];
            let label = crate::i18n::fill(visit.lang.words().console.version_of, &places);
            let code = encode(&named.code);
            waiting.push((label, format!("/console/programs/{code}/versions/{}", review.version)));
        }
    }
    Ok(visit.page(&programs::Page { waiting, list, rows }).into_response())
}

/// For each program the version in force, or its newest draft.
async fn newest_programs(reader: &mut Reader) -> Result<Vec<VersionRow>, Failure> {
    let mut found = vec![];
    for program in rules::programs(reader).await? {
        let versions = rules::versions(reader, program.program_id).await?;
        if let Some(version) = in_force(&versions) {
            found.push(version.clone());
        }
    }
    Ok(found)
}

/// The newest active version, or else the newest.
fn in_force(versions: &[VersionRow]) -> Option<&VersionRow> {
    let active = versions.iter().filter(|row| row.status == VersionStatus::Active);
    active.max_by_key(|row| row.version).or_else(|| versions.iter().max_by_key(|row| row.version))
}

fn program_row(
    visit: &Visit,
    program: &Program,
    version: &VersionRow,
    today: jiff::civil::Date,
) -> programs::Row {
    let reference = reading::program_ref(visit.lang, program);
    let state = match version.status {
        VersionStatus::Draft => ProgramState::Draft,
        _ => reading::program_state(program, today),
    };
    programs::Row {
        code: reference.code,
        name: reference.name,
        state,
        version: program.version,
        starts: program.starts,
        ends: program.ends.and_then(|last| last.tomorrow().ok()),
        every: reading::every(program),
        partners: 0,
        near: 0,
        accrued: None,
    }
}

fn matches(list: &crate::ui::List, row: &programs::Row) -> bool {
    let q = list.q.to_lowercase();
    let found = row.name.to_lowercase().contains(&q) || row.code.to_lowercase().contains(&q);
    found
        && match list.filter.as_deref() {
            Some("running") => row.state == ProgramState::Running,
            Some("planned") => matches!(row.state, ProgramState::Planned | ProgramState::Draft),
            Some("ended") => row.state == ProgramState::Ended,
            _ => true,
        }
}

fn order(state: ProgramState) -> u8 {
    match state {
        ProgramState::Running => 0,
        ProgramState::Draft => 1,
        ProgramState::Planned => 2,
        ProgramState::Ended => 3,
    }
}

fn sort(list: &crate::ui::List, rows: &mut [programs::Row]) {
    // Without an order asked for: what runs, what will, what ran, each by its name.
    rows.sort_by(|a, b| (order(a.state), &a.name).cmp(&(order(b.state), &b.name)));
    let Some(sort) = &list.sort else { return };
    match sort.key.as_str() {
        "state" => {}
        "starts" => rows.sort_by_key(|row| row.starts),
        "partners" => rows.sort_by_key(|row| row.partners),
        "near" => rows.sort_by_key(|row| row.near),
        "accrued" => rows.sort_by_key(|row| {
            let own = row.accrued.as_ref().and_then(|amounts| amounts.first());
            own.map(|money| money.amount)
        }),
        _ => rows.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    if sort.descending {
        rows.reverse();
    }
}

/// What stands above the tabs of a program.
pub(super) async fn head_of(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
) -> Result<program::Head, Failure> {
    let found = rules::program_by_code(reader, code).await?.ok_or(Failure::NotFound)?;
    let versions = rules::versions(reader, found.program_id).await?;
    head(visit, in_force(&versions).ok_or(Failure::NotFound)?)
}

fn head(visit: &Visit, shown: &VersionRow) -> Result<program::Head, Failure> {
    let program = domain::program::parse(&shown.text).value.ok_or(Failure::NotFound)?;
    let reference = reading::program_ref(visit.lang, &program);
    Ok(program::Head {
        code: reference.code,
        name: reference.name,
        state: program_row(visit, &program, shown, visit.today()).state,
        version: program.version,
        version_from: program.starts,
        every: reading::every(&program),
        figures: domain::program::named(&program).figures.into_iter().collect(),
        about: program::About::of(&program),
    })
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = rules::program_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    let versions = rules::versions(&mut reader, found.program_id).await?;
    let shown = in_force(&versions).ok_or(Failure::NotFound)?;
    let mut head = head(&visit, shown)?;
    let query = visit::query(&visit.here);
    let tab = match query.get("tab").map(String::as_str) {
        Some("members") => {
            let found = super::members::members(&visit, &mut reader, &code, None).await?;
            Tab::Members(Box::new(found.ok_or(Failure::NotFound)?))
        }
        Some("periods") => Tab::Periods(periods(&visit, &mut reader, &code).await?),
        Some("history") => Tab::History(history(&visit, &mut reader, &code, &versions).await?),
        Some("terms") => {
            let terms = terms(&visit, &versions, shown, &query);
            // The head is that of the version whose terms are shown.
            let asked = versions.iter().find(|row| row.version == i64::from(terms.shown));
            if let Some((row, of)) =
                asked.and_then(|row| Some((row, domain::program::parse(&row.text).value?)))
            {
                head.version = of.version;
                head.version_from = version_from(&of);
                head.state = program_row(&visit, &of, row, visit.today()).state;
            }
            Tab::Terms(terms)
        }
        _ => match attainment::attainment(&visit, &mut reader, &code).await? {
            Some(found) => Tab::Attainment(Box::new(found)),
            // A draft has nobody who stands in it.
            None => Tab::Terms(terms(&visit, &versions, shown, &query)),
        },
    };
    Ok(visit.page(&program::Page { head, tab }).into_response())
}

/// Since when a version holds.
fn version_from(program: &Program) -> jiff::civil::Date {
    match program.change {
        domain::program::Change::Amends { from, .. } => from,
        _ => program.starts,
    }
}

async fn export(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rows = attainment::export(&visit, &mut reader, &code).await?;
    Ok(super::money::csv(&format!("{}.csv", encode(&code)), &rows))
}

fn terms(
    visit: &Visit,
    versions: &[VersionRow],
    newest: &VersionRow,
    query: &visit::Query,
) -> program::Terms {
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<i64>().ok());
    let by_number = |n: i64| versions.iter().find(|row| row.version == n);
    let shown = number("version").and_then(by_number).unwrap_or(newest);
    let against = number("against").and_then(by_number);
    let begin = begin_of(visit, versions, newest);
    let mut rows: Vec<&VersionRow> = versions.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.version));
    let versions = rows
        .into_iter()
        .map(|row| program::Version {
            number: u32::try_from(row.version).unwrap_or_default(),
            from: visit.local(row.activated_at.unwrap_or(row.created_at)).date(),
            activated: row.activated_at.map(|at| visit.local(at)),
            by: row.activated_by.clone().unwrap_or_else(|| row.created_by.clone()),
        })
        .collect();
    program::Terms {
        rules: domain::program::parse(&shown.text)
            .value
            .map(|program| reading::rules::rules(visit.lang, &program))
            .unwrap_or_default(),
        changes: against
            .and_then(|old| {
                let old = domain::program::parse(&old.text).value?;
                let new = domain::program::parse(&shown.text).value?;
                Some(reading::changes::changes(visit.lang, &old, &new))
            })
            .unwrap_or_default(),
        begin,
        shown: u32::try_from(shown.version).unwrap_or_default(),
        text: shown.text.clone(),
        diff: against.map(|old| {
            (u32::try_from(old.version).unwrap_or_default(), diff(&old.text, &shown.text))
        }),
        versions,
    }
}

/// How to go on from the version in force, for who may.
fn begin_of(visit: &Visit, versions: &[VersionRow], newest: &VersionRow) -> Option<Begin> {
    let may = visit.role().is_some_and(|role| role.may(Action::EditPrograms));
    if !may || newest.status != VersionStatus::Active {
        return None;
    }
    let program = domain::program::parse(&newest.text).value?;
    let number = |row: &VersionRow| u32::try_from(row.version).unwrap_or_default();
    let drafts = versions.iter().filter(|row| row.status == VersionStatus::Draft);
    let from = visit.today().tomorrow().unwrap_or(program.starts);
    let from = program.ends.map_or(from, |ends| from.min(ends));
    Some(Begin {
        code: program.code.to_string(),
        of: number(newest),
        draft: drafts.map(number).filter(|draft| number(newest) < *draft).max(),
        from: from.max(program.starts.tomorrow().unwrap_or(program.starts)),
    })
}

/// Lines of both texts, told apart by their longest common sequence.
pub(super) fn diff(old: &str, new: &str) -> Vec<DiffLine> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len().saturating_mul(new.len()) > DIFF_CELLS_MAX {
        let removed = old.into_iter().map(|line| DiffLine::Removed(line.into()));
        return removed.chain(new.into_iter().map(|line| DiffLine::Added(line.into()))).collect();
    }
    let mut common = vec![vec![0usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, vec![]);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push(DiffLine::Same(old[i].into()));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push(DiffLine::Removed(old[i].into()));
            i += 1;
        } else {
            lines.push(DiffLine::Added(new[j].into()));
            j += 1;
        }
    }
    lines
}

/// Beyond this two texts are shown one after the other.
const DIFF_CELLS_MAX: usize = 4_000_000;

async fn periods(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
) -> Result<Vec<program::PeriodRow>, Failure> {
    let rules = visit.app.office().rules(reader).await?;
    let Some(at) = rules.by_code(code) else { return Ok(vec![]) };
    let (plan, program_id) = (&rules.plans[at], rules.program_ids[at]);
    let previews = settle::preview(reader, &rules, program_id, None).await?;
    let payouts = settle::payouts(reader, program_id, "", i64::MAX).await?;
    let of = |view: &settle::PeriodView| -> Vec<&settle::PartnerPayout> {
        previews.iter().filter(|one| one.line.period.name == view.period.name).collect()
    };
    let views = settle::periods(plan, &rules.closes[at], visit.now);
    let mut rows: Vec<program::PeriodRow> = views
        .iter()
        .filter(|view| !view.is_correction || !super::money::pays_nothing(&of(view)))
        .map(|view| {
            let name = &view.period.name;
            let mine = || previews.iter().filter(|payout| &payout.line.period.name == name);
            let partners: BTreeSet<i64> = mine().map(|payout| payout.partner_id).collect();
            let to_pay = mine().map(|payout| Money::new(payout.line.amount, payout.unit));
            let to_pay = in_each(plan.newest().currency, to_pay);
            let of: Vec<_> = payouts.iter().filter(|row| row.period_name() == &**name).collect();
            let sum = |paid: bool| {
                let amounts = of.iter().filter(|row| row.paid_at.is_some() == paid);
                let amounts = amounts.filter_map(|row| super::money::money(row.amount, &row.unit));
                in_each(plan.newest().currency, amounts)
            };
            program::PeriodRow {
                id: reading::period_id(code, name),
                period: reading::period(&view.period),
                state: reading::period_state(view),
                partners: partners.len() as u64,
                to_pay,
                payouts: of.len() as u64,
                payable: (!of.is_empty()).then(|| sum(false)),
                paid: (!of.is_empty()).then(|| sum(true)),
            }
        })
        .collect();
    rows.reverse();
    Ok(rows)
}

/// Sums by currency, this one first and always.
pub(super) fn in_each(own: Currency, amounts: impl Iterator<Item = Money>) -> Vec<Money> {
    let mut sums = vec![Money::new(Decimal::ZERO, own)];
    for money in amounts {
        match sums.iter_mut().find(|sum| sum.currency == money.currency) {
            Some(sum) => sum.amount += money.amount,
            None => sums.push(money),
        }
    }
    sums
}

async fn history(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
    versions: &[VersionRow],
) -> Result<Vec<Event>, Failure> {
    let mut entries = vec![];
    for version in versions {
        let filter = audit::Filter {
            subject_kind: Some("program".into()),
            subject_id: Some(format!("{code}/{}", version.version)),
            ..Default::default()
        };
        entries.extend(audit::page(reader, &filter, audit::ENTRIES_PER_PAGE_MAX).await?);
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.audit_id));
    let t = &visit.lang.words().terms;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let number = entry.subject_id.rsplit('/').next().unwrap_or_default().to_string();
            let template = match entry.action.as_str() {
                "activate" => t.event_activated,
                "submit" => t.event_submitted,
                "return" => t.event_returned,
                _ => t.event_saved,
            };
            Event {
                at: visit.local(entry.at),
                who: entry.actor_name,
                what: crate::i18n::fill(template, &[("n", &number)]),
            }
        })
        .collect())
}

/// What a new program begins with: an example that checks and passes its own tests.
const EXAMPLE: &str = include_str!("example.yaml");

/// What else a new program may begin with, by its word in the address.
const SAMPLES: [(&str, &str); 5] = [
    ("partner", include_str!("samples/member.yaml")),
    ("product", include_str!("samples/product.yaml")),
    ("hierarchy", include_str!("samples/hierarchy.yaml")),
    ("transaction", include_str!("samples/transaction.yaml")),
    ("growth", include_str!("samples/growth.yaml")),
];

async fn new_text(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let asked = query.get("sample").map(String::as_str).unwrap_or_default();
    let sample = SAMPLES.iter().find(|(word, _)| *word == asked);
    let page = editor::Page {
        subject: editor::Subject::New,
        text: sample.map_or(EXAMPLE, |(_, text)| text).into(),
        checks: None,
        tests: vec![],
        changes: vec![],
        refused: None,
    };
    Ok(visit.page(&page).into_response())
}

async fn edit_text(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let page = editor_of(&visit, &code).await?;
    Ok(visit.page(&page).into_response())
}

/// The editor with the newest text of a program.
pub(super) async fn editor_of(visit: &Visit, code: &str) -> Result<editor::Page, Failure> {
    let mut reader = visit.reader().await?;
    let found = rules::program_by_code(&mut reader, code).await?.ok_or(Failure::NotFound)?;
    let versions = rules::versions(&mut reader, found.program_id).await?;
    let text = newest_text(&versions).ok_or(Failure::NotFound)?;
    let subject = subject_of(visit, code, &versions, &text);
    let (changes, refused) = (vec![], None);
    Ok(editor::Page { subject, text, checks: None, tests: vec![], changes, refused })
}

fn subject_of(visit: &Visit, code: &str, versions: &[VersionRow], text: &str) -> editor::Subject {
    let program = domain::program::parse(text)
        .value
        .or_else(|| in_force(versions).and_then(|row| domain::program::parse(&row.text).value));
    // A text that has not been given a number of its own is that of the version that acts.
    let acts = |number: u32| {
        let of = |row: &VersionRow| row.version == i64::from(number);
        versions.iter().any(|row| of(row) && row.status != VersionStatus::Draft)
    };
    let (name, number) = program.map_or_else(
        || (code.into(), 1),
        |program| (reading::program_ref(visit.lang, &program).name, program.version),
    );
    editor::Subject::Version { code: code.into(), name, number, acts: acts(number) }
}

#[derive(Deserialize)]
struct TextForm {
    text: String,
    #[serde(rename = "do")]
    action: String,
}

async fn send_new(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<TextForm>,
) -> Result<Response, Failure> {
    answer(&app, &visit, None, sent.form).await
}

async fn send_text(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<TextForm>,
) -> Result<Response, Failure> {
    answer(&app, &visit, Some(code), sent.form).await
}

/// Checks the text, and if that was asked for and nothing is wrong, lets it act.
async fn answer(
    app: &App,
    visit: &Visit,
    code: Option<String>,
    form: TextForm,
) -> Result<Response, Failure> {
    // Browsers send line ends of their own.
    let text = form.text.replace("\r\n", "\n");
    let mut refused = None;
    if form.action == "try" {
        return super::trial::of_text(app, visit, text).await;
    }
    if form.action == "review" || form.action == "save" {
        match save_and_review(app, visit, code.as_deref(), &text).await? {
            Ok(response) => return Ok(response),
            Err(reason) => refused = Some(reason),
        }
    }
    if form.action == "activate" {
        match activate(app, visit, code.as_deref(), &text).await? {
            Ok(code) => {
                let to = format!("/console/programs/{}?done=activated", encode(&code));
                return Ok(Redirect::to(&to).into_response());
            }
            Err(reason) => refused = Some(reason),
        }
    }
    let page = checked_page(visit, code, text, refused).await?;
    Ok(visit.page(&page).into_response())
}

pub(super) async fn checked_page(
    visit: &Visit,
    code: Option<String>,
    text: String,
    refused: Option<String>,
) -> Result<editor::Page, Failure> {
    let mut reader = visit.reader().await?;
    let check = texts::check(&mut reader, &text).await?;
    let versions = match &code {
        Some(code) => match rules::program_by_code(&mut reader, code).await? {
            Some(found) => rules::versions(&mut reader, found.program_id).await?,
            None => vec![],
        },
        None => vec![],
    };
    let active = versions.iter().filter(|row| row.status == VersionStatus::Active);
    let changes =
        active.max_by_key(|row| row.version).map(|row| diff(&row.text, &text)).unwrap_or_default();
    let checks = problems_of(visit.lang, &check.problems);
    let subject = match &code {
        Some(code) => subject_of(visit, code, &versions, &text),
        None => editor::Subject::New,
    };
    let tests = check.program.as_ref().map(run_tests).unwrap_or_default();
    Ok(editor::Page { subject, text, checks: Some(checks), tests, changes, refused })
}

/// What the checker says, as pages show it.
pub(super) fn problems_of(lang: Lang, problems: &[domain::problem::Problem]) -> Vec<Check> {
    let check = |problem: &domain::problem::Problem| Check {
        severity: match problem.severity {
            Severity::Error => editor::Severity::Error,
            Severity::Warning => editor::Severity::Warning,
        },
        line: problem.at.line,
        column: problem.at.column,
        told: reading::problem::told(lang, problem),
    };
    problems.iter().map(check).collect()
}

/// The tests that stand in the text, each with what differs.
fn run_tests(program: &Program) -> Vec<TestRun> {
    if domain::program::unsupported(program).iter().any(domain::problem::Problem::is_error) {
        return vec![];
    }
    let shown = |run: domain::case::TestRun| {
        let test = run.test;
        let detail = match &run.said {
            Ok(mismatches) => mismatches.first().map(|mismatch| mismatch.text.clone()),
            Err(problems) => problems.first().map(|problem| problem.message.clone()),
        };
        let name = test.note.unwrap_or_else(|| test.code.replace(['-', '_'], " "));
        TestRun { name, passed: detail.is_none(), detail }
    };
    domain::case::run_tests(program).into_iter().map(shown).collect()
}

/// Saves the text as a draft and activates it in the same commit. The reason if it may not.
async fn activate(
    app: &App,
    visit: &Visit,
    code: Option<&str>,
    text: &str,
) -> Result<Result<String, String>, Failure> {
    let office = app.office();
    let actor = visit.actor()?;
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    let words = visit.lang.words();
    let saved = match code {
        Some(_) => texts::save_draft(&mut tx, &actor, visit.now, text).await,
        None => texts::create_draft(&mut tx, &actor, visit.now, text).await,
    };
    let program = match saved {
        Ok((program, _)) => program,
        Err(error) => return refusal(error, visit).map(Err),
    };
    if code.is_some_and(|code| code != program.code.as_str()) {
        return Ok(Err(words.console.other_code.into()));
    }
    let version = (program.code.as_str(), program.version);
    let when = (visit.now, visit.today());
    match acting::activate(&mut tx, &master, &actor, when, version, None).await {
        Ok(()) => {
            tx.commit().await?;
            activated(app);
            Ok(Ok(program.code.to_string()))
        }
        Err(error) => refusal(error, visit).map(Err),
    }
}

/// Why it was refused, in a sentence.
pub(super) fn refusal(error: ProgramError, visit: &Visit) -> Result<String, Failure> {
    let words = visit.lang.words();
    match error {
        ProgramError::Db(error) => Err(error.into()),
        ProgramError::Rules(error) => Err(error.into()),
        ProgramError::Problems(_) => Ok(words.console.errors_first.into()),
        ProgramError::DraftAlready { code, version } => {
            let values = [("code", code.as_str()), ("n", &version.to_string())];
            Ok(crate::i18n::fill(words.console.draft_there, &values))
        }
        other => Ok(visit.said(&other)),
    }
}

/// Tells everybody that a version acts.
pub(super) fn activated(app: &App) {
    app.office().wake();
    app.office().tell(engine::office::Live::Rules);
}

/// The text that is gone on from: of the newest version.
pub(super) fn newest_text(versions: &[VersionRow]) -> Option<String> {
    versions.iter().max_by_key(|row| row.version).map(|row| row.text.clone())
}

/// Saves the text as a draft. Its code and number, or why not.
async fn save(
    app: &App,
    visit: &Visit,
    code: Option<&str>,
    text: &str,
) -> Result<Result<(String, u32), String>, Failure> {
    let actor = visit.actor()?;
    let words = visit.lang.words();
    let mut tx = app.office().db().write().await?;
    let saved = match code {
        Some(_) => texts::save_draft(&mut tx, &actor, visit.now, text).await,
        None => texts::create_draft(&mut tx, &actor, visit.now, text).await,
    };
    match saved {
        Ok((program, _)) if code.is_some_and(|code| code != program.code.as_str()) => {
            Ok(Err(words.console.other_code.into()))
        }
        Ok((program, _)) => {
            tx.commit().await?;
            Ok(Ok((program.code.to_string(), program.version)))
        }
        Err(error) => refusal(error, visit).map(Err),
    }
}

/// Saves the text and leads on to where it is decided about.
pub(super) async fn save_and_review(
    app: &App,
    visit: &Visit,
    code: Option<&str>,
    text: &str,
) -> Result<Result<Response, String>, Failure> {
    Ok(save(app, visit, code, text).await?.map(|(code, version)| {
        let to = format!("/console/programs/{}/versions/{version}?done=saved", encode(&code));
        Redirect::to(&to).into_response()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_keeps_what_is_the_same() {
        let told: String = diff("a\nb\nc", "a\nx\nc\nd")
            .into_iter()
            .map(|line| match line {
                DiffLine::Same(text) => format!("={text}"),
                DiffLine::Added(text) => format!("+{text}"),
                DiffLine::Removed(text) => format!("-{text}"),
            })
            .collect();
        assert_eq!(told, "=a-b+x=c+d");
    }

    #[test]
    fn the_example_for_new_programs_has_no_errors_and_passes_its_tests() {
        for text in SAMPLES.iter().map(|(_, text)| *text).chain([EXAMPLE]) {
            let check = texts::check_text(text);
            assert!(check.problems.is_empty(), "{:?}", check.problems);
            let tests = run_tests(check.program.as_ref().expect("it reads"));
            assert!(!tests.is_empty() && tests.iter().all(|test| test.passed), "{tests:?}");
        }
    }
}
