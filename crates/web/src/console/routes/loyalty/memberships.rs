//! The list of memberships, and what people are asked when they agree to be reached.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::wallet::MemberState;
use engine::access::Action;
use engine::members::{self as store, NewWording};
use engine::wallets::{self, Member, MembersFound, MembersOrder, MembersQuery};
use serde::Deserialize;

use super::{chosen, named, partner_of, partners};
use crate::app::{App, Routes};
use crate::console::loyalty::memberships::{Page, Row, Wording};
use crate::failure::Failure;
use crate::format;
use crate::i18n::fill;
use crate::reading;
use crate::reading::members as words_of;
use crate::visit::{self, Sent, Visit};

const CONSENT: &str = "/console/loyalty/consent";

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/memberships", get(show));
    routes.get(CONSENT, get(show_wording));
    routes.post(CONSENT, post(set_wording));
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/loyalty/memberships", &query);
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let asked = query.get("state").map(String::as_str).unwrap_or_default();
    let state = MemberState::ALL.into_iter().find(|state| state.word() == asked);
    let of = chosen(&rules, &query);
    let mut found = MembersFound::default();
    if let Some(of) = of {
        let (offset, limit) = reading::window(&list);
        let wanted = MembersQuery {
            order: MembersOrder::ActingFirst,
            state,
            search: list.q.clone(),
            offset: usize::try_from(offset).unwrap_or_default(),
            limit: usize::try_from(limit).unwrap_or_default(),
        };
        found = wallets::members(&mut reader, of, visit.now, &wanted).await?;
    }
    list.rows = u64::try_from(found.total).unwrap_or_default();
    for name in ["wallet", "state"] {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            list.keep.push((name.into(), value.clone()));
        }
    }
    let owners = found.rows.iter().map(|row| row.owner.as_str());
    let names = partners(&visit, &mut reader, owners).await?;
    let code = of.map(|of| of.code.clone()).unwrap_or_default();
    let day = |day: Option<jiff::civil::Date>| {
        day.map(|day| format::day_column(day, lang)).unwrap_or_default()
    };
    let row = |it: &Member| Row {
        member: partner_of(&names, it.owner.as_str()),
        number: it.number.map(|number| format!("{code}-{number:06}")).unwrap_or_default(),
        state: words_of::state(lang, it.is.state),
        since: day(it.is.since),
        until: day(it.is.until),
        channel: it.is.channel.map(|it| words_of::channel(lang, it).into()).unwrap_or_default(),
    };
    // Who never enrolled is in no list of those of whom something was said.
    let states = MemberState::ALL.into_iter().filter(|state| *state != MemberState::Outside);
    let label = |state: MemberState| {
        let count = found.by_state.get(state.word()).copied().unwrap_or_default();
        let name = words_of::state(lang, state).0;
        (state.word().to_owned(), format!("{name} ({count})"))
    };
    let all = (String::new(), lang.words().members.all_states.to_owned());
    let page = Page {
        rows: found.rows.iter().map(row).collect(),
        wallets: named(lang, &rules),
        wallet: code.clone(),
        states: std::iter::once(all).chain(states.map(label)).collect(),
        state: state.map(|it| it.word().to_owned()).unwrap_or_default(),
        may_ask_otherwise: visit.role().is_some_and(|role| role.may(Action::EditSettings)),
        list,
    };
    Ok(visit.page(&page).into_response())
}

async fn show_wording(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let all = store::wordings(&mut reader).await?;
    let vendor = visit.shell().vendor;
    let own = |lang: crate::i18n::Lang| {
        let words = &lang.words().members;
        fill(words.consent_wording, &[("vendor", &vendor)])
    };
    let last = all.first();
    let by = |it: &store::Wording| {
        let when = format::moment_column(visit.local(it.at), visit.lang);
        let places = [("who", &*it.actor), ("when", &*when)];
        fill(visit.lang.words().loyalty.by_whom, &places)
    };
    let page = Wording {
        en: last.map_or_else(|| own(crate::i18n::Lang::En), |it| it.en.clone()),
        ja: last.map_or_else(|| own(crate::i18n::Lang::Ja), |it| it.ja.clone()),
        version: last.map(|it| it.version.to_string()),
        before: all
            .iter()
            .map(|it| {
                let text = visit.lang.say(&it.ja, &it.en).to_owned();
                (it.version.to_string(), by(it), text)
            })
            .collect(),
    };
    Ok(visit.page(&page).into_response())
}

#[derive(Deserialize)]
struct Asked {
    en: String,
    ja: String,
}

async fn set_wording(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Asked>,
) -> Result<Redirect, Failure> {
    let Asked { en, ja } = sent.form;
    let mut tx = app.office().db().write().await?;
    let by = (&visit.actor()?, visit.now);
    store::set_wording(&mut tx, by, &NewWording { en: &en, ja: &ja }).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{CONSENT}?done=saved")))
}
