//! Tiers set by hand, in words.

use domain::wallet::{HeldUntil, Hold};
use engine::views::wallet::Tier;

use super::loyalty as say;
use crate::i18n::{Lang, fill};

/// Until when, as it was said.
fn until_said(lang: Lang, until: Option<HeldUntil>) -> String {
    let w = &lang.words().tiers;
    if until == Some(HeldUntil::NextCheck) {
        return w.until_next_check.to_owned();
    }
    let day = until.and_then(HeldUntil::ends).and_then(domain::wallet::Ends::text);
    until_day(lang, day.as_deref())
}

fn until_day(lang: Lang, day: Option<&str>) -> String {
    let w = &lang.words().tiers;
    match day {
        Some(day) => fill(w.until_day, &[("day", &say::last_day(lang, day))]),
        None => w.until_ever.to_owned(),
    }
}

/// What somebody said by hand of a tier.
pub fn said(lang: Lang, hold: Hold, tier: &str, until: Option<HeldUntil>) -> String {
    let w = &lang.words().tiers;
    let template = match hold {
        Hold::Floor => w.said_floor,
        Hold::Ceiling => w.said_ceiling,
        Hold::Fixed => w.said_fixed,
    };
    fill(template, &[("tier", tier), ("until", &until_said(lang, until))])
}

/// What holds now, as the vendor reads it: its label, and the position of the tier.
pub fn holds(lang: Lang, of: &Tier) -> Vec<(&'static str, usize)> {
    let (w, l) = (&lang.words().tiers, &lang.words().loyalty);
    match (of.floor, of.ceiling) {
        (Some(floor), Some(ceiling)) if floor == ceiling => vec![(w.fixed, floor)],
        (floor, ceiling) => {
            let floor = floor.map(|at| (l.floor, at));
            floor.into_iter().chain(ceiling.map(|at| (w.ceiling, at))).collect()
        }
    }
}

/// What holds now, as the member reads it. `name` gives the name of a tier.
pub fn told(lang: Lang, of: &Tier, name: impl Fn(usize) -> Option<String>) -> Vec<String> {
    let w = &lang.words().tiers;
    let until = until_day(lang, of.held_until.as_deref());
    let one = |template: &str, at: usize| {
        let tier = name(at)?;
        Some(fill(template, &[("tier", &tier), ("until", &until)]))
    };
    let all = match (of.floor, of.ceiling) {
        (Some(floor), Some(ceiling)) if floor == ceiling => vec![one(w.own_fixed, floor)],
        (floor, ceiling) => vec![
            floor.and_then(|at| one(w.own_floor, at)),
            ceiling.and_then(|at| one(w.own_ceiling, at)),
        ],
    };
    all.into_iter().flatten().collect()
}
