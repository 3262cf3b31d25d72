//! Promotions: the list, one of them, stopping it, and enrolling partners by hand.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::code::PartnerCode;
use domain::wallet::{Command, Enrol, PromotionState, Taken};
use engine::access::Action;
use engine::db::Reader;
use engine::office::Live;
use engine::views::loyalty::promotions::{
    self as views, PartnerTaken, PromotionPage, PromotionRow,
};
use engine::wallets::{self, Active, Answer, Ask};
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

use super::{building, partner_of, partners};
use crate::app::{App, Routes};
use crate::chart;
use crate::console::loyalty::promotions::{
    ByHand, LIST, NotGiven, OnePage, Page, Point, Row, Top, Used,
};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading::{self, loyalty as words, promotions as say};
use crate::ui::encode;
use crate::visit::{self, Sent, Visit};

/// No more are enrolled at once by hand.
const ENROL_MAX: usize = 1_000;

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/promotions", get(show_all));
    routes.get("/console/loyalty/promotions/{code}", get(show));
    routes.post("/console/loyalty/promotions/{code}/stop", post(stop));
    routes.post("/console/loyalty/promotions/{code}/enrol", post(enrol));
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let rows = views::list(&mut reader, &rules, &master, visit.now).await?;
    let page = Page {
        rows: rows.iter().map(|it| row(visit.lang, it)).collect(),
        drafted: building::drafted(&visit, &mut reader, &rules).await?,
        has_wallet: !rules.wallets.is_empty(),
        may_build: visit.role().is_some_and(|role| role.may(Action::EditPrograms)),
    };
    Ok(visit.page(&page).into_response())
}

fn used(
    lang: Lang,
    taken: Decimal,
    limit: Option<Decimal>,
    said: impl Fn(Decimal) -> String,
) -> Used {
    let p = &lang.words().promotions;
    let share = limit.and_then(|limit| {
        let thousand = taken.max(Decimal::ZERO).checked_mul(Decimal::ONE_THOUSAND)?;
        thousand.checked_div(limit)?.floor().to_u64()
    });
    Used {
        figure: said(taken),
        limit: limit.map(|limit| fill(p.of_limit, &[("n", &said(taken)), ("limit", &said(limit))])),
        share,
    }
}

fn row(lang: Lang, of: &PromotionRow) -> Row {
    let promotion = &of.of;
    let limits = &promotion.limits;
    let money = |amount: Decimal| words::money(lang, amount, of.money);
    Row {
        code: promotion.code.to_string(),
        name: reading::name(lang, &promotion.name, &promotion.code),
        state: say::state(lang, of.state),
        days: say::days(lang, promotion),
        uses: used(lang, of.taken.uses.into(), limits.uses.map(Decimal::from), format::quantity),
        points: used(lang, of.taken.points, limits.points, format::quantity),
        vouchers: used(
            lang,
            of.taken.vouchers,
            limits.vouchers.map(Decimal::from),
            format::quantity,
        ),
        cost: used(lang, of.taken.liability, limits.liability, money),
        is_boundless: promotion.is_boundless()
            && matches!(of.state, PromotionState::Draft | PromotionState::Running),
    }
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    if views::wallet_of(&rules, &code).is_none() {
        let page = building::waits(&visit, &mut reader, &code).await?.ok_or(Failure::NotFound)?;
        return Ok(visit.page(&page).into_response());
    }
    one(&visit, &mut reader, &code, None).await
}

async fn one(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
    by_hand: Option<ByHand>,
) -> Result<Response, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let found = views::page(reader, &rules, &master, visit.now, code).await?;
    let found = found.ok_or(Failure::NotFound)?;
    let of = rules.wallets.iter().find(|of| of.wallet_id == found.row.wallet_id);
    let of = of.ok_or(Failure::NotFound)?;
    let top = found.top.iter().map(|it| it.partner.as_str());
    let refused = found.refused.iter().filter_map(|it| Some(it.partner.as_ref()?.as_str()));
    let named = partners(visit, reader, top.chain(refused)).await?;
    let mut page = said(visit, of, &found);
    page.top = found.top.iter().map(|it| top_row(visit.lang, of, it, &named)).collect();
    page.not_given = found
        .refused
        .iter()
        .map(|it| NotGiven {
            partner: it.partner.as_ref().map(|code| {
                let partner = partner_of(&named, code.as_str());
                (partner.code, partner.name)
            }),
            award: it.award.to_string(),
            day: format::day_column(it.on.date(), visit.lang),
            asked: format::quantity(it.asked),
            given: format::quantity(it.given),
            why: say::refusal(visit.lang, it.refusal),
        })
        .collect();
    if let Some(asked) = visit::query(&visit.here).remove("partner") {
        let partner = PartnerCode::new(&asked);
        if master.partner_id(partner.as_str()).is_some() {
            let uses = views::uses_of(reader, &rules, (code, &partner)).await?;
            let named = partners(visit, reader, std::iter::once(partner.as_str())).await?;
            let name = partner_of(&named, partner.as_str()).name;
            let use_ = |it: &domain::wallet::OneUse| NotGiven {
                partner: None,
                award: it.award.to_string(),
                day: format::day_column(it.on.date(), visit.lang),
                asked: format::quantity(it.asked),
                given: format::quantity(it.given),
                why: it.refused.map(|why| say::refusal(visit.lang, why)).unwrap_or_default(),
            };
            let uses = uses.unwrap_or_default();
            page.one_by_one = Some((name, uses.iter().map(use_).collect()));
        }
    }
    page.by_hand = by_hand;
    if found.row.pays.is_empty() {
        page.waits = building::program_of(reader, code).await?.map(|(version, _)| version);
    }
    Ok(visit.page(&page).into_response())
}

fn top_row(
    lang: Lang,
    of: &Active,
    it: &PartnerTaken,
    named: &std::collections::HashMap<String, crate::view::PartnerRef>,
) -> Top {
    let partner = partner_of(named, &it.partner);
    Top {
        code: partner.code,
        name: partner.name,
        uses: format::count(it.taken.uses),
        points: format::quantity(it.taken.points),
        vouchers: format::quantity(it.taken.vouchers),
        cost: words::money(lang, it.taken.liability, of.money),
    }
}

/// What the text says of it, and what it gave.
fn said(visit: &Visit, of: &Active, found: &PromotionPage) -> OnePage {
    let lang = visit.lang;
    let p = &lang.words().promotions;
    let promotion = &found.row.of;
    let mut gives: Vec<String> = vec![];
    for paying in &found.row.pays {
        gives.extend(say::gives(lang, &of.wallet, paying));
        gives.extend(say::counts(lang, paying));
    }
    gives.dedup();
    if gives.is_empty() {
        gives.push(p.nothing_pays.into());
    }
    let limits = &promotion.limits;
    let uses = limits.uses_per_partner.map(|n| fill(p.at_most_uses, &[("n", &format::count(n))]));
    let points =
        limits.points_per_partner.map(|n| fill(p.at_most_points, &[("n", &format::quantity(n))]));
    let is_open = matches!(found.row.state, PromotionState::Draft | PromotionState::Running);
    let may = |action: Action| visit.role().is_some_and(|role| role.may(action));
    let mut programs: Vec<(String, String)> = found
        .row
        .pays
        .iter()
        .map(|it| {
            let code = it.program.code.to_string();
            let name = reading::name(lang, &it.program.name, &code);
            (code, name)
        })
        .collect();
    programs.dedup();
    let today = of.wallet.time_zone.to_datetime(visit.now).date();
    let drawn = Drawn::of(lang, &found.days, today);
    let gone = (found.row.gone > 0).then(|| fill(p.gone, &[("n", &format::count(found.row.gone))]));
    let enrolled = (promotion.enrol == Enrol::Required || found.row.gone > 0).then(|| {
        let count = format::count(found.row.enrolled);
        std::iter::once(count).chain(gone).collect::<Vec<_>>().join(" · ")
    });
    OnePage {
        row: row(lang, &found.row),
        description: reading::name(lang, &promotion.description, ""),
        who: say::who(lang, promotion),
        enrolment: match promotion.enrol {
            Enrol::Required => p.enrol_required.into(),
            Enrol::Automatic => p.enrol_automatic.into(),
        },
        gives,
        each: uses.into_iter().chain(points).collect(),
        cut: if promotion.cut { p.cut } else { p.whole },
        wallet: of.code.clone(),
        programs,
        enrolled,
        partners: fill(p.partners_n, &[("n", &format::count(found.partners))]),
        counted: drawn.counted,
        over_time: drawn.points,
        months: drawn.months,
        today: drawn.today,
        top: vec![],
        reasons: found
            .row
            .refused
            .iter()
            .map(|(why, times)| (say::refusal(lang, *why), format::count(*times)))
            .collect(),
        not_given: vec![],
        one_by_one: None,
        waits: None,
        may_stop: is_open && may(Action::EditPrograms),
        may_enrol: is_open && may(Action::RequestAdjustment),
        may_change: !found.row.pays.is_empty() && may(Action::EditPrograms),
        by_hand: None,
    }
}

/// What was given over time, added up day by day.
struct Drawn {
    counted: &'static str,
    points: Vec<Point>,
    months: Vec<(i64, String)>,
    today: i64,
}

impl Drawn {
    fn of(lang: Lang, days: &[(Date, Taken)], today: Date) -> Drawn {
        let p = &lang.words().promotions;
        let points = |taken: &Taken| taken.points;
        let vouchers = |taken: &Taken| taken.vouchers;
        let uses = |taken: &Taken| Decimal::from(taken.uses);
        let has = |read: &dyn Fn(&Taken) -> Decimal| days.iter().any(|(_, it)| !read(it).is_zero());
        let (counted, read): (&'static str, &dyn Fn(&Taken) -> Decimal) = if has(&points) {
            (p.points, &points)
        } else if has(&vouchers) {
            (p.vouchers, &vouchers)
        } else {
            (p.uses, &uses)
        };
        let first = days.first().map_or(today, |(day, _)| *day);
        let last = days.last().map_or(today, |(day, _)| *day).max(today);
        let mut sum = Decimal::ZERO;
        let points = days.iter().map(|(day, taken)| {
            sum += read(taken);
            Point {
                at: chart::on_axis(first, last, *day),
                day: format::day_column(*day, lang),
                value: sum,
                figure: format::quantity(sum),
            }
        });
        Drawn {
            counted,
            points: points.collect(),
            months: chart::month_marks(first, last, lang),
            today: chart::on_axis(first, last, today),
        }
    }
}

#[derive(Debug, Deserialize)]
struct StopForm {
    #[serde(default)]
    reason: String,
}

/// Ends a promotion before its time.
async fn stop(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<StopForm>,
) -> Result<Redirect, Failure> {
    let reason = sent.form.reason.trim();
    if reason.is_empty() {
        return Err(Failure::field(&["reason"], visit.lang.words().loyalty.reason_needed));
    }
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    views::wallet_of(&rules, &code).ok_or(Failure::NotFound)?;
    let reason = Some(reason.to_owned());
    let command = Command::Cancel { amount: None, expires: None, reason };
    let ask = Ask { key: Arc::from(code.as_str()), on: None, command };
    let by = (&visit.actor()?, visit.now);
    let answer = wallets::act(&mut tx, &rules, &master, by, &ask).await?;
    tx.commit().await?;
    if let Answer::Refused(why) = answer {
        return Err(Failure::Conflict(say::refusal(visit.lang, why)));
    }
    office.wake();
    Ok(Redirect::to(&format!("{LIST}/{}?done=saved", encode(&code))))
}

#[derive(Debug, Deserialize)]
struct EnrolForm {
    #[serde(default)]
    partners: String,
    #[serde(default)]
    act: String,
}

/// Partners take part, or do not any more, as somebody of the vendor says.
async fn enrol(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<EnrolForm>,
) -> Result<Response, Failure> {
    let p = &visit.lang.words().promotions;
    let takes_part = sent.form.act != "leave";
    let codes: Vec<&str> = sent
        .form
        .partners
        .split(|sign: char| sign.is_whitespace() || [',', '、', '，'].contains(&sign))
        .filter(|code| !code.is_empty())
        .take(ENROL_MAX)
        .collect();
    if codes.is_empty() {
        return Err(Failure::field(&["partners"], p.needed));
    }
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    views::wallet_of(&rules, &code).ok_or(Failure::NotFound)?;
    let actor = visit.actor()?;
    let (mut taken, mut known, mut refused, mut told) = (0u64, 0u64, vec![], vec![]);
    for named in codes {
        let partner = PartnerCode::new(named);
        let Some(id) = master.partner_id(named) else {
            refused.push((named.to_owned(), words::refusal(visit.lang, "unknown_partner")));
            continue;
        };
        let by = (&actor, visit.now);
        let of = (code.as_str(), &partner, takes_part);
        match wallets::take_part(&mut tx, (&rules, &master), by, of).await? {
            None => known += 1,
            Some(Answer::Refused(why)) => {
                refused.push((named.to_owned(), say::refusal(visit.lang, why)));
            }
            Some(Answer::Taken(_) | Answer::Known) => {
                taken += 1;
                told.push((0, id));
            }
        }
    }
    tx.commit().await?;
    office.tell(Live::Awards(Arc::new(told)));
    let (n, known) = (format::count(taken), format::count(known));
    let said = fill(p.by_hand_done, &[("n", &n), ("known", &known)]);
    let mut reader = visit.reader().await?;
    one(&visit, &mut reader, &code, Some(ByHand { said, refused })).await
}
