//! Fields: where a name leads, resolved once, and how its value is read from a fact.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::Offset;
use rust_decimal::Decimal;

use crate::amount::Currency;
use crate::code::{FactKey, PartnerCode, ProductCode, Unit};
use crate::master::Fields;

use super::{Depends, FieldType, Subject, Value};

/// More levels than any hierarchy has; one that goes on longer is a circle and leads nowhere.
const HIERARCHY_LEVELS_MAX: usize = 64;

/// A resolved path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    text: Arc<str>,
    kind: Kind,
    place: Place,
}

/// What a field is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Date,
    YesNo,
    /// Its value is a code, and paths may go on.
    Partner,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    Fact(FactField),
    Product(Named),
    Partner(Walk, Named),
}

/// The built-in fields of a fact, and the others by name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FactField {
    Date,
    Recorded,
    Kind,
    Key,
    Of,
    Type,
    Order,
    Line,
    Channel,
    Quantity,
    Unit,
    Amount,
    Currency,
    Partner,
    Product,
    Attribute(Box<str>),
    /// An amount in the fact's currency, converted like its own.
    Money(Box<str>),
}

/// A field of a product or partner.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Named {
    Code,
    Field(Box<str>),
}

/// From where to which partner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Walk {
    pub start: Start,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Start {
    Partner,
    Earner,
    /// By role.
    Party(Box<str>),
    /// The partner that an attribute of the fact names.
    Attribute(Box<str>),
    /// The partner that a field of the product names.
    Product(Box<str>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Parent,
    ParentOrSelf,
    Top,
    /// The partner that a field names.
    Field(Box<str>),
}

/// A member of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DatePart {
    Year,
    Month,
    Day,
    /// 1 is Monday.
    Weekday,
}

impl From<FieldType> for Kind {
    fn from(declared: FieldType) -> Kind {
        match declared {
            FieldType::Text => Kind::Text,
            FieldType::Number | FieldType::Money => Kind::Number,
            FieldType::Date => Kind::Date,
            FieldType::YesNo => Kind::YesNo,
            FieldType::Partner => Kind::Partner,
        }
    }
}

impl DatePart {
    pub const WORDS: [&str; 4] = ["year", "month", "day", "weekday"];

    pub fn from_word(word: &str) -> Option<DatePart> {
        Some(match word {
            "year" => DatePart::Year,
            "month" => DatePart::Month,
            "day" => DatePart::Day,
            "weekday" => DatePart::Weekday,
            _ => return None,
        })
    }

    pub fn of(self, date: Date) -> Decimal {
        match self {
            DatePart::Year => date.year().into(),
            DatePart::Month => date.month().into(),
            DatePart::Day => date.day().into(),
            DatePart::Weekday => date.weekday().to_monday_one_offset().into(),
        }
    }
}

impl FactField {
    /// The built-in fields with their types.
    pub const BUILT_IN: [(&str, Kind, FactField); 15] = [
        ("date", Kind::Date, FactField::Date),
        ("recorded", Kind::Date, FactField::Recorded),
        ("kind", Kind::Text, FactField::Kind),
        ("key", Kind::Text, FactField::Key),
        ("of", Kind::Text, FactField::Of),
        ("type", Kind::Text, FactField::Type),
        ("order", Kind::Text, FactField::Order),
        ("line", Kind::Text, FactField::Line),
        ("channel", Kind::Text, FactField::Channel),
        ("quantity", Kind::Number, FactField::Quantity),
        ("unit", Kind::Text, FactField::Unit),
        ("amount", Kind::Number, FactField::Amount),
        ("currency", Kind::Text, FactField::Currency),
        ("partner", Kind::Text, FactField::Partner),
        ("product", Kind::Text, FactField::Product),
    ];
}

impl Field {
    pub fn new(text: &str, kind: Kind, place: Place) -> Field {
        Field { text: Arc::from(text), kind, place }
    }

    /// The path, `quantity` alone as `fact.quantity`.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn is_partner(&self) -> bool {
        self.kind == Kind::Partner
    }

    pub fn start_at_earner(&mut self) {
        if let Place::Partner(walk, _) = &mut self.place
            && walk.start == Start::Partner
        {
            walk.start = Start::Earner;
        }
    }

    pub fn depends(&self) -> Depends {
        match &self.place {
            Place::Fact(FactField::Quantity | FactField::Amount | FactField::Money(_)) => {
                Depends::NUMBERS
            }
            Place::Fact(_) => Depends::FACT,
            Place::Product(_) => Depends::PRODUCT,
            Place::Partner(walk, named) => {
                let start = match walk.start {
                    Start::Partner => Depends::PARTNER,
                    Start::Earner => Depends::EARNER,
                    Start::Party(_) => Depends::PARTY,
                    Start::Attribute(_) => Depends::PARTY.with(Depends::FACT),
                    Start::Product(_) => Depends::PARTY.with(Depends::PRODUCT),
                };
                if walk.asks_others(named) { start.with(Depends::PARTY) } else { start }
            }
        }
    }

    /// What was written in the field; of a partner the code.
    pub fn written<'v>(&'v self, s: &'v Subject<'v>) -> Option<&'v str> {
        match &self.place {
            Place::Fact(field) => fact_text(field, s),
            Place::Product(Named::Code) => s.fact.product.as_ref().map(ProductCode::as_str),
            Place::Product(Named::Field(name)) => get(s.product?, name),
            Place::Partner(walk, Named::Code) => walk.reached(s)?.code,
            Place::Partner(walk, Named::Field(name)) => get(walk.reached(s)?.fields(s)?, name),
        }
    }

    pub fn number(&self, s: &Subject<'_>) -> Option<Decimal> {
        match &self.place {
            Place::Fact(FactField::Quantity) => s.quantity,
            Place::Fact(FactField::Amount) => s.amount,
            Place::Fact(FactField::Money(_)) => {
                let written = Decimal::from_str_exact(self.written(s)?.trim()).ok()?;
                match (s.fact.currency, s.currency) {
                    (Some(of), Some(to)) if of != to => {
                        s.master.rate(of, to, s.fact.date())?.apply(written)
                    }
                    _ => Some(written),
                }
            }
            _ => Decimal::from_str_exact(self.written(s)?.trim()).ok(),
        }
    }

    pub fn date(&self, s: &Subject<'_>) -> Option<Date> {
        match self.place {
            Place::Fact(FactField::Date) => Some(s.date),
            Place::Fact(FactField::Recorded) => {
                Some(Offset::UTC.to_datetime(s.fact.recorded).date())
            }
            _ => self.written(s)?.trim().parse().ok(),
        }
    }

    pub fn yes_no(&self, s: &Subject<'_>) -> Option<bool> {
        let written = self.written(s)?.trim();
        let is = |words: [&str; 3]| words.iter().any(|word| word.eq_ignore_ascii_case(written));
        if is(["true", "yes", "1"]) {
            Some(true)
        } else if is(["false", "no", "0"]) {
            Some(false)
        } else {
            None
        }
    }

    /// Whether it has a value that can be read as its type.
    pub fn has(&self, s: &Subject<'_>) -> bool {
        match self.kind {
            Kind::Text | Kind::Partner => self.written(s).is_some(),
            Kind::Number => self.number(s).is_some(),
            Kind::Date => self.date(s).is_some(),
            Kind::YesNo => self.yes_no(s).is_some(),
        }
    }

    pub fn value(&self, s: &Subject<'_>) -> Option<Value> {
        match self.kind {
            Kind::Text | Kind::Partner => self.written(s).map(|text| Value::Text(Arc::from(text))),
            Kind::Number => self.number(s).map(Value::Number),
            Kind::Date => self.date(s).map(Value::Date),
            Kind::YesNo => self.yes_no(s).map(Value::YesNo),
        }
    }

    /// The partner that a field of that kind names.
    pub fn partner(&self, s: &Subject<'_>) -> Option<PartnerCode> {
        let code = self.written(s)?;
        if let Some(own) = s.fact.partner.as_ref().filter(|own| own.as_str() == code) {
            return Some(own.clone());
        }
        let known = s.master.partners.get_key_value(code).map(|(known, _)| known.clone());
        Some(known.unwrap_or_else(|| PartnerCode::new(code)))
    }
}

/// The texts of a fact; its numbers and dates are read elsewhere.
fn fact_text<'v>(field: &'v FactField, s: &'v Subject<'v>) -> Option<&'v str> {
    let fact = s.fact;
    match field {
        FactField::Kind => Some(fact.kind.word()),
        FactField::Key => Some(fact.key.as_str()),
        FactField::Of => fact.of.as_ref().map(FactKey::as_str),
        FactField::Type => fact.activity_type.as_deref(),
        FactField::Order => fact.order.as_deref(),
        FactField::Line => fact.line.as_deref(),
        FactField::Channel => fact.channel.as_deref(),
        FactField::Unit => fact.unit.as_ref().map(Unit::as_str),
        FactField::Currency => fact.currency.as_ref().map(Currency::as_str),
        FactField::Partner => fact.partner.as_ref().map(PartnerCode::as_str),
        FactField::Product => fact.product.as_ref().map(ProductCode::as_str),
        FactField::Attribute(name) | FactField::Money(name) => get(&fact.attributes, name),
        FactField::Date | FactField::Recorded | FactField::Quantity | FactField::Amount => None,
    }
}

fn get<'v>(fields: &'v Fields, name: &str) -> Option<&'v str> {
    fields.get(name).map(String::as_str)
}

/// A partner on the way of a path.
struct Reached<'v> {
    /// Unknown only of a fact without a partner.
    code: Option<&'v str>,
    state: State<'v>,
}

enum State<'v> {
    /// The caller has looked already.
    Given(Option<&'v Fields>),
    InMaster,
}

impl<'v> Reached<'v> {
    fn named(code: &'v str) -> Option<Reached<'v>> {
        let code = code.trim();
        (!code.is_empty()).then_some(Reached { code: Some(code), state: State::InMaster })
    }

    fn fields(&self, s: &Subject<'v>) -> Option<&'v Fields> {
        match self.state {
            State::Given(fields) => fields,
            State::InMaster => s.master.partners.get(self.code?).map(|partner| partner.on(s.date)),
        }
    }

    /// The partner that a field names, if that is another one.
    fn follow(&self, field: &str, s: &Subject<'v>) -> Option<Reached<'v>> {
        Reached::named(get(self.fields(s)?, field)?)
    }

    fn parent(&self, s: &Subject<'v>) -> Option<Reached<'v>> {
        self.follow("parent", s).filter(|parent| parent.code != self.code)
    }
}

impl Walk {
    /// Whether more is read than the first partner's own fields, which name others by code. What
    /// others were may change on any day.
    fn asks_others(&self, named: &Named) -> bool {
        match self.steps.as_slice() {
            [] => false,
            [Step::Top] => true,
            [_] => *named != Named::Code,
            _ => true,
        }
    }

    fn reached<'v>(&'v self, s: &'v Subject<'v>) -> Option<Reached<'v>> {
        let mut reached = match &self.start {
            Start::Partner => {
                let code = s.fact.partner.as_ref().map(PartnerCode::as_str);
                Reached { code, state: State::Given(s.partner) }
            }
            Start::Earner => {
                let (code, fields) = s.earner?;
                Reached { code: Some(code.as_str()), state: State::Given(Some(fields)) }
            }
            Start::Party(role) => Reached::named(s.fact.parties.get(&**role)?.as_str())?,
            Start::Attribute(name) => Reached::named(get(&s.fact.attributes, name)?)?,
            Start::Product(name) => Reached::named(get(s.product?, name)?)?,
        };
        for step in &self.steps {
            reached = match step {
                Step::Parent => reached.parent(s)?,
                Step::ParentOrSelf => reached.parent(s).unwrap_or(reached),
                Step::Top => top(reached, s)?,
                Step::Field(name) => reached.follow(name, s)?,
            };
        }
        Some(reached)
    }
}

fn top<'v>(mut reached: Reached<'v>, s: &Subject<'v>) -> Option<Reached<'v>> {
    for _ in 0..HIERARCHY_LEVELS_MAX {
        match reached.parent(s) {
            Some(parent) => reached = parent,
            None => return Some(reached),
        }
    }
    None
}
