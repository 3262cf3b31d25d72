//! The demo's story told to an empty database, as it happened: programs are activated before
//! their year, files come in week by week, periods are closed when their days of grace are over.

use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::Context;
use domain::program::Program;
use domain::settlement::PayoutStep;
use engine::access::{self, Actor, NewUser, Passwords, Role, User};
use engine::catalog::{self, Item, MappingTarget, Names, Settings};
use engine::clock::{Clock, FixedClock};
use engine::db::Db;
use engine::imports::{self, Input, Origin, Request};
use engine::ingest::mapping::Mapping;
use engine::office::Office;
use engine::papers::statement;
use engine::settle::{self, CloseNote, PeriodState};
use jiff::civil::{Date, Time};
use jiff::{Span, Timestamp};

use super::files::{self, MAPPING, WeekFile};
use super::shown::shown;
use super::{Company, VENDOR, club, paying, programs};

/// The zone of the vendor's days.
const ZONE: &str = "Asia/Tokyo";
/// Periods that could be closed later than this many days ago are left for whoever looks.
const OPEN_DAYS: i64 = 45;
/// Payouts of periods closed later than this many days ago still wait for approval.
const UNPAID_DAYS: i64 = 100;
/// More payouts than a period of the demo has.
const PAYOUTS_MAX: i64 = 10_000;

/// Somebody who can sign in to the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    pub who: &'static str,
    pub login: &'static str,
    pub password: &'static str,
}

const MANAGER: SignIn =
    SignIn { who: "incentive manager", login: "manager@hibari.example", password: "demo-manager" };
const FINANCE: SignIn =
    SignIn { who: "finance", login: "finance@hibari.example", password: "demo-finance" };
const PARTNER: SignIn =
    SignIn { who: "partner", login: "partner@hibari.example", password: "demo-partner" };

/// Everybody who can sign in.
pub const SIGN_INS: [SignIn; 3] = [MANAGER, FINANCE, PARTNER];

/// What the engine's settings say of the story, so that half of one is not taken for the whole.
const STORY: &str = "demo.story";
const BEGUN: &str = "begun";
const TOLD: &str = "told";

/// How a database stands to the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody and nothing is in it.
    Empty,
    /// The story began and did not come to its end.
    Interrupted,
    Told,
    /// It holds something else.
    Other,
}

/// How a migrated database stands to the demo.
pub async fn story(db: &Db) -> anyhow::Result<Standing> {
    let mut reader = db.read().await?;
    let said = catalog::setting(&mut reader, STORY).await?;
    Ok(match said.as_deref() {
        Some(TOLD) => Standing::Told,
        Some(_) => Standing::Interrupted,
        None => {
            let users = access::users(&mut reader, None).await?;
            let listing = catalog::Listing { search: String::new(), offset: 0, limit: 1 };
            let partners = catalog::partners(&mut reader, &listing).await?.total;
            let products = catalog::products(&mut reader, &listing).await?.total;
            let programs = engine::rules::programs(&mut reader).await?;
            let is_empty = users.is_empty() && partners + products == 0 && programs.is_empty();
            if is_empty { Standing::Empty } else { Standing::Other }
        }
    })
}

/// How far the story is told: files of all.
pub struct Told {
    pub files: usize,
    pub of: usize,
}

/// Fills an empty, migrated database.
pub async fn fill(
    db: &Db,
    company: &Company,
    today: Date,
    tell: &(dyn Fn(&Told) + Sync),
) -> anyhow::Result<()> {
    let files = files::weekly(&company.facts, today);
    let first = files.first().map_or(today, |file| file.sent);
    let clock = Arc::new(FixedClock::at(morning(back(first, 40))?));
    let office = Office::new(db.clone(), Arc::clone(&clock) as Arc<dyn Clock>);
    let mut story = Story { office, clock, today, people: None };

    story.found(company).await?;
    let mut waiting = story.draft(today).await?;
    let mut orders = club::ORDERS.into_iter().enumerate().peekable();
    for (number, file) in files.iter().enumerate() {
        tell(&Told { files: number, of: files.len() });
        story.activate(&mut waiting, file.sent).await?;
        while let Some(order) = orders.next_if(|(_, (ago, _))| back(today, *ago) <= file.sent) {
            story.order(order).await?;
        }
        story.wait_until(file.sent)?;
        story.bring(file).await?;
        story.close_what_is_over().await?;
    }
    story.activate(&mut waiting, today).await?;
    story.wait_until(today)?;
    story.close_what_is_over().await?;
    story.office.accrue().await?;
    let mut tx = db.write().await?;
    catalog::set_setting(&mut tx, story.office.now(), STORY, TOLD).await?;
    tx.commit().await?;
    tell(&Told { files: files.len(), of: files.len() });
    Ok(())
}

struct Story {
    office: Office,
    clock: Arc<FixedClock>,
    today: Date,
    people: Option<People>,
}

/// Who does what in the story.
struct People {
    manager: Actor,
    finance: Actor,
    /// Who acts for the partner that is shown.
    partner: Actor,
    /// Whose portal it is: the one partner that has statements from the beginning.
    partner_id: i64,
}

impl Story {
    /// Moves the clock on to the morning of a day.
    fn wait_until(&self, day: Date) -> anyhow::Result<()> {
        let morning = morning(day)?;
        if self.clock.now() < morning {
            self.clock.advance(morning.duration_since(self.clock.now()));
        }
        Ok(())
    }

    /// The vendor, its partners, products and people.
    async fn found(&mut self, company: &Company) -> anyhow::Result<()> {
        let mut tx = self.office.db().write().await?;
        let now = self.office.now();
        let settings = Settings {
            vendor_name: VENDOR.1.to_owned(),
            brand_colour: "#1e50a2".to_owned(),
            fiscal_year_month: 4,
            time_zone: ZONE.to_owned(),
            currency: "JPY".to_owned(),
            ..Settings::default()
        };
        catalog::save_settings(&mut tx, now, &Actor::System, &settings).await?;
        catalog::set_setting(&mut tx, now, STORY, BEGUN).await?;
        let partners =
            items(company.partners.iter().map(|(code, fields)| (code.as_str(), fields)))?;
        catalog::upsert_partners(&mut tx, now, &Actor::System, Date::MIN, partners).await?;
        let products =
            items(company.products.iter().map(|(code, fields)| (code.as_str(), fields)))?;
        catalog::upsert_products(&mut tx, now, &Actor::System, products).await?;

        let code = shown(company, self.today).context("a company has partners in Japan")?;
        let partner = catalog::partner_by_code(&mut tx, code.as_str()).await?;
        let partner_id = partner.context("the partner was just made")?.partner_id;
        let passwords = Passwords::new()?;
        let mut users = Vec::new();
        for (sign_in, name, role, language) in [
            (MANAGER, "中村 健一 Kenichi Nakamura", Role::IncentiveManager, "en"),
            (FINANCE, "木村 由美 Yumi Kimura", Role::Finance, "en"),
            (PARTNER, "佐藤 美咲 Misaki Sato", Role::Partner { partner_id }, "en"),
        ] {
            let password = passwords.hash(sign_in.password).await?;
            let (login, name, language) =
                (sign_in.login.to_owned(), name.to_owned(), language.to_owned());
            let new = NewUser { login, name, password, role, language };
            users.push(access::create_user(&mut tx, now, &Actor::System, new).await?);
        }
        let mapping = Mapping::parse(MAPPING)?;
        let (name, body) = (&mapping.name, serde_json::Value::String(MAPPING.to_owned()));
        let actor = users.first().map_or(Actor::System, User::actor);
        catalog::save_mapping(&mut tx, now, &actor, name, MappingTarget::Facts, body).await?;
        let finance = users.get(1).map_or(Actor::System, User::actor);
        paying::found(&mut tx, &finance, now).await?;
        let partner = users.get(2).map_or(Actor::System, User::actor);
        club::found(&mut tx, &actor, now, self.today).await?;
        club::enrol(&mut tx, (&actor, now), &code).await?;
        tx.commit().await?;
        self.people = Some(People { manager: actor, finance, partner, partner_id });
        Ok(())
    }

    fn people(&self) -> anyhow::Result<&People> {
        self.people.as_ref().context("the people come before the story")
    }

    /// Writes all programs down. They wait for their year.
    async fn draft(&self, today: Date) -> anyhow::Result<Vec<Program>> {
        let manager = &self.people()?.manager;
        let mut drafts = Vec::new();
        for program in programs(today).into_iter().chain([club::program(today)]) {
            let mut tx = self.office.db().write().await?;
            let now = self.office.now();
            let saved = engine::programs::save_draft(&mut tx, manager, now, &program.text).await;
            let (program, _) = saved.with_context(|| program.file)?;
            tx.commit().await?;
            drafts.push(program);
        }
        drafts.sort_by_key(|program| program.starts);
        Ok(drafts)
    }

    /// Activates the programs whose first day comes before the next file.
    async fn activate(&self, drafts: &mut Vec<Program>, next: Date) -> anyhow::Result<()> {
        while drafts.first().is_some_and(|program| program.starts <= next) {
            let program = drafts.remove(0);
            self.wait_until(back(program.starts, 12))?;
            let mut tx = self.office.db().write().await?;
            let master = self.office.master(&mut tx).await?;
            let (actor, now) = (&self.people()?.manager, self.office.now());
            let which = (program.code.as_str(), program.version);
            engine::programs::activate(&mut tx, &master, actor, now, which).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The partner that is shown uses points.
    async fn order(&self, (number, (ago, reward)): (usize, (i64, &str))) -> anyhow::Result<()> {
        self.wait_until(back(self.today, ago))?;
        self.office.accrue().await?;
        let People { partner, partner_id, .. } = self.people()?;
        let mut tx = self.office.db().write().await?;
        let master = self.office.master(&mut tx).await?;
        let rules = self.office.rules(&mut tx).await?;
        let of = (partner, self.office.now());
        let what = (number + 1, reward);
        club::order(&mut tx, (&rules, &master), of, *partner_id, what).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a week's file in.
    async fn bring(&self, file: &WeekFile) -> anyhow::Result<()> {
        let request = Request::new(
            file.name.as_str(),
            Origin::File,
            Input::Bytes(file.text.as_bytes().into()),
            Mapping::parse(MAPPING)?,
            self.people()?.manager.clone(),
        );
        let report =
            imports::run(&self.office, request, &mut |_| ControlFlow::Continue(())).await?;
        let counts = report.import.counts;
        anyhow::ensure!(
            counts.accepted == i64::try_from(file.rows)? && counts.rejected == 0,
            "`{}` was not taken in whole: {counts:?}",
            file.name
        );
        Ok(())
    }

    /// Closes, approves and pays what finance would have by now, but the newest.
    async fn close_what_is_over(&self) -> anyhow::Result<()> {
        let mut reader = self.office.db().read().await?;
        let rules = self.office.rules(&mut reader).await?;
        drop(reader);
        let now = self.office.now();
        for (at, plan) in rules.shown() {
            for view in settle::periods(plan, &rules.closes[at], now) {
                let left_open = back(self.today, OPEN_DAYS) < view.closable_from;
                if view.state != PeriodState::Ready || left_open {
                    continue;
                }
                let pay = view.closable_from <= back(self.today, UNPAID_DAYS);
                self.close((plan.code.as_str(), &view.period.name), pay).await?;
            }
        }
        Ok(())
    }

    async fn close(&self, (program, period): (&str, &str), pay: bool) -> anyhow::Result<()> {
        let People { manager, finance, partner_id, .. } = self.people()?;
        let mut tx = self.office.db().write().await?;
        let master = self.office.master(&mut tx).await?;
        let now = self.office.now();
        let which = (program, period);
        let note = CloseNote::everything("Checked with the account managers");
        settle::close(&mut tx, &master, manager, now, which, &note)
            .await
            .with_context(|| format!("closing {period} of `{program}`"))?;
        if pay {
            let rules = self.office.rules(&mut tx).await?;
            let at = rules.by_code(program).context("a program that was closed acts")?;
            let of = rules.program_ids[at];
            let payouts = settle::payouts(&mut tx, of, period, PAYOUTS_MAX).await?;
            // One of nothing is approved by itself.
            for step in [PayoutStep::Approve, PayoutStep::Pay] {
                for payout in &payouts {
                    let id = &payout.public_id;
                    let current = settle::payout(&mut tx, id).await?;
                    if current.is_some_and(|row| row.status.after(step).is_some()) {
                        settle::step(&mut tx, finance, now, id, step, None).await?;
                    }
                }
                let open = statement::open(&mut tx, &rules, None).await?;
                if let Some(own) = open.iter().find(|open| open.partner_id == *partner_id) {
                    statement::issue(&mut tx, &rules, &master, finance, now, own).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

fn items<'c>(
    rows: impl Iterator<Item = (&'c str, &'c domain::master::Fields)>,
) -> anyhow::Result<Vec<Item>> {
    rows.map(|(code, fields)| {
        let mut names = Names::new();
        let mut others = fields.clone();
        others.remove("name");
        for language in ["en", "ja"] {
            if let Some(name) = others.remove(&format!("name.{language}")) {
                names.insert(language.to_owned(), name);
            }
        }
        Ok(Item::new(code, names, others)?)
    })
    .collect()
}

/// Half past midnight in Japan, when the day's exports are sent.
fn morning(day: Date) -> anyhow::Result<Timestamp> {
    let time = Time::constant(0, 30, 0, 0);
    Ok(day.to_datetime(time).in_tz(ZONE).context("the zone comes with the executable")?.timestamp())
}

fn back(day: Date, days: i64) -> Date {
    day.checked_sub(Span::new().days(days)).unwrap_or(day)
}
