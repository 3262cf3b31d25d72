//! Exact decimals from what people write.
//!
//! Read are thousands separators, full-width digits, signs before or after, parentheses and `△`
//! for negative, and a currency sign. Never read are `NaN`, infinities, shares in per cent and
//! powers of ten.
//!
//! `1,234` and `1.234` mean different numbers in different countries, so the decimal sign is never
//! guessed: it is the point unless the mapping says `decimal: ","`. What the chosen sign does not
//! explain, such as `1.234,56` with a decimal point, is refused.

use rust_decimal::Decimal;

use super::width::fold_char;

/// The decimal sign of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalSign {
    #[default]
    Point,
    Comma,
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    NotANumber,
    /// It would be a number with the other decimal sign.
    OtherDecimalSign,
    Percent,
    /// More than 28 digits, or 28 decimals.
    OutOfRange,
}

/// Digits of the largest number that is read.
pub const DIGITS_MAX: usize = 28;

/// Reads a number; a text without any character but spaces is no number and no error.
pub fn parse(text: &str, sign: DecimalSign) -> Result<Option<Decimal>, NumberError> {
    if let Some(plain) = plain(text, sign) {
        return Ok(Some(plain));
    }
    let folded: Vec<char> = text.chars().map(fold_char).collect();
    let trimmed = trim(&folded);
    if trimmed.is_empty() {
        return Ok(None);
    }
    match read(trimmed, sign) {
        Err(NumberError::NotANumber) => {
            let other = match sign {
                DecimalSign::Point => DecimalSign::Comma,
                DecimalSign::Comma => DecimalSign::Point,
            };
            let readable = read(trimmed, other).is_ok();
            Err(if readable { NumberError::OtherDecimalSign } else { NumberError::NotANumber })
        }
        other => other.map(Some),
    }
}

/// The common form, ASCII digits with a sign and a decimal sign, without any copy.
fn plain(text: &str, sign: DecimalSign) -> Option<Decimal> {
    const DIGITS: usize = 18;
    let point = match sign {
        DecimalSign::Point => b'.',
        DecimalSign::Comma => b',',
    };
    let (negative, body) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if body.len() > DIGITS || !body.first()?.is_ascii_digit() || !body.last()?.is_ascii_digit() {
        return None;
    }
    let (mut value, mut decimals) = (0_i64, None);
    for &byte in body {
        if byte.is_ascii_digit() {
            value = value * 10 + i64::from(byte - b'0');
            decimals = decimals.map(|count: u32| count + 1);
        } else if byte == point && decimals.is_none() {
            decimals = Some(0);
        } else {
            return None;
        }
    }
    Some(Decimal::new(if negative { -value } else { value }, decimals.unwrap_or(0)))
}

fn read(text: &[char], sign: DecimalSign) -> Result<Decimal, NumberError> {
    let (negative, body) = strip_signs(text)?;
    let (point, separators): (char, &[char]) = match sign {
        DecimalSign::Point => ('.', &[',', ' ', '\'', '’']),
        DecimalSign::Comma => (',', &['.', ' ', '\'', '’']),
    };
    let mut halves = body.splitn(2, |&c| c == point);
    let whole = halves.next().unwrap_or_default();
    let fraction = halves.next().unwrap_or_default();
    if whole.is_empty() && fraction.is_empty() || !fraction.iter().all(char::is_ascii_digit) {
        return Err(NumberError::NotANumber);
    }
    let mut digits = String::with_capacity(body.len());
    push_grouped(&mut digits, whole, separators)?;
    let whole_digits = digits.trim_start_matches('0').len();
    let decimals = fraction.len();
    digits.extend(fraction);
    let significant = digits.trim_start_matches('0');
    if significant.len().max(whole_digits) > DIGITS_MAX || decimals > DIGITS_MAX {
        return Err(NumberError::OutOfRange);
    }
    let value: i128 = if significant.is_empty() {
        0
    } else {
        significant.parse().map_err(|_| NumberError::OutOfRange)?
    };
    let scale = u32::try_from(decimals).map_err(|_| NumberError::OutOfRange)?;
    let value = if negative { -value } else { value };
    Decimal::try_from_i128_with_scale(value, scale).map_err(|_| NumberError::OutOfRange)
}

/// Takes off one way of saying negative or positive, and one currency sign on either side of it.
fn strip_signs(text: &[char]) -> Result<(bool, &[char]), NumberError> {
    if text.last() == Some(&'%') {
        return Err(NumberError::Percent);
    }
    let mut body = text;
    let mut negative = None;
    let mut currency = false;
    loop {
        let (first, last) = match body {
            [] => return Err(NumberError::NotANumber),
            [only] => (*only, *only),
            [first, .., last] => (*first, *last),
        };
        let rest = if is_currency(first) && !currency {
            currency = true;
            &body[1..]
        } else if is_currency(last) && !currency {
            currency = true;
            &body[..body.len() - 1]
        } else if let (Some(sign), None) = (leading_sign(first), negative) {
            negative = Some(sign);
            &body[1..]
        } else if first == '(' && last == ')' && body.len() > 2 && negative.is_none() {
            negative = Some(true);
            &body[1..body.len() - 1]
        } else if matches!(last, '-' | '+') && negative.is_none() {
            negative = Some(last == '-');
            &body[..body.len() - 1]
        } else {
            return Ok((negative.unwrap_or(false), body));
        };
        body = trim(rest);
    }
}

fn leading_sign(c: char) -> Option<bool> {
    match c {
        '-' | '△' | '▲' => Some(true),
        '+' => Some(false),
        _ => None,
    }
}

fn is_currency(c: char) -> bool {
    matches!(c, '¥' | '$' | '€' | '£' | '₩' | '円' | '元')
}

/// Digits, plain or in groups of three with the same separator throughout.
fn push_grouped(
    digits: &mut String,
    whole: &[char],
    separators: &[char],
) -> Result<(), NumberError> {
    let separator = whole.iter().copied().find(|c| separators.contains(c));
    let Some(separator) = separator else {
        return push_digits(digits, whole);
    };
    for (index, group) in whole.split(|&c| c == separator).enumerate() {
        let right = if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        if !right {
            return Err(NumberError::NotANumber);
        }
        push_digits(digits, group)?;
    }
    Ok(())
}

fn push_digits(digits: &mut String, group: &[char]) -> Result<(), NumberError> {
    if !group.iter().all(char::is_ascii_digit) {
        return Err(NumberError::NotANumber);
    }
    digits.extend(group);
    Ok(())
}

fn trim(text: &[char]) -> &[char] {
    let space = |c: &char| !c.is_whitespace();
    let Some(start) = text.iter().position(space) else { return &[] };
    let end = text.iter().rposition(space).map_or(start, |last| last + 1);
    &text[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One case a line: `written -> number`, `nothing` or why it is refused.
    #[track_caller]
    fn check(sign: DecimalSign, cases: &str) {
        for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
            let (written, expected) = case.split_once("->").expect("written -> number");
            let found = match parse(written.trim_matches([' ']), sign) {
                Ok(Some(number)) => number.to_string(),
                Ok(None) => "nothing".to_owned(),
                Err(error) => format!("{error:?}"),
            };
            assert_eq!(found, expected.trim(), "in case `{case}`");
        }
    }

    #[test]
    fn a_point_is_the_decimal_sign_unless_the_mapping_says_so() {
        check(
            DecimalSign::Point,
            "
            0             -> 0
            -0            -> 0
            007           -> 7
            12.50         -> 12.50
            1,234         -> 1234
            1,234.56      -> 1234.56
            1,234,567.8   -> 1234567.8
            1 234.5       -> 1234.5
            1\u{a0}234    -> 1234
            1'234.56      -> 1234.56
            1’234’567     -> 1234567
            .5            -> 0.5
            5.            -> 5
            1.234,56      -> OtherDecimalSign
            1.234.567     -> OtherDecimalSign
            1,5           -> OtherDecimalSign
            12,34,567     -> NotANumber
            1,234 567     -> NotANumber
            1,,234        -> NotANumber
            1.2.3         -> NotANumber
            ,123          -> OtherDecimalSign
            ",
        );
    }

    #[test]
    fn a_comma_is_the_decimal_sign_when_declared() {
        check(
            DecimalSign::Comma,
            "
            1.234,56     -> 1234.56
            1 234,56     -> 1234.56
            1'234,5      -> 1234.5
            1.234        -> 1234
            1,234        -> 1.234
            12,5         -> 12.5
            12.5         -> OtherDecimalSign
            1,234.56     -> OtherDecimalSign
            ",
        );
    }

    #[test]
    fn signs_may_stand_on_either_side() {
        check(
            DecimalSign::Point,
            "
            -5        -> -5
            +5        -> 5
            5-        -> -5
            5+        -> 5
            (5.25)    -> -5.25
            （５）    -> -5
            △1,000   -> -1000
            ▲ 3      -> -3
            −7        -> -7
            －７      -> -7
            - 7       -> -7
            --5       -> NotANumber
            -(5)      -> NotANumber
            (-5)      -> NotANumber
            -5-       -> NotANumber
            (5        -> NotANumber
            ()        -> NotANumber
            -         -> NotANumber
            △        -> NotANumber
            ",
        );
    }

    #[test]
    fn currency_signs_and_widths_do_not_matter() {
        check(
            DecimalSign::Point,
            "
            ¥1,000      -> 1000
            ￥１，０００ -> 1000
            1,000円     -> 1000
            -¥500       -> -500
            ¥-500       -> -500
            (¥500)      -> -500
            $ 1,234.50  -> 1234.50
            9.90 €      -> 9.90
            １２３．４５ -> 123.45
            ¥1円        -> NotANumber
            円          -> NotANumber
            ",
        );
    }

    #[test]
    fn what_is_no_plain_number_is_refused() {
        check(
            DecimalSign::Point,
            "
            NaN       -> NotANumber
            Infinity  -> NotANumber
            inf       -> NotANumber
            1e5       -> NotANumber
            0x10      -> NotANumber
            abc       -> NotANumber
            12 pcs    -> NotANumber
            #N/A      -> NotANumber
            1_000     -> NotANumber
            十二      -> NotANumber
            5%        -> Percent
            ５％      -> Percent
            ",
        );
    }

    #[test]
    fn random_texts_never_panic_and_read_back() {
        let pieces: Vec<char> = "0123456789.,-+()△▲ ¥円%'eE９．，\u{a0}x".chars().collect();
        let mut random = 88_172_645_463_325_252_u64;
        for _ in 0..50_000 {
            let mut text = String::new();
            for _ in 0..random % 12 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                text.push(pieces[usize::try_from(random % pieces.len() as u64).expect("small")]);
            }
            random = random.wrapping_add(0x9E37_79B9_7F4A_7C15);
            for sign in [DecimalSign::Point, DecimalSign::Comma] {
                if let Ok(Some(number)) = parse(&text, sign) {
                    let plain = number.to_string();
                    assert_eq!(parse(&plain, DecimalSign::Point), Ok(Some(number)), "`{text}`");
                }
            }
        }
    }

    #[test]
    fn nothing_is_nothing() {
        check(DecimalSign::Point, "-> nothing\n \u{3000}  -> nothing\n\t -> nothing");
    }

    #[test]
    fn the_range_is_28_digits() {
        check(
            DecimalSign::Point,
            "
            9999999999999999999999999999       -> 9999999999999999999999999999
            0000000000000000000000000000000001 -> 1
            99999999999999999999999999999      -> OutOfRange
            1234567890123456789012345678.9     -> OutOfRange
            0.0000000000000000000000000001     -> 0.0000000000000000000000000001
            0.00000000000000000000000000001    -> OutOfRange
            -9999999999999999999999999999      -> -9999999999999999999999999999
            999999999999999999                 -> 999999999999999999
            9999999999999999999                -> 9999999999999999999
            ",
        );
    }
}
