//! Looking ahead: what time alone makes of tiers, and what a line would do. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use domain::code::PartnerCode;
use domain::wallet::{Line, List};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::slice::{self, Wanted};
use super::{Active, WalletError, store};
use crate::catalog::MasterData;
use crate::db::Reader;

/// Somebody whom time moves to another tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    pub owner: String,
    pub from: Option<usize>,
    pub to: Option<usize>,
    /// What counts now.
    pub figure: Decimal,
}

/// Whose things change by themselves until a moment, at most so many, and whether there are more.
pub async fn change_by(
    reader: &mut Reader,
    of: &Active,
    until: DateTime,
    limit: usize,
) -> Result<(Vec<String>, bool), WalletError> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let until = BTreeMap::from([(of.wallet_id, until)]);
    let (mut owners, _) = store::due(reader, &until, most).await?;
    owners.sort();
    owners.dedup();
    let is_cut = limit < owners.len();
    owners.truncate(limit);
    Ok((owners, is_cut))
}

/// Who of these moves in a tier group by the beginning of a day if nothing more is recorded.
pub async fn foresee(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    (now, day): (Timestamp, Date),
    (group, owners): (&str, &[PartnerCode]),
) -> Result<Vec<Foreseen>, WalletError> {
    let asked: BTreeSet<PartnerCode> = owners.iter().cloned().collect();
    let wanted = Wanted { owners: asked.clone(), ..Wanted::default() };
    let mut book = slice::open(reader, of, master, now, wanted).await?.book;
    let before = book.tiers_in(group);
    book.until(day.at(0, 0, 0, 0));
    let after = book.tiers_in(group);
    let moved = before.into_iter().filter(|(owner, _)| asked.contains(owner)).filter_map(
        |(owner, (from, figure))| {
            let (to, _) = *after.get(&owner)?;
            (from != to).then(|| Foreseen { owner: owner.to_string(), from, to, figure })
        },
    );
    Ok(moved.collect())
}

/// What a redemption or reservation pays and leaves, in the words of the output.
pub async fn redemption(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    now: Timestamp,
    key: &str,
) -> Result<Option<Line>, WalletError> {
    let wanted = Wanted { names: [key.to_owned()].into(), ..Wanted::default() };
    let book = slice::open(reader, of, master, now, wanted).await?.book;
    let is_it = |line: &Line| line.list == List::Redemptions && line.of == key;
    Ok(book.report().into_iter().find(is_it))
}
