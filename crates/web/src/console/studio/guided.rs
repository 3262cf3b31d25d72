//! The form for a program: what it holds, the text it makes, and how a text is read back into it.
//!
//! # Invariants
//!
//! * What the form shows of a text is all the text says: read back and written again it is the same
//!   program, or else the form is not shown.

use std::collections::HashMap;
use std::fmt::Write;

use domain::program::{
    Bounds, Change, Every, Members, Method, Names, Opens, Program, Row, RowValue, Thresholds, show,
};
use rust_decimal::Decimal;

/// A row of the tier table, as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tier {
    pub from: String,
    pub value: String,
    pub name: String,
}

/// The form, as it is typed. Lists are separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guided {
    /// What makes it a later version, as it stands in the text.
    pub header: String,
    pub code: String,
    pub name_en: String,
    pub name_ja: String,
    pub currency: String,
    pub time_zone: String,
    pub starts: String,
    pub ends: String,
    pub every: String,
    pub fiscal_year_from: String,
    pub grace: String,
    pub partners: String,
    pub country: String,
    pub regions: String,
    pub levels: String,
    pub categories: String,
    pub products: String,
    /// `amount`, `quantity` or `growth`.
    pub qualifier: String,
    /// `amount`, `quantity` or `fixed`.
    pub basis: String,
    pub method: String,
    pub tiers: Vec<Tier>,
    pub cap_award: String,
    pub cap_partner: String,
    pub minimum: String,
}

/// No form has more tiers.
pub const TIERS_MAX: usize = 20;
pub const EVERY: [&str; 5] = ["month", "quarter", "half", "year", "program"];
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Guided {
    /// The form as a browser sends it.
    pub fn of(fields: &HashMap<String, String>) -> Guided {
        let get =
            |key: &str| fields.get(key).map(|text| text.trim().to_owned()).unwrap_or_default();
        let tier = |at: usize| Tier {
            from: get(&format!("from{at}")),
            value: get(&format!("value{at}")),
            name: get(&format!("name{at}")),
        };
        let mut tiers: Vec<Tier> = (0..TIERS_MAX).map(tier).collect();
        tiers.retain(|tier| *tier != Tier::default());
        Guided {
            header: get("header"),
            code: get("code"),
            name_en: get("name_en"),
            name_ja: get("name_ja"),
            currency: get("currency"),
            time_zone: get("time_zone"),
            starts: get("starts"),
            ends: get("ends"),
            every: get("every"),
            fiscal_year_from: get("fiscal_year_from"),
            grace: get("grace"),
            partners: get("partners"),
            country: get("country"),
            regions: get("regions"),
            levels: get("levels"),
            categories: get("categories"),
            products: get("products"),
            qualifier: get("qualifier"),
            basis: get("basis"),
            method: get("method"),
            tiers,
            cap_award: get("cap_award"),
            cap_partner: get("cap_partner"),
            minimum: get("minimum"),
        }
    }

    /// The text of the program.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let mut line = |line: String| {
            let _ = writeln!(text, "{line}");
        };
        line(format!("program: {}", scalar(&self.code)));
        self.header.lines().filter(|one| is_header(one)).for_each(|one| line(one.to_owned()));
        let names = [("en", &self.name_en), ("ja", &self.name_ja)];
        let named: Vec<String> = names
            .iter()
            .filter(|(_, name)| !name.is_empty())
            .map(|(tag, name)| format!("{tag}: {}", quoted(name)))
            .collect();
        if !named.is_empty() {
            line(format!("name: {{ {} }}", named.join(", ")));
        }
        line(format!("currency: {}", scalar(&self.currency)));
        if !self.time_zone.is_empty() {
            line(format!("time_zone: {}", scalar(&self.time_zone)));
        }
        line(format!("starts: {}", scalar(&self.starts)));
        if !self.ends.is_empty() {
            line(format!("ends: {}", scalar(&self.ends)));
        }
        let grace = if self.grace.is_empty() {
            String::new()
        } else {
            format!(", grace: {} days", scalar(&self.grace))
        };
        line(format!(
            "periods: {{ every: {}, fiscal_year_from: {}{grace} }}",
            scalar(&self.every),
            scalar(&self.fiscal_year_from)
        ));
        if !self.minimum.is_empty() {
            line(format!("payout: {{ minimum: {} }}", scalar(&number(&self.minimum))));
        }
        if let Some(partners) = self.members() {
            line(format!("partners: {partners}"));
        }
        line("terms:".to_owned());
        self.term(&mut line);
        text
    }

    fn members(&self) -> Option<String> {
        let codes = list(&self.partners);
        if !codes.is_empty() {
            let codes: Vec<String> = codes.iter().map(|code| quoted(code)).collect();
            return Some(format!("[{}]", codes.join(", ")));
        }
        condition(&[
            ("partner.country", &self.country),
            ("partner.region", &self.regions),
            ("partner.level", &self.levels),
        ])
    }

    fn term(&self, line: &mut dyn FnMut(String)) {
        line("  - term: main".to_owned());
        let counts =
            condition(&[("product.category", &self.categories), ("product.code", &self.products)]);
        if let Some(counts) = counts {
            line(format!("    when: {counts}"));
        }
        let is_fixed = self.basis == "fixed";
        let own = if self.basis == "quantity" { "sum(quantity)" } else { "sum(amount)" };
        match self.qualifier.as_str() {
            "growth" => {
                line("    baseline: prior_year".to_owned());
                line("    qualifier: { total: sum(amount), as: growth }".to_owned());
            }
            "quantity" if is_fixed || own != "sum(quantity)" => {
                line("    qualifier: sum(quantity)".to_owned());
            }
            "amount" if is_fixed || own != "sum(amount)" => {
                line("    qualifier: sum(amount)".to_owned());
            }
            _ => {}
        }
        if !is_fixed {
            line(format!("    measure: {own}"));
        }
        line(format!("    method: {}", scalar(&self.method)));
        line("    tiers:".to_owned());
        for tier in &self.tiers {
            let share = if self.qualifier == "growth" { "%" } else { "" };
            let from = number(&tier.from);
            let from =
                if from.is_empty() { String::new() } else { format!("from: {from}{share}, ") };
            let value = number(&tier.value);
            let value = match self.basis.as_str() {
                "fixed" => format!("fixed: {}", scalar(&value)),
                "quantity" => format!("per_unit: {}", scalar(&value)),
                _ => format!("rate: {}%", value.trim_end_matches('%')),
            };
            let name = if tier.name.is_empty() {
                String::new()
            } else {
                format!(", name: {}", quoted(&tier.name))
            };
            line(format!("      - {{ {from}{value}{name} }}"));
        }
        let caps = [("per_award", &self.cap_award), ("per_partner_period", &self.cap_partner)];
        let caps: Vec<String> = caps
            .iter()
            .filter(|(_, cap)| !cap.is_empty())
            .map(|(key, cap)| format!("{key}: {}", scalar(&number(cap))))
            .collect();
        if !caps.is_empty() {
            line(format!("    limits: {{ {} }}", caps.join(", ")));
        }
    }

    /// The form of a program, if the form can say all of it. Tests are the text's own.
    pub fn read(program: &Program) -> Option<Guided> {
        let [term] = program.terms.as_slice() else { return None };
        let bare = |number: Option<Decimal>| number.map(|n| n.normalize().to_string());
        let at_most = |bounds: Bounds| bare(bounds.at_most).unwrap_or_default();
        let mut form = Guided {
            header: header(program),
            code: program.code.to_string(),
            currency: program.currency.to_string(),
            time_zone: program.time_zone.clone(),
            starts: program.starts.to_string(),
            ends: program.ends.map(|day| day.to_string()).unwrap_or_default(),
            every: every(&term.periods.every)?.to_owned(),
            fiscal_year_from: (*MONTHS
                .get(usize::try_from(term.periods.fiscal_year_from - 1).ok()?)?)
            .to_owned(),
            grace: term.periods.grace_days.map(|days| days.to_string()).unwrap_or_default(),
            cap_award: at_most(term.limits.per_award),
            cap_partner: at_most(term.limits.per_partner_period),
            minimum: bare(term.payout.minimum).unwrap_or_default(),
            method: term.method.word().to_owned(),
            ..Guided::default()
        };
        form.name_en = named(&program.name, "en");
        form.name_ja = named(&program.name, "ja");
        match &program.partners {
            Members::All => {}
            Members::List(members) => {
                let codes: Vec<String> =
                    members.iter().map(|member| member.partner.to_string()).collect();
                form.partners = codes.join(", ");
            }
            Members::Where(condition) => {
                let said = |path| values(&condition.conjuncts(), path);
                form.country = said("partner.country");
                form.regions = said("partner.region");
                form.levels = said("partner.level");
            }
        }
        if let Some(condition) = &term.when {
            form.categories = values(&condition.conjuncts(), "product.category");
            form.products = values(&condition.conjuncts(), "product.code");
        }
        form.read_rates(term);
        let again = domain::program::parse(&form.text()).value?;
        (bare_text(&again) == bare_text(program)).then_some(form)
    }

    fn read_rates(&mut self, term: &domain::program::Term) {
        use domain::program::{Total, View};
        let word = |total: &Total| match total {
            Total::Sum(expr) if expr.text() == "quantity" => "quantity",
            _ => "amount",
        };
        let basis = term.measure.as_ref().map_or("fixed", |measure| word(&measure.total));
        basis.clone_into(&mut self.basis);
        let qualifier = match &term.qualifier {
            Some(reading) if reading.view == View::Growth => "growth",
            Some(reading) => word(&reading.total),
            None => term.measure.as_ref().map_or("amount", |measure| word(&measure.total)),
        };
        qualifier.clone_into(&mut self.qualifier);
        self.tiers = term.rows.iter().map(|row| tier(row, self.qualifier == "growth")).collect();
    }

    /// What a form begins with.
    pub fn blank(currency: &str, time_zone: &str, month: i8, starts: jiff::civil::Date) -> Guided {
        let month = usize::try_from(month.clamp(1, 12) - 1).unwrap_or(0);
        let tier = |from: &str, value: &str| Tier {
            from: from.into(),
            value: value.into(),
            name: String::new(),
        };
        Guided {
            currency: currency.to_owned(),
            time_zone: time_zone.to_owned(),
            starts: starts.to_string(),
            every: "quarter".into(),
            fiscal_year_from: MONTHS[month].into(),
            qualifier: "amount".into(),
            basis: "amount".into(),
            method: Method::AllUnits.word().into(),
            tiers: vec![tier("0", "1"), tier("1000000", "2")],
            ..Guided::default()
        }
    }
}

fn tier(row: &Row, is_ratio: bool) -> Tier {
    let hundred = Decimal::ONE_HUNDRED;
    let percent =
        |share: Decimal| share.checked_mul(hundred).unwrap_or(share).normalize().to_string();
    let from = match row.opens {
        Opens::Always => String::new(),
        Opens::From(at) | Opens::Above(at) if is_ratio => percent(at),
        Opens::From(at) | Opens::Above(at) => at.normalize().to_string(),
    };
    let value = match (row.value, row.fixed) {
        (Some(RowValue::Rate(rate)), _) => percent(rate),
        (Some(RowValue::PerUnit(value) | RowValue::Factor(value)), _) | (None, Some(value)) => {
            value.normalize().to_string()
        }
        (None, None) => String::new(),
    };
    Tier { from, value, name: row.name.as_ref().map(|names| named(names, "")).unwrap_or_default() }
}

fn named(names: &Names, tag: &str) -> String {
    names.get(tag).or_else(|| names.get("")).cloned().unwrap_or_default()
}

/// The normal form without what the writing decides: blanks, tests, and the language of a name.
fn bare_text(program: &Program) -> String {
    let mut program = program.clone();
    program.text = String::new();
    let plain = program.name.remove("");
    if let Some(name) = plain.filter(|name| *name != program.code.as_str()) {
        program.name.insert("en".into(), name.clone());
        program.name.insert("ja".into(), name);
    }
    for term in &mut program.terms {
        // The form has one term, and nobody has to call it anything.
        term.name = Names::new();
    }
    show(&program).chars().filter(|c| !c.is_whitespace() && *c != '\'').collect()
}

/// What makes it a later version.
fn header(program: &Program) -> String {
    let mut lines = vec![];
    if program.version != 1 {
        lines.push(format!("version: {}", program.version));
    }
    match program.change {
        Change::First => {}
        Change::Corrects { version } => lines.push(format!("corrects: {version}")),
        Change::Amends { from, thresholds } => {
            let split = if thresholds == Thresholds::Split { ", thresholds: split" } else { "" };
            lines.push(format!("amends: {{ from: {from}{split} }}"));
        }
    }
    lines.extend(program.recorded.map(|day| format!("recorded: {day}")));
    lines.join("\n")
}

fn is_header(line: &str) -> bool {
    ["version:", "corrects:", "amends:", "recorded:"].iter().any(|key| line.starts_with(key))
}

fn every(every: &Every) -> Option<&'static str> {
    Some(match every {
        Every::Month => "month",
        Every::Quarter => "quarter",
        Every::Half => "half",
        Every::Year => "year",
        Every::Program => "program",
        Every::Custom(_) | Every::OnDemand => return None,
    })
}

/// A number as the language writes it: people put thousands apart.
pub fn number(text: &str) -> String {
    text.chars().filter(|c| ![',', ' ', '，', '\''].contains(c)).collect()
}

/// The parts of a list that people typed.
pub fn list(text: &str) -> Vec<String> {
    let parts = text.split([',', '、', '，', '\n']);
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A text that YAML cannot take for anything else.
pub fn quoted(text: &str) -> String {
    let inside: String = text
        .chars()
        .filter(|c| !c.is_control())
        .flat_map(|c| if ['"', '\\'].contains(&c) { vec!['\\', c] } else { vec![c] })
        .collect();
    format!("\"{inside}\"")
}

/// A word as it is, unless it could be taken for more than one.
pub fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || ['-', '_', '.', '/', '%', '+'].contains(&c);
    let begins = text.chars().next().is_some_and(char::is_alphanumeric);
    if begins && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// All that is said of fields, each one of some values. Quoted as one YAML text.
fn condition(said: &[(&str, &String)]) -> Option<String> {
    let parts: Vec<String> = said
        .iter()
        .filter_map(|(path, values)| {
            let values: Vec<String> = list(values).iter().map(|value| quoted(value)).collect();
            match values.as_slice() {
                [] => None,
                [one] => Some(format!("{path} == {one}")),
                many => Some(format!("{path} in [{}]", many.join(", "))),
            }
        })
        .collect();
    (!parts.is_empty()).then(|| format!("'{}'", parts.join(" && ").replace('\'', "''")))
}

/// The values that one of these parts allows a field.
fn values(parts: &[domain::condition::Expr], path: &str) -> String {
    let part = parts.iter().find(|part| {
        let rest = part.text().trim().strip_prefix(path).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with("==") || rest.starts_with("in"))
    });
    let Some(part) = part else { return String::new() };
    // Every other piece between quotes; anything trickier is not read back as the same text.
    let inside: Vec<&str> = part.text().split('"').skip(1).step_by(2).collect();
    inside.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Guided> {
        let parsed = domain::program::parse(text);
        Guided::read(&parsed.into_result().unwrap_or_else(|p| panic!("{p:#?}\n{text}")))
    }

    fn form() -> Guided {
        Guided {
            code: "fy27-bikes".into(),
            name_en: "Bikes \"2027\"".into(),
            name_ja: "自転車".into(),
            ends: "2027-12-31".into(),
            grace: "5".into(),
            country: "JP".into(),
            levels: "gold, silver".into(),
            categories: "Bikes".into(),
            cap_award: "500000".into(),
            cap_partner: "900000".into(),
            minimum: "1000".into(),
            ..Guided::blank("JPY", "Asia/Tokyo", 4, jiff::civil::date(2027, 1, 1))
        }
    }

    #[test]
    fn what_the_form_writes_it_reads_back() {
        let tier = |from: &str, value: &str, name: &str| Tier {
            from: from.into(),
            value: value.into(),
            name: name.into(),
        };
        let forms = [
            form(),
            Guided {
                partners: "P1, P2".into(),
                country: String::new(),
                levels: String::new(),
                ..form()
            },
            Guided {
                qualifier: "quantity".into(),
                tiers: vec![tier("10", "2.5", "Gold")],
                ..form()
            },
            Guided {
                qualifier: "quantity".into(),
                basis: "quantity".into(),
                method: "marginal".into(),
                tiers: vec![tier("0", "5", ""), tier("9", "7", "")],
                ..form()
            },
            Guided { qualifier: "growth".into(), tiers: vec![tier("10", "1", "")], ..form() },
            Guided {
                basis: "fixed".into(),
                method: "highest".into(),
                tiers: vec![tier("10", "500", "")],
                ..form()
            },
            Guided { header: "version: 2\namends: { from: 2027-06-01 }".into(), ..form() },
            Guided {
                every: "program".into(),
                products: "B1, B2".into(),
                categories: String::new(),
                ends: String::new(),
                ..form()
            },
        ];
        for form in forms {
            let text = form.text();
            assert_eq!(read(&text), Some(form), "{text}");
            let program = domain::program::parse(&text).into_result().expect("a program");
            assert!(domain::program::unsupported(&program).is_empty());
        }
    }

    #[test]
    fn a_text_that_says_more_is_not_read() {
        let text = form().text();
        assert!(read(&text).is_some());
        for (old, new) in [
            ("    method", "    returns: own_date\n    method"),
            ("    method", "    group_by: [product.brand]\n    method"),
            ("partner.country == \"JP\"", "partner.country != \"JP\""),
            ("currency:", "reference: C-1\ncurrency:"),
            ("from: 0, ", "above: 0, "),
            ("terms:", "terms:\n  - { term: other, measure: sum(amount), rate: 1% }"),
        ] {
            assert!(text.contains(old), "`{old}`");
            assert_eq!(read(&text.replace(old, new)), None, "{new}");
        }
        // Comments and the way it is written say nothing more.
        assert!(read(&text.replace("currency:", "# a comment\ncurrency:")).is_some());
    }

    #[test]
    fn thousands_and_japanese_commas_are_understood() {
        let typed = Guided {
            levels: "gold、silver".into(),
            minimum: "1,000".into(),
            tiers: vec![Tier { from: "1,000,000".into(), value: "2%".into(), name: String::new() }],
            ..form()
        };
        let read = read(&typed.text()).expect("a form");
        assert_eq!((read.levels.as_str(), read.minimum.as_str()), ("gold, silver", "1000"));
        assert_eq!((read.tiers[0].from.as_str(), read.tiers[0].value.as_str()), ("1000000", "2"));
    }
}
