//! Approving payouts and adjustments: chains by amount, deputies, and every word that was given.
//!
//! Owns `decision` and `delegation`.

use domain::approval::{Approval, Authority, Given, Person, Progress, Step, Subject};
use domain::period::day_of;
use domain::settlement::{AdjustmentStatus, PayoutStatus, PayoutStep};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::policy::{after, one_step, policy, read_steps};
use super::{AdjustmentRow, PayoutRow, SettleError, actor_id, hold, record, said, store};
use crate::access::{self, Action, Actor, Role};
use crate::args;
use crate::catalog::load_settings;
use crate::db::{DbError, Reader, Row, Tx, days_of};
use crate::id::{Id, Kind};
use crate::ledger::{self, About, Account, Cause, NewPosting};

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

/// Somebody decides for somebody else while they are away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    pub public_id: String,
    /// Public id of who is away, and of who stands in.
    pub from_user: String,
    pub to_user: String,
    pub from: Date,
    /// The last day.
    pub until: Date,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Payouts of a program and period at one step of a chain, that wait for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub program_id: i64,
    pub program: String,
    pub period_name: String,
    pub unit: String,
    pub payouts: i64,
    pub amount: Decimal,
    /// The step, counted from 1, and of how many.
    pub step: usize,
    pub steps: usize,
    /// The day by which the first of them should be decided.
    pub due: Option<Date>,
}

/// Today, where the vendor is.
pub async fn today(reader: &mut Reader, now: Timestamp) -> Result<Date, DbError> {
    let settings = load_settings(reader).await?;
    let zone = jiff::tz::TimeZone::get(&settings.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    Ok(day_of(now, &zone))
}

/// The steps an approval has: those that were kept, or one by whoever may approve.
pub(super) fn steps_of(chain: Option<&str>, days: u16) -> Vec<Step> {
    chain.and_then(|chain| read_steps(chain).ok()).unwrap_or_else(|| one_step(days))
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
    let steps = steps_of(payout.chain.as_deref(), 0);
    let given = given(reader, &payout.public_id, payout.round).await?;
    let mut prepared = vec![payout.created_by_id.clone()];
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT DISTINCT asked_by_id FROM adjustment WHERE tenant_id = $1 AND program_id = $2 \
             AND period_name = $3 AND partner_id = $4 AND status = 'approved'",
            args![tenant, payout.program_id, &payout.period_name, payout.partner_id],
        )
        .await?;
    prepared.extend(rows.iter().map(|row| row.string(0)));
    Ok(Approval::new(steps, given, prepared))
}

/// The approval of an adjustment as it stands.
pub async fn of_adjustment(reader: &mut Reader, row: &AdjustmentRow) -> Result<Approval, DbError> {
    let steps = steps_of(row.chain.as_deref(), 0);
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
    let payout = store::payout(tx, public_id).await?.ok_or(SettleError::NotFound)?;
    let to =
        payout.status.after(step).ok_or(SettleError::NotNow { status: payout.status.word() })?;
    match step {
        PayoutStep::Approve => approve(tx, actor, now, payout, comment).await,
        PayoutStep::Reject => reject(tx, actor, now, payout, comment).await,
        PayoutStep::Pay => pay(tx, actor, now, payout, to, comment).await,
    }
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
    payout: PayoutRow,
    to: PayoutStatus,
    comment: Option<&str>,
) -> Result<PayoutRow, SettleError> {
    let day = today(tx, now).await?;
    if let Some(held) = hold::acting(tx, payout.partner_id, &payout.public_id, day).await? {
        return Err(SettleError::Held { reason: held.reason });
    }
    let posting = NewPosting {
        cause: Cause::Payment,
        debit: Account::Payable { partner: payout.partner_code.clone() },
        credit: Account::Cash,
        unit: payout.unit.clone(),
        amount: payout.amount,
        about: About {
            program_id: Some(payout.program_id),
            partner_id: Some(payout.partner_id),
            booked_day: Some(days_of(payout.period)),
            subject: Some(payout.public_id.clone()),
            ..About::default()
        },
    };
    ledger::post(tx, vec![posting], now).await?;
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
    decided(tx, actor, now, (&payout, &after), "pay").await?;
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
    store::set_payout(tx, after, actor.name(), now).await?;
    let steps = steps_of(after.chain.as_deref(), 0).len();
    let (was, is) = (format!("{}/{steps}", before.step), format!("{}/{steps}", after.step));
    let mut change = vec![("status", before.status.word(), after.status.word())];
    if steps > 1 && was != is {
        change.push(("step", was.as_str(), is.as_str()));
    }
    change.extend(after.comment.as_deref().map(|comment| ("comment", "", comment)));
    record(tx, actor, now, ("payout", &after.public_id), action, &change).await
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

/// Payouts that wait for this person, by period and step, the most urgent first.
pub async fn waiting_for(reader: &mut Reader, person: &Person) -> Result<Vec<Waiting>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT p.program_id, g.code, p.period_name, p.unit, p.chain, p.step, COUNT(*), \
             string_agg(p.amount, ' '), MIN(p.due_day) FROM payout p JOIN program g \
             ON g.tenant_id = p.tenant_id AND g.program_id = p.program_id \
             WHERE p.tenant_id = $1 AND p.status = 'pending' AND p.created_by_id <> $2 \
             AND (p.step = 0 OR NOT EXISTS (SELECT 1 FROM decision d \
             WHERE d.tenant_id = p.tenant_id AND d.subject = p.public_id AND d.round = p.round \
             AND d.verdict = 'approved' AND (d.by_id = $2 OR d.for_id = $2))) \
             GROUP BY p.program_id, g.code, p.period_name, p.period_day, p.unit, p.chain, p.step \
             ORDER BY MIN(p.due_day), p.period_day, g.code, p.step",
            args![tenant, &person.own.id],
        )
        .await?;
    let found = rows.iter().filter_map(|row| {
        let steps = steps_of(row.opt_text(4), 0);
        let step = usize::try_from(row.int(5)).ok()?;
        takes(&steps, step, person).then(|| Waiting {
            program_id: row.int(0),
            program: row.string(1),
            period_name: row.string(2),
            unit: row.string(3),
            payouts: row.int(6),
            amount: row.text(7).split(' ').filter_map(|one| one.parse::<Decimal>().ok()).sum(),
            step: step + 1,
            steps: steps.len(),
            due: row.opt_int(8).and_then(crate::db::date_of),
        })
    });
    Ok(found.collect())
}

/// Whether that step of a chain is this person's, as far as the chain says.
fn takes(steps: &[Step], step: usize, person: &Person) -> bool {
    let rest = steps.get(step..).unwrap_or_default().to_vec();
    Approval::new(rest, Vec::new(), Vec::new()).authority(person).is_ok()
}

/// How many payouts and adjustments wait for this actor.
pub async fn waiting_counts(
    reader: &mut Reader,
    actor: &Actor,
    now: Timestamp,
) -> Result<(i64, i64), DbError> {
    let payouts = person(reader, actor, Subject::Payout, now).await?;
    let adjustments = person(reader, actor, Subject::Adjustment, now).await?;
    let counts = [
        (
            "SELECT chain, step, COUNT(*) FROM payout WHERE tenant_id = $1 \
             AND status = 'pending' AND created_by_id <> $2 GROUP BY chain, step",
            payouts,
        ),
        (
            "SELECT chain, step, COUNT(*) FROM adjustment WHERE tenant_id = $1 \
             AND status = 'pending' AND asked_by_id <> $2 GROUP BY chain, step",
            adjustments,
        ),
    ];
    let mut sums = [0, 0];
    for ((sql, person), sum) in counts.into_iter().zip(&mut sums) {
        for row in reader.rows(sql, args![reader.tenant(), &person.own.id]).await? {
            let step = usize::try_from(row.int(1)).unwrap_or(usize::MAX);
            if takes(&steps_of(row.opt_text(0), 0), step, &person) {
                *sum += row.int(2);
            }
        }
    }
    Ok((sums[0], sums[1]))
}

/// Adjustments that wait for this person, oldest first.
pub async fn adjustments_for(
    reader: &mut Reader,
    person: &Person,
) -> Result<Vec<AdjustmentRow>, DbError> {
    let mut found = Vec::new();
    for row in store::adjustments(reader, 0, Some(AdjustmentStatus::Pending)).await? {
        if of_adjustment(reader, &row).await?.authority(person).is_ok() {
            found.push(row);
        }
    }
    found.reverse();
    Ok(found)
}

/// Says that somebody stands in for somebody else from one day to another.
pub async fn delegate(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (from_user, to_user): (&str, &str),
    (from, until): (Date, Date),
) -> Result<String, SettleError> {
    let day = today(tx, now).await?;
    if until < from || until < day {
        return Err(SettleError::BadDays);
    }
    // Only one's own word is given away, or by who looks after users.
    if from_user != actor_id(actor) && !actor.may(Action::EditUsers) {
        return Err(SettleError::NotFound);
    }
    for user in [from_user, to_user] {
        let found = access::find_user(tx, user).await?.ok_or(SettleError::NotFound)?;
        if found.role.partner().is_some() || found.disabled {
            return Err(SettleError::NotFound);
        }
    }
    if from_user == to_user {
        return Err(SettleError::OwnDeputy);
    }
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(delegation_id), 0) + 1 FROM delegation WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let id = Id::new(Kind::Delegation, now);
    tx.execute(
        "INSERT INTO delegation (tenant_id, delegation_id, public_id, from_user, to_user, \
         from_day, until_day, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tenant,
            row.map_or(1, |row| row.int(0)),
            &id,
            from_user,
            to_user,
            from,
            until,
            actor.name(),
            now
        ],
    )
    .await?;
    let (first, last) = (from.to_string(), until.to_string());
    let change = [
        ("from_user", "", from_user),
        ("to_user", "", to_user),
        ("from", "", first.as_str()),
        ("until", "", last.as_str()),
    ];
    record(tx, actor, now, ("delegation", id.as_str()), "create", &change).await?;
    Ok(id.into())
}

/// Ends a delegation before its last day.
pub async fn end_delegation(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
) -> Result<(), SettleError> {
    let all = delegations(tx, None).await?;
    let found = all.into_iter().find(|one| one.public_id == public_id);
    let found = found.ok_or(SettleError::NotFound)?;
    if found.from_user != actor_id(actor) && !actor.may(Action::EditUsers) {
        return Err(SettleError::NotFound);
    }
    if found.ended_at.is_some() {
        return Err(SettleError::NotNow { status: "ended" });
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE delegation SET ended_at = $3 WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, public_id, now],
    )
    .await?;
    let change = [("status", "acting", "ended")];
    record(tx, actor, now, ("delegation", public_id), "end", &change).await?;
    Ok(())
}

/// Delegations that are not over on that day; all that ever were without a day.
pub async fn delegations(
    reader: &mut Reader,
    day: Option<Date>,
) -> Result<Vec<Delegation>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT public_id, from_user, to_user, from_day, until_day, created_at, ended_at \
             FROM delegation WHERE tenant_id = $1 \
             AND ($2 IS NULL OR (until_day >= $2 AND ended_at IS NULL)) \
             ORDER BY from_day, delegation_id",
            args![tenant, day.map(days_of)],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Delegation {
            public_id: row.string(0),
            from_user: row.string(1),
            to_user: row.string(2),
            from: row.date(3),
            until: row.date(4),
            created_at: row.instant(5),
            ended_at: row.opt_instant(6),
        })
        .collect())
}
