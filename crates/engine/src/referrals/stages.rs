//! The stages of a referral, and the facts that tell them.

use domain::code::PartnerCode;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::store;
use super::{INVITATIONS_MAX, Referral, ReferralError, Stage, TEXT_CHARS_MAX};
use crate::access::Actor;
use crate::activities::{self, Activity, Deed};
use crate::catalog::{self, MasterData, PartnerRow};
use crate::db::Tx;
use crate::id::{Id, Kind};
use crate::office::Office;
use crate::rules::Rules;

/// A member means to bring somebody. Says the id of the referral.
pub async fn invite(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    by: (&Actor, Timestamp),
    advocate_id: i64,
    (name, contact): (&str, &str),
) -> Result<String, ReferralError> {
    let cut = |text: &str| text.trim().chars().take(TEXT_CHARS_MAX).collect::<String>();
    let all = store::of_advocate(tx, advocate_id).await?;
    if INVITATIONS_MAX <= all.iter().filter(|it| it.stage() == Stage::Invited).count() {
        return Err(ReferralError::TooMany);
    }
    store::code_of(tx, by.1, advocate_id).await?;
    let at = activities::local(tx, by.1).await?;
    let id = Id::new(Kind::Referral, by.1).to_string();
    let of = (advocate_id, &*cut(name), &*cut(contact));
    let referral_id = store::add(tx, by.1, &id, of).await?;
    store::put_step(tx, by, referral_id, (Stage::Invited, at.date()), None).await?;
    if let Some(advocate) = master.partner_code(advocate_id) {
        let told = [told(Deed::ReferralInvited, &id, advocate, None, at)];
        activities::post(tx, (rules, master), by.1, &told).await?;
    }
    Ok(id)
}

/// A partner says whose code brought it. What it sells from today on counts.
pub async fn register(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    by: (&Actor, Timestamp),
    code: &str,
    friend: &PartnerRow,
) -> Result<String, ReferralError> {
    let friend_code = PartnerCode::new(&friend.code);
    let unknown = || ReferralError::UnknownCode { code: code.trim().to_owned() };
    let advocate_id = store::partner_of(tx, code).await?.ok_or_else(unknown)?;
    let advocate = master.partner_code(advocate_id).cloned().ok_or_else(unknown)?;
    if store::of_friend(tx, friend.partner_id).await?.is_some() {
        return Err(ReferralError::Already { partner: friend_code });
    }
    let brought_by = store::of_friend(tx, advocate_id).await?;
    let each_other = brought_by.is_some_and(|it| it.advocate_id == friend.partner_id);
    if advocate_id == friend.partner_id || each_other {
        return Err(ReferralError::Oneself { partner: friend_code });
    }
    let at = activities::local(tx, by.1).await?;
    let today = at.date();
    if store::first_sale(tx, friend.partner_id, (Date::MIN, today)).await?.is_some() {
        return Err(ReferralError::SoldBefore { partner: friend_code });
    }
    let name = catalog::name_in(&friend.names, "en").unwrap_or(&friend.code);
    let is_meant = |it: &&Referral| {
        let names = friend.names.values().chain([&friend.code]);
        it.friend_id.is_none() && names.into_iter().any(|own| own.eq_ignore_ascii_case(&it.name))
    };
    let open = store::of_advocate(tx, advocate_id).await?;
    let (id, referral_id) = if let Some(open) = open.iter().find(is_meant) {
        (open.id.clone(), open.referral_id)
    } else {
        let id = Id::new(Kind::Referral, by.1).to_string();
        let referral_id = store::add(tx, by.1, &id, (advocate_id, name, "")).await?;
        (id, referral_id)
    };
    store::put_friend(tx, referral_id, (friend.partner_id, today)).await?;
    store::put_step(tx, by, referral_id, (Stage::Registered, today), None).await?;
    let told = [
        told(Deed::ReferralRegistered, &id, &advocate, Some(&friend_code), at),
        told(Deed::ReferredRegistered, &id, &friend_code, Some(&advocate), at),
    ];
    activities::post(tx, (rules, master), by.1, &told).await?;
    Ok(id)
}

/// Those who registered and sold since then: the first sale is their last stage. How many there
/// were. A job without input.
pub async fn qualify(office: &Office) -> Result<usize, ReferralError> {
    let mut reader = office.db().read().await?;
    let waiting = store::waiting(&mut reader).await?;
    let mut found = Vec::new();
    for (referral, since) in waiting {
        let Some(friend_id) = referral.friend_id else { continue };
        let sale = store::first_sale(&mut reader, friend_id, (since, Date::MAX)).await?;
        found.extend(sale.map(|sale| (referral, friend_id, sale)));
    }
    drop(reader);
    let mut done = 0;
    for (referral, friend_id, (fact, day)) in found {
        let mut tx = office.db().write().await?;
        // Another process may have been here.
        let now_is = store::of_friend(&mut tx, friend_id).await?;
        if now_is.is_none_or(|it| it.stage() == Stage::Qualified) {
            continue;
        }
        let now = office.now();
        let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
        let by = (&Actor::System, now);
        let step = (Stage::Qualified, day);
        store::put_step(&mut tx, by, referral.referral_id, step, Some(&fact)).await?;
        let codes = (master.partner_code(referral.advocate_id), master.partner_code(friend_id));
        if let (Some(advocate), Some(friend)) = codes {
            let at = day.at(0, 0, 0, 0);
            let told = [
                told(Deed::ReferralQualified, &referral.id, advocate, Some(friend), at),
                told(Deed::ReferredQualified, &referral.id, friend, Some(advocate), at),
            ];
            activities::post(&mut tx, (&rules, &master), now, &told).await?;
        }
        tx.commit().await?;
        office.wake();
        done += 1;
    }
    Ok(done)
}

/// What is told of a stage: of whom, and who the other one is.
fn told(
    deed: Deed,
    referral: &str,
    partner: &PartnerCode,
    other: Option<&PartnerCode>,
    at: DateTime,
) -> Activity {
    let mut says = std::collections::BTreeMap::from([("referral", referral.to_owned())]);
    says.extend(other.map(|other| ("other", other.to_string())));
    Activity { deed, of: vec![referral.to_owned()], partner: partner.clone(), at, says }
}
