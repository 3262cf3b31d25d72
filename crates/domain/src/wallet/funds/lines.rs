//! Lines about funds: what they ask, and how they are written.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::activity::sources;
use super::declared::{Source, Sources};
use crate::code::PartnerCode;
use crate::reader::Reader;
use crate::wallet::agreements::AskedLine;
use crate::wallet::agreements::lines::several;
use crate::wallet::ledger::Unit;
use crate::wallet::line::Line;
use crate::wallet::lot::Ends;

/// What is asked of funds. Its key names what it makes, or what it acts on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FundLine {
    /// A credit of a `coop` by hand.
    Credit {
        partner: PartnerCode,
        fund: Unit,
        amount: Decimal,
        expires: Option<Ends>,
        usable: Option<DateTime>,
        reason: Option<String>,
    },
    /// Between allocations of a budget, or between partners of a `coop`.
    Transfer {
        fund: Unit,
        from: String,
        to: String,
        amount: Decimal,
    },
    /// Raises a budget, or the limit of a `coop`.
    TopUp {
        fund: Unit,
        amount: Decimal,
    },
    /// The allocation that the key names has so much more, or less.
    Allocate {
        fund: Unit,
        partner: Option<PartnerCode>,
        amount: Decimal,
    },
    Request(AskedRequest),
    Claim(AskedClaim),
    /// What was a draft, or was sent back, is asked now, with what was mended.
    Submit(Mended),
    SendBack {
        reason: Option<String>,
    },
    /// All of what may be approved, or so much.
    Approve {
        amount: Option<Decimal>,
        reason: Option<String>,
    },
    Reject {
        reason: Option<String>,
    },
    /// All that is owed, or so much.
    Pay {
        amount: Option<Decimal>,
        reason: Option<String>,
    },
    /// A request is over: what is left of it goes back.
    Close {
        reason: Option<String>,
    },
}

/// What a partner asks of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    pub partner: PartnerCode,
    pub fund: Unit,
    /// `None`: the only one of the fund.
    pub activity: Option<Unit>,
    /// `None`: as the activity says.
    pub from: Option<Sources>,
}

/// Asks for money before it is spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRequest {
    pub of: Purpose,
    /// Of the activity; `None`: the day of the line.
    pub date: Option<Date>,
    pub amount: Option<Decimal>,
    /// What is planned to be spent.
    pub cost: Option<Decimal>,
    pub draft: bool,
}

/// Asks to be paid for what was spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedClaim {
    pub of: ClaimOf,
    /// Of the activity; `None`: that of the request, or the day of the line.
    pub date: Option<Date>,
    pub cost: Option<Decimal>,
    pub amount: Option<Decimal>,
    /// What the partner paid in cash of its own part.
    pub own_cash: Option<Decimal>,
    pub evidence: Vec<String>,
    pub invoice: Option<String>,
    pub draft: bool,
}

/// Of what a claim takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimOf {
    /// Of an approved request, by its key.
    Request(Arc<str>),
    Fund(Purpose),
}

/// What is different when something is submitted again. What is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mended {
    pub date: Option<Date>,
    pub cost: Option<Decimal>,
    pub amount: Option<Decimal>,
    pub own_cash: Option<Decimal>,
    pub evidence: Option<Vec<String>>,
    pub invoice: Option<String>,
    /// Of a claim on an agreement: all its lines.
    #[serde(default)]
    pub lines: Option<Vec<AskedLine>>,
    pub reason: Option<String>,
}

/// What these lines say beside their keys.
pub(in crate::wallet) const ALLOCATE: &[&str] = &["fund", "partner", "amount"];
pub(in crate::wallet) const REQUEST: &[&str] =
    &["partner", "fund", "allocation", "from", "activity", "date", "amount", "cost", "draft"];
pub(in crate::wallet) const SUBMIT: &[&str] =
    &["date", "cost", "amount", "own_cash", "evidence", "invoice", "lines", "reason"];
pub(in crate::wallet) const DECIDE: &[&str] = &["amount", "reason"];
pub(in crate::wallet) const MOVE: &[&str] = &["reason"];

/// A line about funds, by its word. Lines that may be about points as well are about funds if they
/// say `fund`.
pub(in crate::wallet) fn read(
    reader: &mut Reader<'_>,
    word: &str,
    line: &Line<'_, '_>,
) -> Option<FundLine> {
    let fields = line.fields;
    let amount = |reader: &mut Reader<'_>| reader.maybe(fields, "amount", Reader::number);
    let reason = |reader: &mut Reader<'_>| reader.maybe(fields, "reason", Reader::text);
    Some(match word {
        "credit" => {
            let (partner, fund) = (line.partner(reader, "partner"), fund(reader, line));
            let amount = reader.needed(fields, "amount", Reader::number);
            FundLine::Credit {
                expires: reader.maybe(fields, "expires", |r, k, n| line.ends(r, k, n)),
                usable: reader.maybe(fields, "usable", |r, k, n| line.moment(r, k, n)),
                reason: reason(reader),
                partner: partner?,
                fund: fund?,
                amount: amount?,
            }
        }
        "transfer" => {
            let fund = fund(reader, line);
            let from = reader.needed(fields, "from", Reader::code);
            let to = reader.needed(fields, "to", Reader::code);
            let amount = reader.needed(fields, "amount", Reader::number);
            FundLine::Transfer { fund: fund?, from: from?, to: to?, amount: amount? }
        }
        "top_up" => {
            let fund = fund(reader, line);
            let amount = reader.needed(fields, "amount", Reader::number);
            FundLine::TopUp { fund: fund?, amount: amount? }
        }
        "allocate" => {
            let (fund, partner) = (fund(reader, line), line.maybe_partner(reader));
            let amount = reader.needed(fields, "amount", Reader::number);
            FundLine::Allocate { fund: fund?, partner, amount: amount? }
        }
        "request" => {
            let of = purpose(reader, line);
            FundLine::Request(AskedRequest {
                date: reader.maybe(fields, "date", Reader::date),
                amount: amount(reader),
                cost: reader.maybe(fields, "cost", Reader::number),
                draft: reader.maybe(fields, "draft", Reader::yes_no).unwrap_or(false),
                of: of?,
            })
        }
        "claim" => FundLine::Claim(claim(reader, line)?),
        "submit" => FundLine::Submit(Mended {
            date: reader.maybe(fields, "date", Reader::date),
            cost: reader.maybe(fields, "cost", Reader::number),
            amount: amount(reader),
            own_cash: reader.maybe(fields, "own_cash", Reader::number),
            evidence: evidence(reader, line),
            invoice: reader.maybe(fields, "invoice", Reader::text),
            lines: reader.maybe(fields, "lines", several),
            reason: reason(reader),
        }),
        "send_back" => FundLine::SendBack { reason: reason(reader) },
        "approve" => FundLine::Approve { amount: amount(reader), reason: reason(reader) },
        "reject" => FundLine::Reject { reason: reason(reader) },
        "pay" => FundLine::Pay { amount: amount(reader), reason: reason(reader) },
        "close" => FundLine::Close { reason: reason(reader) },
        _ => return None,
    })
}

fn fund(reader: &mut Reader<'_>, line: &Line<'_, '_>) -> Option<Unit> {
    reader.needed(line.fields, "fund", Reader::code).map(Arc::from)
}

fn evidence(reader: &mut Reader<'_>, line: &Line<'_, '_>) -> Option<Vec<String>> {
    reader.maybe(line.fields, "evidence", |r, k, n| r.list(k, n, Reader::code))
}

fn purpose(reader: &mut Reader<'_>, line: &Line<'_, '_>) -> Option<Purpose> {
    let fields = line.fields;
    let (partner, fund) = (line.partner(reader, "partner"), fund(reader, line));
    if fields.has("allocation") && fields.has("from") {
        let help = "name the allocation among what pays";
        reader.error(fields.at("from"), "`from` stands beside `allocation`", help);
    }
    let allocation = reader.maybe(fields, "allocation", Reader::code).map(Arc::from);
    let named = |allocation| {
        Sources::InOrder(vec![Source { allocation: Some(allocation), ..Source::default() }])
    };
    Some(Purpose {
        activity: reader.maybe(fields, "activity", Reader::code).map(Arc::from),
        from: reader.maybe(fields, "from", sources).or(allocation.map(named)),
        partner: partner?,
        fund: fund?,
    })
}

fn claim(reader: &mut Reader<'_>, line: &Line<'_, '_>) -> Option<AskedClaim> {
    let fields = line.fields;
    let of = if fields.has("request") {
        for word in fields.among(&["partner", "fund", "allocation", "from", "activity"]) {
            let help = "leave it out: the request says it";
            reader.error(fields.at(word), format!("`{word}` in a claim of a request"), help);
        }
        let request = reader.maybe(fields, "request", Reader::code);
        request.map(|key| ClaimOf::Request(Arc::from(key)))
    } else {
        purpose(reader, line).map(ClaimOf::Fund)
    };
    Some(AskedClaim {
        date: reader.maybe(fields, "date", Reader::date),
        cost: reader.maybe(fields, "cost", Reader::number),
        amount: reader.maybe(fields, "amount", Reader::number),
        own_cash: reader.maybe(fields, "own_cash", Reader::number),
        evidence: evidence(reader, line).unwrap_or_default(),
        invoice: reader.maybe(fields, "invoice", Reader::text),
        draft: reader.maybe(fields, "draft", Reader::yes_no).unwrap_or(false),
        of: of?,
    })
}

impl FundLine {
    /// The word of its line.
    pub fn word(&self) -> &'static str {
        match self {
            FundLine::Credit { .. } => "credit",
            FundLine::Transfer { .. } => "transfer",
            FundLine::TopUp { .. } => "top_up",
            FundLine::Allocate { .. } => "allocate",
            FundLine::Request(_) => "request",
            FundLine::Claim(_) => "claim",
            FundLine::Submit(_) => "submit",
            FundLine::SendBack { .. } => "send_back",
            FundLine::Approve { .. } => "approve",
            FundLine::Reject { .. } => "reject",
            FundLine::Pay { .. } => "pay",
            FundLine::Close { .. } => "close",
        }
    }

    /// The fund that it names, if its key alone does not say what it is about.
    pub fn fund(&self) -> Option<&Unit> {
        match self {
            FundLine::Credit { fund, .. }
            | FundLine::Transfer { fund, .. }
            | FundLine::TopUp { fund, .. }
            | FundLine::Allocate { fund, .. } => Some(fund),
            FundLine::Request(asked) => Some(&asked.of.fund),
            FundLine::Claim(AskedClaim { of: ClaimOf::Fund(of), .. }) => Some(&of.fund),
            _ => None,
        }
    }

    /// Whether the key names what the line makes. An allocation is made or changed by its name.
    pub fn makes_its_key(&self) -> bool {
        matches!(
            self,
            FundLine::Credit { .. }
                | FundLine::Transfer { .. }
                | FundLine::TopUp { .. }
                | FundLine::Request(_)
                | FundLine::Claim(_)
        )
    }

    /// Whose things it is about, and the names of pieces that it acts on.
    pub(in crate::wallet) fn asks_for(&self, key: &str) -> (Vec<PartnerCode>, Vec<String>) {
        let of_purpose = |of: &Purpose| {
            let from = of.from.iter().flat_map(Sources::all);
            let named = from.filter_map(|source| {
                let fund = source.fund.as_ref().unwrap_or(&of.fund);
                Some(super::allocation_name(fund, source.allocation.as_ref()?))
            });
            (vec![of.partner.clone()], named.collect())
        };
        let invoice = |invoice: &Option<String>| invoice.as_deref().map(super::invoice_name);
        match self {
            FundLine::Credit { partner, .. } => (vec![partner.clone()], Vec::new()),
            FundLine::Transfer { fund, from, to, .. } => {
                let owners = [from, to].map(|owner| PartnerCode::new(owner.as_str()));
                let names = [from, to].map(|code| super::allocation_name(fund, code));
                (owners.into(), names.into())
            }
            FundLine::Allocate { fund, partner, .. } => {
                let names = vec![super::allocation_name(fund, key)];
                (partner.iter().cloned().collect(), names)
            }
            FundLine::Request(asked) => of_purpose(&asked.of),
            FundLine::Claim(asked) => {
                let (owners, mut names) = match &asked.of {
                    ClaimOf::Fund(of) => of_purpose(of),
                    ClaimOf::Request(request) => (Vec::new(), vec![request.to_string()]),
                };
                names.extend(invoice(&asked.invoice));
                (owners, names)
            }
            FundLine::Submit(mended) => {
                (Vec::new(), invoice(&mended.invoice).into_iter().collect())
            }
            FundLine::TopUp { .. }
            | FundLine::SendBack { .. }
            | FundLine::Approve { .. }
            | FundLine::Reject { .. }
            | FundLine::Pay { .. }
            | FundLine::Close { .. } => (Vec::new(), Vec::new()),
        }
    }
}
