//! Settling through the pages: exceptions, chains of approval, disputes, and what is kept of them.

use super::own::{Story, closed, says};
use super::*;

/// The hidden fields of a page's forms, and what is added to them.
fn form(page: &str, key: &str, fields: &[(&str, &str)]) -> String {
    let mut form = format!("csrf={}&key={key}", csrf(page));
    for (name, value) in fields {
        form.push_str(&format!("&{name}={}", crate::ui::encode(value)));
    }
    form
}

/// Where an answer leads.
fn leads(headers: &str) -> String {
    let to = headers.lines().find_map(|line| line.strip_prefix("location: "));
    to.unwrap_or_else(|| panic!("leads nowhere: {headers}")).to_string()
}

impl Story {
    /// Sends a form of a page and follows where it leads.
    async fn act(&self, from: &str, to: &str, who: &str, fields: &[(&str, &str)]) -> String {
        let page = self.ok(from, who).await;
        let key = uuid::Uuid::now_v7().to_string();
        let (status, headers, body) = self.test.post(to, who, &form(&page, &key, fields)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}: {body}");
        leads(&headers)
    }

    /// Sends a form that is refused, and gives the status and the page.
    async fn refused(
        &self,
        from: &str,
        to: &str,
        who: &str,
        fields: &[(&str, &str)],
    ) -> (StatusCode, String) {
        let page = self.ok(from, who).await;
        let key = uuid::Uuid::now_v7().to_string();
        let sent = form(&page, &key, fields);
        let (status, _, body) = self.test.post_from(from, to, who, &sent).await;
        assert!(status.is_client_error(), "{to}: {status}");
        (status, body)
    }
}

/// The rules of settling as the page has them, with one chain.
fn rules_with<'a>(chain: &'a str, reasons: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("jump_factor", "3"),
        ("payee_fields", ""),
        ("chains", chain),
        ("approval_days", "5"),
        ("reasons", reasons),
        ("dispute_days", "60"),
        ("answer_days", "10"),
        ("near_percent", "60"),
        ("near_gap", ""),
        ("near_days", "30"),
    ]
}

const REASONS: &str = "data | Data | データ\ndispute | Dispute | 異議\nother | Other | その他";

#[tokio::test]
async fn a_chain_is_set_walked_and_told_by_the_pages() {
    let story = Story::told().await;
    let admin = story.test.sign_in("administrator").await;
    let finance = story.test.sign_in("finance").await;
    let manager = story.test.sign_in("incentive_manager").await;
    let rules = "/console/settlement";
    let wrong = rules_with("payout EUR x: anyone 2", REASONS);
    let (status, page) = story.refused(rules, rules, &admin, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("is no chain") && page.contains("payout EUR x: anyone 2"), "{page}");
    let chain = "payout EUR 10: role:finance 3 > user:administrator 5";
    let to = story.act(rules, rules, &admin, &rules_with(chain, REASONS)).await;
    assert!(to.ends_with("done=saved"), "{to}");
    let page = story.ok(rules, &admin).await;
    assert!(page.contains("user:administrator 5"), "a login stands for its id: {page}");
    story.is_not_there(rules, &finance).await;

    let payout = closed(&story.test.app, "P1").await;
    let own = format!("/console/payouts/{payout}");
    let approve = format!("{own}/approve");
    let page = story.ok(&own, &manager).await;
    assert!(says(&page, "Waits for Channel finance") && !page.contains(&approve), "{page}");
    let (status, page) = story.refused(&own, &approve, &manager, &[]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{page}");

    // All that waits for finance at once; a total that has moved is refused.
    let queue = story.ok("/console/approvals", &finance).await;
    assert!(says(&queue, "Approve 2, EUR 100.00"), "{queue}");
    let all =
        |total| [("period", "volume~2026Q1"), ("n", "2"), ("total", total), ("comment", "ok")];
    let bulk = "/console/payouts/approve";
    let (status, _) = story.refused("/console/approvals", bulk, &finance, &all("99")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    story.act("/console/approvals", bulk, &finance, &all("100")).await;
    let queue = story.ok("/console/approvals", &finance).await;
    assert!(says(&queue, "Nothing waits for you"), "{queue}");

    // On hold it may be approved, and not paid.
    let fields = [("reason", "bank details"), ("until", "")];
    story.act(&own, &format!("{own}/hold"), &finance, &fields).await;
    story.act(&own, &approve, &admin, &[("back", &own), ("comment", "seen")]).await;
    let (status, page) = story.refused(&own, &format!("{own}/paid"), &finance, &[]).await;
    assert!(status == StatusCode::CONFLICT && page.contains("bank details"), "{page}");
    let holds = story.ok("/console/holds", &finance).await;
    let (_, rest) = holds.split_once("/console/holds/").expect("a hold to release");
    let release = format!("/console/holds/{}/release", rest.split('/').next().expect("an id"));
    story.act("/console/holds", &release, &finance, &[("comment", "they are right")]).await;
    story.act(&own, &format!("{own}/paid"), &finance, &[("back", &own)]).await;
    let page = story.ok(&own, &finance).await;
    for said in ["Approved", "ok", "seen", "Paid"] {
        assert!(says(&page, said), "`{said}` in {page}");
    }
    let audit = story.ok("/console/audit?kind=hold", &finance).await;
    assert!(says(&audit, "Released a hold") && !says(&audit, "Paid a payout"), "{audit}");
    let audit = story.ok("/console/audit?kind=setting&from=2026-06-12", &admin).await;
    assert!(says(&audit, "Changed settings") && says(&audit, "Before and after"), "{audit}");
    let audit = story.ok("/console/audit?until=2026-06-11", &admin).await;
    assert!(!says(&audit, "Paid a payout"), "{audit}");
    let found = story.ok("/console/search?q=P1", &finance).await;
    assert!(found.contains(&own), "{found}");
}

#[tokio::test]
async fn a_partner_disputes_and_sees_the_answer() {
    let story = Story::told().await;
    let finance = story.test.sign_in("finance").await;
    let admin = story.test.sign_in("administrator").await;
    let payout = closed(&story.test.app, "P1").await;
    let own = format!("/portal/payouts/{payout}");
    story.is_not_there(&own, &story.two).await;
    story.is_not_there(&format!("/portal/disputes/new?of={payout}"), &story.two).await;
    let page = story.ok(&own, &story.one).await;
    assert!(says(&page, "EUR 40.00") && page.contains("/agree"), "{page}");

    let new = format!("/portal/disputes/new?of={payout}");
    let mut fields = vec![
        ("of", payout.as_str()),
        ("reason", "missing_sales"),
        ("expected", "45.00"),
        ("line", "R"),
        ("text", "Invoice <R> is missing"),
    ];
    // Nobody disputes the lines of somebody else.
    let (status, page) = story.refused(&new, "/portal/disputes", &story.one, &fields).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Invoice &lt;R&gt; is missing"), "what was typed is kept: {page}");
    fields[3] = ("line", "");
    let thread = story.act(&new, "/portal/disputes", &story.one, &fields).await;
    let thread = thread.split('?').next().expect("a path").to_string();
    story.is_not_there(&thread, &story.two).await;
    let page = story.ok(&own, &story.one).await;
    assert!(!page.contains("/agree"), "not while it is disputed: {page}");

    let list = story.ok("/console/disputes?filter=open", &finance).await;
    assert!(says(&list, "Sales are missing") && says(&list, "EUR 45.00"), "{list}");
    let there = thread.replace("/portal/", "/console/");
    let list = story.ok("/console/payouts?filter=disputed", &finance).await;
    assert!(list.contains(&payout), "{list}");
    let fields = [("text", "We look at it")];
    story.act(&there, &format!("{there}/messages"), &finance, &fields).await;
    let home = story.ok("/portal", &story.one).await;
    assert!(says(&home, "Your dispute was answered"), "{home}");
    let page = story.ok(&thread, &story.one).await;
    assert!(says(&page, "We look at it") && !says(&page, "finance"), "{page}");
    let accept = format!("{there}/accept");
    let fields = [("amount", "5.001"), ("text", "You are right")];
    let (status, _) = story.refused(&there, &accept, &finance, &fields).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("amount", "5.00"), ("text", "You are right")];
    story.act(&there, &accept, &finance, &fields).await;
    let page = story.ok(&thread, &story.one).await;
    assert!(says(&page, "Accepted") && says(&page, "+EUR 5.00"), "{page}");
    let list = story.ok("/console/adjustments?filter=requested", &finance).await;
    assert!(says(&list, "Somebody else decides") && list.contains(&there), "{list}");
    let list = story.ok("/console/adjustments?filter=requested", &admin).await;
    let (_, rest) = list.split_once("/console/adjustments/adj_").expect("a form");
    let id = format!("adj_{}", rest.split('/').next().expect("an id"));
    let approve = format!("/console/adjustments/{id}/approve");
    story.act("/console/adjustments?filter=requested", &approve, &admin, &[]).await;
    story.act(&own, &format!("{own}/agree"), &story.one, &[("comment", "fine")]).await;
    let page = story.ok(&own, &story.one).await;
    assert!(says(&page, "fine") && !page.contains("/agree\""), "{page}");
    story.is_not_there("/console/disputes", &story.one).await;
}

#[tokio::test]
async fn who_is_close_is_seen_and_told() {
    let story = Story::told().await;
    let admin = story.test.sign_in("administrator").await;
    let rules = "/console/settlement";
    let home = story.ok("/portal", &story.one).await;
    assert!(!says(&home, "in Volume rebate"), "800 of 2,000 are missing: {home}");
    story.act(rules, rules, &admin, &rules_with("", REASONS)).await;
    let home = story.ok("/portal", &story.one).await;
    assert!(says(&home, "to Gold in Volume rebate"), "{home}");
    let page = story.ok("/console/watchlist?program=volume&percent=10", &admin).await;
    assert!(says(&page, "Nobody is close to a tier"), "{page}");
    let (status, headers, file) = story.test.get("/console/watchlist.csv", &admin).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains("watchlist.csv") && file.contains("\"partner\""), "{file}");
}

#[tokio::test]
async fn payouts_are_decided_by_choice_and_what_was_not_is_told() {
    let story = Story::told().await;
    let admin = story.test.sign_in("administrator").await;
    let finance = story.test.sign_in("finance").await;
    let manager = story.test.sign_in("incentive_manager").await;
    let payout = closed(&story.test.app, "P1").await;
    let list = "/console/payouts?period=volume~2026Q1";
    let page = story.ok(list, &finance).await;
    assert!(says(&page, "All 2 on this page that wait for you"), "{page}");
    assert!(page.contains("name=\"chosen\""), "{page}");
    let to = "/console/payouts/decide";
    let back = ("back", list);
    let nothing = [back, ("act", "approve")];
    let (status, page) = story.refused(list, to, &finance, &nothing).await;
    assert!(status == StatusCode::CONFLICT && says(&page, "Choose at least one payout"), "{page}");
    let silent = [back, ("act", "reject"), ("chosen", payout.as_str())];
    let (status, _) = story.refused(list, to, &finance, &silent).await;
    assert_eq!(status, StatusCode::CONFLICT, "a rejection says why");
    let one = [back, ("act", "approve"), ("chosen", payout.as_str()), ("comment", "seen")];
    let led = story.act(list, to, &finance, &one).await;
    let page = story.ok(&led, &finance).await;
    assert!(says(&page, "1 payout approved."), "{page}");
    // Both once more: one is decided already, and a name that is no payout is not there.
    let shown = format!("{payout} pay_nothing");
    let again = [back, ("act", "approve"), ("whole_page", "1"), ("shown", shown.as_str())];
    let page = story.ok(&story.act(list, to, &admin, &again).await, &admin).await;
    assert!(says(&page, "0 payouts approved. 2 were not:"), "{page}");
    assert!(says(&page, "decided meanwhile: 1") && says(&page, "not there any more: 1"), "{page}");
    let page = story.ok(list, &manager).await;
    assert!(!page.contains("name=\"chosen\""), "who may not approve chooses nothing: {page}");
}

#[tokio::test]
async fn accrual_stands_beside_forecast_on_a_page_and_in_a_file() {
    let story = Story::told().await;
    let finance = story.test.sign_in("finance").await;
    let partner = story.test.sign_in("login-P1").await;
    let page = story.ok("/console/outlook?filter=all", &finance).await;
    assert!(says(&page, "Accrual and forecast") && page.contains("volume"), "{page}");
    let (status, headers, file) = story.test.get("/console/outlook.csv?filter=all", &finance).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains("accrual-forecast.csv"), "{headers}");
    assert!(file.contains("\"forecast_basis\"") && file.contains("\"2026Q1\""), "{file}");
    story.is_not_there("/console/outlook", &partner).await;
}

#[tokio::test]
async fn a_user_is_shut_out_at_once_and_the_last_administrator_is_not() {
    let story = Story::told().await;
    let admin = story.test.sign_in("administrator").await;
    let finance = story.test.sign_in("finance").await;
    let mut reader = story.test.app.office().db().read().await.expect("reads");
    let users = engine::access::users(&mut reader, None).await.expect("users");
    let id =
        |login: &str| users.iter().find(|user| user.login == login).expect("a user").id.clone();
    drop(reader);
    let list = "/console/users";
    story.ok("/console/payouts", &finance).await;
    let act = |login: &str, act: &str| format!("/console/users/{}/{act}", id(login));
    let page = story.ok(list, &admin).await;
    assert!(!page.contains(&act("administrator", "disable")), "nobody shuts themselves out");
    let from = "/console/payouts";
    let (status, _) = story.refused(from, &act("finance", "disable"), &finance, &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "only who looks after users");
    let (status, page) = story.refused(list, &act("administrator", "disable"), &admin, &[]).await;
    assert!(status == StatusCode::CONFLICT && page.contains("last administrator"), "{page}");

    let to = story.act(list, &act("finance", "disable"), &admin, &[]).await;
    assert_eq!(to, "/console/users?done=saved");
    let (status, headers, _) = story.test.get(from, &finance).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "the session ended: {headers}");
    let page = story.ok(list, &admin).await;
    assert!(page.contains(&act("finance", "enable")) && says(&page, "Inactive"), "{page}");
    let trail = story.ok("/console/audit", &admin).await;
    assert!(trail.contains("disabled"), "{trail}");
    story.act(list, &act("finance", "enable"), &admin, &[]).await;
    let finance = story.test.sign_in("finance").await;
    story.ok(from, &finance).await;
}

#[tokio::test]
async fn refusals_of_the_engine_are_japanese_on_a_japanese_page() {
    let story = Story::told().await;
    let admin = story.test.sign_in("administrator").await;
    let list = "/console/users";
    let mut reader = story.test.app.office().db().read().await.expect("reads");
    let users = engine::access::users(&mut reader, None).await.expect("users");
    drop(reader);
    let own = users.iter().find(|user| user.login == "administrator").expect("a user");
    let japanese = format!("{admin}; tokuten_language=ja");
    let to = format!("/console/users/{}/disable", own.id);
    let (_, page) = story.refused(list, &to, &japanese, &[]).await;
    assert!(page.contains("最後の管理者です。先にほかのユーザーを管理者にしてください"), "{page}");
}
