//! Time that passes: what ends or begins by itself is written down, so that lists, exports and
//! conditions see it. Balances are right without it.

use std::collections::{BTreeMap, BTreeSet};

use domain::code::PartnerCode;
use domain::wallet::Book;
use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::slice::{self, Wanted};
use super::{WalletError, draws, memory, store, tiers};
use crate::catalog::MasterData;
use crate::db::Tx;
use crate::rules::Rules;

/// Owners whose time passes in one transaction.
const OWNERS_PER_STEP: i64 = 500;

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    pub owners: usize,
    pub postings: usize,
}

/// Lets reservations go that ran out, and funds begin and end: what they held is there for others.
/// What ends of a fund on one day is done at once, so that everything it touches is at hand.
pub(super) async fn lapse(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<Passed, WalletError> {
    let mut done = Passed::default();
    for of in &rules.wallets {
        let local = of.wallet.time_zone.to_datetime(now);
        let names = store::lapsed(tx, (of.wallet_id, local)).await?;
        if names.is_empty() {
            continue;
        }
        done.owners += names.len();
        let wanted = Wanted { names: names.into_iter().collect(), ..Wanted::default() };
        let (slice, ()) = slice::doing(tx, of, master, now, wanted, |_| ()).await?;
        let kept = slice.keep(tx, master, now).await?;
        done.postings += kept.postings;
        tiers::carry(tx, rules, of, now, kept).await?;
    }
    Ok(done)
}

/// Under what it is kept up to which partner everybody stands somewhere.
const LET_IN: &str = "let_in";

/// Lets partners stand in the tier groups of wallets that do not yet.
async fn let_in(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<Passed, WalletError> {
    let mut done = Passed::default();
    for of in rules.wallets.iter().filter(|of| !of.wallet.tier_groups.is_empty()) {
        let known = memory::tallies(tx, of.wallet_id, vec![LET_IN.to_owned()]).await?;
        let last = known.get(LET_IN).and_then(ToPrimitive::to_i64).unwrap_or(0);
        let highest = last.saturating_add(OWNERS_PER_STEP);
        let codes = (last + 1..=highest).map_while(|id| master.partner_code(id));
        let owners: BTreeSet<PartnerCode> = codes.cloned().collect();
        if owners.is_empty() {
            continue;
        }
        done.owners += owners.len();
        let now_in = last + i64::try_from(owners.len()).unwrap_or(0);
        let wanted = Wanted { owners, ..Wanted::default() };
        let (slice, ()) = slice::doing(tx, of, master, now, wanted, Book::rank).await?;
        let kept = slice.keep(tx, master, now).await?;
        done.postings += kept.postings;
        memory::put_tallies(tx, of.wallet_id, &[(LET_IN.to_owned(), now_in.into())]).await?;
        tiers::carry(tx, rules, of, now, kept).await?;
    }
    Ok(done)
}

/// Everybody is looked at again: a new text may have other groups.
pub(super) async fn let_in_anew(tx: &mut Tx, wallet_id: i64) -> Result<(), WalletError> {
    memory::put_tallies(tx, wallet_id, &[(LET_IN.to_owned(), Decimal::ZERO)]).await?;
    Ok(())
}

/// Keeps the funds of a wallet as they stand before anything began, so that their days are found.
pub(super) async fn let_funds_begin(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    wallet_id: i64,
) -> Result<(), WalletError> {
    let Some(of) = rules.wallets.iter().find(|of| of.wallet_id == wallet_id) else { return Ok(()) };
    if of.wallet.funds.is_empty() {
        return Ok(());
    }
    let local = of.wallet.time_zone.to_datetime(now);
    let slice = slice::at_rest(tx, of, master, local, Wanted::default()).await?;
    slice.keep(tx, master, now).await?;
    Ok(())
}

/// Writes down what has happened by itself until now, for some owners. Nothing is left when it
/// says that there were none.
pub async fn pass(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<Passed, WalletError> {
    draws::seal(tx, rules, now).await?;
    let lapsed = lapse(tx, rules, master, now).await?;
    let mut done = let_in(tx, rules, master, now).await?;
    done.owners += lapsed.owners;
    done.postings += lapsed.postings;
    for of in &rules.wallets {
        let local = of.wallet.time_zone.to_datetime(now);
        let until = BTreeMap::from([(of.wallet_id, local)]);
        let (owners, names) = store::due(tx, &until, OWNERS_PER_STEP).await?;
        if owners.is_empty() && names.is_empty() {
            continue;
        }
        done.owners += owners.len() + names.len();
        let wanted = Wanted {
            owners: owners.iter().map(PartnerCode::new).collect(),
            names: names.into_iter().collect(),
            all: false,
        };
        let (slice, ()) = slice::doing(tx, of, master, now, wanted, |_| ()).await?;
        let kept = slice.keep(tx, master, now).await?;
        done.postings += kept.postings;
        tiers::carry(tx, rules, of, now, kept).await?;
    }
    Ok(done)
}
