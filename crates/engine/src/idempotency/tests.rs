use super::*;
use crate::db::testing::for_each_database;

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

#[tokio::test]
async fn the_first_answer_is_given_again_and_another_request_refused() {
    for_each_database(async |db| {
        let (first, other) = (request_hash(b"first"), request_hash(b"other"));
        let mut tx = db.write().await.unwrap();
        assert_eq!(find(&mut tx, "tok", "k", &first).await.unwrap(), Standing::New);
        keep(&mut tx, now(), ("tok", "k", &first), "{\"accepted\":1}").await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.write().await.unwrap();
        let again = find(&mut tx, "tok", "k", &first).await.unwrap();
        assert_eq!(again, Standing::Answered("{\"accepted\":1}".to_owned()));
        assert_eq!(find(&mut tx, "tok", "k", &other).await.unwrap(), Standing::OtherRequest);
        assert_eq!(find(&mut tx, "tok 2", "k", &other).await.unwrap(), Standing::New);
        assert!(
            keep(&mut tx, now(), ("tok", "k", &other), "").await.is_err(),
            "an answer is kept once"
        );
        drop(tx);

        let mut tx = db.write().await.unwrap();
        assert_eq!(purge(&mut tx, now()).await.unwrap(), 0);
        assert_eq!(purge(&mut tx, now() + jiff::SignedDuration::from_secs(1)).await.unwrap(), 1);
        tx.commit().await.unwrap();
    })
    .await;
}
