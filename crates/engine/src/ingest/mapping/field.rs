//! The fields that a source can feed: the keys of a fact line, of a partner, of a product, of a
//! payee, of an entry of reference data, of an amount from outside.

use std::fmt;

use domain::fact::FactKind;

use super::Feeds;
use crate::catalog::ReferenceTable;

/// A field of a fact, a partner, a product, a payee, an entry of reference data or an amount from
/// outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The source's key of a fact.
    Key,
    /// The key of a fact of this kind, in a column of its own: `sale`, `return`.
    KeyOf(FactKind),
    Kind,
    /// The business date, `date` or `on`.
    Date,
    /// The key of the sale that a return takes back.
    Of,
    Partner,
    Product,
    Quantity,
    Unit,
    Amount,
    Currency,
    Order,
    Line,
    Channel,
    /// Of an activity.
    Type,
    /// A further partner of the fact: `party.ship_to`.
    Party(String),
    Code,
    /// `name`, or in a language `name.ja`; the empty text is no language.
    Name(String),
    Country,
    Region,
    Segment,
    Level,
    Joined,
    Parent,
    /// The category, or the widest of a path.
    Category,
    /// The category below.
    Subcategory,
    /// All categories from the widest to the narrowest in one cell, with `/` or `>` between them.
    CategoryPath,
    Brand,
    /// The name of a list of codes or of a price list.
    List,
    /// The name of a figure table.
    Table,
    /// The name of a period.
    Period,
    /// The value of a group that a figure is for: `group.brand`.
    Group(String),
    Value,
    Price,
    /// The currency that a rate leads to.
    In,
    Rate,
    /// How many a unit holds.
    Holds,
    /// Since when an entry holds.
    From,
    Street,
    PostalCode,
    Town,
    TaxNumber,
    /// How rebates to a payee are taxed.
    Treatment,
    /// In per cent.
    VatRate,
    Iban,
    Bic,
    /// Who an account belongs to, as the bank knows them.
    Holder,
    /// The code of a Japanese bank.
    Bank,
    BankName,
    Branch,
    BranchName,
    AccountType,
    AccountNumber,
    /// The code of a program.
    Program,
    /// The code of a term.
    Term,
    /// Why an amount is what it is, for people to read.
    Reason,
}

const FACT: [Field; 15] = [
    Field::Key,
    Field::Kind,
    Field::Date,
    Field::Of,
    Field::Partner,
    Field::Product,
    Field::Quantity,
    Field::Unit,
    Field::Amount,
    Field::Currency,
    Field::Order,
    Field::Line,
    Field::Channel,
    Field::Type,
    Field::KeyOf(FactKind::Sale),
];

const PARTNER: [Field; 7] = [
    Field::Code,
    Field::Country,
    Field::Region,
    Field::Segment,
    Field::Level,
    Field::Joined,
    Field::Parent,
];

const PRODUCT: [Field; 6] = [
    Field::Code,
    Field::Category,
    Field::Subcategory,
    Field::CategoryPath,
    Field::Brand,
    Field::Unit,
];

const RATE: [Field; 4] = [Field::Of, Field::In, Field::Rate, Field::From];

const UNIT: [Field; 5] = [Field::Product, Field::Unit, Field::Holds, Field::Of, Field::From];

const LISTED: [Field; 2] = [Field::List, Field::Code];

const FIGURE: [Field; 5] = [Field::Table, Field::Partner, Field::Period, Field::Value, Field::From];

const PRICE: [Field; 5] = [Field::List, Field::Product, Field::Price, Field::Currency, Field::From];

const HOLIDAY: [Field; 2] = [Field::Country, Field::Date];

const PAYEE: [Field; 17] = [
    Field::Partner,
    Field::Country,
    Field::Street,
    Field::PostalCode,
    Field::Town,
    Field::TaxNumber,
    Field::Treatment,
    Field::VatRate,
    Field::Iban,
    Field::Bic,
    Field::Holder,
    Field::Bank,
    Field::BankName,
    Field::Branch,
    Field::BranchName,
    Field::AccountType,
    Field::AccountNumber,
];

const EXTERNAL: [Field; 8] = [
    Field::Key,
    Field::Program,
    Field::Term,
    Field::Partner,
    Field::Period,
    Field::Date,
    Field::Amount,
    Field::Reason,
];

impl Field {
    /// The field of this name, in what the source feeds.
    pub fn parse(feeds: Feeds, word: &str) -> Option<Field> {
        if feeds == Feeds::Facts {
            if word == "on" {
                return Some(Field::Date);
            }
            if let Some(kind) = FactKind::from_word(word) {
                return Some(Field::KeyOf(kind));
            }
            if let Some(role) = word.strip_prefix("party.") {
                let named = role.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                return (named && !role.is_empty()).then(|| Field::Party(role.to_owned()));
            }
        } else if feeds == Feeds::Payees {
            if word == "name" {
                return Some(Field::Name(String::new()));
            }
        } else if feeds == Feeds::Reference(ReferenceTable::BankHolidays) {
            if let Some(name) = Field::named(word) {
                return Some(name);
            }
        } else if matches!(feeds, Feeds::Reference(_) | Feeds::External) {
            let has_groups = [Feeds::Reference(ReferenceTable::Figures), Feeds::External];
            let group = word.strip_prefix("group.").filter(|name| !name.is_empty());
            if let Some(name) = group.filter(|_| has_groups.contains(&feeds)) {
                return Some(Field::Group(name.to_owned()));
            }
        } else if word == "name" {
            return Some(Field::Name(String::new()));
        } else if word.starts_with("name.") {
            return Field::named(word);
        }
        Field::fixed(feeds).iter().find(|field| field.to_string() == word).cloned()
    }

    /// A name in a language: `name.ja`.
    fn named(word: &str) -> Option<Field> {
        let language = word.strip_prefix("name.")?;
        let right = language.len() == 2 && language.bytes().all(|b| b.is_ascii_lowercase());
        right.then(|| Field::Name(language.to_owned()))
    }

    /// The names a mapping may use, for messages and forms. Roles and languages are examples.
    pub fn words(feeds: Feeds) -> Vec<String> {
        let mut words: Vec<String> = Field::fixed(feeds).iter().map(Field::to_string).collect();
        let further: &[&str] = match feeds {
            Feeds::Facts => &["return", "credit_note", "activity", "party.ship_to"],
            Feeds::Partners | Feeds::Products => &["name", "name.en", "name.ja"],
            Feeds::Reference(ReferenceTable::Figures) | Feeds::External => &["group.brand"],
            Feeds::Reference(ReferenceTable::BankHolidays) => &["name.en", "name.ja"],
            Feeds::Payees => &["name"],
            Feeds::Reference(_) => &[],
        };
        words.extend(further.iter().map(|word| (*word).to_owned()));
        words
    }

    fn fixed(feeds: Feeds) -> &'static [Field] {
        match feeds {
            Feeds::Facts => &FACT,
            Feeds::Partners => &PARTNER,
            Feeds::Products => &PRODUCT,
            Feeds::Reference(ReferenceTable::ExchangeRates) => &RATE,
            Feeds::Reference(ReferenceTable::UnitFactors) => &UNIT,
            Feeds::Reference(ReferenceTable::Lists) => &LISTED,
            Feeds::Reference(ReferenceTable::Figures) => &FIGURE,
            Feeds::Reference(ReferenceTable::Prices) => &PRICE,
            Feeds::Reference(ReferenceTable::BankHolidays) => &HOLIDAY,
            Feeds::Payees => &PAYEE,
            Feeds::External => &EXTERNAL,
        }
    }

    /// What an entry of reference data cannot do without.
    pub fn needed(table: ReferenceTable) -> &'static [Field] {
        match table {
            ReferenceTable::ExchangeRates => &[Field::Of, Field::In, Field::Rate],
            ReferenceTable::UnitFactors => &[Field::Unit, Field::Holds, Field::Of],
            ReferenceTable::Lists => &[Field::List, Field::Code],
            ReferenceTable::Figures => &[Field::Table, Field::Value],
            ReferenceTable::Prices => &[Field::List, Field::Product, Field::Price, Field::Currency],
            ReferenceTable::BankHolidays => &[Field::Country, Field::Date],
        }
    }

    pub fn is_number(&self) -> bool {
        matches!(
            self,
            Field::Quantity
                | Field::Amount
                | Field::Value
                | Field::Price
                | Field::Rate
                | Field::Holds
                | Field::VatRate
        )
    }

    pub fn is_date(&self) -> bool {
        matches!(self, Field::Date | Field::Joined | Field::From)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::Key => "key",
            Field::KeyOf(kind) => kind.word(),
            Field::Kind => "kind",
            Field::Date => "date",
            Field::Of => "of",
            Field::Partner => "partner",
            Field::Product => "product",
            Field::Quantity => "quantity",
            Field::Unit => "unit",
            Field::Amount => "amount",
            Field::Currency => "currency",
            Field::Order => "order",
            Field::Line => "line",
            Field::Channel => "channel",
            Field::Type => "type",
            Field::Party(role) => return write!(f, "party.{role}"),
            Field::Code => "code",
            Field::Name(language) if language.is_empty() => "name",
            Field::Name(language) => return write!(f, "name.{language}"),
            Field::Country => "country",
            Field::Region => "region",
            Field::Segment => "segment",
            Field::Level => "level",
            Field::Joined => "joined",
            Field::Parent => "parent",
            Field::Category => "category",
            Field::Subcategory => "subcategory",
            Field::CategoryPath => "category_path",
            Field::Brand => "brand",
            Field::List => "list",
            Field::Table => "table",
            Field::Period => "period",
            Field::Group(name) => return write!(f, "group.{name}"),
            Field::Value => "value",
            Field::Price => "price",
            Field::In => "in",
            Field::Rate => "rate",
            Field::Holds => "holds",
            Field::From => "from",
            Field::Street => "street",
            Field::PostalCode => "postal_code",
            Field::Town => "town",
            Field::TaxNumber => "tax_number",
            Field::Treatment => "treatment",
            Field::VatRate => "vat_rate",
            Field::Iban => "iban",
            Field::Bic => "bic",
            Field::Holder => "holder",
            Field::Bank => "bank",
            Field::BankName => "bank_name",
            Field::Branch => "branch",
            Field::BranchName => "branch_name",
            Field::AccountType => "account_type",
            Field::AccountNumber => "account_number",
            Field::Program => "program",
            Field::Term => "term",
            Field::Reason => "reason",
        })
    }
}
