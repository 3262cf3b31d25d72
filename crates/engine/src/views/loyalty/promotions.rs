//! Promotions as they stand: what runs, what pays under it, what was given of its limits and to
//! whom, what was refused; and for one partner what it may take part in.
//!
//! # Promises
//!
//! * Where a promotion stands and what is left of it is what an award of this moment is decided by.
//! * Sums over all partners, by partner and by day are kept with every award: nothing here adds up
//!   single uses, so that a promotion with many is as fast as one with few.
//! * What one partner is told reads what that partner has, and nothing of others but sums.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::amount::Currency;
use domain::code::PartnerCode;
use domain::program::{Program, Term};
use domain::wallet::{
    Book, Enrol, Left, OneUse, Piece, Promotion, PromotionState, Refusal, RefusedUse, Stance,
    Taken, TakenWhat, by_day, by_partner, by_refusal, enrolled_as, refused_by,
};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader};
use crate::rules::Rules;
use crate::views::{Standing, portal};
use crate::wallets::{self, Active, WalletError};

/// No page names more partners than this.
pub const TOP_MAX: usize = 20;
/// Awards that were refused, looked at and shown at most.
const REFUSED_READ_MAX: i64 = 5_000;
pub const REFUSED_MAX: usize = 50;

/// A promotion of a wallet that acts.
#[derive(Debug, Clone)]
pub struct PromotionRow {
    pub wallet: String,
    pub wallet_id: i64,
    pub money: Option<Currency>,
    pub of: Promotion,
    pub state: PromotionState,
    pub pays: Vec<Paying>,
    /// What was given to all, less what was taken back.
    pub taken: Taken,
    pub left: Left,
    /// Who said last that they take part, and that they do not any more.
    pub enrolled: u64,
    pub gone: u64,
    /// Awards that were given less than they are, by reason.
    pub refused: Vec<(Refusal, u64)>,
}

/// A term that pays under a promotion.
#[derive(Debug, Clone)]
pub struct Paying {
    /// Position of the program's plan, and of the term in it.
    pub at: (usize, u16),
    pub program: Arc<Program>,
    pub term: Arc<Term>,
    /// The money of thresholds.
    pub currency: Currency,
}

impl Paying {
    /// It pays for what a partner did over a period, not for each fact.
    pub fn is_goal(&self) -> bool {
        !self.term.group_by.fact
    }
}

/// A partner with what a promotion gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerTaken {
    pub partner: String,
    pub taken: Taken,
}

/// Everything about one promotion.
#[derive(Debug, Clone)]
pub struct PromotionPage {
    pub row: PromotionRow,
    /// By the day that awards count for, those without any left out.
    pub days: Vec<(Date, Taken)>,
    /// How many partners were given anything.
    pub partners: u64,
    /// Those who were given most: points, then vouchers, then uses.
    pub top: Vec<PartnerTaken>,
    /// The newest awards that were refused or cut.
    pub refused: Vec<RefusedUse>,
}

/// A promotion as one partner sees it.
#[derive(Debug, Clone)]
pub struct PartnerPromotion {
    pub row: PromotionRow,
    pub stance: Stance,
    /// How far it is in terms with a goal.
    pub standings: Vec<Standing>,
}

/// Whether somebody may take part, and does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eligibility {
    /// It takes part.
    Enrolled,
    /// It may, and did not say so, or left.
    Open,
    NotEligible,
}

impl Eligibility {
    pub fn word(self) -> &'static str {
        match self {
            Eligibility::Enrolled => "enrolled",
            Eligibility::Open => "open",
            Eligibility::NotEligible => "not_eligible",
        }
    }
}

impl PartnerPromotion {
    pub fn eligibility(&self) -> Eligibility {
        match (self.stance.lacks.is_empty(), self.stance.is_enrolled) {
            (false, _) => Eligibility::NotEligible,
            (true, true) => Eligibility::Enrolled,
            (true, false) => Eligibility::Open,
        }
    }

    /// A line that enrols the partner now would be taken.
    pub fn may_enrol(&self) -> bool {
        let is_open = matches!(self.stance.state, PromotionState::Draft | PromotionState::Running);
        is_open && self.eligibility() == Eligibility::Open
    }

    /// What is missing is nothing but tiers that the partner can reach: the tier groups.
    pub fn reachable(&self, of: &Active) -> Option<Vec<String>> {
        let mut groups = Vec::new();
        for part in &self.stance.lacks {
            let fields = part.walk_fields();
            let mut own = of.wallet.tier_groups.values();
            let group = own.find(|group| {
                let field = group.sets.as_ref().map(|sets| format!("partner.{sets}"));
                field.is_some_and(|field| fields.iter().all(|it| *it == field))
            });
            groups.push(group.filter(|_| !fields.is_empty())?.code.to_string());
        }
        Some(groups)
    }
}

/// The promotions of all wallets that act: those that run first, then what comes, then what is over.
pub async fn list(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<Vec<PromotionRow>, WalletError> {
    let mut rows = Vec::new();
    for of in rules.wallets.iter().filter(|of| !of.wallet.promotions.is_empty()) {
        let book = wallets::book_of_all_alike(reader, of, master, now).await?;
        let names = of.wallet.promotions.keys().flat_map(|code| counted(code));
        let tallies = tallies(reader, of.wallet_id, names.collect()).await?;
        rows.extend(of.wallet.promotions.values().map(|it| row(rules, of, &book, it, &tallies)));
    }
    let order = |row: &PromotionRow| match row.state {
        PromotionState::Running => 0,
        PromotionState::Draft => 1,
        PromotionState::Over => 2,
        PromotionState::Cancelled => 3,
    };
    let ends = |row: &PromotionRow| (row.of.ends.gone().is_none(), row.of.ends.gone());
    rows.sort_by_key(|row| (order(row), ends(row), row.of.code.clone()));
    Ok(rows)
}

/// The wallet that acts and declares a promotion.
pub fn wallet_of<'r>(rules: &'r Rules, code: &str) -> Option<(&'r Active, &'r Promotion)> {
    rules.wallets.iter().find_map(|of| Some((of, of.wallet.promotions.get(code)?)))
}

/// Everything about one promotion. `None` if no wallet that acts declares it.
pub async fn page(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    code: &str,
) -> Result<Option<PromotionPage>, WalletError> {
    let Some((of, promotion)) = wallet_of(rules, code) else { return Ok(None) };
    let book = wallets::book_of_all_alike(reader, of, master, now).await?;
    let tallies = tallies(reader, of.wallet_id, counted(code)).await?;
    let row = row(rules, of, &book, promotion, &tallies);
    let all = by_each(reader, of, code).await?;
    let partners = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let mut top = all;
    let most = |it: &PartnerTaken| (it.taken.points, it.taken.vouchers, it.taken.uses);
    top.sort_by(|a, b| most(b).cmp(&most(a)).then_with(|| a.partner.cmp(&b.partner)));
    top.truncate(TOP_MAX);
    Ok(Some(PromotionPage {
        days: days(reader, of, code).await?,
        refused: refused(reader, of, code).await?,
        row,
        partners,
        top,
    }))
}

/// The names of sums that every row of a list shows.
fn counted(code: &str) -> Vec<String> {
    let refusals = Refusal::ALL.iter().map(|why| by_refusal(code) + why.word());
    [enrolled_as(code, true), enrolled_as(code, false)].into_iter().chain(refusals).collect()
}

fn row(
    rules: &Rules,
    of: &Active,
    book: &Book,
    promotion: &Promotion,
    tallies: &BTreeMap<String, Decimal>,
) -> PromotionRow {
    let count = |name: &str| tallies.get(name).and_then(ToPrimitive::to_u64).unwrap_or_default();
    let taken = book.given_by(promotion);
    let refused = Refusal::ALL.iter().map(|why| {
        let name = by_refusal(&promotion.code) + why.word();
        (*why, count(&name))
    });
    PromotionRow {
        wallet: of.code.clone(),
        wallet_id: of.wallet_id,
        money: of.money,
        state: book.state_of(promotion),
        pays: paying(rules, &promotion.code),
        left: promotion.left(&taken),
        taken,
        enrolled: count(&enrolled_as(&promotion.code, true)),
        gone: count(&enrolled_as(&promotion.code, false)),
        refused: refused.filter(|(_, times)| *times > 0).collect(),
        of: promotion.clone(),
    }
}

/// The terms of acting programs that pay under a promotion, by their newest versions.
pub fn paying(rules: &Rules, promotion: &str) -> Vec<Paying> {
    let mut found = Vec::new();
    for (at, plan) in rules.shown() {
        let Some(version) = plan.versions.last() else { continue };
        for (term, rule) in (0u16..).zip(&version.rules) {
            let own = rule.as_ref().filter(|it| it.term.promotion.as_deref() == Some(promotion));
            found.extend(own.map(|rule| Paying {
                at: (at, term),
                program: Arc::clone(&version.program),
                term: Arc::clone(&rule.term),
                currency: rule.currency,
            }));
        }
    }
    found
}

async fn tallies(
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

/// What is counted under all names that begin so, by what follows; at most so many, those behind
/// `after` only.
async fn beginning_with(
    reader: &mut Reader,
    of: &Active,
    prefix: &str,
    (after, limit): (&str, i64),
) -> Result<Vec<(String, Decimal)>, DbError> {
    let (from, to) = (format!("{prefix}{after}"), behind(prefix));
    let rows = reader
        .rows(
            "SELECT name, amount FROM wallet_tally WHERE tenant_id = $1 AND wallet_id = $2 \
             AND name > $3 AND name < $4 AND amount <> '0' ORDER BY name LIMIT $5",
            args![reader.tenant(), of.wallet_id, &from, &to, limit],
        )
        .await?;
    let rest = |name: &str| name.strip_prefix(prefix).unwrap_or_default().to_owned();
    let amount = |text: &str| text.parse().unwrap_or_default();
    Ok(rows.iter().map(|row| (rest(row.text(0)), amount(row.text(1)))).collect())
}

/// The first text behind all those that begin so: a slash ends what they begin with.
fn behind(prefix: &str) -> String {
    format!("{}0", prefix.trim_end_matches('/'))
}

async fn days(reader: &mut Reader, of: &Active, code: &str) -> Result<Vec<(Date, Taken)>, DbError> {
    let mut days: BTreeMap<Date, Taken> = BTreeMap::new();
    for (name, amount) in beginning_with(reader, of, &by_day(code), ("", i64::MAX)).await? {
        let Some((day, what)) = name.split_once('/') else { continue };
        let what = TakenWhat::ALL.into_iter().find(|it| it.word() == what);
        if let (Ok(day), Some(what)) = (day.parse(), what) {
            days.entry(day).or_default().put(what, amount);
        }
    }
    Ok(days.into_iter().collect())
}

/// Which memberships are a part of which other one.
async fn merged(reader: &mut Reader, of: &Active) -> Result<BTreeMap<String, String>, DbError> {
    let rows = reader
        .rows(
            "SELECT name, body FROM wallet_piece WHERE tenant_id = $1 AND wallet_id = $2 \
             AND kind = 'merged'",
            args![reader.tenant(), of.wallet_id],
        )
        .await?;
    let into = |body: &str| {
        let piece: Piece = serde_json::from_str(body).ok()?;
        piece.merged_into().map(ToString::to_string)
    };
    Ok(rows.iter().filter_map(|row| Some((row.string(0), into(row.text(1))?))).collect())
}

fn survivor<'m>(merged: &'m BTreeMap<String, String>, partner: &'m str) -> &'m str {
    let mut survivor = partner;
    while let Some(into) = merged.get(survivor) {
        survivor = into;
    }
    survivor
}

/// Everybody who was given anything, with what became a part of it, by code.
async fn by_each(
    reader: &mut Reader,
    of: &Active,
    code: &str,
) -> Result<Vec<PartnerTaken>, DbError> {
    let merged = merged(reader, of).await?;
    let mut all: BTreeMap<String, Taken> = BTreeMap::new();
    for what in TakenWhat::ALL {
        let found = beginning_with(reader, of, &by_partner(code, what), ("", i64::MAX)).await?;
        for (partner, amount) in found {
            let partner = survivor(&merged, &partner).to_owned();
            all.entry(partner).or_default().put(what, amount);
        }
    }
    Ok(all.into_iter().map(|(partner, taken)| PartnerTaken { partner, taken }).collect())
}

/// The partners that a promotion gave something, by code, behind one of them. What became a part of
/// another membership stands under its own code here.
pub async fn partners(
    reader: &mut Reader,
    rules: &Rules,
    code: &str,
    (after, limit): (&str, i64),
) -> Result<Option<Vec<PartnerTaken>>, WalletError> {
    let Some((of, _)) = wallet_of(rules, code) else { return Ok(None) };
    let uses = by_partner(code, TakenWhat::Uses);
    let found = beginning_with(reader, of, &uses, (after, limit)).await?;
    let codes: Vec<String> = found.into_iter().map(|(partner, _)| partner).collect();
    taken_by(reader, of, code, codes).await.map(Some).map_err(WalletError::from)
}

/// Uses of one partner that are told at most.
pub const USES_MAX: usize = 500;

/// The uses of a promotion by one partner, one by one, the newest first. What became a part of
/// another membership stands under its own code here.
pub async fn uses_of(
    reader: &mut Reader,
    rules: &Rules,
    (code, partner): (&str, &PartnerCode),
) -> Result<Option<Vec<OneUse>>, WalletError> {
    let Some((of, _)) = wallet_of(rules, code) else { return Ok(None) };
    let rows = reader
        .rows(
            "SELECT name, body FROM wallet_piece WHERE tenant_id = $1 AND wallet_id = $2 \
             AND owner = $3 AND kind = 'promoted'",
            args![reader.tenant(), of.wallet_id, partner.as_str()],
        )
        .await?;
    let mut uses = Vec::new();
    for row in &rows {
        let piece: Piece =
            serde_json::from_str(row.text(1)).map_err(|error| WalletError::Piece {
                kind: "promoted".to_owned(),
                name: row.string(0),
                problem: error.to_string(),
            })?;
        uses.extend(piece.use_of(code));
    }
    uses.sort_by(|a, b| (b.on, &b.award).cmp(&(a.on, &a.award)));
    uses.truncate(USES_MAX);
    Ok(Some(uses))
}

/// What these partners were given.
async fn taken_by(
    reader: &mut Reader,
    of: &Active,
    code: &str,
    partners: Vec<String>,
) -> Result<Vec<PartnerTaken>, DbError> {
    let name = |what: TakenWhat, partner: &str| by_partner(code, what) + partner;
    let names = partners.iter().flat_map(|it| TakenWhat::ALL.map(|what| name(what, it))).collect();
    let sums = tallies(reader, of.wallet_id, names).await?;
    let of_one = |partner: String| {
        let mut taken = Taken::default();
        for what in TakenWhat::ALL {
            taken.put(what, sums.get(&name(what, &partner)).copied().unwrap_or_default());
        }
        PartnerTaken { partner, taken }
    };
    Ok(partners.into_iter().map(of_one).collect())
}

/// The newest awards that a promotion refused or cut.
async fn refused(reader: &mut Reader, of: &Active, code: &str) -> Result<Vec<RefusedUse>, DbError> {
    let rows = reader
        .rows(
            "SELECT body FROM wallet_piece WHERE tenant_id = $1 AND wallet_id = $2 \
             AND made_by = $3 AND kind = 'promoted' LIMIT $4",
            args![reader.tenant(), of.wallet_id, &refused_by(code), REFUSED_READ_MAX],
        )
        .await?;
    let read = |body: &str| -> Vec<RefusedUse> {
        let piece: Option<Piece> = serde_json::from_str(body).ok();
        piece.map(|piece| piece.refused()).unwrap_or_default()
    };
    let all = rows.iter().flat_map(|row| read(row.text(0)));
    let mut own: Vec<RefusedUse> = all.filter(|it| *it.promotion == *code).collect();
    own.sort_by(|a, b| (b.on, &b.award).cmp(&(a.on, &a.award)));
    own.truncate(REFUSED_MAX);
    Ok(own)
}

/// The promotions that run or come, and those that gave a partner something, as that partner sees
/// them.
pub async fn of_partner(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    partner: &PartnerCode,
) -> Result<Vec<PartnerPromotion>, WalletError> {
    let mut all = Vec::new();
    let partner_id = master.partner_id(partner.as_str());
    for of in rules.wallets.iter().filter(|of| !of.wallet.promotions.is_empty()) {
        let book = wallets::book_of(reader, of, master, (now, None), partner).await?;
        let none = BTreeMap::new();
        for promotion in of.wallet.promotions.values() {
            let stance = book.stance(promotion, partner);
            let is_open = matches!(stance.state, PromotionState::Draft | PromotionState::Running);
            if !is_open && stance.taken.is_nothing() {
                continue;
            }
            let row = row(rules, of, &book, promotion, &none);
            let goals = row.pays.iter().filter(|it| it.is_goal()).map(|it| it.at);
            let goals: Vec<(usize, u16)> = goals.filter(|_| is_open).collect();
            let standings = match partner_id {
                Some(id) => portal::on_the_way(reader, rules, master, now, (id, &goals)).await?,
                None => Vec::new(),
            };
            all.push(PartnerPromotion { row, stance, standings });
        }
    }
    let order = |it: &PartnerPromotion| match it.stance.state {
        PromotionState::Running => 0,
        PromotionState::Draft => 1,
        _ => 2,
    };
    let ends = |it: &PartnerPromotion| (it.row.of.ends.gone().is_none(), it.row.of.ends.gone());
    all.sort_by_key(|it| (order(it), ends(it), it.row.of.code.clone()));
    Ok(all)
}

/// Partners by code who said that they take part, or that they do not, behind one of them.
pub async fn enrolled(
    reader: &mut Reader,
    rules: &Rules,
    code: &str,
    (after, limit): (&str, i64),
) -> Result<Option<Vec<EnrolledPartner>>, WalletError> {
    let Some((of, promotion)) = wallet_of(rules, code) else { return Ok(None) };
    let (from, to) = (format!("{code} {after}"), format!("{code}!"));
    let rows = reader
        .rows(
            "SELECT body FROM wallet_piece WHERE tenant_id = $1 AND wallet_id = $2 \
             AND kind = 'enrolled' AND name > $3 AND name < $4 ORDER BY name LIMIT $5",
            args![reader.tenant(), of.wallet_id, &from, &to, limit],
        )
        .await?;
    let read = |body: &str| {
        let piece: Piece = serde_json::from_str(body).ok()?;
        let (partner, _, said) = piece.enrolled()?;
        let (since, takes_part) = said.iter().max_by_key(|(from, _)| *from).copied()?;
        let needs_word = promotion.enrol == Enrol::Required;
        Some(EnrolledPartner { partner: partner.to_string(), since, takes_part, needs_word })
    };
    Ok(Some(rows.iter().filter_map(|row| read(row.text(0))).collect()))
}

/// What a partner said last of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledPartner {
    pub partner: String,
    pub since: jiff::civil::DateTime,
    pub takes_part: bool,
    /// Whoever says nothing takes no part.
    pub needs_word: bool,
}

#[cfg(test)]
mod tests;
