//! What a member chose in a wallet: statements, and to be told of promotions.

use jiff::Timestamp;

use crate::access::Actor;
use crate::args;
use crate::db::{DbError, Reader, Row, Tx};

/// How often a statement is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Every {
    #[default]
    Never,
    Month,
    Quarter,
}

/// What a member chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub every: Every,
    /// Whether it may be told of promotions.
    pub promotions: bool,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice { every: Every::Never, promotions: true }
    }
}

/// A choice, and who said it when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceRow {
    pub choice: Choice,
    pub at: Timestamp,
    pub actor: String,
}

impl Every {
    pub const ALL: [Every; 3] = [Every::Never, Every::Month, Every::Quarter];

    pub fn word(self) -> &'static str {
        match self {
            Every::Never => "none",
            Every::Month => "month",
            Every::Quarter => "quarter",
        }
    }

    pub fn from_word(word: &str) -> Option<Every> {
        Every::ALL.into_iter().find(|every| every.word() == word)
    }
}

const COLUMNS: &str = "every, promotions, at, actor_name";

fn choice_row(row: &Row, from: usize) -> ChoiceRow {
    ChoiceRow {
        choice: Choice {
            every: Every::from_word(row.text(from)).unwrap_or_default(),
            promotions: row.int(from + 1) != 0,
        },
        at: row.instant(from + 2),
        actor: row.string(from + 3),
    }
}

/// What a partner chose last in a wallet; `None` if it never did.
pub async fn choice(
    reader: &mut Reader,
    wallet_id: i64,
    partner_id: i64,
) -> Result<Option<ChoiceRow>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM member_choice WHERE tenant_id = $1 AND partner_id = $2 \
         AND wallet_id = $3 ORDER BY choice_seq DESC LIMIT 1"
    );
    let of = args![reader.tenant(), partner_id, wallet_id];
    let row = reader.row(sqlx::AssertSqlSafe(sql), of).await?;
    Ok(row.map(|row| choice_row(&row, 0)))
}

/// Keeps what a partner chooses. The same again is not said twice.
pub async fn choose(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    (wallet_id, partner_id): (i64, i64),
    new: Choice,
) -> Result<bool, DbError> {
    let before = choice(tx, wallet_id, partner_id).await?;
    if before.is_some_and(|before| before.choice == new) {
        return Ok(false);
    }
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO member_choice (tenant_id, choice_seq, wallet_id, partner_id, every, promotions, \
         at, actor_kind, actor_id, actor_name) \
         SELECT $1, COALESCE(MAX(choice_seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 \
         FROM member_choice WHERE tenant_id = $1",
        args![
            tenant,
            wallet_id,
            partner_id,
            new.every.word(),
            i64::from(new.promotions),
            now,
            actor.kind(),
            actor.public_id(),
            actor.name()
        ],
    )
    .await?;
    Ok(true)
}

/// Who chose that statements are issued that often, by wallet and partner.
pub async fn due_for(
    reader: &mut Reader,
    every: Every,
) -> Result<Vec<(i64, i64, Choice)>, DbError> {
    let rows = reader
        .rows(
            "SELECT c.wallet_id, c.partner_id, c.every, c.promotions, c.at, c.actor_name \
             FROM member_choice c WHERE c.tenant_id = $1 AND c.every = $2 AND NOT EXISTS \
             (SELECT 1 FROM member_choice n WHERE n.tenant_id = c.tenant_id \
             AND n.partner_id = c.partner_id AND n.wallet_id = c.wallet_id \
             AND n.choice_seq > c.choice_seq) ORDER BY c.wallet_id, c.partner_id",
            args![reader.tenant(), every.word()],
        )
        .await?;
    let due = |row: &Row| (row.int(0), row.int(1), choice_row(row, 2).choice);
    Ok(rows.iter().map(due).collect())
}
