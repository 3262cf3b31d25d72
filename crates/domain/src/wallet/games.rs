//! Games: a partner plays, and a draw says what it wins.
//!
//! # Promises
//!
//! * The draw comes with the play. Told again, the same play wins the same.
//! * A play takes its price and gives its prize together, or is refused.
//! * No prize is given more often than its limit says. A play that is cancelled gives its price
//!   back and loses its prize, which can be won again.

mod declared;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub(crate) use declared::GAME;
pub(super) use declared::{check, read, read_play};

use super::book::Book;
use super::command::{Refusal, Spend, SpendAmount};
use super::credit::Grant;
use super::ledger::Unit;
use super::lot::{Ends, Place};
use super::report::{Line, List, Said, Use};
use super::spending::room_below;
use crate::code::PartnerCode;
use crate::program::Names;

/// What is declared of a game.
#[derive(Debug, Clone, PartialEq)]
pub struct Game {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    /// In the order in which their odds are added up; at most all of it.
    pub prizes: Vec<Prize>,
    /// What a play costs; `None`: nothing.
    pub price: Option<PlayPrice>,
    /// How often a partner may play on a day; `None`: as often as it can pay.
    pub per_day: Option<u32>,
    /// The first day on which it is played, and the last one.
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    pub looks: Looks,
}

/// What a game looks like to whoever plays it. It changes nothing of what is won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Looks {
    /// A card to scratch.
    #[default]
    Scratch,
    /// A wheel to spin.
    Wheel,
}

impl Looks {
    pub fn word(self) -> &'static str {
        match self {
            Looks::Scratch => "scratch",
            Looks::Wheel => "wheel",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Prize {
    pub code: Unit,
    /// How often it is won, of all plays.
    pub odds: Decimal,
    /// How often it can be won altogether.
    pub limit: Option<u32>,
    pub gives: PrizeGives,
}

/// What a prize gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrizeGives {
    /// A product, or the thing the prize is called after.
    Goods(Option<String>),
    Points(Unit, Decimal),
    Voucher(Unit),
    Badge(Unit),
}

/// What a play costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayPrice {
    /// The point currency.
    pub points: Unit,
    pub price: Decimal,
}

/// A line that plays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Play {
    pub game: Unit,
    pub partner: PartnerCode,
    /// From 0 up to but not 1.
    pub draw: Decimal,
}

/// A play, and what came of it; its price is a spending under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    pub play: Play,
    /// `None`: nothing.
    pub prize: Option<Unit>,
    pub is_cancelled: bool,
    /// The day on which it was recorded, by the clocks of the wallet. Plays from before days were
    /// counted have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
}

impl Played {
    pub(super) fn game(&self) -> &Unit {
        &self.play.game
    }

    pub(super) fn prize(&self) -> Option<&Unit> {
        self.prize.as_ref()
    }
}

/// All plays of a book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plays {
    by_key: BTreeMap<Arc<str>, Played>,
    /// How often a prize of a game was won, and not lost again.
    won: BTreeMap<(Unit, Unit), u32>,
}

/// What the list of plays says.
pub(super) const WORDS: &[(&str, Use)] = &[
    ("game", Use::Same),
    ("partner", Use::Same),
    ("prize", Use::Same),
    ("draw", Use::Adds),
    ("status", Use::Same),
];

impl Plays {
    pub(super) fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// Lays a play in, and what it won.
    pub(super) fn put(&mut self, key: Arc<str>, played: Played) {
        if let Some(prize) = played.prize.clone().filter(|_| !played.is_cancelled) {
            *self.won.entry((played.play.game.clone(), prize)).or_default() += 1;
        }
        self.by_key.insert(key, played);
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&Arc<str>, &Played)> {
        self.by_key.iter()
    }

    /// How often each prize was won, and not lost again, by what limits call it.
    fn tallies(&self) -> impl Iterator<Item = (String, Decimal)> {
        self.won.iter().map(|((game, prize), won)| (won_of(game, prize), Decimal::from(*won)))
    }
}

impl Played {
    pub(super) fn partner(&self) -> &PartnerCode {
        &self.play.partner
    }

    /// The key of the credit that it won, if it won points.
    pub(super) fn credit(&self, key: &str) -> Arc<str> {
        credit_of(&self.play.game, key)
    }
}

/// How often a prize was won, as limits count it.
fn won_of(game: &str, prize: &str) -> String {
    format!("won/{game}/{prize}")
}

/// How often a partner played on a day, as limits count it.
fn played_of(game: &str, partner: &PartnerCode, day: Date) -> String {
    format!("played/{game}/{partner}/{day}")
}

impl Game {
    /// The names under which its limits count.
    pub(super) fn tally_names(&self) -> impl Iterator<Item = String> {
        let limited = self.prizes.iter().filter(|prize| prize.limit.is_some());
        limited.map(|prize| self.tally_name(prize))
    }

    /// The name under which is counted how often a prize was won, and not lost again.
    pub fn tally_name(&self, prize: &Prize) -> String {
        won_of(&self.code, &prize.code)
    }

    /// The name under which is counted how often a partner plays on a day, if that is limited.
    pub fn tally_of_day(&self, partner: &PartnerCode, day: Date) -> Option<String> {
        self.per_day.map(|_| played_of(&self.code, partner, day))
    }

    /// The prize that a draw falls on.
    pub fn drawn(&self, draw: Decimal) -> Option<&Prize> {
        let mut up_to = Decimal::ZERO;
        self.prizes.iter().find(|prize| {
            up_to += prize.odds;
            draw < up_to
        })
    }

    fn prize(&self, code: &str) -> Option<&Prize> {
        self.prizes.iter().find(|prize| &*prize.code == code)
    }
}

impl Book {
    pub(super) fn play(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        play: &Play,
    ) -> Result<(), Refusal> {
        if self.is_unknown(&play.partner) {
            return Err(Refusal::UnknownPartner);
        }
        let wallet = self.wallet.clone();
        let game = wallet.games.get(&play.game).ok_or(Refusal::UnknownCode)?;
        self.stands_alone(&play.partner)?;
        if !(Decimal::ZERO..Decimal::ONE).contains(&play.draw) {
            return Err(Refusal::InvalidAmount);
        }
        self.is_member(&play.partner, on)?;
        self.is_played_now(game)?;
        self.may_play_on(game, &play.partner)?;
        if let Some(PlayPrice { points, price }) = &game.price {
            let spend = Spend {
                partner: play.partner.clone(),
                unit: points.clone(),
                amount: SpendAmount::Exactly(*price),
                order: None,
                order_amount: None,
            };
            let room = room_below(&self.as_of_tier(&wallet.points[points], &play.partner));
            if self.balance_of(&play.partner, points) + room < *price {
                return Err(Refusal::Insufficient);
            }
            self.redeem_all(key, on, &spend, *price);
        }
        let drawn = game.drawn(play.draw);
        let prize = drawn.filter(|prize| self.is_there(game, prize, &play.partner, on.date()));
        if let Some(prize) = prize {
            *self.plays.won.entry((game.code.clone(), prize.code.clone())).or_default() += 1;
            self.give_prize(key, on, play, &prize.gives);
        }
        let prize = prize.map(|prize| prize.code.clone());
        let day = Some(self.now().date());
        let played = Played { play: play.clone(), prize, is_cancelled: false, day };
        self.plays.by_key.insert(key.clone(), played);
        Ok(())
    }

    /// How often each prize was won, and how often partners played on days that are limited, by
    /// what limits call it.
    pub(super) fn tallies_of_plays(&self) -> Vec<(String, Decimal)> {
        let of_day = |played: &Played| {
            let game = self.wallet.games.get(&played.play.game)?;
            // What a membership played that is part of another one counts with that.
            let partner = self.survivor(&played.play.partner);
            game.tally_of_day(partner, played.day.filter(|_| !played.is_cancelled)?)
        };
        let days = self.plays.by_key.values().filter_map(of_day);
        self.plays.tallies().chain(days.map(|name| (name, Decimal::ONE))).collect()
    }

    /// How often a partner played a game on a day and it stands, with those that are part of it.
    fn played_on(&self, game: &str, partner: &PartnerCode, day: Date) -> usize {
        let is_it = |it: &&Played| {
            *it.play.game == *game
                && it.day == Some(day)
                && !it.is_cancelled
                && self.survivor(&it.play.partner) == partner
        };
        self.plays.by_key.values().filter(is_it).count()
    }

    /// A game is played from its first day to its last one, by the day on which that is recorded.
    fn is_played_now(&self, game: &Game) -> Result<(), Refusal> {
        let today = self.now().date();
        if game.starts.is_some_and(|first| today < first) {
            return Err(Refusal::NotStarted);
        }
        if game.ends.is_some_and(|last| last < today) {
            return Err(Refusal::Expired);
        }
        Ok(())
    }

    /// Plays count on the day on which they are recorded: a line cannot say it was yesterday's.
    fn may_play_on(&self, game: &Game, partner: &PartnerCode) -> Result<(), Refusal> {
        let Some(limit) = game.per_day else { return Ok(()) };
        let day = self.now().date();
        let here = self.played_on(&game.code, partner, day);
        let elsewhere = self.counted_elsewhere(&played_of(&game.code, partner, day));
        let played = Decimal::from(here) + elsewhere;
        if played < Decimal::from(limit) { Ok(()) } else { Err(Refusal::LimitPartner) }
    }

    /// Whether a prize is not used up: neither it nor the voucher that it gives.
    fn is_there(&self, game: &Game, prize: &Prize, partner: &PartnerCode, day: Date) -> bool {
        let won = self.plays.won.get(&(game.code.clone(), prize.code.clone()));
        let won = Decimal::from(won.copied().unwrap_or(0))
            + self.counted_elsewhere(&won_of(&game.code, &prize.code));
        let is_left = prize.limit.is_none_or(|limit| won < Decimal::from(limit));
        is_left
            && match &prize.gives {
                PrizeGives::Voucher(voucher) => self.may_give(voucher, partner, day, 1).is_ok(),
                _ => true,
            }
    }

    fn give_prize(&mut self, key: &Arc<str>, on: DateTime, play: &Play, gives: &PrizeGives) {
        let grant = |unit: &Unit| Grant {
            name: key.clone(),
            partner: play.partner.clone(),
            unit: unit.clone(),
            subtype: 0,
            on,
            expires: None,
            usable: None,
            lifetime: None,
            escrow: None,
        };
        match gives {
            PrizeGives::Goods(_) => {}
            PrizeGives::Points(unit, amount) => {
                self.grant(&credit_of(&play.game, key), &grant(unit), *amount);
            }
            PrizeGives::Voucher(voucher) => self.hand_out_several(key, &grant(voucher), 1),
            PrizeGives::Badge(badge) => self.give_badge(key, (&play.partner, badge), on, None),
        }
    }

    /// Undoes a play: its price comes back, and its prize goes. A voucher that was won must not
    /// have been used.
    pub(super) fn cancel_play(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
        expires: Option<Ends>,
    ) -> Result<(), Refusal> {
        let wallet = self.wallet.clone();
        let Played { play, prize, is_cancelled, .. } =
            self.plays.by_key.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        let game = wallet.games.get(&play.game).ok_or(Refusal::UnknownCode)?;
        let prize = prize.and_then(|prize| game.prize(&prize));
        let price = game.price.as_ref().map(|it| it.price);
        if amount.is_some_and(|amount| amount <= Decimal::ZERO) {
            return Err(Refusal::InvalidAmount);
        }
        let won = match prize.map(|prize| &prize.gives) {
            Some(PrizeGives::Voucher(_)) => self.vouchers.meant(key),
            _ => Vec::new(),
        };
        if is_cancelled || won.iter().any(|code| self.is_used(code)) {
            return Err(Refusal::WrongState);
        }
        // There is no half of a play.
        if amount.is_some() && amount != price {
            return Err(Refusal::NotAStep);
        }
        if price.is_some() {
            self.cancel(key, None, expires)?;
        }
        let undoing: Arc<str> = Arc::from(format!("{key}-c"));
        match prize.map(|prize| &prize.gives) {
            Some(PrizeGives::Points(..)) => {
                let credit = credit_of(&play.game, key);
                if self.credits.get(&credit).is_some_and(|it| !it.left().is_zero()) {
                    self.claw_back(&credit, &undoing, None)?;
                }
            }
            Some(PrizeGives::Voucher(_)) if won.iter().any(|code| self.is_open(code)) => {
                self.cancel_vouchers(key, &won, None)?;
            }
            Some(PrizeGives::Badge(badge)) => self.take_badge(key, &play.partner, badge),
            Some(PrizeGives::Voucher(_) | PrizeGives::Goods(_)) | None => {}
        }
        if let Some(prize) = prize
            && let Entry::Occupied(mut won) =
                self.plays.won.entry((game.code.clone(), prize.code.clone()))
        {
            *won.get_mut() -= 1;
            if *won.get() == 0 {
                won.remove();
            }
        }
        if let Some(played) = self.plays.by_key.get_mut(key) {
            played.is_cancelled = true;
        }
        Ok(())
    }

    /// Whether something of a voucher was used, or is promised.
    fn is_used(&self, code: &str) -> bool {
        let lot = self.vouchers.find(code).map(|voucher| &voucher.lot);
        let holds = |place: Place| lot.is_some_and(|lot| !lot.holds(place).is_zero());
        holds(Place::Redeemed) || holds(Place::Reserved)
    }

    fn is_open(&self, code: &str) -> bool {
        let voucher = self.vouchers.find(code);
        voucher.is_some_and(|voucher| !voucher.lot.holds(Place::Open).is_zero())
    }

    /// The lines of all plays, by key.
    pub(super) fn report_plays(&self) -> Vec<Line> {
        let line = |(key, played): (&Arc<str>, &Played)| {
            let text = |text: &str| Said::Text(text.to_owned());
            let says = vec![
                ("game", text(&played.play.game)),
                ("partner", text(played.play.partner.as_str())),
                ("prize", text(played.prize.as_deref().unwrap_or("nothing"))),
                ("draw", Said::Number(played.play.draw)),
                ("status", text(if played.is_cancelled { "cancelled" } else { "done" })),
            ];
            Line { list: List::Plays, of: key.to_string(), says }
        };
        self.plays.by_key.iter().map(line).collect()
    }
}

/// The key of the credit that a play won. The play's own is that of its price.
fn credit_of(game: &Unit, key: &str) -> Arc<str> {
    Arc::from(format!("{game}/{key}"))
}

#[cfg(test)]
mod tests;
