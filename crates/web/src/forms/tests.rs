use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::access::Passwords;
use engine::clock::FixedClock;
use engine::db::testing::for_each_database;
use engine::office::Office;
use tokio::sync::oneshot;

use super::*;
use crate::app::Options;

fn app(db: engine::db::Db) -> App {
    let now = "2026-06-12T00:42:00Z".parse().expect("an instant");
    let office = Office::new(db, Arc::new(FixedClock::at(now)));
    App::new(office, Passwords::for_tests(), Options::default())
}

fn sending(app: &App, hash: &str) -> Sending {
    Sending {
        app: app.clone(),
        actor: "form:usr_1".into(),
        key: "key".into(),
        hash: hash.into(),
        page: "/console/tokens".into(),
        looks: LOOKS,
    }
}

/// Whether it was acted on, the status, and where the answer leads.
fn told(answer: Answer) -> String {
    let (word, response) = match answer {
        Answer::Acted(response) => ("acted", response),
        Answer::Before(response) => ("before", response),
    };
    let to = response.headers().get(header::LOCATION).map_or("", |to| to.to_str().expect("text"));
    format!("{word} {} {to}", response.status().as_u16()).trim_end().to_string()
}

/// Sends forms one after the other: `content status` and what comes of it.
async fn check(cases: &str) {
    for_each_database(async |db| {
        let app = app(db);
        for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
            let (sent, expected) = case.split_once(" -> ").expect("`content status -> answer`");
            let (content, status) = sent.split_once(' ').expect("`content status`");
            let status = StatusCode::from_bytes(status.as_bytes()).expect("a status");
            let act = async move {
                match status {
                    StatusCode::SEE_OTHER => Redirect::to("/console/there").into_response(),
                    other => other.into_response(),
                }
            };
            let answer = sending(&app, content).once(act).await;
            assert_eq!(told(answer), expected, "in case `{case}`");
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_that_changed_something_is_answered_again_and_not_acted_on() {
    check(
        "
        a 303 -> acted 303 /console/there
        a 303 -> before 303 /console/there
        a 500 -> before 303 /console/there
        b 303 -> before 409
        a 303 -> before 303 /console/there
        ",
    )
    .await;
}

#[tokio::test]
async fn a_page_with_a_secret_is_not_shown_twice() {
    check(
        "
        a 201 -> acted 201
        a 201 -> before 303 /console/tokens
        ",
    )
    .await;
}

#[tokio::test]
async fn where_nothing_was_changed_the_form_may_be_corrected() {
    check(
        "
        a 200 -> acted 200
        a 422 -> acted 422
        b 404 -> acted 404
        b 503 -> acted 503
        c 303 -> acted 303 /console/there
        a 303 -> before 409
        ",
    )
    .await;
}

#[tokio::test]
async fn two_clicks_at_once_act_once() {
    for_each_database(async |db| {
        let app = app(db);
        let acted = Arc::new(AtomicUsize::new(0));
        let click = || {
            let acted = acted.clone();
            sending(&app, "a").once(async move {
                acted.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Redirect::to("/console/there").into_response()
            })
        };
        let answers = tokio::join!(click(), click(), click());
        let mut told = [told(answers.0), told(answers.1), told(answers.2)];
        told.sort();
        let again = "before 303 /console/there";
        assert_eq!(told, ["acted 303 /console/there", again, again]);
        assert_eq!(acted.load(Ordering::SeqCst), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_begun_is_finished_though_the_browser_hung_up() {
    for_each_database(async |db| {
        let app = app(db);
        let (begun, has_begun) = oneshot::channel();
        let (go, on) = oneshot::channel::<()>();
        let request = tokio::spawn(sending(&app, "a").once(async move {
            begun.send(()).expect("the test waits");
            on.await.expect("the test says so");
            Redirect::to("/console/there").into_response()
        }));
        has_begun.await.expect("it began");
        request.abort();
        assert!(request.await.is_err_and(|error| error.is_cancelled()), "it hung up");
        go.send(()).expect("the work is still there");
        let answer = sending(&app, "a").once(async { StatusCode::OK.into_response() }).await;
        assert_eq!(told(answer), "before 303 /console/there");
    })
    .await;
}

#[tokio::test]
async fn a_form_whose_work_was_cut_off_is_not_acted_on_again() {
    for_each_database(async |db| {
        let app = app(db);
        // A process that ended after its claim.
        assert_eq!(sending(&app, "a").claim().await.expect("claimed"), Claim::Mine);
        let again = Sending { looks: 2, ..sending(&app, "a") };
        let answer = again.once(async { Redirect::to("/console/there").into_response() }).await;
        assert_eq!(told(answer), "before 409");
    })
    .await;
}
