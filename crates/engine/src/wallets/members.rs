//! Memberships of wallets: who is a member now, and what became of each.
//!
//! # Promises
//!
//! * What a membership is follows from what was said of it and the day; nothing is stored that
//!   could be older than the day.
//! * Every step is a line of the journal of wallets, with who asked and why.

use std::collections::BTreeMap;

use domain::code::PartnerCode;
use domain::wallet::{
    Book, Channel, Command, MemberLine, MemberState, MemberStep, Membership, People, Withheld,
};
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::store::{self, LineRow};
use super::{Active, Answer, Ask, WalletError, act, read};
use crate::access::Actor;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Tx};
use crate::rules::Rules;

/// A membership of which something was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub owner: PartnerCode,
    /// Its number within the wallet.
    pub number: Option<i64>,
    pub is: Membership,
}

/// In which order memberships are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MembersOrder {
    #[default]
    ByCode,
    /// Those that act before those that ended.
    ActingFirst,
}

impl Member {
    /// Its number as people tell it; the partner's code while nothing was said of it.
    pub fn shown(&self, wallet: &str) -> String {
        match self.number {
            Some(number) => number_shown(wallet, number),
            None => self.owner.to_string(),
        }
    }
}

/// The number of a membership as people tell it.
pub fn number_shown(wallet: &str, number: i64) -> String {
    format!("{wallet}-{number:06}")
}

/// Whose number it is, as a card shows it: `club-000028`.
pub async fn member_numbered(
    reader: &mut Reader,
    rules: &Rules,
    shown: &str,
) -> Result<Option<String>, DbError> {
    let Some((wallet, number)) = shown.trim().rsplit_once('-') else { return Ok(None) };
    let of = rules.wallets.iter().find(|of| of.code == wallet);
    let Some((of, number)) = of.zip(number.parse().ok()) else { return Ok(None) };
    store::owner_of_number(reader, of.wallet_id, number).await
}

/// Which memberships are asked for.
#[derive(Debug, Clone, Default)]
pub struct MembersQuery {
    pub order: MembersOrder,
    pub state: Option<MemberState>,
    /// A part of a code or a number.
    pub search: String,
    pub offset: usize,
    pub limit: usize,
}

/// A page of memberships, and how many there are in all states.
#[derive(Debug, Clone, Default)]
pub struct MembersFound {
    pub total: usize,
    pub rows: Vec<Member>,
    pub by_state: BTreeMap<&'static str, usize>,
}

/// What a partner is to a wallet now.
pub async fn membership(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    now: Timestamp,
    owner: &PartnerCode,
) -> Result<Member, WalletError> {
    let book = read::book_of_live(reader, of, master, now, &[owner.clone()].into()).await?;
    let is = book.membership(owner, book.now());
    let number = store::numbers(reader, of.wallet_id, vec![owner.to_string()]).await?;
    Ok(Member { owner: owner.clone(), number: number.into_values().next(), is })
}

/// The memberships of a wallet of which something was said, in the order of codes. Everybody of
/// them is looked at, since what a membership is depends on the day.
pub async fn members(
    reader: &mut Reader,
    of: &Active,
    now: Timestamp,
    query: &MembersQuery,
) -> Result<MembersFound, WalletError> {
    let local = of.wallet.time_zone.to_datetime(now);
    let mut book = Book::new(std::sync::Arc::clone(&of.wallet), of.money, People::default());
    let mut owners = Vec::new();
    for (name, piece) in store::of_members(reader, of.wallet_id).await? {
        if piece.is_member() {
            owners.push(PartnerCode::new(&name));
        }
        book.put(&name, piece);
    }
    let mut found = MembersFound::default();
    let numbers = if query.search.is_empty() {
        BTreeMap::new()
    } else {
        let all = owners.iter().map(ToString::to_string).collect();
        store::numbers(reader, of.wallet_id, all).await?
    };
    let search = query.search.to_lowercase();
    let is_found = |owner: &PartnerCode| {
        search.is_empty()
            || owner.as_str().to_lowercase().contains(&search)
            || numbers.get(owner.as_str()).is_some_and(|number| number.to_string() == search)
    };
    let mut rows = Vec::new();
    for owner in owners {
        let is = book.membership(&owner, local);
        *found.by_state.entry(is.state.word()).or_default() += 1;
        if query.state.is_none_or(|state| state == is.state) && is_found(&owner) {
            rows.push(Member { owner, number: None, is });
        }
    }
    if query.order == MembersOrder::ActingFirst {
        // Stable: within a state they stay in the order of codes.
        rows.sort_by_key(|row| MemberState::ALL.iter().position(|state| *state == row.is.state));
    }
    found.total = rows.len();
    found.rows = rows.into_iter().skip(query.offset).take(query.limit).collect();
    let shown = found.rows.iter().map(|row| row.owner.to_string()).collect();
    let numbers = store::numbers(reader, of.wallet_id, shown).await?;
    for row in &mut found.rows {
        row.number = numbers.get(row.owner.as_str()).copied();
    }
    Ok(found)
}

/// What somebody says of a membership.
#[derive(Debug, Clone)]
pub struct Said {
    pub partner: PartnerCode,
    pub step: MemberStep,
    /// `None`: now.
    pub on: Option<DateTime>,
    pub reason: Option<String>,
}

/// Does what somebody says of a membership of a wallet.
pub async fn say(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    by: (&Actor, Timestamp),
    of: &Active,
    said: Said,
) -> Result<Answer, WalletError> {
    let Said { partner, step, on, reason } = said;
    let wallet = Some(of.code.as_str().into());
    let command = Command::Member(MemberLine { wallet, step, reason });
    let ask = Ask { key: partner.as_str().into(), on, command };
    act::act(tx, rules, master, by, &ask).await
}

/// Enrols a partner through a channel, now, for as long as the text says.
pub fn enrolling(partner: &PartnerCode, channel: Channel) -> Said {
    let step = MemberStep::Enrol { channel: Some(channel), until: None };
    Said { partner: partner.clone(), step, on: None, reason: None }
}

/// What became of memberships of a partner, the newest first: also what was refused, and what became
/// of it by merging.
pub async fn lifecycle(
    reader: &mut Reader,
    owner: &str,
    wallet_id: Option<i64>,
    limit: i64,
) -> Result<Vec<LineRow>, DbError> {
    let lines = store::steps_of(reader, owner, limit).await?;
    let is_one = |row: &LineRow| {
        let is_of = wallet_id.is_none_or(|id| row.wallet_id == id);
        let is_promotion = matches!(row.verb.as_str(), "enrol" | "leave")
            && !matches!(serde_json::from_str(&row.body), Ok(Command::Member(_)));
        is_of && !is_promotion
    };
    Ok(lines.into_iter().filter(is_one).collect())
}

/// Awards that were withheld from a partner, the newest last.
pub async fn withheld(
    reader: &mut Reader,
    of: &Active,
    owner: &str,
) -> Result<Vec<Withheld>, WalletError> {
    let pieces = store::withheld_of(reader, of.wallet_id, owner).await?;
    let mut all: Vec<Withheld> = pieces
        .iter()
        .filter_map(|(_, piece)| piece.withheld().cloned())
        .filter(Withheld::is_told)
        .collect();
    all.sort_by_key(|it| it.on);
    Ok(all)
}

/// Gives the next numbers to these owners.
pub(super) async fn give_numbers(
    tx: &mut Tx,
    wallet_id: i64,
    owners: &[String],
) -> Result<(), DbError> {
    if owners.is_empty() {
        return Ok(());
    }
    let known = store::numbers(tx, wallet_id, owners.to_vec()).await?;
    let tenant = tx.tenant();
    let highest = tx
        .row(
            "SELECT COALESCE(MAX(number), 0) FROM member_number \
             WHERE tenant_id = $1 AND wallet_id = $2",
            args![tenant, wallet_id],
        )
        .await?;
    let first = highest.map_or(0, |row| row.int(0)) + 1;
    let new = owners.iter().filter(|owner| !known.contains_key(*owner));
    for (number, owner) in (first..).zip(new) {
        tx.execute(
            "INSERT INTO member_number (tenant_id, wallet_id, owner, number) \
             VALUES ($1, $2, $3, $4)",
            args![tenant, wallet_id, owner, number],
        )
        .await?;
    }
    Ok(())
}
