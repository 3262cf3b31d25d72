//! The SQL of programs, versions and closings.

use std::sync::Arc;

use domain::plan::{Closes, Plan};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Active, Rules, RulesError, courses, read_program, wallets};
use crate::args;
use crate::db::{DbError, Reader, Row, Tx};
use crate::id::{Id, Kind};
use crate::journal;

/// A program as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRow {
    pub program_id: i64,
    pub public_id: String,
    pub code: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionStatus {
    Draft,
    Active,
    Inactive,
}

impl VersionStatus {
    pub fn word(self) -> &'static str {
        match self {
            VersionStatus::Draft => "draft",
            VersionStatus::Active => "active",
            VersionStatus::Inactive => "inactive",
        }
    }

    fn from_word(word: &str) -> VersionStatus {
        match word {
            "active" => VersionStatus::Active,
            "inactive" => VersionStatus::Inactive,
            _ => VersionStatus::Draft,
        }
    }
}

/// A version of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    pub program_id: i64,
    pub version: i64,
    pub public_id: String,
    pub status: VersionStatus,
    pub text: String,
    pub created_by: String,
    /// What tells the author apart from others of the same name; not known of old drafts.
    pub author_id: Option<String>,
    pub created_at: Timestamp,
    pub activated_by: Option<String>,
    pub activated_at: Option<Timestamp>,
    /// Why it was activated over warnings.
    pub activation_reason: Option<String>,
}

/// A payout period that was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub program_id: i64,
    pub period_name: String,
    pub start: Date,
    pub end: Date,
    pub closed_at: Timestamp,
    pub closed_by: String,
    /// What was said about it.
    pub comment: Option<String>,
    /// Whether the close ended the period, which had been open until somebody would.
    pub on_demand: bool,
}

/// The number that grows whenever rules change.
pub async fn newest_version(reader: &mut Reader) -> Result<i64, DbError> {
    if let Some(Newest(Some(version))) = reader.memory().await? {
        return Ok(*version);
    }
    let row = reader
        .row("SELECT version FROM rules_version WHERE tenant_id = $1", args![reader.tenant()])
        .await?;
    let version = row.map_or(0, |row| row.int(0));
    if let Some(newest) = reader.memory::<Newest>().await? {
        newest.0 = Some(version);
    }
    Ok(version)
}

/// The newest version, as the only writer knows it.
#[derive(Debug, Default)]
struct Newest(Option<i64>);

pub(crate) async fn changed(tx: &mut Tx) -> Result<(), DbError> {
    tx.memory::<Newest>().await?.0 = None;
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO rules_version (tenant_id, version) VALUES ($1, 1) \
         ON CONFLICT (tenant_id) DO UPDATE SET version = rules_version.version + 1",
        args![tenant],
    )
    .await?;
    Ok(())
}

/// Loads and compiles all active programs.
pub async fn load(reader: &mut Reader) -> Result<Rules, RulesError> {
    let version = newest_version(reader).await?;
    let rows = reader
        .rows(
            "SELECT p.program_id, p.code, v.version, v.text, v.activated_at FROM program p \
             JOIN program_version v ON v.tenant_id = p.tenant_id AND v.program_id = p.program_id \
             WHERE p.tenant_id = $1 AND v.status = 'active' ORDER BY p.program_id, v.version",
            args![reader.tenant()],
        )
        .await?;
    let closings = closings(reader, None).await?;
    let mut rules = Rules::empty(version);
    let mut programs = Vec::with_capacity(rows.len());
    for row in &rows {
        programs.push(read_program(row.text(3)).map_err(|problem| RulesError::Text {
            code: row.string(1),
            version: row.int(2),
            problem,
        })?);
    }
    rules.wallets = wallets::load(reader, &programs).await?;
    rules.courses = courses::load(reader).await?;
    for of in &rules.wallets {
        for program in &mut programs {
            of.wallet.fit(program);
        }
    }
    let mut programs = programs.into_iter();
    let mut at = 0;
    while at < rows.len() {
        let program_id = rows[at].int(0);
        let code = rows[at].string(1);
        let mut versions = Vec::new();
        let mut activated = Vec::new();
        while at < rows.len() && rows[at].int(0) == program_id {
            activated.push((rows[at].int(2), rows[at].opt_instant(4)));
            versions.extend(programs.next());
            at += 1;
        }
        let mut plan = Plan::new(versions)
            .map_err(|source| RulesError::Plan { code: code.clone(), source })?;
        let mut closes = Closes::default();
        for closing in closings.iter().filter(|closing| closing.program_id == program_id) {
            closes.0.insert(Arc::from(closing.period_name.as_str()), closing.closed_at);
            if closing.on_demand
                && let Ok(last) = closing.end.yesterday()
            {
                plan.end_on_demand(&closing.period_name, last);
            }
        }
        for (version, (_, activated)) in plan.versions.iter_mut().zip(&activated) {
            let before = closes.0.values().filter(|closed| Some(**closed) <= *activated);
            version.after_close = before.max().copied();
        }
        rules.plans.push(plan);
        rules.closes.push(closes);
        rules.program_ids.push(program_id);
    }
    behind_tiers(reader, &mut rules).await?;
    Ok(rules.linked())
}

/// Adds what counts for tiers: programs that nobody wrote.
async fn behind_tiers(reader: &mut Reader, rules: &mut Rules) -> Result<(), RulesError> {
    if rules.wallets.iter().all(|of| of.totals().next().is_none()) {
        return Ok(());
    }
    let rows = reader
        .rows(
            "SELECT code, program_id FROM program WHERE tenant_id = $1 AND code LIKE '~%' \
             ORDER BY program_id",
            args![reader.tenant()],
        )
        .await?;
    for row in &rows {
        let code = row.string(0);
        let mut totals = rules.wallets.iter().flat_map(Active::totals);
        let Some(program) = totals.find(|program| program.code.as_str() == code) else { continue };
        let mut program = program;
        for of in &rules.wallets {
            of.wallet.fit(&mut program);
        }
        let plan = Plan::new(vec![program]).map_err(|source| RulesError::Plan { code, source })?;
        rules.plans.push(plan);
        rules.closes.push(Closes::default());
        rules.program_ids.push(row.int(1));
    }
    Ok(())
}

/// All programs that somebody wrote, by code.
pub async fn programs(reader: &mut Reader) -> Result<Vec<ProgramRow>, DbError> {
    let rows = reader
        .rows(
            "SELECT program_id, public_id, code FROM program WHERE tenant_id = $1 \
             AND code NOT LIKE '~%' ORDER BY code",
            args![reader.tenant()],
        )
        .await?;
    Ok(rows.iter().map(program_row).collect())
}

fn program_row(row: &Row) -> ProgramRow {
    ProgramRow { program_id: row.int(0), public_id: row.string(1), code: row.string(2) }
}

pub async fn program_by_code(
    reader: &mut Reader,
    code: &str,
) -> Result<Option<ProgramRow>, DbError> {
    let row = reader
        .row(
            "SELECT program_id, public_id, code FROM program WHERE tenant_id = $1 AND code = $2",
            args![reader.tenant(), code],
        )
        .await?;
    Ok(row.as_ref().map(program_row))
}

const VERSION_COLUMNS: &str = "SELECT program_id, version, public_id, status, text, created_by, \
    created_at, activated_by, activated_at, author_id, activation_reason FROM program_version";

fn version_row(row: &Row) -> VersionRow {
    VersionRow {
        program_id: row.int(0),
        version: row.int(1),
        public_id: row.string(2),
        status: VersionStatus::from_word(row.text(3)),
        text: row.string(4),
        created_by: row.string(5),
        author_id: row.opt_string(9),
        created_at: row.instant(6),
        activated_by: row.opt_string(7),
        activated_at: row.opt_instant(8),
        activation_reason: row.opt_string(10),
    }
}

/// The versions of all programs, newest first within each.
pub async fn list(reader: &mut Reader) -> Result<Vec<VersionRow>, DbError> {
    let sql = format!("{VERSION_COLUMNS} WHERE tenant_id = $1 ORDER BY program_id, version DESC");
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant]).await?;
    Ok(rows.iter().map(version_row).collect())
}

/// The versions of a program, newest first.
pub async fn versions(reader: &mut Reader, program_id: i64) -> Result<Vec<VersionRow>, DbError> {
    let sql =
        format!("{VERSION_COLUMNS} WHERE tenant_id = $1 AND program_id = $2 ORDER BY version DESC");
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, program_id]).await?;
    Ok(rows.iter().map(version_row).collect())
}

pub async fn version_text(
    reader: &mut Reader,
    program_id: i64,
    version: i64,
) -> Result<Option<VersionRow>, DbError> {
    let found = versions(reader, program_id).await?;
    Ok(found.into_iter().find(|row| row.version == version))
}

/// Gives a program its number.
pub(crate) async fn add_program(tx: &mut Tx, code: &str, now: Timestamp) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(program_id), 0) + 1 FROM program WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let program_id = row.map_or(1, |row| row.int(0));
    tx.execute(
        "INSERT INTO program (tenant_id, program_id, public_id, code, created_at) \
         VALUES ($1, $2, $3, $4, $5)",
        args![tenant, program_id, &Id::new(Kind::Program, now), code, now],
    )
    .await?;
    Ok(program_id)
}

/// Keeps a draft of a version, in place of an earlier draft of the same number. A version that
/// was activated is left as it is, and `None` says so. Whoever saves it as it was is not its
/// author. `by` is a name, and what tells the person apart.
pub async fn draft(
    tx: &mut Tx,
    (code, version): (&str, i64),
    text: &str,
    by: (&str, &str),
    now: Timestamp,
) -> Result<Option<i64>, DbError> {
    let tenant = tx.tenant();
    let program_id = if let Some(program) = program_by_code(tx, code).await? {
        program.program_id
    } else {
        add_program(tx, code, now).await?
    };
    let changed = tx
        .execute(
            "INSERT INTO program_version (tenant_id, program_id, version, public_id, status, \
             text, created_by, created_at, updated_at, author_id) \
             VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $7, $8) \
             ON CONFLICT (tenant_id, program_id, version) DO UPDATE \
             SET text = excluded.text, updated_at = excluded.updated_at, \
                 created_by = CASE WHEN program_version.text = excluded.text \
                     THEN program_version.created_by ELSE excluded.created_by END, \
                 author_id = CASE WHEN program_version.text = excluded.text \
                     THEN program_version.author_id ELSE excluded.author_id END \
             WHERE program_version.status = 'draft'",
            args![
                tenant,
                program_id,
                version,
                &Id::new(Kind::ProgramVersion, now),
                text,
                by.0,
                now,
                by.1
            ],
        )
        .await?;
    Ok((changed == 1).then_some(program_id))
}

/// Makes a draft act. False if it is not a draft (any more).
pub async fn activate(
    tx: &mut Tx,
    program_id: i64,
    version: i64,
    by: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let changed_rows = tx
        .execute(
            "UPDATE program_version SET status = 'active', activated_by = $4, activated_at = $5, \
             updated_at = $5 WHERE tenant_id = $1 AND program_id = $2 AND version = $3 \
             AND status = 'draft'",
            args![tenant, program_id, version, by, now],
        )
        .await?;
    changed(tx).await?;
    Ok(changed_rows == 1)
}

/// Keeps why a version was activated over warnings.
pub async fn set_activation_reason(
    tx: &mut Tx,
    (program_id, version): (i64, i64),
    reason: &str,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE program_version SET activation_reason = $4 \
         WHERE tenant_id = $1 AND program_id = $2 AND version = $3",
        args![tenant, program_id, version, reason],
    )
    .await?;
    Ok(())
}

/// Closed periods, of one program or of all.
pub async fn closings(
    reader: &mut Reader,
    program_id: Option<i64>,
) -> Result<Vec<Closing>, DbError> {
    let rows = reader
        .rows(
            "SELECT program_id, period_name, period_day, period_end, closed_at, closed_by, \
             comment, on_demand FROM closing WHERE tenant_id = $1 AND ($2 = 0 OR program_id = $2) \
             ORDER BY program_id, period_day",
            args![reader.tenant(), program_id.unwrap_or(0)],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Closing {
            program_id: row.int(0),
            period_name: row.string(1),
            start: row.date(2),
            end: row.date(3),
            closed_at: row.instant(4),
            closed_by: row.string(5),
            comment: row.opt_string(6),
            on_demand: row.int(7) != 0,
        })
        .collect())
}

/// Adds a closing. The caller has looked that there is none yet.
pub async fn add_closing(tx: &mut Tx, closing: &Closing) -> Result<(), DbError> {
    let tenant = tx.tenant();
    journal::is_recorded(tx, closing.closed_at).await?;
    tx.execute(
        "INSERT INTO closing (tenant_id, program_id, period_name, period_day, period_end, \
         closed_at, closed_by, comment, on_demand) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tenant,
            closing.program_id,
            &closing.period_name,
            closing.start,
            closing.end,
            closing.closed_at,
            &closing.closed_by,
            closing.comment.as_deref(),
            closing.on_demand
        ],
    )
    .await?;
    changed(tx).await
}
