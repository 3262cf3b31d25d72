//! Whom a course is for.

use jiff::civil::Date;

use super::Course;
use crate::code::PartnerCode;
use crate::master::Master;
use crate::standing::meets;

impl Course {
    /// Whether people of a partner may see it on a day.
    pub fn is_for(&self, partner: &PartnerCode, day: Date, master: &Master) -> bool {
        match &self.when {
            None => true,
            Some(when) => meets(when, (partner, day), master, &[].into()),
        }
    }
}
