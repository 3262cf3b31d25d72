//! The wallets that act, as their texts say.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::amount::Currency;
use domain::program::{Names, Program};
use domain::wallet::{CodeSecret, Wallet};
use jiff::Timestamp;

use super::RulesError;
use crate::args;
use crate::db::{DbError, Reader, Row};

/// A wallet that acts.
#[derive(Debug, Clone)]
pub struct Active {
    pub wallet_id: i64,
    pub code: String,
    pub version: i64,
    pub name: Names,
    pub description: Names,
    pub wallet: Arc<Wallet>,
    /// The money of worths, where the wallet names none that of the programs.
    pub money: Option<Currency>,
    /// What codes of vouchers are made with.
    pub(crate) code_secret: Option<CodeSecret>,
}

impl Active {
    /// Whether a tier of it is an attribute of partners.
    pub(crate) fn sets_attributes(&self) -> bool {
        self.wallet.tier_groups.values().any(|group| group.sets.is_some())
    }

    /// The programs behind the totals that tiers go by, in the money and zone of the wallet.
    pub(crate) fn totals(&self) -> impl Iterator<Item = Program> {
        let totals = self.wallet.tier_groups.values().filter_map(|group| group.total.as_deref());
        totals.filter_map(|total| Some(self.wallet.in_own_terms(total, self.money?)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionStatus {
    Draft,
    Active,
}

impl VersionStatus {
    pub fn word(self) -> &'static str {
        match self {
            VersionStatus::Draft => "draft",
            VersionStatus::Active => "active",
        }
    }
}

/// A text of a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletVersion {
    pub wallet_id: i64,
    pub code: String,
    pub version: i64,
    pub status: VersionStatus,
    pub text: String,
    pub created_by: String,
    /// The public id of who wrote it, if a person did.
    pub author_id: Option<String>,
    pub created_at: Timestamp,
    pub activated_by: Option<String>,
    pub activated_at: Option<Timestamp>,
}

const VERSION: &str = "SELECT w.wallet_id, w.code, v.version, v.status, v.text, v.created_by, \
    v.created_at, v.activated_by, v.activated_at, v.author_id FROM wallet w JOIN wallet_version v \
    ON v.tenant_id = w.tenant_id AND v.wallet_id = w.wallet_id WHERE w.tenant_id = $1";

fn version_row(row: &Row) -> WalletVersion {
    WalletVersion {
        wallet_id: row.int(0),
        code: row.string(1),
        version: row.int(2),
        status: if row.text(3) == "active" { VersionStatus::Active } else { VersionStatus::Draft },
        text: row.string(4),
        created_by: row.string(5),
        author_id: row.opt_string(9),
        created_at: row.instant(6),
        activated_by: row.opt_string(7),
        activated_at: row.opt_instant(8),
    }
}

/// All texts, the newest of each wallet first.
pub async fn versions(reader: &mut Reader) -> Result<Vec<WalletVersion>, DbError> {
    let sql = format!("{VERSION} ORDER BY w.code, v.version DESC");
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![reader.tenant()]).await?;
    Ok(rows.iter().map(version_row).collect())
}

/// The wallets that act, each by its newest active text.
pub(crate) async fn load(
    reader: &mut Reader,
    programs: &[Program],
) -> Result<Vec<Active>, RulesError> {
    let mut wallets: Vec<Active> = Vec::new();
    let secrets = code_secrets(reader).await?;
    for row in versions(reader).await? {
        let is_there = wallets.iter().any(|of| of.wallet_id == row.wallet_id);
        if row.status != VersionStatus::Active || is_there {
            continue;
        }
        let parsed = domain::wallet::parse(&row.text, programs);
        let Some(file) = parsed.value else {
            let problem = parsed.problems.first().map(|problem| problem.message.clone());
            return Err(RulesError::Wallet {
                code: row.code,
                version: row.version,
                problem: problem.unwrap_or_default(),
            });
        };
        let first = programs.first().map(|program| program.currency);
        wallets.push(Active {
            wallet_id: row.wallet_id,
            code: row.code,
            version: row.version,
            name: file.name,
            description: file.description,
            money: file.wallet.currency.or(first),
            code_secret: secrets.get(&row.wallet_id).cloned(),
            wallet: Arc::new(file.wallet),
        });
    }
    Ok(wallets)
}

/// What each wallet makes codes of vouchers with.
async fn code_secrets(reader: &mut Reader) -> Result<BTreeMap<i64, CodeSecret>, DbError> {
    let rows = reader
        .rows(
            "SELECT wallet_id, code_secret FROM wallet WHERE tenant_id = $1 \
             AND code_secret IS NOT NULL",
            args![reader.tenant()],
        )
        .await?;
    let secret = |row: &Row| (row.int(0), CodeSecret(row.text(1).into()));
    Ok(rows.iter().map(secret).collect())
}
