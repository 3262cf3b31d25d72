//! The SQL of the ledger.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Account, Cause, EXPENSE, NewPosting};
use crate::args;
use crate::db::{Column, DbError, Reader, Row, Tx};
use crate::exact;

/// The sums of an account in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    pub account: String,
    pub unit: String,
    pub debit: Decimal,
    pub credit: Decimal,
}

/// A posting as people and programs read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingRow {
    pub seq: i64,
    pub recorded: Timestamp,
    pub cause: String,
    pub debit: String,
    pub credit: String,
    pub unit: String,
    pub amount: Decimal,
    pub program_id: Option<i64>,
    pub partner_id: Option<i64>,
    pub term: Option<i64>,
    pub period_day: Option<i64>,
    pub group_key: Option<String>,
    pub booked_day: Option<i64>,
    pub kind: Option<String>,
    pub subject: Option<String>,
    /// Who earned it, if that is not the partner.
    pub earner_id: Option<i64>,
}

/// What is added up here, for an error.
const BALANCES: &str = "what was posted to an account";

/// Adds postings, all of one moment. Changes of nothing leave no row.
pub async fn post(
    tx: &mut Tx,
    postings: Vec<NewPosting>,
    now: Timestamp,
) -> Result<usize, DbError> {
    let postings: Vec<NewPosting> =
        postings.into_iter().filter(|posting| !posting.amount.is_zero()).map(upright).collect();
    if postings.is_empty() {
        return Ok(0);
    }
    let tenant = tx.tenant();
    let accounts = account_ids(tx, &postings).await?;
    let row = tx
        .row(
            "SELECT COALESCE(MAX(posting_seq), 0) FROM posting WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let first = row.map_or(0, |row| row.int(0)) + 1;
    let int = |read: &dyn Fn(&NewPosting) -> i64| Column::Int(postings.iter().map(read).collect());
    let optional = |read: &dyn Fn(&NewPosting) -> Option<i64>| {
        Column::OptInt(postings.iter().map(read).collect())
    };
    let text = |read: &dyn Fn(&NewPosting) -> Option<String>| {
        Column::OptText(postings.iter().map(read).collect())
    };
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(postings.len()).collect()),
        Column::same(now),
        text(&|posting| Some(posting.cause.word().to_owned())),
        int(&|posting| accounts[&posting.debit.to_string()]),
        int(&|posting| accounts[&posting.credit.to_string()]),
        text(&|posting| Some(posting.unit.clone())),
        text(&|posting| Some(posting.amount.normalize().to_string())),
        optional(&|posting| posting.about.program_id),
        optional(&|posting| posting.about.partner_id),
        optional(&|posting| posting.about.earner_id),
        optional(&|posting| posting.about.term),
        optional(&|posting| posting.about.period_day),
        text(&|posting| posting.about.group_key.clone()),
        optional(&|posting| posting.about.booked_day),
        text(&|posting| posting.about.kind.map(|kind| kind.word().to_owned())),
        text(&|posting| posting.about.subject.clone()),
    ];
    tx.insert_many(
        "posting",
        &[
            "tenant_id",
            "posting_seq",
            "recorded",
            "cause",
            "debit_id",
            "credit_id",
            "unit",
            "amount",
            "program_id",
            "partner_id",
            "earner_id",
            "term",
            "period_day",
            "group_key",
            "booked_day",
            "kind",
            "subject",
        ],
        data,
        "",
    )
    .await?;
    let mut changes: BTreeMap<(i64, String), (Decimal, Decimal)> = BTreeMap::new();
    for posting in &postings {
        let debit = (accounts[&posting.debit.to_string()], posting.unit.clone());
        let credit = (accounts[&posting.credit.to_string()], posting.unit.clone());
        exact::add(&mut changes.entry(debit).or_default().0, posting.amount, BALANCES)?;
        exact::add(&mut changes.entry(credit).or_default().1, posting.amount, BALANCES)?;
    }
    add_to_balances(tx, changes).await?;
    Ok(postings.len())
}

/// A posting with its amount above zero.
fn upright(posting: NewPosting) -> NewPosting {
    if posting.amount.is_sign_negative() {
        NewPosting {
            debit: posting.credit,
            credit: posting.debit,
            amount: -posting.amount,
            ..posting
        }
    } else {
        posting
    }
}

async fn account_ids(
    tx: &mut Tx,
    postings: &[NewPosting],
) -> Result<HashMap<String, i64>, DbError> {
    let mut names: BTreeMap<String, Option<i64>> = BTreeMap::new();
    for posting in postings {
        for account in [&posting.debit, &posting.credit] {
            let owner = match account {
                Account::Accrued { .. } | Account::Payable { .. } => posting.about.partner_id,
                Account::Expense { .. } | Account::Cash | Account::Tax => None,
            };
            names.insert(account.to_string(), owner);
        }
    }
    let mut ids = known_accounts(tx, names.keys().cloned().collect()).await?;
    let missing: Vec<(String, Option<i64>)> =
        names.into_iter().filter(|(name, _)| !ids.contains_key(name)).collect();
    if missing.is_empty() {
        return Ok(ids);
    }
    let tenant = tx.tenant();
    let row = tx
        .row("SELECT COALESCE(MAX(account_id), 0) FROM account WHERE tenant_id = $1", args![tenant])
        .await?;
    let first = row.map_or(0, |row| row.int(0)) + 1;
    for (id, (name, _)) in (first..).zip(&missing) {
        ids.insert(name.clone(), id);
    }
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(missing.len()).collect()),
        Column::Text(missing.iter().map(|(name, _)| name.clone()).collect()),
        Column::OptInt(missing.iter().map(|(_, owner)| *owner).collect()),
    ];
    tx.insert_many("account", &["tenant_id", "account_id", "name", "partner_id"], data, "").await?;
    Ok(ids)
}

async fn known_accounts(tx: &mut Tx, names: Vec<String>) -> Result<HashMap<String, i64>, DbError> {
    let rows = tx
        .lookup(
            "SELECT a.name, a.account_id FROM {keys} CROSS JOIN account a \
             WHERE a.tenant_id = k.tenant AND a.name = k.k1",
            args![],
            vec![Column::Text(names)],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), row.int(1))).collect())
}

async fn add_to_balances(
    tx: &mut Tx,
    mut changes: BTreeMap<(i64, String), (Decimal, Decimal)>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows = tx
        .lookup(
            "SELECT b.account_id, b.unit, b.debit, b.credit FROM {keys} CROSS JOIN balance b \
             WHERE b.tenant_id = k.tenant AND b.account_id = k.k1 AND b.unit = k.k2",
            args![],
            vec![
                Column::Int(changes.keys().map(|(id, _)| *id).collect()),
                Column::Text(changes.keys().map(|(_, unit)| unit.clone()).collect()),
            ],
        )
        .await?;
    for row in rows {
        let sums = changes.entry((row.int(0), row.string(1))).or_default();
        exact::add(&mut sums.0, decimal(row.text(2)), BALANCES)?;
        exact::add(&mut sums.1, decimal(row.text(3)), BALANCES)?;
    }
    let data = vec![
        Column::same(tenant),
        Column::Int(changes.keys().map(|(id, _)| *id).collect()),
        Column::Text(changes.keys().map(|(_, unit)| unit.clone()).collect()),
        Column::Text(changes.values().map(|(debit, _)| debit.normalize().to_string()).collect()),
        Column::Text(changes.values().map(|(_, credit)| credit.normalize().to_string()).collect()),
    ];
    tx.insert_many(
        "balance",
        &["tenant_id", "account_id", "unit", "debit", "credit"],
        data,
        "ON CONFLICT (tenant_id, account_id, unit) \
         DO UPDATE SET debit = excluded.debit, credit = excluded.credit",
    )
    .await?;
    Ok(())
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// The balances of all accounts, or of those a partner owns.
pub async fn balances(
    reader: &mut Reader,
    partner_id: Option<i64>,
) -> Result<Vec<Balance>, DbError> {
    let rows = reader
        .rows(
            "SELECT a.name, b.unit, b.debit, b.credit FROM balance b \
             JOIN account a ON a.tenant_id = b.tenant_id AND a.account_id = b.account_id \
             WHERE b.tenant_id = $1 AND ($2 = 0 OR a.partner_id = $2) ORDER BY a.name, b.unit",
            args![reader.tenant(), partner_id.unwrap_or(0)],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Balance {
            account: row.string(0),
            unit: row.string(1),
            debit: decimal(row.text(2)),
            credit: decimal(row.text(3)),
        })
        .collect())
}

/// The columns of [`posting_row`], and the tables they are of.
pub(crate) const POSTING_COLUMNS: &str = "SELECT p.posting_seq, p.recorded, p.cause, d.name, c.name, p.unit, \
    p.amount, p.program_id, p.partner_id, p.term, p.period_day, p.group_key, p.booked_day, p.kind, \
    p.subject, p.earner_id FROM posting p \
    JOIN account d ON d.tenant_id = p.tenant_id AND d.account_id = p.debit_id \
    JOIN account c ON c.tenant_id = p.tenant_id AND c.account_id = p.credit_id";

pub(crate) fn posting_row(row: &Row) -> PostingRow {
    PostingRow {
        seq: row.int(0),
        recorded: row.instant(1),
        cause: row.string(2),
        debit: row.string(3),
        credit: row.string(4),
        unit: row.string(5),
        amount: decimal(row.text(6)),
        program_id: row.opt_int(7),
        partner_id: row.opt_int(8),
        term: row.opt_int(9),
        period_day: row.opt_int(10),
        group_key: row.opt_string(11),
        booked_day: row.opt_int(12),
        kind: row.opt_string(13),
        subject: row.opt_string(14),
        earner_id: row.opt_int(15),
    }
}

/// Postings with numbers below `before`, newest first; of one partner, or of all.
pub async fn postings(
    reader: &mut Reader,
    partner_id: Option<i64>,
    before: i64,
    limit: i64,
) -> Result<Vec<PostingRow>, DbError> {
    let sql = format!(
        "{POSTING_COLUMNS} WHERE p.tenant_id = $1 AND p.posting_seq < $2 \
         AND ($3 = 0 OR p.partner_id = $3) ORDER BY p.posting_seq DESC LIMIT $4"
    );
    let tenant = reader.tenant();
    let rows = reader
        .rows(sqlx::AssertSqlSafe(sql), args![tenant, before, partner_id.unwrap_or(0), limit])
        .await?;
    Ok(rows.iter().map(posting_row).collect())
}

/// The posting with that number.
pub async fn posting(reader: &mut Reader, seq: i64) -> Result<Option<PostingRow>, DbError> {
    let sql = format!("{POSTING_COLUMNS} WHERE p.tenant_id = $1 AND p.posting_seq = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, seq]).await?;
    Ok(row.as_ref().map(posting_row))
}

/// The postings about one award, oldest first.
pub async fn of_award(
    reader: &mut Reader,
    (program_id, partner_id, term, period_day): (i64, i64, i64, i64),
) -> Result<Vec<PostingRow>, DbError> {
    let tenant = reader.tenant();
    let mut postings = Vec::new();
    // Two look-ups, each by an index: paid to who earned it, and to others.
    for whose in ["p.partner_id = $2 AND p.earner_id IS NULL", "p.earner_id = $2"] {
        let sql = format!(
            "{POSTING_COLUMNS} WHERE p.tenant_id = $1 AND {whose} AND p.program_id = $3 \
             AND p.term = $4 AND p.period_day = $5 ORDER BY p.posting_seq"
        );
        let of = args![tenant, partner_id, program_id, term, period_day];
        let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
        postings.extend(rows.iter().map(posting_row));
    }
    postings.sort_by_key(|posting| posting.seq);
    Ok(postings)
}

/// What balances should be, from the postings alone; the second list is what they are.
pub async fn check(reader: &mut Reader) -> Result<(Vec<Balance>, Vec<Balance>), DbError> {
    let mut sums: BTreeMap<(String, String), (Decimal, Decimal)> = BTreeMap::new();
    let mut before = i64::MAX;
    loop {
        let page = postings(reader, None, before, POSTINGS_PER_PAGE).await?;
        let Some(last) = page.last() else { break };
        before = last.seq;
        for posting in page {
            let debit = sums.entry((posting.debit, posting.unit.clone())).or_default();
            exact::add(&mut debit.0, posting.amount, BALANCES)?;
            let credit = sums.entry((posting.credit, posting.unit)).or_default();
            exact::add(&mut credit.1, posting.amount, BALANCES)?;
        }
    }
    let should = sums
        .into_iter()
        .map(|((account, unit), (debit, credit))| Balance { account, unit, debit, credit })
        .collect();
    Ok((should, balances(reader, None).await?))
}

const POSTINGS_PER_PAGE: i64 = 10_000;

/// Writes the balances anew from the postings.
pub async fn rebuild_balances(tx: &mut Tx) -> Result<(), DbError> {
    let (should, _) = check(tx).await?;
    let tenant = tx.tenant();
    tx.execute("DELETE FROM balance WHERE tenant_id = $1", args![tenant]).await?;
    let ids = known_accounts(tx, should.iter().map(|sum| sum.account.clone()).collect()).await?;
    let changes = should
        .into_iter()
        .filter_map(|sum| Some(((*ids.get(&sum.account)?, sum.unit), (sum.debit, sum.credit))))
        .collect();
    add_to_balances(tx, changes).await
}

/// The award, accounting period, kind and payee that accruals are posted for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccruedFor {
    pub program_id: i64,
    pub earner_id: i64,
    pub term: i64,
    pub period_day: i64,
    pub group_key: String,
    pub booked_day: i64,
    pub kind: String,
    pub payee_id: i64,
}

/// What was accrued, from the postings alone.
pub async fn accrual_sums(reader: &mut Reader) -> Result<BTreeMap<AccruedFor, Decimal>, DbError> {
    let mut sums: BTreeMap<AccruedFor, Decimal> = BTreeMap::new();
    let mut before = i64::MAX;
    loop {
        let page = postings(reader, None, before, POSTINGS_PER_PAGE).await?;
        let Some(last) = page.last() else { break };
        before = last.seq;
        for posting in page.into_iter().filter(|posting| posting.cause == Cause::Accrual.word()) {
            let of = posting.program_id.zip(posting.partner_id).zip(posting.term);
            let in_periods = posting.period_day.zip(posting.booked_day);
            let (Some(((program_id, payee_id), term)), Some((period_day, booked_day))) =
                (of, in_periods)
            else {
                continue;
            };
            let key = AccruedFor {
                program_id,
                earner_id: posting.earner_id.unwrap_or(payee_id),
                term,
                period_day,
                group_key: posting.group_key.unwrap_or_default(),
                booked_day,
                kind: posting.kind.unwrap_or_default(),
                payee_id,
            };
            // From expense is earned; to expense is taken back.
            let is_earned = posting.debit.starts_with(EXPENSE);
            let amount = if is_earned { posting.amount } else { -posting.amount };
            exact::add(sums.entry(key).or_default(), amount, "accruals")?;
        }
    }
    Ok(sums)
}
