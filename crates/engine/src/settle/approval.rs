//! Approving payouts and adjustments: chains by amount, deputies, and every word that was given.
//!
//! Owns `decision`.

use std::collections::{BTreeSet, HashMap};

use domain::approval::{Approval, Authority, Given, Person, Progress, Step, Subject};
use domain::settlement::{AdjustmentStatus, PayoutStatus, PayoutStep};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::filed::Way;
use super::news;
use super::{AdjustmentRow, PayoutRow, SettleError, actor_id, filed, hold, record, said, store};
use crate::access::{Action, Actor, Role};
use crate::args;
use crate::catalog::today;
use crate::db::{Column, DbError, Reader, Row, Tx, days_of};
use crate::ledger;
use crate::parties::payee;
use crate::payouts;
use crate::policy::{after, one_step, policy, read_steps};

/// A yes or no that was given, for the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// Counted from 1: a rejection ends a round.
    pub round: i64,
    /// Counted from 1.
    pub step: i64,
    /// `approved`, `rejected` or `paid`.
    pub verdict: String,
    pub by: String,
    /// In whose name, if not their own.
    pub stands_for: Option<String>,
    pub at: Timestamp,
    pub comment: Option<String>,
}

/// The steps an approval has: those that were kept, or one by whoever may approve.
pub(super) fn steps_of(chain: Option<&str>) -> Vec<Step> {
    chain.and_then(|chain| read_steps(chain).ok()).unwrap_or_else(one_step)
}

fn authority(id: &str, name: &str, role: Role, action: Action) -> Authority {
    Authority {
        id: id.to_owned(),
        name: name.to_owned(),
        role: role.word().to_owned(),
        may_approve: role.may(action),
    }
}

fn action_of(subject: Subject) -> Action {
    match subject {
        Subject::Payout => Action::ApprovePayout,
        Subject::Adjustment => Action::ApproveAdjustment,
    }
}

/// Who acts, and for whom they stand in today.
pub async fn person(
    reader: &mut Reader,
    actor: &Actor,
    subject: Subject,
    now: Timestamp,
) -> Result<Person, DbError> {
    let action = action_of(subject);
    let own = match actor {
        Actor::User { id, name, role } => authority(id.as_str(), name, *role, action),
        Actor::Token { .. } | Actor::System => Authority {
            id: actor_id(actor).to_owned(),
            name: actor.name().to_owned(),
            role: actor.kind().to_owned(),
            may_approve: actor.may(action),
        },
    };
    let mut stands_for = Vec::new();
    if matches!(actor, Actor::User { .. }) && actor.partner().is_none() {
        let (tenant, day) = (reader.tenant(), days_of(today(reader, now).await?));
        let rows = reader
            .rows(
                "SELECT DISTINCT u.public_id, u.name, u.role FROM delegation d \
                 JOIN user_account u ON u.tenant_id = d.tenant_id AND u.public_id = d.from_user \
                 WHERE d.tenant_id = $1 AND d.to_user = $2 AND d.from_day <= $3 \
                 AND d.until_day >= $3 AND d.ended_at IS NULL AND u.disabled = 0 \
                 AND u.role <> 'partner' ORDER BY u.public_id",
                args![tenant, &own.id, day],
            )
            .await?;
        let one = |row: &Row| {
            let role = Role::from_word(row.text(2), None)?;
            Some(authority(row.text(0), row.text(1), role, action))
        };
        stands_for = rows.iter().filter_map(one).collect();
    }
    Ok(Person { own, stands_for })
}

/// The approval of a payout as it stands.
pub async fn of_payout(reader: &mut Reader, payout: &PayoutRow) -> Result<Approval, DbError> {
    let mut found = of_payouts(reader, &[payout]).await?;
    Ok(found.pop().expect("one for each"))
}

/// The approvals of many payouts as they stand, in their order.
pub async fn of_payouts(
    reader: &mut Reader,
    payouts: &[&PayoutRow],
) -> Result<Vec<Approval>, DbError> {
    let subjects = payouts.iter().map(|row| row.public_id.clone()).collect();
    let rounds = payouts.iter().map(|row| row.round).collect();
    let rows = reader
        .lookup(
            "SELECT d.subject, d.by_id, d.for_id, d.decision_id FROM {keys} CROSS JOIN decision d \
             WHERE d.tenant_id = k.tenant AND d.subject = k.k1 AND d.round = k.k2 \
             AND d.verdict = 'approved' ORDER BY d.decision_id",
            args![],
            vec![Column::Text(subjects), Column::Int(rounds)],
        )
        .await?;
    let mut given: HashMap<String, Vec<Given>> = HashMap::new();
    for row in &rows {
        let one = Given { by: row.string(1), stands_for: row.opt_string(2) };
        given.entry(row.string(0)).or_default().push(one);
    }
    let periods: BTreeSet<(i64, &str)> = payouts
        .iter()
        .filter_map(|row| row.period())
        .map(|of| (of.program_id, of.name.as_str()))
        .collect();
    let (programs, names) = periods.into_iter().map(|(id, name)| (id, name.to_owned())).unzip();
    let rows = reader
        .lookup(
            "SELECT DISTINCT a.program_id, a.period_name, a.partner_id, a.asked_by_id FROM {keys} \
             CROSS JOIN adjustment a WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 \
             AND a.period_name = k.k2 AND a.status = 'approved'",
            args![],
            vec![Column::Int(programs), Column::Text(names)],
        )
        .await?;
    let mut askers: HashMap<(i64, String, i64), Vec<String>> = HashMap::new();
    for row in &rows {
        let of = (row.int(0), row.string(1), row.int(2));
        askers.entry(of).or_default().push(row.string(3));
    }
    let approval = |row: &&PayoutRow| {
        let mut prepared = vec![row.created_by_id.clone()];
        if let Some(of) = row.period() {
            let of = (of.program_id, of.name.clone(), row.partner_id);
            prepared.extend(askers.get(&of).into_iter().flatten().cloned());
        }
        let given = given.get(&row.public_id).cloned().unwrap_or_default();
        Approval::new(steps_of(row.chain.as_deref()), given, prepared)
    };
    Ok(payouts.iter().map(approval).collect())
}

/// The approval of an adjustment as it stands.
pub async fn of_adjustment(reader: &mut Reader, row: &AdjustmentRow) -> Result<Approval, DbError> {
    let steps = steps_of(row.chain.as_deref());
    let given = given(reader, &row.public_id, 1).await?;
    Ok(Approval::new(steps, given, vec![row.asked_by_id.clone()]))
}

async fn given(reader: &mut Reader, subject: &str, round: i64) -> Result<Vec<Given>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT by_id, for_id FROM decision WHERE tenant_id = $1 AND subject = $2 \
             AND round = $3 AND verdict = 'approved' ORDER BY decision_id",
            args![tenant, subject, round],
        )
        .await?;
    let one = |row: &Row| Given { by: row.string(0), stands_for: row.opt_string(1) };
    Ok(rows.iter().map(one).collect())
}

/// Everything that was decided about a payout or an adjustment, oldest first.
pub async fn decisions(reader: &mut Reader, subject: &str) -> Result<Vec<DecisionRow>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT round, step, verdict, by_name, for_name, at, comment FROM decision \
             WHERE tenant_id = $1 AND subject = $2 ORDER BY decision_id",
            args![tenant, subject],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| DecisionRow {
            round: row.int(0),
            step: row.int(1) + 1,
            verdict: row.string(2),
            by: row.string(3),
            stands_for: row.opt_string(4),
            at: row.instant(5),
            comment: row.opt_string(6),
        })
        .collect())
}

/// What was decided, before it is numbered.
struct Word<'a> {
    subject: (Subject, &'a str),
    round: i64,
    step: usize,
    verdict: &'static str,
    /// In whose name, if not their own.
    stands_for: Option<&'a Authority>,
    comment: Option<&'a str>,
}

async fn keep(tx: &mut Tx, actor: &Actor, now: Timestamp, word: Word<'_>) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(decision_id), 0) + 1 FROM decision WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    tx.execute(
        "INSERT INTO decision (tenant_id, decision_id, subject_kind, subject, round, step, \
         verdict, by_id, by_name, for_id, for_name, at, comment) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        args![
            tenant,
            row.map_or(1, |row| row.int(0)),
            word.subject.0.word(),
            word.subject.1,
            word.round,
            i64::try_from(word.step).unwrap_or(i64::MAX),
            word.verdict,
            actor_id(actor),
            actor.name(),
            word.stands_for.map(|other| other.id.as_str()),
            word.stands_for.map(|other| other.name.as_str()),
            now,
            word.comment
        ],
    )
    .await?;
    Ok(())
}

/// Somebody else, if it was decided in their name.
fn other<'a>(authority: &'a Authority, person: &Person) -> Option<&'a Authority> {
    (authority.id != person.own.id).then_some(authority)
}

/// Approves, rejects or pays a payout. With a chain of several steps an approval may leave it
/// waiting for the next one.
pub async fn step(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    step: PayoutStep,
    comment: Option<&str>,
) -> Result<PayoutRow, SettleError> {
    let comment = said(comment)?;
    let payout = payouts::payout(tx, public_id).await?.ok_or(SettleError::NotFound)?;
    if payout.status != PayoutStatus::Paid
        && let Some(run) = filed::file_of(tx, public_id).await?
    {
        return Err(SettleError::InFile { run });
    }
    let to =
        payout.status.after(step).ok_or(SettleError::NotNow { status: payout.status.word() })?;
    match step {
        PayoutStep::Approve => approve(tx, actor, now, payout, comment).await,
        PayoutStep::Reject => reject(tx, actor, now, payout, comment).await,
        PayoutStep::Pay => {
            let way = Settled { way: by_hand(tx, &payout).await?, is_by_hand: true };
            pay(tx, actor, now, (payout, to), way, comment).await
        }
    }
}

/// What a payout moves between that somebody marks as settled without a paper: what its payee is
/// credited leaves no money, with a note of ours or without one.
async fn by_hand(reader: &mut Reader, payout: &PayoutRow) -> Result<Way, DbError> {
    let payee = payee::payee(reader, payout.partner_id).await?;
    Ok(if payee.details.is_credited_in(&payout.unit) { Way::CreditNote } else { Way::Transfer })
}

/// Settles an approved payout that stands in no file, the way that a file or note says.
pub(super) async fn settle(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    way: Way,
) -> Result<PayoutRow, SettleError> {
    let payout = payouts::payout(tx, public_id).await?.ok_or(SettleError::NotFound)?;
    let to = payout.status.after(PayoutStep::Pay);
    let to = to.ok_or(SettleError::NotNow { status: payout.status.word() })?;
    pay(tx, actor, now, (payout, to), Settled { way, is_by_hand: false }, None).await
}

/// How a payout is settled, and whether somebody says so without a paper.
#[derive(Debug, Clone, Copy)]
struct Settled {
    way: Way,
    is_by_hand: bool,
}

async fn approve(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    payout: PayoutRow,
    comment: Option<&str>,
) -> Result<PayoutRow, SettleError> {
    let person = person(tx, actor, Subject::Payout, now).await?;
    let approval = of_payout(tx, &payout).await?;
    let authority = approval.authority(&person)?;
    let (step, stands_for) = (approval.step(), other(authority, &person));
    let subject = (Subject::Payout, payout.public_id.as_str());
    let word =
        Word { subject, round: payout.round, step, verdict: "approved", stands_for, comment };
    keep(tx, actor, now, word).await?;
    let (progress, _) = approval.clone().approve(&person)?;
    let (status, step, due) = match progress {
        Progress::Next { step, days } => {
            (PayoutStatus::Pending, step, Some(after(today(tx, now).await?, days)))
        }
        Progress::Done => (PayoutStatus::Approved, step + 1, None),
    };
    let after = PayoutRow {
        status,
        step: i64::try_from(step).unwrap_or(i64::MAX),
        due,
        decided_by: Some(actor.name().to_owned()),
        decided_at: Some(now),
        comment: comment.map(str::to_owned),
        ..payout.clone()
    };
    decided(tx, actor, now, (&payout, &after), "approve").await?;
    Ok(after)
}

async fn reject(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    payout: PayoutRow,
    comment: Option<&str>,
) -> Result<PayoutRow, SettleError> {
    if comment.is_none() {
        return Err(SettleError::NoReason);
    }
    let person = person(tx, actor, Subject::Payout, now).await?;
    let approval = of_payout(tx, &payout).await?;
    let stands_for = other(approval.objector(&person)?, &person);
    let (step, subject) = (approval.step(), (Subject::Payout, payout.public_id.as_str()));
    let word =
        Word { subject, round: payout.round, step, verdict: "rejected", stands_for, comment };
    keep(tx, actor, now, word).await?;
    // Whoever approves it after all begins again.
    let after = PayoutRow {
        status: PayoutStatus::Rejected,
        round: payout.round + 1,
        step: 0,
        due: None,
        decided_by: Some(actor.name().to_owned()),
        decided_at: Some(now),
        comment: comment.map(str::to_owned),
        ..payout.clone()
    };
    decided(tx, actor, now, (&payout, &after), "reject").await?;
    Ok(after)
}

async fn pay(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (payout, to): (PayoutRow, PayoutStatus),
    settled: Settled,
    comment: Option<&str>,
) -> Result<PayoutRow, SettleError> {
    let day = today(tx, now).await?;
    // A hold keeps our money here; what a partner sends back is taken.
    let comes_in =
        settled.way == Way::Receipt || (settled.is_by_hand && payout.amount.is_sign_negative());
    if !comes_in
        && let Some(held) = hold::acting(tx, payout.partner_id, &payout.public_id, day).await?
    {
        return Err(SettleError::Held { reason: held.reason });
    }
    let ways = match settled.way {
        // Money that came without a demand is demanded in the books first, so that it is not
        // taken for a payment that was taken back.
        _ if comes_in && settled.is_by_hand => vec![Way::Demand, Way::Receipt],
        way => vec![way],
    };
    let postings = ways.iter().map(|way| filed::moved(&payout, *way, payout.amount)).collect();
    ledger::post(tx, postings, now).await?;
    let step = usize::try_from(payout.step).unwrap_or_default();
    let subject = (Subject::Payout, payout.public_id.as_str());
    let word =
        Word { subject, round: payout.round, step, verdict: "paid", stands_for: None, comment };
    keep(tx, actor, now, word).await?;
    let after = PayoutRow {
        status: to,
        paid_at: Some(now),
        comment: comment.map(str::to_owned).or_else(|| payout.comment.clone()),
        ..payout.clone()
    };
    let action = ways.last().map_or("pay", |way| way.action());
    decided(tx, actor, now, (&payout, &after), action).await?;
    Ok(after)
}

/// Keeps where a payout stands now, and who did it.
async fn decided(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (before, after): (&PayoutRow, &PayoutRow),
    action: &'static str,
) -> Result<(), DbError> {
    payouts::set(tx, after, actor.name(), now).await?;
    let steps = steps_of(after.chain.as_deref()).len();
    let (was, is) = (format!("{}/{steps}", before.step), format!("{}/{steps}", after.step));
    let mut change = vec![("status", before.status.word(), after.status.word())];
    if steps > 1 && was != is {
        change.push(("step", was.as_str(), is.as_str()));
    }
    change.extend(after.comment.as_deref().map(|comment| ("comment", "", comment)));
    record(tx, actor, now, ("payout", &after.public_id), action, &change).await?;
    news::of_payout(tx, actor, now, (before.status, after)).await
}

/// Takes a step of an adjustment's approval; `None` leaves it waiting for the next step.
pub(super) async fn decide(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (row, verdict): (&AdjustmentRow, AdjustmentStatus),
    comment: Option<&str>,
) -> Result<Option<AdjustmentStatus>, SettleError> {
    let person = person(tx, actor, Subject::Adjustment, now).await?;
    let approval = of_adjustment(tx, row).await?;
    let authority = match verdict {
        // Nobody needs a second person to take back what they asked for.
        AdjustmentStatus::Rejected if row.asked_by_id == person.own.id => &person.own,
        _ => approval.authority(&person)?,
    };
    let (step, stands_for) = (approval.step(), other(authority, &person));
    let subject = (Subject::Adjustment, row.public_id.as_str());
    let said = if verdict == AdjustmentStatus::Rejected { "rejected" } else { "approved" };
    let word = Word { subject, round: 1, step, verdict: said, stands_for, comment };
    keep(tx, actor, now, word).await?;
    if verdict == AdjustmentStatus::Rejected {
        return Ok(Some(verdict));
    }
    let (progress, _) = approval.clone().approve(&person)?;
    match progress {
        Progress::Done => Ok(Some(AdjustmentStatus::Approved)),
        Progress::Next { step, days } => {
            let by = after(today(tx, now).await?, days);
            store::set_adjustment_step(tx, &row.public_id, step, by).await?;
            Ok(None)
        }
    }
}

/// The chain and the first due day of something new, as they are kept beside it.
pub(super) async fn begin(
    tx: &mut Tx,
    now: Timestamp,
    (subject, unit, amount): (Subject, &str, Decimal),
) -> Result<(Option<String>, Date), DbError> {
    let policy = policy(tx).await?;
    let day = today(tx, now).await?;
    Ok(policy.begun(subject, unit, amount, day))
}
