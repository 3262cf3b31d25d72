//! Texts as banks outside Japan pass them on: the Latin letters, digits and signs of the SWIFT set.
//!
//! Letters with accents lose them, German ones are written out, as the European Payments Council
//! recommends. What has no Latin form is an error and not a question mark: a payee's name decides
//! whether the transfer arrives.

use thiserror::Error;

/// A character that no bank passes on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{character}` cannot stand in a transfer; write the name in Latin letters")]
pub struct LatinError {
    pub character: char,
}

/// What each group of letters becomes.
const FOLDS: &[(&str, &str)] = &[
    ("ÀÁÂÃÅĀĂĄ", "A"),
    ("àáâãåāăą", "a"),
    ("Ä", "Ae"),
    ("ä", "ae"),
    ("Æ", "AE"),
    ("æ", "ae"),
    ("ÇĆĈĊČ", "C"),
    ("çćĉċč", "c"),
    ("ĎĐÐ", "D"),
    ("ďđð", "d"),
    ("ÈÉÊËĒĔĖĘĚ", "E"),
    ("èéêëēĕėęě", "e"),
    ("ĜĞĠĢ", "G"),
    ("ĝğġģ", "g"),
    ("ĤĦ", "H"),
    ("ĥħ", "h"),
    ("ÌÍÎÏĨĪĬĮİ", "I"),
    ("ìíîïĩīĭįı", "i"),
    ("Ĵ", "J"),
    ("ĵ", "j"),
    ("Ķ", "K"),
    ("ķ", "k"),
    ("ĹĻĽĿŁ", "L"),
    ("ĺļľŀł", "l"),
    ("ÑŃŅŇ", "N"),
    ("ñńņň", "n"),
    ("ÒÓÔÕØŌŎŐ", "O"),
    ("òóôõøōŏő", "o"),
    ("Ö", "Oe"),
    ("ö", "oe"),
    ("Œ", "OE"),
    ("œ", "oe"),
    ("ŔŖŘ", "R"),
    ("ŕŗř", "r"),
    ("ŚŜŞŠȘ", "S"),
    ("śŝşšș", "s"),
    ("ß", "ss"),
    ("ŢŤŦȚ", "T"),
    ("ţťŧț", "t"),
    ("ÙÚÛŨŪŬŮŰŲ", "U"),
    ("ùúûũūŭůűų", "u"),
    ("Ü", "Ue"),
    ("ü", "ue"),
    ("Ŵ", "W"),
    ("ŵ", "w"),
    ("ÝŶŸ", "Y"),
    ("ýŷÿ", "y"),
    ("ŹŻŽ", "Z"),
    ("źżž", "z"),
    ("Þ", "Th"),
    ("þ", "th"),
    ("&", "+"),
    ("‘’´`", "'"),
    ("“”\"", "'"),
    ("–—−‐_", "-"),
    (";", ","),
    ("@", "(at)"),
    ("\u{a0}\t\u{3000}", " "),
];

/// A text of the SWIFT set: blanks single, no `/` at an end and none doubled.
pub fn fold(text: &str) -> Result<String, LatinError> {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        let is_in_set = character.is_ascii_alphanumeric() || " /-?:().,'+".contains(character);
        let into = FOLDS.iter().find(|(from, _)| from.contains(character)).map(|(_, into)| *into);
        let before = folded.chars().next_back();
        match (is_in_set, into) {
            // Banks cut a text at a doubled slash.
            (true, _) if matches!(character, ' ' | '/') && before == Some(character) => {}
            (true, _) => folded.push(character),
            (false, Some(into)) => folded.push_str(into),
            (false, None) => return Err(LatinError { character }),
        }
    }
    Ok(folded.trim_matches([' ', '/']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_what_banks_pass_on() {
        let cases = [
            ("Müller & Söhne GmbH", "Mueller + Soehne GmbH"),
            ("Société Générale", "Societe Generale"),
            ("Łódź  Sp. z o.o.", "Lodz Sp. z o.o."),
            ("/INV//2026/1/", "INV/2026/1"),
            ("O’Neill", "O'Neill"),
        ];
        for (text, expected) in cases {
            assert_eq!(fold(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(fold("ひばり"), Err(LatinError { character: 'ひ' }));
        assert_eq!(fold("a<b"), Err(LatinError { character: '<' }));
    }

    #[test]
    fn every_fold_gives_the_swift_set() {
        for (from, _) in FOLDS.iter().filter(|(_, into)| *into != " ") {
            let folded = fold(&format!("x{from}x")).expect("folds");
            assert!(folded.is_ascii(), "{folded}");
            assert_eq!(fold(&folded).as_deref(), Ok(folded.as_str()));
        }
    }
}
