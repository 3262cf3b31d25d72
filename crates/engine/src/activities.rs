//! What the product itself sees partners' people do, as facts of kind `activity`.
//!
//! # Promises
//!
//! * An activity is a fact like any other: it comes in through the same intake, from a source of
//!   its own ([`SOURCE`]), so totals, awards and wallets follow it as they follow a sale.
//! * Its key follows from what was done and by whom, so nothing counts twice, however often it is
//!   told.
//! * It is told whether or not a term asks for it today: a term of tomorrow counts over what was.
//! * A person stands in it by the id of its account alone, never by name or address; who is a member
//!   of its own also by its code, in the role `person`.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use domain::code::{FactKey, PartnerCode};
use domain::fact::FactKind;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::access::{Actor, User};
use crate::catalog::{MasterData, load_settings};
use crate::db::{DbError, Reader, Tx};
use crate::imports::{self, Post, Posted, PostedRow};
use crate::ingest::row::FactRow;
use crate::journal;
use crate::members::people;
use crate::office::Office;
use crate::rules::{Rules, RulesError};

/// What people know the source by.
pub const SOURCE: &str = "tokuten";

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Signed in to the portal; once on a day.
    SignIn,
    /// Said everything of themselves that there is to say; once.
    ProfileCompleted,
    /// Read a page of a course for the first time.
    ContentViewed,
    CourseFinished,
    CertificateGained,
    /// A certificate ends soon, and no newer one is there.
    CertificateLapsing,
    /// Invited somebody; somebody registered with its code; that one sold first.
    ReferralInvited,
    ReferralRegistered,
    ReferralQualified,
    /// Registered with somebody's code; sold first since then.
    ReferredRegistered,
    ReferredQualified,
}

impl Deed {
    pub const ALL: [Deed; 11] = [
        Deed::SignIn,
        Deed::ProfileCompleted,
        Deed::ContentViewed,
        Deed::CourseFinished,
        Deed::CertificateGained,
        Deed::CertificateLapsing,
        Deed::ReferralInvited,
        Deed::ReferralRegistered,
        Deed::ReferralQualified,
        Deed::ReferredRegistered,
        Deed::ReferredQualified,
    ];

    /// What conditions know it by: `type` of the fact.
    pub fn word(self) -> &'static str {
        match self {
            Deed::SignIn => "sign_in",
            Deed::ProfileCompleted => "profile_completed",
            Deed::ContentViewed => "content_viewed",
            Deed::CourseFinished => "course_finished",
            Deed::CertificateGained => "certificate_gained",
            Deed::CertificateLapsing => "certificate_lapsing",
            Deed::ReferralInvited => "referral_invited",
            Deed::ReferralRegistered => "referral_registered",
            Deed::ReferralQualified => "referral_qualified",
            Deed::ReferredRegistered => "referred_registered",
            Deed::ReferredQualified => "referred_qualified",
        }
    }
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    pub deed: Deed,
    /// What tells it from others of its kind, in order: the course, the user, the round.
    pub of: Vec<String>,
    pub partner: PartnerCode,
    /// By the vendor's clocks.
    pub at: DateTime,
    /// What conditions may ask for as `fact.course`, `fact.score`.
    pub says: BTreeMap<&'static str, String>,
}

impl Activity {
    /// The key of its fact: `tokuten/sign_in/2026-04-01/usr_…`.
    pub fn key(&self) -> FactKey {
        FactKey::new(format!("{SOURCE}/{}/{}", self.deed.word(), self.of.join("/")))
    }

    /// As a fact. `person` is who did it, if it is a member of its own: terms name it as
    /// `party.person`.
    fn row(&self, person: Option<&PartnerCode>) -> FactRow {
        let says = self.says.iter().map(|(name, value)| (Arc::from(*name), value.clone()));
        FactRow {
            key: self.key(),
            kind: FactKind::Activity,
            at: self.at,
            of: None,
            partner: Some(self.partner.clone()),
            product: None,
            quantity: None,
            unit: None,
            amount: None,
            currency: None,
            order: None,
            line: None,
            channel: None,
            activity_type: Some(self.deed.word().to_owned()),
            parties: person.map(|it| (Arc::from(people::ROLE), it.clone())).into_iter().collect(),
            attributes: says.collect(),
        }
    }

    /// As somebody would have sent it.
    fn raw(&self, person: Option<&PartnerCode>) -> String {
        let parties: BTreeMap<&str, String> =
            person.map(|it| (people::ROLE, it.to_string())).into_iter().collect();
        serde_json::json!({
            "key": self.key().to_string(), "kind": "activity", "type": self.deed.word(),
            "date": self.at.to_string(), "partner": self.partner.to_string(),
            "parties": parties, "attributes": self.says,
        })
        .to_string()
    }
}

/// The instant on the vendor's clocks.
pub async fn local(reader: &mut Reader, now: Timestamp) -> Result<DateTime, DbError> {
    let settings = load_settings(reader).await?;
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    Ok(now.to_zoned(zone).datetime())
}

/// Tells activities, within a transaction of the caller, and says how many were new. What was told
/// before stays as it was told.
pub async fn post(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    activities: &[Activity],
) -> Result<usize, DbError> {
    let keys: Vec<FactKey> = activities.iter().map(Activity::key).collect();
    let known = journal::existing(tx, &keys).await?;
    let users = activities.iter().filter_map(|it| it.says.get("user").cloned()).collect();
    let persons = people::people_of(tx, users).await?;
    let person = |it: &Activity| persons.get(it.says.get("user")?);
    let mut seen: HashSet<&FactKey> = HashSet::new();
    let rows: Vec<PostedRow> = activities
        .iter()
        .zip(&keys)
        .filter(|(_, key)| !known.contains_key(*key) && seen.insert(*key))
        .map(|(it, _)| {
            let person = person(it);
            PostedRow { content: Posted::New(it.row(person)), raw: it.raw(person) }
        })
        .collect();
    if rows.is_empty() {
        return Ok(0);
    }
    let posts = [Post { name: SOURCE, actor: &Actor::System, rows: &rows }];
    let reports = imports::post_facts(tx, (rules, master), now, &posts).await?;
    let accepted = reports.iter().map(|report| report.counts.accepted).sum::<i64>();
    Ok(usize::try_from(accepted).unwrap_or(0))
}

/// Tells that a partner's user signed in today, if nobody told so yet. Users of the vendor do
/// nothing that programs count.
pub async fn signed_in(office: &Office, user: &User) -> Result<bool, RulesError> {
    let Some(partner_id) = user.role.partner() else { return Ok(false) };
    let now = office.now();
    let mut reader = office.db().read().await?;
    let at = local(&mut reader, now).await?;
    let master = office.master(&mut reader).await?;
    let Some(partner) = master.partner_code(partner_id).cloned() else { return Ok(false) };
    let of = vec![at.date().to_string(), user.id.clone()];
    let says = [("user", user.id.clone())].into();
    let activity = Activity { deed: Deed::SignIn, of, partner, at, says };
    if journal::existing(&mut reader, &[activity.key()]).await?.contains_key(&activity.key()) {
        return Ok(false);
    }
    drop(reader);
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let new = post(&mut tx, (&rules, &master), now, &[activity]).await?;
    tx.commit().await?;
    office.wake();
    Ok(new > 0)
}

/// Tells that a partner's user completed its profile, within a transaction of the caller. Once for
/// good.
pub async fn profile_completed(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    user: &User,
) -> Result<bool, DbError> {
    let partner = user.role.partner().and_then(|id| master.partner_code(id)).cloned();
    let Some(partner) = partner else { return Ok(false) };
    let at = local(tx, now).await?;
    let (of, says) = (vec![user.id.clone()], [("user", user.id.clone())].into());
    let activity = Activity { deed: Deed::ProfileCompleted, of, partner, at, says };
    Ok(post(tx, (rules, master), now, &[activity]).await? > 0)
}

#[cfg(test)]
mod tests;
