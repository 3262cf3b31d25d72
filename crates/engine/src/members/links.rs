//! Links: a member's own membership at a company that shares the wallet, a sponsor of it.
//!
//! # Promises
//!
//! * Facts that name the member by its number there are the member's, from the day the link began
//!   until the day it ended. A number is one member's at a time.
//! * A link that ended stays with who ended it, when and why; a new one has a number of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::code::PartnerCode;
use domain::wallet::Wallet;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::access::Actor;
use crate::args;
use crate::db::{Column, DbError, Reader, Row, Tx};

/// How a fact names a member by its number at a sponsor: `AIR:U10001`.
pub const BETWEEN: char = ':';
/// No number at a sponsor is longer.
pub const NUMBER_CHARS_MAX: usize = 100;
/// No text about the end of a link is longer.
pub const NOTE_CHARS_MAX: usize = 1000;
/// What else is kept of a link, at most.
pub const ATTRIBUTES_MAX: usize = 50;

/// A link, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub link_id: i64,
    pub wallet_id: i64,
    pub partner_id: i64,
    pub sponsor: String,
    /// What the member is called there; none was said where the sponsor knows it otherwise.
    pub number: Option<String>,
    pub attributes: BTreeMap<String, String>,
    pub since: Date,
    pub at: Timestamp,
    pub actor: String,
    pub ended: Option<LinkEnd>,
}

/// How a link ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEnd {
    /// The first day on which it is no more.
    pub on: Date,
    pub reason: Option<String>,
    pub note: Option<String>,
    pub at: Timestamp,
    pub actor: String,
}

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewLink {
    pub sponsor: String,
    pub number: Option<String>,
    pub attributes: BTreeMap<String, String>,
    pub since: Date,
}

/// Why a link is ended, and from which day on it is no more.
#[derive(Debug, Clone)]
pub struct Unlink {
    pub on: Date,
    pub reason: Option<String>,
    pub note: Option<String>,
}

/// Why there is no such link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("no company `{sponsor}` shares this wallet; the wallet names them under `sponsors`")]
    UnknownSponsor { sponsor: String },
    #[error("the member is linked with `{sponsor}` already; end that link first")]
    Already { sponsor: String },
    #[error("`{number}` is the number of another member at that time; end that link first")]
    NumberTaken { number: String },
    #[error("`{number}` cannot be a number; it has 1 to 100 characters and no `:`")]
    BadNumber { number: String },
    #[error("a link keeps at most 50 further fields")]
    TooMany,
    #[error("there is no such link, or it ended")]
    NotLinked,
    #[error("a link cannot end before it began, on {since}")]
    BeforeItBegan { since: Date },
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The columns of a link and of its end, in the order in which they are read.
macro_rules! columns {
    () => {
        "l.link_id, l.wallet_id, l.partner_id, l.sponsor, l.number, l.attributes, l.from_day, \
         l.at, l.actor_name, e.end_day, e.reason, e.note, e.at, e.actor_name"
    };
}

fn link_row(row: &Row) -> Link {
    let ended = row.opt_int(9).map(|_| LinkEnd {
        on: row.date(9),
        reason: row.opt_string(10),
        note: row.opt_string(11),
        at: row.instant(12),
        actor: row.string(13),
    });
    Link {
        link_id: row.int(0),
        wallet_id: row.int(1),
        partner_id: row.int(2),
        sponsor: row.string(3),
        number: row.opt_string(4),
        attributes: serde_json::from_str(row.text(5)).unwrap_or_default(),
        since: row.date(6),
        at: row.instant(7),
        actor: row.string(8),
        ended,
    }
}

impl Link {
    /// Whether it holds on a day.
    pub fn holds(&self, on: Date) -> bool {
        self.since <= on && self.ended.as_ref().is_none_or(|end| on < end.on)
    }

    /// Its number as people tell it.
    pub fn shown(&self) -> String {
        format!("{:08}", self.link_id)
    }
}

/// All links of a member, the newest first, also those that ended.
pub async fn links(reader: &mut Reader, partner_id: i64) -> Result<Vec<Link>, DbError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM member_link l LEFT JOIN member_link_end e ON e.tenant_id = l.tenant_id \
         AND e.link_id = l.link_id WHERE l.tenant_id = $1 AND l.partner_id = $2 \
         ORDER BY l.link_id DESC"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sql, args![tenant, partner_id]).await?;
    Ok(rows.iter().map(link_row).collect())
}

/// All links of these numbers, whoever's and whenever.
async fn by_numbers(reader: &mut Reader, numbers: Vec<String>) -> Result<Vec<Link>, DbError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM {keys} CROSS JOIN member_link l LEFT JOIN member_link_end e \
         ON e.tenant_id = l.tenant_id AND e.link_id = l.link_id \
         WHERE l.tenant_id = k.tenant AND l.number = k.k1"
    );
    let rows = reader.lookup(sql, args![], vec![Column::Text(numbers)]).await?;
    Ok(rows.iter().map(link_row).collect())
}

/// Links a member with its membership at a sponsor.
pub async fn link(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    (wallet_id, wallet, partner_id): (i64, &Wallet, i64),
    new: &NewLink,
) -> Result<Link, LinkError> {
    let sponsor = new.sponsor.clone();
    if !wallet.sponsors.contains_key(sponsor.as_str()) {
        return Err(LinkError::UnknownSponsor { sponsor });
    }
    if ATTRIBUTES_MAX < new.attributes.len() {
        return Err(LinkError::TooMany);
    }
    // It ends after the new one begins, or not at all.
    let meets = |link: &Link| {
        let is_same = link.wallet_id == wallet_id && link.sponsor == sponsor;
        is_same && link.ended.as_ref().is_none_or(|end| new.since < end.on && link.since < end.on)
    };
    if links(tx, partner_id).await?.iter().any(meets) {
        return Err(LinkError::Already { sponsor });
    }
    let number = new.number.as_deref().map(str::trim).filter(|number| !number.is_empty());
    if let Some(number) = number {
        let bad = NUMBER_CHARS_MAX < number.chars().count() || number.contains(BETWEEN);
        if bad {
            return Err(LinkError::BadNumber { number: number.to_owned() });
        }
        if by_numbers(tx, vec![number.to_owned()]).await?.iter().any(meets) {
            return Err(LinkError::NumberTaken { number: number.to_owned() });
        }
    }
    let attributes = serde_json::to_string(&new.attributes).unwrap_or_default();
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO member_link (tenant_id, link_id, wallet_id, partner_id, sponsor, number, \
         attributes, from_day, at, actor_kind, actor_id, actor_name) \
         SELECT $1, COALESCE(MAX(link_id), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 \
         FROM member_link WHERE tenant_id = $1",
        args![
            tenant,
            wallet_id,
            partner_id,
            &sponsor,
            number,
            &attributes,
            new.since,
            now,
            actor.kind(),
            actor.public_id(),
            actor.name()
        ],
    )
    .await?;
    links(tx, partner_id).await?.into_iter().next().ok_or(LinkError::NotLinked)
}

/// Ends a link of a member.
pub async fn unlink(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    (partner_id, link_id): (i64, i64),
    how: &Unlink,
) -> Result<(), LinkError> {
    let found = links(tx, partner_id).await?.into_iter().find(|link| link.link_id == link_id);
    let found = found.filter(|link| link.ended.is_none()).ok_or(LinkError::NotLinked)?;
    if how.on < found.since {
        return Err(LinkError::BeforeItBegan { since: found.since });
    }
    let cut = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        text.map(|text| text.chars().take(NOTE_CHARS_MAX).collect::<String>())
    };
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO member_link_end (tenant_id, link_id, end_day, reason, note, at, actor_kind, \
         actor_id, actor_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tenant,
            link_id,
            how.on,
            cut(&how.reason),
            cut(&how.note),
            now,
            actor.kind(),
            actor.public_id(),
            actor.name()
        ],
    )
    .await?;
    Ok(())
}

/// Whom facts mean that name a member by its number at a sponsor: by what was written and the day.
/// Whoever is named otherwise, or by a number that was nobody's on that day, is not among them.
pub async fn meant_by(
    reader: &mut Reader,
    named: &BTreeSet<(PartnerCode, Date)>,
) -> Result<HashMap<(PartnerCode, Date), i64>, DbError> {
    let parts = |code: &PartnerCode| {
        let (sponsor, number) = code.as_str().split_once(BETWEEN)?;
        Some((sponsor.to_owned(), number.to_owned()))
    };
    let numbers: BTreeSet<String> =
        named.iter().filter_map(|(code, _)| Some(parts(code)?.1)).collect();
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let all = by_numbers(reader, numbers.into_iter().collect()).await?;
    let whose = |(code, on): &(PartnerCode, Date)| {
        let (sponsor, number) = parts(code)?;
        let is_it = |link: &&Link| {
            link.sponsor == sponsor && link.number.as_ref() == Some(&number) && link.holds(*on)
        };
        let mut found = all.iter().filter(is_it).map(|link| link.partner_id);
        let first = found.next()?;
        // Two wallets may know a sponsor by one name; they have to mean the same member.
        found.all(|other| other == first).then(|| ((code.clone(), *on), first))
    };
    Ok(named.iter().filter_map(whose).collect())
}
