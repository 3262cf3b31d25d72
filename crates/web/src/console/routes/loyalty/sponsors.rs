//! Sponsors in the console.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::wallet::{Billing, Command};
use engine::papers::statement::pdf::listing::{self, Listing};
use engine::rules::Rules;
use engine::views::loyalty::{self as views, SponsorMonth, SponsorShown};
use engine::wallets::Ask;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::csv;
use super::hand::{acted, line_key, maybe};
use crate::app::{App, Routes};
use crate::console::loyalty::sponsors::{Month, OnePage, Page, Row, Waiting};
use crate::failure::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::reading::{loyalty as say, name};
use crate::ui::encode;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/sponsors", get(show));
    routes.get("/console/loyalty/sponsors/{code}", get(show_one));
    routes.post("/console/loyalty/sponsors/{code}", post(top_up));
    routes.get("/console/loyalty/sponsors/{code}/statement.csv", get(export));
    routes.get("/console/loyalty/sponsors/{code}/statement.pdf", get(paper));
}

/// Entries of a statement.
const ENTRIES_MAX: i64 = 100_000;

fn row(lang: Lang, rules: &Rules, of: &SponsorShown) -> Row {
    let active = rules.wallets.iter().find(|it| it.code == of.wallet);
    let is_prepaid = of.sponsor.billing == Billing::Prepaid;
    let some = |amount: Decimal| (!amount.is_zero()).then(|| format::quantity(amount));
    let owed = say::money(lang, of.owed, active.and_then(|it| it.money));
    Row {
        code: of.sponsor.code.to_string(),
        name: name(lang, &of.sponsor.name, &of.sponsor.code),
        is_prepaid,
        used: format::quantity(of.used),
        pack: is_prepaid.then(|| format::quantity(of.pack)),
        waiting: some(of.waiting),
        owed: (!is_prepaid).then_some(owed),
        alerts: of.alerts,
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let all = views::sponsors(&mut reader, (&rules, &master), visit.now).await?;
    let page = Page { rows: all.iter().map(|of| row(visit.lang, &rules, of)).collect() };
    Ok(visit.page(&page).into_response())
}

async fn show_one(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let found = views::sponsor(&mut reader, (&rules, &master), visit.now, &code).await?;
    let of = found.ok_or(Failure::NotFound)?;
    let lang = visit.lang;
    let money = rules.wallets.iter().find(|it| it.code == of.wallet).and_then(|it| it.money);
    let entries = views::sponsor_entries(&mut reader, &code, (None, ENTRIES_MAX)).await?;
    let months = views::by_month(&entries).into_iter().map(|(month, sums)| Month {
        month,
        bought: format::quantity(sums.bought),
        used: format::quantity(sums.used),
        owed: say::money(lang, sums.owed, money),
    });
    let page = OnePage {
        row: row(lang, &rules, &of),
        description: name(lang, &of.sponsor.description, ""),
        bought: format::quantity(of.bought),
        paid: say::money(lang, of.paid, money),
        factor: format::quantity(of.sponsor.factor),
        alert: of.sponsor.alert.map(format::quantity),
        queue: of
            .queue
            .iter()
            .map(|it| Waiting {
                credit: it.credit.clone(),
                partner: it.partner.to_string(),
                amount: format::quantity(it.amount),
            })
            .collect(),
        months: months.collect(),
    };
    Ok(visit.page(&page).into_response())
}

/// The account by entry, for whoever settles with the sponsor.
async fn export(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    if !rules.wallets.iter().any(|of| of.wallet.sponsors.contains_key(code.as_str())) {
        return Err(Failure::NotFound);
    }
    let entries = views::sponsor_entries(&mut reader, &code, (None, ENTRIES_MAX)).await?;
    let heading = ["seq", "sponsor", "day", "kind", "unit", "amount", "cause"];
    let mut rows = vec![heading.map(String::from).to_vec()];
    for entry in entries.iter().rev() {
        rows.push(vec![
            entry.seq.to_string(),
            code.clone(),
            entry.day.map(|day| day.to_string()).unwrap_or_default(),
            entry.kind.word().to_owned(),
            entry.unit.clone(),
            entry.amount.normalize().to_string(),
            entry.cause.clone(),
        ]);
    }
    Ok(csv("sponsor-statement.csv", &rows))
}

/// The account by month as a paper for the sponsor.
async fn paper(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let found = views::sponsor(&mut reader, (&rules, &master), visit.now, &code).await?;
    let of = found.ok_or(Failure::NotFound)?;
    let (lang, w) = (visit.lang, &visit.lang.words().sponsors);
    let money = rules.wallets.iter().find(|it| it.code == of.wallet).and_then(|it| it.money);
    let entries = views::sponsor_entries(&mut reader, &code, (None, ENTRIES_MAX)).await?;
    let mut sums = SponsorMonth::default();
    let mut rows = vec![];
    for (month, own) in views::by_month(&entries) {
        sums.bought += own.bought;
        sums.used += own.used;
        sums.owed += own.owed;
        rows.push(figures(lang, month.strftime("%Y-%m").to_string(), &own, money));
    }
    let shown = row(lang, &rules, &of);
    let text = |label: &str, value: String| (label.to_owned(), value);
    let mut facts = vec![text(w.factor, format::quantity(of.sponsor.factor))];
    facts.extend(shown.pack.clone().map(|pack| text(w.pack, pack)));
    facts.extend(shown.waiting.clone().map(|waiting| text(w.waiting, waiting)));
    let billing = if shown.is_prepaid { w.prepaid } else { w.postpaid };
    facts.push(text(w.billing, billing.to_owned()));
    let listing = Listing {
        language: lang.tag().to_owned(),
        title: w.paper_title.to_owned(),
        about: format!("{} {}", shown.name, shown.code),
        dated: vec![text(w.paper_day, format::day_column(visit.today(), lang))],
        facts,
        columns: [w.month, w.bought, w.used, w.owed].map(String::from).to_vec(),
        rows,
        total: figures(lang, w.total.to_owned(), &sums, money),
        footer: visit.settings.vendor_name.trim().to_owned(),
        page: w.page.to_owned(),
    };
    let bytes =
        listing::pdf(&listing).map_err(|error| Failure::Disk(std::io::Error::other(error)))?;
    let name = format!("attachment; filename=\"sponsor-{}.pdf\"", crate::ui::encode(&code));
    let head =
        [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((head, bytes).into_response())
}

fn figures(
    lang: Lang,
    name: String,
    sums: &SponsorMonth,
    money: Option<domain::amount::Currency>,
) -> Vec<String> {
    let points = [sums.bought, sums.used].map(format::quantity);
    std::iter::once(name).chain(points).chain([say::money(lang, sums.owed, money)]).collect()
}

#[derive(Debug, Deserialize)]
struct TopUpForm {
    key: String,
    amount: String,
}

/// A sponsor buys points in advance.
async fn top_up(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<TopUpForm>,
) -> Result<Redirect, Failure> {
    let lang = visit.lang;
    let wrong = || Failure::field(&["amount"], lang.words().loyalty.bad_amount);
    let amount = maybe(lang, "amount", &sent.form.amount)?.ok_or_else(wrong)?;
    let command = Command::TopUp { sponsor: code.as_str().into(), amount };
    let ask = Ask { key: line_key('B', &sent.form.key), on: None, command };
    match acted(&app, &visit, ask, 0).await? {
        Ok(()) => {
            Ok(Redirect::to(&format!("/console/loyalty/sponsors/{}?done=saved", encode(&code))))
        }
        Err("unknown_code") => Err(Failure::NotFound),
        Err(word) => Err(Failure::field(&["amount"], say::refusal(lang, word))),
    }
}
