//! The rows of a page: which they are, in which order, and what is shown of them.

use std::collections::HashMap;

use domain::explain::Lang;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::super::name_order;
use super::super::standing::{FIGURES, FIGURES_COUNT, figures, number_of, standings};
use super::{After, AttainmentRow, Filter, Query, ROWS_PER_PAGE_MAX, Scope, Sort};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Arg, Column, DbError, Dialect, Reader, Row};
use crate::exact;
use crate::rules::Rules;
use crate::totals::Stale;

/// Partners looked at for each award on a page, where they are read by name.
const PARTNERS_PER_AWARD: i64 = 20;

/// The rows of a page, and where the next one begins. `all` is how many rows there are without a
/// filter.
pub(super) async fn rows(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (scope, matching, all): (&Scope, &str, i64),
    query: &Query,
) -> Result<(Vec<AttainmentRow>, Option<After>), DbError> {
    let partners = i64::try_from(master.master.partners.len()).unwrap_or(i64::MAX);
    let is_whole = scope.is_all && scope.kept.is_some() && query.filter == Filter::All;
    let by_name = is_whole && partners <= all.saturating_mul(PARTNERS_PER_AWARD);
    let found = page(reader, (scope, by_name), matching, query).await?;
    let is_full = i64::try_from(found.len()) == Ok(limit_of(query));
    let next = found.last().filter(|_| is_full && figure(query.sort).is_some()).map(|row| After {
        value: row.opt_int(FIGURES_COUNT + 4),
        partner_id: row.int(1),
        group: row.string(4),
    });
    let all: Vec<_> = found.iter().map(figures).collect();
    let keys: Vec<Stale> = all.iter().map(|figures| figures.key).collect();
    let accrued = accrued_by_award(reader, &keys).await?;
    let standings = standings(reader, rules, master, now, &all).await?;
    let mut rows = Vec::with_capacity(found.len());
    for (row, standing) in found.iter().zip(standings) {
        let Some(standing) = standing else { continue };
        let first = FIGURES_COUNT;
        let group = standing.of.group.as_str();
        let of_group = |(known, _): &&(String, Decimal)| group.is_empty() || known == group;
        let posted = accrued.get(&standing.partner_id).map_or(&[][..], Vec::as_slice);
        let posted = posted.iter().filter(of_group).map(|(_, amount)| *amount);
        rows.push(AttainmentRow {
            code: row.string(first),
            names: serde_json::from_str(row.text(first + 1)).unwrap_or_default(),
            region: row.opt_string(first + 2),
            level: row.opt_string(first + 3),
            accrued: exact::sum(posted, "accruals")?,
            standing,
        });
    }
    Ok((rows, next))
}

fn limit_of(query: &Query) -> i64 {
    query.limit.clamp(1, ROWS_PER_PAGE_MAX)
}

/// The condition for coming after a row, in the order of a figure.
fn beyond(after: &After, by: &str, descending: bool, args: &mut Vec<Arg<'static>>) -> String {
    args.push(Arg::from(after.group.clone()));
    let group = args.len();
    let partner = after.partner_id;
    let same = format!(
        "(a.partner_id > {partner} OR (a.partner_id = {partner} AND a.group_key > ${group}))"
    );
    match after.value {
        Some(value) => {
            let further = if descending { "<" } else { ">" };
            format!(" AND {by} {further}= {value} AND ({by} {further} {value} OR {same})")
        }
        None => format!(" AND {same}"),
    }
}

/// Rows in one order.
struct Part<'q> {
    scope: &'q Scope,
    query: &'q Query,
    by: String,
    is_of_partner: bool,
    /// Partners are read in the order of their names, and the award of each is looked up: where
    /// nearly everybody has one, a page is full after few of them.
    by_name: bool,
}

/// The rows of a page: those with something to sort by in its order, then those without. Each is
/// asked for apart, so that an index may be read in its order.
async fn page(
    reader: &mut Reader,
    (scope, by_name): (&Scope, bool),
    matching: &str,
    query: &Query,
) -> Result<Vec<Row>, DbError> {
    let (by, is_of_partner) = order(reader, query);
    let (with, without) = (format!("{by} IS NOT NULL"), format!("{by} IS NULL"));
    let by_name = by_name && query.sort == Sort::Partner;
    let part = Part { scope, query, by, is_of_partner, by_name };
    let after = query.after.as_ref().filter(|_| figure(query.sort).is_some());
    let (limit, offset) = (limit_of(query), query.offset.max(0));
    let offset = if after.is_some() { 0 } else { offset };
    if is_always_there(query.sort) {
        return part.rows(reader, (matching, "1 = 1", after), (limit, offset)).await;
    }
    let is_past = after.is_some_and(|after| after.value.is_none());
    let mut rows = if is_past {
        Vec::new()
    } else {
        part.rows(reader, (matching, &with, after), (limit, offset)).await?
    };
    let missing = limit - i64::try_from(rows.len()).unwrap_or(limit);
    if missing > 0 {
        let passed = if rows.is_empty() && offset > 0 {
            part.count(reader, (matching, &with)).await?.min(offset)
        } else {
            offset
        };
        let after = after.filter(|_| is_past);
        let which = (matching, without.as_str(), after);
        rows.extend(part.rows(reader, which, (missing, offset - passed)).await?);
    }
    Ok(rows)
}

impl Part<'_> {
    fn joined(&self, dialect: Dialect, matching: &str) -> String {
        if self.by_name {
            let joined = format!("FROM {} AND", by_name(dialect, self.query.lang));
            return matching.replacen("FROM award a WHERE", &joined, 1);
        }
        let joined = format!("FROM award a {}", with_partner("a"));
        if self.is_of_partner {
            matching.replacen("FROM award a", &joined, 1)
        } else {
            matching.into()
        }
    }

    /// First which they are, from what an index holds; then all of them.
    async fn rows(
        &self,
        reader: &mut Reader,
        (matching, only, after): (&str, &str, Option<&After>),
        (limit, offset): (i64, i64),
    ) -> Result<Vec<Row>, DbError> {
        let (by, query) = (&self.by, self.query);
        let way = if query.descending { "DESC" } else { "ASC" };
        let order = format!("{by} {way}, a.partner_id, a.group_key");
        let mut args = self.scope.args.clone();
        let beyond = after.map(|after| beyond(after, by, query.descending, &mut args));
        let only = format!("{only}{}", beyond.unwrap_or_default());
        let columns = format!(
            "{FIGURES}, p.code, p.names, {}, {}, {}",
            reader.json_text("p.fields", "region"),
            reader.json_text("p.fields", "level"),
            figure(query.sort).unwrap_or("CAST(NULL AS bigint)"),
        );
        let sql = if self.scope.by_fact {
            format!(
                "SELECT {columns} FROM (SELECT a.* {matching}) a {} WHERE {only} \
                 ORDER BY {order} LIMIT {limit} OFFSET {offset}",
                with_partner("a")
            )
        } else {
            format!(
                "SELECT {columns} FROM (SELECT a.tenant_id, a.program_id, a.partner_id, a.term, \
                 a.period_day, a.group_key {} AND {only} \
                 ORDER BY {order} LIMIT {limit} OFFSET {offset}) t \
                 JOIN award a ON a.tenant_id = t.tenant_id AND a.program_id = t.program_id \
                 AND a.partner_id = t.partner_id AND a.term = t.term \
                 AND a.period_day = t.period_day AND a.group_key = t.group_key {} ORDER BY {order}",
                self.joined(reader.dialect(), matching),
                with_partner("t")
            )
        };
        reader.rows(sqlx::AssertSqlSafe(sql), &args).await
    }

    async fn count(
        &self,
        reader: &mut Reader,
        (matching, only): (&str, &str),
    ) -> Result<i64, DbError> {
        let sql = if self.scope.by_fact {
            let partner = with_partner("a");
            format!("SELECT COUNT(*) FROM (SELECT a.* {matching}) a {partner} WHERE {only}")
        } else {
            format!("SELECT COUNT(*) {} AND {only}", self.joined(reader.dialect(), matching))
        };
        let row = reader.row(sqlx::AssertSqlSafe(sql), &self.scope.args).await?;
        Ok(row.map_or(0, |row| row.int(0)))
    }
}

/// Partners in the order of their names, with their awards. SQLite does not see that a page ends
/// after few of them: it is told the index, and joins in the order in which tables are written.
pub(in crate::views) fn by_name(dialect: Dialect, lang: Lang) -> String {
    let index = match dialect {
        Dialect::Sqlite => format!(" INDEXED BY partner_by_name_{}", lang.tag()),
        Dialect::Postgres => String::new(),
    };
    format!(
        "partner p{index} CROSS JOIN award a WHERE p.tenant_id = $1 AND a.partner_id = p.partner_id"
    )
}

fn with_partner(table: &str) -> String {
    format!(
        "JOIN partner p ON p.tenant_id = {table}.tenant_id AND p.partner_id = {table}.partner_id"
    )
}

/// What was posted, by partner: group and amount.
async fn accrued_by_award(
    reader: &mut Reader,
    keys: &[Stale],
) -> Result<HashMap<i64, Vec<(String, Decimal)>>, DbError> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let int = |read: fn(&Stale) -> i64| Column::Int(keys.iter().map(read).collect());
    let columns =
        vec![int(|k| k.program_id), int(|k| k.partner_id), int(|k| k.term), int(|k| k.period_day)];
    let rows = reader
        .lookup(
            "SELECT a.partner_id, a.group_key, a.amount FROM {keys} CROSS JOIN accrued a \
             WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
             AND a.term = k.k3 AND a.period_day = k.k4",
            args![],
            columns,
        )
        .await?;
    let mut found: HashMap<i64, Vec<(String, Decimal)>> = HashMap::new();
    for row in rows {
        found.entry(row.int(0)).or_default().push((row.string(1), number_of(row.text(2))));
    }
    Ok(found)
}

/// What to sort by, and whether that is something of the partner.
fn order(reader: &Reader, query: &Query) -> (String, bool) {
    match (query.sort, figure(query.sort)) {
        (_, Some(figure)) => (figure.to_owned(), false),
        (Sort::Region, None) => (reader.json_text("p.fields", "region"), true),
        (Sort::Level, None) => (reader.json_text("p.fields", "level"), true),
        (_, None) => (name_order(reader, "p", query.lang), true),
    }
}

/// Whether there is always something to sort by.
fn is_always_there(sort: Sort) -> bool {
    matches!(sort, Sort::Partner | Sort::Qualifier | Sort::Measure | Sort::Earned)
}

/// The column of an award that a sort is by, unless it is something of the partner.
fn figure(sort: Sort) -> Option<&'static str> {
    match sort {
        Sort::Partner | Sort::Region | Sort::Level => None,
        Sort::Tier => Some("a.tier"),
        Sort::Qualifier => Some("a.qualifier_sort"),
        Sort::Gap => Some("a.gap_sort"),
        Sort::Worth => Some("a.worth_sort"),
        Sort::Measure => Some("a.measure_sort"),
        Sort::Earned => Some("a.amount_sort"),
    }
}
