use std::io::Read;

use super::*;

/// Reads a text and writes down what came: the header, then `row: cells` or `row! fault`.
fn read_all(bytes: &[u8], options: &SourceOptions) -> String {
    // Pieces of an odd size, so that every boundary falls somewhere unkind.
    let pieces =
        Pieces { bytes: bytes.to_vec(), at: 0, size: if bytes.len() < 5_000 { 7 } else { 4_099 } };
    let mut reader = match Reader::open(Box::new(pieces), options) {
        Ok(reader) => reader,
        Err(error) => return format!("{error:?}"),
    };
    let mut lines = vec![reader.headers().join("|")];
    let mut record = Record::new();
    while reader.next(&mut record).expect("readable") {
        let row = record.row_number();
        lines.push(match record.fault() {
            Some(fault) => format!("{row}! {fault:?}"),
            None => format!("{row}: {}", record.cells().collect::<Vec<_>>().join("|")),
        });
    }
    lines.join("\n")
}

struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    size: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.size.min(self.bytes.len() - self.at).min(buffer.len());
        buffer[..length].copy_from_slice(&self.bytes[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[track_caller]
fn check(written: impl AsRef<[u8]>, expected: &str) {
    check_with(&SourceOptions::default(), written, expected);
}

#[track_caller]
fn check_with(options: &SourceOptions, written: impl AsRef<[u8]>, expected: &str) {
    let expected: Vec<&str> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(read_all(written.as_ref(), options), expected.join("\n"));
}

fn encoded(text: &str, label: &str) -> Vec<u8> {
    match label {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        label => detect::by_label(label).expect("known").encode(text).0.into_owned(),
    }
}

#[test]
fn delimiters_are_detected() {
    check("a,b\n1,2\n", "a|b\n2: 1|2");
    check("a\tb\n1,5\t2\n", "a|b\n2: 1,5|2");
    check("a;b;c\n1,5;2,5;3,5\n", "a|b|c\n2: 1,5|2,5|3,5");
    check("a|b\n1|2", "a|b\n2: 1|2");
    check("\"a;x\",b\n1,2", "a;x|b\n2: 1|2");
    check("key\nS1\n", "key\n2: S1");
    check("sep=;\na;b\n1;2\n", "a|b\n3: 1|2");
}

#[test]
fn a_declared_delimiter_counts() {
    let options = SourceOptions { delimiter: Some(Delimiter::Pipe), ..SourceOptions::default() };
    check_with(&options, "a,b|c\n1,2|3\n", "a,b|c\n2: 1,2|3");
}

#[test]
fn rows_count_as_a_person_sees_them() {
    check("a,b\r\n1,2\r\n\r\n3,4\r\n", "a|b\n2: 1|2\n4: 3|4");
    check("a,b\r1,2\r3,4", "a|b\n2: 1|2\n3: 3|4");
    check("a,b\n\"x\ny\",2\n3,4\n", "a|b\n2: x\ny|2\n4: 3|4");
    check("\n\na,b\n1,2\n", "a|b\n4: 1|2");
    check("a,b\n,\n ,\n1,2", "a|b\n4: 1|2");
}

#[test]
fn the_header_may_stand_further_down() {
    let options = SourceOptions { header_row: 3, ..SourceOptions::default() };
    check_with(&options, "Report \"2026\nall;of;it\na,b\n1,2\n", "a|b\n4: 1|2");
    check_with(&options, "a,b\n1,2\n", "NoHeader { row: 3 }");
}

#[test]
fn quotes() {
    check("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", "a|b\n2: 1,5|say \"hi\"");
    check("a,b\n5\" pipe,2\n", "a|b\n2: 5\" pipe|2");
    check("a,b\n1,2\n\"3,4\n5,6\n", "a|b\n2: 1|2\n3! UnclosedQuote { lines: 2 }");
    let options = SourceOptions { quotes: false, ..SourceOptions::default() };
    check_with(&options, "a,b\n\"3,4\n5,6\n", "a|b\n2: \"3|4\n3: 5|6");
}

#[test]
fn rows_have_as_many_cells_as_the_header() {
    check(
        "a,b,c\n1,2\n1,2,3\n1,2,3,\n1,2,3,4\n",
        "a|b|c
         2! WrongColumnCount { found: 2, expected: 3 }
         3: 1|2|3
         4: 1|2|3|
         5! WrongColumnCount { found: 4, expected: 3 }",
    );
    check("a,b,\n1,2\n1,2,3\n", "a|b\n2: 1|2\n3: 1|2|3");
}

#[test]
fn encodings_are_detected() {
    let text = "伝票番号,金額\nA-1,１００\nA-2,二百円\n";
    let expected = "伝票番号|金額\n2: A-1|１００\n3: A-2|二百円";
    check(text, expected);
    check(format!("\u{FEFF}{text}"), expected);
    check(encoded(text, "cp932"), expected);
    check(encoded(text, "utf-16le"), expected);
    check(encoded(text, "utf-16be"), expected);
    check(encoded(&format!("\u{FEFF}{text}"), "utf-16le"), expected);
    check(encoded(&format!("\u{FEFF}{text}"), "utf-16be"), expected);
}

/// `text in Latin-1 -> row 2`: neither UTF-8 nor CP932, so it is refused and never garbled.
#[test]
fn latin_1_is_not_taken_for_cp932() {
    for name in [
        "Müller",
        "Hélène",
        "Größe",
        "André",
        "Straße 5",
        "Ängström",
        "Ölmühle",
        "naïve",
        "Señor",
        "BJÖRN",
        "ØL",
        "10 °C",
        "Übergröße und Öl",
    ] {
        let file = encoded(&format!("key,name\nS1,{name}\n"), "windows-1252");
        assert_eq!(
            read_all(&file, &SourceOptions::default()),
            "key|name\n2! BadEncoding",
            "{name}"
        );
    }
    let header = encoded("Größe,b\n1,2\n", "windows-1252");
    check(header, "HeaderEncoding { row: 1, encoding: \"UTF-8\" }");
    // Said in the mapping, it is read.
    let options =
        SourceOptions { encoding: Some("windows-1252".into()), ..SourceOptions::default() };
    check_with(&options, encoded("a,b\nHélène,2\n", "windows-1252"), "a|b\n2: Hélène|2");
}

#[test]
fn cp932_as_it_is_written_is_detected() {
    for name in
        ["東京", "ｱｵｷ ｼｮｳｶｲ", "株式会社ｱｵｷ", "齋藤自転車", "髙橋", "①番", "ソ連表示", "A社", "ﾃﾞﾓ"]
    {
        let file = encoded(&format!("key,name\nS1,{name}\n"), "cp932");
        assert_eq!(
            read_all(&file, &SourceOptions::default()),
            format!("key|name\n2: S1|{name}"),
            "{name}"
        );
    }
    // A character of somebody's own within Japanese text does not change what the text is.
    let mut file = encoded("key,name\nS1,東京", "cp932");
    file.extend([0xF0, 0x40, b'\n']);
    check(file, "key|name\n2: S1|東京\u{E000}");
}

#[test]
fn a_text_in_utf_8_is_not_read_as_what_the_mapping_says() {
    let options = |label: &str| SourceOptions {
        encoding: Some(label.to_owned()),
        ..SourceOptions::default()
    };
    let cp932 = "OtherEncoding { declared: \"Shift_JIS\" }";
    check_with(&options("cp932"), "key,name\nS1,東京\n", cp932);
    check_with(&options("cp932"), "key,name\nS1,Müller\n", cp932);
    let latin = "OtherEncoding { declared: \"windows-1252\" }";
    check_with(&options("windows-1252"), "key,name\nS1,é\n", latin);
    // Two half-width katakana that would be one letter of UTF-8 are what they are said to be.
    check_with(&options("cp932"), encoded("key,name\nS1,ﾃｱ\n", "cp932"), "key|name\n2: S1|ﾃｱ");
    check_with(&options("cp932"), "key,name\nS1,plain\n", "key|name\n2: S1|plain");

    let mut late = String::from("key,name\n");
    while late.len() < 3 * SAMPLE_BYTES {
        late.push_str("A-1,plain\n");
    }
    late.push_str("A-2,東京\n");
    let mut reader = Reader::open(Box::new(Cursor::new(late)), &options("cp932")).unwrap();
    let mut record = Record::new();
    let end = loop {
        match reader.next(&mut record) {
            Ok(true) => {}
            end => break end,
        }
    };
    assert!(matches!(end, Err(SourceError::OtherEncoding { .. })), "{end:?}");
}

#[test]
fn an_encoding_shows_only_after_a_long_stretch_of_ascii() {
    let mut text = String::from("key,name\n");
    while text.len() < 3 * SAMPLE_BYTES {
        text.push_str("A-1,plain\n");
    }
    text.push_str("A-2,東京\n");
    for bytes in [text.clone().into_bytes(), encoded(&text, "cp932")] {
        assert!(read_all(&bytes, &SourceOptions::default()).ends_with("A-2|東京"));
    }
}

#[test]
fn a_byte_order_mark_beats_what_is_declared() {
    let options = SourceOptions { encoding: Some("cp932".into()), ..SourceOptions::default() };
    check_with(&options, "\u{FEFF}名,b\n1,2\n", "名|b\n2: 1|2");
    check_with(&options, encoded("名,b\n1,2\n", "cp932"), "名|b\n2: 1|2");
}

#[test]
fn bytes_that_do_not_decode_refuse_their_row_alone() {
    check(b"name,b\n\xE6\x9D\xB1\xE4\xBA\xAC,1\nx\xFFy,2\nz,3\n", {
        "name|b\n2: 東京|1\n3! BadEncoding\n4: z|3"
    });
    check(b"a,b\n1,\0\n2,3\n", "a|b\n2! BadEncoding\n3: 2|3");
    let options = SourceOptions { encoding: Some("utf-8".into()), ..SourceOptions::default() };
    check_with(&options, encoded("a,b\n東,1\n2,3\n", "cp932"), "a|b\n2! BadEncoding\n3: 2|3");
    check_with(
        &options,
        encoded("東,b\n1,2\n", "cp932"),
        "HeaderEncoding { row: 1, encoding: \"UTF-8\" }",
    );
}

#[test]
fn files_that_are_no_tables_are_refused() {
    check("", "Empty");
    check("\n\n", "NoHeader { row: 3 }");
    check(
        b"\xD0\xCF\x11\xE0rest",
        "OtherFormat { what: \"an old or protected Office file (.xls)\" }",
    );
    check(b"\x89PNG\r\n", "OtherFormat { what: \"a picture\" }");
    check(b"\xFF\xFE\0\0a\0\0\0", "Utf32");
    let options = SourceOptions { encoding: Some("klingon".into()), ..SourceOptions::default() };
    check_with(&options, "a,b", "UnknownEncoding { label: \"klingon\" }");
    let options = SourceOptions { header_row: 0, ..SourceOptions::default() };
    check_with(&options, "a,b", "HeaderRow { row: 0 }");
}

#[test]
fn too_many_columns_are_an_error_of_the_file() {
    let wide = |columns: usize| vec!["x"; columns].join(",");
    check(wide(10_000), "TooManyColumns");
    check(wide(1_001), "TooManyColumns");
    assert!(read_all(wide(1_000).as_bytes(), &SourceOptions::default()).starts_with("x|x"));
    let row = format!("a,b\n{}\n1,2\n", wide(5_000));
    check(row, "a|b\n2! WrongColumnCount { found: 5000, expected: 2 }\n3: 1|2");
}

#[test]
fn a_long_record_is_passed_over() {
    let long = "x".repeat(RECORD_BYTES_MAX + 1);
    check(format!("a,b\n1,{long}\n3,4\n"), "a|b\n2! RowTooLong { lines: 1 }\n3: 3|4");
    let lines = "y\n".repeat(RECORD_BYTES_MAX);
    check(
        format!("a,b\n1,\"{lines}\"\n3,4\n"),
        "a|b\n2! RowTooLong { lines: 1048577 }\n1048579: 3|4",
    );
    let fits = "x".repeat(RECORD_BYTES_MAX - 10);
    check(format!("a,b\n1,{fits}\n3,4\n"), &format!("a|b\n2: 1|{fits}\n3: 3|4"));
    check(format!("{long},b\n1,2\n"), "HeaderTooLong { row: 1 }");
}

/// Gives a line of 5 GB without holding it.
struct EndlessLine {
    left: u64,
    head: &'static [u8],
}

impl Read for EndlessLine {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(buffer);
        }
        let length = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        buffer[..length].fill(b'x');
        self.left -= length as u64;
        Ok(length)
    }
}

#[test]
fn an_endless_line_takes_no_memory() {
    let line = EndlessLine { left: 64 << 20, head: b"a,b\n1,2\n" };
    let mut reader = Reader::open(Box::new(line), &SourceOptions::default()).expect("has a header");
    let mut record = Record::new();
    assert!(reader.next(&mut record).expect("readable"));
    assert!(reader.next(&mut record).expect("readable"));
    assert_eq!(record.fault(), Some(Fault::RowTooLong { lines: 1 }));
    assert!(record.raw().len() <= 1_000);
    let Rows::Csv(rows) = &reader.rows else { panic!("a text") };
    assert!(rows.buffered_bytes() < 6 * RECORD_BYTES_MAX, "{}", rows.buffered_bytes());
    assert!(!reader.next(&mut record).expect("readable"));
}

#[test]
fn the_raw_text_is_kept() {
    let text = "a,b\r\n\"x\r\ny\",2\r\n 3 ,4\r\n";
    let mut reader =
        Reader::open(Box::new(text.as_bytes()), &SourceOptions::default()).expect("readable");
    let mut record = Record::new();
    assert!(reader.next(&mut record).expect("readable"));
    assert_eq!(record.raw(), "\"x\r\ny\",2");
    assert!(reader.next(&mut record).expect("readable"));
    assert_eq!((record.raw(), record.cell(0), record.cell(1)), (" 3 ,4", " 3 ", "4"));
    assert_eq!(reader.header().raw(), "a,b");
}

#[test]
fn random_bytes_never_panic_and_every_line_is_told() {
    for seed in 0..400_u64 {
        let mut random = Random(seed + 1);
        let alphabet: &[u8] = b"a1,;\"\n\r\t|\xFF\x81\xE6\x9D\xB1 ";
        let length = random.below(400);
        let mut bytes = b"a,b\n".to_vec();
        bytes.extend((0..length).map(|_| alphabet[random.below(alphabet.len())]));
        let told = read_all(&bytes, &SourceOptions::default());
        let marks = bytes.split(|byte| *byte == b'a').count() - 1;
        // Every letter `a` after the header is in an accepted row or in a row with a fault.
        if !told.contains('!') {
            assert_eq!(told.matches('a').count(), marks, "seed {seed}: {told}");
        }
    }
}

/// A small generator, so that a failure comes back.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("small")
    }
}
