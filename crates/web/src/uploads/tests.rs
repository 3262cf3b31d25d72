use engine::db::testing::TempFolder;
use uuid::Timestamp as Moment;

use super::*;

/// The id of an upload that came then.
fn id_of(at: Timestamp) -> String {
    let seconds = u64::try_from(at.as_second()).expect("after 1970");
    let id = Uuid::new_v7(Moment::from_unix(uuid::NoContext, seconds, 0));
    format!("upl_{}", id.simple())
}

#[tokio::test]
async fn uploads_that_nobody_came_back_for_are_removed() {
    let folder = TempFolder::new("uploads");
    let limit: Timestamp = "2026-06-12T00:00:00Z".parse().expect("an instant");
    let second = jiff::SignedDuration::from_secs(1);
    let (old, new) = (id_of(limit - second), id_of(limit));
    let others = ["notes.txt", "upl_x", "upl_0123.json"];
    let names = [old.clone(), format!("{old}.json"), new.clone(), format!("{new}.json")];
    for name in names.iter().map(String::as_str).chain(others) {
        std::fs::write(folder.path().join(name), "x").expect("written");
    }
    assert_eq!(remove_older(folder.path(), limit).await.expect("removed"), 2);
    assert_eq!(remove_older(folder.path(), limit).await.expect("removed"), 0, "nothing is left");
    let left = |name: &str| folder.path().join(name).exists();
    assert!(!left(&old) && !left(&format!("{old}.json")));
    assert!(left(&new) && left(&format!("{new}.json")), "what came since stays");
    assert!(others.iter().all(|name| left(name)), "what is none of ours stays");
    let nowhere = folder.path().join("none");
    assert_eq!(remove_older(&nowhere, limit).await.expect("removed"), 0);
}

#[test]
fn a_file_that_breaks_off_leaves_nothing() {
    let folder = TempFolder::new("uploads");
    let (broken, whole) = (folder.path().join("broken"), folder.path().join("whole"));
    for path in [&broken, &whole] {
        std::fs::write(path, "x").expect("written");
    }
    drop(Unfinished(Some(broken.clone())));
    Unfinished(Some(whole.clone())).whole();
    assert!(!broken.exists() && whole.exists());
}
