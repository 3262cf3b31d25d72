use super::*;
use crate::db::testing::for_each_database;
use crate::views::story::{self, TODAY, noon};

fn line(product: &str, quantity: i64, amount: i64) -> Candidate {
    Candidate {
        product: Some(product.to_owned()),
        quantity: Some(quantity.into()),
        amount: Some(amount.into()),
        ..Candidate::default()
    }
}

const QUOTE: &str = "
mapping: quotes
feeds: facts
fields:
  key: Position
  date: Datum
  partner: Kunde
  product: Artikel
  quantity: Menge
  amount: Netto
";

#[test]
fn a_quote_is_read_by_a_mapping_and_is_of_one_partner() {
    let mapping = Mapping::parse(QUOTE).expect("a mapping");
    let read = |rows: &str| {
        let body = format!("Position,Datum,Kunde,Artikel,Menge,Netto\n{rows}");
        quote(body.as_bytes(), &mapping, Language::English)
    };
    let (partner, lines) =
        read("1,2026-05-02,P1,B1,2,600\n2,2026-05-02,P1,C1,1,50\n").expect("reads");
    assert_eq!(partner.as_deref(), Some("P1"));
    let day = jiff::civil::date(2026, 5, 2);
    let dated = |line: Candidate| Candidate { date: Some(day), ..line };
    assert_eq!(lines, [dated(line("B1", 2, 600)), dated(line("C1", 1, 50))]);
    for (rows, said) in [
        ("1,2026-05-02,P1,B1,2,6\n2,2026-05-02,P2,B1,2,6\n", "the lines are of several partners"),
        ("1,2026-05-02,P1,B1,two,6\n", "row 2: `two` in `Menge` is not a number"),
        ("1,2026-05-02,,B1,2,6\n", "row 2: `Kunde` is empty"),
    ] {
        let error = read(rows).expect_err("is refused").to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

#[tokio::test]
async fn every_term_that_counts_a_line_is_told_also_where_nothing_changes() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let lines = [line("B1", 1, 1), line("C1", 1, 50)];
        let of = ("P1", lines.as_slice());
        let answer = what_if(&mut reader, &story.rules, &story.master, noon(TODAY), of).await;
        let answer = answer.expect("answers");
        let told: Vec<String> = answer
            .eligible
            .iter()
            .map(|(line, program, term)| format!("{line} {program}/{term}"))
            .collect();
        let brought: BTreeSet<String> =
            answer.rewards.iter().map(|one| format!("{}/{}", one.program, one.term)).collect();
        assert!(!told.is_empty());
        for eligible in &told {
            let term = eligible.split(' ').nth(1).expect("a term");
            assert!(brought.contains(term), "{eligible} is not among {brought:?}");
        }
        let lines: BTreeSet<usize> = answer.eligible.iter().map(|of| of.0).collect();
        assert!(answer.uncounted.iter().all(|line| !lines.contains(line)));
    })
    .await;
}

#[tokio::test]
async fn an_order_brings_what_taking_it_in_would() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let ask = (noon(TODAY), [line("B1", 2, 600), line("C1", 1, 50)]);
        // P1 has 2,000.10 of bikes less 700 given back, which is Silver.
        let answer = what_if(&mut reader, &story.rules, &story.master, ask.0, ("P1", &ask.1)).await;
        let answer = answer.expect("answers");
        let told: Vec<String> = answer
            .rewards
            .iter()
            .map(|one| {
                let gap = one.next.as_ref().and_then(|next| next.gap).unwrap_or_default();
                format!("{}/{} {} {} {} {gap}", one.program, one.term, one.now, one.then, one.lift)
            })
            .collect();
        drop(reader);

        // The same order, taken in.
        story::take(
            &db,
            "2026-05-31 sale X1 P1 B1 2 600\n2026-05-31 sale X2 P1 C1 1 50",
            noon(TODAY),
        )
        .await;
        let after = story::know(&db).await;
        let mut reader = db.read().await.expect("reads");
        let partner = after.master.partner_id("P1").expect("a partner");
        let rows = crate::accrue::awards_of_partner(&mut reader, partner, 100).await;
        let rows = rows.expect("reads");
        for one in &answer.rewards {
            let at = after.rules.by_code(&one.program).expect("a program");
            let row = rows.iter().find(|row| {
                row.program_id == after.rules.program_ids[at] && row.period == one.period.start
            });
            assert_eq!(row.map(|row| row.amount), Some(one.then), "{told:?}");
        }
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(answer.waiting.is_empty() && answer.uncounted.is_empty());
    })
    .await;
}

/// Counts lines of a campaign that come by one distributor.
const CAMPAIGN: &str = "
program: campaign
currency: EUR
starts: 2026-01-01
periods: { every: quarter }
fields: { fact.campaign: text }
terms:
  - term: spring
    when: fact.campaign == \"spring\" && party.distributor.code == \"P2\"
    measure: sum(amount)
    method: all_units
    tiers: [ { from: 500, rate: 10% } ]
";

#[tokio::test]
async fn a_line_says_parties_and_fields_and_is_listed_where_it_brings_nothing() {
    for_each_database(async |db| {
        story::tell_master_data(&db).await;
        story::activate(&db, CAMPAIGN).await;
        let story = story::know(&db).await;
        let mut reader = db.read().await.expect("reads");
        let pair = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
        let said = |by: &str, amount| Candidate {
            parties: pair("distributor", by),
            attributes: pair("campaign", "spring"),
            ..line("B1", 1, amount)
        };
        let mut told = Vec::new();
        for asked in [said("P2", 100), said("P2", 600), said("P3", 600), said("P9", 1)] {
            let asked = ("P1", &[asked][..]);
            let (rules, master) = (&story.rules, &story.master);
            match what_if(&mut reader, rules, master, noon(TODAY), asked).await {
                Err(error) => told.push(error.to_string()),
                Ok(answer) if answer.rewards.is_empty() => {
                    told.push(format!("uncounted {:?}", answer.uncounted));
                }
                Ok(answer) => told.extend(answer.rewards.iter().map(|one| {
                    let tier = one.tier_then.as_ref().map(|tier| tier.tier);
                    let (had, has) = (one.qualifier_now, one.qualifier_then);
                    format!("{} {had} {has} {tier:?}", one.brings().normalize())
                })),
            }
        }
        assert_eq!(
            told,
            [
                "0 0 100 None",
                "60 0 600 Some(1)",
                "uncounted [1]",
                "line 1: there is no partner `P9` for `distributor`",
            ]
        );
    })
    .await;
}

/// Terms that depend on each other, a program each: header and terms.
const LINKED: [(&str, &str); 7] = [
    (
        "lanes: { spring: best }",
        "{ term: low, lane: spring, measure: sum(amount), rate: 1% }
             { term: high, lane: spring, measure: sum(amount), method: all_units, tiers: [ { from: \
             2000, rate: 3% } ] }",
    ),
    (
        "",
        "{ term: base, measure: sum(amount), method: all_units, tiers: [ { from: 2500, rate: \
             1% } ] }
             { term: extra, measure: sum(amount), rate: 2%, requires: [ { term: base } ] }",
    ),
    (
        "",
        "{ term: first, measure: sum(amount), rate: 10% }
             { term: rest, measure: sum(amount), rate: 1%, net_of: [ first ] }",
    ),
    (
        "",
        "{ term: one, measure: sum(amount), rate: 1% }
             { term: more, measure: sum(awarded(\"one\")), factor: 0.5 }",
    ),
    ("", "{ term: sure, measure: sum(amount), rate: 1%, limits: { guarantee: { amount: 30 } } }"),
    (
        "limits: { budget: { amount: 70, share: in_proportion } }",
        "{ term: shared, measure: sum(amount), rate: 1% }",
    ),
    ("", "{ term: sales, measure: sum(amount), rate: 1%, limits: { per_partner: 24 } }"),
];

/// What each program's terms awarded P1, by its code and term: `links0/low 20`.
async fn awarded(db: &crate::db::Db, story: &story::Story) -> Vec<(String, Decimal)> {
    let mut reader = db.read().await.expect("reads");
    let partner = story.master.partner_id("P1").expect("a partner");
    let rows = crate::accrue::awards_of_partner(&mut reader, partner, 1_000).await;
    let name = |program: i64, term: i64, period: Date| {
        let plan = &story.rules.plans[story.rules.position(program)?];
        let term = &plan.terms[usize::try_from(term).ok()?].code;
        plan.code.as_str().starts_with("links").then(|| format!("{}/{term} {period}", plan.code))
    };
    rows.expect("reads")
        .into_iter()
        .filter_map(|row| Some((name(row.program_id, row.term, row.period)?, row.amount)))
        .collect()
}

#[tokio::test]
async fn terms_that_depend_on_each_other_are_answered_together() {
    for_each_database(async |db| {
        story::tell(&db).await;
        for (number, (header, terms)) in LINKED.iter().enumerate() {
            let terms = terms.replace("\n             ", "\n  - ");
            let text = format!(
                "program: links{number}\ncurrency: EUR\nstarts: 2026-01-01\nperiods: {{ every: \
                     quarter }}\n{header}\nterms:\n  - {terms}\n"
            );
            story::activate(&db, &text).await;
        }
        let story = story::know(&db).await;
        let before = awarded(&db, &story).await;
        let lines = [line("B1", 2, 600), line("C1", 1, 50)];
        let mut reader = db.read().await.expect("reads");
        let asked = ("P1", lines.as_slice());
        let answer = what_if(&mut reader, &story.rules, &story.master, noon(TODAY), asked).await;
        drop(reader);
        let answer = answer.expect("answers");
        story::take(
            &db,
            "2026-05-31 sale X1 P1 B1 2 600\n2026-05-31 sale X2 P1 C1 1 50",
            noon(TODAY),
        )
        .await;
        let story = story::know(&db).await;
        let after = awarded(&db, &story).await;
        let mut told = BTreeMap::new();
        for one in answer.rewards.iter().filter(|one| one.program.starts_with("links")) {
            assert!(!one.depends_on_others, "{}/{}", one.program, one.term);
            let name = format!("{}/{} {}", one.program, one.term, one.period.start);
            told.insert(name, (one.now, one.then));
        }
        let zero = |all: &[(String, Decimal)], name: &str| {
            all.iter().find(|(known, _)| known == name).map_or(Decimal::ZERO, |(_, own)| *own)
        };
        for (name, amount) in &after {
            let (was, is) = (zero(&before, name), *amount);
            let said = told.remove(name).unwrap_or((was, was));
            assert_eq!(said, (was, is), "{name} of {told:?}");
        }
        assert!(told.is_empty(), "{told:?} came about nowhere");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_asked_says_why() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let cases = [
            ("P9", vec![line("B1", 1, 1)], "there is no partner `P9`"),
            ("P1", vec![], "there is nothing to try; give at least one line"),
            ("P1", vec![line("Z", 1, 1)], "line 1: there is no product `Z`"),
            (
                "P1",
                vec![line("B1", 1, 1), Candidate::default()],
                "line 2: give a quantity or an amount",
            ),
            (
                "P1",
                vec![Candidate { currency: Some("yen".into()), ..line("B1", 1, 1) }],
                "line 1: `yen` is no currency; write three letters, such as EUR",
            ),
        ];
        for (partner, lines, expected) in cases {
            let of = (partner, lines.as_slice());
            let asked = what_if(&mut reader, &story.rules, &story.master, noon(TODAY), of);
            assert_eq!(asked.await.unwrap_err().to_string(), expected);
        }
        // Who is in no program: nothing comes of it, and it says so.
        let of = ("P4", &[line("C1", 1, 10)][..]);
        let old = Candidate { date: Some("2020-01-01".parse().unwrap()), ..line("C1", 1, 10) };
        let none = what_if(&mut reader, &story.rules, &story.master, noon(TODAY), (of.0, &[old]))
            .await
            .expect("answers");
        assert!(none.rewards.is_empty());
        assert_eq!(none.uncounted, [1]);
        let foreign = Candidate { currency: Some("USD".into()), ..line("B1", 1, 10) };
        let waits =
            what_if(&mut reader, &story.rules, &story.master, noon(TODAY), ("P1", &[foreign]))
                .await
                .expect("answers");
        assert!(
            waits.waiting.iter().all(|(line, _, why)| (*line, *why) == (1, WaitReason::NoRate))
                && !waits.waiting.is_empty()
        );
    })
    .await;
}
