//! From dotted names to fields, with the nearest known one where a name is wrong.

use crate::nearest::nearest;

use super::field::{DatePart, FactField, Field, Kind, Named, Place, Start, Step, Walk};
use super::{Claims, ConditionError, Declared, FieldType, Wanted};

const ROOTS: [&str; 5] = ["fact", "product", "partner", "earner", "party"];

/// What a claim on a fund says: it is read as a fact that says so.
const CLAIM_FIELDS: [&str; 6] = ["date", "cost", "amount", "activity", "invoice", "own_cash"];
/// Those of a line of a claim on an agreement.
const LINE_FIELDS: [&str; 6] = ["date", "quantity", "cost", "price", "sale", "method"];

const PRODUCT_FIELDS: [&str; 5] = ["code", "name", "category", "brand", "unit"];

const PARTNER_FIELDS: [&str; 10] = [
    "code",
    "name",
    "country",
    "region",
    "segment",
    "level",
    "joined",
    "parent",
    "parent_or_self",
    "top",
];

/// A word of a dotted name and where it stands.
pub(super) type Word<'t> = (&'t str, usize);

/// What a dotted name says: a field, or a member of a date field.
pub(super) type Resolved = (Field, Option<DatePart>);

/// Where the words so far have led.
enum Reached {
    Fact,
    Claim,
    Product,
    Party,
    Partner(Walk),
    Field(Field),
}

/// Resolves a name. INVARIANT: it has at least one word.
pub(super) fn resolve(
    words: &[Word<'_>],
    declared: &Declared,
    wanted: Wanted,
) -> Result<Resolved, ConditionError> {
    let (first, at) = words[0];
    let mut reached = match first {
        "claim" if declared.claims != Claims::Nothing => Reached::Claim,
        "fact" if declared.claims != Claims::Nothing => return Err(not_of_a_claim(first, at)),
        "product" if declared.claims == Claims::OfFunds => return Err(not_of_a_claim(first, at)),
        "fact" => Reached::Fact,
        "product" => Reached::Product,
        "party" => Reached::Party,
        "partner" => Reached::Partner(Walk { start: Start::Partner, steps: Vec::new() }),
        "earner" => Reached::Partner(Walk { start: Start::Earner, steps: Vec::new() }),
        "quantity" if wanted != Wanted::Truth => {
            let place = Place::Fact(FactField::Quantity);
            Reached::Field(Field::new("fact.quantity", Kind::Number, place))
        }
        "amount" if wanted != Wanted::Truth => {
            let place = Place::Fact(FactField::Amount);
            Reached::Field(Field::new("fact.amount", Kind::Number, place))
        }
        _ => return Err(unknown_root(words, declared)),
    };
    let mut path = first.to_owned();
    for (index, &(word, at)) in words.iter().enumerate().skip(1) {
        let before = path.clone();
        path.push('.');
        path.push_str(word);
        let step = Going { before: &before, path: &path, word, at, declared };
        reached = match reached {
            Reached::Fact => step.of_fact()?,
            Reached::Claim => step.of_claim()?,
            Reached::Product => step.of_product()?,
            Reached::Party => {
                Reached::Partner(Walk { start: Start::Party(word.into()), steps: Vec::new() })
            }
            Reached::Partner(walk) => step.of_partner(walk)?,
            Reached::Field(field) => {
                let part = step.of_field(&field)?;
                if let Some(&(_, at)) = words.get(index + 1) {
                    return Err(no_members(&path, "a number", at));
                }
                return Ok((field, Some(part)));
            }
        };
    }
    let example = match reached {
        Reached::Partner(walk) => {
            let place = Place::Partner(walk, Named::Code);
            return Ok((Field::new(&path, Kind::Partner, place), None));
        }
        Reached::Field(field) => return Ok((field, None)),
        Reached::Fact => "fact.channel",
        Reached::Claim => "claim.cost",
        Reached::Product => "product.category",
        Reached::Party => "party.ship_to",
    };
    let message = format!("`{first}` alone has no value; name a field of it, such as `{example}`");
    Err(ConditionError::new(at, message))
}

/// One word further.
struct Going<'a> {
    /// Without the word.
    before: &'a str,
    path: &'a str,
    word: &'a str,
    at: usize,
    declared: &'a Declared,
}

impl Going<'_> {
    fn of_fact(&self) -> Result<Reached, ConditionError> {
        let built_in = FactField::BUILT_IN.into_iter().find(|(name, _, _)| *name == self.word);
        if let Some((_, kind, field)) = built_in {
            return Ok(Reached::Field(Field::new(self.path, kind, Place::Fact(field))));
        }
        match self.declared.fields.get(self.path) {
            Some(FieldType::Partner) => Ok(Reached::Partner(Walk {
                start: Start::Attribute(self.word.into()),
                steps: Vec::new(),
            })),
            Some(&other) => {
                let word = self.word.into();
                let place = Place::Fact(match other {
                    FieldType::Money => FactField::Money(word),
                    _ => FactField::Attribute(word),
                });
                Ok(Reached::Field(Field::new(self.path, other.into(), place)))
            }
            None => Err(self.unknown(FactField::BUILT_IN.iter().map(|(name, _, _)| *name))),
        }
    }

    fn of_claim(&self) -> Result<Reached, ConditionError> {
        let is_line = self.declared.claims == Claims::OfAgreements;
        let known = if is_line { LINE_FIELDS } else { CLAIM_FIELDS };
        let attribute = || FactField::Attribute(self.word.into());
        let (kind, field) = match self.word {
            word if !known.contains(&word) => {
                let hint = nearest(self.word, known.into_iter()).map_or_else(
                    || format!("a claim has {}", known.join(", ")),
                    |near| format!("did you mean `claim.{near}`?"),
                );
                let message = format!("unknown field `{}`; {hint}", self.path);
                return Err(ConditionError::new(self.at, message));
            }
            "date" => (Kind::Date, FactField::Date),
            "amount" => (Kind::Number, FactField::Amount),
            "quantity" => (Kind::Number, FactField::Quantity),
            "activity" => (Kind::Text, FactField::Type),
            "invoice" | "sale" | "method" => (Kind::Text, attribute()),
            _ => (Kind::Number, attribute()),
        };
        Ok(Reached::Field(Field::new(self.path, kind, Place::Fact(field))))
    }

    fn of_product(&self) -> Result<Reached, ConditionError> {
        if PRODUCT_FIELDS.contains(&self.word) {
            let named =
                if self.word == "code" { Named::Code } else { Named::Field(self.word.into()) };
            return Ok(Reached::Field(Field::new(self.path, Kind::Text, Place::Product(named))));
        }
        match self.declared.fields.get(self.path) {
            Some(FieldType::Partner) => Ok(Reached::Partner(Walk {
                start: Start::Product(self.word.into()),
                steps: Vec::new(),
            })),
            Some(&other) => {
                let place = Place::Product(Named::Field(self.word.into()));
                Ok(Reached::Field(Field::new(self.path, other.into(), place)))
            }
            None => Err(self.unknown(PRODUCT_FIELDS.into_iter())),
        }
    }

    fn of_partner(&self, mut walk: Walk) -> Result<Reached, ConditionError> {
        let field = |walk: Walk, kind: Kind, named: Named| {
            Ok(Reached::Field(Field::new(self.path, kind, Place::Partner(walk, named))))
        };
        let step = match self.word {
            "parent" => Step::Parent,
            "parent_or_self" => Step::ParentOrSelf,
            "top" => Step::Top,
            "code" => return field(walk, Kind::Text, Named::Code),
            "joined" => return field(walk, Kind::Date, Named::Field(self.word.into())),
            word if PARTNER_FIELDS.contains(&word) => {
                return field(walk, Kind::Text, Named::Field(word.into()));
            }
            word => {
                // What a partner has, it has on every path; a role may have more of its own.
                let fields = &self.declared.fields;
                let declared =
                    fields.get(&format!("partner.{word}")).or_else(|| fields.get(self.path));
                match declared {
                    Some(FieldType::Partner) => Step::Field(word.into()),
                    Some(&other) => return field(walk, other.into(), Named::Field(word.into())),
                    None => return Err(self.unknown(PARTNER_FIELDS.into_iter())),
                }
            }
        };
        walk.steps.push(step);
        Ok(Reached::Partner(walk))
    }

    fn of_field(&self, field: &Field) -> Result<DatePart, ConditionError> {
        let is = match field.kind() {
            Kind::Date => {
                return DatePart::from_word(self.word)
                    .ok_or_else(|| not_a_date_part(self.word, self.at));
            }
            Kind::Number => "a number",
            Kind::YesNo => "yes or no",
            Kind::Text | Kind::Partner => "text",
        };
        let mut error = no_members(field.text(), is, self.at);
        if let "fact.partner" | "fact.product" = field.text() {
            let root = field.text().trim_start_matches("fact.");
            error.message = format!("{}; did you mean `{root}.{}`?", error.message, self.word);
        }
        Err(error)
    }

    /// The error for a word that `known` and the declared fields lack.
    fn unknown<'k>(&'k self, known: impl Iterator<Item = &'k str>) -> ConditionError {
        let root = match self.before {
            "fact" | "product" => self.before,
            _ => "partner",
        };
        let declared = self
            .declared
            .fields
            .keys()
            .filter_map(|path| path.strip_prefix(root).and_then(|rest| rest.strip_prefix('.')));
        let mut meant =
            nearest(self.word, known.chain(declared)).map(|near| format!("{}.{near}", self.before));
        if meant.is_none() {
            meant = elsewhere(self.word, self.declared).into_iter().find(|path| path != self.path);
        }
        let root_path = format!("{root}.{}", self.word);
        let message = match meant {
            Some(meant) => format!(
                "unknown field `{}`; did you mean `{meant}`? Otherwise declare `{root_path}` \
                 under `fields`",
                self.path
            ),
            None => format!("unknown field `{}`; declare `{root_path}` under `fields`", self.path),
        };
        ConditionError::new(self.at, message)
    }
}

/// All paths of two words that end in the word.
fn elsewhere(word: &str, declared: &Declared) -> Vec<String> {
    let fact = FactField::BUILT_IN.iter().map(|(name, _, _)| ("fact", *name));
    let product = PRODUCT_FIELDS.into_iter().map(|name| ("product", name));
    let partner = PARTNER_FIELDS.into_iter().map(|name| ("partner", name));
    let built_in = fact.chain(product).chain(partner);
    let mut paths: Vec<String> = built_in
        .filter(|(_, name)| *name == word)
        .map(|(root, name)| format!("{root}.{name}"))
        .collect();
    let ends = |path: &&String| path.rsplit_once('.').is_some_and(|(_, last)| last == word);
    paths.extend(declared.fields.keys().filter(ends).cloned());
    paths
}

/// Every built-in path and part of a date, as conditions write them.
#[cfg(test)]
pub(super) fn built_in() -> Vec<String> {
    let fact = FactField::BUILT_IN.iter().map(|(name, _, _)| format!("fact.{name}"));
    let product = PRODUCT_FIELDS.into_iter().map(|name| format!("product.{name}"));
    let partner = PARTNER_FIELDS.into_iter().map(|name| format!("partner.{name}"));
    let parts = DatePart::WORDS.into_iter().map(|name| format!("fact.date.{name}"));
    fact.chain(product).chain(partner).chain(parts).collect()
}

/// A condition of an activity is about a claim: nothing was sold there.
fn not_of_a_claim(root: &str, at: usize) -> ConditionError {
    ConditionError::new(at, format!("a claim has no `{root}`; ask about `claim.…` and `partner.…`"))
}

fn unknown_root(words: &[Word<'_>], declared: &Declared) -> ConditionError {
    let (first, at) = words[0];
    let mut rest = String::new();
    for (word, _) in &words[1..] {
        rest.push('.');
        rest.push_str(word);
    }
    let found = elsewhere(first, declared);
    let message = if words.len() == 1 && !found.is_empty() {
        format!("unknown field `{first}`; write `{}`", found.join("` or `"))
    } else if let Some(root) = nearest(first, ROOTS.into_iter()) {
        format!("unknown field `{first}{rest}`; did you mean `{root}{rest}`?")
    } else if words.len() == 1 {
        format!("unknown field `{first}`; write text in quotes: `\"{first}\"`")
    } else {
        format!(
            "unknown field `{first}{rest}`; fields begin with `fact.`, `product.`, `partner.`, \
             `earner.` or `party.`"
        )
    };
    ConditionError::new(at, message)
}

pub(super) fn not_a_date_part(word: &str, at: usize) -> ConditionError {
    let meant = nearest(word, DatePart::WORDS.into_iter());
    let hint = meant.map_or_else(
        || "use `.year`, `.month`, `.day` or `.weekday`".to_owned(),
        |near| format!("did you mean `.{near}`?"),
    );
    ConditionError::new(at, format!("a date has no `.{word}`; {hint}"))
}

pub(super) fn no_members(path: &str, is: &str, at: usize) -> ConditionError {
    ConditionError::new(at, format!("`{path}` is {is} and has no members"))
}
