//! Games as they are shown: what can be won and how often, what is left of it, who may play.
//!
//! # Promises
//!
//! * What is left of a prize, and whether somebody may play, is what a play would be told now.
//! * The seed of a day is shown once the day is over, and not before.

use std::sync::Arc;

use domain::code::PartnerCode;
use domain::program::Names;
use domain::wallet::{Command, Game, Play, Prize, PrizeGives, Refusal, VoucherPays};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::catalog::MasterData;
use crate::db::Reader;
use crate::rules::Rules;
use crate::wallets::draws::{self, Seal};
use crate::wallets::{self, Active, WalletError};

/// A prize, and how often it was won.
#[derive(Debug, Clone, PartialEq)]
pub struct PrizeShown {
    pub prize: Prize,
    /// And not lost again by a play that was cancelled.
    pub won: Decimal,
    /// `None`: it has no limit.
    pub left: Option<Decimal>,
    /// What it costs the vendor; `None` for goods, of which nobody says it.
    pub cost: Option<Decimal>,
}

/// A game as everybody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct GameShown {
    pub wallet: String,
    pub game: Game,
    /// The names of the currency that a play is paid in.
    pub price_names: Names,
    pub prizes: Vec<PrizeShown>,
    /// How often nothing is won, of all plays.
    pub nothing: Decimal,
    /// The day it is, by the clocks of the wallet.
    pub today: Date,
    /// The newest days with a seed, today's among them.
    pub seals: Vec<Seal>,
}

impl GameShown {
    /// What is told of today's seed.
    pub fn commitment(&self) -> Option<&str> {
        self.seals.iter().find(|seal| seal.day == self.today).map(|seal| seal.commitment.as_str())
    }

    /// What one play costs the vendor on average as long as no prize is used up, where all costs are
    /// known; goods count nothing.
    pub fn expected_cost(&self) -> Decimal {
        let one = |of: &PrizeShown| of.prize.odds.checked_mul(of.cost?);
        self.prizes.iter().filter_map(one).sum()
    }

    /// Whether what goods cost is missing in it.
    pub fn has_unknown_costs(&self) -> bool {
        self.prizes.iter().any(|of| of.cost.is_none())
    }
}

/// A game as a partner may play it.
#[derive(Debug, Clone, PartialEq)]
pub struct GameOfPartner {
    pub shown: GameShown,
    /// What the partner has of what a play costs.
    pub balance: Decimal,
    /// Plays that the day still allows; `None`: as many as can be paid.
    pub plays_left: Option<u32>,
    /// Why it may not play now.
    pub refusal: Option<Refusal>,
}

/// So many days of a game are told.
pub const DAYS_MAX: i64 = 60;

/// All games of the wallets that act.
pub async fn all(
    reader: &mut Reader,
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<GameShown>, WalletError> {
    let mut games = Vec::new();
    for of in &rules.wallets {
        for game in of.wallet.games.values() {
            games.push(shown(reader, (of, game), now).await?);
        }
    }
    Ok(games)
}

/// One of them.
pub async fn one(
    reader: &mut Reader,
    rules: &Rules,
    now: Timestamp,
    code: &str,
) -> Result<Option<GameShown>, WalletError> {
    match draws::game_of(rules, code) {
        Some(found) => Ok(Some(shown(reader, found, now).await?)),
        None => Ok(None),
    }
}

async fn shown(
    reader: &mut Reader,
    (of, game): (&Active, &Game),
    now: Timestamp,
) -> Result<GameShown, WalletError> {
    let names = game.prizes.iter().map(|prize| game.tally_name(prize)).collect();
    let counted = draws::counted(reader, of.wallet_id, names).await?;
    let prize = |prize: &Prize| {
        let won = counted.get(&game.tally_name(prize)).copied().unwrap_or_default();
        let left = prize.limit.map(|limit| (Decimal::from(limit) - won).max(Decimal::ZERO));
        PrizeShown { prize: prize.clone(), won, left, cost: cost_of(of, prize) }
    };
    let today = of.wallet.time_zone.to_datetime(now).date();
    let seals = draws::seals(reader, (of.wallet_id, &game.code), today, DAYS_MAX).await?;
    let price = game.price.as_ref().and_then(|price| of.wallet.points.get(&price.points));
    Ok(GameShown {
        wallet: of.code.clone(),
        price_names: price.map(|currency| currency.name.clone()).unwrap_or_default(),
        prizes: game.prizes.iter().map(prize).collect(),
        nothing: Decimal::ONE - game.prizes.iter().map(|prize| prize.odds).sum::<Decimal>(),
        game: game.clone(),
        today,
        seals,
    })
}

/// What a prize costs the vendor.
fn cost_of(of: &Active, prize: &Prize) -> Option<Decimal> {
    match &prize.gives {
        PrizeGives::Goods(_) => None,
        PrizeGives::Points(unit, amount) => of.wallet.points.get(unit)?.cost.checked_mul(*amount),
        PrizeGives::Voucher(code) => {
            let kind = of.wallet.vouchers.get(code)?;
            match (&kind.cost, &kind.pays) {
                (Some(cost), _) | (None, VoucherPays::Value(cost)) => Some(*cost),
                _ => None,
            }
        }
        PrizeGives::Badge(_) => Some(Decimal::ZERO),
    }
}

/// All games, as a partner may play them.
pub async fn of_partner(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    partner: &PartnerCode,
) -> Result<Vec<GameOfPartner>, WalletError> {
    let mut games = Vec::new();
    for of in rules.wallets.iter().filter(|of| !of.wallet.games.is_empty()) {
        let book = wallets::book_of(reader, of, master, (now, None), partner).await?;
        for game in of.wallet.games.values() {
            let shown = shown(reader, (of, game), now).await?;
            let balance = game.price.as_ref().map(|price| book.balance_of(partner, &price.points));
            let day = game.tally_of_day(partner, shown.today);
            let counted = draws::counted(reader, of.wallet_id, day.into_iter().collect()).await?;
            let played = counted.values().next().and_then(Decimal::to_u32).unwrap_or(0);
            // Any draw: why a play is refused does not depend on it.
            let draw = Decimal::ZERO;
            let line = Play { game: game.code.clone(), partner: partner.clone(), draw };
            let key: Arc<str> = Arc::from("\u{1f}");
            let mut tried = book.clone();
            let refusal = tried.act(&key, book.now(), &Command::Play(line)).err();
            games.push(GameOfPartner {
                shown,
                balance: balance.unwrap_or_default(),
                plays_left: game.per_day.map(|limit| limit.saturating_sub(played)),
                refusal,
            });
        }
    }
    Ok(games)
}
