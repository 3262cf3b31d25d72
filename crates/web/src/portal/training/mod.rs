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

use engine::rules::Rules;
use jiff::civil::Date;

use crate::ui::encode;

pub const COURSES: &str = "/portal/training";

fn href(code: &str) -> String {
    format!("{COURSES}/{}", encode(code))
}

/// Whether there is a course for people of a partner.
pub fn has_courses(
    rules: &Rules,
    master: &engine::catalog::MasterData,
    partner_id: i64,
    today: Date,
) -> bool {
    let Some(partner) = master.partner_code(partner_id) else { return false };
    rules.courses.iter().any(|of| of.course.is_for(partner, today, &master.master))
}
