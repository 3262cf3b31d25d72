//! Points, tiers and vouchers through the console: who may, what is done by hand, what is refused.

use engine::programs::FourEyes;
use engine::settle;
use engine::wallets;

use super::own::{Story, says};
use super::*;
use crate::ui::encode;

const CLUB: &str = "\
wallet: club
name: { en: Partner club }
currency: EUR
points:
  STAR: { name: { en: Star }, cost: 0.5, worth: 1, expiry: { after: 12 months, to: month_end } }
  MILES: { name: { en: Mile }, kind: qualifying, reset: { every: 1 year, from: 2026-01-01 } }
tier_groups:
  level:
    name: { en: Level }
    by: { points: MILES }
    tiers:
      - { tier: member, name: { en: Member }, from: 0 }
      - { tier: gold, name: { en: Gold }, from: 100 }
vouchers:
  SPRING: { name: { en: Spring voucher }, value: 80, cost: 75 }
rewards:
  cap: { name: { en: Cap }, points: STAR, price: 40, stock: 3 }
";

const WALLETS: &str = "/console/loyalty/wallets";

struct Club {
    story: Story,
    manager: String,
}

impl Club {
    /// A wallet that acts.
    async fn opened() -> Club {
        let story = Story::told().await;
        let office = story.test.app.office();
        let mut tx = office.db().write().await.expect("a transaction");
        let (now, system) = (office.now(), Actor::System);
        let (code, _) = wallets::draft(&mut tx, &system, now, CLUB).await.expect("a draft");
        wallets::activate(&mut tx, &system, now, &code).await.expect("active");
        tx.commit().await.expect("committed");
        let manager = story.test.sign_in("incentive_manager").await;
        Club { story, manager }
    }

    /// Sends a form of the manager's.
    async fn send(&self, path: &str, key: &str, form: &str) -> (StatusCode, String, String) {
        let page = self.story.ok("/console", &self.manager).await;
        let form = format!("csrf={}&key={key}&{form}", csrf(&page));
        self.story.test.post_from(path, path, &self.manager, &form).await
    }

    async fn page(&self, path: &str) -> String {
        self.story.ok(path, &self.manager).await
    }
}

fn leads(headers: &str) -> String {
    let to = headers.lines().find_map(|line| line.strip_prefix("location: "));
    to.unwrap_or_else(|| panic!("no address in {headers}")).to_owned()
}

#[tokio::test]
async fn a_wallet_is_written_checked_kept_as_a_draft_and_activated_by_another_person() {
    let story = Story::told().await;
    story.test.four_eyes(FourEyes::Always).await;
    let manager = story.test.sign_in("incentive_manager").await;
    let new = format!("{WALLETS}/new");
    let form = story.ok(&new, &manager).await;
    assert!(form.contains("wallet: partner-club"), "it begins with an example");
    let token = csrf(&form);
    let send = |text: &str, action: &str| {
        format!("csrf={token}&key=k{action}&do={action}&text={}", encode(text))
    };
    let wrong = CLUB.replace("worth: 1,", "worth: one,");
    let (status, _, page) = story.test.post(&new, &manager, &send(&wrong, "save")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("data-line=\"5\"") && says(&page, "Nothing was saved"), "{page}");
    assert!(!story.ok(WALLETS, &manager).await.contains("Partner club"));

    let (status, _, page) = story.test.post(&new, &manager, &send(CLUB, "check")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("value=\"save\""), "{page}");
    let (status, headers, _) = story.test.post(&new, &manager, &send(CLUB, "save")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok(&leads(&headers), &manager).await;
    for said in ["Draft of version 1", "Partner club", "Star", "Gold", "Spring voucher", "Cap"] {
        assert!(says(&page, said), "`{said}` in {page}");
    }
    assert!(!page.contains("/activate\""), "who wrote it activates nothing");
    let activate = format!("{WALLETS}/club/activate");
    let own = format!("csrf={token}&key=a1");
    let (status, _, _) = story.test.post(&activate, &manager, &own).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let administrator = story.test.sign_in("administrator").await;
    let page = story.ok(&format!("{WALLETS}/club"), &administrator).await;
    let form = format!("csrf={}&key=a2", csrf(&page));
    let (status, headers, _) = story.test.post(&activate, &administrator, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{headers}");
    let page = story.ok(WALLETS, &manager).await;
    assert!(says(&page, "Version 1 acts"), "{page}");
    let changed = CLUB.replace("price: 40", "price: 45");
    let edit = format!("{WALLETS}/club/edit");
    let (status, ..) = story.test.post(&edit, &manager, &send(&changed, "save")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok(&format!("{WALLETS}/club"), &manager).await;
    assert!(says(&page, "Changes against version 1") && page.contains("tk-code__added"), "{page}");
    let other = CLUB.replace("wallet: club", "wallet: other");
    let (_, _, page) =
        story.test.post(&edit, &manager, &send(&other, "save").replace("ksave", "k2")).await;
    assert!(says(&page, "names another wallet"), "{page}");
}

#[tokio::test]
async fn points_are_credited_and_debited_once_and_what_is_refused_stands_in_the_form() {
    let club = Club::opened().await;
    let path = "/console/partners/P1/loyalty";
    let (credit, debit) = (format!("{path}/credit"), format!("{path}/debit"));
    let form = "unit=STAR&amount=120&reason=Opening+balance";
    for _ in 0..2 {
        let (status, headers, _) = club.send(&credit, "c1", form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{headers}");
    }
    let page = club.page(path).await;
    for said in ["120", "worth EUR 120", "Opening balance", "incentive_manager", "2027-06-30"] {
        assert!(says(&page, said), "`{said}` in {page}");
    }
    let (status, _, page) = club.send(&debit, "d1", "unit=STAR&amount=500&reason=Wrong").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&page, "There is not enough left for that"), "{page}");
    assert!(page.contains("value=\"500\"") && page.contains(">Wrong<"), "what was typed stays");
    let (status, _, page) = club.send(&debit, "d2", "unit=STAR&amount=20&reason=+").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&page, "Say why"), "{page}");
    let (status, ..) = club.send(&debit, "d3", "unit=STAR&amount=20&reason=Counted+twice").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, ..) = club.send(&format!("{path}/order"), "o1", "reward=cap&quantity=2").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = club.page(path).await;
    assert!(says(&page, "Debited by hand") && says(&page, "Cap"), "{page}");
    // 120 less 20 less two caps of 40.
    let members = club.page("/console/loyalty/members").await;
    assert!(says(&members, "Adler") && members.contains(">20<"), "{members}");
    let (_, rest) = page.split_once("loyalty/cancel?of=").expect("an order to cancel");
    let key = rest.split('"').next().expect("a key");
    let cancel = format!("{path}/cancel");
    let form = format!("of={key}&reason=Sold+out");
    let (status, headers, _) = club.send(&cancel, "x1", &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{headers}");
    assert!(club.page("/console/loyalty/members").await.contains(">100<"));
    assert!(says(&club.page(path).await, "Sold out"), "who cancelled stands there");
    let file = club.page("/console/loyalty/liability.csv").await;
    assert!(file.contains("\"balance\",\"STAR\",\"Star\",\"\",\"1\",\"100\""), "{file}");
    let (status, headers, _) =
        club.story.test.get("/console/loyalty/liability.xlsx", &club.manager).await;
    assert!(status == StatusCode::OK && headers.contains("points-liability.xlsx"), "{headers}");
}

#[tokio::test]
async fn what_is_as_large_as_a_chain_of_approval_waits_for_a_second_person() {
    let club = Club::opened().await;
    let office = club.story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let chain = settle::read_chain("adjustment EUR 100: role:finance 3").expect("a chain");
    let policy = settle::Policy { chains: vec![chain], ..Default::default() };
    let now = office.now();
    settle::set_policy(&mut tx, &Actor::System, now, &policy).await.expect("a policy");
    tx.commit().await.expect("committed");
    let credit = "/console/partners/P1/loyalty/credit";
    let form = |amount: &str| format!("unit=STAR&amount={amount}&reason=Goodwill");
    // A star pays one euro.
    assert_eq!(club.send(credit, "c1", &form("99")).await.0, StatusCode::SEE_OTHER);
    let (status, headers, _) = club.send(credit, "c2", &form("100")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(headers.contains("/console/loyalty/proposals?done=requested"), "{headers}");
    let list = "/console/loyalty/proposals";
    let page = club.page(list).await;
    assert!(says(&page, "Waiting") && says(&page, "Goodwill"), "{page}");
    assert!(!page.contains("/approve\""), "nobody approves what they asked for: {page}");
    let finance = club.story.test.sign_in("finance").await;
    let page = club.story.ok(list, &finance).await;
    let mut actions = page.split("action=\"").filter_map(|it| it.split('"').next());
    let action = actions.find(|it| it.ends_with("/approve")).expect("a button").to_owned();
    let form = format!("csrf={}&key=c3", csrf(&page));
    let own = format!("csrf={}&key=c4", csrf(&club.page(list).await));
    let (status, ..) = club.story.test.post(&action, &club.manager, &own).await;
    assert_eq!(status, StatusCode::CONFLICT, "also without a button");
    let (status, headers, _) = club.story.test.post(&action, &finance, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{headers}");
    assert!(says(&club.page(list).await, "Approved"));
    let (status, ..) =
        club.story.test.post(&action, &finance, &form.replace("key=c3", "key=c5")).await;
    assert_eq!(status, StatusCode::CONFLICT, "once");
}

#[tokio::test]
async fn a_tier_is_held_up_with_a_reason_and_who_would_fall_is_listed() {
    let club = Club::opened().await;
    let path = "/console/partners/P2/loyalty";
    let form = "tier=level%2Fgold&until=2026-12-31&reason=Key+account";
    let (status, ..) = club.send(&format!("{path}/floor"), "f1", form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = club.page(path).await;
    assert!(says(&page, "Not below Gold, until 2026-12-31 · Key account"), "{page}");
    let gold = club.page("/console/loyalty/members?unit=STAR&tier=level%2F1").await;
    assert!(says(&gold, "Birke") && !says(&gold, "Adler"), "{gold}");
    let movers = club.page("/console/loyalty/movers?day=2027-01-02").await;
    assert!(says(&movers, "Birke") && says(&movers, "Falls"), "{movers}");
    let file = club.page("/console/loyalty/movers.csv?day=2027-01-02").await;
    assert!(file.contains("\"P2\",\"level\",\"2027-01-02\",\"gold\",\"member\""), "{file}");
    let still = club.page("/console/loyalty/movers?day=2026-12-30").await;
    assert!(!says(&still, "Birke"), "{still}");
}

#[tokio::test]
async fn a_voucher_is_checked_used_and_given_back_at_the_counter() {
    let club = Club::opened().await;
    let issue = "/console/partners/P1/loyalty/issue";
    let (status, ..) = club.send(issue, "v1", "voucher=SPRING&voucher_code=HELLO-1").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let counter = "/console/loyalty/counter";
    let order = "voucher=HELLO-1&order_amount=50&tax=9.5";
    for key in ["k1", "k2"] {
        let (status, _, page) = club.send(counter, key, &format!("{order}&do=check")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(says(&page, "The voucher pays EUR 59.50"), "checking changes nothing: {page}");
    }
    let (_, _, page) = club.send(counter, "k3", "voucher=NONE&do=check").await;
    assert!(says(&page, "There is no voucher with this code"), "{page}");
    let (status, headers, _) = club.send(counter, "k4", &format!("{order}&do=redeem")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let used = leads(&headers);
    let page = club.page(&used).await;
    assert!(says(&page, "Redeemed") && says(&page, "EUR 59.50"), "{page}");
    let loyalty = "/console/partners/P1/loyalty";
    assert!(says(&club.page(loyalty).await, "EUR 20.50"));
    let (_, key) = used.split_once("line=").expect("a key");
    let key = key.split('&').next().expect("a key");
    let cancel = format!("{counter}/{key}/cancel");
    let (status, headers, _) = club.send(&cancel, "k5", "").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{headers}");
    assert!(says(&club.page(loyalty).await, "EUR 80.00"));
    let voucher = format!("{counter}/HELLO-1/cancel");
    assert_eq!(club.send(&voucher, "k7", "").await.0, StatusCode::NOT_FOUND, "it says no reason");
    let (status, headers, _) = club.send(counter, "k6", &format!("{order}&do=reserve")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(says(&club.page(&leads(&headers)).await, "Reserved"));
}

/// A tier goes down by hand, the member reads until when, and its own again afterwards.
#[tokio::test]
async fn a_tier_is_lowered_by_hand_and_let_go() {
    let club = Club::opened().await;
    let loyalty = "/console/partners/P1/loyalty";
    let form = club.page(&format!("{loyalty}/floor")).await;
    assert!(says(&form, "Not above it") && says(&form, "Only until the tier is checked next"));
    let low = "tier=level/gold&hold=floor&until=2030-01-01&reason=Promise";
    assert_eq!(club.send(&format!("{loyalty}/floor"), "t1", low).await.0, StatusCode::SEE_OTHER);
    let page = club.page(loyalty).await;
    assert!(says(&page, "Held up to") && says(&page, "Not below Gold"), "{page}");
    let down = "tier=level/member&hold=fixed&until=2030-01-01&reason=Conflict";
    assert_eq!(club.send(&format!("{loyalty}/floor"), "t2", down).await.0, StatusCode::SEE_OTHER);
    let page = club.page(loyalty).await;
    assert!(says(&page, "Fixed at") && says(&page, "Exactly Member"), "{page}");
    let own = club.story.ok("/portal/points", &club.story.one).await;
    assert!(says(&own, "Set by hand: Member, until"), "{own}");
    let gone = "tier=level/&hold=floor&reason=Settled";
    assert_eq!(club.send(&format!("{loyalty}/floor"), "t3", gone).await.0, StatusCode::SEE_OTHER);
    assert!(!says(&club.page(loyalty).await, "Fixed at"));
}

#[tokio::test]
async fn memberships_are_merged_and_parted_and_act_no_more_while_they_are() {
    let club = Club::opened().await;
    let (one, two) = ("/console/partners/P1/loyalty", "/console/partners/P2/loyalty");
    let form = "unit=STAR&amount=70&reason=Opening";
    assert_eq!(club.send(&format!("{two}/credit"), "c1", form).await.0, StatusCode::SEE_OTHER);
    let (status, _, page) = club.send(&format!("{two}/merge"), "m0", "into=P9").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&page, "There is no such partner"), "{page}");
    assert_eq!(club.send(&format!("{two}/merge"), "m1", "into=P1").await.0, StatusCode::SEE_OTHER);
    assert!(says(&club.page(one).await, "worth EUR 70"));
    let (status, _, page) = club.send(&format!("{two}/credit"), "c2", form).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&page, "part of another one now"), "{page}");
    assert_eq!(club.send(&format!("{two}/unmerge"), "u1", "").await.0, StatusCode::SEE_OTHER);
    assert!(says(&club.page(two).await, "worth EUR 70"));
}

#[tokio::test]
async fn who_may_not_finds_nothing() {
    let club = Club::opened().await;
    let finance = club.story.test.sign_in("finance").await;
    assert!(says(&club.story.ok(WALLETS, &finance).await, "Partner club"));
    let (status, ..) = club.story.test.get(&format!("{WALLETS}/club/edit"), &finance).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "who may not edit programs edits no wallet");
    let pages = ["members", "wallets", "liability", "movers", "counter"];
    let pages = pages.map(|page| format!("/console/loyalty/{page}"));
    for page in pages.iter().map(String::as_str).chain(["/console/partners/P1/loyalty"]) {
        club.story.is_not_there(page, &club.story.one).await;
    }
    let page = club.story.ok("/portal", &club.story.one).await;
    let form = format!("csrf={}&key=1&unit=STAR&amount=9&reason=Mine", csrf(&page));
    let credit = "/console/partners/P1/loyalty/credit";
    let (status, ..) = club.story.test.post(credit, &club.story.one, &form).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for nowhere in ["/console/partners/P9/loyalty", "/console/partners/P1/loyalty/steal"] {
        let (status, ..) = club.story.test.get(nowhere, &club.manager).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}
