//! Today: who is close to a tier, what may be closed, what waits for a decision.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::access::Action;
use engine::by_hand;
use engine::db::Reader;
use engine::imports::{self, ImportRow};
use engine::outbox::webhook::{self, Status};
use engine::rules::Rules;
use engine::settle;
use engine::views::{loyalty, today as views};
use jiff::SignedDuration;

use super::programs::in_each;
use crate::app::Routes;
use crate::console::today::{self, Close, Exception, NearMiss, Stock};
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::{Lang, fill};
use crate::reading::{self, standing};
use crate::ui::Tone;
use crate::view::PartnerRef;
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    routes.get("/console", get(show));
}

/// How long a letter that did not arrive stands on the page.
const FAILED_SHOWN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Near misses shown.
const NEAR_SHOWN: usize = 8;
/// Files with refused rows, and codes nobody knows, shown of each at most.
const EXCEPTIONS_SHOWN: usize = 6;

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let found = views::today(&mut reader, &rules, &master, visit.now).await?;
    let reports = imports::in_review(&mut reader, EXCEPTIONS_SHOWN).await?;
    let approvals = super::money::approvals::queue(&visit, &mut reader).await?;
    let approvals_all = approvals.iter().map(|row| row.payouts.max(1)).sum();
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let page = today::Page {
        today: visit.today(),
        as_of: visit.local(visit.now),
        stock: Stock {
            partners: count(found.stock.partners),
            products: count(found.stock.products),
            lines: count(found.stock.facts),
            programs: rules.plans.len() as u64,
        },
        near_all: count(found.near_all),
        near: found.near.iter().take(NEAR_SHOWN).map(|near| near_miss(visit.lang, near)).collect(),
        closes: closes(&visit, &mut reader, &rules, &found).await?,
        approvals,
        approvals_all,
        exceptions: [others(&visit, &mut reader).await?, exceptions(&visit, &found, &reports)]
            .concat(),
        accrued: accrued(&visit, &mut reader, &rules).await?,
    };
    Ok(visit.page(&page).into_response())
}

/// What running periods have accrued, by currency, the largest first.
async fn accrued(visit: &Visit, reader: &mut Reader, rules: &Rules) -> Result<Vec<Money>, Failure> {
    let mut accrued = Vec::<Money>::new();
    for line in engine::views::programs::programs(reader, rules, visit.now).await? {
        for (unit, amount) in &line.running.earned {
            match accrued.iter_mut().find(|sum| sum.currency == *unit) {
                Some(sum) => sum.amount += amount,
                None => accrued.push(Money::new(*amount, *unit)),
            }
        }
    }
    accrued.retain(|sum| !sum.is_zero());
    accrued.sort_by_key(|sum| std::cmp::Reverse(sum.amount));
    Ok(accrued)
}

pub fn near_miss(lang: Lang, near: &views::NearMiss) -> NearMiss {
    NearMiss {
        partner: PartnerRef {
            code: near.code.clone(),
            name: reading::name(lang, &near.names, &near.code),
        },
        region: near.region.clone().unwrap_or_default(),
        standing: standing::standing(lang, &near.standing),
        brings: reading::rules::sales_of_gap(&near.standing),
        explain: Some(near.standing.of.to_string()),
    }
}

/// Periods that are over, with what closing them will pay: the same figure as on their pages.
async fn closes(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
    found: &views::Today,
) -> Result<Vec<Close>, Failure> {
    let mut previews = HashMap::new();
    let mut closes = vec![];
    for close in &found.closes {
        let Some(own) = close.amounts.first().map(|(unit, _)| *unit) else { continue };
        let previews = match previews.entry(close.program_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                unknown.insert(settle::preview(reader, rules, close.program_id, None).await?)
            }
        };
        let of_period = || previews.iter().filter(|one| one.line.period.name == close.period.name);
        let partners: BTreeSet<i64> = of_period().map(|one| one.partner_id).collect();
        closes.push(Close {
            id: reading::period_id(&close.program, &close.period.name),
            program: reading::name(visit.lang, &close.program_names, &close.program),
            period: reading::period(&close.period),
            may_close_from: close.closable_from,
            partners: partners.len() as u64,
            amounts: in_each(own, of_period().map(|one| Money::new(one.line.amount, one.unit))),
            exceptions: u64::try_from(close.waiting).unwrap_or_default(),
        });
    }
    Ok(closes)
}

/// Reports that wait to be taken; codes nobody knows, since one record solves all their lines; then lines that wait for a
/// rate or a price, and files whose rows were refused, the newest first.
/// Receivers that do not answer, and points that wait for a second person; each for those who may do
/// something about it.
async fn others(visit: &Visit, reader: &mut Reader) -> Result<Vec<Exception>, Failure> {
    let words = visit.lang.words();
    let mut all = vec![];
    if visit.role().is_some_and(|role| role.may(Action::EditTokens)) {
        let places = webhook::all(reader).await?.into_iter();
        all.extend(places.filter(|it| it.status == Status::Failing).map(|it| Exception {
            tone: Tone::Bad,
            title: fill(words.webhooks.is_failing, &[("url", &it.url)]),
            detail: words.webhooks.failing_help.into(),
            lines: 0,
            href: format!("/console/webhooks/{}", it.id),
        }));
    }
    let since = visit.now.checked_sub(FAILED_SHOWN).unwrap_or(visit.now);
    let failed = engine::mail::failed_since(reader, since).await?;
    if 0 < failed {
        all.push(Exception {
            tone: Tone::Bad,
            title: fill(words.mail.failed_title, &[("n", &failed.to_string())]),
            detail: words.mail.failed_detail.into(),
            lines: 0,
            href: "/console/mail?status=failed".into(),
        });
    }
    if visit.role().is_some_and(|role| role.may(Action::ViewPayouts)) {
        let office = visit.app.office();
        let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
        let sponsors = loyalty::sponsors(reader, (&rules, &master), visit.now).await?;
        all.extend(sponsors.iter().filter(|it| it.alerts).map(|it| {
            let w = &words.sponsors;
            let name = reading::name(visit.lang, &it.sponsor.name, &it.sponsor.code);
            Exception {
                tone: Tone::Bad,
                title: format!("{name}: {}", w.alerts),
                detail: format!("{} {}", w.pack, crate::format::quantity(it.pack)),
                lines: 0,
                href: format!("/console/loyalty/sponsors/{}", crate::ui::encode(&it.sponsor.code)),
            }
        }));
    }
    let n = by_hand::waiting(reader).await?;
    if 0 < n && visit.role().is_some_and(|role| role.may(Action::ApproveAdjustment)) {
        all.push(Exception {
            tone: Tone::Wait,
            title: fill(words.proposals.n_waiting, &[("n", &n.to_string())]),
            detail: words.proposals.help.into(),
            lines: 0,
            href: "/console/loyalty/proposals".into(),
        });
    }
    Ok(all)
}

fn exceptions(visit: &Visit, found: &views::Today, reports: &[ImportRow]) -> Vec<Exception> {
    let k = &visit.lang.words().console;
    let lines = |n: i64| u64::try_from(n).unwrap_or_default();
    let unknown = found.unknown.iter().take(EXCEPTIONS_SHOWN).map(|row| {
        let is_partner = row.reason == "unknown_partner";
        let title = if is_partner { k.unknown_partner } else { k.unknown_product };
        Exception {
            tone: Tone::Bad,
            title: fill(title, &[("code", &row.code)]),
            detail: k.unknown_detail.into(),
            lines: lines(row.rows),
            href: format!("/console/imports/{}?filter=rejected", row.import),
        }
    });
    let refused = found.refused.iter().take(EXCEPTIONS_SHOWN).map(|row| Exception {
        tone: Tone::Wait,
        title: fill(k.rows_refused, &[("file", &row.name)]),
        detail: crate::format::moment(visit.local(row.started_at), visit.lang),
        lines: lines(row.rows),
        href: format!("/console/imports/{}?filter=rejected", row.import),
    });
    let waiting = found.waiting.iter().map(|(reason, n)| Exception {
        tone: Tone::Wait,
        title: match reason.as_str() {
            "no_factor" => k.waits_no_factor,
            "no_price" => k.waits_no_price,
            "no_rate" => k.waits_no_rate,
            _ => k.waits_no_value,
        }
        .into(),
        detail: k.waits_detail.into(),
        lines: lines(*n),
        href: format!("/console/waiting?filter={reason}"),
    });
    let reports = reports.iter().map(|row| Exception {
        tone: Tone::Wait,
        title: fill(k.report_waits, &[("file", &row.name)]),
        detail: format!(
            "{} · {}",
            row.actor_name,
            crate::format::moment(visit.local(row.started_at), visit.lang)
        ),
        // Nobody has counted them yet.
        lines: 0,
        href: format!("/console/imports/{}", row.id),
    });
    reports.chain(unknown).chain(waiting).chain(refused).collect()
}
