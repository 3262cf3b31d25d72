//! Making programs through the pages: form, versions, a second person, trials, what-ifs.

use engine::programs::FourEyes;

use super::flow::{encoded, location};
use super::*;

const PARTNERS: &str = "code,name,country,region,level\n\
                        P1,Ito Cycle,JP,Aichi,gold\nP2,Ono Cycle,JP,Tochigi,silver\n";
const PRODUCTS: &str = "code,name,category\nB1,Cross bike,Bikes\n";
const LINES: &str = "key,date,partner,product,quantity,amount,currency\n\
                     S-1,2026-04-10,P1,B1,120,600000,JPY\n\
                     S-2,2026-05-02,P1,B1,90,450000,JPY\n\
                     S-3,2026-05-03,P2,B1,10,50000,JPY\n";

async fn with_sales() -> TestApp {
    let test = TestApp::with_users().await;
    let admin = test.sign_in("administrator").await;
    test.import(&admin, "partners", "partners.csv", PARTNERS).await;
    test.import(&admin, "products", "products.csv", PRODUCTS).await;
    test.import(&admin, "lines", "sales.csv", LINES).await;
    test
}

impl TestApp {
    /// Sends a form with the token of a page, and more fields. Where it leads, or the page.
    async fn form(&self, page: &str, path: &str, who: &str, fields: &[(&str, &str)]) -> String {
        let (_, _, shown) = self.get(page, who).await;
        let mut pairs = vec![
            ("csrf".to_owned(), csrf(&shown)),
            ("key".to_owned(), uuid::Uuid::now_v7().to_string()),
        ];
        pairs.extend(fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let (status, headers, body) = self.post(path, who, &encoded(&pairs)).await;
        if status == StatusCode::SEE_OTHER { location(&headers) } else { body }
    }
}

const FORM: [(&str, &str); 17] = [
    ("code", "bikes"),
    ("name_en", "Bikes"),
    ("currency", "JPY"),
    ("time_zone", "Asia/Tokyo"),
    ("starts", "2026-04-01"),
    ("ends", "2027-03-31"),
    ("every", "quarter"),
    ("fiscal_year_from", "april"),
    ("country", "JP"),
    ("categories", "Bikes"),
    ("qualifier", "quantity"),
    ("basis", "amount"),
    ("method", "all_units"),
    ("from0", "100"),
    ("value0", "1"),
    ("from1", "300"),
    ("value1", "2"),
];

fn with<'f>(fields: &[(&'f str, &'f str)], more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    fields.iter().chain(more).copied().collect()
}

#[tokio::test]
async fn a_program_by_the_form_is_tried_reviewed_and_activated_by_a_second_person() {
    let test = with_sales().await;
    test.four_eyes(FourEyes::Auto).await;
    let manager = test.sign_in("incentive_manager").await;
    let admin = test.sign_in("administrator").await;
    let path = "/console/programs/form";
    let page = test.form(path, path, &manager, &with(&FORM, &[("do", "look")])).await;
    assert!(page.contains(": bikes") && page.contains("rate: 1%"), "{page}");
    assert!(page.contains("value=\"review\""), "it could act");
    let wrong = with(&FORM, &[("from2", "x"), ("value2", "9"), ("do", "look")]);
    let page = test.form(path, path, &manager, &wrong).await;
    assert!(!page.contains("value=\"review\"") && page.contains("value=\"x\""), "kept as typed");

    let trial = test.form(path, path, &manager, &with(&FORM, &[("do", "try")])).await;
    let (status, _, page) = test.get(&trial, &manager).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Ito Cycle") && page.contains("10,500"), "{page}");
    let (status, headers, file) = test.get(&format!("{trial}/lines.csv"), &manager).await;
    assert_eq!(status, StatusCode::OK, "{headers}");
    assert!(file.contains("\"P1\",\"Ito Cycle\",\"0\",\"10500\",\"10500\""), "{file}");

    let (status, headers, file) = test.get(&format!("{trial}/lines.xlsx"), &manager).await;
    assert!(status == StatusCode::OK && headers.contains("bikes-trial.xlsx"), "{headers}");
    assert!(file.starts_with("PK"), "a workbook");
    let (status, ..) = test.get(&format!("{trial}/lines.pdf"), &manager).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let review = test.form(path, path, &manager, &with(&FORM, &[("do", "review")])).await;
    assert_eq!(review, "/console/programs/bikes/versions/1?done=saved");
    let review = "/console/programs/bikes/versions/1";
    let (_, _, page) = test.get(review, &manager).await;
    assert!(page.contains("Submit for activation") && !page.contains("value=\"activate\""));
    let refused = test.form(review, review, &manager, &[("do", "activate")]).await;
    assert!(refused.contains("a second person activates"), "{refused}");
    let to = [("do", "submit"), ("comment", "for the fair")];
    assert!(test.form(review, review, &manager, &to).await.ends_with("done=requested"));
    let (_, _, page) = test.get(review, &admin).await;
    assert!(page.contains("for the fair") && page.contains("Return with comment"), "{page}");
    assert!(
        page.contains("1 of 2 partners that take part has no line")
            || page.contains("Nothing stands out"),
        "{page}"
    );
    let to = [("do", "return"), ("comment", "2 % is too much")];
    assert!(test.form(review, review, &admin, &to).await.ends_with("done=rejected"));
    let (_, _, page) = test.get(review, &manager).await;
    assert!(page.contains("2 % is too much") && page.contains("Submit for activation"), "{page}");
    assert!(test.form(review, review, &manager, &[("do", "submit")]).await.contains("requested"));
    let done = test.form(review, review, &admin, &[("do", "activate")]).await;
    assert_eq!(done, "/console/programs/bikes?done=activated");
    test.app.office().accrue().await.expect("accrued");
    let (_, _, page) = test.get("/console/programs/bikes", &manager).await;
    assert!(page.contains("10,500"), "what was tried is what is earned: {page}");
    let (_, _, page) = test.get("/console/programs/bikes?tab=history", &manager).await;
    assert!(page.contains("returned with a comment") && page.contains("submitted"), "{page}");
    let (_, _, page) = test.get("/console/programs/bikes/form", &manager).await;
    assert!(page.contains("name=\"value1\"") && page.contains("value=\"300\""), "{page}");
}

#[tokio::test]
async fn versions_begin_from_what_acts_and_their_difference_is_said() {
    let test = with_sales().await;
    let admin = test.sign_in("administrator").await;
    let path = "/console/programs/form";
    test.form(path, path, &admin, &with(&FORM, &[("do", "review")])).await;
    let first = "/console/programs/bikes/versions/1";
    let done = test.form(first, first, &admin, &[("do", "activate")]).await;
    assert!(done.ends_with("done=activated"), "{done}");
    let (_, _, page) = test.get("/console/programs/bikes?tab=terms", &admin).await;
    assert!(page.contains("Amend from a day") && page.contains("End early"), "{page}");
    let begin = "/console/programs/bikes/begin?of=1&as=";
    for (what, expected) in [
        ("correct", "corrects: 1"),
        ("amend&from=2026-06-01", "amends: { from: 2026-06-01 }"),
        ("amend&from=2026-06-01&split=yes", "thresholds: split"),
        ("end&last=2026-09-30", "ends: 2026-09-30"),
        ("copy&new=gear", "program: gear"),
        ("copy&new=bikes", "there is a program `bikes` already"),
        ("amend&from=2020-01-01", "2020-01-01 is no day of this version"),
        ("end&last=tomorrow", "Write the day as 2026-07-31"),
    ] {
        let (status, _, page) = test.get(&format!("{begin}{what}"), &admin).await;
        let is_begun = !expected.contains(" is ") && !expected.contains("Write ");
        let right = if is_begun { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        assert_eq!(status, right, "{what}");
        assert!(page.contains(expected), "{what}: {page}");
    }
    let (_, _, page) = test.get(&format!("{begin}correct"), &admin).await;
    let text = page.split("<textarea").nth(1).and_then(|rest| rest.split('>').nth(1));
    let text = text.and_then(|rest| rest.split("</textarea").next()).expect("a text");
    let text = text.replace("&quot;", "\"").replace("rate: 2%", "rate: 2.5%");
    let text = text.trim_start_matches('\n').split("</").next().unwrap_or_default().to_owned();
    let edit = "/console/programs/bikes/edit";
    let saved = test.form(edit, edit, &admin, &[("text", &text), ("do", "review")]).await;
    assert_eq!(saved, "/console/programs/bikes/versions/2?done=saved", "{text}");
    let (_, _, page) = test.get("/console/programs/bikes/versions/2", &admin).await;
    assert!(page.contains("tier from 300: rate: 2% → 2.5%"), "{page}");
    let path = "/console/programs/bikes?tab=terms&version=2&against=1";
    let (_, _, page) = test.get(path, &admin).await;
    assert!(page.contains("tier from 300: rate: 2% → 2.5%"), "{page}");
    let finance = test.sign_in("finance").await;
    let (status, _, page) = test.get("/console/programs/bikes/versions/2", &finance).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!page.contains("value=\"activate\""), "who only looks has no button");
}

#[tokio::test]
async fn members_are_enrolled_and_samples_are_offered() {
    let test = with_sales().await;
    let admin = test.sign_in("administrator").await;
    let (_, _, page) = test.get("/console/programs/new?sample=hierarchy", &admin).await;
    assert!(page.contains("earner: partner.top") && page.contains("?sample=growth"), "{page}");
    let path = "/console/programs/form";
    test.form(path, path, &admin, &with(&FORM, &[("do", "review")])).await;
    let first = "/console/programs/bikes/versions/1";
    test.form(first, first, &admin, &[("do", "activate")]).await;
    let tab = "/console/programs/bikes?tab=members";
    let (_, _, page) = test.get(tab, &admin).await;
    assert!(page.contains("partner.country"), "the condition: {page}");
    let send = "/console/programs/bikes/members";
    let said = test.form(tab, send, &admin, &[("members", "P1"), ("from", "2026-07-01")]).await;
    assert!(said.contains("does not list its partners"), "{said}");
    let (_, _, page) = test.get(&format!("{tab}&find=P1"), &admin).await;
    assert!(page.contains("1 found that are not enrolled"), "{page}");
    let fields = [("members", "P1,2026-07-01"), ("from", "2026-07-01"), ("replace", "yes")];
    let to = test.form(tab, send, &admin, &fields).await;
    assert_eq!(to, "/console/programs/bikes/versions/2?done=saved");
    let (_, _, page) = test.get(tab, &admin).await;
    assert!(page.contains("draft 2") && page.contains(">P1<"), "{page}");
    let (_, _, page) = test.get(&to, &admin).await;
    assert!(page.contains("{ partner: P1, from: 2026-07-01 }"), "{page}");
    let list = "/console/products?q=B1";
    let to = test.form(list, "/console/products/list", &admin, &[("q", "B1"), ("list", "spring")]);
    let to = to.await;
    let (_, _, page) = test.get(&to, &admin).await;
    assert!(page.contains("B1") && page.contains("Empty this list"), "{page}");
    let empty = "/console/reference/lists/empty";
    let to = test.form(&to, empty, &admin, &[("list", "spring")]).await;
    let (_, _, page) = test.get(&to, &admin).await;
    assert!(!page.contains(">B1<"), "{page}");
}

#[tokio::test]
async fn one_more_order_is_answered_in_console_and_portal() {
    let test = with_sales().await;
    let admin = test.sign_in("administrator").await;
    let path = "/console/programs/form";
    test.form(path, path, &admin, &with(&FORM, &[("do", "review")])).await;
    let first = "/console/programs/bikes/versions/1";
    test.form(first, first, &admin, &[("do", "activate")]).await;
    test.app.office().accrue().await.expect("accrued");
    let order = "product0=B1&quantity0=90&amount0=450,000";
    let (status, _, page) = test.get(&format!("/console/what-if?partner=P1&{order}"), &admin).await;
    assert_eq!(status, StatusCode::OK);
    // 210 units at 1 % of 1,050,000; with 90 more 2 % of 1,500,000, of which 10,500 for the tier.
    for seen in ["¥10,500", "¥30,000", "+19,500", "of which ¥10,500"] {
        assert!(page.contains(seen), "`{seen}`: {page}");
    }
    let (_, _, page) =
        test.get("/console/what-if?partner=P9&product0=B1&quantity0=1", &admin).await;
    assert!(page.contains("there is no partner `P9`"), "{page}");
    let ito = test.partner_user("ito", "P1").await;
    let (status, _, page) = test.get(&format!("/portal/what-if?partner=P2&{order}"), &ito).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("+19,500"), "its own, whatever the address says: {page}");
    let (_, _, page) = test.get("/portal/what-if?product0=B1&quantity0=x", &ito).await;
    assert!(page.contains("`x` is no number"), "{page}");
}
