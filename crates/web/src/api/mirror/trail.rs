//! The engagement trail: the goals of a promotion, how far a member is, and what reaching them
//! brings.

use axum::Json;
use axum::extract::{Path, State};
use domain::program::{Opens, Reward};
use domain::wallet::PromotionState;
use engine::views::Standing;
use engine::views::loyalty::promotions::{self as views, PartnerPromotion, Paying};
use engine::wallets::Active;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{is_called, member, name_of, number, program};
use crate::api::Api;
use crate::api::guard::Caller;
use crate::api::input::Params;
use crate::api::problem::{ApiError, Fault};

/// The trail of a member in the promotion that `promotionId` names.
pub async fn trail(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named, number_of)): Path<(String, String, String)>,
    mut params: Params,
) -> Result<Json<Value>, ApiError> {
    // Their page writes it with a sign before it.
    let promotion = params.text("promotionId").or_else(|| params.text("$promotionId"));
    params.end()?;
    let promotion = promotion.ok_or_else(|| {
        let detail = "`promotionId` is missing";
        ApiError::invalid(Fault::in_parameter("promotionId", "REQUIRED_FIELD_MISSING", detail))
    })?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let of = program(&rules, &named)?;
    let partner = member(&caller, &master, &number_of)?;
    let all = views::of_partner(&mut reader, &rules, &master, now, &partner).await?;
    let found = all.iter().find(|it| {
        it.row.wallet == of.code && is_called(&it.row.of.name, &it.row.of.code, &promotion)
    });
    let found = found.ok_or(ApiError::NotFound)?;
    let declared = &found.row.of;
    Ok(Json(json!({
        "memberEngagementAttributeOutputRepresentations": milestones(found),
        "message": null,
        "promotionName": name_of(&declared.name, &declared.code),
        // Every period begins anew, and there is no end of periods.
        "remainingResetCount": null,
        "rewards": found.row.pays.iter().filter(|it| it.is_goal()).map(|it| rewards(of, it))
            .collect::<Vec<Value>>(),
        "status": true,
        "totalResetCount": null,
    })))
}

/// One for each goal: what counts, how much of it there is, and how much is needed.
fn milestones(of: &PartnerPromotion) -> Vec<Value> {
    let is_running = of.row.state == PromotionState::Running;
    let goals = of.row.pays.iter().filter(|it| it.is_goal());
    goals
        .map(|goal| {
            let standing = of.standings.iter().find(|at| is_of(goal, at));
            let done = standing.map(|at| at.qualifier_total);
            let next = standing.and_then(|at| at.next.as_ref()).and_then(|next| next.opens);
            let ends = standing.map(|at| at.period.end.yesterday());
            json!({
                "attributeStatus": if is_running { "Active" } else { "Inactive" },
                "currentValue": done.map(plain),
                "defaultValue": "0",
                "description": null,
                "endDate": ends.and_then(Result::ok).map(|day| day.to_string()),
                "name": name_of(&goal.term.name, goal.term.code.as_str()),
                "startDate": standing.map(|at| at.period.start.to_string()),
                "targetValue": next.or_else(|| last_row(goal)).map(plain),
            })
        })
        .collect()
}

fn is_of(goal: &Paying, at: &Standing) -> bool {
    goal.program.code.as_str() == at.of.program && goal.term.code.as_str() == at.of.term
}

/// Where nothing more is to be reached, what was.
fn last_row(goal: &Paying) -> Option<Decimal> {
    match goal.term.rows.last()?.opens {
        Opens::From(at) | Opens::Above(at) => Some(at),
        Opens::Always => None,
    }
}

fn plain(amount: Decimal) -> String {
    amount.normalize().to_string()
}

/// What a goal brings, row by row; what is counted by a rate has no amount beforehand.
fn rewards(of: &Active, goal: &Paying) -> Value {
    let fixed: Vec<Decimal> = goal.term.rows.iter().filter_map(|row| row.fixed).collect();
    let (mut points, mut vouchers, mut badges) = (Vec::new(), Vec::new(), Vec::new());
    match &goal.term.reward {
        Reward::Points(pays) => {
            let unit = pays.points.as_str();
            let declared = of.wallet.points.get(unit);
            let name = declared.map_or(unit, |it| name_of(&it.name, unit));
            points.extend(
                fixed.iter().map(|it| json!({ "currencyName": name, "points": number(*it) })),
            );
        }
        Reward::Voucher(code) => {
            let declared = of.wallet.vouchers.get(code.as_str());
            let name = declared.map_or(code.as_str(), |it| name_of(&it.name, code));
            vouchers.push(json!({ "voucherDefinitionName": name }));
        }
        Reward::Badge(code) => {
            let declared = of.wallet.badges.get(code.as_str());
            let name = declared.map_or(code.as_str(), |it| name_of(&it.name, code));
            badges.push(json!({ "badgeName": name }));
        }
        _ => {}
    }
    json!({ "badgeReward": badges, "pointsRewards": points, "voucherRewards": vouchers })
}
