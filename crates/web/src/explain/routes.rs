//! The explanation's handlers, for the console and the portal.
//!
//! # Invariants
//!
//! * Everything is asked with the eyes of the session; what they may not see does not exist.
//! * A row of a file is shown only through a line that counts for the award.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::amount::Currency;
use engine::access::Viewer;
use engine::catalog::{self, MasterData};
use engine::db::Reader as Db;
use engine::explain::{self as doors, AwardRef, DueAward, Explanation, PayoutDoor};
use engine::rules::Rules;
use engine::settle::{self, PayoutRow};
use rust_decimal::Decimal;

use super::{Award, LeftOut, Page, Part, PartKind, Proof, Reader, Source, Subject, read};
use crate::app::Routes;
use crate::failure::Failure;
use crate::format::Money;
use crate::reading;
use crate::ui::{List, encode};
use crate::view::PartnerRef;
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/explain/{id}", get(show_console));
    routes.get("/portal/explain/{id}", get(show_portal));
}

/// Awards computed anew for a page that shows several.
const AWARDS_PER_PAGE: u32 = 20;

async fn show_console(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let seq = id.parse().ok();
    let asked = Asked::of(visit, Reader::Console, Viewer::Vendor, id).await?;
    match seq {
        Some(seq) => asked.posting(seq).await,
        None => asked.answer().await,
    }
}

async fn show_portal(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let viewer = Viewer::Partner(visit.partner_id()?);
    Asked::of(visit, Reader::Portal, viewer, id).await?.answer().await
}

/// What is asked, by whom, and what is needed to answer it.
struct Asked {
    visit: Visit,
    reader: Reader,
    viewer: Viewer,
    id: String,
    db: Db,
    rules: Arc<Rules>,
    master: Arc<MasterData>,
}

/// Awards of one page with all that stands beside them.
#[derive(Default)]
struct Told {
    awards: Vec<Award>,
    left_out: Vec<LeftOut>,
    source: Option<Source>,
    explained: Vec<Explanation>,
}

impl Asked {
    async fn of(
        visit: Visit,
        reader: Reader,
        viewer: Viewer,
        id: String,
    ) -> Result<Asked, Failure> {
        let mut db = visit.reader().await?;
        let office = visit.app.office().clone();
        let rules = office.rules(&mut db).await?;
        let master = office.master(&mut db).await?;
        Ok(Asked { visit, reader, viewer, id, db, rules, master })
    }

    fn href(&self, id: &str) -> String {
        let face = match self.reader {
            Reader::Console => "console",
            Reader::Portal => "portal",
        };
        format!("/{face}/explain/{}", encode(id))
    }

    fn list(&self) -> List {
        reading::list(self.href(&self.id), &visit::query(&self.visit.here))
    }

    /// A posting leads to what it is about.
    async fn posting(mut self, seq: i64) -> Result<Response, Failure> {
        let Asked { db, rules, master, viewer, .. } = &mut self;
        let found = doors::posting(db, rules, master, *viewer, seq).await?;
        let found = found.ok_or(Failure::NotFound)?;
        let id = found.award.map(|award| award.to_string());
        let payout = found.subject.filter(|subject| subject.starts_with("pay_"));
        let id = id.or(payout).ok_or(Failure::NotFound)?;
        Ok(Redirect::to(&self.href(&id)).into_response())
    }

    async fn answer(mut self) -> Result<Response, Failure> {
        let page = match self.id.parse::<AwardRef>() {
            Ok(of) => self.accrual(&of).await?,
            Err(_) => self.payout().await?,
        };
        Ok(self.visit.page(&page).into_response())
    }

    async fn award(&mut self, of: &AwardRef) -> Result<Option<Explanation>, Failure> {
        let Asked { db, rules, master, viewer, .. } = self;
        Ok(doors::award(db, rules, master, *viewer, of).await?)
    }

    /// What was earned so far: one award, or all groups of a term and period.
    async fn accrual(&mut self, of: &AwardRef) -> Result<Page, Failure> {
        if let Some(told) = self.award(of).await? {
            let list = self.list();
            let total = Money::new(told.award.amount, told.currency);
            let proof = proof_of(&told);
            return self.page((of, total), Subject::Accrual, vec![told], (list, proof)).await;
        }
        let Asked { db, rules, master, viewer, .. } = self;
        let groups = doors::groups(db, rules, master, *viewer, of).await?;
        let sum: Decimal = groups.iter().map(|(_, amount)| *amount).sum();
        let mut list = List { rows_per_page: AWARDS_PER_PAGE, ..self.list() };
        let (mut told, mut shown, mut known) = (vec![], Decimal::ZERO, Decimal::ZERO);
        for (group, amount) in reading::page_of(&mut list, groups) {
            if let Some(explained) = self.award(&group).await? {
                shown += amount;
                known += explained.award.amount;
                told.push(explained);
            }
        }
        let first = told.first().ok_or(Failure::NotFound)?;
        let total = Money::new(sum, first.currency);
        let recalculated = Money::new(sum - shown + known, first.currency);
        let agrees = told.iter().all(|told| told.proof.agrees() || told.proof.is_pending);
        let proof = Proof { recalculated, agrees, ..proof_of(first) };
        self.page((of, total), Subject::Accrual, told, (list, proof)).await
    }

    /// A payout: the awards that were due with it, and what else made its amount.
    async fn payout(&mut self) -> Result<Page, Failure> {
        let Asked { db, rules, master, viewer, id, .. } = self;
        let door = doors::payout(db, rules, master, *viewer, id).await?;
        let door = door.ok_or(Failure::NotFound)?;
        let row = settle::payout(&mut self.db, &door.id).await?.ok_or(Failure::NotFound)?;
        let currency = Currency::parse(&door.unit).ok_or(Failure::NotFound)?;
        let mut list = self.list();
        let is_single = door.awards.len() == 1;
        if !is_single {
            list.rows_per_page = AWARDS_PER_PAGE;
        }
        let dues = if is_single {
            door.awards.clone()
        } else {
            reading::page_of(&mut list, door.awards.clone())
        };
        let (mut told, mut differs) = (vec![], Decimal::ZERO);
        for due in &dues {
            if let Some(explained) = self.award(&due.award).await? {
                differs += due_now(&explained, &door.period_name) - due.amount;
                told.push(explained);
            }
        }
        let calculated = door.calculated + door.prior_period;
        let base = told.first().map(proof_of);
        let proof = Proof {
            recalculated: Money::new(calculated + differs, currency),
            agrees: differs.is_zero(),
            entry: told.iter().find_map(|told| entry_of(told, &door.id)),
            version: base.as_ref().map_or(0, |proof| proof.version),
            facts_up_to: base.as_ref().map_or(0, |proof| proof.facts_up_to),
        };
        let of = self.payout_ref(&door, dues.first(), &row);
        let subject = Subject::Payout {
            state: row.status.into(),
            paid_on: row.paid_at.map(|at| self.visit.local(at).date()),
        };
        let total = Money::new(door.amount, currency);
        let page = self.page((&of, total), subject, told, (list, proof)).await?;
        let period = reading::period_named(&self.rules, &door.program, &door.period_name);
        Ok(Page {
            parts: parts(&door, currency),
            period: period.unwrap_or(page.period),
            id: door.id,
            ..page
        })
    }

    /// The award that gives the page its program and partner.
    fn payout_ref(&self, door: &PayoutDoor, due: Option<&DueAward>, row: &PayoutRow) -> AwardRef {
        due.map(|due| due.award.clone()).unwrap_or_else(|| AwardRef {
            program: door.program.clone(),
            term: String::new(),
            partner: row.partner_code.clone(),
            period: door.period_name.clone(),
            group: domain::totals::Group::one(),
        })
    }

    async fn page(
        &mut self,
        (of, total): (&AwardRef, Money),
        subject: Subject,
        explained: Vec<Explanation>,
        (mut list, proof): (List, Proof),
    ) -> Result<Page, Failure> {
        let lang = self.visit.lang;
        let told = self.told(explained, &mut list).await?;
        let first = told.explained.first();
        let period = match first {
            Some(told) => reading::period(&told.period),
            None => reading::period_named(&self.rules, &of.program, &of.period)
                .ok_or(Failure::NotFound)?,
        };
        let (terms, acted) = first.map(read::terms).unwrap_or_default();
        Ok(Page {
            reader: self.reader,
            id: self.id.clone(),
            subject,
            partner: self.partner(&of.partner).await?,
            program: match first {
                Some(told) => read::program_ref(lang, told),
                None => reading::program_named(lang, &self.rules, &of.program),
            },
            period,
            total,
            parts: vec![],
            awards: told.awards,
            list,
            source: told.source,
            proof,
            left_out: told.left_out,
            terms,
            acted,
        })
    }

    /// One award is shown down to its lines and a row of its file; of several each leads on.
    async fn told(
        &mut self,
        explained: Vec<Explanation>,
        list: &mut List,
    ) -> Result<Told, Failure> {
        let fact = visit::query(&self.visit.here).get("fact").and_then(|seq| seq.parse().ok());
        let visit = &self.visit;
        let mut told = Told::default();
        if let [one] = explained.as_slice() {
            let lines = read::lines(visit, one, list);
            told.left_out = read::left_out(visit.lang, one);
            if let Some(fact) = fact {
                told.source = read::source(visit, &mut self.db, one, fact).await?;
            }
            told.awards = vec![Award { lines, ..read::award(visit, one) }];
        } else {
            for one in &explained {
                let href = Some(self.href(&one.of.to_string()));
                told.awards.push(Award { href, ..read::award(visit, one) });
            }
        }
        told.explained = explained;
        Ok(told)
    }

    async fn partner(&mut self, code: &str) -> Result<PartnerRef, Failure> {
        let row = match self.master.partner_id(code) {
            Some(partner_id) => catalog::partner_by_id(&mut self.db, partner_id).await?,
            None => None,
        };
        Ok(match row {
            Some(row) => reading::partner_ref(self.visit.lang, &row),
            None => PartnerRef { code: code.into(), name: code.into() },
        })
    }
}

fn proof_of(told: &Explanation) -> Proof {
    let last = told.postings.last().map(|posting| posting.seq);
    Proof {
        recalculated: Money::new(told.proof.recomputed, told.currency),
        // A moment later, stored and posted follow what has just arrived.
        agrees: told.proof.agrees() || told.proof.is_pending,
        entry: last.and_then(|seq| u64::try_from(seq).ok()),
        version: told.proof.version,
        facts_up_to: told.proof.journal_seq.unsigned_abs(),
    }
}

/// The number of the entry that a payout made of an award.
fn entry_of(told: &Explanation, payout: &str) -> Option<u64> {
    let about = |subject: &Option<String>| subject.as_deref() == Some(payout);
    let own = told.postings.iter().rev().find(|posting| about(&posting.subject));
    own.or(told.postings.last()).and_then(|posting| u64::try_from(posting.seq).ok())
}

/// What of an award is due with a payout period, computed again.
fn due_now(told: &Explanation, period_name: &str) -> Decimal {
    let dues = told.dues.iter().filter(|due| *due.payout.name == *period_name);
    dues.map(|due| due.amount).sum()
}

/// What a payout is made of; nothing where it is the awards alone.
fn parts(door: &PayoutDoor, currency: Currency) -> Vec<Part> {
    let all = [
        (PartKind::Base, door.calculated),
        (PartKind::PriorPeriod, door.prior_period),
        (PartKind::Manual, door.adjustments),
        (PartKind::CarriedIn, door.carried_in),
        (PartKind::CarriedOut, -door.carried_out),
        (PartKind::Lapsed, -door.lapsed),
    ];
    if door.amount == door.calculated {
        return vec![];
    }
    all.into_iter()
        .filter(|(kind, amount)| *kind == PartKind::Base || !amount.is_zero())
        .map(|(kind, amount)| Part { kind, reason: None, amount: Money::new(amount, currency) })
        .collect()
}
