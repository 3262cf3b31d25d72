use super::*;
use crate::program::parse::tests::WHOLE;
use crate::yaml::{self, Kind, Node};

/// Every JSON document is a YAML document, so our own reader can look at it.
fn schema() -> Node {
    yaml::parse(&json_schema()).expect("JSON").root
}

/// Whether a value fits a schema, as far as keys and words go.
fn fits(value: &Node, schema: &Node) -> bool {
    if let Some(any) = schema.get("anyOf").and_then(Node::list) {
        return any.iter().any(|schema| fits(value, schema));
    }
    if let Some(words) = schema.get("enum").and_then(Node::list) {
        return words.iter().any(|word| word.text() == value.text());
    }
    let types: Vec<&str> = match schema.get("type") {
        None => return true,
        Some(node) => match node.list() {
            Some(list) => list.iter().filter_map(Node::text).collect(),
            None => node.text().into_iter().collect(),
        },
    };
    match &value.kind {
        Kind::Scalar(_) => types.iter().any(|kind| !matches!(*kind, "object" | "array")),
        Kind::List(items) => {
            let schema = schema.get("items");
            types.contains(&"array")
                && items.iter().all(|item| schema.is_none_or(|schema| fits(item, schema)))
        }
        Kind::Map(entries) => {
            types.contains(&"object")
                && entries.iter().all(|(key, value)| {
                    let properties = schema.get("properties");
                    let named = properties.and_then(|p| p.get(key.text().unwrap_or_default()));
                    match (named, schema.get("additionalProperties")) {
                        (Some(schema), _) => fits(value, schema),
                        (None, Some(others)) => {
                            others.text() != Some("false") && fits(value, others)
                        }
                        (None, None) => true,
                    }
                })
        }
    }
}

#[test]
fn the_schema_knows_what_the_parser_knows() {
    let schema = schema();
    let whole = yaml::parse(WHOLE).expect("YAML").root;
    assert!(fits(&whole, &schema));
    for (from, to) in [
        ("currency: JPY\n", "currncy: JPY\n"),
        ("every: quarter,", "every: quarters,"),
        ("window: 12 months", "windw: 12 months"),
        ("at_least: 20", "least: 20"),
        ("  - term: volume", "  - trm: volume"),
    ] {
        let text = WHOLE.replacen(from, to, 1);
        assert_ne!(text, WHOLE);
        assert!(!fits(&yaml::parse(&text).expect("YAML").root, &schema), "{to}");
    }
}
