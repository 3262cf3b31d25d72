//! An explanation for people at a terminal.

use std::io::Write;

use domain::case::plain;
use domain::explain::Lang;
use domain::fact::Fact;
use domain::program::{Opens, RowValue};
use engine::explain::{Explanation, PayoutDoor, PostingDoor, TierRow};
use engine::imports::SourceRow;
use engine::payouts::{OfReward, PayoutRow};
use rust_decimal::Decimal;

/// Lines of facts that are told; JSON has them all.
const LINES_MAX: usize = 200;

pub(super) fn write(of: &Explanation, lang: Lang, out: &mut dyn Write) -> anyhow::Result<()> {
    let award = &of.award;
    let name = lang.of(&of.partner_names).unwrap_or(&of.of.partner);
    let program = lang.of(&of.program_names).unwrap_or(&of.of.program);
    writeln!(out, "{} {}", plain(award.amount), of.currency)?;
    let (first, last) = (of.period.start, of.period.last());
    writeln!(out, "  {name} ({})", of.of.partner)?;
    writeln!(
        out,
        "  {program} ({}), term {}, version {}",
        of.of.program, of.of.term, award.version
    )?;
    writeln!(out, "  {} ({first} to {last})", of.period.name)?;
    for (name, value) in of.of.group.values() {
        writeln!(out, "  {name}: {value}")?;
    }
    writeln!(out, "\nWhy")?;
    for reason in &of.reasons {
        let text = match lang {
            Lang::En => &reason.en,
            Lang::Ja => &reason.ja,
        };
        writeln!(out, "  {text}")?;
    }
    if let Some(baseline) = &of.baseline {
        let last = baseline.to.yesterday().unwrap_or(baseline.to);
        writeln!(out, "  baseline {} ({} to {last})", plain(baseline.total), baseline.from)?;
    }
    if let Some(next) = &award.next {
        let gap = next.gap.map_or("?".to_owned(), plain);
        let worth = next.worth.map_or("?".to_owned(), plain);
        writeln!(out, "  next: tier {}, {gap} to go, worth about {worth}", next.tier)?;
    }
    tiers(&of.tiers, lang, out)?;
    lines(of, lang, out)?;
    booked(of, out)?;
    proof(of, out)
}

fn tiers(tiers: &[TierRow], lang: Lang, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\nTiers")?;
    for row in tiers {
        let opens = match row.opens {
            Opens::Always => "always".to_owned(),
            Opens::From(threshold) => format!("from {}", plain(threshold)),
            Opens::Above(threshold) => format!("above {}", plain(threshold)),
        };
        let mut pays = Vec::new();
        match row.value {
            Some(RowValue::Rate(rate)) => {
                pays.push(format!("{} %", plain(rate * Decimal::ONE_HUNDRED)));
            }
            Some(RowValue::PerUnit(each)) => pays.push(format!("{} each", plain(each))),
            Some(RowValue::Factor(factor)) => pays.push(format!("times {}", plain(factor))),
            None => {}
        }
        pays.extend(row.fixed.map(|fixed| format!("{} fixed", plain(fixed))));
        let name = row.name.as_ref().and_then(|names| lang.of(names)).unwrap_or_default();
        let mark = if row.is_current { '*' } else { ' ' };
        let crossed = row.crossed.as_ref().map_or(String::new(), |crossed| {
            format!(", reached on {} with {}", crossed.at.date(), crossed.fact)
        });
        let pays = pays.join(" + ");
        writeln!(out, "{mark} {} {name} {opens}: {pays}{crossed}", row.tier)?;
    }
    Ok(())
}

fn lines(of: &Explanation, lang: Lang, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\nFacts that count: {}", of.lines.len())?;
    for month in &of.months {
        let (measure, amount) = (plain(month.measure), plain(month.amount));
        let day = month.first_day.strftime("%Y-%m");
        writeln!(out, "  {day}: {} facts, measure {measure}, award {amount}", month.facts)?;
    }
    for line in of.lines.iter().take(LINES_MAX) {
        let fact = &line.fact;
        let measure = line.measure.map_or("-".to_owned(), plain);
        let source = line
            .source
            .as_ref()
            .map_or(String::new(), |source| format!("  {} row {}", source.name, source.row));
        let product = lang.of(&line.product_names).map_or_else(|| product(fact), str::to_owned);
        let amount = plain(line.amount);
        writeln!(out, "  {} {} {product}: {measure} -> {amount}{source}", fact.date(), fact.key)?;
        for converted in &line.converted {
            let since = converted.by.since.map_or(String::new(), |day| format!(" since {day}"));
            let day = converted.day;
            writeln!(out, "    converted by {} of {day}{since}", converted.rate())?;
        }
    }
    if LINES_MAX < of.lines.len() {
        writeln!(out, "  and {} more", of.lines.len() - LINES_MAX)?;
    }
    for row in &of.sent {
        let state = if row.counts { "counts" } else { "replaced" };
        let (amount, reason) = (plain(row.amount), row.reason.as_deref().unwrap_or_default());
        let sent = format!("{} of {} by {}", row.key, row.recorded, row.by);
        writeln!(out, "  sent {sent}: {amount}, {state} {reason}")?;
    }
    if !of.left_out.is_empty() {
        writeln!(out, "\nFacts that do not count: {}", of.left_out.len())?;
    }
    for line in of.left_out.iter().take(LINES_MAX) {
        let why = match &line.why {
            engine::explain::Why::Condition(text) => format!("not {text}"),
            why => why.word().to_owned(),
        };
        writeln!(out, "  {} {}: {why}", line.fact.date(), line.fact.key)?;
    }
    Ok(())
}

fn product(fact: &Fact) -> String {
    fact.product.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn booked(of: &Explanation, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\nBooked")?;
    for accrual in &of.accruals {
        let (period, kind) = (&accrual.accounting.name, accrual.kind.word());
        writeln!(out, "  accrued in {period}, {kind}: {}", plain(accrual.amount))?;
    }
    for due in &of.dues {
        writeln!(out, "  due with {}: {}", due.payout.name, plain(due.amount))?;
    }
    for posting in &of.postings {
        let (debit, credit, amount) = (&posting.debit, &posting.credit, plain(posting.amount));
        writeln!(out, "  posting {}: {debit} from {credit}, {amount}", posting.seq)?;
    }
    for payout in &of.payouts {
        let (id, status) = (&payout.id, &payout.status);
        writeln!(
            out,
            "  payout {id} of {}: {}, {status}",
            payout.period_name,
            plain(payout.amount)
        )?;
    }
    Ok(())
}

fn proof(of: &Explanation, out: &mut dyn Write) -> anyhow::Result<()> {
    let proof = &of.proof;
    let amount = plain(proof.recomputed);
    writeln!(out, "\nComputed again just now from the journal up to {}", proof.journal_seq)?;
    if proof.agrees() {
        writeln!(out, "  the same amount: {amount}")?;
    } else if proof.is_pending {
        writeln!(out, "  {amount}; facts have come that are not evaluated yet")?;
    } else {
        let stored = proof.stored.map_or("nothing".to_owned(), plain);
        let (posted, accrued) = (plain(proof.posted), plain(proof.accrued));
        writeln!(out, "  {amount}, but stored is {stored}; posted is {posted} of {accrued}")?;
    }
    let (first, last) = of.text.term;
    writeln!(out, "  by lines {first} to {last} of version {}", of.text.version)?;
    Ok(())
}

pub(super) fn posting(door: &PostingDoor, out: &mut dyn Write) -> anyhow::Result<()> {
    let posting = &door.posting;
    let amount = plain(posting.amount);
    writeln!(out, "posting {} of {}: {}", posting.seq, posting.recorded, posting.cause)?;
    writeln!(out, "  {amount} {} to {} from {}", posting.unit, posting.debit, posting.credit)?;
    if let Some(subject) = &door.subject {
        writeln!(out, "  for {subject}")?;
    }
    writeln!(out)?;
    Ok(())
}

pub(super) fn of_reward(row: &PayoutRow, of: &OfReward, out: &mut dyn Write) -> anyhow::Result<()> {
    let (amount, unit) = (plain(row.amount), &row.unit);
    writeln!(out, "payout {}: {amount} {unit}, {}", row.public_id, row.status.word())?;
    let (points, partner) = (plain(of.points), &row.partner_code);
    writeln!(out, "  reward {} to {partner} for {points} {}", of.reward, of.unit)?;
    writeln!(out, "  order {} of {}", of.order, of.on)?;
    writeln!(out)?;
    Ok(())
}

pub(super) fn payout(door: &PayoutDoor, out: &mut dyn Write) -> anyhow::Result<()> {
    let (amount, unit) = (plain(door.amount), &door.unit);
    writeln!(out, "payout {}: {amount} {unit}, {}", door.id, door.status)?;
    writeln!(out, "  {} to {} for {}", door.program, door.partner, door.period_name)?;
    for (what, amount) in [
        ("calculated", door.calculated),
        ("prior period", door.prior_period),
        ("adjustments", door.adjustments),
        ("carried in", door.carried_in),
        ("carried out", -door.carried_out),
    ] {
        if !amount.is_zero() {
            writeln!(out, "  {what}: {}", plain(amount))?;
        }
    }
    for due in &door.awards {
        writeln!(out, "  {} of {}", plain(due.amount), due.award)?;
    }
    writeln!(out)?;
    Ok(())
}

pub(super) fn source(row: &SourceRow, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\nRow {} of {}", row.row, row.import.name)?;
    if row.cells.is_empty() {
        writeln!(out, "  {}", row.raw)?;
    }
    for (at, cell) in row.cells.iter().enumerate() {
        let heading = row.headers.get(at).map_or("", String::as_str);
        writeln!(out, "  {heading}: {cell}")?;
    }
    Ok(())
}
