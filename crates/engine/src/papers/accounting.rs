//! The journal for the vendor's books: every posting of the ledger as lines of the vendor's own
//! accounts.
//!
//! # Invariants
//!
//! * A posting becomes two lines, one on each side, of the same amount; so each file balances by
//!   unit, and the sums by ledger account are those of its postings.
//! * Every posting is in exactly one export: exports cover the numbers of the ledger without gap
//!   and overlap, and one that is downloaded again is the same to the last byte.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A posting, as books need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seq: i64,
    /// When it was recorded, in the vendor's zone.
    pub day: Date,
    /// First day of the period it belongs to.
    pub booked: Option<Date>,
    pub cause: String,
    pub kind: Option<String>,
    /// Accounts of the ledger: `accrued/volume/P1`.
    pub debit: String,
    pub credit: String,
    pub unit: String,
    pub amount: Decimal,
    pub program: Option<String>,
    pub partner: Option<String>,
    pub subject: Option<String>,
}

impl Entry {
    /// What it is in the words of accountants. What goes back the way it came is a reversal.
    pub fn word(&self) -> &'static str {
        let goes_back = match self.cause.as_str() {
            "accrual" | "adjustment" => role(&self.debit) != "expense",
            "close" => role(&self.debit) == "payable",
            // Money of a demand comes in as it should.
            "payment" => match role(&self.debit) {
                "cash" => role(&self.credit) != "receivable",
                "credit_note" => true,
                "payable" => role(&self.credit) == "receivable",
                "receivable" => role(&self.credit) == "cash",
                _ => false,
            },
            _ => false,
        };
        let is_tax = [&self.debit, &self.credit].iter().any(|account| role(account) == "tax");
        match self.cause.as_str() {
            _ if is_tax => "tax",
            _ if goes_back => "reversal",
            "accrual" if self.kind.as_deref() == Some("true_up") => "true_up",
            "accrual" => "accrual",
            "close" => "settlement",
            "adjustment" => "adjustment",
            "lapse" => "lapse",
            "payment" if role(&self.credit) == "receivable" => "receipt",
            "payment" if role(&self.debit) == "receivable" => "demand",
            "payment" if role(&self.credit) == "credit_note" => "credit_note",
            "payment" => "payment",
            "wallet" => self.of_wallet(),
            _ => "other",
        }
    }

    /// What happened to points and vouchers.
    fn of_wallet(&self) -> &'static str {
        match (role(&self.debit), role(&self.credit)) {
            ("granted", _) => "grant",
            (_, "granted") => "taken_back",
            ("escrow", "open") => "usable",
            ("redeemed.expense", _) => "redemption_value",
            ("redeemed" | "orders", _) | (_, "redeemed.expense") => "redemption_cancelled",
            (_, "redeemed" | "orders") => "redemption",
            (_, "reserved") => "reservation",
            ("reserved", "open") => "release",
            (_, "expired") => "expiry",
            (_, "reset") => "reset",
            (_, "adjusted") => "debit",
            (_, "arrears") => "arrears_repaid",
            (_, "pack") => "pack_filled",
            (_, "sponsored") => "sponsored",
            (from, to) if from == to => "transfer",
            _ => "other",
        }
    }
}

/// What an account of the ledger is for: the text before its first `/`.
pub fn role(account: &str) -> &str {
    account.split('/').next().unwrap_or_default()
}

/// One of the vendor's accounts, and what of the ledger it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapped {
    /// `expense`, `accrued`, `payable`, `cash`, `tax`, `credit_note`, `receivable`,
    /// `points_expense`, `points_liability`, or a role of accounts of wallets: `redeemed.expense`.
    pub role: String,
    /// Only for this program; before a row without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// As the vendor's books number it.
    pub code: String,
    #[serde(default)]
    pub name: String,
}

/// How the file is laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Two lines for each posting.
    #[default]
    Detail,
    /// One line for each period, kind, kind of accrual, account, cost centre, program and currency.
    Summary,
}

impl Layout {
    pub fn word(self) -> &'static str {
        match self {
            Layout::Detail => "detail",
            Layout::Summary => "summary",
        }
    }
}

/// The vendor's chart of accounts, as far as incentives need it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chart {
    pub layout: Layout,
    /// An account of the ledger that no row names keeps its own name.
    pub accounts: Vec<Mapped>,
    /// Cost centres by program.
    pub cost_centres: BTreeMap<String, String>,
    /// Of programs that have none of their own.
    pub cost_centre: String,
}

impl Chart {
    /// Code and name of the vendor's account.
    pub(super) fn account<'a>(&'a self, of: &'a str, program: Option<&str>) -> (&'a str, &'a str) {
        let of = role(of);
        let fits = |row: &&Mapped| row.role == of;
        let own = self
            .accounts
            .iter()
            .filter(fits)
            .find(|row| row.program.is_some() && row.program.as_deref() == program);
        let any = || self.accounts.iter().filter(fits).find(|row| row.program.is_none());
        own.or_else(any).map_or((of, of), |row| (row.code.as_str(), row.name.as_str()))
    }

    fn centre(&self, program: Option<&str>) -> &str {
        program.and_then(|code| self.cost_centres.get(code)).unwrap_or(&self.cost_centre)
    }
}

const HEADINGS: [&str; 15] = [
    "entry",
    "posting_date",
    "booking_period",
    "kind",
    "account",
    "account_name",
    "debit",
    "credit",
    "currency",
    "cost_centre",
    "program",
    "partner",
    "ledger_account",
    "subject",
    "accrual_kind",
];

/// The columns of a file. One that was made before a column came is made again without it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Columns {
    #[default]
    First,
    /// With what made an accrual: `base`, `rate`, `prior_period`, `true_up`.
    WithKind,
    /// With what happened to points and vouchers; before, all of it was `other`.
    WithWallets,
}

impl Columns {
    fn count(self) -> usize {
        match self {
            Columns::First => HEADINGS.len() - 1,
            Columns::WithKind | Columns::WithWallets => HEADINGS.len(),
        }
    }

    fn word(self, entry: &Entry) -> &'static str {
        let is_other = entry.cause == "wallet" && self != Columns::WithWallets;
        if is_other { "other" } else { entry.word() }
    }
}

/// The file: UTF-8 with its mark, lines ending with CR LF. `name` is what summed lines are called.
pub fn csv((chart, columns): (&Chart, Columns), name: &str, entries: &[Entry]) -> Vec<u8> {
    let mut text = String::from("\u{feff}");
    row(&mut text, columns, &HEADINGS.map(str::to_owned));
    match chart.layout {
        Layout::Detail => detail(&mut text, (chart, columns), entries),
        Layout::Summary => summary(&mut text, (chart, columns), name, entries),
    }
    text.into_bytes()
}

fn detail(text: &mut String, (chart, columns): (&Chart, Columns), entries: &[Entry]) {
    for entry in entries {
        let program = entry.program.as_deref();
        for (account, is_debit) in [(&entry.debit, true), (&entry.credit, false)] {
            let (code, name) = chart.account(account, program);
            let (debit, credit) = sides(entry.amount, is_debit);
            row(
                text,
                columns,
                &[
                    entry.seq.to_string(),
                    entry.day.to_string(),
                    booked(entry),
                    columns.word(entry).to_owned(),
                    code.to_owned(),
                    name.to_owned(),
                    debit,
                    credit,
                    entry.unit.clone(),
                    chart.centre(program).to_owned(),
                    program.unwrap_or_default().to_owned(),
                    entry.partner.clone().unwrap_or_default(),
                    account.clone(),
                    entry.subject.clone().unwrap_or_default(),
                    entry.kind.clone().unwrap_or_default(),
                ],
            );
        }
    }
}

/// Period, kind, what made an accrual, account with name, currency, cost centre, program, role.
type Key<'a> =
    (String, &'static str, &'a str, (&'a str, &'a str), &'a str, &'a str, &'a str, &'a str);

/// Sums of both sides are kept apart, so that what was reversed stays visible.
fn summary(text: &mut String, (chart, columns): (&Chart, Columns), name: &str, entries: &[Entry]) {
    let last = entries.iter().map(|entry| entry.day).max();
    let mut sums: BTreeMap<Key<'_>, (Decimal, Decimal)> = BTreeMap::new();
    for entry in entries {
        let program = entry.program.as_deref();
        for (account, is_debit) in [(&entry.debit, true), (&entry.credit, false)] {
            let key = (
                booked(entry),
                columns.word(entry),
                entry.kind.as_deref().filter(|_| columns != Columns::First).unwrap_or_default(),
                chart.account(account, program),
                entry.unit.as_str(),
                chart.centre(program),
                program.unwrap_or_default(),
                role(account),
            );
            let sum = sums.entry(key).or_default();
            if is_debit {
                sum.0 += entry.amount;
            } else {
                sum.1 += entry.amount;
            }
        }
    }
    for ((booked, word, kind, (code, account), unit, centre, program, role), (debit, credit)) in
        sums
    {
        let side = |amount: Decimal| if amount.is_zero() { String::new() } else { plain(amount) };
        row(
            text,
            columns,
            &[
                name.to_owned(),
                last.map(|day| day.to_string()).unwrap_or_default(),
                booked,
                word.to_owned(),
                code.to_owned(),
                account.to_owned(),
                side(debit),
                side(credit),
                unit.to_owned(),
                centre.to_owned(),
                program.to_owned(),
                String::new(),
                role.to_owned(),
                String::new(),
                kind.to_owned(),
            ],
        );
    }
}

fn booked(entry: &Entry) -> String {
    entry.booked.unwrap_or(entry.day).to_string()
}

fn sides(amount: Decimal, is_debit: bool) -> (String, String) {
    if is_debit { (plain(amount), String::new()) } else { (String::new(), plain(amount)) }
}

fn plain(amount: Decimal) -> String {
    amount.normalize().to_string()
}

fn row(text: &mut String, columns: Columns, cells: &[String]) {
    for (at, cell) in cells.iter().take(columns.count()).enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&quoted(cell));
    }
    text.push_str("\r\n");
}

/// Quoted where it must be. A text that a spreadsheet would run as a formula gets an apostrophe.
pub(super) fn quoted(cell: &str) -> String {
    let is_formula =
        cell.starts_with(['=', '+', '-', '@', '\t']) && cell.parse::<Decimal>().is_err();
    let mark = if is_formula { "'" } else { "" };
    if is_formula || cell.contains([',', '"', '\r', '\n']) {
        format!("\"{mark}{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
pub(in crate::papers) mod tests;
