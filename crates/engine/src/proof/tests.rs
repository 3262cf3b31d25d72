use jiff::civil::date;

use super::*;
use crate::access::Role;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::settle::{DisputeKind, DisputeReason, NewDispute, PayoutRow};
use crate::views::story::{self, Story, noon};

const PDF: &[u8] = b"%PDF-1.7\nproof of sale";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";

fn of_partner(partner_id: i64) -> Actor {
    let id = Id::new(Kind::User, noon(date(2026, 1, 1)));
    Actor::User { id, name: "Adler".into(), role: Role::Partner { partner_id } }
}

fn of_vendor() -> Actor {
    let id = Id::new(Kind::User, noon(date(2026, 1, 1)));
    Actor::User { id, name: "Ann".into(), role: Role::Finance }
}

/// A dispute of P1 about its payout of the second quarter.
async fn disputed(db: &Db, story: &Story, now: Timestamp) -> (i64, String) {
    let mut tx = db.write().await.expect("writes");
    let note = settle::CloseNote::everything("checked");
    for period in ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2"] {
        let of = ("volume", period);
        settle::close(&mut tx, &story.master, &of_vendor(), now, of, &note).await.expect("closed");
    }
    let own = story.master.partner_id("P1").expect("a partner");
    let payouts = settle::payouts_of_partner(&mut tx, own, 100).await.expect("payouts");
    let is_it = |row: &PayoutRow| row.period_name() == "2026Q2" && row.program() == "volume";
    let payout = payouts.into_iter().find(is_it).expect("a payout");
    let new = NewDispute {
        kind: DisputeKind::Payout,
        subject: payout.public_id.clone(),
        payout: Some(payout.public_id),
        program: "volume".into(),
        period: "2026Q2".into(),
        stated: payout.amount,
        expected: None,
        reason: DisputeReason::ALL[0],
        text: "sales are missing".into(),
    };
    let rules = crate::rules::load(&mut tx).await.expect("rules load");
    let who = of_partner(own);
    let id = settle::open_dispute(&mut tx, &rules, (&who, own), now, &new).await;
    tx.commit().await.expect("commits");
    (own, id.expect("a dispute"))
}

#[tokio::test]
async fn files_are_judged_by_content_and_seen_by_whose_they_are() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let now = noon(date(2026, 7, 10));
        let (own, id) = disputed(&db, &story, now).await;
        let of = Of::Dispute(&id);
        let mut tx = db.write().await.expect("writes");
        let large = [PDF, &vec![b' '; BYTES_MAX]].concat();
        for (who, name, bytes, expected) in [
            (of_partner(own), "a.pdf", b"<html>".as_slice(), "neither PDF"),
            (of_partner(own), "a.pdf", b"".as_slice(), "empty"),
            (of_partner(own), "a.pdf", large.as_slice(), "larger than 10"),
            (of_partner(own + 1), "a.pdf", PDF, "not there"),
        ] {
            let refused = attach(&mut tx, &who, now, of, (name, bytes)).await;
            let said = refused.expect_err("is refused").to_string();
            assert!(said.contains(expected), "{said}");
        }
        let name = "../C:\\x\\<invoice>\u{7} 8841.exe";
        let kept = attach(&mut tx, &of_partner(own), now, of, (name, PDF)).await.expect("kept");
        assert_eq!((kept.name.as_str(), kept.of_partner), ("invoice 8841.pdf", true));
        let again = attach(&mut tx, &of_partner(own), now, of, ("b.pdf", PDF)).await.expect("it");
        assert_eq!(again, kept, "the same content is the same file");
        attach(&mut tx, &of_vendor(), now, of, ("scan", PNG)).await.expect("the vendor's, too");
        let seen = |viewer| (viewer, &id);
        for (viewer, count) in
            [(Viewer::Vendor, 2), (Viewer::Partner(own), 2), (Viewer::Partner(own + 1), 0)]
        {
            let (viewer, id) = seen(viewer);
            let found = list(&mut tx, viewer, Of::Dispute(id)).await.expect("a list");
            assert_eq!(found.len(), count, "{viewer:?}");
            let loaded = load(&mut tx, viewer, &kept.public_id).await.expect("reads");
            assert_eq!(loaded.map(|(_, bytes)| bytes), (count > 0).then(|| PDF.to_vec()));
        }
        settle::withdraw_dispute(&mut tx, &of_partner(own), now, &id, "").await.expect("over");
        let late = attach(&mut tx, &of_partner(own), now, of, ("c", b"\xff\xd8\xff\xe0")).await;
        assert!(matches!(late, Err(ProofError::Over { .. })), "{late:?}");
        tx.commit().await.expect("commits");
    })
    .await;
}
