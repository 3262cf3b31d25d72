//! What differs between two versions, a sentence each: "tier from 1,000: rate 2% → 2.5%".

use domain::program::{Changed, Difference, Names, Place, Program, RowName};
use rust_decimal::Decimal;

use super::clause;
use crate::format;
use crate::i18n::{Lang, fill};

/// A sentence for each difference, in the order of the text.
pub fn changes(lang: Lang, old: &Program, new: &Program) -> Vec<String> {
    let several = new.terms.len().max(old.terms.len()) > 1;
    let speaker = Speaker { lang, old, new, several };
    domain::program::differences(old, new).iter().map(|one| speaker.say(one)).collect()
}

struct Speaker<'p> {
    lang: Lang,
    old: &'p Program,
    new: &'p Program,
    /// Whether a term has to be named to be told apart.
    several: bool,
}

impl Speaker<'_> {
    fn say(&self, difference: &Difference) -> String {
        let s = &self.lang.words().studio;
        let place = self.place(&difference.of);
        let (what, was, is) = match &difference.what {
            Changed::Tests { was, is } => {
                let (was, is) = (was.to_string(), is.to_string());
                return fill(s.change_tests, &[("was", &was), ("is", &is)]);
            }
            Changed::Added(words) => {
                return fill(s.change_added, &[("what", &self.whole(&place, words))]);
            }
            Changed::Removed(words) => {
                return fill(s.change_removed, &[("what", &self.whole(&place, words))]);
            }
            Changed::Word { key, was, is } => {
                let value = |value: &String| self.value(key, value);
                (label(self.lang, key), was.as_ref().map(value), is.as_ref().map(value))
            }
        };
        let what = if place.is_empty() {
            what
        } else {
            fill(s.change_of, &[("of", &place), ("what", &what)])
        };
        match (was, is) {
            (Some(was), Some(is)) => {
                fill(s.change_word, &[("what", &what), ("was", &was), ("is", &is)])
            }
            (None, Some(is)) => fill(s.change_said, &[("what", &what), ("is", &is)]),
            (Some(was), None) => fill(s.change_unsaid, &[("what", &what), ("was", &was)]),
            (None, None) => what,
        }
    }

    fn place(&self, place: &Place) -> String {
        match place {
            Place::Term(code) if self.several => self.term(code.as_str()),
            Place::Program | Place::Term(_) => String::new(),
            Place::Row { term, row } => {
                let row = self.row(row);
                if !self.several {
                    return row;
                }
                let of = self.term(term.as_str());
                fill(self.lang.words().studio.change_of, &[("of", &of), ("what", &row)])
            }
        }
    }

    fn term(&self, code: &str) -> String {
        let find = |program: &Program| {
            program.terms.iter().find(|term| term.code.as_str() == code).map(|t| t.name.clone())
        };
        let names: Names = find(self.new).or_else(|| find(self.old)).unwrap_or_default();
        super::name(self.lang, &names, code)
    }

    fn row(&self, row: &RowName) -> String {
        let s = &self.lang.words().studio;
        let tier = match &row.opens {
            None => s.tier_always.to_owned(),
            Some((key, at)) => {
                let template = if key == "above" { s.tier_above } else { s.tier_from };
                fill(template, &[("at", &number(at))])
            }
        };
        let mut parts: Vec<String> = row.group.iter().map(|(_, value)| value.clone()).collect();
        parts.push(tier);
        parts.join(self.lang.say("、", ", "))
    }

    /// A row or a term that came or went, with what it says.
    fn whole(&self, place: &str, words: &[(String, String)]) -> String {
        let s = &self.lang.words().studio;
        let place = if place.is_empty() { s.change_term.to_owned() } else { place.to_owned() };
        if words.is_empty() {
            return place;
        }
        let said: Vec<String> = words
            .iter()
            .map(|(key, value)| format!("{} {}", label(self.lang, key), self.value(key, value)))
            .collect();
        let said = said.join(self.lang.say("、", ", "));
        fill(s.change_of, &[("of", &place), ("what", &said)])
    }

    fn value(&self, key: &str, value: &str) -> String {
        let last = key.rsplit('.').next().unwrap_or(key);
        if ["when", "share_of", "partners"].contains(&last)
            && let Some(said) = clause::in_words(self.lang, value)
        {
            return said;
        }
        if let Some((_, en, ja)) = VALUES.iter().find(|(word, ..)| *word == value) {
            return self.lang.say(ja, en).to_owned();
        }
        if last == "code" || key.starts_with("lists.") || key.starts_with("name") {
            return value.to_owned();
        }
        number(value)
    }
}

/// What a value of the language is called, or the value.
pub fn value(lang: Lang, value: &str) -> String {
    let known = VALUES.iter().find(|(word, ..)| *word == value);
    known.map_or_else(|| value.to_owned(), |(_, en, ja)| lang.say(ja, en).to_owned())
}

/// A number with its thousands apart; anything else as it is written.
fn number(text: &str) -> String {
    text.parse::<Decimal>().map_or_else(|_| text.to_owned(), format::quantity)
}

/// What a word of the language is called.
pub fn label(lang: Lang, key: &str) -> String {
    let find = |key: &str| LABELS.iter().find(|(word, ..)| *word == key);
    let own = find(key).or_else(|| find(key.rsplit('.').next().unwrap_or(key)));
    match (own, key.split_once('.')) {
        (Some((_, en, ja)), _) => lang.say(ja, en).to_owned(),
        // A list or a name has a name of its own behind the point.
        (None, Some((first, rest))) if find(first).is_some() => {
            let first = find(first).map_or("", |(_, en, ja)| lang.say(ja, en));
            format!("{first} ({rest})")
        }
        (None, _) => key.replace(['_', '.'], " "),
    }
}

const LABELS: &[(&str, &str, &str)] = &[
    ("name", "name", "名称"),
    ("description", "description", "説明"),
    ("reference", "contract number", "契約番号"),
    ("url", "page", "ページ"),
    ("currency", "currency", "通貨"),
    ("time_zone", "time zone", "タイムゾーン"),
    ("starts", "first day", "開始日"),
    ("ends", "last day", "終了日"),
    ("partners", "who takes part", "参加パートナー"),
    ("when", "what counts", "対象の条件"),
    ("fields", "own fields", "独自項目"),
    ("lists", "list", "リスト"),
    ("lanes", "lane", "レーン"),
    ("lane", "lane", "レーン"),
    ("periods.every", "periods", "期間の区切り"),
    ("fiscal_year_from", "first month of the fiscal year", "年度の開始月"),
    ("grace", "days of grace", "猶予日数"),
    ("calculate_after", "may be closed after", "締め可能になるまで"),
    ("payout.every", "paid by", "支払の区切り"),
    ("payout.minimum", "minimum payout", "最低支払額"),
    ("below_minimum", "below the minimum", "最低額に満たない場合"),
    ("negative", "negative payouts", "マイナスの支払"),
    ("catch_up", "catching up", "追いつき払い"),
    ("release", "release of fixed amounts", "定額の支払方"),
    ("accrue.every", "accrued by", "引当の区切り"),
    ("accrue.rate", "rate of accrual", "引当率"),
    ("accrue.per_unit", "accrual per unit", "単位あたりの引当"),
    ("forecast", "forecast", "予測"),
    ("facts", "kinds of lines", "対象の行"),
    ("frequency.first", "only the first", "数える回数"),
    ("frequency.per", "counted per", "回数の単位"),
    ("returns", "returns", "返品の扱い"),
    ("earner", "who earns", "受け取る人"),
    ("split", "split", "分配"),
    ("group_by", "one award for each", "集計の単位"),
    ("unit", "unit", "単位"),
    ("qualifier.total", "what picks the tier", "ランクを決める値"),
    ("qualifier.when", "what picks the tier counts", "ランクの対象条件"),
    ("as", "seen as", "見方"),
    ("share_of", "share of", "割合の母数"),
    ("scope", "whose lines", "誰の行か"),
    ("window", "days looked at", "集計期間"),
    ("measure.total", "what is paid on", "支払の対象額"),
    ("measure.after", "only above", "超えた分のみ"),
    ("measure.up_to", "only up to", "上限まで"),
    ("packages_of", "packages of", "まとまりの大きさ"),
    ("count", "packages counted", "まとまりの数え方"),
    ("target", "target", "目標"),
    ("baseline.of", "compared with", "比較の対象"),
    ("baseline.minimum", "minimum baseline", "基準の下限"),
    ("when_zero", "without a baseline", "基準がない場合"),
    ("external", "amounts from outside", "外部で決まる金額"),
    ("method", "how tiers act", "計算方法"),
    ("requires", "requires", "前提条件"),
    ("net_of", "net of", "差し引く条項"),
    ("mode", "rounding", "端数処理"),
    ("at", "rounded at", "端数処理の場所"),
    ("scale", "decimals", "小数の桁数"),
    ("remainder", "remainder", "端数の配分"),
    ("settle", "owed", "確定の時期"),
    ("reward", "reward", "特典"),
    ("from", "opens from", "開始値"),
    ("above", "opens above", "超える値"),
    ("rate", "rate", "率"),
    ("per_unit", "per unit", "単位あたり"),
    ("fixed", "fixed amount", "定額"),
    ("factor", "factor", "倍率"),
    ("up_to", "only up to", "上限まで"),
    ("per_award.at_most", "limit of an award", "1件の上限"),
    ("per_award.at_least", "floor of an award", "1件の下限"),
    ("per_partner_period.at_most", "limit per partner and period", "パートナー・期間ごとの上限"),
    ("per_partner_period.at_least", "floor per partner and period", "パートナー・期間ごとの下限"),
    ("per_partner.at_most", "limit per partner", "パートナーごとの上限"),
    ("guarantee.amount", "guarantee", "最低保証"),
    ("carry_over", "guarantee carried over", "最低保証の繰越"),
    ("budget.amount", "budget", "予算"),
    ("budget.share", "how the budget is shared", "予算の分け方"),
    ("budget.per", "budget for", "予算の期間"),
];

const VALUES: &[(&str, &str, &str)] = &[
    ("all_units", "on everything", "全体に適用"),
    ("marginal", "each band at its own rate", "区間ごとに適用"),
    ("stacked", "rates added up", "率を合算"),
    ("excess", "only what goes beyond", "超過分のみ"),
    ("interpolated", "growing evenly", "均等に増加"),
    ("highest", "the highest reached", "到達した最上位"),
    ("sum_of_reached", "all reached", "到達したすべて"),
    ("month", "month", "月"),
    ("quarter", "quarter", "四半期"),
    ("half", "half-year", "半年"),
    ("year", "year", "年"),
    ("program", "the whole program", "プログラム全体"),
    ("custom", "own dates", "個別の期間"),
    ("on_demand", "when somebody closes it", "締めた時点まで"),
    ("carry", "carried on", "繰り越す"),
    ("lapse", "lapses", "失効する"),
    ("claim_back", "claimed back", "返還を求める"),
    ("with_sale", "with their sale", "売上と同じ期間"),
    ("own_date", "on their own date", "返品日の期間"),
    ("ignored", "not counted", "数えない"),
    ("prior_year", "the year before", "前年"),
    ("prior_period", "the period before", "前の期間"),
    ("no_award", "no award", "支払なし"),
    ("no_growth", "no growth", "成長なしとみなす"),
    ("full_growth", "full growth", "全額を成長とみなす"),
    ("growth", "growth", "成長率"),
    ("increase", "increase", "増加分"),
    ("attainment", "attainment", "達成率"),
    ("share", "share", "構成比"),
    ("sum(amount)", "net amount", "金額の合計"),
    ("sum(quantity)", "quantity", "数量の合計"),
    ("count()", "number of lines", "行数"),
    ("half_up", "to the nearest", "四捨五入"),
    ("half_even", "to the nearest even", "偶数への丸め"),
    ("down", "down", "切り捨て"),
    ("up", "up", "切り上げ"),
    ("award", "each award", "1件ごと"),
    ("fact", "each line", "1行ごと"),
    ("tier", "each tier", "ランクごと"),
    ("at_once", "at once", "その都度"),
    ("period_end", "at the end of the period", "期間の終わり"),
    ("first_come", "first come", "先着順"),
    ("in_proportion", "in proportion", "按分"),
    ("all", "all", "全員"),
    ("true", "everything", "すべて"),
    ("false", "no", "いいえ"),
    ("full", "full ones", "満たした分"),
    ("started", "started ones", "端数も1つ"),
    ("money", "money", "金銭"),
    ("partner", "the partner itself", "パートナー本人"),
    ("period", "the period", "期間"),
    ("each", "each time", "毎回"),
    ("end", "at the end", "最後にまとめて"),
    ("as_earned", "as earned", "獲得時"),
    ("evenly", "evenly", "均等"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
program: p
currency: JPY
starts: 2026-04-01
periods: { every: quarter, grace: 5 days }
terms:
  - term: volume
    when: product.category == \"Bikes\"
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 0, rate: 1% }
      - { from: 1000, rate: 2% }
";

    #[track_caller]
    fn check(replaced: (&str, &str), en: &[&str], ja: &[&str]) {
        let text = TEXT.replace(replaced.0, replaced.1);
        assert_ne!(text, TEXT, "{replaced:?}");
        let read = |text: &str| domain::program::parse(text).into_result().expect("a program");
        let (old, new) = (read(TEXT), read(&text));
        assert_eq!(changes(Lang::En, &old, &new), en);
        assert_eq!(changes(Lang::Ja, &old, &new), ja);
    }

    #[test]
    fn changes_are_said_in_both_languages() {
        check(
            ("1000, rate: 2%", "1000, rate: 2.5%"),
            &["tier from 1,000: rate: 2% → 2.5%"],
            &["1,000からのランク：率：2% → 2.5%"],
        );
        check(
            ("from: 1000", "from: 1200"),
            &["tier from 1,000: opens from: 1,000 → 1,200"],
            &["1,000からのランク：開始値：1,000 → 1,200"],
        );
        check(
            ("all_units", "marginal"),
            &["how tiers act: on everything → each band at its own rate"],
            &["計算方法：全体に適用 → 区間ごとに適用"],
        );
        check(
            ("\"Bikes\"", "\"Gear\""),
            &["what counts: product category is “Bikes” → product category is “Gear”"],
            &["対象の条件：商品の分類が「Bikes」 → 商品の分類が「Gear」"],
        );
        check(
            ("starts: 2026-04-01", "starts: 2026-04-01\nends: 2026-12-31"),
            &["now said – last day: 2026-12-31"],
            &["追加 – 終了日：2026-12-31"],
        );
        check(
            ("      - { from: 1000, rate: 2% }\n", ""),
            &["removed – tier from 1,000: rate 2%"],
            &["削除 – 1,000からのランク：率 2%"],
        );
        check(
            ("from: 1000, rate: 2%", "from: 1000, rate: 2% }\n      - { from: 5000, rate: 4%"),
            &["new – tier from 5,000: rate 4%"],
            &["新規 – 5,000からのランク：率 4%"],
        );
    }
}
