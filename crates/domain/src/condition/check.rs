//! From the tree of a text to the typed tree. Reports everything that is wrong, each thing once:
//! what contains something wrong is not complained about as well.

use std::sync::Arc;

use jiff::civil::Date;

use super::field::{DatePart, Kind};
use super::resolve::{Resolved, Word, no_members, not_a_date_part, resolve};
use super::syntax::{Ast, Binary, Comparison, Operation, Says, tree};
use super::token::tokens;
use super::tree::{Body, Choice, Conjunct, Day, Equality, Number, Set, Text, Truth};
use super::{ConditionError, Declared, EXPRESSION_BYTES_MAX, Wanted};

/// Up to so many texts are compared one by one; more are hashed.
const SET_FEW_MAX: usize = 8;

/// An expression of a known type.
pub(super) enum Typed {
    Truth(Truth),
    Number(Number),
    Text(Text),
    Date(Day),
    List(List),
}

/// A list, which can stand only behind `in`.
pub(super) enum List {
    Texts(Set),
    Numbers(Vec<Number>),
    Dates(Vec<Day>),
}

impl Typed {
    pub(super) fn is(&self) -> &'static str {
        match self {
            Typed::Truth(_) => "yes or no",
            Typed::Number(_) => "a number",
            Typed::Text(_) => "text",
            Typed::Date(_) => "a date",
            Typed::List(_) => "a list",
        }
    }
}

/// Reads and types an expression.
pub(super) fn body(
    text: &str,
    declared: &Declared,
    wanted: Wanted,
) -> Result<Body, Vec<ConditionError>> {
    let (ast, errors) = read(text)?;
    let mut check = Check { text, declared, wanted, errors };
    let body = check.body(&ast);
    check.errors.sort_by_key(|error| error.offset);
    match body {
        Some(body) if check.errors.is_empty() => Ok(body),
        _ => Err(check.errors),
    }
}

/// Reads a path.
pub(super) fn path(text: &str, declared: &Declared) -> Result<Resolved, Vec<ConditionError>> {
    let (ast, errors) = read(text)?;
    if !errors.is_empty() {
        return Err(errors);
    }
    let Some(words) = dotted(&ast) else {
        let message = format!(
            "`{}` is not a path; write names joined by points, such as `partner.region`",
            text.trim()
        );
        return Err(vec![ConditionError::new(ast.start, message)]);
    };
    resolve(&words, declared, Wanted::Truth).map_err(|error| vec![error])
}

fn read(text: &str) -> Result<(Ast<'_>, Vec<ConditionError>), Vec<ConditionError>> {
    if text.len() > EXPRESSION_BYTES_MAX {
        let message = format!(
            "longer than {EXPRESSION_BYTES_MAX} bytes; put codes into a list under `lists`"
        );
        return Err(vec![ConditionError::new(0, message)]); // too long for a case
    }
    let mut read = tokens(text).map_err(|error| vec![error])?;
    match tree(text, read.tokens) {
        Ok(ast) => Ok((ast, read.errors)),
        Err(error) => {
            read.errors.push(error);
            Err(read.errors)
        }
    }
}

/// The words of a dotted name, if it is one.
pub(super) fn dotted<'t>(ast: &Ast<'t>) -> Option<Vec<Word<'t>>> {
    match &ast.says {
        Says::Name(name) => Some(vec![(name, ast.start)]),
        Says::Member { of, name, at } => {
            let mut words = dotted(of)?;
            words.push((name, *at));
            Some(words)
        }
        _ => None,
    }
}

pub(super) struct Check<'t> {
    text: &'t str,
    pub(super) declared: &'t Declared,
    wanted: Wanted,
    errors: Vec<ConditionError>,
}

impl<'t> Check<'t> {
    pub(super) fn written(&self, ast: &Ast<'_>) -> &'t str {
        &self.text[ast.start..ast.end]
    }

    /// Notes an error. What it is about has no type, so nothing more is said about it.
    #[track_caller]
    pub(super) fn wrong<T>(&mut self, offset: usize, message: String) -> Option<T> {
        self.errors.push(ConditionError::new(offset, message));
        None
    }

    fn body(&mut self, ast: &Ast<'t>) -> Option<Body> {
        if let Says::And(parts) = &ast.says
            && self.wanted != Wanted::Number
        {
            let conjuncts: Vec<Option<Conjunct>> =
                parts.iter().map(|part| self.conjunct(part)).collect();
            return conjuncts.into_iter().collect::<Option<_>>().map(Body::Truth);
        }
        let typed = self.typed(ast)?;
        let written = self.written(ast);
        match (typed, self.wanted) {
            (Typed::Truth(truth), Wanted::Truth | Wanted::Any) => {
                Some(Body::Truth(vec![Conjunct { text: self.apart(ast), truth }]))
            }
            (Typed::Number(number), Wanted::Number | Wanted::Any) => Some(Body::Number(number)),
            (Typed::Text(text), Wanted::Any) => Some(Body::Text(text)),
            (Typed::Date(date), Wanted::Any) => Some(Body::Date(date)),
            (other, Wanted::Truth) => self.wrong(
                ast.start,
                format!(
                    "a condition is needed here, but `{written}` is {}; compare it with something",
                    other.is()
                ),
            ),
            (other, Wanted::Number) => self.wrong(
                ast.start,
                format!("a number is needed here, but `{written}` is {}", other.is()),
            ),
            (other, Wanted::Any) => self.wrong(
                ast.start,
                format!("`{written}` is {}; it can stand only behind `in`", other.is()),
            ),
        }
    }

    fn conjunct(&mut self, ast: &Ast<'t>) -> Option<Conjunct> {
        let truth = self.truth(ast)?;
        Some(Conjunct { text: self.apart(ast), truth })
    }

    /// The text of a part so that it can stand between `&&`.
    fn apart(&self, ast: &Ast<'_>) -> Arc<str> {
        let written = self.written(ast);
        match ast.says {
            Says::Or(_) | Says::Choose { .. } if !ast.grouped => Arc::from(format!("({written})")),
            _ => Arc::from(written),
        }
    }

    fn truth(&mut self, ast: &Ast<'t>) -> Option<Truth> {
        match self.typed(ast)? {
            Typed::Truth(truth) => Some(truth),
            other => {
                let message = format!(
                    "`{}` is {}, where yes or no is needed; compare it with something",
                    self.written(ast),
                    other.is()
                );
                self.wrong(ast.start, message)
            }
        }
    }

    fn number(&mut self, ast: &Ast<'t>) -> Option<Number> {
        match self.typed(ast)? {
            Typed::Number(number) => Some(number),
            other => {
                let message = format!(
                    "`{}` is {}; only numbers can be added, subtracted, multiplied or divided",
                    self.written(ast),
                    other.is()
                );
                self.wrong(ast.start, message)
            }
        }
    }

    pub(super) fn typed(&mut self, ast: &Ast<'t>) -> Option<Typed> {
        match &ast.says {
            Says::Number(number) => Some(Typed::Number(Number::Literal(*number))),
            Says::Text(text) => Some(Typed::Text(Text::Literal(Arc::from(text.as_str())))),
            Says::YesNo(yes) => Some(Typed::Truth(Truth::Always(*yes))),
            Says::List(items) => self.list(ast, items),
            Says::Name(_) => self.name(ast),
            Says::Member { of, name, at } => match dotted(ast) {
                Some(_) => self.name(ast),
                None => self.member(of, name, *at),
            },
            Says::Call { on: None, name, at, arguments } => {
                self.function(ast, name, *at, arguments)
            }
            Says::Call { on: Some(on), name, at, arguments } => {
                self.method(on, name, *at, arguments)
            }
            Says::Not(of) => Some(Typed::Truth(Truth::Not(Box::new(self.truth(of)?)))),
            Says::Negate(of) => Some(Typed::Number(Number::Negate(Box::new(self.number(of)?)))),
            Says::And(parts) => Some(Typed::Truth(Truth::And(self.truths(parts)?))),
            Says::Or(parts) => Some(Typed::Truth(Truth::Or(self.truths(parts)?))),
            Says::Binary { op: Binary::Compare(comparison), left, right } => {
                self.comparison(ast, *comparison, left, right)
            }
            Says::Binary { op: Binary::In, left, right } => self.membership(left, right),
            Says::Binary { op: Binary::Arithmetic(operation), left, right } => {
                self.arithmetic(ast, *operation, left, right)
            }
            Says::Choose { when, then, otherwise } => self.choice(ast, when, then, otherwise),
        }
    }

    fn truths(&mut self, parts: &[Ast<'t>]) -> Option<Vec<Truth>> {
        let truths: Vec<Option<Truth>> = parts.iter().map(|part| self.truth(part)).collect();
        truths.into_iter().collect()
    }

    pub(super) fn resolved(&mut self, ast: &Ast<'t>) -> Option<Resolved> {
        let words = dotted(ast)?;
        match resolve(&words, self.declared, self.wanted) {
            Ok(resolved) => Some(resolved),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    fn name(&mut self, ast: &Ast<'t>) -> Option<Typed> {
        let (field, part) = self.resolved(ast)?;
        if let Some(part) = part {
            return Some(Typed::Number(Number::Part(Box::new(Day::Field(field)), part)));
        }
        Some(match field.kind() {
            Kind::Text | Kind::Partner => Typed::Text(Text::Field(field)),
            Kind::Number => Typed::Number(Number::Field(field)),
            Kind::Date => Typed::Date(Day::Field(field)),
            Kind::YesNo => Typed::Truth(Truth::Field(field)),
        })
    }

    /// A member of something that is no field: of `date("2026-05-01")`.
    fn member(&mut self, of: &Ast<'t>, name: &str, at: usize) -> Option<Typed> {
        match self.typed(of)? {
            Typed::Date(date) => {
                let Some(part) = DatePart::from_word(name) else {
                    self.errors.push(not_a_date_part(name, at));
                    return None;
                };
                Some(Typed::Number(Number::Part(Box::new(date), part)))
            }
            other => {
                self.errors.push(no_members(self.written(of), other.is(), at));
                None
            }
        }
    }

    fn list(&mut self, ast: &Ast<'t>, items: &[Ast<'t>]) -> Option<Typed> {
        if items.is_empty() {
            let message = "an empty list holds nothing; name what it should hold".to_owned();
            return self.wrong(ast.start, message);
        }
        let typed: Vec<Option<Typed>> = items.iter().map(|item| self.typed(item)).collect();
        let typed: Vec<Typed> = typed.into_iter().collect::<Option<_>>()?;
        let first = typed[0].is();
        let (mut texts, mut numbers, mut dates) = (Vec::new(), Vec::new(), Vec::new());
        for (item, typed) in items.iter().zip(typed) {
            if typed.is() != first {
                let written = self.written(item);
                let is = typed.is();
                let message = format!(
                    "`{written}` is {is} in a list that begins with {first}; a list holds one type"
                );
                return self.wrong(item.start, message);
            }
            match typed {
                Typed::Text(text) => texts.push(text),
                Typed::Number(number) => numbers.push(number),
                Typed::Date(date) => dates.push(date),
                Typed::Truth(_) | Typed::List(_) => {
                    let message = "a list holds texts, numbers or dates".to_owned();
                    return self.wrong(item.start, message);
                }
            }
        }
        Some(Typed::List(if !numbers.is_empty() {
            List::Numbers(numbers)
        } else if !dates.is_empty() {
            List::Dates(dates)
        } else {
            List::Texts(set(texts))
        }))
    }

    fn comparison(
        &mut self,
        ast: &Ast<'t>,
        comparison: Comparison,
        left: &Ast<'t>,
        right: &Ast<'t>,
    ) -> Option<Typed> {
        let (a, b) = (self.typed(left), self.typed(right));
        let truth = match (a?, b?) {
            (Typed::Number(a), Typed::Number(b)) => {
                Truth::Numbers(comparison, Box::new(a), Box::new(b))
            }
            (Typed::Text(a), Typed::Text(b)) => Truth::Texts(comparison, Box::new(a), Box::new(b)),
            (Typed::Date(a), Typed::Date(b)) => Truth::Dates(comparison, Box::new(a), Box::new(b)),
            (Typed::Truth(a), Typed::Truth(b)) => {
                let equality = match comparison {
                    Comparison::Equal => Equality::Equal,
                    Comparison::NotEqual => Equality::NotEqual,
                    Comparison::Less
                    | Comparison::AtMost
                    | Comparison::Greater
                    | Comparison::AtLeast => {
                        let message = format!(
                            "`{}` compares yes and no by size; only `==` and `!=` make sense",
                            self.written(ast)
                        );
                        return self.wrong(ast.start, message);
                    }
                };
                Truth::Truths(equality, Box::new(a), Box::new(b))
            }
            (a, b) => {
                let message = self.unlike(left, &a, right, &b);
                return self.wrong(ast.start, message);
            }
        };
        Some(Typed::Truth(truth))
    }

    /// What is wrong with comparing two types, and what to do.
    fn unlike(&self, left: &Ast<'_>, a: &Typed, right: &Ast<'_>, b: &Typed) -> String {
        let (left_is, right_is) = (a.is(), b.is());
        let (left, right) = (self.written(left), self.written(right));
        let with = right_is;
        let compared = format!("`{left}` is {left_is} and is compared with {with}");
        match (a, b) {
            (Typed::List(_), _) | (_, Typed::List(_)) => format!("{compared}; write `in`"),
            (Typed::Text(_), Typed::Number(Number::Literal(_))) => {
                format!("{compared}; write `\"{right}\"` in quotes")
            }
            (Typed::Number(Number::Literal(_)), Typed::Text(_)) => {
                format!("{compared}; write `\"{left}\"` in quotes")
            }
            (Typed::Number(_), Typed::Text(Text::Literal(text)))
            | (Typed::Text(Text::Literal(text)), Typed::Number(_))
                if rust_decimal::Decimal::from_str_exact(text).is_ok() =>
            {
                format!("{compared}; write `{text}` without quotes")
            }
            (Typed::Text(_), Typed::Number(_)) | (Typed::Number(_), Typed::Text(_)) => {
                format!("{compared}; compare like with like, or declare the field as `number`")
            }
            (Typed::Date(_), Typed::Text(Text::Literal(text)))
            | (Typed::Text(Text::Literal(text)), Typed::Date(_))
                if text.parse::<Date>().is_ok() =>
            {
                format!("{compared}; write `date(\"{text}\")`")
            }
            (Typed::Date(_), Typed::Text(_)) | (Typed::Text(_), Typed::Date(_)) => {
                format!("{compared}; write a date as `date(\"2026-05-01\")`")
            }
            (Typed::Date(_), Typed::Number(_)) | (Typed::Number(_), Typed::Date(_)) => {
                format!("{compared}; use `.year`, `.month`, `.day` or `.weekday` of the date")
            }
            _ => format!("{compared}; compare like with like"),
        }
    }

    fn membership(&mut self, left: &Ast<'t>, right: &Ast<'t>) -> Option<Typed> {
        let (item, list) = (self.typed(left), self.typed(right));
        let (item, list) = (item?, list?);
        let Typed::List(list) = list else {
            let message = format!(
                "`{}` is {}; behind `in` stands a list, such as `[\"a\", \"b\"]` or \
                 `list(\"name\")`",
                self.written(right),
                list.is()
            );
            return self.wrong(right.start, message);
        };
        let truth = match (item, list) {
            (Typed::Text(text), List::Texts(set)) => Truth::In(Box::new(text), set),
            (Typed::Number(number), List::Numbers(items)) => {
                Truth::NumberIn(Box::new(number), items)
            }
            (Typed::Date(date), List::Dates(items)) => Truth::DateIn(Box::new(date), items),
            (item, list) => {
                let holds = match list {
                    List::Texts(_) => "text",
                    List::Numbers(_) => "numbers",
                    List::Dates(_) => "dates",
                };
                let message = format!(
                    "`{}` is {} and is looked for in a list of {holds}; compare like with like",
                    self.written(left),
                    item.is()
                );
                return self.wrong(left.start, message);
            }
        };
        Some(Typed::Truth(truth))
    }

    fn arithmetic(
        &mut self,
        ast: &Ast<'t>,
        operation: Operation,
        left: &Ast<'t>,
        right: &Ast<'t>,
    ) -> Option<Typed> {
        let (a, b) = (self.number(left), self.number(right));
        let text = Arc::from(self.written(ast));
        Some(Typed::Number(Number::Arithmetic(operation, text, Box::new(a?), Box::new(b?))))
    }

    fn choice(
        &mut self,
        ast: &Ast<'t>,
        when: &Ast<'t>,
        then: &Ast<'t>,
        otherwise: &Ast<'t>,
    ) -> Option<Typed> {
        let (when, then, otherwise) = (self.truth(when), self.typed(then), self.typed(otherwise));
        let when = when?;
        match (then?, otherwise?) {
            (Typed::Truth(then), Typed::Truth(otherwise)) => {
                Some(Typed::Truth(Truth::Choose(Box::new(Choice { when, then, otherwise }))))
            }
            (Typed::Number(then), Typed::Number(otherwise)) => {
                Some(Typed::Number(Number::Choose(Box::new(Choice { when, then, otherwise }))))
            }
            (Typed::Text(then), Typed::Text(otherwise)) => {
                Some(Typed::Text(Text::Choose(Box::new(Choice { when, then, otherwise }))))
            }
            (Typed::Date(then), Typed::Date(otherwise)) => {
                Some(Typed::Date(Day::Choose(Box::new(Choice { when, then, otherwise }))))
            }
            (Typed::List(_), Typed::List(_)) => {
                let message = "`? :` does not choose between lists; \
                               write `(a && x in […]) || (!a && x in […])`"
                    .to_owned();
                self.wrong(ast.start, message)
            }
            (then, otherwise) => {
                let message = format!(
                    "`? :` chooses between {} and {}; both must be of one type",
                    then.is(),
                    otherwise.is()
                );
                self.wrong(ast.start, message)
            }
        }
    }
}

/// Long lists of literals are hashed.
fn set(texts: Vec<Text>) -> Set {
    if texts.len() <= SET_FEW_MAX {
        return Set::Few(texts);
    }
    let literals: Option<_> = texts
        .iter()
        .map(|text| if let Text::Literal(text) = text { Some(Box::from(&**text)) } else { None })
        .collect();
    literals.map_or(Set::Few(texts), |codes| Set::Many(Arc::new(codes)))
}
