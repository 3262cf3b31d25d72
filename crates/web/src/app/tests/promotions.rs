//! Promotions through the app: a manager builds one and sees who gets it, a second person lets it
//! act, a partner sees it, takes part and gets the bonus.

use engine::programs;
use engine::programs::FourEyes;
use engine::wallets;

use super::own::{Story, activate, says};
use super::*;
use crate::ui::encode;

const CLUB: &str = "\
# The club, written by hand.
wallet: club
name: { en: Partner club }
currency: EUR
points:
  STAR: { name: { en: Stars, ja: スター }, cost: 0.1, expiry: 12 months }
tier_groups:
  level: { name: Level, by: { total: sum(amount) }, sets: partner.level, tiers: [ { tier: gold, from: 90000 } ] }
promotions:
  inner: { name: { en: Inner circle, ja: 会員限定 }, starts: 2026-01-01, ends: 2026-12-31, enrol: required, limits: { points: 500, uses_per_partner: 3 } }
  golden: { name: Golden days, starts: 2026-01-01, ends: 2026-12-31, when: partner.level == \"gold\" }
  abroad: { name: Abroad, starts: 2026-01-01, ends: 2026-12-31, when: partner.country == \"FR\" }
  month: { name: Month goal, starts: 2026-01-01, ends: 2026-12-31 }
";

const SALES: &str = "
program: club
currency: EUR
starts: 2026-01-01
periods: { every: program }
terms:
  - { term: sales, name: Sales, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR } }
  - { term: inner, group_by: fact, fixed: 50, reward: { points: STAR, promotion: inner } }
  - { term: goal, qualifier: sum(amount), method: highest, tiers: [ { from: 5000, fixed: 70 } ], settle: at_once, reward: { points: STAR, promotion: month } }
";

const LIST: &str = "/console/loyalty/promotions";

async fn club() -> (Story, String) {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    let (code, _) = wallets::draft(&mut tx, &system, now, CLUB).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, &code).await.expect("active");
    tx.commit().await.expect("committed");
    activate(office, SALES).await;
    office.accrue().await.expect("accrued");
    let manager = story.test.sign_in("incentive_manager").await;
    (story, manager)
}

async fn send(story: &Story, cookie: &str, path: &str, form: &str) -> (StatusCode, String, String) {
    let page = if path.starts_with("/portal") { "/portal" } else { "/console" };
    let shown = story.ok(page, cookie).await;
    let key = encode(&format!("{path}{form}"));
    let form = format!("csrf={}&key={key}&{form}", csrf(&shown));
    story.test.post_from(path, path, cookie, &form).await
}

fn leads(headers: &str) -> String {
    let to = headers.lines().find_map(|line| line.strip_prefix("location: "));
    to.unwrap_or_else(|| panic!("no address in {headers}")).to_owned()
}

/// The fields of a form that has them all.
fn typed(changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("wallet", "club"),
        ("code", "summer"),
        ("name_en", "Summer bonus"),
        ("name_ja", "夏の特典"),
        ("rewarded", "sale"),
        ("goal_in", "amount"),
        ("categories", "Bikes"),
        ("gives", "fixed"),
        ("unit", "STAR"),
        ("number", "100"),
        ("starts", "2026-01-01"),
        ("ends", "2026-12-31"),
        ("enrolment", "automatic"),
        ("limit_uses", "3"),
        ("limit_uses_each", "2"),
        ("cut", "refuse"),
        ("days", "200"),
    ];
    for (name, value) in changes {
        fields.retain(|(own, _)| own != name);
        fields.push((name, value));
    }
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", encode(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn a_manager_builds_a_promotion_sees_who_gets_it_and_a_second_person_lets_it_act() {
    let (story, manager) = club().await;
    story.test.four_eyes(FourEyes::Always).await;
    let new = format!("{LIST}/new");
    let page = story.ok(&new, &manager).await;
    for template in ["Double points", "First order bonus", "Goal bonus", "Coupon", "First 100"] {
        assert!(says(&page, template), "`{template}`: {page}");
    }
    let page = story.ok(&format!("{new}?template=hundred"), &manager).await;
    assert!(page.contains("name=\"limit_uses\"") && page.contains("value=\"100\""), "{page}");

    let wrong = typed(&[("ends", ""), ("limit_uses", ""), ("number", "few")]);
    let (status, _, page) = send(&story, &manager, &new, &format!("{wrong}&do=save")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(says(&page, "Give it a last day or a limit"), "{page}");
    assert!(says(&page, "A number above zero") && page.contains("value=\"few\""), "{page}");
    let (_, _, page) =
        send(&story, &manager, &new, &format!("{}&do=save", typed(&[("code", "inner")]))).await;
    assert!(says(&page, "This code is in use"), "{page}");

    let (status, _, page) =
        send(&story, &manager, &new, &format!("{}&do=preview", typed(&[]))).await;
    assert_eq!(status, StatusCode::OK);
    // Q1 and S1 of P1, Q2 and T1 of P2: four bikes, three uses.
    for said in ["2 of 2 partners", "Adler", "Birke", "300", "EUR 30.00", "Looked back at 200 days"]
    {
        assert!(says(&page, said), "`{said}`: {page}");
    }
    assert!(page.contains("{ uses: 3, uses_per_partner: 2 }"), "{page}");
    assert!(page.contains("value=\"save\""), "{page}");
    assert!(!story.ok(LIST, &manager).await.contains("Summer bonus"), "a look keeps nothing");

    let (status, headers, _) =
        send(&story, &manager, &new, &format!("{}&do=save", typed(&[]))).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok(&leads(&headers), &manager).await;
    assert!(says(&page, "What waits") && page.contains("/wallets/club?version=2"), "{page}");
    assert!(story.ok(LIST, &manager).await.contains("Summer bonus"));
    let draft = story.ok("/console/loyalty/wallets/club?version=2", &manager).await;
    assert!(says(&draft, "# The club, written by hand."), "the text stays: {draft}");

    // Whoever wrote it lets nothing act; and the wallet comes first.
    let activate = "/console/loyalty/wallets/club/activate";
    let (status, ..) = send(&story, &manager, activate, "a=1").await;
    assert_eq!(status, StatusCode::CONFLICT);
    let second = story.test.sign_in("administrator").await;
    let office = story.test.app.office();
    let early = story.ok("/console/programs/summer/versions/1", &second).await;
    assert!(says(&early, "no active wallet declares the promotion"), "{early}");
    let (status, ..) = send(&story, &second, activate, "a=2").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok(&format!("{LIST}/summer"), &manager).await;
    assert!(says(&page, "No active program pays under it"), "{page}");
    let mut tx = office.db().write().await.expect("a transaction");
    let master = office.master(&mut tx).await.expect("master data");
    let (now, system) = (office.now(), Actor::System);
    programs::activate(&mut tx, &master, &system, now, ("summer", 1)).await.expect("activates");
    tx.commit().await.expect("committed");
    office.accrue().await.expect("accrued");

    let page = story.ok(&format!("{LIST}/summer"), &manager).await;
    for said in ["Running", "3 of 3", "100 Stars for each sale", "Adler", "Birke", "Not given"] {
        assert!(says(&page, said), "`{said}`: {page}");
    }
    let own = story.ok("/portal/points/promotions", &story.one).await;
    assert!(says(&own, "Summer bonus") && says(&own, "100 Stars for each sale"), "{own}");
    assert!(!says(&own, "EUR 30"), "what it costs is the vendor's: {own}");
}

#[tokio::test]
async fn a_partner_sees_what_is_for_it_takes_part_and_leaves() {
    let (story, manager) = club().await;
    let page = "/portal/points/promotions";
    let seen = story.ok(page, &story.one).await;
    assert!(says(&seen, "Inner circle") && says(&seen, "50 Stars for each sale"), "{seen}");
    assert!(
        says(&seen, "3 more times for you") && says(&seen, "500 points left for all"),
        "{seen}"
    );
    assert!(says(&seen, "Open from a higher level of Level"), "golden: {seen}");
    assert!(!says(&seen, "Abroad"), "nobody moves: {seen}");
    assert!(says(&seen, "EUR 1,780.00 to 70 Stars") || says(&seen, "70 Stars"), "{seen}");
    let overview = story.ok("/portal/points", &story.one).await;
    assert!(says(&overview, "2 promotions run for you"), "{overview}");

    let enrol = format!("{page}/inner/enrol");
    for _ in 0..2 {
        let (status, headers, body) = send(&story, &story.one, &enrol, "a=1").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
        assert!(leads(&headers).ends_with("?done=enrolled#promotion-inner"), "{headers}");
    }
    let seen = story.ok(page, &story.one).await;
    assert!(says(&seen, "You take part") && seen.contains("/inner/leave"), "{seen}");
    let one = story.ok(&format!("{LIST}/inner"), &manager).await;
    assert!(says(&one, "Enrolled"), "{one}");
    let (status, ..) = send(&story, &story.one, &format!("{page}/abroad/enrol"), "a=1").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "what it is not told of is not there");
    let (status, ..) = send(&story, &story.one, &format!("{page}/golden/enrol"), "a=1").await;
    assert_ne!(status, StatusCode::SEE_OTHER);
    let (status, headers, _) =
        send(&story, &story.one, &format!("{page}/inner/leave"), "a=1").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(leads(&headers).contains("done=left"));
    let ja = format!("{}; tokuten_language=ja", story.one);
    let seen = story.ok(page, &ja).await;
    assert!(says(&seen, "会員限定") && says(&seen, "参加する"), "{seen}");
}

#[tokio::test]
async fn partners_are_enrolled_by_hand_and_a_promotion_is_stopped() {
    let (story, manager) = club().await;
    let one = format!("{LIST}/inner");
    let (status, _, page) =
        send(&story, &manager, &format!("{one}/enrol"), "act=enrol&partners=P1%0AP9,P2").await;
    assert_eq!(status, StatusCode::OK);
    assert!(says(&page, "2 taken, 0 as before") && says(&page, "P9"), "{page}");
    let (_, _, page) =
        send(&story, &manager, &format!("{one}/enrol"), "act=enrol&partners=P1").await;
    assert!(says(&page, "0 taken, 1 as before"), "{page}");
    let (_, _, page) =
        send(&story, &manager, &format!("{one}/enrol"), "act=leave&partners=P2").await;
    assert!(says(&page, "1 taken, 0 as before") && says(&page, "1 left"), "{page}");

    let finance = story.test.sign_in("finance").await;
    let seen = story.ok(&one, &finance).await;
    assert!(!seen.contains("/inner/stop"), "who may not is not asked: {seen}");
    let stop = format!("{one}/stop");
    let (status, ..) = send(&story, &manager, &stop, "reason=").await;
    assert_ne!(status, StatusCode::SEE_OTHER, "why?");
    let (status, headers, _) = send(&story, &manager, &stop, "reason=sold+out").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok(&leads(&headers), &manager).await;
    assert!(says(&page, "Stopped") && !page.contains("/inner/stop"), "{page}");
    let (status, ..) = send(&story, &manager, &stop, "reason=again").await;
    assert_eq!(status, StatusCode::CONFLICT);
}

/// The texts of both drafts as they are kept.
async fn drafts(story: &Story, program: &str) -> (String, String) {
    let mut reader = story.test.app.office().db().read().await.expect("a reader");
    let versions = wallets::versions(&mut reader).await.expect("versions");
    let wallet = versions.into_iter().next().expect("a wallet").text;
    let row = engine::rules::program_by_code(&mut reader, program).await.expect("read");
    let row = row.expect("the program");
    let own = engine::rules::versions(&mut reader, row.program_id).await.expect("versions");
    (wallet, own.into_iter().next().expect("a version").text)
}

fn stamp(page: &str) -> String {
    let from = page.split("name=\"stamp\" value=\"").nth(1).expect("a stamp");
    from.split('"').next().unwrap_or_default().to_owned()
}

/// What the form of `inner` says, with changes.
fn inner(changes: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("code", "inner"),
        ("name_en", "Inner circle"),
        ("name_ja", "会員限定"),
        ("categories", ""),
        ("number", "50"),
        ("enrolment", "required"),
        ("limit_uses", ""),
        ("limit_uses_each", "3"),
        ("limit_points", "500"),
        ("lane", "alone"),
    ];
    all.extend(changes);
    typed(&all)
}

#[tokio::test]
async fn a_promotion_that_acts_is_read_back_and_changed() {
    let (story, manager) = club().await;
    let page = story.ok(&format!("{LIST}/inner"), &manager).await;
    assert!(page.contains("/promotions/inner/change") && page.contains("new?like=inner"), "{page}");
    let change = format!("{LIST}/inner/change");
    let form = story.ok(&change, &manager).await;
    for said in ["value=\"Inner circle\"", "value=\"50\"", "value=\"500\"", "value=\"2026-01-01\""]
    {
        assert!(form.contains(said), "`{said}`: {form}");
    }
    assert!(says(&form, "Stays as it is") && says(&form, "term: sales …"), "{form}");
    let finance = story.test.sign_in("finance").await;
    let (status, ..) = story.test.get(&change, &finance).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "who may not edit programs");

    let with = |fields: &str, act: &str| format!("{fields}&stamp={}&do={act}", stamp(&form));
    let (status, _, page) = send(&story, &manager, &change, &with(&inner(&[]), "save")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(says(&page, "Nothing is changed yet"), "{page}");
    let more = inner(&[("limit_points", "800"), ("number", "60"), ("from", "2026-01-01")]);
    let (_, _, page) = send(&story, &manager, &change, &with(&more, "preview")).await;
    assert!(says(&page, "A day after its beginning"), "{page}");
    let more = inner(&[("limit_points", "800"), ("number", "60"), ("from", "2026-02-01")]);
    let (_, _, page) = send(&story, &manager, &change, &with(&more, "preview")).await;
    assert!(says(&page, "What changes") && page.contains("<ins>"), "{page}");
    let (status, headers, body) = send(&story, &manager, &change, &with(&more, "save")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    assert!(leads(&headers).contains("/promotions/inner"), "{headers}");
    let (wallet, program) = drafts(&story, "club").await;
    assert!(wallet.contains("limits: { points: 800, uses_per_partner: 3 }"), "{wallet}");
    assert!(wallet.starts_with("# The club, written by hand."), "{wallet}");
    assert!(program.contains("fixed: 60") && program.contains("amends: { from: 2026-02-01 }"));
    assert!(program.contains("version: 2") && program.contains("{ term: sales, name: Sales"));
    let (status, _, page) = send(&story, &manager, &change, &with(&more, "save")).await;
    assert_eq!(status, StatusCode::OK, "the texts are others now");
    assert!(says(&page, "The texts were changed meanwhile"), "{page}");
}

#[tokio::test]
async fn a_promotion_is_made_like_another_one_and_competes_with_it() {
    let (story, manager) = club().await;
    let new = format!("{LIST}/new");
    let form = story.ok(&format!("{new}?like=inner"), &manager).await;
    assert!(form.contains("name=\"like\" value=\"inner\""), "{form}");
    assert!(form.contains("value=\"Inner circle\"") && form.contains("value=\"50\""), "{form}");
    let like =
        |changes: &[(&str, &str)], act: &str| format!("{}&like=inner&do={act}", inner(changes));
    let again = like(&[("code", "inner")], "save");
    let (_, _, page) = send(&story, &manager, &new, &again).await;
    assert!(says(&page, "This code is in use"), "{page}");
    let (status, _, body) =
        send(&story, &manager, &new, &like(&[("code", "winter"), ("number", "90")], "save")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let (wallet, program) = drafts(&story, "winter").await;
    assert!(wallet.contains("winter:") && program.contains("promotion: winter"), "{program}");
    assert!(program.contains("fixed: 90"), "{program}");

    let lane = [("code", "race"), ("lane", "first"), ("lane_with", "club/inner")];
    let fields = typed(&[&lane[..], &[("lane_order", "before"), ("limit_uses", "9")]].concat());
    let (_, _, page) = send(&story, &manager, &new, &format!("{fields}&do=preview")).await;
    assert!(says(&page, "is asked first") && page.contains("<ins>"), "{page}");
    let (status, _, body) = send(&story, &manager, &new, &format!("{fields}&do=save")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let (wallet, program) = drafts(&story, "club").await;
    assert!(wallet.contains("race:"), "{wallet}");
    assert!(program.contains("lanes: { with-race: first }"), "{program}");
    let (race, inner) = (program.find("term: race"), program.find("term: inner"));
    assert!(race.is_some() && race < inner, "{program}");
}
