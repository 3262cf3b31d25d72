//! Messages to a real receiver, which fails, is late, leads elsewhere, and breaks off.

use std::sync::Mutex;

use engine::access::Actor;
use engine::clock::FixedClock;
use engine::db::testing::TestDatabase;
use engine::outbox::delivery::{Again, Delivery};
use engine::outbox::webhook::{self, Said};
use engine::outbox::{self, News};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// What a receiver does with the next message.
#[derive(Debug, Clone, Copy)]
enum Does {
    Answer(&'static str),
    /// Takes the message and says nothing.
    Silence,
    /// Hangs up.
    HangUp,
}

/// A receiver on this machine, with everything that came.
struct Receiver {
    url: String,
    came: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    async fn new(script: &[Does]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/in?from=tokuten", listener.local_addr().expect("an address"));
        let came: Arc<Mutex<Vec<String>>> = Arc::default();
        let (kept, script) = (came.clone(), script.to_vec());
        tokio::spawn(async move {
            let mut held = Vec::new();
            for at in 0.. {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                let mut bytes = vec![0; 100_000];
                let mut text = String::new();
                while !is_whole(&text) {
                    let read = stream.read(&mut bytes).await.unwrap_or(0);
                    if read == 0 {
                        break;
                    }
                    text += &String::from_utf8_lossy(&bytes[..read]);
                }
                kept.lock().expect("kept").push(text);
                match script.get(at).copied().unwrap_or(Does::Answer("200 OK")) {
                    Does::Answer(status) => {
                        let answer = format!(
                            "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:1/\r\n\
                             content-length: 4\r\n\r\nwell"
                        );
                        let _ = stream.write_all(answer.as_bytes()).await;
                    }
                    Does::Silence => held.push(stream),
                    Does::HangUp => drop(stream),
                }
            }
        });
        Receiver { url, came }
    }

    fn came(&self) -> Vec<String> {
        self.came.lock().expect("kept").clone()
    }
}

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length <= body.len())
}

fn header<'t>(request: &'t str, name: &str) -> &'t str {
    let start = format!("{name}: ");
    request.lines().find_map(|line| line.strip_prefix(start.as_str())).unwrap_or_else(|| {
        panic!("no `{name}` in {request}");
    })
}

struct Test {
    office: Office,
    clock: Arc<FixedClock>,
    sender: Sender,
    _database: TestDatabase,
}

impl Test {
    async fn new(allowed: &str) -> Test {
        let database = TestDatabase::sqlite();
        let db = database.open().await;
        db.migrate().await.expect("migrated");
        let now: Timestamp = "2026-06-12T00:42:00Z".parse().expect("an instant");
        let clock = Arc::new(FixedClock::at(now));
        let office = Office::new(db, Arc::clone(&clock) as Arc<_>);
        let sender = Sender::new(office.clone(), Arc::new(Reach::allowing(allowed)))
            .with_patience(Duration::from_millis(300));
        Test { office, clock, sender, _database: database }
    }

    /// A place, and its secret.
    async fn place(&self, url: &str) -> (String, String) {
        let mut tx = self.office.db().write().await.expect("a turn");
        let said = Said { url: url.into(), description: "ERP".into(), kinds: vec!["*".into()] };
        let now = self.office.now();
        let made = webhook::create(&mut tx, &Actor::System, now, said).await.expect("a place");
        tx.commit().await.expect("a commit");
        (made.0.id, made.1)
    }

    async fn tell(&self, kind: &'static str) {
        let mut tx = self.office.db().write().await.expect("a turn");
        let news = News::new(kind, Some("P1")).says("amount", "200");
        outbox::tell(&mut tx, self.office.now(), vec![news]).await.expect("told");
        tx.commit().await.expect("a commit");
    }

    async fn sent(&self, id: &str) -> Vec<Delivery> {
        let mut reader = self.office.db().read().await.expect("a reader");
        let place = webhook::one(&mut reader, id).await.expect("a place");
        delivery::page(&mut reader, place.webhook_id, None, 50).await.expect("a page")
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

#[tokio::test]
async fn a_message_is_signed_and_comes_again_until_it_is_taken() {
    let test = Test::new("127.0.0.1").await;
    let script = [
        Does::Answer("500 Internal Server Error"),
        Does::Silence,
        Does::Answer("302 Found"),
        Does::HangUp,
        Does::Answer("204 No Content"),
    ];
    let receiver = Receiver::new(&script).await;
    let (place, secret) = test.place(&receiver.url).await;
    test.tell("wallet.points.credited").await;
    for seconds in [0, 6, 400, 2_400, 9_000] {
        test.wait(seconds);
        assert_eq!(test.sender.round().await, 1, "after {seconds} s");
    }
    test.wait(100_000);
    assert_eq!(test.sender.round().await, 0, "taken is taken");

    let came = receiver.came();
    assert_eq!(came.len(), 5);
    let (ids, bodies): (Vec<&str>, Vec<&str>) = came
        .iter()
        .map(|request| (header(request, sign::ID), request.split_once("\r\n\r\n").unwrap().1))
        .unzip();
    assert!(ids.iter().all(|id| *id == ids[0]) && bodies.iter().all(|body| *body == bodies[0]));
    assert!(came[0].starts_with("POST /in?from=tokuten HTTP/1.1\r\n"), "{}", came[0]);
    // The function of the guide, on what really came.
    let signed = |request: &str| {
        let of = |name| header(request, name).to_owned();
        (of(sign::ID), of(sign::TIMESTAMP), of(sign::SIGNATURE))
    };
    let (id, stamp, signature) = signed(&came[4]);
    let then = Timestamp::from_second(stamp.parse().unwrap()).unwrap();
    let check =
        |secret: &str, body: &str, now| sign::verify(secret, (&id, &stamp, &signature), body, now);
    assert_eq!(check(&secret, bodies[4], then), Ok(()));
    assert!(check(&secret, bodies[4], test.office.now()).is_err(), "kept for a day and sent again");
    assert!(check(&secret, "{}", then).is_err(), "another body");
    assert!(check(&sign::secret().unwrap(), bodies[4], then).is_err(), "another secret");
    let (_, first, _) = signed(&came[0]);
    assert_ne!(first, stamp, "each attempt is signed with its own time");

    let sent = test.sent(&place).await;
    let attempts = &sent[0].attempts;
    let statuses: Vec<Option<i64>> = attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(500), None, Some(302), None, Some(204)]);
    assert_eq!(attempts[1].failure.as_deref(), Some("timeout"));
    assert!(attempts[3].failure.as_deref().unwrap_or_default().starts_with("broken"));
    assert_eq!(attempts[0].answer.as_deref(), Some("well"));
    assert_eq!(sent[0].status, "delivered");
}

#[tokio::test]
async fn a_replayed_message_is_known_by_its_id() {
    let test = Test::new("127.0.0.1").await;
    let receiver = Receiver::new(&[]).await;
    let (place, _) = test.place(&receiver.url).await;
    test.tell("payout.paid").await;
    assert_eq!(test.sender.round().await, 1);
    let id = test.sent(&place).await[0].news.id.clone();
    let mut tx = test.office.db().write().await.expect("a turn");
    let again = Again::Event(id.clone());
    let now = test.office.now();
    delivery::replay(&mut tx, &Actor::System, now, &place, &again).await.expect("again");
    tx.commit().await.expect("a commit");
    assert_eq!(test.sender.round().await, 1);
    let came = receiver.came();
    assert_eq!(came.len(), 2);
    // What a receiver does: it remembers the ids it has seen.
    let mut seen = std::collections::BTreeSet::new();
    let counted = came.iter().filter(|request| seen.insert(header(request, sign::ID).to_owned()));
    assert_eq!(counted.count(), 1, "counted once");
    assert!(seen.contains(&id));
}

#[tokio::test]
async fn nothing_goes_inside_unless_it_is_allowed() {
    let receiver = Receiver::new(&[]).await;
    let port = receiver.url.split(['/', ':']).nth(4).expect("a port").to_owned();
    let test = Test::new("").await;
    let cases = [
        (format!("https://127.0.0.1:{port}/"), "inside: 127.0.0.1"),
        (format!("http://localhost:{port}/"), "not_encrypted"),
        ("https://no-such-host.invalid/".to_owned(), "unresolved: no-such-host.invalid"),
    ];
    let mut places = Vec::new();
    for (url, _) in &cases {
        places.push(test.place(url).await.0);
    }
    test.tell("payout.paid").await;
    assert_eq!(test.sender.round().await, 3);
    for ((url, expected), place) in cases.iter().zip(&places) {
        let failure = test.sent(place).await[0].attempts[0].failure.clone().unwrap_or_default();
        assert!(failure == *expected || failure == "timeout", "{url}: {failure}");
    }
    assert!(receiver.came().is_empty());
    // Allowed, but it does not speak what it should.
    let test = Test::new("127.0.0.1").await;
    let (place, _) = test.place(&format!("https://127.0.0.1:{port}/")).await;
    test.tell("payout.paid").await;
    test.sender.round().await;
    let failure = test.sent(&place).await[0].attempts[0].failure.clone().unwrap_or_default();
    assert!(failure.starts_with("encrypt") || failure == "timeout", "{failure}");
}

#[tokio::test]
async fn a_process_that_was_killed_is_followed_by_another() {
    let test = Test::new("127.0.0.1").await;
    let receiver = Receiver::new(&[]).await;
    let (place, _) = test.place(&receiver.url).await;
    test.tell("payout.paid").await;
    // Taken, sent perhaps, and never written down.
    let killed = test.sender.take(&HashMap::new()).await.expect("taken");
    assert_eq!(killed.len(), 1);
    assert_eq!(test.sender.round().await, 0, "it has it alone");
    test.wait(91);
    assert_eq!(test.sender.round().await, 1);
    let sent = test.sent(&place).await;
    assert_eq!((sent[0].attempts.len(), &*sent[0].status), (1, "delivered"));
    assert_eq!(header(&receiver.came()[0], sign::ID), killed[0].id);
}
