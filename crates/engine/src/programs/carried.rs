//! Words of the language that are evaluated, but not yet kept up to date in the database.
//!
//! The journal updates totals fact by fact and evaluates awards one by one. A word that makes an
//! award depend on other awards, on other partners' facts or on tables that are not stored would
//! be right on the day of activation and stale on the next. It is refused by name at activation;
//! `tokuten try` and the tests of a program evaluate it.

use domain::condition::Expr;
use domain::problem::Problem;
use domain::program::{
    AccrueBy, Baseline, BaselineOf, Bounds, Compare, Earner, Every, FactsOf, Figure, FrequencyPer,
    Members, Position, Program, Reading, Requirement, Reward, Scope, Term, Total, View, WhenZero,
    Window,
};

/// What of this program the database does not carry, a problem for each word.
pub fn not_carried(program: &Program) -> Vec<Problem> {
    let mut found = NotCarried {
        program,
        at: Position { line: 1, column: 1 },
        term: None,
        problems: Vec::new(),
    };
    found.header();
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

    fn header(&mut self) {
        let limits = &self.program.limits;
        self.refuse(is_bounded(limits.per_partner_period), "limits.per_partner_period");
        self.refuse(is_bounded(limits.per_partner), "limits.per_partner");
        self.refuse(limits.budget.is_some(), "limits.budget");
        self.expr(self.program.when.as_ref());
        if let Members::Where(condition) = &self.program.partners {
            self.expr(Some(condition));
        }
    }

    fn expr(&mut self, expr: Option<&Expr>) {
        let Some(expr) = expr else { return };
        self.refuse(!expr.price_lists().is_empty(), "price(…)");
        self.refuse(!expr.uses_awarded().is_empty(), "awarded(…)");
    }

    fn term(&mut self, term: &Term) {
        self.refuse(term.facts == FactsOf::None, "facts: none");
        self.refuse(term.external, "external");
        self.refuse(term.earner != Earner::Partner, "earner");
        self.refuse(term.split.is_some(), "split");
        self.refuse(term.lane.is_some(), "lane");
        self.refuse(!term.net_of.is_empty(), "net_of");
        self.refuse(term.reward != Reward::Money, "reward");
        let measured = term.measure.as_ref().and_then(|measure| measure.currency);
        let currency = measured.or(term.currency);
        self.refuse(currency.is_some_and(|it| it != self.program.currency), "currency");
        let frequency = term.frequency.as_ref().map(|frequency| frequency.per);
        let around = matches!(frequency, Some(FrequencyPer::Year | FrequencyPer::Program));
        self.refuse(around, "frequency over several periods");
        let limits = &term.limits;
        self.refuse(is_bounded(limits.per_partner), "limits.per_partner");
        self.refuse(limits.guarantee.is_some(), "limits.guarantee");
        self.refuse(limits.budget.is_some(), "limits.budget");
        let every =
            [Some(&term.periods.every), term.payout.every.as_ref(), term.accrue.every.as_ref()];
        self.refuse(every.contains(&Some(&Every::OnDemand)), "every: on_demand");
        self.refuse(matches!(term.accrue.by, AccrueBy::Forecast(_)), "accrue.forecast");
        self.expr(term.when.as_ref());
        if let Some(measure) = &term.measure {
            self.total(&measure.total);
        }
        if let Some(qualifier) = &term.qualifier {
            self.reading(qualifier);
        }
        for requirement in &term.requires {
            match requirement {
                Requirement::Term { .. } => self.refuse(true, "requires a term"),
                Requirement::Reading { reading, .. } => self.reading(reading),
            }
        }
        match &term.compare {
            Compare::Nothing | Compare::Target(Figure::Number(_)) => {}
            Compare::Target(Figure::Table(_)) => self.refuse(true, "target of a figure table"),
            Compare::Baseline(baseline) => self.baseline(baseline),
        }
    }

    fn reading(&mut self, reading: &Reading) {
        self.refuse(reading.scope != Scope::Partner, "scope");
        self.refuse(reading.window == Window::Program, "window: program");
        self.expr(reading.when.as_ref());
        self.total(&reading.total);
        if let View::Share(of) = &reading.view {
            self.expr(Some(of));
        }
    }

    fn total(&mut self, total: &Total) {
        match total {
            Total::Sum(expr) | Total::Max(expr) | Total::Min(expr) => self.expr(Some(expr)),
            Total::Sets(parts) => {
                for (when, _) in parts {
                    self.expr(Some(when));
                }
            }
            Total::Count | Total::CountDistinct(_) => {}
        }
    }

    fn baseline(&mut self, baseline: &Baseline) {
        let table = |of: &BaselineOf| matches!(of, BaselineOf::Figure(Figure::Table(_)));
        let other = matches!(&baseline.when_zero, WhenZero::Other(other) if table(other));
        self.refuse(table(&baseline.of) || other, "baseline of a figure table");
    }
}

fn is_bounded(bounds: Bounds) -> bool {
    bounds.at_least.or(bounds.at_most).is_some()
}
