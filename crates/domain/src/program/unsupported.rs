//! Words of the language that this release reads and checks but does not evaluate.
//!
//! They are refused by name, never ignored: what passes here is evaluated to the last word.

use super::places::Places;
use super::{
    AccrueBy, Baseline, BaselineOf, CatchUp, Change, Compare, Earner, Every, FactsOf, Figure,
    Measure, Method, Program, Reading, Release, Reward, RoundAt, Row, RowValue, Scope, Settle,
    Term, Thresholds, Total, View, WhenZero, Window,
};
use crate::condition::Expr;
use crate::problem::Problem;

/// What of this program is not evaluated yet, a problem for each word.
pub fn unsupported(program: &Program) -> Vec<Problem> {
    let root = Places::read(program);
    let mut refused =
        Refused { places: Places::of_tree(root.as_ref()), term: None, problems: Vec::new() };
    refused.program(program);
    for term in &program.terms {
        refused.term = Some(term);
        every_word_is_decided(term);
        refused.facts_of(program, term);
        refused.settlement_of(term);
        refused.readings_of(program, term);
        refused.tiers_of(term);
        refused.others_of(term);
        refused.limits_of(term);
    }
    refused.problems.sort_by_key(|problem| problem.at);
    refused.problems
}

/// Does nothing but list what a term says: a new word does not compile here until somebody has
/// decided whether it is evaluated (an underscore) or refused below.
fn every_word_is_decided(term: &Term) {
    let Term {
        code: _,
        at: _,
        name: _,
        starts: _,
        ends: _,
        periods: _refused_on_demand,
        payout: _refused_in_part,
        accrue: _refused_forecast,
        facts: _refused_none,
        when: _refused_functions,
        frequency: _refused,
        returns: _,
        earner: _refused_other,
        split: _refused_too,
        group_by: _,
        unit: _refused_unit,
        currency: _refused_other_currency,
        qualifier: _refused_words_of_readings,
        measure: _refused_words_of_measures,
        compare: _refused_tables,
        method: _refused_some,
        rows: _refused_days_and_factor,
        external: _refused_external,
        requires: _refused_requires,
        net_of: _refused_net_of,
        lane: _refused_lane,
        limits: _refused_some_limits,
        rounding: _refused_at,
        settle: _refused_settle,
        reward: _refused_reward,
    } = term;
}

struct Refused<'p> {
    places: Places<'p>,
    term: Option<&'p Term>,
    problems: Vec<Problem>,
}

impl Refused<'_> {
    /// Refuses `word`, which stands under `path`, if `is` so.
    fn check(&mut self, is: bool, word: &str, path: &[&str]) {
        if !is {
            return;
        }
        let at = match self.term {
            Some(term) => self.places.term(term, path),
            None => self.places.header(path),
        };
        let problem = Problem::error(
            at,
            format!("`{word}` is not evaluated by this release"),
            "it is part of the language and reads correctly, but would be ignored: leave it out",
        );
        self.problems.push(match self.term {
            Some(term) => problem.of_term(&term.code),
            None => problem,
        });
    }

    fn program(&mut self, program: &Program) {
        let split = matches!(program.change, Change::Amends { thresholds: Thresholds::Split, .. });
        self.check(split, "thresholds: split", &["amends", "thresholds"]);
        self.check(!program.lanes.is_empty(), "lanes", &["lanes"]);
        let limits = &program.limits;
        let bounds = limits.per_partner_period;
        let bounded = bounds.at_least.or(bounds.at_most).is_some();
        self.check(bounded, "per_partner_period", &["limits", "per_partner_period"]);
        let bounds = limits.per_partner;
        let bounded = bounds.at_least.or(bounds.at_most).is_some();
        self.check(bounded, "per_partner", &["limits", "per_partner"]);
        self.check(limits.budget.is_some(), "budget", &["limits", "budget"]);
        self.expr(program.when.as_ref(), &["when"]);
    }

    /// Functions that read other terms or price lists.
    fn expr(&mut self, expr: Option<&Expr>, path: &[&str]) {
        let Some(expr) = expr else { return };
        self.check(!expr.uses_awarded().is_empty(), "awarded(…)", path);
        self.check(!expr.price_lists().is_empty(), "price(…)", path);
    }

    fn facts_of(&mut self, program: &Program, term: &Term) {
        self.check(term.facts == FactsOf::None, "facts: none", &["facts"]);
        self.check(term.frequency.is_some(), "frequency", &["frequency"]);
        self.check(term.earner != Earner::Partner, "earner", &["earner"]);
        self.check(term.split.is_some(), "split", &["split"]);
        self.check(term.unit.is_some(), "unit", &["unit"]);
        let other = term.currency.is_some_and(|currency| currency != program.currency);
        self.check(other, "currency", &["currency"]);
        self.expr(term.when.as_ref(), &["when"]);
    }

    fn settlement_of(&mut self, term: &Term) {
        self.check(
            term.periods.every == Every::OnDemand,
            "every: on_demand",
            &["periods", "every"],
        );
        self.check(term.payout.every.is_some(), "payout.every", &["payout", "every"]);
        self.check(term.payout.catch_up == CatchUp::End, "catch_up: end", &["payout", "catch_up"]);
        let evenly = term.payout.release == Release::Evenly;
        self.check(evenly, "release: evenly", &["payout", "release"]);
        let on_demand = term.accrue.every == Some(Every::OnDemand);
        self.check(on_demand, "every: on_demand", &["accrue", "every"]);
        let forecast = matches!(term.accrue.by, AccrueBy::Forecast(_));
        self.check(forecast, "forecast", &["accrue", "forecast"]);
        let by_grain = if term.group_by.fact { Settle::AtOnce } else { Settle::PeriodEnd };
        self.check(term.settle != by_grain, "settle", &["settle"]);
        match term.rounding.at {
            RoundAt::Award => {}
            RoundAt::Fact => self.check(true, "at: fact", &["rounding", "at"]),
            RoundAt::Tier => self.check(true, "at: tier", &["rounding", "at"]),
        }
        let reward = match term.reward {
            Reward::Money => None,
            Reward::Points(_) => Some("points"),
            Reward::Fund(_) => Some("fund"),
            Reward::Voucher(_) => Some("voucher"),
            Reward::Badge(_) => Some("badge"),
            Reward::Benefit(_) => Some("benefit"),
            Reward::Goods(_) => Some("goods"),
        };
        if let Some(word) = reward {
            self.check(true, &format!("reward: {word}"), &["reward", word]);
        }
    }

    fn readings_of(&mut self, program: &Program, term: &Term) {
        if let Some(qualifier) = &term.qualifier {
            self.reading(program, qualifier);
        }
        if let Some(measure) = &term.measure {
            self.measure(program, term, measure);
        }
        match &term.compare {
            Compare::Nothing | Compare::Target(Figure::Number(_)) => {}
            Compare::Target(Figure::Table(_)) => {
                self.check(true, "target from a figure table", &["target"]);
            }
            Compare::Baseline(baseline) => self.baseline(baseline),
        }
    }

    fn reading(&mut self, program: &Program, reading: &Reading) {
        self.total(&reading.total, "qualifier");
        self.expr(reading.when.as_ref(), &["qualifier", "when"]);
        self.check(reading.scope != Scope::Partner, "scope", &["qualifier", "scope"]);
        let window = match reading.window {
            Window::Period | Window::PriorPeriod | Window::PriorYear => None,
            Window::ToDate => Some("window: to_date"),
            Window::Program => Some("window: program"),
            Window::Span(_) => Some("window of a span"),
        };
        if let Some(word) = window {
            self.check(true, word, &["qualifier", "window"]);
        }
        let compared = !matches!(reading.view, View::Total | View::Share(_));
        self.check(
            compared && window.is_none() && reading.window != Window::Period,
            "window beside a comparison",
            &["qualifier", "window"],
        );
        self.check(reading.group_by.is_some(), "group_by", &["qualifier", "group_by"]);
        self.check(reading.unit.is_some(), "unit", &["qualifier", "unit"]);
        let other = reading.currency.is_some_and(|currency| currency != program.currency);
        self.check(other, "currency", &["qualifier", "currency"]);
        self.check(reading.each.is_some(), "each", &["qualifier", "each"]);
        if let View::Share(of) = &reading.view {
            self.expr(Some(of), &["qualifier", "share_of"]);
        }
    }

    fn total(&mut self, total: &Total, of: &str) {
        match total {
            Total::Sum(expr) => self.expr(Some(expr), &[of, "total"]),
            Total::Count => {}
            Total::CountDistinct(_) => self.check(true, "count_distinct(…)", &[of, "total"]),
            Total::Max(_) => self.check(true, "max(…)", &[of, "total"]),
            Total::Min(_) => self.check(true, "min(…)", &[of, "total"]),
            Total::Sets(_) => self.check(true, "sets", &[of, "sets"]),
        }
    }

    fn measure(&mut self, program: &Program, term: &Term, measure: &Measure) {
        self.total(&measure.total, "measure");
        self.check(measure.unit.is_some(), "unit", &["measure", "unit"]);
        let other = measure.currency.is_some_and(|currency| currency != program.currency);
        self.check(other, "currency", &["measure", "currency"]);
        self.check(measure.packages_of.is_some(), "packages_of", &["measure", "packages_of"]);
        let first_facts = measure.after.is_some_and(|after| after.facts.is_some());
        self.check(first_facts, "after.facts", &["measure", "after", "facts"]);
        let grouped = term.group_by.fact || !term.group_by.names.is_empty();
        let after = grouped && measure.after.is_some();
        self.check(after, "after beside group_by", &["measure", "after"]);
        let up_to = grouped && measure.up_to.is_some();
        self.check(up_to, "up_to beside group_by", &["measure", "up_to"]);
    }

    fn baseline(&mut self, baseline: &Baseline) {
        let table = matches!(baseline.of, BaselineOf::Figure(Figure::Table(_)));
        self.check(table, "baseline from a figure table", &["baseline", "of"]);
        if let WhenZero::Other(other) = &baseline.when_zero {
            let table = matches!(**other, BaselineOf::Figure(Figure::Table(_)));
            self.check(table, "when_zero from a figure table", &["baseline", "when_zero"]);
        }
    }

    fn tiers_of(&mut self, term: &Term) {
        match term.method {
            Method::AllUnits
            | Method::Marginal
            | Method::Stacked
            | Method::Excess
            | Method::Highest
            | Method::SumOfReached => {}
            Method::Interpolated => {
                self.check(true, &format!("method: {}", term.method.word()), &["method"]);
            }
        }
        for (number, row) in term.rows.iter().enumerate() {
            let number = number.to_string();
            let factor = matches!(row.value, Some(RowValue::Factor(_)));
            self.row(factor, "factor", row, &number);
            self.row(row.starts.is_some(), "starts", row, &number);
            self.row(row.ends.is_some(), "ends", row, &number);
        }
    }

    fn row(&mut self, is: bool, word: &str, row: &Row, number: &str) {
        let before = self.problems.len();
        self.check(is, word, &["tiers", number, word]);
        // A program from a case is known by the places of its rows.
        if let (Some(term), Some(problem)) = (self.term, self.problems.get_mut(before))
            && problem.at == term.at
        {
            problem.at = row.at;
        }
    }

    fn others_of(&mut self, term: &Term) {
        self.check(term.external, "external", &["external"]);
        self.check(!term.requires.is_empty(), "requires", &["requires"]);
        self.check(!term.net_of.is_empty(), "net_of", &["net_of"]);
        self.check(term.lane.is_some(), "lane", &["lane"]);
    }

    fn limits_of(&mut self, term: &Term) {
        let limits = &term.limits;
        let bounded = limits.per_partner.at_least.or(limits.per_partner.at_most).is_some();
        self.check(bounded, "per_partner", &["limits", "per_partner"]);
        self.check(limits.guarantee.is_some(), "guarantee", &["limits", "guarantee"]);
        self.check(limits.budget.is_some(), "budget", &["limits", "budget"]);
    }
}

#[cfg(test)]
mod tests;
