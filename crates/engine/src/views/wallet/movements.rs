//! What moved points and vouchers of a partner or a pool.
//!
//! # Promises
//!
//! * Movements are found by the accounts that somebody owns, whoever a posting is for: what was
//!   received of others is there, and so are the vouchers that somebody holds.
//! * What changed its place between two accounts of one owner is one movement.

use std::collections::{BTreeMap, BTreeSet};

use domain::code::PartnerCode;
use domain::wallet::Piece;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::args;
use crate::catalog;
use crate::db::{Column, DbError, Reader, Row};
use crate::rules::Rules;
use crate::wallets::{self, WalletError};

/// Something that moved points or vouchers of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub seq: i64,
    pub recorded: Timestamp,
    /// The day it belongs to.
    pub day: Option<Date>,
    /// The line, fact or voucher behind it.
    pub cause: String,
    pub unit: String,
    /// From the owner's side: below zero if it has less.
    pub amount: Decimal,
    /// The roles of the accounts, the owner's own first: `open`, `expired`.
    pub own: String,
    pub other: String,
    /// Whose the other account is, if it is somebody else's.
    pub whose: Option<String>,
    /// The code of the voucher that moved.
    pub voucher: Option<String>,
    /// The program that credited it for facts of the partner itself.
    pub program: Option<String>,
}

/// What moved points and vouchers of a partner, the newest first.
pub async fn movements(
    reader: &mut Reader,
    rules: &Rules,
    partner_id: i64,
    older_than: Option<i64>,
    limit: i64,
) -> Result<Vec<Movement>, WalletError> {
    let Some(row) = catalog::partner_by_id(reader, partner_id).await? else {
        return Ok(Vec::new());
    };
    let partner = PartnerCode::new(&row.code);
    let mut own = owned_by(rules, &partner);
    own.extend([(format!("payable/{partner}"), None)]);
    own.extend(of_vouchers(reader, &partner).await?);
    let mut found = of_accounts(reader, &own, (older_than, limit)).await?;
    let programs = wallets::credited_by(reader, rules, partner_id).await?;
    for movement in &mut found {
        let of = programs.get(&(movement.cause.clone(), movement.unit.clone()));
        let at = of.and_then(|id| rules.position(*id));
        movement.program = at.map(|at| rules.plans[at].code.to_string());
    }
    Ok(found)
}

/// What moved points of a pool, the newest first.
pub async fn movements_of_pool(
    reader: &mut Reader,
    rules: &Rules,
    pool: &PartnerCode,
    (older_than, limit): (Option<i64>, i64),
) -> Result<Vec<Movement>, WalletError> {
    Ok(of_accounts(reader, &owned_by(rules, pool), (older_than, limit)).await?)
}

/// Accounts by name, each with the voucher it is of.
type Accounts = BTreeMap<String, Option<String>>;

/// The accounts of points that an owner has.
fn owned_by(rules: &Rules, owner: &PartnerCode) -> Accounts {
    let units = rules.wallets.iter().flat_map(|of| of.wallet.points.keys());
    let shown = units.filter(|unit| !domain::wallet::is_hidden(unit));
    let all = shown.flat_map(|unit| {
        ["open", "escrow", "arrears"].map(|role| (format!("{role}/{unit}/{owner}"), None))
    });
    all.collect()
}

/// The accounts of the vouchers that a partner has or had: a voucher goes by its code, and what is
/// promised of it by the key of its use.
async fn of_vouchers(reader: &mut Reader, partner: &PartnerCode) -> Result<Accounts, WalletError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT name, body FROM wallet_piece WHERE tenant_id = $1 AND owner = $2 \
             AND kind = 'voucher'",
            args![tenant, partner.as_str()],
        )
        .await?;
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    for row in &rows {
        let piece: Piece =
            serde_json::from_str(row.text(1)).map_err(|error| WalletError::Piece {
                kind: "voucher".to_owned(),
                name: row.string(0),
                problem: error.to_string(),
            })?;
        if let Some(voucher) = piece.voucher() {
            kinds.insert(voucher.code.to_string(), voucher.kind.to_string());
        }
    }
    let uses = reader
        .lookup(
            "SELECT p.made_by, p.name FROM {keys} CROSS JOIN wallet_piece p \
             WHERE p.tenant_id = k.tenant AND p.made_by = k.k1 AND p.kind = 'use'",
            args![],
            vec![Column::Text(kinds.keys().cloned().collect())],
        )
        .await?;
    let mut accounts = Accounts::new();
    for (code, kind) in &kinds {
        accounts.insert(format!("open/{kind}/{code}"), Some(code.clone()));
    }
    for row in &uses {
        if let Some((code, kind)) = kinds.get_key_value(row.text(0)) {
            accounts.insert(format!("reserved/{kind}/{}", row.text(1)), Some(code.clone()));
        }
    }
    Ok(accounts)
}

const BY_DEBIT: &str = "SELECT p.posting_seq, p.recorded, p.booked_day, p.subject, p.unit, p.amount, \
    a.name, o.name FROM {keys} CROSS JOIN account a CROSS JOIN posting p \
    JOIN account o ON o.tenant_id = p.tenant_id AND o.account_id = p.credit_id \
    WHERE a.tenant_id = k.tenant AND a.name = k.k1 AND p.tenant_id = a.tenant_id \
    AND p.debit_id = a.account_id AND p.cause = 'wallet' AND p.posting_seq < $1 \
    ORDER BY p.posting_seq DESC LIMIT $2";

const BY_CREDIT: &str = "SELECT p.posting_seq, p.recorded, p.booked_day, p.subject, p.unit, p.amount, \
    a.name, o.name FROM {keys} CROSS JOIN account a CROSS JOIN posting p \
    JOIN account o ON o.tenant_id = p.tenant_id AND o.account_id = p.debit_id \
    WHERE a.tenant_id = k.tenant AND a.name = k.k1 AND p.tenant_id = a.tenant_id \
    AND p.credit_id = a.account_id AND p.cause = 'wallet' AND p.posting_seq < $1 \
    ORDER BY p.posting_seq DESC LIMIT $2";

/// What moved these accounts, the newest first.
async fn of_accounts(
    reader: &mut Reader,
    own: &Accounts,
    (older_than, limit): (Option<i64>, i64),
) -> Result<Vec<Movement>, DbError> {
    let names: Vec<String> = own.keys().cloned().collect();
    let below = older_than.unwrap_or(i64::MAX);
    let keys = || vec![Column::Text(names.clone())];
    // What somebody has is a liability: it grows on the credit side.
    let less = reader.lookup(BY_DEBIT, args![below, limit], keys()).await?;
    let more = reader.lookup(BY_CREDIT, args![below, limit], keys()).await?;
    let mut all: Vec<Movement> = less.iter().map(|row| movement(row, own, true)).collect();
    let seen: BTreeSet<i64> = all.iter().map(|of| of.seq).collect();
    let more = more.iter().map(|row| movement(row, own, false));
    all.extend(more.filter(|of| !seen.contains(&of.seq)));
    all.sort_by_key(|of| std::cmp::Reverse(of.seq));
    all.truncate(usize::try_from(limit.max(0)).unwrap_or(usize::MAX));
    Ok(all)
}

fn movement(row: &Row, own: &Accounts, is_debit: bool) -> Movement {
    let number: Decimal = row.text(5).parse().unwrap_or_default();
    let (account, other) = (row.text(6), row.text(7));
    let role = |account: &str| account.split('/').next().unwrap_or_default().to_owned();
    let holds = matches!(role(other).as_str(), "open" | "escrow" | "arrears");
    let whose = other.rsplit('/').next().filter(|_| holds && !own.contains_key(other));
    Movement {
        seq: row.int(0),
        recorded: row.instant(1),
        day: row.opt_int(2).and_then(crate::db::date_of),
        cause: row.opt_string(3).unwrap_or_default(),
        unit: row.string(4),
        amount: if is_debit { -number } else { number },
        own: role(account),
        other: role(other),
        whose: whose.map(str::to_owned),
        voucher: own.get(account).cloned().flatten(),
        program: None,
    }
}
