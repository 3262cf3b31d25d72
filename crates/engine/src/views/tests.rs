use domain::explain::Lang;

use super::attainment::{Attainment, Filter, Query, Sort, attainment};
use super::story::{self, Story, TODAY, noon};
use crate::access::Viewer;
use crate::db::Db;
use crate::db::testing::for_each_database;

async fn attained(db: &Db, story: &Story, viewer: Viewer, query: &Query) -> Option<Attainment> {
    let mut reader = db.read().await.expect("reads");
    let asks = (viewer, noon(TODAY));
    attainment(&mut reader, &story.rules, &story.master, asks, query).await.expect("reads")
}

fn codes(of: &Attainment) -> String {
    of.rows.iter().map(|row| row.code.as_str()).collect::<Vec<_>>().join(" ")
}

fn volume() -> Query {
    Query { program: "volume".into(), limit: 50, ..Query::default() }
}

#[tokio::test]
async fn attainment_shows_each_partner_with_what_comes_next() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let query = Query { sort: Sort::Earned, descending: true, ..volume() };
        let found = attained(&db, &story, Viewer::Vendor, &query).await.expect("a page");
        let rows: Vec<String> = found
            .rows
            .iter()
            .map(|row| {
                let of = &row.standing;
                let next = of.next.as_ref();
                let text = |n: Option<rust_decimal::Decimal>| {
                    n.map_or("-".to_owned(), |n| n.normalize().to_string())
                };
                format!(
                    "{} {} {} tier {:?} gap {} worth {} left {:?} accrued {} forecast {}",
                    row.code,
                    of.qualifier_total,
                    of.earned,
                    of.tier,
                    text(next.and_then(|next| next.gap)),
                    text(next.and_then(|next| next.worth)),
                    of.days_left,
                    row.accrued,
                    text(of.forecast.as_ref().map(|forecast| forecast.amount)),
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "P3 3000 60 tier Some(2) gap - worth - left Some(30) accrued 60 forecast 89.51",
                "P1 2000.1 40 tier Some(2) gap - worth - left Some(30) accrued 40 forecast 59.67",
                "P2 950 0 tier None gap 50 worth 10 left Some(30) accrued 0 forecast 14.17",
            ]
        );
        assert_eq!((found.counts.all, found.counts.near, found.counts.no_tier), (3, 1, 1));
        assert_eq!(found.counts.tiers, [(2, 2)]);
        assert_eq!(found.totals.earned.to_string(), "100");
        assert_eq!(found.totals.accrued.to_string(), "100");
        assert_eq!(found.totals.measure.to_string(), "5950.1");
        assert_eq!(found.forecast.map(|f| f.to_string()).as_deref(), Some("149.18"));
        assert_eq!(found.periods.last().map(|p| p.name.to_string()).as_deref(), Some("2026Q2"));
    })
    .await;
}

#[tokio::test]
async fn attainment_is_filtered_searched_sorted_and_paged() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let cases: [(&str, Query, &str); 11] = [
            ("near", Query { filter: Filter::Near, ..volume() }, "P2"),
            ("no tier", Query { filter: Filter::NoTier, ..volume() }, "P2"),
            ("tier 2", Query { filter: Filter::Tier(2), ..volume() }, "P1 P3"),
            ("behind last year", Query { filter: Filter::BelowLastYear, ..volume() }, "P2"),
            ("name", Query { search: "ビル".into(), ..volume() }, "P2"),
            ("no wildcard", Query { search: "%".into(), ..volume() }, ""),
            ("region", Query { region: "South".into(), ..volume() }, "P2 P3"),
            ("by name", Query { sort: Sort::Partner, descending: true, ..volume() }, "P3 P2 P1"),
            (
                "by Japanese name",
                Query { sort: Sort::Partner, lang: Lang::Ja, ..volume() },
                "P1 P3 P2",
            ),
            ("by gap, nothing last", Query { sort: Sort::Gap, ..volume() }, "P2 P1 P3"),
            ("second page", Query { sort: Sort::Measure, offset: 1, limit: 1, ..volume() }, "P1"),
        ];
        for (case, query, expected) in cases {
            let found = attained(&db, &story, Viewer::Vendor, &query).await.expect("a page");
            assert_eq!(codes(&found), expected, "{case}");
        }
        let own = Viewer::Partner(story.master.partner_id("P1").expect("a partner"));
        let found = attained(&db, &story, own, &volume()).await.expect("a page");
        assert_eq!((codes(&found), found.counts.all, found.totals.partners), ("P1".into(), 1, 1));
        for (program, term, period) in [("no", None, None), ("volume", Some("no"), None)] {
            let query = Query {
                program: program.into(),
                term: term.map(str::to_owned),
                period,
                ..volume()
            };
            assert!(attained(&db, &story, Viewer::Vendor, &query).await.is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn a_partner_sees_now_next_and_what_it_is_worth() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let id = |code: &str| story.master.partner_id(code).expect("a partner");
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (&story.rules, &story.master);
        let mut homes = Vec::new();
        for code in ["P1", "P2", "P5", "P4"] {
            let asks = (Viewer::Partner(id(code)), noon(TODAY));
            let home = super::portal::home(&mut reader, rules, master, asks, id(code)).await;
            let home = home.expect("reads").expect("a home");
            let cards = home.standings.iter().map(|of| {
                let next = of.next.as_ref();
                let gap = next.and_then(|next| next.gap).map(|gap| gap.normalize().to_string());
                format!("{} {} {}", of.of.program, of.earned, gap.unwrap_or("-".into()))
            });
            homes.push(format!("{code}: {}", cards.collect::<Vec<_>>().join(", ")));
        }
        assert_eq!(
            homes,
            [
                "P1: growth 63.00, volume 40",
                "P2: volume 0 50, growth 0 1030",
                "P5: growth 0 -, volume 0 1000",
                "P4: growth 0 -",
            ]
        );
        let asks = (Viewer::Partner(id("P2")), noon(TODAY));
        let of = super::portal::home(&mut reader, rules, master, asks, id("P1")).await;
        assert!(of.expect("reads").is_none(), "another partner's home is not there");
        let of = super::portal::program(
            &mut reader,
            rules,
            master,
            (Viewer::Partner(id("P4")), noon(TODAY)),
            id("P4"),
            ("volume", None),
        );
        assert!(of.await.expect("reads").is_none(), "a program for others is not there");
    })
    .await;
}
