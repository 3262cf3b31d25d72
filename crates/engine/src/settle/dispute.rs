//! Disputes: a partner says that an amount is wrong, both sides write, and somebody decides.
//!
//! What is accepted becomes an adjustment of the first open period, which goes the way of every
//! adjustment: whoever accepts the dispute asks for it, somebody else approves it.
//!
//! Owns `dispute` and `dispute_message`.

use domain::amount::Currency;
use domain::dispute::{Dispute, DisputeStep};
use domain::plan::Plan;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::adjust::{NewAdjustment, ask_adjustment, open_period};
use super::{COMMENT_CHARS_MAX, SettleError, actor_id, record};
use crate::access::{Actor, Viewer};
use crate::accrue::AwardRef;
use crate::args;
use crate::catalog::{MasterData, today};
use crate::db::{DbError, Reader, Row, Tx, date_of};
use crate::id::{Id, Kind};
use crate::payouts;
use crate::policy::{REASON_DISPUTE, after, policy};
use crate::rules::Rules;

/// What is disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeKind {
    /// The amount of a payout.
    Payout,
    /// The amount of an award, whether it is settled or not.
    Award,
    /// How a line counts.
    Line,
}

/// Why, as the partner chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeReason {
    MissingSales,
    WrongAmount,
    WrongTier,
    Terms,
    Other,
}

impl DisputeKind {
    pub const ALL: [DisputeKind; 3] = [DisputeKind::Payout, DisputeKind::Award, DisputeKind::Line];

    pub fn word(self) -> &'static str {
        match self {
            DisputeKind::Payout => "payout",
            DisputeKind::Award => "award",
            DisputeKind::Line => "line",
        }
    }

    pub fn from_word(word: &str) -> Option<DisputeKind> {
        DisputeKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl DisputeReason {
    pub const ALL: [DisputeReason; 5] = [
        DisputeReason::MissingSales,
        DisputeReason::WrongAmount,
        DisputeReason::WrongTier,
        DisputeReason::Terms,
        DisputeReason::Other,
    ];

    pub fn word(self) -> &'static str {
        match self {
            DisputeReason::MissingSales => "missing_sales",
            DisputeReason::WrongAmount => "wrong_amount",
            DisputeReason::WrongTier => "wrong_tier",
            DisputeReason::Terms => "terms",
            DisputeReason::Other => "other",
        }
    }

    pub fn from_word(word: &str) -> Option<DisputeReason> {
        DisputeReason::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// A dispute as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeRow {
    pub public_id: String,
    pub partner_id: i64,
    pub partner_code: String,
    pub program_id: i64,
    pub program_code: String,
    pub period_name: String,
    pub kind: DisputeKind,
    /// Id of the payout, reference of the award, or key of the line.
    pub subject: String,
    /// The payout it is about, if there is one yet.
    pub payout: Option<String>,
    pub reason: DisputeReason,
    pub unit: String,
    /// What we said it is.
    pub stated: Decimal,
    /// What the partner says it is.
    pub expected: Option<Decimal>,
    pub state: Dispute,
    pub opened_by: String,
    pub opened_at: Timestamp,
    /// The day by which the vendor answers.
    pub due: Date,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
}

/// What one side wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub of_partner: bool,
    pub author: String,
    pub at: Timestamp,
    /// What was done with it: `open`, `answer`, `reply`, `accept`, `reject`, `withdraw`.
    pub step: String,
    pub text: String,
}

/// What a partner disputes. Whoever calls has looked that the award is the partner's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDispute {
    pub kind: DisputeKind,
    /// Id of the payout, reference of the award, or key of the line.
    pub subject: String,
    /// The payout it is about, if there is one yet.
    pub payout: Option<String>,
    pub program: String,
    pub period: String,
    /// What we said it is; a payout says it itself.
    pub stated: Decimal,
    pub expected: Option<Decimal>,
    pub reason: DisputeReason,
    pub text: String,
}

const COLUMNS: &str = "SELECT d.public_id, d.partner_id, r.code, d.program_id, g.code, \
    d.period_name, d.subject_kind, d.subject, d.payout, d.reason, d.unit, d.stated, d.expected, \
    d.status, d.opened_by, d.opened_at, d.due_day, d.decided_by, d.decided_at, d.accepted, \
    d.adjustment FROM dispute d \
    JOIN program g ON g.tenant_id = d.tenant_id AND g.program_id = d.program_id \
    JOIN partner r ON r.tenant_id = d.tenant_id AND r.partner_id = d.partner_id";

fn dispute_row(row: &Row) -> DisputeRow {
    let number = |column: usize| row.opt_text(column).and_then(|text| text.parse().ok());
    let state = match row.text(13) {
        "answered" => Dispute::Answered,
        "accepted" => Dispute::Accepted {
            amount: number(19).unwrap_or_default(),
            adjustment: row.opt_string(20).unwrap_or_default(),
        },
        "rejected" => Dispute::Rejected,
        "withdrawn" => Dispute::Withdrawn,
        _ => Dispute::Open,
    };
    DisputeRow {
        public_id: row.string(0),
        partner_id: row.int(1),
        partner_code: row.string(2),
        program_id: row.int(3),
        program_code: row.string(4),
        period_name: row.string(5),
        kind: DisputeKind::from_word(row.text(6)).unwrap_or(DisputeKind::Payout),
        subject: row.string(7),
        payout: row.opt_string(8),
        reason: DisputeReason::from_word(row.text(9)).unwrap_or(DisputeReason::Other),
        unit: row.string(10),
        stated: number(11).unwrap_or_default(),
        expected: number(12),
        state,
        opened_by: row.string(14),
        opened_at: row.instant(15),
        due: date_of(row.int(16)).unwrap_or(Date::MAX),
        decided_by: row.opt_string(17),
        decided_at: row.opt_instant(18),
    }
}

fn written(text: &str) -> Result<&str, SettleError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > COMMENT_CHARS_MAX {
        return Err(SettleError::NoReason);
    }
    Ok(text)
}

/// In what the disputed amount is: the payout's currency, the award's, or else the program's.
async fn unit(reader: &mut Reader, plan: &Plan, new: &NewDispute) -> Result<Currency, DbError> {
    let payout = match &new.payout {
        Some(id) => payouts::payout(reader, id).await?,
        None => None,
    };
    let award = || {
        let award = new.subject.parse::<AwardRef>().ok()?;
        if new.kind != DisputeKind::Award {
            return None;
        }
        plan.currency_of(plan.term(&award.term)?)
    };
    let paid = payout.and_then(|payout| Currency::parse(&payout.unit));
    Ok(paid.or_else(award).unwrap_or(plan.newest().currency))
}

/// Opens a dispute in the name of a partner.
pub async fn open_dispute(
    tx: &mut Tx,
    rules: &Rules,
    (actor, own): (&Actor, i64),
    now: Timestamp,
    new: &NewDispute,
) -> Result<String, SettleError> {
    let text = written(&new.text)?;
    let at =
        rules.by_code(&new.program).ok_or_else(|| SettleError::NoProgram(new.program.clone()))?;
    let unit = unit(tx, &rules.plans[at], new).await?;
    let decimals = unit.decimals();
    if new.expected.is_some_and(|amount| amount.normalize().scale() > decimals) {
        return Err(SettleError::BadAmount { decimals });
    }
    let (policy, day) = (policy(tx).await?, today(tx, now).await?);
    let mut stated = new.stated;
    if let Some(id) = &new.payout {
        let payout = payouts::payout(tx, id).await?.ok_or(SettleError::NotFound)?;
        if payout.partner_id != own || payout.program_id() != Some(rules.program_ids[at]) {
            return Err(SettleError::NotFound);
        }
        let closed = domain::period::day_of(payout.created_at, &rules.plans[at].zone);
        let until = after(closed, policy.dispute_days);
        if until < day {
            return Err(SettleError::TooLate { until });
        }
        if new.kind == DisputeKind::Payout {
            stated = payout.amount;
        }
    }
    let tenant = tx.tenant();
    if new.kind == DisputeKind::Line {
        let sql = "SELECT 1 FROM fact WHERE tenant_id = $1 AND key = $2 AND partner_id = $3";
        tx.row(sql, args![tenant, &new.subject, own]).await?.ok_or(SettleError::NotFound)?;
    }
    let open = tx
        .row(
            "SELECT 1 FROM dispute WHERE tenant_id = $1 AND partner_id = $2 AND program_id = $3 \
             AND subject_kind = $4 AND subject = $5 AND status IN ('open', 'answered')",
            args![tenant, own, rules.program_ids[at], new.kind.word(), &new.subject],
        )
        .await?;
    if open.is_some() {
        return Err(SettleError::DisputedAlready);
    }
    let row = tx
        .row(
            "SELECT COALESCE(MAX(dispute_id), 0) + 1 FROM dispute WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let (number, id) = (row.map_or(1, |row| row.int(0)), Id::new(Kind::Dispute, now));
    tx.execute(
        "INSERT INTO dispute (tenant_id, dispute_id, public_id, partner_id, program_id, \
         period_name, subject_kind, subject, payout, reason, unit, stated, expected, status, \
         opened_by, opened_at, due_day) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', $14, $15, $16)",
        args![
            tenant,
            number,
            &id,
            own,
            rules.program_ids[at],
            &new.period,
            new.kind.word(),
            &new.subject,
            &new.payout,
            new.reason.word(),
            unit.as_str(),
            stated.normalize().to_string(),
            new.expected.map(|amount| amount.normalize().to_string()),
            actor.name(),
            now,
            after(day, policy.answer_days)
        ],
    )
    .await?;
    keep(tx, actor, now, id.as_str(), (true, "open", text)).await?;
    let change = [
        ("status", "", "open"),
        ("subject", "", new.subject.as_str()),
        ("reason", "", new.reason.word()),
    ];
    record(tx, actor, now, ("dispute", id.as_str()), "open", &change).await?;
    Ok(id.into())
}

/// Adds what was written to the thread.
async fn keep(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    (of_partner, step, text): (bool, &str, &str),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT d.dispute_id, COALESCE(MAX(m.message_no), 0) + 1 FROM dispute d \
             LEFT JOIN dispute_message m ON m.tenant_id = d.tenant_id \
             AND m.dispute_id = d.dispute_id WHERE d.tenant_id = $1 AND d.public_id = $2 \
             GROUP BY d.dispute_id",
            args![tenant, public_id],
        )
        .await?;
    let Some(row) = row else { return Ok(()) };
    tx.execute(
        "INSERT INTO dispute_message (tenant_id, dispute_id, message_no, side, author, author_id, \
         at, step, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tenant,
            row.int(0),
            row.int(1),
            if of_partner { "partner" } else { "vendor" },
            actor.name(),
            actor_id(actor),
            now,
            step,
            text
        ],
    )
    .await?;
    Ok(())
}

/// Keeps what a step says, and where it leads.
async fn go_on(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    found: &DisputeRow,
    (step, word, text): (DisputeStep, &'static str, &str),
) -> Result<Dispute, SettleError> {
    let state = found.state.clone().after(step)?;
    let of_partner = actor.partner().is_some();
    keep(tx, actor, now, &found.public_id, (of_partner, word, text)).await?;
    let (tenant, id) = (tx.tenant(), &found.public_id);
    if state.is_open() {
        // A question opens the time for an answer again.
        let due = if state == Dispute::Open && of_partner {
            after(today(tx, now).await?, policy(tx).await?.answer_days)
        } else {
            found.due
        };
        tx.execute(
            "UPDATE dispute SET status = $3, due_day = $4 WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id, state.word(), due],
        )
        .await?;
    } else {
        let (accepted, adjustment) = match &state {
            Dispute::Accepted { amount, adjustment } => {
                (Some(amount.normalize().to_string()), Some(adjustment.as_str()))
            }
            _ => (None, None),
        };
        tx.execute(
            "UPDATE dispute SET status = $3, decided_by = $4, decided_at = $5, accepted = $6, \
             adjustment = $7 WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id, state.word(), actor.name(), now, &accepted, adjustment],
        )
        .await?;
    }
    let change = [("status", found.state.word(), state.word()), ("comment", "", text)];
    record(tx, actor, now, ("dispute", id), word, &change).await?;
    Ok(state)
}

/// The dispute, if whoever acts may see it.
async fn visible(tx: &mut Tx, actor: &Actor, id: &str) -> Result<DisputeRow, SettleError> {
    dispute(tx, Viewer::of(actor.partner()), id).await?.ok_or(SettleError::NotFound)
}

/// Writes to the thread: the partner asks again, the vendor answers.
pub async fn write_to_dispute(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    text: &str,
) -> Result<Dispute, SettleError> {
    let found = visible(tx, actor, public_id).await?;
    let step = match actor.partner() {
        Some(_) => (DisputeStep::Reply, "reply", written(text)?),
        None => (DisputeStep::Answer, "answer", written(text)?),
    };
    go_on(tx, actor, now, &found, step).await
}

/// Accepts a dispute: the amount becomes an adjustment that somebody else approves.
pub async fn accept_dispute(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    (actor, now): (&Actor, Timestamp),
    public_id: &str,
    (amount, text): (Decimal, &str),
) -> Result<Dispute, SettleError> {
    let found = visible(tx, actor, public_id).await?;
    if actor.partner().is_some() {
        return Err(SettleError::NotFound);
    }
    // Refused before anything is asked for.
    found.state.clone().after(DisputeStep::Answer)?;
    let text = written(text)?;
    let new = NewAdjustment {
        term: None,
        program: found.program_code.clone(),
        partner: found.partner_code.clone(),
        period: open_period(rules, found.program_id, &found.period_name),
        amount,
        unit: Currency::parse(&found.unit),
        reason_code: REASON_DISPUTE.to_owned(),
        reason: text.to_owned(),
        dispute: Some(found.public_id.clone()),
    };
    let adjustment = ask_adjustment(tx, rules, master, actor, now, &new).await?;
    let step = DisputeStep::Accept { amount, adjustment };
    go_on(tx, actor, now, &found, (step, "accept", text)).await
}

/// Rejects a dispute, with the reason.
pub async fn reject_dispute(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    text: &str,
) -> Result<Dispute, SettleError> {
    let found = visible(tx, actor, public_id).await?;
    if actor.partner().is_some() {
        return Err(SettleError::NotFound);
    }
    go_on(tx, actor, now, &found, (DisputeStep::Reject, "reject", written(text)?)).await
}

/// Takes a dispute back. Only the partner can.
pub async fn withdraw_dispute(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    text: &str,
) -> Result<Dispute, SettleError> {
    let found = visible(tx, actor, public_id).await?;
    if actor.partner().is_none() {
        return Err(SettleError::NotFound);
    }
    go_on(tx, actor, now, &found, (DisputeStep::Withdraw, "withdraw", text.trim())).await
}

/// A dispute, if the viewer may see it.
pub async fn dispute(
    reader: &mut Reader,
    viewer: Viewer,
    public_id: &str,
) -> Result<Option<DisputeRow>, DbError> {
    let sql = format!("{COLUMNS} WHERE d.tenant_id = $1 AND d.public_id = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, public_id]).await?;
    Ok(row.as_ref().map(dispute_row).filter(|found| viewer.may_see(found.partner_id)))
}

/// Disputes that the viewer may see: those that need an answer first, by the day it is due.
pub async fn disputes(reader: &mut Reader, viewer: Viewer) -> Result<Vec<DisputeRow>, DbError> {
    let own = viewer.scope(None).ok().flatten().unwrap_or(0);
    let sql = format!(
        "{COLUMNS} WHERE d.tenant_id = $1 AND ($2 = 0 OR d.partner_id = $2) \
         ORDER BY CASE d.status WHEN 'open' THEN 0 WHEN 'answered' THEN 1 ELSE 2 END, \
         CASE WHEN d.status = 'open' THEN d.due_day ELSE 0 END, d.dispute_id DESC"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, own]).await?;
    Ok(rows.iter().map(dispute_row).collect())
}

/// How many disputes the vendor has to answer.
pub async fn disputes_open(reader: &mut Reader) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let sql = "SELECT COUNT(*) FROM dispute WHERE tenant_id = $1 AND status = 'open'";
    Ok(reader.row(sql, args![tenant]).await?.map_or(0, |row| row.int(0)))
}

/// What was written, oldest first.
pub async fn dispute_messages(
    reader: &mut Reader,
    public_id: &str,
) -> Result<Vec<Message>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT m.side, m.author, m.at, m.step, m.text FROM dispute_message m \
             JOIN dispute d ON d.tenant_id = m.tenant_id AND d.dispute_id = m.dispute_id \
             WHERE m.tenant_id = $1 AND d.public_id = $2 ORDER BY m.message_no",
            args![tenant, public_id],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Message {
            of_partner: row.text(0) == "partner",
            author: row.string(1),
            at: row.instant(2),
            step: row.string(3),
            text: row.string(4),
        })
        .collect())
}
