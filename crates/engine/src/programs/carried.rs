//! What of a program no wallet holds: rewards other than money need a place.
//!
//! A term that pays in something that no active wallet declares would be right on the day of
//! activation and credited nowhere. It is refused by name at activation; `tokuten try` and the tests
//! of a program evaluate it.

use domain::problem::Problem;
use domain::program::{Program, Reward};
use domain::wallet::Wallet;

use crate::wallets::Active;

/// What of this program the database does not carry, a problem for each term.
pub fn not_carried(program: &Program, wallets: &[Active]) -> Vec<Problem> {
    let mut problems = found(program, |reward| wallets.iter().any(|of| of.wallet.pays(reward)));
    problems.extend(without_promotion(program, wallets));
    problems
}

/// Terms under a promotion that the wallet in which they pay does not declare: without it they
/// would give without its limits.
fn without_promotion(program: &Program, wallets: &[Active]) -> Vec<Problem> {
    let missing = program.terms.iter().filter_map(|term| {
        let code = term.promotion.as_deref()?;
        let of = wallets.iter().find(|of| of.wallet.pays(&term.reward))?;
        if of.wallet.promotions.contains_key(code) {
            return None;
        }
        let problem = Problem::error(
            term.at,
            format!("no active wallet declares the promotion `{code}`"),
            "activate the wallet that does first, or correct the code",
        );
        Some(problem.of_term(&term.code))
    });
    missing.collect()
}

/// The same with one wallet, or none.
pub fn not_carried_by(program: &Program, wallet: Option<&Wallet>) -> Vec<Problem> {
    found(program, |reward| wallet.is_some_and(|wallet| wallet.pays(reward)))
}

fn found(program: &Program, pays: impl Fn(&Reward) -> bool) -> Vec<Problem> {
    let refused = program.terms.iter().filter_map(|term| {
        if term.reward == Reward::Money || pays(&term.reward) {
            return None;
        }
        let problem = if let Some(code) = term.reward.held_unit() {
            Problem::error(
                term.at,
                format!("no wallet declares `{code}`, in which the term pays"),
                "activate a wallet that does, or correct the code",
            )
        } else {
            Problem::error(
                term.at,
                "`reward` cannot be activated by this release",
                "`tokuten try` and the program's tests evaluate it; leave it out to activate",
            )
        };
        Some(problem.of_term(&term.code))
    });
    refused.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line: a term, and the words of it that are refused.
    #[track_caller]
    fn check(cases: &str) {
        for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (term, expected) = case.split_once(" => ").unwrap_or((case, ""));
            let text = format!(
                "program: p\ncurrency: JPY\nstarts: 2026-01-01\nlanes: {{ l: best }}\nterms:\n  \
                 - {{ term: a, {term} }}\n  - {{ term: b, measure: sum(amount), rate: 1% }}\n"
            );
            let program = domain::program::parse(&text).into_result().expect(term);
            let got: Vec<String> =
                not_carried(&program, &[]).into_iter().map(|p| p.message).collect();
            let expected: Vec<String> = expected
                .split(", ")
                .filter(|word| !word.is_empty())
                .map(|word| format!("`{word}` cannot be activated by this release"))
                .collect();
            assert_eq!(got, expected, "in `{term}`");
        }
    }

    #[test]
    fn words_that_totals_answer_are_carried() {
        check(
            r#"
            measure: sum(amount), rate: 1%, frequency: { first: 3, per: month }, rounding: { at: fact }
            group_by: fact, measure: { total: sum(amount), after: 5, up_to: 9, packages_of: 2 }, rate: 1%
            measure: sum(amount), rate: 1%, target: goals
            measure: sum(amount), rate: 1%, accrue: { forecast: plan }
            measure: sum(amount), rate: 1%, baseline: { of: base, when_zero: other }
            measure: 'sum(price("list") * quantity)', rate: 1%
            measure: count_distinct(product.code), per_unit: 1, requires: [ { total: count(), from: 2 } ]
            measure: sum(awarded("b")), factor: 3
            measure: sum(amount), rate: 1%, lane: l, earner: partner.parent, split: contributors
            measure: sum(amount), rate: 1%, limits: { budget: { amount: 5 }, per_partner: 3 }
            measure: sum(amount), rate: 1%, net_of: [ b ], requires: [ { term: b } ]
            facts: none, fixed: 5
            external: true
            measure: sum(amount), rate: 1%, currency: EUR
            measure: { total: sum(amount), currency: EUR }, rate: 1%
            measure: sum(amount), rate: 1%, periods: { every: on_demand }
            "#,
        );
    }

    #[test]
    fn words_without_a_place_are_refused() {
        check(
            "
            measure: sum(amount), rate: 1%, reward: { goods: same }, currency: EUR => reward
            ",
        );
    }
}
