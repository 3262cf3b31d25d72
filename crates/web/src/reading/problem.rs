//! What the checker finds wrong with a program's text, in the reader's language.
//!
//! What has no sentence in the reader's language is shown in English, marked as English, behind a
//! sentence that says where to look.

use domain::problem::Problem;

use crate::i18n::{Lang, japanese};

/// A problem as a page says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub message: String,
    pub help: Option<String>,
    /// What has no sentence in the reader's language, as it is written.
    pub original: Option<String>,
}

/// What is wrong, and what to do.
pub fn told(lang: Lang, problem: &Problem) -> Told {
    let help = Some(problem.help.clone()).filter(|help| !help.is_empty());
    if lang == Lang::En {
        return Told { message: problem.message.clone(), help, original: None };
    }
    // Conditions say what is wrong and what to do in one sentence.
    let whole = whole(problem);
    if let Some(said) = japanese(&whole) {
        return Told { message: said, help: None, original: None };
    }
    match (japanese(&problem.message), help.as_deref().map(japanese)) {
        (Some(message), None) => Told { message, help: None, original: None },
        (Some(message), Some(Some(help))) => Told { message, help: Some(help), original: None },
        _ => {
            let message = lang.words().console.problem_here.into();
            Told { message, help: None, original: Some(whole) }
        }
    }
}

/// The same in a line, with its place.
pub fn line(lang: Lang, problem: &Problem) -> String {
    if lang == Lang::En {
        return problem.to_string();
    }
    let Told { message, help, original } = told(lang, problem);
    let parts = [Some(message), help, original];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    format!("{}:{} {}", problem.at.line, problem.at.column, said.join("。"))
}

fn whole(problem: &Problem) -> String {
    if problem.help.is_empty() {
        return problem.message.clone();
    }
    format!("{}; {}", problem.message, problem.help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, ja: &[&str]) {
        let problems = domain::program::parse(text).problems;
        let told: Vec<String> =
            problems.iter().map(|problem| told(Lang::Ja, problem).message).collect();
        for expected in ja {
            assert!(told.iter().any(|one| one == expected), "`{expected}` is not in {told:?}");
        }
        for (problem, ja) in problems.iter().zip(&told) {
            assert!(!ja.contains(['{', '}']), "`{ja}` has an empty place: {problem:?}");
            let en = super::told(Lang::En, problem);
            assert_eq!(en.message, problem.message);
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_japanese_by_its_code() {
        check(
            "
program: p
currency: YEN!
starts: 2026-13-01
ends: soon
perods: { every: quarter }
terms:
  - term: a
    method: all_unit
    measure: sum(amount)
    tiers:
      - { from: 30, rate: 1% }
      - { from: 20, rate: x }
",
            &[
                "`YEN!` は通貨ではありません",
                "`2026-13-01` は日付ではありません",
                "キー `perods` はここでは使えません。`periods` ですか",
                "`all_unit` は `method` の語ではありません。`all_units` ですか",
                "`x` は割合ではありません",
            ],
        );
    }

    #[test]
    fn what_has_no_japanese_yet_keeps_its_english() {
        let at = domain::program::Position::default();
        let problem = Problem::error(at, "something rare", "do something");
        let said = told(Lang::Ja, &problem);
        assert_eq!(said.original.as_deref(), Some("something rare; do something"));
        assert_eq!(said.message, Lang::Ja.words().console.problem_here);
    }
}
