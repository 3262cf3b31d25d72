//! What benchmarks of closing and of pages begin with: many partners in some programs, brought in
//! as a vendor brings them, through an import and accruing.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use domain::master::Fields;
use engine::access::Actor;
use engine::catalog::{self, Item};
use engine::clock::FixedClock;
use engine::db::Db;
use engine::imports::{self, Input, Origin, Request};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::office::Office;
use engine::programs;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::bench::Random;

const REGIONS: [&str; 4] = ["north", "east", "south", "west"];
const HEADINGS: [&str; 7] = ["key", "date", "partner", "product", "quantity", "amount", "currency"];
const PRODUCTS: u64 = 500;
/// Partners saved in one commit.
const PARTNERS_PER_COMMIT: usize = 10_000;

/// What there is to begin with.
pub struct Plan<'a> {
    pub now: Timestamp,
    pub partners: u64,
    pub programs: u64,
    /// How many lines each partner has in the quarter that begins on a day.
    pub quarters: &'a [(Date, u64)],
}

/// An office in that state, and how long it took to get there.
pub struct Built {
    pub office: Office,
    pub clock: Arc<FixedClock>,
    pub lines: u64,
    pub imported_in: Duration,
    pub evaluated: u64,
    pub accrued_in: Duration,
}

/// Builds the state in an empty database.
pub async fn build(db: Db, folder: &Path, plan: &Plan<'_>) -> anyhow::Result<Built> {
    db.migrate().await?;
    let clock = Arc::new(FixedClock::at(plan.now));
    let office = Office::new(db, clock.clone());
    save_partners(&office, plan).await?;
    save_products(&office, plan.now).await?;
    activate(&office, plan).await?;
    let file = folder.join("lines.csv");
    let lines = write_lines(&file, plan)?;
    let began = Instant::now();
    import(&office, &file, lines).await?;
    let imported_in = began.elapsed();
    let began = Instant::now();
    let accrued = office.accrue().await?;
    let (evaluated, accrued_in) = (u64::try_from(accrued.evaluated)?, began.elapsed());
    Ok(Built { office, clock, lines, imported_in, evaluated, accrued_in })
}

async fn save_partners(office: &Office, plan: &Plan<'_>) -> anyhow::Result<()> {
    let day = plan.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let items: Vec<Item> = (0..plan.partners)
        .map(|at| {
            let region = REGIONS[usize::try_from(at % 4).unwrap_or(0)];
            let level = if at % 3 == 0 { "gold" } else { "silver" };
            let names = [("en".to_owned(), format!("Partner {at:06}"))].into_iter().collect();
            let fields = [("region", region), ("level", level), ("country", "JP")];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            Ok(Item::new(&format!("P{at:06}"), names, fields.into_iter().collect())?)
        })
        .collect::<anyhow::Result<_>>()?;
    for part in items.chunks(PARTNERS_PER_COMMIT) {
        let mut tx = office.db().write().await?;
        catalog::upsert_partners(&mut tx, plan.now, &Actor::System, day, part.to_vec()).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn save_products(office: &Office, now: Timestamp) -> anyhow::Result<()> {
    let of = |at: u64| Item::new(&format!("A{at:04}"), catalog::Names::new(), Fields::new());
    let items: Vec<Item> = (0..PRODUCTS).map(of).collect::<Result<_, _>>()?;
    let mut tx = office.db().write().await?;
    catalog::upsert_products(&mut tx, now, &Actor::System, items).await?;
    tx.commit().await?;
    Ok(())
}

async fn activate(office: &Office, plan: &Plan<'_>) -> anyhow::Result<()> {
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    for number in 0..plan.programs {
        let (by, text) = (&Actor::System, program(number));
        let (program, check) = programs::save_draft(&mut tx, by, plan.now, &text).await?;
        if !check.may_act() {
            bail!("program {number}: {:?}", check.problems);
        }
        let of = (program.code.as_str(), program.version);
        programs::activate(&mut tx, &master, by, plan.now, of).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Every partner is in every program; the programs differ in what they pay.
fn program(number: u64) -> String {
    format!(
        "program: many-{number}\ncurrency: EUR\nstarts: 2025-01-01\nends: 2026-12-31\n\
         periods: {{ every: quarter }}\nterms:\n  - term: volume\n    measure: sum(amount)\n    \
         method: all_units\n    tiers:\n      - {{ from: 0, rate: 1% }}\n      \
         - {{ from: {}, rate: 2% }}\n      - {{ from: {}, rate: 3% }}\n",
        1_500 + number * 100,
        4_000 + number * 100,
    )
}

fn write_lines(path: &Path, plan: &Plan<'_>) -> anyhow::Result<u64> {
    let mut random = Random(13);
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    writeln!(out, "{}", HEADINGS.join(","))?;
    let mut at = 0u64;
    for (quarter, lines) in plan.quarters {
        for nth in 0..*lines {
            for partner in 0..plan.partners {
                let days = i64::try_from(random.below(60))?;
                let date = quarter.checked_add(jiff::Span::new().days(days))?;
                let (product, cents) = (random.below(PRODUCTS), random.below(500_000) + 100);
                writeln!(
                    out,
                    "SO{at:08}-{},{date},P{partner:06},A{product:04},{},{}.{:02},EUR",
                    nth + 1,
                    random.below(20) + 1,
                    cents / 100,
                    cents % 100
                )?;
                at += 1;
            }
        }
    }
    out.flush()?;
    Ok(at)
}

async fn import(office: &Office, file: &Path, lines: u64) -> anyhow::Result<()> {
    let headings = HEADINGS.map(str::to_owned);
    let mapping = Mapping::by_headings(Feeds::Facts, &headings);
    let input = Input::File(file.to_owned());
    let request = Request::new("lines.csv", Origin::File, input, mapping, Actor::System);
    let report = imports::run(office, request, &mut |_| ControlFlow::Continue(())).await?;
    let accepted = report.import.counts.accepted;
    if accepted != i64::try_from(lines)? {
        bail!("{accepted} of {lines} lines were accepted");
    }
    Ok(())
}
