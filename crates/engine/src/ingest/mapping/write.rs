//! Writing a mapping as text; what is as by default is left out.

use domain::yaml::{self, Tree};

use super::read::dates_word;
use super::{FieldSource, Mapping, Origin, Rest, YEARS_AWAY};
use crate::ingest::date::DateOrder;
use crate::ingest::number::DecimalSign;

impl Mapping {
    /// The mapping as YAML, in one form.
    pub fn write(&self) -> String {
        let mut entries: Vec<(String, Tree)> = Vec::new();
        let mut put = |key: &str, value: Tree| entries.push((key.to_owned(), value));
        put("mapping", Tree::text(&self.name));
        put("feeds", Tree::text(self.feeds.word()));
        if let Some(encoding) = &self.source.encoding {
            put("encoding", Tree::text(encoding));
        }
        if let Some(delimiter) = self.source.delimiter {
            put("delimiter", Tree::text(delimiter.word()));
        }
        if !self.source.quotes {
            put("quotes", Tree::text("no"));
        }
        if let Some(sheet) = &self.source.sheet {
            put("sheet", Tree::text(sheet));
        }
        if self.source.header_row != 1 {
            put("header", Tree::text(self.source.header_row.to_string()));
        }
        if self.decimal != DecimalSign::default() {
            put("decimal", decimal(self.decimal));
        }
        if self.dates != DateOrder::default() {
            put("dates", Tree::text(dates_word(self.dates)));
        }
        if let Some(zone) = &self.time_zone {
            put("time_zone", Tree::text(zone));
        }
        if self.years_away != YEARS_AWAY {
            put("years_away", Tree::text(self.years_away.to_string()));
        }
        if self.review {
            put("review", Tree::text("yes"));
        }
        let fields = self.fields.iter().map(|(field, source)| (field.to_string(), tree(source)));
        put("fields", Tree::Map(fields.collect()));
        if !self.attributes.is_empty() {
            let own = self.attributes.iter().map(|(name, source)| (name.clone(), tree(source)));
            put("attributes", Tree::Map(own.collect()));
        }
        match &self.rest {
            Rest::None => {}
            Rest::All => put("rest", Tree::text("all")),
            Rest::Columns(columns) => put("rest", texts(columns)),
        }
        yaml::write(&Tree::Map(entries))
    }
}

fn tree(source: &FieldSource) -> Tree {
    let plain = source.values.is_empty() && source.decimal.is_none() && source.dates.is_none();
    let mut entries = match &source.origin {
        Origin::Column(column) if plain => return Tree::text(column),
        Origin::Column(column) => vec![("column".to_owned(), Tree::text(column))],
        Origin::Columns { columns, join } => {
            vec![("columns".to_owned(), texts(columns)), ("join".to_owned(), Tree::text(join))]
        }
        Origin::Constant(text) => vec![("constant".to_owned(), Tree::text(text))],
    };
    if !source.values.is_empty() {
        let values = source.values.iter().map(|(key, value)| (key.clone(), Tree::text(value)));
        entries.push(("values".to_owned(), Tree::Map(values.collect())));
    }
    if let Some(sign) = source.decimal {
        entries.push(("decimal".to_owned(), decimal(sign)));
    }
    if let Some(order) = source.dates {
        entries.push(("dates".to_owned(), Tree::text(dates_word(order))));
    }
    Tree::Map(entries)
}

fn decimal(sign: DecimalSign) -> Tree {
    Tree::text(match sign {
        DecimalSign::Point => ".",
        DecimalSign::Comma => ",",
    })
}

fn texts(columns: &[String]) -> Tree {
    Tree::List(columns.iter().map(Tree::text).collect())
}
