//! What points and vouchers are expected to cost, as a journal for the vendor's books: a provision
//! on a day, and its reversal on the next, so that the file of each month's end stands by itself.
//!
//! # Promises
//!
//! * Each entry is two lines of the same amount; a day's entries and the next day's cancel out.
//! * Accounts are those of the vendor's chart for `points_expense` and `points_liability`; what no
//!   row names keeps the role's word.

use domain::amount::{Currency, RoundingMode};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::accounting::{Chart, quoted};

/// What a point currency or a kind of voucher is expected to cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    pub wallet: String,
    /// Of the point currency or voucher.
    pub code: String,
    pub name: String,
    /// Not rounded.
    pub cost: Decimal,
    pub currency: Currency,
}

const HEADINGS: [&str; 11] = [
    "entry",
    "posting_date",
    "kind",
    "account",
    "account_name",
    "debit",
    "credit",
    "currency",
    "cost_centre",
    "wallet",
    "code",
];

/// The file for a day: UTF-8 with its mark, lines ending with CR LF. What costs nothing is left out.
pub fn csv(chart: &Chart, day: Date, provisions: &[Provision]) -> Vec<u8> {
    let mut text = String::from("\u{feff}");
    row(&mut text, &HEADINGS.map(str::to_owned));
    let next = day.tomorrow().unwrap_or(day);
    let mut entry = 0;
    for (day, kind, is_reversal) in [(day, "provision", false), (next, "reversal", true)] {
        for of in provisions {
            let amount = RoundingMode::HalfUp.round(of.cost, of.currency.decimals());
            if amount.is_zero() {
                continue;
            }
            entry += 1;
            for (role, is_debit) in [("points_expense", true), ("points_liability", false)] {
                let (code, name) = chart.account(role, None);
                let amount = amount.normalize().to_string();
                let is_debit = is_debit != is_reversal;
                let (debit, credit) =
                    if is_debit { (amount, String::new()) } else { (String::new(), amount) };
                row(
                    &mut text,
                    &[
                        entry.to_string(),
                        day.to_string(),
                        kind.to_owned(),
                        code.to_owned(),
                        name.to_owned(),
                        debit,
                        credit,
                        of.currency.to_string(),
                        chart.cost_centre.clone(),
                        of.wallet.clone(),
                        of.code.clone(),
                    ],
                );
            }
        }
    }
    text.into_bytes()
}

fn row(text: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::papers::accounting::Mapped;

    #[test]
    fn a_provision_is_taken_back_the_next_day() {
        let account = |role: &str, code: &str| Mapped {
            role: role.into(),
            program: None,
            code: code.into(),
            name: String::new(),
        };
        let chart = Chart {
            accounts: vec![account("points_expense", "6490"), account("points_liability", "3095")],
            cost_centre: "CC-1".into(),
            ..Chart::default()
        };
        let of = |code: &str, cost: &str| Provision {
            wallet: "club".into(),
            code: code.into(),
            name: code.into(),
            cost: cost.parse().expect("an amount"),
            currency: Currency::parse("JPY").expect("a currency"),
        };
        let bytes = csv(&chart, date(2026, 12, 31), &[of("RIDE", "124.5"), of("NONE", "0.2")]);
        let text = String::from_utf8(bytes).expect("UTF-8");
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
        assert_eq!(
            lines[1..],
            [
                "1,2026-12-31,provision,6490,,125,,JPY,CC-1,club,RIDE",
                "1,2026-12-31,provision,3095,,,125,JPY,CC-1,club,RIDE",
                "2,2027-01-01,reversal,6490,,,125,JPY,CC-1,club,RIDE",
                "2,2027-01-01,reversal,3095,,125,,JPY,CC-1,club,RIDE",
                "",
            ]
        );
    }
}
