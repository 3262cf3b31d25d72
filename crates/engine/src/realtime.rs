//! Everything that facts did, at once: what a sender of facts wants to show at a till.
//!
//! # Promises
//!
//! * What is answered is in the books when the answer is given; tried, nothing is.
//! * Tiers that facts lift to count for what they earn next, until nothing moves any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::code::PartnerCode;
use domain::wallet::{Line, List, Refusal, Said};
use jiff::Timestamp;
use rust_decimal::Decimal;

use tokio::sync::{mpsc, oneshot};

use crate::access::Actor;
use crate::args;
use crate::catalog::{self, MasterData};
use crate::db::{Column, Reader, Tx};
use crate::imports::{self, Post, PostReport, PostedRow};
use crate::ledger;
use crate::office::Office;
use crate::rules::Rules;
use crate::wallets::{self, WalletError};

/// What is looked at before and after.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// The number of the last posting.
    seq: i64,
    /// The lines of each partner: tiers, benefits, vouchers, badges, balances.
    lines: BTreeMap<PartnerCode, Vec<Line>>,
    /// What promotions refused, under `promotion/partner/award`.
    refused: BTreeSet<(String, Refusal)>,
}

/// What happened to a partner.
#[derive(Debug, Clone, Default)]
pub struct Happened {
    pub partner: String,
    pub moved: Vec<Moved>,
    /// What is there now, in the words of the output.
    pub now: Vec<Line>,
    /// Lines of tiers, benefits, vouchers and badges that are new or other than before.
    pub changed: Vec<Line>,
    /// What a promotion or a membership did not give, and why: the promotion or `membership`, the
    /// fact or award, the reason.
    pub refused: Vec<(String, String, Refusal)>,
}

/// A posting, from the partner's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub program: Option<String>,
    pub term: Option<String>,
    pub cause: String,
    pub unit: String,
    pub debit: String,
    pub credit: String,
    pub amount: Decimal,
}

/// Looks at what these partners have.
pub async fn look(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    partners: &BTreeSet<PartnerCode>,
) -> Result<Look, WalletError> {
    let mut look = Look { seq: ledger::highest_seq(reader).await?, ..Look::default() };
    for of in &rules.wallets {
        let book = wallets::book_of_live(reader, of, master, now, partners).await?;
        look.refused.extend(book.refused_awards());
        for partner in partners {
            // Who is a member is withheld nothing now; what was is on its page.
            if book.may_earn(partner).is_ok() {
                continue;
            }
            let withheld = wallets::withheld(reader, of, partner.as_str()).await?;
            look.refused.extend(withheld.iter().map(domain::wallet::Withheld::told));
        }
        for line in book.report_held() {
            let named = match line.list {
                List::Balances | List::Tiers | List::Benefits | List::Badges => {
                    Some(line.of.clone())
                }
                List::Vouchers => line.says.iter().find_map(|(word, said)| match said {
                    Said::Text(partner) if *word == "partner" => Some(partner.clone()),
                    _ => None,
                }),
                _ => None,
            };
            let partner = named.map(|named| PartnerCode::new(&named));
            if let Some(partner) = partner.filter(|partner| partners.contains(partner)) {
                look.lines.entry(partner).or_default().push(line);
            }
        }
    }
    Ok(look)
}

/// Rounds of evaluation: each follows what tiers made of the one before.
const ROUNDS_MAX: usize = 8;

/// Evaluates all that facts of these partners moved, and says what happened since a look.
pub async fn happened(
    tx: &mut Tx,
    rules: &Rules,
    mut master: Arc<MasterData>,
    now: Timestamp,
    (partners, before): (&BTreeSet<PartnerCode>, &Look),
) -> Result<Vec<Happened>, WalletError> {
    let owners: Vec<PartnerCode> = partners.iter().cloned().collect();
    for _ in 0..ROUNDS_MAX {
        wallets::evaluate(tx, rules, &master, now, &owners).await?;
        let version = catalog::master_version(tx).await?;
        if version == master.version {
            break;
        }
        master = Arc::new(catalog::load_master(tx).await?);
    }
    let after = look(tx, rules, &master, now, partners).await?;
    let ids: Vec<i64> =
        partners.iter().filter_map(|partner| master.partner_id(partner.as_str())).collect();
    let mut posted = moved(tx, rules, ids, before.seq).await?;
    let mut all = Vec::new();
    for partner in partners {
        let Some(id) = master.partner_id(partner.as_str()) else { continue };
        let none = Vec::new();
        let then = before.lines.get(partner).unwrap_or(&none);
        let now = after.lines.get(partner).unwrap_or(&none);
        let is_other = |line: &&Line| line.list != List::Balances && !then.contains(line);
        all.push(Happened {
            partner: partner.to_string(),
            moved: posted.remove(&id).unwrap_or_default(),
            changed: now.iter().filter(is_other).cloned().collect(),
            now: now.clone(),
            refused: refused_since(before, &after, partner),
        });
    }
    Ok(all)
}

/// What promotions refused a partner since.
fn refused_since(
    before: &Look,
    after: &Look,
    partner: &PartnerCode,
) -> Vec<(String, String, Refusal)> {
    let between = format!("/{partner}/");
    let new = after.refused.difference(&before.refused);
    let own = new.filter_map(|(key, refusal)| {
        let (promotion, award) = key.split_once(&between)?;
        Some((promotion.to_owned(), award.to_owned(), *refusal))
    });
    own.collect()
}

/// What was posted for these partners after a number.
async fn moved(
    reader: &mut Reader,
    rules: &Rules,
    partner_ids: Vec<i64>,
    after: i64,
) -> Result<BTreeMap<i64, Vec<Moved>>, WalletError> {
    let mut rows = reader
        .lookup(
            "SELECT p.program_id, p.term, p.cause, p.subject, p.unit, d.name, c.name, p.amount, \
             p.partner_id, p.posting_seq FROM {keys} CROSS JOIN posting p \
             JOIN account d ON d.tenant_id = p.tenant_id AND d.account_id = p.debit_id \
             JOIN account c ON c.tenant_id = p.tenant_id AND c.account_id = p.credit_id \
             WHERE p.tenant_id = k.tenant AND p.partner_id = k.k1 AND p.posting_seq > $1",
            args![after],
            vec![Column::Int(partner_ids)],
        )
        .await?;
    rows.sort_by_key(|row| row.int(9));
    let mut posted: BTreeMap<i64, Vec<Moved>> = BTreeMap::new();
    for row in &rows {
        let plan = row.opt_int(0).and_then(|id| Some(&rules.plans[rules.position(id)?]));
        let term = row.opt_int(1).and_then(|term| usize::try_from(term).ok());
        let term = plan.zip(term).and_then(|(plan, term)| plan.terms.get(term));
        posted.entry(row.int(8)).or_default().push(Moved {
            program: plan.map(|plan| plan.code.to_string()),
            term: term.map(|term| term.code.to_string()),
            cause: row.opt_string(3).unwrap_or_else(|| row.string(2)),
            unit: row.string(4),
            debit: row.string(5),
            credit: row.string(6),
            amount: row.text(7).parse().unwrap_or_default(),
        });
    }
    Ok(posted)
}

/// Facts of one request.
#[derive(Clone)]
pub struct Request {
    /// What people know the source by.
    pub name: String,
    pub actor: Actor,
    pub rows: Vec<PostedRow>,
    /// Nothing is kept.
    pub simulate: bool,
}

/// What became of a request.
#[derive(Debug, Clone)]
pub struct Done {
    pub report: PostReport,
    pub partners: Vec<Happened>,
}

/// The way in, cheap to clone: requests that come while a commit is under way are taken together in
/// the next one, as long as they name other partners. The task behind it ends with the last clone.
#[derive(Clone)]
pub struct Realtime(mpsc::Sender<Waiting>);

struct Waiting {
    request: Request,
    to: oneshot::Sender<Result<Done, WalletError>>,
}

/// A request with the partners that it names.
type Named = (Waiting, BTreeSet<PartnerCode>);

/// Requests that wait before senders have to wait to hand theirs over.
const WAITING_MAX: usize = 1_024;
/// Requests of one commit.
const TOGETHER_MAX: usize = 64;

impl Realtime {
    /// Starts the task that writes. Within a runtime.
    pub fn start(office: Office) -> Realtime {
        let (to, from) = mpsc::channel(WAITING_MAX);
        tokio::spawn(write(office, from));
        Realtime(to)
    }

    /// Takes facts in and says what they did; all of it is on disk when this returns.
    pub async fn take(&self, request: Request) -> Result<Done, WalletError> {
        let (to, answer) = oneshot::channel();
        let stopped = || WalletError::Stopped;
        self.0.send(Waiting { request, to }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

async fn write(office: Office, mut from: mpsc::Receiver<Waiting>) {
    let mut held: Option<Waiting> = None;
    loop {
        let first = match held.take() {
            Some(first) => first,
            None => match from.recv().await {
                Some(first) => first,
                None => return,
            },
        };
        let mut group = vec![first];
        while group.len() < TOGETHER_MAX && !group[0].request.simulate {
            let Ok(next) = from.try_recv() else { break };
            if next.request.simulate {
                held = Some(next);
                break;
            }
            group.push(next);
        }
        for waiting in together(&office, group).await {
            // What cannot be done together is done alone.
            together(&office, vec![waiting]).await;
        }
    }
}

/// Does requests in one commit and answers them. Those that name the same partners as one before,
/// and all if they fail together, are given back.
async fn together(office: &Office, group: Vec<Waiting>) -> Vec<Waiting> {
    let is_alone = group.len() == 1;
    let (mut taken, mut later): (Vec<Named>, Vec<Waiting>) = (Vec::new(), Vec::new());
    match in_one(office, group, &mut taken, &mut later).await {
        Ok(done) => {
            for ((waiting, _), done) in taken.into_iter().zip(done) {
                // Who went away does not want to know.
                let _ = waiting.to.send(Ok(done));
            }
        }
        Err(error) if is_alone => {
            if let Some((waiting, _)) = taken.pop() {
                let _ = waiting.to.send(Err(error));
            }
        }
        Err(_) => later.splice(0..0, taken.into_iter().map(|(waiting, _)| waiting)).for_each(drop),
    }
    later
}

async fn in_one(
    office: &Office,
    group: Vec<Waiting>,
    taken: &mut Vec<Named>,
    later: &mut Vec<Waiting>,
) -> Result<Vec<Done>, WalletError> {
    // Whoever is not told apart below is answered with the error.
    taken.extend(group.into_iter().map(|waiting| (waiting, BTreeSet::new())));
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let master = office.master(&mut tx).await?;
    let now = office.now();
    let mut names = Vec::with_capacity(taken.len());
    for (waiting, _) in taken.iter() {
        names.push(imports::partners_of(&mut tx, &master, &waiting.request.rows).await?);
    }
    let mut all: BTreeSet<PartnerCode> = BTreeSet::new();
    let mut own = Vec::with_capacity(taken.len());
    for ((waiting, _), named) in std::mem::take(taken).into_iter().zip(names) {
        if all.is_disjoint(&named) {
            all.extend(named.iter().cloned());
            own.push((waiting, named));
        } else {
            later.push(waiting);
        }
    }
    *taken = own;
    let before = look(&mut tx, &rules, &master, now, &all).await?;
    let posts: Vec<Post<'_>> = taken
        .iter()
        .map(|(Waiting { request, .. }, _)| Post {
            name: &request.name,
            actor: &request.actor,
            rows: &request.rows,
        })
        .collect();
    let reports = imports::post_facts(&mut tx, (&rules, &master), now, &posts).await?;
    let simulate = taken.iter().any(|(waiting, _)| waiting.request.simulate);
    let mut happened = happened(&mut tx, &rules, master, now, (&all, &before)).await?;
    if simulate {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
        office.wake();
    }
    let mut done = Vec::with_capacity(reports.len());
    for (report, (_, named)) in reports.into_iter().zip(taken.iter()) {
        let is_own = |one: &mut Happened| named.contains(one.partner.as_str());
        let partners = happened.extract_if(.., is_own).collect();
        done.push(Done { report, partners });
    }
    Ok(done)
}
