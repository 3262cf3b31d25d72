//! Kinds of news, and patterns that choose some of them.

use domain::wallet::NEWS_KINDS;

/// A statement of points was issued to a member.
pub const STATEMENT_ISSUED: &str = "wallet.statement.issued";

/// A letter did not reach its reader, and is not tried any more.
pub const MAIL_FAILED: &str = "mail.failed";

/// What is told of money, papers, files and letters.
const OF_REBATES: [&str; 12] = [
    "payout.approved",
    "payout.rejected",
    "payout.paid",
    "payout.returned",
    "payout.withdrawn",
    "period.closed",
    "adjustment.approved",
    "adjustment.rejected",
    "import.finished",
    "import.failed",
    STATEMENT_ISSUED,
    MAIL_FAILED,
];

/// What is sent by whoever tries a place out, and by nothing else.
pub const TEST: &str = "webhook.test";

/// Every kind that a pattern may choose.
pub fn all() -> impl Iterator<Item = &'static str> {
    NEWS_KINDS.into_iter().chain(OF_REBATES)
}

/// Whether a pattern chooses a kind: `*`, `wallet.*`, `wallet.points.*`, or the kind itself.
pub fn chooses(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => pattern == kind,
    }
}

/// Patterns as people write them, between blanks or commas; those that choose nothing are told.
pub fn read(text: &str) -> Result<Vec<String>, Vec<String>> {
    let mut patterns: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for word in text.split([' ', ',', '\n', '\r', '\t']).filter(|word| !word.is_empty()) {
        let is_whole = word == "*" || word.ends_with(".*") || !word.contains('*');
        if !is_whole || !all().any(|kind| chooses(word, kind)) {
            wrong.push(word.to_owned());
        } else if !patterns.iter().any(|known| known == word) {
            patterns.push(word.to_owned());
        }
    }
    if wrong.is_empty() { Ok(patterns) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_choose_kinds() {
        for (pattern, kind, expected) in [
            ("*", "payout.paid", true),
            ("wallet.*", "wallet.tier.changed", true),
            ("wallet.points.*", "wallet.points.spent", true),
            ("wallet.points.*", "wallet.tier.changed", false),
            ("payout.paid", "payout.paid", true),
            ("payout.paid", "payout.approved", false),
        ] {
            assert_eq!(chooses(pattern, kind), expected, "`{pattern}` of `{kind}`");
        }
    }

    #[test]
    fn a_pattern_that_chooses_nothing_is_told() {
        assert_eq!(
            read("wallet.*, payout.paid"),
            Ok(vec!["wallet.*".into(), "payout.paid".into()])
        );
        assert_eq!(read("wallet.point.* wal*"), Err(vec!["wallet.point.*".into(), "wal*".into()]));
        assert_eq!(read("webhook.test"), Err(vec!["webhook.test".into()]), "is never asked for");
    }

    #[test]
    fn no_kind_stands_twice() {
        let mut kinds: Vec<&str> = all().collect();
        let count = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), count);
    }
}
