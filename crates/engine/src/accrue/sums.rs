//! Sums over the awards of a term and period, kept up with every award that changes.
//!
//! A page of a program shows how many awards there are in each tier, near the next one and behind
//! last year, and what they add up to. Awards are grouped by all of that, and each change of an
//! award takes it out of one group and puts it into another.
//!
//! # Invariants
//!
//! * In every committed state a group holds the exact sums of its awards; groups of none are not
//!   there. [`check`] adds up anew and compares.
//! * An award says itself on how many days of its period it is behind the same days of the year
//!   before ([`Behind`]), and says so anew when the award of the year before changes.
//! * What no decimal can hold stands for itself until the group is empty: readers add up.
//!
//! Owns `award_sum`.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::amount::exact_sum;
use domain::period::Calendar;
use domain::program::Compare;
use domain::standing::compared_days;
use jiff::{Span, ToSpan};
use rust_decimal::Decimal;

use super::AwardRow;
use crate::args;
use crate::db::{Column, DbError, Put, Reader, Row, Tx, date_of, days_of};
use crate::exact::sort_key;
use crate::rules::Rules;
use crate::totals::{self, Groups, Stale, award_keys};

/// On how many passed days an award is behind: from the first number on, up to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Behind {
    pub from: i64,
    /// The first on which it is not behind any more.
    pub until: i64,
}

impl Behind {
    const NEVER: Behind = Behind { from: 0, until: 0 };

    /// Whether it is when so many days have passed.
    pub fn is_on(self, passed: i64) -> bool {
        self.from <= passed && passed < self.until
    }

    /// When `own` is less than the share of `before` that belongs to the passed ones of `days`.
    /// Both are counted in the same unit.
    fn of(own: i64, before: i64, days: i64) -> Behind {
        let (own, before, days) = (i128::from(own), i128::from(before), i128::from(days));
        let int = |number: i128| i64::try_from(number).unwrap_or(i64::MAX);
        let (from, until) = match before.cmp(&0) {
            // own × days < before × passed
            std::cmp::Ordering::Greater => {
                ((own * days).div_euclid(before).saturating_add(1).max(0), days + 1)
            }
            std::cmp::Ordering::Equal if own < 0 => (0, days + 1),
            std::cmp::Ordering::Equal => (0, 0),
            // What was taken back last year grows, too: passed < own × days ÷ before, rounded up.
            std::cmp::Ordering::Less => {
                let (own, before) = (-own * days, -before);
                (0, (-(-own).div_euclid(before)).min(days + 1))
            }
        };
        let is_ever = from <= days && 1 < until;
        if is_ever { Behind { from: int(from), until: int(until) } } else { Behind::NEVER }
    }
}

/// The awards that are alike in all that a page counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    pub program_id: i64,
    pub term: i64,
    pub period_day: i64,
    /// Counted from 1; `None` below the first.
    pub tier: Option<i64>,
    /// A tenth or less of the next threshold is missing, and reaching it is worth something.
    pub near: bool,
    pub behind: Behind,
}

/// What the awards of a group add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    pub awards: i64,
    pub facts: i64,
    /// `None` where no decimal can hold it.
    pub amount: Option<Decimal>,
    pub measure: Option<Decimal>,
}

impl Sum {
    const NOTHING: Sum =
        Sum { awards: 0, facts: 0, amount: Some(Decimal::ZERO), measure: Some(Decimal::ZERO) };

    fn plus(self, other: Sum) -> Sum {
        let exact = |a: Option<Decimal>, b: Option<Decimal>| exact_sum(a?, b?);
        Sum {
            awards: self.awards + other.awards,
            facts: self.facts + other.facts,
            amount: exact(self.amount, other.amount),
            measure: exact(self.measure, other.measure),
        }
    }

    /// Whether both can be sums of the same awards. On the way to one of them there may have been
    /// a sum that no decimal holds, as awards came and went in another order.
    fn agrees(self, other: Sum) -> bool {
        let alike = |a: Option<Decimal>, b: Option<Decimal>| a.is_none() || b.is_none() || a == b;
        (self.awards, self.facts) == (other.awards, other.facts)
            && alike(self.amount, other.amount)
            && alike(self.measure, other.measure)
    }

    fn negative(self) -> Sum {
        Sum {
            awards: -self.awards,
            facts: -self.facts,
            amount: self.amount.map(|it| -it),
            measure: self.measure.map(|it| -it),
        }
    }
}

/// What of an award is summed, and where.
#[derive(Debug, Clone, Copy)]
struct Counted {
    of: Stale,
    tier: Option<i64>,
    near: bool,
    qualifier: i64,
    /// Of the baseline, in the same hundredths.
    baseline: Option<i64>,
    version: i64,
    sum: Sum,
}

impl Counted {
    fn of_award(award: &AwardRow) -> Counted {
        let qualifier = sort_key(award.qualifier_total);
        Counted {
            of: Stale {
                program_id: award.program_id,
                partner_id: award.partner_id,
                term: award.term,
                period_day: days_of(award.period),
            },
            tier: award.tier,
            near: is_near(award.gap.map(sort_key), award.worth.map(sort_key), qualifier),
            qualifier,
            baseline: award.baseline.map(sort_key),
            version: award.version,
            sum: Sum {
                awards: 1,
                facts: award.facts,
                amount: Some(award.amount),
                measure: Some(award.measure.unwrap_or_default()),
            },
        }
    }

    /// Reads [`COUNTED`].
    fn of_row(row: &Row) -> Counted {
        let decimal = |text: &str| text.parse::<Decimal>().ok();
        let qualifier = row.int(6);
        Counted {
            of: Stale {
                program_id: row.int(0),
                partner_id: row.int(1),
                term: row.int(2),
                period_day: row.int(3),
            },
            tier: row.opt_int(5),
            near: is_near(row.opt_int(7), row.opt_int(8), qualifier),
            qualifier,
            baseline: row.opt_text(9).and_then(decimal).map(sort_key),
            version: row.int(10),
            sum: Sum {
                awards: 1,
                facts: row.int(11),
                amount: decimal(row.text(12)),
                measure: row.opt_text(13).map_or(Some(Decimal::ZERO), decimal),
            },
        }
    }

    fn group(&self, behind: Behind) -> Group {
        let Stale { program_id, term, period_day, .. } = self.of;
        Group { program_id, term, period_day, tier: self.tier, near: self.near, behind }
    }
}

/// The same condition as [`NEAR`](crate::views) is in SQL.
fn is_near(gap: Option<i64>, worth: Option<i64>, qualifier: i64) -> bool {
    gap.zip(worth).is_some_and(|(gap, worth)| gap > 0 && worth > 0 && gap <= qualifier / 9)
}

/// The columns of [`Counted::of_row`]; the fifth is the group, and the last two say when it is
/// behind.
const COUNTED: &str = "program_id, partner_id, term, period_day, group_key, tier, qualifier_sort, \
    gap_sort, worth_sort, baseline, version, facts, amount, measure, behind_from, behind_until";

fn behind_of(row: &Row) -> Behind {
    Behind { from: row.int(14), until: row.int(15) }
}

/// An award by its group.
type Key = (Stale, String);

/// Awards on their way out of the table and into it, and what that does to the sums.
#[derive(Default)]
pub(super) struct Passage {
    /// What the awards qualified with that were there.
    before: HashMap<Key, i64>,
    now: HashMap<Key, i64>,
    changes: BTreeMap<Group, Sum>,
    scopes: HashMap<(i64, i64, i64), Scope>,
}

/// What the awards of a term and period are compared with.
#[derive(Debug, Clone, Default)]
struct Scope {
    days: i64,
    /// The period a year before.
    prior: Option<i64>,
    /// The periods that this one is a year before.
    later: Vec<i64>,
}

impl Scope {
    fn of(rules: &Rules, (program_id, term, day): (i64, i64, i64)) -> Option<Scope> {
        let plan = &rules.plans[rules.position(program_id)?];
        let calendar = &plan.terms.get(usize::try_from(term).ok()?)?.calendar;
        let period = calendar.containing(date_of(day)?)?;
        let year: Span = 1.year();
        let mut later = Vec::new();
        let mut next = period.start.checked_add(year).ok();
        let end = period.end.checked_add(year).ok();
        while let Some(found) = next.and_then(|day| calendar.containing(day)) {
            if prior(calendar, found.start) == Some(day) {
                later.push(days_of(found.start));
            }
            next = Some(found.end).filter(|day| end.is_some_and(|end| *day < end));
        }
        let days = i64::from(compared_days(&period));
        Some(Scope { days, prior: prior(calendar, period.start), later })
    }
}

/// The first day of the period in which the day a year before lies.
fn prior(calendar: &Calendar, start: jiff::civil::Date) -> Option<i64> {
    let day = start.checked_sub(1.year()).ok()?;
    calendar.containing(day).map(|period| days_of(period.start))
}

impl Passage {
    fn scope(&mut self, rules: &Rules, of: &Stale) -> &Scope {
        let key = (of.program_id, of.term, of.period_day);
        self.scopes.entry(key).or_insert_with(|| Scope::of(rules, key).unwrap_or_default())
    }

    fn change(&mut self, group: Group, by: Sum) {
        let sum = self.changes.entry(group).or_insert(Sum::NOTHING);
        *sum = sum.plus(by);
    }

    /// Takes the awards of these marks out of their table. Most have none yet, which is quick to
    /// find out; to find what to take out, the database may look at all there is.
    pub(super) async fn take_out(
        tx: &mut Tx,
        (stale, groups): (&[Stale], &Groups),
    ) -> Result<Passage, DbError> {
        const SQL: &str = "SELECT a.program_id, a.partner_id, a.term, a.period_day, a.group_key, \
            a.tier, a.qualifier_sort, a.gap_sort, a.worth_sort, a.baseline, a.version, a.facts, \
            a.amount, a.measure, a.behind_from, a.behind_until FROM {keys} CROSS JOIN award a \
            WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
            AND a.term = k.k3 AND a.period_day = k.k4 AND a.group_key >= k.k5 \
            AND a.group_key <= k.k6";
        let mut passage = Passage::default();
        let mut there: Vec<Key> = Vec::new();
        for row in tx.lookup(SQL, args![], award_keys(stale, groups)).await? {
            let award = Counted::of_row(&row);
            let key = (award.of, row.string(4));
            passage.before.insert(key.clone(), award.qualifier);
            passage.change(award.group(behind_of(&row)), award.sum.negative());
            there.push(key);
        }
        let sql = "DELETE FROM award WHERE (tenant_id, program_id, partner_id, term, period_day, \
                   group_key) IN (SELECT k.tenant, k.k1, k.k2, k.k3, k.k4, k.k5 FROM {keys})";
        tx.execute_many(sql, args![], key_columns(&there)).await?;
        Ok(passage)
    }

    /// Counts the awards that come in, and says of each when it is behind.
    pub(super) async fn come_in(
        &mut self,
        tx: &mut Tx,
        rules: &Rules,
        (looked_at, awards): ((&[Stale], &Groups), &[AwardRow]),
    ) -> Result<Vec<Behind>, DbError> {
        let counted: Vec<Counted> = awards.iter().map(Counted::of_award).collect();
        for (own, award) in counted.iter().zip(awards) {
            self.now.insert((own.of, award.group_key.clone()), own.qualifier);
        }
        let mut priors: Vec<Option<Key>> = Vec::with_capacity(awards.len());
        for (own, award) in counted.iter().zip(awards) {
            let day = self.scope(rules, &own.of).prior;
            let prior = day.map(|period_day| Stale { period_day, ..own.of });
            priors.push(prior.map(|of| (of, award.group_key.clone())));
        }
        let is_old = |own: &Counted, award: &AwardRow| {
            !totals::is_new(looked_at.1, &own.of, &award.group_key)
        };
        let apart = counted.iter().zip(awards).zip(&priors);
        let apart = apart.filter(|((own, award), _)| is_old(own, award));
        let apart = apart.filter_map(|(_, prior)| prior.as_ref());
        let apart: Vec<Key> = apart.filter(|key| !is_among(looked_at, key)).cloned().collect();
        let kept = qualified(tx, &apart).await?;
        let mut behinds = Vec::with_capacity(awards.len());
        for (own, prior) in counted.iter().zip(&priors) {
            let before = prior.as_ref().and_then(|key| self.now.get(key).or_else(|| kept.get(key)));
            let before = before.copied();
            let behind = self.behind(rules, own, before);
            self.change(own.group(behind), own.sum);
            behinds.push(behind);
        }
        Ok(behinds)
    }

    /// By the rules of the award's own version: behind its baseline, or else the award of the year
    /// before.
    fn behind(&mut self, rules: &Rules, own: &Counted, before: Option<i64>) -> Behind {
        let days = self.scope(rules, &own.of).days;
        let before = if has_baseline(rules, own) { own.baseline } else { before };
        before.map_or(Behind::NEVER, |before| Behind::of(own.qualifier, before, days))
    }

    /// Tells the awards of a year later what changed, and writes the sums.
    pub(super) async fn finish(
        mut self,
        tx: &mut Tx,
        rules: &Rules,
        looked_at: (&[Stale], &Groups),
    ) -> Result<(), DbError> {
        let (before, now) = (std::mem::take(&mut self.before), std::mem::take(&mut self.now));
        let all: HashSet<&Key> = before.keys().chain(now.keys()).collect();
        let mut later: BTreeMap<Key, Option<i64>> = BTreeMap::new();
        for key in all {
            if before.get(key) == now.get(key) || totals::is_new(looked_at.1, &key.0, &key.1) {
                continue;
            }
            for period_day in self.scope(rules, &key.0).later.clone() {
                let of = (Stale { period_day, ..key.0 }, key.1.clone());
                if !is_among(looked_at, &of) {
                    later.insert(of, now.get(key).copied());
                }
            }
        }
        self.follow(tx, rules, &later).await?;
        apply(tx, self.changes).await
    }

    async fn follow(
        &mut self,
        tx: &mut Tx,
        rules: &Rules,
        later: &BTreeMap<Key, Option<i64>>,
    ) -> Result<(), DbError> {
        const SQL: &str = "SELECT a.program_id, a.partner_id, a.term, a.period_day, a.group_key, \
            a.tier, a.qualifier_sort, a.gap_sort, a.worth_sort, a.baseline, a.version, a.facts, \
            a.amount, a.measure, a.behind_from, a.behind_until FROM {keys} CROSS JOIN award a \
            WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
            AND a.term = k.k3 AND a.period_day = k.k4 AND a.group_key = k.k5";
        let keys: Vec<Key> = later.keys().cloned().collect();
        let mut moved: Vec<(Key, Behind)> = Vec::new();
        for row in tx.lookup(SQL, args![], key_columns(&keys)).await? {
            let (own, was) = (Counted::of_row(&row), behind_of(&row));
            let key = (own.of, row.string(4));
            let is = self.behind(rules, &own, later.get(&key).copied().flatten());
            if is != was {
                self.change(own.group(was), own.sum.negative());
                self.change(own.group(is), own.sum);
                moved.push((key, is));
            }
        }
        let (keys, behinds): (Vec<Key>, Vec<Behind>) = moved.into_iter().unzip();
        let mut columns = key_columns(&keys);
        columns.push(Column::Int(behinds.iter().map(|behind| behind.from).collect()));
        columns.push(Column::Int(behinds.iter().map(|behind| behind.until).collect()));
        tx.execute_many(
            "UPDATE award SET behind_from = k.k6, behind_until = k.k7 FROM {keys} \
             WHERE award.tenant_id = k.tenant AND award.program_id = k.k1 \
             AND award.partner_id = k.k2 AND award.term = k.k3 AND award.period_day = k.k4 \
             AND award.group_key = k.k5",
            args![],
            columns,
        )
        .await?;
        Ok(())
    }
}

/// Whether the version of an award compares with a baseline.
fn has_baseline(rules: &Rules, own: &Counted) -> bool {
    let rule = || {
        let plan = &rules.plans[rules.position(own.of.program_id)?];
        let version = plan.version(u32::try_from(own.version).ok()?)?;
        version.rules.get(usize::try_from(own.of.term).ok()?)?.as_ref()
    };
    rule().is_some_and(|rule| matches!(rule.term.compare, Compare::Baseline(_)))
}

/// Whether an award is among those that were looked at: marks in ascending order, some of them about
/// some of their groups.
fn is_among((stale, groups): (&[Stale], &Groups), (of, group): &Key) -> bool {
    stale.binary_search(of).is_ok()
        && groups.get(of).is_none_or(|groups| groups.contains_key(group))
}

pub(super) fn key_columns(keys: &[Key]) -> Vec<Column> {
    let int = |read: fn(&Stale) -> i64| Column::Int(keys.iter().map(|key| read(&key.0)).collect());
    vec![
        int(|of| of.program_id),
        int(|of| of.partner_id),
        int(|of| of.term),
        int(|of| of.period_day),
        Column::Text(keys.iter().map(|key| key.1.clone()).collect()),
    ]
}

/// What these awards qualified with, in hundredths; those that are there.
async fn qualified(tx: &mut Tx, keys: &[Key]) -> Result<HashMap<Key, i64>, DbError> {
    let rows = tx
        .lookup(
            "SELECT k.i, a.qualifier_sort FROM {keys} CROSS JOIN award a \
             WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
             AND a.term = k.k3 AND a.period_day = k.k4 AND a.group_key = k.k5",
            args![],
            key_columns(keys),
        )
        .await?;
    let of = |row: &Row| Some((keys.get(usize::try_from(row.int(0)).ok()?)?.clone(), row.int(1)));
    Ok(rows.iter().filter_map(of).collect())
}

const SUM: Put = Put {
    table: "award_sum",
    columns: &[
        "tenant_id",
        "program_id",
        "term",
        "period_day",
        "tier",
        "near",
        "behind_from",
        "behind_until",
        "awards",
        "facts",
        "amount",
        "measure",
    ],
    values: 4,
    conflict: "ON CONFLICT (tenant_id, program_id, term, period_day, tier, near, behind_from, \
        behind_until) DO UPDATE SET awards = excluded.awards, facts = excluded.facts, \
        amount = excluded.amount, measure = excluded.measure",
};

fn group_columns<'g>(groups: impl Iterator<Item = &'g Group> + Clone) -> Vec<Column> {
    let int = |read: fn(&Group) -> i64| Column::Int(groups.clone().map(read).collect());
    vec![
        int(|group| group.program_id),
        int(|group| group.term),
        int(|group| group.period_day),
        int(|group| group.tier.unwrap_or(0)),
        int(|group| i64::from(group.near)),
        int(|group| group.behind.from),
        int(|group| group.behind.until),
    ]
}

/// Adds to the sums that are kept; groups of none go.
async fn apply(tx: &mut Tx, changes: BTreeMap<Group, Sum>) -> Result<(), DbError> {
    let changes: Vec<(Group, Sum)> =
        changes.into_iter().filter(|(_, sum)| *sum != Sum::NOTHING).collect();
    let rows = tx
        .lookup(
            "SELECT k.i, s.awards, s.facts, s.amount, s.measure FROM {keys} \
             CROSS JOIN award_sum s WHERE s.tenant_id = k.tenant AND s.program_id = k.k1 \
             AND s.term = k.k2 AND s.period_day = k.k3 AND s.tier = k.k4 AND s.near = k.k5 \
             AND s.behind_from = k.k6 AND s.behind_until = k.k7",
            args![],
            group_columns(changes.iter().map(|(group, _)| group)),
        )
        .await?;
    let mut kept: Vec<Option<Sum>> = vec![None; changes.len()];
    for row in &rows {
        if let Some(kept) = usize::try_from(row.int(0)).ok().and_then(|at| kept.get_mut(at)) {
            *kept = Some(sum_of_row(row, 1));
        }
    }
    let (mut gone, mut there, mut stay) = (Vec::new(), Vec::new(), Vec::new());
    for ((group, change), kept) in changes.into_iter().zip(kept) {
        let sum = kept.unwrap_or(Sum::NOTHING).plus(change);
        if sum.awards == 0 {
            gone.push(group);
        } else {
            there.push(kept.is_some());
            stay.push((group, sum));
        }
    }
    tx.execute_many(
        "DELETE FROM award_sum WHERE (tenant_id, program_id, term, period_day, tier, near, \
         behind_from, behind_until) IN (SELECT k.tenant, k.k1, k.k2, k.k3, k.k4, k.k5, k.k6, k.k7 \
         FROM {keys})",
        args![],
        group_columns(gone.iter()),
    )
    .await?;
    let text = |read: fn(&Sum) -> Option<Decimal>| {
        let text = |(_, sum): &(Group, Sum)| read(sum).map(|it| it.normalize().to_string());
        Column::OptText(stay.iter().map(text).collect())
    };
    let mut data = vec![Column::same(tx.tenant())];
    data.extend(group_columns(stay.iter().map(|(group, _)| group)));
    data.push(Column::Int(stay.iter().map(|(_, sum)| sum.awards).collect()));
    data.push(Column::Int(stay.iter().map(|(_, sum)| sum.facts).collect()));
    data.push(text(|sum| sum.amount));
    data.push(text(|sum| sum.measure));
    tx.put_many(&SUM, data, &there).await
}

fn sum_of_row(row: &Row, first: usize) -> Sum {
    let decimal = |column: usize| row.opt_text(column).and_then(|text| text.parse().ok());
    Sum {
        awards: row.int(first),
        facts: row.int(first + 1),
        amount: decimal(first + 2),
        measure: decimal(first + 3),
    }
}

const GROUPS: &str = "SELECT program_id, term, period_day, tier, near, behind_from, behind_until, \
    awards, facts, amount, measure FROM award_sum WHERE tenant_id = $1";

fn group_of_row(row: &Row) -> (Group, Sum) {
    let group = Group {
        program_id: row.int(0),
        term: row.int(1),
        period_day: row.int(2),
        tier: Some(row.int(3)).filter(|tier| *tier != 0),
        near: row.int(4) == 1,
        behind: Behind { from: row.int(5), until: row.int(6) },
    };
    (group, sum_of_row(row, 7))
}

/// The groups of a term and period, with what their awards add up to.
pub async fn sums(
    reader: &mut Reader,
    (program_id, term, period_day): (i64, i64, i64),
) -> Result<Vec<(Group, Sum)>, DbError> {
    let sql = format!("{GROUPS} AND program_id = $2 AND term = $3 AND period_day = $4");
    let of = args![reader.tenant(), program_id, term, period_day];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    Ok(rows.iter().map(group_of_row).collect())
}

/// How many awards of a term and period are near the next tier.
pub async fn near(
    reader: &mut Reader,
    (program_id, term, period_day): (i64, i64, i64),
) -> Result<i64, DbError> {
    let sql = "SELECT CAST(COALESCE(SUM(awards), 0) AS bigint) FROM award_sum \
               WHERE tenant_id = $1 AND program_id = $2 AND term = $3 AND period_day = $4 \
               AND near = 1";
    let row = reader.row(sql, args![reader.tenant(), program_id, term, period_day]).await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// Awards read at a time.
const AWARDS_PER_PAGE: i64 = 20_000;

/// Compares the sums with the awards: how many groups there are, and those that differ.
pub async fn check(reader: &mut Reader) -> Result<(usize, Vec<Group>), DbError> {
    let tenant = reader.tenant();
    let mut fresh: BTreeMap<Group, Sum> = BTreeMap::new();
    let mut after = (i64::MIN, i64::MIN, i64::MIN, i64::MIN, String::new());
    loop {
        let sql = format!(
            "SELECT {COUNTED} FROM award WHERE tenant_id = $1 \
             AND (program_id, partner_id, term, period_day, group_key) > ($2, $3, $4, $5, $6) \
             ORDER BY program_id, partner_id, term, period_day, group_key LIMIT {AWARDS_PER_PAGE}"
        );
        let of = args![tenant, after.0, after.1, after.2, after.3, after.4.as_str()];
        let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
        let Some(last) = rows.last() else { break };
        after = (last.int(0), last.int(1), last.int(2), last.int(3), last.string(4));
        for row in &rows {
            let (award, behind) = (Counted::of_row(row), behind_of(row));
            let sum = fresh.entry(award.group(behind)).or_insert(Sum::NOTHING);
            *sum = sum.plus(award.sum);
        }
    }
    let rows = reader.rows(GROUPS, args![tenant]).await?;
    let groups = rows.len();
    let mut differ: Vec<Group> = Vec::new();
    for (group, kept) in rows.iter().map(group_of_row) {
        if !fresh.remove(&group).is_some_and(|fresh| fresh.agrees(kept)) {
            differ.push(group);
        }
    }
    differ.extend(fresh.into_keys());
    Ok((groups, differ))
}

#[cfg(test)]
mod tests;
