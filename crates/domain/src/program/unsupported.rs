//! What of the language this release reads and checks but does not evaluate.
//!
//! No word is left out. Refused by name, never ignored, are a few words beside each other for which
//! the language does not say what they mean together.

use super::places::Places;
use super::{Program, Reading, Requirement, RoundAt, Term, Total, View, Window};
use crate::condition::Expr;
use crate::problem::Problem;

/// What of this program is not evaluated, a problem for each.
pub fn unsupported(program: &Program) -> Vec<Problem> {
    let root = Places::read(program);
    let mut refused = Refused { places: Places::of_tree(root.as_ref()), problems: Vec::new() };
    for term in &program.terms {
        refused.measure(term);
        refused.readings(term);
        refused.awarded(program, term);
    }
    refused.problems.sort_by_key(|problem| problem.at);
    refused.problems
}

struct Refused<'p> {
    places: Places<'p>,
    problems: Vec<Problem>,
}

impl Refused<'_> {
    #[track_caller]
    fn refuse(&mut self, term: &Term, path: &[&str], message: String, help: &str) {
        let at = self.places.term(term, path);
        self.problems.push(Problem::error(at, message, help).of_term(&term.code));
    }

    /// The order of facts asks for totals that add up.
    fn measure(&mut self, term: &Term) {
        let Some(measure) = &term.measure else { return };
        let Some(total) = folded(&measure.total) else { return };
        let grouped = term.group_by.fact || !term.group_by.names.is_empty();
        let words = [
            ("frequency", term.frequency.is_some()),
            ("after: { facts: … }", measure.after.is_some_and(|after| after.facts.is_some())),
            ("after beside group_by", grouped && measure.after.is_some()),
            ("up_to beside group_by", grouped && measure.up_to.is_some()),
            ("rounding: { at: fact }", term.rounding.at == RoundAt::Fact),
        ];
        for (word, _) in words.into_iter().filter(|(_, is)| *is) {
            self.refuse(
                term,
                &["measure"],
                format!("`{word}` with a measure of `{total}`"),
                "it takes facts one after another: measure a sum or a count",
            );
        }
    }

    fn readings(&mut self, term: &Term) {
        let required = term.requires.iter().filter_map(|requirement| match requirement {
            Requirement::Reading { reading, .. } => Some(&**reading),
            Requirement::Term { .. } => None,
        });
        let all = term.qualifier.iter().chain(required);
        for reading in all {
            let word =
                if Some(reading) == term.qualifier.as_ref() { "qualifier" } else { "requires" };
            let ordered = match reading.window {
                Window::ToDate => true,
                Window::Span(_) => term.group_by.fact,
                _ => false,
            };
            if let Some(total @ ("count_distinct" | "sets")) = folded(&reading.total)
                && (ordered || (term.frequency.is_some() && reading.when.is_none()))
            {
                self.refuse(
                    term,
                    &[word],
                    format!("a reading of `{total}` that takes facts one after another"),
                    "read a sum or a count, or look at the whole period",
                );
            }
            self.each(term, reading, word);
        }
    }

    fn each(&mut self, term: &Term, reading: &Reading, word: &str) {
        if let Some(each) = &reading.each
            && let Some(total) = folded(&each.total)
        {
            self.refuse(
                term,
                &[word, "each"],
                format!("`each` with a total of `{total}`"),
                "let each value reach a sum or a count",
            );
        }
    }

    /// What terms awarded is known only once facts were counted.
    fn awarded(&mut self, program: &Program, term: &Term) {
        let reads = |expr: Option<&Expr>| expr.is_some_and(|it| !it.uses_awarded().is_empty());
        let in_reading = |reading: &Reading| {
            let total = match &reading.total {
                Total::Sum(expr) | Total::Max(expr) | Total::Min(expr) => reads(Some(expr)),
                _ => false,
            };
            let share = matches!(&reading.view, View::Share(of) if reads(Some(of)));
            total || share || reads(reading.when.as_ref())
        };
        let measured = term.measure.as_ref().is_some_and(|measure| match &measure.total {
            Total::Max(expr) | Total::Min(expr) => reads(Some(expr)),
            _ => false,
        });
        let anywhere = reads(term.when.as_ref())
            || reads(program.when.as_ref())
            || measured
            || term.qualifier.as_ref().is_some_and(in_reading);
        if anywhere {
            self.refuse(
                term,
                &["when"],
                "`awarded(…)` outside the sum of a measure".to_owned(),
                "write it as `measure: sum(awarded(\"term\"))`",
            );
        }
    }
}

/// The word of a total that does not simply add up.
fn folded(total: &Total) -> Option<&'static str> {
    match total {
        Total::Sum(_) | Total::Count => None,
        Total::CountDistinct(_) => Some("count_distinct"),
        Total::Max(_) => Some("max"),
        Total::Min(_) => Some("min"),
        Total::Sets(_) => Some("sets"),
    }
}

#[cfg(test)]
mod tests;
