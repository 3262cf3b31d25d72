//! Random stories of claims on agreements: nothing is paid twice, nothing beyond what was agreed, and
//! what is undone leaves no trace.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::world::Random;
use super::{PARTNERS, soon};
use crate::code::{FactKey, PartnerCode, ProductCode};
use crate::wallet::lot::midnight;
use crate::wallet::*;

const STORIES: u64 = 300;
const STEPS: u64 = 40;
const SALES: u64 = 40;

fn wallet() -> Arc<Wallet> {
    let text = "case: c
programs: []
currency: EUR
agreements:
  SALE:
    kind: special_price
    proof: sale
    lines:
      - { product: X1, steps: [ { from: 0, down_by: 3 }, { from: 40, down_by: 5 } ] }
      - { product: X2, down_to: 20, quantity: 20, amount: 60, minimum: 3 }
  OTHER: { kind: special_price, auto_approve: 50, lines: [ { when: 'true', down_by: 10% } ] }
  STOCK: { kind: special_price, proof: stock, lines: [ { product: X1, down_by: 1 } ] }
  PP: { kind: price_protection, list: l, in_transit: true, reverse: true, quantity: 50% }
  SR: { kind: stock_rotation, share: 10%, window: 12 months, method: either }
";
    let case = crate::case::parse(text).into_result().expect("a case");
    case.wallet.expect("a wallet")
}

struct Story {
    random: Random,
    book: Book,
    day: Date,
    claims: Vec<Arc<str>>,
    told: Vec<String>,
}

fn product(random: &mut Random) -> ProductCode {
    ProductCode::new(random.pick(&["X1", "X2"]))
}

fn story(seed: u64) -> Story {
    let mut random = Random(seed);
    let known = PARTNERS.map(PartnerCode::new);
    let people = People { known: Some(known.into()), ..People::default() };
    let mut book = Book::new(wallet(), crate::amount::Currency::parse("EUR"), people);
    let day = date(2026, 1, 1);
    book.until(midnight(day));
    let sales: Vec<(FactKey, Sale)> = (0..SALES)
        .map(|number| {
            let sale = Sale {
                partner: random.partner(),
                product: Some(product(&mut random)),
                quantity: Some(Decimal::from(1 + random.below(12))),
                at: midnight(soon(day, random.below(30))),
                parties: BTreeMap::new(),
            };
            (FactKey::new(format!("S{number}")), sale)
        })
        .collect();
    book.sales_are(Arc::new(Sales::of(sales, [])));
    Story { random, book, day, claims: Vec::new(), told: vec![format!("seed {seed}")] }
}

impl Story {
    fn line(&mut self) -> AskedClaimLine {
        let random = &mut self.random;
        let sale = random.chance(1, 2);
        AskedClaimLine {
            product: if sale { None } else { Some(product(random)) },
            quantity: random.maybe(|it| Decimal::from(it.below(15)) - Decimal::ONE),
            cost: random.maybe(|it| Decimal::from(15 + it.below(20))),
            sale: sale.then(|| FactKey::new(format!("S{}", random.below(SALES + 2)))),
            ..AskedClaimLine::default()
        }
    }

    fn lines(&mut self) -> Vec<AskedClaimLine> {
        (0..=self.random.below(4)).map(|_| self.line()).collect()
    }

    fn claim(&mut self) -> AskedChannelClaim {
        AskedChannelClaim {
            partner: self.random.partner(),
            agreement: Arc::from(self.random.pick(&["SALE", "SALE", "OTHER", "STOCK", "PP", "SR"])),
            lines: self.lines(),
            draft: self.random.chance(1, 8),
        }
    }

    fn command(&mut self) -> (Arc<str>, Command) {
        let key: Arc<str> = Arc::from(format!("K{}", self.told.len()));
        let any = |story: &mut Story| match story.claims.as_slice() {
            [] => Arc::from("none"),
            claims => story.random.pick(claims),
        };
        let amount = self.random.chance(1, 5).then(|| self.random.amount());
        let reason = None;
        let partner = self.random.partner();
        let of = product(&mut self.random);
        let quantity = Decimal::from(self.random.below(200));
        let on_fund = |line: FundLine| Command::Fund(line);
        match self.random.below(30) {
            0..12 => (key, Command::Channel(ChannelLine::Claim(self.claim()))),
            12..15 => {
                let arrives = soon(self.day, self.random.below(5));
                let line = ShipmentLine {
                    partner,
                    product: of,
                    quantity,
                    price: Some(Decimal::TEN),
                    arrives: Some(midnight(arrives)),
                };
                (key, Command::Channel(ChannelLine::Shipment(line)))
            }
            15 => {
                let line = StockLine { partner, product: of, quantity, in_transit: None };
                (key, Command::Channel(ChannelLine::Stock(line)))
            }
            16 => {
                let line = PriceLine { list: "l".to_owned(), product: of, amount: quantity };
                (key, Command::Channel(ChannelLine::Price(line)))
            }
            17..21 => (any(self), on_fund(FundLine::Approve { amount, reason })),
            21 => (any(self), on_fund(FundLine::Reject { reason })),
            22 => (any(self), on_fund(FundLine::SendBack { reason })),
            23..25 => {
                let lines = self.random.chance(1, 2).then(|| self.lines());
                (any(self), on_fund(FundLine::Submit(Mended { lines, ..Mended::default() })))
            }
            25..27 => (any(self), on_fund(FundLine::Pay { amount, reason })),
            _ => (any(self), Command::Cancel { amount: None, expires: None, reason }),
        }
    }

    fn step(&mut self) {
        if self.random.chance(1, 3) {
            let days = self.random.below(4);
            self.day = soon(self.day, days);
            self.book.until(midnight(self.day));
        }
        let (key, command) = self.command();
        let before = self.book.clone();
        let answer = self.book.act(&key, midnight(self.day), &command);
        self.told.push(format!("{} {key} {command:?} -> {answer:?}", self.day));
        if answer.is_err() {
            assert!(self.book == before, "what is refused leaves nothing behind");
        }
        if let Command::Channel(ChannelLine::Claim(asked)) = &command
            && answer.is_ok()
        {
            self.claims.push(key.clone());
            assert!(self.book.act(&key, midnight(self.day), &command).is_ok(), "once more is once");
            undone(&before, &self.book, &key, self.day);
            in_two_files_is_one(&before, asked, self.day);
        }
        self.holds();
    }

    /// What is counted is what the claims that count come to, and no more than was agreed.
    fn holds(&self) {
        let book = &self.book;
        let (mut rows, mut sales): (BTreeMap<_, Tally>, BTreeMap<_, u32>) = Default::default();
        let (mut owed, mut taken) = (Decimal::ZERO, BTreeMap::<_, Decimal>::new());
        for (key, claim) in book.channel_claims() {
            owed += claim.approved - claim.paid;
            let is_live = matches!(
                claim.stage,
                Stage::Submitted | Stage::SentBack | Stage::Approved | Stage::Paid
            );
            for line in claim.lines.iter().filter(|_| is_live) {
                let Some(decided) = &line.decided else { continue };
                assert!(Decimal::ZERO <= decided.payable, "{key}: {decided:?}");
                assert!(Decimal::ZERO <= decided.rejected, "{key}: {decided:?}");
                if decided.payable.is_zero() {
                    assert!(decided.reason.is_some(), "{key}: {decided:?}");
                    assert!(decided.amount.is_zero(), "{key}: {decided:?}");
                    continue;
                }
                if let Some(sale) = &line.said.sale {
                    *sales.entry(sale.clone()).or_default() += 1;
                }
                if let Why::Special { row, .. } = &decided.why {
                    let all = decided.payable + decided.rejected;
                    assert_eq!(all, decided.quantity, "{key}: {decided:?}");
                    let tally: &mut Tally =
                        rows.entry((claim.agreement.clone(), row.clone())).or_default();
                    tally.quantity += decided.payable;
                    tally.amount += decided.amount;
                }
                if let Why::Rotation { .. } = &decided.why {
                    let place = (claim.partner.clone(), decided.product.clone());
                    *taken.entry(place).or_default() += decided.payable;
                }
            }
        }
        assert!(sales.values().all(|times| *times == 1), "a sale is paid once: {sales:?}");
        let limited = rows.get(&(Arc::from("SALE"), Arc::from("X2"))).copied().unwrap_or_default();
        assert!(limited.quantity <= Decimal::from(20), "{limited:?}");
        assert!(limited.amount <= Decimal::from(60), "{limited:?}");
        let kept: BTreeMap<_, Tally> = book
            .channel
            .accounts
            .iter()
            .flat_map(|(of, account)| {
                account.rows.iter().map(move |(row, tally)| ((of.clone(), row.clone()), *tally))
            })
            .collect();
        assert_eq!(kept, rows, "what is counted is what is claimed");
        for ((partner, product), rotated) in taken {
            let own = book
                .deliveries()
                .filter(|(_, it)| it.partner == partner && Some(&it.product) == product.as_ref());
            let received: Decimal = own.map(|(_, it)| it.quantity).sum();
            assert!(rotated <= received / Decimal::TEN, "{partner} {product:?}");
        }
        let mut payable = Decimal::ZERO;
        for entry in book.entries() {
            let Posting { debit, credit, amount, .. } = &entry.posting;
            assert!(Decimal::ZERO < *amount, "{entry:?}");
            for (account, sign) in [(debit, -Decimal::ONE), (credit, Decimal::ONE)] {
                if matches!(account, Account::Payable(_)) {
                    payable += sign * *amount;
                }
            }
        }
        assert_eq!(payable, owed, "what is owed is what was approved and not paid");
    }

    /// A book that is made of all its pieces is the same book.
    fn comes_apart(&self) {
        let mut other = Book::new(wallet(), self.book.money, self.book.people.clone());
        other.stands_at(self.book.now());
        other.sales_are(self.book.channel.sales.clone());
        for (key, piece) in self.book.pieces() {
            let text = serde_json::to_string(&piece).expect("it is written");
            other.put(&key.name, serde_json::from_str(&text).expect("it is read"));
        }
        assert!(other.channel == self.book.channel, "a book of its pieces is the same book");
    }
}

/// A claim that is cancelled leaves what was counted before it.
fn undone(before: &Book, book: &Book, key: &Arc<str>, day: Date) {
    let mut book = book.clone();
    let cancel = Command::Cancel { amount: None, expires: None, reason: None };
    if book.act(key, midnight(day), &cancel).is_ok() {
        assert_eq!(book.channel.accounts, before.channel.accounts, "as if it had never been");
        assert_eq!(book.channel.claimed, before.channel.claimed, "as if it had never been");
        assert_eq!(book.channel.taken, before.channel.taken, "as if it had never been");
    }
}

/// Lines in two claims are decided as they are in one.
fn in_two_files_is_one(before: &Book, asked: &AskedChannelClaim, day: Date) {
    if asked.draft || asked.lines.len() < 2 {
        return;
    }
    let decided = |claims: &[&[AskedClaimLine]]| -> Vec<Decided> {
        let mut book = before.clone();
        let mut all = Vec::new();
        for (number, lines) in claims.iter().enumerate() {
            let key: Arc<str> = Arc::from(format!("file-{number}"));
            let asked = AskedChannelClaim { lines: lines.to_vec(), ..asked.clone() };
            let command = Command::Channel(ChannelLine::Claim(asked));
            assert_eq!(book.act(&key, midnight(day), &command), Ok(()));
            let claims = book.channel_claims().find(|(own, _)| **own == key);
            all.extend(claims.into_iter().flat_map(|(_, it)| it.decided().cloned()));
        }
        all
    };
    let (first, second) = asked.lines.split_at(1);
    let (one, two) = (decided(&[&asked.lines]), decided(&[first, second]));
    assert_eq!(one, two, "lines of two files are decided as those of one");
}

#[test]
fn agreements_pay_what_was_agreed_and_once() {
    let mut reasons: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut paid = 0;
    for seed in 0..STORIES {
        let mut story = story(seed);
        for _ in 0..STEPS {
            story.step();
        }
        story.comes_apart();
        for (_, _, refusal) in story.book.refused_lines() {
            *reasons.entry(refusal.word()).or_default() += 1;
        }
        paid += story.book.channel_claims().filter(|(_, it)| it.stage == Stage::Paid).count();
    }
    assert!(20 < paid, "claims are paid: {paid}");
    for word in [
        "unknown_key",
        "not_owner",
        "wrong_unit",
        "invalid_amount",
        "not_eligible",
        "evidence",
        "duplicate",
        "below_minimum",
        "limit_total",
        "out_of_stock",
        "quantity_limit",
    ] {
        assert!(
            reasons.get(word).is_some_and(|times| 1 < *times),
            "stories go wrong in every way, also by `{word}`: {reasons:?}"
        );
    }
}

/// A file of many lines: what is looked at grows with the line, and not with what there is.
#[test]
fn many_lines_find_their_sales_by_key() {
    let (agreements, lines) = (500_u64, 5_000_u64);
    let mut text = String::new();
    for at in 0..agreements {
        let _ = writeln!(
            text,
            "  A{at}: {{ kind: special_price, proof: sale, when: 'party.end_customer == \"C{at}\"', \
             lines: [ {{ product: X1, down_by: 1 }} ] }}"
        );
    }
    let text = format!("case: c\nprograms: []\ncurrency: EUR\nagreements:\n{text}");
    let case = crate::case::parse(&text).into_result().expect("a case");
    let wallet = case.wallet.expect("a wallet");
    let mut book = Book::new(wallet, crate::amount::Currency::parse("EUR"), People::default());
    let day = date(2026, 1, 1);
    book.until(midnight(day));
    let customer = |at: u64| PartnerCode::new(format!("C{}", at % agreements));
    let sales = (0..lines).map(|at| {
        let sale = Sale {
            partner: PartnerCode::new("D1"),
            product: Some(ProductCode::new("X1")),
            quantity: Some(Decimal::TWO),
            at: midnight(day),
            parties: BTreeMap::from([("end_customer".to_owned(), customer(at))]),
        };
        (FactKey::new(format!("S{at}")), sale)
    });
    book.sales_are(Arc::new(Sales::of(sales, [])));
    for at in 0..agreements {
        let own = (0..lines).filter(|line| line % agreements == at);
        let said = own.map(|line| AskedClaimLine {
            sale: Some(FactKey::new(format!("S{line}"))),
            cost: Some(Decimal::TEN),
            ..AskedClaimLine::default()
        });
        let asked = AskedChannelClaim {
            partner: PartnerCode::new("D1"),
            agreement: Arc::from(format!("A{at}")),
            lines: said.collect(),
            draft: false,
        };
        let key: Arc<str> = Arc::from(format!("C{at}"));
        let command = Command::Channel(ChannelLine::Claim(asked));
        assert_eq!(book.act(&key, midnight(day), &command), Ok(()));
    }
    let total: Decimal = book.channel_claims().map(|(_, claim)| claim.calculated()).sum();
    assert_eq!(total, Decimal::from(2 * lines), "each line is paid once");
}
