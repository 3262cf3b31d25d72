//! What was found about a draft beside the data, a sentence each, with what to do and where.

use domain::program::Program;
use engine::findings::{Finding, Unreachable};

use super::clause;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::ui::encode;

/// A finding as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub message: String,
    /// Partners by their codes, each a link.
    pub partners: Vec<String>,
    /// Where to look or mend: a label and an address.
    pub link: Option<(String, String)>,
}

/// A finding in words.
pub fn told(lang: Lang, program: &Program, finding: &Finding) -> Told {
    let s = &lang.words().studio;
    let term = |code: &domain::code::TermCode| {
        let found = program.terms.iter().find(|term| &term.code == code);
        let names = found.map(|term| term.name.clone()).unwrap_or_default();
        super::name(lang, &names, code.as_str())
    };
    let day = |day: jiff::civil::Date| {
        if day == jiff::civil::Date::MAX {
            s.no_last_day.to_owned()
        } else {
            format::day_column(day, lang)
        }
    };
    let plain = |message: String| Told { message, partners: vec![], link: None };
    match finding {
        Finding::NoVersion { from, to } => {
            plain(fill(s.find_no_version, &[("from", &day(*from)), ("to", &day(*to))]))
        }
        Finding::NoRow { term: of, from, to } => plain(fill(
            s.find_no_row,
            &[("term", &term(of)), ("from", &day(*from)), ("to", &day(*to))],
        )),
        Finding::NoTable { term: of, group, lines, partners } => {
            let (lines, partners) = (lines.to_string(), partners.to_string());
            plain(fill(
                s.find_no_table,
                &[("term", &term(of)), ("group", group), ("n", &lines), ("partners", &partners)],
            ))
        }
        Finding::Unreachable { term: of, row, why, .. } => {
            let why = match why {
                Unreachable::Days => s.unreachable_days,
                Unreachable::Group => s.unreachable_group,
                Unreachable::Share => s.unreachable_share,
                Unreachable::Frequency => s.unreachable_frequency,
            };
            let row = row.to_string();
            plain(fill(s.find_unreachable, &[("term", &term(of)), ("n", &row), ("why", why)]))
        }
        Finding::NeverMet { condition, .. } => {
            let what = clause::say(lang, condition);
            plain(fill(s.find_never_met, &[("what", &what)]))
        }
        Finding::NothingCounts { term: of } => {
            plain(fill(s.find_nothing_counts, &[("term", &term(of))]))
        }
        Finding::Overlap { term: of, program, other, lines, of: all } => {
            let percent = (lines * 100).div_ceil((*all).max(1)).min(100).to_string();
            Told {
                link: Some((
                    format!("{program}/{other}"),
                    format!("/console/programs/{}?tab=terms", encode(program)),
                )),
                ..plain(fill(
                    s.find_overlap,
                    &[("term", &term(of)), ("other", other.as_str()), ("percent", &percent)],
                ))
            }
        }
        Finding::Waiting { reason, what, lines, partners } => {
            use domain::measure::WaitReason;
            let template = match reason {
                WaitReason::NoRate => s.find_no_rate,
                WaitReason::NoFactor => s.find_no_factor,
                WaitReason::NoPrice => s.find_no_price,
                WaitReason::NoValue => s.find_no_value,
            };
            let (lines, partners) = (lines.to_string(), partners.to_string());
            let what = if what.is_empty() { s.not_named } else { what };
            plain(fill(template, &[("what", what), ("n", &lines), ("partners", &partners)]))
        }
        Finding::NoFigures { term: of, table, partners, of: all, named } => Told {
            partners: named.clone(),
            ..plain(fill(
                s.find_no_figures,
                &[
                    ("term", &term(of)),
                    ("table", table),
                    ("n", &partners.to_string()),
                    ("all", &all.to_string()),
                ],
            ))
        },
        Finding::NoFacts { partners, of, named } => Told {
            partners: named.clone(),
            ..plain(fill(
                s.find_no_facts,
                &[("n", &partners.to_string()), ("all", &of.to_string())],
            ))
        },
    }
}
