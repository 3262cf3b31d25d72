//! Sponsors as they are written: the keys of a declaration, and who bears a credit.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Bearer, Billing, Sponsor};
use crate::code::TermCode;
use crate::program::PointReward;
use crate::program::keys::{Key, Shape};
use crate::reader::{Fields, Reader};
use crate::wallet::Wallet;
use crate::wallet::ledger::Unit;
use crate::wallet::read::{above_zero, not_negative, share};
use crate::yaml::Node;

/// No factor and no cost is above it.
const RATE_MAX: u32 = 1_000;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

pub(crate) const SPONSOR: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "Who it is."),
    key("billing", Shape::Words(&["prepaid", "postpaid"]), "Whether it pays in advance."),
    Key {
        word: "points",
        shape: Shape::Word,
        says: "The point currency it pays for.",
        required: true,
    },
    key("factor", Shape::Number, "How many of its points one that is credited takes."),
    key("cost", Shape::Number, "What it pays for each of them."),
    key("alert", Shape::Number, "Below so many in its pack somebody should know."),
];

/// A sponsor, or several with the share that each bears.
pub(crate) const SPONSOR_OF_REWARD: Shape =
    Shape::OneOf(&[Shape::Word, Shape::ByName(&Shape::Share)]);

/// One declaration.
pub(in crate::wallet) fn read(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
) -> Option<Sponsor> {
    let fields = reader.fields(node, "a sponsor", SPONSOR)?;
    let kinds = [("prepaid", Billing::Prepaid), ("postpaid", Billing::Postpaid)];
    let billing = reader.maybe(&fields, "billing", |r, k, n| r.word(k, n, &kinds));
    let billing = billing.unwrap_or(Billing::Prepaid);
    let factor = reader.maybe(&fields, "factor", above_zero).unwrap_or(Decimal::ONE);
    let cost = reader.maybe(&fields, "cost", not_negative);
    for (word, value) in [("factor", Some(factor)), ("cost", cost)] {
        if value.is_some_and(|value| Decimal::from(RATE_MAX) < value) {
            let message = format!("`{word}` is above {RATE_MAX}");
            reader.error(fields.at(word), message, "write it for one point");
        }
    }
    if billing == Billing::Postpaid && fields.has("alert") {
        let help = "leave it out: there is no pack that could run short";
        reader.error(fields.at("alert"), "`alert` of a sponsor that pays afterwards", help);
    }
    let points = reader.needed(&fields, "points", Reader::code);
    Some(Sponsor {
        code: code.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        alert: reader.maybe(&fields, "alert", not_negative),
        points: Arc::from(points?),
        billing,
        factor,
        cost,
    })
}

/// `HOTEL`, or `{ HOTEL: 30%, AIR: 20% }`.
pub(crate) fn bearers(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Vec<Bearer>> {
    if node.map().is_none() {
        let sponsor = Arc::from(reader.code(key, node)?);
        return Some(vec![Bearer { sponsor, share: Decimal::ONE }]);
    }
    let fields = reader.any_fields(node, &format!("`{key}`"))?;
    if fields.entries.is_empty() {
        let help = "write `sponsor: HOTEL` or `sponsor: { HOTEL: 30% }`, or leave it out";
        reader.error(node.at, "`sponsor` names nobody", help);
        return None;
    }
    let mut bearers = Vec::new();
    for (sponsor, _, value) in fields.entries {
        let share = share(reader, sponsor, value)?;
        bearers.push(Bearer { sponsor: Arc::from(sponsor), share });
    }
    if Decimal::ONE < bearers.iter().map(|bearer| bearer.share).sum() {
        let help = "lower the shares; what is left of 100 % is the vendor's own";
        reader.error(node.at, "sponsors bear more than all of it", help);
        return None;
    }
    Some(bearers)
}

/// The sponsors that a term names pay for what it gives.
pub(in crate::wallet) fn known_of_term(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    wallet: &Wallet,
    (reward, term): (&PointReward, &TermCode),
) {
    for Bearer { sponsor: code, .. } in &reward.sponsors {
        let Some(sponsor) = wallet.sponsors.get(code) else {
            reader.error(
                fields.at("sponsors"),
                format!("unknown sponsor `{code}` of term `{term}`"),
                "declare it under `sponsors`, or correct its name",
            );
            continue;
        };
        if *sponsor.points != *reward.points {
            let points = &sponsor.points;
            reader.error(
                fields.at("sponsors"),
                format!("sponsor `{code}` of term `{term}` pays for points `{points}` alone"),
                "name a sponsor of the points that the term gives",
            );
        }
    }
}
