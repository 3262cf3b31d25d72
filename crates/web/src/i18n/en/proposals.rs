//! Words of points by hand that need a second person. English.

use crate::i18n::words;

words! {
    /// Words of points by hand that need a second person.
    Proposals {
        title: "Points to approve",
        help: "Large amounts by hand wait here until a second person has looked",
        n_waiting: "{n} {n?request|requests} for points {n?waits|wait} for a second person",
        none: "Nothing to approve",
        none_help: "From the amount on at which your chains for adjustments begin, points given or taken by hand wait here.",
        partner: "Partner",
        points: "Points",
        asked: "Asked for by",
        state: "State",
        gives: "Give {amount}",
        takes: "Take {amount}",
        waiting: "Waiting",
        approved: "Approved",
        rejected: "Rejected",
        approve: "Approve",
        reject: "Reject",
        waits_for_other: "Somebody who may approve adjustments decides",
        decided: "This was decided before",
        own: "A second person approves: you asked for these points yourself",
        may_not: "You may not approve adjustments",
        long_comment: "The comment is too long",
    }
}
