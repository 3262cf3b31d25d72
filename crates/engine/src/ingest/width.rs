//! Full and half width: `１２３` is `123`, `ｶﾅ` is `カナ`.

use std::borrow::Cow;

/// The half-width form of full-width ASCII, signs and spaces; other characters as they are.
pub fn fold_char(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => {
            let ascii = u32::from(c) - 0xFF01 + 0x21;
            char::from_u32(ascii).unwrap_or(c)
        }
        '\u{3000}' | '\u{A0}' | '\u{202F}' | '\u{2007}' | '\u{2009}' => ' ',
        '\u{FFE5}' => '¥',
        '\u{2212}' | '\u{2010}' | '\u{2011}' | '\u{FE63}' => '-',
        other => other,
    }
}

/// Folds a text, which is mostly ASCII and then not copied.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(fold_char).collect())
    }
}

/// The form in which headings are compared: trimmed, small letters, one width, single spaces.
pub fn heading(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').chars() {
        match fold_char(c) {
            ' ' | '\t' | '\n' | '\r' => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            voiced @ ('ﾞ' | 'ﾟ') => voice(&mut plain, voiced),
            kana @ '\u{FF61}'..='\u{FF9D}' => plain.push(full_kana(kana)),
            other => plain.extend(other.to_lowercase()),
        }
    }
    plain
}

/// The full-width form of half-width katakana, in the order of its block.
fn full_kana(c: char) -> char {
    const FULL: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノ\
                        ハヒフヘホマミムメモヤユヨラリルレロワン";
    let index = u32::from(c).saturating_sub(0xFF61) as usize;
    FULL.chars().nth(index).unwrap_or(c)
}

/// Half-width katakana writes the voice mark as a character of its own.
fn voice(plain: &mut String, mark: char) {
    let next = plain.pop().and_then(|last| {
        let step = if mark == 'ﾞ' { 1 } else { 2 };
        let voiced = match last {
            'ウ' if mark == 'ﾞ' => Some('ヴ'),
            'カ'..='ト' if mark == 'ﾞ' => char::from_u32(u32::from(last) + step),
            'ハ' | 'ヒ' | 'フ' | 'ヘ' | 'ホ' => char::from_u32(u32::from(last) + step),
            _ => None,
        };
        voiced.or(Some(last))
    });
    plain.extend(next);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expected: &str) {
        assert_eq!(heading(written), expected);
    }

    #[test]
    fn headings_are_compared_in_one_width_and_case() {
        check("  Order　No. ", "order no.");
        check("ＱＴＹ", "qty");
        check("得意先ｺｰﾄﾞ", "得意先コード");
        check("ﾊﾟｰﾄﾅｰ", "パートナー");
        check("ｳﾞｪﾙ", "ヴェル");
        check("\u{FEFF}key", "key");
        check("Net\nAmount", "net amount");
    }
}
