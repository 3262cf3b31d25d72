//! What a program's text names of reference data: lists, price lists, figure tables, currencies
//! and units. Whoever changes one of these learns here whether a program has to be measured or
//! evaluated anew.

use std::collections::BTreeSet;

use super::{
    AccrueBy, BaselineOf, Compare, Figure, Members, Program, Reading, Requirement, Term, Total,
    View, WhenZero,
};
use crate::amount::Currency;
use crate::code::Unit;
use crate::condition::Expr;

/// The names of one program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Lists of codes that the program does not declare itself.
    pub lists: BTreeSet<String>,
    pub price_lists: BTreeSet<String>,
    /// Targets, baselines and forecasts.
    pub figures: BTreeSet<String>,
    /// What amounts are converted to.
    pub currencies: BTreeSet<Currency>,
    /// What quantities are converted to, where the text says it.
    pub units: BTreeSet<Unit>,
    /// Whether quantities are read at all.
    pub reads_quantity: bool,
    /// Whether quantities are also converted to the units of products.
    pub product_units: bool,
}

/// What a text names.
pub fn named(program: &Program) -> Named {
    let mut named = Named::default();
    named.currencies.insert(program.currency);
    named.expr(program.when.as_ref());
    if let Members::Where(condition) = &program.partners {
        named.expr(Some(condition));
    }
    for term in &program.terms {
        named.term(term);
    }
    named.lists.retain(|list| !program.lists.contains_key(list));
    named
}

impl Named {
    fn expr(&mut self, expr: Option<&Expr>) {
        let Some(expr) = expr else { return };
        self.lists.extend(expr.lists());
        self.price_lists.extend(expr.price_lists());
        self.reads_quantity |= expr.walk_fields().iter().any(|path| path.ends_with("quantity"));
    }

    fn term(&mut self, term: &Term) {
        self.currencies.extend(term.currency);
        self.expr(term.when.as_ref());
        if let Some(measure) = &term.measure {
            self.total(&measure.total);
            self.currencies.extend(measure.currency);
            self.unit(measure.unit.as_ref().or(term.unit.as_ref()));
        }
        let required = term.requires.iter().filter_map(|requirement| match requirement {
            Requirement::Reading { reading, .. } => Some(&**reading),
            Requirement::Term { .. } => None,
        });
        for reading in term.qualifier.iter().chain(required) {
            self.reading(term, reading);
        }
        self.figures.extend(figures(term).into_iter().map(|(_, table)| table.clone()));
    }

    fn reading(&mut self, term: &Term, reading: &Reading) {
        self.total(&reading.total);
        self.expr(reading.when.as_ref());
        if let View::Share(of) = &reading.view {
            self.expr(Some(of));
        }
        if let Some(each) = &reading.each {
            self.total(&each.total);
        }
        self.currencies.extend(reading.currency);
        self.unit(reading.unit.as_ref().or(term.unit.as_ref()));
    }

    fn unit(&mut self, unit: Option<&Unit>) {
        match unit {
            Some(unit) => drop(self.units.insert(unit.clone())),
            None => self.product_units = true,
        }
    }

    fn total(&mut self, total: &Total) {
        match total {
            Total::Sum(expr) | Total::Max(expr) | Total::Min(expr) => self.expr(Some(expr)),
            Total::Sets(parts) => {
                self.reads_quantity = true;
                for (when, _) in parts {
                    self.expr(Some(when));
                }
            }
            Total::Count | Total::CountDistinct(_) => {}
        }
    }
}

/// The figure tables a term names, and by which words.
pub(super) fn figures(term: &Term) -> Vec<(&'static str, &String)> {
    let mut named = Vec::new();
    if let AccrueBy::Forecast(table) = &term.accrue.by {
        named.push(("accrue", table));
    }
    match &term.compare {
        Compare::Target(Figure::Table(table)) => named.push(("target", table)),
        Compare::Baseline(baseline) => {
            if let BaselineOf::Figure(Figure::Table(table)) = &baseline.of {
                named.push(("baseline", table));
            }
            if let WhenZero::Other(of) = &baseline.when_zero
                && let BaselineOf::Figure(Figure::Table(table)) = &**of
            {
                named.push(("baseline", table));
            }
        }
        Compare::Nothing | Compare::Target(Figure::Number(_)) => {}
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A term, and what is named: lists, price lists, figures, currencies, units.
    #[track_caller]
    fn check(cases: &str) {
        for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (term, expected) = case.split_once(" => ").expect("a term and its names");
            let text = format!(
                "program: p\ncurrency: JPY\nstarts: 2026-01-01\nlists: {{ own: [A] }}\nterms:\n  \
                 - {{ term: a, {term} }}\n"
            );
            let program = crate::program::parse(&text).into_result().expect(term);
            let named = named(&program);
            let mut got: Vec<String> = Vec::new();
            got.extend(named.lists.iter().map(|name| format!("list {name}")));
            got.extend(named.price_lists.iter().map(|name| format!("prices {name}")));
            got.extend(named.figures.iter().map(|name| format!("figures {name}")));
            got.extend(named.currencies.iter().map(ToString::to_string));
            if named.reads_quantity {
                got.extend(named.units.iter().map(ToString::to_string));
                got.extend(named.product_units.then(|| "any unit".to_owned()));
            }
            assert_eq!(got.join(", "), expected, "in `{term}`");
        }
    }

    #[test]
    fn a_program_names_its_reference_data() {
        check(
            r#"
            measure: sum(amount), rate: 1% => JPY
            measure: { total: sum(amount), currency: EUR }, rate: 1%, when: 'product.code in list("own")' => EUR, JPY
            measure: sum(quantity), per_unit: 2, when: 'product.code in list("spring")' => list spring, JPY, any unit
            measure: sum(quantity), unit: case, per_unit: 2, target: plan => figures plan, JPY, case
            measure: 'sum(price("net") * quantity)', unit: case, rate: 1% => prices net, JPY, case
            measure: sum(amount), rate: 1%, baseline: { of: base, when_zero: other } => figures base, figures other, JPY
            measure: sum(amount), rate: 1%, requires: [ { total: sum(quantity), when: 'product.code in list("x")', unit: box, from: 2 } ] => list x, JPY, box, any unit
            "#,
        );
    }
}
