//! Words of sponsors in the console. English.

use crate::i18n::words;

words! {
    /// Words of sponsors in the console.
    Sponsors {
        sponsors: "Sponsors",
        sponsors_help: "Other companies that pay for points, in advance or afterwards",
        no_sponsors: "No sponsors yet",
        no_sponsors_help: "Declare them in the text of a wallet under sponsors: the points they pay for, in advance or afterwards, and at which cost.",
        sponsor: "Sponsor",
        prepaid: "Pays in advance",
        postpaid: "Pays afterwards",
        bought: "Bought",
        used: "Used",
        pack: "Left in the pack",
        waiting: "Asked by what waits",
        paid: "Paid for packs",
        owed: "Owes",
        factor: "Points of the sponsor for one",
        alert: "Tell below",
        alerts: "Pack runs low",
        alerts_help: "The pack is below the level at which somebody should know. Credits that it cannot pay wait for the next top-up.",
        top_up: "Top up",
        top_up_help: "Points that the sponsor bought. What waits follows in order.",
        amount: "Points",
        queue: "Waits for the pack",
        credit: "Credit",
        partner: "Partner",
        paper: "Statement as PDF",
        paper_title: "Statement of sponsored points",
        paper_day: "As of",
        billing: "Billing",
        total: "Total",
        page: "Page",
        statement: "Statement by month",
        statement_help: "Points bought and used, and what is owed in money",
        month: "Month",
        nothing_yet: "Nothing was bought or used yet.",
    }
}
