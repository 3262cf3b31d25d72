//! Points, tiers and vouchers as pages say them.

use domain::amount::Currency;
use domain::program::{Names, Span};
use domain::wallet::{Expiry, Gives, MovedOut, Refusal, RewardGives, Since, VoucherPays, Wallet};
use engine::wallets::{self, Reason, ReasonKind};
use jiff::civil::{Date, DateTime};
use rust_decimal::{Decimal, RoundingStrategy};

use super::name;
use crate::format::{self, Money};
use crate::i18n::{Lang, fill};

/// So many points: `1,200 スター`, `1,200 Star`.
pub fn points(lang: Lang, amount: Decimal, names: &Names, code: &str) -> String {
    format!("{}\u{a0}{}", format::quantity(amount), name(lang, names, code))
}

/// The same of a currency of a wallet by its code.
pub fn points_of(lang: Lang, wallet: &Wallet, amount: Decimal, code: &str) -> String {
    let names = wallet.points.get(code).map(|currency| currency.name.clone());
    points(lang, amount, &names.unwrap_or_default(), code)
}

/// What something costs, rounded to the money; a bare number where a wallet has no money.
pub fn money(lang: Lang, amount: Decimal, currency: Option<Currency>) -> String {
    match currency {
        Some(currency) => Money::new(rounded(amount, currency), currency).text(lang),
        None => format::quantity(amount),
    }
}

/// To the unit in which it would be paid.
pub fn rounded(amount: Decimal, currency: Currency) -> Decimal {
    amount.round_dp_with_strategy(currency.decimals(), RoundingStrategy::MidpointAwayFromZero)
}

/// What one point costs or pays, with all its decimals.
pub fn price(lang: Lang, amount: Decimal, currency: Option<Currency>) -> String {
    match currency {
        Some(currency) => Money::new(amount.normalize(), currency).text(lang),
        None => format::quantity(amount),
    }
}

/// `18 months`, `1 year`, `10 days`.
pub fn span(lang: Lang, span: Span) -> String {
    let l = &lang.words().loyalty;
    let (years, months) = (span.months / 12, span.months % 12);
    let parts = if months == 0 {
        [(l.years, years), (l.days, span.days)]
    } else {
        [(l.months, span.months), (l.days, span.days)]
    };
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(word, n)| fill(word, &[("n", &n.to_string())]))
        .collect();
    said.join(lang.say("", " "))
}

/// When lots end.
pub fn expiry(lang: Lang, expiry: Option<Expiry>) -> String {
    let l = &lang.words().loyalty;
    let Some(expiry) = expiry else { return l.never.into() };
    let template = match expiry.since {
        Since::Credit => l.expiry_credit,
        Since::Usable => l.expiry_usable,
        Since::Activity => l.expiry_activity,
    };
    let after = fill(template, &[("span", &span(lang, expiry.after))]);
    let to = expiry.to.map(|to| match to {
        MovedOut::MonthEnd => l.to_month_end,
        MovedOut::QuarterEnd => l.to_quarter_end,
        MovedOut::YearEnd => l.to_year_end,
        MovedOut::Reset => l.to_reset,
        MovedOut::Anniversary => l.to_anniversary,
    });
    match to {
        Some(to) => format!("{after}{}{to}", lang.say("、", ", ")),
        None => after,
    }
}

/// A last day as it is kept: a day, or a moment.
pub fn last_day(lang: Lang, text: &str) -> String {
    if let Ok(day) = text.parse::<Date>()
        && !text.contains('T')
    {
        return format::day_column(day, lang);
    }
    match text.parse::<DateTime>() {
        Ok(moment) => format::moment_column(moment, lang),
        Err(_) => text.into(),
    }
}

/// What a voucher pays.
pub fn pays(lang: Lang, pays: &VoucherPays, currency: Option<Currency>) -> String {
    let l = &lang.words().loyalty;
    match pays {
        VoucherPays::Value(value) => price(lang, *value, currency),
        VoucherPays::OpenValue => l.open_value.into(),
        VoucherPays::Share { percent, at_most } => {
            let share = fill(l.share_of_order, &[("rate", &format::rate(*percent))]);
            match at_most {
                Some(most) => {
                    let most = fill(l.at_most, &[("amount", &price(lang, *most, currency))]);
                    format!("{share}{}{most}", lang.say("、", ", "))
                }
                None => share,
            }
        }
        VoucherPays::Goods(product) => format!("{} {product}", l.goods),
    }
}

/// What a reward of the catalogue gives.
pub fn gives(
    lang: Lang,
    wallet: &Wallet,
    gives: &RewardGives,
    currency: Option<Currency>,
) -> String {
    let l = &lang.words().loyalty;
    match gives {
        RewardGives::Goods => l.goods.into(),
        RewardGives::Voucher(code) => voucher(lang, wallet, code),
        RewardGives::Cash(amount) => fill(l.cash, &[("amount", &price(lang, *amount, currency))]),
        RewardGives::Badge(code) => {
            let names = wallet.badges.get(code).map(|badge| badge.name.clone());
            format!("{} {}", l.badge, name(lang, &names.unwrap_or_default(), code))
        }
    }
}

/// What comes with a tier.
pub fn benefit(lang: Lang, wallet: &Wallet, gives: &Gives) -> String {
    match gives {
        Gives::Entitlement(code) | Gives::Access(code) => code.clone(),
        Gives::Points(unit, amount) => points_of(lang, wallet, *amount, unit),
        Gives::Voucher(code) => voucher(lang, wallet, code),
        Gives::Fund(code, amount) => {
            let names = wallet.funds.get(code).map(|fund| fund.name.clone());
            let of = name(lang, &names.unwrap_or_default(), code);
            format!("{of} {}", price(lang, *amount, wallet.currency))
        }
    }
}

/// A kind of voucher by its name.
pub fn voucher(lang: Lang, wallet: &Wallet, code: &str) -> String {
    let names = wallet.vouchers.get(code).map(|kind| kind.name.clone());
    name(lang, &names.unwrap_or_default(), code)
}

/// Why a line was refused and what to do, by the word of the reason.
pub fn refusal(lang: Lang, reason: &str) -> String {
    let l = &lang.words().loyalty;
    let said = match reason {
        "other_content" => l.refused_other_content,
        "unknown_partner" => l.refused_unknown_partner,
        "unknown_code" => l.refused_unknown_code,
        "unknown_key" => l.refused_unknown_key,
        "merged" => l.refused_merged,
        "not_owner" => l.refused_not_owner,
        "wrong_unit" => l.refused_wrong_unit,
        "invalid_amount" => l.refused_invalid_amount,
        "wrong_state" => l.refused_wrong_state,
        "not_started" => l.refused_not_started,
        "expired" => l.refused_expired,
        "not_eligible" => l.refused_not_eligible,
        "below_minimum" => l.refused_below_minimum,
        "not_a_step" => l.refused_not_a_step,
        "limit_partner" => l.refused_limit_partner,
        "limit_total" => l.refused_limit_total,
        "out_of_stock" => l.refused_out_of_stock,
        "insufficient" => l.refused_insufficient,
        // What funds and memberships refuse for stands beside what to do about it.
        other => match Refusal::ALL.into_iter().find(|it| it.word() == other) {
            Some(refusal) => lang.words().refusals.of(refusal),
            None => return fill(l.refused_otherwise, &[("reason", other)]),
        },
    };
    said.into()
}

/// The field of a form that a reason is about.
pub fn field_of(reason: &str) -> &'static [&'static str] {
    match reason {
        "unknown_partner" => &["into"],
        "unknown_key" => &["of", "voucher"],
        "unknown_code" => &["unit", "voucher", "reward", "tier"],
        "wrong_unit" | "invalid_amount" | "below_minimum" | "not_a_step" | "insufficient" => {
            &["amount", "value", "quantity", "order_amount"]
        }
        "other_content" => &["voucher_code"],
        "out_of_stock" | "limit_partner" | "limit_total" => &["quantity", "voucher", "amount"],
        "expired" | "not_started" => &["voucher", "reward"],
        _ => &[],
    }
}

/// The word of a line.
pub fn verb(lang: Lang, verb: &str) -> String {
    let l = &lang.words().loyalty;
    let said = match verb {
        "credit" => l.do_credit,
        "debit" => l.do_debit,
        "redeem" => l.line_redeem,
        "reserve" => l.line_reserve,
        "commit" => l.line_commit,
        "release" => l.line_release,
        "clawback" => l.line_clawback,
        "transfer" => l.line_transfer,
        "merge" => l.do_merge,
        "unmerge" => l.do_unmerge,
        "issue" => l.do_issue,
        "cancel" => l.do_cancel,
        "assign" => l.do_floor,
        "give" => lang.words().keeping.do_badge,
        "take" => lang.words().keeping.do_take,
        other => return other.into(),
    };
    said.into()
}

/// What moved points, by the roles of both accounts.
pub fn movement(lang: Lang, own: &str, other: &str, amount: Decimal) -> &'static str {
    let l = &lang.words().loyalty;
    let is_more = amount.is_sign_positive();
    match (own, other) {
        (_, "granted") if is_more => l.moved_earned,
        (_, "granted") => l.moved_taken_back,
        (_, "expired") => l.moved_expired,
        (_, "reset") => l.moved_reset,
        (_, "adjusted") => l.moved_adjusted,
        (_, "redeemed" | "orders") if !is_more => l.moved_redeemed,
        (_, "redeemed" | "orders") => l.moved_released,
        (_, "reserved") if is_more => l.moved_released,
        (_, "reserved") => l.moved_reserved,
        ("open", "escrow") | ("escrow", "open") => l.moved_usable,
        ("arrears", _) | (_, "arrears") => l.moved_owed,
        ("payable", _) => l.moved_paid,
        _ => l.moved_passed,
    }
}

/// A reason of the list by its name; its code where it has none in this language.
pub fn reason_name(lang: Lang, reason: &Reason) -> String {
    let name = match lang {
        Lang::Ja => reason.name_ja.as_ref().or(reason.name_en.as_ref()),
        Lang::En => reason.name_en.as_ref().or(reason.name_ja.as_ref()),
    };
    name.filter(|name| !name.is_empty()).unwrap_or(&reason.code).clone()
}

/// A reason as a line keeps it: by its name, with what stands beside it.
pub fn reason(lang: Lang, all: &[Reason], kind: ReasonKind, text: &str) -> String {
    match wallets::reason_of(all, kind, text) {
        None => text.to_owned(),
        Some((reason, "")) => reason_name(lang, reason),
        Some((reason, note)) => format!("{} · {note}", reason_name(lang, reason)),
    }
}

/// What moved a partner to a tier.
pub fn moved_by(lang: Lang, word: &str) -> &'static str {
    let w = &lang.words().keeping;
    match word {
        "rise" => w.by_rise,
        "fall" => w.by_fall,
        "floor" => w.by_floor,
        "floor_end" => w.by_floor_end,
        "ceiling" => lang.words().tiers.by_ceiling,
        "ceiling_end" => lang.words().tiers.by_ceiling_end,
        "merge" => w.by_merge,
        "part" => w.by_part,
        _ => w.by_start,
    }
}

/// From when until when somebody had a tier.
pub fn span_of_tier(lang: Lang, since: Option<&str>, until: Option<&str>) -> String {
    let w = &lang.words().keeping;
    let day = |day: &str| last_day(lang, day);
    match (since, until) {
        (Some(since), Some(until)) => {
            fill(w.from_until, &[("from", &day(since)), ("until", &day(until))])
        }
        (Some(since), None) => fill(w.from_on, &[("from", &day(since))]),
        (None, Some(until)) => fill(w.until_only, &[("until", &day(until))]),
        (None, None) => w.by_start.into(),
    }
}

/// What moved a voucher, by the roles of both accounts.
pub fn movement_of_voucher(lang: Lang, own: &str, other: &str, amount: Decimal) -> &'static str {
    let (w, l) = (&lang.words().keeping, &lang.words().loyalty);
    let is_more = amount.is_sign_positive();
    match (own, other) {
        (_, "granted") if is_more => w.voucher_issued,
        (_, "granted") => w.voucher_taken,
        (_, "expired") => w.voucher_over,
        ("open", "reserved") => l.moved_reserved,
        (_, "orders" | "redeemed" | "redeemed.expense") if is_more => w.voucher_back,
        ("reserved", "open") => l.moved_released,
        _ => w.voucher_used,
    }
}
