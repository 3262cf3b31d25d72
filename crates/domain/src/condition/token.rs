//! From characters to tokens.

use rust_decimal::Decimal;

use super::ConditionError;

/// More digits would not be read exactly by every CEL parser.
const LITERAL_DIGITS_MAX: usize = 15;

/// Longest first, so that `<=` is not read as `<` and `=`.
const SYMBOLS: [&str; 22] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "?", ":", "(", ")", "[",
    "]", ",", ".", "%",
];

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'t> {
    Number(Decimal),
    Text(String),
    /// A name or a word such as `in`.
    Word(&'t str),
    Symbol(&'static str),
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed<'t> {
    pub token: Token<'t>,
    pub start: usize,
    pub end: usize,
}

/// The tokens of a text, and what was wrong with single literals: with those the rest can still be
/// read, to find what else is wrong.
pub(super) struct Tokens<'t> {
    pub tokens: Vec<Placed<'t>>,
    pub errors: Vec<ConditionError>,
}

/// Splits a text. What cannot be any token ends the reading.
pub(super) fn tokens(text: &str) -> Result<Tokens<'_>, ConditionError> {
    let mut reader = Reader { text, at: 0, errors: Vec::new() };
    let mut tokens = Vec::new();
    loop {
        reader.skip_space();
        let start = reader.at;
        let token = reader.token()?;
        let end = token == Token::End;
        tokens.push(Placed { token, start, end: reader.at });
        if end {
            return Ok(Tokens { tokens, errors: reader.errors });
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    errors: Vec<ConditionError>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Spaces, line ends and comments up to the end of the line.
    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start().len();
            self.at += spaces;
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn token(&mut self) -> Result<Token<'t>, ConditionError> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        let second = rest.chars().nth(1);
        if first.is_ascii_digit() || (first == '.' && second.is_some_and(|c| c.is_ascii_digit())) {
            return Ok(self.number());
        }
        if first == '"' || first == '\'' {
            return self.quoted(first);
        }
        if (first == 'r' || first == 'R') && matches!(second, Some('"' | '\'')) {
            return self.raw();
        }
        if first.is_alphabetic() || first == '_' {
            let word = self.take_while(|c| c.is_alphanumeric() || c == '_');
            return Ok(Token::Word(word));
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            self.at += symbol.len();
            return Ok(Token::Symbol(symbol));
        }
        Err(ConditionError::new(self.at, stray(first)))
    }

    /// Digits with at most one point. What is wrong with a literal is noted and it counts as 0, so
    /// that the rest of the text can be looked at.
    fn number(&mut self) -> Token<'t> {
        let start = self.at;
        self.take_while(|c| c.is_ascii_digit());
        let after = self.rest().strip_prefix('.');
        if after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit())) {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        let digits = &self.text[start..self.at];
        let tail = self.take_while(|c| c.is_alphanumeric() || c == '_');
        let literal = &self.text[start..self.at];

        let significant = digits.chars().filter(char::is_ascii_digit).skip_while(|c| *c == '0');
        let exact = if digits.starts_with('.') {
            Decimal::from_str_exact(&format!("0{digits}"))
        } else {
            Decimal::from_str_exact(digits)
        };
        let message = if tail.is_empty() {
            if significant.count() > LITERAL_DIGITS_MAX {
                format!("`{literal}` has more than {LITERAL_DIGITS_MAX} digits; write fewer")
            } else if let Ok(number) = exact {
                return Token::Number(number);
            } else {
                format!("`{literal}` is finer than numbers can be; write at most 28 decimals")
            }
        } else {
            format!(
                "`{literal}` is not a number; write digits and at most one point, \
                 such as `1200` or `0.5`, and text in quotes"
            )
        };
        self.errors.push(ConditionError::new(start, message));
        Token::Number(Decimal::ZERO)
    }

    /// A text without escapes: `r"\d+"`.
    fn raw(&mut self) -> Result<Token<'t>, ConditionError> {
        let start = self.at;
        let mut chars = self.rest().chars();
        let quote = chars.nth(1).unwrap_or('"');
        let inside = chars.as_str();
        let Some(length) = inside.find(quote) else { return Err(unclosed(start, quote)) };
        self.at += 2 + length + 1;
        Ok(Token::Text(inside[..length].to_owned()))
    }

    fn quoted(&mut self, quote: char) -> Result<Token<'t>, ConditionError> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(c) = self.rest().chars().next() else { return Err(unclosed(start, quote)) };
            let escape_at = self.at;
            self.at += c.len_utf8();
            if c == quote {
                return Ok(Token::Text(text));
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let Some(kind) = self.rest().chars().next() else { return Err(unclosed(start, quote)) };
            self.at += kind.len_utf8();
            if let Some(c) = self.escaped(kind) {
                text.push(c);
            } else {
                let wrong = &self.text[escape_at..self.at];
                let message = format!(
                    "`{wrong}` is not an escape; write `\\\\` for a backslash, \
                     or the text as r\"…\""
                );
                self.errors.push(ConditionError::new(escape_at, message));
            }
        }
    }

    /// The character that an escape stands for; its first letter has been read.
    fn escaped(&mut self, kind: char) -> Option<char> {
        match kind {
            '\\' | '"' | '\'' | '`' | '?' => Some(kind),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            'x' | 'X' => self.code(2, 16),
            'u' => self.code(4, 16),
            'U' => self.code(8, 16),
            '0'..='3' => {
                self.at -= 1;
                self.code(3, 8)
            }
            _ => None,
        }
    }

    /// A character by its number, of exactly so many digits.
    fn code(&mut self, digits: usize, radix: u32) -> Option<char> {
        let number = self.rest().get(..digits).filter(|n| n.chars().all(|c| c.is_digit(radix)))?;
        self.at += digits;
        u32::from_str_radix(number, radix).ok().and_then(char::from_u32)
    }
}

fn unclosed(offset: usize, quote: char) -> ConditionError {
    let message = format!("the text that begins here does not end; close it with {quote}");
    ConditionError::new(offset, message)
}

fn stray(c: char) -> String {
    match c {
        '=' => "`=` does not compare; write `==`".to_owned(),
        '&' => "`&` is not an operator; write `&&`".to_owned(),
        '|' => "`|` is not an operator; write `||`".to_owned(),
        '“' | '”' | '„' | '‘' | '’' | '「' | '」' | '＂' | '＇' => {
            format!("`{c}` does not quote; write text in \"straight\" or 'single' quotes")
        }
        '≥' => "`≥` is not an operator; write `>=`".to_owned(),
        '≤' => "`≤` is not an operator; write `<=`".to_owned(),
        '≠' => "`≠` is not an operator; write `!=`".to_owned(),
        _ => format!("`{}` has no meaning here; remove it or put it in quotes", c.escape_debug()),
    }
}
