//! Reading a table whose rows have a code and are searched by code and name.

use super::text::pattern;
use super::{Listing, Page, ROWS_PER_PAGE_MAX};
use crate::db::{Arg, AssertSqlSafe, DbError, Reader, Row, args};

/// A table, the columns that are read of it, and what a row of them is.
pub(super) struct Shelf<T> {
    pub table: &'static str,
    pub columns: &'static str,
    pub read: fn(&Row) -> T,
}

impl<T> Shelf<T> {
    /// The rows for which `condition` holds of `$2`, by code.
    pub async fn all(
        &self,
        reader: &mut Reader,
        condition: &'static str,
        of: impl Into<Arg<'_>>,
    ) -> Result<Vec<T>, DbError> {
        let tenant = reader.tenant();
        let sql = format!("{} AND {condition} ORDER BY code", self.select());
        let rows = reader.rows(AssertSqlSafe(sql), &[Arg::from(tenant), of.into()]).await?;
        Ok(rows.iter().map(self.read).collect())
    }

    /// The one row for which `condition` holds of `$2`.
    pub async fn one(
        &self,
        reader: &mut Reader,
        condition: &'static str,
        of: impl Into<Arg<'_>>,
    ) -> Result<Option<T>, DbError> {
        Ok(self.all(reader, condition, of).await?.into_iter().next())
    }

    /// A page of what a search finds, by code.
    pub async fn page(&self, reader: &mut Reader, listing: &Listing) -> Result<Page<T>, DbError> {
        const FOUND: &str = "search LIKE $2 ESCAPE '!'";
        let (tenant, pattern) = (reader.tenant(), pattern(&listing.search));
        let count = format!("SELECT count(*) FROM {} WHERE tenant_id = $1 AND {FOUND}", self.table);
        let total = reader.row(AssertSqlSafe(count), args![tenant, &pattern]).await?;
        let limit = listing.limit.clamp(1, ROWS_PER_PAGE_MAX);
        let sql = format!("{} AND {FOUND} ORDER BY code LIMIT $3 OFFSET $4", self.select());
        let args = args![tenant, &pattern, limit, listing.offset.max(0)];
        let rows = reader.rows(AssertSqlSafe(sql), args).await?;
        let rows = rows.iter().map(self.read).collect();
        Ok(Page { rows, total: total.map_or(0, |row| row.int(0)) })
    }

    fn select(&self) -> String {
        format!("SELECT {} FROM {} WHERE tenant_id = $1", self.columns, self.table)
    }
}
