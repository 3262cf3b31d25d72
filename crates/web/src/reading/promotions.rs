//! Promotions as pages say them: what they give, until when, who may, what is left.

use domain::explain::CountedIn;
use domain::program::{FactsOf, FrequencyPer, Opens, Reward, Row, RowValue};
use domain::wallet::{Ends, Promotion, PromotionState, Refusal, Taken, Wallet};
use engine::views::loyalty::promotions::Paying;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::{loyalty, name, rules, standing};
use crate::format::{self, Money};
use crate::i18n::{Lang, fill};
use crate::ui::Tone;
use crate::view::{Measured, Unit};

/// Where a promotion stands, in a word.
pub fn state(lang: Lang, state: PromotionState) -> (&'static str, Tone) {
    let p = &lang.words().promotions;
    match state {
        PromotionState::Draft => (p.draft, Tone::Info),
        PromotionState::Running => (p.running, Tone::Good),
        PromotionState::Over => (p.over, Tone::Plain),
        PromotionState::Cancelled => (p.cancelled, Tone::Bad),
    }
}

/// From when and until when.
pub fn days(lang: Lang, of: &Promotion) -> String {
    let starts = of.starts.map(|at| from(lang, at));
    let sep = lang.say("、", " · ");
    starts.into_iter().chain([until(lang, of.ends)]).collect::<Vec<_>>().join(sep)
}

/// `From 1 Jun 2026`.
pub fn from(lang: Lang, at: DateTime) -> String {
    let day = format::day_long(at.date(), lang);
    let is_whole = at.time() == jiff::civil::Time::midnight();
    let said = if is_whole { day } else { format!("{day} {}", format::clock(at)) };
    fill(lang.words().promotions.from_at, &[("at", &said)])
}

/// `Until 30 Jun 2026`.
pub fn until(lang: Lang, ends: Ends) -> String {
    let p = &lang.words().promotions;
    match ends {
        Ends::After(day) => fill(p.until_day, &[("day", &format::day_long(day, lang))]),
        Ends::At(moment) => {
            let day = format::day_long(moment.date(), lang);
            fill(p.until_at, &[("day", &day), ("time", &format::clock(moment))])
        }
        Ends::Never => p.no_end.into(),
    }
}

/// How many days are left, where there are not too many to count.
pub fn left(lang: Lang, ends: Ends, today: Date) -> Option<String> {
    let p = &lang.words().promotions;
    let last = match ends {
        Ends::After(day) => day,
        Ends::At(moment) => moment.date(),
        Ends::Never => return None,
    };
    let days = (last - today).get_days();
    match days {
        ..0 => None,
        0 => Some(p.last_day.into()),
        _ => Some(fill(p.days_left, &[("n", &days.to_string())])),
    }
}

/// What a term gives under a promotion: `50 Stars for each sale`.
pub fn gives(lang: Lang, wallet: &Wallet, of: &Paying) -> Vec<String> {
    let p = &lang.words().promotions;
    let term = &of.term;
    let mut said = vec![];
    for row in &term.rows {
        said.extend(row_said(lang, wallet, of, row));
    }
    if said.is_empty() {
        let program = name(lang, &of.program.name, of.program.code.as_str());
        let unit = unit(lang, wallet, &term.reward, None);
        said.push(fill(p.by_program, &[("unit", &unit), ("program", &program)]));
    }
    said
}

/// What of a sale decides whether it counts, where a term asks.
pub fn counts(lang: Lang, of: &Paying) -> Vec<String> {
    let p = &lang.words().promotions;
    let all = [&of.program.when, &of.term.when];
    let mut said: Vec<String> = all
        .into_iter()
        .flatten()
        .map(|when| fill(p.for_what, &[("what", &rules::conditions(lang, when))]))
        .collect();
    said.dedup();
    if let Some(frequency) = &of.term.frequency {
        let per = match frequency.per {
            FrequencyPer::Day => p.per_day,
            FrequencyPer::Month => p.per_month,
            FrequencyPer::Period => p.per_period,
            FrequencyPer::Year => p.per_year,
            FrequencyPer::Program => p.per_program,
        };
        said.push(fill(p.first_of, &[("n", &frequency.first.to_string()), ("per", per)]));
    }
    said
}

fn row_said(lang: Lang, wallet: &Wallet, of: &Paying, row: &Row) -> Option<String> {
    let p = &lang.words().promotions;
    let reward = &of.term.reward;
    if let Some(fixed) = row.fixed {
        let what = unit(lang, wallet, reward, Some(fixed));
        let opens = match row.opens {
            Opens::Always => Decimal::ZERO,
            Opens::From(at) | Opens::Above(at) => at,
        };
        if of.is_goal() && !opens.is_zero() {
            let goal = goal(lang, of, opens);
            return Some(fill(p.reached, &[("what", &what), ("goal", &goal)]));
        }
        let is_activity = matches!(&of.term.facts, FactsOf::Kinds(kinds)
            if kinds.iter().all(|kind| *kind == domain::fact::FactKind::Activity));
        let each = if is_activity { p.each_activity } else { p.each_sale };
        return Some(fill(each, &[("what", &what)]));
    }
    let name = unit(lang, wallet, reward, None);
    match row.value? {
        RowValue::Factor(factor) => {
            Some(fill(p.times, &[("unit", &name), ("n", &format::quantity(factor))]))
        }
        RowValue::PerUnit(each) | RowValue::Rate(each) => {
            let every = Decimal::ONE.checked_div(each).filter(|every| every.fract().is_zero());
            match (CountedIn::of_measure(&of.term), every) {
                (Some(CountedIn::Money), Some(every)) => {
                    let amount = Money::new(every, of.program.currency).text(lang);
                    let what = unit(lang, wallet, reward, Some(Decimal::ONE));
                    Some(fill(p.per_amount, &[("amount", &amount), ("what", &what)]))
                }
                (Some(CountedIn::Money), None) => {
                    let amount = Money::new(Decimal::ONE, of.program.currency).text(lang);
                    let what = unit(lang, wallet, reward, Some(each));
                    Some(fill(p.per_amount, &[("amount", &amount), ("what", &what)]))
                }
                (Some(CountedIn::Quantity(_)), _) => {
                    let what = unit(lang, wallet, reward, Some(each));
                    Some(fill(p.per_piece, &[("what", &what)]))
                }
                _ => None,
            }
        }
    }
}

/// A threshold of a term, in what it is counted in.
pub fn goal(lang: Lang, of: &Paying, at: Decimal) -> String {
    let unit = match CountedIn::of_qualifier(&of.term) {
        CountedIn::Plain => Unit::Plain,
        counted => standing::unit(&counted, of.term.qualifier_currency_in(&of.program)),
    };
    Measured { value: at, unit }.text(lang)
}

/// What a term pays in: so many points, a voucher, a badge; without a number its name.
pub fn unit(lang: Lang, wallet: &Wallet, reward: &Reward, amount: Option<Decimal>) -> String {
    let p = &lang.words().promotions;
    let code = reward.code();
    match reward {
        Reward::Voucher(_) => {
            let names = wallet.vouchers.get(code).map(|it| it.name.clone()).unwrap_or_default();
            fill(p.one_voucher, &[("name", &name(lang, &names, code))])
        }
        Reward::Badge(_) => {
            let names = wallet.badges.get(code).map(|it| it.name.clone()).unwrap_or_default();
            fill(p.one_badge, &[("name", &name(lang, &names, code))])
        }
        _ => {
            if let Some(amount) = amount {
                return loyalty::points_of(lang, wallet, amount, code);
            }
            let names = wallet.points.get(code).map(|it| it.name.clone()).unwrap_or_default();
            name(lang, &names, code)
        }
    }
}

/// What was given: `500 points, 2 vouchers, 3 times`. Nothing if there is nothing.
pub fn taken(lang: Lang, of: &Taken) -> Option<String> {
    let p = &lang.words().promotions;
    if of.uses == 0 && of.points.is_zero() && of.vouchers.is_zero() {
        return None;
    }
    let mut said = vec![];
    if !of.points.is_zero() {
        said.push(fill(p.all_points, &[("n", &format::quantity(of.points))]));
    }
    if !of.vouchers.is_zero() {
        said.push(format!("{} {}", format::quantity(of.vouchers), p.vouchers));
    }
    said.push(fill(p.n_times, &[("n", &format::count(of.uses))]));
    Some(said.join(lang.say("、", ", ")))
}

/// Why an award was given nothing, or a partner is not let in.
pub fn refusal(lang: Lang, why: Refusal) -> String {
    let p = &lang.words().promotions;
    let said = match why {
        Refusal::NotEnrolled => p.why_not_enrolled,
        Refusal::NotEligible => p.why_not_eligible,
        Refusal::LimitPartner => p.why_limit_partner,
        Refusal::LimitTotal => p.why_limit_total,
        Refusal::NotStarted => p.why_not_started,
        Refusal::Expired => p.why_over,
        Refusal::WrongState => p.why_stopped,
        other => return loyalty::refusal(lang, other.word()),
    };
    said.into()
}

/// Who may take part.
pub fn who(lang: Lang, of: &Promotion) -> String {
    let p = &lang.words().promotions;
    match &of.when {
        None => p.everybody.into(),
        Some(when) => fill(p.who_when, &[("what", &rules::conditions(lang, when))]),
    }
}
