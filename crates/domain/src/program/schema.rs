//! JSON Schema (draft 2020-12) of programs and cases, for editors.
//!
//! It is made of the same table of keys that the parser refuses unknown keys by.

use std::fmt::{self, Write};

use super::keys::{HEADER, Key, Shape};

/// The schema of a program's file.
pub fn json_schema() -> String {
    document("Program", "An incentive program of Tokuten, one version.", HEADER)
}

/// A schema for a file whose root has these keys.
pub(crate) fn document(title: &str, says: &str, keys: &[Key]) -> String {
    let mut schema = String::new();
    let json = &mut schema;
    json.push_str("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
    put(json, format_args!("  \"title\": {},\n", quoted(title)));
    put(json, format_args!("  \"description\": {},\n", quoted(says)));
    object(json, keys, None, 1);
    json.push_str("\n}\n");
    schema
}

/// The keywords of an object, without its braces.
fn object(json: &mut String, keys: &[Key], others: Option<&Shape>, depth: usize) {
    let pad = "  ".repeat(depth);
    put(json, format_args!("{pad}\"type\": \"object\",\n"));
    let required: Vec<String> =
        keys.iter().filter(|key| key.required).map(|key| quoted(key.word)).collect();
    if !required.is_empty() {
        put(json, format_args!("{pad}\"required\": [{}],\n", required.join(", ")));
    }
    put(json, format_args!("{pad}\"properties\": {{\n"));
    for (number, key) in keys.iter().enumerate() {
        put(json, format_args!("{pad}  {}: {{\n", quoted(key.word)));
        put(json, format_args!("{pad}    \"description\": {}", quoted(key.says)));
        let mut shaped = String::new();
        keywords(&mut shaped, &key.shape, depth + 2);
        if !shaped.is_empty() {
            json.push_str(",\n");
            json.push_str(&shaped);
        }
        let comma = if number + 1 < keys.len() { "," } else { "" };
        put(json, format_args!("\n{pad}  }}{comma}\n"));
    }
    put(json, format_args!("{pad}}},\n"));
    match others {
        None => put(json, format_args!("{pad}\"additionalProperties\": false")),
        Some(shape) => {
            put(json, format_args!("{pad}\"additionalProperties\": "));
            braced(json, shape, depth);
        }
    }
}

fn braced(json: &mut String, shape: &Shape, depth: usize) {
    let mut inner = String::new();
    keywords(&mut inner, shape, depth + 1);
    if inner.is_empty() {
        json.push_str("{}");
    } else {
        put(json, format_args!("{{\n{inner}\n{}}}", "  ".repeat(depth)));
    }
}

const NUMBER: &str = r#""type": ["number", "string"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$""#;
const SHARE: &str = r#""type": ["number", "string"], "pattern": "^-?[0-9]+(\\.[0-9]+)? *%?$""#;

/// The keywords of a value, without braces; none for any value.
fn keywords(json: &mut String, shape: &Shape, depth: usize) {
    let pad = "  ".repeat(depth);
    let line = match shape {
        Shape::Any => return,
        // Editors read `0012` and `2026` as numbers and `true` as yes; for us they are texts.
        Shape::Word => r#""type": ["string", "number", "boolean"]"#.to_owned(),
        Shape::Names => r#""type": ["string", "number", "boolean", "object"], "additionalProperties": { "type": ["string", "number", "boolean"] }"#.to_owned(),
        Shape::Date => r#""type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$""#.to_owned(),
        Shape::Days => r#""type": "string", "pattern": "^[0-9]+ days?$""#.to_owned(),
        Shape::Number => NUMBER.to_owned(),
        Shape::Whole => r#""type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0"#.to_owned(),
        Shape::Share | Shape::Threshold => SHARE.to_owned(),
        Shape::YesNo => r#""enum": [true, false, "true", "false"]"#.to_owned(),
        Shape::Condition => r#""type": ["string", "boolean"]"#.to_owned(),
        Shape::Total => {
            r#""type": "string", "pattern": "^ *(sum|count|count_distinct|max|min) *\\(.*\\) *$""#
                .to_owned()
        }
        Shape::Words(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("\"enum\": [{}]", words.join(", "))
        }
        Shape::Map(keys) => return object(json, keys, None, depth),
        Shape::OpenMap(keys, others) => return object(json, keys, Some(others), depth),
        Shape::ByName(value) => {
            put(json, format_args!("{pad}\"type\": \"object\",\n{pad}\"additionalProperties\": "));
            return braced(json, value, depth);
        }
        Shape::List(item) => {
            put(json, format_args!("{pad}\"type\": \"array\",\n{pad}\"items\": "));
            return braced(json, item, depth);
        }
        Shape::OneOf(shapes) => {
            put(json, format_args!("{pad}\"anyOf\": [\n"));
            for (number, shape) in shapes.iter().enumerate() {
                put(json, format_args!("{pad}  "));
                braced(json, shape, depth + 1);
                json.push_str(if number + 1 < shapes.len() { ",\n" } else { "\n" });
            }
            put(json, format_args!("{pad}]"));
            return;
        }
    };
    put(json, format_args!("{pad}{line}"));
}

fn put(json: &mut String, words: fmt::Arguments<'_>) {
    json.write_fmt(words).expect("a string takes everything");
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
