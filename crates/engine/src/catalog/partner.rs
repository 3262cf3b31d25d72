//! Partners and their history.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::master::{Fields, Partner, PartnerState, Within};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::load::raise_version;
use super::shelf::Shelf;
use super::text::{from_json, merge, search_text, to_json};
use super::{Item, ItemRejection, Listing, Names, Page, Upserted, tree};
use crate::access::Actor;
use crate::audit::{self, Entry};
use crate::db::{Column, DbError, Reader, Row, Tx, args, date_of, days_of};
use crate::id::{Id, Kind};

/// A partner as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRow {
    pub partner_id: i64,
    pub id: String,
    pub code: String,
    pub names: Names,
    pub parent: Option<String>,
    pub fields: Fields,
    pub updated_at: Timestamp,
}

/// The name of the field that holds the parent's code.
const PARENT: &str = "parent";

/// From when the first state of a partner is.
pub(super) fn beginning() -> i64 {
    days_of(Date::MIN)
}

/// Creates and changes partners; changes hold from that day on.
pub async fn upsert_partners(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    from: Date,
    items: Vec<Item>,
) -> Result<Upserted, DbError> {
    let mut done = Upserted::default();
    let mut items = by_code(items);
    let codes: Vec<String> = items.keys().cloned().collect();
    let known = known_partners(tx, codes).await?;
    reject_circles(tx, &mut items, &known, &mut done).await?;

    let next_id = next_id(tx).await?;
    let (mut created, mut changed) = (Vec::new(), Vec::new());
    for item in items.into_values() {
        match known.get(&item.code) {
            None => created.push(new_partner(next_id + rows(created.len()), now, item)),
            Some(partner) => match change(partner, from, now, &item) {
                Some(change) => changed.push(change),
                None => done.unchanged += 1,
            },
        }
    }
    (done.created, done.changed) = (created.len(), changed.len());
    if created.is_empty() && changed.is_empty() {
        return Ok(done);
    }
    let mut entries = Vec::new();
    for partner in &created {
        entries.push(Entry::create("partner", &partner.code, audited(partner)));
    }
    for change in &changed {
        let (before, after) = (audited(&change.before), audited(&change.after));
        entries.push(Entry::change("partner", &change.after.code, before, after));
    }
    audit::append_many(tx, now, actor, entries).await?;
    insert(tx, now, created).await?;
    update(tx, now, changed).await?;
    raise_version(tx).await?;
    Ok(done)
}

/// A partner of the database with its whole history.
struct Known {
    row: PartnerRow,
    history: Vec<PartnerState>,
    within: Vec<Within>,
}

/// What becomes of a partner.
struct Change {
    before: PartnerRow,
    after: PartnerRow,
    /// The states that are new or other than before.
    states: Vec<PartnerState>,
    /// What is new or other within days.
    within: Vec<Within>,
}

/// One item for each code, in the order of codes; a later one adds to an earlier one.
pub(super) fn by_code(items: Vec<Item>) -> BTreeMap<String, Item> {
    let mut merged: BTreeMap<String, Item> = BTreeMap::new();
    for item in items {
        if let Some(earlier) = merged.get_mut(&item.code) {
            earlier.names.extend(item.names);
            earlier.fields.extend(item.fields);
        } else {
            merged.insert(item.code.clone(), item);
        }
    }
    merged
}

async fn known_partners(
    tx: &mut Tx,
    codes: Vec<String>,
) -> Result<HashMap<String, Known>, DbError> {
    let found = tx
        .lookup(
            "SELECT p.partner_id, p.public_id, p.code, p.names, p.parent_code, p.fields, \
             p.updated_at FROM {keys} CROSS JOIN partner p \
             WHERE p.tenant_id = k.tenant AND p.code = k.k1",
            args![],
            vec![Column::Text(codes)],
        )
        .await?;
    let mut known: HashMap<i64, Known> = found
        .iter()
        .map(partner_of)
        .map(|row| (row.partner_id, Known { row, history: Vec::new(), within: Vec::new() }))
        .collect();
    let ids: Vec<i64> = known.keys().copied().collect();
    let states = tx
        .lookup(
            "SELECT s.partner_id, s.from_day, s.fields FROM {keys} CROSS JOIN partner_state s \
             WHERE s.tenant_id = k.tenant AND s.partner_id = k.k1 ORDER BY s.partner_id, s.from_day",
            args![],
            vec![Column::Int(ids)],
        )
        .await?;
    for row in &states {
        if let Some(partner) = known.get_mut(&row.int(0)) {
            partner.history.push(state_of(row.int(1), row.text(2)));
        }
    }
    let ids: Vec<i64> = known.keys().copied().collect();
    let within = tx
        .lookup(
            "SELECT w.partner_id, w.day, w.after, w.fields FROM {keys} \
             CROSS JOIN partner_within w WHERE w.tenant_id = k.tenant AND w.partner_id = k.k1 \
             ORDER BY w.partner_id, w.day, w.after",
            args![],
            vec![Column::Int(ids)],
        )
        .await?;
    for row in &within {
        if let (Some(partner), Some(within)) = (known.get_mut(&row.int(0)), within_of(row, 1)) {
            partner.within.push(within);
        }
    }
    Ok(known.into_values().map(|partner| (partner.row.code.clone(), partner)).collect())
}

/// Takes out the items whose new parent would make them their own ancestor.
async fn reject_circles(
    tx: &mut Tx,
    items: &mut BTreeMap<String, Item>,
    known: &HashMap<String, Known>,
    done: &mut Upserted,
) -> Result<(), DbError> {
    let mut wanted = Vec::new();
    for item in items.values() {
        let had = known.get(&item.code).and_then(|partner| partner.row.parent.as_ref());
        if let Some(parent) = item.fields.get(PARENT) {
            let parent = Some(parent).filter(|parent| !parent.is_empty());
            if had != parent {
                wanted.push((item.code.clone(), parent.cloned()));
            }
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    for code in tree::circles(tx, &wanted).await? {
        if let Some(item) = items.remove(&code) {
            let parent = item.fields.get(PARENT).cloned().unwrap_or_default();
            let rejection = ItemRejection::OwnAncestor { code: code.clone(), parent };
            done.rejected.push((code, rejection));
        }
    }
    done.rejected.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(())
}

async fn next_id(tx: &mut Tx) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let next = tx
        .row(
            "SELECT coalesce(max(partner_id), 0) + 1 FROM partner WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    Ok(next.map_or(1, |row| row.int(0)))
}

fn new_partner(partner_id: i64, now: Timestamp, item: Item) -> PartnerRow {
    let (mut names, mut fields) = (Names::new(), Fields::new());
    merge(&mut names, &item.names);
    merge(&mut fields, &item.fields);
    PartnerRow {
        partner_id,
        id: Id::new(Kind::Partner, now).into(),
        code: item.code,
        names,
        parent: fields.get(PARENT).cloned(),
        fields,
        updated_at: now,
    }
}

/// What the item changes of the partner from that day on; `None` if nothing.
fn change(known: &Known, from: Date, now: Timestamp, item: &Item) -> Option<Change> {
    let mut names = known.row.names.clone();
    merge(&mut names, &item.names);
    let partner = Partner::from_states(known.history.clone())?;
    let mut partner = partner.with_within(known.within.clone());
    // A day on which nothing becomes different is not worth a state.
    let differs = |fields: &Fields| {
        let mut merged = fields.clone();
        merge(&mut merged, &item.fields);
        merged != *fields
    };
    let mut later = known.history.iter().filter(|state| state.from.is_some_and(|day| from < day));
    let changes = differs(partner.on(from)) || later.any(|state| differs(&state.fields));
    if changes {
        partner.set(from, &item.fields);
    }
    became(known, names, &partner, now)
}

/// A partner that has these names and states now; `None` if it had them before.
fn became(known: &Known, names: Names, partner: &Partner, now: Timestamp) -> Option<Change> {
    let said = |fields: &Fields| {
        let mut said = fields.clone();
        said.retain(|_, value| !value.is_empty());
        said
    };
    let states = partner.states().iter();
    let states = states.map(|it| PartnerState { from: it.from, fields: said(&it.fields) });
    let states: Vec<PartnerState> = states.filter(|it| !known.history.contains(it)).collect();
    let within = partner.within().iter();
    let within = within.map(|it| Within { fields: said(&it.fields), ..it.clone() });
    let within: Vec<Within> = within.filter(|it| !known.within.contains(it)).collect();
    if names == known.row.names && states.is_empty() && within.is_empty() {
        return None;
    }
    let mut fields = partner.now().clone();
    fields.retain(|_, value| !value.is_empty());
    let after = PartnerRow {
        names,
        parent: fields.get(PARENT).cloned(),
        fields,
        updated_at: now,
        ..known.row.clone()
    };
    Some(Change { before: known.row.clone(), after, states, within })
}

async fn insert(tx: &mut Tx, now: Timestamp, created: Vec<PartnerRow>) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let states: Vec<(i64, PartnerState)> = created
        .iter()
        .map(|row| (row.partner_id, PartnerState { from: None, fields: row.fields.clone() }))
        .collect();
    write_rows(tx, tenant, now, created, "").await?;
    write_states(tx, tenant, states).await
}

async fn update(tx: &mut Tx, now: Timestamp, changed: Vec<Change>) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let (mut rows, mut states, mut within) = (Vec::new(), Vec::new(), Vec::new());
    for change in changed {
        let partner_id = change.after.partner_id;
        states.extend(change.states.into_iter().map(|state| (partner_id, state)));
        within.extend(change.within.into_iter().map(|within| (partner_id, within)));
        rows.push(change.after);
    }
    let replace = "ON CONFLICT (tenant_id, partner_id) DO UPDATE SET names = excluded.names, \
                   parent_code = excluded.parent_code, fields = excluded.fields, \
                   search = excluded.search, updated_at = excluded.updated_at";
    write_rows(tx, tenant, now, rows, replace).await?;
    write_within(tx, tenant, within).await?;
    write_states(tx, tenant, states).await
}

async fn write_rows(
    tx: &mut Tx,
    tenant: i64,
    now: Timestamp,
    rows: Vec<PartnerRow>,
    conflict: &'static str,
) -> Result<(), DbError> {
    let of = |text: fn(&PartnerRow) -> String| Column::Text(rows.iter().map(text).collect());
    let columns = [
        ("tenant_id", Column::same(tenant)),
        ("partner_id", Column::Int(rows.iter().map(|row| row.partner_id).collect())),
        ("public_id", of(|row| row.id.clone())),
        ("code", of(|row| row.code.clone())),
        ("names", of(|row| to_json(&row.names))),
        ("parent_code", Column::OptText(rows.iter().map(|row| row.parent.clone()).collect())),
        ("fields", of(|row| to_json(&row.fields))),
        ("search", of(|row| search_text(&row.code, &row.names))),
        ("created_at", Column::same(now)),
        ("updated_at", Column::same(now)),
    ];
    let (names, data): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    tx.insert_many("partner", &names, data, conflict).await.map(|_| ())
}

async fn write_states(
    tx: &mut Tx,
    tenant: i64,
    states: Vec<(i64, PartnerState)>,
) -> Result<(), DbError> {
    let (mut ids, mut days, mut fields) = (Vec::new(), Vec::new(), Vec::new());
    for (partner_id, state) in states {
        ids.push(partner_id);
        days.push(state.from.map_or_else(beginning, days_of));
        fields.push(to_json(&state.fields));
    }
    tx.insert_many(
        "partner_state",
        &["tenant_id", "partner_id", "from_day", "fields"],
        vec![Column::same(tenant), Column::Int(ids), Column::Int(days), Column::Text(fields)],
        "ON CONFLICT (tenant_id, partner_id, from_day) DO UPDATE SET fields = excluded.fields",
    )
    .await
    .map(|_| ())
}

async fn write_within(tx: &mut Tx, tenant: i64, within: Vec<(i64, Within)>) -> Result<(), DbError> {
    if within.is_empty() {
        return Ok(());
    }
    let data = vec![
        Column::same(tenant),
        Column::Int(within.iter().map(|(id, _)| *id).collect()),
        Column::Int(within.iter().map(|(_, it)| days_of(it.day)).collect()),
        Column::Int(within.iter().map(|(_, it)| it.after.as_microsecond()).collect()),
        Column::Text(within.iter().map(|(_, it)| to_json(&it.fields)).collect()),
    ];
    tx.insert_many(
        "partner_within",
        &["tenant_id", "partner_id", "day", "after", "fields"],
        data,
        "ON CONFLICT (tenant_id, partner_id, day, after) DO UPDATE SET fields = excluded.fields",
    )
    .await
    .map(|_| ())
}

/// What something recorded made of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub partner: String,
    /// For facts of that day that were recorded after, and of all later ones; `None`: always, as
    /// far as nothing else was said.
    pub since: Option<(Date, Timestamp)>,
    pub fields: Fields,
}

/// Partners moved, in this order. Says which of them are not what they were.
pub async fn move_partners(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    moved: &[Moved],
) -> Result<Vec<i64>, DbError> {
    let codes: BTreeSet<&str> = moved.iter().map(|it| it.partner.as_str()).collect();
    let known = known_partners(tx, codes.iter().map(ToString::to_string).collect()).await?;
    let (mut changed, mut entries) = (Vec::new(), Vec::new());
    for code in codes {
        let Some(known) = known.get(code) else { continue };
        let Some(partner) = Partner::from_states(known.history.clone()) else { continue };
        let mut partner = partner.with_within(known.within.clone());
        for it in moved.iter().filter(|it| it.partner == code) {
            match it.since {
                Some((day, after)) => partner.set_after(day, after, &it.fields),
                None => partner.set_always(&it.fields),
            }
        }
        if let Some(change) = became(known, known.row.names.clone(), &partner, now) {
            let (before, after) = (audited(&change.before), audited(&change.after));
            entries.push(Entry::change("partner", code, before, after));
            changed.push(change);
        }
    }
    let ids = changed.iter().map(|change| change.after.partner_id).collect();
    if !changed.is_empty() {
        audit::append_many(tx, now, actor, entries).await?;
        update(tx, now, changed).await?;
        raise_version(tx).await?;
    }
    Ok(ids)
}

/// What a partner was within a day, from a column on.
pub(super) fn within_of(row: &Row, first: usize) -> Option<Within> {
    let after = Timestamp::from_microsecond(row.int(first + 1)).ok()?;
    Some(Within { day: date_of(row.int(first))?, after, fields: from_json(row.text(first + 2)) })
}

fn audited(partner: &PartnerRow) -> Value {
    json!({"names": partner.names, "fields": partner.fields})
}

const SHELF: Shelf<PartnerRow> = Shelf {
    table: "partner",
    columns: "partner_id, public_id, code, names, parent_code, fields, updated_at",
    read: partner_of,
};

/// A page of partners by code.
pub async fn partners(reader: &mut Reader, listing: &Listing) -> Result<Page<PartnerRow>, DbError> {
    SHELF.page(reader, listing).await
}

/// The partner with that code.
pub async fn partner_by_code(
    reader: &mut Reader,
    code: &str,
) -> Result<Option<PartnerRow>, DbError> {
    SHELF.one(reader, "code = $2", code).await
}

/// The partner with that id of the database.
pub async fn partner_by_id(
    reader: &mut Reader,
    partner_id: i64,
) -> Result<Option<PartnerRow>, DbError> {
    SHELF.one(reader, "partner_id = $2", partner_id).await
}

/// The partner with that public id.
pub async fn partner_by_public_id(
    reader: &mut Reader,
    id: &str,
) -> Result<Option<PartnerRow>, DbError> {
    SHELF.one(reader, "public_id = $2", id).await
}

/// The codes of all partners.
pub async fn partner_codes(reader: &mut Reader) -> Result<BTreeSet<String>, DbError> {
    let tenant = reader.tenant();
    let rows = reader.rows("SELECT code FROM partner WHERE tenant_id = $1", args![tenant]).await?;
    Ok(rows.iter().map(|row| row.string(0)).collect())
}

/// The partners whose parent is that one, by code.
pub async fn children_of(reader: &mut Reader, code: &str) -> Result<Vec<PartnerRow>, DbError> {
    SHELF.all(reader, "parent_code = $2", code).await
}

/// What a partner was and from when, oldest first.
pub async fn partner_history(
    reader: &mut Reader,
    partner_id: i64,
) -> Result<Vec<PartnerState>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT from_day, fields FROM partner_state \
             WHERE tenant_id = $1 AND partner_id = $2 ORDER BY from_day",
            args![tenant, partner_id],
        )
        .await?;
    Ok(rows.iter().map(|row| state_of(row.int(0), row.text(1))).collect())
}

pub(super) fn state_of(from_day: i64, fields: &str) -> PartnerState {
    let from = if from_day == beginning() { None } else { date_of(from_day) };
    PartnerState { from, fields: from_json(fields) }
}

fn partner_of(row: &Row) -> PartnerRow {
    PartnerRow {
        partner_id: row.int(0),
        id: row.string(1),
        code: row.string(2),
        names: from_json(row.text(3)),
        parent: row.opt_string(4),
        fields: from_json(row.text(5)),
        updated_at: row.instant(6),
    }
}

pub(super) fn rows(count: usize) -> i64 {
    i64::try_from(count).expect("a batch in memory is countable")
}
