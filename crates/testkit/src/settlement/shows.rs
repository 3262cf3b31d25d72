//! What a settlement says must show at its end: on statements, in the ledger, in the audit log.

use domain::case::plain;
use engine::access::Viewer;
use engine::audit::{self, Recorded};
use engine::db::Reader;
use engine::ledger;
use engine::office::Office;
use engine::papers::statement;
use rust_decimal::Decimal;

use super::{Shown, What};

/// What does not show, a line each.
pub async fn missing(office: &Office, shows: &[Shown]) -> Vec<String> {
    let mut reader = office.db().read().await.expect("a reader");
    let log = whole_log(&mut reader).await;
    let mut wrong = Vec::new();
    for shown in shows {
        let found = match &shown.what {
            What::Statements { partner, count, net, tax, total } => {
                statements(&mut reader, partner, (*count, [*net, *tax, *total])).await
            }
            What::Account { account, unit, amount } => {
                balance(&mut reader, account, unit, *amount).await
            }
            What::Audit { .. } => audited(&log, &shown.what),
        };
        wrong.extend(found.map(|text| format!("settlement, line {}: {text}", shown.line)));
    }
    wrong
}

async fn statements(
    reader: &mut Reader,
    partner: &str,
    (count, sums): (u32, [Decimal; 3]),
) -> Option<String> {
    let rows = statement::list(reader, Viewer::Vendor, None, i64::MAX).await.expect("statements");
    let own: Vec<_> =
        rows.iter().filter(|row| row.partner_code == partner && !row.is_void).collect();
    let is = [
        own.iter().map(|row| row.net).sum::<Decimal>(),
        own.iter().map(|row| row.tax).sum(),
        own.iter().map(|row| row.total).sum(),
    ];
    let same = own.len() == usize::try_from(count).unwrap_or(usize::MAX) && is == sums;
    let [net, tax, total] = is.map(plain);
    let (many, unit) = (own.len(), own.first().map_or("", |row| row.unit.as_str()));
    (!same).then(|| {
        format!("{partner} has {many} statements: net {net}, tax {tax}, total {total} {unit}")
    })
}

async fn balance(
    reader: &mut Reader,
    account: &str,
    unit: &str,
    amount: Decimal,
) -> Option<String> {
    let balances = ledger::balances(reader, None).await.expect("balances");
    let own = balances.iter().filter(|row| row.account == account && row.unit == unit);
    let is: Decimal = own.map(|row| row.debit - row.credit).sum();
    (is != amount).then(|| format!("`{account}` holds {} {unit}", plain(is)))
}

async fn whole_log(reader: &mut Reader) -> Vec<Recorded> {
    let mut log: Vec<Recorded> = Vec::new();
    loop {
        let older_than = log.last().map(|entry| entry.audit_id);
        let filter = audit::Filter { older_than, ..audit::Filter::default() };
        let page = audit::page(reader, &filter, audit::ENTRIES_PER_PAGE_MAX).await;
        let page = page.expect("entries");
        if page.is_empty() {
            return log;
        }
        log.extend(page);
    }
}

fn audited(log: &[Recorded], what: &What) -> Option<String> {
    let What::Audit { action, kind, of, by, times, before, after } = what else { return None };
    let is = |entry: &&Recorded| {
        (&entry.action, &entry.subject_kind) == (action, kind)
            && of.as_ref().is_none_or(|of| entry.subject_id == *of)
    };
    let found: Vec<&Recorded> = log.iter().filter(is).collect();
    let says = |side: Option<String>, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| side.is_some_and(|side| side.contains(wanted)))
    };
    let fits = |entry: &&&Recorded| {
        entry.actor_name == *by
            && says(entry.before.as_ref().map(ToString::to_string), before)
            && says(entry.after.as_ref().map(ToString::to_string), after)
    };
    let fitting = found.iter().filter(fits).count();
    (fitting != usize::try_from(*times).unwrap_or(usize::MAX)).then(|| {
        let entries: Vec<String> = found.iter().map(|entry| told(entry)).collect();
        format!(
            "`{action} {kind}` {fitting} times so, {} in all: {}",
            found.len(),
            entries.join("; ")
        )
    })
}

fn told(entry: &Recorded) -> String {
    let side = |side: &Option<_>| side.as_ref().map_or("-".to_owned(), ToString::to_string);
    let (before, after) = (side(&entry.before), side(&entry.after));
    format!("{} by {}, {before} -> {after}", entry.subject_id, entry.actor_name)
}
