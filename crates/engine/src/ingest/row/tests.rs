use super::*;
use crate::ingest::mapping::Mapping;
use crate::ingest::rejection::Language;
use crate::ingest::rejection::Reason;
use crate::ingest::source::Record;
use crate::ingest::source::{Reader, SourceOptions};

const SALES: &str = include_str!("../../../../../mappings/aw-sales.yaml");
const PARTNERS: &str = include_str!("../../../../../mappings/aw-partners.yaml");
const PRODUCTS: &str = include_str!("../../../../../mappings/aw-products.yaml");

fn mapping(fields: &str) -> Mapping {
    let text = format!("mapping: m\nfeeds: facts\nfields: {{ {fields} }}");
    Mapping::parse(&text).expect("a mapping")
}

/// Reads a file and tells each row: `row: what` or `row! code column value`.
fn told(mapping: &Mapping, text: &str, tell: impl Fn(&FactRow) -> String) -> String {
    let bytes = text.as_bytes().to_vec();
    let mut reader = Reader::open(Box::new(std::io::Cursor::new(bytes)), &SourceOptions::default())
        .expect("readable");
    let mapper = Mapper::new(mapping, reader.headers()).expect("fits");
    let mut record = Record::new();
    let mut lines = Vec::new();
    while reader.next(&mut record).expect("readable") {
        lines.push(match mapper.fact(&record) {
            Ok(row) => format!("{}: {}", record.row_number(), tell(&row)),
            Err(no) => {
                let column = no.column.unwrap_or_default();
                format!("{}! {} {column} {}", no.row, no.reason.code(), no.value)
                    .trim_end()
                    .to_owned()
            }
        });
    }
    lines.join("\n")
}

#[track_caller]
fn check(mapping: &Mapping, text: &str, tell: impl Fn(&FactRow) -> String, expected: &str) {
    let lines = |text: &str| -> Vec<String> {
        text.trim().lines().map(|line| line.trim().to_owned()).collect()
    };
    let file = lines(text).join("\n");
    assert_eq!(lines(&told(mapping, &file, tell)), lines(expected));
}

fn figures(row: &FactRow) -> String {
    let number = |number: Option<Decimal>| number.map_or("-".to_owned(), |n| n.to_string());
    format!("{} {} {} {}", row.key, row.at, number(row.quantity), number(row.amount))
}

/// On 2026-09-21 a date is near if it lies within thirty years, or as many as the mapping says.
#[test]
fn dates_far_from_the_day_of_the_import_are_refused() {
    let headings = ["k", "d", "p"].map(str::to_owned);
    let usual = mapping("key: k, date: d, partner: p");
    let mut narrow = usual.clone();
    narrow.years_away = 1;
    for (mapping, date, expected) in [
        (&usual, "1900-01-01", "far_date d 1900-01-01"),
        (&usual, "1970-01-01", "far_date d 1970-01-01"),
        (&usual, "9999-12-31", "far_date d 9999-12-31"),
        (&usual, "明治45年7月1日", "far_date d 明治45年7月1日"),
        (&usual, "1996-09-20", "far_date d 1996-09-20"),
        (&usual, "1996-09-21", "1996-09-21"),
        (&usual, "2056-09-21", "2056-09-21"),
        (&usual, "2056-09-22", "far_date d 2056-09-22"),
        (&narrow, "2025-09-20", "far_date d 2025-09-20"),
        (&narrow, "2027-09-21", "2027-09-21"),
    ] {
        let mapper = Mapper::new(mapping, &headings).expect("fits");
        let record = Record::of_cells(2, ["S1", date, "P1"]);
        let anywhen = mapper.fact(&record).map(|row| row.at.date());
        assert!(anywhen.is_ok(), "a dry run takes every date: {anywhen:?}");
        let told = match mapper.on(jiff::civil::date(2026, 9, 21)).fact(&record) {
            Ok(row) => row.at.date().to_string(),
            Err(no) => format!("{} {} {}", no.reason.code(), no.column.unwrap(), no.value),
        };
        assert_eq!(told, expected);
    }
}

const BASIC: &str = "key: k, date: d, partner: p, quantity: q, amount: a";

#[test]
fn the_fault_that_comes_first_in_precedence_is_told() {
    check(
        &mapping(BASIC),
        "
        k,d,p,q,a
        S1,2026-04-01,P1,1,9.90
        ,2026-13-01,,x,y
        S3,2026-02-30,,x,1
        S4,,P1,1,1
        S5,2026-04-01, ,1,1
        S6,2026-04-01,P1,NaN,99999999999999999999999999999
        S7,2026-04-01,P1,1,99999999999999999999999999999
        S8,2026-04-01,P1
        S9,01/04/2026,P1,1,1
        S10,2026-04-01,P1,1,\"1,5\"
        S11,2026-04-01,P1,,
        ",
        figures,
        "
        2: S1 2026-04-01T00:00:00 1 9.90
        3! missing_key k
        4! impossible_date d 2026-02-30
        5! missing_date d
        6! missing_partner p
        7! bad_number q NaN
        8! out_of_range a 99999999999999999999999999999
        9! wrong_column_count  3 ≠ 5
        10! ambiguous_date d 01/04/2026
        11! other_decimal_sign a 1,5
        12: S11 2026-04-01T00:00:00 - -
        ",
    );
}

#[test]
fn a_return_that_names_its_sale_goes_without_a_partner() {
    let mapping = mapping(
        "key: k, date: d, partner: p, of: o, \
         kind: { column: t, values: { 売上: sale, 返品: return, credit: credit_note } }",
    );
    check(
        &mapping,
        "
        k,d,p,o,t
        S1,2026-04-01,P1,,売上
        R1,2026-04-02,,S1,返品
        R2,2026-04-02,,,返品
        S2,2026-04-02,,S1,売上
        C1,2026-04-02,P1,S1,ＣＲＥＤＩＴ
        X1,2026-04-02,P1,,他
        X2,2026-04-02,P1,,
        ",
        |row| format!("{} {}", row.kind.word(), row.of.as_ref().map_or("-", FactKey::as_str)),
        "
        2: sale -
        3: return S1
        4! missing_partner p
        5! missing_partner p
        6: credit_note S1
        7! unknown_value t 他
        8! unknown_kind t
        ",
    );
}

#[test]
fn each_kind_may_have_a_column_of_keys() {
    check(
        &mapping("sale: sale, return: return, date: on, partner: p"),
        "
        on,sale,return,p
        2026-04-01,S1,,P1
        2026-04-02,,R1,P1
        2026-04-03,,,P1
        2026-04-04,S2,R2,P1
        ",
        |row| format!("{} {}", row.kind.word(), row.key),
        "
        2: sale S1
        3: return R1
        4! missing_key sale
        5! unknown_kind return R2
        ",
    );
}

#[test]
fn keys_are_joined_and_codes_taken_as_written() {
    check(
        &mapping("key: { columns: [o, l], join: / }, date: d, partner: p, currency: c"),
        "
        o,l,d,p,c
        0012,1,2026-04-01, 007 ,usd
        0012,,2026-04-01,007,USD
        0012,2,2026-04-01,007,dollars
        ",
        |row| {
            let partner = row.partner.as_ref().map_or("-", PartnerCode::as_str);
            let currency = row.currency.map_or("-".to_owned(), |code| code.to_string());
            format!("{} {partner} {currency}", row.key)
        },
        "
        2: 0012/1 007 USD
        3! missing_key o + l 0012
        4! bad_currency c dollars
        ",
    );
}

#[test]
fn texts_have_limits() {
    let long = "x".repeat(CODE_CHARS_MAX + 1);
    let fits = "長".repeat(CODE_CHARS_MAX);
    let file = format!(
        "k,d,p,q,a\n{long},2026-04-01,P,1,1\n{fits},2026-04-01,P,1,1\n\"a\nb\",2026-04-01,P,1,1\n"
    );
    let told = told(&mapping(BASIC), &file, |row| row.key.as_str().chars().count().to_string());
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("2! text_too_long k xxx"), "{told}");
    assert_eq!(lines[1], format!("3: {CODE_CHARS_MAX}"));
    assert_eq!(lines[2], "4! bad_text k a b");
}

#[test]
fn other_columns_are_kept_as_the_mapping_says() {
    let file = "k,d,p,q,a,Memo,メモ,Memo,_reason,recorded\nS1,2026-04-01,P,1,1,x,,y,no,z\n";
    let attributes = |rest: &str| {
        let text = format!(
            "mapping: m\nfeeds: facts\nfields: {{ {BASIC} }}\nattributes: {{ note: {{ constant: n }} }}\n{rest}"
        );
        let mapping = Mapping::parse(&text).expect("a mapping");
        told(&mapping, file, |row| {
            let pairs = row.attributes.iter().map(|(name, text)| format!("{name}={text}"));
            pairs.collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(attributes(""), "2: note=n");
    assert_eq!(attributes("rest: all"), "2: Memo=x Memo 2=y note=n");
    assert_eq!(attributes("rest: [_reason]"), "2: _reason=no note=n");
}

#[test]
fn a_mapping_that_does_not_fit_says_what_the_file_has() {
    let headings: Vec<String> = ["Key", "Ｄate", "partner", "x", "x"].map(str::to_owned).to_vec();
    assert!(Mapper::new(&mapping("key: key, date: date, partner: partner"), &headings).is_ok());
    let error = Mapper::new(&mapping("key: keys, date: 売上日, partner: x"), &headings)
        .expect_err("does not fit");
    assert_eq!(
        error.problems,
        [
            "`key`: there is no column `keys`; did you mean `Key`?",
            "`date`: there is no column `売上日`; the file has `Key`, `Ｄate`, `partner`, `x`, `x`",
            "`partner`: 2 columns are called `x`; give each a name of its own",
        ]
    );
}

#[test]
fn the_content_of_a_fact_is_told_from_other_content() {
    let mapping =
        Mapping::parse(&format!("mapping: m\nfeeds: facts\nfields: {{ {BASIC} }}\nrest: all"))
            .expect("a mapping");
    let hash = |line: &str| {
        let headings: Vec<String> = "k,d,p,q,a,n,m".split(',').map(str::to_owned).collect();
        let mapper = Mapper::new(&mapping, &headings).expect("fits");
        let record = Record::of_cells(2, line.split(','));
        mapper.fact(&record).expect("a fact").content_hash()
    };
    let first = hash("S1,2026-04-01,P1,1,9.90,x,");
    for same in ["S1,2026/4/1,P1,1.0,9.9,x,", "S2,令和8年4月1日,P1, 1,+9.900,x,"] {
        assert_eq!(hash(same), first, "{same}");
    }
    for other in [
        "S1,2026-04-02,P1,1,9.90,x,",
        "S1,2026-04-01T01:00,P1,1,9.90,x,",
        "S1,2026-04-01,P2,1,9.90,x,",
        "S1,2026-04-01,P1,,9.90,x,",
        "S1,2026-04-01,P1,9.90,1,x,",
        "S1,2026-04-01,P1,1,-9.90,x,",
        "S1,2026-04-01,P1,1,9.90,,x",
        "S1,2026-04-01,P1,1,9.90,x,x",
    ] {
        assert_ne!(hash(other), first, "{other}");
    }
    // The form is stored beside facts: a change of it needs a new version in its bytes.
    assert_eq!(format!("{:02x?}", first.0), STORED_HASH);
}

const STORED_HASH: &str = "[e7, 0a, a2, 6d, c2, cb, 76, a2, 54, 96, 23, cb, e1, 53, dd, c9]";

#[test]
fn sample_mappings_read_their_files() {
    let sales = Mapping::parse(SALES).expect("a mapping");
    let file = "product_key,reseller_key,employee_key,promotion_key,sales_territory_key,\
        sales_order_number,sales_order_line_number,order_quantity,sales_amount,customer_po_number,\
        order_date,reseller_alternate_key,currency_alternate_key\n\
        349,676,285,1,5,SO43659,1,1,2024.9940,PO522145787,2010-12-29,AW00000676,CAD\n";
    let row = told(&sales, file, |row| format!("{row:?}"));
    for part in ["SO43659-1", "2010-12-29", "AW00000676", "349", "2024.9940", "USD", "PO522145787"]
    {
        assert!(row.contains(part), "{part} in {row}");
    }

    let partners = Mapping::parse(PARTNERS).expect("a mapping");
    let headings: Vec<String> = "reseller_alternate_key,reseller_name,country_region_code,\
        state_province_name,business_type,sales_territory_key,city,postal_code,product_line,\
        order_frequency"
        .split(',')
        .map(str::to_owned)
        .collect();
    let mapper = Mapper::new(&partners, &headings).expect("fits");
    let line = "AW00000001,A Bike Store,US,Washington,Value Added Reseller,1,Seattle,98104,Road,S";
    let row = mapper.partner(&Record::of_cells(2, line.split(','))).expect("a partner");
    assert_eq!(row.code.as_str(), "AW00000001");
    assert_eq!(row.names[""], "A Bike Store");
    assert_eq!(row.fields["country"], "US");
    assert_eq!(row.fields["sales_territory_key"], "1");
    assert_eq!(row.fields["business_type"], "Value Added Reseller");

    let products = Mapping::parse(PRODUCTS).expect("a mapping");
    let headings: Vec<String> = "product_key,product_alternate_key,english_product_name,\
        english_product_subcategory_name,english_product_category_name,product_line,model_name,\
        class,style,color,size,list_price,status"
        .split(',')
        .map(str::to_owned)
        .collect();
    let mapper = Mapper::new(&products, &headings).expect("fits");
    let line =
        "349,BK-M82B-42,\"Mountain-100\",Mountain Bikes,Bikes,M,Mountain-100,H,U,Black,42,3374.99,";
    let row = mapper.product(&Record::of_cells(2, line.split(','))).expect("a product");
    assert_eq!(row.category_path, ["Bikes", "Mountain Bikes"]);
    assert_eq!(row.fields["category"], "Bikes");
    let error = mapper.product(&Record::of_cells(3, ["", "x"])).expect_err("no code");
    assert_eq!(error.reason, Reason::MissingCode);
}

#[test]
fn partners_and_products_may_name_much_in_several_ways() {
    let mapping = Mapping::parse(
        "mapping: m\nfeeds: products\nfields: { code: c, name.ja: 名, category_path: 分類, unit: u }",
    )
    .expect("a mapping");
    let headings: Vec<String> = ["c", "名", "分類", "u"].map(str::to_owned).to_vec();
    let mapper = Mapper::new(&mapping, &headings).expect("fits");
    let record = Record::of_cells(2, ["B1", "自転車", "車両 > 自転車 / 山", "piece"]);
    let row = mapper.product(&record).expect("a product");
    assert_eq!(row.category_path, ["車両", "自転車", "山"]);
    assert_eq!(row.fields["subcategory"], "自転車");
    assert_eq!(row.names["ja"], "自転車");

    let mapping = Mapping::parse(
        "mapping: m\nfeeds: partners\nfields: { code: c, joined: j, parent: p, level: l }",
    )
    .expect("a mapping");
    let headings: Vec<String> = ["c", "j", "p", "l"].map(str::to_owned).to_vec();
    let mapper = Mapper::new(&mapping, &headings).expect("fits");
    let row = mapper.partner(&Record::of_cells(2, ["P1", "R2.4.1", "P0", "gold"]));
    let row = row.expect("a partner");
    assert_eq!(row.joined.map(|date| date.to_string()).as_deref(), Some("2020-04-01"));
    assert_eq!(row.fields["joined"], "2020-04-01");
    assert_eq!(row.parent.as_ref().map(PartnerCode::as_str), Some("P0"));
    let no = mapper.partner(&Record::of_cells(3, ["P1", "soon", "", ""])).expect_err("no date");
    assert_eq!(
        no.sentence(Language::English),
        "`soon` in `j` is not a date: write it as 2026-04-01."
    );
}

#[test]
fn a_number_is_taken_only_if_a_thousand_like_it_add_up_exactly() {
    check(
        &mapping(BASIC),
        "
        k,d,p,q,a
        A,2026-04-01,P,1,999999999999999.9999999999
        B,2026-04-01,P,1,1000000000000000
        C,2026-04-01,P,-1,-1000000000000000
        D,2026-04-01,P,0.00000000001,1
        E,2026-04-01,P,0.10000000000000,1
        ",
        figures,
        "
        2: A 2026-04-01T00:00:00 1 999999999999999.9999999999
        3! out_of_range a 1000000000000000
        4! out_of_range a -1000000000000000
        5! out_of_range q 0.00000000001
        6: E 2026-04-01T00:00:00 0.10000000000000 1
        ",
    );
    let largest: Decimal = "999999999999999.9999999999".parse().expect("a number");
    let sum = (0..1_000).try_fold(Decimal::ZERO, |sum: Decimal, _| sum.checked_add(largest));
    assert_eq!(sum, Some("999999999999999999.9999999000".parse().expect("a number")));
}
