//! What goes into a statement: single arguments and whole columns.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;

/// An argument of a statement. Every kind can be absent, and says of which type it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<Cow<'a, [u8]>>),
}

/// The arguments of a statement in order: `args![tenant, code, Some("x")]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        &[$($crate::db::Arg::from($value)),*] as &[$crate::db::Arg<'_>]
    };
}

macro_rules! arg_from {
    ($($kind:ident from $type:ty: $value:ident => $into:expr;)*) => { $(
        impl<'a> From<$type> for Arg<'a> {
            fn from($value: $type) -> Arg<'a> {
                Arg::$kind($into)
            }
        }
    )* };
}

arg_from! {
    Int from i64: value => Some(value);
    Int from i32: value => Some(i64::from(value));
    Int from u32: value => Some(i64::from(value));
    Int from bool: value => Some(i64::from(value));
    Int from Option<i64>: value => value;
    Int from Timestamp: value => Some(value.as_microsecond());
    Int from Option<Timestamp>: value => value.map(Timestamp::as_microsecond);
    Int from Date: value => Some(days_of(value));
    Text from &'a str: value => Some(Cow::Borrowed(value));
    Text from &'a String: value => Some(Cow::Borrowed(value.as_str()));
    Text from String: value => Some(Cow::Owned(value));
    Text from Option<&'a str>: value => value.map(Cow::Borrowed);
    Text from Option<String>: value => value.map(Cow::Owned);
    Text from &'a Option<String>: value => value.as_deref().map(Cow::Borrowed);
    Text from &'a crate::id::Id: value => Some(Cow::Borrowed(value.as_str()));
    Bytes from &'a [u8]: value => Some(Cow::Borrowed(value));
    Bytes from Vec<u8>: value => Some(Cow::Owned(value));
    Bytes from Option<Vec<u8>>: value => value.map(Cow::Owned);
}

/// A column of values for many rows at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    Int(Vec<i64>),
    OptInt(Vec<Option<i64>>),
    Text(Vec<String>),
    OptText(Vec<Option<String>>),
    Bytes(Vec<Vec<u8>>),
    /// The same value in every row, such as the tenant.
    Same(Arg<'static>),
}

impl Column {
    /// The same value in every row.
    pub fn same(value: impl Into<Arg<'static>>) -> Column {
        Column::Same(value.into())
    }

    /// The values one by one; without end if it is the same in every row.
    pub(super) fn into_args(self) -> Box<dyn Iterator<Item = Arg<'static>> + Send> {
        match self {
            Column::Int(values) => Box::new(values.into_iter().map(Arg::from)),
            Column::OptInt(values) => Box::new(values.into_iter().map(Arg::from)),
            Column::Text(values) => Box::new(values.into_iter().map(Arg::from)),
            Column::OptText(values) => Box::new(values.into_iter().map(Arg::from)),
            Column::Bytes(values) => Box::new(values.into_iter().map(Arg::from)),
            Column::Same(value) => Box::new(std::iter::repeat(value)),
        }
    }

    /// The values for which `is` holds, and the others.
    pub(super) fn divide(self, is: &[bool]) -> (Column, Column) {
        fn by<T>(values: Vec<T>, is: &[bool]) -> (Vec<T>, Vec<T>) {
            let (mut so, mut not) = (Vec::new(), Vec::new());
            for (value, is) in values.into_iter().zip(is) {
                if *is { so.push(value) } else { not.push(value) }
            }
            (so, not)
        }
        fn both<T>(to: fn(Vec<T>) -> Column, (so, not): (Vec<T>, Vec<T>)) -> (Column, Column) {
            (to(so), to(not))
        }
        match self {
            Column::Int(values) => both(Column::Int, by(values, is)),
            Column::OptInt(values) => both(Column::OptInt, by(values, is)),
            Column::Text(values) => both(Column::Text, by(values, is)),
            Column::OptText(values) => both(Column::OptText, by(values, is)),
            Column::Bytes(values) => both(Column::Bytes, by(values, is)),
            Column::Same(value) => (Column::Same(value.clone()), Column::Same(value)),
        }
    }

    /// How many rows, unless it fits any number.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Column::Int(values) => Some(values.len()),
            Column::OptInt(values) => Some(values.len()),
            Column::Text(values) => Some(values.len()),
            Column::OptText(values) => Some(values.len()),
            Column::Bytes(values) => Some(values.len()),
            Column::Same(_) => None,
        }
    }
}

/// A business date as it is stored: days since 1970-01-01. Compact, and sorts as the dates do.
pub fn days_of(date: Date) -> i64 {
    let since = date.duration_since(Date::constant(1970, 1, 1));
    since.as_secs().div_euclid(86_400)
}

/// The date that many days after 1970-01-01, or `None` beyond the years -9999 to 9999.
pub fn date_of(days: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(days).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}
