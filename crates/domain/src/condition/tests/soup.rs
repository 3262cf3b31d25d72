//! Random texts: whatever is written, nothing panics.

use super::*;

const TOKENS: &[&str] = &[
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "+",
    "-",
    "*",
    "/",
    "?",
    ":",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "%",
    "=",
    "\"",
    "'",
    "\\",
    "\"a\"",
    "'b'",
    "r\"",
    "0",
    "1",
    "0.1",
    "999999999999999",
    "1e9",
    "true",
    "false",
    "null",
    "has",
    "has(",
    "list(\"spring\")",
    "price(\"p\")",
    "awarded(\"t\")",
    "date(\"2026-05-01\")",
    ".year",
    ".weekday",
    ".startsWith(",
    ".matches(\"a+\")",
    "fact",
    "fact.of",
    "fact.most",
    "fact.absent",
    "fact.promo",
    "product.brand",
    "partner",
    "partner.top",
    ".parent",
    "earner",
    "party",
    "party.circle.top",
    "quantity",
    "amount",
    "東",
    "🚲",
    "\u{0}",
    "\n",
    "//",
    "“",
    " ",
];

/// No soup of tokens or characters makes the parser or the evaluation panic.
#[test]
fn no_soup_of_tokens_makes_it_panic() {
    // A xorshift generator with a fixed seed: every run tries the same texts.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let (story, declared) = (story(), declared());
    let mut parsed = 0;
    for _ in 0..60_000 {
        let mut text = String::new();
        for _ in 0..=random(9) {
            text.push_str(TOKENS[random(TOKENS.len())]);
            if random(3) == 0 {
                text.push(' ');
            }
        }
        let _ = Path::parse(&text, &declared);
        match Expr::parse(&text, &declared, Wanted::Any) {
            Ok(expr) => {
                parsed += 1;
                let again = Expr::parse(expr.text(), &declared, Wanted::Any);
                assert_eq!(again.as_ref(), Ok(&expr), "`{text}`");
                let value = expr.value(&story.subject());
                if let Some(joined) = Expr::and(expr.conjuncts()) {
                    assert_eq!(joined.value(&story.subject()), value, "`{text}`");
                }
                for part in expr.bind(&story.lists).conjuncts() {
                    let _ = part.about_earner().value(&story.subject());
                }
            }
            Err(errors) => {
                assert!(!errors.is_empty(), "`{text}`");
                for error in errors {
                    assert!(text.is_char_boundary(error.offset), "`{text}`: {error:?}");
                }
            }
        }
    }
    assert!(parsed > 500, "only {parsed} of the texts were expressions: the soup is too thin");
}
