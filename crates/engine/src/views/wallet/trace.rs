//! Where points came from and where they went: the lots behind a key, and what took of them.

use domain::code::PartnerCode;
use domain::program::Names;
use domain::wallet::{Line, List, Said};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{amount, said, text};
use crate::catalog::MasterData;
use crate::db::Reader;
use crate::rules::Rules;
use crate::wallets::{self, Active, WalletError};

/// What goes by a key in the wallets of an owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The lots that it is the name of.
    pub lots: Vec<TracedLot>,
    /// What it took, and of which lots.
    pub takings: Vec<Taking>,
}

/// A lot, and where it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedLot {
    pub name: String,
    pub unit: String,
    pub unit_name: Names,
    pub on: String,
    pub expires: Option<String>,
    pub credited: Decimal,
    /// What of it is still there: waiting, open or promised.
    pub left: Decimal,
    pub expired: Decimal,
    /// The promotion that it counts for, by code and name.
    pub promotion: Option<(String, Names)>,
    /// The transfer it came by, and of whom.
    pub came: Option<(String, String)>,
    pub went: Vec<Went>,
}

/// A part of a lot that something took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Went {
    pub key: String,
    /// `redeemed`, `reserved`, `debited`, `transferred`, `clawed_back`, `repaid`.
    pub word: String,
    pub amount: Decimal,
    /// Who has it now.
    pub to: Option<String>,
}

/// What took points, and the lots it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    pub key: String,
    pub unit: String,
    pub unit_name: Names,
    /// As in [`Went`].
    pub word: String,
    pub amount: Decimal,
    pub to: Option<String>,
    pub lots: Vec<(TracedLot, Decimal)>,
}

/// What is behind a key, for a partner or a pool. Nothing if it has nothing by that key.
pub async fn trace(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    owner: &PartnerCode,
    key: &str,
) -> Result<Option<Trace>, WalletError> {
    let mut found = Trace::default();
    for of in &rules.wallets {
        let book = wallets::book_of(reader, of, master, (now, None), owner).await?;
        let report = book.report();
        let lots: Vec<TracedLot> = report
            .iter()
            .filter(|line| line.list == List::Lots && line.of == owner.as_str())
            .filter_map(|line| lot(of, line))
            .collect();
        let is_own = |line: &&Line| match line.list {
            List::Redemptions => book.owner_of(&line.of) == Some(owner),
            List::Takings => text(line, "partner").as_deref() == Some(owner.as_str()),
            _ => false,
        };
        let lines = report.iter().filter(|line| line.of == key).filter(is_own);
        found.takings.extend(lines.filter_map(|line| taking(of, line, &lots)));
        found.lots.extend(lots.into_iter().filter(|lot| lot.name == key));
    }
    let is_nothing = found.lots.is_empty() && found.takings.is_empty();
    Ok((!is_nothing).then_some(found))
}

fn lot(of: &Active, line: &Line) -> Option<TracedLot> {
    let unit = text(line, "unit")?;
    let promotion = text(line, "promotion").map(|code| {
        let names = of.wallet.promotions.get(code.as_str()).map(|it| it.name.clone());
        (code, names.unwrap_or_default())
    });
    Some(TracedLot {
        name: text(line, "lot")?,
        unit_name: of.wallet.points.get(unit.as_str())?.name.clone(),
        unit,
        on: text(line, "on").unwrap_or_default(),
        expires: text(line, "expires"),
        credited: amount(line, "credited"),
        left: amount(line, "amount") + amount(line, "escrow") + amount(line, "reserved"),
        expired: amount(line, "expired") + amount(line, "reset"),
        promotion,
        came: text(line, "by").zip(text(line, "from")),
        went: rows(line).iter().map(went).collect(),
    })
}

type Row = Vec<(&'static str, Said)>;

fn rows(line: &Line) -> &[Row] {
    match said(line, "trace") {
        Some(Said::List(rows)) => rows,
        _ => &[],
    }
}

fn word(row: &Row, word: &str) -> Option<String> {
    row.iter().find_map(|(own, said)| match said {
        Said::Text(text) if *own == word => Some(text.clone()),
        _ => None,
    })
}

fn number(row: &Row) -> Decimal {
    let found = row.iter().find_map(|(own, said)| match said {
        Said::Number(number) if *own == "amount" => Some(*number),
        _ => None,
    });
    found.unwrap_or_default()
}

fn went(row: &Row) -> Went {
    Went {
        key: word(row, "key").unwrap_or_default(),
        word: word(row, "as").unwrap_or_default(),
        amount: number(row),
        to: word(row, "to"),
    }
}

/// What took points under a key. What vouchers paid has no lots of points.
fn taking(of: &Active, line: &Line, all: &[TracedLot]) -> Option<Taking> {
    let unit = text(line, "unit")?;
    let unit_name = of.wallet.points.get(unit.as_str())?.name.clone();
    let took = |row: &Row| {
        let name = word(row, "lot")?;
        let lot = all.iter().find(|lot| lot.name == name && lot.unit == unit)?;
        Some((lot.clone(), number(row)))
    };
    let status = text(line, "status");
    let of_spending = if status.as_deref() == Some("reserved") { "reserved" } else { "redeemed" };
    Some(Taking {
        key: line.of.clone(),
        unit_name,
        word: text(line, "as").unwrap_or_else(|| of_spending.to_owned()),
        amount: amount(line, "amount"),
        to: text(line, "to"),
        lots: rows(line).iter().filter_map(took).collect(),
        unit,
    })
}
