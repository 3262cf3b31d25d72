//! Long lists, in parts.

use serde::Serialize;
use utoipa::ToSchema;

use super::input::Params;
use super::problem::Fault;

/// How many a page has, unless the request says otherwise.
const LIMIT: i64 = 100;
/// No page has more.
pub const LIMIT_MAX: i64 = 1_000;

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageOf<T: ToSchema> {
    pub items: Vec<T>,
    /// Send it as `cursor` for the next part; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many there are in all, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// Which part is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// How many come before it.
    pub offset: i64,
    pub limit: i64,
}

impl Part {
    /// Reads `limit` and `cursor`.
    pub fn of(params: &mut Params) -> Part {
        let limit = params.number("limit", (1, LIMIT_MAX)).unwrap_or(LIMIT);
        let offset = match params.text("cursor") {
            None => 0,
            Some(cursor) => read(&cursor).unwrap_or_else(|| {
                let detail = format!("`{cursor}` is no cursor of ours; send `next` as it came");
                params.faults.push(Fault::in_parameter("cursor", "bad_value", detail));
                0
            }),
        };
        Part { offset, limit }
    }

    /// The page, where the store gave this part and knows how long the whole is.
    pub fn page<T: ToSchema>(self, items: Vec<T>, total: i64) -> PageOf<T> {
        let reached = self.offset + i64::try_from(items.len()).unwrap_or(0);
        let next = (reached < total && !items.is_empty()).then(|| write(reached));
        PageOf { items, next, total: Some(total) }
    }

    /// The page of a list that is there as a whole.
    pub fn cut<R, T: ToSchema>(self, all: Vec<R>, show: impl FnMut(R) -> T) -> PageOf<T> {
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(self.limit).unwrap_or(0);
        let items = all.into_iter().skip(offset).take(limit).map(show).collect();
        self.page(items, total)
    }
}

/// A cursor is opaque to callers, so that what it counts may change.
fn write(offset: i64) -> String {
    format!("c{offset}")
}

fn read(cursor: &str) -> Option<i64> {
    cursor.strip_prefix('c')?.parse().ok().filter(|offset| *offset >= 0)
}

/// A page of something in the order of codes: the cursor is the last code.
pub fn after(params: &mut Params) -> (String, i64) {
    let limit = params.number("limit", (1, LIMIT_MAX)).unwrap_or(LIMIT);
    (params.text("cursor").unwrap_or_default(), limit)
}

pub fn page_after<T: ToSchema>(items: Vec<T>, last: Option<String>, limit: i64) -> PageOf<T> {
    let full = usize::try_from(limit).is_ok_and(|limit| items.len() >= limit);
    PageOf { items, next: last.filter(|_| full), total: None }
}

/// A page of something numbered downwards: the cursor is the last number.
pub fn before(params: &mut Params) -> (i64, i64) {
    let part = Part::of(params);
    (if part.offset == 0 { i64::MAX } else { part.offset }, part.limit)
}

pub fn page_before<T: ToSchema>(items: Vec<T>, last: Option<i64>, limit: i64) -> PageOf<T> {
    let full = usize::try_from(limit).is_ok_and(|limit| items.len() >= limit);
    let next = last.filter(|_| full).map(write);
    PageOf { items, next, total: None }
}
