//! Kills importing processes at random moments, again and again, and looks that nothing is lost
//! and nothing comes twice.
//!
//! A real process imports a file in tiny batches and is killed as the operating system kills; the
//! next one goes on. At the end everything is compared with an import that nobody disturbed.
//!
//! A process that is killed by the clock alone often dies before it wrote anything, and how often
//! depends on how long the database takes to answer. So most moments follow what is durable: the
//! process is killed a random while after it wrote a random number of batches, or its last one.
//! The rest come while it starts. Where the kills fell is counted, and they must fall everywhere.
//! Moments come from a seed that is printed; what the process was doing then is as random as the
//! machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::access::Actor;
use engine::clock::SystemClock;
use engine::db::Db;
use engine::db::testing::{TempFolder, TestDatabase, databases};
use engine::imports::{self, Filter, ImportReport, Input, Origin, Request, Status};
use engine::ingest::mapping::Mapping;
use engine::office::Office;
use engine::{accrue, journal, ledger, programs, rebuild};
use rust_decimal::Decimal;

/// Kills on each database.
const KILLS: usize = 200;
const ROWS_PER_FILE: u64 = 2_000;
const ROWS_PER_BATCH: u64 = 7;
/// The most batches that a process writes before it is killed: some ten processes for a file.
const BATCHES_MAX: u64 = 60;
/// How much longer it may live, at most: a few batches,
const LIFE: Duration = Duration::from_millis(4);
/// and after its last one, when awards are evaluated and the end is noted.
const LIFE_AT_END: Duration = Duration::from_millis(150);
/// How often it is looked how far the import is.
const GLANCE: Duration = Duration::from_micros(500);
const SEED: u64 = 20_260_921;

/// Splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn below_time(&mut self, bound: Duration) -> Duration {
        let micros = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.below(micros.max(1)))
    }
}

const PARTNERS: &str = "mapping: partners\nfeeds: partners\n\
    fields: { code: code, country: country }\n";
const PRODUCTS: &str = "mapping: products\nfeeds: products\n\
    fields: { code: code, category: category }\n";
const SALES: &str = "mapping: sales\nfeeds: facts\n\
    fields: { key: key, kind: kind, date: date, of: of, partner: partner, product: product, \
    quantity: quantity, amount: amount }\n";

fn program(code: &str, every: &str, when: &str) -> String {
    format!(
        "program: {code}\ncurrency: JPY\nstarts: 2026-01-01\nends: 2026-12-31\n\
         periods: {{ every: {every} }}\nterms:\n  - term: t\n    when: {when}\n    \
         qualifier: sum(quantity)\n    measure: sum(amount)\n    method: all_units\n    tiers:\n      \
         - {{ from: 1, rate: 1% }}\n      - {{ from: 50, rate: 2.5% }}\n"
    )
}

/// Sales, returns of them, rows that come twice, and rows that are refused.
fn lines(random: &mut Random, file: usize) -> String {
    let mut text = String::from("key,kind,date,of,partner,product,quantity,amount\n");
    for row in 0..ROWS_PER_FILE {
        let (month, day) = (random.below(12) + 1, random.below(28) + 1);
        let (partner, product) = (random.below(12), random.below(6));
        let (quantity, amount) = (random.below(9) + 1, random.below(90_000) + 100);
        let date = format!("2026-{month:02}-{day:02}");
        let of = random.below(row + 1);
        let _ = match random.below(20) {
            0 => writeln!(text, "S{file}-{row},sale,{date},,nobody,A{product},1,{amount}"),
            1 => writeln!(text, "S{file}-{row},sale,2026-02-30,,P{partner},A{product},1,{amount}"),
            // Its sale may be a refused row, or come in a later batch, or never.
            2 => writeln!(text, "R{file}-{row},return,{date},S{file}-{},,,1,", of * 2),
            // One day and amount for all rows that share a key, so the second is known already.
            3 => writeln!(text, "T{file}-{},sale,2026-05-05,,P1,A1,1,500", row / 50),
            _ => writeln!(
                text,
                "S{file}-{row},sale,{date},,P{partner},A{product},{quantity},{amount}"
            ),
        };
    }
    text
}

struct Files {
    _folder: TempFolder,
    mapping: PathBuf,
    paths: Vec<PathBuf>,
    random: Random,
}

impl Files {
    fn new() -> Files {
        let folder = TempFolder::new("kill");
        let mapping = folder.path().join("sales.yaml");
        std::fs::write(&mapping, SALES).expect("written");
        Files { _folder: folder, mapping, paths: Vec::new(), random: Random(SEED) }
    }

    fn next(&mut self) -> PathBuf {
        let number = self.paths.len();
        let path = self.mapping.with_file_name(format!("sales-{number}.csv"));
        std::fs::write(&path, lines(&mut self.random, number)).expect("written");
        self.paths.push(path.clone());
        path
    }
}

async fn import(office: &Office, mapping: &str, name: &str, input: Input) -> ImportReport {
    let mapping = Mapping::parse(mapping).expect("a mapping");
    let request = Request::new(name, Origin::File, input, mapping, Actor::System);
    imports::run(office, request, &mut |_| ControlFlow::Continue(())).await.expect("imported")
}

/// Master data and programs.
async fn prepare(db: &Db) -> Office {
    db.migrate().await.expect("migrated");
    let office = Office::new(db.clone(), Arc::new(SystemClock));
    let mut partners = String::from("code,country\n");
    (0..12).for_each(|at| partners.push_str(&format!("P{at},{}\n", ["JP", "US"][at % 2])));
    let mut products = String::from("code,category\n");
    (0..6).for_each(|at| products.push_str(&format!("A{at},{}\n", ["Bikes", "Gear"][at % 2])));
    let bytes = |text: String| Input::Bytes(Arc::from(text.into_bytes()));
    import(&office, PARTNERS, "partners.csv", bytes(partners)).await;
    import(&office, PRODUCTS, "products.csv", bytes(products)).await;
    let mut tx = db.write().await.expect("a turn");
    let (master, now) = (office.master(&mut tx).await.expect("master data"), office.now());
    for (code, every, when) in [
        ("bikes", "quarter", "product.category == \"Bikes\""),
        ("japan", "month", "partner.country == \"JP\""),
        ("large", "year", "fact.quantity >= 5"),
    ] {
        let text = program(code, every, when);
        let saved = programs::save_draft(&mut tx, &Actor::System, now, &text).await;
        let (program, _) = saved.expect("a draft");
        let of = (program.code.as_str(), program.version);
        programs::activate(&mut tx, &master, &Actor::System, now, of).await.expect("active");
    }
    tx.commit().await.expect("committed");
    office
}

#[expect(clippy::disallowed_methods, reason = "a moment to kill at is a time")]
fn live(life: Duration) {
    std::thread::sleep(life);
}

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After it was started.
    Started(Duration),
    /// After so many rows of its file are durable.
    Durable(i64, Duration),
}

/// How an import stands: rows that are durable, and whether it is done.
async fn standing(db: &Db, file: &Path) -> (i64, Status) {
    let name = file.file_name().expect("a name").to_string_lossy();
    let mut reader = db.read().await.expect("a reader");
    let (newest, _) = imports::list(&mut reader, &Filter::default(), (0, 1)).await.expect("listed");
    let of_file = newest.iter().find(|import| import.name == name);
    of_file.map_or((0, Status::Running), |import| (import.counts.read, import.status))
}

/// Starts the importing process and kills it at the moment, if it lives so long; its words if it
/// ended by itself.
async fn import_until(
    (db, url): (&Db, &str),
    (mapping, file): (&Path, &Path),
    moment: Option<Moment>,
) -> Option<String> {
    let mut child = started(url, mapping, file);
    let life = match moment {
        None => None,
        Some(Moment::Started(life)) => Some(life),
        Some(Moment::Durable(rows, life)) => {
            while child.try_wait().expect("a child").is_none() && standing(db, file).await.0 < rows
            {
                live(GLANCE);
            }
            Some(life)
        }
    };
    if let Some(life) = life {
        live(life);
        if child.try_wait().expect("a child").is_none() {
            child.kill().expect("a child that lives can be killed");
            child.wait().expect("a child that was killed ends");
            return None;
        }
    }
    let output = child.wait_with_output().expect("a child that ended");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "an import that nobody killed failed: {text}");
    Some(text)
}

fn started(url: &str, mapping: &Path, file: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tokuten"))
        .arg("import")
        .arg(file)
        .arg("--mapping")
        .arg(mapping)
        .args(["--database", url, "--rows-per-batch", &ROWS_PER_BATCH.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the executable can be started")
}

/// Where kills fell.
#[derive(Debug, Default)]
struct Kills {
    all: usize,
    /// Before the process had written a batch of its own.
    before_any: usize,
    /// After the last row was durable, before the import was done.
    at_the_end: usize,
    /// By tenths of the file, of those after a batch of its own.
    within: [usize; 10],
}

impl Kills {
    fn count(&mut self, before: i64, (rows, status): (i64, Status)) {
        let all = i64::try_from(ROWS_PER_FILE).expect("few rows");
        self.all += 1;
        if rows == all && status != Status::Done {
            self.at_the_end += 1;
        } else if rows == before {
            self.before_any += 1;
        } else {
            let tenth = usize::try_from((rows - 1) * 10 / all).unwrap_or(0);
            self.within[tenth.min(9)] += 1;
        }
    }
}

/// Imports one file, killing as it goes, at most so many times.
async fn import_through_kills(
    database: (&Db, &str),
    files: &mut Files,
    file: &Path,
    start: Duration,
    kills: &mut Kills,
) {
    let all = i64::try_from(ROWS_PER_FILE).expect("few rows");
    loop {
        let (before, _) = standing(database.0, file).await;
        let moment = if before == all {
            // All that is left is the end, which begins after a start.
            Moment::Started(files.random.below_time(start + LIFE_AT_END))
        } else {
            match files.random.below(10) {
                0 => Moment::Started(files.random.below_time(start)),
                1 => Moment::Durable(all, files.random.below_time(LIFE_AT_END)),
                _ => {
                    let batches = files.random.below(BATCHES_MAX) + 1;
                    let more = i64::try_from(batches * ROWS_PER_BATCH).expect("few rows");
                    let life = files.random.below_time(LIFE);
                    Moment::Durable((before + more).min(all), life)
                }
            }
        };
        let moment = (kills.all < KILLS).then_some(moment);
        match import_until(database, (&files.mapping, file), moment).await {
            None => kills.count(before, standing(database.0, file).await),
            Some(_) => return,
        }
    }
}

/// How long a process takes that finds nothing to do: it starts, reads and ends.
async fn start_time(db: &Db, url: &str, mapping: &Path) -> Duration {
    let file = mapping.with_file_name("none.csv");
    let header = "key,kind,date,of,partner,product,quantity,amount\n";
    std::fs::write(&file, header).expect("written");
    let mut longest = Duration::ZERO;
    for _ in 0..3 {
        let start = Instant::now();
        import_until((db, url), (mapping, &file), None).await;
        longest = longest.max(start.elapsed());
    }
    longest
}

/// What an installation knows, in a form that does not depend on batches.
#[derive(Debug, PartialEq)]
struct State {
    /// Key, date, amount and origin of each fact, in order of the keys.
    facts: Vec<String>,
    awards: Vec<String>,
    /// What was posted for what, summed.
    posted: BTreeMap<String, Decimal>,
    /// Name, status, counts and refused rows of each import of sales.
    imports: Vec<String>,
}

async fn state(office: &Office) -> State {
    let mut reader = office.db().read().await.expect("a reader");
    let (rules, master) = (
        office.rules(&mut reader).await.expect("rules"),
        office.master(&mut reader).await.expect("master data"),
    );
    let compared = rebuild::compare(&mut reader, &rules, &master).await.expect("compared");
    assert!(compared.0 > 0 && compared.1.is_empty(), "totals differ: {:?}", compared.1);
    let (should, is) = ledger::check(&mut reader).await.expect("checked");
    assert_eq!(should, is, "balances are the sums of the postings");

    let (all, _) = imports::list(&mut reader, &Filter::default(), (0, 500)).await.expect("listed");
    let names: BTreeMap<i64, String> =
        all.iter().map(|import| (import.import_id, import.name.clone())).collect();
    let mut imports = Vec::new();
    for import in all.iter().filter(|import| import.name.starts_with("sales")) {
        let refused = imports::rejections(&mut reader, import.import_id, 0, 10_000).await;
        let refused: Vec<u64> =
            refused.expect("listed").iter().map(|row| row.rejection.row).collect();
        assert_eq!(import.status, Status::Done);
        // Killed between the end of its import and its own, a process leaves a file that looks
        // as if it had not come: it comes again, and everything is known.
        if import.counts.accepted == 0 {
            assert_eq!(import.counts.known + import.counts.rejected, import.counts.read);
            continue;
        }
        imports.push(format!("{} {:?} {refused:?}", import.name, import.counts));
    }
    imports.sort();

    let entries = journal::scan(&mut reader, &master, 0, i64::MAX).await.expect("scanned");
    let facts = entries.iter().map(|entry| {
        let source = entry.source.expect("every fact came with a file");
        let fact = &entry.fact;
        let (name, row) = (&names[&source.import_id], source.row);
        format!("{} {} {:?} {name} {row}", fact.key, fact.at, fact.amount)
    });
    let mut facts: Vec<String> = facts.collect();
    facts.sort();

    let mut awards = Vec::new();
    for (code, id) in &master.partner_ids {
        let found = accrue::awards_of_partner(&mut reader, *id, 1_000).await.expect("awards");
        awards.extend(found.iter().map(|award| {
            let (program, period) = (award.program_id, &award.period_name);
            format!("{code} {program} {period} {} {:?}", award.amount.normalize(), award.tier)
        }));
    }
    awards.sort();

    let mut posted = BTreeMap::new();
    for posting in ledger::postings(&mut reader, None, i64::MAX, i64::MAX).await.expect("listed") {
        let period = (posting.program_id, posting.term, posting.period_day);
        // A posting below zero goes the other way round.
        let (debit, credit, amount) = if posting.debit < posting.credit {
            (&posting.debit, &posting.credit, posting.amount)
        } else {
            (&posting.credit, &posting.debit, -posting.amount)
        };
        let what = format!("{credit} to {debit} for {period:?}");
        *posted.entry(what).or_insert(Decimal::ZERO) += amount;
    }
    posted.retain(|_, amount| !amount.is_zero());
    State { facts, awards, posted, imports }
}

async fn kill_on(database: &TestDatabase) {
    let db = database.open().await;
    let office = prepare(&db).await;
    let mut files = Files::new();
    let start = start_time(&db, &database.url, &files.mapping).await;
    let began = Instant::now();
    let mut kills = Kills::default();
    while kills.all < KILLS {
        let file = files.next();
        let of = (&db, database.url.as_str());
        import_through_kills(of, &mut files, &file, start, &mut kills).await;
    }
    let took = began.elapsed();

    let reference = TestDatabase::sqlite();
    let calm = prepare(&reference.open().await).await;
    for path in &files.paths {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let report = import(&calm, SALES, &name, Input::File(path.clone())).await;
        assert!(report.import.counts.accepted > 1_000, "{:?}", report.import.counts);
    }
    let (disturbed, undisturbed) = (state(&office).await, state(&calm).await);
    assert_eq!(disturbed.imports, undisturbed.imports);
    assert_eq!(disturbed.facts, undisturbed.facts);
    assert_eq!(disturbed.awards, undisturbed.awards);
    assert_eq!(disturbed.posted, undisturbed.posted);
    assert!(!disturbed.posted.is_empty());
    // Not `eprintln`, which the test harness keeps to itself when a test passes.
    let (name, files) = (database.dialect.name(), files.paths.len());
    writeln!(
        std::io::stderr().lock(),
        "{name}: {} kills over {files} files in {took:.1?}, seed {SEED}: {} before the process \
         wrote anything, {:?} by tenths of the file, {} after its last row",
        kills.all,
        kills.before_any,
        kills.within,
        kills.at_the_end
    )
    .expect("standard error is open");
    assert!(kills.before_any < KILLS / 3, "too many died before they wrote anything: {kills:?}");
    assert!(kills.within.iter().all(|&count| count > 0) && kills.at_the_end > 0, "{kills:?}");
    db.close().await;
}

#[tokio::test]
async fn a_killed_import_loses_nothing_and_brings_nothing_twice() {
    for database in databases().await {
        kill_on(&database).await;
        database.remove().await;
    }
}
