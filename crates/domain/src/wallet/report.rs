//! What a book says at a moment, in the words of the output: a list of lines, each with a name and
//! words that choose it or are compared.

mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::agreements;
use super::book::Book;
use super::funds;
use super::games;
use super::ledger::Unit;
use super::lot::{Ends, Lot, Place};
use super::members;
use super::promotions;
use super::purse::{DebtKind, Purse};
use super::spending::Spending;
use super::sponsors;
use super::tiers::is_hidden;
use crate::amount::RoundingMode;
use crate::code::PartnerCode;

/// The lists of the output that wallets add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    Balances,
    Lots,
    Redemptions,
    Takings,
    Tiers,
    TierHistory,
    Benefits,
    Vouchers,
    Badges,
    Promotions,
    Sponsors,
    Sponsored,
    Plays,
    Members,
    Funds,
    Claims,
    Stock,
    Postings,
}

/// What a word of a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Chooses lines.
    Selects,
    /// A number that is added up over the lines chosen.
    Adds,
    /// The same in each of them.
    Same,
    /// A list, of which what is written must be there.
    Lists,
}

/// What a line says under a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Number(Decimal),
    Text(String),
    List(Vec<Vec<(&'static str, Said)>>),
}

/// What an owner has of a unit, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// What can be used; below zero if more was taken.
    pub amount: Decimal,
    pub escrow: Decimal,
    pub reserved: Decimal,
    pub arrears: Decimal,
    /// At what it costs, not rounded.
    pub liability: Decimal,
}

/// A line of a list: what it is of, and what it says. What has no value is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub list: List,
    pub of: String,
    pub says: Vec<(&'static str, Said)>,
}

/// What the list of balances says.
const WORDS_OF_BALANCES: &[(&str, Use)] = &[
    ("unit", Use::Selects),
    ("amount", Use::Adds),
    ("escrow", Use::Adds),
    ("reserved", Use::Adds),
    ("arrears", Use::Adds),
    ("credited", Use::Adds),
    ("redeemed", Use::Adds),
    ("debited", Use::Adds),
    ("expired", Use::Adds),
    ("clawed_back", Use::Adds),
    ("forgiven", Use::Adds),
    ("transferred_in", Use::Adds),
    ("transferred_out", Use::Adds),
    ("reset", Use::Adds),
    ("before_reset", Use::Adds),
    ("before_last_reset", Use::Adds),
    ("liability", Use::Adds),
    ("expiring", Use::Adds),
];

/// What the list of lots says.
const WORDS_OF_LOTS: &[(&str, Use)] = &[
    ("unit", Use::Selects),
    ("lot", Use::Selects),
    ("subtype", Use::Selects),
    ("status", Use::Selects),
    ("expires", Use::Selects),
    ("usable", Use::Selects),
    ("promotion", Use::Selects),
    ("amount", Use::Adds),
    ("escrow", Use::Adds),
    ("reserved", Use::Adds),
    ("credited", Use::Adds),
    ("redeemed", Use::Adds),
    ("debited", Use::Adds),
    ("transferred", Use::Adds),
    ("clawed_back", Use::Adds),
    ("expired", Use::Adds),
    ("reset", Use::Adds),
    ("forgiven", Use::Adds),
    ("on", Use::Same),
    ("from", Use::Same),
    ("by", Use::Same),
    ("trace", Use::Lists),
];

impl List {
    pub const ALL: [List; 18] = [
        List::Balances,
        List::Lots,
        List::Redemptions,
        List::Takings,
        List::Tiers,
        List::TierHistory,
        List::Benefits,
        List::Vouchers,
        List::Badges,
        List::Promotions,
        List::Sponsors,
        List::Sponsored,
        List::Plays,
        List::Members,
        List::Funds,
        List::Claims,
        List::Stock,
        List::Postings,
    ];

    pub fn word(self) -> &'static str {
        match self {
            List::Balances => "balances",
            List::Lots => "lots",
            List::Redemptions => "redemptions",
            List::Takings => "takings",
            List::TierHistory => "tier_history",
            List::Vouchers => "vouchers",
            List::Badges => "badges",
            List::Promotions => "promotions",
            List::Sponsors => "sponsors",
            List::Sponsored => "sponsored",
            List::Plays => "plays",
            List::Members => "members",
            List::Funds => "funds",
            List::Claims => "claims",
            List::Stock => "stock",
            List::Postings => "postings",
            List::Tiers => "tiers",
            List::Benefits => "benefits",
        }
    }

    /// What its first word names.
    pub fn named(self) -> &'static str {
        match self {
            List::Balances
            | List::Lots
            | List::Tiers
            | List::TierHistory
            | List::Benefits
            | List::Badges
            | List::Members
            | List::Stock => "partner",
            List::Promotions => "promotion",
            List::Redemptions | List::Takings | List::Sponsored | List::Plays => "key",
            List::Sponsors => "sponsor",
            List::Vouchers => "code",
            List::Funds => "fund",
            List::Claims => "claim",
            List::Postings => "cause",
        }
    }

    /// The words of its lines.
    pub fn words(self) -> &'static [(&'static str, Use)] {
        match self {
            List::Balances => WORDS_OF_BALANCES,
            List::Lots => WORDS_OF_LOTS,
            List::Redemptions => &[
                ("unit", Use::Selects),
                ("amount", Use::Adds),
                ("value", Use::Adds),
                ("left", Use::Adds),
                ("left_with_tax", Use::Adds),
                ("status", Use::Same),
                ("trace", Use::Lists),
            ],
            List::Takings => trace::WORDS,
            List::TierHistory => &[
                ("tier_group", Use::Selects),
                ("tier", Use::Selects),
                ("since", Use::Same),
                ("until", Use::Same),
                ("by", Use::Same),
            ],
            List::Vouchers => &[
                ("voucher", Use::Same),
                ("partner", Use::Same),
                ("status", Use::Same),
                ("amount", Use::Adds),
                ("reserved", Use::Adds),
                ("redeemed", Use::Adds),
                ("expires", Use::Same),
                ("liability", Use::Adds),
            ],
            List::Badges => &[
                ("badge", Use::Selects),
                ("status", Use::Same),
                ("since", Use::Same),
                ("expires", Use::Same),
                ("reason", Use::Same),
            ],
            List::Promotions => promotions::WORDS,
            List::Sponsors => sponsors::WORDS,
            List::Sponsored => sponsors::WORDS_OF_CREDIT,
            List::Plays => games::WORDS,
            List::Members => members::WORDS,
            List::Funds => funds::FUND_WORDS,
            List::Claims => funds::CLAIM_WORDS,
            List::Stock => agreements::STOCK_WORDS,
            List::Postings => &[
                ("unit", Use::Selects),
                ("debit", Use::Selects),
                ("credit", Use::Selects),
                ("amount", Use::Adds),
            ],
            List::Tiers => &[
                ("tier_group", Use::Selects),
                ("tier", Use::Same),
                ("figure", Use::Adds),
                ("since", Use::Same),
                ("next_check", Use::Same),
                ("next_tier", Use::Same),
                ("gap", Use::Adds),
                ("floor", Use::Same),
                ("ceiling", Use::Same),
                ("held_until", Use::Same),
                ("before_reset", Use::Adds),
                ("status", Use::Same),
            ],
            List::Benefits => &[
                ("benefit", Use::Selects),
                ("status", Use::Same),
                ("since", Use::Same),
                ("tier", Use::Same),
            ],
        }
    }
}

/// What was spent or reserved, with its key.
type Spent<'b> = (&'b Arc<str>, &'b Spending);
type SpentBy<'b> = BTreeMap<(&'b PartnerCode, &'b Unit), Vec<Spent<'b>>>;

impl Book {
    /// All lines of all lists, list by list.
    pub fn report(&self) -> Vec<Line> {
        let shown = || self.purses.values().filter(|purse| !is_hidden(&purse.unit));
        let spent = self.spent();
        let mut lines: Vec<Line> =
            shown().map(|purse| self.balance(purse, of(&spent, purse))).collect();
        lines.extend(shown().flat_map(|purse| self.lots(purse, of(&spent, purse))));
        // What requests and claims have of lots is told with them.
        let redeemed =
            self.spendings.iter().filter(|(_, it)| !self.wallet.funds.contains_key(&it.unit));
        lines.extend(redeemed.map(|(key, spending)| self.redemption(key, spending)));
        lines.extend(self.report_uses());
        lines.extend(shown().flat_map(trace::takings));
        lines.extend(self.report_vouchers());
        lines.extend(self.report_badges());
        lines.extend(self.promotion_lines());
        lines.extend(self.report_sponsors());
        lines.extend(self.report_sponsored());
        lines.extend(self.report_plays());
        lines.extend(self.member_lines());
        lines.extend(self.fund_lines());
        lines.extend(self.channel_lines());
        let entries = self.entries.iter().filter(|entry| !is_hidden(&entry.posting.unit));
        lines.extend(entries.map(|entry| {
            let posting = &entry.posting;
            Line {
                list: List::Postings,
                of: entry.cause.to_string(),
                says: vec![
                    ("unit", text(&posting.unit)),
                    ("debit", text(posting.debit.to_string())),
                    ("credit", text(posting.credit.to_string())),
                    ("amount", Said::Number(posting.amount)),
                ],
            }
        }));
        lines.extend(self.tier_lines());
        lines.extend(self.tier_history_lines());
        lines.extend(self.benefit_lines());
        lines
    }

    /// The lines of what owners have, without how they came to it: balances, vouchers, badges, tiers
    /// and benefits.
    pub fn report_held(&self) -> Vec<Line> {
        let shown = || self.purses.values().filter(|purse| !is_hidden(&purse.unit));
        let spent = self.spent();
        let mut lines: Vec<Line> =
            shown().map(|purse| self.balance(purse, of(&spent, purse))).collect();
        lines.extend(self.report_vouchers());
        lines.extend(self.report_badges());
        lines.extend(self.tier_lines());
        lines.extend(self.benefit_lines());
        lines
    }

    /// What was spent or reserved, by who has it.
    fn spent(&self) -> SpentBy<'_> {
        let mut by_owner = SpentBy::new();
        for (key, spending) in self.spendings.iter() {
            let owner = (&spending.owner, &spending.unit);
            by_owner.entry(owner).or_default().push((key, spending));
        }
        by_owner
    }

    fn balance(&self, purse: &Purse, spent: &[Spent<'_>]) -> Line {
        let held = |place: Place| Said::Number(purse.held(place));
        let sum = |of: fn(&Lot) -> Decimal| Said::Number(purse.lots.iter().map(of).sum());
        let own = |lot: &Lot| if lot.passed_on { Decimal::ZERO } else { lot.credited };
        let sums = self.sums_of(purse, promised(spent));
        let liability = RoundingMode::HalfUp.round(sums.liability, self.decimals_of_money());
        Line {
            list: List::Balances,
            of: purse.owner.to_string(),
            says: vec![
                ("unit", text(&purse.unit)),
                ("amount", Said::Number(sums.amount)),
                ("escrow", Said::Number(sums.escrow)),
                ("reserved", Said::Number(sums.reserved)),
                ("arrears", Said::Number(sums.arrears)),
                ("credited", sum(own)),
                ("redeemed", held(Place::Redeemed)),
                ("debited", held(Place::Debited)),
                ("expired", held(Place::Expired)),
                ("clawed_back", held(Place::ClawedBack)),
                ("forgiven", sum(|lot| lot.forgiven)),
                ("transferred_in", Said::Number(purse.transferred_in())),
                ("transferred_out", held(Place::Transferred)),
                ("reset", held(Place::Reset)),
                ("before_reset", Said::Number(purse.before_reset)),
                ("before_last_reset", Said::Number(purse.before_last_reset)),
                ("liability", Said::Number(liability)),
                ("expiring", Said::Number(expiring(purse))),
            ],
        }
    }

    /// What an owner has of a unit, added up.
    pub fn sums(&self, purse: &Purse) -> Sums {
        let own = self.spendings.iter().filter(|(_, it)| it.owner == purse.owner);
        let own: Vec<Spent<'_>> = own.filter(|(_, it)| it.unit == purse.unit).collect();
        self.sums_of(purse, promised(&own))
    }

    fn sums_of(&self, purse: &Purse, reserved: Decimal) -> Sums {
        let currency = self.wallet.lots_of(&purse.unit);
        Sums {
            amount: purse.balance(),
            escrow: purse.held(Place::Escrow),
            reserved,
            arrears: purse.owed(DebtKind::Arrears),
            liability: currency.map_or(Decimal::ZERO, |currency| purse.liability(currency)),
        }
    }

    fn lots(&self, purse: &Purse, spent: &[Spent<'_>]) -> Vec<Line> {
        let currency = self.wallet.lots_of(&purse.unit);
        let line = |(at, lot): (usize, &Lot)| {
            let held = |place: Place| Said::Number(lot.holds(place));
            let subtype = currency.and_then(|currency| currency.subtypes.get(lot.subtype));
            let mut says = vec![("unit", text(&purse.unit)), ("lot", text(&lot.name))];
            says.extend(subtype.map(|subtype| ("subtype", text(&subtype.code))));
            says.push(("status", text(lot.status())));
            says.extend(lot.ends.text().map(|ends| ("expires", Said::Text(ends))));
            says.extend([
                ("usable", text(lot.usable.date().to_string())),
                ("amount", held(Place::Open)),
                ("escrow", held(Place::Escrow)),
                ("reserved", held(Place::Reserved)),
                ("credited", Said::Number(lot.credited)),
                ("redeemed", held(Place::Redeemed)),
                ("debited", held(Place::Debited)),
                ("transferred", held(Place::Transferred)),
                ("clawed_back", held(Place::ClawedBack)),
                ("expired", held(Place::Expired)),
                ("reset", held(Place::Reset)),
                ("forgiven", Said::Number(lot.forgiven)),
                ("on", text(lot.day.date().to_string())),
            ]);
            // What was passed on counts for the promotion of the one who was credited.
            if !lot.passed_on {
                let promotion = self.promotions.of_key(&lot.credit).next();
                says.extend(promotion.map(|code| ("promotion", text(code))));
            }
            if let Some((by, from)) = &lot.came {
                says.push(("from", text(from.as_str())));
                says.push(("by", text(by)));
            }
            says.push(("trace", Said::List(trace::of_lot(purse, spent, at))));
            Line { list: List::Lots, of: purse.owner.to_string(), says }
        };
        purse.lots.iter().enumerate().map(line).collect()
    }

    fn redemption(&self, key: &str, spending: &Spending) -> Line {
        let purse = self.purses.get(&(spending.owner.clone(), spending.unit.clone()));
        let trace = spending.takings.iter().filter_map(|taking| {
            let lot = purse?.lots.get(taking.lot)?;
            Some(vec![("lot", text(&lot.name)), ("amount", Said::Number(taking.amount))])
        });
        let mut says =
            vec![("unit", text(&spending.unit)), ("amount", Said::Number(spending.left()))];
        let (paid_out, to_pay) = self.money_of_order(key);
        let value = spending.value.or(paid_out);
        says.extend(value.map(|value| ("value", Said::Number(value))));
        let left = spending.order_amount.zip(spending.value).map(|(order, value)| order - value);
        let left = left.or(to_pay);
        says.extend(left.map(|left| ("left", Said::Number(left))));
        says.push(("status", text(spending.status())));
        says.push(("trace", Said::List(trace.collect())));
        Line { list: List::Redemptions, of: key.to_owned(), says }
    }

    pub(super) fn decimals_of_money(&self) -> u32 {
        self.money.map_or(2, crate::amount::Currency::decimals)
    }
}

/// What was spent of a purse.
fn of<'s, 'b>(spent: &'s SpentBy<'b>, purse: &'b Purse) -> &'s [Spent<'b>] {
    spent.get(&(&purse.owner, &purse.unit)).map_or(&[][..], Vec::as_slice)
}

/// What reservations hold, of lots or below zero.
fn promised(spent: &[Spent<'_>]) -> Decimal {
    spent.iter().filter(|(_, it)| it.lapses().is_some()).map(|(_, it)| it.amount).sum()
}

/// What is open and lost first: on the next last day that anything has.
fn expiring(purse: &Purse) -> Decimal {
    let open = purse.lots.iter().filter(|lot| !lot.holds(Place::Open).is_zero());
    let ending = open.filter(|lot| lot.ends != Ends::Never);
    let next = ending.clone().filter_map(|lot| lot.ends.gone()).min();
    ending.filter(|lot| lot.ends.gone() == next).map(|lot| lot.holds(Place::Open)).sum()
}

fn text(text: impl AsRef<str>) -> Said {
    Said::Text(text.as_ref().to_owned())
}
