use super::*;
use crate::external;

const SENT: &str = "
program: sent
currency: JPY
starts: 2026-04-01
periods: { every: quarter, fiscal_year_from: april }
terms:
  - { term: bonus, external: true, group_by: [product.category] }
  - { term: own, rate: 1%, measure: sum(amount) }
";

const FIELDS: &str = "key program term partner period date amount reason group.product.category";

fn amounts(rows: &str) -> String {
    let rows: Vec<&str> = rows.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    let header = FIELDS.replace(' ', ",");
    format!("{header}\n{}\n", rows.join("\n"))
}

#[tokio::test]
async fn amounts_from_outside_come_by_file_row_by_row() {
    for_each_database(async |db| {
        let office = office(&db).await;
        activate(&office, SENT).await;
        let mapping = mapping(Feeds::External, FIELDS);
        let file = amounts(
            "
            A1,sent,bonus,P1,2026Q1,,\"1,000\",first,Bikes
            A2,sent,bonus,P2,,2026-05-10,50,,Bikes
            A3,sent,own,P1,2026Q1,,1,,
            A4,none,bonus,P1,2026Q1,,1,,
            A5,sent,bonus,P9,2026Q1,,1,,
            A6,sent,bonus,P1,2030Q9,,1,,
            A7,sent,bonus,P1,2026Q1,,x,,
            ,sent,bonus,P1,2026Q1,,1,,
            A1,sent,bonus,P1,2026Q1,,1000,first,Bikes
            A1,sent,bonus,P1,2026Q1,,2000,first,Bikes
            A8,sent,bonus,P1,2026Q1,,,,
            ",
        );
        let report = import(&office, request("calc.csv", mapping.clone(), &file)).await;
        assert_eq!(counts(&report), "done: 11 read, 2 accepted, 1 known, 8 rejected");
        assert_eq!(
            refused(&office, &report.import).await,
            [
                "4 not_external term own",
                "5 unknown_program program none",
                "6 unknown_partner partner P9",
                "7 unknown_period period 2030Q9",
                "8 bad_number amount x",
                "9 missing_key key",
                "11 other_content key A1",
                "12 missing_value amount",
            ]
        );
        let (_, awards) = figures(&office).await;
        assert_eq!(awards, ["P1 2026Q1 1000", "P2 2026Q1 50"]);
        let mut reader = office.db().read().await.unwrap();
        let (shown, _) = answers(&mut reader, &report.import, (0, 100)).await.unwrap();
        assert_eq!(shown.len(), 10, "an answer for each row but the known one");
        let source = source_row(&mut reader, report.import.import_id, 2).await.unwrap().unwrap();
        assert!(source.raw.starts_with("A1,sent,bonus,P1"), "{}", source.raw);
        drop(reader);

        // A newer amount takes the place of the first; the difference is booked.
        let newer = amounts("B1,sent,bonus,P1,2026Q1,,1200,recounted,Bikes");
        import(&office, request("calc2.csv", mapping, &newer)).await;
        let (_, awards) = figures(&office).await;
        assert_eq!(awards, ["P1 2026Q1 1200", "P2 2026Q1 50"]);
        let mut reader = office.db().read().await.unwrap();
        let all = external::ExternalFilter::default();
        let (rows, _) = external::list(&mut reader, &all, (0, 10)).await.unwrap();
        let told: Vec<String> =
            rows.iter().map(|row| format!("{} {} {}", row.key, row.by, row.counts)).collect();
        assert_eq!(told, ["B1 system true", "A2 system true", "A1 system false"]);
    })
    .await;
}
