//! A slice of the book: what some owners have, laid out so that the domain can act on it, and put
//! back with what changed.
//!
//! # Invariants
//!
//! * A slice holds everything that what is done to its owners may touch: their pools, whom they
//!   became a part of, whoever has a part of a credit that is named.
//! * What limits count of all the others is told to the book.
//! * Only what changed is written, with its postings, in the transaction it was read in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::code::PartnerCode;
use domain::wallet::{
    Account as Named, Book, Entry, People, Piece, PieceFacts, PieceKey, Standing, TierChange,
    is_hidden,
};
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::store::{self, BalanceRow, Found};
use super::{Active, WalletError, letters, members, memory, news};
use crate::catalog::MasterData;
use crate::db::{Reader, Tx, days_of};
use crate::ledger::{self, About, Account, Cause, NewPosting};
use crate::outbox;

/// What is asked for when a slice is opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub owners: BTreeSet<PartnerCode>,
    /// Of pieces, lines, vouchers, orders.
    pub names: BTreeSet<String>,
    /// Also what is over.
    pub all: bool,
}

/// A part of the book of a wallet.
pub(super) struct Slice {
    pub wallet_id: i64,
    pub book: Book,
    /// The code of the wallet.
    wallet: String,
    /// As it was kept.
    pub loaded: BTreeMap<PieceKey, Piece>,
    counted: BTreeMap<String, Decimal>,
    elsewhere: BTreeMap<String, Decimal>,
}

/// What a slice did, once it is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub entries: Vec<Entry>,
    pub tiers: Vec<TierChange>,
    /// Who came to stand somewhere first.
    pub stood: Vec<Standing>,
    pub postings: usize,
}

/// Opens a slice and lets its time pass until now.
pub(super) async fn open(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    now: Timestamp,
    wanted: Wanted,
) -> Result<Slice, WalletError> {
    let local = of.wallet.time_zone.to_datetime(now);
    let mut slice = at_rest(reader, of, master, local, wanted).await?;
    slice.book.until(local);
    Ok(slice)
}

/// Opens a slice, lets its time pass and does something to it. Where a code or a name that was made
/// is another voucher's, that one is brought along and it is done anew: another one is made.
pub(super) async fn doing<T>(
    tx: &mut Tx,
    of: &Active,
    master: &MasterData,
    now: Timestamp,
    mut wanted: Wanted,
    act: impl Fn(&mut Book) -> T,
) -> Result<(Slice, T), WalletError> {
    loop {
        let mut slice = open(tx, of, master, now, wanted.clone()).await?;
        let done = act(&mut slice.book);
        let clashes = slice.clashes(tx).await?;
        if clashes.is_empty() {
            return Ok((slice, done));
        }
        wanted.names.extend(clashes);
    }
}

/// Opens a slice as it was kept: nothing has happened to it since.
pub(super) async fn at_rest(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    local: DateTime,
    wanted: Wanted,
) -> Result<Slice, WalletError> {
    at_rest_with(reader, of, master, local, wanted, Vec::new()).await
}

/// Everything there is, as it was kept.
pub(super) async fn whole(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    local: DateTime,
) -> Result<Slice, WalletError> {
    let found = store::everything(reader, of.wallet_id).await?;
    let wanted =
        Wanted { owners: master.partner_ids.keys().cloned().collect(), ..Wanted::default() };
    at_rest_with(reader, of, master, local, wanted, found).await
}

/// The same, with what was found already.
async fn at_rest_with(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    local: DateTime,
    wanted: Wanted,
    mut given: Vec<Found>,
) -> Result<Slice, WalletError> {
    let people = People { master: Arc::clone(&master.master), ..People::default() };
    let mut book = Book::new(Arc::clone(&of.wallet), of.money, people)
        .with_code_secret(of.code_secret.clone());
    let mut loaded: BTreeMap<PieceKey, Piece> = BTreeMap::new();
    let Wanted { owners: mut new_owners, names: mut new_names, all } = wanted;
    let common: BTreeSet<String> = book.common_names().into_iter().collect();
    new_names.extend(common.iter().cloned());
    let (mut owners, mut names) = (BTreeSet::new(), BTreeSet::new());
    let mut earliest: Option<DateTime> = None;
    while !new_owners.is_empty() || !new_names.is_empty() {
        let pools = of.wallet.pools.iter();
        let pools = pools.filter(|(_, pool)| pool.members.iter().any(|it| new_owners.contains(it)));
        let pools: Vec<PartnerCode> = pools.map(|(code, _)| code.clone()).collect();
        let asked_for = of.wallet.pools.iter().filter(|(code, _)| new_owners.contains(*code));
        let members: Vec<PartnerCode> =
            asked_for.flat_map(|(_, pool)| pool.members.iter().cloned()).collect();
        let more = pools.into_iter().chain(members);
        new_owners.extend(more.filter(|owner| !owners.contains(owner)));
        let asked: Vec<String> = new_owners.iter().map(ToString::to_string).collect();
        let mut found = std::mem::take(&mut given);
        if found.is_empty() {
            found = if all {
                store::of_owners(reader, asked, true).await?
            } else {
                memory::of_owners(reader, &asked).await?
            };
        }
        if !new_names.is_empty() {
            found.extend(memory::named(reader, new_names.clone(), &common).await?);
        }
        owners.append(&mut new_owners);
        names.append(&mut new_names);
        for found in found.into_iter().filter(|found| found.wallet_id == of.wallet_id) {
            let key = PieceKey { kind: found.piece.kind(), name: found.name };
            if loaded.contains_key(&key) {
                continue;
            }
            earliest = earliest.into_iter().chain(found.due).min();
            book.put(&key.name, found.piece.clone());
            loaded.insert(key, found.piece);
        }
        for (key, piece) in &loaded {
            let PieceFacts { owners: more, needs, .. } = book.facts_of(&key.name, piece);
            new_owners.extend(more.into_iter().filter(|owner| !owners.contains(owner)));
            new_names.extend(needs.into_iter().filter(|name| !names.contains(name)));
        }
    }
    let (known, joined) = people_of(master, &owners);
    book.people_are(known, joined);
    // Before the first thing that is due all was brought up, whoever looks when.
    let before = earliest.filter(|due| *due <= local);
    let before = before.map(|due| due.checked_sub(1.nanosecond()).unwrap_or(due));
    book.stands_at(before.unwrap_or(local));
    let counted = book.tallies();
    let of_limits = book.tally_names(owners.iter());
    let mut elsewhere = memory::tallies(reader, of.wallet_id, of_limits).await?;
    for (name, amount) in &counted {
        if let Some(all) = elsewhere.get_mut(name) {
            *all -= *amount;
        }
    }
    book.put_elsewhere(elsewhere.clone());
    let wallet = of.code.clone();
    Ok(Slice { wallet_id: of.wallet_id, book, wallet, loaded, counted, elsewhere })
}

/// Who of these there is, and the day each of them joined, as its field says.
fn people_of(
    master: &MasterData,
    owners: &BTreeSet<PartnerCode>,
) -> (BTreeSet<PartnerCode>, BTreeMap<PartnerCode, Date>) {
    let known: BTreeSet<PartnerCode> =
        owners.iter().filter(|code| master.partner_ids.contains_key(*code)).cloned().collect();
    let joined =
        |code: &PartnerCode| master.master.partners.get(code)?.now().get("joined")?.parse().ok();
    let joined = known.iter().filter_map(|code| Some((code.clone(), joined(code)?))).collect();
    (known, joined)
}

impl Slice {
    /// The codes and names of vouchers that were issued in this slice and that others have already.
    async fn clashes(&self, reader: &mut Reader) -> Result<Vec<String>, WalletError> {
        let pieces = self.book.pieces();
        let new = pieces.iter().filter(|(key, _)| !self.loaded.contains_key(key));
        let new = new.filter_map(|(_, piece)| piece.voucher());
        let names: BTreeSet<String> =
            new.flat_map(|it| [it.code.to_string(), it.name.to_string()]).collect();
        let known = |name: &String| {
            self.loaded
                .values()
                .filter_map(Piece::voucher)
                .any(|it| *it.name == **name || *it.code == **name)
        };
        let unknown = names.into_iter().filter(|name| !known(name)).collect();
        Ok(store::taken_codes(reader, unknown).await?)
    }

    /// Writes what changed.
    pub async fn keep(
        mut self,
        tx: &mut Tx,
        master: &MasterData,
        now: Timestamp,
    ) -> Result<Kept, WalletError> {
        let pieces = self.book.pieces();
        let changed: Vec<(&PieceKey, &Piece, PieceFacts)> = pieces
            .iter()
            .filter(|(key, piece)| self.loaded.get(key) != Some(piece))
            .map(|(key, piece)| (key, piece, self.book.facts_of(&key.name, piece)))
            .collect();
        let gone: Vec<&PieceKey> =
            self.loaded.keys().filter(|key| !pieces.contains_key(key)).collect();
        memory::put(tx, self.wallet_id, &changed).await?;
        let is_new = |key: &PieceKey| !self.loaded.contains_key(key);
        let new = changed.iter().filter(|(key, piece, _)| piece.is_member() && is_new(key));
        let new: Vec<String> = new.map(|(key, ..)| key.name.clone()).collect();
        members::give_numbers(tx, self.wallet_id, &new).await?;
        if !gone.is_empty() {
            memory::take_away(tx, self.wallet_id, &gone).await?;
        }
        // Reservations that run out change a balance as well.
        let mut dues: BTreeMap<PartnerCode, DateTime> = BTreeMap::new();
        for (key, piece) in &pieces {
            let PieceFacts { owners, due, .. } = self.book.facts_of(&key.name, piece);
            if let (Some(owner), Some(due)) = (owners.into_iter().next(), due) {
                let first = dues.entry(owner).or_insert(due);
                *first = due.min(*first);
            }
        }
        let balances: Vec<BalanceRow> = changed
            .iter()
            .filter_map(|(_, piece, facts)| {
                let due = facts.owners.first().and_then(|owner| dues.get(owner).copied());
                self.balance(piece, due)
            })
            .collect();
        store::put_balances(tx, &balances).await?;
        self.keep_tallies(tx).await?;
        let is_heard = outbox::is_heard(tx).await?;
        let is_read = letters::are_wanted(tx, self.book.wallet()).await?;
        if is_heard || is_read {
            let told = news::of(&self.book, &self.wallet, &self.loaded, &pieces);
            if is_read {
                Box::pin(letters::write(tx, now, &told)).await?;
            }
            outbox::tell(tx, now, told).await?;
        }
        let entries = self.book.entries().to_vec();
        // What tiers alone go by is no debt of anybody.
        let shown = entries.iter().filter(|entry| !is_hidden(&entry.posting.unit));
        let postings = shown.map(|entry| posting(entry, master)).collect();
        let postings = ledger::post(tx, postings, now).await?;
        let new = pieces.iter().filter(|(key, _)| !self.loaded.contains_key(key));
        let stood = new.filter_map(|(_, piece)| piece.tier());
        let stood = stood.map(|(partner, group, _)| self.book.first_standing(partner, group));
        let stood = stood.collect();
        let tiers = self.book.take_tier_changes();
        Ok(Kept { entries, tiers, stood, postings })
    }

    /// What an owner holds, added up.
    pub fn balance(&self, piece: &Piece, due: Option<DateTime>) -> Option<BalanceRow> {
        let purse = piece.purse().filter(|purse| !is_hidden(&purse.unit))?;
        let sums = self.book.sums(purse);
        Some(BalanceRow {
            wallet_id: self.wallet_id,
            unit: purse.unit.to_string(),
            owner: purse.owner.to_string(),
            amount: sums.amount,
            escrow: sums.escrow,
            reserved: sums.reserved,
            arrears: sums.arrears,
            liability: sums.liability,
            due,
        })
    }

    async fn keep_tallies(&self, tx: &mut Tx) -> Result<(), WalletError> {
        let after = self.book.tallies();
        let names: BTreeSet<&String> = self.counted.keys().chain(after.keys()).collect();
        let of = |tallies: &BTreeMap<String, Decimal>, name: &String| {
            tallies.get(name).copied().unwrap_or_default()
        };
        let moved: Vec<&String> =
            names.into_iter().filter(|name| of(&self.counted, name) != of(&after, name)).collect();
        // What nothing limits is counted too: a limit may come with the next text.
        let unknown: Vec<String> = moved
            .iter()
            .filter(|name| !self.elsewhere.contains_key(**name))
            .map(|name| (*name).clone())
            .collect();
        let stored = memory::tallies(tx, self.wallet_id, unknown).await?;
        let rows: Vec<(String, Decimal)> = moved
            .into_iter()
            .map(|name| {
                let others = match self.elsewhere.get(name) {
                    Some(others) => *others,
                    None => of(&stored, name) - of(&self.counted, name),
                };
                (name.clone(), others + of(&after, name))
            })
            .collect();
        memory::put_tallies(tx, self.wallet_id, &rows).await?;
        Ok(())
    }
}

/// An entry of the book as the ledger takes it.
fn posting(entry: &Entry, master: &MasterData) -> NewPosting {
    let of = &entry.posting;
    let owner = owner_of(&of.debit).or_else(|| owner_of(&of.credit));
    let partner_id = owner.and_then(|owner| master.partner_id(owner.as_str()));
    NewPosting {
        cause: Cause::Wallet,
        debit: account(&of.debit, owner),
        credit: account(&of.credit, owner),
        unit: of.unit.to_string(),
        amount: of.amount,
        about: About {
            partner_id,
            booked_day: Some(days_of(entry.at.date())),
            subject: Some(entry.cause.to_string()),
            ..About::default()
        },
    }
}

fn owner_of(account: &Named) -> Option<&PartnerCode> {
    match account {
        Named::Escrow(_, owner)
        | Named::Open(_, owner)
        | Named::Arrears(_, owner)
        | Named::Payable(owner) => Some(owner),
        _ => None,
    }
}

fn account(named: &Named, owner: Option<&PartnerCode>) -> Account {
    match named {
        Named::Payable(partner) => Account::Payable { partner: partner.to_string() },
        other => {
            let own = owner_of(other);
            Account::Wallet { name: other.to_string(), is_owned: own.is_some() && own == owner }
        }
    }
}
