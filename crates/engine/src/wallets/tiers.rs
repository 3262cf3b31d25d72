//! What tiers make of partners: the attribute that carries the tier, for conditions.
//!
//! # Promises
//!
//! * From the day on which a partner reached or left a tier its attribute says so, and what that
//!   changes of awards is found out next.

use domain::code::PartnerCode;
use domain::wallet::Standing;
use jiff::Timestamp;
use jiff::civil::Date;

use super::slice::Kept;
use super::{Active, WalletError};
use crate::access::Actor;
use crate::catalog::{self, Item, Names};
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
    let mut moved: Vec<(Date, PartnerCode, String, String)> = Vec::new();
    for Standing { partner, group, tier } in kept.stood {
        let group = of.wallet.tier_groups.get(&group);
        if let Some((attribute, tier)) = group.and_then(|it| it.sets.clone()).zip(tier) {
            moved.push((Date::MIN, partner, attribute, tier.to_string()));
        }
    }
    for change in kept.tiers {
        let group = of.wallet.tier_groups.get(&change.group);
        if let Some(attribute) = group.and_then(|group| group.sets.clone()) {
            let tier = change.tier.map(|tier| tier.to_string()).unwrap_or_default();
            moved.push((change.at.date(), change.partner, attribute, tier));
        }
    }
    if moved.is_empty() {
        return Ok(());
    }
    let mut partners: Vec<PartnerCode> = Vec::new();
    for (from, partner, attribute, tier) in moved {
        let fields = catalog::Fields::from([(attribute, tier)]);
        let Ok(item) = Item::new(partner.as_str(), Names::new(), fields) else { continue };
        catalog::upsert_partners(tx, now, &Actor::System, from, vec![item]).await?;
        partners.push(partner);
    }
    let master = catalog::load_master(tx).await?;
    let ids: Vec<i64> =
        partners.iter().filter_map(|partner| master.partner_id(partner.as_str())).collect();
    rebuild::partners(tx, rules, &master, &ids).await?;
    Ok(())
}
