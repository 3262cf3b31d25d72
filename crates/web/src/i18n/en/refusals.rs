//! Why wallets refuse, and what to do. English.

use domain::wallet::Refusal;

use crate::i18n::words;

words! {
    /// Why wallets refuse, and what to do.
    Refusals {
        other_content: "the key stands for something else already; take a new key",
        unknown_partner: "add the partner, or correct its code",
        unknown_code: "no active wallet declares this code",
        unknown_key: "nothing goes by this key",
        merged: "the membership is part of another one; name that one",
        not_owner: "it belongs to another partner",
        wrong_unit: "it cannot be spent, or the amount has too many decimals",
        invalid_amount: "the amount has to be above zero, and within bounds",
        wrong_state: "it is not possible any more, or not yet",
        not_started: "its first day is still to come",
        expired: "its last day is over",
        not_enrolled: "the partner has to enrol before, in the promotion or in the wallet",
        not_eligible: "the condition does not hold for this partner",
        below_minimum: "it is below the smallest amount",
        not_a_step: "it is no multiple of the step",
        limit_partner: "the partner has had as many as it may",
        limit_total: "there are no more, or points may not pay more of the order",
        out_of_stock: "there is none left",
        quantity_limit: "the agreement pays no more over all claims",
        insufficient: "there is not enough",
        too_early: "the activity comes too soon after the request; ask earlier",
        too_late: "the last day for claims is over",
        request_required: "ask for the money by a request first",
        evidence: "a proof is missing; add every kind the activity asks for",
        duplicate: "the invoice was claimed already",
        own_share: "too little of the partner's own part was paid in cash",
        exceeds_request: "it is more than the request has left",
        exceeds_allocation: "it is more than the allocations have",
        exceeds_fund: "it is more than the fund has free",
        exceeds_claim: "it is more than the claim may be paid",
        pack_short: "the sponsor's pack is short; it follows when the pack is filled",
    }
}

impl Refusals {
    pub fn of(&self, refusal: Refusal) -> &'static str {
        match refusal {
            Refusal::OtherContent => self.other_content,
            Refusal::UnknownPartner => self.unknown_partner,
            Refusal::UnknownCode => self.unknown_code,
            Refusal::UnknownKey => self.unknown_key,
            Refusal::Merged => self.merged,
            Refusal::NotOwner => self.not_owner,
            Refusal::WrongUnit => self.wrong_unit,
            Refusal::InvalidAmount => self.invalid_amount,
            Refusal::WrongState => self.wrong_state,
            Refusal::NotStarted => self.not_started,
            Refusal::Expired => self.expired,
            Refusal::NotEnrolled => self.not_enrolled,
            Refusal::NotEligible => self.not_eligible,
            Refusal::BelowMinimum => self.below_minimum,
            Refusal::NotAStep => self.not_a_step,
            Refusal::LimitPartner => self.limit_partner,
            Refusal::LimitTotal => self.limit_total,
            Refusal::OutOfStock => self.out_of_stock,
            Refusal::QuantityLimit => self.quantity_limit,
            Refusal::Insufficient => self.insufficient,
            Refusal::TooEarly => self.too_early,
            Refusal::TooLate => self.too_late,
            Refusal::RequestRequired => self.request_required,
            Refusal::Evidence => self.evidence,
            Refusal::Duplicate => self.duplicate,
            Refusal::OwnShare => self.own_share,
            Refusal::ExceedsRequest => self.exceeds_request,
            Refusal::ExceedsAllocation => self.exceeds_allocation,
            Refusal::ExceedsFund => self.exceeds_fund,
            Refusal::ExceedsClaim => self.exceeds_claim,
            Refusal::PackShort => self.pack_short,
        }
    }
}
