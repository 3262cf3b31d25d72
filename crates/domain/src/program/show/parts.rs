//! The parts of a term in normal form: readings, rows, limits, rounding.

use rust_decimal::Decimal;

use super::{Entries, days, names};
use crate::amount::RoundingMode;
use crate::condition::Expr;
use crate::program::{
    After, Baseline, BaselineOf, Bounds, Budget, BudgetPer, BudgetShare, EachReach, Figure, Limits,
    Measure, Opens, PackageCount, Reading, ReadingGroup, Remainder, Requirement, RoundAt, Rounding,
    Row, RowValue, Scope, Span, TermRef, Total, View, WhenZero, Window,
};
use crate::yaml::Tree;

pub(super) fn total(map: &mut Entries, key: &str, total: &Total) {
    let text = match total {
        Total::Sum(expr) => format!("sum({})", expr.text()),
        Total::Count => "count()".to_owned(),
        Total::CountDistinct(path) => format!("count_distinct({})", path.text()),
        Total::Max(expr) => format!("max({})", expr.text()),
        Total::Min(expr) => format!("min({})", expr.text()),
        Total::Sets(sets) => {
            let part = |(when, quantity): &(Expr, Decimal)| {
                let mut map = Entries::default();
                map.text("when", when.text());
                map.number("quantity", Some(*quantity));
                map.tree()
            };
            map.list("sets", sets.iter().map(part).collect());
            return;
        }
    };
    map.text(key, text);
}

pub(super) fn reading(reading: &Reading) -> Entries {
    let mut map = Entries::default();
    total(&mut map, "total", &reading.total);
    map.maybe("when", reading.when.as_ref().map(Expr::text));
    match &reading.scope {
        Scope::Partner => map.text("scope", "partner"),
        Scope::All => map.text("scope", "all"),
        Scope::Path(path) => map.text("scope", path.text()),
    }
    map.text("window", window(reading.window));
    match &reading.group_by {
        None => {}
        Some(ReadingGroup::None) => map.text("group_by", "none"),
        Some(ReadingGroup::Names(names)) => {
            map.list("group_by", names.iter().map(Tree::text).collect());
        }
    }
    map.maybe("unit", reading.unit.as_ref());
    map.maybe("currency", reading.currency);
    match &reading.view {
        View::Total => {}
        View::Growth => map.text("as", "growth"),
        View::Increase => map.text("as", "increase"),
        View::Attainment => map.text("as", "attainment"),
        View::Share(of) => {
            map.text("as", "share");
            map.text("share_of", of.text());
        }
    }
    if let Some(each) = &reading.each {
        let mut reach = Entries::default();
        total(&mut reach, "total", &each.total);
        match each.reach {
            EachReach::From(from) => reach.number("from", Some(from)),
            EachReach::Share(part) => reach.text("share", share(part)),
        }
        map.map("each", reach);
    }
    map
}

pub(super) fn window(window: Window) -> String {
    match window {
        Window::Period => "period".to_owned(),
        Window::ToDate => "to_date".to_owned(),
        Window::PriorPeriod => "prior_period".to_owned(),
        Window::PriorYear => "prior_year".to_owned(),
        Window::Program => "program".to_owned(),
        Window::Span(Span { months: 0, days: span }) => days(span),
        Window::Span(Span { months, .. }) => format!("{months} months"),
    }
}

pub(super) fn measure(measure: &Measure) -> Entries {
    let mut map = Entries::default();
    total(&mut map, "total", &measure.total);
    map.maybe("unit", measure.unit.as_ref());
    map.maybe("currency", measure.currency);
    if let Some(After { facts, total }) = measure.after {
        let mut after = Entries::default();
        after.maybe("facts", facts);
        after.number("total", total);
        map.map("after", after);
    }
    map.number("up_to", measure.up_to);
    if measure.packages_of.is_some() {
        map.number("packages_of", measure.packages_of);
        map.text(
            "count",
            match measure.count {
                PackageCount::Full => "full",
                PackageCount::Started => "started",
            },
        );
    }
    map
}

pub(super) fn figure(figure: &Figure) -> String {
    match figure {
        Figure::Number(number) => number.normalize().to_string(),
        Figure::Table(table) => table.clone(),
    }
}

pub(super) fn baseline_of(of: &BaselineOf) -> String {
    match of {
        BaselineOf::PriorPeriod => "prior_period".to_owned(),
        BaselineOf::PriorYear => "prior_year".to_owned(),
        BaselineOf::Figure(of) => figure(of),
    }
}

pub(super) fn baseline(baseline: &Baseline) -> Entries {
    let mut map = Entries::default();
    map.text("of", baseline_of(&baseline.of));
    map.number("minimum", baseline.minimum);
    match &baseline.when_zero {
        WhenZero::NoAward => map.text("when_zero", "no_award"),
        WhenZero::NoGrowth => map.text("when_zero", "no_growth"),
        WhenZero::FullGrowth => map.text("when_zero", "full_growth"),
        WhenZero::Other(of) => map.text("when_zero", baseline_of(of)),
    }
    map
}

pub(super) fn row(row: &Row, ratio: bool) -> Tree {
    let mut map = Entries::default();
    for (name, value) in &row.dimensions {
        map.text(name, value);
    }
    opens(&mut map, row.opens, ratio);
    match row.value {
        None => {}
        Some(RowValue::Rate(rate)) => map.text("rate", share(rate)),
        Some(RowValue::PerUnit(amount)) => map.number("per_unit", Some(amount)),
        Some(RowValue::Factor(factor)) => map.number("factor", Some(factor)),
    }
    map.number("fixed", row.fixed);
    map.number("up_to", row.up_to);
    map.maybe("starts", row.starts);
    map.maybe("ends", row.ends);
    if let Some(name) = &row.name {
        names(&mut map, "name", name);
    }
    map.tree()
}

pub(super) fn opens(map: &mut Entries, opens: Opens, ratio: bool) {
    let threshold = |threshold: Decimal| {
        if ratio { share(threshold) } else { threshold.normalize().to_string() }
    };
    match opens {
        Opens::Always => {}
        Opens::From(at) => map.text("from", threshold(at)),
        Opens::Above(at) => map.text("above", threshold(at)),
    }
}

/// In %, exactly.
pub(super) fn share(share: Decimal) -> String {
    let mut percent = share;
    // Where two decimals are there, moving the point keeps every digit.
    let moved = match share.scale().checked_sub(2) {
        Some(scale) => percent.set_scale(scale).is_ok().then_some(percent),
        None => share.checked_mul(Decimal::ONE_HUNDRED),
    };
    match moved {
        Some(percent) => format!("{}%", percent.normalize()),
        None => share.normalize().to_string(),
    }
}

pub(super) fn requirement(requirement: &Requirement) -> Tree {
    match requirement {
        Requirement::Term { term, tier } => {
            let mut map = Entries::default();
            map.text("term", term_ref(term));
            map.maybe("tier", *tier);
            map.tree()
        }
        Requirement::Reading { reading: required, opens: at } => {
            let mut map = reading(required);
            opens(&mut map, *at, required.view.is_ratio());
            map.tree()
        }
    }
}

pub(super) fn term_ref(term: &TermRef) -> String {
    match &term.program {
        Some(program) => format!("{program}/{}", term.term),
        None => term.term.to_string(),
    }
}

pub(super) fn bounds(map: &mut Entries, key: &str, bounds: Bounds) {
    let mut both = Entries::default();
    both.number("at_least", bounds.at_least);
    both.number("at_most", bounds.at_most);
    map.map_if_any(key, both);
}

pub(super) fn budget(map: &mut Entries, budget: Option<Budget>) {
    let Some(budget) = budget else { return };
    let mut shared = Entries::default();
    shared.number("amount", Some(budget.amount));
    shared.text(
        "share",
        match budget.share {
            BudgetShare::FirstCome => "first_come",
            BudgetShare::InProportion => "in_proportion",
            BudgetShare::All => "all",
        },
    );
    shared.text(
        "per",
        match budget.per {
            BudgetPer::Program => "program",
            BudgetPer::Period => "period",
        },
    );
    map.map("budget", shared);
}

pub(super) fn limits(limits: &Limits) -> Entries {
    let mut map = Entries::default();
    bounds(&mut map, "per_award", limits.per_award);
    bounds(&mut map, "per_partner_period", limits.per_partner_period);
    bounds(&mut map, "per_partner", limits.per_partner);
    if let Some(guaranteed) = limits.guarantee {
        let mut guarantee = Entries::default();
        guarantee.number("amount", Some(guaranteed.amount));
        guarantee.text("carry_over", guaranteed.carry_over);
        map.map("guarantee", guarantee);
    }
    budget(&mut map, limits.budget);
    map
}

pub(super) fn rounding(rounding: Rounding) -> Entries {
    let mut map = Entries::default();
    map.text(
        "mode",
        match rounding.mode {
            RoundingMode::HalfUp => "half_up",
            RoundingMode::HalfEven => "half_even",
            RoundingMode::Down => "down",
            RoundingMode::Up => "up",
        },
    );
    map.text(
        "at",
        match rounding.at {
            RoundAt::Award => "award",
            RoundAt::Fact => "fact",
            RoundAt::Tier => "tier",
        },
    );
    map.maybe("scale", rounding.scale);
    map.text(
        "remainder",
        match rounding.remainder {
            Remainder::Largest => "largest",
            Remainder::First => "first",
        },
    );
    map
}
