//! Mailings: a promotion that is told to its audience by mail, in the manager's own words.
//!
//! # Promises
//!
//! * Who is told may take part, wants to hear of promotions, agreed to letters and has an address.
//!   Everybody else is counted with why not.
//! * Nobody is told of a promotion twice, whoever plans it how often.
//! * What was planned for a day is told on it, or as soon after as somebody looks; who is told is
//!   decided then. Until then it can be taken back.
//!
//! Owns `mailing`. The letters are those of `mail`.

mod audience;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use thiserror::Error;

use crate::access::{Action, Actor};
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx};
use crate::id::{Id, Kind as IdKind};
use crate::mail::{self, Letter, To};
use crate::office::Office;
use crate::rules::RulesError;
use crate::views::loyalty::promotions as views;
use crate::wallets::WalletError;

pub use audience::{Audience, LeftOut, Told, audience};

/// No sentence of a manager is longer, in either language.
pub const SAYS_CHARS_MAX: usize = 1_000;

/// A promotion that is told, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailing {
    pub mailing_id: i64,
    pub id: String,
    pub wallet_id: i64,
    pub promotion: String,
    pub says_en: String,
    pub says_ja: String,
    pub on: Date,
    pub status: Status,
    /// Who was not told, once it was.
    pub left_out: Option<LeftOut>,
    pub made_by: String,
    pub made_at: Timestamp,
    pub told_at: Option<Timestamp>,
}

/// How far a mailing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Planned,
    Told,
    Withdrawn,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Planned => "planned",
            Status::Told => "told",
            Status::Withdrawn => "withdrawn",
        }
    }

    fn from_word(word: &str) -> Option<Status> {
        let all = [Status::Planned, Status::Told, Status::Withdrawn];
        all.into_iter().find(|status| status.word() == word)
    }
}

/// What a manager asks for.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'p> {
    pub promotion: &'p str,
    pub says_en: &'p str,
    pub says_ja: &'p str,
    /// The day on which it is told; `None`: now.
    pub on: Option<Date>,
}

/// Why nothing is told.
#[derive(Debug, Error)]
pub enum MailingError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error("no wallet that acts has a promotion `{promotion}`")]
    NoPromotion { promotion: String },
    #[error("the promotion is over")]
    Over,
    #[error("no mail is sent here")]
    Off,
    #[error("it was told or withdrawn already")]
    Decided,
    #[error("a sentence is at most {SAYS_CHARS_MAX} characters long")]
    Long,
    #[error("there is no such mailing")]
    NotFound,
    #[error("`{actor}` may not do this")]
    NotAllowed { actor: String },
}

const COLUMNS: &str = "mailing_id, public_id, wallet_id, promotion, says_en, says_ja, on_day, \
    status, left_out, made_by, made_at, told_at";

fn mailing_of(row: &Row) -> Option<Mailing> {
    Some(Mailing {
        mailing_id: row.int(0),
        id: row.string(1),
        wallet_id: row.int(2),
        promotion: row.string(3),
        says_en: row.string(4),
        says_ja: row.string(5),
        on: row.date(6),
        status: Status::from_word(row.text(7))?,
        left_out: row.opt_string(8).and_then(|text| LeftOut::read(&text)),
        made_by: row.string(9),
        made_at: row.instant(10),
        told_at: row.opt_instant(11),
    })
}

/// The mailings of a promotion, the newest first.
pub async fn of_promotion(
    reader: &mut Reader,
    wallet_id: i64,
    promotion: &str,
) -> Result<Vec<Mailing>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM mailing WHERE tenant_id = $1 AND wallet_id = $2 \
         AND promotion = $3 ORDER BY mailing_id DESC"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, wallet_id, promotion]).await?;
    Ok(rows.iter().filter_map(mailing_of).collect())
}

async fn find(reader: &mut Reader, id: &str) -> Result<Option<Mailing>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM mailing WHERE tenant_id = $1 AND public_id = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    Ok(row.as_ref().and_then(mailing_of))
}

/// Tells a promotion to its audience, now or on a day, and says the mailing's id.
pub async fn plan(office: &Office, actor: &Actor, plan: &Plan<'_>) -> Result<String, MailingError> {
    if !actor.may(Action::EditPrograms) {
        return Err(MailingError::NotAllowed { actor: actor.name().to_owned() });
    }
    let now = office.now();
    let mut tx = office.db().write().await?;
    if !mail::is_on(&mut tx).await? {
        return Err(MailingError::Off);
    }
    if [plan.says_en, plan.says_ja].iter().any(|text| SAYS_CHARS_MAX < text.chars().count()) {
        return Err(MailingError::Long);
    }
    let rules = office.rules(&mut tx).await?;
    let no = || MailingError::NoPromotion { promotion: plan.promotion.to_owned() };
    let (of, promotion) = views::wallet_of(&rules, plan.promotion).ok_or_else(no)?;
    let here = of.wallet.time_zone.to_datetime(now);
    if promotion.ends.gone().is_some_and(|gone| gone <= here) {
        return Err(MailingError::Over);
    }
    let on = plan.on.unwrap_or(here.date()).max(here.date());
    let id = Id::new(IdKind::Mailing, now).to_string();
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO mailing (tenant_id, mailing_id, public_id, wallet_id, promotion, says_en, \
         says_ja, on_day, status, made_by, made_at) \
         SELECT $1, COALESCE(MAX(mailing_id), 0) + 1, $2, $3, $4, $5, $6, $7, 'planned', $8, $9 \
         FROM mailing WHERE tenant_id = $1",
        args![
            tenant,
            &id,
            of.wallet_id,
            plan.promotion,
            plan.says_en.trim(),
            plan.says_ja.trim(),
            on,
            actor.name(),
            now
        ],
    )
    .await?;
    let said = json!({ "promotion": plan.promotion, "on": on.to_string(),
        "says_en": plan.says_en.trim(), "says_ja": plan.says_ja.trim() });
    audit::append(&mut tx, now, actor, Entry::create("mailing", &id, said)).await?;
    if on <= here.date() {
        let mailing = find(&mut tx, &id).await?.ok_or(MailingError::NotFound)?;
        tell(office, &mut tx, now, &mailing).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Takes back what was not told yet.
pub async fn withdraw(office: &Office, actor: &Actor, id: &str) -> Result<Mailing, MailingError> {
    if !actor.may(Action::EditPrograms) {
        return Err(MailingError::NotAllowed { actor: actor.name().to_owned() });
    }
    let now = office.now();
    let mut tx = office.db().write().await?;
    let mailing = find(&mut tx, id).await?.ok_or(MailingError::NotFound)?;
    if mailing.status != Status::Planned {
        return Err(MailingError::Decided);
    }
    end(&mut tx, mailing.mailing_id, Status::Withdrawn, None, None).await?;
    audit::append(&mut tx, now, actor, Entry::of("withdraw", "mailing", id, None, None)).await?;
    tx.commit().await?;
    Ok(mailing)
}

/// Tells what is due. How many mailings there were. A job without input.
pub async fn tell_due(office: &Office) -> Result<usize, MailingError> {
    let mut reader = office.db().read().await?;
    let sql = format!(
        "SELECT {COLUMNS} FROM mailing WHERE tenant_id = $1 AND status = 'planned' \
         ORDER BY mailing_id"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant]).await?;
    drop(reader);
    let mut done = 0;
    for planned in rows.iter().filter_map(mailing_of) {
        let now = office.now();
        let mut tx = office.db().write().await?;
        let rules = office.rules(&mut tx).await?;
        // Another process may have been here, and a wallet that does not act tells nothing.
        let still = find(&mut tx, &planned.id).await?;
        let still = still.filter(|it| it.status == Status::Planned);
        let of = rules.wallets.iter().find(|of| of.wallet_id == planned.wallet_id);
        let (Some(mailing), Some(of)) = (still, of) else { continue };
        let today = of.wallet.time_zone.to_datetime(now).date();
        if today < mailing.on || !mail::is_on(&mut tx).await? {
            continue;
        }
        tell(office, &mut tx, now, &mailing).await?;
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}

/// Writes the letters of a mailing.
async fn tell(
    office: &Office,
    tx: &mut Tx,
    now: Timestamp,
    mailing: &Mailing,
) -> Result<(), MailingError> {
    let (rules, master) = (office.rules(tx).await?, office.master(tx).await?);
    let found = audience(tx, (&rules, &master), now, &mailing.promotion).await?;
    // What was taken out of the text, ended or was cancelled meanwhile is told to nobody.
    let Some(found) = found.filter(|it| it.is_open) else {
        return Ok(end(tx, mailing.mailing_id, Status::Withdrawn, None, None).await?);
    };
    for told in &found.told {
        let Some(to) = To::user(&told.user) else { continue };
        let letter = Letter {
            kind: mail::Kind::Promotion,
            key: key(mailing.wallet_id, &mailing.promotion, &told.user.id),
            to,
            partner_id: Some(told.partner_id),
            mailing_id: Some(mailing.mailing_id),
            data: json!({ "promotion": mailing.promotion, "says_en": mailing.says_en,
                "says_ja": mailing.says_ja }),
            paper: None,
        };
        mail::write(tx, now, &letter).await?;
    }
    let left_out = Some(found.left_out.written());
    Ok(end(tx, mailing.mailing_id, Status::Told, left_out, Some(now)).await?)
}

/// What a letter about a promotion tells to whom.
fn key(wallet_id: i64, promotion: &str, user: &str) -> String {
    format!("promotion/{wallet_id}/{promotion}/{user}")
}

async fn end(
    tx: &mut Tx,
    mailing_id: i64,
    status: Status,
    left_out: Option<String>,
    told_at: Option<Timestamp>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE mailing SET status = $3, left_out = $4, told_at = $5 \
         WHERE tenant_id = $1 AND mailing_id = $2",
        args![tenant, mailing_id, status.word(), left_out, told_at],
    )
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests;
