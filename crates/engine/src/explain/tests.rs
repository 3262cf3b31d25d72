use domain::code::Unit;
use domain::master::{ExchangeRate, UnitFactor};

use super::*;
use crate::access::Viewer;
use crate::catalog::{ReferenceEntry, Said};
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::views::story::{self, Story};

async fn explained(db: &Db, story: &Story, viewer: Viewer, of: &str) -> Option<Explanation> {
    let mut reader = db.read().await.expect("reads");
    let of: AwardRef = of.parse().expect("a reference");
    award(&mut reader, &story.rules, &story.master, viewer, &of).await.expect("explains")
}

/// An explanation as lines of text, to compare with.
fn told(explanation: &Explanation) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    let say = |text: &mut String, line: String| writeln!(text, "{line}").expect("writes");
    let of = explanation;
    let (amount, facts) = (of.award.amount, of.award.facts);
    say(&mut text, format!("award {amount} of {} on {facts} facts", of.currency));
    for reason in &of.reasons {
        say(&mut text, format!("{}: {}", reason.code, reason.en));
    }
    for tier in &of.tiers {
        let crossed = tier.crossed.as_ref().map_or("-".to_owned(), |crossed| {
            format!("{} {} {}..{}", crossed.fact, crossed.at.date(), crossed.before, crossed.after)
        });
        say(&mut text, format!("tier {} {} crossed {crossed}", tier.tier, tier.is_reached));
    }
    for line in &of.lines {
        let measure = line.measure.unwrap_or_default();
        let product = line.product_names.get("en").cloned().unwrap_or_default();
        let fact = &line.fact;
        let line = format!("{} {} {measure} -> {} {product}", fact.date(), fact.key, line.amount);
        say(&mut text, line.trim_end().to_owned());
    }
    for month in &of.months {
        say(
            &mut text,
            format!(
                "month {} {} facts {} pieces {} -> {}",
                month.first_day, month.facts, month.quantity, month.measure, month.amount
            ),
        );
    }
    for line in &of.left_out {
        say(&mut text, format!("without {} {:?}", line.fact.key, line.why));
    }
    for accrual in &of.accruals {
        let (period, kind) = (&accrual.accounting.name, accrual.kind.word());
        say(&mut text, format!("accrual {period} {kind} {}", accrual.amount));
    }
    for posting in &of.postings {
        let (seq, debit, credit) = (posting.seq, &posting.debit, &posting.credit);
        say(&mut text, format!("posting {seq} {debit} {credit} {}", posting.amount));
    }
    let proof = &of.proof;
    say(&mut text, format!("agrees {} pending {}", proof.agrees(), proof.is_pending));
    text
}

#[track_caller]
fn check(explanation: Option<&Explanation>, expected: &str) {
    let found = explanation.map(told).unwrap_or_default();
    let lines = |text: &str| {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let (found, expected): (Vec<String>, Vec<String>) = (lines(&found), lines(expected));
    assert_eq!(found, expected, "found:\n{}", found.join("\n"));
}

#[tokio::test]
async fn an_award_is_computed_again_down_to_the_shares_of_its_facts() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let found = explained(&db, &story, Viewer::Vendor, "volume~bikes~P1~2026Q2~").await;
        check(
            found.as_ref(),
            "
            award 40.00 of EUR on 4 facts
            tier: 2,000.1 EUR reach tier 2, Gold (from 2,000): 2 % of 2,000.1
            tier 1 true crossed S5 2026-04-25 500.00..1200.00
            tier 2 true crossed S4 2026-05-14 1200.00..2100.10
            2026-04-10 S1 500.00 -> 10.00 Road bike
            2026-04-25 S5 700.00 -> 14.00 City bike
            2026-05-14 S4 900.10 -> 18.00 Road bike
            2026-05-20 R1 -100.00 -> -2.00
            month 2026-04-01 2 facts 12 pieces 1200.00 -> 24.00
            month 2026-05-01 2 facts 8 pieces 800.10 -> 16.00
            without S2 CameBack
            without S3 Condition(\"product.category == \\\"Bikes\\\"\")
            without R2 CameBack
            accrual 2026Q2 base 40.00
            posting 1 expense/volume accrued/volume/P1 40
            agrees true pending false
            ",
        );
        let found = found.expect("an explanation");
        assert_eq!(found.lines.iter().map(|line| line.amount).sum::<Decimal>(), found.award.amount);
        assert_eq!(found.text.acted, [16]);
    })
    .await;
}

#[tokio::test]
async fn growth_is_explained_with_the_days_of_its_baseline() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let found = explained(&db, &story, Viewer::Vendor, "growth~all~P1~2026Q2~").await;
        let found = found.expect("an explanation");
        let baseline = found.baseline.clone().expect("a baseline");
        assert_eq!(
            (baseline.total.to_string(), baseline.from.to_string(), baseline.to.to_string()),
            ("800.00".into(), "2025-04-01".into(), "2025-07-01".into())
        );
        let crossed: Vec<String> = found
            .tiers
            .iter()
            .map(|tier| tier.crossed.as_ref().map_or("-".into(), |c| c.fact.to_string()))
            .collect();
        assert_eq!(crossed, ["S5", "S5"]);
        assert!(found.proof.agrees());
    })
    .await;
}

#[tokio::test]
async fn a_late_fact_shows_at_once_and_the_proof_says_that_it_is_not_evaluated_yet() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let late = "2026-04-02 sale L1 P1 B1 1 100.00";
        story::take(&db, late, story::noon(story::TODAY)).await;
        let of = "volume~bikes~P1~2026Q2~";
        let found = explained(&db, &story, Viewer::Vendor, of).await.expect("an explanation");
        assert_eq!(found.award.amount.to_string(), "42.00");
        assert!(found.proof.is_pending && !found.proof.agrees(), "{:?}", found.proof);

        let story = story::know(&db).await;
        let found = explained(&db, &story, Viewer::Vendor, of).await.expect("an explanation");
        assert!(!found.proof.is_pending && found.proof.agrees(), "{:?}", found.proof);
    })
    .await;
}

#[tokio::test]
async fn what_a_partner_may_not_see_is_not_there() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let id = |code: &str| story.master.partner_id(code).expect("a partner");
        let of = "volume~bikes~P1~2026Q2~";
        let own = Viewer::Partner(id("P1"));
        let other = Viewer::Partner(id("P2"));
        assert!(explained(&db, &story, own, of).await.is_some());
        assert!(explained(&db, &story, other, of).await.is_none());
        for missing in
            ["nothing~bikes~P1~2026Q2~", "volume~bikes~P9~2026Q2~", "volume~x~P1~2026Q2~"]
        {
            assert!(explained(&db, &story, Viewer::Vendor, missing).await.is_none(), "{missing}");
        }
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (&story.rules, &story.master);
        let door = posting(&mut reader, rules, master, own, 1).await.expect("reads");
        let door = door.and_then(|door| door.award).map(|award| award.to_string());
        assert_eq!(door.as_deref(), Some(of));
        assert_eq!(posting(&mut reader, rules, master, other, 1).await.expect("reads"), None);
    })
    .await;
}

#[test]
fn an_award_is_named_by_a_text_that_passes_through_addresses() {
    let of = AwardRef {
        program: "RB-1/春".to_owned(),
        term: "a~b".to_owned(),
        partner: "P 1!".to_owned(),
        period: "2026-04".to_owned(),
        group: domain::totals::Group::new([("brand", "Kita")]),
    };
    let text = of.to_string();
    assert_eq!(text, "RB-1!2F!E6!98!A5~a!7Eb~P!201!21~2026-04~brand!1FKita");
    assert_eq!(text.parse(), Ok(of));
    for wrong in ["", "a~b~c~d", "a~b~c~d~e~f", "a~b~c~d~!ZZ", "a~b~c~d~!", "a~b~c~d~!FF"] {
        assert!(wrong.parse::<AwardRef>().is_err(), "`{wrong}`");
    }
}

#[tokio::test]
async fn the_qualifier_is_told_day_by_day() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let told = explained(&db, &story, Viewer::Vendor, "volume~bikes~P1~2026Q2~").await;
        let days: Vec<String> = told
            .expect("an award")
            .days
            .iter()
            .map(|(day, total)| format!("{day} {}", total.normalize()))
            .collect();
        // A return takes its part back on the day it came.
        let expected =
            ["2026-04-10 500", "2026-04-25 1200", "2026-05-14 2100.1", "2026-05-20 2000.1"];
        assert_eq!(days, expected);
    })
    .await;
}

#[tokio::test]
async fn an_import_is_told_by_what_it_changed() {
    for_each_database(async |db| {
        story::tell(&db).await;
        // Two imports: one lifts P2 over the first threshold, the other sells nothing that counts.
        let bikes = "2026-05-25 sale I1 P2 B1 1 150.00";
        story::take_from(&db, bikes, story::noon(story::TODAY), 7).await;
        let caps = "2026-05-26 sale I2 P2 C1 1 90.00";
        story::take_from(&db, caps, story::noon(story::TODAY), 8).await;
        let story = story::know(&db).await;
        let of: AwardRef = "volume~bikes~P2~2026Q2~".parse().expect("a reference");
        let own = Viewer::Partner(story.master.partner_id("P2").expect("a partner"));
        let other = Viewer::Partner(story.master.partner_id("P1").expect("a partner"));
        let cases = [
            (own, 7, "gap 50 -> 900, tier 1, 0 -> 11"),
            (Viewer::Vendor, 7, "gap 50 -> 900, tier 1, 0 -> 11"),
            (own, 8, ""),
            (own, 9, ""),
            (other, 7, ""),
        ];
        let mut reader = db.read().await.expect("reads");
        for (viewer, import, expected) in cases {
            let asked = (&of, import);
            let found = of_import(&mut reader, &story.rules, &story.master, viewer, asked).await;
            let number = |n: Option<Decimal>| n.map_or("-".into(), |n| n.normalize().to_string());
            let told = found.expect("reads").map(|effect| {
                format!(
                    "gap {} -> {}, tier {}, {} -> {}",
                    number(effect.gap_before),
                    number(effect.gap_now),
                    effect.reached.unwrap_or(0),
                    effect.earned_before.normalize(),
                    effect.earned_now.normalize()
                )
            });
            assert_eq!(told.unwrap_or_default(), expected, "import {import} for {viewer:?}");
        }
    })
    .await;
}

/// The term pays in dollars and counts cases.
const DOLLARS: &str = "
program: dollars
currency: USD
starts: 2026-01-01
periods: { every: quarter }
terms:
  - { term: amounts, measure: sum(amount), rate: 10% }
  - { term: cases, measure: sum(quantity), unit: case, per_unit: 5 }
";

#[tokio::test]
async fn a_line_tells_by_which_rate_and_factor_it_was_converted() {
    for_each_database(async |db| {
        story::tell_master_data(&db).await;
        let fields = [("unit".to_owned(), "piece".to_owned())].into();
        let names = crate::catalog::Names::new();
        let tandem = crate::catalog::Item::new("D1", names, fields).expect("an item");
        let (now, who) = (story::noon(story::TODAY), crate::access::Actor::System);
        let mut tx = db.write().await.expect("writes");
        crate::catalog::upsert_products(&mut tx, now, &who, vec![tandem]).await.expect("products");
        let currency = |code| Currency::parse(code).expect("a currency");
        let rate = |rate: &str, from: &str| {
            Said::Rate(ExchangeRate {
                of: currency("USD"),
                to: currency("EUR"),
                rate: rate.parse().expect("a rate"),
                from: from.parse().ok(),
            })
        };
        let unit = Said::Unit(UnitFactor {
            product: None,
            unit: Unit::new("case"),
            holds: 4.into(),
            of: Unit::new("piece"),
            from: None,
        });
        let entries = [rate("0.8", "2026-04-01"), rate("0.5", "2026-05-01"), unit];
        let entries = entries.map(|said| ReferenceEntry::new(said).expect("an entry")).to_vec();
        let rules = crate::rules::load(&mut tx).await.expect("rules load");
        crate::reference::put(&mut tx, &rules, now, &who, entries).await.expect("puts");
        tx.commit().await.expect("commits");
        story::activate(&db, DOLLARS).await;
        story::take(&db, "2026-04-10 sale S1 P1 D1 8 1000", now).await;
        let story = story::know(&db).await;
        let mut told = Vec::new();
        for term in ["amounts", "cases"] {
            let of = format!("dollars~{term}~P1~2026Q2~");
            let found = explained(&db, &story, Viewer::Vendor, &of).await.expect("an award");
            for line in &found.lines {
                let measure = line.measure.unwrap_or_default().normalize();
                let by = line.converted.iter().map(|one| {
                    let since = one.by.since.map(|day| day.to_string()).unwrap_or_default();
                    format!("{} {} {since}", one.rate(), one.day)
                });
                told.push(format!("{measure}: {}", by.collect::<Vec<_>>().join(", ").trim_end()));
            }
        }
        assert_eq!(
            told,
            ["1250: 1 USD = 0.8 EUR 2026-04-10 2026-04-01", "2: 1 case = 4 piece 2026-04-10",]
        );
    })
    .await;
}
