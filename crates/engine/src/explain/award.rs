//! The explanation of one award.

use domain::award::Award;
use domain::booking::{Accrual, Due};
use domain::code::FactKey;
use domain::explain::{Context, CountedIn, Lang};
use domain::period::Period;
use domain::plan::{Plan, ReadWindow, Rule};
use domain::program::{Names, Program};
use domain::share::fact_lines;
use jiff::civil::DateTime;

use super::recompute::{Asked, Computed, compute};
use super::{
    AwardRef, BaselineDays, Excerpt, Explanation, PayoutRef, Proof, ReasonText, lines, tiers,
};
use crate::access::Viewer;
use crate::args;
use crate::catalog::{self, MasterData};
use crate::db::{Column, DbError, Reader, days_of};
use crate::exact;
use crate::external;
use crate::journal;
use crate::ledger::{self, PostingRow};
use crate::rules::Rules;

/// Explains an award, computing it again. `None` if there is no such award for this viewer.
pub async fn award(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    viewer: Viewer,
    of: &AwardRef,
) -> Result<Option<Explanation>, DbError> {
    let Some(asked) = asked(rules, master, viewer, of) else { return Ok(None) };
    let computed = compute(reader, rules, master, &asked).await?;
    let plan = &rules.plans[asked.at];
    let outcome = computed.outcome.as_ref();
    let award = outcome.and_then(|o| o.awards.iter().find(|award| award.group == of.group));
    let Some(award) = award.cloned() else { return Ok(None) };
    let Some((program, rule)) = acting(plan, asked.term, award.version) else { return Ok(None) };

    let at = |key: &FactKey| computed.facts.get(key).map_or(DateTime::MAX, |entry| entry.fact.at);
    let term = (asked.term, &asked.period);
    let shares = fact_lines(plan, term, &award, &computed.counted, &at);
    let tiers = tiers::table(rule, &award, &computed.counted, &at)?;
    let days = tiers::by_day(rule, &award, &computed.counted, &at)?;
    let lines = lines::lines(reader, &computed, shares).await?;
    let sent = if rule.term.external {
        let whose = (rules.program_ids[asked.at], of.term.as_str(), asked.partner_id);
        external::of_award(reader, whose, (asked.period.start, award.group.as_str())).await?
    } else {
        Vec::new()
    };
    let (accruals, dues) = booked(&computed, of);
    let postings = postings(reader, rules, &asked, of).await?;
    let proof = proof(reader, rules, &asked, &award, &accruals, &postings).await?;
    let payouts = payouts(reader, rules, &asked, &dues).await?;
    Ok(Some(Explanation {
        of: of.clone(),
        program_names: program.name.clone(),
        partner_names: partner_names(reader, asked.partner_id).await?,
        period: asked.period.clone(),
        currency: rule.currency,
        term: rule.term.clone(),
        qualified_in: CountedIn::of_qualifier(&rule.term),
        qualified_currency: rule.term.qualifier_currency_in(program),
        measured_in: CountedIn::of_measure(&rule.term),
        exact: exact::near(award.parts.iter().map(|part| part.amount), "parts")?,
        reasons: reasons(&award, rule),
        tiers,
        days,
        baseline: baseline(plan, asked.term, &asked.period, rule, &award),
        months: lines::months(&lines)?,
        lines,
        left_out: lines::left_out(&computed),
        sent,
        accruals,
        dues,
        postings,
        payouts,
        proof,
        text: excerpt(program, rule, &award),
        award,
    }))
}

/// Which award is meant, if the viewer may know of it.
pub(super) fn asked(
    rules: &Rules,
    master: &MasterData,
    viewer: Viewer,
    of: &AwardRef,
) -> Option<Asked> {
    let at = rules.by_code(&of.program)?;
    let plan = &rules.plans[at];
    let term = plan.term(&of.term)?;
    let partner_id = master.partner_id(&of.partner)?;
    if !viewer.may_see(partner_id) {
        return None;
    }
    let partner = master.partner_code(partner_id)?.clone();
    let calendar = &plan.terms[usize::from(term)].calendar;
    let period = calendar.by_name(&of.period)?;
    Some(Asked { at, term, partner_id, partner, period })
}

fn acting(plan: &Plan, term: u16, version: u32) -> Option<(&Program, &Rule)> {
    let version = plan.version(version)?;
    Some((&version.program, version.rules[usize::from(term)].as_ref()?))
}

fn reasons(award: &Award, rule: &Rule) -> Vec<ReasonText> {
    let context = Context { award, term: &rule.term, currency: rule.currency };
    let text = |reason: &domain::award::Reason| ReasonText {
        code: reason.code(),
        en: reason.text(Lang::En, &context),
        ja: reason.text(Lang::Ja, &context),
    };
    award.reasons.iter().map(text).collect()
}

fn baseline(
    plan: &Plan,
    term: u16,
    period: &Period,
    rule: &Rule,
    award: &Award,
) -> Option<BaselineDays> {
    let total = award.baseline?;
    let calendar = &plan.terms[usize::from(term)].calendar;
    let prior = rule.reads.iter().find_map(|read| match read.window {
        ReadWindow::Prior(prior) => Some(prior),
        ReadWindow::Period | ReadWindow::Program | ReadWindow::Span(..) => None,
    })?;
    let (from, to) = calendar.prior(period, prior)?;
    Some(BaselineDays { total, from, to })
}

fn booked(computed: &Computed, of: &AwardRef) -> (Vec<Accrual>, Vec<Due>) {
    let Some(outcome) = &computed.outcome else { return (Vec::new(), Vec::new()) };
    let mut accruals: Vec<Accrual> =
        outcome.accruals.iter().filter(|accrual| accrual.group == of.group).cloned().collect();
    accruals.sort_by_key(|accrual| (accrual.accounting.start, accrual.kind));
    let dues = outcome.due.iter().filter(|due| due.group == of.group).cloned().collect();
    (accruals, dues)
}

async fn postings(
    reader: &mut Reader,
    rules: &Rules,
    asked: &Asked,
    of: &AwardRef,
) -> Result<Vec<PostingRow>, DbError> {
    let program_id = rules.program_ids[asked.at];
    let key = (program_id, asked.partner_id, i64::from(asked.term), days_of(asked.period.start));
    let mut postings = ledger::of_award(reader, key).await?;
    postings.retain(|posting| posting.group_key.as_deref() == Some(of.group.as_str()));
    Ok(postings)
}

async fn proof(
    reader: &mut Reader,
    rules: &Rules,
    asked: &Asked,
    award: &Award,
    accruals: &[Accrual],
    postings: &[PostingRow],
) -> Result<Proof, DbError> {
    let (tenant, program_id) = (reader.tenant(), rules.program_ids[asked.at]);
    let (term, day) = (i64::from(asked.term), asked.period.start);
    let stored = reader
        .row(
            "SELECT amount FROM award WHERE tenant_id = $1 AND program_id = $2 \
             AND partner_id = $3 AND term = $4 AND period_day = $5 AND group_key = $6",
            args![tenant, program_id, asked.partner_id, term, day, award.group.as_str()],
        )
        .await?;
    let pending = reader
        .row(
            "SELECT 1 FROM stale WHERE tenant_id = $1 AND program_id = $2 AND partner_id = $3 \
             AND term = $4 AND period_day = $5",
            args![tenant, program_id, asked.partner_id, term, day],
        )
        .await?;
    let posted = postings
        .iter()
        .filter(|posting| posting.cause == ledger::Cause::Accrual.word())
        .map(|posting| {
            // A negative change is posted the other way round.
            let is_negative = posting.credit.starts_with("expense/");
            if is_negative { -posting.amount } else { posting.amount }
        });
    let posted = exact::sum(posted, "postings")?;
    Ok(Proof {
        recomputed: award.amount,
        stored: stored.map(|row| row.text(0).parse().unwrap_or_default()),
        posted,
        accrued: exact::sum(accruals.iter().map(|accrual| accrual.amount), "accruals")?,
        is_pending: pending.is_some(),
        journal_seq: journal::highest_seq(reader).await?,
        version: award.version,
    })
}

async fn payouts(
    reader: &mut Reader,
    rules: &Rules,
    asked: &Asked,
    dues: &[Due],
) -> Result<Vec<PayoutRef>, DbError> {
    let rows = reader
        .lookup(
            "SELECT p.public_id, p.period_name, p.amount, p.status FROM {keys} CROSS JOIN payout p \
             WHERE p.tenant_id = k.tenant AND p.program_id = $1 AND p.partner_id = $2 \
             AND p.period_name = k.k1 ORDER BY p.period_day",
            args![rules.program_ids[asked.at], asked.partner_id],
            vec![Column::Text(dues.iter().map(|due| due.payout.name.to_string()).collect())],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| PayoutRef {
            id: row.string(0),
            period_name: row.string(1),
            amount: row.text(2).parse().unwrap_or_default(),
            status: row.string(3),
        })
        .collect())
}

async fn partner_names(reader: &mut Reader, partner_id: i64) -> Result<Names, DbError> {
    let partner = catalog::partner_by_id(reader, partner_id).await?;
    Ok(partner.map(|partner| partner.names).unwrap_or_default())
}

fn excerpt(program: &Program, rule: &Rule, award: &Award) -> Excerpt {
    let first = rule.term.at.line;
    let lines = u32::try_from(program.text.lines().count()).unwrap_or(u32::MAX);
    // A term ends where the next one begins, or the text does.
    let next = program.terms.iter().map(|term| term.at.line).filter(|line| first < *line).min();
    let last = next.map_or(lines, |next| next.saturating_sub(1));
    let table = domain::evaluate::table(&rule.term, &award.group);
    let of_version = award.parts.iter().filter(|part| part.version == award.version);
    let mut acted: Vec<u32> = of_version
        .filter_map(|part| table.get(usize::try_from(part.tier).ok()?.checked_sub(1)?))
        .map(|row| row.at.line)
        .collect();
    acted.sort_unstable();
    acted.dedup();
    Excerpt { version: award.version, text: program.text.clone(), term: (first, last), acted }
}
