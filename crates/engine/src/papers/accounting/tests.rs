use jiff::civil::date;

use super::*;

/// `seq cause[/kind] debit credit amount program partner`, all of the second quarter.
pub(in crate::papers) fn entries(lines: &str) -> Vec<Entry> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [seq, cause, debit, credit, amount, program, partner] = words.as_slice() else {
            panic!("`{line}` is not `seq cause debit credit amount program partner`");
        };
        let (cause, kind) = cause.split_once('/').unwrap_or((cause, ""));
        Entry {
            seq: seq.parse().expect("a number"),
            day: date(2026, 7, 6),
            booked: Some(date(2026, 4, 1)),
            cause: cause.into(),
            kind: Some(kind.into()).filter(|kind: &String| !kind.is_empty()),
            debit: (*debit).into(),
            credit: (*credit).into(),
            unit: "EUR".into(),
            amount: amount.parse().expect("an amount"),
            program: Some((*program).into()),
            partner: Some((*partner).into()),
            subject: None,
        }
    };
    lines.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect()
}

pub(in crate::papers) const STORY: &str = "
    1 accrual/base    expense/volume    accrued/volume/P1 1000    volume P1
    2 accrual/rate    accrued/volume/P1 expense/volume    40.5    volume P1
    3 accrual/true_up expense/volume    accrued/volume/P1 200     volume P1
    4 close           accrued/volume/P1 payable/P1        1159.5  volume P1
    5 payment         tax               payable/P1        220.30  volume P1
    6 payment         payable/P1        cash              1379.8  volume P1
    7 lapse           accrued/growth/P2 expense/growth    0.05    growth P2
";

fn chart(layout: Layout) -> Chart {
    let row = |role: &str, program: Option<&str>, code: &str, name: &str| Mapped {
        role: role.into(),
        program: program.map(Into::into),
        code: code.into(),
        name: name.into(),
    };
    Chart {
        layout,
        accounts: vec![
            row("expense", None, "6400", "Rebates"),
            row("expense", Some("growth"), "6410", "Rebates, growth"),
            row("accrued", None, "3070", "Accrued, rebates"),
            row("payable", None, "1600", "Trade \"payables\""),
        ],
        cost_centres: [("volume".to_owned(), "CC-10".to_owned())].into(),
        cost_centre: "CC-99".into(),
    }
}

fn text(layout: Layout) -> String {
    let bytes = csv((&chart(layout), Columns::WithWallets), "AX-1", &entries(STORY));
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn each_posting_is_two_lines_of_the_vendors_accounts() {
    let text = text(Layout::Detail);
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(lines[0], HEADINGS.join(","));
    assert_eq!(
        lines[1],
        "1,2026-07-06,2026-04-01,accrual,6400,Rebates,1000,,EUR,CC-10,volume,P1,expense/volume,,base"
    );
    assert_eq!(
        lines[2],
        "1,2026-07-06,2026-04-01,accrual,3070,\"Accrued, rebates\",,1000,EUR,CC-10,volume,P1,\
         accrued/volume/P1,,base"
    );
    assert!(lines[8].contains("\"Trade \"\"payables\"\"\""), "{}", lines[8]);
    // What no row names keeps the ledger's word; a program's own row goes before the others.
    assert!(lines[9].contains(",tax,tax,tax,220.3,,"), "{}", lines[9]);
    assert!(
        lines[14].contains(",lapse,6410,\"Rebates, growth\",,0.05,EUR,CC-99,"),
        "{}",
        lines[14]
    );
    let words: Vec<&str> = entries(STORY).iter().map(Entry::word).collect();
    assert_eq!(words, ["accrual", "reversal", "true_up", "settlement", "tax", "payment", "lapse"]);
    assert_eq!(lines.len(), 1 + 14 + 1);
}

#[test]
fn sums_balance_and_keep_what_was_reversed() {
    let text = text(Layout::Summary);
    let (mut debit, mut credit) = (Decimal::ZERO, Decimal::ZERO);
    for line in text.split("\r\n").skip(1).filter(|line| !line.is_empty()) {
        let line = line.replace("\"Accrued, rebates\"", "a").replace("\"Rebates, growth\"", "r");
        let cells: Vec<&str> = line.split(',').collect();
        debit += cells[6].parse::<Decimal>().unwrap_or_default();
        credit += cells[7].parse::<Decimal>().unwrap_or_default();
    }
    let all: Decimal = entries(STORY).iter().map(|entry| entry.amount).sum();
    assert_eq!((debit, credit), (all, all));
    assert!(
        text.contains("AX-1,2026-07-06,2026-04-01,reversal,6400,Rebates,,40.5,EUR,CC-10,volume,")
    );
}

#[test]
fn cells_are_quoted_and_start_no_formula() {
    let cases =
        [("plain", "plain"), ("a,b", "\"a,b\""), ("=1+1", "\"'=1+1\""), ("-5", "-5"), ("", "")];
    for (cell, expected) in cases {
        assert_eq!(quoted(cell), expected);
    }
}

#[test]
fn a_file_from_before_the_kind_is_made_again_without_it() {
    for layout in [Layout::Detail, Layout::Summary] {
        let bytes = csv((&chart(layout), Columns::First), "AX-1", &entries(STORY));
        let old = String::from_utf8(bytes).expect("UTF-8");
        let headings = old.lines().next().expect("headings");
        assert!(headings.ends_with("ledger_account,subject"), "{headings}");
        assert!(!old.contains("base") && text(layout).contains("base"), "{old}");
    }
}

#[test]
fn what_happens_to_points_has_a_word_of_its_own() {
    let of = |line: &str| {
        let (debit, credit) = line.split_once(" > ").expect("two accounts");
        entries(&format!("1 wallet {debit} {credit} 1 club P1")).remove(0)
    };
    for (line, word) in [
        ("granted/STAR > open/STAR/P1", "grant"),
        ("granted/STAR > escrow/STAR/P1", "grant"),
        ("granted/GIFT > open/GIFT/CODE", "grant"),
        ("open/STAR/P1 > granted/STAR", "taken_back"),
        ("arrears/STAR/P1 > granted/STAR", "taken_back"),
        ("escrow/STAR/P1 > open/STAR/P1", "usable"),
        ("open/STAR/P1 > arrears/STAR/P1", "arrears_repaid"),
        ("open/STAR/P1 > reserved/STAR/H1", "reservation"),
        ("reserved/STAR/H1 > open/STAR/P1", "release"),
        ("reserved/STAR/H1 > redeemed/STAR", "redemption"),
        ("open/STAR/P1 > redeemed/STAR", "redemption"),
        ("open/GIFT/CODE > orders", "redemption"),
        ("redeemed.expense/STAR > orders", "redemption_value"),
        ("redeemed.expense/STAR > payable/P1", "redemption_value"),
        ("redeemed/STAR > open/STAR/P1", "redemption_cancelled"),
        ("orders > redeemed.expense/STAR", "redemption_cancelled"),
        ("payable/P1 > redeemed.expense/STAR", "redemption_cancelled"),
        ("orders > open/GIFT/CODE", "redemption_cancelled"),
        ("open/STAR/P1 > expired/STAR", "expiry"),
        ("open/MILES/P1 > reset/MILES", "reset"),
        ("open/STAR/P1 > adjusted/STAR", "debit"),
        ("open/STAR/P1 > open/STAR/P2", "transfer"),
        ("cash > pack/HOTEL", "pack_filled"),
        ("pack/HOTEL > sponsored/HOTEL", "sponsored"),
        ("receivable/HOTEL > sponsored/HOTEL", "sponsored"),
    ] {
        assert_eq!(of(line).word(), word, "{line}");
        // A file that was handed out before stays as it is.
        assert_eq!(Columns::WithKind.word(&of(line)), "other");
    }
}
