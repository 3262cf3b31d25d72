//! The portal's handlers. Every query is bound to the reader's own partner.

use std::collections::BTreeMap;

use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use engine::access::Viewer;
use engine::catalog::{self, MappingTarget};
use engine::db::Reader;
use engine::explain::{AwardRef, Explanation};
use engine::imports::{self, Filter, ImportRow, Origin, Status};
use engine::ingest::mapping::{Feeds, Field, FieldSource, Mapping};
use engine::ingest::source::SourceOptions;
use engine::proof::Of;
use engine::settle::{self, PayoutRow};
use engine::views::portal as views;
use engine::views::waiting::{WaitingLine, WaitingQuery, waiting as waiting_lines, waits};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{home, program, programs, records, report, upload, waiting};
use crate::app::{App, Routes};
use crate::console::papers::statements::OwnPage as OwnStatements;
use crate::console::program::About;
use crate::console::routes::imports::{
    answers, known_file, known_of, progress_of, rejects_file, saved, state_of,
};
use crate::console::routes::money::payout_state;
use crate::console::routes::{notes, statements};
use crate::dispute::State as Stage;
use crate::explain::Reader as Face;
use crate::explain_from;
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::{Lang, fill};
use crate::owing::Owing;
use crate::proofs;
use crate::reading::{self, standing};
use crate::uploads::{self, Kept};
use crate::view::PartnerRef;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/portal", get(show_home));
    routes.get("/portal/programs", get(show_programs));
    routes.get("/portal/programs/{code}", get(show_program));
    routes.get("/portal/what-if", get(crate::console::routes::what_if::show_own));
    routes.post("/portal/what-if", post(crate::console::routes::what_if::show_own_quote));
    routes.get("/portal/explain/{id}", get(explain));
    routes.get("/portal/records", get(show_records));
    routes.get("/portal/waiting", get(show_waiting));
    routes.get("/portal/statements", get(show_statements));
    routes.get("/portal/statements/{id}/{paper}", get(statement_paper));
    routes.get("/portal/notes/{id}/{paper}", get(note_paper));
    routes.post("/portal/statements/{id}/agree", post(agree_statement));
    super::dispute_routes::add(routes);
    super::points::routes::add(routes);
    super::training::routes::add(routes);
    super::profile::add(routes);
    routes.get("/portal/uploads/new", get(new_upload));
    let large = DefaultBodyLimit::max(uploads::BYTES_MAX);
    routes.post("/portal/uploads/new", post(send_upload).layer(large));
    routes.get("/portal/uploads/{id}", get(show_upload));
    routes.get("/portal/uploads/{id}/rejected", get(rejected));
    routes.get("/portal/uploads/{id}/known", get(known));
}

async fn home_of(visit: &Visit, reader: &mut Reader) -> Result<views::Home, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let own = visit.partner_id()?;
    let of = (Viewer::Partner(own), visit.now);
    views::home(reader, &rules, &master, of, own).await?.ok_or(Failure::NotFound)
}

fn entry(visit: &Visit, of: &engine::views::Standing) -> home::Entry {
    home::Entry {
        standing: standing::standing(visit.lang, of),
        explain: (of.facts > 0 && !of.earned.is_zero()).then(|| of.of.to_string()),
    }
}

/// The reader's statements that are not void.
async fn show_statements(visit: Visit) -> Result<Response, Failure> {
    let own = Viewer::Partner(visit.partner_id()?);
    let mut reader = visit.reader().await?;
    let found = engine::papers::statement::list(&mut reader, own, None, STATEMENTS_MAX).await?;
    let rows = statements::rows(&visit, &mut reader, &found).await?;
    let found = engine::papers::note::list(&mut reader, own, None, STATEMENTS_MAX).await?;
    let notes = notes::rows(&visit, &mut reader, &found).await?;
    Ok(visit.page(&OwnStatements { rows, notes }).into_response())
}

/// No list of statements is longer.
const STATEMENTS_MAX: i64 = 500;

async fn statement_paper(
    visit: Visit,
    Path((id, paper)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let own = Viewer::Partner(visit.partner_id()?);
    statements::paper(&visit, own, &id, &paper).await
}

async fn agree_statement(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    engine::papers::statement::agree(&mut tx, &visit.actor()?, visit.now, &id, None).await?;
    tx.commit().await?;
    Ok(Redirect::to("/portal/statements?done=agreed"))
}

async fn note_paper(
    visit: Visit,
    Path((id, paper)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let own = Viewer::Partner(visit.partner_id()?);
    notes::paper(&visit, own, &id, &paper).await
}

/// Amounts by currency, as pages list them.
fn sums<'a>(of: impl IntoIterator<Item = (&'a String, &'a Decimal)>) -> Vec<Money> {
    of.into_iter()
        .filter_map(|(unit, amount)| Some(Money::new(*amount, Currency::parse(unit)?)))
        .collect()
}

async fn show_home(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = home_of(&visit, &mut reader).await?;
    let own = visit.partner_id()?;
    let filter = Filter { partner_id: Some(own), with_api: false };
    let (uploads, _) = imports::list(&mut reader, &filter, (0, RECENT)).await?;
    let rule = settle::policy(&mut reader).await?.near;
    let near = found.standings.iter().filter_map(|of| notice(&visit, &rule, of)).take(2);
    let disputes = super::dispute_routes::disputes_of(&visit, &mut reader, None).await?;
    let decided: Vec<home::News> = disputes.iter().filter_map(decided).take(3).collect();
    let answered = disputes
        .into_iter()
        .filter(|one| one.state == Stage::Answered)
        .map(|one| home::Task::DisputeAnswered { id: one.id, about: one.about });
    let refused = uploads
        .iter()
        .filter(|row| row.status != Status::Running && row.counts.rejected > 0)
        .take(2)
        .map(|row| home::Task::CorrectRows {
            upload: row.id.clone(),
            file: row.name.clone(),
            rows: unsigned(row.counts.rejected),
        });
    let tasks = near.chain(answered).chain(refused).collect();
    let news = found.payouts.iter().filter_map(|row| paid(&visit, row)).take(3);
    let mut news: Vec<home::News> = news.chain(decided).collect();
    news.sort_by_key(|one| std::cmp::Reverse(one.day()));
    let page = home::Page {
        partner: PartnerRef {
            name: reading::name(visit.lang, &found.names, &found.code),
            code: found.code,
        },
        today: visit.today(),
        as_of: visit.local(visit.now),
        earned: sums(&found.earned_running),
        payable: sums(&found.payable),
        entries: found.standings.iter().map(|of| entry(&visit, of)).collect(),
        tasks,
        news,
        wallets: super::points::routes::for_home(&visit, &mut reader).await?,
    };
    Ok(visit.page(&page).into_response())
}

/// The notice of a near miss, if the vendor's rule tells of it.
fn notice(
    visit: &Visit,
    rule: &settle::NearRule,
    of: &engine::views::Standing,
) -> Option<home::Task> {
    let next = of.next.as_ref()?;
    let days = of.days_left?;
    if !rule.tells(next.gap?, of.qualifier_total, days) {
        return None;
    }
    let own = standing::standing(visit.lang, of);
    Some(home::Task::NearMiss {
        href: home::program_href(&own),
        tier: own.next()?.label(visit.lang),
        gap: own.gap()?.text(visit.lang),
        worth: own.worth.filter(|worth| !worth.is_zero())?,
        program: own.program.name,
        days,
    })
}

/// Files that are looked at for rows to correct.
const RECENT: i64 = 10;

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

fn paid(visit: &Visit, row: &PayoutRow) -> Option<home::News> {
    Some(home::News::Paid {
        day: visit.local(row.paid_at?).date(),
        id: row.public_id.clone(),
        amount: Money::new(row.amount, Currency::parse(&row.unit)?),
    })
}

fn decided(dispute: &super::records::Dispute) -> Option<home::News> {
    let is_accepted = match dispute.state {
        Stage::Accepted => true,
        Stage::Rejected => false,
        Stage::Open | Stage::Answered | Stage::Withdrawn => return None,
    };
    Some(home::News::DisputeDecided {
        day: dispute.decided_on?,
        id: dispute.id.clone(),
        about: dispute.about.clone(),
        is_accepted,
    })
}

async fn show_programs(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = home_of(&visit, &mut reader).await?;
    let entries = found.standings.iter().map(|of| entry(&visit, of)).collect();
    Ok(visit.page(&programs::Page { entries }).into_response())
}

async fn show_program(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let own = visit.partner_id()?;
    let at = rules.by_code(&code).ok_or(Failure::NotFound)?;
    let plan = &rules.plans[at];
    // An address names a period by its first day.
    let query = visit::query(&visit.here);
    let day = query.get("period").and_then(|text| text.parse().ok());
    let calendar = plan.terms.first().map(|term| &term.calendar);
    let named = day.zip(calendar).and_then(|(day, calendar)| calendar.containing(day));
    let asked = (code.as_str(), named.as_ref().map(|period| &*period.name));
    let of = (Viewer::Partner(own), visit.now);
    let found = views::program(&mut reader, &rules, &master, of, own, asked).await?;
    let found = found.ok_or(Failure::NotFound)?;
    let newest = plan.newest();
    let (mut told, mut before) = (vec![], vec![]);
    for of in &found.standings {
        let viewer = Viewer::Partner(own);
        told.push(engine::explain::award(&mut reader, &rules, &master, viewer, &of.of).await?);
        before.push(year_before(&visit, &mut reader, of).await?);
    }
    let id = rules.program_ids[at];
    let page = program::Page {
        pays_points: (0..)
            .take(plan.terms.len())
            .any(|term| engine::wallets::pays_into(&rules, id, term)),
        name: reading::name(visit.lang, &found.names, &found.code),
        about: About::of(newest),
        description: Some(reading::name(visit.lang, &found.description, ""))
            .filter(|text| !text.is_empty()),
        state: reading::program_state(newest, visit.today()),
        version: found.version,
        version_from: found.version_from,
        today: visit.today(),
        as_of: visit.local(visit.now),
        period: reading::period(&found.period),
        periods: found.periods.iter().rev().take(4).rev().map(reading::period).collect(),
        terms: found
            .standings
            .iter()
            .zip(told.iter().zip(&before))
            .map(|(of, (told, before))| term(&visit, of, told.as_ref(), before))
            .collect(),
        rules: reading::rules::rules(visit.lang, newest),
        left_out: left_out(visit.lang, &told),
        past: past(&visit, &found),
        code: found.code,
    };
    Ok(visit.page(&page).into_response())
}

/// Lines that no term of the program counts, by reason.
fn left_out(lang: Lang, told: &[Option<Explanation>]) -> Vec<(String, u64)> {
    let mut most: BTreeMap<String, u64> = BTreeMap::new();
    for told in told.iter().flatten() {
        for row in explain_from::left_out(lang, std::slice::from_ref(told)) {
            // A line that two terms leave out for the same reason is one line to its reader.
            let known = most.entry(row.reason).or_default();
            *known = row.lines.max(*known);
        }
    }
    most.into_iter().collect()
}

/// How the qualifier's total grew day by day, on which level each tier lies, and where the present
/// rate leads. Nothing where thresholds are no totals: a share moves with everything sold.
fn pace(
    of: &engine::views::Standing,
    told: &Explanation,
    before: &[(Date, Decimal)],
) -> program::Pace {
    let mut levels = vec![];
    for tier in &told.tiers {
        let Some(at) = tier.opens_at else { return program::Pace::default() };
        levels.push((tier.tier as usize, at));
    }
    if told.days.is_empty() {
        return program::Pace::default();
    }
    let days = told.period.start.duration_until(told.period.end);
    let shifted = |day: Date, start: Date| told.period.start.checked_add(start.duration_until(day));
    let start = before.first().map(|(day, _)| *day);
    program::Pace {
        unit: standing::unit(&of.qualified_in, of.qualified_currency),
        total: of.qualifier_total,
        ahead: of.forecast.as_ref().map(|forecast| forecast.qualifier_total),
        levels,
        now: std::iter::once((told.period.start, Decimal::ZERO))
            .chain(told.days.iter().copied())
            .collect(),
        year_before: before
            .iter()
            .filter(|(day, _)| start.is_some_and(|start| start.duration_until(*day) < days))
            .filter_map(|(day, total)| Some((shifted(*day, start?).ok()?, *total)))
            .collect(),
    }
}

/// The same term a year before, if the program was there: its first day, then each day's total.
async fn year_before(
    visit: &Visit,
    reader: &mut Reader,
    of: &engine::views::Standing,
) -> Result<Vec<(Date, Decimal)>, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let found = || {
        let plan = &rules.plans[rules.by_code(&of.of.program)?];
        let calendar = &plan.terms.get(usize::from(plan.term(&of.of.term)?))?.calendar;
        let day = of.period.start.checked_sub(jiff::Span::new().years(1)).ok()?;
        calendar.containing(day)
    };
    let Some(period) = found() else { return Ok(vec![]) };
    let asked = AwardRef { period: period.name.to_string(), ..of.of.clone() };
    let viewer = Viewer::Partner(visit.partner_id()?);
    let told = engine::explain::award(reader, &rules, &master, viewer, &asked).await?;
    let days = told.map(|told| told.days).unwrap_or_default();
    let first = (!days.is_empty()).then_some((period.start, Decimal::ZERO));
    Ok(first.into_iter().chain(days).collect())
}

fn term(
    visit: &Visit,
    of: &engine::views::Standing,
    told: Option<&Explanation>,
    before: &[(Date, Decimal)],
) -> program::Term {
    let entry = entry(visit, of);
    program::Term {
        standing: entry.standing,
        explain: entry.explain,
        reasons: told.map(|told| reasons(visit.lang, told)).unwrap_or_default(),
        counted_lines: unsigned(of.facts),
        pace: told.map(|told| pace(of, told, before)).unwrap_or_default(),
    }
}

fn reasons(lang: Lang, told: &Explanation) -> Vec<String> {
    told.reasons
        .iter()
        .map(|reason| lang.say(reason.ja.as_str(), reason.en.as_str()).to_owned())
        .collect()
}

fn past(visit: &Visit, found: &views::ProgramPage) -> Vec<program::Past> {
    found
        .past
        .iter()
        .map(|of| {
            let own = standing::standing(visit.lang, of);
            let payout = found.payouts.iter().find(|row| row.period_name() == &*of.period.name);
            program::Past {
                period: own.period,
                tier: own.tier().cloned(),
                now: own.now,
                award: own.earned,
                explain: Some(of.of.to_string()),
                payout: payout.and_then(|row| {
                    let currency = Currency::parse(&row.unit)?;
                    Some((row.public_id.clone(), Money::new(row.amount, currency)))
                }),
                paid_on: payout.and_then(|row| row.paid_at).map(|at| visit.local(at).date()),
            }
        })
        .collect()
}

async fn explain(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let page = explain_from::page(&visit, Face::Portal, &id).await?;
    Ok(visit.page(&page).into_response())
}

/// No list of records is longer.
const RECORDS_MAX: i64 = 5_000;

async fn show_records(visit: Visit) -> Result<Response, Failure> {
    let own = visit.partner_id()?;
    let mut list = reading::list("/portal/records", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let signed = settle::sign_offs(&mut reader, Some(own)).await?;
    let disputes = super::dispute_routes::disputes_of(&visit, &mut reader, None).await?;
    let payouts = settle::payouts_of_partner(&mut reader, own, RECORDS_MAX)
        .await?
        .into_iter()
        .filter_map(|row| {
            Some(records::Payout {
                owing: Owing::of(visit.lang, &rules, &row)?,
                amount: Money::new(row.amount, Currency::parse(&row.unit)?),
                state: payout_state(row.status),
                is_agreed: signed.contains_key(&row.public_id),
                paid_on: row.paid_at.map(|at| visit.local(at).date()),
                id: row.public_id,
            })
        })
        .collect();
    let payouts = reading::page_of(&mut list, payouts);
    let filter = Filter { partner_id: Some(own), with_api: false };
    let (uploads, _) = imports::list(&mut reader, &filter, (0, 100)).await?;
    let uploads = uploads
        .into_iter()
        .map(|row| crate::progress::Upload {
            id: row.id,
            file: row.name,
            sent: visit.local(row.started_at),
            state: state_of(row.status),
            rows: unsigned(row.counts.read),
            rejected: unsigned(row.counts.rejected),
        })
        .collect();
    let waiting = unsigned(waits(&mut reader, Viewer::Partner(own)).await?);
    Ok(visit.page(&records::Page { payouts, list, disputes, uploads, waiting }).into_response())
}

async fn show_waiting(visit: Visit) -> Result<Response, Failure> {
    let own = Viewer::Partner(visit.partner_id()?);
    let mut list = reading::list("/portal/waiting", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let (offset, limit) = reading::window(&list);
    let query = WaitingQuery { offset, limit, ..WaitingQuery::default() };
    let found = waiting_lines(&mut reader, (&rules, &master), own, &query).await?;
    list.rows = unsigned(found.total);
    let row = |line: &WaitingLine| {
        let fact = line.fact.as_ref();
        waiting::Row {
            key: line.key.clone(),
            on: fact.map(domain::fact::Fact::date),
            product: fact.and_then(|fact| fact.product.as_ref()).map(ToString::to_string),
            amount: fact.and_then(reading::waiting::amount),
            quantity: fact.and_then(reading::waiting::quantity),
            missing: reading::waiting::missing_to_partner(visit.lang, line.lack.as_ref()),
        }
    };
    let rows = found.rows.iter().map(row).collect();
    Ok(visit.page(&waiting::Page { list, rows }).into_response())
}

async fn new_upload(visit: Visit) -> Result<Response, Failure> {
    upload_page(&visit, None).await
}

async fn upload_page(visit: &Visit, problem: Option<String>) -> Result<Response, Failure> {
    let p = &visit.lang.words().portal;
    let mut reader = visit.reader().await?;
    let saved = catalog::mappings(&mut reader)
        .await?
        .into_iter()
        .filter(|mapping| mapping.target == MappingTarget::Facts)
        .map(|mapping| (mapping.name.clone(), mapping.name));
    // Without a mapping the headings say how the file is read.
    let guess = (String::new(), visit.lang.words().data.guess_mapping.to_string());
    let mappings = std::iter::once(guess).chain(saved).collect();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let columns = [p.need_key, p.need_date, p.need_product, p.need_quantity, p.need_amount];
    let page = upload::Page {
        mappings,
        problem,
        columns: columns.map(Into::into).to_vec(),
        megabytes_max: uploads::MEGABYTES_MAX,
    };
    Ok((status, visit.page(&page)).into_response())
}

async fn send_upload(visit: Visit, form: Multipart) -> Result<Response, Failure> {
    let sender = visit.clone();
    match uploads::once(&visit, form, |kept| take(sender, kept)).await? {
        Some(response) => Ok(response),
        None => upload_page(&visit, Some(visit.lang.words().data.no_file.into())).await,
    }
}

/// Takes in what a partner sent.
async fn take(visit: Visit, kept: Kept) -> Result<Response, Failure> {
    let mapping = match how(&visit, &kept).await? {
        Ok(mapping) => mapping,
        Err(problem) => {
            kept.discard().await;
            return upload_page(&visit, Some(problem)).await;
        }
    };
    // An actor bound to a partner brings lines of that partner and of nobody else.
    let actor = visit.actor()?;
    let id = kept.import(visit.app.office(), mapping, Origin::Portal, actor).await?;
    Ok(Redirect::to(&format!("/portal/uploads/{id}")).into_response())
}

/// How the file is read: by the mapping that was chosen, or as its headings say. Otherwise what
/// is wrong with it, in a sentence.
async fn how(visit: &Visit, kept: &Kept) -> Result<Result<Mapping, String>, Failure> {
    let p = &visit.lang.words().portal;
    let no_layout = p.no_layout;
    let mut mapping = match &kept.mapping {
        Some(name) => {
            let saved = saved(&mut visit.reader().await?, name).await?;
            match saved.filter(|mapping| mapping.feeds == Feeds::Facts) {
                Some(mapping) => mapping,
                None => return Ok(Err(no_layout.into())),
            }
        }
        None => match kept.peek(SourceOptions::default()).await? {
            Ok(peek) => peek.suggested,
            Err(error) => return Ok(Err(visit.said(&error))),
        },
    };
    // A report is of nobody else, so it need not say whose it is.
    if !mapping.fields.contains_key(&Field::Partner) && !mapping.fields.contains_key(&Field::Of) {
        let own = visit.partner_id()?;
        let partner = catalog::partner_by_id(&mut visit.reader().await?, own).await?;
        let code = partner.ok_or(Failure::NotFound)?.code;
        mapping.fields.insert(Field::Partner, FieldSource::constant(code));
    }
    if mapping.problems().is_empty() {
        return Ok(Ok(mapping));
    }
    let missing: Vec<&str> = [
        (mapping.fields.keys().any(is_key), p.need_key),
        (mapping.fields.contains_key(&Field::Date), p.need_date),
    ]
    .into_iter()
    .filter_map(|(there, name)| (!there).then_some(name))
    .collect();
    if missing.is_empty() {
        return Ok(Err(no_layout.into()));
    }
    let missing = missing.join(visit.lang.say("、", ", "));
    Ok(Err(fill(p.columns_missing, &[("what", &missing)])))
}

fn is_key(field: &Field) -> bool {
    matches!(field, Field::Key | Field::KeyOf(_))
}

/// An import of the reader's own, or nothing.
async fn own_import(visit: &Visit, reader: &mut Reader, id: &str) -> Result<ImportRow, Failure> {
    let own = visit.partner_id()?;
    let found = imports::get(reader, id).await?;
    found.filter(|row| row.partner_id == Some(own)).ok_or(Failure::NotFound)
}

async fn show_upload(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = own_import(&visit, &mut reader, &id).await?;
    let (list, rows) = answers(&visit, &mut reader, &row, "/portal/uploads").await?;
    let effects = effects(&visit, &mut reader, &row).await?;
    let (viewer, of) = (Viewer::Partner(visit.partner_id()?), Of::Report(&row.id));
    let action = Some(format!("/portal/uploads/{id}/proofs"));
    let proofs = proofs::of(&visit, &mut reader, (viewer, "/portal"), of, action).await?;
    let page = report::Page {
        known: known_of(&mut reader, &row, "/portal/uploads").await?,
        reviewed: row.reviewed.clone().map(|word| (visit.local(word.at), word.comment)),
        proofs,
        sent: visit.local(row.started_at),
        sent_by: row.actor_name.clone(),
        mapping: Some(row.mapping_name.clone()).filter(|name| is_saved(name)).unwrap_or_default(),
        progress: progress_of(&visit, &row),
        list,
        rows,
        effects,
        file: row.name,
        id: row.id,
    };
    Ok(visit.page(&page).into_response())
}

/// Whether somebody gave a mapping its name: those that are made of headings are not saved.
fn is_saved(mapping: &str) -> bool {
    !matches!(mapping, "suggested" | "by headings")
}

/// What the report changes in the programs that run, by what it earned.
async fn effects(
    visit: &Visit,
    reader: &mut Reader,
    row: &ImportRow,
) -> Result<Vec<report::Effect>, Failure> {
    let mut effects = vec![];
    if row.counts.accepted == 0 {
        return Ok(effects);
    }
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let viewer = Viewer::Partner(visit.partner_id()?);
    for of in home_of(visit, reader).await?.standings {
        let asked = (&of.of, row.import_id);
        let found = engine::explain::of_import(reader, &rules, &master, viewer, asked).await?;
        let Some(found) = found else { continue };
        let shown = standing::standing(visit.lang, &of);
        let unit = standing::unit(&of.qualified_in, of.qualified_currency);
        let gap = |value| crate::view::Measured { value, unit };
        effects.push(report::Effect {
            program: home::name(&shown),
            explain: Some(of.of.to_string()),
            reached: found.reached.and_then(|_| shown.tier()).map(|tier| tier.label(visit.lang)),
            gap: found.gap_before.map(|before| (gap(before), found.gap_now.map(gap))),
            earned: Money::new(found.earned_now - found.earned_before, of.currency),
        });
    }
    effects.sort_by_key(|effect| std::cmp::Reverse(effect.earned.amount));
    Ok(effects)
}

async fn known(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = own_import(&visit, &mut reader, &id).await?;
    known_file(&mut reader, &row).await
}

async fn rejected(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = own_import(&visit, &mut reader, &id).await?;
    rejects_file(&visit, &mut reader, &row).await
}
