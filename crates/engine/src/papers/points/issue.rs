//! Issuing statements of points to whoever chose to have them, and finding them again.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use super::{Covered, PointStatement, gather};
use crate::args;
use crate::catalog;
use crate::db::{DbError, Reader, Row, Tx};
use crate::id::{Id, Kind};
use crate::mail;
use crate::members::{self, Every};
use crate::office::Office;
use crate::outbox::{self, News, kinds};
use crate::wallets::{self, WalletError};

/// A statement that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub id: String,
    pub wallet_id: i64,
    pub partner_id: i64,
    pub from: Date,
    pub to: Date,
    pub at: Timestamp,
}

const COLUMNS: &str = "public_id, wallet_id, partner_id, from_day, to_day, issued_at";

fn issued_row(row: &Row) -> Issued {
    Issued {
        id: row.string(0),
        wallet_id: row.int(1),
        partner_id: row.int(2),
        from: row.date(3),
        to: row.date(4),
        at: row.instant(5),
    }
}

/// The statements of a partner, the newest first.
pub async fn issued(reader: &mut Reader, partner_id: i64) -> Result<Vec<Issued>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM point_statement WHERE tenant_id = $1 AND partner_id = $2 \
         ORDER BY statement_id DESC"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, partner_id]).await?;
    Ok(rows.iter().map(issued_row).collect())
}

/// A statement as it was issued, with whose it is.
pub async fn find(
    reader: &mut Reader,
    id: &str,
) -> Result<Option<(Issued, PointStatement)>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS}, body FROM point_statement WHERE tenant_id = $1 AND public_id = $2"
    );
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    let Some(row) = row else { return Ok(None) };
    let body = serde_json::from_str(row.text(6)).map_err(|error| DbError::Derived {
        what: format!("the statement `{id}` does not read any more: {error}"),
    })?;
    Ok(Some((issued_row(&row), body)))
}

/// Issues what is due: for each member who chose so, of the last month or quarter that is over, once.
/// How many there were. A job without input.
pub async fn issue_due(office: &Office) -> Result<usize, WalletError> {
    let mut done = 0;
    for every in [Every::Month, Every::Quarter] {
        let mut reader = office.db().read().await?;
        let all = members::due_for(&mut reader, every).await?;
        let rules = office.rules(&mut reader).await?;
        let mut due = Vec::new();
        for (wallet_id, partner_id, _) in all {
            let Some(of) = rules.wallets.iter().find(|of| of.wallet_id == wallet_id) else {
                continue;
            };
            let today = of.wallet.time_zone.to_datetime(office.now()).date();
            let covered = Covered::last_before(every, today);
            let Some(covered) = covered else { continue };
            if !is_there(&mut reader, (wallet_id, partner_id), covered, every).await? {
                due.push((wallet_id, partner_id, covered));
            }
        }
        drop(reader);
        for (wallet_id, partner_id, covered) in due {
            done += usize::from(issue(office, (wallet_id, partner_id), every, covered).await?);
        }
    }
    Ok(done)
}

async fn is_there(
    reader: &mut Reader,
    (wallet_id, partner_id): (i64, i64),
    covered: Covered,
    every: Every,
) -> Result<bool, DbError> {
    let row = reader
        .row(
            "SELECT 1 FROM point_statement WHERE tenant_id = $1 AND wallet_id = $2 \
             AND partner_id = $3 AND to_day = $4 AND every = $5",
            args![reader.tenant(), wallet_id, partner_id, covered.to, every.word()],
        )
        .await?;
    Ok(row.is_some())
}

/// Issues one. Another process may have been here.
async fn issue(
    office: &Office,
    (wallet_id, partner_id): (i64, i64),
    every: Every,
    covered: Covered,
) -> Result<bool, WalletError> {
    let now = office.now();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    if is_there(&mut tx, (wallet_id, partner_id), covered, every).await? {
        return Ok(false);
    }
    let of = rules.wallets.iter().find(|of| of.wallet_id == wallet_id);
    let partner = catalog::partner_by_id(&mut tx, partner_id).await?;
    let (Some(of), Some(partner)) = (of, partner) else { return Ok(false) };
    // What time did is written down first, so that the ledger of those days is whole.
    while wallets::pass(&mut tx, &rules, &master, now).await?.owners > 0 {}
    let mut statement = gather(&mut tx, (&rules, &master), of, &partner, (now, covered)).await?;
    let tenant = tx.tenant();
    let next = tx
        .row(
            "SELECT COALESCE(MAX(statement_id), 0) + 1 FROM point_statement WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let statement_id = next.map_or(1, |row| row.int(0));
    let id = Id::new(Kind::PointStatement, now).to_string();
    statement.number = format!("{}-{statement_id:06}", of.code);
    let body = serde_json::to_string(&statement).map_err(|error| DbError::Derived {
        what: format!("a statement does not write: {error}"),
    })?;
    tx.execute(
        "INSERT INTO point_statement (tenant_id, statement_id, public_id, wallet_id, partner_id, \
         from_day, to_day, every, body, issued_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            tenant,
            statement_id,
            &id,
            wallet_id,
            partner_id,
            covered.from,
            covered.to,
            every.word(),
            &body,
            now
        ],
    )
    .await?;
    if outbox::is_heard(&mut tx).await? {
        let news = News::new(kinds::STATEMENT_ISSUED, Some(&partner.code))
            .says("statement", &id)
            .says("wallet", &of.code)
            .says("from", covered.from.to_string())
            .says("to", covered.to.to_string());
        outbox::tell(&mut tx, now, vec![news]).await?;
    }
    letters(&mut tx, now, (&id, &of.code), (partner_id, covered)).await?;
    tx.commit().await?;
    Ok(true)
}

/// The statement by mail, to everybody who reads for the partner: held back where somebody did not
/// agree to letters.
async fn letters(
    tx: &mut Tx,
    now: Timestamp,
    (id, wallet): (&str, &str),
    (partner_id, covered): (i64, Covered),
) -> Result<(), DbError> {
    if !mail::is_on(tx).await? {
        return Ok(());
    }
    for user in mail::readers_of(tx, partner_id).await? {
        let Some(to) = mail::To::user(&user) else { continue };
        let letter = mail::Letter {
            kind: mail::Kind::Statement,
            key: format!("statement/{id}/{}", user.id),
            to,
            partner_id: Some(partner_id),
            mailing_id: None,
            data: json!({ "statement": id, "wallet": wallet, "covered": covered.word() }),
            paper: Some(id.to_owned()),
        };
        mail::write(tx, now, &letter).await?;
    }
    Ok(())
}
