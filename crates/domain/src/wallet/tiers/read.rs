//! Tier groups and benefits out of the text of a wallet.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::keys::{BENEFIT, BY, GIVES, NEGATIVE, TIER, TIER_GROUP};
use super::{Downgrade, TierGroup, TierRow, hidden, is_hidden};
use crate::case::ProgramSource;
use crate::case::keys::PARTNER;
use crate::condition::{Declared, FieldType};
use crate::evaluate::is_amount;
use crate::program::Span;
use crate::reader::{Fields, Reader};
use crate::wallet::benefits::{Benefit, Gives, Occasion};
use crate::wallet::dates::{Recurring, Starts};
use crate::wallet::keys::RESET;
use crate::wallet::ledger::Unit;
use crate::wallet::model::{Negative, Wallet};
use crate::wallet::read::{by_name, has_open_value, recurring, span};
use crate::yaml::Node;

mod total;

/// Reads what a wallet declares of tiers, once its points are read.
pub(in crate::wallet) fn declare(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    programs: &[ProgramSource],
    wallet: &mut Wallet,
) {
    for code in wallet.points.keys().filter(|code| is_hidden(code)) {
        let help = "give it a code that begins with a letter";
        reader.error(fields.at("points"), format!("`{code}` is no name of points"), help);
    }
    wallet.benefits = by_name(reader, fields, "benefits", benefit);
    for (code, benefit) in &wallet.benefits {
        if let Gives::Voucher(voucher) = &benefit.gives {
            known_voucher(reader, fields, wallet, (voucher, code));
        }
        if let Gives::Fund(fund, _) = &benefit.gives
            && !wallet.funds.contains_key(fund)
        {
            reader.error(
                fields.at("benefits"),
                format!("unknown fund `{fund}` of benefit `{code}`"),
                "declare it under `funds`, or correct its name",
            );
        }
        let Gives::Points(unit, amount) = &benefit.gives else { continue };
        let Some(currency) = wallet.points.get(unit) else {
            reader.error(
                fields.at("benefits"),
                format!("unknown point currency `{unit}` of benefit `{code}`"),
                "declare it under `points`, or correct its name",
            );
            continue;
        };
        if currency.decimals < amount.normalize().scale() {
            reader.error(
                fields.at("benefits"),
                format!("benefit `{code}` gives {amount} of `{unit}`, which has fewer decimals"),
                "write an amount with the decimals of the currency",
            );
        }
    }
    let declared = Declared { fields: all_fields(reader, programs), ..Declared::default() };
    let is_open = programs.iter().any(|source| matches!(source, ProgramSource::Path { .. }));
    let groups = by_name(reader, fields, "tier_groups", |r, code, node| {
        tier_group(r, code, node, &declared, is_open)
    });
    for (code, (mut group, window)) in groups {
        if group.total.is_some() {
            let currency = total::currency(&group.by, window, group.period);
            wallet.points.insert(group.by.clone(), currency);
        } else if let Some(currency) = wallet.points.get(&group.by) {
            group.period = group.period.or(currency.reset);
        } else {
            reader.error(
                fields.at("tier_groups"),
                format!("unknown point currency `{}` of tier group `{code}`", group.by),
                "declare it under `points`, or correct its name",
            );
        }
        if group.period.is_none() && !group.grace.is_nothing() {
            let message = format!("`grace` of tier group `{code}`, which has no period");
            reader.error(fields.at("tier_groups"), message, "add `period`, or remove `grace`");
        }
        for benefit in group.rows.iter().flat_map(|row| &row.benefits) {
            if !wallet.benefits.contains_key(benefit) {
                reader.error(
                    fields.at("tier_groups"),
                    format!("unknown benefit `{benefit}` of tier group `{code}`"),
                    "declare it under `benefits`, or correct its name",
                );
            }
        }
        wallet.tier_groups.insert(code, group);
    }
    limits_by_tier(reader, fields, wallet);
}

/// The fields that the case and its programs declare.
fn all_fields(reader: &Reader<'_>, programs: &[ProgramSource]) -> BTreeMap<String, FieldType> {
    let mut fields = reader.declared.fields.clone();
    for source in programs {
        if let ProgramSource::Inline(program) = source {
            fields.extend(program.fields.clone());
        }
    }
    fields
}

/// What a window of a total is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Window {
    Period,
    Program,
    Back(Span),
}

fn tier_group(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
    declared: &Declared,
    is_open: bool,
) -> Option<(TierGroup, Window)> {
    let fields = reader.fields(node, "a tier group", TIER_GROUP)?;
    let downgrades = [
        ("by_balance", Downgrade::ByBalance),
        ("one_down", Downgrade::OneDown),
        ("none", Downgrade::None),
    ];
    let by = reader.needed(&fields, "by", |r, _, node| by(r, code, node, declared));
    let rows = reader.needed(&fields, "tiers", rows);
    let period = reader.maybe(&fields, "period", period);
    let sets = reader.maybe(&fields, "sets", |r, k, n| sets(r, k, n, declared, is_open));
    let (by, program, window) = by?;
    let group = TierGroup {
        code: code.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        by,
        total: program.map(Box::new),
        rows: rows?,
        period,
        grace: reader.maybe(&fields, "grace", span).unwrap_or(Span { months: 0, days: 0 }),
        downgrade: reader
            .maybe(&fields, "downgrade", |r, k, n| r.word(k, n, &downgrades))
            .unwrap_or(Downgrade::ByBalance),
        sets,
    };
    Some((group, window))
}

/// The currency whose balance is the figure, and what credits it if that is a total.
fn by(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
    declared: &Declared,
) -> Option<(Unit, Option<crate::program::Program>, Window)> {
    let fields = reader.fields(node, "`by`", BY)?;
    match (fields.get("points"), fields.get("total")) {
        (Some(points), None) => {
            for word in fields.among(&["when", "window"]) {
                let help = "write `total` for a figure of facts, or leave it out";
                reader.error(fields.at(word), format!("`{word}` beside `points`"), help);
            }
            let points = reader.code("points", points)?;
            Some((Arc::from(points), None, Window::Period))
        }
        (None, Some(total)) => {
            let window = reader.maybe(&fields, "window", window).unwrap_or(Window::Period);
            let program = total::program(reader, code, total, fields.get("when"), declared)?;
            Some((Arc::from(hidden(code)), Some(program), window))
        }
        _ => {
            let help = "write `by: { points: MILES }`, or `by: { total: sum(amount) }`";
            reader.error(fields.at, "`by` has `points` or `total`", help);
            None
        }
    }
}

fn window(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Window> {
    match node.text() {
        Some("period") => Some(Window::Period),
        Some("program") => Some(Window::Program),
        _ => span(reader, key, node).map(Window::Back),
    }
}

/// As a reset, and besides from each rise.
fn period(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Recurring> {
    if node.get("from").and_then(Node::text) != Some("upgrade") {
        return recurring(reader, key, node);
    }
    let fields = reader.fields(node, &format!("`{key}`"), RESET)?;
    let every = reader.needed(&fields, "every", span)?;
    if every.is_nothing() {
        reader.error(fields.at("every"), "`every` is no time at all", "write `every: 1 year`");
    }
    Some(Recurring { every, from: Starts::Upgrade })
}

fn rows(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Vec<TierRow>> {
    let rows = reader.list(key, node, |reader, _, node| row(reader, node))?;
    if node.list().is_some_and(<[Node]>::is_empty) {
        reader.error(node.at, "`tiers` is empty", "add `{ tier: member, from: 0 }`");
        return None;
    }
    for (place, (lower, upper)) in rows.iter().zip(rows.iter().skip(1)).enumerate() {
        let at = node.list().and_then(|items| items.get(place + 1)).map_or(node.at, |it| it.at);
        if (upper.from, upper.is_above) <= (lower.from, lower.is_above) {
            let message = format!("tier `{}` does not ascend", upper.tier);
            reader.error(at, message, "write tiers from the lowest to the highest");
        }
        if rows.iter().take(place + 1).any(|row| row.tier == upper.tier) {
            let message = format!("two tiers are called `{}`", upper.tier);
            reader.error(at, message, "give each a code of its own");
        }
    }
    Some(rows)
}

fn row(reader: &mut Reader<'_>, node: &Node) -> Option<TierRow> {
    let fields = reader.fields(node, "a tier", TIER)?;
    let tier = reader.needed(&fields, "tier", Reader::code)?;
    if tier == "none" {
        let help = "give it another code";
        reader.error(fields.at("tier"), "`none` is the word for no tier", help);
    }
    let (from, above) = (fields.get("from"), fields.get("above"));
    let (threshold, is_above) = match (from, above) {
        (Some(from), None) => (reader.number("from", from)?, false),
        (None, Some(above)) => (reader.number("above", above)?, true),
        _ => {
            let help = "write `from: 600`, or `above: 600` if the threshold itself is too little";
            reader.error(fields.at, "a tier has `from` or `above`", help);
            return None;
        }
    };
    let benefits = reader.maybe(&fields, "benefits", |r, k, n| r.list(k, n, Reader::code));
    Some(TierRow {
        tier: Arc::from(tier),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        colour: reader.maybe(&fields, "colour", Reader::text),
        from: threshold,
        is_above,
        benefits: benefits.unwrap_or_default().into_iter().map(Arc::from).collect(),
    })
}

/// `partner.level`, or a declared field of partners.
fn sets(
    reader: &mut Reader<'_>,
    key: &str,
    node: &Node,
    declared: &Declared,
    is_open: bool,
) -> Option<String> {
    const BUILT_IN: [&str; 3] = ["region", "segment", "level"];
    debug_assert!(BUILT_IN.iter().all(|field| PARTNER.contains(field)));
    let path = reader.text(key, node)?;
    let name = path.strip_prefix("partner.").filter(|name| !name.is_empty());
    let fits = name.is_some_and(|name| {
        BUILT_IN.contains(&name)
            || declared.fields.get(&path) == Some(&FieldType::Text)
            || (is_open && !declared.fields.contains_key(&path) && !PARTNER.contains(&name))
    });
    if fits {
        return name.map(str::to_owned);
    }
    reader.error(
        node.at,
        format!("`{path}` is no attribute that can carry a tier"),
        "write `partner.level`, `partner.segment`, `partner.region`, or declare a field as `text`",
    );
    None
}

/// A voucher that a benefit gives is declared, and says what it is worth.
fn known_voucher(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    wallet: &Wallet,
    (voucher, benefit): (&Unit, &Unit),
) {
    let message = if !wallet.vouchers.contains_key(voucher) {
        format!("unknown voucher `{voucher}` of benefit `{benefit}`")
    } else if has_open_value(wallet, voucher) {
        format!("voucher `{voucher}` of benefit `{benefit}` has an open value")
    } else {
        return;
    };
    reader.error(fields.at("benefits"), message, "declare it, or correct its name");
}

fn benefit(reader: &mut Reader<'_>, code: &Unit, node: &Node) -> Option<Benefit> {
    let fields = reader.fields(node, "a benefit", BENEFIT)?;
    let occasions =
        [("assign", Occasion::Assign), ("renew", Occasion::Renew), ("lapse", Occasion::Lapse)];
    let on = reader.maybe(&fields, "on", |reader, key, node| {
        if node.list().is_some() {
            reader.list(key, node, |r, k, n| r.word(k, n, &occasions))
        } else {
            reader.word(key, node, &occasions).map(|one| vec![one])
        }
    });
    let gives = reader.needed(&fields, "gives", gives);
    Some(Benefit {
        code: code.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        on: on.unwrap_or_else(|| vec![Occasion::Assign]),
        gives: gives?,
    })
}

fn gives(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Gives> {
    let fields = reader.fields(node, &format!("`{key}`"), GIVES)?;
    let amount = reader.maybe(&fields, "amount", Reader::number);
    match fields.among(&["entitlement", "access", "voucher", "points", "fund"]).as_slice() {
        ["entitlement"] if amount.is_none() => {
            reader.maybe(&fields, "entitlement", Reader::code).map(Gives::Entitlement)
        }
        ["access"] if amount.is_none() => {
            reader.maybe(&fields, "access", Reader::code).map(Gives::Access)
        }
        ["voucher"] if amount.is_none() => {
            reader.maybe(&fields, "voucher", Reader::code).map(Arc::from).map(Gives::Voucher)
        }
        ["points"] => {
            let points = reader.maybe(&fields, "points", Reader::code)?;
            let amount = amount.filter(|amount| Decimal::ZERO < *amount && is_amount(*amount));
            if amount.is_none() {
                let help = "write `{ points: STAR, amount: 400 }`";
                reader.error(fields.at, "a benefit gives points above zero", help);
            }
            Some(Gives::Points(Arc::from(points), amount?))
        }
        ["fund"] => {
            let fund = reader.maybe(&fields, "fund", Reader::code)?;
            let amount = amount.filter(|amount| Decimal::ZERO < *amount && is_amount(*amount));
            if amount.is_none() {
                let help = "write `{ fund: mdf-east, amount: 4000 }`";
                reader.error(fields.at, "a benefit gives money above zero", help);
            }
            Some(Gives::Fund(Arc::from(fund), amount?))
        }
        _ => {
            let help = "write `{ entitlement: CODE }`, `{ access: CODE }` or `{ points: STAR, amount: 400 }`";
            reader.error(fields.at, "a benefit gives one thing", help);
            None
        }
    }
}

/// `{ group: level, default: 0, gold: 500 }`.
pub(in crate::wallet) fn negative(reader: &mut Reader<'_>, node: &Node) -> Option<Negative> {
    let named = reader.any_fields(node, "`negative`")?;
    let group = reader.needed(&named, "group", Reader::code);
    let (mut default, mut by_tier) = (Decimal::ZERO, BTreeMap::new());
    for (word, _, value) in &named.entries {
        if NEGATIVE.iter().any(|key| key.word == *word) && *word != "default" {
            continue;
        }
        match (*word, crate::wallet::read::not_negative(reader, word, value)) {
            ("default", Some(amount)) => default = amount,
            (tier, Some(amount)) => {
                by_tier.insert(Arc::from(tier), amount);
            }
            _ => {}
        }
    }
    Some(Negative::ByTier { group: Arc::from(group?), default, by_tier })
}

/// Limits name tiers that there are.
fn limits_by_tier(reader: &mut Reader<'_>, fields: &Fields<'_>, wallet: &Wallet) {
    for (code, currency) in &wallet.points {
        let Negative::ByTier { group, by_tier, .. } = &currency.negative else { continue };
        let of = wallet.tier_groups.get(group);
        let is_known = |tier: &Arc<str>| {
            of.is_some_and(|group| group.rows.iter().any(|row| row.tier == *tier))
        };
        let wrong = match of {
            None => Some(format!("unknown tier group `{group}` of `negative` of `{code}`")),
            Some(_) => by_tier
                .keys()
                .find(|tier| !is_known(tier))
                .map(|tier| format!("unknown tier `{tier}` of `negative` of `{code}`")),
        };
        if let Some(message) = wrong {
            let help = "declare it under `tier_groups`, or correct its name";
            reader.error(fields.at("points"), message, help);
        }
    }
}
