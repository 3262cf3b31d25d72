//! Pools: groups that share points, with who is in them and what they hold.

use domain::code::PartnerCode;
use domain::program::Names;
use domain::wallet::Pool;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::catalog::MasterData;
use crate::db::Reader;
use crate::rules::Rules;
use crate::wallets::{self, Active, WalletError};

/// A pool, and what it holds of its currency.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolShown {
    pub code: PartnerCode,
    pub wallet: String,
    pub pool: Pool,
    pub unit_name: Names,
    pub decimals: u32,
    pub amount: Decimal,
    pub escrow: Decimal,
    pub reserved: Decimal,
    pub arrears: Decimal,
}

/// All pools of all wallets, by code; those of a partner alone, if one is named.
pub async fn pools(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    of_partner: Option<&PartnerCode>,
) -> Result<Vec<PoolShown>, WalletError> {
    let mut all = Vec::new();
    for of in &rules.wallets {
        for (code, pool) in &of.wallet.pools {
            if of_partner.is_none_or(|partner| pool.members.contains(partner)) {
                all.push(shown(reader, (rules, master), now, (of, code, pool)).await?);
            }
        }
    }
    all.sort_by(|one, other| one.code.cmp(&other.code));
    Ok(all)
}

/// One pool.
pub async fn pool(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    code: &str,
) -> Result<Option<PoolShown>, WalletError> {
    let code = PartnerCode::new(code);
    for of in &rules.wallets {
        if let Some(pool) = of.wallet.pools.get(&code) {
            return Ok(Some(shown(reader, (rules, master), now, (of, &code, pool)).await?));
        }
    }
    Ok(None)
}

/// What a member gave to a pool and took out of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberGave {
    /// By its part of each credit, less what was taken back.
    pub shared: Decimal,
    /// What it passed on to the pool, or the vendor for it.
    pub passed: Decimal,
    pub taken_out: Decimal,
}

/// What a member gave to a pool, and took out of it.
pub async fn member_gave(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    (pool, member): (&PartnerCode, &PartnerCode),
) -> Result<MemberGave, WalletError> {
    let of = rules.wallets.iter().find(|of| of.wallet.pools.contains_key(pool));
    let Some(of) = of else { return Ok(MemberGave::default()) };
    let book = wallets::book_of(reader, of, master, (now, None), member).await?;
    let mut gave = MemberGave { shared: book.shared_with(pool, member), ..MemberGave::default() };
    let passed = |from: &PartnerCode, to: &PartnerCode| -> Decimal {
        let purses = book.purses().filter(|purse| purse.owner == *from);
        let went = purses.flat_map(|purse| &purse.lots).flat_map(|lot| &lot.went);
        let went = went.filter(|went| went.owner.as_ref() == Some(to));
        went.map(|went| went.amount).sum()
    };
    gave.passed = passed(member, pool);
    gave.taken_out = passed(pool, member);
    Ok(gave)
}

async fn shown(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    (of, code, pool): (&Active, &PartnerCode, &Pool),
) -> Result<PoolShown, WalletError> {
    let held = wallets::balances(reader, rules, master, now, code).await?;
    let own = held.into_iter().find(|it| it.wallet_id == of.wallet_id && *it.unit == *pool.points);
    let currency = of.wallet.points.get(&pool.points);
    let sum =
        |read: fn(&wallets::BalanceRow) -> Decimal| own.as_ref().map(read).unwrap_or_default();
    Ok(PoolShown {
        code: code.clone(),
        wallet: of.code.clone(),
        pool: pool.clone(),
        unit_name: currency.map(|it| it.name.clone()).unwrap_or_default(),
        decimals: currency.map_or(0, |it| it.decimals),
        amount: sum(|row| row.amount),
        escrow: sum(|row| row.escrow),
        reserved: sum(|row| row.reserved),
        arrears: sum(|row| row.arrears),
    })
}
