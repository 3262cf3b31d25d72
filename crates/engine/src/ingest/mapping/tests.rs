use super::*;
use crate::ingest::source::{Delimiter, Record};

const SALES: &str = include_str!("../../../../../mappings/aw-sales.yaml");
const PARTNERS: &str = include_str!("../../../../../mappings/aw-partners.yaml");
const PRODUCTS: &str = include_str!("../../../../../mappings/aw-products.yaml");

/// Fields of a mapping without its head.
fn facts(body: &str) -> String {
    format!("mapping: m\nfeeds: facts\n{body}")
}

/// What is wrong, each as `line:column: message`; the first words of each must be those expected.
#[track_caller]
fn wrong(text: &str, expected: &[&str]) {
    let problems = Mapping::parse(text).expect_err("wrong").to_string();
    let lines: Vec<&str> = problems.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{problems}");
    for (line, start) in lines.iter().zip(expected) {
        assert!(line.starts_with(start), "`{line}` does not start with `{start}`");
    }
}

#[test]
fn what_is_written_reads_back() {
    let other = "
        mapping: 売上 月次
        feeds: facts
        encoding: cp932
        delimiter: tab
        quotes: no
        sheet: Sheet 1
        header: 3
        decimal: \",\"
        dates: day_first
        time_zone: Asia/Tokyo
        years_away: 5
        review: yes
        fields:
          key: { columns: [伝票番号, 行番号], join: /}
          kind: { column: 区分, values: { 売上: sale, 返品: return, \"*\": credit_note } }
          date: { column: 計上日, dates: serial_1904 }
          partner: 得意先コード
          amount: { column: 金額, decimal: . }
          party.ship_to: 納品先
        attributes:
          memo: { constant: \"a: b\" }
        rest: all
    ";
    for text in [SALES, PARTNERS, PRODUCTS, other] {
        let mapping = Mapping::parse(text).expect("right");
        assert_eq!(Mapping::parse(&mapping.write()), Ok(mapping.clone()), "{}", mapping.write());
    }
    let mapping = Mapping::parse(other).expect("right");
    assert_eq!(mapping.source.delimiter, Some(Delimiter::Tab));
    assert_eq!(mapping.source.header_row, 3);
    assert!(!mapping.source.quotes);
    assert_eq!(mapping.years_away, 5);
    assert_eq!(mapping.decimal, DecimalSign::Comma);
    assert_eq!(mapping.fields[&Field::Kind].values["返品"], "return");
}

#[test]
fn json_is_read_as_well() {
    let text = r#"{"mapping": "m", "feeds": "partners", "fields": {"code": "id",
        "name.ja": {"column": "名称"}}, "rest": ["地域"]}"#;
    let mapping = Mapping::parse(text).expect("right");
    assert_eq!(mapping.fields[&Field::Name("ja".into())], FieldSource::column("名称"));
    assert_eq!(mapping.rest, Rest::Columns(vec!["地域".into()]));
}

#[test]
fn everything_that_is_wrong_is_told_with_its_place() {
    wrong(
        &facts("years_away: 0\nfields: { key: a, date: b, partner: c }"),
        &["3:13: expected years from 1 to 200, got `0`"],
    );
    wrong("", &["1:1: a mapping starts with `mapping:`"]);
    wrong("mapping: m\nfields: { code: a }", &["1:1: `feeds` is missing"]);
    wrong(
        &facts("feilds: {}\ndelimiter: x\nheader: 0\ndates: us\ndecimal: ;\nencoding: klingon"),
        &[
            "3:1: unknown key `feilds`: did you mean `fields`?",
            "4:12: expected `,`, `;`, `|` or `tab`, got `x`",
            "5:9: expected a row from 1 to 100, got `0`",
            "6:8: expected `year_first`, `day_first`",
            "7:10: expected `.` or `,`, got `;`",
            "8:11: expected `utf-8`",
        ],
    );
    wrong(
        &facts(
            "fields:\n  quantiy: a\n  recorded: b\n  kind: { constant: sold }\n  currency: { constant: usd }\n  key: { colum: a }",
        ),
        &[
            "4:3: unknown field `quantiy`: did you mean `quantity`?",
            "5:3: `recorded` is set when a row comes in",
            "6:9: `kind` is `sale`, `return`",
            "7:13: `currency` is a currency of three capital letters",
            "8:8: say one of `column`, `columns` and `constant`",
            "8:10: unknown key `colum`: did you mean `column`?",
        ],
    );
    wrong(&facts("fields: { key: a, on: b, date: c, partner: d }"), &["3:26: `date` stands twice"]);
    wrong(
        &facts("fields: { key: a, key: b }"),
        &["3:19: `key` stands twice", "3:19: `key` stands twice"],
    );
    wrong(&facts("fields: [a]"), &["3:9: expected fields with their columns, got a list"]);
    wrong(&facts("fields: {}\nattributes: { amount: a }"), &["4:15: `amount` is a field"]);
}

#[test]
fn a_row_needs_what_tells_it_apart() {
    wrong(
        &facts("fields: { amount: a }"),
        &["1:1: `key` is missing", "1:1: `date` is missing", "1:1: `partner` is missing"],
    );
    wrong(
        &facts("fields: { key: a, sale: b, kind: k, date: c, partner: d }"),
        &["1:1: `key` and a column of keys", "1:1: `kind` and a column of keys"],
    );
    wrong("mapping: m\nfeeds: products\nfields: { name: a }", &["1:1: `code` is missing"]);
    wrong(
        &facts("time_zone: Mars/Base\nfields: { key: a, date: c, partner: d }"),
        &["1:1: `time_zone` is not known"],
    );
}

#[test]
fn random_texts_never_panic() {
    let pieces = [
        "mapping",
        "feeds",
        ": ",
        "facts",
        "\n",
        "  ",
        "fields",
        "{",
        "}",
        "[",
        "]",
        ",",
        "key",
        "values",
        "column",
        "\"",
        "'",
        "&a",
        "*a",
        "- ",
        "#",
        "|",
        "東",
        "\t",
        "null",
        "header: 9",
    ];
    let mut random = 2_463_534_242_u64;
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..40 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            text += pieces[usize::try_from(random % 26).expect("small")];
        }
        if let Ok(mapping) = Mapping::parse(&text) {
            assert_eq!(Mapping::parse(&mapping.write()), Ok(mapping));
        }
    }
}

fn headings(line: &str) -> Vec<String> {
    line.split(',').map(str::to_owned).collect()
}

#[test]
fn headings_that_are_field_names_need_no_mapping() {
    let headings =
        headings("on,Sale,partner,product,quantity,amount,party.distributor,points_paid");
    let mapping = Mapping::by_headings(Feeds::Facts, &headings);
    let fields: Vec<String> = mapping.fields.keys().map(Field::to_string).collect();
    assert_eq!(
        fields,
        ["sale", "date", "partner", "product", "quantity", "amount", "party.distributor"]
    );
    assert_eq!(mapping.rest, Rest::All);
    assert!(mapping.problems().is_empty());
}

#[track_caller]
fn suggested(feeds: Feeds, heading_line: &str, rows: &[&str], expected: &str) -> Mapping {
    let headings = headings(heading_line);
    let sample: Vec<Record> = rows.iter().map(|row| Record::of_cells(2, row.split('|'))).collect();
    let mapping = Mapping::suggest(feeds, &headings, &sample);
    let fields: Vec<String> = mapping
        .fields
        .iter()
        .map(|(field, source)| format!("{field}={}", source.columns().join("+")))
        .collect();
    assert_eq!(fields.join(" "), expected);
    mapping
}

#[test]
fn common_headings_are_suggested() {
    suggested(
        Feeds::Facts,
        "伝票番号,行番号,売上日,得意先ｺｰﾄﾞ,商品コード,数量,金額,備考",
        &[],
        "key=伝票番号+行番号 date=売上日 partner=得意先ｺｰﾄﾞ product=商品コード quantity=数量 \
         amount=金額 order=伝票番号 line=行番号",
    );
    suggested(
        Feeds::Facts,
        "Invoice Number,Line No.,Invoice Date,Customer Code,SKU,Qty,Net Amount,Currency",
        &[],
        "key=Invoice Number+Line No. date=Invoice Date partner=Customer Code product=SKU \
         quantity=Qty amount=Net Amount currency=Currency order=Invoice Number line=Line No.",
    );
    suggested(
        Feeds::Partners,
        "取引先コード,取引先名,国,ランク,親コード",
        &[],
        "code=取引先コード name=取引先名 country=国 level=ランク parent=親コード",
    );
    suggested(
        Feeds::Products,
        "商品コード,商品名,大分類,中分類,ブランド",
        &[],
        "code=商品コード name=商品名 category=大分類 subcategory=中分類 brand=ブランド",
    );
}

#[test]
fn the_sample_tells_signs_orders_and_kinds() {
    let line = "key,date,partner,amount,区分";
    let expected = "key=key kind=区分 date=date partner=partner amount=amount";
    let rows = ["1|25/12/2026|P|1.234,56|売上", "2|01/04/2026|P|10|返品"];
    let mapping = suggested(Feeds::Facts, line, &rows, expected);
    assert_eq!(mapping.decimal, DecimalSign::Comma);
    assert_eq!(mapping.dates, DateOrder::DayFirst);
    assert_eq!(mapping.fields[&Field::Kind].values["返品"], "return");

    // Nothing in this sample decides, so nothing is decided.
    let mapping = suggested(Feeds::Facts, line, &["1|01/04/2026|P|1,234|売上"], expected);
    assert_eq!(mapping.decimal, DecimalSign::Point);
    assert_eq!(mapping.dates, DateOrder::YearFirst);
}
