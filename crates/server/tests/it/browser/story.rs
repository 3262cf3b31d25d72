//! Vendors with partners, served on a port of their own.

use std::future::pending;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use engine::access::{self, Actor, NewToken, NewUser, Passwords, Role, Scope};
use engine::catalog::{self, Item};
use engine::clock::{Clock, FixedClock};
use engine::db::Db;
use engine::db::testing::TempFolder;
use engine::imports::{self, Input, Origin};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::office::Office;
use engine::programs;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use web::app::{App, Options};

pub const PASSWORD: &str = "correct horse battery";
pub const TOKEN_HEADER: &str = "authorization";

const PROGRAM: &str = "
program: volume
name: { en: Volume rebate }
currency: EUR
starts: 2026-01-01
periods: { every: quarter, grace: 5 days }
terms:
  - term: bikes
    name: { en: Bikes }
    when: product.category == \"Bikes\"
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 1000, rate: 1%, name: { en: Silver } }
      - { from: 2000, rate: 2%, name: { en: Gold } }
";

const LINES: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
S1,2026-04-10,P1,B1,5,1200,EUR,INV-S,1
T1,2026-04-12,P2,B1,4,1100,EUR,INV-T,1
";

/// What P2 sent: a row of its own, and one that is refused.
const REPORT: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
T2,2026-05-12,P2,B1,1,100,EUR,INV-T2,1
T3,2026-05-12,P1,B1,1,100,EUR,INV-T3,1
";

/// What a story knows beside the pages.
pub struct Known {
    /// A token of P1 for the API.
    pub token: String,
    /// A report that P2 sent.
    pub others_upload: String,
}

/// A vendor whose data are put there before it answers.
pub struct Vendor {
    pub office: Office,
    clock: Arc<FixedClock>,
    passwords: Passwords,
    folder: TempFolder,
}

/// A vendor that answers.
pub struct Served {
    address: String,
    clock: Arc<FixedClock>,
    folder: TempFolder,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Vendor {
    /// An empty vendor at that moment.
    pub async fn at(now: &str) -> Vendor {
        let folder = TempFolder::new("browser");
        let url = format!("sqlite:{}", folder.path().join("tokuten.db").display());
        let db = Db::open(&url).await.expect("a database");
        db.migrate().await.expect("migrated");
        let clock = Arc::new(FixedClock::at(instant(now)));
        let office = Office::new(db, clock.clone());
        let passwords = Passwords::new().expect("passwords");
        Vendor { office, clock, passwords, folder }
    }

    pub async fn user(&self, login: &str, role: Role) -> Actor {
        user(&self.office, &self.passwords, login, role).await
    }

    /// A user of a partner.
    pub async fn partner_user(&self, login: &str, code: &str) -> Actor {
        let partner_id = partner(&self.office, code).await;
        self.user(login, Role::Partner { partner_id }).await
    }

    pub async fn serve(self) -> Served {
        let Vendor { office, clock, passwords, folder } = self;
        office.accrue().await.expect("accrued");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let options = Options { uploads: folder.path().join("uploads"), ..Options::default() };
        let app = App::new(office, passwords, options);
        let serving = tokio::spawn(web::serve::serve(listener, app, pending()));
        Served { address, clock, folder, serving }
    }
}

impl Served {
    /// The vendor of the first story: two partners, and a quarter that runs.
    pub async fn two_partners() -> (Served, Known) {
        let vendor = Vendor::at("2026-06-12T00:42:00Z").await;
        let office = &vendor.office;
        let partners = vec![item("P1", "Adler", &[]), item("P2", "Birke", &[])];
        let products = vec![item("B1", "Road bike", &[("category", "Bikes")])];
        master_data(office, date(2026, 1, 1), partners, products).await;
        activate(office, PROGRAM).await;
        import(office, "april.csv", LINES, Actor::System).await;
        vendor.user("manager", Role::IncentiveManager).await;
        vendor.partner_user("adler", "P1").await;
        let other = vendor.partner_user("birke", "P2").await;
        let others_upload = import(office, "may.csv", REPORT, other).await;
        let token = token(office, partner(office, "P1").await).await;
        (vendor.serve().await, Known { token, others_upload })
    }

    /// It is that moment now.
    pub fn later(&self, now: &str) {
        self.clock.advance(instant(now).duration_since(self.clock.now()));
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// A file to send.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub fn item(code: &str, name: &str, fields: &[(&str, &str)]) -> Item {
    let names = [("en".to_string(), name.to_string())].into();
    let fields = fields.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string()));
    Item::new(code, names, fields.collect()).expect("an item")
}

pub async fn master_data(office: &Office, from: Date, partners: Vec<Item>, products: Vec<Item>) {
    let (now, actor) = (office.now(), Actor::System);
    let mut tx = office.db().write().await.expect("a transaction");
    catalog::upsert_partners(&mut tx, now, &actor, from, partners).await.expect("partners");
    catalog::upsert_products(&mut tx, now, &actor, products).await.expect("products");
    tx.commit().await.expect("committed");
}

pub async fn activate(office: &Office, text: &str) {
    let (now, actor) = (office.now(), Actor::System);
    let mut tx = office.db().write().await.expect("a transaction");
    let master = office.master(&mut tx).await.expect("master data");
    let (program, check) = programs::save_draft(&mut tx, &actor, now, text).await.expect("a draft");
    assert!(check.may_act(), "{:?}", check.problems);
    let of = (program.code.as_str(), program.version);
    programs::activate(&mut tx, &master, &actor, now, of).await.expect("active");
    tx.commit().await.expect("committed");
}

pub async fn import(office: &Office, name: &str, lines: &str, actor: Actor) -> String {
    let headings = lines.lines().next().expect("a heading");
    let headings: Vec<String> = headings.split(',').map(Into::into).collect();
    let mapping = Mapping::by_headings(Feeds::Facts, &headings);
    let input = Input::Bytes(lines.as_bytes().into());
    let origin = if actor == Actor::System { Origin::Console } else { Origin::Portal };
    let request = imports::Request::new(name, origin, input, mapping, actor);
    let done = imports::run(office, request, &mut |_| ControlFlow::Continue(())).await;
    done.expect("imported").import.id
}

pub async fn partner(office: &Office, code: &str) -> i64 {
    let mut reader = office.db().read().await.expect("a reader");
    let master = office.master(&mut reader).await.expect("master data");
    master.partner_id(code).expect("a partner")
}

async fn user(office: &Office, passwords: &Passwords, login: &str, role: Role) -> Actor {
    let password = passwords.hash(PASSWORD).await.expect("hashed");
    let (login, name) = (login.to_string(), login.to_string());
    let new = NewUser { login, name, password, role, language: "en".into() };
    let mut tx = office.db().write().await.expect("a transaction");
    let user = access::create_user(&mut tx, office.now(), &Actor::System, new).await;
    tx.commit().await.expect("committed");
    user.expect("a user").actor()
}

async fn token(office: &Office, partner_id: i64) -> String {
    let new = NewToken {
        name: "a shop's own system".into(),
        scopes: vec![Scope::Read],
        partner_id: Some(partner_id),
        expires_at: None,
    };
    let mut tx = office.db().write().await.expect("a transaction");
    let made = access::create_token(&mut tx, office.now(), &Actor::System, new).await;
    tx.commit().await.expect("committed");
    made.expect("a token").0
}
