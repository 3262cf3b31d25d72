//! Master data: partners with their history, products, reference data; mappings and settings.
//!
//! Partners and products come in batches and are told apart by their codes, which are taken as
//! written. What a batch says is merged into what is known: a field it does not name stays, a field
//! it names with an empty value is cleared.
//!
//! # Promises
//!
//! * A second run of the same batch changes nothing and says so.
//! * A change of a partner holds from the day it is given for; what the partner was before that day
//!   can still be read. A new partner is what it is from the beginning.
//! * No partner is its own ancestor. Parents may be unknown yet.
//! * Every change raises the version of the master data, so that a cache knows when to load again.
//! * Ids of partners and products are small and dense, and are never used again.
//!
//! A ship-to site is a partner whose `parent` is the partner it belongs to; facts name it in their
//! role `ship_to`.

mod load;
mod mapping;
mod partner;
mod product;
mod reference;
mod setting;
mod shelf;
mod text;
mod tree;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::db::DbError;

pub use domain::master::Fields;
pub use load::{MasterCache, MasterData, load_master, master_version};
pub use mapping::{Mapping, MappingTarget, delete_mapping, find_mapping, mappings, save_mapping};
pub use partner::{
    Moved, PartnerRow, children_of, move_partners, partner_by_code, partner_by_id,
    partner_by_public_id, partner_codes, partner_history, partners, upsert_partners,
};
pub use product::{
    ProductRow, categories, product_by_code, product_by_id, products, upsert_products,
};
pub use reference::{
    Became, EntryRejection, KeptEntry, ReferenceEntry, ReferenceListing, ReferenceTable, Said,
    Touched, bank_days, code_lists, delete_code_list, exchange_rates, figures, prices,
    put_reference, reference_entries, reference_names, remove_reference, set_code_list,
    unit_factors, units,
};
pub use setting::{Settings, load_settings, save_settings, set_setting, setting, today};
pub use text::name_in;

/// Names by language: `en`, `ja`.
pub type Names = BTreeMap<String, String>;

/// What a batch says about a partner or a product. The fields stand under the names the language
/// uses: of a partner `parent`, `country`, `region`, `level`, …, of a product `category`, `brand`,
/// `unit`, …, and custom ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    // INVARIANT: not empty, no control characters, within the limits.
    code: String,
    names: Names,
    fields: Fields,
}

/// No code is longer.
pub const CODE_CHARS_MAX: usize = 200;
/// No name or value of a field is longer.
pub const VALUE_CHARS_MAX: usize = 2_000;
/// No partner or product has more fields.
pub const FIELDS_MAX: usize = 500;

impl Item {
    pub fn new(code: &str, names: Names, fields: Fields) -> Result<Item, ItemRejection> {
        text::check_code(code)?;
        if names.len() + fields.len() > FIELDS_MAX {
            return Err(ItemRejection::TooManyFields { count: names.len() + fields.len() });
        }
        for (field, value) in names.iter().chain(&fields) {
            text::check_value(field, value)?;
        }
        Ok(Item { code: code.to_owned(), names, fields })
    }

    pub fn code(&self) -> &str {
        &self.code
    }
}

/// Why a row cannot become a partner or a product.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ItemRejection {
    #[error("the code is missing")]
    NoCode,
    #[error("the code `{code}` is too long or holds a control character")]
    BadCode { code: String },
    #[error("the value of `{field}` is longer than {VALUE_CHARS_MAX} characters or holds a NUL")]
    BadValue { field: String },
    #[error("{count} fields are more than the {FIELDS_MAX} allowed")]
    TooManyFields { count: usize },
    #[error("`{code}` would be its own ancestor through its parent `{parent}`")]
    OwnAncestor { code: String, parent: String },
}

/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upserted {
    pub created: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Codes that were left as they were, and why.
    pub rejected: Vec<(String, ItemRejection)>,
}

/// Which part of a list to show.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Part of a code or of a name in any language; empty for all.
    pub search: String,
    pub offset: i64,
    /// At most [`ROWS_PER_PAGE_MAX`].
    pub limit: i64,
}

/// No page of a list is longer.
pub const ROWS_PER_PAGE_MAX: i64 = 1_000;

/// A part of a list, and how long the whole is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub total: i64,
}

/// Something about master data, mappings or settings could not be done.
#[derive(Debug, Error)]
pub enum CatalogError {
    #[error(transparent)]
    Db(#[from] DbError),

    #[error("`{name}` cannot be a name; use 1 to {CODE_CHARS_MAX} characters")]
    BadName { name: String },

    #[error("the setting `{key}` cannot be `{value}`; {expected}")]
    BadSetting { key: &'static str, value: String, expected: &'static str },

    #[error("there is no {what} `{name}`")]
    NotFound { what: &'static str, name: String },
}

#[cfg(test)]
mod tests;
