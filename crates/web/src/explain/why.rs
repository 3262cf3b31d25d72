//! Why lines of a period do not count, in the reader's language.

use std::collections::BTreeMap;

use domain::measure::WaitReason;
use engine::explain::{Explanation, Why};

use crate::i18n::{Lang, fill};

/// The reasons, each with its number of lines; the most frequent first.
pub fn left_out(lang: Lang, told: &Explanation) -> Vec<(String, u64)> {
    let mut by_reason: BTreeMap<String, u64> = BTreeMap::new();
    for line in &told.left_out {
        *by_reason.entry(say(lang, &line.why)).or_default() += 1;
    }
    let mut reasons: Vec<(String, u64)> = by_reason.into_iter().collect();
    reasons.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    reasons
}

fn say(lang: Lang, why: &Why) -> String {
    let t = &lang.words().terms;
    match why {
        Why::Kind => t.why_kind.into(),
        Why::Days => t.why_days.into(),
        Why::NotEnrolled => t.why_not_enrolled.into(),
        Why::Condition(text) => fill(t.why_condition, &[("condition", text)]),
        Why::ReturnsIgnored => t.why_returns_ignored.into(),
        Why::Waits(WaitReason::NoRate) => t.why_no_rate.into(),
        Why::Waits(WaitReason::NoFactor) => t.why_no_factor.into(),
        Why::Waits(WaitReason::NoPrice) => t.why_no_price.into(),
        Why::Waits(WaitReason::NoValue) => t.why_no_value.into(),
        Why::CameBack => t.why_came_back.into(),
        Why::TakenBack => t.why_taken_back.into(),
    }
}
