//! What slices tell by mail: a sponsor's pack that is low, to people of the vendor.
//!
//! It is told once for each time that a pack falls below its level, in the commit of what took it
//! there.

use jiff::Timestamp;
use serde_json::Value;

use crate::access::{self, Action};
use crate::db::{DbError, Tx};
use crate::mail::{self, Kind, Letter, To};
use crate::outbox::News;

/// The news that is told by mail.
const LOW: &str = "wallet.sponsor.low";

/// Whether there is anything to be told: most wallets have no sponsors.
pub(super) async fn are_wanted(
    tx: &mut Tx,
    wallet: &domain::wallet::Wallet,
) -> Result<bool, DbError> {
    Ok(!wallet.sponsors.is_empty() && mail::is_on(tx).await?)
}

/// Writes to everybody who may see how sponsors stand.
pub(super) async fn write(tx: &mut Tx, now: Timestamp, told: &[News]) -> Result<(), DbError> {
    for news in told.iter().filter(|news| news.kind == LOW) {
        let says = |word: &str| news.data.get(word).and_then(Value::as_str).unwrap_or_default();
        for user in access::users(tx, None).await? {
            let may = user.role.may(Action::ViewPayouts) && !user.disabled;
            let Some(to) = To::user(&user).filter(|_| may) else { continue };
            let (wallet, sponsor) = (says("wallet"), says("sponsor"));
            let at = now.as_microsecond();
            let letter = Letter {
                kind: Kind::SponsorLow,
                key: format!("sponsor_low/{wallet}/{sponsor}/{at}/{}", user.id),
                to,
                partner_id: None,
                mailing_id: None,
                data: Value::Object(news.data.clone()),
                paper: None,
            };
            mail::write(tx, now, &letter).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
