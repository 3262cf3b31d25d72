//! Closing a payout period.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::amount::Currency;
use domain::approval::Subject;
use domain::booking::Due;
use domain::code::PartnerCode;
use domain::period::{Period, day_of};
use domain::plan::{Closes, Plan};
use domain::settlement::{self, Adjustment, PayoutLine};
use domain::totals::Group;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::news;
use super::{CloseNote, SettleError, exceptions, record, said, store};
use crate::access::Actor;
use crate::accrue::{self, DueRow, due_of_program, is_at_once};
use crate::catalog::{MasterData, today};
use crate::db::{Reader, Tx, days_of};
use crate::exact;
use crate::journal;
use crate::ledger::{self, About, Account, Cause, NewPosting};
use crate::payouts::{self, Of, PartnerPayout};
use crate::policy::policy;
use crate::rebuild;
use crate::rules::{self, Closing, Rules};
use crate::totals::{self, Stale};
use crate::wallets;

/// Where a payout period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodState {
    Running,
    /// Over, but grace or calculation days are not.
    Waiting,
    /// May be closed.
    Ready,
    Closed,
}

/// A payout period of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodView {
    pub period: Period,
    pub state: PeriodState,
    /// First day on which it may be closed.
    pub closable_from: Date,
    pub closed_at: Option<Timestamp>,
    /// The period ends when somebody ends it.
    pub on_demand: bool,
    /// It lies behind the last day of the program: only corrections are booked in it.
    pub is_correction: bool,
}

/// What a close did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    pub period: Period,
    pub payouts: usize,
    /// By currency, the program's own first.
    pub totals: Vec<(Currency, Decimal)>,
}

/// The payout periods of a program up to today.
pub fn periods(plan: &Plan, closes: &Closes, now: Timestamp) -> Vec<PeriodView> {
    let today = day_of(now, &plan.zone);
    let open = plan.open_on_demand();
    let mut found: BTreeMap<Period, PeriodView> = BTreeMap::new();
    for term in &plan.terms {
        for period in term.payout.up_to(today) {
            // Grace is whole days after the end; `calculate_after: 10 days` is the tenth day after
            // the last one, which may be the day after the end.
            let calculated = term.calculate_after_days.saturating_sub(1);
            let days = i64::from(calculated.max(term.grace_days.unwrap_or(0)));
            let from = period.end.checked_add(jiff::Span::new().days(days)).unwrap_or(Date::MAX);
            let closed_at = closes.0.get(&period.name).copied();
            let state = match closed_at {
                Some(_) => PeriodState::Closed,
                None if today < period.end => PeriodState::Running,
                None if today < from => PeriodState::Waiting,
                None => PeriodState::Ready,
            };
            let closable_from = from;
            let on_demand = open.as_ref() == Some(&period);
            let view = PeriodView {
                period: period.clone(),
                state,
                closable_from,
                closed_at,
                on_demand,
                is_correction: false,
            };
            found.entry(period).or_insert(view);
        }
    }
    // Late facts are booked beyond the program's last period: those must be closable, too.
    if let Some(last) = found.values().next_back().filter(|v| v.state == PeriodState::Closed) {
        let mut next = settlement::following(plan, &last.period);
        while let Some(period) = next {
            if today < period.start {
                break;
            }
            let closed_at = closes.0.get(&period.name).copied();
            let state = match closed_at {
                Some(_) => PeriodState::Closed,
                None if today < period.end => PeriodState::Running,
                None => PeriodState::Ready,
            };
            let (closable_from, on_demand) = (period.end, open.as_ref() == Some(&period));
            let view = PeriodView {
                period: period.clone(),
                state,
                closable_from,
                closed_at,
                on_demand,
                is_correction: true,
            };
            next = settlement::following(plan, &period);
            found.insert(period, view);
        }
    }
    found.into_values().collect()
}

/// The payout period that a day lies in.
pub fn payout_period(plan: &Plan, day: Date) -> Option<String> {
    let found = plan.terms.iter().find_map(|term| term.payout.containing(day));
    found.map(|period| period.name.to_string())
}

/// What each partner gets from each payout period of a program in each currency, closed or not.
/// Exact once nothing is stale.
pub async fn preview(
    reader: &mut Reader,
    rules: &Rules,
    program_id: i64,
    partner_id: Option<i64>,
) -> Result<Vec<PartnerPayout>, SettleError> {
    let Some(at) = rules.position(program_id) else { return Ok(Vec::new()) };
    let plan = &rules.plans[at];
    let (own, units) = (plan.newest().currency, units(plan));
    let mut due: BTreeMap<(i64, Currency), Vec<(Period, Due)>> = BTreeMap::new();
    // Rows are many, their periods few: each is named once.
    let mut periods: HashMap<(i64, Date, Date), Option<(Period, Period)>> = HashMap::new();
    for row in due_of_program(reader, program_id, partner_id).await? {
        if wallets::pays_into(rules, program_id, row.term) {
            continue;
        }
        let unit = usize::try_from(row.term).ok().and_then(|term| units.get(term).copied());
        let of = (row.payee_id, unit.unwrap_or(own));
        let days = (row.term, row.period, row.payout);
        let found = periods.entry(days).or_insert_with(|| periods_of(plan, &row));
        if let Some((earned, payout)) = found.clone() {
            let amount = row.amount;
            let group = Group::from_stored(&row.group_key);
            // Only sums by payout period are asked for here.
            let partner = PartnerCode::new("");
            due.entry(of).or_default().push((earned, Due { group, payout, partner, amount }));
        }
    }
    let mut adjustments: BTreeMap<(i64, Currency), Vec<Adjustment>> = BTreeMap::new();
    for row in store::adjustments(reader, program_id, None).await? {
        if partner_id.is_none_or(|only| only == row.partner_id) {
            let of = (row.partner_id, Currency::parse(&row.unit).unwrap_or(own));
            due.entry(of).or_default();
            adjustments.entry(of).or_default().push(row.counted());
        }
    }
    let (mut payouts, mut followed) = (Vec::new(), settlement::Followed::of(plan));
    for ((partner_id, unit), due) in due {
        let adjustments = adjustments.get(&(partner_id, unit)).map_or(&[][..], Vec::as_slice);
        let closes = &rules.closes[at];
        for line in settlement::payouts_in(&mut followed, unit, &due, adjustments, closes) {
            payouts.push(PartnerPayout { partner_id, unit, line });
        }
    }
    Ok(payouts)
}

/// What a period owes in points reaches wallets with its close.
async fn mark_held(
    tx: &mut Tx,
    rules: &Rules,
    program_id: i64,
    payout: &Period,
) -> Result<(), SettleError> {
    let Some(at) = rules.position(program_id) else { return Ok(()) };
    let plan = &rules.plans[at];
    let is_held = |term: i64| wallets::pays_into(rules, program_id, term);
    if !(0..).take(plan.terms.len()).any(is_held) {
        return Ok(());
    }
    let due = accrue::due_of_period(tx, program_id, payout.start).await?;
    let held = due.iter().filter(|row| is_held(row.term));
    let marks: BTreeSet<Stale> = held
        .map(|row| Stale {
            program_id,
            partner_id: row.partner_id,
            term: row.term,
            period_day: days_of(row.period),
        })
        .collect();
    totals::mark(tx, &marks).await?;
    Ok(())
}

/// What the terms of a plan pay in, by their positions.
fn units(plan: &Plan) -> Vec<Currency> {
    let own = plan.newest().currency;
    let terms = (0..plan.terms.len()).filter_map(|term| u16::try_from(term).ok());
    terms.map(|term| plan.currency_of(term).unwrap_or(own)).collect()
}

/// What payouts add up to, by currency, the program's own first; nothing of that if there are none.
pub fn totals<'a>(
    plan: &Plan,
    lines: impl IntoIterator<Item = &'a PartnerPayout>,
) -> Result<Vec<(Currency, Decimal)>, SettleError> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for one in lines {
        exact::add(sums.entry(one.unit).or_default(), one.line.amount, "payouts")?;
    }
    if sums.is_empty() {
        sums.insert(plan.newest().currency, Decimal::ZERO);
    }
    let mut totals: Vec<(Currency, Decimal)> = sums.into_iter().collect();
    totals.sort_by_key(|(unit, _)| *unit != plan.newest().currency);
    Ok(totals)
}

/// The qualifying and the payout period of a row; the latter may lie beyond the program's last
/// day.
fn periods_of(plan: &Plan, row: &DueRow) -> Option<(Period, Period)> {
    let term = plan.terms.get(usize::try_from(row.term).ok()?)?;
    let earned = term.calendar.containing(row.period)?;
    let first = term.payout.containing(earned.start)?;
    Some((earned, term.payout.starting(first, row.payout)?))
}

/// Closes a payout period: evaluates what is stale, closes, posts, and makes the payouts.
pub async fn close(
    tx: &mut Tx,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    (program, period): (&str, &str),
    note: &CloseNote<'_>,
) -> Result<Closed, SettleError> {
    said(note.comment)?;
    let before = rules::load(tx).await?;
    let at = before.by_code(program).ok_or_else(|| SettleError::NoProgram(program.to_owned()))?;
    let plan = &before.plans[at];
    let view = closable(plan, &before.closes[at], now, period)?;
    accrue_all(tx, &before, master, now).await?;
    close_now(tx, master, actor, now, (program, before.program_ids[at], &view), note).await
}

/// Closes a period that may be, once all that was known so far is evaluated.
pub(super) async fn close_now(
    tx: &mut Tx,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    (program, program_id, view): (&str, i64, &PeriodView),
    note: &CloseNote<'_>,
) -> Result<Closed, SettleError> {
    let comment = said(note.comment)?;
    // Later than anything recorded so far, so that all of that is in time.
    let latest = journal::moment(tx, now).await?;
    let closed_at = latest.checked_add(jiff::Span::new().microseconds(1)).unwrap_or(latest);
    let closing = Closing {
        program_id,
        period_name: view.period.name.to_string(),
        start: view.period.start,
        end: view.period.end,
        closed_at,
        closed_by: actor.name().to_owned(),
        comment: comment.map(str::to_owned),
        on_demand: view.on_demand,
    };
    rules::add_closing(tx, &closing).await?;
    let mut rules = rules::load(tx).await?;
    if view.on_demand {
        // What came after the last day belongs to the next period.
        rebuild::programs(tx, &rules, master, Some(&[program_id])).await?;
    }
    rules.under_way = Some((program_id, view.period.name.clone()));
    // True-ups exist only once a period is closed.
    accrue::mark_moved(tx, &rules, (program_id, &view.period), closed_at).await?;
    mark_held(tx, &rules, program_id, &view.period).await?;
    accrue_all(tx, &rules, master, now).await?;

    let name = &view.period.name;
    let at_once = at_once(tx, &rules, program_id, &view.period).await?;
    // Where what is owed at once is cancelled out by the rest, there is something to post.
    let moves = |of: &(i64, Currency)| at_once.get(of).is_some_and(|sum: &Decimal| !sum.is_zero());
    let previews = preview(tx, &rules, program_id, None).await?;
    let of = (program_id, &view.period);
    let found = exceptions::of_lines(tx, &rules, of, &previews, now).await?;
    exceptions::acknowledge(tx, actor, now, of, &found, note).await?;
    let lines: Vec<PartnerPayout> = previews
        .into_iter()
        .filter(|payout| &payout.line.period.name == name)
        .filter(|one| !is_empty(&one.line) || moves(&(one.partner_id, one.unit)))
        .collect();
    let (policy, today) = (policy(tx).await?, today(tx, now).await?);
    let begun = |one: &PartnerPayout| {
        policy.begun(Subject::Payout, one.unit.as_str(), one.line.amount, today)
    };
    let ids = payouts::ids(lines.len(), now);
    let partners: Vec<Option<PartnerCode>> =
        lines.iter().map(|one| master.partner_code(one.partner_id).cloned()).collect();
    let plan = rules.position(program_id).map(|at| &rules.plans[at]);
    let adjusted = adjusted(tx, plan, program_id, name).await?;
    let made = Arc::new((lines, ids, partners, at_once));
    let (of, code) = (Arc::clone(&made), program.to_owned());
    // Made while the database writes the payouts.
    let prepared = tokio::task::spawn_blocking(move || {
        let (lines, ids, partners, at_once) = &*of;
        let mut postings = Vec::with_capacity(lines.len());
        for ((one, id), partner) in lines.iter().zip(ids).zip(partners) {
            let at_once = at_once.get(&(one.partner_id, one.unit)).copied().unwrap_or_default();
            let Some(partner) = partner else { continue };
            let of = postings_of(one, at_once, (&code, partner.as_str()), program_id, id);
            postings.extend(by_term(of, adjusted.get(&(one.partner_id, one.unit.to_string()))));
        }
        ledger::Prepared::of(postings)
    });
    let (lines, ids, ..) = &*made;
    payouts::add(tx, Of::Program(program_id), (lines, ids), &begun, actor, now).await?;
    let prepared =
        prepared.await.unwrap_or_else(|died| std::panic::resume_unwind(died.into_panic()));
    ledger::add(tx, prepared, now).await?;
    let Some(at) = rules.position(program_id) else {
        return Err(SettleError::NoProgram(program.to_owned()));
    };
    let totals = totals(&rules.plans[at], lines)?;
    let total_said = match totals.as_slice() {
        [(_, amount)] => amount.to_string(),
        several => {
            let said: Vec<String> =
                several.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
            said.join(", ")
        }
    };
    let mut change = vec![("status", "open", "closed"), ("total", "", total_said.as_str())];
    change.extend(comment.map(|comment| ("comment", "", comment)));
    let known: Vec<String> = found
        .iter()
        .filter(|one| one.kind.is_serious())
        .map(|one| format!("{} ({})", one.kind.word(), one.cases))
        .collect();
    let known = known.join(", ");
    if !known.is_empty() {
        change.push(("acknowledged", "", known.as_str()));
    }
    let subject = format!("{program}/{name}");
    record(tx, actor, now, ("period", &subject), "close", &change).await?;
    news::of_close(tx, actor, now, (program, name), (lines.len(), &totals)).await?;
    Ok(Closed { period: view.period.clone(), payouts: lines.len(), totals })
}

fn closable(
    plan: &Plan,
    closes: &Closes,
    now: Timestamp,
    name: &str,
) -> Result<PeriodView, SettleError> {
    let program = plan.code.to_string();
    let all = periods(plan, closes, now);
    let Some(at) = all.iter().position(|view| &*view.period.name == name) else {
        return Err(match settlement::named(plan, name) {
            Some(period) => SettleError::TooEarly { period: name.to_owned(), from: period.end },
            None => SettleError::NoPeriod { program, period: name.to_owned() },
        });
    };
    let view = &all[at];
    if view.on_demand {
        return Err(SettleError::NeedsDay { period: name.to_owned() });
    }
    match view.state {
        PeriodState::Closed => {
            return Err(SettleError::ClosedAlready { program, period: name.to_owned() });
        }
        PeriodState::Running | PeriodState::Waiting => {
            let from = view.closable_from;
            return Err(SettleError::TooEarly { period: name.to_owned(), from });
        }
        PeriodState::Ready => {}
    }
    earlier_closed(&all, &view.period)?;
    Ok(view.clone())
}

/// Fails if a period that ended before this one began is not closed.
pub(super) fn earlier_closed(all: &[PeriodView], period: &Period) -> Result<(), SettleError> {
    let open_before = all
        .iter()
        .find(|earlier| earlier.state != PeriodState::Closed && earlier.period.end <= period.start);
    match open_before {
        Some(earlier) => Err(SettleError::EarlierOpen { earlier: earlier.period.name.to_string() }),
        None => Ok(()),
    }
}

/// Marks evaluated in one step of a close.
const STALE_PER_STEP: i64 = 5_000;

pub(super) async fn accrue_all(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<(), SettleError> {
    while accrue::batch(tx, rules, master, now, STALE_PER_STEP).await?.evaluated > 0 {}
    Ok(())
}

fn is_empty(line: &PayoutLine) -> bool {
    [line.calculated, line.prior_period, line.adjustments, line.carried_in, line.carried_out]
        .iter()
        .all(Decimal::is_zero)
}

/// What of a payout period is payable already, since its terms are owed at once; by partner and
/// currency.
async fn at_once(
    tx: &mut Tx,
    rules: &Rules,
    program_id: i64,
    payout: &Period,
) -> Result<BTreeMap<(i64, Currency), Decimal>, SettleError> {
    let plan = rules.position(program_id).map(|at| &rules.plans[at]);
    let units = plan.map(units).unwrap_or_default();
    // A term with payout periods of its own may have another one that begins on the same day.
    let is_own = |term: i64| {
        let term = usize::try_from(term).ok();
        let of = plan.zip(term).and_then(|(plan, term)| plan.terms.get(term));
        of.is_some_and(|of| of.payout.end_of(payout.start) == payout.end)
    };
    let mut sums: BTreeMap<(i64, Currency), Decimal> = BTreeMap::new();
    let terms = plan.map_or(0, |plan| plan.terms.len());
    let mut terms = (0..).take(terms);
    if !terms.any(|term| is_at_once(rules, program_id, term)) {
        return Ok(sums);
    }
    for row in accrue::due_of_period(tx, program_id, payout.start).await? {
        let unit = usize::try_from(row.term).ok().and_then(|term| units.get(term).copied());
        if let Some(unit) = unit
            && !wallets::pays_into(rules, program_id, row.term)
            && is_at_once(rules, program_id, row.term)
            && is_own(row.term)
        {
            let sum = sums.entry((row.payee_id, unit)).or_default();
            exact::add(sum, row.amount, "what is owed")?;
        }
    }
    Ok(sums)
}

/// What adjustments of a period come to by the term they name, for each partner and currency.
type Adjusted = BTreeMap<(i64, String), BTreeMap<Option<i64>, Decimal>>;

async fn adjusted(
    tx: &mut Tx,
    plan: Option<&Plan>,
    program_id: i64,
    period: &str,
) -> Result<Adjusted, SettleError> {
    let found = store::adjusted_terms(tx, program_id, period).await?;
    let number = |term: Option<String>| plan?.term(&term?).map(i64::from);
    let mut adjusted = Adjusted::new();
    for (of, terms) in found {
        let sums = adjusted.entry(of).or_default();
        for (term, amount) in terms {
            exact::add(sums.entry(number(term)).or_default(), amount, "adjustments")?;
        }
    }
    Ok(adjusted)
}

/// The posting of adjustments parted by the terms they name, if those come to it; a whole
/// otherwise.
fn by_term(
    postings: Vec<NewPosting>,
    adjusted: Option<&BTreeMap<Option<i64>, Decimal>>,
) -> Vec<NewPosting> {
    let Some(adjusted) = adjusted.filter(|of| of.keys().any(Option::is_some)) else {
        return postings;
    };
    let sum: Decimal = adjusted.values().sum();
    let mut parted = Vec::new();
    for posting in postings {
        if posting.cause != Cause::Adjustment || posting.amount != sum {
            parted.push(posting);
            continue;
        }
        for (term, amount) in adjusted {
            let about = About { term: *term, ..posting.about.clone() };
            parted.push(NewPosting { amount: *amount, about, ..posting.clone() });
        }
    }
    parted
}

/// From what was accrued to what is owed. What is carried over stays accrued.
fn postings_of(
    PartnerPayout { partner_id, unit, line }: &PartnerPayout,
    at_once: Decimal,
    (program, partner): (&str, &str),
    program_id: i64,
    payout: &str,
) -> Vec<NewPosting> {
    let expense = || Account::Expense { program: program.to_owned() };
    let accrued = || Account::Accrued { program: program.to_owned(), partner: partner.to_owned() };
    let payable = || Account::Payable { partner: partner.to_owned() };
    let about = About {
        program_id: Some(program_id),
        partner_id: Some(*partner_id),
        booked_day: Some(days_of(line.period.start)),
        subject: Some(payout.to_owned()),
        ..About::default()
    };
    [
        (Cause::Adjustment, expense(), accrued(), line.adjustments),
        (Cause::Lapse, accrued(), expense(), line.lapsed),
        (Cause::Close, accrued(), payable(), line.amount - at_once),
    ]
    .into_iter()
    .filter(|(.., amount)| !amount.is_zero())
    .map(|(cause, debit, credit, amount)| NewPosting {
        cause,
        debit,
        credit,
        unit: unit.to_string(),
        amount,
        about: about.clone(),
    })
    .collect()
}
