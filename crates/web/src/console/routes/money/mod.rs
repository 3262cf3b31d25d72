//! Periods, payouts, approvals, adjustments, disputes: a module for each, and what they share.

pub mod adjustments;
pub mod approvals;
mod close;
pub mod disputes;
mod holds;
mod payout;
mod payouts;
mod policy;

use std::collections::HashMap;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::amount::Currency;
use engine::catalog::partner_by_id;
use engine::db::Reader;
use engine::settle::SettleError;
use rust_decimal::Decimal;

use crate::app::Routes;
use crate::failure::Failure;
use crate::format::Money;
use crate::reading;
use crate::view::PartnerRef;
use crate::visit::{self, Visit};

pub use close::pays_nothing;
pub use payout::{agreed, parts};
pub use payouts::payout_state;

pub fn add(routes: &mut Routes) {
    close::add(routes);
    payouts::add(routes);
    payout::add(routes);
    adjustments::add(routes);
    approvals::add(routes);
    holds::add(routes);
    disputes::add(routes);
    policy::add(routes);
}

impl From<SettleError> for Failure {
    fn from(error: SettleError) -> Failure {
        match error {
            SettleError::Db(error) => error.into(),
            SettleError::Rules(error) => error.into(),
            SettleError::NotFound | SettleError::NoProgram(_) | SettleError::NoPeriod { .. } => {
                Failure::NotFound
            }
            SettleError::NoReason => {
                Failure::field(&["comment", "reason", "text"], SettleError::NoReason.to_string())
            }
            error @ (SettleError::LongComment | SettleError::Unacknowledged { .. }) => {
                Failure::field(&["comment"], error.to_string())
            }
            error @ SettleError::BadDays => Failure::field(&["until"], error.to_string()),
            error @ SettleError::OwnDeputy => Failure::field(&["deputy"], error.to_string()),
            error @ SettleError::BadAmount { .. } => {
                Failure::field(&["amount", "expected"], error.to_string())
            }
            error @ SettleError::NoReasonCode(_) => {
                Failure::field(&["reason_code"], error.to_string())
            }
            error @ SettleError::NotPaidIn { .. } => {
                Failure::field(&["program"], error.to_string())
            }
            other => Failure::Conflict(other.to_string()),
        }
    }
}

/// Partners by their number, as far as a page needs them.
pub struct Partners(HashMap<i64, PartnerRef>);

impl Partners {
    pub async fn of(
        visit: &Visit,
        reader: &mut Reader,
        ids: impl Iterator<Item = i64>,
    ) -> Result<Partners, Failure> {
        let mut found = HashMap::new();
        for id in ids {
            if found.contains_key(&id) {
                continue;
            }
            if let Some(row) = partner_by_id(reader, id).await? {
                found.insert(id, reading::partner_ref(visit.lang, &row));
            }
        }
        Ok(Partners(found))
    }

    pub fn get(&self, id: i64, code: &str) -> PartnerRef {
        let unknown = || PartnerRef { code: code.into(), name: code.into() };
        self.0.get(&id).cloned().unwrap_or_else(unknown)
    }
}

/// An amount in a currency we know.
pub fn money(amount: Decimal, unit: &str) -> Option<Money> {
    Some(Money::new(amount, Currency::parse(unit)?))
}

/// A file for spreadsheets: UTF-8 with its mark, cells quoted, no cell that a formula begins.
pub fn csv(name: &str, rows: &[Vec<String>]) -> Response {
    let mut text = String::from("\u{feff}");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, text).into_response()
}

fn quoted(cell: &str) -> String {
    // A name that begins like a formula would be run by a spreadsheet. Numbers stay numbers.
    let formula = cell.starts_with(['=', '+', '-', '@']) && cell.parse::<Decimal>().is_err();
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}

/// Back to the list as it was, with what was done said above it.
fn back_with(back: &str, path: &str, done: &str) -> String {
    let mut query = visit::query(back);
    query.insert("done".into(), done.into());
    let mut pairs: Vec<(String, String)> = query.into_iter().collect();
    pairs.sort();
    crate::ui::list::with_query(path, &pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_start_no_formula() {
        let cases = [
            ("a\"b", "\"a\"\"b\""),
            ("=1+1", "\"'=1+1\""),
            ("-92600", "\"-92600\""),
            ("@SUM", "\"'@SUM\""),
        ];
        for (cell, expected) in cases {
            assert_eq!(quoted(cell), expected);
        }
    }

    #[test]
    fn the_list_is_found_again_as_it_was() {
        let back = "/console/payouts?period=a~2026Q1&filter=waiting&done=paid";
        assert_eq!(
            back_with(back, "/console/payouts", "approved"),
            "/console/payouts?done=approved&filter=waiting&period=a~2026Q1"
        );
    }
}
