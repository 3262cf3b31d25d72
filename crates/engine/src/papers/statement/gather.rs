//! Gathering what a statement says, and issuing it.

use std::collections::BTreeMap;

use domain::amount::Currency;
use domain::explain::{CountedIn, Lang};
use domain::measure::Converted;
use domain::period::day_of;
use domain::plan::Plan;
use domain::program::RowValue;
use domain::settlement;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rust_decimal::Decimal;

use super::store::{self, on_live};
use super::words;
use super::{
    AdjustmentPart, Counted, Line, Num, PaperKind, Party, Pays, ProgramPart, Statement,
    StatementError, StatementRow, TermPart,
};
use crate::access::{Actor, Viewer};
use crate::accrue::{self, DueRow};
use crate::catalog::{self, MasterData};
use crate::db::{DbError, Reader, Tx, days_of};
use crate::explain::{self, Explanation};
use crate::papers::party::Treatment;
use crate::papers::payee::{self, PayeeRow};
use crate::papers::settings::{self, Company};
use crate::papers::tax::{self, Basis, Taxed};
use crate::rules::Rules;
use crate::settle::{self, OfPeriod, OfReward, PayoutRow, Source, filed};

/// Approved payouts of a partner that are on no statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub partner_id: i64,
    pub unit: String,
    pub payouts: Vec<PayoutRow>,
    pub amount: Decimal,
    /// The latest of its payouts.
    pub due: Date,
}

/// What is approved, due by a day and on no statement yet, by partner and currency.
pub async fn open(
    reader: &mut Reader,
    rules: &Rules,
    until: Option<Date>,
) -> Result<Vec<Open>, DbError> {
    let due_days = settings::company(reader).await?.due_days();
    let stated = on_live(reader).await?;
    let mut open: BTreeMap<(i64, String), Open> = BTreeMap::new();
    for payout in filed::fileable(reader).await? {
        let due = due_day(rules, &payout, due_days);
        let is_money = Currency::parse(&payout.unit).is_some();
        if !is_money || stated.contains(&payout.public_id) || until.is_some_and(|day| due > day) {
            continue;
        }
        let key = (payout.partner_id, payout.unit.clone());
        let found = open.entry(key).or_insert_with(|| Open {
            partner_id: payout.partner_id,
            unit: payout.unit.clone(),
            payouts: Vec::new(),
            amount: Decimal::ZERO,
            due,
        });
        found.amount += payout.amount;
        found.due = found.due.max(due);
        found.payouts.push(payout);
    }
    Ok(open.into_values().collect())
}

/// First and last day of a payout's period.
fn days(rules: &Rules, payout: &PayoutRow) -> (Date, Date) {
    let first = payout.day();
    let period = payout.period().and_then(|of| {
        let at = rules.position(of.program_id)?;
        settlement::named(&rules.plans[at], &of.name)
    });
    (first, period.map_or(first, |period| period.last()))
}

fn due_day(rules: &Rules, payout: &PayoutRow, due_days: u16) -> Date {
    let (_, last) = days(rules, payout);
    last.checked_add(Span::new().days(i64::from(due_days))).unwrap_or(last)
}

/// Issues a statement over payouts of one partner in one currency.
pub async fn issue(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    open: &Open,
) -> Result<StatementRow, StatementError> {
    let stated = store::stated(tx, &open.payouts).await?;
    let mut payouts = Vec::new();
    for payout in &open.payouts {
        // What was read before this transaction began may have changed.
        let current = settle::payout(tx, &payout.public_id).await?;
        payouts.extend(current.filter(|row| {
            row.status == settlement::PayoutStatus::Approved && !stated.contains(&row.public_id)
        }));
    }
    if payouts.is_empty() {
        return Err(StatementError::Nothing);
    }
    let zone = zone(tx).await?;
    let id = store::next_id(tx).await?;
    let today = day_of(now, &zone);
    let number = format!("ST-{}-{id:06}", today.year());
    let statement = gather(tx, rules, master, (number, today), open.partner_id, &payouts).await?;
    if let Some(payout) = payouts.first().filter(|_| !statement.ties()) {
        return Err(StatementError::DoesNotTie { payout: payout.public_id.clone() });
    }
    store::add(tx, actor, now, (id, open.partner_id), &statement).await
}

/// The zone of the vendor's days.
pub(in crate::papers) async fn zone(reader: &mut Reader) -> Result<TimeZone, DbError> {
    let settings = catalog::load_settings(reader).await?;
    Ok(TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC))
}

async fn gather(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (number, issued): (String, Date),
    partner_id: i64,
    payouts: &[PayoutRow],
) -> Result<Statement, StatementError> {
    let company = settings::company(reader).await?;
    let payee = payee::payee(reader, partner_id).await?;
    let row = catalog::partner_by_id(reader, partner_id).await?.ok_or(StatementError::NotFound)?;
    let unit = payouts.first().map(|payout| payout.unit.clone()).unwrap_or_default();
    let decimals = Currency::parse(&unit).map_or(2, Currency::decimals);
    let treatment = payee.details.treatment;
    let taxed: Vec<Taxed> = payouts
        .iter()
        .map(|payout| Taxed {
            amount: payout.amount,
            is_reduced: company.reduced_programs.iter().any(|code| code == payout.program()),
        })
        .collect();
    let tax =
        tax::of_document(&taxed, treatment, company.tax_basis, company.tax_rounding, decimals);
    let mut programs = Vec::new();
    for ((payout, taxed), on_top) in payouts.iter().zip(&taxed).zip(&tax.on_top) {
        let with_tax = (taxed.is_reduced, *on_top);
        programs.push(match &payout.source {
            Source::Period(of) => {
                program_part(reader, rules, master, (payout, of), with_tax).await?
            }
            Source::Reward(of) => reward_part(rules, payout, of, with_tax.1),
        });
    }
    let amount: Decimal = payouts.iter().map(|payout| payout.amount).sum();
    let tax_sum: Decimal = tax.lines.iter().map(|line| line.tax).sum();
    let (net, total) = match company.tax_basis {
        Basis::Added => (amount, amount + tax_sum),
        Basis::Included => (amount - tax_sum, amount),
    };
    let due_days = company.due_days();
    let due = payouts.iter().map(|payout| due_day(rules, payout, due_days)).max();
    Ok(Statement {
        number,
        issued,
        kind: kind(treatment, &company),
        vendor: vendor(&company, treatment, &catalog::load_settings(reader).await?.vendor_name),
        partner: partner(&row.code, &row.names, &payee),
        from: programs.iter().map(|part| part.from).min().unwrap_or(issued),
        to: programs.iter().map(|part| part.to).max().unwrap_or(issued),
        due: due.unwrap_or(issued),
        unit,
        programs,
        basis: company.tax_basis,
        tax_lines: tax.lines,
        net: Num(net),
        tax: Num(tax_sum),
        total: Num(total),
        account: payee.account.as_ref().map(crate::papers::party::Account::masked),
        account_holder: payee.account.as_ref().map(|account| account.holder().to_owned()),
        note: None,
    })
}

fn kind(treatment: Treatment, company: &Company) -> PaperKind {
    match treatment {
        Treatment::Japan if company.registration.is_some() => PaperKind::QualifiedReturn,
        Treatment::Japan | Treatment::None => PaperKind::Statement,
        Treatment::Vat { .. } => PaperKind::CreditNote,
        Treatment::VatUnchanged => PaperKind::CreditNoteUnchanged,
    }
}

fn vendor(company: &Company, treatment: Treatment, name: &str) -> Party {
    let registration = company.registration.as_ref().map(ToString::to_string);
    let is_japanese = treatment == Treatment::Japan || company.vat_number.trim().is_empty();
    let tax_number = registration.filter(|_| is_japanese);
    let mut names = company.names.clone();
    names.retain(|_, name| !name.trim().is_empty());
    if names.is_empty() {
        names.insert("en".into(), name.to_owned());
    }
    Party {
        code: String::new(),
        names,
        address: company.address.lines(false),
        address_ja: company.address_ja.as_ref().unwrap_or(&company.address).lines(true),
        tax_number: tax_number.unwrap_or_else(|| company.vat_number.clone()),
        contact: company.contact.clone(),
    }
}

fn partner(code: &str, names: &super::Names, payee: &PayeeRow) -> Party {
    let details = &payee.details;
    let legal = details.name.trim();
    let names =
        if legal.is_empty() { names.clone() } else { [(String::new(), legal.to_owned())].into() };
    Party {
        code: code.to_owned(),
        names,
        address: details.address.lines(false),
        address_ja: details.address.lines(true),
        tax_number: details.tax_number.clone(),
        contact: String::new(),
    }
}

async fn program_part(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (payout, of): (&PayoutRow, &OfPeriod),
    (is_reduced, tax): (bool, Decimal),
) -> Result<ProgramPart, StatementError> {
    let own = Some(payout.partner_id);
    let dues = accrue::due_of_program(reader, of.program_id, own).await?;
    let plan = rules.position(of.program_id).map(|at| &rules.plans[at]);
    let is_in_it = |due: &DueRow| {
        let term = u16::try_from(due.term).ok();
        let unit = plan.zip(term).and_then(|(plan, term)| plan.currency_of(term));
        due.payout == of.start && unit.is_none_or(|unit| unit.as_str() == payout.unit)
    };
    let mut terms = Vec::new();
    for due in dues.into_iter().filter(is_in_it) {
        if !due.amount.is_zero() {
            terms.extend(term_part(reader, rules, master, of, &due).await?);
        }
    }
    let names = plan.map(|plan| plan.newest().name.clone()).unwrap_or_default();
    let (from, to) = days(rules, payout);
    let rated = settle::rated(reader, rules, payout).await?;
    Ok(ProgramPart {
        payout: payout.public_id.clone(),
        code: of.program.clone(),
        names,
        reference: plan.and_then(|plan| plan.newest().reference.clone()),
        period: of.name.clone(),
        from,
        to,
        is_reduced,
        terms,
        calculated: Num(payout.calculated),
        rated: Num(rated),
        prior_period: Num(payout.prior_period),
        adjustments: adjustments(reader, plan, (payout, of)).await?,
        carried_in: Num(payout.carried_in),
        carried_out: Num(payout.carried_out),
        amount: Num(payout.amount),
        tax: Num(tax),
    })
}

/// What an order of a reward is paid, or gives back: the points are what it is paid for.
fn reward_part(rules: &Rules, payout: &PayoutRow, of: &OfReward, tax: Decimal) -> ProgramPart {
    let declared = rules.wallets.iter().find_map(|it| it.wallet.rewards.get(of.reward.as_str()));
    let names = declared.map(|reward| reward.name.clone()).unwrap_or_default();
    let in_both = |say: &dyn Fn(Lang) -> String| {
        [Lang::En, Lang::Ja].map(|lang| (lang.tag().to_owned(), say(lang))).into()
    };
    let term = TermPart {
        code: of.reward.clone(),
        names: in_both(&|lang| words::order(lang, &of.order)),
        period: of.on.to_string(),
        group: String::new(),
        basis: Some(Num(of.points)),
        counted: Counted::Quantity(Some(of.unit.clone())),
        tier: None,
        tier_names: super::Names::new(),
        pays: Vec::new(),
        amount: Num(payout.calculated),
        is_prior: false,
        lines: Vec::new(),
    };
    ProgramPart {
        payout: payout.public_id.clone(),
        code: of.reward.clone(),
        names: in_both(&|lang| words::reward(lang, words::named(lang, &names, &of.reward))),
        reference: None,
        period: of.on.to_string(),
        from: of.on,
        to: of.on,
        is_reduced: false,
        terms: vec![term],
        calculated: Num(payout.calculated),
        rated: Num(Decimal::ZERO),
        prior_period: Num(payout.prior_period),
        adjustments: Vec::new(),
        carried_in: Num(payout.carried_in),
        carried_out: Num(payout.carried_out),
        amount: Num(payout.amount),
        tax: Num(tax),
    }
}

/// With their reasons, if these are all; as one amount otherwise.
async fn adjustments(
    reader: &mut Reader,
    plan: Option<&Plan>,
    (payout, of): (&PayoutRow, &OfPeriod),
) -> Result<Vec<AdjustmentPart>, DbError> {
    if payout.adjustments.is_zero() {
        return Ok(Vec::new());
    }
    let approved = Some(settlement::AdjustmentStatus::Approved);
    let mut found: Vec<AdjustmentPart> = settle::adjustments(reader, of.program_id, approved)
        .await?
        .into_iter()
        .filter(|row| row.partner_id == payout.partner_id && row.period_name == of.name)
        .filter(|row| row.unit == payout.unit)
        .map(|row| AdjustmentPart {
            amount: Num(row.amount),
            reason: row.reason,
            term: row.term.map(|term| {
                let mut terms = plan.into_iter().flat_map(|plan| &plan.newest().terms);
                let of = terms.find(|of| of.code.as_str() == term);
                let names = of.map(|of| of.name.clone()).unwrap_or_default();
                (term, names)
            }),
        })
        .collect();
    found.reverse();
    let sum: Decimal = found.iter().map(|one| one.amount.0).sum();
    if sum != payout.adjustments {
        let amount = Num(payout.adjustments);
        found = vec![AdjustmentPart { amount, reason: String::new(), term: None }];
    }
    Ok(found)
}

/// A term of which the award is not there any more keeps its amount and loses its story.
async fn term_part(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    paid: &OfPeriod,
    due: &DueRow,
) -> Result<Option<TermPart>, DbError> {
    let of = (due.program_id, due.partner_id, due.term, days_of(due.period));
    let Some(of) = explain::award_ref(rules, master, of, &due.group_key) else { return Ok(None) };
    let told = explain::award(reader, rules, master, Viewer::Vendor, &of).await?;
    let earned = rules.by_code(&of.program).and_then(|at| {
        let plan = &rules.plans[at];
        plan.terms[usize::from(plan.term(&of.term)?)].calendar.by_name(&of.period)
    });
    let mut group: Vec<String> =
        of.group.values().map(|(name, value)| format!("{name}: {value}")).collect();
    // Of an award that is split the payee is told who earned it, and not that partner's lines.
    let is_own = due.partner_id == due.payee_id;
    if !is_own {
        group.insert(0, of.partner.clone());
    }
    let part = TermPart {
        code: of.term.clone(),
        names: super::Names::new(),
        period: of.period.clone(),
        group: group.join(", "),
        basis: None,
        counted: Counted::Plain,
        tier: None,
        tier_names: super::Names::new(),
        pays: Vec::new(),
        amount: Num(due.amount),
        // As settlement tells what is late: it was earned before the payout's period.
        is_prior: earned.is_none_or(|earned| !earned.contains(paid.start)),
        lines: Vec::new(),
    };
    Ok(Some(told_part(part, told, is_own)))
}

fn told_part(mut part: TermPart, told: Option<Explanation>, is_own: bool) -> TermPart {
    let Some(told) = told else { return part };
    part.names = told.term.name.clone();
    let rated = told.award.measure.zip(told.measured_in.clone());
    let (basis, counted) = rated.unwrap_or((told.award.qualifier_total, told.qualified_in.clone()));
    part.basis = Some(Num(basis));
    part.counted = match counted {
        CountedIn::Money => Counted::Money,
        CountedIn::Quantity(unit) => Counted::Quantity(unit),
        CountedIn::Facts => Counted::Facts,
        CountedIn::Plain => Counted::Plain,
    };
    part.tier = told.award.tier;
    part.tier_names = told.award.tier_name.clone().unwrap_or_default();
    for one in &told.award.parts {
        let value = one.value.map(|value| match value {
            RowValue::Rate(rate) => Pays::Rate(Num(rate)),
            RowValue::PerUnit(amount) => Pays::PerUnit(Num(amount)),
            RowValue::Factor(factor) => Pays::Factor(Num(factor)),
        });
        let fixed = one.fixed.map(|amount| Pays::Fixed(Num(amount)));
        part.pays.extend(value.or(fixed).filter(|pays| !part.pays.contains(pays)));
    }
    if is_own {
        part.lines = told.lines.into_iter().map(line).collect();
    }
    part
}

fn line(of: explain::Line) -> Line {
    let fact = of.fact;
    let sign = if fact.kind.counts_against() { -Decimal::ONE } else { Decimal::ONE };
    let document = match (&fact.order, &fact.line) {
        (Some(order), Some(line)) => format!("{order} / {line}"),
        (Some(order), None) => order.clone(),
        (None, _) => fact.key.to_string(),
    };
    Line {
        day: fact.at.date(),
        document,
        kind: fact.kind.word().to_owned(),
        product: fact.product.as_ref().map(ToString::to_string).unwrap_or_default(),
        product_names: of.product_names,
        quantity: fact.quantity.map(|quantity| Num(quantity * sign)),
        amount: fact.amount.map(|amount| Num(amount * sign)),
        counted: of.measure.map(Num),
        currency: fact.currency.map(|currency| currency.to_string()).unwrap_or_default(),
        unit: fact.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        converted: of.converted.iter().map(by_rate).collect::<Vec<_>>().join("; "),
        share: Num(of.amount),
    }
}

/// A rate or factor with the day from which it holds: `1 USD = 0.92 EUR (2026-05-01)`.
fn by_rate(converted: &Converted) -> String {
    match converted.by.since {
        Some(day) => format!("{} ({day})", converted.rate()),
        None => converted.rate(),
    }
}
