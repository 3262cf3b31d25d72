//! Pictures by the API.

use super::*;

const WALLET: &str = "\
wallet: club
currency: EUR
points: { STAR: { worth: 0.05, cost: 0.04, expiry: 12 months } }
rewards: { mug: { points: STAR, price: 100, stock: 2 } }
";

#[tokio::test]
async fn a_picture_is_put_and_got() {
    let test = TestApi::new().await;
    let yaml = [("content-type", "application/yaml")];
    test.call("POST /wallets", &test.all, &yaml, WALLET).await.ok();
    test.call("POST /wallets/club/activate", &test.all, &[], "").await.ok();
    // A text can carry a WebP as far as its size.
    let webp = "RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\u{3f}\u{1}\0\u{1f}\0\0";
    let put = "PUT /pictures/reward/mug";
    let answer = test.call(put, &test.all, &[], webp).await;
    assert_eq!(answer.status, 422, "nothing is said of it: {}", answer.text);
    let said = format!("{put}?alt_en=A+mug&alt_ja=%E3%83%9E%E3%82%B0");
    let answer = test.call(&said, &test.all, &[], "GIF89a").await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let answer = test.call(&said, &test.all, &[], webp).await;
    let kept = answer.ok();
    assert_eq!((&kept["width"], &kept["height"]), (&json!(320), &json!(32)), "{kept}");
    assert_eq!((&kept["media_type"], &kept["alt_ja"]), (&json!("image/webp"), &json!("マグ")));
    let all = test.get("/pictures", &test.all).await.ok();
    assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");
    let one = test.get("/pictures/reward/mug", &test.all).await.ok();
    assert_eq!(one["sha256"], kept["sha256"]);
    let answer = test.call("PUT /pictures/reward/cup?decorative=yes", &test.all, &[], webp).await;
    assert_eq!(answer.status, 404, "no wallet has it: {}", answer.text);
    let answer = test.call(&format!("{put}?decorative=no"), &test.all, &[], webp).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let answer = test.call("POST /pictures/reward/mug/remove", &test.all, &[], "").await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    assert_eq!(test.get("/pictures/reward/mug", &test.all).await.status, 404);
}
