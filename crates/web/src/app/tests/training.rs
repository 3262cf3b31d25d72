//! Training: a partner reads, fails, passes and sees what arrived; nobody sees what is right before
//! answering, or a course of others.

use engine::{training, wallets};

use super::own::{Story, activate, says};
use super::*;

const WALLET: &str = "
wallet: stars
name: { en: Star Club, ja: スタークラブ }
currency: EUR
points: { STAR: { name: Stars } }
";

const PROGRAM: &str = "
program: learning
currency: EUR
starts: 2026-01-01
fields: { fact.course: text }
terms:
  - term: course
    facts: [activity]
    when: fact.type == \"course_finished\" && fact.course == \"ebike\"
    group_by: fact
    measure: count()
    per_unit: 50
    reward: { points: STAR }
";

const COURSE: &str = "
course: ebike
name: { en: E-bike basics, ja: eバイクの基礎 }
when: partner.code == \"P1\"
pages:
  - page: battery
    name: Battery
    text: Switch it **off** first.
  - page: motor
    name: Motor
    text: Then <b>look</b>.
    video: https://videos.example/motor
quiz:
  pass: 100%
  tries: 3
  shuffle: false
  questions:
    - question: first
      asks: What comes first?
      options:
        - { text: Wash it }
        - { text: Switch it off, right: true }
      why: It may start by itself.
    - { question: hose, asks: A hose is fine., is: false, why: Water gets in. }
certificate: { name: { en: E-bike fitter }, valid: 2 years }
";

async fn told() -> Story {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    wallets::draft(&mut tx, &system, now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
    training::draft(&mut tx, &system, now, COURSE).await.expect("a draft");
    training::activate(&mut tx, &system, now, "ebike").await.expect("active");
    tx.commit().await.expect("committed");
    activate(office, PROGRAM).await;
    story
}

/// Sends a form from a page and says where it leads.
async fn send(story: &Story, (page, path): (&str, &str), fields: &str) -> String {
    let from = story.ok(page, &story.one).await;
    let key = uuid::Uuid::now_v7();
    let form = format!("csrf={}&key={key}&{fields}", csrf(&from));
    let (status, headers, body) = story.test.post_from(page, path, &story.one, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{path}: {body}");
    let to = headers.lines().find_map(|line| line.strip_prefix("location: "));
    to.expect("where to go").to_owned()
}

async fn answer(story: &Story, number: u32, first: &str, hose: &str) -> String {
    let quiz = "/portal/training/ebike/quiz";
    let fields = format!("version=1&round=1&number={number}&q0={first}&q1={hose}");
    send(story, (quiz, quiz), &fields).await
}

#[tokio::test]
async fn a_course_is_read_failed_passed_and_paid() {
    let story = told().await;
    let all = story.ok("/portal/training", &story.one).await;
    assert!(says(&all, "E-bike basics") && says(&all, "2 pages · 2 questions"), "{all}");
    let home = story.ok("/portal", &story.one).await;
    assert!(home.contains("href=\"/portal/training\""), "{home}");

    let path = "/portal/training/ebike";
    let first = format!("{path}/pages/battery");
    let page = story.ok(&first, &story.one).await;
    assert!(page.contains("<strong>off</strong>"), "{page}");
    let (status, headers, _) = story.test.get(&format!("{path}/quiz"), &story.one).await;
    assert!(status == StatusCode::SEE_OTHER && headers.contains("pages/battery"), "{headers}");
    assert_eq!(send(&story, (&first, &first), "").await, format!("{path}/pages/motor"));
    let second = format!("{path}/pages/motor");
    let page = story.ok(&second, &story.one).await;
    assert!(page.contains("&lt;b&gt;look") && says(&page, "Opens at videos.example"), "{page}");
    assert_eq!(send(&story, (&second, &second), "").await, format!("{path}/quiz"));

    let quiz = story.ok(&format!("{path}/quiz"), &story.one).await;
    assert!(says(&quiz, "What comes first?") && says(&quiz, "2 of 2 right answers pass"), "{quiz}");
    assert!(!quiz.contains("start by itself"), "why is told later: {quiz}");
    let marks = quiz.matches("checked").count() + quiz.matches("right=").count();
    assert_eq!(marks, 0, "nothing is marked: {quiz}");

    let result = format!("{path}/result");
    assert_eq!(answer(&story, 1, "0", "1").await, result);
    let failed = story.ok(&result, &story.one).await;
    for seen in ["Not passed yet", "1 of 2 right", "It may start by itself", "2 tries left"] {
        assert!(says(&failed, seen), "`{seen}`: {failed}");
    }
    assert!(!says(&failed, "Right is"), "while there are tries, it is to be found: {failed}");
    assert!(!says(&failed, "Stars"), "{failed}");

    assert_eq!(answer(&story, 2, "1", "1").await, result);
    let passed = story.ok(&result, &story.one).await;
    for seen in ["Passed", "2 of 2 right", "+50 Stars", "E-bike fitter", "12 Jun"] {
        assert!(seen == "12 Jun" || says(&passed, seen), "`{seen}`: {passed}");
    }
    let points = story.ok("/portal/points", &story.one).await;
    assert!(says(&points, "50"), "{points}");

    let (_, rest) = passed.split_once("/portal/certificates/").expect("a certificate");
    let code = rest.split('"').next().expect("a code").to_owned();
    let paper = story.ok(&format!("/portal/certificates/{code}"), &story.one).await;
    assert!(
        says(&paper, "Somebody of P1") && says(&paper, &code) && paper.contains("<svg"),
        "{paper}"
    );
    let (status, _, open) = story.test.get(&format!("/certificates/{code}"), "").await;
    assert!(status == StatusCode::OK && says(&open, "Valid") && says(&open, "Adler"), "{open}");
    story.is_not_there(&format!("/portal/certificates/{code}"), &story.two).await;
    let (status, _, _) = story.test.get("/certificates/ACDE-FHJK-MNPR", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let again = story.ok("/portal/training", &story.one).await;
    assert!(says(&again, "Finished") && says(&again, &code), "{again}");
}

#[tokio::test]
async fn an_old_sheet_is_drawn_anew() {
    let story = told().await;
    let path = "/portal/training/ebike";
    for page in ["battery", "motor"] {
        let page = format!("{path}/pages/{page}");
        send(&story, (&page, &page), "").await;
    }
    answer(&story, 1, "0", "0").await;
    let quiz = format!("{path}/quiz");
    let from = story.ok(&quiz, &story.one).await;
    let form = format!("csrf={}&key=again&version=1&round=1&number=1&q0=1&q1=1", csrf(&from));
    let (status, _, page) = story.test.post(&quiz, &story.one, &form).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(says(&page, "These questions were answered already"), "{page}");
    assert!(page.contains("name=\"number\" value=\"2\""), "{page}");
}

#[tokio::test]
async fn a_course_of_others_is_not_there() {
    let story = told().await;
    for path in ["", "/ebike", "/ebike/pages/battery", "/ebike/quiz", "/ebike/result"] {
        story.is_not_there(&format!("/portal/training{path}"), &story.two).await;
    }
    let home = story.ok("/portal", &story.two).await;
    assert!(!home.contains("/portal/training"), "{home}");
}

#[tokio::test]
async fn a_text_is_checked_kept_and_let_act() {
    let story = told().await;
    let manager = story.test.sign_in("incentive_manager").await;
    let new = story.ok("/console/training/new", &manager).await;
    assert!(new.contains("course: new-course"), "{new}");
    let post = async |path: &str, form: &str, key: &str| {
        let form = format!("csrf={}&key={key}&{form}", csrf(&new));
        story.test.post(path, &manager, &form).await
    };
    let broken = crate::ui::encode("course: c\nname: N\npags: []\n");
    let form = format!("text={broken}&do=save");
    let (_, _, page) = post("/console/training/new", &form, "1").await;
    assert!(says(&page, "did you mean") && says(&page, "pags"), "{page}");
    let text = crate::ui::encode(&COURSE.replace("pass: 100%", "pass: 50%"));
    let form = format!("text={text}&do=save");
    let (status, headers, page) = post("/console/training/ebike/edit", &form, "2").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    assert!(headers.contains("version=2&done=saved"), "{headers}");
    let draft = story.ok("/console/training/ebike", &manager).await;
    assert!(says(&draft, "pass: 50%") && says(&draft, "Switch it off"), "{draft}");
    let (status, _, page) = post("/console/training/ebike/activate", "", "3").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");

    let page = "/portal/training/ebike/pages/battery";
    send(&story, (page, page), "").await;
    let people = story.ok("/console/training/ebike/people", &manager).await;
    assert!(says(&people, "Somebody of P1") && says(&people, "1 / 2"), "{people}");
    let none = story.ok("/console/training/ebike/people?filter=finished", &manager).await;
    assert!(!says(&none, "Somebody of P1"), "{none}");
    let file = story.ok("/console/training/ebike/people.csv", &manager).await;
    assert!(file.contains("\"ebike\",\"Somebody of P1\",\"P1\""), "{file}");
    let all = story.ok("/console/training", &manager).await;
    assert!(says(&all, "1 begun") && says(&all, "0 finished"), "{all}");
}

/// Signing in is an activity of the partner, once on a day, and of nobody else.
#[tokio::test]
async fn signing_in_is_told_once_on_a_day() {
    let story = told().await;
    let count = async || {
        let mut reader = story.test.app.office().db().read().await.expect("a reader");
        let master = story.test.app.office().master(&mut reader).await.expect("master data");
        let of = (None, 100);
        let found =
            engine::journal::with_prefix(&mut reader, &master, "tokuten/sign_in/", of).await;
        found.expect("facts").len()
    };
    assert_eq!(count().await, 2, "P1 and P2 signed in for this story");
    story.test.sign_in("login-P1").await;
    story.test.sign_in("administrator").await;
    assert_eq!(count().await, 2);
}

/// A profile is the reader's own, and completing it is told once.
#[tokio::test]
async fn a_profile_is_completed_once() {
    let story = told().await;
    let page = "/portal/profile";
    let count = async || {
        let mut reader = story.test.app.office().db().read().await.expect("a reader");
        let master = story.test.app.office().master(&mut reader).await.expect("master data");
        let of = ("tokuten/profile_completed/", (None, 100));
        let found = engine::journal::with_prefix(&mut reader, &master, of.0, of.1).await;
        found.expect("facts").len()
    };
    send(&story, (page, page), "name=Sato&job=Workshop&phone=").await;
    assert_eq!(count().await, 0, "the telephone is missing");
    for phone in ["03-1234", "03-5678"] {
        send(&story, (page, page), &format!("name=Sato&job=Workshop&phone={phone}")).await;
        assert_eq!(count().await, 1);
    }
    let kept = story.ok(page, &story.one).await;
    assert!(says(&kept, "Your profile is complete") && kept.contains("03-5678"), "{kept}");
    assert!(says(&kept, "Sato"), "the name is the one of the masthead: {kept}");
    let other = story.ok(page, &story.two).await;
    assert!(!other.contains("03-5678"), "{other}");
    let manager = story.test.sign_in("incentive_manager").await;
    story.is_not_there(page, &manager).await;
}
