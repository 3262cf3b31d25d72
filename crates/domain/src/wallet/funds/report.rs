//! What is said of funds and claims: the lists of the output.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::Fund;
use super::sources::Pot;
use super::state::{Allocation, Claim, Draw, FundAccount, Request, Stage};
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::credit::Credit;
use crate::wallet::ledger::Unit;
use crate::wallet::lot::Place;
use crate::wallet::purse::Purse;
use crate::wallet::report::{Line, List, Said, Use};

/// What the list of funds says.
pub(in crate::wallet) const FUND_WORDS: &[(&str, Use)] = &[
    ("level", Use::Selects),
    ("allocation", Use::Selects),
    ("request", Use::Selects),
    ("partner", Use::Selects),
    ("amount", Use::Adds),
    ("free", Use::Adds),
    ("allocated", Use::Adds),
    ("requested", Use::Adds),
    ("reserved", Use::Adds),
    ("approved", Use::Adds),
    ("paid", Use::Adds),
    ("expired", Use::Adds),
    ("recaptured", Use::Adds),
    ("carried", Use::Adds),
    ("status", Use::Same),
];

/// What the list of claims says.
pub(in crate::wallet) const CLAIM_WORDS: &[(&str, Use)] = &[
    ("product", Use::Selects),
    ("status", Use::Same),
    ("cost", Use::Adds),
    ("calculated", Use::Adds),
    ("asked", Use::Adds),
    ("approved", Use::Adds),
    ("paid", Use::Adds),
    ("own", Use::Adds),
    ("quantity", Use::Adds),
    ("payable_quantity", Use::Adds),
    ("rejected_quantity", Use::Adds),
    ("lines", Use::Lists),
    ("reasons", Use::Lists),
];

/// What was drawn of something.
#[derive(Debug, Clone, Copy, Default)]
struct Drawn {
    reserved: Decimal,
    approved: Decimal,
    paid: Decimal,
}

/// What was drawn, by pot, and by request.
#[derive(Default)]
struct All<'b> {
    pots: BTreeMap<&'b Pot, Drawn>,
    requests: BTreeMap<&'b str, Drawn>,
}

impl All<'_> {
    fn of(&self, is_of: impl Fn(&Pot) -> bool) -> Drawn {
        let own = self.pots.iter().filter(|(pot, _)| is_of(pot));
        own.fold(Drawn::default(), |sum, (_, drawn)| Drawn {
            reserved: sum.reserved + drawn.reserved,
            approved: sum.approved + drawn.approved,
            paid: sum.paid + drawn.paid,
        })
    }
}

impl Book {
    /// The lines of funds, their allocations and requests, and of claims.
    pub(in crate::wallet) fn fund_lines(&self) -> Vec<Line> {
        let all = self.drawn();
        let mut lines = Vec::new();
        for (code, fund) in &self.wallet.funds {
            lines.push(self.fund_line(code, fund, &all));
            let own = self.funds.allocations.iter().filter(|((of, _), _)| of == code);
            lines.extend(own.map(|(_, own)| self.allocation_line(own, &all)));
            let own = self.funds.requests.iter().filter(|(_, request)| request.fund == *code);
            lines.extend(own.map(|(key, request)| request_line(key, request, &all)));
        }
        lines.extend(self.funds.claims.iter().map(|(key, claim)| self.claim_line(key, claim)));
        lines
    }

    /// What funds did not give for want of money: awards, by fund, partner and award, and
    /// allocations, by fund and code.
    pub fn refused_by_funds(&self) -> Vec<(String, Refusal)> {
        let cuts = self.funds.cuts.values();
        let cuts = cuts.map(|cut| format!("{}/{}/{}", cut.fund, cut.partner, cut.name));
        let lacks = self.funds.accounts.iter();
        let lacks = lacks.flat_map(|(code, account)| {
            account.lacks.keys().map(move |allocation| format!("{code}/{allocation}"))
        });
        cuts.chain(lacks).map(|key| (key, Refusal::ExceedsFund)).collect()
    }

    fn drawn(&self) -> All<'_> {
        let mut all = All::default();
        for (key, request) in self.funds.requests.iter() {
            all.requests.entry(key).or_default().reserved += request.reserved();
            for Draw { pot, amount } in &request.held {
                all.pots.entry(pot).or_default().reserved += *amount;
            }
        }
        for claim in self.funds.claims.values() {
            for Draw { pot, amount } in &claim.held {
                all.pots.entry(pot).or_default().reserved += *amount;
            }
            let mut paid = claim.paid;
            for Draw { pot, amount } in &claim.used {
                let own = all.pots.entry(pot).or_default();
                own.approved += *amount;
                own.paid += paid.min(*amount);
                paid -= paid.min(*amount);
            }
            if let Some(request) = &claim.request {
                let own = all.requests.entry(request).or_default();
                own.approved += claim.approved;
                own.paid += claim.paid;
            }
        }
        all
    }

    fn requested(&self, is_of: impl Fn(&Request) -> bool) -> Decimal {
        let own = self.funds.requests.values().filter(|it| is_of(it) && is_asked(it));
        own.map(|request| request.asked).sum()
    }

    fn fund_line(&self, code: &Unit, fund: &Fund, all: &All<'_>) -> Line {
        let nothing = FundAccount::default();
        let account = self.funds.accounts.get(code).unwrap_or(&nothing);
        let drawn = all.of(|pot| pot.fund == *code);
        let allocations = self.funds.allocations.iter().filter(|((of, _), _)| of == code);
        let allocated: Decimal = allocations.map(|(_, own)| own.amount).sum();
        let purses = || self.purses.iter().filter(|((_, unit), _)| unit == code).map(|(_, it)| it);
        let held = |place: Place| purses().map(|purse| purse.held(place)).sum::<Decimal>();
        let is_coop = fund.coop().is_some();
        let (amount, free) = if is_coop {
            let credited = self.credits.values().filter(|credit| credit.unit == *code);
            let free = purses().map(Purse::balance).sum();
            (credited.map(Credit::left).sum(), free)
        } else {
            (account.budget, account.free)
        };
        let mut says = vec![
            ("level", text("fund")),
            ("amount", Said::Number(amount)),
            ("free", Said::Number(free)),
            ("allocated", Said::Number(allocated)),
            ("requested", Said::Number(self.requested(|it| it.fund == *code))),
        ];
        says.extend(of_drawn(drawn));
        says.extend([
            ("expired", Said::Number(held(Place::Expired))),
            ("recaptured", Said::Number(account.recaptured)),
            ("carried", Said::Number(account.carried)),
            ("status", text(self.status_of_fund(fund, account))),
        ]);
        Line { list: List::Funds, of: code.to_string(), says }
    }

    fn status_of_fund(&self, fund: &Fund, account: &FundAccount) -> &'static str {
        let today = self.now.date();
        let opens = fund
            .budget()
            .map_or_else(|| fund.starts.is_some_and(|starts| today < starts), |_| !account.is_open);
        if opens {
            "draft"
        } else if fund.gone().is_some_and(|gone| gone <= self.now) {
            "ended"
        } else if fund.ends.is_some_and(|ends| ends < today) {
            "claims_only"
        } else {
            "open"
        }
    }

    fn allocation_line(&self, own: &Allocation, all: &All<'_>) -> Line {
        let is_own = |pot: &Pot| pot.fund == own.fund && pot.allocation.as_ref() == Some(&own.code);
        let drawn = all.of(is_own);
        let held = |request: &Request| request.held.iter().any(|draw| is_own(&draw.pot));
        let mut says = vec![("level", text("allocation")), ("allocation", text(&own.row))];
        says.extend(own.partner.as_ref().map(|partner| ("partner", text(partner.as_str()))));
        says.extend([
            ("amount", Said::Number(own.amount)),
            ("free", Said::Number(own.open)),
            ("allocated", Said::Number(own.amount)),
            ("requested", Said::Number(self.requested(held))),
        ]);
        says.extend(of_drawn(drawn));
        says.extend([
            ("recaptured", Said::Number(own.recaptured)),
            ("status", text(own.status(self.now.date()))),
        ]);
        Line { list: List::Funds, of: own.fund.to_string(), says }
    }

    fn claim_line(&self, key: &str, claim: &Claim) -> Line {
        let pays = match claim.stage {
            Stage::Approved | Stage::Paid => claim.approved,
            Stage::Rejected | Stage::Cancelled => Decimal::ZERO,
            _ => self.most_of(claim),
        };
        let says = vec![
            ("status", text(claim.stage.word())),
            ("cost", Said::Number(claim.cost)),
            ("calculated", Said::Number(claim.calculated)),
            ("asked", Said::Number(claim.asked())),
            ("approved", Said::Number(claim.approved)),
            ("paid", Said::Number(claim.paid)),
            ("own", Said::Number(claim.cost - pays)),
        ];
        Line { list: List::Claims, of: key.to_owned(), says }
    }

    /// The requests of a book, by key.
    pub fn requests(&self) -> impl Iterator<Item = (&Arc<str>, &Request)> {
        self.funds.requests.iter()
    }

    /// The claims of a book, by key.
    pub fn claims(&self) -> impl Iterator<Item = (&Arc<str>, &Claim)> {
        self.funds.claims.iter()
    }

    /// The allocations of a book.
    pub fn allocations(&self) -> impl Iterator<Item = &Allocation> {
        self.funds.allocations.values()
    }

    /// What is known of a fund as a whole.
    pub fn fund_account(&self, fund: &str) -> Option<&FundAccount> {
        self.funds.accounts.get(fund)
    }
}

fn request_line(key: &str, request: &Request, all: &All<'_>) -> Line {
    let drawn = all.requests.get(key).copied().unwrap_or_default();
    let mut says = vec![
        ("level", text("request")),
        ("request", text(key)),
        ("partner", text(request.partner.as_str())),
        ("amount", Said::Number(request.approved)),
        ("free", Said::Number(drawn.reserved)),
        ("requested", Said::Number(request.asked)),
    ];
    says.extend(of_drawn(drawn));
    says.push(("status", text(request.stage.word())));
    Line { list: List::Funds, of: request.fund.to_string(), says }
}

/// It was submitted, and is neither denied nor undone.
fn is_asked(request: &Request) -> bool {
    !matches!(request.stage, Stage::Draft | Stage::Rejected | Stage::Cancelled)
}

fn of_drawn(drawn: Drawn) -> [(&'static str, Said); 3] {
    [
        ("reserved", Said::Number(drawn.reserved)),
        ("approved", Said::Number(drawn.approved)),
        ("paid", Said::Number(drawn.paid)),
    ]
}

fn text(text: impl AsRef<str>) -> Said {
    Said::Text(text.as_ref().to_owned())
}
