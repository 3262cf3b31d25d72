//! The draws of a day that is over, done again and held against the odds that were declared.

use std::collections::BTreeMap;

use domain::wallet::Game;
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{number, store};
use crate::db::Reader;
use crate::rules::wallets::versions;
use crate::wallets::{Active, WalletError, declared};

/// Draws that are read at once.
const DRAWS_PER_READ: i64 = 5_000;
/// So many wrong or missing numbers are told.
const NUMBERS_MAX: usize = 100;

/// What a check of a day found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub day: Date,
    pub commitment: String,
    pub seed: String,
    /// Whether the seed is the one that was committed to.
    pub seed_fits: bool,
    pub draws: i64,
    /// Draws that do not follow from the seed.
    pub wrong: Vec<i64>,
    /// Numbers that are not there.
    pub missing: Vec<i64>,
    /// By prize, in the order of the odds, and nothing at last.
    pub counts: Vec<Count>,
}

/// How often a prize was drawn, and how often the odds say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// `None`: nothing.
    pub prize: Option<String>,
    pub expected: Decimal,
    pub drawn: i64,
}

impl Checked {
    /// Whether everything is as it was promised.
    pub fn holds(&self) -> bool {
        self.seed_fits && self.wrong.is_empty() && self.missing.is_empty()
    }

    /// The sum of squared differences to what the odds say, each over what they say; and how many
    /// counts are free to differ. `None` where nothing could differ.
    pub fn chi_square(&self) -> Option<(Decimal, usize)> {
        let told: Vec<&Count> = self.counts.iter().filter(|it| !it.expected.is_zero()).collect();
        let free = told.len().checked_sub(1).filter(|free| *free > 0 && self.draws > 0)?;
        let part = |count: &&Count| {
            let off = Decimal::from(count.drawn) - count.expected;
            off.checked_mul(off)?.checked_div(count.expected)
        };
        let sum = told.iter().map(part).try_fold(Decimal::ZERO, |sum, it| sum.checked_add(it?))?;
        Some((sum.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero), free))
    }
}

/// Draws a day of a game again. `None` if it has no seed, or is not over.
pub async fn check(
    reader: &mut Reader,
    of: &Active,
    game: &str,
    (day, today): (Date, Date),
) -> Result<Option<Checked>, WalletError> {
    if today <= day {
        return Ok(None);
    }
    let days = store::sealed(reader, of.wallet_id, [day, day]).await?;
    if !days.iter().any(|(sealed, _)| sealed == game) {
        return Ok(None);
    }
    let (seed, commitment) = store::seed_of(reader, (of.wallet_id, game), day).await?;
    let mut found = Checked {
        day,
        seed_fits: number::commitment(&seed) == commitment,
        seed,
        commitment,
        draws: 0,
        wrong: Vec::new(),
        missing: Vec::new(),
        counts: Vec::new(),
    };
    let mut games: BTreeMap<i64, Option<Game>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = (after, DRAWS_PER_READ);
        let rows = store::draws_of(reader, (of.wallet_id, game), day, page).await?;
        let Some(last) = rows.last().map(|row| row.number) else { break };
        for row in &rows {
            if let std::collections::btree_map::Entry::Vacant(entry) = games.entry(row.version) {
                entry.insert(as_of(reader, of, row.version, game).await?);
            }
            let gap = after + 1..row.number;
            let room = NUMBERS_MAX.saturating_sub(found.missing.len());
            found.missing.extend(gap.take(room));
            after = row.number;
            let again = number::drawn(&found.seed, (game, day), row.number, &row.key);
            if again != row.draw && found.wrong.len() < NUMBERS_MAX {
                found.wrong.push(row.number);
            }
            found.draws += 1;
            if let Some(Some(game)) = games.get(&row.version) {
                count(&mut found.counts, game, row.draw);
            }
        }
        after = last;
    }
    Ok(Some(found))
}

/// Counts a draw, and what the odds of its text expect of it.
pub(super) fn count(counts: &mut Vec<Count>, game: &Game, draw: Decimal) {
    let mut add = |prize: Option<&str>, expected: Decimal, drawn: bool| {
        let at = counts.iter().position(|count| count.prize.as_deref() == prize);
        let at = at.unwrap_or_else(|| {
            // Nothing stands last.
            let end =
                counts.len() - usize::from(counts.last().is_some_and(|it| it.prize.is_none()));
            let at = if prize.is_some() { end } else { counts.len() };
            let new = Count { prize: prize.map(str::to_owned), expected: Decimal::ZERO, drawn: 0 };
            counts.insert(at, new);
            at
        });
        counts[at].expected += expected;
        counts[at].drawn += i64::from(drawn);
    };
    let drawn = game.drawn(draw).map(|prize| &prize.code);
    for prize in &game.prizes {
        add(Some(&prize.code), prize.odds, drawn == Some(&prize.code));
    }
    let rest = Decimal::ONE - game.prizes.iter().map(|prize| prize.odds).sum::<Decimal>();
    if !rest.is_zero() {
        add(None, rest, drawn.is_none());
    }
}

/// A game as a text of the wallet declared it.
async fn as_of(
    reader: &mut Reader,
    of: &Active,
    version: i64,
    game: &str,
) -> Result<Option<Game>, WalletError> {
    if version == of.version {
        return Ok(of.wallet.games.get(game).cloned());
    }
    let all = versions(reader).await?;
    let is_it = |row: &&crate::rules::wallets::WalletVersion| {
        row.wallet_id == of.wallet_id && row.version == version
    };
    let Some(text) = all.iter().find(is_it).map(|row| row.text.clone()) else { return Ok(None) };
    let (file, _) = declared::check(reader, &text).await?;
    Ok(file.and_then(|file| file.wallet.games.get(game).cloned()))
}
