//! Mappings: the saved ones, and the form that shows one and is read back into one.
//!
//! A form that comes back as it was shown says the same mapping: what the form has no field for
//! stays as it is.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::catalog::{self, MappingTarget, ReferenceTable};
use engine::imports::{self, Filter};
use engine::ingest::date::{DateOrder, Epoch};
use engine::ingest::mapping::{
    EXTERNAL_NEEDED, Feeds, Field, FieldSource, Mapping, Origin as From, Rest,
};
use engine::ingest::number::DecimalSign;
use engine::ingest::source::{Delimiter, SourceOptions};

use super::imports::{kind_of, read_body, save, saved};
use crate::app::{App, Routes};
use crate::console::import_map::{Constant, FileColumn, Layout, MappingForm};
use crate::console::imports::ImportKind;
use crate::console::{mapping, mappings};
use crate::failure::Failure;
use crate::i18n::{Lang, Words};
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/mappings", get(show_mappings));
    routes.get("/console/mappings/{name}", get(show_mapping));
    routes.post("/console/mappings/{name}", post(save_mapping));
}

/// How the select of a column stands.
pub fn field_of(mapping: &Mapping, heading: &str) -> String {
    let is_it = |source: &&FieldSource| source.origin == From::Column(heading.into());
    if let Some((field, _)) = mapping.fields.iter().find(|(_, source)| is_it(source)) {
        return field.to_string();
    }
    let attribute = match &mapping.rest {
        Rest::None => false,
        Rest::All => {
            !mapping.fields.values().any(|source| source.columns().contains(&heading.into()))
        }
        Rest::Columns(columns) => columns.iter().any(|column| column == heading),
    };
    let named = mapping.attributes.values().any(|source| is_it(&source));
    if attribute || named { format!("attribute.{heading}") } else { String::new() }
}

pub fn form_of(
    lang: Lang,
    mapping: &Mapping,
    name: String,
    columns: Vec<FileColumn>,
) -> MappingForm {
    let words = lang.words();
    let d = &words.data;
    let pair = |key: &str, label: &str| (key.to_string(), label.to_string());
    let auto = pair("", d.found_out);
    let mut encodings = vec![auto.clone()];
    encodings.extend(["utf-8", "cp932", "utf-16le"].map(|label| pair(label, label)));
    let mut delimiters = vec![auto];
    delimiters.extend(Delimiter::ALL.map(|one| pair(one.word(), one.word())));
    let date_formats = vec![
        pair("year_first", d.year_first),
        pair("day_first", d.day_first),
        pair("month_first", d.month_first),
        pair("serial", d.days_serial),
    ];
    let source = &mapping.source;
    MappingForm {
        name,
        kind: kind_of(mapping.feeds),
        layout: Layout {
            encoding: source.encoding.clone().unwrap_or_default(),
            delimiter: source.delimiter.map(|one| one.word().into()).unwrap_or_default(),
            header_row: source.header_row,
            review: (mapping.feeds == Feeds::Facts).then_some(mapping.review),
            dates: dates_key(mapping.dates).into(),
            numbers: decimal_key(mapping.decimal).into(),
            sheet: source.sheet.clone(),
        },
        columns,
        constants: constants(words, mapping),
        fields: Field::words(mapping.feeds)
            .into_iter()
            .map(|word| (word.clone(), label_of(words, mapping.feeds, &word)))
            .collect(),
        encodings,
        delimiters,
        number_formats: vec![pair("point", d.decimal_point), pair("comma", d.decimal_comma)],
        date_formats,
        base: mapping.write(),
        missing: missing(words, mapping),
    }
}

/// Fields that are often the same in all rows of a file.
fn often_constant(feeds: Feeds) -> &'static [&'static str] {
    match feeds {
        Feeds::Facts => &["currency", "unit", "kind"],
        Feeds::Partners | Feeds::Products => &[],
        Feeds::Payees => &["country", "treatment"],
        Feeds::External => &["program", "term", "period"],
        Feeds::Reference(ReferenceTable::BankHolidays) => &["country"],
        Feeds::Reference(ReferenceTable::ExchangeRates) => &["in", "from"],
        Feeds::Reference(ReferenceTable::UnitFactors) => &["unit", "of", "from"],
        Feeds::Reference(ReferenceTable::Lists) => &["list"],
        Feeds::Reference(ReferenceTable::Figures) => &["table", "period", "from"],
        Feeds::Reference(ReferenceTable::Prices) => &["list", "currency", "from"],
    }
}

pub fn constants(words: &Words, mapping: &Mapping) -> Vec<Constant> {
    often_constant(mapping.feeds)
        .iter()
        .filter_map(|word| {
            let field = Field::parse(mapping.feeds, word)?;
            let value = match mapping.fields.get(&field).map(|source| &source.origin) {
                Some(From::Constant(text)) => text.clone(),
                Some(_) => return None,
                None => String::new(),
            };
            let label = label_of(words, mapping.feeds, word);
            Some(Constant { field: (*word).into(), label, value })
        })
        .collect()
}

/// Required fields that nothing is read as; or what else is wrong.
pub fn missing(words: &Words, mapping: &Mapping) -> Vec<String> {
    let problems = mapping.problems();
    if problems.is_empty() {
        return vec![];
    }
    let has = |word: &str| {
        Field::parse(mapping.feeds, word).is_some_and(|field| mapping.fields.contains_key(&field))
    };
    let needed: Vec<String> = match mapping.feeds {
        Feeds::Facts => ["key", "date", "partner"].map(str::to_owned).to_vec(),
        Feeds::Partners | Feeds::Products => vec!["code".to_owned()],
        Feeds::Payees => vec!["partner".to_owned()],
        Feeds::External => EXTERNAL_NEEDED.iter().map(Field::to_string).collect(),
        Feeds::Reference(table) => Field::needed(table).iter().map(Field::to_string).collect(),
    };
    let absent: Vec<String> = needed
        .iter()
        .filter(|word| !has(word))
        .map(|word| label_of(words, mapping.feeds, word))
        .collect();
    if absent.is_empty() { problems } else { absent }
}

/// A field of what is fed, by its name in the reader's language.
pub fn label_of(words: &Words, feeds: Feeds, word: &str) -> String {
    let Feeds::Reference(table) = feeds else {
        if feeds == Feeds::External {
            return external_label(words, word);
        }
        let of_payee = if feeds == Feeds::Payees { payee_label(words, word) } else { None };
        return of_payee.map_or_else(|| field_label(words, word), str::to_owned);
    };
    let d = &words.data;
    match (word, table) {
        ("of", ReferenceTable::ExchangeRates) => d.ref_of_currency.into(),
        ("of", _) => d.ref_of_unit.into(),
        ("in", _) => d.ref_in_currency.into(),
        ("rate", _) => d.ref_rate.into(),
        ("holds", _) => d.ref_holds.into(),
        ("from", _) => d.ref_from.into(),
        ("list", ReferenceTable::Prices) => d.ref_price_list.into(),
        ("list", _) => d.ref_list.into(),
        ("table", _) => d.ref_table.into(),
        ("period", _) => d.ref_period.into(),
        ("value", _) => d.ref_value.into(),
        ("price", _) => d.ref_price.into(),
        _ => match word.strip_prefix("group.") {
            Some(name) => format!("{} ({name})", d.ref_group),
            None => field_label(words, word),
        },
    }
}

/// A field of an amount from outside.
fn external_label(words: &Words, word: &str) -> String {
    let d = &words.data;
    match word {
        "key" => words.trace.key.into(),
        "program" => words.terms.program.into(),
        "term" => d.external_term.into(),
        "period" => d.ref_period.into(),
        "reason" => d.external_reason.into(),
        _ => match word.strip_prefix("group.") {
            Some(name) => format!("{} ({name})", d.ref_group),
            None => field_label(words, word),
        },
    }
}

/// A field of a payee, as its page calls it.
fn payee_label(words: &Words, word: &str) -> Option<&'static str> {
    let p = &words.papers;
    Some(match word {
        "name" => p.legal_name,
        "street" => p.street,
        "postal_code" => p.postal_code,
        "town" => p.town,
        "country" => p.country,
        "tax_number" => p.tax_number,
        "treatment" => p.treatment,
        "vat_rate" => p.vat_rate,
        "iban" => p.iban,
        "bic" => p.bic,
        "bank" => p.bank_code,
        "bank_name" => p.bank_name,
        "branch" => p.branch_code,
        "branch_name" => p.branch_name,
        "account_type" => p.account_type,
        "account_number" => p.account_number,
        "holder" => p.account_holder,
        _ => return None,
    })
}

/// A field by its name in the reader's language.
pub fn field_label(words: &Words, word: &str) -> String {
    let d = &words.data;
    let label = match word {
        "key" => d.field_key,
        "kind" => d.field_kind,
        "date" | "on" => d.field_date,
        "of" => d.field_of,
        "partner" => d.field_partner,
        "product" => d.field_product,
        "quantity" => d.field_quantity,
        "unit" => d.field_unit,
        "amount" => d.field_amount,
        "currency" => d.field_currency,
        "order" => d.field_order,
        "line" => d.field_line,
        "channel" => d.field_channel,
        "type" => d.field_type,
        "code" => d.field_code,
        "name" => d.field_name,
        "country" => d.field_country,
        "region" => d.field_region,
        "segment" => d.field_segment,
        "level" => d.field_level,
        "joined" => d.field_joined,
        "parent" => d.field_parent,
        "category" => d.field_category,
        "subcategory" => d.field_subcategory,
        "category_path" => d.field_category_path,
        "brand" => d.field_brand,
        "sale" => d.field_sale,
        "return" => d.field_return,
        "credit_note" => d.field_credit_note,
        "activity" => d.field_activity,
        "party.ship_to" => d.field_ship_to,
        _ => {
            return match word.strip_prefix("name.") {
                Some(language) => format!("{} ({language})", d.field_name),
                None => word.into(),
            };
        }
    };
    label.into()
}

fn dates_key(order: DateOrder) -> &'static str {
    match order {
        DateOrder::YearFirst => "year_first",
        DateOrder::DayFirst => "day_first",
        DateOrder::MonthFirst => "month_first",
        DateOrder::Serial(_) => "serial",
    }
}

fn decimal_key(sign: DecimalSign) -> &'static str {
    match sign {
        DecimalSign::Point => "point",
        DecimalSign::Comma => "comma",
    }
}

type Answers = HashMap<String, String>;

/// The mapping a form says: what it shows as chosen, what it does not show as it was.
pub fn mapping_of(answers: &Answers) -> Result<Mapping, Failure> {
    let get = |key: &str| answers.get(key).map(String::as_str).unwrap_or_default();
    let unreadable = |what: &str| Failure::Unreadable(what.to_string());
    let mut mapping = Mapping::parse_unfinished(get("base")).map_err(|_| unreadable("base"))?;
    let sheet = Some(get("sheet").to_string()).filter(|name| !name.is_empty());
    mapping.source = SourceOptions {
        encoding: Some(get("encoding").to_string()).filter(|label| !label.is_empty()),
        delimiter: Delimiter::parse(get("delimiter")),
        header_row: get("header_row").trim().parse().unwrap_or(1),
        sheet: sheet.or(mapping.source.sheet.take()),
        quotes: mapping.source.quotes,
    };
    mapping.review = get("review") == "yes";
    mapping.decimal = match get("numbers") {
        "comma" => DecimalSign::Comma,
        _ => DecimalSign::Point,
    };
    mapping.dates = match (get("dates"), mapping.dates) {
        ("day_first", _) => DateOrder::DayFirst,
        ("month_first", _) => DateOrder::MonthFirst,
        ("serial", DateOrder::Serial(epoch)) => DateOrder::Serial(epoch),
        ("serial", _) => DateOrder::Serial(Epoch::default()),
        _ => DateOrder::YearFirst,
    };
    map_columns(&mut mapping, answers)?;
    for word in often_constant(mapping.feeds) {
        let Some(value) = answers.get(&format!("constant.{word}")) else { continue };
        let Some(field) = Field::parse(mapping.feeds, word) else { continue };
        let is_column =
            mapping.fields.get(&field).is_some_and(|source| !source.columns().is_empty());
        match value.trim() {
            _ if is_column => {}
            "" => drop(mapping.fields.remove(&field)),
            value => drop(mapping.fields.insert(field, FieldSource::constant(value))),
        }
    }
    Ok(mapping)
}

fn map_columns(mapping: &mut Mapping, answers: &Answers) -> Result<(), Failure> {
    let before = mapping.fields.clone();
    mapping.fields.retain(|_, source| !matches!(source.origin, From::Column(_)));
    let mut rest = vec![];
    for at in 0.. {
        let Some(heading) = answers.get(&format!("heading.{at}")) else { break };
        let word = answers.get(&format!("field.{at}")).map(String::as_str).unwrap_or_default();
        if word.is_empty() {
            continue;
        }
        if word.starts_with("attribute.") {
            let named = mapping
                .attributes
                .values()
                .any(|source| source.origin == From::Column(heading.clone()));
            if !named {
                rest.push(heading.clone());
            }
            continue;
        }
        let field = Field::parse(mapping.feeds, word);
        let field = field.ok_or_else(|| Failure::Unreadable(word.to_string()))?;
        let column = From::Column(heading.clone());
        let source = match before.get(&field) {
            // Values and signs that were said for this very column stay.
            Some(source) if source.origin == column => source.clone(),
            _ => FieldSource::column(heading),
        };
        mapping.fields.insert(field, source);
    }
    mapping.rest = if rest.is_empty() { Rest::None } else { Rest::Columns(rest) };
    Ok(())
}

async fn show_mappings(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let (imports, _) = imports::list(&mut reader, &Filter::default(), (0, 1_000)).await?;
    let rows = catalog::mappings(&mut reader)
        .await?
        .into_iter()
        .map(|saved| {
            let uses: Vec<_> =
                imports.iter().filter(|import| import.mapping_name == saved.name).collect();
            let read = read_body(&saved.body);
            mappings::Row {
                kind: match saved.target {
                    MappingTarget::Facts => ImportKind::Lines,
                    MappingTarget::Partners => ImportKind::Partners,
                    MappingTarget::Products => ImportKind::Products,
                    MappingTarget::Payees => ImportKind::Payees,
                    MappingTarget::External => ImportKind::External,
                    MappingTarget::Reference(table) => ImportKind::Reference(table),
                },
                columns: read.map_or(0, |mapping| mapping.fields.len() as u64),
                used: uses.len() as u64,
                last_used: uses.first().map(|import| visit.local(import.started_at)),
                name: saved.name,
            }
        })
        .collect();
    Ok(visit.page(&mappings::Page { rows }).into_response())
}

async fn show_mapping(visit: Visit, Path(name): Path<String>) -> Result<Response, Failure> {
    let mapping = saved(&mut visit.reader().await?, &name).await?.ok_or(Failure::NotFound)?;
    Ok(visit.page(&mapping_page(&visit, &mapping)).into_response())
}

/// A saved mapping without a file: its own headings stand for the columns.
fn mapping_page(visit: &Visit, mapping: &Mapping) -> mapping::Page {
    let mut headings: Vec<String> = vec![];
    let sources = mapping.fields.values().chain(mapping.attributes.values());
    for heading in sources.flat_map(|source| source.columns().to_vec()) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    if let Rest::Columns(columns) = &mapping.rest {
        headings.extend(
            columns.iter().filter(|one| !headings.contains(one)).cloned().collect::<Vec<_>>(),
        );
    }
    let columns = headings
        .into_iter()
        .map(|heading| FileColumn { field: field_of(mapping, &heading), heading, cells: vec![] })
        .collect();
    mapping::Page {
        mapping: form_of(visit.lang, mapping, mapping.name.clone(), columns),
        problem: None,
    }
}

async fn save_mapping(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    sent: Sent<Answers>,
) -> Result<Response, Failure> {
    let before = saved(&mut visit.reader().await?, &name).await?.ok_or(Failure::NotFound)?;
    let mut mapping = mapping_of(&sent.form)?;
    mapping.name = before.name;
    if !mapping.problems().is_empty() {
        let page = mapping_page(&visit, &mapping);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, visit.page(&page)).into_response());
    }
    save(&app, &visit, &mapping).await?;
    Ok(Redirect::to("/console/mappings?done=saved").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "
mapping: erp
feeds: facts
fields:
  key: { columns: [order, line], join: \"-\" }
  kind: { constant: sale }
  date: shipped
  partner: customer
  amount: net
rest: [warehouse]
";

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        let mut answers: Answers = HashMap::new();
        answers.insert("base".into(), BASE.trim_start().into());
        let columns = [
            ("shipped", "date"),
            ("customer", "partner"),
            ("net", "amount"),
            ("warehouse", "attribute.warehouse"),
            ("units", ""),
        ];
        for (at, (heading, field)) in columns.into_iter().enumerate() {
            answers.insert(format!("heading.{at}"), heading.into());
            answers.insert(format!("field.{at}"), field.into());
        }
        answers.extend(pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())));
        answers
    }

    #[test]
    fn a_form_sent_back_as_it_came_says_the_same_mapping() {
        let before = Mapping::parse(BASE.trim_start()).expect("it reads");
        let after = mapping_of(&answers(&[("constant.kind", "sale")])).expect("it reads");
        assert_eq!(after, before);
    }

    #[test]
    fn what_is_chosen_is_mapped_and_what_is_not_shown_stays() {
        let chosen = [("field.4", "quantity"), ("constant.currency", "JPY"), ("numbers", "comma")];
        let mapping = mapping_of(&answers(&chosen)).expect("it reads");
        let field = |word| Field::parse(Feeds::Facts, word).expect("a field");
        assert_eq!(mapping.fields[&field("quantity")], FieldSource::column("units"));
        assert_eq!(mapping.fields[&field("currency")], FieldSource::constant("JPY"));
        assert_eq!(mapping.fields[&field("key")].columns().len(), 2, "the joined key stays");
        assert_eq!(mapping.decimal, DecimalSign::Comma);
    }
}
