//! The SQL of the ledger.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Account, Cause, EXPENSE, NewPosting};
use crate::args;
use crate::db::{Column, DbError, Put, Reader, Row, Tx};
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
    add(tx, Prepared::of(postings), now).await
}

/// Postings with the names of their accounts, found without the database.
pub struct Prepared {
    postings: Vec<NewPosting>,
    /// Ascending, as the index has them, so that its pages are touched once.
    names: Vec<String>,
    /// Who owns each account.
    owners: Vec<Option<i64>>,
    /// Of each posting the positions of the accounts that it debits and credits.
    sides: Vec<[usize; 2]>,
}

impl Prepared {
    /// Changes of nothing are left out.
    pub fn of(postings: Vec<NewPosting>) -> Prepared {
        let is_something = |posting: &NewPosting| !posting.amount.is_zero();
        let postings: Vec<NewPosting> =
            postings.into_iter().filter(is_something).map(upright).collect();
        let mut places: HashMap<String, usize> = HashMap::with_capacity(2 * postings.len());
        let mut owners: Vec<Option<i64>> = Vec::new();
        let mut sides: Vec<[usize; 2]> = Vec::with_capacity(postings.len());
        for posting in &postings {
            sides.push([&posting.debit, &posting.credit].map(|account| {
                let place = *places.entry(account.to_string()).or_insert(owners.len());
                if place == owners.len() {
                    owners.push(match account {
                        Account::Accrued { .. }
                        | Account::Payable { .. }
                        | Account::Receivable { .. }
                        | Account::Wallet { is_owned: true, .. } => posting.about.partner_id,
                        Account::Expense { .. }
                        | Account::Wallet { is_owned: false, .. }
                        | Account::Cash
                        | Account::CreditNote
                        | Account::Tax => None,
                    });
                }
                place
            }));
        }
        let mut named: Vec<(String, usize)> = places.into_iter().collect();
        named.sort_unstable();
        let mut place_of = vec![0; named.len()];
        for (to, (_, from)) in named.iter().enumerate() {
            place_of[*from] = to;
        }
        let owners = named.iter().map(|(_, from)| owners[*from]).collect();
        for side in sides.iter_mut().flatten() {
            *side = place_of[*side];
        }
        let names = named.into_iter().map(|(name, _)| name).collect();
        Prepared { postings, names, owners, sides }
    }
}

/// Adds what was prepared, all of one moment.
pub async fn add(tx: &mut Tx, prepared: Prepared, now: Timestamp) -> Result<usize, DbError> {
    let Prepared { postings, names, owners, sides } = prepared;
    if postings.is_empty() {
        return Ok(0);
    }
    let tenant = tx.tenant();
    let mut accounts = accounts(tx, &names, &owners).await?;
    let ids = |side: usize| Column::Int(sides.iter().map(|of| accounts[of[side]].id).collect());
    let first = highest_seq(tx).await? + 1;
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
        ids(0),
        ids(1),
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
    let count = i64::try_from(postings.len()).unwrap_or(i64::MAX);
    tx.memory::<Remembered>().await?.seq = Some(first - 1 + count);
    for (posting, [debit, credit]) in postings.iter().zip(&sides) {
        let (unit, amount) = (posting.unit.as_str(), posting.amount);
        exact::add(&mut accounts[*debit].in_unit(unit).debit, amount, BALANCES)?;
        exact::add(&mut accounts[*credit].in_unit(unit).credit, amount, BALANCES)?;
    }
    let mut changes: Vec<((i64, &str), Sums)> = Vec::with_capacity(accounts.len());
    for account in &accounts {
        let changed = account.sums.iter().filter(|(_, sums)| sums.is_changed);
        changes.extend(changed.map(|(unit, sums)| ((account.id, unit.as_str()), *sums)));
    }
    changes.sort_unstable_by_key(|(of, _)| *of);
    put_balances(tx, changes).await?;
    let remembered = tx.memory::<Remembered>().await?;
    for (name, mut account) in names.into_iter().zip(accounts) {
        for (_, sums) in &mut account.sums {
            *sums = Sums { is_there: true, is_changed: false, ..*sums };
        }
        remembered.accounts.insert(name, account);
    }
    Ok(postings.len())
}

/// The number of the last posting.
pub async fn highest_seq(reader: &mut Reader) -> Result<i64, DbError> {
    if let Some(Remembered { seq: Some(seq), .. }) = reader.memory().await? {
        return Ok(*seq);
    }
    let sql = "SELECT COALESCE(MAX(posting_seq), 0) FROM posting WHERE tenant_id = $1";
    let row = reader.row(sql, args![reader.tenant()]).await?;
    let seq = row.map_or(0, |row| row.int(0));
    if let Some(remembered) = reader.memory::<Remembered>().await? {
        remembered.seq = Some(seq);
    }
    Ok(seq)
}

/// What the only writer knows of the ledger, so that it is not looked up with every posting.
#[derive(Debug, Default)]
struct Remembered {
    /// The number of the last posting.
    seq: Option<i64>,
    /// The number of the last account.
    account_id: Option<i64>,
    /// Accounts as they are in the database, by name.
    accounts: HashMap<String, Standing>,
}

/// Bounds what is remembered, to some 20 MiB.
const ACCOUNTS_REMEMBERED_MAX: usize = 100_000;

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

/// An account as it stands.
#[derive(Debug, Clone, Default)]
struct Standing {
    id: i64,
    /// By unit, of which an account has one or few.
    sums: Vec<(String, Sums)>,
}

impl Standing {
    /// The sums in a unit, about to be changed.
    fn in_unit(&mut self, unit: &str) -> &mut Sums {
        let known = self.sums.iter().position(|(known, _)| known == unit);
        let at = known.unwrap_or_else(|| {
            self.sums.push((unit.to_owned(), Sums::default()));
            self.sums.len() - 1
        });
        let sums = &mut self.sums[at].1;
        sums.is_changed = true;
        sums
    }
}

/// The sums of an account in one unit.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    debit: Decimal,
    credit: Decimal,
    /// Whether there is a row of it.
    is_there: bool,
    is_changed: bool,
}

/// The accounts of these names, those that are missing made anew.
async fn accounts(
    tx: &mut Tx,
    names: &[String],
    owners: &[Option<i64>],
) -> Result<Vec<Standing>, DbError> {
    let mut accounts: Vec<Standing> = Vec::new();
    accounts.resize_with(names.len(), Standing::default);
    let mut is_known = vec![false; names.len()];
    let remembered = tx.memory::<Remembered>().await?;
    if remembered.accounts.len() + names.len() > ACCOUNTS_REMEMBERED_MAX {
        remembered.accounts.clear();
    }
    for (at, name) in names.iter().enumerate() {
        // It comes back when everything was posted.
        if let Some(account) = remembered.accounts.remove(name) {
            is_known[at] = true;
            accounts[at] = account;
        }
    }
    let asked: Vec<usize> = (0..names.len()).filter(|at| !is_known[*at]).collect();
    let asked_names = asked.iter().map(|at| names[*at].clone()).collect();
    for (nth, row) in known_accounts(tx, asked_names).await? {
        is_known[asked[nth]] = true;
        accounts[asked[nth]].read(&row);
    }
    let missing: Vec<usize> = (0..names.len()).filter(|at| !is_known[*at]).collect();
    if missing.is_empty() {
        return Ok(accounts);
    }
    let tenant = tx.tenant();
    let highest = if let Some(highest) = tx.memory::<Remembered>().await?.account_id {
        highest
    } else {
        let sql = "SELECT COALESCE(MAX(account_id), 0) FROM account WHERE tenant_id = $1";
        tx.row(sql, args![tenant]).await?.map_or(0, |row| row.int(0))
    };
    let first = highest + 1;
    let count = i64::try_from(missing.len()).unwrap_or(i64::MAX);
    tx.memory::<Remembered>().await?.account_id = Some(highest + count);
    for (id, at) in (first..).zip(&missing) {
        accounts[*at].id = id;
    }
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(missing.len()).collect()),
        Column::Text(missing.iter().map(|at| names[*at].clone()).collect()),
        Column::OptInt(missing.iter().map(|at| owners[*at]).collect()),
    ];
    tx.insert_many("account", &["tenant_id", "account_id", "name", "partner_id"], data, "").await?;
    Ok(accounts)
}

impl Standing {
    /// Reads a row of [`known_accounts`].
    fn read(&mut self, row: &Row) {
        self.id = row.int(1);
        if let Some(unit) = row.opt_string(2) {
            let (debit, credit) = (decimal(row.text(3)), decimal(row.text(4)));
            self.sums.push((unit, Sums { debit, credit, is_there: true, is_changed: false }));
        }
    }
}

/// Those of these accounts that there are, each by its position among the names, with their sums:
/// one look-up for both.
async fn known_accounts(tx: &mut Tx, names: Vec<String>) -> Result<Vec<(usize, Row)>, DbError> {
    let rows = tx
        .lookup(
            "SELECT k.i, a.account_id, b.unit, b.debit, b.credit FROM {keys} \
             CROSS JOIN account a LEFT JOIN balance b \
             ON b.tenant_id = k.tenant AND b.account_id = a.account_id \
             WHERE a.tenant_id = k.tenant AND a.name = k.k1",
            args![],
            vec![Column::Text(names)],
        )
        .await?;
    let placed = |row: Row| Some((usize::try_from(row.int(0)).ok()?, row));
    Ok(rows.into_iter().filter_map(placed).collect())
}

const BALANCE: Put = Put {
    table: "balance",
    columns: &["tenant_id", "account_id", "unit", "debit", "credit"],
    values: 2,
    conflict: "ON CONFLICT (tenant_id, account_id, unit) \
        DO UPDATE SET debit = excluded.debit, credit = excluded.credit",
};

/// Keeps sums by account and unit, ascending.
async fn put_balances(tx: &mut Tx, balances: Vec<((i64, &str), Sums)>) -> Result<(), DbError> {
    let text = |read: fn(&Sums) -> Decimal| {
        Column::Text(balances.iter().map(|(_, s)| read(s).normalize().to_string()).collect())
    };
    let data = vec![
        Column::same(tx.tenant()),
        Column::Int(balances.iter().map(|((id, _), _)| *id).collect()),
        Column::Text(balances.iter().map(|((_, unit), _)| (*unit).to_owned()).collect()),
        text(|sums| sums.debit),
        text(|sums| sums.credit),
    ];
    let there: Vec<bool> = balances.iter().map(|(_, sums)| sums.is_there).collect();
    tx.put_many(&BALANCE, data, &there).await
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
    tx.memory::<Remembered>().await?.accounts.clear();
    let tenant = tx.tenant();
    tx.execute("DELETE FROM balance WHERE tenant_id = $1", args![tenant]).await?;
    let mut names: Vec<String> = should.iter().map(|sum| sum.account.clone()).collect();
    names.dedup();
    let known = known_accounts(tx, names.clone()).await?;
    let ids: HashMap<&str, i64> =
        known.iter().map(|(at, row)| (names[*at].as_str(), row.int(1))).collect();
    let mut balances: Vec<((i64, &str), Sums)> = should
        .iter()
        .filter_map(|sum| {
            let sums = Sums { debit: sum.debit, credit: sum.credit, ..Sums::default() };
            Some(((*ids.get(sum.account.as_str())?, sum.unit.as_str()), sums))
        })
        .collect();
    balances.sort_by_key(|(of, _)| *of);
    put_balances(tx, balances).await
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
