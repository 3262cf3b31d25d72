//! Who is paid, and the vendor as a company.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::catalog::{self, PartnerRow};
use engine::db::Reader;
use engine::papers::check::{Country, IdentifierError, Registration};
use engine::papers::party::{Account, Address, Digits, Treatment};
use engine::papers::payee::{self, Decision, Payee, PayeeError};
use engine::papers::settings::{self, Company, OwnAccount, SettingsError};
use engine::papers::tax::{Basis, TaxRounding};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::statements::partners;
use crate::app::{App, Routes};
use crate::console::papers::{account, company, payee as page, payees};
use crate::failure::Failure;
use crate::i18n::fill;
use crate::reading;
use crate::ui::encode;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/partners/{code}/payee", get(show_payee));
    routes.post("/console/partners/{code}/payee", post(save_payee));
    routes.post("/console/partners/{code}/payee/account", post(ask_account));
    routes.post("/console/partners/{code}/payee/confirm", post(confirm));
    routes.post("/console/partners/{code}/payee/discard", post(discard));
    routes.get("/console/payees", get(show_all));
    routes.post("/console/payees/confirm", post(confirm_chosen));
    routes.get("/console/company", get(show_company));
    routes.post("/console/company", post(save_company));
    routes.post("/console/company/accounts", post(add_account));
    routes.post("/console/company/accounts/{code}/remove", post(remove_account));
}

impl From<PayeeError> for Failure {
    fn from(error: PayeeError) -> Failure {
        match error {
            PayeeError::Db(error) => error.into(),
            PayeeError::Identifier(error) => identifier(&error),
            PayeeError::NoHolder => Failure::field(&["holder"], PayeeError::NoHolder.to_string()),
            error @ PayeeError::Rate => Failure::field(&["vat_rate"], error.to_string()),
            error @ PayeeError::Currency(_) => Failure::field(&["credited_in"], error.to_string()),
            error @ PayeeError::Account(_) => Failure::field(&["holder"], error.to_string()),
            other => Failure::Conflict(other.to_string()),
        }
    }
}

/// An identifier that does not check itself, at its field.
fn identifier(error: &IdentifierError) -> Failure {
    let fields: &'static [&'static str] = match error {
        IdentifierError::IbanForm(_) | IdentifierError::IbanCheck(_) => &["iban"],
        IdentifierError::Bic(_) => &["bic"],
        IdentifierError::Country(_) => &["country"],
        IdentifierError::Registration(_) | IdentifierError::RegistrationCheck(_) => {
            &["tax_number", "registration"]
        }
    };
    Failure::field(fields, error.to_string())
}

async fn partner(reader: &mut Reader, code: &str) -> Result<PartnerRow, Failure> {
    catalog::partner_by_code(reader, code).await?.ok_or(Failure::NotFound)
}

async fn show_payee(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = partner(&mut reader, &code).await?;
    let known = payee::payee(&mut reader, row.partner_id).await?;
    let shown = |account: &Account, by: &str, at: Timestamp| page::Shown {
        number: account.masked(),
        holder: account.holder().to_owned(),
        by: by.to_owned(),
        at: visit.local(at),
    };
    let confirmed = known.account.as_ref().zip(known.confirmed.as_ref());
    let own = visit.actor()?;
    let of_partner = row.fields.get("country").cloned().unwrap_or_default();
    let page = page::Page {
        partner: reading::partner_ref(visit.lang, &row),
        details: written(&known.details, &of_partner),
        account: confirmed.map(|(account, (by, at))| shown(account, by, *at)),
        asked: known.asked.as_ref().map(|asked| shown(&asked.account, &asked.by, asked.at)),
        is_own: known.asked.is_some_and(|asked| own.public_id() == Some(&asked.by_id)),
        draft: account::Draft::default(),
    };
    Ok(visit.page(&page).into_response())
}

/// What is stored, as the form has it.
fn written(details: &Payee, country: &str) -> page::Details {
    let address = &details.address;
    let rate = match details.treatment {
        Treatment::Vat { rate } => (rate * Decimal::ONE_HUNDRED).normalize().to_string(),
        _ => String::new(),
    };
    page::Details {
        name: details.name.clone(),
        street: address.street.clone(),
        postal_code: address.postal_code.clone(),
        town: address.town.clone(),
        country: address.country.as_ref().map_or_else(|| country.to_owned(), ToString::to_string),
        tax_number: details.tax_number.clone(),
        treatment: details.treatment.word().to_owned(),
        vat_rate: rate,
        credited_in: details.credited_in.iter().cloned().collect::<Vec<_>>().join(" "),
    }
}

/// What was typed, as it is stored, or what is wrong with it.
fn read(visit: &Visit, typed: &page::Details) -> Result<Payee, Failure> {
    let treatment = match typed.treatment.as_str() {
        "japan" => Treatment::Japan,
        "vat" => Treatment::Vat { rate: percent(visit, &typed.vat_rate)? },
        "vat_unchanged" => Treatment::VatUnchanged,
        _ => Treatment::None,
    };
    let country = Country::parse(&typed.country).map_err(|error| identifier(&error))?;
    Ok(Payee {
        name: typed.name.trim().to_owned(),
        address: Address {
            street: typed.street.trim().to_owned(),
            postal_code: typed.postal_code.trim().to_owned(),
            town: typed.town.trim().to_owned(),
            country: Some(country),
        },
        tax_number: typed.tax_number.trim().to_owned(),
        treatment,
        credited_in: typed
            .credited_in
            .split([' ', ',', '、', '　'])
            .filter(|unit| !unit.is_empty())
            .map(str::to_uppercase)
            .collect(),
    })
}

fn percent(visit: &Visit, text: &str) -> Result<Decimal, Failure> {
    let number = text.trim().trim_end_matches('%').trim().parse::<Decimal>();
    let bad = || fill(visit.lang.words().papers.bad_number, &[("text", text.trim())]);
    let rate = number.map(|percent| percent / Decimal::ONE_HUNDRED);
    rate.map_err(|_| Failure::field(&["vat_rate"], bad()))
}

async fn save_payee(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<page::Details>,
) -> Result<Redirect, Failure> {
    let details = read(&visit, &sent.form)?;
    let mut tx = app.office().db().write().await?;
    let row = partner(&mut tx, &code).await?;
    let of = (row.partner_id, code.as_str());
    payee::save_details(&mut tx, &visit.actor()?, visit.now, of, &details).await?;
    tx.commit().await?;
    Ok(done(&code))
}

fn done(code: &str) -> Redirect {
    Redirect::to(&format!("/console/partners/{}/payee?done=saved", encode(code)))
}

async fn ask_account(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<account::Draft>,
) -> Result<Redirect, Failure> {
    let account = sent.form.account().map_err(|wrong| refused(&wrong))?;
    let mut tx = app.office().db().write().await?;
    let row = partner(&mut tx, &code).await?;
    let of = (row.partner_id, code.as_str());
    let asked = payee::ask_account(&mut tx, &visit.actor()?, visit.now, of, &account).await;
    asked.map_err(|error| match error {
        PayeeError::NoHolder => {
            Failure::field(&["holder"], visit.lang.words().papers.holder_needed)
        }
        other => other.into(),
    })?;
    tx.commit().await?;
    Ok(done(&code))
}

/// An account that was typed and is none, at its field.
fn refused(wrong: &account::Wrong) -> Failure {
    match wrong {
        account::Wrong::Identifier(error) => identifier(error),
        account::Wrong::Digits(field, error) => Failure::field(field, error.to_string()),
    }
}

async fn confirm(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    decide(&app, &visit, &code, Decision::Confirm).await
}

async fn discard(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    decide(&app, &visit, &code, Decision::Discard).await
}

async fn decide(
    app: &App,
    visit: &Visit,
    code: &str,
    decision: Decision,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let row = partner(&mut tx, code).await?;
    let of = (row.partner_id, code);
    payee::decide_account(&mut tx, &visit.actor()?, visit.now, of, decision).await?;
    tx.commit().await?;
    Ok(done(code))
}

/// More than these are confirmed in turns.
const SHOWN_MAX: usize = 200;

/// What is sent to confirm an account: when it was entered, and of which partner.
fn key_of(at: Timestamp, code: &str) -> String {
    format!("{} {code}", at.as_microsecond())
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = visit.actor()?;
    let mut waiting: Vec<(i64, payee::Asked)> = payee::payees(&mut reader)
        .await?
        .into_iter()
        .filter_map(|(id, row)| Some((id, row.asked?)))
        .collect();
    waiting.sort_by_key(|(id, asked)| (asked.at, *id));
    let total = waiting.len() as u64;
    waiting.truncate(SHOWN_MAX);
    let names = partners(&visit, &mut reader, waiting.iter().map(|(id, _)| *id)).await?;
    let rows = waiting.into_iter().filter_map(|(id, asked)| {
        let partner = names.get(&id)?.clone();
        Some(payees::Row {
            number: asked.account.masked(),
            holder: asked.account.holder().to_owned(),
            is_own: own.public_id() == Some(&asked.by_id),
            key: key_of(asked.at, &partner.code),
            by: asked.by,
            at: visit.local(asked.at),
            partner,
        })
    });
    Ok(visit.page(&payees::Page { rows: rows.collect(), total }).into_response())
}

#[derive(Deserialize)]
struct ChosenForm {
    #[serde(default)]
    chosen: Vec<String>,
    /// Everything that was shown, instead.
    #[serde(default)]
    whole_page: String,
    #[serde(default)]
    shown: String,
}

/// Confirms what was seen: an account that was entered since then waits on.
async fn confirm_chosen(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<ChosenForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let keys: Vec<String> = match form.whole_page.as_str() {
        "" => form.chosen,
        _ => form.shown.lines().map(|line| line.trim().to_owned()).collect(),
    };
    if keys.is_empty() {
        return Err(Failure::Conflict(visit.lang.words().money.choose_some.into()));
    }
    let actor = visit.actor()?;
    let mut tx = app.office().db().write().await?;
    for key in keys {
        let (_, code) = key.split_once(' ').ok_or(Failure::Unreadable("chosen".into()))?;
        let row = partner(&mut tx, code).await?;
        let known = payee::payee(&mut tx, row.partner_id).await?;
        if known.asked.is_none_or(|asked| key_of(asked.at, code) != key) {
            continue;
        }
        let of = (row.partner_id, code);
        payee::decide_account(&mut tx, &actor, visit.now, of, Decision::Confirm).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/console/payees?done=saved"))
}

async fn show_company(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let known = settings::company(&mut reader).await?;
    let accounts = known
        .accounts
        .iter()
        .map(|own| company::Own {
            code: own.code.clone(),
            currency: own.currency.clone(),
            number: own.account.masked(),
            holder: own.account.holder().to_owned(),
        })
        .collect();
    let page = company::Page {
        draft: company_written(&known),
        accounts,
        new: (String::new(), String::new()),
        account: account::Draft::default(),
    };
    Ok(visit.page(&page).into_response())
}

fn company_written(known: &Company) -> company::Draft {
    let name = |tag: &str| known.names.get(tag).cloned().unwrap_or_default();
    let (address, ja) = (&known.address, known.address_ja.clone().unwrap_or_default());
    let word = |of: Option<String>| of.unwrap_or_default();
    company::Draft {
        name_en: name("en"),
        name_ja: name("ja"),
        street: address.street.clone(),
        postal_code: address.postal_code.clone(),
        town: address.town.clone(),
        street_ja: ja.street,
        town_ja: ja.town,
        country: word(address.country.as_ref().map(ToString::to_string)),
        registration: word(known.registration.as_ref().map(ToString::to_string)),
        vat_number: known.vat_number.clone(),
        contact: known.contact.clone(),
        client_code: word(known.client_code.as_ref().map(|code| code.as_str().to_owned())),
        client_name: known.client_name.clone(),
        tax_basis: match known.tax_basis {
            Basis::Added => "added".into(),
            Basis::Included => "included".into(),
        },
        tax_rounding: known.tax_rounding.word().into(),
        reduced_programs: known.reduced_programs.join(" "),
        due_days: known.due_days().to_string(),
    }
}

/// What was typed over what is known; accounts stay as they are.
fn company_read(visit: &Visit, typed: &company::Draft, known: Company) -> Result<Company, Failure> {
    let text = |text: &str| text.trim().to_owned();
    let some = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let country = some(&typed.country).map(|country| Country::parse(&country)).transpose();
    let country = country.map_err(|error| identifier(&error))?;
    let names = [("en", &typed.name_en), ("ja", &typed.name_ja)];
    let names = names.into_iter().filter_map(|(tag, name)| Some((tag.to_owned(), some(name)?)));
    let address = |street: &str, town: &str| Address {
        street: text(street),
        postal_code: text(&typed.postal_code),
        town: text(town),
        country: country.clone(),
    };
    let japanese = some(&typed.street_ja).or_else(|| some(&typed.town_ja));
    let registration = some(&typed.registration)
        .map(|number| Registration::parse_corporate(&number))
        .transpose()
        .map_err(|error| identifier(&error))?;
    let client_code = some(&typed.client_code)
        .map(|code| Digits::parse(&code))
        .transpose()
        .map_err(|error| Failure::field(&["client_code"], error.to_string()))?;
    let bad = |text: &str| fill(visit.lang.words().papers.bad_number, &[("text", text)]);
    Ok(Company {
        names: names.collect(),
        address: address(&typed.street, &typed.town),
        address_ja: japanese.map(|_| address(&typed.street_ja, &typed.town_ja)),
        registration,
        vat_number: text(&typed.vat_number),
        contact: text(&typed.contact),
        client_code,
        client_name: text(&typed.client_name),
        tax_basis: if typed.tax_basis == "included" { Basis::Included } else { Basis::Added },
        tax_rounding: TaxRounding::ALL
            .into_iter()
            .find(|mode| mode.word() == typed.tax_rounding)
            .unwrap_or_default(),
        reduced_programs: typed.reduced_programs.split_whitespace().map(str::to_owned).collect(),
        due_days: Some(
            typed
                .due_days
                .trim()
                .parse()
                .map_err(|_| Failure::field(&["due_days"], bad(&typed.due_days)))?,
        ),
        ..known
    })
}

async fn save_company(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<company::Draft>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let known = settings::company(&mut tx).await?;
    let company = company_read(&visit, &sent.form, known)?;
    let saved = settings::save_company(&mut tx, &visit.actor()?, visit.now, &company).await;
    saved.map_err(of_company)?;
    tx.commit().await?;
    Ok(Redirect::to("/console/company?done=saved"))
}

/// What is wrong with the company, at its field.
fn of_company(error: SettingsError) -> Failure {
    match &error {
        SettingsError::Bad { field, problem } => {
            let fields: &'static [&'static str] = match field.as_str() {
                "registration" => &["registration"],
                "client_name" => &["client_name"],
                _ => &["holder"],
            };
            Failure::field(fields, problem.clone())
        }
        SettingsError::Db(_) => error.into(),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NewAccount {
    code: String,
    currency: String,
    #[serde(flatten)]
    account: account::Draft,
}

async fn add_account(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<NewAccount>,
) -> Result<Redirect, Failure> {
    let new = sent.form;
    let account = new.account.account().map_err(|wrong| refused(&wrong))?;
    let mut tx = app.office().db().write().await?;
    let mut company = settings::company(&mut tx).await?;
    let code = new.code.trim().to_owned();
    let currency = new.currency.trim().to_ascii_uppercase();
    company.accounts.retain(|own| own.code != code);
    company.accounts.push(OwnAccount { code, currency, account });
    let saved = settings::save_company(&mut tx, &visit.actor()?, visit.now, &company).await;
    saved.map_err(of_company)?;
    tx.commit().await?;
    Ok(Redirect::to("/console/company?done=saved"))
}

async fn remove_account(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let mut company = settings::company(&mut tx).await?;
    company.accounts.retain(|own| own.code != code);
    settings::save_company(&mut tx, &visit.actor()?, visit.now, &company).await?;
    tx.commit().await?;
    Ok(Redirect::to("/console/company?done=revoked"))
}
