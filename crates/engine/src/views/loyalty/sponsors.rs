//! Sponsors: what each bought, used and owes, who waits for its pack, and its statement by month.

use std::collections::BTreeMap;

use domain::code::PartnerCode;
use domain::wallet::{Line, List, Said, Sponsor};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::args;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Row, date_of};
use crate::rules::Rules;
use crate::wallets::{self, Active, WalletError};

/// A sponsor, and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct SponsorShown {
    pub wallet: String,
    pub sponsor: Sponsor,
    /// In its own points.
    pub bought: Decimal,
    pub used: Decimal,
    /// What is left in its pack.
    pub pack: Decimal,
    /// What those who wait ask of it.
    pub waiting: Decimal,
    /// In money: what the pack cost, and what is owed afterwards.
    pub paid: Decimal,
    pub owed: Decimal,
    /// The pack is below the level at which somebody should know.
    pub alerts: bool,
    /// Credits that wait for packs, in order.
    pub queue: Vec<Waiting>,
}

/// A credit that waits for a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub credit: String,
    pub partner: PartnerCode,
    pub amount: Decimal,
}

/// What an entry of a sponsor's account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// It bought points in advance.
    Bought,
    /// Credits took from its pack.
    Used,
    /// It owes for credits, in money.
    Owed,
}

impl EntryKind {
    pub fn word(self) -> &'static str {
        match self {
            EntryKind::Bought => "bought",
            EntryKind::Used => "used",
            EntryKind::Owed => "owed",
        }
    }
}

/// An entry of a sponsor's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SponsorEntry {
    pub seq: i64,
    pub recorded: Timestamp,
    pub day: Option<Date>,
    /// The line or credit behind it.
    pub cause: String,
    pub kind: EntryKind,
    pub unit: String,
    /// Below zero where it was taken back.
    pub amount: Decimal,
}

/// What a month brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SponsorMonth {
    pub bought: Decimal,
    pub used: Decimal,
    pub owed: Decimal,
}

/// All sponsors of the wallets that act.
pub async fn sponsors(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
) -> Result<Vec<SponsorShown>, WalletError> {
    let mut all = Vec::new();
    for of in rules.wallets.iter().filter(|of| !of.wallet.sponsors.is_empty()) {
        let lines = wallets::sponsored(reader, of, master, now).await?;
        all.extend(of.wallet.sponsors.values().map(|sponsor| shown(of, sponsor, &lines)));
    }
    Ok(all)
}

/// One of them.
pub async fn sponsor(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    code: &str,
) -> Result<Option<SponsorShown>, WalletError> {
    let all = sponsors(reader, (rules, master), now).await?;
    Ok(all.into_iter().find(|shown| *shown.sponsor.code == *code))
}

fn shown(of: &Active, sponsor: &Sponsor, lines: &[Line]) -> SponsorShown {
    let own = lines.iter().find(|it| it.list == List::Sponsors && it.of == *sponsor.code);
    let figure = |word: &str| own.map(|line| number(line, word)).unwrap_or_default();
    let waits = lines.iter().filter(|line| {
        line.list == List::Sponsored
            && text(line, "sponsor") == Some(&*sponsor.code)
            && text(line, "status") == Some("waiting")
    });
    SponsorShown {
        wallet: of.code.clone(),
        sponsor: sponsor.clone(),
        bought: figure("bought"),
        used: figure("used"),
        pack: figure("pack"),
        waiting: figure("waiting"),
        paid: figure("paid"),
        owed: figure("owed"),
        alerts: own.is_some_and(|line| text(line, "alert") == Some("true")),
        queue: waits
            .map(|line| Waiting {
                credit: line.of.clone(),
                partner: PartnerCode::new(text(line, "partner").unwrap_or_default()),
                amount: number(line, "waiting"),
            })
            .collect(),
    }
}

fn text<'l>(line: &'l Line, word: &str) -> Option<&'l str> {
    match line.says.iter().find(|(own, _)| *own == word)? {
        (_, Said::Text(text)) => Some(text),
        _ => None,
    }
}

fn number(line: &Line, word: &str) -> Decimal {
    match line.says.iter().find(|(own, _)| *own == word) {
        Some((_, Said::Number(number))) => *number,
        _ => Decimal::ZERO,
    }
}

/// The account of a sponsor, the newest entry first: from a day on, or all of it.
pub async fn sponsor_entries(
    reader: &mut Reader,
    sponsor: &str,
    (before, limit): (Option<i64>, i64),
) -> Result<Vec<SponsorEntry>, DbError> {
    let (pack, receivable) = (format!("pack/{sponsor}"), format!("receivable/{sponsor}"));
    // Postings between a sponsor and the vendor are of no partner.
    let rows = reader
        .rows(
            "SELECT p.posting_seq, p.recorded, p.booked_day, p.subject, p.unit, p.amount, d.name, \
             c.name FROM posting p \
             JOIN account d ON d.tenant_id = p.tenant_id AND d.account_id = p.debit_id \
             JOIN account c ON c.tenant_id = p.tenant_id AND c.account_id = p.credit_id \
             WHERE p.tenant_id = $1 AND p.partner_id IS NULL AND p.cause = 'wallet' \
             AND p.posting_seq < $2 AND (d.name IN ($3, $4) OR c.name IN ($3, $4)) \
             ORDER BY p.posting_seq DESC LIMIT $5",
            args![reader.tenant(), before.unwrap_or(i64::MAX), &pack, &receivable, limit],
        )
        .await?;
    Ok(rows.iter().map(|row| entry(row, &pack, &receivable)).collect())
}

fn entry(row: &Row, pack: &str, receivable: &str) -> SponsorEntry {
    let amount: Decimal = row.text(5).parse().unwrap_or_default();
    let (debit, credit) = (row.text(6), row.text(7));
    let (kind, amount) = if debit == receivable {
        (EntryKind::Owed, amount)
    } else if credit == receivable {
        (EntryKind::Owed, -amount)
    } else if debit == "cash" && credit == pack {
        (EntryKind::Bought, amount)
    } else if debit == pack {
        (EntryKind::Used, amount)
    } else {
        (EntryKind::Used, -amount)
    };
    SponsorEntry {
        seq: row.int(0),
        recorded: row.instant(1),
        day: row.opt_int(2).and_then(date_of),
        cause: row.opt_string(3).unwrap_or_default(),
        kind,
        unit: row.string(4),
        amount,
    }
}

/// The first days of the months of these entries, and what each brought, the newest first.
pub fn by_month(entries: &[SponsorEntry]) -> Vec<(Date, SponsorMonth)> {
    let mut months: BTreeMap<Date, SponsorMonth> = BTreeMap::new();
    for entry in entries {
        let day = entry.day.unwrap_or_default();
        let month = months.entry(day.first_of_month()).or_default();
        match entry.kind {
            EntryKind::Bought => month.bought += entry.amount,
            EntryKind::Used => month.used += entry.amount,
            EntryKind::Owed => month.owed += entry.amount,
        }
    }
    months.into_iter().rev().collect()
}
