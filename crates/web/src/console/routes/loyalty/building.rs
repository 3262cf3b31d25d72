//! Building a promotion: the form, its preview, and its two drafts.
//!
//! # Promises
//!
//! * A look changes nothing. What is kept was shown before, and both texts are read by the parsers
//!   that read them when they act.
//! * The draft of a wallet that is there already is added to, never thrown away.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::code::PartnerCode;
use domain::program::Reward;
use domain::wallet::{WalletFile, is_hidden};
use engine::access::Action;
use engine::catalog::{self, Listing, MasterData};
use engine::db::Reader;
use engine::programs;
use engine::rules::{self, Rules};
use engine::trial::TrialError;
use engine::trial::promotion::{self as trying, Draft, WouldHave};
use engine::wallets::{self as engine_wallets, Active, VersionStatus, WalletVersion};
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::programs::{problems_of, refusal};
use super::making::{self, Found, Made, Source, Unmade};
use super::{partner_of, partners};
use crate::app::{App, Routes, posts};
use crate::console::loyalty::builder::{Changing, Choices, Of, Page, Preview, Texts, WaitsPage};
use crate::console::loyalty::building::{Form, Template};
use crate::console::loyalty::promotions::LIST;
use crate::diff;
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
    routes.get("/console/loyalty/promotions/{code}/change", get(change));
    routes.post("/console/loyalty/promotions/{code}/change", posts(send_change));
}

async fn new(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let query = visit::query(&visit.here);
    if let Some(code) = query.get("like") {
        let found = making::found(visit.lang, &mut reader, &rules, code).await?;
        let found = found.ok_or(Failure::NotFound)?;
        return opened(&visit, &rules, found, Kind::Like);
    }
    let template = query.get("template").and_then(|word| Template::from_word(word));
    let of = rules.wallets.first();
    let choices = choices(visit.lang, &rules, of, None);
    let form = template.zip(of).map(|(template, of)| {
        let first = |all: &[(String, String)]| all.first().map(|(code, _)| code.clone());
        let unit = first(&choices.units).unwrap_or_default();
        let base = first(&choices.bases).unwrap_or_default();
        let begun = Form::begun(template, visit.today(), (&unit, &base));
        Form { wallet: of.code.clone(), ..begun }
    });
    Ok(visit.page(&Page { form, choices, ..Page::default() }).into_response())
}

/// What becomes of a promotion that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Like,
    Change,
}

async fn change(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let found = making::found(visit.lang, &mut reader, &rules, &code).await?;
    opened(&visit, &rules, found.ok_or(Failure::NotFound)?, Kind::Change)
}

/// The form, filled from the texts.
fn opened(visit: &Visit, rules: &Rules, found: Found, kind: Kind) -> Result<Response, Failure> {
    let of = rules.wallets.iter().find(|of| of.code == found.wallet).ok_or(Failure::NotFound)?;
    let was = Form { wallet: of.code.clone(), ..found.standing.form(&plays(of)) };
    let mut page = Page {
        choices: choices(visit.lang, rules, Some(of), Some(&found.standing.code)),
        kept: found.standing.kept(&was),
        ..Page::default()
    };
    match kind {
        Kind::Like => {
            page.of = Of::Like(found.standing.code.clone(), found.name.clone());
            let alone = Form { lane: String::new(), lane_name: String::new(), ..was };
            page.form = Some(Form { code: String::new(), lane_with: String::new(), ..alone });
        }
        Kind::Change => {
            let today = visit.today();
            page.of = Of::Change(Box::new(Changing {
                code: found.standing.code.clone(),
                name: found.name.clone(),
                stamp: found.stamp(),
                from: found.has_begun(today).then(|| today.to_string()),
                bad_from: None,
            }));
            keep_lanes_within(&mut page.choices, &found);
            page.form = Some(was);
        }
    }
    Ok(visit.page(&page).into_response())
}

/// Terms compete within one program; a promotion that is there stays in its own.
fn keep_lanes_within(choices: &mut Choices, found: &Found) {
    let own = format!("{}/", found.program.code);
    choices.lanes.retain(|(code, _)| code.starts_with(&own));
}

/// What the wallets that act declare. Whatever a wallet has may be chosen; what belongs to another
/// one is refused when the texts are read.
fn choices(lang: Lang, rules: &Rules, of: Option<&Active>, own: Option<&str>) -> Choices {
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
    let games = plays(of).into_iter().filter_map(|(code, ..)| {
        let game = wallet.games.get(code.as_str())?;
        Some((code, reading::name(lang, &game.name, &game.code)))
    });
    found.games = games.collect();
    found.lanes = competing(lang, rules, of, own);
    found
}

/// Games, with the currency that a play costs and how much of it. Where something else can be had
/// for that currency, it is no play that is given.
fn plays(of: &Active) -> Vec<(String, String, Decimal)> {
    let wallet = &of.wallet;
    let plays = wallet.games.values().filter_map(|game| {
        let price = game.price.as_ref().filter(|it| Decimal::ZERO < it.price)?;
        let bought = wallet.rewards.values().any(|reward| reward.points == price.points);
        let played = wallet.games.values().filter_map(|game| game.price.as_ref());
        let is_alone = played.filter(|it| it.points == price.points).count() == 1;
        (!bought && is_alone)
            .then(|| (game.code.to_string(), price.points.to_string(), price.price))
    });
    plays.collect()
}

/// Terms of other promotions that pay for each fact: `program/term`, and what they are called.
fn competing(lang: Lang, rules: &Rules, of: &Active, own: Option<&str>) -> Vec<(String, String)> {
    let mut found = vec![];
    for (_, plan) in rules.shown() {
        let program = plan.newest();
        for term in program.terms.iter().filter(|term| term.group_by.fact) {
            let promotion = term.promotion.as_deref().filter(|code| Some(*code) != own);
            let promotion = promotion.and_then(|code| of.wallet.promotions.get(code));
            if let Some(promotion) = promotion {
                let name = reading::name(lang, &promotion.name, &promotion.code);
                found.push((format!("{}/{}", program.code, term.code), name));
            }
        }
    }
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
pub fn newest<'v>(versions: &'v [WalletVersion], code: &str) -> Option<&'v WalletVersion> {
    let own = || versions.iter().filter(|row| row.code == code);
    own().find(|row| row.status == VersionStatus::Draft).or_else(|| own().next())
}

async fn send(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = app.office().rules(&mut reader).await?;
    let source = match sent.form.get("like").filter(|code| !code.is_empty()) {
        None => Source::New,
        Some(code) => {
            let found = making::found(visit.lang, &mut reader, &rules, code).await?;
            Source::Like(Box::new(found.ok_or(Failure::NotFound)?))
        }
    };
    answer(&visit, reader, &sent.form, source).await
}

async fn send_change(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = app.office().rules(&mut reader).await?;
    let found = making::found(visit.lang, &mut reader, &rules, &code).await?;
    let found = found.ok_or(Failure::NotFound)?;
    let from = sent.form.get("from").map(|day| day.trim().to_owned()).unwrap_or_default();
    answer(&visit, reader, &sent.form, Source::Change(Box::new(found), from)).await
}

/// What a form leads to: what is wrong with it, its texts with a preview, or both drafts.
async fn answer(
    visit: &Visit,
    mut reader: Reader,
    sent: &HashMap<String, String>,
    source: Source,
) -> Result<Response, Failure> {
    let lang = visit.lang;
    let w = &lang.words().promoting;
    let mut form = Form::of(sent);
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    if let Source::Like(found) | Source::Change(found, _) = &source {
        form.wallet.clone_from(&found.wallet);
    }
    let of = rules.wallets.iter().find(|of| of.code == form.wallet).ok_or(Failure::NotFound)?;
    complete(lang, &rules, of, &mut form);
    let mut page = begun(visit, &rules, of, (&form, sent), &source);
    let was = match &source {
        Source::New => Form::default(),
        Source::Like(found) | Source::Change(found, _) => found.standing.form(&plays(of)),
    };
    if let Source::Change(found, _) = &source {
        form.code.clone_from(&found.standing.code);
        keep_lanes_within(&mut page.choices, found);
        if sent.get("stamp").is_none_or(|stamp| *stamp != found.stamp()) {
            page.refused = Some(w.meanwhile.into());
            return Ok(visit.page(&page).into_response());
        }
    }
    page.wrong = form.wrong(lang);
    let versions = engine_wallets::versions(&mut reader).await?;
    let before = newest(&versions, &of.code).ok_or(Failure::NotFound)?;
    if page.wrong.is_empty()
        && !matches!(source, Source::Change(..))
        && is_taken(&mut reader, &rules, &before.text, &form).await?
    {
        page.wrong.push(("code", lang.words().promotions.taken_code));
    }
    if !page.wrong.is_empty() {
        return Ok(visit.page(&page).into_response());
    }
    let money = (lang, visit.settings.currency.as_str());
    let texts = (before.text.as_str(), &was, &form);
    let made = match making::make(money, &mut reader, of, texts, &source).await {
        Ok(made) => made,
        Err(unmade) => return not_made(visit, page, unmade),
    };
    let Some(built) = built(&mut reader, lang, (of, &form), made, &source).await? else {
        return Err(Failure::Conflict(lang.words().loyalty.errors_first.into()));
    };
    let may_be_kept = built.texts.may_be_kept();
    if may_be_kept && sent.get("do").is_some_and(|act| act == "save") {
        drop(reader);
        return match save(visit, &form, &built).await? {
            Ok(to) => Ok(to.into_response()),
            Err(why) => {
                page.texts = Some(built.texts);
                page.refused = Some(why);
                Ok(visit.page(&page).into_response())
            }
        };
    }
    if let Some(draft) = built.draft.as_ref().filter(|_| may_be_kept) {
        page.preview = Some(preview(visit, &mut reader, (&rules, &master), (draft, &form)).await?);
    }
    page.texts = Some(built.texts);
    Ok(visit.page(&page).into_response())
}

/// What follows from what was chosen.
fn complete(lang: Lang, rules: &Rules, of: &Active, form: &mut Form) {
    if form.gives == "factor" {
        let base = bases(lang, rules, of).into_iter().find(|(code, ..)| *code == form.base);
        form.unit = base.map(|(.., unit)| unit).unwrap_or_default();
    }
    form.price.clear();
    if form.gives == "play" {
        let play = plays(of).into_iter().find(|(code, ..)| *code == form.game);
        let (unit, price) = play.map(|(_, unit, price)| (unit, price)).unzip();
        form.unit = unit.unwrap_or_default();
        form.price = price.map(|price| price.normalize().to_string()).unwrap_or_default();
        if form.price.is_empty() {
            form.game.clear();
        }
    }
    if form.is_in_lane() && form.lane_name.is_empty() {
        form.lane_name = format!("with-{}", form.code);
    }
}

/// The page with the form as it was sent.
fn begun(
    visit: &Visit,
    rules: &Rules,
    of: &Active,
    (form, sent): (&Form, &HashMap<String, String>),
    source: &Source,
) -> Page {
    let own = match source {
        Source::Change(found, _) => Some(found.standing.code.as_str()),
        Source::New | Source::Like(_) => None,
    };
    let mut page = Page {
        choices: choices(visit.lang, rules, Some(of), own),
        form: Some(form.clone()),
        ..Page::default()
    };
    if let Source::Like(found) | Source::Change(found, _) = source {
        page.kept = found.standing.kept(&found.standing.form(&plays(of)));
    }
    page.of = match source {
        Source::New => Of::New,
        Source::Like(found) => Of::Like(found.standing.code.clone(), found.name.clone()),
        Source::Change(found, from) => Of::Change(Box::new(Changing {
            code: found.standing.code.clone(),
            name: found.name.clone(),
            stamp: found.stamp(),
            from: (found.has_begun(visit.today()) || sent.contains_key("from"))
                .then(|| from.clone()),
            bad_from: None,
        })),
    };
    page
}

/// Why there are no texts, at its field.
fn not_made(visit: &Visit, mut page: Page, unmade: Unmade) -> Result<Response, Failure> {
    match unmade {
        Unmade::Failed(failure) => return Err(failure),
        Unmade::Refused(why) => page.refused = Some(why),
        Unmade::From(why) => {
            if let Of::Change(of) = &mut page.of {
                of.bad_from = Some(why);
            }
        }
    }
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
    made: Made,
    draft: Option<Draft>,
}

/// The two texts, read. `None` if the wallet would say something else of other things, too.
async fn built(
    reader: &mut Reader,
    lang: Lang,
    (of, form): (&Active, &Form),
    made: Made,
    source: &Source,
) -> Result<Option<Built>, Failure> {
    let (before, program_before) = (&made.before.0, &made.before.1);
    let (file, mut problems) = engine_wallets::check(reader, &made.wallet).await?;
    let (was, known) = engine_wallets::check(reader, before).await?;
    // What was said of the wallet before is not about the promotion.
    problems.retain(|problem| known.iter().all(|it| it.message != problem.message));
    let is_change = matches!(source, Source::Change(..));
    let both = file.as_ref().zip(was.as_ref());
    if !both.is_none_or(|(new, old)| differs_alone(new, old, &form.code, is_change)) {
        return Ok(None);
    }
    let mut checked = programs::check_text(&made.program);
    if let Some(program) = checked.program.as_ref().filter(|_| !program_before.is_empty()) {
        checked.problems.extend(programs::beside_versions(reader, program).await?);
    }
    problems.extend(checked.problems);
    let draft = file.zip(checked.program).map(|(file, program)| Draft {
        money: file.wallet.currency.or(of.money),
        wallet: file.wallet,
        promotion: form.code.clone(),
        program: making::alone(program),
    });
    let mut told = made.told.clone();
    told.extend(competes(lang, of, form, &made.program));
    let is_new = program_before.is_empty();
    let texts = Texts {
        wallet: of.code.clone(),
        block: made.block.clone(),
        program: made.program.clone(),
        checks: problems_of(lang, &problems),
        differs: (is_change || !is_new).then(|| {
            (diff::lines(before, &made.wallet), diff::lines(program_before, &made.program))
        }),
        told,
    };
    Ok(Some(Built { texts, made, draft }))
}

/// How a promotion competes, in words.
fn competes(lang: Lang, of: &Active, form: &Form, program: &str) -> Option<String> {
    let w = &lang.words().promoting;
    if !form.is_in_lane() {
        return None;
    }
    let program = programs::check_text(program).program?;
    let (_, term) = form.lane_with.split_once('/')?;
    let term = program.terms.iter().find(|own| own.code.as_str() == term)?;
    let code = term.promotion.as_deref()?;
    let other = of.wallet.promotions.get(code).map(|it| reading::name(lang, &it.name, code))?;
    let own = lang.say(&form.name_ja, &form.name_en);
    let own = if own.is_empty() { form.code.as_str() } else { own };
    Some(match (form.lane.as_str(), form.lane_order.as_str()) {
        ("best", _) => fill(w.lane_says_best, &[("own", own), ("other", &other)]),
        (_, "before") => fill(w.lane_says_first, &[("first", own), ("second", &other)]),
        _ => fill(w.lane_says_first, &[("first", &other), ("second", own)]),
    })
}

/// Whether a text says of everything but a promotion what another one says.
fn differs_alone(new: &WalletFile, old: &WalletFile, code: &str, is_change: bool) -> bool {
    let without = |file: &WalletFile| {
        let mut file = file.clone();
        let had = file.wallet.promotions.remove(code).is_some();
        (file, had)
    };
    let ((new, has), (old, had)) = (without(new), without(old));
    has && had == is_change && new == old
}

/// Keeps what changed as drafts: both, or neither.
async fn save(
    visit: &Visit,
    form: &Form,
    built: &Built,
) -> Result<Result<Redirect, String>, Failure> {
    let actor = visit.actor()?;
    let made = &built.made;
    let is_same = (made.wallet == made.before.0, made.program == made.before.1);
    if is_same == (true, true) {
        return Ok(Err(visit.lang.words().promoting.nothing_changed.into()));
    }
    let mut tx = visit.app.office().db().write().await?;
    if !is_same.0 {
        engine_wallets::draft(&mut tx, &actor, visit.now, &made.wallet).await?;
    }
    if !is_same.1 {
        let kept = if made.is_draft {
            programs::save_draft(&mut tx, &actor, visit.now, &made.program).await
        } else {
            programs::create_draft(&mut tx, &actor, visit.now, &made.program).await
        };
        if let Err(error) = kept {
            return refusal(error, visit).map(Err);
        }
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
    let rules = visit.app.office().rules(reader).await?;
    let may = visit.role().is_some_and(|role| role.may(Action::EditPrograms));
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
            may_change: may && making::found(visit.lang, reader, &rules, code).await?.is_some(),
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
