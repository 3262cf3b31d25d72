//! What is new in a book, for whoever wants to hear of it: points that moved, a tier that was
//! reached, a voucher that was issued or used.
//!
//! # Promises
//!
//! * What is told is what was written: postings, and the difference between a piece before and after.
//!   Nothing is told that the book does not say, and nothing twice.
//! * The words are those of the lists. A kind of news keeps its name and its words for good, since
//!   others have written programs for them; what is new to say is added.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::book::Book;
use super::ledger::{Account, Entry, Unit};
use super::members::MemberStep;
use super::piece::{Body, Piece};
use super::report::Said;
use super::tiers::is_hidden;
use super::vouchers::Voucher;
use crate::code::PartnerCode;
use crate::wallet::Place;

/// Something that happened in a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// `wallet.points.credited`: what, and then what became of it.
    pub kind: &'static str,
    pub partner: Option<PartnerCode>,
    /// By the clocks of the wallet; `None`: when it was written down.
    pub at: Option<DateTime>,
    pub says: Vec<(&'static str, Said)>,
}

/// Every kind there is, in the order of the reference.
pub const KINDS: [&str; 35] = [
    "wallet.points.credited",
    "wallet.points.released",
    "wallet.points.spent",
    "wallet.points.returned",
    "wallet.points.reserved",
    "wallet.points.freed",
    "wallet.points.debited",
    "wallet.points.expired",
    "wallet.points.reset",
    "wallet.points.taken_back",
    "wallet.points.settled",
    "wallet.points.transferred",
    "wallet.tier.changed",
    "wallet.benefit.assigned",
    "wallet.benefit.renewed",
    "wallet.benefit.lapsed",
    "wallet.voucher.issued",
    "wallet.voucher.redeemed",
    "wallet.voucher.returned",
    "wallet.voucher.expired",
    "wallet.voucher.cancelled",
    "wallet.badge.given",
    "wallet.badge.taken_back",
    "wallet.reward.ordered",
    "wallet.game.played",
    "wallet.promotion.enrolled",
    "wallet.promotion.left",
    "wallet.membership.merged",
    "wallet.membership.parted",
    "wallet.membership.enrolled",
    "wallet.membership.renewed",
    "wallet.membership.suspended",
    "wallet.membership.resumed",
    "wallet.membership.ended",
    "wallet.sponsor.low",
];

impl Book {
    /// What this book posted, by cause: a redemption that took of three lots is one piece of news.
    pub fn news_of_points(&self) -> Vec<News> {
        let mut order: Vec<PointsKey> = Vec::new();
        let mut sums: BTreeMap<PointsKey, Decimal> = BTreeMap::new();
        for entry in self.entries() {
            let Some(key) = self.points_key(entry) else { continue };
            if !sums.contains_key(&key) {
                order.push(key.clone());
            }
            *sums.entry(key).or_default() += entry.posting.amount;
        }
        order
            .into_iter()
            .map(|key| {
                let amount = sums.get(&key).copied().unwrap_or_default();
                key.news(amount)
            })
            .collect()
    }

    /// What a posting is, if it moved points that people see.
    fn points_key(&self, entry: &Entry) -> Option<PointsKey> {
        let of = &entry.posting;
        if is_hidden(&of.unit) || !self.wallet().points.contains_key(&of.unit) {
            return None;
        }
        let reserved = |key: &str| self.owner_of(key).cloned();
        let (kind, partner, other) = match (&of.debit, &of.credit) {
            (Account::Granted(_), Account::Open(_, to)) => ("credited", Some(to.clone()), None),
            (Account::Granted(_), Account::Escrow(_, to)) => {
                ("credited", Some(to.clone()), Some(("waiting", "true".to_owned())))
            }
            (Account::Escrow(_, from), Account::Open(_, to)) if from == to => {
                ("released", Some(to.clone()), None)
            }
            (
                Account::Open(_, from) | Account::Escrow(_, from) | Account::Arrears(_, from),
                Account::Granted(_),
            ) => ("taken_back", Some(from.clone()), None),
            (Account::Open(_, from), Account::Redeemed(_)) => ("spent", Some(from.clone()), None),
            (Account::Reserved(_, key), Account::Redeemed(_)) => ("spent", reserved(key), None),
            (Account::Redeemed(_), Account::Open(_, to)) => ("returned", Some(to.clone()), None),
            (Account::Open(_, from), Account::Reserved(..)) => {
                ("reserved", Some(from.clone()), None)
            }
            (Account::Reserved(..), Account::Open(_, to)) => ("freed", Some(to.clone()), None),
            (Account::Open(_, from), Account::Adjusted(_)) => ("debited", Some(from.clone()), None),
            (Account::Open(_, from) | Account::Escrow(_, from), Account::Expired(_)) => {
                ("expired", Some(from.clone()), None)
            }
            (Account::Open(_, from) | Account::Escrow(_, from), Account::Reset(_)) => {
                ("reset", Some(from.clone()), None)
            }
            (Account::Open(_, from), Account::Arrears(_, to)) if from == to => {
                ("settled", Some(from.clone()), None)
            }
            (
                Account::Open(_, from) | Account::Escrow(_, from) | Account::Arrears(_, from),
                Account::Open(_, to) | Account::Escrow(_, to) | Account::Arrears(_, to),
            ) => ("transferred", Some(from.clone()), Some(("to", to.to_string()))),
            _ => return None,
        };
        let kind = KINDS.iter().find(|it| it.strip_prefix("wallet.points.") == Some(kind))?;
        Some(PointsKey {
            kind,
            partner,
            other,
            unit: of.unit.clone(),
            cause: entry.cause.to_string(),
            at: entry.at,
        })
    }

    /// What became of a piece.
    pub fn news_of_piece(
        &self,
        name: &str,
        before: Option<&Piece>,
        after: Option<&Piece>,
    ) -> Vec<News> {
        let (before, after) = (before.map(Piece::body), after.map(Piece::body));
        match (before, after) {
            (was, Some(Body::Tier(partner, group, is))) => {
                let was = match was {
                    Some(Body::Tier(_, _, was)) => was.tier,
                    _ => None,
                };
                self.news_of_tier(partner, group, (was, is.tier))
            }
            (was, Some(Body::Benefit(partner, group, benefit, is))) => {
                let was = match was {
                    Some(Body::Benefit(_, _, _, was)) => Some(was).filter(|was| was.is_active),
                    _ => None,
                };
                let kind = match (was, is.is_active) {
                    (None, true) => "wallet.benefit.assigned",
                    (Some(_), false) => "wallet.benefit.lapsed",
                    (Some(was), true) if was.renewed != is.renewed => "wallet.benefit.renewed",
                    _ => return Vec::new(),
                };
                let mut says = texts(&[("benefit", benefit), ("group", group), ("tier", &is.tier)]);
                let declared = self.wallet().benefits.get(benefit);
                if let Some((gives, code)) = declared.map(|it| it.gives.what()) {
                    says.push(("gives", Said::Text(gives.to_owned())));
                    says.push(("code", Said::Text(code.to_owned())));
                }
                vec![news(kind, Some(partner), says)]
            }
            (was, Some(Body::Voucher(is))) => {
                let was = match was {
                    Some(Body::Voucher(was)) => Some(was),
                    _ => None,
                };
                news_of_voucher(was, is)
            }
            (was, Some(Body::Badge(partner, badge, by, is))) => {
                let was = match was {
                    Some(Body::Badge(_, _, _, was)) => !was.is_taken_back(),
                    _ => false,
                };
                let kind = match (was, !is.is_taken_back()) {
                    (false, true) => "wallet.badge.given",
                    (true, false) => "wallet.badge.taken_back",
                    _ => return Vec::new(),
                };
                vec![news(kind, Some(partner), texts(&[("badge", badge), ("by", by)]))]
            }
            (was, Some(Body::Sponsor(sponsor, is))) => {
                let was = match was {
                    Some(Body::Sponsor(_, was)) => self.low_pack(sponsor, Some(was)),
                    // A pack that nobody filled yet is no news.
                    _ => None,
                };
                let low = self.low_pack(sponsor, Some(is)).filter(|_| was.is_none());
                let Some(pack) = low else { return Vec::new() };
                let mut says = texts(&[("sponsor", sponsor)]);
                says.push(("pack", Said::Number(pack)));
                vec![news("wallet.sponsor.low", None, says)]
            }
            (None, Some(Body::Order(order))) => {
                let mut says = vec![("key", Said::Text(name.to_owned()))];
                says.extend(texts(&[("reward", &order.reward)]));
                vec![news("wallet.reward.ordered", Some(&order.partner), says)]
            }
            (None, Some(Body::Play(played))) => {
                let mut says = vec![("key", Said::Text(name.to_owned()))];
                says.extend(texts(&[("game", played.game())]));
                says.extend(played.prize().map(|prize| ("prize", Said::Text(prize.to_string()))));
                vec![news("wallet.game.played", Some(played.partner()), says)]
            }
            (was, Some(Body::Enrolled(partner, promotion, said))) => {
                let was = match was {
                    Some(Body::Enrolled(_, _, was)) => was.last().map(|(_, is_in)| *is_in),
                    _ => None,
                };
                let kind = match said.last().map(|(_, is_in)| *is_in) {
                    Some(true) if was != Some(true) => "wallet.promotion.enrolled",
                    Some(false) if was != Some(false) => "wallet.promotion.left",
                    _ => return Vec::new(),
                };
                vec![news(kind, Some(partner), texts(&[("promotion", promotion)]))]
            }
            (was, Some(Body::Member(said))) => {
                let before = match was {
                    Some(Body::Member(was)) => was.len(),
                    _ => 0,
                };
                let new = said.iter().skip(before);
                new.map(|(from, step)| news_of_member(name, *from, *step)).collect()
            }
            (None, Some(Body::Merged(into))) => {
                let says = vec![("into", Said::Text(into.to_string()))];
                vec![news("wallet.membership.merged", Some(&PartnerCode::new(name)), says)]
            }
            (Some(Body::Merged(from)), None) => {
                let says = vec![("from", Said::Text(from.to_string()))];
                vec![news("wallet.membership.parted", Some(&PartnerCode::new(name)), says)]
            }
            _ => Vec::new(),
        }
    }

    fn news_of_tier(
        &self,
        partner: &PartnerCode,
        group: &Unit,
        (was, is): (Option<usize>, Option<usize>),
    ) -> Vec<News> {
        if was == is {
            return Vec::new();
        }
        let rows = self.wallet().tier_groups.get(group).map(|group| group.rows.as_slice());
        let code = |at: Option<usize>| Some(rows?.get(at?)?.tier.to_string());
        let mut says = texts(&[("group", group)]);
        says.extend(code(is).map(|tier| ("tier", Said::Text(tier))));
        says.extend(code(was).map(|tier| ("before", Said::Text(tier))));
        vec![news("wallet.tier.changed", Some(partner), says)]
    }
}

/// What makes postings one piece of news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PointsKey {
    kind: &'static str,
    partner: Option<PartnerCode>,
    other: Option<(&'static str, String)>,
    unit: Unit,
    cause: String,
    at: DateTime,
}

impl PointsKey {
    fn news(self, amount: Decimal) -> News {
        let mut says = vec![
            ("unit", Said::Text(self.unit.to_string())),
            ("amount", Said::Number(amount)),
            ("cause", Said::Text(self.cause)),
        ];
        says.extend(self.other.map(|(word, said)| (word, Said::Text(said))));
        News { kind: self.kind, partner: self.partner, at: Some(self.at), says }
    }
}

fn news_of_member(partner: &str, from: DateTime, step: MemberStep) -> News {
    let (kind, until) = match step {
        MemberStep::Enrol { until, .. } => ("wallet.membership.enrolled", until),
        MemberStep::Renew { until } => ("wallet.membership.renewed", until),
        MemberStep::Suspend => ("wallet.membership.suspended", None),
        MemberStep::Resume => ("wallet.membership.resumed", None),
        MemberStep::End => ("wallet.membership.ended", None),
    };
    let mut says = vec![("from", Said::Text(from.date().to_string()))];
    says.extend(until.map(|last| ("until", Said::Text(last.to_string()))));
    news(kind, Some(&PartnerCode::new(partner)), says)
}

fn news_of_voucher(was: Option<&Voucher>, is: &Voucher) -> Vec<News> {
    let left = is.lot.holds(Place::Open) + is.lot.holds(Place::Reserved);
    let says = |amount: Decimal| {
        let mut says = texts(&[("voucher", &is.kind), ("code", &is.code)]);
        says.push(("amount", Said::Number(amount)));
        says.push(("left", Said::Number(left)));
        says.push(("status", Said::Text(is.state().word().to_owned())));
        says.extend(is.lot.ends.text().map(|day| ("expires", Said::Text(day))));
        says
    };
    let of = |kind, amount| news(kind, is.partner.as_ref(), says(amount));
    let mut all = Vec::new();
    if was.is_none() {
        all.push(of("wallet.voucher.issued", is.lot.credited));
    }
    let moved =
        |place: Place| is.lot.holds(place) - was.map_or(Decimal::ZERO, |was| was.lot.holds(place));
    // What lapses with a use goes with it: the voucher is used, not expired.
    let (used, expired, cancelled) =
        (moved(Place::Redeemed), moved(Place::Expired), moved(Place::ClawedBack));
    if Decimal::ZERO < used {
        all.push(of("wallet.voucher.redeemed", used));
    } else if used < Decimal::ZERO {
        all.push(of("wallet.voucher.returned", -used));
    }
    if Decimal::ZERO < expired && used.is_zero() {
        all.push(of("wallet.voucher.expired", expired));
    }
    if Decimal::ZERO < cancelled {
        all.push(of("wallet.voucher.cancelled", cancelled));
    }
    all
}

fn news(
    kind: &'static str,
    partner: Option<&PartnerCode>,
    says: Vec<(&'static str, Said)>,
) -> News {
    News { kind, partner: partner.cloned(), at: None, says }
}

fn texts(pairs: &[(&'static str, &Unit)]) -> Vec<(&'static str, Said)> {
    pairs.iter().map(|(word, text)| (*word, Said::Text(text.to_string()))).collect()
}
