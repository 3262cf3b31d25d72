//! Conditions in plain words: `product.category == "Bikes"` as a sentence part a partner can read.
//!
//! Conditions are a language of their own, and only its everyday part has plain words: comparing a
//! field with values, lists, `has`, `startsWith`, and these joined by `&&` and `||`. Whatever else
//! stands there is shown as it is written, which is exact, if not plain.

use crate::i18n::{Lang, Words, fill};

/// A condition in words, or as it is written where words would not be exact.
pub fn say(lang: Lang, text: &str) -> String {
    in_words(lang, text).unwrap_or_else(|| text.trim().to_string())
}

/// A condition in words, if all of it has some.
pub fn in_words(lang: Lang, text: &str) -> Option<String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { lang, words: lang.words(), tokens: &tokens };
    let said = parser.any()?;
    parser.tokens.is_empty().then_some(said)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A path or a word: `product.category`, `in`.
    Name(String),
    Literal(String),
    Sign(&'static str),
}

const SIGNS: [&str; 15] =
    ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ",", "-"];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = vec![];
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' || first == '\'' {
            let inside = &rest[1..];
            let end = inside.find(first)?;
            // An escape would have to be read as the language reads it.
            let inside = inside.get(..end).filter(|inside| !inside.contains('\\'))?;
            tokens.push(Token::Literal(inside.to_string()));
            end + 2
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            tokens.push(Token::Literal(rest.get(..end)?.to_string()));
            end
        } else if first.is_alphabetic() || first == '_' {
            let goes_on = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let end = rest.find(|c: char| !goes_on(c)).unwrap_or(rest.len());
            tokens.push(Token::Name(rest.get(..end)?.to_string()));
            end
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest.get(length..)?.trim_start();
    }
    Some(tokens)
}

struct Parser<'t> {
    lang: Lang,
    words: &'static Words,
    tokens: &'t [Token],
}

impl Parser<'_> {
    fn sign(&mut self, sign: &str) -> Option<()> {
        match self.tokens.split_first() {
            Some((Token::Sign(found), rest)) if *found == sign => {
                self.tokens = rest;
                Some(())
            }
            _ => None,
        }
    }

    fn next(&mut self) -> Option<&Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn any(&mut self) -> Option<String> {
        let mut said = vec![self.all()?];
        while self.sign("||").is_some() {
            said.push(self.all()?);
        }
        Some(said.join(self.words.terms.clause_or))
    }

    fn all(&mut self) -> Option<String> {
        let mut said = vec![self.one()?];
        while self.sign("&&").is_some() {
            said.push(self.one()?);
        }
        Some(said.join(self.words.terms.clause_and))
    }

    fn one(&mut self) -> Option<String> {
        if self.sign("(").is_some() {
            let said = self.any()?;
            self.sign(")")?;
            return Some(said);
        }
        let negated = self.sign("!").is_some();
        let around = negated && self.sign("(").is_some();
        let said = self.plain(negated)?;
        if around {
            self.sign(")")?;
        }
        Some(said)
    }

    /// A field and what is asked of it.
    fn plain(&mut self, negated: bool) -> Option<String> {
        let t = &self.words.terms;
        let Token::Name(name) = self.next()?.clone() else { return None };
        if name == "has" {
            self.sign("(")?;
            let Token::Name(path) = self.next()?.clone() else { return None };
            self.sign(")")?;
            let template = if negated { t.clause_has_not } else { t.clause_has };
            return Some(fill(template, &[("field", &field(self.lang, &path))]));
        }
        if let Some(path) = name.strip_suffix(".startsWith").filter(|_| !negated) {
            self.sign("(")?;
            let values = self.literal()?;
            self.sign(")")?;
            return Some(self.put(t.clause_starts, path, &values));
        }
        match self.next()?.clone() {
            Token::Sign(sign) if !negated => {
                let values = self.literal()?;
                Some(self.put(comparison(self.words, sign)?, &name, &values))
            }
            Token::Name(word) if word == "in" => {
                let (values, several) = self.set()?;
                let template = match (negated, several) {
                    (false, true) => t.clause_one_of,
                    (false, false) => t.clause_is,
                    (true, true) => t.clause_none_of,
                    (true, false) => t.clause_not,
                };
                Some(self.put(template, &name, &values))
            }
            _ => None,
        }
    }

    fn put(&self, template: &str, path: &str, values: &str) -> String {
        fill(template, &[("field", &field(self.lang, path)), ("values", values)])
    }

    fn literal(&mut self) -> Option<String> {
        let sign = self.sign("-").map(|()| crate::format::MINUS.to_string()).unwrap_or_default();
        let lang = self.lang;
        match self.next()? {
            Token::Literal(text) => {
                let number = text.parse().ok().map(crate::format::quantity);
                Some(number.map_or_else(|| quoted(lang, text), |number| format!("{sign}{number}")))
            }
            _ => None,
        }
    }

    /// The values of `["a", "b"]`, and whether there are several.
    fn set(&mut self) -> Option<(String, bool)> {
        self.sign("[")?;
        let mut values = vec![self.literal()?];
        while self.sign(",").is_some() {
            values.push(self.literal()?);
        }
        self.sign("]")?;
        Some((values.join(self.lang.say("", ", ")), values.len() > 1))
    }
}

fn quoted(lang: Lang, text: &str) -> String {
    let (open, close) = (lang.say("「", "“"), lang.say("」", "”"));
    format!("{open}{text}{close}")
}

fn comparison(words: &Words, sign: &str) -> Option<&'static str> {
    let t = &words.terms;
    Some(match sign {
        "==" => t.clause_is,
        "!=" => t.clause_not,
        "<" => t.clause_below,
        "<=" => t.clause_at_most,
        ">" => t.clause_above,
        ">=" => t.clause_at_least,
        _ => return None,
    })
}

/// A path in words: "product category".
pub fn field(lang: Lang, path: &str) -> String {
    let mut parts = path.split('.');
    let (Some(first), rest) = (parts.next(), parts.collect::<Vec<_>>()) else {
        return path.into();
    };
    let attribute = rest.last().map(|last| label(lang, last));
    match (first, attribute) {
        // What a line says needs no "of the line".
        ("fact", Some(name)) => name,
        (_, Some(name)) => {
            let of = if first == "party" { rest[0] } else { first };
            format!("{}{}{name}", label(lang, of), lang.say("の", " "))
        }
        (one, None) => label(lang, one),
    }
}

/// The name of a field of a partner, a product or a line: those that most vendors have in words,
/// others as the vendor wrote them.
pub fn label(lang: Lang, name: &str) -> String {
    let known = |name: &str| LABELS.iter().find(|(known, ..)| *known == name);
    // A key, a code or a number of something names it.
    let plain = ["_key", "_code", "_id", "_no"].iter().find_map(|end| name.strip_suffix(end));
    let plain = plain.filter(|plain| !plain.is_empty()).unwrap_or(name);
    let found = known(name).or_else(|| known(plain));
    found.map_or_else(|| plain.replace('_', " "), |(_, en, ja)| lang.say(ja, en).to_string())
}

const LABELS: [(&str, &str, &str); 52] = [
    ("account_manager", "account manager", "担当者"),
    ("activity_type", "activity", "活動"),
    ("amount", "net amount", "金額"),
    ("brand", "brand", "ブランド"),
    ("business_type", "business type", "業態"),
    ("campaign", "campaign", "キャンペーン"),
    ("category", "category", "分類"),
    ("channel", "channel", "販路"),
    ("city", "city", "市区町村"),
    ("code", "code", "コード"),
    ("country", "country", "国"),
    ("currency", "currency", "通貨"),
    ("date", "date", "日付"),
    ("distributor", "distributor", "卸"),
    ("earner", "partner", "パートナー"),
    ("family", "family", "製品群"),
    ("industry", "industry", "業種"),
    ("joined", "partner since", "取引開始日"),
    ("kind", "kind of line", "行の種類"),
    ("level", "level", "区分"),
    ("line", "line of the document", "伝票の行"),
    ("model", "model", "型"),
    ("name", "name", "名前"),
    ("order", "number of the document", "伝票番号"),
    ("parent", "parent", "上位のパートナー"),
    ("partner", "partner", "パートナー"),
    ("postal_code", "postal code", "郵便番号"),
    ("product", "product", "商品"),
    ("quantity", "quantity", "数量"),
    ("region", "region", "地域"),
    ("reseller", "reseller", "再販店"),
    ("segment", "segment", "セグメント"),
    ("series", "series", "シリーズ"),
    ("ship_to", "ship-to", "出荷先"),
    ("size", "size", "サイズ"),
    ("state", "state", "都道府県"),
    ("subcategory", "subcategory", "小分類"),
    ("territory", "territory", "テリトリー"),
    ("type", "type", "種別"),
    ("unit", "unit", "単位"),
    ("end_customer", "end customer", "最終顧客"),
    ("buying_group", "buying group", "共同購買グループ"),
    ("promotion", "promotion", "販促"),
    ("sales_territory", "sales territory", "販売地域"),
    ("points_paid", "points paid", "ポイント支払額"),
    ("color", "color", "色"),
    ("class", "class", "等級"),
    ("style", "style", "スタイル"),
    ("product_line", "product line", "製品ライン"),
    ("payment_terms", "payment terms", "支払条件"),
    ("warehouse", "warehouse", "倉庫"),
    ("salesperson", "salesperson", "営業担当"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_conditions_have_words_and_others_stand_as_written() {
        let cases = [
            (
                r#"product.category == "Bikes""#,
                "product category is “Bikes”",
                "商品の分類が「Bikes」",
            ),
            (
                r#"product.category in ["Parts", "Gear"] && fact.campaign != "fair""#,
                "product category is one of “Parts”, “Gear”, and campaign is not “fair”",
                "商品の分類が「Parts」「Gear」のいずれか、かつキャンペーンが「fair」でない",
            ),
            (
                r#"!(partner.country in ["US"]) || quantity >= 10"#,
                "partner country is not “US”, or quantity is at least 10",
                "パートナーの国が「US」でない、または数量が10以上",
            ),
            (
                r#"has(fact.promotion_code) && product.code.startsWith("CB-")"#,
                "promotion is given, and product code begins with “CB-”",
                "販促がある、かつ商品のコードが「CB-」で始まる",
            ),
            (
                "party.ship_to.region == 'East'",
                "ship-to region is “East”",
                "出荷先の地域が「East」",
            ),
            ("fact.amount / fact.quantity > 5", "", ""),
            (r#"product.code.matches("^A")"#, "", ""),
            (r#"product.category == "a\"b""#, "", ""),
            ("a == 1 b", "", ""),
            ("", "", ""),
        ];
        for (text, en, ja) in cases {
            let some = |said: &str| (!said.is_empty()).then(|| said.to_string());
            assert_eq!(in_words(Lang::En, text), some(en), "`{text}`");
            assert_eq!(in_words(Lang::Ja, text), some(ja), "`{text}`");
        }
        assert_eq!(say(Lang::En, " a.matches(b) "), "a.matches(b)");
    }
}
