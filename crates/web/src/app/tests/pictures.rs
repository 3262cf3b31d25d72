//! Pictures through the app: a manager gives a reward its picture, partners see it, nobody else.

use engine::wallets;

use super::own::{Story, says};
use super::*;

const CLUB: &str = "\
wallet: club
currency: EUR
points: { STAR: { name: { en: Stars, ja: スター } } }
rewards: { cap: { name: Cap, points: STAR, price: 5 }, mug: { name: Mug, points: STAR, price: 6 } }
promotions: { spring: { name: Spring, starts: 2026-01-01, ends: 2026-12-31 } }
";

/// A PNG as far as its size, and a byte to tell it from others.
fn png(side: u32, mark: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(side.to_be_bytes());
    bytes.extend(side.to_be_bytes());
    bytes.push(mark);
    bytes
}

async fn send(
    story: &Story,
    cookie: &str,
    (path, fields): (&str, &[(&str, &str)]),
    file: Option<&[u8]>,
) -> (StatusCode, String) {
    let token = csrf(&story.ok("/console", cookie).await);
    let mut body: Vec<u8> = vec![];
    let own = [("csrf", token.as_str())];
    for (name, value) in own.iter().chain(fields) {
        let part =
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    if let Some(file) = file {
        let head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\n\
                    Content-Type: image/gif\r\n\r\n";
        body.extend(head.as_bytes());
        body.extend(file);
        body.extend(b"\r\n");
    }
    body.extend(b"--xyz--\r\n");
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=xyz")
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .expect("a request");
    let (status, _, page) = read(story.test.send(request).await).await;
    (status, page)
}

#[tokio::test]
async fn a_reward_gets_a_picture_that_the_signed_in_see() {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    let (code, _) = wallets::draft(&mut tx, &system, now, CLUB).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, &code).await.expect("active");
    tx.commit().await.expect("committed");
    let manager = story.test.sign_in("incentive_manager").await;
    let list = story.ok("/console/loyalty/pictures", &manager).await;
    assert!(says(&list, "Cap") && says(&list, "Spring") && says(&list, "No picture"), "{list}");

    let cap = "/console/loyalty/pictures/reward/cap";
    let said = [("alt_en", "A red cap"), ("alt_ja", "赤い帽子")];
    let refused: [(&[(&str, &str)], Vec<u8>, &str); 4] = [
        (&said, b"GIF89a".to_vec(), "neither PNG, JPEG nor WebP"),
        (&said, png(5_000, 1), "5000 × 5000 pixels; scale it down to 4096"),
        (&said, vec![0x89; 1_000_001], "larger than 1000 KB"),
        (&said[..1], png(90, 1), "in English and Japanese, or that it is decorative"),
    ];
    for (fields, file, why) in refused {
        let (status, page) = send(&story, &manager, (cap, fields), Some(&file)).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(says(&page, why) && page.contains("value=\"A red cap\""), "`{why}`: {page}");
    }
    let (status, page) = send(&story, &manager, (cap, &said), Some(&png(90, 1))).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let page = story.ok(cap, &manager).await;
    assert!(page.contains("alt=\"A red cap\"") && says(&page, "90 × 90 pixels"), "{page}");

    let shown = story.ok("/portal/points/rewards", &story.one).await;
    let href = shown.split("src=\"/pictures/").nth(1).expect("a picture");
    let href = format!("/pictures/{}", href.split('"').next().unwrap_or_default());
    assert!(shown.contains("loading=\"lazy\""), "{shown}");
    assert_eq!(shown.matches("class=\"tk-picture\"").count(), 2, "the mug has a drawing: {shown}");
    let (status, headers, _) = story.test.get(&href, &story.one).await;
    assert_eq!(status, StatusCode::OK);
    for line in ["content-type: image/png", "private, max-age=31536000, immutable", "nosniff"] {
        assert!(headers.contains(line), "`{line}` in {headers}");
    }
    let (status, ..) = story.test.get(&href, "").await;
    assert_ne!(status, StatusCode::OK, "who is not signed in");
    let nowhere = href.replace(['1', '2', '3'], "0");
    let (status, ..) = story.test.get(&nowhere, &story.one).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let (status, _) = send(&story, &manager, (cap, &said), Some(&png(90, 2))).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, ..) = story.test.get(&href, &story.one).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nothing points to the old one");
    let decorative = [("decorative", "yes")];
    let (status, _) = send(&story, &manager, (cap, &decorative), None).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "other words for the same picture");
    assert!(story.ok(cap, &manager).await.contains("alt=\"\""));
    let (status, _) =
        send(&story, &manager, ("/console/loyalty/pictures/reward/hat", &said), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "no wallet has it");
    let finance = story.test.sign_in("finance").await;
    let (status, _) = send(&story, &finance, (cap, &said), Some(&png(90, 3))).await;
    assert_ne!(status, StatusCode::SEE_OTHER, "who may not edit programs");
}
