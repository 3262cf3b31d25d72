//! What somebody had on a day that is over: the balances as they were posted by then, and the tier it
//! stood in.
//!
//! # Promises
//!
//! * What was recorded later is not in it: a correction counts from the day on which it was made.

use std::collections::{BTreeMap, BTreeSet};

use domain::code::PartnerCode;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{TierBefore, of_partner};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, Reader, Row, days_of};
use crate::rules::Rules;
use crate::wallets::WalletError;

/// What somebody had in one wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastWallet {
    pub code: String,
    pub balances: Vec<PastBalance>,
    pub tiers: Vec<PastTier>,
}

/// What was held of one point currency at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastBalance {
    pub unit: String,
    /// What could be used; below zero if more was taken.
    pub amount: Decimal,
    pub escrow: Decimal,
    pub reserved: Decimal,
    pub arrears: Decimal,
}

/// Where somebody stood at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastTier {
    pub group: String,
    /// The tier's code; nothing below the first.
    pub tier: Option<String>,
    pub since: Option<String>,
}

/// What a partner or pool had at the end of a day.
pub async fn past(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    owner: &PartnerCode,
    day: Date,
) -> Result<Vec<PastWallet>, WalletError> {
    let sums = sums(reader, rules, owner, day).await?;
    let mut all = Vec::new();
    let wallets = of_partner(reader, rules, master, (now, None), owner).await?;
    for (of, own) in rules.wallets.iter().zip(&wallets) {
        let units = of.wallet.points.keys().filter(|unit| !domain::wallet::is_hidden(unit));
        let balances = units.filter_map(|unit| {
            let of_role = |role: &str| sums.get(&(role.to_owned(), unit.to_string())).copied();
            let held = |role: &str| of_role(role).unwrap_or_default();
            of_role("open").or(of_role("escrow")).or(of_role("arrears"))?;
            Some(PastBalance {
                unit: unit.to_string(),
                amount: held("open"),
                escrow: held("escrow"),
                reserved: held("reserved"),
                // What is owed is the owner's debt.
                arrears: -held("arrears"),
            })
        });
        let tiers = own.tiers.iter().filter_map(|tier| {
            let then = stood(&tier.before, day)?;
            let code = then.tier.and_then(|at| tier.rows.get(at)).map(|row| row.tier.clone());
            Some(PastTier { group: tier.group.clone(), tier: code, since: then.since.clone() })
        });
        all.push(PastWallet {
            code: of.code.clone(),
            balances: balances.collect(),
            tiers: tiers.collect(),
        });
    }
    Ok(all)
}

/// The tier that somebody had at the end of a day; nothing for a day before anything is known of it.
fn stood(before: &[TierBefore], day: Date) -> Option<&TierBefore> {
    let began = |it: &TierBefore| {
        let since: Option<Date> = it.since.as_ref().and_then(|since| since.parse().ok());
        since.is_none_or(|since| since <= day)
    };
    before.iter().rev().find(|it| began(it))
}

const BY_DEBIT: &str = "SELECT a.name, o.name, p.amount FROM {keys} CROSS JOIN account a \
    CROSS JOIN posting p JOIN account o ON o.tenant_id = p.tenant_id AND o.account_id = p.credit_id \
    WHERE a.tenant_id = k.tenant AND a.name = k.k1 AND p.tenant_id = a.tenant_id \
    AND p.debit_id = a.account_id AND p.cause = 'wallet' AND p.booked_day <= $1";

const BY_CREDIT: &str = "SELECT a.name, o.name, p.amount FROM {keys} CROSS JOIN account a \
    CROSS JOIN posting p JOIN account o ON o.tenant_id = p.tenant_id AND o.account_id = p.debit_id \
    WHERE a.tenant_id = k.tenant AND a.name = k.k1 AND p.tenant_id = a.tenant_id \
    AND p.credit_id = a.account_id AND p.cause = 'wallet' AND p.booked_day <= $1";

/// Credits less debits by role and unit. What is reserved lies on an account of its own for each
/// reservation, which is known by what went there.
async fn sums(
    reader: &mut Reader,
    rules: &Rules,
    owner: &PartnerCode,
    day: Date,
) -> Result<BTreeMap<(String, String), Decimal>, WalletError> {
    let units = rules.wallets.iter().flat_map(|of| of.wallet.points.keys());
    let own: Vec<String> = units
        .flat_map(|unit| ["open", "escrow", "arrears"].map(|role| format!("{role}/{unit}/{owner}")))
        .collect();
    let day = days_of(day);
    let mut sums: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    let mut reserved: BTreeSet<String> = BTreeSet::new();
    let mut add = |row: &Row, is_debit: bool| {
        let mut parts = row.text(0).splitn(3, '/');
        let of = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let number: Decimal = row.text(2).parse().unwrap_or_default();
        let sum = sums.entry((of.0.to_owned(), of.1.to_owned())).or_default();
        *sum += if is_debit { -number } else { number };
    };
    let keys = || vec![Column::Text(own.clone())];
    for row in reader.lookup(BY_DEBIT, args![day], keys()).await? {
        if row.text(1).starts_with("reserved/") {
            reserved.insert(row.string(1));
        }
        add(&row, true);
    }
    for row in reader.lookup(BY_CREDIT, args![day], keys()).await? {
        add(&row, false);
    }
    let reserved: Vec<String> = reserved.into_iter().collect();
    let keys = || vec![Column::Text(reserved.clone())];
    for row in reader.lookup(BY_DEBIT, args![day], keys()).await? {
        add(&row, true);
    }
    for row in reader.lookup(BY_CREDIT, args![day], keys()).await? {
        add(&row, false);
    }
    Ok(sums)
}
