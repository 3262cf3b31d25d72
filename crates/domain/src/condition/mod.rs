//! Conditions and expressions: CEL over declared fields, exact decimals, typed before use.
//!
//! A text goes through four steps: words (`token`), a tree of them (`syntax`), names and types
//! (`resolve`, `check`, `calls`), and the typed tree (`tree`), which is evaluated on one fact after
//! another (`eval`, `field`). The parser is our own: exact decimals need the digits as written, and
//! people need the column of what is wrong.
//!
//! # Invariants
//!
//! * A parsed [`Expr`] is well typed: text is never compared with a number.
//! * Sums, differences and products are exact up to 28 digits, and quotients have 28 decimals;
//!   beyond that they are rounded to what a decimal of 96 bits holds.
//! * A missing value equals nothing: `==` and order comparisons with it are false, `!=` is true;
//!   arithmetic on it is missing too. An expression whose number is missing, overflows or divides
//!   by zero answers [`Missing`], never zero.
//! * `&&` and `||` do not depend on the order of their sides: a side that decides the result does
//!   so even if the other has no answer. So a condition may be split into its [`Expr::conjuncts`].
//! * No text, however wrong, long or deep, makes the parser panic.

mod calls;
mod check;
mod eval;
mod field;
mod resolve;
mod syntax;
mod token;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amount::{Currency, of_a_fact};
use crate::code::PartnerCode;
use crate::fact::Fact;
use crate::master::{Fields, Master};
use crate::problem::Origin;

use field::{DatePart, Field};
use tree::{Body, Conjunct, Leaf, LeafMut, Set};

/// The longest text of one expression; longer lists of codes belong under `lists`.
pub const EXPRESSION_BYTES_MAX: usize = 64 * 1024;

/// The type of a declared field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    Text,
    Number,
    /// In the fact's currency.
    Money,
    Date,
    YesNo,
    Partner,
}

/// What an expression may name beside the built-in fields.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// By full path: `fact.points_paid`, `partner.buying_group`. What is declared for `partner`
    /// holds for every partner, however a path reaches it.
    pub fields: BTreeMap<String, FieldType>,
    /// Names for `list("…")`; `None`: any name is taken on trust.
    pub lists: Option<BTreeSet<String>>,
    /// Whether expressions read a claim (`claim.cost`) and no fact.
    pub claims: Claims,
}

/// What expressions read of claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Claims {
    /// Nothing: they read facts.
    #[default]
    Nothing,
    /// A claim on a fund.
    OfFunds,
    /// A line of a claim on an agreement, with its product.
    OfAgreements,
}

/// What the place of an expression asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A condition.
    Truth,
    /// What a total adds up; only here `quantity` and `amount` may stand without `fact.`.
    Number,
    Any,
}

/// What is wrong in a text, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    /// In bytes from the start of the expression's text.
    pub offset: usize,
    pub message: String,
    pub(crate) origin: Origin,
}

impl ConditionError {
    #[track_caller]
    fn new(offset: usize, message: impl Into<String>) -> ConditionError {
        ConditionError { offset, message: message.into(), origin: Origin::here() }
    }
}

/// Why an expression has no answer for a fact; the line waits until it has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Missing {
    /// A sentence part: "`fact.amount` is missing".
    pub what: String,
    pub of: MissingOf,
}

/// What would have to arrive, where that is one thing with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingOf {
    /// By its path.
    Field(String),
    /// By its name.
    List(String),
    /// By the name of its list.
    Price(String),
    /// A division by zero, a number beyond the range, what another term awarded.
    Nothing,
}

/// A typed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    text: Arc<str>,
    body: Body,
}

/// A path such as `partner.country` or `party.distributor.code`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    text: Arc<str>,
    field: Field,
    part: Option<DatePart>,
}

/// What a path leads to; displayed, it is the canonical text for group keys: a number without
/// trailing zeros, a date in ISO.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Text(Arc<str>),
    Number(Decimal),
    Date(Date),
    YesNo(bool),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Number(number) => write!(f, "{}", number.normalize()),
            Value::Date(date) => write!(f, "{date}"),
            Value::YesNo(yes) => write!(f, "{yes}"),
        }
    }
}

/// What an expression is evaluated on: one fact, already merged with its sale if it is a return.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub fact: &'a Fact,
    /// The effective business date: what `fact.date` says, and the day on which partners are read.
    pub date: Date,
    /// Converted to the term's unit: what `quantity` and `fact.quantity` say.
    pub quantity: Option<Decimal>,
    /// Converted to the term's currency: what `amount` and `fact.amount` say.
    pub amount: Option<Decimal>,
    /// The partner of the fact on that day; its code is the fact's.
    pub partner: Option<&'a Fields>,
    pub product: Option<&'a Fields>,
    pub earner: Option<(&'a PartnerCode, &'a Fields)>,
    /// Where other partners are found, and the lists no program declares itself.
    pub master: &'a Master,
    /// The program's own lists.
    pub lists: &'a BTreeMap<String, Vec<String>>,
    /// In which prices are read; without it there are none.
    pub currency: Option<Currency>,
    /// What `awarded(…)` says.
    pub awarded: Awarded<'a>,
}

/// What `awarded(…)` says. What terms awarded is only known once they are evaluated, so a measure
/// is read without it, and once for each term it names: what it would be with one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Awarded<'a> {
    #[default]
    Unknown,
    Nothing,
    /// This term awarded 1, all others nothing.
    One(&'a str),
}

/// What an expression reads, as a set: so a condition on the product alone is asked once for a
/// product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Depends(u8);

impl Depends {
    /// Nothing: a constant.
    pub const NOTHING: Depends = Depends(0);
    /// Fields of the fact as the source wrote them, and its date.
    pub const FACT: Depends = Depends(1);
    /// The converted quantity or amount of the fact.
    pub const NUMBERS: Depends = Depends(1 << 1);
    pub const PRODUCT: Depends = Depends(1 << 2);
    /// The fact's partner, on the day.
    pub const PARTNER: Depends = Depends(1 << 3);
    pub const EARNER: Depends = Depends(1 << 4);
    /// Other partners, on the day: those that the fact or the product names, and those above the
    /// partner, of which more is read than the code in its `parent`. So what depends on
    /// [`Depends::PARTNER`] alone can only change when the partner itself does.
    pub const PARTY: Depends = Depends(1 << 5);
    pub const PRICE: Depends = Depends(1 << 6);
    pub const AWARDED: Depends = Depends(1 << 7);

    #[must_use]
    pub const fn with(self, other: Depends) -> Depends {
        Depends(self.0 | other.0)
    }

    /// Whether it reads any of these.
    pub const fn on(self, any: Depends) -> bool {
        self.0 & any.0 != 0
    }

    /// Whether it reads nothing but these.
    pub const fn only(self, these: Depends) -> bool {
        self.0 & !these.0 == 0
    }
}

impl Expr {
    /// Reads a text. On failure everything found wrong is told, in the order of the text.
    pub fn parse(
        text: &str,
        declared: &Declared,
        wanted: Wanted,
    ) -> Result<Expr, Vec<ConditionError>> {
        let body = check::body(text, declared, wanted)?;
        Ok(Expr { text: Arc::from(text.trim()), body })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the condition holds. A missing value in a comparison is an answer (see the module);
    /// an overflow, a division by zero or an unknown list is none.
    pub fn truth(&self, s: &Subject<'_>) -> Result<bool, Missing> {
        match &self.body {
            Body::Truth(conjuncts) => {
                eval::all(conjuncts.iter().map(|conjunct| &conjunct.truth), s)
                    .map_err(Missing::from)
            }
            Body::Number(_) | Body::Text(_) | Body::Date(_) => {
                let what = format!("`{}` is not a condition", self.text);
                Err(Missing { what, of: MissingOf::Nothing })
            }
        }
    }

    /// The number it comes to, as a fact adds it.
    pub fn number(&self, s: &Subject<'_>) -> Result<Decimal, Missing> {
        match &self.body {
            Body::Number(number) => number.eval(s).map(of_a_fact).map_err(Missing::from),
            Body::Truth(_) | Body::Text(_) | Body::Date(_) => {
                let what = format!("`{}` is not a number", self.text);
                Err(Missing { what, of: MissingOf::Nothing })
            }
        }
    }

    /// The value it comes to, whatever its type.
    pub fn value(&self, s: &Subject<'_>) -> Result<Value, Missing> {
        match &self.body {
            Body::Truth(_) => self.truth(s).map(Value::YesNo),
            Body::Number(number) => Ok(Value::Number(number.eval(s)?)),
            Body::Text(text) => Ok(Value::Text(Arc::from(text.eval(s)?))),
            Body::Date(date) => Ok(Value::Date(date.eval(s)?)),
        }
    }

    /// What it reads.
    pub fn depends(&self) -> Depends {
        let mut depends = Depends::NOTHING;
        self.body.visit(&mut |leaf| depends = depends.with(leaf.depends()));
        depends
    }

    /// The parts that must all hold. Something else than a condition is its own only part.
    pub fn conjuncts(&self) -> Vec<Expr> {
        match &self.body {
            Body::Truth(conjuncts) if conjuncts.len() > 1 => conjuncts
                .iter()
                .map(|conjunct| Expr {
                    text: Arc::clone(&conjunct.text),
                    body: Body::Truth(vec![conjunct.clone()]),
                })
                .collect(),
            Body::Truth(_) | Body::Number(_) | Body::Text(_) | Body::Date(_) => vec![self.clone()],
        }
    }

    /// The condition that all of them hold; `None` of none. What is no condition is left out.
    pub fn and(parts: Vec<Expr>) -> Option<Expr> {
        let single = parts.len() == 1;
        let mut text = parts.first()?.text.clone();
        let mut all: Vec<Conjunct> = Vec::new();
        for part in parts {
            if let Body::Truth(conjuncts) = part.body {
                all.extend(conjuncts);
            }
        }
        if all.is_empty() {
            return None;
        }
        if !single {
            let texts: Vec<&str> = all.iter().map(|conjunct| &*conjunct.text).collect();
            text = Arc::from(texts.join(" && "));
        }
        Some(Expr { text, body: Body::Truth(all) })
    }

    /// The fields it names, each once: `product.category`, `partner.parent.region`.
    pub fn walk_fields(&self) -> Vec<String> {
        self.names(|leaf| match leaf {
            Leaf::Field(field) => Some(field.text()),
            Leaf::List(_) | Leaf::Price(_) | Leaf::Awarded(_) => None,
        })
    }

    /// The terms whose awards it reads.
    pub fn uses_awarded(&self) -> Vec<String> {
        self.names(|leaf| if let Leaf::Awarded(term) = leaf { Some(term) } else { None })
    }

    /// The lists it names.
    pub fn lists(&self) -> Vec<String> {
        self.names(|leaf| if let Leaf::List(list) = leaf { Some(list) } else { None })
    }

    /// The price lists it names.
    pub fn price_lists(&self) -> Vec<String> {
        self.names(|leaf| if let Leaf::Price(list) = leaf { Some(list) } else { None })
    }

    /// The same with the lists looked up once and for all, to be quick on many facts. A list that
    /// is not among them is looked up on every fact, as before.
    #[must_use]
    pub fn bind(&self, lists: &BTreeMap<String, Vec<String>>) -> Expr {
        let mut bound = self.clone();
        bound.body.visit_mut(&mut |leaf| {
            if let LeafMut::Set(set) = leaf
                && let Set::Named(name) = set
                && let Some(codes) = lists.get(&**name)
            {
                let codes = codes.iter().map(|code| Box::from(code.as_str())).collect();
                *set = Set::Bound(Arc::clone(name), Arc::new(codes));
            }
        });
        bound
    }

    /// The same, reading `partner` from the earner: so are a program's `partners` meant.
    #[must_use]
    pub fn about_earner(&self) -> Expr {
        let mut about = self.clone();
        about.body.visit_mut(&mut |leaf| {
            if let LeafMut::Field(field) = leaf {
                field.start_at_earner();
            }
        });
        about
    }

    fn names<'e>(&'e self, choose: impl Fn(Leaf<'e>) -> Option<&'e str>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        self.body.visit(&mut |leaf| {
            if let Some(name) = choose(leaf)
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
            }
        });
        names
    }
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str, declared: &Declared) -> Result<Path, Vec<ConditionError>> {
        let (field, part) = check::path(text, declared)?;
        Ok(Path { text: Arc::from(text.trim()), field, part })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it ends at a partner, so that it can say who earns.
    pub fn leads_to_partner(&self) -> bool {
        self.part.is_none() && self.field.is_partner()
    }

    /// What stands at its end for this fact; a partner is its code.
    pub fn value(&self, s: &Subject<'_>) -> Option<Value> {
        match self.part {
            Some(part) => self.field.date(s).map(|date| Value::Number(part.of(date))),
            None => self.field.value(s),
        }
    }

    /// The partner at its end, whether master data knows it or not.
    pub fn partner(&self, s: &Subject<'_>) -> Option<PartnerCode> {
        self.leads_to_partner().then(|| self.field.partner(s)).flatten()
    }

    /// What it reads.
    pub fn depends(&self) -> Depends {
        self.field.depends()
    }
}

/// Everything built in that a condition or a total may name.
#[cfg(test)]
pub(crate) fn built_in() -> Vec<String> {
    let mut all = resolve::built_in();
    all.extend(calls::FUNCTIONS.map(|name| format!("{name}(")));
    all.extend(calls::METHODS.map(|name| format!(".{name}(")));
    all.extend(calls::TOTALS.map(|name| format!("{name}(")));
    all.extend(
        [" ? ", " || ", " && ", "!", "earner.", "party.", " in [", " in list("].map(str::to_owned),
    );
    all
}

#[cfg(test)]
mod tests;
