use jiff::civil::date;

use super::*;
use crate::db::testing::for_each_database;
use crate::views::story::noon;

/// A PNG as far as its size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes
}

#[test]
fn what_a_picture_is_its_bytes_say() {
    let jpeg = b"\xff\xd8\xff\xe1\x00\x04hi\xff\xff\xc2\x00\x11\x08\x01\x02\x03\x04".to_vec();
    let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x01\xf0\x00".to_vec();
    let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc1\x3b\x00".to_vec();
    let extended = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x3f\x01\x00\xef\x00\x00".to_vec();
    let cases = [
        (png(640, 480), Some(("image/png", 640, 480))),
        (jpeg.clone(), Some(("image/jpeg", 0x304, 0x102))),
        (lossy, Some(("image/webp", 320, 240))),
        (lossless, Some(("image/webp", 320, 240))),
        (extended, Some(("image/webp", 320, 240))),
        (png(0, 480), None),
        (png(640, 480)[..20].to_vec(), None),
        (jpeg[..12].to_vec(), None),
        (b"\xff\xd8\xff\xda\x00\x04hi".to_vec(), None),
        (b"GIF89a....".to_vec(), None),
        (b"<svg xmlns=...".to_vec(), None),
    ];
    for (bytes, expected) in cases {
        let found = header(&bytes).map(|it| (it.media_type, it.width, it.height));
        assert_eq!(found, expected, "{bytes:?}");
    }
    assert!(matches!(check(&png(4_097, 10)), Err(PictureError::TooWide { width: 4_097, .. })));
    assert!(matches!(check(&vec![0; BYTES_MAX + 1]), Err(PictureError::TooLarge)));
    assert!(matches!(check(&[]), Err(PictureError::Empty)));
    assert!(matches!(check(b"%PDF-1.7"), Err(PictureError::Format)));
}

#[tokio::test]
async fn a_picture_is_kept_once_and_as_long_as_something_points_to_it() {
    for_each_database(async |db| {
        let now = noon(date(2026, 7, 10));
        let by = (&Actor::System, now);
        let mut tx = db.write().await.expect("writes");
        let (one, other) = (png(640, 480), png(10, 10));
        let said = Alt::Said { en: "A red cap".into(), ja: "赤い帽子".into() };
        let cap = (Subject::Reward, "cap");
        let kept = put(&mut tx, by, cap, Some(&one), &said).await.expect("kept");
        assert_eq!((kept.width, kept.height, &kept.alt), (640, 480, &said));
        let again = put(&mut tx, by, cap, Some(&one), &said).await.expect("the same");
        assert_eq!(again.hash, kept.hash);
        let voucher = (Subject::Voucher, "cap");
        put(&mut tx, by, voucher, Some(&one), &Alt::Decorative).await.expect("the same bytes");
        assert_eq!(list(&mut tx).await.expect("listed").len(), 2);

        let half = Alt::Said { en: "A cap".into(), ja: " ".into() };
        let refused = put(&mut tx, by, cap, Some(&other), &half).await;
        assert!(matches!(refused, Err(PictureError::Alt)), "{refused:?}");
        let moved = put(&mut tx, by, cap, Some(&other), &said).await.expect("another one");
        assert_ne!(moved.hash, kept.hash);
        let old = body(&mut tx, &kept.hash).await.expect("read");
        assert_eq!(old, Some(("image/png".into(), one)), "the voucher points to it");
        let words = put(&mut tx, by, cap, None, &Alt::Decorative).await.expect("other words");
        assert_eq!((words.hash.as_str(), words.alt), (moved.hash.as_str(), Alt::Decorative));
        remove(&mut tx, by, voucher).await.expect("gone");
        assert_eq!(body(&mut tx, &kept.hash).await.expect("read"), None, "nothing points to it");
        let nothing = put(&mut tx, by, voucher, None, &Alt::Decorative).await;
        assert!(matches!(nothing, Err(PictureError::Empty)));
        tx.commit().await.expect("commits");
    })
    .await;
}
