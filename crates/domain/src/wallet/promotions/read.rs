//! Promotions as they are written.

use jiff::tz::TimeZone;

use super::keys::{LIMITS, PROMOTION};
use super::{Enrol, Promotion, PromotionLimits};
use crate::condition::{Declared, Depends, Expr};
use crate::reader::Reader;
use crate::wallet::ledger::Unit;
use crate::wallet::line::{ends_of, moment_of};
use crate::wallet::lot::Ends;
use crate::wallet::read::above_zero;
use crate::yaml::Node;

/// One definition. A day begins in `zone`.
pub(in crate::wallet) fn read(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
    declared: &Declared,
    zone: &TimeZone,
) -> Option<Promotion> {
    let fields = reader.fields(node, "a promotion", PROMOTION)?;
    let enrols = [("automatic", Enrol::Automatic), ("required", Enrol::Required)];
    let promotion = Promotion {
        code: code.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        starts: reader.maybe(&fields, "starts", |r, k, n| moment_of(r, k, n, zone)),
        ends: reader
            .maybe(&fields, "ends", |r, k, n| ends_of(r, k, n, zone))
            .unwrap_or(Ends::Never),
        enrol: reader
            .maybe(&fields, "enrol", |r, k, n| r.word(k, n, &enrols))
            .unwrap_or(Enrol::Automatic),
        when: reader.maybe(&fields, "when", |r, k, n| condition(r, (k, n), declared)),
        limits: reader.maybe(&fields, "limits", limits).unwrap_or_default(),
        cut: reader.maybe(&fields, "cut", Reader::yes_no).unwrap_or(false),
    };
    if let (Some(starts), Some(gone)) = (promotion.starts, promotion.ends.gone())
        && gone <= starts
    {
        reader.error(fields.at("ends"), "`ends` is before `starts`", "correct one of them");
    }
    if promotion.cut && promotion.limits == PromotionLimits::default() {
        let help = "say how much there is: `limits: { points: 20000 }`, or leave it out";
        reader.error(fields.at("cut"), "`cut` without `limits`", help);
    }
    Some(promotion)
}

/// Who may take part: a condition over the partner. Fields that programs declare are known to it.
fn condition(
    reader: &mut Reader<'_>,
    (key, node): (&str, &Node),
    declared: &Declared,
) -> Option<Expr> {
    let mut own = Reader::new(declared);
    let read = own.condition(key, node);
    reader.problems.append(&mut own.problems);
    if read.as_ref().is_some_and(|it| !it.depends().only(Depends::PARTNER.with(Depends::PARTY))) {
        let help = "ask about `partner.…` here, and about what was sold in `when` of the term";
        reader.error(node.at, "the condition of a promotion reads more than the partner", help);
    }
    read
}

fn limits(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<PromotionLimits> {
    let fields = reader.fields(node, "`limits`", LIMITS)?;
    Some(PromotionLimits {
        uses: reader.maybe(&fields, "uses", Reader::whole),
        uses_per_partner: reader.maybe(&fields, "uses_per_partner", Reader::whole),
        points: reader.maybe(&fields, "points", above_zero),
        points_per_partner: reader.maybe(&fields, "points_per_partner", above_zero),
        vouchers: reader.maybe(&fields, "vouchers", Reader::whole),
        liability: reader.maybe(&fields, "liability", above_zero),
    })
}
