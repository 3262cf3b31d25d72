//! A term: its days, periods, readings, comparison, limits.

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Found, header};
use crate::program::{
    BaselineOf, BudgetShare, Compare, CustomPeriod, Every, FactsOf, Measure, Method, Opens,
    Reading, ReadingGroup, Release, Requirement, Returns, RowValue, Settle, Split, Term, Total,
    View, WhenZero, Window,
};

pub(super) fn check(found: &mut Found<'_>, term: &Term, header_reads: bool) {
    if header_reads {
        check_days(found, term);
    }
    check_periods(found, term, header_reads);
    check_facts(found, term);
    check_readings(found, term);
    check_compare(found, term);
    check_measure(found, term);
    check_limits(found, term);
}

fn check_days(found: &mut Found<'_>, term: &Term) {
    let program = found.program;
    if let (Some(starts), Some(ends)) = (term.starts, term.ends)
        && ends < starts
    {
        let message = "`ends` is before `starts`";
        found.term_error(term, &["ends"], message, "swap the two days");
    }
    let before = |day: Option<Date>| day.is_some_and(|day| day < program.starts);
    let after =
        |day: Option<Date>| day.is_some_and(|day| program.ends.is_some_and(|ends| ends < day));
    for (word, day) in [("starts", term.starts), ("ends", term.ends)] {
        if before(day) || after(day) {
            found.term_error(
                term,
                &[word],
                format!("`{word}` of the term is outside the program"),
                "write a day from the program's `starts` to its `ends`",
            );
        }
    }
}

fn check_periods(found: &mut Found<'_>, term: &Term, header_reads: bool) {
    if let Every::Custom(list) = &term.periods.every {
        check_custom(found, term, list, header_reads);
    }
    let periods = &term.periods;
    for (word, every) in [("payout", &term.payout.every), ("accrue", &term.accrue.every)] {
        let Some(every) = every else { continue };
        if !fits(every, &periods.every, periods.fiscal_year_from) {
            let kind = if word == "payout" { "payout" } else { "accounting" };
            let path = place_of(found, term, word);
            found.problems.push(
                crate::problem::Problem::error(
                    path,
                    format!("{kind} periods are longer than the qualifying ones or do not fit"),
                    format!("write `{word}: {{ every: … }}` that divides `periods.every`"),
                )
                .of_term(&term.code),
            );
        }
    }
    if term.payout.release == Release::Evenly && term.payout.every.is_none() {
        found.term_error(
            term,
            &["payout", "release"],
            "`release: evenly` without shorter payouts",
            "add `payout: { every: … }` that is shorter than the qualifying periods",
        );
    }
    let threshold =
        |opens: Opens| matches!(opens, Opens::From(t) | Opens::Above(t) if !t.is_zero());
    let plain = !term.qualifier.as_ref().is_some_and(|qualifier| qualifier.view.is_ratio());
    let thresholds = plain && term.rows.iter().any(|row| threshold(row.opens));
    if header_reads && thresholds && is_cut(found, term) {
        found.term_warn(
            term,
            &["tiers"],
            "a period cut by the program's days keeps full thresholds",
            "start and end the program with its periods, or say why that is right",
        );
    }
}

/// Where a setting stands that a term may have from its program.
fn place_of(found: &Found<'_>, term: &Term, word: &str) -> crate::program::Position {
    let own = found.places.term(term, &[word, "every"]);
    if own == term.at || own == found.places.term(term, &[]) {
        found.places.header(&[word, "every"])
    } else {
        own
    }
}

fn check_custom(found: &mut Found<'_>, term: &Term, list: &[CustomPeriod], header_reads: bool) {
    let path = |word: &'static str| ["periods", word];
    if list.is_empty() {
        found.term_error(
            term,
            &path("every"),
            "`every: custom` has no `list` of periods",
            "add `list: [ { period: NAME, from: DATE, to: DATE } ]`",
        );
        return;
    }
    for (before, after) in list.iter().zip(list.iter().skip(1)) {
        let next = before.to.tomorrow().ok();
        let (before, name) = (&before.name, &after.name);
        if next.is_none_or(|next| after.from < next) {
            found.term_error(
                term,
                &path("list"),
                format!("custom periods overlap: `{name}` begins before `{before}` has ended"),
                "list them in order, each from the day after the one before",
            );
        } else if next.is_some_and(|next| next < after.from) {
            found.term_error(
                term,
                &path("list"),
                format!("custom periods leave a gap between `{before}` and `{name}`"),
                "begin each on the day after the one before ends",
            );
        }
    }
    for (number, period) in list.iter().enumerate() {
        if list[..number].iter().any(|other| other.name == period.name) {
            found.term_error(
                term,
                &path("list"),
                format!("two periods are named `{}`", period.name),
                "give each its own name",
            );
        }
    }
    let program = found.program;
    let (opens, closes) = (list[0].from, list[list.len() - 1].to);
    let begins = term.starts.unwrap_or(program.starts);
    let ends = term.ends.or(program.ends);
    if header_reads && (begins < opens || ends.is_some_and(|ends| closes < ends)) {
        found.term_warn(
            term,
            &path("list"),
            "days of the program lie in no custom period",
            "facts of these days count for nothing: let the periods cover the program",
        );
    }
}

/// Whether every period of `outer` is made of whole periods of `inner`.
fn fits(inner: &Every, outer: &Every, fiscal_year_from: i8) -> bool {
    match (inner, outer) {
        _ if inner == outer => true,
        (_, Every::Program) => true,
        (Every::Custom(_) | Every::OnDemand | Every::Program, _) => false,
        // It ends where somebody closes it, as the program ends where it ends.
        (_, Every::OnDemand) => true,
        (_, Every::Custom(list)) => list.iter().all(|period| {
            let after = period.to.tomorrow().ok();
            opens_period(period.from, inner, fiscal_year_from)
                && after.is_some_and(|after| opens_period(after, inner, fiscal_year_from))
        }),
        _ => months(inner) <= months(outer),
    }
}

fn months(every: &Every) -> i8 {
    match every {
        Every::Month => 1,
        Every::Quarter => 3,
        Every::Half => 6,
        Every::Year | Every::Program | Every::Custom(_) | Every::OnDemand => 12,
    }
}

/// Whether a period of the calendar begins on that day.
fn opens_period(day: Date, every: &Every, fiscal_year_from: i8) -> bool {
    day.day() == 1 && (day.month() - fiscal_year_from).rem_euclid(months(every)) == 0
}

/// Whether the program begins or ends within a period of the calendar.
fn is_cut(found: &Found<'_>, term: &Term) -> bool {
    let every = &term.periods.every;
    if matches!(every, Every::Program | Every::Custom(_) | Every::OnDemand) {
        return false;
    }
    let year = term.periods.fiscal_year_from;
    let after = found.program.ends.and_then(|ends| ends.checked_add(1.day()).ok());
    !opens_period(found.program.starts, every, year)
        || after.is_some_and(|after| !opens_period(after, every, year))
}

fn check_facts(found: &mut Found<'_>, term: &Term) {
    if term.facts == FactsOf::None {
        let has = [
            ("qualifier", term.qualifier.is_some()),
            ("measure", term.measure.is_some()),
            ("group_by", term.group_by.fact || !term.group_by.names.is_empty()),
        ];
        for (word, _) in has.into_iter().filter(|(_, has)| *has) {
            found.term_error(
                term,
                &[word],
                format!("`facts: none` with `{word}`"),
                "an agreed sum has no facts to look at: remove one of the two",
            );
        }
    }
    if term.returns == Returns::Ignored {
        found.term_warn(
            term,
            &["returns"],
            "`returns: ignored`: goods that come back keep their reward",
            "write `with_sale` or `own_date`, or say why that is right",
        );
    }
    let to_date = |reading: &Reading| reading.window == Window::ToDate;
    if term.returns == Returns::OwnDate && term.qualifier.as_ref().is_some_and(to_date) {
        found.term_warn(
            term,
            &["qualifier", "window"],
            "`window: to_date` with returns on their own date",
            "a return is then rated as things stand on its day, not as its sale was",
        );
    }
    let currencies = [
        (&["currency"][..], term.currency),
        (&["qualifier", "currency"], term.qualifier.as_ref().and_then(|q| q.currency)),
        (&["measure", "currency"], term.measure.as_ref().and_then(|m| m.currency)),
    ];
    for (path, currency) in currencies {
        let unknown = currency.and_then(|currency| header::unknown_currency(currency.as_str()));
        if let Some((message, help)) = unknown {
            found.term_error(term, path, message, help);
        }
    }
    if let Some(Split::Shares(shares)) = &term.split {
        let sum = shares.iter().try_fold(Decimal::ZERO, |sum, (_, share)| sum.checked_add(*share));
        if sum != Some(Decimal::ONE) {
            let percent = sum.and_then(|sum| sum.checked_mul(Decimal::ONE_HUNDRED));
            let percent = percent.map_or("too much".to_owned(), |p| format!("{} %", p.normalize()));
            found.term_error(
                term,
                &["split"],
                format!("shares of `split` do not add up to 100 %, but to {percent}"),
                "correct the shares",
            );
        }
    }
}

/// The qualifier and the readings that are required, each with its place in the term.
fn readings(term: &Term) -> Vec<(Vec<String>, Reading)> {
    let qualifier = term.qualifier.iter().map(|it| (vec!["qualifier".to_owned()], it.clone()));
    let required = term.requires.iter().enumerate().filter_map(|(nth, it)| match it {
        Requirement::Reading { reading, .. } => {
            Some((vec!["requires".to_owned(), nth.to_string()], (**reading).clone()))
        }
        Requirement::Term { .. } => None,
    });
    qualifier.chain(required).collect()
}

fn check_readings(found: &mut Found<'_>, term: &Term) {
    for (place, reading) in readings(term) {
        let at = |word: &'static str| -> Vec<String> {
            place.iter().cloned().chain([word.to_owned()]).collect()
        };
        if let Some(ReadingGroup::Names(names)) = &reading.group_by {
            for name in names {
                if !term.group_by.names.iter().any(|(known, _)| known == name) {
                    found.term_error(
                        term,
                        &words(&at("group_by")),
                        format!("`{name}` is no name of the term's `group_by`"),
                        "a reading looks at the term's groups or coarser ones: name some of them",
                    );
                }
            }
        }
        let compared = match (&reading.view, &term.compare) {
            (View::Growth, Compare::Nothing | Compare::Target(_)) => Some((
                "`as: growth` without `baseline`",
                "say what it is growth over: `baseline: prior_year`",
            )),
            (View::Increase, Compare::Nothing) => Some((
                "`as: increase` without `baseline`",
                "say what it is an increase over: `baseline: prior_year`",
            )),
            (View::Attainment, Compare::Nothing | Compare::Baseline(_)) => Some((
                "`as: attainment` without `target`",
                "say what is to be attained: `target: 100000`, or a figure table",
            )),
            _ => None,
        };
        if let Some((message, help)) = compared {
            found.term_error(term, &words(&at("as")), message, help);
        }
        if term.periods.every == Every::Program && reading.window == Window::PriorPeriod {
            found.term_error(term, &words(&at("window")), NO_PRIOR, NO_PRIOR_HELP);
        }
    }
}

fn words(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

/// What a program of one period has not.
const NO_PRIOR: &str = "`prior_period` in a program of one period";
const NO_PRIOR_HELP: &str = "write `prior_year`, a number, or shorter `periods`";

fn check_compare(found: &mut Found<'_>, term: &Term) {
    let view = term.qualifier.as_ref().map_or(&View::Total, |qualifier| &qualifier.view);
    let fixed = match &term.compare {
        Compare::Nothing => None,
        Compare::Target(_) => Some("target"),
        Compare::Baseline(baseline) => {
            matches!(baseline.of, BaselineOf::Figure(_)).then_some("baseline")
        }
    };
    let compared = matches!(view, View::Growth | View::Increase | View::Attainment);
    if let Some(word) = fixed
        && compared
        && term.method == Method::Excess
        && !same_total(term)
    {
        found.term_error(
            term,
            &[word],
            format!("a fixed `{word}` for two different totals: the qualifier's and the measure's"),
            "let the measure be the qualifier's total, or make two terms",
        );
    }
    if term.periods.every == Every::Program {
        check_prior(found, term);
    }
}

/// A program of one period has none before it.
fn check_prior(found: &mut Found<'_>, term: &Term) {
    if let Compare::Baseline(baseline) = &term.compare {
        if baseline.of == BaselineOf::PriorPeriod {
            found.term_error(term, &["baseline", "of"], NO_PRIOR, NO_PRIOR_HELP);
        }
        if matches!(&baseline.when_zero, WhenZero::Other(of) if **of == BaselineOf::PriorPeriod) {
            found.term_error(term, &["baseline", "when_zero"], NO_PRIOR, NO_PRIOR_HELP);
        }
    }
}

/// Whether qualifier and measure look at the same total of the same facts.
fn same_total(term: &Term) -> bool {
    match (&term.qualifier, &term.measure) {
        (None, _) => true,
        (Some(qualifier), Some(measure)) => {
            qualifier.total == measure.total
                && qualifier.when.is_none()
                && matches!(qualifier.window, Window::Period | Window::ToDate)
                && qualifier.scope == crate::program::Scope::Partner
                && qualifier.group_by.is_none()
        }
        (Some(_), None) => false,
    }
}

fn check_measure(found: &mut Found<'_>, term: &Term) {
    if term.external {
        return;
    }
    let rated = term.rows.iter().any(|row| row.value.is_some());
    if rated && term.measure.is_none() && term.facts != FactsOf::None {
        found.term_error(
            term,
            &[],
            "`measure` is missing though a row has a rate",
            "say what the rate applies to: `measure: sum(amount)`",
        );
    }
    let opens = |opens: Opens| opens != Opens::Always;
    let fixed = term.rows.iter().any(|row| row.value.is_none() && opens(row.opens));
    if fixed && term.qualifier.is_none() && term.measure.is_none() {
        found.term_error(
            term,
            &[],
            "`qualifier` is missing though a fixed row has a threshold",
            "say what reaches the threshold: `qualifier: sum(quantity)`",
        );
    }
    let factor = term.rows.iter().any(|row| matches!(row.value, Some(RowValue::Factor(_))));
    let awarded = term.measure.as_ref().is_some_and(
        |measure| matches!(&measure.total, Total::Sum(expr) if !expr.uses_awarded().is_empty()),
    );
    if factor && !awarded {
        found.term_error(
            term,
            &["factor"],
            "`factor` without `awarded(…)`",
            "measure what is multiplied: `measure: sum(awarded(\"term\"))`",
        );
    }
    if term.method == Method::Excess && term.compare == Compare::Nothing {
        check_excess(found, term);
    }
    if let Some(measure) = &term.measure {
        check_positions(found, term, measure);
    }
}

fn check_excess(found: &mut Found<'_>, term: &Term) {
    if !same_total(term) {
        found.term_error(
            term,
            &["method"],
            "`excess` compares a measure with a threshold of another total",
            "let the measure be the qualifier's total, or add a `baseline` or a `target`",
        );
    } else if term.rows.iter().any(|row| row.opens == Opens::Always) {
        found.term_error(
            term,
            &["method"],
            "`excess` has nothing to exceed",
            "add a `baseline`, a `target`, or thresholds",
        );
    }
}

fn check_positions(found: &mut Found<'_>, term: &Term, measure: &Measure) {
    if let Some(size) = measure.packages_of {
        if size <= Decimal::ZERO {
            found.term_error(
                term,
                &["measure", "packages_of"],
                "`packages_of` is not above zero",
                "write the size of a package: `packages_of: 300`",
            );
        }
        if term.method == Method::Marginal {
            found.term_error(
                term,
                &["measure", "packages_of"],
                "`packages_of` with `marginal`",
                "packages have no slices: use another method, or count units",
            );
        }
    }
    let after = measure.after.and_then(|after| after.total);
    if let (Some(after), Some(up_to)) = (after, measure.up_to)
        && up_to <= after
    {
        found.term_error(
            term,
            &["measure", "after"],
            "`after` is not below `up_to`",
            "nothing would lie between the two: raise `up_to`, or lower `after`",
        );
    }
}

fn check_limits(found: &mut Found<'_>, term: &Term) {
    let limits = &term.limits;
    for (word, bounds) in [
        ("per_award", limits.per_award),
        ("per_partner_period", limits.per_partner_period),
        ("per_partner", limits.per_partner),
    ] {
        if let (Some(least), Some(most)) = (bounds.at_least, bounds.at_most)
            && least > most
        {
            let path = ["limits", word, "at_least"];
            found.term_error(term, &path, "`at_least` is above `at_most`", "swap the two amounts");
        }
    }
    if let (Some(guarantee), Some(most)) = (limits.guarantee, limits.per_partner_period.at_most)
        && guarantee.amount > most
    {
        found.term_error(
            term,
            &["limits", "guarantee"],
            "the guarantee is above `per_partner_period`",
            "lower the one or raise the other",
        );
    }
    let first_come = limits.budget.is_some_and(|budget| budget.share == BudgetShare::FirstCome);
    if first_come && term.settle == Settle::PeriodEnd {
        found.term_warn(
            term,
            &["limits", "budget"],
            "`first_come` among awards of one period is decided by partner code",
            "write `share: in_proportion`, or say why the order of codes is right",
        );
    }
}
