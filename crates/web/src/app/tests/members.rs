//! Memberships through portal and console: enrolling, resting, consent, statements, friends, people.

use engine::wallets;

use super::own::{Story, activate, says};
use super::*;

const WALLET: &str = "
wallet: stars
name: { en: Star Club }
currency: EUR
members: { enrol: required, by_oneself: true, lasts: 1 years }
points: { STAR: { name: Stars, expiry: 12 months } }
";

const PROGRAM: &str = "
program: star-sales
currency: EUR
starts: 2026-01-01
terms:
  - { term: sales, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR } }
  - { term: own, facts: [ activity ], when: fact.type == \"profile_completed\", group_by: fact, fixed: 7, earner: party.person, reward: { points: STAR } }
";

/// P1 and P2 sold before they were members.
async fn told() -> (Story, String) {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    wallets::draft(&mut tx, &system, now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
    tx.commit().await.expect("committed");
    activate(office, PROGRAM).await;
    office.accrue().await.expect("accrued");
    let manager = story.test.sign_in("incentive_manager").await;
    (story, manager)
}

/// Sends a form of whoever has the cookie, from a page.
async fn send(
    story: &Story,
    cookie: &str,
    (page, path, key): (&str, &str, &str),
    form: &str,
) -> (StatusCode, String, String) {
    let (_, _, html) = story.test.get(page, cookie).await;
    let form = format!("csrf={}&key={key}&{form}", csrf(&html));
    story.test.post_from(page, path, cookie, &form).await
}

const MEMBERSHIP: &str = "/portal/points/membership";

#[tokio::test]
async fn a_partner_enrols_by_itself_and_the_vendor_lets_it_rest() {
    let (story, manager) = told().await;
    let page = story.ok(MEMBERSHIP, &story.one).await;
    assert!(says(&page, "Not enrolled") && says(&page, "Become a member"), "{page}");
    let by_vendor = "/console/partners/P1/membership";
    let seen = story.ok(by_vendor, &manager).await;
    assert!(says(&seen, "Withheld awards") && says(&seen, "0 of 1,200 Stars given"), "{seen}");

    let enrol = format!("{MEMBERSHIP}/stars/enrol");
    let (status, ..) = send(&story, &story.one, (MEMBERSHIP, &enrol, "k1"), "").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok(MEMBERSHIP, &story.one).await;
    assert!(says(&page, "Active") && says(&page, "stars-000001"), "{page}");
    assert!(says(&page, "Renew for another term"), "{page}");
    let (status, ..) = send(&story, &story.one, (MEMBERSHIP, &enrol, "k2"), "").await;
    assert_eq!(status, StatusCode::CONFLICT, "a member already");

    let step = format!("{by_vendor}/step");
    let form = "wallet=stars&step=suspend&until=&reason=an+open+invoice";
    let (status, ..) = send(&story, &manager, (by_vendor, &step, "k3"), form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let seen = story.ok(by_vendor, &manager).await;
    assert!(says(&seen, "Suspended") && says(&seen, "an open invoice"), "{seen}");
    let (_, _, refused) = send(&story, &manager, (by_vendor, &step, "k4"), form).await;
    assert!(says(&refused, "the membership rests or is over"), "{refused}");
    let list = story.ok("/console/loyalty/memberships?state=suspended", &manager).await;
    assert!(says(&list, "Adler") && says(&list, "Suspended (1)"), "{list}");
    let none = story.ok("/console/loyalty/memberships?state=ended", &manager).await;
    assert!(!says(&none, "Adler"), "{none}");
    let page = story.ok(MEMBERSHIP, &story.one).await;
    assert!(says(&page, "Suspended") && !page.contains("/stars/end"), "{page}");
}

#[tokio::test]
async fn what_a_member_chose_and_agreed_to_is_kept_and_seen_by_the_vendor() {
    let (story, manager) = told().await;
    let choice = format!("{MEMBERSHIP}/stars/choice");
    let form = "every=quarter&promotions=yes";
    send(&story, &story.one, (MEMBERSHIP, &choice, "k1"), form).await;
    let profile = "/portal/profile";
    let consent = "/portal/profile/consent";
    let (status, ..) =
        send(&story, &story.one, (profile, consent, "k2"), "mail=yes&post=yes").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    send(&story, &story.one, (profile, consent, "k3"), "mail=yes").await;
    let page = story.ok(profile, &story.one).await;
    assert!(says(&page, "Taken back on") && says(&page, "Agreed on"), "{page}");
    let by_vendor = "/console/partners/P1/membership";
    let seen = story.ok(by_vendor, &manager).await;
    for text in ["Every quarter", "Agreed", "Taken back", "Never asked"] {
        assert!(says(&seen, text), "`{text}`: {seen}");
    }
    let form = "subject=partner&channel=phone&given=yes&note=at+the+fair";
    let path = format!("{by_vendor}/consent");
    let (status, ..) = send(&story, &manager, (by_vendor, &path, "k4"), form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let other = story.ok("/console/partners/P2/membership", &manager).await;
    assert!(!says(&other, "Agreed on"), "{other}");
}

#[tokio::test]
async fn statements_are_ones_own_and_papers() {
    let (story, manager) = told().await;
    let enrol = format!("{MEMBERSHIP}/stars/enrol");
    send(&story, &story.one, (MEMBERSHIP, &enrol, "k1"), "").await;
    let month = "/portal/points/statements?wallet=stars&period=2026-04";
    let (status, headers, _) = story.test.get(month, &story.one).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains("content-type: application/pdf"), "{headers}");
    for wrong in ["wallet=stars&period=2026-13", "wallet=none&period=2026-04", "wallet=stars"] {
        story.is_not_there(&format!("/portal/points/statements?{wrong}"), &story.one).await;
    }
    story.is_not_there("/portal/points/statements/pts_0", &story.one).await;
    let same = "/console/partners/P1/membership/statement?wallet=stars&period=2026-04";
    let (status, ..) = story.test.get(same, &manager).await;
    assert_eq!(status, StatusCode::OK);
    story.is_not_there(same, &story.one).await;
}

#[tokio::test]
async fn a_friend_is_brought_once_by_its_code() {
    let (story, manager) = told().await;
    let friends = "/portal/points/friends";
    let at = |act: &str| format!("{friends}/{act}");
    send(&story, &story.one, (friends, &at("code"), "k1"), "").await;
    let page = story.ok(friends, &story.one).await;
    let code = page.split("tk-figure-large tk-mono\">").nth(1).expect("a code");
    let code = code.split('<').next().expect("a code").to_owned();
    send(&story, &story.one, (friends, &at("invite"), "k2"), "name=Corvus&contact=").await;
    let page = story.ok(friends, &story.one).await;
    assert!(says(&page, "Corvus") && says(&page, "Invited"), "{page}");
    let own = format!("code={code}");
    let (_, _, refused) = send(&story, &story.one, (friends, &at("register"), "k3"), &own).await;
    assert!(says(&refused, "Nobody brings itself"), "{refused}");
    // P2 sold before.
    let (_, _, refused) = send(&story, &story.two, (friends, &at("register"), "k4"), &own).await;
    assert!(says(&refused, "sold before"), "{refused}");
    let seen = story.ok("/console/partners/P1/membership", &manager).await;
    assert!(says(&seen, &code) && says(&seen, "Corvus"), "{seen}");
}

#[tokio::test]
async fn a_person_has_points_of_its_own_beside_the_company() {
    let (story, manager) = told().await;
    let by_vendor = "/console/partners/P1/membership";
    let seen = story.ok(by_vendor, &manager).await;
    let user = seen.split("<option value=\"usr_").nth(1).expect("a user");
    let user = format!("usr_{}", user.split('"').next().expect("an id"));
    let overview = "/portal/points";
    assert!(!says(&story.ok(overview, &story.one).await, "My own points"));
    let path = format!("{by_vendor}/person");
    let form = format!("user={user}&person=P1-adler");
    let (status, ..) = send(&story, &manager, (by_vendor, &path, "k1"), &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let step = "/console/partners/P1-adler/membership/step";
    let from = "/console/partners/P1-adler/membership";
    let enrol = "wallet=stars&step=enrol&until=&reason=";
    let (status, ..) = send(&story, &manager, (from, step, "k2"), enrol).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let profile = "name=Adler&job=Owner&phone=1234";
    send(&story, &story.one, ("/portal/profile", "/portal/profile", "k3"), profile).await;
    story.test.app.office().accrue().await.expect("accrued");
    let page = story.ok(overview, &story.one).await;
    assert!(says(&page, "My own points"), "{page}");
    let own = "/portal/points/whose/own";
    let (status, headers, _) = send(&story, &story.one, (overview, own, "k4"), "").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(headers.contains("tokuten_whose=own"), "{headers}");
    let both = format!("{}; tokuten_whose=own", story.one);
    let page = story.ok(overview, &both).await;
    assert!(says(&page, "The company's points"), "{page}");
    let history = story.ok("/portal/points/history", &both).await;
    assert!(says(&history, "7 Stars") && !says(&history, "1,200"), "{history}");
    // Whoever is no person has no other points, whatever the cookie says.
    let other = format!("{}; tokuten_whose=own", story.two);
    assert!(!says(&story.ok(overview, &other).await, "My own points"));
}

/// Whoever the vendor names looks after the people of its company: of no other one, and nobody else
/// does.
#[tokio::test]
async fn who_looks_after_people_brings_them_sees_them_and_ends_them() {
    let (story, manager) = told().await;
    let people = "/portal/points/people";
    story.is_not_there(people, &story.one).await;
    for (partner, who) in [("P1", "one"), ("P2", "two")] {
        let by_vendor = format!("/console/partners/{partner}/membership");
        let seen = story.ok(&by_vendor, &manager).await;
        let user = seen.split("<option value=\"usr_").nth(1).expect("a user");
        let user = user.split('"').next().expect("an id");
        let path = format!("{by_vendor}/lead");
        let form = format!("user=usr_{user}&looks=yes");
        let (status, ..) = send(&story, &manager, (&by_vendor, &path, who), &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
    let page = story.ok(people, &story.one).await;
    assert!(says(&page, "People of Adler") && says(&page, "Nobody yet"), "{page}");
    assert!(says(&story.ok(MEMBERSHIP, &story.one).await, "People of Adler"));

    let invite = format!("{people}/invite");
    let nobody = "name=+&login=eva%40adler.example";
    let (_, _, refused) = send(&story, &story.one, (people, &invite, "i0"), nobody).await;
    assert!(says(&refused, "A name has 1 to 200 characters"), "{refused}");
    let eva = "name=Eva+Adler&login=eva%40adler.example";
    let (status, _, made) = send(&story, &story.one, (people, &invite, "i1"), eva).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    assert!(says(&made, "eva@adler.example can sign in now") && says(&made, "P1-P1"), "{made}");
    let password = made.split("First password:").nth(1).expect("it is shown once");
    let password = password.split("tk-mono\">").nth(1).and_then(|it| it.split('<').next());
    let password = password.expect("a password").to_owned();
    assert!(!story.ok(people, &story.one).await.contains(&password), "and never again");
    let (_, _, taken) = send(&story, &story.one, (people, &invite, "i2"), eva).await;
    assert!(says(&taken, "Eva Adler"), "what was typed stays: {taken}");

    // The person sees its own, and nobody else's people.
    let enter = async || {
        let (_, headers, page) = story.test.get("/sign-in", "").await;
        let guest = cookie(&headers, "tokuten_guest");
        let password = crate::ui::encode(&password);
        let form = format!(
            "csrf={}&key=1&login=eva%40adler.example&password={password}&next=",
            csrf(&page)
        );
        story.test.post("/sign-in", &guest, &form).await
    };
    let (status, headers, _) = enter().await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let person = cookie(&headers, "tokuten_session");
    assert!(says(&story.ok("/portal/points", &person).await, "My own points"));
    story.is_not_there(people, &person).await;
    let other = story.ok(people, &story.two).await;
    assert!(says(&other, "Nobody yet") && !says(&other, "Eva"), "{other}");
    let end = format!("{people}/P1-P1/end");
    let (status, ..) = send(&story, &story.two, (people, &end, "e0"), "x=1").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another company's people are not there");

    let step = "/console/partners/P1-P1/membership/step";
    let from = "/console/partners/P1-P1/membership";
    let enrol = "wallet=stars&step=enrol&until=&reason=";
    assert_eq!(send(&story, &manager, (from, step, "s1"), enrol).await.0, StatusCode::SEE_OTHER);
    let (status, ..) = send(&story, &story.one, (people, &end, "e1"), "x=1").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(says(&story.ok(people, &story.one).await, "Left"));
    assert_eq!(enter().await.0, StatusCode::UNAUTHORIZED, "it signs in no more");
    let seen = story.ok(from, &manager).await;
    assert!(says(&seen, "Left the company"), "{seen}");
}

/// The vendor links a member with another company and ends it; the member reads where it is known.
#[tokio::test]
async fn a_member_is_linked_by_hand_and_reads_it() {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    let wallet =
        format!("{WALLET}sponsors: {{ AIR: {{ name: {{ en: Blue Air }}, points: STAR }} }}\n");
    wallets::draft(&mut tx, &system, now, &wallet).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
    tx.commit().await.expect("committed");
    let manager = story.test.sign_in("incentive_manager").await;
    let page = "/console/partners/P1/membership";
    let (link, unlink) = (format!("{page}/link"), format!("{page}/unlink"));
    assert!(says(&story.ok(page, &manager).await, "Link with a company"));
    let bad = "wallet=stars&company=AIR&number=a%3Ab&since=";
    let (_, _, refused) = send(&story, &manager, (page, &link, "l0"), bad).await;
    assert!(says(&refused, "no colon"), "{refused}");
    let form = "wallet=stars&company=AIR&number=U10001&since=";
    let (status, ..) = send(&story, &manager, (page, &link, "l1"), form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let own = story.ok(MEMBERSHIP, &story.one).await;
    assert!(says(&own, "Blue Air") && says(&own, "U10001") && says(&own, "Linked"), "{own}");
    assert!(!says(&story.ok(MEMBERSHIP, &story.two).await, "Blue Air"), "another's is not told");
    let ended = "link=1&why=Asked+by+phone";
    let (status, ..) = send(&story, &manager, (page, &unlink, "l2"), ended).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let seen = story.ok(page, &manager).await;
    assert!(says(&seen, "Ended on") && says(&seen, "Asked by phone"), "{seen}");
}

/// Who is a member has a card with its number, and the counter finds whose it is.
#[tokio::test]
async fn a_member_shows_its_card_and_the_counter_knows_it() {
    let (story, manager) = told().await;
    let card = "/portal/points/card";
    assert!(says(&story.ok(card, &story.one).await, "once you are a member"));
    let enrol = format!("{MEMBERSHIP}/stars/enrol");
    let (status, ..) = send(&story, &story.one, (MEMBERSHIP, &enrol, "k1"), "x=1").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok(card, &story.one).await;
    assert!(says(&page, "stars-000001") && says(&page, "Adler"), "{page}");
    assert!(page.contains("QR code of stars-000001"), "{page}");
    assert!(!says(&story.ok(card, &story.two).await, "stars-000001"));
    let counter = "/console/loyalty/counter";
    let shown = |number: &str| format!("voucher={number}&do=check&order_amount=10");
    let (status, headers, _) =
        send(&story, &manager, (counter, counter, "c1"), &shown("stars-000001")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(headers.contains("/console/partners/P1/loyalty"), "{headers}");
    let (_, _, page) =
        send(&story, &manager, (counter, counter, "c2"), &shown("stars-000009")).await;
    assert!(says(&page, "There is no voucher with this code"), "{page}");
}
