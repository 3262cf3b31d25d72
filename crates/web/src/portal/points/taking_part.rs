//! The handlers of promotions in the portal. Everything is the reader's own.
//!
//! # Promises
//!
//! * What a partner may not take part in is not shown, unless it lacks nothing but a level it can
//!   reach.
//! * What a promotion costs the vendor is told nobody here.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::wallet::{Enrol, PromotionState, Refusal};
use engine::office::Live;
use engine::pictures::Subject;
use engine::rules::Rules;
use engine::views::Standing;
use engine::views::loyalty::promotions::{self as views, Eligibility, PartnerPromotion, Paying};
use engine::wallets::{self, Active, Answer};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::promotions::{Goal, GoalMark, Page, Promotion, Stance};
use super::routes::own;
use super::{PROMOTIONS, title};
use crate::app::App;
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::pictures::Pictures;
use crate::reading::{self, name, promotions as say};
use crate::visit::{Sent, Visit};

pub async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let all =
        views::of_partner(&mut reader, &own.rules, &own.master, visit.now, &own.partner).await?;
    let today = visit.today();
    let pictures = Pictures::load(visit.lang, &mut reader).await?;
    let shown = |of: &PartnerPromotion| {
        let picture = pictures.get(Subject::Promotion, &of.row.of.code);
        shown(visit.lang, &own.rules, of, today).map(|shown| Promotion { picture, ..shown })
    };
    let (open, over): (Vec<_>, Vec<_>) = all.iter().partition(|of| is_open(of.stance.state));
    let page = Page {
        title: title(visit.lang, &own.wallets),
        promotions: open.into_iter().filter_map(shown).collect(),
        over: over.into_iter().filter_map(shown).collect(),
    };
    Ok(visit.page(&page).into_response())
}

/// How many run in which the reader takes part or may.
pub async fn running(
    visit: &Visit,
    reader: &mut engine::db::Reader,
    own: &super::routes::Own,
) -> Result<usize, Failure> {
    if own.rules.wallets.iter().all(|of| of.wallet.promotions.is_empty()) {
        return Ok(0);
    }
    let all = views::of_partner(reader, &own.rules, &own.master, visit.now, &own.partner).await?;
    let counts = |of: &&PartnerPromotion| {
        of.stance.state == PromotionState::Running && of.eligibility() != Eligibility::NotEligible
    };
    Ok(all.iter().filter(counts).count())
}

fn is_open(state: PromotionState) -> bool {
    matches!(state, PromotionState::Draft | PromotionState::Running)
}

/// `None` if the reader is not told of it.
fn shown(lang: Lang, rules: &Rules, of: &PartnerPromotion, today: Date) -> Option<Promotion> {
    let p = &lang.words().promotions;
    let wallet = rules.wallets.iter().find(|it| it.wallet_id == of.row.wallet_id)?;
    let eligibility = of.eligibility();
    let is_over = !is_open(of.stance.state);
    let lacks = match eligibility {
        Eligibility::NotEligible if !is_over && of.stance.taken.is_nothing() => {
            Some(of.reachable(wallet)?)
        }
        _ => None,
    };
    let promotion = &of.row.of;
    let stance = match (eligibility, promotion.enrol) {
        _ if is_over => Stance::Closed,
        (Eligibility::NotEligible, _) => Stance::Closed,
        (Eligibility::Open, _) => Stance::Open,
        (Eligibility::Enrolled, Enrol::Required) => Stance::Enrolled,
        (Eligibility::Enrolled, Enrol::Automatic) => Stance::Automatic,
    };
    let mut gives: Vec<String> = vec![];
    let mut counts: Vec<String> = vec![];
    for paying in &of.row.pays {
        gives.extend(say::gives(lang, &wallet.wallet, paying));
        counts.extend(say::counts(lang, paying));
    }
    counts.dedup();
    let brought = say::taken(lang, &of.stance.taken);
    Some(Promotion {
        code: promotion.code.to_string(),
        name: name(lang, &promotion.name, &promotion.code),
        description: name(lang, &promotion.description, ""),
        state: say::state(lang, of.stance.state),
        days: say::days(lang, promotion),
        left: say::left(lang, promotion.ends, today).filter(|_| !is_over),
        gives,
        counts,
        goals: of.standings.iter().filter_map(|at| goal(lang, wallet, &of.row.pays, at)).collect(),
        limits: if is_over { vec![] } else { limits(lang, of) },
        brought: brought.map(|what| fill(p.brought, &[("what", &what)])),
        why: lacks.map(|groups| lacking(lang, wallet, &groups)).or_else(|| why(lang, of)),
        stance,
        picture: None,
    })
}

fn lacking(lang: Lang, of: &Active, groups: &[String]) -> String {
    let names = groups.iter().filter_map(|code| {
        let group = of.wallet.tier_groups.get(code.as_str())?;
        Some(name(lang, &group.name, code))
    });
    let names: Vec<String> = names.collect();
    fill(lang.words().promotions.lacks_tier, &[("group", &names.join(lang.say("、", ", ")))])
}

/// Why it gives nothing now, if that is for limits.
fn why(lang: Lang, of: &PartnerPromotion) -> Option<String> {
    match of.stance.refusal? {
        why @ (Refusal::LimitPartner | Refusal::LimitTotal) => Some(say::refusal(lang, why)),
        _ => None,
    }
}

/// What is left for the reader, and for all.
fn limits(lang: Lang, of: &PartnerPromotion) -> Vec<String> {
    let p = &lang.words().promotions;
    let (own, all) = (&of.stance.left, &of.row.left);
    [
        (own.uses, p.left_uses_own),
        (own.points, p.left_points_own),
        (all.uses, p.left_uses),
        (all.points, p.left_points),
        (all.vouchers, p.left_vouchers),
    ]
    .into_iter()
    .filter_map(|(left, template)| {
        let left = left?.max(Decimal::ZERO);
        Some(fill(template, &[("n", &format::quantity(left))]))
    })
    .collect()
}

fn goal(lang: Lang, of: &Active, pays: &[Paying], at: &Standing) -> Option<Goal> {
    let p = &lang.words().promotions;
    let paying = pays.iter().find(|it| {
        it.program.code.as_str() == at.of.program && it.term.code.as_str() == at.of.term
    })?;
    let standing = reading::standing::standing(lang, at);
    let what = |row: usize| {
        let row = paying.term.rows.get(row);
        let fixed = row.and_then(|row| row.fixed);
        say::unit(lang, &of.wallet, &paying.term.reward, fixed)
    };
    let tiers = standing.tiers.iter().enumerate();
    let marks: Vec<GoalMark> = tiers
        .filter(|(_, tier)| !tier.from.value.is_zero())
        .map(|(row, tier)| GoalMark {
            at: tier.from.value,
            label: tier.from.short(lang),
            gives: what(row),
            reached: tier.rank <= standing.reached,
        })
        .collect();
    if marks.is_empty() {
        return None;
    }
    Some(Goal {
        now: standing.now.value.max(Decimal::ZERO),
        end: standing.end(),
        here: fill(p.done_so_far, &[("n", &standing.now.text(lang))]),
        missing: standing.gap().map(|gap| (gap.text(lang), what(standing.reached))),
        marks,
    })
}

/// The reader takes part, or does not any more.
pub async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((code, act)): Path<(String, String)>,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let takes_part = match act.as_str() {
        "enrol" => true,
        "leave" => false,
        _ => return Err(Failure::NotFound),
    };
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let partner = master.partner_code(visit.member_id()?).ok_or(Failure::NotFound)?.clone();
    // What a partner is not told of is not there.
    let seen = views::of_partner(&mut tx, &rules, &master, visit.now, &partner).await?;
    let seen = seen.iter().find(|of| *of.row.of.code == *code).ok_or(Failure::NotFound)?;
    shown(visit.lang, &rules, seen, visit.today()).ok_or(Failure::NotFound)?;
    if takes_part && seen.eligibility() == Eligibility::NotEligible {
        return Err(Failure::Conflict(say::refusal(visit.lang, Refusal::NotEligible)));
    }
    let by = (&visit.actor()?, visit.now);
    let told = (code.as_str(), &partner, takes_part);
    let answer = wallets::take_part(&mut tx, (&rules, &master), by, told).await?;
    // Also what was refused is kept among the lines.
    tx.commit().await?;
    if let Some(Answer::Refused(why)) = answer {
        return Err(Failure::Conflict(say::refusal(visit.lang, why)));
    }
    office.tell(Live::Wallet(visit.member_id()?));
    let done = if takes_part { "enrolled" } else { "left" };
    Ok(Redirect::to(&format!("{PROMOTIONS}?done={done}#promotion-{code}")))
}
