//! Loyalty as the vendor's people look after it: who holds how much and stands where, what it will
//! cost, and who is about to move.
//!
//! # Promises
//!
//! * Lists of partners read what was added up of each, never what it is made of, so that they are as
//!   fast with many partners as with few.
//! * What is added up of everybody leaves out what is over by now, whether or not a job ran.

mod badges;
mod liability;
mod movers;
mod pools;
pub mod promotions;
mod sponsors;
mod taken;

use std::fmt::Write as _;

use domain::wallet::{Piece, TierStanding};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::like;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Arg, Column, DbError, Reader, Row};
use crate::rules::Rules;
use crate::wallets::{self, Active, WalletError};

pub use badges::{Holder, badge_holders};
pub use liability::{Ageing, CurrencySums, Liability, MONTHS, VoucherSums, liability};
pub use movers::{MOVERS_MAX, Mover, Movers, RowCount, movers};
pub use pools::{MemberGave, PoolShown, member_gave, pool, pools};
pub use sponsors::{
    EntryKind, SponsorEntry, SponsorMonth, SponsorShown, Waiting, by_month, sponsor,
    sponsor_entries, sponsors,
};
pub use taken::{Taken, taken};

/// What of the members of a wallet is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberQuery {
    /// The point currency whose balance is shown and sorted by; `None` for a wallet without any.
    pub unit: Option<String>,
    /// A tier group and one of its rows, nothing for those below the first.
    pub tier: Option<(String, Option<usize>)>,
    /// A part of a code or name.
    pub search: String,
    pub order: MemberOrder,
    pub offset: i64,
    pub limit: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MemberOrder {
    #[default]
    MostFirst,
    LeastFirst,
    Code,
}

/// A member with what it holds of one currency, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub owner: String,
    pub amount: Decimal,
    pub escrow: Decimal,
    pub reserved: Decimal,
    pub arrears: Decimal,
    /// By group, the row it stands on.
    pub tiers: Vec<(String, Option<usize>)>,
}

/// A page of members, and how many there are in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    pub rows: Vec<Member>,
    pub total: i64,
}

/// The members of a wallet.
pub async fn members(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    of: &Active,
    now: Timestamp,
    query: &MemberQuery,
) -> Result<Members, WalletError> {
    let asked = asked(reader.tenant(), of, query);
    let Found { from, balance, condition, args } = &asked;
    let count = format!("SELECT COUNT(*) {from} {condition}");
    let total = reader.row(sqlx::AssertSqlSafe(count), &bound(args)).await?;
    let owner = if balance.is_empty() { "b.owner" } else { "m.owner" };
    let order = match query.order {
        MemberOrder::MostFirst => format!("b.sort_amount DESC, {owner} DESC"),
        MemberOrder::LeastFirst => format!("b.sort_amount, {owner}"),
        MemberOrder::Code => owner.to_owned(),
    };
    let sql = format!(
        "SELECT {owner}, b.amount, b.escrow, b.reserved, b.arrears, b.due {from} {balance} \
         {condition} ORDER BY {order} LIMIT {} OFFSET {}",
        query.limit.max(0),
        query.offset.max(0)
    );
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), &bound(args)).await?;
    let local = of.wallet.time_zone.to_datetime(now);
    let mut members: Vec<Member> = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut member = member(row);
        let due = row.opt_string(5).and_then(|due| due.parse().ok());
        // Something ended or began since it was written down.
        if due.is_some_and(|due: jiff::civil::DateTime| due <= local) {
            let owner = domain::code::PartnerCode::new(&member.owner);
            let held = wallets::balances(reader, rules, master, now, &owner).await?;
            let own = |it: &&wallets::BalanceRow| {
                it.wallet_id == of.wallet_id && Some(&it.unit) == query.unit.as_ref()
            };
            if let Some(own) = held.iter().find(own) {
                (member.amount, member.escrow) = (own.amount, own.escrow);
                (member.reserved, member.arrears) = (own.reserved, own.arrears);
            }
        }
        members.push(member);
    }
    stand(reader, of, &mut members).await?;
    Ok(Members { rows: members, total: total.map_or(0, |row| row.int(0)) })
}

/// An argument of a statement that is put together.
enum Asked {
    Int(i64),
    Text(String),
}

fn bound(args: &[Asked]) -> Vec<Arg<'_>> {
    let one = |asked: &'_ Asked| match asked {
        Asked::Int(number) => Arg::from(*number),
        Asked::Text(text) => Arg::from(text.clone()),
    };
    args.iter().map(one).collect()
}

/// Where members come from: `b` with the balance; `m` with where they stand, if that is asked for.
struct Found {
    from: String,
    /// What joins the balance to `m`; nothing where members come from their balances.
    balance: &'static str,
    condition: String,
    args: Vec<Asked>,
}

/// Whoever stands on a row comes from where it stands, anybody else from what is held. Partners are
/// joined only if they are searched: what is counted is counted in one index.
fn asked(tenant: i64, of: &Active, query: &MemberQuery) -> Found {
    let mut args = vec![Asked::Int(tenant), Asked::Int(of.wallet_id)];
    let mut add = |value: String| {
        args.push(Asked::Text(value));
        args.len()
    };
    let group = match (&query.tier, &query.unit) {
        (Some((group, _)), _) => Some(group.clone()),
        (None, None) => of.wallet.tier_groups.keys().next().map(ToString::to_string),
        (None, Some(_)) => None,
    };
    let unit = add(query.unit.clone().unwrap_or_default());
    let searched = query.search.trim();
    let (alias, mut found) = if let Some(group) = group {
        // Of all names that begin with the code of the group and a blank. The count knows the
        // currency, too, so that it has the same arguments.
        let (after, before) = (add(format!("{group} ")), add(format!("{group}!")));
        let condition = format!(
            "WHERE m.tenant_id = $1 AND m.wallet_id = $2 AND m.kind = 'tier' \
                 AND m.name > ${after} AND m.name < ${before} AND ${unit} = ${unit}"
        );
        let balance = "LEFT JOIN wallet_balance b ON b.tenant_id = m.tenant_id \
                AND b.wallet_id = m.wallet_id AND b.unit = $3 AND b.owner = m.owner";
        ("m", (String::from("FROM wallet_piece m"), balance, condition))
    } else {
        let condition = format!("WHERE b.tenant_id = $1 AND b.wallet_id = $2 AND b.unit = ${unit}");
        ("b", (String::from("FROM wallet_balance b"), "", condition))
    };
    if let Some((_, tier)) = &query.tier {
        let tier = tier.map_or_else(|| "null".to_owned(), |tier| tier.to_string());
        let like = add(format!("%\"tier\":{tier},\"since\":%"));
        write!(found.2, " AND m.body LIKE ${like}").expect("writes");
    }
    if !searched.is_empty() {
        let like = add(like(searched));
        let join = format!(
            " JOIN partner p ON p.tenant_id = {alias}.tenant_id AND p.code = {alias}.owner"
        );
        found.0.push_str(&join);
        write!(found.2, " AND p.search LIKE ${like} ESCAPE '!'").expect("writes");
    }
    let (from, balance, condition) = found;
    Found { from, balance, condition, args }
}

fn member(row: &Row) -> Member {
    let number =
        |at: usize| row.opt_string(at).and_then(|text| text.parse().ok()).unwrap_or_default();
    Member {
        owner: row.opt_string(0).unwrap_or_default(),
        amount: number(1),
        escrow: number(2),
        reserved: number(3),
        arrears: number(4),
        tiers: Vec::new(),
    }
}

/// Says where members stand.
async fn stand(
    reader: &mut Reader,
    of: &Active,
    members: &mut [Member],
) -> Result<(), WalletError> {
    let groups = of.wallet.tier_groups.keys();
    let names: Vec<String> = groups
        .flat_map(|group| members.iter().map(move |member| format!("{group} {}", member.owner)))
        .collect();
    let rows = reader
        .lookup(
            "SELECT p.body FROM {keys} CROSS JOIN wallet_piece p WHERE p.tenant_id = k.tenant \
             AND p.wallet_id = $1 AND p.kind = 'tier' AND p.name = k.k1",
            args![of.wallet_id],
            vec![Column::Text(names)],
        )
        .await?;
    for row in &rows {
        let Some((owner, group, standing)) = standing(row.text(0)) else { continue };
        if let Some(member) = members.iter_mut().find(|member| member.owner == owner) {
            member.tiers.push((group, standing.tier));
        }
    }
    Ok(())
}

/// Where somebody stands in a group, as it is kept.
fn standing(body: &str) -> Option<(String, String, TierStanding)> {
    let piece: Piece = serde_json::from_str(body).ok()?;
    let (owner, group, standing) = piece.tier()?;
    Some((owner.to_string(), group.to_string(), standing.clone()))
}

/// How many bodies are read at once.
const BODIES_PER_READ: usize = 5_000;

/// The bodies of all pieces of a kind with names between two, a few thousand at a time: what comes
/// after `after`, and the name to go on from.
async fn bodies(
    reader: &mut Reader,
    of: &Active,
    kind: &str,
    (after, before): (&str, &str),
) -> Result<(Vec<String>, Option<String>), DbError> {
    let rows = reader
        .rows(
            "SELECT name, body FROM wallet_piece WHERE tenant_id = $1 AND wallet_id = $2 \
             AND kind = $3 AND name > $4 AND ($5 = '' OR name < $5) ORDER BY name LIMIT $6",
            args![
                reader.tenant(),
                of.wallet_id,
                kind,
                after,
                before,
                i64::try_from(BODIES_PER_READ).unwrap_or(i64::MAX)
            ],
        )
        .await?;
    let next = rows.get(BODIES_PER_READ - 1).map(|row| row.string(0));
    Ok((rows.iter().map(|row| row.string(1)).collect(), next))
}

#[cfg(test)]
mod tests;
