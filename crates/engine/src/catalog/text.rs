//! Texts of the catalog: what they may hold, how they are stored and found.

use domain::master::Fields;

use super::{CODE_CHARS_MAX, ItemRejection, Names, VALUE_CHARS_MAX};

pub(super) fn check_code(code: &str) -> Result<(), ItemRejection> {
    if code.trim().is_empty() {
        return Err(ItemRejection::NoCode);
    }
    if code.chars().count() > CODE_CHARS_MAX || code.contains(char::is_control) {
        let code = code.chars().filter(|c| !c.is_control()).take(CODE_CHARS_MAX).collect();
        return Err(ItemRejection::BadCode { code });
    }
    Ok(())
}

pub(super) fn check_value(field: &str, value: &str) -> Result<(), ItemRejection> {
    let bad = |text: &str| text.chars().count() > VALUE_CHARS_MAX || text.contains('\0');
    if bad(field) || bad(value) || field.is_empty() {
        let field = field.chars().filter(|c| !c.is_control()).take(CODE_CHARS_MAX).collect();
        return Err(ItemRejection::BadValue { field });
    }
    Ok(())
}

/// Merges what a batch says into what is known; an empty value clears.
pub(super) fn merge(known: &mut Fields, said: &Fields) {
    for (field, value) in said {
        if value.is_empty() {
            known.remove(field);
        } else {
            known.insert(field.clone(), value.clone());
        }
    }
}

/// The name in a language, else in English, else in any.
pub fn name_in<'a>(names: &'a Names, language: &str) -> Option<&'a str> {
    let name = names.get(language).or_else(|| names.get("en")).or_else(|| names.values().next());
    name.map(String::as_str)
}

/// What a search looks at: code and names, lower case.
pub(super) fn search_text(code: &str, names: &Names) -> String {
    let mut text = code.to_lowercase();
    for name in names.values() {
        text.push('\n');
        text.push_str(&name.to_lowercase());
    }
    text
}

/// The pattern that finds a part of [`search_text`], for `LIKE … ESCAPE '!'`.
pub(super) fn pattern(search: &str) -> String {
    let mut pattern = String::from("%");
    for c in search.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

pub(super) fn to_json(fields: &Fields) -> String {
    serde_json::to_string(fields).expect("texts by name are always JSON")
}

/// Reads what [`to_json`] wrote.
pub(super) fn from_json(text: &str) -> Fields {
    serde_json::from_str(text).expect("the column holds what to_json wrote")
}
