//! Budgets that could never do what the program promises: told before anything is paid by them.
//!
//! What a budget is short of is cut, with the reason `budget`. That is right for what nobody was
//! promised. A guarantee, a fixed amount and a budget of nothing are known from the text alone, so a
//! program that would have to break its word is refused. Where the text leaves open how much is
//! promised (who is enrolled, how many periods there are), the least of it counts.

use rust_decimal::Decimal;

use super::Found;
use crate::period::Calendar;
use crate::program::{Budget, BudgetPer, BudgetShare, Change, Every, Members, Program, Term};

const NOTHING: &str = "a budget of nothing pays nothing";
const NOTHING_HELP: &str = "write what may be spent, or take the budget out";

pub(super) fn check_header(found: &mut Found<'_>) {
    let program = found.program;
    let limits = &program.limits;
    let Some(budget) = limits.budget else { return };
    if budget.amount.is_zero() {
        found.error(&["limits", "budget", "amount"], NOTHING, NOTHING_HELP);
        return;
    }
    // Other limits over all terms, and lanes, may take from what a term owes by itself.
    let no_bounds = [limits.per_partner_period, limits.per_partner]
        .iter()
        .all(|bounds| bounds.at_most.is_none());
    if budget.share == BudgetShare::All || !no_bounds {
        return;
    }
    let of_program = |term: &&Term| {
        term.lane.is_none() && term.currency.is_none_or(|own| own == program.currency)
    };
    let terms = program.terms.iter().filter(of_program);
    let owed = terms.filter_map(|term| guaranteed(program, term, budget)).sum::<Decimal>();
    if budget.amount < owed {
        found.error(
            &["limits", "budget", "amount"],
            format!(
                "the budget of {} cannot pay the guarantees of its terms, {owed} at least",
                budget.amount
            ),
            "raise the budget, or lower the guarantees",
        );
    }
}

pub(super) fn check_term(found: &mut Found<'_>, term: &Term) {
    let Some(budget) = term.limits.budget else { return };
    let path = ["limits", "budget", "amount"];
    if budget.amount.is_zero() {
        found.term_error(term, &path, NOTHING, NOTHING_HELP);
        return;
    }
    // A pool gives out what it has: what the term computes is a weight and no promise.
    if budget.share == BudgetShare::All {
        return;
    }
    if let Some(owed) = guaranteed(found.program, term, budget)
        && budget.amount < owed
    {
        found.term_error(
            term,
            &path,
            format!("the budget of {} cannot pay its guarantees, {owed} at least", budget.amount),
            "raise the budget, or lower the guarantee",
        );
    }
    if let Some(least) = least_fixed(term)
        && budget.amount < least
    {
        found.term_error(
            term,
            &path,
            format!("the budget of {} cannot pay a single award of {least}", budget.amount),
            "raise the budget, or lower the fixed amounts",
        );
    }
}

/// What a term owes at the least out of one budget, as it is guaranteed.
fn guaranteed(program: &Program, term: &Term, budget: Budget) -> Option<Decimal> {
    let guarantee = term.limits.guarantee?;
    let partners = match &program.partners {
        Members::All | Members::Where(_) => 1,
        Members::List(members) => {
            let always = members
                .iter()
                .filter(|member| !member.skip && member.from.is_none() && member.to.is_none());
            let mut codes: Vec<&str> = always.map(|member| member.partner.as_str()).collect();
            codes.sort_unstable();
            codes.dedup();
            codes.len()
        }
    };
    // What was earned beyond the guarantee of one period may lower that of the next.
    let is_once = guarantee.carry_over || budget.per == BudgetPer::Period;
    // Who is not listed is owed only for periods in which there is a fact.
    let is_listed = matches!(program.partners, Members::List(_));
    let periods = match program.ends {
        Some(ends) if !is_once && is_listed && program.change == Change::First => {
            let calendar = Calendar::qualifying(program, term);
            if term.periods.every == Every::OnDemand { 1 } else { calendar.up_to(ends).len() }
        }
        _ => 1,
    };
    let times = Decimal::from(partners).checked_mul(Decimal::from(periods))?;
    guarantee.amount.checked_mul(times)
}

/// The least that any award of a term can be, if all its rows give fixed amounts and nothing takes
/// from them.
fn least_fixed(term: &Term) -> Option<Decimal> {
    let bounds = [term.limits.per_award, term.limits.per_partner_period, term.limits.per_partner];
    if bounds.iter().any(|bounds| bounds.at_most.is_some())
        || term.rows.is_empty()
        || term.rows.iter().any(|row| row.value.is_some() || row.up_to.is_some())
        || !term.net_of.is_empty()
    {
        return None;
    }
    let fixed: Option<Vec<Decimal>> = term.rows.iter().map(|row| row.fixed).collect();
    fixed?.into_iter().filter(|amount| !amount.is_zero()).min()
}
