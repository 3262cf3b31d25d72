//! The partner whose portal the demo shows: one with a tier reached and the next one in sight.

use std::collections::{BTreeMap, BTreeSet};

use domain::code::PartnerCode;
use domain::fact::FactKind;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Company;

/// Units that open the tiers of the bikes volume rebate.
const THRESHOLDS: [u32; 4] = [30, 80, 200, 400];

/// The partner in Japan that has the least way to go to its next tier, in thousandths of it, but
/// some; the one that bought most if none has a tier yet.
pub fn shown(company: &Company, today: Date) -> Option<PartnerCode> {
    let quarter = Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).ok()?;
    let is_bike = |fields: &domain::master::Fields| {
        fields.get("category").is_some_and(|category| category == "Bikes")
    };
    let bikes: BTreeSet<_> = company
        .products
        .iter()
        .filter(|(_, fields)| is_bike(fields))
        .map(|(code, _)| code)
        .collect();
    let candidates: BTreeSet<_> = company
        .partners
        .iter()
        .filter(|(_, fields)| fields.get("country").is_some_and(|country| country == "JP"))
        .filter(|(_, fields)| {
            fields.get("business_type").is_some_and(|kind| kind == "specialty_store")
        })
        .map(|(code, _)| code)
        .collect();
    let mut units: BTreeMap<&PartnerCode, Decimal> = BTreeMap::new();
    for fact in &company.facts {
        let (Some(partner), Some(product)) = (&fact.partner, &fact.product) else { continue };
        if quarter <= fact.date()
            && fact.kind == FactKind::Sale
            && bikes.contains(product)
            && candidates.contains(partner)
        {
            *units.entry(partner).or_default() += fact.quantity.unwrap_or_default();
        }
    }
    let near = |units: Decimal| {
        let reached = THRESHOLDS.iter().rev().find(|from| Decimal::from(**from) <= units)?;
        let next = THRESHOLDS.iter().find(|from| *from > reached)?;
        let missing = (Decimal::from(*next) - units) * Decimal::from(1_000) / Decimal::from(*next);
        (Decimal::from(50) <= missing).then_some(missing)
    };
    let nearest = units
        .iter()
        .filter_map(|(code, units)| Some((near(*units)?, *code)))
        .min()
        .map(|(_, code)| code);
    let most = || units.iter().max_by_key(|(_, units)| **units).map(|(code, _)| *code);
    nearest.or_else(most).or_else(|| candidates.first().copied()).cloned()
}
