//! Users, tokens and the audit log.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::{self as door, AccessError, NewToken, NewUser, Passwords, Role, Scope, User};
use engine::audit;
use engine::catalog;
use engine::mail::{self, Letter, To};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::trail;
use crate::app::{App, Routes};
use crate::console::{audit as audit_page, tokens, users};
use crate::failure::Failure;
use crate::i18n::fill;
use crate::ui::List;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/users", get(show_users));
    routes.post("/console/users", post(create_user));
    routes.post("/console/users/{id}/disable", post(disable_user));
    routes.post("/console/users/{id}/enable", post(enable_user));
    routes.get("/console/tokens", get(show_tokens));
    routes.post("/console/tokens", post(create_token));
    routes.post("/console/tokens/{id}/revoke", post(revoke_token));
    routes.get("/console/audit", get(show_audit));
    routes.get("/console/audit.csv", get(export_audit));
}

async fn show_users(visit: Visit) -> Result<Response, Failure> {
    users_page(&visit, users::Draft::default(), None).await
}

async fn users_page(
    visit: &Visit,
    draft: users::Draft,
    created: Option<Created>,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let may_invite = mail::is_on(&mut reader).await?;
    let mut rows = vec![];
    for user in door::users(&mut reader, None).await? {
        let partner = match user.role.partner() {
            Some(id) => catalog::partner_by_id(&mut reader, id).await?,
            None => None,
        };
        rows.push(users::Row {
            partner: partner.map(|row| crate::reading::partner_ref(visit.lang, &row)),
            is_self: visit.session.as_ref().is_some_and(|own| own.user.id == user.id),
            id: user.id,
            name: user.name,
            login: user.login,
            role: user.role,
            is_active: !user.disabled,
        });
    }
    let status = if created.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let (created, invited) = match created {
        Some(Created::Password(login, password)) => (Some((login, password)), None),
        Some(Created::Invited(login)) => (None, Some(login)),
        None => (None, None),
    };
    let page = users::Page { rows, draft, created, invited, may_invite };
    Ok((status, visit.page(&page)).into_response())
}

#[derive(Deserialize)]
struct UserForm {
    name: String,
    login: String,
    role: String,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    invite: String,
}

/// How a new user gets in for the first time.
enum Created {
    /// Login and password, to be handed over.
    Password(String, String),
    /// A letter goes to this address.
    Invited(String),
}

async fn create_user(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<UserForm>,
) -> Result<Response, Failure> {
    let form = sent.form;
    let created = try_create(&app, &visit, &form).await?;
    users_page(&visit, users::Draft::default(), Some(created)).await
}

async fn disable_user(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    set_disabled(&app, &visit, &id, true).await
}

async fn enable_user(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    set_disabled(&app, &visit, &id, false).await
}

/// Shuts a user out, whose sessions end with it, or lets them in again.
async fn set_disabled(
    app: &App,
    visit: &Visit,
    id: &str,
    disabled: bool,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    door::set_user_disabled(&mut tx, visit.now, &visit.actor()?, id, disabled).await?;
    tx.commit().await?;
    Ok(Redirect::to("/console/users?done=saved"))
}

/// Makes the user with a first password, which is shown this once, or writes a letter with a link to
/// choose one.
async fn try_create(app: &App, visit: &Visit, form: &UserForm) -> Result<Created, Failure> {
    let (k, m) = (&visit.lang.words().console, &visit.lang.words().mail);
    let invites = form.invite == "yes";
    if invites && mail::address(&form.login).is_none() {
        return Err(Failure::field(&["login"], m.invite_hint));
    }
    let partner_id = match form.partner.trim() {
        "" => None,
        code => {
            let found = catalog::partner_by_code(&mut visit.reader().await?, code).await?;
            let missing =
                || Failure::field(&["partner"], fill(k.problem_partner, &[("code", code)]));
            Some(found.ok_or_else(missing)?.partner_id)
        }
    };
    let wrong = || Failure::field(&["role"], k.problem_role);
    let role = Role::from_word(&form.role, partner_id).ok_or_else(wrong)?;
    let password = Passwords::generated()?;
    let new = NewUser {
        login: form.login.clone(),
        name: form.name.trim().into(),
        password: app.passwords().hash(&password).await?,
        role,
        language: visit.lang.tag().into(),
    };
    let mut tx = app.office().db().write().await?;
    let made = door::create_user(&mut tx, visit.now, &visit.actor()?, new).await;
    let user = made.map_err(|error| match error {
        AccessError::LoginTaken { .. } => Failure::field(&["login"], k.problem_login_taken),
        AccessError::BadLogin { .. } => Failure::field(&["login"], k.problem_login),
        other => other.into(),
    })?;
    let invited = match To::user(&user).filter(|_| invites) {
        None => None,
        Some(to) => {
            let by = visit.session.as_ref().map(|own| own.user.name.clone()).unwrap_or_default();
            let letter = Letter {
                kind: mail::Kind::Invitation,
                key: format!("invitation/{}", user.id),
                to,
                partner_id,
                mailing_id: None,
                data: json!({ "user": user.id, "login": user.login, "by": by }),
                paper: None,
            };
            mail::write(&mut tx, visit.now, &letter).await?
        }
    };
    tx.commit().await?;
    Ok(match invited {
        Some(_) => Created::Invited(user.login),
        None => Created::Password(user.login, password),
    })
}

async fn show_tokens(visit: Visit) -> Result<Response, Failure> {
    tokens_page(&visit, None, None).await
}

async fn tokens_page(
    visit: &Visit,
    created: Option<String>,
    problem: Option<String>,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rows = door::tokens(&mut reader)
        .await?
        .into_iter()
        .map(|token| tokens::Row {
            id: token.id,
            name: token.name,
            starts_with: token.shown,
            scopes: token.scopes.iter().map(|scope| scope.word().into()).collect(),
            created: visit.local(token.created_at),
            last_used: token.used_at.map(|at| visit.local(at)),
            revoked: token.revoked_at.map(|at| visit.local(at)),
        })
        .collect();
    let k = &visit.lang.words().console;
    let scopes = Scope::ALL
        .into_iter()
        .map(|scope| {
            let say = match scope {
                Scope::Read => k.scope_read,
                Scope::FactsWrite => k.scope_facts,
                Scope::PartnersWrite => k.scope_partners,
                Scope::ProductsWrite => k.scope_products,
                Scope::ProgramsWrite => k.scope_programs,
                Scope::ReferenceWrite => k.scope_reference,
                Scope::PayoutsWrite => k.scope_payouts,
                Scope::WalletsWrite => k.scope_wallets,
                Scope::SettingsWrite => k.scope_settings,
            };
            (scope.word().to_string(), say.to_string())
        })
        .collect();
    let status = match (&problem, &created) {
        (Some(_), _) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, Some(_)) => StatusCode::CREATED,
        (None, None) => StatusCode::OK,
    };
    let page = tokens::Page { rows, scopes, created, problem };
    Ok((status, visit.page(&page)).into_response())
}

#[derive(Deserialize)]
struct TokenForm {
    name: String,
    #[serde(default)]
    scope: Vec<String>,
}

async fn create_token(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<TokenForm>,
) -> Result<Response, Failure> {
    let scopes: Vec<Scope> =
        sent.form.scope.iter().filter_map(|word| Scope::from_word(word)).collect();
    if scopes.is_empty() || sent.form.name.trim().is_empty() {
        let problem = visit.lang.words().console.token_problem;
        return tokens_page(&visit, None, Some(problem.into())).await;
    }
    let new =
        NewToken { name: sent.form.name.trim().into(), scopes, partner_id: None, expires_at: None };
    let mut tx = app.office().db().write().await?;
    let (secret, _) = door::create_token(&mut tx, visit.now, &visit.actor()?, new).await?;
    tx.commit().await?;
    tokens_page(&visit, Some(secret), None).await
}

async fn revoke_token(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    match door::revoke_token(&mut tx, visit.now, &visit.actor()?, &id).await {
        Ok(()) => tx.commit().await?,
        Err(AccessError::NotFound { .. }) => return Err(Failure::NotFound),
        Err(other) => return Err(other.into()),
    }
    Ok(Redirect::to("/console/tokens?done=revoked"))
}

/// Which entries are asked for, as typed.
fn narrowed(visit: &Visit) -> audit_page::Narrow {
    let query = crate::visit::query(&visit.here);
    let text = |name: &str| query.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    audit_page::Narrow {
        kind: text("kind"),
        subject: text("subject"),
        person: text("person"),
        from: text("from"),
        until: text("until"),
    }
}

fn audit_filter(visit: &Visit, narrow: &audit_page::Narrow, people: &[User]) -> audit::Filter {
    let query = crate::visit::query(&visit.here);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let midnight = |text: &str, days: i64| {
        let day = text.parse::<Date>().ok()?.checked_add(jiff::Span::new().days(days)).ok()?;
        Some(day.to_zoned(visit.zone()).ok()?.timestamp())
    };
    // People are known by their login; what they are filed under is an id.
    let named = people.iter().find(|user| user.login == narrow.subject).map(|user| &user.id);
    audit::Filter {
        subject_kind: some(&narrow.kind),
        subject_id: named.cloned().or_else(|| some(&narrow.subject)),
        actor_id: some(&narrow.person),
        action: None,
        from: midnight(&narrow.from, 0),
        until: midnight(&narrow.until, 1),
        older_than: query.get("older").and_then(|text| text.parse().ok()),
    }
}

/// The whole of what the filter leaves, as a file.
async fn export_audit(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let people = door::users(&mut reader, None).await?;
    let filter = audit_filter(&visit, &narrowed(&visit), &people);
    let filter = audit::Filter { older_than: None, ..filter };
    Ok(audit_csv(&audit::all(&mut reader, &filter).await?))
}

/// Entries as a file: codes as they are stored, for programs and auditors alike.
pub fn audit_csv(entries: &[audit::Recorded]) -> Response {
    let headings = [
        "number",
        "at",
        "actor_kind",
        "actor",
        "actor_name",
        "action",
        "kind",
        "subject",
        "before",
        "after",
    ];
    let mut rows = vec![headings.map(String::from).to_vec()];
    let json = |value: &Option<serde_json::Value>| match value {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    rows.extend(entries.iter().map(|entry| {
        vec![
            entry.audit_id.to_string(),
            entry.at.to_string(),
            entry.actor_kind.clone(),
            entry.actor_id.clone().unwrap_or_default(),
            entry.actor_name.clone(),
            entry.action.clone(),
            entry.subject_kind.clone(),
            entry.subject_id.clone(),
            json(&entry.before),
            json(&entry.after),
        ]
    }));
    super::money::csv("audit.csv", &rows)
}

async fn show_audit(visit: Visit) -> Result<Response, Failure> {
    let narrow = narrowed(&visit);
    let mut reader = visit.reader().await?;
    let people = door::users(&mut reader, None).await?;
    let filter = audit_filter(&visit, &narrow, &people);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let entries = audit::page(&mut reader, &filter, AUDIT_ROWS).await?;
    let older = match entries.last() {
        Some(last) if i64::try_from(entries.len()) == Ok(AUDIT_ROWS) => Some(last.audit_id),
        _ => None,
    };
    let kinds = audit::subject_kinds(&mut reader).await?;
    let rows = entries.into_iter().map(|entry| audit_row(&visit, entry, &people)).collect();
    let list = List::new("/console/audit");
    let page = audit_page::Page {
        list: List { q: narrow.subject.clone(), filter: some(&narrow.kind), ..list },
        rows,
        kinds: kinds
            .into_iter()
            .map(|kind| (kind.clone(), trail::kind(visit.lang, &kind)))
            .collect(),
        people: people
            .iter()
            .filter(|user| user.role.partner().is_none())
            .map(|user| (user.id.clone(), user.name.clone()))
            .collect(),
        narrow,
        older,
    };
    Ok(visit.page(&page).into_response())
}

fn audit_row(visit: &Visit, entry: audit::Recorded, people: &[User]) -> audit_page::Row {
    audit_page::Row {
        number: u64::try_from(entry.audit_id).unwrap_or_default(),
        at: visit.local(entry.at),
        what: trail::action(visit.lang, &entry.action, &entry.subject_kind),
        to: trail::subject(&entry, people),
        href: trail::href(&entry),
        detail: trail::difference(visit.lang, entry.before.as_ref(), entry.after.as_ref()),
        diff: trail::lines(entry.before.as_ref(), entry.after.as_ref()),
        who: entry.actor_name,
    }
}

const AUDIT_ROWS: i64 = 100;
