//! How much of what is limited was taken.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::args;
use crate::db::{DbError, Reader};
use crate::wallets::Active;

/// What limits count over all partners.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Vouchers issued, by kind.
    pub issued: BTreeMap<String, Decimal>,
    /// Rewards ordered, by code.
    pub ordered: BTreeMap<String, Decimal>,
}

/// How many vouchers and rewards of a wallet were taken.
pub async fn taken(reader: &mut Reader, of: &Active) -> Result<Taken, DbError> {
    let mut taken = Taken::default();
    for code in of.wallet.vouchers.keys() {
        let all = counted(reader, of, &format!("issued/{code}")).await?;
        taken.issued.insert(code.to_string(), all);
    }
    for code in of.wallet.rewards.keys() {
        let all = counted(reader, of, &format!("ordered/{code}")).await?;
        taken.ordered.insert(code.to_string(), all);
    }
    Ok(taken)
}

async fn counted(reader: &mut Reader, of: &Active, name: &str) -> Result<Decimal, DbError> {
    let row = reader
        .row(
            "SELECT amount FROM wallet_tally WHERE tenant_id = $1 AND wallet_id = $2 \
             AND name = $3",
            args![reader.tenant(), of.wallet_id, name],
        )
        .await?;
    Ok(row.and_then(|row| row.text(0).parse().ok()).unwrap_or_default())
}
