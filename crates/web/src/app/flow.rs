//! The main job through the pages: files in, a program, who earns what, and why.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use engine::access::{Actor, NewUser, Role, create_user};
use engine::catalog;

use super::{PASSWORD, TestApp, csrf, read};

/// What a browser would send of a form: its fields as they stand.
fn fields(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page.split("<form").find(|form| form.contains(&format!("action=\"{action}\"")));
    let form = form.unwrap_or_else(|| panic!("no form to {action}"));
    let form = form.split("</form>").next().expect("a form");
    let mut fields = vec![];
    for tag in form.split('<').skip(1) {
        let attribute = |name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            Some(unescaped(rest.split('"').next()?))
        };
        match tag.split([' ', '>']).next() {
            Some("input") if !tag.contains("type=\"file\"") => {
                let value = attribute("value").unwrap_or_default();
                fields.extend(attribute("name").map(|name| (name, value)));
            }
            Some("select") => fields.extend(attribute("name").map(|name| (name, String::new()))),
            Some("option") if tag.contains(" selected") => {
                let value = attribute("value").unwrap_or_default();
                fields.last_mut().expect("a select before its options").1 = value;
            }
            _ => {}
        }
    }
    fields
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

pub(super) fn encoded(fields: &[(String, String)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", crate::ui::encode(name), crate::ui::encode(value)))
        .collect();
    pairs.join("&")
}

pub(super) fn location(headers: &str) -> String {
    let line = headers.lines().find_map(|line| line.strip_prefix("location: "));
    line.unwrap_or_else(|| panic!("no location in {headers}")).into()
}

impl TestApp {
    /// Sends a file through a form that carries one.
    async fn upload(
        &self,
        path: &str,
        session: &str,
        kind: &str,
        name: &str,
        text: &str,
    ) -> String {
        let (_, _, page) = self.get(path, session).await;
        let mut body = String::new();
        let parts = [("csrf", csrf(&page)), ("kind", kind.into())];
        for (field, value) in parts {
            body += &format!(
                "--XX\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
        }
        body += &format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: text/csv\r\n\r\n{text}\r\n--XX--\r\n"
        );
        let request = Request::post(path)
            .header(header::COOKIE, session)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX")
            .body(Body::from(body))
            .expect("a request");
        let (status, headers, page) = read(self.send(request).await).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        location(&headers)
    }

    /// Uploads a file, takes the suggested columns, and runs the import.
    pub(super) async fn import(&self, session: &str, kind: &str, name: &str, text: &str) -> String {
        let path = format!("/console/imports/new?kind={kind}");
        let map = self.upload(&path, session, kind, name, text).await;
        let (status, _, page) = self.get(&map, session).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("No column is read as"), "the suggestion is complete");
        let mut form = fields(&page, &map);
        form.retain(|(name, _)| name != "do");
        form.push(("do".into(), "run".into()));
        let (status, headers, page) = self.post(&map, session, &encoded(&form)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let import = location(&headers);
        self.app.office().accrue().await.expect("accrued");
        import
    }

    pub(super) async fn partner_user(&self, login: &str, code: &str) -> String {
        let office = self.app.office();
        let mut tx = office.db().write().await.expect("a transaction");
        let partner = catalog::partner_by_code(&mut tx, code).await.expect("read").expect(code);
        let new = NewUser {
            login: login.into(),
            name: login.into(),
            password: self.app.passwords().hash(PASSWORD).await.expect("hashed"),
            role: Role::Partner { partner_id: partner.partner_id },
            language: "en".into(),
        };
        create_user(&mut tx, office.now(), &Actor::System, new).await.expect("a user");
        tx.commit().await.expect("committed");
        self.sign_in(login).await
    }
}

const PARTNERS: &str = "code,name,country,region,level\n\
                        P1,Ito Cycle,JP,Aichi,gold\n\
                        P2,Ono Cycle,JP,Tochigi,silver\n";
const PRODUCTS: &str = "code,name,category\nB1,Cross bike,Bikes\n";
const LINES: &str = "key,date,partner,product,quantity,amount,currency\n\
                     S-1,2026-04-10,P1,B1,120,600000,JPY\n\
                     S-2,2026-05-02,P1,B1,90,450000,JPY\n\
                     S-3,2026-05-02,P9,B1,1,100,JPY\n";
const PROGRAM: &str = include_str!("../console/routes/example.yaml");

#[tokio::test]
async fn files_a_program_and_who_earns_what() {
    let test = TestApp::with_users().await;
    let admin = test.sign_in("administrator").await;
    test.import(&admin, "partners", "partners.csv", PARTNERS).await;
    test.import(&admin, "products", "products.csv", PRODUCTS).await;

    let (_, _, page) = test.get("/console/programs/new", &admin).await;
    let form = |action: &str, text: &str| {
        let pairs = [("csrf", csrf(&page)), ("text", text.into()), ("do", action.into())];
        encoded(&pairs.map(|(name, value)| (name.to_string(), value)))
    };
    let path = "/console/programs/new";
    let broken = PROGRAM.replace("from: 300", "from: 50");
    let (_, _, checked) = test.post(path, &admin, &form("activate", &broken)).await;
    assert!(checked.contains("Not activated"), "a text with errors does not act");
    assert!(checked.contains("from: 50"), "and comes back as it was typed");
    let (status, headers, page) = test.post(path, &admin, &form("activate", PROGRAM)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    assert_eq!(location(&headers), "/console/programs/my-first-program?done=activated");

    let import = test.import(&admin, "lines", "sales.csv", LINES).await;
    let (_, _, page) = test.get(&import, &admin).await;
    assert!(page.contains("sales.csv") && page.contains("P9"), "the unknown partner is named");
    let (status, _, file) = test.get(&format!("{import}/rejected"), &admin).await;
    assert_eq!(status, StatusCode::OK);
    assert!(file.contains("S-3") && !file.contains("S-1"), "only what was refused: {file}");

    // 210 units are Bronze: 1 % of 1,050,000.
    let (_, _, page) = test.get("/console/programs/my-first-program", &admin).await;
    assert!(page.contains("Ito Cycle") && page.contains("10,500"), "{page}");
    let (_, headers, file) =
        test.get("/console/programs/my-first-program/attainment.csv", &admin).await;
    assert!(headers.contains("text/csv") && file.contains("\"10500\""), "{file}");
    for path in [
        "/console",
        "/console/programs",
        "/console/programs/my-first-program?tab=terms",
        "/console/programs/my-first-program?tab=periods",
        "/console/programs/my-first-program?tab=history",
        "/console/programs/my-first-program/edit",
        "/console/partners/P1",
        "/console/partners?q=ito",
        "/console/products",
        "/console/imports",
        "/console/periods",
        "/console/periods/my-first-program~2026Q1",
        "/console/payouts",
        "/console/adjustments",
        "/console/ledger",
        "/console/mappings",
        "/console/audit",
        "/console/search?q=ito",
        "/api",
    ] {
        let (status, _, page) = test.get(path, &admin).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
    }
}

#[tokio::test]
async fn a_partner_sees_its_own_and_nothing_else() {
    let test = TestApp::with_users().await;
    let admin = test.sign_in("administrator").await;
    test.import(&admin, "partners", "partners.csv", PARTNERS).await;
    test.import(&admin, "products", "products.csv", PRODUCTS).await;
    let (_, _, page) = test.get("/console/programs/new", &admin).await;
    let pairs =
        [("csrf", csrf(&page)), ("text", PROGRAM.to_string()), ("do", "activate".to_string())];
    let form = encoded(&pairs.map(|(name, value)| (name.to_string(), value)));
    test.post("/console/programs/new", &admin, &form).await;
    let import = test.import(&admin, "lines", "sales.csv", LINES).await;

    let ito = test.partner_user("ito", "P1").await;
    let ono = test.partner_user("ono", "P2").await;
    let (status, _, home) = test.get("/portal", &ito).await;
    assert_eq!(status, StatusCode::OK);
    assert!(home.contains("Ito Cycle") && home.contains("10,500"), "{home}");
    assert!(home.contains("<em>90 units</em> to Silver"), "{home}");
    let (_, rest) = home.split_once("/portal/explain/").expect("a door");
    let explain = format!("/portal/explain/{}", rest.split('"').next().expect("an id"));
    let (status, _, page) = test.get(&explain, &ito).await;
    assert_eq!(status, StatusCode::OK);
    for seen in ["10,500", "S-1", "sales.csv", "Bronze"] {
        assert!(page.contains(seen), "`{seen}` in the explanation");
    }
    let (status, _, _) = test.get(&explain, &ono).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another partner's explanation");
    let upload = import.replace("/console/imports/", "/portal/uploads/");
    for path in ["/console", "/console/partners/P1", &import, &upload, "/console/payouts.csv"] {
        let (status, _, _) = test.get(path, &ono).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [
        "/portal",
        "/portal/programs",
        "/portal/programs/my-first-program",
        "/portal/records",
        "/portal/uploads/new",
    ] {
        let (status, _, page) = test.get(path, &ito).await;
        let shown = status == StatusCode::OK || path == "/portal/uploads/new";
        assert!(shown && !page.contains("Ono Cycle"), "{path}");
    }
}
