//! What a person has to look at before a period is closed, each with its number and amount.
//!
//! # Invariants
//!
//! * A close that would pay in spite of something serious needs the word of whoever closes, with a
//!   comment, for each kind. What was known is kept beside the close.
//! * The list is computed from the same lines that the close will pay.
//!
//! Owns `acknowledgement`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::amount::Currency;
use domain::period::Period;
use domain::plan::Plan;
use domain::settlement::PayoutLine;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::caps;
use super::hold::holds_acting;
use super::{PartnerPayout, SettleError, preview};
use crate::access::Actor;
use crate::args;
use crate::catalog::{self, MasterData, today};
use crate::db::{DbError, Reader, Tx};
use crate::policy::{Policy, policy};
use crate::rules::Rules;

/// What can be out of the ordinary about a period, the most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExceptionKind {
    /// A partner would owe us: carried on as a debt, or claimed back.
    Negative,
    /// Much more, or much less, than the period before.
    Jump,
    /// Disputes that nobody has decided.
    Dispute,
    /// Facts that count for nothing until a rate, a factor or a price arrives.
    Waiting,
    /// Adjustments that nobody has decided: they count in the next period.
    PendingAdjustment,
    /// A partner without a name, or without a field that paying it needs.
    MissingData,
    /// What became known late about earlier periods.
    PriorPeriod,
    /// A limit cut what was earned.
    CapHit,
    /// Will not be paid for now.
    Held,
    /// Below the minimum: carried on, or given up.
    BelowMinimum,
}

impl ExceptionKind {
    pub const ALL: [ExceptionKind; 10] = [
        ExceptionKind::Negative,
        ExceptionKind::Jump,
        ExceptionKind::Dispute,
        ExceptionKind::Waiting,
        ExceptionKind::PendingAdjustment,
        ExceptionKind::MissingData,
        ExceptionKind::PriorPeriod,
        ExceptionKind::CapHit,
        ExceptionKind::Held,
        ExceptionKind::BelowMinimum,
    ];

    pub fn word(self) -> &'static str {
        match self {
            ExceptionKind::Negative => "negative",
            ExceptionKind::Jump => "jump",
            ExceptionKind::Dispute => "dispute",
            ExceptionKind::Waiting => "waiting",
            ExceptionKind::PendingAdjustment => "pending_adjustment",
            ExceptionKind::MissingData => "missing_data",
            ExceptionKind::PriorPeriod => "prior_period",
            ExceptionKind::CapHit => "cap_hit",
            ExceptionKind::Held => "held",
            ExceptionKind::BelowMinimum => "below_minimum",
        }
    }

    pub fn from_word(word: &str) -> Option<ExceptionKind> {
        ExceptionKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether a close needs somebody's word for it.
    pub fn is_serious(self) -> bool {
        matches!(
            self,
            ExceptionKind::Negative
                | ExceptionKind::Jump
                | ExceptionKind::Dispute
                | ExceptionKind::Waiting
        )
    }
}

/// One kind of exception in a period, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    pub kind: ExceptionKind,
    /// Partners, or facts, adjustments, disputes.
    pub cases: usize,
    /// The currency of what it is about.
    pub unit: Currency,
    /// What it is about; zero where it cannot be said.
    pub amount: Decimal,
    /// Those with the largest amounts.
    pub partners: Vec<(i64, Decimal)>,
}

/// What whoever closes says about exceptions.
#[derive(Debug, Clone, Copy, Default)]
pub struct CloseNote<'a> {
    pub comment: Option<&'a str>,
    /// The kinds that were looked at.
    pub acknowledged: &'a [ExceptionKind],
}

impl<'a> CloseNote<'a> {
    /// For those who close whatever there is: stories, demos, simulations.
    pub fn everything(comment: &'a str) -> CloseNote<'a> {
        CloseNote { comment: Some(comment), acknowledged: &ExceptionKind::ALL }
    }
}

/// What was known at a close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    pub kind: ExceptionKind,
    pub cases: i64,
    /// None where it was known before payouts of a program could be in several currencies: it was
    /// the program's.
    pub unit: Option<Currency>,
    pub amount: Decimal,
    pub comment: String,
    pub by: String,
    pub at: Timestamp,
}

/// Partners named with an exception at most.
const NAMED_MAX: usize = 5;

/// Everything out of the ordinary about a period, the serious kinds first.
pub async fn exceptions(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (program_id, period): (i64, &Period),
    now: Timestamp,
) -> Result<Vec<Exception>, SettleError> {
    let previews = preview(reader, rules, program_id, None).await?;
    let mut found = of_lines(reader, rules, (program_id, period), &previews, now).await?;
    let mut cut: BTreeMap<Currency, Vec<(i64, Decimal)>> = BTreeMap::new();
    for ((partner_id, unit), amount) in
        caps::cut(reader, rules, master, (program_id, period)).await?
    {
        cut.entry(unit).or_default().push((partner_id, amount));
    }
    let hit = |(unit, cases)| exception((ExceptionKind::CapHit, unit), cases);
    found.extend(cut.into_iter().map(hit));
    found.sort_by_key(|exception| (exception.kind, exception.unit));
    Ok(found)
}

/// Those that the lines of the period tell, without evaluating anything again.
pub(super) async fn of_lines(
    reader: &mut Reader,
    rules: &Rules,
    (program_id, period): (i64, &Period),
    previews: &[PartnerPayout],
    now: Timestamp,
) -> Result<Vec<Exception>, SettleError> {
    let Some(at) = rules.position(program_id) else { return Ok(Vec::new()) };
    let plan = &rules.plans[at];
    let policy = policy(reader).await?;
    let own = plan.newest().currency;
    let mut units: BTreeSet<Currency> = previews.iter().map(|one| one.unit).collect();
    units.insert(own);
    let mut found = Vec::new();
    for unit in units {
        let of_unit: Vec<&PartnerPayout> = previews.iter().filter(|one| one.unit == unit).collect();
        found.extend(of_lines_in(reader, (plan, &policy), period, (unit, &of_unit), now).await?);
    }
    found.extend(disputed(reader, program_id, own).await?);
    found.push(waiting(reader, program_id, own).await?);
    found.retain(|exception| exception.cases > 0);
    found.sort_by_key(|exception| (exception.kind, exception.unit));
    Ok(found)
}

/// Those that the lines in one currency tell.
async fn of_lines_in(
    reader: &mut Reader,
    (plan, policy): (&Plan, &Policy),
    period: &Period,
    (unit, previews): (Currency, &[&PartnerPayout]),
    now: Timestamp,
) -> Result<Vec<Exception>, SettleError> {
    let mine: Vec<(i64, &PayoutLine)> = previews
        .iter()
        .filter(|one| one.line.period.name == period.name)
        .map(|one| (one.partner_id, &one.line))
        .collect();
    let before = before(plan, period, previews);
    let debt = |line: &PayoutLine| line.amount.min(line.carried_out - line.lapsed);
    let of = |kind, pick: &dyn Fn(i64, &PayoutLine) -> Option<Decimal>| {
        let cases = mine.iter().filter_map(|(id, line)| Some((*id, pick(*id, line)?)));
        exception((kind, unit), cases.collect())
    };
    let some = |amount: Decimal| (!amount.is_zero()).then_some(amount);
    let mut found = vec![
        of(ExceptionKind::Negative, &|_, line| {
            Some(debt(line)).filter(|amount| amount.is_sign_negative() && !amount.is_zero())
        }),
        of(ExceptionKind::Jump, &|id, line| jump(policy, before.get(&id).copied(), line.amount)),
        of(ExceptionKind::PendingAdjustment, &|_, line| some(line.pending)),
        of(ExceptionKind::PriorPeriod, &|_, line| some(line.prior_period)),
        of(ExceptionKind::BelowMinimum, &|_, line| {
            // What rounding leaves over is carried, too, and is nobody's business.
            some(line.carried_out)
                .filter(|amount| amount.is_sign_positive() && line.amount.is_zero())
        }),
    ];
    let paid: BTreeMap<i64, Decimal> =
        mine.iter().filter_map(|(id, line)| Some((*id, some(line.amount)?))).collect();
    found.push(missing(reader, policy, (unit, &paid)).await?);
    let day = today(reader, now).await?;
    let held: BTreeSet<i64> = holds_acting(reader, day)
        .await?
        .into_iter()
        .filter(|hold| hold.payout.is_none())
        .map(|hold| hold.partner_id)
        .collect();
    found.push(of(ExceptionKind::Held, &|id, line| {
        held.contains(&id).then_some(line.amount).filter(|amount| !amount.is_zero())
    }));
    Ok(found)
}

fn exception((kind, unit): (ExceptionKind, Currency), mut cases: Vec<(i64, Decimal)>) -> Exception {
    let amount = cases.iter().map(|(_, amount)| *amount).sum();
    let count = cases.len();
    cases.sort_by_key(|(partner_id, amount)| (std::cmp::Reverse(amount.abs()), *partner_id));
    cases.truncate(NAMED_MAX);
    Exception { kind, cases: count, unit, amount, partners: cases }
}

/// What each partner was paid for the period before this one.
fn before(plan: &Plan, period: &Period, previews: &[&PartnerPayout]) -> HashMap<i64, Decimal> {
    let day = period.start.yesterday().ok();
    let earlier =
        day.and_then(|day| plan.terms.iter().find_map(|term| term.payout.containing(day)));
    let Some(earlier) = earlier else { return HashMap::new() };
    previews
        .iter()
        .filter(|one| one.line.period.name == earlier.name)
        .map(|one| (one.partner_id, one.line.amount))
        .collect()
}

/// The difference to the period before, if it is a jump.
fn jump(policy: &Policy, before: Option<Decimal>, now: Decimal) -> Option<Decimal> {
    let before = before.filter(|before| before.is_sign_positive() && !before.is_zero())?;
    if now.is_sign_negative() || now.is_zero() {
        return None;
    }
    let far = |small: Decimal, large: Decimal| {
        small.checked_mul(policy.jump_factor).is_some_and(|limit| limit <= large)
    };
    (far(before, now) || far(now, before)).then_some(now - before)
}

/// Partners to be paid that have no name, or lack a field that paying them needs.
async fn missing(
    reader: &mut Reader,
    policy: &Policy,
    (unit, paid): (Currency, &BTreeMap<i64, Decimal>),
) -> Result<Exception, DbError> {
    if policy.payee_fields.is_empty() {
        return nameless(reader, (unit, paid)).await;
    }
    let rows = reader
        .lookup(
            "SELECT p.partner_id, p.names, p.fields FROM {keys} CROSS JOIN partner p \
             WHERE p.tenant_id = k.tenant AND p.partner_id = k.k1",
            args![],
            vec![crate::db::Column::Int(paid.keys().copied().collect())],
        )
        .await?;
    let mut cases = Vec::new();
    for row in rows {
        let names: catalog::Names = serde_json::from_str(row.text(1)).unwrap_or_default();
        let fields: catalog::Fields = serde_json::from_str(row.text(2)).unwrap_or_default();
        let lacks = |field: &String| fields.get(field).is_none_or(|value| value.trim().is_empty());
        if names.is_empty() || policy.payee_fields.iter().any(lacks) {
            cases.push((row.int(0), paid[&row.int(0)]));
        }
    }
    Ok(exception((ExceptionKind::MissingData, unit), cases))
}

/// The same where paying needs no field. Hardly anybody has no name: they are read, not the others.
async fn nameless(
    reader: &mut Reader,
    (unit, paid): (Currency, &BTreeMap<i64, Decimal>),
) -> Result<Exception, DbError> {
    let tenant = reader.tenant();
    let sql = "SELECT partner_id FROM partner WHERE tenant_id = $1 AND names = '{}' \
               ORDER BY partner_id";
    let rows = reader.rows(sql, args![tenant]).await?;
    let cases = rows.iter().filter_map(|row| Some((row.int(0), *paid.get(&row.int(0))?)));
    Ok(exception((ExceptionKind::MissingData, unit), cases.collect()))
}

async fn disputed(
    reader: &mut Reader,
    program_id: i64,
    own: Currency,
) -> Result<Vec<Exception>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT partner_id, stated, expected, unit FROM dispute WHERE tenant_id = $1 \
             AND program_id = $2 AND status IN ('open', 'answered') ORDER BY dispute_id",
            args![tenant, program_id],
        )
        .await?;
    let number = |text: &str| text.parse::<Decimal>().unwrap_or_default();
    let mut cases: BTreeMap<Currency, Vec<(i64, Decimal)>> = BTreeMap::new();
    for row in &rows {
        let expected = row.opt_text(2).map(|text| number(text) - number(row.text(1)));
        let unit = Currency::parse(row.text(3)).unwrap_or(own);
        cases.entry(unit).or_default().push((row.int(0), expected.unwrap_or_default()));
    }
    let one = |(unit, cases)| exception((ExceptionKind::Dispute, unit), cases);
    Ok(cases.into_iter().map(one).collect())
}

async fn waiting(
    reader: &mut Reader,
    program_id: i64,
    unit: Currency,
) -> Result<Exception, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT COUNT(DISTINCT key) FROM waiting WHERE tenant_id = $1 AND program_id = $2",
            args![tenant, program_id],
        )
        .await?;
    let cases = row.map_or(0, |row| usize::try_from(row.int(0)).unwrap_or_default());
    let kind = ExceptionKind::Waiting;
    Ok(Exception { kind, cases, unit, amount: Decimal::ZERO, partners: Vec::new() })
}

/// Keeps what whoever closes knew of; refuses if something serious was not acknowledged.
pub(super) async fn acknowledge(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (program_id, period): (i64, &Period),
    found: &[Exception],
    note: &CloseNote<'_>,
) -> Result<(), SettleError> {
    let serious: Vec<&Exception> =
        found.iter().filter(|exception| exception.kind.is_serious()).collect();
    let comment = note.comment.map(str::trim).filter(|comment| !comment.is_empty());
    let mut open: Vec<ExceptionKind> = serious
        .iter()
        .map(|exception| exception.kind)
        .filter(|kind| !note.acknowledged.contains(kind) || comment.is_none())
        .collect();
    open.dedup();
    if !open.is_empty() {
        return Err(SettleError::Unacknowledged { kinds: Kinds(open) });
    }
    let tenant = tx.tenant();
    for exception in serious {
        tx.execute(
            "INSERT INTO acknowledgement (tenant_id, program_id, period_name, kind, cases, \
             amount, comment, by_name, at, unit) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            args![
                tenant,
                program_id,
                &*period.name,
                exception.kind.word(),
                i64::try_from(exception.cases).unwrap_or(i64::MAX),
                exception.amount.normalize().to_string(),
                comment.unwrap_or_default(),
                actor.name(),
                now,
                exception.unit.as_str()
            ],
        )
        .await?;
    }
    Ok(())
}

/// What was acknowledged when a period was closed.
pub async fn acknowledged(
    reader: &mut Reader,
    program_id: i64,
    period_name: &str,
) -> Result<Vec<Acknowledged>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT kind, cases, amount, comment, by_name, at, unit FROM acknowledgement \
             WHERE tenant_id = $1 AND program_id = $2 AND period_name = $3",
            args![tenant, program_id, period_name],
        )
        .await?;
    let mut found: Vec<Acknowledged> = rows
        .iter()
        .filter_map(|row| {
            Some(Acknowledged {
                kind: ExceptionKind::from_word(row.text(0))?,
                cases: row.int(1),
                unit: Currency::parse(row.text(6)),
                amount: row.text(2).parse().unwrap_or_default(),
                comment: row.string(3),
                by: row.string(4),
                at: row.instant(5),
            })
        })
        .collect();
    found.sort_by_key(|one| (one.kind, one.unit));
    Ok(found)
}

/// Kinds of exceptions, as a message lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds(pub Vec<ExceptionKind>);

impl std::fmt::Display for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<String> = self.0.iter().map(|kind| format!("`{}`", kind.word())).collect();
        f.write_str(&words.join(", "))
    }
}
