use jiff::civil::date;

use super::*;
use crate::catalog::{
    ReferenceListing, ReferenceTable, Said, bank_days, prices, reference_entries, unit_factors,
};
use crate::parties::party::Account;
use crate::parties::payee;

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
            ("bank-holidays", "country,date,name.en,name.ja\njp,2026-12-31,Bank holiday,銀行休業日\nJP,2027-01-01,New Year's Day,元日\nJapan,2027-01-02,,\nJP,,,\n", "2 accepted, 0 known, 2 rejected"),
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
        let days = bank_days(&mut reader, "JP").await.unwrap();
        assert_eq!(days.from(date(2026, 12, 31)), date(2027, 1, 4), "a weekend follows");
        assert!(!bank_days(&mut reader, "DE").await.unwrap().knows(2027));
        assert_eq!(prices(&mut reader).await.unwrap()[0].price.to_string(), "480.50");
    })
    .await;
}

const PAYEES: &str = "partner name street postal_code town country tax_number treatment vat_rate \
                      iban bic bank bank_name branch branch_name account_type account_number holder";

/// A file of payees: cells that a row leaves out are empty.
fn payees(rows: &[&[(&str, &str)]]) -> String {
    let fields: Vec<&str> = PAYEES.split_whitespace().collect();
    let mut file = format!("{}\n", fields.join(","));
    for row in rows {
        let cell =
            |field: &&str| row.iter().find(|(name, _)| name == field).map_or("", |(_, text)| *text);
        file.push_str(&fields.iter().map(cell).collect::<Vec<_>>().join(","));
        file.push('\n');
    }
    file
}

async fn paid_to(office: &Office, code: &str) -> String {
    let mut reader = office.db().read().await.unwrap();
    let id = crate::catalog::partner_by_code(&mut reader, code).await.unwrap().unwrap().partner_id;
    let known = payee::payee(&mut reader, id).await.unwrap();
    let account = |account: Option<&Account>| account.map(Account::masked).unwrap_or_default();
    format!(
        "{} {} {} | paid {} | asked {}",
        known.details.name,
        known.details.address.town,
        known.details.treatment.word(),
        account(known.account.as_ref()),
        account(known.asked.as_ref().map(|asked| &asked.account))
    )
}

#[tokio::test]
async fn payees_come_by_file_and_their_accounts_wait_for_a_second_person() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let mapping = mapping(Feeds::Payees, PAYEES);
        let iban = [("iban", "DE89 3704 0044 0532 0130 00"), ("holder", "Adler GmbH")];
        let details = [("partner", "P1"), ("name", "Adler GmbH"), ("town", "Berlin")];
        let rate = [("country", "DE"), ("vat_rate", "19")];
        let good = [&details[..], &rate, &iban].concat();
        let file = payees(&[&good]);
        let report = import(&office, request("payees.csv", mapping.clone(), &file)).await;
        assert_eq!(counts(&report), "done: 1 read, 1 accepted, 0 known, 0 rejected");
        let after = "Adler GmbH Berlin vat | paid  | asked ••••••••••••••••••3000";
        assert_eq!(paid_to(&office, "P1").await, after);
        // The same again changes nothing, and what a row leaves empty stays.
        let again = import(&office, request("payees.csv", mapping.clone(), &file)).await;
        assert_eq!(counts(&again), "done: 1 read, 0 accepted, 1 known, 0 rejected");
        let moved = payees(&[&[("partner", "P1"), ("town", "Hamburg")]]);
        let report = import(&office, request("moved.csv", mapping.clone(), &moved)).await;
        assert_eq!((report.created, report.changed), (0, 1));
        assert_eq!(paid_to(&office, "P1").await, after.replace("Berlin", "Hamburg"));
    })
    .await;
}

#[tokio::test]
async fn a_payee_with_anything_wrong_is_left_as_it_was() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let japan = [("bank", "5"), ("branch", "1"), ("account_number", "1234567")];
        let with = |row: &[(&'static str, &'static str)]| {
            [&[("partner", "P1"), ("town", "Tokyo")][..], row].concat()
        };
        let rows = [
            vec![("partner", "P9"), ("town", "Tokyo")],
            vec![("town", "Tokyo")],
            with(&[("iban", "DE89370400440532013001"), ("holder", "Adler")]),
            with(&[("iban", "DE89370400440532013000")]),
            with(&[("holder", "Adler")]),
            with(&[&japan[..], &[("holder", "青木商店")]].concat()),
            with(&[&japan[..], &[("holder", "アオキ"), ("account_type", "普通")]].concat()),
            with(&[("bank", "12345"), ("branch", "1"), ("account_number", "1"), ("holder", "A")]),
            with(&[("account_number", "123"), ("holder", "Adler")]),
            with(&[("treatment", "vat")]),
            with(&[("treatment", "vat"), ("vat_rate", "100")]),
            with(&[("treatment", "gst")]),
            with(&[("country", "Japan")]),
            with(&[("country", "JP"), ("tax_number", "123")]),
        ];
        let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
        let mapping = mapping(Feeds::Payees, PAYEES);
        let report = import(&office, request("payees.csv", mapping, payees(&rows))).await;
        assert_eq!(counts(&report), "done: 14 read, 0 accepted, 0 known, 14 rejected");
        assert_eq!(
            refused(&office, &report.import).await,
            [
                "2 unknown_partner partner P9",
                "3 missing_partner partner",
                "4 bad_iban iban ••••••••••••••••••3001",
                "5 missing_value holder",
                "6 missing_value iban",
                "7 bad_account_text holder 青木商店",
                "8 unknown_value account_type 普通",
                "9 bad_bank_digits bank •••45",
                "10 missing_value bic",
                "11 missing_value vat_rate",
                "12 bad_tax_rate vat_rate 100",
                "13 unknown_value treatment gst",
                "14 bad_country country Japan",
                "15 bad_tax_number tax_number 123",
            ]
        );
        assert_eq!(paid_to(&office, "P1").await, "  none | paid  | asked ");
    })
    .await;
}
