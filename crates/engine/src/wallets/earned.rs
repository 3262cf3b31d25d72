//! What terms credit: points, vouchers and badges follow the awards.
//!
//! # Promises
//!
//! * A reconciler: what was credited is compared with what awards give now, and only the difference
//!   reaches the book. A second run credits nothing.
//! * Credits come in the order in which their facts were recorded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::booking::{Outcome, credited};
use domain::code::{FactKey, PartnerCode};
use domain::period::Period;
use domain::plan::Rule;
use domain::program::Settle;
use domain::totals::Group;
use domain::wallet::{Book, HeldAward, award_asks_for};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::slice::{self, Kept, Wanted};
use super::{Active, WalletError, tiers};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Row, Tx, date_of};
use crate::journal;
use crate::rules::Rules;
use crate::totals::{Groups, Stale, award_keys};

/// What an award has credited.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Credited {
    of: Stale,
    group_key: String,
    payee_id: i64,
    wallet_id: i64,
    /// The key of the credit.
    award: String,
    unit: String,
    /// What its lots go by.
    name: String,
    amount: Decimal,
    /// The moment of its fact, of which promotions ask.
    happened: Option<DateTime>,
}

/// The newest rule of a term, if it pays in something that wallets hold.
fn paying(rules: &Rules, program_id: i64, term: i64) -> Option<&Rule> {
    let plan = &rules.plans[rules.position(program_id)?];
    let term = usize::try_from(term).ok()?;
    let rule = plan.versions.iter().rev().find_map(|it| it.rules.get(term)?.as_ref())?;
    rule.term.reward.is_held().then_some(rule)
}

/// Whether a term pays in something that wallets hold: no payout says it.
pub fn pays_into(rules: &Rules, program_id: i64, term: i64) -> bool {
    paying(rules, program_id, term).is_some()
}

/// When a term that pays in something that wallets hold credits it, in all its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credits {
    /// As soon as it is earned: what wallets were told is all that is kept of it.
    AtOnce,
    /// With the close of a period: what is due and was booked counts.
    WithClose,
    /// At once in some versions: awards of theirs were never booked.
    Both,
}

/// Nothing of a term that pays in money.
pub(crate) fn credits(rules: &Rules, program_id: i64, term: i64) -> Option<Credits> {
    paying(rules, program_id, term)?;
    let plan = &rules.plans[rules.position(program_id)?];
    let term = usize::try_from(term).ok()?;
    let own = plan.versions.iter().filter_map(|version| version.rules.get(term)?.as_ref());
    let (at_once, later): (Vec<_>, Vec<_>) =
        own.map(|rule| rule.term.settle).partition(|settle| *settle == Settle::AtOnce);
    Some(match (at_once.is_empty(), later.is_empty()) {
        (_, true) => Credits::AtOnce,
        (true, false) => Credits::WithClose,
        (false, false) => Credits::Both,
    })
}

/// Brings wallets to what these awards give now. Those that pay in money are left alone. Of some
/// marks only `groups` were evaluated.
pub(crate) async fn follow(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (outcomes, groups): (&[(Stale, Option<Outcome>)], &Groups),
) -> Result<usize, WalletError> {
    let paying: Vec<(&Stale, Option<&Outcome>, &Rule)> = outcomes
        .iter()
        .filter_map(|(of, outcome)| {
            Some((of, outcome.as_ref(), paying(rules, of.program_id, of.term)?))
        })
        .collect();
    if paying.is_empty() {
        return Ok(0);
    }
    let marks: Vec<Stale> = paying.iter().map(|(of, ..)| **of).collect();
    let mut wanted: Vec<(Credited, &Rule)> = Vec::new();
    for (of, outcome, rule) in &paying {
        let all = credited_by(rules, master, of, *outcome, rule);
        wanted.extend(all.into_iter().map(|credited| (credited, *rule)));
    }
    let facts: Vec<FactKey> = wanted.iter().filter_map(|(it, _)| fact_of(it)).collect();
    let mut facts = journal::times_of(tx, &facts).await?;
    for (credited, _) in &mut wanted {
        let times = fact_of(credited).and_then(|key| facts.get(&key));
        credited.happened = times.map(|(at, _)| *at);
    }
    let mut before = stored(tx, &marks, groups).await?;
    let gone: Vec<FactKey> = before.values().filter_map(fact_of).collect();
    let gone: Vec<FactKey> = gone.into_iter().filter(|key| !facts.contains_key(key)).collect();
    facts.extend(journal::times_of(tx, &gone).await?);
    let mut changes: Vec<(Credited, &Rule)> = Vec::new();
    for (wanted, rule) in wanted {
        let key = (wanted.of, wanted.group_key.clone(), wanted.payee_id);
        let was = before.remove(&key);
        let is_same = was.as_ref().map_or(wanted.amount.is_zero(), |was| {
            was.amount == wanted.amount && was.happened == wanted.happened
        });
        if !is_same {
            changes.push((wanted, rule));
        }
    }
    // What is not given any more.
    for (_, credited) in before {
        let rule = paying.iter().find(|(of, ..)| **of == credited.of).map(|(.., rule)| rule);
        if let Some(rule) = rule.filter(|_| !credited.amount.is_zero()) {
            changes.push((Credited { amount: Decimal::ZERO, ..credited }, rule));
        }
    }
    let mut postings = 0;
    for of in &rules.wallets {
        let own: Vec<&(Credited, &Rule)> =
            changes.iter().filter(|(credited, _)| credited.wallet_id == of.wallet_id).collect();
        if !own.is_empty() {
            postings += credit(tx, rules, master, now, (of, &own, &facts)).await?;
        }
    }
    let rows: Vec<Credited> = changes.into_iter().map(|(credited, _)| credited).collect();
    store(tx, &rows).await?;
    Ok(postings)
}

/// What an award gives now, to each who is paid of it.
fn credited_by(
    rules: &Rules,
    master: &MasterData,
    of: &Stale,
    outcome: Option<&Outcome>,
    rule: &Rule,
) -> Vec<Credited> {
    let there = || {
        let at = rules.position(of.program_id)?;
        let earner = master.partner_code(of.partner_id)?;
        let unit = rule.term.reward.held_unit()?;
        let wallet = rules.wallets.iter().find(|it| it.wallet.pays(&rule.term.reward))?;
        Some((at, earner, unit, wallet))
    };
    let (Some(outcome), Some((at, earner, unit, wallet))) = (outcome, there()) else {
        return Vec::new();
    };
    let plan = &rules.plans[at];
    let (program, term) = (&plan.code, &rule.term.code);
    let mut all: BTreeMap<(Group, PartnerCode), Decimal> = BTreeMap::new();
    for (group, payee, amount) in credited(outcome, rule, earner, &rules.closes[at]) {
        *all.entry((group, payee)).or_default() += amount;
    }
    let Period { name: period, .. } = &outcome.period;
    let one = |((group, payee), amount): ((Group, PartnerCode), Decimal)| {
        let values: Vec<String> = group.values().map(|(n, v)| format!("{n}={v}")).collect();
        let values = values.join(",");
        Some(Credited {
            of: *of,
            payee_id: master.partner_id(payee.as_str())?,
            wallet_id: wallet.wallet_id,
            award: format!("{program}/{term}/{period}/{earner}/{payee}/{values}"),
            unit: unit.to_owned(),
            name: match group.get("fact") {
                Some(fact) => fact.to_owned(),
                None => format!("{program}/{term}/{period}"),
            },
            group_key: group.as_str().to_owned(),
            amount,
            happened: None,
        })
    };
    all.into_iter().filter_map(one).collect()
}

/// Tells the book of one wallet.
async fn credit(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (of, changes, facts): (
        &Active,
        &[&(Credited, &Rule)],
        &HashMap<FactKey, (DateTime, Timestamp)>,
    ),
) -> Result<usize, WalletError> {
    let payees = changes.iter().filter_map(|(it, _)| master.partner_code(it.payee_id).cloned());
    let bearers = |rule: &Rule| rule.term.reward.bearers().to_vec();
    let names = changes.iter().flat_map(|(it, rule)| award_asks_for(&it.award, &bearers(rule)));
    let wanted = Wanted { owners: payees.collect(), names: names.collect(), ..Wanted::default() };
    let today = of.wallet.time_zone.to_datetime(now);
    // Vouchers and lots are numbered and laid in the order in which their facts were recorded.
    let mut order: Vec<(Option<Timestamp>, &Credited, HeldAward)> = changes
        .iter()
        .filter_map(|change| {
            let times = fact_of(&change.0).and_then(|key| facts.get(&key).copied());
            let (on, recorded) = times.unzip();
            Some((recorded, &change.0, held(rules, master, change, on, today)?))
        })
        .collect();
    order.sort_by(|(a, one, _), (b, other, _)| (a, &one.award).cmp(&(b, &other.award)));
    let award_all = |book: &mut Book| {
        for (_, credited, award) in &order {
            let key: Arc<str> = Arc::from(credited.award.as_str());
            book.award(&key, award, credited.amount);
        }
        book.rank();
    };
    let (slice, ()) = slice::doing(tx, of, master, now, wanted, award_all).await?;
    let kept: Kept = slice.keep(tx, master, now).await?;
    let postings = kept.postings;
    tiers::carry(tx, rules, of, now, kept).await?;
    Ok(postings)
}

fn fact_of(credited: &Credited) -> Option<FactKey> {
    Group::from_stored(&credited.group_key).get("fact").map(FactKey::new)
}

/// What the book is told of an award.
fn held(
    rules: &Rules,
    master: &MasterData,
    (of, rule): &(Credited, &Rule),
    fact: Option<DateTime>,
    today: DateTime,
) -> Option<HeldAward> {
    let plan = &rules.plans[rules.position(of.of.program_id)?];
    let calendar = &plan.terms.get(usize::try_from(of.of.term).ok()?)?.calendar;
    let period = calendar.containing(date_of(of.of.period_day)?);
    let at = fact.ok_or_else(|| period.map_or(Date::MAX, |period| period.end));
    let name: Arc<str> = Arc::from(of.name.as_str());
    Some(HeldAward::of(&rule.term, master.partner_code(of.payee_id)?, (name, today), at))
}

type Of = (Stale, String, i64);

/// What these awards have credited so far.
async fn stored(
    tx: &mut Tx,
    marks: &[Stale],
    groups: &Groups,
) -> Result<BTreeMap<Of, Credited>, DbError> {
    let rows = tx
        .lookup(
            "SELECT a.program_id, a.partner_id, a.term, a.period_day, a.group_key, a.payee_id, \
             a.wallet_id, a.award, a.unit, a.name, a.amount, a.happened \
             FROM {keys} CROSS JOIN wallet_award a \
             WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
             AND a.term = k.k3 AND a.period_day = k.k4 AND a.group_key >= k.k5 \
             AND a.group_key <= k.k6",
            args![],
            award_keys(marks, groups),
        )
        .await?;
    let credited = |row: &Row| Credited {
        of: Stale {
            program_id: row.int(0),
            partner_id: row.int(1),
            term: row.int(2),
            period_day: row.int(3),
        },
        group_key: row.string(4),
        payee_id: row.int(5),
        wallet_id: row.int(6),
        award: row.string(7),
        unit: row.string(8),
        name: row.string(9),
        amount: row.text(10).parse().unwrap_or_default(),
        happened: row.opt_string(11).and_then(|at| at.parse().ok()),
    };
    let keyed = |it: Credited| ((it.of, it.group_key.clone(), it.payee_id), it);
    Ok(rows.iter().map(credited).map(keyed).collect())
}

async fn store(tx: &mut Tx, rows: &[Credited]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let int = |read: fn(&Credited) -> i64| Column::Int(rows.iter().map(read).collect());
    let text = |read: fn(&Credited) -> String| Column::Text(rows.iter().map(read).collect());
    let data = vec![
        Column::same(tx.tenant()),
        int(|it| it.of.program_id),
        int(|it| it.of.partner_id),
        int(|it| it.of.term),
        int(|it| it.of.period_day),
        text(|it| it.group_key.clone()),
        int(|it| it.payee_id),
        int(|it| it.wallet_id),
        text(|it| it.award.clone()),
        text(|it| it.unit.clone()),
        text(|it| it.name.clone()),
        text(|it| it.amount.normalize().to_string()),
        Column::OptText(rows.iter().map(|it| it.happened.map(|at| at.to_string())).collect()),
    ];
    tx.insert_many(
        "wallet_award",
        &[
            "tenant_id",
            "program_id",
            "partner_id",
            "term",
            "period_day",
            "group_key",
            "payee_id",
            "wallet_id",
            "award",
            "unit",
            "name",
            "amount",
            "happened",
        ],
        data,
        "ON CONFLICT (tenant_id, program_id, partner_id, term, period_day, group_key, payee_id) \
         DO UPDATE SET amount = excluded.amount, happened = excluded.happened",
    )
    .await?;
    Ok(())
}

/// Partners did something on days: what ends by activity ends later.
pub(crate) async fn were_active(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    days: &BTreeMap<PartnerCode, jiff::civil::Date>,
) -> Result<(), WalletError> {
    for of in &rules.wallets {
        if days.is_empty() || !of.wallet.looks_at_activity() {
            continue;
        }
        let owners: BTreeSet<PartnerCode> = days.keys().cloned().collect();
        let wanted = Wanted { owners, ..Wanted::default() };
        let act = |book: &mut Book| {
            for (partner, day) in days {
                book.is_active(partner, *day);
            }
        };
        let (slice, ()) = slice::doing(tx, of, master, now, wanted, act).await?;
        let kept = slice.keep(tx, master, now).await?;
        tiers::carry(tx, rules, of, now, kept).await?;
    }
    Ok(())
}
