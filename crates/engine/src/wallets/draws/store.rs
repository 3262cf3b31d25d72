//! The SQL of seeds and draws.

use std::collections::BTreeMap;

use domain::wallet::{Piece, Played};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::number;
use crate::args;
use crate::db::{DbError, Reader, Row, Tx, date_of, days_of};
use crate::wallets::WalletError;

/// A day of a game: what is told of its seed, and how often it was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    pub day: Date,
    pub commitment: String,
    /// Once the day is over.
    pub seed: Option<String>,
    pub recorded: Timestamp,
    pub draws: i64,
}

/// A draw as it was kept, with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawRow {
    pub number: i64,
    pub key: String,
    pub draw: Decimal,
    pub version: i64,
    pub recorded: Timestamp,
    /// Who played, what was won and whether that was undone.
    pub played: Option<Played>,
}

/// A draw, before it is kept or as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub game: String,
    pub day: Date,
    pub number: i64,
    pub draw: Decimal,
    pub commitment: String,
}

/// The games that have a seed on these days.
pub(super) async fn sealed(
    reader: &mut Reader,
    wallet_id: i64,
    [first, last]: [Date; 2],
) -> Result<Vec<(String, Date)>, DbError> {
    let rows = reader
        .rows(
            "SELECT game, day FROM game_seed WHERE tenant_id = $1 AND wallet_id = $2 \
             AND day BETWEEN $3 AND $4",
            args![reader.tenant(), wallet_id, days_of(first), days_of(last)],
        )
        .await?;
    Ok(rows.iter().filter_map(|row| Some((row.string(0), date_of(row.int(1))?))).collect())
}

/// Keeps a seed, and says its commitment.
pub(super) async fn seal(
    tx: &mut Tx,
    (wallet_id, game): (i64, &str),
    day: Date,
    seed: &str,
    now: Timestamp,
) -> Result<String, DbError> {
    let commitment = number::commitment(seed);
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO game_seed (tenant_id, wallet_id, game, day, seed, commitment, recorded) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![tenant, wallet_id, game, days_of(day), seed, &commitment, now],
    )
    .await?;
    Ok(commitment)
}

/// The seed of a game on a day, and its commitment.
pub(super) async fn seed_of(
    reader: &mut Reader,
    (wallet_id, game): (i64, &str),
    day: Date,
) -> Result<(String, String), DbError> {
    let row = reader
        .row(
            "SELECT seed, commitment FROM game_seed \
             WHERE tenant_id = $1 AND wallet_id = $2 AND game = $3 AND day = $4",
            args![reader.tenant(), wallet_id, game, days_of(day)],
        )
        .await?;
    let missing = || DbError::Derived { what: format!("game `{game}` has no seed on {day}") };
    row.map(|row| (row.string(0), row.string(1))).ok_or_else(missing)
}

/// The number of the last draw of a day; 0 if there is none.
pub(super) async fn last(
    reader: &mut Reader,
    (wallet_id, game): (i64, &str),
    day: Date,
) -> Result<i64, DbError> {
    let row = reader
        .row(
            "SELECT COALESCE(MAX(number), 0) FROM game_draw \
             WHERE tenant_id = $1 AND wallet_id = $2 AND game = $3 AND day = $4",
            args![reader.tenant(), wallet_id, game, days_of(day)],
        )
        .await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// The draw of a play.
pub(super) async fn of_key(reader: &mut Reader, key: &str) -> Result<Option<Kept>, DbError> {
    let row = reader
        .row(
            "SELECT d.game, d.day, d.number, d.draw, s.commitment FROM game_draw d \
             JOIN game_seed s ON s.tenant_id = d.tenant_id AND s.wallet_id = d.wallet_id \
             AND s.game = d.game AND s.day = d.day WHERE d.tenant_id = $1 AND d.key = $2",
            args![reader.tenant(), key],
        )
        .await?;
    let kept = |row: Row| Kept {
        game: row.string(0),
        day: date_of(row.int(1)).unwrap_or_default(),
        number: row.int(2),
        draw: row.text(3).parse().unwrap_or_default(),
        commitment: row.string(4),
    };
    Ok(row.map(kept))
}

pub(super) async fn keep(
    tx: &mut Tx,
    (wallet_id, version): (i64, i64),
    key: &str,
    of: &Kept,
    now: Timestamp,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO game_draw (tenant_id, wallet_id, game, day, number, key, draw, version, \
         recorded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tenant,
            wallet_id,
            &of.game,
            days_of(of.day),
            of.number,
            key,
            &of.draw.to_string(),
            version,
            now
        ],
    )
    .await?;
    Ok(())
}

/// The days of a game, the newest first. `today` is not over.
pub async fn seals(
    reader: &mut Reader,
    (wallet_id, game): (i64, &str),
    today: Date,
    limit: i64,
) -> Result<Vec<Seal>, DbError> {
    let rows = reader
        .rows(
            "SELECT s.day, s.commitment, s.seed, s.recorded, (SELECT COUNT(*) FROM game_draw d \
             WHERE d.tenant_id = s.tenant_id AND d.wallet_id = s.wallet_id AND d.game = s.game \
             AND d.day = s.day) FROM game_seed s WHERE s.tenant_id = $1 AND s.wallet_id = $2 \
             AND s.game = $3 ORDER BY s.day DESC LIMIT $4",
            args![reader.tenant(), wallet_id, game, limit],
        )
        .await?;
    let seal = |row: &Row| {
        let day = date_of(row.int(0))?;
        Some(Seal {
            day,
            commitment: row.string(1),
            seed: (day < today).then(|| row.string(2)),
            recorded: row.instant(3),
            draws: row.int(4),
        })
    };
    Ok(rows.iter().filter_map(seal).collect())
}

/// Draws of a day by number, after one, with what came of each.
pub async fn draws_of(
    reader: &mut Reader,
    (wallet_id, game): (i64, &str),
    day: Date,
    (after, limit): (i64, i64),
) -> Result<Vec<DrawRow>, WalletError> {
    let rows = reader
        .rows(
            "SELECT d.number, d.key, d.draw, d.version, d.recorded, p.body FROM game_draw d \
             LEFT JOIN wallet_piece p ON p.tenant_id = d.tenant_id \
             AND p.wallet_id = d.wallet_id AND p.kind = 'play' AND p.name = d.key \
             WHERE d.tenant_id = $1 AND d.wallet_id = $2 AND d.game = $3 AND d.day = $4 \
             AND d.number > $5 ORDER BY d.number LIMIT $6",
            args![reader.tenant(), wallet_id, game, days_of(day), after, limit],
        )
        .await?;
    rows.iter().map(draw_row).collect()
}

fn draw_row(row: &Row) -> Result<DrawRow, WalletError> {
    let played = row.opt_text(5).map(|body| played(row.text(1), body)).transpose()?.flatten();
    Ok(DrawRow {
        number: row.int(0),
        key: row.string(1),
        draw: row.text(2).parse().unwrap_or_default(),
        version: row.int(3),
        recorded: row.instant(4),
        played,
    })
}

fn played(key: &str, body: &str) -> Result<Option<Played>, WalletError> {
    let piece: Piece = serde_json::from_str(body).map_err(|error| WalletError::Piece {
        kind: "play".to_owned(),
        name: key.to_owned(),
        problem: error.to_string(),
    })?;
    Ok(piece.play().cloned())
}

/// The plays of a partner that the server drew, the newest first, each with its game.
pub async fn plays_of(
    reader: &mut Reader,
    owner: &str,
    limit: i64,
) -> Result<Vec<(String, DrawRow)>, WalletError> {
    let rows = reader
        .rows(
            "SELECT d.number, d.key, d.draw, d.version, d.recorded, p.body, d.game \
             FROM wallet_piece p JOIN game_draw d ON d.tenant_id = p.tenant_id AND d.key = p.name \
             WHERE p.tenant_id = $1 AND p.owner = $2 AND p.kind = 'play' \
             ORDER BY d.recorded DESC, d.number DESC LIMIT $3",
            args![reader.tenant(), owner, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.string(6), draw_row(row)?))).collect()
}

/// One of them, by its key.
pub async fn play_of(
    reader: &mut Reader,
    owner: &str,
    key: &str,
) -> Result<Option<(String, DrawRow)>, WalletError> {
    let row = reader
        .row(
            "SELECT d.number, d.key, d.draw, d.version, d.recorded, p.body, d.game \
             FROM game_draw d JOIN wallet_piece p ON p.tenant_id = d.tenant_id \
             AND p.wallet_id = d.wallet_id AND p.kind = 'play' AND p.name = d.key \
             WHERE d.tenant_id = $1 AND d.key = $3 AND p.owner = $2",
            args![reader.tenant(), owner, key],
        )
        .await?;
    row.map(|row| Ok((row.string(6), draw_row(&row)?))).transpose()
}

/// What limits count of a wallet under these names.
pub async fn counted(
    reader: &mut Reader,
    wallet_id: i64,
    names: Vec<String>,
) -> Result<BTreeMap<String, Decimal>, DbError> {
    crate::wallets::store::tallies(reader, wallet_id, names).await
}
