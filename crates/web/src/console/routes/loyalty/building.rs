//! Building a promotion: the form, its preview, and its two drafts.
//!
//! # Promises
//!
//! * A look changes nothing. What is kept was shown before, and both texts are read by the parsers
//!   that read them when they act.
//! * The draft of a wallet that is there already is added to, never thrown away.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::code::PartnerCode;
use domain::program::Reward;
use domain::wallet::{WalletFile, is_hidden};
use engine::catalog::{self, Listing, MasterData};
use engine::db::Reader;
use engine::programs;
use engine::rules::{self, Rules};
use engine::trial::TrialError;
use engine::trial::promotion::{self as trying, Draft, WouldHave};
use engine::wallets::{self as engine_wallets, Active, VersionStatus, WalletVersion};
use jiff::ToSpan;
use jiff::civil::Date;

use super::super::programs::{problems_of, refusal};
use super::{partner_of, partners};
use crate::app::{App, Routes, posts};
use crate::console::loyalty::builder::{Choices, Page, Preview, Texts, WaitsPage};
use crate::console::loyalty::building::{Form, Template, with_promotion};
use crate::console::loyalty::promotions::LIST;
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading::{self, loyalty as words, promotions as say};
use crate::ui::encode;
use crate::visit::{self, Sent, Visit};

/// So many partners are named.
const SAMPLE_MAX: usize = 12;

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/promotions/new", get(new));
    routes.post("/console/loyalty/promotions/new", posts(send));
}

async fn new(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let query = visit::query(&visit.here);
    let template = query.get("template").and_then(|word| Template::from_word(word));
    let of = rules.wallets.first();
    let choices = choices(visit.lang, &rules, of);
    let form = template.zip(of).map(|(template, of)| {
        let first = |all: &[(String, String)]| all.first().map(|(code, _)| code.clone());
        let unit = first(&choices.units).unwrap_or_default();
        let base = first(&choices.bases).unwrap_or_default();
        let begun = Form::begun(template, visit.today(), (&unit, &base));
        Form { wallet: of.code.clone(), ..begun }
    });
    let page = Page { form, choices, wrong: vec![], texts: None, preview: None, refused: None };
    Ok(visit.page(&page).into_response())
}

/// What the wallets that act declare. Whatever a wallet has may be chosen; what belongs to another
/// one is refused when the texts are read.
fn choices(lang: Lang, rules: &Rules, of: Option<&Active>) -> Choices {
    let mut found = Choices { wallets: super::named(lang, rules), ..Choices::default() };
    let Some(of) = of else { return found };
    let wallet = &of.wallet;
    let units = wallet.points.values().filter(|it| !is_hidden(&it.unit) && it.is_spendable());
    found.units =
        units.map(|it| (it.unit.to_string(), reading::name(lang, &it.name, &it.unit))).collect();
    found.vouchers = wallet
        .vouchers
        .values()
        .map(|it| (it.code.to_string(), reading::name(lang, &it.name, &it.code)))
        .collect();
    found.badges = wallet
        .badges
        .values()
        .map(|it| (it.code.to_string(), reading::name(lang, &it.name, &it.code)))
        .collect();
    found.bases = bases(lang, rules, of).into_iter().map(|(code, name, _)| (code, name)).collect();
    found
}

/// Terms that pay points of a wallet for each fact: `program/term`, what they are called, and in
/// which points.
fn bases(lang: Lang, rules: &Rules, of: &Active) -> Vec<(String, String, String)> {
    let mut found = vec![];
    for (_, plan) in rules.shown() {
        let program = plan.newest();
        for term in &program.terms {
            let Reward::Points(reward) = &term.reward else { continue };
            if term.group_by.fact && term.promotion.is_none() && of.wallet.pays(&term.reward) {
                let name = reading::name(lang, &program.name, program.code.as_str());
                let own = reading::name(lang, &term.name, term.code.as_str());
                let code = format!("{}/{}", program.code, term.code);
                found.push((code, format!("{name}: {own}"), reward.points.clone()));
            }
        }
    }
    found
}

/// The newest text of a wallet, and its version.
fn newest<'v>(versions: &'v [WalletVersion], code: &str) -> Option<&'v WalletVersion> {
    let own = || versions.iter().filter(|row| row.code == code);
    own().find(|row| row.status == VersionStatus::Draft).or_else(|| own().next())
}

async fn send(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let lang = visit.lang;
    let mut form = Form::of(&sent.form);
    let mut reader = visit.reader().await?;
    let office = app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let of = rules.wallets.iter().find(|of| of.code == form.wallet);
    let of = of.ok_or(Failure::NotFound)?;
    if form.gives == "factor" {
        let base = bases(lang, &rules, of).into_iter().find(|(code, ..)| *code == form.base);
        form.unit = base.map(|(.., unit)| unit).unwrap_or_default();
    }
    let mut wrong = form.wrong(lang);
    let versions = engine_wallets::versions(&mut reader).await?;
    let before = newest(&versions, &of.code).ok_or(Failure::NotFound)?;
    if wrong.is_empty() && is_taken(&mut reader, &rules, &before.text, &form).await? {
        wrong.push(("code", lang.words().promotions.taken_code));
    }
    let mut page = Page {
        choices: choices(lang, &rules, Some(of)),
        wrong,
        texts: None,
        preview: None,
        refused: None,
        form: Some(form.clone()),
    };
    if !page.wrong.is_empty() {
        return Ok(visit.page(&page).into_response());
    }
    let money = (lang, visit.settings.currency.as_str());
    let Some(built) = built(&mut reader, money, of, (&before.text, &form)).await? else {
        return Err(Failure::Conflict(lang.words().loyalty.errors_first.into()));
    };
    let may_be_kept = built.texts.may_be_kept();
    if may_be_kept && sent.form.get("do").is_some_and(|act| act == "save") {
        drop(reader);
        return match save(&app, &visit, &form, &built).await? {
            Ok(to) => Ok(to.into_response()),
            Err(why) => {
                page.texts = Some(built.texts);
                page.refused = Some(why);
                Ok(visit.page(&page).into_response())
            }
        };
    }
    if let Some(draft) = built.draft.as_ref().filter(|_| may_be_kept) {
        page.preview = Some(preview(&visit, &mut reader, (&rules, &master), (draft, &form)).await?);
    }
    page.texts = Some(built.texts);
    Ok(visit.page(&page).into_response())
}

/// Whether a promotion or program has the code already.
async fn is_taken(
    reader: &mut Reader,
    rules: &Rules,
    text: &str,
    form: &Form,
) -> Result<bool, Failure> {
    let (file, _) = engine_wallets::check(reader, text).await?;
    let in_draft = file.is_some_and(|file| file.wallet.declares(&form.code));
    let acts = rules.wallets.iter().any(|of| of.wallet.declares(&form.code));
    let program = rules::program_by_code(reader, &form.code).await?.is_some();
    Ok(in_draft || acts || program)
}

/// What the form makes.
struct Built {
    texts: Texts,
    /// The whole text of the wallet.
    wallet: String,
    draft: Option<Draft>,
}

/// The two texts, read. `None` if the wallet cannot take the promotion in.
async fn built(
    reader: &mut Reader,
    (lang, currency): (Lang, &str),
    of: &Active,
    (before, form): (&str, &Form),
) -> Result<Option<Built>, Failure> {
    let Some(text) = with_promotion(before, &form.block()) else { return Ok(None) };
    let (file, mut problems) = engine_wallets::check(reader, &text).await?;
    let (was, known) = engine_wallets::check(reader, before).await?;
    // What was said of the wallet before is not about the promotion.
    problems.retain(|problem| known.iter().all(|it| it.message != problem.message));
    if !file.as_ref().zip(was.as_ref()).is_none_or(|(new, old)| adds_only(new, old, &form.code)) {
        return Ok(None);
    }
    let money = of.money.map_or_else(|| currency.to_owned(), |money| money.to_string());
    let zone = of.wallet.time_zone.iana_name().unwrap_or("UTC");
    let program = form.program(&money, zone);
    let checked = programs::check_text(&program);
    problems.extend(checked.problems);
    let draft = file.zip(checked.program).map(|(file, program)| Draft {
        money: file.wallet.currency.or(of.money),
        wallet: file.wallet,
        promotion: form.code.clone(),
        program,
    });
    let texts = Texts {
        wallet: of.code.clone(),
        block: form.block(),
        program,
        checks: problems_of(lang, &problems),
    };
    Ok(Some(Built { texts, wallet: text, draft }))
}

/// Whether a text says what another one says, and one more promotion.
fn adds_only(new: &WalletFile, old: &WalletFile, code: &str) -> bool {
    let mut without = new.clone();
    without.wallet.promotions.remove(code).is_some() && without == *old
}

/// Keeps both drafts, or neither.
async fn save(
    app: &App,
    visit: &Visit,
    form: &Form,
    built: &Built,
) -> Result<Result<Redirect, String>, Failure> {
    let actor = visit.actor()?;
    let mut tx = app.office().db().write().await?;
    engine_wallets::draft(&mut tx, &actor, visit.now, &built.wallet).await?;
    let kept = programs::create_draft(&mut tx, &actor, visit.now, &built.texts.program).await;
    if let Err(error) = kept {
        return refusal(error, visit).map(Err);
    }
    tx.commit().await?;
    Ok(Ok(Redirect::to(&format!("{LIST}/{}?done=saved", encode(&form.code)))))
}

async fn preview(
    visit: &Visit,
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    (draft, form): (&Draft, &Form),
) -> Result<Preview, Failure> {
    let lang = visit.lang;
    let p = &lang.words().promotions;
    let today = visit.today();
    let may = draft.may_take_part(master, today);
    let (n, all) = (format::count(may.partners.len() as u64), format::count(may.all as u64));
    let sample = sample(visit, reader, &may.partners, &form.search).await?;
    let back = form.back_days();
    let to = today.yesterday().unwrap_or(today);
    let from = to.checked_sub((back - 1).days()).unwrap_or(to);
    let ask = (draft, from, to);
    let would = trying::promotion(reader, rules, master, visit.now, ask).await.map_err(failed)?;
    let more = may.partners.len().saturating_sub(sample.len());
    let more = (form.search.is_empty() && more > 0)
        .then(|| fill(p.n_more, &[("n", &format::count(more as u64))]));
    let named = {
        let codes = most(&would).into_iter().map(|(code, _)| code.as_str().to_owned());
        let codes: Vec<String> = codes.collect();
        partners(visit, reader, codes.iter().map(String::as_str)).await?
    };
    let top = most(&would).into_iter().map(|(code, taken)| {
        let partner = partner_of(&named, code.as_str());
        let points = format::quantity(taken.points);
        let vouchers = format::quantity(taken.vouchers);
        (partner.code, partner.name, format::count(taken.uses), points, vouchers)
    });
    Ok(Preview {
        who: fill(p.who_may_n, &[("n", &n), ("all", &all)]),
        sample,
        more,
        span: span(lang, back, (from, to)),
        enrolled: form.enrolment == "required",
        waiting: (would.waiting > 0)
            .then(|| fill(p.would_have_waiting, &[("n", &format::count(would.waiting as u64))])),
        sums: vec![
            (p.partners_given, format::count(would.partners.len() as u64)),
            (p.uses, format::count(would.taken.uses)),
            (p.points, format::quantity(would.taken.points)),
            (p.vouchers, format::quantity(would.taken.vouchers)),
            (p.cost, words::money(lang, would.taken.liability, draft.money)),
        ],
        top: top.collect(),
        refused: refused(lang, &would),
    })
}

fn span(lang: Lang, days: i32, (from, to): (Date, Date)) -> String {
    let (from, to) = (format::day_long(from, lang), format::day_long(to, lang));
    let days = days.to_string();
    let p = &lang.words().promotions;
    fill(p.would_have_span, &[("n", &days), ("from", &from), ("to", &to)])
}

fn refused(lang: Lang, would: &WouldHave) -> Vec<(String, String)> {
    let said = |(why, times): (&domain::wallet::Refusal, &u64)| {
        (say::refusal(lang, *why), format::count(*times))
    };
    would.refused.iter().map(said).collect()
}

/// Who would have been given most.
fn most(would: &WouldHave) -> Vec<&(domain::code::PartnerCode, domain::wallet::Taken)> {
    let mut all: Vec<_> = would.partners.iter().collect();
    all.sort_by_key(|(code, taken)| {
        (std::cmp::Reverse((taken.points, taken.vouchers, taken.uses)), code.clone())
    });
    all.truncate(SAMPLE_MAX);
    all
}

/// Some of those who may, or with a search whoever is found, and whether it may.
async fn sample(
    visit: &Visit,
    reader: &mut Reader,
    may: &[domain::code::PartnerCode],
    search: &str,
) -> Result<Vec<(String, String, bool)>, Failure> {
    if !search.is_empty() {
        let limit = i64::try_from(SAMPLE_MAX).unwrap_or(i64::MAX);
        let listing = Listing { search: search.to_owned(), offset: 0, limit };
        let found = catalog::partners(reader, &listing).await?;
        return Ok(found
            .rows
            .into_iter()
            .map(|row| {
                let is_in = may.iter().any(|code| code.as_str() == row.code);
                let partner = reading::partner_ref(visit.lang, &row);
                (partner.code, partner.name, is_in)
            })
            .collect());
    }
    let some: Vec<&str> = may.iter().take(SAMPLE_MAX).map(PartnerCode::as_str).collect();
    let named = partners(visit, reader, some.iter().copied()).await?;
    Ok(some
        .into_iter()
        .map(|code| {
            let partner = partner_of(&named, code);
            (partner.code, partner.name, true)
        })
        .collect())
}

fn failed(error: TrialError) -> Failure {
    match error {
        TrialError::Db(error) => error.into(),
        TrialError::Rules(error) => error.into(),
        told => Failure::Conflict(told.to_string()),
    }
}

/// The drafts of a promotion that no wallet which acts declares. `None` if there are none.
pub async fn waits(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
) -> Result<Option<WaitsPage>, Failure> {
    for row in engine_wallets::versions(reader).await? {
        if row.status != VersionStatus::Draft {
            continue;
        }
        let (file, _) = engine_wallets::check(reader, &row.text).await?;
        let Some(of) = file.as_ref().and_then(|file| file.wallet.promotions.get(code)) else {
            continue;
        };
        return Ok(Some(WaitsPage {
            code: code.to_owned(),
            name: reading::name(visit.lang, &of.name, code),
            days: say::days(visit.lang, of),
            wallet: (row.code.clone(), row.version),
            wallet_is_active: false,
            program: program_of(reader, code).await?,
        }));
    }
    Ok(None)
}

/// The newest version of the program that a promotion was built with, and whether it acts.
pub async fn program_of(reader: &mut Reader, code: &str) -> Result<Option<(i64, bool)>, Failure> {
    let Some(row) = rules::program_by_code(reader, code).await? else { return Ok(None) };
    let versions = rules::versions(reader, row.program_id).await?;
    let newest = versions.iter().max_by_key(|version| version.version);
    Ok(newest.map(|it| (it.version, it.status == rules::VersionStatus::Active)))
}

/// The promotions that stand in drafts of wallets alone: code and name.
pub async fn drafted(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
) -> Result<Vec<(String, String)>, Failure> {
    let mut found = vec![];
    for row in engine_wallets::versions(reader).await? {
        if row.status != VersionStatus::Draft {
            continue;
        }
        let (file, _) = engine_wallets::check(reader, &row.text).await?;
        let acts = rules.wallets.iter().find(|of| of.code == row.code);
        for of in file.iter().flat_map(|file| file.wallet.promotions.values()) {
            if acts.is_none_or(|acts| !acts.wallet.promotions.contains_key(&of.code)) {
                let name = reading::name(visit.lang, &of.name, &of.code);
                found.push((of.code.to_string(), name));
            }
        }
    }
    Ok(found)
}
