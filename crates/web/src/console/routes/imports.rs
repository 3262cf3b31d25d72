//! Imports: the list, a new one, its columns, its answers, and the rows that were refused.

use std::collections::HashMap;

use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::catalog::{self, MappingTarget, ReferenceTable};
use engine::db::Reader;
use engine::imports::{self, Filter, ImportRow, Origin, RowAnswer, Status};
use engine::ingest::date::{DateOrder, Epoch};
use engine::ingest::mapping::{Feeds, Field, FieldSource, Mapping, Origin as From, Rest};
use engine::ingest::number::DecimalSign;
use engine::ingest::rejection::Language;
use engine::ingest::source::{Delimiter, SourceOptions};

use super::preview::preview;
use crate::app::{App, Routes};
use crate::console::import_map::{self, Constant, FileColumn, Layout, MappingForm};
use crate::console::imports::ImportKind;
use crate::console::{import, import_new, imports as list_page, mapping, mappings};
use crate::failure::Failure;
use crate::i18n::{Lang, Words};
use crate::progress::{ImportState, Outcome, Progress, Row};
use crate::reading;
use crate::ui::{List, encode};
use crate::uploads::{self, Kept};
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/imports", get(show_all));
    routes.get("/console/imports/new", get(new));
    let large = DefaultBodyLimit::max(uploads::BYTES_MAX);
    routes.post("/console/imports/new", post(send).layer(large));
    routes.get("/console/imports/{id}", get(show));
    routes.get("/console/imports/{id}/map", get(map));
    routes.post("/console/imports/{id}/map", post(mapped));
    routes.get("/console/imports/{id}/rejected", get(rejected));
    routes.get("/console/mappings", get(show_mappings));
    routes.get("/console/mappings/{name}", get(show_mapping));
    routes.post("/console/mappings/{name}", post(save_mapping));
}

pub fn kind_of(feeds: Feeds) -> ImportKind {
    match feeds {
        Feeds::Facts => ImportKind::Lines,
        Feeds::Partners => ImportKind::Partners,
        Feeds::Products => ImportKind::Products,
        Feeds::Reference(table) => ImportKind::Reference(table),
    }
}

pub fn state_of(status: Status) -> ImportState {
    match status {
        Status::Running => ImportState::Reading,
        Status::Done => ImportState::Done,
        Status::Failed => ImportState::Failed,
    }
}

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut list = reading::list("/console/imports", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let (rows, total) =
        imports::list(&mut reader, &Filter::default(), reading::window(&list)).await?;
    list.rows = unsigned(total);
    let rows = rows
        .into_iter()
        .map(|row| list_page::Row {
            file: row.name,
            kind: kind_of(row.feeds),
            mapping: Some(row.mapping_name).filter(|name| !name.is_empty()),
            at: visit.local(row.started_at),
            by: row.actor_name,
            state: state_of(row.status),
            rows: unsigned(row.counts.read),
            accepted: unsigned(row.counts.accepted),
            known: unsigned(row.counts.known),
            rejected: unsigned(row.counts.rejected),
            id: row.id,
        })
        .collect();
    Ok(visit.page(&list_page::Page { list, rows }).into_response())
}

async fn new(visit: Visit) -> Result<Response, Failure> {
    new_page(&visit, None).await
}

async fn new_page(visit: &Visit, problem: Option<String>) -> Result<Response, Failure> {
    let kind = visit::query(&visit.here).get("kind").and_then(|key| ImportKind::parse(key));
    let mut reader = visit.reader().await?;
    let mappings = catalog::mappings(&mut reader).await?;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = import_new::Page {
        kind: kind.unwrap_or(ImportKind::Lines),
        mappings: mappings.into_iter().map(|mapping| mapping.name).collect(),
        problem,
        megabytes_max: uploads::MEGABYTES_MAX,
    };
    Ok((status, visit.page(&page)).into_response())
}

async fn send(visit: Visit, form: Multipart) -> Result<Response, Failure> {
    let to_map = async |kept: Kept| {
        Ok(Redirect::to(&format!("/console/imports/{}/map", kept.id)).into_response())
    };
    match uploads::once(&visit, form, to_map).await? {
        Some(response) => Ok(response),
        None => new_page(&visit, Some(visit.lang.words().data.no_file.into())).await,
    }
}

/// The saved mapping of that name, as it reads files.
pub async fn saved(reader: &mut Reader, name: &str) -> Result<Option<Mapping>, Failure> {
    let found = catalog::find_mapping(reader, name).await?;
    Ok(found.and_then(|found| read_body(&found.body)))
}

fn read_body(body: &serde_json::Value) -> Option<Mapping> {
    let text = body.as_str().map_or_else(|| body.to_string(), str::to_string);
    Mapping::parse(&text).ok()
}

async fn map(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let kept = Kept::find(&visit.app, &id).await?;
    let saved = match &kept.mapping {
        Some(name) => saved(&mut visit.reader().await?, name).await?,
        None => None,
    };
    map_page(&visit, kept, saved, None).await
}

/// The file's columns with a mapping, or with the one that is suggested.
async fn map_page(
    visit: &Visit,
    kept: Kept,
    mapping: Option<Mapping>,
    problem: Option<String>,
) -> Result<Response, Failure> {
    let options = mapping.as_ref().map(|mapping| mapping.source.clone()).unwrap_or_default();
    let peek = match kept.peek(options).await? {
        Ok(peek) => peek,
        Err(error) => return new_page(visit, Some(error.to_string())).await,
    };
    let name = match &mapping {
        Some(mapping) if kept.mapping.is_some() => mapping.name.clone(),
        _ => String::new(),
    };
    let mapping = mapping.unwrap_or(peek.suggested);
    let cells = |column: usize| {
        let cells = peek.rows.iter().map(|row| row.cell(column).to_string());
        cells.filter(|cell| !cell.is_empty()).take(3).collect()
    };
    let columns = peek
        .headings
        .iter()
        .enumerate()
        .map(|(at, heading)| FileColumn {
            heading: heading.clone(),
            cells: cells(at),
            field: field_of(&mapping, heading),
        })
        .collect();
    let (preview_fields, preview) = preview(visit.lang, &mapping, &peek.headings, &peek.rows);
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = import_map::Page {
        id: kept.id,
        file: kept.name,
        bytes: kept.bytes,
        mapping: form_of(visit.lang, &mapping, name, columns),
        preview,
        preview_fields,
        problem,
    };
    Ok((status, visit.page(&page)).into_response())
}

/// How the select of a column stands.
fn field_of(mapping: &Mapping, heading: &str) -> String {
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

fn form_of(lang: Lang, mapping: &Mapping, name: String, columns: Vec<FileColumn>) -> MappingForm {
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
        Feeds::Reference(ReferenceTable::ExchangeRates) => &["in", "from"],
        Feeds::Reference(ReferenceTable::UnitFactors) => &["unit", "of", "from"],
        Feeds::Reference(ReferenceTable::Lists) => &["list"],
        Feeds::Reference(ReferenceTable::Figures) => &["table", "period", "from"],
        Feeds::Reference(ReferenceTable::Prices) => &["list", "currency", "from"],
    }
}

fn constants(words: &Words, mapping: &Mapping) -> Vec<Constant> {
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
fn missing(words: &Words, mapping: &Mapping) -> Vec<String> {
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
    let Feeds::Reference(table) = feeds else { return field_label(words, word) };
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
fn mapping_of(answers: &Answers) -> Result<Mapping, Failure> {
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

async fn mapped(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<Answers>,
) -> Result<Response, Failure> {
    let kept = Kept::find(&app, &id).await?;
    let mut mapping = mapping_of(&sent.form)?;
    let name = sent.form.get("save_as").map(|name| name.trim()).unwrap_or_default();
    let run = sent.form.get("do").is_some_and(|word| word == "run");
    if !run || !mapping.problems().is_empty() {
        return map_page(&visit, kept, Some(mapping), None).await;
    }
    if name.is_empty() {
        mapping.name = kept.name.clone();
    } else {
        mapping.name = name.into();
        save(&app, &visit, &mapping).await?;
    }
    let actor = visit.actor()?;
    let id = kept.import(app.office(), mapping, Origin::Console, actor).await?;
    Ok(Redirect::to(&format!("/console/imports/{id}")).into_response())
}

async fn save(app: &App, visit: &Visit, mapping: &Mapping) -> Result<(), Failure> {
    let target = match mapping.feeds {
        Feeds::Facts => MappingTarget::Facts,
        Feeds::Partners => MappingTarget::Partners,
        Feeds::Products => MappingTarget::Products,
        Feeds::Reference(table) => MappingTarget::Reference(table),
    };
    let body = serde_json::Value::String(mapping.write());
    let mut tx = app.office().db().write().await?;
    let actor = visit.actor()?;
    catalog::save_mapping(&mut tx, visit.now, &actor, &mapping.name, target, body).await?;
    tx.commit().await?;
    Ok(())
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = imports::get(&mut reader, &id).await?.ok_or(Failure::NotFound)?;
    let (list, rows) = answers(&visit, &mut reader, &row, "/console/imports").await?;
    let page = import::Page {
        bytes: unsigned(row.bytes_total),
        kind: kind_of(row.feeds),
        mapping: Some(row.mapping_name.clone()).filter(|name| !name.is_empty()),
        at: visit.local(row.started_at),
        by: row.actor_name.clone(),
        progress: progress_of(&visit, &row),
        list,
        rows,
        file: row.name,
        id: row.id,
    };
    Ok(visit.page(&page).into_response())
}

/// How far an import is. The pace is what it did since it began.
pub fn progress_of(visit: &Visit, row: &ImportRow) -> Progress {
    let seconds = visit.now.duration_since(row.started_at).as_secs().max(1);
    let running = row.status == Status::Running;
    Progress {
        state: state_of(row.status),
        read: unsigned(row.counts.read),
        rows: (!running).then(|| unsigned(row.counts.read)),
        accepted: unsigned(row.counts.accepted),
        known: unsigned(row.counts.known),
        rejected: unsigned(row.counts.rejected),
        waiting: 0,
        rows_per_second: running.then(|| unsigned(row.counts.read / seconds)),
        seconds_left: None,
        failure: row.failure.clone(),
    }
}

/// The answers of a page of rows: of all of them, or of those that were refused.
pub async fn answers(
    visit: &Visit,
    reader: &mut Reader,
    row: &ImportRow,
    path: &str,
) -> Result<(List, Vec<Row>), Failure> {
    let mut list = reading::list(format!("{path}/{}", row.id), &visit::query(&visit.here));
    if row.feeds != Feeds::Facts {
        // Of master data only the refused rows are kept.
        list.filter = Some("rejected".into());
    }
    let window = reading::window(&list);
    let (found, total) = match list.filter.as_deref() {
        None => imports::answers(reader, row, window).await?,
        Some("rejected") => {
            let refused = imports::rejections_page(reader, row.import_id, window).await?;
            let refused = refused.into_iter().map(RowAnswer::Refused).collect();
            (refused, row.counts.rejected)
        }
        // Whether a line waits is known to its programs, not to its import.
        Some(_) => (vec![], 0),
    };
    list.rows = unsigned(total);
    let language = language(visit.lang);
    let rows = found.into_iter().map(|answer| answer_row(answer, language)).collect();
    Ok((list, rows))
}

fn answer_row(answer: RowAnswer, language: Language) -> Row {
    match answer {
        RowAnswer::Accepted(number) => Row {
            number,
            outcome: Outcome::Accepted,
            say: String::new(),
            column: None,
            found: None,
        },
        RowAnswer::Refused(refused) => Row {
            number: refused.rejection.row,
            outcome: Outcome::Rejected,
            say: refused.rejection.sentence(language),
            column: refused.rejection.column,
            found: Some(refused.rejection.value).filter(|value| !value.is_empty()),
        },
    }
}

pub fn language(lang: Lang) -> Language {
    match lang {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    }
}

async fn rejected(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = imports::get(&mut reader, &id).await?.ok_or(Failure::NotFound)?;
    rejects_file(&visit, &mut reader, &row).await
}

/// The refused rows in the shape they came in, with a column that says why.
pub async fn rejects_file(
    visit: &Visit,
    reader: &mut Reader,
    row: &ImportRow,
) -> Result<Response, Failure> {
    let bytes = imports::write_rejects(reader, row, Vec::new(), language(visit.lang)).await?;
    let stem = row.name.rsplit_once('.').map_or(row.name.as_str(), |(stem, _)| stem);
    let name = encode(&format!("{stem}-rejected.csv"));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
    ];
    Ok((headers, bytes).into_response())
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
                    MappingTarget::Reference(table) => ImportKind::Reference(table),
                    MappingTarget::Facts => ImportKind::Lines,
                    MappingTarget::Partners => ImportKind::Partners,
                    MappingTarget::Products => ImportKind::Products,
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
