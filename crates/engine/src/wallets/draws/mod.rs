//! Plays that the server draws, so that everybody can check them afterwards.
//!
//! # Promises
//!
//! * A seed of 32 random bytes is made for each game and day before its first play, and its hash is
//!   kept with it and in the audit. The seed itself is told once its day is over.
//! * A draw follows from the seed, the game, the day, its number on that day and the key of the play
//!   alone. Nobody can choose it afterwards, and numbers leave no gap where one was taken away.
//! * The same play again is the same draw, on whichever day it is sent again. A play that is refused
//!   draws nothing, and tells nothing.
//!
//! Whoever reads the database can foresee the draws of a day that is not over; that is said in the
//! decision on draws.

mod check;
mod number;
mod store;

use std::sync::Arc;

use domain::code::PartnerCode;
use domain::wallet::{Command, Game, Piece, Play, Prize, Refusal};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;

use super::{Active, Answer, Ask, WalletError, act};
use crate::access::Actor;
use crate::audit;
use crate::catalog::MasterData;
use crate::db::Tx;
use crate::rules::Rules;

pub use check::{Checked, Count, check};
pub use number::{commitment, drawn};
pub use store::{DrawRow, Seal, counted, draws_of, play_of, plays_of, seals};

/// Of whom a play is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayAsk {
    pub key: Arc<str>,
    pub game: Arc<str>,
    pub partner: PartnerCode,
}

/// What came of a play.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayAnswer {
    pub answer: Answer,
    /// Nothing where it was refused.
    pub drawn: Option<Drawn>,
}

/// A draw, and what it won.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    pub day: Date,
    pub number: i64,
    pub draw: Decimal,
    /// Of the seed it comes from.
    pub commitment: String,
    /// What was won; `None`: nothing.
    pub prize: Option<Prize>,
}

/// The wallet that declares a game, and the game.
pub fn game_of<'r>(rules: &'r Rules, code: &str) -> Option<(&'r Active, &'r Game)> {
    rules.wallets.iter().find_map(|of| Some((of, of.wallet.games.get(code)?)))
}

/// Makes the seeds of today and tomorrow that are not there yet.
pub(super) async fn seal(tx: &mut Tx, rules: &Rules, now: Timestamp) -> Result<(), WalletError> {
    for of in rules.wallets.iter().filter(|of| !of.wallet.games.is_empty()) {
        let today = of.wallet.time_zone.to_datetime(now).date();
        let days = [today, today.tomorrow().unwrap_or(today)];
        let there = store::sealed(tx, of.wallet_id, days).await?;
        for game in of.wallet.games.keys() {
            for day in days {
                if there.iter().any(|(sealed, on)| **sealed == **game && *on == day) {
                    continue;
                }
                let seed = number::seed().map_err(WalletError::Random)?;
                let commitment = store::seal(tx, (of.wallet_id, game), day, &seed, now).await?;
                let after = json!({ "day": day, "commitment": commitment });
                let entry = audit::Entry::of("seal", "game", &**game, None, Some(after));
                audit::append(tx, now, &Actor::System, entry).await?;
            }
        }
    }
    Ok(())
}

/// Draws, and plays the game with what was drawn.
pub async fn play(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    by: (&Actor, Timestamp),
    ask: &PlayAsk,
) -> Result<PlayAnswer, WalletError> {
    let refused = |why| PlayAnswer { answer: Answer::Refused(why), drawn: None };
    let Some((of, game)) = game_of(rules, &ask.game) else {
        return Ok(refused(Refusal::UnknownCode));
    };
    let (before, new) = match store::of_key(tx, &ask.key).await? {
        Some(before) if before.game == *ask.game => (Some(before.clone()), before),
        // The key is that of another game's play.
        Some(_) => return Ok(refused(Refusal::OtherContent)),
        None => (None, next(tx, (rules, of), ask, by.1).await?),
    };
    let line = Play { game: ask.game.clone(), partner: ask.partner.clone(), draw: new.draw };
    let line = Ask { key: ask.key.clone(), on: None, command: Command::Play(line) };
    let answer = act(tx, rules, master, by, &line).await?;
    if let Answer::Refused(why) = answer {
        return Ok(refused(why));
    }
    if before.is_none() {
        store::keep(tx, (of.wallet_id, of.version), &ask.key, &new, by.1).await?;
    }
    let found = super::store::named(tx, vec![ask.key.to_string()]).await?;
    let played = found.iter().find_map(|found| Piece::play(&found.piece));
    let won = played.and_then(|played| played.prize.clone());
    let prize = won.and_then(|won| game.prizes.iter().find(|prize| prize.code == won).cloned());
    let store::Kept { day, number, draw, commitment, .. } = new;
    Ok(PlayAnswer { answer, drawn: Some(Drawn { day, number, draw, commitment, prize }) })
}

/// The next draw of a game, today.
async fn next(
    tx: &mut Tx,
    (rules, of): (&Rules, &Active),
    ask: &PlayAsk,
    now: Timestamp,
) -> Result<store::Kept, WalletError> {
    seal(tx, rules, now).await?;
    let day = of.wallet.time_zone.to_datetime(now).date();
    let (seed, commitment) = store::seed_of(tx, (of.wallet_id, &ask.game), day).await?;
    let number = store::last(tx, (of.wallet_id, &ask.game), day).await? + 1;
    let draw = drawn(&seed, (&ask.game, day), number, &ask.key);
    Ok(store::Kept { game: ask.game.to_string(), day, number, draw, commitment })
}

#[cfg(test)]
mod tests;
