//! The SQL of awards, accruals and what is due.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::award::Award;
use domain::booking::{BookingKind, Due, Outcome};
use domain::program::{Names, Opens};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::sums::{Behind, Passage, key_columns};
use super::{AccrualChange, AccrualKey, is_booked, unit_of};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, Row, Tx, days_of};
use crate::exact::sort_key;
use crate::ledger;
use crate::rules::Rules;
use crate::totals::{Groups, Stale, award_keys};
use crate::wallets::pays_into;

/// An award as evaluated last.
#[derive(Debug, Clone, PartialEq)]
pub struct AwardRow {
    pub program_id: i64,
    pub partner_id: i64,
    pub term: i64,
    pub period: Date,
    pub group_key: String,
    /// The first day after the period.
    pub period_end: Date,
    pub period_name: String,
    pub version: i64,
    pub unit: String,
    pub amount: Decimal,
    pub tier: Option<i64>,
    pub tier_name: Option<Names>,
    pub qualifier: Option<Decimal>,
    pub qualifier_total: Decimal,
    pub measure: Option<Decimal>,
    pub baseline: Option<Decimal>,
    pub facts: i64,
    pub next_tier: Option<i64>,
    pub next_name: Option<Names>,
    pub next_opens: Option<Decimal>,
    pub gap: Option<Decimal>,
    pub worth: Option<Decimal>,
}

/// What a payout period owes for an award.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueRow {
    pub program_id: i64,
    pub partner_id: i64,
    pub term: i64,
    pub period: Date,
    pub group_key: String,
    pub payout: Date,
    /// Who is paid: who earned, unless the award is split.
    pub payee_id: i64,
    pub amount: Decimal,
}

pub(super) fn keys(stale: &[Stale]) -> Vec<Column> {
    let int = |read: fn(&Stale) -> i64| Column::Int(stale.iter().map(read).collect());
    vec![int(|s| s.program_id), int(|s| s.partner_id), int(|s| s.term), int(|s| s.period_day)]
}

/// What was posted so far for these.
pub(super) async fn accrued(
    tx: &mut Tx,
    rules: &Rules,
    stale: &[Stale],
    groups: &Groups,
) -> Result<BTreeMap<AccrualKey, Decimal>, DbError> {
    let sql = "SELECT a.program_id, a.partner_id, a.term, a.period_day, a.group_key, \
        a.accounting_day, a.kind, a.amount, a.payee_id FROM {keys} CROSS JOIN accrued a \
        WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
        AND a.term = k.k3 AND a.period_day = k.k4 AND a.group_key >= k.k5 \
        AND a.group_key <= k.k6";
    let held_sql = "SELECT a.program_id, a.partner_id, a.term, a.period_day, a.group_key, \
        a.accounting_day, a.kind, a.amount, a.payee_id FROM {keys} CROSS JOIN wallet_accrued a \
        WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
        AND a.term = k.k3 AND a.period_day = k.k4 AND a.group_key >= k.k5 \
        AND a.group_key <= k.k6";
    let (held, in_money): (Vec<Stale>, Vec<Stale>) =
        stale.iter().partition(|of| pays_into(rules, of.program_id, of.term));
    let mut rows = tx.lookup(sql, args![], award_keys(&in_money, groups)).await?;
    if !held.is_empty() {
        rows.extend(tx.lookup(held_sql, args![], award_keys(&held, groups)).await?);
    }
    Ok(rows
        .iter()
        .filter_map(|row| {
            let of = Stale {
                program_id: row.int(0),
                partner_id: row.int(1),
                term: row.int(2),
                period_day: row.int(3),
            };
            let kind = BookingKind::from_word(row.text(6))?;
            let (group_key, accounting_day) = (row.string(4), row.int(5));
            let payee_id = row.int(8);
            let key = AccrualKey { of, group_key, accounting_day, kind, payee_id };
            Some((key, decimal(row.text(7))))
        })
        .collect())
}

pub(super) async fn set_accrued(
    tx: &mut Tx,
    rules: &Rules,
    changes: Vec<AccrualChange>,
) -> Result<(), DbError> {
    let (held, in_money): (Vec<AccrualChange>, Vec<AccrualChange>) = changes
        .into_iter()
        .partition(|change| pays_into(rules, change.key.of.program_id, change.key.of.term));
    put_accrued(tx, "accrued", &in_money).await?;
    put_accrued(tx, "wallet_accrued", &held).await
}

async fn put_accrued(
    tx: &mut Tx,
    table: &'static str,
    changes: &[AccrualChange],
) -> Result<(), DbError> {
    if changes.is_empty() {
        return Ok(());
    }
    let int = |read: fn(&AccrualKey) -> i64| {
        Column::Int(changes.iter().map(|change| read(&change.key)).collect())
    };
    let data = vec![
        Column::same(tx.tenant()),
        int(|key| key.of.program_id),
        int(|key| key.of.partner_id),
        int(|key| key.of.term),
        int(|key| key.of.period_day),
        Column::Text(changes.iter().map(|change| change.key.group_key.clone()).collect()),
        int(|key| key.accounting_day),
        Column::Text(changes.iter().map(|change| change.key.kind.word().to_owned()).collect()),
        int(|key| key.payee_id),
        Column::Text(changes.iter().map(|change| text(change.posted)).collect()),
    ];
    tx.insert_many(
        table,
        &[
            "tenant_id",
            "program_id",
            "partner_id",
            "term",
            "period_day",
            "group_key",
            "accounting_day",
            "kind",
            "payee_id",
            "amount",
        ],
        data,
        "ON CONFLICT (tenant_id, program_id, partner_id, term, period_day, group_key, \
         accounting_day, kind, payee_id) DO UPDATE SET amount = excluded.amount",
    )
    .await?;
    Ok(())
}

/// Drops awards, what is due, and what was accrued, and writes the last anew from the postings.
pub(super) async fn rebuild_accrued(tx: &mut Tx) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for sql in [
        "UPDATE award_turn SET turn = turn + 1 WHERE tenant_id = $1",
        "DELETE FROM award WHERE tenant_id = $1",
        "DELETE FROM award_sum WHERE tenant_id = $1",
        "DELETE FROM due WHERE tenant_id = $1",
        "DELETE FROM accrued WHERE tenant_id = $1",
    ] {
        tx.execute(sql, args![tenant]).await?;
    }
    let changes: Vec<AccrualChange> = ledger::accrual_sums(tx)
        .await?
        .into_iter()
        .filter_map(|(of, posted)| {
            let kind = BookingKind::from_word(&of.kind)?;
            let (program_id, partner_id) = (of.program_id, of.earner_id);
            let (group_key, accounting_day, payee_id) = (of.group_key, of.booked_day, of.payee_id);
            let of = Stale { program_id, partner_id, term: of.term, period_day: of.period_day };
            let key = AccrualKey { of, group_key, accounting_day, kind, payee_id };
            Some(AccrualChange { key, difference: Decimal::ZERO, posted })
        })
        .collect();
    put_accrued(tx, "accrued", &changes).await
}

/// Puts awards and dues in place of what was there for these marks.
pub(super) async fn replace(
    tx: &mut Tx,
    (stale, groups): (&[Stale], &Groups),
    outcomes: &[&(Stale, Option<Outcome>)],
    rules: &Rules,
    directory: &MasterData,
) -> Result<(), DbError> {
    if stale.is_empty() {
        return Ok(());
    }
    let mut passage = Passage::take_out(tx, (stale, groups)).await?;
    let booked: Vec<Stale> = stale.iter().filter(|of| is_booked(rules, of)).copied().collect();
    take_due_out(tx, (&booked, groups)).await?;
    let there = || outcomes.iter().filter_map(|(of, outcome)| Some((of, outcome.as_ref()?)));
    let awards: Vec<AwardRow> = there()
        .flat_map(|(of, outcome)| {
            outcome.awards.iter().map(|award| award_of(of, outcome, award, rules))
        })
        .collect();
    let behinds = passage.come_in(tx, rules, ((stale, groups), &awards)).await?;
    insert_awards(tx, awards, &behinds).await?;
    passage.finish(tx, rules, (stale, groups)).await?;
    take_turn(tx, stale.iter().map(|of| of.program_id).collect()).await?;
    let due = there().flat_map(|(of, outcome)| due_rows(of, outcome, rules, directory)).collect();
    insert_due(tx, due).await
}

/// Takes away what is due for these marks. Most have nothing yet, which is quick to find out; to
/// find what to take away, the database may look at all there is.
async fn take_due_out(tx: &mut Tx, (stale, groups): (&[Stale], &Groups)) -> Result<(), DbError> {
    let sql = "SELECT DISTINCT d.program_id, d.partner_id, d.term, d.period_day, d.group_key \
               FROM {keys} CROSS JOIN due d WHERE d.tenant_id = k.tenant \
               AND d.program_id = k.k1 AND d.partner_id = k.k2 AND d.term = k.k3 \
               AND d.period_day = k.k4 AND d.group_key >= k.k5 AND d.group_key <= k.k6";
    let there = tx.lookup(sql, args![], award_keys(stale, groups)).await?;
    let there: Vec<(Stale, String)> =
        there.iter().map(|row| (stale_of_row(row), row.string(4))).collect();
    let sql = "DELETE FROM due WHERE (tenant_id, program_id, partner_id, term, period_day, \
               group_key) IN (SELECT k.tenant, k.k1, k.k2, k.k3, k.k4, k.k5 FROM {keys})";
    tx.execute_many(sql, args![], key_columns(&there)).await?;
    Ok(())
}

/// Says that awards of these programs are not what they were.
async fn take_turn(tx: &mut Tx, programs: BTreeSet<i64>) -> Result<(), DbError> {
    let data = vec![
        Column::same(tx.tenant()),
        Column::Int(programs.into_iter().collect()),
        Column::same(1),
    ];
    let conflict = "ON CONFLICT (tenant_id, program_id) DO UPDATE SET turn = award_turn.turn + 1";
    tx.insert_many("award_turn", &["tenant_id", "program_id", "turn"], data, conflict).await?;
    Ok(())
}

/// How often the awards of a program have changed: the same number, the same awards.
pub async fn turn(reader: &mut Reader, program_id: i64) -> Result<i64, DbError> {
    let sql = "SELECT turn FROM award_turn WHERE tenant_id = $1 AND program_id = $2";
    let row = reader.row(sql, args![reader.tenant(), program_id]).await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// Those for which awards or dues are not what is kept. In the order given, which is ascending.
pub(super) async fn changed(
    reader: &mut Reader,
    outcomes: &[(Stale, Option<Outcome>)],
    rules: &Rules,
    directory: &MasterData,
) -> Result<Vec<Stale>, DbError> {
    type Kept = (BTreeMap<String, AwardRow>, BTreeSet<DueRow>);
    let stale: Vec<Stale> = outcomes.iter().map(|(of, _)| *of).collect();
    let mut kept: HashMap<Stale, Kept> = HashMap::new();
    let sql = "SELECT a.program_id, a.partner_id, a.term, a.period_day, a.group_key, \
        a.period_end, a.period_name, a.version, a.unit, a.amount, a.tier, a.tier_name, \
        a.qualifier, a.qualifier_total, a.measure, a.baseline, a.facts, a.next_tier, \
        a.next_name, a.next_opens, a.gap, a.worth FROM {keys} CROSS JOIN award a \
        WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
        AND a.term = k.k3 AND a.period_day = k.k4";
    for row in reader.lookup(sql, args![], keys(&stale)).await? {
        let award = award_row(&row);
        let of = stale_of_row(&row);
        kept.entry(of).or_default().0.insert(award.group_key.clone(), award);
    }
    let sql = "SELECT d.program_id, d.partner_id, d.term, d.period_day, d.group_key, \
        d.payout_day, d.payee_id, d.amount FROM {keys} CROSS JOIN due d \
        WHERE d.tenant_id = k.tenant AND d.program_id = k.k1 AND d.partner_id = k.k2 \
        AND d.term = k.k3 AND d.period_day = k.k4";
    for row in reader.lookup(sql, args![], keys(&stale)).await? {
        kept.entry(stale_of_row(&row)).or_default().1.insert(due_row(&row));
    }
    let mut changed = Vec::new();
    for (of, outcome) in outcomes {
        let mut now = Kept::default();
        if let Some(outcome) = outcome {
            let awards = outcome.awards.iter().map(|award| award_of(of, outcome, award, rules));
            now.0 = awards.map(|award| (award.group_key.clone(), award)).collect();
            now.1 = due_rows(of, outcome, rules, directory).into_iter().collect();
        }
        if kept.remove(of).unwrap_or_default() != now {
            changed.push(*of);
        }
    }
    Ok(changed)
}

fn stale_of_row(row: &Row) -> Stale {
    Stale {
        program_id: row.int(0),
        partner_id: row.int(1),
        term: row.int(2),
        period_day: row.int(3),
    }
}

/// For which awards of some earners, or of everybody, anything is kept.
pub(super) async fn known_of(
    reader: &mut Reader,
    (program_ids, earner_ids): (&[i64], Option<&[i64]>),
) -> Result<Vec<Stale>, DbError> {
    let mut known = Vec::new();
    for program_id in program_ids {
        let rows = if let Some(earners) = earner_ids {
            let keys = || {
                vec![Column::Int(vec![*program_id; earners.len()]), Column::Int(earners.to_vec())]
            };
            let mut rows = Vec::new();
            for sql in [
                "SELECT DISTINCT a.program_id, a.partner_id, a.term, a.period_day \
                 FROM {keys} CROSS JOIN award a WHERE a.tenant_id = k.tenant \
                 AND a.program_id = k.k1 AND a.partner_id = k.k2",
                "SELECT DISTINCT a.program_id, a.partner_id, a.term, a.period_day \
                 FROM {keys} CROSS JOIN accrued a WHERE a.tenant_id = k.tenant \
                 AND a.program_id = k.k1 AND a.partner_id = k.k2",
                "SELECT DISTINCT a.program_id, a.partner_id, a.term, a.period_day \
                 FROM {keys} CROSS JOIN due a WHERE a.tenant_id = k.tenant \
                 AND a.program_id = k.k1 AND a.partner_id = k.k2",
            ] {
                rows.extend(reader.lookup(sql, args![], keys()).await?);
            }
            rows
        } else {
            let tenant = reader.tenant();
            reader
                .rows(
                    "SELECT program_id, partner_id, term, period_day FROM award \
                     WHERE tenant_id = $1 AND program_id = $2 \
                     UNION SELECT program_id, partner_id, term, period_day FROM accrued \
                     WHERE tenant_id = $1 AND program_id = $2 \
                     UNION SELECT program_id, partner_id, term, period_day FROM due \
                     WHERE tenant_id = $1 AND program_id = $2",
                    args![tenant, *program_id],
                )
                .await?
        };
        known.extend(rows.iter().map(stale_of_row));
    }
    Ok(known)
}

fn due_rows(of: &Stale, outcome: &Outcome, rules: &Rules, directory: &MasterData) -> Vec<DueRow> {
    if !is_booked(rules, of) {
        return Vec::new();
    }
    let row = |due: &Due| {
        Some(DueRow {
            program_id: of.program_id,
            partner_id: of.partner_id,
            term: of.term,
            period: outcome.period.start,
            group_key: due.group.as_str().to_owned(),
            payout: due.payout.start,
            payee_id: directory.partner_id(due.partner.as_str())?,
            amount: due.amount.normalize(),
        })
    };
    outcome.due.iter().filter_map(row).collect()
}

async fn insert_due(tx: &mut Tx, due: Vec<DueRow>) -> Result<(), DbError> {
    if due.is_empty() {
        return Ok(());
    }
    let int = |read: fn(&DueRow) -> i64| Column::Int(due.iter().map(read).collect());
    let data = vec![
        Column::same(tx.tenant()),
        int(|due| due.program_id),
        int(|due| due.partner_id),
        int(|due| due.term),
        int(|due| days_of(due.period)),
        Column::Text(due.iter().map(|due| due.group_key.clone()).collect()),
        int(|due| days_of(due.payout)),
        int(|due| due.payee_id),
        Column::Text(due.iter().map(|due| text(due.amount)).collect()),
    ];
    let columns = [
        "tenant_id",
        "program_id",
        "partner_id",
        "term",
        "period_day",
        "group_key",
        "payout_day",
        "payee_id",
        "amount",
    ];
    tx.insert_many("due", &columns, data, "").await?;
    Ok(())
}

/// An award as it is kept.
fn award_of(of: &Stale, outcome: &Outcome, award: &Award, rules: &Rules) -> AwardRow {
    let next = award.next.as_ref();
    AwardRow {
        program_id: of.program_id,
        partner_id: of.partner_id,
        term: of.term,
        period: outcome.period.start,
        group_key: award.group.as_str().to_owned(),
        period_end: outcome.period.end,
        period_name: outcome.period.name.to_string(),
        version: i64::from(award.version),
        unit: unit_of(rules, of.program_id, of.term),
        amount: award.amount.normalize(),
        tier: award.tier.map(i64::from),
        tier_name: award.tier_name.clone(),
        qualifier: award.qualifier.map(|it| it.normalize()),
        qualifier_total: award.qualifier_total.normalize(),
        measure: award.measure.map(|it| it.normalize()),
        baseline: award.baseline.map(|it| it.normalize()),
        facts: award.facts,
        next_tier: next.map(|next| i64::from(next.tier)),
        next_name: next.and_then(|next| next.name.clone()),
        next_opens: next.and_then(|next| opens(next.opens)).map(|it| it.normalize()),
        gap: next.and_then(|next| next.gap).map(|it| it.normalize()),
        worth: next.and_then(|next| next.worth).map(|it| it.normalize()),
    }
}

async fn insert_awards(
    tx: &mut Tx,
    awards: Vec<AwardRow>,
    behinds: &[Behind],
) -> Result<(), DbError> {
    if awards.is_empty() {
        return Ok(());
    }
    let int = |read: fn(&AwardRow) -> i64| Column::Int(awards.iter().map(read).collect());
    let some_int =
        |read: fn(&AwardRow) -> Option<i64>| Column::OptInt(awards.iter().map(read).collect());
    let words = |read: fn(&AwardRow) -> String| Column::Text(awards.iter().map(read).collect());
    let some_words =
        |read: fn(&AwardRow) -> Option<String>| Column::OptText(awards.iter().map(read).collect());
    let data = vec![
        Column::same(tx.tenant()),
        int(|award| award.program_id),
        int(|award| award.partner_id),
        int(|award| award.term),
        int(|award| days_of(award.period)),
        words(|award| award.group_key.clone()),
        int(|award| days_of(award.period_end)),
        words(|award| award.period_name.clone()),
        int(|award| award.version),
        words(|award| award.unit.clone()),
        words(|award| text(award.amount)),
        int(|award| sort_key(award.amount)),
        some_int(|award| award.tier),
        some_words(|award| award.tier_name.as_ref().map(names)),
        some_words(|award| award.qualifier.map(text)),
        words(|award| text(award.qualifier_total)),
        int(|award| sort_key(award.qualifier_total)),
        some_words(|award| award.measure.map(text)),
        int(|award| sort_key(award.measure.unwrap_or_default())),
        some_words(|award| award.baseline.map(text)),
        int(|award| award.facts),
        some_int(|award| award.next_tier),
        some_words(|award| award.next_name.as_ref().map(names)),
        some_words(|award| award.next_opens.map(text)),
        some_words(|award| award.gap.map(text)),
        some_int(|award| award.gap.map(sort_key)),
        some_words(|award| award.worth.map(text)),
        some_int(|award| award.worth.map(sort_key)),
        Column::Int(behinds.iter().map(|behind| behind.from).collect()),
        Column::Int(behinds.iter().map(|behind| behind.until).collect()),
    ];
    let columns = [
        "tenant_id",
        "program_id",
        "partner_id",
        "term",
        "period_day",
        "group_key",
        "period_end",
        "period_name",
        "version",
        "unit",
        "amount",
        "amount_sort",
        "tier",
        "tier_name",
        "qualifier",
        "qualifier_total",
        "qualifier_sort",
        "measure",
        "measure_sort",
        "baseline",
        "facts",
        "next_tier",
        "next_name",
        "next_opens",
        "gap",
        "gap_sort",
        "worth",
        "worth_sort",
        "behind_from",
        "behind_until",
    ];
    tx.insert_many("award", &columns, data, "").await?;
    Ok(())
}

fn opens(opens: Opens) -> Option<Decimal> {
    match opens {
        Opens::Always => None,
        Opens::From(threshold) | Opens::Above(threshold) => Some(threshold),
    }
}

fn names(names: &Names) -> String {
    serde_json::to_string(names).expect("texts are always JSON")
}

fn text(number: Decimal) -> String {
    number.normalize().to_string()
}

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// The columns of [`award_row`], of the table `a`.
pub(crate) const AWARD_COLUMNS: &str = "a.program_id, a.partner_id, a.term, a.period_day, \
    a.group_key, a.period_end, a.period_name, a.version, a.unit, a.amount, a.tier, a.tier_name, \
    a.qualifier, a.qualifier_total, a.measure, a.baseline, a.facts, a.next_tier, a.next_name, \
    a.next_opens, a.gap, a.worth";

pub(crate) fn award_row(row: &Row) -> AwardRow {
    let some = |column| row.opt_text(column).map(decimal);
    let names = |column| row.opt_text(column).and_then(|text| serde_json::from_str(text).ok());
    AwardRow {
        program_id: row.int(0),
        partner_id: row.int(1),
        term: row.int(2),
        period: row.date(3),
        group_key: row.string(4),
        period_end: row.date(5),
        period_name: row.string(6),
        version: row.int(7),
        unit: row.string(8),
        amount: decimal(row.text(9)),
        tier: row.opt_int(10),
        tier_name: names(11),
        qualifier: some(12),
        qualifier_total: decimal(row.text(13)),
        measure: some(14),
        baseline: some(15),
        facts: row.int(16),
        next_tier: row.opt_int(17),
        next_name: names(18),
        next_opens: some(19),
        gap: some(20),
        worth: some(21),
    }
}

/// All awards of a partner, newest period first.
pub async fn awards_of_partner(
    reader: &mut Reader,
    partner_id: i64,
    limit: i64,
) -> Result<Vec<AwardRow>, DbError> {
    let sql = format!(
        "SELECT {AWARD_COLUMNS} FROM award a WHERE a.tenant_id = $1 AND a.partner_id = $2 \
         ORDER BY a.period_day DESC, a.program_id, a.term, a.group_key LIMIT $3"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, partner_id, limit]).await?;
    Ok(rows.iter().map(award_row).collect())
}

/// Which awards to list; `None` and the empty name stand for all.
#[derive(Debug, Clone, Default)]
pub struct AwardFilter {
    pub program_id: Option<i64>,
    pub partner_id: Option<i64>,
    pub period_name: String,
}

/// Awards, newest period first, and how many there are.
pub async fn awards(
    reader: &mut Reader,
    filter: &AwardFilter,
    (offset, limit): (i64, i64),
) -> Result<(Vec<AwardRow>, i64), DbError> {
    let condition = "WHERE a.tenant_id = $1 AND ($2 = 0 OR a.program_id = $2) \
                     AND ($3 = 0 OR a.partner_id = $3) AND ($4 = '' OR a.period_name = $4)";
    let tenant = reader.tenant();
    let (program, partner) = (filter.program_id.unwrap_or(0), filter.partner_id.unwrap_or(0));
    let period = &filter.period_name;
    let sql = format!(
        "SELECT {AWARD_COLUMNS} FROM award a {condition} ORDER BY a.period_day DESC, \
         a.program_id, a.term, a.partner_id, a.group_key LIMIT $5 OFFSET $6"
    );
    let of = args![tenant, program, partner, period, limit, offset];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    let sql = format!("SELECT COUNT(*) FROM award a {condition}");
    let of = args![tenant, program, partner, period];
    let total = reader.row(sqlx::AssertSqlSafe(sql), of).await?;
    Ok((rows.iter().map(award_row).collect(), total.map_or(0, |row| row.int(0))))
}

fn due_row(row: &Row) -> DueRow {
    DueRow {
        program_id: row.int(0),
        partner_id: row.int(1),
        term: row.int(2),
        period: row.date(3),
        group_key: row.string(4),
        payout: row.date(5),
        payee_id: row.int(6),
        amount: decimal(row.text(7)),
    }
}

const DUE_COLUMNS: &str = "SELECT program_id, partner_id, term, period_day, group_key, payout_day, payee_id, amount \
     FROM due";

/// Everything a program owes or owed, to one partner or to all.
pub async fn due_of_program(
    reader: &mut Reader,
    program_id: i64,
    partner_id: Option<i64>,
) -> Result<Vec<DueRow>, DbError> {
    let sql = format!(
        "{DUE_COLUMNS} WHERE tenant_id = $1 AND program_id = $2 \
         AND ($3 = 0 OR payee_id = $3) ORDER BY payee_id, term, period_day, payout_day"
    );
    let tenant = reader.tenant();
    let rows = reader
        .rows(sqlx::AssertSqlSafe(sql), args![tenant, program_id, partner_id.unwrap_or(0)])
        .await?;
    Ok(rows.iter().map(due_row).collect())
}

/// What one payout period owes of a program.
pub async fn due_of_period(
    reader: &mut Reader,
    program_id: i64,
    payout: Date,
) -> Result<Vec<DueRow>, DbError> {
    let sql = format!(
        "{DUE_COLUMNS} WHERE tenant_id = $1 AND program_id = $2 AND payout_day = $3 \
         ORDER BY payee_id, term, period_day"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, program_id, payout]).await?;
    Ok(rows.iter().map(due_row).collect())
}
