//! What points and vouchers cost: the page and its files.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::amount::Currency;
use engine::papers::provision::{self, Provision};
use engine::papers::settings;
use engine::papers::sheet::{self, Cell};
use engine::views::loyalty::{self, Ageing, CurrencySums, Liability, VoucherSums};
use engine::wallets::Active;
use rust_decimal::Decimal;

use super::super::money::csv;
use super::super::statements::file;
use super::{chosen, named};
use crate::app::Routes;
use crate::console::loyalty::liability::{self as page, Page};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::reading::loyalty::{money, rounded};
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/liability", get(show));
    routes.get("/console/loyalty/liability.csv", get(as_csv));
    routes.get("/console/loyalty/liability.xlsx", get(as_xlsx));
    routes.get("/console/loyalty/liability/journal.csv", get(journal));
}

/// What the wallet of the address owes.
async fn read(visit: &Visit) -> Result<Option<(Active, Liability)>, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let Some(of) = chosen(&rules, &visit::query(&visit.here)) else { return Ok(None) };
    let found = loyalty::liability(&mut reader, of, visit.now).await?;
    Ok(Some((of.clone(), found)))
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let lang = visit.lang;
    let found = read(&visit).await?;
    let rules = visit.app.office().rules(&mut visit.reader().await?).await?;
    let (wallet, currencies, vouchers) = match &found {
        None => (String::new(), vec![], vec![]),
        Some((of, found)) => {
            let currency = |sums: &CurrencySums| currency(lang, found.money, sums);
            let voucher = |sums: &VoucherSums| voucher(lang, found.money, sums);
            (
                of.code.clone(),
                found.currencies.iter().map(currency).collect(),
                found.vouchers.iter().map(voucher).collect(),
            )
        }
    };
    let page = Page { wallets: named(lang, &rules), wallet, currencies, vouchers };
    Ok(visit.page(&page).into_response())
}

fn currency(lang: Lang, of: Option<Currency>, sums: &CurrencySums) -> page::Currency {
    let l = &lang.words().loyalty;
    let figure = |amount: Decimal| format::quantity(amount);
    let ageing: Vec<(String, Decimal, Decimal)> = ends(lang, &sums.ageing);
    let (points, cost) =
        ageing.iter().fold((Decimal::ZERO, Decimal::ZERO), |(a, b), (_, c, d)| (a + c, b + d));
    page::Currency {
        name: reading::name(lang, &sums.name, &sums.unit),
        partners: fill(l.n_partners, &[("n", &format::count(sums.partners))]),
        open: figure(sums.open),
        escrow: figure(sums.escrow),
        reserved: figure(sums.reserved),
        owed: figure(sums.owed),
        cost: money(lang, sums.cost, of),
        expected: (money(lang, sums.expected_cost(), of), history(lang, sums)),
        ageing: ageing
            .into_iter()
            .map(|(month, points, cost)| (month, figure(points), money(lang, cost, of)))
            .collect(),
        total: (figure(points), money(lang, cost, of)),
    }
}

/// What became of the points that ended, in words.
fn history(lang: Lang, sums: &CurrencySums) -> String {
    let l = &lang.words().loyalty;
    let Some(share) = sums.run_off.share() else { return l.nothing_lapsed_yet.to_owned() };
    fill(
        l.lapsed_so_far,
        &[
            ("share", &format::percent(share)),
            ("expired", &format::quantity(sums.run_off.expired)),
            ("points", &format::quantity(sums.run_off.points)),
        ],
    )
}

/// The provision of today for the vendor's books.
async fn journal(visit: Visit) -> Result<Response, Failure> {
    let found = read(&visit).await?;
    let chart = settings::chart(&mut visit.reader().await?).await?;
    let mut provisions = vec![];
    let mut day = visit.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    if let Some((of, found)) = &found {
        day = of.wallet.time_zone.to_datetime(visit.now).date();
        let points =
            found.currencies.iter().map(|sums| (&sums.unit, &sums.name, sums.expected_cost()));
        let vouchers = found.vouchers.iter().map(|sums| (&sums.code, &sums.name, sums.cost));
        for (code, name, cost) in points.chain(vouchers) {
            let Some(currency) = found.money else { continue };
            provisions.push(Provision {
                wallet: of.code.clone(),
                code: code.clone(),
                name: reading::name(visit.lang, name, code),
                cost,
                currency,
            });
        }
    }
    Ok(file("points-provision.csv", provision::csv(&chart, day, &provisions)))
}

/// Months in which something ends, and what ends after them or never.
fn ends(lang: Lang, ageing: &Ageing) -> Vec<(String, Decimal, Decimal)> {
    let l = &lang.words().loyalty;
    let months = ageing.months.iter().map(|(first, points, cost)| {
        let month = match lang {
            Lang::Ja => format!("{}年{}月", first.year(), first.month()),
            Lang::En => format!("{} {}", format::month(*first, lang), first.year()),
        };
        (month, *points, *cost)
    });
    let rest = [(l.later, ageing.later), (l.never_ends, ageing.never)];
    let rest = rest.into_iter().map(|(label, (points, cost))| (label.to_owned(), points, cost));
    let all: Vec<_> = months.chain(rest).collect();
    if all.iter().all(|(_, points, _)| points.is_zero()) {
        return vec![];
    }
    // Months without anything stand between the others, so that gaps are seen.
    let last = all.iter().rposition(|(_, points, _)| !points.is_zero()).unwrap_or_default();
    let is_month = |at: usize| at < ageing.months.len();
    all.into_iter()
        .enumerate()
        .filter(|(at, (_, points, _))| (is_month(*at) && *at <= last) || !points.is_zero())
        .map(|(_, row)| row)
        .collect()
}

fn voucher(lang: Lang, of: Option<Currency>, sums: &VoucherSums) -> page::Voucher {
    let l = &lang.words().loyalty;
    page::Voucher {
        name: reading::name(lang, &sums.name, &sums.code),
        code: sums.code.clone(),
        issued: format::count(sums.issued),
        open: format::count(sums.open),
        left: if sums.is_money {
            money(lang, sums.amount, of)
        } else {
            fill(l.pieces, &[("n", &format::quantity(sums.amount))])
        },
        cost: money(lang, sums.cost, of),
    }
}

const HEADINGS: [&str; 11] = [
    "what", "code", "name", "month", "partners", "amount", "waiting", "reserved", "owed", "cost",
    "currency",
];

/// Sums and what ends when, one below another: `what` says which it is.
async fn rows(visit: &Visit) -> Result<Vec<Vec<Cell>>, Failure> {
    let Some((_, found)) = read(visit).await? else { return Ok(vec![]) };
    let mut rows = vec![];
    let of = found.money;
    for sums in &found.currencies {
        let name = reading::name(visit.lang, &sums.name, &sums.unit);
        let line = |what: &str, month: String, numbers: [Option<Decimal>; 6]| {
            line((what, &sums.unit, &name), month, numbers, of)
        };
        let partners = Decimal::from(sums.partners);
        rows.push(line(
            "balance",
            String::new(),
            [
                Some(partners),
                Some(sums.open),
                Some(sums.escrow),
                Some(sums.reserved),
                Some(sums.owed),
                Some(sums.cost),
            ],
        ));
        let ends = |points, cost| [None, Some(points), None, None, None, Some(cost)];
        for (month, points, cost) in &sums.ageing.months {
            rows.push(line("ends", month.to_string(), ends(*points, *cost)));
        }
        let (later, never) = (sums.ageing.later, sums.ageing.never);
        if let Some((points, cost)) = sums.may_lapse() {
            rows.push(line("may_lapse", String::new(), ends(points, cost)));
        }
        rows.push(line("ends_later", String::new(), ends(later.0, later.1)));
        rows.push(line("never_ends", String::new(), ends(never.0, never.1)));
    }
    for sums in &found.vouchers {
        let name = reading::name(visit.lang, &sums.name, &sums.code);
        let numbers = [None, Some(sums.amount), None, None, None, Some(sums.cost)];
        rows.push(line(("voucher", &sums.code, &name), String::new(), numbers, of));
    }
    Ok(rows)
}

fn line(
    (what, code, name): (&str, &str, &str),
    month: String,
    numbers: [Option<Decimal>; 6],
    of: Option<Currency>,
) -> Vec<Cell> {
    let [partners, amount, waiting, reserved, owed, cost] = numbers;
    let cost = cost.map(|cost| of.map_or(cost, |of| rounded(cost, of)));
    let number = |number: Option<Decimal>| match number {
        Some(number) => Cell::Number(number.normalize()),
        None => Cell::Text(String::new()),
    };
    let mut cells = [what, code, name].map(|text| Cell::Text(text.to_owned())).to_vec();
    cells.push(Cell::Text(month));
    cells.extend([partners, amount, waiting, reserved, owed, cost].map(number));
    cells.push(Cell::Text(of.map(|of| of.to_string()).unwrap_or_default()));
    cells
}

async fn as_csv(visit: Visit) -> Result<Response, Failure> {
    let text = |cell: Cell| match cell {
        Cell::Text(text) => text,
        Cell::Number(number) => number.to_string(),
    };
    let mut lines = vec![HEADINGS.map(String::from).to_vec()];
    for row in rows(&visit).await? {
        lines.push(row.into_iter().map(text).collect());
    }
    Ok(csv("points-liability.csv", &lines))
}

async fn as_xlsx(visit: Visit) -> Result<Response, Failure> {
    let rows = rows(&visit).await?;
    let bytes = sheet::sheet(visit.lang.words().loyalty.liability, &HEADINGS, &rows)
        .map_err(|error| Failure::Conflict(error.to_string()))?;
    Ok(file("points-liability.xlsx", bytes))
}
