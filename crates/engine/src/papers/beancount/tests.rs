use std::process::Command;

use super::super::accounting::tests::{STORY, entries};
use super::*;
use crate::db::testing::skip;

fn balances(entries: &[Entry]) -> Vec<Balance> {
    let sums = sums(entries);
    sums.into_iter()
        .map(|((account, unit), sum)| {
            let (debit, credit) =
                if sum.is_sign_negative() { (Decimal::ZERO, -sum) } else { (sum, Decimal::ZERO) };
            Balance { account, unit, debit, credit }
        })
        .collect()
}

/// What `bean-check` says of a text; `None` where it is not installed.
pub(in crate::papers) fn bean_check(text: &str) -> Option<Result<(), String>> {
    let program = std::env::var("TOKUTEN_BEAN_CHECK").unwrap_or_else(|_| "bean-check".into());
    let name = format!("tokuten-{}-{}.beancount", std::process::id(), text.len());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).expect("writes");
    let done = Command::new(&program).arg(&path).output();
    std::fs::remove_file(&path).expect("removes");
    match done {
        Ok(done) if done.status.success() => Some(Ok(())),
        Ok(done) => Some(Err(String::from_utf8_lossy(&done.stderr).into_owned())),
        Err(_) => {
            skip(&format!("`{program}`"), "pip install beancount");
            None
        }
    }
}

#[test]
fn the_file_opens_books_and_asserts() {
    let entries = entries(STORY);
    let text = file("Ledger of \"Hibari\"", &entries, &balances(&entries));
    for line in [
        "option \"title\" \"Ledger of \\\"Hibari\\\"\"",
        "2026-07-06 open Expenses:Expense:Volume",
        "2026-07-06 * \"reversal\" \"volume P1\"",
        "  posting: \"2\"",
        "  Liabilities:Accrued:Volume:P1  40.5 EUR",
        "  Expenses:Expense:Volume  -40.5 EUR",
        "2026-07-07 balance Liabilities:Payable:P1  0 EUR",
        "2026-07-07 balance Assets:Tax  220.3 EUR",
    ] {
        assert!(text.contains(&format!("{line}\n")), "`{line}` is not in\n{text}");
    }
}

#[test]
fn beancount_accepts_the_file_and_finds_a_false_balance() {
    let mut entries = entries(STORY);
    // Names that Beancount does not take as they are, and that would be one account if cut short.
    for (seq, partner) in [(8, "d_1"), (9, "d-1"), (10, "_x"), (11, "東京 店"), (12, "D-1")] {
        let accrued = format!("accrued/volume/{partner}");
        let one = entries[0].clone();
        entries.push(Entry { seq, credit: accrued, partner: Some(partner.into()), ..one });
    }
    // Units that would be one if they were written in capitals, too long, or in other letters.
    for (seq, unit) in [
        (13, "pt"),
        (14, "Star"),
        (15, "STAR"),
        (16, "a-voucher-with-a-name-that-goes-on"),
        (17, "a-voucher-with-a-name-that-ends"),
        (18, "特典"),
        (19, "得点"),
    ] {
        entries.push(Entry { seq, unit: unit.into(), ..entries[0].clone() });
    }
    entries.extend(super::super::accounting::tests::entries(
        "20 wallet granted/STAR     open/STAR/P1     100 club P1
         21 wallet open/STAR/P1     redeemed/STAR    60  club P1
         22 wallet redeemed.expense/STAR orders      3   club P1
         23 wallet arrears/STAR/P1  granted/STAR     5   club P1
         24 wallet open/STAR/P1     expired/STAR     40  club P1",
    ));
    let mut balances = balances(&entries);
    let text = file("Ledger", &entries, &balances);
    let Some(accepted) = bean_check(&text) else { return };
    assert_eq!(accepted, Ok(()), "{text}");
    balances[0].debit += Decimal::ONE;
    let refused = bean_check(&file("Ledger", &entries, &balances)).expect("is there");
    assert!(refused.is_err_and(|said| said.contains("Balance failed")));
}
