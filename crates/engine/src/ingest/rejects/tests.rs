use super::*;
use crate::ingest::mapping::{Feeds, Mapping};
use crate::ingest::row::Mapper;
use crate::ingest::source::SourceOptions;

/// Imports a text and gives the rejected rows back, and how many there were of both sorts.
fn rejected(bytes: &[u8], mapping: &Mapping) -> (String, usize, usize) {
    let input = std::io::Cursor::new(bytes.to_vec());
    let mut reader = Reader::open(Box::new(input), &mapping.source).expect("readable");
    let mapper = Mapper::new(mapping, reader.headers()).expect("fits");
    let shape = Shape::of(&reader);
    let mut writer =
        RejectsWriter::new(Vec::new(), shape, Language::English).expect("memory takes it");
    let (mut record, mut accepted, mut refused) = (Record::new(), 0, 0);
    while reader.next(&mut record).expect("readable") {
        match mapper.fact(&record) {
            Ok(_) => accepted += 1,
            Err(rejection) => {
                refused += 1;
                writer.write(&record, &rejection).expect("memory takes it");
            }
        }
    }
    let out = writer.finish().expect("memory takes it");
    (String::from_utf8(out).expect("text"), accepted, refused)
}

fn mapping(head: &str) -> Mapping {
    let fields = "fields: { key: k, date: d, partner: p, amount: a }";
    Mapping::parse(&format!("mapping: m\nfeeds: facts\n{head}{fields}")).expect("a mapping")
}

#[test]
fn rows_come_back_in_the_shape_they_came_in() {
    let file = "Report\nk;d;p;a\nS1;2026-04-01;P1;1\nS2;\"soon\";P1;\"x\"\"y\"\nS3;2026-04-01\n";
    let (out, accepted, refused) = rejected(file.as_bytes(), &mapping("header: 2\n"));
    assert_eq!((accepted, refused), (1, 2));
    assert_eq!(
        out,
        "\u{FEFF}Report\r\nk;d;p;a;_reason\r\n\
         S2;\"soon\";P1;\"x\"\"y\";bad_date: `soon` in `d` is not a date: write it as 2026-04-01.\r\n\
         S3;2026-04-01;;;wrong_column_count: The row does not have as many cells as the header \
         (2 ≠ 4): quote cells that contain the delimiter.\r\n"
    );
}

#[test]
fn what_comes_back_can_be_corrected_and_imported_with_the_same_mapping() {
    let text = "k,d,p,a\nS1,2026-04-01,東京,1\nS2,soon,大阪,2\nS3,\"not\nyet\",京都,\"3,000\"\n";
    let bytes = encoding_rs::SHIFT_JIS.encode(text).0;
    let mapping = mapping("encoding: cp932\n");
    let (out, accepted, refused) = rejected(&bytes, &mapping);
    assert_eq!((accepted, refused), (1, 2));
    let corrected = out.replace("soon", "2026-04-02").replace("\"not\nyet\"", "2026-04-03");
    let (_, accepted, refused) = rejected(corrected.as_bytes(), &mapping);
    assert_eq!((accepted, refused), (2, 0));
}

#[test]
fn an_open_quotation_mark_does_not_swallow_the_reason() {
    let (out, _, refused) = rejected(b"k,d,p,a\nS1,\"open,P,1\nS2,2026-04-01,P,1\n", &mapping(""));
    assert_eq!(refused, 1);
    assert!(out.contains("P,1\n\",,,\"unclosed_quote: "), "{out}");
    let long = format!("k,d,p,a\nS1,\"{}\nS2,2026-04-01,P,1\n", "x".repeat(2 << 20));
    let (out, _, refused) = rejected(long.as_bytes(), &mapping(""));
    assert_eq!(refused, 1);
    assert!(out.contains("xx\",,,,,row_too_long: "), "{}", &out[..200]);
}

#[test]
fn random_files_lose_no_row() {
    let mapping = Mapping::by_headings(Feeds::Facts, &["key", "date", "partner"].map(String::from));
    let mut random = 88_172_645_463_325_252_u64;
    let mut below = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % limit as u64).expect("small")
    };
    let pieces: [&[u8]; 14] = [
        b"S1",
        b",",
        b",",
        b"2026-04-01",
        b"\n",
        b"\r\n",
        b"P1",
        b" ",
        b"\xE6\x9D\xB1",
        b"\xFF",
        b"\x82\xA0",
        b"x",
        b"12/31/2026",
        b"\0",
    ];
    for round in 0..300 {
        let mut bytes = b"key,date,partner\n".to_vec();
        for _ in 0..below(200) {
            bytes.extend_from_slice(pieces[below(pieces.len())]);
        }
        // Without quotation marks every line that says anything is a record.
        let says =
            |line: &&[u8]| line.iter().any(|byte| !matches!(byte, b',' | b' ' | b'\r' | b'\n'));
        let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).filter(says).count() - 1;
        let source = SourceOptions { encoding: Some("utf-8".into()), ..SourceOptions::default() };
        let mapping = Mapping { source, ..mapping.clone() };
        let (out, accepted, refused) = rejected(&bytes, &mapping);
        assert_eq!(accepted + refused, lines, "round {round}");
        assert_eq!(out.matches("\r\n").count(), refused + 1, "round {round}");
    }
}
