use domain::explain::Lang;

use super::attainment::rows::by_name;
use super::attainment::{After, Attainment, Filter, Query, Sort, attainment};
use super::story::{self, Story, TODAY, noon};
use super::{accrual, checks};
use crate::access::Viewer;
use crate::args;
use crate::db::testing::{TestDatabase, for_each_database};
use crate::db::{Db, Dialect};

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

fn eur() -> domain::amount::Currency {
    domain::amount::Currency::parse("EUR").expect("a currency")
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
                "P1 2000.1 40 tier Some(2) gap - worth - left Some(30) accrued 40 forecast 59.68",
                "P2 950 0 tier None gap 50 worth 10 left Some(30) accrued 0 forecast 14.17",
            ]
        );
        assert_eq!((found.counts.all, found.counts.near, found.counts.no_tier), (3, 1, 1));
        assert_eq!(found.counts.tiers, [(2, 2)]);
        assert_eq!(found.totals.earned.to_string(), "100");
        assert_eq!(found.totals.measure.to_string(), "5950.1");
        assert_eq!(found.forecast.map(|f| f.to_string()).as_deref(), Some("149.18"));
        assert_eq!(found.periods.last().map(|p| p.name.to_string()).as_deref(), Some("2026Q2"));
    })
    .await;
}

/// 1 % of the year's bikes once half of a target of 8,000 is attained, 2 % at all of it.
const TARGET: &str = "
program: aim
currency: EUR
starts: 2026-01-01
periods: { every: year }
terms:
  - term: bikes
    measure: sum(amount)
    target: 8000
    qualifier: { total: sum(amount), as: attainment }
    method: all_units
    tiers:
      - { from: 50%, rate: 1% }
      - { from: 100%, rate: 2% }
";

#[tokio::test]
async fn a_target_is_shown_with_what_is_attained_and_where_the_pace_leads() {
    for_each_database(async |db| {
        story::tell(&db).await;
        story::activate(&db, TARGET).await;
        let story = story::know(&db).await;
        let query = Query { program: "aim".into(), sort: Sort::Partner, limit: 50, ..volume() };
        let found = attained(&db, &story, Viewer::Vendor, &query).await.expect("a page");
        assert!(found.has_target);
        let rows: Vec<String> = found
            .rows
            .iter()
            .map(|row| {
                let of = row.standing.target.expect("a target");
                let ahead = of.ahead.map(|share| share.normalize().to_string());
                let [target, reached] = [of.target, of.reached].map(|n| n.normalize());
                format!("{} {target} {reached} {} {ahead:?}", row.code, of.share.normalize())
            })
            .collect();
        // 151 of 365 days are over.
        assert_eq!(
            rows,
            [
                "P1 8000 2100.1 0.2625 Some(\"0.6345\")",
                "P2 8000 950 0.1187 Some(\"0.287\")",
                "P3 8000 3000 0.375 Some(\"0.9064\")",
                "P4 8000 3000 0.375 Some(\"0.9064\")",
            ]
        );
        let without = attained(&db, &story, Viewer::Vendor, &volume()).await.expect("a page");
        assert!(!without.has_target);
        assert!(without.rows.iter().all(|row| row.standing.target.is_none()));
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
async fn pages_that_begin_after_a_row_hold_every_row_once() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let figures =
            [Sort::Tier, Sort::Qualifier, Sort::Gap, Sort::Worth, Sort::Measure, Sort::Earned];
        for (sort, descending) in figures.iter().flat_map(|sort| [(*sort, false), (*sort, true)]) {
            let all = Query { sort, descending, ..volume() };
            let whole = attained(&db, &story, Viewer::Vendor, &all).await.expect("a page");
            assert_eq!(whole.next, None, "a page that is not full has none after it");
            let (mut seen, mut after) = (vec![], None);
            loop {
                let query = Query { limit: 1, after, ..all.clone() };
                let page = attained(&db, &story, Viewer::Vendor, &query).await.expect("a page");
                let Some(next) = page.next.clone() else { break };
                // It survives the address it stands in.
                after = After::parse(&next.to_string());
                assert_eq!(after.as_ref(), Some(&next));
                seen.push(codes(&page));
            }
            assert_eq!(seen.join(" "), codes(&whole), "{sort:?} {descending}");
        }
    })
    .await;
}

/// What SQLite reads for a list: it is told in which order, as PostgreSQL finds out by itself.
#[tokio::test]
async fn few_are_found_without_reading_all_awards() {
    let database = TestDatabase::sqlite();
    let db = database.open().await;
    db.migrate().await.expect("migrates");
    let scope = "a.tenant_id = $1 AND a.program_id = 1 AND a.term = 0 AND a.period_day = 20544";
    let near = super::attainment::NEAR;
    let name = super::name_order(&db.read().await.expect("reads"), "p", Lang::En);
    let earned = "a.amount_sort DESC, a.partner_id, a.group_key";
    for (from, order, plan) in [
        (format!("award a WHERE {scope} AND {near}"), earned, "SEARCH a USING INDEX award_near"),
        (
            format!("award a WHERE {scope} AND (a.behind_from <= 71 AND 71 < a.behind_until)"),
            earned,
            "SEARCH a USING COVERING INDEX award_by_earned",
        ),
        (
            format!("{} AND {scope}", by_name(Dialect::Sqlite, Lang::En)),
            &format!("{name}, a.partner_id, a.group_key"),
            "SEARCH p USING INDEX partner_by_name_en",
        ),
    ] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT a.tenant_id, a.program_id, a.partner_id, a.term, \
             a.period_day, a.group_key FROM {from} ORDER BY {order} LIMIT 50"
        );
        let mut reader = db.read().await.expect("reads");
        let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![1]).await.expect("a plan");
        let told: Vec<&str> = rows.iter().map(|row| row.text(3)).collect();
        assert!(told[0].starts_with(plan), "{told:?}");
        // Only rows that are alike in what comes first are sorted.
        assert!(!told.contains(&"USE TEMP B-TREE FOR ORDER BY"), "{told:?}");
    }
}

#[tokio::test]
async fn accruals_by_day_end_at_what_the_ledger_holds() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let found = attained(&db, &story, Viewer::Vendor, &volume()).await.expect("a page");
        let of = (found.program_id, 0);
        let days = accrual::by_day(&mut reader, &story.rules, of, &found.period).await;
        let days = days.expect("reads");
        let told: Vec<String> = days.iter().map(|(day, sum)| format!("{day} {sum}")).collect();
        assert_eq!(told, ["2026-05-31 100"]);
        let owed = accrual::liability(&mut reader, &story.rules, (found.program_id, eur())).await;
        let owed = owed.expect("reads");
        // The year before earned 18 in a quarter that is not closed either.
        assert_eq!(
            (owed.accrued.to_string(), owed.payable.to_string()),
            ("118".into(), "0".into())
        );
        let checks = checks::checks(&mut reader, &story.rules, found.program_id).await;
        let checks = checks.expect("reads");
        assert!(checks.is_balanced && checks.pending == 0 && checks.waiting == 0, "{checks:?}");
        assert_eq!(checks.accrued, Some([("EUR".to_owned(), owed.accrued)].into()));
    })
    .await;
}

#[tokio::test]
async fn an_order_is_found_by_its_number_within_a_partner_and_among_all() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let own = |code: &str| Viewer::Partner(story.master.partner_id(code).expect("a partner"));
        let cases = [
            (Viewer::Vendor, "P1 INV-S1", "S1"),
            (Viewer::Vendor, "P2 INV-S1", ""),
            (Viewer::Vendor, "INV-S1", "S1"),
            (Viewer::Vendor, "INV-T1", "T1"),
            (Viewer::Vendor, "INV-", ""),
            (own("P1"), "INV-S1", "S1"),
            (own("P2"), "INV-S1", ""),
        ];
        let mut reader = db.read().await.expect("reads");
        for (viewer, text, expected) in cases {
            let found = super::search::search(&mut reader, &story.master, viewer, &[], text).await;
            let found = found.expect("searches").facts;
            let keys: Vec<&str> = found.0.iter().map(|entry| entry.fact.key.as_str()).collect();
            assert_eq!(keys.join(" "), expected, "`{text}` of {viewer:?}");
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
                "P1: growth 63 -, volume 40 -",
                "P2: growth 0 1030, volume 0 50",
                "P5: volume 0 1000, growth 0 -",
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

#[tokio::test]
async fn the_list_of_programs_and_the_days_work_are_read() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (&story.rules, &story.master);
        let lines = super::programs::programs(&mut reader, rules, noon(TODAY)).await;
        let lines = lines.expect("reads");
        let said: Vec<String> = lines
            .iter()
            .map(|line| {
                let of = &line.running;
                let (code, state) = (&line.code, line.state);
                let earned = of.earned[0].1;
                format!("{code} {state:?} {} near {} {earned}", of.partners, of.near)
            })
            .collect();
        assert_eq!(said, ["growth Running 4 near 0 63", "volume Running 3 near 1 100"]);

        let head = super::programs::head(&mut reader, rules, noon(TODAY), "volume").await;
        let head = head.expect("reads").expect("a program");
        let booked: Vec<String> = head
            .by_accounting_period
            .iter()
            .map(|of| format!("{} {}", of.period.name, of.amount))
            .collect();
        // What was recorded after the grace days of its period is booked in the first open one.
        assert_eq!(
            (booked.join(", "), head.accrued),
            ("2026Q2 118".into(), vec![(eur(), 118.into())])
        );

        let today = super::today::today(&mut reader, rules, master, noon(TODAY)).await;
        let today = today.expect("reads");
        assert_eq!(today.near.iter().map(|near| near.code.as_str()).collect::<Vec<_>>(), ["P2"]);
        assert_eq!((today.near_all, today.stock.partners, today.stock.facts), (1, 5, 12));
        let closes: Vec<String> = today
            .closes
            .iter()
            .map(|close| format!("{} {} {}", close.program, close.period.name, close.is_ready))
            .collect();
        assert_eq!(
            closes,
            [
                "volume 2025Q1 true",
                "volume 2025Q2 true",
                "volume 2025Q3 true",
                "volume 2025Q4 true",
                "growth 2026Q1 true",
                "volume 2026Q1 true",
            ]
        );
        assert_eq!(today.accrued.get("EUR").map(ToString::to_string).as_deref(), Some("181"));
    })
    .await;
}

#[tokio::test]
async fn a_partners_page_shows_its_family_to_the_vendor_and_not_to_itself() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (&story.rules, &story.master);
        let own = Viewer::Partner(master.partner_id("P3").expect("a partner"));
        let mut seen = Vec::new();
        for (viewer, code) in
            [(Viewer::Vendor, "P3"), (Viewer::Vendor, "P2"), (own, "P3"), (own, "P2")]
        {
            let asks = (viewer, noon(TODAY));
            let page = super::partner::page(&mut reader, rules, master, asks, code).await;
            seen.push(page.expect("reads").map(|page| {
                let parent = page.parent.map(|parent| parent.code).unwrap_or_default();
                let children: Vec<String> =
                    page.children.into_iter().map(|child| child.code).collect();
                (parent, children.join(" "), page.standings.len(), page.past.len())
            }));
        }
        let some = |parent: &str, children: &str, now, past| {
            Some((parent.to_owned(), children.to_owned(), now, past))
        };
        assert_eq!(seen, [some("P2", "", 2, 0), some("", "P3", 2, 1), some("", "", 2, 0), None]);
        let listing = crate::catalog::Listing { limit: 10, ..Default::default() };
        let page = super::partner::partners(&mut reader, &listing).await.expect("reads");
        let counts: Vec<(i64, i64)> =
            page.rows.iter().map(|line| (line.programs, line.facts)).collect();
        assert_eq!(counts, [(2, 7), (2, 2), (2, 1), (1, 1), (0, 0)]);
    })
    .await;
}

#[tokio::test]
async fn the_ledger_ties_out_and_shows_a_partner_its_own_side() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let own = Viewer::Partner(story.master.partner_id("P1").expect("a partner"));
        let kinds = super::ledger::by_kind(&mut reader).await.expect("reads");
        assert!(super::ledger::is_balanced(&kinds));
        for (viewer, search, expected) in [
            (Viewer::Vendor, "", 6),
            (Viewer::Vendor, "VOLUME", 4),
            (Viewer::Vendor, "accrued/volume/P1", 1),
            (own, "", 2),
            (own, "p2", 0),
        ] {
            let found = super::ledger::balances(&mut reader, viewer, search, (0, 100)).await;
            let found = found.expect("reads");
            assert_eq!(found.total, expected, "`{search}`");
            assert_eq!(i64::try_from(found.rows.len()).expect("few"), expected, "`{search}`");
        }
        let query = super::ledger::PostingsQuery { limit: 2, ..Default::default() };
        let first = super::ledger::postings(&mut reader, Viewer::Vendor, &query).await;
        let first = first.expect("reads");
        let query = super::ledger::PostingsQuery { before: first.last().map(|p| p.seq), ..query };
        let second = super::ledger::postings(&mut reader, Viewer::Vendor, &query).await;
        let numbers: Vec<i64> =
            first.iter().chain(&second.expect("reads")).map(|posting| posting.seq).collect();
        assert_eq!(numbers, [4, 3, 2, 1]);
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_what_the_viewer_may_see() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (&story.rules, &story.master);
        let programs = super::programs::programs(&mut reader, rules, noon(TODAY)).await;
        let programs = programs.expect("reads");
        let own = Viewer::Partner(master.partner_id("P1").expect("a partner"));
        for (viewer, text, expected) in [
            (Viewer::Vendor, "リベート", "programs 1 partners 0 products 0 facts 0"),
            (Viewer::Vendor, "bike", "programs 0 partners 0 products 2 facts 0"),
            (Viewer::Vendor, "S", "programs 1 partners 1 products 0 facts 5"),
            (Viewer::Vendor, " ", "programs 0 partners 0 products 0 facts 0"),
            (own, "T1", "programs 0 partners 0 products 0 facts 0"),
            (own, "S4", "programs 0 partners 0 products 0 facts 1"),
            (own, "Birke", "programs 0 partners 0 products 0 facts 0"),
        ] {
            let found = super::search::search(&mut reader, master, viewer, &programs, text).await;
            let found = found.expect("reads");
            assert_eq!(i64::try_from(found.facts.0.len()).expect("few"), found.facts.1);
            let said = format!(
                "programs {} partners {} products {} facts {}",
                found.programs.len(),
                found.partners.1,
                found.products.1,
                found.facts.1
            );
            assert_eq!(said, expected, "`{text}`");
        }
    })
    .await;
}

#[tokio::test]
async fn files_keep_their_headings_and_hold_every_row() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (&story.rules, &story.master);
        let asks = (Viewer::Vendor, noon(TODAY));
        let query = Query { sort: Sort::Partner, ..volume() };
        let mut file = Vec::new();
        let there =
            super::export::attainment(&mut reader, rules, master, asks, &query, &mut file).await;
        assert!(there.expect("writes"));
        assert_eq!(
            String::from_utf8(file).expect("text"),
            "\u{feff}program,term,period,partner,partner_name,region,level,group,tier,tier_name,\
             qualifier,qualifier_total,measure,baseline,facts,next_tier,next_opens,gap,worth,\
             currency,earned,accrued,target,attained,attained_at_pace\r\n\
             volume,bikes,2026Q2,P1,Adler,North,,,2,Gold,2000.1,2000.1,2000.1,,4,,,,,EUR,40,40,,,\r\n\
             volume,bikes,2026Q2,P2,Birke,South,,,,,950,950,950,,1,1,1000,50,10,EUR,0,0,,,\r\n\
             volume,bikes,2026Q2,P3,Cedar,South,,,2,Gold,3000,3000,3000,,1,,,,,EUR,60,60,,,\r\n"
        );
        let mut file = Vec::new();
        let query = super::ledger::PostingsQuery::default();
        super::export::ledger(&mut reader, rules, master, Viewer::Vendor, &query, &mut file)
            .await
            .expect("writes");
        let file = String::from_utf8(file).expect("text");
        assert_eq!(file.lines().count(), 5);
        assert!(file.contains(",accrual,expense/volume,accrued/volume/P1,EUR,40,volume,P1,"));
        let mut file = Vec::new();
        super::export::payouts(&mut reader, Viewer::Vendor, (0, ""), &mut file)
            .await
            .expect("writes");
        assert_eq!(String::from_utf8(file).expect("text").lines().count(), 1);
    })
    .await;
}
