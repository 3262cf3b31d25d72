//! How a partner stands, drawn: the bars of attainment and the words for the gap.

use maud::{Markup, html};

use crate::chart::attain::{self, Bar, Mark};
use crate::i18n::{Lang, fill, fill_markup};
use crate::ui::estimate;
use crate::view::{Pays, Standing};

/// Where the present rate leads is worth a word only while it leads somewhere.
fn ahead(standing: &Standing) -> Option<&crate::view::Measured> {
    standing.forecast.as_ref().filter(|forecast| forecast.value > standing.now.value)
}

fn marks(lang: Lang, standing: &Standing) -> Vec<Mark> {
    standing
        .tiers
        .iter()
        .filter(|tier| !tier.from.value.is_zero() || standing.tiers.len() == 1)
        .map(|tier| Mark {
            at: tier.from.value,
            label: tier.from.short(lang),
            name: tier.label(lang),
            pays: match &tier.pays {
                Pays::Fixed(money) => money.short(lang),
                other => other.text(lang),
            },
            reached: tier.rank <= standing.reached,
        })
        .collect()
}

/// The finding in a sentence, for those who do not see the picture.
pub fn finding(lang: Lang, standing: &Standing) -> String {
    let c = &lang.words().common;
    let now = fill(c.finding_now, &[("now", &standing.now.text(lang))]);
    let next = match (standing.gap(), standing.next()) {
        (Some(gap), Some(next)) => {
            fill(c.finding_gap, &[("gap", &gap.text(lang)), ("tier", &next.label(lang))])
        }
        _ => c.finding_top.into(),
    };
    format!("{now}{next}")
}

fn with_bar(lang: Lang, standing: &Standing, draw: impl FnOnce(&Bar) -> Markup) -> Markup {
    let c = &lang.words().common;
    let marks = marks(lang, standing);
    let label = finding(lang, standing);
    let forecast = ahead(standing);
    draw(&Bar {
        end: standing.end(),
        now: standing.now.value,
        forecast: forecast.map_or(standing.now.value, |forecast| forecast.value),
        marks: &marks,
        here: &fill(c.here_now, &[("now", &standing.now.text(lang))]),
        ahead: &forecast
            .map(|forecast| fill(c.here_ahead, &[("n", &forecast.about(lang))]))
            .unwrap_or_default(),
        label: &label,
    })
}

/// The bar of a card: tiers named above, the two positions below.
pub fn large(lang: Lang, standing: &Standing) -> Markup {
    with_bar(lang, standing, attain::large)
}

/// The bar of a row.
pub fn small(lang: Lang, standing: &Standing) -> Markup {
    with_bar(lang, standing, attain::small)
}

/// "120 units to Gold", the figure lit.
pub fn gap_say(lang: Lang, standing: &Standing) -> Markup {
    let p = &lang.words().portal;
    match (standing.gap(), standing.next()) {
        (Some(gap), Some(next)) => fill_markup(
            p.gap_to_tier,
            &[("gap", html! { (gap.text(lang)) }), ("tier", html! { (next.label(lang)) })],
        ),
        _ if standing.tiers.len() > 1 => html! { (p.top_reached) },
        _ => html! { (standing.now.text(lang)) },
    }
}

/// What the gap is worth and where the present rate leads.
pub fn worth_say(lang: Lang, standing: &Standing) -> Markup {
    let p = &lang.words().portal;
    html! {
        @if let Some(worth) = standing.worth {
            (fill_markup(p.worth_of_gap, &[("amount", estimate(lang, worth))]))
        }
        @if let Some(forecast) = ahead(standing) {
            (lang.say("", " "))
            (pace_say(lang, standing, forecast))
        }
    }
}

fn pace_say(lang: Lang, standing: &Standing, forecast: &crate::view::Measured) -> Markup {
    let p = &lang.words().portal;
    let end = ("end", forecast.about(lang));
    let (template, tier) = match standing.next() {
        Some(next) if forecast.value >= next.from.value => (p.pace_reaches, next.label(lang)),
        Some(next) => (p.pace_short, next.label(lang)),
        None => (p.pace_end, String::new()),
    };
    html! { (fill(template, &[(end.0, &end.1), ("tier", &tier)])) }
}
