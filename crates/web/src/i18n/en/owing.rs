//! Words for why a payout is owed. English.

use crate::i18n::words;

words! {
    /// Words for why a payout is owed.
    Owing {
        why: "Why it is owed",
        reward: "Reward: {reward}",
        order: "{points}, order {order}",
        given_back: "{points} given back, order {order}",
        sentence: "{amount} for {points}, order {order} of {day}.",
        sentence_back: "{amount} were paid too much: {points} of order {order} were given back on {day}.",
        rewards: "Rewards in cash",
        of_rewards: "Rewards",
        see_points: "Points of this partner",
        see_history: "My points",
        withdrawn: "Withdrawn",
        withdrawn_help: "The order was cancelled or changed before it was paid. Nothing is owed by this payout any more.",
    }
}
