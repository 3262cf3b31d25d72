//! Declarations out of the text of a wallet, or of a case.
//!
//! What is wrong is collected; nothing is ignored.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::agreements;
use super::badges;
use super::dates::{Expiry, Lifetime, MovedOut, Recurring, Since, Starts};
use super::funds;
use super::games;
use super::keys::{EXPIRY, POINTS, POOL, RESET, SPENDING, SUBTYPE};
use super::ledger::Unit;
use super::model::{
    Clawback, Negative, PassOn, PointCurrency, PointKind, Pool, Restore, Spending, Subtype, Wallet,
};
use super::promotions;
use super::rewards::{self, RewardGives};
use super::sponsors;
use super::vouchers::{self, VoucherPays};
use crate::case::ProgramSource;
use crate::code::{PartnerCode, TermCode};
use crate::condition::Declared;
use crate::evaluate::is_amount;
use crate::program::{PointReward, Reward, Span, Term};
use crate::reader::{Fields, Reader, date_of, span_of};
use crate::yaml::Node;

/// No more decimals has an amount of points.
const DECIMALS_MAX: u32 = 6;

/// The blocks that make a wallet of a case.
const BLOCKS: [&str; 12] = [
    "points",
    "pools",
    "tier_groups",
    "benefits",
    "vouchers",
    "rewards",
    "badges",
    "promotions",
    "sponsors",
    "games",
    "funds",
    "agreements",
];

/// The declarations of a case; `None` if it has none.
pub(crate) fn of_case(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    programs: &[ProgramSource],
) -> Option<Wallet> {
    if fields.among(&BLOCKS).is_empty() {
        for word in fields.among(&["currency", "time_zone"]) {
            let help = "declare `points`, or leave it out";
            reader.error(fields.at(word), format!("`{word}` without points"), help);
        }
        return None;
    }
    let mut declared = reader.declared.clone();
    for source in programs {
        let ProgramSource::Inline(program) = source else { continue };
        declared.fields.extend(program.fields.clone());
    }
    let wallet = declarations(reader, fields, programs, &declared);
    for source in programs {
        let ProgramSource::Inline(program) = source else { continue };
        for term in &program.terms {
            known_promotion(reader, fields, &wallet, term);
            let (block, what, code, is_known) = match &term.reward {
                Reward::Points(reward) => {
                    known_points(reader, fields, &wallet, (reward, &term.code));
                    sponsors::known_of_term(reader, fields, &wallet, (reward, &term.code));
                    continue;
                }
                Reward::Voucher(code) => {
                    let is_known = wallet.vouchers.contains_key(code.as_str());
                    ("vouchers", "voucher", code, is_known)
                }
                Reward::Badge(code) => {
                    ("badges", "badge", code, wallet.badges.contains_key(code.as_str()))
                }
                _ => continue,
            };
            let term = &term.code;
            if !is_known {
                reader.error(
                    fields.at(block),
                    format!("unknown {what} `{code}` of term `{term}`"),
                    format!("declare it under `{block}`, or correct its name"),
                );
            } else if block == "vouchers" && has_open_value(&wallet, code) {
                reader.error(
                    fields.at(block),
                    format!("voucher `{code}` of term `{term}` has an open value"),
                    "write its `value`: only a line of `issue` can say it",
                );
            }
        }
    }
    funds::read::known_of_terms(reader, fields, &wallet, programs);
    Some(wallet)
}

/// The declarations that stand at the top of a case or of a wallet's file.
pub(super) fn declarations(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    programs: &[ProgramSource],
    declared: &Declared,
) -> Wallet {
    let mut wallet = Wallet {
        currency: reader.maybe(fields, "currency", Reader::currency),
        ..Wallet::default()
    };
    if let Some(zone) = reader.maybe(fields, "time_zone", time_zone) {
        wallet.time_zone = zone;
    }
    wallet.members = reader.maybe(fields, "members", super::members::read).unwrap_or_default();
    wallet.points = by_name(reader, fields, "points", point_currency);
    wallet.pools = by_name(reader, fields, "pools", pool)
        .into_iter()
        .map(|(code, pool)| (PartnerCode::new(code), pool))
        .collect();
    for (code, pool) in &wallet.pools {
        if !wallet.points.contains_key(&pool.points) {
            reader.error(
                fields.at("pools"),
                format!("unknown point currency `{}` of pool `{code}`", pool.points),
                "declare it under `points`, or correct its name",
            );
        }
    }
    wallet.vouchers = by_name(reader, fields, "vouchers", vouchers::read);
    let money = wallet.currency;
    wallet.rewards =
        by_name(reader, fields, "rewards", |r, u, n| rewards::read(r, u, n, (declared, money)));
    wallet.badges = by_name(reader, fields, "badges", badges::read);
    let zone = wallet.time_zone.clone();
    wallet.promotions = by_name(reader, fields, "promotions", |r, u, n| {
        promotions::read::read(r, u, n, declared, &zone)
    });
    wallet.sponsors = by_name(reader, fields, "sponsors", sponsors::read);
    wallet.games = by_name(reader, fields, "games", games::read);
    for (code, sponsor) in &wallet.sponsors {
        if !wallet.points.contains_key(&sponsor.points) {
            reader.error(
                fields.at("sponsors"),
                format!("unknown point currency `{}` of sponsor `{code}`", sponsor.points),
                "declare it under `points`, or correct its name",
            );
        }
    }
    games::check(reader, fields, &wallet);
    funds::read::declare(reader, fields, declared, &mut wallet);
    wallet.agreements = agreements::read::declare(reader, fields, declared);
    for (code, reward) in &wallet.rewards {
        let currency = wallet.points.get(&reward.points);
        let gives = match &reward.gives {
            RewardGives::Voucher(voucher) if !wallet.vouchers.contains_key(voucher) => {
                Some(format!("unknown voucher `{voucher}` of reward `{code}`"))
            }
            RewardGives::Voucher(voucher) if has_open_value(&wallet, voucher) => {
                Some(format!("voucher `{voucher}` of reward `{code}` has an open value"))
            }
            RewardGives::Badge(badge) if !wallet.badges.contains_key(badge) => {
                Some(format!("unknown badge `{badge}` of reward `{code}`"))
            }
            _ => None,
        };
        let points = match currency {
            None => Some(format!("unknown point currency `{}` of reward `{code}`", reward.points)),
            Some(currency) if !currency.is_spendable() => {
                let points = &reward.points;
                Some(format!("points `{points}` of reward `{code}` cannot be spent"))
            }
            Some(_) => None,
        };
        for message in gives.into_iter().chain(points) {
            reader.error(fields.at("rewards"), message, "declare it, or correct its name");
        }
    }
    super::tiers::read::declare(reader, fields, programs, &mut wallet);
    wallet
}

/// Whether a voucher's value is said only when it is issued.
pub(super) fn has_open_value(wallet: &Wallet, voucher: &str) -> bool {
    wallet.vouchers.get(voucher).is_some_and(|kind| kind.pays == VoucherPays::OpenValue)
}

/// The promotion of a term is declared.
fn known_promotion(reader: &mut Reader<'_>, fields: &Fields<'_>, wallet: &Wallet, term: &Term) {
    let Some(code) = &term.promotion else { return };
    if !wallet.promotions.contains_key(code.as_str()) {
        let term = &term.code;
        reader.error(
            fields.at("promotions"),
            format!("unknown promotion `{code}` of term `{term}`"),
            "declare it under `promotions`, or correct its name",
        );
    }
}

/// What a term pays in is declared.
fn known_points(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    wallet: &Wallet,
    (reward, term): (&PointReward, &TermCode),
) {
    let code = &reward.points;
    let Some(currency) = wallet.points.get(code.as_str()) else {
        reader.error(
            fields.at("points"),
            format!("unknown point currency `{code}` of term `{term}`"),
            "declare it under `points`, or correct its name",
        );
        return;
    };
    if let Some(subtype) = &reward.subtype
        && currency.subtype(Some(subtype)).is_none()
    {
        reader.error(
            fields.at("points"),
            format!("unknown subtype `{subtype}` of term `{term}`"),
            format!("declare it under `subtypes` of `{code}`, or correct its name"),
        );
    }
}

/// The entries of a block, each under a name of people's choosing.
pub(super) fn by_name<T>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    block: &str,
    read: impl Fn(&mut Reader<'_>, &Unit, &Node) -> Option<T>,
) -> BTreeMap<Unit, T> {
    let mut entries = BTreeMap::new();
    let Some(node) = fields.get(block) else { return entries };
    let Some(named) = reader.any_fields(node, &format!("`{block}`")) else { return entries };
    for (name, at, value) in named.entries {
        let Some(code) = reader.own_code(block, at) else { continue };
        debug_assert_eq!(code, name);
        let code: Unit = Arc::from(code);
        entries.extend(read(reader, &code, value).map(|value| (code.clone(), value)));
    }
    entries
}

fn time_zone(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<TimeZone> {
    crate::program::time_zone(reader, key, node).and_then(|name| TimeZone::get(&name).ok())
}

fn point_currency(reader: &mut Reader<'_>, unit: &Unit, node: &Node) -> Option<PointCurrency> {
    let fields = reader.fields(node, "a point currency", POINTS)?;
    let kinds = [("spendable", PointKind::Spendable), ("qualifying", PointKind::Qualifying)];
    let pass_on =
        [("nobody", PassOn::Nobody), ("pools", PassOn::Pools), ("partners", PassOn::Partners)];
    let clawbacks = [
        ("arrears", Clawback::Arrears),
        ("negative", Clawback::Negative),
        ("clamp", Clawback::Clamp),
    ];
    let kind = reader.maybe(&fields, "kind", |r, k, n| r.word(k, n, &kinds));
    let kind = kind.unwrap_or(PointKind::Spendable);
    let decimals = reader.maybe(&fields, "decimals", Reader::whole).unwrap_or(0);
    if DECIMALS_MAX < decimals {
        reader.error(
            fields.at("decimals"),
            format!("`decimals` is above {DECIMALS_MAX}"),
            format!("write a number from 0 to {DECIMALS_MAX}"),
        );
    }
    let currency = PointCurrency {
        unit: unit.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        kind,
        decimals,
        cost: reader.maybe(&fields, "cost", not_negative).unwrap_or_default(),
        worth: reader.maybe(&fields, "worth", not_negative),
        expiry: reader.maybe(&fields, "expiry", lifetime).and_then(Lifetime::expiry),
        escrow: reader.maybe(&fields, "escrow", span).unwrap_or(Span { months: 0, days: 0 }),
        hold: reader.maybe(&fields, "hold", span).unwrap_or(Span { months: 0, days: 30 }),
        negative: reader
            .maybe(&fields, "negative", negative)
            .unwrap_or(Negative::UpTo(Decimal::ZERO)),
        overdraw: reader.maybe(&fields, "overdraw", Reader::yes_no).unwrap_or(false),
        clawback: reader
            .maybe(&fields, "clawback", |r, k, n| r.word(k, n, &clawbacks))
            .unwrap_or(Clawback::Arrears),
        restore: reader.maybe(&fields, "restore", restore).unwrap_or(Restore::Original),
        subtypes: reader.maybe(&fields, "subtypes", subtypes).unwrap_or_else(base),
        spending: reader.maybe(&fields, "spending", spending).unwrap_or_default(),
        pass_on: reader
            .maybe(&fields, "pass_on", |r, k, n| r.word(k, n, &pass_on))
            .unwrap_or_default(),
        reset: reader.maybe(&fields, "reset", recurring),
    };
    if currency.kind == PointKind::Spendable && currency.reset.is_some() {
        reader.error(
            fields.at("reset"),
            "`reset` of points that can be spent",
            "write `kind: qualifying`, or let lots end by `expiry`",
        );
    }
    if currency.spending.of_order.is_some() && currency.worth.is_none() {
        reader.error(
            fields.at("spending"),
            "`of_order` without `worth`",
            "say what a point pays: `worth: 0.05`",
        );
    }
    Some(currency)
}

pub(super) fn base() -> Vec<Subtype> {
    vec![Subtype { code: Arc::from("base"), cost: None, priority: 1 }]
}

pub(super) fn not_negative(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Decimal> {
    let number = reader.number(key, node)?;
    if number < Decimal::ZERO || !is_amount(number) {
        reader.error(node.at, format!("`{key}` is below zero"), "write what one is worth");
        return None;
    }
    Some(number)
}

/// `never`, a span, or what it is counted from and moved out to.
pub(crate) fn lifetime(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Lifetime> {
    if node.text() == Some("never") {
        return Some(Lifetime::Never);
    }
    if node.map().is_none() {
        let after = span(reader, key, node)?;
        return Some(Lifetime::Ends(Expiry { after, since: Since::Credit, to: None }));
    }
    let fields = reader.fields(node, "`expiry`", EXPIRY)?;
    let since =
        [("credit", Since::Credit), ("usable", Since::Usable), ("activity", Since::Activity)];
    let to = [
        ("month_end", MovedOut::MonthEnd),
        ("quarter_end", MovedOut::QuarterEnd),
        ("year_end", MovedOut::YearEnd),
        ("reset", MovedOut::Reset),
        ("anniversary", MovedOut::Anniversary),
    ];
    let after = reader.needed(&fields, "after", span);
    let since = reader.maybe(&fields, "since", |r, k, n| r.word(k, n, &since)).unwrap_or_default();
    let to = reader.maybe(&fields, "to", |r, k, n| r.word(k, n, &to));
    Some(Lifetime::Ends(Expiry { after: after?, since, to }))
}

/// `10 days`, `18 months`, `2 years`.
pub(crate) fn span(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Span> {
    let read = node.text().and_then(span_of);
    if read.is_none() {
        reader.error(
            node.at,
            format!("{} is not a span of time", node.described()),
            format!("write `{key}: 10 days`, `18 months` or `2 years`"),
        );
    }
    read
}

fn negative(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Negative> {
    if node.text() == Some("unlimited") {
        return Some(Negative::Unlimited);
    }
    if node.map().is_some() {
        return super::tiers::read::negative(reader, node);
    }
    not_negative(reader, key, node).map(Negative::UpTo)
}

pub(super) fn restore(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Restore> {
    if node.text() == Some("original") {
        return Some(Restore::Original);
    }
    span(reader, key, node).map(Restore::For)
}

fn subtypes(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Vec<Subtype>> {
    let named = reader.any_fields(node, &format!("`{key}`"))?;
    let mut subtypes = Vec::new();
    for (place, (name, _, value)) in (1..).zip(&named.entries) {
        let fields = reader.fields(value, "a subtype", SUBTYPE)?;
        subtypes.push(Subtype {
            code: Arc::from(*name),
            cost: reader.maybe(&fields, "cost", not_negative),
            priority: reader.maybe(&fields, "priority", Reader::whole).unwrap_or(place),
        });
    }
    if subtypes.is_empty() {
        reader.error(node.at, "`subtypes` is empty", "name one, or leave it out");
        return None;
    }
    Some(subtypes)
}

fn spending(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Spending> {
    let fields = reader.fields(node, "`spending`", SPENDING)?;
    Some(Spending {
        minimum: reader.maybe(&fields, "minimum", above_zero),
        steps: reader.maybe(&fields, "steps", above_zero),
        of_order: reader.maybe(&fields, "of_order", share),
    })
}

pub(super) fn above_zero(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Decimal> {
    let number = reader.number(key, node)?;
    if Decimal::ZERO < number && is_amount(number) {
        return Some(number);
    }
    reader.error(node.at, format!("`{key}` is not above zero"), "write how many");
    None
}

/// From nothing to all.
pub(super) fn share(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Decimal> {
    let share = reader.share(key, node)?;
    if (Decimal::ZERO..=Decimal::ONE).contains(&share) {
        return Some(share);
    }
    reader.error(node.at, format!("`{key}` is not from 0 to 100 %"), "write `25%`");
    None
}

/// `{ every: 1 year, from: 2026-01-01 }`.
pub(super) fn recurring(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Recurring> {
    let fields = reader.fields(node, &format!("`{key}`"), RESET)?;
    let every = reader.needed(&fields, "every", span);
    let from = reader.needed(&fields, "from", |reader, key, node| {
        let text = node.text().unwrap_or_default();
        match (text, date_of(text)) {
            ("enrolment", _) => Some(Starts::Enrolment),
            (_, Some(day)) => Some(Starts::On(day)),
            _ => {
                reader.error(
                    node.at,
                    format!("{} is not a date", node.described()),
                    format!("write `{key}` as 2026-01-01, or `enrolment`"),
                );
                None
            }
        }
    });
    let every = every?;
    if every.months == 0 && every.days == 0 {
        reader.error(fields.at("every"), "`every` is no time at all", "write `every: 1 year`");
        return None;
    }
    Some(Recurring { every, from: from? })
}

fn pool(reader: &mut Reader<'_>, _: &Unit, node: &Node) -> Option<Pool> {
    let fields = reader.fields(node, "a pool", POOL)?;
    let members = reader.needed(&fields, "members", |r, k, n| r.list(k, n, Reader::code));
    let share = reader.needed(&fields, "share", share);
    let points = reader.needed(&fields, "points", Reader::code);
    Some(Pool {
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        draw: reader.maybe(&fields, "draw", Reader::yes_no).unwrap_or(false),
        members: members?.into_iter().map(PartnerCode::new).collect(),
        share: share?,
        points: Arc::from(points?),
    })
}
