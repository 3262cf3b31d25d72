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
        keep_all(&mut tx, now(), &[(("tok", "k", &first), "{\"accepted\":1}")]).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.write().await.unwrap();
        let again = find(&mut tx, "tok", "k", &first).await.unwrap();
        assert_eq!(again, Standing::Answered("{\"accepted\":1}".to_owned()));
        assert_eq!(find(&mut tx, "tok", "k", &other).await.unwrap(), Standing::OtherRequest);
        assert_eq!(find(&mut tx, "tok 2", "k", &other).await.unwrap(), Standing::New);
        assert!(
            keep_all(&mut tx, now(), &[(("tok", "k", &other), "")]).await.is_err(),
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

#[tokio::test]
async fn a_claimed_key_is_worked_on_once() {
    for_each_database(async |db| {
        let (first, other) = (request_hash(b"first"), request_hash(b"other"));
        let of = ("form:usr", "k", first.as_str());
        let mut tx = db.write().await.unwrap();
        assert_eq!(claimed(&mut tx, of).await.unwrap(), None);
        assert_eq!(claim(&mut tx, now(), of).await.unwrap(), Claim::Mine);
        tx.commit().await.unwrap();

        let mut tx = db.write().await.unwrap();
        assert_eq!(claim(&mut tx, now(), of).await.unwrap(), Claim::UnderWay);
        let another = ("form:usr", "k", other.as_str());
        assert_eq!(claim(&mut tx, now(), another).await.unwrap(), Claim::OtherRequest);
        release(&mut tx, ("form:usr", "k")).await.unwrap();
        assert_eq!(claim(&mut tx, now(), another).await.unwrap(), Claim::Mine, "it was given back");
        answer(&mut tx, ("form:usr", "k"), "/console").await.unwrap();
        answer(&mut tx, ("form:usr", "k"), "/elsewhere").await.unwrap();
        release(&mut tx, ("form:usr", "k")).await.unwrap();
        let kept = claimed(&mut tx, another).await.unwrap();
        assert_eq!(kept, Some(Claim::Answered("/console".to_owned())), "the first answer stays");
        tx.commit().await.unwrap();
    })
    .await;
}
