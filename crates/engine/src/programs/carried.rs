//! Words of the language that are evaluated, but not yet kept up to date in the database.
//!
//! A word for which there is no place in the database yet would be right on the day of activation
//! and stale on the next. It is refused by name at activation; `tokuten try` and the tests of a
//! program evaluate it.

use domain::problem::Problem;
use domain::program::{Every, Position, Program, Reward, Term};

/// What of this program the database does not carry, a problem for each word.
pub fn not_carried(program: &Program) -> Vec<Problem> {
    let mut found = NotCarried {
        program,
        at: Position { line: 1, column: 1 },
        term: None,
        problems: Vec::new(),
    };
    for term in &program.terms {
        found.at = term.at;
        found.term = Some(term);
        found.term(term);
    }
    found.problems
}

struct NotCarried<'p> {
    program: &'p Program,
    at: Position,
    term: Option<&'p Term>,
    problems: Vec<Problem>,
}

impl NotCarried<'_> {
    fn refuse(&mut self, is: bool, word: &str) {
        if !is {
            return;
        }
        let problem = Problem::error(
            self.at,
            format!("`{word}` cannot be activated by this release"),
            "`tokuten try` and the program's tests evaluate it; leave it out to activate",
        );
        self.problems.push(match self.term {
            Some(term) => problem.of_term(&term.code),
            None => problem,
        });
    }

    fn term(&mut self, term: &Term) {
        self.refuse(term.reward != Reward::Money, "reward");
        let measured = term.measure.as_ref().and_then(|measure| measure.currency);
        let currency = measured.or(term.currency);
        self.refuse(currency.is_some_and(|it| it != self.program.currency), "currency");
        let every =
            [Some(&term.periods.every), term.payout.every.as_ref(), term.accrue.every.as_ref()];
        self.refuse(every.contains(&Some(&Every::OnDemand)), "every: on_demand");
    }
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
            let got: Vec<String> = not_carried(&program).into_iter().map(|p| p.message).collect();
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
            "#,
        );
    }

    #[test]
    fn words_without_a_place_are_refused() {
        check(
            "
            measure: sum(amount), rate: 1%, reward: { fund: f }, currency: EUR => reward, currency
            ",
        );
    }
}
