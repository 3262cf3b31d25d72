//! Whom a course is for.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Course;
use crate::code::PartnerCode;
use crate::master::Master;
use crate::standing::meets;

impl Course {
    /// Whether people of a partner may see it on a day. `opened`: what benefits open for the partner.
    pub fn is_for(
        &self,
        partner: &PartnerCode,
        day: Date,
        master: &Master,
        opened: &BTreeSet<String>,
    ) -> bool {
        if self.access.as_ref().is_some_and(|code| !opened.contains(code)) {
            return false;
        }
        match &self.when {
            None => true,
            Some(when) => meets(when, (partner, day), master, &[].into()),
        }
    }
}
