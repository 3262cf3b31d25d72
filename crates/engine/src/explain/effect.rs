//! What an import changes for an award: computed with its facts, and as if they had never come.

use domain::award::Award;
use rust_decimal::Decimal;

use super::AwardRef;
use super::award::asked;
use super::recompute::{Computed, with_and_without};
use crate::access::Viewer;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader};
use crate::rules::Rules;

/// An award with the facts of an import and without them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What the next tier's qualifier lacked; `None` where nothing had counted yet, or there was
    /// no tier above.
    pub gap_before: Option<Decimal>,
    /// The same now; `None` once the highest tier is reached.
    pub gap_now: Option<Decimal>,
    /// The tier above before is reached now.
    pub reached: Option<u32>,
    pub earned_before: Decimal,
    pub earned_now: Decimal,
}

/// What an import changes for an award. `None` if it changes nothing, and if there is no such
/// award for this viewer.
pub async fn of_import(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    viewer: Viewer,
    (of, import_id): (&AwardRef, i64),
) -> Result<Option<Effect>, DbError> {
    let Some(asked) = asked(rules, master, viewer, of) else { return Ok(None) };
    let both = with_and_without(reader, rules, master, &asked, import_id).await?;
    let Some((now, before)) = both else { return Ok(None) };
    let (now, before) = (award(&now, of), award(&before, of));
    let gap = |award: Option<&Award>| award.and_then(|award| award.next.as_ref()?.gap);
    let tier = |award: Option<&Award>| award.and_then(|award| award.tier);
    let effect = Effect {
        gap_before: gap(before),
        gap_now: gap(now),
        reached: tier(now).filter(|_| tier(before) < tier(now)),
        earned_before: before.map(|award| award.amount).unwrap_or_default(),
        earned_now: now.map(|award| award.amount).unwrap_or_default(),
    };
    let moved = effect.gap_before != effect.gap_now || effect.earned_before != effect.earned_now;
    Ok(moved.then_some(effect))
}

fn award<'c>(computed: &'c Computed, of: &AwardRef) -> Option<&'c Award> {
    let outcome = computed.outcome.as_ref()?;
    outcome.awards.iter().find(|award| award.group == of.group)
}
