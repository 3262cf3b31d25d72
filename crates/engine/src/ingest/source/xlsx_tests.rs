//! Workbooks, made here part by part.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types/>";
const STYLES: &str = "<styleSheet><numFmts count=\"1\"><numFmt numFmtId=\"164\" \
    formatCode=\"yyyy/mm/dd hh:mm\"/></numFmts><cellXfs count=\"3\"><xf numFmtId=\"0\"/>\
    <xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>";

/// A workbook with these sheets: name, state, the XML of its rows.
struct Book<'a> {
    sheets: &'a [(&'a str, &'a str, &'a str)],
    properties: &'a str,
    shared: &'a str,
    extra: &'a [(&'a str, &'a [u8])],
}

impl Default for Book<'_> {
    fn default() -> Self {
        Book { sheets: &[], properties: "", shared: "<sst/>", extra: &[] }
    }
}

impl Book<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut list = String::new();
        let mut relations = String::new();
        let mut parts: Vec<(String, Vec<u8>)> = vec![
            ("[Content_Types].xml".into(), TYPES.into()),
            ("xl/styles.xml".into(), STYLES.into()),
            ("xl/sharedStrings.xml".into(), self.shared.into()),
        ];
        for (index, (name, state, rows)) in self.sheets.iter().enumerate() {
            let number = index + 1;
            let _ = write!(
                list,
                "<sheet name=\"{name}\" sheetId=\"{number}\" state=\"{state}\" r:id=\"rId{number}\"/>"
            );
            let _ = write!(
                relations,
                "<Relationship Id=\"rId{number}\" Type=\"http://schemas.openxmlformats.org/\
                 officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
            );
            let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
            parts.push((format!("xl/worksheets/sheet{number}.xml"), sheet.into_bytes()));
        }
        let workbook = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><workbook xmlns:r=\"r\">{}<sheets>{list}\
             </sheets></workbook>",
            self.properties
        );
        let relations = format!("<Relationships>{relations}</Relationships>");
        let package = "<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.\
            openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
            Target=\"xl/workbook.xml\"/></Relationships>";
        parts.push(("xl/workbook.xml".into(), workbook.into_bytes()));
        parts.push(("xl/_rels/workbook.xml.rels".into(), relations.into_bytes()));
        parts.push(("_rels/.rels".into(), package.into()));
        parts.extend(self.extra.iter().map(|(name, bytes)| ((*name).into(), bytes.to_vec())));
        zipped(&parts)
    }
}

fn zipped(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).expect("a part");
        writer.write_all(bytes).expect("memory takes it");
    }
    writer.finish().expect("a package").into_inner()
}

fn sheet(rows: &str) -> Vec<u8> {
    Book { sheets: &[("Sales", "visible", rows)], ..Book::default() }.bytes()
}

/// Reads a workbook and writes down what came, with the kind of each cell that is no text.
fn read_all(bytes: &[u8], options: &SourceOptions) -> String {
    let mut reader = match Reader::open_seekable(Box::new(Cursor::new(bytes.to_vec())), options) {
        Ok(reader) => reader,
        Err(error) => return error.to_string(),
    };
    let mut lines = vec![reader.headers().join("|")];
    let mut record = Record::new();
    loop {
        match reader.next(&mut record) {
            Ok(true) => {}
            Ok(false) => return lines.join("\n"),
            Err(error) => return error.to_string(),
        }
        let cells = (0..record.len()).map(|index| match record.kind(index) {
            CellKind::Text => record.cell(index).to_owned(),
            kind => format!("{kind:?} {}", record.cell(index)),
        });
        let cells: Vec<String> = cells.collect();
        let fault = record.fault().map_or(String::new(), |fault| format!(" {fault:?}"));
        lines.push(format!("{}: {}{fault}", record.row_number(), cells.join("|")));
    }
}

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    check_with(&SourceOptions::default(), bytes, expected);
}

#[track_caller]
fn check_with(options: &SourceOptions, bytes: &[u8], expected: &str) {
    let expected: Vec<&str> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(read_all(bytes, options), expected.join("\n"));
}

fn text(cell: &str, text: &str) -> String {
    format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// A header of three columns in the first row.
fn header() -> String {
    format!("<row r=\"1\">{}{}{}</row>", text("A1", " key "), text("B1", "date"), text("C1", "qty"))
}

#[test]
fn cells_keep_what_they_are() {
    let rows = header()
        + "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" s=\"1\"><v>46113</v></c>\
           <c r=\"C2\"><v>1.1000000000000001</v></c></row>\
           <row r=\"3\"><c r=\"A3\"><v>12</v></c><c r=\"B3\" s=\"2\"><v>46113.395833333336</v></c>\
           <c r=\"C3\"><v>1E-7</v></c></row>\
           <row r=\"4\"><c r=\"A4\" t=\"str\"><f>\"S\"&amp;1</f><v>S1</v></c>\
           <c r=\"B4\" t=\"b\"><v>1</v></c><c r=\"C4\" t=\"e\"><v>#N/A</v></c></row>\
           <row r=\"6\"><c r=\"A6\"><f t=\"shared\" si=\"0\"/><v>7</v></c>\
           <c r=\"C6\"><v>123456789012345680000</v></c><c r=\"F6\"><v>9</v></c></row>";
    let book = Book {
        sheets: &[("Sales", "visible", &rows)],
        shared: "<sst uniqueCount=\"1\"><si><t>東京 &amp; co</t></si></sst>",
        ..Book::default()
    };
    check(
        &book.bytes(),
        "
        key|date|qty
        2: 東京 & co|Date 2026-04-01|Number 1.1
        3: Number 12|Date 2026-04-01T09:30:00|Number 0.0000001
        4: S1|Boolean TRUE|Error #N/A
        6: Number 7||Number 123456789012345680000
        ",
    );
}

#[test]
fn days_count_from_1904_where_the_workbook_says_so() {
    let rows = header() + "<row r=\"2\"><c r=\"B2\" s=\"1\"><v>44651</v></c></row>";
    let book = Book {
        sheets: &[("Sales", "visible", &rows)],
        properties: "<workbookPr date1904=\"1\"/>",
        ..Book::default()
    };
    check(&book.bytes(), "key|date|qty\n2: |Date 2026-04-01|");
}

#[test]
fn the_first_visible_sheet_is_read_unless_the_mapping_names_one() {
    let other = header().replace("key", "other");
    let book = Book {
        sheets: &[
            ("Lists", "hidden", &header()),
            ("2026", "visible", &other),
            ("x", "visible", ""),
        ],
        ..Book::default()
    };
    let bytes = book.bytes();
    check(&bytes, "other|date|qty");
    let named = |name: &str| SourceOptions { sheet: Some(name.into()), ..SourceOptions::default() };
    check_with(&named("Lists"), &bytes, "key|date|qty");
    check_with(
        &named("Sales"),
        &bytes,
        "there is no sheet `Sales`; the workbook has `Lists`, `2026`, `x`",
    );
    check_with(
        &named("x"),
        &bytes,
        "there are no headings in row 1; say in the mapping which `header` row has them",
    );
}

#[test]
fn the_header_may_stand_further_down() {
    let rows = format!(
        "<row r=\"1\">{}</row><row r=\"4\">{}{}</row><row r=\"5\">{}</row>",
        text("A1", "Report"),
        text("A4", "key"),
        text("B4", "qty"),
        text("A5", "S1")
    );
    let options = SourceOptions { header_row: 3, ..SourceOptions::default() };
    check_with(&options, &sheet(&rows), "key|qty\n5: S1|");
}

#[test]
fn a_stream_reads_as_the_file_does() {
    let rows = header() + &format!("<row r=\"2\">{}</row>", text("A2", "S1"));
    let bytes = sheet(&rows);
    let mut reader =
        Reader::open(Box::new(Cursor::new(bytes)), &SourceOptions::default()).expect("a workbook");
    assert_eq!(reader.format(), &Format::Workbook { sheet: "Sales".into() });
    let mut record = Record::new();
    assert!(reader.next(&mut record).expect("a row"));
    assert_eq!(record.raw(), "S1,,");
    assert!(!reader.next(&mut record).expect("the end"));
}

#[test]
fn a_formula_without_its_result_is_no_empty_cell() {
    for cell in ["<f>A1+1</f>", "<f>A1+1</f><v></v>", "<f>A1+1</f><v/>"] {
        let rows = header() + &format!("<row r=\"2\"><c r=\"A2\">{cell}</c></row>");
        let told = read_all(&sheet(&rows), &SourceOptions::default());
        assert!(told.starts_with("1 cells hold a formula without its result"), "{cell}: {told}");
    }
    let rows = header()
        + "<row r=\"2\"><c r=\"A2\" t=\"str\"><f>\"\"</f><v></v></c><c r=\"B2\"><v>1</v></c></row>";
    check(&sheet(&rows), "key|date|qty\n2: |Number 1|");
}

#[test]
fn many_rows_come_through_in_order() {
    let mut rows = header();
    for row in 2..=3_000 {
        let _ = write!(rows, "<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c></row>");
    }
    let told = read_all(&sheet(&rows), &SourceOptions::default());
    let right =
        told.lines().skip(1).zip(2..).all(|(line, row)| line == format!("{row}: Number {row}||"));
    assert!(right && told.lines().count() == 3_000);
}

#[test]
fn a_reader_that_is_dropped_ends_its_thread() {
    let mut rows = header();
    for row in 2..=5_000 {
        let _ = write!(rows, "<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c></row>");
    }
    let reader = Reader::open(Box::new(Cursor::new(sheet(&rows))), &SourceOptions::default());
    drop(reader.expect("a workbook"));
}

#[test]
fn other_packages_are_refused_by_name() {
    let part = |name: &str| zipped(&[(name.to_owned(), b"<x/>".to_vec())]);
    let with = |what: &str| format!("this is {what}; save it as .xlsx or as CSV");
    check(&part("xl/workbook.bin"), &with("a binary workbook (.xlsb)"));
    check(&part("word/document.xml"), &with("a Word document"));
    check(&part("holiday.jpg"), &with("a ZIP file, not a workbook"));
}

#[test]
fn a_file_that_is_cut_off_or_damaged_is_refused_whole() {
    let mut rows = header();
    for row in 2..=200 {
        let _ = write!(rows, "<row r=\"{row}\"><c r=\"A{row}\"><v>{}</v></c></row>", row * 7919);
    }
    let bytes = sheet(&rows);
    let whole = read_all(&bytes, &SourceOptions::default());
    assert_eq!(whole.lines().count(), 200);
    for cut in (5..bytes.len()).step_by(37) {
        let told = read_all(&bytes[..cut], &SourceOptions::default());
        assert!(told.starts_with("the workbook is damaged or cut off"), "cut at {cut}: {told}");
    }
    // A changed byte is found by the checksum of its part, or it was not in what is read.
    for at in (4..bytes.len()).step_by(11) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x55;
        let told = read_all(&changed, &SourceOptions::default());
        assert!(told == whole || told.lines().count() == 1, "changed at {at}: {told}");
    }
}

#[test]
fn a_workbook_that_would_fill_the_memory_is_refused() {
    #[track_caller]
    fn refused(bytes: &[u8], what: &str) {
        let told = read_all(bytes, &SourceOptions::default());
        assert!(told.starts_with(&format!("the workbook is refused: {what}")), "{told}");
    }
    let bomb = sheet(&(header() + &"<row/>".repeat(8 << 20)));
    refused(&bomb, "a part of it is packed tighter");
    let told = read_all(&lie_about_sizes(&bomb), &SourceOptions::default());
    assert!(told.starts_with("the workbook is damaged"), "{told}");
    refused(&sheet(&text("A1", &"x".repeat(2 << 20))), "a cell of it is longer than 1 MiB");
    refused(&sheet(&format!("<!-- {} -->", ">".repeat(10))), "it has comments");

    let shared = |shared: &str| {
        Book { sheets: &[("Sales", "visible", "")], shared, ..Book::default() }.bytes()
    };
    refused(&shared("<sst uniqueCount=\"9999999999\"/>"), "it promises too many");
    refused(&shared("<sst uniqueCount = '9999999999'/>"), "it promises too many");
    refused(&shared("<?xml version=\"1.0\" encoding=\"UTF-16\"?><sst/>"), "it is not written in");
    let many = format!("<sst>{}</sst>", "<si/>".repeat(3_500_000));
    let parts = [("xl/sharedStrings.xml".to_owned(), many.into_bytes())];
    let mut with_types = vec![("[Content_Types].xml".to_owned(), TYPES.as_bytes().to_vec())];
    with_types.extend(parts);
    let told = read_all(&zipped(&with_types), &SourceOptions::default());
    assert!(told.contains("refused"), "{told}");
}

/// Writes into the directory that every part is small.
fn lie_about_sizes(bytes: &[u8]) -> Vec<u8> {
    let mut lying = bytes.to_vec();
    let entries: Vec<usize> =
        (0..lying.len() - 4).filter(|&at| lying[at..].starts_with(b"PK\x01\x02")).collect();
    assert!(!entries.is_empty());
    for at in entries {
        lying[at + 24..at + 28].copy_from_slice(&1_000_u32.to_le_bytes());
    }
    lying
}
