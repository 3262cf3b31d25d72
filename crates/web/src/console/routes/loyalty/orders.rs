//! Ordered rewards in the console.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::db::Reader;
use engine::office::Live;
use engine::orders::{self, Order, OrderError, OrderState, Step, Taken};
use engine::rules::Rules;
use serde::Deserialize;

use super::super::money::csv;
use super::{partner_of, partners};
use crate::app::{App, Routes};
use crate::console::loyalty::orders::{OnePage, Page, Row, Step as Shown};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading::{self, loyalty, orders as say};
use crate::ui::encode;
use crate::view::PartnerRef;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/orders", get(show));
    routes.get("/console/loyalty/orders.csv", get(export));
    routes.post("/console/loyalty/orders", post(several));
    routes.get("/console/loyalty/orders/{key}", get(show_one));
    routes.post("/console/loyalty/orders/{key}/{step}", post(one));
}

impl From<OrderError> for Failure {
    fn from(error: OrderError) -> Failure {
        match error {
            OrderError::Db(error) => error.into(),
            OrderError::Wallet(error) => error.into(),
            OrderError::Unknown { .. } => Failure::NotFound,
            told @ (OrderError::WrongState { .. }
            | OrderError::OverLimit { .. }
            | OrderError::Refused { .. }) => Failure::field(&[], told.to_string()),
        }
    }
}

fn row(lang: Lang, rules: &Rules, order: &Order, partner: PartnerRef) -> Row {
    let w = &lang.words().orders;
    Row {
        key: order.key.clone(),
        partner,
        reward: say::reward(lang, rules, order),
        pieces: fill(w.pieces, &[("n", &format::quantity(order.pieces))]),
        points: say::points(lang, rules, order),
        day: order.on.date(),
        state: say::state(lang.words(), order.state),
        cancel_asked: order.cancel_asked,
        is_open: matches!(order.state, OrderState::Ordered | OrderState::Sent),
    }
}

/// All orders, and those that the address asks for.
async fn asked(
    reader: &mut Reader,
    rules: &Rules,
    lang: Lang,
    list: &crate::ui::List,
) -> Result<(Vec<Order>, Vec<usize>), Failure> {
    let query = orders::Query { limit: usize::MAX, ..orders::Query::default() };
    let all = orders::list(reader, rules, &query).await?;
    let searched = list.q.to_lowercase();
    let filter = list.filter.as_deref();
    let fits = |order: &Order| {
        let is_state = match filter {
            None => true,
            Some("cancel_asked") => order.cancel_asked,
            Some(word) => order.state.word() == word,
        };
        let words = [
            order.key.as_str(),
            order.partner.as_str(),
            &order.reward,
            &say::reward(lang, rules, order),
        ];
        is_state && words.iter().any(|word| word.to_lowercase().contains(&searched))
    };
    let found = all.iter().enumerate().filter(|(_, order)| fits(order)).map(|(at, _)| at);
    let found = found.collect();
    Ok((all, found))
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/loyalty/orders", &query);
    let (lang, w) = (visit.lang, &visit.lang.words().orders);
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let (all, found) = asked(&mut reader, &rules, lang, &list).await?;
    let found = reading::page_of(&mut list, found);
    let owners = found.iter().map(|at| all[*at].partner.as_str());
    let names = partners(&visit, &mut reader, owners).await?;
    let count =
        |fits: &dyn Fn(&Order) -> bool| all.iter().filter(|order| fits(order)).count() as u64;
    let state = |state: OrderState| {
        let (label, tone) = say::state(lang.words(), state);
        (state.word(), label, count(&|order| order.state == state), tone)
    };
    let mut states: Vec<_> = OrderState::ALL.into_iter().map(state).collect();
    let asks = count(&|order| order.cancel_asked);
    states.insert(1, ("cancel_asked", w.cancel_asked, asks, crate::ui::Tone::Bad));
    let page = Page {
        rows: found
            .iter()
            .map(|at| &all[*at])
            .map(|order| row(lang, &rules, order, partner_of(&names, order.partner.as_str())))
            .collect(),
        all: all.len() as u64,
        left: query.get("left").and_then(|n| n.parse().ok()),
        states,
        list,
    };
    Ok(visit.page(&page).into_response())
}

async fn export(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let list = reading::list("/console/loyalty/orders", &query);
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let (all, found) = asked(&mut reader, &rules, visit.lang, &list).await?;
    let heading = [
        "order",
        "partner",
        "reward",
        "pieces",
        "points",
        "unit",
        "ordered",
        "state",
        "cancel_asked",
        "carrier",
        "tracking",
    ];
    let mut rows = vec![heading.map(String::from).to_vec()];
    for order in found.iter().map(|at| &all[*at]) {
        let sent = order.steps.iter().rev().find(|step| step.step == "sent");
        let of =
            |read: fn(&Taken) -> Option<&String>| sent.and_then(read).cloned().unwrap_or_default();
        rows.push(vec![
            order.key.clone(),
            order.partner.to_string(),
            order.reward.clone(),
            order.pieces.normalize().to_string(),
            order.points.normalize().to_string(),
            order.unit.clone(),
            order.on.date().to_string(),
            order.state.word().to_owned(),
            order.cancel_asked.to_string(),
            of(|step| step.carrier.as_ref()),
            of(|step| step.tracking.as_ref()),
        ]);
    }
    Ok(csv("reward-orders.csv", &rows))
}

async fn show_one(visit: Visit, Path(key): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let order = orders::one(&mut reader, &rules, &key).await?.ok_or(Failure::NotFound)?;
    let names = partners(&visit, &mut reader, [order.partner.as_str()].into_iter()).await?;
    let partner = partner_of(&names, order.partner.as_str());
    let page = OnePage {
        row: row(visit.lang, &rules, &order, partner),
        steps: steps(&visit, &order),
        may_approve: order.state == OrderState::Ordered,
        may_send: order.state == OrderState::Approved,
        may_deliver: order.state == OrderState::Sent,
        may_cancel: matches!(order.state, OrderState::Ordered | OrderState::Approved),
    };
    Ok(visit.page(&page).into_response())
}

/// The order itself, and what became of it.
pub fn steps(visit: &Visit, order: &Order) -> Vec<Shown> {
    let words = visit.lang.words();
    let first = Shown {
        what: words.orders.ordered,
        at: visit.local(order.recorded),
        by: order.ordered_by.clone(),
        notes: vec![],
    };
    let taken = order.steps.iter().map(|step| Shown {
        what: say::step(words, step),
        at: visit.local(step.at),
        by: step.by.clone(),
        notes: [&step.carrier, &step.tracking, &step.note].into_iter().flatten().cloned().collect(),
    });
    [first].into_iter().chain(taken).collect()
}

#[derive(Debug, Default, Deserialize)]
struct StepForm {
    #[serde(default)]
    carrier: String,
    #[serde(default)]
    tracking: String,
    #[serde(default)]
    reason: String,
}

fn read(word: &str, form: StepForm) -> Option<Step> {
    let some = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Some(match word {
        "approve" => Step::Approve,
        "send" => Step::Send { carrier: some(form.carrier), tracking: some(form.tracking) },
        "deliver" => Step::Deliver,
        "cancel" => Step::Cancel { reason: some(form.reason) },
        _ => return None,
    })
}

async fn one(
    State(app): State<App>,
    visit: Visit,
    Path((key, word)): Path<(String, String)>,
    sent: Sent<StepForm>,
) -> Result<Redirect, Failure> {
    let step = read(&word, sent.form).ok_or(Failure::NotFound)?;
    take(&app, &visit, &key, &step).await?;
    Ok(Redirect::to(&format!("/console/loyalty/orders/{}?done=saved", encode(&key))))
}

/// Takes a step, or says why not.
async fn take(app: &App, visit: &Visit, key: &str, step: &Step) -> Result<(), Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let by = (&visit.actor()?, visit.now);
    let w = &visit.lang.words().orders;
    let order = match orders::step(&mut tx, (&rules, &master), by, key, step).await {
        Ok(order) => order,
        Err(OrderError::WrongState { state, .. }) => {
            let said = OrderState::parse(state).map(|it| say::state(visit.lang.words(), it).0);
            let what = fill(w.wrong_state, &[("state", said.unwrap_or(state))]);
            return Err(Failure::field(&["reason", "carrier"], what));
        }
        Err(OrderError::OverLimit { amount, unit, .. }) => {
            let amount = loyalty::money(visit.lang, amount, Some(unit));
            return Err(Failure::field(&["reason"], fill(w.over_limit, &[("amount", &amount)])));
        }
        Err(OrderError::Refused { refusal, .. }) => {
            let why = loyalty::refusal(visit.lang, refusal.word());
            return Err(Failure::field(&["reason"], fill(w.refused, &[("why", &why)])));
        }
        Err(other) => return Err(other.into()),
    };
    tx.commit().await?;
    office.wake();
    if let Some(id) = master.partner_id(order.partner.as_str()) {
        office.tell(Live::Wallet(id));
    }
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
struct SeveralForm {
    #[serde(default)]
    chosen: Vec<String>,
    #[serde(rename = "do")]
    action: String,
    #[serde(default)]
    back: String,
}

/// Takes the same step for several. One that is refused never stops the others.
async fn several(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<SeveralForm>,
) -> Result<Redirect, Failure> {
    let SeveralForm { chosen, action, back } = sent.form;
    let step = match action.as_str() {
        "approve" => Step::Approve,
        "deliver" => Step::Deliver,
        _ => return Err(Failure::NotFound),
    };
    let mut left = 0;
    for key in &chosen {
        match take(&app, &visit, key, &step).await {
            Ok(()) => {}
            Err(Failure::Field { .. } | Failure::NotFound) => left += 1,
            Err(other) => return Err(other),
        }
    }
    let back = Some(back).filter(|back| back.starts_with("/console/loyalty/orders"));
    let back = back.unwrap_or_else(|| "/console/loyalty/orders".into());
    let sign = if back.contains('?') { '&' } else { '?' };
    Ok(Redirect::to(&format!("{back}{sign}done=saved&left={left}")))
}
