//! What terms have to do with each other: codes, lanes, and terms that look at other terms.

use std::collections::BTreeMap;

use super::Found;
use crate::code::TermCode;
use crate::nearest::nearest;
use crate::program::{Measure, Requirement, Reward, Term, TermRef, Total};

pub(super) fn check(found: &mut Found<'_>, broken: &dyn Fn(Option<&TermCode>) -> bool) {
    let program = found.program;
    for (number, term) in program.terms.iter().enumerate() {
        if program.terms[..number].iter().any(|other| other.code == term.code) {
            found.term_error(
                term,
                &["term"],
                format!("two terms with one code: `{}`", term.code),
                "give each term a code of its own",
            );
        }
        if broken(Some(&term.code)) {
            continue;
        }
        check_references(found, term);
        check_net_of(found, term);
        check_lane(found, term, number);
    }
    check_circles(found);
}

/// The terms of this program that a term looks at, and by which words.
fn looks_at(term: &Term) -> Vec<(&'static str, String)> {
    let own = |reference: &TermRef| reference.program.is_none();
    let mut seen = Vec::new();
    for requirement in &term.requires {
        if let Requirement::Term { term, .. } = requirement
            && own(term)
        {
            seen.push(("requires", term.term.to_string()));
        }
    }
    for reference in term.net_of.iter().filter(|reference| own(reference)) {
        seen.push(("net_of", reference.term.to_string()));
    }
    if let Some(Measure { total: Total::Sum(expr), .. }) = &term.measure {
        seen.extend(expr.uses_awarded().into_iter().map(|term| ("measure", term)));
    }
    // Another program is named before a stroke.
    seen.retain(|(_, term)| !term.contains('/'));
    seen
}

fn check_references(found: &mut Found<'_>, term: &Term) {
    let codes: Vec<&str> = found.program.terms.iter().map(|term| term.code.as_str()).collect();
    for (word, seen) in looks_at(term) {
        if codes.contains(&seen.as_str()) {
            continue;
        }
        let help = match nearest(&seen, codes.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a term of this program, or `program/term` of another".to_owned(),
        };
        found.term_error(term, &[word], format!("unknown term `{seen}`"), help);
    }
}

fn check_net_of(found: &mut Found<'_>, term: &Term) {
    if term.net_of.is_empty() {
        return;
    }
    let money = term.measure.as_ref().is_some_and(|measure| match &measure.total {
        Total::Sum(expr) => {
            expr.walk_fields().iter().any(|field| field == "amount" || field == "fact.amount")
        }
        _ => false,
    });
    if !money {
        found.term_error(
            term,
            &["net_of"],
            "`net_of` with a measure that is not money",
            "amounts are what is reduced: `measure: sum(amount)`",
        );
    }
    for reference in &term.net_of {
        let other = found.program.terms.iter().find(|other| other.code == reference.term);
        let money = other.is_none_or(|other| other.reward == Reward::Money);
        if reference.program.is_none() && !money {
            found.term_error(
                term,
                &["net_of"],
                format!("`net_of` of `{}`, which does not pay money", reference.term),
                "only money can be taken off an amount",
            );
        }
    }
}

fn check_lane(found: &mut Found<'_>, term: &Term, number: usize) {
    let Some(lane) = &term.lane else { return };
    let program = found.program;
    if !program.lanes.contains_key(lane) {
        let near = nearest(lane, program.lanes.keys().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it in the header: `lanes: {{ {lane}: best }}`"),
        };
        found.term_error(term, &["lane"], format!("unknown lane `{lane}`"), help);
    }
    let first = program.terms[..number].iter().find(|other| other.lane.as_ref() == Some(lane));
    if let Some(first) = first
        && (first.group_by != term.group_by || first.reward != term.reward)
    {
        found.term_error(
            term,
            &["lane"],
            format!("terms of a lane with different `group_by` or rewards: `{}`", first.code),
            "they compete for each group in one unit: let both be the same",
        );
    }
}

fn check_circles(found: &mut Found<'_>) {
    let program = found.program;
    // What a term awarded is read after its lane, so after all terms of the lane.
    let mates = |code: &str| -> Vec<String> {
        let seen = program.terms.iter().find(|term| term.code.as_str() == code);
        let Some(lane) = seen.and_then(|term| term.lane.as_ref()) else { return Vec::new() };
        let terms = program.terms.iter().filter(|term| term.lane.as_ref() == Some(lane));
        terms.map(|term| term.code.to_string()).filter(|mate| mate != code).collect()
    };
    let edges: BTreeMap<&str, Vec<String>> = program
        .terms
        .iter()
        .map(|term| {
            let seen = looks_at(term).into_iter().map(|(_, seen)| seen);
            let all = seen.flat_map(|seen| {
                let mut all = mates(&seen);
                all.insert(0, seen);
                all
            });
            (term.code.as_str(), all.collect())
        })
        .collect();
    // Terms known to lie on no circle, or on one that was told.
    let mut done: Vec<&str> = Vec::new();
    for term in &program.terms {
        if let Some(circle) = circle_from(&edges, term.code.as_str(), &done) {
            let told = circle.iter().any(|code| done.contains(code));
            if !told {
                found.term_error(
                    term,
                    &["term"],
                    format!(
                        "`requires`, `net_of`, `awarded` form a circle: {}",
                        circle.join(" → ")
                    ),
                    "terms are computed one after another: cut the circle",
                );
            }
            done.extend(circle);
        }
        done.push(term.code.as_str());
    }
}

/// A way from a term back to itself, not through those that are done.
fn circle_from<'e>(
    edges: &'e BTreeMap<&str, Vec<String>>,
    start: &'e str,
    done: &[&str],
) -> Option<Vec<&'e str>> {
    // Each entry is the way to its last term; programs have few terms, ways are short.
    let mut seen: Vec<&str> = Vec::new();
    let mut ways: Vec<Vec<&str>> = vec![vec![start]];
    while let Some(way) = ways.pop() {
        let last = way[way.len() - 1];
        for next in edges.get(last).into_iter().flatten() {
            if next == start {
                let mut circle = way.clone();
                circle.push(start);
                return Some(circle);
            }
            if !seen.contains(&next.as_str()) && !done.contains(&next.as_str()) {
                seen.push(next);
                let mut longer = way.clone();
                longer.push(next);
                ways.push(longer);
            }
        }
    }
    None
}
