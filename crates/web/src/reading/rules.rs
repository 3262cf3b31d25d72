//! What the terms of a program say, in plain sentences: who may earn, what counts, what a tier
//! looks at, what it pays on, and where it ends.
//!
//! Tiers themselves stand in a table beside; a rule that the table already shows is not repeated.

use domain::condition::Expr;
use domain::explain::CountedIn;
use domain::program::{
    BaselineOf, BelowMinimum, Compare, Members, Method, Opens, Program, Reading, Returns, RowValue,
    Term, View,
};
use rust_decimal::Decimal;

use super::{clause, standing};
use crate::format::{Money, count, quantity};
use crate::i18n::{Lang, Words, fill};
use crate::view::{Measured, Unit};

/// The sentences of a program, each once, in the order people ask for them.
pub fn rules(lang: Lang, program: &Program) -> Vec<String> {
    let mut said = vec![];
    if let Members::Where(who) = &program.partners {
        put(&mut said, fill(lang.words().terms.rule_who, &[("what", &conditions(lang, who))]));
    }
    if let Some(what) = &program.when {
        put(&mut said, fill(lang.words().terms.rule_counts, &[("what", &conditions(lang, what))]));
    }
    for term in &program.terms {
        let of = Of { lang, words: lang.words(), program, term };
        for sentence in of.sentences() {
            put(&mut said, sentence);
        }
    }
    said
}

fn put(said: &mut Vec<String>, sentence: String) {
    if !said.contains(&sentence) {
        said.push(sentence);
    }
}

/// Each part of a condition in words, all of which must hold.
pub fn conditions(lang: Lang, all: &Expr) -> String {
    let parts: Vec<String> =
        all.conjuncts().iter().map(|part| clause::say(lang, part.text())).collect();
    parts.join(lang.words().terms.clause_and)
}

struct Of<'p> {
    lang: Lang,
    words: &'static Words,
    program: &'p Program,
    term: &'p Term,
}

impl Of<'_> {
    fn sentences(&self) -> Vec<String> {
        let t = &self.words.terms;
        let mut said = vec![];
        if let Some(what) = &self.term.when {
            let what = conditions(self.lang, what);
            said.push(fill(t.rule_counts, &[("what", &what)]));
        }
        if self.term.group_by.fact {
            said.push(t.rule_each_line.into());
        }
        said.extend(self.looks_at());
        said.extend(self.minimum_baseline());
        said.extend(self.pays());
        said.extend(self.bounds());
        said.extend(self.payout());
        said.push(match self.term.returns {
            Returns::WithSale => t.rule_returns_with_sale.into(),
            Returns::OwnDate => t.rule_returns_own_date.into(),
            Returns::Ignored => t.rule_returns_ignored.into(),
        });
        if let Some(days) = self.term.periods.grace_days.filter(|days| *days > 0) {
            said.push(fill(t.rule_grace, &[("n", &count(days))]));
        }
        said
    }

    fn has_tiers(&self) -> bool {
        let rows = &self.term.rows;
        rows.len() > 1 || rows.first().is_some_and(|row| row.opens != Opens::Always)
    }

    /// What is compared with the thresholds.
    fn looks_at(&self) -> Option<String> {
        let t = &self.words.terms;
        if !self.has_tiers() {
            return None;
        }
        let view = self.term.qualifier.as_ref().map_or(&View::Total, |reading| &reading.view);
        let what = match CountedIn::of_qualifier(self.term) {
            CountedIn::Money => t.rule_of_amounts,
            CountedIn::Quantity(_) => t.rule_of_units,
            CountedIn::Facts => t.rule_of_lines,
            CountedIn::Plain => t.rule_of_points,
        };
        let before = match &self.term.compare {
            Compare::Baseline(baseline) => match baseline.of {
                BaselineOf::PriorYear => t.rule_prior_year,
                BaselineOf::PriorPeriod => t.rule_prior_period,
                BaselineOf::Figure(_) => t.rule_agreed_figure,
            },
            _ => t.rule_agreed_figure,
        };
        let compared = |template: &str| fill(template, &[("what", what), ("before", before)]);
        Some(match view {
            View::Total => fill(t.rule_tier_total, &[("what", what)]),
            View::Growth => compared(t.rule_tier_growth),
            View::Increase => compared(t.rule_tier_increase),
            View::Attainment => fill(t.rule_tier_target, &[("what", what)]),
            View::Share(of) => self.share(what, of),
        })
    }

    fn share(&self, what: &str, of: &Expr) -> String {
        let part = self.term.qualifier.as_ref().and_then(|reading: &Reading| reading.when.as_ref());
        let part = part.or(self.term.when.as_ref());
        let part = part.map(|part| conditions(self.lang, part)).unwrap_or_default();
        if of.text().trim() == "true" {
            return fill(self.words.terms.rule_tier_share_all, &[("what", what), ("part", &part)]);
        }
        let of = conditions(self.lang, of);
        fill(self.words.terms.rule_tier_share, &[("what", what), ("part", &part), ("of", &of)])
    }

    fn minimum_baseline(&self) -> Option<String> {
        let Compare::Baseline(baseline) = &self.term.compare else { return None };
        let currency = self.term.qualifier_currency_in(self.program);
        let unit = standing::unit(&CountedIn::of_qualifier(self.term), currency);
        let least = Measured { value: baseline.minimum?, unit }.text(self.lang);
        Some(fill(self.words.terms.rule_baseline_minimum, &[("amount", &least)]))
    }

    /// What is given that is no money.
    fn pays_points(&self) -> String {
        let p = &self.words.points;
        let only = self.term.rows.first().filter(|_| !self.has_tiers());
        let each = match only.and_then(|row| row.value) {
            Some(RowValue::PerUnit(each) | RowValue::Rate(each)) if !each.is_zero() => each,
            _ => return p.rule_pays_in.into(),
        };
        let every = Decimal::ONE.checked_div(each).filter(|every| every.fract().is_zero());
        match (CountedIn::of_measure(self.term), every) {
            (Some(CountedIn::Money), Some(every)) => {
                let amount = Money::new(every, self.program.currency).text(self.lang);
                fill(p.rule_point_every, &[("amount", &amount)])
            }
            _ => fill(p.rule_points_each, &[("n", &quantity(each))]),
        }
    }

    /// How tiers act, or what is paid where there are none.
    fn pays(&self) -> Option<String> {
        if self.term.reward.is_held() {
            return Some(self.pays_points());
        }
        let t = &self.words.terms;
        if self.has_tiers() {
            return Some(method(self.words, self.term.method).into());
        }
        let row = self.term.rows.first()?;
        let pays = standing::pays(row.value, row.fixed, self.currency());
        Some(fill(t.rule_pays, &[("pays", &pays.text(self.lang))]))
    }

    fn currency(&self) -> domain::amount::Currency {
        self.term.currency_in(self.program)
    }

    fn money(&self, amount: Decimal) -> String {
        Money::new(amount, self.currency()).text(self.lang)
    }

    fn bounds(&self) -> Vec<String> {
        let t = &self.words.terms;
        let limits = &self.term.limits;
        let program = self.program.limits.per_partner_period;
        let bounds = [
            (limits.per_award.at_most, t.rule_cap_award),
            (limits.per_award.at_least, t.rule_floor_award),
            (limits.per_partner_period.at_most, t.rule_cap_partner),
            (program.at_most, t.rule_cap_partner),
            (limits.per_partner.at_most, t.rule_cap_whole),
        ];
        bounds
            .into_iter()
            .filter_map(|(bound, template)| Some((self.money(bound?), template)))
            .map(|(amount, template)| fill(template, &[("amount", &amount)]))
            .collect()
    }

    fn payout(&self) -> Option<String> {
        let t = &self.words.terms;
        let amount = self.money(self.term.payout.minimum?);
        let template = match self.term.payout.below_minimum {
            BelowMinimum::Carry => t.rule_minimum_carried,
            BelowMinimum::Lapse => t.rule_minimum_lapses,
        };
        Some(fill(template, &[("amount", &amount)]))
    }
}

fn method(words: &Words, method: Method) -> &'static str {
    let t = &words.terms;
    match method {
        Method::AllUnits => t.method_all_units,
        Method::Marginal => t.method_marginal,
        Method::Stacked => t.method_stacked,
        Method::Excess => t.method_excess,
        Method::Interpolated => t.method_interpolated,
        Method::Highest => t.method_highest,
        Method::SumOfReached => t.method_sum_of_reached,
    }
}

/// What reaching the next tier brings the vendor: what is missing in sales, an estimate where it
/// is counted in anything but money.
pub fn sales_of_gap(of: &engine::views::Standing) -> Option<Money> {
    let gap = of.next.as_ref()?.gap.filter(|gap| *gap > Decimal::ZERO)?;
    let in_currency = |amount| Some(Money::new(amount, of.currency));
    if let Unit::Money(currency) = standing::unit(&of.qualified_in, of.qualified_currency) {
        return Some(Money::new(gap, currency));
    }
    let is_money = matches!(of.measured_in, Some(CountedIn::Money));
    let each = of.measure.filter(|_| is_money)?.checked_div(of.qualifier_total)?;
    in_currency(gap.checked_mul(each)?).filter(|money| money.amount > Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, en: &[&str], ja: &[&str]) {
        let program = domain::program::parse(text).value.expect("a program");
        assert_eq!(rules(Lang::En, &program), en);
        assert_eq!(rules(Lang::Ja, &program), ja);
    }

    #[test]
    fn terms_are_said_in_both_languages() {
        check(
            r#"
program: volume
name: Volume
currency: JPY
starts: 2026-04-01
partners: partner.country == "JP"
periods: { every: quarter, fiscal_year_from: april, grace: 5 days }
fields: { fact.campaign: text }
terms:
  - term: volume
    when: product.category == "Bikes" && fact.campaign != "fair"
    qualifier: sum(quantity)
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 30, rate: 1% }
      - { from: 80, rate: 1.5% }
"#,
            &[
                "For partners where partner country is “JP”.",
                "Sales count where product category is “Bikes”, and campaign is not “fair”.",
                "The tier follows from the units counted in the period.",
                "The rate of the tier reached applies to everything that counts.",
                "Returns are taken off where their sale counted.",
                "Lines that arrive up to 5 days after the period still count in it.",
            ],
            &[
                "参加できるパートナー：パートナーの国が「JP」。",
                "対象の売上：商品の分類が「Bikes」、かつキャンペーンが「fair」でない。",
                "ランクは、期間中に数えた数量で決まります。",
                "到達したランクの率を、対象の全体に適用します。",
                "返品は、その売上を数えた期間から差し引きます。",
                "期間の終了後5日以内に届いた明細も、その期間に数えます。",
            ],
        );
    }

    #[test]
    fn a_single_value_says_what_it_pays() {
        let text = "
program: launch
name: Launch
currency: JPY
starts: 2026-04-01
periods: { every: month }
terms:
  - term: bonus
    group_by: fact
    measure: sum(quantity)
    per_unit: 3000
";
        let program = domain::program::parse(text).value.expect("a program");
        let said = rules(Lang::En, &program);
        assert!(said.contains(&"Each line earns by itself.".to_string()), "{said:?}");
        assert!(said.contains(&"Pays ¥3,000 per unit.".to_string()), "{said:?}");
    }
}
