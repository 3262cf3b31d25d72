use jiff::civil::date;

use super::super::party::Digits;
use super::*;

fn account(bank: &str, name: &str, branch: &str, number: &str, holder: &str) -> JapaneseAccount {
    JapaneseAccount {
        bank: Digits::parse(bank).expect("digits"),
        bank_name: name.into(),
        branch: Digits::parse(branch).expect("digits"),
        branch_name: String::new(),
        kind: AccountType::Ordinary,
        number: Digits::parse(number).expect("digits"),
        holder: holder.into(),
    }
}

fn orderer() -> Orderer {
    Orderer {
        client_code: "1234567890".into(),
        name: "カ）ヒバリサイクル".into(),
        account: account("0001", "ミズホ", "110", "7654321", ""),
        day: date(2026, 7, 31),
    }
}

fn transfer(holder: &str, amount: i64) -> Transfer {
    let account = account("0005", "ミツビシユーエフジェイ", "001", "0012345", holder);
    Transfer { account, amount: amount.into(), reference: 42 }
}

/// A reader of our own: fields by their places in the association's table.
fn field(record: &[u8], from: usize, to: usize) -> String {
    let (text, _, failed) = encoding_rs::SHIFT_JIS.decode(&record[from - 1..to]);
    assert!(!failed, "no CP932 from {from} to {to}");
    text.into_owned()
}

#[test]
fn the_file_is_what_the_association_asks_for() {
    let sent = [transfer("カ）ヤマダジテンシャ", 123_456), transfer("サトウ ミサキ", 1)];
    let bytes = file(&orderer(), &sent).expect("a file");
    assert_eq!(bytes.len(), 5 * 122);
    let records: Vec<&[u8]> = bytes.chunks(122).collect();
    for record in &records {
        assert_eq!(&record[120..], b"\r\n");
    }
    let kinds: Vec<u8> = records.iter().map(|record| record[0]).collect();
    assert_eq!(kinds, *b"12289");
    // `place to place: content`, places counted from 1 as in the table.
    let header = records[0];
    for (from, to, expected) in [
        (2, 3, "21"),
        (4, 4, "0"),
        (5, 14, "1234567890"),
        (15, 54, "ｶ)ﾋﾊﾞﾘｻｲｸﾙ                              "),
        (55, 58, "0731"),
        (59, 62, "0001"),
        (63, 77, "ﾐｽﾞﾎ           "),
        (78, 80, "110"),
        (96, 96, "1"),
        (97, 103, "7654321"),
        (104, 120, "                 "),
    ] {
        assert_eq!(field(header, from, to), expected, "header {from} to {to}");
    }
    let first = records[1];
    for (from, to, expected) in [
        (2, 5, "0005"),
        (6, 20, "ﾐﾂﾋﾞｼﾕ-ｴﾌｼﾞｴｲ  "),
        (21, 23, "001"),
        (24, 38, "               "),
        (39, 42, "0000"),
        (43, 43, "1"),
        (44, 50, "0012345"),
        (51, 80, "ｶ)ﾔﾏﾀﾞｼﾞﾃﾝｼﾔ                  "),
        (81, 90, "0000123456"),
        (91, 91, "0"),
        (92, 111, "00000000000000000042"),
        (112, 112, "7"),
        (113, 120, "        "),
    ] {
        assert_eq!(field(first, from, to), expected, "data {from} to {to}");
    }
    // The trailer ties out with the data records.
    let trailer = records[3];
    let sum: u64 =
        records[1..3].iter().map(|record| field(record, 81, 90).parse::<u64>().unwrap()).sum();
    assert_eq!(field(trailer, 2, 7), "000002");
    assert_eq!(field(trailer, 8, 19).parse::<u64>(), Ok(sum));
    assert_eq!(field(records[4], 2, 120), " ".repeat(119));
}

#[test]
fn what_fits_no_field_is_refused_before_the_file() {
    let long = "ア".repeat(31);
    let cases = [
        (transfer("株式会社山田", 1), "`株` cannot stand in a bank file"),
        (transfer(&long, 1), "has 31 half-width characters and the field takes 30"),
        (transfer("ヤマダ", 0), "an amount of 0 cannot be transferred"),
        (transfer("ヤマダ", -5), "an amount of -5 cannot be transferred"),
        (transfer("ヤマダ", 10_000_000_000), "an amount of 10000000000 cannot"),
        (Transfer { amount: Decimal::new(15, 1), ..transfer("ヤマダ", 1) }, "an amount of 1.5"),
    ];
    for (transfer, expected) in cases {
        let error = check(&transfer).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(file(&orderer(), &[transfer]).is_err());
    }
    assert_eq!(file(&orderer(), &[]), Err(ZenginError::Empty));
    let nobody = Orderer { client_code: "123".into(), ..orderer() };
    assert_eq!(file(&nobody, &[transfer("ヤマダ", 1)]), Err(ZenginError::ClientCode));
    assert_eq!(check(&transfer("ｶ)ﾔﾏﾀﾞ", 9_999_999_999)), Ok(()));
}
