//! Random stories of funds: whatever is asked of them, nothing exceeds what there is, and what is
//! reserved belongs to somebody.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::date;
use rust_decimal::Decimal;

use super::slices::Deed;
use super::world::Random;
use super::{PARTNERS, Tale, add_up, assert_same, soon};
use crate::code::PartnerCode;
use crate::wallet::funds::spent_name;
use crate::wallet::lot::midnight;
use crate::wallet::*;

const STORIES: u64 = 1_600;
const STORIES_IN_PIECES: u64 = 40;
const STEPS: u64 = 30;

fn wallet(random: &mut Random) -> Wallet {
    let top_up = random.pick(&["true", "false"]);
    let unused = random.pick(&[
        "recapture",
        "{ carry_over: next }",
        "{ carry_over: next, at_most: 20%, once: true }",
    ]);
    let restore = random.pick(&["original", "5 days"]);
    let clawback = random.pick(&["arrears", "clamp"]);
    let text = format!(
        "case: c
programs: []
currency: EUR
funds:
  mdf:
    kind: mdf
    amount: 900
    starts: 2026-01-02
    ends: 2026-01-20
    claims_until: 2026-01-25
    top_up: {top_up}
    unused: {unused}
    allocations:
      - {{ allocation: one, partner: P1, share: 20% }}
      - {{ allocation: two, partner: P2, amount: 150, ends: 2026-01-12, claims_until: 2026-01-15 }}
      - {{ allocation: all, when: 'true', each: 60, starts: 2026-01-05 }}
    activities:
      any: {{}}
      half: {{ reimburse: 50%, at_most: 40, auto_approve: 15 }}
      mixed: {{ from: [ {{ share: 30%, from: [ {{ fund: coop }} ] }}, {{ share: 70%, from: [ {{ fund: mdf }} ] }} ] }}
      first: {{ request: required, from: [ {{ fund: coop, at_most: 20 }}, {{ fund: mdf }} ] }}
  next: {{ kind: mdf, amount: 100, starts: 2026-01-20, ends: 2026-02-15, allocations: [ {{ allocation: n, partner: P1, amount: 50 }} ] }}
  coop:
    kind: coop
    amount: 400
    expiry: 12 days
    escrow: 2 days
    restore: {restore}
    clawback: {clawback}
  open: {{ kind: coop, ends: 2026-01-22 }}
"
    );
    let case = crate::case::parse(&text).into_result().unwrap_or_else(|it| panic!("{text}{it:?}"));
    let declared = case.wallet.expect("a wallet");
    (*declared).clone()
}

fn tale(seed: u64) -> Tale {
    let mut random = Random(seed);
    let wallet = wallet(&mut random);
    let known = PARTNERS.map(PartnerCode::new);
    let mut master = crate::master::Master::default();
    for partner in &known {
        let fields = crate::master::Fields::new();
        master.partners.insert(partner.clone(), crate::master::Partner::new(fields));
    }
    let people =
        People { known: Some(known.into()), master: Arc::new(master), ..People::default() };
    let day = date(2026, 1, 1);
    let mut book = Book::new(Arc::new(wallet), crate::amount::Currency::parse("EUR"), people);
    book.until(midnight(day));
    let (keys, debited, accounts, history) = Default::default();
    let (posted, told, is_sliced, kept) = (0, vec![format!("seed {seed}")], false, None);
    Tale { random, book, day, keys, debited, history, posted, accounts, told, is_sliced, kept }
}

impl Tale {
    fn fund_line(&mut self) -> (Arc<str>, Command) {
        let number = self.told.len();
        let random = &mut self.random;
        let mut key: Arc<str> = Arc::from(format!("K{number}"));
        let fund: Unit = Arc::from(random.pick(&["mdf", "mdf", "mdf", "coop", "open", "next"]));
        let activity = random.pick(&["any", "half", "mixed", "first"]);
        let activity: Option<Unit> = (&*fund == "mdf").then(|| Arc::from(activity));
        let of = Purpose { partner: random.partner(), fund: fund.clone(), activity, from: None };
        let old = |random: &mut Random, keys: &[Arc<str>]| super::any_of(random, keys);
        let reason = None;
        let line = match random.below(36) {
            0..6 => FundLine::Credit {
                partner: random.partner(),
                fund: Arc::from(random.pick(&["coop", "coop", "open"])),
                amount: random.amount(),
                expires: None,
                usable: None,
                reason,
            },
            6..12 => FundLine::Request(AskedRequest {
                of,
                date: None,
                amount: Some(random.amount()),
                cost: None,
                draft: random.chance(1, 6),
            }),
            12..20 => {
                let requests: Vec<Arc<str>> =
                    self.book.requests().map(|(key, _)| key.clone()).collect();
                let request = random.chance(2, 3) && !requests.is_empty();
                FundLine::Claim(AskedClaim {
                    of: if request {
                        ClaimOf::Request(random.pick(&requests))
                    } else {
                        ClaimOf::Fund(of)
                    },
                    date: None,
                    cost: Some(random.amount()),
                    amount: random.chance(1, 3).then(|| random.amount()),
                    own_cash: None,
                    evidence: Vec::new(),
                    invoice: random.chance(1, 4).then(|| format!("I{}", random.below(3))),
                    draft: random.chance(1, 6),
                })
            }
            20..27 => {
                let claims = self.book.claims().filter(|(_, it)| it.stage.is_undecided());
                let waiting: Vec<Arc<str>> = claims.map(|(key, _)| key.clone()).collect();
                let is_claim = !waiting.is_empty() && random.chance(2, 3);
                key = if is_claim { random.pick(&waiting) } else { old(random, &self.keys) };
                FundLine::Approve { amount: random.maybe(Random::amount), reason }
            }
            27 => {
                key = old(random, &self.keys);
                FundLine::Reject { reason }
            }
            28 => {
                key = old(random, &self.keys);
                FundLine::Submit(Mended { cost: Some(random.amount()), ..Mended::default() })
            }
            29 => {
                key = old(random, &self.keys);
                FundLine::Close { reason }
            }
            30 => {
                key = old(random, &self.keys);
                FundLine::Pay { amount: random.maybe(Random::amount), reason }
            }
            31 => {
                key = Arc::from(random.pick(&["one", "more", "pool", "all"]));
                let partner = (&*key != "pool").then(|| random.partner());
                let amount = random.amount() - Decimal::from(30);
                FundLine::Allocate { fund, partner, amount }
            }
            32 => {
                let (from, to) = (random.partner().to_string(), random.partner().to_string());
                let between = [from, to, "one".to_owned(), "two".to_owned()];
                let (from, to) = (random.pick(&between), random.pick(&between));
                FundLine::Transfer { fund, from, to, amount: random.amount() }
            }
            33 => FundLine::TopUp { fund, amount: random.amount() },
            34 => {
                key = old(random, &self.keys);
                FundLine::SendBack { reason }
            }
            _ => {
                key = old(random, &self.keys);
                return (key, Command::Cancel { amount: None, expires: None, reason });
            }
        };
        (key, Command::Fund(line))
    }

    fn fund_step(&mut self) {
        if self.random.chance(1, 3) {
            let days = self.random.below(5);
            self.pass_for_funds(days);
        }
        let (key, command) = match self.random.below(20) {
            0 => {
                let into = self.random.partner();
                (Arc::from(self.random.partner().as_str()), Command::Merge { into })
            }
            1 => (Arc::from(self.random.partner().as_str()), Command::Unmerge),
            _ => self.fund_line(),
        };
        let before = self.book.clone();
        self.told.push(format!("{} {key} {command:?}", self.day));
        let answer = self.act(&Deed::Line(key.clone(), midnight(self.day), command));
        if let Some(told) = self.told.last_mut() {
            told.push_str(&format!(" -> {answer:?}"));
        }
        if answer.is_err() {
            assert!(self.book == before, "what is refused leaves nothing behind");
        } else {
            self.keys.push(key);
        }
        self.funds_hold();
    }

    /// Asked day by day or at once, time does the same.
    fn pass_for_funds(&mut self, days: u64) {
        let mut at_once = self.book.clone();
        self.told.push(format!("{days} days"));
        for _ in 0..days {
            self.day = soon(self.day, 1);
            self.book.until(midnight(self.day));
            self.funds_hold();
        }
        at_once.until(midnight(self.day));
        if self.book != at_once {
            let [days, once] = [&self.book, &at_once].map(|book| format!("{book:#?}"));
            assert_same("asking day by day equals asking once", &days, &once);
        }
    }

    /// Budgets are used, reserved, allocated, free or gone, and postings say so.
    fn funds_hold(&mut self) {
        add_up(&mut self.accounts, &self.book.entries()[self.posted..]);
        self.posted = self.book.entries().len();
        let money: Unit = Arc::from("EUR");
        let posted = |account: Account| {
            self.accounts.get(&(account, money.clone())).copied().unwrap_or_default()
        };
        let book = &self.book;
        let (mut reserved, mut drawn): (BTreeMap<_, Decimal>, BTreeMap<_, Decimal>) =
            Default::default();
        let mut used: BTreeMap<Unit, Decimal> = BTreeMap::new();
        let requests =
            book.requests().map(|(key, it)| (key, &it.held, it.stage == Stage::Approved));
        let claims = book.claims().map(|(key, it)| (key, &it.held, it.stage.is_undecided()));
        for (key, held, is_alive) in requests.chain(claims) {
            assert!(held.is_empty() || is_alive, "what `{key}` reserves is somebody's");
            for draw in held {
                assert!(Decimal::ZERO < draw.amount, "something is reserved for `{key}`");
                *reserved.entry((draw.pot.fund.clone(), key.clone())).or_default() += draw.amount;
                if draw.pot.allocation.is_none() {
                    *drawn.entry(spent_name(&draw.pot.fund, key)).or_default() += draw.amount;
                }
            }
        }
        let mut owed = Decimal::ZERO;
        for (key, claim) in book.claims() {
            assert!(claim.paid <= claim.approved, "`{key}` is paid what was approved");
            assert!(claim.approved <= claim.asked().min(claim.calculated), "`{key}`");
            let of: Decimal = claim.used.iter().map(|draw| draw.amount).sum();
            assert_eq!(of, claim.approved, "`{key}` is paid of something");
            owed += claim.approved - claim.paid;
            for draw in &claim.used {
                if draw.pot.allocation.is_some() {
                    *used.entry(draw.pot.fund.clone()).or_default() += draw.amount;
                } else {
                    *drawn.entry(spent_name(&draw.pot.fund, key)).or_default() += draw.amount;
                }
            }
        }
        for (key, request) in book.requests() {
            let of = &book.wallet().funds[&request.fund];
            let took = request.claimed + request.reserved();
            assert!(of.top_up || took <= request.approved, "`{key}` gives no more than it has");
        }
        for ((fund, key), amount) in &reserved {
            let account = Account::Reserved(fund.clone(), key.clone());
            assert_eq!(posted(account), *amount, "reserved/{fund}/{key}");
        }
        let all: Decimal = self
            .accounts
            .iter()
            .filter(|((account, _), _)| matches!(account, Account::Reserved(..)))
            .map(|(_, amount)| *amount)
            .sum();
        assert_eq!(all, reserved.values().sum(), "nothing is reserved for nobody");
        let payable = PARTNERS.map(|it| posted(Account::Payable(PartnerCode::new(it))));
        assert_eq!(payable.into_iter().sum::<Decimal>(), owed, "payable");
        for (code, fund) in book.wallet().funds.iter().filter(|(_, it)| it.budget().is_some()) {
            let account = book.fund_account(code).expect("it is there");
            let own: Vec<&Allocation> = book.allocations().filter(|it| it.fund == *code).collect();
            let open: Decimal = own.iter().map(|it| it.open).sum();
            for it in own {
                assert!(Decimal::ZERO <= it.open, "{it:?}");
                let open = Account::OpenAllocation(code.clone(), it.code.clone());
                assert_eq!(posted(open), it.open, "{it:?}");
                assert!(!it.is_ended || it.open.is_zero(), "{it:?}");
            }
            let held = reserved.iter().filter(|((fund, _), _)| fund == code);
            let held: Decimal = held.map(|(_, amount)| *amount).sum();
            let used = used.get(code).copied().unwrap_or_default();
            let gone = account.recaptured + account.carried;
            assert!(Decimal::ZERO <= account.free, "{code}: {account:?}");
            assert!(!account.is_ended || account.free.is_zero(), "{code}: {account:?}");
            assert_eq!(account.free + open + held + used + gone, account.budget, "{code}");
            assert_eq!(posted(Account::Free(code.clone())), account.free, "{code}");
            assert_eq!(posted(Account::Used(code.clone())), used, "{code}");
            let source = account.budget - account.carried_in - account.recaptured;
            assert_eq!(-posted(Account::Source(code.clone())), source, "{fund:?}");
        }
        for purse in book.purses() {
            let open = Account::Open(purse.unit.clone(), purse.owner.clone());
            assert_eq!(posted(open), purse.balance(), "{purse:?}");
        }
        let spent = book.spendings().map(|(key, it)| (key.to_string(), it.amount));
        assert_eq!(spent.collect::<BTreeMap<_, _>>(), drawn, "lots are taken by somebody");
    }

    /// What is approved and cancelled at once leaves what cancelling alone leaves, where nothing was
    /// topped up.
    fn approved_and_cancelled(&mut self) {
        let mut decided = self.book.clone();
        let claims: Vec<Arc<str>> = self.book.claims().map(|(key, _)| key.clone()).collect();
        let Some(key) = (!claims.is_empty()).then(|| self.random.pick(&claims)) else { return };
        let approve = Command::Fund(FundLine::Approve { amount: None, reason: None });
        let cancel = Command::Cancel { amount: None, expires: None, reason: None };
        let on = midnight(self.day);
        let topped = |book: &Book| -> Decimal { book.allocations().map(|it| it.amount).sum() };
        if decided.act(&key, on, &approve).is_err() || topped(&decided) != topped(&self.book) {
            return;
        }
        let mut other = self.book.clone();
        if decided.act(&key, on, &cancel).is_ok() && other.act(&key, on, &cancel).is_ok() {
            let rest = |book: &Book| (book.fund_account("mdf").cloned(), book_requests(book));
            assert_eq!(rest(&decided), rest(&other), "`{key}` approved and cancelled");
            // What only was reserved ends with its lot; what was paid out of it may live again.
            let mut all = self.book.purses().flat_map(|purse| &purse.lots);
            let is_revived = all.any(|lot| {
                let is_past = lot.ends.gone().is_some_and(|gone| gone <= on);
                is_past && !lot.holds(Place::Reserved).is_zero()
            });
            let same = book_lots(&decided) == book_lots(&other);
            assert!(same || is_revived, "`{key}` approved and cancelled");
        }
    }
}

fn book_requests(book: &Book) -> Vec<(Arc<str>, Request)> {
    book.requests().map(|(key, it)| (key.clone(), it.clone())).collect()
}

fn book_lots(book: &Book) -> Vec<(PartnerCode, Unit, Decimal)> {
    book.purses().map(|it| (it.owner.clone(), it.unit.clone(), it.balance())).collect()
}

#[test]
fn whatever_is_asked_of_funds_nothing_exceeds_what_there_is() {
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    let mut approved = 0;
    for seed in 0..STORIES {
        let mut tale = tale(seed);
        for _ in 0..STEPS {
            tale.fund_step();
            if tale.random.chance(1, 6) {
                tale.approved_and_cancelled();
            }
        }
        tale.pass_for_funds(60);
        for (key, request) in tale.book.requests() {
            let of = tale.book.wallet().funds[&request.fund].gone();
            let claims = tale.book.claims().filter(|(_, it)| it.request.as_ref() == Some(key));
            let waits = claims.filter(|(_, it)| it.stage.is_undecided()).count() != 0;
            let is_over = waits || of.is_none() || request.held.is_empty();
            assert!(is_over, "`{key}` reserves nothing after its end");
        }
        approved += tale.book.claims().filter(|(_, it)| !it.approved.is_zero()).count();
        for refusal in Refusal::ALL {
            let says = format!("Err({refusal:?})");
            *refused.entry(refusal.word()).or_default() +=
                tale.told.iter().filter(|line| line.ends_with(&says)).count();
        }
    }
    assert!(500 < approved, "claims are approved: {approved}");
    for word in ["exceeds_request", "exceeds_allocation", "exceeds_fund", "insufficient", "expired"]
    {
        assert!(5 < refused[word], "stories go wrong in every way: {refused:?}");
    }
    for word in ["duplicate", "wrong_state", "request_required", "too_late", "not_started"] {
        assert!(5 < refused[word], "stories go wrong in every way: {refused:?}");
    }
}

#[test]
fn funds_in_pieces_do_what_the_whole_book_does() {
    for seed in 0..STORIES_IN_PIECES {
        let mut tale = tale(seed + 1_000_000);
        tale.is_sliced = true;
        for _ in 0..STEPS {
            tale.fund_step();
        }
        tale.comes_apart();
    }
}
