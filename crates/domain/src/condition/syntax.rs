//! From tokens to a tree, by precedence (Pratt). Nothing is known about names and types yet.

use rust_decimal::Decimal;

use super::ConditionError;
use super::token::{Placed, Token};

/// Deeper texts are refused, so that no recursion here or later can exhaust the stack.
const DEPTH_MAX: usize = 100;

/// What a piece of text says, and where it stands. Parentheses belong to what they enclose.
#[derive(Debug)]
pub(super) struct Ast<'t> {
    pub start: usize,
    pub end: usize,
    depth: usize,
    pub grouped: bool,
    pub says: Says<'t>,
}

#[derive(Debug)]
pub(super) enum Says<'t> {
    Number(Decimal),
    Text(String),
    YesNo(bool),
    List(Vec<Ast<'t>>),
    Name(&'t str),
    Member {
        of: Box<Ast<'t>>,
        name: &'t str,
        at: usize,
    },
    Call {
        on: Option<Box<Ast<'t>>>,
        name: &'t str,
        at: usize,
        arguments: Vec<Ast<'t>>,
    },
    Not(Box<Ast<'t>>),
    Negate(Box<Ast<'t>>),
    /// All of them, whatever parentheses stood between.
    And(Vec<Ast<'t>>),
    Or(Vec<Ast<'t>>),
    Binary {
        op: Binary,
        left: Box<Ast<'t>>,
        right: Box<Ast<'t>>,
    },
    Choose {
        when: Box<Ast<'t>>,
        then: Box<Ast<'t>>,
        otherwise: Box<Ast<'t>>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Compare(Comparison),
    In,
    Arithmetic(Operation),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// How strongly operators bind; a higher one is applied first.
mod power {
    pub const CHOOSE: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const RELATION: u8 = 4;
    pub const SUM: u8 = 5;
    pub const PRODUCT: u8 = 6;
    pub const PREFIX: u8 = 7;
}

/// The tree of all tokens.
pub(super) fn tree<'t>(text: &'t str, tokens: Vec<Placed<'t>>) -> Result<Ast<'t>, ConditionError> {
    let mut parser = Parser { text, tokens, at: 0, depth: 0 };
    if parser.peek().token == Token::End {
        return Err(parser.error("nothing stands here; write a condition or an expression"));
    }
    let ast = parser.expression(0)?;
    if parser.peek().token == Token::End { Ok(ast) } else { Err(parser.expected_operator()) }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Placed<'t>>,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    /// The tokens end with [`Token::End`], which is never passed.
    fn peek(&self) -> &Placed<'t> {
        &self.tokens[self.at]
    }

    fn next(&mut self) -> Placed<'t> {
        let placed = self.peek().clone();
        if placed.token != Token::End {
            self.at += 1;
        }
        placed
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek().token, Token::Symbol(found) if found == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, symbol: &str, why: &str) -> Result<usize, ConditionError> {
        let end = self.peek().end;
        if self.take(symbol) {
            return Ok(end);
        }
        Err(self.error(&format!("expected `{symbol}` {why}, found {}", self.found())))
    }

    fn found(&self) -> String {
        let placed = self.peek();
        if placed.token == Token::End {
            return "the end".to_owned();
        }
        format!("`{}`", &self.text[placed.start..placed.end])
    }

    #[track_caller]
    fn error(&self, message: &str) -> ConditionError {
        ConditionError::new(self.peek().start, message)
    }

    fn expected_operator(&self) -> ConditionError {
        let message = match self.peek().token {
            Token::Word("and" | "AND" | "And") => "write `&&` for and".to_owned(),
            Token::Word("or" | "OR" | "Or") => "write `||` for or".to_owned(),
            Token::Word("not" | "is" | "like") => format!(
                "{} is not an operator; write `!(a in b)`, `==`, or `a.contains(\"…\")`",
                self.found()
            ),
            Token::Symbol("[") => {
                "nothing can be looked up with `[…]`; name the field with a point".to_owned()
            }
            Token::Symbol("%") => "`%` is not an operator; write `0.025` for 2.5 %".to_owned(),
            Token::Symbol(")" | "]") => format!("{} closes nothing; remove it", self.found()),
            Token::Symbol("!") => "write `!=` for unequal, or `&&` before `!`".to_owned(),
            _ => format!("expected an operator such as `&&` before {}", self.found()),
        };
        self.error(&message)
    }

    /// An expression of operators that bind more strongly than `least`.
    fn expression(&mut self, least: u8) -> Result<Ast<'t>, ConditionError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error(&too_deep()));
        }
        let mut left = self.prefix()?;
        while let Some((operator, power)) = self.infix() {
            if power <= least {
                break;
            }
            self.at += 1;
            left = match operator {
                Infix::Choose => self.choose(left)?,
                Infix::And => {
                    let right = self.expression(power)?;
                    join(left, right, Says::And, |says| match says {
                        Says::And(parts) => Ok(parts),
                        other => Err(other),
                    })?
                }
                Infix::Or => {
                    let right = self.expression(power)?;
                    join(left, right, Says::Or, |says| match says {
                        Says::Or(parts) => Ok(parts),
                        other => Err(other),
                    })?
                }
                Infix::Binary(op) => {
                    let right = self.expression(power)?;
                    let (start, end) = (left.start, right.end);
                    let depth = left.depth.max(right.depth);
                    let (left, right) = (Box::new(left), Box::new(right));
                    node(start, end, depth, Says::Binary { op, left, right })?
                }
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn infix(&self) -> Option<(Infix, u8)> {
        let compare = |comparison| (Infix::Binary(Binary::Compare(comparison)), power::RELATION);
        let sum = |operation| (Infix::Binary(Binary::Arithmetic(operation)), power::SUM);
        let product = |operation| (Infix::Binary(Binary::Arithmetic(operation)), power::PRODUCT);
        Some(match self.peek().token {
            Token::Symbol("?") => (Infix::Choose, power::CHOOSE),
            Token::Symbol("||") => (Infix::Or, power::OR),
            Token::Symbol("&&") => (Infix::And, power::AND),
            Token::Symbol("==") => compare(Comparison::Equal),
            Token::Symbol("!=") => compare(Comparison::NotEqual),
            Token::Symbol("<") => compare(Comparison::Less),
            Token::Symbol("<=") => compare(Comparison::AtMost),
            Token::Symbol(">") => compare(Comparison::Greater),
            Token::Symbol(">=") => compare(Comparison::AtLeast),
            Token::Word("in") => (Infix::Binary(Binary::In), power::RELATION),
            Token::Symbol("+") => sum(Operation::Add),
            Token::Symbol("-") => sum(Operation::Subtract),
            Token::Symbol("*") => product(Operation::Multiply),
            Token::Symbol("/") => product(Operation::Divide),
            _ => return None,
        })
    }

    /// `when ? then : otherwise`, its `?` already taken.
    fn choose(&mut self, when: Ast<'t>) -> Result<Ast<'t>, ConditionError> {
        let then = self.expression(power::CHOOSE)?;
        self.expect(":", "and what to take otherwise")?;
        let otherwise = self.expression(0)?;
        let (start, end) = (when.start, otherwise.end);
        let depth = when.depth.max(then.depth).max(otherwise.depth);
        let (when, then, otherwise) = (Box::new(when), Box::new(then), Box::new(otherwise));
        node(start, end, depth, Says::Choose { when, then, otherwise })
    }

    fn prefix(&mut self) -> Result<Ast<'t>, ConditionError> {
        let start = self.peek().start;
        if self.take("!") {
            let of = self.expression(power::PREFIX)?;
            return node(start, of.end, of.depth, Says::Not(Box::new(of)));
        }
        if self.take("-") {
            let of = self.expression(power::PREFIX)?;
            return node(start, of.end, of.depth, Says::Negate(Box::new(of)));
        }
        let mut operand = self.operand()?;
        while self.take(".") {
            operand = self.member(operand)?;
        }
        Ok(operand)
    }

    fn operand(&mut self) -> Result<Ast<'t>, ConditionError> {
        let Placed { token, start, end } = self.next();
        let says = match token {
            Token::Number(number) => Says::Number(number),
            Token::Text(text) => Says::Text(text),
            Token::Word("true") => Says::YesNo(true),
            Token::Word("false") => Says::YesNo(false),
            Token::Word("null") => {
                let message = "there is no `null`; write `!has(x)` for a missing value".to_owned();
                return Err(ConditionError::new(start, message));
            }
            Token::Word("not" | "NOT") => {
                return Err(ConditionError::new(start, "write `!` for not"));
            }
            Token::Word(name) if name != "in" => {
                if self.take("(") {
                    let (arguments, end) = self.items(")")?;
                    let depth = arguments.iter().map(|item| item.depth).max().unwrap_or(0);
                    let call = Says::Call { on: None, name, at: start, arguments };
                    return node(start, end, depth, call);
                }
                Says::Name(name)
            }
            Token::Symbol("(") => {
                let mut inside = self.expression(0)?;
                inside.start = start;
                inside.end = self.expect(")", "to close `(`")?;
                inside.grouped = true;
                return Ok(inside);
            }
            Token::Symbol("[") => {
                let (items, end) = self.items("]")?;
                let depth = items.iter().map(|item| item.depth).max().unwrap_or(0);
                return node(start, end, depth, Says::List(items));
            }
            Token::Word(_) | Token::Symbol(_) | Token::End => {
                let found = if token == Token::End {
                    "the text ends".to_owned()
                } else {
                    format!("`{}` stands", &self.text[start..end])
                };
                let message = format!("{found} where a field, a value or `(` is expected");
                return Err(ConditionError::new(start, message));
            }
        };
        node(start, end, 0, says)
    }

    /// `.name` or `.name(…)`, its point already taken.
    fn member(&mut self, of: Ast<'t>) -> Result<Ast<'t>, ConditionError> {
        let Placed { token, start: at, end } = self.next();
        let Token::Word(name) = token else {
            let message = "a name is expected after `.`".to_owned();
            return Err(ConditionError::new(at, message));
        };
        let start = of.start;
        if self.take("(") {
            let (arguments, end) = self.items(")")?;
            let depth = arguments.iter().map(|item| item.depth).max().unwrap_or(0).max(of.depth);
            let call = Says::Call { on: Some(Box::new(of)), name, at, arguments };
            return node(start, end, depth, call);
        }
        let depth = of.depth;
        node(start, end, depth, Says::Member { of: Box::new(of), name, at })
    }

    /// Expressions between commas, up to what closes them; a comma may stand behind the last.
    fn items(&mut self, close: &str) -> Result<(Vec<Ast<'t>>, usize), ConditionError> {
        let mut items = Vec::new();
        loop {
            let end = self.peek().end;
            if self.take(close) {
                return Ok((items, end));
            }
            items.push(self.expression(0)?);
            if !self.take(",") {
                let end = self.expect(close, "or `,`")?;
                return Ok((items, end));
            }
        }
    }
}

/// A node above others of which the deepest is `below` deep.
fn node(start: usize, end: usize, below: usize, says: Says<'_>) -> Result<Ast<'_>, ConditionError> {
    if below >= DEPTH_MAX {
        return Err(ConditionError::new(start, too_deep()));
    }
    Ok(Ast { start, end, depth: below + 1, grouped: false, says })
}

/// Joins two sides of `&&` or `||` into one flat list, so that long ones are not deep.
fn join<'t>(
    left: Ast<'t>,
    right: Ast<'t>,
    say: fn(Vec<Ast<'t>>) -> Says<'t>,
    parts: fn(Says<'t>) -> Result<Vec<Ast<'t>>, Says<'t>>,
) -> Result<Ast<'t>, ConditionError> {
    let (start, end) = (left.start, right.end);
    let (mut all, below) = unjoin(left, parts);
    let (more, below_more) = unjoin(right, parts);
    all.extend(more);
    node(start, end, below.max(below_more), say(all))
}

/// The parts of a side and how deep the deepest is.
fn unjoin<'t>(
    side: Ast<'t>,
    parts: fn(Says<'t>) -> Result<Vec<Ast<'t>>, Says<'t>>,
) -> (Vec<Ast<'t>>, usize) {
    let Ast { start, end, depth, grouped, says } = side;
    match parts(says) {
        Ok(parts) => (parts, depth - 1),
        Err(says) => (vec![Ast { start, end, depth, grouped, says }], depth),
    }
}

enum Infix {
    Choose,
    And,
    Or,
    Binary(Binary),
}

fn too_deep() -> String {
    format!("more than {DEPTH_MAX} levels deep; split it into several terms or lists")
}
