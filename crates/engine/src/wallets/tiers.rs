//! What tiers make of partners: the attribute that carries the tier, for conditions.
//!
//! # Promises
//!
//! * From the day on which a partner reached or left a tier its attribute says so, and what that
//!   changes of awards is found out next.

use domain::period::begins;
use domain::wallet::Standing;
use jiff::Timestamp;

use super::slice::Kept;
use super::{Active, WalletError};
use crate::access::Actor;
use crate::catalog::{self, Moved};
use crate::db::Tx;
use crate::rebuild;
use crate::rules::Rules;

/// Sets the attributes of those who moved, and of those who came to stand somewhere first.
pub(super) async fn carry(
    tx: &mut Tx,
    rules: &Rules,
    of: &Active,
    now: Timestamp,
    kept: Kept,
) -> Result<(), WalletError> {
    let mut moved: Vec<Moved> = Vec::new();
    for Standing { partner, group, tier } in kept.stood {
        let group = of.wallet.tier_groups.get(&group);
        if let Some((attribute, tier)) = group.and_then(|it| it.sets.clone()).zip(tier) {
            let fields = catalog::Fields::from([(attribute, tier.to_string())]);
            moved.push(Moved { partner: partner.to_string(), since: None, fields });
        }
    }
    for change in kept.tiers {
        let group = of.wallet.tier_groups.get(&change.group);
        if let Some(attribute) = group.and_then(|group| group.sets.clone()) {
            let tier = change.tier.map(|tier| tier.to_string()).unwrap_or_default();
            let fields = catalog::Fields::from([(attribute, tier)]);
            // A turn of the day counts for all of it.
            let begins = begins(change.at.date(), &of.wallet.time_zone);
            let is_turn = change.at.time() == jiff::civil::Time::midnight();
            let after = if is_turn { begins } else { now };
            let since = Some((change.at.date(), after));
            moved.push(Moved { partner: change.partner.to_string(), since, fields });
        }
    }
    if moved.is_empty() {
        return Ok(());
    }
    let ids = catalog::move_partners(tx, now, &Actor::System, &moved).await?;
    if ids.is_empty() {
        return Ok(());
    }
    let master = catalog::load_master(tx).await?;
    rebuild::partners(tx, rules, &master, &ids).await?;
    Ok(())
}
