//! The typed tree: one enum for each type, so that a tree that is wrong cannot be written down.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;
use regex_lite::Regex;
use rust_decimal::Decimal;

use super::Depends;
use super::field::{DatePart, Field};
use super::syntax::{Comparison, Operation};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// INVARIANT: not empty; all must hold.
    Truth(Vec<Conjunct>),
    Number(Number),
    Text(Text),
    Date(Day),
}

/// A part of a condition with its own text, which can stand between `&&` as it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Conjunct {
    pub text: Arc<str>,
    pub truth: Truth,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Truth {
    Always(bool),
    Field(Field),
    Has(Field),
    Not(Box<Truth>),
    And(Vec<Truth>),
    Or(Vec<Truth>),
    Numbers(Comparison, Box<Number>, Box<Number>),
    Texts(Comparison, Box<Text>, Box<Text>),
    Dates(Comparison, Box<Day>, Box<Day>),
    Truths(Equality, Box<Truth>, Box<Truth>),
    In(Box<Text>, Set),
    NumberIn(Box<Number>, Vec<Number>),
    DateIn(Box<Day>, Vec<Day>),
    StartsWith(Box<Text>, Box<Text>),
    EndsWith(Box<Text>, Box<Text>),
    Contains(Box<Text>, Box<Text>),
    Matches(Box<Text>, Pattern),
    Choose(Box<Choice<Truth>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Equality {
    Equal,
    NotEqual,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Number {
    Literal(Decimal),
    Field(Field),
    Negate(Box<Number>),
    /// With its text, to say what overflowed.
    Arithmetic(Operation, Arc<str>, Box<Number>, Box<Number>),
    Part(Box<Day>, DatePart),
    Price(Arc<str>),
    Awarded(Arc<str>),
    Choose(Box<Choice<Number>>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    Literal(Arc<str>),
    Field(Field),
    Choose(Box<Choice<Text>>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Day {
    Literal(Date),
    Field(Field),
    Choose(Box<Choice<Day>>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice<T> {
    pub when: Truth,
    pub then: T,
    pub otherwise: T,
}

/// Texts to be found among.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Set {
    Few(Vec<Text>),
    Many(Arc<HashSet<Box<str>>>),
    Named(Arc<str>),
    Bound(Arc<str>, Arc<HashSet<Box<str>>>),
}

/// A regular expression, equal to another of the same text.
#[derive(Debug, Clone)]
pub(super) struct Pattern(pub Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// What a tree reads from outside.
#[derive(Clone, Copy)]
pub(super) enum Leaf<'n> {
    Field(&'n Field),
    List(&'n str),
    Price(&'n str),
    Awarded(&'n str),
}

impl Leaf<'_> {
    pub fn depends(&self) -> Depends {
        match self {
            Leaf::Field(field) => field.depends(),
            Leaf::List(_) => Depends::NOTHING,
            Leaf::Price(_) => Depends::PRICE,
            Leaf::Awarded(_) => Depends::AWARDED,
        }
    }
}

/// What of a tree can be exchanged.
pub(super) enum LeafMut<'n> {
    Field(&'n mut Field),
    Set(&'n mut Set),
}

impl Body {
    pub fn visit<'n>(&'n self, f: &mut dyn FnMut(Leaf<'n>)) {
        match self {
            Body::Truth(parts) => {
                for part in parts {
                    part.truth.visit(f);
                }
            }
            Body::Number(number) => number.visit(f),
            Body::Text(text) => text.visit(f),
            Body::Date(date) => date.visit(f),
        }
    }

    pub fn visit_mut(&mut self, f: &mut dyn FnMut(LeafMut<'_>)) {
        match self {
            Body::Truth(parts) => {
                for part in parts {
                    part.truth.visit_mut(f);
                }
            }
            Body::Number(number) => number.visit_mut(f),
            Body::Text(text) => text.visit_mut(f),
            Body::Date(date) => date.visit_mut(f),
        }
    }
}

impl Truth {
    fn visit<'n>(&'n self, f: &mut dyn FnMut(Leaf<'n>)) {
        match self {
            Truth::Always(_) => {}
            Truth::Field(field) | Truth::Has(field) => f(Leaf::Field(field)),
            Truth::Not(of) => of.visit(f),
            Truth::And(parts) | Truth::Or(parts) => {
                for part in parts {
                    part.visit(f);
                }
            }
            Truth::Numbers(_, a, b) => {
                a.visit(f);
                b.visit(f);
            }
            Truth::Dates(_, a, b) => {
                a.visit(f);
                b.visit(f);
            }
            Truth::Truths(_, a, b) => {
                a.visit(f);
                b.visit(f);
            }
            Truth::Texts(_, a, b)
            | Truth::StartsWith(a, b)
            | Truth::EndsWith(a, b)
            | Truth::Contains(a, b) => {
                a.visit(f);
                b.visit(f);
            }
            Truth::Matches(text, _) => text.visit(f),
            Truth::In(text, set) => {
                text.visit(f);
                match set {
                    Set::Few(items) => {
                        for item in items {
                            item.visit(f);
                        }
                    }
                    Set::Many(_) => {}
                    Set::Named(name) | Set::Bound(name, _) => f(Leaf::List(name)),
                }
            }
            Truth::NumberIn(number, items) => {
                number.visit(f);
                for item in items {
                    item.visit(f);
                }
            }
            Truth::DateIn(date, items) => {
                date.visit(f);
                for item in items {
                    item.visit(f);
                }
            }
            Truth::Choose(choice) => {
                choice.when.visit(f);
                choice.then.visit(f);
                choice.otherwise.visit(f);
            }
        }
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(LeafMut<'_>)) {
        match self {
            Truth::Always(_) => {}
            Truth::Field(field) | Truth::Has(field) => f(LeafMut::Field(field)),
            Truth::Not(of) => of.visit_mut(f),
            Truth::And(parts) | Truth::Or(parts) => {
                for part in parts {
                    part.visit_mut(f);
                }
            }
            Truth::Numbers(_, a, b) => {
                a.visit_mut(f);
                b.visit_mut(f);
            }
            Truth::Dates(_, a, b) => {
                a.visit_mut(f);
                b.visit_mut(f);
            }
            Truth::Truths(_, a, b) => {
                a.visit_mut(f);
                b.visit_mut(f);
            }
            Truth::Texts(_, a, b)
            | Truth::StartsWith(a, b)
            | Truth::EndsWith(a, b)
            | Truth::Contains(a, b) => {
                a.visit_mut(f);
                b.visit_mut(f);
            }
            Truth::Matches(text, _) => text.visit_mut(f),
            Truth::In(text, set) => {
                text.visit_mut(f);
                if let Set::Few(items) = set {
                    for item in items {
                        item.visit_mut(f);
                    }
                }
                f(LeafMut::Set(set));
            }
            Truth::NumberIn(number, items) => {
                number.visit_mut(f);
                for item in items {
                    item.visit_mut(f);
                }
            }
            Truth::DateIn(date, items) => {
                date.visit_mut(f);
                for item in items {
                    item.visit_mut(f);
                }
            }
            Truth::Choose(choice) => {
                choice.when.visit_mut(f);
                choice.then.visit_mut(f);
                choice.otherwise.visit_mut(f);
            }
        }
    }
}

impl Number {
    fn visit<'n>(&'n self, f: &mut dyn FnMut(Leaf<'n>)) {
        match self {
            Number::Literal(_) => {}
            Number::Field(field) => f(Leaf::Field(field)),
            Number::Negate(of) => of.visit(f),
            Number::Arithmetic(_, _, a, b) => {
                a.visit(f);
                b.visit(f);
            }
            Number::Part(date, _) => date.visit(f),
            Number::Price(list) => f(Leaf::Price(list)),
            Number::Awarded(term) => f(Leaf::Awarded(term)),
            Number::Choose(choice) => {
                choice.when.visit(f);
                choice.then.visit(f);
                choice.otherwise.visit(f);
            }
        }
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(LeafMut<'_>)) {
        match self {
            Number::Literal(_) | Number::Price(_) | Number::Awarded(_) => {}
            Number::Field(field) => f(LeafMut::Field(field)),
            Number::Negate(of) => of.visit_mut(f),
            Number::Arithmetic(_, _, a, b) => {
                a.visit_mut(f);
                b.visit_mut(f);
            }
            Number::Part(date, _) => date.visit_mut(f),
            Number::Choose(choice) => {
                choice.when.visit_mut(f);
                choice.then.visit_mut(f);
                choice.otherwise.visit_mut(f);
            }
        }
    }
}

/// Texts and dates are alike here: a literal, a field or a choice.
macro_rules! visits {
    ($($type:ident),*) => { $(
        impl $type {
            fn visit<'n>(&'n self, f: &mut dyn FnMut(Leaf<'n>)) {
                match self {
                    $type::Literal(_) => {}
                    $type::Field(field) => f(Leaf::Field(field)),
                    $type::Choose(choice) => {
                        choice.when.visit(f);
                        choice.then.visit(f);
                        choice.otherwise.visit(f);
                    }
                }
            }

            fn visit_mut(&mut self, f: &mut dyn FnMut(LeafMut<'_>)) {
                match self {
                    $type::Literal(_) => {}
                    $type::Field(field) => f(LeafMut::Field(field)),
                    $type::Choose(choice) => {
                        choice.when.visit_mut(f);
                        choice.then.visit_mut(f);
                        choice.otherwise.visit_mut(f);
                    }
                }
            }
        }
    )* };
}

visits!(Text, Day);
