//! The portal's training: courses to read, questions to answer, certificates to show.
//!
//! # Promises
//!
//! * Whom a course is not for, for them it is not there; without a course neither are the pages nor
//!   their place in the menu.
//! * What is right reaches a browser only for questions that were answered: a sheet holds nothing
//!   but the order in which it is shown.
//! * Whoever finishes sees on the same page what arrived in the wallets.

pub mod certificate;
pub mod course;
pub mod courses;
pub mod page;
pub mod quiz;
pub mod result;
pub mod routes;

use engine::db::Reader;
use engine::rules::Rules;
use engine::training::{ActiveCourse, TrainingError};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::ui::encode;

pub const COURSES: &str = "/portal/training";

fn href(code: &str) -> String {
    format!("{COURSES}/{}", encode(code))
}

/// Whether there is a course for people of a partner.
pub async fn has_courses(
    reader: &mut Reader,
    (rules, master): (&Rules, &engine::catalog::MasterData),
    partner_id: i64,
    (now, today): (Timestamp, Date),
) -> Result<bool, TrainingError> {
    let Some(partner) = master.partner_code(partner_id) else { return Ok(false) };
    let opened = engine::training::opened(reader, rules, master, now, partner).await?;
    let is_for = |of: &ActiveCourse| of.course.is_for(partner, today, &master.master, &opened);
    Ok(rules.courses.iter().any(is_for))
}
