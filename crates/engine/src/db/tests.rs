use jiff::civil::{Date, date};

use super::testing::{TestDatabase, databases, for_each_database};
use super::*;

/// Makes a table that only this test has.
async fn with_table(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.execute("CREATE TABLE thing (id bigint PRIMARY KEY, a text, b bigint)", args![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn count(reader: &mut Reader) -> i64 {
    reader.row("SELECT count(*) FROM thing", args![]).await.unwrap().unwrap().int(0)
}

#[tokio::test]
async fn what_is_written_is_read() {
    for_each_database(async |db| {
        with_table(&db).await;
        let mut tx = db.write().await.unwrap();
        let changed = tx
            .execute("INSERT INTO thing (id, a, b) VALUES ($1, $2, $3)", args![1, "é — 東京", true])
            .await
            .unwrap();
        assert_eq!(changed, 1);
        tx.execute(
            "INSERT INTO thing (id, a, b) VALUES ($1, $2, $3)",
            args![2, None::<&str>, None::<i64>],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();

        let mut reader = db.read().await.unwrap();
        let rows =
            reader.rows("SELECT id, a, b, id = 1 FROM thing ORDER BY id", args![]).await.unwrap();
        assert_eq!((rows[0].int(0), rows[0].text(1), rows[0].int(2)), (1, "é — 東京", 1));
        assert_eq!((rows[1].opt_text(1), rows[1].opt_int(2)), (None, None));
        assert_eq!((rows[0].bool(3), rows[1].bool(3)), (true, false));
        let sum = reader
            .row("SELECT CAST(sum(id) AS bigint) FROM thing WHERE id >= $1 OR id >= $1", args![1])
            .await
            .unwrap();
        assert_eq!(sum.unwrap().int(0), 3);
    })
    .await;
}

#[tokio::test]
async fn dropped_means_never_happened() {
    for_each_database(async |db| {
        with_table(&db).await;
        let mut tx = db.write().await.unwrap();
        tx.execute("INSERT INTO thing (id) VALUES (1)", args![]).await.unwrap();
        assert_eq!(count(&mut tx).await, 1);
        drop(tx);
        assert_eq!(count(&mut db.read().await.unwrap()).await, 0);
        // The next writer gets its turn.
        db.write().await.unwrap().commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_reader_sees_one_state() {
    for_each_database(async |db| {
        with_table(&db).await;
        let mut reader = db.read().await.unwrap();
        assert_eq!(count(&mut reader).await, 0);
        let mut tx = db.write().await.unwrap();
        tx.execute("INSERT INTO thing (id) VALUES (1)", args![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&mut reader).await, 0);
        assert_eq!(count(&mut db.read().await.unwrap()).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_reader_cannot_write() {
    for_each_database(async |db| {
        with_table(&db).await;
        let mut reader = db.read().await.unwrap();
        let error = reader.rows("INSERT INTO thing (id) VALUES (1) RETURNING id", args![]).await;
        assert!(matches!(error, Err(DbError::ReadOnly(_))), "{:?}", error.map(|_| ()));
    })
    .await;
}

/// Writers that read a number, add one and write it back lose nothing, even over two pools, which
/// is how two processes look to the database.
#[tokio::test]
async fn writers_take_turns() {
    for database in databases().await {
        let (one, other) = (database.open().await, database.open().await);
        with_table(&one).await;
        let mut tx = one.write().await.unwrap();
        tx.execute("INSERT INTO thing (id, b) VALUES (1, 0)", args![]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tasks = Vec::new();
        for turn in 0..20 {
            let db = if turn % 2 == 0 { one.clone() } else { other.clone() };
            tasks.push(tokio::spawn(async move {
                let mut tx = db.write().await.unwrap();
                let row = tx.row("SELECT b FROM thing WHERE id = 1", args![]).await.unwrap();
                let next = row.unwrap().int(0) + 1;
                tx.execute("UPDATE thing SET b = $1 WHERE id = 1", args![next]).await.unwrap();
                tx.commit().await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let mut reader = one.read().await.unwrap();
        let row = reader.row("SELECT b FROM thing", args![]).await.unwrap().unwrap();
        assert_eq!(row.int(0), 20, "{:?}", database.dialect);
        drop(reader);
        one.close().await;
        other.close().await;
        database.remove().await;
    }
}

#[tokio::test]
async fn many_rows_go_in_at_any_number() {
    for_each_database(async |db| {
        with_table(&db).await;
        let mut first: i64 = 0;
        for rows in [0_i64, 1, 7, 8, 9, 665, 666, 667, 5_000, 20_001] {
            let ids: Vec<i64> = (first..first + rows).collect();
            first += rows;
            let texts = ids.iter().map(|id| (id % 3 != 0).then(|| format!("t{id}"))).collect();
            let mut tx = db.write().await.unwrap();
            let data = vec![Column::Int(ids), Column::OptText(texts), Column::same(rows)];
            let inserted = tx.insert_many("thing", &["id", "a", "b"], data, "").await.unwrap();
            assert_eq!(inserted, rows.unsigned_abs());
            tx.commit().await.unwrap();
        }
        let mut reader = db.read().await.unwrap();
        let row = reader
            .row(
                "SELECT count(*), count(a), CAST(sum(b) AS bigint), \
                 sum(CASE WHEN a = 't' || id THEN 1 ELSE 0 END) FROM thing",
                args![],
            )
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.int(0), first);
        assert_eq!(row.int(1), row.int(3));
        assert_eq!(row.int(1), first - (first + 2) / 3);
        assert_eq!(
            row.int(2),
            [1, 7, 8, 9, 665, 666, 667, 5_000, 20_001].iter().map(|n| n * n).sum::<i64>()
        );
    })
    .await;
}

/// Enough rows for the fast ways, with everything that means something to them.
#[tokio::test]
async fn any_text_and_bytes_survive_the_fast_ways() {
    for_each_database(async |db| {
        let odd = ["\\", "\\N", "a\tb", "\r\n", "", "'\"", "\\.", "{}", "東京", "\u{7f}\u{1}"];
        let texts: Vec<String> = (0..200).map(|n| odd[n % odd.len()].repeat(n % 3 + 1)).collect();
        let blobs: Vec<Vec<u8>> = (0..=199).map(|n: u8| vec![n; usize::from(n % 4)]).collect();
        for conflict in ["", "ON CONFLICT (id) DO NOTHING"] {
            let mut tx = db.write().await.unwrap();
            let create = match tx.dialect() {
                Dialect::Sqlite => "CREATE TABLE odd (id INTEGER PRIMARY KEY, a TEXT, b BLOB)",
                Dialect::Postgres => "CREATE TABLE odd (id bigint PRIMARY KEY, a text, b bytea)",
            };
            tx.execute(create, args![]).await.unwrap();
            let data = vec![
                Column::Int((0..200).collect()),
                Column::Text(texts.clone()),
                Column::Bytes(blobs.clone()),
            ];
            let done = tx.insert_many("odd", &["id", "a", "b"], data, conflict).await.unwrap();
            assert_eq!(done, 200);
            let rows = tx.rows("SELECT a, b FROM odd ORDER BY id", args![]).await.unwrap();
            for (row, (text, blob)) in rows.iter().zip(texts.iter().zip(&blobs)) {
                assert_eq!((row.text(0), row.bytes(1)), (text.as_str(), blob.as_slice()));
            }
            let again = vec![Column::Int((0..200).collect())];
            let error = tx.insert_many("odd", &["id"], again, "").await.unwrap_err();
            assert!(matches!(error, DbError::Duplicate { .. }), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn conflicts_are_left_out_or_written_over() {
    for_each_database(async |db| {
        with_table(&db).await;
        let mut tx = db.write().await.unwrap();
        let ids = || Column::Int(vec![1, 2, 3]);
        tx.insert_many("thing", &["id", "b"], vec![Column::Int(vec![2]), Column::same(9)], "")
            .await
            .unwrap();
        let new = tx
            .insert_many_returning(
                "thing",
                &["id", "b"],
                vec![ids(), Column::same(1)],
                "ON CONFLICT (id) DO NOTHING RETURNING id",
            )
            .await
            .unwrap();
        let mut new: Vec<i64> = new.iter().map(|row| row.int(0)).collect();
        new.sort_unstable();
        assert_eq!(new, [1, 3]);
        let changed = tx
            .insert_many(
                "thing",
                &["id", "b"],
                vec![ids(), Column::same(1)],
                "ON CONFLICT (id) DO UPDATE SET b = thing.b + excluded.b",
            )
            .await
            .unwrap();
        assert_eq!(changed, 3);
        let rows = tx.rows("SELECT b FROM thing ORDER BY id", args![]).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.int(0)).collect::<Vec<_>>(), [2, 10, 2]);
    })
    .await;
}

#[tokio::test]
async fn many_keys_are_looked_up_at_once() {
    for_each_database(async |db| {
        with_table(&db).await;
        let mut tx = db.write().await.unwrap();
        let texts = vec![r#"a "q" \ '"#.to_owned(), "東京".to_owned(), "c".to_owned()];
        let data = vec![Column::Int(vec![1, 2, 3]), Column::Text(texts.clone()), Column::same(5)];
        tx.insert_many("thing", &["id", "a", "b"], data, "").await.unwrap();

        let one = tx
            .lookup(
                "SELECT k.i, t.id FROM {keys} CROSS JOIN thing t WHERE t.a = k.k1 AND t.b = $1 \
                 ORDER BY k.i",
                args![5],
                vec![Column::Text(vec![texts[1].clone(), "none".into(), texts[0].clone()])],
            )
            .await
            .unwrap();
        let one: Vec<_> = one.iter().map(|row| (row.int(0), row.int(1))).collect();
        assert_eq!(one, [(0, 2), (2, 1)]);

        let two = tx
            .lookup(
                "SELECT t.id, k.k3 FROM {keys} CROSS JOIN thing t \
                 WHERE t.a = k.k1 AND t.id = k.k2 ORDER BY k.i",
                args![],
                vec![
                    Column::Text(texts.clone()),
                    Column::Int(vec![1, 9, 3]),
                    Column::OptText(vec![None, None, Some("x".into())]),
                ],
            )
            .await
            .unwrap();
        let two: Vec<_> = two.iter().map(|row| (row.int(0), row.opt_text(1))).collect();
        assert_eq!(two, [(1, None), (3, Some("x"))]);

        let changed = tx
            .execute_many(
                "UPDATE thing SET b = thing.b + k.k2 + $1 FROM {keys} WHERE thing.id = k.k1",
                args![100],
                vec![Column::Int(vec![1, 3, 8]), Column::Int(vec![10, 30, 80])],
            )
            .await
            .unwrap();
        assert_eq!(changed, 2);
        let rows = tx.rows("SELECT b FROM thing ORDER BY id", args![]).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.int(0)).collect::<Vec<_>>(), [115, 5, 135]);

        let none = tx.lookup("SELECT k.k1 FROM {keys}", args![], vec![Column::Int(vec![])]).await;
        assert_eq!(none.unwrap().len(), 0);
        let bytes = tx
            .lookup("SELECT k.k1 FROM {keys}", args![], vec![Column::Bytes(vec![vec![0, 255]])])
            .await
            .unwrap();
        assert_eq!(bytes[0].bytes(0), [0, 255]);
    })
    .await;
}

#[tokio::test]
async fn a_second_row_with_a_key_is_a_duplicate() {
    for_each_database(async |db| {
        with_table(&db).await;
        let mut tx = db.write().await.unwrap();
        tx.execute("INSERT INTO thing (id) VALUES (1)", args![]).await.unwrap();
        let error = tx.execute("INSERT INTO thing (id) VALUES (1)", args![]).await.unwrap_err();
        assert!(matches!(error, DbError::Duplicate { .. }), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn audit_rows_stay_as_they_are() {
    for_each_database(async |db| {
        let mut tx = db.write().await.unwrap();
        tx.execute(
            "INSERT INTO audit (tenant_id, audit_id, at, actor_kind, actor_name, action, \
             subject_kind, subject_id) VALUES (1, 1, 0, 'system', 'x', 'y', 'z', 'z1')",
            args![],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        for sql in ["UPDATE audit SET at = 2", "DELETE FROM audit"] {
            let error = db.write().await.unwrap().execute(sql, args![]).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "the database refused a change: rows of audit are never changed"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    for database in databases().await {
        let db = database.open().await;
        assert_eq!(db.schema_version().await.unwrap(), 0);
        let older = db.check_schema().await.unwrap_err();
        assert!(older.to_string().contains("run `tokuten migrate`"), "{older}");
        db.migrate().await.unwrap();
        db.migrate().await.unwrap();
        assert_eq!(db.schema_version().await.unwrap(), latest_schema());
        db.check_schema().await.unwrap();
        db.close().await;
        database.remove().await;
    }
}

#[tokio::test]
async fn a_newer_or_other_history_is_refused() {
    for_each_database(async |db| {
        let known = latest_schema();
        let mut tx = db.write().await.unwrap();
        tx.execute(
            "INSERT INTO schema_migration (number, name, hash) VALUES ($1, 'x', 'y')",
            args![known + 1],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let error = db.migrate().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the database has schema {}, this executable knows up to {known}; use the newer \
                 executable",
                known + 1
            )
        );
        let mut tx = db.write().await.unwrap();
        tx.execute("DELETE FROM schema_migration WHERE number > $1", args![known]).await.unwrap();
        tx.execute("UPDATE schema_migration SET hash = 'y'", args![]).await.unwrap();
        tx.commit().await.unwrap();
        let error = db.migrate().await.unwrap_err();
        assert!(matches!(error, DbError::ChangedMigration { number: 1 }), "{error}");
    })
    .await;
}

/// Everything the rest promises holds on a disk that is full and a database that is locked.
#[tokio::test]
async fn a_full_disk_and_a_lock_get_a_clear_answer() {
    let database = TestDatabase::sqlite();
    let (db, other) = (database.open().await, database.open().await);
    with_table(&db).await;
    let mut tx = db.write().await.unwrap();
    // A limit on the file is to SQLite what a full disk is.
    tx.rows("PRAGMA max_page_count = 20", args![]).await.unwrap();
    let data = vec![Column::Int((0..1_000).collect()), Column::same("x".repeat(1_000))];
    let error = tx.insert_many("thing", &["id", "a"], data, "").await.unwrap_err();
    assert!(matches!(error, DbError::Full(_)), "{error:?}");
    assert!(error.to_string().contains("make room and try again"));
    drop(tx);
    assert_eq!(count(&mut db.read().await.unwrap()).await, 0);

    let mut tx = other.write().await.unwrap();
    tx.execute("PRAGMA busy_timeout = 20", args![]).await.unwrap();
    tx.commit().await.unwrap();
    let held = db.write().await.unwrap();
    let error = other.write().await.unwrap_err();
    assert!(matches!(error, DbError::Locked(_)) && error.is_temporary(), "{error:?}");
    assert!(error.to_string().contains("wait until it has finished, or stop the process"));
    drop(held);
    other.write().await.unwrap();
}

/// Table, column, kind and whether it may be absent, as the database tells them.
async fn schema(db: &Db) -> Vec<String> {
    let sql = match db.dialect() {
        Dialect::Sqlite => {
            "SELECT t.name, c.name, CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' \
             THEN 'bytea' ELSE lower(c.type) END, CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 \
             THEN 'NO' ELSE 'YES' END FROM sqlite_master t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'"
        }
        Dialect::Postgres => {
            "SELECT CAST(table_name AS text), CAST(column_name AS text), \
             CAST(data_type AS text), CAST(is_nullable AS text) \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let rows = db.read().await.unwrap().rows(sql, args![]).await.unwrap();
    let line = |row: &Row| {
        let absent = if row.text(3) == "YES" { " or absent" } else { "" };
        format!("{}.{}: {}{absent}", row.text(0), row.text(1), row.text(2))
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let mut schemas = Vec::new();
    for database in databases().await {
        let db = database.open().await;
        db.migrate().await.unwrap();
        schemas.push(schema(&db).await);
        db.close().await;
        database.remove().await;
    }
    let first = &schemas[0];
    assert!(first.len() > 100, "{first:#?}");
    for other in &schemas[1..] {
        let missing = |a: &[String], b: &[String]| {
            a.iter().filter(|line| !b.contains(line)).cloned().collect::<Vec<_>>()
        };
        assert_eq!((missing(first, other), missing(other, first)), (vec![], vec![]));
    }
    let tables: std::collections::BTreeSet<&str> =
        first.iter().filter_map(|line| line.split('.').next()).collect();
    for table in tables.into_iter().filter(|table| *table != "schema_migration") {
        let tenant = format!("{table}.tenant_id: bigint");
        assert!(first.contains(&tenant), "`{table}` does not say whose its rows are");
    }
}

/// What a wrong address is answered: `url -> message`.
async fn check_refused(cases: &[(&str, &str)]) {
    for (url, expected) in cases {
        let error = Db::open(url).await.expect_err(url);
        let message = error.to_string();
        assert!(message.contains(expected), "`{url}` is answered with `{message}`");
        assert!(!message.contains("secret"), "`{message}` holds the password");
    }
}

#[tokio::test]
async fn a_wrong_address_gets_a_clear_answer() {
    let folder = testing::TempFolder::new("wrong");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "this is no database, but long enough to be read as one".repeat(40))
        .unwrap();
    check_refused(&[
        ("tokuten.db", "`tokuten.db` names no database; write `sqlite:PATH`"),
        (r"C:\tokuten.db", "names no database"),
        ("mysql://root@localhost/x", "a `mysql` database is not supported"),
        ("sqlite::memory:", "in memory would be lost"),
        ("sqlite:", "names no database"),
        (
            "sqlite:/nowhere/at/all/x.db",
            "cannot open the database `/nowhere/at/all/x.db`: the file cannot be opened; check",
        ),
        (&format!("sqlite:{}", text.display()), "not an SQLite database, or is damaged"),
        (
            "postgres://me:secret@127.0.0.1:1/x",
            "`x` at `127.0.0.1`: the server does not answer; check host, port",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_wrong_postgres_name_gets_a_clear_answer() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let url = database.url.replace("/tokuten_test", "/no_tokuten_test");
    check_refused(&[
        (&url, "there is no database of that name; create it with `createdb`"),
        (
            &database.url.replace("postgres@", "nobody:secret@"),
            "the user or password is wrong, or the user may not connect",
        ),
    ])
    .await;
    database.remove().await;
}

#[test]
fn dates_are_stored_as_days() {
    for (day, days) in [
        (date(1970, 1, 1), 0),
        (date(1969, 12, 31), -1),
        (date(2026, 4, 1), 20_544),
        (Date::MIN, -4_371_587),
        (Date::MAX, 2_932_896),
    ] {
        assert_eq!((days_of(day), date_of(days)), (days, Some(day)));
    }
    assert_eq!(date_of(i64::MAX), None);
}

#[tokio::test]
async fn every_way_that_is_measured_writes_all_rows() {
    for_each_database(async |db| {
        let rates = measure::measure(&db, 10_050).await.unwrap();
        for rate in &rates {
            assert_eq!(rate.rows, 10_050, "{}", rate.what);
            assert!(rate.rows_per_second() > 0, "{}", rate.what);
        }
        let last: Vec<&str> = rates.iter().rev().take(3).map(|rate| rate.what.as_str()).collect();
        assert!(last[2].starts_with("write") && last[1].starts_with("read"), "{last:?}");
        assert_eq!(measure::measure_insert(&db, 10).await.unwrap().rows, 10);
    })
    .await;
}
