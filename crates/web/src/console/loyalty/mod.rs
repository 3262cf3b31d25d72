//! Console, loyalty: wallets and their texts, who holds what, what it costs, what is done by hand.

pub mod badges;
pub mod builder;
pub mod building;
pub mod counter;
pub mod games;
pub mod hand;
pub mod liability;
pub mod links;
pub mod members;
pub mod membership;
pub mod memberships;
pub mod movers;
pub mod orders;
pub mod partner;
pub mod pictures;
pub mod pools;
pub mod promotions;
pub mod proposals;
pub mod reasons;
pub mod sponsors;
pub mod tell;
pub mod text;
pub mod trace;
pub mod versions;
pub mod wallet;
pub mod wallets;

use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::i18n::Lang;
use crate::ui::amount::tier_key;
use crate::ui::{nothing, tabs};
use crate::view::{Measured, Pays, Tier, Unit};

/// A tier by its name, with the colour of its metal or rank; nothing below the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierName {
    pub name: String,
    /// 1 is the lowest.
    pub rank: usize,
}

impl TierName {
    pub fn chip(&self) -> Markup {
        let zero = Decimal::ZERO;
        let tier = Tier {
            name: Some(self.name.clone()),
            rank: self.rank,
            from: Measured { value: zero, unit: Unit::Plain },
            pays: Pays::Factor(zero),
        };
        html! { span class={ "tk-tier tk-tier--" (tier_key(&tier)) } { (self.name) } }
    }
}

/// A tier, or the words for having none.
pub fn tier_or_none(lang: Lang, tier: Option<&TierName>) -> Markup {
    if let Some(tier) = tier {
        return tier.chip();
    }
    html! { span.tk-tier.tk-tier--base { (lang.words().loyalty.without_tier) } }
}

/// A text, or the sign for one that is missing.
pub fn or_nothing(text: Option<&String>) -> Markup {
    text.map_or_else(nothing, |text| html! { (text) })
}

/// The two pages of a partner, where there are wallets.
pub fn partner_tabs(lang: Lang, code: &str, current: usize) -> Markup {
    let l = &lang.words().loyalty;
    let path = format!("/console/partners/{}", crate::ui::encode(code));
    let all = [
        (l.overview, path.clone()),
        (l.tab, format!("{path}/loyalty")),
        (lang.words().members.tab, format!("{path}/membership")),
    ];
    tabs(l.in_this_partner, &all, current)
}
