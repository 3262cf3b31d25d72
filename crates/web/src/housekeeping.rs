//! What nobody comes back for: uploads that were never finished, and answers that were kept for
//! requests sent again. And what nobody does on the day: telling of certificates that end soon,
//! of who sold first after somebody brought them, issuing statements of points, and telling promotions by
//! mail on their day.
//!
//! A job without input: it looks at what is there, may stop anywhere and run twice.

use std::time::Duration;

use engine::papers::points;
use engine::{idempotency, links, mail, mailings, referrals, training};
use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::failure::Failure;
use crate::uploads;

/// How long answers are kept for who sends a request again.
pub const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a file waits for somebody to say what its columns are.
pub const UPLOADS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long texts of letters are kept where no server is named any more.
const LETTERS_KEPT_DAYS: u16 = 90;
/// How long it is known of a link that it is over.
const LINKS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
const LOOK_EVERY: Duration = Duration::from_hours(1);

/// Looks now and every hour, until cancelled.
pub async fn keep_house(app: App) {
    loop {
        if let Err(error) = tidy(&app).await {
            tracing::error!(%error, "tidying up failed, trying again in an hour");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Lets go what is old by now.
pub async fn tidy(app: &App) -> Result<(), Failure> {
    let office = app.office();
    let now = office.now();
    let mut tx = office.db().write().await?;
    let answers = idempotency::purge(&mut tx, before(now, ANSWERS_KEPT)).await?;
    tx.commit().await?;
    let files = uploads::remove_older(&app.options().uploads, before(now, UPLOADS_KEPT)).await?;
    let lapsing = training::tell_lapsing(office).await?;
    if lapsing > 0 {
        tracing::info!(lapsing, "told of certificates that end soon");
    }
    let qualified = referrals::qualify(office).await;
    let qualified = qualified.map_err(|error| Failure::Referral(Box::new(error)))?;
    let statements = points::issue_due(office).await?;
    let told = mailings::tell_due(office).await;
    let told = told.map_err(|error| Failure::Mailing(Box::new(error)))?;
    if told > 0 {
        tracing::info!(told, "told of promotions by mail");
    }
    letters(app, now).await?;
    if qualified + statements > 0 {
        tracing::info!(qualified, statements, "looked after members");
    }
    if answers + files > 0 {
        tracing::info!(answers, files, "let go what nobody came back for");
    }
    Ok(())
}

/// Lets go what letters said, once they are old, and links that are over.
async fn letters(app: &App, now: Timestamp) -> Result<(), Failure> {
    let days = app.options().mail.as_ref().map_or(LETTERS_KEPT_DAYS, |post| post.keep_days);
    let kept = SignedDuration::from_hours(24 * i64::from(days));
    let mut tx = app.office().db().write().await?;
    let letters = mail::purge(&mut tx, now, before(now, kept)).await?;
    let links = links::purge(&mut tx, before(now, LINKS_KEPT)).await?;
    tx.commit().await?;
    if letters + links > 0 {
        tracing::info!(letters, links, "deleted what letters said, and links that are over");
    }
    Ok(())
}

fn before(now: Timestamp, kept: SignedDuration) -> Timestamp {
    now.checked_sub(kept).unwrap_or(Timestamp::MIN)
}
