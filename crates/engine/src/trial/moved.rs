//! A program on other days than its own.

use domain::case::standing_alone;
use domain::program::{CustomPeriod, Every, Members, Program};
use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// The program as if it began with a day and ended with another. Its own dated words move along:
/// by whole years where it begins on the same day of another year, else by days.
#[must_use]
pub fn moved(program: &Program, from: Date, to: Date) -> Program {
    let by = distance(program.starts, from);
    let shifted = |day: Date| day.checked_add(by).unwrap_or(day);
    let mut moved = standing_alone(program);
    moved.starts = from;
    moved.ends = Some(to);
    let list = |list: &mut Vec<CustomPeriod>| {
        for period in list {
            period.from = shifted(period.from);
            period.to = shifted(period.to);
        }
    };
    if let Members::List(members) = &mut moved.partners {
        for member in members {
            member.from = member.from.map(shifted);
            member.to = member.to.map(shifted);
        }
    }
    for term in &mut moved.terms {
        term.starts = term.starts.map(shifted);
        term.ends = term.ends.map(shifted);
        for row in &mut term.rows {
            row.starts = row.starts.map(shifted);
            row.ends = row.ends.map(shifted);
        }
        let every =
            [Some(&mut term.periods.every), term.payout.every.as_mut(), term.accrue.every.as_mut()];
        for every in every.into_iter().flatten() {
            if let Every::Custom(days) = every {
                list(days);
            }
        }
    }
    moved
}

fn distance(old: Date, new: Date) -> Span {
    if (old.month(), old.day()) == (new.month(), new.day()) {
        return (i64::from(new.year()) - i64::from(old.year())).years();
    }
    Span::new().days((new - old).get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dated_words_move_along() {
        let text = "program: p\ncurrency: JPY\nstarts: 2026-04-01\nends: 2027-03-31\npartners: \
                    [ { partner: P1, from: 2026-05-01 } ]\nterms:\n  - term: t\n    starts: \
                    2026-06-01\n    measure: sum(amount)\n    method: all_units\n    tiers:\n      \
                    - { from: 0, rate: 1%, ends: 2026-09-30 }\n      - { from: 0, rate: 2%, \
                    starts: 2026-10-01 }\n";
        let program = domain::program::parse(text).into_result().expect("a program");
        let days = |from: &str, to: &str| {
            let moved = moved(&program, from.parse().unwrap(), to.parse().unwrap());
            let Members::List(members) = &moved.partners else { panic!("a list") };
            let row = |at: usize| moved.terms[0].rows[at].clone();
            [
                Some(moved.starts),
                moved.ends,
                members[0].from,
                moved.terms[0].starts,
                row(0).ends,
                row(1).starts,
            ]
            .map(|day| day.map_or_else(String::new, |day| day.to_string()))
            .join(" ")
        };
        assert_eq!(
            days("2025-04-01", "2026-03-31"),
            "2025-04-01 2026-03-31 2025-05-01 2025-06-01 2025-09-30 2025-10-01"
        );
        assert_eq!(
            days("2026-03-31", "2026-06-30"),
            "2026-03-31 2026-06-30 2026-04-30 2026-05-31 2026-09-29 2026-09-30"
        );
    }
}
