//! Who is told of a promotion, and who is not and why.

use std::collections::BTreeMap;

use domain::wallet::PromotionState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key;
use crate::access::{self, User};
use crate::catalog::MasterData;
use crate::db::Reader;
use crate::mail;
use crate::members::{self, Choice, ContactChannel, Subject, people};
use crate::rules::Rules;
use crate::views::loyalty::promotions as views;
use crate::wallets::{self, Active, WalletError};

/// Somebody who is told, and the member that may take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub user: User,
    pub partner_id: i64,
}

/// How many people are not told, by the first reason that holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Who may not take part.
    pub may_not: u64,
    /// Whose login is no address.
    pub no_address: u64,
    /// Who said that promotions are not to be told.
    pub no_promotions: u64,
    /// Who did not agree to letters.
    pub no_consent: u64,
    /// Who was told of this promotion before.
    pub known: u64,
}

impl LeftOut {
    pub(super) fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn read(text: &str) -> Option<LeftOut> {
        serde_json::from_str(text).ok()
    }
}

/// Who hears of a promotion, as things stand.
#[derive(Debug, Clone)]
pub struct Audience {
    /// It runs or comes.
    pub is_open: bool,
    pub told: Vec<Told>,
    pub left_out: LeftOut,
}

/// The audience of a promotion. `None` if no wallet that acts declares it.
pub async fn audience(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    now: Timestamp,
    code: &str,
) -> Result<Option<Audience>, WalletError> {
    let Some((of, promotion)) = views::wallet_of(rules, code) else { return Ok(None) };
    let book = wallets::book_of_all_alike(reader, of, master, now).await?;
    let state = book.state_of(promotion);
    let is_open = matches!(state, PromotionState::Draft | PromotionState::Running);
    let mut found = Audience { is_open, told: Vec::new(), left_out: LeftOut::default() };
    let mut may: BTreeMap<i64, bool> = BTreeMap::new();
    for user in access::users(reader, None).await? {
        let Some(company) = user.role.partner().filter(|_| !user.disabled) else { continue };
        let person = people::person_of(reader, user.user_id).await?;
        let mut own = Vec::new();
        for partner_id in std::iter::once(company).chain(person) {
            let known = may.get(&partner_id).copied();
            let is_eligible = match known {
                Some(known) => known,
                None => may_take_part(reader, (of, master), now, (code, partner_id)).await?,
            };
            may.insert(partner_id, is_eligible);
            own.extend(is_eligible.then_some(partner_id));
        }
        sort(reader, of, (code, user), &own, &mut found).await?;
    }
    Ok(Some(found))
}

async fn may_take_part(
    reader: &mut Reader,
    (of, master): (&Active, &MasterData),
    now: Timestamp,
    (code, partner_id): (&str, i64),
) -> Result<bool, WalletError> {
    let promotion = of.wallet.promotions.get(code);
    let (Some(promotion), Some(partner)) = (promotion, master.partner_code(partner_id)) else {
        return Ok(false);
    };
    let book = wallets::book_of(reader, of, master, (now, None), partner).await?;
    Ok(book.stance(promotion, partner).lacks.is_empty())
}

/// Puts somebody where they belong. `own` are the members that may take part.
async fn sort(
    reader: &mut Reader,
    of: &Active,
    (code, user): (&str, User),
    own: &[i64],
    found: &mut Audience,
) -> Result<(), WalletError> {
    let left_out = &mut found.left_out;
    if own.is_empty() {
        left_out.may_not += 1;
        return Ok(());
    }
    if mail::address(&user.login).is_none() {
        left_out.no_address += 1;
        return Ok(());
    }
    let mut wants = None;
    for partner_id in own {
        let choice = members::choice(reader, of.wallet_id, *partner_id).await?;
        let choice = choice.map_or_else(Choice::default, |row| row.choice);
        wants = wants.or(choice.promotions.then_some(*partner_id));
    }
    let Some(partner_id) = wants else {
        left_out.no_promotions += 1;
        return Ok(());
    };
    let agreed = Subject::User(user.user_id);
    if !members::may_reach(reader, agreed, ContactChannel::Mail).await? {
        left_out.no_consent += 1;
    } else if mail::is_written(reader, &key(of.wallet_id, code, &user.id)).await? {
        left_out.known += 1;
    } else {
        found.told.push(Told { user, partner_id });
    }
    Ok(())
}
