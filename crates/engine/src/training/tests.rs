use std::collections::BTreeSet;
use std::sync::Arc;

use domain::code::FactKey;
use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::*;
use crate::access::{Actor, NewUser, Passwords, Role, User, create_user};
use crate::args;
use crate::catalog::{self, Item, Names};
use crate::clock::FixedClock;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::journal;
use crate::office::Office;
use crate::wallets;

const WALLET: &str = "\
wallet: club
currency: EUR
points:
  STAR: { escrow: 10 days }
badges:
  fitter: {}
";

const PROGRAM: &str = "\
program: learning
currency: EUR
starts: 2026-01-01
fields: { fact.course: text, fact.score: number }
terms:
  - term: finished
    facts: [ activity ]
    when: fact.type == \"course_finished\" && fact.course == \"ebike\" && fact.score >= 0.5
    group_by: fact
    measure: count()
    per_unit: 50
    reward: { points: STAR }
  - term: viewed
    facts: [ activity ]
    when: fact.type == \"content_viewed\"
    group_by: fact
    measure: count()
    per_unit: 1
    reward: { points: STAR }
";

const COURSE: &str = "\
course: ebike
name: { en: E-bikes }
when: partner.code == \"P1\"
pages:
  - { page: battery, name: Battery, text: Off first. }
  - { page: motor, name: Motor, text: Then the motor. }
quiz:
  pass: 50%
  tries: 2
  questions:
    - question: off
      asks: What first?
      options:
        - { text: Off, right: true }
        - { text: \"On\" }
      why: It may start.
    - { question: hose, asks: A hose is fine., is: false }
certificate: { name: { en: Fitter }, valid: 1 year, remind: 30 days }
";

struct Shop {
    office: Office,
    clock: Arc<FixedClock>,
    user: User,
    who: Learner,
}

async fn shop(db: &Db) -> Shop {
    let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
    let clock = Arc::new(FixedClock::at(now));
    let office = Office::new(db.clone(), clock.clone());
    let (by, mut tx) = (Actor::System, db.write().await.expect("a turn to write"));
    let item = |code: &str| Item::new(code, Names::new(), catalog::Fields::new()).expect("an item");
    let items = vec![item("P1"), item("P2")];
    catalog::upsert_partners(&mut tx, now, &by, Date::MIN, items).await.expect("partners");
    wallets::draft(&mut tx, &by, now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &by, now, "club").await.expect("a wallet");
    crate::programs::save_draft(&mut tx, &by, now, PROGRAM).await.expect("a draft");
    let master = office.master(&mut tx).await.expect("master data");
    crate::programs::activate(&mut tx, &master, &by, now, ("learning", 1)).await.expect("active");
    draft(&mut tx, &by, now, COURSE).await.expect("a draft");
    assert_eq!(activate(&mut tx, &by, now, "ebike").await.expect("a course"), 1);
    let user = someone(&mut tx, now, "adler", master.partner_id("P1").expect("a partner")).await;
    tx.commit().await.expect("a commit");
    let who = Learner::of(&user, &master).expect("a partner's user");
    Shop { office, clock, user, who }
}

async fn someone(tx: &mut crate::db::Tx, now: Timestamp, login: &str, partner_id: i64) -> User {
    let password = Passwords::for_tests().hash("correct horse battery").await;
    let (password, role) = (password.expect("hashed"), Role::Partner { partner_id });
    let (login, name) = (login.to_owned(), login.to_owned());
    let new = NewUser { login, name, password, role, language: "en".into() };
    create_user(tx, now, &Actor::System, new).await.expect("a user")
}

impl Shop {
    async fn course(&self) -> ActiveCourse {
        let mut reader = self.office.db().read().await.expect("a reader");
        let rules = self.office.rules(&mut reader).await.expect("rules");
        rules.courses[0].clone()
    }

    async fn read(&self, page: &str) -> Result<Standing, TrainingError> {
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let done = read_page(&self.office, &mut tx, ("ebike", page), &self.who).await?;
        tx.commit().await.expect("a commit");
        Ok(done)
    }

    async fn read_all(&self) {
        self.read("battery").await.expect("read");
        self.read("motor").await.expect("read");
    }

    async fn standing(&self) -> Standing {
        let (of, mut reader) = (self.course().await, self.office.db().read().await.expect("read"));
        let today = self.office.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        standing(&mut reader, &of, &self.who, today).await.expect("a standing")
    }

    async fn sheet(&self) -> Result<Sheet, TrainingError> {
        sheet(&self.course().await, &self.standing().await)
    }

    /// Answers so many questions right, and the others wrong.
    async fn answer(&self, of: Sheet, right: usize) -> Result<Attempt, TrainingError> {
        let course = self.course().await;
        let quiz = course.course.quiz.clone().expect("a quiz");
        let shown = quiz.sheet(&of.seed(&course, &self.who));
        let mut chosen = Vec::new();
        for (number, shown) in shown.questions.iter().enumerate() {
            let wants = |at: &usize| shown.question.right().contains(at) == (number < right);
            chosen.push((number, shown.order.iter().position(wants).expect("an option")));
        }
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let done = answer(&self.office, &mut tx, ("ebike", of), &self.who, &chosen).await?;
        tx.commit().await.expect("a commit");
        Ok(done)
    }

    async fn keys(&self) -> Vec<String> {
        let mut reader = self.office.db().read().await.expect("a reader");
        let master = self.office.master(&mut reader).await.expect("master data");
        let entries = journal::scan(&mut reader, &master, 0, 100).await.expect("entries");
        let user = format!("/{}", self.user.id);
        let key = |entry: &journal::Entry| entry.fact.key.to_string().replace(&user, "");
        entries.iter().map(key).collect()
    }
}

/// Pages, a quiz that is failed and passed, and everything that follows in the same commit.
#[tokio::test]
async fn a_course_is_finished_and_its_points_are_there() {
    for_each_database(async |db| {
        let shop = shop(&db).await;
        assert!(matches!(shop.sheet().await, Err(TrainingError::NotRead)));
        assert_eq!(shop.standing().await.step(&shop.course().await), Step::Page(0));
        shop.read("battery").await.expect("read");
        shop.read("battery").await.expect("read again");
        assert!(matches!(shop.read("wheel").await, Err(TrainingError::NoPage)));
        assert_eq!(shop.standing().await.step(&shop.course().await), Step::Page(1));
        shop.read("motor").await.expect("read");
        let first = shop.sheet().await.expect("a sheet");
        let failed = shop.answer(first, 0).await.expect("answered");
        assert_eq!((failed.right, failed.of, failed.passed), (0, 2, false));
        let again = shop.answer(first, 2).await;
        assert!(matches!(again, Err(TrainingError::OldSheet)), "a sheet is answered once");
        let passed = shop.answer(shop.sheet().await.expect("a sheet"), 1).await.expect("answered");
        assert!(passed.passed, "half of them is enough");
        let standing = shop.standing().await;
        let finish = standing.finish.as_ref().expect("finished");
        assert_eq!(finish.arrived.points, [("STAR".to_owned(), "50".to_owned())]);
        assert!(finish.arrived.is_later, "they wait ten days");
        assert!(matches!(shop.sheet().await, Err(TrainingError::Finished)));
        let certificate = standing.certificate.expect("a certificate");
        assert_eq!(certificate.last, Some(date(2027, 5, 3)));
        assert_eq!(
            shop.keys().await,
            [
                "tokuten/content_viewed/ebike/battery",
                "tokuten/content_viewed/ebike/motor",
                "tokuten/course_finished/ebike/1",
                "tokuten/certificate_gained/ebike/1",
            ]
        );
        let mut reader = db.read().await.expect("a reader");
        let found = by_code(&mut reader, &certificate.code).await.expect("read").expect("there");
        assert_eq!((found.holder.as_str(), found.name["en"].as_str()), ("adler", "Fitter"));
        assert!(found.is_valid(date(2027, 5, 3)) && !found.is_valid(date(2027, 5, 4)));
        let master = shop.office.master(&mut reader).await.expect("master data");
        let key = FactKey::new(format!("tokuten/course_finished/ebike/{}/1", shop.user.id));
        let fact = &journal::units_of(&mut reader, &master, &[key]).await.expect("read")[0].fact;
        assert_eq!(fact.attributes["score"], "0.5");
        assert_eq!(fact.attributes["user"], shop.user.id);
    })
    .await;
}

#[tokio::test]
async fn tries_are_used_up() {
    for_each_database(async |db| {
        let shop = shop(&db).await;
        shop.read_all().await;
        for _ in 0..2 {
            shop.answer(shop.sheet().await.expect("a sheet"), 0).await.expect("answered");
        }
        assert!(matches!(shop.sheet().await, Err(TrainingError::NoTriesLeft)));
        assert_eq!(shop.standing().await.step(&shop.course().await), Step::Failed);
        assert!(!shop.keys().await.iter().any(|key| key.contains("finished")));
    })
    .await;
}

/// Who is not meant finds no course, also where its address is known.
#[tokio::test]
async fn a_course_is_not_there_for_others() {
    for_each_database(async |db| {
        let mut shop = shop(&db).await;
        let mut tx = db.write().await.expect("a turn to write");
        let master = shop.office.master(&mut tx).await.expect("master data");
        let partner_id = master.partner_id("P2").expect("a partner");
        let other = someone(&mut tx, shop.office.now(), "birke", partner_id).await;
        tx.commit().await.expect("a commit");
        shop.who = Learner::of(&other, &master).expect("a partner's user");
        assert!(matches!(shop.read("battery").await, Err(TrainingError::NoPage)));
        assert!(shop.keys().await.is_empty());
    })
    .await;
}

/// A certificate is told of once before its end, may be renewed then, and renewed is told of no
/// more.
#[tokio::test]
async fn a_certificate_lapses_unless_it_is_renewed() {
    for_each_database(async |db| {
        let shop = shop(&db).await;
        shop.read_all().await;
        shop.answer(shop.sheet().await.expect("a sheet"), 2).await.expect("answered");
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        shop.clock.advance(days(333));
        assert_eq!(tell_lapsing(&shop.office).await.expect("told"), 0, "31 days before its end");
        assert!(shop.standing().await.finish.is_some());
        shop.clock.advance(days(1));
        assert_eq!(tell_lapsing(&shop.office).await.expect("told"), 1);
        assert_eq!(tell_lapsing(&shop.office).await.expect("told"), 0, "once");
        let last = shop.keys().await.pop().expect("a fact");
        assert_eq!(last, "tokuten/certificate_lapsing/ebike/1");

        let of = shop.course().await.course_id;
        let lapsing = async |day: Date| {
            let mut reader = db.read().await.expect("a reader");
            people(&mut reader, of, Show::Lapsing(day), (0, 10)).await.expect("people")
        };
        assert_eq!(lapsing(date(2027, 4, 3)).await.total, 1);
        assert_eq!(lapsing(date(2027, 4, 2)).await.total, 0);
        let standing = shop.standing().await;
        assert!(standing.renews && standing.finish.is_none() && standing.round == 2);
        shop.read_all().await;
        shop.answer(shop.sheet().await.expect("a sheet"), 2).await.expect("answered");
        let keys = shop.keys().await;
        assert!(keys.contains(&"tokuten/certificate_gained/ebike/2".to_owned()), "{keys:?}");
        let viewed = keys.iter().filter(|key| key.contains("content_viewed"));
        assert_eq!(viewed.count(), 2, "a page counts the first time");
        assert_eq!(lapsing(date(2027, 4, 3)).await.total, 0);
        let mut reader = db.read().await.expect("a reader");
        let all = of_user(&mut reader, shop.user.user_id).await.expect("certificates");
        assert_eq!(all.len(), 2);
        let people = people(&mut reader, of, Show::Finished, (0, 10)).await.expect("people");
        let person = &people.rows[0];
        assert_eq!((people.total, person.pages, person.attempts), (1, 2, 2));
        assert_eq!((person.best, person.finished), (Some((2, 2)), Some(date(2027, 4, 3))));
    })
    .await;
}

/// A new text acts once another person lets it, and a sheet of the text before is refused.
#[tokio::test]
async fn a_text_that_acts_never_changes() {
    for_each_database(async |db| {
        let shop = shop(&db).await;
        shop.read_all().await;
        let old = shop.sheet().await.expect("a sheet");
        let (now, mut tx) = (shop.office.now(), db.write().await.expect("a turn to write"));
        let broken = draft(&mut tx, &Actor::System, now, "course: ebike\n").await;
        assert!(matches!(broken, Err(TrainingError::Problems(_))));
        assert!(matches!(
            activate(&mut tx, &Actor::System, now, "ebike").await,
            Err(TrainingError::NoDraft { .. })
        ));
        let password = Passwords::for_tests().hash("correct horse battery").await;
        let password = password.expect("hashed");
        let mut authors = Vec::new();
        for login in ["manager", "other"] {
            let (login, name) = (login.to_owned(), login.to_owned());
            let role = Role::IncentiveManager;
            let password = password.clone();
            let new = NewUser { login, name, password, role, language: "en".into() };
            authors.push(create_user(&mut tx, now, &Actor::System, new).await.expect("a user"));
        }
        let text = COURSE.replace("pass: 50%", "pass: 100%");
        let (_, number) = draft(&mut tx, &authors[0].actor(), now, &text).await.expect("a draft");
        let own = activate(&mut tx, &authors[0].actor(), now, "ebike").await;
        assert!(matches!(own, Err(TrainingError::FourEyes)));
        activate(&mut tx, &authors[1].actor(), now, "ebike").await.expect("active");
        tx.commit().await.expect("a commit");
        assert_eq!(number, 2);
        assert!(matches!(shop.answer(old, 2).await, Err(TrainingError::OldSheet)));
        let half = shop.answer(shop.sheet().await.expect("a sheet"), 1).await.expect("answered");
        assert!(!half.passed, "all of them have to be right now");
        let mut reader = db.read().await.expect("a reader");
        let texts: BTreeSet<String> =
            versions(&mut reader).await.expect("texts").into_iter().map(|row| row.text).collect();
        assert_eq!(texts, BTreeSet::from([COURSE.to_owned(), text]));
    })
    .await;
}

/// What was read, answered and gained stays.
#[tokio::test]
async fn rows_of_training_are_never_changed() {
    for_each_database(async |db| {
        let shop = shop(&db).await;
        shop.read_all().await;
        shop.answer(shop.sheet().await.expect("a sheet"), 2).await.expect("answered");
        for sql in [
            "DELETE FROM course_visit WHERE tenant_id = $1",
            "UPDATE quiz_attempt SET passed = 0 WHERE tenant_id = $1",
            "DELETE FROM course_finish WHERE tenant_id = $1",
            "UPDATE certificate SET last_day = 99999 WHERE tenant_id = $1",
        ] {
            let mut tx = db.write().await.expect("a turn to write");
            let tenant = tx.tenant();
            assert!(tx.execute(sql, args![tenant]).await.is_err(), "{sql}");
        }
    })
    .await;
}
