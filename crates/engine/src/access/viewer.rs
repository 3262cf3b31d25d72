//! Whose eyes a query reads with.

use super::Role;

/// Who looks at figures. What a viewer may not see does not exist for it: not in a page, not in a
/// search, not in a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// The vendor's people see everybody's.
    Vendor,
    /// A partner sees its own.
    Partner(i64),
}

impl Viewer {
    /// Of a role, or of a token that may be bound to a partner.
    pub fn of(partner_id: Option<i64>) -> Viewer {
        partner_id.map_or(Viewer::Vendor, Viewer::Partner)
    }

    pub fn may_see(self, partner_id: i64) -> bool {
        match self {
            Viewer::Vendor => true,
            Viewer::Partner(own) => own == partner_id,
        }
    }

    /// The partner whose rows are to be read: its own, or the one asked for. `None` stands for
    /// all; `Err` for rows that do not exist for this viewer.
    pub fn scope(self, asked: Option<i64>) -> Result<Option<i64>, NotVisible> {
        match (self, asked) {
            (Viewer::Vendor, asked) => Ok(asked),
            (Viewer::Partner(own), None) => Ok(Some(own)),
            (Viewer::Partner(own), Some(asked)) if own == asked => Ok(Some(own)),
            (Viewer::Partner(_), Some(_)) => Err(NotVisible),
        }
    }
}

impl From<Role> for Viewer {
    fn from(role: Role) -> Viewer {
        Viewer::of(role.partner())
    }
}

/// What was asked for does not exist for the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotVisible;
