//! What a form says in the two texts: entry by entry, and as texts of their own.

use std::fmt::Write;

use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use super::{AS_IT_STANDS, Form};
use crate::console::studio::guided::{list, number, quoted, scalar};

/// What a key is to say, as YAML on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    One(String),
    Map(Vec<(&'static str, String)>),
    /// The same with a name of one's own.
    Named(String, String),
}

impl Says {
    pub fn raw(&self) -> String {
        match self {
            Says::One(raw) => raw.clone(),
            Says::Map(_) | Says::Named(..) => {
                let entries: Vec<String> =
                    self.entries().iter().map(|(key, raw)| format!("{key}: {raw}")).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// What stands within.
    pub fn entries(&self) -> Vec<(String, String)> {
        match self {
            Says::One(_) => vec![],
            Says::Map(all) => {
                all.iter().map(|(key, raw)| ((*key).to_owned(), raw.clone())).collect()
            }
            Says::Named(key, raw) => vec![(scalar(key), raw.clone())],
        }
    }
}

/// Keys with what they say, in the order in which they are written.
pub type Entries = Vec<(&'static str, Says)>;

impl Form {
    /// The block of the promotion in the wallet, without indentation.
    pub fn block(&self) -> String {
        let entries = self.of_promotion();
        let mut text = format!("{}:\n", scalar(&self.code));
        for (key, says) in entries {
            let _ = writeln!(text, "  {key}: {}", says.raw());
        }
        text
    }

    /// The program that pays under it, in this money and zone.
    pub fn program(&self, currency: &str, time_zone: &str) -> String {
        let mut text = format!("program: {}\n", scalar(&self.code));
        for (key, says) in self.of_program((currency, time_zone)) {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{key}: {}", says.raw());
        }
        text.push_str("terms:\n");
        for line in self.term("bonus").lines() {
            let _ = writeln!(text, "  {line}");
        }
        text
    }

    /// The term that pays, as an item of a list, without a lane: which one is known where it stands.
    pub fn term(&self, code: &str) -> String {
        let mut text = format!("- term: {}\n", scalar(code));
        for (key, says) in self.of_term().into_iter().filter(|(key, _)| *key != "lane") {
            let _ = writeln!(text, "  {key}: {}", says.raw());
        }
        text
    }

    /// What the wallet says of the promotion.
    pub fn of_promotion(&self) -> Entries {
        let mut said = self.called();
        said.push(("starts", Says::One(moment(&self.starts, &self.starts_time))));
        if !self.ends.is_empty() {
            said.push(("ends", Says::One(moment(&self.ends, &self.ends_time))));
        }
        if self.enrolment == "required" {
            said.push(("enrol", Says::One("required".into())));
        }
        let who = [
            one_of("partner.country", &self.country),
            one_of("partner.level", &self.levels),
            one_of("partner.code", &self.list),
            further(&self.who_more),
        ];
        said.extend(all_of(who.into_iter().flatten()).map(|who| ("when", Says::One(who))));
        let limits = [
            ("uses", &self.limit_uses),
            ("uses_per_partner", &self.limit_uses_each),
            ("points", &self.limit_points),
            ("points_per_partner", &self.limit_points_each),
            ("vouchers", &self.limit_vouchers),
            ("liability", &self.limit_liability),
        ];
        let limits: Vec<(&str, String)> = limits
            .into_iter()
            .filter(|(_, limit)| !limit.is_empty())
            .map(|(key, limit)| (key, scalar(&number(limit))))
            .collect();
        if !limits.is_empty() {
            said.push(("limits", Says::Map(limits)));
            if self.cut == "cut" {
                said.push(("cut", Says::One("true".into())));
            }
        }
        said
    }

    /// What the head of the program says.
    pub fn of_program(&self, (currency, time_zone): (&str, &str)) -> Entries {
        let mut said = self.called();
        said.push(("currency", Says::One(scalar(currency))));
        said.push(("time_zone", Says::One(scalar(time_zone))));
        said.push(("starts", Says::One(scalar(&self.starts))));
        if !self.ends.is_empty() {
            said.push(("ends", Says::One(scalar(&self.ends))));
        }
        let is_month = self.rewarded == "goal" || self.ends.is_empty();
        let every = if is_month { "month" } else { "program" };
        said.push(("periods", Says::Map(vec![("every", every.into())])));
        if !self.coupon.is_empty() {
            said.push(("fields", Says::Map(vec![("fact.coupon", "text".into())])));
        }
        if self.is_in_lane() {
            said.push(("lanes", Says::Named(self.lane_name.clone(), self.lane.clone())));
        }
        said
    }

    /// What the term says that pays.
    pub fn of_term(&self) -> Entries {
        let mut said: Entries = vec![];
        if self.rewarded == "activity" {
            said.push(("facts", Says::One("[activity]".into())));
        }
        said.extend(self.counts().map(|counts| ("when", Says::One(counts))));
        if self.gives != AS_IT_STANDS {
            self.pays(&mut said);
        }
        if self.is_in_lane() {
            said.push(("lane", Says::One(scalar(&self.lane_name))));
        }
        let promotion = ("promotion", scalar(&self.code));
        let reward = if self.gives == AS_IT_STANDS {
            vec![promotion]
        } else {
            vec![self.reward(), promotion]
        };
        said.push(("reward", Says::Map(reward)));
        said
    }

    /// Names and descriptions.
    fn called(&self) -> Entries {
        let names = in_languages(&self.name_en, &self.name_ja).map(|names| ("name", names));
        let described = in_languages(&self.describe_en, &self.describe_ja);
        names.into_iter().chain(described.map(|said| ("description", said))).collect()
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
            further(&self.counts_more),
        ];
        all_of(parts.into_iter().flatten())
    }

    /// How much it gives.
    fn pays(&self, said: &mut Entries) {
        let fixed = match self.gives.as_str() {
            "fixed" => scalar(&number(&self.number)),
            "play" => self.plays_cost(),
            _ => "1".to_owned(),
        };
        let mut say = |key: &'static str, raw: String| said.push((key, Says::One(raw)));
        if self.is_goal() {
            let total = if self.goal_in == "quantity" { "sum(quantity)" } else { "sum(amount)" };
            say("qualifier", total.into());
            say("method", "highest".into());
            let goal = scalar(&number(&self.goal));
            say("tiers", format!("[ {{ from: {goal}, fixed: {fixed} }} ]"));
            say("settle", "at_once".into());
            return;
        }
        say("group_by", "fact".into());
        if self.gives == "factor" {
            let base: String = self.base.chars().filter(|sign| *sign != '"').collect();
            say("measure", format!("'sum(awarded(\"{}\"))'", base.replace('\'', "")));
            say("factor", scalar(&number(&self.factor)));
        } else {
            say("fixed", fixed);
        }
        if self.first_only == "yes" {
            let first = vec![("first", "1".to_owned()), ("per", "program".to_owned())];
            said.push(("frequency", Says::Map(first)));
        }
    }

    /// What so many plays of a game cost: as much of its currency is given.
    fn plays_cost(&self) -> String {
        let plays = number(&self.number).parse::<Decimal>().ok();
        let price = number(&self.price).parse::<Decimal>().ok();
        let cost = plays.zip(price).and_then(|(plays, price)| plays.checked_mul(price));
        cost.map_or_else(|| scalar(&number(&self.number)), |cost| cost.normalize().to_string())
    }

    fn reward(&self) -> (&'static str, String) {
        match self.gives.as_str() {
            "voucher" => ("voucher", scalar(&self.voucher)),
            "badge" => ("badge", scalar(&self.badge)),
            _ => ("points", scalar(&self.unit)),
        }
    }
}

/// A day, or a moment of it.
fn moment(day: &str, time: &str) -> String {
    let at = day.parse::<Date>().ok().zip(time.parse::<Time>().ok());
    match at {
        Some((day, time)) => DateTime::from_parts(day, time).to_string(),
        None => scalar(day),
    }
}

fn in_languages(en: &str, ja: &str) -> Option<Says> {
    let said: Vec<(&'static str, String)> = [("en", en), ("ja", ja)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(tag, text)| (tag, quoted(text)))
        .collect();
    (!said.is_empty()).then_some(Says::Map(said))
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

/// A condition that was typed as such. One of several alternatives stands in brackets.
fn further(text: &str) -> Option<String> {
    let text = text.trim();
    match text {
        "" => None,
        _ if 1 < parts(text, "||").len() || 1 < parts(text, "?").len() => Some(format!("({text})")),
        _ => Some(text.to_owned()),
    }
}

/// That all of it holds, as one text of YAML.
fn all_of(parts: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = parts.collect();
    (!all.is_empty()).then(|| format!("'{}'", all.join(" && ").replace('\'', "''")))
}

/// The parts of a condition between signs that stand in no brackets and no quotes.
pub fn parts(text: &str, between: &str) -> Vec<String> {
    let (mut depth, mut quote, mut found, mut from) = (0_i32, None, vec![], 0);
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        match (quote, sign) {
            (Some(_), '\\') => drop(signs.next()),
            (Some(open), _) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, _) => {
                let is_here = text.get(at..).is_some_and(|rest| rest.starts_with(between));
                if depth == 0 && from <= at && is_here {
                    found.push(text.get(from..at).unwrap_or_default().trim().to_owned());
                    from = at + between.len();
                }
            }
        }
    }
    found.push(text.get(from..).unwrap_or_default().trim().to_owned());
    found
}
