//! The texts of wallets: drafts, checking, activating.
//!
//! # Invariants
//!
//! * A text that was activated never changes; a change is a new version.
//! * A code is declared by one wallet.
//! * While programs need a second person, nobody activates a text of their own.
//! * What somebody holds stays declared, in the same kind and with at least as many decimals.

use domain::problem::Problem;
use domain::program::{Position, Program};
use domain::wallet::{PointKind, Wallet, WalletFile, fund_name};
use jiff::Timestamp;

use super::{Active, VersionStatus, WalletError, passing, store, versions};
use crate::access::{self, Actor};
use crate::args;
use crate::audit;
use crate::catalog;
use crate::db::{DbError, Reader, Tx};
use crate::id::{Id, Kind};
use crate::programs;
use crate::rebuild;
use crate::rules::{self, RulesError};
use serde_json::json;

/// The wallets that act.
pub async fn active(reader: &mut Reader) -> Result<Vec<Active>, DbError> {
    if !versions(reader).await?.iter().any(|row| row.status == VersionStatus::Active) {
        return Ok(Vec::new());
    }
    let rules = rules::load(reader).await.map_err(RulesError::into_db)?;
    Ok(rules.wallets)
}

/// The programs that act, for what their fields say.
async fn active_programs(reader: &mut Reader) -> Result<Vec<Program>, RulesError> {
    let rules = rules::load(reader).await?;
    let versions = rules.plans.iter().filter_map(|plan| plan.versions.last());
    Ok(versions.map(|version| (*version.program).clone()).collect())
}

/// Reads a text with what this installation knows.
pub async fn check(
    reader: &mut Reader,
    text: &str,
) -> Result<(Option<WalletFile>, Vec<Problem>), WalletError> {
    let programs = active_programs(reader).await?;
    let parsed = domain::wallet::parse(text, &programs);
    let (file, mut problems) = (parsed.value, parsed.problems);
    let has_agreements = |file: &WalletFile| !file.wallet.agreements.is_empty();
    if file.as_ref().is_some_and(has_agreements) {
        // The database does not tell sales to a book yet, so a claim could not be checked.
        let message = "`agreements` cannot be activated by this release";
        let help = "`tokuten try` runs them in cases; leave them out to activate";
        problems.push(Problem::error(Position { line: 1, column: 1 }, message, help));
        return Ok((None, problems));
    }
    Ok((file, problems))
}

/// Keeps a text as the draft of its wallet's next version. Says which wallet and version it is.
pub async fn draft(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    text: &str,
) -> Result<(String, i64), WalletError> {
    let (file, problems) = check(tx, text).await?;
    let Some(file) = file else { return Err(WalletError::Problems(problems)) };
    let tenant = tx.tenant();
    let known = tx
        .row(
            "SELECT wallet_id FROM wallet WHERE tenant_id = $1 AND code = $2",
            args![tenant, &file.code],
        )
        .await?;
    let wallet_id = if let Some(row) = known {
        row.int(0)
    } else {
        let row = tx
            .row(
                "SELECT COALESCE(MAX(wallet_id), 0) + 1 FROM wallet WHERE tenant_id = $1",
                args![tenant],
            )
            .await?;
        let wallet_id = row.map_or(1, |row| row.int(0));
        tx.execute(
            "INSERT INTO wallet (tenant_id, wallet_id, public_id, code) VALUES ($1, $2, $3, $4)",
            args![tenant, wallet_id, &Id::new(Kind::Wallet, now), &file.code],
        )
        .await?;
        wallet_id
    };
    let row = tx
        .row(
            "SELECT COALESCE(MAX(version), 0) + 1 FROM wallet_version \
             WHERE tenant_id = $1 AND wallet_id = $2 AND status = 'active'",
            args![tenant, wallet_id],
        )
        .await?;
    let version = row.map_or(1, |row| row.int(0));
    tx.execute(
        "INSERT INTO wallet_version (tenant_id, wallet_id, version, status, text, created_by, \
         author_id, created_at) VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7) \
         ON CONFLICT (tenant_id, wallet_id, version) DO UPDATE SET text = excluded.text, \
         created_by = excluded.created_by, author_id = excluded.author_id, \
         created_at = excluded.created_at WHERE wallet_version.status = 'draft'",
        args![tenant, wallet_id, version, text, actor.name(), actor.public_id(), now],
    )
    .await?;
    Ok((file.code, version))
}

/// Makes the draft of a wallet act.
pub async fn activate(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    code: &str,
) -> Result<i64, WalletError> {
    let all = versions(tx).await?;
    let draft = all.iter().find(|row| row.code == code && row.status == VersionStatus::Draft);
    let Some(draft) = draft else {
        return Err(WalletError::NoDraft { code: code.to_owned() });
    };
    if !matches!(actor, Actor::System)
        && programs::is_own(actor, draft.author_id.as_deref(), None)
        && programs::needs_second(tx).await?
    {
        return Err(WalletError::FourEyes);
    }
    let (file, problems) = check(tx, &draft.text).await?;
    let Some(file) = file else { return Err(WalletError::Problems(problems)) };
    let programs = active_programs(tx).await?;
    for other in rules::wallets::load(tx, &programs).await? {
        if other.wallet_id == draft.wallet_id {
            keeps_what_is_held(tx, &other, &file).await?;
        } else if let Some(declared) = other.wallet.declared_by_both(&file.wallet) {
            return Err(WalletError::Declared { declared, other: other.code });
        }
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE wallet_version SET status = 'active', activated_by = $4, activated_at = $5 \
         WHERE tenant_id = $1 AND wallet_id = $2 AND version = $3",
        args![tenant, draft.wallet_id, draft.version, actor.name(), now],
    )
    .await?;
    keep_codes_secret(tx, draft.wallet_id).await?;
    totals(tx, now, &file).await?;
    rules::changed(tx).await?;
    count_anew(tx, &file).await?;
    passing::let_in_anew(tx, draft.wallet_id).await?;
    if !file.wallet.funds.is_empty() {
        let (rules, master) = (rules::load(tx).await?, catalog::load_master(tx).await?);
        passing::let_funds_begin(tx, &rules, &master, now, draft.wallet_id).await?;
    }
    let after = json!({ "version": draft.version });
    let entry = audit::Entry::of("activate", "wallet", code, None, Some(after));
    audit::append(tx, now, actor, entry).await?;
    Ok(draft.version)
}

/// Draws what codes of vouchers are made with, once for each wallet.
async fn keep_codes_secret(tx: &mut Tx, wallet_id: i64) -> Result<(), WalletError> {
    let secret = access::random_secret()?;
    tx.execute(
        "UPDATE wallet SET code_secret = $3 WHERE tenant_id = $1 AND wallet_id = $2 \
         AND code_secret IS NULL",
        args![tx.tenant(), wallet_id, &secret],
    )
    .await?;
    Ok(())
}

/// Makes codes of vouchers as `tokuten try` does, so that stories can name them: anybody can make
/// them then, which is for tests alone.
pub async fn codes_as_tried(tx: &mut Tx, code: &str) -> Result<(), DbError> {
    tx.execute(
        "UPDATE wallet SET code_secret = NULL WHERE tenant_id = $1 AND code = $2",
        args![tx.tenant(), code],
    )
    .await?;
    rules::changed(tx).await
}

/// Gives the programs behind totals their numbers.
async fn totals(tx: &mut Tx, now: Timestamp, file: &WalletFile) -> Result<(), WalletError> {
    for total in file.wallet.tier_groups.values().filter_map(|group| group.total.as_ref()) {
        let code = total.code.as_str();
        if rules::program_by_code(tx, code).await?.is_none() {
            rules::add_program(tx, code, now).await?;
        }
    }
    Ok(())
}

/// Measures what tiers go by over everything that happened so far.
async fn count_anew(tx: &mut Tx, file: &WalletFile) -> Result<(), WalletError> {
    let mut ids = Vec::new();
    for total in file.wallet.tier_groups.values().filter_map(|group| group.total.as_ref()) {
        let row = rules::program_by_code(tx, total.code.as_str()).await?;
        ids.extend(row.map(|row| row.program_id));
    }
    if ids.is_empty() {
        return Ok(());
    }
    let rules = rules::load(tx).await?;
    let master = catalog::load_master(tx).await?;
    rebuild::programs(tx, &rules, &master, Some(&ids)).await?;
    Ok(())
}

/// Fails if a new text changes a budget that is open: it is raised by a line.
async fn keeps_budgets(
    reader: &mut Reader,
    before: &Active,
    after: &WalletFile,
) -> Result<(), WalletError> {
    let names = before.wallet.funds.keys().map(|code| fund_name(code)).collect();
    let found = store::named(reader, names).await?;
    let own = found.iter().filter(|found| found.wallet_id == before.wallet_id);
    for (code, _) in own.filter_map(|found| found.piece.fund()).filter(|(_, it)| it.is_open) {
        let amount = |wallet: &Wallet| Some(wallet.funds.get(code)?.budget()?.amount);
        let starts = |wallet: &Wallet| wallet.funds.get(code).map(|fund| fund.starts);
        let what = match (amount(&before.wallet), amount(&after.wallet)) {
            (Some(_), None) => "what it is",
            (old, new) if old != new => "its amount",
            _ if starts(&before.wallet) != starts(&after.wallet) => "its first day",
            _ => continue,
        };
        return Err(WalletError::Held { declared: code.to_string(), what });
    }
    Ok(())
}

/// Fails if a new text takes away from under somebody what it holds.
async fn keeps_what_is_held(
    reader: &mut Reader,
    before: &Active,
    after: &WalletFile,
) -> Result<(), WalletError> {
    let rows = reader
        .rows(
            "SELECT DISTINCT unit FROM wallet_balance WHERE tenant_id = $1 AND wallet_id = $2",
            args![reader.tenant(), before.wallet_id],
        )
        .await?;
    for declared in rows.iter().map(|row| row.string(0)) {
        let Some(old) = before.wallet.lots_of(declared.as_str()) else { continue };
        let what = match after.wallet.lots_of(declared.as_str()) {
            Some(_)
                if before.wallet.funds.contains_key(declared.as_str())
                    != after.wallet.funds.contains_key(declared.as_str()) =>
            {
                Some("what it is")
            }
            None => Some("what it is"),
            Some(new) if (new.kind == PointKind::Spendable) != old.is_spendable() => {
                Some("its kind")
            }
            Some(new) if new.decimals < old.decimals => Some("its decimals"),
            Some(new) if new.subtypes.len() < old.subtypes.len() => Some("its subtypes"),
            Some(_) => None,
        };
        if let Some(what) = what {
            return Err(WalletError::Held { declared, what });
        }
    }
    keeps_budgets(reader, before, after).await?;
    let rows = reader
        .rows(
            "SELECT name, amount FROM wallet_tally WHERE tenant_id = $1 AND wallet_id = $2",
            args![reader.tenant(), before.wallet_id],
        )
        .await?;
    let issued = rows.iter().map(|row| row.string(0));
    for declared in issued.filter_map(|name| name.strip_prefix("issued/").map(str::to_owned)) {
        if before.wallet.vouchers.contains_key(declared.as_str())
            && !after.wallet.vouchers.contains_key(declared.as_str())
        {
            return Err(WalletError::Held { declared, what: "what it is" });
        }
    }
    Ok(())
}
