//! Console: payment files, statements, the books, who is paid, and the vendor as a company.

pub mod account;
pub mod accounting;
pub mod company;
pub mod notes;
pub mod payee;
pub mod payees;
pub mod payments;
pub mod statements;
