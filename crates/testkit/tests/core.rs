//! The core against the reference and against itself, on random programs and stories.
//!
//! A failure prints the seed and the story as text; `tokuten try` runs it.

use std::collections::BTreeMap;

use domain::case::{self, Case, Snapshot};
use domain::code::FactKey;
use domain::fact::Fact;
use domain::master::Master;
use domain::measure::{Event, EventChange, Measurer};
use domain::period::begins;
use domain::plan::{Closes, Plan};
use domain::program::Program;
use domain::totals::{Cell, Sums, Totals};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use testkit::random::Random;
use testkit::reference::{Key, Reference, group_text};
use testkit::stories::{Spice, Tale, What, YEAR};

const STORIES: u64 = 120;

fn read(seed: u64, text: &str) -> (Case, Vec<Program>) {
    let case = case::parse(text).into_result().unwrap_or_else(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("seed {seed}: {}\n{text}", problems.join("\n"))
    });
    let programs = case.inline_programs().expect("programs stand in the text");
    (case, programs)
}

fn told(seed: u64, tale: &Tale) -> Snapshot {
    let text = tale.text();
    let (case, programs) = read(seed, &text);
    let mut story = case.run(programs).unwrap_or_else(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("seed {seed}: {}\n{text}", problems.join("\n"))
    });
    story.snapshots.pop().expect("the final snapshot")
}

fn awards(snapshot: &Snapshot) -> BTreeMap<Key, Decimal> {
    let lines = snapshot.awards.iter();
    lines
        .map(|line| {
            let group = group_text(&line.award);
            let key = (line.partner.as_str().to_owned(), line.period.start, group);
            (key, line.award.amount.normalize())
        })
        .collect()
}

/// Awards that are something, by everything but what they are listed for.
fn paid(awards: &BTreeMap<Key, Decimal>) -> Vec<(&Key, Decimal)> {
    let paid = awards.iter().filter(|(_, amount)| !amount.is_zero());
    paid.map(|(key, amount)| (key, amount.normalize())).collect()
}

#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>(seed: u64, tale: &Tale, what: &str, got: T, expected: T) {
    assert_eq!(got, expected, "seed {seed}, {what}\n{}", tale.text());
}

#[test]
fn awards_are_those_of_the_reference() {
    for seed in 0..STORIES {
        let tale = Tale::new(&mut Random::new(seed), Spice::Plain);
        let (case, programs) = read(seed, &tale.text());
        let expected = Reference::new(&case, &programs).awards();
        let got = awards(&told(seed, &tale));
        same(seed, &tale, "awards", paid(&got), paid(&expected));
        let looked_at =
            |awards: &BTreeMap<Key, Decimal>| awards.keys().cloned().collect::<Vec<_>>();
        same(seed, &tale, "looked at", looked_at(&got), looked_at(&expected));
    }
}

#[test]
fn payouts_are_those_of_the_reference() {
    for seed in 0..STORIES {
        let tale = Tale::new(&mut Random::new(seed), Spice::Late);
        let (case, programs) = read(seed, &tale.text());
        let mut expected: BTreeMap<(String, Date), [Decimal; 2]> = BTreeMap::new();
        for (((partner, earned, _), booked), amount) in Reference::new(&case, &programs).due() {
            let slot = expected.entry((partner, booked)).or_default();
            slot[usize::from(earned != booked)] += amount;
        }
        expected.retain(|_, amounts| amounts.iter().any(|amount| !amount.is_zero()));
        for amounts in expected.values_mut() {
            *amounts = amounts.map(|amount| amount.normalize());
        }
        let mut got: BTreeMap<(String, Date), [Decimal; 2]> = BTreeMap::new();
        for payout in told(seed, &tale).payouts {
            let line = payout.line;
            let amounts = [line.calculated, line.prior_period].map(|amount| amount.normalize());
            got.insert((payout.partner.as_str().to_owned(), line.period.start), amounts);
        }
        got.retain(|_, amounts| amounts.iter().any(|amount| !amount.is_zero()));
        same(seed, &tale, "due", got, expected);
    }
}

#[test]
fn what_is_booked_adds_up_to_the_awards() {
    for seed in 0..STORIES {
        let tale = Tale::new(&mut Random::new(seed), Spice::Late);
        let snapshot = told(seed, &tale);
        let mut earned: BTreeMap<(String, Date), Decimal> = BTreeMap::new();
        for ((partner, period, _), amount) in awards(&snapshot) {
            *earned.entry((partner, period)).or_default() += amount;
        }
        let mut accrued: BTreeMap<(String, Date), Decimal> = BTreeMap::new();
        for line in &snapshot.accruals {
            let key = (line.partner.as_str().to_owned(), line.earned_in.start);
            *accrued.entry(key).or_default() += line.amount;
        }
        for sums in [&mut earned, &mut accrued] {
            sums.retain(|_, amount| !amount.is_zero());
            for amount in sums.values_mut() {
                *amount = amount.normalize();
            }
        }
        let all: Decimal = earned.values().sum();
        let paid: Decimal = snapshot.payouts.iter().map(|payout| payout.line.amount).sum();
        same(seed, &tale, "accrued", accrued, earned);
        same(seed, &tale, "paid", paid.normalize(), all.normalize());
        for line in &snapshot.awards {
            let shared: Decimal = line.lines.iter().map(|line| line.amount).sum();
            same(seed, &tale, "lines", shared.normalize(), line.award.amount.normalize());
        }
    }
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    for seed in 0..STORIES {
        let mut random = Random::new(seed);
        let mut tale = Tale::new(&mut random, Spice::Plain);
        for line in &mut tale.lines {
            line.recorded = YEAR;
        }
        let expected = told(seed, &tale);
        let mut shuffled = tale.clone();
        random.shuffle(&mut shuffled.lines);
        let got = told(seed, &shuffled);
        same(seed, &shuffled, "awards", awards(&got), awards(&expected));
        same(seed, &shuffled, "payouts", got.payouts, expected.payouts);
    }
}

#[test]
fn late_equals_early_in_total() {
    for seed in 0..STORIES {
        let mut tale = Tale::new(&mut Random::new(seed), Spice::Late);
        let late = awards(&told(seed, &tale));
        tale.lines.retain(|line| !matches!(line.what, What::Close { .. }));
        for line in &mut tale.lines {
            line.recorded = line.on;
        }
        same(seed, &tale, "awards", late, awards(&told(seed, &tale)));
    }
}

#[test]
fn a_return_of_everything_equals_never_having_sold() {
    for seed in 0..STORIES {
        let mut random = Random::new(seed);
        let mut tale = Tale::new(&mut random, Spice::Late);
        for program in &mut tale.programs {
            *program = program.replace("own_date", "with_sale").replace("ignored", "with_sale");
        }
        // What was half returned already cannot come back whole.
        tale.lines.retain(|line| !matches!(line.what, What::Return { .. }));
        let mut returned = tale.clone();
        let mut never = tale.clone();
        for line in &tale.lines {
            let What::Sale { key, .. } = &line.what else { continue };
            if random.chance(1, 3) {
                let (key, of) = (format!("R{key}"), key.clone());
                let what = What::Return { key, of, numbers: None };
                let recorded = line.recorded + random.below(200);
                returned.lines.push(testkit::stories::Line { on: recorded, recorded, what });
                never.lines.retain(|other| other != line);
            }
        }
        let got = told(seed, &returned);
        same(seed, &returned, "awards", awards(&got), awards(&told(seed, &never)));
    }
}

/// What happened to the facts of each unit, in the order in which it was recorded.
type Units = BTreeMap<FactKey, Vec<(Timestamp, Fact, EventChange)>>;

/// Facts of a case with random corrections and cancellations, and when periods were closed.
fn units(case: &Case, random: &mut Random) -> (Units, Closes) {
    let (mut units, mut closes) = (Units::new(), Closes::default());
    let mut clock = Timestamp::MIN;
    for event in case.in_order() {
        let (case::Moment::Day(on), case::Moment::Day(recorded)) = (event.on, event.known()) else {
            panic!("stories know days alone");
        };
        clock = begins(recorded, &TimeZone::UTC).max(clock + 1.microsecond());
        match &event.what {
            case::What::Fact { kind, key, fields } => {
                let fact = fields.fact(key, *kind, on.at(0, 0, 0, 0), clock);
                let unit = units.entry(fact.of.clone().unwrap_or(key.clone())).or_default();
                unit.push((clock, fact.clone(), EventChange::Came));
                if random.chance(1, 4) {
                    let later = clock + 1.nanosecond();
                    unit.push((later, fact.clone(), EventChange::TakenBack));
                    if random.chance(2, 3) {
                        let amount = fact.amount.map(|amount| amount + Decimal::ONE);
                        unit.push((later, Fact { amount, ..fact }, EventChange::Came));
                    }
                }
            }
            case::What::Close { period, .. } => {
                closes.0.insert(period.as_str().into(), clock);
            }
            other => panic!("stories do not know {other:?}"),
        }
    }
    (units, closes)
}

fn sorted(totals: Totals) -> Vec<(Cell, Sums)> {
    let mut cells: Vec<(Cell, Sums)> = totals.into_cells().collect();
    cells.sort_by(|(a, _), (b, _)| a.cmp(b));
    cells
}

#[test]
fn any_batching_gives_the_same_totals() {
    for seed in 0..STORIES {
        let mut random = Random::new(seed);
        let tale = Tale::new(&mut random, Spice::Late);
        let (case, programs) = read(seed, &tale.text());
        let (units, closes) = units(&case, &mut random);
        let (plans, closes) = ([Plan::new(programs).expect("a plan")], [closes]);
        let master = Master::default();
        let (mut whole, mut batched) = (Totals::default(), Totals::default());
        let mut waiting = Vec::new();
        let mut measurer = Measurer::new(&plans, &closes, &master);
        for unit in units.values() {
            let events: Vec<Event<'_>> = unit
                .iter()
                .map(|(recorded, fact, change)| Event {
                    recorded: *recorded,
                    fact,
                    change: *change,
                })
                .collect();
            measurer.unit(&events, 0, &mut whole, &mut waiting);
            // Some of the events, then some more, until all are in.
            let mut done = 0;
            while done < events.len() {
                let some = 1 + usize::try_from(random.below(3)).expect("small");
                let upto = (done + some).min(events.len());
                let mut fresh = Measurer::new(&plans, &closes, &master);
                fresh.unit(&events[..upto], done, &mut batched, &mut waiting);
                done = upto;
            }
        }
        assert!(waiting.is_empty(), "seed {seed}: {waiting:?}");
        same(seed, &tale, "totals", sorted(batched), sorted(whole));
    }
}
