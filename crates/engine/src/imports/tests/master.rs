use super::*;
use crate::catalog::{
    ReferenceListing, ReferenceTable, Said, prices, reference_entries, unit_factors,
};

fn partners() -> Mapping {
    mapping(Feeds::Partners, "code name country level parent")
}

#[tokio::test]
async fn partners_come_twice_change_and_are_refused() {
    for_each_database(async |db| {
        let office = Office::new(db.clone(), Arc::new(FixedClock::at(now())));
        let file = "code,name,country,level,parent\nP1,青木,JP,gold,\nP2,Baum,DE,silver,P1\n,nobody,DE,,\n";
        let first = import(&office, request("p.csv", partners(), file)).await;
        assert_eq!(counts(&first), "done: 3 read, 2 accepted, 0 known, 1 rejected");
        assert_eq!((first.created, first.changed, first.remeasured), (2, 0, false));
        assert_eq!(refused(&office, &first.import).await, ["4 missing_code code"]);

        let again = import(&office, request("p.csv", partners(), file)).await;
        assert_eq!(counts(&again), "done: 3 read, 0 accepted, 2 known, 1 rejected");
        assert_eq!((again.created, again.changed), (0, 0));

        let circle = "code,name,country,level,parent\nP1,青木,JP,gold,P2\nP2,Baum,DE,gold,P1\n";
        let circle = import(&office, request("p.csv", partners(), circle)).await;
        assert_eq!(circle.import.counts.rejected, 1, "{:?}", circle.import);
        let refused = refused(&office, &circle.import).await;
        assert!(refused[0].contains("own_ancestor parent"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn facts_are_measured_anew_when_master_data_change() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let file = lines(
            "
            S1,sale,2026-04-10,,P1,B1,4,400000,JPY,
            S2,sale,2026-04-10,,P1,H1,4,100000,JPY,
            ",
        );
        import(&office, request("sales.csv", sales(), file)).await;
        assert_eq!(figures(&office).await.1, ["P1 2026Q1 4000"]);

        let products = mapping(Feeds::Products, "code name category");
        let file = "code,name,category\nH1,Helmet,Bikes\nB2,City bike,Bikes\n";
        let report = import(&office, request("q.csv", products.clone(), file)).await;
        assert_eq!((report.created, report.changed, report.remeasured), (1, 1, true));
        assert_eq!(figures(&office).await.1, ["P1 2026Q1 5000"]);

        let again = import(&office, request("q.csv", products, file)).await;
        assert_eq!((again.created, again.changed, again.remeasured), (0, 0, false));
    })
    .await;
}

#[tokio::test]
async fn reference_data_comes_row_by_row() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let file = lines("S1,sale,2026-04-10,,P1,B1,4,2000,EUR,");
        import(&office, request("sales.csv", sales(), file)).await;
        assert_eq!(figures(&office).await.1, [""; 0], "it waits for a rate");

        let rates = mapping(Feeds::from_word("exchange-rates").unwrap(), "of in rate from");
        let file = "of,in,rate,from\nEUR,JPY,160.5,2026-04-01\nEUR,EUR,1,\nEUR,JPY,,2026-05-01\n\
                    EUR,JPY,0,\nEUR,JP,1,\n";
        let report = import(&office, request("rates.csv", rates.clone(), file)).await;
        assert_eq!(counts(&report), "done: 5 read, 1 accepted, 0 known, 4 rejected");
        assert_eq!((report.created, report.changed, report.remeasured), (1, 0, true));
        assert_eq!(
            refused(&office, &report.import).await,
            ["3 to_itself of EUR", "4 missing_value rate", "5 not_positive rate 0", "6 bad_currency in JP"]
        );
        assert_eq!(figures(&office).await.1, ["P1 2026Q1 3210"]);
        let report = import(&office, request("rates.csv", rates, file)).await;
        assert_eq!(counts(&report), "done: 5 read, 0 accepted, 1 known, 4 rejected");

        let targets = mapping(
            Feeds::from_word("figures").unwrap(),
            "table partner period value group.brand",
        );
        let file = "table,partner,period,value,group.brand\nplan,P1,2026Q1,900,Kita\nplan,P9,2026,9,\n\
                    plan,,2026,\"1,200\",\n,P1,,5,\n";
        let report = import(&office, request("plan.csv", targets, file)).await;
        assert_eq!(counts(&report), "done: 4 read, 2 accepted, 0 known, 2 rejected");
        assert_eq!(
            refused(&office, &report.import).await,
            ["3 unknown_partner partner P9", "5 missing_value table"]
        );
        let mut reader = office.db().read().await.unwrap();
        let listing =
            ReferenceListing { name: Some("plan".into()), limit: 9, ..ReferenceListing::default() };
        let figures = ReferenceTable::Figures;
        let page = reference_entries(&mut reader, figures, &listing).await.unwrap();
        let values: Vec<String> = page
            .rows
            .iter()
            .map(|entry| match &entry.said {
                Said::Figure { entry, .. } => entry.value.to_string(),
                other => panic!("{other:?} is no figure"),
            })
            .collect();
        assert_eq!(values, ["1200", "900"]);
    })
    .await;
}

#[tokio::test]
async fn every_table_of_reference_data_reads_by_its_headings() {
    for_each_database(async |db| {
        let office = office(&db).await;
        for (table, file, expected) in [
            ("unit-factors", "product,unit,holds,of,from\nB1,case,24,piece,2026-01-01\n,dozen,12,piece,\nB9,case,2,piece,\n", "2 accepted, 0 known, 1 rejected"),
            ("lists", "list,code\nspring,B1\nspring,B9\nspring,B1\n", "2 accepted, 1 known, 0 rejected"),
            ("prices", "list,product,price,currency,from\nnet,B1,480.50,JPY,2026-04-01\nnet,B9,1,JPY,\n", "1 accepted, 0 known, 1 rejected"),
        ] {
            let feeds = Feeds::from_word(table).unwrap();
            let headings: Vec<String> =
                file.lines().next().unwrap().split(',').map(str::to_owned).collect();
            let mapping = Mapping::by_headings(feeds, &headings);
            assert_eq!(Mapping::parse(&mapping.write()).unwrap(), mapping);
            let report = import(&office, request(table, mapping, file)).await;
            assert!(counts(&report).contains(expected), "{table}: {}", counts(&report));
        }
        let mut reader = office.db().read().await.unwrap();
        let master = crate::catalog::load_master(&mut reader).await.unwrap().master;
        assert_eq!(unit_factors(&mut reader).await.unwrap().len(), 2);
        assert_eq!(master.lists["spring"], ["B1", "B9"]);
        assert_eq!(prices(&mut reader).await.unwrap()[0].price.to_string(), "480.50");
    })
    .await;
}
