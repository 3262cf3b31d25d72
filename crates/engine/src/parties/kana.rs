//! Texts as Japanese bank files hold them: half-width katakana, capitals, digits and few signs,
//! one byte each.
//!
//! # Invariants
//!
//! * What [`fold`] gives has one byte for each character in CP932, and only characters that the
//!   banks' association allows in a transfer.
//! * Nothing is guessed: a character without a half-width form (kanji, for one) is an error that
//!   names it, since a name the bank does not know bounces.

use thiserror::Error;

/// A character that no bank file can hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{character}` cannot stand in a bank file; write the name in katakana, `A`-`Z` and digits"
)]
pub struct KanaError {
    pub character: char,
}

/// Katakana with its half-width form, small ones as their large sisters, as the banks want them.
const KANA: &[(&str, &str)] = &[
    ("ァア", "ｱ"),
    ("ィイ", "ｲ"),
    ("ゥウ", "ｳ"),
    ("ェエ", "ｴ"),
    ("ォオ", "ｵ"),
    ("ヵカ", "ｶ"),
    ("キ", "ｷ"),
    ("ク", "ｸ"),
    ("ヶケ", "ｹ"),
    ("コ", "ｺ"),
    ("サ", "ｻ"),
    ("シ", "ｼ"),
    ("ス", "ｽ"),
    ("セ", "ｾ"),
    ("ソ", "ｿ"),
    ("タ", "ﾀ"),
    ("チ", "ﾁ"),
    ("ッツ", "ﾂ"),
    ("テ", "ﾃ"),
    ("ト", "ﾄ"),
    ("ナ", "ﾅ"),
    ("ニ", "ﾆ"),
    ("ヌ", "ﾇ"),
    ("ネ", "ﾈ"),
    ("ノ", "ﾉ"),
    ("ハ", "ﾊ"),
    ("ヒ", "ﾋ"),
    ("フ", "ﾌ"),
    ("ヘ", "ﾍ"),
    ("ホ", "ﾎ"),
    ("マ", "ﾏ"),
    ("ミ", "ﾐ"),
    ("ム", "ﾑ"),
    ("メ", "ﾒ"),
    ("モ", "ﾓ"),
    ("ャヤ", "ﾔ"),
    ("ュユ", "ﾕ"),
    ("ョヨ", "ﾖ"),
    ("ラ", "ﾗ"),
    ("リ", "ﾘ"),
    ("ル", "ﾙ"),
    ("レ", "ﾚ"),
    ("ロ", "ﾛ"),
    ("ヮワ", "ﾜ"),
    ("ヲ", "ｦ"),
    ("ン", "ﾝ"),
    ("ガ", "ｶﾞ"),
    ("ギ", "ｷﾞ"),
    ("グ", "ｸﾞ"),
    ("ゲ", "ｹﾞ"),
    ("ゴ", "ｺﾞ"),
    ("ザ", "ｻﾞ"),
    ("ジ", "ｼﾞ"),
    ("ズ", "ｽﾞ"),
    ("ゼ", "ｾﾞ"),
    ("ゾ", "ｿﾞ"),
    ("ダ", "ﾀﾞ"),
    ("ヂ", "ﾁﾞ"),
    ("ヅ", "ﾂﾞ"),
    ("デ", "ﾃﾞ"),
    ("ド", "ﾄﾞ"),
    ("バ", "ﾊﾞ"),
    ("ビ", "ﾋﾞ"),
    ("ブ", "ﾌﾞ"),
    ("ベ", "ﾍﾞ"),
    ("ボ", "ﾎﾞ"),
    ("ヴ", "ｳﾞ"),
    ("パ", "ﾊﾟ"),
    ("ピ", "ﾋﾟ"),
    ("プ", "ﾌﾟ"),
    ("ペ", "ﾍﾟ"),
    ("ポ", "ﾎﾟ"),
    ("゛", "ﾞ"),
    ("゜", "ﾟ"),
    ("ー－―‐−", "-"),
    ("・．。", "."),
    ("、，", ","),
    ("「", "｢"),
    ("」", "｣"),
    ("（", "("),
    ("）", ")"),
    ("／", "/"),
    ("￥¥", "\\"),
    ("　", " "),
];

/// Half-width katakana that have a large sister, and the long sign, which banks write as a hyphen.
const HALF: &[(char, char)] = &[
    ('ｧ', 'ｱ'),
    ('ｨ', 'ｲ'),
    ('ｩ', 'ｳ'),
    ('ｪ', 'ｴ'),
    ('ｫ', 'ｵ'),
    ('ｬ', 'ﾔ'),
    ('ｭ', 'ﾕ'),
    ('ｮ', 'ﾖ'),
    ('ｯ', 'ﾂ'),
    ('ｰ', '-'),
    ('･', '.'),
    ('｡', '.'),
    ('､', ','),
];

/// A text as a bank file holds it, or the first character that cannot be.
pub fn fold(text: &str) -> Result<String, KanaError> {
    let mut folded = String::with_capacity(text.len());
    for character in text.trim().chars() {
        // Hiragana lie beside katakana, 96 places before them.
        let katakana = match character {
            'ぁ'..='ゖ' => char::from_u32(u32::from(character) + 96).unwrap_or(character),
            other => other,
        };
        let wide = KANA.iter().find(|(wide, _)| wide.contains(katakana));
        match (wide, katakana) {
            (Some((_, half)), _) => folded.push_str(half),
            (None, 'ｦ' | 'ｱ'..='ﾟ' | '｢' | '｣') => folded.push(katakana),
            (None, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ') => {
                let ascii = char::from_u32(u32::from(katakana) - 0xfee0).unwrap_or(katakana);
                folded.push(ascii.to_ascii_uppercase());
            }
            (None, 'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '(' | ')' | '.' | ',' | '-' | '/') => {
                folded.push(katakana.to_ascii_uppercase());
            }
            (None, other) => match HALF.iter().find(|(small, _)| *small == other) {
                Some((_, large)) => folded.push(*large),
                None => return Err(KanaError { character }),
            },
        }
    }
    Ok(folded)
}

/// The bytes of a folded text in CP932.
pub(crate) fn bytes(folded: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        // The half-width block lies at 0xA1 in the same order.
        '｡'..='ﾟ' => u8::try_from(u32::from(c) - 0xff61 + 0xa1).unwrap_or(b'?'),
        other => u8::try_from(u32::from(other)).unwrap_or(b'?'),
    };
    folded.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_to_what_banks_take() {
        let cases = [
            ("カブシキガイシャ　ヒバリサイクル", "ｶﾌﾞｼｷｶﾞｲｼﾔ ﾋﾊﾞﾘｻｲｸﾙ"),
            ("カ）ヒバリ", "ｶ)ﾋﾊﾞﾘ"),
            ("ｶ)ﾋﾊﾞﾘ", "ｶ)ﾋﾊﾞﾘ"),
            ("ひばりショップ", "ﾋﾊﾞﾘｼﾖﾂﾌﾟ"),
            ("スポーツ・ジャパン", "ｽﾎﾟ-ﾂ.ｼﾞﾔﾊﾟﾝ"),
            ("Ａｂｃ 12", "ABC 12"),
            ("ｼｮｯﾌﾟｰ", "ｼﾖﾂﾌﾟ-"),
        ];
        for (text, expected) in cases {
            assert_eq!(fold(text).as_deref(), Ok(expected), "{text}");
        }
        for (text, character) in [("株式会社", '株'), ("Müller", 'ü'), ("A&B", '&')] {
            assert_eq!(fold(text), Err(KanaError { character }), "{text}");
        }
    }

    #[test]
    fn every_folded_character_is_one_byte_of_cp932() {
        let all: String = KANA.iter().map(|(wide, _)| *wide).collect();
        let folded = fold(&all).expect("all of them fold");
        let (expected, _, failed) = encoding_rs::SHIFT_JIS.encode(&folded);
        assert!(!failed);
        assert_eq!(bytes(&folded), expected.into_owned());
        assert_eq!(bytes(&folded).len(), folded.chars().count());
    }
}
