//! Books in pieces: what can be kept by itself, found again, and laid into a book that holds only
//! what is needed.
//!
//! # Promises
//!
//! * A book that is made of all its pieces is the same book.
//! * A piece says who it belongs to and what else must be there before something is done to it, so
//!   that a book of some owners does what the book of all would have done.

mod parts;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::agreements::{
    AgreementAccount, ChannelClaim, Delivery, Listed, Report, Taken,
    account_name as agreement_name, names_of, product_name, sale_name, shelf_name, taken_name,
};
use super::badges::Given;
use super::benefits::HeldBenefit;
use super::book::{Book, next_reset};
use super::command::Command;
use super::credit::Credit;
use super::funds::{
    self, Allocation, Claim, Cut, FundAccount, Request, account_name, allocation_name, invoice_name,
};
use super::games::Played;
use super::ledger::Unit;
use super::lot::{Ends, Place, midnight};
use super::members::{SaidOf, Withheld};
use super::merge::Part;
use super::promotions::PromotionUse;
use super::purse::Purse;
use super::rewards::Order;
use super::spending::Spending;
use super::sponsors::{self, Bearer, Borne, QUEUE, SponsorAccount, Waits};
use super::tiers::TierStanding;
use super::vouchers::{Voucher, VoucherUse};
use crate::code::{FactKey, PartnerCode, ProductCode};

/// A piece of a book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece(Body);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    Purse(Purse),
    Credit(Credit),
    Spending(Spending),
    Order(Order),
    Voucher(Voucher),
    Use(VoucherUse),
    /// What paid on an order, one after another.
    Paid(Vec<Arc<str>>),
    /// What gave a badge, and its key.
    Badge(PartnerCode, Unit, Arc<str>, Given),
    Tier(PartnerCode, Unit, TierStanding),
    Benefit(PartnerCode, Unit, Unit, HeldBenefit),
    /// Of which membership this one is a part.
    Merged(PartnerCode),
    /// Which memberships are a part of this one, so that they are found.
    Parts(Vec<PartnerCode>),
    /// Where a membership stood before it became a part of another one.
    Stood(Part),
    /// When somebody enrolled for a promotion or left it.
    Enrolled(PartnerCode, Unit, Vec<(DateTime, bool)>),
    /// A promotion that is over before its time.
    Ended(Unit),
    /// What promotions gave under a key.
    Promoted(Arc<str>, BTreeMap<Unit, PromotionUse>),
    /// What a sponsor bought, used and owes.
    Sponsor(Unit, SponsorAccount),
    /// Who bears a credit.
    Borne(Borne),
    /// What waits for packs, in order.
    Queue(Vec<Waits>),
    Play(Played),
    Fund(Unit, FundAccount),
    Allocation(Allocation),
    Request(Request),
    Claim(Claim),
    /// What an award was not given, since its fund gives no more.
    Cut(Cut),
    /// A claim on an agreement.
    ChannelClaim(ChannelClaim),
    /// What was claimed of an agreement.
    Agreement(Unit, AgreementAccount),
    /// By which claim a sale was claimed.
    ClaimedSale(FactKey, Arc<str>),
    /// What a partner claimed of a product by an agreement.
    Taken(Unit, PartnerCode, ProductCode, Taken),
    Delivery(Delivery),
    Stock(Report),
    Price(Listed),
    /// The last day on which somebody did something.
    Active(Date),
    /// What was said of a membership, from when on.
    Member(SaidOf),
    /// An award that was withheld from who was no member.
    Withheld(Withheld),
}

/// What a piece is kept under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PieceKey {
    pub kind: &'static str,
    /// Unique among those of its kind.
    pub name: String,
}

/// What must be known of a piece to find it.
///
/// What is about all partners has no owner and a name that can be foretold. Which promotions are
/// over before their time is asked by every slice (`Book::common_names`). Packs of sponsors and
/// their queue are asked only by what is borne by a sponsor: a line that names one (`asks_for`), an
/// award (`award_asks_for`), and every credit that is borne, by its needs. Whoever has a pack at
/// hand has everybody who waits, since what fills a pack credits them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PieceFacts {
    /// Who must be looked at together with it; the first one holds it.
    pub owners: Vec<PartnerCode>,
    /// What else it may be called by.
    pub alias: Option<String>,
    /// The line that made it with others, or the voucher of which it is a use.
    pub made_by: Option<String>,
    /// The names of pieces without which nothing can be done to it.
    pub needs: Vec<String>,
    /// It is needed for whatever its owner does.
    pub is_live: bool,
    /// When it changes by itself next.
    pub due: Option<DateTime>,
}

/// What made the awards that a promotion refused or cut.
pub fn refused_by(promotion: &str) -> String {
    format!("refused/{promotion}")
}

/// What is kept under the name of a promotion.
fn ended(promotion: &str) -> String {
    format!("promotion/{promotion}")
}

/// What promotions gave under a key is kept under.
fn promoted(key: &str) -> String {
    format!("promoted/{key}")
}

impl Book {
    /// Lays a piece into the book.
    pub fn put(&mut self, name: &str, piece: Piece) {
        let key: Arc<str> = Arc::from(name);
        match piece.0 {
            Body::Purse(purse) => {
                self.purses.insert((purse.owner.clone(), purse.unit.clone()), purse);
            }
            Body::Credit(credit) => {
                self.credits.insert(key, credit);
            }
            Body::Spending(spending) => {
                self.spendings.insert(key, spending);
            }
            Body::Order(order) => {
                self.orders.insert(key, order);
            }
            Body::Voucher(voucher) => self.vouchers.put(voucher),
            Body::Use(of) => self.vouchers.put_use(key, of),
            Body::Paid(keys) => self.vouchers.put_paid(name, keys),
            Body::Badge(partner, badge, by, given) => {
                self.put_badge(by, (&partner, &badge), given);
            }
            Body::Tier(partner, group, standing) => {
                self.tiers.insert((partner, group), standing);
            }
            Body::Benefit(partner, group, benefit, held) => {
                self.benefits.insert((partner, group, benefit), held);
            }
            Body::Merged(into) => {
                self.merges.insert(PartnerCode::new(name), into);
            }
            Body::Parts(parts) => {
                let into = PartnerCode::new(name);
                self.merges.extend(parts.into_iter().map(|part| (part, into.clone())));
            }
            Body::Stood(part) => self.memberships.put(part),
            Body::Enrolled(partner, promotion, said) => {
                self.promotions.put_enrolment(promotion, partner, said);
            }
            Body::Ended(promotion) => self.promotions.put_cancelled(promotion),
            Body::Promoted(key, uses) => self.promotions.put_uses(&key, uses),
            Body::Sponsor(sponsor, account) => self.sponsored.put_account(sponsor, account),
            Body::Borne(borne) => self.sponsored.put_credit(key, borne),
            Body::Queue(queue) => self.sponsored.put_queue(queue),
            Body::Play(played) => self.plays.put(key, played),
            Body::Fund(fund, account) => self.funds.accounts.insert(fund, account),
            Body::Allocation(own) => {
                self.funds.allocations.insert((own.fund.clone(), own.code.clone()), own);
            }
            Body::Request(request) => self.funds.requests.insert(key, request),
            Body::Claim(claim) => self.funds.claims.insert(key, claim),
            Body::Cut(cut) => {
                self.funds.cuts.insert(key, cut);
            }
            Body::ChannelClaim(claim) => {
                self.channel.claims.insert(key, claim);
            }
            Body::Agreement(agreement, account) => {
                self.channel.accounts.insert(agreement, account);
            }
            Body::ClaimedSale(sale, claim) => {
                self.channel.claimed.insert(sale, claim);
            }
            Body::Taken(agreement, partner, product, taken) => {
                self.channel.taken.insert((agreement, partner, product), taken);
            }
            Body::Delivery(delivery) => self.channel.put_delivery(key, delivery),
            Body::Stock(report) => self.channel.put_report(key, report),
            Body::Price(price) => self.channel.put_price(key, price),
            Body::Active(day) => {
                self.people.active.insert(PartnerCode::new(name), day);
            }
            Body::Member(said) => self.roll.put(PartnerCode::new(name), said),
            Body::Withheld(withheld) => self.roll.put_withheld(key, withheld),
        }
    }

    /// What a line asked under a key before.
    pub fn put_asked(&mut self, key: &str, on: DateTime, command: Command) {
        self.asked.insert(Arc::from(key), (on, command));
    }

    /// All pieces of the book.
    pub fn pieces(&self) -> BTreeMap<PieceKey, Piece> {
        let mut pieces = BTreeMap::new();
        let mut add = |name: String, body: Body| {
            let piece = Piece(body);
            pieces.insert(PieceKey { kind: piece.kind(), name }, piece);
        };
        for ((owner, unit), purse) in self.purses.iter() {
            add(format!("{unit} {owner}"), Body::Purse(purse.clone()));
        }
        for (key, credit) in &self.credits {
            add(key.to_string(), Body::Credit(credit.clone()));
        }
        for (key, spending) in self.spendings.iter() {
            add(key.to_string(), Body::Spending(spending.clone()));
        }
        for (key, order) in &self.orders {
            add(key.to_string(), Body::Order(order.clone()));
        }
        for voucher in self.vouchers.all() {
            add(voucher.code.to_string(), Body::Voucher(voucher.clone()));
        }
        for (key, of) in self.vouchers.uses() {
            add(key.to_string(), Body::Use(of.clone()));
        }
        for (order, keys) in self.vouchers.paid() {
            add(order.clone(), Body::Paid(keys.clone()));
        }
        for ((owner, badge), given) in self.badges.all() {
            for (by, given) in given {
                let body = Body::Badge(owner.clone(), badge.clone(), by.clone(), given.clone());
                add(format!("{badge} {owner} {by}"), body);
            }
        }
        for ((owner, group), standing) in self.tiers.iter() {
            let body = Body::Tier(owner.clone(), group.clone(), standing.clone());
            add(format!("{group} {owner}"), body);
        }
        for ((owner, group, benefit), held) in &self.benefits {
            let body = Body::Benefit(owner.clone(), group.clone(), benefit.clone(), held.clone());
            add(format!("{group} {benefit} {owner}"), body);
        }
        for (partner, into) in &self.merges {
            add(partner.to_string(), Body::Merged(into.clone()));
        }
        for (partner, day) in &self.people.active {
            add(partner.to_string(), Body::Active(*day));
        }
        self.more_pieces(add);
        pieces
    }

    /// What becomes of memberships, and what promotions, sponsors and games know.
    fn more_pieces(&self, mut add: impl FnMut(String, Body)) {
        let mut parts: BTreeMap<&PartnerCode, Vec<PartnerCode>> = BTreeMap::new();
        for (partner, into) in &self.merges {
            parts.entry(into).or_default().push(partner.clone());
        }
        for (into, parts) in parts {
            add(into.to_string(), Body::Parts(parts));
        }
        for part in self.memberships.all() {
            add(part.partner().to_string(), Body::Stood(part.clone()));
        }
        for (promotion, partner, said) in self.promotions.enrolments() {
            let body = Body::Enrolled(partner.clone(), promotion.clone(), said.clone());
            add(format!("{promotion} {partner}"), body);
        }
        for promotion in self.promotions.cancelled() {
            add(ended(promotion), Body::Ended(promotion.clone()));
        }
        for (key, uses) in self.promotions.uses() {
            add(promoted(key), Body::Promoted(key.clone(), uses));
        }
        for (sponsor, account) in self.sponsored.accounts() {
            add(sponsors::account_of(sponsor), Body::Sponsor(sponsor.clone(), *account));
        }
        for (key, borne) in self.sponsored.credits() {
            add(key.to_string(), Body::Borne(borne.clone()));
        }
        if !self.sponsored.queue().is_empty() {
            add(QUEUE.to_owned(), Body::Queue(self.sponsored.queue().to_vec()));
        }
        for (partner, said) in self.roll.all() {
            add(partner.to_string(), Body::Member(said.clone()));
        }
        for (key, withheld) in self.roll.all_withheld() {
            add(key.to_string(), Body::Withheld(withheld.clone()));
        }
        for (key, played) in self.plays.all() {
            add(key.to_string(), Body::Play(played.clone()));
        }
        for (fund, account) in self.funds.accounts.iter() {
            add(account_name(fund), Body::Fund(fund.clone(), account.clone()));
        }
        for own in self.funds.allocations.values() {
            add(allocation_name(&own.fund, &own.code), Body::Allocation(own.clone()));
        }
        for (key, request) in self.funds.requests.iter() {
            add(key.to_string(), Body::Request(request.clone()));
        }
        for (key, claim) in self.funds.claims.iter() {
            add(key.to_string(), Body::Claim(claim.clone()));
        }
        for (key, cut) in &self.funds.cuts {
            add(key.to_string(), Body::Cut(cut.clone()));
        }
        self.pieces_of_channel(add);
    }

    /// Claims on agreements and what they counted, deliveries, reports and prices.
    fn pieces_of_channel(&self, mut add: impl FnMut(String, Body)) {
        let channel = &self.channel;
        for (key, claim) in &channel.claims {
            add(key.to_string(), Body::ChannelClaim(claim.clone()));
        }
        for (agreement, account) in &channel.accounts {
            let body = Body::Agreement(agreement.clone(), account.clone());
            add(agreement_name(agreement), body);
        }
        for (sale, claim) in &channel.claimed {
            add(sale_name(sale), Body::ClaimedSale(sale.clone(), claim.clone()));
        }
        for ((agreement, partner, product), taken) in &channel.taken {
            let name = taken_name(agreement, partner, product);
            let (partner, product) = (partner.clone(), product.clone());
            add(name, Body::Taken(agreement.clone(), partner, product, taken.clone()));
        }
        for (key, delivery) in channel.deliveries() {
            add(key.to_string(), Body::Delivery(delivery.clone()));
        }
        for (key, report) in channel.reports() {
            add(key.to_string(), Body::Stock(report.clone()));
        }
        for (key, price) in channel.prices() {
            add(key.to_string(), Body::Price(price.clone()));
        }
    }

    /// What must be known of a piece of this book to find it.
    pub fn facts_of(&self, name: &str, piece: &Piece) -> PieceFacts {
        let own = |owner: &PartnerCode| PieceFacts {
            owners: vec![owner.clone()],
            is_live: true,
            ..PieceFacts::default()
        };
        let place = |voucher: &Voucher, place| !voucher.lot.holds(place).is_zero();
        match &piece.0 {
            Body::Purse(purse) => {
                let reset = next_reset(&self.wallet, &self.people.joined, purse);
                let due = purse.next_turn(DateTime::MIN).into_iter().chain(reset).min();
                // Whatever comes to a member by itself comes to its pool, too.
                let pool = self.wallet.pools.get(&purse.owner);
                let members = pool.into_iter().flat_map(|pool| pool.members.iter().cloned());
                let owners = std::iter::once(purse.owner.clone()).chain(members).collect();
                PieceFacts { owners, due, ..own(&purse.owner) }
            }
            Body::Credit(credit) => {
                let owners = credit.owners().cloned().collect();
                // Who bears it, and the promotions it counts for, go by its key.
                let needs = vec![name.to_owned()];
                PieceFacts { owners, needs, ..PieceFacts::default() }
            }
            Body::Spending(spending) => PieceFacts {
                // The order that it is of goes by the same key: what lapses is in stock again.
                needs: vec![name.to_owned()],
                is_live: spending.lapses().is_some(),
                due: spending.lapses().filter(|due| *due != DateTime::MAX),
                ..own(&spending.owner)
            },
            Body::Order(order) => {
                let needs = vec![name.to_owned()];
                PieceFacts { needs, is_live: false, ..own(&order.partner) }
            }
            Body::Voucher(voucher) => {
                let open = place(voucher, Place::Open);
                PieceFacts {
                    owners: voucher.partner.iter().cloned().collect(),
                    alias: (voucher.name != voucher.code).then(|| voucher.name.to_string()),
                    made_by: Some(voucher.lot.credit.to_string()),
                    // Its uses stay with it, whoever has it by now.
                    needs: vec![promoted(&voucher.lot.credit), voucher.code.to_string()],
                    is_live: open || place(voucher, Place::Reserved),
                    due: voucher.lot.ends.gone().filter(|_| open),
                }
            }
            Body::Use(of) => PieceFacts {
                made_by: Some(of.voucher.to_string()),
                needs: vec![of.voucher.to_string()],
                is_live: of.state.lapses().is_some(),
                due: of.state.lapses(),
                owners: self.holder_of(&of.voucher).into_iter().collect(),
                ..PieceFacts::default()
            },
            Body::Paid(keys) => PieceFacts {
                needs: keys.iter().map(ToString::to_string).collect(),
                ..PieceFacts::default()
            },
            Body::Badge(owner, _, by, _) => {
                PieceFacts { made_by: Some(by.to_string()), ..own(owner) }
            }
            Body::Benefit(owner, ..) => own(owner),
            Body::Tier(owner, group, standing) => {
                let floors = standing.floor.iter().chain(standing.brought.values());
                let floors = floors.filter_map(|floor| floor.until.and_then(Ends::gone));
                let group = self.wallet.tier_groups.get(group);
                let check = group.zip(standing.ends).map(|(it, ends)| it.checked_on(ends));
                let due = floors.chain(check.map(midnight)).min();
                PieceFacts { due, ..own(owner) }
            }
            Body::Merged(into) => {
                PieceFacts { owners: vec![PartnerCode::new(name), into.clone()], ..own(into) }
            }
            Body::Active(_) | Body::Member(_) => own(&PartnerCode::new(name)),
            Body::Parts(_)
            | Body::Stood(_)
            | Body::Enrolled(..)
            | Body::Ended(_)
            | Body::Promoted(..)
            | Body::Sponsor(..)
            | Body::Borne(_)
            | Body::Queue(_)
            | Body::Withheld(_)
            | Body::Cut(_)
            | Body::Play(_) => facts_of_more(name, &piece.0),
            Body::Fund(..) | Body::Allocation(_) | Body::Request(_) | Body::Claim(_) => {
                self.facts_of_fund(name, &piece.0)
            }
            Body::ChannelClaim(_)
            | Body::Agreement(..)
            | Body::ClaimedSale(..)
            | Body::Taken(..)
            | Body::Delivery(_)
            | Body::Stock(_)
            | Body::Price(_) => facts_of_channel(&piece.0),
        }
    }

    fn holder_of(&self, voucher: &str) -> Option<PartnerCode> {
        self.vouchers.find(voucher)?.partner.clone()
    }

    /// The names of the pieces about nobody that everything may ask for: which promotions are over
    /// before their time.
    pub fn common_names(&self) -> Vec<String> {
        let promotions = self.wallet.promotions.keys().map(|code| ended(code));
        promotions.chain(self.wallet.funds.keys().map(|code| account_name(code))).collect()
    }

    /// The same of funds. Whatever is asked of a budget may ask its pools, too.
    fn facts_of_fund(&self, name: &str, body: &Body) -> PieceFacts {
        let drawn = |draws: &[funds::Draw]| {
            let named = |draw: &funds::Draw| match &draw.pot.allocation {
                Some(code) => allocation_name(&draw.pot.fund, code),
                None => funds::spent_name(&draw.pot.fund, name),
            };
            draws.iter().map(named).collect::<Vec<String>>()
        };
        match body {
            Body::Fund(fund, account) => {
                let of = self.wallet.funds.get(fund);
                PieceFacts {
                    needs: account.pools.iter().map(|code| allocation_name(fund, code)).collect(),
                    is_live: true,
                    due: of.and_then(|of| account.due(of, DateTime::MIN)),
                    ..PieceFacts::default()
                }
            }
            Body::Allocation(own) => PieceFacts {
                owners: own.partner.iter().cloned().collect(),
                is_live: true,
                due: own.due(),
                ..PieceFacts::default()
            },
            Body::Request(request) => PieceFacts {
                owners: vec![request.partner.clone()],
                needs: drawn(&request.held),
                is_live: request.stage.is_live(),
                due: request.until,
                ..PieceFacts::default()
            },
            Body::Claim(claim) => PieceFacts {
                owners: vec![claim.partner.clone()],
                made_by: claim.invoice.as_deref().map(invoice_name),
                needs: {
                    let mut needs = drawn(&claim.held);
                    needs.extend(drawn(&claim.used));
                    needs.extend(claim.request.iter().map(ToString::to_string));
                    needs
                },
                is_live: claim.stage.is_live(),
                due: claim.until,
                ..PieceFacts::default()
            },
            _ => PieceFacts::default(),
        }
    }
}

/// The names of pieces that an award acts on: its credit or vouchers, the promotion it counts for,
/// and what bears it.
pub fn award_asks_for(key: &str, bearers: &[Bearer]) -> Vec<String> {
    std::iter::once(key.to_owned()).chain(sponsors::names_of(bearers)).collect()
}

/// Whose things a line is about, and the names of pieces that it acts on.
pub fn asks_for(key: &str, command: &Command) -> (Vec<PartnerCode>, Vec<String>) {
    let mut names = vec![key.to_owned()];
    let partners = match command {
        Command::Credit(by_hand) => {
            names.extend(sponsors::names_of(&by_hand.sponsors));
            vec![by_hand.partner.clone()]
        }
        Command::Debit { partner, .. } | Command::TakeBadge { partner, .. } => {
            vec![partner.clone()]
        }
        Command::Redeem(spend) | Command::Reserve(spend, _) => {
            names.extend(spend.order.clone());
            vec![spend.partner.clone()]
        }
        Command::Clawback { of, .. } => {
            names.push(of.to_string());
            Vec::new()
        }
        Command::Transfer { from, to, .. } => vec![from.clone(), to.clone()],
        Command::Merge { into } => vec![PartnerCode::new(key), into.clone()],
        Command::Unmerge
        | Command::Assign(_)
        | Command::Enrol { .. }
        | Command::Leave { .. }
        | Command::Member(_) => vec![PartnerCode::new(key)],
        Command::Issue(issue) => {
            names.extend(issue.names(key));
            issue.partner.iter().cloned().collect()
        }
        Command::UseVoucher(line) | Command::ReserveVoucher(line, _) => {
            names.push(line.voucher.to_string());
            names.extend(line.order.clone());
            line.partner.iter().cloned().collect()
        }
        Command::OrderReward(line) | Command::ReserveReward(line, _) => {
            vec![line.partner.clone()]
        }
        Command::TopUp { sponsor, .. } => {
            names.extend([sponsors::account_of(sponsor), QUEUE.to_owned()]);
            Vec::new()
        }
        Command::Play(play) => vec![play.partner.clone()],
        Command::GiveBadge(give) => vec![give.partner.clone()],
        Command::Fund(line) => {
            let (owners, of_line) = line.asks_for(key);
            names.extend(of_line);
            owners
        }
        Command::Channel(line) => {
            let (owners, of_line) = line.asks_for();
            names.extend(of_line);
            owners
        }
        Command::Commit { .. } | Command::Release | Command::Cancel { .. } => Vec::new(),
    };
    (partners, names)
}

/// The same of what agreements, goods and prices have. They are found by what they are about, and
/// only by lines that name it: a channel has many of them.
fn facts_of_channel(body: &Body) -> PieceFacts {
    let of = |partner: &PartnerCode| vec![partner.clone()];
    match body {
        Body::ChannelClaim(claim) => PieceFacts {
            owners: of(&claim.partner),
            needs: {
                let mut names = vec![agreement_name(&claim.agreement)];
                let said = claim.lines.iter().map(|line| &line.said);
                names.extend(names_of(&claim.agreement, &claim.partner, said));
                let decided = claim.decided().filter_map(|decided| decided.product.as_ref());
                names.extend(decided.map(|it| taken_name(&claim.agreement, &claim.partner, it)));
                names.sort_unstable();
                names.dedup();
                names
            },
            ..PieceFacts::default()
        },
        Body::Taken(_, partner, ..) => PieceFacts { owners: of(partner), ..PieceFacts::default() },
        Body::Delivery(Delivery { partner, product, .. })
        | Body::Stock(Report { partner, product, .. }) => PieceFacts {
            owners: of(partner),
            made_by: Some(shelf_name(partner, product)),
            ..PieceFacts::default()
        },
        Body::Price(price) => {
            PieceFacts { made_by: Some(product_name(&price.product)), ..PieceFacts::default() }
        }
        _ => PieceFacts::default(),
    }
}

/// The same of what becomes of memberships, and of promotions, sponsors and games.
fn facts_of_more(name: &str, body: &Body) -> PieceFacts {
    match body {
        Body::Parts(parts) => {
            let into = PartnerCode::new(name);
            let owners = std::iter::once(into.clone()).chain(parts.iter().cloned()).collect();
            PieceFacts { owners, is_live: true, ..PieceFacts::default() }
        }
        Body::Stood(part) => PieceFacts {
            owners: vec![part.partner().clone(), part.into().clone()],
            ..PieceFacts::default()
        },
        Body::Enrolled(partner, ..) => {
            PieceFacts { owners: vec![partner.clone()], is_live: true, ..PieceFacts::default() }
        }
        Body::Promoted(key, uses) => PieceFacts {
            owners: uses.values().find_map(|own| own.partner().cloned()).into_iter().collect(),
            alias: Some(key.to_string()),
            // So that what a promotion refused is found.
            made_by: uses
                .iter()
                .find(|(_, own)| own.told().is_some())
                .map(|(of, _)| refused_by(of)),
            ..PieceFacts::default()
        },
        Body::Sponsor(..) => PieceFacts { needs: vec![QUEUE.to_owned()], ..PieceFacts::default() },
        Body::Borne(borne) => PieceFacts {
            owners: vec![borne.partner().clone()],
            needs: borne.needs(),
            ..PieceFacts::default()
        },
        Body::Queue(queue) => PieceFacts {
            needs: queue.iter().map(|waits| waits.key().to_owned()).collect(),
            ..PieceFacts::default()
        },
        Body::Withheld(of) => {
            PieceFacts { owners: vec![of.partner.clone()], ..PieceFacts::default() }
        }
        Body::Play(played) => PieceFacts {
            owners: vec![played.partner().clone()],
            needs: vec![name.to_owned(), played.credit(name).to_string()],
            ..PieceFacts::default()
        },
        Body::Cut(cut) => PieceFacts { owners: vec![cut.partner.clone()], ..PieceFacts::default() },
        // It is about nobody, and needs nothing.
        _ => PieceFacts::default(),
    }
}
