use super::*;
use crate::db::testing::{databases, for_each_database};

/// Rows of every type: integers, texts with line ends, absent values, and more than a page.
async fn fill(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for number in 0..ROWS_PER_PAGE + 7 {
        tx.execute(
            "INSERT INTO setting (tenant_id, key, value, updated_at) VALUES (1, $1, $2, $3)",
            args![format!("key {number}"), "\"quoted\"\nand 日本語", i64::MAX],
        )
        .await
        .unwrap();
    }
    tx.execute(
        "INSERT INTO partner (tenant_id, partner_id, public_id, code, names, fields, search, \
         created_at, updated_at) VALUES (1, 7, 'ptn_7', '0012', '{}', '{}', '', 0, 0)",
        args![],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn saved(db: &Db) -> String {
    let mut text = Vec::new();
    save(db, &mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

async fn restored(db: &Db, text: &str) -> Result<Amount, BackupError> {
    restore(db, &mut text.as_bytes()).await
}

#[tokio::test]
async fn a_backup_comes_back_equal_into_either_database() {
    for_each_database(async |db| {
        fill(&db).await;
        let text = saved(&db).await;
        for target in databases().await {
            let copy = target.open().await;
            let amount = restored(&copy, &text).await.unwrap();
            assert_eq!(amount.rows, text.lines().count() - 2 - amount.tables);
            assert!(amount.rows > ROWS_PER_PAGE);
            // In the other database texts sort in another order.
            let mut lines: Vec<String> = saved(&copy).await.lines().map(str::to_owned).collect();
            let mut expected: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            expected.sort();
            assert!(lines == expected, "the copy in {} is equal", copy.dialect().name());
            copy.close().await;
            target.remove().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_whole_backup_changes_nothing() {
    for_each_database(async |db| {
        fill(&db).await;
        let text = saved(&db).await;
        let target = databases().await.remove(0);
        let copy = target.open().await;
        let half = &text[..text.len() / 2];
        let whole_lines = &half[..=half.rfind('\n').unwrap()];
        let fewer = text.replacen("[1,\"key 5\"", "x", 1);
        for (damaged, message) in [
            ("", "this is no backup of Tokuten"),
            ("hello\n", "this is no backup of Tokuten"),
            (half, "the backup ends too early; it was cut off"),
            (whole_lines, "the backup ends too early; it was cut off"),
            (fewer.as_str(), "is no line of a backup"),
            (&text.replacen("\"format\":1", "\"format\":9", 1), "the backup has format 9"),
            (&text.replacen("\"schema\":", "\"schema\":9", 1), "restore it with the release"),
        ] {
            let error = restored(&copy, damaged).await.unwrap_err().to_string();
            assert!(error.contains(message), "`{error}` does not hold `{message}`");
        }
        restored(&copy, &text).await.expect("the failed attempts left an empty database");
        let error = restored(&copy, &text).await.unwrap_err().to_string();
        assert_eq!(error, "the database has rows in `partner` already; restore into a new one");
        copy.close().await;
    })
    .await;
}

#[test]
fn bytes_are_written_in_hexadecimal() {
    assert_eq!(hex(&[0, 0x1f, 0xff]), "001fff");
    assert_eq!(unhex("001fff"), Some(vec![0, 0x1f, 0xff]));
    assert_eq!(unhex("0"), None);
    assert_eq!(unhex("0g"), None);
}
