//! Files that no reader can take, or only in part: each says why, and changes nothing else.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

use super::*;

/// A workbook with one sheet of this XML.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let types = format!(
        "<Types xmlns=\"{package}/content-types\"><Override PartName=\"/xl/workbook.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"\
         /></Types>"
    );
    let book = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets>\
         <sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let relations = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" \
             Type=\"{office}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let parts: [(&str, Vec<u8>); 5] = [
        ("[Content_Types].xml", types.into_bytes()),
        ("_rels/.rels", relations("officeDocument", "xl/workbook.xml").into_bytes()),
        ("xl/workbook.xml", book.into_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            relations("worksheet", "worksheets/sheet1.xml").into_bytes(),
        ),
        ("xl/worksheets/sheet1.xml", sheet.to_vec()),
    ];
    for (name, body) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&body).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet(rows: &str) -> Vec<u8> {
    let mut xml = String::from(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    for (row, line) in (1..).zip(rows.lines()) {
        let _ = write!(xml, "<row r=\"{row}\">");
        for (column, cell) in ('A'..).zip(line.split(',')) {
            let _ =
                write!(xml, "<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>");
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData></worksheet>");
    xml.into_bytes()
}

/// Imports a file that fails as a whole, and looks that nothing changed.
async fn fails(office: &Office, name: &str, content: &[u8], words: &str) {
    let before = figures(office).await;
    let report = import(office, request(name, sales(), content)).await;
    assert_eq!(counts(&report), "failed: 0 read, 0 accepted, 0 known, 0 rejected", "{name}");
    let failure = report.import.failure.unwrap();
    assert!(failure.contains(words), "{name}: {failure}");
    assert!(failure.ends_with("Nothing was taken in: mend it and import it again"), "{failure}");
    assert_eq!(figures(office).await, before, "{name}");
}

#[tokio::test]
async fn files_that_cannot_be_read_say_why_and_change_nothing() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let whole = workbook(&sheet(&lines("S1,sale,2026-04-10,,P1,B1,4,400000,JPY,")));
        fails(&office, "cut.xlsx", &whole[..whole.len() / 2], "cut off").await;
        let bomb = workbook(&vec![b' '; 64 << 20]);
        assert!(bomb.len() < 1 << 20);
        fails(&office, "bomb.xlsx", &bomb, "packed tighter than any real data").await;
        let wide: Vec<String> = (0..10_000).map(|column| format!("c{column}")).collect();
        fails(&office, "wide.csv", wide.join(",").as_bytes(), "more than 1000 columns").await;
        fails(&office, "empty.csv", b"", "the file is empty").await;
        let line = vec![b'x'; 8 << 20];
        fails(&office, "line.csv", &line, "is row 1 really the header?").await;
        let other = "number,day\n1,2026-04-01\n";
        fails(&office, "other.csv", other.as_bytes(), "there is no column `key`").await;
        let binary = b"%PDF-1.7 ...";
        fails(&office, "scan.pdf", binary, "this is a PDF; save it as .xlsx or as CSV").await;

        let report = import(&office, request("whole.xlsx", sales(), &whole)).await;
        assert_eq!(counts(&report), "done: 1 read, 1 accepted, 0 known, 0 rejected");
        assert_eq!(figures(&office).await.1, ["P1 2026Q1 4000"]);
    })
    .await;
}

#[tokio::test]
async fn rows_that_cannot_be_read_never_stop_a_file() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let good = "S1,sale,2026-04-10,,P1,B1,4,400000,JPY,";
        let mut file = lines(good).into_bytes();
        file.extend(b"S2,sale,2026-04-10,,P1,B1,4,400000,JPY,\xff\xfe\n");
        file.extend(b"S3,sale,2026-04-10,,P1,B1,4,400000,JPY,nul\0\n");
        file.extend(b"S4,sale,2026-04-10,,P1,B1,4,400000,JPY,");
        file.extend(vec![b'x'; 3 << 20]);
        file.extend(b"\nS5,sale,2026-04-10,,P1,B1,6,600000,JPY,\n");
        file.extend(b"S6,sale,2026-04-10,,P1,B1,6,600000,JPY,\"open\n");
        let mut mapping = sales();
        mapping.source.encoding = Some("utf-8".to_owned());
        let report = import(&office, request("bad.csv", mapping, &file)).await;
        assert_eq!(
            refused(&office, &report.import).await,
            ["3 bad_encoding -", "4 bad_encoding -", "5 row_too_long - 1", "7 unclosed_quote - 1"]
        );
        assert_eq!(counts(&report), "done: 6 read, 2 accepted, 0 known, 4 rejected");
        assert_eq!(figures(&office).await.1, ["P1 2026Q1 20000"]);
        let mut reader = db.read().await.unwrap();
        let file = write_rejects(&mut reader, &report.import, Vec::new(), Language::Japanese)
            .await
            .unwrap();
        assert_eq!(String::from_utf8(file).unwrap().lines().count(), 5 + 1, "the quote closes");
    })
    .await;
}
