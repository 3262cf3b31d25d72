use serde_json::json;

use super::*;
use crate::db::testing::for_each_database;

#[tokio::test]
async fn entries_are_read_back_newest_first() {
    for_each_database(async |db| {
        let now = Timestamp::from_microsecond(1_775_000_000_000_001).unwrap();
        let mut tx = db.write().await.unwrap();
        let entries = (0..30)
            .map(|n| Entry::change("partner", format!("P{}", n % 3), json!({"n": n}), json!({})))
            .collect();
        append_many(&mut tx, now, &Actor::System, entries).await.unwrap();
        append(&mut tx, now, &Actor::System, Entry::create("product", "B1", json!({"a": "é"})))
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let mut reader = db.read().await.unwrap();
        let all = page(&mut reader, &Filter::default(), 10).await.unwrap();
        assert_eq!(all.len(), 10);
        assert_eq!((all[0].at, all[0].audit_id, all[0].action.as_str()), (now, 31, "create"));
        assert_eq!((all[0].before.clone(), all[0].after.clone()), (None, Some(json!({"a": "é"}))));
        assert_eq!((all[0].actor_kind.as_str(), all[0].actor_id.as_deref()), ("system", None));

        let filter = Filter {
            subject_kind: Some("partner".into()),
            subject_id: Some("P1".into()),
            older_than: Some(20),
            ..Filter::default()
        };
        let some = page(&mut reader, &filter, 500).await.unwrap();
        let ids: Vec<i64> = some.iter().map(|entry| entry.audit_id).collect();
        assert_eq!(ids, [17, 14, 11, 8, 5, 2]);
    })
    .await;
}
