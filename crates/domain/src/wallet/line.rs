//! Lines of the timeline that act on wallets.

use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::agreements::lines as agreements;
use super::command::{ByHand, Command, GiveBadge, SetTier, Spend, SpendAmount};
use super::funds::lines as funds;
use super::lot::{Ends, midnight};
use super::tiers::{Hold, read_until};
use super::{games, members, rewards, sponsors, vouchers};
use crate::code::PartnerCode;
use crate::reader::{Fields, Reader, date_of};
use crate::yaml::Node;

/// The words that name such a line, each with what it may say beside its key.
const LINES: [(&str, &[&str]); 34] = [
    (
        "credit",
        &[
            "partner",
            "points",
            "amount",
            "subtype",
            "expires",
            "usable",
            "promotion",
            "sponsor",
            "fund",
            "reason",
        ],
    ),
    ("debit", &["partner", "points", "amount", "reason"]),
    (
        "redeem",
        &[
            "partner",
            "points",
            "amount",
            "up_to",
            "order",
            "order_amount",
            "reward",
            "quantity",
            "voucher",
            "due",
            "tax",
        ],
    ),
    (
        "reserve",
        &[
            "partner",
            "points",
            "amount",
            "up_to",
            "order",
            "order_amount",
            "reward",
            "quantity",
            "voucher",
            "due",
            "tax",
            "until",
        ],
    ),
    ("commit", &["amount"]),
    ("release", &[]),
    ("clawback", &["of", "amount"]),
    ("transfer", &["from", "to", "points", "fund", "amount"]),
    ("merge", &["into"]),
    ("unmerge", &[]),
    ("issue", vouchers::WORDS_OF_ISSUE),
    ("cancel", &["amount", "expires", "reason"]),
    ("assign", &["tier_group", "tier", "as", "until", "reason"]),
    ("enrol", &["promotion", "wallet", "channel", "until", "reason"]),
    ("leave", &["promotion", "wallet", "reason"]),
    ("renew", &["wallet", "until", "reason"]),
    ("suspend", &["wallet", "reason"]),
    ("resume", &["wallet", "reason"]),
    ("top_up", &["sponsor", "fund", "amount"]),
    ("play", &["game", "partner", "draw"]),
    ("give", &["badge", "partner", "expires", "reason"]),
    ("take", &["badge", "partner", "reason"]),
    ("allocate", funds::ALLOCATE),
    ("request", funds::REQUEST),
    ("claim", CLAIM),
    ("submit", funds::SUBMIT),
    ("send_back", funds::MOVE),
    ("approve", funds::DECIDE),
    ("reject", funds::MOVE),
    ("pay", funds::DECIDE),
    ("close", funds::MOVE),
    ("shipment", agreements::SHIPMENT),
    ("stock", agreements::STOCK),
    ("price", agreements::PRICE),
];

/// What a claim says, on a fund or on an agreement.
const CLAIM: &[&str] = &[
    "request",
    "partner",
    "fund",
    "allocation",
    "from",
    "activity",
    "date",
    "cost",
    "amount",
    "own_cash",
    "evidence",
    "invoice",
    "draft",
    "agreement",
    "lines",
    "product",
    "quantity",
    "price",
    "sale",
    "method",
    "parties",
];

/// Those that are about funds whatever they say.
const LINES_OF_FUNDS: [&str; 9] =
    ["allocate", "request", "claim", "submit", "send_back", "approve", "reject", "pay", "close"];

/// All of them.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    LINES.iter().map(|(word, _)| *word).filter(|word| *word != "cancel")
}

/// What a line may say beside its key; `None` if its word is none of these.
pub(crate) fn words_of(word: &str) -> Option<&'static [&'static str]> {
    LINES.iter().find(|(known, _)| *known == word).map(|(_, words)| *words)
}

/// What a line asks. `zone` is where a day of the wallet begins.
pub(crate) fn command(
    reader: &mut Reader<'_>,
    word: &str,
    fields: &Fields<'_>,
    zone: &TimeZone,
) -> Option<Command> {
    let read = Line { fields, zone };
    if read.is_about_agreement(reader, word)? {
        return agreements::read(reader, word, &read).map(Command::Channel);
    }
    if read.is_about_fund(reader, word)? {
        return funds::read(reader, word, &read).map(Command::Fund);
    }
    Some(match word {
        "credit" => {
            let (partner, unit) = (read.partner(reader, "partner"), read.unit(reader));
            let amount = reader.needed(fields, "amount", Reader::number);
            Command::Credit(ByHand {
                subtype: reader.maybe(fields, "subtype", Reader::code),
                expires: reader.maybe(fields, "expires", |r, k, n| read.ends(r, k, n)),
                usable: reader.maybe(fields, "usable", |r, k, n| read.moment(r, k, n)),
                promotion: read.promotion(reader),
                sponsors: reader.maybe(fields, "sponsor", sponsors::bearers).unwrap_or_default(),
                reason: reader.maybe(fields, "reason", Reader::text),
                partner: partner?,
                unit: unit?,
                amount: amount?,
            })
        }
        "debit" => {
            let (partner, unit) = (read.partner(reader, "partner"), read.unit(reader));
            let amount = reader.needed(fields, "amount", Reader::number);
            let reason = reader.maybe(fields, "reason", Reader::text);
            Command::Debit { partner: partner?, unit: unit?, amount: amount?, reason }
        }
        "redeem" => match read.spent(reader)? {
            Spent::Points => Command::Redeem(read.spend(reader)?),
            Spent::Voucher => Command::UseVoucher(vouchers::read_use(reader, &read)?),
            Spent::Reward => Command::OrderReward(rewards::read_order(reader, &read)?),
        },
        "reserve" => {
            let until = reader.maybe(fields, "until", |r, k, n| read.ends(r, k, n));
            match read.spent(reader)? {
                Spent::Points => Command::Reserve(read.spend(reader)?, until),
                Spent::Voucher => {
                    Command::ReserveVoucher(vouchers::read_use(reader, &read)?, until)
                }
                Spent::Reward => Command::ReserveReward(rewards::read_order(reader, &read)?, until),
            }
        }
        "issue" => Command::Issue(vouchers::read_issue(reader, &read)?),
        "commit" => Command::Commit { amount: reader.maybe(fields, "amount", Reader::number) },
        "release" => Command::Release,
        "clawback" => {
            let of = reader.needed(fields, "of", Reader::code);
            let amount = reader.maybe(fields, "amount", Reader::number);
            Command::Clawback { of: Arc::from(of?), amount }
        }
        "transfer" => {
            let (from, to) = (read.partner(reader, "from"), read.partner(reader, "to"));
            let unit = read.unit(reader);
            let amount = reader.needed(fields, "amount", Reader::number);
            Command::Transfer { from: from?, to: to?, unit: unit?, amount: amount? }
        }
        "merge" => Command::Merge { into: read.partner(reader, "into")? },
        "unmerge" => Command::Unmerge,
        "cancel" => Command::Cancel {
            amount: reader.maybe(fields, "amount", Reader::number),
            expires: reader.maybe(fields, "expires", |r, k, n| read.ends(r, k, n)),
            reason: reader.maybe(fields, "reason", Reader::text),
        },
        "assign" => {
            let group = reader.needed(fields, "tier_group", Reader::code);
            let tier = reader.needed(fields, "tier", Reader::code);
            let ways = Hold::ALL.map(|hold| (hold.word(), hold));
            let hold = reader.maybe(fields, "as", |r, k, n| r.word(k, n, &ways));
            let until = reader.maybe(fields, "until", |r, k, n| read_until(&read, r, k, n));
            let reason = reader.maybe(fields, "reason", Reader::text);
            let tier = tier.map(|tier| Some(tier).filter(|tier| tier != "none"));
            let hold = hold.unwrap_or_default();
            Command::Assign(SetTier { group: group?, tier: tier?, hold, until, reason })
        }
        "enrol" | "leave" if fields.has("promotion") => {
            let promotion = read.only_promotion(reader)?;
            if word == "enrol" {
                Command::Enrol { promotion }
            } else {
                Command::Leave { promotion }
            }
        }
        "enrol" | "leave" | "renew" | "suspend" | "resume" => {
            Command::Member(members::read_line(reader, word, fields))
        }
        "top_up" => {
            let sponsor = reader.needed(fields, "sponsor", Reader::code);
            let amount = reader.needed(fields, "amount", Reader::number);
            Command::TopUp { sponsor: Arc::from(sponsor?), amount: amount? }
        }
        "play" => Command::Play(games::read_play(reader, &read)?),
        "give" | "take" => read.badge_by_hand(reader, word)?,
        _ => return None,
    })
}

/// What a line of `redeem` or `reserve` spends.
#[derive(Clone, Copy)]
enum Spent {
    Points,
    Voucher,
    Reward,
}

/// The words of a line, and where its days begin.
pub(super) struct Line<'l, 'n> {
    pub fields: &'l Fields<'n>,
    zone: &'l TimeZone,
}

impl Line<'_, '_> {
    /// A badge that is given or taken by hand.
    fn badge_by_hand(&self, reader: &mut Reader<'_>, word: &str) -> Option<Command> {
        let (partner, badge) = (self.partner(reader, "partner"), self.badge(reader));
        let reason = reader.maybe(self.fields, "reason", Reader::text);
        if word == "take" {
            return Some(Command::TakeBadge { partner: partner?, badge: badge?, reason });
        }
        let expires = reader.maybe(self.fields, "expires", |r, k, n| self.ends(r, k, n));
        Some(Command::GiveBadge(GiveBadge { expires, reason, partner: partner?, badge: badge? }))
    }

    /// Whether the line is about an agreement, stock or prices; words that do not belong to it are
    /// wrong then.
    fn is_about_agreement(&self, reader: &mut Reader<'_>, word: &str) -> Option<bool> {
        if word != "claim" {
            return Some(matches!(word, "shipment" | "stock" | "price"));
        }
        let is_own = self.fields.has("agreement");
        let (others, of) = if is_own {
            (agreements::ONLY_OF_FUNDS, "by an `agreement`")
        } else {
            (agreements::ONLY_OF_AGREEMENTS, "on a fund")
        };
        let wrong = self.fields.among(others);
        for word in &wrong {
            let message = format!("`{word}` in a claim {of}");
            reader.error(self.fields.at(word), message, "leave it out, or make two claims");
        }
        wrong.is_empty().then_some(is_own)
    }

    /// Whether the line is about a fund; words that do not belong to it are wrong then.
    fn is_about_fund(&self, reader: &mut Reader<'_>, word: &str) -> Option<bool> {
        let others: &[&'static str] = match word {
            "credit" => &["points", "subtype", "promotion", "sponsor"],
            "transfer" => &["points"],
            "top_up" => &["sponsor"],
            _ => return Some(LINES_OF_FUNDS.contains(&word)),
        };
        if !self.fields.has("fund") {
            return Some(false);
        }
        let wrong = self.fields.among(others);
        for word in &wrong {
            let message = format!("`{word}` in a line about `fund`");
            reader.error(self.fields.at(word), message, "leave it out, or make two lines");
        }
        wrong.is_empty().then_some(true)
    }

    /// What is spent, by the words of the line; those that do not belong to it are wrong.
    fn spent(&self, reader: &mut Reader<'_>) -> Option<Spent> {
        let (spent, named, others): (Spent, &str, &[&'static str]) = if self.fields.has("voucher") {
            (Spent::Voucher, "voucher", &["points", "up_to", "reward", "quantity"])
        } else if self.fields.has("reward") {
            let others = &["points", "amount", "up_to", "order", "order_amount", "due", "tax"];
            (Spent::Reward, "reward", others)
        } else {
            (Spent::Points, "points", &["quantity", "due", "tax"])
        };
        let wrong = self.fields.among(others);
        for word in &wrong {
            let message = format!("`{word}` in a line about `{named}`");
            reader.error(self.fields.at(word), message, "leave it out, or make two lines");
        }
        wrong.is_empty().then_some(spent)
    }

    pub(super) fn maybe_partner(&self, reader: &mut Reader<'_>) -> Option<PartnerCode> {
        reader.maybe(self.fields, "partner", Reader::code).map(PartnerCode::new)
    }

    pub(super) fn partner(&self, reader: &mut Reader<'_>, key: &str) -> Option<PartnerCode> {
        reader.needed(self.fields, key, Reader::code).map(PartnerCode::new)
    }

    pub(super) fn promotion(&self, reader: &mut Reader<'_>) -> Option<Arc<str>> {
        reader.maybe(self.fields, "promotion", Reader::code).map(Arc::from)
    }

    /// The promotion of a line that is about one; words of memberships do not belong to it.
    fn only_promotion(&self, reader: &mut Reader<'_>) -> Option<Arc<str>> {
        let wrong = self.fields.among(&["wallet", "channel", "until", "reason"]);
        for word in &wrong {
            let message = format!("`{word}` in a line about `promotion`");
            reader.error(self.fields.at(word), message, "leave it out, or make two lines");
        }
        self.promotion(reader).filter(|_| wrong.is_empty())
    }

    fn badge(&self, reader: &mut Reader<'_>) -> Option<Arc<str>> {
        reader.needed(self.fields, "badge", Reader::code).map(Arc::from)
    }

    fn unit(&self, reader: &mut Reader<'_>) -> Option<Arc<str>> {
        reader.needed(self.fields, "points", Reader::code).map(Arc::from)
    }

    fn spend(&self, reader: &mut Reader<'_>) -> Option<Spend> {
        let (partner, unit) = (self.partner(reader, "partner"), self.unit(reader));
        let amount = self.spend_amount(reader);
        let order = reader.maybe(self.fields, "order", Reader::text);
        let order_amount = reader.maybe(self.fields, "order_amount", Reader::number);
        Some(Spend { partner: partner?, unit: unit?, amount: amount?, order, order_amount })
    }

    fn spend_amount(&self, reader: &mut Reader<'_>) -> Option<SpendAmount> {
        let number = |reader: &mut Reader<'_>, key: &str| -> Option<Decimal> {
            reader.maybe(self.fields, key, Reader::number)
        };
        match self.fields.among(&["amount", "up_to"]).as_slice() {
            ["amount"] => number(reader, "amount").map(SpendAmount::Exactly),
            ["up_to"] => number(reader, "up_to").map(SpendAmount::UpTo),
            [] => {
                let help = "add `amount`, or `up_to` for as many as there are";
                reader.error(self.fields.at, "the line says not how many", help);
                None
            }
            _ => {
                let help = "keep one of them";
                reader.error(self.fields.at("up_to"), "`up_to` stands beside `amount`", help);
                None
            }
        }
    }

    /// A last day, or an instant from which on nothing is left.
    pub(super) fn ends(&self, reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Ends> {
        ends_of(reader, key, node, self.zone)
    }

    /// The beginning of a day, or a time of the wallet's zone.
    pub(super) fn moment(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        node: &Node,
    ) -> Option<DateTime> {
        moment_of(reader, key, node, self.zone)
    }
}

/// A last day, or an instant from which on nothing is left.
pub(super) fn ends_of(
    reader: &mut Reader<'_>,
    key: &str,
    node: &Node,
    zone: &TimeZone,
) -> Option<Ends> {
    if let Some(day) = date_of(node.text().unwrap_or_default()) {
        return Some(Ends::After(day));
    }
    moment_of(reader, key, node, zone).map(Ends::At)
}

/// The beginning of a day, or a time of a zone.
pub(super) fn moment_of(
    reader: &mut Reader<'_>,
    key: &str,
    node: &Node,
    zone: &TimeZone,
) -> Option<DateTime> {
    let text = node.text().unwrap_or_default();
    if let Some(day) = date_of(text) {
        return Some(midnight(day));
    }
    if text.contains(['T', 't']) {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(zone.to_datetime(instant));
        }
        if let Ok(moment) = text.parse() {
            return Some(moment);
        }
    }
    reader.error(
        node.at,
        format!("{} is not a day or a time", node.described()),
        format!("write `{key}` as 2026-06-30 or 2026-06-30T10:00:00"),
    );
    None
}
