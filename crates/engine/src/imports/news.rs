//! What imports tell others: that one came to its end.

use jiff::Timestamp;

use super::{Status, store};
use crate::db::{DbError, Tx};
use crate::outbox::{self, News};

/// An import that finished, or broke off.
pub(super) async fn of_end(tx: &mut Tx, now: Timestamp, import_id: i64) -> Result<(), DbError> {
    let Some(import) = store::by_number(tx, import_id).await? else { return Ok(()) };
    let kind = match import.status {
        Status::Done => "import.finished",
        Status::Failed => "import.failed",
        _ => return Ok(()),
    };
    let news = News::new(kind, None)
        .says("import", &import.id)
        .says("name", &import.name)
        .says("accepted", import.counts.accepted.to_string())
        .says("known", import.counts.known.to_string())
        .says("rejected", import.counts.rejected.to_string());
    outbox::tell(tx, now, vec![news]).await
}
