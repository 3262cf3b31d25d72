//! Webhooks: none, some, one that is new, one in trouble.

use jiff::civil::{DateTime, date};

use super::Gallery;
use crate::console::webhooks::{Attempt, One, Page, Row, Sent, State};
use crate::i18n::Lang;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    let kinds = vec!["wallet.points.credited", "payout.paid", "import.finished"];
    let rows = vec![row(lang, State::On), row(lang, State::Off), row(lang, State::Failing)];
    gallery.manager("console-webhooks", &Page { rows, kinds: kinds.clone() });
    gallery.manager("console-webhooks-none", &Page { rows: vec![], kinds: kinds.clone() });
    let new = One {
        row: Row { failing_since: None, both_until: None, ..row(lang, State::On) },
        secret: Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()),
        told: None,
        kinds: kinds.clone(),
        sent: vec![],
        older: None,
    };
    gallery.manager("console-webhook-new", &new);
    let told = lang.say("2件のイベントを再送します", "2 events are sent again");
    let one = |state| One {
        row: row(lang, state),
        secret: None,
        told: Some(told.into()),
        kinds: kinds.clone(),
        sent: vec![sent("waiting"), sent("delivered"), sent("failed")],
        older: Some(41),
    };
    gallery.manager("console-webhook", &one(State::On));
    gallery.manager("console-webhook-failing", &one(State::Failing));
}

fn at(minute: i8) -> DateTime {
    date(2026, 6, 12).at(9, minute, 0, 0)
}

fn row(lang: Lang, state: State) -> Row {
    Row {
        id: "whk_1".into(),
        url: "https://erp.hibari.example/tokuten/incoming?company=hibari&system=production".into(),
        description: lang.say("基幹システム", "ERP").into(),
        events: vec!["wallet.points.*".into(), "payout.paid".into()],
        state,
        failing_since: Some(at(2)),
        both_until: Some(at(5)),
        created_by: lang.say("木村", "Kimura").into(),
        created: at(0),
    }
}

fn sent(status: &str) -> Sent {
    let attempt = |number, status: Option<i64>, failure: Option<&str>| Attempt {
        number,
        at: at(7),
        took_millis: 20_001,
        status,
        answer: status.map(|_| "no such company".to_owned()),
        failure: failure.map(str::to_owned),
    };
    Sent {
        event: "evt_1".into(),
        kind: "wallet.points.credited".into(),
        partner: Some("P1".into()),
        at: at(7),
        cause: "replay".into(),
        status: status.into(),
        due: (status == "waiting").then(|| at(12)),
        message: "{\"type\":\"wallet.points.credited\",\"id\":\"evt_1\"}".into(),
        attempts: vec![
            attempt(1, None, Some("connect: Connection refused (os error 111)")),
            attempt(2, None, Some("timeout")),
            attempt(3, Some(404), None),
        ],
    }
}
