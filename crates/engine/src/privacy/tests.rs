use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::args;
use crate::db::testing::for_each_database;
use crate::db::{Db, Dialect};

/// Tables of the database's own book-keeping, which hold nothing of anybody.
const NOT_OURS: [&str; 1] = ["schema_migration"];

/// Every column as `table.column`, as the database tells them.
async fn schema(db: &Db) -> BTreeSet<String> {
    let sql = match db.dialect() {
        Dialect::Sqlite => {
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'"
        }
        Dialect::Postgres => {
            "SELECT CAST(table_name AS text), CAST(column_name AS text) \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let rows = db.read().await.unwrap().rows(sql, args![]).await.unwrap();
    rows.iter()
        .filter(|row| !NOT_OURS.contains(&row.text(0)))
        .map(|row| format!("{}.{}", row.text(0), row.text(1)))
        .collect()
}

/// What is wrong with a schema beside the classes.
fn differences(schema: &BTreeSet<String>) -> Vec<String> {
    let classed: Vec<String> = TABLES
        .iter()
        .flat_map(|table| table.columns().map(|(column, _)| format!("{}.{column}", table.name)))
        .collect();
    let once: BTreeSet<String> = classed.iter().cloned().collect();
    let unclassed =
        schema.difference(&once).map(|column| format!("`{column}` has no privacy class"));
    let gone = once.difference(schema).map(|column| format!("`{column}` is not in the schema"));
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for column in &classed {
        *counts.entry(column).or_default() += 1;
    }
    let twice = counts
        .into_iter()
        .filter(|(_, count)| *count > 1)
        .map(|(column, _)| format!("`{column}` has two privacy classes"));
    unclassed.chain(gone).chain(twice).collect()
}

#[tokio::test]
async fn every_column_has_a_privacy_class() {
    for_each_database(async |db| {
        let schema = schema(&db).await;
        assert!(schema.contains("fact.amount") && schema.contains("user_account.login"));
        let wrong = differences(&schema);
        assert!(wrong.is_empty(), "say so in `engine::privacy`:\n{}", wrong.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn every_table_carries_its_tenant() {
    for_each_database(async |db| {
        let schema = schema(&db).await;
        let without: BTreeSet<&str> = schema
            .iter()
            .filter_map(|column| column.split('.').next())
            .filter(|table| !schema.contains(&format!("{table}.tenant_id")))
            .collect();
        assert!(without.is_empty(), "tables without `tenant_id`: {without:?}");
    })
    .await;
}

#[test]
fn a_column_that_nobody_thought_about_is_found() {
    let all = TABLES
        .iter()
        .flat_map(|table| table.columns().map(|(column, _)| format!("{}.{column}", table.name)));
    let mut schema: BTreeSet<String> = all.collect();
    assert_eq!(differences(&schema), Vec::<String>::new());
    schema.insert("partner.tax_number".to_owned());
    schema.remove("payout.comment");
    assert_eq!(
        differences(&schema),
        ["`partner.tax_number` has no privacy class", "`payout.comment` is not in the schema"]
    );
}

/// What opens a door, or foretells a draw, is recognised by its name: nobody classes it lower by
/// mistake.
#[test]
fn hashes_of_secrets_are_secrets() {
    for table in TABLES {
        for (column, class) in table.columns() {
            let opens = ["password", "token_hash", "csrf", "secret", "seed"];
            let is_secret = opens.iter().any(|word| column.contains(word));
            assert_eq!(is_secret, class == Privacy::Secret, "`{}.{column}`", table.name);
        }
    }
}

#[test]
fn the_reference_lists_the_classes() {
    let mut page = String::from(PAGE);
    for class in Privacy::ALL {
        page = [&page, "\n## ", class.word(), "\n\n| table | columns |\n|---|---|\n"].concat();
        for table in TABLES {
            let of = table.columns().filter(|(_, of)| *of == class);
            let names: Vec<&str> = of.map(|(column, _)| column).collect();
            if !names.is_empty() {
                let row = [table.name, &names.join("` `")].join("` | `");
                page = [page.as_str(), "| `", &row, "` |\n"].concat();
            }
        }
    }
    let published = include_str!("../../../../docs/reference/privacy.md");
    assert!(published == page, "write this to docs/reference/privacy.md:\n{page}");
}

const PAGE: &str = "# Privacy of what is stored

Every column of the database has a class, written down in `engine::privacy`; a test fails for one that has none.

| class | meaning |
|---|---|
| technical | numbers, instants and words of our own: tells nothing about anybody |
| business | what the vendor and its partners do with each other: for those who may see that record |
| personal | names a person, or is written by one and may: not in logs, removed or replaced when the person asks and the law does not want it kept |
| secret | lets its holder in: kept as a hash where that is enough, and shown to nobody |
";
