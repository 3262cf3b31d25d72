//! Adjustments: what a person adds to a payout or takes from it, with a reason, once somebody else
//! has agreed.

use domain::amount::Currency;
use domain::approval::Subject;
use domain::settlement::AdjustmentStatus;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::news;
use super::{AdjustmentRow, COMMENT_CHARS_MAX, SettleError, approval, record, said, store};
use crate::access::Actor;
use crate::catalog::MasterData;
use crate::db::Tx;
use crate::policy::policy;
use crate::rules::Rules;

/// What somebody asks to add to a payout, or to take from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdjustment {
    pub program: String,
    pub partner: String,
    pub period: String,
    pub amount: Decimal,
    /// The currency, the program's own if it is not said.
    pub unit: Option<Currency>,
    /// One of the policy's.
    pub reason_code: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The dispute it answers.
    pub dispute: Option<String>,
    /// The term it is about, by its code.
    pub term: Option<String>,
}

/// Asks for an adjustment of a payout period that is still open.
pub async fn ask_adjustment(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    new: &NewAdjustment,
) -> Result<String, SettleError> {
    let at =
        rules.by_code(&new.program).ok_or_else(|| SettleError::NoProgram(new.program.clone()))?;
    let plan = &rules.plans[at];
    let currency = new.unit.unwrap_or(plan.newest().currency);
    let pays = plan.currencies();
    if !pays.contains(&currency) {
        let known: Vec<String> = pays.iter().map(ToString::to_string).collect();
        return Err(SettleError::NotPaidIn {
            program: new.program.clone(),
            unit: currency.to_string(),
            known: known.join(", "),
        });
    }
    let decimals = currency.decimals();
    if new.amount.is_zero() || new.amount.normalize().scale() > decimals {
        return Err(SettleError::BadAmount { decimals });
    }
    if new.reason.trim().is_empty() || new.reason.chars().count() > COMMENT_CHARS_MAX {
        return Err(SettleError::NoReason);
    }
    if policy(tx).await?.reason(&new.reason_code).is_none() {
        return Err(SettleError::NoReasonCode(new.reason_code.clone()));
    }
    let partner_id = master.partner_id(&new.partner).ok_or(SettleError::NotFound)?;
    if domain::settlement::named(plan, &new.period).is_none() {
        return Err(SettleError::NoPeriod {
            program: new.program.clone(),
            period: new.period.clone(),
        });
    }
    if rules.closes[at].0.contains_key(new.period.as_str()) {
        return Err(SettleError::ClosedAlready {
            program: new.program.clone(),
            period: new.period.clone(),
        });
    }
    if let Some(term) = new.term.as_deref().filter(|term| plan.term(term).is_none()) {
        let (program, term) = (new.program.clone(), term.to_owned());
        return Err(SettleError::NoTerm { program, term });
    }
    let of = (rules.program_ids[at], partner_id);
    let unit = currency.as_str();
    let (chain, due) = approval::begin(tx, now, (Subject::Adjustment, unit, new.amount)).await?;
    let begun = (chain.as_deref(), due);
    let id = store::add_adjustment(tx, of, new, unit, begun, actor, now).await?;
    let amount = new.amount.to_string();
    let mut change = vec![
        ("amount", "", amount.as_str()),
        ("reason_code", "", new.reason_code.as_str()),
        ("reason", "", new.reason.as_str()),
    ];
    change.extend(new.term.as_deref().map(|term| ("term", "", term)));
    record(tx, actor, now, ("adjustment", &id), "ask", &change).await?;
    Ok(id)
}

/// Approves or rejects an adjustment. With a chain of several steps it may go on waiting. If its
/// period was closed meanwhile, an approved one counts in the first that is open.
pub async fn decide_adjustment(
    tx: &mut Tx,
    rules: &Rules,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    approve: AdjustmentStatus,
    comment: Option<&str>,
) -> Result<AdjustmentRow, SettleError> {
    let comment = said(comment)?;
    let found = store::adjustment(tx, public_id).await?.ok_or(SettleError::NotFound)?;
    if found.status != AdjustmentStatus::Pending {
        return Err(SettleError::NotNow { status: found.status.word() });
    }
    let decided = approval::decide(tx, actor, now, (&found, approve), comment).await?;
    let Some(status) = decided else {
        let (was, is) = (found.step.to_string(), (found.step + 1).to_string());
        let mut change = vec![("step", was.as_str(), is.as_str())];
        change.extend(comment.map(|comment| ("comment", "", comment)));
        record(tx, actor, now, ("adjustment", public_id), "approve", &change).await?;
        return store::adjustment(tx, public_id).await?.ok_or(SettleError::NotFound);
    };
    let period = open_period(rules, found.program_id, &found.period_name);
    store::decide_adjustment(tx, &found, status, &period, actor.name(), now, comment).await?;
    let mut change = vec![("status", found.status.word(), status.word())];
    change.extend(comment.map(|comment| ("comment", "", comment)));
    let action = if status == AdjustmentStatus::Approved { "approve" } else { "reject" };
    record(tx, actor, now, ("adjustment", public_id), action, &change).await?;
    let after = AdjustmentRow { status, period_name: period, ..found };
    news::of_adjustment(tx, actor, now, &after).await?;
    Ok(after)
}

/// The period something counts in that is for this one: itself, or the first after it that is
/// open.
pub(super) fn open_period(rules: &Rules, program_id: i64, name: &str) -> String {
    let Some(at) = rules.position(program_id) else { return name.to_owned() };
    let plan = &rules.plans[at];
    let mut period = domain::settlement::named(plan, name);
    while let Some(found) = &period {
        if !rules.closes[at].0.contains_key(&found.name) {
            return found.name.to_string();
        }
        period = domain::settlement::following(plan, found);
    }
    name.to_owned()
}
