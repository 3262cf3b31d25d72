//! Reading wallets: balances, the book of a partner on any day, everything there is.
//!
//! # Promises
//!
//! * What is read is right at the moment asked for, whether or not somebody wrote down what time
//!   did by itself. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use domain::code::PartnerCode;
use domain::wallet::{Book, Gives, Line, List, Said};
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::slice::{self, Wanted};
use super::store::{self, BalanceRow};
use super::{Active, WalletError, pays_into};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader};
use crate::rules::Rules;

/// What a partner holds now, unit by unit.
pub async fn balances(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    owner: &PartnerCode,
) -> Result<Vec<BalanceRow>, WalletError> {
    let mut rows = store::balances_of(reader, owner.as_str()).await?;
    for of in &rules.wallets {
        let local = of.wallet.time_zone.to_datetime(now);
        if !store::is_due(reader, (of.wallet_id, local), owner.as_str()).await? {
            continue;
        }
        // Something ended or began since it was written down.
        let wanted = Wanted { owners: [owner.clone()].into(), ..Wanted::default() };
        let slice = slice::open(reader, of, master, now, wanted).await?;
        for piece in slice.book.pieces().values() {
            let Some(now) = slice.balance(piece, None) else { continue };
            let same =
                |row: &&mut BalanceRow| row.wallet_id == now.wallet_id && row.unit == now.unit;
            match rows.iter_mut().find(same) {
                Some(row) if row.owner == now.owner => *row = now,
                None if now.owner == owner.as_str() => rows.push(now),
                _ => {}
            }
        }
    }
    Ok(rows)
}

/// Everything that a partner has in a wallet, as it is or will be at a moment: by the clocks of the
/// wallet, now or later.
pub async fn book_of(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    (now, at): (Timestamp, Option<DateTime>),
    owner: &PartnerCode,
) -> Result<Book, WalletError> {
    let wanted = Wanted { owners: [owner.clone()].into(), all: true, ..Wanted::default() };
    let mut book = slice::open(reader, of, master, now, wanted).await?.book;
    book.rank();
    if let Some(at) = at {
        book.until(at);
    }
    Ok(book)
}

/// What benefits open for a partner now, by code.
pub async fn opened_for(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    partner: &PartnerCode,
) -> Result<BTreeSet<String>, WalletError> {
    let mut opened = BTreeSet::new();
    for of in &rules.wallets {
        let opens = |it: &domain::wallet::Benefit| matches!(it.gives, Gives::Access(_));
        if of.wallet.benefits.values().any(opens) {
            let book = book_of(reader, of, master, (now, None), partner).await?;
            opened.extend(book.opened(partner));
        }
    }
    Ok(opened)
}

/// What a wallet knows of nobody in particular, now: which promotions run, and what limits count
/// of all.
pub async fn book_of_all_alike(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    now: Timestamp,
) -> Result<Book, WalletError> {
    Ok(slice::open(reader, of, master, now, Wanted::default()).await?.book)
}

/// What these owners have that is not over, now.
pub(crate) async fn book_of_live(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    now: Timestamp,
    owners: &BTreeSet<PartnerCode>,
) -> Result<Book, WalletError> {
    let wanted = Wanted { owners: owners.clone(), ..Wanted::default() };
    Ok(slice::open(reader, of, master, now, wanted).await?.book)
}

/// The whole book of a wallet at a moment.
pub async fn whole(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    at: DateTime,
) -> Result<Book, WalletError> {
    let mut slice = slice::whole(reader, of, master, at).await?;
    slice.book.until(at);
    Ok(slice.book)
}

/// How the sponsors of a wallet stand, and the credits that wait for their packs, in the words of the
/// output.
pub async fn sponsored(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    now: Timestamp,
) -> Result<Vec<Line>, WalletError> {
    let names = of.wallet.sponsors.values().flat_map(domain::wallet::Sponsor::asks_for).collect();
    let wanted = Wanted { names, ..Wanted::default() };
    let book = slice::open(reader, of, master, now, wanted).await?.book;
    let is_theirs = |line: &Line| matches!(line.list, List::Sponsors | List::Sponsored);
    Ok(book.report().into_iter().filter(is_theirs).collect())
}

/// The programs that credited a partner for its own facts and periods, by the name that its lots and
/// postings go by, and unit.
pub async fn credited_by(
    reader: &mut Reader,
    rules: &Rules,
    partner_id: i64,
) -> Result<BTreeMap<(String, String), i64>, DbError> {
    let pays = |id: &i64| {
        let terms = rules.position(*id).map_or(0, |at| rules.plans[at].terms.len());
        (0..).take(terms).any(|term| pays_into(rules, *id, term))
    };
    let ids: Vec<i64> = rules.program_ids.iter().copied().filter(pays).collect();
    let rows = reader
        .lookup(
            "SELECT a.name, a.unit, a.program_id FROM {keys} CROSS JOIN wallet_award a \
             WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = $1",
            args![partner_id],
            vec![Column::Int(ids)],
        )
        .await?;
    Ok(rows.iter().map(|row| ((row.string(0), row.string(1)), row.int(2))).collect())
}

/// Everything that a wallet says at a moment, in the words of the output, with all that was ever
/// posted.
pub async fn report(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    at: DateTime,
) -> Result<Vec<Line>, WalletError> {
    let mut lines: Vec<Line> = whole(reader, of, master, at).await?.report();
    let rows = reader
        .rows(
            "SELECT p.subject, p.unit, d.name, c.name, p.amount FROM posting p \
             JOIN account d ON d.tenant_id = p.tenant_id AND d.account_id = p.debit_id \
             JOIN account c ON c.tenant_id = p.tenant_id AND c.account_id = p.credit_id \
             WHERE p.tenant_id = $1 AND p.cause = 'wallet' ORDER BY p.posting_seq",
            args![reader.tenant()],
        )
        .await?;
    let posted = rows.iter().map(|row| Line {
        list: List::Postings,
        of: row.opt_string(0).unwrap_or_default(),
        says: vec![
            ("unit", Said::Text(row.string(1))),
            ("debit", Said::Text(row.string(2))),
            ("credit", Said::Text(row.string(3))),
            ("amount", Said::Number(row.text(4).parse().unwrap_or_default())),
        ],
    });
    lines.extend(posted);
    Ok(lines)
}
