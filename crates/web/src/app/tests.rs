#[path = "flow.rs"]
mod flow;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use engine::access::{Actor, NewUser, Role, create_user};
use engine::clock::FixedClock;
use engine::db::testing::TestDatabase;
use jiff::Timestamp;
use tower::ServiceExt;

use super::*;

/// An application over an empty database, with an administrator and one of each other role.
struct TestApp {
    app: App,
    router: Router,
    clock: Arc<FixedClock>,
    _database: TestDatabase,
}

const PASSWORD: &str = "correct horse";

impl TestApp {
    async fn empty() -> TestApp {
        TestApp::over(TestDatabase::sqlite()).await
    }

    async fn over(database: TestDatabase) -> TestApp {
        let db = database.open().await;
        db.migrate().await.expect("migrated");
        let now: Timestamp = "2026-06-12T00:42:00Z".parse().expect("an instant");
        let clock = Arc::new(FixedClock::at(now));
        let office = Office::new(db, clock.clone());
        let uploads = std::env::temp_dir().join(format!("tokuten-test-{}", uuid::Uuid::now_v7()));
        let options = Options { setup_code: Some("4711".into()), uploads, ..Default::default() };
        let app = App::new(office, Passwords::for_tests(), options);
        let router = app.router(Router::new());
        TestApp { app, router, clock, _database: database }
    }

    async fn with_users() -> TestApp {
        TestApp::empty().await.and_users().await
    }

    /// One user of each role of the console.
    async fn and_users(self) -> TestApp {
        let test = self;
        for role in [Role::Administrator, Role::IncentiveManager, Role::Finance] {
            let password = test.app.passwords().hash(PASSWORD).await.expect("hashed");
            let new = NewUser {
                login: role.word().into(),
                name: role.word().into(),
                password,
                role,
                language: "en".into(),
            };
            let office = test.app.office();
            let mut tx = office.db().write().await.expect("a transaction");
            create_user(&mut tx, office.now(), &Actor::System, new).await.expect("a user");
            tx.commit().await.expect("committed");
        }
        // Most stories are about one person; those about two say so.
        test.four_eyes(engine::programs::FourEyes::Never).await;
        test
    }

    async fn four_eyes(&self, choice: engine::programs::FourEyes) {
        let office = self.app.office();
        let mut tx = office.db().write().await.expect("a transaction");
        let now = office.now();
        let set = engine::programs::set_four_eyes(&mut tx, &Actor::System, now, choice);
        set.await.expect("set");
        tx.commit().await.expect("committed");
    }

    async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("an answer")
    }

    async fn get(&self, path: &str, cookie: &str) -> (StatusCode, String, String) {
        let request = Request::get(path)
            .header(header::COOKIE, cookie)
            .header(header::ACCEPT_LANGUAGE, "en")
            .body(Body::empty())
            .expect("a request");
        read(self.send(request).await).await
    }

    async fn post(&self, path: &str, cookie: &str, form: &str) -> (StatusCode, String, String) {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_string()))
            .expect("a request");
        read(self.send(request).await).await
    }

    /// Sends a form as a browser does that shows the page it stands on.
    async fn post_from(
        &self,
        page: &str,
        path: &str,
        cookie: &str,
        form: &str,
    ) -> (StatusCode, String, String) {
        let request = Request::post(path)
            .header(header::HOST, "tokuten.example")
            .header(header::REFERER, format!("https://tokuten.example{page}"))
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_string()))
            .expect("a request");
        read(self.send(request).await).await
    }

    /// Signs in and returns the session's cookie.
    async fn sign_in(&self, login: &str) -> String {
        let (_, headers, page) = self.get("/sign-in", "").await;
        let guest = cookie(&headers, "tokuten_guest");
        let form = format!(
            "csrf={}&key=1&login={login}&password={}&next=",
            csrf(&page),
            crate::ui::encode(PASSWORD)
        );
        let (status, headers, _) = self.post("/sign-in", &guest, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "signing in as {login}");
        cookie(&headers, "tokuten_session")
    }
}

/// Status, headers as text, body.
async fn read(response: Response) -> (StatusCode, String, String) {
    let status = response.status();
    let headers: Vec<String> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
        .collect();
    let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.expect("a body");
    (status, headers.join("\n"), String::from_utf8_lossy(&bytes).into_owned())
}

fn cookie(headers: &str, name: &str) -> String {
    let start = format!("set-cookie: {name}=");
    let line = headers.lines().find_map(|line| line.strip_prefix(&start));
    let value = line.unwrap_or_else(|| panic!("no cookie {name} in {headers}"));
    format!("{name}={}", value.split(';').next().expect("a value"))
}

fn csrf(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form");
    rest.split('"').next().expect("a value").into()
}

#[test]
fn every_row_of_the_matrix_has_its_route() {
    let routes = Routes::all();
    let missing: Vec<String> = access::ROUTES
        .iter()
        .filter(|route| !routes.added.contains(&(route.verb, route.path)))
        .map(|route| format!("{:?} {}", route.verb, route.path))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[tokio::test]
async fn a_new_installation_asks_for_its_administrator() {
    let test = TestApp::empty().await;
    let (status, headers, _) = test.get("/", "").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(headers.contains("location: /first-run"), "{headers}");

    let (_, headers, page) = test.get("/first-run", "").await;
    let guest = cookie(&headers, "tokuten_guest");
    let form = |code: &str, password: &str| {
        format!(
            "csrf={}&key=1&vendor=Hibari&time_zone=Asia/Tokyo&name=Ken&login=ken&password={password}&code={code}",
            csrf(&page)
        )
    };
    let (status, _, body) = test.post("/first-run", &guest, &form("1", "long enough")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("value=\"Hibari\""), "what was typed is kept");
    let (status, _, _) = test.post("/first-run", &guest, &form("4711", "short")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, headers, _) =
        test.post("/first-run", &guest, &form("4711", "long%20enough")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{headers}");
    let session = cookie(&headers, "tokuten_session");
    let (status, _, page) = test.get("/console/users", &session).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Hibari") && page.contains("ken"));

    let (status, _, _) = test.post("/first-run", &guest, &form("4711", "long%20enough")).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "only once");
}

#[tokio::test]
async fn the_door_opens_for_the_right_password_only_and_closes_again() {
    let test = TestApp::with_users().await;
    let (_, headers, page) = test.get("/sign-in", "").await;
    let guest = cookie(&headers, "tokuten_guest");
    let form = format!("csrf={}&key=1&login=finance&password=wrong", csrf(&page));
    let (status, _, body) = test.post("/sign-in", &guest, &form).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body.contains("do not belong together"));
    let (status, _, _) = test.post("/sign-in", &guest, "login=finance&password=x").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "without its token");

    let session = test.sign_in("administrator").await;
    let (status, _, page) = test.get("/console/users", &session).await;
    assert_eq!(status, StatusCode::OK);
    let form = format!("csrf={}&key=1", csrf(&page));
    let (status, _, _) = test.post("/sign-out", &session, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, headers, _) = test.get("/console/users", &session).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(headers.contains("location: /sign-in?next=%2Fconsole%2Fusers"), "{headers}");
}

#[tokio::test]
async fn too_many_attempts_are_slowed_down() {
    let test = TestApp::with_users().await;
    let (_, headers, page) = test.get("/sign-in", "").await;
    let guest = cookie(&headers, "tokuten_guest");
    let form = format!("csrf={}&key=1&login=finance&password=wrong", csrf(&page));
    for _ in 0..10 {
        test.post("/sign-in", &guest, &form).await;
    }
    let (status, _, body) = test.post("/sign-in", &guest, &form).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(body.contains("Too many attempts"));
}

#[tokio::test]
async fn what_a_role_may_not_open_does_not_exist() {
    let test = TestApp::with_users().await;
    for role in ["administrator", "incentive_manager", "finance"] {
        let session = test.sign_in(role).await;
        let role = Role::from_word(role, None).expect("a role");
        for route in access::ROUTES.iter().filter(|route| !route.path.contains('{')) {
            if route.who.includes(Some(role)) || route.who == access::Who::Anyone {
                continue;
            }
            let (status, _, body) = match route.verb {
                Verb::Get => test.get(route.path, &session).await,
                Verb::Post => test.post(route.path, &session, "").await,
            };
            assert_eq!(status, StatusCode::NOT_FOUND, "{} as {role:?}", route.path);
            let (_, _, nowhere) = test.get("/console/nowhere", &session).await;
            assert_eq!(title(&body), title(&nowhere), "{} as {role:?}", route.path);
        }
    }
}

/// Whoever is signed in keeps the frame around a page that is not there.
#[tokio::test]
async fn a_page_that_is_not_there_keeps_the_frame() {
    let test = TestApp::with_users().await;
    let session = test.sign_in("incentive_manager").await;
    for path in ["/console/programs/nothing", "/console/nothing", "/nothing"] {
        let (status, _, page) = test.get(path, &session).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        let is_framed = page.contains("class=\"tk-console\"") && page.contains("tk-refused");
        assert!(is_framed, "{path} without its frame");
        assert_eq!(page.matches("id=\"main\"").count(), 1, "{path}");
    }
    let (status, _, page) = test.get("/nothing", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(!page.contains("tk-console") && page.contains("tk-refused"));
}

/// A new program replaces no draft that somebody else left.
#[tokio::test]
async fn a_new_program_with_the_code_of_a_draft_is_not_activated() {
    let test = TestApp::with_users().await;
    let office = test.app.office();
    let draft = "program: spring\ncurrency: EUR\nstarts: 2026-01-01\nends: 2026-12-31\nterms:\n  \
                 - { term: t, measure: sum(amount), rate: 1% }\n";
    let mut tx = office.db().write().await.unwrap();
    let (by, now) = (Actor::System, office.now());
    engine::programs::save_draft(&mut tx, &by, now, draft).await.unwrap();
    tx.commit().await.unwrap();
    let session = test.sign_in("incentive_manager").await;
    let (_, _, page) = test.get("/console/programs/new", &session).await;
    let text = crate::ui::encode(&draft.replace("1%", "2%"));
    let form = format!("csrf={}&key=2&do=activate&text={text}", csrf(&page));
    let (status, _, page) = test.post("/console/programs/new", &session, &form).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("version 1 of spring is a draft already"), "{page}");
    let mut reader = office.db().read().await.unwrap();
    let program = engine::rules::program_by_code(&mut reader, "spring").await.unwrap().unwrap();
    let kept = engine::rules::version_text(&mut reader, program.program_id, 1).await.unwrap();
    assert_eq!(kept.unwrap().text, draft);
}

fn title(page: &str) -> &str {
    page.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default()
}

#[tokio::test]
async fn no_form_is_taken_without_its_token_or_from_another_site() {
    let test = TestApp::with_users().await;
    let session = test.sign_in("administrator").await;
    let posts = access::ROUTES.iter().filter(|route| route.verb == Verb::Post);
    for route in posts {
        let path = route.path.replace("{id}", "x").replace("{code}", "x").replace("{name}", "x");
        if !route.who.includes(Some(Role::Administrator)) {
            continue;
        }
        let (status, _, _) = test.post(&path, &session, "csrf=wrong&key=1").await;
        // A form for files that has none is not even read so far.
        let files = ["/imports/new", "/proofs", "/pictures/{kind}/x"];
        let has_files = files.iter().any(|end| path.ends_with(end));
        let unread = has_files && status == StatusCode::BAD_REQUEST;
        assert!(unread || status == StatusCode::FORBIDDEN, "{path} without its token: {status}");
    }
    let request = Request::builder()
        .method(Method::POST)
        .uri("/theme")
        .header(header::COOKIE, &session)
        .header("sec-fetch-site", "cross-site")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(test.send(request).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn pages_are_private_and_assets_are_kept() {
    let test = TestApp::empty().await;
    let (_, headers, page) = test.get("/sign-in", "").await;
    assert!(headers.contains("cache-control: no-store"), "{headers}");
    assert!(headers.contains("content-security-policy: default-src 'self'"), "{headers}");
    assert!(headers.contains("HttpOnly; SameSite=Lax"), "{headers}");
    for asset in test.app.assets().all() {
        let (status, headers, _) = test.get(&asset.href(), "").await;
        assert_eq!(status, StatusCode::OK);
        assert!(headers.contains("max-age=31536000"), "{headers}");
    }
    assert!(page.contains(&test.app.assets().css.href()));
    let (status, _, _) = test.get("/assets/nothing.css", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn language_and_theme_follow_the_choice() {
    let test = TestApp::with_users().await;
    let (_, headers, _) = test.get("/language/ja?back=%2Fsign-in", "").await;
    assert!(headers.contains("location: /sign-in"), "{headers}");
    let (_, _, page) = test.get("/sign-in", &cookie(&headers, "tokuten_language")).await;
    assert!(page.contains("lang=\"ja\"") && page.contains("サインイン"));
    let (_, headers, _) = test.get("/language/ja?back=%2F%2Fevil.example", "").await;
    assert!(headers.contains("location: /\n") || headers.ends_with("location: /"), "{headers}");

    let session = test.sign_in("finance").await;
    let (_, _, page) = test.get("/console/audit", &session).await;
    assert!(page.contains("data-theme=\"light\""));
    let form = format!("csrf={}&key=1&theme=dark&back=/console/audit", csrf(&page));
    let (status, _, _) = test.post("/theme", &session, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, _, page) = test.get("/console/audit", &session).await;
    assert!(page.contains("data-theme=\"dark\""), "kept with the user");
}

#[tokio::test]
async fn a_token_is_shown_once_and_can_be_revoked() {
    let test = TestApp::with_users().await;
    let session = test.sign_in("administrator").await;
    let (_, _, page) = test.get("/console/tokens", &session).await;
    let form = format!("csrf={}&key=1&name=ERP&scope=read", csrf(&page));
    let (status, _, page) = test.post("/console/tokens", &session, &form).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(page.contains("tkt_"), "shown");
    let (_, rest) = page.split_once("/console/tokens/").expect("a revoke form");
    let id = rest.split('/').next().expect("an id").to_string();
    let form = format!("csrf={}&key=2", csrf(&page));
    let path = format!("/console/tokens/{id}/revoke");
    let (status, _, _) = test.post(&path, &session, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let form = form.replace("key=2", "key=3");
    let (status, _, _) = test.post(&path, &session, &form).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "only once");
}

mod again;
mod games;
mod keeping;
mod letters;
mod loyalty;
mod members;
mod owing;
mod own;
mod papers;
mod pictures;
mod points;
mod promotions;
mod reference;
mod settle;
mod studio;
mod trace;
mod training;
mod units;
