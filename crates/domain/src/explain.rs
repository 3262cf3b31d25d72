//! Reasons in words: one sentence for each, in the languages of the product.
//!
//! The same sentences stand in the dry run, the console and the portal.

use rust_decimal::Decimal;

use crate::amount::Currency;
use crate::award::{Award, BudgetOf, Reason};
use crate::code::Unit;
use crate::program::{Names, Opens, Reading, Requirement, RowValue, Term, TermRef, Total, View};

/// A language of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lang {
    #[default]
    En,
    Ja,
}

impl Lang {
    /// The tag of the language.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ja => "ja",
        }
    }

    /// The text in this language, or the one without language, or English, or the first there is.
    pub fn of(self, names: &Names) -> Option<&str> {
        [self.tag(), "", "en"]
            .into_iter()
            .find_map(|tag| names.get(tag))
            .or_else(|| names.values().next())
            .map(String::as_str)
    }
}

/// What a reason's sentence needs to know beside the reason.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub award: &'a Award,
    pub term: &'a Term,
    /// Of amounts and of what is paid.
    pub currency: Currency,
}

/// What a total is counted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountedIn {
    Money,
    /// The unit's code, if one is known.
    Quantity(Option<String>),
    Facts,
    Plain,
}

impl Reason {
    /// The sentence, without full stop.
    pub fn text(&self, lang: Lang, context: &Context<'_>) -> String {
        let writer = Writer { lang, context };
        match self {
            Reason::Tier { tier, name, qualifier, opens } => {
                writer.tier(*tier, name.as_ref(), *qualifier, *opens)
            }
            Reason::NoTier { qualifier, lowest } => writer.no_tier(*qualifier, *lowest),
            Reason::NoRow => writer.no_row(),
            Reason::NoBaseline => writer.say(
                "there is no baseline above zero to compare with",
                "比較の基準となる実績がありません",
            ),
            Reason::BaselineMinimum { baseline, minimum } => {
                let (had, least) = (writer.total(*baseline), writer.total(*minimum));
                writer.say(
                    &format!("the baseline of {had} is below the minimum of {least}"),
                    &format!("基準の実績{had}は最低条件{least}に届きません"),
                )
            }
            Reason::After { left_out } => {
                let left_out = number(*left_out);
                writer.say(
                    &format!("{left_out} lies outside what is rated and is left out"),
                    &format!("計算対象に入らない{left_out}を除きました"),
                )
            }
            Reason::UpTo { left_out } => {
                let left_out = number(*left_out);
                writer.say(
                    &format!("{left_out} lies above what is rated at most and is left out"),
                    &format!("上限を超える{left_out}を除きました"),
                )
            }
            Reason::AtLeast { was, bound } => writer.lifted(*was, *bound, "", ""),
            Reason::AtMost { was, bound } => writer.cut(*was, *bound, "", ""),
            Reason::AtLeastInPeriod { was, bound } => {
                writer.lifted(*was, *bound, " for a partner and period", "パートナー・期間ごとの")
            }
            Reason::AtMostInPeriod { was, bound } => {
                writer.cut(*was, *bound, " for a partner and period", "パートナー・期間ごとの")
            }
            Reason::NoTarget => {
                writer.say("there is no target to compare with", "比較する目標が登録されていません")
            }
            Reason::Requires { nth, value } => writer.requires(*nth, *value),
            Reason::Frequency { left_out } => writer.say(
                &format!("{left_out} beyond the first ones that count are left out"),
                &format!("回数の上限を超える{left_out}件を除きました"),
            ),
            Reason::NetOf { by } => writer.net_of(*by),
            Reason::External => {
                writer.say("the amount was sent from outside", "金額は外部から登録されました")
            }
            Reason::Guarantee { was, amount } => {
                let (was, amount) = (writer.money(*was), writer.money(*amount));
                writer.say(
                    &format!("{was} is lifted to the guarantee of {amount}"),
                    &format!("{was}を最低保証{amount}まで引き上げました"),
                )
            }
            Reason::Budget { was, left, of, amount } => {
                let [was, left, amount] = [was, left, amount].map(|it| writer.money(*it));
                let (en, ja) = match of {
                    BudgetOf::Term => ("term", "条項"),
                    BudgetOf::Program => ("program", "プログラム"),
                };
                writer.say(
                    &format!("the {en}'s budget of {amount} leaves {left} of {was}"),
                    &format!("{ja}の予算{amount}の残りにより{was}のうち{left}となりました"),
                )
            }
            Reason::Lane { winner } => writer.say(
                &format!("term {winner} of the same lane pays instead"),
                &format!("同じ枠の条項{winner}が適用されます"),
            ),
            Reason::Skip => writer.say(
                "the partner is enrolled as counted but not paid",
                "集計のみの参加者のため支払いはありません",
            ),
            Reason::NoValue => writer.say(
                "a number is too large to be computed exactly; nothing is paid until it is mended",
                "数値が大きすぎて正確に計算できないため、修正されるまで支払いません",
            ),
        }
    }
}

struct Writer<'c> {
    lang: Lang,
    context: &'c Context<'c>,
}

impl Writer<'_> {
    fn say(&self, en: &str, ja: &str) -> String {
        match self.lang {
            Lang::En => en.to_owned(),
            Lang::Ja => ja.to_owned(),
        }
    }

    fn tier(&self, tier: u32, name: Option<&Names>, qualifier: Decimal, opens: Opens) -> String {
        let lang = self.lang;
        let called = name.and_then(|name| lang.of(name));
        let rated = self.rated(tier);
        let (label, step) = match (lang, called) {
            (Lang::En, Some(name)) => (format!("tier {tier}, {name}"), self.opens(opens)),
            (Lang::En, None) => (format!("tier {tier}"), self.opens(opens)),
            (Lang::Ja, Some(name)) => (format!("第{tier}段階「{name}」"), self.opens(opens)),
            (Lang::Ja, None) => (format!("第{tier}段階"), self.opens(opens)),
        };
        let had = self.qualifier(qualifier);
        // A table of one row without a threshold has nothing to reach.
        let only = opens == Opens::Always && self.context.term.rows.len() == 1;
        match (lang, only) {
            (_, true) => rated,
            (Lang::En, false) => {
                let verb = if self.is_singular(qualifier) { "reaches" } else { "reach" };
                format!("{had} {verb} {label}{step}: {rated}")
            }
            (Lang::Ja, false) => format!("{had}で{label}{step}に到達：{rated}"),
        }
    }

    /// Growth and shares are one thing; pieces and money are many.
    fn is_singular(&self, qualifier: Decimal) -> bool {
        self.view().is_ratio() || qualifier == Decimal::ONE
    }

    fn no_tier(&self, qualifier: Option<Decimal>, lowest: Option<Opens>) -> String {
        let had = self.qualifier(qualifier.unwrap_or_default());
        let starts = match lowest {
            Some(Opens::From(threshold)) => self.qualifier(threshold),
            Some(Opens::Above(threshold)) => {
                let threshold = self.qualifier(threshold);
                self.say(&format!("above {threshold}"), &format!("{threshold}超"))
            }
            Some(Opens::Always) | None => String::new(),
        };
        if starts.is_empty() {
            return self
                .say(&format!("{had} reach no tier"), &format!("{had}ではどの段階にも届きません"));
        }
        let verb =
            if self.is_singular(qualifier.unwrap_or_default()) { "reaches" } else { "reach" };
        self.say(
            &format!("{had} {verb} no tier; the first one opens at {starts}"),
            &format!("{had}ではどの段階にも届きません（最初の段階は{starts}から）"),
        )
    }

    fn opens(&self, opens: Opens) -> String {
        match (opens, self.lang) {
            (Opens::Always, _) => String::new(),
            (Opens::From(threshold), Lang::En) => format!(" (from {})", self.bare(threshold)),
            (Opens::Above(threshold), Lang::En) => format!(" (above {})", self.bare(threshold)),
            (Opens::From(threshold), Lang::Ja) => format!("（{}以上）", self.bare(threshold)),
            (Opens::Above(threshold), Lang::Ja) => format!("（{}超）", self.bare(threshold)),
        }
    }

    /// What the rows used come to: `2 % of 1,000,000`.
    fn rated(&self, tier: u32) -> String {
        let parts = &self.context.award.parts;
        if parts.is_empty() {
            return self.say(&format!("tier {tier} pays nothing on it"), "支払い対象はありません");
        }
        let plus = self.say(" + ", "＋");
        let mut said = Vec::new();
        for part in parts {
            let measure = part.measure.map(number).unwrap_or_default();
            match (part.value, self.lang) {
                (Some(RowValue::Rate(rate)), Lang::En) => {
                    said.push(format!("{} of {measure}", percent(rate, " %")));
                }
                (Some(RowValue::Rate(rate)), Lang::Ja) => {
                    said.push(format!("{measure}の{}", percent(rate, "%")));
                }
                (Some(RowValue::PerUnit(each)), Lang::En) => {
                    said.push(format!("{} for each of {measure}", number(each)));
                }
                (Some(RowValue::PerUnit(each)), Lang::Ja) => {
                    said.push(format!("{measure}につき1単位{}", number(each)));
                }
                (Some(RowValue::Factor(factor)), Lang::En) => {
                    said.push(format!("{} times {measure}, less what it was", number(factor)));
                }
                (Some(RowValue::Factor(factor)), Lang::Ja) => {
                    said.push(format!("{measure}の{}倍との差", number(factor)));
                }
                (None, _) => {}
            }
            if let Some(fixed) = part.fixed {
                let fixed = number(fixed);
                said.push(self.say(&format!("{fixed} fixed"), &format!("定額{fixed}")));
            }
        }
        if said.is_empty() { number(self.context.award.amount) } else { said.join(&plus) }
    }

    /// Which group no row is for.
    fn no_row(&self) -> String {
        let colon = self.say(": ", "：");
        let values = self.context.award.group.values();
        let group: Vec<String> =
            values.map(|(name, value)| format!("{name}{colon}{}", written(value))).collect();
        if group.is_empty() {
            return self.say(
                "no row of the tier table is for this group",
                "この区分に当たる段階がありません",
            );
        }
        let group = group.join(&self.say(", ", "、"));
        self.say(
            &format!("no row of the tier table is for {group}"),
            &format!("{group}に当たる段階がありません"),
        )
    }

    /// Which terms change the measure.
    fn net_of(&self, by: Decimal) -> String {
        let by = number(by);
        let terms: Vec<String> = self.context.term.net_of.iter().map(term_ref).collect();
        let terms = terms.join(&self.say(", ", "、"));
        self.say(
            &format!("what {terms} awarded changes the measure by {by}"),
            &format!("条項{terms}の支払い分により計算対象が{by}変わります"),
        )
    }

    /// What is required, and how far it is.
    fn requires(&self, nth: usize, value: Option<Decimal>) -> String {
        match self.context.term.requires.get(nth) {
            Some(Requirement::Term { term, tier }) => {
                let term = term_ref(term);
                match tier {
                    Some(tier) => self.say(
                        &format!("required is tier {tier} of term {term}, which is not reached"),
                        &format!("条件である条項{term}の第{tier}段階に届いていません"),
                    ),
                    None => self.say(
                        &format!("required is a tier of term {term}, and none is reached"),
                        &format!("条件である条項{term}の段階に届いていません"),
                    ),
                }
            }
            Some(Requirement::Reading { reading, opens }) => {
                let shown = |value| self.of_reading(reading, value);
                let what = self.reading(reading);
                let is = value.map_or_else(|| self.say("unknown", "不明"), shown);
                let (en, ja) = match opens {
                    Opens::From(least) => {
                        let least = shown(*least);
                        (format!("at least {least}"), format!("{least}以上"))
                    }
                    Opens::Above(bound) => {
                        let bound = shown(*bound);
                        (format!("more than {bound}"), format!("{bound}超"))
                    }
                    Opens::Always => (self.say("any", ""), String::new()),
                };
                self.say(
                    &format!("required is {en} for {what}, which is {is}"),
                    &format!("{what}が{is}で、条件の{ja}に届いていません"),
                )
            }
            None => self.say(
                "something that the term requires does not hold",
                "この条項が求める条件を満たしていません",
            ),
        }
    }

    /// What a requirement reads, in the words of the program.
    fn reading(&self, reading: &Reading) -> String {
        let total = match &reading.total {
            Total::Sum(expr) => format!("sum({})", expr.text()),
            Total::Max(expr) => format!("max({})", expr.text()),
            Total::Min(expr) => format!("min({})", expr.text()),
            Total::Count => "count()".to_owned(),
            Total::CountDistinct(path) => format!("count_distinct({})", path.text()),
            Total::Sets(_) => "sets".to_owned(),
        };
        match reading.view {
            View::Growth => self.say(&format!("growth of {total}"), &format!("{total}の伸び率")),
            View::Attainment => {
                self.say(&format!("attainment of {total}"), &format!("{total}の達成率"))
            }
            View::Share(_) => self.say(&format!("share of {total}"), &format!("{total}の構成比")),
            View::Increase => self.say(&format!("increase of {total}"), &format!("{total}の増加")),
            View::Total => total,
        }
    }

    fn of_reading(&self, reading: &Reading, value: Decimal) -> String {
        if reading.view.is_ratio() { percent(value, self.lang_percent()) } else { number(value) }
    }

    fn lifted(&self, was: Decimal, bound: Decimal, en: &str, ja: &str) -> String {
        let (was, bound) = (self.money(was), self.money(bound));
        self.say(
            &format!("{was} is lifted to the least{en} of {bound}"),
            &format!("{was}を{ja}下限{bound}に引き上げました"),
        )
    }

    fn cut(&self, was: Decimal, bound: Decimal, en: &str, ja: &str) -> String {
        let (was, bound) = (self.money(was), self.money(bound));
        self.say(
            &format!("{was} is cut to the most{en} of {bound}"),
            &format!("{was}を{ja}上限{bound}に抑えました"),
        )
    }

    fn view(&self) -> &View {
        self.context.term.qualifier.as_ref().map_or(&View::Total, |qualifier| &qualifier.view)
    }

    /// The qualifier as a sentence names it: `100 pieces`, `growth of 25 %`.
    fn qualifier(&self, value: Decimal) -> String {
        match (self.view(), self.lang) {
            (View::Growth, Lang::En) => format!("growth of {}", percent(value, " %")),
            (View::Growth, Lang::Ja) => format!("伸び率{}", percent(value, "%")),
            (View::Attainment, Lang::En) => format!("attainment of {}", percent(value, " %")),
            (View::Attainment, Lang::Ja) => format!("達成率{}", percent(value, "%")),
            (View::Share(_), Lang::En) => format!("a share of {}", percent(value, " %")),
            (View::Share(_), Lang::Ja) => format!("構成比{}", percent(value, "%")),
            (View::Increase, Lang::En) => format!("{} more", self.total(value)),
            (View::Increase, Lang::Ja) => format!("{}の増加", self.total(value)),
            (View::Total, _) => self.total(value),
        }
    }

    /// A threshold beside the qualifier, whose unit was said.
    fn bare(&self, threshold: Decimal) -> String {
        if self.view().is_ratio() {
            percent(threshold, self.lang_percent())
        } else {
            number(threshold)
        }
    }

    fn lang_percent(&self) -> &'static str {
        match self.lang {
            Lang::En => " %",
            Lang::Ja => "%",
        }
    }

    /// An amount of the qualifier's total.
    fn total(&self, value: Decimal) -> String {
        let term = self.context.term;
        let shown = number(value);
        match (CountedIn::of_qualifier(term), self.lang) {
            (CountedIn::Money, _) => self.money(value),
            (CountedIn::Quantity(Some(unit)), _) => format!("{shown} {unit}"),
            (CountedIn::Quantity(None), Lang::En) if value == Decimal::ONE => "1 piece".to_owned(),
            (CountedIn::Quantity(None), Lang::En) => format!("{shown} pieces"),
            (CountedIn::Quantity(None), Lang::Ja) => format!("{shown}個"),
            (CountedIn::Facts, Lang::En) if value == Decimal::ONE => "1 line".to_owned(),
            (CountedIn::Facts, Lang::En) => format!("{shown} lines"),
            (CountedIn::Facts, Lang::Ja) => format!("{shown}件"),
            (CountedIn::Plain, _) => shown,
        }
    }

    fn money(&self, value: Decimal) -> String {
        format!("{} {}", number(value), self.context.currency)
    }
}

impl CountedIn {
    /// What the qualifier's total is counted in, before it is compared with anything.
    pub fn of_qualifier(term: &Term) -> CountedIn {
        match (&term.qualifier, &term.measure) {
            (Some(qualifier), _) => of_total(&qualifier.total, qualifier.unit.as_ref(), term),
            (None, Some(measure)) => of_total(&measure.total, measure.unit.as_ref(), term),
            (None, None) => CountedIn::Plain,
        }
    }

    /// What the measure is counted in; `None` for a term that rates nothing.
    pub fn of_measure(term: &Term) -> Option<CountedIn> {
        let measure = term.measure.as_ref()?;
        Some(of_total(&measure.total, measure.unit.as_ref(), term))
    }
}

fn of_total(total: &Total, unit: Option<&Unit>, term: &Term) -> CountedIn {
    let unit = unit.or(term.unit.as_ref());
    counted_in(total, unit.map(|unit| unit.as_str().to_owned()))
}

fn counted_in(total: &Total, unit: Option<String>) -> CountedIn {
    match total {
        Total::Sum(expr) | Total::Max(expr) | Total::Min(expr) => {
            let fields = expr.walk_fields();
            let names = |what: &str| {
                fields.iter().any(|field| field == what || field.ends_with(&format!(".{what}")))
            };
            if names("amount") {
                CountedIn::Money
            } else if names("quantity") {
                CountedIn::Quantity(unit)
            } else {
                CountedIn::Plain
            }
        }
        Total::Count => CountedIn::Facts,
        Total::CountDistinct(_) | Total::Sets(_) => CountedIn::Plain,
    }
}

/// A value of a group; a line may lack it.
fn written(value: &str) -> &str {
    if value.is_empty() { "–" } else { value }
}

/// A term as the program names it.
fn term_ref(of: &TermRef) -> String {
    match &of.program {
        Some(program) => format!("{program}/{}", of.term),
        None => of.term.to_string(),
    }
}

/// A share of 1 in percent, at most four decimals: 0.025 is `2.5 %`.
fn percent(share: Decimal, sign: &str) -> String {
    let hundredfold = share.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(share);
    format!("{}{sign}", number(hundredfold.round_dp(4)))
}

/// With thousands separators, without trailing zeros, at most six decimals.
fn number(value: Decimal) -> String {
    let text = value.round_dp(6).normalize().to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", &*text),
    };
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at != 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if grouped == "0" && rest.is_empty() { "" } else { sign };
    if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{rest}") }
}

#[cfg(test)]
mod tests;
