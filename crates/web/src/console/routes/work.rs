//! The ledger, and the search.

use std::collections::HashMap;

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::amount::Currency;
use domain::program::Names;
use engine::access::Viewer;
use engine::catalog::{self, PartnerRow, ProductRow};
use engine::db::Reader;
use engine::explain as engine_explain;
use engine::imports;
use engine::journal::Entry;
use engine::ledger::{self, PostingRow};
use engine::rules::Rules;
use engine::views;
use engine::views::search::{Other, OtherHit, SettlementOf};
use rust_decimal::Decimal;

use crate::app::Routes;
use crate::console::ledger::{self as ledger_page, Balance, Posting};
use crate::console::search::{self, Found, Group, Hit};
use crate::explain::Reader as Face;
use crate::explain_from;
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::Words;
use crate::reading;
use crate::ui::encode;
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/explain/{id}", get(explain));
    routes.get("/console/ledger", get(show_ledger));
    routes.get("/console/search", get(find));
}

async fn explain(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    if let Some(seq) = id.strip_prefix("posting-") {
        return Ok(Redirect::to(&of_posting(&visit, seq).await?).into_response());
    }
    let page = explain_from::page(&visit, Face::Console, &id).await?;
    Ok(visit.page(&page).into_response())
}

/// Where a posting leads: to its award, or to the payout it belongs to.
async fn of_posting(visit: &Visit, seq: &str) -> Result<String, Failure> {
    let seq = seq.parse().map_err(|_| Failure::NotFound)?;
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let door = engine_explain::posting(&mut reader, &rules, &master, Viewer::Vendor, seq).await?;
    let door = door.ok_or(Failure::NotFound)?;
    let id = door.award.map(|award| award.to_string());
    let id = id.or(door.subject.filter(|subject| subject.starts_with("pay_")));
    Ok(format!("/console/explain/{}", id.ok_or(Failure::NotFound)?))
}

const POSTINGS_SHOWN: i64 = 100;

async fn show_ledger(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let list = reading::list("/console/ledger", &query);
    let mut reader = visit.reader().await?;
    let all = ledger::balances(&mut reader, None).await?;
    let partner = match list.q.as_str() {
        "" => None,
        code => Some(catalog::partner_by_code(&mut reader, code).await?),
    };
    let older = query.get("older").and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
    let rows = if let Some(None) = &partner {
        vec![]
    } else {
        let id = partner.flatten().map(|row| row.partner_id);
        ledger::postings(&mut reader, id, older, POSTINGS_SHOWN).await?
    };
    let older = (i64::try_from(rows.len()) == Ok(POSTINGS_SHOWN))
        .then(|| rows.last().and_then(|row| u64::try_from(row.seq).ok()))
        .flatten();
    let mut names = HashMap::new();
    for id in rows.iter().filter_map(|row| row.partner_id) {
        if !names.contains_key(&id)
            && let Some(row) = catalog::partner_by_id(&mut reader, id).await?
        {
            names.insert(id, reading::partner_ref(visit.lang, &row));
        }
    }
    let words = visit.lang.words();
    let rules = visit.app.office().rules(&mut reader).await?;
    let postings = rows
        .into_iter()
        .filter_map(|row| {
            Some(Posting {
                entry: u64::try_from(row.seq).ok()?,
                at: visit.local(row.recorded),
                cause: cause(words, &row.cause).into(),
                kind: row.kind.as_deref().and_then(|kind| accrual_kind(words, kind)),
                term: term(&rules, &row),
                debit: account(words, &row.debit).into(),
                credit: account(words, &row.credit).into(),
                partner: row.partner_id.and_then(|id| names.get(&id).cloned()),
                amount: Money::new(row.amount, Currency::parse(&row.unit)?),
                is_explained: row.group_key.is_some()
                    || row.subject.is_some_and(|subject| subject.starts_with("pay_")),
            })
        })
        .collect();
    let page = ledger_page::Page {
        is_balanced: is_balanced(&all),
        balances: by_kind(words, &all),
        list,
        postings,
        older,
    };
    Ok(visit.page(&page).into_response())
}

/// Why an accrual was booked.
fn accrual_kind(words: &'static Words, word: &str) -> Option<&'static str> {
    let w = &words.trace;
    match word {
        "base" => Some(w.kind_base),
        "rate" => Some(w.kind_rate),
        "prior_period" => Some(w.kind_prior_period),
        "true_up" => Some(w.kind_true_up),
        _ => None,
    }
}

/// The term of a posting's award, with its group.
fn term(rules: &Rules, row: &PostingRow) -> Option<String> {
    let code = crate::api::term_code(rules, row.program_id?, row.term?)?;
    let group = crate::api::group(row.group_key.as_deref().unwrap_or_default());
    let group = group.iter().map(|(name, value)| format!("{name}: {value}"));
    Some(std::iter::once(code).chain(group).collect::<Vec<_>>().join(" · "))
}

fn account<'a>(words: &'a Words, code: &str) -> &'a str {
    let m = &words.money;
    match code.split('/').next() {
        Some("expense") => m.account_expense,
        Some("accrued") => m.account_accrued,
        Some("payable") => m.account_payable,
        Some("tax") => words.papers.tax,
        Some("credit_note") => words.papers.account_credit,
        Some("receivable") => words.papers.account_receivable,
        _ => m.account_cash,
    }
}

fn cause<'a>(words: &'a Words, word: &str) -> &'a str {
    let m = &words.money;
    match word {
        "close" => m.cause_close,
        "adjustment" => m.cause_adjustment,
        "lapse" => m.cause_lapse,
        "payment" => m.cause_payment,
        _ => m.cause_accrual,
    }
}

/// What each kind of account holds in each currency.
fn by_kind(words: &Words, all: &[ledger::Balance]) -> Vec<Balance> {
    let mut rows: Vec<Balance> = vec![];
    for balance in all {
        let kind = balance.account.split('/').next().unwrap_or_default();
        let Some(currency) = Currency::parse(&balance.unit) else { continue };
        let same = |row: &&mut Balance| row.account == kind && row.debit.currency == currency;
        let (debit, credit) = (balance.debit, balance.credit);
        if let Some(row) = rows.iter_mut().find(same) {
            row.debit.amount += debit;
            row.credit.amount += credit;
            row.balance.amount += debit - credit;
        } else {
            rows.push(Balance {
                account: kind.into(),
                name: account(words, kind).into(),
                debit: Money::new(debit, currency),
                credit: Money::new(credit, currency),
                balance: Money::new(debit - credit, currency),
            });
        }
    }
    rows.sort_by(|a, b| (a.balance.currency, &a.account).cmp(&(b.balance.currency, &b.account)));
    rows
}

fn is_balanced(all: &[ledger::Balance]) -> bool {
    let mut sums: HashMap<&str, Decimal> = HashMap::new();
    for balance in all {
        *sums.entry(&balance.unit).or_default() += balance.debit - balance.credit;
    }
    sums.values().all(Decimal::is_zero)
}

async fn find(visit: Visit) -> Result<Response, Failure> {
    let q = visit::query(&visit.here).remove("q").unwrap_or_default().trim().to_string();
    if q.is_empty() {
        return Ok(visit.page(&search::Page { q, groups: vec![] }).into_response());
    }
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let lines = views::programs::programs(&mut reader, &rules, visit.now).await?;
    let viewer = Viewer::Vendor;
    let found = views::search::search(&mut reader, &master, viewer, &lines, &q).await?;
    let documents = documents(&visit, &mut reader, &found.facts.0).await?;
    let groups = [
        programs(&visit, &found.programs),
        partners(&visit, &found.partners),
        group(Found::Documents, found.facts.1, documents),
        products(&visit, &found.products),
        files(&found.imports),
        settled(&visit, &mut reader, Found::Payouts, &found.payouts).await?,
        settled(&visit, &mut reader, Found::Disputes, &found.disputes).await?,
        settled(&visit, &mut reader, Found::Adjustments, &found.adjustments).await?,
    ];
    let groups = groups.into_iter().flatten().chain(others(&visit, &found.others)).collect();
    Ok(visit.page(&search::Page { q, groups }).into_response())
}

fn group(kind: Found, all: i64, hits: Vec<Hit>) -> Option<Group> {
    let all = u64::try_from(all).unwrap_or_default();
    (!hits.is_empty()).then_some(Group { kind, hits, all })
}

fn programs(visit: &Visit, found: &[(String, Names)]) -> Option<Group> {
    let hits: Vec<Hit> = found
        .iter()
        .map(|(code, names)| Hit {
            href: format!("/console/programs/{}", encode(code)),
            title: reading::name(visit.lang, names, code),
            detail: code.clone(),
        })
        .collect();
    group(Found::Programs, i64::try_from(hits.len()).unwrap_or_default(), hits)
}

fn partners(visit: &Visit, found: &(Vec<PartnerRow>, i64)) -> Option<Group> {
    let hits = found.0.iter().map(|row| reading::partner_ref(visit.lang, row)).map(|one| Hit {
        href: format!("/console/partners/{}", encode(&one.code)),
        title: one.name,
        detail: one.code,
    });
    group(Found::Partners, found.1, hits.collect())
}

fn products(visit: &Visit, found: &(Vec<ProductRow>, i64)) -> Option<Group> {
    let hits = found.0.iter().map(|row| Hit {
        href: format!("/console/products?q={}", encode(&row.code)),
        title: reading::name(visit.lang, &row.names, &row.code),
        detail: row.code.clone(),
    });
    group(Found::Products, found.1, hits.collect())
}

/// Lines by what people know of them: number, day, whose, what, and how much. They lead to the
/// file they came in with, or else to the partner.
async fn documents(
    visit: &Visit,
    reader: &mut Reader,
    entries: &[Entry],
) -> Result<Vec<Hit>, Failure> {
    let mut hits = vec![];
    for entry in entries {
        let fact = &entry.fact;
        let import = match entry.source {
            Some(source) => imports::by_number(reader, source.import_id).await?,
            None => None,
        };
        let partner = match &fact.partner {
            Some(code) => catalog::partner_by_code(reader, code.as_str()).await?,
            None => None,
        };
        let whose = partner.as_ref().map(|row| reading::partner_ref(visit.lang, row));
        let money = fact
            .amount
            .zip(fact.currency)
            .map(|(amount, currency)| Money::new(amount, currency).text(visit.lang));
        let told = [
            Some(crate::format::day_long(fact.date(), visit.lang)),
            whose.as_ref().map(|one| one.name.clone()),
            fact.product.as_ref().map(ToString::to_string),
            money,
        ];
        let href = match (&import, &whose) {
            (Some(import), _) => format!("/console/imports/{}", import.id),
            (None, Some(one)) => format!("/console/partners/{}", encode(&one.code)),
            (None, None) => "/console/imports".into(),
        };
        hits.push(Hit {
            title: fact.key.to_string(),
            detail: told.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            href,
        });
    }
    Ok(hits)
}

/// Payouts, disputes and adjustments, if the reader may see them.
async fn settled(
    visit: &Visit,
    reader: &mut Reader,
    kind: Found,
    found: &[views::search::SettlementHit],
) -> Result<Option<Group>, Failure> {
    let folder = match kind {
        Found::Payouts => "/console/payouts",
        Found::Disputes => "/console/disputes",
        _ => "/console/adjustments",
    };
    if !visit.role().is_some_and(|role| crate::access::may_open(role, folder)) {
        return Ok(None);
    }
    let rules = visit.app.office().rules(reader).await?;
    let mut hits = vec![];
    for hit in found {
        let partner = catalog::partner_by_id(reader, hit.partner_id).await?;
        let name = partner
            .map_or_else(|| hit.partner.clone(), |row| reading::partner_ref(visit.lang, &row).name);
        let detail = match &hit.of {
            SettlementOf::Period { program, name } => {
                let period = reading::period_named(&rules, program, name);
                let period = period.map_or_else(String::new, |period| period.short(visit.lang));
                format!("{} {period}", reading::program_named(visit.lang, &rules, program).name)
            }
            SettlementOf::Order(order) => {
                format!("{} · {order}", visit.lang.words().owing.rewards)
            }
        };
        let money = Currency::parse(&hit.unit)
            .map(|currency| Money::new(hit.amount, currency).text(visit.lang));
        hits.push(Hit {
            title: format!("{name} · {}", money.unwrap_or_default()),
            detail,
            href: match kind {
                Found::Adjustments => folder.into(),
                _ => format!("{folder}/{}", hit.public_id),
            },
        });
    }
    Ok(group(kind, i64::try_from(hits.len()).unwrap_or_default(), hits))
}

/// Papers, people and what else was found, of kinds that the reader may open.
fn others(visit: &Visit, found: &[OtherHit]) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    for hit in found {
        let (kind, folder, page) = match hit.kind {
            Other::Statement => (Found::Statements, "/console/statements", None),
            Other::Note => (Found::Notes, "/console/notes", Some(&hit.id)),
            Other::Payment => (Found::Payments, "/console/payments", Some(&hit.id)),
            Other::Export => (Found::Exports, "/console/accounting", None),
            Other::Hold => (Found::Holds, "/console/holds", None),
            Other::User => (Found::Users, "/console/users", None),
            Other::Mapping => (Found::Mappings, "/console/mappings", Some(&hit.id)),
            Other::Reference => (Found::Reference, "/console/reference", Some(&hit.id)),
        };
        if !visit.role().is_some_and(|role| crate::access::may_open(role, folder)) {
            continue;
        }
        let href = match (hit.kind, page) {
            // The paper itself.
            (Other::Statement, _) => {
                format!("{folder}/{}/{}.pdf", encode(&hit.id), visit.lang.tag())
            }
            (Other::Reference, Some(id)) => {
                format!("{folder}/{}?filter={}", encode(id), encode(&hit.title))
            }
            (_, Some(id)) => format!("{folder}/{}", encode(id)),
            (_, None) => folder.into(),
        };
        let detail = if hit.detail == hit.title { String::new() } else { hit.detail.clone() };
        let shown = Hit { title: hit.title.clone(), detail, href };
        match groups.last_mut().filter(|group| group.kind == kind) {
            Some(group) => {
                group.all += 1;
                group.hits.push(shown);
            }
            None => groups.push(Group { kind, hits: vec![shown], all: 1 }),
        }
    }
    groups
}

fn files(found: &(Vec<(String, String)>, i64)) -> Option<Group> {
    let hits = found.0.iter().map(|(id, name)| Hit {
        href: format!("/console/imports/{id}"),
        title: name.clone(),
        detail: String::new(),
    });
    group(Found::Imports, found.1, hits.collect())
}
