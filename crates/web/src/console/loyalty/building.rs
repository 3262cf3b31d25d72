//! A promotion by a form: what it holds, and the two texts it makes: a block of the wallet, and a
//! program whose term pays under it.
//!
//! # Invariants
//!
//! * What the form adds to a wallet is the promotion and nothing else: the texts before and after
//!   are read and compared.
//! * What a text says is read back into the form that makes it. What the form cannot say stays in
//!   the text, word for word.

mod back;
mod lanes;
mod said;

use std::collections::HashMap;

use domain::yaml::{self, Tree};
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

pub use back::{Standing, changes_kind, read};
pub use lanes::{joined, placed};

use crate::console::studio::guided::number;
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
    first_only, goal, goal_in, counts_more,
    gives, unit, number, factor, base, voucher, badge, game, price,
    starts, starts_time, ends, ends_time,
    country, levels, list, who_more, enrolment,
    lane, lane_name, lane_with, lane_order,
    limit_uses, limit_uses_each, limit_points, limit_points_each, limit_vouchers, limit_liability,
    cut, days, search,
}

/// What `gives` says of a text that gives in a way the form has no words for.
pub const AS_IT_STANDS: &str = "text";

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
            lane_order: "after".into(),
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

    pub fn is_goal(&self) -> bool {
        matches!(self.rewarded.as_str(), "goal" | "whole")
    }

    /// It competes with another promotion for each sale.
    pub fn is_in_lane(&self) -> bool {
        matches!(self.lane.as_str(), "best" | "first")
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
            AS_IT_STANDS => None,
            "factor" => Some(("base", &self.base)),
            "voucher" => Some(("voucher", &self.voucher)),
            "badge" => Some(("badge", &self.badge)),
            "play" => Some(("game", &self.game)),
            _ => Some(("unit", &self.unit)),
        };
        if let Some((field, _)) = chosen.filter(|(_, chosen)| chosen.is_empty()) {
            wrong.push((field, p.needed));
        }
        if self.is_in_lane() {
            if self.lane_with.is_empty() {
                wrong.push(("lane_with", p.needed));
            }
            if self.is_goal() {
                wrong.push(("lane", lang.words().promoting.lane_each));
            }
        }
        wrong
    }

    fn wrong_numbers(&self, p: &crate::i18n::en::promotions::Promotions, wrong: &mut Vec<Wrong>) {
        let needed: [(&'static str, &String, bool); 3] = [
            ("number", &self.number, matches!(self.gives.as_str(), "fixed" | "play")),
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
}

fn above_zero(text: &str) -> bool {
    number(text).parse::<Decimal>().is_ok_and(|number| Decimal::ZERO < number)
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
