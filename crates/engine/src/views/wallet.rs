//! What a partner has in wallets: balances with what expires when, tiers with what is missing to the
//! next one, benefits, vouchers, badges, what points buy, and what happened.
//!
//! # Promises
//!
//! * Everything is as the book says it at that moment, whether or not a job ran.
//! * What cannot be had says why, with the reason a line would be refused with.

mod movements;
mod past;
mod trace;

use std::sync::Arc;

use domain::amount::Currency;
use domain::code::PartnerCode;
use domain::explain::CountedIn;
use domain::program::Names;
use domain::wallet::{
    Book, CatalogueReward, Command, Line, List, OrderReward, Refusal, RewardGives, Said, TierGroup,
};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::catalog::MasterData;
use crate::db::Reader;
use crate::rules::Rules;
use crate::wallets::{self, Active, WalletError};

pub use movements::{Movement, movements, movements_of_pool};
pub use past::{PastBalance, PastTier, PastWallet, past};
pub use trace::{Taking, Trace, TracedLot, Went, trace};

/// Everything that a partner has in one wallet.
#[derive(Debug, Clone)]
pub struct PartnerWallet {
    pub code: String,
    pub name: Names,
    pub money: Option<Currency>,
    /// The moment it is looked at, by the clocks of the wallet.
    pub at: DateTime,
    pub holdings: Vec<Holding>,
    pub tiers: Vec<Tier>,
    pub benefits: Vec<Benefit>,
    pub vouchers: Vec<HeldVoucher>,
    pub badges: Vec<Badge>,
    pub rewards: Vec<Offer>,
    /// Reservations and redemptions, by key.
    pub redemptions: Vec<Redemption>,
}

/// What is held of one point currency.
#[derive(Debug, Clone)]
pub struct Holding {
    pub unit: String,
    pub name: Names,
    pub is_spendable: bool,
    pub decimals: u32,
    /// What can be used; below zero if more was taken.
    pub amount: Decimal,
    pub escrow: Decimal,
    pub reserved: Decimal,
    pub arrears: Decimal,
    /// What the amount pays, in money.
    pub worth: Option<Decimal>,
    /// The next last day of anything, and how much ends with it.
    pub expiring: Option<(String, Decimal)>,
    /// Those that hold something, the next to end first.
    pub lots: Vec<HeldLot>,
}

#[derive(Debug, Clone)]
pub struct HeldLot {
    pub name: String,
    pub on: String,
    pub usable: String,
    pub expires: Option<String>,
    pub amount: Decimal,
    pub escrow: Decimal,
    pub reserved: Decimal,
    pub credited: Decimal,
    pub status: String,
    /// The promotion that it counts for.
    pub promotion: Option<String>,
    /// Who passed it on.
    pub from: Option<String>,
}

/// Where a partner stands in a tier group.
#[derive(Debug, Clone)]
pub struct Tier {
    pub group: String,
    pub name: Names,
    /// Position among the rows; nothing below the first.
    pub tier: Option<usize>,
    pub rows: Vec<Row>,
    pub figure: Decimal,
    pub counted: Counted,
    pub since: Option<String>,
    /// When it is assessed next.
    pub next_check: Option<String>,
    /// What is missing to the next row.
    pub gap: Option<Decimal>,
    /// What was set by hand: not below this tier.
    pub floor: Option<usize>,
    /// Not above this one.
    pub ceiling: Option<usize>,
    /// The last day of what was set by hand; nothing if it has none.
    pub held_until: Option<String>,
    pub is_in_grace: bool,
    /// The tiers it had, the present one last.
    pub before: Vec<TierBefore>,
}

/// A tier that a partner had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierBefore {
    /// Position among the rows; nothing below the first, or one that is declared no more.
    pub tier: Option<usize>,
    pub since: Option<String>,
    /// The day on which the next one began.
    pub until: Option<String>,
    /// What moved the partner to it: `rise`, `fall`, `floor`.
    pub by: String,
}

/// What the figure of a tier group is counted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// The balance of a point currency.
    Points(Names),
    /// A total of facts.
    Facts(CountedIn),
}

/// A row of a tier group.
#[derive(Debug, Clone)]
pub struct Row {
    pub tier: String,
    pub name: Names,
    pub colour: Option<String>,
    pub from: Decimal,
    pub benefits: Vec<(String, Names)>,
}

#[derive(Debug, Clone)]
pub struct Benefit {
    pub code: String,
    pub name: Names,
    pub description: Names,
    pub is_active: bool,
    pub since: Option<String>,
    pub tier: String,
}

#[derive(Debug, Clone)]
pub struct HeldVoucher {
    pub code: String,
    pub kind: String,
    pub name: Names,
    pub description: Names,
    /// Counted in money; otherwise it is one piece.
    pub is_money: bool,
    pub amount: Decimal,
    pub reserved: Decimal,
    pub redeemed: Decimal,
    pub status: String,
    pub expires: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Badge {
    pub code: String,
    pub name: Names,
    pub description: Names,
    pub status: String,
    pub since: Option<String>,
    pub expires: Option<String>,
    /// Why people gave it.
    pub reason: Option<String>,
}

/// A reward of the catalogue, and whether the partner may order one now.
#[derive(Debug, Clone)]
pub struct Offer {
    pub reward: CatalogueReward,
    pub unit_name: Names,
    pub refusal: Option<Refusal>,
}

#[derive(Debug, Clone)]
pub struct Redemption {
    pub key: String,
    pub unit: String,
    pub amount: Decimal,
    pub value: Option<Decimal>,
    pub status: String,
    /// The reward that was ordered.
    pub reward: Option<String>,
}

/// The wallets of a partner, now or on a later day.
pub async fn of_partner(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (now, on): (Timestamp, Option<Date>),
    partner: &PartnerCode,
) -> Result<Vec<PartnerWallet>, WalletError> {
    let mut all = Vec::new();
    for of in &rules.wallets {
        let at = on.map(|day| day.at(23, 59, 59, 999_999_999));
        let book = wallets::book_of(reader, of, master, (now, at), partner).await?;
        all.push(shown(of, &book, partner));
    }
    Ok(all)
}

fn shown(of: &Active, book: &Book, partner: &PartnerCode) -> PartnerWallet {
    let report = book.report();
    let own = |list: List| report.iter().filter(move |line| line.list == list);
    let of_partner = |list: List| own(list).filter(|line| line.of == partner.as_str());
    PartnerWallet {
        code: of.code.clone(),
        name: of.name.clone(),
        money: of.money,
        at: book.now(),
        holdings: of_partner(List::Balances).filter_map(|it| holding(of, it, &report)).collect(),
        tiers: of_partner(List::Tiers).filter_map(|line| tier(of, line, &report)).collect(),
        benefits: of_partner(List::Benefits).filter_map(|line| benefit(of, line)).collect(),
        vouchers: own(List::Vouchers)
            .filter(|line| text(line, "partner").as_deref() == Some(partner.as_str()))
            .filter_map(|line| voucher(of, line))
            .collect(),
        badges: of_partner(List::Badges).filter_map(|line| badge(of, line)).collect(),
        rewards: offers(of, book, partner),
        redemptions: redemptions(book, partner, &report),
    }
}

fn said<'l>(line: &'l Line, word: &str) -> Option<&'l Said> {
    line.says.iter().find(|(own, _)| *own == word).map(|(_, said)| said)
}

fn text(line: &Line, word: &str) -> Option<String> {
    match said(line, word)? {
        Said::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn number(line: &Line, word: &str) -> Option<Decimal> {
    match said(line, word)? {
        Said::Number(number) => Some(*number),
        _ => None,
    }
}

fn amount(line: &Line, word: &str) -> Decimal {
    number(line, word).unwrap_or_default()
}

fn holding(of: &Active, line: &Line, report: &[Line]) -> Option<Holding> {
    let unit = text(line, "unit")?;
    let currency = of.wallet.points.get(unit.as_str())?;
    let is_own = |lot: &&Line| {
        lot.list == List::Lots && lot.of == line.of && text(lot, "unit").as_deref() == Some(&unit)
    };
    let mut lots: Vec<HeldLot> = report.iter().filter(is_own).map(lot).collect();
    lots.retain(|lot| !(lot.amount + lot.escrow + lot.reserved).is_zero());
    lots.sort_by(|a, b| {
        let key = |lot: &HeldLot| (lot.expires.is_none(), lot.expires.clone(), lot.on.clone());
        key(a).cmp(&key(b))
    });
    let next = lots.iter().find(|lot| lot.expires.is_some() && !lot.amount.is_zero());
    let expiring = next.and_then(|lot| Some((lot.expires.clone()?, amount(line, "expiring"))));
    let there = amount(line, "amount");
    Some(Holding {
        name: currency.name.clone(),
        is_spendable: currency.is_spendable(),
        decimals: currency.decimals,
        amount: there,
        escrow: amount(line, "escrow"),
        reserved: amount(line, "reserved"),
        arrears: amount(line, "arrears"),
        worth: currency.worth.and_then(|worth| worth.checked_mul(there)),
        expiring,
        lots,
        unit,
    })
}

fn lot(line: &Line) -> HeldLot {
    HeldLot {
        name: text(line, "lot").unwrap_or_default(),
        on: text(line, "on").unwrap_or_default(),
        usable: text(line, "usable").unwrap_or_default(),
        expires: text(line, "expires"),
        amount: amount(line, "amount"),
        escrow: amount(line, "escrow"),
        reserved: amount(line, "reserved"),
        credited: amount(line, "credited"),
        status: text(line, "status").unwrap_or_default(),
        promotion: text(line, "promotion"),
        from: text(line, "from"),
    }
}

/// The tiers of a partner in a group, the present one last.
fn before(group: &TierGroup, of: &str, report: &[Line]) -> Vec<TierBefore> {
    let is_own = |line: &&Line| {
        line.list == List::TierHistory
            && line.of == of
            && text(line, "tier_group").as_deref() == Some(&group.code)
    };
    let one = |line: &Line| {
        let tier = text(line, "tier").unwrap_or_default();
        TierBefore {
            tier: group.rows.iter().position(|row| *row.tier == *tier),
            since: text(line, "since"),
            until: text(line, "until"),
            by: text(line, "by").unwrap_or_default(),
        }
    };
    report.iter().filter(is_own).map(one).collect()
}

fn tier(of: &Active, line: &Line, report: &[Line]) -> Option<Tier> {
    let code = text(line, "tier_group")?;
    let group = of.wallet.tier_groups.get(code.as_str())?;
    let at = |word: &str| {
        let tier = text(line, word)?;
        group.rows.iter().position(|row| *row.tier == *tier)
    };
    Some(Tier {
        name: group.name.clone(),
        tier: at("tier"),
        rows: rows(of, group),
        figure: amount(line, "figure"),
        counted: counted(of, group),
        since: text(line, "since"),
        next_check: text(line, "next_check"),
        gap: number(line, "gap"),
        floor: at("floor"),
        ceiling: at("ceiling"),
        held_until: text(line, "held_until"),
        is_in_grace: text(line, "status").as_deref() == Some("grace"),
        before: before(group, &line.of, report),
        group: code,
    })
}

fn counted(of: &Active, group: &TierGroup) -> Counted {
    let term = group.total.as_ref().and_then(|program| program.terms.first());
    let points = || of.wallet.points.get(&group.by).map(|points| points.name.clone());
    match term {
        Some(term) => Counted::Facts(CountedIn::of_measure(term).unwrap_or(CountedIn::Plain)),
        None => Counted::Points(points().unwrap_or_default()),
    }
}

fn rows(of: &Active, group: &TierGroup) -> Vec<Row> {
    let named = |code: &Arc<str>| {
        let benefit = of.wallet.benefits.get(code);
        (code.to_string(), benefit.map(|benefit| benefit.name.clone()).unwrap_or_default())
    };
    let row = |row: &domain::wallet::TierRow| Row {
        tier: row.tier.to_string(),
        name: row.name.clone(),
        colour: row.colour.clone(),
        from: row.from,
        benefits: row.benefits.iter().map(named).collect(),
    };
    group.rows.iter().map(row).collect()
}

fn benefit(of: &Active, line: &Line) -> Option<Benefit> {
    let code = text(line, "benefit")?;
    let declared = of.wallet.benefits.get(code.as_str())?;
    Some(Benefit {
        name: declared.name.clone(),
        description: declared.description.clone(),
        is_active: text(line, "status").as_deref() == Some("active"),
        since: text(line, "since"),
        tier: text(line, "tier").unwrap_or_default(),
        code,
    })
}

fn voucher(of: &Active, line: &Line) -> Option<HeldVoucher> {
    let kind = text(line, "voucher")?;
    let declared = of.wallet.vouchers.get(kind.as_str())?;
    Some(HeldVoucher {
        code: line.of.clone(),
        name: declared.name.clone(),
        description: declared.description.clone(),
        is_money: !declared.is_counted(),
        amount: amount(line, "amount"),
        reserved: amount(line, "reserved"),
        redeemed: amount(line, "redeemed"),
        status: text(line, "status").unwrap_or_default(),
        expires: text(line, "expires"),
        kind,
    })
}

fn badge(of: &Active, line: &Line) -> Option<Badge> {
    let code = text(line, "badge")?;
    let declared = of.wallet.badges.get(code.as_str())?;
    Some(Badge {
        name: declared.name.clone(),
        description: declared.description.clone(),
        status: text(line, "status").unwrap_or_default(),
        since: text(line, "since"),
        expires: text(line, "expires"),
        reason: text(line, "reason"),
        code,
    })
}

/// What points buy, with what a line that orders one would be told.
fn offers(of: &Active, book: &Book, partner: &PartnerCode) -> Vec<Offer> {
    let offer = |reward: &CatalogueReward| {
        let unit = of.wallet.points.get(&reward.points);
        Offer {
            reward: reward.clone(),
            unit_name: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
            refusal: refused(book, partner, &reward.code, 1),
        }
    };
    of.wallet.rewards.values().map(offer).collect()
}

/// Why a line that orders so many would be refused. The book stays as it is.
fn refused(
    book: &Book,
    partner: &PartnerCode,
    reward: &Arc<str>,
    quantity: u32,
) -> Option<Refusal> {
    let key: Arc<str> = Arc::from("\u{1f}");
    let line = OrderReward { partner: partner.clone(), reward: reward.clone(), quantity };
    let mut tried = book.clone();
    tried.act(&key, book.now(), &Command::OrderReward(line)).err()
}

/// Why a partner may not order so many pieces of a reward now, before it does.
pub async fn order_refused(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    line: &OrderReward,
) -> Result<Option<Refusal>, WalletError> {
    let Some(of) = rules.wallets.iter().find(|of| of.wallet.rewards.contains_key(&line.reward))
    else {
        return Ok(Some(Refusal::UnknownCode));
    };
    let book = wallets::book_of(reader, of, master, (now, None), &line.partner).await?;
    Ok(refused(&book, &line.partner, &line.reward, line.quantity))
}

fn redemptions(book: &Book, partner: &PartnerCode, report: &[Line]) -> Vec<Redemption> {
    let lines = report.iter().filter(|line| line.list == List::Redemptions);
    let own = lines.filter(|line| book.owner_of(&line.of).is_some_and(|it| it == partner));
    own.map(|line| Redemption {
        key: line.of.clone(),
        unit: text(line, "unit").unwrap_or_default(),
        amount: amount(line, "amount"),
        value: number(line, "value"),
        status: text(line, "status").unwrap_or_default(),
        reward: book.reward_of(&line.of).map(ToString::to_string),
    })
    .collect()
}

/// What a reward gives, in a word.
pub fn gives_word(gives: &RewardGives) -> &'static str {
    match gives {
        RewardGives::Goods => "goods",
        RewardGives::Voucher(_) => "voucher",
        RewardGives::Cash(_) => "cash",
        RewardGives::Badge(_) => "badge",
    }
}
