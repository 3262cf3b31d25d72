//! Evaluation of the typed tree on one fact. Nothing is allocated but the reason of a failure.

use std::cmp::Ordering;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::syntax::{Comparison, Operation};
use super::tree::{Choice, Day, Equality, Number, Set, Text, Truth};
use super::{Awarded, Missing, MissingOf, Subject};

/// Why there is no value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gap<'v> {
    /// A field without a value: equals nothing.
    Absent(&'v str),
    /// These make every condition unanswerable that needs them.
    DividedByZero(&'v str),
    Overflow(&'v str),
    List(&'v str),
    Price(&'v str),
    Awarded(&'v str),
}

impl Gap<'_> {
    fn is_absence(self) -> bool {
        matches!(self, Gap::Absent(_))
    }
}

impl From<Gap<'_>> for Missing {
    fn from(gap: Gap<'_>) -> Missing {
        let what = match gap {
            Gap::Absent(field) => format!("`{field}` is missing or not of its type"),
            Gap::DividedByZero(text) => format!("`{text}` divides by zero"),
            Gap::Overflow(text) => format!("`{text}` is beyond the range of numbers"),
            Gap::List(name) => format!("list `{name}` is not there"),
            Gap::Price(list) => format!("price list `{list}` has no price here"),
            Gap::Awarded(term) => format!("what term `{term}` awarded is not known here"),
        };
        let of = match gap {
            Gap::Absent(field) => MissingOf::Field(field.to_owned()),
            Gap::List(name) => MissingOf::List(name.to_owned()),
            Gap::Price(list) => MissingOf::Price(list.to_owned()),
            Gap::DividedByZero(_) | Gap::Overflow(_) | Gap::Awarded(_) => MissingOf::Nothing,
        };
        Missing { what, of }
    }
}

type Answer<'v, T> = Result<T, Gap<'v>>;

/// Whether all hold: no, if one surely does not, whatever is the matter with the others.
pub(super) fn all<'v>(
    parts: impl Iterator<Item = &'v Truth>,
    s: &'v Subject<'v>,
) -> Answer<'v, bool> {
    let mut unanswered = None;
    for part in parts {
        match part.holds(s) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(gap) => unanswered = unanswered.or(Some(gap)),
        }
    }
    unanswered.map_or(Ok(true), Err)
}

/// A missing value is no, where yes or no is needed.
fn no_if_absent(answer: Answer<'_, bool>) -> Answer<'_, bool> {
    match answer {
        Err(gap) if gap.is_absence() => Ok(false),
        other => other,
    }
}

/// Both values. That one has no answer counts more than that one is missing.
fn both<'v, A, B>(a: Answer<'v, A>, b: Answer<'v, B>) -> Answer<'v, (A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(gap), Ok(_)) | (Ok(_), Err(gap)) => Err(gap),
        (Err(a), Err(b)) => Err(if a.is_absence() { b } else { a }),
    }
}

/// A missing value equals nothing.
fn compare<'v, T: Ord>(
    comparison: Comparison,
    a: Answer<'v, T>,
    b: Answer<'v, T>,
) -> Answer<'v, bool> {
    match both(a, b) {
        Ok((a, b)) => Ok(comparison.accepts(a.cmp(&b))),
        Err(gap) if gap.is_absence() => Ok(comparison == Comparison::NotEqual),
        Err(gap) => Err(gap),
    }
}

impl Comparison {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::AtMost => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::AtLeast => ordering.is_ge(),
        }
    }
}

impl Truth {
    fn holds<'v>(&'v self, s: &'v Subject<'v>) -> Answer<'v, bool> {
        no_if_absent(self.eval(s))
    }

    fn eval<'v>(&'v self, s: &'v Subject<'v>) -> Answer<'v, bool> {
        match self {
            Truth::Always(answer) => Ok(*answer),
            Truth::Field(field) => field.yes_no(s).ok_or(Gap::Absent(field.text())),
            Truth::Has(field) => Ok(field.has(s)),
            Truth::Not(of) => of.holds(s).map(|holds| !holds),
            Truth::And(parts) => all(parts.iter(), s),
            Truth::Or(parts) => any(parts.iter().map(|part| part.holds(s))),
            Truth::Numbers(comparison, a, b) => compare(*comparison, a.eval(s), b.eval(s)),
            Truth::Texts(comparison, a, b) => compare(*comparison, a.eval(s), b.eval(s)),
            Truth::Dates(comparison, a, b) => compare(*comparison, a.eval(s), b.eval(s)),
            Truth::Truths(equality, a, b) => {
                let comparison = match equality {
                    Equality::Equal => Comparison::Equal,
                    Equality::NotEqual => Comparison::NotEqual,
                };
                compare(comparison, a.eval(s), b.eval(s))
            }
            Truth::In(text, set) => match text.eval(s) {
                Ok(text) => set.holds(text, s),
                Err(gap) => no_if_absent(Err(gap)),
            },
            Truth::NumberIn(number, items) => {
                let number = number.eval(s);
                any(items.iter().map(|item| compare(Comparison::Equal, number, item.eval(s))))
            }
            Truth::DateIn(date, items) => {
                let date = date.eval(s);
                any(items.iter().map(|item| compare(Comparison::Equal, date, item.eval(s))))
            }
            Truth::StartsWith(text, with) => {
                let texts = both(text.eval(s), with.eval(s));
                no_if_absent(texts.map(|(text, with)| text.starts_with(with)))
            }
            Truth::EndsWith(text, with) => {
                let texts = both(text.eval(s), with.eval(s));
                no_if_absent(texts.map(|(text, with)| text.ends_with(with)))
            }
            Truth::Contains(text, part) => {
                let texts = both(text.eval(s), part.eval(s));
                no_if_absent(texts.map(|(text, part)| text.contains(part)))
            }
            Truth::Matches(text, pattern) => {
                no_if_absent(text.eval(s).map(|text| pattern.0.is_match(text)))
            }
            Truth::Choose(choice) => choice.taken(s)?.eval(s),
        }
    }
}

/// Whether one of the answers is yes, whatever is the matter with the others.
fn any<'v>(answers: impl Iterator<Item = Answer<'v, bool>>) -> Answer<'v, bool> {
    let mut unanswered = None;
    for answer in answers {
        match answer {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(gap) => unanswered = unanswered.or(Some(gap)),
        }
    }
    unanswered.map_or(Ok(false), Err)
}

impl<T> Choice<T> {
    fn taken<'v>(&'v self, s: &'v Subject<'v>) -> Answer<'v, &'v T> {
        Ok(if self.when.holds(s)? { &self.then } else { &self.otherwise })
    }
}

impl Subject<'_> {
    fn price(&self, list: &str) -> Option<Decimal> {
        self.master.price(list, self.fact.product.as_ref()?, self.currency?, self.date)
    }
}

impl Number {
    pub fn eval<'v>(&'v self, s: &'v Subject<'v>) -> Answer<'v, Decimal> {
        match self {
            Number::Literal(number) => Ok(*number),
            Number::Field(field) => field.number(s).ok_or(Gap::Absent(field.text())),
            Number::Negate(of) => of.eval(s).map(|number| -number),
            Number::Arithmetic(operation, text, a, b) => {
                let (a, b) = (a.eval(s)?, b.eval(s)?);
                let result = match operation {
                    Operation::Add => a.checked_add(b),
                    Operation::Subtract => a.checked_sub(b),
                    Operation::Multiply => a.checked_mul(b),
                    Operation::Divide if b.is_zero() => return Err(Gap::DividedByZero(text)),
                    Operation::Divide => a.checked_div(b),
                };
                result.ok_or(Gap::Overflow(text))
            }
            Number::Part(date, part) => date.eval(s).map(|date| part.of(date)),
            Number::Price(list) => s.price(list).ok_or(Gap::Price(list)),
            Number::Awarded(term) => match s.awarded {
                Awarded::Unknown => Err(Gap::Awarded(term)),
                Awarded::Nothing => Ok(Decimal::ZERO),
                Awarded::One(of) => Ok(Decimal::from(u8::from(of == &**term))),
            },
            Number::Choose(choice) => choice.taken(s)?.eval(s),
        }
    }
}

impl Text {
    pub fn eval<'v>(&'v self, s: &'v Subject<'v>) -> Answer<'v, &'v str> {
        match self {
            Text::Literal(text) => Ok(text),
            Text::Field(field) => field.written(s).ok_or(Gap::Absent(field.text())),
            Text::Choose(choice) => choice.taken(s)?.eval(s),
        }
    }
}

impl Day {
    pub fn eval<'v>(&'v self, s: &'v Subject<'v>) -> Answer<'v, Date> {
        match self {
            Day::Literal(date) => Ok(*date),
            Day::Field(field) => field.date(s).ok_or(Gap::Absent(field.text())),
            Day::Choose(choice) => choice.taken(s)?.eval(s),
        }
    }
}

impl Set {
    fn holds<'v>(&'v self, text: &'v str, s: &'v Subject<'v>) -> Answer<'v, bool> {
        match self {
            Set::Few(items) => {
                any(items.iter().map(|item| compare(Comparison::Equal, Ok(text), item.eval(s))))
            }
            Set::Many(codes) | Set::Bound(_, codes) => Ok(codes.contains(text)),
            Set::Named(name) => {
                let list = s.lists.get(&**name).or_else(|| s.master.lists.get(&**name));
                let codes = list.ok_or(Gap::List(name))?;
                Ok(codes.iter().any(|code| code == text))
            }
        }
    }
}
