//! Public ids: what an address, a link or a file calls a thing by.
//!
//! An id is a UUIDv7 behind a prefix that says what it names (`usr_0198c5…`), so ids sort by the
//! time they were made and a wrong one is seen at once. Inside the database rows are joined by
//! small integers; those never leave it.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

macro_rules! registry {
    ($($(#[$doc:meta])* $kind:ident = $prefix:literal),* $(,)?) => {
        /// What an id can name. The one list of prefixes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $kind),* }

        impl Kind {
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// The text before the underscore.
            pub fn prefix(self) -> &'static str {
                match self { $(Kind::$kind => $prefix),* }
            }
        }
    };
}

registry! {
    Tenant = "tnt",
    Partner = "prt",
    Product = "prd",
    User = "usr",
    ApiToken = "tok",
    Mapping = "map",
    Import = "imp",
    Fact = "fct",
    Program = "prg",
    ProgramVersion = "prv",
    Award = "awd",
    Posting = "pst",
    Period = "per",
    Payout = "pay",
    Adjustment = "adj",
    Hold = "hld",
    Proof = "prf",
    Dispute = "dsp",
    Delegation = "dlg",
    Audit = "aud",
    Statement = "stm",
    PaymentRun = "prn",
    SettlementNote = "ntc",
    AccountingExport = "axp",
    Request = "req",
    Wallet = "wlt",
    Event = "evt",
    Webhook = "whk",
    PointsProposal = "ppr",
    Course = "crs",
    Referral = "rfl",
    PointStatement = "pts",
    Mail = "mal",
    Mailing = "mlg",
}

/// An id of a thing of a known kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// A new id of that kind, made at that time.
    pub fn new(kind: Kind, now: Timestamp) -> Id {
        let since = now.as_duration();
        let seconds = u64::try_from(since.as_secs()).unwrap_or(0);
        let nanos = u32::try_from(since.subsec_nanos()).unwrap_or(0);
        let stamp = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
        Id(format!("{}_{}", kind.prefix(), Uuid::new_v7(stamp).simple()))
    }

    /// Takes a text for an id if it has the form of one of that kind.
    pub fn parse(kind: Kind, text: &str) -> Option<Id> {
        let hex = text.strip_prefix(kind.prefix())?.strip_prefix('_')?;
        let well_formed = hex.len() == 32
            && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        well_formed.then(|| Id(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> String {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_are_read_back() {
        let early = Id::new(Kind::User, Timestamp::from_second(1_700_000_000).unwrap());
        let late = Id::new(Kind::User, Timestamp::from_second(1_700_000_001).unwrap());
        assert!(early < late, "{early} {late}");
        assert_eq!(Id::parse(Kind::User, early.as_str()), Some(early.clone()));
        assert_eq!(Id::parse(Kind::Partner, early.as_str()), None);
        assert_eq!(Id::parse(Kind::User, "usr_12"), None);
    }

    #[test]
    fn no_two_kinds_share_a_prefix() {
        for (i, kind) in Kind::ALL.iter().enumerate() {
            let same = Kind::ALL[i + 1..].iter().find(|other| other.prefix() == kind.prefix());
            assert_eq!(same, None, "{kind:?}");
        }
    }
}
