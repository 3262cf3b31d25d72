//! Words of what waits, what moved and where a number comes from. English.

use crate::i18n::words;

words! {
    /// Words of what waits, what moved and where a number comes from.
    Trace {
        accruals_file: "Accruals, CSV",
        all_reasons: "All",
        all_programs: "All programs",
        find_line: "Line or partner",
        kind_base: "as earned",
        kind_rate: "tier moved",
        kind_prior_period: "earlier period",
        kind_true_up: "true-up at the close",
        lacks_answer: "“{text}” cannot be computed from it",
        lacks_factor: "No factor {unit} → {to} for {product} on {day}",
        lacks_field: "{field} is missing",
        lacks_list: "The list {name} is missing",
        lacks_nothing: "It is there now; the line counts in a moment",
        lacks_price: "No price of {product} in {list} on {day}",
        lacks_rate: "No rate {of} → {to} on {day}",
        line: "Line",
        mend_factor: "Enter the factor",
        mend_field: "Check it",
        mend_list: "Enter the list",
        mend_partner: "Check the partner",
        mend_price: "Enter the price",
        mend_rate: "Enter the rate",
        missing: "What is missing",
        no_waiting: "No line waits",
        no_waiting_help: "A line waits if the rate, the factor or the price it needs is not there yet.",
        own_lacks_factor: "We still need to enter how many {to} one {unit} of {product} holds.",
        own_lacks_other: "We still need a detail about this line.",
        own_lacks_price: "We still need to enter the price of {product} for {day}.",
        own_lacks_rate: "We still need to enter the exchange rate {of} → {to} for {day}.",
        own_waiting: "Lines not counted yet",
        own_waiting_help:
            "They have arrived, and we still have to enter something. They count as soon as that is done; you need not report them again.",
        own_waiting_some:
            "{n} of your lines {n?is|are} not counted yet, because we still have to enter something.",
        reason_no_factor: "Factor",
        reason_no_price: "Price",
        reason_no_rate: "Rate",
        reason_no_value: "Value",
        show: "Show",
        what: "Amount, quantity",
        waiting: "Lines that wait",
        waiting_help: "They are in the journal, and count as soon as what is missing is there",
    }
}
