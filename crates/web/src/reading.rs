//! From what the engine stores to what pages show: names, periods, states, lists in an address.

pub mod changes;
pub mod clause;
pub mod findings;
pub mod games;
pub mod links;
pub mod loyalty;
pub mod members;
pub mod orders;
pub mod problem;
pub mod promotions;
pub mod rules;
pub mod standing;
pub mod tiers_by_hand;
pub mod waiting;

use std::collections::BTreeMap;

use domain::period::Period as DomainPeriod;
use domain::program::Program;
use engine::catalog::{PartnerRow, name_in};
use engine::rules::Rules;
use engine::settle::{PeriodState as Stage, PeriodView};

use crate::i18n::Lang;
use crate::ui::list::Sort;
use crate::ui::{List, encode};
use crate::view::{Every, PartnerRef, Period, PeriodState, ProgramRef, ProgramState};
use crate::visit::Query;

/// A partner by its name in the reader's language.
pub fn partner_ref(lang: Lang, row: &PartnerRow) -> PartnerRef {
    PartnerRef { code: row.code.clone(), name: name(lang, &row.names, &row.code) }
}

/// A name in the reader's language, or else the code.
pub fn name(lang: Lang, names: &BTreeMap<String, String>, code: &str) -> String {
    name_in(names, lang.tag()).unwrap_or(code).into()
}

/// A program by its name in the reader's language.
pub fn program_ref(lang: Lang, program: &Program) -> ProgramRef {
    let code = program.code.to_string();
    ProgramRef { name: name(lang, &program.name, &code), code }
}

/// A program of the active rules, or the code alone.
pub fn program_named(lang: Lang, rules: &Rules, code: &str) -> ProgramRef {
    match rules.by_code(code) {
        Some(at) => program_ref(lang, rules.plans[at].newest()),
        None => ProgramRef { code: code.into(), name: code.into() },
    }
}

/// A period by its parts, which its name holds: `2026-04`, `2026Q1`, `2026H1`, `2026`.
pub fn period(period: &DomainPeriod) -> Period {
    let otherwise = if period.is_open_on_demand() { Every::Open } else { Every::Dates };
    let (every, year, number) = parts(&period.name).unwrap_or((otherwise, 0, 0));
    Period { every, year, number, starts: period.start, ends: period.end }
}

fn parts(name: &str) -> Option<(Every, i16, u8)> {
    let year = name.get(..4)?.parse().ok()?;
    let rest = name.get(4..)?;
    Some(match rest.as_bytes() {
        [] => (Every::Year, year, 1),
        [b'Q', n @ b'1'..=b'4'] => (Every::Quarter, year, n - b'0'),
        [b'H', n @ b'1'..=b'2'] => (Every::Half, year, n - b'0'),
        [b'-', ..] => (Every::Month, year, rest.get(1..)?.parse().ok()?),
        _ => return None,
    })
}

/// The period of that name in the plan of a program.
pub fn period_named(rules: &Rules, program: &str, name: &str) -> Option<Period> {
    let plan = &rules.plans[rules.by_code(program)?];
    domain::settlement::named(plan, name).map(|found| period(&found))
}

/// How long the periods of a program's first term are.
pub fn every(program: &Program) -> Every {
    let first = program.terms.first();
    first.map_or(Every::Dates, |term| standing::every(&term.periods.every))
}

/// Where a program is on a day.
pub fn program_state(program: &Program, today: jiff::civil::Date) -> ProgramState {
    if today < program.starts {
        ProgramState::Planned
    } else if program.ends.is_some_and(|last| last < today) {
        ProgramState::Ended
    } else {
        ProgramState::Running
    }
}

pub fn period_state(view: &PeriodView) -> PeriodState {
    match view.state {
        Stage::Running => PeriodState::Open,
        Stage::Waiting => PeriodState::Grace,
        Stage::Ready => PeriodState::Due,
        Stage::Closed => PeriodState::Closed,
    }
}

/// How a settlement period is written in an address.
pub fn period_id(program: &str, name: &str) -> String {
    encode(&format!("{program}~{name}"))
}

/// Program and name of a period's address.
pub fn of_period_id(id: &str) -> Option<(&str, &str)> {
    id.rsplit_once('~')
}

/// The state of a list as its address says it.
pub fn list(path: impl Into<String>, query: &Query) -> List {
    let some = |key: &str| query.get(key).filter(|value| !value.is_empty()).cloned();
    let sort = some("sort").map(|key| match key.strip_prefix('-') {
        Some(key) => Sort { key: key.into(), descending: true },
        None => Sort { key, descending: false },
    });
    List {
        q: some("q").unwrap_or_default().trim().into(),
        filter: some("filter"),
        sort,
        page: some("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        ..List::new(path)
    }
}

/// The rows of a list's page, out of all that match.
pub fn page_of<T>(list: &mut List, rows: Vec<T>) -> Vec<T> {
    list.rows = rows.len() as u64;
    let per_page = list.rows_per_page as usize;
    let skip = (list.page as usize - 1) * per_page;
    rows.into_iter().skip(skip).take(per_page).collect()
}

/// Where a page of a list begins, and how many rows it has.
pub fn window(list: &List) -> (i64, i64) {
    let per_page = i64::from(list.rows_per_page);
    (i64::from(list.page - 1) * per_page, per_page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_named_as_the_vendor_names_them() {
        let cases = [
            ("2026Q1", Some((Every::Quarter, 2026, 1))),
            ("2026-04", Some((Every::Month, 2026, 4))),
            ("2026H2", Some((Every::Half, 2026, 2))),
            ("2026", Some((Every::Year, 2026, 1))),
            ("spring", None),
            ("2026Q9", None),
            ("春の期間", None),
        ];
        for (name, expected) in cases {
            assert_eq!(parts(name), expected, "`{name}`");
        }
    }

    #[test]
    fn the_address_of_a_period_leads_back_to_it() {
        assert_eq!(of_period_id("fy26-bikes~2026Q1"), Some(("fy26-bikes", "2026Q1")));
        assert_eq!(of_period_id("nothing"), None);
    }

    #[test]
    fn a_list_is_read_from_its_address() {
        let query = crate::visit::query("/x?q=%20cycle&sort=-earned&page=0&filter=near");
        let list = list("/x", &query);
        assert_eq!(list.q, "cycle");
        assert_eq!(list.sort, Some(Sort { key: "earned".into(), descending: true }));
        assert_eq!((list.page, list.filter.as_deref()), (1, Some("near")));
    }
}
