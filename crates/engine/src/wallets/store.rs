//! The SQL of wallets.

use std::collections::BTreeMap;

use domain::wallet::{Piece, PieceFacts, PieceKey};
use jiff::Timestamp;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::WalletError;
use crate::access::Actor;
use crate::args;
use crate::db::{Column, DbError, Reader, Row, Tx};

/// A piece as it lies in the database.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub wallet_id: i64,
    pub name: String,
    pub piece: Piece,
    pub due: Option<DateTime>,
    /// Who holds it.
    pub owner: Option<String>,
    pub alias: Option<String>,
    pub made_by: Option<String>,
    pub is_live: bool,
}

impl Found {
    /// What it is found by: its own name, another one, that of the line that made it.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        [Some(&self.name), self.alias.as_ref(), self.made_by.as_ref()].into_iter().flatten()
    }
}

fn found(row: &Row) -> Result<Found, WalletError> {
    let (kind, name) = (row.string(1), row.string(2));
    let piece = serde_json::from_str(row.text(3)).map_err(|error| WalletError::Piece {
        kind: kind.clone(),
        name: name.clone(),
        problem: error.to_string(),
    })?;
    Ok(Found {
        wallet_id: row.int(0),
        name,
        piece,
        due: row.opt_string(4).and_then(|due| due.parse().ok()),
        owner: row.opt_string(5),
        alias: row.opt_string(6),
        made_by: row.opt_string(7),
        is_live: row.bool(8),
    })
}

/// What these owners have: what is needed for whatever they do, or all of it.
pub(super) async fn of_owners(
    reader: &mut Reader,
    owners: Vec<String>,
    all: bool,
) -> Result<Vec<Found>, WalletError> {
    let rows = reader
        .lookup(
            "SELECT p.wallet_id, p.kind, p.name, p.body, p.due, p.owner, p.alias, p.made_by, \
             p.live FROM {keys} CROSS JOIN wallet_piece p \
             WHERE p.tenant_id = k.tenant AND p.owner = k.k1 AND p.live >= $1",
            args![i64::from(!all)],
            vec![Column::Text(owners)],
        )
        .await?;
    rows.iter().map(found).collect()
}

/// Every piece of a wallet.
pub(super) async fn everything(
    reader: &mut Reader,
    wallet_id: i64,
) -> Result<Vec<Found>, WalletError> {
    let rows = reader
        .rows(
            "SELECT wallet_id, kind, name, body, due, owner, alias, made_by, live \
             FROM wallet_piece \
             WHERE tenant_id = $1 AND wallet_id = $2",
            args![reader.tenant(), wallet_id],
        )
        .await?;
    rows.iter().map(found).collect()
}

/// What goes by these names: its own, another one, or that of the line that made it.
pub(super) async fn named(
    reader: &mut Reader,
    names: Vec<String>,
) -> Result<Vec<Found>, WalletError> {
    let rows = reader
        .lookup(
            "SELECT p.wallet_id, p.kind, p.name, p.body, p.due, p.owner, p.alias, p.made_by, \
             p.live FROM {keys} CROSS JOIN wallet_piece p \
             WHERE p.tenant_id = k.tenant AND p.name = k.k1 \
             UNION ALL SELECT p.wallet_id, p.kind, p.name, p.body, p.due, p.owner, p.alias, \
             p.made_by, p.live FROM {keys} CROSS JOIN wallet_piece p \
             WHERE p.tenant_id = k.tenant AND p.alias = k.k1 \
             UNION ALL SELECT p.wallet_id, p.kind, p.name, p.body, p.due, p.owner, p.alias, \
             p.made_by, p.live FROM {keys} CROSS JOIN wallet_piece p \
             WHERE p.tenant_id = k.tenant AND p.made_by = k.k1",
            args![],
            vec![Column::Text(names)],
        )
        .await?;
    rows.iter().map(found).collect()
}

/// Those of these codes and names that vouchers have.
pub(super) async fn taken_codes(
    reader: &mut Reader,
    codes: Vec<String>,
) -> Result<Vec<String>, DbError> {
    let mut taken = Vec::new();
    for sql in [
        "SELECT p.name FROM {keys} CROSS JOIN wallet_piece p \
         WHERE p.tenant_id = k.tenant AND p.name = k.k1 AND p.kind = 'voucher'",
        "SELECT p.alias FROM {keys} CROSS JOIN wallet_piece p \
         WHERE p.tenant_id = k.tenant AND p.alias = k.k1 AND p.kind = 'voucher'",
    ] {
        let rows = reader.lookup(sql, args![], vec![Column::Text(codes.clone())]).await?;
        taken.extend(rows.iter().map(|row| row.string(0)));
    }
    Ok(taken)
}

/// Owners with something that changes by itself until then, and the names of what nobody owns.
pub(super) async fn due(
    reader: &mut Reader,
    until: &BTreeMap<i64, DateTime>,
    limit: i64,
) -> Result<(Vec<String>, Vec<String>), DbError> {
    let (mut owners, mut names) = (Vec::new(), Vec::new());
    for (wallet_id, until) in until {
        let rows = reader
            .rows(
                "SELECT DISTINCT owner, CASE WHEN owner IS NULL THEN name END FROM wallet_piece \
                 WHERE tenant_id = $1 AND wallet_id = $2 AND due <= $3 LIMIT $4",
                args![reader.tenant(), *wallet_id, &until.to_string(), limit],
            )
            .await?;
        owners.extend(rows.iter().filter_map(|row| row.opt_string(0)));
        names.extend(rows.iter().filter_map(|row| row.opt_string(1)));
    }
    Ok((owners, names))
}

/// Reservations that ran out until then, and what of funds begins or ends, by name.
pub(super) async fn lapsed(
    reader: &mut Reader,
    (wallet_id, until): (i64, DateTime),
) -> Result<Vec<String>, DbError> {
    let rows = reader
        .rows(
            "SELECT name FROM wallet_piece WHERE tenant_id = $1 AND due <= $3 AND wallet_id = $2 \
             AND kind IN ('spending', 'use', 'fund', 'allocation', 'request', 'claim')",
            args![reader.tenant(), wallet_id, &until.to_string()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.string(0)).collect())
}

/// Whether something of an owner has changed by itself until then.
pub(super) async fn is_due(
    reader: &mut Reader,
    (wallet_id, until): (i64, DateTime),
    owner: &str,
) -> Result<bool, DbError> {
    let row = reader
        .row(
            "SELECT 1 FROM wallet_piece WHERE tenant_id = $1 AND owner = $2 AND live = 1 \
             AND wallet_id = $3 AND due <= $4 LIMIT 1",
            args![reader.tenant(), owner, wallet_id, &until.to_string()],
        )
        .await?;
    Ok(row.is_some())
}

/// Keeps pieces, each with what finds it.
pub(super) async fn put(
    tx: &mut Tx,
    wallet_id: i64,
    pieces: &[(&PieceKey, &Piece, PieceFacts)],
) -> Result<(), WalletError> {
    if pieces.is_empty() {
        return Ok(());
    }
    let mut bodies = Vec::with_capacity(pieces.len());
    for (key, piece, _) in pieces {
        let body = serde_json::to_string(piece).map_err(|error| WalletError::Piece {
            kind: key.kind.to_owned(),
            name: key.name.clone(),
            problem: error.to_string(),
        })?;
        bodies.push(body);
    }
    let optional = |read: &dyn Fn(&PieceFacts) -> Option<String>| {
        Column::OptText(pieces.iter().map(|(.., facts)| read(facts)).collect())
    };
    let data = vec![
        Column::same(tx.tenant()),
        Column::same(wallet_id),
        Column::Text(pieces.iter().map(|(key, ..)| key.kind.to_owned()).collect()),
        Column::Text(pieces.iter().map(|(key, ..)| key.name.clone()).collect()),
        optional(&|facts| facts.owners.first().map(ToString::to_string)),
        optional(&|facts| facts.alias.clone()),
        optional(&|facts| facts.made_by.clone()),
        Column::Int(pieces.iter().map(|(.., facts)| i64::from(facts.is_live)).collect()),
        optional(&|facts| facts.due.map(|due| due.to_string())),
        Column::Text(bodies),
    ];
    tx.insert_many(
        "wallet_piece",
        &[
            "tenant_id",
            "wallet_id",
            "kind",
            "name",
            "owner",
            "alias",
            "made_by",
            "live",
            "due",
            "body",
        ],
        data,
        "ON CONFLICT (tenant_id, wallet_id, kind, name) DO UPDATE SET owner = excluded.owner, \
         alias = excluded.alias, made_by = excluded.made_by, live = excluded.live, \
         due = excluded.due, body = excluded.body",
    )
    .await?;
    Ok(())
}

/// Takes pieces away that are none any more.
pub(super) async fn take_away(
    tx: &mut Tx,
    wallet_id: i64,
    keys: &[&PieceKey],
) -> Result<(), DbError> {
    tx.execute_many(
        "DELETE FROM wallet_piece WHERE (tenant_id, wallet_id, kind, name) IN \
         (SELECT k.tenant, $1, k.k1, k.k2 FROM {keys})",
        args![wallet_id],
        vec![
            Column::Text(keys.iter().map(|key| key.kind.to_owned()).collect()),
            Column::Text(keys.iter().map(|key| key.name.clone()).collect()),
        ],
    )
    .await?;
    Ok(())
}

/// What an owner holds of a unit, added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceRow {
    pub wallet_id: i64,
    pub unit: String,
    pub owner: String,
    pub amount: Decimal,
    pub escrow: Decimal,
    pub reserved: Decimal,
    pub arrears: Decimal,
    /// Not rounded.
    pub liability: Decimal,
    /// When it changes by itself next.
    pub due: Option<DateTime>,
}

pub(super) async fn put_balances(tx: &mut Tx, rows: &[BalanceRow]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let text = |read: &dyn Fn(&BalanceRow) -> String| Column::Text(rows.iter().map(read).collect());
    let number = |read: fn(&BalanceRow) -> Decimal| {
        text(&|row: &BalanceRow| read(row).normalize().to_string())
    };
    let data = vec![
        Column::same(tx.tenant()),
        Column::Int(rows.iter().map(|row| row.wallet_id).collect()),
        text(&|row| row.unit.clone()),
        text(&|row| row.owner.clone()),
        number(|row| row.amount),
        number(|row| row.escrow),
        number(|row| row.reserved),
        number(|row| row.arrears),
        number(|row| row.liability),
        Column::Int(rows.iter().map(|row| crate::exact::sort_key(row.amount)).collect()),
        Column::OptText(rows.iter().map(|row| row.due.map(|due| due.to_string())).collect()),
    ];
    tx.insert_many(
        "wallet_balance",
        &[
            "tenant_id",
            "wallet_id",
            "unit",
            "owner",
            "amount",
            "escrow",
            "reserved",
            "arrears",
            "liability",
            "sort_amount",
            "due",
        ],
        data,
        "ON CONFLICT (tenant_id, wallet_id, unit, owner) DO UPDATE SET amount = excluded.amount, \
         escrow = excluded.escrow, reserved = excluded.reserved, arrears = excluded.arrears, \
         liability = excluded.liability, sort_amount = excluded.sort_amount, due = excluded.due",
    )
    .await?;
    Ok(())
}

pub(super) fn balance_row(row: &Row) -> BalanceRow {
    let number = |at: usize| row.text(at).parse().unwrap_or_default();
    BalanceRow {
        wallet_id: row.int(0),
        unit: row.string(1),
        owner: row.string(2),
        amount: number(3),
        escrow: number(4),
        reserved: number(5),
        arrears: number(6),
        liability: number(7),
        due: row.opt_string(8).and_then(|due| due.parse().ok()),
    }
}

/// What an owner holds, unit by unit, as it was kept.
pub(super) async fn balances_of(
    reader: &mut Reader,
    owner: &str,
) -> Result<Vec<BalanceRow>, DbError> {
    let rows = reader
        .rows(
            "SELECT wallet_id, unit, owner, amount, escrow, reserved, arrears, liability, due \
             FROM wallet_balance WHERE tenant_id = $1 AND owner = $2 ORDER BY wallet_id, unit",
            args![reader.tenant(), owner],
        )
        .await?;
    Ok(rows.iter().map(balance_row).collect())
}

/// The lines that were asked of an owner, the newest first.
pub async fn lines_of(
    reader: &mut Reader,
    owner: &str,
    limit: i64,
) -> Result<Vec<LineRow>, DbError> {
    let sql = format!(
        "SELECT {LINE} FROM wallet_line WHERE tenant_id = $1 AND owner = $2 \
         ORDER BY wallet_line_seq DESC LIMIT $3"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, owner, limit]).await?;
    Ok(rows.iter().map(line_row).collect())
}

/// What limits count under these names.
pub(super) async fn tallies(
    reader: &mut Reader,
    wallet_id: i64,
    names: Vec<String>,
) -> Result<BTreeMap<String, Decimal>, DbError> {
    let rows = reader
        .lookup(
            "SELECT t.name, t.amount FROM {keys} CROSS JOIN wallet_tally t \
             WHERE t.tenant_id = k.tenant AND t.wallet_id = $1 AND t.name = k.k1",
            args![wallet_id],
            vec![Column::Text(names)],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), row.text(1).parse().unwrap_or_default())).collect())
}

pub(super) async fn put_tallies(
    tx: &mut Tx,
    wallet_id: i64,
    tallies: &[(String, Decimal)],
) -> Result<(), DbError> {
    if tallies.is_empty() {
        return Ok(());
    }
    let data = vec![
        Column::same(tx.tenant()),
        Column::same(wallet_id),
        Column::Text(tallies.iter().map(|(name, _)| name.clone()).collect()),
        Column::Text(tallies.iter().map(|(_, amount)| amount.normalize().to_string()).collect()),
    ];
    tx.insert_many(
        "wallet_tally",
        &["tenant_id", "wallet_id", "name", "amount"],
        data,
        "ON CONFLICT (tenant_id, wallet_id, name) DO UPDATE SET amount = excluded.amount",
    )
    .await?;
    Ok(())
}

/// A line of the journal of wallets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    pub seq: i64,
    pub wallet_id: i64,
    pub key: String,
    pub verb: String,
    pub on: DateTime,
    pub recorded: Timestamp,
    pub actor: String,
    pub owner: Option<String>,
    /// The command as JSON.
    pub body: String,
    pub refusal: Option<String>,
}

pub(super) const LINE: &str =
    "wallet_line_seq, wallet_id, key, verb, on_at, recorded, actor_name, owner, body, refusal";

pub(super) fn line_row(row: &Row) -> LineRow {
    LineRow {
        seq: row.int(0),
        wallet_id: row.int(1),
        key: row.string(2),
        verb: row.string(3),
        on: row.text(4).parse().unwrap_or_default(),
        recorded: row.instant(5),
        actor: row.string(6),
        owner: row.opt_string(7),
        body: row.string(8),
        refusal: row.opt_string(9),
    }
}

/// The lines that were taken under these keys.
pub(super) async fn taken_lines(
    reader: &mut Reader,
    keys: Vec<String>,
) -> Result<Vec<LineRow>, DbError> {
    let rows = reader
        .lookup(
            "SELECT l.wallet_line_seq, l.wallet_id, l.key, l.verb, l.on_at, l.recorded, \
             l.actor_name, l.owner, l.body, l.refusal FROM {keys} CROSS JOIN wallet_line l \
             WHERE l.tenant_id = k.tenant AND l.key = k.k1 AND l.refusal IS NULL \
             ORDER BY l.wallet_line_seq",
            args![],
            vec![Column::Text(keys)],
        )
        .await?;
    Ok(rows.iter().map(line_row).collect())
}

/// A line to keep.
pub(super) struct NewLine {
    pub wallet_id: i64,
    pub key: String,
    pub verb: &'static str,
    pub on: DateTime,
    pub owner: Option<String>,
    pub body: String,
    pub refusal: Option<&'static str>,
}

pub(super) async fn append(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    lines: &[NewLine],
) -> Result<(), DbError> {
    if lines.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let highest = tx
        .row(
            "SELECT COALESCE(MAX(wallet_line_seq), 0) FROM wallet_line WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let first = highest.map_or(0, |row| row.int(0)) + 1;
    let text = |read: &dyn Fn(&NewLine) -> String| Column::Text(lines.iter().map(read).collect());
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(lines.len()).collect()),
        Column::Int(lines.iter().map(|line| line.wallet_id).collect()),
        text(&|line| line.key.clone()),
        text(&|line| line.verb.to_owned()),
        text(&|line| line.on.to_string()),
        Column::same(now),
        Column::same(actor.kind().to_owned()),
        Column::same(actor.public_id().map(str::to_owned)),
        Column::same(actor.name().to_owned()),
        Column::OptText(lines.iter().map(|line| line.owner.clone()).collect()),
        text(&|line| line.body.clone()),
        Column::OptText(lines.iter().map(|line| line.refusal.map(str::to_owned)).collect()),
    ];
    tx.insert_many(
        "wallet_line",
        &[
            "tenant_id",
            "wallet_line_seq",
            "wallet_id",
            "key",
            "verb",
            "on_at",
            "recorded",
            "actor_kind",
            "actor_id",
            "actor_name",
            "owner",
            "body",
            "refusal",
        ],
        data,
        "",
    )
    .await?;
    Ok(())
}

/// The numbers of memberships of a wallet, by owner.
pub(super) async fn numbers(
    reader: &mut Reader,
    wallet_id: i64,
    owners: Vec<String>,
) -> Result<BTreeMap<String, i64>, DbError> {
    let rows = reader
        .lookup(
            "SELECT m.owner, m.number FROM {keys} CROSS JOIN member_number m \
             WHERE m.tenant_id = k.tenant AND m.wallet_id = $1 AND m.owner = k.k1",
            args![wallet_id],
            vec![Column::Text(owners)],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), row.int(1))).collect())
}

/// Whose number of a membership it is.
pub(super) async fn owner_of_number(
    reader: &mut Reader,
    wallet_id: i64,
    number: i64,
) -> Result<Option<String>, DbError> {
    let row = reader
        .row(
            "SELECT owner FROM member_number \
             WHERE tenant_id = $1 AND wallet_id = $2 AND number = $3",
            args![reader.tenant(), wallet_id, number],
        )
        .await?;
    Ok(row.map(|row| row.string(0)))
}

/// What was said of all memberships of a wallet, and who is a part of whom, by name.
pub(super) async fn of_members(
    reader: &mut Reader,
    wallet_id: i64,
) -> Result<Vec<(String, Piece)>, WalletError> {
    let rows = reader
        .rows(
            "SELECT wallet_id, kind, name, body, due, owner, alias, made_by, live \
             FROM wallet_piece WHERE tenant_id = $1 \
             AND wallet_id = $2 AND kind IN ('member', 'merged') ORDER BY name",
            args![reader.tenant(), wallet_id],
        )
        .await?;
    rows.iter().map(|row| found(row).map(|found| (found.name, found.piece))).collect()
}

/// What was withheld from an owner, by name.
pub(super) async fn withheld_of(
    reader: &mut Reader,
    wallet_id: i64,
    owner: &str,
) -> Result<Vec<(String, Piece)>, WalletError> {
    let rows = reader
        .rows(
            "SELECT wallet_id, kind, name, body, due, owner, alias, made_by, live \
             FROM wallet_piece WHERE tenant_id = $1 \
             AND owner = $3 AND live = 0 AND wallet_id = $2 AND kind = 'withheld' ORDER BY name",
            args![reader.tenant(), wallet_id, owner],
        )
        .await?;
    rows.iter().map(|row| found(row).map(|found| (found.name, found.piece))).collect()
}

/// What became of memberships of an owner, the newest first.
pub(super) async fn steps_of(
    reader: &mut Reader,
    owner: &str,
    limit: i64,
) -> Result<Vec<LineRow>, DbError> {
    let sql = format!(
        "SELECT {LINE} FROM wallet_line WHERE tenant_id = $1 AND owner = $2 AND verb IN \
         ('enrol', 'renew', 'suspend', 'resume', 'leave', 'merge', 'unmerge') \
         ORDER BY wallet_line_seq DESC LIMIT $3"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, owner, limit]).await?;
    Ok(rows.iter().map(line_row).collect())
}
