//! Stories that say themselves what must hold: what the plain loops earn stands in their `expect`,
//! and in a test of their program where it has one version.
//!
//! Words that change no amount are told like this: `expect`, `tests` and all that stands in them.

use std::collections::BTreeMap;
use std::fmt::Write;

use domain::case::{TestRun, run_tests};
use domain::program::Change;
use rust_decimal::Decimal;

use crate::procedure::Procedure;
use crate::tales::{Tale, as_item, read};

/// The story with what it must come to; `more` is added to the last amount.
pub fn expecting(tale: &Tale, more: Decimal) -> Option<String> {
    let (case, programs) = read(&tale.text()).ok()?;
    let mut earned: BTreeMap<(String, String, String), Decimal> = BTreeMap::new();
    for (key, award) in Procedure::new(&case, &programs).awards() {
        *earned.entry((key.0, key.1, key.2)).or_default() += award.amount;
    }
    let last = earned.len();
    let mut expect = String::from("expect:\n");
    for (nth, ((program, term, earner), amount)) in earned.into_iter().enumerate() {
        let amount = if nth + 1 == last { amount + more } else { amount };
        let _ = writeln!(
            expect,
            "  - {{ awards: {program}, term: {term}, earner: {earner}, amount: {amount} }}"
        );
    }
    if last == 0 {
        let _ = writeln!(expect, "  - {{ awards: {}, amount: {more} }}", programs[0].code);
    }
    let rest = format!(
        "note: as the plain loops have it\nfields: {{ fact.campaign: text }}\n\
         lists: {{ others: [ B2 ] }}\n{}{expect}",
        tale.rest()
    );
    let mut texts = tale.programs.clone();
    if let [program] = programs.as_slice()
        && program.change == Change::First
        && program.recorded.is_none()
    {
        let _ = write!(texts[0], "tests:\n{}", as_item(&format!("test: told\n{rest}")));
    }
    let listed: String = texts.iter().map(|text| as_item(text)).collect();
    Some(format!("case: random\nprograms:\n{listed}{rest}"))
}

/// What is wrong with such a text: what it expects, or its tests, do not hold.
fn wrong(text: &str) -> Option<String> {
    let (case, programs) = match read(text) {
        Ok(read) => read,
        Err(problems) => return Some(format!("refused: {}", problems[0])),
    };
    for TestRun { said, .. } in programs.iter().flat_map(run_tests) {
        match said {
            Ok(mismatches) if mismatches.is_empty() => {}
            Ok(mismatches) => return Some(format!("test: {}", mismatches[0].text)),
            Err(problems) => return Some(format!("test: {}", problems[0])),
        }
    }
    match case.check(programs) {
        Ok(mismatches) => mismatches.first().map(|it| format!("expect: {}", it.text)),
        Err(problems) => Some(format!("expect: {}", problems[0])),
    }
}

/// What the plain loops earn is what a story and its program's test expect; a bit more is not.
pub fn expected(tale: &Tale) -> Option<String> {
    let right = expecting(tale, Decimal::ZERO)?;
    if let Some(wrong) = wrong(&right) {
        return Some(format!("{wrong}\n{right}"));
    }
    let off = expecting(tale, Decimal::new(1, 4))?;
    wrong(&off).is_none().then(|| format!("a wrong amount holds\n{off}"))
}
