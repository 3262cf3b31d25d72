//! How an award is named in an address, a command and an answer.

use std::fmt;
use std::str::FromStr;

use domain::totals::Group;
use thiserror::Error;

/// Names one award: the term of a program, the partner who earned it, the period and the group.
///
/// Its text has five parts between `~`; what is not a letter of ASCII, a digit, `-`, `.` or `_` is
/// written as `!` and two hexadecimal digits for each byte. So it passes through addresses and
/// shells as it is: `RB-1~volume~P-7~2026Q1~`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwardRef {
    pub program: String,
    pub term: String,
    pub partner: String,
    /// The name of the period.
    pub period: String,
    pub group: Group,
}

/// A text that names no award.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{text}` names no award; write `PROGRAM~TERM~PARTNER~PERIOD~`, as in `RB-1~volume~P-7~2026Q1~`"
)]
pub struct AwardRefError {
    text: String,
}

impl fmt::Display for AwardRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = self.group.as_str();
        let parts = [&*self.program, &*self.term, &*self.partner, &*self.period, group];
        for (at, part) in parts.into_iter().enumerate() {
            if at != 0 {
                f.write_str("~")?;
            }
            for byte in part.bytes() {
                match byte {
                    b'-' | b'.' | b'_' => write!(f, "{}", char::from(byte))?,
                    _ if byte.is_ascii_alphanumeric() => write!(f, "{}", char::from(byte))?,
                    _ => write!(f, "!{byte:02X}")?,
                }
            }
        }
        Ok(())
    }
}

impl FromStr for AwardRef {
    type Err = AwardRefError;

    fn from_str(text: &str) -> Result<AwardRef, AwardRefError> {
        let read = || {
            let parts: Vec<String> = text.split('~').map(unescape).collect::<Option<_>>()?;
            let [program, term, partner, period, group] = <[String; 5]>::try_from(parts).ok()?;
            let group = Group::from_stored(&group);
            Some(AwardRef { program, term, partner, period, group })
        };
        read().ok_or_else(|| AwardRefError { text: text.to_owned() })
    }
}

fn unescape(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'!' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
