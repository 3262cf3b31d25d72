//! What a partner has in wallets.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::code::PartnerCode;
use domain::wallet::{Command, SetTier, SpendAmount, Wallet};
use engine::catalog::{self, MasterData};
use engine::db::Reader;
use engine::rules::Rules;
use engine::views::wallet::{self as view, PartnerWallet};
use engine::wallets::{self, Active, LineRow, Reason, ReasonKind};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{tier_name, trace};
use crate::app::Routes;
use crate::console::loyalty::hand::Act;
use crate::console::loyalty::partner::{Held, Holding, Line, Lot, Movement, Page, Past, Tier};
use crate::console::loyalty::{TierName, partner};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::reading::loyalty as say;
use crate::reading::tiers_by_hand;
use crate::ui::{Tone, encode};
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/partners/{code}/loyalty", get(show));
}

/// How many movements and lines a page has.
const MOVEMENTS_SHOWN: i64 = 50;
const LINES_SHOWN: i64 = 100;

/// Whether a partner's page has this one beside it.
pub fn has_wallets(rules: &Rules) -> bool {
    !rules.wallets.is_empty()
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let row = catalog::partner_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let owner = PartnerCode::new(&code);
    let when = (visit.now, None);
    let found = view::of_partner(&mut reader, &rules, &master, when, &owner).await?;
    let rows = wallets::lines_of(&mut reader, &code, LINES_SHOWN).await?;
    let reasons = wallets::reasons(&mut reader).await?;
    let lines: Vec<(&LineRow, Line)> =
        rows.iter().map(|row| (row, line(&visit, (&rules, &reasons), row))).collect();
    let query = visit::query(&visit.here);
    let older = query.get("older").and_then(|text| text.parse().ok());
    let limit = MOVEMENTS_SHOWN;
    let moved = view::movements(&mut reader, &rules, row.partner_id, older, limit).await?;
    let older = moved.last().filter(|_| i64::try_from(moved.len()) == Ok(limit));
    let older =
        older.map(|last| format!("/console/partners/{}/loyalty?older={}", encode(&code), last.seq));
    let past = past(&visit, &mut reader, (&rules, &master), &owner).await?;
    let shown = found.iter().filter_map(|own| {
        let of = rules.wallets.iter().find(|of| of.code == own.code)?;
        Some(shown(lang, of, (own, &code), (&lines, &reasons)))
    });
    let acts = Act::ALL.into_iter().filter(|act| may_be_done(*act, &rules, &found));
    let page = Page {
        partner: reading::partner_ref(lang, &row),
        wallets: shown.collect(),
        movements: moved.iter().map(|of| movement(lang, &rules, (of, &code))).collect(),
        past,
        older,
        acts: acts.map(|act| (act.word(), act.label(lang.words()))).collect(),
        lines: lines.into_iter().map(|(_, line)| line).collect(),
    };
    Ok(visit.page(&page).into_response())
}

/// Whether there is anything to do it with.
fn may_be_done(act: Act, rules: &Rules, found: &[PartnerWallet]) -> bool {
    let any = |has: fn(&Wallet) -> bool| rules.wallets.iter().any(|of| has(&of.wallet));
    match act {
        Act::Credit | Act::Debit => any(|wallet| !wallet.points.is_empty()),
        Act::Issue => any(|wallet| !wallet.vouchers.is_empty()),
        Act::Floor => any(|wallet| !wallet.tier_groups.is_empty()),
        Act::Order => any(|wallet| !wallet.rewards.is_empty()),
        Act::Badge => any(|wallet| !wallet.badges.is_empty()),
        Act::TakeBadge => found.iter().any(|own| !own.badges.is_empty()),
        Act::Cancel | Act::Merge | Act::Unmerge => !found.is_empty(),
    }
}

/// What there was on the day that the address asks for.
async fn past(
    visit: &Visit,
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    owner: &PartnerCode,
) -> Result<Past, Failure> {
    let (lang, w) = (visit.lang, &visit.lang.words().keeping);
    let Some(asked) = visit::query(&visit.here).remove("on") else { return Ok(Past::default()) };
    let day = asked.parse::<Date>().ok().filter(|day| *day < visit.today());
    let Some(day) = day else {
        return Ok(Past { asked, wrong: Some(w.past_bad), found: None });
    };
    let then = view::past(reader, (rules, master), visit.now, owner, day).await?;
    let mut rows = vec![];
    for own in &then {
        let Some(of) = rules.wallets.iter().find(|of| of.code == own.code) else { continue };
        for held in &own.balances {
            let points = |amount| say::points_of(lang, &of.wallet, amount, &held.unit);
            rows.push((unit(lang, rules, &held.unit), points(held.amount)));
            let others =
                [(w.waiting, held.escrow), (w.reserved, held.reserved), (w.owed, held.arrears)];
            let others = others.into_iter().filter(|(_, amount)| !amount.is_zero());
            rows.extend(others.map(|(label, amount)| (label.to_owned(), points(amount))));
        }
        for tier in &own.tiers {
            let Some(group) = of.wallet.tier_groups.get(tier.group.as_str()) else { continue };
            let code = tier.tier.as_deref();
            let at = group.rows.iter().position(|row| Some(&*row.tier) == code);
            let named = tier_name(lang, group, at).map(|it| it.name);
            let none = lang.words().loyalty.without_tier.to_owned();
            rows.push((reading::name(lang, &group.name, &group.code), named.unwrap_or(none)));
        }
    }
    let found = Some((format::day_long(day, lang), rows));
    Ok(Past { asked, wrong: None, found })
}

fn shown(
    lang: Lang,
    of: &Active,
    (own, partner): (&PartnerWallet, &str),
    (lines, reasons): (&[(&LineRow, Line)], &[Reason]),
) -> partner::Wallet {
    let l = &lang.words().loyalty;
    let benefit = |it: &view::Benefit| Held {
        name: reading::name(lang, &it.name, &it.code),
        code: it.code.clone(),
        state: (if it.is_active { l.status_active } else { l.status_lapsed }).into(),
        tone: if it.is_active { Tone::Good } else { Tone::Plain },
        cells: vec![it.since.as_ref().map(|day| since(lang, day))],
        undo: None,
        go_on: None,
    };
    let badge = |it: &view::Badge| {
        let (state, tone) = status(lang, &it.status);
        Held {
            name: reading::name(lang, &it.name, &it.code),
            code: it.code.clone(),
            state,
            tone,
            cells: vec![
                it.since.as_ref().map(|day| since(lang, day)),
                it.expires.as_ref().map(|day| {
                    format!("{} {}", lang.words().keeping.until, say::last_day(lang, day))
                }),
                it.reason.as_ref().map(|text| say::reason(lang, reasons, ReasonKind::Badge, text)),
            ],
            undo: None,
            go_on: None,
        }
    };
    partner::Wallet {
        name: reading::name(lang, &own.name, &own.code),
        holdings: own.holdings.iter().map(|it| holding(lang, (of, partner), own, it)).collect(),
        tiers: own.tiers.iter().filter_map(|it| tier(lang, of, it, lines)).collect(),
        benefits: own.benefits.iter().map(benefit).collect(),
        vouchers: own.vouchers.iter().map(|it| voucher(lang, own, it)).collect(),
        badges: own.badges.iter().map(badge).collect(),
        redemptions: own.redemptions.iter().rev().map(|it| redemption(lang, of, own, it)).collect(),
    }
}

fn since(lang: Lang, day: &str) -> String {
    format!("{} {}", lang.words().loyalty.since, say::last_day(lang, day))
}

fn holding(
    lang: Lang,
    (of, partner): (&Active, &str),
    own: &PartnerWallet,
    it: &view::Holding,
) -> Holding {
    let w = &lang.words().keeping;
    let l = &lang.words().loyalty;
    let mut details = vec![];
    if let Some(worth) = it.worth.filter(|worth| !worth.is_zero()) {
        details.push(fill(l.worth_of, &[("amount", &say::money(lang, worth, own.money))]));
    }
    if let Some((day, amount)) = &it.expiring {
        let day = say::last_day(lang, day);
        let n = format::quantity(*amount);
        details.push(fill(l.ends_next, &[("n", &n), ("day", &day)]));
    }
    let others = [(l.waiting, it.escrow), (l.reserved, it.reserved), (l.owed, it.arrears)];
    let lot = |lot: &view::HeldLot| Lot {
        name: lot.name.clone(),
        on: say::last_day(lang, &lot.on),
        usable: say::last_day(lang, &lot.usable),
        expires: lot.expires.as_ref().map(|day| say::last_day(lang, day)),
        left: format::quantity(lot.amount + lot.escrow + lot.reserved),
        trace: trace::href(partner, &lot.name),
        about: match (&lot.promotion, &lot.from) {
            (Some(code), _) => {
                let names = of.wallet.promotions.get(code.as_str()).map(|it| it.name.clone());
                let name = reading::name(lang, &names.unwrap_or_default(), code);
                Some(fill(w.for_promotion, &[("name", &name)]))
            }
            (None, Some(from)) => Some(fill(w.from_partner, &[("partner", from)])),
            (None, None) => None,
        },
    };
    Holding {
        name: reading::name(lang, &it.name, &it.unit),
        amount: format::quantity(it.amount),
        details,
        others: others
            .into_iter()
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(label, amount)| (label, format::quantity(amount)))
            .collect(),
        lots: it.lots.iter().map(lot).collect(),
    }
}

fn tier(lang: Lang, of: &Active, it: &view::Tier, lines: &[(&LineRow, Line)]) -> Option<Tier> {
    let l = &lang.words().loyalty;
    let group = of.wallet.tier_groups.get(it.group.as_str())?;
    let named = |at: Option<usize>| tier_name(lang, group, at);
    let mut rows = vec![(l.figure, format::quantity(it.figure))];
    rows.extend(it.since.as_ref().map(|day| (l.since, say::last_day(lang, day))));
    let next = it.tier.map_or(0, |at| at + 1);
    match (it.gap, named(Some(next))) {
        (Some(gap), Some(TierName { name, .. })) => {
            let gap = format::quantity(gap);
            rows.push((l.next_tier, fill(l.gap_to, &[("gap", &gap), ("tier", &name)])));
        }
        // A tier that is out of reach by hand is not the highest one.
        _ if it.ceiling.is_none() => rows.push((l.next_tier, l.top.into())),
        _ => {}
    }
    if let Some(day) = &it.next_check {
        let day = say::last_day(lang, day);
        rows.push((l.assessment, day));
    }
    if it.is_in_grace {
        rows.push((l.assessment, l.in_grace.into()));
    }
    for (label, at) in tiers_by_hand::holds(lang, it) {
        rows.extend(named(Some(at)).map(|TierName { name, .. }| (label, name)));
    }
    if let Some(day) = &it.held_until {
        rows.push((lang.words().tiers.held_until, say::last_day(lang, day)));
    }
    let is_of_group = |row: &LineRow| match serde_json::from_str(&row.body) {
        Ok(Command::Assign(set)) => set.group == it.group && row.refusal.is_none(),
        _ => false,
    };
    let history = lines.iter().filter(|(row, _)| is_of_group(row));
    Some(Tier {
        group: reading::name(lang, &it.name, &it.group),
        tier: named(it.tier),
        rows,
        history: history.map(|(_, line)| line.clone()).collect(),
        before: it
            .before
            .iter()
            .rev()
            .map(|then| {
                let days = say::span_of_tier(lang, then.since.as_deref(), then.until.as_deref());
                (named(then.tier), days, say::moved_by(lang, &then.by))
            })
            .collect(),
    })
}

fn voucher(lang: Lang, own: &PartnerWallet, it: &view::HeldVoucher) -> Held {
    let l = &lang.words().loyalty;
    let (state, tone) = status(lang, &it.status);
    let left = if it.is_money {
        say::money(lang, it.amount, own.money)
    } else {
        fill(l.pieces, &[("n", &format::quantity(it.amount))])
    };
    Held {
        name: reading::name(lang, &it.name, &it.kind),
        code: it.code.clone(),
        state,
        tone,
        cells: vec![Some(left), it.expires.as_ref().map(|day| say::last_day(lang, day))],
        undo: (it.status == "issued").then(|| it.code.clone()),
        go_on: None,
    }
}

fn redemption(lang: Lang, of: &Active, own: &PartnerWallet, it: &view::Redemption) -> Held {
    let l = &lang.words().loyalty;
    let (state, tone) = status(lang, &it.status);
    let reward = it.reward.as_ref().map(|code| {
        let names = of.wallet.rewards.get(code.as_str()).map(|it| it.name.clone());
        reading::name(lang, &names.unwrap_or_default(), code)
    });
    let is_money = own.money.is_some_and(|money| money.as_str() == it.unit);
    let amount = if of.wallet.points.contains_key(it.unit.as_str()) {
        say::points_of(lang, &of.wallet, it.amount, &it.unit)
    } else if is_money {
        say::money(lang, it.amount, own.money)
    } else {
        format!("{} {}", format::quantity(it.amount), say::voucher(lang, &of.wallet, &it.unit))
    };
    let is_alive =
        matches!(it.status.as_str(), "done" | "reserved" | "committed" | "partly_cancelled");
    Held {
        name: reward.unwrap_or_else(|| l.line_redeem.into()),
        code: it.key.clone(),
        state,
        tone,
        cells: vec![Some(amount), it.value.map(|value| say::money(lang, value, own.money))],
        undo: (is_alive && it.status != "reserved").then(|| it.key.clone()),
        go_on: (it.status == "reserved")
            .then(|| format!("/console/loyalty/counter?line={}", encode(&it.key))),
    }
}

/// A state in words.
pub fn status(lang: Lang, word: &str) -> (String, Tone) {
    let l = &lang.words().loyalty;
    let (said, tone) = match word {
        "issued" => (l.status_issued, Tone::Good),
        "redeemed" => (l.status_redeemed, Tone::Plain),
        "expired" => (l.status_expired, Tone::Plain),
        "cancelled" => (l.status_cancelled, Tone::Plain),
        "partly_cancelled" => (l.status_partly, Tone::Wait),
        "done" => (l.status_done, Tone::Good),
        "reserved" => (l.status_reserved, Tone::Wait),
        "committed" => (l.status_committed, Tone::Good),
        "released" => (l.status_released, Tone::Plain),
        "lapsed" => (l.status_lapsed, Tone::Plain),
        "active" => (l.status_active, Tone::Good),
        "taken_back" => (l.status_taken_back, Tone::Bad),
        other => return (other.into(), Tone::Plain),
    };
    (said.into(), tone)
}

fn movement(lang: Lang, rules: &Rules, (of, partner): (&view::Movement, &str)) -> Movement {
    let day = of.day.map(|day| format::day_column(day, lang)).unwrap_or_default();
    let said = match &of.voucher {
        Some(_) => say::movement_of_voucher(lang, &of.own, &of.other, of.amount),
        None => say::movement(lang, &of.own, &of.other, of.amount),
    };
    let about = of.voucher.as_ref().or(of.whose.as_ref());
    let is_points = rules.wallets.iter().any(|it| it.wallet.points.contains_key(of.unit.as_str()));
    // What undid something, and what was issued together, has no lots of its own.
    let key = of.cause.strip_suffix("-c").unwrap_or(&of.cause);
    Movement {
        day,
        what: match about {
            Some(about) => format!("{said} · {about}"),
            None => said.into(),
        },
        trace: is_points.then(|| trace::href(partner, key)),
        cause: of.cause.clone(),
        amount: format!("{} {}", format::signed(of.amount), unit(lang, rules, &of.unit)),
        is_less: of.amount.is_sign_negative(),
    }
}

/// What a unit is called: a point currency by its name.
fn unit(lang: Lang, rules: &Rules, code: &str) -> String {
    let found = rules.wallets.iter().find_map(|of| of.wallet.points.get(code));
    let names = found.map(|currency| currency.name.clone()).unwrap_or_default();
    reading::name(lang, &names, code)
}

/// A line of the journal, with what it asked.
fn line(visit: &Visit, (rules, reasons): (&Rules, &[Reason]), row: &LineRow) -> Line {
    let lang = visit.lang;
    let l = &lang.words().loyalty;
    let refused = row.refusal.as_deref();
    let command = serde_json::from_str(&row.body).ok();
    Line {
        when: format::moment_column(visit.local(row.recorded), lang),
        what: say::verb(lang, &row.verb),
        detail: command.map(|it| detail(lang, (rules, reasons), &it)).unwrap_or_default(),
        key: row.key.clone(),
        who: row.actor.clone(),
        refused: refused.map(|why| fill(l.refused_because, &[("why", &say::refusal(lang, why))])),
    }
}

/// What a line asked: how much of what, and why.
fn detail(lang: Lang, (rules, reasons): (&Rules, &[Reason]), command: &Command) -> String {
    let l = &lang.words().loyalty;
    let points = |amount: Decimal, code: &str| {
        format!("{} {}", format::quantity(amount), unit(lang, rules, code))
    };
    let with = |what: String, reason: &Option<String>, kind: ReasonKind| {
        let reason = reason.as_ref().map(|text| say::reason(lang, reasons, kind, text));
        match reason {
            Some(reason) if what.is_empty() => reason,
            Some(reason) => format!("{what} · {reason}"),
            None => what,
        }
    };
    let badge = |code: &str| {
        let names = rules.wallets.iter().find_map(|of| of.wallet.badges.get(code));
        reading::name(lang, &names.map(|it| it.name.clone()).unwrap_or_default(), code)
    };
    match command {
        Command::Credit(it) => {
            with(points(it.amount, &it.unit), &it.reason, ReasonKind::Adjustment)
        }
        Command::Debit { unit, amount, reason, .. } => {
            with(points(*amount, unit), reason, ReasonKind::Adjustment)
        }
        Command::GiveBadge(it) => with(badge(&it.badge), &it.reason, ReasonKind::Badge),
        Command::TakeBadge { badge: code, reason, .. } => {
            with(badge(code), reason, ReasonKind::Badge)
        }
        Command::Redeem(it) | Command::Reserve(it, _) => match it.amount {
            SpendAmount::Exactly(amount) | SpendAmount::UpTo(amount) => points(amount, &it.unit),
        },
        Command::Issue(it) => {
            let kind = rules.wallets.iter().find_map(|of| of.wallet.vouchers.get(&it.voucher));
            let names = kind.map(|kind| kind.name.clone()).unwrap_or_default();
            reading::name(lang, &names, &it.voucher)
        }
        Command::OrderReward(it) | Command::ReserveReward(it, _) => {
            let reward = rules.wallets.iter().find_map(|of| of.wallet.rewards.get(&it.reward));
            let names = reward.map(|reward| reward.name.clone()).unwrap_or_default();
            format!("{} × {}", reading::name(lang, &names, &it.reward), format::count(it.quantity))
        }
        Command::Cancel { amount, reason, .. } => {
            with(amount.map(format::quantity).unwrap_or_default(), reason, ReasonKind::Cancellation)
        }
        Command::Assign(SetTier { group, tier, hold, until, reason }) => {
            let declared =
                rules.wallets.iter().find_map(|of| of.wallet.tier_groups.get(group.as_str()));
            let named = tier.as_ref().map(|code| {
                let row = declared.and_then(|it| it.rows.iter().find(|row| *row.tier == **code));
                row.map_or_else(|| code.clone(), |row| reading::name(lang, &row.name, code))
            });
            let said = match named {
                None => l.let_go.to_owned(),
                Some(tier) => tiers_by_hand::said(lang, *hold, &tier, *until),
            };
            with(said, reason, ReasonKind::Floor)
        }
        Command::UseVoucher(it) | Command::ReserveVoucher(it, _) => it.voucher.to_string(),
        Command::Merge { into } => format!("→ {into}"),
        Command::Transfer { from, to, unit, amount } => {
            format!("{} {from} → {to}", points(*amount, unit))
        }
        _ => String::new(),
    }
}
