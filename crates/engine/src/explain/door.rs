//! From a posting or a payout to the awards behind it.

use domain::amount::Currency;
use domain::totals::Group;
use rust_decimal::Decimal;

use super::AwardRef;
use crate::access::Viewer;
use crate::accrue;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, date_of, days_of};
use crate::ledger::{self, PostingRow};
use crate::rules::Rules;

/// A posting, and the award it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct PostingDoor {
    pub posting: PostingRow,
    /// `None` for postings about no single award: adjustments, payments, what was given up.
    pub award: Option<AwardRef>,
    /// The payout or adjustment it came from.
    pub subject: Option<String>,
}

/// A payout, and the awards that are due with it, each with its part.
#[derive(Debug, Clone, PartialEq)]
pub struct PayoutDoor {
    pub id: String,
    pub program: String,
    pub partner: String,
    pub period_name: String,
    pub unit: String,
    pub calculated: Decimal,
    /// What of it is there because a tier moved.
    pub rated: Decimal,
    pub prior_period: Decimal,
    pub adjustments: Decimal,
    pub carried_in: Decimal,
    pub carried_out: Decimal,
    pub lapsed: Decimal,
    pub amount: Decimal,
    pub status: String,
    pub awards: Vec<DueAward>,
}

/// What of an award is due with a payout.
#[derive(Debug, Clone, PartialEq)]
pub struct DueAward {
    pub award: AwardRef,
    pub amount: Decimal,
    /// Earned in an earlier period, and known late.
    pub is_prior: bool,
}

/// The posting with that number, and what it leads to.
pub async fn posting(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    viewer: Viewer,
    seq: i64,
) -> Result<Option<PostingDoor>, DbError> {
    let Some(posting) = ledger::posting(reader, seq).await? else { return Ok(None) };
    let is_visible = match (viewer, posting.partner_id) {
        (Viewer::Vendor, _) => true,
        (Viewer::Partner(_), None) => false,
        (Viewer::Partner(_), Some(partner_id)) => viewer.may_see(partner_id),
    };
    if !is_visible {
        return Ok(None);
    }
    let award = || {
        let group = posting.group_key.clone()?;
        let (program_id, partner_id) = (posting.program_id?, posting.partner_id?);
        let of = (program_id, partner_id, posting.term?, posting.period_day?);
        award_ref(rules, master, of, &group)
    };
    let award = award();
    let subject = posting.subject.clone();
    Ok(Some(PostingDoor { posting, award, subject }))
}

/// The awards of a term, partner and period, one for each group, with what was evaluated last.
pub async fn groups(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    viewer: Viewer,
    of: &AwardRef,
) -> Result<Vec<(AwardRef, Decimal)>, DbError> {
    let known = || {
        let at = rules.by_code(&of.program)?;
        let term = rules.plans[at].term(&of.term)?;
        let partner_id = master.partner_id(&of.partner).filter(|id| viewer.may_see(*id))?;
        let calendar = &rules.plans[at].terms[usize::from(term)].calendar;
        let period = calendar.by_name(&of.period)?;
        Some((rules.program_ids[at], partner_id, i64::from(term), period.start))
    };
    let Some((program_id, partner_id, term, day)) = known() else { return Ok(Vec::new()) };
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT group_key, amount FROM award WHERE tenant_id = $1 AND program_id = $2 \
             AND partner_id = $3 AND term = $4 AND period_day = $5 ORDER BY group_key",
            args![tenant, program_id, partner_id, term, day],
        )
        .await?;
    let named = |row: &crate::db::Row| {
        let group = Group::from_stored(row.text(0));
        (AwardRef { group, ..of.clone() }, row.text(1).parse().unwrap_or_default())
    };
    Ok(rows.iter().map(named).collect())
}

/// The name of an award, of its numbers.
pub(crate) fn award_ref(
    rules: &Rules,
    master: &MasterData,
    (program_id, partner_id, term, period_day): (i64, i64, i64, i64),
    group: &str,
) -> Option<AwardRef> {
    let plan = &rules.plans[rules.position(program_id)?];
    let of = plan.terms.get(usize::try_from(term).ok()?)?;
    let period = of.calendar.containing(date_of(period_day)?)?;
    Some(AwardRef {
        program: plan.code.to_string(),
        term: of.code.to_string(),
        partner: master.partner_code(partner_id)?.to_string(),
        period: period.name.to_string(),
        group: Group::from_stored(group),
    })
}

/// The payout of a program with that id, and what it leads to.
pub async fn payout(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    viewer: Viewer,
    id: &str,
) -> Result<Option<PayoutDoor>, DbError> {
    let tenant = reader.tenant();
    let found = reader
        .row(
            "SELECT program_id, partner_id, period_name, period_day, unit, calculated, \
             prior_period, adjustments, carried_in, carried_out, lapsed, amount, status \
             FROM payout WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id],
        )
        .await?;
    let Some(row) = found.filter(|row| viewer.may_see(row.int(1))) else { return Ok(None) };
    // What an order of a reward owes has no awards behind it.
    let Some(program_id) = row.opt_int(0) else { return Ok(None) };
    let (partner_id, day) = (row.int(1), row.date(3));
    let Some(at) = rules.position(program_id) else { return Ok(None) };
    let number = |column: usize| row.text(column).parse().unwrap_or_default();
    let dues = reader
        .rows(
            "SELECT term, period_day, group_key, amount, partner_id FROM due WHERE tenant_id = $1 \
             AND program_id = $2 AND payee_id = $3 AND payout_day = $4 \
             ORDER BY term, period_day, group_key, partner_id",
            args![tenant, program_id, partner_id, day],
        )
        .await?;
    let is_in_it = |due: &&crate::db::Row| {
        let unit = u16::try_from(due.int(0)).ok().and_then(|t| rules.plans[at].currency_of(t));
        unit.is_none_or(|unit| unit.as_str() == row.text(4))
    };
    let awards = dues
        .iter()
        .filter(is_in_it)
        .filter_map(|due| {
            let earner_id = Some(due.int(4)).filter(|earner_id| viewer.may_see(*earner_id))?;
            let of = (program_id, earner_id, due.int(0), due.int(1));
            Some(DueAward {
                award: award_ref(rules, master, of, due.text(2))?,
                amount: due.text(3).parse().unwrap_or_default(),
                is_prior: due.int(1) < days_of(day),
            })
        })
        .collect();
    let rated = accrue::rated(reader, rules, program_id, Some(partner_id)).await?;
    let unit = Currency::parse(row.text(4)).unwrap_or(rules.plans[at].newest().currency);
    let of = (partner_id, unit, day);
    Ok(Some(PayoutDoor {
        id: id.to_owned(),
        program: rules.plans[at].code.to_string(),
        partner: master.partner_code(partner_id).map(ToString::to_string).unwrap_or_default(),
        period_name: row.string(2),
        unit: row.string(4),
        calculated: number(5),
        rated: rated.get(&of).copied().unwrap_or_default(),
        prior_period: number(6),
        adjustments: number(7),
        carried_in: number(8),
        carried_out: number(9),
        lapsed: number(10),
        amount: number(11),
        status: row.string(12),
        awards,
    }))
}
