//! Stories told to a real engine: a case of the language runs through catalog, programs, journal,
//! totals, accruals, ledger and settlement of a database, as people would do it day by day.
//!
//! # Invariants
//!
//! * The engine gets every line at the instant at which `domain::case` takes it.
//! * At every moment the case looks at, what the tables say is what `domain::case` says, and the
//!   invariants of [`crate::invariants`] hold.

mod desk;
mod lines;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::case::{
    Adjust, AdjustStatus, Case, Event, ExternalAward, FigureValue, Moment, Snapshot, What,
};
use domain::code::{FactKey, PartnerCode, ProgramCode};
use domain::fact::{Fact, FactKind};
use domain::figure::FigureEntry;
use domain::period::begins;
use domain::program::{Members, Program};
use domain::settlement::AdjustmentStatus;
use domain::wallet::{Command, Refusal};
use engine::access::{Actor, Role};
use engine::catalog::{self, Item, Names, ReferenceEntry, Said};
use engine::clock::FixedClock;
use engine::db::Db;
use engine::external::{self, ExternalAnswer, NewExternal};
use engine::id::{Id, Kind};
use engine::office::Office;
use engine::settle::{self, EndOn, NewAdjustment, SettleError};
use engine::take::{Answer, Incoming, Intent};
use engine::wallets::{self, Ask};
use engine::{programs, rebuild};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::invariants;
use crate::settlement::{self, Settlement};

pub use lines::{Lines, of_engine, of_snapshot};

/// Awards of a random story that are explained at each look: there are many stories, and
/// explaining one award computes all that it depends on.
const FEW: usize = 3;

/// Runs a case in memory and on a database and says everything in which they, or the case's own
/// expectations, differ. For random stories: a few of their awards are explained.
pub async fn differences(db: &Db, case: &Case) -> Vec<String> {
    differences_of(db, case, (None, None), FEW).await
}

/// The same, with the text of its wallet, and does the steps of a settlement between the lines of the timeline: each after all
/// lines of its day. Every award is explained.
pub async fn differences_with(
    db: &Db,
    case: &Case,
    settlement: Option<&Settlement>,
    wallet: Option<&str>,
) -> Vec<String> {
    differences_of(db, case, (settlement, wallet), usize::MAX).await
}

async fn differences_of(
    db: &Db,
    case: &Case,
    (settlement, wallet): (Option<&Settlement>, Option<&str>),
    explained: usize,
) -> Vec<String> {
    let programs = case.inline_programs().expect("programs stand in the case");
    let story = match case.run(programs.clone()) {
        Ok(story) => story,
        Err(problems) => return problems.iter().map(ToString::to_string).collect(),
    };
    let mut wrong: Vec<String> = case
        .compare(&story)
        .into_iter()
        .map(|found| format!("line {}: {}", found.at.line, found.text))
        .collect();
    let mut teller = Teller::new(db.clone(), case, programs, explained);
    teller.wallet(wallet).await;
    wrong.extend(teller.tell(&story.snapshots, settlement).await);
    if let Some(settlement) = settlement {
        wrong.extend(settlement::ties::broken(&teller.office).await);
        wrong.extend(settlement::shows::missing(&teller.office, &settlement.shows).await);
    } else if wallet.is_some() {
        wrong.extend(settlement::ties::of_beancount(&teller.office).await);
    }
    wrong
}

/// The moment at which a wallet is looked at: a day after all of its lines.
fn end_of(moment: Moment, of: &wallets::Active) -> DateTime {
    match moment {
        Moment::Day(day) => day.at(23, 59, 59, 999_999_999),
        Moment::Instant(instant) => of.wallet.time_zone.to_datetime(instant),
    }
}

/// What happens, in the order in which it does.
enum Step<'c> {
    Activate(&'c Program),
    Line(&'c Event),
    Settle(&'c settlement::Step),
    Look(&'c Snapshot),
}

/// Tells a case to an office.
struct Teller<'c> {
    case: &'c Case,
    programs: Vec<Program>,
    zones: Vec<TimeZone>,
    clock: Arc<FixedClock>,
    office: Office,
    /// What was last accepted under a key.
    current: HashMap<FactKey, Fact>,
    adjustments: BTreeMap<(ProgramCode, String), String>,
    rejections: Vec<(String, String)>,
    /// Disputes and payment files by the names a settlement gives them.
    named: BTreeMap<String, String>,
    /// How many awards are explained at a look.
    explained: usize,
    /// The keys of what is asked of the wallet.
    asked: BTreeSet<String>,
}

impl<'c> Teller<'c> {
    fn new(db: Db, case: &'c Case, programs: Vec<Program>, explained: usize) -> Teller<'c> {
        let mut zones: Vec<TimeZone> =
            programs.iter().filter_map(|p| TimeZone::get(&p.time_zone).ok()).collect();
        zones.extend(case.wallet.as_ref().map(|wallet| wallet.time_zone.clone()));
        if zones.is_empty() {
            zones.push(TimeZone::UTC);
        }
        let clock = Arc::new(FixedClock::at(Timestamp::UNIX_EPOCH));
        let office = Office::new(db, clock.clone());
        Teller {
            case,
            programs,
            zones,
            clock,
            office,
            current: HashMap::new(),
            adjustments: BTreeMap::new(),
            rejections: Vec::new(),
            named: BTreeMap::new(),
            explained,
            asked: case.keys_of_wallet(),
        }
    }

    fn day(&self, day: Date) -> Timestamp {
        self.zones.iter().map(|zone| begins(day, zone)).max().unwrap_or(Timestamp::MIN)
    }

    fn instant(&self, moment: Moment) -> Timestamp {
        match moment {
            Moment::Day(day) => self.day(day),
            Moment::Instant(instant) => instant,
        }
    }

    fn local(&self, moment: Moment) -> DateTime {
        match moment {
            Moment::Day(day) => day.at(0, 0, 0, 0),
            Moment::Instant(instant) => self.zones[0].to_datetime(instant),
        }
    }

    /// The first instant that is not part of the story at a moment.
    fn beyond(&self, moment: Moment) -> Timestamp {
        match moment {
            Moment::Day(day) => day.tomorrow().map_or(Timestamp::MAX, |next| self.day(next)),
            Moment::Instant(instant) => instant + 1.nanosecond(),
        }
    }

    /// Moves the clock on; it never stands still or goes back.
    fn at(&self, instant: Timestamp) -> Timestamp {
        let now = self.clock_now();
        let next = instant.max(now + 1.microsecond());
        self.clock.advance(next.duration_since(now));
        next
    }

    fn clock_now(&self) -> Timestamp {
        self.office.now()
    }

    async fn tell(&mut self, looks: &[Snapshot], settlement: Option<&Settlement>) -> Vec<String> {
        self.master_data().await;
        if let Some(settlement) = settlement {
            self.furnish(settlement).await;
        }
        let programs = std::mem::take(&mut self.programs);
        // A step that happens before another at the same instant has the lower rank.
        let mut steps: Vec<(Timestamp, u8, Step<'_>)> = Vec::new();
        for program in &programs {
            let known = program.recorded.map_or(Timestamp::UNIX_EPOCH, |day| self.day(day));
            steps.push((known, 1, Step::Activate(program)));
        }
        for event in &self.case.timeline {
            steps.push((self.instant(event.known()), 2, Step::Line(event)));
        }
        for step in settlement.into_iter().flat_map(|settlement| &settlement.steps) {
            steps.push((self.day(step.on), 3, Step::Settle(step)));
        }
        for look in looks {
            steps.push((self.beyond(look.as_of), 0, Step::Look(look)));
        }
        steps.sort_by_key(|(instant, rank, _)| (*instant, *rank));
        let mut wrong = Vec::new();
        for (instant, _, step) in steps {
            match step {
                Step::Activate(program) => wrong.extend(self.activate(program, instant).await),
                Step::Line(event) => {
                    let now = self.at(instant);
                    if settlement.is_some() && matches!(event.what, What::Close { .. }) {
                        let before = self.audited().await;
                        self.happen(event, now).await;
                        wrong.extend(self.not_audited(before, &["manager"]).await);
                    } else {
                        self.happen(event, now).await;
                    }
                }
                Step::Settle(step) => {
                    let now = self.at(instant);
                    self.office.accrue().await.expect("what is stale can be evaluated");
                    wrong.extend(self.settle(step, now).await);
                }
                Step::Look(snapshot) => wrong.extend(self.look(snapshot).await),
            }
        }
        wrong
    }

    /// Activates the wallet of the case.
    async fn wallet(&self, text: Option<&str>) {
        let Some(text) = text else { return };
        let now = self.at(Timestamp::UNIX_EPOCH);
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let (code, _) =
            wallets::draft(&mut tx, &Actor::System, now, text).await.expect("a draft of a wallet");
        wallets::activate(&mut tx, &Actor::System, now, &code).await.expect("a wallet that acts");
        wallets::codes_as_tried(&mut tx, &code).await.expect("codes that a story can name");
        tx.commit().await.expect("a commit");
    }

    /// Does what a line asks of the wallet.
    async fn ask(&mut self, key: &Arc<str>, command: &Command, on: Moment, now: Timestamp) {
        self.office.accrue().await.expect("what is stale can be evaluated");
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let master = self.office.master(&mut tx).await.expect("master data");
        let rules = self.office.rules(&mut tx).await.expect("rules");
        let zone = &rules.wallets.first().expect("a wallet").wallet.time_zone;
        let on = match on {
            Moment::Day(day) => day.at(0, 0, 0, 0),
            Moment::Instant(instant) => zone.to_datetime(instant),
        };
        let ask = Ask { key: key.clone(), on: Some(on), command: command.clone() };
        let by = Actor::System;
        match wallets::act(&mut tx, &rules, &master, (&by, now), &ask).await.expect("an answer") {
            wallets::Answer::Refused(refusal) => self.reject(key, refusal.word()),
            wallets::Answer::Taken(_) | wallets::Answer::Known => {}
        }
        tx.commit().await.expect("a commit");
    }

    async fn look(&mut self, snapshot: &Snapshot) -> Vec<String> {
        self.at(self.instant(snapshot.as_of));
        self.office.accrue().await.expect("what is stale can be evaluated");
        let mut wrong = invariants::broken(&self.office).await;
        wrong.extend(invariants::unexplained(&self.office, self.explained).await);
        let mut rejections = self.rejections.clone();
        rejections.extend(self.refused_of_wallet(snapshot).await);
        let told = of_engine(&self.office, &rejections).await;
        wrong.extend(told.differences_from(&of_snapshot(snapshot)));
        wrong.extend(self.wallet_differs(snapshot).await);
        let as_of = snapshot.as_of;
        wrong.into_iter().map(|text| format!("at {as_of:?}: {text}")).collect()
    }

    /// What promotions and funds refused to awards, and what waits for a sponsor.
    async fn refused_of_wallet(&self, snapshot: &Snapshot) -> Vec<(String, String)> {
        let mut reader = self.office.db().read().await.expect("a reader");
        let rules = self.office.rules(&mut reader).await.expect("rules");
        let master = self.office.master(&mut reader).await.expect("master data");
        let Some(of) = rules.wallets.first() else { return Vec::new() };
        let at = end_of(snapshot.as_of, of);
        let book = wallets::whole(&mut reader, of, &master, at).await.expect("the book");
        let refused = book.refused_awards().into_iter();
        let refused = refused.map(|(key, refusal)| (key, refusal.word().to_owned()));
        let lacking = book.refused_by_funds().into_iter();
        let refused = refused.chain(lacking.map(|(key, refusal)| (key, refusal.word().to_owned())));
        let short = book.short_of_packs().into_iter();
        let short = short.map(|key| (key.to_string(), Refusal::PackShort.word().to_owned()));
        refused.chain(short).collect()
    }

    /// What the wallet of the database says otherwise than the snapshot.
    async fn wallet_differs(&self, snapshot: &Snapshot) -> Vec<String> {
        let mut reader = self.office.db().read().await.expect("a reader");
        let rules = self.office.rules(&mut reader).await.expect("rules");
        let master = self.office.master(&mut reader).await.expect("master data");
        let Some(of) = rules.wallets.first() else { return Vec::new() };
        let at = end_of(snapshot.as_of, of);
        let told = wallets::report(&mut reader, of, &master, at).await.expect("a report");
        lines::of_wallet(&told).differences_from(&lines::of_wallet(&snapshot.wallet))
    }

    /// Everything the case says of partners, products and the rest, and everything it names.
    async fn master_data(&self) {
        let now = self.clock_now();
        let (mut partners, mut products) = (BTreeMap::new(), BTreeMap::new());
        for (code, fields) in self.case.partners.iter().flatten() {
            partners.insert(code.to_string(), fields.clone());
        }
        for (code, fields) in &self.case.products {
            products.insert(code.to_string(), fields.clone());
        }
        let mut named: BTreeSet<&PartnerCode> = BTreeSet::new();
        for event in &self.case.timeline {
            match &event.what {
                What::Fact { fields, .. } | What::Correct { fields, .. } => {
                    named.extend(&fields.partner);
                    if let Some(product) = &fields.product {
                        products.entry(product.to_string()).or_default();
                    }
                }
                What::Set { partner, .. } => {
                    named.insert(partner);
                }
                What::Adjust(adjust) => {
                    named.insert(&adjust.partner);
                }
                What::Award(award) => {
                    named.insert(&award.partner);
                }
                What::Cancel { .. } | What::Close { .. } | What::Wallet { .. } => {}
            }
        }
        for program in &self.programs {
            if let Members::List(members) = &program.partners {
                named.extend(members.iter().map(|member| &member.partner));
            }
        }
        if self.case.partners.is_none() {
            for code in named {
                partners.entry(code.to_string()).or_default();
            }
        }
        let items = |of: BTreeMap<String, catalog::Fields>| {
            let item = |(code, fields): (String, _)| Item::new(&code, Names::new(), fields);
            of.into_iter().map(item).collect::<Result<Vec<_>, _>>().expect("codes of a case")
        };
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let actor = Actor::System;
        catalog::upsert_partners(&mut tx, now, &actor, Date::MIN, items(partners))
            .await
            .expect("partners");
        catalog::upsert_products(&mut tx, now, &actor, items(products)).await.expect("products");
        let case = self.case;
        let entries = reference(case);
        catalog::put_reference(&mut tx, now, &actor, entries).await.expect("reference data");
        for (name, codes) in &case.lists {
            catalog::set_code_list(&mut tx, now, &actor, name, codes).await.expect("a list");
        }
        tx.commit().await.expect("a commit");
    }

    /// What refused it, if anything.
    async fn activate(&self, program: &Program, instant: Timestamp) -> Option<String> {
        let now = self.at(instant);
        let text = domain::program::show(program);
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let master = self.office.master(&mut tx).await.expect("master data");
        let of = (program.code.as_str(), program.version);
        programs::save_draft(&mut tx, &person("manager"), now, &text).await.expect("a draft");
        match programs::activate(&mut tx, &master, &person("finance"), now, of).await {
            Ok(()) => tx.commit().await.expect("a commit"),
            Err(error) => return Some(format!("{of:?} cannot be activated: {error:?}")),
        }
        None
    }

    async fn happen(&mut self, event: &Event, now: Timestamp) {
        match &event.what {
            What::Fact { kind, key, fields } => {
                let fact = fields.fact(key, *kind, self.local(event.on), now);
                self.take(fact, Intent::New).await;
            }
            What::Correct { key, date, fields } => {
                let known = self.current.get(key).cloned();
                let unknown = || Fact {
                    partner: self.case.partners.iter().flatten().next().map(|(c, _)| c.clone()),
                    ..fields.fact(key, FactKind::Sale, self.local(event.on), now)
                };
                let was = known.unwrap_or_else(unknown);
                let said = fields.fact(key, was.kind, was.at, now);
                let mut fact = corrected(was, said);
                fact.at = date.map_or(fact.at, |date| self.local(date));
                self.take(fact, Intent::Correction).await;
            }
            What::Cancel { key } if self.asked.contains(key.as_str()) => {
                let command = Command::Cancel { amount: None, expires: None, reason: None };
                self.ask(&Arc::from(key.as_str()), &command, event.on, now).await;
            }
            What::Cancel { key } => {
                let fields = domain::case::FactFields::default();
                let fact = fields.fact(key, FactKind::Sale, self.local(event.on), now);
                self.take(fact, Intent::Cancellation).await;
            }
            What::Set { partner, fields } => {
                self.set(partner, self.local(event.on).date(), fields, now).await;
            }
            What::Adjust(adjust) => self.adjust(adjust, now).await,
            What::Close { period, program, until } => {
                self.close(program.as_str(), period, *until, now).await;
            }
            What::Award(award) => {
                self.award(award, self.local(event.on).date(), now).await;
            }
            What::Wallet { key, command } => self.ask(key, command, event.on, now).await,
        }
        if self.case.wallet.is_some() {
            self.office.accrue().await.expect("what is stale can be evaluated");
        }
    }

    async fn award(&mut self, award: &ExternalAward, on: Date, now: Timestamp) {
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let master = self.office.master(&mut tx).await.expect("master data");
        let rules = self.office.rules(&mut tx).await.expect("rules");
        let group = award.group.iter().map(|(name, value)| (name.clone(), value.clone()));
        let new = NewExternal {
            key: award.key.to_string(),
            program: award.program.to_string(),
            term: award.term.to_string(),
            partner: award.partner.to_string(),
            period: award.period.clone(),
            on: Some(on),
            group: group.collect(),
            amount: award.amount,
            reason: None,
        };
        let by = person("manager");
        let answers = external::take(&mut tx, &rules, &master, &by, now, &[new]).await;
        match answers.expect("amounts can be taken")[0] {
            ExternalAnswer::Refused(refusal) => self.reject(award.key.as_str(), refusal.word()),
            ExternalAnswer::Accepted | ExternalAnswer::Known => {
                tx.commit().await.expect("a commit");
            }
        }
    }

    async fn take(&mut self, fact: Fact, intent: Intent) {
        let key = fact.key.clone();
        let incoming = incoming(fact.clone(), intent);
        let taken = self.office.take(vec![incoming]).await.expect("facts can be taken");
        match taken.answers[0] {
            Answer::Accepted if intent == Intent::Cancellation => {
                self.current.remove(&key);
            }
            Answer::Accepted => {
                self.current.insert(key, fact);
            }
            Answer::Known => {}
            Answer::Refused(refusal) => self.reject(key.as_str(), refusal.word()),
        }
    }

    fn reject(&mut self, key: &str, reason: &str) {
        self.rejections.push((key.to_owned(), reason.to_owned()));
    }

    async fn set(
        &mut self,
        partner: &PartnerCode,
        from: Date,
        fields: &catalog::Fields,
        now: Timestamp,
    ) {
        let known = self.case.partners.as_ref();
        if known.is_some_and(|partners| !partners.contains_key(partner)) {
            self.reject(partner.as_str(), "unknown_partner");
            return;
        }
        let item = Item::new(partner.as_str(), Names::new(), fields.clone()).expect("an item");
        let mut tx = self.office.db().write().await.expect("a turn to write");
        catalog::upsert_partners(&mut tx, now, &Actor::System, from, vec![item])
            .await
            .expect("partners");
        let master = self.office.master(&mut tx).await.expect("master data");
        let rules = self.office.rules(&mut tx).await.expect("rules");
        let ids = [master.partner_id(partner.as_str()).expect("the partner is there")];
        rebuild::partners(&mut tx, &rules, &master, &ids).await.expect("a rebuild");
        tx.commit().await.expect("a commit");
    }

    async fn adjust(&mut self, adjust: &Adjust, now: Timestamp) {
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let master = self.office.master(&mut tx).await.expect("master data");
        let rules = self.office.rules(&mut tx).await.expect("rules");
        let key = (adjust.program.clone(), adjust.key.clone());
        if !self.adjustments.contains_key(&key) {
            let new = NewAdjustment {
                term: adjust.term.as_ref().map(ToString::to_string),
                program: adjust.program.to_string(),
                partner: adjust.partner.to_string(),
                period: adjust.period.clone(),
                amount: adjust.amount,
                unit: None,
                reason_code: settle::REASON_OTHER.to_owned(),
                reason: adjust.reason.clone().unwrap_or_else(|| "as agreed".to_owned()),
                dispute: None,
            };
            let by = person("manager");
            match settle::ask_adjustment(&mut tx, &rules, &master, &by, now, &new).await {
                Ok(id) => self.adjustments.insert(key.clone(), id),
                Err(SettleError::NotFound) => {
                    self.reject(&adjust.key, "unknown_partner");
                    return;
                }
                Err(error) => panic!("adjustment `{}`: {error}", adjust.key),
            };
        }
        let status = match adjust.status {
            AdjustStatus::Pending => None,
            AdjustStatus::Approved => Some(AdjustmentStatus::Approved),
            AdjustStatus::Rejected => Some(AdjustmentStatus::Rejected),
        };
        if let Some(status) = status {
            let (by, id) = (person("finance"), &self.adjustments[&key]);
            settle::decide_adjustment(&mut tx, &rules, &by, now, id, status, None)
                .await
                .expect("a second person may decide");
        }
        tx.commit().await.expect("a commit");
    }

    async fn close(&mut self, program: &str, period: &str, until: Option<Date>, now: Timestamp) {
        let mut tx = self.office.db().write().await.expect("a turn to write");
        let master = self.office.master(&mut tx).await.expect("master data");
        let by = person("manager");
        let closed = if let Some(until) = until {
            let of = (program, EndOn { name: period, until });
            settle::close_on_demand(&mut tx, &master, &by, now, of, &everything()).await
        } else {
            settle::close(&mut tx, &master, &by, now, (program, period), &everything()).await
        };
        match closed {
            Ok(_) => tx.commit().await.expect("a commit"),
            Err(SettleError::ClosedAlready { .. }) => self.reject(period, "closed_twice"),
            Err(error) => panic!("`{period}` of `{program}` cannot be closed: {error}"),
        }
    }
}

/// What a story says at a close: whatever there is was looked at.
pub fn everything() -> settle::CloseNote<'static> {
    settle::CloseNote::everything("as told")
}

/// Somebody of that name. The same name is the same person.
pub fn person(name: &str) -> Actor {
    let number = name.bytes().fold(0_u64, |number, byte| number * 31 + u64::from(byte));
    let id = format!("{}_{number:032x}", Kind::User.prefix());
    let id = Id::parse(Kind::User, &id).expect("an id");
    Actor::User { id, name: name.to_owned(), role: Role::Administrator }
}

/// A fact on its way in, known by all it says.
pub fn incoming(fact: Fact, intent: Intent) -> Incoming {
    let content = Fact { recorded: Timestamp::MIN, ..fact.clone() };
    let hash = format!("{content:?}").into_bytes();
    Incoming { fact, hash, source: None, intent }
}

/// Units, rates, prices and figures of a case.
pub(crate) fn reference(case: &Case) -> Vec<ReferenceEntry> {
    let figure = |figure: &FigureValue| Said::Figure {
        table: figure.table.clone(),
        entry: FigureEntry {
            partner: figure.partner.clone(),
            period: figure.period.clone(),
            groups: figure.groups.clone(),
            value: figure.value,
            from: figure.from,
        },
    };
    let units = case.units.iter().cloned().map(Said::Unit);
    let rates = case.rates.iter().cloned().map(Said::Rate);
    let prices = case.prices.iter().cloned().map(Said::Price);
    let all = units.chain(rates).chain(prices).chain(case.figures.iter().map(figure));
    all.map(ReferenceEntry::new).collect::<Result<_, _>>().expect("reference data of a case")
}

/// The fact as it should have been; what is not said stays.
fn corrected(was: Fact, said: Fact) -> Fact {
    let (mut parties, mut attributes) = (was.parties, was.attributes);
    parties.extend(said.parties);
    attributes.extend(said.attributes);
    Fact {
        key: was.key,
        kind: was.kind,
        at: was.at,
        recorded: said.recorded,
        of: said.of.or(was.of),
        partner: said.partner.or(was.partner),
        product: said.product.or(was.product),
        quantity: said.quantity.or(was.quantity),
        unit: said.unit.or(was.unit),
        amount: said.amount.or(was.amount),
        currency: said.currency.or(was.currency),
        order: said.order.or(was.order),
        line: said.line.or(was.line),
        channel: said.channel.or(was.channel),
        activity_type: said.activity_type.or(was.activity_type),
        parties,
        attributes,
    }
}
