//! Many awards of one term as one row: a term that pays each sale by itself has as many awards as
//! sales, and a paper is for reading.

use domain::explain::Lang;
use rust_decimal::Decimal;

use super::{Num, TermPart};

/// More rows of one term and period than this become one.
const ROWS_MAX: usize = 8;

/// The rows a paper shows. Amounts add up to the same; every line stays in the workbook.
pub(super) fn folded(lang: Lang, terms: &[TermPart]) -> Vec<TermPart> {
    let mut rows: Vec<TermPart> = Vec::new();
    let mut done: Vec<(&str, &str, bool)> = Vec::new();
    for term in terms {
        let key = (term.code.as_str(), term.period.as_str(), term.is_prior);
        if done.contains(&key) {
            continue;
        }
        let of =
            |other: &&TermPart| (other.code.as_str(), other.period.as_str(), other.is_prior) == key;
        let same: Vec<&TermPart> = terms.iter().filter(of).collect();
        done.push(key);
        if same.len() > ROWS_MAX {
            rows.push(together(lang, &same));
        } else {
            rows.extend(same.into_iter().cloned());
        }
    }
    rows
}

fn together(lang: Lang, same: &[&TermPart]) -> TermPart {
    let first = same[0];
    let basis = same.iter().map(|term| Some(term.basis?.0)).sum::<Option<Decimal>>();
    let is_one_unit = same.iter().all(|term| term.counted == first.counted);
    let is_one_tier = same.iter().all(|term| term.tier == first.tier);
    let mut pays = Vec::new();
    for one in same.iter().flat_map(|term| &term.pays) {
        if !pays.contains(one) {
            pays.push(*one);
        }
    }
    let count = same.len();
    TermPart {
        group: match lang {
            Lang::Ja => format!("{count}件"),
            Lang::En => format!("{count} awards"),
        },
        basis: basis.filter(|_| is_one_unit).map(Num),
        tier: first.tier.filter(|_| is_one_tier),
        tier_names: if is_one_tier { first.tier_names.clone() } else { super::Names::new() },
        pays: if pays.len() > 3 { Vec::new() } else { pays },
        amount: Num(same.iter().map(|term| term.amount.0).sum()),
        lines: Vec::new(),
        ..first.clone()
    }
}
