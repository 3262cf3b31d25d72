//! Time that passes: what ends or begins by itself is written down, so that lists, exports and
//! conditions see it. Balances are right without it.

use std::collections::BTreeMap;

use domain::code::PartnerCode;
use jiff::Timestamp;

use super::slice::{self, Wanted};
use super::{WalletError, store, tiers};
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

/// Writes down what has happened by itself until now, for some owners. Nothing is left when it
/// says that there were none.
pub async fn pass(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<Passed, WalletError> {
    let mut done = Passed::default();
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
        let slice = slice::open(tx, of, master, now, wanted).await?;
        let kept = slice.keep(tx, master, now).await?;
        done.postings += kept.postings;
        tiers::carry(tx, rules, of, now, kept).await?;
    }
    Ok(done)
}
