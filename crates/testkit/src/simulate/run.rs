//! Telling a world to an engine.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use domain::case::{Case, Event, FactFields, Moment, ProgramSource, What};
use domain::code::{FactKey, PartnerCode, ProductCode};
use domain::fact::Fact;
use domain::program::{Position, Program};
use domain::settlement::PayoutStep;
use engine::access::Actor;
use engine::catalog::{self, Item, Names};
use engine::clock::FixedClock;
use engine::db::{AssertSqlSafe, Db};
use engine::office::Office;
use engine::settle::{self, PeriodState, SettleError};
use engine::take::{self, Answer, Incoming, Intent};
use engine::{accrue, args, ledger, programs, rebuild};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::world::{Told, World};
use crate::invariants;
use crate::random::Random;
use crate::story::{Lines, everything, incoming, of_engine, person, reference};

/// How a world is told.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Facts of one instant come in one batch, else one by one.
    pub batched: bool,
    /// Facts of one instant come in any order, if all of them are new and no budget goes to who
    /// comes first.
    pub shuffled: Option<u64>,
    /// The process dies at any point, and starts again.
    pub crashes: Option<u64>,
    /// Awards are evaluated only before closes and at the end.
    pub lazy: bool,
    /// Nothing is closed, and everything is recorded at the very end.
    pub at_the_end: bool,
    /// Invariants are looked at every so many steps; 0 for only at the end.
    pub look_every: usize,
}

/// What there is in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub lines: Lines,
    /// Credit less debit of every account and unit.
    pub accounts: BTreeMap<(String, String), Decimal>,
    /// When which period of which program was closed.
    pub closes: Vec<(Timestamp, String, String)>,
}

struct Run {
    office: Office,
    clock: Arc<FixedClock>,
    manner: Manner,
    crashes: Option<Random>,
    rejections: Vec<(String, String)>,
    closes: Vec<(Timestamp, String, String)>,
    /// Payouts as they were when their period was closed, by id.
    closed: HashMap<String, settle::PayoutRow>,
}

/// Tells a world to a new database, and says how it ends. Panics if an invariant does not hold.
pub async fn run(db: &Db, world: &World, manner: Manner) -> (Office, Ending) {
    let clock = Arc::new(FixedClock::at(Timestamp::UNIX_EPOCH));
    let office = Office::new(db.clone(), clock.clone());
    let crashes = manner.crashes.map(Random::new);
    let (rejections, closes, closed) = (Vec::new(), Vec::new(), HashMap::new());
    let mut run = Run { office, clock, manner, crashes, rejections, closes, closed };
    run.found(world).await;
    let shuffled = run.manner.shuffled.filter(|_| !has_budget(world));
    let mut random = shuffled.map(Random::new);
    for (at, (instant, told)) in world.steps.iter().enumerate() {
        let instant = if run.manner.at_the_end { world.last() } else { *instant };
        run.clock_to(instant);
        match told {
            Told::Facts(facts) => run.facts(facts, random.as_mut()).await,
            Told::Version(text) => run.version(text).await,
            Told::Partner(code, from, fields) => run.partner(code, *from, fields).await,
            Told::CloseAll if run.manner.at_the_end => {}
            Told::CloseAll => run.close_all().await,
        }
        if !run.manner.lazy {
            run.accrue().await;
        }
        if run.manner.look_every != 0 && at % run.manner.look_every == 0 {
            run.look().await;
        }
    }
    run.accrue().await;
    run.look().await;
    let lines = of_engine(&run.office, &run.rejections).await;
    let accounts = accounts(&run.office).await;
    (run.office, Ending { lines, accounts, closes: run.closes })
}

/// Whether some version of a program has a budget: by default it goes to who comes first.
fn has_budget(world: &World) -> bool {
    let versions = world.steps.iter().filter_map(|(_, told)| match told {
        Told::Version(text) => Some(text),
        _ => None,
    });
    world.programs.iter().chain(versions).any(|text| text.contains("budget:"))
}

/// Credit less debit of every account and unit, where it is not zero.
async fn accounts(office: &Office) -> BTreeMap<(String, String), Decimal> {
    let mut reader = office.db().read().await.expect("a reader");
    let balances = ledger::balances(&mut reader, None).await.expect("balances");
    balances
        .into_iter()
        .map(|balance| ((balance.account, balance.unit), balance.credit - balance.debit))
        .filter(|(_, sum)| !sum.is_zero())
        .collect()
}

impl Run {
    fn clock_to(&self, instant: Timestamp) {
        let by = instant.duration_since(self.office.now());
        self.clock.advance(by.max(SignedDuration::ZERO));
    }

    /// Does something until it was done without dying on the way. Whether what it died in was
    /// committed nobody knows, so everything must be safe to do again.
    async fn until_done<T>(&mut self, work: impl AsyncFn() -> T) -> T {
        loop {
            let Some(random) = &mut self.crashes else { return work().await };
            let polls = if random.chance(60, 100) { usize::MAX } else { random.index(60) };
            if let Some(done) = cut(polls, work()).await {
                return done;
            }
        }
    }

    async fn found(&mut self, world: &World) {
        let office = self.office.clone();
        let mut tx = office.db().write().await.expect("a turn to write");
        let (now, actor) = (office.now(), Actor::System);
        let item = |code: &str, fields| Item::new(code, Names::new(), fields).expect("an item");
        let items = |of: &[(String, catalog::Fields)]| -> Vec<Item> {
            of.iter().map(|(code, fields)| item(code, fields.clone())).collect()
        };
        let (partners, products) = (items(&world.partners), items(&world.products));
        catalog::upsert_partners(&mut tx, now, &actor, jiff::civil::Date::MIN, partners)
            .await
            .expect("partners");
        catalog::upsert_products(&mut tx, now, &actor, products).await.expect("products");
        let entries = reference(&case_of(world, &[]).0);
        catalog::put_reference(&mut tx, now, &actor, entries).await.expect("reference data");
        tx.commit().await.expect("a commit");
        for text in &world.programs {
            self.version(text).await;
        }
    }

    async fn partner(&mut self, code: &PartnerCode, from: Date, fields: &catalog::Fields) {
        let office = self.office.clone();
        self.until_done(async || {
            let item = Item::new(code.as_str(), Names::new(), fields.clone()).expect("an item");
            let mut tx = office.db().write().await.expect("a turn to write");
            let (now, actor) = (office.now(), Actor::System);
            catalog::upsert_partners(&mut tx, now, &actor, from, vec![item])
                .await
                .expect("a partner");
            let master = office.master(&mut tx).await.expect("master data");
            let rules = office.rules(&mut tx).await.expect("rules");
            let ids = [master.partner_id(code.as_str()).expect("the partner is there")];
            rebuild::partners(&mut tx, &rules, &master, &ids).await.expect("a rebuild");
            tx.commit().await.expect("a commit");
        })
        .await;
    }

    async fn version(&mut self, text: &str) {
        let (office, by) = (self.office.clone(), person("manager"));
        let parsed = domain::program::parse(text);
        let program = parsed.value.unwrap_or_else(|| panic!("{:?}\n{text}", parsed.problems));
        let mut tx = office.db().write().await.expect("a turn to write");
        let (now, master) = (office.now(), office.master(&mut tx).await.expect("master data"));
        let of = (program.code.as_str(), program.version);
        programs::save_draft(&mut tx, &by, now, text).await.expect("a draft");
        programs::activate(&mut tx, &master, &by, now, of)
            .await
            .unwrap_or_else(|error| panic!("{of:?} cannot be activated: {error:?}"));
        tx.commit().await.expect("a commit");
    }

    async fn facts(&mut self, facts: &[(Fact, Intent)], random: Option<&mut Random>) {
        let mut facts: Vec<Incoming> =
            facts.iter().map(|(fact, intent)| incoming(fact.clone(), *intent)).collect();
        // Of two contents under one key the first counts, so there the order does matter.
        let keys: HashSet<&FactKey> = facts.iter().map(|one| &one.fact.key).collect();
        let differ = keys.len() == facts.len();
        if let Some(random) = random
            && differ
            && facts.iter().all(|one| one.intent == Intent::New)
        {
            random.shuffle(&mut facts);
        }
        let batch = if self.manner.batched { facts.len() } else { 1 };
        for batch in facts.chunks(batch) {
            let office = self.office.clone();
            let taken = self
                .until_done(async || {
                    let mut tx = office.db().write().await.expect("a turn to write");
                    let rules = office.rules(&mut tx).await.expect("rules");
                    let master = office.master(&mut tx).await.expect("master data");
                    let now = office.now();
                    let taken = take::facts(&mut tx, &rules, &master, now, batch.to_vec())
                        .await
                        .expect("facts can be taken");
                    tx.commit().await.expect("a commit");
                    taken
                })
                .await;
            for (one, answer) in batch.iter().zip(taken.answers) {
                if let Answer::Refused(refusal) = answer {
                    self.rejections.push((one.fact.key.to_string(), refusal.word().to_owned()));
                }
            }
        }
    }

    async fn accrue(&mut self) {
        let office = self.office.clone();
        loop {
            let limit = self.crashes.as_mut().map_or(100, |random| random.between(1, 6));
            let step = self
                .until_done(async || {
                    let mut tx = office.db().write().await.expect("a turn to write");
                    let rules = office.rules(&mut tx).await.expect("rules");
                    let master = office.master(&mut tx).await.expect("master data");
                    let step = accrue::batch(&mut tx, &rules, &master, office.now(), limit)
                        .await
                        .expect("what is stale can be evaluated");
                    tx.commit().await.expect("a commit");
                    step
                })
                .await;
            if step.evaluated == 0 {
                return;
            }
        }
    }

    async fn close_all(&mut self) {
        while let Some((program, period)) = self.next_to_close().await {
            self.clock.advance(SignedDuration::from_secs(1));
            let (office, by) = (self.office.clone(), person("manager"));
            self.until_done(async || {
                let mut tx = office.db().write().await.expect("a turn to write");
                let master = office.master(&mut tx).await.expect("master data");
                let now = office.now();
                let (of, note) = ((program.as_str(), period.as_str()), everything());
                match settle::close(&mut tx, &master, &by, now, of, &note).await {
                    Ok(_) => tx.commit().await.expect("a commit"),
                    // Whoever died had done it.
                    Err(SettleError::ClosedAlready { .. }) => {}
                    Err(error) => panic!("`{period}` of `{program}`: {error}"),
                }
            })
            .await;
            self.pay(&program, &period).await;
            self.closes.push((self.office.now(), program, period));
            self.clock.advance(SignedDuration::from_secs(1));
            self.keep_payouts().await;
        }
    }

    /// Approves and pays some of what was closed, as somebody else than who closed it.
    async fn pay(&mut self, program: &str, period: &str) {
        let (office, by) = (self.office.clone(), person("finance"));
        self.until_done(async || {
            let mut tx = office.db().write().await.expect("a turn to write");
            let rules = office.rules(&mut tx).await.expect("rules");
            let of = rules.program_ids[rules.by_code(program).expect("a program")];
            let rows = settle::payouts(&mut tx, of, period, i64::MAX).await.expect("payouts");
            for row in rows.iter().filter(|row| is_paid(row.amount)) {
                let mut status = row.status;
                for step in [PayoutStep::Approve, PayoutStep::Pay] {
                    if status.after(step).is_some() {
                        let (id, now) = (&row.public_id, office.now());
                        let done = settle::step(&mut tx, &by, now, id, step, None).await;
                        status = done.expect("a step of a second person").status;
                    }
                }
            }
            tx.commit().await.expect("a commit");
        })
        .await;
    }

    async fn next_to_close(&self) -> Option<(String, String)> {
        let mut reader = self.office.db().read().await.expect("a reader");
        let rules = self.office.rules(&mut reader).await.expect("rules");
        for (plan, closes) in rules.plans.iter().zip(&rules.closes) {
            let views = settle::periods(plan, closes, self.office.now());
            if let Some(view) = views.iter().find(|view| view.state == PeriodState::Ready) {
                return Some((plan.code.to_string(), view.period.name.to_string()));
            }
        }
        None
    }

    async fn keep_payouts(&mut self) {
        let mut reader = self.office.db().read().await.expect("a reader");
        let rows = settle::payouts(&mut reader, 0, "", i64::MAX).await.expect("payouts");
        let (before, count) = (std::mem::take(&mut self.closed), rows.len());
        self.closed = rows.into_iter().map(|row| (row.public_id.clone(), row)).collect();
        assert_eq!(count, self.closed.len(), "no two payouts share an id");
        for (id, row) in before {
            let now = self.closed.get(&id).map(amounts);
            assert_eq!(Some(amounts(&row)), now, "a payout changed after its close");
        }
    }

    async fn look(&mut self) {
        self.accrue().await;
        self.keep_payouts().await;
        let wrong = invariants::broken(&self.office).await;
        assert!(wrong.is_empty(), "at {}:\n{}", self.office.now(), wrong.join("\n"));
    }
}

/// Which payouts are paid: about half of those above zero, the same in every manner of telling.
fn is_paid(amount: Decimal) -> bool {
    amount > Decimal::ZERO && (amount * Decimal::ONE_HUNDRED % Decimal::TWO).is_zero()
}

/// What of a payout never changes.
fn amounts(row: &settle::PayoutRow) -> [Decimal; 7] {
    [
        row.calculated,
        row.prior_period,
        row.adjustments,
        row.carried_in,
        row.carried_out,
        row.lapsed,
        row.amount,
    ]
}

/// Polls a future so often and no more: then it is dropped wherever it stands, as if killed.
async fn cut<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// The same story as a case, closes and all, for `domain` to tell.
pub fn case_of(world: &World, closes: &[(Timestamp, String, String)]) -> (Case, Vec<Program>) {
    let at = Position { line: 1, column: 1 };
    let mut texts: Vec<&str> = world.programs.iter().map(String::as_str).collect();
    let mut timeline: Vec<(Timestamp, What, Option<Moment>)> = Vec::new();
    for (instant, told) in &world.steps {
        match told {
            Told::Facts(facts) => timeline.extend(facts.iter().map(|(fact, intent)| {
                (*instant, what(fact, *intent), Some(Moment::Day(fact.date())))
            })),
            Told::Version(text) => texts.push(text),
            Told::Partner(partner, from, fields) => {
                let what = What::Set { partner: partner.clone(), fields: fields.clone() };
                timeline.push((*instant, what, Some(Moment::Day(*from))));
            }
            Told::CloseAll => {}
        }
    }
    for (instant, program, period) in closes {
        let (period, program) = (period.clone(), program.as_str().into());
        timeline.push((*instant, What::Close { period, program, until: None }, None));
    }
    timeline.sort_by_key(|(instant, ..)| *instant);
    let programs: Vec<Program> =
        texts.iter().map(|text| domain::program::parse(text).value.expect("a program")).collect();
    let event = |(instant, what, on): (Timestamp, What, Option<Moment>)| {
        let recorded = Moment::Instant(instant);
        Event { at, on: on.unwrap_or(recorded), recorded: Some(recorded), what }
    };
    let case = Case {
        code: "simulated".to_owned(),
        at,
        note: None,
        programs: programs.iter().map(|p| ProgramSource::Inline(Box::new(p.clone()))).collect(),
        partners: Some(
            world.partners.iter().map(|(code, f)| (PartnerCode::new(code), f.clone())).collect(),
        ),
        products: world
            .products
            .iter()
            .map(|(code, fields)| (ProductCode::new(code), fields.clone()))
            .collect(),
        units: world.units.clone(),
        rates: world.rates.clone(),
        prices: world.prices.clone(),
        figures: world.figures.clone(),
        lists: BTreeMap::new(),
        fields: BTreeMap::new(),
        timeline: timeline.into_iter().map(event).collect(),
        wallet: None,
        what_if: Vec::new(),
        until: Some(world.last().to_zoned(jiff::tz::TimeZone::UTC).date()),
        expect: Vec::new(),
    };
    (case, programs)
}

fn what(fact: &Fact, intent: Intent) -> What {
    let own = fact.clone();
    let fields = FactFields {
        of: own.of,
        partner: own.partner,
        product: own.product,
        quantity: own.quantity,
        unit: own.unit,
        amount: own.amount,
        currency: own.currency,
        order: own.order,
        line: own.line,
        channel: own.channel,
        activity_type: own.activity_type,
        parties: own.parties,
        attributes: own.attributes,
    };
    let key = own.key;
    match intent {
        Intent::New => What::Fact { kind: own.kind, key, fields },
        Intent::Correction => What::Correct { key, date: Some(Moment::Day(own.at.date())), fields },
        Intent::Cancellation => What::Cancel { key },
    }
}

/// Every sale comes back whole, whatever came back of it before.
pub async fn return_everything(office: &Office, world: &World) {
    let mut sales: BTreeMap<FactKey, Fact> = BTreeMap::new();
    let mut incomings = Vec::new();
    let facts = world.steps.iter().filter_map(|(_, told)| match told {
        Told::Facts(facts) => Some(facts),
        _ => None,
    });
    for (fact, _) in facts.flatten() {
        if fact.of.is_some() {
            incomings.push(incoming(fact.clone(), Intent::Cancellation));
        } else {
            sales.entry(fact.key.clone()).or_insert_with(|| fact.clone());
        }
    }
    for (key, sale) in sales {
        let at = office.now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let whole = Fact {
            key: FactKey::new(format!("ALL-{key}")),
            kind: domain::fact::FactKind::Return,
            at,
            of: Some(key),
            partner: None,
            product: None,
            quantity: None,
            amount: None,
            currency: None,
            order: None,
            ..sale
        };
        incomings.push(incoming(whole, Intent::New));
    }
    office.take(incomings).await.expect("facts can be taken");
    office.accrue().await.expect("what is stale can be evaluated");
}

/// Everything that is derived, a line for each row. Cells of nothing are nothing.
pub async fn derived(db: &Db) -> Vec<String> {
    let mut reader = db.read().await.expect("a reader");
    let tenant = reader.tenant();
    let mut lines = Vec::new();
    for (table, columns, only) in [
        (
            "total",
            "program_id partner_id term period_day version slot part_day payout_day \
             accounting_day late group_key total facts",
            "AND NOT (total = '0' AND facts = 0)",
        ),
        ("stale", "program_id partner_id term period_day", ""),
        ("waiting", "key program_id term reason", ""),
        (
            "award",
            "program_id partner_id term period_day group_key period_end period_name version unit \
             amount amount_sort tier tier_name qualifier qualifier_total qualifier_sort measure \
             measure_sort baseline facts next_tier next_name next_opens gap gap_sort worth \
             worth_sort behind_from behind_until",
            "",
        ),
        (
            "award_sum",
            // Whether a decimal held what they add up to may depend on the order.
            "program_id term period_day tier near behind_from behind_until awards facts",
            "",
        ),
        (
            "accrued",
            "program_id partner_id term period_day group_key accounting_day kind amount",
            "",
        ),
        ("due", "program_id partner_id term period_day group_key payout_day amount", ""),
        ("balance", "account_id unit debit credit", ""),
    ] {
        let texts: Vec<String> = columns
            .split_whitespace()
            .map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')"))
            .collect();
        let texts = texts.join(" || ' ' || ");
        let sql = format!("SELECT {texts} FROM {table} WHERE tenant_id = $1 {only}");
        let rows = reader.rows(AssertSqlSafe(sql), args![tenant]).await.expect(table);
        lines.extend(rows.iter().map(|row| format!("{table} {}", row.text(0))));
    }
    lines.sort();
    lines
}
