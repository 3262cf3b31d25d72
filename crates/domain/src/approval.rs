//! Approval: who has to say yes, one after the other, before an amount counts or is paid.
//!
//! # Invariants
//!
//! * Nobody decides about what they prepared, in their own name or in somebody else's.
//! * Nobody decides twice in one round: who approved one step does not approve the next, and no
//!   deputy does it for them.
//! * The chain of an amount is chosen once, when it is asked for. A chain that is changed later
//!   acts on what is asked for later.

use rust_decimal::Decimal;
use thiserror::Error;

use crate::amount::Currency;

/// What is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    Payout,
    Adjustment,
}

impl Subject {
    pub const ALL: [Subject; 2] = [Subject::Payout, Subject::Adjustment];

    pub fn word(self) -> &'static str {
        match self {
            Subject::Payout => "payout",
            Subject::Adjustment => "adjustment",
        }
    }

    pub fn from_word(word: &str) -> Option<Subject> {
        Subject::ALL.into_iter().find(|subject| subject.word() == word)
    }
}

/// Who may take a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Approver {
    /// Whoever's role may approve at all.
    Anyone,
    /// Everybody of a role, by its word.
    Role(String),
    /// One person, by public id.
    User(String),
}

/// One yes of a chain: any one of these people, within so many days.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    pub by: Vec<Approver>,
    pub days: u16,
}

/// The steps for amounts from a threshold up, in one currency. Amounts below zero count by size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub subject: Subject,
    pub currency: Currency,
    pub from: Decimal,
    pub steps: Vec<Step>,
}

/// The steps for an amount: those of the highest threshold it reaches. `None` where no chain is
/// for it.
pub fn steps_for<'c>(
    chains: &'c [Chain],
    subject: Subject,
    currency: &str,
    amount: Decimal,
) -> Option<&'c [Step]> {
    let size = amount.abs();
    chains
        .iter()
        .filter(|chain| chain.subject == subject && chain.currency.as_str() == currency)
        .filter(|chain| chain.from <= size)
        .max_by_key(|chain| chain.from)
        .map(|chain| chain.steps.as_slice())
}

/// Somebody in whose name is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    pub id: String,
    pub name: String,
    pub role: String,
    /// Whether the role may approve at all.
    pub may_approve: bool,
}

/// Who decides, and for whom they stand in today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub own: Authority,
    pub stands_for: Vec<Authority>,
}

/// A yes that was given in this round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub by: String,
    /// In whose name, if not their own.
    pub stands_for: Option<String>,
}

/// An approval under way: its steps, what was given so far, and who prepared what is approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    steps: Vec<Step>,
    given: Vec<Given>,
    prepared: Vec<String>,
}

/// Where a yes leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Another step waits, due in so many days.
    Next {
        step: usize,
        days: u16,
    },
    Done,
}

/// Why somebody may not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("the one who prepared it cannot decide about it; ask a second person")]
    Prepared,
    #[error("who took one step of an approval cannot take another; ask another person")]
    GivenBefore,
    #[error("this step is for somebody else; the chain of approval says for whom")]
    NotTheirs,
}

impl Step {
    fn takes(&self, authority: &Authority) -> bool {
        self.by.iter().any(|by| match by {
            Approver::Anyone => authority.may_approve,
            Approver::Role(role) => *role == authority.role,
            Approver::User(id) => *id == authority.id,
        })
    }
}

impl Person {
    /// In their own name first.
    fn authorities(&self) -> impl Iterator<Item = &Authority> {
        std::iter::once(&self.own).chain(&self.stands_for)
    }
}

impl Approval {
    pub fn new(steps: Vec<Step>, given: Vec<Given>, prepared: Vec<String>) -> Approval {
        Approval { steps, given, prepared }
    }

    /// Which step is next, counted from 0.
    pub fn step(&self) -> usize {
        self.given.len()
    }

    /// In whose name this person may take the next step.
    pub fn authority<'p>(&self, person: &'p Person) -> Result<&'p Authority, Refusal> {
        let step = self.steps.get(self.step()).ok_or(Refusal::NotTheirs)?;
        self.is_free(&person.own.id)?;
        let mut refusal = Refusal::NotTheirs;
        for authority in person.authorities().filter(|authority| step.takes(authority)) {
            match self.is_free(&authority.id) {
                Ok(()) => return Ok(authority),
                Err(why) => refusal = why,
            }
        }
        Err(refusal)
    }

    /// In whose name this person may say no: whoever has a step in the chain, four eyes or not.
    pub fn objector<'p>(&self, person: &'p Person) -> Result<&'p Authority, Refusal> {
        let has_a_step = |authority: &&Authority| {
            self.steps.iter().any(|step| step.takes(authority)) || authority.may_approve
        };
        person.authorities().find(has_a_step).ok_or(Refusal::NotTheirs)
    }

    fn is_free(&self, id: &str) -> Result<(), Refusal> {
        if self.prepared.iter().any(|prepared| prepared == id) {
            return Err(Refusal::Prepared);
        }
        let gave = |given: &Given| given.by == id || given.stands_for.as_deref() == Some(id);
        if self.given.iter().any(gave) { Err(Refusal::GivenBefore) } else { Ok(()) }
    }

    /// Takes the next step.
    pub fn approve(mut self, person: &Person) -> Result<(Progress, Approval), Refusal> {
        let authority = self.authority(person)?;
        let other = (authority.id != person.own.id).then(|| authority.id.clone());
        self.given.push(Given { by: person.own.id.clone(), stands_for: other });
        let progress = match self.steps.get(self.step()) {
            Some(next) => Progress::Next { step: self.step(), days: next.days },
            None => Progress::Done,
        };
        Ok((progress, self))
    }
}

#[cfg(test)]
mod tests;
