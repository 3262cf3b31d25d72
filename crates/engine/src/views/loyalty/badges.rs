//! Who has which badge.

use std::collections::BTreeMap;

use domain::code::PartnerCode;
use domain::wallet::{BadgeHeld, Given, Piece};
use jiff::Timestamp;

use crate::args;
use crate::db::Reader;
use crate::wallets::{Active, WalletError};

/// A partner that has a badge, or had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub partner: PartnerCode,
    pub held: BadgeHeld,
}

/// Who has each badge of a wallet, by badge: those who have it now first, then by code.
pub async fn badge_holders(
    reader: &mut Reader,
    of: &Active,
    now: Timestamp,
) -> Result<BTreeMap<String, Vec<Holder>>, WalletError> {
    let rows = reader
        .rows(
            "SELECT name, body FROM wallet_piece WHERE tenant_id = $1 AND wallet_id = $2 \
             AND kind = 'badge'",
            args![reader.tenant(), of.wallet_id],
        )
        .await?;
    let mut given: BTreeMap<(String, PartnerCode), Vec<Given>> = BTreeMap::new();
    for row in &rows {
        let piece: Piece =
            serde_json::from_str(row.text(1)).map_err(|error| WalletError::Piece {
                kind: "badge".to_owned(),
                name: row.string(0),
                problem: error.to_string(),
            })?;
        if let Some((partner, badge, _, own)) = piece.badge() {
            given.entry((badge.to_string(), partner.clone())).or_default().push(own.clone());
        }
    }
    let local = of.wallet.time_zone.to_datetime(now);
    let mut all: BTreeMap<String, Vec<Holder>> = BTreeMap::new();
    for ((badge, partner), given) in given {
        let held = BadgeHeld::of(given.iter(), local);
        all.entry(badge).or_default().push(Holder { partner, held });
    }
    for holders in all.values_mut() {
        holders.sort_by_key(|it| (it.held.status != "active", it.partner.clone()));
    }
    Ok(all)
}
