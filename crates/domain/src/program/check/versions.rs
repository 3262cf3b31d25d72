//! All versions of one program together.

use crate::problem::Problem;
use crate::program::places::Places;
use crate::program::{Change, Program, Term};

/// What is wrong with a version in view of the ones before it: the problems of the last one. Give
/// the versions in any order; the one with the highest number is the one that is asked about.
pub fn check_versions(versions: &[&Program]) -> Vec<Problem> {
    let Some(newest) = versions.iter().max_by_key(|program| program.version) else {
        return Vec::new();
    };
    let root = Places::read(newest);
    let places = Places::of_tree(root.as_ref());
    let mut problems = Vec::new();
    let twice = versions.iter().filter(|other| other.version == newest.version).count() > 1;
    if twice {
        problems.push(Problem::error(
            places.header(&["version"]),
            format!("two versions with one number: {}", newest.version),
            "give the later one the next number",
        ));
    }
    let before: Vec<&Program> =
        versions.iter().copied().filter(|other| other.version < newest.version).collect();
    problems.extend(check_change(newest, &before, &places));
    if let Some(last) = before.iter().max_by_key(|program| program.version) {
        for term in &newest.terms {
            let same = last.terms.iter().find(|other| other.code == term.code);
            problems.extend(
                same.into_iter().flat_map(|other| changed(newest, last, term, other, &places)),
            );
        }
    }
    problems
}

fn check_change(newest: &Program, before: &[&Program], places: &Places<'_>) -> Option<Problem> {
    let last = before.iter().max_by_key(|program| program.version);
    match newest.change {
        Change::First => None,
        Change::Corrects { version } => (!before.iter().any(|other| other.version == version))
            .then(|| {
                Problem::error(
                    places.header(&["corrects"]),
                    format!("`corrects` a version that is not there: {version}"),
                    "name a version that exists",
                )
            }),
        Change::Amends { from, .. } => {
            let Some(last) = last else {
                return Some(Problem::error(
                    places.header(&["amends"]),
                    "`amends` a version that is not there",
                    "give the first version no `amends`",
                ));
            };
            let begins = match last.change {
                Change::Amends { from, .. } => from,
                Change::First | Change::Corrects { .. } => last.starts,
            };
            (from <= begins).then(|| {
                Problem::error(
                    places.header(&["amends", "from"]),
                    format!(
                        "`amends.from` is not after the version before, which acts from {begins}"
                    ),
                    "write a later day, or `corrects` to replace it",
                )
            })
        }
    }
}

/// What may not change from one version to the next: awards could not be told apart otherwise.
fn changed(
    newest: &Program,
    last: &Program,
    term: &Term,
    before: &Term,
    places: &Places<'_>,
) -> Vec<Problem> {
    let words = [
        ("periods", term.periods.every != before.periods.every),
        ("periods", term.periods.fiscal_year_from != before.periods.fiscal_year_from),
        ("group_by", term.group_by != before.group_by),
        ("earner", term.earner != before.earner),
        ("currency", term.currency_in(newest) != before.currency_in(last)),
        ("reward", (&term.reward, &term.promotion) != (&before.reward, &before.promotion)),
    ];
    let mut problems: Vec<Problem> = Vec::new();
    for (word, _) in words.into_iter().filter(|(_, differs)| *differs) {
        let message = format!("a later version changes the term's `{word}`");
        let help = "that is a new term: give it a code of its own";
        let problem = Problem::error(places.term(term, &[word]), message, help).of_term(&term.code);
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}
