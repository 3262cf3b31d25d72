//! What people do about what a story earned: a block ```` ```yaml settlement ```` of a scenario.
//!
//! A case says what happens and what it earns. This says who is paid to which account, who approves,
//! states, files, pays, disputes and answers, and what the papers, the books and the audit log must
//! say of it. Other engines than ours have no such office, so it stands beside the case and not in
//! it. [`crate::story`] does the steps, [`ties`] compares ledger, statements, files and exports.

mod line;
pub mod shows;
pub mod ties;

use std::collections::BTreeMap;

use domain::yaml;
use jiff::civil::Date;
use rust_decimal::Decimal;

use line::Line;

impl Settlement {
    /// Takes up what a later block of the same scenario says.
    pub fn and(mut self, later: Settlement) -> Settlement {
        self.vendor.extend(later.vendor);
        self.payees.extend(later.payees);
        self.steps.extend(later.steps);
        self.shows.extend(later.shows);
        self.steps.sort_by_key(|step| step.on);
        self
    }
}

/// Of a scenario.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settlement {
    /// What the vendor pays from: an account by currency.
    pub vendor: BTreeMap<String, String>,
    pub payees: Vec<Payee>,
    /// By day; of one day as written.
    pub steps: Vec<Step>,
    pub shows: Vec<Shown>,
}

/// Where a partner is paid, and how that is taxed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    pub partner: String,
    /// An IBAN, or bank, branch and number as in `0001-026-7654321`.
    pub account: String,
    /// The name the bank knows; the code if none is said.
    pub holder: Option<String>,
    /// `none`, `japan`, or the rate of value added tax as a share of 1.
    pub tax: Tax,
    /// A currency that is settled by credit note.
    pub credited_in: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tax {
    None,
    Japan,
    Vat(Decimal),
}

/// Something that somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it stands in its block.
    pub line: u32,
    pub on: Date,
    /// Somebody of the vendor, or a partner's code.
    pub by: String,
    pub act: Act,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Everything that waits in a period.
    Approve {
        program: String,
        period: String,
    },
    /// Issues the statements of a currency that are missing.
    State {
        unit: String,
    },
    /// Makes a payment file of what is due, and says what it must come to.
    File {
        name: String,
        unit: String,
        until: Date,
        day: Date,
        payments: u32,
        total: Decimal,
    },
    /// The bank paid it.
    Paid {
        name: String,
    },
    /// The bank sent the transfer to a partner back.
    Returned {
        name: String,
        partner: String,
        day: Date,
        reason: String,
    },
    /// Issues the credit note or the demand that settles a partner's statement.
    Note {
        is_demand: bool,
        name: String,
        partner: String,
        unit: String,
        /// What the note must come to.
        total: Decimal,
    },
    /// The money of a demand came in.
    Received {
        name: String,
    },
    /// A note was wrong.
    Void {
        name: String,
        says: String,
    },
    /// A partner says that a payout is wrong.
    Dispute {
        name: String,
        of: PayoutOf,
        expected: Decimal,
        reason: String,
        says: String,
    },
    Answer {
        name: String,
        says: String,
    },
    /// The amount becomes the adjustment of that name, which the timeline decides.
    Accept {
        name: String,
        adjust: String,
        amount: Decimal,
        says: String,
    },
    Reject {
        name: String,
        says: String,
    },
    /// A partner agrees to a payout.
    Agree {
        of: PayoutOf,
    },
    /// Hands to the books what they do not have yet.
    Export,
}

/// A payout of whoever acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutOf {
    pub program: String,
    pub period: String,
}

/// What must show at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub line: u32,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// All statements of a partner together.
    Statements { partner: String, count: u32, net: Decimal, tax: Decimal, total: Decimal },
    /// Debit less credit of an account of the ledger.
    Account { account: String, unit: String, amount: Decimal },
    /// Entries of the audit log: so many by somebody, from what to what.
    Audit {
        action: String,
        kind: String,
        of: Option<String>,
        by: String,
        times: u32,
        before: Option<String>,
        after: Option<String>,
    },
}

/// The settlement that a block says. An error names the line.
pub fn read(text: &str) -> Result<Settlement, String> {
    let document = yaml::parse(text).map_err(|error| format!("line {}: {error}", error.at.line))?;
    if let Some(twice) = document.duplicates.first() {
        return Err(format!("line {}: `{}` stands twice", twice.at.line, twice.key));
    }
    let root = Line::of(&document.root)?;
    let mut read = Settlement::default();
    for (currency, account) in root.entries_of("vendor")? {
        let account = account.text().ok_or("`vendor` has an account for each currency")?;
        read.vendor.insert(currency.to_owned(), account.to_owned());
    }
    for (partner, node) in root.entries_of("payees")? {
        read.payees.push(payee(partner, &Line::of(node)?)?);
    }
    for node in root.items_of("steps")? {
        read.steps.push(step(&Line::of(node)?)?);
    }
    for node in root.items_of("shows")? {
        read.shows.push(shown(&Line::of(node)?)?);
    }
    root.only(&["vendor", "payees", "steps", "shows"])?;
    read.steps.sort_by_key(|step| step.on);
    Ok(read)
}

fn payee(partner: &str, line: &Line<'_>) -> Result<Payee, String> {
    line.only(&["account", "holder", "tax", "credited_in"])?;
    let tax = match line.maybe("tax") {
        None | Some("none") => Tax::None,
        Some("japan") => Tax::Japan,
        Some(rate) => {
            let share = rate.strip_suffix('%').and_then(|number| number.parse::<Decimal>().ok());
            let share = share.ok_or_else(|| line.wrong("`tax` is `none`, `japan` or a rate"))?;
            Tax::Vat(share / Decimal::ONE_HUNDRED)
        }
    };
    Ok(Payee {
        partner: partner.to_owned(),
        account: line.text("account")?,
        holder: line.maybe("holder").map(ToOwned::to_owned),
        tax,
        credited_in: line.maybe("credited_in").map(ToOwned::to_owned),
    })
}

fn step(line: &Line<'_>) -> Result<Step, String> {
    let of = || -> Result<PayoutOf, String> {
        Ok(PayoutOf { program: line.text("of")?, period: line.text("period")? })
    };
    let word = line.word(&["on", "by"])?;
    let (act, known): (Act, &[&str]) = match word {
        "approve" => {
            let (program, period) = (line.text(word)?, line.text("period")?);
            (Act::Approve { program, period }, &["period"])
        }
        "state" => (Act::State { unit: line.text(word)? }, &[]),
        "file" => (
            Act::File {
                name: line.text(word)?,
                unit: line.text("currency")?,
                until: line.date("until")?,
                day: line.date("day")?,
                payments: line.count("payments")?,
                total: line.number("total")?,
            },
            &["currency", "until", "day", "payments", "total"],
        ),
        "paid" => (Act::Paid { name: line.text(word)? }, &[]),
        "returned" => (
            Act::Returned {
                name: line.text(word)?,
                partner: line.text("partner")?,
                day: line.date("day")?,
                reason: line.text("reason")?,
            },
            &["partner", "day", "reason"],
        ),
        "credit" | "demand" => (
            Act::Note {
                is_demand: word == "demand",
                name: line.text(word)?,
                partner: line.text("partner")?,
                unit: line.text("currency")?,
                total: line.number("total")?,
            },
            &["partner", "currency", "total"],
        ),
        "received" => (Act::Received { name: line.text(word)? }, &[]),
        "void" => (Act::Void { name: line.text(word)?, says: line.text("says")? }, &["says"]),
        "dispute" => (
            Act::Dispute {
                name: line.text(word)?,
                of: of()?,
                expected: line.number("expected")?,
                reason: line.text("reason")?,
                says: line.text("says")?,
            },
            &["of", "period", "expected", "reason", "says"],
        ),
        "answer" => (Act::Answer { name: line.text(word)?, says: line.text("says")? }, &["says"]),
        "accept" => (
            Act::Accept {
                name: line.text(word)?,
                adjust: line.text("adjust")?,
                amount: line.number("amount")?,
                says: line.text("says")?,
            },
            &["adjust", "amount", "says"],
        ),
        "reject" => (Act::Reject { name: line.text(word)?, says: line.text("says")? }, &["says"]),
        "agree" => {
            let (program, period) = (line.text(word)?, line.text("period")?);
            (Act::Agree { of: PayoutOf { program, period } }, &["period"])
        }
        "export" => (Act::Export, &[]),
        other => return Err(line.wrong(&format!("nobody can `{other}`; {STEPS}"))),
    };
    line.only(&[&["on", "by", word], known].concat())?;
    Ok(Step { line: line.number_in_file(), on: line.date("on")?, by: line.text("by")?, act })
}

const STEPS: &str = "write `approve`, `state`, `file`, `paid`, `returned`, `credit`, `demand`, \
                     `received`, `void`, `dispute`, `answer`, `accept`, `reject`, `agree` or \
                     `export`";

fn shown(line: &Line<'_>) -> Result<Shown, String> {
    let word = line.word(&[])?;
    let (what, known): (What, &[&str]) = match word {
        "statements" => (
            What::Statements {
                partner: line.text(word)?,
                count: line.count("count")?,
                net: line.number("net")?,
                tax: line.number("tax")?,
                total: line.number("total")?,
            },
            &["count", "net", "tax", "total"],
        ),
        "account" => (
            What::Account {
                account: line.text(word)?,
                unit: line.text("currency")?,
                amount: line.number("amount")?,
            },
            &["currency", "amount"],
        ),
        "audit" => {
            let said = line.text(word)?;
            let (action, kind) = said
                .split_once(' ')
                .ok_or_else(|| line.wrong("say what was done to what: `approve payout`"))?;
            let own = |key: &str| line.maybe(key).map(ToOwned::to_owned);
            let what = What::Audit {
                action: action.to_owned(),
                kind: kind.to_owned(),
                of: own("of"),
                by: line.text("by")?,
                times: line.maybe("times").map_or(Ok(1), |_| line.count("times"))?,
                before: own("before"),
                after: own("after"),
            };
            (what, &["of", "by", "times", "before", "after"])
        }
        other => {
            return Err(line.wrong(&format!(
                "nothing shows `{other}`; write `statements`, `account` or `audit`"
            )));
        }
    };
    line.only(&[&[word], known].concat())?;
    Ok(Shown { line: line.number_in_file(), what })
}

#[cfg(test)]
mod tests;
