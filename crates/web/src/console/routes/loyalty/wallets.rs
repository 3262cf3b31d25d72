//! Wallets: the list, what one declares, its text, and letting a draft act.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::code::PartnerCode;
use domain::program::Names;
use domain::wallet::{
    CatalogueReward, PointCurrency, TierGroup, VoucherKind, Wallet, WalletFile, is_hidden,
};
use engine::db::Reader;
use engine::programs::needs_second;
use engine::views::loyalty::{self, Taken};
use engine::wallets::{self as engine_wallets, VersionStatus, WalletError, WalletVersion};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::programs::{activated, diff, problems_of};
use super::tier_name;
use crate::app::{App, Routes};
use crate::console::loyalty::{text, wallet, wallets};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::reading::loyalty as say;
use crate::ui::encode;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/wallets", get(show_all));
    routes.get("/console/loyalty/wallets/new", get(new_text));
    routes.post("/console/loyalty/wallets/new", post(send_new));
    routes.get("/console/loyalty/wallets/{code}", get(show));
    routes.get("/console/loyalty/wallets/{code}/edit", get(edit_text));
    routes.post("/console/loyalty/wallets/{code}/edit", post(send_text));
    routes.post("/console/loyalty/wallets/{code}/activate", post(activate));
}

/// What a new wallet begins with.
const EXAMPLE_EN: &str = include_str!("example.en.yaml");
const EXAMPLE_JA: &str = include_str!("example.ja.yaml");

fn is_active(row: &WalletVersion) -> bool {
    row.status == VersionStatus::Active
}

/// Who activated a version or wrote it, and when.
fn who(visit: &Visit, row: &WalletVersion) -> (String, String) {
    let who = row.activated_by.as_ref().unwrap_or(&row.created_by);
    let when = visit.local(row.activated_at.unwrap_or(row.created_at));
    (who.clone(), format::moment_column(when, visit.lang))
}

fn by(visit: &Visit, row: &WalletVersion) -> String {
    let (who, when) = who(visit, row);
    fill(visit.lang.words().loyalty.by_whom, &[("who", &who), ("when", &when)])
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let l = &visit.lang.words().loyalty;
    let all = engine_wallets::versions(&mut reader).await?;
    let mut codes: Vec<&str> = all.iter().map(|row| row.code.as_str()).collect();
    codes.dedup();
    let mut rows = vec![];
    for code in codes {
        let own: Vec<&WalletVersion> = all.iter().filter(|row| row.code == code).collect();
        let active = own.iter().find(|row| is_active(row));
        let draft = own.iter().find(|row| !is_active(row));
        let Some(shown) = active.or(draft) else { continue };
        let (file, _) = engine_wallets::check(&mut reader, &shown.text).await?;
        let name = file.as_ref().map(|file| reading::name(visit.lang, &file.name, code));
        let said = |template: &str, row: &WalletVersion| {
            fill(template, &[("n", &row.version.to_string())])
        };
        rows.push(wallets::Row {
            code: code.into(),
            name: name.unwrap_or_else(|| code.into()),
            active: active.map(|row| said(l.active_version, row)),
            draft: draft.map(|row| said(l.draft_version, row)),
            holds: file.map(|file| holds(visit.lang, &file.wallet)).unwrap_or_default(),
            by: own.first().map(|row| who(&visit, row)).unwrap_or_default(),
        });
    }
    Ok(visit.page(&wallets::Page { rows }).into_response())
}

fn holds(lang: Lang, wallet: &Wallet) -> Vec<String> {
    let l = &lang.words().loyalty;
    let points = wallet.points.keys().filter(|unit| !is_hidden(unit)).count();
    [
        (l.n_points, points),
        (l.n_groups, wallet.tier_groups.len()),
        (l.n_vouchers, wallet.vouchers.len()),
        (l.n_rewards, wallet.rewards.len()),
    ]
    .into_iter()
    .filter(|(_, n)| *n > 0)
    .map(|(word, n)| fill(word, &[("n", &n.to_string())]))
    .collect()
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let all = engine_wallets::versions(&mut reader).await?;
    let own: Vec<&WalletVersion> = all.iter().filter(|row| row.code == code).collect();
    let query = visit::query(&visit.here);
    let asked = query.get("version").and_then(|text| text.parse::<i64>().ok());
    let active = own.iter().find(|row| is_active(row)).copied();
    let draft = own.iter().find(|row| !is_active(row)).copied();
    let shown = asked.and_then(|n| own.iter().find(|row| row.version == n).copied());
    let shown = shown.or(active).or(draft).ok_or(Failure::NotFound)?;
    let (file, _) = engine_wallets::check(&mut reader, &shown.text).await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let acting = rules.wallets.iter().find(|of| of.code == code);
    let taken = match acting {
        Some(of) => loyalty::taken(&mut reader, of).await?,
        None => Taken::default(),
    };
    let money = acting.and_then(|of| of.money);
    let mut page = declared(visit.lang, file.as_ref(), (&code, money), &taken);
    page.is_active = is_active(shown);
    page.shown = shown.version;
    page.text.clone_from(&shown.text);
    let version = |row: &&WalletVersion| wallet::Version {
        number: row.version,
        is_draft: !is_active(row),
        by: by(&visit, row),
    };
    page.versions = own.iter().map(version).collect();
    if let Some(draft) = draft {
        page.draft = Some(wallet::Draft {
            number: draft.version,
            by: by(&visit, draft),
            against: active.map(|row| row.version),
            changes: active.map(|row| diff(&row.text, &draft.text)).unwrap_or_default(),
            needs_other: own_draft(&visit, &mut reader, draft).await?,
        });
    }
    Ok(visit.page(&page).into_response())
}

/// Who wrote the draft, if that is the reader and another person has to activate it.
async fn own_draft(
    visit: &Visit,
    reader: &mut Reader,
    draft: &WalletVersion,
) -> Result<Option<String>, Failure> {
    let actor = visit.actor()?;
    let is_own = draft.author_id.is_some() && draft.author_id.as_deref() == actor.public_id();
    let needs = is_own && needs_second(reader).await?;
    Ok(needs.then(|| draft.created_by.clone()))
}

/// What a text declares, in words.
fn declared(
    lang: Lang,
    file: Option<&WalletFile>,
    (code, money): (&str, Option<Currency>),
    taken: &Taken,
) -> wallet::Page {
    let mut page = wallet::Page {
        code: code.into(),
        name: code.into(),
        description: None,
        is_active: false,
        shown: 0,
        points: vec![],
        groups: vec![],
        benefits: vec![],
        vouchers: vec![],
        rewards: vec![],
        badges: vec![],
        pools: vec![],
        text: String::new(),
        versions: vec![],
        draft: None,
    };
    let Some(file) = file else { return page };
    let of = &file.wallet;
    let money = of.currency.or(money);
    page.name = reading::name(lang, &file.name, code);
    page.description = text_in(lang, &file.description);
    let shown = of.points.values().filter(|it| !is_hidden(&it.unit));
    page.points = shown.map(|it| currency(lang, it, money)).collect();
    page.groups = of.tier_groups.values().map(|it| group(lang, of, it)).collect();
    page.vouchers = of.vouchers.values().map(|it| voucher(lang, it, money, taken)).collect();
    page.rewards = of.rewards.values().map(|it| reward(lang, of, it, money, taken)).collect();
    let l = &lang.words().loyalty;
    let said = |names: &Names, code: &str, description: &Names, rows| wallet::Said {
        name: reading::name(lang, names, code),
        code: code.into(),
        description: text_in(lang, description),
        rows,
    };
    let benefits = of.benefits.values();
    page.benefits = benefits
        .map(|it| {
            let gives = say::benefit(lang, of, &it.gives);
            said(&it.name, &it.code, &it.description, vec![(l.gives, gives)])
        })
        .collect();
    page.badges = of
        .badges
        .values()
        .map(|it| {
            let ends = say::expiry(lang, it.expiry);
            said(&it.name, &it.code, &it.description, vec![(l.expires, ends)])
        })
        .collect();
    let nothing = Names::default();
    page.pools = of
        .pools
        .iter()
        .map(|(code, pool)| {
            let share = fill(l.pool_share, &[("rate", &format::rate(pool.share))]);
            let members: Vec<&str> = pool.members.iter().map(PartnerCode::as_str).collect();
            let rows = vec![
                (l.points, format!("{} · {share}", pool.points)),
                (l.members, members.join(", ")),
            ];
            said(&nothing, code.as_str(), &nothing, rows)
        })
        .collect();
    page
}

fn text_in(lang: Lang, names: &Names) -> Option<String> {
    (!names.is_empty()).then(|| reading::name(lang, names, ""))
}

fn currency(lang: Lang, of: &PointCurrency, money: Option<Currency>) -> wallet::Said {
    let l = &lang.words().loyalty;
    let a_point =
        |amount: Decimal| fill(l.per_point, &[("amount", &say::price(lang, amount, money))]);
    let waits = if of.escrow.is_nothing() {
        l.at_once.into()
    } else {
        fill(l.after_span, &[("span", &say::span(lang, of.escrow))])
    };
    let mut rows = vec![
        (l.kind, (if of.is_spendable() { l.spendable } else { l.qualifying }).to_owned()),
        (l.expires, say::expiry(lang, of.expiry)),
        (l.waits, waits),
    ];
    if !of.cost.is_zero() {
        rows.push((l.cost, a_point(of.cost)));
    }
    rows.extend(of.worth.map(|worth| (l.worth, a_point(worth))));
    wallet::Said {
        name: reading::name(lang, &of.name, &of.unit),
        code: of.unit.to_string(),
        description: text_in(lang, &of.description),
        rows,
    }
}

fn group(lang: Lang, of: &Wallet, group: &TierGroup) -> wallet::Group {
    let l = &lang.words().loyalty;
    let by = if is_hidden(&group.by) {
        l.by_total.to_owned()
    } else {
        let names = of.points.get(&group.by).map(|it| it.name.clone()).unwrap_or_default();
        fill(l.by_balance, &[("name", &reading::name(lang, &names, &group.by))])
    };
    let holds = match group.period {
        Some(period) => fill(l.holds_period, &[("span", &say::span(lang, period.every))]),
        None => l.holds_while.into(),
    };
    let rows = group.rows.iter().enumerate().filter_map(|(at, row)| {
        let benefits = row.benefits.iter().map(|code| {
            let names = of.benefits.get(code).map(|it| it.name.clone()).unwrap_or_default();
            reading::name(lang, &names, code)
        });
        let benefits: Vec<String> = benefits.collect();
        let sign = if row.is_above { "> " } else { "" };
        let from = format!("{sign}{}", format::quantity(row.from));
        let sep = lang.say("、", ", ");
        Some((tier_name(lang, group, Some(at))?, row.tier.to_string(), from, benefits.join(sep)))
    });
    wallet::Group {
        name: reading::name(lang, &group.name, &group.code),
        code: group.code.to_string(),
        rule: format!("{by}{}{holds}", lang.say("。", ". ")),
        rows: rows.collect(),
    }
}

fn limits(lang: Lang, total: Option<u32>, per_partner: Option<u32>) -> String {
    let l = &lang.words().loyalty;
    let total = total.map(format::count);
    let each = per_partner.map(|n| fill(l.per_partner, &[("n", &format::count(n))]));
    let said: Vec<String> = total.into_iter().chain(each).collect();
    if said.is_empty() { l.no_limit.into() } else { said.join(" · ") }
}

fn voucher(lang: Lang, of: &VoucherKind, money: Option<Currency>, taken: &Taken) -> wallet::Entry {
    let issued = taken.issued.get(&*of.code).copied().unwrap_or_default();
    wallet::Entry {
        name: reading::name(lang, &of.name, &of.code),
        code: of.code.to_string(),
        cells: vec![
            say::pays(lang, &of.pays, money),
            say::expiry(lang, of.expiry),
            limits(lang, of.limit.total, of.limit.per_partner),
            format::quantity(issued),
        ],
    }
}

fn reward(
    lang: Lang,
    wallet: &Wallet,
    of: &CatalogueReward,
    money: Option<Currency>,
    taken: &Taken,
) -> wallet::Entry {
    let l = &lang.words().loyalty;
    let mut price = say::points_of(lang, wallet, of.price, &of.points);
    if let Some(besides) = of.money {
        let besides = say::price(lang, besides, money);
        price = format!("{price} {}", fill(l.with_money, &[("amount", &besides)]));
    }
    let ordered = taken.ordered.get(&*of.code).copied().unwrap_or_default();
    let left = of.stock.map(|stock| (Decimal::from(stock) - ordered).max(Decimal::ZERO));
    wallet::Entry {
        name: reading::name(lang, &of.name, &of.code),
        code: of.code.to_string(),
        cells: vec![
            price,
            say::gives(lang, wallet, &of.gives, money),
            limits(lang, of.stock, of.per_partner),
            left.map_or_else(|| l.no_limit.to_owned(), format::quantity),
        ],
    }
}

async fn new_text(visit: Visit) -> Result<Response, Failure> {
    let text = visit.lang.say(EXAMPLE_JA, EXAMPLE_EN).to_owned();
    let about = text::About::Wallet;
    let page = text::Page { about, of: None, text, checks: None, refused: None };
    Ok(visit.page(&page).into_response())
}

async fn edit_text(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let of = named(&visit, &mut reader, &code).await?;
    let all = engine_wallets::versions(&mut reader).await?;
    let newest = all.into_iter().find(|row| row.code == code).ok_or(Failure::NotFound)?;
    let about = text::About::Wallet;
    let page = text::Page { about, of: Some(of), text: newest.text, checks: None, refused: None };
    Ok(visit.page(&page).into_response())
}

/// Code and name of a wallet that is there.
async fn named(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
) -> Result<(String, String), Failure> {
    let all = engine_wallets::versions(reader).await?;
    let newest = all.iter().find(|row| row.code == code).ok_or(Failure::NotFound)?;
    let (file, _) = engine_wallets::check(reader, &newest.text).await?;
    let name = file.map(|file| reading::name(visit.lang, &file.name, code));
    Ok((code.to_owned(), name.unwrap_or_else(|| code.to_owned())))
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
    let of = named(&visit, &mut visit.reader().await?, &code).await?;
    answer(&app, &visit, Some(of), sent.form).await
}

/// Checks the text, and keeps it as a draft if that was asked for and nothing is wrong.
async fn answer(
    app: &App,
    visit: &Visit,
    of: Option<(String, String)>,
    form: TextForm,
) -> Result<Response, Failure> {
    // Browsers send line ends of their own.
    let text = form.text.replace("\r\n", "\n");
    let l = &visit.lang.words().loyalty;
    let mut reader = visit.reader().await?;
    let (file, problems) = engine_wallets::check(&mut reader, &text).await?;
    drop(reader);
    let checks = Some(problems_of(visit.lang, &problems));
    let other = file.as_ref().zip(of.as_ref()).is_some_and(|(file, (code, _))| file.code != *code);
    let about = text::About::Wallet;
    let mut page = text::Page { about, of, text, checks, refused: None };
    if form.action == "save" {
        if file.is_none() {
            page.refused = Some(l.errors_first.into());
        } else if other {
            page.refused = Some(l.other_wallet.into());
        } else {
            let mut tx = app.office().db().write().await?;
            let (code, version) =
                engine_wallets::draft(&mut tx, &visit.actor()?, visit.now, &page.text).await?;
            tx.commit().await?;
            let to =
                format!("/console/loyalty/wallets/{}?version={version}&done=saved", encode(&code));
            return Ok(Redirect::to(&to).into_response());
        }
    }
    Ok(visit.page(&page).into_response())
}

/// Lets the draft act.
async fn activate(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let l = &visit.lang.words().loyalty;
    let mut tx = app.office().db().write().await?;
    let done = engine_wallets::activate(&mut tx, &visit.actor()?, visit.now, &code).await;
    done.map_err(|error| match error {
        WalletError::NoDraft { .. } => Failure::Conflict(l.no_draft_now.into()),
        WalletError::Problems(_) => Failure::Conflict(l.errors_first.into()),
        why @ (WalletError::FourEyes | WalletError::Held { .. } | WalletError::Declared { .. }) => {
            Failure::Conflict(why.to_string())
        }
        error => error.into(),
    })?;
    tx.commit().await?;
    activated(&app);
    let to = format!("/console/loyalty/wallets/{}?done=activated", encode(&code));
    Ok(Redirect::to(&to))
}
