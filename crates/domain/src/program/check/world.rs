//! What a program names that only an installation knows.

use std::collections::BTreeSet;

use crate::code::Unit;
use crate::condition::Expr;
use crate::nearest::nearest;
use crate::problem::Problem;
use crate::program::named::figures;
use crate::program::places::Places;
use crate::program::{
    Earner, Members, Program, Reading, Requirement, Reward, Split, Term, Total, View,
};

/// What an installation has, by kind. What is `None` is not asked about.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub partners: Option<BTreeSet<String>>,
    /// Lists of codes that no program declares itself.
    pub lists: Option<BTreeSet<String>>,
    pub figures: Option<BTreeSet<String>>,
    pub price_lists: Option<BTreeSet<String>>,
    pub units: Option<BTreeSet<String>>,
    pub point_currencies: Option<BTreeSet<String>>,
    pub funds: Option<BTreeSet<String>>,
    /// `program/term` of other programs.
    pub terms: Option<BTreeSet<String>>,
}

/// What the program names and the installation does not have.
pub fn check(program: &Program, known: &Known) -> Vec<Problem> {
    let root = Places::read(program);
    let mut asked =
        Asked { places: Places::of_tree(root.as_ref()), known, program, problems: vec![] };
    if let Members::List(members) = &program.partners {
        for (number, member) in members.iter().enumerate() {
            let number = number.to_string();
            let codes = [Some(&member.partner), member.ship_to.as_ref()];
            for code in codes.into_iter().flatten() {
                asked.name(
                    None,
                    &["partners", &number],
                    "partner",
                    code.as_str(),
                    known.partners.as_ref(),
                );
            }
        }
    }
    if let Members::Where(condition) = &program.partners {
        asked.expr(None, &["partners"], Some(condition));
    }
    asked.expr(None, &["when"], program.when.as_ref());
    for term in &program.terms {
        asked.term(term);
    }
    asked.problems
}

struct Asked<'k> {
    places: Places<'k>,
    known: &'k Known,
    program: &'k Program,
    problems: Vec<Problem>,
}

impl Asked<'_> {
    fn name(
        &mut self,
        term: Option<&Term>,
        path: &[&str],
        kind: &str,
        name: &str,
        known: Option<&BTreeSet<String>>,
    ) {
        let Some(names) = known.filter(|names| !names.contains(name)) else {
            return;
        };
        let help = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add the {kind}, or correct its name"),
        };
        let message = format!("unknown {kind} `{name}`");
        self.problems.push(match term {
            Some(term) => {
                Problem::error(self.places.term(term, path), message, help).of_term(&term.code)
            }
            None => Problem::error(self.places.header(path), message, help),
        });
    }

    fn expr(&mut self, term: Option<&Term>, path: &[&str], expr: Option<&Expr>) {
        let Some(expr) = expr else { return };
        let own = &self.program.lists;
        for list in expr.lists().into_iter().filter(|list| !own.contains_key(list)) {
            self.name(term, path, "product list", &list, self.known.lists.as_ref());
        }
        for list in expr.price_lists() {
            self.name(term, path, "price list", &list, self.known.price_lists.as_ref());
        }
    }

    fn term(&mut self, term: &Term) {
        let known = self.known;
        let some = Some(term);
        self.expr(some, &["when"], term.when.as_ref());
        self.unit(term, &["unit"], term.unit.as_ref());
        self.earner(term, &["earner"], &term.earner);
        if let Some(Split::Shares(shares)) = &term.split {
            for (earner, _) in shares {
                self.earner(term, &["split"], earner);
            }
        }
        self.readings(term);
        for figure in figures(term) {
            self.name(some, &[figure.0], "figure table", figure.1, known.figures.as_ref());
        }
        match &term.reward {
            Reward::Points(reward) => {
                let codes = known.point_currencies.as_ref();
                self.name(some, &["reward"], "point currency", &reward.points, codes);
            }
            Reward::Fund(code) => self.name(some, &["reward"], "fund", code, known.funds.as_ref()),
            _ => {}
        }
        let required = term.requires.iter().filter_map(|requirement| match requirement {
            Requirement::Term { term, .. } => Some(("requires", term)),
            Requirement::Reading { .. } => None,
        });
        for (word, reference) in required.chain(term.net_of.iter().map(|r| ("net_of", r))) {
            if let Some(program) = &reference.program {
                let name = format!("{program}/{}", reference.term);
                self.name(some, &[word], "term", &name, known.terms.as_ref());
            }
        }
    }

    fn earner(&mut self, term: &Term, path: &[&str], earner: &Earner) {
        if let Earner::Code(code) = earner {
            self.name(Some(term), path, "partner", code.as_str(), self.known.partners.as_ref());
        }
    }

    fn readings(&mut self, term: &Term) {
        if let Some(measure) = &term.measure {
            self.total(term, &["measure"], &measure.total);
            self.unit(term, &["measure", "unit"], measure.unit.as_ref());
        }
        if let Some(reading) = &term.qualifier {
            self.reading(term, &["qualifier"], reading);
        }
        for (number, requirement) in term.requires.iter().enumerate() {
            if let Requirement::Reading { reading, .. } = requirement {
                self.reading(term, &["requires", &number.to_string()], reading);
            }
        }
    }

    fn reading(&mut self, term: &Term, path: &[&str], reading: &Reading) {
        let within = |word| [path, &[word]].concat();
        self.total(term, path, &reading.total);
        self.expr(Some(term), &within("when"), reading.when.as_ref());
        if let View::Share(of) = &reading.view {
            self.expr(Some(term), &within("share_of"), Some(of));
        }
        if let Some(each) = &reading.each {
            self.total(term, &within("each"), &each.total);
        }
        self.unit(term, &within("unit"), reading.unit.as_ref());
    }

    fn total(&mut self, term: &Term, path: &[&str], total: &Total) {
        match total {
            Total::Sum(expr) | Total::Max(expr) | Total::Min(expr) => {
                self.expr(Some(term), path, Some(expr));
            }
            Total::Sets(parts) => {
                for (when, _) in parts {
                    self.expr(Some(term), path, Some(when));
                }
            }
            Total::Count | Total::CountDistinct(_) => {}
        }
    }

    fn unit(&mut self, term: &Term, path: &[&str], unit: Option<&Unit>) {
        if let Some(unit) = unit {
            self.name(Some(term), path, "unit", unit.as_str(), self.known.units.as_ref());
        }
    }
}
