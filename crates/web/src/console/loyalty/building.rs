//! A promotion by a form: what it holds, and the two texts it makes: a block of the wallet, and a
//! program whose term pays under it.
//!
//! # Invariants
//!
//! * What the form adds to a wallet is the promotion and nothing else: the texts before and after
//!   are read and compared.

use std::collections::HashMap;
use std::fmt::Write;

use domain::yaml::{self, Tree};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use crate::console::studio::guided::{list, number, quoted, scalar};
use crate::i18n::Lang;

macro_rules! form {
    ($($field:ident,)*) => {
        /// The form, as it is typed. Lists are separated by commas.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Form { $(pub $field: String,)* }

        impl Form {
            /// The form as a browser sends it.
            pub fn of(fields: &HashMap<String, String>) -> Form {
                let get = |key: &str| {
                    fields.get(key).map(|text| text.trim().to_owned()).unwrap_or_default()
                };
                Form { $($field: get(stringify!($field)),)* }
            }
        }
    };
}

form! {
    wallet, code, name_en, name_ja, describe_en, describe_ja,
    rewarded, categories, brands, products, activity, coupon, least_amount, least_quantity,
    first_only, goal, goal_in,
    gives, unit, number, factor, base, voucher, badge,
    starts, starts_time, ends, ends_time,
    country, levels, list, enrolment,
    limit_uses, limit_uses_each, limit_points, limit_points_each, limit_vouchers, limit_liability,
    cut, days, search,
}

/// With what a form begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    Double,
    First,
    Goal,
    Coupon,
    Hundred,
    Own,
}

impl Template {
    pub const ALL: [Template; 6] = [
        Template::Double,
        Template::First,
        Template::Goal,
        Template::Coupon,
        Template::Hundred,
        Template::Own,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Template::Double => "double",
            Template::First => "first",
            Template::Goal => "goal",
            Template::Coupon => "coupon",
            Template::Hundred => "hundred",
            Template::Own => "own",
        }
    }

    pub fn from_word(word: &str) -> Option<Template> {
        Template::ALL.into_iter().find(|it| it.word() == word)
    }

    /// What it is called, and what it is for.
    pub fn said(self, lang: Lang) -> (&'static str, &'static str) {
        let p = &lang.words().promotions;
        match self {
            Template::Double => (p.template_double, p.template_double_help),
            Template::First => (p.template_first, p.template_first_help),
            Template::Goal => (p.template_goal, p.template_goal_help),
            Template::Coupon => (p.template_coupon, p.template_coupon_help),
            Template::Hundred => (p.template_hundred, p.template_hundred_help),
            Template::Own => (p.template_own, p.template_own_help),
        }
    }
}

/// Days that a template lasts, and that are looked back at.
const LASTS_DAYS: i32 = 30;
pub const BACK_DAYS: i32 = 90;

/// What is wrong with a field.
pub type Wrong = (&'static str, &'static str);

impl Form {
    /// What a form begins with. `unit` and `base` are the first of each that there are.
    pub fn begun(template: Template, today: Date, (unit, base): (&str, &str)) -> Form {
        let en = |of: Template| of.said(Lang::En).0.to_owned();
        let ja = |of: Template| of.said(Lang::Ja).0.to_owned();
        let ends = today.checked_add(LASTS_DAYS.days()).unwrap_or(today);
        let empty = Form {
            rewarded: "sale".into(),
            goal_in: "amount".into(),
            gives: "fixed".into(),
            unit: unit.into(),
            base: base.into(),
            starts: today.to_string(),
            ends: ends.to_string(),
            enrolment: "automatic".into(),
            cut: "refuse".into(),
            days: BACK_DAYS.to_string(),
            ..Form::default()
        };
        if template == Template::Own {
            return empty;
        }
        let named = Form { name_en: en(template), name_ja: ja(template), ..empty };
        let number = "100".to_owned();
        match template {
            Template::Double => Form { gives: "factor".into(), factor: "2".into(), ..named },
            Template::First => {
                Form { first_only: "yes".into(), number, limit_uses_each: "1".into(), ..named }
            }
            Template::Goal => {
                Form { rewarded: "goal".into(), goal: "100000".into(), number, ..named }
            }
            Template::Coupon => {
                Form { coupon: "SPRING".into(), number, limit_uses_each: "1".into(), ..named }
            }
            Template::Hundred => {
                Form { number, limit_uses: "100".into(), limit_uses_each: "1".into(), ..named }
            }
            Template::Own => named,
        }
    }

    fn is_goal(&self) -> bool {
        matches!(self.rewarded.as_str(), "goal" | "whole")
    }

    pub fn back_days(&self) -> i32 {
        self.days.parse().ok().filter(|days| (1..=1_000).contains(days)).unwrap_or(BACK_DAYS)
    }

    /// What has to be corrected before there can be texts.
    pub fn wrong(&self, lang: Lang) -> Vec<Wrong> {
        let p = &lang.words().promotions;
        let mut wrong: Vec<Wrong> = vec![];
        let mut letters = self.code.chars();
        let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic());
        if !begins || !letters.all(|sign| sign.is_ascii_alphanumeric() || sign == '-') {
            wrong.push(("code", p.bad_code));
        }
        if self.name_en.is_empty() && self.name_ja.is_empty() {
            wrong.push((lang.say("name_ja", "name_en"), p.needed));
        }
        self.wrong_numbers(p, &mut wrong);
        self.wrong_days(p, &mut wrong);
        if self.rewarded == "activity" && self.activity.is_empty() {
            wrong.push(("activity", p.needed));
        }
        if self.gives == "factor" && self.rewarded != "sale" {
            wrong.push(("gives", p.factor_each));
        }
        let chosen = match self.gives.as_str() {
            "factor" => ("base", &self.base),
            "voucher" => ("voucher", &self.voucher),
            "badge" => ("badge", &self.badge),
            _ => ("unit", &self.unit),
        };
        if chosen.1.is_empty() {
            wrong.push((chosen.0, p.needed));
        }
        wrong
    }

    fn wrong_numbers(&self, p: &crate::i18n::en::promotions::Promotions, wrong: &mut Vec<Wrong>) {
        let needed: [(&'static str, &String, bool); 3] = [
            ("number", &self.number, self.gives == "fixed"),
            ("factor", &self.factor, self.gives == "factor"),
            ("goal", &self.goal, self.is_goal()),
        ];
        let maybe: [(&'static str, &String); 8] = [
            ("least_amount", &self.least_amount),
            ("least_quantity", &self.least_quantity),
            ("limit_uses", &self.limit_uses),
            ("limit_uses_each", &self.limit_uses_each),
            ("limit_points", &self.limit_points),
            ("limit_points_each", &self.limit_points_each),
            ("limit_vouchers", &self.limit_vouchers),
            ("limit_liability", &self.limit_liability),
        ];
        let asked = needed.into_iter().filter(|(.., is_asked)| *is_asked);
        let typed = maybe.into_iter().filter(|(_, text)| !text.is_empty());
        for (field, text) in asked.map(|(field, text, _)| (field, text)).chain(typed) {
            let is_number = above_zero(text);
            if !is_number {
                wrong.push((field, if text.is_empty() { p.needed } else { p.bad_number }));
            }
        }
    }

    fn wrong_days(&self, p: &crate::i18n::en::promotions::Promotions, wrong: &mut Vec<Wrong>) {
        let time = |text: &str| text.is_empty() || text.parse::<Time>().is_ok();
        let starts = self.starts.parse::<Date>().ok();
        if starts.is_none() {
            wrong.push(("starts", p.needed));
        }
        if !time(&self.starts_time) {
            wrong.push(("starts_time", p.bad_time));
        }
        if !time(&self.ends_time) {
            wrong.push(("ends_time", p.bad_time));
        }
        let limits =
            [&self.limit_uses, &self.limit_points, &self.limit_vouchers, &self.limit_liability];
        if self.ends.is_empty() {
            if self.rewarded == "whole" {
                wrong.push(("ends", p.needed));
            } else if limits.iter().all(|limit| limit.is_empty()) {
                wrong.push(("ends", p.need_end));
            }
            return;
        }
        match self.ends.parse::<Date>() {
            Err(_) => wrong.push(("ends", p.needed)),
            Ok(ends) if starts.is_some_and(|starts| ends < starts) => {
                wrong.push(("ends", p.ends_first));
            }
            Ok(_) => {}
        }
    }

    /// The block of the promotion in the wallet, without indentation.
    pub fn block(&self) -> String {
        let mut text = format!("{}:\n", scalar(&self.code));
        // Writing to a text cannot fail.
        let mut line = |line: String| {
            let _ = writeln!(text, "  {line}");
        };
        let names = in_languages(&self.name_en, &self.name_ja);
        if let Some(names) = names {
            line(format!("name: {names}"));
        }
        let described = in_languages(&self.describe_en, &self.describe_ja);
        if let Some(names) = described {
            line(format!("description: {names}"));
        }
        line(format!("starts: {}", moment(&self.starts, &self.starts_time)));
        if !self.ends.is_empty() {
            line(format!("ends: {}", moment(&self.ends, &self.ends_time)));
        }
        if self.enrolment == "required" {
            line("enrol: required".into());
        }
        let who = [
            one_of("partner.country", &self.country),
            one_of("partner.level", &self.levels),
            one_of("partner.code", &self.list),
        ];
        if let Some(who) = all_of(who.into_iter().flatten()) {
            line(format!("when: {who}"));
        }
        let limits = [
            ("uses", &self.limit_uses),
            ("uses_per_partner", &self.limit_uses_each),
            ("points", &self.limit_points),
            ("points_per_partner", &self.limit_points_each),
            ("vouchers", &self.limit_vouchers),
            ("liability", &self.limit_liability),
        ];
        let limits: Vec<String> = limits
            .iter()
            .filter(|(_, limit)| !limit.is_empty())
            .map(|(key, limit)| format!("{key}: {}", scalar(&number(limit))))
            .collect();
        if !limits.is_empty() {
            line(format!("limits: {{ {} }}", limits.join(", ")));
            if self.cut == "cut" {
                line("cut: true".into());
            }
        }
        text
    }

    /// The program that pays under it, in this money and zone.
    pub fn program(&self, currency: &str, time_zone: &str) -> String {
        let mut text = String::new();
        let mut line = |line: String| {
            let _ = writeln!(text, "{line}");
        };
        line(format!("program: {}", scalar(&self.code)));
        let names = in_languages(&self.name_en, &self.name_ja);
        if let Some(names) = names {
            line(format!("name: {names}"));
        }
        let described = in_languages(&self.describe_en, &self.describe_ja);
        if let Some(names) = described {
            line(format!("description: {names}"));
        }
        line(format!("currency: {}", scalar(currency)));
        line(format!("time_zone: {}", scalar(time_zone)));
        line(format!("starts: {}", scalar(&self.starts)));
        if !self.ends.is_empty() {
            line(format!("ends: {}", scalar(&self.ends)));
        }
        let is_month = self.rewarded == "goal" || self.ends.is_empty();
        let every = if is_month { "month" } else { "program" };
        line(format!("periods: {{ every: {every} }}"));
        if !self.coupon.is_empty() {
            line("fields: { fact.coupon: text }".into());
        }
        line("terms:".into());
        line("  - term: bonus".into());
        if self.rewarded == "activity" {
            line("    facts: [activity]".into());
        }
        self.counts().into_iter().for_each(|counts| line(format!("    when: {counts}")));
        self.pays(&mut line);
        line(format!("    reward: {{ {}, promotion: {} }}", self.reward(), scalar(&self.code)));
        text
    }

    /// Which facts count.
    fn counts(&self) -> Option<String> {
        let at_least = |path: &str, least: &str| {
            (!least.is_empty()).then(|| format!("{path} >= {}", number(least)))
        };
        let parts = [
            one_of("product.category", &self.categories),
            one_of("product.brand", &self.brands),
            one_of("product.code", &self.products),
            one_of("fact.type", if self.rewarded == "activity" { &self.activity } else { "" }),
            one_of("fact.coupon", &self.coupon),
            at_least("fact.amount", &self.least_amount),
            at_least("fact.quantity", &self.least_quantity),
        ];
        all_of(parts.into_iter().flatten())
    }

    /// How much it gives.
    fn pays(&self, line: &mut dyn FnMut(String)) {
        let fixed =
            if self.gives == "fixed" { scalar(&number(&self.number)) } else { "1".to_owned() };
        if self.is_goal() {
            let total = if self.goal_in == "quantity" { "sum(quantity)" } else { "sum(amount)" };
            line(format!("    qualifier: {total}"));
            line("    method: highest".into());
            let goal = scalar(&number(&self.goal));
            line(format!("    tiers: [ {{ from: {goal}, fixed: {fixed} }} ]"));
            line("    settle: at_once".into());
            return;
        }
        line("    group_by: fact".into());
        if self.first_only == "yes" {
            line("    frequency: { first: 1, per: program }".into());
        }
        if self.gives == "factor" {
            let base: String = self.base.chars().filter(|sign| *sign != '"').collect();
            line(format!("    measure: 'sum(awarded(\"{}\"))'", base.replace('\'', "")));
            line(format!("    factor: {}", scalar(&number(&self.factor))));
        } else {
            line(format!("    fixed: {fixed}"));
        }
    }

    fn reward(&self) -> String {
        match self.gives.as_str() {
            "voucher" => format!("voucher: {}", scalar(&self.voucher)),
            "badge" => format!("badge: {}", scalar(&self.badge)),
            _ => format!("points: {}", scalar(&self.unit)),
        }
    }
}

fn above_zero(text: &str) -> bool {
    number(text).parse::<Decimal>().is_ok_and(|number| Decimal::ZERO < number)
}

/// A day, or a moment of it.
fn moment(day: &str, time: &str) -> String {
    let at = day.parse::<Date>().ok().zip(time.parse::<Time>().ok());
    match at {
        Some((day, time)) => DateTime::from_parts(day, time).to_string(),
        None => scalar(day),
    }
}

fn in_languages(en: &str, ja: &str) -> Option<String> {
    let said: Vec<String> = [("en", en), ("ja", ja)]
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(tag, text)| format!("{tag}: {}", quoted(text)))
        .collect();
    (!said.is_empty()).then(|| format!("{{ {} }}", said.join(", ")))
}

/// That a field has one of these values.
fn one_of(path: &str, values: &str) -> Option<String> {
    let values: Vec<String> = list(values).iter().map(|value| quoted(value)).collect();
    match values.as_slice() {
        [] => None,
        [one] => Some(format!("{path} == {one}")),
        many => Some(format!("{path} in [{}]", many.join(", "))),
    }
}

/// That all of it holds, as one text of YAML.
fn all_of(parts: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = parts.collect();
    (!all.is_empty()).then(|| format!("'{}'", all.join(" && ").replace('\'', "''")))
}

/// The text of a wallet with one more promotion, everything else as it stands. `None` if it
/// cannot be read.
pub fn with_promotion(wallet: &str, block: &str) -> Option<String> {
    let indented = |by: &str| {
        let line = |line| format!("{by}{line}");
        block.lines().map(line).collect::<Vec<String>>().join("\n") + "\n"
    };
    let lines: Vec<&str> = wallet.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("promotions:"));
    let Some(at) = at else {
        return Some(format!("{}\n\npromotions:\n{}", wallet.trim_end(), indented("  ")));
    };
    let rest = lines.get(at)?.strip_prefix("promotions:")?;
    let rest = rest.split(" #").next().unwrap_or_default().trim();
    let (head, tail) = (lines.get(..at)?.join("\n"), lines.get(at + 1..)?.join("\n"));
    let own = match rest {
        "" => {
            let next = lines
                .get(at + 1..)?
                .iter()
                .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
            let width = next.map_or(2, |line| line.len() - line.trim_start().len());
            let by = " ".repeat(if width == 0 { 2 } else { width });
            format!("promotions:\n{}", indented(&by))
        }
        "{}" | "{ }" => format!("promotions:\n{}", indented("  ")),
        _ => return rewritten(wallet, &lines, at, block),
    };
    let before = if head.is_empty() { String::new() } else { format!("{head}\n") };
    Some(format!("{before}{own}{tail}\n"))
}

/// The same where all promotions stand in braces: they are written anew, each on lines of its own.
fn rewritten(wallet: &str, lines: &[&str], at: usize, block: &str) -> Option<String> {
    let root = yaml::parse(wallet).ok()?.root;
    let Tree::Map(own) = Tree::from(root.get("promotions")?) else { return None };
    let Tree::Map(new) = Tree::from(&yaml::parse(block).ok()?.root) else { return None };
    let all = Tree::Map(own.into_iter().chain(new).collect());
    let written = yaml::write(&Tree::Map(vec![("promotions".into(), all)]));
    let begins = |line: &&str| line.starts_with(|sign: char| sign.is_ascii_alphabetic());
    let behind = lines.get(at + 1..)?.iter().position(begins);
    let rest = behind.map_or(&[][..], |behind| lines.get(at + 1 + behind..).unwrap_or_default());
    let whole = |lines: &[&str]| {
        if lines.is_empty() { String::new() } else { lines.join("\n") + "\n" }
    };
    Some(format!("{}{written}{}", whole(lines.get(..at)?), whole(rest)))
}

#[cfg(test)]
mod tests;
