//! What the vendor decided about settling: thresholds of the checklist, chains of approval, reason
//! codes, deadlines, and when partners are told of a near miss.
//!
//! Kept as one versioned text among the settings, and audited with every change.

use domain::amount::Currency;
use domain::approval::{Approver, Chain, Step, Subject};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::access::Actor;
use crate::audit;
use crate::catalog;
use crate::db::{DbError, Reader, Tx};

/// How the vendor settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A payout this many times the one before, or that part of it, is a jump.
    pub jump_factor: Decimal,
    /// Fields that a partner needs before it is paid, beside a name.
    pub payee_fields: Vec<String>,
    pub reasons: Vec<ReasonCode>,
    pub chains: Vec<Chain>,
    /// Days for a step where no chain says otherwise.
    pub approval_days: u16,
    /// So many days after its close a payout may be disputed.
    pub dispute_days: u16,
    /// So many days the vendor has for an answer.
    pub answer_days: u16,
    pub near: NearRule,
}

/// Why an amount is adjusted, as people choose it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCode {
    pub code: String,
    pub en: String,
    pub ja: String,
}

/// When a partner is told that a little more would lift it into the next tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearRule {
    /// At most this share of the threshold is missing, in percent.
    pub percent: Decimal,
    /// Or at most this much, in what the term counts.
    pub gap: Option<Decimal>,
    /// And the period ends within so many days.
    pub days: u16,
}

impl NearRule {
    /// Whether somebody who lacks this much, having that much, is told so many days before the
    /// end.
    pub fn tells(&self, gap: Decimal, total: Decimal, days_left: i32) -> bool {
        let in_time = (0..=i32::from(self.days)).contains(&days_left);
        let is_small = self.gap.is_some_and(|most| gap <= most);
        in_time && gap > Decimal::ZERO && (is_small || is_share(gap, total, self.percent))
    }
}

/// Whether a gap is at most so many percent of the threshold it lacks to.
pub fn is_share(gap: Decimal, total: Decimal, percent: Decimal) -> bool {
    let threshold = gap.checked_add(total).and_then(|sum| sum.checked_mul(percent));
    let hundred = gap.checked_mul(Decimal::ONE_HUNDRED);
    threshold.zip(hundred).is_some_and(|(most, gap)| gap <= most)
}

/// The reason of an adjustment that answers a dispute.
pub const REASON_DISPUTE: &str = "dispute";
/// The reason where none was chosen.
pub const REASON_OTHER: &str = "other";

const REASONS: [(&str, &str, &str); 7] = [
    ("agreed", "As agreed with the partner", "パートナーとの合意"),
    ("data", "Wrong or missing data", "データの誤り・不足"),
    ("terms", "Terms applied wrongly", "条件の適用誤り"),
    ("goodwill", "Goodwill", "特別対応"),
    ("write_off", "Debt written off", "債権の放棄"),
    (REASON_DISPUTE, "Dispute accepted", "異議の認容"),
    (REASON_OTHER, "Other", "その他"),
];

impl Default for Policy {
    fn default() -> Policy {
        let reason = |(code, en, ja): (&str, &str, &str)| ReasonCode {
            code: code.to_owned(),
            en: en.to_owned(),
            ja: ja.to_owned(),
        };
        Policy {
            jump_factor: Decimal::from(3),
            payee_fields: Vec::new(),
            reasons: REASONS.into_iter().map(reason).collect(),
            chains: Vec::new(),
            approval_days: 5,
            dispute_days: 60,
            answer_days: 10,
            near: NearRule { percent: Decimal::TEN, gap: None, days: 30 },
        }
    }
}

/// What is wrong with a policy. Nothing was saved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    #[error("`{0}` is no chain; write `payout EUR 10000: role:finance 3 > role:administrator 5`")]
    Chain(String),
    #[error("`{0}` cannot approve; name `anyone`, `role:ROLE` or `user:ID`")]
    Approver(String),
    #[error("two chains of `{0}` begin at the same amount")]
    Twice(String),
    #[error("a jump needs a factor above 1")]
    Jump,
    #[error("the share that is missing is a percentage from 0 to 100")]
    Near,
    #[error("`{0}` is no reason code; use small letters, digits and `_`, each code once")]
    Reason(String),
    #[error("keep the reason codes `dispute` and `other`: they are used without being chosen")]
    ReasonMissing,
}

impl Policy {
    pub fn check(&self) -> Result<(), PolicyError> {
        if self.jump_factor <= Decimal::ONE {
            return Err(PolicyError::Jump);
        }
        if self.near.percent.is_sign_negative() || self.near.percent > Decimal::ONE_HUNDRED {
            return Err(PolicyError::Near);
        }
        for (at, reason) in self.reasons.iter().enumerate() {
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let is_word = !reason.code.is_empty() && reason.code.chars().all(word);
            let twice = self.reasons[..at].iter().any(|other| other.code == reason.code);
            if !is_word || twice {
                return Err(PolicyError::Reason(reason.code.clone()));
            }
        }
        if [REASON_DISPUTE, REASON_OTHER].iter().any(|code| self.reason(code).is_none()) {
            return Err(PolicyError::ReasonMissing);
        }
        for (at, chain) in self.chains.iter().enumerate() {
            let same = |other: &&Chain| {
                (other.subject, other.currency, other.from)
                    == (chain.subject, chain.currency, chain.from)
            };
            if self.chains[..at].iter().any(|other| same(&other)) {
                return Err(PolicyError::Twice(show_chain(chain)));
            }
        }
        Ok(())
    }

    pub fn reason(&self, code: &str) -> Option<&ReasonCode> {
        self.reasons.iter().find(|reason| reason.code == code)
    }

    /// The steps for an amount; `None` is one step by whoever may approve.
    pub fn steps(&self, subject: Subject, unit: &str, amount: Decimal) -> Option<&[Step]> {
        domain::approval::steps_for(&self.chains, subject, unit, amount)
    }

    /// The chain of something new as it is kept beside it, and the day by which its first step
    /// should be taken.
    pub(crate) fn begun(
        &self,
        subject: Subject,
        unit: &str,
        amount: Decimal,
        today: Date,
    ) -> (Option<String>, Date) {
        let steps = self.steps(subject, unit, amount);
        let days = steps.and_then(<[Step]>::first).map_or(self.approval_days, |step| step.days);
        (steps.map(show_steps), after(today, days))
    }
}

/// The day so many days on.
pub(crate) fn after(day: Date, days: u16) -> Date {
    day.checked_add(jiff::Span::new().days(i64::from(days))).unwrap_or(Date::MAX)
}

/// One step by whoever may approve.
pub(crate) fn one_step() -> Vec<Step> {
    vec![Step { by: vec![Approver::Anyone], days: 0 }]
}

fn show_approver(by: &Approver) -> String {
    match by {
        Approver::Anyone => "anyone".to_owned(),
        Approver::Role(role) => format!("role:{role}"),
        Approver::User(id) => format!("user:{id}"),
    }
}

fn read_approver(word: &str) -> Result<Approver, PolicyError> {
    let wrong = || PolicyError::Approver(word.to_owned());
    match word.split_once(':') {
        None if word == "anyone" => Ok(Approver::Anyone),
        Some(("role", role)) => match crate::access::Role::from_word(role, None) {
            Some(role) => Ok(Approver::Role(role.word().to_owned())),
            None => Err(wrong()),
        },
        Some(("user", id)) => match crate::id::Id::parse(crate::id::Kind::User, id) {
            Some(id) => Ok(Approver::User(id.into())),
            None => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// Steps as a line: `role:finance 3 > role:administrator+user:usr_… 5`.
pub fn show_steps(steps: &[Step]) -> String {
    let step = |step: &Step| {
        let by: Vec<String> = step.by.iter().map(show_approver).collect();
        format!("{} {}", by.join("+"), step.days)
    };
    steps.iter().map(step).collect::<Vec<_>>().join(" > ")
}

/// Reads what [`show_steps`] wrote.
pub fn read_steps(line: &str) -> Result<Vec<Step>, PolicyError> {
    let wrong = || PolicyError::Chain(line.to_owned());
    line.split('>')
        .map(|step| {
            let words: Vec<&str> = step.split_whitespace().collect();
            let [by, days] = words.as_slice() else { return Err(wrong()) };
            let by = by.split('+').map(read_approver).collect::<Result<Vec<_>, _>>()?;
            Ok(Step { by, days: days.parse().map_err(|_| wrong())? })
        })
        .collect()
}

/// A chain as a line: `payout EUR 10000: role:finance 3 > role:administrator 5`.
pub fn show_chain(chain: &Chain) -> String {
    let from = chain.from.normalize();
    let subject = chain.subject.word();
    format!("{subject} {} {from}: {}", chain.currency.as_str(), show_steps(&chain.steps))
}

/// Reads what [`show_chain`] wrote.
pub fn read_chain(line: &str) -> Result<Chain, PolicyError> {
    let wrong = || PolicyError::Chain(line.trim().to_owned());
    let (head, steps) = line.split_once(": ").ok_or_else(wrong)?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [subject, currency, from] = words.as_slice() else { return Err(wrong()) };
    let from: Decimal = from.replace(',', "").parse().map_err(|_| wrong())?;
    if from.is_sign_negative() {
        return Err(wrong());
    }
    Ok(Chain {
        subject: Subject::from_word(subject).ok_or_else(wrong)?,
        currency: Currency::parse(currency).ok_or_else(wrong)?,
        from,
        steps: read_steps(steps)?,
    })
}

/// The form in which a policy is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    format: u32,
    jump_factor: String,
    payee_fields: Vec<String>,
    reasons: Vec<ReasonCode>,
    chains: Vec<String>,
    approval_days: u16,
    dispute_days: u16,
    answer_days: u16,
    near_percent: String,
    near_gap: Option<String>,
    near_days: u16,
}

const FORMAT: u32 = 1;
const KEY: &str = "settlement";

impl Kept {
    fn of(policy: &Policy) -> Kept {
        Kept {
            format: FORMAT,
            jump_factor: policy.jump_factor.to_string(),
            payee_fields: policy.payee_fields.clone(),
            reasons: policy.reasons.clone(),
            chains: policy.chains.iter().map(show_chain).collect(),
            approval_days: policy.approval_days,
            dispute_days: policy.dispute_days,
            answer_days: policy.answer_days,
            near_percent: policy.near.percent.to_string(),
            near_gap: policy.near.gap.map(|gap| gap.to_string()),
            near_days: policy.near.days,
        }
    }

    fn policy(self) -> Option<Policy> {
        let chains: Result<_, _> = self.chains.iter().map(|line| read_chain(line)).collect();
        Some(Policy {
            jump_factor: self.jump_factor.parse().ok()?,
            payee_fields: self.payee_fields,
            reasons: self.reasons,
            chains: chains.ok()?,
            approval_days: self.approval_days,
            dispute_days: self.dispute_days,
            answer_days: self.answer_days,
            near: NearRule {
                percent: self.near_percent.parse().ok()?,
                gap: self.near_gap.and_then(|gap| gap.parse().ok()),
                days: self.near_days,
            },
        })
    }
}

/// A policy as it is kept.
pub(crate) fn written(policy: &Policy) -> String {
    serde_json::to_string(&Kept::of(policy)).expect("texts and numbers can be written")
}

/// What [`written`] wrote, in any format there ever was. What cannot be read is as by default: a
/// policy is checked before it is kept.
pub(crate) fn read(text: &str) -> Policy {
    let kept = serde_json::from_str::<Kept>(text).ok();
    kept.filter(|kept| kept.format == FORMAT).and_then(Kept::policy).unwrap_or_default()
}

/// The policy; what was never set is as by default.
pub async fn policy(reader: &mut Reader) -> Result<Policy, DbError> {
    let kept = catalog::setting(reader, KEY).await?;
    Ok(kept.as_deref().map(read).unwrap_or_default())
}

/// Keeps a policy that was checked. It acts on what is closed and asked for from now on.
pub(crate) async fn keep(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    new: &Policy,
) -> Result<(), DbError> {
    let before = policy(tx).await?;
    if before == *new {
        return Ok(());
    }
    catalog::set_setting(tx, now, KEY, &written(new)).await?;
    let side = |policy: &Policy| serde_json::to_value(Kept::of(policy)).ok();
    let entry = audit::Entry::of("change", "setting", KEY, side(&before), side(new));
    audit::append(tx, now, actor, entry).await
}
