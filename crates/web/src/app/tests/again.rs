//! Forms that are sent twice, through the pages.

use engine::access as door;
use engine::db::testing::databases;

use super::*;

/// An application over each database, with somebody signed in.
async fn apps() -> Vec<(TestApp, String)> {
    let mut apps = vec![];
    for database in databases().await {
        let test = TestApp::over(database).await.and_users().await;
        let session = test.sign_in("administrator").await;
        apps.push((test, session));
    }
    apps
}

/// The key that a page gave its forms.
fn key(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"key\" value=\"").expect("a form");
    rest.split('"').next().expect("a value").into()
}

async fn tokens(test: &TestApp) -> usize {
    let mut reader = test.app.office().db().read().await.expect("a reader");
    door::tokens(&mut reader).await.expect("tokens").len()
}

#[tokio::test]
async fn a_double_click_makes_one_token() {
    for (test, session) in apps().await {
        let path = "/console/tokens";
        let (_, _, page) = test.get(path, &session).await;
        let of_page = format!("csrf={}&key={}", csrf(&page), key(&page));
        let form = format!("{of_page}&name=ERP&scope=read");
        let clicks = tokio::join!(
            test.post(path, &session, &form),
            test.post(path, &session, &form),
            test.post(path, &session, &form)
        );
        let mut clicks = [clicks.0, clicks.1, clicks.2];
        clicks.sort_by_key(|click| click.0);
        assert_eq!(clicks[0].0, StatusCode::CREATED);
        for (status, headers, body) in &clicks[1..] {
            assert_eq!(*status, StatusCode::SEE_OTHER, "{body}");
            assert!(headers.contains("location: /console/tokens"), "{headers}");
        }
        assert_eq!(tokens(&test).await, 1);

        let other = form.replace("ERP", "BI");
        let (status, _, body) = test.post(path, &session, &other).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(body.contains("sent before, with other content"), "{body}");
        assert_eq!(tokens(&test).await, 1);

        // Another person's form has nothing to do with it, nor has another page's.
        let finance = test.sign_in("finance").await;
        let (status, _, _) = test.post(path, &finance, &other).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "who may not make tokens");
        let (_, _, page) = test.get(path, &session).await;
        let form = format!("csrf={}&key={}&name=BI&scope=read", csrf(&page), key(&page));
        let (status, _, _) = test.post(path, &session, &form).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(tokens(&test).await, 2);
    }
}

/// A page stands again as it was filled in, with what is wrong at its field, in either language.
#[tokio::test]
async fn a_form_that_was_refused_stands_on_its_page_as_it_was_typed() {
    for (test, session) in apps().await {
        let path = "/console/users";
        let (_, _, page) = test.get(path, &session).await;
        let form = format!(
            "csrf={}&key={}&name=Yumi+%3CY%3E&role=finance&login=y&partner=",
            csrf(&page),
            key(&page)
        );
        let (status, _, page) = test.post_from("/console/users?q=x", path, &session, &form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let login = page.find("name=\"login\"").expect("the field");
        let wrong = page.find("id=\"login-err\"").expect("what is wrong");
        assert!(login < wrong && page[login..wrong].contains("aria-invalid"), "{page}");
        assert!(page.contains("Yumi &lt;Y&gt;"), "what was typed is kept: {page}");
        assert!(page.contains("value=\"finance\" selected"), "{page}");
        assert_ne!(key(&page), "", "it can be sent again");
        // Another site's page, or none, is not asked for.
        let (_, _, page) = test.post(path, &session, &form).await;
        assert!(!page.contains("name=\"login\""), "{page}");
    }
}

#[tokio::test]
async fn a_form_that_was_refused_is_corrected_and_sent_again() {
    for (test, session) in apps().await {
        let path = "/console/users";
        let (_, _, page) = test.get(path, &session).await;
        let of_page = format!("csrf={}&key={}&name=Yumi&role=finance", csrf(&page), key(&page));
        let (status, _, _) = test.post(path, &session, &format!("{of_page}&login=y")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, _, _) = test.post(path, &session, &format!("{of_page}&login=yumi")).await;
        assert_eq!(status, StatusCode::CREATED);
        let (status, headers, _) =
            test.post(path, &session, &format!("{of_page}&login=yumi")).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "not that the name is taken");
        assert!(headers.contains("location: /console/users"), "{headers}");
    }
}

#[tokio::test]
async fn a_program_is_activated_once_and_leads_to_the_same_page() {
    for (test, session) in apps().await {
        let path = "/console/programs/new";
        let (_, _, page) = test.get(path, &session).await;
        let text = crate::ui::encode(include_str!("../../console/routes/example.yaml"));
        let of_page = format!("csrf={}&key={}&text={text}", csrf(&page), key(&page));
        let (status, _, _) = test.post(path, &session, &format!("{of_page}&do=check")).await;
        assert_eq!(status, StatusCode::OK, "to check changes nothing");
        let activate = format!("{of_page}&do=activate");
        for time in ["first", "second"] {
            let (status, headers, body) = test.post(path, &session, &activate).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "the {time} time: {body}");
            assert!(headers.contains("my-first-program?done=activated"), "{headers}");
        }
        let mut reader = test.app.office().db().read().await.expect("a reader");
        let of = engine::rules::program_by_code(&mut reader, "my-first-program").await;
        let id = of.expect("read").expect("there").program_id;
        let versions = engine::rules::versions(&mut reader, id).await.expect("versions");
        assert_eq!(versions.len(), 1);
    }
}
