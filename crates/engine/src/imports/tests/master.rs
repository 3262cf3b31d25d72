use super::*;

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
