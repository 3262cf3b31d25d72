//! Two partners of one vendor: each finds its own, down to the row of a file, and nothing else.

use std::ops::ControlFlow;

use engine::catalog::{Item, MappingTarget, save_mapping, upsert_partners, upsert_products};
use engine::imports::{self, Input, Origin};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::programs;
use engine::settle;
use engine::wallets;
use jiff::SignedDuration;
use jiff::civil::date;

use super::*;

const VOLUME: &str = "
program: volume
name: { en: Volume rebate }
currency: EUR
starts: 2026-01-01
periods: { every: quarter, grace: 5 days }
terms:
  - term: bikes
    name: { en: Bikes }
    when: product.category == \"Bikes\"
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 1000, rate: 1%, name: { en: Silver } }
      - { from: 2000, rate: 2%, name: { en: Gold } }
";

/// Nobody but P2 may know of it.
const SECRET: &str = "
program: only-birke
name: { en: Only for Birke }
currency: EUR
starts: 2026-01-01
periods: { every: quarter }
partners: [P2]
terms:
  - term: all
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 100, rate: 5% }
";

/// What came in during the first quarter.
const WINTER: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
Q1,2026-02-03,P1,B1,9,2000,EUR,INV-Q,1
Q2,2026-02-04,P2,B1,9,3000,EUR,INV-R,1
";

const LINES: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
S1,2026-04-10,P1,B1,5,1200,EUR,INV-S,1
S2,2026-04-11,P1,C1,1,20,EUR,INV-S,2
T1,2026-04-12,P2,B1,4,1100,EUR,INV-T,1
";

/// What P1 sends: a line of its own, one of P2, one that is no date.
const REPORT: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
U1,2026-05-02,P1,B1,2,300,EUR,INV-U,1
U2,2026-05-03,P2,B1,2,300,EUR,INV-U,2
U3,someday,P1,B1,2,300,EUR,INV-U,3
";

pub(super) struct Story {
    pub(super) test: TestApp,
    /// Sessions of P1 and P2.
    pub(super) one: String,
    pub(super) two: String,
}

impl Story {
    /// The same, with the wallet `stars` and a program that pays into it.
    pub(super) async fn with_wallet(self, wallet: &str, program: &str) -> Story {
        let office = self.test.app.office();
        let mut tx = office.db().write().await.expect("a transaction");
        let (now, system) = (office.now(), Actor::System);
        wallets::draft(&mut tx, &system, now, wallet).await.expect("a draft");
        wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
        tx.commit().await.expect("committed");
        activate(office, program).await;
        office.accrue().await.expect("accrued");
        self
    }

    pub(super) async fn told() -> Story {
        let test = TestApp::with_users().await;
        let office = test.app.office();
        let (now, system) = (office.now(), Actor::System);
        let item = |code: &str, name: &str, category: Option<&str>| {
            let names = [("en".to_string(), name.to_string())].into();
            let fields = category.map(|of| ("category".to_string(), of.to_string()));
            Item::new(code, names, fields.into_iter().collect()).expect("an item")
        };
        let mut tx = office.db().write().await.expect("a transaction");
        let partners = vec![item("P1", "Adler", None), item("P2", "Birke", None)];
        let from = date(2026, 1, 1);
        upsert_partners(&mut tx, now, &system, from, partners).await.expect("partners");
        let products =
            vec![item("B1", "Road bike", Some("Bikes")), item("C1", "Cap", Some("Clothing"))];
        upsert_products(&mut tx, now, &system, products).await.expect("products");
        let headings: Vec<String> = heading(LINES).split(',').map(Into::into).collect();
        let mapping = Mapping::by_headings(Feeds::Facts, &headings);
        let body = serde_json::Value::String(mapping.write());
        save_mapping(&mut tx, now, &system, "plain", MappingTarget::Facts, body)
            .await
            .expect("a mapping");
        tx.commit().await.expect("committed");
        for text in [VOLUME, SECRET] {
            activate(office, text).await;
        }
        // Lines that came while their quarter was open are due with it.
        let winter = SignedDuration::from_hours(24 * 80);
        test.clock.advance(-winter);
        import(office, "winter.csv", WINTER).await;
        test.clock.advance(winter);
        import(office, "lines.csv", LINES).await;
        office.accrue().await.expect("accrued");
        for code in ["P1", "P2"] {
            partner_user(&test.app, code).await;
        }
        let (one, two) = (test.sign_in("login-P1").await, test.sign_in("login-P2").await);
        Story { test, one, two }
    }

    pub(super) async fn ok(&self, path: &str, cookie: &str) -> String {
        let (status, _, page) = self.test.get(path, cookie).await;
        assert_eq!(status, StatusCode::OK, "{path}\n{page}");
        page
    }

    pub(super) async fn is_not_there(&self, path: &str, cookie: &str) {
        let (status, _, page) = self.test.get(path, cookie).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        let (_, _, nowhere) = self.test.get("/portal/nowhere", cookie).await;
        assert_eq!(title(&page), title(&nowhere), "{path} looks like nothing at all");
        let frame = ["tk-portal", "tk-console"].map(|frame| format!("class=\"{frame}\""));
        assert!(frame.iter().any(|frame| page.contains(frame)), "{path} keeps its frame");
    }

    /// Sends a file through the portal's form and gives the address of its report.
    async fn upload(&self, cookie: &str, mapping: &str, content: &str) -> String {
        let form = self.ok("/portal/uploads/new", cookie).await;
        let (status, headers, page) = self.send(cookie, &csrf(&form), mapping, content).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let to = headers.lines().find_map(|line| line.strip_prefix("location: "));
        let to = to.expect("where to go").to_string();
        while self.ok(&to, cookie).await.contains(">Reading<") {
            tokio::task::yield_now().await;
        }
        to
    }

    async fn send(
        &self,
        cookie: &str,
        csrf: &str,
        mapping: &str,
        content: &str,
    ) -> (StatusCode, String, String) {
        let field = |name: &str, value: &str| {
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = format!(
            "{}{}{}--xyz\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"may.csv\"\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--xyz--\r\n",
            field("csrf", csrf),
            field("key", "1"),
            field("mapping", mapping),
        );
        let request = Request::post("/portal/uploads/new")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=xyz")
            .body(Body::from(body))
            .expect("a request");
        read(self.test.send(request).await).await
    }
}

pub(super) async fn import(office: &Office, name: &str, lines: &str) {
    let headings: Vec<String> = heading(lines).split(',').map(Into::into).collect();
    let mapping = Mapping::by_headings(Feeds::Facts, &headings);
    let input = Input::Bytes(lines.as_bytes().into());
    let request = imports::Request::new(name, Origin::Console, input, mapping, Actor::System);
    let done = imports::run(office, request, &mut |_| ControlFlow::Continue(())).await;
    assert_eq!(done.expect("imported").import.counts.rejected, 0);
}

/// Whether a reader reads this on the page. Spaces are not compared: some are drawn, not written.
pub(super) fn says(page: &str, what: &str) -> bool {
    let written = |text: &str| text.replace([' ', '\u{a0}'], "");
    let text: String =
        page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    written(&text).contains(&written(what))
}

fn heading(lines: &str) -> &str {
    lines.lines().next().expect("a heading")
}

pub(super) async fn activate(office: &Office, text: &str) {
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    let master = office.master(&mut tx).await.expect("master data");
    let (program, check) =
        programs::save_draft(&mut tx, &system, now, text).await.expect("a draft");
    assert!(check.may_act(), "{:?}", check.problems);
    let of = (program.code.as_str(), program.version);
    programs::activate(&mut tx, &master, &system, now, of).await.expect("active");
    tx.commit().await.expect("committed");
}

async fn partner_user(app: &App, code: &str) {
    let office = app.office();
    let password = app.passwords().hash(PASSWORD).await.expect("hashed");
    let mut tx = office.db().write().await.expect("a transaction");
    let master = office.master(&mut tx).await.expect("master data");
    let partner_id = master.partner_id(code).expect("a partner");
    let new = NewUser {
        login: format!("login-{code}"),
        name: format!("Somebody of {code}"),
        password,
        role: Role::Partner { partner_id },
        language: "en".into(),
    };
    create_user(&mut tx, office.now(), &Actor::System, new).await.expect("a user");
    tx.commit().await.expect("committed");
}

const ONE: &str = "volume~bikes~P1~2026Q2~";
const TWO: &str = "volume~bikes~P2~2026Q2~";

#[tokio::test]
async fn a_partner_walks_from_what_it_earned_to_the_row_of_the_file() {
    let story = Story::told().await;
    let home = story.ok("/portal", &story.one).await;
    assert!(home.contains("Adler") && says(&home, "EUR 12.00"), "{home}");
    assert!(says(&home, "EUR 800.00"), "the gap to Gold: {home}");
    assert!(home.contains(&format!("/portal/explain/{ONE}")), "{home}");
    assert!(!home.contains("Birke"), "{home}");

    let program = story.ok("/portal/programs/volume", &story.one).await;
    assert!(says(&program, "EUR 12.00") && says(&program, "1 line"), "{program}");

    let why = story.ok(&format!("/portal/explain/{ONE}"), &story.one).await;
    assert!(why.contains("INV-S-1") && !why.contains("INV-S-2"), "{why}");
    assert!(why.contains("1.0%") && why.contains("Calculated again just now: the same"), "{why}");
    assert!(why.contains("product.category"), "why the cap is left out: {why}");
    let fact = why.split("fact=").nth(1).and_then(|rest| rest.split('#').next());
    let path = format!("/portal/explain/{ONE}?fact={}", fact.expect("a line's link"));
    let row = story.ok(&path, &story.one).await;
    assert!(row.contains("lines.csv") && says(&row, "Row 2 of"), "{row}");
    assert!(says(&row, "→ Net amount"), "what each column was read as: {row}");
}

#[tokio::test]
async fn the_vendor_sees_the_same_explanation_of_everybody() {
    let story = Story::told().await;
    let manager = story.test.sign_in("incentive_manager").await;
    for (id, name) in [(ONE, "Adler"), (TWO, "Birke")] {
        let page = story.ok(&format!("/console/explain/{id}"), &manager).await;
        assert!(page.contains(name), "{page}");
    }
    story.is_not_there("/console/explain/volume~bikes~P9~2026Q2~", &manager).await;
    story.is_not_there("/console/explain/nonsense", &manager).await;
    story.is_not_there(&format!("/portal/explain/{ONE}"), &manager).await;
}

#[tokio::test]
async fn what_belongs_to_another_partner_does_not_exist() {
    let story = Story::told().await;
    let report = story.upload(&story.one, "plain", REPORT).await;
    let payout = closed(&story.test.app, "P1").await;
    let own = [
        format!("/portal/explain/{ONE}"),
        format!("/portal/explain/{payout}"),
        report.clone(),
        format!("{report}/rejected"),
    ];
    for path in &own {
        story.ok(path, &story.one).await;
        story.is_not_there(path, &story.two).await;
    }
    story.ok("/portal/programs/only-birke", &story.two).await;
    story.is_not_there("/portal/programs/only-birke", &story.one).await;
    let birke = "/portal/explain/only-birke~all~P2~2026Q2~";
    story.ok(birke, &story.two).await;
    story.is_not_there(birke, &story.one).await;
    for path in ["/console", "/console/partners/P1", "/console/imports", "/console/payouts.csv"] {
        story.is_not_there(path, &story.one).await;
    }
    let records = story.ok("/portal/records", &story.two).await;
    assert!(!records.contains(&payout) && !records.contains("may.csv"), "{records}");
    let home = story.ok("/portal/programs", &story.one).await;
    assert!(!home.contains("Only for Birke"), "{home}");
}

#[tokio::test]
async fn a_report_waits_until_somebody_took_it_or_gave_it_back() {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let saved = engine::catalog::find_mapping(&mut tx, "plain").await.expect("reads");
    let text = saved.expect("the mapping").body.as_str().expect("a text").to_owned();
    let body = serde_json::Value::String(format!("{text}review: yes\n"));
    let of = (office.now(), Actor::System);
    save_mapping(&mut tx, of.0, &of.1, "plain", MappingTarget::Facts, body).await.expect("saved");
    tx.commit().await.expect("committed");
    let manager = story.test.sign_in("incentive_manager").await;
    let more = format!("{REPORT}U5,2026-05-08,P1,B1,1,1,EUR,INV-U,5\n");
    for (step, what, sent, state, said) in [
        ("return", "why=the+returns+of+May", REPORT, ">Returned<", "the returns of May"),
        ("take", "comment=thank+you", &more, ">Done<", "thank you"),
    ] {
        let report = story.upload(&story.one, "plain", sent).await;
        let page = story.ok(&report, &story.one).await;
        assert!(page.contains(">Waits for review<"), "{page}");
        let home = story.ok("/console", &manager).await;
        assert!(home.contains("“may.csv” waits to be taken"), "{home}");
        let console = report.replace("/portal/uploads/", "/console/imports/");
        let page = story.ok(&console, &manager).await;
        assert!(page.contains("someday") && page.contains("2026-05-02"), "its rows: {page}");
        let file = story.ok(&format!("{console}/file"), &manager).await;
        assert_eq!(file.trim_end(), sent.trim_end(), "as it was sent");
        let form = format!("csrf={}&key={step}&{what}", csrf(&page));
        let path = format!("{console}/{step}");
        let (status, _, body) = story.test.post(&path, &manager, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
        while story.ok(&report, &story.one).await.contains(">Reading<") {
            tokio::task::yield_now().await;
        }
        let page = story.ok(&report, &story.one).await;
        assert!(page.contains(state) && page.contains(said), "{page}");
        assert_eq!(says(&page, "Accepted 2"), step == "take", "{page}");
        story.is_not_there(&console, &story.one).await;
    }
    // What is sent again is known, and is given back as a file.
    let report = story
        .upload(&story.one, "plain", &format!("{REPORT}U4,2026-05-09,P1,B1,1,1,EUR,I,4\n"))
        .await;
    let console = report.replace("/portal/uploads/", "/console/imports/");
    let page = story.ok(&console, &manager).await;
    let form = format!("csrf={}&key=again", csrf(&page));
    story.test.post(&format!("{console}/take"), &manager, &form).await;
    while story.ok(&report, &story.one).await.contains(">Reading<") {
        tokio::task::yield_now().await;
    }
    let known = story.ok(&format!("{report}/known"), &story.one).await;
    assert!(known.contains("U1,2026-05-02") && !known.contains("U4"), "{known}");
    story.is_not_there(&format!("{report}/known"), &story.two).await;
}

#[tokio::test]
async fn a_fact_of_another_award_opens_no_row() {
    let story = Story::told().await;
    for fact in 0..12 {
        let path = format!("/portal/explain/{ONE}?fact={fact}");
        let page = story.ok(&path, &story.one).await;
        assert!(!page.contains("INV-T") && !page.contains("INV-R"), "{page}");
    }
}

/// Closes the first quarter and gives the id of a partner's payout.
pub(super) async fn closed(app: &App, partner: &str) -> String {
    let office = app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let master = office.master(&mut tx).await.expect("master data");
    let of = ("volume", "2026Q1");
    let note = settle::CloseNote::everything("as told");
    settle::close(&mut tx, &master, &Actor::System, office.now(), of, &note).await.expect("closed");
    tx.commit().await.expect("committed");
    let mut reader = office.db().read().await.expect("a reader");
    let partner_id = master.partner_id(partner).expect("a partner");
    let payouts = settle::payouts_of_partner(&mut reader, partner_id, 10).await.expect("payouts");
    payouts.first().expect("a payout").public_id.clone()
}

#[tokio::test]
async fn a_payout_is_explained_by_its_award() {
    let story = Story::told().await;
    let payout = closed(&story.test.app, "P1").await;
    let records = story.ok("/portal/records", &story.one).await;
    assert!(records.contains(&payout) && says(&records, "EUR 40.00"), "{records}");
    let why = story.ok(&format!("/portal/explain/{payout}"), &story.one).await;
    assert!(says(&why, "EUR 40.00") && why.contains("INV-Q-1"), "{why}");
    assert!(why.contains("Calculated again just now: the same"), "{why}");
    assert!(!why.contains("INV-S-1"), "the next quarter is another matter: {why}");
}

#[tokio::test]
async fn a_report_is_answered_row_by_row_and_moves_the_figures() {
    let story = Story::told().await;
    let report = story.upload(&story.one, "plain", REPORT).await;
    let page = story.ok(&report, &story.one).await;
    assert!(page.contains("may.csv") && page.contains("Somebody of P1"), "{page}");
    assert!(page.contains("someday") && page.contains("Accepted"), "{page}");
    assert!(
        page.contains("There is no partner <code class=\"tk-mono\">P2</code>"),
        "nobody else exists: {page}"
    );
    let only = story.ok(&format!("{report}?filter=rejected"), &story.one).await;
    assert!(only.contains("1–2") || only.contains("2 of 2") || only.contains("someday"), "{only}");

    let (status, headers, file) = story.test.get(&format!("{report}/rejected"), &story.one).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains("may-rejected.csv"), "{headers}");
    assert!(file.contains("U2,") && file.contains("U3,") && !file.contains("U1,"), "{file}");

    story.test.app.office().accrue().await.expect("accrued");
    let home = story.ok("/portal", &story.one).await;
    assert!(says(&home, "EUR 15.00") && says(&home, "EUR 500.00"), "{home}");
    assert!(home.contains(&format!("{report}?filter=rejected")), "a task: {home}");

    let again = story.upload(&story.one, "", REPORT).await;
    assert_ne!(again, report);
    story.test.app.office().accrue().await.expect("accrued");
    let home = story.ok("/portal", &story.one).await;
    assert!(says(&home, "EUR 15.00"), "twice sent, once counted: {home}");
}

#[tokio::test]
async fn a_file_that_is_none_gets_an_answer_and_changes_nothing() {
    let story = Story::told().await;
    let form = story.ok("/portal/uploads/new", &story.one).await;
    let token = csrf(&form);
    let (status, _, page) = story.send(&story.one, &token, "", "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("the file is empty"), "{page}");
    let (status, _, _) = story.send(&story.one, "wrong", "", REPORT).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _, _) = story.send(&story.one, &token, "no such mapping", REPORT).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let records = story.ok("/portal/records", &story.one).await;
    assert!(!records.contains("may.csv"), "{records}");
}

#[tokio::test]
async fn what_was_said_at_a_close_is_kept_and_shown() {
    let story = Story::told().await;
    let finance = story.test.sign_in("finance").await;
    let path = "/console/periods/volume~2026Q1";
    let page = story.ok(path, &finance).await;
    let (_, rest) = page.split_once("name=\"total\" value=\"").expect("a form to close");
    let total = rest.split('"').next().expect("a value");
    let form = |key: &str, comment: &str| {
        let comment = crate::ui::encode(comment);
        format!("csrf={}&key={key}&total={total}&comment={comment}", csrf(&page))
    };
    let close = format!("{path}/close");
    let long = "x".repeat(settle::COMMENT_CHARS_MAX + 1);
    let (status, _, body) = story.test.post(&close, &finance, &form("1", &long)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    let said = " Agreed with the <auditor> ";
    for time in ["first", "second"] {
        let (status, headers, body) = story.test.post(&close, &finance, &form("2", said)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "the {time} time: {body}");
        assert!(headers.contains("done=closed"), "{headers}");
    }
    let page = story.ok(path, &finance).await;
    assert!(page.contains("Agreed with the &lt;auditor&gt;"), "{page}");
    let audit = story.ok("/console/audit", &finance).await;
    assert!(audit.contains("Agreed with the &lt;auditor&gt;"), "{audit}");
}
