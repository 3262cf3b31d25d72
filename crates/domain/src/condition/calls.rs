//! Functions and the methods of text: which there are, what they take, what they come to.

use std::sync::Arc;

use jiff::civil::Date;
use regex_lite::Regex;

use crate::nearest::nearest;

use super::check::{Check, List, Typed, dotted};
use super::field::Field;
use super::syntax::{Ast, Says};
use super::tree::{Day, Number, Pattern, Set, Truth};

pub(super) const FUNCTIONS: [&str; 5] = ["has", "list", "price", "awarded", "date"];
pub(super) const METHODS: [&str; 4] = ["startsWith", "endsWith", "contains", "matches"];
pub(super) const TOTALS: [&str; 5] = ["sum", "count", "count_distinct", "max", "min"];
const MACROS: [&str; 6] = ["all", "exists", "exists_one", "map", "filter", "existsOne"];

impl<'t> Check<'t> {
    pub(super) fn function(
        &mut self,
        ast: &Ast<'t>,
        name: &str,
        at: usize,
        arguments: &[Ast<'t>],
    ) -> Option<Typed> {
        if TOTALS.contains(&name) {
            let message = format!("a total such as `{name}(…)` stands only in `total`");
            return self.wrong(at, message);
        }
        if METHODS.contains(&name) {
            let message = format!("write `x.{name}(…)`, with the text in front");
            return self.wrong(at, message);
        }
        if !FUNCTIONS.contains(&name) {
            let message = match nearest(name, FUNCTIONS.into_iter()) {
                Some(near) => format!("unknown function `{name}`; did you mean `{near}`?"),
                None => {
                    format!("unknown function `{name}`; there are `{}`", FUNCTIONS.join("`, `"))
                }
            };
            return self.wrong(at, message);
        }
        let [argument] = arguments else {
            let message = format!("`{name}` takes one argument, not {}", arguments.len());
            return self.wrong(at, message);
        };
        if name == "has" {
            return self.has(argument);
        }
        let Says::Text(literal) = &argument.says else {
            let example = if name == "date" { "2026-05-01" } else { "name" };
            let written = self.written(argument);
            let message = format!(
                "`{name}` takes a text in quotes, such as `{name}(\"{example}\")`, not `{written}`"
            );
            return self.wrong(argument.start, message);
        };
        let literal_text: Arc<str> = Arc::from(literal.as_str());
        match name {
            "price" => Some(Typed::Number(Number::Price(literal_text))),
            "awarded" => Some(Typed::Number(Number::Awarded(literal_text))),
            "list" => self.named_list(argument, literal_text),
            _ => self.date(ast, argument, literal),
        }
    }

    fn has(&mut self, argument: &Ast<'t>) -> Option<Typed> {
        if dotted(argument).is_none() {
            let message = format!(
                "`has` takes a field, such as `has(fact.channel)`, not `{}`",
                self.written(argument)
            );
            return self.wrong(argument.start, message);
        }
        // A member of a date is there when the date is.
        let (field, _): (Field, _) = self.resolved(argument)?;
        Some(Typed::Truth(Truth::Has(field)))
    }

    fn named_list(&mut self, argument: &Ast<'t>, name: Arc<str>) -> Option<Typed> {
        if let Some(known) = &self.declared.lists
            && !known.contains(&*name)
        {
            let message = match nearest(&name, known.iter().map(String::as_str)) {
                Some(near) => format!("unknown list `{name}`; did you mean `{near}`?"),
                None => format!("unknown list `{name}`; declare it under `lists`"),
            };
            return self.wrong(argument.start, message); // known lists
        }
        Some(Typed::List(List::Texts(Set::Named(name))))
    }

    fn date(&mut self, ast: &Ast<'t>, argument: &Ast<'t>, literal: &str) -> Option<Typed> {
        match literal.parse::<Date>() {
            Ok(date) if date.to_string() == literal => Some(Typed::Date(Day::Literal(date))),
            _ => {
                let message = format!(
                    "`{}` is not a date; write year, month and day such as `date(\"2026-05-01\")`",
                    self.written(ast)
                );
                self.wrong(argument.start, message)
            }
        }
    }

    pub(super) fn method(
        &mut self,
        on: &Ast<'t>,
        name: &str,
        at: usize,
        arguments: &[Ast<'t>],
    ) -> Option<Typed> {
        if MACROS.contains(&name) {
            let message =
                format!("macros such as `.{name}(…)` are not part of the language; use `in`");
            return self.wrong(at, message);
        }
        if !METHODS.contains(&name) {
            let message = match nearest(name, METHODS.into_iter()) {
                Some(near) => format!("unknown function `.{name}`; did you mean `.{near}`?"),
                None => {
                    format!("unknown function `.{name}`; text has `.{}`", METHODS.join("`, `."))
                }
            };
            return self.wrong(at, message);
        }
        let text = match self.typed(on)? {
            Typed::Text(text) => Box::new(text),
            other => {
                let message =
                    format!("`{}` is {}; `.{name}` is of text alone", self.written(on), other.is());
                return self.wrong(on.start, message);
            }
        };
        let [argument] = arguments else {
            let message = format!("`.{name}` takes one argument, not {}", arguments.len());
            return self.wrong(at, message);
        };
        if name == "matches" {
            let pattern = self.pattern(argument)?;
            return Some(Typed::Truth(Truth::Matches(text, pattern)));
        }
        let part = match self.typed(argument)? {
            Typed::Text(part) => Box::new(part),
            other => {
                let written = self.written(argument);
                let message = format!(
                    "`.{name}` takes text, but `{written}` is {}; write it in quotes",
                    other.is()
                );
                return self.wrong(argument.start, message);
            }
        };
        Some(Typed::Truth(match name {
            "startsWith" => Truth::StartsWith(text, part),
            "endsWith" => Truth::EndsWith(text, part),
            _ => Truth::Contains(text, part),
        }))
    }

    fn pattern(&mut self, argument: &Ast<'t>) -> Option<Pattern> {
        let Says::Text(literal) = &argument.says else {
            let message = "`.matches` takes a regular expression in quotes".to_owned();
            return self.wrong(argument.start, message);
        };
        match Regex::new(literal) {
            Ok(regex) => Some(Pattern(regex)),
            Err(error) => {
                let message = format!("`{literal}` is not a regular expression: {error}");
                self.wrong(argument.start, message)
            }
        }
    }
}
