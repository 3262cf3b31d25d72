//! Letters to a real mail server, which takes them, refuses them, is silent, and is not there.
//!
//! The server is aiosmtpd of Python; what came is read by the mail library of Python.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex};

use domain::code::PartnerCode;
use engine::access::{Actor, NewUser, Passwords, Role, create_user};
use engine::catalog::{self, Item, Names};
use engine::clock::FixedClock;
use engine::db::testing::{TestDatabase, skip};
use engine::mail::{self as store, Letter, Mail, Status, To};
use engine::members::{self, Choice, ContactChannel, Every, Subject};
use engine::papers::points;
use engine::wallets;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::smtp::Smtp;
use super::*;

/// How a server is.
#[derive(Debug, Clone, Copy, Default)]
struct Is {
    /// Answers to who it is for, then to what it says; after that it takes everything.
    rcpt: &'static [&'static str],
    data: &'static [&'static str],
    /// `start`, `wrapped`, or neither.
    tls: &'static str,
    login: bool,
}

/// A mail server on this machine, with everything that came.
struct Server {
    port: u16,
    came: Arc<(Mutex<Vec<Value>>, Condvar)>,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A Python that knows aiosmtpd: the one beside the program, or the machine's own.
fn python() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let beside = std::env::split_paths(&path)
        .find(|folder| folder.join("aiosmtpd").exists())
        .map(|folder| folder.join("python3"));
    beside.filter(|it| it.exists()).unwrap_or_else(|| PathBuf::from("python3"))
}

impl Server {
    /// `None`, said on standard error, where aiosmtpd is not installed.
    fn new(is: Is) -> Option<Server> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail/testdata");
        let asked = json!({ "rcpt": is.rcpt, "data": is.data, "tls": is.tls, "login": is.login,
            "host": "localhost" });
        let started = Command::new(python())
            .arg(folder.join("server.py"))
            .arg(asked.to_string())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut process) = started else { return Server::missing() };
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let first = lines.next().and_then(Result::ok).and_then(|line| line.parse().ok());
        let Some(port) = first else {
            let _ = process.wait();
            return Server::missing();
        };
        let came: Arc<(Mutex<Vec<Value>>, Condvar)> = Arc::default();
        let kept = came.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let read = serde_json::from_str(&line).expect("JSON");
                kept.0.lock().expect("kept").push(read);
                kept.1.notify_all();
            }
        });
        Some(Server { port, came, process })
    }

    fn missing() -> Option<Server> {
        skip("aiosmtpd", "python3 -m venv V && V/bin/pip install aiosmtpd, and V/bin on the PATH");
        None
    }

    /// What came, once that many messages did: they are told beside the protocol.
    fn came(&self, messages: usize) -> Vec<Value> {
        let (came, told) = &*self.came;
        let came = came.lock().expect("kept");
        let patience = Duration::from_secs(20);
        let wait = told.wait_timeout_while(came, patience, |it| it.len() < messages);
        wait.expect("kept").0.clone()
    }
}

struct Test {
    office: Office,
    clock: Arc<FixedClock>,
    sender: Sender,
    _database: TestDatabase,
}

fn mailer(url: &str) -> Smtp {
    Smtp::parse(url, "rebates.hibari.example")
        .expect("a server")
        .with_patience(Duration::from_secs(5))
        .trusting(include_bytes!("testdata/authority.pem"))
}

impl Test {
    async fn new(mailer: Smtp) -> Test {
        let database = TestDatabase::sqlite();
        let db = database.open().await;
        db.migrate().await.expect("migrated");
        let now: Timestamp = "2026-04-20T00:42:00Z".parse().expect("an instant");
        let clock = Arc::new(FixedClock::at(now));
        let office = Office::new(db, Arc::clone(&clock) as Arc<_>);
        let post = Post {
            server: mailer.server(),
            mailer: Arc::new(mailer),
            from: "points@hibari.example".into(),
            address: "https://rebates.hibari.example".into(),
            keep_days: 90,
        };
        let mut tx = office.db().write().await.expect("a turn");
        let settings = catalog::Settings {
            vendor_name: "ひばりサイクル株式会社".into(),
            time_zone: "Asia/Tokyo".into(),
            ..catalog::Settings::default()
        };
        catalog::save_settings(&mut tx, now, &Actor::System, &settings).await.expect("saved");
        store::switch(&mut tx, now, true).await.expect("switched");
        tx.commit().await.expect("a commit");
        let sender = Sender::new(office.clone(), Arc::new(post));
        Test { office, clock, sender, _database: database }
    }

    /// A letter that says whether mail works, and its id.
    async fn write(&self, key: &str) -> String {
        let mut tx = self.office.db().write().await.expect("a turn");
        let to = To {
            user_id: None,
            address: "misaki@tsubame.example".into(),
            name: "佐藤 美咲\r\nBcc: someone@else.example".into(),
            language: "ja".into(),
        };
        let letter = Letter {
            kind: Kind::Test,
            key: key.into(),
            to,
            partner_id: None,
            mailing_id: None,
            data: json!({ "by": "中村" }),
            paper: None,
        };
        let made = store::write(&mut tx, self.office.now(), &letter).await.expect("written");
        tx.commit().await.expect("a commit");
        made.expect("a letter")
    }

    async fn letter(&self, id: &str) -> (Mail, Vec<store::Attempt>) {
        let mut reader = self.office.db().read().await.expect("a reader");
        let found = store::find(&mut reader, id).await.expect("read").expect("a letter");
        let tried = store::attempts(&mut reader, found.mail_id).await.expect("read");
        (found, tried)
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// What the last attempt of a letter brought.
    async fn last(&self, id: &str) -> (Status, Option<i64>, String) {
        let (found, tried) = self.letter(id).await;
        let last = tried.last().expect("an attempt");
        let said = last.answer.clone().or_else(|| last.failure.clone()).unwrap_or_default();
        (found.status, last.code, said)
    }
}

fn part<'m>(message: &'m Value, kind: &str) -> &'m str {
    let parts = message["parts"].as_array().expect("parts");
    let found = parts.iter().find(|part| part["type"] == kind);
    found.and_then(|part| part["text"].as_str()).unwrap_or_else(|| panic!("no {kind} in {message}"))
}

const WALLET: &str = "\
wallet: club
name: { en: Hibari Club, ja: ひばりクラブ }
time_zone: Asia/Tokyo
currency: JPY
points:
  STAR: { name: { en: Star, ja: スター } }
";

/// A statement of points: a member with a reader who agreed, one who did not, and one without an
/// address; a month that is over.
async fn issue_a_statement(test: &Test) {
    let (by, now) = (Actor::System, test.office.now());
    let mut tx = test.office.db().write().await.expect("a turn");
    let names = Names::from([("ja".to_owned(), "つばめ輪業".to_owned())]);
    let item = Item::new("P1", names, catalog::Fields::new()).expect("an item");
    catalog::upsert_partners(&mut tx, now, &by, Date::MIN, vec![item]).await.expect("partners");
    wallets::draft(&mut tx, &by, now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &by, now, "club").await.expect("active");
    for (login, agrees) in
        [("misaki@tsubame.example", true), ("ken@tsubame.example", false), ("tsubame", true)]
    {
        let new = NewUser {
            login: login.into(),
            name: "佐藤 美咲".into(),
            password: Passwords::for_tests().hash("correct horse").await.expect("hashed"),
            role: Role::Partner { partner_id: 1 },
            language: "ja".into(),
        };
        let user = create_user(&mut tx, now, &by, new).await.expect("a user");
        let says = [(ContactChannel::Mail, agrees)];
        let of = Subject::User(user.user_id);
        members::agree(&mut tx, (&by, now), of, &says, None).await.expect("kept");
    }
    let monthly = Choice { every: Every::Month, promotions: true };
    members::choose(&mut tx, (&by, now), (1, 1), monthly).await.expect("chosen");
    let (rules, master) = (
        test.office.rules(&mut tx).await.expect("rules"),
        test.office.master(&mut tx).await.expect("master data"),
    );
    let line = "{ credit: C1, partner: P1, points: STAR, amount: 1250 }";
    let root = domain::yaml::parse(line).expect("YAML").root;
    let tree = domain::yaml::Tree::from(&root);
    let asked = domain::wallet::read_line(&tree, &jiff::tz::TimeZone::UTC).value.expect("a line");
    let ask = wallets::Ask { key: asked.key, on: asked.on, command: asked.command };
    let answer = wallets::act(&mut tx, &rules, &master, (&by, now), &ask).await.expect("asked");
    assert!(matches!(answer, wallets::Answer::Taken(_)), "{answer:?}");
    assert_eq!(PartnerCode::new("P1").as_str(), "P1");
    tx.commit().await.expect("a commit");
    test.clock.advance(SignedDuration::from_hours(24 * 14));
    assert_eq!(points::issue_due(&test.office).await.expect("issued"), 1);
}

#[tokio::test]
async fn a_statement_arrives_with_its_paper_for_who_agreed() {
    let Some(server) = Server::new(Is::default()) else { return };
    let test = Test::new(mailer(&format!("smtp://localhost:{}", server.port))).await;
    issue_a_statement(&test).await;
    assert_eq!(test.sender.round().await, 1);
    assert_eq!(test.sender.round().await, 0, "taken is taken");
    let came = server.came(1);
    assert_eq!(came.len(), 1);
    let message = &came[0];
    assert_eq!(message["to"], json!(["misaki@tsubame.example"]));
    assert_eq!(message["from"], "points@hibari.example");
    assert_eq!(message["ascii"], true, "what is not ASCII is encoded");
    let headers = &message["headers"];
    assert_eq!(headers["subject"], "ひばりクラブ：2026年4月30日までの明細");
    assert_eq!(headers["from"], "ひばりサイクル株式会社 <points@hibari.example>");
    assert_eq!(headers["to"], "佐藤 美咲 <misaki@tsubame.example>");
    assert_eq!(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    let unsubscribe = headers["list-unsubscribe"].as_str().expect("a header");
    let address = unsubscribe.trim_start_matches('<').trim_end_matches('>');
    assert!(address.starts_with("https://rebates.hibari.example/unsubscribe/"), "{address}");
    let token = address.rsplit('/').next().expect("a token");
    assert!(64 <= token.len(), "{token}");
    let (text, html) = (part(message, "text/plain"), part(message, "text/html"));
    for said in [
        "佐藤 美咲 様",
        "期末のスター",
        "1,250",
        "https://rebates.hibari.example/portal/points/membership",
    ] {
        assert!(text.contains(said), "`{said}` is not in\n{text}");
        assert!(html.contains(said), "`{said}` is not in\n{html}");
    }
    assert!(text.contains(address) && html.contains(address));
    let file = &message["files"][0];
    assert_eq!(file["name"], "club-000001-ja.pdf");
    assert_eq!(file["type"], "application/pdf");
    // `%PDF-` in base 64.
    assert!(file["body"].as_str().expect("a body").starts_with("JVBERi0"));

    let mut reader = test.office.db().read().await.expect("a reader");
    let all = store::page(&mut reader, &store::Filter::default(), 9).await.expect("read");
    let stands: Vec<(&str, Status)> = all.iter().map(|it| (&*it.address, it.status)).collect();
    let expected =
        [("misaki@tsubame.example", Status::Sent), ("ken@tsubame.example", Status::Held)];
    assert!(expected.iter().all(|it| stands.contains(it)) && stands.len() == 2, "{stands:?}");
    let sent = all.iter().find(|it| it.status == Status::Sent).expect("one was sent");
    let id = headers["message-id"].as_str().expect("a header");
    assert_eq!(id, format!("<{}@hibari.example>", sent.id));
    let kept = [sent.text.as_deref(), sent.html.as_deref()].map(Option::unwrap_or_default);
    assert!(kept.iter().all(|it| it.contains("1,250") && !it.contains(token)), "{kept:?}");
    // What the letter holds ends letters; what is kept of it does not.
    let now = test.office.now();
    let looked = links::look(&mut reader, now, (token, Purpose::Unsubscribe), None).await;
    assert_eq!(looked.expect("read").expect("it works").subject, sent.id);
}

#[tokio::test]
async fn a_letter_that_waits_comes_again_and_is_the_same() {
    let is = Is { data: &["451 4.7.1 greylisted, come again"], ..Is::default() };
    let Some(server) = Server::new(is) else { return };
    let test = Test::new(mailer(&format!("smtp://localhost:{}", server.port))).await;
    let id = test.write("test/1").await;
    assert_eq!(test.sender.round().await, 1);
    let (status, code, said) = test.last(&id).await;
    assert_eq!((status, code), (Status::Waiting, Some(451)));
    assert!(said.contains("greylisted"), "{said}");
    assert_eq!(test.sender.round().await, 0, "not at once");
    test.wait(6);
    assert_eq!(test.sender.round().await, 1);
    assert_eq!(test.last(&id).await, (Status::Sent, Some(250), "2.0.0 taken".to_owned()));
    test.wait(1_000_000);
    assert_eq!(test.sender.round().await, 0, "taken is taken");
    let came = server.came(2);
    assert_eq!(came.len(), 2);
    let same = |name: &str| came[0]["headers"][name] == came[1]["headers"][name];
    assert!(same("message-id") && same("subject"));
    // Nobody writes headers by a name.
    assert_eq!(came[1]["to"], json!(["misaki@tsubame.example"]));
    assert!(came[1]["headers"].get("bcc").is_none(), "{}", came[1]["headers"]);
}

#[tokio::test]
async fn a_server_that_refuses_for_good_is_not_asked_again() {
    let is = Is { rcpt: &["550 5.1.1 no such user here"], ..Is::default() };
    let Some(server) = Server::new(is) else { return };
    let test = Test::new(mailer(&format!("smtp://localhost:{}", server.port))).await;
    let id = test.write("test/1").await;
    assert_eq!(test.sender.round().await, 1);
    let (status, code, said) = test.last(&id).await;
    assert_eq!((status, code), (Status::Failed, Some(550)));
    assert!(said.contains("no such user here"), "{said}");
    test.wait(1_000_000);
    assert_eq!(test.sender.round().await, 0);
    assert!(server.came(0).is_empty());
    // Somebody may say so nevertheless.
    let mut tx = test.office.db().write().await.expect("a turn");
    let again = delivery::again(&mut tx, &Actor::System, test.office.now(), &id).await;
    assert_eq!(again.expect("asked"), Ok(()));
    tx.commit().await.expect("a commit");
    assert_eq!(test.sender.round().await, 1);
    assert_eq!(test.last(&id).await.0, Status::Sent);
}

#[tokio::test]
async fn a_server_that_is_silent_or_not_there_is_tried_again() {
    let Some(server) = Server::new(Is { data: &["hang"], ..Is::default() }) else { return };
    let silent = mailer(&format!("smtp://localhost:{}", server.port));
    let test = Test::new(silent.with_patience(Duration::from_millis(400))).await;
    let id = test.write("test/1").await;
    assert_eq!(test.sender.round().await, 1);
    assert_eq!(test.last(&id).await, (Status::Waiting, None, "timeout".to_owned()));

    let port = server.port;
    drop(server);
    let test = Test::new(mailer(&format!("smtp://localhost:{port}"))).await;
    let id = test.write("test/1").await;
    assert_eq!(test.sender.round().await, 1);
    let (status, code, said) = test.last(&id).await;
    assert_eq!((status, code), (Status::Waiting, None));
    assert!(said.starts_with("connect: "), "{said}");
}

/// Encrypted from the first byte or once both know each other, with a name and a password; a wrong
/// password and a server that nobody vouches for are no fault of the letter.
#[tokio::test]
async fn a_server_that_wants_encryption_and_a_password_gets_both() {
    const WHO: &str = "tokuten%40example.com:s%2F3%3Acr%40t";
    for (tls, scheme, rest) in [("wrapped", "smtps", ""), ("start", "smtp", "?encrypt=yes")] {
        let is = Is { tls, login: true, ..Is::default() };
        let Some(server) = Server::new(is) else { return };
        let url = |who: &str| format!("{scheme}://{who}@localhost:{}{rest}", server.port);
        let test = Test::new(mailer(&url(WHO))).await;
        let id = test.write("test/1").await;
        assert_eq!(test.sender.round().await, 1);
        let last = test.last(&id).await;
        assert_eq!((last.0, last.1), (Status::Sent, Some(250)), "{tls}: {last:?}");
        assert_eq!(server.came(1).len(), 1, "{tls}");

        let test = Test::new(mailer(&url("tokuten%40example.com:wrong"))).await;
        let id = test.write("test/1").await;
        test.sender.round().await;
        let last = test.last(&id).await;
        assert_eq!((last.0, last.1), (Status::Waiting, Some(535)), "{tls}: {last:?}");
        assert!(!last.2.contains("wrong"), "{last:?}");

        let stranger = Smtp::parse(&url(WHO), "x.example").expect("a server");
        let test = Test::new(stranger.with_patience(Duration::from_secs(5))).await;
        let id = test.write("test/1").await;
        test.sender.round().await;
        let last = test.last(&id).await;
        assert_eq!((last.0, last.1), (Status::Waiting, None), "{tls}: {last:?}");
        assert_eq!(server.came(1).len(), 1, "{tls}: nothing came");
    }
}
