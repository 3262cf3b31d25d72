//! The first rows of a file as a mapping reads them, before anything is imported.

use engine::ingest::mapping::Mapping;
use engine::ingest::rejection::Rejection;
use engine::ingest::row::{ExternalAmount, FactRow, Mapper, PartnerRow, PayeeRow, ProductRow};
use engine::ingest::source::Record;
use engine::papers::party::{Account, Treatment};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use super::imports::language;
use super::mappings::label_of;
use crate::api::written_entry;
use crate::i18n::Lang;

/// Rows that are shown.
const ROWS_SHOWN: usize = 8;

/// A cell as it is read, or why it cannot be.
type Cell = Result<String, String>;

/// Headings and rows of the preview. Without a complete mapping there is none.
pub fn preview(
    lang: Lang,
    mapping: &Mapping,
    headings: &[String],
    rows: &[Record],
    today: Date,
) -> (Vec<String>, Vec<Vec<Cell>>) {
    let fields: Vec<String> = mapping.fields.keys().map(ToString::to_string).collect();
    let label = |word: &String| label_of(lang.words(), mapping.feeds, word);
    let labels = fields.iter().map(label).collect();
    let Ok(mapper) = Mapper::new(mapping, headings) else { return (labels, vec![]) };
    let mapper = mapper.on(today);
    let rows = rows
        .iter()
        .take(ROWS_SHOWN)
        .map(|record| {
            let read = read(&mapper, record);
            match read {
                Ok(read) => fields.iter().map(|word| Ok(read(word))).collect(),
                Err(rejection) => refused(lang, mapping, &fields, record, headings, &rejection),
            }
        })
        .collect();
    (labels, rows)
}

/// A row as it was read: a text for each field.
type Texts<'a> = Box<dyn Fn(&str) -> String + 'a>;

/// Reads a row.
fn read<'a>(mapper: &'a Mapper, record: &'a Record) -> Result<Texts<'a>, Rejection> {
    use engine::ingest::mapping::Feeds;
    Ok(match mapper.feeds() {
        Feeds::Facts => {
            let row = mapper.fact(record)?;
            Box::new(move |word| of_fact(&row, word))
        }
        Feeds::Partners => {
            let row = mapper.partner(record)?;
            Box::new(move |word| of_partner(&row, word))
        }
        Feeds::Products => {
            let row = mapper.product(record)?;
            Box::new(move |word| of_product(&row, word))
        }
        Feeds::Payees => {
            let row = mapper.payee(record)?;
            Box::new(move |word| of_payee(&row, word))
        }
        Feeds::External => {
            let row = mapper.external(record)?;
            Box::new(move |word| of_external(&row, word))
        }
        Feeds::Reference(_) => {
            let (name, entry) = written_entry(mapper.entry(record)?.said());
            Box::new(move |word| of_entry(&name, &entry, word))
        }
    })
}

/// The cells as they stand, and the reason in the column it is about.
fn refused(
    lang: Lang,
    mapping: &Mapping,
    fields: &[String],
    record: &Record,
    headings: &[String],
    rejection: &Rejection,
) -> Vec<Cell> {
    let said = rejection.sentence(language(lang));
    let mut told = false;
    let mut cells: Vec<Cell> = mapping
        .fields
        .values()
        .map(|source| {
            let column = source.columns().first();
            if column.is_some() && column == rejection.column.as_ref() && !told {
                told = true;
                return Err(said.clone());
            }
            let at = column.and_then(|name| headings.iter().position(|heading| heading == name));
            Ok(at.map_or_else(String::new, |at| record.cell(at).to_string()))
        })
        .collect();
    if !told && !fields.is_empty() {
        cells[0] = Err(said);
    }
    cells
}

fn of_fact(row: &FactRow, word: &str) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match word {
        "key" => row.key.to_string(),
        "kind" => row.kind.word().into(),
        "date" => row.at.date().to_string(),
        "of" => row.of.as_ref().map(ToString::to_string).unwrap_or_default(),
        "partner" => row.partner.as_ref().map(ToString::to_string).unwrap_or_default(),
        "product" => row.product.as_ref().map(ToString::to_string).unwrap_or_default(),
        "quantity" => row.quantity.map(crate::format::quantity).unwrap_or_default(),
        "unit" => row.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        "amount" => row.amount.map(crate::format::quantity).unwrap_or_default(),
        "currency" => row.currency.map(|currency| currency.to_string()).unwrap_or_default(),
        "order" => text(&row.order),
        "line" => text(&row.line),
        "channel" => text(&row.channel),
        "type" => text(&row.activity_type),
        _ => match word.strip_prefix("party.") {
            Some(role) => row
                .parties
                .iter()
                .find(|(name, _)| &**name == role)
                .map(|(_, code)| code.to_string())
                .unwrap_or_default(),
            // The key in a column of its own kind.
            None if row.kind.word() == word => row.key.to_string(),
            None => String::new(),
        },
    }
}

fn of_partner(row: &PartnerRow, word: &str) -> String {
    match word {
        "code" => row.code.to_string(),
        "name" => row.names.get("").cloned().unwrap_or_default(),
        _ => match word.strip_prefix("name.") {
            Some(language) => row.names.get(language).cloned().unwrap_or_default(),
            None => row.fields.get(word).cloned().unwrap_or_default(),
        },
    }
}

/// A payee as its row says it, the account by its end.
fn of_payee(row: &PayeeRow, word: &str) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let account = row.account.as_ref();
    match word {
        "partner" => row.partner.to_string(),
        "name" => text(&row.name),
        "street" => text(&row.street),
        "postal_code" => text(&row.postal_code),
        "town" => text(&row.town),
        "country" => row.country.as_ref().map(ToString::to_string).unwrap_or_default(),
        "tax_number" => text(&row.tax_number),
        "treatment" => row.treatment.map(|it| it.word().to_owned()).unwrap_or_default(),
        "vat_rate" => match row.treatment {
            Some(Treatment::Vat { rate }) => (rate * Decimal::ONE_HUNDRED).normalize().to_string(),
            _ => String::new(),
        },
        "holder" => account.map(|account| account.holder().to_owned()).unwrap_or_default(),
        _ => match (word, account) {
            ("iban", Some(it @ Account::Iban(_)))
            | ("account_number", Some(it @ (Account::Japan(_) | Account::Other(_)))) => it.masked(),
            ("bic", Some(Account::Iban(it))) => {
                it.bic.as_ref().map(ToString::to_string).unwrap_or_default()
            }
            ("bic", Some(Account::Other(it))) => it.bic.to_string(),
            ("bank", Some(Account::Japan(it))) => it.bank.as_str().to_owned(),
            ("bank_name", Some(Account::Japan(it))) => it.bank_name.clone(),
            ("branch", Some(Account::Japan(it))) => it.branch.as_str().to_owned(),
            ("branch_name", Some(Account::Japan(it))) => it.branch_name.clone(),
            ("account_type", Some(Account::Japan(it))) => it.kind.word().to_owned(),
            _ => String::new(),
        },
    }
}

fn of_external(row: &ExternalAmount, word: &str) -> String {
    match word {
        "key" => row.key.clone(),
        "program" => row.program.clone(),
        "term" => row.term.clone(),
        "partner" => row.partner.to_string(),
        "period" => row.period.clone().unwrap_or_default(),
        "date" => row.on.map(|day| day.to_string()).unwrap_or_default(),
        "amount" => crate::format::quantity(row.amount),
        "reason" => row.reason.clone().unwrap_or_default(),
        _ => {
            let name = word.strip_prefix("group.").unwrap_or_default();
            let value = row.group.iter().find(|(known, _)| known == name);
            value.map(|(_, value)| value.clone()).unwrap_or_default()
        }
    }
}

fn of_entry(name: &str, entry: &Value, word: &str) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match word.strip_prefix("group.") {
        Some(group) => text(&entry["groups"][group]),
        None if matches!(word, "list" | "table") => name.to_owned(),
        None => match word.strip_prefix("name.") {
            Some(language) => text(&entry["names"][language]),
            None => text(&entry[word]),
        },
    }
}

fn of_product(row: &ProductRow, word: &str) -> String {
    match word {
        "code" => row.code.to_string(),
        "name" => row.names.get("").cloned().unwrap_or_default(),
        "category_path" => row.category_path.join(" / "),
        _ => match word.strip_prefix("name.") {
            Some(language) => row.names.get(language).cloned().unwrap_or_default(),
            None => row.fields.get(word).cloned().unwrap_or_default(),
        },
    }
}
