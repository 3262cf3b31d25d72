//! The states of things, as labels.

use maud::Markup;

use super::parts::{Tone, status};
use crate::i18n::Words;
use crate::view::{AdjustmentState, PayoutState, PeriodState, ProgramState};

pub fn program(words: &Words, state: ProgramState) -> Markup {
    let c = &words.common;
    match state {
        ProgramState::Draft => status(c.state_draft, Tone::Plain),
        ProgramState::Planned => status(c.state_planned, Tone::Info),
        ProgramState::Running => status(c.state_running, Tone::Good),
        ProgramState::Ended => status(c.state_ended, Tone::Plain),
    }
}

pub fn period(words: &Words, state: PeriodState) -> Markup {
    let c = &words.common;
    match state {
        PeriodState::Open => status(c.state_open, Tone::Info),
        PeriodState::Grace => status(c.state_grace, Tone::Info),
        PeriodState::Due => status(c.state_due, Tone::Wait),
        PeriodState::Closed => status(c.state_closed, Tone::Plain),
    }
}

pub fn payout(words: &Words, state: PayoutState) -> Markup {
    let c = &words.common;
    match state {
        PayoutState::Waiting => status(c.state_waiting, Tone::Wait),
        PayoutState::Approved => status(c.state_approved, Tone::Info),
        PayoutState::Rejected => status(c.state_rejected, Tone::Bad),
        PayoutState::Paid => status(c.state_paid, Tone::Good),
        PayoutState::Withdrawn => status(words.owing.withdrawn, Tone::Plain),
    }
}

pub fn adjustment(words: &Words, state: AdjustmentState) -> Markup {
    let c = &words.common;
    match state {
        AdjustmentState::Requested => status(c.state_waiting, Tone::Wait),
        AdjustmentState::Approved => status(c.state_approved, Tone::Good),
        AdjustmentState::Rejected => status(c.state_rejected, Tone::Bad),
    }
}
