//! Words of tiers that are set by hand, in console and portal. English.

use crate::i18n::words;

words! {
    /// Words of tiers that are set by hand.
    Tiers {
        which_way: "How it holds",
        way_floor: "Not below it: the partner may rise above",
        way_ceiling: "Not above it: the partner may fall below",
        way_fixed: "Exactly in it, whatever figures say",
        until_check: "Only until the tier is checked next",
        until_check_hint: "Then figures decide again. Where nothing is checked, give a day instead.",
        ceiling: "Held down to",
        fixed: "Fixed at",
        held_until: "Until",
        said_floor: "Not below {tier}, {until}",
        said_ceiling: "Not above {tier}, {until}",
        said_fixed: "Exactly {tier}, {until}",
        until_day: "until {day}",
        until_ever: "without an end",
        until_next_check: "until the next check",
        by_ceiling: "Lowered by hand",
        by_ceiling_end: "What was set by hand ended",
        own_floor: "Set by hand: at least {tier}, {until}",
        own_ceiling: "Set by hand: at most {tier}, {until}",
        own_fixed: "Set by hand: {tier}, {until}",
    }
}
