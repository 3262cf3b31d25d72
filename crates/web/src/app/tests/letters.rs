//! Letters through the app: what they lead to, who may open it, and what the vendor sees of them.

use engine::links::Purpose;
use engine::mail as store;
use engine::mail::delivery::Came;
use engine::members::{self, ContactChannel, Subject};
use engine::wallets;
use jiff::SignedDuration;

use super::own::{Story, activate, says};
use super::*;
use crate::mail::kept::Kept;
use crate::mail::{Outgoing, Post, Sender};
use crate::ui::encode;

const CLUB: &str = "
wallet: stars
name: { en: Star Club, ja: スタークラブ }
currency: EUR
points: { STAR: { name: { en: Star, ja: スター } } }
promotions:
  spring: { name: { en: Spring, ja: 春 }, starts: 2026-06-20, ends: 2026-12-31 }
";

const SALES: &str = "
program: star-sales
currency: EUR
starts: 2026-01-01
terms:
  - { term: sales, group_by: fact, fixed: 5, reward: { points: STAR, promotion: spring } }
";

/// The story with mail, and P1's reader Misaki with an address.
struct Mailed {
    story: Story,
    sender: Sender,
    kept: Arc<Kept>,
    user_id: i64,
    manager: String,
    administrator: String,
}

const MISAKI: &str = "misaki@adler.example";

impl Mailed {
    async fn new(answers: impl IntoIterator<Item = Came>) -> Mailed {
        let story = Story::told().await;
        let kept = Kept::saying(answers);
        let post = Post {
            mailer: kept.clone(),
            server: "mail.example:587".into(),
            from: "points@hibari.example".into(),
            address: "https://tokuten.example".into(),
            keep_days: 90,
        };
        let office = story.test.app.office();
        let (now, system) = (office.now(), Actor::System);
        let mut tx = office.db().write().await.expect("a transaction");
        store::switch(&mut tx, now, true).await.expect("switched");
        wallets::draft(&mut tx, &system, now, CLUB).await.expect("a draft");
        wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
        let new = NewUser {
            login: MISAKI.into(),
            name: "Misaki".into(),
            password: story.test.app.passwords().hash(PASSWORD).await.expect("hashed"),
            role: Role::Partner { partner_id: 1 },
            language: "en".into(),
        };
        let user_id = create_user(&mut tx, now, &system, new).await.expect("a user").user_id;
        let mail = [(ContactChannel::Mail, true)];
        let of = Subject::User(user_id);
        members::agree(&mut tx, (&system, now), of, &mail, None).await.expect("kept");
        tx.commit().await.expect("committed");
        activate(office, SALES).await;
        let sender = Sender::new(office.clone(), Arc::new(post));
        let manager = story.test.sign_in("incentive_manager").await;
        let administrator = story.test.sign_in("administrator").await;
        Mailed { story, sender, kept, user_id, manager, administrator }
    }

    async fn send(&self, cookie: &str, page: &str, path: &str, form: &str) -> (StatusCode, String) {
        let (_, _, shown) = self.story.test.get(page, cookie).await;
        let form = format!("csrf={}&key={}&{form}", csrf(&shown), encode(&format!("{path}{form}")));
        let (status, _, body) = self.story.test.post_from(page, path, cookie, &form).await;
        (status, body)
    }

    /// As a visitor who is not signed in.
    async fn guest(&self, path: &str) -> (String, StatusCode, String) {
        let (status, headers, page) = self.story.test.get(path, "").await;
        (cookie(&headers, "tokuten_guest"), status, page)
    }

    async fn may_write(&self) -> bool {
        let mut reader = self.story.test.app.office().db().read().await.expect("a reader");
        let of = Subject::User(self.user_id);
        members::may_reach(&mut reader, of, ContactChannel::Mail).await.expect("read")
    }

    async fn letters(&self) -> Vec<Outgoing> {
        while self.sender.round().await > 0 {}
        self.kept.came()
    }
}

/// The path of the first address in a text that leads there.
fn path_in(text: &str, start: &str) -> String {
    let whole = format!("https://tokuten.example{start}");
    let at = text.find(&whole).unwrap_or_else(|| panic!("no `{start}` in {text}"));
    let rest = &text[at + "https://tokuten.example".len()..];
    rest.split_whitespace().next().expect("an address").to_owned()
}

#[tokio::test]
async fn a_promotion_is_told_once_and_its_reader_ends_letters() {
    let mailed = Mailed::new([]).await;
    let (story, manager) = (&mailed.story, mailed.manager.as_str());
    let tell = "/console/loyalty/promotions/spring/tell";
    let page = story.ok("/console/loyalty/promotions/spring", manager).await;
    assert!(page.contains(tell), "{page}");
    let page = story.ok(tell, manager).await;
    for text in ["Get it", "Login is no address", "Send on", "Promotion: Spring"] {
        assert!(says(&page, text), "`{text}`: {page}");
    }
    let words = "says_en=Sell+one%2C+get+two.&says_ja=%E6%98%A5&act=";
    let (status, page) = mailed.send(manager, tell, tell, &format!("{words}preview")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(says(&page, "&gt; Sell one, get two.") && says(&page, "&gt; 春"), "{page}");
    let (status, _) = mailed.send(manager, tell, tell, &format!("{words}now")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let came = mailed.letters().await;
    assert_eq!(came.len(), 1);
    assert_eq!(came[0].to.1, MISAKI);
    assert!(came[0].text.contains("> Sell one, get two."), "{}", came[0].text);
    let (status, _) = mailed.send(manager, tell, tell, "act=now").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(mailed.letters().await.len(), 1, "nobody is told twice");
    let page = story.ok(tell, manager).await;
    assert!(says(&page, "Were told before") && says(&page, "Sent 1"), "{page}");

    // What programs open ends nothing; the button does, and so does the mail program.
    let address = came[0].unsubscribe.clone().expect("an address");
    let path = path_in(&address, "/unsubscribe/");
    let (guest, status, page) = mailed.guest(&path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(says(&page, "writes no more letters") && mailed.may_write().await, "{page}");
    let (status, _, _) = story.test.post(&path, &guest, "csrf=wrong").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(mailed.may_write().await);
    let (status, _, page) = story.test.post(&path, "", "List-Unsubscribe=One-Click").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(!mailed.may_write().await);
    let (status, _, page) = story
        .test
        .post(
            &path,
            &guest,
            &format!("csrf={}", csrf(&mailed.story.test.get(&path, &guest).await.2)),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "again does no harm: {page}");
    assert!(says(&page, "You get no more letters"), "{page}");
    // It is P1's reader's own word, and the vendor sees from which letter it came.
    let seen = story.ok("/console/partners/P1/membership", manager).await;
    assert!(says(&seen, "Taken back"), "{seen}");
    let (status, _, page) = story.test.get(&path, &story.two).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(says(&page, "This link is for somebody else"), "{page}");
    let (_, status, page) = mailed.guest("/unsubscribe/nothing").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(says(&page, "This link does not work"), "{page}");
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_once_and_nobody_learns_who_is_here() {
    let mailed = Mailed::new([]).await;
    let story = &mailed.story;
    let (guest, _, page) = mailed.guest("/forgot").await;
    let ask = |login: &str| format!("csrf={}&login={}", csrf(&page), encode(login));
    let (_, _, known) = story.test.post("/forgot", &guest, &ask(" Misaki@Adler.example")).await;
    let (_, _, unknown) = story.test.post("/forgot", &guest, &ask("nobody@adler.example")).await;
    let (_, _, again) = story.test.post("/forgot", &guest, &ask(MISAKI)).await;
    let body = |page: &str| page.split("<main").nth(1).map(str::to_owned);
    assert_eq!(body(&known), body(&unknown), "the same answer");
    assert_eq!(body(&known), body(&again));
    let came = mailed.letters().await;
    assert_eq!(came.len(), 1, "one letter in ten minutes");
    assert!(came[0].unsubscribe.is_none());
    let path = path_in(&came[0].text, "/password/");
    for _ in 0..2 {
        let (_, status, page) = mailed.guest(&path).await;
        assert_eq!(status, StatusCode::OK, "looking uses nothing up");
        assert!(says(&page, MISAKI), "{page}");
    }
    let (guest, _, page) = mailed.guest(&path).await;
    let choose = |one: &str, two: &str| {
        format!("csrf={}&password={}&repeat={}", csrf(&page), encode(one), encode(two))
    };
    for (one, two) in [("short", "short"), ("a new horse", "another horse")] {
        let (status, _, _) = story.test.post(&path, &guest, &choose(one, two)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{one}");
    }
    let (status, _, other) = story.test.get(&path, &mailed.manager).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{other}");
    let before = story.test.sign_in(MISAKI).await;
    let good = choose("a new horse", "a new horse");
    let (status, _, page) = story.test.post(&path, &guest, &good).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(says(&page, "Your password is changed"), "{page}");
    let (status, ..) = story.test.get("/portal", &before).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "sessions of before are over");
    let (status, _, page) = story.test.post(&path, &guest, &good).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(says(&page, "This link was used already"), "{page}");

    // Too late.
    story.test.clock.advance(SignedDuration::from_mins(11));
    let (guest, _, page) = mailed.guest("/forgot").await;
    let ask = format!("csrf={}&login={}", csrf(&page), encode(MISAKI));
    story.test.post("/forgot", &guest, &ask).await;
    let path = path_in(&mailed.letters().await[1].text, "/password/");
    story.test.clock.advance(SignedDuration::from_hours(2));
    let (_, status, page) = mailed.guest(&path).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(says(&page, "This link is over"), "{page}");
    assert_eq!(Purpose::Password.word(), "password");
}

#[tokio::test]
async fn a_new_user_is_invited_by_mail() {
    let mailed = Mailed::new([]).await;
    let users = "/console/users";
    let form = |login: &str| {
        format!("name=Aoi&login={}&role=partner&partner=P2&invite=yes", encode(login))
    };
    let (status, _) = mailed.send(&mailed.administrator, users, users, &form("aoi")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "no address, no letter");
    let new = form("aoi@birke.example");
    let (_, page) = mailed.send(&mailed.administrator, users, users, &new).await;
    assert!(says(&page, "aoi@birke.example gets a letter"), "{page}");
    let came = mailed.letters().await;
    assert_eq!(came.len(), 1);
    assert!(came[0].text.contains("administrator made an access for you"), "{}", came[0].text);
    let path = path_in(&came[0].text, "/password/");
    let (guest, _, page) = mailed.guest(&path).await;
    let password = encode(PASSWORD);
    let form = format!("csrf={}&password={password}&repeat={password}", csrf(&page));
    let (status, _, _) = mailed.story.test.post(&path, &guest, &form).await;
    assert_eq!(status, StatusCode::OK);
    let session = mailed.story.test.sign_in("aoi@birke.example").await;
    mailed.story.ok("/portal", &session).await;
}

#[tokio::test]
async fn a_friend_is_written_to_once_and_may_stop_it() {
    let mailed = Mailed::new([]).await;
    let story = &mailed.story;
    let (friends, invite) = ("/portal/points/friends", "/portal/points/friends/invite");
    let form =
        |n: usize, contact: &str| format!("name=Friend+{n}&contact={}&send=yes", encode(contact));
    let (status, _) = mailed.send(&story.one, friends, invite, &form(0, "by phone")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _) = mailed.send(&story.one, friends, invite, &form(0, "f0@c.example")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let came = mailed.letters().await;
    assert_eq!(came[0].subject, "Adler invites you to Tokuten");
    let text = &came[0].text;
    assert!(text.contains("Dear Friend 0,") && text.contains("typed your address"), "{text}");
    let page = path_in(text, "/friends/");
    let (_, status, shown) = mailed.guest(&page).await;
    assert_eq!(status, StatusCode::OK);
    assert!(says(&shown, "I have an access") && !says(&shown, "Adler"), "{shown}");
    let (status, ..) = story.test.get("/friends/XXXXXXXX", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let path = path_in(&came[0].unsubscribe.clone().expect("an address"), "/unsubscribe/");
    let (status, _, said) = story.test.post(&path, "", "List-Unsubscribe=One-Click").await;
    assert_eq!(status, StatusCode::OK);
    assert!(says(&said, "No more invitations are sent to you"), "{said}");
    let (status, said) = mailed.send(&story.two, friends, invite, &form(1, "F0@c.example")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "not by anybody");
    assert!(says(&said, "Nothing may be sent to this address"), "{said}");

    for n in 1..10 {
        let (status, _) =
            mailed.send(&story.one, friends, invite, &form(n, &format!("f{n}@c.example"))).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{n}");
    }
    let (status, said) = mailed.send(&story.one, friends, invite, &form(10, "g@c.example")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "ten a day");
    assert!(says(&said, "You wrote as many letters today as one may"), "{said}");
}

#[tokio::test]
async fn the_vendor_sees_what_was_sent_and_what_did_not_arrive() {
    let no = Came::Never(550, "5.1.1 no such user here".into());
    let mailed = Mailed::new([no]).await;
    let (story, manager) = (&mailed.story, mailed.manager.as_str());
    let (guest, _, page) = mailed.guest("/forgot").await;
    let ask = format!("csrf={}&login={}", csrf(&page), encode(MISAKI));
    story.test.post("/forgot", &guest, &ask).await;
    let token = path_in(&mailed.letters().await[0].text, "/password/");
    let today = story.ok("/console", manager).await;
    assert!(says(&today, "1 letter did not arrive"), "{today}");
    let list = story.ok("/console/mail?status=failed&kind=password", manager).await;
    assert!(says(&list, MISAKI) && says(&list, "Refused"), "{list}");
    let none = story.ok("/console/mail?status=sent", manager).await;
    assert!(says(&none, "No letters yet"), "{none}");
    let (_, rest) = list.split_once("/console/mail/mal_").expect("a letter");
    let path = format!("/console/mail/mal_{}", rest.split('"').next().expect("an id"));
    let page = story.ok(&path, manager).await;
    for text in ["no such user here", "Choose a new password", "https://tokuten.example/password/…"]
    {
        assert!(says(&page, text), "`{text}`: {page}");
    }
    let secret = token.rsplit('/').next().expect("a token");
    assert!(!page.contains(secret), "nobody gets in by reading letters");
    let (_, page) = mailed.send(manager, &path, &format!("{path}/again"), "").await;
    assert!(says(&page, "It is on its way again"), "{page}");
    assert_eq!(mailed.letters().await.len(), 2);
    let today = story.ok("/console", manager).await;
    assert!(!says(&today, "did not arrive"), "{today}");
    // An administrator without an address is told so.
    let test = "/console/mail/test";
    let (_, page) = mailed.send(&mailed.administrator, "/console/mail", test, "").await;
    assert!(says(&page, "Your login is no address"), "{page}");
    let (status, ..) = story.test.get("/console/mail", &story.one).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "not for partners");
}

#[tokio::test]
async fn without_a_server_pages_say_so_and_nothing_is_written() {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    wallets::draft(&mut tx, &system, now, CLUB).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
    tx.commit().await.expect("committed");
    let manager = story.test.sign_in("incentive_manager").await;
    let page = story.ok("/console/mail", &manager).await;
    assert!(says(&page, "No mail is sent") && !says(&page, "Send me a test mail"), "{page}");
    let (_, _, page) = story.test.get("/forgot", "").await;
    assert!(says(&page, "Ask an administrator of Tokuten"), "{page}");
    let page = story.ok("/portal/points/friends", &story.one).await;
    assert!(!page.contains("name=\"send\""), "{page}");
}
