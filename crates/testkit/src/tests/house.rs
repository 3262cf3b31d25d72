//! The rules of the house that no compiler holds, read from the source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use engine::db::testing::for_each_database;
use engine::db::{AssertSqlSafe, Dialect};

use super::{files_under, workspace};

/// What the modules of the engine may build on, from the ground up: a module names modules of its
/// own line and of lines above it, and no others. Stages stand each on a line of its own, in the
/// order of the flow.
const ORDER: &[&[&str]] = &[
    &["db", "clock", "id", "args", "exact", "hex"],
    // The ground.
    &["access", "audit", "idempotency", "privacy", "outbox", "links"],
    // Stores: own tables, know no stage.
    &["catalog", "journal", "rules", "totals", "ledger", "parties", "policy", "payouts", "members"],
    // Letters, which look at what people agreed to.
    &["mail"],
    // Stages.
    &["ingest"],
    // They turn around each other: what is earned lifts tiers, and tiers count for what is earned.
    &["take", "external", "accrue", "rebuild", "reference", "programs", "wallets"],
    &["orders"],
    &["settle"],
    &["by_hand"],
    // What holds the stages together, and what brings facts to it.
    &["office"],
    &["imports"],
    &["intake", "realtime"],
    // What the product itself sees people do, which comes in as everybody's facts do.
    &["activities"],
    &["training", "referrals"],
    &["proof"],
    &["pictures"],
    // Readers of everything.
    &["explain", "views", "backup"],
    // What is looked at before anything happens.
    &["trial", "what_if"],
    &["findings"],
    &["acting"],
    // What is handed out of all that.
    &["papers", "mailings"],
];

fn engine() -> PathBuf {
    workspace().join("crates/engine/src")
}

/// The modules of the engine with the text of their code, tests left out.
fn modules() -> BTreeMap<String, String> {
    let root = engine();
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    for path in files_under(&root, ".rs") {
        let inside = path.strip_prefix(&root).expect("a file of the engine");
        let mut parts = inside.iter().map(|part| part.to_string_lossy().into_owned());
        let module = parts.next().expect("a name").trim_end_matches(".rs").to_owned();
        let is_test = inside.iter().any(|part| {
            let part = part.to_string_lossy();
            part.contains("tests") || part == "testing" || part.ends_with("_tests.rs")
        });
        if module != "lib" && !is_test {
            let text = std::fs::read_to_string(&path).expect("source is text");
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            modules.entry(module).or_default().push_str(code);
        }
    }
    modules
}

/// Modules of the engine that a text names: `use crate::x`, `use crate::{x, y::z}`, `crate::x::`.
fn named(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.flat_map(|line| [line, "\n"]).collect();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut first = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        named.insert(word(first.trim()));
                        first.clear();
                    }
                    c => first.push(c),
                }
            }
            named.insert(word(first.trim()));
        } else {
            named.insert(word(rest));
        }
    }
    named.remove("");
    named
}

#[test]
fn stages_build_on_stores_and_earlier_stages_alone() {
    let place = |module: &str| ORDER.iter().position(|line| line.contains(&module));
    let mut wrong = Vec::new();
    for (module, text) in modules() {
        let Some(own) = place(&module) else {
            wrong.push(format!("`{module}` has no place in ORDER: say what it may build on"));
            continue;
        };
        for other in named(&text).into_iter().filter(|other| *other != module) {
            match place(&other) {
                Some(theirs) if theirs <= own => {}
                Some(_) => wrong.push(format!("`{module}` names `{other}`, which comes later")),
                // A type or function of the crate's root.
                None => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Tables that a text writes to.
fn written(text: &str) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    let table = |rest: &str| -> String {
        let rest = rest.trim_start_matches([' ', '\\', '\n', '"']);
        rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
    };
    for start in ["INSERT INTO ", "DELETE FROM ", "UPDATE "] {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].trim_end();
            // `DO UPDATE SET` writes to the table of its INSERT.
            if start == "UPDATE " && (before.ends_with("DO") || before.ends_with("FOR")) {
                continue;
            }
            tables.insert(table(&text[at + start.len()..]));
        }
    }
    for start in ["insert_many(", "insert_many_returning("] {
        for (at, _) in text.match_indices(start) {
            let rest = text[at + start.len()..].trim_start();
            if let Some(rest) = rest.strip_prefix('"') {
                tables.insert(table(rest));
            }
        }
    }
    tables.remove("");
    tables
}

#[tokio::test]
async fn a_table_has_one_owner() {
    let mut real = BTreeSet::new();
    let database = engine::db::testing::TestDatabase::sqlite();
    let db = database.open().await;
    db.migrate().await.expect("a new database can be migrated");
    let mut reader = db.read().await.expect("a reader");
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
    for row in reader.rows(sql, engine::args![]).await.expect("tables") {
        real.insert(row.string(0));
    }
    drop(reader);
    db.close().await;
    assert!(real.contains("fact") && real.contains("posting"), "{real:?}");

    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // The ground copies whole databases, table by table, whoever owns them.
    for (module, text) in modules().into_iter().filter(|(name, _)| name != "db") {
        for table in written(&text).into_iter().filter(|table| real.contains(table)) {
            owners.entry(table).or_default().insert(module.clone());
        }
    }
    let shared: Vec<_> = owners.iter().filter(|(_, owners)| owners.len() > 1).collect();
    assert!(shared.is_empty(), "written by several modules: {shared:?}");
    for (table, owner) in [("fact", "journal"), ("posting", "ledger"), ("total", "totals")] {
        assert_eq!(owners[table], BTreeSet::from([owner.to_owned()]), "{table}");
    }
}

#[tokio::test]
async fn what_happened_cannot_be_changed_on_any_database() {
    use engine::access::Actor;
    use engine::catalog::{self, Item, Names};

    for_each_database(async |db| {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let mut tx = db.write().await.expect("a turn to write");
        let partner = Item::new("P1", Names::new(), catalog::Fields::new()).expect("an item");
        let first = jiff::civil::Date::MIN;
        // Leaves a row of `audit`.
        catalog::upsert_partners(&mut tx, now, &Actor::System, first, vec![partner])
            .await
            .expect("a partner");
        let hash = if db.dialect() == Dialect::Sqlite { "x'00'" } else { "'\\x00'::bytea" };
        let rows = [
            format!(
                "INSERT INTO fact (tenant_id, fact_seq, change, key, kind, happened, recorded, \
                 hash) VALUES (1, 1, 0, 'S1', 0, 0, 0, {hash})"
            ),
            "INSERT INTO posting (tenant_id, posting_seq, recorded, cause, debit_id, credit_id, \
             unit, amount) VALUES (1, 1, 0, 'accrual', 1, 2, 'USD', '1')"
                .to_owned(),
            "INSERT INTO closing (tenant_id, program_id, period_name, period_day, period_end, \
             closed_at, closed_by) VALUES (1, 1, '2026', 0, 1, 0, 'me')"
                .to_owned(),
        ];
        for sql in rows {
            tx.execute(AssertSqlSafe(sql), engine::args![]).await.expect("a row");
        }
        tx.commit().await.expect("a commit");
        for table in ["fact", "posting", "closing", "audit"] {
            for sql in [
                format!("UPDATE {table} SET tenant_id = tenant_id"),
                format!("DELETE FROM {table}"),
            ] {
                let mut tx = db.write().await.expect("a turn to write");
                let done = tx.execute(AssertSqlSafe(sql.clone()), engine::args![]).await;
                assert!(done.is_err(), "`{sql}` went through on {}", db.dialect().name());
                // Nothing to keep.
                drop(tx);
            }
        }
    })
    .await;
}

#[test]
fn nothing_is_called_utils() {
    let vague = ["utils", "util", "common", "helpers", "helper", "manager", "misc"];
    let mut wrong = Vec::new();
    for path in files_under(&workspace().join("crates"), ".rs") {
        let names = path.iter().map(|part| part.to_string_lossy().into_owned());
        let named = |name: String| vague.contains(&name.trim_end_matches(".rs"));
        // The words of pages that are on every page.
        let is_catalog = path.to_string_lossy().contains("/i18n/");
        if !is_catalog && names.into_iter().any(named) {
            wrong.push(path.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "say what it is for instead: {wrong:?}");
}

#[test]
fn no_floats_where_amounts_are() {
    // Spreadsheets and measurements of time are made of floats; amounts are not.
    let allowed = ["ingest/source/xlsx", "db/measure.rs"];
    let mut wrong = Vec::new();
    for folder in ["crates/domain/src", "crates/engine/src"] {
        for path in files_under(&workspace().join(folder), ".rs") {
            let name = path.to_string_lossy().replace('\\', "/");
            if allowed.iter().any(|allowed| name.contains(allowed)) || name.contains("test") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("source is text");
            for (at, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let mut words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                if words.any(|word| word == "f64" || word == "f32") {
                    wrong.push(format!("{name}:{}: {}", at + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The table of features names what there is: files and folders of ours, pages that are served,
/// routes of the API. Every row stands in it once.
#[test]
fn features() {
    let root = workspace();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a text of ours");
    let (pages, api) = (read("crates/web/src/access.rs"), read("docs/reference/api.md"));
    let table = read("docs/reference/features.md");
    let mut wrong = Vec::new();
    // What stands in backticks is every second part.
    for path in table.split('`').skip(1).step_by(2).filter(|code| code.contains('/')) {
        let address = path.split('?').next().unwrap_or_default();
        let is_there = if address.starts_with("/api/v1/") {
            api.contains(&format!(" {address}` |"))
        } else if address.starts_with('/') {
            pages.contains(&format!("(\"{address}\","))
        } else {
            root.join(path).exists()
        };
        if !is_there {
            wrong.push(format!("there is no `{path}`"));
        }
    }
    let letters = [('R', 1..=48), ('R', 60..=72), ('L', 1..=44), ('P', 1..=15), ('B', 1..=11)];
    let all = letters
        .iter()
        .flat_map(|(letter, rows)| rows.clone().map(move |row| (format!("{letter}-{row:02}"), 0)));
    let mut rows: BTreeMap<String, usize> = all.collect();
    let is_row =
        |line: &&str| letters.iter().any(|(letter, _)| line.starts_with(&format!("| {letter}-")));
    for line in table.lines().filter(is_row) {
        let row = line.split('|').nth(1).unwrap_or_default().trim();
        if let Some(times) = rows.get_mut(row) {
            *times += 1;
        } else {
            wrong.push(format!("there is no feature `{row}`"));
        }
    }
    for (row, times) in rows.iter().filter(|(_, times)| **times != 1) {
        wrong.push(format!("`{row}` has {times} rows"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
