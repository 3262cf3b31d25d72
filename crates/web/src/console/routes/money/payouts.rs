//! The list of payouts, their file, and the steps they take.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::approval::{Approval, Person, Subject};
use domain::settlement::{PayoutStatus, PayoutStep};
use engine::access::Viewer;
use engine::db::Reader;
use engine::rules::Rules;
use engine::settle::{self, HoldRow, PayoutRow};
use serde::Deserialize;

use super::approvals::{refusal, step_said};
use super::{Partners, back_with, csv, money};
use crate::app::{App, Routes};
use crate::console::payouts;
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::fill;
use crate::owing::Owing;
use crate::reading;
use crate::view::PayoutState;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/payouts", get(show_payouts));
    routes.get("/console/payouts.csv", get(export_payouts));
    routes.post("/console/payouts/approve", post(approve_all));
    routes.post("/console/payouts/decide", post(decide_chosen));
    routes.post("/console/payouts/{id}/approve", post(approve));
    routes.post("/console/payouts/{id}/reject", post(reject));
    routes.post("/console/payouts/{id}/paid", post(pay));
}

/// No list of payouts is longer; the address narrows it to a period.
const PAYOUTS_MAX: i64 = 20_000;

/// The rows of the list in the address: all that match, not yet cut to a page.
struct Found {
    rows: Vec<PayoutRow>,
    of: Option<(String, String)>,
    rules: Arc<Rules>,
}

async fn find_payouts(
    visit: &Visit,
    reader: &mut Reader,
    query: &visit::Query,
) -> Result<Found, Failure> {
    let rules = visit.app.office().rules(reader).await?;
    let of = query.get("period").and_then(|id| reading::of_period_id(id));
    let of = of.map(|(program, name)| (program.to_string(), name.to_string()));
    let (program_id, name) = match &of {
        Some((code, name)) => {
            let at = rules.by_code(code).ok_or(Failure::NotFound)?;
            (rules.program_ids[at], name.as_str())
        }
        None => (0, ""),
    };
    let mut rows = settle::payouts(reader, program_id, name, PAYOUTS_MAX).await?;
    if let Some(source) = query.get("source") {
        rows.retain(|row| row.source.word() == source);
    }
    Ok(Found { rows, of, rules })
}

async fn show_payouts(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/payouts", &query);
    let mut reader = visit.reader().await?;
    let found = find_payouts(&visit, &mut reader, &query).await?;
    if let Some(period) = query.get("period") {
        list.keep.push(("period".into(), period.clone()));
    }
    let of_rewards = query.get("source").is_some_and(|source| source == "reward");
    if of_rewards {
        list.keep.push(("source".into(), "reward".into()));
    }
    let of = found.of.as_ref().and_then(|(code, name)| {
        let period = reading::period_named(&found.rules, code, name)?;
        Some((reading::program_named(visit.lang, &found.rules, code), period))
    });
    let counts = counts(&found.rows);
    let partners =
        Partners::of(&visit, &mut reader, found.rows.iter().map(|row| row.partner_id)).await?;
    let marks = Marks::of(&visit, &mut reader).await?;
    let mut rows: Vec<payouts::Row> = found
        .rows
        .iter()
        .filter_map(|row| payout_row(&visit, (&found.rules, &marks), &partners, row))
        .collect();
    if list.filter.as_deref() == Some("mine") {
        let mine = mine(&mut reader, &marks.person, &found.rows).await?;
        rows.retain(|row| mine.contains(&row.id));
    }
    rows.retain(|row| matches(&list, row));
    sort(&list, &mut rows);
    let totals = totals(&rows);
    let mut rows = reading::page_of(&mut list, rows);
    let known: HashMap<&str, &PayoutRow> =
        found.rows.iter().map(|row| (row.public_id.as_str(), row)).collect();
    let waiting: Vec<&PayoutRow> = rows
        .iter()
        .filter(|row| row.state == PayoutState::Waiting)
        .filter_map(|row| known.get(row.id.as_str()).copied())
        .collect();
    let mut approvals: HashMap<&str, Approval> = waiting
        .iter()
        .map(|row| row.public_id.as_str())
        .zip(settle::of_payouts(&mut reader, &waiting).await?)
        .collect();
    for row in &mut rows {
        row.is_agreed = settle::sign_off_of(&mut reader, &row.id).await?.is_some();
        if let Some(approval) = approvals.remove(row.id.as_str()) {
            let may = approval.authority(&marks.person).map(|_| ());
            row.may = may.map_err(|why| refusal(visit.lang, why));
        }
    }
    let decided = query.get("decided").and_then(|text| read_decided(visit.lang, text));
    let page = payouts::Page { of, of_rewards, counts, totals, list, rows, decided };
    Ok(visit.page(&page).into_response())
}

/// Who reads, and what is marked beside a payout.
struct Marks {
    person: Person,
    held: Vec<HoldRow>,
    disputed: HashSet<String>,
}

impl Marks {
    async fn of(visit: &Visit, reader: &mut Reader) -> Result<Marks, Failure> {
        let disputes = settle::disputes(reader, Viewer::Vendor).await?;
        let open = disputes.into_iter().filter(|dispute| dispute.state.is_open());
        Ok(Marks {
            person: settle::person(reader, &visit.actor()?, Subject::Payout, visit.now).await?,
            held: settle::holds_acting(reader, visit.today()).await?,
            disputed: open.filter_map(|dispute| dispute.payout).collect(),
        })
    }

    fn is_held(&self, row: &PayoutRow) -> bool {
        self.held.iter().any(|hold| {
            hold.partner_id == row.partner_id
                && hold.payout.as_ref().is_none_or(|only| *only == row.public_id)
        })
    }
}

/// Those whose next step is this person's.
async fn mine(
    reader: &mut Reader,
    person: &Person,
    rows: &[PayoutRow],
) -> Result<HashSet<String>, Failure> {
    let waiting: Vec<&PayoutRow> =
        rows.iter().filter(|row| row.status == PayoutStatus::Pending).collect();
    let approvals = settle::of_payouts(reader, &waiting).await?;
    let mine = waiting.iter().zip(&approvals).filter(|(_, one)| one.authority(person).is_ok());
    let mine = mine.map(|(row, _)| row.public_id.clone()).collect();
    Ok(mine)
}

fn counts(rows: &[PayoutRow]) -> payouts::Counts {
    let n = |status| rows.iter().filter(|row| row.status == status).count() as u64;
    payouts::Counts {
        waiting: n(PayoutStatus::Pending),
        approved: n(PayoutStatus::Approved),
        rejected: n(PayoutStatus::Rejected),
        paid: n(PayoutStatus::Paid),
        withdrawn: n(PayoutStatus::Withdrawn),
    }
}

pub fn payout_state(status: PayoutStatus) -> PayoutState {
    match status {
        PayoutStatus::Pending => PayoutState::Waiting,
        PayoutStatus::Approved => PayoutState::Approved,
        PayoutStatus::Rejected => PayoutState::Rejected,
        PayoutStatus::Paid => PayoutState::Paid,
        PayoutStatus::Withdrawn => PayoutState::Withdrawn,
    }
}

fn payout_row(
    visit: &Visit,
    (rules, marks): (&Rules, &Marks),
    partners: &Partners,
    row: &PayoutRow,
) -> Option<payouts::Row> {
    let m = &visit.lang.words().money;
    let decided = row.decided_by.as_ref().map(|who| {
        let said = fill(m.decided_by, &[("who", who)]);
        match &row.comment {
            Some(comment) => format!("{said}: {comment}"),
            None => said,
        }
    });
    Some(payouts::Row {
        id: row.public_id.clone(),
        partner: partners.get(row.partner_id, &row.partner_code),
        owing: Owing::of(visit.lang, rules, row)?,
        amount: money(row.amount, &row.unit)?,
        state: payout_state(row.status),
        decided,
        paid_on: row.paid_at.map(|at| visit.local(at).date()),
        step: (row.status == PayoutStatus::Pending)
            .then(|| step_said(visit.lang, row.chain.as_deref(), row.step, row.due))
            .flatten(),
        is_held: row.status != PayoutStatus::Paid
            && row.status != PayoutStatus::Withdrawn
            && marks.is_held(row),
        is_disputed: marks.disputed.contains(&row.public_id),
        is_agreed: false,
        may: Err(String::new()),
    })
}

fn matches(list: &crate::ui::List, row: &payouts::Row) -> bool {
    let q = list.q.to_lowercase();
    let named = row.partner.name.to_lowercase().contains(&q)
        || row.partner.code.to_lowercase().contains(&q);
    named
        && match list.filter.as_deref() {
            Some("waiting") => row.state == PayoutState::Waiting,
            Some("approved") => row.state == PayoutState::Approved,
            Some("rejected") => row.state == PayoutState::Rejected,
            Some("paid") => row.state == PayoutState::Paid,
            Some("withdrawn") => row.state == PayoutState::Withdrawn,
            Some("held") => row.is_held,
            Some("disputed") => row.is_disputed,
            _ => true,
        }
}

fn sort(list: &crate::ui::List, rows: &mut [payouts::Row]) {
    let Some(sort) = &list.sort else { return };
    match sort.key.as_str() {
        "amount" => rows.sort_by_key(|row| row.amount.amount),
        "state" => rows.sort_by_key(|row| row.state as u8),
        _ => rows.sort_by(|a, b| a.partner.name.cmp(&b.partner.name)),
    }
    if sort.descending {
        rows.reverse();
    }
}

/// What rows add up to, by currency.
fn totals(rows: &[payouts::Row]) -> Vec<Money> {
    let mut sums: Vec<Money> = vec![];
    for row in rows.iter().filter(|row| row.state != PayoutState::Withdrawn) {
        match sums.iter_mut().find(|sum| sum.currency == row.amount.currency) {
            Some(sum) => sum.amount += row.amount.amount,
            None => sums.push(row.amount),
        }
    }
    sums
}

async fn export_payouts(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let list = reading::list("/console/payouts", &query);
    let mut reader = visit.reader().await?;
    let found = find_payouts(&visit, &mut reader, &query).await?;
    let partners =
        Partners::of(&visit, &mut reader, found.rows.iter().map(|row| row.partner_id)).await?;
    let marks = Marks::of(&visit, &mut reader).await?;
    let mut rows = vec![
        ["id", "program", "period", "partner", "name", "amount", "currency", "state", "paid_on"]
            .map(String::from)
            .to_vec(),
    ];
    for row in &found.rows {
        let shown = payout_row(&visit, (&found.rules, &marks), &partners, row);
        let Some(shown) = shown else { continue };
        if !matches(&list, &shown) {
            continue;
        }
        rows.push(vec![
            shown.id,
            shown.owing.program_code().into(),
            row.period_name().into(),
            shown.partner.code,
            shown.partner.name,
            row.amount.to_string(),
            row.unit.clone(),
            row.status.word().into(),
            shown.paid_on.map(|day| day.to_string()).unwrap_or_default(),
        ]);
    }
    Ok(csv("payouts.csv", &rows))
}

#[derive(Deserialize)]
struct StepForm {
    #[serde(default)]
    back: String,
    #[serde(default)]
    comment: String,
}

async fn approve(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<StepForm>,
) -> Result<Redirect, Failure> {
    step(&app, &visit, &id, PayoutStep::Approve, sent.form).await
}

async fn reject(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<StepForm>,
) -> Result<Redirect, Failure> {
    step(&app, &visit, &id, PayoutStep::Reject, sent.form).await
}

async fn pay(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<StepForm>,
) -> Result<Redirect, Failure> {
    step(&app, &visit, &id, PayoutStep::Pay, sent.form).await
}

async fn step(
    app: &App,
    visit: &Visit,
    id: &str,
    step: PayoutStep,
    form: StepForm,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let comment = Some(form.comment.trim()).filter(|text| !text.is_empty());
    settle::step(&mut tx, &visit.actor()?, visit.now, id, step, comment).await?;
    tx.commit().await?;
    app.office().tell(engine::office::Live::Rules);
    let done = match step {
        PayoutStep::Approve => "approved",
        PayoutStep::Reject => "rejected",
        PayoutStep::Pay => "paid",
    };
    Ok(Redirect::to(&back_with(&form.back, &path_of(&form.back), done)))
}

/// Back where the button was: the list, or the payout's own page.
fn path_of(back: &str) -> String {
    let path = back.split('?').next().unwrap_or_default();
    let own = path.strip_prefix("/console/payouts/").is_some_and(|id| !id.contains('/'));
    if own { path.into() } else { "/console/payouts".into() }
}

#[derive(Deserialize)]
struct AllForm {
    /// The period they belong to.
    period: String,
    /// How many the page said there are, and what they add up to.
    n: String,
    total: String,
    #[serde(default)]
    comment: String,
}

/// Approves everything of a period whose next step is the reader's, or nothing.
async fn approve_all(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<AllForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let (code, name) = reading::of_period_id(&form.period).ok_or(Failure::NotFound)?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let at = rules.by_code(code).ok_or(Failure::NotFound)?;
    let actor = visit.actor()?;
    let person = settle::person(&mut tx, &actor, Subject::Payout, visit.now).await?;
    let rows = settle::payouts(&mut tx, rules.program_ids[at], name, PAYOUTS_MAX).await?;
    let mine = mine(&mut tx, &person, &rows).await?;
    let rows: Vec<&PayoutRow> = rows.iter().filter(|row| mine.contains(&row.public_id)).collect();
    let total: rust_decimal::Decimal = rows.iter().map(|row| row.amount).sum();
    if form.n.parse() != Ok(rows.len()) || form.total.parse() != Ok(total) {
        let m = &visit.lang.words().money;
        return Err(Failure::Conflict(m.total_moved.into()));
    }
    let comment = Some(form.comment.trim()).filter(|text| !text.is_empty());
    for row in rows {
        let (id, approve) = (&row.public_id, PayoutStep::Approve);
        settle::step(&mut tx, &actor, visit.now, id, approve, comment).await?;
    }
    tx.commit().await?;
    office.tell(engine::office::Live::Rules);
    let period = crate::ui::encode(&form.period);
    Ok(Redirect::to(&format!("/console/payouts?period={period}&done=approved")))
}

#[derive(Deserialize)]
struct ChosenForm {
    act: String,
    #[serde(default)]
    chosen: Vec<String>,
    /// Everything on the page that is the reader's to decide, instead.
    #[serde(default)]
    whole_page: String,
    #[serde(default)]
    shown: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    back: String,
}

/// Decides about the payouts that were chosen, each by itself, and says what became of them.
async fn decide_chosen(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<ChosenForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let m = &visit.lang.words().money;
    let to = match form.act.as_str() {
        "approve" => PayoutStep::Approve,
        "reject" => PayoutStep::Reject,
        _ => return Err(Failure::NotFound),
    };
    let ids: Vec<String> = match form.whole_page.as_str() {
        "" => form.chosen,
        _ => form.shown.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
    };
    if ids.is_empty() {
        return Err(Failure::Conflict(m.choose_some.into()));
    }
    let comment = Some(form.comment.trim()).filter(|text| !text.is_empty());
    if to == PayoutStep::Reject && comment.is_none() {
        return Err(Failure::Conflict(m.reason_needed.into()));
    }
    let db = app.office().db();
    let taken = settle::step_each(db, &visit.actor()?, visit.now, &ids, (to, comment)).await?;
    app.office().tell(engine::office::Live::Rules);
    let mut query = visit::query(&form.back);
    query.insert("decided".into(), written_decided(to, &taken));
    query.remove("done");
    let mut pairs: Vec<(String, String)> = query.into_iter().collect();
    pairs.sort();
    Ok(Redirect::to(&crate::ui::list::with_query("/console/payouts", &pairs)))
}

/// What became of those chosen, as it stands in the address: `approve~12~prepared.2~not_now.1`.
fn written_decided(to: PayoutStep, taken: &[settle::Taken]) -> String {
    let mut left: BTreeMap<&str, u64> = BTreeMap::new();
    for error in taken.iter().filter_map(|one| one.outcome.as_ref().err()) {
        *left.entry(error.word()).or_default() += 1;
    }
    let done = taken.iter().filter(|one| one.outcome.is_ok()).count();
    let act = if to == PayoutStep::Reject { "reject" } else { "approve" };
    let mut said = vec![act.to_owned(), done.to_string()];
    said.extend(left.iter().map(|(word, n)| format!("{word}.{n}")));
    said.join("~")
}

fn read_decided(lang: crate::i18n::Lang, text: &str) -> Option<payouts::Decided> {
    let m = &lang.words().money;
    let mut parts = text.split('~');
    let rejected = match parts.next()? {
        "approve" => false,
        "reject" => true,
        _ => return None,
    };
    let done = parts.next()?.parse().ok()?;
    let left = parts.filter_map(|part| {
        let (word, n) = part.split_once('.')?;
        let why = match word {
            "prepared" => m.left_prepared,
            "given_before" => m.left_given,
            "not_theirs" => m.left_not_theirs,
            "not_now" => m.left_not_now,
            "in_file" => m.left_in_file,
            "held" => m.left_held,
            "not_found" => m.left_not_found,
            _ => m.left_other,
        };
        Some((why.to_owned(), n.parse().ok()?))
    });
    Some(payouts::Decided { rejected, done, left: left.collect() })
}
