//! Who would move: what the next assessment of a tier group makes of everybody as facts stand now.

use domain::code::PartnerCode;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::{bodies, standing};
use crate::catalog::MasterData;
use crate::db::Reader;
use crate::wallets::{self, Active, WalletError};

/// No list is longer.
pub const MOVERS_MAX: usize = 20_000;

/// What a day makes of a tier group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movers {
    /// The day that was looked at: its beginning.
    pub day: Date,
    /// The first assessment that comes.
    pub next_check: Option<Date>,
    /// Nobody and each row, from below.
    pub counts: Vec<RowCount>,
    /// Who falls first, then who rises.
    pub rows: Vec<Mover>,
    /// There were more who may move than are looked at.
    pub is_cut: bool,
}

/// How many stand on a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCount {
    pub now: u64,
    pub rises: u64,
    pub falls: u64,
    pub after: u64,
}

/// Somebody who moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mover {
    pub owner: String,
    pub from: Option<usize>,
    pub to: Option<usize>,
    /// What counts now.
    pub figure: Decimal,
    /// What is missing to what it has.
    pub missing: Option<Decimal>,
}

/// Who moves in a tier group by the beginning of a day, nothing for the first assessment that
/// comes, or the next month where there is none.
pub async fn movers(
    reader: &mut Reader,
    of: &Active,
    master: &MasterData,
    (now, day): (Timestamp, Option<Date>),
    group: &str,
) -> Result<Option<Movers>, WalletError> {
    let Some(declared) = of.wallet.tier_groups.get(group) else { return Ok(None) };
    let today = of.wallet.time_zone.to_datetime(now).date();
    let mut counts = vec![RowCount::default(); declared.rows.len() + 1];
    let mut next_check: Option<Date> = None;
    let mut after = Some(format!("{group} "));
    while let Some(from) = after {
        let (read, next) = bodies(reader, of, "tier", (&from, &format!("{group}!"))).await?;
        for (_, _, at) in read.iter().filter_map(|body| standing(body)) {
            if let Some(count) = counts.get_mut(place(at.tier)) {
                count.now += 1;
            }
            let grace =
                i64::from(declared.grace.months).months().days(i64::from(declared.grace.days));
            let check = at.ends.and_then(|ends| ends.checked_add(grace).ok());
            let coming = check.filter(|check| today < *check);
            next_check = next_check.into_iter().chain(coming).min();
        }
        after = next;
    }
    let next_month = today.last_of_month().tomorrow().unwrap_or(today);
    let day = day.or(next_check).unwrap_or(next_month).max(today);
    let (owners, is_cut) = wallets::change_by(reader, of, day.at(0, 0, 0, 0), MOVERS_MAX).await?;
    let mut rows = Vec::new();
    for owners in owners.chunks(OWNERS_PER_LOOK) {
        let owners: Vec<PartnerCode> = owners.iter().map(PartnerCode::new).collect();
        for seen in wallets::foresee(reader, of, master, (now, day), (group, &owners)).await? {
            rows.push(mover(declared, seen));
        }
    }
    for count in &mut counts {
        count.after = count.now;
    }
    for mover in &rows {
        let is_rise = mover.from < mover.to;
        if let Some(count) = counts.get_mut(place(mover.from)) {
            count.after = count.after.saturating_sub(1);
        }
        if let Some(count) = counts.get_mut(place(mover.to)) {
            count.after += 1;
            count.rises += u64::from(is_rise);
            count.falls += u64::from(!is_rise);
        }
    }
    rows.sort_by(|a, b| {
        let key = |it: &Mover| (it.from < it.to, std::cmp::Reverse(it.from), it.missing);
        key(a).cmp(&key(b)).then_with(|| a.owner.cmp(&b.owner))
    });
    Ok(Some(Movers { day, next_check, counts, rows, is_cut }))
}

/// How many are looked at together.
const OWNERS_PER_LOOK: usize = 200;

/// Nobody stands on 0.
fn place(tier: Option<usize>) -> usize {
    tier.map_or(0, |at| at + 1)
}

fn mover(group: &domain::wallet::TierGroup, seen: wallets::Foreseen) -> Mover {
    let own = seen.from.and_then(|at| group.rows.get(at));
    let missing = own.map(|row| row.from - seen.figure).filter(|gap| *gap > Decimal::ZERO);
    Mover { owner: seen.owner, from: seen.from, to: seen.to, figure: seen.figure, missing }
}
