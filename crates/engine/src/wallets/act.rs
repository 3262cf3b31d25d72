//! Lines that act on wallets: what they name is found, the book acts, what changed is kept.

use std::collections::BTreeMap;

use domain::code::PartnerCode;
use domain::wallet::{Book, Command, Entry, MemberLine, PromotionState, Refusal, asks_for};
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::slice::{self, Wanted};
use super::store::{self, NewLine};
use super::{Active, Answer, Ask, WalletError, owed, passing, tiers};
use crate::access::Actor;
use crate::accrue;
use crate::catalog::{self, MasterData};
use crate::db::Tx;
use crate::journal;
use crate::payouts;
use crate::rules::Rules;
use crate::totals;

/// Does what a line asks. `now` is when it is recorded.
pub async fn act(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    by: (&Actor, Timestamp),
    ask: &Ask,
) -> Result<Answer, WalletError> {
    let mut answers = act_many(tx, rules, master, by, std::slice::from_ref(ask)).await?;
    Ok(answers.pop().unwrap_or(Answer::Known))
}

/// A partner takes part in a promotion from now on, or does not any more. `None` if it was so
/// before: nothing is done then.
pub async fn take_part(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    (actor, now): (&Actor, Timestamp),
    (promotion, partner, takes_part): (&str, &PartnerCode, bool),
) -> Result<Option<Answer>, WalletError> {
    let of = rules.wallets.iter().find_map(|it| Some((it, it.wallet.promotions.get(promotion)?)));
    if let Some((of, promotion)) = of {
        let moment = journal::moment(tx, now).await?;
        let wanted = Wanted { owners: [partner.clone()].into(), ..Wanted::default() };
        let book = slice::open(tx, of, master, moment, wanted).await?.book;
        let stance = book.stance(promotion, partner);
        if stance.is_enrolled == takes_part && is_open(stance.state) {
            return Ok(None);
        }
    }
    let promotion = promotion.into();
    let command =
        if takes_part { Command::Enrol { promotion } } else { Command::Leave { promotion } };
    let ask = Ask { key: partner.as_str().into(), on: None, command };
    act(tx, rules, master, (actor, now), &ask).await.map(Some)
}

fn is_open(state: PromotionState) -> bool {
    matches!(state, PromotionState::Draft | PromotionState::Running)
}

/// Does what lines ask, one after the other. One that is refused never stops the others.
pub async fn act_many(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    (actor, now): (&Actor, Timestamp),
    asks: &[Ask],
) -> Result<Vec<Answer>, WalletError> {
    let now = journal::moment(tx, now).await?;
    let owners: Vec<PartnerCode> =
        asks.iter().flat_map(|ask| asks_for(&ask.key, &ask.command).0).collect();
    passing::lapse(tx, rules, master, now).await?;
    evaluate(tx, rules, master, now, &owners).await?;
    let mut answers = Vec::with_capacity(asks.len());
    let mut rest = asks;
    while let Some(first) = rest.first() {
        if first.command.is_sweeping() && rules.wallets.len() > 1 {
            answers.push(in_all(tx, rules, master, (actor, now), first).await?);
            rest = &rest[1..];
            continue;
        }
        let Some(of) = wallet_of(tx, rules, first).await? else {
            answers.push(Answer::Refused(unknown(&first.command)));
            rest = &rest[1..];
            continue;
        };
        let mut count = 1;
        // Lines go together as far as they are about one wallet, and as nothing that a line does
        // is asked of master data by the next one.
        while count < rest.len() && !of.sets_attributes() {
            let next = wallet_of(tx, rules, &rest[count]).await?;
            if rest[count].command.is_sweeping() && rules.wallets.len() > 1 {
                break;
            }
            if next.is_none_or(|next| next.wallet_id != of.wallet_id) {
                break;
            }
            count += 1;
        }
        answers.extend(in_one(tx, rules, (of, master), (actor, now), &rest[..count]).await?);
        rest = &rest[count..];
    }
    Ok(answers)
}

/// Lines of one wallet, in one slice.
async fn in_one(
    tx: &mut Tx,
    rules: &Rules,
    (of, master): (&Active, &MasterData),
    by: (&Actor, Timestamp),
    asks: &[Ask],
) -> Result<Vec<Answer>, WalletError> {
    let acted = acted(tx, of, master, by, asks).await?;
    acted.keep(tx, rules, (of, master), by).await
}

/// A line that is about memberships, and so about what they have in every wallet: done in all of
/// them or in none.
async fn in_all(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    by: (&Actor, Timestamp),
    ask: &Ask,
) -> Result<Answer, WalletError> {
    let mut ready = Vec::with_capacity(rules.wallets.len());
    for of in &rules.wallets {
        let one = acted(tx, of, master, by, std::slice::from_ref(ask)).await?;
        if one.done.iter().any(|done| done.result.is_err()) {
            // What the others made ready is let go.
            ready.clear();
            ready.push((of, one));
            break;
        }
        ready.push((of, one));
    }
    let mut entries = Vec::new();
    for (of, one) in ready {
        for answer in one.keep(tx, rules, (of, master), by).await? {
            match answer {
                Answer::Taken(own) => entries.extend(own),
                other @ (Answer::Known | Answer::Refused(_)) => return Ok(other),
            }
        }
    }
    Ok(Answer::Taken(entries))
}

/// What lines did to a slice that is not kept yet.
struct Acted {
    slice: slice::Slice,
    done: Vec<Done>,
    lines: Vec<NewLine>,
}

impl Acted {
    async fn keep(
        self,
        tx: &mut Tx,
        rules: &Rules,
        (of, master): (&Active, &MasterData),
        (actor, now): (&Actor, Timestamp),
    ) -> Result<Vec<Answer>, WalletError> {
        store::append(tx, now, actor, &self.lines).await?;
        let owed = owed::moved(&self.slice, master, of.money);
        let kept = self.slice.keep(tx, master, now).await?;
        payouts::follow(tx, actor, now, &owed).await?;
        let answers = self.done.iter().map(|done| done.answer(&kept.entries)).collect();
        tiers::carry(tx, rules, of, now, kept).await?;
        Ok(answers)
    }
}

/// Lets a book do what lines ask.
async fn acted(
    tx: &mut Tx,
    of: &Active,
    master: &MasterData,
    (_, now): (&Actor, Timestamp),
    asks: &[Ask],
) -> Result<Acted, WalletError> {
    // What the lines before made of partners is known.
    let newer;
    let master = if catalog::master_version(tx).await? == master.version {
        master
    } else {
        newer = catalog::load_master(tx).await?;
        &newer
    };
    let local = of.wallet.time_zone.to_datetime(now);
    let mut wanted = Wanted::default();
    for ask in asks {
        let (owners, names) = asks_for(&ask.key, &ask.command);
        wanted.owners.extend(owners);
        wanted.names.extend(names);
        wanted.all |= ask.command.is_sweeping();
    }
    let keys: Vec<String> = asks.iter().map(|ask| ask.key.to_string()).collect();
    let before = store::taken_lines(tx, keys).await?;
    let act_all = |book: &mut Book| {
        let mut asked: BTreeMap<&str, DateTime> = BTreeMap::new();
        for line in &before {
            if let Ok(command) = serde_json::from_str::<Command>(&line.body)
                && command.makes_its_key()
            {
                book.put_asked(&line.key, line.on, command);
                asked.insert(&line.key, line.on);
            }
        }
        // A line that says no day is for the day on which it was asked first.
        let on = |ask: &Ask| ask.on.or_else(|| asked.get(&*ask.key).copied()).unwrap_or(local);
        asks.iter().map(|ask| done(book, ask, on(ask))).collect::<Vec<Done>>()
    };
    let (slice, done) = slice::doing(tx, of, master, now, wanted, act_all).await?;
    let mut lines = Vec::with_capacity(asks.len());
    for (Ask { key, on, command }, done) in asks.iter().zip(&done) {
        if !done.is_known {
            let named = asks_for(key, command).0.into_iter().next();
            let owner = named.or_else(|| slice.book.owner_of(key).cloned());
            lines.push(NewLine {
                wallet_id: of.wallet_id,
                key: key.to_string(),
                verb: command.word(),
                on: on.unwrap_or(local),
                owner: owner.map(|owner| owner.to_string()),
                body: written(key, command)?,
                refusal: done.result.err().map(Refusal::word),
            });
        }
    }
    Ok(Acted { slice, done, lines })
}

fn done(book: &mut Book, Ask { key, command, .. }: &Ask, on: DateTime) -> Done {
    let was_known = command.makes_its_key() && book.knows(key);
    let from = book.entries().len();
    let result = book.act(key, on, command);
    let is_known = was_known && result.is_ok();
    Done { is_known, result, from, to: book.entries().len() }
}

/// What became of a line, and where what it posted stands.
struct Done {
    is_known: bool,
    result: Result<(), Refusal>,
    from: usize,
    to: usize,
}

impl Done {
    fn answer(&self, entries: &[Entry]) -> Answer {
        match self.result {
            _ if self.is_known => Answer::Known,
            Ok(()) => Answer::Taken(entries.get(self.from..self.to).unwrap_or_default().to_vec()),
            Err(refusal) => Answer::Refused(refusal),
        }
    }
}

/// Evaluates what these partners have earned by now: whoever spends has what it earned.
pub(crate) async fn evaluate(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    owners: &[PartnerCode],
) -> Result<(), WalletError> {
    let ids: Vec<i64> =
        owners.iter().filter_map(|owner| master.partner_id(owner.as_str())).collect();
    let marks = totals::marks_of(tx, (&rules.program_ids, Some(&ids))).await?;
    if !marks.is_empty() {
        Box::pin(accrue::marks(tx, rules, master, now, &marks)).await?;
    }
    Ok(())
}

fn written(key: &str, command: &Command) -> Result<String, WalletError> {
    serde_json::to_string(command).map_err(|error| WalletError::Piece {
        kind: "line".to_owned(),
        name: key.to_owned(),
        problem: error.to_string(),
    })
}

/// The wallet that a line is about: the one that declares what it names, or that has what its key
/// names.
async fn wallet_of<'r>(
    tx: &mut Tx,
    rules: &'r Rules,
    ask: &Ask,
) -> Result<Option<&'r Active>, WalletError> {
    if let [only] = rules.wallets.as_slice() {
        let other = |line: &MemberLine| line.wallet.as_deref().is_some_and(|it| it != only.code);
        let is_other = matches!(&ask.command, Command::Member(line) if other(line));
        return Ok(Some(only).filter(|_| !is_other));
    }
    if let Command::Member(line) = &ask.command {
        let code = line.wallet.as_deref();
        return Ok(rules.wallets.iter().find(|of| Some(of.code.as_str()) == code));
    }
    if let Some(code) = ask.command.names_code() {
        return Ok(rules.wallets.iter().find(|of| of.wallet.declares(code)));
    }
    let declares = |of: &&Active| of.wallet.promotions.contains_key(&*ask.key);
    if let Some(of) = rules.wallets.iter().find(declares) {
        return Ok(Some(of));
    }
    let (_, names) = asks_for(&ask.key, &ask.command);
    let found = store::named(tx, names).await?;
    let by_piece = found.first().map(|found| found.wallet_id);
    let lines = store::taken_lines(tx, vec![ask.key.to_string()]).await?;
    let id = by_piece.or_else(|| lines.first().map(|line| line.wallet_id));
    Ok(match id {
        Some(id) => rules.wallets.iter().find(|of| of.wallet_id == id),
        // Whatever it says, somebody has to say no.
        None => rules.wallets.first(),
    })
}

/// Why a line is refused that no wallet knows anything of.
fn unknown(command: &Command) -> Refusal {
    let is_of_wallet = matches!(command, Command::Member(_));
    if is_of_wallet || command.names_code().is_some() {
        Refusal::UnknownCode
    } else {
        Refusal::UnknownKey
    }
}
