//! What the only writer knows of pieces and limits, so that who comes again is not read again.
//!
//! # Invariants
//!
//! * Of an owner that is known all live pieces are there, of a name that is known all pieces that go
//!   by it, each as it lies in the database.
//! * Whatever writes pieces or limits tells it here in the same turn.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::wallet::{Piece, PieceFacts, PieceKey};
use rust_decimal::Decimal;

use super::WalletError;
use super::store::{self, Found};
use crate::db::{DbError, Reader, Tx};

type Key = (i64, &'static str, String);

#[derive(Default)]
struct Memory {
    pieces: HashMap<Key, Found>,
    owners: HashMap<String, BTreeSet<Key>>,
    names: HashMap<String, BTreeSet<Key>>,
    /// What limits count, by wallet and name; `None`: there is no such row.
    tallies: HashMap<(i64, String), Option<Decimal>>,
}

/// Bounds what is remembered, to some 50 MiB: what has grown beyond that begins anew.
const PIECES_MAX: usize = 50_000;
const TALLIES_MAX: usize = 200_000;

impl Memory {
    fn forget_much(&mut self) {
        if self.pieces.len() + self.owners.len() > PIECES_MAX {
            *self = Memory::default();
        }
        if self.tallies.len() > TALLIES_MAX {
            self.tallies.clear();
        }
    }

    /// Keeps a piece as far as somebody known has it, in place of what it was.
    fn keep(&mut self, found: Found) {
        let key = (found.wallet_id, found.piece.kind(), found.name.clone());
        self.drop(&key);
        let mut is_wanted = false;
        let of_owner = found.owner.as_ref().filter(|_| found.is_live);
        if let Some(keys) = of_owner.and_then(|owner| self.owners.get_mut(owner)) {
            keys.insert(key.clone());
            is_wanted = true;
        }
        for name in found.names() {
            if let Some(keys) = self.names.get_mut(name) {
                keys.insert(key.clone());
                is_wanted = true;
            }
        }
        if is_wanted {
            self.pieces.insert(key, found);
        }
    }

    fn drop(&mut self, key: &Key) {
        let Some(was) = self.pieces.remove(key) else { return };
        if let Some(keys) = was.owner.as_ref().and_then(|owner| self.owners.get_mut(owner)) {
            keys.remove(key);
        }
        for name in was.names() {
            if let Some(keys) = self.names.get_mut(name) {
                keys.remove(key);
            }
        }
    }

    fn found<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> Vec<Found> {
        keys.filter_map(|key| self.pieces.get(key)).cloned().collect()
    }
}

/// What these owners have that is needed for whatever they do.
pub(super) async fn of_owners(
    reader: &mut Reader,
    owners: &[String],
) -> Result<Vec<Found>, WalletError> {
    let Some(memory) = reader.memory::<Memory>().await? else {
        return store::of_owners(reader, owners.to_vec(), false).await;
    };
    memory.forget_much();
    let is_new = |owner: &&String| !memory.owners.contains_key(*owner);
    let new: Vec<String> = owners.iter().filter(is_new).cloned().collect();
    if !new.is_empty() {
        let all = store::of_owners(reader, new.clone(), false).await?;
        if let Some(memory) = reader.memory::<Memory>().await? {
            memory.owners.extend(new.into_iter().map(|owner| (owner, BTreeSet::new())));
            for found in all {
                memory.keep(found);
            }
        }
    }
    let memory = reader.memory::<Memory>().await?;
    let found = memory.map(|memory| {
        let known = owners.iter().filter_map(|owner| memory.owners.get(owner));
        memory.found(known.flatten())
    });
    Ok(found.unwrap_or_default())
}

/// What goes by these names; those of `common` are asked for again and again.
pub(super) async fn named(
    reader: &mut Reader,
    names: BTreeSet<String>,
    common: &BTreeSet<String>,
) -> Result<Vec<Found>, WalletError> {
    let Some(memory) = reader.memory::<Memory>().await? else {
        return store::named(reader, names.into_iter().collect()).await;
    };
    let (known, new): (BTreeSet<String>, BTreeSet<String>) =
        names.into_iter().partition(|name| memory.names.contains_key(name));
    let mut found = {
        let keys: BTreeSet<Key> =
            known.iter().filter_map(|name| memory.names.get(name)).flatten().cloned().collect();
        memory.found(keys.iter())
    };
    if new.is_empty() {
        return Ok(found);
    }
    let asked = store::named(reader, new.iter().cloned().collect()).await?;
    if let Some(memory) = reader.memory::<Memory>().await? {
        let to_know: BTreeSet<&String> = new.intersection(common).collect();
        memory.names.extend(to_know.iter().map(|name| ((*name).clone(), BTreeSet::new())));
        let is_to_know = |one: &&Found| one.names().any(|name| to_know.contains(name));
        asked.iter().filter(is_to_know).for_each(|one| memory.keep(one.clone()));
    }
    found.extend(asked);
    Ok(found)
}

/// Keeps pieces, each with what finds it.
pub(super) async fn put(
    tx: &mut Tx,
    wallet_id: i64,
    pieces: &[(&PieceKey, &Piece, PieceFacts)],
) -> Result<(), WalletError> {
    if pieces.is_empty() {
        return Ok(());
    }
    store::put(tx, wallet_id, pieces).await?;
    let memory = tx.memory::<Memory>().await?;
    for (key, piece, facts) in pieces {
        memory.keep(Found {
            wallet_id,
            name: key.name.clone(),
            piece: (*piece).clone(),
            due: facts.due,
            owner: facts.owners.first().map(ToString::to_string),
            alias: facts.alias.clone(),
            made_by: facts.made_by.clone(),
            is_live: facts.is_live,
        });
    }
    Ok(())
}

/// Takes pieces away that are none any more.
pub(super) async fn take_away(
    tx: &mut Tx,
    wallet_id: i64,
    keys: &[&PieceKey],
) -> Result<(), DbError> {
    store::take_away(tx, wallet_id, keys).await?;
    let memory = tx.memory::<Memory>().await?;
    for key in keys {
        memory.drop(&(wallet_id, key.kind, key.name.clone()));
    }
    Ok(())
}

/// What limits count under these names.
pub(super) async fn tallies(
    reader: &mut Reader,
    wallet_id: i64,
    names: Vec<String>,
) -> Result<BTreeMap<String, Decimal>, DbError> {
    let Some(memory) = reader.memory::<Memory>().await? else {
        return store::tallies(reader, wallet_id, names).await;
    };
    memory.forget_much();
    let mut tallies = BTreeMap::new();
    let mut new = Vec::new();
    for name in names {
        let of = (wallet_id, name);
        match memory.tallies.get(&of) {
            Some(Some(amount)) => drop(tallies.insert(of.1, *amount)),
            Some(None) => {}
            None => new.push(of.1),
        }
    }
    if new.is_empty() {
        return Ok(tallies);
    }
    let found = store::tallies(reader, wallet_id, new.clone()).await?;
    if let Some(memory) = reader.memory::<Memory>().await? {
        let known = |name: String| {
            let amount = found.get(&name).copied();
            ((wallet_id, name), amount)
        };
        memory.tallies.extend(new.into_iter().map(known));
    }
    tallies.extend(found);
    Ok(tallies)
}

pub(super) async fn put_tallies(
    tx: &mut Tx,
    wallet_id: i64,
    tallies: &[(String, Decimal)],
) -> Result<(), DbError> {
    store::put_tallies(tx, wallet_id, tallies).await?;
    let memory = tx.memory::<Memory>().await?;
    let known = |(name, amount): &(String, Decimal)| ((wallet_id, name.clone()), Some(*amount));
    memory.tallies.extend(tallies.iter().map(known));
    Ok(())
}
