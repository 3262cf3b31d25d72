//! Everything that facts did, at once: what a sender of facts wants to show at a till.
//!
//! # Promises
//!
//! * What is answered is in the books when the answer is given; tried, nothing is.
//! * Tiers that facts lift to count for what they earn next, until nothing moves any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::code::PartnerCode;
use domain::wallet::{Line, List, Said};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::slice::{self, Wanted};
use super::{WalletError, evaluate};
use crate::args;
use crate::catalog::{self, MasterData};
use crate::db::{Reader, Tx};
use crate::rules::Rules;

/// What is looked at before and after.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// The number of the last posting.
    seq: i64,
    /// The lines of each partner: tiers, benefits, vouchers, badges, balances.
    lines: BTreeMap<PartnerCode, Vec<Line>>,
}

/// What happened to a partner.
#[derive(Debug, Clone, Default)]
pub struct Happened {
    pub partner: String,
    pub moved: Vec<Moved>,
    /// What is there now, in the words of the output.
    pub now: Vec<Line>,
    /// Lines of tiers, benefits, vouchers and badges that are new or other than before.
    pub changed: Vec<Line>,
}

/// A posting, from the partner's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub program: Option<String>,
    pub term: Option<String>,
    pub cause: String,
    pub unit: String,
    pub debit: String,
    pub credit: String,
    pub amount: Decimal,
}

/// Looks at what these partners have.
pub async fn look(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    partners: &BTreeSet<PartnerCode>,
) -> Result<Look, WalletError> {
    let row = reader
        .row(
            "SELECT COALESCE(MAX(posting_seq), 0) FROM posting WHERE tenant_id = $1",
            args![reader.tenant()],
        )
        .await?;
    let mut look = Look { seq: row.map_or(0, |row| row.int(0)), lines: BTreeMap::new() };
    for of in &rules.wallets {
        let wanted = Wanted { owners: partners.clone(), ..Wanted::default() };
        let slice = slice::open(reader, of, master, now, wanted).await?;
        for line in slice.book.report() {
            let named = match line.list {
                List::Balances | List::Tiers | List::Benefits | List::Badges => {
                    Some(line.of.clone())
                }
                List::Vouchers => line.says.iter().find_map(|(word, said)| match said {
                    Said::Text(partner) if *word == "partner" => Some(partner.clone()),
                    _ => None,
                }),
                _ => None,
            };
            let partner = named.map(|named| PartnerCode::new(&named));
            if let Some(partner) = partner.filter(|partner| partners.contains(partner)) {
                look.lines.entry(partner).or_default().push(line);
            }
        }
    }
    Ok(look)
}

/// Rounds of evaluation: each follows what tiers made of the one before.
const ROUNDS_MAX: usize = 8;

/// Evaluates all that facts of these partners moved, and says what happened since a look.
pub async fn happened(
    tx: &mut Tx,
    rules: &Rules,
    mut master: Arc<MasterData>,
    now: Timestamp,
    (partners, before): (&BTreeSet<PartnerCode>, &Look),
) -> Result<Vec<Happened>, WalletError> {
    let owners: Vec<PartnerCode> = partners.iter().cloned().collect();
    for _ in 0..ROUNDS_MAX {
        evaluate(tx, rules, &master, now, &owners).await?;
        let version = catalog::master_version(tx).await?;
        if version == master.version {
            break;
        }
        master = Arc::new(catalog::load_master(tx).await?);
    }
    let after = look(tx, rules, &master, now, partners).await?;
    let mut all = Vec::new();
    for partner in partners {
        let Some(id) = master.partner_id(partner.as_str()) else { continue };
        let none = Vec::new();
        let then = before.lines.get(partner).unwrap_or(&none);
        let now = after.lines.get(partner).unwrap_or(&none);
        let is_other = |line: &&Line| line.list != List::Balances && !then.contains(line);
        all.push(Happened {
            partner: partner.to_string(),
            moved: moved(tx, rules, id, before.seq).await?,
            changed: now.iter().filter(is_other).cloned().collect(),
            now: now.clone(),
        });
    }
    Ok(all)
}

/// What was posted for a partner after a number.
async fn moved(
    reader: &mut Reader,
    rules: &Rules,
    partner_id: i64,
    after: i64,
) -> Result<Vec<Moved>, WalletError> {
    let rows = reader
        .rows(
            "SELECT p.program_id, p.term, p.cause, p.subject, p.unit, d.name, c.name, p.amount \
             FROM posting p \
             JOIN account d ON d.tenant_id = p.tenant_id AND d.account_id = p.debit_id \
             JOIN account c ON c.tenant_id = p.tenant_id AND c.account_id = p.credit_id \
             WHERE p.tenant_id = $1 AND p.partner_id = $2 AND p.posting_seq > $3 \
             ORDER BY p.posting_seq",
            args![reader.tenant(), partner_id, after],
        )
        .await?;
    let posted = rows.iter().map(|row| {
        let plan = row.opt_int(0).and_then(|id| Some(&rules.plans[rules.position(id)?]));
        let term = row.opt_int(1).and_then(|term| usize::try_from(term).ok());
        let term = plan.zip(term).and_then(|(plan, term)| plan.terms.get(term));
        Moved {
            program: plan.map(|plan| plan.code.to_string()),
            term: term.map(|term| term.code.to_string()),
            cause: row.opt_string(3).unwrap_or_else(|| row.string(2)),
            unit: row.string(4),
            debit: row.string(5),
            credit: row.string(6),
            amount: row.text(7).parse().unwrap_or_default(),
        }
    });
    Ok(posted.collect())
}
