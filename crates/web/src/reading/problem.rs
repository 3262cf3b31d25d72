//! What the checker finds wrong with a program's text, in the reader's language.
//!
//! The checker writes English and gives what it says a code with values. Japanese sentences stand
//! here by code; where there is none, the place is told in Japanese and the English is shown with
//! it, marked as English.

use domain::problem::Problem;

use crate::i18n::{Lang, fill};

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
    if let Some((_, message, help)) = JAPANESE.iter().find(|(code, ..)| *code == problem.code) {
        let values: Vec<String> = problem.values.iter().map(|value| in_japanese(value)).collect();
        let names = ["a", "b", "c"];
        let places: Vec<(&str, &str)> =
            names.into_iter().zip(values.iter().map(String::as_str)).collect();
        return Told {
            message: fill(message, &places),
            help: Some(fill(help, &places)).filter(|help| !help.is_empty()),
            original: None,
        };
    }
    let words = lang.words();
    let general = match problem.code {
        "condition" => words.console.problem_condition,
        _ => words.console.problem_here,
    };
    let original =
        help.map_or(problem.message.clone(), |help| format!("{}; {help}", problem.message));
    Told { message: general.into(), help: None, original: Some(original) }
}

/// The words that stand for values of no text of their own.
fn in_japanese(value: &str) -> String {
    match value {
        "nothing" => "空".into(),
        "a list" => "リスト".into(),
        "a mapping" => "「キー: 値」の形".into(),
        other => other.into(),
    }
}

/// Code, what is wrong, what to do.
const JAPANESE: [(&str, &str, &str); 29] = [
    (
        "attainment_without_target",
        "`as: attainment` に `target` がありません",
        "目標を書いてください：`target: 100000` または数値表の名前",
    ),
    (
        "duplicate_key",
        "キー `{a}` が重複しています",
        "{b}行目にすでにあります。どちらかを消してください",
    ),
    ("ends_before_starts", "`ends` が `starts` より前です", "2つの日付を入れ替えてください"),
    (
        "external_with_rows",
        "`external` と段階の両方があります",
        "金額は外から届きます。段階か `external` を消してください",
    ),
    (
        "fixed_method",
        "`fixed` だけの段階には `highest`、`sum_of_reached`、`interpolated` のいずれかが必要です",
        "`method: highest` と書くと、到達した最高額だけを支払います",
    ),
    (
        "growth_without_baseline",
        "`as: growth` に `baseline` がありません",
        "何に対する伸びかを書いてください：`baseline: prior_year`",
    ),
    (
        "increase_without_baseline",
        "`as: increase` に `baseline` がありません",
        "何に対する増加かを書いてください：`baseline: prior_year`",
    ),
    (
        "least_above_most",
        "`at_least` が `at_most` を上回っています",
        "2つの金額を入れ替えてください",
    ),
    (
        "measure_missing",
        "率のある段階に `measure` がありません",
        "率をかける数値を書いてください：`measure: sum(amount)`",
    ),
    (
        "not_a_code",
        "{a} はコードになりません",
        "コードは1行、200文字までで、前後に空白を置けません",
    ),
    ("not_a_currency", "{b} は通貨ではありません", "`{a}` は大文字3字で書いてください：JPY"),
    ("not_a_date", "{b} は日付ではありません", "`{a}` は年-月-日で書いてください：2026-04-01"),
    ("not_a_language", "`{a}` は言語ではありません", "`en`、`ja`、`pt-BR` のように書いてください"),
    (
        "not_a_list",
        "`{a}` はリストですが、{b}になっています",
        "`- …` の行、または `[ … ]` で書いてください",
    ),
    (
        "not_a_mapping",
        "ここは「キー: 値」の形ですが、{a}になっています",
        "`キー: 値` の行で書いてください",
    ),
    (
        "not_a_number",
        "{b} は数値ではありません",
        "`{a}` は28桁までの数字と小数点で書いてください：1234.5",
    ),
    ("not_a_share", "{b} は割合ではありません", "`{a}` は `2.5%` または `0.025` と書いてください"),
    ("not_a_text", "`{a}` は文字ですが、{b}になっています", "`{a}: …` と書いてください"),
    ("not_a_whole_number", "{b} は整数ではありません", "`{a}` は数字で書いてください：2"),
    ("not_a_word", "{b} は `{a}` の語ではありません", "`{a}` に書けるのは {c} です"),
    ("not_days", "{b} は日数ではありません", "`{a}: 5 days` と書いてください"),
    (
        "outside_the_program",
        "この条件の `{a}` がプログラムの期間の外です",
        "プログラムの `starts` から `ends` までの日にしてください",
    ),
    (
        "qualifier_missing",
        "しきい値のある定額の段階に `qualifier` がありません",
        "しきい値と比べる数値を書いてください：`qualifier: sum(quantity)`",
    ),
    ("required", "`{a}` が必要です", "`{a}: …` を加えてください"),
    (
        "same_threshold",
        "2つの段階が同じしきい値 {a} で始まっています",
        "どちらかを消すか、しきい値を変えてください",
    ),
    (
        "thresholds_descend",
        "しきい値が昇順ではありません：{b} のあとに {a}",
        "段階をしきい値の小さい順に書いてください",
    ),
    (
        "tiers_required",
        "`tiers` が必要です",
        "`tiers`、または `rate`、`per_unit`、`fixed`、`factor`、`external: true` のいずれかを加えてください",
    ),
    ("unknown_key", "キー `{a}` はここでは使えません", "ここに書けるのは {b} です"),
    ("unknown_key_near", "キー `{a}` はここでは使えません。`{b}` ですか", "直すか、消してください"),
];

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
                "`all_unit` は `method` の語ではありません",
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

    #[test]
    fn codes_stand_in_order_and_once() {
        assert!(JAPANESE.is_sorted_by(|a, b| a.0 < b.0));
    }
}
